/* enip_join.c - who asks whom, and which response belongs to which request.
 *
 * Each unit that wants an answer takes a slot and waits, with the bytes of its message. What happens to it:
 *
 *              response                    response again
 *      OPEN ------------------> ANSWERED ------------------> ANSWERED    yields: ok | error   then: duplicate, or nothing
 *        |                                                                                   if the request was retried
 *        | FL_OP_TIMEOUT_NS, end    late response
 *        +----------------------> EXPIRED ------------------> ANSWERED   yields: no_response | unknown   then: late
 *        |
 *        | table or ring full
 *        +----------------------> FREE                                   yields: unknown
 *
 * Unconnected: session and sender context say which; many clients send the same context always, so that of several the oldest
 * with the same service counts. Connected: connection and sequence count. A connected request with the count and the bytes of
 * one that is remembered is a retry (Vol. 1 3-4.4.2): the server answers it again without doing it again.
 *
 * Each direction comes in the order of its stream; between the two, a request whose bytes had to wait behind a hole comes after
 * its response. So a response without request waits too (EARLY), for a request from an earlier frame, FL_ENIP_EARLY_NS at most.
 *
 * Invariants: what a request asks is told exactly once as an operation that is neither late nor duplicate, however many
 * messages are in it. A request whose bytes would be overwritten in the ring is ended before. A response without request is
 * `unsolicited`. The client is the end that sends requests, as the content tells; ports and who connected only hint.
 *
 * State is one fixed struct of the flow, zeroed at first; no heap, no clock but c->mono_ns. */
#include "enip_join.h"

#include <string.h>

#include "cip_walk.h"

#define LEAN_MAX 8  /* votes that count: a wrong start is outvoted after at most this many units */
#define LEAN_FIRM 2 /* from here on a single contrary unit is a flawed one, not a change of roles */
#define KEPT_DATA 64u /* of a service's data: as much as says what is asked. Layouts known here are shorter */

/* ---- roles */

static void vote(struct fl_dctx *c, bool sender_is_client)
{
	struct fl_enip_state *s = c->state;
	int lean = s->lean + ((c->dir == 0) == sender_is_client ? 1 : -1);

	s->lean = (int8_t)(lean > LEAN_MAX ? LEAN_MAX : lean < -LEAN_MAX ? -LEAN_MAX : lean);
	if (s->lean == 0 || (c->client_known && s->lean > -LEAN_FIRM && s->lean < LEAN_FIRM))
		return;
	c->client = s->lean < 0;
	c->client_known = true;
}

void fl_enip_settle(struct fl_dctx *c, struct fl_enip_pdu *p)
{
	struct fl_enip_state *s = c->state;
	bool asks = fl_enip_speaks_cip(s, c->dir, p, false), answers = fl_enip_speaks_cip(s, c->dir, p, true);

	if (!asks || !answers) { /* by the connection's ids, as what it carries does not say */
		p->kind = asks ? FL_ENIP_RESPONSE : FL_ENIP_REQUEST;
		p->has_message = false;
	} else if (p->kind == FL_ENIP_UNCLEAR) {
		p->kind = c->dir == c->client ? FL_ENIP_REQUEST : FL_ENIP_RESPONSE;
	} else if (p->command != FL_ENIP_NOP) {
		vote(c, p->kind == FL_ENIP_REQUEST);
	}
}

/* ---- the ring of kept bytes */

static bool kept(const struct fl_enip_state *s, const struct fl_enip_slot *q)
{
	return q->kept && s->end - q->at <= FL_ENIP_KEPT_BYTES;
}

static struct fl_rd message_of(const struct fl_enip_state *s, const struct fl_enip_slot *q)
{
	return fl_rd_init(s->bytes + q->at % FL_ENIP_KEPT_BYTES, q->kept, q->cut ? FL_CUT_END : FL_CLOSED);
}

/* ---- operations */

static struct fl_operation base_of(const struct fl_enip_state *s, const struct fl_enip_slot *q)
{
	struct fl_operation op = {.client = q->dir, .request_ns = q->ts_ns, .request_frame = q->frame};

	if (q->connected)
		memcpy(op.route, fl_enip_route_of(s, q->dir, q->connection), sizeof op.route);
	return op;
}

