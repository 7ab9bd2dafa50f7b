/* analyzer_probe.c - which dissector does a flow belong to?
 *
 *     PROBING --sure, or likely + port hint, or likely from both sides--> TAKEN --not mine--> NOT_OURS
 *      |   ^
 *      |   +--------a segment that may begin a unit---------+
 *      +--all say no, or FL_PROBE_HOLD bytes tell nothing--> NOT_OURS
 *
 * The first bytes of both sides are held with the frame that carried them; the dissector that takes the flow gets them
 * replayed in order, so that it sees each byte once, and nothing is yielded for a flow that is not its.
 *
 * A flow whose start was seen begins with a unit. Where the capture began mid-stream, or bytes were lost, the first segment
 * may begin inside a unit: the dissector is asked again at the start of later segments, a bounded number of times. On a
 * port that hints at the protocol it is asked at every segment for as long as the flow lasts.
 *
 * Whoever sends something else first must not be out of sight for good on any port. So a flow that is nobody's is looked at
 * again, at the start of each segment and there alone: a probe refuses within its first bytes what does not begin like its
 * protocol, so this costs a few comparisons and holds nothing. Only what passes is held and asked as at first. */
#include <stdlib.h>
#include <string.h>

#include "analyzer_data.h"
#include "flow/flow_table.h"

enum {
	MISSES_MIDSTREAM = 4, /* a few segments: units rarely span more */
	GLANCE_MIN = 4,       /* bytes of a segment that can tell something: where protocols have their magic or zeros */
};

static void drop_hold(struct fl_analyzer *a, struct fl_analysis *an)
{
	fl_analyzer_give_bytes(a, an->hold, sizeof *an->hold);
	an->hold = NULL;
}

void fl_analyzer_give_up(struct fl_analyzer *a, struct fl_analysis *an)
{
	an->phase = FL_NOT_OURS;
	drop_hold(a, an);
}

static bool port_hint(const struct fl_dissector *d, const struct fl_flow *f)
{
	const struct fl_port_hint *h;

	for (h = d->ports; h && h->port; h++)
		if (h->ip_proto == f->ip_proto && (f->end[0].port == h->port || f->end[1].port == h->port))
			return true;
	return false;
}

bool fl_analyzer_may_ask(const struct fl_dissector *d, const struct fl_flow *f)
{
	if (f->ip_proto == FL_PROTO_TCP ? !d->tcp : f->ip_proto != FL_PROTO_UDP || !d->udp)
		return false;
	return !d->port_bound || port_hint(d, f);
}

/* The flow is dissector `which`'s from now on; sender told role. */
static bool begin(struct fl_analyzer *a, struct fl_analysis *an, unsigned which, uint8_t sender, enum fl_role role)
{
	const struct fl_dissector *d = fl_dissectors[which];
	struct fl_flow *f = an->flow;
	uint8_t client = role == FL_ROLE_CLIENT ? sender : !sender;

	an->state = d->state_size ? calloc(1, d->state_size) : NULL;
	if (d->state_size && !an->state) { /* memory: the flow keeps nDPI's label */
		fl_label_note(&f->label, FL_WHY_UNREAD);
		return false;
	}
	if (role != FL_ROLE_UNCLEAR)
		fl_flow_set_initiator(f, client, FL_INITIATOR_CONTENT);
	an->d = d;
	an->phase = FL_TAKEN;
	an->orient = f->initiator;
	an->client_known = role != FL_ROLE_UNCLEAR;
	an->client = an->client_known ? client ^ an->orient : 0;
	if (a->dpi)
		fl_dpi_drop(a->dpi, f);
	f->label = (struct fl_label){.master = a->dissector_id[which], .app = a->dissector_id[which], .how = FL_LABEL_DISSECTOR,
				     .category = (uint8_t)fl_dpi_category_industrial(), .final = true,
				     .risks = f->label.risks};
	an->labelled = false; /* nDPI's label may have been told */
	fl_analyzer_label_done(a, an);
	return true;
}

