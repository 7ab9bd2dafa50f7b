/* stream_past.h - the last bytes handed on, as far as is needed to see that a repeat of them says something else.
 * Private to src/flow: stream_order.c asks, stream_pool.c owns the memory. */
#ifndef FL_SRC_FLOW_STREAM_PAST_H
#define FL_SRC_FLOW_STREAM_PAST_H

#include "flow/stream_order.h"

#define FL_PAST_SEGMENTS 8 /* one round trip of a plant connection; a bulk transfer repeats its latest ones first */
#define FL_PAST_BYTES 64u  /* the end is kept as it is: a repeat cut differently is compared where it reaches into it */

/* One direction of a stream. */
struct fl_past {
	const struct fl_flow *flow; /* whose: NULL, another one: nobody's */
	uint64_t id;
	uint8_t which;
	uint8_t n, next;         /* segments in use; the place of the next one */
	uint8_t kept;            /* bytes of tail in use, the last of them just before end */
	uint32_t end;
	uint32_t seq[FL_PAST_SEGMENTS], len[FL_PAST_SEGMENTS], hash[FL_PAST_SEGMENTS];
	uint8_t tail[FL_PAST_BYTES];
};

/* fl_past_new - memory for so many blocks' streams; secret: of the hash. */
int fl_past_new(struct fl_stream_pool *pool) FL_MUST_USE;
/* fl_past_add - these bytes, which begin at d->next, are being handed on. */
void fl_past_add(struct fl_stream_pool *pool, const struct fl_stream_dir *d, const uint8_t *p, uint32_t n);
/* fl_past_differs - s repeats bytes that were handed on, and is known to say something else. */
bool fl_past_differs(const struct fl_stream_pool *pool, const struct fl_stream_dir *d, const struct fl_segment *s);
/* fl_past_forget - numbers begin anew. */
void fl_past_forget(struct fl_stream_pool *pool, const struct fl_stream_dir *d);

#endif
