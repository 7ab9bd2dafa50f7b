/* compile.c - the look-ups of a policy: which plant captures a frame, which zone holds an address, which conduits join
 * two zones. What two objects both claim is an error here, with both places: nothing is guessed while running. */
#include <stdlib.h>
#include <string.h>

#include "zones/load.h"

enum {
	CAPTURES_MAX = 1024,     /* rows of 8 KiB each */
	PAIRS_MAX = 4000000,     /* (from, to) of all conduits; lists of zones multiply */
};

/* ---- captures ---- */

struct capture_rows {
	struct fl_capture_row *rows;
	uint32_t n;
	const struct fl_capture **by; /* who set plant[v] of row r: by[r * (FL_NO_VLAN + 1) + v] */
};

/* Plant p takes VLAN v of row r; false and told if another plant has it. */
static bool claim_capture(struct fl_loading *l, struct capture_rows *rows, uint32_t r, unsigned v, uint32_t plant,
			  const struct fl_capture *c)
{
	uint16_t *slot = &rows->rows[r].plant[v];
	const struct fl_capture **by = &rows->by[(size_t)r * (FL_NO_VLAN + 1) + v];
	const struct fl_plant *other;
	char vlan[24] = "";

	if (!*slot) {
		*slot = (uint16_t)(plant + 1);
		*by = c;
		return true;
	}
	if (*slot == plant + 1)
		return true;
	other = &l->p->plants[*slot - 1].pub;
	if (c->vlan.n || (*by)->vlan.n)
		snprintf(vlan, sizeof vlan, "VLAN %u%s", v, rows->rows[r].interface ? " of " : "");
	fl_diag(l->diags, FL_SEV_ERROR, c->at, "plant \"%s\" and plant \"%s\" (%.120s:%u) both capture %s%s%.60s",
		l->p->plants[plant].pub.id, other->id, (*by)->at.file, (*by)->at.line, vlan,
		rows->rows[r].interface ? "interface " : "", rows->rows[r].interface ? rows->rows[r].interface : "");
	return false;
}

static void claim_captures(struct fl_loading *l, struct capture_rows *rows, uint32_t r, uint32_t plant,
			   const struct fl_capture *c)
{
	uint32_t i, v;

	for (i = 0; i < c->vlan.n; i++)
		for (v = c->vlan.list[i].lo; v <= c->vlan.list[i].hi; v++)
			if (!claim_capture(l, rows, r, v, plant, c))
				return; /* once for each capture is enough */
	for (v = 0; !c->vlan.n && v <= FL_NO_VLAN; v++)
		if (!claim_capture(l, rows, r, v, plant, c))
			return;
}

static uint32_t row_of(const struct capture_rows *rows, const char *interface)
{
	uint32_t r = 0;

	if (interface)
		for (r = 1; r < rows->n && strcmp(rows->rows[r].interface, interface); r++)
			;
	return r;
}

static void compile_captures(struct fl_loading *l)
{
	struct capture_rows rows = {.n = 1};
	struct fl_policy *p = l->p;
	uint32_t i, j, r, v, total = 0;

	for (i = 0; i < p->n_plants; i++) {
		for (j = 0; j < p->plants[i].n_capture && total <= CAPTURES_MAX; j++)
			total++;
		if (total > CAPTURES_MAX) {
			fl_diag(l->diags, FL_SEV_ERROR, p->plants[i].pub.at, "more than %d captures", CAPTURES_MAX);
			return;
		}
	}
	rows.rows = fl_yaml_alloc(&l->yaml, (total + 1) * sizeof *rows.rows);
	rows.by = calloc((size_t)(total + 1) * (FL_NO_VLAN + 1), sizeof(const struct fl_capture *));
	if (!rows.rows || !rows.by) {
		l->yaml.nomem = true;
		free(rows.by);
		return;
	}
	for (i = 0; i < p->n_plants; i++)
		for (j = 0; p->plants[i].pub.id && j < p->plants[i].n_capture; j++) {
			const struct fl_capture *c = &p->plants[i].capture[j];

			r = row_of(&rows, c->interface);
			if (r == rows.n)
				rows.rows[rows.n++].interface = c->interface;
			claim_captures(l, &rows, r, i, c);
		}
	/* VLANs without an interface are captured on every one, also on those that other plants name. */
	for (r = 1; r < rows.n; r++)
		for (v = 0; v <= FL_NO_VLAN; v++)
			if (rows.rows[0].plant[v] &&
			    !claim_capture(l, &rows, r, v, rows.rows[0].plant[v] - 1u, rows.by[v]))
				break;
	p->rows = rows.rows;
	p->n_rows = rows.n;
	free(rows.by);
}

