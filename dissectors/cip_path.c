/* cip_path.c - EPATH: what a CIP message is addressed to, segment by segment. Pure.
 *
 *     7 6 5   4 .. 0
 *     0 0 0   port: bit 4 extended link address, 3..0 port (15: a 16-bit one follows)
 *     0 0 1   logical: 4..2 class, instance, member, connection point, attribute, special, service, extended; 1..0 size
 *     0 1 0   network: one byte follows, or (bit 4) a count of words and the words
 *     0 1 1   symbol: length, or 0 for an extended string
 *     1 0 0   data: 0x80 a count of words and the words, 0x91 a symbol as text
 *     1 0 1, 1 1 0   data types
 *
 * A padded path keeps each segment at an even number of bytes. Every segment takes at least one byte, so a walk is
 * linear. Source: CIP Vol. 1 Appendix C. */
#include "cip.h"

static void take_bytes(struct fl_rd *r, struct fl_cip_segment *s, size_t n)
{
	s->bytes = fl_rd_bytes(r, n);
	s->len = s->bytes ? (uint16_t)n : 0;
}

/* C-1.4.1: type, [size of the link address], [extended port], link address, [pad]. */
static void take_port(struct fl_rd *r, bool padded, struct fl_cip_segment *s)
{
	size_t size = s->byte & 0x10 ? fl_rd_u8(r) : 0;

	s->kind = FL_CIP_PORT;
	s->port = s->byte & 0x0F;
	if (s->port == 15)
		s->port = fl_rd_le16(r);
	if (!(s->byte & 0x10)) {
		s->value = fl_rd_u8(r);
		return;
	}
	take_bytes(r, s, size);
	if (padded && size % 2)
		fl_rd_skip(r, 1);
}

/* C-1.4.2.5: the special type has one format, the electronic key: format, then 8 bytes or what it says. */
static void take_key(struct fl_rd *r, struct fl_cip_segment *s)
{
	uint8_t format;

	s->kind = FL_CIP_KEY;
	fl_rd_require(r, (s->byte & 3) == 0);
	format = fl_rd_left(r) ? r->base[r->off] : 0;
	take_bytes(r, s, format == 5 ? 13 : 9); /* 4: vendor, type, code, revision; 5: and a serial number */
}

static uint32_t take_value(struct fl_rd *r, unsigned size)
{
	fl_rd_require(r, size < 3);
	return (uint32_t)fl_rd_le(r, size == 0 ? 1 : size == 1 ? 2 : 4);
}

static void take_logical(struct fl_rd *r, bool padded, struct fl_cip_segment *s)
{
	unsigned type = s->byte >> 2 & 7, size = s->byte & 3;

	if (type == 5) {
		take_key(r, s);
		return;
	}
	if (type == 7) { /* the type stands where other formats have their pad; the 8-bit one is padded behind */
		s->kind = FL_CIP_EXTENDED;
		s->ext = fl_rd_u8(r);
		s->value = take_value(r, size);
		if (padded && size == 0)
			fl_rd_skip(r, 1);
		return;
	}
	s->kind = type == 6 ? FL_CIP_SERVICE : (uint8_t)(FL_CIP_CLASS + type);
	if (padded && size)
		fl_rd_skip(r, 1);
	s->value = take_value(r, size);
}

static void take_network(struct fl_rd *r, struct fl_cip_segment *s)
{
	size_t n = s->byte & 0x10 ? (size_t)fl_rd_u8(r) * 2 : 1;

	s->kind = s->byte == 0x50 ? FL_CIP_SAFETY : FL_CIP_NETWORK;
	s->ext = s->byte & 0x1F;
	take_bytes(r, s, n);
}

/* C-1.4.4: 0x61..0x7F has the length of its text in it. 0x60: a format byte, kind in 7..5 and number in 4..0. */
static void take_symbol(struct fl_rd *r, bool padded, struct fl_cip_segment *s)
{
	size_t n = s->byte & 0x1F, taken = n + 1;

	s->kind = FL_CIP_SYMBOL;
	if (!n) {
		s->kind = FL_CIP_SYMBOL_OTHER;
		s->ext = fl_rd_u8(r);
		n = s->ext & 0x1F;
		switch (s->ext >> 5) {
		case 1: n *= 2; break;
		case 2: n *= 3; break;
		case 6: /* 6 USINT, 7 UINT, 8 UDINT */
			fl_rd_require(r, n >= 6 && n <= 8);
			n = n == 6 ? 1 : n == 7 ? 2 : 4;
			break;
		default:
			fl_rd_fail(r, FL_RD_VALUE);
		}
		taken = n + 2;
	}
	take_bytes(r, s, n);
	if (padded && taken % 2)
		fl_rd_skip(r, 1);
}

static void take_data(struct fl_rd *r, bool padded, struct fl_cip_segment *s)
{
	size_t n = fl_rd_u8(r);

	s->kind = s->byte == 0x91 ? FL_CIP_SYMBOL : FL_CIP_DATA;
	take_bytes(r, s, s->byte == 0x91 ? n : n * 2);
	if (padded && s->byte == 0x91 && n % 2)
		fl_rd_skip(r, 1);
}

