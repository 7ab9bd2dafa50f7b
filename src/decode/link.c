/* link.c - which link type, and the headers of the plain ones, down to the EtherType.
 *
 *     Ethernet (IEEE 802.3 3.1.1)   | dst 6 | src 6 | type or length 2 |
 *     ISL (Cisco)                   | 01000C0000 or 03000C0000 | type 1 | src 6 | length 2 | AA AA 03 | OUI 3 |
 *                                   | VLAN 15 bits, BPDU 1 | index 2 | reserved 2 | an Ethernet frame | CRC 4 |
 *     SLL  (LINKTYPE_LINUX_SLL)     | pkttype 2 | hardware 2 | addr len 2 | addr 8 | protocol 2 |
 *     SLL2 (LINKTYPE_LINUX_SLL2)    | protocol 2 | zero 2 | ifindex 4 | hardware 2 | pkttype 1 | addr len 1 | addr 8 |
 *     NULL, LOOP                    | address family 4 |
 *     DSA  (LINKTYPE_DSA_TAG_DSA)   | dst 6 | src 6 | mode 2 bits, tagged 1, device 5 | port 1 | PCP, VID 2 | type 2 |
 *     EDSA                          | dst 6 | src 6 | its own EtherType 2 | zero 2 | DSA tag 4 | type 2 |
 *     BRCM                          | dst 6 | src 6 | tag 4 | type 2 |, or the tag first
 */
#include "decode/layers.h"

#include "fenceline/vocab.h"

/* Linux puts these into the protocol field of a cooked header where there is no EtherType: if_ether.h. */
enum { SLL_PROTO_8023_RAW = 1, SLL_PROTO_8022 = 4 };
/* Interfaces whose protocol field is something else: if_arp.h. */
enum { ARPHRD_NETLINK_MONITOR = 824 };

enum { DSA_TAGGED = 0x20 };

static enum fl_decode_outcome decode_type(struct fl_walk *w)
{
	const uint16_t ethertype = fl_rd_be16(&w->r);

	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	return fl_decode_ethertype(w, ethertype);
}

static void take_macs(struct fl_walk *w)
{
	const uint8_t *macs = fl_rd_bytes(&w->r, 12);

	if (macs)
		fl_walk_macs(w, macs, macs + 6);
}

static bool is_isl(const struct fl_packet *p)
{
	return p->has_mac && (p->dst_mac[0] & ~2) == 1 && p->dst_mac[1] == 0 && p->dst_mac[2] == 0x0C && p->dst_mac[3] == 0 &&
	       p->dst_mac[4] == 0;
}

enum fl_decode_outcome fl_decode_ethernet(struct fl_walk *w)
{
	struct fl_rd peek;
	uint16_t vlan;

	take_macs(w);
	if (!is_isl(w->p))
		return decode_type(w);
	peek = w->r;
	fl_rd_skip(&peek, 2);
	fl_rd_require(&peek, fl_rd_be24(&peek) == 0xAAAA03);
	fl_rd_skip(&peek, 3);
	vlan = fl_rd_be16(&peek) >> 1;
	fl_rd_skip(&peek, 4);
	if (fl_rd_err(&peek) == FL_RD_CUT)
		return FL_DECODE_CUT;
	if (fl_rd_err(&peek)) /* one of ISL's addresses, but no ISL header */
		return decode_type(w);
	if (!fl_walk_tag(w) || !fl_walk_vlan(w, vlan))
		return FL_DECODE_VLAN_DEPTH;
	w->r = peek;
	return fl_decode_ethernet(w);
}

static enum fl_decode_outcome decode_sll_protocol(struct fl_walk *w, uint16_t hardware, uint16_t protocol)
{
	if (hardware == ARPHRD_NETLINK_MONITOR)
		return FL_DECODE_CONTROL;
	if (protocol == SLL_PROTO_8022)
		return fl_decode_llc(w);
	if (protocol == SLL_PROTO_8023_RAW) /* Novell's raw 802.3: IPX without an LLC header */
		return fl_decode_named(w, FL_DECODE_LLC, FL_PROTOCOL_LINK_IPX_LLC);
	if (protocol < FL_ETHERTYPE_MIN) /* CAN and the like */
		return fl_decode_named(w, FL_DECODE_ETHERTYPE, FL_PROTOCOL_ETHERNET);
	return fl_decode_ethertype(w, protocol);
}

/* The sender's address of a cooked header; the receiver's is not in it. */
static void take_sll_address(struct fl_packet *p, const uint8_t *addr, unsigned addr_len)
{
	if (!addr || addr_len != 6)
		return;
	memcpy(p->src_mac, addr, 6);
	p->has_mac = true;
}

static enum fl_decode_outcome decode_sll(struct fl_walk *w)
{
	uint16_t hardware, addr_len, protocol;
	const uint8_t *addr;

	fl_rd_skip(&w->r, 2); /* packet type */
	hardware = fl_rd_be16(&w->r);
	addr_len = fl_rd_be16(&w->r);
	addr = fl_rd_bytes(&w->r, 8);
	take_sll_address(w->p, addr, addr_len);
	protocol = fl_rd_be16(&w->r);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	return decode_sll_protocol(w, hardware, protocol);
}

static enum fl_decode_outcome decode_sll2(struct fl_walk *w)
{
	uint16_t hardware, protocol;
	const uint8_t *addr;
	uint8_t addr_len;

