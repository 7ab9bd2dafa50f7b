/* check.c - words become pointers: each reference of a policy is looked up among the ids of its kind, and what two
 * objects must not say together is refused. Ids are sorted once, so a policy of many zones loads in n log n. */
#include <stdlib.h>
#include <string.h>

#include "zones/load.h"

enum { SUGGEST_ALWAYS = 5000, SUGGEST_FIRST = 20 }; /* names beyond which only the first errors come with a suggestion: each
						      * looks at every name */

struct named {
	const char *id;
	struct fl_srcpos at;
	uint32_t index;
};

struct names {
	const char *kind;
	struct named *list;       /* sorted by id, then by index */
	const char **words;       /* the same ids, for suggestions */
	uint32_t n;
};

static int by_id(const void *pa, const void *pb)
{
	const struct named *a = pa, *b = pb;
	int c = strcmp(a->id, b->id);

	return c ? c : a->index < b->index ? -1 : a->index > b->index;
}

static void names_done(struct names *names)
{
	free(names->list);
	free(names->words);
	*names = (struct names){0};
}

static bool names_room(struct fl_loading *l, struct names *names, uint32_t n)
{
	names->list = calloc((size_t)n + 1, sizeof *names->list);
	names->words = calloc((size_t)n + 1, sizeof *names->words);
	if (names->list && names->words)
		return true;
	l->yaml.nomem = true;
	return false;
}

static void names_add(struct names *names, const char *id, struct fl_srcpos at, uint32_t index)
{
	if (id) /* without: told when it was read */
		names->list[names->n++] = (struct named){.id = id, .at = at, .index = index};
}

static void names_sort(struct fl_loading *l, struct names *names)
{
	const struct named *first = names->list;
	uint32_t i;

	qsort(names->list, names->n, sizeof *names->list, by_id);
	for (i = 0; i < names->n; i++) {
		const struct named *e = &names->list[i];

		names->words[i] = e->id;
		if (i && !strcmp(first->id, e->id))
			fl_diag(l->diags, FL_SEV_ERROR, e->at, "%s \"%s\" is declared twice, first at %.120s:%u", names->kind, e->id,
				first->at.file, first->at.line);
		else
			first = e;
	}
}

