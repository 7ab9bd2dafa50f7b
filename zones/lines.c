/* lines.c - see lines.h. A line stands under its protocol and each of its ports where it names few, else under its
 * protocol and any port; a conduit under each of its lines' keys, or under "any protocol" if these are many. So every owner
 * has at most KEYS_MAX entries for each item, and the index is linear in the policy. */
#include "zones/lines.h"

#include <stdlib.h>

#include "fenceline/vocab.h"
#include "zones/load.h"

enum { KEYS_MAX = 8 };

/* ---- asking ---- */

static uint16_t transport(uint8_t ip_proto)
{
	switch (ip_proto) {
	case 1: return FL_PROTOCOL_ICMP;
	case 6: return FL_PROTOCOL_TCP;
	case 17: return FL_PROTOCOL_UDP;
	case 58: return FL_PROTOCOL_ICMPV6;
	case 132: return FL_PROTOCOL_SCTP;
	}
	return FL_PROTOCOL_UNKNOWN;
}

static void add_protocol(struct fl_asked *a, uint16_t id)
{
	unsigned i;

	for (i = 0; i < a->n && a->protocol[i] != id; i++)
		;
	if (i == a->n && id != FL_PROTOCOL_UNKNOWN)
		a->protocol[a->n++] = id;
}

void fl_ask(struct fl_asked *a, const struct fl_question *q)
{
	bool link = q->kind == FL_FLOW_LINK;

	a->q = q;
	a->n = 2;
	a->protocol[0] = FL_PROTOCOL_ANY;
	a->protocol[1] = link ? FL_PROTOCOL_ETHERNET : FL_PROTOCOL_IP;
	if (!link)
		add_protocol(a, transport(q->ip_proto));
	add_protocol(a, q->master);
	add_protocol(a, q->app);
}

bool fl_asked_line(const struct fl_allow *line, const struct fl_asked *a)
{
	const struct fl_question *q = a->q;
	bool icmp = q->ip_proto == 1 || q->ip_proto == 58; /* its "ports" in a flow are types and codes */
	unsigned i;

	for (i = 0; i < a->n && a->protocol[i] != line->protocol; i++)
		;
	if (i == a->n)
		return false;
	if (line->ports.n && (icmp || q->kind == FL_FLOW_LINK || !fl_ranges_hold(&line->ports, q->to_port, q->to_port)))
		return false;
	return !line->ethertypes.n || (q->kind == FL_FLOW_LINK && fl_ranges_hold(&line->ethertypes, q->ethertype, q->ethertype));
}

/* ---- walking ---- */

static uint64_t key_of(enum fl_lines_kind kind, uint32_t owner, uint16_t protocol, uint16_t port)
{
	return (uint64_t)kind << 62 | (uint64_t)owner << 32 | (uint64_t)protocol << 16 | port;
}

void fl_walk_all(struct fl_walk *w, uint32_t n)
{
	w->next = w->n = 0;
	w->end = n;
}

static void add_list(struct fl_walk *w, const struct fl_lines *lines, uint64_t key)
{
	uint32_t s = (uint32_t)fl_hash64(key) & lines->mask;

	for (; lines->slot && lines->slot[s].n; s = (s + 1) & lines->mask)
		if (lines->slot[s].key == key) {
			w->list[w->n].at = lines->items + lines->slot[s].first;
			w->list[w->n].end = w->list[w->n].at + lines->slot[s].n;
			w->n++;
			return;
		}
}

void fl_walk_index(struct fl_walk *w, const struct fl_lines *lines, enum fl_lines_kind kind, uint32_t owner,
		   const struct fl_asked *a)
{
	unsigned i;

	w->next = w->end = w->n = 0;
	for (i = 0; i < a->n; i++) {
		add_list(w, lines, key_of(kind, owner, a->protocol[i], 0));
		if (a->q->to_port)
			add_list(w, lines, key_of(kind, owner, a->protocol[i], a->q->to_port));
	}
}

bool fl_walk_next(struct fl_walk *w, uint32_t *number)
{
	uint32_t least = UINT32_MAX;
	unsigned i;

	if (!w->n) {
		*number = w->next;
		return w->next < w->end && ++w->next;
	}
	for (i = 0; i < w->n; i++)
		if (w->list[i].at < w->list[i].end && *w->list[i].at < least)
			least = *w->list[i].at;
	for (i = 0; i < w->n; i++) /* one may stand in several */
		w->list[i].at += w->list[i].at < w->list[i].end && *w->list[i].at == least;
	*number = least;
	return least != UINT32_MAX;
}

/* ---- building ---- */

struct entry {
	uint64_t key;
	uint32_t item;
};

struct build {
	struct fl_loading *l;
	struct entry *list;
	uint32_t n, cap;
};

