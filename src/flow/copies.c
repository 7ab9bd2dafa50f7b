/* copies.c - see copies.h.
 *
 *     ring:    | original | original | ... |     in order of coming, FL_COPIES_SLOTS; the next one takes the oldest's place
 *     buckets: hash -> newest original with it -> older -> ...
 *     original: the ways in which it was seen so far, each a sighting: TTL, MACs, tags, and how often it was seen so
 *
 * Which original a frame is a copy of: the oldest of the newest CANDIDATES that still lacks it. Equal frames A B come as
 * A B A' B' or as A A' B B'; either way each finds its own. As the ring and
 * every chain are in order of coming, a look-up ends at the first that is too old; nothing that can be seen from outside
 * depends on the hash. So a flood of equal frames costs CANDIDATES steps each.
 *
 * Hash: XXH3 with a secret drawn at birth, over a short block that holds the hash of the rest: nobody who does not know the
 * secret can make two frames that it takes for one. Memory is taken at birth. Thread: the worker that owns it. */
#include "flow/copies.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "fenceline/ethertypes.h"
#include "fenceline/rd.h"
#include "flow/copies_pair.h"

enum { SIGHTINGS_MAX = 4 /* on each side of a router, in and out */, REPEATS_MAX = 2, CANDIDATES = 8, ETHERNET = 1, ETHERTYPE_MIN = 0x600 };

static_assert((FL_COPIES_SLOTS & (FL_COPIES_SLOTS - 1)) == 0, "slots are a power of two");

struct sighting {
	uint8_t src_mac[6], dst_mac[6];
	uint32_t tags;  /* hash of them */
	uint8_t ttl;
	bool has_mac;
	uint8_t repeats; /* of the same kind; REPEATS_MAX: it has had all, or may have none */
	bool evidence[FL_REPEATS]; /* counted as seen in its pair, and such a repeat of it is not yet */
};

struct original {
	uint64_t hash, context;
	int64_t since_ns;
	uint32_t older, newer; /* in the chain of its bucket; names are 1-based */
	struct sighting at[SIGHTINGS_MAX];
	uint8_t n;             /* 0: never used */
};

struct fl_copies {
	struct original ring[FL_COPIES_SLOTS + 1];
	uint32_t bucket[FL_COPIES_SLOTS];
	uint32_t next;         /* place in the ring, from 0 */
	int64_t now_ns;
	uint64_t displaced;
	uint8_t secret[192];
	struct fl_copy_pairs pairs;
};

/* What matters of the frame that is looked at. */
struct look {
	struct sighting s;
	struct fl_copy_pair *pair;
	uint64_t hash, context;
	bool group, firm, evidence; /* firm: a repeat is a copy, whatever the session; evidence: a repeat speaks for the session */
};

struct fl_copies *fl_copies_new(void)
{
	struct fl_copies *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->now_ns = INT64_MIN;
	if (getrandom(c->secret, sizeof c->secret, 0) != (ssize_t)sizeof c->secret ||
	    getrandom(c->pairs.secret, sizeof c->pairs.secret, 0) != (ssize_t)sizeof c->pairs.secret) {
		free(c);
		return NULL;
	}
	return c;
}

void fl_copies_free(struct fl_copies *c) { free(c); }

uint64_t fl_copies_displaced(const struct fl_copies *c) { return c->displaced; }

static uint64_t hash(const struct fl_copies *c, const void *p, size_t n)
{
	return XXH3_64bits_withSecret(p, n, c->secret, sizeof c->secret);
}

/* ---- the frame ---- */

static uint32_t where_of(const struct fl_packet *p, uint64_t context)
{
	return (uint32_t)(context >> 48 & 0x7FFF) << 16 | p->frame->iface;
}

/* The whole frame, or of one without tunnels what is behind its addresses and tags. Other tags than VLANs (FL_FIXED_TAGS) are
 * found by what stands behind them not being the EtherType; such a frame is compared whole. */
static struct fl_rd link_body(const struct fl_packet *p)
{
	struct fl_rd whole = fl_rd_init(p->frame->data, p->frame->caplen, FL_CUT_END), r = whole, peek;
	uint16_t type;

