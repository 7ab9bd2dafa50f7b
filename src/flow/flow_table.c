/* flow_table.c - the flows of one worker.
 *
 * Shape: a slab of slots, chained from a power-of-two array of buckets by 32-bit index (0 = none), so that the whole
 * table is three blocks of memory taken at birth and an index fits in half a pointer. The slab is used from the front
 * and freed slots are taken again first: a table that is never full touches only the memory it needed. What a packet
 * changes or reads of other flows (chain, expiry neighbours) lies apart from the flows in nodes of 16 bytes: those of
 * 100000 flows fit in a second-level cache, the flows do not.
 *
 * Order: every flow is in one expiry list, that of its group (how long it may be silent) and rank (how much would be lost with
 * it), which flow_class.c reads off the flow. A list is in order of last packet because a packet moves its flow to the tail
 * and stamps it with the table's time, which never runs back. So what is due stands at the heads, expiry and eviction are
 * O(1) a flow, and the least recently seen of a rank, or of all, is the least of the heads. A second list keeps the order of
 * birth for walkers. Nothing that a caller can see depends on the order of the hash chains.
 *
 * That is why the hash may have a secret key drawn at birth: output stays the same from run to run, and nobody can work
 * out in advance which 5-tuples fall into one chain. A key fixed in public source would invite that, and one chain of
 * 262144 flows would break the promise of linear time.
 *
 * Thread: the worker that owns it. Memory: all owned here; flows are lent until on_end returns.
 * The timeouts, with their reasons, are in flow_slots.h; what a packet does to its flow is in flow_packet.c. */
#include "flow/flow_table.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "fenceline/err.h"
#include "flow/flow_slots.h"

/* ---- lists ---- */

#define LIST_OPS(which, array) \
	static void which##_append(struct fl_flow_table *t, struct fl_slot_list *l, uint32_t i) \
	{ \
		t->array[i].which = (struct fl_slot_link){.prev = l->tail}; \
		if (l->tail) \
			t->array[l->tail].which.next = i; \
		else \
			l->head = i; \
		l->tail = i; \
	} \
	static void which##_remove(struct fl_flow_table *t, struct fl_slot_list *l, uint32_t i) \
	{ \
		struct fl_slot_link k = t->array[i].which; \
 \
		if (k.prev) \
			t->array[k.prev].which.next = k.next; \
		else \
			l->head = k.next; \
		if (k.next) \
			t->array[k.next].which.prev = k.prev; \
		else \
			l->tail = k.prev; \
	}
LIST_OPS(age, nodes)
LIST_OPS(birth, slots)
#undef LIST_OPS

/* ---- life of the table ---- */

int fl_flow_table_new(struct fl_flow_table **out, const struct fl_flow_table_opts *opts)
{
	struct fl_flow_table *t = calloc(1, sizeof *t);
	uint32_t buckets = 16;
	int err = FL_ENOMEM;

	if (!t)
		return FL_ENOMEM;
	t->opts = *opts;
	t->max = opts->max_flows ? opts->max_flows : FL_FLOWS_DEFAULT;
	t->fresh = 1;
	t->due_ns = INT64_MAX;
	if (t->max > FL_FLOWS_MAX) {
		err = FL_EINVALID;
		goto fail;
	}
	while (buckets < t->max)
		buckets *= 2;
	t->mask = buckets - 1;
	t->buckets = calloc(buckets, sizeof *t->buckets);
	t->slots = calloc((size_t)t->max + 1, sizeof *t->slots);
	t->nodes = calloc((size_t)t->max + 1, sizeof *t->nodes);
	if (!t->buckets || !t->slots || !t->nodes)
		goto fail;
	if (getrandom(t->secret, sizeof t->secret, 0) != (ssize_t)sizeof t->secret) {
		err = fl_err_from_errno(errno);
		goto fail;
	}
	*out = t;
	return FL_OK;
fail:
	fl_flow_table_free(t);
	return err;
}

void fl_flow_table_free(struct fl_flow_table *t)
{
	if (!t)
		return;
	free(t->buckets);
	free(t->slots);
	free(t->nodes);
	free(t);
}

size_t fl_flow_table_memory(const struct fl_flow_table *t)
{
	return sizeof *t + ((size_t)t->max + 1) * (sizeof *t->slots + sizeof *t->nodes) +
	       ((size_t)t->mask + 1) * sizeof *t->buckets;
}

void fl_flow_table_stats(const struct fl_flow_table *t, struct fl_flow_table_stats *out) { *out = t->stats; }

void fl_flow_table_contexts(struct fl_flow_table *t, const struct fl_contexts *c) { t->contexts = c; }

/* ---- end of flows ---- */

void fl_slot_end(struct fl_flow_table *t, uint32_t i, enum fl_flow_end_reason reason)
{
	struct fl_slot *s = &t->slots[i];
	uint32_t *at = &t->buckets[t->nodes[i].hash & t->mask];

	while (*at != i)
		at = &t->nodes[*at].chain;
	*at = t->nodes[i].chain;
	age_remove(t, &t->age[s->rank][s->group], i);
	birth_remove(t, &t->birth, i);
	t->stats.open--;
	s->flow.end_reason = (uint8_t)reason;
	if (t->opts.on_end)
		t->opts.on_end(t->opts.user, &s->flow);
	t->nodes[i].chain = t->spare;
	t->spare = i;
}

