/* arena.h - memory that is freed as a whole: a policy, a per-packet scratch.
 *
 * Blocks are chained; alloc is a bump, aligned to max_align_t; nothing is freed alone. fl_arena_reset keeps
 * the first block. Not thread-safe: one owner. */
#ifndef FENCELINE_ARENA_H
#define FENCELINE_ARENA_H

#include <stddef.h>

#include "fenceline/compiler.h"

struct fl_arena {
	struct fl_arena_block *head;
	size_t used;  /* bytes handed out */
	size_t limit; /* 0 = none; beyond it alloc gives NULL */
};

void fl_arena_init(struct fl_arena *a, size_t limit);
void fl_arena_done(struct fl_arena *a);
void fl_arena_reset(struct fl_arena *a);
/* fl_arena_alloc - n zeroed bytes, or NULL (memory, limit). */
void *fl_arena_alloc(struct fl_arena *a, size_t n) FL_MUST_USE;
char *fl_arena_strndup(struct fl_arena *a, const char *s, size_t n) FL_MUST_USE;

#endif
