/* test_contexts.c - address spaces by tunnel, joins, and the bound; random joins against a plain list. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "flow/contexts.h"
#include "run.h"

static struct fl_frame frame;

static uint64_t plain(struct fl_contexts *c, uint64_t base, uint16_t iface)
{
	struct fl_packet p = {.frame = &frame};

	frame.iface = iface;
	return fl_contexts_of(c, base, &p, 0);
}

static struct fl_tunnel tunnel(enum fl_tunnel_kind kind, uint32_t id, unsigned src, unsigned dst)
{
	return (struct fl_tunnel){.kind = (uint8_t)kind, .has_id = id != 0, .id = id,
				  .src = fl_addr_from(FL_ADDR_IPV4, (const uint8_t[4]){10, 0, 0, (uint8_t)src}),
				  .dst = fl_addr_from(FL_ADDR_IPV4, (const uint8_t[4]){10, 0, 0, (uint8_t)dst})};
}

/* Two frames with up to two tunnels: is what they carry in one space, and in that of a frame without? */
static const struct row {
	const char *name;
	struct { uint8_t kind; uint32_t id; unsigned src, dst; bool is; } a[2], b[2];
	bool same, outside;
} rows[] = {
	{"one VNI between any endpoints", {{FL_TUNNEL_VXLAN, 7, 1, 2, 1}}, {{FL_TUNNEL_VXLAN, 7, 3, 1, 1}}, true, false},
	{"two VNIs", {{FL_TUNNEL_VXLAN, 7, 1, 2, 1}}, {{FL_TUNNEL_VXLAN, 8, 1, 2, 1}}, false, false},
	{"VXLAN is not Geneve", {{FL_TUNNEL_VXLAN, 7, 1, 2, 1}}, {{FL_TUNNEL_GENEVE, 7, 1, 2, 1}}, false, false},
	{"PBB by its I-SID", {{FL_TUNNEL_PBB, 7, 1, 2, 1}}, {{FL_TUNNEL_PBB, 8, 1, 2, 1}}, false, false},
	{"GRE both ways", {{FL_TUNNEL_GRE, 0, 1, 2, 1}}, {{FL_TUNNEL_GRE, 0, 2, 1, 1}}, true, false},
	{"GRE to another endpoint", {{FL_TUNNEL_GRE, 0, 1, 2, 1}}, {{FL_TUNNEL_GRE, 0, 1, 3, 1}}, false, false},
	{"GRE with another key", {{FL_TUNNEL_GRE, 5, 1, 2, 1}}, {{FL_TUNNEL_GRE, 6, 1, 2, 1}}, false, false},
	{"IP in IP is not GRE", {{FL_TUNNEL_IP_IN_IP, 0, 1, 2, 1}}, {{FL_TUNNEL_GRE, 0, 1, 2, 1}}, false, false},
	{"Teredo", {{FL_TUNNEL_TEREDO, 0, 1, 2, 1}}, {{FL_TUNNEL_TEREDO, 0, 2, 1, 1}}, true, false},
	{"what mirrors is no space", {{FL_TUNNEL_ERSPAN, 7, 1, 2, 1}}, {{FL_TUNNEL_ERSPAN, 8, 3, 4, 1}}, true, true},
	{"MPLS and PPPoE are links", {{FL_TUNNEL_MPLS, 16, 0, 0, 1}}, {{FL_TUNNEL_PPPOE, 4, 0, 0, 1}}, true, true},
	{"a VNI behind a mirror", {{FL_TUNNEL_ERSPAN, 7, 1, 2, 1}, {FL_TUNNEL_VXLAN, 7, 1, 2, 1}}, {{FL_TUNNEL_VXLAN, 7, 3, 1, 1}},
		true, false},
	{"a VNI inside a tunnel", {{FL_TUNNEL_GRE, 0, 1, 2, 1}, {FL_TUNNEL_VXLAN, 7, 1, 2, 1}}, {{FL_TUNNEL_VXLAN, 7, 3, 1, 1}},
		false, false},
	{"the carrier of a tunnel is outside", {{FL_TUNNEL_VXLAN, 7, 1, 2, 0}}, {{FL_TUNNEL_VXLAN, 8, 1, 2, 0}}, true, true},
};

START_TEST(test_spaces)
{
	struct fl_contexts *c = fl_contexts_new();
	const struct row *w = &rows[_i];
	uint64_t got[2];
	unsigned i, j;

	ck_assert_ptr_nonnull(c);
	frame.iface = 3;
	for (i = 0; i < 2; i++) {
		struct fl_packet p = {.frame = &frame};
		unsigned layer = 0;

		for (j = 0; j < 2; j++) {
			unsigned kind = i ? w->b[j].kind : w->a[j].kind;
			uint32_t id = i ? w->b[j].id : w->a[j].id;

			p.tunnel[j] = tunnel(kind, id, i ? w->b[j].src : w->a[j].src, i ? w->b[j].dst : w->a[j].dst);
			layer += i ? w->b[j].is : w->a[j].is;
		}
		p.tunnels = 2;
		got[i] = fl_contexts_of(c, UINT64_C(1) << 63 | 3, &p, layer);
		ck_assert_uint_eq(got[i] & ~(UINT64_C(0x7fff) << 48), UINT64_C(1) << 63 | 3);
		ck_assert_uint_eq(fl_contexts_of(c, UINT64_C(1) << 63 | 3, &p, layer), got[i]);
	}
	ck_assert_msg((got[0] == got[1]) == w->same, "%s", w->name);
	ck_assert_msg((got[0] == plain(c, UINT64_C(1) << 63 | 3, 3)) == w->outside, "%s", w->name);
	fl_contexts_check(c);
	fl_contexts_free(c);
}
END_TEST

