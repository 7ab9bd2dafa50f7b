/* test_flow_table.c - scripts of packets with the flows they must make, and the table's bounds and order. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "fenceline/vocab.h"
#include "flow/contexts.h"
#include "flow/flow_key.h"
#include "flow/flow_table.h"
#include "run.h"

#define SEC INT64_C(1000000000)

enum { S = FL_TCP_SYN, K = FL_TCP_ACK, F = FL_TCP_FIN, R = FL_TCP_RST, P = FL_TCP_PSH };

/* ---- packets ---- */

static struct fl_addr ip4(unsigned last)
{
	return fl_addr_from(FL_ADDR_IPV4, (const uint8_t[4]){10, 0, (uint8_t)(last >> 8), (uint8_t)last});
}

struct probe {
	struct fl_frame frame;
	struct fl_packet p;
};

static struct fl_packet *packet(struct probe *b, enum fl_decode_outcome outcome, unsigned src, unsigned dst,
				uint16_t sport, uint16_t dport, int64_t ts_ns)
{
	static const uint8_t protos[] = {[FL_DECODE_TCP] = 6, [FL_DECODE_UDP] = 17, [FL_DECODE_ICMP] = 1,
					 [FL_DECODE_ICMPV6] = 58, [FL_DECODE_SCTP] = 132, [FL_DECODE_IP_OTHER] = 47};
	static uint64_t number;

	*b = (struct probe){.frame = {.ts_ns = ts_ns, .mono_ns = ts_ns, .wirelen = 60, .caplen = 60, .number = ++number}};
	b->p = (struct fl_packet){.frame = &b->frame, .outcome = (uint8_t)outcome, .src = ip4(src), .dst = ip4(dst),
				  .src_port = sport, .dst_port = dport, .ttl = 64, .frames = 1, .bytes = 60};
	b->p.ip_proto = outcome < FL_ARRAY_LEN(protos) ? protos[outcome] : 0;
	return &b->p;
}

struct ends {
	unsigned n;
	struct { uint64_t id; uint8_t reason, reply, initiator, how; unsigned packets; bool midstream; } list[64];
};

static void on_end(void *user, struct fl_flow *f)
{
	struct ends *e = user;

	ck_assert(f->end_reason != FL_FLOW_END_NONE);
	ck_assert(!f->stream && !f->dpi && !f->analysis);
	if (e->n < FL_ARRAY_LEN(e->list)) {
		e->list[e->n].id = f->id;
		e->list[e->n].reason = f->end_reason;
		e->list[e->n].reply = f->reply;
		e->list[e->n].initiator = f->initiator;
		e->list[e->n].how = f->initiator_how;
		e->list[e->n].packets = (unsigned)(f->end[0].packets + f->end[1].packets);
		e->list[e->n].midstream = f->midstream;
	}
	e->n++;
}

static struct fl_flow_table *table(uint32_t max, struct ends *e)
{
	struct fl_flow_table *t;

	ck_assert_int_eq(fl_flow_table_new(&t, &(struct fl_flow_table_opts){max, on_end, e}), FL_OK);
	return t;
}

/* ---- TCP scripts: end 0 is 10.0.0.1:5000, end 1 is 10.0.0.2:502 unless the script turns the ports around ---- */

#define STEPS_MAX 12
#define FLOWS_MAX 4

struct step { uint8_t who, flags; uint32_t seq, ack, len; int at_s; };
struct flow { uint8_t reason, reply, initiator, how; unsigned packets; bool midstream; };

#define END(x) FL_FLOW_END_##x
#define ANS FL_REPLY_ANSWERED
#define REF FL_REPLY_REFUSED
#define NOR FL_REPLY_NO_RESPONSE
#define HS FL_INITIATOR_HANDSHAKE
#define PT FL_INITIATOR_PORT

