/* worker_tell.c - findings into the ring: filled where they lie, only the part that is used.
 *
 * Offline a full ring makes the worker wait; live what finds no room is counted against its interface. */
#include <string.h>

#include "ring.h"
#include "worker_data.h"

/* Room in the ring for a finding of n bytes, its head filled; NULL when live and there is none. */
struct fl_finding *fl_worker_begin(struct fl_worker *w, enum fl_finding_kind kind, size_t n)
{
	struct fl_finding *f;

	while (!(f = fl_ring_reserve(w->o.ring, n))) {
		if (w->o.live && !w->ending)
			return NULL;
		fl_ring_wait_room(w->o.ring);
	}
	memset(f, 0, n);
	f->size = (uint32_t)n;
	f->kind = (uint8_t)kind;
	f->worker = w->o.index;
	f->ts_ns = f->fold_from_ns = f->fold_to_ns = w->now_ns;
	f->frame = w->frame;
	f->ordinal = w->ordinal++;
	f->count = 1;
	return f;
}

void fl_worker_about_flow(struct fl_finding *f, const struct fl_flow *flow, const struct fl_track *t)
{
	f->flow = *flow;
	f->flow.stream = f->flow.dpi = f->flow.analysis = NULL;
	f->initiator = t->place[flow->initiator];
	f->responder = t->place[!flow->initiator];
	f->decision = t->decision;
}

/* The same for a finding about a flow; what is lost is counted against the flow's interface. */
struct fl_finding *fl_worker_begin_flow(struct fl_worker *w, enum fl_finding_kind kind, size_t n, const struct fl_flow *flow)
{
	const struct fl_track *t = fl_track_of(flow);
	struct fl_finding *f = fl_worker_begin(w, kind, n);

	if (!f) {
		fl_cover_of(w, flow->iface)->now.findings_lost++;
		return NULL;
	}
	fl_worker_about_flow(f, flow, t);
	return f;
}

void fl_worker_count_flow(struct fl_finding *f, const struct fl_flow *flow)
{
	f->fold_packets = flow->end[0].packets + flow->end[1].packets;
	f->fold_bytes = flow->end[0].bytes + flow->end[1].bytes;
}

void fl_worker_tell_flow(struct fl_worker *w, enum fl_finding_kind kind, const struct fl_flow *flow)
{
	struct fl_finding *f = fl_worker_begin_flow(w, kind, offsetof(struct fl_finding, op), flow);

	if (!f)
		return;
	fl_worker_count_flow(f, flow);
	if (kind == FL_FINDING_FLOW_END) {
		f->fold_from_ns = flow->first_ns;
		f->fold_to_ns = flow->last_ns;
	}
	fl_ring_push(w->o.ring);
}

/* The sensor could not watch, or not see all: said at once, in every log. */
void fl_worker_tell_gap(struct fl_worker *w, const struct fl_gap *gap)
{
	struct fl_finding *f;

	while (!(f = fl_worker_begin(w, FL_FINDING_GAP, offsetof(struct fl_finding, gap) + sizeof f->gap)))
		fl_ring_wait_room(w->o.ring); /* also live: rare, and must not be lost */
	f->gap = *gap;
	fl_ring_push(w->o.ring);
}

/* Tell what was counted since the last time. Of files an interval is that of the interface's own frames: files of
 * different days say nothing of the days between. */
bool fl_worker_tell_coverage(struct fl_worker *w, struct fl_cover *c, bool final)
{
	struct fl_finding *f = fl_worker_begin(w, FL_FINDING_COVERAGE, offsetof(struct fl_finding, coverage) + sizeof f->coverage);

	if (!f)
		return false; /* not reset: told with the next */
	if (w->o.live)
		c->now.to_ns = w->now_ns;
	c->now.final = final;
	f->coverage = c->now;
	if (c->now.to_ns)
		f->ts_ns = c->now.to_ns;
	fl_ring_push(w->o.ring);
	c->now = (struct fl_coverage){.from_ns = w->o.live ? w->now_ns : 0, .iface = f->coverage.iface};
	return true;
}
