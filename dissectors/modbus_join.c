/* modbus_join.c - which response belongs to which request.
 *
 * Each request takes a slot and waits. What happens to it:
 *
 *              response                    response again
 *      OPEN ------------------> ANSWERED ------------------> ANSWERED    yields: ok | error   then: duplicate
 *        |
 *        | FL_OP_TIMEOUT_NS, end    late response
 *        +----------------------> EXPIRED ------------------> ANSWERED   yields: no_response  then: late
 *        |                                                                       (or unknown, no_reply_expected)
 *        | table full
 *        +----------------------> FREE                                   yields: unknown
 *
 * Invariants: a request yields exactly one operation that is neither late nor duplicate; later responses to it
 * add one each, so marked. A waiting request is never overwritten: with equal keys (some clients always send
 * transaction id 0) the oldest is answered first; V1.0b 3.1.3 only asks the server to copy the id. A response with
 * no request is `unsolicited`, once each.
 *
 * Each direction comes in the order of its stream; between the two, a request whose bytes had to wait behind a hole
 * comes after its response. So a response without request waits too, for a request from an earlier frame: until a later
 * one comes, or FL_MODBUS_EARLY_NS have passed. Frame numbers decide, so a client that always uses the same id cannot be
 * given the response to a request from before the capture.
 *
 * State is one fixed struct of the flow, zeroed at first; no heap, no clock but c->mono_ns. */
#include "modbus_join.h"

#include <string.h>

#include "fenceline/compiler.h"

/* ---- slots */

/* Does the response's body agree with what the request asked? Fields that were not captured agree. */
static bool answers(const struct fl_modbus_slot *q, const struct fl_modbus_adu *a)
{
	if (a->exception)
		return true;
	switch ((enum fl_modbus_shape)a->shape) {
	case FL_MODBUS_SHAPE_BITS:
		return !(a->has & FL_MODBUS_HAS_BYTE_COUNT) || a->byte_count == (q->quantity + 7u) / 8u;
	case FL_MODBUS_SHAPE_WORDS:
		return !(a->has & FL_MODBUS_HAS_BYTE_COUNT) || a->byte_count == q->quantity * 2u;
	case FL_MODBUS_SHAPE_COIL:
	case FL_MODBUS_SHAPE_WORD:
		return (!(a->has & FL_MODBUS_HAS_ADDRESS) || a->address == q->address) &&
		       (!(a->has & FL_MODBUS_HAS_VALUE) || a->value == q->value);
	case FL_MODBUS_SHAPE_RANGE:
		return (!(a->has & FL_MODBUS_HAS_ADDRESS) || a->address == q->address) &&
		       (!(a->has & FL_MODBUS_HAS_QUANTITY) || a->quantity == q->quantity);
	case FL_MODBUS_SHAPE_MASK:
		return (!(a->has & FL_MODBUS_HAS_ADDRESS) || a->address == q->address) &&
		       (!(a->has & FL_MODBUS_HAS_OR_MASK) ||
		        ((uint32_t)a->and_mask << 16 | a->or_mask) == q->value);
	case FL_MODBUS_SHAPE_DIAGNOSTIC:
		return !(a->has & FL_MODBUS_HAS_SUBFUNCTION) || a->subfunction == q->sub;
	case FL_MODBUS_SHAPE_MEI_ANSWER:
		return !(a->has & FL_MODBUS_HAS_MEI) || a->mei_type == q->sub;
	default:
		return true;
	}
}

static bool same_key(const struct fl_modbus_slot *q, uint8_t dir, const struct fl_modbus_adu *a)
{
	return q->dir != dir && q->tid == a->tid && q->unit == a->unit && q->function == a->function;
}

/* The best slot: one that waits and agrees, before one that expired and agrees, before one that was answered
 * and agrees, before one that waits and does not agree. Of several the oldest waiting, the newest other. */
struct fl_modbus_slot *fl_modbus_find(struct fl_modbus_state *s, uint8_t dir, struct fl_modbus_adu *a)
{
	struct fl_modbus_slot *best = NULL;
	unsigned i, rank, best_rank = 0;