static const struct script {
	const char *name;
	struct step steps[STEPS_MAX];
	struct flow want[FLOWS_MAX]; /* in order of their ends; ends with packets 0 */
} scripts[] = {
	{"whole connection", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 0}, {1, K, 50, 15, 7, 0},
		{0, F | K, 15, 57, 0, 1}, {1, F | K, 57, 16, 0, 1}, {0, K, 16, 58, 0, 1}},
		{{END(FIN), ANS, 0, HS, 7, 0}}},
	{"... with a straggler", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, F | K, 10, 50, 0, 1},
		{1, F | K, 50, 11, 0, 1}, {0, K, 11, 51, 0, 1}, {1, F | K, 50, 11, 0, 2}, {0, K, 11, 51, 0, 9}},
		{{END(FIN), ANS, 0, HS, 7, 0}}},
	{"both FIN seen, last ACK lost", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, F | K, 10, 50, 0, 1},
		{1, F | K, 50, 11, 0, 1}}, {{END(FIN), ANS, 0, HS, 4, 0}}},
	{"data past a FIN cancels it", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, F | K, 10, 50, 0, 1},
		{1, F | K, 50, 11, 0, 1}, {1, K, 51, 11, 5, 2}, {0, K, 11, 56, 0, 3}},
		{{END(CAPTURE_END), ANS, 0, HS, 6, 0}}},
	{"refused", {{0, S, 9, 0, 0, 0}, {1, R | K, 0, 10, 0, 0}}, {{END(RST), REF, 0, HS, 2, 0}}},
	{"refused, tried again by the same SYN", {{0, S, 9, 0, 0, 0}, {1, R | K, 0, 10, 0, 0}, {0, S, 9, 0, 0, 1},
		{1, R | K, 0, 10, 0, 1}}, {{END(RST), REF, 0, HS, 4, 0}}},
	{"refused, then a new attempt", {{0, S, 9, 0, 0, 0}, {1, R | K, 0, 10, 0, 0}, {0, S, 700, 0, 0, 1},
		{1, S | K, 49, 701, 0, 1}}, {{END(REUSED), REF, 0, HS, 2, 0}, {END(CAPTURE_END), ANS, 0, HS, 2, 0}}},
	{"no answer, SYN repeated", {{0, S, 9, 0, 0, 0}, {0, S, 9, 0, 0, 1}, {0, S, 9, 0, 0, 3}, {0, S, 9, 0, 0, 35}},
		{{END(CAPTURE_END), NOR, 0, HS, 4, 0}}},
	{"no answer, other attempts", {{0, S, 9, 0, 0, 0}, {0, S, 500, 0, 0, 5}, {0, S, 900, 0, 0, 10}},
		{{END(REUSED), NOR, 0, HS, 1, 0}, {END(REUSED), NOR, 0, HS, 1, 0}, {END(CAPTURE_END), NOR, 0, HS, 1, 0}}},
	{"half open times out", {{0, S, 9, 0, 0, 0}, {0, S, 9, 0, 0, 61}},
		{{END(IDLE), NOR, 0, HS, 1, 0}, {END(CAPTURE_END), NOR, 0, HS, 1, 0}}},
	{"SYN+ACK first", {{1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 0, 0}}, {{END(CAPTURE_END), ANS, 0, HS, 2, 0}}},
	{"SYN+ACK captured before the SYN", {{1, S | K, 49, 10, 0, 0}, {0, S, 9, 0, 0, 0}, {0, K, 10, 50, 0, 0}},
		{{END(CAPTURE_END), ANS, 0, HS, 3, 0}}},
	{"SYN captured after its ACK", {{0, K, 10, 50, 0, 0}, {0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}},
		{{END(CAPTURE_END), ANS, 0, HS, 3, 0}}},
	{"server opens: the SYN decides, not the port", {{1, S, 9, 0, 0, 0}, {0, S | K, 49, 10, 0, 0}},
		{{END(CAPTURE_END), ANS, 1, HS, 2, 0}}},
	{"midstream, by port", {{1, K | P, 50, 10, 5, 0}, {0, K, 10, 55, 0, 0}}, {{END(CAPTURE_END), ANS,
		0, PT, 2, 1}}},
	{"midstream, one side", {{0, K | P, 10, 50, 5, 0}, {0, K | P, 15, 50, 5, 3600}},
		{{END(CAPTURE_END), NOR, 0, PT, 2, 1}}},
	{"established idles two hours", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 1},
		{0, K, 14, 50, 1, 7201}}, {{END(CAPTURE_END), ANS, 0, HS, 4, 0}}},
	{"... but not longer", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 1},
		{0, K, 15, 50, 1, 7441}}, {{END(IDLE), ANS, 0, HS, 3, 0}, {END(CAPTURE_END), NOR, 0, PT, 1, 1}}},
	{"closed, then the same ports again", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, R, 10, 0, 0, 1},
		{0, S, 8000, 0, 0, 2}, {1, S | K, 77, 8001, 0, 2}},
		{{END(REUSED), ANS, 0, HS, 3, 0}, {END(CAPTURE_END), ANS, 0, HS, 2, 0}}},
	{"closed, and the new SYN was not captured", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, R, 10, 0, 0, 1},
		{1, S | K, 77, 8001, 0, 2}}, {{END(REUSED), ANS, 0, HS, 3, 0}, {END(CAPTURE_END), ANS, 0, HS, 1, 0}}},
	{"SYN on a living connection proves nothing", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 1},
		{0, S, 8000, 0, 0, 2}, {1, S, 666, 0, 0, 2}, {1, K, 50, 15, 0, 2}, {0, K, 15, 50, 5, 3}},
		{{END(CAPTURE_END), ANS, 0, HS, 7, 0}}},
	{"... until the other end takes it up", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 1},
		{0, S, 8000, 0, 0, 2}, {1, S | K, 90, 8001, 0, 2}, {0, K, 8001, 91, 0, 2}},
		{{END(REUSED), ANS, 0, HS, 4, 0}, {END(CAPTURE_END), ANS, 0, HS, 2, 0}}},
	{"... or it was long idle", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 1},
		{0, S, 8000, 0, 0, 122}}, {{END(REUSED), ANS, 0, HS, 3, 0}, {END(CAPTURE_END), NOR, 0, HS, 1, 0}}},
	{"blind RST far off", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 1},
		{1, R, 900000000, 0, 0, 2}, {0, K, 15, 50, 5, 60}}, {{END(CAPTURE_END), ANS, 0, HS, 5, 0}}},
	{"RST that its end belies", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 1},
		{1, R, 50, 0, 0, 2}, {1, K, 50, 15, 5, 3}, {0, K, 15, 55, 5, 60}}, {{END(CAPTURE_END), ANS, 0, HS, 6, 0}}},
	{"RST, and what was under way", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}, {0, K, 10, 50, 5, 1},
		{1, R, 50, 0, 0, 2}, {1, K, 50, 15, 0, 2}, {0, K, 15, 50, 5, 2}, {0, K, 20, 50, 5, 13}},
		{{END(RST), ANS, 0, HS, 6, 0}, {END(CAPTURE_END), NOR, 0, PT, 1, 1}}},
	{"RST alone", {{1, R, 50, 0, 0, 0}, {0, K, 10, 50, 5, 11}},
		{{END(RST), NOR, 0, PT, 1, 1}, {END(CAPTURE_END), NOR, 0, PT, 1, 1}}},
};

START_TEST(test_tcp)
{
	const struct script *sc = &scripts[_i];
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	struct fl_flow_table_stats st;
	struct fl_packet *p;
	struct probe b;
	uint8_t sender;
	unsigned i, n;
	bool is_new;

	for (i = 0; i < STEPS_MAX && sc->steps[i].flags; i++) {
		const struct step *s = &sc->steps[i];

		p = s->who ? packet(&b, FL_DECODE_TCP, 2, 1, 502, 5000, s->at_s * SEC)
			   : packet(&b, FL_DECODE_TCP, 1, 2, 5000, 502, s->at_s * SEC);
		p->tcp_flags = s->flags;
		p->tcp_seq = s->seq;
		p->tcp_ack = s->ack;
		p->payload_len = s->len;
		ck_assert_ptr_nonnull(fl_flow_table_packet(t, p, 0, &sender, &is_new));
		ck_assert_uint_eq(sender, s->who);
		fl_flow_table_check(t);
	}
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	for (n = 0; n < FLOWS_MAX && sc->want[n].packets; n++) {
		const struct flow *w = &sc->want[n];

		ck_assert_msg(n < e.n, "%s: only %u flows", sc->name, e.n);
		ck_assert_msg(e.list[n].reason == w->reason && e.list[n].reply == w->reply &&
			      e.list[n].initiator == w->initiator && e.list[n].how == w->how &&
			      e.list[n].packets == w->packets && e.list[n].midstream == w->midstream,
			      "%s, flow %u: reason %d reply %d initiator %d how %d packets %u midstream %d", sc->name, n,
			      e.list[n].reason, e.list[n].reply, e.list[n].initiator, e.list[n].how, e.list[n].packets,
			      e.list[n].midstream);
	}
	ck_assert_msg(n == e.n, "%s: %u flows, not %u", sc->name, e.n, n);
	fl_flow_table_stats(t, &st);
	ck_assert(st.started == n && st.open == 0 && !st.evicted && !st.time_steps_back);
	fl_flow_table_check(t);
	fl_flow_table_free(t);
}
END_TEST

/* ---- other protocols: one or two packets ---- */