/* The operation of a unit that holds no message. */
static void yield_command(struct fl_dctx *c, struct fl_operation *op, uint16_t command, const struct fl_enip_pdu *p)
{
	const struct fl_enip_command *info = fl_enip_command(command);

	op->function_name = info ? info->name : "unknown_command";
	op->classes = info ? info->classes : FL_OP_OTHER;
	op->function = command;
	if (p && p->identity.there)
		fl_enip_identity_text(&p->identity, op->name);
	if (c->on_operation)
		c->on_operation(c, op);
}

static void refused(struct fl_operation *op, const struct fl_enip_pdu *p)
{
	op->outcome = FL_OUTCOME_ERROR;
	op->has_code = true;
	op->code = p->status;
	op->code_name = fl_enip_status_name(p->status);
}

/* All that a request asked, with the outcome in op. */
static void yield_request(struct fl_dctx *c, const struct fl_enip_slot *q, const struct fl_operation *op)
{
	const struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .operations = true, .base = *op};
	struct fl_operation alone = *op;
	struct fl_rd message;

	if (!kept(s, q)) {
		yield_command(c, &alone, q->command, NULL);
		return;
	}
	message = message_of(s, q);
	fl_cip_walk(&w, &message, NULL);
}

/* ---- slots */

enum { OPEN = 1u << FL_ENIP_OPEN, EARLY = 1u << FL_ENIP_EARLY, PAST = 1u << FL_ENIP_ANSWERED | 1u << FL_ENIP_EXPIRED };

/* Of the slots in these states. */
static struct fl_enip_slot *oldest(struct fl_enip_state *s, unsigned states)
{
	struct fl_enip_slot *best = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_enip_slot *q = &s->slot[i];

		if (!(states >> q->state & 1u))
			continue;
		if (!best || (int32_t)(q->serial - best->serial) < 0)
			best = q;
	}
	return best;
}

static void close_slot(struct fl_dctx *c, struct fl_enip_slot *q, enum fl_op_outcome outcome, bool forget)
{
	struct fl_enip_state *s = c->state;
	struct fl_operation op = base_of(s, q);

	op.outcome = (uint8_t)outcome;
	s->open--;
	q->state = FL_ENIP_EXPIRED;
	if (!q->told)
		yield_request(c, q, &op);
	if (forget)
		q->state = FL_ENIP_FREE;
}

/* No request came for it in time. */
static void end_early(struct fl_dctx *c, struct fl_enip_slot *e)
{
	struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .operations = true,
				.base = {.client = e->dir ^ 1u, .outcome = FL_OUTCOME_UNSOLICITED, .response_ns = e->ts_ns,
					 .response_frame = e->frame}};
	struct fl_rd message = message_of(s, e);

	e->state = FL_ENIP_FREE;
	s->early--;
	fl_cip_walk(&w, NULL, &message);
}

static struct fl_enip_slot *new_slot(struct fl_dctx *c)
{
	struct fl_enip_state *s = c->state;
	struct fl_enip_slot *q = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_ENIP_FREE)
			return &s->slot[i];
	if (s->used - s->open - s->early >= (int)FL_ENIP_REMEMBERED || s->used == FL_ENIP_PENDING_MAX)
		q = oldest(s, PAST);
	if (q)
		return q;
	if (s->used < FL_ENIP_PENDING_MAX)
		return &s->slot[s->used++];
	q = oldest(s, OPEN); /* there is one, as FL_ENIP_EARLY_MAX is below FL_ENIP_PENDING_MAX */
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

		if (!((OPEN | EARLY) >> q->state & 1u) || !q->kept || at + n - q->at <= FL_ENIP_KEPT_BYTES)
			continue;
		c->dropped++;
		if (q->state == FL_ENIP_EARLY)
			end_early(c, q);
		else
			close_slot(c, q, FL_OUTCOME_UNKNOWN, true);
	}
	return at;
}

/* How much of a message must be kept: lists and what is sent on, whole; of others, up to the data that says what is asked. */
static size_t to_keep(const struct fl_rd *message, const struct fl_cip_message *m)
{
	size_t head = message->len - m->data.len;

	if (m->service == FL_CIP_SVC_MULTIPLE || fl_cip_class_of(&m->path) == FL_CIP_CLASS_MANAGER)
		return message->len;
	return head + (m->data.len < KEPT_DATA ? m->data.len : KEPT_DATA);
}