	for (i = 0; i < s->used; i++) {
		struct fl_modbus_slot *q = &s->slot[i];

		if (q->state == FL_MODBUS_FREE || !same_key(q, dir, a))
			continue;
		if (answers(q, a))
			rank = q->state == FL_MODBUS_OPEN ? 4 : q->state == FL_MODBUS_EXPIRED ? 3 : 2;
		else
			rank = q->state == FL_MODBUS_OPEN ? 1 : 0;
		if (rank == 0 || rank < best_rank)
			continue;
		if (rank == best_rank &&
		    (q->state == FL_MODBUS_OPEN) != ((int32_t)(q->serial - best->serial) < 0))
			continue;
		best = q;
		best_rank = rank;
	}
	if (best_rank == 1)
		a->flaws |= FL_MODBUS_FLAW_MISMATCH;
	return best;
}

static struct fl_modbus_slot *oldest(struct fl_modbus_state *s, bool open)
{
	struct fl_modbus_slot *best = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_modbus_slot *q = &s->slot[i];

		if (q->state != FL_MODBUS_FREE && (q->state == FL_MODBUS_OPEN) == open &&
		    (!best || (int32_t)(q->serial - best->serial) < 0))
			best = q;
	}
	return best;
}

/* ---- operations */

/* The row that names the operation and its classes: the sub-function's where there is one. */
static void name_it(const struct fl_modbus_adu *a, struct fl_modbus_slot *q)
{
	const struct fl_modbus_sub *row = NULL;

	q->has_sub = fl_modbus_sub_of(a, &q->sub, &row);
	q->name = row ? row->name : a->info->name;
	q->classes = row ? row->classes : a->info->classes;
}

static void add_object(struct fl_modbus_slot *q, uint16_t access, uint16_t number, uint16_t start, uint16_t count,
                       uint8_t kind)
{
	if (q->objects == FL_MODBUS_OBJECTS_KEPT) {
		q->objects_cut = true;
		return;
	}
	q->object[q->objects].kind = kind;
	q->object[q->objects].access = access;
	q->object[q->objects].number = number;
	q->object[q->objects].start = start;
	q->object[q->objects].count = count;
	q->objects++;
}

/* What the ADU touches, as far as it tells: a request all, an echo likewise, a read response nothing, as its
 * address is only in the request. Never invented: a field that was not there makes no object. */
static void add_objects(struct fl_modbus_slot *q, const struct fl_modbus_adu *a)
{
	uint8_t kind = a->info->object;
	struct fl_modbus_file f;
	struct fl_rd it;

	if (a->exception)
		return;
	if (a->has & FL_MODBUS_HAS_READ_QUANTITY)
		add_object(q, FL_OP_READ, 0, a->read_address, a->read_quantity, kind);
	if (a->has & FL_MODBUS_HAS_WRITE_QUANTITY)
		add_object(q, FL_OP_WRITE, 0, a->write_address, a->write_quantity, kind);
	if (a->has & FL_MODBUS_HAS_QUANTITY)
		add_object(q, a->info->classes, 0, a->address, a->quantity, kind);
	else if ((a->has & FL_MODBUS_HAS_ADDRESS) && a->info->max <= 1) /* one coil or register, or a FIFO */
		add_object(q, a->info->classes, 0, a->address, a->info->max, kind);
	if (a->has & FL_MODBUS_HAS_OBJECT_ID)
		add_object(q, FL_OP_IDENTIFY, a->device_id_code, a->object_id, 0, FL_OBJECT_IDENTITY);
	if (kind == FL_OBJECT_FILE_RECORD && !(a->flaws & FL_MODBUS_FLAW_LENGTH)) {
		it = fl_modbus_list(a);
		while (fl_modbus_next_file(a, &it, &f))
			if (f.has_place)
				add_object(q, a->info->classes, f.file, f.record, f.length, kind);
	}
	if (a->cut && kind == FL_OBJECT_FILE_RECORD)
		q->objects_cut = true;
}

