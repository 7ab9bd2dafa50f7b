/* test_copies.c - what a mirror shows twice, and what a host says twice: scripts of frames with what each must be, and
 * random sessions in which the truth is known. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/vocab.h"
#include "flow/copies.h"
#include "run.h"

#define MS INT64_C(1000000)

/* ---- frames ---- */

/* Kinds: letters of the scripts. */
enum kind {
	END, DATA /* TCP with payload */, ACK /* TCP without */, SYN, UDP, ICMP, PIECE, UDP6, DATA6, ARP, REALTIME, STP, CUT
};

struct seen {
	uint8_t kind;     /* enum kind */
	uint16_t id;      /* IPv4 identification */
	uint8_t payload;  /* its first byte */
	uint8_t from, to; /* last byte of the MACs; to 0xff: a group; 0: a link without */
	uint8_t ttl;
	uint8_t vlan;     /* 0: none */
	int at_us;
	char want;        /* . a frame of its own, S same, T retagged, R routed */
};

struct probe {
	struct fl_frame frame;
	struct fl_packet p;
	uint8_t *bytes;
};

static void macs(struct fl_packet *p, uint8_t from, uint8_t to)
{
	p->has_mac = from != 0;
	if (!p->has_mac)
		return;
	memcpy(p->src_mac, (const uint8_t[6]){2, 0, 0, 0, 0, from}, 6);
	memcpy(p->dst_mac, (const uint8_t[6]){to == 0xff ? 3 : 2, 0, 0, 0, 0, to}, 6);
}

/* Bytes in a block of exactly their size, so that the sanitizer sees a read past the end. */
static void make(struct probe *b, const struct seen *s, unsigned iface, size_t payload)
{
	const bool ip = s->kind < ARP, v6 = s->kind == UDP6 || s->kind == DATA6;
	const size_t head = v6 ? 40 : 20, n = ip ? head + 20 + payload : 12 + (s->vlan ? 4u : 0) + 2 + payload;
	struct fl_packet *p = &b->p;
	uint8_t *o;

	*b = (struct probe){.frame = {.iface = (uint16_t)iface, .mono_ns = s->at_us * INT64_C(1000), .linktype = 1}};
	p->frame = &b->frame;
	p->frames = 1;
	b->bytes = o = calloc(1, n);
	ck_assert_ptr_nonnull(o);
	b->frame.data = o;
	b->frame.caplen = b->frame.wirelen = (uint32_t)n;
	macs(p, s->from, s->to);
	p->vlans = s->vlan != 0;
	p->vlan[0] = s->vlan;
	p->ttl = ip ? s->ttl : 0;
	if (ip) {
		o[0] = v6 ? 0x60 : 0x45;
		o[4] = v6 ? 0 : (uint8_t)(s->id >> 8);
		o[5] = v6 ? 0 : (uint8_t)s->id;
		o[v6 ? 7 : 8] = s->ttl;
		if (!v6)
			o[10] = (uint8_t)(0x55 ^ s->ttl); /* header checksum */
		o[head + 20] = s->payload;
		p->ip = o;
		p->ip_caplen = p->ip_len = (uint32_t)n;
		p->src = fl_addr_from(v6 ? FL_ADDR_IPV6 : FL_ADDR_IPV4, (const uint8_t[16]){10, 0, 0, 1});
		p->dst = fl_addr_from(v6 ? FL_ADDR_IPV6 : FL_ADDR_IPV4, (const uint8_t[16]){10, 0, 0, 2});
		o[head] = s->kind;
	} else {
		memcpy(o, p->dst_mac, 6);
		memcpy(o + 6, p->src_mac, 6);
		if (s->vlan)
			memcpy(o + 12, (const uint8_t[4]){0x81, 0, 0, s->vlan}, 4);
		o[n - payload - 2] = s->kind == ARP ? 8 : s->kind == STP ? 0 : 0x88;
		o[n - payload - 1] = s->kind == ARP ? 6 : s->kind == STP ? 38 : 0x92;
		o[n - payload] = s->payload;
	}
	switch (s->kind) {
	case DATA:
	case DATA6:
	case ACK:
	case SYN:
		p->outcome = FL_DECODE_TCP;
		p->tcp_flags = s->kind == SYN ? FL_TCP_SYN : FL_TCP_ACK;
		p->payload_len = s->kind == DATA || s->kind == DATA6 ? 1 : 0;
		break;
	case ICMP: p->outcome = FL_DECODE_ICMP; break;
	case PIECE: p->outcome = FL_DECODE_FRAGMENT; break;
	case ARP:
		p->outcome = FL_DECODE_ARP;
		p->ethertype = 0x0806;
		p->link_protocol = FL_PROTOCOL_LINK_ARP;
		break;
	case REALTIME:
		p->outcome = FL_DECODE_ETHERTYPE;
		p->ethertype = 0x8892;
		p->link_protocol = FL_PROTOCOL_LINK_PROFINET;
		break;
	case STP:
		p->outcome = FL_DECODE_LLC;
		p->link_protocol = FL_PROTOCOL_LINK_STP;
		break;
	case CUT: p->outcome = FL_DECODE_CUT; break;
	default: p->outcome = FL_DECODE_UDP; break;
	}
}

