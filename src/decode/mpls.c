/* mpls.c - MPLS label stacks (RFC 3032) and what they carry, and PBB (IEEE 802.1Q 9.7: MAC-in-MAC).
 *
 *     label   | label 20 bits | class 3 | bottom of stack 1 | TTL 8 |
 *     PW control word (RFC 4385 3)      | 0000 | flags 4 bits | fragment 2 | length 6 | sequence 16 |
 *     associated channel (RFC 5586 2)   | 0001 | version 4 bits | reserved 8 | type 16 |
 *     I-TAG   | priority, flags 8 bits | I-SID 24 | an Ethernet frame |
 *
 * Nothing in a label says what follows the last of them; the two ends agreed on it. So it is judged by what is there:
 * IPv4 and IPv6 by their first four bits and a header that fits the frame; else Ethernet, with a control word or
 * without, if its EtherType and the header behind that fit. A MAC address may begin with a 4 or a 6 (RFC 4928, RFC
 * 8469): where both fit, Ethernet, whose two headers fit by chance less often, unless the IPv4 checksum is right. Where
 * nothing fits, the frame is MPLS and no more: no flow is made up. */
#include "decode/layers.h"

#include "fenceline/vocab.h"

enum { MPLS_LABEL_SHIFT = 12, MPLS_BOTTOM = 0x100, CONTROL_WORD = 4 };
enum guess { FITS_NOT, FITS, FITS_CUT };

static enum guess read_all(const struct fl_rd *r, bool fits)
{
	return fl_rd_err(r) == FL_RD_CUT ? FITS_CUT : fl_rd_err(r) || !fits ? FITS_NOT : FITS;
}

/* left: bytes on the wire from where r stands */
static enum guess looks_ip4(struct fl_rd r, uint32_t left)
{
	const uint8_t first = fl_rd_u8(&r), words = first & 15;
	uint16_t total;

	fl_rd_skip(&r, 1);
	total = fl_rd_be16(&r);
	fl_rd_skip(&r, 16);
	return read_all(&r, first >> 4 == 4 && words >= 5 && (!total || total >= words * 4) && total <= left);
}

static enum guess looks_ip6(struct fl_rd r, uint32_t left)
{
	const uint8_t first = fl_rd_u8(&r);
	uint16_t len;

	fl_rd_skip(&r, 3);
	len = fl_rd_be16(&r);
	fl_rd_skip(&r, 34);
	return read_all(&r, first >> 4 == 6 && 40u + len <= left);
}

static bool ip4_sum_right(struct fl_rd r)
{
	unsigned words = (fl_rd_u8(&r) & 15u) * 2;
	uint32_t sum = 0;

	r.off--;
	while (words--)
		sum += fl_rd_be16(&r);
	sum = (sum & 0xFFFF) + (sum >> 16);
	return !fl_rd_err(&r) && (sum & 0xFFFF) + (sum >> 16) == 0xFFFF;
}

static bool known_llc(struct fl_rd r)
{
	const uint8_t dsap = fl_rd_u8(&r), ssap = fl_rd_u8(&r);

	return !fl_rd_err(&r) && dsap == ssap && (dsap == FL_SAP_SNAP || dsap == FL_SAP_STP || dsap == FL_SAP_OSI);
}

static enum guess looks_ethernet(struct fl_walk w)
{
	uint16_t type;
	uint8_t src;
	unsigned i;

	fl_rd_skip(&w.r, 6);
	src = fl_rd_u8(&w.r);
	fl_rd_skip(&w.r, 5);
	type = fl_rd_be16(&w.r);
	for (i = 0; i < FL_VLAN_MAX && fl_decode_is_vlan_tag(type); i++) {
		fl_rd_skip(&w.r, 2);
		type = fl_rd_be16(&w.r);
	}
	if (fl_rd_err(&w.r) || src & 1) /* nobody sends from a group address */
		return read_all(&w.r, false);
	switch (type) {
	case FL_ETHERTYPE_IPV4:
		return looks_ip4(w.r, fl_walk_wire_left(&w));
	case FL_ETHERTYPE_IPV6:
		return looks_ip6(w.r, fl_walk_wire_left(&w));
	case FL_ETHERTYPE_MPLS:
	case FL_ETHERTYPE_PPPOE_SESSION:
	case FL_ETHERTYPE_PPPOE_DISCOVERY:
		return FITS;
	default:
		if (type < FL_ETHERTYPE_MIN)
			return type <= fl_walk_wire_left(&w) && known_llc(w.r) ? FITS : FITS_NOT;
		return fl_link_protocol(type) != FL_PROTOCOL_ETHERNET ? FITS : FITS_NOT;
	}
}

