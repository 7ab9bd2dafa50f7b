/* worker.c - decode, flow, analysis, place, decide, tell.
 *
 * A flow's verdict is decided when its protocol is known, at the latest UNDECIDED_NS after its first frame or when it
 * ends, and told again if a later label changes it. Operations are decided one by one as their transactions close. */
#include "worker.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "analyzer.h"
#include "capture/capture.h"
#include "decode/decode.h"
#include "fenceline/err.h"
#include "fenceline/finding.h"
#include "flow/flow_table.h"
#include "hosts.h"
#include "ring.h"
#include "zones/policy.h"

#define SECOND INT64_C(1000000000)
#define UNDECIDED_NS (5 * SECOND)   /* a SOC should not wait longer for "this should not be" than that */
#define UPDATE_NS (300 * SECOND)    /* a flow that goes on is told again this often */
#define IDLE_LAG_NS SECOND          /* frames stamped before now may still lie in the kernel's block (100 ms) */
#define COVERAGE_NS (300 * SECOND)

/* What the worker keeps per flow, in the analyzer's extra bytes. */
struct track {
	struct fl_flow *flow;
	struct track *older, *younger; /* of the undecided, by birth */
	struct fl_place place[2];      /* by end index */
	struct fl_decision decision;
	int64_t next_update_ns;
	bool undecided;                /* in the list */
	bool decided;
};

struct cover {
	struct fl_coverage now;
	struct fl_capture_stats last; /* the kernel counts since the start */
};

struct fl_worker {
	struct fl_worker_opts o;
	struct fl_flow_table *flows;
	struct fl_analyzer *analyzer;
	struct fl_hosts *hosts;
	struct cover *cover;
	unsigned n_ifaces;
	struct track *oldest, *youngest; /* undecided */
	struct fl_analyzer_stats analyzed; /* as last looked at */
	uint64_t evicted, steps_back;
	int64_t now_ns, next_tick_ns, next_coverage_ns;
	uint64_t frame;
	uint32_t ordinal;
	_Atomic uint64_t shown_frames, shown_bytes;
	_Atomic int64_t shown_ts;
};

static struct track *track_of(const struct fl_flow *f) { return fl_analyzer_extra(f); }

static struct cover *cover_of(struct fl_worker *w, uint16_t iface) { return &w->cover[iface - w->o.first_iface]; }

/* --- telling --- */

/* Room in the ring for a finding of n bytes, its head filled; NULL when live and there is none. */
static struct fl_finding *begin(struct fl_worker *w, enum fl_finding_kind kind, size_t n)
{
	struct fl_finding *f;

