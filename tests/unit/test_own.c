/* test_own.c - what the sensor knows of its own machine. */
#include <check.h>
#include <stdlib.h>

#include "monitor/own.h"
#include "run.h"

#define S INT64_C(1000000000)

static const struct {
	const char *name;
	int64_t real, mono, boot; /* what each clock gained */
	int64_t forward, suspended;
} rows[] = {
	{"nothing happened", 10 * S, 10 * S, 10 * S, 0, 0},
	{"set forward an hour", 3610 * S, 10 * S, 10 * S, 3600 * S, 0},
	{"slewed by half a second", 10 * S + S / 2, 10 * S, 10 * S, 0, 0},
	{"set forward a second exactly", 11 * S, 10 * S, 10 * S, S, 0},
	{"set back", -50 * S, 10 * S, 10 * S, 0, 0},
	{"slept an hour", 3610 * S, 10 * S, 3610 * S, 0, 3600 * S},
	{"slept, and was set forward on waking", 3710 * S, 10 * S, 3610 * S, 100 * S, 3600 * S},
	{"slept, and was set back on waking", 3510 * S, 10 * S, 3610 * S, 0, 3600 * S},
};

START_TEST(jumps)
{
	struct fl_clocks a = {1000 * S, 50 * S, 70 * S}, b = a;

	b.real_ns += rows[_i].real;
	b.mono_ns += rows[_i].mono;
	b.boot_ns += rows[_i].boot;
	ck_assert_msg(fl_clocks_forward(&a, &b) == rows[_i].forward, "%s", rows[_i].name);
	ck_assert_msg(fl_clocks_suspended(&a, &b) == rows[_i].suspended, "%s", rows[_i].name);
}
END_TEST

START_TEST(reading_goes_on)
{
	struct fl_clocks a, b;

	fl_clocks_read(&a);
	fl_clocks_read(&b);
	ck_assert_int_ge(b.mono_ns, a.mono_ns);
	ck_assert_int_ge(b.boot_ns, a.boot_ns);
	ck_assert_int_ge(a.boot_ns, a.mono_ns - S); /* boot time is monotonic time and sleep */
}
END_TEST

START_TEST(addresses_are_of_known_kinds_and_none_is_loopback)
{
	struct fl_addr a[FL_OWN_ADDRS_MAX];
	unsigned n = fl_own_addrs(a, FL_OWN_ADDRS_MAX), i;

	ck_assert_uint_le(n, FL_OWN_ADDRS_MAX);
	for (i = 0; i < n; i++) {
		ck_assert_uint_gt(fl_addr_len(&a[i]), 0);
		ck_assert(!(a[i].kind == FL_ADDR_IPV4 && a[i].b[0] == 127));
	}
	ck_assert_uint_eq(fl_own_addrs(a, 0), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("own");
	TCase *t = tcase_create("own");

	tcase_add_loop_test(t, jumps, 0, (int)FL_ARRAY_LEN(rows));
	tcase_add_test(t, reading_goes_on);
	tcase_add_test(t, addresses_are_of_known_kinds_and_none_is_loopback);
	suite_add_tcase(s, t);
	return fl_run_suite(s);
}
