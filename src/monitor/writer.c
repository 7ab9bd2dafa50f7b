/* writer.c - see writer.h.
 *
 * Which findings become records:
 *     flow decided      a violation: boundary.violation; and for each flow that leaves its zone: boundary.flow (start)
 *     flow goes on/ends boundary.flow, for flows that leave their zone
 *     operation         a violation of its own: boundary.violation; else, also where the whole flow is the violation and
 *                       has been told, ot.operation; folded unless the conduit says log: all
 *     asset, coverage   asset.seen, sensor.coverage
 * A record goes to the log of each scope it touches, or to "unscoped" (fl_event_readers). */
#include "writer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/log.h"
#include "fenceline/err.h"
#include "fold.h"
#include "report/summary.h"
#include "ring.h"
#include "sink/kafka.h"
#include "zones/policy.h"

#define FOLD_INTERVAL_NS (60 * INT64_C(1000000000))
enum { COMMIT_RECORDS = 1024 };

struct destination {
	const struct fl_scope *scope; /* NULL: unscoped */
	struct fl_log *log;
	struct fl_log_repair repair;
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
	_Atomic uint64_t records;
};

static void say(struct fl_writer *w, const char *line)
{
	if (w->o.say)
		w->o.say(w->o.user, line);
}

/* --- records --- */

static void append(struct fl_writer *w, struct destination *d)
{
	char line[256];
	const char *text;
	size_t n;
	int err;

	text = fl_json_text(&w->json, &n);
	err = text ? fl_log_append(d->log, text, n) : FL_ELIMIT;
	if (!err) {
		atomic_fetch_add_explicit(&w->records, 1, memory_order_relaxed);
		w->uncommitted++;
		return;
	}
	if (!w->failed) {
		snprintf(line, sizeof line, "cannot write to the evidence log %s: %s", fl_log_name(d->log), fl_strerror(err));
		say(w, line);
	}
	w->failed = err;
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
	unsigned i;

	w->opened = true;
	if (!w->o.dir)
		return;
	for (i = 0; i < w->n; i++) {
		struct destination *d = &w->to[i];

		if (d->repair.torn) {
			fl_json_reset(&w->json);
			fl_event_gap(&w->o.env, ts_ns, d->scope, fl_log_next(d->log), "torn_line", d->repair.torn_bytes, &w->json);
			append(w, d);
		}
		if (d->repair.resumed) {
			fl_json_reset(&w->json);
			fl_event_gap(&w->o.env, ts_ns, d->scope, fl_log_next(d->log), "restart", 0, &w->json);
			append(w, d);
		}
		fl_json_reset(&w->json);
		fl_event_policy_loaded(&w->o.env, ts_ns, d->scope, fl_log_next(d->log), &w->json);
		append(w, d);
	}
}

static void commit(struct fl_writer *w)
{
	char line[256];
	unsigned i;
	int err, worst = FL_OK;

	if (!w->o.dir)
		return;
	for (i = 0; i < w->n; i++) {
		err = fl_log_commit(w->to[i].log);
		if (err && !w->failed) {
			snprintf(line, sizeof line, "cannot commit the evidence log %s: %s; it is tried again",
				 fl_log_name(w->to[i].log), fl_strerror(err));
			say(w, line);
		}
		if (err)
			worst = err;
	}
	if (w->failed && !worst)
		say(w, "the evidence logs are written again");
	w->failed = worst;
	w->uncommitted = 0;
	if (w->kafka)
		fl_kafka_wake(w->kafka);
}

/* --- findings --- */

static void take(struct fl_writer *w, const struct fl_finding *f)
{
	bool violation = fl_verdict_is_violation(f->decision.verdict);
	bool leaves_zone = f->decision.verdict != FL_VERDICT_WITHIN_ZONE;

	if (!w->opened)
		open_records(w, w->o.start_ns ? w->o.start_ns : f->ts_ns);
	fl_fold_advance(w->fold, f->ts_ns);
	fl_summary_add(w->o.summary, f);
	switch (f->kind) {
	case FL_FINDING_FLOW_DECIDED:
		if (violation)
			(void)fl_fold_add(w->fold, FL_EVENT_BOUNDARY_VIOLATION, f);
		if (leaves_zone)
			(void)fl_fold_add(w->fold, FL_EVENT_BOUNDARY_FLOW, f);
		break;
	case FL_FINDING_FLOW_UPDATE:
	case FL_FINDING_FLOW_END:
		if (leaves_zone)
			(void)fl_fold_add(w->fold, FL_EVENT_BOUNDARY_FLOW, f);
		break;
	case FL_FINDING_OPERATION:
		if (violation && !f->of_flow)
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
		emit(w, FL_EVENT_SENSOR_COVERAGE, f);
		break;
	}
	if (w->uncommitted >= COMMIT_RECORDS)
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

int fl_writer_run(struct fl_writer *w)
{
	if (w->o.start_ns)
		open_records(w, w->o.start_ns);
	while (!all_ended(w)) {
		if (drain(w))
			continue;
		if (w->uncommitted || w->failed)
			commit(w);
		fl_bell_wait(w->o.bell, 100);
	}
	fl_fold_flush(w->fold);
	commit(w);
	return w->failed;
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
