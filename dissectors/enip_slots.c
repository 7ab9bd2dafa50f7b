/* enip_slots.c - the requests of a flow that wait, the bytes kept of them, and which of them a unit belongs to.
 *
 * Slots are few and looked through one by one. The bytes lie in a ring: what comes overwrites what is oldest, and a
 * request that waits and would be overwritten is ended before. See enip_join.c for what becomes of a slot. */
#include "enip_join.h"

#include <string.h>

#include "cip_walk.h"

#define KEPT_DATA 64u /* of a service's data: as much as says what is asked. Layouts known here are shorter */

/* ---- the ring of kept bytes */

bool fl_enip_kept(const struct fl_enip_state *s, const struct fl_enip_slot *q)
{
	return q->kept && s->end - q->at <= FL_ENIP_KEPT_BYTES;
}

struct fl_rd fl_enip_message(const struct fl_enip_state *s, const struct fl_enip_slot *q)
{
	return fl_rd_init(s->bytes + q->at % FL_ENIP_KEPT_BYTES, q->kept, q->cut ? FL_CUT_END : FL_CLOSED);
}

/* ---- slots */

static bool is(const struct fl_enip_slot *q, unsigned states)
{
	return states >> q->state & 1u;
}

struct fl_enip_slot *fl_enip_oldest(struct fl_enip_state *s, unsigned states)
{
	struct fl_enip_slot *best = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_enip_slot *q = &s->slot[i];

		if (!is(q, states))
			continue;
		if (!best || (int32_t)(q->serial - best->serial) < 0)
			best = q;
	}
	return best;
}

static void close_slot(struct fl_dctx *c, struct fl_enip_slot *q, enum fl_op_outcome outcome, bool forget)
{
	struct fl_enip_state *s = c->state;
	struct fl_operation op = fl_enip_base(s, q);

	op.outcome = (uint8_t)outcome;
	s->open--;
	q->state = FL_ENIP_EXPIRED;
	if (!q->told)
		fl_enip_yield_request(c, q, &op);
	if (forget)
		q->state = FL_ENIP_FREE;
}

/* No request came for it in time. */
void fl_enip_end_early(struct fl_dctx *c, struct fl_enip_slot *e)
{
	struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .operations = true,
				.base = {.client = e->dir ^ 1u, .outcome = FL_OUTCOME_UNSOLICITED,
					 .response_ns = e->ts_ns, .response_frame = e->frame}};
	struct fl_rd message = fl_enip_message(s, e);

	e->state = FL_ENIP_FREE;
	s->early--;
	fl_cip_walk(&w, NULL, &message);
}

struct fl_enip_slot *fl_enip_new_slot(struct fl_dctx *c)
{
	struct fl_enip_state *s = c->state;
	struct fl_enip_slot *q = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_ENIP_FREE)
			return &s->slot[i];
	if (s->used - s->open - s->early >= (int)FL_ENIP_REMEMBERED || s->used == FL_ENIP_PENDING_MAX)
		q = fl_enip_oldest(s, FL_ENIP_ARE_PAST);
	if (q)
		return q;
	if (s->used < FL_ENIP_PENDING_MAX)
		return &s->slot[s->used++];
	q = fl_enip_oldest(s, FL_ENIP_ARE_OPEN); /* there is one, as FL_ENIP_EARLY_MAX is below FL_ENIP_PENDING_MAX */
	c->dropped++;
	close_slot(c, q, FL_OUTCOME_UNKNOWN, true);
	return q;
}

/* Room for n bytes in a row; requests that wait and lie where they come to lie are ended first. Gives the place. */
static uint64_t make_room(struct fl_dctx *c, size_t n)
{
	struct fl_enip_state *s = c->state;
	uint64_t at = s->end;
	unsigned i;

	if (at % FL_ENIP_KEPT_BYTES + n > FL_ENIP_KEPT_BYTES)
		at += FL_ENIP_KEPT_BYTES - at % FL_ENIP_KEPT_BYTES;
	for (i = 0; i < s->used; i++) {
		struct fl_enip_slot *q = &s->slot[i];

		if (!is(q, FL_ENIP_ARE_OPEN | FL_ENIP_ARE_EARLY) || !q->kept || at + n - q->at <= FL_ENIP_KEPT_BYTES)
			continue;
		c->dropped++;
		if (q->state == FL_ENIP_EARLY)
			fl_enip_end_early(c, q);
		else
			close_slot(c, q, FL_OUTCOME_UNKNOWN, true);
	}
	return at;
}

