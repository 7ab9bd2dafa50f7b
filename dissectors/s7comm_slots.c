/* s7comm_slots.c - the requests of one flow: each takes a slot and waits.
 *
 *              answer                      answer again
 *      OPEN ------------------> ANSWERED ------------------> ANSWERED    yields: ok | error   then: duplicate
 *        |  ^-- answer that says more follows: waits on
 *        | FL_OP_TIMEOUT_NS, end    late answer
 *        +----------------------> EXPIRED ------------------> ANSWERED   yields: no_response  then: late
 *        |                                                                       (or unknown; ok if a part was answered)
 *        | table full
 *        +----------------------> FREE                                   yields: unknown
 *
 *
 * An answer whose request did not come waits for it: bytes behind a hole in the stream are held, so the request may come
 * after it, from an earlier frame. If none comes within FL_S7_EARLY_NS, or a later one does, the answer is `unsolicited`.
 *
 * Invariants: a request yields exactly one operation that is neither late nor duplicate; later answers to it add one each,
 * so marked. A waiting request is never overwritten: with equal references the oldest is answered first. Frame numbers
 * decide about early answers, so a client that always uses the same reference cannot be given the answer to a request from
 * before the capture.
 *
 * Used for jobs, userdata, connection requests and S7comm-plus alike. State is one fixed struct of the flow, zeroed at
 * first; no heap, no clock but c->mono_ns. */
#include <string.h>

#include "s7comm_join.h"

void fl_s7_client_is(struct fl_dctx *c, uint8_t client)
{
	if (c->client_known)
		return;
	c->client = client;
	c->client_known = true;
}

void fl_s7_slot_init(const struct fl_dctx *c, struct fl_s7_slot *q, enum fl_s7_kind kind, uint16_t ref)
{
	memset(q, 0, offsetof(struct fl_s7_slot, text) + 1);
	q->kind = (uint8_t)kind;
	q->ref = q->first_ref = ref;
	q->dir = q->client = c->dir;
	q->frame = c->frame;
	q->ts_ns = c->ts_ns;
	q->active_ns = c->mono_ns;
}

void fl_s7_add_object(struct fl_s7_slot *q, uint8_t kind, uint32_t number, uint32_t start, uint32_t count)
{
	if (q->objects == FL_OP_OBJECTS_MAX) {
		q->objects_cut = true;
		return;
	}
	q->object[q->objects++] =
		(struct fl_s7_object){.kind = kind, .number = number, .start = start, .count = count & 0xFFFFFFu};
}

void fl_s7_op(struct fl_operation *op, const struct fl_s7_slot *q)
{
	unsigned i;

	memset(op, 0, offsetof(struct fl_operation, object));
	op->function_name = q->name;
	op->classes = q->classes;
	op->function = q->function;
	op->has_subfunction = q->has_sub;
	op->subfunction = q->sub;
	op->client = q->client;
	memcpy(op->name, q->text, strnlen(q->text, sizeof q->text - 1));
	op->objects_cut = q->objects_cut;
	op->objects = q->objects;
	for (i = 0; i < q->objects; i++)
		op->object[i] = (struct fl_object){.kind = q->object[i].kind, .access = q->classes,
		                                   .number = q->object[i].number, .start = q->object[i].start,
		                                   .count = q->object[i].count};
}

void fl_s7_yield(struct fl_dctx *c, const struct fl_operation *op)
{
	if (c->on_operation)
		c->on_operation(c, op);
}

static struct fl_s7_slot *oldest(struct fl_s7_state *s, bool open)
{
	struct fl_s7_slot *best = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_s7_slot *q = &s->slot[i];

		if (q->state != FL_S7_FREE && (q->state == FL_S7_OPEN) == open &&
		    (!best || (int32_t)(q->serial - best->serial) < 0))
			best = q;
	}
	return best;
}

/* The waiting slot that was active longest ago. */
static struct fl_s7_slot *idlest(struct fl_s7_state *s)
{
	struct fl_s7_slot *best = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_s7_slot *q = &s->slot[i];

		if (q->state != FL_S7_OPEN)
			continue;
		if (!best || q->active_ns < best->active_ns ||
		    (q->active_ns == best->active_ns && (int32_t)(q->serial - best->serial) < 0))
			best = q;
	}
	return best;
}

/* A request ends without a (further) answer. */
static void close_slot(struct fl_dctx *c, struct fl_s7_slot *q, enum fl_op_outcome outcome)
{
	struct fl_s7_state *s = c->state;
	struct fl_operation op;

	fl_s7_op(&op, q);
	op.request_ns = q->ts_ns;
	op.request_frame = q->frame;
	op.outcome = (uint8_t)outcome;
	if (q->part_frame) { /* it was granted; the rest was never fetched or never seen */
		op.outcome = q->frame ? FL_OUTCOME_OK : FL_OUTCOME_UNSOLICITED;
		op.response_ns = q->part_ns;
		op.response_frame = q->part_frame;
	}
	q->state = outcome == FL_OUTCOME_UNKNOWN && !q->loss ? FL_S7_FREE : FL_S7_EXPIRED;
	s->open--;
	fl_s7_yield(c, &op);
}

