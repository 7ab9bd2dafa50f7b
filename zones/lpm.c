/* lpm.c - see lpm.h. Invariant: a node's key has zeros beyond its bits, and both children begin with its bits and
 * differ from each other in the next one; so a fork always has two children. */
#include "zones/lpm.h"

#include <string.h>

static int kind_index(const struct fl_addr *a)
{
	return a->kind == FL_ADDR_IPV4 ? 0 : a->kind == FL_ADDR_IPV6 ? 1 : a->kind == FL_ADDR_MAC ? 2 : -1;
}

static unsigned bit(const uint8_t *key, unsigned i)
{
	return key[i / 8] >> (7 - i % 8) & 1u;
}

/* How many leading bits two keys share, counted from `from` (known to be shared) and no further than max. */
static unsigned common(const uint8_t *a, const uint8_t *b, unsigned from, unsigned max)
{
	unsigned i = from;

	while (i < max) {
		if (i % 8 == 0 && max - i >= 8 && a[i / 8] == b[i / 8])
			i += 8;
		else if (bit(a, i) == bit(b, i))
			i++;
		else
			break;
	}
	return i;
}

static struct fl_lpm_node *new_node(struct fl_arena *arena, const uint8_t *key, unsigned bits)
{
	struct fl_lpm_node *n = fl_arena_alloc(arena, sizeof *n);

	if (!n)
		return NULL;
	memcpy(n->key, key, (bits + 7) / 8);
	if (bits % 8)
		n->key[bits / 8] &= (uint8_t)(0xffu << (8 - bits % 8));
	n->bits = (uint8_t)bits;
	return n;
}

void **fl_lpm_insert(struct fl_lpm *t, struct fl_arena *arena, const struct fl_addr *addr, unsigned bits)
{
	struct fl_lpm_node **link, *n, *leaf, *fork;
	unsigned shared = 0, max;
	int kind = kind_index(addr);

	if (kind < 0 || bits > fl_addr_len(addr) * 8)
		return NULL;
	for (link = &t->root[kind]; (n = *link); link = &n->child[bit(addr->b, n->bits)]) {
		max = n->bits < bits ? n->bits : bits;
		shared = common(n->key, addr->b, shared, max);
		if (shared < n->bits)
			break; /* parts from n's prefix on the way to it, or ends before it */
		if (n->bits == bits)
			return &n->value;
	}
	leaf = new_node(arena, addr->b, bits);
	if (!leaf)
		return NULL;
	if (n && shared == bits) {
		leaf->child[bit(n->key, bits)] = n;
	} else if (n) {
		fork = new_node(arena, addr->b, shared);
		if (!fork)
			return NULL;
		fork->child[bit(n->key, shared)] = n;
		fork->child[bit(addr->b, shared)] = leaf;
		*link = fork;
		return &leaf->value;
	}
	*link = leaf;
	return &leaf->value;
}

const void *fl_lpm_find(const struct fl_lpm *t, const struct fl_addr *addr, unsigned *bits)
{
	const struct fl_lpm_node *n;
	const void *best = NULL;
	unsigned shared = 0, full = fl_addr_len(addr) * 8;
	int kind = kind_index(addr);

	for (n = kind < 0 ? NULL : t->root[kind]; n; n = n->child[bit(addr->b, n->bits)]) {
		shared = common(n->key, addr->b, shared, n->bits);
		if (shared < n->bits)
			break;
		if (n->value) {
			best = n->value;
			*bits = n->bits;
		}
		if (n->bits == full)
			break;
	}
	return best;
}