static void store(struct fl_dctx *c, struct fl_enip_slot *q, const struct fl_rd *message, size_t n)
{
	struct fl_enip_state *s = c->state;

	q->at = make_room(c, n);
	memcpy(s->bytes + q->at % FL_ENIP_KEPT_BYTES, message->base, n);
	s->end = q->at + n;
	q->kept = (uint16_t)n;
	q->cut = n < message->len || message->end == FL_CUT_END;
}

static void keep(struct fl_dctx *c, struct fl_enip_slot *q, const struct fl_enip_pdu *p)
{
	struct fl_cip_message m;
	size_t n;

	if (!p->message.len)
		return;
	n = fl_cip_parse(p->message, &m) ? to_keep(&p->message, &m) : p->message.len;
	q->told = n > FL_ENIP_KEPT_MAX;
	if (q->told)
		n = FL_ENIP_KEPT_MAX;
	store(c, q, &p->message, n);
	q->service = m.service;
}

/* FNV-1a, 64 bits; to know the same bytes again, not to keep an attacker from making two that are alike. */
static uint64_t hash_of(const struct fl_rd *r)
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
	h = hash_of(&p->message);
	for (i = 0; i < s->used; i++) {
		struct fl_enip_slot *q = &s->slot[i];

		if (!((1u << FL_ENIP_FREE | EARLY) >> q->state & 1u) && q->connected && q->dir == dir && q->connection == p->connection &&
		    q->sequence == p->sequence && q->hash == h)
			return q;
	}
	return NULL;
}

static bool answers(const struct fl_enip_state *s, const struct fl_enip_slot *q, const struct fl_enip_pdu *p)
{
	if (q->command != p->command)
		return false;
	if (q->connected)
		return p->connected && q->sequence == p->sequence && fl_enip_pairs(s, q->dir, q->connection, p->connection);
	if (p->connected || memcmp(q->context, p->context, sizeof q->context) != 0)
		return false;
	return p->command != FL_ENIP_SEND_RR_DATA || q->session == p->session || p->status;
}

/* A response has its request's service, or, to an Unconnected Send, that of what was sent. */
static bool same_service(const struct fl_enip_slot *q, const struct fl_enip_pdu *p)
{
	if (!p->has_message || !p->message.len || !q->kept)
		return true;
	return q->service == (p->message.base[0] & 0x7F) || q->service == FL_CIP_SVC_UNCONNECTED_SEND;
}

struct fl_enip_slot *fl_enip_find(struct fl_enip_state *s, uint8_t dir, const struct fl_enip_pdu *p)
{
	struct fl_enip_slot *open = NULL, *past = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_enip_slot *q = &s->slot[i];

		if (!((OPEN | PAST) >> q->state & 1u) || q->dir == dir || !answers(s, q, p) || !same_service(q, p))
			continue;
		if (q->state == FL_ENIP_OPEN) {
			if (!open || (int32_t)(q->serial - open->serial) < 0)
				open = q;
		} else if (!past || (int32_t)(q->serial - past->serial) > 0) {
			past = q;
		}
	}
	return open ? open : past;
}

/* ---- responses that came before their requests */

static bool keep_early(struct fl_dctx *c, const struct fl_enip_pdu *p)
{
	struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .units = true};
	struct fl_enip_slot e = {.frame = c->frame, .ts_ns = c->ts_ns, .mono_ns = c->mono_ns, .session = p->session,
				 .command = p->command, .dir = c->dir, .connection = p->connection, .sequence = p->sequence,
				 .connected = p->connected, .told = p->status != 0};
	struct fl_enip_slot *place;

	if (!p->has_message || !p->message.len || p->message.len > FL_ENIP_KEPT_MAX || c->datagram)
		return false;
	fl_cip_walk(&w, NULL, &p->message);
	memcpy(e.context, p->context, sizeof e.context);
	if (s->early == FL_ENIP_EARLY_MAX)
		end_early(c, oldest(s, EARLY));
	store(c, &e, &p->message, p->message.len);
	e.serial = s->serial++;
	place = new_slot(c);
	*place = e;
	place->state = FL_ENIP_EARLY;
	s->early++;
	return true;
}

