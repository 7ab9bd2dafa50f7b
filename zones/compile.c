/* compile.c - the look-ups of a policy by address: which plant captures a frame, which zone holds an address, a VLAN or a
 * unit. What two objects both claim is an error here, with both places: nothing is guessed while running.
 *
 * Claims are entered in the order of the file, found again by their exact prefix in a table; the tries of lpm.h are built
 * from these. Time is linear in members, but for sorting. */
#include <stdlib.h>
#include <string.h>

#include "zones/load.h"

enum {
	CAPTURES_MAX = 1024,         /* rows of 8 KiB each */
	NOBODY = FL_LPM_VALUES - 1,  /* in the place of a zone's index: several claim it */
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

/* Exact prefixes while an index is built, in a scratch arena; what is known of each by its value. */
struct prefixes {
	struct fl_lpm_prefix *list;
	uint32_t n;
	struct fl_table table;
};

struct places_build {
	struct fl_place_index *index;
	struct prefixes addrs, units;
	struct fl_claim **claims;  /* of addrs, by value */
	struct fl_units **sets;    /* of units, by value */
	struct fl_arena scratch;
};

static bool prefixes_room(struct prefixes *x, struct fl_arena *scratch, uint32_t n)
{
	*x = (struct prefixes){.list = fl_arena_alloc(scratch, ((size_t)n + 1) * sizeof *x->list)};
	return x->list && fl_table_init(&x->table, scratch, n);
}

/* The entry of exactly this prefix, made if it is new. */
static struct fl_lpm_prefix *prefix_entry(struct prefixes *x, const struct fl_member *m)
{
	uint64_t hash = fl_hash_addr(&m->addr, m->bits), at = hash;
	uint32_t i;

