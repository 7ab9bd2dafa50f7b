/* notes.c - see notes.h. Sets of WAYS slots by a keyed hash: traffic chooses addresses and numbers, and must not choose
 * which slots they compete for. Nothing is allocated after birth. Thread: the worker that owns it. */
#include "notes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "fenceline/compiler.h"
#include "fenceline/limits.h"

enum { WAYS = 8, SETS = FL_EXPECT_MAX / WAYS };

static_assert((SETS & (SETS - 1)) == 0, "sets are a power of two");

struct slot {
	struct fl_note_key key;
	uint32_t note; /* 0: free */
	int64_t used_ns, for_ns;
};

struct fl_notes {
	uint64_t secret;
	struct slot slot[SETS][WAYS];
};

struct fl_notes *fl_notes_new(void)
{
	struct fl_notes *n = calloc(1, sizeof *n);

	if (n && getrandom(&n->secret, sizeof n->secret, GRND_NONBLOCK) != sizeof n->secret)
		n->secret = (uintptr_t)n;
	return n;
}

void fl_notes_free(struct fl_notes *n)
{
	free(n);
}

/* splitmix64's finisher over the words of the key */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static struct slot *set_of(struct fl_notes *n, const struct fl_note_key *k)
{
	uint64_t lo, hi;

	memcpy(&lo, k->from.b, 8);
	memcpy(&hi, k->from.b + 8, 8);
	return n->slot[mix(mix(mix(mix(k->context ^ n->secret) ^ lo) ^ hi ^ k->from.kind) ^ k->key) % SETS];
}

static bool same(const struct fl_note_key *a, const struct fl_note_key *b)
{
	return a->context == b->context && a->key == b->key && fl_addr_cmp(&a->from, &b->from) == 0;
}

static bool holds(const struct slot *s, int64_t now_ns)
{
	return s->note && now_ns - s->used_ns < s->for_ns;
}

void fl_notes_add(struct fl_notes *n, const struct fl_note_key *key, uint32_t note, int64_t now_ns, int64_t for_ns)
{
	struct slot *set = set_of(n, key), *best = set;
	unsigned i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].note && same(&set[i].key, key)) {
			best = &set[i];
			break;
		}
		if (holds(best, now_ns) && (!holds(&set[i], now_ns) || set[i].used_ns < best->used_ns))
			best = &set[i];
	}
	*best = (struct slot){.key = *key, .note = note, .used_ns = now_ns, .for_ns = for_ns};
}

uint32_t fl_notes_find(struct fl_notes *n, const struct fl_note_key *key, int64_t now_ns)
{
	struct slot *set = set_of(n, key);
	unsigned i;

	for (i = 0; i < WAYS; i++) {
		if (!holds(&set[i], now_ns) || !same(&set[i].key, key))
			continue;
		set[i].used_ns = now_ns;
		return set[i].note;
	}
	return 0;
}
