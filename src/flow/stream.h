/* stream.h - one flow's two TCP byte streams put in order, in bounded memory, with explicit gaps.
 *
 * In-order bytes are handed on where they lie in the packet, without a copy. What comes too early is held up to
 * FL_STREAM_OOO_BYTES and FL_STREAM_OOO_SEGS per direction; a hole becomes a gap when that is full, when it is
 * older than FL_STREAM_OOO_NS (of mono_ns: timeline.h), or when the other side acknowledges bytes beyond it (then the capture
 * lost them, not the network). A hole for which the other side is seen to ask (it acknowledges just up to it) waits
 * longer, FL_STREAM_ASKED_NS: the receiver has not had those bytes either, and acts on nothing behind them.
 * A stream may start anywhere; there is no depth limit. Bytes already handed on are never handed on again, and of
 * bytes sent twice with different content the first seen count. A segment that is known to say something else is counted, in
 * the flow's conflicts too: where the first are still held, or are among the last handed on (stream_past.h).
 *
 * Callbacks run inside fl_stream_packet, _advance and _end, also for flows other than the one given (advance; or a
 * hole of another flow closed early because the pool is full); they must not call the pool. */
#ifndef FL_SRC_STREAM_H
#define FL_SRC_STREAM_H

#include <stddef.h>

#include "fenceline/compiler.h"
#include "fenceline/flow.h"
#include "fenceline/packet.h"
#include "fenceline/rd.h"

#define FL_STREAM_ASKED_NS (30 * INT64_C(1000000000)) /* covers four retransmissions of an RTO of 1 s (RFC 6298) */

struct fl_stream_pool; /* memory of all streams of a worker, bounded by FL_STREAM_POOL_BYTES */

struct fl_stream_ops {
	/* data - the next n bytes that end[sender] sent. end is FL_OPEN, or FL_CUT_END when the snap length cut the
	 * segment after them (a gap follows). ts_ns and frame: of the frame that carried them. */
	void (*data)(void *user, struct fl_flow *f, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end,
		     int64_t ts_ns, uint64_t frame);
	/* gap - n bytes that end[sender] sent were not seen (UINT64_MAX: unknown how many). */
	void (*gap)(void *user, struct fl_flow *f, uint8_t sender, uint64_t n);
	void *user;
};

/* gap_bytes: known ones. pool_full: segments not held, and flows not followed, for want of memory. */
struct fl_stream_stats { uint64_t gaps, gap_bytes, pool_full, overlap_conflicts; };

/* fl_stream_pool_new - bytes: 0 for FL_STREAM_POOL_BYTES. FL_ENOMEM, FL_EINVALID (less than one block). */
int fl_stream_pool_new(struct fl_stream_pool **out, size_t bytes, const struct fl_stream_ops *ops) FL_MUST_USE;
/* fl_stream_pool_free - does not hand on what is held: call fl_stream_end for each flow first. */
void fl_stream_pool_free(struct fl_stream_pool *p);
/* fl_stream_packet - a TCP packet of flow f. Keeps its state in f->stream (from the pool). */
void fl_stream_packet(struct fl_stream_pool *pool, struct fl_flow *f, uint8_t sender, const struct fl_packet *p);
/* fl_stream_advance - time (mono_ns) has come to now: holes that have waited long enough become gaps, in flows that fall silent
 * too. O(1) for each. It only hastens what the flow's own next packet would do first, so when and how often it is
 * called changes nothing in what each stream hands on. */
void fl_stream_advance(struct fl_stream_pool *pool, int64_t mono_ns);
/* fl_stream_end - hands on what is held (behind gaps), then gives f->stream back. */
void fl_stream_end(struct fl_stream_pool *pool, struct fl_flow *f);
/* fl_stream_is_followed - false once there was no memory for f's stream (its gaps have been called). */
bool fl_stream_is_followed(const struct fl_flow *f);
void fl_stream_stats(const struct fl_stream_pool *pool, struct fl_stream_stats *out);
/* fl_stream_pool_used - bytes of the pool in use now. */
size_t fl_stream_pool_used(const struct fl_stream_pool *pool);
/* fl_stream_pool_check, fl_stream_check - stop the program at a broken invariant. For tests. */
void fl_stream_pool_check(const struct fl_stream_pool *pool);
void fl_stream_check(const struct fl_stream_pool *pool, const struct fl_flow *f);

#endif