	if (p->frame->linktype != ETHERNET || p->tunnels)
		return whole;
	fl_rd_skip(&r, 12 + 4u * p->vlans);
	peek = r;
	type = fl_rd_be16(&peek);
	if (fl_rd_err(&peek) || (p->outcome == FL_DECODE_LLC ? type >= ETHERTYPE_MIN : type != p->ethertype))
		return whole;
	return r;
}

/* | hash of the body 8 | where 4 | bytes on the wire 4 | captured 4 | IP: header up to the checksum; else MACs 12 | */
static uint64_t hash_of(const struct fl_copies *c, const struct fl_packet *p, uint32_t where)
{
	struct { uint64_t body; uint32_t where, wire, caplen; uint8_t head[12]; } b = {.where = where}; /* no padding */
	struct fl_rd r;
	const uint8_t *head;

	if (p->ip) {
		r = fl_rd_init(p->ip, p->ip_caplen, FL_CUT_END);
		head = fl_rd_bytes(&r, sizeof b.head);
		if (head)
			memcpy(b.head, head, sizeof b.head);
		if (b.head[0] >> 4 == 4)
			b.head[8] = b.head[10] = b.head[11] = 0; /* TTL, header checksum: RFC 791 3.1 */
		else
			b.head[7] = 0; /* hop limit: RFC 8200 3 */
		b.wire = p->ip_len;
	} else {
		r = link_body(p);
		memcpy(b.head, p->dst_mac, 6);
		memcpy(b.head + 6, p->src_mac, 6);
		b.wire = p->frame->wirelen - (uint32_t)fl_rd_pos(&r);
	}
	b.caplen = (uint32_t)fl_rd_left(&r);
	b.body = hash(c, fl_rd_bytes(&r, b.caplen), b.caplen);
	return hash(c, &b, sizeof b);
}

/* IPv4's identification; 0 where there is none. */
static uint16_t ip_id(const struct fl_packet *p)
{
	struct fl_rd r = fl_rd_init(p->ip, p->ip ? p->ip_caplen : 0, FL_CUT_END);
	uint16_t id;

	if (p->src.kind != FL_ADDR_IPV4)
		return 0;
	fl_rd_skip(&r, 4);
	id = fl_rd_be16(&r);
	return id;
}

static uint64_t station(const struct fl_packet *p, const uint8_t mac[6])
{
	struct fl_rd r = fl_rd_init(mac, p->has_mac ? 6 : 0, FL_CUT_END);

	return fl_rd_be(&r, 6); /* 0 without one */
}

/* Where does a second sight of these bytes come from? From a mirror, if they are TCP's and take up numbers: such a segment is
 * sent again by a timer only (RFC 6298 2.4), and no receiver takes it twice. */
static void weigh(struct look *l, const struct fl_packet *p)
{
	const uint16_t id = ip_id(p);
	const bool tcp = p->outcome == FL_DECODE_TCP;
	uint16_t number = id;

	l->firm = tcp && (p->payload_len || (p->tcp_flags & (FL_TCP_SYN | FL_TCP_FIN)) || id);
	if (p->outcome == FL_DECODE_ETHERTYPE && !fl_link_is_upkeep(p->link_protocol))
		number = (uint16_t)l->hash;
	l->evidence = (tcp && p->payload_len) || (number && number != l->pair->number);
	if (number)
		l->pair->number = number;
}

static struct look look_at(struct fl_copies *c, const struct fl_packet *p, uint64_t context)
{
	struct fl_copy_pair_key key = {.station = {station(p, p->src_mac), station(p, p->dst_mac)}, .where = where_of(p, context)};
	struct look l = {.context = context, .hash = hash_of(c, p, key.where), .pair = fl_copy_pairs_find(&c->pairs, &key)};

	l.s.has_mac = p->has_mac;
	memcpy(l.s.src_mac, p->src_mac, 6);
	memcpy(l.s.dst_mac, p->dst_mac, 6);
	l.s.ttl = p->ttl;
	l.s.tags = (uint32_t)hash(c, p->vlan, p->vlans * sizeof p->vlan[0]);
	l.group = fl_addr_is_multicast(&p->dst) || (p->has_mac && (p->dst_mac[0] & 1));
	return l;
}

/* ---- which copy of what ---- */

