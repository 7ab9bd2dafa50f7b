/* fragments.c - the datagrams that wait for the rest of their fragments.
 *
 *     buckets -> slot -> slot          by context, addresses, id (and protocol in IPv4: RFC 791 2.3, RFC 8200 4.5)
 *     oldest -> slot -> ... -> newest  by the arrival of the first fragment, which is what the timer counts from
 *
 *                    fragment                     whole
 *     (none) ------------------> collecting --------------------> decoded, slot free
 *                                 |  |   \
 *       overlap in IPv6, too many |  |    cut by the snap length: counts on, holds no bytes
 *       holes, too long           v  |
 *                               dead |  FL_FRAGMENT_NS, end, or room is needed
 *                    (turns all away)|------------------------> on_incomplete, slot free
 *
 * Memory: slots are allocated once; data and headers come from malloc, one growing buffer for each datagram, their
 * sizes counted against opts.bytes. Where room is needed the oldest gives way: who floods us with first fragments
 * pushes out his own.
 *
 * What contradicts its datagram (another end, data beyond the end) is turned away in IPv4, as any spoofed packet may
 * be; in IPv6 the datagram is discarded, as its receivers do. A dead slot stays until its time is over, else the next
 * fragment would begin the datagram anew and it would be counted as another.
 *
 * The hash is multilinear with random keys (Dietzfelbinger 1996): whoever does not know them cannot make datagrams
 * collide. No output depends on it. */
#include "decode/fragments.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "decode/datagram.h"
#include "decode/layers.h"

enum { DATA_CAP_MIN = 2048 /* most fragments are the tail of one frame */, KEY_WORDS = 13, NONE = -1 };

struct key {
	uint64_t context;
	struct fl_addr src, dst;
	uint32_t id;
	uint8_t proto; /* IPv4 only */
};

struct slot {
	struct key key;
	int32_t next_in_bucket;  /* also the free list */
	int32_t older, newer;
	int64_t since_ns;        /* mono_ns of the first fragment */
	bool dead, dead_for_memory, cut;
	struct fl_packet packet; /* what on_incomplete gets; frames 0: nothing to report */
	struct fl_frame frame;   /* of the newest fragment, without data */
	struct fl_datagram d;
};

struct fl_fragments {
	struct fl_fragments_opts opts;
	struct fl_fragments_stats stats;
	struct slot *slot;
	int32_t *bucket;
	uint32_t mask;
	int32_t free, oldest, newest;
	size_t held;                  /* bytes in data and heads of all slots */
	uint64_t secret[KEY_WORDS + 1];
	uint8_t whole[FL_DATAGRAM_BUILT_MAX];
};

struct fl_fragments *fl_fragments_new(const struct fl_fragments_opts *o)
{
	struct fl_fragments *f = calloc(1, sizeof *f);
	uint32_t i, buckets = 1;

	if (!f)
		return NULL;
	f->opts = *o;
	if (!f->opts.bytes)
		f->opts.bytes = FL_FRAGMENT_BYTES;
	if (!f->opts.datagrams)
		f->opts.datagrams = FL_FRAGMENT_DATAGRAMS;
	while (buckets < f->opts.datagrams)
		buckets *= 2;
	f->mask = buckets - 1;
	f->bucket = malloc(buckets * sizeof *f->bucket);
	f->slot = calloc(f->opts.datagrams, sizeof *f->slot);
	if (!f->bucket || !f->slot || getrandom(f->secret, sizeof f->secret, 0) != (ssize_t)sizeof f->secret) {
		fl_fragments_free(f);
		return NULL;
	}
	for (i = 0; i < buckets; i++)
		f->bucket[i] = NONE;
	for (i = 0; i < f->opts.datagrams; i++)
		f->slot[i].next_in_bucket = i + 1 < f->opts.datagrams ? (int32_t)i + 1 : NONE;
	f->oldest = f->newest = NONE;
	return f;
}

static void drop_bytes(struct fl_fragments *f, struct slot *s)
{
	f->held -= s->d.data_cap + s->d.head_len;
	free(s->d.data);
	free(s->d.head);
	s->d = (struct fl_datagram){0};
}

