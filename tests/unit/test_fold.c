/* test_fold.c - the first is told at once, repeats as exact counts, nothing twice and nothing lost; hosts are told once. */
#include "monitor/fold.h"

#include <check.h>
#include <string.h>

#include "monitor/hosts.h"
#include "run.h"

#define SECOND INT64_C(1000000000)

struct told { unsigned records; uint64_t count, packets; struct fl_finding last; };

static void hear(void *user, enum fl_event_kind kind, const struct fl_finding *f)
{
	struct told *t = user;

	(void)kind;
	t->records++;
	t->count += f->count;
	t->packets += f->fold_packets;
	memcpy(&t->last, f, f->size);
}

static struct fl_finding flow_finding(uint8_t last_byte, uint16_t client_port, uint16_t server_port, int64_t ts_ns)
{
	struct fl_finding f = {.size = offsetof(struct fl_finding, op), .kind = FL_FINDING_FLOW_END, .count = 1,
			       .ts_ns = ts_ns, .fold_from_ns = ts_ns, .fold_to_ns = ts_ns, .fold_packets = 3};
	const uint8_t a[4] = {10, 0, 0, last_byte}, b[4] = {10, 0, 1, 1};

	f.flow.end[0] = (struct fl_flow_end){.addr = fl_addr_from(FL_ADDR_IPV4, a), .port = client_port, .packets = 2};
	f.flow.end[1] = (struct fl_flow_end){.addr = fl_addr_from(FL_ADDR_IPV4, b), .port = server_port, .packets = 1};
	f.flow.ip_proto = 6;
	return f;
}

START_TEST(first_now_rest_counted)
{
	struct fl_fold *fold;
	struct told told = {0};
	struct fl_finding f;
	unsigned i;

	ck_assert_int_eq(fl_fold_new(&fold, 60 * SECOND, 100, hear, &told), 0);
	for (i = 0; i < 500; i++) {
		f = flow_finding(1, (uint16_t)(40000 + i), 502, i * SECOND / 10);
		fl_fold_advance(fold, f.ts_ns);
		ck_assert_int_eq(fl_fold_add(fold, FL_EVENT_BOUNDARY_FLOW, &f), 0);
		ck_assert_uint_eq(told.records, 1);
	}
	fl_fold_advance(fold, 60 * SECOND - 1);
	ck_assert_uint_eq(told.records, 1);
	fl_fold_advance(fold, 60 * SECOND);
	ck_assert_uint_eq(told.records, 2);
	ck_assert_uint_eq(told.count, 500);
	ck_assert_uint_eq(told.packets, 1500);
	ck_assert_uint_eq(told.last.count, 499);
	ck_assert(told.last.fold_from_ns == SECOND / 10);
	ck_assert(told.last.fold_to_ns == 499 * SECOND / 10);
	ck_assert_uint_eq(told.last.flow.end[0].port, 0); /* they differed */
	ck_assert_uint_eq(told.last.flow.end[1].port, 502);
	ck_assert_uint_eq(told.last.flow.end[0].packets, 2 * 499);
	f = flow_finding(1, 50000, 502, 61 * SECOND); /* a new interval tells at once again */
	ck_assert_int_eq(fl_fold_add(fold, FL_EVENT_BOUNDARY_FLOW, &f), 0);
	ck_assert_uint_eq(told.records, 3);
	fl_fold_flush(fold);
	ck_assert_uint_eq(told.records, 3); /* no repeats, no record */
	fl_fold_free(fold);
}
END_TEST

