/* stream.c - TCP bytes in order, or a gap that says how many are missing.
 *
 * When does a hole become a gap? A bystander must not give up before the receiver would (then bytes that come late and
 * are acted on go unseen), nor wait when the bytes never will come (then an alert hangs behind them). So:
 *   - acknowledged beyond the hole: the receiver has the bytes, the capture lost them. Not at once: a mirror port often
 *     gives the acknowledgement before the data, so the packet after it gets its chance, and REORDER_NS;
 *   - FL_STREAM_OOO_NS old: in a capture of one side nobody ever acknowledges;
 *   - acknowledged just up to the hole since it was noticed: the receiver waits for these very bytes. The network lost
 *     them; the sender will repeat them. FL_STREAM_ASKED_NS. (With two seconds here, a client could hide a request
 *     by sending its tail, waiting, then sending its head.)
 *   - more early bytes or pieces than we hold, or no memory.
 * Nothing else moves `next` forward: no RST, no SYN, no FIN, no acknowledgement alone. So a forged one shifts nothing.
 * Where bytes at the end are acknowledged but never seen, they are given up after FL_STREAM_OOO_NS so that nobody calls
 * the answer in them missing; but if they come after all (`back`: the acknowledgement was forged, or the capture very
 * late) they are handed on. They stay counted as lost, which errs on the safe side.
 *
 * A segment more than FL_STREAM_WINDOW_BYTES away from `next` fits no window a plant device has open. Alone it is stray
 * or forged and is ignored. Two that follow on one another, with the other side acknowledging there too (where
 * the other side is seen at all), mean that the capture missed a great deal: the stream starts again with the second,
 * and the first is part of the gap. An exact duplicate does not follow on itself, so a doubled stray frame of a mirror
 * port proves nothing.
 *
 * Invariants: fl_stream_check. Memory: the pool's. Thread: the pool's owner. Spec: RFC 9293 3.4, 3.10; RFC 5961. */
#include "flow/stream.h"

#include "flow/stream_order.h"
#include "flow/stream_past.h"

#define REORDER_NS (10 * INT64_C(1000000)) /* mirror queues of a switch drain within a few milliseconds */
#define FOLLOWS_BYTES 65536u /* one unscaled window: the second of the two may be lost in part */
#define RECLAIM_TRIES 64u    /* holes without bytes stand in the lists too; a packet must not walk them all */

/* Marks flows for which there was no memory; the number says whose gap has been reported (bit per direction). Only
 * the addresses are used, so that all workers may share it. */
static char unfollowed[4];

/* ---- holes and jumps ---- */

static void close_due(struct fl_stream_pool *pool, struct fl_stream_dir *d, int64_t now_ns)
{
	while (fl_stream_is_due(d, now_ns))
		fl_stream_close_hole(pool, d);
}

/* Holes that the other side has acknowledged with all that is held behind them. */
static void close_acked(struct fl_stream_pool *pool, struct fl_stream_dir *d, int64_t now_ns)
{
	while (d->held && d->has_acked && fl_seq_diff(d->acked, fl_stream_first(pool, d)->seq) >= 0 &&
	       fl_age(now_ns, d->acked_ns) >= (uint64_t)REORDER_NS)
		fl_stream_close_hole(pool, d);
}

/* A segment far from next. True if the stream starts again with it. */
static bool restart(struct fl_stream_pool *pool, struct fl_stream_dir *d, const struct fl_segment *s)
{
	const struct fl_stream_dir *other = &fl_stream_of(d)->dir[!d->which];
	bool follows = d->has_far && s->seq - d->far_end < FOLLOWS_BYTES;
	bool there = d->has_last_ack && fl_seq_is_near(fl_seq_diff(d->last_ack, s->seq), FL_STREAM_WINDOW_BYTES);
	uint32_t jump;

	d->has_far = true;
	d->far_end = s->seq + s->n + s->cut;
	if (!follows || (other->started && !there))
		return false;
	d->has_acked = false; /* was about the place we leave */
	while (d->held)
		fl_stream_close_hole(pool, d);
	fl_stream_wait(pool, d, FL_WAIT_NONE, 0);
	jump = s->seq - d->next;
	fl_stream_give_gap(pool, fl_stream_of(d)->flow, d->which, jump <= FL_STREAM_EXACT_BYTES ? jump : UINT64_MAX);
	d->next = s->seq;
	d->back = 0;
	d->has_fin = d->has_far = false;
	fl_past_forget(pool, d);
	return true;
}

/* ---- packets ---- */

