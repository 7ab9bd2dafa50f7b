/* test_expect.c - which new flow takes which announcement, and the bound; random ones against a plain list. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "flow/expect.h"
#include "run.h"

static struct fl_addr ip4(unsigned last)
{
	return last ? fl_addr_from(FL_ADDR_IPV4, (const uint8_t[4]){10, 0, 0, (uint8_t)last}) : (struct fl_addr){.kind = FL_ADDR_NONE};
}

/* Hosts by last byte, 0 = anybody. */
static struct fl_expectation announce(unsigned from, uint16_t from_port, unsigned to, uint16_t to_port, uint64_t parent)
{
	return (struct fl_expectation){.context = 7, .parent = parent, .ip_proto = 6, .relation = FL_RELATED_FTP_DATA,
				       .from = ip4(from), .to = ip4(to), .from_port = from_port, .to_port = to_port,
				       .until_ns = 1000};
}

static struct fl_flow flow(unsigned from, uint16_t from_port, unsigned to, uint16_t to_port)
{
	struct fl_flow f = {.context = 7, .ip_proto = 6};

	f.end[0].addr = ip4(from);
	f.end[0].port = from_port;
	f.end[1].addr = ip4(to);
	f.end[1].port = to_port;
	return f;
}

static const struct row {
	const char *name;
	unsigned from, to;         /* announced */
	uint16_t from_port, to_port;
	unsigned f_from, f_to;     /* the flow */
	uint16_t f_from_port, f_to_port;
	uint64_t context;
	uint8_t ip_proto, kind, initiator;
	int64_t now_ns;
	bool taken;
} rows[] = {
	{"all four", 1, 2, 20, 5000, 1, 2, 20, 5000, 7, 6, FL_FLOW_IP, 0, 999, true},
	{"from another port", 1, 2, 20, 5000, 1, 2, 21, 5000, 7, 6, FL_FLOW_IP, 0, 999, false},
	{"both hosts, port dialled", 1, 2, 0, 5000, 1, 2, 40000, 5000, 7, 6, FL_FLOW_IP, 0, 999, true},
	{"both hosts, port it comes from", 1, 2, 20, 0, 1, 2, 20, 5000, 7, 6, FL_FLOW_IP, 0, 999, true},
	{"anybody to a host", 0, 2, 0, 5000, 9, 2, 40000, 5000, 7, 6, FL_FLOW_IP, 0, 999, true},
	{"a host to anybody", 1, 0, 0, 5000, 1, 9, 40000, 5000, 7, 6, FL_FLOW_IP, 0, 999, true},
	{"anybody to a port", 0, 0, 0, 5000, 8, 9, 40000, 5000, 7, 6, FL_FLOW_IP, 0, 999, true},
	{"anybody from a port", 0, 0, 2222, 0, 8, 9, 2222, 40000, 7, 6, FL_FLOW_IP, 0, 999, true},
	{"another host", 1, 2, 0, 5000, 3, 2, 40000, 5000, 7, 6, FL_FLOW_IP, 0, 999, false},
	{"another port", 1, 2, 0, 5000, 1, 2, 40000, 5001, 7, 6, FL_FLOW_IP, 0, 999, false},
	{"another context", 1, 2, 0, 5000, 1, 2, 40000, 5000, 8, 6, FL_FLOW_IP, 0, 999, false},
	{"another protocol", 1, 2, 0, 5000, 1, 2, 40000, 5000, 7, 17, FL_FLOW_IP, 0, 999, false},
	{"a carrier is none", 1, 2, 0, 5000, 1, 2, 40000, 5000, 7, 6, FL_FLOW_CARRIER, 0, 999, false},
	{"who opened it is not known for sure", 1, 2, 0, 5000, 1, 2, 40000, 5000, 7, 6, FL_FLOW_IP, 1, 999, true},
	{"seen from the other end", 1, 2, 0, 5000, 2, 1, 5000, 40000, 7, 6, FL_FLOW_IP, 1, 999, true},
	{"too late", 1, 2, 0, 5000, 1, 2, 40000, 5000, 7, 6, FL_FLOW_IP, 0, 1000, false},
	{"no port announced", 1, 2, 0, 0, 1, 2, 40000, 5000, 7, 6, FL_FLOW_IP, 0, 999, false},
};

