/* arena.c - chained blocks, bump allocation. Each block is at least twice the size of the one before, up to 1 MiB,
 * so that a large policy costs few blocks and a small one little memory. */
#include "fenceline/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fl_arena_block {
	struct fl_arena_block *next; /* older */
	size_t size, off;
	alignas(max_align_t) unsigned char data[];
};

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

void fl_arena_init(struct fl_arena *a, size_t limit)
{
	*a = (struct fl_arena){.limit = limit};
}

void fl_arena_done(struct fl_arena *a)
{
	struct fl_arena_block *b, *next;

	if (!a)
		return;
	for (b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct fl_arena){.limit = a->limit};
}

void fl_arena_reset(struct fl_arena *a)
{
	struct fl_arena_block *b = a->head, *next;

	while (b && b->next) {
		next = b->next;
		free(b);
		b = next;
	}
	a->head = b;
	a->used = 0;
	if (b) {
		memset(b->data, 0, b->off);
		b->off = 0;
	}
}

static struct fl_arena_block *grow(struct fl_arena *a, size_t n)
{
	size_t size = a->head ? a->head->size * 2 : FIRST_BLOCK;
	struct fl_arena_block *b;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < n)
		size = n;
	b = calloc(1, sizeof *b + size);
	if (!b)
		return NULL;
	b->size = size;
	b->next = a->head;
	a->head = b;
	return b;
}

void *fl_arena_alloc(struct fl_arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	struct fl_arena_block *b = a->head;
	void *p;

	if (n > SIZE_MAX / 4)
		return NULL;
	n = (n + align - 1) & ~(align - 1);
	if (a->limit && n > a->limit - a->used)
		return NULL;
	if (!b || n > b->size - b->off) {
		b = grow(a, n);
		if (!b)
			return NULL;
	}
	p = b->data + b->off;
	b->off += n;
	a->used += n;
	return p;
}

char *fl_arena_strndup(struct fl_arena *a, const char *s, size_t n)
{
	char *p = fl_arena_alloc(a, n + 1);

	if (p)
		memcpy(p, s, n);
	return p;
}
