/* lpm.c - see lpm.h. Building recurses once for each node, at most 22 deep; the prefixes below a node are one piece of
 * the sorted list. */
#include "zones/lpm.h"

#include <stdlib.h>

enum { STRIDE = 6, WAYS = 1 << STRIDE };

static int kind_index(const struct fl_addr *a)
{
	return a->kind == FL_ADDR_IPV4 ? 0 : a->kind == FL_ADDR_IPV6 ? 1 : a->kind == FL_ADDR_MAC ? 2 : -1;
}

/* 16 bytes as two numbers, the first bit of the address on top. */
static void key_of(const struct fl_addr *a, uint64_t key[2])
{
	unsigned i, k;

	for (k = 0; k < 2; k++) {
		key[k] = 0;
		for (i = 0; i < 8; i++)
			key[k] = key[k] << 8 | a->b[8 * k + i];
	}
}

/* The six bits from `at` on, zeros beyond the end. */
static unsigned way(const uint64_t key[2], unsigned at)
{
	uint64_t x = at >= 64 ? key[1] << (at - 64) : at ? key[0] << at | key[1] >> (64 - at) : key[0];

	return (unsigned)(x >> (64 - STRIDE));
}

static bool share(const uint64_t a[2], const uint64_t b[2], unsigned bits)
{
	uint64_t upper = bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
	uint64_t lower = bits >= 128 ? UINT64_MAX : bits > 64 ? ~(UINT64_MAX >> (bits - 64)) : 0;

	return !((a[0] ^ b[0]) & upper) && !((a[1] ^ b[1]) & lower);
}

static unsigned rank(uint64_t set, unsigned upto)
{
	return (unsigned)__builtin_popcountll(set & ((UINT64_C(2) << upto) - 1));
}

/* ---- building ---- */

struct build {
	struct fl_lpm_node *nodes;
	uint32_t n_nodes, cap_nodes;
	uint32_t *leaves;
	uint32_t n_leaves, cap_leaves;
	const struct fl_lpm_prefix *list;
	uint64_t (*keys)[2]; /* of the list; on the heap as the rest */
};

/* Room for n more; false: no memory. */
static bool grow(void *list, uint32_t have, uint32_t n, uint32_t *cap, size_t size)
{
	uint32_t more = *cap ? *cap * 2 : 1024;
	void *old, *grown;

	if (n <= *cap - have)
		return true;
	memcpy(&old, list, sizeof old); /* a pointer to some object; its type is the caller's */
	grown = realloc(old, (size_t)more * size);
	if (!grown)
		return false;
	memcpy(list, &grown, sizeof grown);
	*cap = more;
	return true;
}

/* The leading bits two keys have in common. */
static unsigned common(const uint64_t a[2], const uint64_t b[2])
{
	uint64_t differ = a[0] ^ b[0];

	if (differ)
		return (unsigned)__builtin_clzll(differ);
	differ = a[1] ^ b[1];
	return differ ? 64 + (unsigned)__builtin_clzll(differ) : 128;
}

static uint32_t leaf_of(const struct fl_lpm_prefix *p)
{
	return (uint32_t)p->bits << 24 | p->value;
}

static bool build_node(struct build *b, uint32_t node, uint32_t lo, uint32_t hi, unsigned from, uint32_t otherwise);

/* The leaves of a node's ways, and its children's prefixes: first[v]..end[v] of the list. */
static bool build_ways(struct build *b, uint32_t node, uint32_t lo, uint32_t hi, unsigned at, uint32_t otherwise)
{
	uint32_t leaf[WAYS], first[WAYS], end[WAYS], i, last = 0, child;
	uint64_t inner = 0, runs = 0;
	unsigned v, w;

	for (v = 0; v < WAYS; v++)
		leaf[v] = otherwise;
	for (i = lo; i < hi; i++) { /* a prefix stands behind those that hold it, so the longest comes last */
		v = way(b->keys[i], at);
		if (b->list[i].bits > at + STRIDE) {
			if (!(inner >> v & 1))
				first[v] = i;
			end[v] = i + 1;
			inner |= UINT64_C(1) << v;
			continue;
		}
		for (w = v; w < v + (1u << (at + STRIDE - b->list[i].bits)); w++)
			leaf[w] = leaf_of(&b->list[i]);
	}
	if (!grow(&b->leaves, b->n_leaves, WAYS, &b->cap_leaves, sizeof *b->leaves) ||
	    !grow(&b->nodes, b->n_nodes, WAYS, &b->cap_nodes, sizeof *b->nodes))
		return false;
	b->nodes[node].leaves = b->n_leaves;
	b->nodes[node].children = child = b->n_nodes;
	for (v = 0; v < WAYS; v++) {
		if (inner >> v & 1 || (runs && leaf[v] == last))
			continue;
		runs |= UINT64_C(1) << v;
		b->leaves[b->n_leaves++] = last = leaf[v];
	}
	b->nodes[node].inner = inner;
	b->nodes[node].runs = runs;
	b->n_nodes += (uint32_t)__builtin_popcountll(inner);
	for (v = 0; v < WAYS; v++)
		if (inner >> v & 1 && !build_node(b, child++, first[v], end[v], at + STRIDE, leaf[v]))
			return false;
	return true;
}

