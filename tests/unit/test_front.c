/* test_front.c - frames as a mirror port gives them, into the flows they are. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow_table.h"
#include "monitor/front.h"
#include "run.h"

#define MS INT64_C(1000000)
#define T0 (INT64_C(1700000000) * 1000 * MS)
enum { ENDED_MAX = 16, FRAME_MAX = 2048 };

struct rig {
	struct fl_front *front;
	struct fl_flow_table *flows;
	struct fl_flow ended[ENDED_MAX];
	unsigned n_ended, packets, carriers;
	uint64_t number;
	bool keep_apart;
};

struct bytes { uint8_t b[FRAME_MAX]; size_t n; };

/* --- frames --- */

static void put(struct bytes *o, const void *p, size_t n)
{
	ck_assert_uint_le(o->n + n, sizeof o->b);
	memcpy(o->b + o->n, p, n);
	o->n += n;
}

static void put16(struct bytes *o, unsigned v)
{
	const uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	put(o, b, 2);
}

static void put32(struct bytes *o, uint32_t v)
{
	put16(o, v >> 16);
	put16(o, v & 0xffff);
}

static void ethernet(struct bytes *o, uint8_t from, uint8_t to, unsigned vlan, unsigned type)
{
	const uint8_t mac[12] = {2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from};

	o->n = 0;
	put(o, mac, sizeof mac);
	if (vlan) {
		put16(o, 0x8100);
		put16(o, vlan);
	}
	put16(o, type);
}

static void ip4(struct bytes *o, unsigned id, unsigned frag, uint8_t ttl, uint8_t proto, uint8_t from, uint8_t to, size_t payload)
{
	const uint8_t addrs[8] = {10, 0, 0, from, 10, 0, 0, to};

	put16(o, 0x4500);
	put16(o, (unsigned)(20 + payload));
	put16(o, id);
	put16(o, frag);
	put(o, &ttl, 1);
	put(o, &proto, 1);
	put16(o, 0);
	put(o, addrs, 8);
}

static void tcp(struct bytes *o, unsigned sport, unsigned dport, uint32_t seq, uint32_t ack, uint8_t flags, const char *data)
{
	put16(o, sport);
	put16(o, dport);
	put32(o, seq);
	put32(o, ack);
	put16(o, 0x5000u | flags);
	put16(o, 8192);
	put32(o, 0);
	put(o, data, strlen(data));
}

/* --- the rig --- */

static uint64_t context_of(void *user, uint16_t iface, const uint16_t *vlan, unsigned vlans)
{
	(void)user;
	return (uint64_t)(vlans ? vlan[0] : 0) << 16 | iface;
}

static bool may_join(void *user, uint64_t context)
{
	(void)context;
	return !((struct rig *)user)->keep_apart;
}

static void on_packet(void *user, const struct fl_packet *p, struct fl_flow *f, uint8_t sender, bool is_new)
{
	struct rig *r = user;

	(void)p;
	(void)sender;
	(void)is_new;
	if (f->kind == FL_FLOW_CARRIER)
		r->carriers++;
	else
		r->packets++;
}

static void on_end(void *user, struct fl_flow *f)
{
	struct rig *r = user;

	ck_assert_uint_lt(r->n_ended, ENDED_MAX);
	r->ended[r->n_ended++] = *f;
}

static void start(struct rig *r)
{
	struct fl_flow_table_opts fo = {.max_flows = 64, .on_end = on_end, .user = r};
	struct fl_front_opts o = {.context = context_of, .may_join = may_join, .on_packet = on_packet, .user = r};

	*r = (struct rig){0};
	ck_assert_int_eq(fl_flow_table_new(&r->flows, &fo), 0);
	o.flows = r->flows;
	ck_assert_int_eq(fl_front_new(&r->front, &o), 0);
}

static int64_t frame(struct rig *r, int64_t ts_ns, const struct bytes *o)
{
	struct fl_frame f = {.caplen = (uint32_t)o->n, .wirelen = (uint32_t)o->n, .ts_ns = ts_ns, .number = ++r->number,
			     .linktype = 1};
	uint8_t *exact = malloc(o->n); /* the sanitizer sees a read past its end */
	int64_t back;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, o->b, o->n);
	f.data = exact;
	fl_front_time(r->front, &f, &back);
	(void)fl_front_frame(r->front, &f);
	free(exact);
	return back;
}

static void finish(struct rig *r)
{
	fl_front_end(r->front);
	fl_flow_table_end_all(r->flows, FL_FLOW_END_CAPTURE_END);
}

static void done(struct rig *r)
{
	fl_front_free(r->front);
	fl_flow_table_free(r->flows);
}

static struct fl_front_stats stats(const struct rig *r)
{
	struct fl_front_stats s;

	fl_front_stats(r->front, &s);
	return s;
}