void fl_fragments_free(struct fl_fragments *f)
{
	uint32_t i;

	if (!f)
		return;
	for (i = 0; f->slot && i < f->opts.datagrams; i++)
		drop_bytes(f, &f->slot[i]);
	free(f->slot);
	free(f->bucket);
	free(f);
}

static uint32_t hash_key(const struct fl_fragments *f, const struct key *k)
{
	uint32_t word[KEY_WORDS], i;
	uint64_t h = f->secret[KEY_WORDS];

	memcpy(&word[0], &k->context, 8); /* host byte order: the hash never leaves the process */
	memcpy(&word[2], k->src.b, 16);
	memcpy(&word[6], k->dst.b, 16);
	word[10] = k->id;
	word[11] = k->proto;
	word[12] = k->src.kind;
	for (i = 0; i < KEY_WORDS; i++)
		h += f->secret[i] * word[i];
	return (uint32_t)(h >> 32);
}

static bool same_key(const struct key *a, const struct key *b)
{
	return a->context == b->context && a->id == b->id && a->proto == b->proto && !fl_addr_cmp(&a->src, &b->src) &&
	       !fl_addr_cmp(&a->dst, &b->dst);
}

static struct key key_of(const struct fl_packet *p, uint64_t context)
{
	return (struct key){.context = context, .src = p->src, .dst = p->dst, .id = p->frag_id,
			    .proto = p->src.kind == FL_ADDR_IPV4 ? p->frag_proto : 0};
}

static struct slot *find(struct fl_fragments *f, const struct key *k)
{
	int32_t i = f->bucket[hash_key(f, k) & f->mask];

	while (i != NONE && !same_key(&f->slot[i].key, k))
		i = f->slot[i].next_in_bucket;
	return i == NONE ? NULL : &f->slot[i];
}

/* Tells that the datagram will not be whole, and counts its frames. */
static void report(struct fl_fragments *f, struct slot *s, bool for_memory)
{
	struct fl_packet *p = &s->packet;

	if (!p->frames)
		return;
	*(for_memory ? &f->stats.unheld : &f->stats.incomplete) += p->frames;
	p->frame = &s->frame;
	if (f->opts.on_incomplete)
		f->opts.on_incomplete(f->opts.user, p, s->key.context);
	p->frames = 0;
}

static void unlink_slot(struct fl_fragments *f, struct slot *s)
{
	const int32_t at = (int32_t)(s - f->slot);
	int32_t *link = &f->bucket[hash_key(f, &s->key) & f->mask];

	while (*link != at)
		link = &f->slot[*link].next_in_bucket;
	*link = s->next_in_bucket;
	*(s->older == NONE ? &f->oldest : &f->slot[s->older].newer) = s->newer;
	*(s->newer == NONE ? &f->newest : &f->slot[s->newer].older) = s->older;
	drop_bytes(f, s);
	s->next_in_bucket = f->free;
	f->free = at;
}

static void remove_oldest(struct fl_fragments *f, bool for_memory)
{
	struct slot *s = &f->slot[f->oldest];

	report(f, s, for_memory);
	unlink_slot(f, s);
}

/* It will not be whole; what still comes of it counts alone. */
static void discard(struct fl_fragments *f, struct slot *s, bool for_memory)
{
	report(f, s, for_memory);
	drop_bytes(f, s);
	s->dead = true;
	s->dead_for_memory = for_memory;
}

/* The packet without what borrows from its frame. */
static void remember(struct slot *s, const struct fl_packet *p)
{
	struct fl_packet *q = &s->packet;

	memcpy(q, p, offsetof(struct fl_packet, tunnel) + p->tunnels * sizeof p->tunnel[0]);
	q->frames = 0;
	q->bytes = 0;
	q->ip = q->frag = NULL;
	q->ip_caplen = q->ip_len = q->frag_caplen = q->frag_len = q->frag_offset = 0;
}

static struct slot *add_slot(struct fl_fragments *f, const struct key *k, const struct fl_packet *p)
{
	struct slot *s;
	int32_t at, *bucket;

