/* copies_pair.h - does a mirror session show the frames between two MAC addresses twice? Private to copies.c.
 *
 * Which ports a session mirrors decides it, so it is the same for all that one station sends to another, and not for all of an
 * interface: where two ports of many are mirrored, only what goes from one to the other comes twice. */
#ifndef FL_SRC_FLOW_COPIES_PAIR_H
#define FL_SRC_FLOW_COPIES_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/limits.h"

/* How a repeat comes: under the same tags (both ports mirrored), once more so (and the port between two switches), or under
 * other tags (in and out, where a port tags). */
enum fl_repeat { FL_REPEAT_SAME, FL_REPEAT_AGAIN, FL_REPEAT_RETAGGED, FL_REPEATS };

/* Of frames that hosts do not repeat so soon. All are halved when `seen` reaches its bound: newer ones count more. */
struct fl_evidence {
	uint16_t seen, repeated[FL_REPEATS]; /* repeated <= seen */
};

struct fl_copy_pair_key {
	uint64_t station[2]; /* source, destination: 48 bits each */
	uint32_t where;      /* interface, tunnel space */
};

struct fl_copy_pair {
	struct fl_copy_pair_key key;
	struct fl_evidence evidence;
	uint16_t number;         /* of the original before: IP identification, or some of a hash */
	uint16_t chain, newer, older;
};

/* At the bound the pair that was quiet longest is forgotten; no hash decides that. */
struct fl_copy_pairs {
	struct fl_copy_pair pair[FL_COPY_PAIRS_MAX + 1]; /* [0] is not used */
	uint16_t bucket[FL_COPY_PAIRS_MAX];
	uint16_t n, newest, oldest;
	struct fl_evidence iface[256];              /* by the low byte of the interface's number */
	uint64_t secret[2];
};

/* fl_copy_pairs_find - the pair, remembered from now on; valid until the next call. */
struct fl_copy_pair *fl_copy_pairs_find(struct fl_copy_pairs *ps, const struct fl_copy_pair_key *key);
void fl_copy_pairs_saw(struct fl_copy_pairs *ps, struct fl_copy_pair *p);
void fl_copy_pairs_repeated(struct fl_copy_pairs *ps, struct fl_copy_pair *p, enum fl_repeat how);
bool fl_copy_pairs_shows_twice(const struct fl_copy_pairs *ps, const struct fl_copy_pair *p, enum fl_repeat how);
void fl_copy_pairs_check(const struct fl_copy_pairs *ps);

#endif