static const struct pair {
	const char *name;
	uint8_t outcome;
	unsigned src, dst;               /* of the first packet; 0xffff: multicast group */
	uint16_t sport, dport;           /* ICMP: type and code */
	bool second;                     /* a second packet from the other side ... */
	uint16_t sport2, dport2;
	bool one_flow;
	uint8_t initiator;               /* 0: the first packet's sender, 1: the other */
	uint8_t how, reply;
} pairs[] = {
	{"udp by port", FL_DECODE_UDP, 1, 2, 40000, 161, true, 161, 40000, true, 0, PT, ANS},
	{"udp, answer first", FL_DECODE_UDP, 1, 2, 161, 40000, true, 40000, 161, true, 1, PT, ANS},
	{"udp, plant port", FL_DECODE_UDP, 2, 1, 47808, 40001, false, 0, 0, true, 1, PT, NOR},
	{"udp, both ports a server's", FL_DECODE_UDP, 2, 1, 2222, 2222, true, 2222, 2222, true,
		0, FL_INITIATOR_FIRST_PACKET, ANS},
	{"udp, ephemeral port that happens to be a plant's", FL_DECODE_UDP, 1, 2, 44818, 53, false, 0, 0, true,
		0, PT, NOR},
	{"udp to a group", FL_DECODE_UDP, 1, 0xffff, 53, 40000, false, 0, 0, true,
		0, FL_INITIATOR_FIRST_PACKET, FL_REPLY_ONE_WAY},
	{"sctp", FL_DECODE_SCTP, 1, 2, 40000, 80, true, 80, 40000, true, 0, PT, ANS},
	{"echo", FL_DECODE_ICMP, 1, 2, 8, 0, true, 0, 0, true, 0, FL_INITIATOR_CONTENT, ANS},
	{"echo, reply first", FL_DECODE_ICMP, 1, 2, 0, 0, true, 8, 0, true, 1, FL_INITIATOR_CONTENT, ANS},
	{"echo, both ask", FL_DECODE_ICMP, 1, 2, 8, 0, true, 8, 0, false, 0, FL_INITIATOR_CONTENT, NOR},
	{"echo, higher address asks", FL_DECODE_ICMP, 2, 1, 8, 0, true, 0, 0, true, 0, FL_INITIATOR_CONTENT, ANS},
	{"echo v6", FL_DECODE_ICMPV6, 2, 1, 128, 0, true, 129, 0, true, 0, FL_INITIATOR_CONTENT, ANS},
	{"v4 type in v6 is another", FL_DECODE_ICMPV6, 1, 2, 8, 0, true, 0, 0, false,
		0, FL_INITIATOR_FIRST_PACKET, FL_REPLY_ONE_WAY},
	{"unreachable both ways", FL_DECODE_ICMP, 1, 2, 3, 3, true, 3, 3, false,
		0, FL_INITIATOR_FIRST_PACKET, FL_REPLY_ONE_WAY},
	{"one-way messages that mirror one another", FL_DECODE_ICMP, 1, 2, 5, 3, true, 3, 5, false,
		0, FL_INITIATOR_FIRST_PACKET, FL_REPLY_ONE_WAY},
	{"gre", FL_DECODE_IP_OTHER, 2, 1, 0, 0, true, 0, 0, true, 0, FL_INITIATOR_FIRST_PACKET, ANS},
};

START_TEST(test_pair)
{
	const struct pair *w = &pairs[_i];
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	struct fl_flow *f, *g;
	struct fl_packet *p;
	struct probe b;
	uint8_t first, second;
	bool is_new;

	p = packet(&b, w->outcome, w->src, w->dst, w->sport, w->dport, 0);
	if (w->dst == 0xffff)
		p->dst = fl_addr_from(FL_ADDR_IPV4, (const uint8_t[4]){239, 192, 1, 1});
	p->icmp_type = (uint8_t)w->sport;
	p->icmp_code = (uint8_t)w->dport;
	f = fl_flow_table_packet(t, p, 0, &first, &is_new);
	ck_assert(f && is_new && !fl_addr_cmp(&f->end[first].addr, &p->src));
	if (w->second) {
		p = packet(&b, w->outcome, w->dst, w->src, w->sport2, w->dport2, 1);
		p->icmp_type = (uint8_t)w->sport2;
		p->icmp_code = (uint8_t)w->dport2;
		g = fl_flow_table_packet(t, p, 0, &second, &is_new);
		ck_assert_msg((g == f) == w->one_flow && is_new == !w->one_flow, "%s: one flow or two", w->name);
		if (g == f)
			ck_assert_uint_ne(first, second);
	}
	fl_flow_table_check(t);
	ck_assert_msg((f->initiator != first) == w->initiator && f->initiator_how == w->how && f->reply == w->reply,
		      "%s: initiator %d how %d reply %d", w->name, f->initiator != first, f->initiator_how, f->reply);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_free(t);
}
END_TEST

/* ---- the table ---- */

START_TEST(test_ends_facts)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(4, &e);
	struct fl_packet *p;
	struct fl_flow *f;
	struct probe b;
	uint8_t s;
	bool is_new;

	p = packet(&b, FL_DECODE_UDP, 2, 1, 9, 7000, 5 * SEC);
	p->has_mac = true;
	memcpy(p->src_mac, "\0\1\2\3\4\5", 6);
	p->vlans = 2;
	p->vlan[0] = 30;
	p->vlan[1] = 31;
	b.frame.iface = 3;
	b.p.bytes = 1500;
	f = fl_flow_table_packet(t, p, 77, &s, &is_new);
	ck_assert(s == 1 && f->id == 1 && f->context == 77 && f->iface == 3 && f->first_ns == 5 * SEC);
	ck_assert(f->end[1].seen && !f->end[0].seen && f->end[1].on_link && f->end[1].has_mac);
	ck_assert(f->end[1].vlans == 2 && f->end[1].vlan[1] == 31 && !memcmp(f->end[1].mac, "\0\1\2\3\4\5", 6));
	p = packet(&b, FL_DECODE_UDP, 1, 2, 7000, 9, 4 * SEC); /* and time steps back */
	p->ttl = 63;
	ck_assert_ptr_eq(fl_flow_table_packet(t, p, 77, &s, &is_new), f);
	ck_assert(s == 0 && !is_new && !f->end[0].on_link && !f->end[0].has_mac);
	ck_assert(f->end[0].packets == 1 && f->end[0].bytes == 60 && f->end[1].bytes == 1500);
	ck_assert(f->last_ns == 5 * SEC && f->first_ns == 5 * SEC);
	/* another context is another flow; ARP without MAC addresses is none */
	p = packet(&b, FL_DECODE_UDP, 1, 2, 7000, 9, 5 * SEC);
	ck_assert_ptr_ne(fl_flow_table_packet(t, p, 78, &s, &is_new), f);
	p = packet(&b, FL_DECODE_ARP, 1, 2, 0, 0, 5 * SEC);
	ck_assert_ptr_null(fl_flow_table_packet(t, p, 77, &s, &is_new));
	fl_flow_table_check(t);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	ck_assert(e.n == 2 && e.list[0].id == 1 && e.list[1].id == 2);
	fl_flow_table_free(t);
}
END_TEST

START_TEST(test_set_initiator)
{
	struct fl_flow f = {.initiator = 0, .initiator_how = FL_INITIATOR_FIRST_PACKET};

	fl_flow_set_initiator(&f, 1, FL_INITIATOR_FIRST_PACKET);
	ck_assert(f.initiator == 0);
	fl_flow_set_initiator(&f, 1, FL_INITIATOR_CONTENT);
	ck_assert(f.initiator == 1 && f.initiator_how == FL_INITIATOR_CONTENT);
	fl_flow_set_initiator(&f, 0, FL_INITIATOR_PORT);
	ck_assert(f.initiator == 1);
	fl_flow_set_initiator(&f, 0, FL_INITIATOR_HANDSHAKE);
	ck_assert(f.initiator == 0 && f.initiator_how == FL_INITIATOR_HANDSHAKE);
}
END_TEST

static struct fl_flow *udp(struct fl_flow_table *t, unsigned src, int64_t ts_ns)
{
	struct probe b;
	uint8_t s;
	bool is_new;

	return fl_flow_table_packet(t, packet(&b, FL_DECODE_UDP, src, 9, 1000, 2000, ts_ns), 0, &s, &is_new);
}