/* How the frame fits what was seen of an original; of SAME and RETAGGED, *of is the sighting that it repeats. */
static enum fl_copy fit(const struct original *o, const struct look *l, unsigned *of)
{
	enum fl_copy how = FL_COPY_ROUTED;
	unsigned i;

	for (i = 0; i < o->n; i++) {
		const struct sighting *a = &o->at[i], *b = &l->s;
		bool both = a->has_mac && b->has_mac;
		bool src = !memcmp(a->src_mac, b->src_mac, 6), dst = !memcmp(a->dst_mac, b->dst_mac, 6);

		if (a->ttl != b->ttl) {
			if (abs(a->ttl - b->ttl) > FL_COPY_HOPS || (both && (src || (dst && !l->group))))
				return FL_COPY_NONE;
		} else if (both && !(src && dst)) {
			return FL_COPY_NONE;
		} else if (a->tags == b->tags) {
			how = FL_COPY_SAME;
			*of = i;
		} else if (how != FL_COPY_SAME) {
			how = FL_COPY_RETAGGED;
			*of = i;
		}
	}
	return how == FL_COPY_SAME ? (o->at[*of].repeats == REPEATS_MAX ? FL_COPY_NONE : how) : o->n < SIGHTINGS_MAX ? how : FL_COPY_NONE;
}

static enum fl_repeat repeat_of(const struct sighting *s, enum fl_copy how)
{
	return how == FL_COPY_RETAGGED ? FL_REPEAT_RETAGGED : s->repeats ? FL_REPEAT_AGAIN : FL_REPEAT_SAME;
}

static bool believe(const struct fl_copies *c, const struct original *o, const struct look *l, enum fl_copy how, unsigned of)
{
	if (how == FL_COPY_ROUTED)
		return true;
	if (how == FL_COPY_RETAGGED && l->group)
		return o->context == l->context && fl_copy_pairs_shows_twice(&c->pairs, l->pair, FL_REPEAT_RETAGGED);
	return l->firm || fl_copy_pairs_shows_twice(&c->pairs, l->pair, repeat_of(&o->at[of], how));
}

static void add_sighting(struct fl_copies *c, struct original *o, struct look *l)
{
	memset(l->s.evidence, l->evidence, sizeof l->s.evidence);
	if (l->evidence)
		fl_copy_pairs_saw(&c->pairs, l->pair);
	o->at[o->n++] = l->s;
}

static void count_repeat(struct fl_copies *c, struct sighting *s, struct look *l, enum fl_copy how)
{
	enum fl_repeat repeat = repeat_of(s, how);
	bool *evidence = &s->evidence[repeat];

	if (*evidence)
		fl_copy_pairs_repeated(&c->pairs, l->pair, repeat);
	*evidence = l->evidence = false;
}

static void take(struct fl_copies *c, struct original *o, struct look *l, enum fl_copy how, unsigned of)
{
	if (how != FL_COPY_ROUTED)
		count_repeat(c, &o->at[of], l, how);
	if (how == FL_COPY_SAME)
		o->at[of].repeats++;
	else
		add_sighting(c, o, l);
}

/* It repeats a sighting, but nobody can tell who repeated it: it is a frame. If that was the first repeat neither can have one
 * more; if the session shows twice and this is the third, it is the next original, and its own copy may follow. */
static void doubt(struct fl_copies *c, struct original *o, struct look *l, enum fl_copy how, unsigned of)
{
	struct sighting *s = &o->at[of];

	count_repeat(c, s, l, how);
	if (how != FL_COPY_SAME)
		return;
	if (!s->repeats)
		l->s.repeats = REPEATS_MAX;
	s->repeats = REPEATS_MAX;
}

static bool is_live(const struct fl_copies *c, const struct original *o)
{
	return (uint64_t)c->now_ns - (uint64_t)o->since_ns <= FL_COPY_NS;
}

/* Live originals with this hash, newest first. */
static unsigned candidates(const struct fl_copies *c, uint64_t h, uint32_t out[CANDIDATES])
{
	uint32_t i = c->bucket[h & (FL_COPIES_SLOTS - 1)];
	unsigned n = 0;

	for (; i && n < CANDIDATES && is_live(c, &c->ring[i]); i = c->ring[i].older) {
		if (c->ring[i].hash == h)
			out[n++] = i;
	}
	return n;
}

