/* ship.c - one log to one topic: read, produce, count delivery reports, move the cursor, stand back when refused.
 *
 *     cursor <= acked <= next <= committed          acked: all below it are in Kafka; next: the next to be produced
 *               [acked, next) is the window: bit n % WINDOW says that record n was delivered out of turn
 *
 * Why nothing is lost and nothing is put in Kafka out of order:
 *   - producer.c sets librdkafka so that it never gives a record up by itself, and fails as a whole where the broker
 *     refuses one for good. Then we take the reports, throw the producer away, stand back, and begin again at acked
 *     with a new one.
 * A crash, or a producer thrown away with records in flight, repeats at most a window: at least once, in order.
 *
 * A refusal for size may concern a batch, where the topic takes less than a batch: from then on this log's records go
 * one at a time.
 *
 * Thread: the sink's alone; librdkafka's callbacks come from rd_kafka_poll there (its logs too, by log.queue).
 * Memory: records are copied into librdkafka's queue, bounded by the window and by producer.c's limit in bytes. */
#include "src/sink/ship.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "fenceline/err.h"
#include "fenceline/limits.h"
#include "src/evidence/log.h"
#include "src/sink/cursor.h"
#include "src/sink/producer.h"

#define WINDOW FL_PRODUCER_QUEUE /* records in flight, all of which may sit in the queue */
#define TURN 512u              /* records produced before the other logs have their turn */
#define CURSOR_MS 200          /* two fsyncs; a crash repeats what was acknowledged within it */
#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000
#define DOWN_AFTER_MS 2000     /* a broker closes idle connections: that alone is no outage */
#define STALL_MS 10000         /* connected, and yet no report: ask what is the matter */
#define ASK_MS 1000            /* the other logs wait as long */
#define MUTE_MS 30000          /* lines of librdkafka, and repeats of one refusal */
#define CLOSE_MS 500           /* reports of what a failed producer had in flight */

struct fl_ship {
	struct fl_ship_env *env;
	const struct fl_log *log;
	char *dir, *topic;
	bool barred;
	struct fl_log_reader *reader;
	rd_kafka_t *rk;
	_Atomic uint64_t acked;
	uint64_t next, cursor;
	uint64_t delivered[WINDOW / 64];
	uint32_t window;
	int64_t cursor_ms;        /* when it was written last */
	int64_t retry_ms, backoff_ms; /* HALTED until; next interval */
	int64_t down_ms, stall_ms; /* since when no broker; since when records wait without a report. 0: not */
	int64_t asked_ms;          /* when the cluster was last asked why */
	bool met;                  /* a broker answered this producer */
	bool failed;               /* a report or call said no; fail_* say what */
	uint64_t fail_number;
	rd_kafka_resp_err_t fail_err;
	rd_kafka_resp_err_t said_err;
	int64_t said_ms;
	const char *text;          /* read and not yet produced; borrowed from the reader; NULL: none */
	size_t text_n;
	int64_t now_ms;            /* of this turn, for callbacks */
};

static uint64_t acked_of(const struct fl_ship *s) { return atomic_load_explicit(&s->acked, memory_order_relaxed); }

/* --- what librdkafka tells ------------------------------------------------------------------------------------- */

static void failed_at(struct fl_ship *s, uint64_t number, rd_kafka_resp_err_t err)
{
	/* the records behind the refused one fail with it: the lowest number has the reason */
	if (s->failed && number >= s->fail_number)
		return;
	s->failed = true;
	s->fail_number = number;
	s->fail_err = err;
}

static void heard_from_broker(struct fl_ship *s)
{
	s->down_ms = 0;
	atomic_store_explicit(&s->env->connected, true, memory_order_relaxed);
	if (s->env->down_said) {
		s->env->down_said = false;
		fl_ship_say(s->env, "kafka: a broker answers again: shipping goes on");
	}
}

