/* expect.c - see expect.h.
 *
 * An announcement says some of four things: who opens, who is dialled, from which port, to which port. Which of them it says is
 * its shape; there are twelve (a port is always among them). A new flow is looked up once for each shape that anybody waits
 * in, and each way round, as who opened a flow is not always known: so a look-up costs the same however many wait.
 *
 * Each entry is in one hash chain by what it says, one by parent, and in the order of coming. All three are doubly linked, so
 * that an entry leaves in O(1). Keyed hash: an opponent chooses ports and addresses. Nothing is allocated after birth.
 * Names are indexes from 1; 0 = none. Thread: the worker that owns it. */
#include "flow/expect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "flow/siphash.h"

#define BUCKETS FL_EXPECT_MAX

static_assert((BUCKETS & (BUCKETS - 1)) == 0, "buckets are a power of two");

/* What an announcement says: bits of its shape. From most to least in the order below. */
enum { SAYS_FROM = 1, SAYS_TO = 2, SAYS_FROM_PORT = 4, SAYS_TO_PORT = 8, SHAPES = 16 };

static const uint8_t shapes[] = {15, 11, 7, 14, 13, 10, 9, 6, 5, 12, 8, 4};

struct link { uint32_t prev, next; };

struct entry {
	struct fl_expectation x;
	struct link same, kin, age; /* hash chain, chain by parent, order of coming */
	uint32_t hash;
	uint8_t shape;
};

struct fl_expect {
	struct entry entry[FL_EXPECT_MAX + 1];
	uint32_t bucket[BUCKETS], parent[BUCKETS];
	uint32_t in_shape[SHAPES]; /* how many wait in it */
	uint32_t oldest, newest, fresh, spare /* by same.next */, n;
	uint64_t displaced, secret[2];
	int64_t now_ns;            /* latest that was told */
};

struct fl_expect *fl_expect_new(void)
{
	struct fl_expect *e = calloc(1, sizeof *e);

	if (e && getrandom(e->secret, sizeof e->secret, 0) != (ssize_t)sizeof e->secret) {
		free(e);
		return NULL;
	}
	if (e) {
		e->fresh = 1;
		e->now_ns = INT64_MIN;
	}
	return e;
}

void fl_expect_free(struct fl_expect *e) { free(e); }

uint64_t fl_expect_displaced(const struct fl_expect *e) { return e->displaced; }

/* ---- keys ---- */

static unsigned shape_of(const struct fl_expectation *x)
{
	return (x->from.kind ? SAYS_FROM : 0) | (x->to.kind ? SAYS_TO : 0) | (x->from_port ? SAYS_FROM_PORT : 0) |
	       (x->to_port ? SAYS_TO_PORT : 0);
}

static uint32_t hash_of(const struct fl_expect *e, const struct fl_expectation *x)
{
	uint64_t m[6] = {x->context, (uint64_t)x->from_port << 48 | (uint64_t)x->to_port << 32 | (uint64_t)x->ip_proto << 16 |
				     (uint64_t)x->from.kind << 8 | x->to.kind};

	memcpy(&m[2], x->from.b, 16);
	memcpy(&m[4], x->to.b, 16);
	return fl_siphash(m, FL_ARRAY_LEN(m), e->secret);
}

static uint32_t parent_bucket(const struct fl_expect *e, uint64_t parent)
{
	return fl_siphash(&parent, 1, e->secret) & (BUCKETS - 1);
}

static bool says_the_same(const struct fl_expectation *a, const struct fl_expectation *b)
{
	return a->context == b->context && a->ip_proto == b->ip_proto && a->from_port == b->from_port &&
	       a->to_port == b->to_port && !fl_addr_cmp(&a->from, &b->from) && !fl_addr_cmp(&a->to, &b->to);
}

static uint32_t find(const struct fl_expect *e, const struct fl_expectation *x, uint32_t hash)
{
	uint32_t i;

	for (i = e->bucket[hash & (BUCKETS - 1)]; i; i = e->entry[i].same.next) {
		if (e->entry[i].hash == hash && says_the_same(&e->entry[i].x, x))
			return i;
	}
	return 0;
}

/* ---- lists ---- */

#define CHAIN_OPS(which) \
	static void which##_push(struct fl_expect *e, uint32_t *head, uint32_t i) \
	{ \
		e->entry[i].which = (struct link){.next = *head}; \
		if (*head) \
			e->entry[*head].which.prev = i; \
		*head = i; \
	} \
	static void which##_drop(struct fl_expect *e, uint32_t *head, uint32_t i) \
	{ \
		struct link k = e->entry[i].which; \
 \
		if (k.prev) \
			e->entry[k.prev].which.next = k.next; \
		else \
			*head = k.next; \
		if (k.next) \
			e->entry[k.next].which.prev = k.prev; \
	}
CHAIN_OPS(same)
CHAIN_OPS(kin)
CHAIN_OPS(age)
#undef CHAIN_OPS