static void forget(struct fl_copies *c, uint32_t i)
{
	struct original *o = &c->ring[i];

	if (!o->n)
		return;
	c->displaced += is_live(c, o);
	if (o->older)
		c->ring[o->older].newer = o->newer;
	if (o->newer)
		c->ring[o->newer].older = o->older;
	else
		c->bucket[o->hash & (FL_COPIES_SLOTS - 1)] = o->older;
}

static void remember(struct fl_copies *c, struct look *l)
{
	uint32_t i = c->next + 1, *head = &c->bucket[l->hash & (FL_COPIES_SLOTS - 1)];
	struct original *o = &c->ring[i];

	c->next = (c->next + 1) & (FL_COPIES_SLOTS - 1);
	forget(c, i);
	*o = (struct original){.hash = l->hash, .context = l->context, .since_ns = c->now_ns, .older = *head};
	if (*head)
		c->ring[*head].newer = i;
	*head = i;
	add_sighting(c, o, l);
}

static bool is_looked_at(const struct fl_packet *p)
{
	static const bool decoded[FL_DECODE_OUTCOME_COUNT] = {
#define X(name, key, ok, text) ok,
		FL_DECODE_OUTCOMES(X)
#undef X
	};

	return decoded[p->outcome] || p->outcome == FL_DECODE_CIPHER;
}

/* The original that the frame is a copy of; NULL: it is none. */
static struct original *find(struct fl_copies *c, struct look *l, enum fl_copy *how)
{
	struct original *o, *repeated = NULL;
	enum fl_copy doubtful = FL_COPY_NONE;
	unsigned n, of = 0, repeated_of = 0;
	uint32_t found[CANDIDATES];

	for (n = candidates(c, l->hash, found); n > 0; n--) {
		o = &c->ring[found[n - 1]];
		*how = fit(o, l, &of);
		if (*how == FL_COPY_NONE)
			continue;
		if (believe(c, o, l, *how, of)) {
			take(c, o, l, *how, of);
			return o;
		}
		if (!repeated) {
			repeated = o;
			repeated_of = of;
			doubtful = *how;
		}
	}
	if (repeated)
		doubt(c, repeated, l, doubtful, repeated_of);
	return NULL;
}

enum fl_copy fl_copies_see(struct fl_copies *c, const struct fl_packet *p, uint64_t context, uint64_t *first)
{
	struct original *o;
	enum fl_copy how;
	struct look l;

	*first = context;
	if (!is_looked_at(p))
		return FL_COPY_NONE;
	if (p->frame->mono_ns > c->now_ns)
		c->now_ns = p->frame->mono_ns;
	l = look_at(c, p, context);
	weigh(&l, p);
	o = find(c, &l, &how);
	if (!o) {
		remember(c, &l);
		return FL_COPY_NONE;
	}
	*first = o->context;
	return how;
}

/* ---- check ---- */

static void require(bool ok, const char *what)
{
	if (!ok)
		FL_BUG(what);
}

void fl_copies_check(const struct fl_copies *c)
{
	uint32_t b, i, newer, chained = 0, used = 0;
	unsigned n;

	for (b = 0; b < FL_COPIES_SLOTS; b++) {
		for (i = c->bucket[b], newer = 0; i; newer = i, i = c->ring[i].older) {
			const struct original *o = &c->ring[i];

			require(o->n && o->n <= SIGHTINGS_MAX && (o->hash & (FL_COPIES_SLOTS - 1)) == b, "copies: a chain");
			require(o->newer == newer && ++chained <= FL_COPIES_SLOTS, "copies: a chain is torn");
			require(o->since_ns <= c->now_ns && (!newer || o->since_ns <= c->ring[newer].since_ns), "copies: order");
			for (n = 0; n < o->n; n++)
				require(o->at[n].repeats <= REPEATS_MAX && !(o->at[n].repeats && o->at[n].evidence[FL_REPEAT_SAME]),
					"copies: a repeat counts twice");
		}
	}
	for (i = 1; i <= FL_COPIES_SLOTS; i++)
		used += c->ring[i].n > 0;
	require(used == chained, "copies: originals do not add up");
	fl_copy_pairs_check(&c->pairs);
}
