/* cip_walk.c - from a CIP message to its records and operations, and those of the messages in it.
 *
 * A request is walked twice: when it comes, for its records; and when it is over (answered, timed out, lost), for its
 * operations, beside the response if there is one. So nothing of its content has to be remembered but its bytes, and a
 * response in a list finds its request by its place there.
 *
 *     message -- Multiple Service Packet: each message in it, request beside response
 *             -- Unconnected Send: the one in it, with its route; the response is the inner one's
 *             -- anything else: one operation
 *
 * Invariants: each message of a request yields exactly one operation, but for packets and sends, which yield those of
 * what is in them (their own if that is nothing). What lies beyond a bound is not silently left out: it is one
 * operation of class other. Offsets may point anywhere and overlap: the budget bounds the work, not their good sense.
 *
 * Recursion is bounded by FL_CIP_DEPTH_MAX. No memory but the stack. */
#include "cip_walk.h"

#include <string.h>

#include "enip_join.h"

/* One message, request beside response. */
struct node {
	const struct fl_rd *request, *response;
	unsigned level, container, index;
	bool records;                   /* yield them: not of a request beside the response of its packet */
	const struct fl_cip_path *send; /* it came in an Unconnected Send, on this route */
	unsigned depth;
	/* filled by walk() */
	struct fl_cip_message q, s;
	bool has_q, has_s;
	uint32_t class_id;
	struct fl_cip_cm q_cm, s_cm;
	bool has_q_cm, has_s_cm;
	uint16_t flaws;
};

static void walk(struct fl_cip_walk *w, struct node *n);

/* ---- yields */

static void yield(struct fl_cip_walk *w, const struct fl_operation *op)
{
	if (w->operations && w->c->on_operation)
		w->c->on_operation(w->c, op);
}

static bool is_pccc(const struct node *n)
{
	return n->has_q && n->class_id == FL_CIP_CLASS_PCCC && n->q.service == FL_CIP_SVC_EXECUTE_PCCC;
}

static void record(struct fl_cip_walk *w, const struct node *n)
{
	const struct fl_cip_message *m = n->has_s || (!n->has_q && n->response) ? &n->s : &n->q;
	struct fl_enip_identity identity = {0};
	struct fl_pccc pccc;
	struct fl_cip_unit u = {.layer = FL_ENIP_LAYER_CIP, .level = (uint8_t)n->level,
				.container = (uint8_t)n->container, .index = (uint16_t)n->index, .m = m,
				.flaws = (uint16_t)(m->flaws | n->flaws)};

	if (!w->units || !n->records || !w->c->on_unit)
		return;
	if (n->has_q) {
		u.path = &n->q.path;
		u.path_from_request = n->has_s;
	}
	u.via_send = n->has_s && n->send != NULL;
	u.row = fl_cip_row(n->class_id, m->service);
	if (n->has_s && n->has_s_cm)
		u.cm = &n->s_cm;
	else if (!n->has_s && n->has_q_cm)
		u.cm = &n->q_cm;
	if (u.via_send)
		u.route = n->send;
	else if (n->has_s && n->has_q_cm)
		u.route = n->q_cm.route.there ? &n->q_cm.route : n->q_cm.path.there ? &n->q_cm.path : NULL;
	if (is_pccc(n) && fl_pccc_parse(m->data, &pccc))
		u.pccc = &pccc;
	if (n->has_q && n->has_s && fl_cip_identity(&n->q, &n->s, &identity))
		u.identity = &identity;
	w->c->on_unit(w->c, &(struct fl_unit){.value = &u, .proto = "cip", .dir = w->c->dir, .flawed = u.flaws != 0});
}

/* ---- one operation */

static void note_connection(struct fl_cip_walk *w, const struct node *n, const struct fl_operation *op)
{
	struct fl_enip_opening o = {.asked = &n->q_cm, .answer = &n->s_cm, .pdu = w->pdu, .route = op->route,
				    .to_port = w->to_port, .dir = op->client};

	if (!n->has_s || n->s.status || !n->has_q_cm || !n->has_s_cm || op->duplicate || !w->operations)
		return;
	if (fl_cip_opens(n->q.service) && n->s_cm.has_ids && n->q_cm.has_transport && !fl_cip_is_null(&n->q_cm))
		fl_enip_opened(w->c, &o);
	else if (n->q.service == FL_CIP_SVC_FORWARD_CLOSE && n->q_cm.has_triad)
		fl_enip_closed(w->c->state, op->client, &n->q_cm.triad);
}