static void drop(struct fl_expect *e, uint32_t i)
{
	struct entry *n = &e->entry[i];

	same_drop(e, &e->bucket[n->hash & (BUCKETS - 1)], i);
	kin_drop(e, &e->parent[parent_bucket(e, n->x.parent)], i);
	if (i == e->oldest)
		e->oldest = n->age.prev;
	age_drop(e, &e->newest, i);
	e->in_shape[n->shape]--;
	e->n--;
	n->same.next = e->spare;
	e->spare = i;
}

void fl_expect_add(struct fl_expect *e, const struct fl_expectation *x)
{
	uint32_t hash = hash_of(e, x), i = find(e, x, hash);
	struct entry *n;

	if (!x->from_port && !x->to_port)
		return;
	if (i) {
		drop(e, i);
	} else if (e->n == FL_EXPECT_MAX) {
		e->displaced += e->entry[e->oldest].x.until_ns > e->now_ns;
		drop(e, e->oldest);
	}
	i = e->spare;
	if (i)
		e->spare = e->entry[i].same.next;
	else
		i = e->fresh++;
	n = &e->entry[i];
	*n = (struct entry){.x = *x, .hash = hash, .shape = (uint8_t)shape_of(x)};
	same_push(e, &e->bucket[hash & (BUCKETS - 1)], i);
	kin_push(e, &e->parent[parent_bucket(e, x->parent)], i);
	age_push(e, &e->newest, i);
	if (!e->oldest)
		e->oldest = i;
	e->in_shape[n->shape]++;
	e->n++;
}

/* ---- taking ---- */

/* The announcement of this shape that the flow fits if end `who` opened it; what has waited too long is dropped. */
static uint32_t fits(struct fl_expect *e, const struct fl_flow *f, unsigned who, unsigned shape)
{
	const struct fl_flow_end *from = &f->end[who], *to = &f->end[!who];
	struct fl_expectation x = {.context = f->context, .ip_proto = f->ip_proto};
	uint32_t i;

	if (shape & SAYS_FROM)
		x.from = from->addr;
	if (shape & SAYS_TO)
		x.to = to->addr;
	x.from_port = shape & SAYS_FROM_PORT ? from->port : 0;
	x.to_port = shape & SAYS_TO_PORT ? to->port : 0;
	i = find(e, &x, hash_of(e, &x));
	if (i && e->entry[i].shape == shape && e->entry[i].x.until_ns > e->now_ns)
		return i;
	if (i && e->entry[i].x.until_ns <= e->now_ns)
		drop(e, i);
	return 0;
}

bool fl_expect_take(struct fl_expect *e, struct fl_flow *f, int64_t mono_ns)
{
	unsigned s, round, shape;
	uint32_t i;

	if (mono_ns > e->now_ns)
		e->now_ns = mono_ns;
	if (f->kind != FL_FLOW_IP || !e->n)
		return false;
	for (s = 0; s < FL_ARRAY_LEN(shapes); s++) {
		shape = shapes[s];
		for (round = 0; round < 2 && e->in_shape[shape]; round++) {
			i = fits(e, f, round ? !f->initiator : f->initiator, shape);
			if (!i)
				continue;
			f->parent = e->entry[i].x.parent;
			f->relation = e->entry[i].x.relation;
			if (!e->entry[i].x.lasting)
				drop(e, i);
			return true;
		}
	}
	return false;
}

void fl_expect_forget(struct fl_expect *e, uint64_t parent)
{
	uint32_t i, next;

	for (i = e->parent[parent_bucket(e, parent)]; i; i = next) {
		next = e->entry[i].kin.next;
		if (e->entry[i].x.parent == parent)
			drop(e, i);
	}
}

/* ---- check ---- */

static void require(bool ok, const char *what)
{
	if (!ok)
		FL_BUG(what);
}

void fl_expect_check(const struct fl_expect *e)
{
	uint32_t i, prev = 0, n = 0, spare = 0, kin = 0, b, in_shape[SHAPES] = {0};
	unsigned s;

	for (i = e->newest; i; prev = i, i = e->entry[i].age.next) {
		require(e->entry[i].age.prev == prev, "expect: order is torn");
		require(find(e, &e->entry[i].x, e->entry[i].hash) == i, "expect: one cannot be found, or is there twice");
		require(e->entry[i].shape == shape_of(&e->entry[i].x), "expect: shape");
		in_shape[e->entry[i].shape]++;
		require(++n <= FL_EXPECT_MAX, "expect: order goes in a circle");
	}
	require(e->oldest == prev && n == e->n, "expect: they do not add up");
	for (b = 0; b < BUCKETS; b++) {
		for (i = e->parent[b]; i; i = e->entry[i].kin.next)
			require(++kin <= n, "expect: chain by parent");
	}
	for (i = e->spare; i; i = e->entry[i].same.next)
		require(++spare <= FL_EXPECT_MAX, "expect: spare list goes in a circle");
	require(kin == n && n + spare + 1 == e->fresh, "expect: entries do not add up");
	for (s = 0; s < SHAPES; s++)
		require(in_shape[s] == e->in_shape[s], "expect: counts of shapes");
}
