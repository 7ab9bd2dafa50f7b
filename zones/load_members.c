/* load_members.c - what lies in a zone: addresses, prefixes, VLANs, units behind a gateway; how they are read and told. */
#include <stdlib.h>
#include <string.h>

#include "zones/load.h"

/* Clear the bits of addr beyond `bits`; was any of them set? */
static bool clear_host_bits(struct fl_addr *addr, unsigned bits)
{
	unsigned len = fl_addr_len(addr), i;
	bool any = false;
	uint8_t mask;

	for (i = bits / 8; i < len; i++) {
		mask = i == bits / 8 ? (uint8_t)(0xff00u >> bits % 8) : 0;
		any |= (addr->b[i] & ~mask) != 0;
		addr->b[i] &= mask;
	}
	return any;
}

static bool member_text(const struct fl_member *m, char *buf, size_t n)
{
	char addr[FL_ADDR_TEXT_MAX], range[16], prefix[8] = "";

	fl_addr_text(&m->addr, addr);
	if (m->kind == FL_MEMBER_MAC) /* as people write them in a policy */
		for (char *s = addr; *s; s++)
			*s = *s == '-' ? ':' : *s >= 'A' && *s <= 'F' ? (char)(*s - 'A' + 'a') : *s;
	if (m->kind != FL_MEMBER_VLAN && m->bits < fl_addr_len(&m->addr) * 8)
		snprintf(prefix, sizeof prefix, "/%u", m->bits);
	snprintf(range, sizeof range, m->lo == m->hi ? "%u" : "%u-%u", m->lo, m->hi);
	if (m->kind == FL_MEMBER_VLAN)
		return snprintf(buf, n, "VLAN %s", range) > 0;
	if (m->kind == FL_MEMBER_UNITS)
		return snprintf(buf, n, "unit%s %s behind %s%s", m->lo == m->hi ? "" : "s", range, addr, prefix) > 0;
	return snprintf(buf, n, "%s%s", addr, prefix) > 0;
}

const char *fl_zone_member_text(const struct fl_policy *p, const struct fl_zone *z, unsigned i, char *buf, size_t n)
{
	const struct fl_zone_full *full = fl_zone_full(p, z);

	if (n)
		buf[0] = '\0';
	if (i < full->n_members)
		member_text(&full->members[i], buf, n);
	return buf;
}

/* `{ vlan: [7, 9] }` or `{ ip: 10.20.1.5, units: [1-4, 9] }` */
struct mapped_member {
	struct fl_yaml_ranges vlan, units;
	struct fl_addr ip; /* kind NONE: not given */
	uint8_t bits;
};

/* An address or prefix without bits beyond it, of the kinds of IP, or of these and MAC; else told. */
static bool take_prefix(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, const char *expected, bool mac, struct fl_member *m)
{
	unsigned bits = 0;
	char cure[64];

	if (v->kind != FL_YAML_SCALAR || !fl_addr_parse(v->text, &m->addr, &bits) || (!mac && m->addr.kind == FL_ADDR_MAC))
		return fl_yaml_expected(c, v, k, what, "%s", expected);
	m->kind = m->addr.kind == FL_ADDR_MAC ? FL_MEMBER_MAC : FL_MEMBER_PREFIX;
	m->bits = (uint8_t)bits;
	if (!clear_host_bits(&m->addr, bits))
		return true;
	member_text(m, cure, sizeof cure);
	if (mac)
		fl_diag(c->diags, FL_SEV_ERROR, v->at, "member \"%.60s\" of %s has bits set beyond its prefix; write %s for all of it",
			v->text, what, cure);
	else
		fl_diag(c->diags, FL_SEV_ERROR, v->at, "\"%s\" in %s has bits set beyond its prefix; write %s for all of it", k->name,
			what, cure);
	return false;
}

static bool take_member_ip(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			   const char *what, void *to)
{
	struct mapped_member *mapped = to;
	struct fl_member m = {0};

	if (!take_prefix(c, v, k, what, "an IPv4 or IPv6 address or prefix", false, &m))
		return false;
	mapped->ip = m.addr;
	mapped->bits = m.bits;
	return true;
}