/* A TCP segment from host 1 to host 2 (or back), as it is on the sender's side of a router, or on the other. */
static void segment(struct bytes *o, bool back, bool routed, unsigned vlan, uint32_t seq, uint32_t ack, uint8_t flags,
		    const char *data)
{
	ethernet(o, routed ? 99 : back ? 2 : 1, routed ? (back ? 1 : 2) : 98, vlan, 0x0800);
	ip4(o, 1000 + seq % 1000 + back * 7u, 0x4000, routed ? 63 : 64, 6, back ? 2 : 1, back ? 1 : 2, 20 + strlen(data));
	tcp(o, back ? 502 : 40000, back ? 40000 : 502, seq, ack, flags, data);
}

/* --- tests --- */

START_TEST(before_and_after_a_router_is_one_connection)
{
	struct rig r;
	struct bytes o;
	const struct fl_flow *f;
	unsigned i;

	start(&r);
	segment(&o, false, false, 10, 100, 0, FL_TCP_SYN, "");
	frame(&r, T0, &o);
	segment(&o, false, true, 20, 100, 0, FL_TCP_SYN, "");
	frame(&r, T0 + MS / 10, &o);
	segment(&o, true, false, 20, 500, 101, FL_TCP_SYN | FL_TCP_ACK, "");
	frame(&r, T0 + MS, &o);
	segment(&o, true, true, 10, 500, 101, FL_TCP_SYN | FL_TCP_ACK, "");
	frame(&r, T0 + MS + MS / 10, &o);
	for (i = 0; i < 10; i++) {
		segment(&o, false, false, 10, 101 + i * 5, 501, FL_TCP_ACK | FL_TCP_PSH, "hello");
		frame(&r, T0 + (2 + i) * MS, &o);
		segment(&o, false, true, 20, 101 + i * 5, 501, FL_TCP_ACK | FL_TCP_PSH, "hello");
		frame(&r, T0 + (2 + i) * MS + MS / 10, &o);
	}
	finish(&r);
	ck_assert_uint_eq(r.n_ended, 1);
	f = &r.ended[0];
	ck_assert_uint_eq(f->end[0].packets, 11);
	ck_assert_uint_eq(f->end[0].copies, 11);
	ck_assert_uint_eq(f->end[1].packets, 1);
	ck_assert_uint_eq(f->end[1].copies, 1);
	ck_assert_uint_eq(r.packets, 12);
	ck_assert_uint_eq(stats(&r).copies, 12);
	ck_assert_uint_eq(stats(&r).copies_routed, 12);
	ck_assert_uint_ge(stats(&r).contexts_joined, 1);
	done(&r);
}
END_TEST

START_TEST(a_tag_on_one_side_only)
{
	struct rig r;
	struct bytes o;

	start(&r);
	segment(&o, false, false, 10, 100, 0, FL_TCP_SYN, "");
	frame(&r, T0, &o);
	segment(&o, true, false, 0, 500, 101, FL_TCP_SYN | FL_TCP_ACK, "");
	frame(&r, T0 + MS, &o);
	segment(&o, false, false, 10, 101, 501, FL_TCP_ACK, "x");
	frame(&r, T0 + 2 * MS, &o);
	segment(&o, true, false, 0, 501, 102, FL_TCP_ACK, "y");
	frame(&r, T0 + 3 * MS, &o);
	finish(&r);
	ck_assert_uint_eq(r.n_ended, 1);
	ck_assert_uint_eq(r.ended[0].end[0].packets, 2);
	ck_assert_uint_eq(r.ended[0].end[1].packets, 2);
	ck_assert_uint_eq(stats(&r).contexts_joined, 1);
	done(&r);
}
END_TEST

START_TEST(what_a_policy_keeps_apart_stays_apart)
{
	struct rig r;
	struct bytes o;

	start(&r);
	r.keep_apart = true;
	segment(&o, false, false, 10, 100, 0, FL_TCP_SYN, "");
	frame(&r, T0, &o);
	segment(&o, true, false, 20, 500, 101, FL_TCP_SYN | FL_TCP_ACK, "");
	frame(&r, T0 + MS, &o);
	finish(&r);
	ck_assert_uint_eq(r.n_ended, 2);
	ck_assert_uint_eq(stats(&r).contexts_joined, 0);
	done(&r);
}
END_TEST

/* The same numbers on two VLANs by chance: another connection's answer joins nothing. */
START_TEST(another_answer_joins_nothing)
{
	struct rig r;
	struct bytes o;

	start(&r);
	segment(&o, false, false, 10, 100, 0, FL_TCP_SYN, "");
	frame(&r, T0, &o);
	segment(&o, true, false, 20, 500, 777777, FL_TCP_SYN | FL_TCP_ACK, "");
	frame(&r, T0 + MS, &o);
	finish(&r);
	ck_assert_uint_eq(r.n_ended, 2);
	ck_assert_uint_eq(stats(&r).contexts_joined, 0);
	done(&r);
}
END_TEST

