/* frames.h - hand-made frames in hex, and what must hold for each of them: for the tests of decode.
 *
 * Each run gets its bytes in a block of exact size, so that address sanitizer sees an over-read of one byte. */
#ifndef FL_TESTS_UNIT_FRAMES_H
#define FL_TESTS_UNIT_FRAMES_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "decode/numbers.h"
#include "fenceline/compiler.h"
#include "fenceline/vocab.h"

#define ETH "02aabbccddee 021122334455 "
#define IP4(total, proto) "4500 " total " 0001 0000 40 " proto " 0000 0a000001 0a000002 "
#define IP4_FRAG(total, proto, frag) "4500 " total " 0001 " frag " 40 " proto " 0000 0a000001 0a000002 "
#define IP6(len, next) "60000000 " len next " 40 20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define TCP "d431 01f6 00000001 00000002 50 18 2000 0000 0000 "
#define UDP(len) "d431 08ae " len " 0000 "
#define UDP_TO(port, len) "d431 " port " " len " 0000 "
#define ICMP "08 00 0000 00010002 "
#define V4 "10.0.0.1", "10.0.0.2"
#define V6 "2001:db8::1", "2001:db8::2"

/* What a tunnel carries: other addresses, so that inside and outside cannot be mistaken. */
#define IN_ETH "0400000000aa 0400000000bb "
#define IN_IP4(total, proto) "4500 " total " 0002 0000 40 " proto " 0000 c0a80101 c0a80102 "
#define IN_IP6(len, next) "60000000 " len next " 40 20010db8000000000000000000000a01 20010db8000000000000000000000a02 "
#define IN_UDP4 IN_IP4("001c", "11") UDP("0008")             /* 28 bytes */
#define IN_UDP6 IN_IP6("0008", "11") UDP("0008")             /* 48 bytes */
#define IN_FRAME IN_ETH "0800 " IN_UDP4                      /* 42 bytes */
#define IN_V4 "192.168.1.1", "192.168.1.2"
#define IN_V6 "2001:db8::a01", "2001:db8::a02"
#define IS_UDP FL_DECODE_UDP, 17, 54321, 2222, 0

#define ET FL_LINKTYPE_ETHERNET

enum sample_mac { MAC_DEFAULT /* outer on Ethernet, else not looked at */, MAC_NONE, MAC_OUTER, MAC_INNER, MAC_OTHER };

struct sample {
	const char *name;
	unsigned linktype;
	const char *hex;
	unsigned outcome;
	uint8_t ip_proto;
	uint16_t src_port, dst_port;
	uint32_t payload_len;
	uint16_t ethertype;
	const char *src, *dst; /* NULL: none */
	uint8_t vlans;
	uint16_t vlan[FL_VLAN_MAX];
	const char *tunnels;   /* as tunnels_text() tells them; NULL: none */
	uint16_t protocol;     /* link_protocol */
	uint8_t mac;           /* enum sample_mac */
	bool falls_back;       /* cut short it is something lesser, not malformed: plain UDP, plain MPLS */
};

/* The bytes of a hex text in a heap block of just that size (1 for none). */
static inline uint8_t *bytes_of(const char *hex, size_t *n)
{
	uint8_t *b, *exact;
	unsigned v;
	size_t len = 0;

	b = malloc(strlen(hex) / 2 + 1);
	ck_assert_ptr_nonnull(b);
	while (*hex) {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		ck_assert_int_eq(sscanf(hex, "%2x", &v), 1);
		b[len++] = (uint8_t)v;
		hex += 2;
	}
	exact = malloc(len ? len : 1);
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, b, len);
	free(b);
	*n = len;
	return exact;
}

static inline bool inside(const struct fl_frame *f, const uint8_t *p, uint32_t n)
{
	return p >= f->data && p <= f->data + f->caplen && n <= (size_t)(f->data + f->caplen - p);
}

/* A frame that a mirror may have cut before it was sent is cut without wirelen telling it. */
static inline bool may_be_cut(const struct fl_frame *f, const struct fl_packet *p)
{
	unsigned i;

	for (i = 0; i < p->tunnels; i++)
		if (fl_tunnel_is_mirror(&p->tunnel[i]))
			return true;
	return f->wirelen > f->caplen;
}