/* The index of what ref names, or -1 and told. who: `zone "x"`. */
static long resolve(struct fl_loading *l, const struct names *names, const struct fl_ref *ref, const char *who_kind,
		    const char *who)
{
	uint32_t lo = 0, hi = names->n, mid;
	const char *near;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(names->list[mid].id, ref->id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < names->n && !strcmp(names->list[lo].id, ref->id))
		return names->list[lo].index;
	near = l->diags->n < (names->n <= SUGGEST_ALWAYS ? FL_DIAGS_MAX : SUGGEST_FIRST) ? fl_suggest(ref->id, names->words, names->n) : NULL;
	fl_diag(l->diags, FL_SEV_ERROR, ref->at, "%s \"%s\" names unknown %s \"%.63s\"%s%s%s", who_kind, who ? who : "?",
		names->kind, ref->id, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return -1;
}

/* A list of zone references to a list of zones; NULL if any is unknown. */
static const struct fl_zone *const *resolve_zones(struct fl_loading *l, const struct names *zones,
						  const struct fl_refs *refs, const char *who_kind, const char *who)
{
	const struct fl_zone **list = fl_yaml_alloc(&l->yaml, ((size_t)refs->n + 1) * sizeof *list);
	bool ok = list != NULL;
	uint32_t i;
	long z;

	for (i = 0; list && i < refs->n; i++) {
		z = resolve(l, zones, &refs->list[i], who_kind, who);
		if (z < 0)
			ok = false;
		else
			list[i] = &l->p->zones[z].pub;
	}
	return ok ? list : NULL;
}

static void check_plants(struct fl_loading *l, const struct names *scopes)
{
	struct fl_policy *p = l->p;
	uint32_t i;
	long s;

	for (i = 0; i < p->n_scopes; i++)
		p->scopes[i].pub.index = (uint16_t)i;
	for (i = 0; i < p->n_plants; i++) {
		struct fl_plant_full *plant = &p->plants[i];

		plant->pub.index = (uint16_t)i;
		if (!plant->scope_ref.id)
			continue;
		s = resolve(l, scopes, &plant->scope_ref, "plant", plant->pub.id);
		if (s >= 0 && plant->pub.state == FL_PLANT_CERTIFIED)
			plant->pub.scope = &p->scopes[s].pub;
	}
}

/* The scope a zone lies in: its plant's, unless it is taken out or another takes it in. */
static void check_zone_scope(struct fl_loading *l, struct fl_zone_full *z, const struct names *scopes)
{
	const struct fl_plant *plant = z->pub.plant;
	const struct fl_scope *own;
	long s;

	z->pub.scope = z->in_scope == 0 ? NULL : plant->scope;
	if (z->scope_ref.id) {
		s = resolve(l, scopes, &z->scope_ref, "zone", z->pub.id);
		own = s < 0 ? NULL : &l->p->scopes[s].pub;
		if (own && plant->scope && plant->scope != own)
			fl_diag(l->diags, FL_SEV_ERROR, z->scope_ref.at,
				"zone \"%s\" cannot lie in scope \"%s\": its plant \"%s\" lies in scope \"%s\"", z->pub.id,
				own->id, plant->id, plant->scope->id);
		if (own && z->in_scope != 0)
			z->pub.scope = own;
	} else if (z->in_scope == 1 && !plant->scope) {
		fl_diag(l->diags, FL_SEV_ERROR, z->in_scope_at,
			"zone \"%s\" is said to be in scope, but its plant \"%s\" is not certified; name the scope with \"scope\"",
			z->pub.id, plant->id);
	}
}

static void check_zones(struct fl_loading *l, const struct names *plants, const struct names *scopes)
{
	struct fl_policy *p = l->p;
	uint32_t i;
	long n;

	for (i = 0; i < p->n_zones; i++) {
		struct fl_zone_full *z = &p->zones[i];

		z->pub.index = (uint16_t)i;
		if (!z->plant_ref.id || !z->pub.id)
			continue;
		n = resolve(l, plants, &z->plant_ref, "zone", z->pub.id);
		if (n < 0)
			continue;
		z->pub.plant = &p->plants[n].pub;
		check_zone_scope(l, z, scopes);
	}
}

static void check_consumers(struct fl_loading *l, const struct names *zones)
{
	uint32_t i;

	for (i = 0; i < l->p->n_zones; i++) {
		struct fl_zone_full *z = &l->p->zones[i];

		z->consumer_zones = resolve_zones(l, zones, &z->consumers, "zone", z->pub.id);
	}
}

static void check_assets(struct fl_loading *l)
{
	struct names names = {.kind = "asset"};
	struct fl_policy *p = l->p;
	uint64_t total = 0;
	uint32_t i, j, n = 0;

	for (i = 0; i < p->n_zones; i++)
		total += p->zones[i].pub.n_assets;
	if (total < UINT32_MAX && names_room(l, &names, (uint32_t)total)) {
		for (i = 0; i < p->n_zones; i++)
			for (j = 0; j < p->zones[i].pub.n_assets; j++)
				names_add(&names, p->zones[i].pub.assets[j].id, p->zones[i].pub.assets[j].at, n++);
		names_sort(l, &names);
	}
	names_done(&names);
}

/* Some pair of the two lists lies in two scopes, or in one and none: true unless all of both lie in the same. */
static bool crosses(const struct fl_zone *const *from, uint32_t n_from, const struct fl_zone *const *to, uint32_t n_to)
{
	const struct fl_scope *scope = from[0]->scope;
	uint32_t i;

	for (i = 0; i < n_from; i++)
		if (from[i]->scope != scope)
			return true;
	for (i = 0; i < n_to; i++)
		if (to[i]->scope != scope)
			return true;
	return false;
}

static void check_conduits(struct fl_loading *l, const struct names *zones, const struct names *suppliers)
{
	struct fl_policy *p = l->p;
	uint32_t i;
	long s;

	for (i = 0; i < p->n_conduits; i++) {
		struct fl_conduit *c = &p->conduits[i];

		c->pub.from = resolve_zones(l, zones, &c->from_refs, "conduit", c->pub.id);
		c->pub.to = resolve_zones(l, zones, &c->to_refs, "conduit", c->pub.id);
		c->pub.n_from = c->pub.from ? c->from_refs.n : 0;
		c->pub.n_to = c->pub.to ? c->to_refs.n : 0;
		if (c->pub.n_from && c->pub.n_to)
			c->pub.crosses = crosses(c->pub.from, c->pub.n_from, c->pub.to, c->pub.n_to);
		if (c->supplier_ref.id) {
			s = resolve(l, suppliers, &c->supplier_ref, "conduit", c->pub.id);
			c->pub.supplier = s < 0 ? NULL : &p->suppliers[s];
		}
	}
}

static void check_exceptions(struct fl_loading *l, const struct names *zones, const struct names *conduits)
{
	struct fl_policy *p = l->p;
	uint32_t i;
	long n;

	for (i = 0; i < p->n_exceptions; i++) {
		struct fl_exception *e = &p->exceptions[i];

		if (e->conduit_ref.id) {
			n = resolve(l, conduits, &e->conduit_ref, "exception", e->pub.id);
			if (n < 0)
				continue;
			e->pub.conduit = &p->conduits[n];
			e->pub.from = p->conduits[n].pub.from;
			e->pub.to = p->conduits[n].pub.to;
			e->pub.n_from = p->conduits[n].pub.n_from;
			e->pub.n_to = p->conduits[n].pub.n_to;
		} else {
			e->pub.from = resolve_zones(l, zones, &e->from_refs, "exception", e->pub.id);
			e->pub.to = resolve_zones(l, zones, &e->to_refs, "exception", e->pub.id);
			e->pub.n_from = e->pub.from ? e->from_refs.n : 0;
			e->pub.n_to = e->pub.to ? e->to_refs.n : 0;
		}
		if (e->pub.n_from && e->pub.n_to)
			e->pub.crosses = crosses(e->pub.from, e->pub.n_from, e->pub.to, e->pub.n_to);
	}
}

enum { SCOPES, SUPPLIERS, PLANTS, ZONES, CONDUITS, EXCEPTIONS, KINDS };

/* How many there are of each kind, and may be; the one too many is told. */
static bool check_counts(struct fl_loading *l, const struct names names[KINDS], uint32_t n[KINDS])
{
	static const uint32_t most[KINDS] = {FL_SCOPES_MAX, FL_ZONES_MAX, FL_ZONES_MAX, FL_ZONES_MAX, FL_CONDUITS_MAX, FL_CONDUITS_MAX};
	const struct fl_policy *p = l->p;
	bool ok = true;
	int k;

	n[SCOPES] = p->n_scopes;
	n[SUPPLIERS] = p->n_suppliers;
	n[PLANTS] = p->n_plants;
	n[ZONES] = p->n_zones;
	n[CONDUITS] = p->n_conduits;
	n[EXCEPTIONS] = p->n_exceptions;
	for (k = 0; k < KINDS; k++) {
		struct fl_srcpos at;

		if (n[k] <= most[k])
			continue;
		at = k == SCOPES ? p->scopes[most[k]].pub.at : k == SUPPLIERS ? p->suppliers[most[k]].at
		   : k == PLANTS ? p->plants[most[k]].pub.at : k == ZONES ? p->zones[most[k]].pub.at
		   : k == CONDUITS ? p->conduits[most[k]].pub.at : p->exceptions[most[k]].pub.at;
		fl_diag(l->diags, FL_SEV_ERROR, at, "more than %u %ss", most[k], names[k].kind);
		ok = false;
	}
	return ok;
}

void fl_policy_check(struct fl_loading *l)
{
	struct fl_policy *p = l->p;
	struct names names[KINDS] = {
		{.kind = "scope"}, {.kind = "supplier"}, {.kind = "plant"}, {.kind = "zone"}, {.kind = "conduit"},
		{.kind = "exception"},
	};
	uint32_t n[KINDS], i;
	int k;

	if (!check_counts(l, names, n))
		return;
	for (k = 0; k < KINDS; k++)
		if (!names_room(l, &names[k], n[k]))
			goto out;
	for (i = 0; i < p->n_scopes; i++)
		names_add(&names[SCOPES], p->scopes[i].pub.id, p->scopes[i].pub.at, i);
	for (i = 0; i < p->n_suppliers; i++)
		names_add(&names[SUPPLIERS], p->suppliers[i].id, p->suppliers[i].at, i);
	for (i = 0; i < p->n_plants; i++)
		names_add(&names[PLANTS], p->plants[i].pub.id, p->plants[i].pub.at, i);
	for (i = 0; i < p->n_zones; i++)
		names_add(&names[ZONES], p->zones[i].pub.id, p->zones[i].pub.at, i);
	for (i = 0; i < p->n_conduits; i++)
		names_add(&names[CONDUITS], p->conduits[i].pub.id, p->conduits[i].pub.at, i);
	for (i = 0; i < p->n_exceptions; i++)
		names_add(&names[EXCEPTIONS], p->exceptions[i].pub.id, p->exceptions[i].pub.at, i);
	for (k = 0; k < KINDS; k++)
		names_sort(l, &names[k]);
	check_plants(l, &names[SCOPES]);
	check_zones(l, &names[PLANTS], &names[SCOPES]);
	check_consumers(l, &names[ZONES]);
	check_assets(l);
	check_conduits(l, &names[ZONES], &names[SUPPLIERS]);
	check_exceptions(l, &names[ZONES], &names[CONDUITS]);
out:
	for (k = 0; k < KINDS; k++)
		names_done(&names[k]);
}