	while ((i = fl_table_next(&x->table, hash, &at)))
		if (x->list[i - 1].bits == m->bits && !fl_addr_cmp(&x->list[i - 1].addr, &m->addr))
			return &x->list[i - 1];
	fl_table_add(&x->table, hash, x->n);
	x->list[x->n] = (struct fl_lpm_prefix){.addr = m->addr, .bits = m->bits, .value = x->n};
	return &x->list[x->n++];
}

static void add_vlans(struct fl_loading *l, struct fl_place_index *index, const struct fl_zone_full *z, uint32_t i,
		      claim_fn *claim)
{
	unsigned v;

	if (!index->vlans)
		index->vlans = fl_yaml_alloc(&l->yaml, FL_NO_VLAN * sizeof *index->vlans);
	for (v = z->members[i].lo; index->vlans && v <= z->members[i].hi; v++)
		if (!claim(l, &index->vlans[v], z, i))
			break; /* once for each member is enough */
}

static void add_units(struct fl_loading *l, struct places_build *b, const struct fl_zone_full *z, uint32_t i, claim_fn *claim)
{
	struct fl_units **units = &b->sets[prefix_entry(&b->units, &z->members[i])->value];
	unsigned u;

	if (!*units)
		*units = fl_yaml_alloc(&l->yaml, sizeof **units);
	for (u = z->members[i].lo; *units && u <= z->members[i].hi; u++) {
		struct fl_claim ***row = &(*units)->row[u / 16];

		if (!*row)
			*row = fl_yaml_alloc(&l->yaml, 16 * sizeof **row);
		if (!*row || !claim(l, &(*row)[u % 16], z, i))
			break;
	}
}

static void add_members(struct fl_loading *l, struct places_build *b, const struct fl_zone_full *z, claim_fn *claim)
{
	uint32_t i;

	for (i = 0; i < z->n_members && !l->yaml.nomem; i++) {
		if (z->members[i].kind == FL_MEMBER_VLAN)
			add_vlans(l, b->index, z, i, claim);
		else if (z->members[i].kind == FL_MEMBER_UNITS)
			add_units(l, b, z, i, claim);
		else
			claim(l, &b->claims[prefix_entry(&b->addrs, &z->members[i])->value], z, i);
	}
}

/* The zones that these units lie in; `seen` has room for all zones and comes and goes as false. */
static void list_unit_zones(struct fl_loading *l, struct fl_units *units, bool *seen)
{
	const struct fl_zone *found[256], **list;
	uint32_t n = 0, i, j;
	unsigned u;

	for (u = 0; u < 256; u++) {
		const struct fl_claim *c = units->row[u / 16] ? units->row[u / 16][u % 16] : NULL;

		if (!c || c->other || seen[c->zone->index])
			continue;
		seen[c->zone->index] = true;
		for (j = n++; j && found[j - 1]->index > c->zone->index; j--)
			found[j] = found[j - 1];
		found[j] = c->zone;
	}
	for (i = 0; i < n; i++)
		seen[found[i]->index] = false;
	list = fl_yaml_alloc(&l->yaml, (n + 1) * sizeof *list);
	if (!list)
		return;
	memcpy(list, found, n * sizeof *list);
	units->zones = list;
	units->n_zones = n;
}

/* Units that a prefix leaves unclaimed are those of the next shorter one. The list is sorted: that one is done. */
static void inherit_units(struct fl_loading *l, struct places_build *b)
{
	bool *seen = calloc((size_t)l->p->n_zones + 1, sizeof *seen);
	const struct fl_lpm_prefix *list = b->units.list;
	uint32_t i;
	unsigned r, u;

	if (!seen)
		l->yaml.nomem = true;
	for (i = 0; i < b->units.n && seen; i++) {
		struct fl_units *units = b->sets[list[i].value];
		const struct fl_units *up = list[i].parent ? b->sets[list[list[i].parent - 1].value] : NULL;

		for (r = 0; up && r < FL_ARRAY_LEN(units->row); r++) {
			if (!units->row[r])
				units->row[r] = up->row[r];
			for (u = 0; up->row[r] && u < 16; u++)
				if (!units->row[r][u])
					units->row[r][u] = up->row[r][u];
		}
		list_unit_zones(l, units, seen);
	}
	free(seen);
}

static bool build_room(struct fl_loading *l, struct places_build *b, uint64_t members)
{
	uint32_t n = (uint32_t)members;

	if (members >= FL_LPM_VALUES)
		return false;
	b->claims = fl_arena_alloc(&b->scratch, (members + 1) * sizeof *b->claims);
	b->sets = fl_yaml_alloc(&l->yaml, (members + 1) * sizeof *b->sets);
	return b->claims && b->sets && prefixes_room(&b->addrs, &b->scratch, n) && prefixes_room(&b->units, &b->scratch, n);
}

/* The tries, from what is claimed. An address that several plants claim is nobody's here. */
static bool build_tries(struct fl_loading *l, struct places_build *b)
{
	uint32_t i;

	for (i = 0; i < b->addrs.n; i++) {
		const struct fl_claim *c = b->claims[b->addrs.list[i].value];

		b->addrs.list[i].value = c && !c->other ? c->zone->index : NOBODY;
	}
	return fl_lpm_build(&b->index->addrs, &l->p->arena, b->addrs.list, b->addrs.n) &&
	       fl_lpm_build(&b->index->units, &l->p->arena, b->units.list, b->units.n);
}

/* The index of these zones' members. */
static void compile_index(struct fl_loading *l, struct fl_place_index *index, const struct fl_zone *const *zones, uint32_t n,
			  claim_fn *claim)
{
	struct places_build b = {.index = index};
	uint64_t members = 0;
	uint32_t i;

	fl_arena_init(&b.scratch, 0);
	for (i = 0; i < n; i++)
		members += fl_zone_full(l->p, zones[i])->n_members;
	l->yaml.nomem |= !build_room(l, &b, members);
	for (i = 0; i < n && !l->yaml.nomem; i++)
		add_members(l, &b, fl_zone_full(l->p, zones[i]), claim);
	if (!l->yaml.nomem && build_tries(l, &b)) {
		inherit_units(l, &b);
		index->sets = b.sets;
	} else {
		l->yaml.nomem = true;
	}
	fl_arena_done(&b.scratch);
}

/* ---- look-ups ---- */

const struct fl_zone *fl_claim_find(const struct fl_policy *p, const struct fl_plant_full *plant,
				    const struct fl_addr *addr, unsigned *bits)
{
	uint32_t zone = NOBODY;

	if (plant && plant->places && fl_lpm_find(&plant->places->addrs, addr, &zone, bits))
		return &p->zones[zone].pub;
	return fl_lpm_find(&p->places.addrs, addr, &zone, bits) && zone != NOBODY ? &p->zones[zone].pub : NULL;
}

const struct fl_units *fl_units_find(const struct fl_policy *p, const struct fl_plant_full *plant, const struct fl_addr *addr)
{
	uint32_t set = 0;
	unsigned bits = 0;

	if (plant && plant->places && fl_lpm_find(&plant->places->units, addr, &set, &bits))
		return plant->places->sets[set];
	return fl_lpm_find(&p->places.units, addr, &set, &bits) ? p->places.sets[set] : NULL;
}

/* ---- the whole ---- */

/* Each plant's zones, and in *all those of every plant. */
static bool list_zones(struct fl_loading *l, const struct fl_zone *const **all, uint32_t *n)
{
	struct fl_policy *p = l->p;
	const struct fl_zone **list = fl_yaml_alloc(&l->yaml, ((size_t)p->n_zones + 1) * sizeof *list);
	const struct fl_zone **by_plant = fl_yaml_alloc(&l->yaml, ((size_t)p->n_zones + 1) * sizeof *by_plant), **next;
	uint32_t i;

	if (!list || !by_plant)
		return false;
	for (i = 0; i < p->n_zones; i++)
		if (p->zones[i].pub.plant) {
			list[(*n)++] = &p->zones[i].pub;
			plant_of(p, &p->zones[i].pub)->n_zones++;
		}
	for (i = 0, next = by_plant; i < p->n_plants; next += p->plants[i++].n_zones) {
		p->plants[i].zones = next;
	}
	for (i = 0; i < p->n_plants; i++)
		p->plants[i].n_zones = 0;
	for (i = 0; i < *n; i++) {
		struct fl_plant_full *plant = plant_of(p, list[i]);

		by_plant[(plant->zones - by_plant) + plant->n_zones++] = list[i];
	}
	*all = list;
	return true;
}

void fl_policy_compile_places(struct fl_loading *l)
{
	const struct fl_zone *const *zones = NULL;
	struct fl_policy *p = l->p;
	uint32_t i, n = 0;

	compile_captures(l);
	if (!list_zones(l, &zones, &n))
		return;
	compile_index(l, &p->places, zones, n, claim_member);
	for (i = 0; i < p->n_plants && !l->yaml.nomem; i++) {
		struct fl_plant_full *plant = &p->plants[i];

		if (!plant->shares)
			continue;
		plant->places = fl_yaml_alloc(&l->yaml, sizeof *plant->places);
		if (plant->places)
			compile_index(l, plant->places, plant->zones, plant->n_zones, claim_own);
	}
	if (!l->yaml.nomem)
		fl_policy_compile_assets(l);
}