	if (f->free == NONE)
		remove_oldest(f, true);
	at = f->free;
	s = &f->slot[at];
	f->free = s->next_in_bucket;
	bucket = &f->bucket[hash_key(f, k) & f->mask];
	s->key = *k;
	s->next_in_bucket = *bucket;
	*bucket = at;
	s->older = f->newest;
	s->newer = NONE;
	*(f->newest == NONE ? &f->oldest : &f->slot[f->newest].newer) = at;
	f->newest = at;
	s->since_ns = p->frame->mono_ns;
	s->dead = s->dead_for_memory = s->cut = false;
	remember(s, p);
	return s;
}

/* Makes room for n more bytes; s keeps its own. */
static bool make_room(struct fl_fragments *f, const struct slot *s, size_t n)
{
	while (f->held + n > f->opts.bytes && &f->slot[f->oldest] != s)
		remove_oldest(f, true);
	return f->held + n <= f->opts.bytes;
}

static bool reserve_data(struct fl_fragments *f, struct slot *s, uint32_t end)
{
	uint32_t cap = s->d.data_cap ? s->d.data_cap : DATA_CAP_MIN;
	uint8_t *data;

	while (cap < end)
		cap *= 2;
	if (cap == s->d.data_cap)
		return true;
	if (!make_room(f, s, cap - s->d.data_cap))
		return false;
	data = realloc(s->d.data, cap);
	if (!data)
		return false;
	f->held += cap - s->d.data_cap;
	s->d.data = data;
	s->d.data_cap = cap;
	return true;
}

static bool take_head(struct fl_fragments *f, struct slot *s, const struct fl_packet *p)
{
	const uint32_t len = (uint32_t)(p->frag - p->ip);

	if (p->frag_offset || s->d.head)
		return true;
	if (!make_room(f, s, len))
		return false;
	s->d.head = malloc(len);
	if (!s->d.head)
		return false;
	memcpy(s->d.head, p->ip, len);
	s->d.head_len = len;
	f->held += len;
	s->packet.ip_proto = s->packet.frag_proto = p->frag_proto;
	s->packet.ttl = p->ttl;
	return true;
}

static void count_in(struct slot *s, const struct fl_packet *p)
{
	s->packet.frames += p->frames;
	s->packet.bytes += p->bytes;
	s->frame = *p->frame;
	s->frame.data = NULL;
	s->frame.caplen = s->frame.wirelen = 0;
}

static enum fl_fragments_result alone(struct fl_fragments *f, const struct fl_packet *p, bool for_memory)
{
	*(for_memory ? &f->stats.unheld : &f->stats.incomplete) += p->frames;
	return FL_FRAGMENT_ALONE;
}

static bool contradicts(const struct fl_datagram *d, const struct fl_packet *p, uint32_t end)
{
	if (p->more_fragments)
		return d->total && end > d->total;
	return (d->total && end != d->total) || fl_datagram_end(d) > end;
}

static enum fl_fragments_result join(struct fl_fragments *f, struct slot *s, struct fl_packet *p)
{
	const uint32_t len = fl_datagram_build(&s->d, f->whole);

	if (!len) {
		discard(f, s, false);
		return FL_FRAGMENT_HELD; /* it was counted in before */
	}
	p->frames = s->packet.frames;
	p->bytes = s->packet.bytes;
	unlink_slot(f, s);
	f->stats.joined++;
	fl_decode_datagram(p, f->whole, len);
	return FL_FRAGMENT_WHOLE;
}

/* The fragment's data are [p->frag_offset, end), all captured. */
static enum fl_fragments_result collect(struct fl_fragments *f, struct slot *s, struct fl_packet *p, uint32_t end)
{
	const bool v6 = p->src.kind == FL_ADDR_IPV6;
	enum fl_datagram_put put = FL_PUT_FULL;