static char see(struct fl_copies *c, const struct seen *s, unsigned iface, uint64_t context, uint64_t *first)
{
	struct probe b;
	enum fl_copy how;

	make(&b, s, iface, 8);
	how = fl_copies_see(c, &b.p, context, first);
	fl_copies_check(c);
	free(b.bytes);
	return ".STR"[how];
}

/* What a session does to each frame. */
enum mode { ONCE, TWICE, TAGS /* twice, the second time with a tag */, ROUTER, THRICE };

/* n TCP segments from 1 to 2 and as many from 2 to 1; at_us: time of the next frame. */
static void teach(struct fl_copies *c, unsigned n, enum mode mode, int *at_us)
{
	uint64_t first;
	unsigned i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < 2; j++) {
			struct seen s = {DATA, (uint16_t)(9000 + 2 * i + j), 0, (uint8_t)(1 + j), (uint8_t)(2 - j), 64, 0, *at_us, 0};

			ck_assert_int_eq(see(c, &s, 0, 0, &first), '.');
			s.at_us += 100;
			s.vlan = mode == TAGS ? 10 : 0;
			if (mode)
				ck_assert_int_eq(see(c, &s, 0, 0, &first), mode == TAGS ? 'T' : 'S');
			if (mode == THRICE)
				ck_assert_int_eq(see(c, &s, 0, 0, &first), 'S');
			*at_us += 1000;
		}
	}
}

#define STEPS_MAX 10

