/* flow_table.h - bidirectional flows by capture context and key, with expiry in packet time and a bound.
 *
 * Three kinds (flow.h). IP: by addresses, IP protocol and ports. LINK: by MAC addresses and EtherType, of frames that are not
 * IP. CARRIER: a tunnel between IP addresses, beside the flows in it; of VXLAN and Geneve the senders' ports say nothing
 * (they spread the load, and differ from frame to frame), so whatever two endpoints send to the tunnel's own port is one
 * flow, in which the initiator's port is 0. A fragment whose datagram did not become whole belongs to a flow without ports.
 *
 * One table per worker, no locks. All memory is taken when the table is made; a packet never allocates. At the bound the least
 * telling flow ends (FL_FLOW_RANKS), within a rank the least recently seen (FL_FLOW_END_EVICTED, counted); a closed flow
 * that only lingers is no eviction.
 *
 * All waiting goes by mono_ns (timeline.h). first_ns and last_ns are stamps: last_ns is the newest of the flow's packets, but
 * after the clock was set back (by more than FL_CLOCK_STEP_NS) it follows the new stamps and may lie before first_ns.
 * on_end is called exactly once for each flow that the table gave out, and must not call the table. */
#ifndef FL_SRC_FLOW_TABLE_H
#define FL_SRC_FLOW_TABLE_H

#include <stddef.h>

#include "fenceline/compiler.h"
#include "fenceline/flow.h"
#include "fenceline/packet.h"

struct fl_flow_table;
struct fl_contexts;

struct fl_flow_table_opts {
	uint32_t max_flows;                          /* 0: FL_FLOWS_DEFAULT */
	void (*on_end)(void *user, struct fl_flow *f); /* end_reason is set; last use of the flow; NULL: nobody asks */
	void *user;
};

/* X(NAME): who gives way first when the table is full. */
#define FL_FLOW_RANKS(X)                                                         \
	X(CLOSED)      /* connections that are over, and linger */               \
	X(ATTEMPT)     /* a few frames or a handshake, and nobody answered */    \
	X(ONE_WAY)     /* many frames of one end only */                         \
	X(UPKEEP)      /* of the link (ethertypes.h) */                          \
	X(EMPTY)       /* answered, no payload: a port scan's open ports */      \
	X(ANSWERED)    /* without a connection; or one that is closing */        \
	X(ESTABLISHED) /* TCP with payload and both ends seen */

enum fl_flow_rank {
#define X(name) FL_RANK_##name,
	FL_FLOW_RANKS(X)
#undef X
	FL_FLOW_RANK_COUNT
};

/* time_steps_back: packets stamped before the newest one since the clock was last set back, and that step's first. */
struct fl_flow_table_stats {
	uint64_t started, evicted, midstream, time_steps_back;
	uint64_t evicted_rank[FL_FLOW_RANK_COUNT]; /* [FL_RANK_CLOSED] is 0: adds up to evicted */
	uint32_t open;
};

/* fl_flow_table_new - FL_ENOMEM, FL_EINVALID (more than FL_FLOWS_MAX flows), or what getrandom() refused. */
#define FL_FLOWS_MAX (1u << 26) /* 2^26 flows need 30 GB: beyond it the number is a slip, not a plan */
int fl_flow_table_new(struct fl_flow_table **out, const struct fl_flow_table_opts *opts) FL_MUST_USE;
/* fl_flow_table_free - does not call on_end: call fl_flow_table_end_all first. */
void fl_flow_table_free(struct fl_flow_table *t);
/* fl_flow_table_contexts - where contexts are joined (contexts.h), borrowed; NULL, as at birth: they are not. A flow that
 * began before a join stays under the context that it began in; with this, packets under the joined one find it. */
void fl_flow_table_contexts(struct fl_flow_table *t, const struct fl_contexts *c);

/* fl_flow_table_packet - the flow that a decoded packet belongs to, made if new, with its counters, reply, initiator and
 * end states brought up to date. *sender: which end[] sent it. Expires what is due first. NULL for outcomes that make no flow:
 * CONTROL and what is not decoded, but CIPHER between MAC addresses does. A flow that the packet closes (both FIN
 * acknowledged, RST) lingers a short while so that stragglers do not make a new one, then ends with FIN or RST. */
struct fl_flow *fl_flow_table_packet(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context,
				     uint8_t *sender, bool *is_new);
/* fl_flow_table_carrier - the same for p->tunnel[layer]; NULL if that is not carried between IP addresses. */
struct fl_flow *fl_flow_table_carrier(struct fl_flow_table *t, const struct fl_packet *p, unsigned layer, uint64_t context,
				      uint8_t *sender, bool *is_new);
/* fl_flow_table_copy, _carrier_copy - p is a frame that was shown before (copies.h): counts it as such with the flow it
 * belongs to, and changes nothing else. False: there is no such flow. */
bool fl_flow_table_copy(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context);
bool fl_flow_table_carrier_copy(struct fl_flow_table *t, const struct fl_packet *p, unsigned layer, uint64_t context);
/* fl_flow_table_unreachable - p, an ICMP or ICMPv6 "destination unreachable", quotes a packet of an open flow that is not
 * answered: that flow is refused. Believed only from a message to the quoted sender, of TCP only with a number that this
 * sender has used (RFC 5927 4.1). Never makes a flow. False: nothing changed. */
bool fl_flow_table_unreachable(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context);

/* fl_flow_table_has - is p's flow open? */
bool fl_flow_table_has(const struct fl_flow_table *t, const struct fl_packet *p, uint64_t context);
/* fl_flow_table_other_side - is p, a TCP segment of no open flow, the other direction of one in *found, one of these
 * contexts? True if that flow has never seen p's sender and the numbers prove it: p acknowledges the very SYN; or it
 * acknowledges what that end has sent and sends what that end has acknowledged, each within a window. Two connections that
 * merely use the same ports meet that once in 2^30, and joined contexts stay joined. */
bool fl_flow_table_other_side(const struct fl_flow_table *t, const struct fl_packet *p, const uint64_t *contexts, unsigned n,
			      uint64_t *found);

/* fl_flow_set_initiator - end `who` opened the flow; ignored unless `how` is better than what is on record. */
void fl_flow_set_initiator(struct fl_flow *f, uint8_t who, enum fl_initiator_how how);
/* fl_flow_table_advance - time (mono_ns) has come to now: end what is due. Backwards is nothing. */
void fl_flow_table_advance(struct fl_flow_table *t, int64_t mono_ns);
/* fl_flow_table_end_all - end every flow, least recently seen first. One that was already closed on the wire and
 * only lingered ends with FIN or RST: that is what became of it. */
void fl_flow_table_end_all(struct fl_flow_table *t, enum fl_flow_end_reason reason);
/* fl_flow_table_next - walk the open flows in order of birth: NULL gives the oldest, the youngest gives NULL.
 * The table must not be given packets or time during the walk. */
struct fl_flow *fl_flow_table_next(const struct fl_flow_table *t, const struct fl_flow *f);
void fl_flow_table_stats(const struct fl_flow_table *t, struct fl_flow_table_stats *out);
/* fl_flow_table_memory - bytes taken when the table was made; it never takes more. */
size_t fl_flow_table_memory(const struct fl_flow_table *t);
/* fl_flow_table_check - walks everything and stops the program at a broken invariant. For tests. */
void fl_flow_table_check(const struct fl_flow_table *t);

#endif
