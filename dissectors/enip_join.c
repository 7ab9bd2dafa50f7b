/* enip_join.c - who asks whom, and which response belongs to which request.
 *
 * Each unit that wants an answer takes a slot and waits, with the bytes of its message. What happens to it:
 *
 *              response                    response again
 *      OPEN ------------------> ANSWERED ------------------> ANSWERED   yields: ok | error   then: duplicate;
 *        |                                                                     or nothing, if the request was retried
 *        | FL_OP_TIMEOUT_NS, end    late response
 *        +----------------------> EXPIRED ------------------> ANSWERED   yields: no_response | unknown   then: late
 *        |
 *        | table or ring full
 *        +----------------------> FREE                                   yields: unknown
 *
 * Unconnected: session and sender context say which; many clients send the same context always, so that of several the
 * oldest with the same service counts. Connected: connection and sequence count. A connected request with the count and
 * the bytes of one that is remembered is a retry (Vol. 1 3-4.4.2): the server answers it again without doing it again.
 *
 * Each direction comes in the order of its stream; between the two, a request whose bytes had to wait behind a hole
 * comes after its response. So a response without request waits too (EARLY), for a request from an earlier frame,
 * FL_ENIP_EARLY_NS at most.
 *
 * Invariants: what a request asks is told exactly once as an operation that is neither late nor duplicate, however many
 * messages are in it. A request whose bytes would be overwritten in the ring is ended before. A response without
 * request is `unsolicited`. The client is the end that sends requests, as the content tells; ports and who connected
 * only hint.
 *
 * State is one fixed struct of the flow, zeroed at first; no heap, no clock but c->mono_ns. */
#include "enip_join.h"

#include <string.h>

#include "cip_walk.h"

#define LEAN_MAX FL_ENIP_LEAN_MAX /* votes that count: a wrong start is outvoted after at most this many units */
#define LEAN_FIRM 2 /* from here on a single contrary unit is a flawed one, not a change of roles */

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

/* ---- operations */

struct fl_operation fl_enip_base(const struct fl_enip_state *s, const struct fl_enip_slot *q)
{
	struct fl_operation op = {.client = q->dir, .request_ns = q->ts_ns, .request_frame = q->frame};

	if (q->connected)
		memcpy(op.route, fl_enip_route_of(s, q->dir, q->connection), sizeof op.route);
	return op;
}

/* The operation of a unit that holds no message. */
void fl_enip_yield_command(struct fl_dctx *c, struct fl_operation *op, uint16_t command, const struct fl_enip_pdu *p)
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
void fl_enip_yield_request(struct fl_dctx *c, const struct fl_enip_slot *q, const struct fl_operation *op)
{
	const struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .operations = true, .base = *op};
	struct fl_operation alone = *op;
	struct fl_rd message;

	if (!fl_enip_kept(s, q)) {
		fl_enip_yield_command(c, &alone, q->command, NULL);
		return;
	}
	message = fl_enip_message(s, q);
	fl_cip_walk(&w, &message, NULL);
}

/* ---- responses that came before their requests */

static bool keep_early(struct fl_dctx *c, const struct fl_enip_pdu *p)
{
	struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .units = true};
	struct fl_enip_slot e = {.frame = c->frame, .ts_ns = c->ts_ns, .mono_ns = c->mono_ns, .session = p->session,
				 .command = p->command, .dir = c->dir, .connection = p->connection,
				 .sequence = p->sequence, .connected = p->connected, .told = p->status != 0};
	struct fl_enip_slot *place;

	if (!p->has_message || !p->message.len || p->message.len > FL_ENIP_KEPT_MAX || c->datagram)
		return false;
	fl_cip_walk(&w, NULL, &p->message);
	memcpy(e.context, p->context, sizeof e.context);
	if (s->early == FL_ENIP_EARLY_MAX)
		fl_enip_end_early(c, fl_enip_oldest(s, FL_ENIP_ARE_EARLY));
	fl_enip_store(c, &e, &p->message, p->message.len);
	e.serial = s->serial++;
	place = fl_enip_new_slot(c);
	*place = e;
	place->state = FL_ENIP_EARLY;
	s->early++;
	return true;
}

/* ---- requests */

static bool lists(uint16_t command)
{
	return command == FL_ENIP_LIST_IDENTITY || command == FL_ENIP_LIST_SERVICES ||
	       command == FL_ENIP_LIST_INTERFACES || command == FL_ENIP_LIST_TARGETS;
}

/* Asked by broadcast, each device answers from its own address: in flows of their own. */
static void expect_answers(struct fl_dctx *c)
{
	struct fl_announcement a = {.ip_proto = 17, .relation = FL_RELATED_DISCOVERY, .from = FL_ANNOUNCED_ANYBODY,
				    .to = c->dir, .from_port = FL_ENIP_PORT, .lasting = true,
				    .for_ns = FL_OP_TIMEOUT_NS};

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
	q->hash = fl_enip_hash(&p->message);
	(void)fl_enip_used(s, c->dir, p->connection);
}

/* Its slot becomes the request's, answered. */
static void answer_early(struct fl_dctx *c, const struct fl_enip_pdu *p, const struct fl_enip_slot *q,
			 struct fl_enip_slot *e)
{
	struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .operations = true, .base = fl_enip_base(s, q)};
	struct fl_rd response = fl_enip_message(s, e);

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
	if (p->command == FL_ENIP_NOP || p->command == FL_ENIP_UNREGISTER_SESSION ||
	    (c->to_group && lists(p->command))) {
		fl_enip_yield_command(c, &op, p->command, NULL);
		return;
	}
	fill_slot(c, p, &one);
	if (p->has_message)
		fl_enip_keep(c, &one, p);
	early = fl_enip_find_early(s, &one);
	if (early && !one.told) {
		answer_early(c, p, &one, early);
		return;
	}
	q = fl_enip_new_slot(c);
	*q = one;
	q->state = FL_ENIP_OPEN;
	s->open++;
	if (!q->told)
		return;
	c->dropped++;
	w.units = false;
	w.operations = true;
	w.base = fl_enip_base(s, q);
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
	fl_enip_yield_command(c, &op, p->command, p);
}

static void answer(struct fl_dctx *c, const struct fl_enip_pdu *p, const struct fl_enip_slot *q, bool quiet)
{
	const struct fl_enip_state *s = c->state;
	struct fl_cip_walk w = {.c = c, .units = true, .operations = !quiet, .base = fl_enip_base(s, q), .pdu = p,
				.to_port = q->to_port};
	struct fl_operation op;
	struct fl_rd request;

	w.base.late = q->state == FL_ENIP_EXPIRED;
	w.base.duplicate = q->state == FL_ENIP_ANSWERED;
	w.base.response_ns = c->ts_ns;
	w.base.response_frame = c->frame;
	if (p->has_message) {
		request = fl_enip_message(s, q);
		fl_cip_walk(&w, fl_enip_kept(s, q) ? &request : NULL, &p->message);
		return;
	}
	if (quiet)
		return;
	op = w.base;
	if (p->status)
		refused(&op, p);
	if (q->kept)
		fl_enip_yield_request(c, q, &op);
	else
		fl_enip_yield_command(c, &op, p->command, p);
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