static const struct script {
	const char *name;
	unsigned taught;       /* the session has shown so many TCP segments of each side ... */
	uint8_t mode;          /* ... so: enum mode */
	struct seen seen[STEPS_MAX]; /* times from the end of that */
} scripts[] = {
	/* at once */
	{"TCP data", 0, ONCE, {{DATA, 7, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 7, 1, 1, 2, 64, 0, 100, 'S'}}},
	{"TCP data without an identification", 0, ONCE, {{DATA, 0, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 0, 1, 1, 2, 64, 0, 100, 'S'}}},
	{"... in IPv6", 0, ONCE, {{DATA6, 0, 1, 1, 2, 64, 0, 0, '.'}, {DATA6, 0, 1, 1, 2, 64, 0, 100, 'S'}}},
	{"SYN", 0, ONCE, {{SYN, 0, 0, 1, 2, 64, 0, 0, '.'}, {SYN, 0, 0, 1, 2, 64, 0, 100, 'S'}}},
	{"an acknowledgement with an identification", 0, ONCE, {{ACK, 5, 0, 1, 2, 64, 0, 0, '.'}, {ACK, 5, 0, 1, 2, 64, 0, 100, 'S'}}},
	{"sent again under another identification", 0, ONCE, {{DATA, 7, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 8, 1, 1, 2, 64, 0, 100, '.'}}},
	{"another byte", 0, ONCE, {{DATA, 7, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 7, 2, 1, 2, 64, 0, 100, '.'}}},
	{"just in time", 0, ONCE, {{DATA, 7, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 7, 1, 1, 2, 64, 0, 20000, 'S'}}},
	{"too late", 0, ONCE, {{DATA, 7, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 7, 1, 1, 2, 64, 0, 20001, '.'}}},
	{"the fourth is an original", 0, ONCE, {{DATA, 7, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 7, 1, 1, 2, 64, 0, 100, 'S'},
		{DATA, 7, 1, 1, 2, 64, 0, 200, 'S'}, {DATA, 7, 1, 1, 2, 64, 0, 300, '.'}, {DATA, 7, 1, 1, 2, 64, 0, 400, 'S'}}},
	{"without link addresses", 0, ONCE, {{DATA, 7, 1, 0, 0, 64, 0, 0, '.'}, {DATA, 7, 1, 0, 0, 64, 0, 1, 'S'},
		{DATA, 7, 1, 0, 0, 63, 0, 2, 'R'}}},
	/* a router */
	{"before and after a router", 0, ONCE, {{DATA, 7, 1, 1, 9, 64, 10, 0, '.'}, {DATA, 7, 1, 9, 2, 63, 20, 100, 'R'}}},
	{"... the other way round", 0, ONCE, {{UDP, 0, 1, 9, 2, 63, 20, 0, '.'}, {UDP, 0, 1, 1, 9, 64, 10, 100, 'R'}}},
	{"in and out on both sides", 0, ONCE, {{DATA, 7, 1, 1, 9, 64, 10, 0, '.'}, {DATA, 7, 1, 1, 9, 64, 10, 50, 'S'},
		{DATA, 7, 1, 9, 2, 63, 20, 100, 'R'}, {DATA, 7, 1, 9, 2, 63, 20, 150, 'S'}, {DATA, 7, 1, 9, 2, 63, 20, 190, 'S'},
		{DATA, 7, 1, 9, 2, 63, 20, 195, '.'}}},
	{"two routers", 0, ONCE, {{UDP, 0, 1, 1, 8, 64, 10, 0, '.'}, {UDP, 0, 1, 8, 9, 63, 20, 100, 'R'},
		{UDP, 0, 1, 9, 2, 62, 30, 200, 'R'}}},
	{"equal datagrams before and after a router", 0, ONCE, {{UDP, 0, 1, 1, 9, 64, 10, 0, '.'}, {UDP, 0, 1, 1, 9, 64, 10, 100, '.'},
		{UDP, 0, 1, 9, 2, 63, 20, 150, 'R'}, {UDP, 0, 1, 9, 2, 63, 20, 250, 'R'}, {UDP, 0, 1, 9, 2, 63, 20, 260, '.'}}},
	{"multicast through a router", 0, ONCE, {{UDP, 0, 1, 1, 0xff, 8, 10, 0, '.'}, {UDP, 0, 1, 9, 0xff, 7, 20, 100, 'R'}}},
	{"two deliveries to one station are two", 0, ONCE, {{UDP, 7, 1, 1, 2, 64, 10, 0, '.'}, {UDP, 7, 1, 3, 9, 63, 10, 100, 'R'},
		{UDP, 7, 1, 9, 2, 62, 10, 150, '.'}}},
	{"TTL one less, the same stations", 0, ONCE, {{DATA, 7, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 7, 1, 1, 2, 63, 0, 100, '.'}}},
	{"TTL one less, the same sender", 0, ONCE, {{DATA, 7, 1, 1, 9, 64, 0, 0, '.'}, {DATA, 7, 1, 1, 2, 63, 0, 100, '.'}}},
	{"the same TTL, other stations", 0, ONCE, {{DATA, 7, 1, 1, 9, 64, 0, 0, '.'}, {DATA, 7, 1, 9, 2, 64, 0, 100, '.'}}},
	{"two hosts with other initial TTLs", 0, ONCE, {{UDP, 0, 1, 1, 0xff, 64, 10, 0, '.'}, {UDP, 0, 1, 2, 0xff, 128, 20, 100, '.'}}},
	/* tags */
	{"other tags", 0, ONCE, {{DATA, 7, 1, 1, 2, 64, 0, 0, '.'}, {DATA, 7, 1, 1, 2, 64, 10, 100, 'T'},
		{DATA, 7, 1, 1, 2, 64, 10, 200, 'S'}, {DATA, 7, 1, 1, 2, 64, 10, 300, 'S'}, {DATA, 7, 1, 1, 2, 64, 10, 400, '.'}}},
	{"a switch asks in each VLAN", 8, TAGS, {{UDP, 0, 1, 1, 0xff, 1, 10, 0, '.'}, {UDP, 0, 1, 1, 0xff, 1, 20, 100, '.'}}},
	{"a datagram in two VLANs", 0, ONCE, {{UDP, 0, 1, 1, 2, 64, 10, 0, '.'}, {UDP, 0, 1, 1, 2, 64, 20, 100, '.'}}},
	{"... of a session that shows all so", 8, TAGS, {{UDP, 0, 1, 1, 2, 64, 10, 0, '.'}, {UDP, 0, 1, 1, 2, 64, 20, 100, 'T'}}},
	{"... of one that shows all twice, but not so", 8, TWICE, {{UDP, 0, 1, 1, 2, 64, 10, 0, '.'},
		{UDP, 0, 1, 1, 2, 64, 20, 100, '.'}}},
	{"said twice, each with and without a tag", 8, TAGS, {{UDP, 0, 1, 1, 2, 64, 0, 0, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 10, '.'},
		{UDP, 0, 1, 1, 2, 64, 10, 20, 'T'}, {UDP, 0, 1, 1, 2, 64, 10, 30, 'T'}, {UDP, 0, 1, 1, 2, 64, 10, 40, '.'}}},
	/* what hosts repeat */
	{"a datagram said twice", 0, ONCE, {{UDP, 0, 1, 1, 2, 64, 0, 0, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 5000, '.'}}},
	{"... in a session that shows all once", 20, ONCE, {{UDP, 0, 1, 1, 2, 64, 0, 0, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 5000, '.'}}},
	{"... with a fixed identification", 20, ONCE, {{UDP, 7, 1, 1, 2, 64, 0, 0, '.'}, {UDP, 7, 1, 1, 2, 64, 0, 5000, '.'},
		{UDP, 7, 1, 1, 2, 64, 0, 6000, '.'}, {UDP, 7, 1, 1, 2, 64, 0, 7000, '.'}, {UDP, 7, 1, 1, 2, 64, 0, 8000, '.'},
		{UDP, 7, 1, 1, 2, 64, 0, 8100, '.'}, {UDP, 7, 1, 1, 2, 64, 0, 8200, '.'}, {UDP, 7, 1, 1, 2, 64, 0, 8300, '.'},
		{UDP, 7, 1, 1, 2, 64, 0, 8400, '.'}, {UDP, 7, 1, 1, 2, 64, 0, 8500, '.'}}},
	{"... in a session that shows all twice", 8, TWICE, {{UDP, 0, 1, 1, 2, 64, 0, 0, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 50, 'S'},
		{UDP, 0, 1, 1, 2, 64, 0, 5000, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 5050, 'S'}, {UDP, 0, 1, 1, 2, 64, 0, 5060, '.'}}},
	{"... in one that shows all three times", 8, THRICE, {{UDP, 0, 1, 1, 2, 64, 0, 0, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 50, 'S'},
		{UDP, 0, 1, 1, 2, 64, 0, 60, 'S'}, {UDP, 0, 1, 1, 2, 64, 0, 70, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 80, 'S'}}},
	{"... the copies behind both", 8, TWICE, {{UDP, 0, 1, 1, 2, 64, 0, 0, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 50, 'S'},
		{UDP, 0, 1, 1, 2, 64, 0, 60, '.'}, {UDP, 0, 1, 1, 2, 64, 0, 70, 'S'}}},
	{"duplicate acknowledgements", 20, ONCE, {{ACK, 0, 0, 2, 1, 64, 0, 0, '.'}, {ACK, 0, 0, 2, 1, 64, 0, 10, '.'},
		{ACK, 0, 0, 2, 1, 64, 0, 20, '.'}, {ACK, 0, 0, 2, 1, 64, 0, 30, '.'}, {ACK, 0, 0, 2, 1, 64, 0, 40, '.'},
		{ACK, 0, 0, 2, 1, 64, 0, 50, '.'}, {ACK, 0, 0, 2, 1, 64, 0, 60, '.'}, {ACK, 0, 0, 2, 1, 64, 0, 70, '.'}}},
	{"... in a session that shows all twice", 8, TWICE, {{ACK, 0, 0, 2, 1, 64, 0, 0, '.'}, {ACK, 0, 0, 2, 1, 64, 0, 10, 'S'},
		{ACK, 0, 0, 2, 1, 64, 0, 20, '.'}, {ACK, 0, 0, 2, 1, 64, 0, 30, 'S'}}},
	{"ping", 0, ONCE, {{ICMP, 0, 1, 1, 2, 64, 0, 0, '.'}, {ICMP, 0, 1, 1, 2, 64, 0, 10, '.'}}},
	{"a fragment", 0, ONCE, {{PIECE, 7, 1, 1, 2, 64, 0, 0, '.'}, {PIECE, 7, 1, 1, 2, 64, 0, 10, '.'}}},
	{"... in a session that shows all twice", 8, TWICE, {{PIECE, 7, 1, 1, 2, 64, 0, 0, '.'}, {PIECE, 7, 1, 1, 2, 64, 0, 10, 'S'}}},
	{"a datagram in IPv6", 0, ONCE, {{UDP6, 0, 1, 1, 2, 64, 0, 0, '.'}, {UDP6, 0, 1, 1, 2, 64, 0, 10, '.'}}},
	{"IPv6 through a router", 0, ONCE, {{UDP6, 0, 1, 1, 9, 64, 10, 0, '.'}, {UDP6, 0, 1, 9, 2, 63, 20, 10, 'R'}}},
	{"another pair of a session that shows 16 twice", 8, TWICE, {{UDP, 0, 1, 5, 6, 64, 0, 0, '.'}, {UDP, 0, 1, 5, 6, 64, 0, 10, '.'}}},
	{"... 40 twice", 20, TWICE, {{UDP, 0, 1, 5, 6, 64, 0, 0, '.'}, {UDP, 0, 1, 5, 6, 64, 0, 10, 'S'}}},
	{"... whose own frames come once", 20, TWICE, {{DATA, 1, 1, 5, 6, 64, 0, 0, '.'}, {DATA, 2, 1, 5, 6, 64, 0, 10, '.'},
		{DATA, 3, 1, 5, 6, 64, 0, 20, '.'}, {DATA, 4, 1, 5, 6, 64, 0, 30, '.'}, {UDP, 0, 1, 5, 6, 64, 0, 40, '.'},
		{UDP, 0, 1, 5, 6, 64, 0, 50, '.'}}},
	{"datagrams whose identification changes teach", 0, ONCE, {{UDP, 1, 1, 1, 2, 64, 0, 0, '.'}, {UDP, 1, 1, 1, 2, 64, 0, 1, '.'},
		{UDP, 2, 1, 1, 2, 64, 0, 10, '.'}, {UDP, 2, 1, 1, 2, 64, 0, 11, '.'}, {UDP, 3, 1, 1, 2, 64, 0, 20, '.'},
		{UDP, 3, 1, 1, 2, 64, 0, 21, '.'}, {UDP, 4, 1, 1, 2, 64, 0, 30, '.'}, {UDP, 4, 1, 1, 2, 64, 0, 31, '.'},
		{UDP, 5, 1, 1, 2, 64, 0, 40, '.'}, {UDP, 5, 1, 1, 2, 64, 0, 41, 'S'}}},
	/* not IP */
	{"a burst of ARP", 0, ONCE, {{ARP, 0, 1, 1, 0xff, 0, 0, 0, '.'}, {ARP, 0, 1, 1, 0xff, 0, 0, 10, '.'}}},
	{"ARP in a session that shows all twice", 8, TWICE, {{ARP, 0, 1, 1, 2, 0, 0, 0, '.'}, {ARP, 0, 1, 1, 2, 0, 0, 10, 'S'},
		{ARP, 0, 2, 1, 2, 0, 0, 20, '.'}}},
	{"... with a tag on one side", 8, TAGS, {{ARP, 0, 1, 1, 2, 0, 0, 0, '.'}, {ARP, 0, 1, 1, 2, 0, 10, 10, 'T'}}},
	{"LLC in a session that shows all twice", 8, TAGS, {{STP, 0, 1, 1, 2, 0, 5, 0, '.'}, {STP, 0, 1, 1, 2, 0, 6, 10, 'T'}}},
	{"numbered frames teach", 0, ONCE, {{REALTIME, 0, 1, 1, 2, 0, 0, 0, '.'}, {REALTIME, 0, 1, 1, 2, 0, 0, 1, '.'},
		{REALTIME, 0, 2, 1, 2, 0, 0, 10, '.'}, {REALTIME, 0, 2, 1, 2, 0, 0, 11, '.'}, {REALTIME, 0, 3, 1, 2, 0, 0, 20, '.'},
		{REALTIME, 0, 3, 1, 2, 0, 0, 21, '.'}, {REALTIME, 0, 4, 1, 2, 0, 0, 30, '.'}, {REALTIME, 0, 4, 1, 2, 0, 0, 31, '.'},
		{REALTIME, 0, 5, 1, 2, 0, 0, 40, '.'}, {REALTIME, 0, 5, 1, 2, 0, 0, 41, 'S'}}},
	{"what was not decoded", 8, TWICE, {{CUT, 0, 1, 1, 2, 0, 0, 0, '.'}, {CUT, 0, 1, 1, 2, 0, 0, 1, '.'}}},
};

