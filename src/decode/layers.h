/* layers.h - the layers of decode, each in its own file, called from the outside in.
 *
 *     link.c       which link type; Ethernet, Linux cooked, BSD loopback, switch tags
 *     wireless.c   radiotap, Prism, AVS, 802.11          record.c  PPI, ERF, netANALYZER, PFLOG
 *     ppp.c        PPP, Cisco HDLC, PPPoE
 *     ethertype.c  tags of all kinds, MACsec, what an EtherType leads to; LLC and SNAP in llc.c, ARP in arp.c
 *     ip.c         IPv4, IPv6 and its extension headers, fragments
 *     transport.c  TCP, UDP, ICMP, ICMPv6, SCTP
 *     tunnel.c     what opening a tunnel does; MPLS and PBB in mpls.c, GRE and ERSPAN in gre.c, VXLAN, Geneve and
 *                  Teredo in udp_tunnel.c
 *
 * Each takes a walk that stands at its first byte, and gives the frame's outcome. The reader in it is CLOSED where the
 * frame (or the layer around, by its own length) ends, CUT where the snap length ended it: so a header that runs over
 * the end is CUT or malformed by the same rule everywhere, fl_decode_failed().
 *
 * A layer calls the next, so the C stack grows with the frame's nesting. Two counts bound it: FL_TUNNEL_MAX for
 * tunnels, FL_TAG_MAX for everything else that may stand before itself again. */
#ifndef FL_SRC_DECODE_LAYERS_H
#define FL_SRC_DECODE_LAYERS_H

#include <stdint.h>
#include <string.h>

#include "decode/numbers.h"
#include "fenceline/packet.h"
#include "fenceline/rd.h"

/* Where decode stands. A layer with a length of its own narrows it (fl_walk_bound) and never widens it again. */
struct fl_walk {
	struct fl_packet *p;
	struct fl_rd r;
	uint32_t wire_end; /* position in r at which this layer ended on the wire: the end of r, beyond it if r is cut */
	uint8_t tags;      /* tags and wrappers passed, at most FL_TAG_MAX */
	bool open_end;     /* wire_end is a ceiling only: a mirror cut the frame before it sent it (ERSPAN) */
};

enum fl_decode_outcome fl_decode_linktype(struct fl_walk *w, uint32_t linktype);
enum fl_decode_outcome fl_decode_ethernet(struct fl_walk *w);
/* fl_decode_family - by an address family of one of the BSDs. */
enum fl_decode_outcome fl_decode_family(struct fl_walk *w, uint32_t family);
enum fl_decode_outcome fl_decode_80211(struct fl_walk *w, bool padded); /* padded: header to a multiple of 4 bytes */
enum fl_decode_outcome fl_decode_radiotap(struct fl_walk *w);
enum fl_decode_outcome fl_decode_prism(struct fl_walk *w); /* or AVS, which tells itself */
enum fl_decode_outcome fl_decode_ppi(struct fl_walk *w);
enum fl_decode_outcome fl_decode_erf(struct fl_walk *w);
enum fl_decode_outcome fl_decode_netanalyzer(struct fl_walk *w, bool transparent);
enum fl_decode_outcome fl_decode_pflog(struct fl_walk *w);
enum fl_decode_outcome fl_decode_ppp(struct fl_walk *w);  /* address and control bytes may be there */
enum fl_decode_outcome fl_decode_hdlc(struct fl_walk *w); /* PPP or Cisco's, by the address byte */
enum fl_decode_outcome fl_decode_cisco_hdlc(struct fl_walk *w);
enum fl_decode_outcome fl_decode_pppoe(struct fl_walk *w); /* a session frame */

/* fl_decode_ethertype - w stands behind the EtherType (tags are walked here). */
enum fl_decode_outcome fl_decode_ethertype(struct fl_walk *w, uint16_t ethertype);
enum fl_decode_outcome fl_decode_llc(struct fl_walk *w);
/* fl_decode_8023 - a length in the place of the EtherType: the LLC frame is so long, what follows is padding. */
enum fl_decode_outcome fl_decode_8023(struct fl_walk *w, uint16_t length);
enum fl_decode_outcome fl_decode_arp(struct fl_walk *w);
enum fl_decode_outcome fl_decode_ip4(struct fl_walk *w);
enum fl_decode_outcome fl_decode_ip6(struct fl_walk *w);
/* fl_decode_ip - IPv4 or IPv6 by the version in the first byte, for links that do not say which. */
enum fl_decode_outcome fl_decode_ip(struct fl_walk *w);
/* fl_decode_transport - w is the IP payload alone, p->ip_proto what it is. */
enum fl_decode_outcome fl_decode_transport(struct fl_walk *w);

