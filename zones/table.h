/* table.h - numbers of objects by the hash of their key: open addressing with linear probing (Knuth vol. 3, 6.4,
 * algorithm L), at most half full. Filled once, then read-only.
 *
 *     for (at = hash; (i = fl_table_next(&t, hash, &at)); )
 *             if (the key of object i - 1 is the one) ...
 *
 * Keys stay with the objects; a slot keeps half of the hash, so that others in its way are passed without a look. The keys
 * are the policy's own: nobody who sends traffic can make them collide. */
#ifndef FL_ZONES_TABLE_H
#define FL_ZONES_TABLE_H

#include "fenceline/addr.h"
#include "fenceline/arena.h"

struct fl_table_slot {
	uint32_t tag;  /* upper half of the hash */
	uint32_t item; /* number + 1; 0 = free */
};

struct fl_table {
	struct fl_table_slot *slot; /* NULL: empty */
	uint32_t mask;
};

/* fl_hash64 - mix a key (the finalizer of SplitMix64: Steele, Lea, Flood, OOPSLA 2014): one to one. */
static inline uint64_t fl_hash64(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* fl_hash_addr - of an address and a number beside it (a zone, a plant, a prefix length). */
static inline uint64_t fl_hash_addr(const struct fl_addr *a, uint64_t beside)
{
	uint64_t half[2];

	memcpy(half, a->b, sizeof half);
	return fl_hash64(half[0] ^ fl_hash64(half[1] ^ fl_hash64((beside << 8 | a->kind) + 1)));
}

/* fl_table_slots - a power of two at which n objects fill at most half. */
static inline uint32_t fl_table_slots(uint32_t n)
{
	uint32_t slots = 4;

	while (slots / 2 < n && slots < UINT32_C(1) << 31)
		slots *= 2;
	return slots;
}

/* fl_table_init - room for n objects; false: no memory. */
static inline bool fl_table_init(struct fl_table *t, struct fl_arena *arena, uint32_t n)
{
	uint32_t slots = fl_table_slots(n);

	*t = (struct fl_table){.mask = slots - 1};
	if (n)
		t->slot = fl_arena_alloc(arena, slots * sizeof *t->slot);
	return !n || t->slot;
}

static inline void fl_table_add(struct fl_table *t, uint64_t hash, uint32_t number)
{
	uint32_t i = (uint32_t)hash & t->mask;

	while (t->slot[i].item)
		i = (i + 1) & t->mask;
	t->slot[i] = (struct fl_table_slot){.tag = (uint32_t)(hash >> 32), .item = number + 1};
}

/* fl_table_next - the next object that may have this hash, as number + 1, in the order they were added; 0 = no more.
 * *at begins as the hash. */
static inline uint32_t fl_table_next(const struct fl_table *t, uint64_t hash, uint64_t *at)
{
	const struct fl_table_slot *s;

	while (t->slot && (s = &t->slot[*at & t->mask])->item) {
		++*at;
		if (s->tag == (uint32_t)(hash >> 32))
			return s->item;
	}
	return 0;
}

#endif
