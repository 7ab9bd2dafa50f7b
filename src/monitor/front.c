/* front.c - see front.h.
 *
 *     frame -> time -> decode -> copy? -> carriers -> fragment? -> address space -> flow
 *                                  |                     |
 *                              counted with          held until its datagram is whole, or given up
 *                              its flow, no more
 *
 * Copies are taken out before fragments are put together, so that a doubled fragment is no overlap, and before the flow
 * table, so that packets and bytes are those that were on the wire once. */
#include "front.h"

#include <stdlib.h>

#include "decode/decode.h"
#include "decode/fragments.h"
#include "fenceline/err.h"
#include "flow/contexts.h"
#include "flow/copies.h"
#include "flow/flow_table.h"
#include "flow/timeline.h"

enum { NEAR_MAX = 16 }; /* contexts asked for the other side of a connection: the VLANs one switch mirrors at a time */

struct fl_front {
	struct fl_front_opts o;
	struct fl_timeline time;
	struct fl_copies *copies;
	struct fl_contexts *contexts;
	struct fl_fragments *fragments;
	struct fl_packet packet;
	struct fl_front_stats stats;
};

/* --- address spaces --- */

/* The tags that tell the address space of a layer: those of the frame as it was on the mirrored wire, so what carries the
 * mirror itself (ERSPAN) does not count, and inside a tunnel between IP addresses those of what carries it. */
static unsigned space_tags(const struct fl_packet *p, unsigned layer, const uint16_t **tags)
{
	unsigned from = 0, to = layer < p->tunnels ? p->tunnel[layer].vlans : p->vlans, i;

	for (i = 0; i < layer; i++) {
		if (fl_tunnel_is_mirror(&p->tunnel[i])) {
			from = p->tunnel[i].vlans;
		} else if (p->tunnel[i].src.kind != FL_ADDR_NONE) {
			to = p->tunnel[i].vlans;
			break;
		}
	}
	*tags = p->vlan + from;
	return to - from;
}

static uint64_t context_of(struct fl_front *f, const struct fl_packet *p, unsigned layer)
{
	const uint16_t *tags;
	unsigned n = space_tags(p, layer, &tags);

	return fl_contexts_of(f->contexts, f->o.context(f->o.user, p->frame->iface, tags, n), p, layer);
}

static void join(struct fl_front *f, uint64_t a, uint64_t b)
{
	if (a == b || (f->o.may_join && !(f->o.may_join(f->o.user, a) && f->o.may_join(f->o.user, b))))
		return;
	f->stats.contexts_joined += fl_contexts_join(f->contexts, a, b);
}

/* A TCP connection whose other direction came under other tags: its numbers tell. Gives the context to go on in. */
static uint64_t meet_other_side(struct fl_front *f, const struct fl_packet *p, uint64_t context)
{
	uint64_t near[NEAR_MAX], found;
	unsigned n;

	if (p->outcome != FL_DECODE_TCP || (p->tcp_flags & (FL_TCP_SYN | FL_TCP_ACK)) == FL_TCP_SYN ||
	    fl_flow_table_has(f->o.flows, p, context))
		return context;
	n = fl_contexts_near(f->contexts, context, near, NEAR_MAX);
	if (!n || !fl_flow_table_other_side(f->o.flows, p, near, n, &found))
		return context;
	join(f, found, context);
	return context_of(f, p, p->tunnels);
}

/* --- flows --- */

static void take_none(struct fl_front *f, const struct fl_packet *p, bool copy)
{
	if (f->o.on_no_flow)
		f->o.on_no_flow(f->o.user, p, copy);
}

static void take(struct fl_front *f, const struct fl_packet *p, uint64_t context)
{
	struct fl_flow *flow;
	uint8_t sender;
	bool is_new;

	context = meet_other_side(f, p, context);
	flow = fl_flow_table_packet(f->o.flows, p, context, &sender, &is_new);
	if (!flow) {
		take_none(f, p, false);
		return;
	}
	if (p->outcome == FL_DECODE_ICMP || p->outcome == FL_DECODE_ICMPV6)
		fl_flow_table_unreachable(f->o.flows, p, context);
	f->o.on_packet(f->o.user, p, flow, sender, is_new);
}

/* Tunnels number `from` on; those before have been counted, frame by frame, when their fragments came. */
static void take_carriers(struct fl_front *f, const struct fl_packet *p, unsigned from)
{
	struct fl_flow *flow;
	uint8_t sender;
	bool is_new;
	unsigned i;

	for (i = from; i < p->tunnels; i++) {
		if (p->tunnel[i].src.kind == FL_ADDR_NONE)
			continue;
		flow = fl_flow_table_carrier(f->o.flows, p, i, context_of(f, p, i), &sender, &is_new);
		if (flow)
			f->o.on_packet(f->o.user, p, flow, sender, is_new);
	}
}

