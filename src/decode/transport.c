/* transport.c - TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792), ICMPv6 (RFC 4443), SCTP (RFC 9260); and the way into the
 * tunnels that IP and UDP carry.
 *
 * The walk is the IP payload: CLOSED where the datagram ends, CUT where the snap length did. The payload is what
 * follows the fixed header and its options; for ICMP and ICMPv6 the header is 8 bytes, so that the payload of an error
 * message begins with the IP header that it quotes. That header was sent once already: it is payload and never decoded
 * as traffic.
 *
 * TCP options beyond the snap length are no loss: nothing reads them, and where they end is known. */
#include "decode/layers.h"

#include "fenceline/compiler.h"

enum { TCP_HEADER_MIN = 20, UDP_HEADER = 8, ICMP_HEADER = 8, SCTP_HEADER = 12 };

/* The payload is what is left, and of that what is there. */
static void take_payload(struct fl_walk *w)
{
	w->p->payload = w->r.base + w->r.off;
	w->p->payload_len = fl_walk_wire_left(w);
	w->p->payload_caplen = (uint32_t)fl_rd_left(&w->r);
}

/*  0                   1                   2                   3
 * |          source port          |       destination port        |
 * |                        sequence number                        |
 * |                     acknowledgment number                     |
 * | offset| rsrvd |     flags     |            window             |
 * |           checksum            |         urgent pointer        |  options up to offset * 4 */
static enum fl_decode_outcome decode_tcp(struct fl_walk *w)
{
	const uint32_t len = fl_walk_wire_left(w);
	struct fl_packet *p = w->p;
	struct fl_rd *r = &w->r;
	uint32_t header, options;

	p->src_port = fl_rd_be16(r);
	p->dst_port = fl_rd_be16(r);
	p->tcp_seq = fl_rd_be32(r);
	p->tcp_ack = fl_rd_be32(r);
	header = (fl_rd_u8(r) >> 4) * 4u;
	p->tcp_flags = fl_rd_u8(r);
	fl_rd_skip(r, 6);
	if (fl_rd_err(r))
		return fl_decode_failed(w, FL_DECODE_BAD_TRANSPORT);
	if (header < TCP_HEADER_MIN || header > len)
		return FL_DECODE_BAD_TRANSPORT;
	options = header - TCP_HEADER_MIN;
	fl_rd_skip(r, options < fl_rd_left(r) ? options : fl_rd_left(r));
	take_payload(w);
	p->payload_len = len - header;
	return FL_DECODE_TCP;
}

static bool is_tunnel_port(uint16_t src, uint16_t dst)
{
	switch (dst) {
	case FL_UDP_TEREDO:
	case FL_UDP_VXLAN:
	case FL_UDP_VXLAN_GPE:
	case FL_UDP_GENEVE:
	case FL_UDP_VXLAN_OLD:
		return true;
	default:
		return src == FL_UDP_TEREDO;
	}
}

/* | source port 2 | destination port 2 | length 2, header included | checksum 2 | */
static enum fl_decode_outcome decode_udp(struct fl_walk *w)
{
	const uint32_t len = fl_walk_wire_left(w);
	struct fl_packet *p = w->p;
	struct fl_walk in;
	uint32_t udp_len;

	p->src_port = fl_rd_be16(&w->r);
	p->dst_port = fl_rd_be16(&w->r);
	udp_len = fl_rd_be16(&w->r);
	fl_rd_skip(&w->r, 2);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_TRANSPORT);
	if (udp_len == 0 && p->src.kind == FL_ADDR_IPV6) /* RFC 2675 4: a jumbogram; the IP layer knows */
		udp_len = len;
	if (udp_len < UDP_HEADER || udp_len > len)
		return FL_DECODE_BAD_TRANSPORT;
	fl_walk_bound(w, udp_len - UDP_HEADER);
	take_payload(w);
	if (FL_LIKELY(!is_tunnel_port(p->src_port, p->dst_port)))
		return FL_DECODE_UDP;
	in = *w;
	return fl_decode_udp_tunnel(&in);
}

static enum fl_decode_outcome decode_icmp(struct fl_walk *w, enum fl_decode_outcome outcome)
{
	w->p->icmp_type = fl_rd_u8(&w->r);
	w->p->icmp_code = fl_rd_u8(&w->r);
	fl_rd_skip(&w->r, ICMP_HEADER - 2);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_TRANSPORT);
	take_payload(w);
	return outcome;
}

/* | source port 2 | destination port 2 | verification tag 4 | checksum 4 | chunks */
static enum fl_decode_outcome decode_sctp(struct fl_walk *w)
{
	w->p->src_port = fl_rd_be16(&w->r);
	w->p->dst_port = fl_rd_be16(&w->r);
	fl_rd_skip(&w->r, SCTP_HEADER - 4);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_TRANSPORT);
	take_payload(w);
	return FL_DECODE_SCTP;
}

static enum fl_decode_outcome decode_gre(struct fl_walk *w)
{
	const uint8_t tunnels = w->p->tunnels;
	struct fl_walk in = *w;
	const enum fl_decode_outcome outcome = fl_decode_gre(&in);

	if (outcome == FL_DECODE_IP_OTHER && w->p->tunnels == tunnels)
		take_payload(w);
	return outcome;
}

enum fl_decode_outcome fl_decode_transport(struct fl_walk *w)
{
	const bool v6 = w->p->src.kind == FL_ADDR_IPV6;

	switch (w->p->ip_proto) {
	case FL_IPPROTO_TCP:
		return decode_tcp(w);
	case FL_IPPROTO_UDP:
		return decode_udp(w);
	case FL_IPPROTO_SCTP:
		return decode_sctp(w);
	case FL_IPPROTO_ICMP:
		if (!v6)
			return decode_icmp(w, FL_DECODE_ICMP);
		break;
	case FL_IPPROTO_ICMPV6:
		if (v6)
			return decode_icmp(w, FL_DECODE_ICMPV6);
		break;
	case FL_IPPROTO_IPV4:
	case FL_IPPROTO_IPV6:
		return fl_decode_ip_in_ip(w);
	case FL_IPPROTO_GRE:
		return decode_gre(w);
	default:
		break;
	}
	take_payload(w); /* each of the other kind's ICMP too: no receiver takes it */
	return FL_DECODE_IP_OTHER;
}
