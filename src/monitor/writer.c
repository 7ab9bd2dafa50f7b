/* writer.c - see writer.h.
 *
 * Which findings become records:
 *     flow decided      a violation: boundary.violation; and for each flow that leaves its zone: boundary.flow (start);
 *                       judged again, as when an alert is taken back: boundary.flow, also when it now leaves no zone
 *     flow goes on/ends boundary.flow, for flows that leave their zone
 *     operation         a violation of its own, or one that changes something: boundary.violation; else, also where the
 *                       whole flow is the violation and has been told, ot.operation; folded unless the conduit says
 *                       log: all
 *     asset             asset.seen
 *     coverage, gap     sensor.coverage, sensor.gap, at once
 * A record goes to the log of each scope it touches, or to "unscoped" (fl_event_readers).
 *
 * A destination that has lost one record takes none before a commit of it has succeeded, and then first the gap that says
 * how many are missing: so a gap stands where its records would have stood.
 *
 *               append: no room (live, stopped), or no record
 *     takes all ----------------------------------------------> loses all, counts
 *         ^                                                        |
 *         +------- commit succeeds: append sensor.gap -------------+ */
#include "writer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "evidence/log.h"
#include "fenceline/err.h"
#include "fold.h"
#include "report/summary.h"
#include "ring.h"
#include "sink/kafka.h"
#include "zones/policy.h"

#define FOLD_INTERVAL_NS (60 * INT64_C(1000000000))
#define IDLE_LAG_NS INT64_C(1000000000) /* frames stamped before now may still be on their way through kernel and worker */
enum {
	COMMIT_RECORDS = 1024,
	RETRY_MS = 500, /* between attempts to commit to a disk that refuses: each may write up to 64 MiB in vain */
	IDLE_MS = 100,
};

struct destination {
	const struct fl_scope *scope; /* NULL: unscoped */
	struct fl_log *log;
	struct fl_log_repair repair;
	bool committed;       /* the last commit succeeded */
	uint64_t lost;        /* since the last commit that succeeded; not on record yet */
	uint64_t lost_before; /* on record */
	int64_t lost_from_ns; /* packet time of the first of `lost` */
	int lost_err;         /* why */
};

struct fl_writer {
	struct fl_writer_opts o;
	struct destination to[FL_SCOPES_MAX + 1]; /* one per scope, then unscoped */
	unsigned n;
	struct fl_fold *fold;
	struct fl_json json;
	struct fl_kafka *kafka;
	bool opened;          /* the opening records are written */
	unsigned uncommitted;
	int failed;           /* the last commit's error; 0 = none */
	int64_t retry_ms;     /* failed: not before this time again */
	int64_t now_ns;       /* newest packet time; live at the start the clock */
	_Atomic bool stop;
	_Atomic uint64_t records;
};

/* --- records --- */

