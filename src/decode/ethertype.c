/* ethertype.c - what an EtherType leads to: the next tag, a tunnel, IP, or a name.
 *
 *     VLAN (IEEE 802.1Q 9.6)    | TPID 2 = an EtherType | PCP 3 bits, DEI 1, VID 12 | next EtherType 2 |
 *     MACsec (IEEE 802.1AE 9)   | TCI 6 bits, AN 2 | short length 1 | packet number 4 | SCI 8 if SC | data | ICV 8 to 16 |
 *     Arista time stamp         | subtype 2 | version 2 | time 8 or 6 | next EtherType 2 |
 *
 * A tag that says only how the frame was forwarded is passed over; a VLAN id is kept. MACsec without encryption is
 * passed over as well: the integrity check is the receiver's business. */
#include "decode/layers.h"

#include "fenceline/vocab.h"

enum { MACSEC_VERSION = 0x80, MACSEC_SC = 0x20, MACSEC_E = 0x08, MACSEC_C = 0x04, MACSEC_SHORT = 0x3F, MACSEC_ICV = 16 };

/* Arista's tag has one subtype that is a time stamp: | subtype 2 = 1 | time scale 1: TAI, UTC | format 4 bits: of 8 or
 * 6 bytes | hardware 4: two series |. Any other is not opened. Where the snap length hides which, reading on finds the
 * cut. */
static unsigned arista_tag(struct fl_rd peek)
{
	const uint16_t subtype = fl_rd_be16(&peek);
	const uint8_t scale = fl_rd_u8(&peek), format = fl_rd_u8(&peek);

	if (fl_rd_err(&peek) == FL_RD_CUT)
		return 4;
	if (fl_rd_err(&peek) || subtype != 1 || scale > 1 || (format & 15) > 1)
		return 0;
	return format >> 4 == 1 ? 12 : format >> 4 == 2 ? 10 : 0;
}

/* The length of a tag that stands before another EtherType; 0: it is none. */
static unsigned other_tag(uint16_t ethertype, struct fl_rd peek)
{
	switch (ethertype) {
#define X(number, bytes, source) \
	case number:             \
		return bytes;
		FL_FIXED_TAGS(X)
#undef X
	case FL_ETHERTYPE_ARISTA:
		return arista_tag(peek);
	default:
		return 0;
	}
}

/* Passes the SecTAG. Without encryption the data begins with the EtherType of what it protects; a short length says
 * where it ends, else the check value is the 16 bytes of the default cipher suite. */
static enum fl_decode_outcome decode_macsec(struct fl_walk *w)
{
	uint32_t data;
	uint8_t tci, sl;

	tci = fl_rd_u8(&w->r);
	sl = fl_rd_u8(&w->r) & MACSEC_SHORT;
	fl_rd_skip(&w->r, tci & MACSEC_SC ? 12 : 4);
	if (fl_rd_err(&w->r) || tci & MACSEC_VERSION)
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if (tci & (MACSEC_E | MACSEC_C)) {
		w->p->link_protocol = FL_PROTOCOL_LINK_MACSEC;
		return FL_DECODE_CIPHER;
	}
	data = fl_walk_rest(w);
	if (sl ? sl > data : data < MACSEC_ICV)
		return FL_DECODE_BAD_LINK;
	fl_walk_bound(w, sl ? sl : data - MACSEC_ICV);
	data = fl_rd_be16(&w->r);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	return fl_walk_tag(w) ? fl_decode_ethertype(w, (uint16_t)data) : FL_DECODE_VLAN_DEPTH;
}

/* A whole frame behind the tag. */
static enum fl_decode_outcome decode_fabricpath(struct fl_walk *w)
{
	fl_rd_skip(&w->r, 2);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	return fl_walk_tag(w) ? fl_decode_ethernet(w) : FL_DECODE_VLAN_DEPTH;
}

static enum fl_decode_outcome decode_untagged(struct fl_walk *w, uint16_t ethertype)
{
	if (ethertype < FL_ETHERTYPE_MIN)
		return fl_decode_8023(w, ethertype);
	w->p->ethertype = ethertype;
	switch (ethertype) {
	case FL_ETHERTYPE_IPV4:
		return fl_decode_ip4(w);
	case FL_ETHERTYPE_IPV6:
		return fl_decode_ip6(w);
	case FL_ETHERTYPE_ARP:
		return fl_decode_arp(w);
	case FL_ETHERTYPE_MPLS:
	case FL_ETHERTYPE_MPLS_UPSTREAM:
		return fl_decode_mpls(w, ethertype);
	case FL_ETHERTYPE_PPPOE_SESSION:
		return fl_decode_pppoe(w);
	case FL_ETHERTYPE_PPPOE_DISCOVERY: /* a conversation between two hosts: who offers access to whom */
		return fl_decode_named(w, FL_DECODE_ETHERTYPE, FL_PROTOCOL_TUNNEL_PPPOE);
	case FL_ETHERTYPE_PBB:
		return fl_decode_pbb(w);
	case FL_ETHERTYPE_MACSEC:
		return decode_macsec(w);
	case FL_ETHERTYPE_FABRICPATH:
		return decode_fabricpath(w);
	default:
		return fl_decode_named(w, FL_DECODE_ETHERTYPE, fl_link_protocol(ethertype));
	}
}

enum fl_decode_outcome fl_decode_ethertype(struct fl_walk *w, uint16_t ethertype)
{
	uint16_t tci = 0;
	unsigned tag;
	bool vlan;

	while (ethertype != FL_ETHERTYPE_IPV4) {
		vlan = fl_decode_is_vlan_tag(ethertype);
		tag = vlan ? 2 : other_tag(ethertype, w->r);
		if (!tag)
			break;
		if (!fl_walk_tag(w))
			return FL_DECODE_VLAN_DEPTH;
		if (vlan)
			tci = fl_rd_be16(&w->r);
		else
			fl_rd_skip(&w->r, tag);
		ethertype = fl_rd_be16(&w->r);
		if (fl_rd_err(&w->r))
			return fl_decode_failed(w, FL_DECODE_BAD_LINK);
		if (vlan && !fl_walk_vlan(w, tci))
			return FL_DECODE_VLAN_DEPTH;
	}
	return decode_untagged(w, ethertype);
}
