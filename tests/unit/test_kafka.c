/* test_kafka.c - shipping logs to Kafka, against librdkafka's own mock cluster: nothing lost, nothing out of order,
 * nothing twice unless the producer was thrown away with records in flight; and the ways in which it must stand back.
 * The logs are real ones (src/evidence). tests/kafka/ asks the same of a real broker. */
#include <check.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fenceline/err.h"
#include "src/evidence/log.h"
#include "src/sink/cursor.h"
#include "src/sink/kafka.h"
#include "run.h"

#define PRODUCE 0 /* Kafka's API key */

static char dir[256];
static char err[512];

/* --- what was said ----------------------------------------------------------------------------------------------- */

static struct { pthread_mutex_t lock; unsigned n; char line[64][1024]; } said = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void say(void *user, const char *line)
{
	(void)user;
	pthread_mutex_lock(&said.lock);
	if (said.n < 64)
		snprintf(said.line[said.n++], sizeof said.line[0], "%s", line);
	pthread_mutex_unlock(&said.lock);
}

/* times_said - how many lines hold `part`. */
static unsigned times_said(const char *part)
{
	unsigned i, n = 0;

	pthread_mutex_lock(&said.lock);
	for (i = 0; i < said.n; i++)
		n += strstr(said.line[i], part) != NULL;
	pthread_mutex_unlock(&said.lock);
	return n;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static bool wait_said(const char *part, int64_t ms)
{
	int64_t until = now_ms() + ms;

	while (!times_said(part) && now_ms() < until)
		wait_ms(20);
	return times_said(part) > 0;
}

/* --- the mock cluster -------------------------------------------------------------------------------------------- */

static rd_kafka_t *mock_rk;
static rd_kafka_mock_cluster_t *mock;
static const char *brokers;

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");
	rd_kafka_conf_t *c = rd_kafka_conf_new();

	said.n = 0;
	if (!tmp)
		tmp = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	snprintf(dir, sizeof dir, "%s/fl_kafka_XXXXXX", tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(rd_kafka_conf_set(c, "log_level", "0", err, sizeof err), RD_KAFKA_CONF_OK);
	mock_rk = rd_kafka_new(RD_KAFKA_PRODUCER, c, err, sizeof err);
	ck_assert_msg(mock_rk != NULL, "%s", err);
	mock = rd_kafka_mock_cluster_new(mock_rk, 1);
	ck_assert_ptr_nonnull(mock);
	brokers = rd_kafka_mock_cluster_bootstraps(mock);
}

static void teardown(void)
{
	char cmd[300];

	rd_kafka_mock_cluster_destroy(mock);
	rd_kafka_destroy(mock_rk);
	snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

/* --- logs and sinks ---------------------------------------------------------------------------------------------- */

static struct fl_log *log_open(const char *name)
{
	struct fl_log_opts o = {.dir = dir, .name = name, .sensor = "sensor-1", .segment_bytes = 200000};
	struct fl_log_repair repair;
	struct fl_log *l = NULL;

	ck_assert_msg(fl_log_open(&l, &o, &repair, err) == FL_OK, "%s", err);
	return l;
}

static int record(char buf[512], const char *log, uint64_t number)
{
	return snprintf(buf, 512, "{\"event\":{\"sequence\":%" PRIu64 "},\"log\":\"%s\",\"pad\":\"%0*d\"}", number, log,
			(int)(number * 37 % 211), 0);
}

static void fill(struct fl_log *l, unsigned n)
{
	char buf[512];

	while (n--)
		ck_assert_int_eq(fl_log_append(l, buf, (size_t)record(buf, fl_log_name(l), fl_log_next(l))), FL_OK);
	ck_assert_int_eq(fl_log_commit(l), FL_OK);
}

static struct fl_kafka *sink_new(const char *at, struct fl_log *a, struct fl_log *b)
{
	struct fl_kafka_opts o = {.brokers = at, .say = say};
	struct fl_kafka *k = NULL;

	ck_assert_msg(fl_kafka_new(&k, &o, err) == FL_OK, "%s", err);
	ck_assert_int_eq(fl_kafka_add(k, a, dir), FL_OK);
	if (b)
		ck_assert_int_eq(fl_kafka_add(k, b, dir), FL_OK);
	return k;
}

static struct fl_kafka *sink_start(const char *at, struct fl_log *a, struct fl_log *b)
{
	struct fl_kafka *k = sink_new(at, a, b);

	ck_assert_int_eq(fl_kafka_start(k), FL_OK);
	return k;
}

static bool wait_shipped(struct fl_kafka *k, uint64_t n, int64_t ms)
{
	struct fl_kafka_status s;
	int64_t until = now_ms() + ms;

	for (fl_kafka_status(k, &s); s.shipped < n && now_ms() < until; fl_kafka_status(k, &s))
		wait_ms(20);
	return s.shipped >= n;
}

static uint64_t cursor_of(const char *name)
{
	char path[300], topic[300];
	uint64_t next = UINT64_MAX;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	snprintf(topic, sizeof topic, "fenceline.evidence.%s", name);
	ck_assert_msg(fl_cursor_read(path, topic, &next, err) == FL_OK, "%s", err);
	return next;
}

static void cursor_put(const char *name, const char *text)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s/" FL_CURSOR_FILE, dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* --- what is in Kafka -------------------------------------------------------------------------------------------- */

static void check_message(const rd_kafka_message_t *m, const char *log, uint64_t number)
{
	char want[512], key[64];
	int n = record(want, log, number);
	rd_kafka_headers_t *headers;
	const void *value;
	size_t size;

	ck_assert_uint_eq(m->len, (size_t)n);
	ck_assert_mem_eq(m->payload, want, (size_t)n);
	snprintf(key, sizeof key, "sensor-1/%s", log);
	ck_assert_uint_eq(m->key_len, strlen(key));
	ck_assert_mem_eq(m->key, key, m->key_len);
	ck_assert_int_eq(rd_kafka_message_headers(m, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
	ck_assert_int_eq(rd_kafka_header_get_last(headers, "content-type", &value, &size), RD_KAFKA_RESP_ERR_NO_ERROR);
	ck_assert_uint_eq(size, strlen("application/json"));
	ck_assert_mem_eq(value, "application/json", size);
}

/* consume - the log's topic holds records 0 to n - 1 in order, and no more. Gives how many were there twice: a repeat
 * goes back to an earlier record and on from there; a record that was skipped is a failure. */
static unsigned consume(const char *log, uint64_t n)
{
	char topic[300];
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *parts = rd_kafka_topic_partition_list_new(4);
	rd_kafka_t *rk;
	rd_kafka_message_t *m;
	uint64_t next = 0, top = 0, number;
	unsigned repeats = 0;
	int32_t partition = -1, i;
	int64_t until = now_ms() + 20000, quiet = 0;

	snprintf(topic, sizeof topic, "fenceline.evidence.%s", log);
	ck_assert_int_eq(rd_kafka_conf_set(c, "bootstrap.servers", brokers, err, sizeof err), RD_KAFKA_CONF_OK);
	ck_assert_int_eq(rd_kafka_conf_set(c, "group.id", "test", err, sizeof err), RD_KAFKA_CONF_OK);
	ck_assert_int_eq(rd_kafka_conf_set(c, "log_level", "0", err, sizeof err), RD_KAFKA_CONF_OK);
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, c, err, sizeof err);
	ck_assert_msg(rk != NULL, "%s", err);
	rd_kafka_poll_set_consumer(rk);
	for (i = 0; i < 4; i++) /* the mock makes topics with 4 partitions */
		rd_kafka_topic_partition_list_add(parts, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
	ck_assert_int_eq(rd_kafka_assign(rk, parts), RD_KAFKA_RESP_ERR_NO_ERROR);
	rd_kafka_topic_partition_list_destroy(parts);
	while (now_ms() < until && (top < n || now_ms() < quiet)) {
		m = rd_kafka_consumer_poll(rk, 50);
		if (!m)
			continue;
		if (!m->err) {
			ck_assert(partition == -1 || partition == m->partition);
			partition = m->partition;
			ck_assert_uint_gt(m->len, 0);
			ck_assert_int_eq(sscanf((const char *)m->payload, "{\"event\":{\"sequence\":%" SCNu64, &number), 1);
			ck_assert_msg(number <= next, "record %" PRIu64 " where %" PRIu64 " was due", number, next);
			repeats += number < top;
			next = number + 1;
			top = next > top ? next : top;
			check_message(m, log, number);
			quiet = now_ms() + 300;
		}
		rd_kafka_message_destroy(m);
	}
	ck_assert_uint_eq(top, n);
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	return repeats;
}

/* --- the cursor -------------------------------------------------------------------------------------------------- */

static const struct { const char *text; int rc; uint64_t next; } cursors[] = {
	{"{\"topic\":\"t.a\",\"next\":0}\n", FL_OK, 0},
	{"{\"topic\":\"t.a\",\"next\":18446744073709551615}\n", FL_OK, UINT64_MAX},
	{"{\"topic\":\"t.a\",\"next\":7}", FL_OK, 7},
	{"{\"topic\":\"t.a\",\"next\":18446744073709551616}\n", FL_EFORMAT, 0},
	{"{\"topic\":\"t.b\",\"next\":7}\n", FL_EFORMAT, 0},
	{"{\"topic\":\"t.a\",\"next\":}\n", FL_EFORMAT, 0},
	{"{\"topic\":\"t.a\",\"next\":-1}\n", FL_EFORMAT, 0},
	{"{\"topic\":\"t.a\",\"next\":7}\n{", FL_EFORMAT, 0},
	{"{\"topic\":\"t/a\",\"next\":7}\n", FL_EFORMAT, 0},
	{"{\"topic\":\"t.a", FL_EFORMAT, 0},
	{"", FL_EFORMAT, 0},
};

START_TEST(cursor_text)
{
	uint64_t next = 99;
	char path[300];

	snprintf(path, sizeof path, "mkdir '%s/x'", dir);
	ck_assert_int_eq(system(path), 0);
	cursor_put("x", cursors[_i].text);
	snprintf(path, sizeof path, "%s/x", dir);
	ck_assert_int_eq(fl_cursor_read(path, "t.a", &next, err), cursors[_i].rc);
	ck_assert_uint_eq(next, cursors[_i].rc ? 99 : cursors[_i].next);
	if (cursors[_i].rc)
		ck_assert_msg(strstr(err, "delete it") != NULL, "%s", err);
}
END_TEST

START_TEST(cursor_round_trip)
{
	char long_topic[FL_TOPIC_MAX + 2], missing[300];
	uint64_t next = 99;

	memset(long_topic, 'a', sizeof long_topic);
	long_topic[FL_TOPIC_MAX + 1] = '\0';
	ck_assert(!fl_topic_ok(long_topic));
	ck_assert(!fl_topic_ok("") && !fl_topic_ok("..") && !fl_topic_ok("a b") && !fl_topic_ok("a\"b"));
	long_topic[FL_TOPIC_MAX] = '\0';
	ck_assert(fl_topic_ok(long_topic));
	ck_assert_int_eq(fl_cursor_read(dir, long_topic, &next, err), FL_OK);
	ck_assert_uint_eq(next, 0);
	ck_assert_int_eq(fl_cursor_write(dir, long_topic, UINT64_MAX), FL_OK);
	ck_assert_int_eq(fl_cursor_write(dir, long_topic, UINT64_MAX - 1), FL_OK);
	ck_assert_int_eq(fl_cursor_read(dir, long_topic, &next, err), FL_OK);
	ck_assert_uint_eq(next, UINT64_MAX - 1);
	snprintf(missing, sizeof missing, "%s/none", dir);
	ck_assert_int_eq(fl_cursor_write(missing, "t", 1), FL_ENOTFOUND);
}
END_TEST

/* --- shipping ---------------------------------------------------------------------------------------------------- */

START_TEST(ten_thousand)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka_status st;
	struct fl_kafka *k;

	fill(l, 9000);
	rd_kafka_mock_push_request_errors(mock, PRODUCE, 7, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
					  RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
					  RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__TRANSPORT,
					  RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
	k = sink_start(brokers, l, NULL);
	fill(l, 1000);
	fl_kafka_wake(k);
	ck_assert_int_eq(fl_kafka_stop(k, 30000), FL_OK);
	fl_kafka_status(k, &st);
	ck_assert_uint_eq(st.shipped, 10000);
	ck_assert_uint_eq(st.behind, 0);
	ck_assert_uint_eq(st.failed, 0);
	ck_assert(st.connected);
	fl_kafka_free(k);
	ck_assert_uint_eq(cursor_of("scope-a"), 10000);
	ck_assert_uint_eq(consume("scope-a", 10000), 0);

	k = sink_start(brokers, l, NULL); /* goes on where it was, with nothing to repeat */
	fill(l, 10);
	fl_kafka_wake(k);
	ck_assert(wait_shipped(k, 10, 10000));
	ck_assert_int_eq(fl_kafka_stop(k, 10000), FL_OK);
	fl_kafka_free(k);
	ck_assert_uint_eq(cursor_of("scope-a"), 10010);
	ck_assert_uint_eq(consume("scope-a", 10010), 0);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

/* The cursor follows while it runs, not only at the end. */
START_TEST(cursor_follows)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka *k = sink_start(brokers, l, NULL);
	int64_t until = now_ms() + 5000;

	fill(l, 50);
	fl_kafka_wake(k);
	while (cursor_of("scope-a") != 50 && now_ms() < until)
		wait_ms(20);
	ck_assert_uint_eq(cursor_of("scope-a"), 50);
	ck_assert_int_eq(fl_kafka_stop(k, 1000), FL_OK);
	fl_kafka_free(k);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

START_TEST(no_broker)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka_status st;
	struct fl_kafka *k;
	int64_t began;

	fill(l, 100);
	k = sink_start("127.0.0.1:1", l, NULL);
	began = now_ms();
	ck_assert_int_eq(fl_kafka_stop(k, 3500), FL_ETIMEOUT);
	ck_assert_int_lt(now_ms() - began, 4500);
	fl_kafka_status(k, &st);
	ck_assert_uint_eq(st.behind, 100);
	ck_assert_uint_eq(st.shipped, 0);
	ck_assert(!st.connected);
	ck_assert_str_ne(st.last_error, "");
	began = now_ms();
	fl_kafka_free(k);
	ck_assert_int_lt(now_ms() - began, 2000);
	ck_assert_uint_eq(times_said("no broker reachable at 127.0.0.1:1"), 1);
	ck_assert_uint_eq(said.n, 1);
	ck_assert_uint_eq(cursor_of("scope-a"), 0);

	k = sink_start(brokers, l, NULL); /* another day */
	ck_assert_int_eq(fl_kafka_stop(k, 10000), FL_OK);
	fl_kafka_free(k);
	ck_assert_uint_eq(consume("scope-a", 100), 0);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

START_TEST(outage)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka *k;

	fill(l, 500);
	k = sink_start(brokers, l, NULL);
	ck_assert(wait_shipped(k, 500, 10000));
	ck_assert_int_eq(rd_kafka_mock_broker_set_down(mock, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
	fill(l, 500);
	fl_kafka_wake(k);
	ck_assert(wait_said("no broker reachable", 10000));
	ck_assert_int_eq(rd_kafka_mock_broker_set_up(mock, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
	ck_assert(wait_shipped(k, 1000, 15000));
	ck_assert_int_eq(fl_kafka_stop(k, 5000), FL_OK);
	fl_kafka_free(k);
	ck_assert_uint_eq(times_said("no broker reachable"), 1);
	ck_assert_uint_eq(times_said("answers again"), 1);
	ck_assert_uint_eq(consume("scope-a", 1000), 0);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

/* What the broker answers to one batch, and that it is told, stood back from, and then shipped, with no gap. */
static const struct { rd_kafka_resp_err_t answer; const char *line; } refusals[] = {
	{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "Message size too large"},
	{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "Topic authorization failed"},
	{RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "out of order"}, /* the idempotent producer is finished */
};

START_TEST(refused)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka_status st;
	struct fl_kafka *k;

	fill(l, 300);
	rd_kafka_mock_push_request_errors(mock, PRODUCE, 1, refusals[_i].answer);
	k = sink_start(brokers, l, NULL);
	ck_assert_msg(wait_said("record 0: ", 10000), "%s", refusals[_i].line);
	ck_assert_uint_eq(times_said("topic fenceline.evidence.scope-a: record 0: "), 1);
	ck_assert_msg(strcasestr(said.line[0], refusals[_i].line) != NULL, "%s", said.line[0]);
	fl_kafka_status(k, &st);
	ck_assert_uint_eq(st.failed, 1);
	ck_assert(wait_shipped(k, 300, 20000));
	ck_assert_int_eq(fl_kafka_stop(k, 5000), FL_OK);
	fl_kafka_free(k);
	ck_assert_uint_eq(cursor_of("scope-a"), 300);
	consume("scope-a", 300);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

/* A batch is refused while more records are queued behind it: none of those may be put into the topic before it. */
START_TEST(refused_with_more_behind)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka *k = sink_start(brokers, l, NULL);
	unsigned i;

	fill(l, 1);
	fl_kafka_wake(k);
	ck_assert(wait_shipped(k, 1, 10000)); /* so that what follows goes out at once */
	rd_kafka_mock_broker_push_request_error_rtts(mock, 1, PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 500);
	for (i = 0; i < 8; i++) {
		fill(l, 20);
		fl_kafka_wake(k);
		wait_ms(40);
	}
	ck_assert(wait_said("record 1: Broker: Message size too large", 10000));
	ck_assert(wait_shipped(k, 161, 20000));
	ck_assert_int_eq(fl_kafka_stop(k, 5000), FL_OK);
	fl_kafka_free(k);
	consume("scope-a", 161);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

/* One batch is acknowledged while the next is not taken: the cursor stands exactly between them. */
START_TEST(cursor_exact)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka *k = sink_start(brokers, l, NULL);

	fill(l, 1);
	fl_kafka_wake(k);
	ck_assert(wait_shipped(k, 1, 10000));
	rd_kafka_mock_broker_push_request_error_rtts(
		mock, 1, PRODUCE, 6, RD_KAFKA_RESP_ERR_NO_ERROR, 400, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 400,
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 400, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 400,
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 400, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 400);
	fill(l, 99);
	fl_kafka_wake(k);
	wait_ms(150);
	fill(l, 100);
	fl_kafka_wake(k);
	ck_assert(wait_shipped(k, 100, 5000));
	ck_assert_int_eq(fl_kafka_stop(k, 100), FL_ETIMEOUT);
	fl_kafka_free(k);
	ck_assert_uint_eq(cursor_of("scope-a"), 100);
	k = sink_start(brokers, l, NULL);
	ck_assert_int_eq(fl_kafka_stop(k, 10000), FL_OK);
	fl_kafka_free(k);
	consume("scope-a", 200);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

/* One log's topic is refused; the other's records go on. */
START_TEST(others_go_on)
{
	struct fl_log *a = log_open("scope-a"), *b = log_open("scope-b");
	struct fl_kafka *k;

	fill(a, 200);
	fill(b, 2000);
	ck_assert_int_eq(rd_kafka_mock_topic_create(mock, "fenceline.evidence.scope-a", 4, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
	rd_kafka_mock_topic_set_error(mock, "fenceline.evidence.scope-a", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	k = sink_start(brokers, a, b);
	ck_assert(wait_shipped(k, 2000, 10000));
	ck_assert_uint_eq(consume("scope-b", 2000), 0);
	ck_assert(wait_said("fenceline.evidence.scope-a: record 0: Broker: Topic authorization failed", 20000));
	rd_kafka_mock_topic_set_error(mock, "fenceline.evidence.scope-a", RD_KAFKA_RESP_ERR_NO_ERROR);
	ck_assert(wait_shipped(k, 2200, 20000));
	ck_assert_int_eq(fl_kafka_stop(k, 5000), FL_OK);
	fl_kafka_free(k);
	ck_assert_uint_eq(times_said("scope-b"), 0);
	ck_assert_uint_eq(consume("scope-a", 200), 0);
	ck_assert_int_eq(fl_log_close(a), FL_OK);
	ck_assert_int_eq(fl_log_close(b), FL_OK);
}
END_TEST

/* A cursor that cannot be: its log is not shipped, and the operator is told the cure; the other log is. */
START_TEST(bad_cursor)
{
	static const char *const bad[] = {
		"nonsense\n", "{\"topic\":\"fenceline.evidence.scope-a\",\"next\":101}\n",
		"{\"topic\":\"elsewhere.scope-a\",\"next\":1}\n",
	};
	struct fl_log *a = log_open("scope-a"), *b = log_open("scope-b");
	struct fl_kafka *k;

	fill(a, 100);
	fill(b, 100);
	cursor_put("scope-a", bad[_i]);
	k = sink_start(brokers, a, b);
	ck_assert_uint_eq(times_said("log scope-a is not shipped: "), 1);
	ck_assert_uint_eq(times_said("delete"), 1);
	ck_assert(wait_shipped(k, 100, 10000));
	ck_assert_int_eq(fl_kafka_stop(k, 5000), FL_EFORMAT);
	fl_kafka_free(k);
	ck_assert_uint_eq(consume("scope-b", 100), 0);
	ck_assert_int_eq(fl_log_close(a), FL_OK);
	ck_assert_int_eq(fl_log_close(b), FL_OK);
}
END_TEST

/* Stopped with a slow broker and the window full: it ends in time, and the next run leaves no gap. */
START_TEST(stop_in_flight)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka *k;
	int64_t began;
	uint64_t cursor;

	fill(l, 8000);
	k = sink_start(brokers, l, NULL);
	ck_assert(wait_shipped(k, 1, 10000));
	ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(mock, 1, 3000), RD_KAFKA_RESP_ERR_NO_ERROR);
	fill(l, 8000);
	fl_kafka_wake(k);
	began = now_ms();
	ck_assert_int_eq(fl_kafka_stop(k, 400), FL_ETIMEOUT);
	ck_assert_int_lt(now_ms() - began, 1000);
	cursor = cursor_of("scope-a");
	ck_assert_uint_lt(cursor, 16000);
	fl_kafka_free(k);
	ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(mock, 1, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
	k = sink_start(brokers, l, NULL);
	ck_assert_int_eq(fl_kafka_stop(k, 20000), FL_OK);
	fl_kafka_free(k);
	ck_assert_uint_eq(cursor_of("scope-a"), 16000);
	ck_assert_uint_le(consume("scope-a", 16000), 4096);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

START_TEST(made_and_unmade)
{
	struct fl_log *l = log_open("scope-a");
	struct fl_kafka_opts o = {.brokers = "", .say = say};
	struct fl_kafka *k = NULL;

	ck_assert_int_eq(fl_kafka_new(&k, &o, err), FL_EINVALID);
	ck_assert_ptr_null(k);
	o.brokers = brokers;
	o.topic_prefix = "not a topic/";
	ck_assert_int_eq(fl_kafka_new(&k, &o, err), FL_EINVALID);
	ck_assert_msg(strstr(err, "not a topic/") != NULL, "%s", err);
	fl_kafka_free(NULL);
	fl_kafka_free(sink_new(brokers, l, NULL)); /* never started */
	fl_kafka_free(sink_start(brokers, l, NULL)); /* never stopped */
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kafka");
	TCase *t = tcase_create("kafka");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 90);
	tcase_add_loop_test(t, cursor_text, 0, (int)FL_ARRAY_LEN(cursors));
	tcase_add_test(t, cursor_round_trip);
	tcase_add_test(t, ten_thousand);
	tcase_add_test(t, cursor_follows);
	tcase_add_test(t, no_broker);
	tcase_add_test(t, outage);
	tcase_add_loop_test(t, refused, 0, (int)FL_ARRAY_LEN(refusals));
	tcase_add_test(t, refused_with_more_behind);
	tcase_add_test(t, cursor_exact);
	tcase_add_test(t, others_go_on);
	tcase_add_loop_test(t, bad_cursor, 0, 3);
	tcase_add_test(t, stop_in_flight);
	tcase_add_test(t, made_and_unmade);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
