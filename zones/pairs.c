/* pairs.c - which conduits and exceptions join two zones: by a table over the pairs, in the order of the file. */
#include <stdlib.h>
#include <string.h>

#include "zones/lines.h"
#include "zones/load.h"

enum { PAIRS_MAX = 4000000 }; /* (from, to) of all conduits; lists of zones multiply */

struct pair_list {
	uint64_t *list; /* zones << 32 | item */
	uint32_t n, cap;
};

static bool add_pairs(struct fl_loading *l, struct pair_list *pairs, const struct fl_zone *const *from, uint32_t n_from,
		      const struct fl_zone *const *to, uint32_t n_to, uint32_t item, struct fl_srcpos at)
{
	uint64_t more = (uint64_t)n_from * n_to, cap;
	uint64_t *grown;
	uint32_t i, j;

	if (more > PAIRS_MAX - pairs->n) {
		fl_diag(l->diags, FL_SEV_ERROR, at, "conduits or exceptions join more than %d pairs of zones", PAIRS_MAX);
		return false;
	}
	if (pairs->n + more > pairs->cap) {
		cap = (pairs->n + more) * 2;
		grown = realloc(pairs->list, cap * sizeof *grown);
		if (!grown) {
			l->yaml.nomem = true;
			return false;
		}
		pairs->list = grown;
		pairs->cap = (uint32_t)cap;
	}
	for (i = 0; i < n_from; i++)
		for (j = 0; j < n_to; j++)
			if (from[i] != to[j])
				pairs->list[pairs->n++] = ((uint64_t)from[i]->index << 16 | to[j]->index) << 32 | item;
	return true;
}

static int by_value(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

/* rules NULL: of exceptions. */
static void index_pairs(struct fl_loading *l, struct pair_list *from, const struct fl_rule *rules, struct fl_pairs *out)
{
	struct fl_pair *slot;
	uint32_t *items, i, end, n = 0, mask, s;

	if (!from->n)
		return;
	qsort(from->list, from->n, sizeof *from->list, by_value);
	for (i = 0; i < from->n; i++)
		n += !i || from->list[i] >> 32 != from->list[i - 1] >> 32;
	mask = fl_table_slots(n) - 1;
	slot = fl_yaml_alloc(&l->yaml, ((size_t)mask + 1) * sizeof *slot);
	items = fl_yaml_alloc(&l->yaml, from->n * sizeof *items);
	if (!slot || !items)
		return;
	for (i = 0; i < from->n; i = end) {
		uint32_t zones = (uint32_t)(from->list[i] >> 32);

		for (end = i; end < from->n && from->list[end] >> 32 == zones; end++)
			items[end] = (uint32_t)from->list[end];
		for (s = (uint32_t)fl_hash64(zones) & mask; slot[s].n; s = (s + 1) & mask)
			;
		slot[s] = (struct fl_pair){.zones = zones, .first = end - i == 1 ? items[i] : i, .n = end - i,
					   .line = rules ? (uint32_t)(rules[items[i]].allow - l->p->allow_lines) : 0};
	}
	*out = (struct fl_pairs){.slot = slot, .mask = mask, .n = n, .items = items};
}

const struct fl_pair *fl_pair_of(const struct fl_pairs *pairs, unsigned from, unsigned to)
{
	uint32_t zones = (uint32_t)from << 16 | to, s = (uint32_t)fl_hash64(zones) & pairs->mask;

	for (; pairs->slot && pairs->slot[s].n; s = (s + 1) & pairs->mask)
		if (pairs->slot[s].zones == zones)
			return &pairs->slot[s];
	return NULL;
}

const uint32_t *fl_pair_items(const struct fl_pairs *pairs, const struct fl_pair *pair)
{
	return pair->n == 1 ? &pair->first : pairs->items + pair->first;
}

const uint32_t *fl_pairs_find(const struct fl_pairs *pairs, unsigned from, unsigned to, uint32_t *n)
{
	const struct fl_pair *pair = fl_pair_of(pairs, from, to);

	*n = pair ? pair->n : 0;
	return pair ? fl_pair_items(pairs, pair) : NULL;
}

/* The lines of all conduits side by side, and the rules that point to them: what decisions read stands apart from what
 * people read, or a large policy would cost a page of memory for each question. */
static void compile_rules(struct fl_loading *l)
{
	enum { LINE = 64 }; /* of the cache; a rule fills one */
	struct fl_policy *p = l->p;
	struct fl_allow *lines;
	struct fl_rule *rules;
	unsigned char *room;
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < p->n_conduits; i++)
		total += p->conduits[i].pub.n_allow;
	lines = fl_yaml_alloc(&l->yaml, (total + 1) * sizeof *lines);
	room = fl_yaml_alloc(&l->yaml, (size_t)p->n_conduits * sizeof *rules + LINE);
	if (!lines || !room)
		return;
	room += LINE - (uintptr_t)room % LINE;
	rules = (struct fl_rule *)(void *)room;
	p->allow_lines = lines;
	for (i = 0; i < p->n_conduits; i++) {
		struct fl_conduit *c = &p->conduits[i];

		memcpy(lines, c->allow, c->pub.n_allow * sizeof *lines);
		c->allow = lines;
		lines += c->pub.n_allow;
		rules[i] = (struct fl_rule){
			.from_ns = c->pub.valid_from_ns, .until_ns = c->pub.valid_until_ns, .allow = c->allow, .windows = c->windows,
			.n_allow = c->pub.n_allow, .n_windows = (uint16_t)c->n_windows, .log_all = c->pub.log_all,
			.indexed = c->pub.n_allow >= FL_LINES_MANY, .id = c->pub.id, .at = c->pub.at,
		};
	}
	p->rules = rules;
}

void fl_policy_compile_pairs(struct fl_loading *l)
{
	struct pair_list conduits = {0}, exceptions = {0};
	struct fl_policy *p = l->p;
	bool ok = true;
	uint32_t i;

	compile_rules(l);
	for (i = 0; ok && i < p->n_conduits; i++) {
		const struct fl_conduit_info *c = &p->conduits[i].pub;

		ok = add_pairs(l, &conduits, c->from, c->n_from, c->to, c->n_to, i, c->at);
	}
	for (i = 0; ok && i < p->n_exceptions; i++) {
		const struct fl_exception_info *e = &p->exceptions[i].pub;

		ok = add_pairs(l, &exceptions, e->from, e->n_from, e->to, e->n_to, i, e->at);
	}
	if (ok) {
		index_pairs(l, &conduits, p->rules, &p->conduit_pairs);
		index_pairs(l, &exceptions, NULL, &p->exception_pairs);
	}
	free(conduits.list);
	free(exceptions.list);
	if (ok && !l->yaml.nomem)
		fl_policy_compile_lines(l);
}
