/* flow_quote.c - the packet that an ICMP error message quotes.
 *
 *     ICMP    type 3 (RFC 792):   | type 1 | code 1 | checksum 2 | unused 4 | the IPv4 header, and at least 8 bytes behind it |
 *     ICMPv6  type 1 (RFC 4443 3.1): the same, and as much of the IPv6 packet as fits
 *
 * Who quotes may be anybody, so this only reads; what is believed is decided by who asks (flow_table.h). A quoted fragment
 * but the first has no ports: it says nothing about a flow. "Fragmentation needed" (type 3, code 4) is no refusal.
 *
 * Pure. All bytes are read through fl_rd. */
#include "flow/flow_key.h"

#include "fenceline/rd.h"

enum { UNREACHABLE4 = 3, FRAGMENTATION_NEEDED = 4, UNREACHABLE6 = 1 };
enum { IP4_FRAGMENT = 0x1FFF, IP6_FRAGMENT = 0xFFF8 };
/* RFC 8200 4; the authentication header (51) counts its length in other units, and hides nothing. */
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60 };
enum { TCP = 6, UDP = 17, SCTP = 132, ICMP = 1, ICMPV6 = 58 };

static void take_address(struct fl_rd *r, struct fl_addr *out, enum fl_addr_kind kind, size_t n)
{
	const uint8_t *b = fl_rd_bytes(r, n);

	if (b)
		*out = fl_addr_from(kind, b);
}

/* | version 4 bits, IHL 4 | TOS 1 | length 2 | id 2 | flags 3 bits, offset 13 | TTL 1 | protocol 1 | checksum 2 | src | dst | */
static void read_ip4(struct fl_rd *r, struct fl_packet *q)
{
	uint8_t first = fl_rd_u8(r);
	unsigned header = (first & 15u) * 4;

	fl_rd_require(r, first >> 4 == 4 && header >= 20);
	fl_rd_skip(r, 5);
	fl_rd_require(r, (fl_rd_be16(r) & IP4_FRAGMENT) == 0);
	fl_rd_skip(r, 1);
	q->ip_proto = fl_rd_u8(r);
	fl_rd_skip(r, 2);
	take_address(r, &q->src, FL_ADDR_IPV4, 4);
	take_address(r, &q->dst, FL_ADDR_IPV4, 4);
	fl_rd_skip(r, header >= 20 ? header - 20 : 0);
}

/* Extension headers but FRAGMENT: | next header 1 | length in words of 8, less one | ... |. */
static void skip_extensions(struct fl_rd *r, struct fl_packet *q)
{
	unsigned i, units;

	for (i = 0; i < FL_IP6_EXT_MAX; i++) {
		switch (q->ip_proto) {
		case HOP_BY_HOP:
		case ROUTING:
		case DESTINATION:
		case AUTHENTICATION:
			units = q->ip_proto == AUTHENTICATION ? 4 : 8;
			q->ip_proto = fl_rd_u8(r);
			fl_rd_skip(r, units == 4 ? (fl_rd_u8(r) + 2u) * 4 - 2 : (fl_rd_u8(r) + 1u) * 8 - 2);
			break;
		case FRAGMENT:
			q->ip_proto = fl_rd_u8(r);
			fl_rd_skip(r, 1);
			fl_rd_require(r, (fl_rd_be16(r) & IP6_FRAGMENT) == 0);
			fl_rd_skip(r, 4);
			break;
		default:
			return;
		}
	}
	fl_rd_fail(r, FL_RD_VALUE); /* more of them than are walked */
}

/* | version 4 bits, class 8, label 20 | length 2 | next header 1 | hop limit 1 | src 16 | dst 16 | */
static void read_ip6(struct fl_rd *r, struct fl_packet *q)
{
	fl_rd_require(r, fl_rd_u8(r) >> 4 == 6);
	fl_rd_skip(r, 5);
	q->ip_proto = fl_rd_u8(r);
	fl_rd_skip(r, 1);
	take_address(r, &q->src, FL_ADDR_IPV6, 16);
	take_address(r, &q->dst, FL_ADDR_IPV6, 16);
	skip_extensions(r, q);
}

static void read_transport(struct fl_rd *r, struct fl_packet *q)
{
	const bool v6 = q->src.kind == FL_ADDR_IPV6;

	q->outcome = FL_DECODE_IP_OTHER;
	switch (q->ip_proto) {
	case TCP:
	case UDP:
	case SCTP:
		q->outcome = q->ip_proto == TCP ? FL_DECODE_TCP : q->ip_proto == UDP ? FL_DECODE_UDP : FL_DECODE_SCTP;
		q->src_port = fl_rd_be16(r);
		q->dst_port = fl_rd_be16(r);
		q->tcp_seq = q->ip_proto == TCP ? fl_rd_be32(r) : 0;
		break;
	case ICMP:
	case ICMPV6:
		if (v6 != (q->ip_proto == ICMPV6))
			break;
		q->outcome = v6 ? FL_DECODE_ICMPV6 : FL_DECODE_ICMP;
		q->icmp_type = fl_rd_u8(r);
		q->icmp_code = fl_rd_u8(r);
		break;
	default:
		break;
	}
}

bool fl_flow_quoted(const struct fl_packet *p, struct fl_packet *quoted)
{
	struct fl_rd r = fl_rd_init(p->payload, p->payload_caplen, FL_CUT_END);
	struct fl_packet q = {.frame = p->frame};

	if (p->outcome == FL_DECODE_ICMP && p->icmp_type == UNREACHABLE4 && p->icmp_code != FRAGMENTATION_NEEDED)
		read_ip4(&r, &q);
	else if (p->outcome == FL_DECODE_ICMPV6 && p->icmp_type == UNREACHABLE6)
		read_ip6(&r, &q);
	else
		return false;
	read_transport(&r, &q);
	if (fl_rd_err(&r))
		return false;
	*quoted = q;
	return true;
}
