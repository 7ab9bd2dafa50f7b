/* coverage.h - what a worker saw and could not see on one interface in one interval of packet time.
 *
 * The counters of an interval add up: frames = sum of outcome[]. Promise 1: every byte that was not seen ends
 * in one of these. */
#ifndef FENCELINE_COVERAGE_H
#define FENCELINE_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/packet.h"

/* X(member, JSON name, text) - counters beside outcome[] */
#define FL_COVERAGE_COUNTERS(X)                                                                     \
	X(frames, "frames", "frames")                                                               \
	X(bytes, "bytes", "bytes on the wire")                                                      \
	X(cut_frames, "cut_frames", "frames cut by the snap length")                                \
	X(kernel_dropped, "kernel_dropped", "frames dropped by the kernel (buffer full)")           \
	X(interface_dropped, "interface_dropped", "frames dropped by the interface or its driver")  \
	X(tunnelled, "tunnelled", "frames inside a tunnel")                                         \
	X(copies, "copies", "frames that the mirror had shown before, all the same")                \
	X(copies_routed, "copies_routed", "... before or after a router (TTL and MAC differ)")      \
	X(copies_retagged, "copies_retagged", "... with other VLAN tags")                           \
	X(copies_displaced, "copies_displaced", "frames forgotten before a copy of them could be known, table full") \
	X(datagrams_joined, "datagrams_joined", "datagrams put together from fragments")            \
	X(fragments_incomplete, "fragments_incomplete", "fragments whose datagram was never complete") \
	X(fragments_conflicting, "fragments_conflicting", "fragments that overlap others with other bytes") \
	X(fragments_unheld, "fragments_unheld", "fragments not held for want of memory")            \
	X(contexts_joined, "contexts_joined", "VLANs found to be one address space with another")   \
	X(contexts_unheld, "contexts_unheld", "address spaces beyond the table, which share one")   \
	X(announced_displaced, "announced_displaced", "announced connections forgotten, table full") \
	X(time_steps_back, "time_steps_back", "frames older than the newest before them")           \
	X(flows_started, "flows_started", "flows begun")                                            \
	X(flows_evicted, "flows_evicted", "flows ended early because the table was full")           \
	X(flows_midstream, "flows_midstream", "TCP flows whose start was not seen")                 \
	X(flows_one_way, "flows_one_way", "TCP flows of which only one direction was seen")         \
	X(flows_tags_differ, "flows_tags_differ", "flows whose directions came under different VLAN tags") \
	X(flows_not_judged, "flows_not_judged", "flows that keep a link going (ARP, LLDP, STP): counted, not judged") \
	X(flows_unclassified, "flows_unclassified", "flows that ended without a protocol label")    \
	X(unclassified_empty, "unclassified_empty", "... that carried no payload")                  \
	X(unclassified_midstream, "unclassified_midstream", "... whose start was not seen")         \
	X(unclassified_one_way, "unclassified_one_way", "... of which only one direction was seen") \
	X(unclassified_gaps, "unclassified_gaps", "... with bytes that were lost or cut")           \
	X(unclassified_short, "unclassified_short", "... of which too little was seen in time")        \
	X(unclassified_unknown, "unclassified_unknown", "... fully seen, in no protocol that is known here") \
	X(unclassified_unread, "unclassified_unread", "... not looked at for want of memory")       \
	X(flows_port_disagrees, "flows_port_disagrees", "flows that speak another protocol than their port is registered for") \
	X(flows_unjudged, "flows_unjudged", "flows not judged for want of memory")                  \
	X(flows_labelled_by_port, "flows_labelled_by_port", "flows whose protocol is only guessed from port or address") \
	X(stream_gaps, "stream_gaps", "holes in TCP streams")                                       \
	X(stream_gap_bytes, "stream_gap_bytes", "bytes in those holes")                             \
	X(stream_pool_full, "stream_pool_full", "out-of-order segments not held for want of memory") \
	X(stream_conflicts, "stream_conflicts", "TCP segments that repeat bytes with other content") \
	X(units_malformed, "units_malformed", "industrial protocol units that break their own rules") \
	X(units_cut, "units_cut", "industrial protocol units that loss or snap length cut")         \
	X(unparsed_bytes, "unparsed_bytes", "bytes of industrial connections in which no unit was found") \
	X(transactions_dropped, "transactions_dropped", "open requests closed early because too many were open") \
	X(findings_lost, "findings_lost", "findings lost between worker and writer")                \
	X(hosts_untracked, "hosts_untracked", "hosts not remembered for asset.seen, table full")

struct fl_coverage {
	/* The interval this interface was watched: live by the clock; of files the first and last frame in it. Both 0: not
	 * a frame in all of the run. */
	int64_t from_ns, to_ns;
	uint16_t iface;
	bool final;              /* the last of this run */
	uint64_t outcome[FL_DECODE_OUTCOME_COUNT];
#define X(member, key, text) uint64_t member;
	FL_COVERAGE_COUNTERS(X)
#undef X
};

#endif
