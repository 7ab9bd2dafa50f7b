/* test_lpm.c - longest prefixes against a walk through the whole list, over random sets of prefixes of three kinds. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "zones/lpm.h"
#include "run.h"

enum { MOST = 600, LOOKUPS = 3000 };

static uint32_t seed;

static unsigned rnd(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static const enum fl_addr_kind kinds[] = {FL_ADDR_IPV4, FL_ADDR_IPV6, FL_ADDR_MAC};

static bool holds(const struct fl_lpm_prefix *p, const struct fl_addr *a)
{
	unsigned i;

	if (p->addr.kind != a->kind)
		return false;
	for (i = 0; i < p->bits; i++)
		if ((p->addr.b[i / 8] ^ a->b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

/* Bytes out of few values, so that prefixes nest, and some that differ only in their last bits. */
static struct fl_addr random_addr(enum fl_addr_kind kind)
{
	static const uint8_t few[] = {0, 10, 0x80, 0xff, 0x0f, 1};
	struct fl_addr a = {.kind = (uint8_t)kind};
	unsigned i, n = fl_addr_len(&a), from = rnd(n + 1);

	for (i = 0; i < n; i++)
		a.b[i] = i < from ? few[rnd(2)] : rnd(3) ? few[rnd(6)] : (uint8_t)rnd(256);
	return a;
}

static void clear_host(struct fl_lpm_prefix *p)
{
	unsigned i;

	for (i = p->bits; i < fl_addr_len(&p->addr) * 8; i++)
		p->addr.b[i / 8] &= (uint8_t)~(0x80u >> i % 8);
}

static uint32_t random_list(struct fl_lpm_prefix *list, unsigned most, unsigned n_kinds)
{
	uint32_t n = 0, i, j;

	for (i = 0; i < most; i++) {
		struct fl_lpm_prefix p = {.addr = random_addr(kinds[rnd(n_kinds)]), .value = i};

		p.bits = (uint8_t)rnd(fl_addr_len(&p.addr) * 8 + 1);
		clear_host(&p);
		for (j = 0; j < n && !(list[j].bits == p.bits && !fl_addr_cmp(&list[j].addr, &p.addr)); j++)
			;
		if (j == n)
			list[n++] = p;
	}
	return n;
}

/* The longest that holds a, and is not the one at `but`; n: none. */
static uint32_t longest(const struct fl_lpm_prefix *list, uint32_t n, const struct fl_addr *a, unsigned below, uint32_t but)
{
	uint32_t i, best = n;

	for (i = 0; i < n; i++)
		if (i != but && list[i].bits < below && holds(&list[i], a) && (best == n || list[i].bits > list[best].bits))
			best = i;
	return best;
}

/* An address that is random, or just inside or outside of a prefix. */
static struct fl_addr random_look(const struct fl_lpm_prefix *list, uint32_t n)
{
	struct fl_addr a = random_addr(kinds[rnd(3)]);
	const struct fl_lpm_prefix *p;
	unsigned i;

	if (!n || !rnd(3))
		return a;
	p = &list[rnd(n)];
	a = random_addr(p->addr.kind);
	for (i = 0; i < p->bits; i++) {
		a.b[i / 8] &= (uint8_t)~(0x80u >> i % 8);
		a.b[i / 8] |= p->addr.b[i / 8] & (uint8_t)(0x80u >> i % 8);
	}
	if (p->bits && !rnd(3)) {
		i = rnd(p->bits);
		a.b[i / 8] ^= (uint8_t)(0x80u >> i % 8);
	}
	return a;
}

START_TEST(test_property)
{
	static struct fl_lpm_prefix list[MOST];
	struct fl_arena arena;
	struct fl_lpm t;
	unsigned round, found = 0, missed = 0;
	uint32_t n, i;

	seed = 4711u + (unsigned)_i;
	fl_arena_init(&arena, 0);
	for (round = 0; round < 25; round++) {
		n = random_list(list, 1 + rnd(round < 10 ? 6 : MOST), 1 + (unsigned)_i % 3);
		ck_assert(fl_lpm_build(&t, &arena, list, n));
		for (i = 0; i < n; i++) {
			uint32_t up = longest(list, n, &list[i].addr, list[i].bits, i);

			ck_assert_msg(list[i].parent == (up == n ? 0 : up + 1), "parent of %u: %u, not %u", i, list[i].parent, up);
			ck_assert_msg(list[i].parent <= i, "behind what holds it");
		}
		for (i = 0; i < LOOKUPS / 10; i++) {
			struct fl_addr a = random_look(list, n);
			uint32_t want = longest(list, n, &a, 999, n), value = 12345;
			unsigned bits = 777;
			char text[FL_ADDR_TEXT_MAX];

			if (fl_lpm_find(&t, &a, &value, &bits)) {
				ck_assert_msg(want < n && value == list[want].value && bits == list[want].bits, "%s: /%u, not /%u",
					      fl_addr_text(&a, text), bits, want < n ? list[want].bits : 999);
				found++;
			} else {
				ck_assert_msg(want == n, "%s: none, not /%u", fl_addr_text(&a, text), list[want].bits);
				ck_assert(value == 12345 && bits == 777);
				missed++;
			}
		}
	}
	ck_assert(found > 500 && missed > 100);
	fl_arena_done(&arena);
}
END_TEST

