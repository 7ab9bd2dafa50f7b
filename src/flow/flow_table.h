/* flow_table.h - bidirectional flows by capture context and 5-tuple, with expiry in packet time and a bound.
 *
 * One table per worker, no locks. All memory is taken when the table is made; a packet never allocates.
 * At the bound a closed flow that only lingers is ended first; if there is none, the least recently seen flow
 * (FL_FLOW_END_EVICTED, counted).
 *
 * Time is the newest packet time seen, which never runs backwards: a frame older than that counts in
 * stats.time_steps_back and makes nothing younger or older than it was. on_end is called exactly once for each
 * flow that fl_flow_table_packet gave out, and must not call the table. */
#ifndef FL_SRC_FLOW_TABLE_H
#define FL_SRC_FLOW_TABLE_H

#include <stddef.h>

#include "fenceline/compiler.h"
#include "fenceline/flow.h"
#include "fenceline/packet.h"

struct fl_flow_table;

struct fl_flow_table_opts {
	uint32_t max_flows;                          /* 0: FL_FLOWS_DEFAULT */
	void (*on_end)(void *user, struct fl_flow *f); /* end_reason is set; last use of the flow; NULL: nobody asks */
	void *user;
};

struct fl_flow_table_stats {
	uint64_t started, evicted, midstream, time_steps_back;
	uint32_t open;
};

/* fl_flow_table_new - FL_ENOMEM, FL_EINVALID (more than FL_FLOWS_MAX flows), or what getrandom() refused. */
#define FL_FLOWS_MAX (1u << 26) /* 2^26 flows need 23 GB: beyond it the number is a slip, not a plan */
int fl_flow_table_new(struct fl_flow_table **out, const struct fl_flow_table_opts *opts) FL_MUST_USE;
/* fl_flow_table_free - does not call on_end: call fl_flow_table_end_all first. */
void fl_flow_table_free(struct fl_flow_table *t);

/* fl_flow_table_packet - the flow that a decoded IP packet (TCP UDP ICMP ICMPV6 SCTP IP_OTHER) belongs to, made if
 * new, with its counters, reply, initiator and end states brought up to date. *sender: which end[] sent it.
 * Expires what is due first. Never NULL for those outcomes; NULL for others.
 * A flow that the packet closes (both FIN acknowledged, RST) lingers a short while so that stragglers do not make a
 * new one, then ends with FIN or RST. */
struct fl_flow *fl_flow_table_packet(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context,
				     uint8_t *sender, bool *is_new);
/* fl_flow_set_initiator - end `who` opened the flow; ignored unless `how` is better than what is on record. */
void fl_flow_set_initiator(struct fl_flow *f, uint8_t who, enum fl_initiator_how how);
/* fl_flow_table_advance - packet (or, on a quiet live wire, clock) time has come to now: end what is due. */
void fl_flow_table_advance(struct fl_flow_table *t, int64_t now_ns);
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
