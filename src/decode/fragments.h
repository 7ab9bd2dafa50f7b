/* fragments.h - IP datagrams put together from their fragments, in bounded memory.
 *
 * Decode is pure and says only that a packet is a fragment; this holds them until the datagram is whole, then decodes
 * that as if it had come in one frame, with what it carries (a tunnel, again fragments). One per worker; not
 * thread-safe.
 *
 * Overlaps: of IPv6 a datagram with overlapping fragments is discarded (RFC 5722); of IPv4 receivers differ, so the
 * first bytes seen count, and a difference is counted. An exact repeat is neither.
 *
 * Every frame counts once: in the frames of a datagram that became whole, in those of one that never will
 * (on_incomplete), or ALONE. The same in the statistics: frames added = frames of what became whole + incomplete +
 * unheld. */
#ifndef FL_SRC_DECODE_FRAGMENTS_H
#define FL_SRC_DECODE_FRAGMENTS_H

#include <stddef.h>

#include "fenceline/compiler.h"
#include "fenceline/packet.h"

struct fl_fragments;

enum fl_fragments_result {
	FL_FRAGMENT_HELD,  /* counted with its datagram, whole or not, later */
	FL_FRAGMENT_WHOLE, /* *p is now the datagram, decoded; its bytes are valid until the next call */
	FL_FRAGMENT_ALONE, /* not held (memory, it cannot be of its datagram, or that was discarded): *p counts alone */
};

struct fl_fragments_opts {
	size_t bytes;       /* 0: FL_FRAGMENT_BYTES */
	uint32_t datagrams; /* 0: FL_FRAGMENT_DATAGRAMS */
	/* on_incomplete - a datagram will never be whole: p is a FRAGMENT with addresses, frag_proto as ip_proto,
	 * frames and bytes of all its fragments, and a frame without data. Called inside add, advance and end. May be
	 * NULL. */
	void (*on_incomplete)(void *user, const struct fl_packet *p, uint64_t context);
	/* context_of - the address space of a fragment that a whole datagram carries in a tunnel. NULL: that of the
	 * datagram. */
	uint64_t (*context_of)(void *user, const struct fl_packet *p);
	void *user;
};

/* conflicting: fragments that contradict others; each is also in one of the other counts. incomplete, unheld: frames.
 * */
struct fl_fragments_stats { uint64_t joined, incomplete, conflicting, unheld; };

struct fl_fragments *fl_fragments_new(const struct fl_fragments_opts *o); /* NULL: no memory */
void fl_fragments_free(struct fl_fragments *f);
/* fl_fragments_add - a packet whose outcome is FRAGMENT. context: address space (same addresses and id in two are two).
 * */
enum fl_fragments_result fl_fragments_add(struct fl_fragments *f, struct fl_packet *p, uint64_t context);
void fl_fragments_advance(struct fl_fragments *f, int64_t mono_ns); /* what has waited FL_FRAGMENT_NS is incomplete */
void fl_fragments_end(struct fl_fragments *f);                      /* so is all the rest */
void fl_fragments_stats(const struct fl_fragments *f, struct fl_fragments_stats *out);
void fl_fragments_check(const struct fl_fragments *f); /* asserts the invariants, for tests */

#endif