static uint64_t inner_context(void *user, const struct fl_packet *p)
{
	return context_of(user, p, p->tunnels);
}

static void on_incomplete(void *user, const struct fl_packet *p, uint64_t context)
{
	take(user, p, context);
}

/* True if the packet is a copy: it counts as one, with its flow, and nowhere else. */
static bool is_copy(struct fl_front *f, const struct fl_packet *p, uint64_t context)
{
	uint64_t first = context;
	enum fl_copy copy = fl_copies_see(f->copies, p, context, &first);
	unsigned i;

	switch (copy) {
	case FL_COPY_NONE:
		return false;
	case FL_COPY_SAME:
		break;
	case FL_COPY_ROUTED:
		f->stats.copies_routed++;
		join(f, first, context);
		break;
	case FL_COPY_RETAGGED:
		f->stats.copies_retagged++;
		join(f, first, context);
		break;
	}
	f->stats.copies++;
	if (!fl_flow_table_copy(f->o.flows, p, first))
		take_none(f, p, true);
	for (i = 0; i < p->tunnels; i++)
		if (p->tunnel[i].src.kind != FL_ADDR_NONE)
			(void)fl_flow_table_carrier_copy(f->o.flows, p, i, context_of(f, p, i));
	return true;
}

static void take_packet(struct fl_front *f)
{
	struct fl_packet *p = &f->packet;
	unsigned carriers = p->tunnels;
	uint64_t context = context_of(f, p, p->tunnels);

	if (is_copy(f, p, context))
		return;
	f->stats.tunnelled += p->tunnels > 0;
	take_carriers(f, p, 0);
	if (p->outcome == FL_DECODE_FRAGMENT) {
		if (fl_fragments_add(f->fragments, p, context) == FL_FRAGMENT_HELD)
			return;
		take_carriers(f, p, carriers);
		context = context_of(f, p, p->tunnels);
	}
	if (fl_decode_outcome_is_decoded(p->outcome) || p->outcome == FL_DECODE_CIPHER)
		take(f, p, context);
	else
		take_none(f, p, false);
}

void fl_front_time(struct fl_front *f, struct fl_frame *frame, int64_t *back_ns)
{
	*back_ns = fl_timeline_frame(&f->time, frame);
	f->stats.time_steps_back += frame->ts_ns < f->time.now_ns || *back_ns;
	fl_fragments_advance(f->fragments, frame->mono_ns);
	fl_flow_table_advance(f->o.flows, frame->mono_ns);
}

const struct fl_packet *fl_front_frame(struct fl_front *f, const struct fl_frame *frame)
{
	fl_decode(frame, &f->packet);
	take_packet(f);
	return &f->packet;
}

void fl_front_advance(struct fl_front *f, int64_t now_ns)
{
	int64_t mono_ns = fl_timeline_advance(&f->time, now_ns);

	fl_fragments_advance(f->fragments, mono_ns);
	fl_flow_table_advance(f->o.flows, mono_ns);
}

int64_t fl_front_mono_ns(const struct fl_front *f) { return f->time.mono_ns; }
int64_t fl_front_now_ns(const struct fl_front *f) { return f->time.now_ns; }

void fl_front_end(struct fl_front *f) { fl_fragments_end(f->fragments); }

void fl_front_stats(const struct fl_front *f, struct fl_front_stats *out)
{
	struct fl_fragments_stats s;

	*out = f->stats;
	fl_fragments_stats(f->fragments, &s);
	out->copies_displaced = fl_copies_displaced(f->copies);
	out->contexts_unheld = fl_contexts_unheld(f->contexts);
	out->datagrams_joined = s.joined;
	out->fragments_incomplete = s.incomplete;
	out->fragments_conflicting = s.conflicting;
	out->fragments_unheld = s.unheld;
}

int fl_front_new(struct fl_front **out, const struct fl_front_opts *o)
{
	struct fl_front *f = calloc(1, sizeof *f);
	struct fl_fragments_opts fo = {.context_of = inner_context, .on_incomplete = on_incomplete, .user = f};

	if (!f)
		return FL_ENOMEM;
	f->o = *o;
	f->copies = fl_copies_new();
	f->contexts = fl_contexts_new();
	f->fragments = fl_fragments_new(&fo);
	if (!f->copies || !f->contexts || !f->fragments) {
		fl_front_free(f);
		return FL_ENOMEM;
	}
	fl_flow_table_contexts(f->o.flows, f->contexts);
	*out = f;
	return FL_OK;
}

void fl_front_free(struct fl_front *f)
{
	if (!f)
		return;
	fl_flow_table_contexts(f->o.flows, NULL);
	fl_copies_free(f->copies);
	fl_contexts_free(f->contexts);
	fl_fragments_free(f->fragments);
	free(f);
}
