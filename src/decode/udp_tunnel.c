/* udp_tunnel.c - VXLAN (RFC 7348, its group policy extension, draft-ietf-nvo3-vxlan-gpe), Geneve (RFC 8926) and Teredo
 * (RFC 4380) in UDP.
 *
 *     VXLAN   | flags 1 | reserved, or group policy, 3 | VNI 3 | reserved 1 | an Ethernet frame |
 *     GPE     | 00, version 2 bits, I, P, B, O | reserved 2 | next protocol 1 | VNI 3 | reserved 1 | what that says |
 *     Geneve  | version 2 bits, options length in words 6 | O, C, reserved 6 bits | protocol 2 | VNI 3 | reserved 1 | options |
 *     Teredo  | 0001, id length 1, value length 1, id, value, nonce 8, 1 | 0000, port 2, address 4 | an IPv6 packet |,
 *             each of the first two if it is there
 *
 * A port is no proof: anything may be sent to it. So each header must be all that its specification asks for, reserved
 * bits included, and what is in it must decode; else the datagram is plain UDP, which is no loss, and never malformed.
 * A header that the snap length cut cannot be proven either. */
#include <stddef.h>

#include "decode/layers.h"

enum { VXLAN_I = 0x08, VXLAN_GROUP = 0x80, VXLAN_GROUP_FLAGS = 0x48, GPE_VERSION = 0x30, GPE_RESERVED = 0xC0, GPE_P = 0x04 };
enum { GPE_IPV4 = 1, GPE_IPV6 = 2, GPE_ETHERNET = 3 };
enum { TEREDO_ORIGIN = 0x0000, TEREDO_AUTHENTICATION = 0x0001 };

/* What the header says follows; NOTHING: it is no such header. */
enum content { NOTHING, ETHERNET, IP4, IP6 };

static enum content read_vxlan(struct fl_rd *r, uint32_t *vni)
{
	const uint8_t flags = fl_rd_u8(r), more = fl_rd_u8(r);
	const uint16_t group = fl_rd_be16(r);

	*vni = fl_rd_be24(r);
	if (fl_rd_u8(r) != 0 || fl_rd_err(r) || (flags & ~VXLAN_GROUP) != VXLAN_I)
		return NOTHING;
	if (flags & VXLAN_GROUP)
		return more & ~VXLAN_GROUP_FLAGS ? NOTHING : ETHERNET;
	return more || group ? NOTHING : ETHERNET;
}

static enum content read_gpe(struct fl_rd *r, uint32_t *vni)
{
	const uint8_t flags = fl_rd_u8(r);
	const uint16_t reserved = fl_rd_be16(r);
	const uint8_t next = fl_rd_u8(r);

	*vni = fl_rd_be24(r);
	if (fl_rd_u8(r) != 0 || fl_rd_err(r) || flags & (GPE_VERSION | GPE_RESERVED) || !(flags & VXLAN_I) || reserved)
		return NOTHING;
	if (!(flags & GPE_P))
		return next ? NOTHING : ETHERNET;
	return next == GPE_ETHERNET ? ETHERNET : next == GPE_IPV4 ? IP4 : next == GPE_IPV6 ? IP6 : NOTHING;
}

static enum content by_ethertype(uint16_t ethertype)
{
	return ethertype == FL_ETHERTYPE_BRIDGED ? ETHERNET : ethertype == FL_ETHERTYPE_IPV4 ? IP4
			     : ethertype == FL_ETHERTYPE_IPV6 ? IP6 : NOTHING;
}

/* Options: | class 2 | type 1 | reserved 3 bits, length in words 5 | value | */
static enum content read_geneve(struct fl_rd *r, uint32_t *vni)
{
	const uint8_t first = fl_rd_u8(r), flags = fl_rd_u8(r);
	const uint16_t ethertype = fl_rd_be16(r);
	struct fl_rd options;

	*vni = fl_rd_be24(r);
	if (fl_rd_u8(r) != 0 || fl_rd_err(r) || first >> 6 || flags & 0x3F)
		return NOTHING;
	options = fl_rd_sub(r, (first & 0x3Fu) * 4);
	while (fl_rd_left(&options)) {
		fl_rd_skip(&options, 3);
		fl_rd_skip(&options, (fl_rd_u8(&options) & 0x1Fu) * 4);
	}
	return fl_rd_err(&options) ? NOTHING : by_ethertype(ethertype);
}

