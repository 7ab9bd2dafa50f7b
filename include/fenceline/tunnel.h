/* tunnel.h - what a frame was carried in: one row for each kind of tunnel that decode opens.
 *
 * A tunnel between IP addresses is a flow of its own (its carrier), judged like any other: it may cross a boundary that
 * what is in it does not. What is in it is decoded as if it had been captured there, in an address space of its own. */
#ifndef FENCELINE_TUNNEL_H
#define FENCELINE_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/addr.h"

/* X(NAME, "name", is carried between IP addresses, "source") */
#define FL_TUNNELS(X)                                                              \
	X(MPLS, "mpls", 0, "RFC 3032, RFC 4385, RFC 4448")                         \
	X(PPPOE, "pppoe", 0, "RFC 2516")                                           \
	X(PBB, "pbb", 0, "IEEE 802.1Q 9.7: MAC-in-MAC")                            \
	X(GRE, "gre", 1, "RFC 2784, RFC 2890, RFC 2637")                           \
	X(ERSPAN, "erspan", 1, "draft-foschiano-erspan-03: I, II, III")            \
	X(VXLAN, "vxlan", 1, "RFC 7348, draft-ietf-nvo3-vxlan-gpe")                \
	X(GENEVE, "geneve", 1, "RFC 8926")                                         \
	X(IP_IN_IP, "ip_in_ip", 1, "RFC 2003, RFC 2473, RFC 4213")                 \
	X(TEREDO, "teredo", 1, "RFC 4380")

enum fl_tunnel_kind {
#define X(name, text, ip, source) FL_TUNNEL_##name,
	FL_TUNNELS(X)
#undef X
	FL_TUNNEL_KIND_COUNT
};

struct fl_tunnel {
	uint8_t kind;              /* enum fl_tunnel_kind */
	uint8_t version;           /* ERSPAN: 1, 2, 3; GRE: 0, 1; else 0 */
	uint8_t vlans;             /* how many of fl_packet.vlan[] stand outside it */
	bool has_id;
	uint32_t id;               /* bottom MPLS label, PPPoE session, I-SID, GRE key, ERSPAN session, VNI */
	/* the carrier: kind FL_ADDR_NONE, 0 where it is not carried between IP addresses */
	struct fl_addr src, dst;
	uint8_t ip_proto, ttl;     /* of the carrier */
	uint16_t src_port, dst_port; /* VXLAN, Geneve, Teredo */
	bool has_mac;
	uint8_t src_mac[6], dst_mac[6]; /* of the Ethernet header outside it */
};

const char *fl_tunnel_name(unsigned kind); /* src/base/names.c */
static inline bool fl_tunnel_is_mirror(const struct fl_tunnel *t) { return t->kind == FL_TUNNEL_ERSPAN; }

#endif