/* ---- members ---- */

static struct fl_plant_full *plant_of(struct fl_policy *p, const struct fl_zone *z)
{
	return &p->plants[z->plant->index];
}

static struct fl_srcpos claim_at(const struct fl_policy *p, const struct fl_claim *c)
{
	return fl_zone_full(p, c->zone)->members[c->member].at;
}

static void tell_collision(struct fl_loading *l, const struct fl_zone_full *z, uint32_t i, const struct fl_claim *by)
{
	struct fl_srcpos first = claim_at(l->p, by);
	char text[64];

	fl_zone_member_text(l->p, &z->pub, i, text, sizeof text);
	if (by->zone == &z->pub)
		fl_diag(l->diags, FL_SEV_ERROR, z->members[i].at, "%s is a member of zone \"%s\" twice, first at %.120s:%u", text,
			z->pub.id, first.file, first.line);
	else
		fl_diag(l->diags, FL_SEV_ERROR, z->members[i].at, "%s is in zone \"%s\" and already in zone \"%s\" at %.120s:%u%s",
			text, z->pub.id, by->zone->id, first.file, first.line,
			z->pub.plant == by->zone->plant ? "" : "; only if both plants have a \"capture\" may they share it");
}

static void note_shared(struct fl_plant_full *plant, const struct fl_claim *own, const struct fl_claim *others)
{
	if (plant->shares)
		return;
	plant->shares = own;
	plant->with = others;
}

/* Put a claim into a slot of the index over all plants. With another plant's claim on the same, both plants' captures
 * tell their frames apart, and each needs an address space of its own; any other collision is told, and false. */
static bool claim_member(struct fl_loading *l, struct fl_claim **slot, const struct fl_zone_full *z, uint32_t i)
{
	struct fl_plant_full *mine = plant_of(l->p, &z->pub);
	struct fl_claim *claim, **by;

	for (by = slot; *by; by = &(*by)->other)
		if ((*by)->zone->plant == z->pub.plant || !mine->n_capture || !plant_of(l->p, (*by)->zone)->n_capture) {
			tell_collision(l, z, i, *by);
			return false;
		}
	claim = fl_yaml_alloc(&l->yaml, sizeof *claim);
	if (!claim)
		return false;
	*claim = (struct fl_claim){.zone = &z->pub, .member = i};
	*by = claim;
	if (claim != *slot) {
		note_shared(mine, claim, *slot);
		note_shared(plant_of(l->p, (*slot)->zone), *slot, claim);
	}
	return true;
}

/* The same into the index of one plant, whose collisions have been told: the first stays. */
static bool claim_own(struct fl_loading *l, struct fl_claim **slot, const struct fl_zone_full *z, uint32_t i)
{
	if (!*slot)
		*slot = fl_yaml_alloc(&l->yaml, sizeof **slot);
	if (*slot && !(*slot)->zone)
		**slot = (struct fl_claim){.zone = &z->pub, .member = i};
	return *slot != NULL;
}

typedef bool claim_fn(struct fl_loading *l, struct fl_claim **slot, const struct fl_zone_full *z, uint32_t i);

