/* lpm.h - longest prefix match over addresses of one kind each: a path-compressed binary trie (Morrison 1968; the
 * shape of BSD's radix.c without its masks).
 *
 * A look-up compares bits from the root down and visits each at most once: at most 32, 48 or 128 steps whatever the
 * number of prefixes. Two nodes a prefix; built once, in the policy's arena, then read-only. */
#ifndef FL_ZONES_LPM_H
#define FL_ZONES_LPM_H

#include "fenceline/addr.h"
#include "fenceline/arena.h"

struct fl_lpm_node {
	uint8_t key[16];
	uint8_t bits;
	struct fl_lpm_node *child[2];
	void *value; /* NULL: only a fork */
};

struct fl_lpm {
	struct fl_lpm_node *root[3]; /* IPv4, IPv6, MAC */
};

/* fl_lpm_insert - the slot of exactly this prefix, made if it is new; NULL: no memory. Host bits are ignored. */
void **fl_lpm_insert(struct fl_lpm *t, struct fl_arena *arena, const struct fl_addr *addr, unsigned bits);
/* fl_lpm_find - the value of the longest prefix that holds addr, and its length; NULL if there is none. */
const void *fl_lpm_find(const struct fl_lpm *t, const struct fl_addr *addr, unsigned *bits);

#endif
