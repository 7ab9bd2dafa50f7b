/* transport.c - TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792), ICMPv6 (RFC 4443), SCTP (RFC 9260).
 *
 * The reader is the IP payload: CLOSED where the datagram ends, CUT where the snap length did. The payload is
 * what follows the fixed header and its options; for ICMP and ICMPv6 the header is 8 bytes, so that the payload
 * of an error message begins with the IP header that it quotes.
 *
 * TCP options beyond the snap length, or in a later fragment, are no loss: nothing reads them, and where they end
 * is known. A first fragment too small for the fixed header is not malformed (RFC 1858 3 warns of them): what it
 * is cannot be told without the others, so it counts with them. */
#include "decode/layers.h"

#include "decode/numbers.h"

enum { TCP_HEADER_MIN = 20, UDP_HEADER = 8, ICMP_HEADER = 8, SCTP_HEADER = 12 };

/* The payload is len bytes on the wire from where r stands, and of these what is there. */
static void take_payload(struct fl_packet *p, const struct fl_rd *r, uint32_t len)
{
	const size_t left = fl_rd_left(r);

	p->payload = r->base + r->off;
	p->payload_len = len;
	p->payload_caplen = left < len ? (uint32_t)left : len;
}

static enum fl_decode_outcome header_failed(const struct fl_packet *p, const struct fl_rd *r)
{
	return fl_decode_failed(r, p->more_fragments ? FL_DECODE_FRAGMENT : FL_DECODE_BAD_TRANSPORT);
}

/*  0                   1                   2                   3
 * |          source port          |       destination port        |
 * |                        sequence number                        |
 * |                     acknowledgment number                     |
 * | offset| rsrvd |     flags     |            window             |
 * |           checksum            |         urgent pointer        |  options up to offset * 4 */
static enum fl_decode_outcome decode_tcp(struct fl_packet *p, struct fl_rd *r, uint32_t len)
{
	uint32_t header, options;

	p->src_port = fl_rd_be16(r);
	p->dst_port = fl_rd_be16(r);
	p->tcp_seq = fl_rd_be32(r);
	p->tcp_ack = fl_rd_be32(r);
	header = (fl_rd_u8(r) >> 4) * 4u;
	p->tcp_flags = fl_rd_u8(r);
	fl_rd_skip(r, 6);
	if (fl_rd_err(r))
		return header_failed(p, r);
	if (header < TCP_HEADER_MIN || (header > len && !p->more_fragments))
		return FL_DECODE_BAD_TRANSPORT;
	options = header - TCP_HEADER_MIN;
	fl_rd_skip(r, options < fl_rd_left(r) ? options : fl_rd_left(r));
	take_payload(p, r, header < len ? len - header : 0);
	return FL_DECODE_TCP;
}

/* | source port 2 | destination port 2 | length 2, header included | checksum 2 | */
static enum fl_decode_outcome decode_udp(struct fl_packet *p, struct fl_rd *r, uint32_t len)
{
	uint32_t udp_len;

	p->src_port = fl_rd_be16(r);
	p->dst_port = fl_rd_be16(r);
	udp_len = fl_rd_be16(r);
	fl_rd_skip(r, 2);
	if (fl_rd_err(r))
		return header_failed(p, r);
	/* RFC 2675 4: zero in a jumbogram, where the IP layer knows. A first fragment holds a part of its length. */
	if (udp_len == 0 && p->src.kind == FL_ADDR_IPV6)
		udp_len = len;
	if (udp_len < UDP_HEADER || (udp_len > len && !p->more_fragments))
		return FL_DECODE_BAD_TRANSPORT;
	take_payload(p, r, (udp_len < len ? udp_len : len) - UDP_HEADER);
	return FL_DECODE_UDP;
}

static enum fl_decode_outcome decode_icmp(struct fl_packet *p, struct fl_rd *r, uint32_t len,
					  enum fl_decode_outcome outcome)
{
	p->icmp_type = fl_rd_u8(r);
	p->icmp_code = fl_rd_u8(r);
	fl_rd_skip(r, ICMP_HEADER - 2);
	if (fl_rd_err(r))
		return header_failed(p, r);
	take_payload(p, r, len - ICMP_HEADER);
	return outcome;
}

/* | source port 2 | destination port 2 | verification tag 4 | checksum 4 | chunks */
static enum fl_decode_outcome decode_sctp(struct fl_packet *p, struct fl_rd *r, uint32_t len)
{
	p->src_port = fl_rd_be16(r);
	p->dst_port = fl_rd_be16(r);
	fl_rd_skip(r, SCTP_HEADER - 4);
	if (fl_rd_err(r))
		return header_failed(p, r);
	take_payload(p, r, len - SCTP_HEADER);
	return FL_DECODE_SCTP;
}

enum fl_decode_outcome fl_decode_transport(struct fl_packet *p, struct fl_rd *r, uint32_t len)
{
	const bool v6 = p->src.kind == FL_ADDR_IPV6;

	switch (p->ip_proto) {
	case FL_IPPROTO_TCP:
		return decode_tcp(p, r, len);
	case FL_IPPROTO_UDP:
		return decode_udp(p, r, len);
	case FL_IPPROTO_SCTP:
		return decode_sctp(p, r, len);
	case FL_IPPROTO_ICMP:
		if (!v6)
			return decode_icmp(p, r, len, FL_DECODE_ICMP);
		break;
	case FL_IPPROTO_ICMPV6:
		if (v6)
			return decode_icmp(p, r, len, FL_DECODE_ICMPV6);
		break;
	default:
		break;
	}
	take_payload(p, r, len); /* each of the other kind's ICMP too: no receiver takes it */
	return FL_DECODE_IP_OTHER;
}
