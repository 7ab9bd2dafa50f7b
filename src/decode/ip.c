/* ip.c - IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200).
 *
 * The datagram's own length decides what belongs to it: padding and trailers behind it are cut off, and the
 * layers above read a view that ends where it ends. A datagram that claims more than the frame had on the wire
 * is malformed, whether or not the snap length cut it: every receiver drops it (RFC 1122 3.2.1.2), and reading
 * it on would let a sender show us bytes that its peer never sees.
 *
 * A length field of zero is what a sender's own capture shows of a segment that the network card has yet to
 * split (TCP segmentation offload): there the frame's length counts. In IPv6 zero may also be a jumbogram,
 * whose length stands in a hop-by-hop option (RFC 2675). */
#include "decode/layers.h"

#include "decode/numbers.h"

enum { IP4_HEADER_MIN = 20, IP6_HEADER = 40, IP6_OPT_PAD1 = 0, IP6_OPT_JUMBO = 0xC2 };

/* Sets ip_len and ip_caplen; gives the view of the datagram from its first byte, or of nothing if it cannot be. */
static bool bound_datagram(struct fl_packet *p, struct fl_rd *at, uint32_t ip_len, struct fl_rd *view)
{
	if (ip_len > fl_decode_wire_left(p, at))
		return false;
	*view = fl_rd_sub_upto(at, ip_len);
	p->ip = view->base;
	p->ip_len = ip_len;
	p->ip_caplen = (uint32_t)view->len;
	return !fl_rd_err(view);
}

/*  0                   1                   2                   3
 * |version|  IHL  |      TOS      |          total length         |
 * |         identification        |flags|     fragment offset     |
 * |      TTL      |    protocol   |        header checksum        |
 * |                            source                             |
 * |                          destination                          |  options up to IHL * 4 */
enum fl_decode_outcome fl_decode_ip4(struct fl_packet *p, struct fl_rd *r)
{
	struct fl_rd at = *r, dg;
	const uint8_t *src, *dst;
	uint16_t total, frag;
	uint32_t ip_len, header;
	uint8_t first;

	first = fl_rd_u8(r);
	header = (first & 0x0Fu) * 4;
	if (!fl_rd_err(r))
		fl_rd_require(r, first >> 4 == 4 && header >= IP4_HEADER_MIN);
	fl_rd_skip(r, 1); /* TOS */
	total = fl_rd_be16(r);
	fl_rd_skip(r, 2); /* identification */
	frag = fl_rd_be16(r);
	p->ttl = fl_rd_u8(r);
	p->ip_proto = fl_rd_u8(r);
	fl_rd_skip(r, 2); /* checksum */
	src = fl_rd_bytes(r, 4);
	dst = fl_rd_bytes(r, 4);
	if (fl_rd_err(r))
		return fl_decode_failed(r, FL_DECODE_BAD_IP);
	p->src = fl_addr_from(FL_ADDR_IPV4, src);
	p->dst = fl_addr_from(FL_ADDR_IPV4, dst);

	ip_len = total ? total : fl_decode_wire_left(p, &at);
	if (ip_len < header || !bound_datagram(p, &at, ip_len, &dg))
		return FL_DECODE_BAD_IP;
	fl_rd_skip(&dg, header);
	if (fl_rd_err(&dg))
		return fl_decode_failed(&dg, FL_DECODE_BAD_IP);
	if (frag & 0x1FFF)
		return FL_DECODE_FRAGMENT;
	p->more_fragments = (frag & 0x2000) != 0;
	return fl_decode_transport(p, &dg, ip_len - header);
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

/* Walks the extension headers; r is the IPv6 payload, len its length on the wire. */
static enum fl_decode_outcome decode_extensions(struct fl_packet *p, struct fl_rd *r, uint32_t len)
{
	const size_t start = fl_rd_pos(r);
	unsigned walked = 0;
	uint16_t frag;
	uint8_t proto;

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
			return fl_decode_transport(p, r, len - (uint32_t)(fl_rd_pos(r) - start));
		}
		if (++walked > FL_IP6_EXT_MAX)
			return FL_DECODE_BAD_IP6_EXT;
		p->ip_proto = fl_rd_u8(r);
		if (proto == FL_IPPROTO_IPV6_FRAG) {
			fl_rd_skip(r, 1); /* reserved */
			frag = fl_rd_be16(r);
			fl_rd_skip(r, 4); /* identification */
			if (!fl_rd_err(r) && frag & 0xFFF8)
				return FL_DECODE_FRAGMENT;
			p->more_fragments = (frag & 1) != 0;
		} else if (proto == FL_IPPROTO_AH) {
			fl_rd_skip(r, (fl_rd_u8(r) + 2u) * 4 - 2); /* RFC 4302 2.2: 32-bit words, minus 2 */
		} else {
			fl_rd_skip(r, (fl_rd_u8(r) + 1u) * 8 - 2); /* RFC 8200 4.3: 8 octets, not counting the first */
		}
		if (fl_rd_err(r)) {
			p->ip_proto = proto;
			return fl_decode_failed(r, FL_DECODE_BAD_IP6_EXT);
		}
	}
}

/*  0                   1                   2                   3
 * |version| traffic class |              flow label               |
 * |         payload length        |  next header  |   hop limit   |
 * |                        source, 16 bytes                       |
 * |                     destination, 16 bytes                     | */
enum fl_decode_outcome fl_decode_ip6(struct fl_packet *p, struct fl_rd *r)
{
	struct fl_rd at = *r, dg;
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
		return fl_decode_failed(r, FL_DECODE_BAD_IP);
	p->src = fl_addr_from(FL_ADDR_IPV6, src);
	p->dst = fl_addr_from(FL_ADDR_IPV6, dst);

	if (len == 0 && p->ip_proto == FL_IPPROTO_HOPOPT && !find_jumbo(*r, &jumbo))
		return FL_DECODE_BAD_IP6_EXT;
	if (jumbo)
		len = jumbo;
	else if (len == 0 && p->ip_proto != FL_IPPROTO_IPV6_NONXT)
		len = fl_decode_wire_left(p, r);
	if (len > fl_decode_wire_left(p, r) || !bound_datagram(p, &at, IP6_HEADER + len, &dg))
		return FL_DECODE_BAD_IP;
	fl_rd_skip(&dg, IP6_HEADER);
	return decode_extensions(p, &dg, len);
}

enum fl_decode_outcome fl_decode_ip(struct fl_packet *p, struct fl_rd *r)
{
	struct fl_rd peek = *r;
	const uint8_t version = fl_rd_u8(&peek) >> 4;

	if (version == 6)
		return fl_decode_ip6(p, r);
	return fl_decode_ip4(p, r); /* which also says what an empty frame or another version is */
}