static void fill_slot(const struct fl_dctx *c, const struct fl_modbus_adu *a, struct fl_modbus_slot *q)
{
	*q = (struct fl_modbus_slot){.frame = c->frame, .ts_ns = c->ts_ns, .mono_ns = c->mono_ns, .tid = a->tid,
	                             .unit = a->unit, .function = a->function, .dir = c->dir,
	                             .address = a->address, .value = a->value};
	q->quantity = a->has & FL_MODBUS_HAS_READ_QUANTITY ? a->read_quantity : a->quantity;
	if (a->has & FL_MODBUS_HAS_OR_MASK)
		q->value = (uint32_t)a->and_mask << 16 | a->or_mask;
	name_it(a, q);
	add_objects(q, a);
}

static void start_op(struct fl_operation *op, const struct fl_modbus_slot *q, uint8_t client)
{
	unsigned i;

	memset(op, 0, offsetof(struct fl_operation, object));
	op->function_name = q->name;
	op->classes = q->classes;
	op->function = q->function;
	op->has_subfunction = q->has_sub;
	op->subfunction = q->sub;
	op->has_unit = true;
	op->unit = q->unit;
	op->client = client;
	op->objects = q->objects;
	op->objects_cut = q->objects_cut;
	for (i = 0; i < q->objects; i++)
		op->object[i] = (struct fl_object){.kind = q->object[i].kind, .access = q->object[i].access,
		                                   .number = q->object[i].number, .start = q->object[i].start,
		                                   .count = q->object[i].count};
}

static void yield(struct fl_dctx *c, const struct fl_operation *op)
{
	if (c->on_operation)
		c->on_operation(c, op);
}

/* ---- responses before their requests */

/* What a response adds to an operation. */
static void put_answer(struct fl_operation *op, const struct fl_modbus_answer *e)
{
	op->response_ns = e->ts_ns;
	op->response_frame = e->frame;
	op->has_code = e->has_code;
	op->code = e->code;
	op->code_name = e->code_name;
	memcpy(op->name, e->name, FL_OP_NAME_MAX);
}

/* The n-th early response stays without a request. */
static void end_early(struct fl_dctx *c, unsigned n)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_early *e = &s->early[n];
	struct fl_operation op;

	start_op(&op, &e->slot, e->slot.dir ^ 1u);
	op.outcome = FL_OUTCOME_UNSOLICITED;
	put_answer(&op, &e->answer);
	memmove(e, e + 1, (--s->earlies - n) * sizeof *e);
	yield(c, &op);
}

/* A request has come: its response may have been handed on before it, because its own bytes waited behind a hole in the
 * stream. True if so; then it is over. Responses to requests before it will not find theirs any more. */
static bool take_early(struct fl_dctx *c, const struct fl_modbus_slot *q)
{
	struct fl_modbus_state *s = c->state;
	struct fl_operation op;
	unsigned i = 0;

	while (i < s->earlies) {
		const struct fl_modbus_early *e = &s->early[i];

		if (e->slot.dir == q->dir) {
			i++;
		} else if (e->slot.frame <= q->frame) {
			end_early(c, i);
		} else if (same_key(q, e->slot.dir, &e->adu) && answers(q, &e->adu)) {
			start_op(&op, q, q->dir);
			op.request_ns = q->ts_ns;
			op.request_frame = q->frame;
			op.outcome = e->answer.error ? FL_OUTCOME_ERROR : FL_OUTCOME_OK;
			put_answer(&op, &e->answer);
			memmove(&s->early[i], &s->early[i + 1], (--s->earlies - i) * sizeof *s->early);
			yield(c, &op);
			return true;
		} else {
			i++;
		}
	}
	return false;
}

static void keep_early(struct fl_dctx *c, const struct fl_modbus_adu *a, const struct fl_modbus_answer *answer)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_early *e;

	if (s->earlies == FL_MODBUS_EARLY_MAX)
		end_early(c, 0);
	e = &s->early[s->earlies++];
	e->adu = *a;
	e->adu.body = e->adu.data = NULL; /* they are gone by then */
	e->answer = *answer;
	fill_slot(c, a, &e->slot);
}

