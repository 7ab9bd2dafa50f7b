/* flow_key.c - which flow a packet belongs to.
 *
 * TCP, UDP and SCTP by ports. ICMP and ICMPv6 take type and counterpart type as ports, as Community ID v1 does, so
 * that an echo request and its reply are one flow; the identifier is left out for the same reason: our flow and the
 * Community ID in its record must mean the same set of packets. Messages that have no counterpart (errors, redirects)
 * take type and code, and each direction is a flow of its own. All other IP protocols have no ports; nor have fragments whose
 * datagram did not become whole, which are a flow apart. What is not IP belongs to its pair of MAC addresses and EtherType
 * (or kind of LLC). A tunnel is its pair of addresses and its kind; see flow_table.h for its ports.
 *
 * Pure: no state, no allocation. Sources: github.com/corelight/community-id-spec (v1), RFC 792, RFC 950, RFC 1256,
 * RFC 4443, RFC 4861, RFC 2710, RFC 4620. */
#include "flow/flow_key.h"

#include <endian.h>
#include <string.h>

#include "fenceline/compiler.h"
#include "fenceline/ports.h"
#include "fenceline/vocab.h"
#include "flow/siphash.h"

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

/* As fl_addr_cmp, for every packet: two big-endian words order like their bytes, without a call. */
static int order_of(const struct fl_addr *a, const struct fl_addr *b)
{
	uint64_t x[2], y[2];
	int i;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	memcpy(x, a->b, sizeof x);
	memcpy(y, b->b, sizeof y);
	i = x[0] == y[0];
	return (be64toh(x[i]) > be64toh(y[i])) - (be64toh(x[i]) < be64toh(y[i]));
}

/* Which end is which: by address, then by port, so that both directions give the same key. */
static void put_ends(struct fl_flow_key *k, const struct fl_addr *src, const struct fl_addr *dst, uint16_t sport, uint16_t dport)
{
	int order = order_of(src, dst);

	if (!order)
		order = (sport > dport) - (sport < dport);
	k->sender = order > 0;
	k->addr[k->sender] = *src;
	k->port[k->sender] = sport;
	k->addr[!k->sender] = *dst;
	k->port[!k->sender] = dport;
}

static bool link_key(const struct fl_packet *p, struct fl_flow_key *k)
{
	struct fl_addr src = fl_addr_from(FL_ADDR_MAC, p->src_mac), dst = fl_addr_from(FL_ADDR_MAC, p->dst_mac);

	if (!p->has_mac)
		return false;
	k->kind = FL_FLOW_LINK;
	k->ethertype = p->ethertype;
	k->protocol = p->link_protocol;
	put_ends(k, &src, &dst, 0, 0);
	return true;
}

static void icmp_key(const struct fl_packet *p, struct fl_flow_key *k)
{
	bool is_request;
	uint8_t other;

	if (fl_icmp_pair(p->outcome == FL_DECODE_ICMPV6, p->icmp_type, &other, &is_request)) {
		put_ends(k, &p->src, &p->dst, p->icmp_type, other);
		return;
	}
	put_ends(k, &p->src, &p->dst, p->icmp_type, p->icmp_code);
	k->way = k->sender ? FL_WAY_FROM_1 : FL_WAY_FROM_0;
}

bool fl_flow_key(const struct fl_packet *p, uint64_t context, struct fl_flow_key *out)
{
	*out = (struct fl_flow_key){.context = context, .kind = FL_FLOW_IP, .ip_proto = p->ip_proto};
	switch (p->outcome) {
	case FL_DECODE_TCP:
	case FL_DECODE_UDP:
	case FL_DECODE_SCTP:
		put_ends(out, &p->src, &p->dst, p->src_port, p->dst_port);
		return true;
	case FL_DECODE_ICMP:
	case FL_DECODE_ICMPV6:
		icmp_key(p, out);
		return true;
	case FL_DECODE_FRAGMENT:
		out->way = FL_WAY_PIECES;
		put_ends(out, &p->src, &p->dst, 0, 0);
		return true;
	case FL_DECODE_IP_OTHER:
		put_ends(out, &p->src, &p->dst, 0, 0);
		return true;
	case FL_DECODE_ETHERTYPE:
	case FL_DECODE_LLC:
	case FL_DECODE_ARP:
	case FL_DECODE_CIPHER:
		out->ip_proto = 0;
		return link_key(p, out);
	default:
		return false;
	}
}

bool fl_flow_carrier_key(const struct fl_packet *p, unsigned layer, uint64_t context, struct fl_flow_key *out)
{
	static const uint16_t protocols[FL_TUNNEL_KIND_COUNT] = {
#define X(name, text, ip, source) FL_PROTOCOL_TUNNEL_##name,
		FL_TUNNELS(X)
#undef X
	};
	const struct fl_tunnel *t = &p->tunnel[layer];
	uint16_t sport = t->src_port;

	if (t->src.kind == FL_ADDR_NONE)
		return false;
	*out = (struct fl_flow_key){.context = context, .kind = FL_FLOW_CARRIER, .ip_proto = t->ip_proto,
				    .protocol = protocols[t->kind]};
	/* RFC 7348 5, RFC 8926 3.3: the source port is a hash of what is inside, so that links share the load. */
	out->one_port = t->kind == FL_TUNNEL_VXLAN || t->kind == FL_TUNNEL_GENEVE;
	if (out->one_port)
		sport = t->dst_port;
	put_ends(out, &t->src, &t->dst, sport, t->dst_port);
	return true;
}

uint32_t fl_flow_hash(const struct fl_flow_key *k, const uint64_t secret[2])
{
	uint64_t m[7] = {k->context};

	memcpy(&m[1], k->addr[0].b, 16);
	memcpy(&m[3], k->addr[1].b, 16);
	m[5] = (uint64_t)k->port[0] << 48 | (uint64_t)k->port[1] << 32 | (uint64_t)k->ip_proto << 16 |
	       (uint64_t)k->addr[0].kind << 8 | k->way;
	m[6] = (uint64_t)k->kind << 32 | (uint64_t)k->ethertype << 16 | k->protocol;
	return fl_siphash(m, FL_ARRAY_LEN(m), secret);
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
