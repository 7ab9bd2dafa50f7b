/* place.c - address spaces, and which zone an end of a flow lies in. Pure functions of the policy: any thread.
 *
 * All plants' captures on one interface are one address space: a SPAN session at a core shows a connection between two
 * plants with the VLAN of one plant on what the initiator sends and of the other on what the responder sends, and were
 * these two spaces, it would be seen as two one-way flows, one with the wrong initiator. Only plants whose zones claim
 * the same prefix, MAC prefix or VLAN must be kept apart.
 *
 * Order, first that says something ("plant": of the context, where it has a space of its own):
 *
 *     address in the plant -> address anywhere -> MAC (plant, anywhere) -> VLAN (plant, anywhere)
 *         -> for groups, link-local and unspecified addresses and the sensor's own: the other end's zone -> unknown
 *
 * A MAC address speaks for the zone in which an asset is declared with it, else for the longest prefix that holds it: the
 * exact one first, as with addresses. One that assets of two zones bear (a router with a foot in each) says nothing.
 *
 * MAC and VLAN are asked only of an end on our link: behind a router they are the router's. Link-local and unspecified
 * senders are on the link by definition (RFC 3927 2.7, RFC 4291 2.5.6, RFC 1122 3.2.1.3), whatever their TTL. A VLAN
 * does not place a routable address in a zone that lists prefixes: whoever lists them says which addresses belong there,
 * and a machine with another one is what the zone's owner wants to hear of.
 *
 * An IPv4 address whose frames go to a group's MAC address is a directed broadcast (RFC 919 7): no mask is needed to know. */
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "fenceline/vocab.h"
#include "zones/model.h"

#define CONTEXT_PLANTS (UINT64_C(1) << 63)

int fl_policy_bind_ifaces(struct fl_policy *p, const char *const *names, unsigned n)
{
	const struct fl_capture_row **rows = fl_arena_alloc(&p->arena, ((size_t)n + 1) * sizeof *rows);
	uint32_t r;
	unsigned i;

	if (!rows)
		return FL_ENOMEM;
	for (i = 0; i < n; i++) {
		for (r = 1; r < p->n_rows && strcmp(p->rows[r].interface, names[i]); r++)
			;
		rows[i] = &p->rows[r < p->n_rows ? r : 0];
	}
	p->iface_rows = rows;
	p->n_ifaces = n;
	return FL_OK;
}

uint64_t fl_policy_context(const struct fl_policy *p, uint16_t iface, const uint16_t *vlan, unsigned vlans)
{
	const struct fl_capture_row *row = iface < p->n_ifaces ? p->iface_rows[iface] : &p->rows[0];
	uint64_t tags[2] = {0};
	unsigned n = 0, i, plant;

	for (i = 0; i < vlans && i < FL_VLAN_MAX && n < 2; i++)
		if (vlan[i] & 0xfff)
			tags[n++] = vlan[i] & 0xfff;
	plant = row->plant[n ? tags[0] : FL_NO_VLAN];
	if (plant)
		return CONTEXT_PLANTS | (uint64_t)(p->plants[plant - 1].shares ? plant : 0) << 32 | iface;
	return tags[1] << 32 | (uint64_t)n << 28 | tags[0] << 16 | iface;
}

/* The plant whose space this is; NULL: it is shared, or nobody's. */
static const struct fl_plant_full *context_plant(const struct fl_policy *p, uint64_t context)
{
	uint64_t plant = context & CONTEXT_PLANTS ? context >> 32 & 0xffff : 0;

	return plant && plant <= p->n_plants ? &p->plants[plant - 1] : NULL;
}

/* Multicast or broadcast: by its address, or an IPv4 address by the MAC address that its frames go to. An end that sends has
 * its own, which is no group's (IEEE 802.3 3.2.3). */
static bool is_group(const struct fl_flow_end *e)
{
	return fl_addr_is_multicast(&e->addr) || (e->addr.kind == FL_ADDR_IPV4 && e->has_mac && e->mac[0] & 1);
}

/* How wide a prefix may be and still speak of such an address: as wide as its whole kind. 0.0.0.0/0 declares the
 * internet, not every broadcast. 0: an address like any other. */