/* The names of what can stand behind the last label. */
enum content {
	CONTENT_UNKNOWN, CONTENT_IP4, CONTENT_IP6, CONTENT_ETHERNET, CONTENT_CW_ETHERNET, CONTENT_CHANNEL, CONTENT_CUT,
};

static enum content content_behind(const struct fl_walk *w, uint32_t label)
{
	struct fl_walk cw = *w;
	struct fl_rd peek = w->r;
	const uint8_t nibble = fl_rd_u8(&peek) >> 4;
	enum guess ip = FITS_NOT, ethernet, behind_cw = FITS_NOT;

	if (fl_rd_err(&peek))
		return fl_rd_err(&peek) == FL_RD_CUT ? CONTENT_CUT : CONTENT_UNKNOWN;
	if (label == FL_MPLS_IPV4_NULL)
		return CONTENT_IP4;
	if (label == FL_MPLS_IPV6_NULL)
		return CONTENT_IP6;
	if (label == FL_MPLS_GAL)
		return nibble == 1 ? CONTENT_CHANNEL : CONTENT_UNKNOWN;
	ethernet = looks_ethernet(*w);
	if (nibble == 4 || nibble == 6) {
		ip = nibble == 4 ? looks_ip4(w->r, fl_walk_wire_left(w)) : looks_ip6(w->r, fl_walk_wire_left(w));
		if (ip == FITS && (ethernet == FITS_NOT || (nibble == 4 && ip4_sum_right(w->r))))
			return nibble == 4 ? CONTENT_IP4 : CONTENT_IP6;
	}
	fl_rd_skip(&cw.r, CONTROL_WORD);
	if (nibble == 0)
		behind_cw = looks_ethernet(cw);
	if (behind_cw == FITS)
		return CONTENT_CW_ETHERNET;
	if (ethernet == FITS)
		return CONTENT_ETHERNET;
	if (nibble == 1)
		return CONTENT_CHANNEL;
	return ip == FITS_CUT || ethernet == FITS_CUT || behind_cw == FITS_CUT ? CONTENT_CUT : CONTENT_UNKNOWN;
}

static enum fl_decode_outcome decode_content(struct fl_walk *w, enum content content, uint32_t label)
{
	struct fl_tunnel *t = fl_decode_open(w, FL_TUNNEL_MPLS);

	if (!t)
		return FL_DECODE_TUNNEL_DEPTH;
	t->has_id = true;
	t->id = label;
	switch (content) {
	case CONTENT_IP4:
		return fl_decode_ip4(w);
	case CONTENT_IP6:
		return fl_decode_ip6(w);
	case CONTENT_CW_ETHERNET:
		fl_rd_skip(&w->r, CONTROL_WORD);
		return fl_decode_ethernet(w);
	case CONTENT_ETHERNET:
		return fl_decode_ethernet(w);
	default:
		return FL_DECODE_CONTROL;
	}
}

enum fl_decode_outcome fl_decode_mpls(struct fl_walk *w, uint16_t ethertype)
{
	enum content content;
	unsigned labels = 0;
	uint32_t entry;

	do {
		if (labels++ == FL_MPLS_MAX)
			return FL_DECODE_TUNNEL_DEPTH;
		entry = fl_rd_be32(&w->r);
		if (fl_rd_err(&w->r))
			return fl_decode_failed(w, FL_DECODE_BAD_TUNNEL);
	} while (!(entry & MPLS_BOTTOM));
	content = content_behind(w, entry >> MPLS_LABEL_SHIFT);
	if (content == CONTENT_CUT)
		return FL_DECODE_CUT;
	if (content == CONTENT_UNKNOWN) {
		w->p->ethertype = ethertype;
		return fl_decode_named(w, FL_DECODE_ETHERTYPE, FL_PROTOCOL_TUNNEL_MPLS);
	}
	return decode_content(w, content, entry >> MPLS_LABEL_SHIFT);
}

enum fl_decode_outcome fl_decode_pbb(struct fl_walk *w)
{
	const uint32_t tag = fl_rd_be32(&w->r);
	struct fl_tunnel *t;

	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_TUNNEL);
	t = fl_decode_open(w, FL_TUNNEL_PBB);
	if (!t)
		return FL_DECODE_TUNNEL_DEPTH;
	t->has_id = true;
	t->id = tag & 0xFFFFFF;
	return fl_decode_ethernet(w);
}
