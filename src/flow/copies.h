/* copies.h - frames that a SPAN session shows twice.
 *
 * Both ports of a conversation are mirrored, or the frame is mirrored before and after a router. A copy has the same
 * bytes from the network layer on but for TTL and IPv4 header checksum (all of the frame but its tags where it is not IP),
 * and comes within FL_COPY_NS. All captured bytes are compared by a keyed hash: what differs anywhere is another frame.
 *
 * But hosts repeat frames too, byte for byte: duplicate acknowledgements, bursts of ARP, a UDP datagram with IP
 * identification 0 (RFC 6864 lets it be anything) that a controller acts on each time. So a copy must also fit the way a
 * frame takes:
 *   ROUTED    TTL differs by at most FL_COPY_HOPS, and so do both MAC addresses (a group's stays): each station passes a
 *             datagram on once. Same TTL and other MACs, or the reverse, is no copy.
 *   SAME      the same TTL, MACs and tags;  RETAGGED  other tags. If that is a TCP segment which takes up sequence numbers, or
 *             has an IP identification, it is one: a host repeats such a segment later or under another number, and no
 *             receiver acts on it twice. Anything else is one only if the session is known to show the frames of this pair of
 *             MAC addresses twice in this way: if at least half of those that hosts do not repeat so soon came so (TCP data,
 *             datagrams whose identification changes, numbered real-time frames). A pair of which little is known goes by its
 *             interface, which must show nearly all so. Until then a repeat counts as a frame.
 *   to groups A frame to a group is RETAGGED only within a context: a switch that asks in every VLAN sends equal frames.
 * Each sighting has one repeat, and a second one where that is a TCP segment as above or the session is known to show
 * everything three times; the next equal frame is a new original, whatever the session.
 * What nobody could tell apart: a router's own MACs and a TTL one less are what a copy behind it looks like. */
#ifndef FL_SRC_FLOW_COPIES_H
#define FL_SRC_FLOW_COPIES_H

#include "fenceline/compiler.h"
#include "fenceline/packet.h"

#define FL_COPY_HOPS 8 /* routers between two mirrored ports of one site; initial TTLs (64, 128) are farther apart */

struct fl_copies;

enum fl_copy {
	FL_COPY_NONE,     /* the first of its kind; remembered */
	FL_COPY_SAME,     /* the same frame again */
	FL_COPY_RETAGGED, /* the same but for its VLAN tags */
	FL_COPY_ROUTED,   /* before or after a router: TTL and MAC addresses differ */
};

struct fl_copies *fl_copies_new(void); /* NULL: no memory; FL_COPIES_SLOTS */
void fl_copies_free(struct fl_copies *c);
/* fl_copies_see - has this packet been seen within FL_COPY_NS on this interface and in this tunnel space (bits 62 to 48 of
 * context)? *first: the context under which the first was seen. Time is p->frame->mono_ns. What was not decoded is no copy. */
enum fl_copy fl_copies_see(struct fl_copies *c, const struct fl_packet *p, uint64_t context, uint64_t *first);
/* fl_copies_displaced - how many frames were forgotten before their time, for want of room. */
uint64_t fl_copies_displaced(const struct fl_copies *c);
/* fl_copies_check - stops the program at a broken invariant. For tests. */
void fl_copies_check(const struct fl_copies *c);

#endif