/* What holds for any packet, whatever the bytes. */
static inline void check_packet(const char *name, const struct fl_frame *f, const struct fl_packet *p)
{
	const bool cut = may_be_cut(f, p);

	ck_assert_msg(p->outcome < FL_DECODE_OUTCOME_COUNT, "%s: outcome %u", name, p->outcome);
	ck_assert_msg(p->tunnels <= FL_TUNNEL_MAX && p->vlans <= FL_VLAN_MAX, "%s: too many", name);
	ck_assert_msg(p->outcome != FL_DECODE_CUT || cut, "%s: cut, but the frame is whole", name);
	ck_assert_msg(!p->ip || inside(f, p->ip, p->ip_caplen), "%s: ip outside the frame", name);
	ck_assert_msg(p->ip_caplen <= p->ip_len, "%s: ip_caplen > ip_len", name);
	ck_assert_msg(!p->payload || inside(f, p->payload, p->payload_caplen), "%s: payload outside the frame", name);
	ck_assert_msg(p->payload_caplen <= p->payload_len, "%s: payload_caplen > payload_len", name);
	ck_assert_msg(p->payload_len == p->payload_caplen || cut, "%s: payload cut, frame whole", name);
	ck_assert_msg(!p->frag || inside(f, p->frag, p->frag_caplen), "%s: fragment outside the frame", name);
	ck_assert_msg((p->outcome == FL_DECODE_FRAGMENT) == (p->frag != NULL), "%s: a fragment, or none", name);
	if (p->outcome == FL_DECODE_ETHERTYPE || p->outcome == FL_DECODE_LLC || p->outcome == FL_DECODE_ARP)
		ck_assert_msg(p->has_mac && p->link_protocol, "%s: a flow of the link without addresses", name);
}

static inline void run(const char *name, unsigned linktype, const uint8_t *bytes, size_t caplen, size_t wirelen,
		       struct fl_frame *f, struct fl_packet *p)
{
	*f = (struct fl_frame){.data = bytes, .caplen = (uint32_t)caplen, .wirelen = (uint32_t)wirelen,
			       .linktype = (uint16_t)linktype};
	memset(p, 0xA5, sizeof *p); /* whatever was there before must not show through */
	ck_assert_uint_eq(fl_decode(f, p), p->outcome);
	check_packet(name, f, p);
}

static inline void check_addr(const char *name, const struct fl_addr *a, const char *text)
{
	char buf[FL_ADDR_TEXT_MAX];

	ck_assert_msg(!strcmp(fl_addr_text(a, buf), text ? text : ""), "%s: address %s, not %s", name, buf, text);
}

#define TUNNELS_TEXT_MAX 1024
/* "vxlan#7 10.0.0.1>10.0.0.2 54321>4789 vlans=1 mac; ...": version (/1), ports, tags and MACs where there are any. */
static inline char *tunnels_text(const struct fl_packet *p, char buf[TUNNELS_TEXT_MAX])
{
	char src[FL_ADDR_TEXT_MAX], dst[FL_ADDR_TEXT_MAX];
	const struct fl_tunnel *t;
	size_t n = 0;
	unsigned i;

	buf[0] = '\0';
	for (i = 0; i < p->tunnels; i++) {
		t = &p->tunnel[i];
		n += (size_t)snprintf(buf + n, TUNNELS_TEXT_MAX - n, "%s%s", i ? "; " : "", fl_tunnel_name(t->kind));
		if (t->version)
			n += (size_t)snprintf(buf + n, TUNNELS_TEXT_MAX - n, "/%u", t->version);
		if (t->has_id)
			n += (size_t)snprintf(buf + n, TUNNELS_TEXT_MAX - n, "#%u", t->id);
		if (t->src.kind)
			n += (size_t)snprintf(buf + n, TUNNELS_TEXT_MAX - n, " %s>%s", fl_addr_text(&t->src, src),
					      fl_addr_text(&t->dst, dst));
		if (t->src_port || t->dst_port)
			n += (size_t)snprintf(buf + n, TUNNELS_TEXT_MAX - n, " %u>%u", t->src_port, t->dst_port);
		if (t->vlans)
			n += (size_t)snprintf(buf + n, TUNNELS_TEXT_MAX - n, " vlans=%u", t->vlans);
		if (t->has_mac)
			n += (size_t)snprintf(buf + n, TUNNELS_TEXT_MAX - n, " mac");
	}
	return buf;
}

static inline void check_macs(const struct sample *s, const struct fl_packet *p)
{
	static const uint8_t outer[2][6] = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}, {0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee}};
	static const uint8_t inner[2][6] = {{4, 0, 0, 0, 0, 0xbb}, {4, 0, 0, 0, 0, 0xaa}};
	const uint8_t(*want)[6] = s->mac == MAC_INNER ? inner : outer;

	if (s->mac == MAC_OTHER || (s->mac == MAC_DEFAULT && s->linktype != ET))
		return;
	ck_assert_msg(p->has_mac == (s->mac != MAC_NONE), "%s: has_mac", s->name);
	if (p->has_mac)
		ck_assert_msg(!memcmp(p->src_mac, want[0], 6) && !memcmp(p->dst_mac, want[1], 6), "%s: macs", s->name);
}