static unsigned special_bits(const struct fl_flow_end *e)
{
	const struct fl_addr *a = &e->addr;
	bool v4 = a->kind == FL_ADDR_IPV4;

	if (a->kind == FL_ADDR_MAC)
		return fl_addr_is_multicast(a) ? 1 : 0;
	if (fl_addr_is_multicast(a))
		return !v4 ? 8 : a->b[0] == 255 ? 32 : 4;
	if (fl_addr_is_link_local(a))
		return v4 ? 16 : 10;
	if (fl_addr_is_unspecified(a))
		return v4 ? 32 : 128;
	return is_group(e) ? 1 : 0;
}

static const struct fl_zone *vlan_zone(const struct fl_place_index *index, unsigned vlan)
{
	const struct fl_claim *claim = index->vlans ? index->vlans[vlan] : NULL;

	return claim && !claim->other ? claim->zone : NULL;
}

static unsigned outer_vlan(const struct fl_flow_end *e)
{
	unsigned i;

	for (i = 0; i < e->vlans && i < FL_VLAN_MAX; i++)
		if (e->vlan[i] & 0xfff)
			return e->vlan[i] & 0xfff;
	return 0;
}

/* The plant's assets, the plant's prefixes, anybody's assets, anybody's prefixes. */
static const struct fl_zone *mac_zone(const struct fl_policy *p, const struct fl_plant_full *plant, const struct fl_addr *mac)
{
	const struct fl_zone *claims, *has = plant ? fl_asset_owner(p, &plant->pub, mac) : NULL;
	unsigned bits = 0;

	if (has)
		return has;
	claims = fl_claim_find(p, plant, mac, &bits);
	if (plant && claims && claims->plant == &plant->pub)
		return claims;
	has = fl_asset_owner(p, NULL, mac);
	return has ? has : claims;
}

static void put(struct fl_place *out, const struct fl_zone *z, enum fl_place_how how)
{
	out->zone = z;
	out->how = (uint8_t)how;
}

/* special: special_bits(e) */
static void place_one(const struct fl_policy *p, const struct fl_plant_full *plant, const struct fl_flow_end *e,
		      unsigned special, struct fl_place *out)
{
	bool is_mac = e->addr.kind == FL_ADDR_MAC, group = is_group(e);
	const struct fl_zone *z;
	struct fl_addr mac;
	unsigned bits = 0, vlan;

	*out = (struct fl_place){.how = FL_PLACE_UNKNOWN};
	z = is_mac && !group ? NULL : fl_claim_find(p, plant, &e->addr, &bits);
	if (z && bits >= special) {
		put(out, z, is_mac ? FL_PLACE_MAC : FL_PLACE_ADDRESS);
		return;
	}
	if (group || !(e->on_link || special || is_mac))
		return;
	if (is_mac || e->has_mac) {
		mac = is_mac ? e->addr : fl_addr_from(FL_ADDR_MAC, e->mac);
		z = mac_zone(p, plant, &mac);
		if (z) {
			put(out, z, FL_PLACE_MAC);
			return;
		}
	}
	vlan = outer_vlan(e);
	z = vlan && plant && plant->places ? vlan_zone(plant->places, vlan) : NULL;
	if (!z && vlan)
		z = vlan_zone(&p->places, vlan);
	if (z && (special || is_mac || !fl_zone_full(p, z)->has_prefix))
		put(out, z, FL_PLACE_VLAN);
}

/* By address; else by the MAC address of an end on the link. */
static void add_asset(const struct fl_policy *p, const struct fl_flow_end *e, struct fl_place *place)
{
	struct fl_addr mac;

	if (!place->zone || !place->zone->n_assets || place->how == FL_PLACE_GROUP)
		return;
	place->asset = fl_asset_find(p, place->zone, &e->addr);
	if (!place->asset && e->has_mac && (e->on_link || place->how == FL_PLACE_MAC)) {
		mac = fl_addr_from(FL_ADDR_MAC, e->mac);
		place->asset = fl_asset_find(p, place->zone, &mac);
	}
}

/* ---- ends that take the other end's zone ---- */

static int by_addr(const void *a, const void *b)
{
	return fl_addr_cmp(a, b);
}

static bool is_sensor(const struct fl_policy *p, const struct fl_addr *addr)
{
	return p->n_sensors && bsearch(addr, p->sensors, p->n_sensors, sizeof *p->sensors, by_addr);
}

