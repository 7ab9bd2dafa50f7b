/* worker.c - one capture worker: flows out of the front, analysis, place, and the passing of time.
 *
 * Two times (flow/timeline.h): now_ns is packet time and steps back with the clock that stamped the frames; mono_ns only
 * grows, and is what is waited by. */
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decode/decode.h"
#include "fenceline/err.h"
#include "flow/expect.h"
#include "flow/timeline.h"
#include "hosts.h"
#include "ring.h"
#include "worker_data.h"

#define SECOND INT64_C(1000000000)
#define UNDECIDED_NS (5 * SECOND)   /* a SOC should not wait longer for "this should not be" than that */
#define UPDATE_NS (300 * SECOND)    /* a flow that goes on is told again this often */
#define STEPS_TOLD_MAX 16           /* gaps on record per run; each further step is counted in time_steps_back */
#define IDLE_LAG_NS SECOND          /* frames stamped before now may still lie in the kernel's block (100 ms) */
#define COVERAGE_NS (300 * SECOND)

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
		fl_cover_of(w, p->frame->iface)->now.hosts_untracked++;
		return;
	}
	f = fl_worker_begin(w, FL_FINDING_ASSET, offsetof(struct fl_finding, asset) + sizeof f->asset);
	if (!f) { /* no room: its next flow is news again */
		fl_hosts_undo(w->hosts);
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

/* The clock that stamps frames was set back, or had been ahead for a while: packet time follows it, on record. */
static void clock_stepped(struct fl_worker *w, const struct fl_frame *frame, int64_t back_ns)
{
	struct fl_gap gap = {.reason = FL_GAP_CLOCK_STEP, .has_iface = true, .iface = frame->iface, .duration_ns = back_ns};

	if (w->steps_told++ < STEPS_TOLD_MAX)
		fl_worker_tell_gap(w, &gap);
}

static void tell_jump(struct fl_worker *w, enum fl_gap_reason reason, int64_t ns)
{
	struct fl_gap gap = {.reason = (uint8_t)reason, .duration_ns = ns};

	if (ns)
		fl_worker_tell_gap(w, &gap);
}

/* Between two looks at a live sensor's clocks: time that did not pass, or passed unwatched, must not count as watched. One
 * worker tells it for all. */
static void watch_clocks(struct fl_worker *w)
{
	struct fl_clocks now;

	if (!w->o.live || w->o.index)
		return;
	fl_clocks_read(&now);
	tell_jump(w, FL_GAP_CLOCK_FORWARD, fl_clocks_forward(&w->clocks, &now));
	tell_jump(w, FL_GAP_SUSPENDED, fl_clocks_suspended(&w->clocks, &now));
	w->clocks = now;
}

static void housekeeping(struct fl_worker *w)
{
	unsigned i;

	while (w->oldest && w->mono_ns - w->oldest->born_ns >= UNDECIDED_NS)
		fl_worker_decide_late(w, w->oldest->flow, w->oldest);
	if (w->mono_ns >= w->next_tick_ns) {
		fl_analyzer_tick(w->analyzer, w->now_ns, w->mono_ns);
		w->next_tick_ns = w->mono_ns + SECOND;
		watch_clocks(w);
	}
	if (w->o.live && w->mono_ns >= w->next_coverage_ns) {
		for (i = 0; i < w->n_ifaces; i++)
			fl_worker_tell_coverage(w, &w->cover[i], false);
		w->next_coverage_ns = w->mono_ns + COVERAGE_NS;
	}
}

/* One frame of a file: an interval ends when it is long enough, and at a long silence. */
static void cover_file_frame(struct fl_worker *w, struct fl_cover *c, int64_t ts_ns)
{
	if (c->now.frames && (ts_ns - c->now.from_ns >= COVERAGE_NS || ts_ns - c->now.to_ns >= COVERAGE_NS / 5 ||
			      ts_ns < c->now.from_ns - FL_CLOCK_STEP_NS))
		(void)fl_worker_tell_coverage(w, c, false); /* offline there is always room, in the end */
	if (!c->now.frames || ts_ns < c->now.from_ns)
		c->now.from_ns = ts_ns;
	if (!c->now.frames || ts_ns > c->now.to_ns)
		c->now.to_ns = ts_ns;
}

/* What analysis could not see since the last look goes to the interface whose frame brought it to light. */
static void count_losses(struct fl_worker *w, struct fl_coverage *c)
{
	struct fl_analyzer_stats s;
	struct fl_flow_table_stats t;
	struct fl_front_stats f;

	fl_analyzer_stats(w->analyzer, &s);
#define MORE(member) c->member += s.member - w->analyzed.member
	MORE(units_malformed);
	MORE(unparsed_bytes);
	MORE(units_cut);
	MORE(transactions_dropped);
	MORE(stream_gaps);
	MORE(stream_gap_bytes);
	MORE(stream_pool_full);
	MORE(stream_conflicts);
#undef MORE
	w->analyzed = s;
	fl_front_stats(w->front, &f);
#define MORE(member) c->member += f.member - w->fronted.member
	MORE(tunnelled);
	MORE(copies);
	MORE(copies_routed);
	MORE(copies_retagged);
	MORE(copies_displaced);
	MORE(contexts_joined);
	MORE(contexts_unheld);
	MORE(time_steps_back);
	MORE(datagrams_joined);
	MORE(fragments_incomplete);
	MORE(fragments_conflicting);
	MORE(fragments_unheld);
#undef MORE
	w->fronted = f;
	fl_flow_table_stats(w->flows, &t);
	c->flows_evicted += t.evicted - w->evicted;
	w->evicted = t.evicted;
	c->announced_displaced += fl_expect_displaced(w->expect) - w->displaced;
	w->displaced = fl_expect_displaced(w->expect);
}

static void begin_flow_tracking(struct fl_worker *w, struct fl_flow *f)
{
	struct fl_track *t;

	(void)fl_expect_take(w->expect, f, w->mono_ns);
	if (fl_analyzer_begin(w->analyzer, f)) {
		fl_cover_of(w, f->iface)->now.flows_unjudged++;
		return;
	}
	t = fl_track_of(f);
	t->flow = f;
	t->born_ns = w->mono_ns;
	t->next_update_ns = w->mono_ns + UPDATE_NS;
	fl_worker_place(w, f, t);
	fl_worker_undecided_add(w, t);
}

/* Hosts are told by address: of link-layer flows by MAC, but for upkeep, which every host does under its IP address too. */
static void see_sender(struct fl_worker *w, const struct fl_packet *p, const struct fl_flow *f, uint8_t sender)
{
	const struct fl_flow_end *e = &f->end[sender];

	if (f->kind == FL_FLOW_CARRIER)
		see_host(w, p, f->context, &e->addr, e->has_mac ? e->mac : NULL, e->on_link);
	else if (p->outcome == FL_DECODE_ARP)
		see_host(w, p, f->context, &p->src, p->arp_sender_mac, true);
	else if (f->kind == FL_FLOW_LINK && fl_link_is_upkeep(f->protocol))
		return;
	else
		see_host(w, p, f->context, &e->addr, p->has_mac ? p->src_mac : NULL,
			 f->kind == FL_FLOW_LINK || fl_packet_on_link(p));
}

static bool another_mac(const struct fl_packet *p, const struct fl_flow *f, const struct fl_flow_end *e)
{
	return f->kind == FL_FLOW_IP && p->has_mac && e->has_mac && memcmp(e->mac, p->src_mac, 6);
}

static void on_packet(void *user, const struct fl_packet *p, struct fl_flow *f, uint8_t sender, bool is_new)
{
	struct fl_worker *w = user;
	struct fl_flow_end *e = &f->end[sender];
	bool first_word = e->packets == p->frames;
	struct fl_track *t;

	if (is_new) {
		fl_cover_of(w, f->iface)->now.flows_started++;
		begin_flow_tracking(w, f);
	}
	if (first_word || another_mac(p, f, e) || p->outcome == FL_DECODE_ARP)
		see_sender(w, p, f, sender);
	t = fl_track_of(f);
	if (!t)
		return;
	if (first_word && !is_new) { /* the answer's own MAC and VLAN are known now */
		fl_worker_place(w, f, t);
		if (t->decided)
			fl_worker_decide(w, f, t);
		else if (f->label.final)
			fl_worker_on_label(w, f);
	}
	if (p->payload_len && !t->decided && !t->undecided && fl_policy_is_judged(f)) { /* it had waited for this */
		t->born_ns = w->mono_ns;
		fl_worker_undecided_add(w, t);
	}
	fl_analyzer_packet(w->analyzer, f, sender, p);
	if (f->kind == FL_FLOW_IP && p->outcome == FL_DECODE_TCP && p->payload_caplen)
		fl_relate_packet(w->expect, w->ftp_control, f, sender, p);
	if (w->mono_ns >= t->next_update_ns && t->decided) {
		t->next_update_ns = w->mono_ns + UPDATE_NS;
		fl_worker_tell_flow(w, FL_FINDING_FLOW_UPDATE, f);
	}
}

static void take_frame(struct fl_worker *w, struct fl_frame *frame)
{
	struct fl_cover *c = fl_cover_of(w, frame->iface);
	const struct fl_packet *p;
	int64_t back_ns;

	w->frame = frame->number;
	w->ordinal = 0;
	fl_front_time(w->front, frame, &back_ns);
	w->now_ns = fl_front_now_ns(w->front);
	w->mono_ns = frame->mono_ns;
	if (back_ns)
		clock_stepped(w, frame, back_ns);
	housekeeping(w);
	if (!w->o.live)
		cover_file_frame(w, c, frame->ts_ns);
	p = fl_front_frame(w->front, frame);
	c->now.frames++;
	c->now.bytes += frame->wirelen;
	c->now.outcome[p->outcome]++;
	c->now.cut_frames += frame->caplen < frame->wirelen;
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

static void idle(struct fl_worker *w) /* a quiet wire: its time is the clock's */
{
	fl_front_advance(w->front, fl_clock_ns() - IDLE_LAG_NS);
	w->now_ns = fl_front_now_ns(w->front);
	w->mono_ns = fl_front_mono_ns(w->front);
	w->ordinal = 0;
	count_drops(w);
	housekeeping(w);
	count_losses(w, &w->cover[0].now);
	fl_ring_flush(w->o.ring);
}

static void start_clocks(struct fl_worker *w)
{
	unsigned i;

	if (!w->o.live)
		return;
	fl_clocks_read(&w->clocks);
	fl_front_advance(w->front, w->clocks.real_ns);
	w->now_ns = fl_front_now_ns(w->front);
	w->mono_ns = fl_front_mono_ns(w->front);
	w->next_coverage_ns = w->mono_ns + COVERAGE_NS;
	for (i = 0; i < w->n_ifaces; i++)
		w->cover[i].now.from_ns = w->now_ns;
}

/* The capture is over: what it could not give is said before the last coverage. */
static void finish(struct fl_worker *w, int err)
{
	struct fl_capture_stats s;
	struct fl_gap gap;
	unsigned i;

	w->ending = true;
	fl_front_end(w->front);
	fl_flow_table_end_all(w->flows, FL_FLOW_END_CAPTURE_END);
	count_drops(w);
	count_losses(w, &w->cover[0].now);
	for (i = 0; i < w->n_ifaces; i++) {
		fl_capture_stats(w->o.capture, i, &s);
		gap = (struct fl_gap){.has_iface = true, .iface = w->cover[i].now.iface};
		if (err) {
			gap.reason = FL_GAP_CAPTURE_STOPPED;
			snprintf(gap.detail, sizeof gap.detail, "%s", fl_capture_error(w->o.capture));
			fl_worker_tell_gap(w, &gap);
		} else if (s.damage) {
			gap.reason = FL_GAP_CAPTURE_DAMAGED;
			snprintf(gap.detail, sizeof gap.detail, "%s", s.damage);
			fl_worker_tell_gap(w, &gap);
		}
		while (!fl_worker_tell_coverage(w, &w->cover[i], true))
			fl_ring_wait_room(w->o.ring);
	}
	fl_ring_end(w->o.ring);
}

int fl_worker_run(struct fl_worker *w)
{
	int64_t next_drops_ns = 0;
	struct fl_frame frame;
	int got, err = FL_OK;

	start_clocks(w);
	while ((got = fl_capture_next(w->o.capture, &frame)) != FL_CAPTURE_END) {
		if (got == FL_CAPTURE_IDLE) {
			idle(w);
			continue;
		}
		if (got != FL_CAPTURE_FRAME) {
			err = got;
			break;
		}
		take_frame(w, &frame);
		if (w->mono_ns >= next_drops_ns) {
			count_drops(w);
			next_drops_ns = w->mono_ns + SECOND;
		}
		atomic_fetch_add_explicit(&w->shown_frames, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&w->shown_bytes, frame.wirelen, memory_order_relaxed);
	}
	finish(w, err);
	return err;
}

void fl_worker_progress(const struct fl_worker *w, struct fl_worker_progress *out)
{
	out->frames = atomic_load_explicit(&w->shown_frames, memory_order_relaxed);
	out->bytes = atomic_load_explicit(&w->shown_bytes, memory_order_relaxed);
}

static uint64_t context_of(void *user, uint16_t iface, const uint16_t *vlan, unsigned vlans)
{
	const struct fl_worker *w = user;

	return fl_policy_context(w->o.policy, iface, vlan, vlans);
}

static bool may_join(void *user, uint64_t context)
{
	(void)user;
	return fl_policy_context_is_free(context);
}

static void on_announce(void *user, const struct fl_flow *f, const struct fl_announcement *a, int64_t mono_ns)
{
	struct fl_worker *w = user;

	fl_relate_announcement(w->expect, f, a, mono_ns);
}

int fl_worker_new(struct fl_worker **out, const struct fl_worker_opts *o)
{
	struct fl_worker *w = calloc(1, sizeof *w);
	struct fl_front_opts fro = {.context = context_of, .may_join = may_join, .on_packet = on_packet, .user = w};
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
	w->expect = fl_expect_new();
	w->ftp_control = (uint16_t)fl_vocab_find(o->vocab, "ftp_control");
	err = w->cover && w->hosts && w->expect ? FL_OK : FL_ENOMEM;
	fo = (struct fl_flow_table_opts){.max_flows = o->max_flows, .on_end = fl_worker_on_flow_end, .user = w};
	ao = (struct fl_analyzer_ops){.on_operation = fl_worker_on_operation, .on_label = fl_worker_on_label,
				      .on_announce = on_announce, .user = w, .flow_extra = sizeof(struct fl_track)};
	if (!err)
		err = fl_flow_table_new(&w->flows, &fo);
	if (!err)
		err = fl_analyzer_new(&w->analyzer, o->vocab, &ao);
	fro.flows = w->flows;
	if (!err)
		err = fl_front_new(&w->front, &fro);
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
	fl_front_free(w->front);
	fl_expect_free(w->expect);
	fl_flow_table_free(w->flows);
	fl_analyzer_free(w->analyzer);
	fl_hosts_free(w->hosts);
	free(w->cover);
	free(w);
}
