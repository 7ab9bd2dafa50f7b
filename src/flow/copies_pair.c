/* copies_pair.c - see copies_pair.h. */
#include "flow/copies_pair.h"

#include <assert.h>

#include "fenceline/compiler.h"
#include "flow/siphash.h"

#define SEEN_MAX 128    /* some bursts: a switch may show 40 frames of one port before those of the other */
#define PAIR_ENOUGH 4   /* so few frames decide; a chance repeat of one or two does not */
#define IFACE_ENOUGH 32

static_assert(FL_COPY_PAIRS_MAX < UINT16_MAX && (FL_COPY_PAIRS_MAX & (FL_COPY_PAIRS_MAX - 1)) == 0, "names are 16 bits");

static uint16_t *bucket_of(struct fl_copy_pairs *ps, const struct fl_copy_pair_key *k)
{
	uint64_t m[3] = {k->station[0], k->station[1], k->where};

	return &ps->bucket[fl_siphash(m, 3, ps->secret) & (FL_COPY_PAIRS_MAX - 1)];
}

static void unlink_age(struct fl_copy_pairs *ps, uint16_t i)
{
	struct fl_copy_pair *p = &ps->pair[i];

	if (p->newer)
		ps->pair[p->newer].older = p->older;
	else
		ps->newest = p->older;
	if (p->older)
		ps->pair[p->older].newer = p->newer;
	else
		ps->oldest = p->newer;
}

static void link_newest(struct fl_copy_pairs *ps, uint16_t i)
{
	struct fl_copy_pair *p = &ps->pair[i];

	p->newer = 0;
	p->older = ps->newest;
	if (ps->newest)
		ps->pair[ps->newest].newer = i;
	else
		ps->oldest = i;
	ps->newest = i;
}

static uint16_t take_oldest(struct fl_copy_pairs *ps)
{
	uint16_t i = ps->oldest, *at = bucket_of(ps, &ps->pair[i].key);

	while (*at != i)
		at = &ps->pair[*at].chain;
	*at = ps->pair[i].chain;
	unlink_age(ps, i);
	return i;
}

static bool is_pair(const struct fl_copy_pair *p, const struct fl_copy_pair_key *k)
{
	return p->key.station[0] == k->station[0] && p->key.station[1] == k->station[1] && p->key.where == k->where;
}

struct fl_copy_pair *fl_copy_pairs_find(struct fl_copy_pairs *ps, const struct fl_copy_pair_key *key)
{
	uint16_t *at, i;

	if (ps->newest && is_pair(&ps->pair[ps->newest], key))
		return &ps->pair[ps->newest];
	at = bucket_of(ps, key);
	for (i = *at; i && !is_pair(&ps->pair[i], key); i = ps->pair[i].chain)
		;
	if (i) {
		unlink_age(ps, i);
	} else {
		i = ps->n < FL_COPY_PAIRS_MAX ? ++ps->n : take_oldest(ps);
		ps->pair[i] = (struct fl_copy_pair){.key = *key, .chain = *at};
		*at = i;
	}
	link_newest(ps, i);
	return &ps->pair[i];
}

static void saw(struct fl_evidence *e)
{
	unsigned i;

	if (++e->seen < SEEN_MAX)
		return;
	e->seen /= 2;
	for (i = 0; i < FL_REPEATS; i++)
		e->repeated[i] /= 2;
}

static void repeated(struct fl_evidence *e, enum fl_repeat how)
{
	e->repeated[how] += e->repeated[how] < e->seen;
}

static struct fl_evidence *iface_of(struct fl_copy_pairs *ps, const struct fl_copy_pair *p)
{
	return &ps->iface[p->key.where & 255];
}

void fl_copy_pairs_saw(struct fl_copy_pairs *ps, struct fl_copy_pair *p)
{
	saw(&p->evidence);
	saw(iface_of(ps, p));
}

void fl_copy_pairs_repeated(struct fl_copy_pairs *ps, struct fl_copy_pair *p, enum fl_repeat how)
{
	repeated(&p->evidence, how);
	repeated(iface_of(ps, p), how);
}

bool fl_copy_pairs_shows_twice(const struct fl_copy_pairs *ps, const struct fl_copy_pair *p, enum fl_repeat how)
{
	const struct fl_evidence *e = &p->evidence, *i = &ps->iface[p->key.where & 255];

	if (e->seen >= PAIR_ENOUGH)
		return e->repeated[how] >= PAIR_ENOUGH && e->repeated[how] * 2 >= e->seen;
	return i->repeated[how] >= IFACE_ENOUGH && i->repeated[how] * 4 >= i->seen * 3;
}

void fl_copy_pairs_check(const struct fl_copy_pairs *ps)
{
	uint16_t i, at, n = 0, prev = 0, chained = 0;
	unsigned b;

	for (i = ps->newest; i; prev = i, i = ps->pair[i].older) {
		const struct fl_evidence *e = &ps->pair[i].evidence;

		if (ps->pair[i].newer != prev || ++n > ps->n)
			FL_BUG("copies: pairs by age");
		for (b = 0; b < FL_REPEATS; b++) {
			if (e->repeated[b] > e->seen)
				FL_BUG("copies: more was repeated than seen");
		}
	}
	for (b = 0; b < FL_COPY_PAIRS_MAX; b++) {
		for (at = ps->bucket[b]; at && chained <= n; at = ps->pair[at].chain)
			chained++;
	}
	if (ps->oldest != prev || n != ps->n || chained != n)
		FL_BUG("copies: pairs do not add up");
}
