/* stream_past.c - see stream_past.h.
 *
 *            hash      hash           hash
 *   ...|  segment  | segment |...| segment     |     the last FL_PAST_SEGMENTS, as they were handed on
 *                                      |  tail |     the last FL_PAST_BYTES of them
 *                                              ^end
 *
 * A repeat covers some of these segments in full: then its bytes there must have their hash. It may reach into the tail: then
 * they must be those bytes. What it covers in part before the tail nobody can say, and it is not held against it.
 *
 * Only who has spoken lately is repeated soon, so the memory is a table apart from the streams, one place for each direction
 * by the flow's serial number: flows that follow on one another never meet, and a quiet flow costs nothing. Where two
 * do meet the one that speaks displaces the other. The hash has a secret: else a repeat could be made to have it. */
#include "flow/stream_past.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "fenceline/err.h"

int fl_past_new(struct fl_stream_pool *pool)
{
	uint32_t n = 2;

	while (n < FL_STREAM_PAST && n < pool->blocks)
		n *= 2;
	pool->past_mask = n - 1;
	pool->past = calloc(n, sizeof *pool->past);
	if (!pool->past)
		return FL_ENOMEM;
	if (getrandom(pool->past_secret, sizeof pool->past_secret, 0) != (ssize_t)sizeof pool->past_secret)
		return fl_err_from_errno(errno);
	return FL_OK;
}

static struct fl_past *place_of(const struct fl_stream_pool *pool, const struct fl_flow *f, uint8_t which)
{
	return &pool->past[(f->id * 2 + which) & pool->past_mask];
}

/* NULL: nothing of this direction is remembered. */
static struct fl_past *past_of(const struct fl_stream_pool *pool, const struct fl_stream_dir *d)
{
	const struct fl_flow *f = fl_stream_of_const(d)->flow;
	struct fl_past *a = place_of(pool, f, d->which);

	return a->flow == f && a->id == f->id && a->which == d->which ? a : NULL;
}

static uint32_t hash(const struct fl_stream_pool *pool, const uint8_t *p, uint32_t n)
{
	return (uint32_t)XXH3_64bits_withSecret(p, n, pool->past_secret, sizeof pool->past_secret);
}

static void keep_tail(struct fl_past *a, const uint8_t *p, uint32_t n)
{
	uint32_t keep;

	if (n >= FL_PAST_BYTES) {
		memcpy(a->tail, p + n - FL_PAST_BYTES, FL_PAST_BYTES);
		a->kept = FL_PAST_BYTES;
		return;
	}
	keep = a->kept < FL_PAST_BYTES - n ? a->kept : FL_PAST_BYTES - n;
	memmove(a->tail, a->tail + a->kept - keep, keep);
	memcpy(a->tail + keep, p, n);
	a->kept = (uint8_t)(keep + n);
}

void fl_past_add(struct fl_stream_pool *pool, const struct fl_stream_dir *d, const uint8_t *p, uint32_t n)
{
	struct fl_past *a = past_of(pool, d);

	if (!a) {
		const struct fl_flow *f = fl_stream_of_const(d)->flow;

		a = place_of(pool, f, d->which);
		*a = (struct fl_past){.flow = f, .id = f->id, .which = d->which};
	}
	if (a->end != d->next)
		a->kept = 0; /* a gap lies between */
	keep_tail(a, p, n);
	a->end = d->next + n;
	a->seq[a->next] = d->next;
	a->len[a->next] = n;
	a->hash[a->next] = hash(pool, p, n);
	a->next = (a->next + 1) % FL_PAST_SEGMENTS;
	a->n += a->n < FL_PAST_SEGMENTS;
}

static bool segments_differ(const struct fl_stream_pool *pool, const struct fl_past *a, const struct fl_segment *s, uint32_t old)
{
	unsigned i;

	for (i = 0; i < a->n; i++) {
		uint32_t from = a->seq[i] - s->seq;

		if (from <= old && a->len[i] <= old - from && hash(pool, s->p + from, a->len[i]) != a->hash[i])
			return true;
	}
	return false;
}

static bool tail_differs(const struct fl_past *a, const struct fl_segment *s, uint32_t old)
{
	const int32_t tail_at = fl_seq_diff(a->end - a->kept, s->seq); /* where the tail begins in s; may lie before it */
	const int32_t from = tail_at > 0 ? tail_at : 0;
	int32_t to = fl_seq_diff(a->end, s->seq);

	if (to > (int32_t)old)
		to = (int32_t)old;
	return from < to && memcmp(s->p + from, a->tail + (from - tail_at), (size_t)(to - from)) != 0;
}

bool fl_past_differs(const struct fl_stream_pool *pool, const struct fl_stream_dir *d, const struct fl_segment *s)
{
	const struct fl_past *a = past_of(pool, d);
	const int32_t before = fl_seq_diff(d->next, s->seq);
	uint32_t old;

	if (!a || before <= 0 || !s->n)
		return false;
	old = s->n < (uint32_t)before ? s->n : (uint32_t)before;
	if (before == 1 && s->n == 1 && !s->cut)
		return false; /* a keep-alive: its byte may be anything (RFC 9293 3.8.4) */
	return segments_differ(pool, a, s, old) || tail_differs(a, s, old);
}

void fl_past_forget(struct fl_stream_pool *pool, const struct fl_stream_dir *d)
{
	struct fl_past *a = past_of(pool, d);

	if (a)
		a->flow = NULL;
}