static struct fl_lpm_prefix prefix(const char *text, uint32_t value)
{
	struct fl_lpm_prefix p = {.value = value};
	unsigned bits = 0;

	ck_assert(fl_addr_parse(text, &p.addr, &bits));
	p.bits = (uint8_t)bits;
	return p;
}

/* The first and last address of prefixes at either end of a step of six bits. */
static const struct { const char *addr; uint32_t value; unsigned bits; } edges[] = {
	{"0.0.0.0", 0, 0}, {"9.255.255.255", 0, 0}, {"10.0.0.0", 1, 8}, {"10.255.255.255", 1, 8}, {"11.0.0.0", 0, 0},
	{"10.1.0.0", 2, 18}, {"10.1.63.255", 2, 18}, {"10.1.64.0", 1, 8}, {"10.1.2.2", 3, 31}, {"10.1.2.3", 4, 32},
	{"10.1.2.4", 2, 18}, {"255.255.255.255", 5, 32}, {"255.255.255.254", 0, 0}, {"::", 6, 128}, {"::1", 999, 0},
	{"2001:db8::1", 7, 32}, {"2001:db8:0:1::", 8, 64}, {"2001:db8:0:1:8000::", 9, 65}, {"2001:db8:0:1:ffff:ffff:ffff:ffff", 10, 128},
	{"2001:db8:0:1:ffff:ffff:ffff:fffe", 9, 65}, {"00:1b:1b:00:00:01", 11, 24}, {"00:1b:1c:00:00:01", 999, 0},
	{"ff:ff:ff:ff:ff:ff", 12, 48}, {"00:1b:1b:00:00:00", 13, 48},
};

START_TEST(test_edges)
{
	struct fl_lpm_prefix list[] = {
		prefix("0.0.0.0/0", 0), prefix("10.0.0.0/8", 1), prefix("10.1.0.0/18", 2), prefix("10.1.2.2/31", 3), prefix("10.1.2.3", 4),
		prefix("255.255.255.255", 5), prefix("::", 6), prefix("2001:db8::/32", 7), prefix("2001:db8:0:1::/64", 8),
		prefix("2001:db8:0:1:8000::/65", 9), prefix("2001:db8:0:1:ffff:ffff:ffff:ffff", 10), prefix("00:1b:1b:00:00:00/24", 11),
		prefix("ff:ff:ff:ff:ff:ff", 12), prefix("00:1b:1b:00:00:00", 13),
	};
	struct fl_addr a, none = {0};
	struct fl_arena arena;
	struct fl_lpm t;
	unsigned bits = 0;
	uint32_t value = 0;
	size_t i;

	fl_arena_init(&arena, 0);
	ck_assert(fl_lpm_build(&t, &arena, list, FL_ARRAY_LEN(list)));
	for (i = 0; i < FL_ARRAY_LEN(edges); i++) {
		ck_assert(fl_addr_parse(edges[i].addr, &a, NULL));
		if (!fl_lpm_find(&t, &a, &value, &bits)) {
			ck_assert_msg(edges[i].value == 999, "%s: none", edges[i].addr);
			continue;
		}
		ck_assert_msg(value == edges[i].value && bits == edges[i].bits, "%s: %u /%u", edges[i].addr, value, bits);
	}
	ck_assert(!fl_lpm_find(&t, &none, &value, &bits));
	ck_assert(fl_lpm_build(&t, &arena, list, 0));
	ck_assert(!fl_lpm_find(&t, &a, &value, &bits));
	fl_arena_done(&arena);
}
END_TEST

/* The arena ends somewhere on the way: false, and nothing is leaked (under sanitizers). */
START_TEST(test_no_memory)
{
	static struct fl_lpm_prefix list[MOST];
	struct fl_arena arena;
	struct fl_lpm t;
	size_t limit;
	uint32_t n;

	seed = 1;
	n = random_list(list, MOST, 3);
	for (limit = 1; limit < 1u << 20; limit *= 2) {
		fl_arena_init(&arena, limit);
		if (fl_lpm_build(&t, &arena, list, n))
			break;
		fl_arena_done(&arena);
	}
	ck_assert_uint_gt(limit, 1024);
	ck_assert_uint_lt(limit, 1u << 20);
	fl_arena_done(&arena);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lpm");
	TCase *t = tcase_create("lpm");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_property, 0, 6);
	tcase_add_test(t, test_edges);
	tcase_add_test(t, test_no_memory);
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
