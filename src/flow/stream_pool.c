/* stream_pool.c - one region, blocks, and pages of stream states. See stream_pool.h for the shape.
 *
 *   page:  | header: prev, next page with room; first free state; states in use | state | state | ... |
 *
 * A page goes back to the blocks when its last state is freed. Nothing is allocated after fl_stream_pool_new. */
#include "flow/stream_pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "flow/stream_past.h"

struct page {
	uint32_t prev, next;
	uint16_t free, used; /* free: 1-based number of the first free state, 0 = none */
};

#define PAGE_HEAD 16u
#define PAGE_STATES ((FL_BLOCK_BYTES - PAGE_HEAD) / sizeof(struct fl_stream))

static_assert(sizeof(struct page) <= PAGE_HEAD && PAGE_HEAD % _Alignof(struct fl_stream) == 0, "states are aligned");
static_assert(PAGE_STATES >= 4, "a page holds several states");

int fl_stream_pool_new(struct fl_stream_pool **out, size_t bytes, const struct fl_stream_ops *ops)
{
	size_t blocks = (bytes ? bytes : FL_STREAM_POOL_BYTES) / FL_BLOCK_BYTES;
	struct fl_stream_pool *p;
	int err;

	if (!blocks || blocks >= UINT32_MAX)
		return FL_EINVALID;
	p = calloc(1, sizeof *p);
	if (!p)
		return FL_ENOMEM;
	p->region = aligned_alloc(FL_BLOCK_BYTES, blocks * FL_BLOCK_BYTES);
	if (!p->region) {
		free(p);
		return FL_ENOMEM;
	}
	p->blocks = (uint32_t)blocks;
	p->fresh = 1;
	p->ops = *ops;
	err = fl_past_new(p);
	if (err) {
		fl_stream_pool_free(p);
		return err;
	}
	*out = p;
	return FL_OK;
}

void fl_stream_pool_free(struct fl_stream_pool *p)
{
	if (!p)
		return;
	free(p->region);
	free(p->past);
	free(p);
}

void fl_stream_stats(const struct fl_stream_pool *pool, struct fl_stream_stats *out) { *out = pool->stats; }

size_t fl_stream_pool_used(const struct fl_stream_pool *pool) { return (size_t)pool->in_use * FL_BLOCK_BYTES; }

static void *block_at(const struct fl_stream_pool *p, uint32_t block)
{
	return p->region + (size_t)(block - 1) * FL_BLOCK_BYTES;
}

struct fl_piece *fl_block_piece(const struct fl_stream_pool *p, uint32_t block) { return block_at(p, block); }

uint32_t fl_block_new(struct fl_stream_pool *p)
{
	uint32_t b = p->spare;

	if (b)
		memcpy(&p->spare, block_at(p, b), sizeof p->spare);
	else if (p->fresh <= p->blocks)
		b = p->fresh++;
	else
		return 0;
	p->in_use++;
	return b;
}

void fl_block_free(struct fl_stream_pool *p, uint32_t block)
{
	memcpy(block_at(p, block), &p->spare, sizeof p->spare);
	p->spare = block;
	p->in_use--;
}

static struct page *page_at(const struct fl_stream_pool *p, uint32_t block) { return block_at(p, block); }

static struct fl_stream *state_at(struct page *g, unsigned number)
{
	return (struct fl_stream *)(void *)((unsigned char *)g + PAGE_HEAD) + (number - 1);
}

static void page_link(struct fl_stream_pool *p, uint32_t b)
{
	struct page *g = page_at(p, b);

	g->prev = 0;
	g->next = p->pages;
	if (g->next)
		page_at(p, g->next)->prev = b;
	p->pages = b;
}

static void page_unlink(struct fl_stream_pool *p, uint32_t b)
{
	struct page *g = page_at(p, b);

	if (g->prev)
		page_at(p, g->prev)->next = g->next;
	else
		p->pages = g->next;
	if (g->next)
		page_at(p, g->next)->prev = g->prev;
}

struct fl_stream *fl_state_new(struct fl_stream_pool *p)
{
	uint32_t b = p->pages;
	struct fl_stream *s;
	struct page *g;
	uint16_t i;

	if (!b) {
		b = fl_block_new(p);
		if (!b)
			return NULL;
		g = page_at(p, b);
		g->used = 0;
		g->free = 1;
		for (i = 1; i <= PAGE_STATES; i++) { /* a free state holds the number of the next one */
			uint16_t following = i < PAGE_STATES ? (uint16_t)(i + 1) : 0;

			memcpy(state_at(g, i), &following, sizeof following);
		}
		page_link(p, b);
	}
	g = page_at(p, b);
	s = state_at(g, g->free);
	memcpy(&g->free, s, sizeof g->free);
	g->used++;
	if (!g->free)
		page_unlink(p, b);
	*s = (struct fl_stream){.flow = NULL};
	return s;
}

void fl_state_free(struct fl_stream_pool *p, struct fl_stream *s)
{
	size_t at = (size_t)((unsigned char *)s - p->region);
	uint32_t b = (uint32_t)(at / FL_BLOCK_BYTES) + 1;
	struct page *g = page_at(p, b);
	bool was_full = !g->free;

	memcpy(s, &g->free, sizeof g->free);
	g->free = (uint16_t)((at % FL_BLOCK_BYTES - PAGE_HEAD) / sizeof *s + 1);
	g->used--;
	if (was_full)
		page_link(p, b);
	if (!g->used) {
		page_unlink(p, b);
		fl_block_free(p, b);
	}
}

void fl_stream_pool_check(const struct fl_stream_pool *pool)
{
	uint32_t b, prev = 0, n = 0;
	unsigned w;

	for (b = pool->spare; b; n++) {
		if (b > pool->blocks || n > pool->blocks)
			FL_BUG("stream pool: free list is torn");
		memcpy(&b, block_at(pool, b), sizeof b);
	}
	if (pool->fresh - 1 != n + pool->in_use || pool->in_use > pool->blocks)
		FL_BUG("stream pool: blocks do not add up");
	for (b = pool->pages; b; prev = b, b = page_at(pool, b)->next) {
		const struct page *g = page_at(pool, b);

		if (g->prev != prev || !g->free || !g->used || g->used >= PAGE_STATES)
			FL_BUG("stream pool: page list");
	}
	for (w = FL_WAIT_HOLE; w < FL_WAIT_COUNT; w++) {
		const struct fl_stream_dir *d, *before = NULL;

		for (d = pool->wait[w].head; d; before = d, d = d->wait_next) {
			if (d->wait != w || d->wait_prev != before || !(d->held || d->has_acked))
				FL_BUG("stream pool: a direction waits for nothing");
		}
		if (pool->wait[w].tail != before)
			FL_BUG("stream pool: wait list is torn");
	}
}
