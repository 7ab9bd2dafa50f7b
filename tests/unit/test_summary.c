/* test_summary.c - findings made by hand into a summary, and what it says of them as text and as JSON.
 *
 * A small policy gives the zones; each finding is a flow or operation between two of its addresses with a verdict of the
 * test's choosing, as a summary counts and does not judge. */
#include "report/summary.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "run.h"
#include "zones/policy.h"

#define NS INT64_C(1000000000)

enum { ROWS_MAX = 4096, DAMAGE_MAX = 16, GAPS_MAX = 16 }; /* as in report/summary_data.h */

static const char text[] =
	"version: 1\norganization: x\nscopes: [{ id: s, standard: ISO/IEC 27001 }]\n"
	"plants: [{ id: p, scope: s }, { id: q }]\n"
	"zones:\n"
	"  - { id: cell, plant: p, members: [10.1.0.0/16] }\n"
	"  - { id: dmz, plant: p, members: [10.2.0.0/16] }\n"
	"  - { id: office, plant: q, members: [10.3.0.0/16] }\n";

static const char *const ifaces[] = {"a.pcap", "b.pcap", "c.pcap"};

static struct fl_vocab vocab;
static struct fl_policy *policy;

static void setup(void)
{
	struct fl_diags d;

	fl_diags_init(&d);
	ck_assert_int_eq(fl_vocab_init(&vocab), FL_OK);
	ck_assert_int_eq(fl_policy_parse(&policy, "t.yaml", text, strlen(text), &vocab, 0, &d), FL_OK);
	fl_diags_done(&d);
}

static void teardown(void)
{
	fl_policy_free(policy);
	policy = NULL;
	fl_vocab_done(&vocab);
}

static struct fl_summary *summary(unsigned n_ifaces, const char *filter)
{
	struct fl_summary_opts o = {.policy = policy, .vocab = &vocab, .iface_names = ifaces, .n_ifaces = n_ifaces,
				    .filter = filter};
	struct fl_summary *s = NULL;

	ck_assert_int_eq(fl_summary_new(&s, &o), FL_OK);
	return s;
}

static struct fl_finding flow(const char *from, const char *to, uint8_t verdict, int64_t first_s, int64_t last_s)
{
	struct fl_finding f = {.kind = FL_FINDING_FLOW_END, .count = 1, .ts_ns = last_s * NS};

	ck_assert(fl_addr_parse(from, &f.flow.end[0].addr, NULL) && fl_addr_parse(to, &f.flow.end[1].addr, NULL));
	f.flow.ip_proto = 6;
	f.flow.end[1].port = 502;
	f.flow.first_ns = f.fold_from_ns = first_s * NS;
	f.flow.last_ns = last_s * NS;
	fl_policy_place(policy, 0, &f.flow.end[0], &f.flow.end[1], &f.initiator, &f.responder);
	f.decision.verdict = verdict;
	f.decision.relation = f.initiator.zone && f.responder.zone && f.initiator.zone->scope == f.responder.zone->scope
				      ? FL_RELATION_INSIDE
				      : FL_RELATION_CROSSING;
	return f;
}

static struct fl_finding operation(const char *from, const char *to, uint8_t verdict, const char *function)
{
	struct fl_finding f = flow(from, to, verdict, 10, 10);

	f.kind = FL_FINDING_OPERATION;
	f.op.function_name = function;
	return f;
}

static void add(struct fl_summary *s, struct fl_finding f) { fl_summary_add(s, &f); }

static void add_coverage(struct fl_summary *s, uint16_t iface, uint64_t frames, int64_t from_s, int64_t to_s)
{
	struct fl_finding f = {.kind = FL_FINDING_COVERAGE,
			       .coverage = {.iface = iface, .frames = frames, .bytes = 100 * frames, .from_ns = from_s * NS,
					    .to_ns = to_s * NS}};

	f.coverage.outcome[FL_DECODE_TCP] = frames;
	fl_summary_add(s, &f);
}

static void add_gap(struct fl_summary *s, uint8_t reason, const char *detail)
{
	struct fl_finding f = {.kind = FL_FINDING_GAP, .ts_ns = 5 * NS,
			       .gap = {.reason = reason, .has_iface = true, .iface = 1, .records = 7, .duration_ns = -3}};

	snprintf(f.gap.detail, sizeof f.gap.detail, "%s", detail);
	fl_summary_add(s, &f);
}

