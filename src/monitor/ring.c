/* ring.c - head and tail are byte counts that only grow; each is written by one side.
 *
 * A message that would wrap is preceded by a filler up to the end of the buffer. Release on publishing a count and
 * acquire on reading the other side's order the bytes between. The sleeping sides use a mutex and a condition, but
 * only when they sleep: the other side looks at a flag first. */
#include "ring.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct header { uint32_t size; uint32_t filler; }; /* size: of header and message, a multiple of ALIGN */

enum {
	ALIGN = alignof(max_align_t),
	BELL_PART = 64, /* a consumer that sleeps is woken at this part of the ring: a wake for each message costs more than it */
};

struct fl_bell {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	atomic_bool asleep, rung;
};

struct fl_ring {
	size_t size;
	unsigned char *data;
	size_t reserved; /* producer: bytes that push will publish */
	bool unrung;     /* producer: something was pushed that the bell has not told yet */
	struct fl_bell *bell; /* consumer's; borrowed */
	struct fl_bell *room; /* producer's; own */
	atomic_bool ended;
	alignas(64) _Atomic uint64_t head; /* written by the producer */
	alignas(64) _Atomic uint64_t tail; /* written by the consumer */
};

struct fl_bell *fl_bell_new(void)
{
	struct fl_bell *b = calloc(1, sizeof *b);
	pthread_condattr_t attr;

	if (!b)
		return NULL;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->cond, &attr);
	pthread_condattr_destroy(&attr);
	return b;
}

void fl_bell_free(struct fl_bell *b)
{
	if (!b)
		return;
	pthread_cond_destroy(&b->cond);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void fl_bell_ring(struct fl_bell *b)
{
	atomic_store(&b->rung, true);
	if (!atomic_load(&b->asleep))
		return;
	pthread_mutex_lock(&b->lock);
	pthread_cond_signal(&b->cond);
	pthread_mutex_unlock(&b->lock);
}

void fl_bell_wait(struct fl_bell *b, int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&b->lock);
	atomic_store(&b->asleep, true);
	/* rung is looked at after asleep is set: a ring that came before is seen here, one after signals. */
	while (!atomic_load(&b->rung) && !pthread_cond_timedwait(&b->cond, &b->lock, &until))
		;
	atomic_store(&b->asleep, false);
	atomic_store(&b->rung, false);
	pthread_mutex_unlock(&b->lock);
}

struct fl_ring *fl_ring_new(size_t bytes)
{
	struct fl_ring *r = aligned_alloc(64, (sizeof *r + 63) & ~(size_t)63);
	size_t size = 4096;

	if (!r)
		return NULL;
	*r = (struct fl_ring){0};
	while (size < bytes)
		size *= 2;
	r->size = size;
	r->data = malloc(size);
	r->room = fl_bell_new();
	if (!r->data || !r->room) {
		fl_ring_free(r);
		return NULL;
	}
	return r;
}

void fl_ring_free(struct fl_ring *r)
{
	if (!r)
		return;
	fl_bell_free(r->room);
	free(r->data);
	free(r);
}

void fl_ring_set_bell(struct fl_ring *r, struct fl_bell *b) { r->bell = b; }

void *fl_ring_reserve(struct fl_ring *r, size_t n)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	size_t need = (sizeof(struct header) + n + 2 * ALIGN - 1) & ~(size_t)(ALIGN - 1);
	size_t at = head & (r->size - 1), filler = 0;
	struct header *h;

	if (need > r->size / 4)
		FL_BUG("a message larger than a quarter of its ring");
	if (at + need > r->size)
		filler = r->size - at;
	if (head + filler + need - tail > r->size)
		return NULL;
	if (filler) {
		h = (struct header *)(void *)(r->data + at);
		*h = (struct header){(uint32_t)filler, 1};
		at = 0;
	}
	h = (struct header *)(void *)(r->data + at);
	*h = (struct header){(uint32_t)need, 0};
	r->reserved = filler + need;
	return r->data + at + ALIGN;
}

void fl_ring_push(struct fl_ring *r)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	head += r->reserved;
	atomic_store(&r->head, head);
	r->reserved = 0;
	r->unrung = true;
	if (head - atomic_load_explicit(&r->tail, memory_order_relaxed) >= r->size / BELL_PART)
		fl_ring_flush(r);
}

void fl_ring_flush(struct fl_ring *r)
{
	if (r->unrung && r->bell)
		fl_bell_ring(r->bell);
	r->unrung = false;
}

void fl_ring_wait_room(struct fl_ring *r)
{
	r->unrung = true;
	fl_ring_flush(r);
	fl_bell_wait(r->room, 50);
}

void fl_ring_end(struct fl_ring *r)
{
	atomic_store(&r->ended, true);
	if (r->bell)
		fl_bell_ring(r->bell);
}

const void *fl_ring_peek(struct fl_ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint64_t head = atomic_load(&r->head);
	struct header *h;

	if (tail == head)
		return NULL;
	h = (struct header *)(void *)(r->data + (tail & (r->size - 1)));
	if (h->filler) { /* never alone: its message was published with it */
		tail += h->size;
		atomic_store_explicit(&r->tail, tail, memory_order_release);
	}
	return r->data + (tail & (r->size - 1)) + ALIGN;
}

void fl_ring_pop(struct fl_ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	const struct header *h = (const struct header *)(const void *)(r->data + (tail & (r->size - 1)));

	tail += h->size;
	atomic_store(&r->tail, tail);
	if (atomic_load_explicit(&r->head, memory_order_relaxed) - tail <= r->size / 2)
		fl_bell_ring(r->room);
}

bool fl_ring_ended(struct fl_ring *r)
{
	/* ended is read first: what was pushed before it is then visible to peek. */
	return atomic_load(&r->ended) && !fl_ring_peek(r);
}
