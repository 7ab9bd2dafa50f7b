/* hex.h - bytes from hex, for the tests of dissectors. Included by each test program once; all is static. */
#ifndef FL_TESTS_UNIT_HEX_H
#define FL_TESTS_UNIT_HEX_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned nibble(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Hex to an exact-size block; blanks and underscores are skipped, and "xx*n" repeats a byte n times. */
static uint8_t *from_hex(const char *hex, size_t room, size_t *n)
{
	uint8_t *big = malloc(room), *exact;
	size_t len = 0;

	ck_assert_ptr_nonnull(big);
	while (*hex) {
		unsigned long repeat = 1;
		uint8_t b;
		char *end;

		if (*hex == ' ' || *hex == '_') {
			hex++;
			continue;
		}
		b = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
		hex += 2;
		if (*hex == '*') {
			repeat = strtoul(hex + 1, &end, 10);
			hex = end;
		}
		ck_assert_uint_le(len + repeat, room);
		memset(big + len, b, repeat);
		len += repeat;
	}
	exact = malloc(len ? len : 1);
	ck_assert_ptr_nonnull(exact);
	if (len)
		memcpy(exact, big, len);
	free(big);
	*n = len;
	return exact;
}

#endif