static inline void sample_decodes(const struct sample *s)
{
	char text[TUNNELS_TEXT_MAX];
	struct fl_packet p;
	struct fl_frame f;
	size_t n;
	uint8_t *b = bytes_of(s->hex, &n);
	unsigned i;

	run(s->name, s->linktype, b, n, n, &f, &p);
	ck_assert_msg(p.outcome == s->outcome, "%s: outcome %s", s->name, fl_decode_outcome_key(p.outcome));
	ck_assert_msg(p.ip_proto == s->ip_proto, "%s: protocol %u", s->name, p.ip_proto);
	ck_assert_msg(p.src_port == s->src_port && p.dst_port == s->dst_port, "%s: ports", s->name);
	ck_assert_msg(p.payload_len == s->payload_len, "%s: payload %u", s->name, p.payload_len);
	ck_assert_msg(p.ethertype == s->ethertype, "%s: ethertype %x", s->name, p.ethertype);
	ck_assert_msg(p.link_protocol == s->protocol, "%s: link protocol %u", s->name, p.link_protocol);
	check_addr(s->name, &p.src, s->src);
	check_addr(s->name, &p.dst, s->dst);
	ck_assert_msg(p.vlans == s->vlans, "%s: %u tags", s->name, p.vlans);
	for (i = 0; i < p.vlans; i++)
		ck_assert_msg(p.vlan[i] == s->vlan[i], "%s: tag %u is %u", s->name, i, p.vlan[i]);
	ck_assert_msg(!strcmp(tunnels_text(&p, text), s->tunnels ? s->tunnels : ""), "%s: tunnels %s", s->name, text);
	check_macs(s, &p);
	ck_assert_msg(p.frames == 1 && p.bytes == n, "%s: counts", s->name);
	if (p.ip)
		ck_assert_msg(p.ttl == 64, "%s: ttl %u", s->name, p.ttl);
	free(b);
}

static inline bool is_lesser(const struct sample *s, unsigned outcome)
{
	return s->falls_back && (outcome == FL_DECODE_UDP || outcome == FL_DECODE_ETHERTYPE || outcome == FL_DECODE_CONTROL ||
				 outcome == FL_DECODE_IP_OTHER || outcome == FL_DECODE_FRAGMENT);
}

/* Every prefix, as a frame that the snap length cut and as one that came so. */
static inline void prefixes_decode(const struct sample *s)
{
	char whole[TUNNELS_TEXT_MAX], text[TUNNELS_TEXT_MAX];
	struct fl_packet p;
	struct fl_frame f;
	size_t n, len;
	uint8_t *b = bytes_of(s->hex, &n), *prefix;
	bool reached = false;

	snprintf(whole, sizeof whole, "%s", s->tunnels ? s->tunnels : "");
	for (len = 0; len < n; len++) {
		prefix = malloc(len ? len : 1);
		ck_assert_ptr_nonnull(prefix);
		memcpy(prefix, b, len);
		run(s->name, s->linktype, prefix, len, n, &f, &p);
		ck_assert_msg(p.outcome == FL_DECODE_CUT || p.outcome == s->outcome || is_lesser(s, p.outcome),
			      "%s cut at %zu: %s", s->name, len, fl_decode_outcome_key(p.outcome));
		ck_assert_msg(!reached || p.outcome == s->outcome || s->falls_back, "%s cut at %zu: less than before", s->name, len);
		reached = p.outcome == s->outcome && !strcmp(tunnels_text(&p, text), whole);
		if (reached)
			ck_assert_msg(p.payload_len == s->payload_len, "%s cut at %zu: payload_len", s->name, len);
		run(s->name, s->linktype, prefix, len, len, &f, &p);
		ck_assert_msg(p.outcome == s->outcome || p.outcome >= FL_DECODE_BAD_LINK || is_lesser(s, p.outcome) ||
				      (p.outcome == FL_DECODE_CUT && may_be_cut(&f, &p)),
			      "%s closed at %zu: %s", s->name, len, fl_decode_outcome_key(p.outcome));
		free(prefix);
	}
	free(b);
}

static inline void broken_is_named(const struct sample *s)
{
	struct fl_packet p;
	struct fl_frame f;
	size_t n;
	uint8_t *b = bytes_of(s->hex, &n);

	run(s->name, s->linktype, b, n, n, &f, &p);
	ck_assert_msg(p.outcome == s->outcome, "%s: outcome %s", s->name, fl_decode_outcome_key(p.outcome));
	free(b);
}

#endif