static void add_members(struct fl_loading *l, struct fl_place_index *index, const struct fl_zone_full *z, claim_fn *claim)
{
	struct fl_claim *held;
	uint32_t i;
	unsigned v;
	void **slot;

	for (i = 0; i < z->n_members && !l->yaml.nomem; i++) {
		const struct fl_member *m = &z->members[i];

		if (m->kind == FL_MEMBER_VLAN) {
			if (!index->vlans)
				index->vlans = fl_yaml_alloc(&l->yaml, FL_NO_VLAN * sizeof *index->vlans);
			for (v = m->vlan_lo; index->vlans && v <= m->vlan_hi; v++)
				if (!claim(l, &index->vlans[v], z, i))
					break; /* once for each member is enough */
			continue;
		}
		slot = fl_lpm_insert(m->kind == FL_MEMBER_MAC ? &index->macs : &index->prefixes, &l->p->arena, &m->addr, m->bits);
		if (!slot) {
			l->yaml.nomem = true;
			return;
		}
		held = *slot;
		if (claim(l, &held, z, i))
			*slot = held;
	}
}

const struct fl_zone *fl_claim_find(const struct fl_policy *p, const struct fl_plant_full *plant,
				    const struct fl_addr *addr, unsigned *bits)
{
	bool mac = addr->kind == FL_ADDR_MAC;
	const struct fl_claim *claim = NULL;

	if (plant && plant->places)
		claim = fl_lpm_find(mac ? &plant->places->macs : &plant->places->prefixes, addr, bits);
	if (!claim)
		claim = fl_lpm_find(mac ? &p->places.macs : &p->places.prefixes, addr, bits);
	return claim && !claim->other ? claim->zone : NULL;
}

/* ---- assets ---- */

static int by_ip(const void *pa, const void *pb)
{
	const struct fl_asset *const *a = pa, *const *b = pb;

	return fl_addr_cmp(&(*a)->ip, &(*b)->ip);
}

static int by_mac(const void *pa, const void *pb)
{
	const struct fl_asset *const *a = pa, *const *b = pb;

	return fl_addr_cmp(&(*a)->mac, &(*b)->mac);
}

/* A declared asset must be found at its address again, or its declaration would do nothing. */
static void check_asset(struct fl_loading *l, const struct fl_zone_full *z, const struct fl_asset *a)
{
	const struct fl_zone *found;
	unsigned bits = 0;
	bool by_link = false;
	char text[FL_ADDR_TEXT_MAX];
	uint32_t i;

	if (!a->ip.kind || !a->id)
		return;
	found = fl_claim_find(l->p, &l->p->plants[z->pub.plant->index], &a->ip, &bits);
	for (i = 0; i < z->n_members && !found; i++)
		by_link |= z->members[i].kind == FL_MEMBER_MAC || (z->members[i].kind == FL_MEMBER_VLAN && !z->has_prefix);
	if (found == &z->pub || (!found && by_link))
		return;
	fl_addr_text(&a->ip, text);
	if (found)
		fl_diag(l->diags, FL_SEV_ERROR, a->at, "asset \"%s\" of zone \"%s\" has the address %s, which lies in zone \"%s\"",
			a->id, z->pub.id, text, found->id);
	else
		fl_diag(l->diags, FL_SEV_ERROR, a->at, "asset \"%s\" has the address %s, which no member of zone \"%s\" holds",
			a->id, text, z->pub.id);
}

static void compile_assets(struct fl_loading *l, struct fl_zone_full *z)
{
	const struct fl_asset **ips, **macs;
	char text[FL_ADDR_TEXT_MAX];
	uint32_t i;

	if (!z->pub.n_assets)
		return;
	ips = fl_yaml_alloc(&l->yaml, z->pub.n_assets * sizeof *ips);
	macs = fl_yaml_alloc(&l->yaml, z->pub.n_assets * sizeof *macs);
	if (!ips || !macs)
		return;
	for (i = 0; i < z->pub.n_assets; i++) {
		const struct fl_asset *a = &z->pub.assets[i];

		check_asset(l, z, a);
		if (a->ip.kind)
			ips[z->n_by_ip++] = a;
		if (a->mac.kind)
			macs[z->n_by_mac++] = a;
	}
	qsort(ips, z->n_by_ip, sizeof *ips, by_ip);
	qsort(macs, z->n_by_mac, sizeof *macs, by_mac);
	for (i = 1; i < z->n_by_ip; i++)
		if (!by_ip(&ips[i - 1], &ips[i]))
			fl_diag(l->diags, FL_SEV_ERROR, ips[i]->at, "two assets of zone \"%s\" have the address %s", z->pub.id,
				fl_addr_text(&ips[i]->ip, text));
	for (i = 1; i < z->n_by_mac; i++)
		if (!by_mac(&macs[i - 1], &macs[i]) && !macs[i]->ip.kind && !macs[i - 1]->ip.kind)
			fl_diag(l->diags, FL_SEV_ERROR, macs[i]->at, "two assets of zone \"%s\" have the MAC address %s", z->pub.id,
				fl_addr_text(&macs[i]->mac, text));
	z->assets_by_ip = ips;
	z->assets_by_mac = macs;
}