/* ---- early answers */

static void put_early(struct fl_operation *op, const struct fl_s7_state *s, const struct fl_s7_early *e)
{
	if (e->named)
		memcpy(op->name, s->early_name, sizeof op->name);
	op->outcome = e->outcome;
	op->has_code = e->has_result;
	op->code = e->result;
	op->code_name = e->result_name;
	op->response_ns = e->ts_ns;
	op->response_frame = e->frame;
}

static void drop_early(struct fl_s7_state *s, unsigned n)
{
	memmove(&s->early[n], &s->early[n + 1], (--s->earlies - n) * sizeof s->early[0]);
}

/* The n-th stays without a request. */
static void end_early(struct fl_dctx *c, unsigned n)
{
	struct fl_s7_state *s = c->state;
	const struct fl_s7_early *e = &s->early[n];
	struct fl_operation op;

	memset(&op, 0, offsetof(struct fl_operation, object));
	op.function_name = e->name;
	op.classes = e->classes;
	op.function = e->function;
	op.has_subfunction = e->has_sub;
	op.subfunction = e->sub;
	op.client = e->client;
	put_early(&op, s, e);
	op.outcome = FL_OUTCOME_UNSOLICITED;
	drop_early(s, n);
	fl_s7_yield(c, &op);
}

void fl_s7_keep_early(struct fl_dctx *c, const struct fl_s7_slot *alone, const struct fl_operation *op, bool any_code)
{
	struct fl_s7_state *s = c->state;
	bool named = op->name[0] && (op->classes & FL_OP_IDENTIFY);
	unsigned i;

	if (s->earlies == FL_S7_EARLY_MAX)
		end_early(c, 0);
	for (i = 0; named && i < s->earlies; i++) /* one text is kept: the newest */
		s->early[i].named = false;
	if (named)
		memcpy(s->early_name, op->name, sizeof s->early_name);
	s->early[s->earlies++] = (struct fl_s7_early){
		.frame = c->frame, .ts_ns = c->ts_ns, .mono_ns = c->mono_ns, .name = alone->name, .result_name = op->code_name,
		.result = op->code, .ref = alone->first_ref, .function = alone->function, .sub = alone->sub,
		.classes = alone->classes, .kind = alone->kind, .dir = c->dir ^ 1u, .client = alone->client,
		.code = alone->code, .group = alone->group, .outcome = op->outcome, .has_sub = alone->has_sub,
		.has_result = op->has_code, .any_code = any_code, .parts = alone->part_frame != 0, .seq = alone->seq,
		.named = named,
	};
}

void fl_s7_take_early(struct fl_dctx *c, struct fl_s7_slot *q)
{
	struct fl_s7_state *s = c->state;
	struct fl_operation op;
	unsigned i = 0;

	while (i < s->earlies) {
		const struct fl_s7_early *e = &s->early[i];

		if (e->dir != q->dir) {
			i++;
		} else if (e->frame <= q->frame) { /* what was answered before this request was sent is nobody's */
			end_early(c, i);
		} else if (e->kind == q->kind && e->ref == q->ref &&
		           (e->any_code || (e->code == q->code && e->group == q->group))) {
			fl_s7_op(&op, q);
			op.request_ns = q->ts_ns;
			op.request_frame = q->frame;
			put_early(&op, s, e);
			if (e->parts) { /* the requests for its parts may come after this one */
				q->part_frame = e->frame;
				q->seq = e->seq;
			}
			drop_early(s, i);
			q->state = FL_S7_ANSWERED;
			s->open--;
			fl_s7_yield(c, &op);
			return;
		} else {
			i++;
		}
	}
}

void fl_s7_expire_early(struct fl_dctx *c, bool all)
{
	struct fl_s7_state *s = c->state;

	/* While units from before the answer are still handed on, its request may be the next. */
	while (s->earlies && (all || ((!c->frame || c->frame > s->early[0].frame) &&
	                              c->mono_ns - s->early[0].mono_ns >= FL_S7_EARLY_NS)))
		end_early(c, 0);
}

void fl_s7_expire(struct fl_dctx *c, bool all)
{
	struct fl_s7_state *s = c->state;
	struct fl_s7_slot *q;

	while (s->open && (q = all ? oldest(s, true) : idlest(s)) != NULL) {
		if (!all && c->mono_ns - q->active_ns < FL_OP_TIMEOUT_NS)
			break;
		close_slot(c, q, q->loss || c->cut_short ? FL_OUTCOME_UNKNOWN : FL_OUTCOME_NO_RESPONSE);
	}
}

