/* ppp.c - PPP on its own links and over Ethernet, and Cisco's HDLC.
 *
 *     PPP (RFC 1661 2, RFC 1662 3)  | FF | 03 |, may be left out | protocol 2, 1 if its first byte is odd |
 *     Cisco HDLC (RFC 1547 4.3.1)   | 0F or 8F | 00 | EtherType 2 |
 *     PPPoE (RFC 2516 4)            | 11 | code 1 | session 2 | length 2 | PPP from its protocol on |
 *     bridging (RFC 3518 4.2)       | F, I, Z bits | MAC type 1 | LAN id 4 if I | a frame of that type |
 *
 * What is not IP, MPLS or a bridged frame is PPP's own control (LCP, IPCP, PAP, CHAP) or a protocol of the past, and
 * the link has no addresses to keep a flow by: CONTROL. What PPP encrypts or compresses nobody can read: CIPHER. */
#include "decode/layers.h"

#include "fenceline/vocab.h"

enum { PPP_ADDRESS = 0xFF, PPP_CONTROL = 0x03, HDLC_UNICAST = 0x0F, HDLC_BROADCAST = 0x8F };
enum { BRIDGED_LAN_ID = 0x40, BRIDGED_ETHERNET = 1 };
enum { PPPOE_VERSION_TYPE = 0x11, PPPOE_SESSION_DATA = 0 };

static enum fl_decode_outcome decode_bridged(struct fl_walk *w)
{
	const uint8_t flags = fl_rd_u8(&w->r), mac_type = fl_rd_u8(&w->r);

	if (flags & BRIDGED_LAN_ID)
		fl_rd_skip(&w->r, 4);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if (mac_type != BRIDGED_ETHERNET)
		return FL_DECODE_CONTROL;
	return fl_walk_tag(w) ? fl_decode_ethernet(w) : FL_DECODE_VLAN_DEPTH;
}

enum fl_decode_outcome fl_decode_ppp(struct fl_walk *w)
{
	struct fl_rd peek = w->r;
	uint16_t protocol;

	if (fl_rd_u8(&peek) == PPP_ADDRESS) /* as a protocol that number is reserved, so that this is no guess */
		fl_rd_require(&w->r, fl_rd_be16(&w->r) == (PPP_ADDRESS << 8 | PPP_CONTROL));
	protocol = fl_rd_u8(&w->r);
	if (!(protocol & 1)) /* RFC 1661 2: the last byte of a protocol is odd, all others are even */
		protocol = (uint16_t)(protocol << 8 | fl_rd_u8(&w->r));
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	switch (protocol) {
	case FL_PPP_IPV4:
		return fl_decode_ip4(w);
	case FL_PPP_IPV6:
		return fl_decode_ip6(w);
	case FL_PPP_MPLS:
		return fl_decode_mpls(w, FL_ETHERTYPE_MPLS);
	case FL_PPP_MPLS_UPSTREAM:
		return fl_decode_mpls(w, FL_ETHERTYPE_MPLS_UPSTREAM);
	case FL_PPP_BRIDGING:
		return decode_bridged(w);
	case FL_PPP_CIPHER:
	case FL_PPP_CIPHER_LINK:
	case FL_PPP_COMPRESSED:
		w->p->link_protocol = FL_PROTOCOL_TUNNEL_PPPOE;
		return FL_DECODE_CIPHER;
	default:
		return FL_DECODE_CONTROL;
	}
}

enum fl_decode_outcome fl_decode_cisco_hdlc(struct fl_walk *w)
{
	uint16_t ethertype;

	fl_rd_skip(&w->r, 2);
	ethertype = fl_rd_be16(&w->r);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	/* SLARP has RARP's number, CDP its SNAP id: both end as CONTROL, for want of addresses */
	return ethertype < FL_ETHERTYPE_MIN ? FL_DECODE_CONTROL : fl_decode_ethertype(w, ethertype);
}

enum fl_decode_outcome fl_decode_hdlc(struct fl_walk *w)
{
	struct fl_rd peek = w->r;
	const uint8_t address = fl_rd_u8(&peek);

	return address == HDLC_UNICAST || address == HDLC_BROADCAST ? fl_decode_cisco_hdlc(w) : fl_decode_ppp(w);
}

enum fl_decode_outcome fl_decode_pppoe(struct fl_walk *w)
{
	struct fl_tunnel *t;
	uint16_t session, length;
	uint8_t code;

	fl_rd_require(&w->r, fl_rd_u8(&w->r) == PPPOE_VERSION_TYPE);
	code = fl_rd_u8(&w->r);
	session = fl_rd_be16(&w->r);
	length = fl_rd_be16(&w->r);
	if (fl_rd_err(&w->r) || length > fl_walk_wire_left(w))
		return fl_decode_failed(w, FL_DECODE_BAD_TUNNEL);
	if (code != PPPOE_SESSION_DATA) /* discovery, on a link that carries nothing else */
		return FL_DECODE_CONTROL;
	t = fl_decode_open(w, FL_TUNNEL_PPPOE);
	if (!t)
		return FL_DECODE_TUNNEL_DEPTH;
	t->has_id = true;
	t->id = session;
	fl_walk_bound(w, length);
	return fl_decode_ppp(w);
}