/* How much of a message must be kept: lists and what is sent on, whole; of others, up to the data that says what is
 * asked. */
static size_t to_keep(const struct fl_rd *message, const struct fl_cip_message *m)
{
	size_t head = message->len - m->data.len;

	if (m->service == FL_CIP_SVC_MULTIPLE || fl_cip_class_of(&m->path) == FL_CIP_CLASS_MANAGER)
		return message->len;
	return head + (m->data.len < KEPT_DATA ? m->data.len : KEPT_DATA);
}

void fl_enip_store(struct fl_dctx *c, struct fl_enip_slot *q, const struct fl_rd *message, size_t n)
{
	struct fl_enip_state *s = c->state;

	q->at = make_room(c, n);
	memcpy(s->bytes + q->at % FL_ENIP_KEPT_BYTES, message->base, n);
	s->end = q->at + n;
	q->kept = (uint16_t)n;
	q->cut = n < message->len || message->end == FL_CUT_END;
}

void fl_enip_keep(struct fl_dctx *c, struct fl_enip_slot *q, const struct fl_enip_pdu *p)
{
	struct fl_cip_message m;
	size_t n;

	if (!p->message.len)
		return;
	n = fl_cip_parse(p->message, &m) ? to_keep(&p->message, &m) : p->message.len;
	q->told = n > FL_ENIP_KEPT_MAX;
	if (q->told)
		n = FL_ENIP_KEPT_MAX;
	fl_enip_store(c, q, &p->message, n);
	q->service = m.service;
}