START_TEST(test_bound)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(3, &e);
	struct fl_flow_table_stats st;
	struct fl_packet *p;
	struct fl_flow *f;
	struct probe b;
	uint8_t s;
	bool is_new;
	unsigned i;

	for (i = 1; i <= 3; i++)
		udp(t, i, i);
	udp(t, 1, 4);
	udp(t, 4, 5); /* 2 is the least recently seen */
	ck_assert(e.n == 1 && e.list[0].id == 2 && e.list[0].reason == FL_FLOW_END_EVICTED);
	/* walked in order of birth */
	f = fl_flow_table_next(t, NULL);
	ck_assert_uint_eq(f->id, 1);
	f = fl_flow_table_next(t, f);
	ck_assert_uint_eq(f->id, 3);
	f = fl_flow_table_next(t, f);
	ck_assert_uint_eq(f->id, 4);
	ck_assert_ptr_null(fl_flow_table_next(t, f));
	/* a closed connection goes before a living flow, and is no eviction */
	p = packet(&b, FL_DECODE_TCP, 5, 6, 1, 2, 6);
	p->tcp_flags = FL_TCP_RST;
	fl_flow_table_packet(t, p, 0, &s, &is_new);
	ck_assert(e.n == 2 && e.list[1].id == 3 && e.list[1].reason == FL_FLOW_END_EVICTED);
	udp(t, 7, 7);
	ck_assert(e.n == 3 && e.list[2].id == 5 && e.list[2].reason == FL_FLOW_END_RST);
	fl_flow_table_stats(t, &st);
	ck_assert(st.evicted == 2 && st.open == 3 && st.started == 6 && st.midstream == 1);
	fl_flow_table_check(t);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	ck_assert(e.n == 6 && e.list[3].id == 1 && e.list[4].id == 4 && e.list[5].id == 6);
	fl_flow_table_free(t);
}
END_TEST

START_TEST(test_expiry)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(8, &e);
	struct fl_flow_table_stats st;

	udp(t, 1, 100 * SEC);
	udp(t, 2, 150 * SEC);
	udp(t, 1, 110 * SEC); /* older than the newest: counted; its flow lives from 150 on */
	fl_flow_table_advance(t, 140 * SEC); /* back: nothing, and no packet */
	fl_flow_table_stats(t, &st);
	ck_assert_uint_eq(st.time_steps_back, 1);
	fl_flow_table_advance(t, 270 * SEC - 1);
	ck_assert_uint_eq(e.n, 0);
	fl_flow_table_advance(t, 270 * SEC);
	ck_assert(e.n == 2 && e.list[0].id == 2 && e.list[1].id == 1 && e.list[0].reason == FL_FLOW_END_IDLE);
	/* what a hostile file may claim */
	udp(t, 1, INT64_MAX);
	udp(t, 2, INT64_MIN);
	fl_flow_table_check(t);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	ck_assert_uint_eq(e.n, 4);
	fl_flow_table_free(t);
	e.n = 0;
	t = table(8, &e);
	udp(t, 1, INT64_MIN);
	udp(t, 2, INT64_MAX);
	ck_assert(e.n == 1 && e.list[0].id == 1);
	fl_flow_table_check(t);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_free(t);
}
END_TEST

/* ---- time ---- */

/* A clock set back a day: what waits goes by mono_ns, what is told by the stamps. */
START_TEST(test_clock_steps)
{
	static const int64_t day = 86400 * SEC;
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(8, &e);
	struct fl_flow_table_stats st;
	struct fl_flow *f;
	struct probe b;
	uint8_t s;
	bool is_new;

	udp(t, 1, 2 * day);
	packet(&b, FL_DECODE_UDP, 2, 9, 1000, 2000, day + SEC); /* a day back */
	b.frame.mono_ns = 2 * day + 5 * SEC;
	f = fl_flow_table_packet(t, &b.p, 0, &s, &is_new);
	ck_assert(f->first_ns == day + SEC && f->last_ns == day + SEC);
	packet(&b, FL_DECODE_UDP, 1, 9, 1000, 2000, day + 6 * SEC); /* a flow that began before */
	b.frame.mono_ns = 2 * day + 10 * SEC;
	f = fl_flow_table_packet(t, &b.p, 0, &s, &is_new);
	ck_assert(!is_new && f->first_ns == 2 * day && f->last_ns == day + 6 * SEC);
	packet(&b, FL_DECODE_UDP, 1, 9, 1000, 2000, day + 4 * SEC); /* of another queue: late, no step */
	b.frame.mono_ns = 2 * day + 10 * SEC;
	ck_assert(fl_flow_table_packet(t, &b.p, 0, &s, &is_new) == f && f->last_ns == day + 6 * SEC);
	fl_flow_table_stats(t, &st);
	ck_assert_uint_eq(st.time_steps_back, 2);
	fl_flow_table_check(t);
	fl_flow_table_advance(t, 2 * day + 125 * SEC - 1);
	ck_assert_uint_eq(e.n, 0);
	fl_flow_table_advance(t, 2 * day + 125 * SEC);
	ck_assert(e.n == 1 && e.list[0].id == 2 && e.list[0].reason == FL_FLOW_END_IDLE);
	packet(&b, FL_DECODE_UDP, 1, 9, 1000, 2000, 2 * day + 20 * SEC); /* set right again: no wait has passed */
	b.frame.mono_ns = 2 * day + 126 * SEC;
	ck_assert(fl_flow_table_packet(t, &b.p, 0, &s, &is_new) == f && !is_new && f->last_ns == 2 * day + 20 * SEC);
	fl_flow_table_stats(t, &st);
	ck_assert_uint_eq(st.time_steps_back, 2);
	fl_flow_table_check(t);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_free(t);
}
END_TEST

/* ---- who gives way ---- */

static struct fl_flow *tcp(struct fl_flow_table *t, bool back, unsigned src, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len,
			   uint64_t context, int64_t ts_ns)
{
	struct probe b;
	struct fl_packet *p = back ? packet(&b, FL_DECODE_TCP, 9, src, 502, 5000, ts_ns)
				   : packet(&b, FL_DECODE_TCP, src, 9, 5000, 502, ts_ns);
	uint8_t s;
	bool is_new;

	p->tcp_flags = flags;
	p->tcp_seq = seq;
	p->tcp_ack = ack;
	p->payload_len = len;
	return fl_flow_table_packet(t, p, context, &s, &is_new);
}

static struct fl_flow *link_frame(struct fl_flow_table *t, uint8_t from, uint8_t to, enum fl_decode_outcome outcome,
				  uint16_t ethertype, uint16_t protocol, uint8_t *sender, bool *is_new)
{
	struct probe b;
	struct fl_packet *p = packet(&b, outcome, 0, 0, 0, 0, 0);

	p->src.kind = p->dst.kind = FL_ADDR_NONE;
	p->ip_proto = p->ttl = 0;
	p->has_mac = from != 0;
	memcpy(p->src_mac, (const uint8_t[6]){2, 0, 0, 0, 0, from}, 6);
	memcpy(p->dst_mac, (const uint8_t[6]){to == 0xff ? 1 : 2, 0, 0, 0, 0, to}, 6);
	p->ethertype = ethertype;
	p->link_protocol = protocol;
	return fl_flow_table_packet(t, p, 0, sender, is_new);
}