FL_PRINTF(2, 3) static void sayf(struct fl_writer *w, const char *fmt, ...)
{
	char line[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (w->o.say)
		w->o.say(w->o.user, line);
}

/* A disk that refuses is not asked all the time. */
static bool may_commit(const struct fl_writer *w) { return !w->failed || fl_clock_ms() >= w->retry_ms; }

static bool stopped(struct fl_writer *w) { return atomic_load_explicit(&w->stop, memory_order_relaxed); }

/* Write and sync all logs; what a log does not take it holds. The worst error. */
static int commit_logs(struct fl_writer *w)
{
	int err, worst = FL_OK;
	unsigned i;

	for (i = 0; i < w->n; i++) {
		err = fl_log_commit(w->to[i].log);
		w->to[i].committed = !err;
		if (err && !w->failed && !worst)
			sayf(w, "cannot commit the evidence log %s: %s; it is tried again", fl_log_name(w->to[i].log), fl_strerror(err));
		if (err)
			worst = err;
	}
	if (w->failed && !worst)
		sayf(w, "the evidence logs are written again");
	w->failed = worst;
	w->retry_ms = fl_clock_ms() + RETRY_MS;
	w->uncommitted = 0;
	if (w->kafka)
		fl_kafka_wake(w->kafka);
	return worst;
}

static void count_appended(struct fl_writer *w)
{
	atomic_fetch_add_explicit(&w->records, 1, memory_order_relaxed);
	w->uncommitted++;
}

static void lose(struct fl_writer *w, struct destination *d, int err)
{
	if (!d->lost++) {
		d->lost_from_ns = w->now_ns;
		d->lost_err = err;
		sayf(w, "the evidence log %s takes no more records: %s; what comes is lost, and counted", fl_log_name(d->log),
		     fl_strerror(err));
	}
	w->uncommitted = COMMIT_RECORDS; /* the commit that may end this is due, however few others come */
}

/* d can hold no more: let the disk take what it holds. Offline until it has, or a signal says not to wait. */
static void make_way(struct fl_writer *w, const struct destination *d)
{
	bool waiting = false;

	for (;;) {
		if (may_commit(w)) {
			commit_logs(w);
			if (d->committed)
				return;
		}
		if (w->o.live || stopped(w))
			return;
		if (!waiting)
			sayf(w, "the evidence log %s can hold no more (%s): waiting until the disk takes it", fl_log_name(d->log),
			     fl_strerror(w->failed));
		waiting = true;
		fl_bell_wait(w->o.bell, IDLE_MS);
	}
}

/* What is in json, numbered for this log, into it. */
static void append(struct fl_writer *w, struct destination *d)
{
	const char *text;
	size_t n;
	int err;

	if (d->lost) {
		lose(w, d, d->lost_err);
		return;
	}
	/* The ceilings of src/event keep every record below FL_RECORD_MAX, so there is a text but when memory is gone, and
	 * the log refuses it (FL_EINVALID) never. If either is wrong one day, a record less is counted like any other. */
	text = fl_json_text(&w->json, &n);
	err = text ? fl_log_append(d->log, text, n) : FL_ENOMEM;
	if (err == FL_ELIMIT || (text && err == FL_ENOMEM)) {
		make_way(w, d);
		err = fl_log_append(d->log, text, n);
	}
	if (err)
		lose(w, d, err == FL_ELIMIT && w->failed ? w->failed : err); /* full because of that */
	else
		count_appended(w);
}

/* The logs that lost records and are written again say so. */
static void settle(struct fl_writer *w)
{
	struct fl_gap gap = {.reason = FL_GAP_LOG_NOT_WRITTEN};
	const char *text;
	unsigned i;
	size_t n;

	for (i = 0; i < w->n; i++) {
		struct destination *d = &w->to[i];

		if (!d->lost || !d->committed)
			continue;
		gap.records = d->lost;
		gap.duration_ns = w->now_ns - d->lost_from_ns;
		snprintf(gap.detail, sizeof gap.detail, "%s", fl_strerror(d->lost_err));
		fl_json_reset(&w->json);
		fl_event_gap(&w->o.env, w->now_ns, d->scope, fl_log_next(d->log), &gap, &w->json);
		text = fl_json_text(&w->json, &n);
		if (!text || fl_log_append(d->log, text, n))
			continue; /* still counted: said after the next commit */
		count_appended(w);
		sayf(w, "the evidence log %s is written again; %" PRIu64 " records are missing, which is on record", fl_log_name(d->log),
		     d->lost);
		d->lost_before += d->lost;
		d->lost = 0;
	}
}

static void commit(struct fl_writer *w)
{
	if (!w->o.dir)
		return;
	commit_logs(w);
	settle(w);
}

static void emit(void *user, enum fl_event_kind kind, const struct fl_finding *f)
{
	struct fl_writer *w = user;
	uint64_t readers = fl_event_readers(f);
	unsigned i;

	if (!w->o.dir)
		return;
	for (i = 0; i < w->n; i++) {
		struct destination *d = &w->to[i];

		if (readers != UINT64_MAX && (d->scope ? !(readers >> d->scope->index & 1) : readers != 0))
			continue;
		fl_json_reset(&w->json);
		fl_event_finding(&w->o.env, kind, f, d->scope, fl_log_next(d->log), &w->json);
		append(w, d);
	}
}

static void open_records(struct fl_writer *w, int64_t ts_ns)
{
	struct fl_gap gap;
	unsigned i;

	w->opened = true;
	if (!w->o.dir)
		return;
	for (i = 0; i < w->n; i++) {
		struct destination *d = &w->to[i];

		if (d->repair.torn) {
			gap = (struct fl_gap){.reason = FL_GAP_TORN_LINE, .bytes = d->repair.torn_bytes};
			fl_json_reset(&w->json);
			fl_event_gap(&w->o.env, ts_ns, d->scope, fl_log_next(d->log), &gap, &w->json);
			append(w, d);
		}
		if (d->repair.resumed) {
			gap = (struct fl_gap){.reason = FL_GAP_RESTART};
			fl_json_reset(&w->json);
			fl_event_gap(&w->o.env, ts_ns, d->scope, fl_log_next(d->log), &gap, &w->json);
			append(w, d);
		}
		fl_json_reset(&w->json);
		fl_event_policy_loaded(&w->o.env, ts_ns, d->scope, fl_log_next(d->log), &w->json);
		append(w, d);
	}
}

/* --- findings --- */

/* Where not one frame told the time, it is that of the run so far: live the clock's at the start; of files there is none,
 * and it stays the epoch rather than a time at which nothing was seen. */
static void emit_sensor(struct fl_writer *w, enum fl_event_kind kind, const struct fl_finding *f)
{
	struct fl_finding timed;

	if (f->ts_ns) {
		emit(w, kind, f);
		return;
	}
	memcpy(&timed, f, f->size);
	timed.ts_ns = w->now_ns;
	emit(w, kind, &timed);
}

static void take(struct fl_writer *w, const struct fl_finding *f)
{
	bool violation = fl_verdict_is_violation(f->decision.verdict);
	bool leaves_zone = f->decision.verdict != FL_VERDICT_WITHIN_ZONE;

	if (f->ts_ns > w->now_ns)
		w->now_ns = f->ts_ns;
	if (!w->opened)
		open_records(w, w->now_ns);
	fl_fold_advance(w->fold, f->ts_ns);
	fl_summary_add(w->o.summary, f);
	switch (f->kind) {
	case FL_FINDING_FLOW_DECIDED:
		if (violation)
			(void)fl_fold_add(w->fold, FL_EVENT_BOUNDARY_VIOLATION, f);
		if (leaves_zone || f->changed) /* what was told before is told otherwise */
			(void)fl_fold_add(w->fold, FL_EVENT_BOUNDARY_FLOW, f);
		break;
	case FL_FINDING_FLOW_UPDATE:
	case FL_FINDING_FLOW_END:
		if (leaves_zone)
			(void)fl_fold_add(w->fold, FL_EVENT_BOUNDARY_FLOW, f);
		break;
	case FL_FINDING_OPERATION:
		if (violation && (!f->of_flow || f->op.classes & FL_OP_CHANGING))
			(void)fl_fold_add(w->fold, FL_EVENT_BOUNDARY_VIOLATION, f);
		else if (f->decision.log_all)
			emit(w, FL_EVENT_OT_OPERATION, f);
		else
			(void)fl_fold_add(w->fold, FL_EVENT_OT_OPERATION, f);
		break;
	case FL_FINDING_ASSET:
		(void)fl_fold_add(w->fold, FL_EVENT_ASSET_SEEN, f);
		break;
	case FL_FINDING_COVERAGE:
		emit_sensor(w, FL_EVENT_SENSOR_COVERAGE, f);
		break;
	case FL_FINDING_GAP:
		if (f->gap.reason == FL_GAP_CLOCK_STEP) { /* intervals end by a time that is far ahead now: close them */
			fl_fold_flush(w->fold);
			w->now_ns = f->ts_ns;
		}
		emit_sensor(w, FL_EVENT_SENSOR_GAP, f);
		break;
	}
	if ((w->uncommitted >= COMMIT_RECORDS || w->failed) && may_commit(w))
		commit(w);
}

/* The next finding of all rings: one ring is in order; several (live) are taken in turn as they come. */
static bool drain(struct fl_writer *w)
{
	bool any = false;
	const void *m;
	unsigned i, k;

	for (i = 0; i < w->o.n_rings; i++) {
		for (k = 0; k < 256 && (m = fl_ring_peek(w->o.rings[i])); k++) {
			take(w, m);
			fl_ring_pop(w->o.rings[i]);
			any = true;
		}
	}
	return any;
}

static bool all_ended(struct fl_writer *w)
{
	unsigned i;

	for (i = 0; i < w->o.n_rings; i++)
		if (!fl_ring_ended(w->o.rings[i]))
			return false;
	return true;
}

/* Nothing comes: live, time goes on by the clock, and so do the intervals of what was folded. */
static void idle(struct fl_writer *w)
{
	if (w->o.live)
		fl_fold_advance(w->fold, fl_clock_ns() - IDLE_LAG_NS);
	if ((w->uncommitted || w->failed) && may_commit(w))
		commit(w);
	fl_bell_wait(w->o.bell, IDLE_MS);
}

/* 0 if every record is on disk. */
static int account(struct fl_writer *w)
{
	uint64_t lost = 0, unwritten = 0;
	int err = w->failed;
	unsigned i;

	for (i = 0; w->o.dir && i < w->n; i++) {
		const struct destination *d = &w->to[i];

		lost += d->lost + d->lost_before;
		unwritten += fl_log_next(d->log) - fl_log_committed(d->log);
		if (!err && d->lost_err)
			err = d->lost_err;
	}
	if (lost || unwritten)
		sayf(w, "evidence is incomplete: %" PRIu64 " records were lost, %" PRIu64 " are not on disk", lost, unwritten);
	return err;
}

int fl_writer_run(struct fl_writer *w)
{
	w->now_ns = w->o.start_ns;
	if (w->o.start_ns)
		open_records(w, w->o.start_ns);
	while (!all_ended(w))
		if (!drain(w))
			idle(w);
	fl_fold_flush(w->fold);
	commit(w);
	if (w->uncommitted) /* the gaps that this commit allowed to be told */
		commit(w);
	return account(w);
}

void fl_writer_stop(struct fl_writer *w)
{
	atomic_store_explicit(&w->stop, true, memory_order_relaxed);
	fl_bell_ring(w->o.bell);
}

uint64_t fl_writer_records(const struct fl_writer *w)
{
	return atomic_load_explicit(&w->records, memory_order_relaxed);
}

unsigned fl_writer_logs(const struct fl_writer *w) { return w->o.dir ? w->n : 0; }
struct fl_log *fl_writer_log(const struct fl_writer *w, unsigned i) { return w->to[i].log; }
void fl_writer_set_kafka(struct fl_writer *w, struct fl_kafka *k) { w->kafka = k; }

int fl_writer_new(struct fl_writer **out, const struct fl_writer_opts *o, char err[512])
{
	struct fl_writer *w = calloc(1, sizeof *w);
	struct fl_log_opts lo;
	unsigned i;
	int res;

	snprintf(err, 512, "%s", fl_strerror(FL_ENOMEM));
	if (!w)
		return FL_ENOMEM;
	w->o = *o;
	w->n = fl_policy_scopes(o->env.policy) + 1;
	if (w->n > FL_SCOPES_MAX + 1)
		FL_BUG("the policy loader lets more scopes through than a reader set can hold");
	fl_json_init(&w->json, FL_RECORD_MAX);
	res = fl_fold_new(&w->fold, FOLD_INTERVAL_NS, FL_FOLD_MAX, emit, w);
	for (i = 0; i < w->n && !res; i++) {
		w->to[i].scope = i + 1 < w->n ? fl_policy_scope(o->env.policy, i) : NULL;
		if (!o->dir)
			continue;
		lo = (struct fl_log_opts){.dir = o->dir, .name = w->to[i].scope ? w->to[i].scope->id : FL_LOG_UNSCOPED,
					  .sensor = o->env.sensor};
		res = fl_log_open(&w->to[i].log, &lo, &w->to[i].repair, err);
	}
	if (res) {
		fl_writer_free(w);
		return res;
	}
	*out = w;
	return FL_OK;
}

void fl_writer_free(struct fl_writer *w)
{
	unsigned i;

	if (!w)
		return;
	for (i = 0; i < w->n; i++)
		(void)fl_log_close(w->to[i].log);
	fl_fold_free(w->fold);
	fl_json_done(&w->json);
	free(w);
}