/* FNV-1a, 64 bits; to know the same bytes again, not to keep an attacker from making two that are alike. */
uint64_t fl_enip_hash(const struct fl_rd *r)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < r->len; i++)
		h = (h ^ r->base[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* ---- matching */

struct fl_enip_slot *fl_enip_retried(struct fl_enip_state *s, uint8_t dir, const struct fl_enip_pdu *p)
{
	uint64_t h;
	unsigned i;

	if (p->command != FL_ENIP_SEND_UNIT_DATA || !p->has_message || !p->has_connection || !p->has_sequence || p->cut)
		return NULL;
	h = fl_enip_hash(&p->message);
	for (i = 0; i < s->used; i++) {
		struct fl_enip_slot *q = &s->slot[i];

		if (is(q, FL_ENIP_ARE_OPEN | FL_ENIP_ARE_PAST) && q->connected && q->dir == dir &&
		    q->connection == p->connection && q->sequence == p->sequence && q->hash == h)
			return q;
	}
	return NULL;
}

static enum fl_enip_pair answers(const struct fl_enip_state *s, const struct fl_enip_slot *q, const struct fl_enip_pdu *p)
{
	if (q->command != p->command)
		return FL_ENIP_NO_PAIR;
	if (q->connected && p->connected && q->sequence == p->sequence)
		return fl_enip_pairs(s, q->dir, q->connection, p->connection);
	if (q->connected || p->connected || memcmp(q->context, p->context, sizeof q->context) != 0)
		return FL_ENIP_NO_PAIR;
	return p->command != FL_ENIP_SEND_RR_DATA || q->session == p->session || p->status ? FL_ENIP_PAIR : FL_ENIP_NO_PAIR;
}

/* A response has its request's service, or, to an Unconnected Send, that of what was sent. */
static bool same_service(const struct fl_enip_slot *q, const struct fl_enip_pdu *p)
{
	if (!p->has_message || !p->message.len || !q->kept)
		return true;
	return q->service == (p->message.base[0] & 0x7F) || q->service == FL_CIP_SVC_UNCONNECTED_SEND;
}

/* Of those that wait the oldest, else of those that are over the newest; a sure one before one that may be. */
static bool better(const struct fl_enip_slot *q, enum fl_enip_pair how, const struct fl_enip_slot *best, enum fl_enip_pair best_how)
{
	if (!best || how != best_how)
		return !best || how > best_how;
	if ((q->state == FL_ENIP_OPEN) != (best->state == FL_ENIP_OPEN))
		return q->state == FL_ENIP_OPEN;
	return ((int32_t)(q->serial - best->serial) < 0) == (q->state == FL_ENIP_OPEN);
}

struct fl_enip_slot *fl_enip_find(struct fl_enip_state *s, uint8_t dir, const struct fl_enip_pdu *p)
{
	enum fl_enip_pair how, best_how = FL_ENIP_NO_PAIR;
	struct fl_enip_slot *best = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_enip_slot *q = &s->slot[i];

		if (!is(q, FL_ENIP_ARE_OPEN | FL_ENIP_ARE_PAST) || q->dir == dir || !same_service(q, p))
			continue;
		how = answers(s, q, p);
		if (how == FL_ENIP_NO_PAIR || !better(q, how, best, best_how))
			continue;
		best = q;
		best_how = how;
	}
	return best;
}

/* The response to q that came before it, if one did. */
struct fl_enip_slot *fl_enip_find_early(struct fl_enip_state *s, const struct fl_enip_slot *q)
{
	struct fl_enip_slot *best = NULL;
	unsigned i;

	for (i = 0; s->early && i < s->used; i++) {
		struct fl_enip_slot *e = &s->slot[i];
		struct fl_enip_pdu p = {.command = e->command, .session = e->session, .connected = e->connected,
					.connection = e->connection, .sequence = e->sequence, .status = e->told};

		if (e->state != FL_ENIP_EARLY || e->dir == q->dir || e->frame <= q->frame)
			continue;
		memcpy(p.context, e->context, sizeof p.context);
		p.has_message = true;
		p.message = fl_enip_message(s, e);
		if (answers(s, q, &p) && same_service(q, &p) && (!best || (int32_t)(e->serial - best->serial) < 0))
			best = e;
	}
	return best;
}

/* ---- time and loss */

void fl_enip_expire(struct fl_dctx *c, bool all)
{
	struct fl_enip_state *s = c->state;
	struct fl_enip_slot *q;

	while (s->early && (q = fl_enip_oldest(s, FL_ENIP_ARE_EARLY)) != NULL) {
		if (!all && c->mono_ns - q->mono_ns < FL_ENIP_EARLY_NS)
			break;
		fl_enip_end_early(c, q);
	}
	while (s->open && (q = fl_enip_oldest(s, FL_ENIP_ARE_OPEN)) != NULL) {
		if (!all && c->mono_ns - q->mono_ns < FL_OP_TIMEOUT_NS)
			break;
		close_slot(c, q, q->loss || c->cut_short ? FL_OUTCOME_UNKNOWN : FL_OUTCOME_NO_RESPONSE,
			   c->cut_short && !q->loss);
	}
}

void fl_enip_lost(struct fl_enip_state *s, uint8_t dir)
{
	unsigned i;

	s->resync[dir] = true;
	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_ENIP_OPEN && s->slot[i].dir != dir)
			s->slot[i].loss = true;
}

bool fl_enip_state_ok(const struct fl_enip_state *s)
{
	unsigned i, open = 0, early = 0;

	if (s->used > FL_ENIP_PENDING_MAX || s->lean > FL_ENIP_LEAN_MAX || s->lean < -FL_ENIP_LEAN_MAX)
		return false;
	for (i = 0; i < FL_ENIP_PENDING_MAX; i++) {
		const struct fl_enip_slot *q = &s->slot[i];

		if (i >= s->used && q->state != FL_ENIP_FREE)
			return false;
		if (!is(q, FL_ENIP_ARE_OPEN | FL_ENIP_ARE_EARLY))
			continue;
		open += q->state == FL_ENIP_OPEN;
		early += q->state == FL_ENIP_EARLY;
		if (q->kept && (!fl_enip_kept(s, q) || q->at + q->kept > s->end ||
				q->at % FL_ENIP_KEPT_BYTES + q->kept > FL_ENIP_KEPT_BYTES))
			return false;
	}
	for (i = 0; i < FL_ENIP_CONNECTIONS_MAX; i++)
		if (!memchr(s->connection[i].route, 0, FL_OP_ROUTE_MAX))
			return false;
	return open == s->open && early == s->early && early <= FL_ENIP_EARLY_MAX;
}
