/* test_writer.c - a disk that refuses: offline the writer waits, live it counts and says what is missing; nothing is lost
 * silently. The disk is a real one whose room is set by RLIMIT_FSIZE, which can be raised again. */
#include "monitor/writer.h"

#include <cjson/cJSON.h>
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "evidence/log.h"
#include "fenceline/err.h"
#include "monitor/ring.h"
#include "report/summary.h"
#include "zones/policy.h"
#include "run.h"

#define S INT64_C(1000000000)
#define T0 (INT64_C(1780000000) * S)

static const char policy_text[] =
	"version: 1\n"
	"organization: Example\n"
	"plants:\n"
	"  - { id: p, name: P }\n"
	"zones:\n"
	"  - { id: a, plant: p, members: [10.1.0.0/16] }\n"
	"  - { id: b, plant: p, members: [10.2.0.0/16] }\n";

static char dir[] = "/tmp/fl-writer-XXXXXX";
static struct fl_vocab vocab;
static struct fl_policy *policy;
static struct fl_summary *summary;
static struct fl_ring *ring;
static struct fl_bell *bell;
static struct fl_writer *writer;
static pthread_t thread;
static atomic_bool done;
static int result;
static char said[16384];

static void set_room(rlim_t bytes)
{
	struct rlimit l;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = bytes < l.rlim_max ? bytes : l.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void hear(void *user, const char *line)
{
	size_t n = strlen(said);

	(void)user;
	snprintf(said + n, sizeof said - n, "%s\n", line);
}

static void setup(void)
{
	struct fl_summary_opts so = {.vocab = &vocab};
	struct fl_diags diags;

	signal(SIGXFSZ, SIG_IGN);
	memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(fl_vocab_init(&vocab), FL_OK);
	fl_diags_init(&diags);
	if (fl_policy_parse(&policy, "p.yaml", policy_text, sizeof policy_text - 1, &vocab, 0, &diags)) {
		fl_diags_print(&diags, stderr);
		ck_abort_msg("the policy does not load");
	}
	fl_diags_done(&diags);
	so.policy = policy;
	ck_assert_int_eq(fl_summary_new(&summary, &so), FL_OK);
	ring = fl_ring_new(4u << 20);
	bell = fl_bell_new();
	ck_assert(ring && bell);
	fl_ring_set_bell(ring, bell);
	said[0] = '\0';
	atomic_store(&done, false);
}

static void teardown(void)
{
	char command[64];

	set_room(RLIM_INFINITY);
	fl_writer_free(writer);
	writer = NULL;
	fl_ring_free(ring);
	fl_bell_free(bell);
	fl_summary_free(summary);
	fl_policy_free(policy);
	fl_vocab_done(&vocab);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void *run(void *arg)
{
	(void)arg;
	result = fl_writer_run(writer);
	atomic_store(&done, true);
	return NULL;
}

static void start(bool live)
{
	struct fl_writer_opts o = {.env = {.sensor = "s", .policy = policy, .vocab = &vocab}, .dir = dir, .rings = &ring, .n_rings = 1,
				   .bell = bell, .summary = summary, .live = live, .start_ns = live ? T0 : 0, .say = hear};
	char err[512];

	ck_assert_msg(!fl_writer_new(&writer, &o, err), "%s", err);
	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

static void finish(void)
{
	fl_ring_end(ring);
	pthread_join(thread, NULL);
}

static struct fl_finding *reserve(enum fl_finding_kind kind, size_t n, unsigned i)
{
	struct fl_finding *f;

	while (!(f = fl_ring_reserve(ring, n)))
		fl_ring_wait_room(ring);
	memset(f, 0, n);
	f->size = (uint32_t)n;
	f->kind = (uint8_t)kind;
	f->count = 1;
	f->ts_ns = f->fold_from_ns = f->fold_to_ns = T0 + i * (S / 1000);
	return f;
}

/* The i-th operation on record, unfolded and about 6 KiB long. */
static void push(unsigned i)
{
	struct fl_operation op = {.function_name = "write_multiple_registers", .classes = FL_OP_ALL, .request_ns = T0,
				  .objects = FL_OP_OBJECTS_MAX};
	struct fl_finding *f = reserve(FL_FINDING_OPERATION, offsetof(struct fl_finding, op) + FL_OPERATION_SIZE(&op), i);
	unsigned k;

	for (k = 0; k < FL_OP_OBJECTS_MAX; k++)
		op.object[k] = (struct fl_object){FL_OBJECT_CIP_OBJECT, FL_OP_ALL, 1, k, 3};
	op.request_frame = i + 1;
	memcpy(&f->op, &op, FL_OPERATION_SIZE(&op));
	f->flow.ip_proto = 6;
	f->flow.end[0].addr = fl_addr_from(FL_ADDR_IPV4, (const uint8_t[]){10, 1, 0, 1});
	f->flow.end[1].addr = fl_addr_from(FL_ADDR_IPV4, (const uint8_t[]){10, 2, 0, 1});
	f->flow.label.master = f->flow.label.app = FL_PROTOCOL_UNKNOWN;
	f->initiator.zone = fl_policy_zone(policy, 0);
	f->responder.zone = fl_policy_zone(policy, 1);
	f->decision = (struct fl_decision){.verdict = FL_VERDICT_CONFORMING, .log_all = true};
	fl_ring_push(ring);
}

/* A log holds about 11000 of them in its 64 MiB of memory. */
enum { MANY = 16000 };

struct tally { unsigned operations, gaps; uint64_t missing, duration; bool in_order; };

/* The log as it is on disk. Operations that stand in it follow each other but where a gap says how many are missing. */
static struct tally read_log(void)
{
	struct tally t = {.in_order = true};
	struct fl_log_reader *r;
	const cJSON *gap, *op, *fl;
	const char *text, *action;
	uint64_t number, next_frame = 1;
	char path[64];
	cJSON *root;
	size_t n;
	int got;

	snprintf(path, sizeof path, "%s/unscoped", dir);
	ck_assert_int_eq(fl_log_reader_open(&r, NULL, path, 0), FL_OK);
	while ((got = fl_log_reader_next(r, &text, &n, &number)) == 1) {
		root = cJSON_ParseWithLength(text, n);
		fl = cJSON_GetObjectItem(root, "fenceline");
		action = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "event"), "action")->valuestring;
		gap = cJSON_GetObjectItem(fl, "gap");
		op = cJSON_GetObjectItem(fl, "operation");
		if (!strcmp(action, "sensor.gap")) {
			ck_assert_str_eq(cJSON_GetObjectItem(gap, "reason")->valuestring, "log_not_written");
			t.gaps++;
			t.missing += (uint64_t)cJSON_GetObjectItem(gap, "records")->valuedouble;
			t.duration += (uint64_t)cJSON_GetObjectItem(gap, "duration")->valuedouble;
			next_frame += (uint64_t)cJSON_GetObjectItem(gap, "records")->valuedouble;
		} else if (op) {
			t.operations++;
			t.in_order = t.in_order && (uint64_t)cJSON_GetObjectItem(op, "request_frame")->valuedouble == next_frame;
			next_frame++;
		}
		cJSON_Delete(root);
	}
	ck_assert_int_eq(got, 0);
	fl_log_reader_close(r);
	return t;
}

static void *push_many(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < MANY; i++)
		push(i);
	return NULL;
}