/* fl_decode_datagram - an IP datagram put together: sets in p the outcome and everything from the network layer on, and
 * leaves the link and the tunnels found so far. */
enum fl_decode_outcome fl_decode_datagram(struct fl_packet *p, const uint8_t *ip, uint32_t len);

/* fl_decode_open - a tunnel begins: its row in p->tunnel[], with what p has been so far as its outside; p is then empty
 * from the network layer on. NULL: more than FL_TUNNEL_MAX. */
struct fl_tunnel *fl_decode_open(struct fl_walk *w, enum fl_tunnel_kind kind);
enum fl_decode_outcome fl_decode_mpls(struct fl_walk *w, uint16_t ethertype);
enum fl_decode_outcome fl_decode_pbb(struct fl_walk *w);
/* fl_decode_ip_in_ip - p->ip_proto says of which version. */
enum fl_decode_outcome fl_decode_ip_in_ip(struct fl_walk *w);
/* fl_decode_gre, fl_decode_udp_tunnel - IP_OTHER, UDP: it is none that is opened, and nothing has changed in p. */
enum fl_decode_outcome fl_decode_gre(struct fl_walk *w);
enum fl_decode_outcome fl_decode_udp_tunnel(struct fl_walk *w); /* w is the UDP payload */

/* fl_decode_failed - what the reader's error means for the frame: bad, unless it was the snap length. */
static inline enum fl_decode_outcome fl_decode_failed(const struct fl_walk *w, enum fl_decode_outcome bad)
{
	return fl_rd_err(&w->r) == FL_RD_CUT ? FL_DECODE_CUT : bad;
}

/* fl_decode_named - it is not opened, and belongs to a flow between the link's addresses; of a link that has none it
 * can only be counted. */
static inline enum fl_decode_outcome fl_decode_named(struct fl_walk *w, enum fl_decode_outcome outcome, uint16_t protocol)
{
	if (!w->p->has_mac)
		return FL_DECODE_CONTROL;
	w->p->link_protocol = protocol;
	return outcome;
}

/* fl_walk_wire_left - bytes on the wire from where w stands to the end of the layer. */
static inline uint32_t fl_walk_wire_left(const struct fl_walk *w)
{
	return (uint32_t)(w->wire_end - fl_rd_pos(&w->r));
}

/* fl_walk_rest - the same; where nobody knows it, what is there. */
static inline uint32_t fl_walk_rest(const struct fl_walk *w)
{
	return w->open_end ? (uint32_t)fl_rd_left(&w->r) : fl_walk_wire_left(w);
}

/* fl_walk_bound - the layer is n bytes from here, at most what is left on the wire. In place, not as a sub-view: every
 * datagram passes here twice. */
static inline void fl_walk_bound(struct fl_walk *w, uint32_t n)
{
	w->wire_end = (uint32_t)fl_rd_pos(&w->r) + n;
	w->open_end = false;
	if (n <= fl_rd_left(&w->r)) {
		w->r.len = w->r.off + n;
		w->r.end = FL_CLOSED;
	} else if (w->r.end != FL_CUT_END) {
		fl_rd_fail(&w->r, FL_RD_OVERRUN);
	}
}

/* fl_walk_open_end - what follows was cut by who sent it: its own headers say how long it was, up to an IP datagram's
 * most. */
static inline void fl_walk_open_end(struct fl_walk *w)
{
	w->r.end = FL_CUT_END;
	w->wire_end = (uint32_t)(fl_rd_pos(&w->r) + fl_rd_left(&w->r)) + UINT16_MAX;
	w->open_end = true;
}

static inline bool fl_decode_is_vlan_tag(uint16_t ethertype)
{
	switch (ethertype) {
#define X(number, source) case number:
		FL_VLAN_TAGS(X)
#undef X
		return true;
	default:
		return false;
	}
}

/* fl_walk_tag - one more tag or wrapper; false: too many. */
static inline bool fl_walk_tag(struct fl_walk *w) { return w->tags++ < FL_TAG_MAX; }

/* fl_walk_vlan - false: too many. */
static inline bool fl_walk_vlan(struct fl_walk *w, uint16_t tci)
{
	if (w->p->vlans == FL_VLAN_MAX)
		return false;
	w->p->vlan[w->p->vlans++] = tci & 0x0FFF;
	return true;
}

static inline void fl_walk_macs(struct fl_walk *w, const uint8_t *dst, const uint8_t *src)
{
	memcpy(w->p->dst_mac, dst, 6);
	memcpy(w->p->src_mac, src, 6);
	w->p->has_mac = true;
}

#endif
