/* tunnel.c - what opening a tunnel does, and the tunnel that has no header of its own: IP in IP (RFC 2003, RFC 2473,
 * RFC 4213).
 *
 * The row of the tunnel takes what the packet has been so far: the addresses it is carried between, where it is carried
 * between IP addresses, and the Ethernet header and tags outside. Of a tunnel that is not, the link stays what it is:
 * the MAC addresses around an MPLS label or a PPPoE session are those of the hosts on that link. */
#include <stddef.h>

#include "decode/layers.h"

struct fl_tunnel *fl_decode_open(struct fl_walk *w, enum fl_tunnel_kind kind)
{
	struct fl_packet *p = w->p;
	struct fl_tunnel *t;

	if (p->tunnels == FL_TUNNEL_MAX)
		return NULL;
	t = &p->tunnel[p->tunnels++];
	memset(t, 0, sizeof *t); /* with its padding: equal frames give equal bytes */
	t->kind = (uint8_t)kind;
	t->vlans = p->vlans;
	t->src = p->src;
	t->dst = p->dst;
	t->ip_proto = p->ip_proto;
	t->ttl = p->ttl;
	t->src_port = p->src_port;
	t->dst_port = p->dst_port;
	t->has_mac = p->has_mac;
	memcpy(t->src_mac, p->src_mac, sizeof t->src_mac);
	memcpy(t->dst_mac, p->dst_mac, sizeof t->dst_mac);
	if (p->src.kind != FL_ADDR_NONE) {
		p->has_mac = false;
		memset(p->src_mac, 0, sizeof p->src_mac);
		memset(p->dst_mac, 0, sizeof p->dst_mac);
	}
	p->ethertype = 0;
	memset((uint8_t *)p + offsetof(struct fl_packet, src), 0,
	       offsetof(struct fl_packet, tunnel) - offsetof(struct fl_packet, src));
	return t;
}

enum fl_decode_outcome fl_decode_ip_in_ip(struct fl_walk *w)
{
	const bool v6 = w->p->ip_proto == FL_IPPROTO_IPV6;

	if (!fl_decode_open(w, FL_TUNNEL_IP_IN_IP))
		return FL_DECODE_TUNNEL_DEPTH;
	return v6 ? fl_decode_ip6(w) : fl_decode_ip4(w);
}