START_TEST(offline_it_waits_for_room)
{
	struct tally t;
	pthread_t producer;
	uint64_t before;
	unsigned i;

	start(false);
	set_room(1u << 20);
	pthread_create(&producer, NULL, push_many, NULL);
	for (i = 0; i < 600 && !fl_writer_records(writer); i++)
		usleep(50000);
	do { /* until it stands still */
		before = fl_writer_records(writer);
		usleep(700000);
	} while (fl_writer_records(writer) != before);
	ck_assert_uint_lt(before, MANY); /* it has not gone on without keeping */
	ck_assert_uint_gt(before, MANY / 2);
	ck_assert(!atomic_load(&done));
	set_room(RLIM_INFINITY);
	pthread_join(producer, NULL);
	finish();
	ck_assert_msg(result == FL_OK, "%s", said);
	ck_assert_ptr_nonnull(strstr(said, "waiting until the disk takes it"));
	t = read_log();
	ck_assert_uint_eq(t.operations, MANY);
	ck_assert_uint_eq(t.gaps, 0);
	ck_assert(t.in_order);
}
END_TEST

START_TEST(stopped_it_waits_no_longer_and_says_so)
{
	pthread_t producer;

	start(false);
	set_room(1u << 20);
	pthread_create(&producer, NULL, push_many, NULL);
	while (fl_writer_records(writer) < 1000)
		usleep(10000);
	fl_writer_stop(writer);
	pthread_join(producer, NULL);
	finish();
	ck_assert_int_ne(result, FL_OK);
	ck_assert_ptr_nonnull(strstr(said, "evidence is incomplete: "));
	ck_assert_ptr_null(strstr(said, "evidence is incomplete: 0 records were lost"));
}
END_TEST

START_TEST(live_it_goes_on_and_puts_the_loss_on_record)
{
	struct tally t;
	unsigned i;
	char line[64];

	start(true);
	set_room(1u << 20);
	push_many(NULL);
	while (fl_ring_peek(ring)) /* all taken: what found no room was not waited for */
		usleep(10000);
	ck_assert_uint_lt(fl_writer_records(writer), MANY);
	set_room(RLIM_INFINITY);
	for (i = 0; i < 100 && !strstr(said, "which is on record"); i++)
		usleep(100000);
	for (i = 0; i < 10; i++)
		push(MANY + i);
	finish();
	ck_assert_int_ne(result, FL_OK); /* on record, but not well */
	t = read_log();
	ck_assert_uint_eq(t.gaps, 1);
	ck_assert_uint_gt(t.missing, 0);
	ck_assert_ptr_null(strstr(said, fl_strerror(FL_ELIMIT))); /* the disk's reason, not its consequence */
	ck_assert_uint_eq(t.operations + t.missing, MANY + 10);
	ck_assert(t.in_order); /* the gap stands where its records would */
	ck_assert_uint_eq(t.duration, (t.missing - 1) * (uint64_t)(S / 1000));
	snprintf(line, sizeof line, "incomplete: %llu records were lost, 0 are", (unsigned long long)t.missing);
	ck_assert_msg(strstr(said, line) != NULL, "%s", said);
}
END_TEST