START_TEST(test_script)
{
	const struct script *sc = &scripts[_i];
	struct fl_copies *c = fl_copies_new();
	uint64_t first;
	int at_us = 0;
	unsigned i;
	char got;

	ck_assert_ptr_nonnull(c);
	teach(c, sc->taught, sc->mode, &at_us);
	at_us += 50000;
	for (i = 0; i < STEPS_MAX && sc->seen[i].kind != END; i++) {
		struct seen s = sc->seen[i];

		s.at_us += at_us;
		got = see(c, &s, 0, 1000 + i, &first);
		ck_assert_msg(got == s.want, "%s, frame %u: %c, not %c", sc->name, i, got, s.want);
		ck_assert((first == 1000 + i) == (got == '.'));
	}
	ck_assert_uint_eq(fl_copies_displaced(c), 0);
	fl_copies_free(c);
}
END_TEST

START_TEST(test_where)
{
	const struct seen s = {DATA, 7, 1, 1, 2, 64, 0, 0, 0}, tagged = {UDP, 7, 1, 1, 0xff, 64, 10, 0, 0},
			  other = {UDP, 7, 1, 1, 0xff, 64, 20, 0, 0};
	struct fl_copies *c = fl_copies_new();
	uint64_t first = 0;
	int at_us = 0;

	ck_assert_int_eq(see(c, &s, 0, 5, &first), '.');
	ck_assert_int_eq(see(c, &s, 1, 5, &first), '.');                     /* another interface */
	ck_assert_int_eq(see(c, &s, 0, UINT64_C(1) << 48 | 5, &first), '.'); /* inside a tunnel */
	ck_assert_int_eq(see(c, &s, 0, 6, &first), 'S');                     /* another context is not another place */
	ck_assert_uint_eq(first, 5);
	fl_copies_free(c);
	/* a group's tags may differ within a context only */
	c = fl_copies_new();
	teach(c, 20, TAGS, &at_us);
	ck_assert_int_eq(see(c, &tagged, 0, 5, &first), '.');
	ck_assert_int_eq(see(c, &other, 0, 6, &first), '.');
	ck_assert_int_eq(see(c, &other, 0, 5, &first), 'T');
	fl_copies_free(c);
	fl_copies_free(NULL);
}
END_TEST