START_TEST(what_differs_is_told_apart)
{
	struct fl_fold *fold;
	struct told told = {0};
	struct fl_finding f[5];
	unsigned i, round;

	ck_assert_int_eq(fl_fold_new(&fold, 60 * SECOND, 100, hear, &told), 0);
	for (i = 0; i < 5; i++)
		f[i] = flow_finding(1, 40000, 502, 0);
	f[1] = flow_finding(2, 40000, 502, 0);
	f[2].decision.verdict = FL_VERDICT_NO_CONDUIT;
	f[3].flow.label.app = 77;
	f[4].decision.clause.at.line = 9;
	for (round = 0; round < 3; round++)
		for (i = 0; i < 5; i++)
			ck_assert_int_eq(fl_fold_add(fold, FL_EVENT_BOUNDARY_FLOW, &f[i]), 0);
	ck_assert_int_eq(fl_fold_add(fold, FL_EVENT_BOUNDARY_VIOLATION, &f[0]), 0);
	ck_assert_uint_eq(told.records, 6);
	fl_fold_flush(fold);
	ck_assert_uint_eq(told.records, 11);
	ck_assert_uint_eq(told.count, 16);
	fl_fold_free(fold);
}
END_TEST

/* Each of these is shown in the record, so what differs in one may not be joined. */
START_TEST(how_a_flow_was_judged_and_ended_tells_apart)
{
	enum { VARIANTS = 8 };
	struct fl_fold *fold;
	struct told told = {0};
	struct fl_finding f;
	unsigned i, round;

	ck_assert_int_eq(fl_fold_new(&fold, 60 * SECOND, 100, hear, &told), 0);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < VARIANTS; i++) {
			f = flow_finding(1, 40000, 502, 0);
			f.flow.end_reason = i == 1 ? FL_FLOW_END_RST : FL_FLOW_END_FIN;
			f.flow.midstream = i == 2;
			f.changed = i == 3;
			f.withdrawn = i == 4;
			f.of_flow = i == 5;
			f.flow.reply = i == 6 ? FL_REPLY_REFUSED : FL_REPLY_ANSWERED;
			f.size += i == 7 ? 8 : 0;
			ck_assert_int_eq(fl_fold_add(fold, FL_EVENT_BOUNDARY_FLOW, &f), 0);
		}
	}
	ck_assert_uint_eq(told.records, VARIANTS);
	fl_fold_flush(fold);
	ck_assert_uint_eq(told.records, 2 * VARIANTS);
	ck_assert_uint_eq(told.count, 3 * VARIANTS);
	fl_fold_free(fold);
}
END_TEST

START_TEST(holes_and_risks_are_joined)
{
	struct fl_fold *fold;
	struct told told = {0};
	struct fl_finding f;
	struct fl_flow_end swap;
	unsigned i;

	ck_assert_int_eq(fl_fold_new(&fold, 60 * SECOND, 100, hear, &told), 0);
	for (i = 0; i < 4; i++) {
		f = flow_finding(1, 40000, 502, 0);
		f.flow.gaps[0] = 1;
		f.flow.gap_bytes[0] = 100;
		f.flow.gap_bytes[1] = 7;
		f.flow.label.risks = UINT64_C(1) << i;
		f.flow.first_frame = i;
		if (i == 3) { /* its ends the other way round */
			swap = f.flow.end[0];
			f.flow.end[0] = f.flow.end[1];
			f.flow.end[1] = swap;
			f.flow.initiator = 1;
			f.flow.gaps[1] = 1;
			f.flow.gaps[0] = 0;
			f.flow.gap_bytes[1] = 100;
			f.flow.gap_bytes[0] = 7;
		}
		ck_assert_int_eq(fl_fold_add(fold, FL_EVENT_BOUNDARY_FLOW, &f), 0);
	}
	fl_fold_flush(fold);
	ck_assert_uint_eq(told.records, 2);
	ck_assert_uint_eq(told.last.count, 3);
	ck_assert_uint_eq(told.last.flow.gaps[0], 3);
	ck_assert_uint_eq(told.last.flow.gaps[1], 0);
	ck_assert_uint_eq(told.last.flow.gap_bytes[0], 300);
	ck_assert_uint_eq(told.last.flow.gap_bytes[1], 21);
	ck_assert_uint_eq(told.last.flow.label.risks, 2 | 4 | 8);
	ck_assert_uint_eq(told.last.flow.first_frame, 1); /* where to begin looking */
	fl_fold_free(fold);
}
END_TEST