/* The response to q that came before it, if one did. */
static struct fl_enip_slot *find_early(struct fl_enip_state *s, const struct fl_enip_slot *q)
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
		p.message = message_of(s, e);
		if (answers(s, q, &p) && same_service(q, &p) && (!best || (int32_t)(e->serial - best->serial) < 0))
			best = e;
	}
	return best;
}

/* ---- requests */

static bool lists(uint16_t command)
{
	return command == FL_ENIP_LIST_IDENTITY || command == FL_ENIP_LIST_SERVICES || command == FL_ENIP_LIST_INTERFACES ||
	       command == FL_ENIP_LIST_TARGETS;
}

/* Asked by broadcast, each device answers from its own address: in flows of their own. */
static void expect_answers(struct fl_dctx *c)
{
	struct fl_announcement a = {.ip_proto = 17, .relation = FL_RELATED_DISCOVERY, .from = FL_ANNOUNCED_ANYBODY,
				    .to = c->dir, .from_port = FL_ENIP_PORT, .lasting = true, .for_ns = FL_OP_TIMEOUT_NS};

	if (c->on_announce)
		c->on_announce(c, &a);
}

static void fill_slot(struct fl_dctx *c, const struct fl_enip_pdu *p, struct fl_enip_slot *q)
{
	struct fl_enip_state *s = c->state;

	*q = (struct fl_enip_slot){.frame = c->frame, .ts_ns = c->ts_ns, .mono_ns = c->mono_ns, .session = p->session,
				   .command = p->command, .dir = c->dir, .serial = s->serial++};
	memcpy(q->context, p->context, sizeof q->context);
	q->to_port = p->socket[1].there ? p->socket[1].port : 0;
	q->connected = p->command == FL_ENIP_SEND_UNIT_DATA && p->has_connection && p->has_sequence;
	if (!q->connected)
		return;
	q->connection = p->connection;
	q->sequence = p->sequence;
	q->hash = hash_of(&p->message);
	(void)fl_enip_used(s, c->dir, p->connection);
}

/* Its slot becomes the request's, answered. */
static void answer_early(struct fl_dctx *c, const struct fl_enip_pdu *p, const struct fl_enip_slot *q, struct fl_enip_slot *e)
{
	struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .operations = true, .base = base_of(s, q)};
	struct fl_rd response = message_of(s, e);

	w.base.response_ns = e->ts_ns;
	w.base.response_frame = e->frame;
	if (q->connected)
		fl_enip_answered(s, q->dir, q->connection, e->connection);
	fl_cip_walk(&w, p->has_message ? &p->message : NULL, &response);
	*e = *q;
	e->state = FL_ENIP_ANSWERED;
	s->early--;
}

void fl_enip_request(struct fl_dctx *c, const struct fl_enip_pdu *p, struct fl_enip_slot *again)
{
	struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .units = true};
	struct fl_enip_slot *q, *early, one;
	struct fl_operation op = {.client = c->dir, .request_ns = c->ts_ns, .request_frame = c->frame};

	if (p->has_message)
		fl_cip_walk(&w, &p->message, NULL);
	if (again) {
		again->retried = true;
		return;
	}
	if (c->datagram && lists(p->command))
		expect_answers(c);
	op.outcome = FL_OUTCOME_NO_REPLY_EXPECTED;
	if (p->command == FL_ENIP_NOP || p->command == FL_ENIP_UNREGISTER_SESSION || (c->to_group && lists(p->command))) {
		yield_command(c, &op, p->command, NULL);
		return;
	}
	fill_slot(c, p, &one);
	if (p->has_message)
		keep(c, &one, p);
	early = find_early(s, &one);
	if (early && !one.told) {
		answer_early(c, p, &one, early);
		return;
	}
	q = new_slot(c);
	*q = one;
	q->state = FL_ENIP_OPEN;
	s->open++;
	if (!q->told)
		return;
	c->dropped++;
	w.units = false;
	w.operations = true;
	w.base = base_of(s, q);
	w.base.outcome = FL_OUTCOME_UNKNOWN;
	fl_cip_walk(&w, &p->message, NULL);
}

