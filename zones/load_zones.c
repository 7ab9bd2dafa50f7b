/* load_zones.c - scopes, suppliers, plants and zones: one table of keys for each, and what their values need. What a zone's
 * members are is in load_members.c. */
#include <stdlib.h>
#include <string.h>

#include "zones/load.h"

#define TEXT(key, type, member) {key, fl_yaml_take_text, offsetof(type, member)}

static const char *const disclose_words[] = {"none", "plant", "zone", "address"}; /* enum fl_disclose */
static const struct fl_yaml_names disclose_names = {disclose_words, FL_ARRAY_LEN(disclose_words)};

#define X(name, text) text,
static const char *const state_words[] = {FL_PLANT_STATES(X)};
static const char *const kind_words[] = {FL_ZONE_KINDS(X)};
#undef X
static const struct fl_yaml_names state_names = {state_words, FL_ARRAY_LEN(state_words)};
static const struct fl_yaml_names kind_names = {kind_words, FL_ARRAY_LEN(kind_words)};

/* ---- scopes ---- */

static bool take_certificate(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			     const char *what, void *to)
{
	static const struct fl_yaml_key keys[] = {
		TEXT("number", struct fl_scope_full, pub.certificate_number),
		TEXT("body", struct fl_scope_full, pub.certificate_body),
		{"valid_from", fl_yaml_take_day, offsetof(struct fl_scope_full, pub.certificate_from_ns)},
		{"valid_until", fl_yaml_take_day_end, offsetof(struct fl_scope_full, pub.certificate_until_ns)},
	};
	struct fl_scope_full *s = to;
	char name[128];

	(void)k;
	snprintf(name, sizeof name, "the certificate of %s", what);
	s->certificate_at = v->at;
	if (!fl_yaml_map(c, v, name, keys, FL_ARRAY_LEN(keys), s))
		return false;
	if (s->pub.certificate_from_ns && s->pub.certificate_until_ns &&
	    s->pub.certificate_from_ns >= s->pub.certificate_until_ns) {
		fl_diag(c->diags, FL_SEV_ERROR, v->at, "%s ends before it begins", name);
		return false;
	}
	return true;
}

static int by_effective_from(const void *pa, const void *pb)
{
	const struct fl_scope_version *a = pa, *b = pb;

	return a->effective_from_ns < b->effective_from_ns ? -1 : a->effective_from_ns > b->effective_from_ns;
}

