/* ip.c - IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200), the authentication header of both (RFC 4302).
 *
 * The datagram's own length decides what belongs to it: padding and trailers behind it are cut off, and the layers
 * above read a view that ends where it ends. A datagram that claims more than the frame (or the tunnel around it) had
 * on the wire is malformed, whether or not the snap length cut it: every receiver drops it (RFC 1122 3.2.1.2), and
 * reading it on would let a sender show us bytes that its peer never sees.
 *
 * A length field of zero is what a sender's own capture shows of a segment that the network card has yet to
 * split (TCP segmentation offload): there the frame's length counts. In IPv6 zero may also be a jumbogram,
 * whose length stands in a hop-by-hop option (RFC 2675).
 *
 * A fragment is no more than that, the first one too: what a transport header in it says holds for the whole datagram
 * only, which fragments.c puts together. A fragment header that says "all of it" (RFC 6946) is passed over. */
#include "decode/layers.h"


enum { IP4_HEADER_MIN = 20, IP6_HEADER = 40, IP6_OPT_PAD1 = 0, IP6_OPT_JUMBO = 0xC2 };
enum { IP4_OFFSET = 0x1FFF, IP4_MORE = 0x2000, IP6_OFFSET = 0xFFF8, IP6_MORE = 1 };

static uint32_t be16(const uint8_t *at) { return (uint32_t)(at[0] << 8 | at[1]); }

/* *a is zero: decode and fl_decode_open have seen to it. Written in place, as a copy would have to wait for its parts.
 * */
static inline void set_addr(struct fl_addr *a, enum fl_addr_kind kind, const uint8_t *bytes)
{
	memcpy(a->b, bytes, kind == FL_ADDR_IPV4 ? 4 : 16);
	a->kind = (uint8_t)kind;
}

/* The walk becomes the datagram: ip_len bytes, of which the header's first `read` have been read. False if it cannot
 * be. */
static bool bound_datagram(struct fl_walk *w, uint32_t read, uint32_t ip_len)
{
	if (ip_len < read || ip_len - read > fl_walk_wire_left(w))
		return false;
	fl_walk_bound(w, ip_len - read);
	w->p->ip = w->r.base + (w->r.off - read);
	w->p->ip_len = ip_len;
	w->p->ip_caplen = read + (uint32_t)fl_rd_left(&w->r);
	return !fl_rd_err(&w->r);
}

/* The walk stands at the fragment's data. */
static enum fl_decode_outcome take_fragment(struct fl_walk *w, uint32_t id, uint32_t offset, bool more)
{
	struct fl_packet *p = w->p;

	p->more_fragments = more;
	p->frag_proto = p->ip_proto;
	p->frag_id = id;
	p->frag_offset = offset;
	p->frag = w->r.base + w->r.off;
	p->frag_len = fl_walk_wire_left(w);
	p->frag_caplen = (uint32_t)fl_rd_left(&w->r);
	return FL_DECODE_FRAGMENT;
}

/* | next header 1 | length 1, in words less 2 | reserved 2 | ...: what it protects follows in the clear. */
static void pass_ah(struct fl_walk *w)
{
	const uint8_t next = fl_rd_u8(&w->r);

	fl_rd_skip(&w->r, (fl_rd_u8(&w->r) + 2u) * 4 - 2);
	if (!fl_rd_err(&w->r))
		w->p->ip_proto = next;
}

/*  0                   1                   2                   3
 * |version|  IHL  |      TOS      |          total length         |
 * |         identification        |flags|     fragment offset     |
 * |      TTL      |    protocol   |        header checksum        |
 * |                            source                             |
 * |                          destination                          |  options up to IHL * 4 */
enum fl_decode_outcome fl_decode_ip4(struct fl_walk *w)
{
	/* one bounds test for the fixed part: nearly every packet passes here */
	const uint8_t *h = fl_rd_bytes(&w->r, IP4_HEADER_MIN);
	struct fl_packet *p = w->p;
	uint32_t total, header, ip_len, frag;

	if (!h)
		return fl_decode_failed(w, FL_DECODE_BAD_IP);
	header = (h[0] & 0x0Fu) * 4;
	if (h[0] >> 4 != 4 || header < IP4_HEADER_MIN)
		return FL_DECODE_BAD_IP;
	total = be16(h + 2);
	frag = be16(h + 6);
	p->ttl = h[8];
	p->ip_proto = h[9];
	set_addr(&p->src, FL_ADDR_IPV4, h + 12);
	set_addr(&p->dst, FL_ADDR_IPV4, h + 16);

	ip_len = total ? total : IP4_HEADER_MIN + fl_walk_rest(w);
	if (ip_len < header || !bound_datagram(w, IP4_HEADER_MIN, ip_len))
		return FL_DECODE_BAD_IP;
	fl_rd_skip(&w->r, header - IP4_HEADER_MIN);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_IP);
	if (frag & (IP4_OFFSET | IP4_MORE))
		return take_fragment(w, be16(h + 4), (frag & IP4_OFFSET) * 8u, (frag & IP4_MORE) != 0);
	if (p->ip_proto == FL_IPPROTO_AH) {
		pass_ah(w);
		if (fl_rd_err(&w->r))
			return fl_decode_failed(w, FL_DECODE_BAD_TRANSPORT);
	}
	return fl_decode_transport(w);
}

/* Looks for the jumbo payload option in a hop-by-hop header; r stands at the header and is a copy. Gives false if
 * the options break their own lengths or the jumbo length is one that RFC 2675 3 forbids. */