START_TEST(a_tunnel_is_a_flow_and_so_is_what_it_carries)
{
	struct rig r;
	struct bytes o;

	start(&r);
	ethernet(&o, 1, 2, 0, 0x0800);
	ip4(&o, 1, 0, 64, 47, 1, 2, 4 + 20 + 8 + 4);
	put32(&o, 0x00000800);
	ip4(&o, 2, 0, 64, 17, 11, 12, 12);
	put16(&o, 5000);
	put16(&o, 5001);
	put16(&o, 12);
	put16(&o, 0);
	put(&o, "data", 4);
	frame(&r, T0, &o);
	finish(&r);
	ck_assert_uint_eq(r.n_ended, 2);
	ck_assert_uint_eq(r.carriers, 1);
	ck_assert_uint_eq(r.packets, 1);
	ck_assert_uint_eq(stats(&r).tunnelled, 1);
	ck_assert_uint_ne(r.ended[0].kind, r.ended[1].kind);
	done(&r);
}
END_TEST

static void fragment(struct rig *r, int64_t ts_ns, unsigned id, unsigned offset, bool more, const uint8_t *data, size_t n)
{
	struct bytes o;

	ethernet(&o, 1, 2, 0, 0x0800);
	ip4(&o, id, (more ? 0x2000u : 0) | offset / 8, 64, 17, 1, 2, n);
	put(&o, data + offset, n);
	frame(r, ts_ns, &o);
}

START_TEST(fragments_count_with_their_datagram)
{
	uint8_t udp[48] = {0x13, 0x88, 0x13, 0x89, 0, 48};
	struct rig r;

	start(&r);
	fragment(&r, T0, 7, 16, true, udp, 16);
	fragment(&r, T0, 7, 32, false, udp, 16);
	ck_assert_uint_eq(r.packets, 0);
	fragment(&r, T0, 7, 0, true, udp, 16);
	ck_assert_uint_eq(r.packets, 1);
	fragment(&r, T0, 8, 0, true, udp, 16); /* the rest never comes */
	finish(&r);
	ck_assert_uint_eq(r.n_ended, 2);
	ck_assert_uint_eq(r.ended[0].end[0].packets + r.ended[0].end[1].packets, 3);
	ck_assert_uint_eq(r.ended[0].end[0].bytes + r.ended[0].end[1].bytes, 3 * (14 + 20 + 16));
	ck_assert_uint_eq(r.ended[1].end[0].packets + r.ended[1].end[1].packets, 1);
	ck_assert_uint_eq(r.ended[1].end[0].port, 0);
	ck_assert_uint_eq(stats(&r).datagrams_joined, 1);
	ck_assert_uint_eq(stats(&r).fragments_incomplete, 1);
	done(&r);
}
END_TEST

START_TEST(link_layer_flows)
{
	struct rig r;
	struct bytes o;

	start(&r);
	ethernet(&o, 1, 2, 0, 0x8892);
	put32(&o, 0x80000001);
	frame(&r, T0, &o);
	ethernet(&o, 2, 1, 0, 0x8892);
	put32(&o, 0x80000002);
	frame(&r, T0 + MS, &o);
	ethernet(&o, 1, 2, 0, 0x88b8);
	put32(&o, 0x00000001);
	frame(&r, T0 + 2 * MS, &o);
	finish(&r);
	ck_assert_uint_eq(r.n_ended, 2);
	ck_assert_uint_eq(r.ended[0].kind, FL_FLOW_LINK);
	ck_assert_uint_eq(r.ended[0].ethertype, 0x8892);
	ck_assert_uint_eq(r.ended[0].end[0].packets, 1);
	ck_assert_uint_eq(r.ended[0].end[1].packets, 1);
	ck_assert_uint_eq(r.ended[1].ethertype, 0x88b8);
	done(&r);
}
END_TEST

START_TEST(a_clock_set_back_does_not_stop_time)
{
	struct rig r;
	struct bytes o;

	start(&r);
	segment(&o, false, false, 0, 100, 0, FL_TCP_SYN, "");
	ck_assert_int_eq(frame(&r, T0, &o), 0);
	segment(&o, false, false, 0, 101, 0, FL_TCP_SYN, "");
	ck_assert_int_eq(frame(&r, T0 - 3600000 * MS, &o), 3600000 * MS);
	ck_assert_int_eq(fl_front_now_ns(r.front), T0 - 3600000 * MS);
	ck_assert_int_eq(fl_front_mono_ns(r.front), T0);
	ck_assert_uint_eq(r.n_ended, 1); /* another number: another attempt */
	fl_front_advance(r.front, T0 - 3600000 * MS + 120000 * MS); /* two minutes later an unanswered attempt is over */
	ck_assert_int_eq(fl_front_mono_ns(r.front), T0 + 120000 * MS);
	ck_assert_uint_eq(r.n_ended, 2);
	finish(&r);
	done(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("front");
	TCase *t = tcase_create("front");

	tcase_add_test(t, before_and_after_a_router_is_one_connection);
	tcase_add_test(t, a_tag_on_one_side_only);
	tcase_add_test(t, what_a_policy_keeps_apart_stays_apart);
	tcase_add_test(t, another_answer_joins_nothing);
	tcase_add_test(t, a_tunnel_is_a_flow_and_so_is_what_it_carries);
	tcase_add_test(t, fragments_count_with_their_datagram);
	tcase_add_test(t, link_layer_flows);
	tcase_add_test(t, a_clock_set_back_does_not_stop_time);
	suite_add_tcase(s, t);
	return fl_run_suite(s);
}
