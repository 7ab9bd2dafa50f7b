/* s7comm_szl.c - who a module is, out of its system status lists.
 *
 * Records as in Siemens, System Software for S7-300/400, Reference Manual:
 *     0x11  28 bytes: index 2, order number 20, type 2, version 2, version 2
 *           index 1 the module, 6 its hardware, 7 its firmware
 *     0x1C  34 bytes: index 2, text 32 (24 used)
 *           index 1 name of the station, 2 of the module, 3 plant designation, 5 serial number, 7 module type
 * Pure; any thread. */
#include <stdio.h>
#include <string.h>

#include "fenceline/compiler.h"
#include "s7comm_join.h"

enum { MODULE_RECORD = 28, COMPONENT_RECORD = 34 };

/* Text ends at its first zero byte, and blanks pad it. */
static size_t text_length(const uint8_t *p, size_t n)
{
	size_t len = 0;

	while (len < n && p[len])
		len++;
	while (len && p[len - 1] == ' ')
		len--;
	return len;
}

/* "6ES7 315-2EH14-0AB0 V3.2.6": the order number of the module and the version of its firmware. */
static void module(char name[FL_OP_NAME_MAX], struct fl_rd it)
{
	const uint8_t *order;
	uint16_t index;
	uint8_t v[4];
	char version[24];
	size_t n;

	while (fl_rd_left(&it) >= MODULE_RECORD) {
		index = fl_rd_be16(&it);
		order = fl_rd_bytes(&it, 20);
		fl_rd_skip(&it, 2);
		v[0] = fl_rd_u8(&it);
		v[1] = fl_rd_u8(&it);
		v[2] = fl_rd_u8(&it);
		v[3] = fl_rd_u8(&it);
		n = text_length(order, 20);
		if (index == 1 && n) {
			fl_s7_add_text(name, " ", order, n);
		} else if (index == 7 && v[0] == 'V') {
			snprintf(version, sizeof version, "V%u.%u.%u", v[1], v[2], v[3]);
			fl_s7_add_text(name, " ", (const uint8_t *)version, strlen(version));
		}
	}
}

/* In the order a person reads: type, module, station, plant, serial number; what is empty is left out. */
static void components(char name[FL_OP_NAME_MAX], struct fl_rd list)
{
	static const uint16_t order[] = {7, 2, 1, 3, 5};
	const uint8_t *text;
	struct fl_rd it;
	uint16_t index;
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(order); i++) {
		it = list;
		while (fl_rd_left(&it) >= COMPONENT_RECORD) {
			index = fl_rd_be16(&it);
			text = fl_rd_bytes(&it, 32);
			if (index == order[i])
				fl_s7_add_text(name, ", ", text, text_length(text, 32));
		}
	}
}

void fl_s7_szl_identity(char name[FL_OP_NAME_MAX], uint16_t id, const uint8_t *list, size_t n)
{
	struct fl_rd it = fl_rd_init(list, n, FL_CLOSED);
	uint16_t record;

	fl_rd_skip(&it, 4); /* id and index */
	record = fl_rd_be16(&it);
	fl_rd_skip(&it, 2);
	if ((id & 0xFF) == 0x11 && record == MODULE_RECORD)
		module(name, it);
	else if ((id & 0xFF) == 0x1C && record == COMPONENT_RECORD)
		components(name, it);
}
