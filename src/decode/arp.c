/* arp.c - address resolution, RFC 826.
 *
 *     | hardware 2 | protocol 2 | hlen 1 | plen 1 | operation 2 |
 *     | sender hw hlen | sender proto plen | target hw hlen | target proto plen |
 *
 * Addresses are taken where the protocol is IPv4; the sender's MAC where the hardware is Ethernet's. Any other
 * well-formed ARP is ARP all the same, without addresses: it tells a plant nothing that a policy could name. */
#include "decode/layers.h"

#include "fenceline/vocab.h"

enum fl_decode_outcome fl_decode_arp(struct fl_walk *w)
{
	const uint8_t *sender_hw, *sender_ip, *target_ip;
	struct fl_packet *p = w->p;
	struct fl_rd *r = &w->r;
	uint16_t hardware, protocol;
	uint8_t hlen, plen;

	hardware = fl_rd_be16(r);
	protocol = fl_rd_be16(r);
	hlen = fl_rd_u8(r);
	plen = fl_rd_u8(r);
	p->arp_op = fl_rd_be16(r);
	if (hardware == FL_ARP_ATM && !fl_rd_err(r))
		return fl_decode_named(w, FL_DECODE_ARP, FL_PROTOCOL_LINK_ARP);
	if (hardware == FL_ARP_ETHERNET)
		fl_rd_require(r, hlen == 6);
	if (protocol == FL_ETHERTYPE_IPV4)
		fl_rd_require(r, plen == 4);
	sender_hw = fl_rd_bytes(r, hlen);
	sender_ip = fl_rd_bytes(r, plen);
	fl_rd_skip(r, hlen);
	target_ip = fl_rd_bytes(r, plen);
	if (hlen == 6 && (hardware == FL_ARP_ETHERNET || hardware == FL_ARP_IEEE802) && sender_hw)
		memcpy(p->arp_sender_mac, sender_hw, 6);
	if (protocol == FL_ETHERTYPE_IPV4 && sender_ip)
		p->src = fl_addr_from(FL_ADDR_IPV4, sender_ip);
	if (protocol == FL_ETHERTYPE_IPV4 && target_ip)
		p->dst = fl_addr_from(FL_ADDR_IPV4, target_ip);
	if (fl_rd_err(r))
		return fl_decode_failed(w, FL_DECODE_BAD_ARP);
	return fl_decode_named(w, FL_DECODE_ARP, FL_PROTOCOL_LINK_ARP);
}
