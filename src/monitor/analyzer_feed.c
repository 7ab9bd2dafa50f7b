/* analyzer_feed.c - bytes to the dissector that has taken the flow, and what it yields back to the caller.
 *
 * A unit that goes on in a later segment is held per side, up to FL_UNIT_MAX. After a gap or a malformed unit the side
 * is out of step: at each following segment the dissector is asked by probe() whether a unit may start there. */
#include <stdlib.h>
#include <string.h>

#include "analyzer_data.h"
#include "flow/flow_table.h"

/* Bytes of one side, none of them lost, in which no unit begins: more than any unit that is not a program transfer. */
enum { UNPARSED_MAX = 8192 };

static void on_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	struct fl_call *call = c->user;
	struct fl_unit seen = *u;

	call->a->stats.units++;
	call->a->stats.units_malformed += u->flawed;
	if (!call->a->ops.on_unit)
		return;
	/* dir as the flow stands now: the content may since have told who the initiator is */
	seen.dir = (u->dir ^ call->an->orient) != call->an->flow->initiator;
	call->a->ops.on_unit(call->a->ops.user, call->an->flow, call->an->d, &seen, call->ts_ns, call->frame);
}

static void on_operation(struct fl_dctx *c, const struct fl_operation *op)
{
	struct fl_call *call = c->user;
	struct fl_operation seen;

	if (!call->a->ops.on_operation)
		return;
	memcpy(&seen, op, FL_OPERATION_SIZE(op));
	seen.client = (op->client ^ call->an->orient) != call->an->flow->initiator;
	call->a->ops.on_operation(call->a->ops.user, call->an->flow, &seen, call->ts_ns, call->frame);
}

static uint8_t end_of(const struct fl_analysis *an, uint8_t which)
{
	return which <= FL_ANNOUNCED_DIR1 ? which ^ an->orient : which;
}

/* A note is kept here, for the dissector of the announced flow; the announcement itself is the caller's. */
static void on_announce(struct fl_dctx *c, const struct fl_announcement *a)
{
	struct fl_call *call = c->user;
	struct fl_announcement seen = *a;
	struct fl_note_key key = {.context = call->an->flow->context, .key = a->key};

	seen.from = end_of(call->an, a->from);
	seen.to = end_of(call->an, a->to);
	if (a->note && !call->a->notes)
		call->a->notes = fl_notes_new(); /* NULL: the flow that comes is read without it */
	if (a->note && call->a->notes && seen.from <= FL_ANNOUNCED_DIR1) {
		key.from = call->an->flow->end[seen.from].addr;
		fl_notes_add(call->a->notes, &key, a->note, call->mono_ns, a->for_ns);
	}
	if (call->a->ops.on_announce)
		call->a->ops.on_announce(call->a->ops.user, call->an->flow, &seen, call->mono_ns);
}

static uint32_t announced(struct fl_dctx *c, uint32_t number)
{
	struct fl_call *call = c->user;
	struct fl_note_key key = {.context = call->an->flow->context, .key = number};

	if (!call->a->notes)
		return 0;
	key.from = call->an->flow->end[c->dir ^ call->an->orient].addr;
	return fl_notes_find(call->a->notes, &key, call->mono_ns);
}

static struct fl_dctx context(struct fl_call *call, uint8_t dir)
{
	const struct fl_analysis *an = call->an;

	return (struct fl_dctx){
		.state = an->state, .dir = dir, .client = an->client, .client_known = an->client_known,
		.datagram = an->flow->ip_proto == FL_PROTO_UDP, .ts_ns = call->ts_ns, .mono_ns = call->mono_ns, .frame = call->frame,
		.to_group = fl_addr_is_multicast(&an->flow->end[!an->flow->initiator].addr), .relation = an->flow->relation,
		.on_unit = on_unit, .on_operation = on_operation, .on_announce = on_announce, .announced = announced,
		.user = call,
	};
}

/* --- waiting for answers: flows in the order in which tick is due, roughly; each look is paid for by a request --- */

static void wait_remove(struct fl_analyzer *a, struct fl_analysis *an)
{
	if (!an->waiting)
		return;
	*(an->prev ? &an->prev->next : &a->waiting) = an->next;
	*(an->next ? &an->next->prev : &a->waiting_last) = an->prev;
	an->next = an->prev = NULL;
	an->waiting = false;
}

static void wait_add(struct fl_analyzer *a, struct fl_analysis *an, int64_t now_ns)
{
	if (an->waiting)
		return;
	an->prev = a->waiting_last;
	*(a->waiting_last ? &a->waiting_last->next : &a->waiting) = an;
	a->waiting_last = an;
	an->due_ns = now_ns + FL_OP_TIMEOUT_NS;
	an->waiting = true;
}

/* What the dissector said in a call: who asks, what it dropped, whether it waits. A flow that began before the capture
 * takes its initiator from the content, and is then judged again. */
static void learn(struct fl_call *call, const struct fl_dctx *c)
{
	struct fl_analyzer *a = call->a;
	struct fl_analysis *an = call->an;
	uint8_t initiator = an->flow->initiator;

	a->stats.transactions_dropped += c->dropped;
	if (c->waiting)
		wait_add(a, an, call->mono_ns);
	an->client = c->client;
	if (c->client_known && !an->client_known)
		fl_flow_set_initiator(an->flow, c->client ^ an->orient, FL_INITIATOR_CONTENT);
	an->client_known = c->client_known;
	if (an->flow->initiator == initiator || !an->labelled)
		return;
	an->flow->label.port_says = fl_port_names_differ(a->ports, an->flow);
	if (a->ops.on_label)
		a->ops.on_label(a->ops.user, an->flow);
}