/* A request ends without a response. */
static void close_slot(struct fl_dctx *c, struct fl_modbus_slot *q, enum fl_op_outcome outcome)
{
	struct fl_modbus_state *s = c->state;
	struct fl_operation op;

	start_op(&op, q, c->client);
	op.outcome = (uint8_t)outcome;
	if (q->dir != c->client) {
		/* Taken for a request when nobody could know; by now its sender has turned out to be the server. */
		op.outcome = FL_OUTCOME_UNSOLICITED;
		op.response_ns = q->ts_ns;
		op.response_frame = q->frame;
		q->state = FL_MODBUS_FREE;
	} else {
		op.request_ns = q->ts_ns;
		op.request_frame = q->frame;
		q->state = outcome == FL_OUTCOME_UNKNOWN && !q->loss ? FL_MODBUS_FREE : FL_MODBUS_EXPIRED;
	}
	s->open--;
	yield(c, &op);
}

/* Why there was no response. */
static enum fl_op_outcome missing_outcome(const struct fl_dctx *c, const struct fl_modbus_slot *q)
{
	const struct fl_modbus_state *s = c->state;

	if (q->function == 8 && q->has_sub && q->sub == FL_MODBUS_DIAG_LISTEN_ONLY)
		return FL_OUTCOME_NO_REPLY_EXPECTED; /* V1.1b3 6.8.1: "no response is returned" */
	/* Unit 0 is a broadcast behind a serial gateway, where only writes make sense (Modbus over Serial Line V1.02
	 * 2.1); a server on TCP itself may be addressed by it and answers (V1.0b 4.4). */
	if (q->unit == 0 && !s->unit0_answers && q->classes == FL_OP_WRITE)
		return FL_OUTCOME_NO_REPLY_EXPECTED;
	return q->loss || c->cut_short ? FL_OUTCOME_UNKNOWN : FL_OUTCOME_NO_RESPONSE;
}

/* How long ago, by a clock that does not run back; if it did, no time has passed. */
static int64_t since(const struct fl_dctx *c, int64_t mono_ns)
{
	return c->mono_ns > mono_ns ? c->mono_ns - mono_ns : 0;
}

void fl_modbus_expire(struct fl_dctx *c, bool all)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_slot *q;

	while (s->earlies && (all || since(c, s->early[0].slot.mono_ns) >= FL_MODBUS_EARLY_NS))
		end_early(c, 0);
	while (s->open && (q = oldest(s, true)) != NULL) {
		if (!all && since(c, q->mono_ns) < FL_OP_TIMEOUT_NS)
			break;
		close_slot(c, q, missing_outcome(c, q));
	}
}

/* A slot for a new request: one never used, or the oldest that no longer waits, or, with all waiting, the
 * oldest of them, which then ends as unknown. */
static struct fl_modbus_slot *new_slot(struct fl_dctx *c)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_slot *q = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_MODBUS_FREE)
			return &s->slot[i];
	if (s->used - s->open >= (int)FL_MODBUS_REMEMBERED || s->used == FL_MODBUS_PENDING_MAX)
		q = oldest(s, false);
	if (q)
		return q;
	if (s->used < FL_MODBUS_PENDING_MAX)
		return &s->slot[s->used++];
	q = oldest(s, true);
	c->dropped++;
	close_slot(c, q, FL_OUTCOME_UNKNOWN);
	return q;
}

void fl_modbus_request(struct fl_dctx *c, const struct fl_modbus_adu *a)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_slot *q, one;
	struct fl_operation op;
	bool early;

	if (a->flaws & FL_MODBUS_FLAW_CLIENT_EXCEPTION) {
		/* Nothing can answer it and it answers nothing: on record at once, under the code that was sent. */
		fill_slot(c, a, &one);
		one.name = "exception_from_client";
		one.classes = FL_OP_OTHER;
		start_op(&op, &one, c->dir);
		op.function = a->function | 0x80u;
		op.outcome = FL_OUTCOME_UNKNOWN;
		op.request_ns = c->ts_ns;
		op.request_frame = c->frame;
		yield(c, &op);
		return;
	}
	fill_slot(c, a, &one);
	early = take_early(c, &one);
	q = new_slot(c);
	*q = one;
	q->state = early ? FL_MODBUS_ANSWERED : FL_MODBUS_OPEN;
	q->serial = s->serial++;
	s->open += !early;
}

