/* ring.h - a bounded ring of variable-sized messages from one producer thread to one consumer thread, without a lock.
 *
 * reserve -> fill -> push on one side; peek -> use -> pop on the other. Messages are contiguous and aligned to
 * max_align_t. Waiting is the caller's choice: live, a full ring is a counted loss; offline the producer waits. */
#ifndef FL_SRC_MONITOR_RING_H
#define FL_SRC_MONITOR_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "fenceline/compiler.h"

struct fl_ring;

struct fl_ring *fl_ring_new(size_t bytes); /* rounded up to a power of two; NULL: no memory */
void fl_ring_free(struct fl_ring *r);
/* fl_ring_reserve - room for n bytes, or NULL while it is full; n at most a quarter of the ring. */
void *fl_ring_reserve(struct fl_ring *r, size_t n) FL_MUST_USE;
/* fl_ring_push - what was reserved is visible; a consumer that sleeps is woken only when there is much, by fl_ring_flush, or
 * when its own wait ends. */
void fl_ring_push(struct fl_ring *r);
void fl_ring_flush(struct fl_ring *r); /* producer: wake it now, if anything was pushed */
void fl_ring_wait_room(struct fl_ring *r); /* producer: returns when something was popped, or after 50 ms */
void fl_ring_end(struct fl_ring *r);  /* producer: no more will come */
const void *fl_ring_peek(struct fl_ring *r); /* the oldest, or NULL */
void fl_ring_pop(struct fl_ring *r);
bool fl_ring_ended(struct fl_ring *r); /* empty, and no more will come */

/* A bell that any number of rings' producers ring for one consumer. */
struct fl_bell;
struct fl_bell *fl_bell_new(void);
void fl_bell_free(struct fl_bell *b);
void fl_bell_ring(struct fl_bell *b);             /* a lock only if the consumer sleeps */
void fl_bell_wait(struct fl_bell *b, int ms);     /* until rung since the last wait, or ms have passed */
void fl_ring_set_bell(struct fl_ring *r, struct fl_bell *b);

#endif
