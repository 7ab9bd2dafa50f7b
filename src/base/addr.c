/* addr.c - addresses as text, and their special ranges. */
#include "fenceline/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "fenceline/compiler.h"

char *fl_addr_text(const struct fl_addr *a, char buf[FL_ADDR_TEXT_MAX])
{
	buf[0] = '\0';
	switch (a->kind) {
	case FL_ADDR_IPV4:
		inet_ntop(AF_INET, a->b, buf, FL_ADDR_TEXT_MAX);
		break;
	case FL_ADDR_IPV6:
		inet_ntop(AF_INET6, a->b, buf, FL_ADDR_TEXT_MAX); /* glibc writes RFC 5952 */
		break;
	case FL_ADDR_MAC:
		snprintf(buf, FL_ADDR_TEXT_MAX, "%02X-%02X-%02X-%02X-%02X-%02X", a->b[0], a->b[1], a->b[2], a->b[3],
			 a->b[4], a->b[5]);
		break;
	}
	return buf;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Six pairs with one kind of separator between them. */
static bool parse_mac(const char *s, uint8_t out[6])
{
	char sep = s[0] && s[1] ? s[2] : '\0';
	int i, hi, lo;

	if (sep != ':' && sep != '-')
		return false;
	for (i = 0; i < 6; i++, s += 3) {
		hi = hex_digit(s[0]);
		lo = hi < 0 ? -1 : hex_digit(s[1]);
		if (lo < 0 || s[2] != (i < 5 ? sep : '\0'))
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

bool fl_addr_parse(const char *text, struct fl_addr *out, unsigned *bits)
{
	struct fl_addr a = {0};
	char host[64];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	unsigned full, b;
	char *end;
	long v;

	if (!n || n >= sizeof host)
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, a.b) == 1)
		a.kind = FL_ADDR_IPV4;
	else if (inet_pton(AF_INET6, host, a.b) == 1)
		a.kind = FL_ADDR_IPV6;
	else if (parse_mac(host, a.b))
		a.kind = FL_ADDR_MAC;
	else
		return false;
	full = b = fl_addr_len(&a) * 8;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return false;
		v = strtol(slash + 1, &end, 10);
		if (*end || v < 0 || v > (long)full)
			return false;
		b = (unsigned)v;
	}
	*out = a;
	if (bits)
		*bits = b;
	return true;
}

bool fl_addr_is_multicast(const struct fl_addr *a)
{
	switch (a->kind) {
	case FL_ADDR_IPV4:
		return (a->b[0] & 0xf0) == 0xe0 || (a->b[0] == 255 && a->b[1] == 255 && a->b[2] == 255 && a->b[3] == 255);
	case FL_ADDR_IPV6:
		return a->b[0] == 0xff;
	case FL_ADDR_MAC:
		return a->b[0] & 1;
	}
	return false;
}

bool fl_addr_is_link_local(const struct fl_addr *a)
{
	if (a->kind == FL_ADDR_IPV4)
		return a->b[0] == 169 && a->b[1] == 254;
	return a->kind == FL_ADDR_IPV6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool fl_addr_is_unspecified(const struct fl_addr *a)
{
	static const uint8_t zero[16];

	return (a->kind == FL_ADDR_IPV4 || a->kind == FL_ADDR_IPV6) && !memcmp(a->b, zero, sizeof zero);
}
