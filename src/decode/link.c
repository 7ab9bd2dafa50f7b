/* link.c - link headers, VLAN tags and LLC/SNAP, down to the EtherType.
 *
 *     Ethernet (IEEE 802.3 3.1.1)   | dst 6 | src 6 | type or length 2 |
 *     tag (IEEE 802.1Q 9.6)         | TPID 2 = an EtherType | PCP 3 bits, DEI 1, VID 12 | next type 2 |
 *     SLL  (LINKTYPE_LINUX_SLL)     | pkttype 2 | hardware 2 | addr len 2 | addr 8 | protocol 2 |
 *     SLL2 (LINKTYPE_LINUX_SLL2)    | protocol 2 | zero 2 | ifindex 4 | hardware 2 | pkttype 1 | addr len 1 | addr 8 |
 *     NULL, LOOP                    | address family 4 |
 *     SNAP (IEEE 802-2014 9.2)      | AA AA 03 | OUI 3 | protocol 2 |
 */
#include "decode/layers.h"

#include <string.h>

#include "decode/numbers.h"

/* Linux puts these into the protocol field of a cooked header where there is no EtherType: if_ether.h. */
enum { SLL_PROTO_8023_RAW = 1, SLL_PROTO_8022 = 4 };

/* An LLC header; IP is found behind SNAP. r holds the LLC frame or more (a trailer). */
static enum fl_decode_outcome decode_llc(struct fl_packet *p, struct fl_rd *r)
{
	uint8_t dsap, ssap, control;
	uint32_t oui;
	uint16_t pid;

	dsap = fl_rd_u8(r);
	ssap = fl_rd_u8(r);
	control = fl_rd_u8(r);
	if (fl_rd_err(r))
		return fl_decode_failed(r, FL_DECODE_BAD_LINK);
	if (dsap != 0xAA || ssap != 0xAA || control != 3)
		return FL_DECODE_LLC;
	oui = fl_rd_be24(r);
	pid = fl_rd_be16(r);
	if (fl_rd_err(r))
		return fl_decode_failed(r, FL_DECODE_BAD_LINK);
	/* 00-00-00 is RFC 1042, 00-00-F8 the bridge tunnel of IEEE 802.1H: both carry EtherTypes */
	if ((oui != 0 && oui != 0xF8) || pid < FL_ETHERTYPE_MIN)
		return FL_DECODE_LLC;
	switch (pid) {
	case FL_ETHERTYPE_IPV4:
	case FL_ETHERTYPE_IPV6:
	case FL_ETHERTYPE_ARP:
		return fl_decode_ethertype(p, r, pid);
	default:
		p->ethertype = pid;
		return FL_DECODE_LLC;
	}
}

/* A length in the place of the EtherType: the LLC frame is so long, what follows is padding. */
static enum fl_decode_outcome decode_8023(struct fl_packet *p, struct fl_rd *r, uint16_t length)
{
	struct fl_rd llc;

	if (length > FL_ETHERNET_LENGTH_MAX || length > fl_decode_wire_left(p, r))
		return FL_DECODE_BAD_LINK;
	llc = fl_rd_sub_upto(r, length);
	return decode_llc(p, &llc);
}

static bool is_vlan_tpid(uint16_t ethertype)
{
	return ethertype == FL_ETHERTYPE_8021Q || ethertype == FL_ETHERTYPE_8021AD ||
	       ethertype == FL_ETHERTYPE_QINQ_OLD;
}

enum fl_decode_outcome fl_decode_ethertype(struct fl_packet *p, struct fl_rd *r, uint16_t ethertype)
{
	uint16_t tci;

	while (is_vlan_tpid(ethertype)) {
		if (p->vlans == FL_VLAN_MAX)
			return FL_DECODE_VLAN_DEPTH;
		tci = fl_rd_be16(r);
		ethertype = fl_rd_be16(r);
		if (fl_rd_err(r))
			return fl_decode_failed(r, FL_DECODE_BAD_LINK);
		p->vlan[p->vlans++] = tci & 0x0FFF;
	}
	if (ethertype < FL_ETHERTYPE_MIN)
		return decode_8023(p, r, ethertype);
	p->ethertype = ethertype;
	switch (ethertype) {
	case FL_ETHERTYPE_IPV4:
		return fl_decode_ip4(p, r);
	case FL_ETHERTYPE_IPV6:
		return fl_decode_ip6(p, r);
	case FL_ETHERTYPE_ARP:
		return fl_decode_arp(p, r);
	default:
		return FL_DECODE_ETHERTYPE;
	}
}

static enum fl_decode_outcome decode_ethernet(struct fl_packet *p, struct fl_rd *r)
{
	const uint8_t *dst = fl_rd_bytes(r, 6), *src = fl_rd_bytes(r, 6);
	uint16_t ethertype;