static void delivered(struct fl_ship *s, uint64_t number)
{
	uint64_t acked = acked_of(s);

	if (number < acked || number >= s->next)
		return;
	s->delivered[number % WINDOW / 64] |= UINT64_C(1) << number % 64;
	for (; acked < s->next && s->delivered[acked % WINDOW / 64] >> acked % 64 & 1; acked++) {
		s->delivered[acked % WINDOW / 64] &= ~(UINT64_C(1) << acked % 64);
		atomic_fetch_add_explicit(&s->env->shipped, 1, memory_order_relaxed);
	}
	atomic_store_explicit(&s->acked, acked, memory_order_relaxed);
	s->stall_ms = acked < s->next ? s->now_ms : 0;
	s->backoff_ms = BACKOFF_MIN_MS;
	heard_from_broker(s);
}

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct fl_ship *s = opaque;
	uint64_t number = fl_producer_number(m);

	(void)rk;
	if (!m->err)
		delivered(s, number);
	else if (m->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && m->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
		failed_at(s, number, m->err);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	struct fl_ship *s = opaque;
	char text[256];

	if (err == RD_KAFKA_RESP_ERR__FATAL) {
		err = (int)rd_kafka_fatal_error(rk, text, sizeof text);
		reason = text;
	}
	if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !s->down_ms)
		s->down_ms = s->now_ms;
	if (err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) /* "1/1 brokers are down" would hide why */
		fl_ship_error(s->env, reason);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	const struct fl_ship *s = rd_kafka_opaque(rk);
	struct fl_ship_env *env = s->env;

	if (level > LOG_WARNING || !strcmp(facility, "CONFWARN")) /* the settings are ours: producer.c says why */
		return;
	fl_ship_error(env, text);
	/* told in our words: an outage by check_down, a failed producer by refused, a coordinator that is not ready by
	 * check_stall, should it stay so */
	if (s->down_ms || !strcmp(facility, "FAIL") || !strcmp(facility, "ERROR") || !strcmp(facility, "FATAL") ||
	    !strcmp(facility, "GETPID"))
		return;
	if (s->now_ms < env->muted_until_ms) {
		env->muted++;
		return;
	}
	fl_ship_say(env, "kafka: %s: %s", facility, text);
	if (env->muted)
		fl_ship_say(env, "kafka: %u more lines of the Kafka library were left out before this one", env->muted);
	env->muted = 0;
	env->muted_until_ms = s->now_ms + MUTE_MS;
}

/* --- the producer ---------------------------------------------------------------------------------------------- */

static const struct fl_producer_calls calls = {on_report, on_error, on_log};