/* ---- responses */

/* Nothing that was asked is known: the response speaks for itself. */
static void unsolicited(struct fl_dctx *c, const struct fl_enip_pdu *p)
{
	struct fl_cip_walk w = {.c = c, .units = true, .operations = true, .pdu = p};
	struct fl_operation op = {.client = c->dir ^ 1u, .outcome = FL_OUTCOME_UNSOLICITED, .response_ns = c->ts_ns,
				  .response_frame = c->frame};

	w.base = op;
	if (p->has_message) {
		fl_cip_walk(&w, NULL, &p->message);
		return;
	}
	if (p->status)
		refused(&op, p);
	op.outcome = c->relation == FL_RELATED_DISCOVERY && lists(p->command) ? FL_OUTCOME_OK : FL_OUTCOME_UNSOLICITED;
	yield_command(c, &op, p->command, p);
}

static void answer(struct fl_dctx *c, const struct fl_enip_pdu *p, const struct fl_enip_slot *q, bool quiet)
{
	const struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .units = true, .operations = !quiet, .base = base_of(s, q), .pdu = p,
				.to_port = q->to_port};
	struct fl_operation op;
	struct fl_rd request;

	w.base.late = q->state == FL_ENIP_EXPIRED;
	w.base.duplicate = q->state == FL_ENIP_ANSWERED;
	w.base.response_ns = c->ts_ns;
	w.base.response_frame = c->frame;
	if (p->has_message) {
		request = message_of(s, q);
		fl_cip_walk(&w, kept(s, q) ? &request : NULL, &p->message);
		return;
	}
	if (quiet)
		return;
	op = w.base;
	if (p->status)
		refused(&op, p);
	if (q->kept)
		yield_request(c, q, &op);
	else
		yield_command(c, &op, p->command, p);
}

void fl_enip_response(struct fl_dctx *c, const struct fl_enip_pdu *p, struct fl_enip_slot *q)
{
	struct fl_enip_state *s = c->state;
	bool quiet;

	if (!q) {
		if (!keep_early(c, p))
			unsolicited(c, p);
		return;
	}
	if (q->connected && p->has_connection)
		fl_enip_answered(s, q->dir, q->connection, p->connection);
	quiet = q->told || (q->state == FL_ENIP_ANSWERED && q->retried);
	answer(c, p, q, quiet);
	if (q->state == FL_ENIP_ANSWERED)
		q->retried = false; /* the next one more is a duplicate */
	if (q->state == FL_ENIP_OPEN)
		s->open--;
	q->state = FL_ENIP_ANSWERED;
}

/* ---- time and loss */

void fl_enip_expire(struct fl_dctx *c, bool all)
{
	struct fl_enip_state *s = c->state;
	struct fl_enip_slot *q;

	while (s->early && (q = oldest(s, EARLY)) != NULL && (all || c->mono_ns - q->mono_ns >= FL_ENIP_EARLY_NS))
		end_early(c, q);
	while (s->open && (q = oldest(s, OPEN)) != NULL) {
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

	if (s->used > FL_ENIP_PENDING_MAX || s->lean > LEAN_MAX || s->lean < -LEAN_MAX)
		return false;
	for (i = 0; i < FL_ENIP_PENDING_MAX; i++) {
		const struct fl_enip_slot *q = &s->slot[i];

		if (i >= s->used && q->state != FL_ENIP_FREE)
			return false;
		if (!((OPEN | EARLY) >> q->state & 1u))
			continue;
		open += q->state == FL_ENIP_OPEN;
		early += q->state == FL_ENIP_EARLY;
		if (q->kept && (!kept(s, q) || q->at + q->kept > s->end ||
				q->at % FL_ENIP_KEPT_BYTES + q->kept > FL_ENIP_KEPT_BYTES))
			return false;
	}
	for (i = 0; i < FL_ENIP_CONNECTIONS_MAX; i++)
		if (!memchr(s->connection[i].route, 0, FL_OP_ROUTE_MAX))
			return false;
	return open == s->open && early == s->early && early <= FL_ENIP_EARLY_MAX;
}
