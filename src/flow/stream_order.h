/* stream_order.h - one direction's bytes: what is early is held, what is in order is handed on, a hole becomes a gap.
 * Private to src/flow: stream.c decides when, stream_order.c does it. */
#ifndef FL_SRC_FLOW_STREAM_ORDER_H
#define FL_SRC_FLOW_STREAM_ORDER_H

#include "flow/stream_pool.h"

#define FL_STREAM_WINDOW_BYTES (1 << 20) /* 16 unscaled windows; one blind guess in 2048 hits it */
#define FL_STREAM_EXACT_BYTES (16 << 20) /* a jump this far forward is a count; farther, the numbers may have wrapped */

/* A segment's captured bytes, and how many more the snap length cut off behind them. */
struct fl_segment {
	const uint8_t *p;
	uint32_t seq, n, cut;
	int64_t ts_ns;
	uint64_t frame;
	bool conflict;
};

static inline int32_t fl_seq_diff(uint32_t a, uint32_t b) { return (int32_t)(a - b); }
static inline bool fl_seq_is_near(int32_t off, int32_t bound) { return off >= -bound && off <= bound; }

/* fl_age - unsigned, as the two may lie at the far ends of what a hostile file can claim. */
static inline uint64_t fl_age(int64_t now_ns, int64_t since_ns)
{
	return now_ns <= since_ns ? 0 : (uint64_t)now_ns - (uint64_t)since_ns;
}

static inline struct fl_stream *fl_stream_of(struct fl_stream_dir *d)
{
	return (struct fl_stream *)(void *)(d - d->which); /* dir[] stands first */
}

static inline const struct fl_stream *fl_stream_of_const(const struct fl_stream_dir *d)
{
	return (const struct fl_stream *)(const void *)(d - d->which);
}

static inline struct fl_piece *fl_stream_first(const struct fl_stream_pool *pool, const struct fl_stream_dir *d)
{
	return d->held ? fl_block_piece(pool, d->held) : NULL;
}

static inline bool fl_stream_has_hole(const struct fl_stream_dir *d) { return d->held || d->has_acked; }

/* fl_stream_wait - d waits for this reason since then, at the end of that list; NONE: no longer. */
void fl_stream_wait(struct fl_stream_pool *pool, struct fl_stream_dir *d, enum fl_wait why, int64_t since_ns);
/* fl_stream_is_due - the hole has waited as long as its reason allows. */
bool fl_stream_is_due(const struct fl_stream_dir *d, int64_t now_ns);
/* fl_stream_set_next - the next byte to hand on is this one; forgets acknowledgements that say nothing any more. */
void fl_stream_set_next(struct fl_stream_dir *d, uint32_t next);
/* fl_stream_give_gap - count and call a gap that moves nothing. */
void fl_stream_give_gap(struct fl_stream_pool *pool, struct fl_flow *f, uint8_t sender, uint64_t n);
/* fl_stream_skip - the next n bytes (0: nothing happens) are a gap. */
void fl_stream_skip(struct fl_stream_pool *pool, struct fl_stream_dir *d, uint32_t n);
/* fl_stream_close_hole - the hole at next, which there must be, becomes a gap; what is held behind it is handed on. */
void fl_stream_close_hole(struct fl_stream_pool *pool, struct fl_stream_dir *d);
/* fl_stream_place - hand on, hold or drop a segment that lies within the window. */
void fl_stream_place(struct fl_stream_pool *pool, struct fl_stream_dir *d, struct fl_segment *s);

#endif