/* What it prints; free it. */
static char *printed(const struct fl_summary *s, bool colour)
{
	char *buf = NULL;
	size_t n;
	FILE *f = open_memstream(&buf, &n);

	ck_assert_ptr_nonnull(f);
	fl_summary_print(s, f, colour);
	fclose(f);
	return buf;
}

static cJSON *as_json(const struct fl_summary *s)
{
	char *buf = NULL;
	size_t n;
	FILE *f = open_memstream(&buf, &n);
	cJSON *j;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fl_summary_json(s, f), FL_OK);
	fclose(f);
	ck_assert_uint_gt(n, 0);
	ck_assert_int_eq(buf[n - 1], '\n');
	ck_assert_ptr_eq(strchr(buf, '\n'), buf + n - 1);
	j = cJSON_ParseWithOpts(buf, NULL, true);
	ck_assert_msg(j != NULL, "no JSON: %s", buf);
	free(buf);
	return j;
}

/* A value by a path such as "coverage.gaps.0.reason", as text. */
static const char *get(cJSON *j, const char *path)
{
	static char out[512];
	char part[64];
	const char *end;

	for (; j && *path; path = *end ? end + 1 : end) {
		end = path + strcspn(path, ".");
		snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
		j = cJSON_IsArray(j) ? cJSON_GetArrayItem(j, (int)strtol(part, NULL, 10)) : cJSON_GetObjectItem(j, part);
	}
	if (!j)
		return "absent";
	if (cJSON_IsString(j))
		snprintf(out, sizeof out, "%s", j->valuestring);
	else if (cJSON_IsNumber(j))
		snprintf(out, sizeof out, "%.0f", j->valuedouble);
	else
		snprintf(out, sizeof out, "%d items", cJSON_GetArraySize(j));
	return out;
}

static void expect(const struct fl_summary *s, const char *const (*rows)[2], size_t n)
{
	cJSON *j = as_json(s);
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_msg(!strcmp(get(j, rows[i][0]), rows[i][1]), "%s is %s", rows[i][0], get(j, rows[i][0]));
	cJSON_Delete(j);
}
#define EXPECT(s, ...)                                                         \
	do {                                                                   \
		static const char *const rows[][2] = {__VA_ARGS__};            \
		expect(s, rows, FL_ARRAY_LEN(rows));                           \
	} while (0)

static void says(const struct fl_summary *s, const char *what, bool want)
{
	char *t = printed(s, false);

	ck_assert_msg((strstr(t, what) != NULL) == want, "%s \"%s\" in:\n%s", want ? "no" : "unexpected", what, t);
	free(t);
}

static const char clean[] = "nothing was dropped, cut or left undecoded";

START_TEST(counts_are_exact)
{
	struct fl_summary *s = summary(1, NULL);
	struct fl_finding f;

	add_coverage(s, 0, 3, 1, 9);
	add(s, flow("10.1.0.1", "10.1.0.2", FL_VERDICT_WITHIN_ZONE, 1, 2));
	add(s, flow("10.1.0.1", "10.2.0.2", FL_VERDICT_CONFORMING, 1, 2));
	add(s, flow("10.1.0.3", "10.2.0.2", FL_VERDICT_CONFORMING, 1, 2));
	add(s, flow("10.3.0.1", "10.1.0.2", FL_VERDICT_NO_CONDUIT, 1, 2));
	add(s, operation("10.1.0.1", "10.2.0.2", FL_VERDICT_OPERATION, "write_single_coil"));
	f = operation("10.3.0.1", "10.1.0.2", FL_VERDICT_NO_CONDUIT, "read_coils");
	f.of_flow = true; /* its flow's violation covers it */
	add(s, f);
	f = flow("10.1.0.1", "10.1.0.2", FL_VERDICT_WITHIN_ZONE, 1, 2);
	f.kind = FL_FINDING_FLOW_DECIDED; /* counted when it ends */
	add(s, f);
	f.kind = FL_FINDING_FLOW_UPDATE;
	add(s, f);
	ck_assert_uint_eq(fl_summary_violations(s), 2);
	EXPECT(s, {"flows", "4"}, {"operations", "2"}, {"violations", "2"}, {"matrix", "3 items"},
	       {"matrix.0.from.zone", "cell"}, {"matrix.0.to.zone", "cell"}, {"matrix.0.flows.within_zone", "1"},
	       {"matrix.1.to.zone", "dmz"}, {"matrix.1.flows.conforming", "2"}, {"matrix.1.operations.operation", "1"},
	       {"matrix.2.from.zone", "office"}, {"matrix.2.scope_relation", "crossing"}, {"matrix.2.flows.no_conduit", "1"},
	       {"matrix.2.operations.no_conduit", "1"}, {"crossings", "2 items"}, {"others", "1 items"},
	       {"others.0.function", "write_single_coil"}, {"others.0.port", "502"}, {"others.0.transport", "tcp"},
	       {"rows_left_out", "0"}, {"cells_left_out", "0"}, {"coverage.damage_left_out", "0"},
	       {"coverage.gaps_left_out", "0"}, {"coverage.filter", "absent"});
	says(s, "4 flows, 2 industrial operations, 2 violations", true);
	says(s, clean, true);
	fl_summary_free(s);
}
END_TEST

