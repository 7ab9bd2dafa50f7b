/* test_flow_table.c - scripts of packets with the flows they must make, and the table's bounds and order. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
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
	tcase_add_loop_test(tc, test_random, 0, 10);
	tcase_add_test(tc, test_key_tables);
	tcase_add_test(tc, test_new);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