/* A connection, exchanges and link upkeep in a full table; then floods of what anybody can invent. */
START_TEST(test_floods)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(12, &e);
	struct fl_flow_table_stats st;
	struct fl_packet *p;
	struct probe b;
	unsigned i;
	uint8_t s;
	bool is_new;

	tcp(t, false, 1, S, 9, 0, 0, 0, 1); /* id 1: with payload */
	tcp(t, true, 1, S | K, 49, 10, 0, 0, 1);
	tcp(t, false, 1, K, 10, 50, 5, 0, 1);
	tcp(t, false, 2, S, 9, 0, 0, 0, 1); /* id 2: without */
	tcp(t, true, 2, S | K, 49, 10, 0, 0, 1);
	tcp(t, false, 2, K, 10, 50, 0, 0, 1);
	p = packet(&b, FL_DECODE_UDP, 3, 9, 1000, 2000, 1); /* id 3: answered */
	p->payload_len = 1;
	fl_flow_table_packet(t, p, 0, &s, &is_new);
	fl_flow_table_packet(t, packet(&b, FL_DECODE_UDP, 9, 3, 2000, 1000, 1), 0, &s, &is_new);
	link_frame(t, 1, 0xff, FL_DECODE_ARP, 0x0806, FL_PROTOCOL_LINK_ARP, &s, &is_new); /* id 4 */
	for (i = 0; i < 4; i++)
		udp(t, 4, 1); /* id 5: many one way */
	udp(t, 5, 1);         /* id 6 */
	for (i = 0; i < 3000; i++) {
		switch (i % 4) {
		case 0: tcp(t, false, 100 + i, S, i, 0, 0, 0, 2); break;
		case 1: udp(t, 100 + i, 2); break;
		case 2: /* answered by the server, but nobody is there */
			tcp(t, false, 100 + i, S, i, 0, 0, 0, 2);
			tcp(t, true, 100 + i, S | K, 1, i + 1, 0, 0, 2);
			break;
		case 3: tcp(t, false, 100 + i, (i & 4 ? F : P) | K, i, 7, 50, 0, 2); break;
		}
		fl_flow_table_check(t);
	}
	fl_flow_table_stats(t, &st);
	ck_assert_uint_eq(st.evicted_rank[FL_RANK_ATTEMPT], st.evicted);
	ck_assert_uint_eq(st.evicted, e.n);
	ck_assert(e.list[0].id == 6 && e.list[0].reason == FL_FLOW_END_EVICTED);
	for (i = 1; i < e.n && i < FL_ARRAY_LEN(e.list); i++)
		ck_assert_uint_gt(e.list[i].id, 6);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_free(t);

	/* the same table, filled by what is worth more and more: the order in which they go */
	e.n = 0;
	t = table(6, &e);
	tcp(t, false, 1, S, 9, 0, 0, 0, 1);
	tcp(t, true, 1, S | K, 49, 10, 0, 0, 1);
	tcp(t, false, 1, K, 10, 50, 5, 0, 1);
	tcp(t, false, 2, S, 9, 0, 0, 0, 1);
	tcp(t, true, 2, S | K, 49, 10, 0, 0, 1);
	tcp(t, false, 2, K, 10, 50, 0, 0, 1);
	p = packet(&b, FL_DECODE_UDP, 3, 9, 1000, 2000, 1);
	p->payload_len = 1;
	fl_flow_table_packet(t, p, 0, &s, &is_new);
	fl_flow_table_packet(t, packet(&b, FL_DECODE_UDP, 9, 3, 2000, 1000, 1), 0, &s, &is_new);
	link_frame(t, 1, 0xff, FL_DECODE_ARP, 0x0806, FL_PROTOCOL_LINK_ARP, &s, &is_new);
	for (i = 0; i < 4; i++)
		udp(t, 4, 1);
	udp(t, 5, 1);
	for (i = 0; i < 6; i++) {
		tcp(t, false, 10 + i, S, 9, 0, 0, 0, 3);
		tcp(t, true, 10 + i, S | K, 49, 10, 0, 0, 3);
		tcp(t, false, 10 + i, K, 10, 50, 5, 0, 3);
	}
	ck_assert_uint_eq(e.n, 6);
	ck_assert(e.list[0].id == 6 && e.list[1].id == 5 && e.list[2].id == 4 && e.list[3].id == 2 && e.list[4].id == 3 &&
		  e.list[5].id == 1);
	fl_flow_table_stats(t, &st);
	for (i = FL_RANK_ATTEMPT; i < FL_FLOW_RANK_COUNT; i++)
		ck_assert_uint_eq(st.evicted_rank[i], 1);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_free(t);
}
END_TEST

/* ---- not IP, no ports, tunnels ---- */

START_TEST(test_link)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	struct fl_flow *f, *g;
	uint8_t s;
	bool is_new;

	f = link_frame(t, 2, 1, FL_DECODE_ETHERTYPE, 0x8892, FL_PROTOCOL_LINK_PROFINET, &s, &is_new);
	ck_assert(f->kind == FL_FLOW_LINK && f->ethertype == 0x8892 && f->protocol == FL_PROTOCOL_LINK_PROFINET && s == 1);
	ck_assert(f->ip_proto == 0 && f->end[0].addr.kind == FL_ADDR_MAC && f->end[0].addr.b[5] == 1 && f->end[1].on_link);
	ck_assert(f->initiator == 1 && f->first == 1 && f->reply == FL_REPLY_NO_RESPONSE && f->payload && f->end[1].has_mac);
	g = link_frame(t, 1, 2, FL_DECODE_ETHERTYPE, 0x8892, FL_PROTOCOL_LINK_PROFINET, &s, &is_new);
	ck_assert(g == f && s == 0 && !is_new && f->reply == FL_REPLY_ANSWERED && f->first == 1);
	/* by EtherType, and by kind of LLC; an EtherType without a name by its number */
	g = link_frame(t, 1, 2, FL_DECODE_ETHERTYPE, 0x88b8, FL_PROTOCOL_LINK_GOOSE, &s, &is_new);
	ck_assert(is_new && g != f);
	g = link_frame(t, 1, 2, FL_DECODE_ETHERTYPE, 0x9999, FL_PROTOCOL_ETHERNET, &s, &is_new);
	ck_assert(is_new && link_frame(t, 1, 2, FL_DECODE_ETHERTYPE, 0x999a, FL_PROTOCOL_ETHERNET, &s, &is_new) != g && is_new);
	g = link_frame(t, 1, 0xff, FL_DECODE_LLC, 0, FL_PROTOCOL_LINK_STP, &s, &is_new);
	ck_assert(is_new && g->reply == FL_REPLY_ONE_WAY && g->initiator == g->first);
	link_frame(t, 1, 0xff, FL_DECODE_LLC, 0, FL_PROTOCOL_LINK_CDP, &s, &is_new);
	ck_assert(is_new);
	g = link_frame(t, 1, 2, FL_DECODE_ARP, 0x0806, FL_PROTOCOL_LINK_ARP, &s, &is_new);
	ck_assert(is_new && g->reply == FL_REPLY_ONE_WAY);
	g = link_frame(t, 1, 2, FL_DECODE_CIPHER, 0x88e5, FL_PROTOCOL_LINK_MACSEC, &s, &is_new);
	ck_assert(is_new && g->protocol == FL_PROTOCOL_LINK_MACSEC);
	ck_assert_ptr_null(link_frame(t, 0, 0, FL_DECODE_CONTROL, 0, 0, &s, &is_new));
	ck_assert_ptr_null(link_frame(t, 0, 0, FL_DECODE_CIPHER, 0, 0, &s, &is_new));
	fl_flow_table_check(t);
	fl_flow_table_advance(t, 300 * SEC - 1);
	ck_assert_uint_eq(e.n, 0);
	fl_flow_table_advance(t, 300 * SEC);
	ck_assert_uint_eq(e.n, 8);
	fl_flow_table_free(t);
}
END_TEST