START_TEST(alike_rows_are_one)
{
	struct fl_summary *s = summary(1, NULL);
	struct fl_finding f;

	add(s, flow("10.1.0.1", "10.2.0.2", FL_VERDICT_NO_CONDUIT, 50, 60));
	add(s, flow("10.1.0.1", "10.2.0.2", FL_VERDICT_NO_CONDUIT, 20, 90)); /* begun before, ended after */
	add(s, flow("10.1.0.1", "10.2.0.2", FL_VERDICT_NO_CONDUIT, 30, 40));
	EXPECT(s, {"others", "1 items"}, {"others.0.count", "3"}, {"others.0.first", "1970-01-01T00:00:20.000000000Z"},
	       {"others.0.last", "1970-01-01T00:01:30.000000000Z"}, {"others.0.port", "502"});
	f = flow("10.1.0.1", "10.2.0.2", FL_VERDICT_NO_CONDUIT, 30, 40);
	f.flow.end[1].port = 503; /* another port: still one row, of no port */
	add(s, f);
	f.decision.verdict = FL_VERDICT_INITIATOR; /* another verdict: another row */
	add(s, f);
	EXPECT(s, {"others", "2 items"}, {"others.0.count", "4"}, {"others.0.port", "absent"}, {"others.1.count", "1"});
	says(s, "x4", true);
	fl_summary_free(s);
}
END_TEST

/* Violations first, then exceptions, then what conforms; each by the time it was first seen, whatever came in first. */
START_TEST(rows_are_in_order)
{
	struct fl_summary *s = summary(1, NULL);

	add(s, flow("10.3.0.1", "10.1.0.1", FL_VERDICT_CONFORMING, 1, 2));
	add(s, flow("10.3.0.2", "10.1.0.1", FL_VERDICT_EXCEPTED, 5, 6));
	add(s, flow("10.3.0.3", "10.1.0.1", FL_VERDICT_NO_CONDUIT, 9, 10));
	add(s, flow("10.3.0.4", "10.1.0.1", FL_VERDICT_PROTOCOL, 7, 8));
	add(s, flow("10.3.0.3", "10.1.0.1", FL_VERDICT_NO_CONDUIT, 6, 7)); /* brings its row before the other */
	add(s, flow("10.1.0.1", "10.2.0.1", FL_VERDICT_EXCEPTED, 0, 1));
	add(s, flow("10.1.0.1", "10.2.0.1", FL_VERDICT_CONFORMING, 0, 1)); /* no crossing, nothing wrong: in the matrix only */
	EXPECT(s, {"crossings", "4 items"}, {"crossings.0.from_address", "10.3.0.3"}, {"crossings.1.from_address", "10.3.0.4"},
	       {"crossings.2.from_address", "10.3.0.2"}, {"crossings.3.from_address", "10.3.0.1"}, {"others", "1 items"});
	fl_summary_free(s);
}
END_TEST

