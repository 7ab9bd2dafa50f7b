/* s7plus_parse.c - bytes to struct fl_s7plus_pdu. Pure: no state, no memory, any thread. See s7plus.h for the layout.
 *
 * Numbers inside a body are mostly of variable length, seven bits a byte with the highest first; the places read here are
 * those that can be reached without knowing the type of a value. */
#include "s7plus.h"

#include "fenceline/compiler.h"

static void flaw(struct fl_s7plus_pdu *a, enum fl_s7plus_flaw f, bool broken)
{
	if (broken)
		a->flaws = (uint8_t)(a->flaws | f);
}

static bool take(const struct fl_rd *b, struct fl_s7plus_pdu *a, enum fl_s7plus_has bit)
{
	if (b->err)
		return false;
	a->has = (uint16_t)(a->has | bit);
	return true;
}

/* At most five bytes carry 32 bits. */
static uint32_t vlq32(struct fl_rd *b)
{
	uint32_t v = 0;
	unsigned i;
	uint8_t c;

	for (i = 0; i < 5; i++) {
		c = fl_rd_u8(b);
		v = v << 7 | (c & 0x7Fu);
		if (!(c & 0x80))
			return v;
	}
	fl_rd_fail(b, FL_RD_VALUE);
	return 0;
}

/* Eight bytes of seven bits; a ninth carries eight. */
static uint64_t vlq64(struct fl_rd *b)
{
	uint64_t v = 0;
	unsigned i;
	uint8_t c;

	for (i = 0; i < 8; i++) {
		c = fl_rd_u8(b);
		v = v << 7 | (c & 0x7Fu);
		if (!(c & 0x80))
			return v;
	}
	return v << 8 | fl_rd_u8(b);
}

const struct fl_s7plus_row *fl_s7plus_function(uint16_t code)
{
	static const struct {
		uint16_t code;
		struct fl_s7plus_row row;
	} rows[] = {
#define X(num, id, text, cls, tech) {num, {.name = text, .technique = tech, .classes = cls}},
		FL_S7PLUS_FUNCTIONS(X)
#undef X
	};
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(rows); i++)
		if (rows[i].code == code)
			return &rows[i].row;
	return NULL;
}

static bool is_whose(const struct fl_s7plus_pdu *a, enum fl_s7plus_whose whose, uint32_t object)
{
	switch (whose) {
	case FL_S7PLUS_OWN_SESSION:
		return a->object == a->session;
	case FL_S7PLUS_DYNAMIC:
		return a->object >= 0x70000000u && a->object < 0x80000000u;
	case FL_S7PLUS_OBJECT:
		return a->object == object;
	}
	return false;
}

