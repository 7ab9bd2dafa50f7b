/* worker_data.h - what a worker holds; private to worker.c, worker_tell.c, worker_judge.c. */
#ifndef FL_SRC_MONITOR_WORKER_DATA_H
#define FL_SRC_MONITOR_WORKER_DATA_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer.h"
#include "capture/capture.h"
#include "fenceline/finding.h"
#include "flow/flow_table.h"
#include "front.h"
#include "own.h"
#include "relate.h"
#include "worker.h"
#include "zones/policy.h"

struct fl_expect;
struct fl_hosts;

/* What the worker keeps per flow, in the analyzer's extra bytes. */
struct fl_track {
	struct fl_flow *flow;
	struct fl_track *older, *younger; /* of the undecided, by birth */
	struct fl_place place[2];      /* by end index */
	struct fl_decision decision;
	int64_t born_ns, next_update_ns; /* mono_ns */
	bool undecided;                /* in the list */
	bool decided;
};

struct fl_cover {
	struct fl_coverage now;
	struct fl_capture_stats last; /* the kernel counts since the start */
};

struct fl_worker {
	struct fl_worker_opts o;
	struct fl_front *front;
	struct fl_flow_table *flows;
	struct fl_analyzer *analyzer;
	struct fl_expect *expect;
	uint16_t ftp_control; /* its number in the vocabulary; none has FL_ENOTFOUND's */
	struct fl_hosts *hosts;
	struct fl_cover *cover;
	unsigned n_ifaces;
	struct fl_track *oldest, *youngest; /* undecided */
	struct fl_analyzer_stats analyzed; /* as last looked at */
	struct fl_front_stats fronted;
	uint64_t evicted, displaced;
	struct fl_clocks clocks; /* live: as last looked at */
	int64_t now_ns, mono_ns, next_tick_ns, next_coverage_ns; /* next_*: mono_ns */
	bool ending;          /* the capture is over: there is nothing left to keep up with, so wait for the writer */
	unsigned steps_told;
	uint64_t frame;
	uint32_t ordinal;
	_Atomic uint64_t shown_frames, shown_bytes;
};

static inline struct fl_track *fl_track_of(const struct fl_flow *f) { return fl_analyzer_extra(f); }

static inline struct fl_cover *fl_cover_of(struct fl_worker *w, uint16_t iface) { return &w->cover[iface - w->o.first_iface]; }

/* worker_tell.c: findings into the ring */
struct fl_finding *fl_worker_begin(struct fl_worker *w, enum fl_finding_kind kind, size_t n);
struct fl_finding *fl_worker_begin_flow(struct fl_worker *w, enum fl_finding_kind kind, size_t n, const struct fl_flow *flow);
void fl_worker_about_flow(struct fl_finding *f, const struct fl_flow *flow, const struct fl_track *t);
void fl_worker_count_flow(struct fl_finding *f, const struct fl_flow *flow);
void fl_worker_tell_flow(struct fl_worker *w, enum fl_finding_kind kind, const struct fl_flow *flow);
void fl_worker_tell_gap(struct fl_worker *w, const struct fl_gap *gap);
bool fl_worker_tell_coverage(struct fl_worker *w, struct fl_cover *c, bool final);

/* worker_judge.c: places and verdicts of flows and operations */
void fl_worker_place(struct fl_worker *w, const struct fl_flow *f, struct fl_track *t);
void fl_worker_undecided_add(struct fl_worker *w, struct fl_track *t);
void fl_worker_decide(struct fl_worker *w, struct fl_flow *f, struct fl_track *t);
void fl_worker_decide_late(struct fl_worker *w, struct fl_flow *f, struct fl_track *t);
void fl_worker_on_label(void *user, struct fl_flow *f);
void fl_worker_on_operation(void *user, struct fl_flow *f, const struct fl_operation *op, int64_t ts_ns, uint64_t frame);
void fl_worker_on_flow_end(void *user, struct fl_flow *f);

#endif