START_TEST(test_pieces)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	struct fl_flow *f;
	struct fl_packet *p;
	struct probe b;
	uint8_t s;
	bool is_new;

	p = packet(&b, FL_DECODE_FRAGMENT, 1, 2, 0, 0, 0);
	p->ip_proto = 6;
	p->frames = 3;
	p->bytes = 4000;
	p->frag_len = 1000;
	f = fl_flow_table_packet(t, p, 0, &s, &is_new);
	ck_assert(f->kind == FL_FLOW_IP && f->ip_proto == 6 && f->end[s].packets == 3 && f->end[s].bytes == 4000 && f->payload);
	ck_assert(f->reply == FL_REPLY_NO_RESPONSE && !f->midstream);
	p = packet(&b, FL_DECODE_FRAGMENT, 2, 1, 0, 0, 0);
	p->ip_proto = 6;
	ck_assert(fl_flow_table_packet(t, p, 0, &s, &is_new) == f && !is_new && f->reply == FL_REPLY_ANSWERED);
	p->ip_proto = 17;
	ck_assert(fl_flow_table_packet(t, p, 0, &s, &is_new) != f && is_new);
	/* a connection from port 0 to port 0 is another flow, and a datagram put together counts all its frames */
	p = packet(&b, FL_DECODE_TCP, 1, 2, 0, 0, 0);
	p->frames = 2;
	f = fl_flow_table_packet(t, p, 0, &s, &is_new);
	ck_assert(is_new && f->end[s].packets == 2);
	fl_flow_table_check(t);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_free(t);
}
END_TEST

static struct fl_flow *carrier(struct fl_flow_table *t, enum fl_tunnel_kind kind, unsigned src, unsigned dst, uint16_t sport,
			       uint16_t dport, uint8_t *sender, bool *is_new)
{
	struct probe b;
	struct fl_packet *p = packet(&b, FL_DECODE_UDP, 70, 71, 1, 2, 0);

	p->tunnels = 2;
	p->vlans = 2;
	p->vlan[0] = 30;
	p->vlan[1] = 31;
	p->tunnel[0] = (struct fl_tunnel){.kind = FL_TUNNEL_MPLS};
	p->tunnel[1] = (struct fl_tunnel){.kind = (uint8_t)kind, .vlans = 1, .src = ip4(src), .dst = ip4(dst), .ip_proto = 17,
					  .ttl = 63, .src_port = sport, .dst_port = dport, .has_mac = true,
					  .src_mac = {2, 0, 0, 0, 0, (uint8_t)src}, .dst_mac = {2, 0, 0, 0, 0, (uint8_t)dst}};
	ck_assert_ptr_null(fl_flow_table_carrier(t, p, 0, 5, sender, is_new));
	ck_assert(!fl_flow_table_carrier_copy(t, p, 0, 5));
	return fl_flow_table_carrier(t, p, 1, 5, sender, is_new);
}

START_TEST(test_carrier)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	struct fl_flow *f, *g;
	struct fl_packet *p;
	struct probe b;
	uint8_t s;
	bool is_new;

	/* the port that a VXLAN frame is sent from says nothing, either way */
	f = carrier(t, FL_TUNNEL_VXLAN, 2, 1, 50000, 4789, &s, &is_new);
	ck_assert(is_new && s == 1 && f->kind == FL_FLOW_CARRIER && f->protocol == FL_PROTOCOL_TUNNEL_VXLAN && f->context == 5);
	ck_assert(f->initiator == 1 && f->end[1].port == 0 && f->end[0].port == 4789 && f->ip_proto == 17 && f->payload);
	ck_assert(f->end[1].has_mac && f->end[1].mac[5] == 2 && !f->end[1].on_link && f->end[1].vlans == 1 && f->end[1].vlan[0] == 30);
	ck_assert(f->end[1].vlan[1] == 0 && f->end[1].packets == 1 && f->end[1].bytes == 60);
	ck_assert(carrier(t, FL_TUNNEL_VXLAN, 2, 1, 50001, 4789, &s, &is_new) == f && !is_new);
	ck_assert(carrier(t, FL_TUNNEL_VXLAN, 1, 2, 60000, 4789, &s, &is_new) == f && s == 0);
	ck_assert(f->reply == FL_REPLY_ANSWERED && f->end[0].packets == 1 && f->end[1].packets == 2);
	/* other ports, kinds and endpoints are other tunnels */
	ck_assert(carrier(t, FL_TUNNEL_VXLAN, 2, 1, 50000, 8472, &s, &is_new) != f && is_new);
	ck_assert(carrier(t, FL_TUNNEL_GENEVE, 2, 1, 50000, 4789, &s, &is_new) != f && is_new);
	ck_assert(carrier(t, FL_TUNNEL_VXLAN, 2, 3, 50000, 4789, &s, &is_new) != f && is_new);
	g = carrier(t, FL_TUNNEL_TEREDO, 2, 1, 40000, 3544, &s, &is_new);
	ck_assert(is_new && g->end[1].port == 40000 && g->end[0].port == 3544);
	ck_assert(carrier(t, FL_TUNNEL_TEREDO, 1, 2, 3544, 40000, &s, &is_new) == g && !is_new);
	/* a flow of the same addresses and ports is not the tunnel */
	p = packet(&b, FL_DECODE_UDP, 2, 1, 0, 4789, 0);
	ck_assert(fl_flow_table_packet(t, p, 5, &s, &is_new) != f && is_new);
	/* copies are counted apart */
	p->tunnels = 1;
	p->tunnel[0] = (struct fl_tunnel){.kind = FL_TUNNEL_VXLAN, .src = ip4(2), .dst = ip4(1), .ip_proto = 17,
					  .src_port = 1, .dst_port = 4789};
	ck_assert(fl_flow_table_carrier_copy(t, p, 0, 5) && !fl_flow_table_carrier_copy(t, p, 0, 6));
	ck_assert(f->end[1].copies == 1 && f->end[1].copy_bytes == 60 && f->end[1].packets == 2);
	fl_flow_table_check(t);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_free(t);
}
END_TEST

START_TEST(test_copy)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	struct fl_flow *f = udp(t, 1, 0);
	struct fl_packet *p;
	struct probe b;

	p = packet(&b, FL_DECODE_UDP, 1, 9, 1000, 2000, 100 * SEC);
	p->frames = 2;
	ck_assert(fl_flow_table_copy(t, p, 0) && !fl_flow_table_copy(t, p, 1));
	ck_assert(f->end[0].copies == 2 && f->end[0].copy_bytes == 60 && f->end[0].packets == 1 && f->last_ns == 0);
	ck_assert(fl_flow_table_has(t, p, 0) && !fl_flow_table_has(t, p, 1));
	p->outcome = FL_DECODE_CUT;
	ck_assert(!fl_flow_table_copy(t, p, 0) && !fl_flow_table_has(t, p, 0));
	fl_flow_table_advance(t, 120 * SEC); /* it kept nothing alive */
	ck_assert_uint_eq(e.n, 1);
	fl_flow_table_free(t);
}
END_TEST

/* ---- the other side of a connection under another context ---- */