START_TEST(test_join)
{
	struct fl_contexts *c = fl_contexts_new();
	struct fl_packet p = {.frame = &frame, .tunnels = 1};
	uint64_t out[8], inside;

	ck_assert(plain(c, 10, 1) == 10 && plain(c, 20, 1) == 20 && plain(c, 30, 1) == 30 && plain(c, 40, 2) == 40);
	frame.iface = 1;
	p.tunnel[0] = tunnel(FL_TUNNEL_VXLAN, 7, 1, 2);
	inside = fl_contexts_of(c, 10, &p, 1);
	/* near: of this interface and space, newest first */
	ck_assert_uint_eq(fl_contexts_near(c, 20, out, 8), 2);
	ck_assert(out[0] == 30 && out[1] == 10);
	ck_assert(fl_contexts_near(c, 20, out, 1) == 1 && out[0] == 30);
	ck_assert_uint_eq(fl_contexts_near(c, 40, out, 8), 0);
	ck_assert_uint_eq(fl_contexts_near(c, inside, out, 8), 0);
	ck_assert_uint_eq(fl_contexts_near(c, 99, out, 8), 0);
	/* not across interfaces or spaces, nor with what is not known */
	ck_assert(!fl_contexts_join(c, 10, 40) && !fl_contexts_join(c, 10, inside) && !fl_contexts_join(c, 10, 99));
	ck_assert(!fl_contexts_join(c, 10, 10));
	/* the older one stands for both, whoever is named first */
	ck_assert(fl_contexts_join(c, 30, 20) && !fl_contexts_join(c, 20, 30));
	ck_assert(plain(c, 30, 1) == 20 && plain(c, 20, 1) == 20 && plain(c, 10, 1) == 10);
	ck_assert(fl_contexts_former(c, 20, out, 8) == 1 && out[0] == 30);
	ck_assert_uint_eq(fl_contexts_former(c, 30, out, 8), 0);
	ck_assert(fl_contexts_near(c, 30, out, 8) == 1 && out[0] == 10);
	ck_assert(plain(c, 50, 1) == 50 && fl_contexts_join(c, 50, 10) && fl_contexts_join(c, 30, 50));
	ck_assert(plain(c, 20, 1) == 10 && plain(c, 30, 1) == 10 && plain(c, 50, 1) == 10);
	ck_assert_uint_eq(fl_contexts_former(c, 10, out, 8), 3);
	ck_assert(out[0] == 20 && out[1] == 30 && out[2] == 50);
	ck_assert(fl_contexts_former(c, 10, out, 2) == 2 && out[1] == 30);
	ck_assert_uint_eq(fl_contexts_near(c, 50, out, 8), 0);
	fl_contexts_check(c);
	fl_contexts_free(c);
}
END_TEST

START_TEST(test_bound)
{
	struct fl_contexts *c = fl_contexts_new();
	struct fl_packet p = {.frame = &frame, .tunnels = 1};
	uint64_t shared = 0, got;
	unsigned i;

	frame.iface = 0;
	for (i = 0; i < FL_CONTEXTS_MAX + 5; i++) {
		p.tunnel[0] = tunnel(FL_TUNNEL_VXLAN, i + 1, 1, 2);
		got = fl_contexts_of(c, 1, &p, 1);
		if (i == FL_CONTEXTS_MAX)
			shared = got;
		ck_assert(i <= FL_CONTEXTS_MAX || got == shared);
	}
	ck_assert_uint_ge(fl_contexts_unheld(c), 5);
	/* no room for more contexts: each is itself, and is joined to nothing */
	ck_assert(plain(c, 77, 0) == 77 && plain(c, 78, 0) == 78 && !fl_contexts_join(c, 77, 78));
	fl_contexts_check(c);
	fl_contexts_free(c);
	fl_contexts_free(NULL);
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

#define MANY 60

START_TEST(test_random)
{
	struct fl_contexts *c = fl_contexts_new();
	uint64_t standing[MANY], out[MANY];
	unsigned i, j, k, n, want;

	rng = 0x9e3779b97f4a7c15u * (unsigned)(_i + 1);
	for (i = 0; i < MANY; i++) {
		standing[i] = i;
		ck_assert_uint_eq(plain(c, i, (uint16_t)(i % 3)), i);
	}
	for (k = 0; k < 200; k++) {
		uint64_t a, b, win, lose;

		i = rnd(MANY);
		j = rnd(MANY);
		a = standing[i];
		b = standing[j];
		win = a < b ? a : b;
		lose = a < b ? b : a;
		ck_assert_int_eq(fl_contexts_join(c, i, j), a != b && i % 3 == j % 3);
		if (i % 3 == j % 3) {
			for (n = 0; n < MANY; n++)
				standing[n] = standing[n] == lose ? win : standing[n];
		}
		for (n = 0; n < MANY; n++)
			ck_assert_uint_eq(plain(c, n, (uint16_t)(n % 3)), standing[n]);
		for (n = 0, want = 0; n < MANY; n++)
			want += n % 3 == i % 3 && standing[n] == n && standing[i] != n;
		ck_assert_uint_eq(fl_contexts_near(c, i, out, MANY), want);
		for (n = 0, want = 0; n < MANY; n++)
			want += standing[n] == i && n != i;
		ck_assert_uint_eq(fl_contexts_former(c, i, out, MANY), want);
		for (n = 0; n < want; n++)
			ck_assert_uint_eq(standing[out[n]], i);
		fl_contexts_check(c);
	}
	fl_contexts_free(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("contexts");
	TCase *tc = tcase_create("contexts");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_spaces, 0, (int)FL_ARRAY_LEN(rows));
	tcase_add_test(tc, test_join);
	tcase_add_test(tc, test_bound);
	tcase_add_loop_test(tc, test_random, 0, 10);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