void fl_policy_compile_places(struct fl_loading *l)
{
	struct fl_policy *p = l->p;
	uint32_t i;

	compile_captures(l);
	for (i = 0; i < p->n_zones && !l->yaml.nomem; i++)
		if (p->zones[i].pub.plant)
			add_members(l, &p->places, &p->zones[i], claim_member);
	for (i = 0; i < p->n_zones && !l->yaml.nomem; i++) {
		const struct fl_zone_full *z = &p->zones[i];
		struct fl_plant_full *plant;

		if (!z->pub.plant || !plant_of(p, &z->pub)->shares)
			continue;
		plant = plant_of(p, &z->pub);
		if (!plant->places)
			plant->places = fl_yaml_alloc(&l->yaml, sizeof *plant->places);
		if (plant->places)
			add_members(l, plant->places, z, claim_own);
	}
	for (i = 0; i < p->n_zones && !l->yaml.nomem; i++)
		if (p->zones[i].pub.plant)
			compile_assets(l, &p->zones[i]);
}

/* ---- pairs ---- */

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

static void index_pairs(struct fl_loading *l, struct pair_list *from, struct fl_pairs *out)
{
	struct fl_pair *list;
	uint32_t *items, i, n = 0;

	if (!from->n)
		return;
	qsort(from->list, from->n, sizeof *from->list, by_value);
	for (i = 0; i < from->n; i++)
		n += !i || from->list[i] >> 32 != from->list[i - 1] >> 32;
	list = fl_yaml_alloc(&l->yaml, n * sizeof *list);
	items = fl_yaml_alloc(&l->yaml, from->n * sizeof *items);
	if (!list || !items)
		return;
	for (i = n = 0; i < from->n; i++) {
		if (!i || from->list[i] >> 32 != from->list[i - 1] >> 32)
			list[n++] = (struct fl_pair){.zones = (uint32_t)(from->list[i] >> 32), .first = i};
		list[n - 1].n++;
		items[i] = (uint32_t)from->list[i];
	}
	*out = (struct fl_pairs){.list = list, .n = n, .items = items};
}

const uint32_t *fl_pairs_find(const struct fl_pairs *pairs, unsigned from, unsigned to, uint32_t *n)
{
	uint32_t key = (uint32_t)from << 16 | to, lo = 0, hi = pairs->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (pairs->list[mid].zones < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == pairs->n || pairs->list[lo].zones != key) {
		*n = 0;
		return NULL;
	}
	*n = pairs->list[lo].n;
	return pairs->items + pairs->list[lo].first;
}

void fl_policy_compile_pairs(struct fl_loading *l)
{
	struct pair_list conduits = {0}, exceptions = {0};
	struct fl_policy *p = l->p;
	bool ok = true;
	uint32_t i;

	for (i = 0; ok && i < p->n_conduits; i++) {
		const struct fl_conduit_info *c = &p->conduits[i].pub;

		ok = add_pairs(l, &conduits, c->from, c->n_from, c->to, c->n_to, i, c->at);
	}
	for (i = 0; ok && i < p->n_exceptions; i++) {
		const struct fl_exception_info *e = &p->exceptions[i].pub;

		ok = add_pairs(l, &exceptions, e->from, e->n_from, e->to, e->n_to, i, e->at);
	}
	if (ok) {
		index_pairs(l, &conduits, &p->conduit_pairs);
		index_pairs(l, &exceptions, &p->exception_pairs);
	}
	free(conduits.list);
	free(exceptions.list);
}
