/* s7plus_join.c - S7comm-plus messages to operations, over the same slots as S7comm.
 *
 * A message in several units is joined by its first, which has all that is read here; the others add nothing. Sequence
 * numbers are the client's; notifications have none and answer nothing. Where loss may have made a unit from the middle of
 * a message look like its start, a message is only believed if its reserved bytes are zero and its function is known. */
#include <stdio.h>
#include <string.h>

#include "s7comm_join.h"

static bool believed(const struct fl_s7plus_pdu *p)
{
	return !p->fragment && !(p->flaws & (FL_S7PLUS_FLAW_OPCODE | FL_S7PLUS_FLAW_VERSION | FL_S7PLUS_FLAW_FUNCTION));
}

struct fl_s7_slot *fl_s7plus_find(struct fl_dctx *c, const struct fl_s7plus_pdu *p)
{
	if (!believed(p) || p->opcode != FL_S7PLUS_RESPONSE || !(p->has & FL_S7PLUS_HAS_SEQ))
		return NULL;
	return fl_s7_slot_find(c->state, FL_S7_KIND_PLUS, c->dir, p->seq, p->function & 0xFF, p->function >> 8);
}

/* Operating states as a request names them: the same numbers as in the controllers' web interface. */
static const char *state_name(uint32_t state)
{
	static const char *const names[] = {NULL, "stop", "startup", "run", "hold"};

	return state < sizeof names / sizeof names[0] ? names[state] : NULL;
}

static void describe(struct fl_s7_slot *q, const struct fl_s7plus_pdu *p)
{
	const char *state;

	q->name = p->row ? p->row->name : "unknown_function";
	q->classes = p->row ? p->row->classes : FL_OP_OTHER;
	q->function = p->function;
	q->code = (uint8_t)p->function;
	q->group = (uint8_t)(p->function >> 8);
	q->text[0] = '\0';
	if ((p->has & FL_S7PLUS_HAS_OBJECT) && p->object)
		fl_s7_add_object(q, FL_OBJECT_S7_OBJECT, p->object, p->has & FL_S7PLUS_HAS_ATTRIBUTE ? p->attribute : 0, 0);
	else
		q->objects_cut = (q->classes & (FL_OP_READ | FL_OP_WRITE)) != 0; /* by symbol */
	state = (p->has & FL_S7PLUS_HAS_STATE) && (q->classes & FL_OP_CONTROL) ? state_name(p->state) : NULL;
	if (state)
		fl_s7_add_text(q->text, "", (const uint8_t *)state, strlen(state));
}

static void request(struct fl_dctx *c, const struct fl_s7plus_pdu *p)
{
	struct fl_s7_slot *q = fl_s7_slot_open(c, FL_S7_KIND_PLUS, p->seq);

	fl_s7_client_is(c, c->dir);
	describe(q, p);
	fl_s7_take_early(c, q);
}

/* A return value below zero is an error. */
static void judge(struct fl_operation *op, const struct fl_s7plus_pdu *p)
{
	op->outcome = p->has & FL_S7PLUS_HAS_RETURN ? FL_OUTCOME_OK : FL_OUTCOME_UNKNOWN;
	if ((p->has & FL_S7PLUS_HAS_RETURN) && p->return_value >> 63) {
		op->has_code = true;
		op->code = (uint32_t)(p->return_value & 0xFFFF);
		op->outcome = FL_OUTCOME_ERROR;
	}
}

static void response(struct fl_dctx *c, const struct fl_s7plus_pdu *p, struct fl_s7_slot *q)
{
	struct fl_s7_slot alone;
	struct fl_operation op;

	fl_s7_client_is(c, c->dir ^ 1u);
	if (q) {
		fl_s7_answer(c, q, NULL, &op);
		judge(&op, p);
		fl_s7_yield(c, &op);
		return;
	}
	fl_s7_slot_init(c, &alone, FL_S7_KIND_PLUS, p->seq);
	describe(&alone, p);
	alone.client = c->dir ^ 1u;
	alone.objects_cut = false;
	fl_s7_op(&op, &alone);
	judge(&op, p);
	fl_s7_keep_early(c, &alone, &op, false);
}

static void notification(struct fl_dctx *c, const struct fl_s7plus_pdu *p)
{
	struct fl_s7_slot alone;
	struct fl_operation op;

	fl_s7_client_is(c, c->dir ^ 1u);
	fl_s7_slot_init(c, &alone, FL_S7_KIND_PLUS, 0);
	alone.client = c->dir ^ 1u;
	alone.name = "notification";
	alone.classes = FL_OP_READ; /* values and alarms alike, of what was subscribed to */
	alone.function = FL_S7PLUS_NOTIFICATION;
	if (p->has & FL_S7PLUS_HAS_OBJECT)
		fl_s7_add_object(&alone, FL_OBJECT_S7_OBJECT, p->object, 0, 0);
	fl_s7_op(&op, &alone);
	op.outcome = FL_OUTCOME_OK;
	op.response_ns = c->ts_ns;
	op.response_frame = c->frame;
	fl_s7_yield(c, &op);
}

void fl_s7plus_join(struct fl_dctx *c, const struct fl_s7plus_pdu *p, struct fl_s7_slot *q)
{
	if (p->version == FL_S7PLUS_SYSTEM_EVENT || p->version == FL_S7PLUS_KEEPALIVE || p->fragment)
		return;
	if (!believed(p)) {
		if (p->has & FL_S7PLUS_HAS_OPCODE)
			fl_s7_join_foreign(c);
		return;
	}
	switch (p->opcode) {
	case FL_S7PLUS_REQUEST:
		if (p->has & FL_S7PLUS_HAS_SEQ)
			request(c, p);
		break;
	case FL_S7PLUS_RESPONSE:
		if (p->has & FL_S7PLUS_HAS_SEQ)
			response(c, p, q);
		break;
	case FL_S7PLUS_NOTIFICATION:
		notification(c, p);
		break;
	default:
		break;
	}
}