static bool take_versions(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			  const char *what, void *to)
{
	static const struct fl_yaml_key keys[] = {
		{"version", fl_yaml_take_text, offsetof(struct fl_scope_version, version), NULL, true},
		{"effective_from", fl_yaml_take_day, offsetof(struct fl_scope_version, effective_from_ns), NULL, true},
		TEXT("statement", struct fl_scope_version, statement),
		TEXT("soa", struct fl_scope_version, soa),
		TEXT("approved_by", struct fl_scope_version, approved_by),
	};
	struct fl_scope_full *s = to;
	const struct fl_yaml_item *it;
	struct fl_scope_version *list;
	char name[128];
	uint32_t n = 0, i;
	bool ok = true;

	if (v->kind != FL_YAML_LIST || !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of versions");
	list = fl_yaml_alloc(c, v->n * sizeof *list);
	if (!list)
		return false;
	snprintf(name, sizeof name, "a version of %s", what);
	for (it = v->first; it; it = it->next, n++) {
		ok &= fl_yaml_map(c, it->value, name, keys, FL_ARRAY_LEN(keys), &list[n]);
		list[n].at = it->value->at;
	}
	if (!ok)
		return false;
	qsort(list, n, sizeof *list, by_effective_from);
	for (i = 1; i < n; i++)
		if (list[i].effective_from_ns == list[i - 1].effective_from_ns) {
			fl_diag(c->diags, FL_SEV_ERROR, list[i].at, "two versions of %s take effect on the same day", what);
			ok = false;
		}
	s->versions = list;
	s->n_versions = n;
	return ok;
}

static bool take_scope_id(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			  const char *what, void *to)
{
	if (v->kind == FL_YAML_SCALAR && !strcmp(v->text, FL_LOG_UNSCOPED)) {
		fl_diag(c->diags, FL_SEV_ERROR, v->at,
			"no scope may have the id \"" FL_LOG_UNSCOPED "\": the log of what lies in no scope has that name");
		return false;
	}
	return fl_take_id(c, v, k, what, to);
}

bool fl_load_scope(struct fl_loading *l, const struct fl_yaml_node *v, const char *what)
{
	static const struct fl_yaml_key keys[] = {
		{"id", take_scope_id, offsetof(struct fl_scope_full, pub.id), NULL, true},
		TEXT("standard", struct fl_scope_full, pub.standard),
		TEXT("statement", struct fl_scope_full, pub.statement),
		TEXT("soa", struct fl_scope_full, pub.soa),
		{"certificate", take_certificate, 0},
		{"disclose", fl_yaml_take_name, offsetof(struct fl_scope_full, pub.disclose), &disclose_names},
		{"versions", take_versions, 0},
	};
	struct fl_scope_full *s = fl_list_add(l, &l->scopes, sizeof *s);

	if (!s)
		return false;
	s->pub.at = v->at;
	s->pub.disclose = FL_DISCLOSE_ADDRESS;
	if (!fl_yaml_map(&l->yaml, v, what, keys, FL_ARRAY_LEN(keys), s))
		return false;
	s->from_ns = s->n_versions ? s->versions[0].effective_from_ns : s->pub.certificate_from_ns;
	return true;
}

bool fl_load_supplier(struct fl_loading *l, const struct fl_yaml_node *v, const char *what)
{
	static const struct fl_yaml_key keys[] = {
		{"id", fl_take_id, offsetof(struct fl_supplier, id), NULL, true},
		TEXT("name", struct fl_supplier, name),
		TEXT("agreement", struct fl_supplier, agreement),
		{"expires", fl_yaml_take_day_end, offsetof(struct fl_supplier, expires_ns)},
		TEXT("contact", struct fl_supplier, contact),
	};
	struct fl_supplier *s = fl_list_add(l, &l->suppliers, sizeof *s);

	if (!s)
		return false;
	s->at = v->at;
	return fl_yaml_map(&l->yaml, v, what, keys, FL_ARRAY_LEN(keys), s);
}

/* ---- plants ---- */

static bool take_capture(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			 const char *what, void *to)
{
	static const struct fl_yaml_key keys[] = {
		TEXT("interface", struct fl_capture, interface),
		{"vlan", fl_take_vlan, offsetof(struct fl_capture, vlan)},
	};
	struct fl_plant_full *plant = to;
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	struct fl_capture *list;
	char name[128];
	uint32_t n = 0;
	bool ok = true;

	if (v->kind == FL_YAML_SCALAR || !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of { interface: NAME, vlan: ID }");
	list = fl_yaml_alloc(c, (v->kind == FL_YAML_LIST ? v->n : 1) * sizeof *list);
	if (!list)
		return false;
	snprintf(name, sizeof name, "a capture of %s", what);
	for (it = fl_yaml_items(v, &one); it; it = it->next) {
		list[n] = (struct fl_capture){.at = it->value->at};
		if (!fl_yaml_map(c, it->value, name, keys, FL_ARRAY_LEN(keys), &list[n])) {
			ok = false;
		} else if (!list[n].interface && !list[n].vlan.n) {
			fl_diag(c->diags, FL_SEV_ERROR, it->value->at, "%s names neither an interface nor a VLAN", name);
			ok = false;
		} else {
			n++; /* half a capture would claim every frame */
		}
	}
	plant->capture = list;
	plant->n_capture = n;
	return ok;
}

static bool take_state(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	struct fl_plant_full *plant = to;

	plant->state_set = true;
	return fl_yaml_take_name(c, v, k, what, &plant->pub.state);
}

bool fl_load_plant(struct fl_loading *l, const struct fl_yaml_node *v, const char *what)
{
	static const struct fl_yaml_key keys[] = {
		{"id", fl_take_id, offsetof(struct fl_plant_full, pub.id), NULL, true},
		TEXT("name", struct fl_plant_full, pub.name),
		{"scope", fl_take_ref, offsetof(struct fl_plant_full, scope_ref)},
		{"state", take_state, 0, &state_names},
		TEXT("reason", struct fl_plant_full, pub.reason),
		TEXT("location", struct fl_plant_full, pub.location),
		{"capture", take_capture, 0},
	};
	struct fl_plant_full *p = fl_list_add(l, &l->plants, sizeof *p);
	struct fl_diags *d = l->diags;
	bool ok;

	if (!p)
		return false;
	p->pub.at = v->at;
	ok = fl_yaml_map(&l->yaml, v, what, keys, FL_ARRAY_LEN(keys), p);
	if (!p->state_set)
		p->pub.state = p->scope_ref.id ? FL_PLANT_CERTIFIED : FL_PLANT_NON_CERTIFIED;
	if (!ok)
		return false;
	if (p->pub.state == FL_PLANT_CERTIFIED && !p->scope_ref.id) {
		fl_diag(d, FL_SEV_ERROR, v->at, "%s is certified but names no scope; add \"scope\"", what);
		return false;
	}
	if (p->pub.state != FL_PLANT_CERTIFIED && p->scope_ref.id) {
		fl_diag(d, FL_SEV_ERROR, p->scope_ref.at,
			"%s is %s and so lies in no scope; only a certified plant names one", what,
			fl_plant_state_name(p->pub.state));
		return false;
	}
	if (p->pub.state == FL_PLANT_EXCLUDED && !p->pub.reason) {
		fl_diag(d, FL_SEV_ERROR, v->at, "%s is excluded but gives no reason; add \"reason\"", what);
		return false;
	}
	return true;
}

/* ---- zones ---- */

static bool take_level(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	static const char *const words[] = {"0", "1", "2", "3", "3.5", "4", "5"};
	static const uint8_t tens[] = {0, 10, 20, 30, 35, 40, 50};
	struct fl_zone_full *z = to;
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(words); i++)
		if (v->kind == FL_YAML_SCALAR && !strcmp(v->text, words[i])) {
			z->pub.has_level = true;
			z->pub.level_x10 = tens[i];
			return true;
		}
	return fl_yaml_expected(c, v, k, what, "a Purdue level 0, 1, 2, 3, 3.5, 4 or 5");
}

static bool take_asset_addr(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			    const char *what, void *to)
{
	bool mac = !strcmp(k->name, "mac");
	struct fl_addr addr;
	unsigned bits = 0;

	if (v->kind != FL_YAML_SCALAR || !fl_addr_parse(v->text, &addr, &bits) || strchr(v->text, '/') ||
	    mac != (addr.kind == FL_ADDR_MAC))
		return fl_yaml_expected(c, v, k, what, "%s", mac ? "a MAC address" : "an IPv4 or IPv6 address");
	*(struct fl_addr *)to = addr;
	return true;
}

static bool take_assets(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, void *to)
{
	static const struct fl_yaml_key keys[] = {
		{"id", fl_take_id_mixed, offsetof(struct fl_asset, id), NULL, true},
		TEXT("name", struct fl_asset, name),
		{"ip", take_asset_addr, offsetof(struct fl_asset, ip)},
		{"mac", take_asset_addr, offsetof(struct fl_asset, mac)},
		TEXT("role", struct fl_asset, role),
		TEXT("vendor", struct fl_asset, vendor),
		TEXT("model", struct fl_asset, model),
		TEXT("firmware", struct fl_asset, firmware),
		TEXT("criticality", struct fl_asset, criticality),
	};
	struct fl_zone_full *z = to;
	const struct fl_yaml_item *it;
	struct fl_asset *list;
	char name[192];
	const char *id;
	uint32_t n = 0;
	bool ok = true;

	if (v->kind != FL_YAML_LIST || !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of assets");
	list = fl_yaml_alloc(c, v->n * sizeof *list);
	if (!list)
		return false;
	for (it = v->first; it; it = it->next, n++) {
		id = fl_yaml_peek(it->value, "id");
		snprintf(name, sizeof name, id ? "asset \"%.*s\" of %s" : "an asset%.*s of %s", (int)FL_ID_MAX, id ? id : "",
			 what);
		list[n].at = it->value->at;
		ok &= fl_yaml_map(c, it->value, name, keys, FL_ARRAY_LEN(keys), &list[n]);
	}
	z->pub.assets = list;
	z->pub.n_assets = n;
	return ok;
}

static bool take_in_scope(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			  const char *what, void *to)
{
	struct fl_zone_full *z = to;
	bool in = false;

	if (!fl_yaml_take_bool(c, v, k, what, &in))
		return false;
	z->in_scope = in;
	z->in_scope_at = v->at;
	return true;
}

bool fl_load_zone(struct fl_loading *l, const struct fl_yaml_node *v, const char *what)
{
	static const struct fl_yaml_key keys[] = {
		{"id", fl_take_id, offsetof(struct fl_zone_full, pub.id), NULL, true},
		TEXT("name", struct fl_zone_full, pub.name),
		{"plant", fl_take_ref, offsetof(struct fl_zone_full, plant_ref), NULL, true},
		{"kind", fl_yaml_take_name, offsetof(struct fl_zone_full, pub.kind), &kind_names},
		{"level", take_level, 0},
		{"sl_target", fl_take_sl, offsetof(struct fl_zone_full, pub.sl_target)},
		{"members", fl_take_members, 0, NULL, true},
		{"assets", take_assets, 0},
		{"data", fl_yaml_take_texts, offsetof(struct fl_zone_full, pub.data)},
		{"programmes", fl_yaml_take_texts, offsetof(struct fl_zone_full, pub.programmes)},
		{"in_scope", take_in_scope, 0},
		{"scope", fl_take_ref, offsetof(struct fl_zone_full, scope_ref)},
		TEXT("justification", struct fl_zone_full, pub.justification),
		{"consumers", fl_take_refs, offsetof(struct fl_zone_full, consumers)},
		TEXT("agreement", struct fl_zone_full, pub.agreement),
		FL_ZCR64_KEYS(offsetof(struct fl_zone_full, pub.record)),
	};
	struct fl_zone_full *z = fl_list_add(l, &l->zones, sizeof *z);
	bool ok;

	if (!z)
		return false;
	z->pub.at = v->at;
	z->in_scope = 2;
	ok = fl_yaml_map(&l->yaml, v, what, keys, FL_ARRAY_LEN(keys), z);
	if (z->in_scope == 0 && !z->pub.justification) {
		fl_diag(l->diags, FL_SEV_ERROR, z->in_scope_at, "%s is taken out of scope without a reason; add \"justification\"",
			what);
		ok = false;
	}
	if (z->in_scope == 0 && z->scope_ref.id) {
		fl_diag(l->diags, FL_SEV_ERROR, z->scope_ref.at, "%s is taken out of scope and names one; drop \"scope\" or \"in_scope\"",
			what);
		ok = false;
	}
	return ok;
}