int fl_policy_bind_sensor(struct fl_policy *p, const struct fl_addr *addrs, unsigned n)
{
	struct fl_addr *list = fl_arena_alloc(&p->arena, ((size_t)p->n_sensors + n + 1) * sizeof *list);

	if (!list)
		return FL_ENOMEM;
	if (p->n_sensors)
		memcpy(list, p->sensors, p->n_sensors * sizeof *list);
	if (n)
		memcpy(list + p->n_sensors, addrs, n * sizeof *list);
	p->n_sensors += n;
	p->sensors = list;
	qsort(list, p->n_sensors, sizeof *list, by_addr);
	return FL_OK;
}

static void borrow(const struct fl_flow_end *e, struct fl_place *place, const struct fl_place *other)
{
	if (!place->zone && other->zone)
		put(place, other->zone, is_group(e) ? FL_PLACE_GROUP : FL_PLACE_LINK_LOCAL);
}

static void borrow_for_sensor(const struct fl_policy *p, const struct fl_flow_end *e, struct fl_place *place,
			      const struct fl_place *other)
{
	if (!place->zone && other->zone && is_sensor(p, &e->addr))
		put(place, other->zone, FL_PLACE_SENSOR);
}

void fl_policy_place(const struct fl_policy *p, uint64_t context, const struct fl_flow_end *a, const struct fl_flow_end *b,
		     struct fl_place *place_a, struct fl_place *place_b)
{
	const struct fl_plant_full *plant = context_plant(p, context);
	unsigned special_a = special_bits(a), special_b = special_bits(b);

	place_one(p, plant, a, special_a, place_a);
	place_one(p, plant, b, special_b, place_b);
	if (special_a)
		borrow(a, place_a, place_b);
	if (special_b)
		borrow(b, place_b, place_a);
	borrow_for_sensor(p, a, place_a, place_b);
	borrow_for_sensor(p, b, place_b, place_a);
	add_asset(p, a, place_a);
	add_asset(p, b, place_b);
	place_a->units = fl_units_find(p, plant, &a->addr);
	place_b->units = fl_units_find(p, plant, &b->addr);
}

bool fl_policy_place_unit(const struct fl_policy *p, uint64_t context, const struct fl_flow_end *e, uint16_t unit,
			  struct fl_place *place)
{
	const struct fl_units *units = fl_units_find(p, context_plant(p, context), &e->addr);
	const struct fl_claim *claim = units && unit < 256 && units->row[unit / 16] ? units->row[unit / 16][unit % 16] : NULL;

	if (!claim || claim->other)
		return false;
	*place = (struct fl_place){.zone = claim->zone, .how = FL_PLACE_UNIT};
	return true;
}

/* ---- what is not judged ---- */

enum {
	IGMP = 2, UDP = 17, ICMPV6 = 58,
	DHCP_SERVER = 67, DHCP_CLIENT = 68,       /* RFC 2131 4.1, RFC 951 */
	DHCP6_CLIENT = 546, DHCP6_SERVER = 547,   /* RFC 8415 7.2 */
};

/* Multicast listeners (RFC 2710 3, RFC 3810 5) and neighbours, routers, redirects (RFC 4861 4): hop limit 1 or 255, so
 * they never leave the link. */
static bool is_icmpv6_upkeep(uint8_t type)
{
	return (type >= 130 && type <= 137) || type == 143;
}

/* A client that has no address yet asks its own link for one. */
static bool is_dhcp_question(const struct fl_flow *f, unsigned client)
{
	const struct fl_flow_end *c = &f->end[client], *s = &f->end[!client];

	if (c->addr.kind == FL_ADDR_IPV4)
		return c->port == DHCP_CLIENT && s->port == DHCP_SERVER && fl_addr_is_unspecified(&c->addr) && is_group(s);
	return c->port == DHCP6_CLIENT && s->port == DHCP6_SERVER && is_group(s) &&
	       (fl_addr_is_link_local(&c->addr) || fl_addr_is_unspecified(&c->addr));
}

bool fl_policy_is_judged(const struct fl_flow *f)
{
	if (f->kind == FL_FLOW_LINK)
		return !fl_link_is_upkeep(f->protocol);
	switch (f->ip_proto) {
	case IGMP: return !is_group(&f->end[0]) && !is_group(&f->end[1]);
	case ICMPV6: return !is_icmpv6_upkeep(f->icmp_type);
	case UDP: return !is_dhcp_question(f, 0) && !is_dhcp_question(f, 1);
	}
	return true;
}

bool fl_policy_context_is_free(uint64_t context)
{
	return !(context & CONTEXT_PLANTS);
}