START_TEST(test_fits)
{
	const struct row *w = &rows[_i];
	struct fl_expect *e = fl_expect_new();
	struct fl_expectation x = announce(w->from, w->from_port, w->to, w->to_port, 42);
	struct fl_flow f = flow(w->f_from, w->f_from_port, w->f_to, w->f_to_port), again;

	ck_assert_ptr_nonnull(e);
	f.context = w->context;
	f.ip_proto = w->ip_proto;
	f.kind = w->kind;
	f.initiator = w->initiator;
	again = f;
	fl_expect_add(e, &x);
	fl_expect_check(e);
	ck_assert_msg(fl_expect_take(e, &f, w->now_ns) == w->taken, "%s", w->name);
	fl_expect_check(e);
	ck_assert_uint_eq(f.parent, w->taken ? 42 : 0);
	ck_assert_uint_eq(f.relation, w->taken ? FL_RELATED_FTP_DATA : FL_RELATED_NONE);
	ck_assert_msg(!fl_expect_take(e, &again, w->now_ns), "%s: taken twice", w->name);
	fl_expect_free(e);
}
END_TEST

START_TEST(test_which)
{
	struct fl_expect *e = fl_expect_new();
	struct fl_expectation x;
	struct fl_flow f, g, h;

	/* who says most is asked first, whatever came first */
	x = announce(0, 0, 2, 5000, 1);
	fl_expect_add(e, &x);
	x = announce(1, 0, 2, 5000, 2);
	fl_expect_add(e, &x);
	x = announce(0, 0, 0, 5000, 3);
	fl_expect_add(e, &x);
	f = flow(1, 40000, 2, 5000);
	g = h = f;
	ck_assert(fl_expect_take(e, &f, 0) && f.parent == 2);
	ck_assert(fl_expect_take(e, &g, 0) && g.parent == 1);
	ck_assert(fl_expect_take(e, &h, 0) && h.parent == 3);
	/* the same said again: the later one counts, once */
	x = announce(1, 0, 2, 5000, 4);
	fl_expect_add(e, &x);
	x.parent = 5;
	fl_expect_add(e, &x);
	fl_expect_check(e);
	f = g = flow(1, 40000, 2, 5000);
	ck_assert(fl_expect_take(e, &f, 0) && f.parent == 5);
	ck_assert(!fl_expect_take(e, &g, 0));
	/* a lasting one stays until its time is over */
	x.lasting = true;
	x.relation = FL_RELATED_CIP_IO;
	fl_expect_add(e, &x);
	f = g = h = flow(1, 40000, 2, 5000);
	ck_assert(fl_expect_take(e, &f, 10) && fl_expect_take(e, &g, 999) && g.relation == FL_RELATED_CIP_IO);
	ck_assert(!fl_expect_take(e, &h, 1000));
	fl_expect_check(e);
	fl_expect_free(e);
}
END_TEST

START_TEST(test_bound_and_forget)
{
	struct fl_expect *e = fl_expect_new();
	struct fl_expectation x;
	struct fl_flow f;
	unsigned i;

	for (i = 0; i < FL_EXPECT_MAX + 3; i++) {
		x = announce(1, 0, 2, (uint16_t)(1000 + i), i % 2 + 10);
		x.until_ns = i ? 1000 : 5; /* the first has waited its time: nothing is lost with it */
		fl_expect_add(e, &x);
		f = flow(9, 1, 9, 1);
		(void)fl_expect_take(e, &f, 5);
	}
	fl_expect_check(e);
	ck_assert_uint_eq(fl_expect_displaced(e), 2);
	for (i = 0; i < 5; i++) { /* the oldest three have given way */
		f = flow(1, 40000, 2, (uint16_t)(1000 + i));
		ck_assert(fl_expect_take(e, &f, 6) == (i >= 3));
	}
	fl_expect_forget(e, 10);
	fl_expect_check(e);
	f = flow(1, 40000, 2, 1006);
	ck_assert(!fl_expect_take(e, &f, 6));
	f = flow(1, 40000, 2, 1007);
	ck_assert(fl_expect_take(e, &f, 6) && f.parent == 11);
	fl_expect_forget(e, 11);
	fl_expect_forget(e, 12);
	fl_expect_check(e);
	f = flow(1, 40000, 2, 1009);
	ck_assert(!fl_expect_take(e, &f, 6));
	fl_expect_free(e);
	fl_expect_free(NULL);
}
END_TEST

