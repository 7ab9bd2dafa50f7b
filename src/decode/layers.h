/* layers.h - the layers of decode, each in its own file, called from the outside in.
 *
 *     link.c      link header, VLAN tags, LLC/SNAP; ARP in arp.c
 *     ip.c        IPv4, IPv6 and its extension headers
 *     transport.c TCP, UDP, ICMP, ICMPv6, SCTP
 *
 * Each takes the packet to fill and a reader that stands at its first byte, and gives the frame's outcome. The
 * reader is CLOSED where the frame (or the IP datagram) ends, CUT where the snap length ended it: so a header
 * that runs over the end is CUT or malformed by the same rule everywhere, fl_decode_failed(). */
#ifndef FL_SRC_DECODE_LAYERS_H
#define FL_SRC_DECODE_LAYERS_H

#include <stdint.h>

#include "fenceline/packet.h"
#include "fenceline/rd.h"

enum fl_decode_outcome fl_decode_link(struct fl_packet *p, struct fl_rd *r);
/* fl_decode_ethertype - r stands behind the EtherType (VLAN tags are walked here). */
enum fl_decode_outcome fl_decode_ethertype(struct fl_packet *p, struct fl_rd *r, uint16_t ethertype);
enum fl_decode_outcome fl_decode_arp(struct fl_packet *p, struct fl_rd *r);
enum fl_decode_outcome fl_decode_ip4(struct fl_packet *p, struct fl_rd *r);
enum fl_decode_outcome fl_decode_ip6(struct fl_packet *p, struct fl_rd *r);
/* fl_decode_ip - IPv4 or IPv6 by the version in the first byte, for links that do not say which. */
enum fl_decode_outcome fl_decode_ip(struct fl_packet *p, struct fl_rd *r);
/* fl_decode_transport - r is the IP payload alone; len is its length on the wire, p->ip_proto what it is. */
enum fl_decode_outcome fl_decode_transport(struct fl_packet *p, struct fl_rd *r, uint32_t len);

/* fl_decode_failed - what the reader's error means for the frame: bad, unless it was the snap length. */
static inline enum fl_decode_outcome fl_decode_failed(const struct fl_rd *r, enum fl_decode_outcome bad)
{
	return fl_rd_err(r) == FL_RD_CUT ? FL_DECODE_CUT : bad;
}

/* fl_decode_wire_left - bytes on the wire from where r stands to the end of the frame. */
static inline uint32_t fl_decode_wire_left(const struct fl_packet *p, const struct fl_rd *r)
{
	const uint32_t wire = p->frame->wirelen > p->frame->caplen ? p->frame->wirelen : p->frame->caplen;

	return (uint32_t)(wire - fl_rd_pos(r));
}

#endif
