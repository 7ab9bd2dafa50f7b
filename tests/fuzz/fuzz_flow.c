/* fuzz_flow.c - bytes become packets of a few hosts into contexts, copies, a small flow table and announcements.
 *
 *   byte 0       flows the table holds (low 4 bits, 1..16)
 *   then, 16 bytes each:
 *     0          outcome, by the order of FL_DECODE_OUTCOMES; bit 7: as many bytes of the input as follow are its payload
 *     1          source and destination host (2 bits each), MACs the other way round (bit 4), other MACs (bit 5), none (bit 6),
 *                the destination is a group (bit 7)
 *     2..3       ports, from a few; ICMP type and code
 *     4          TTL (low 2 bits: 64, 63, 62, 128), VLANs (bits 2..3), tunnel (bits 4..7: kind and one, 0: none)
 *     5          TCP flags
 *     6..9       sequence and acknowledgement number, in steps of 7
 *     10         length of the payload
 *     11         step of mono_ns: ms (low 6 bits), bit 6: times 4096; bit 7: the stamp steps a day back
 *     12         what else: join, look for the other side, unreachable, announce, take, forget, end all, advance
 *     13..14     IP identification; VNI
 *     15         where the other context is
 *
 * Required: the _check functions hold, those of table and contexts after each packet; each flow ends once; and what the table counts is what was given. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/rd.h"
#include "flow/contexts.h"
#include "flow/copies.h"
#include "flow/expect.h"
#include "flow/flow_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(x)                                                                            \
	do {                                                                                  \
		if (!(x)) {                                                                   \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #x);     \
			abort();                                                              \
		}                                                                             \
	} while (0)

enum { STEP = 16, HEADER = 40 };

struct world {
	struct fl_flow_table *flows;
	struct fl_contexts *contexts;
	struct fl_copies *copies;
	struct fl_expect *expect;
	uint64_t packets, copied;       /* given to the table */
	uint64_t ended_packets, ended_copies, ended;
	int64_t mono_ns, ts_ns;
	uint64_t number;
};

static void on_end(void *user, struct fl_flow *f)
{
	struct world *w = user;

	REQUIRE(f->end_reason != FL_FLOW_END_NONE);
	w->ended++;
	w->ended_packets += f->end[0].packets + f->end[1].packets;
	w->ended_copies += f->end[0].copies + f->end[1].copies;
}

static struct fl_addr host(unsigned n, bool group)
{
	return fl_addr_from(FL_ADDR_IPV4, (const uint8_t[4]){group ? 224 : 10, 0, 0, (uint8_t)n});
}

/* An IPv4 header so far as it matters, then the payload; in a block of its size. */
static uint8_t *datagram(struct fl_packet *p, const uint8_t *b, const uint8_t *payload, uint32_t n)
{
	uint8_t *d = calloc(1, HEADER + n);

	REQUIRE(d);
	d[0] = 0x45;
	d[4] = b[13];
	d[5] = b[14];
	d[8] = p->ttl;
	d[9] = p->outcome;
	memcpy(d + 12, p->src.b, 4);
	memcpy(d + 16, p->dst.b, 4);
	memcpy(d + 20, b + 2, 1);
	memcpy(d + 24, b + 5, 5);
	if (n)
		memcpy(d + HEADER, payload, n);
	p->ip = d;
	p->ip_caplen = p->ip_len = HEADER + n;
	p->payload = d + HEADER;
	p->payload_caplen = p->payload_len = n;
	return d;
}