START_TEST(objects_of_an_operation_tell_apart)
{
	struct fl_fold *fold;
	struct told told = {0};
	struct fl_finding f;
	unsigned i;

	ck_assert_int_eq(fl_fold_new(&fold, 60 * SECOND, 100, hear, &told), 0);
	for (i = 0; i < 6; i++) {
		f = flow_finding(1, 40000, 502, 0);
		f.kind = FL_FINDING_OPERATION;
		f.op = (struct fl_operation){.function = 3, .objects = (uint8_t)(1 + i % 2)};
		f.op.object[0] = f.op.object[1] = (struct fl_object){.kind = FL_OBJECT_HOLDING_REGISTERS, .start = 7, .count = 1};
		f.size = (uint32_t)(offsetof(struct fl_finding, op) + FL_OPERATION_SIZE(&f.op));
		ck_assert_int_eq(fl_fold_add(fold, FL_EVENT_OT_OPERATION, &f), 0);
	}
	ck_assert_uint_eq(told.records, 2);
	fl_fold_flush(fold);
	ck_assert_uint_eq(told.records, 4);
	ck_assert_uint_eq(told.count, 6);
	fl_fold_free(fold);
}
END_TEST

START_TEST(at_the_bound_the_oldest_is_told_early)
{
	struct fl_fold *fold;
	struct told told = {0};
	struct fl_finding f;
	unsigned i;

	ck_assert_int_eq(fl_fold_new(&fold, 60 * SECOND, 10, hear, &told), 0);
	for (i = 0; i < 400; i++) {
		f = flow_finding((uint8_t)(i / 2 % 200), 40000, 502, 0);
		ck_assert_int_eq(fl_fold_add(fold, FL_EVENT_BOUNDARY_FLOW, &f), 0);
	}
	fl_fold_flush(fold);
	ck_assert_uint_eq(told.count, 400);
	fl_fold_free(fold);
}
END_TEST

START_TEST(a_host_is_news_once)
{
	struct fl_hosts *h = fl_hosts_new(16);
	uint8_t mac[6] = {2, 0, 0, 0, 0, 1}, other[6] = {2, 0, 0, 0, 0, 2}, old[6];
	uint8_t ip[4] = {10, 0, 0, 1};
	struct fl_addr a = fl_addr_from(FL_ADDR_IPV4, ip);
	unsigned i, full = 0;

	ck_assert_int_eq(fl_hosts_see(h, 1, &a, NULL, old), FL_HOST_NEW);
	ck_assert_int_eq(fl_hosts_see(h, 1, &a, mac, old), FL_HOST_KNOWN); /* its MAC is learnt, not changed */
	ck_assert_int_eq(fl_hosts_see(h, 1, &a, NULL, old), FL_HOST_KNOWN);
	ck_assert_int_eq(fl_hosts_see(h, 1, &a, other, old), FL_HOST_MAC_CHANGED);
	ck_assert_mem_eq(old, mac, 6);
	ck_assert_int_eq(fl_hosts_see(h, 1, &a, other, old), FL_HOST_KNOWN);
	ck_assert_int_eq(fl_hosts_see(h, 2, &a, other, old), FL_HOST_NEW); /* another address space */
	for (i = 0; i < 40; i++) {
		a.b[2] = (uint8_t)i;
		a.b[3] = 9;
		full += fl_hosts_see(h, 1, &a, mac, old) == FL_HOST_TABLE_FULL;
	}
	ck_assert_uint_eq(full, 40 - (12 - 2));
	fl_hosts_free(h);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fold");
	TCase *t = tcase_create("fold");

	tcase_add_test(t, first_now_rest_counted);
	tcase_add_test(t, what_differs_is_told_apart);
	tcase_add_test(t, how_a_flow_was_judged_and_ended_tells_apart);
	tcase_add_test(t, holes_and_risks_are_joined);
	tcase_add_test(t, objects_of_an_operation_tell_apart);
	tcase_add_test(t, at_the_bound_the_oldest_is_told_early);
	tcase_add_test(t, a_host_is_news_once);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