/* The row that a request is named and judged by. */
static const struct fl_s7plus_row *row_of(const struct fl_s7plus_pdu *a)
{
	static const struct {
		uint16_t function;
		uint8_t whose;
		uint32_t object, first, last;
		struct fl_s7plus_row row;
	} rules[] = {
#define RULE(fn, who, obj, lo, hi, text, cls, tech) \
	{FL_S7PLUS_FN_##fn, FL_S7PLUS_##who, obj, lo, hi, {.name = text, .technique = tech, .classes = cls}},
#define X(...) RULE(__VA_ARGS__)
		FL_S7PLUS_RULES(X)
#undef X
#undef RULE
	};
	static const struct fl_s7plus_row subscribe = {.name = "subscribe", .technique = "T0801", .classes = FL_OP_READ};
	uint32_t attribute = a->has & FL_S7PLUS_HAS_ATTRIBUTE ? a->attribute : 0;
	size_t i;

	if (!(a->has & FL_S7PLUS_HAS_OBJECT))
		return fl_s7plus_function(a->function);
	if (a->function == FL_S7PLUS_FN_CREATE && (a->has & FL_S7PLUS_HAS_CLASS) && a->cls == FL_S7PLUS_CLASS_SUBSCRIPTION)
		return &subscribe;
	for (i = 0; i < FL_ARRAY_LEN(rules); i++)
		if (rules[i].function == a->function && attribute >= rules[i].first && attribute <= rules[i].last &&
		    is_whose(a, (enum fl_s7plus_whose)rules[i].whose, rules[i].object))
			return &rules[i].row;
	return fl_s7plus_function(a->function);
}

/* What is set: how many (1), the attribute, then the value: flags, type 8 (32-bit), number. */
static void take_set_variable(struct fl_rd *b, struct fl_s7plus_pdu *a)
{
	(void)vlq32(b);
	a->attribute = vlq32(b);
	if (!take(b, a, FL_S7PLUS_HAS_ATTRIBUTE))
		return;
	fl_rd_skip(b, 1);
	if (fl_rd_u8(b) != 8)
		return;
	a->state = vlq32(b);
	take(b, a, FL_S7PLUS_HAS_STATE);
}

/* A value (flags, type 4, number), four bytes, in newer versions a number of the integrity part; then the object: A1, its
 * id 4, its class. */
static void take_new_object(struct fl_rd *b, struct fl_s7plus_pdu *a)
{
	uint8_t c;

	fl_rd_skip(b, 1);
	if (fl_rd_u8(b) != 4)
		return;
	(void)vlq32(b);
	fl_rd_skip(b, 4);
	c = fl_rd_u8(b);
	if (c != 0xA1) {
		while ((c & 0x80) && !fl_rd_err(b))
			c = fl_rd_u8(b);
		c = fl_rd_u8(b);
	}
	fl_rd_skip(b, 4);
	a->cls = vlq32(b);
	if (c == 0xA1)
		take(b, a, FL_S7PLUS_HAS_CLASS);
}

static void take_request(struct fl_rd *b, struct fl_s7plus_pdu *a)
{
	a->session = fl_rd_be32(b);
	if (!take(b, a, FL_S7PLUS_HAS_SESSION))
		return;
	fl_rd_skip(b, 1);
	if (a->function == FL_S7PLUS_FN_BEGIN || a->function == FL_S7PLUS_FN_END || a->function == FL_S7PLUS_FN_INIT_TLS ||
	    a->function == FL_S7PLUS_FN_ABORT)
		return; /* no object at this place */
	a->object = fl_rd_be32(b);
	if (!take(b, a, FL_S7PLUS_HAS_OBJECT))
		return;
	switch (a->function) {
	case FL_S7PLUS_FN_SET_VARIABLE:
		take_set_variable(b, a);
		break;
	case FL_S7PLUS_FN_SET_MULTI:
		if (!a->object)
			break; /* by symbol: a list of paths */
		(void)vlq32(b);
		(void)vlq32(b);
		a->attribute = vlq32(b);
		take(b, a, FL_S7PLUS_HAS_ATTRIBUTE);
		break;
	case FL_S7PLUS_FN_GET_STREAMED:
	case FL_S7PLUS_FN_SET_STREAMED: /* an array type, its length 1, the attribute */
		fl_rd_skip(b, 2);
		if (fl_rd_u8(b) != 1)
			break;
		a->attribute = vlq32(b);
		take(b, a, FL_S7PLUS_HAS_ATTRIBUTE);
		break;
	case FL_S7PLUS_FN_CREATE:
		take_new_object(b, a);
		break;
	default:
		break;
	}
}

static void take_message(struct fl_rd *b, struct fl_s7plus_pdu *a)
{
	uint16_t spare;

	a->opcode = fl_rd_u8(b);
	if (!take(b, a, FL_S7PLUS_HAS_OPCODE))
		return;
	if (a->opcode == FL_S7PLUS_NOTIFICATION) {
		a->object = fl_rd_be32(b);
		take(b, a, FL_S7PLUS_HAS_OBJECT);
		return;
	}
	if (a->opcode != FL_S7PLUS_REQUEST && a->opcode != FL_S7PLUS_RESPONSE) {
		flaw(a, FL_S7PLUS_FLAW_OPCODE, a->opcode != FL_S7PLUS_RESPONSE2);
		return;
	}
	spare = fl_rd_be16(b);
	a->function = fl_rd_be16(b);
	spare |= fl_rd_be16(b);
	a->seq = fl_rd_be16(b);
	if (!take(b, a, FL_S7PLUS_HAS_FUNCTION | FL_S7PLUS_HAS_SEQ))
		return;
	flaw(a, FL_S7PLUS_FLAW_OPCODE, spare != 0);
	flaw(a, FL_S7PLUS_FLAW_FUNCTION, !fl_s7plus_function(a->function));
	if (a->opcode == FL_S7PLUS_REQUEST) {
		take_request(b, a);
	} else {
		fl_rd_skip(b, 1);
		a->return_value = vlq64(b);
		take(b, a, FL_S7PLUS_HAS_RETURN);
	}
	a->row = row_of(a);
}

/* The body of versions 1 to 3: the digest first, where there is one. */
static void take_body(struct fl_rd *b, struct fl_s7plus_pdu *a)
{
	if (a->version == 3) {
		a->digest_len = fl_rd_u8(b);
		if (fl_rd_err(b))
			return;
		if (a->digest_len && a->digest_len != 32) {
			flaw(a, FL_S7PLUS_FLAW_LENGTH, true);
			return;
		}
		fl_rd_skip(b, a->digest_len);
		if (!take(b, a, FL_S7PLUS_HAS_DIGEST))
			return;
	}
	take_message(b, a);
}

/* Not even what every message of its kind has. What lies behind that may well end early: it is of variable length. */
static bool too_short(const struct fl_s7plus_pdu *a)
{
	if (!(a->has & FL_S7PLUS_HAS_OPCODE))
		return true;
	if (a->opcode == FL_S7PLUS_REQUEST)
		return !(a->has & FL_S7PLUS_HAS_SESSION);
	return a->opcode == FL_S7PLUS_RESPONSE && !(a->has & FL_S7PLUS_HAS_RETURN);
}

bool fl_s7plus_parse(struct fl_rd *r, bool fragment, struct fl_s7plus_pdu *out)
{
	struct fl_s7plus_pdu v = {0}, *a = &v;
	size_t left, n;
	struct fl_rd body;
	const uint8_t *t;

	fl_rd_require(r, fl_rd_u8(r) == FL_S7PLUS_ID || fl_rd_err(r));
	a->version = fl_rd_u8(r);
	a->len = fl_rd_be16(r);
	if (fl_rd_err(r))
		return false;
	left = fl_rd_left(r);
	n = a->len < left ? a->len : left;
	a->cut = n < a->len && r->end != FL_CLOSED;
	flaw(a, FL_S7PLUS_FLAW_LENGTH, n < a->len && r->end == FL_CLOSED);
	body = fl_rd_sub(r, n);
	if (a->cut)
		body.end = FL_CUT_END;
	if (a->version == FL_S7PLUS_SYSTEM_EVENT || a->version == FL_S7PLUS_KEEPALIVE) {
		*out = v;
		return true;
	}
	flaw(a, FL_S7PLUS_FLAW_VERSION, a->version < 1 || a->version > 3);
	t = r->base + r->off;
	a->last = fl_rd_left(r) >= 4 && t[0] == FL_S7PLUS_ID && t[2] == 0 && t[3] == 0;
	if (a->last)
		fl_rd_skip(r, 4);
	a->has |= FL_S7PLUS_HAS_TRAILER;
	a->fragment = fragment;
	if (!fragment) {
		take_body(&body, a);
		flaw(a, FL_S7PLUS_FLAW_LENGTH, too_short(a) && fl_rd_err(&body) == FL_RD_OVERRUN);
	}
	*out = v;
	return true;
}

const char *fl_s7plus_kind_name(const struct fl_s7plus_pdu *p)
{
	if (p->version == FL_S7PLUS_KEEPALIVE)
		return "keepalive";
	if (p->version == FL_S7PLUS_SYSTEM_EVENT)
		return "system-event";
	if (p->fragment)
		return "fragment";
	if (!(p->has & FL_S7PLUS_HAS_OPCODE))
		return NULL;
	switch (p->opcode) {
#define X(num, id, text) \
	case num:        \
		return text;
		FL_S7PLUS_OPCODES(X)
#undef X
	default:
		return "other";
	}
}

const char *fl_s7plus_flaw_name(unsigned bit)
{
#define X(name, text) text,
	static const char *const names[] = {FL_S7PLUS_FLAWS(X)};
#undef X

	return bit < FL_ARRAY_LEN(names) ? names[bit] : "unknown";
}