static void set_packet(struct fl_packet *p, const uint8_t *b)
{
	static const uint8_t ttls[] = {64, 63, 62, 128}, protos[] = {6, 17, 1, 58, 132, 47};
	const bool swap = b[1] & 16, group = b[1] & 128;
	struct fl_tunnel *t = &p->tunnel[0];
	uint8_t from = b[1] & 3, to = b[1] >> 2 & 3;

	p->outcome = (uint8_t)((b[0] & 31) % FL_DECODE_OUTCOME_COUNT);
	p->frames = 1;
	p->bytes = 60;
	p->src = host(from, false);
	p->dst = host(to, group);
	p->ip_proto = p->outcome < sizeof protos ? protos[p->outcome] : b[10] & 7;
	p->has_mac = !(b[1] & 64);
	memcpy(p->src_mac, (const uint8_t[6]){2, 0, 0, 0, b[1] >> 5 & 1, swap ? to : from}, 6);
	memcpy(p->dst_mac, (const uint8_t[6]){group ? 3 : 2, 0, 0, 0, b[1] >> 5 & 1, swap ? from : to}, 6);
	p->src_port = b[2] & 3 ? 500 + (b[2] & 3) : 53;
	p->dst_port = b[3] & 3 ? 500 + (b[3] & 3) : 0;
	p->icmp_type = b[2] & 31;
	p->icmp_code = b[3] & 3;
	p->ttl = ttls[b[4] & 3];
	p->vlans = b[4] >> 2 & 3;
	p->vlan[0] = p->vlan[1] = p->vlan[2] = b[4] >> 2 & 3;
	p->ethertype = b[2] & 1 ? 0x8892 : 0x88b8;
	p->link_protocol = b[3] & 31;
	p->tcp_flags = b[5] & 63;
	p->tcp_seq = (uint32_t)(b[6] | b[7] << 8) * 7;
	p->tcp_ack = (uint32_t)(b[8] | b[9] << 8) * 7;
	if (!(b[4] >> 4) || b[4] >> 4 > FL_TUNNEL_KIND_COUNT)
		return;
	p->tunnels = 1;
	*t = (struct fl_tunnel){.kind = (uint8_t)((b[4] >> 4) - 1), .has_id = b[13] & 1, .id = b[14], .ip_proto = 17,
				.src_port = b[13], .dst_port = 4789, .ttl = 64, .vlans = p->vlans};
	if (t->kind != FL_TUNNEL_MPLS && t->kind != FL_TUNNEL_PPPOE && t->kind != FL_TUNNEL_PBB) {
		t->src = host(from + 10u, false);
		t->dst = host(to + 10u, group);
	}
}

static void also(struct world *w, const struct fl_packet *p, const uint8_t *b, uint64_t context, uint64_t other)
{
	struct fl_expectation x = {.context = context, .parent = b[13] + 1u, .ip_proto = p->ip_proto, .relation = FL_RELATED_FTP_DATA,
				   .from = b[15] & 1 ? p->src : (struct fl_addr){.kind = FL_ADDR_NONE}, .to = p->dst,
				   .from_port = b[15] & 2 ? p->src_port : 0, .to_port = p->dst_port, .lasting = b[15] & 4,
				   .until_ns = w->mono_ns + b[15] * INT64_C(10000000)};
	uint64_t near[4], found = 0;
	struct fl_flow f = {.context = context, .ip_proto = p->ip_proto};
	unsigned n;

	switch (b[12] & 7) {
	case 0:
		fl_contexts_join(w->contexts, context, other);
		break;
	case 1:
		n = fl_contexts_near(w->contexts, context, near, 4);
		if (fl_flow_table_other_side(w->flows, p, near, n, &found))
			fl_contexts_join(w->contexts, context, found);
		break;
	case 2:
		fl_flow_table_unreachable(w->flows, p, context);
		break;
	case 3:
		fl_expect_add(w->expect, &x);
		break;
	case 4:
		f.end[0].addr = p->src;
		f.end[0].port = p->src_port;
		f.end[1].addr = p->dst;
		f.end[1].port = p->dst_port;
		REQUIRE(fl_expect_take(w->expect, &f, w->mono_ns) == (f.parent != 0));
		break;
	case 5:
		fl_expect_forget(w->expect, b[13] + 1u);
		break;
	case 6:
		if (b[15] == 255)
			fl_flow_table_end_all(w->flows, FL_FLOW_END_CAPTURE_END);
		break;
	default:
		fl_flow_table_advance(w->flows, w->mono_ns);
		break;
	}
}

