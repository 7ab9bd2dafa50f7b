/* stream_order.c - one direction's bytes, in order.
 *
 *      handed on          hole            held (early) pieces, sorted, never overlapping
 *   ...============|. . . . . . . . .|======|. . . .|=====|
 *                  ^next                                            ^acked: the other side has all before it
 *
 * In-order bytes go out from the packet itself; only what is early is copied, once, into pool blocks. A segment walks
 * at most FL_STREAM_OOO_SEGS pieces and each closing of a hole frees one, so the work is linear in the packet for
 * any overlap an opponent can think of. Of bytes sent twice the first seen count, as they may have been handed on by
 * the time the others come; where they are known to differ, that is counted, also when the first have been handed on
 * (stream_past.c).
 *
 * Invariants: fl_stream_check. Memory: the pool's. Thread: the pool's owner. Spec: RFC 9293 3.4, 3.10.7.4. */
#include "flow/stream_order.h"

#include <string.h>

#include "flow/stream_past.h"

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* ---- waiting ---- */

void fl_stream_wait(struct fl_stream_pool *pool, struct fl_stream_dir *d, enum fl_wait why, int64_t since_ns)
{
	struct fl_wait_list *l = &pool->wait[d->wait];

	if (d->wait) {
		if (d->wait_prev)
			d->wait_prev->wait_next = d->wait_next;
		else
			l->head = d->wait_next;
		if (d->wait_next)
			d->wait_next->wait_prev = d->wait_prev;
		else
			l->tail = d->wait_prev;
	}
	d->wait = (uint8_t)why;
	d->since_ns = since_ns;
	if (!why)
		return;
	l = &pool->wait[why];
	d->wait_next = NULL;
	d->wait_prev = l->tail;
	if (l->tail)
		l->tail->wait_next = d;
	else
		l->head = d;
	l->tail = d;
}

bool fl_stream_is_due(const struct fl_stream_dir *d, int64_t now_ns)
{
	return d->wait && fl_age(now_ns, d->since_ns) >=
		(uint64_t)(d->wait == FL_WAIT_ASKED ? FL_STREAM_ASKED_NS : FL_STREAM_OOO_NS);
}

/* ---- handing on ---- */

void fl_stream_set_next(struct fl_stream_dir *d, uint32_t next)
{
	d->next = next;
	if (d->has_acked && fl_seq_diff(d->acked, next) <= 0)
		d->has_acked = false;
}

static void give_data(struct fl_stream_pool *pool, struct fl_stream_dir *d, const uint8_t *p, uint32_t n, bool is_cut,
		      int64_t ts_ns, uint64_t frame)
{
	fl_past_add(pool, d, p, n);
	pool->ops.data(pool->ops.user, fl_stream_of(d)->flow, d->which, p, n, is_cut ? FL_CUT_END : FL_OPEN, ts_ns, frame);
	d->back = 0;
	d->weak = false;
	fl_stream_set_next(d, d->next + n);
}

void fl_stream_give_gap(struct fl_stream_pool *pool, struct fl_flow *f, uint8_t sender, uint64_t n)
{
	f->gaps[sender]++;
	pool->stats.gaps++;
	if (n != UINT64_MAX) {
		f->gap_bytes[sender] += n;
		pool->stats.gap_bytes += n;
	}
	pool->ops.gap(pool->ops.user, f, sender, n);
}

void fl_stream_skip(struct fl_stream_pool *pool, struct fl_stream_dir *d, uint32_t n)
{
	if (!n)
		return;
	fl_stream_give_gap(pool, fl_stream_of(d)->flow, d->which, n);
	fl_stream_set_next(d, d->next + n);
}

/* The first piece, which stands at next. covered: the caller has the bytes after it, so its cut tail is no loss. */
static void give_piece(struct fl_stream_pool *pool, struct fl_stream_dir *d, bool covered)
{
	struct fl_piece *q = fl_stream_first(pool, d), *following;
	uint32_t block = d->held, cut = covered ? 0 : q->cut;

	following = q->next ? fl_block_piece(pool, q->next) : NULL;
	if (following)
		cut = least(cut, following->seq - (q->seq + q->len));
	d->held = q->next;
	d->held_bytes -= q->len;
	d->held_segs--;
	give_data(pool, d, fl_piece_bytes(q), q->len, cut > 0, q->ts_ns, q->frame);
	fl_block_free(pool, block);
	fl_stream_skip(pool, d, cut);
}

static void give_held(struct fl_stream_pool *pool, struct fl_stream_dir *d)
{
	while (d->held && fl_stream_first(pool, d)->seq == d->next)
		give_piece(pool, d, false);
}

/* The hole at next becomes a gap. What waits behind a further hole has waited since it came. */
void fl_stream_close_hole(struct fl_stream_pool *pool, struct fl_stream_dir *d)
{
	if (d->held) {
		fl_stream_skip(pool, d, fl_stream_first(pool, d)->seq - d->next);
		give_held(pool, d);
	} else {
		uint32_t n = d->acked - d->next;

		fl_stream_skip(pool, d, n);
		d->back = n;
	}
	if (d->held)
		fl_stream_wait(pool, d, FL_WAIT_HOLE, fl_stream_first(pool, d)->held_ns);
	else if (d->has_acked)
		fl_stream_wait(pool, d, FL_WAIT_HOLE, d->acked_ns);
	else
		fl_stream_wait(pool, d, FL_WAIT_NONE, 0);
}