/* What the other side's acknowledgement says of d's bytes. */
static void take_ack(struct fl_stream_pool *pool, struct fl_stream_dir *d, uint32_t ack)
{
	int64_t now = fl_stream_of(d)->now_ns;
	int32_t off;

	d->last_ack = ack;
	d->has_last_ack = true;
	if (!d->started)
		return;
	if (d->has_fin && ack == d->fin + 1)
		ack = d->fin; /* a FIN takes a number, but is no byte */
	off = fl_seq_diff(ack, d->next);
	if (off < 0 || off > FL_STREAM_EXACT_BYTES || (d->weak && off == 1))
		return; /* weak: a keep-alive stands one before the next byte */
	if (off == 0) {
		if (d->wait == FL_WAIT_HOLE && d->held)
			fl_stream_wait(pool, d, FL_WAIT_ASKED, now);
		return;
	}
	if (!d->has_acked) {
		d->has_acked = true;
		d->acked = ack;
		d->acked_ns = now;
	} else if (fl_seq_diff(ack, d->acked) > 0) {
		d->acked = ack;
	}
	if (d->wait != FL_WAIT_HOLE)
		fl_stream_wait(pool, d, FL_WAIT_HOLE, now);
}

static void take_fin(struct fl_stream_pool *pool, struct fl_stream_dir *d, uint32_t fin)
{
	d->fin = fin;
	d->has_fin = true;
	if (!d->has_acked || d->acked != fin + 1)
		return;
	/* The acknowledgement of the FIN was captured before the FIN. */
	d->acked = fin;
	fl_stream_set_next(d, d->next);
	if (!fl_stream_has_hole(d))
		fl_stream_wait(pool, d, FL_WAIT_NONE, 0);
}

/* Where d's stream begins, if that is not known. False: a SYN that belongs to another connection. */
static bool begin(struct fl_stream_dir *d, uint32_t seq, bool syn, bool has_data)
{
	if (syn && (!d->started || (d->weak && !fl_stream_has_hole(d)))) {
		d->next = seq + 1;
		d->started = true;
		d->weak = false;
	} else if (!d->started) {
		d->next = seq;
		d->started = true;
		d->weak = !has_data;
	} else if (d->weak && has_data && seq == d->next + 1 && !d->held) {
		d->next = seq; /* what we began with was a keep-alive, one before the next byte (RFC 9293 3.8.4) */
		d->weak = false;
	}
	return !syn || seq + 1 == d->next;
}

static void reclaim(struct fl_stream_pool *pool)
{
	struct fl_stream_dir *d = pool->wait[FL_WAIT_ASKED].head;

	if (!d)
		d = pool->wait[FL_WAIT_HOLE].head;
	if (d)
		fl_stream_close_hole(pool, d);
}

/* The state of a flow not seen before. Holes of other flows, the longest waiting first, give way to it: else a few
 * flows full of holes could keep every new one from being read. */
static struct fl_stream *new_state(struct fl_stream_pool *pool, struct fl_flow *f)
{
	struct fl_stream *s = fl_state_new(pool);
	unsigned i;

	for (i = 0; !s && i < RECLAIM_TRIES; i++) {
		reclaim(pool);
		s = fl_state_new(pool);
	}
	if (!s) {
		pool->stats.pool_full++;
		f->stream = &unfollowed[0];
		return NULL;
	}
	s->flow = f;
	s->dir[1].which = 1;
	s->now_ns = INT64_MIN;
	f->stream = s;
	return s;
}

/* Bit set of the directions whose gap was reported, or -1 for a flow that is followed. */
static int unfollowed_bits(const struct fl_flow *f)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (f->stream == &unfollowed[i])
			return i;
	}
	return -1;
}

bool fl_stream_is_followed(const struct fl_flow *f) { return unfollowed_bits(f) < 0; }

static void not_followed(struct fl_stream_pool *pool, struct fl_flow *f, uint8_t sender, const struct fl_packet *p)
{
	int bits = unfollowed_bits(f), mine = 1 << sender;

	if (!p->payload_len || bits & mine)
		return;
	f->stream = &unfollowed[bits | mine];
	fl_stream_give_gap(pool, f, sender, UINT64_MAX);
}