/* A node for the prefixes lo..hi - 1, which share their first `from` bits and are all longer. */
static bool build_node(struct build *b, uint32_t node, uint32_t lo, uint32_t hi, unsigned from, uint32_t otherwise)
{
	unsigned at = common(b->keys[lo], b->keys[hi - 1]);

	if (at >= b->list[lo].bits) /* the first is the shortest of those that hold others */
		at = b->list[lo].bits ? b->list[lo].bits - 1u : 0;
	b->nodes[node] = (struct fl_lpm_node){.key = {b->keys[lo][0], b->keys[lo][1]}, .otherwise = otherwise,
					      .at = (uint8_t)at, .shared = at > from};
	return build_ways(b, node, lo, hi, at, otherwise);
}

static int by_prefix(const void *pa, const void *pb)
{
	const struct fl_lpm_prefix *a = pa, *b = pb;
	int c = fl_addr_cmp(&a->addr, &b->addr);

	return c ? c : (int)a->bits - (int)b->bits;
}

/* With the prefixes sorted, what holds a prefix is on the way from the one before it upwards. */
static void find_parents(struct fl_lpm_prefix *list, uint64_t (*keys)[2], uint32_t n)
{
	uint32_t i, up;

	for (i = 0; i < n; i++) {
		up = i;
		while (up && !(list[up - 1].addr.kind == list[i].addr.kind && share(keys[up - 1], keys[i], list[up - 1].bits)))
			up = list[up - 1].parent;
		list[i].parent = up;
	}
}

/* What was built on the heap, in the policy's arena. */
static bool move(struct fl_lpm *t, struct fl_arena *arena, const struct build *b, const uint32_t root[3])
{
	struct fl_lpm_node *nodes = fl_arena_alloc(arena, b->n_nodes * sizeof *nodes);
	uint32_t *leaves = fl_arena_alloc(arena, b->n_leaves * sizeof *leaves);
	int k;

	if (!nodes || !leaves)
		return false;
	memcpy(nodes, b->nodes, b->n_nodes * sizeof *nodes);
	memcpy(leaves, b->leaves, b->n_leaves * sizeof *leaves);
	t->nodes = nodes;
	t->leaves = leaves;
	for (k = 0; k < 3; k++)
		t->root[k] = root[k] ? &nodes[root[k] - 1] : NULL;
	return true;
}

bool fl_lpm_build(struct fl_lpm *t, struct fl_arena *arena, struct fl_lpm_prefix *list, uint32_t n)
{
	struct build b = {.list = list};
	uint32_t root[3] = {0}, i, lo;
	bool ok;
	int k;

	*t = (struct fl_lpm){0};
	if (!n)
		return true;
	b.keys = calloc(n, sizeof *b.keys);
	ok = b.keys != NULL;
	if (ok) {
		qsort(list, n, sizeof *list, by_prefix);
		for (i = 0; i < n; i++)
			key_of(&list[i].addr, b.keys[i]);
		find_parents(list, b.keys, n);
	}
	for (lo = 0; lo < n && ok; lo = i) {
		for (i = lo; i < n && list[i].addr.kind == list[lo].addr.kind; i++)
			;
		k = kind_index(&list[lo].addr);
		ok = k >= 0 && grow(&b.nodes, b.n_nodes, 1, &b.cap_nodes, sizeof *b.nodes);
		if (ok) {
			root[k] = ++b.n_nodes;
			ok = build_node(&b, root[k] - 1, lo, i, 0, FL_LPM_NONE);
		}
	}
	ok = ok && move(t, arena, &b, root);
	free(b.keys);
	free(b.nodes);
	free(b.leaves);
	return ok;
}

/* ---- looking up ---- */

bool fl_lpm_find(const struct fl_lpm *t, const struct fl_addr *addr, uint32_t *value, unsigned *bits)
{
	int kind = kind_index(addr);
	const struct fl_lpm_node *n = kind < 0 ? NULL : t->root[kind];
	uint64_t key[2];
	uint32_t leaf;
	unsigned v;

	if (!n)
		return false;
	key_of(addr, key);
	for (;; n = &t->nodes[n->children + rank(n->inner, v) - 1]) {
		if (n->shared && !share(n->key, key, n->at)) {
			leaf = n->otherwise;
			break;
		}
		v = way(key, n->at);
		if (!(n->inner >> v & 1)) {
			leaf = t->leaves[n->leaves + rank(n->runs, v) - 1];
			break;
		}
	}
	if (leaf == FL_LPM_NONE)
		return false;
	*bits = leaf >> 24;
	*value = leaf & (FL_LPM_VALUES - 1);
	return true;
}
