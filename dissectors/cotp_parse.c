/* cotp_parse.c - bytes to struct fl_cotp. Pure: no state, no memory, any thread.
 *
 * The header is read from a view that ends where its length indicator says; what follows in the TPKT is user data. A
 * header that breaks its rules is a flaw, not an error: the TPKT says where the next unit starts. */
#include "cotp.h"

#include "fenceline/compiler.h"

/* Parameter codes, X.224 13.3.4 */
enum { PARAM_SIZE = 0xC0, PARAM_CALLING = 0xC1, PARAM_CALLED = 0xC2 };

static const struct fl_cotp_type types[16] = {
#define X(num, id, text, how, cls0, where) \
	[num] = {.name = text, .clause = where, .code = num, .shape = FL_COTP_SHAPE_##how, .class0 = cls0},
	FL_COTP_TYPES(X)
#undef X
};

static void flaw(struct fl_cotp *t, enum fl_cotp_flaw f, bool broken)
{
	if (broken)
		t->flaws = (uint8_t)(t->flaws | f);
}

static uint16_t take(struct fl_rd *h, struct fl_cotp *t, enum fl_cotp_has bit, unsigned bytes)
{
	uint16_t v = (uint16_t)fl_rd_be(h, bytes);

	if (!fl_rd_err(h))
		t->has = (uint8_t)(t->has | bit);
	return v;
}

static void take_parameter(struct fl_cotp *t, uint8_t code, const struct fl_rd *value)
{
	uint8_t n = (uint8_t)value->len;

	switch (code) {
	case PARAM_SIZE: /* the exponent of 2: 7 to 13, X.224 13.3.4 b */
		flaw(t, FL_COTP_FLAW_PARAMETER, n != 1 || value->base[0] < 7 || value->base[0] > 13);
		if (n == 1 && value->base[0] < 32) {
			t->tpdu_size = 1u << value->base[0];
			t->has |= FL_COTP_HAS_SIZE;
		}
		break;
	case PARAM_CALLING:
		t->calling = value->base;
		t->calling_len = n;
		t->has |= FL_COTP_HAS_CALLING;
		break;
	case PARAM_CALLED:
		t->called = value->base;
		t->called_len = n;
		t->has |= FL_COTP_HAS_CALLED;
		break;
	default: /* of the other classes, or not listed: no use here */
		break;
	}
}

/* What else calls itself a connection request here (remote desktop: a cookie and its own request) has no parameters:
 * a flaw, and the rest of the header is left alone. */
static void take_parameters(struct fl_rd *h, struct fl_cotp *t)
{
	while (fl_rd_left(h)) {
		uint8_t code = fl_rd_u8(h), len = fl_rd_u8(h);
		struct fl_rd value = fl_rd_sub(h, len);

		if (fl_rd_err(h))
			break;
		take_parameter(t, code, &value);
	}
	flaw(t, FL_COTP_FLAW_PARAMETER, fl_rd_err(h) == FL_RD_OVERRUN);
}

static void take_header(struct fl_rd *h, struct fl_cotp *t)
{
	switch ((enum fl_cotp_shape)t->type->shape) {
	case FL_COTP_SHAPE_CONNECT:
		t->dst_ref = take(h, t, FL_COTP_HAS_DST_REF, 2);
		t->src_ref = take(h, t, FL_COTP_HAS_SRC_REF, 2);
		t->cls = (uint8_t)(take(h, t, FL_COTP_HAS_CLASS, 1) >> 4);
		break;
	case FL_COTP_SHAPE_DISCONNECT:
		t->dst_ref = take(h, t, FL_COTP_HAS_DST_REF, 2);
		t->src_ref = take(h, t, FL_COTP_HAS_SRC_REF, 2);
		t->cause = (uint8_t)take(h, t, FL_COTP_HAS_CAUSE, 1);
		break;
	case FL_COTP_SHAPE_REFERENCES:
		t->dst_ref = take(h, t, FL_COTP_HAS_DST_REF, 2);
		t->src_ref = take(h, t, FL_COTP_HAS_SRC_REF, 2);
		break;
	case FL_COTP_SHAPE_ERROR:
		t->dst_ref = take(h, t, FL_COTP_HAS_DST_REF, 2);
		t->cause = (uint8_t)take(h, t, FL_COTP_HAS_CAUSE, 1);
		break;
	case FL_COTP_SHAPE_DATA:
		t->number = fl_rd_u8(h);
		t->eot = (t->number & 0x80) != 0;
		t->number &= 0x7F;
		break;
	case FL_COTP_SHAPE_OPAQUE:
		return;
	}
	flaw(t, FL_COTP_FLAW_LENGTH, fl_rd_err(h) == FL_RD_OVERRUN);
	if (!fl_rd_err(h) && t->type->shape != FL_COTP_SHAPE_DATA)
		take_parameters(h, t);
}

enum fl_result fl_cotp_parse(struct fl_rd *body, struct fl_cotp *out)
{
	struct fl_cotp t = {0};
	struct fl_rd h;

	t.li = fl_rd_u8(body);
	if (!fl_rd_err(body))
		fl_rd_require(body, t.li != 0 && t.li != 255); /* 255 is reserved, X.224 13.2.1 */
	h = fl_rd_sub_upto(body, t.li);
	t.code = fl_rd_u8(&h) >> 4;
	if (fl_rd_err(body) == FL_RD_OVERRUN || fl_rd_err(body) == FL_RD_VALUE)
		return FL_MALFORMED;
	if (fl_rd_err(body) || fl_rd_err(&h)) {
		*out = (struct fl_cotp){.cut = true};
		return FL_CUT;
	}
	t.type = types[t.code].name ? &types[t.code] : NULL;
	flaw(&t, FL_COTP_FLAW_TYPE, !t.type || !t.type->class0);
	if (t.type)
		take_header(&h, &t);
	t.data = fl_rd_init(body->base + body->off, body->len - body->off, (enum fl_end)body->end);
	t.data.origin = fl_rd_pos(body);
	t.cut = h.len < t.li || body->end == FL_CUT_END;
	flaw(&t, FL_COTP_FLAW_TRAILING, t.type && t.type->class0 && t.code != FL_COTP_DT && t.data.len);
	*out = t;
	return t.cut ? FL_CUT : FL_UNIT;
}

const char *fl_cotp_cause_name(const struct fl_cotp *t)
{
	static const struct {
		uint8_t code, value;
		const char *name;
	} causes[] = {
		/* X.224 13.5.3 d */
		{FL_COTP_DR, 0, "not_specified"}, {FL_COTP_DR, 1, "congestion_at_tsap"}, {FL_COTP_DR, 2, "no_session_entity"},
		{FL_COTP_DR, 3, "address_unknown"}, {FL_COTP_DR, 128, "normal"}, {FL_COTP_DR, 129, "remote_congestion"},
		{FL_COTP_DR, 130, "negotiation_failed"}, {FL_COTP_DR, 131, "duplicate_source_reference"},
		{FL_COTP_DR, 132, "mismatched_references"}, {FL_COTP_DR, 133, "protocol_error"},
		{FL_COTP_DR, 135, "reference_overflow"}, {FL_COTP_DR, 136, "refused_on_this_network_connection"},
		{FL_COTP_DR, 138, "header_or_parameter_length"},
		/* X.224 13.12.3 c */
		{FL_COTP_ER, 0, "not_specified"}, {FL_COTP_ER, 1, "parameter_code"}, {FL_COTP_ER, 2, "tpdu_type"},
		{FL_COTP_ER, 3, "parameter_value"},
	};
	size_t i;

	for (i = 0; (t->has & FL_COTP_HAS_CAUSE) && i < FL_ARRAY_LEN(causes); i++)
		if (causes[i].code == t->code && causes[i].value == t->cause)
			return causes[i].name;
	return NULL;
}

const char *fl_cotp_flaw_name(unsigned bit)
{
#define X(name, text) text,
	static const char *const names[] = {FL_COTP_FLAWS(X)};
#undef X

	return bit < FL_ARRAY_LEN(names) ? names[bit] : "unknown";
}