void fl_stream_packet(struct fl_stream_pool *pool, struct fl_flow *f, uint8_t sender, const struct fl_packet *p)
{
	bool syn = p->tcp_flags & FL_TCP_SYN, has_ack = p->tcp_flags & FL_TCP_ACK;
	struct fl_segment s = {.p = p->payload, .seq = p->tcp_seq + syn, .n = p->payload_caplen,
			    .cut = p->payload_len - p->payload_caplen, .ts_ns = p->frame->ts_ns,
			    .frame = p->frame->number};
	struct fl_stream_dir *d, *other;
	struct fl_stream *st = f->stream;
	int32_t off;

	if (p->tcp_flags & FL_TCP_RST)
		return; /* its payload, if any, is a note and no stream byte (RFC 9293 3.5.3); the flow table judges it */
	if (!st)
		st = new_state(pool, f);
	if (!fl_stream_is_followed(f)) {
		not_followed(pool, f, sender, p);
		return;
	}
	d = &st->dir[sender];
	other = &st->dir[!sender];
	if (p->frame->mono_ns > st->now_ns)
		st->now_ns = p->frame->mono_ns;
	close_due(pool, d, st->now_ns);
	close_due(pool, other, st->now_ns);
	if (!begin(d, p->tcp_seq, syn, p->payload_len > 0))
		return;
	if (syn && has_ack && !other->started)
		begin(other, p->tcp_ack - 1, true, false);

	off = fl_seq_diff(s.seq, d->next);
	if (has_ack && fl_seq_is_near(off, FL_STREAM_WINDOW_BYTES)) {
		take_ack(pool, other, p->tcp_ack);
		close_acked(pool, other, st->now_ns);
	} else if (has_ack) {
		other->last_ack = p->tcp_ack;
		other->has_last_ack = true;
	}
	if (!fl_seq_is_near(off, FL_STREAM_WINDOW_BYTES)) {
		if (!p->payload_len || !restart(pool, d, &s))
			return;
	} else if (p->payload_len) {
		d->has_far = false;
	}
	if (p->payload_len)
		fl_stream_place(pool, d, &s);
	if (p->tcp_flags & FL_TCP_FIN)
		take_fin(pool, d, p->tcp_seq + syn + p->payload_len);
	close_acked(pool, d, st->now_ns);
}

void fl_stream_advance(struct fl_stream_pool *pool, int64_t mono_ns)
{
	unsigned w;

	for (w = FL_WAIT_HOLE; w < FL_WAIT_COUNT; w++) {
		while (pool->wait[w].head && fl_stream_is_due(pool->wait[w].head, mono_ns))
			fl_stream_close_hole(pool, pool->wait[w].head);
	}
}

/* Bytes at the end that were sent (a FIN behind them) or received (acknowledged), but never captured. */
static void give_tail(struct fl_stream_pool *pool, struct fl_stream_dir *d)
{
	uint32_t end = d->has_acked ? d->acked : d->next;
	int32_t n;

	if (d->has_fin && fl_seq_diff(d->fin, end) > 0)
		end = d->fin;
	n = fl_seq_diff(end, d->next);
	if (d->started && n > 0 && n <= FL_STREAM_EXACT_BYTES)
		fl_stream_skip(pool, d, (uint32_t)n);
	fl_stream_wait(pool, d, FL_WAIT_NONE, 0);
}

void fl_stream_end(struct fl_stream_pool *pool, struct fl_flow *f)
{
	struct fl_stream *st = f->stream;
	struct fl_piece *a, *b;

	if (st && fl_stream_is_followed(f)) {
		for (;;) { /* both directions in the order in which they were captured */
			a = fl_stream_first(pool, &st->dir[0]);
			b = fl_stream_first(pool, &st->dir[1]);
			if (!a && !b)
				break;
			fl_stream_close_hole(pool, &st->dir[!a || (b && b->frame < a->frame)]);
		}
		give_tail(pool, &st->dir[0]);
		give_tail(pool, &st->dir[1]);
		fl_past_forget(pool, &st->dir[0]);
		fl_past_forget(pool, &st->dir[1]);
		fl_state_free(pool, st);
	}
	f->stream = NULL;
}

void fl_stream_check(const struct fl_stream_pool *pool, const struct fl_flow *f)
{
	const struct fl_stream *st = f->stream;
	unsigned i, segs, bytes;
	uint32_t at, end;

	if (!st || !fl_stream_is_followed(f))
		return;
	for (i = 0; i < 2; i++) {
		const struct fl_stream_dir *d = &st->dir[i];

		end = d->next;
		for (at = d->held, segs = bytes = 0; at; at = fl_block_piece(pool, at)->next) {
			const struct fl_piece *q = fl_block_piece(pool, at);

			if (fl_seq_diff(q->seq, end) < (segs == 0) || !q->len || q->len > FL_PIECE_BYTES)
				FL_BUG("stream: held pieces overlap, or the first is no longer early");
			end = q->seq + q->len;
			bytes += q->len;
			segs++;
		}
		if (segs != d->held_segs || bytes != d->held_bytes || segs > FL_STREAM_OOO_SEGS ||
		    bytes > FL_STREAM_OOO_BYTES)
			FL_BUG("stream: held bytes do not add up, or are too many");
		if (fl_stream_has_hole(d) != (d->wait != FL_WAIT_NONE) || (d->held && !d->started))
			FL_BUG("stream: a hole that does not wait, or the reverse");
		if (d->has_acked && fl_seq_diff(d->acked, d->next) <= 0)
			FL_BUG("stream: an acknowledgement that says nothing");
		if (d->which != i || st->flow != f)
			FL_BUG("stream: state of another flow");
	}
}