static void drop_partials(struct fl_analyzer *a, struct fl_analysis *an)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		fl_analyzer_give_bytes(a, an->side[i].partial, an->side[i].cap);
		an->side[i] = (struct fl_side){0};
	}
}

/* The flow is over, or not the dissector's any more: what it yielded stands. */
static void let_go(struct fl_analyzer *a, struct fl_analysis *an)
{
	wait_remove(a, an);
	free(an->state);
	an->state = NULL;
	an->phase = FL_NOT_OURS;
	drop_partials(a, an);
}

/* What goes on in the flow is not what it began as: the label is taken back, and the flow judged as what it now is. */
static void disown(struct fl_call *call)
{
	struct fl_analysis *an = call->an;
	uint64_t risks = an->flow->label.risks;
	struct fl_dctx c = context(call, 0);

	c.cut_short = true; /* answers to what is open may lie in what cannot be read */
	if (an->d->end)
		an->d->end(&c);
	call->a->stats.transactions_dropped += c.dropped;
	let_go(call->a, an);
	an->flow->label = (struct fl_label){.final = true, .risks = risks};
	an->labelled = false;
	fl_analyzer_label_done(call->a, an);
}

static void lose_step(struct fl_side *s)
{
	s->out_of_step = true;
	s->unparsed = 0;
	s->n = 0;
}

/* Room for n bytes in a side's partial buffer; what is in it stays. */
static bool reserve(struct fl_analyzer *a, struct fl_side *s, size_t n)
{
	uint32_t cap = s->cap ? s->cap : 512;
	uint8_t *grown;

	if (n <= s->cap)
		return true;
	while (cap < n)
		cap *= 2;
	grown = fl_analyzer_take_bytes(a, cap);
	if (!grown)
		return false;
	if (s->n)
		memcpy(grown, s->partial, s->n);
	fl_analyzer_give_bytes(a, s->partial, s->cap);
	s->partial = grown;
	s->cap = cap;
	return true;
}

/* Keep the n bytes at p, which may lie in the partial buffer already (then it is large enough), for the next segment. */
static void keep(struct fl_call *call, struct fl_side *s, const uint8_t *p, size_t n)
{
	if (n > FL_UNIT_MAX || !reserve(call->a, s, n)) {
		call->a->stats.units_cut++;
		lose_step(s);
		return;
	}
	memmove(s->partial, p, n);
	s->n = (uint32_t)n;
}

/* Units out of n bytes that start where a unit starts. */
static void units(struct fl_call *call, struct fl_side *s, uint8_t dir, const uint8_t *p, size_t n, enum fl_end end)
{
	struct fl_analyzer *a = call->a;
	struct fl_analysis *an = call->an;
	enum fl_result res;
	struct fl_dctx c;
	struct fl_rd r;

	while (n) {
		r = fl_rd_init(p, n, end);
		c = context(call, dir);
		res = an->d->unit(&c, &r);
		learn(call, &c);
		switch (res) {
		case FL_UNIT:
			if (!r.off || r.off > n)
				FL_BUG("a dissector took a unit of no bytes");
			p += r.off;
			n -= r.off;
			continue;
		case FL_NEED_MORE:
			keep(call, s, p, n);
			return;
		case FL_CUT:
			a->stats.units_cut++;
			lose_step(s);
			return;
		case FL_MALFORMED:
			a->stats.units_malformed++;
			lose_step(s);
			return;
		case FL_NOT_MINE:
			a->stats.unparsed_bytes += n;
			disown(call);
			return;
		}
	}
	s->n = 0;
}

void fl_analyzer_feed(struct fl_call *call, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end)
{
	struct fl_analysis *an = call->an;
	struct fl_side *s = &an->side[sender];
	uint8_t dir = sender ^ an->orient;
	enum fl_role role;
	size_t whole;

	if (s->out_of_step) {
		if (an->d->probe(fl_rd_init(p, n, end), &role) == FL_PROBE_NO) {
			call->a->stats.unparsed_bytes += n;
			s->unparsed += (uint32_t)n;
			if (s->unparsed > UNPARSED_MAX)
				disown(call);
			return;
		}
		s->out_of_step = false;
	}
	if (!s->n) {
		units(call, s, dir, p, n, end);
		return;
	}
	whole = s->n + n;
	if (whole > 2 * FL_UNIT_MAX || !reserve(call->a, s, whole)) {
		call->a->stats.units_cut++;
		lose_step(s);
		return;
	}
	memcpy(s->partial + s->n, p, n);
	units(call, s, dir, s->partial, whole, end);
}

void fl_analyzer_feed_gap(struct fl_call *call, uint8_t sender)
{
	struct fl_analysis *an = call->an;
	struct fl_dctx c = context(call, sender ^ an->orient);

	if (an->side[sender].n)
		call->a->stats.units_cut++;
	lose_step(&an->side[sender]);
	if (an->d->gap)
		an->d->gap(&c);
	learn(call, &c);
}

void fl_analyzer_feed_end(struct fl_call *call)
{
	struct fl_analysis *an = call->an;
	struct fl_dctx c = context(call, 0);

	if (an->side[0].n || an->side[1].n)
		call->a->stats.units_cut++;
	c.cut_short = an->flow->end_reason == FL_FLOW_END_CAPTURE_END || an->flow->end_reason == FL_FLOW_END_EVICTED;
	if (an->d->end)
		an->d->end(&c);
	learn(call, &c);
	let_go(call->a, an);
}

void fl_analyzer_feed_tick(struct fl_call *call)
{
	struct fl_dctx c = context(call, 0);

	wait_remove(call->a, call->an);
	if (call->an->d->tick)
		call->an->d->tick(&c);
	learn(call, &c); /* back to the end of the list if requests are still open */
}