/* ---- segments ---- */

static void eat(struct fl_segment *s, uint32_t n)
{
	if (n)
		s->p += n; /* p may be NULL when nothing was captured */
	s->seq += n;
	s->n -= n;
}

/* A segment that begins at next: its bytes, interleaved with what is held (which was seen first, and counts). */
static void in_order(struct fl_stream_pool *pool, struct fl_stream_dir *d, struct fl_segment *s)
{
	uint32_t cut_end = s->seq + s->n + s->cut;
	int32_t cut;

	while (s->n) {
		struct fl_piece *q = fl_stream_first(pool, d);
		uint32_t n = q ? least(s->n, q->seq - d->next) : s->n;

		if (n) {
			const uint8_t *p = s->p;

			eat(s, n);
			give_data(pool, d, p, n, !s->n && s->cut && !(q && q->seq == d->next + n), s->ts_ns, s->frame);
			continue;
		}
		n = least(s->n, q->len);
		s->conflict |= memcmp(s->p, fl_piece_bytes(q), n) != 0;
		eat(s, n);
		give_piece(pool, d, s->n > 0);
	}
	give_held(pool, d);
	while (s->cut && (cut = fl_seq_diff(cut_end, d->next)) > 0) { /* held pieces may know parts of what was cut off */
		fl_stream_skip(pool, d, d->held ? least((uint32_t)cut, fl_stream_first(pool, d)->seq - d->next) : (uint32_t)cut);
		give_held(pool, d);
	}
	/* It moves: what is still missing is being filled in, and waits anew. */
	if (fl_stream_has_hole(d))
		fl_stream_wait(pool, d, FL_WAIT_HOLE, fl_stream_of(d)->now_ns);
	else
		fl_stream_wait(pool, d, FL_WAIT_NONE, 0);
}

/* Keep an early segment's bytes, as far as nobody sent them before. False: no room; some of it may be held. */
static bool hold(struct fl_stream_pool *pool, struct fl_stream_dir *d, struct fl_segment s, bool *conflict)
{
	uint32_t *at = &d->held;

	while (s.n) {
		struct fl_piece *q = *at ? fl_block_piece(pool, *at) : NULL;
		uint32_t n, block;

		if (q && fl_seq_diff(q->seq + q->len, s.seq) <= 0) {
			at = &q->next;
			continue;
		}
		if (q && fl_seq_diff(q->seq, s.seq) <= 0) {
			uint32_t from = s.seq - q->seq;

			n = least(s.n, q->len - from);
			*conflict |= memcmp(fl_piece_bytes(q) + from, s.p, n) != 0;
			eat(&s, n);
			continue;
		}
		n = least(q ? least(s.n, q->seq - s.seq) : s.n, FL_PIECE_BYTES);
		if (d->held_segs >= FL_STREAM_OOO_SEGS || d->held_bytes + n > FL_STREAM_OOO_BYTES)
			return false;
		block = fl_block_new(pool);
		if (!block) {
			pool->stats.pool_full++;
			return false;
		}
		q = fl_block_piece(pool, block);
		*q = (struct fl_piece){.next = *at, .seq = s.seq, .len = n, .cut = n == s.n ? s.cut : 0,
				       .ts_ns = s.ts_ns, .held_ns = fl_stream_of(d)->now_ns, .frame = s.frame};
		memcpy(fl_piece_bytes(q), s.p, n);
		*at = block;
		at = &q->next;
		d->held_bytes += n;
		d->held_segs++;
		eat(&s, n);
	}
	return true;
}

/* Cut off what was handed on before. False: nothing new is left. */
static bool trim(struct fl_stream_dir *d, struct fl_segment *s)
{
	uint32_t old = d->next - s->seq, back;

	if (fl_seq_diff(s->seq, d->next) >= 0)
		return true;
	if (d->back) {
		back = least(d->back, old);
		if (old - back >= s->n + s->cut)
			return false;
		d->next -= back; /* bytes given up, with nothing handed on behind them, have come after all */
		d->back = 0;
		old -= back;
	}
	if (old >= s->n + s->cut)
		return false;
	if (old > s->n) {
		s->cut -= old - s->n;
		s->seq += old - s->n;
		old = s->n;
	}
	eat(s, old);
	return true;
}

void fl_stream_place(struct fl_stream_pool *pool, struct fl_stream_dir *d, struct fl_segment *s)
{
	bool held = false;

	s->conflict = fl_past_differs(pool, d, s);
	while (!held && trim(d, s)) {
		if (s->seq == d->next) {
			in_order(pool, d, s);
			break;
		}
		if (!s->n)
			break; /* early, and not a byte of it captured: it is part of the hole */
		held = hold(pool, d, *s, &s->conflict);
		if (held) {
			if (!d->wait)
				fl_stream_wait(pool, d, FL_WAIT_HOLE, fl_stream_of(d)->now_ns);
		} else if (d->held) {
			fl_stream_close_hole(pool, d);
		} else {
			fl_stream_skip(pool, d, s->seq - d->next); /* no memory for even one piece */
		}
	}
	pool->stats.overlap_conflicts += s->conflict;
	fl_stream_of(d)->flow->conflicts += s->conflict;
}
