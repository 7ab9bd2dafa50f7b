/* test_addr.c - text to address and back, prefixes, special ranges. */
#include "fenceline/addr.h"

#include <check.h>

#include "run.h"

static const struct { const char *in; enum fl_addr_kind kind; unsigned bits; const char *out; } good[] = {
	{"10.20.1.7", FL_ADDR_IPV4, 32, "10.20.1.7"},
	{"10.20.1.0/24", FL_ADDR_IPV4, 24, "10.20.1.0"},
	{"0.0.0.0/0", FL_ADDR_IPV4, 0, "0.0.0.0"},
	{"fd00:10:10:0::1", FL_ADDR_IPV6, 128, "fd00:10:10::1"},
	{"::/0", FL_ADDR_IPV6, 0, "::"},
	{"2001:DB8::/32", FL_ADDR_IPV6, 32, "2001:db8::"},
	{"00:1b:1b:0a:0b:0c", FL_ADDR_MAC, 48, "00-1B-1B-0A-0B-0C"},
	{"00-1B-1B-00-00-00/24", FL_ADDR_MAC, 24, "00-1B-1B-00-00-00"},
};

static const char *const bad[] = {"", "/24", "10.20.1", "10.20.1.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129",
	"10.0.0.0/ 8", "10.0.0.0/8x", "00:1b:1b:0a:0b", "00:1b-1b:0a:0b:0c", "00:1b:1b:0a:0b:0g", "00:1b:1b:0a:0b:0c:0d",
	"host", "1:2", "00:1b:1b:0a:0b:0c/49"};

START_TEST(reads_and_writes)
{
	char buf[FL_ADDR_TEXT_MAX];
	struct fl_addr a;
	unsigned bits;

	ck_assert(fl_addr_parse(good[_i].in, &a, &bits));
	ck_assert_int_eq(a.kind, good[_i].kind);
	ck_assert_uint_eq(bits, good[_i].bits);
	ck_assert_str_eq(fl_addr_text(&a, buf), good[_i].out);
}
END_TEST

START_TEST(refuses)
{
	struct fl_addr a = {.kind = 99};
	unsigned bits = 77;

	ck_assert_msg(!fl_addr_parse(bad[_i], &a, &bits), "took \"%s\"", bad[_i]);
	ck_assert_uint_eq(a.kind, 99); /* untouched on failure */
	ck_assert_uint_eq(bits, 77);
}
END_TEST

static const struct { const char *addr; bool multicast, link_local, unspecified; } special[] = {
	{"224.0.0.251", true, false, false}, {"239.255.255.255", true, false, false}, {"240.0.0.1", false, false, false},
	{"223.255.255.255", false, false, false}, {"255.255.255.255", true, false, false}, {"ff02::1", true, false, false},
	{"fe80::1", false, true, false}, {"febf::1", false, true, false}, {"fec0::1", false, false, false},
	{"169.254.1.1", false, true, false}, {"169.253.1.1", false, false, false}, {"0.0.0.0", false, false, true},
	{"::", false, false, true}, {"::1", false, false, false}, {"01:00:5e:00:00:01", true, false, false},
	{"00:00:00:00:00:00", false, false, false}, {"ff:ff:ff:ff:ff:ff", true, false, false}};

START_TEST(special_ranges)
{
	struct fl_addr a;

	ck_assert(fl_addr_parse(special[_i].addr, &a, NULL));
	ck_assert_int_eq(fl_addr_is_multicast(&a), special[_i].multicast);
	ck_assert_int_eq(fl_addr_is_link_local(&a), special[_i].link_local);
	ck_assert_int_eq(fl_addr_is_unspecified(&a), special[_i].unspecified);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("addr");
	TCase *t = tcase_create("addr");

	tcase_add_loop_test(t, reads_and_writes, 0, (int)(sizeof good / sizeof good[0]));
	tcase_add_loop_test(t, refuses, 0, (int)(sizeof bad / sizeof bad[0]));
	tcase_add_loop_test(t, special_ranges, 0, (int)(sizeof special / sizeof special[0]));
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