/* Take the flow and replay what was held, from where the dissector was asked. */
static void take(struct fl_call *call, unsigned which, uint8_t sender, enum fl_role role)
{
	struct fl_analysis *an = call->an;
	const struct fl_candidate cand = an->candidate[which];
	struct fl_hold *hold = an->hold;
	uint32_t at[2] = {0, 0}, skip, i;

	if (!begin(call->a, an, which, sender, role)) {
		fl_analyzer_give_up(call->a, an);
		return;
	}
	an->hold = NULL;
	for (i = 0; hold && i < hold->chunks && an->phase == FL_TAKEN; i++) {
		const struct fl_hold_chunk *k = &hold->chunk[i];
		struct fl_call then = {call->a, an, k->ts_ns, k->mono_ns, k->frame};

		skip = cand.from[k->sender] > at[k->sender] ? cand.from[k->sender] - at[k->sender] : 0;
		if (skip < k->len)
			fl_analyzer_feed(&then, k->sender, hold->bytes[k->sender] + at[k->sender] + skip, k->len - skip,
					 (enum fl_end)k->end);
		at[k->sender] += k->len;
	}
	fl_analyzer_give_bytes(call->a, hold, sizeof *hold);
}

/* A "no" at this side's bytes up to n: final, or ask again from there? */
static void miss(const struct fl_analysis *an, struct fl_candidate *c, unsigned which, uint8_t sender, uint32_t n)
{
	unsigned allowed = an->flow->midstream || an->flow->gaps[sender] ? MISSES_MIDSTREAM : 0;

	if (!port_hint(fl_dissectors[which], an->flow) && c->misses[sender]++ >= allowed)
		c->alive = false;
	c->from[sender] = n;
	c->likely[sender] = false;
}

/* n bytes of `sender` at p: true if some dissector took the flow. */
static bool ask(struct fl_call *call, uint8_t sender, const uint8_t *side, uint32_t n, enum fl_end end)
{
	struct fl_analysis *an = call->an;
	enum fl_role role;
	enum fl_probe said;
	unsigned i;

	for (i = 0; i < call->a->n_dissectors; i++) {
		struct fl_candidate *c = &an->candidate[i];

		if (!c->alive || c->from[sender] >= n)
			continue;
		role = FL_ROLE_UNCLEAR;
		said = fl_dissectors[i]->probe(fl_rd_init(side + c->from[sender], n - c->from[sender], end), &role);
		if (said == FL_PROBE_NO) {
			if (!c->likely[sender]) /* else what follows the likely unit is odd: the other side may still tell */
				miss(an, c, i, sender, n);
		} else if (said != FL_PROBE_MORE) {
			c->likely[sender] = true;
			if (said == FL_PROBE_SURE || c->likely[!sender] || port_hint(fl_dissectors[i], an->flow)) {
				take(call, i, sender, role);
				return true;
			}
		}
	}
	return false;
}

static bool any_alive(const struct fl_analyzer *a, const struct fl_analysis *an)
{
	unsigned i;

	for (i = 0; i < a->n_dissectors; i++)
		if (an->candidate[i].alive)
			return true;
	return false;
}

/* A segment that the hold has no room for, first on its side: asked about where it lies, taken or not at once. */
static void ask_in_place(struct fl_call *call, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end)
{
	struct fl_analysis *an = call->an;
	enum fl_role role;
	enum fl_probe said;
	unsigned i;

	for (i = 0; i < call->a->n_dissectors; i++) {
		const struct fl_candidate *c = &an->candidate[i];

		if (!c->alive)
			continue;
		role = FL_ROLE_UNCLEAR;
		said = fl_dissectors[i]->probe(fl_rd_init(p, n, end), &role);
		if (said == FL_PROBE_SURE ||
		    (said == FL_PROBE_LIKELY && (c->likely[!sender] || port_hint(fl_dissectors[i], an->flow)))) {
			take(call, i, sender, role);
			if (an->phase == FL_TAKEN)
				fl_analyzer_feed(call, sender, p, n, end);
			return;
		}
	}
}

/* What is held told nothing, and there is no room for more: begin again with the next bytes if a port hints at a
 * dissector, else it is nobody's. True if it goes on. */