START_TEST(what_is_left_out_is_said)
{
	struct fl_summary *s = summary(1, NULL);
	struct fl_finding f = flow("10.3.0.1", "10.1.0.1", FL_VERDICT_NO_CONDUIT, 1, 2);
	struct fl_zone *zones = calloc(65, sizeof *zones);
	unsigned i;

	ck_assert_ptr_nonnull(zones);
	add_coverage(s, 0, 1, 1, 2);
	for (i = 0; i < ROWS_MAX + 10; i++) {
		f.flow.end[0].addr.b[2] = (uint8_t)(i >> 8);
		f.flow.end[0].addr.b[3] = (uint8_t)i;
		add(s, f);
	}
	for (i = 0; i < DAMAGE_MAX + 3; i++)
		fl_summary_damage(s, "a.pcap: torn");
	for (i = 0; i < GAPS_MAX + 5; i++)
		add_gap(s, i ? FL_GAP_CLOCK_STEP : FL_GAP_RESTART, "");
	EXPECT(s, {"violations", "4106"}, {"crossings", "4096 items"}, {"rows_left_out", "10"},
	       {"coverage.damaged", "16 items"}, {"coverage.damage_left_out", "3"}, {"coverage.gaps", "16 items"},
	       {"coverage.gaps_left_out", "5"}, {"coverage.gap_counts.clock_step", "20"}, {"coverage.gap_counts.restart", "1"});
	says(s, "... and 10 more of other kinds", true);
	says(s, "damaged  ... and 3 more", true);
	says(s, "gap      ... and 5 more", true);
	fl_summary_free(s);

	s = summary(1, NULL); /* more pairs of zones than rows of the matrix */
	f = flow("10.3.0.1", "10.1.0.1", FL_VERDICT_CONFORMING, 1, 2);
	f.decision.relation = FL_RELATION_INSIDE;
	for (i = 0; i < 65; i++)
		zones[i] = *f.responder.zone;
	for (i = 0; i < 65 * 64; i++) {
		f.initiator.zone = &zones[i / 64];
		f.responder.zone = &zones[i % 64];
		add(s, f);
		add(s, f);
	}
	EXPECT(s, {"matrix", "4096 items"}, {"cells_left_out", "128"}, {"matrix.0.flows.conforming", "2"},
	       {"matrix.4095.flows.conforming", "2"}, {"flows", "8320"});
	says(s, "... and 128 flows and operations between further pairs of zones", true);
	fl_summary_free(s);
	free(zones);
}
END_TEST

START_TEST(the_period_is_of_what_was_seen)
{
	struct fl_summary *s = summary(3, NULL);

	says(s, "no packets", true);
	says(s, clean, false); /* nobody looked at anything */
	EXPECT(s, {"coverage.from", "absent"}, {"coverage.interfaces", "3 items"}, {"coverage.interfaces.0.from", "absent"});
	add_coverage(s, 1, 5, 100, 200);
	add_coverage(s, 0, 0, 0, 0);    /* not a frame in all of the run */
	add_coverage(s, 2, 0, 10, 900); /* live: watched, and silent */
	add_coverage(s, 1, 2, 50, 60);
	EXPECT(s, {"coverage.from", "1970-01-01T00:00:50.000000000Z"}, {"coverage.to", "1970-01-01T00:03:20.000000000Z"},
	       {"coverage.frames", "7"}, {"coverage.bytes", "700"}, {"coverage.outcomes.tcp", "7"},
	       {"coverage.interfaces.0.name", "a.pcap"}, {"coverage.interfaces.0.from", "absent"},
	       {"coverage.interfaces.0.frames", "0"}, {"coverage.interfaces.1.frames", "7"},
	       {"coverage.interfaces.1.from", "1970-01-01T00:00:50.000000000Z"},
	       {"coverage.interfaces.2.to", "1970-01-01T00:15:00.000000000Z"});
	says(s, "7 packets, 700 bytes, 1970-01-01T00:00:50Z to 1970-01-01T00:03:20Z (2 min 30 s)", true);
	says(s, "on       a.pcap: 0 frames\n", true);
	says(s, "on       b.pcap: 7 frames, 1970-01-01T00:00:50Z to 1970-01-01T00:03:20Z\n", true);
	says(s, clean, true);
	fl_summary_free(s);

	s = summary(1, NULL);
	add_coverage(s, 0, 1, 0, 0); /* a clock that was never set is a time as well */
	EXPECT(s, {"coverage.from", "1970-01-01T00:00:00.000000000Z"}, {"coverage.to", "1970-01-01T00:00:00.000000000Z"});
	says(s, "on       ", false); /* the only one needs no line */
	fl_summary_free(s);
}
END_TEST