START_TEST(what_is_unwritten_at_the_end_is_an_error)
{
	unsigned i;

	start(_i);
	while (_i && !fl_writer_records(writer))
		usleep(10000);
	set_room(0);
	for (i = 0; i < 5; i++)
		push(i);
	finish();
	ck_assert_int_ne(result, FL_OK);
	ck_assert_ptr_nonnull(strstr(said, "evidence is incomplete: 0 records were lost, "));
}
END_TEST

/* How many records of the log have this in them. */
static unsigned count_records(const char *part)
{
	struct fl_log_reader *r;
	const char *text;
	char path[64];
	uint64_t number;
	unsigned found = 0;
	size_t n;

	snprintf(path, sizeof path, "%s/unscoped", dir);
	ck_assert_int_eq(fl_log_reader_open(&r, NULL, path, 0), FL_OK);
	while (fl_log_reader_next(r, &text, &n, &number) == 1)
		found += memmem(text, n, part, strlen(part)) != NULL;
	fl_log_reader_close(r);
	return found;
}

static void push_decided(bool changed, bool withdrawn, unsigned verdict, unsigned i, int64_t ts_ns)
{
	struct fl_finding *f = reserve(FL_FINDING_FLOW_DECIDED, offsetof(struct fl_finding, op), i);

	f->ts_ns = f->fold_from_ns = f->fold_to_ns = ts_ns;
	f->changed = changed;
	f->withdrawn = withdrawn;
	f->flow.ip_proto = 6;
	f->flow.end[0].addr = fl_addr_from(FL_ADDR_IPV4, (const uint8_t[]){10, 1, 0, 1});
	f->flow.end[1].addr = fl_addr_from(FL_ADDR_IPV4, (const uint8_t[]){10, 1, 0, 2});
	f->initiator.zone = f->responder.zone = fl_policy_zone(policy, 0);
	f->decision.verdict = (uint8_t)verdict;
	fl_ring_push(ring);
}

START_TEST(an_alert_taken_back_is_on_record)
{
	start(false);
	push_decided(false, false, FL_VERDICT_WITHIN_ZONE, 0, T0);
	push_decided(true, true, FL_VERDICT_WITHIN_ZONE, 1, T0 + 1);
	finish();
	ck_assert_int_eq(result, FL_OK);
	ck_assert_uint_eq(count_records("\"boundary.flow\""), 1);
	ck_assert_uint_eq(count_records("the earlier alert no longer holds"), 1);
}
END_TEST

START_TEST(gaps_and_coverage_are_told_at_once_and_have_a_time)
{
	struct fl_finding *f;

	start(true);
	f = reserve(FL_FINDING_GAP, offsetof(struct fl_finding, gap) + sizeof f->gap, 0);
	f->gap = (struct fl_gap){.reason = FL_GAP_CAPTURE_STOPPED, .detail = "it is down"};
	fl_ring_push(ring);
	f = reserve(FL_FINDING_COVERAGE, offsetof(struct fl_finding, coverage) + sizeof f->coverage, 0);
	f->ts_ns = 0; /* no frame told it: the clock at the start did */
	fl_ring_push(ring);
	finish();
	ck_assert_int_eq(result, FL_OK);
	ck_assert_uint_eq(count_records("capturing stopped: it is down"), 1);
	ck_assert_uint_eq(count_records("\"sensor.coverage\""), 1);
	ck_assert_uint_eq(count_records("\"@timestamp\":\"1970"), 0);
}
END_TEST

/* Live, the counts of an interval are told when it is over, also if nothing more comes. */
START_TEST(a_quiet_wire_does_not_hold_counts_back)
{
	int64_t long_ago = fl_clock_ns() - 120 * S;
	unsigned i;

	start(_i);
	for (i = 0; i < 5; i++)
		push_decided(false, false, FL_VERDICT_CONFORMING, i, long_ago + i);
	for (i = 0; i < 30 && fl_writer_records(writer) < 3; i++)
		usleep(50000);
	ck_assert_uint_eq(fl_writer_records(writer), _i ? 3 : 2); /* policy.loaded, the first, the other four */
	finish();
	ck_assert_int_eq(result, FL_OK);
	ck_assert_uint_eq(count_records("\"count\":4"), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("writer");
	TCase *t = tcase_create("writer");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, offline_it_waits_for_room);
	tcase_add_test(t, stopped_it_waits_no_longer_and_says_so);
	tcase_add_test(t, live_it_goes_on_and_puts_the_loss_on_record);
	tcase_add_loop_test(t, what_is_unwritten_at_the_end_is_an_error, 0, 2);
	tcase_add_test(t, an_alert_taken_back_is_on_record);
	tcase_add_test(t, gaps_and_coverage_are_told_at_once_and_have_a_time);
	tcase_add_loop_test(t, a_quiet_wire_does_not_hold_counts_back, 0, 2);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