/* Each range of a mapping is a member of its own. */
static bool add_ranges(struct fl_loading *l, struct fl_list *list, struct fl_member like, const struct fl_yaml_ranges *r)
{
	struct fl_member *to;
	uint32_t i;

	for (i = 0; i < r->n; i++) {
		to = fl_list_add(l, list, sizeof *to);
		if (!to)
			return false;
		*to = like;
		to->lo = (uint16_t)r->list[i].lo;
		to->hi = (uint16_t)r->list[i].hi;
	}
	return true;
}

static bool add_mapped(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const char *what, struct fl_list *list)
{
	static const struct fl_yaml_span units = {0, 255};
	static const struct fl_yaml_key keys[] = {
		{"vlan", fl_take_vlan, offsetof(struct mapped_member, vlan)},
		{"ip", take_member_ip, 0},
		{"units", fl_yaml_take_ranges, offsetof(struct mapped_member, units), &units},
	};
	struct fl_loading *l = fl_loading_of(c);
	struct mapped_member m = {.vlan = {0}};

	if (!fl_yaml_map(c, v, what, keys, FL_ARRAY_LEN(keys), &m))
		return false;
	if (m.vlan.n && !m.ip.kind && !m.units.n)
		return add_ranges(l, list, (struct fl_member){.kind = FL_MEMBER_VLAN, .at = v->at}, &m.vlan);
	if (!m.vlan.n && m.ip.kind && m.units.n)
		return add_ranges(l, list, (struct fl_member){.kind = FL_MEMBER_UNITS, .addr = m.ip, .bits = m.bits, .at = v->at},
				  &m.units);
	fl_diag(c->diags, FL_SEV_ERROR, v->at, "%s needs either \"vlan\", or \"ip\" and \"units\"%s", what,
		m.ip.kind && !m.units.n && !m.vlan.n ? "; an address alone is written without a key" : "");
	return false;
}

/* One member of a zone; a mapping may name several ranges, and is then as many members. */
static bool add_member(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, struct fl_list *list)
{
	struct fl_member m = {.at = v->at}, *to;
	char name[128];

	if (v->kind == FL_YAML_MAP) {
		snprintf(name, sizeof name, "a member of %s", what);
		return add_mapped(c, v, name, list);
	}
	if (!take_prefix(c, v, k, what, "addresses or prefixes (10.1.2.0/24, 2001:db8::/32, 00:1b:1b:00:00:00/24), { vlan: ID } "
			 "or { ip: ADDRESS, units: IDS }", true, &m))
		return false;
	to = fl_list_add(fl_loading_of(c), list, sizeof *to);
	if (!to)
		return false;
	*to = m;
	return true;
}

bool fl_take_members(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		     void *to)
{
	struct fl_zone_full *z = to;
	const struct fl_yaml_item *it;
	struct fl_list list = {0};
	struct fl_yaml_item one;
	struct fl_member *copy;
	bool ok = true, has_mac = false, has_vlan = false;
	uint32_t i;

	if (v->kind == FL_YAML_LIST && !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of at least one member");
	for (it = fl_yaml_items(v, &one); it && !c->nomem; it = it->next)
		ok &= add_member(c, it->value, k, what, &list);
	copy = list.n ? fl_yaml_alloc(c, list.n * sizeof *copy) : NULL;
	if (copy) {
		memcpy(copy, list.items, list.n * sizeof *copy);
		z->members = copy;
		for (i = 0; i < list.n; i++) {
			z->has_prefix |= copy[i].kind == FL_MEMBER_PREFIX;
			has_mac |= copy[i].kind == FL_MEMBER_MAC;
			has_vlan |= copy[i].kind == FL_MEMBER_VLAN;
		}
		z->by_link = has_mac || (has_vlan && !z->has_prefix);
		z->n_members = list.n;
	}
	free(list.items);
	return ok && copy;
}
