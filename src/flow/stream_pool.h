/* stream_pool.h - blocks and stream states out of one bounded region. Private to src/flow (and its tests).
 *
 * One region is cut into blocks of FL_BLOCK_BYTES. A block holds one piece of early bytes, or is a page of stream
 * states. Both come from the same free list: a sensor with many quiet flows spends it on states, one with a lossy
 * link on bytes. Blocks are named by 32-bit index, 0 = none. */
#ifndef FL_SRC_FLOW_STREAM_POOL_H
#define FL_SRC_FLOW_STREAM_POOL_H

#include "flow/stream.h"

#define FL_BLOCK_BYTES 2048u /* an Ethernet segment and its header; a power of two so that pages are found by shift */

/* Why a hole waits: each reason has a limit of its own, and a list in which who waits longest stands first. */
enum fl_wait { FL_WAIT_NONE, FL_WAIT_HOLE, FL_WAIT_ASKED, FL_WAIT_COUNT };

/* One direction of a stream. Sequence numbers are compared as differences modulo 2^32 (RFC 9293 3.4). */
struct fl_stream_dir {
	struct fl_stream_dir *wait_prev, *wait_next;
	int64_t since_ns;    /* the hole at `next` waits since then; meaningful while wait != NONE */
	int64_t acked_ns;    /* when `acked` first went beyond the hole */
	uint32_t next;       /* the next byte to hand on */
	uint32_t acked;      /* with has_acked: the other side has everything before it; always beyond next */
	uint32_t last_ack;   /* with has_last_ack: the other side's latest word, whatever it is worth */
	uint32_t fin;        /* with has_fin: the FIN's own number, one past the last byte */
	uint32_t far_end;    /* with has_far: one past the last segment that fits nowhere */
	uint32_t back;       /* bytes just before next that were given up as lost with nothing seen beyond them */
	uint32_t held;       /* first held piece, by sequence number */
	uint32_t held_bytes;
	uint16_t held_segs;
	uint8_t which;       /* index of this direction in its stream */
	uint8_t wait;        /* enum fl_wait */
	bool started;        /* next means something */
	bool weak;           /* ... but comes from a segment without data, maybe a keep-alive */
	bool has_acked, has_last_ack, has_fin, has_far;
};

struct fl_stream {
	struct fl_stream_dir dir[2];
	struct fl_flow *flow;
	int64_t now_ns;      /* mono_ns of the newest packet of this flow */
};

struct fl_piece {
	uint32_t next;       /* in order of sequence number */
	uint32_t seq;
	uint32_t len;        /* captured bytes that follow this header */
	uint32_t cut;        /* bytes that the snap length cut off after them */
	int64_t ts_ns;       /* stamp */
	int64_t held_ns;     /* the flow's time when it came */
	uint64_t frame;
};

#define FL_PIECE_BYTES (FL_BLOCK_BYTES - (uint32_t)sizeof(struct fl_piece))

struct fl_wait_list { struct fl_stream_dir *head, *tail; };

struct fl_stream_pool {
	unsigned char *region;
	uint32_t blocks;     /* 1..blocks are valid names */
	uint32_t fresh;      /* first never used: untouched memory is never resident */
	uint32_t spare;      /* freed blocks */
	uint32_t pages;      /* pages with a free state */
	uint32_t in_use;
	struct fl_wait_list wait[FL_WAIT_COUNT];
	struct fl_past *past; /* stream_past.c */
	uint32_t past_mask;
	uint8_t past_secret[192];
	struct fl_stream_ops ops;
	struct fl_stream_stats stats;
};

uint32_t fl_block_new(struct fl_stream_pool *p); /* 0: none left */
void fl_block_free(struct fl_stream_pool *p, uint32_t block);
struct fl_piece *fl_block_piece(const struct fl_stream_pool *p, uint32_t block);
static inline uint8_t *fl_piece_bytes(struct fl_piece *q) { return (uint8_t *)(q + 1); }

struct fl_stream *fl_state_new(struct fl_stream_pool *p); /* zeroed; NULL: none left */
void fl_state_free(struct fl_stream_pool *p, struct fl_stream *s);

#endif
