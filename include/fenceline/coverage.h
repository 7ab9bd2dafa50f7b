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
	X(time_steps_back, "time_steps_back", "frames older than the newest before them")           \
	X(flows_started, "flows_started", "flows begun")                                            \
	X(flows_evicted, "flows_evicted", "flows ended early because the table was full")           \
	X(flows_midstream, "flows_midstream", "TCP flows whose start was not seen")                 \
	X(flows_unclassified, "flows_unclassified", "flows that ended without a protocol label")    \
	X(flows_unjudged, "flows_unjudged", "flows not judged for want of memory")                  \
	X(flows_labelled_by_port, "flows_labelled_by_port", "flows whose protocol is only guessed from the port") \
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