static bool find_jumbo(struct fl_rd r, uint32_t *jumbo)
{
	struct fl_rd opts;
	uint8_t type, len;

	fl_rd_skip(&r, 1);
	len = fl_rd_u8(&r);
	opts = fl_rd_sub_upto(&r, (len + 1u) * 8 - 2);
	while (fl_rd_left(&opts)) {
		type = fl_rd_u8(&opts);
		if (type == IP6_OPT_PAD1)
			continue;
		len = fl_rd_u8(&opts);
		if (type != IP6_OPT_JUMBO) {
			fl_rd_skip(&opts, len);
			continue;
		}
		fl_rd_require(&opts, len == 4);
		*jumbo = fl_rd_be32(&opts);
		fl_rd_require(&opts, *jumbo > 0xFFFF);
		break;
	}
	/* what the snap length cut off is not held against it here: the walk over the headers will find the cut */
	return !fl_rd_err(&opts) || fl_rd_err(&opts) == FL_RD_CUT;
}

/* | next header 1 | reserved 1 | offset 13 bits, reserved 2, more 1 | identification 4 |
 * True: the datagram is whole, or the reader is in error. False: *ends is how the walk ends here. */
static bool pass_fragment_header(struct fl_walk *w, enum fl_decode_outcome *ends)
{
	const uint8_t next = fl_rd_u8(&w->r);
	uint16_t frag;
	uint32_t id;

	fl_rd_skip(&w->r, 1);
	frag = fl_rd_be16(&w->r);
	id = fl_rd_be32(&w->r);
	if (fl_rd_err(&w->r))
		return true;
	w->p->ip_proto = next;
	if (!(frag & (IP6_OFFSET | IP6_MORE)))
		return true;
	if (frag & IP6_MORE && fl_walk_wire_left(w) % 8) /* RFC 8200 4.5: every receiver discards it */
		*ends = FL_DECODE_BAD_IP6_EXT;
	else
		*ends = take_fragment(w, id, frag & IP6_OFFSET, (frag & IP6_MORE) != 0);
	return false;
}

static enum fl_decode_outcome decode_extensions(struct fl_walk *w)
{
	struct fl_packet *p = w->p;
	enum fl_decode_outcome ends;
	unsigned walked = 0;
	uint8_t proto, next;

	for (;;) {
		proto = p->ip_proto;
		switch (proto) {
		case FL_IPPROTO_HOPOPT:
			if (walked) /* RFC 8200 4.1: right behind the IPv6 header only */
				return FL_DECODE_BAD_IP6_EXT;
			break;
		case FL_IPPROTO_IPV6_ROUTE:
		case FL_IPPROTO_IPV6_OPTS:
		case FL_IPPROTO_MOBILITY:
		case FL_IPPROTO_IPV6_FRAG:
		case FL_IPPROTO_AH:
			break;
		default:
			return fl_decode_transport(w);
		}
		if (++walked > FL_IP6_EXT_MAX)
			return FL_DECODE_BAD_IP6_EXT;
		if (proto == FL_IPPROTO_IPV6_FRAG) {
			if (!pass_fragment_header(w, &ends))
				return ends;
		} else if (proto == FL_IPPROTO_AH) {
			pass_ah(w);
		} else {
			next = fl_rd_u8(&w->r);
			fl_rd_skip(&w->r, (fl_rd_u8(&w->r) + 1u) * 8 - 2); /* RFC 8200 4.3: 8 octets, not counting the first */
			if (!fl_rd_err(&w->r))
				p->ip_proto = next;
		}
		if (fl_rd_err(&w->r))
			return fl_decode_failed(w, FL_DECODE_BAD_IP6_EXT);
	}
}

/*  0                   1                   2                   3
 * |version| traffic class |              flow label               |
 * |         payload length        |  next header  |   hop limit   |
 * |                        source, 16 bytes                       |
 * |                     destination, 16 bytes                     | */
enum fl_decode_outcome fl_decode_ip6(struct fl_walk *w)
{
	struct fl_packet *p = w->p;
	struct fl_rd *r = &w->r;
	const uint8_t *src, *dst;
	uint32_t len, jumbo = 0;
	uint8_t first;

	first = fl_rd_u8(r);
	if (!fl_rd_err(r))
		fl_rd_require(r, first >> 4 == 6);
	fl_rd_skip(r, 3);
	len = fl_rd_be16(r);
	p->ip_proto = fl_rd_u8(r);
	p->ttl = fl_rd_u8(r);
	src = fl_rd_bytes(r, 16);
	dst = fl_rd_bytes(r, 16);
	if (fl_rd_err(r))
		return fl_decode_failed(w, FL_DECODE_BAD_IP);
	set_addr(&p->src, FL_ADDR_IPV6, src);
	set_addr(&p->dst, FL_ADDR_IPV6, dst);

	if (len == 0 && p->ip_proto == FL_IPPROTO_HOPOPT && !find_jumbo(*r, &jumbo))
		return FL_DECODE_BAD_IP6_EXT;
	if (jumbo)
		len = jumbo;
	else if (len == 0 && p->ip_proto != FL_IPPROTO_IPV6_NONXT)
		len = fl_walk_rest(w);
	if (len > fl_walk_wire_left(w) || !bound_datagram(w, IP6_HEADER, IP6_HEADER + len))
		return FL_DECODE_BAD_IP;
	return decode_extensions(w);
}

enum fl_decode_outcome fl_decode_ip(struct fl_walk *w)
{
	struct fl_rd peek = w->r;
	const uint8_t version = fl_rd_u8(&peek) >> 4;

	if (version == 6)
		return fl_decode_ip6(w);
	return fl_decode_ip4(w); /* which also says what an empty frame or another version is */
}