static const struct side {
	const char *name;
	struct step flow[3];   /* of the flow in context 20 */
	struct step other;     /* the segment in context 10 */
	bool found;
} sides[] = {
	{"the answer to the SYN", {{0, S, 9, 0, 0, 0}}, {1, S | K, 49, 10, 0, 0}, true},
	{"an answer to another SYN", {{0, S, 9, 0, 0, 0}}, {1, S | K, 49, 11, 0, 0}, false},
	{"a SYN proves nothing", {{0, S, 9, 0, 0, 0}}, {1, S, 49, 0, 0, 0}, false},
	{"the SYN came last", {{1, S | K, 49, 10, 0, 0}}, {0, K, 10, 50, 0, 0}, true},
	{"midstream", {{0, K, 5000, 90000, 100, 0}}, {1, K, 90000, 5100, 7, 0}, true},
	{"midstream, a bit behind", {{0, K, 5000, 90000, 100, 0}}, {1, K, 89000, 5000, 7, 0}, true},
	{"midstream, other numbers here", {{0, K, 5000, 90000, 100, 0}}, {1, K, 900000, 5100, 7, 0}, false},
	{"midstream, other numbers there", {{0, K, 5000, 90000, 100, 0}}, {1, K, 90000, 510000, 7, 0}, false},
	{"midstream, without acknowledgement", {{0, K, 5000, 90000, 100, 0}}, {1, P, 90000, 5100, 7, 0}, false},
	{"a SYN alone proves no data", {{0, S, 9, 0, 0, 0}}, {1, K, 49, 10, 7, 0}, false},
	{"both sides are there", {{0, S, 9, 0, 0, 0}, {1, S | K, 49, 10, 0, 0}}, {1, K, 50, 10, 7, 0}, false},
	{"the same side", {{0, K, 5000, 90000, 100, 0}}, {0, K, 5100, 90000, 7, 0}, false},
};

START_TEST(test_other_side)
{
	static const uint64_t contexts[] = {30, 20};
	const struct side *w = &sides[_i];
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	const struct step *o = &w->other;
	uint64_t found = 0;
	struct fl_packet *p;
	struct probe b;
	unsigned i;

	for (i = 0; i < 3 && w->flow[i].flags; i++)
		tcp(t, w->flow[i].who, 1, w->flow[i].flags, w->flow[i].seq, w->flow[i].ack, w->flow[i].len, 20, 0);
	p = o->who ? packet(&b, FL_DECODE_TCP, 9, 1, 502, 5000, 0) : packet(&b, FL_DECODE_TCP, 1, 9, 5000, 502, 0);
	p->tcp_flags = o->flags;
	p->tcp_seq = o->seq;
	p->tcp_ack = o->ack;
	p->payload_len = o->len;
	ck_assert_msg(fl_flow_table_other_side(t, p, contexts, 2, &found) == w->found, "%s", w->name);
	ck_assert_uint_eq(found, w->found ? 20 : 0);
	ck_assert(!fl_flow_table_other_side(t, p, contexts, 1, &found));
	p->src_port++;
	ck_assert(!fl_flow_table_other_side(t, p, contexts, 2, &found));
	fl_flow_table_free(t);
}
END_TEST

/* A flow that began before its context became one with another goes on there. */
START_TEST(test_joined)
{
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	struct fl_contexts *c = fl_contexts_new();
	struct fl_frame fr = {0};
	struct fl_packet p = {.frame = &fr};
	uint64_t a = fl_contexts_of(c, 10, &p, 0), b = fl_contexts_of(c, 20, &p, 0);
	struct fl_flow *f, *g;

	fl_flow_table_contexts(t, c);
	f = tcp(t, false, 1, S, 9, 0, 0, b, 0);
	ck_assert(fl_contexts_join(c, a, b) && fl_contexts_of(c, 20, &p, 0) == a);
	g = tcp(t, true, 1, S | K, 49, 10, 0, a, 0);
	ck_assert(g == f && f->context == b && f->reply == FL_REPLY_ANSWERED);
	ck_assert(tcp(t, false, 2, S, 9, 0, 0, a, 0)->context == a);
	/* what begins anew on the same ports begins in the joined one */
	tcp(t, false, 1, R, 10, 0, 0, a, 0);
	g = tcp(t, false, 1, S, 70000, 0, 0, a, 0);
	ck_assert(e.n == 1 && e.list[0].reason == FL_FLOW_END_REUSED && g->context == a);
	fl_flow_table_check(t);
	fl_flow_table_contexts(t, NULL);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_free(t);
	fl_contexts_free(c);
}
END_TEST

/* ---- what could not be delivered ---- */

static const struct quote {
	const char *name;
	uint8_t outcome, type, code; /* of the message */
	unsigned n;                  /* quoted bytes */
	uint8_t bytes[80];
	bool tcp, refused;           /* what was sent: a SYN from 10.0.0.1:5000 to 10.0.0.2:502, number 9; or a datagram of UDP */
} quotes[] = {
	{"port unreachable", FL_DECODE_ICMP, 3, 3, 28, {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x13, 0x88, 1, 0xf6}, false, true},
	{"... of a SYN", FL_DECODE_ICMP, 3, 13, 28, {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x13, 0x88, 1, 0xf6, 0, 0, 0, 9}, true, true},
	{"... of a SYN with another number", FL_DECODE_ICMP, 3, 13, 28, {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1,
		10, 0, 0, 2, 0x13, 0x88, 1, 0xf6, 0, 0, 1, 9}, true, false},
	{"options in the quoted header", FL_DECODE_ICMP, 3, 0, 32, {0x46, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1,
		10, 0, 0, 2, 1, 1, 1, 0, 0x13, 0x88, 1, 0xf6}, false, true},
	{"another port", FL_DECODE_ICMP, 3, 3, 28, {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x13, 0x88, 1, 0xf7}, false, false},
	{"to somebody else", FL_DECODE_ICMP, 3, 3, 28, {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1,
		1, 0xf6, 0x13, 0x88}, false, false},
	{"fragmentation needed", FL_DECODE_ICMP, 3, 4, 28, {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x13, 0x88, 1, 0xf6}, false, false},
	{"time exceeded", FL_DECODE_ICMP, 11, 0, 28, {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x13, 0x88, 1, 0xf6}, false, false},
	{"a later fragment", FL_DECODE_ICMP, 3, 3, 28, {0x45, 0, 0, 40, 0, 0, 0, 1, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x13, 0x88, 1, 0xf6}, false, false},
	{"no IPv4 header", FL_DECODE_ICMP, 3, 3, 28, {0x44, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x13, 0x88, 1, 0xf6}, false, false},
	{"IPv6", FL_DECODE_ICMPV6, 1, 4, 48, {0x60, 0, 0, 0, 0, 20, 17, 64, 10, 0, 0, 1, [24] = 10, 0, 0, 2, [40] = 0x13, 0x88, 1, 0xf6},
		false, true},
	{"IPv6 with extension headers", FL_DECODE_ICMPV6, 1, 0, 80, {0x60, 0, 0, 0, 0, 20, 0, 64, 10, 0, 0, 1, [24] = 10, 0, 0, 2,
		[40] = 60, 0, [48] = 44, 0, [56] = 51, 0, [64] = 17, 0, [72] = 0x13, 0x88, 1, 0xf6}, false, true},
	{"IPv6, a later fragment", FL_DECODE_ICMPV6, 1, 0, 64, {0x60, 0, 0, 0, 0, 20, 44, 64, 10, 0, 0, 1, [24] = 10, 0, 0, 2,
		[40] = 17, 0, 0, 8, [48] = 0x13, 0x88, 1, 0xf6}, false, false},
	{"IPv6, packet too big", FL_DECODE_ICMPV6, 2, 0, 48, {0x60, 0, 0, 0, 0, 20, 17, 64, 10, 0, 0, 1, [24] = 10, 0, 0, 2,
		[40] = 0x13, 0x88, 1, 0xf6}, false, false},
};