static uint64_t rng;
static unsigned rnd(unsigned below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (unsigned)(rng >> 20) % below;
}

/* ---- a plain list ---- */

#define LIST_MAX 512
static struct fl_expectation list[LIST_MAX];
static unsigned n_list;

static void list_drop(unsigned i) { memmove(&list[i], &list[i + 1], (--n_list - i) * sizeof list[0]); }

static bool same_words(const struct fl_expectation *a, const struct fl_expectation *b)
{
	return a->from_port == b->from_port && a->to_port == b->to_port && !fl_addr_cmp(&a->from, &b->from) &&
	       !fl_addr_cmp(&a->to, &b->to);
}

static bool admits(const struct fl_expectation *x, const struct fl_flow_end *from, const struct fl_flow_end *to)
{
	return (!x->from.kind || !fl_addr_cmp(&x->from, &from->addr)) && (!x->to.kind || !fl_addr_cmp(&x->to, &to->addr)) &&
	       (!x->from_port || x->from_port == from->port) && (!x->to_port || x->to_port == to->port);
}

static unsigned words(const struct fl_expectation *x)
{
	return !!x->from.kind + !!x->to.kind + !!x->from_port + !!x->to_port;
}

/* A fitting flow is always taken, by one that fits and is not older in words than another that fits. */
START_TEST(test_random)
{
	struct fl_expect *e = fl_expect_new();
	int64_t now = 0;
	unsigned i, j, most, taken = 0;

	rng = 0x9e3779b97f4a7c15u * (unsigned)(_i + 1);
	n_list = 0;
	for (i = 0; i < 3000; i++) {
		struct fl_flow f = flow(1 + rnd(3), (uint16_t)(1 + rnd(3)), 1 + rnd(3), (uint16_t)(1 + rnd(3)));
		struct fl_expectation x = announce(rnd(4), (uint16_t)rnd(4), rnd(4), (uint16_t)rnd(4), i + 1);

		now += rnd(3);
		x.until_ns = now + 1 + rnd(60);
		x.lasting = !rnd(4);
		if (rnd(3) && (x.from_port || x.to_port)) {
			for (j = 0; j < n_list; j++) {
				if (same_words(&list[j], &x))
					list_drop(j--);
			}
			ck_assert_uint_lt(n_list, LIST_MAX);
			list[n_list++] = x;
			fl_expect_add(e, &x);
		} else if (!rnd(8)) {
			uint64_t parent = 1 + rnd(i + 1);

			for (j = 0; j < n_list; j++) {
				if (list[j].parent == parent)
					list_drop(j--);
			}
			fl_expect_forget(e, parent);
		}
		f.initiator = (uint8_t)rnd(2);
		for (j = 0, most = 0; j < n_list; j++) {
			if (list[j].until_ns > now && (admits(&list[j], &f.end[0], &f.end[1]) || admits(&list[j], &f.end[1], &f.end[0])))
				most = words(&list[j]) > most ? words(&list[j]) : most;
		}
		ck_assert_int_eq(fl_expect_take(e, &f, now), most > 0);
		for (j = 0; most && j < n_list && list[j].parent != f.parent; j++)
			;
		if (most) {
			ck_assert_uint_lt(j, n_list);
			ck_assert_uint_eq(words(&list[j]), most);
			ck_assert(list[j].until_ns > now);
			if (!list[j].lasting)
				list_drop(j);
			taken++;
		}
		fl_expect_check(e);
	}
	ck_assert_uint_gt(taken, 100);
	fl_expect_free(e);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("expect");
	TCase *tc = tcase_create("expect");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_fits, 0, (int)FL_ARRAY_LEN(rows));
	tcase_add_test(tc, test_which);
	tcase_add_test(tc, test_bound_and_forget);
	tcase_add_loop_test(tc, test_random, 0, 10);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
