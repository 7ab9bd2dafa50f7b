/* flow_check.c - the invariants of a flow table, for tests: lists whole and in order, every flow found by its hash,
 * nothing due later than the table believes, flows and slots adding up. */
#include "flow/flow_slots.h"

static void require(bool ok, const char *what)
{
	if (!ok)
		FL_BUG(what);
}

static void check_slot(const struct fl_flow_table *t, uint32_t own, unsigned class)
{
	const struct fl_slot *s = &t->slots[own];
	const struct fl_flow *f = &s->flow;
	uint32_t i;

	require(s->class == class, "flow table: a flow is in another class's list");
	require(s->touched_ns <= t->now_ns, "flow table: a flow from the future");
	require(fl_flow_deadline(s) >= t->due_ns, "flow table: due time is too late");
	require(f->last_ns >= f->first_ns, "flow table: negative age");
	require(f->end_reason == FL_FLOW_END_NONE, "flow table: an ended flow is in it");
	require(f->initiator <= 1 && f->id && f->id <= t->ids, "flow table: initiator or id");
	require(fl_addr_cmp(&f->end[0].addr, &f->end[1].addr) <= 0, "flow table: ends are not in key order");
	require(f->end[f->initiator].seen || f->end[!f->initiator].seen, "flow table: a flow without packets");
	for (i = t->buckets[t->nodes[own].hash & t->mask]; i; i = t->nodes[i].chain) {
		if (i == own)
			return;
	}
	FL_BUG("flow table: a flow cannot be found");
}

void fl_flow_table_check(const struct fl_flow_table *t)
{
	uint32_t i, prev, n = 0, born = 0, spare = 0;
	uint64_t last;
	unsigned c;

	for (c = 0; c < FL_CLASS_COUNT; c++) {
		for (i = t->age[c].head, prev = 0, last = 0; i; prev = i, i = t->nodes[i].age.next) {
			require(t->nodes[i].age.prev == prev, "flow table: expiry list is torn");
			require(t->slots[i].touch > last, "flow table: expiry list is out of order");
			last = t->slots[i].touch;
			check_slot(t, i, c);
			require(++n <= t->max, "flow table: expiry lists go in a circle");
		}
		require(t->age[c].tail == prev, "flow table: tail of expiry list");
	}
	for (i = t->birth.head, prev = 0, last = 0; i; prev = i, i = t->slots[i].birth.next) {
		require(t->slots[i].birth.prev == prev && t->slots[i].flow.id > last, "flow table: order of birth");
		last = t->slots[i].flow.id;
		born++;
	}
	for (i = t->spare; i; i = t->nodes[i].chain)
		require(++spare <= t->max, "flow table: spare list goes in a circle");
	require(n == t->stats.open && born == n && n + spare + 1 == t->fresh, "flow table: flows do not add up");
}