	if (contradicts(&s->d, p, end)) {
		f->stats.conflicting += p->frames;
		if (v6)
			discard(f, s, false);
		return alone(f, p, false);
	}
	if (reserve_data(f, s, end) && take_head(f, s, p))
		put = fl_datagram_put(&s->d, p->frag_offset, end, p->frag);
	if (put == FL_PUT_FULL) {
		discard(f, s, true);
		return alone(f, p, true);
	}
	if (put == FL_PUT_CONFLICT || (v6 && put == FL_PUT_OVERLAP)) {
		f->stats.conflicting += p->frames;
		if (v6) {
			discard(f, s, false);
			return alone(f, p, false);
		}
	}
	if (!p->more_fragments)
		s->d.total = end;
	count_in(s, p);
	return fl_datagram_is_whole(&s->d) ? join(f, s, p) : FL_FRAGMENT_HELD;
}

static enum fl_fragments_result add(struct fl_fragments *f, struct fl_packet *p, uint64_t context)
{
	const struct key k = key_of(p, context);
	uint32_t len = p->frag_len;
	struct slot *s;

	if (p->more_fragments)
		len &= ~7u; /* of IPv4, as Linux does: the rest cannot be placed; of IPv6 decode has seen to it */
	if (!len || p->frag_offset + len > FL_DATAGRAM_MAX)
		return alone(f, p, false);
	s = find(f, &k);
	if (!s)
		s = add_slot(f, &k, p);
	if (s->dead)
		return alone(f, p, s->dead_for_memory);
	if (p->frag_caplen < len && !s->cut) {
		s->cut = true;
		drop_bytes(f, s);
	}
	if (s->cut) {
		count_in(s, p);
		return FL_FRAGMENT_HELD;
	}
	return collect(f, s, p, p->frag_offset + len);
}

enum fl_fragments_result fl_fragments_add(struct fl_fragments *f, struct fl_packet *p, uint64_t context)
{
	enum fl_fragments_result result;
	unsigned depth;

	if (p->outcome != FL_DECODE_FRAGMENT)
		FL_BUG("not a fragment");
	fl_fragments_advance(f, p->frame->mono_ns);
	for (depth = 0; depth < FL_FRAGMENT_DEPTH; depth++) {
		result = add(f, p, context);
		if (result != FL_FRAGMENT_WHOLE || p->outcome != FL_DECODE_FRAGMENT)
			return result;
		if (f->opts.context_of)
			context = f->opts.context_of(f->opts.user, p);
	}
	return alone(f, p, true);
}

void fl_fragments_advance(struct fl_fragments *f, int64_t mono_ns)
{
	while (f->oldest != NONE && mono_ns - f->slot[f->oldest].since_ns >= FL_FRAGMENT_NS)
		remove_oldest(f, false);
}

void fl_fragments_end(struct fl_fragments *f)
{
	while (f->oldest != NONE)
		remove_oldest(f, false);
}

void fl_fragments_stats(const struct fl_fragments *f, struct fl_fragments_stats *out)
{
	*out = f->stats;
}

void fl_fragments_check(const struct fl_fragments *f)
{
	const struct slot *s;
	uint32_t used = 0, unused = 0;
	size_t held = 0;
	int32_t i;
	unsigned r;

	for (i = f->oldest; i != NONE; i = s->newer, used++) {
		s = &f->slot[i];
		held += s->d.data_cap + s->d.head_len;
		assert(s->newer == NONE ? f->newest == i : f->slot[s->newer].older == i);
		assert(s->newer == NONE || s->since_ns <= f->slot[s->newer].since_ns);
		assert(!(s->dead || s->cut) || (!s->d.data && !s->d.head && !s->d.runs));
		assert(s->d.runs <= FL_FRAGMENT_PIECES && fl_datagram_end(&s->d) <= s->d.data_cap);
		assert(!s->d.total || fl_datagram_end(&s->d) <= s->d.total);
		for (r = 0; r < s->d.runs; r++) {
			assert(s->d.run[r].from < s->d.run[r].to);
			assert(!r || s->d.run[r - 1].to < s->d.run[r].from);
		}
	}
	for (i = f->free; i != NONE; i = f->slot[i].next_in_bucket)
		unused++;
	assert(used + unused == f->opts.datagrams);
	assert(held == f->held && held <= f->opts.bytes);
}