bool fl_cip_next_segment(struct fl_rd *r, bool padded, struct fl_cip_segment *out)
{
	struct fl_cip_segment s = {0};

	if (!fl_rd_left(r))
		return false;
	s.byte = fl_rd_u8(r);
	switch (s.byte >> 5) {
	case 0: take_port(r, padded, &s); break;
	case 1: take_logical(r, padded, &s); break;
	case 2: take_network(r, &s); break;
	case 3: take_symbol(r, padded, &s); break;
	case 4: take_data(r, padded, &s); break;
	case 5: /* constructed data type, C-5.2: length in bytes, then what it is built of */
		s.kind = FL_CIP_TYPE;
		take_bytes(r, &s, fl_rd_u8(r));
		break;
	case 6: /* elementary data type, C-5.1: its code is the segment */
		s.kind = FL_CIP_TYPE;
		break;
	default:
		s.kind = FL_CIP_RESERVED;
		fl_rd_fail(r, FL_RD_VALUE);
	}
	if (fl_rd_err(r))
		return false;
	*out = s;
	return true;
}

static void first(bool *has, uint32_t *value, uint32_t v)
{
	if (*has)
		return;
	*has = true;
	*value = v;
}

static void note(struct fl_cip_path *p, const struct fl_cip_segment *s)
{
	switch (s->kind) {
	case FL_CIP_PORT: p->routed = true; break;
	case FL_CIP_CLASS: first(&p->has_class, &p->class_id, s->value); break;
	case FL_CIP_INSTANCE: first(&p->has_instance, &p->instance, s->value); break;
	case FL_CIP_MEMBER: first(&p->has_member, &p->member, s->value); break;
	case FL_CIP_CONNPOINT: first(&p->has_connpoint, &p->connpoint, s->value); break;
	case FL_CIP_ATTRIBUTE: first(&p->has_attribute, &p->attribute, s->value); break;
	case FL_CIP_SAFETY: p->safety = true; break;
	case FL_CIP_SYMBOL:
		if (p->has_symbol)
			break;
		p->has_symbol = true;
		p->symbol = s->bytes;
		p->symbol_len = s->len;
		break;
	default: break;
	}
}

void fl_cip_path_read(const struct fl_rd *bytes, bool padded, struct fl_cip_path *out)
{
	struct fl_rd it = *bytes;
	struct fl_cip_segment s;

	*out = (struct fl_cip_path){.bytes = *bytes, .there = true};
	while (fl_cip_next_segment(&it, padded, &s))
		note(out, &s);
	out->broken = fl_rd_err(&it) == FL_RD_OVERRUN || fl_rd_err(&it) == FL_RD_VALUE;
}

/* ---- text: built piece by piece, cut where out ends; no printf, as each tag operation passes here */

struct text {
	char *out;
	size_t at, room; /* room: bytes for text, without the end */
};

static struct text text_into(char *out, size_t n)
{
	out[0] = '\0';
	return (struct text){.out = out, .room = n - 1};
}

static void add(struct text *t, const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && t->at < t->room; i++)
		t->out[t->at++] = p[i] >= 0x20 && p[i] < 0x7F ? p[i] : '.';
	t->out[t->at] = '\0';
}

static void add_bytes(struct text *t, const uint8_t *p, size_t len)
{
	add(t, (const char *)p, len);
}

static void add_number(struct text *t, uint32_t v)
{
	char digits[10];
	size_t n = sizeof digits;

	do
		digits[--n] = (char)('0' + v % 10);
	while (v /= 10);
	add(t, digits + n, sizeof digits - n);
}

/* Members of arrays follow their symbol one by one: [1,2]. */
void fl_cip_path_tag(const struct fl_cip_path *p, char *out, size_t n)
{
	struct text t = text_into(out, n);
	struct fl_rd it = p->bytes;
	struct fl_cip_segment s;
	bool open = false;

	while (fl_cip_next_segment(&it, true, &s)) {
		/* C-1.4.2: extended type 1 is an array index */
		bool index = s.kind == FL_CIP_MEMBER || (s.kind == FL_CIP_EXTENDED && s.ext == 1);

		if (index && t.at) {
			add(&t, open ? "," : "[", 1);
			add_number(&t, s.value);
			open = true;
			continue;
		}
		if (open)
			add(&t, "]", 1);
		open = false;
		if (s.kind != FL_CIP_SYMBOL)
			continue;
		if (t.at)
			add(&t, ".", 1);
		add_bytes(&t, s.bytes, s.len);
	}
	if (open)
		add(&t, "]", 1);
}

void fl_cip_path_route(const struct fl_cip_path *p, char *out, size_t n)
{
	struct text t = text_into(out, n);
	struct fl_rd it = p->bytes;
	struct fl_cip_segment s;

	while (p->routed && fl_cip_next_segment(&it, true, &s)) {
		if (s.kind != FL_CIP_PORT)
			continue;
		if (t.at)
			add(&t, ",", 1);
		add_number(&t, s.port);
		add(&t, "/", 1);
		if (s.bytes)
			add_bytes(&t, s.bytes, s.len);
		else
			add_number(&t, s.value);
	}
}
