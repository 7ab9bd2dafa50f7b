/* assets.c - declared assets: each must be found at its address again, and is, by a table. */
#include "zones/load.h"

/* A declared asset must be found at its address again, or its declaration would do nothing. */
static void check_asset(struct fl_loading *l, const struct fl_zone_full *z, const struct fl_asset *a)
{
	const struct fl_zone *found;
	char text[FL_ADDR_TEXT_MAX];
	unsigned bits = 0;

	if (!a->ip.kind || !a->id)
		return;
	found = fl_claim_find(l->p, &l->p->plants[z->pub.plant->index], &a->ip, &bits);
	if (found == &z->pub || (!found && z->by_link))
		return;
	fl_addr_text(&a->ip, text);
	if (found)
		fl_diag(l->diags, FL_SEV_ERROR, a->at, "asset \"%s\" of zone \"%s\" has the address %s, which lies in zone \"%s\"",
			a->id, z->pub.id, text, found->id);
	else
		fl_diag(l->diags, FL_SEV_ERROR, a->at, "asset \"%s\" has the address %s, which no member of zone \"%s\" holds",
			a->id, text, z->pub.id);
}

/* ---- by zone and address ---- */

static const struct fl_addr *entry_addr(const struct fl_asset_entry *e)
{
	return e->by_mac ? &e->asset->mac : &e->asset->ip;
}

/* Its number + 1; 0 = none. */
static uint32_t find_entry(const struct fl_assets *assets, const struct fl_zone *z, const struct fl_addr *addr)
{
	uint64_t hash = fl_hash_addr(addr, z->index), at = hash;
	uint32_t i;

	while ((i = fl_table_next(&assets->table, hash, &at)))
		if (assets->list[i - 1].zone == z->index && !fl_addr_cmp(entry_addr(&assets->list[i - 1]), addr))
			break;
	return i;
}

const struct fl_asset *fl_asset_find(const struct fl_policy *p, const struct fl_zone *z, const struct fl_addr *addr)
{
	uint32_t i = z->n_assets ? find_entry(&p->assets, z, addr) : 0;

	return i ? p->assets.list[i - 1].asset : NULL;
}

/* Two assets of a zone with one IP address cannot be told apart; with one MAC address they can where an IP address
 * tells which is meant. */
static void add_entry(struct fl_loading *l, struct fl_asset_entry *list, uint32_t *n, const struct fl_zone *z,
		      const struct fl_asset *a, bool by_mac)
{
	const struct fl_addr *addr = by_mac ? &a->mac : &a->ip;
	char text[FL_ADDR_TEXT_MAX];
	uint32_t i;

	if (!addr->kind)
		return;
	i = find_entry(&l->p->assets, z, addr);
	if (!i) {
		list[*n] = (struct fl_asset_entry){.asset = a, .zone = z->index, .by_mac = by_mac};
		fl_table_add(&l->p->assets.table, fl_hash_addr(addr, z->index), *n);
		i = ++*n;
	} else if (!by_mac || (list[i - 1].alone && !a->ip.kind)) {
		fl_diag(l->diags, FL_SEV_ERROR, a->at, "two assets of zone \"%s\" have the %saddress %s", z->id,
			by_mac ? "MAC " : "", fl_addr_text(addr, text));
	}
	list[i - 1].alone |= by_mac && !a->ip.kind;
}

/* ---- which zone a MAC address speaks for ---- */

/* Its number + 1; 0 = none. plant: index + 1, 0 = all. */
static uint32_t find_owner(const struct fl_assets *assets, const struct fl_addr *mac, uint32_t plant)
{
	uint64_t hash = fl_hash_addr(mac, plant), at = hash;
	uint32_t i;

	while ((i = fl_table_next(&assets->owners_table, hash, &at)))
		if (assets->owners[i - 1].plant == plant && !fl_addr_cmp(&assets->owners[i - 1].mac, mac))
			break;
	return i;
}

const struct fl_zone *fl_asset_owner(const struct fl_policy *p, const struct fl_plant *plant, const struct fl_addr *mac)
{
	uint32_t i = find_owner(&p->assets, mac, plant ? plant->index + 1u : 0);

	return i ? p->assets.owners[i - 1].zone : NULL;
}

static void add_owner(struct fl_assets *assets, struct fl_mac_owner *list, uint32_t *n, const struct fl_addr *mac,
		      uint32_t plant, const struct fl_zone *z)
{
	uint32_t i = find_owner(assets, mac, plant);

	if (i) {
		list[i - 1].zone = list[i - 1].zone == z ? z : NULL;
		return;
	}
	list[*n] = (struct fl_mac_owner){.mac = *mac, .plant = plant, .zone = z};
	fl_table_add(&assets->owners_table, fl_hash_addr(mac, plant), (*n)++);
}

void fl_policy_compile_assets(struct fl_loading *l)
{
	struct fl_assets *assets = &l->p->assets;
	struct fl_asset_entry *list;
	struct fl_mac_owner *owners;
	uint32_t i, j, n = 0, n_owners = 0;
	uint64_t total = 0;

	for (i = 0; i < l->p->n_zones; i++)
		total += l->p->zones[i].pub.n_assets;
	if (!total)
		return;
	list = fl_yaml_alloc(&l->yaml, 2 * total * sizeof *list);
	owners = fl_yaml_alloc(&l->yaml, 2 * total * sizeof *owners);
	if (!list || !owners || total >= UINT32_MAX / 4 || !fl_table_init(&assets->table, &l->p->arena, (uint32_t)total * 2) ||
	    !fl_table_init(&assets->owners_table, &l->p->arena, (uint32_t)total * 2)) {
		l->yaml.nomem = true;
		return;
	}
	assets->list = list;
	assets->owners = owners;
	for (i = 0; i < l->p->n_zones; i++) {
		const struct fl_zone_full *z = &l->p->zones[i];

		for (j = 0; z->pub.plant && j < z->pub.n_assets; j++) {
			const struct fl_asset *a = &z->pub.assets[j];

			check_asset(l, z, a);
			add_entry(l, list, &n, &z->pub, a, false);
			add_entry(l, list, &n, &z->pub, a, true);
			if (a->mac.kind) {
				add_owner(assets, owners, &n_owners, &a->mac, 0, &z->pub);
				add_owner(assets, owners, &n_owners, &a->mac, z->pub.plant->index + 1u, &z->pub);
			}
		}
	}
}