/* One side is a Teredo address (2001::/32), or both ask for one from link-local addresses (RFC 4380 5.2.1). */
static bool teredo_addresses(const uint8_t *src, const uint8_t *dst)
{
	static const uint8_t prefix[4] = {0x20, 0x01, 0, 0};

	if (!memcmp(src, prefix, 4) || !memcmp(dst, prefix, 4))
		return true;
	return src[0] == 0xFE && (src[1] & 0xC0) == 0x80 && (dst[0] == 0xFF || (dst[0] == 0xFE && (dst[1] & 0xC0) == 0x80));
}

static enum content read_teredo(struct fl_walk *w)
{
	struct fl_rd *r = &w->r, peek = *r;
	const uint8_t *src, *dst;
	uint16_t len;
	unsigned id;

	if (fl_rd_be16(&peek) == TEREDO_AUTHENTICATION && !fl_rd_err(&peek)) {
		id = fl_rd_u8(&peek);
		fl_rd_skip(&peek, id + fl_rd_u8(&peek) + 9); /* nonce and confirmation */
		*r = peek;
		fl_rd_be16(&peek);
	}
	peek = *r;
	if (fl_rd_be16(&peek) == TEREDO_ORIGIN && !fl_rd_err(&peek))
		fl_rd_skip(r, 8);
	peek = *r;
	if (fl_rd_u8(&peek) >> 4 != 6)
		return NOTHING;
	fl_rd_skip(&peek, 3);
	len = fl_rd_be16(&peek);
	fl_rd_skip(&peek, 2);
	src = fl_rd_bytes(&peek, 16);
	dst = fl_rd_bytes(&peek, 16);
	if (!src || !dst || 40u + len > fl_walk_wire_left(w) || !teredo_addresses(src, dst))
		return NOTHING;
	return IP6;
}

static bool is_bad(enum fl_decode_outcome outcome)
{
	return outcome >= FL_DECODE_BAD_LINK;
}

/* Opens it; if what is in it turns out not to be what it should, all is as before. */
static enum fl_decode_outcome decode_content(struct fl_walk *w, enum fl_tunnel_kind kind, enum content content, bool has_id,
					     uint32_t id)
{
	struct fl_packet *p = w->p;
	uint8_t was[offsetof(struct fl_packet, tunnel)];
	enum fl_decode_outcome outcome;
	struct fl_tunnel *t;

	memcpy(was, p, sizeof was);
	t = fl_decode_open(w, kind);
	if (!t)
		return FL_DECODE_TUNNEL_DEPTH;
	t->has_id = has_id;
	t->id = id;
	outcome = content == ETHERNET ? fl_decode_ethernet(w) : content == IP4 ? fl_decode_ip4(w) : fl_decode_ip6(w);
	if (!is_bad(outcome))
		return outcome;
	memcpy(p, was, sizeof was);
	return FL_DECODE_UDP;
}

enum fl_decode_outcome fl_decode_udp_tunnel(struct fl_walk *w)
{
	enum fl_tunnel_kind kind = FL_TUNNEL_VXLAN;
	enum content content = NOTHING;
	uint32_t vni = 0;

	switch (w->p->dst_port) {
	case FL_UDP_VXLAN:
	case FL_UDP_VXLAN_OLD:
		content = read_vxlan(&w->r, &vni);
		break;
	case FL_UDP_VXLAN_GPE:
		content = read_gpe(&w->r, &vni);
		break;
	case FL_UDP_GENEVE:
		kind = FL_TUNNEL_GENEVE;
		content = read_geneve(&w->r, &vni);
		break;
	default: /* Teredo's server has its port on either side */
		kind = FL_TUNNEL_TEREDO;
		content = read_teredo(w);
		break;
	}
	if (content == NOTHING)
		return FL_DECODE_UDP;
	return decode_content(w, kind, content, kind != FL_TUNNEL_TEREDO, vni);
}
