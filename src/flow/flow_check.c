/* flow_check.c - the invariants of a flow table, for tests: lists whole and in order, every flow found by its hash,
 * nothing due later than the table believes, flows, slots and evictions adding up. */
#include "flow/flow_slots.h"

static void require(bool ok, const char *what)
{
	if (!ok)
		FL_BUG(what);
}

static void check_slot(const struct fl_flow_table *t, uint32_t own, unsigned rank, unsigned group)
{
	const struct fl_slot *s = &t->slots[own];
	const struct fl_flow *f = &s->flow;
	uint32_t i;

	require(s->rank == rank && s->group == group, "flow table: a flow is in another list");
	require(s->touched_ns <= t->now_ns, "flow table: a flow from the future");
	require(fl_flow_deadline(s) >= t->due_ns, "flow table: due time is too late");
	require(f->end_reason == FL_FLOW_END_NONE, "flow table: an ended flow is in it");
	require(f->initiator <= 1 && f->id && f->id <= t->ids, "flow table: initiator or id");
	require(fl_addr_cmp(&f->end[0].addr, &f->end[1].addr) <= 0, "flow table: ends are not in key order");
	require(s->seen == (f->end[0].seen | f->end[1].seen << 1), "flow table: who was seen");
	require(f->end[f->first].seen, "flow table: who was first was not seen");
	require(f->end[f->initiator].seen || f->end[!f->initiator].seen, "flow table: a flow without packets");
	for (i = t->buckets[t->nodes[own].hash & t->mask]; i; i = t->nodes[i].chain) {
		if (i == own)
			return;
	}
	FL_BUG("flow table: a flow cannot be found");
}

/* Gives how many flows are in it. */
static uint32_t check_list(const struct fl_flow_table *t, unsigned rank, unsigned group)
{
	const struct fl_slot_list *l = &t->age[rank][group];
	uint32_t i, prev = 0, n = 0;
	uint64_t last = 0;

	for (i = l->head; i; prev = i, i = t->nodes[i].age.next) {
		require(t->nodes[i].age.prev == prev, "flow table: expiry list is torn");
		require(t->slots[i].touch > last, "flow table: expiry list is out of order");
		last = t->slots[i].touch;
		check_slot(t, i, rank, group);
		require(++n <= t->max, "flow table: expiry list goes in a circle");
	}
	require(l->tail == prev, "flow table: tail of expiry list");
	return n;
}

void fl_flow_table_check(const struct fl_flow_table *t)
{
	uint32_t i, prev, n = 0, born = 0, spare = 0;
	uint64_t last, evicted = 0;
	unsigned rank, group;

	for (rank = 0; rank < FL_FLOW_RANK_COUNT; rank++) {
		for (group = 0; group < FL_GROUP_COUNT; group++)
			n += check_list(t, rank, group);
		evicted += t->stats.evicted_rank[rank];
	}
	for (i = t->birth.head, prev = 0, last = 0; i; prev = i, i = t->slots[i].birth.next) {
		require(t->slots[i].birth.prev == prev && t->slots[i].flow.id > last, "flow table: order of birth");
		last = t->slots[i].flow.id;
		born++;
	}
	for (i = t->spare; i; i = t->nodes[i].chain)
		require(++spare <= t->max, "flow table: spare list goes in a circle");
	require(n == t->stats.open && born == n && n + spare + 1 == t->fresh, "flow table: flows do not add up");
	require(evicted == t->stats.evicted && !t->stats.evicted_rank[FL_RANK_CLOSED], "flow table: evictions do not add up");
}