static void add_entry(struct build *b, uint64_t key, uint32_t item)
{
	uint32_t cap = b->cap ? b->cap * 2 : 1024;
	struct entry *grown;

	if (b->n == b->cap) {
		grown = b->n > UINT32_MAX / 4 ? NULL : realloc(b->list, cap * sizeof *grown);
		if (!grown) {
			b->l->yaml.nomem = true;
			return;
		}
		b->list = grown;
		b->cap = cap;
	}
	b->list[b->n++] = (struct entry){.key = key, .item = item};
}

/* A small set of (protocol << 16 | port); more than KEYS_MAX: full. */
struct keys {
	uint32_t key[KEYS_MAX];
	unsigned n;
	bool full;
};

static void add_key(struct keys *k, uint32_t key)
{
	unsigned i;

	for (i = 0; i < k->n && k->key[i] != key; i++)
		;
	if (i < k->n)
		return;
	if (k->n == KEYS_MAX)
		k->full = true;
	else
		k->key[k->n++] = key;
}

/* The keys of some lines: with their ports if these are few, else by protocol, else as any. */
static void line_keys(struct keys *k, const struct fl_allow *line, uint32_t n, bool ports)
{
	uint32_t i, r, port;

	*k = (struct keys){.n = 0};
	for (i = 0; i < n && !k->full; i++) {
		const struct fl_yaml_ranges *p = &line[i].ports;

		if (!ports || !p->n)
			add_key(k, (uint32_t)line[i].protocol << 16);
		for (r = 0; ports && r < p->n; r++)
			for (port = p->list[r].lo; port <= p->list[r].hi && !k->full; port++)
				add_key(k, (uint32_t)line[i].protocol << 16 | port);
	}
	if (k->full && ports)
		line_keys(k, line, n, false);
	else if (k->full)
		*k = (struct keys){.key = {(uint32_t)FL_PROTOCOL_ANY << 16}, .n = 1};
}

static void add_item(struct build *b, enum fl_lines_kind kind, uint32_t owner, uint32_t item, const struct fl_allow *line,
		     uint32_t n)
{
	struct keys k;
	unsigned i;

	line_keys(&k, line, n, true);
	for (i = 0; i < k.n && !b->l->yaml.nomem; i++)
		add_entry(b, key_of(kind, owner, (uint16_t)(k.key[i] >> 16), (uint16_t)k.key[i]), item);
}

static void add_pairs(struct build *b, const struct fl_pairs *pairs, enum fl_lines_kind kind)
{
	const struct fl_policy *p = b->l->p;
	uint32_t s, i;

	for (s = 0; pairs->slot && s <= pairs->mask; s++) {
		const struct fl_pair *pair = &pairs->slot[s];

		for (i = 0; pair->n >= FL_LINES_MANY && i < pair->n; i++) {
			uint32_t item = pairs->items[pair->first + i];

			if (kind == FL_CONDUITS_OF_PAIR)
				add_item(b, kind, pair->first, item, p->rules[item].allow, p->rules[item].n_allow);
			else
				add_item(b, kind, pair->first, item, &p->exceptions[item].what, 1);
		}
	}
}

static int by_key(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	return a->key != b->key ? (a->key < b->key ? -1 : 1) : a->item != b->item ? (a->item < b->item ? -1 : 1) : 0;
}

static void index_entries(struct build *b)
{
	struct fl_lines_slot *slot;
	uint32_t *items, i, end, n = 0, mask, s;

	qsort(b->list, b->n, sizeof *b->list, by_key);
	for (i = 0; i < b->n; i++)
		n += !i || b->list[i].key != b->list[i - 1].key;
	mask = fl_table_slots(n) - 1;
	slot = fl_yaml_alloc(&b->l->yaml, ((size_t)mask + 1) * sizeof *slot);
	items = fl_yaml_alloc(&b->l->yaml, b->n * sizeof *items);
	if (!slot || !items)
		return;
	for (i = 0; i < b->n; i = end) {
		for (end = i; end < b->n && b->list[end].key == b->list[i].key; end++)
			items[end] = b->list[end].item;
		for (s = (uint32_t)fl_hash64(b->list[i].key) & mask; slot[s].n; s = (s + 1) & mask)
			;
		slot[s] = (struct fl_lines_slot){.key = b->list[i].key, .first = i, .n = end - i};
	}
	b->l->p->lines = (struct fl_lines){.slot = slot, .mask = mask, .items = items};
}

void fl_policy_compile_lines(struct fl_loading *l)
{
	struct fl_policy *p = l->p;
	struct build b = {.l = l};
	uint32_t i, j;

	for (i = 0; i < p->n_conduits; i++)
		for (j = 0; p->rules[i].indexed && j < p->rules[i].n_allow; j++)
			add_item(&b, FL_LINES_OF_CONDUIT, i, j, &p->rules[i].allow[j], 1);
	add_pairs(&b, &p->conduit_pairs, FL_CONDUITS_OF_PAIR);
	add_pairs(&b, &p->exception_pairs, FL_EXCEPTIONS_OF_PAIR);
	if (b.n && !l->yaml.nomem)
		index_entries(&b);
	free(b.list);
}
