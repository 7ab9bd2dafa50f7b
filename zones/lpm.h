/* lpm.h - longest prefix match over addresses of three kinds: a trie that takes six bits at a step and keeps of the 64
 * ways of a node only those that differ (Asai, Ohara: "Poptrie", SIGCOMM 2015), with bits that all prefixes below a node
 * share passed in one step (Morrison, "PATRICIA", 1968).
 *
 * A look-up visits at most 6, 22 or 8 nodes (32, 128, 48 bits) whatever the number of prefixes, and with 100,000 of them
 * in common policies 3 or 4, then one leaf. Nodes and leaves stand in two arrays with 32-bit indexes: the upper nodes stay
 * in the cache, and what is below costs two lines. Built once from a list, in the policy's arena, then read-only.
 *
 *     node   at        first bit of its six
 *            key       the bits before them, which all its prefixes share; `shared`: its parent has not looked at all of
 *                      these, and what differs there is `otherwise`
 *            inner     which of the 64 ways lead to a node; these stand one behind the other from `children` on
 *            runs      which of the other ways begin with another leaf than the one before; from `leaves` on
 *     leaf   length of the prefix << 24 | its value; FL_LPM_NONE: no prefix */
#ifndef FL_ZONES_LPM_H
#define FL_ZONES_LPM_H

#include "fenceline/addr.h"
#include "fenceline/arena.h"
#include "fenceline/compiler.h"

#define FL_LPM_VALUES (UINT32_C(1) << 24) /* values are less */
#define FL_LPM_NONE UINT32_MAX            /* no prefix has 255 bits */

struct fl_lpm_node {
	uint64_t inner, runs;
	uint64_t key[2];
	uint32_t children, leaves;
	uint32_t otherwise;
	uint8_t at;
	bool shared;
};

struct fl_lpm {
	const struct fl_lpm_node *root[3]; /* IPv4, IPv6, MAC; NULL = no prefix */
	const struct fl_lpm_node *nodes;
	const uint32_t *leaves;
};

/* What a trie is built from. */
struct fl_lpm_prefix {
	struct fl_addr addr; /* host bits zero */
	uint8_t bits;
	uint32_t value;      /* less than FL_LPM_VALUES */
	uint32_t parent;     /* set by fl_lpm_build: the longest other prefix that holds this one, as its place in the
			      * sorted list + 1; 0 = none */
};

/* fl_lpm_build - from n prefixes, no two the same; sorts the list, each behind those that hold it. False: no memory. */
bool fl_lpm_build(struct fl_lpm *t, struct fl_arena *arena, struct fl_lpm_prefix *list, uint32_t n) FL_MUST_USE;
/* fl_lpm_find - the value of the longest prefix that holds addr, and its length; false, and nothing written: none does. */
bool fl_lpm_find(const struct fl_lpm *t, const struct fl_addr *addr, uint32_t *value, unsigned *bits) FL_MUST_USE;

#endif