static void operation(struct fl_cip_walk *w, const struct node *n)
{
	struct fl_enip_identity identity;
	struct fl_operation op = w->base;

	if (n->has_q && n->q_cm.path.there)
		fl_cip_add_route(op.route, &n->q_cm.path);
	fl_cip_describe(n->has_q ? &n->q : NULL, n->has_s ? &n->s : NULL, n->has_q_cm ? &n->q_cm : NULL, &op);
	if (n->has_s) {
		fl_cip_outcome(&n->s, n->class_id, is_pccc(n), &op);
		if (!n->has_q)
			op.outcome = FL_OUTCOME_UNSOLICITED;
	}
	/* A name or a serial number identifies; a vendor or a revision alone would be news of an asset that is none. */
	if (n->has_q && n->has_s && fl_cip_identity(&n->q, &n->s, &identity) && (identity.name_len || identity.serial))
		fl_enip_identity_text(&identity, op.name);
	note_connection(w, n, &op);
	yield(w, &op);
}

/* What is not followed, or cannot be read, is on record as something, not as nothing. */
static void unread(struct fl_cip_walk *w, const char *name)
{
	struct fl_operation op = w->base;

	op.function_name = name;
	op.classes = FL_OP_OTHER;
	yield(w, &op);
}

/* ---- messages in messages */

struct list_pair {
	struct fl_cip_list q, s;
	bool has_q, has_s;
};

static void open_lists(struct node *n, unsigned budget, struct list_pair *l)
{
	const struct fl_cip_list *shown;
	unsigned i;
	bool bad;

	l->has_q = n->has_q && fl_cip_list_open(&n->q.data, &l->q);
	l->has_s = n->has_s && fl_cip_list_open(&n->s.data, &l->s);
	shown = n->has_s ? &l->s : &l->q;
	if (!(n->has_s ? l->has_s : l->has_q)) {
		if (!n->has_s || !n->s.status) /* an error may come without a list */
			n->flaws |= shown->broken ? FL_CIP_FLAW_BODY : 0;
		return;
	}
	n->flaws |= shown->broken ? FL_CIP_FLAW_BODY : 0;
	n->flaws |= shown->n > budget ? FL_CIP_FLAW_NESTING : 0;
	for (i = 0; i < shown->n && i < budget; i++) {
		(void)fl_cip_list_at(shown, i, &bad);
		n->flaws |= bad ? FL_CIP_FLAW_OFFSETS : 0;
	}
}

/* A request in a packet whose response says nothing of it: the packet's status stands for it, or it is not known. */
static void unanswered(struct fl_cip_walk *w, const struct node *n, struct node *in)
{
	struct fl_operation saved = w->base;

	w->base.outcome = FL_OUTCOME_UNKNOWN;
	if (n->s.status)
		fl_cip_outcome(&n->s, n->class_id, false, &w->base);
	in->records = false;
	walk(w, in);
	w->base = saved;
}

static void walk_list(struct fl_cip_walk *w, struct node *n)
{
	struct list_pair l = {0};
	unsigned i, nq, ns, n_all, n_taken;
	bool bad;

	if (n->depth >= FL_CIP_DEPTH_MAX) {
		n->flaws |= FL_CIP_FLAW_NESTING;
		record(w, n);
		unread(w, "services_beyond_limit");
		return;
	}
	open_lists(n, w->budget, &l);
	record(w, n);
	nq = l.has_q ? l.q.n : 0;
	ns = l.has_s ? l.s.n : 0;
	if (!nq && !ns) {
		operation(w, n);
		return;
	}
	n_all = nq > ns ? nq : ns;
	n_taken = n_all < w->budget ? n_all : w->budget;
	w->budget -= n_taken; /* before what is in them: all lists together stay within it */
	for (i = 0; i < n_taken; i++) {
		struct fl_rd q, s;
		struct node in = {.level = n->level + 1, .container = FL_CIP_IN_MULTI, .index = i,
				  .records = n->records, .depth = n->depth + 1};

		if (i < nq) {
			q = fl_cip_list_at(&l.q, i, &bad);
			in.request = &q;
		}
		if (i < ns) {
			s = fl_cip_list_at(&l.s, i, &bad);
			in.response = &s;
		}
		if (n->has_s && !in.response)
			unanswered(w, n, &in);
		else
			walk(w, &in);
	}
	if (n_taken < n_all)
		unread(w, "services_beyond_limit");
}

