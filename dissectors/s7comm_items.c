/* s7comm_items.c - the lists inside an S7comm message: addresses, ranges, values, watch entries, blocks and texts.
 *
 * Each walker takes one element off the view or leaves it unmoved with an error: every turn of a loop consumes. */
#include "s7comm.h"

bool fl_s7_next_item(struct fl_rd *it, struct fl_s7_item *i)
{
	struct fl_s7_item v = {0};
	struct fl_rd s;
	uint8_t len;

	if (!fl_rd_left(it))
		return false;
	fl_rd_require(it, fl_rd_u8(it) == 0x12 || fl_rd_err(it)); /* "variable specification" */
	len = fl_rd_u8(it);
	fl_rd_require(it, len >= 1);
	s = fl_rd_sub(it, len);
	if (fl_rd_err(it))
		return false;
	v.syntax = fl_rd_u8(&s);
	v.spec = s.base + s.off;
	v.spec_len = (uint8_t)(len - 1);
	if (v.syntax == FL_S7_SYNTAX_ANY && len == 10) {
		v.any = true;
		v.tsize = fl_rd_u8(&s);
		v.length = fl_rd_be16(&s);
		v.db = fl_rd_be16(&s);
		v.area = fl_rd_u8(&s);
		v.addr = fl_rd_be24(&s);
	} else if (v.syntax == FL_S7_SYNTAX_SYMBOL && len >= 14) {
		v.symbol = true;
		fl_rd_skip(&s, 1);
		v.area1 = fl_rd_be16(&s);
		v.area2 = fl_rd_be16(&s);
		v.crc = fl_rd_be32(&s);
		v.lid = fl_rd_be32(&s) & 0x0FFFFFFFu; /* the high nibble tells how it is meant */
	}
	/* Addresses of odd length are padded, but for the last. */
	if (len % 2 && fl_rd_left(it) && it->base[it->off] != 0x12)
		fl_rd_skip(it, 1);
	*i = v;
	return true;
}

struct fl_rd fl_s7_ranges(const struct fl_s7_item *i)
{
	if (i->syntax != FL_S7_SYNTAX_DB_READ || i->spec_len < 1)
		return (struct fl_rd){0};
	return fl_rd_init(i->spec + 1, i->spec_len - 1u, FL_CLOSED);
}

bool fl_s7_next_range(struct fl_rd *it, struct fl_s7_range *g)
{
	struct fl_s7_range v;

	if (!fl_rd_left(it))
		return false;
	v.length = fl_rd_u8(it);
	v.db = fl_rd_be16(it);
	v.start = fl_rd_be16(it);
	if (fl_rd_err(it))
		return false;
	*g = v;
	return true;
}

bool fl_s7_next_value(struct fl_rd *it, struct fl_s7_value *v)
{
	struct fl_s7_value o = {0};

	if (!fl_rd_left(it))
		return false;
	o.code = fl_rd_u8(it);
	o.tsize = fl_rd_u8(it);
	o.length = fl_rd_be16(it);
	/* Of an item that failed there is no value, whatever its length says: software servers leave it as it was asked. */
	if (o.code == FL_S7_SUCCESS || o.code == 0)
		o.bytes = fl_s7_data_size_in_bits(o.tsize) ? (o.length + 7u) / 8u : o.length;
	o.data = fl_rd_bytes(it, o.bytes);
	if (fl_rd_err(it))
		return false;
	if (o.bytes % 2 && fl_rd_left(it))
		fl_rd_skip(it, 1);
	*v = o;
	return true;
}

bool fl_s7_next_watch(struct fl_rd *it, struct fl_s7_watch *w)
{
	struct fl_s7_watch v;

	if (!fl_rd_left(it))
		return false;
	v.area = fl_rd_u8(it);
	v.repeat = fl_rd_u8(it);
	v.db = fl_rd_be16(it);
	v.start = fl_rd_be16(it);
	if (fl_rd_err(it))
		return false;
	*w = v;
	return true;
}

/* High nibble the area, low nibble the unit: 0 bit, 1 byte, 2 word, 3 double word; timers and counters have their own. */
uint8_t fl_s7_watch_area(uint8_t area, unsigned *bits)
{
	static const uint8_t units[] = {0, 8, 16, 32};

	*bits = 0;
	if (area == 0x54 || area == 0x64) {
		*bits = 1;
		return area == 0x54 ? FL_S7_AREA_TIMERS : FL_S7_AREA_COUNTERS;
	}
	if ((area & 0x0F) > 3)
		return 0;
	*bits = units[area & 0x0F];
	switch (area >> 4) {
	case 0:
		return FL_S7_AREA_FLAGS;
	case 1:
		return FL_S7_AREA_INPUTS;
	case 2:
		return FL_S7_AREA_OUTPUTS;
	case 3:
		return FL_S7_AREA_PERIPHERY;
	case 7:
		return FL_S7_AREA_DB;
	default:
		return 0;
	}
}

static int hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool fl_s7_block_of(const uint8_t *p, size_t n, struct fl_s7_block *b)
{
	struct fl_s7_block v = {0};
	size_t i;

	if (n != 8 || hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0)
		return false;
	v.type = (uint8_t)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
	for (i = 2; i < 7; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v.number = v.number * 10 + (p[i] - '0');
	}
	v.fs = (char)p[7];
	if (!fl_s7_block_type_name(v.type))
		return false;
	*b = v;
	return true;
}

struct fl_rd fl_s7_arg_blocks(const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->args;

	if (!p->row || p->function != FL_S7_FN_PI_SERVICE || p->row->args != FL_S7_PI_BLOCKS)
		return (struct fl_rd){0};
	fl_rd_skip(&it, 2); /* how many, and a spare byte */
	return it;
}

bool fl_s7_next_arg_block(struct fl_rd *it, const uint8_t **name)
{
	if (!fl_rd_left(it))
		return false;
	*name = fl_rd_bytes(it, 8);
	return !fl_rd_err(it);
}

bool fl_s7_next_arg_string(struct fl_rd *it, const uint8_t **text, uint8_t *len)
{
	if (!fl_rd_left(it))
		return false;
	*len = fl_rd_u8(it);
	*text = fl_rd_bytes(it, *len);
	if (fl_rd_err(it))
		return false;
	if (*len % 2 == 0 && fl_rd_left(it) && it->base[it->off] == 0)
		fl_rd_skip(it, 1); /* length and text together are padded to an even number */
	return true;
}