static bool start_over(struct fl_analyzer *a, struct fl_analysis *an)
{
	bool any = false;
	unsigned i;

	fl_analyzer_probe_gap(a, an);
	for (i = 0; i < a->n_dissectors; i++) {
		an->candidate[i].alive = an->candidate[i].alive && port_hint(fl_dissectors[i], an->flow);
		any |= an->candidate[i].alive;
	}
	an->long_asked = true;
	if (!any)
		fl_analyzer_give_up(a, an);
	return any;
}

static void hold_bytes(struct fl_call *call, uint8_t sender, const uint8_t *p, uint32_t n, enum fl_end end)
{
	struct fl_hold *h = call->an->hold;
	unsigned i;

	if (call->an->flow->ip_proto == FL_PROTO_UDP) /* each datagram starts anew */
		for (i = 0; i < call->a->n_dissectors; i++)
			if (!call->an->candidate[i].likely[sender])
				call->an->candidate[i].from[sender] = h->n[sender];
	memcpy(h->bytes[sender] + h->n[sender], p, n);
	h->n[sender] += n;
	h->chunk[h->chunks++] = (struct fl_hold_chunk){call->ts_ns, call->mono_ns, call->frame, n, sender, (uint8_t)end};
}

void fl_analyzer_probe(struct fl_call *call, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end)
{
	struct fl_analyzer *a = call->a;
	struct fl_analysis *an = call->an;
	size_t room, fits;

	if (!an->hold) {
		an->hold = fl_analyzer_take_bytes(a, sizeof *an->hold);
		if (!an->hold) {
			fl_label_note(&an->flow->label, FL_WHY_UNREAD);
			an->phase = FL_NOT_OURS;
			return;
		}
		an->hold->n[0] = an->hold->n[1] = an->hold->chunks = 0;
	}
	room = an->hold->chunks < FL_HOLD_CHUNKS ? FL_PROBE_HOLD - an->hold->n[sender] : 0;
	if (room < n && !an->hold->n[sender] && an->hold->chunks < FL_HOLD_CHUNKS) {
		ask_in_place(call, sender, p, n, end); /* larger than the hold, and the first of its side: asked where it lies */
		if (an->phase == FL_PROBING)
			(void)start_over(a, an);
		return;
	}
	if (!room) {
		if (start_over(a, an))
			fl_analyzer_probe(call, sender, p, n, end); /* once: the hold is empty now */
		return;
	}
	fits = n < room ? n : room;
	hold_bytes(call, sender, p, (uint32_t)fits, fits < n ? FL_OPEN : end);
	if (ask(call, sender, an->hold->bytes[sender], an->hold->n[sender], fits < n ? FL_OPEN : end)) {
		if (an->phase == FL_TAKEN && fits < n)
			fl_analyzer_feed(call, sender, p + fits, n - fits, end);
	} else if (an->phase == FL_PROBING && (fits < n || !any_alive(a, an))) {
		(void)start_over(a, an);
	}
}

void fl_analyzer_look_again(struct fl_call *call, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end)
{
	struct fl_analysis *an = call->an;
	bool any = false;
	enum fl_role role;
	unsigned i;

	if (n < GLANCE_MIN)
		return;
	for (i = 0; i < call->a->n_dissectors; i++) {
		const struct fl_dissector *d = fl_dissectors[i];
		bool may = fl_analyzer_may_ask(d, an->flow) && d->probe(fl_rd_init(p, n, end), &role) != FL_PROBE_NO;

		/* At the bound of misses: from here on, one "no" sends the flow back. */
		an->candidate[i] = (struct fl_candidate){.alive = may, .misses = {MISSES_MIDSTREAM, MISSES_MIDSTREAM}};
		any |= may;
	}
	if (!any)
		return;
	an->phase = FL_PROBING;
	an->long_asked = true;
	fl_analyzer_probe(call, sender, p, n, end);
}

void fl_analyzer_probe_gap(struct fl_analyzer *a, struct fl_analysis *an)
{
	unsigned i, side;

	if (!an->hold)
		return;
	an->hold->n[0] = an->hold->n[1] = an->hold->chunks = 0; /* it no longer joins what comes: start again */
	for (i = 0; i < a->n_dissectors; i++)
		for (side = 0; side < 2; side++) {
			an->candidate[i].from[side] = 0;
			an->candidate[i].likely[side] = false;
		}
}