/* Whatever kept anything from being looked at takes the sentence away that nothing did. */
START_TEST(clean_is_said_only_then)
{
	struct fl_finding f = {.kind = FL_FINDING_COVERAGE, .coverage = {.frames = 1, .from_ns = NS, .to_ns = NS}};
	struct fl_summary *s = summary(2, _i == 1 ? "tcp port 502 and \"x\"" : NULL);

	f.coverage.outcome[_i == 2 ? FL_DECODE_BAD_IP : FL_DECODE_TCP] = 1;
	f.coverage.kernel_dropped = _i == 3;
	if (_i != 4)
		fl_summary_add(s, &f);
	if (_i == 5)
		add_gap(s, FL_GAP_CAPTURE_STOPPED, "eth0: the network is down");
	if (_i == 6) {
		fl_summary_damage(s, "a.pcap: after frame 1, torn");
		add_gap(s, FL_GAP_CAPTURE_DAMAGED, "after frame 1, torn");
	}
	says(s, clean, _i == 0);
	says(s, "only frames that pass the filter \"tcp port 502 and \"x\"\" were looked at", _i == 1);
	says(s, "not seen 1 frames", _i == 2);
	says(s, "note     1 frames dropped by the kernel", _i == 3);
	says(s, "gap      capture_stopped at 1970-01-01T00:00:05Z on b.pcap: eth0: the network is down\n", _i == 5);
	says(s, "damaged  a.pcap: after frame 1, torn\n", _i == 6);
	says(s, "gap      capture_damaged", false); /* told once */
	if (_i == 1)
		EXPECT(s, {"coverage.filter", "tcp port 502 and \"x\""});
	if (_i == 5)
		EXPECT(s, {"coverage.gaps.0.reason", "capture_stopped"}, {"coverage.gaps.0.interface", "b.pcap"},
		       {"coverage.gaps.0.records", "7"}, {"coverage.gaps.0.bytes", "absent"}, {"coverage.gaps.0.duration_ns", "-3"},
		       {"coverage.gaps.0.detail", "eth0: the network is down"}, {"coverage.gap_counts.capture_stopped", "1"},
		       {"coverage.gaps.0.time", "1970-01-01T00:00:05.000000000Z"});
	fl_summary_free(s);
}
END_TEST

START_TEST(colour_is_only_for_terminals)
{
	struct fl_summary *s = summary(2, "arp");
	char *plain, *colour, *in, *out;

	add_coverage(s, 0, 2, 1, 9);
	add_gap(s, FL_GAP_RESTART, "x");
	fl_summary_damage(s, "a.pcap: torn");
	add(s, flow("10.3.0.1", "10.1.0.1", FL_VERDICT_NO_CONDUIT, 1, 2));
	add(s, flow("10.1.0.1", "10.2.0.1", FL_VERDICT_EXCEPTED, 1, 2));
	plain = printed(s, false);
	colour = printed(s, true);
	ck_assert_ptr_null(strchr(plain, '\033'));
	ck_assert_ptr_nonnull(strchr(colour, '\033'));
	for (in = out = colour; *in; in++) { /* without its codes it is the same text */
		if (*in == '\033')
			in = strchr(in, 'm');
		else
			*out++ = *in;
	}
	*out = '\0';
	ck_assert_str_eq(colour, plain);
	free(plain);
	free(colour);
	fl_summary_free(s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("summary");
	TCase *tc = tcase_create("summary");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_are_exact);
	tcase_add_test(tc, alike_rows_are_one);
	tcase_add_test(tc, rows_are_in_order);
	tcase_add_test(tc, what_is_left_out_is_said);
	tcase_add_test(tc, the_period_is_of_what_was_seen);
	tcase_add_loop_test(tc, clean_is_said_only_then, 0, 7);
	tcase_add_test(tc, colour_is_only_for_terminals);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