	while (!(f = fl_ring_reserve(w->o.ring, n))) {
		if (w->o.live)
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

/* The same for a finding about a flow; what is lost is counted against the flow's interface. */
static struct fl_finding *begin_flow(struct fl_worker *w, enum fl_finding_kind kind, size_t n, const struct fl_flow *flow)
{
	const struct track *t = track_of(flow);
	struct fl_finding *f = begin(w, kind, n);

	if (!f) {
		cover_of(w, flow->iface)->now.findings_lost++;
		return NULL;
	}
	f->flow = *flow;
	f->flow.stream = f->flow.dpi = f->flow.analysis = NULL;
	f->initiator = t->place[flow->initiator];
	f->responder = t->place[!flow->initiator];
	f->decision = t->decision;
	return f;
}

static void tell_flow(struct fl_worker *w, enum fl_finding_kind kind, const struct fl_flow *flow)
{
	struct fl_finding *f = begin_flow(w, kind, offsetof(struct fl_finding, op), flow);

	if (!f)
		return;
	f->fold_packets = flow->end[0].packets + flow->end[1].packets;
	f->fold_bytes = flow->end[0].bytes + flow->end[1].bytes;
	if (kind == FL_FINDING_FLOW_END) {
		f->fold_from_ns = flow->first_ns;
		f->fold_to_ns = flow->last_ns;
	}
	fl_ring_push(w->o.ring);
}

static bool tell_coverage(struct fl_worker *w, struct cover *c, bool final)
{
	struct fl_finding *f = begin(w, FL_FINDING_COVERAGE, offsetof(struct fl_finding, coverage) + sizeof f->coverage);

	if (!f)
		return false; /* not reset: told with the next */
	c->now.to_ns = w->now_ns;
	c->now.final = final;
	f->coverage = c->now;
	fl_ring_push(w->o.ring);
	c->now = (struct fl_coverage){.from_ns = w->now_ns, .iface = f->coverage.iface};
	return true;
}

/* --- deciding --- */

static void undecided_remove(struct fl_worker *w, struct track *t)
{
	if (!t->undecided)
		return;
	*(t->older ? &t->older->younger : &w->oldest) = t->younger;
	*(t->younger ? &t->younger->older : &w->youngest) = t->older;
	t->older = t->younger = NULL;
	t->undecided = false;
}

static void undecided_add(struct fl_worker *w, struct track *t)
{
	t->older = w->youngest;
	*(w->youngest ? &w->youngest->younger : &w->oldest) = t;
	w->youngest = t;
	t->undecided = true;
}

static bool same_decision(const struct fl_decision *a, const struct fl_decision *b)
{
	return a->verdict == b->verdict && a->clause.kind == b->clause.kind && a->clause.at.line == b->clause.at.line &&
	       a->clause.at.file == b->clause.at.file;
}

static void decide_flow(struct fl_worker *w, struct fl_flow *f, struct track *t)
{
	struct fl_decision d;
	struct fl_question q;

	undecided_remove(w, t);
	fl_flow_question(f, f->initiator, &t->place[f->initiator], &t->place[!f->initiator], f->first_ns, NULL, &q);
	fl_policy_decide(w->o.policy, &q, &d);
	if (t->decided && same_decision(&d, &t->decision))
		return;
	t->decision = d;
	t->decided = true;
	tell_flow(w, FL_FINDING_FLOW_DECIDED, f);
}

static void on_label(void *user, struct fl_flow *f)
{
	struct fl_worker *w = user;
	struct track *t = track_of(f);

	if (t)
		decide_flow(w, f, t);
}

static void tell_identity(struct fl_worker *w, const struct fl_flow *f, const struct fl_operation *op)
{
	uint8_t server = op->client ? f->initiator : !f->initiator;
	const struct fl_flow_end *e = &f->end[server];
	struct fl_finding *n = begin_flow(w, FL_FINDING_ASSET, offsetof(struct fl_finding, asset) + sizeof n->asset, f);

	if (!n)
		return;
	n->initiator = track_of(f)->place[server];
	n->asset.addr = e->addr;
	n->asset.has_mac = e->has_mac && e->on_link;
	if (n->asset.has_mac)
		memcpy(n->asset.mac, e->mac, 6);
	n->asset.vlans = e->vlans;
	memcpy(n->asset.vlan, e->vlan, sizeof e->vlan);
	n->asset.protocol = f->label.app;
	n->asset.is_server = true;
	memcpy(n->asset.identity, op->name, sizeof op->name);
	fl_ring_push(w->o.ring);
}

static void on_operation(void *user, struct fl_flow *f, const struct fl_operation *op, int64_t ts_ns, uint64_t frame)
{
	struct fl_worker *w = user;
	struct track *t = track_of(f);
	uint8_t client = op->client ? !f->initiator : f->initiator;
	struct fl_question q;
	struct fl_finding *n;

	(void)ts_ns;
	(void)frame;
	fl_flow_question(f, client, &t->place[client], &t->place[!client], op->request_ns ? op->request_ns : op->response_ns,
			 op, &q);
	n = begin_flow(w, FL_FINDING_OPERATION, offsetof(struct fl_finding, op) + FL_OPERATION_SIZE(op), f);
	if (!n)
		return;
	fl_policy_decide(w->o.policy, &q, &n->decision);
	n->of_flow = t->decided && same_decision(&n->decision, &t->decision);
	memcpy(&n->op, op, FL_OPERATION_SIZE(op));
	n->fold_from_ns = n->fold_to_ns = q.ts_ns;
	fl_ring_push(w->o.ring);
	if (op->name[0] && (op->classes & FL_OP_IDENTIFY) && op->outcome == FL_OUTCOME_OK)
		tell_identity(w, f, op);
}

static void on_flow_end(void *user, struct fl_flow *f)
{
	struct fl_worker *w = user;
	struct track *t = track_of(f);

	fl_analyzer_close(w->analyzer, f, w->now_ns); /* tells open operations, makes the label final: on_label */
	if (!t)
		return;
	if (!t->decided)
		decide_flow(w, f, t);
	undecided_remove(w, t);
	if (f->label.how == FL_LABEL_NONE)
		cover_of(w, f->iface)->now.flows_unclassified++;
	if (f->midstream)
		cover_of(w, f->iface)->now.flows_midstream++;
	tell_flow(w, FL_FINDING_FLOW_END, f);
	fl_analyzer_end(w->analyzer, f);
}

/* --- hosts --- */

static void see_host(struct fl_worker *w, const struct fl_packet *p, uint64_t context, const struct fl_addr *addr,
		     const uint8_t *mac, bool on_link)
{
	struct fl_flow_end self = {.addr = *addr, .on_link = on_link, .seen = true, .vlans = p->vlans}, none = {0};
	struct fl_place ignored;
	uint8_t old_mac[6] = {0};
	struct fl_finding *f;
	enum fl_host_news news;

	if (fl_addr_is_unspecified(addr) || fl_addr_is_multicast(addr))
		return;
	news = fl_hosts_see(w->hosts, context, addr, on_link ? mac : NULL, old_mac);
	if (news == FL_HOST_KNOWN)
		return;
	if (news == FL_HOST_TABLE_FULL) {
		cover_of(w, p->frame->iface)->now.hosts_untracked++;
		return;
	}
	f = begin(w, FL_FINDING_ASSET, offsetof(struct fl_finding, asset) + sizeof f->asset);
	if (!f) {
		cover_of(w, p->frame->iface)->now.findings_lost++;
		return;
	}
	memcpy(self.vlan, p->vlan, sizeof self.vlan);
	if (mac) {
		memcpy(self.mac, mac, 6);
		self.has_mac = true;
	}
	fl_policy_place(w->o.policy, context, &self, &none, &f->initiator, &ignored);
	f->flow.iface = p->frame->iface;
	f->asset.addr = *addr;
	f->asset.has_mac = on_link && mac;
	if (f->asset.has_mac)
		memcpy(f->asset.mac, mac, 6);
	f->asset.mac_changed = news == FL_HOST_MAC_CHANGED;
	memcpy(f->asset.old_mac, old_mac, 6);
	f->asset.vlans = p->vlans;
	memcpy(f->asset.vlan, p->vlan, sizeof p->vlan);
	f->asset.protocol = FL_PROTOCOL_UNKNOWN;
	fl_ring_push(w->o.ring);
}

/* --- frames --- */

static void housekeeping(struct fl_worker *w)
{
	unsigned i;

	while (w->oldest && w->oldest->flow->first_ns + UNDECIDED_NS <= w->now_ns)
		decide_flow(w, w->oldest->flow, w->oldest);
	if (w->now_ns >= w->next_tick_ns) {
		fl_analyzer_tick(w->analyzer, w->now_ns);
		w->next_tick_ns = w->now_ns + SECOND;
	}
	if (w->now_ns >= w->next_coverage_ns) {
		for (i = 0; i < w->n_ifaces; i++)
			tell_coverage(w, &w->cover[i], false);
		w->next_coverage_ns = w->now_ns + COVERAGE_NS;
	}
}

/* What analysis could not see since the last look goes to the interface whose frame brought it to light. */
static void count_losses(struct fl_worker *w, struct fl_coverage *c)
{
	struct fl_analyzer_stats s;
	struct fl_flow_table_stats t;

	fl_analyzer_stats(w->analyzer, &s);
	c->units_malformed += s.units_malformed - w->analyzed.units_malformed;
	c->units_cut += s.units_cut - w->analyzed.units_cut;
	c->transactions_dropped += s.transactions_dropped - w->analyzed.transactions_dropped;
	c->stream_gaps += s.stream_gaps - w->analyzed.stream_gaps;
	c->stream_gap_bytes += s.stream_gap_bytes - w->analyzed.stream_gap_bytes;
	c->stream_pool_full += s.stream_pool_full - w->analyzed.stream_pool_full;
	c->stream_conflicts += s.stream_conflicts - w->analyzed.stream_conflicts;
	w->analyzed = s;
	fl_flow_table_stats(w->flows, &t);
	c->flows_evicted += t.evicted - w->evicted;
	c->time_steps_back += t.time_steps_back - w->steps_back;
	w->evicted = t.evicted;
	w->steps_back = t.time_steps_back;
}

static void begin_flow_tracking(struct fl_worker *w, struct fl_flow *f, uint64_t context)
{
	struct track *t;

	if (fl_analyzer_begin(w->analyzer, f))
		return;
	t = track_of(f);
	t->flow = f;
	t->next_update_ns = f->first_ns + UPDATE_NS;
	fl_policy_place(w->o.policy, context, &f->end[0], &f->end[1], &t->place[0], &t->place[1]);
	undecided_add(w, t);
}

static void take_ip(struct fl_worker *w, const struct fl_packet *p, uint64_t context)
{
	uint8_t sender;
	bool is_new, first_word;
	struct fl_flow *f;
	struct fl_flow_end *e;
	struct track *t;

	f = fl_flow_table_packet(w->flows, p, context, &sender, &is_new);
	if (!f)
		return;
	e = &f->end[sender];
	if (is_new) {
		cover_of(w, p->frame->iface)->now.flows_started++;
		begin_flow_tracking(w, f, context);
	}
	first_word = e->packets == 1;
	if (first_word || (p->has_mac && e->has_mac && memcmp(e->mac, p->src_mac, 6)))
		see_host(w, p, context, &p->src, p->has_mac ? p->src_mac : NULL, e->on_link);
	t = track_of(f);
	if (!t)
		return;
	if (first_word && !is_new) /* the answer's own MAC and VLAN are known now */
		fl_policy_place(w->o.policy, context, &f->end[0], &f->end[1], &t->place[0], &t->place[1]);
	fl_analyzer_packet(w->analyzer, f, sender, p);
	if (w->now_ns >= t->next_update_ns && t->decided) {
		t->next_update_ns = w->now_ns + UPDATE_NS;
		tell_flow(w, FL_FINDING_FLOW_UPDATE, f);
	}
}

static void take_frame(struct fl_worker *w, const struct fl_frame *frame)
{
	struct cover *c = cover_of(w, frame->iface);
	enum fl_decode_outcome outcome;
	struct fl_packet p;
	uint64_t context;

	if (!w->next_coverage_ns) { /* the first frame starts the clocks */
		unsigned i;

		for (i = 0; i < w->n_ifaces; i++)
			w->cover[i].now.from_ns = frame->ts_ns;
		w->next_coverage_ns = frame->ts_ns + COVERAGE_NS;
		w->now_ns = frame->ts_ns;
	}
	w->frame = frame->number;
	w->ordinal = 0;
	if (frame->ts_ns > w->now_ns)
		w->now_ns = frame->ts_ns;
	housekeeping(w);

	outcome = fl_decode(frame, &p);
	c->now.frames++;
	c->now.bytes += frame->wirelen;
	c->now.outcome[outcome]++;
	c->now.cut_frames += frame->caplen < frame->wirelen;
	if (!fl_decode_outcome_is_decoded(outcome)) {
		fl_flow_table_advance(w->flows, w->now_ns);
	} else {
		context = fl_policy_context(w->o.policy, frame->iface, p.vlan, p.vlans);
		if (outcome == FL_DECODE_ARP)
			see_host(w, &p, context, &p.src, p.arp_sender_mac, true);
		else
			take_ip(w, &p, context);
	}
	count_losses(w, &c->now);
}

static void count_drops(struct fl_worker *w)
{
	struct fl_capture_stats s;
	unsigned i;

	for (i = 0; i < w->n_ifaces; i++) {
		fl_capture_stats(w->o.capture, i, &s);
		w->cover[i].now.kernel_dropped += s.kernel_dropped - w->cover[i].last.kernel_dropped;
		w->cover[i].now.interface_dropped += s.interface_dropped - w->cover[i].last.interface_dropped;
		w->cover[i].last = s;
	}
}

int fl_worker_run(struct fl_worker *w)
{
	int64_t next_drops_ns = 0;
	struct fl_frame frame;
	int got, err = FL_OK;
	unsigned i;

	while ((got = fl_capture_next(w->o.capture, &frame)) != FL_CAPTURE_END) {
		if (got == FL_CAPTURE_FRAME) {
			take_frame(w, &frame);
			if (w->now_ns >= next_drops_ns) {
				count_drops(w);
				next_drops_ns = w->now_ns + SECOND;
			}
			atomic_fetch_add_explicit(&w->shown_frames, 1, memory_order_relaxed);
			atomic_fetch_add_explicit(&w->shown_bytes, frame.wirelen, memory_order_relaxed);
			atomic_store_explicit(&w->shown_ts, w->now_ns, memory_order_relaxed);
		} else if (got == FL_CAPTURE_IDLE) { /* a quiet wire: its time is the clock's */
			int64_t now = fl_clock_ns() - IDLE_LAG_NS;

			if (now > w->now_ns)
				w->now_ns = now;
			if (!w->next_coverage_ns) {
				for (i = 0; i < w->n_ifaces; i++)
					w->cover[i].now.from_ns = w->now_ns;
				w->next_coverage_ns = w->now_ns + COVERAGE_NS;
			}
			w->ordinal = 0;
			count_drops(w);
			housekeeping(w);
			fl_flow_table_advance(w->flows, w->now_ns);
			count_losses(w, &w->cover[0].now);
		} else {
			err = got;
			break;
		}
	}
	fl_flow_table_end_all(w->flows, FL_FLOW_END_CAPTURE_END);
	count_drops(w);
	count_losses(w, &w->cover[0].now);
	for (i = 0; i < w->n_ifaces; i++)
		while (!tell_coverage(w, &w->cover[i], true))
			fl_ring_wait_room(w->o.ring);
	fl_ring_end(w->o.ring);
	return err;
}

void fl_worker_progress(const struct fl_worker *w, struct fl_worker_progress *out)
{
	out->frames = atomic_load_explicit(&w->shown_frames, memory_order_relaxed);
	out->bytes = atomic_load_explicit(&w->shown_bytes, memory_order_relaxed);
	out->ts_ns = atomic_load_explicit(&w->shown_ts, memory_order_relaxed);
}

int fl_worker_new(struct fl_worker **out, const struct fl_worker_opts *o)
{
	struct fl_worker *w = calloc(1, sizeof *w);
	struct fl_flow_table_opts fo;
	struct fl_analyzer_ops ao;
	unsigned i;
	int err;

	if (!w)
		return FL_ENOMEM;
	w->o = *o;
	w->n_ifaces = fl_capture_ifaces(o->capture);
	w->cover = calloc(w->n_ifaces, sizeof *w->cover);
	w->hosts = fl_hosts_new(FL_HOSTS_MAX);
	err = w->cover && w->hosts ? FL_OK : FL_ENOMEM;
	fo = (struct fl_flow_table_opts){.max_flows = o->max_flows, .on_end = on_flow_end, .user = w};
	ao = (struct fl_analyzer_ops){.on_operation = on_operation, .on_label = on_label, .user = w,
				      .flow_extra = sizeof(struct track)};
	if (!err)
		err = fl_flow_table_new(&w->flows, &fo);
	if (!err)
		err = fl_analyzer_new(&w->analyzer, o->vocab, &ao);
	if (err) {
		fl_worker_free(w);
		return err;
	}
	for (i = 0; i < w->n_ifaces; i++)
		w->cover[i].now.iface = (uint16_t)(o->first_iface + i);
	*out = w;
	return FL_OK;
}

void fl_worker_free(struct fl_worker *w)
{
	if (!w)
		return;
	fl_flow_table_free(w->flows);
	fl_analyzer_free(w->analyzer);
	fl_hosts_free(w->hosts);
	free(w->cover);
	free(w);
}
