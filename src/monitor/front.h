/* front.h - from frames to flows: decode, copies, tunnels, fragments, address spaces, flow table.
 *
 * What `run` and `dissect` have in common before anybody looks at payload. One per thread, no locks; it owns the state that
 * a SPAN session needs (what was seen just now, which datagrams are incomplete, which tags mean one network), not the flow
 * table, whose on_end is the caller's. */
#ifndef FL_SRC_MONITOR_FRONT_H
#define FL_SRC_MONITOR_FRONT_H

#include "fenceline/compiler.h"
#include "fenceline/flow.h"
#include "fenceline/packet.h"

struct fl_flow_table;
struct fl_front;

struct fl_front_opts {
	struct fl_flow_table *flows; /* borrowed */
	/* context - the address space of a frame with these tags: bits 62 to 48 zero. */
	uint64_t (*context)(void *user, uint16_t iface, const uint16_t *vlan, unsigned vlans);
	/* may_join - may this context be found to be one with another? NULL: any. */
	bool (*may_join)(void *user, uint64_t context);
	/* on_packet - p belongs to f and has been counted there. Called for each carrier around it, too (kind CARRIER). The
	 * packet of an incomplete datagram (outcome FRAGMENT) comes when that is given up, with the frames of all its parts. */
	void (*on_packet)(void *user, const struct fl_packet *p, struct fl_flow *f, uint8_t sender, bool is_new);
	/* on_no_flow - p (all its frames) belongs to no flow: its outcome says why; copy: it is one, of what has no flow. May be
	 * NULL. So packets and copies of flows that are no carriers, and these, add up to the frames of the capture. */
	void (*on_no_flow)(void *user, const struct fl_packet *p, bool copy);
	void *user;
};

/* Since the start; what coverage says of them is in coverage.h. */
struct fl_front_stats {
	uint64_t tunnelled, copies, copies_routed, copies_retagged, copies_displaced, contexts_joined, contexts_unheld,
		 time_steps_back;
	uint64_t datagrams_joined, fragments_incomplete, fragments_conflicting, fragments_unheld;
};

int fl_front_new(struct fl_front **out, const struct fl_front_opts *o) FL_MUST_USE;
void fl_front_free(struct fl_front *f);
/* fl_front_time - a frame has come: sets its mono_ns. *back_ns: by how much the clock that stamps frames was set back; 0: it
 * was not. Then fl_front_frame, once for each. */
void fl_front_time(struct fl_front *f, struct fl_frame *frame, int64_t *back_ns);
/* fl_front_frame - what it was decoded to, valid until the next call; of a fragment that completes its datagram, that. */
const struct fl_packet *fl_front_frame(struct fl_front *f, const struct fl_frame *frame);
/* fl_front_advance - a quiet wire: the clock has come to now_ns. */
void fl_front_advance(struct fl_front *f, int64_t now_ns);
int64_t fl_front_mono_ns(const struct fl_front *f); /* time to wait by */
int64_t fl_front_now_ns(const struct fl_front *f);  /* packet time */
void fl_front_end(struct fl_front *f); /* the capture is over: incomplete datagrams are told; flows are the caller's to end */
void fl_front_stats(const struct fl_front *f, struct fl_front_stats *out);

#endif