/* A session that stops showing all twice is believed no longer. */
START_TEST(test_session_changes)
{
	const struct seen s = {UDP, 0, 1, 1, 2, 64, 0, 0, 0};
	struct fl_copies *c = fl_copies_new();
	struct seen t = s;
	int at_us = 0;
	uint64_t first;

	teach(c, 40, TWICE, &at_us);
	t.at_us = at_us + 50000;
	ck_assert_int_eq(see(c, &t, 0, 0, &first), '.');
	ck_assert_int_eq(see(c, &t, 0, 0, &first), 'S');
	at_us = t.at_us + 50000;
	teach(c, 90, ONCE, &at_us);
	t.at_us = at_us + 50000;
	ck_assert_int_eq(see(c, &t, 0, 0, &first), '.');
	ck_assert_int_eq(see(c, &t, 0, 0, &first), '.');
	fl_copies_free(c);
}
END_TEST

/* More equal frames than are kept, and more pairs: the work stays bounded, and what is forgotten is counted. */
START_TEST(test_floods)
{
	struct fl_copies *c = fl_copies_new();
	struct seen s = {UDP, 0, 1, 1, 2, 64, 0, 0, 0};
	struct probe b;
	uint64_t first;
	unsigned i;

	make(&b, &s, 0, 8);
	for (i = 0; i < 3 * FL_COPIES_SLOTS; i++)
		ck_assert_int_eq(fl_copies_see(c, &b.p, 0, &first), FL_COPY_NONE);
	free(b.bytes);
	ck_assert_uint_eq(fl_copies_displaced(c), 2 * FL_COPIES_SLOTS);
	fl_copies_check(c);
	for (i = 0; i < 2 * FL_COPY_PAIRS_MAX; i++) {
		make(&b, &s, 0, 8);
		memcpy(b.p.src_mac, &i, sizeof i);
		b.frame.mono_ns = INT64_MAX; /* and time jumps */
		ck_assert_int_eq(fl_copies_see(c, &b.p, 0, &first), FL_COPY_NONE);
		free(b.bytes);
	}
	fl_copies_check(c);
	fl_copies_free(c);
}
END_TEST