/* producer_drain - throw away what was not delivered, take the reports of what was. */
static void producer_drain(struct fl_ship *s, int64_t wait_ms)
{
	int64_t until = fl_clock_ms() + wait_ms, left;

	if (!s->rk)
		return;
	rd_kafka_purge(s->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	while (rd_kafka_outq_len(s->rk) > 0 && (left = until - fl_clock_ms()) >= 0)
		rd_kafka_poll(s->rk, left < 50 ? (int)left : 50);
}

static void producer_close(struct fl_ship *s)
{
	if (!s->rk)
		return;
	fl_producer_free(s->rk);
	s->rk = NULL;
}

/* --- running and halted ---------------------------------------------------------------------------------------- */

static void halt(struct fl_ship *s)
{
	s->retry_ms = fl_clock_ms() + s->backoff_ms;
	s->backoff_ms = s->backoff_ms * 2 < BACKOFF_MAX_MS ? s->backoff_ms * 2 : BACKOFF_MAX_MS;
	fl_log_reader_close(s->reader);
	s->reader = NULL;
	s->text = NULL;
	s->failed = false;
	s->stall_ms = s->down_ms = s->asked_ms = 0;
	s->met = false;
	s->next = acked_of(s);
	memset(s->delivered, 0, sizeof s->delivered);
}

/* quiet - this refusal was told not long ago. */
static bool quiet(struct fl_ship *s, rd_kafka_resp_err_t err)
{
	if (err == s->said_err && s->now_ms - s->said_ms < MUTE_MS)
		return true;
	s->said_err = err;
	s->said_ms = s->now_ms;
	return false;
}

/* refused - a record cannot be delivered, or the producer failed: tell it, and begin again later. */
static void refused(struct fl_ship *s)
{
	char why[256] = "", text[400];
	rd_kafka_resp_err_t err = rd_kafka_fatal_error(s->rk, why, sizeof why);

	producer_drain(s, CLOSE_MS); /* may report more, lower numbers first */
	if (s->failed && s->fail_err != RD_KAFKA_RESP_ERR__FATAL) {
		err = s->fail_err;
		snprintf(why, sizeof why, "%s", rd_kafka_err2str(err));
	}
	if (err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && s->window > 1) {
		s->window = 1;
		s->backoff_ms = BACKOFF_MIN_MS;
	}
	atomic_fetch_add_explicit(&s->env->failed, 1, memory_order_relaxed);
	snprintf(text, sizeof text, "topic %s: record %" PRIu64 ": %s", s->topic,
		 s->failed ? s->fail_number : acked_of(s), why);
	fl_ship_error(s->env, text);
	if (!quiet(s, err))
		fl_ship_say(s->env, "kafka: %s: nothing of this log is lost or skipped; trying again from record %" PRIu64
			    " in %" PRId64 " s", text, acked_of(s), s->backoff_ms / 1000);
	producer_close(s);
	halt(s);
}

static void unreadable(struct fl_ship *s, int err)
{
	char text[400];

	snprintf(text, sizeof text, "log %s: record %" PRIu64 " cannot be read: %s", fl_log_name(s->log), s->next,
		 fl_strerror(err));
	fl_ship_error(s->env, text);
	if (!quiet(s, RD_KAFKA_RESP_ERR__FS))
		fl_ship_say(s->env, "kafka: %s: shipping of this log waits there; check it with fenceline verify", text);
	producer_drain(s, CLOSE_MS);
	producer_close(s);
	halt(s);
}

/* resume - open what is not open. False: halted again. */
static bool resume(struct fl_ship *s)
{
	char err[512] = "";
	int rc;

	if (!s->reader) {
		rc = fl_log_reader_open(&s->reader, s->log, NULL, s->next);
		if (rc) {
			s->reader = NULL;
			unreadable(s, rc);
			return false;
		}
	}
	if (!s->rk)
		s->rk = fl_producer_new(s->env->brokers, &calls, s, s->env->wake_fd, err);
	if (!s->rk) {
		fl_ship_error(s->env, err);
		if (!quiet(s, RD_KAFKA_RESP_ERR__FAIL))
			fl_ship_say(s->env, "kafka: no producer for topic %s: %s; trying again", s->topic, err);
		halt(s);
		return false;
	}
	return true;
}

/* produce - up to TURN records into librdkafka's queue; false if there is no more to read or no more room. */
static bool produce(struct fl_ship *s)
{
	uint64_t number;
	unsigned i;
	rd_kafka_resp_err_t err;
	int rc;

	for (i = 0; i < TURN; i++) {
		if (s->next - acked_of(s) >= s->window)
			return false;
		if (!s->text) {
			rc = fl_log_reader_next(s->reader, &s->text, &s->text_n, &number);
			if (rc <= 0)
				s->text = NULL;
			if (rc == 0)
				return false;
			if (rc > 0 && number != s->next)
				rc = FL_EFORMAT;
			if (rc < 0) {
				unreadable(s, rc);
				return false;
			}
		}
		err = fl_producer_send(s->rk, s->topic, fl_log_origin(s->log), s->text, s->text_n, s->next);
		if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
			return false; /* delivery reports make room and wake us; the record waits in the reader */
		if (err) {
			failed_at(s, s->next, err);
			return false;
		}
		if (!s->stall_ms)
			s->stall_ms = s->now_ms;
		s->text = NULL;
		s->next++;
	}
	return true;
}

static void write_cursor(struct fl_ship *s)
{
	uint64_t acked = acked_of(s);
	int err;

	if (s->cursor == acked)
		return;
	err = fl_cursor_write(s->dir, s->topic, acked);
	s->cursor_ms = fl_clock_ms();
	if (!err) {
		s->cursor = acked;
		return;
	}
	fl_ship_error(s->env, fl_strerror(err));
	if (!quiet(s, RD_KAFKA_RESP_ERR__STATE))
		fl_ship_say(s->env, "kafka: %s/" FL_CURSOR_FILE ": %s: after a restart, records from %" PRIu64
			    " on would be shipped again; trying again", s->dir, fl_strerror(err), s->cursor);
}

/* check_down - an outage is said once, when records have waited long enough. */
static void check_down(struct fl_ship *s)
{
	struct fl_ship_env *env = s->env;
	int64_t since = s->down_ms > s->stall_ms ? s->down_ms : s->stall_ms;
	char *cluster;

	if (!s->met) {
		cluster = rd_kafka_clusterid(s->rk, 0); /* known as soon as any broker answered */
		if (cluster) {
			rd_kafka_mem_free(s->rk, cluster);
			s->met = true;
			heard_from_broker(s);
			return;
		}
	} else if (!s->stall_ms) {
		return; /* nothing waits for an answer: an idle connection may well be closed */
	}
	if (!s->down_ms || s->now_ms - since < DOWN_AFTER_MS)
		return;
	atomic_store_explicit(&env->connected, false, memory_order_relaxed);
	if (env->down_said)
		return;
	env->down_said = true;
	fl_ship_say(env, "kafka: no broker reachable at %s: records stay in the log and are shipped when one answers (%s)",
		    env->brokers, env->last_error); /* which this thread alone writes now */
}

/* check_stall - without a time-out librdkafka would wait for ever on a topic that it may not write, and say nothing. */
static void check_stall(struct fl_ship *s)
{
	int64_t since = s->stall_ms > s->asked_ms ? s->stall_ms : s->asked_ms;
	rd_kafka_resp_err_t err;

	if (!s->stall_ms || s->down_ms || s->now_ms - since < STALL_MS || atomic_load(&s->env->stop))
		return;
	err = fl_producer_topic_error(s->rk, s->topic, ASK_MS);
	s->asked_ms = fl_clock_ms();
	if (err) {
		failed_at(s, acked_of(s), err);
		refused(s);
	} else if (!quiet(s, RD_KAFKA_RESP_ERR__TIMED_OUT)) {
		fl_ship_say(s->env, "kafka: topic %s: record %" PRIu64 " has waited %" PRId64 " s for the broker to acknowledge "
			    "it (%s): shipping of this log waits there", s->topic, acked_of(s),
			    (s->now_ms - s->stall_ms) / 1000, s->env->last_error);
	}
}

bool fl_ship_turn(struct fl_ship *s, int64_t now_ms)
{
	bool more;
	unsigned i;

	s->now_ms = now_ms;
	if (s->barred)
		return false;
	if (s->cursor != acked_of(s) && now_ms - s->cursor_ms >= CURSOR_MS)
		write_cursor(s);
	if (now_ms < s->retry_ms || !resume(s))
		return false;
	for (i = 0; i < WINDOW && rd_kafka_poll(s->rk, 0) > 0; i++)
		;
	more = !s->failed && produce(s);
	if (s->rk && (s->failed || rd_kafka_fatal_error(s->rk, NULL, 0)))
		refused(s);
	if (s->rk)
		check_down(s);
	if (s->rk)
		check_stall(s);
	return more && s->rk;
}

int64_t fl_ship_wait_ms(const struct fl_ship *s, int64_t now_ms)
{
	int64_t wait = 1000;

	if (s->barred)
		return wait;
	if (s->retry_ms > now_ms && s->retry_ms - now_ms < wait)
		wait = s->retry_ms - now_ms;
	if (s->cursor != acked_of(s)) {
		int64_t due = s->cursor_ms + CURSOR_MS - now_ms;

		if (due < wait)
			wait = due > 0 ? due : 0;
	}
	return wait;
}

bool fl_ship_done(const struct fl_ship *s) { return !s->barred && acked_of(s) >= fl_log_committed(s->log); }

bool fl_ship_barred(const struct fl_ship *s) { return s->barred; }

uint64_t fl_ship_behind(const struct fl_ship *s)
{
	uint64_t committed = fl_log_committed(s->log), acked = acked_of(s);

	return committed > acked ? committed - acked : 0;
}

void fl_ship_stop(struct fl_ship *s, int64_t wait_ms)
{
	s->now_ms = fl_clock_ms();
	producer_drain(s, wait_ms);
	fl_log_reader_close(s->reader);
	s->reader = NULL;
	s->text = NULL;
	if (!s->barred)
		write_cursor(s);
}

/* --- made and unmade ------------------------------------------------------------------------------------------- */

static void bar(struct fl_ship *s, const char *why)
{
	s->barred = true;
	fl_ship_error(s->env, why);
	fl_ship_say(s->env, "kafka: log %s is not shipped: %s", fl_log_name(s->log), why);
}

int fl_ship_new(struct fl_ship **out, struct fl_ship_env *env, const struct fl_log *l, const char *dir)
{
	struct fl_ship *s = calloc(1, sizeof *s);
	char err[512];
	uint64_t next = 0;

	if (!s)
		return FL_ENOMEM;
	s->env = env;
	s->log = l;
	s->window = WINDOW;
	s->backoff_ms = BACKOFF_MIN_MS;
	if (asprintf(&s->dir, "%s/%s", dir, fl_log_name(l)) < 0)
		s->dir = NULL;
	if (asprintf(&s->topic, "%s%s", env->topic_prefix, fl_log_name(l)) < 0)
		s->topic = NULL;
	if (!s->dir || !s->topic) {
		fl_ship_free(s);
		return FL_ENOMEM;
	}
	if (!fl_topic_ok(s->topic)) {
		fl_ship_free(s);
		return FL_EINVALID;
	}
	if (fl_cursor_read(s->dir, s->topic, &next, err)) {
		bar(s, err);
	} else if (next > fl_log_committed(l)) {
		snprintf(err, sizeof err, "%.200s/" FL_CURSOR_FILE " says record %" PRIu64 ", but the log ends before %" PRIu64
			 "; if the log was put back from a copy, delete the cursor to ship it again from its first record",
			 s->dir, next, fl_log_committed(l));
		bar(s, err);
	}
	s->next = s->cursor = s->barred ? 0 : next;
	atomic_init(&s->acked, s->next);
	*out = s;
	return FL_OK;
}

void fl_ship_free(struct fl_ship *s)
{
	if (!s)
		return;
	producer_close(s);
	fl_log_reader_close(s->reader);
	free(s->dir);
	free(s->topic);
	free(s);
}