static void walk_send(struct fl_cip_walk *w, struct node *n)
{
	struct fl_operation saved = w->base;
	struct node in = {.request = &n->q_cm.message, .response = n->response, .level = n->level,
			  .container = n->container, .index = n->index, .records = n->records,
			  .send = &n->q_cm.route, .depth = n->depth + 1};

	if (n->depth >= FL_CIP_DEPTH_MAX || !n->q_cm.has_message) {
		n->flaws |= n->depth >= FL_CIP_DEPTH_MAX ? FL_CIP_FLAW_NESTING : 0;
		record(w, n);
		operation(w, n);
		return;
	}
	fl_cip_add_route(w->base.route, &n->q_cm.route);
	if (n->has_s && n->s.service != FL_CIP_SVC_UNCONNECTED_SEND) {
		walk(w, &in); /* the response is that of what was sent */
	} else {
		record(w, n);
		if (n->has_s) { /* it did not get there: the connection manager says why */
			fl_cip_outcome(&n->s, FL_CIP_CLASS_MANAGER, false, &w->base);
			in.records = false;
		}
		in.response = NULL;
		in.level++;
		in.container = FL_CIP_IN_SEND;
		in.index = 0;
		walk(w, &in);
	}
	w->base = saved;
}

/* ---- the walk */

static void read_node(struct node *n)
{
	bool broken = false, bad = false;

	n->has_q = n->request && fl_cip_parse(*n->request, &n->q) && !n->q.response;
	n->has_s = n->response && fl_cip_parse(*n->response, &n->s) && n->s.response;
	if (n->response ? !n->has_s && !n->s.response : n->q.response)
		n->flaws |= FL_CIP_FLAW_MISMATCH; /* a response among requests, or the reverse */
	n->class_id = n->has_q ? fl_cip_class_of(&n->q.path) : FL_CIP_CLASS_UNKNOWN;
	if (n->class_id != FL_CIP_CLASS_MANAGER)
		return;
	n->has_q_cm = fl_cip_cm_parse(n->q.service, &n->q, &n->q_cm, &broken);
	if (n->has_s && n->s.service == n->q.service)
		n->has_s_cm = fl_cip_cm_parse(n->q.service, &n->s, &n->s_cm, &bad);
	if (n->has_s ? bad : broken)
		n->flaws |= FL_CIP_FLAW_BODY;
}

/* A response to another service than was asked answers nothing: the request stays unanswered, for all that is known. */
static void mismatched(struct fl_cip_walk *w, struct node *n)
{
	struct fl_operation saved = w->base;
	struct node alone = *n;

	alone.has_q = alone.has_q_cm = alone.has_s_cm = false;
	alone.class_id = FL_CIP_CLASS_UNKNOWN;
	alone.flaws |= FL_CIP_FLAW_MISMATCH;
	record(w, &alone);
	n->has_s = n->has_s_cm = false;
	w->base.outcome = FL_OUTCOME_UNKNOWN;
	operation(w, n);
	w->base = saved;
}

static void walk(struct fl_cip_walk *w, struct node *n)
{
	bool send;

	read_node(n);
	if (!n->has_q && !n->has_s) {
		if (((n->response ? n->s.flaws : n->q.flaws) | n->flaws) & (FL_CIP_FLAW_HEADER | FL_CIP_FLAW_MISMATCH))
			record(w, n);
		unread(w, "unreadable_service");
		return;
	}
	send = n->class_id == FL_CIP_CLASS_MANAGER && n->q.service == FL_CIP_SVC_UNCONNECTED_SEND;
	if (send)
		walk_send(w, n);
	else if (n->has_q && n->has_s && n->q.service != n->s.service)
		mismatched(w, n);
	else if ((n->has_q ? n->q.service : n->s.service) == FL_CIP_SVC_MULTIPLE)
		walk_list(w, n);
	else {
		record(w, n);
		operation(w, n);
	}
}

void fl_cip_walk(struct fl_cip_walk *w, const struct fl_rd *request, const struct fl_rd *response)
{
	struct node n = {.request = request, .response = response, .records = true};

	w->budget = FL_CIP_SERVICES_MAX;
	walk(w, &n);
}