/* How a flow that nothing cuts short ends: as its connection did, else `otherwise`. */
static enum fl_flow_end_reason own_reason(const struct fl_slot *s, enum fl_flow_end_reason otherwise)
{
	return fl_slot_is_tcp(s) ? fl_tcp_end_reason(&s->tcp, otherwise) : otherwise;
}

/* Lists in one row: when their heads are due. */
#define LISTS (FL_FLOW_RANK_COUNT * FL_GROUP_COUNT)

static uint32_t list_head(const struct fl_flow_table *t, unsigned list)
{
	return t->age[list / FL_GROUP_COUNT][list % FL_GROUP_COUNT].head;
}

static int64_t list_due(const struct fl_flow_table *t, unsigned list)
{
	uint32_t i = list_head(t, list);

	return i ? fl_flow_deadline(&t->slots[i]) : INT64_MAX;
}

static void expire(struct fl_flow_table *t)
{
	int64_t due[LISTS];
	unsigned l, first;
	uint32_t i;

	if (t->now_ns < t->due_ns)
		return;
	for (l = 0; l < LISTS; l++)
		due[l] = list_due(t, l);
	for (;;) {
		for (l = 1, first = 0; l < LISTS; l++) {
			if (due[l] < due[first])
				first = l;
		}
		t->due_ns = due[first];
		i = list_head(t, first);
		if (!i || due[first] > t->now_ns)
			return;
		fl_slot_end(t, i, own_reason(&t->slots[i], FL_FLOW_END_IDLE));
		due[first] = list_due(t, first);
	}
}

static uint32_t least_recently_seen(const struct fl_flow_table *t, unsigned rank)
{
	uint32_t best = 0;
	unsigned g;

	for (g = 0; g < FL_GROUP_COUNT; g++) {
		uint32_t i = t->age[rank][g].head;

		if (i && (!best || t->slots[i].touch < t->slots[best].touch))
			best = i;
	}
	return best;
}

/* The least telling flow. A connection that is over loses nothing when it ends a few seconds early: it is no eviction. */
static void make_room(struct fl_flow_table *t)
{
	unsigned rank = 0;
	uint32_t i;

	while (!(i = least_recently_seen(t, rank)))
		rank++;
	if (rank == FL_RANK_CLOSED) {
		fl_slot_end(t, i, own_reason(&t->slots[i], FL_FLOW_END_IDLE));
		return;
	}
	t->stats.evicted++;
	t->stats.evicted_rank[rank]++;
	fl_slot_end(t, i, FL_FLOW_END_EVICTED);
}

void fl_flow_table_advance(struct fl_flow_table *t, int64_t mono_ns)
{
	if (t->has_now && mono_ns < t->now_ns)
		return;
	t->has_now = true;
	t->now_ns = mono_ns;
	expire(t);
}

void fl_flow_table_end_all(struct fl_flow_table *t, enum fl_flow_end_reason reason)
{
	while (t->stats.open) {
		uint32_t first = 0, i;
		unsigned rank;

		for (rank = 0; rank < FL_FLOW_RANK_COUNT; rank++) {
			i = least_recently_seen(t, rank);
			if (i && (!first || t->slots[i].touch < t->slots[first].touch))
				first = i;
		}
		fl_slot_end(t, first, own_reason(&t->slots[first], reason));
	}
}

/* ---- slots ---- */

uint32_t fl_slot_new(struct fl_flow_table *t, const struct fl_flow_key *k, uint32_t hash)
{
	struct fl_slot *s;
	uint32_t i;

	if (t->stats.open == t->max)
		make_room(t);
	i = t->spare;
	if (i)
		t->spare = t->nodes[i].chain;
	else
		i = t->fresh++;
	s = &t->slots[i];
	*s = (struct fl_slot){.way = k->way};
	t->nodes[i] = (struct fl_slot_node){.hash = hash, .chain = t->buckets[hash & t->mask]};
	t->buckets[hash & t->mask] = i;
	s->flow.id = ++t->ids;
	birth_append(t, &t->birth, i);
	t->stats.started++;
	t->stats.open++;
	return i;
}

void fl_slot_touch(struct fl_flow_table *t, uint32_t i, bool is_new)
{
	struct fl_slot *s = &t->slots[i];
	struct fl_slot_list *was = is_new ? NULL : &t->age[s->rank][s->group], *is;
	int64_t due;

	fl_flow_classify(s);
	s->touch = ++t->touches;
	s->touched_ns = t->now_ns;
	is = &t->age[s->rank][s->group];
	if (was != is || is->tail != i) {
		if (was)
			age_remove(t, was, i);
		age_append(t, is, i);
	}
	due = fl_flow_deadline(s);
	if (due < t->due_ns)
		t->due_ns = due;
}

struct fl_flow *fl_flow_table_next(const struct fl_flow_table *t, const struct fl_flow *f)
{
	uint32_t i = f ? ((const struct fl_slot *)(const void *)f)->birth.next : t->birth.head;

	return i ? &t->slots[i].flow : NULL;
}