	if (dst && src) {
		memcpy(p->dst_mac, dst, 6);
		memcpy(p->src_mac, src, 6);
		p->has_mac = true;
	}
	ethertype = fl_rd_be16(r);
	if (fl_rd_err(r))
		return fl_decode_failed(r, FL_DECODE_BAD_LINK);
	return fl_decode_ethertype(p, r, ethertype);
}

static enum fl_decode_outcome decode_sll_protocol(struct fl_packet *p, struct fl_rd *r, uint16_t protocol)
{
	if (protocol == SLL_PROTO_8022)
		return decode_llc(p, r);
	if (protocol == SLL_PROTO_8023_RAW)
		return FL_DECODE_LLC; /* Novell's raw 802.3: IPX without an LLC header */
	if (protocol < FL_ETHERTYPE_MIN)
		return FL_DECODE_ETHERTYPE; /* CAN, netlink and the like */
	return fl_decode_ethertype(p, r, protocol);
}

/* The sender's address of a cooked header; the receiver's is not in it. */
static void take_sll_address(struct fl_packet *p, const uint8_t *addr, unsigned addr_len)
{
	if (!addr || addr_len != 6)
		return;
	memcpy(p->src_mac, addr, 6);
	p->has_mac = true;
}

static enum fl_decode_outcome decode_sll(struct fl_packet *p, struct fl_rd *r)
{
	uint16_t addr_len, protocol;
	const uint8_t *addr;

	fl_rd_skip(r, 2); /* packet type */
	fl_rd_skip(r, 2); /* ARPHRD_ of the interface */
	addr_len = fl_rd_be16(r);
	addr = fl_rd_bytes(r, 8);
	take_sll_address(p, addr, addr_len);
	protocol = fl_rd_be16(r);
	if (fl_rd_err(r))
		return fl_decode_failed(r, FL_DECODE_BAD_LINK);
	return decode_sll_protocol(p, r, protocol);
}

static enum fl_decode_outcome decode_sll2(struct fl_packet *p, struct fl_rd *r)
{
	uint16_t protocol;
	const uint8_t *addr;
	uint8_t addr_len;

	protocol = fl_rd_be16(r);
	fl_rd_skip(r, 2); /* reserved */
	fl_rd_skip(r, 4); /* interface index */
	fl_rd_skip(r, 2); /* ARPHRD_ of the interface */
	fl_rd_skip(r, 1); /* packet type */
	addr_len = fl_rd_u8(r);
	addr = fl_rd_bytes(r, 8);
	take_sll_address(p, addr, addr_len);
	if (fl_rd_err(r))
		return fl_decode_failed(r, FL_DECODE_BAD_LINK);
	return decode_sll_protocol(p, r, protocol);
}

static enum fl_decode_outcome decode_family(struct fl_packet *p, struct fl_rd *r, uint32_t family)
{
	switch (family) {
	case FL_BSD_AF_INET:
		return fl_decode_ip4(p, r);
	case FL_BSD_AF_INET6_NETBSD:
	case FL_BSD_AF_INET6_FREEBSD:
	case FL_BSD_AF_INET6_DARWIN:
		return fl_decode_ip6(p, r);
	default:
		return FL_DECODE_ETHERTYPE;
	}
}

static enum fl_decode_outcome decode_null(struct fl_packet *p, struct fl_rd *r, bool big_endian_only)
{
	uint32_t family = fl_rd_be32(r);

	if (fl_rd_err(r))
		return fl_decode_failed(r, FL_DECODE_BAD_LINK);
	/* Families are small numbers: if the upper half is filled, the other byte order was meant. */
	if (!big_endian_only && family > 0xFFFF)
		family = __builtin_bswap32(family);
	return decode_family(p, r, family);
}

enum fl_decode_outcome fl_decode_link(struct fl_packet *p, struct fl_rd *r)
{
	switch (p->frame->linktype) {
	case FL_LINKTYPE_ETHERNET:
		return decode_ethernet(p, r);
	case FL_LINKTYPE_LINUX_SLL:
		return decode_sll(p, r);
	case FL_LINKTYPE_LINUX_SLL2:
		return decode_sll2(p, r);
	case FL_LINKTYPE_RAW:
	case FL_LINKTYPE_OLD_RAW:
	case FL_LINKTYPE_OLD_RAW_OPENBSD:
		return fl_decode_ip(p, r);
	case FL_LINKTYPE_IPV4:
		return fl_decode_ip4(p, r);
	case FL_LINKTYPE_IPV6:
		return fl_decode_ip6(p, r);
	case FL_LINKTYPE_NULL:
		return decode_null(p, r, false);
	case FL_LINKTYPE_LOOP:
		return decode_null(p, r, true);
	default:
		return FL_DECODE_LINKTYPE;
	}
}