/* ---- random sessions ---- */

static uint64_t rng;
static unsigned rnd(unsigned below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (unsigned)(rng >> 20) % below;
}

#define FRAMES 600

struct shown { struct seen s; bool copy; };

static int by_time(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;

	if (x->s.at_us != y->s.at_us)
		return x->s.at_us < y->s.at_us ? -1 : 1;
	return x->copy - y->copy;
}

/* Of a session that shows once nothing is taken, whatever hosts repeat, but TCP's; of one that shows all twice (and behind a
 * router, or with other tags), once it is known, exactly as many copies as there are. */
START_TEST(test_random)
{
	static const uint8_t kinds[] = {DATA, DATA, DATA, ACK, UDP, UDP, ICMP, DATA6, UDP6, ARP, REALTIME};
	static struct shown shown[2 * FRAMES];
	struct fl_copies *c = fl_copies_new();
	unsigned n = 0, i, copies = 0, want = 0;
	enum mode mode = (enum mode)(_i % 4);
	int at_us = 0;
	uint64_t first;

	rng = 0x9e3779b97f4a7c15u * (unsigned)(_i + 1);
	teach(c, 40, mode == ROUTER ? ONCE : mode, &at_us);
	at_us += 50000;
	for (i = 0; i < FRAMES; i++) {
		struct seen s = {kinds[rnd(sizeof kinds)], 0, 0, 1, 2, 64, 0, at_us, 0}, t;

		if (mode == ROUTER && (s.kind == ARP || s.kind == REALTIME))
			s.kind = UDP;
		if (s.kind == DATA || s.kind == DATA6) { /* numbers: never the same twice */
			s.id = (uint16_t)(i + 1);
			s.payload = (uint8_t)i;
		} else if (rnd(2) && s.kind != UDP6 && s.kind != ARP) {
			s.id = (uint16_t)(i + 1);
		}
		if (mode == ROUTER)
			s.to = 9;
		shown[n++] = (struct shown){s, false};
		t = s;
		t.at_us += 1 + (int)rnd(1500);
		if (mode == ROUTER) {
			t.from = 9;
			t.to = 2;
			t.ttl = 63;
		} else if (mode == TAGS) {
			t.vlan = 10;
		}
		if (mode)
			shown[n++] = (struct shown){t, true};
		at_us += 10 + (int)rnd(mode == ROUTER ? 4000 : 400);
	}
	qsort(shown, n, sizeof *shown, by_time);
	for (i = 0; i < n; i++) {
		char got = see(c, &shown[i].s, 0, 0, &first);

		if (got != '.')
			copies++;
		want += shown[i].copy;
	}
	ck_assert_uint_eq(copies, want);
	fl_copies_free(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("copies");
	TCase *tc = tcase_create("copies");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_script, 0, (int)FL_ARRAY_LEN(scripts));
	tcase_add_test(tc, test_where);
	tcase_add_test(tc, test_session_changes);
	tcase_add_test(tc, test_floods);
	tcase_add_loop_test(tc, test_random, 0, 24);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