/* One never used, or the oldest that no longer waits, or, with all waiting, the oldest of them, which then ends as
 * unknown. */
static struct fl_s7_slot *new_slot(struct fl_dctx *c)
{
	struct fl_s7_state *s = c->state;
	struct fl_s7_slot *q = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_S7_FREE)
			return &s->slot[i];
	if (s->used - s->open >= (int)FL_S7_REMEMBERED || s->used == FL_S7_PENDING_MAX)
		q = oldest(s, false);
	if (q)
		return q;
	if (s->used < FL_S7_PENDING_MAX)
		return &s->slot[s->used++];
	q = oldest(s, true);
	c->dropped++;
	close_slot(c, q, FL_OUTCOME_UNKNOWN);
	return q;
}

struct fl_s7_slot *fl_s7_slot_open(struct fl_dctx *c, enum fl_s7_kind kind, uint16_t ref)
{
	struct fl_s7_state *s = c->state;
	struct fl_s7_slot *q = new_slot(c);

	fl_s7_slot_init(c, q, kind, ref);
	q->state = FL_S7_OPEN;
	q->serial = s->serial++;
	s->open++;
	return q;
}

/* Waiting and of the function, before expired, before answered, before waiting and of another function. Of several the
 * oldest waiting, the newest other. */
struct fl_s7_slot *fl_s7_slot_find(struct fl_s7_state *s, enum fl_s7_kind kind, uint8_t dir, uint16_t ref, int code, int group)
{
	struct fl_s7_slot *best = NULL;
	unsigned i, rank, best_rank = 0;

	for (i = 0; i < s->used; i++) {
		struct fl_s7_slot *q = &s->slot[i];

		if (q->state == FL_S7_FREE || q->kind != kind || q->dir == dir || q->ref != ref)
			continue;
		if ((code < 0 || q->code == code) && (group < 0 || q->group == group))
			rank = q->state == FL_S7_OPEN ? 4 : q->state == FL_S7_EXPIRED ? 3 : 2;
		else
			rank = q->state == FL_S7_OPEN ? 1 : 0;
		if (rank == 0 || rank < best_rank)
			continue;
		if (rank == best_rank && (q->state == FL_S7_OPEN) != ((int32_t)(q->serial - best->serial) < 0))
			continue;
		best = q;
		best_rank = rank;
	}
	return best;
}

void fl_s7_answer(struct fl_dctx *c, struct fl_s7_slot *q, const struct fl_s7_slot *alone, struct fl_operation *op)
{
	struct fl_s7_state *s = c->state;

	fl_s7_op(op, q ? q : alone);
	if (q) {
		op->request_ns = q->ts_ns;
		op->request_frame = q->frame;
		op->late = q->state == FL_S7_EXPIRED;
		op->duplicate = q->state == FL_S7_ANSWERED;
		if (q->state == FL_S7_OPEN)
			s->open--;
		q->state = FL_S7_ANSWERED;
	}
	if (!q || !q->frame)
		op->outcome = FL_OUTCOME_UNSOLICITED;
	op->response_ns = c->ts_ns;
	op->response_frame = c->frame;
}

void fl_s7_lost(struct fl_s7_state *s, uint8_t dir)
{
	unsigned i;

	fl_cotp_lose(&s->side[dir]);
	s->fragments[dir] = false;
	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_S7_OPEN && s->slot[i].dir != dir)
			s->slot[i].loss = true;
}

bool fl_s7_state_ok(const struct fl_s7_state *s)
{
	unsigned i, open = 0;

	if (s->used > FL_S7_PENDING_MAX || s->earlies > FL_S7_EARLY_MAX || !memchr(s->early_name, 0, sizeof s->early_name) || s->next_upload >= FL_S7_UPLOADS_MAX || s->szl_n > sizeof s->szl_bytes)
		return false;
	for (i = 0; i < 2; i++)
		if (s->side[i].n > sizeof s->side[i].bytes || (s->side[i].n && !s->side[i].open))
			return false;
	for (i = 0; i < s->used; i++) {
		const struct fl_s7_slot *q = &s->slot[i];

		open += q->state == FL_S7_OPEN;
		if (q->state == FL_S7_FREE)
			continue;
		if (!q->name || !q->classes || q->objects > FL_OP_OBJECTS_MAX || !memchr(q->text, 0, sizeof q->text))
			return false;
	}
	for (; i < FL_S7_PENDING_MAX; i++)
		if (s->slot[i].state != FL_S7_FREE)
			return false;
	return open == s->open;
}
