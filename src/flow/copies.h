/* copies.h - frames that a SPAN session shows twice.
 *
 * Both ports of a conversation are mirrored, or the frame is mirrored before and after a router. A copy has the same
 * bytes from the network layer on but for TTL and IPv4 header checksum (all of the frame but its tags where it is not IP),
 * and comes within FL_COPY_NS. A retransmission is no copy: it comes later, or has another IP identification. The whole
 * captured payload is compared by a keyed hash: what differs anywhere is another frame, so nothing can hide as a copy. */
#ifndef FL_SRC_FLOW_COPIES_H
#define FL_SRC_FLOW_COPIES_H

#include "fenceline/compiler.h"
#include "fenceline/packet.h"

struct fl_copies;

enum fl_copy {
	FL_COPY_NONE,     /* the first of its kind; remembered */
	FL_COPY_SAME,     /* the same frame again */
	FL_COPY_RETAGGED, /* the same but for its VLAN tags */
	FL_COPY_ROUTED,   /* before or after a router: TTL and MAC addresses differ */
};

struct fl_copies *fl_copies_new(void); /* NULL: no memory; FL_COPIES_SLOTS */
void fl_copies_free(struct fl_copies *c);
/* fl_copies_see - has this packet been seen within FL_COPY_NS on this interface and in this tunnel space? *first: the context
 * under which the first was seen. Time is p->frame->mono_ns. */
enum fl_copy fl_copies_see(struct fl_copies *c, const struct fl_packet *p, uint64_t context, uint64_t *first);

#endif