START_TEST(test_unreachable)
{
	const struct quote *q = &quotes[_i];
	const bool v6 = q->outcome == FL_DECODE_ICMPV6;
	const enum fl_addr_kind kind = v6 ? FL_ADDR_IPV6 : FL_ADDR_IPV4;
	const struct fl_addr one = fl_addr_from(kind, (const uint8_t[16]){10, 0, 0, 1}),
			     two = fl_addr_from(kind, (const uint8_t[16]){10, 0, 0, 2});
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(16, &e);
	struct fl_flow_table_stats st;
	struct fl_packet *p;
	struct probe b;
	struct fl_flow *f;
	uint8_t s, *copy;
	bool is_new;
	uint32_t n;

	p = packet(&b, q->tcp ? FL_DECODE_TCP : FL_DECODE_UDP, 1, 2, 5000, 502, 0);
	p->src = one;
	p->dst = two;
	p->tcp_flags = S;
	p->tcp_seq = 9;
	f = fl_flow_table_packet(t, p, 0, &s, &is_new);
	p = packet(&b, q->outcome, 3, 1, 0, 0, 0);
	p->dst = one;
	p->icmp_type = q->type;
	p->icmp_code = q->code;
	for (n = 0; n <= q->n; n++) { /* every prefix, in a block of its size */
		const bool enough = n >= q->n - (q->tcp ? 0 : 4);

		copy = malloc(n ? n : 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, q->bytes, n);
		p->payload = copy;
		p->payload_caplen = p->payload_len = n;
		f->reply = FL_REPLY_NO_RESPONSE;
		ck_assert(!fl_flow_table_unreachable(t, p, 1));
		if (n != q->n && enough) {
			free(copy);
			continue; /* enough of it */
		}
		ck_assert_msg(fl_flow_table_unreachable(t, p, 0) == (q->refused && enough), "%s, %u bytes", q->name, n);
		ck_assert_uint_eq(f->reply, q->refused && enough ? FL_REPLY_REFUSED : FL_REPLY_NO_RESPONSE);
		f->reply = FL_REPLY_ANSWERED;
		ck_assert(!fl_flow_table_unreachable(t, p, 0) && f->reply == FL_REPLY_ANSWERED);
		free(copy);
	}
	fl_flow_table_stats(t, &st);
	ck_assert_uint_eq(st.started, 1);
	fl_flow_table_check(t);
	fl_flow_table_free(t);
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

/* Random packets of few hosts and ports against a small table: every flow ends once, the invariants hold. */
START_TEST(test_random)
{
	static const uint8_t outcomes[] = {FL_DECODE_TCP, FL_DECODE_TCP, FL_DECODE_TCP, FL_DECODE_UDP, FL_DECODE_ICMP,
					   FL_DECODE_SCTP, FL_DECODE_IP_OTHER};
	struct ends e = {.n = 0};
	struct fl_flow_table *t = table(20, &e);
	struct fl_flow_table_stats st;
	struct fl_packet *p;
	struct probe b;
	int64_t ts = 0;
	unsigned i, born = 0;
	uint8_t s;
	bool is_new;

	rng = 0x2545f4914f6cdd1du * (unsigned)(_i + 1);
	for (i = 0; i < 4000; i++) {
		ts += rnd(8) ? (int64_t)rnd(100) * 1000000 : (int64_t)rnd(100) * SEC - 20 * SEC;
		s = outcomes[rnd(sizeof outcomes)];
		p = packet(&b, s, 1 + rnd(5), 1 + rnd(5), (uint16_t)rnd(3), (uint16_t)rnd(3), ts);
		p->tcp_flags = (uint8_t)rnd(64);
		p->tcp_seq = rnd(4) * 1000;
		p->tcp_ack = rnd(4) * 1000 + rnd(2);
		p->payload_len = rnd(2) * 1000;
		p->icmp_type = (uint8_t)rnd(16);
		p->icmp_code = (uint8_t)rnd(2);
		ck_assert_ptr_nonnull(fl_flow_table_packet(t, p, rnd(2), &s, &is_new));
		born += is_new;
		fl_flow_table_check(t);
	}
	fl_flow_table_stats(t, &st);
	ck_assert_uint_eq(st.started, born);
	ck_assert_uint_eq(st.started - st.open, e.n);
	ck_assert_uint_gt(st.evicted, 0);
	ck_assert_uint_gt(st.time_steps_back, 0);
	fl_flow_table_end_all(t, FL_FLOW_END_CAPTURE_END);
	ck_assert_uint_eq(e.n, born);
	fl_flow_table_free(t);
}
END_TEST

START_TEST(test_key_tables)
{
	/* SipHash must spread: 4096 neighbours of one another fall into no chain of more than a few. */
	static const uint64_t secret[2] = {1, 2};
	unsigned chain[4096] = {0}, port, worst = 0, h;
	struct fl_flow_key k;
	struct probe b;

	for (port = 0; port < 4096; port++) {
		ck_assert(fl_flow_key(packet(&b, FL_DECODE_TCP, 1, 2, (uint16_t)port, 502, 0), 0, &k));
		h = fl_flow_hash(&k, secret) & 4095;
		worst = ++chain[h] > worst ? chain[h] : worst;
	}
	ck_assert_uint_le(worst, 10);
	ck_assert_uint_gt(fl_port_rank(502), fl_port_rank(22));
	ck_assert_uint_gt(fl_port_rank(443), fl_port_rank(44818));
	ck_assert_uint_gt(fl_port_rank(55003), fl_port_rank(55004));
	ck_assert_uint_eq(fl_port_rank(0), 0);
}
END_TEST

START_TEST(test_new)
{
	struct fl_flow_table *t = NULL;

	ck_assert_int_eq(fl_flow_table_new(&t, &(struct fl_flow_table_opts){.max_flows = FL_FLOWS_MAX + 1}), FL_EINVALID);
	ck_assert_ptr_null(t);
	ck_assert_int_eq(fl_flow_table_new(&t, &(struct fl_flow_table_opts){.max_flows = 1}), FL_OK);
	ck_assert_uint_gt(fl_flow_table_memory(t), sizeof(struct fl_flow) * 2);
	udp(t, 1, 0);
	udp(t, 2, 0); /* a table of one flow, and nobody who asks how it ends */
	fl_flow_table_check(t);
	fl_flow_table_free(t);
	fl_flow_table_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("flow_table");
	TCase *tc = tcase_create("flow_table");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_tcp, 0, (int)FL_ARRAY_LEN(scripts));
	tcase_add_loop_test(tc, test_pair, 0, (int)FL_ARRAY_LEN(pairs));
	tcase_add_test(tc, test_ends_facts);
	tcase_add_test(tc, test_set_initiator);
	tcase_add_test(tc, test_bound);
	tcase_add_test(tc, test_expiry);
	tcase_add_test(tc, test_clock_steps);
	tcase_add_test(tc, test_floods);
	tcase_add_test(tc, test_link);
	tcase_add_test(tc, test_pieces);
	tcase_add_test(tc, test_carrier);
	tcase_add_test(tc, test_copy);
	tcase_add_loop_test(tc, test_other_side, 0, (int)FL_ARRAY_LEN(sides));
	tcase_add_test(tc, test_joined);
	tcase_add_loop_test(tc, test_unreachable, 0, (int)FL_ARRAY_LEN(quotes));
	tcase_add_loop_test(tc, test_random, 0, 10);
	tcase_add_test(tc, test_key_tables);
	tcase_add_test(tc, test_new);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