	protocol = fl_rd_be16(&w->r);
	fl_rd_skip(&w->r, 2); /* reserved */
	fl_rd_skip(&w->r, 4); /* interface index */
	hardware = fl_rd_be16(&w->r);
	fl_rd_skip(&w->r, 1); /* packet type */
	addr_len = fl_rd_u8(&w->r);
	addr = fl_rd_bytes(&w->r, 8);
	take_sll_address(w->p, addr, addr_len);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	return decode_sll_protocol(w, hardware, protocol);
}

enum fl_decode_outcome fl_decode_family(struct fl_walk *w, uint32_t family)
{
	switch (family) {
	case FL_BSD_AF_INET:
		return fl_decode_ip4(w);
	case FL_BSD_AF_INET6_NETBSD:
	case FL_BSD_AF_INET6_FREEBSD:
	case FL_BSD_AF_INET6_DARWIN:
		return fl_decode_ip6(w);
	default:
		return FL_DECODE_CONTROL;
	}
}

static enum fl_decode_outcome decode_null(struct fl_walk *w, bool big_endian_only)
{
	uint32_t family = fl_rd_be32(&w->r);

	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	/* Families are small numbers: if the upper half is filled, the other byte order was meant. */
	if (!big_endian_only && family > 0xFFFF)
		family = __builtin_bswap32(family);
	return fl_decode_family(w, family);
}

/* A tagged frame's VLAN tag was turned into the DSA tag; of any other the VLAN id is the port's own. */
static enum fl_decode_outcome decode_dsa(struct fl_walk *w, bool edsa)
{
	uint16_t mode, tci;

	take_macs(w);
	if (edsa)
		fl_rd_skip(&w->r, 4);
	mode = fl_rd_be16(&w->r) >> 8;
	tci = fl_rd_be16(&w->r);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if (mode & DSA_TAGGED && !fl_walk_vlan(w, tci))
		return FL_DECODE_VLAN_DEPTH;
	return decode_type(w);
}

static enum fl_decode_outcome decode_brcm(struct fl_walk *w, bool first)
{
	if (first)
		fl_rd_skip(&w->r, 4);
	take_macs(w);
	if (!first)
		fl_rd_skip(&w->r, 4);
	return decode_type(w);
}

static enum fl_decode_outcome decode_directed(struct fl_walk *w, enum fl_decode_outcome (*inner)(struct fl_walk *))
{
	fl_rd_skip(&w->r, 1);
	return inner(w);
}

enum fl_decode_outcome fl_decode_linktype(struct fl_walk *w, uint32_t linktype)
{
	switch (linktype) {
	case FL_LINKTYPE_ETHERNET:
		return fl_decode_ethernet(w);
	case FL_LINKTYPE_LINUX_SLL:
		return decode_sll(w);
	case FL_LINKTYPE_LINUX_SLL2:
		return decode_sll2(w);
	case FL_LINKTYPE_RAW:
	case FL_LINKTYPE_OLD_RAW:
	case FL_LINKTYPE_OLD_RAW_OPENBSD:
		return fl_decode_ip(w);
	case FL_LINKTYPE_IPV4:
		return fl_decode_ip4(w);
	case FL_LINKTYPE_IPV6:
		return fl_decode_ip6(w);
	case FL_LINKTYPE_NULL:
		return decode_null(w, false);
	case FL_LINKTYPE_LOOP:
		return decode_null(w, true);
	case FL_LINKTYPE_PPP:
		return fl_decode_ppp(w);
	case FL_LINKTYPE_PPP_WITH_DIR:
		return decode_directed(w, fl_decode_ppp);
	case FL_LINKTYPE_PPP_PPPD: /* a direction for the address byte, then the control byte */
		fl_rd_skip(&w->r, 1);
		return decode_directed(w, fl_decode_ppp);
	case FL_LINKTYPE_PPP_HDLC:
		return fl_decode_hdlc(w);
	case FL_LINKTYPE_PPP_ETHER:
		return fl_decode_pppoe(w);
	case FL_LINKTYPE_C_HDLC:
		return fl_decode_cisco_hdlc(w);
	case FL_LINKTYPE_C_HDLC_WITH_DIR:
		return decode_directed(w, fl_decode_cisco_hdlc);
	case FL_LINKTYPE_MPLS:
		return fl_decode_mpls(w, FL_ETHERTYPE_MPLS);
	case FL_LINKTYPE_80211:
		return fl_decode_80211(w, false);
	case FL_LINKTYPE_80211_RADIOTAP:
		return fl_decode_radiotap(w);
	case FL_LINKTYPE_80211_PRISM:
	case FL_LINKTYPE_80211_AVS:
		return fl_decode_prism(w);
	case FL_LINKTYPE_PPI:
		return fl_decode_ppi(w);
	case FL_LINKTYPE_ERF:
		return fl_decode_erf(w);
	case FL_LINKTYPE_NETANALYZER:
		return fl_decode_netanalyzer(w, false);
	case FL_LINKTYPE_NETANALYZER_TRANSPARENT:
		return fl_decode_netanalyzer(w, true);
	case FL_LINKTYPE_PFLOG:
		return fl_decode_pflog(w);
	case FL_LINKTYPE_DSA_TAG_DSA:
		return decode_dsa(w, false);
	case FL_LINKTYPE_DSA_TAG_EDSA:
		return decode_dsa(w, true);
	case FL_LINKTYPE_DSA_TAG_BRCM:
		return decode_brcm(w, false);
	case FL_LINKTYPE_DSA_TAG_BRCM_PREPEND:
		return decode_brcm(w, true);
	default:
		return FL_DECODE_LINKTYPE;
	}
}