static void read_answer(const struct fl_dctx *c, const struct fl_modbus_adu *a, const struct fl_modbus_slot *q,
                        struct fl_modbus_answer *e)
{
	*e = (struct fl_modbus_answer){.ts_ns = c->ts_ns, .frame = c->frame, .error = a->exception};
	if (a->has & FL_MODBUS_HAS_EXCEPTION_CODE) {
		e->has_code = true;
		e->code = (uint8_t)a->exception_code;
		e->code_name = fl_modbus_exception_name(e->code);
	} else if ((a->has & FL_MODBUS_HAS_UMAS_RESULT) && a->umas_result == FL_MODBUS_UMAS_ERROR) {
		e->error = e->has_code = true;
		e->code = FL_MODBUS_UMAS_ERROR;
		e->code_name = "umas_error";
	}
	if (a->flaws & FL_MODBUS_FLAW_LENGTH)
		return;
	if (a->has & FL_MODBUS_HAS_OBJECT_COUNT)
		fl_modbus_name_device(c->state, a, q, e->name);
	else if (a->shape == FL_MODBUS_SHAPE_BLOB)
		fl_modbus_name_server(a, e->name);
}

void fl_modbus_response(struct fl_dctx *c, const struct fl_modbus_adu *a, struct fl_modbus_slot *q)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_answer answer;
	struct fl_operation op;

	if (a->unit == 0)
		s->unit0_answers = true;
	read_answer(c, a, q, &answer);
	if (!q) {
		keep_early(c, a, &answer);
		return;
	}
	start_op(&op, q, q->dir);
	op.request_ns = q->ts_ns;
	op.request_frame = q->frame;
	op.late = q->state == FL_MODBUS_EXPIRED;
	op.duplicate = q->state == FL_MODBUS_ANSWERED;
	op.outcome = answer.error ? FL_OUTCOME_ERROR : FL_OUTCOME_OK;
	put_answer(&op, &answer);
	if (q->state == FL_MODBUS_OPEN)
		s->open--;
	q->state = FL_MODBUS_ANSWERED;
	yield(c, &op);
}

void fl_modbus_lost(struct fl_modbus_state *s, uint8_t dir)
{
	unsigned i;

	s->resync[dir] = true;
	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_MODBUS_OPEN && s->slot[i].dir != dir)
			s->slot[i].loss = true;
}

bool fl_modbus_state_ok(const struct fl_modbus_state *s)
{
	unsigned i, open = 0;

	if (s->used > FL_MODBUS_PENDING_MAX || s->lean > FL_MODBUS_LEAN_MAX || s->lean < -FL_MODBUS_LEAN_MAX ||
	    s->earlies > FL_MODBUS_EARLY_MAX)
		return false;
	for (i = 0; i < s->used; i++) {
		open += s->slot[i].state == FL_MODBUS_OPEN;
		if (s->slot[i].state != FL_MODBUS_FREE && (!s->slot[i].name || !s->slot[i].classes))
			return false;
	}
	for (; i < FL_MODBUS_PENDING_MAX; i++)
		if (s->slot[i].state != FL_MODBUS_FREE)
			return false;
	for (i = 0; i < s->earlies; i++)
		if (!s->early[i].slot.classes || !memchr(s->early[i].answer.name, 0, FL_OP_NAME_MAX))
			return false;
	for (i = 0; i < FL_MODBUS_IDENTITIES; i++)
		if (!memchr(s->id[i].text, 0, FL_OP_NAME_MAX))
			return false;
	return open == s->open;
}
