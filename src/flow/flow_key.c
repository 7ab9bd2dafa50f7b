/* flow_key.c - which flow a packet belongs to.
 *
 * TCP, UDP and SCTP by ports. ICMP and ICMPv6 take type and counterpart type as ports, as Community ID v1 does, so
 * that an echo request and its reply are one flow; the identifier is left out for the same reason: our flow and the
 * Community ID in its record must mean the same set of packets. Messages that have no counterpart (errors, redirects)
 * take type and code, and each direction is a flow of its own. All other IP protocols have no ports.
 *
 * Pure: no state, no allocation. Sources: github.com/corelight/community-id-spec (v1), RFC 792, RFC 950, RFC 1256,
 * RFC 4443, RFC 4861, RFC 2710, RFC 4620; SipHash: Aumasson and Bernstein 2012. */
#include "flow/flow_key.h"

#include <string.h>

#include "fenceline/compiler.h"
#include "fenceline/ports.h"

static const struct icmp_pair { uint8_t v6, request, answer; } icmp_pairs[] = {
	{0, 8, 0}, {0, 13, 14}, {0, 15, 16}, {0, 10, 9}, {0, 17, 18},
	{1, 128, 129}, {1, 133, 134}, {1, 135, 136}, {1, 130, 131}, {1, 139, 140}, {1, 144, 145},
};

bool fl_icmp_pair(bool v6, uint8_t type, uint8_t *other, bool *is_request)
{
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(icmp_pairs); i++) {
		const struct icmp_pair *p = &icmp_pairs[i];

		if (p->v6 != v6 || (type != p->request && type != p->answer))
			continue;
		*is_request = type == p->request;
		*other = *is_request ? p->answer : p->request;
		return true;
	}
	return false;
}

bool fl_flow_key(const struct fl_packet *p, uint64_t context, struct fl_flow_key *out)
{
	uint16_t sport = 0, dport = 0;
	bool one_way = false, is_request;
	uint8_t other;
	int order;

	switch (p->outcome) {
	case FL_DECODE_TCP:
	case FL_DECODE_UDP:
	case FL_DECODE_SCTP:
		sport = p->src_port;
		dport = p->dst_port;
		break;
	case FL_DECODE_ICMP:
	case FL_DECODE_ICMPV6:
		sport = p->icmp_type;
		if (fl_icmp_pair(p->outcome == FL_DECODE_ICMPV6, p->icmp_type, &other, &is_request)) {
			dport = other;
		} else {
			dport = p->icmp_code;
			one_way = true;
		}
		break;
	case FL_DECODE_IP_OTHER:
		break;
	default:
		return false;
	}
	order = fl_addr_cmp(&p->src, &p->dst);
	if (!order)
		order = (sport > dport) - (sport < dport);
	*out = (struct fl_flow_key){.context = context, .ip_proto = p->ip_proto, .sender = order > 0};
	out->addr[out->sender] = p->src;
	out->port[out->sender] = sport;
	out->addr[!out->sender] = p->dst;
	out->port[!out->sender] = dport;
	if (one_way)
		out->way = out->sender ? FL_WAY_FROM_1 : FL_WAY_FROM_0;
	return true;
}

static inline uint64_t rotl(uint64_t v, unsigned n) { return v << n | v >> (64 - n); }

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1]; v[1] = rotl(v[1], 13); v[1] ^= v[0]; v[0] = rotl(v[0], 32);
	v[2] += v[3]; v[3] = rotl(v[3], 16); v[3] ^= v[2];
	v[0] += v[3]; v[3] = rotl(v[3], 21); v[3] ^= v[0];
	v[2] += v[1]; v[1] = rotl(v[1], 17); v[1] ^= v[2]; v[2] = rotl(v[2], 32);
}

uint32_t fl_flow_hash(const struct fl_flow_key *k, const uint64_t secret[2])
{
	uint64_t m[7] = {k->context};
	uint64_t v[4] = {
		secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du,
		secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u,
	};
	unsigned i;

	/* Host byte order: the hash never leaves the process. */
	memcpy(&m[1], k->addr[0].b, 16);
	memcpy(&m[3], k->addr[1].b, 16);
	m[5] = (uint64_t)k->port[0] << 48 | (uint64_t)k->port[1] << 32 | (uint64_t)k->ip_proto << 16 |
	       (uint64_t)k->addr[0].kind << 8 | k->way;
	m[6] = (uint64_t)48 << 56; /* SipHash's last word: the message length */
	for (i = 0; i < FL_ARRAY_LEN(m); i++) {
		v[3] ^= m[i];
		sip_round(v);
		v[0] ^= m[i];
	}
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(v);
	v[0] ^= v[1] ^ v[2] ^ v[3];
	return (uint32_t)(v[0] ^ v[0] >> 32);
}

/* Ports of 1024 and more on which servers of the plant floor listen, ascending; 0: a row of ports.h that is not one. */
static const uint16_t plant_ports[] = {
#define X(transport, port, plant, names) (plant) ? (port) : 0,
	FL_PORTS(X)
#undef X
};

/* System ports (RFC 6335 6) outrank the plant's own: 44818, 47808 and 34964 lie where Linux takes its clients' ports
 * from (32768 to 60999), so "44818 <-> 443" is a browser. 102 and 502 outrank other system ports, from which old
 * stacks (rlogin's heritage) open connections. */
unsigned fl_port_rank(uint16_t port)
{
	size_t i;

	if (port == 102 || port == 502)
		return 3;
	if (port > 0 && port < 1024)
		return 2;
	for (i = 0; i < FL_ARRAY_LEN(plant_ports) && plant_ports[i] <= port; i++) {
		if (port && plant_ports[i] == port)
			return 1;
	}
	return 0;
}