static void step(struct world *w, const uint8_t *b, const uint8_t *payload, uint32_t n)
{
	struct fl_frame frame = {.linktype = 1, .caplen = 60, .wirelen = 60, .iface = b[15] >> 7, .number = ++w->number};
	struct fl_packet p = {.frame = &frame};
	uint64_t context, other, first;
	uint8_t *d, sender = 9;
	struct fl_flow *f;
	bool is_new, had;

	w->mono_ns += (b[11] & 63) * INT64_C(1000000) * (b[11] & 64 ? 4096 : 1);
	w->ts_ns = b[11] & 128 ? w->ts_ns - INT64_C(86400000000000) : w->ts_ns + (b[11] & 63) * INT64_C(1000000);
	frame.mono_ns = w->mono_ns;
	frame.ts_ns = w->ts_ns;
	set_packet(&p, b);
	d = datagram(&p, b, payload, n);
	frame.data = d;
	frame.caplen = frame.wirelen = HEADER + n;
	context = fl_contexts_of(w->contexts, p.vlans, &p, p.tunnels);
	other = fl_contexts_of(w->contexts, b[15] & 3, &p, p.tunnels);
	if (p.outcome >= FL_DECODE_ARP && p.outcome != FL_DECODE_FRAGMENT) {
		p.ip = p.payload = NULL;
		p.ip_caplen = p.ip_len = p.payload_caplen = p.payload_len = 0;
	}
	switch (fl_copies_see(w->copies, &p, context, &first)) {
	case FL_COPY_NONE:
		REQUIRE(first == context);
		had = fl_flow_table_has(w->flows, &p, context);
		f = fl_flow_table_packet(w->flows, &p, context, &sender, &is_new);
		if (f) {
			REQUIRE(sender <= 1 && f->end[sender].seen && (had || is_new));
			w->packets++;
		}
		if (p.tunnels && fl_flow_table_carrier(w->flows, &p, 0, context, &sender, &is_new))
			w->packets++;
		break;
	default:
		w->copied += fl_flow_table_copy(w->flows, &p, first);
		if (p.tunnels)
			w->copied += fl_flow_table_carrier_copy(w->flows, &p, 0, context);
		break;
	}
	also(w, &p, b, context, other);
	fl_flow_table_check(w->flows);
	fl_contexts_check(w->contexts);
	free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.mono_ns = 0};
	struct fl_rd r = fl_rd_init(data, size, FL_CLOSED);
	struct fl_flow_table_opts o = {.max_flows = (fl_rd_u8(&r) & 15) + 1, .on_end = on_end, .user = &w};
	struct fl_flow_table_stats st;
	const uint8_t *b;
	uint32_t n;

	REQUIRE(fl_flow_table_new(&w.flows, &o) == 0);
	w.contexts = fl_contexts_new();
	w.copies = fl_copies_new();
	w.expect = fl_expect_new();
	REQUIRE(w.contexts && w.copies && w.expect);
	fl_flow_table_contexts(w.flows, w.contexts);
	while ((b = fl_rd_bytes(&r, STEP))) {
		n = b[0] & 128 ? b[10] : 0;
		if (n > fl_rd_left(&r))
			break;
		step(&w, b, fl_rd_bytes(&r, n), n);
	}
	fl_copies_check(w.copies);
	fl_expect_check(w.expect);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_CAPTURE_END);
	fl_flow_table_stats(w.flows, &st);
	REQUIRE(st.open == 0 && st.started == w.ended);
	REQUIRE(w.ended_packets == w.packets && w.ended_copies == w.copied);
	fl_flow_table_free(w.flows);
	fl_contexts_free(w.contexts);
	fl_copies_free(w.copies);
	fl_expect_free(w.expect);
	return 0;
}
