/* load_conduits.c - conduits with their allow lines and time windows, and exceptions. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "zones/load.h"
#include "zones/words.h"

#define TEXT(key, type, member) {key, fl_yaml_take_text, offsetof(type, member)}
#define NEED(key, type, member) {key, fl_yaml_take_text, offsetof(type, member), NULL, true}

static const struct fl_yaml_names operation_names = {fl_op_class_names, FL_OP_CLASS_COUNT};

/* ---- windows ---- */

static bool take_day_names(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			   const char *what, void *to)
{
	static const char words[7][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	uint32_t set = 0;
	unsigned first, last;

	for (it = fl_yaml_items(v, &one); it; it = it->next) {
		const char *s = it->value->kind == FL_YAML_SCALAR ? it->value->text : "";

		for (first = 0; first < 7 && strncmp(s, words[first], 3); first++)
			;
		last = first;
		if (first < 7 && s[3] == '-') {
			s += 4;
			for (last = 0; last < 7 && strncmp(s, words[last], 3); last++)
				;
		}
		if (first == 7 || last == 7 || s[3])
			return fl_yaml_expected(c, it->value, k, what, "days: mon tue wed thu fri sat sun, or mon-fri");
		for (set |= 1u << first; first != last; set |= 1u << first)
			first = (first + 1) % 7;
	}
	if (!set)
		return fl_yaml_expected(c, v, k, what, "a list of at least one day");
	*(uint32_t *)to = set;
	return true;
}

static bool take_tz(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		    void *to)
{
	struct fl_loading *l = fl_loading_of(c);
	const struct fl_tz **seen = l->tzs.items;
	const char *name = NULL;
	char near[80];
	struct fl_tz *tz;
	uint32_t i;
	int err;

	if (!fl_yaml_take_text(c, v, k, what, &name))
		return false;
	for (i = 0; i < l->tzs.n; i++)
		if (!strcmp(seen[i]->name, name)) {
			*(const struct fl_tz **)to = seen[i];
			return true;
		}
	tz = fl_yaml_alloc(c, sizeof *tz);
	if (!tz)
		return false;
	err = fl_tz_load(tz, name, c->arena);
	if (err == FL_ENOMEM) {
		c->nomem = true;
		return false;
	}
	if (err == FL_ENOTFOUND) {
		bool told = c->diags->n < FL_DIAGS_MAX && fl_tz_suggest(name, near, sizeof near);

		fl_diag(c->diags, FL_SEV_ERROR, v->at, "unknown time zone \"%.60s\" in %s; %s%s%s", name, what,
			told ? "did you mean \"" : "use a name from ", told ? near : FL_TZ_DIR, told ? "\"?" : "");
		return false;
	}
	if (err) {
		fl_diag(c->diags, FL_SEV_ERROR, v->at, "cannot read " FL_TZ_DIR "/%.60s: %s", name, fl_strerror(err));
		return false;
	}
	seen = fl_list_add(l, &l->tzs, sizeof(const struct fl_tz *));
	if (!seen)
		return false;
	*seen = tz;
	*(const struct fl_tz **)to = tz;
	return true;
}

enum {
	UNSET = UINT16_MAX, /* no minute of a day */
	WINDOWS_MAX = 64,   /* looked through one by one for each decision; a week of three shifts has 21 */
};

static bool take_windows(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			 const char *what, void *to)
{
	static const struct fl_yaml_key keys[] = {
		{"days", take_day_names, offsetof(struct fl_window, days)},
		{"from", fl_yaml_take_clock, offsetof(struct fl_window, from)},
		{"to", fl_yaml_take_clock, offsetof(struct fl_window, to)},
		{"tz", take_tz, offsetof(struct fl_window, tz), NULL, true},
	};
	struct fl_conduit *conduit = to;
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	struct fl_window *list;
	char name[128];
	uint32_t n = 0;
	bool ok = true;

	if (v->kind == FL_YAML_SCALAR || !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of { days: [sat], from: \"22:00\", to: \"04:00\", tz: ... }");
	if (v->kind == FL_YAML_LIST && v->n > WINDOWS_MAX)
		return fl_yaml_expected(c, v, k, what, "a list of at most %d windows", WINDOWS_MAX);
	list = fl_yaml_alloc(c, (v->kind == FL_YAML_LIST ? v->n : 1) * sizeof *list);
	if (!list)
		return false;
	snprintf(name, sizeof name, "a window of %s", what);
	for (it = fl_yaml_items(v, &one); it; it = it->next, n++) {
		list[n] = (struct fl_window){.days = 0x7f, .from = UNSET, .to = UNSET};
		if (!fl_yaml_map(c, it->value, name, keys, FL_ARRAY_LEN(keys), &list[n])) {
			ok = false;
		} else if (list[n].from == UNSET && list[n].to == UNSET) {
			list[n].from = 0;
			list[n].to = 24 * 60;
		} else if (list[n].from == UNSET || list[n].to == UNSET) {
			fl_diag(c->diags, FL_SEV_ERROR, it->value->at, "%s has \"%s\" without \"%s\"; give both, or neither for the "
				"whole day", name, list[n].to == UNSET ? "from" : "to", list[n].to == UNSET ? "to" : "from");
			ok = false;
		} else if (list[n].from == list[n].to || list[n].from == 24 * 60) {
			fl_diag(c->diags, FL_SEV_ERROR, it->value->at,
				"%s is empty; for the whole day leave out \"from\" and \"to\"", name);
			ok = false;
		}
	}
	conduit->windows = list;
	conduit->n_windows = n;
	return ok;
}

/* ---- allow lines ---- */

static bool take_protocol(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			  const char *what, void *to)
{
	const struct fl_vocab *vocab = fl_loading_of(c)->vocab;
	const char *near;
	int id;

	if (!fl_yaml_scalar(c, v, k, what, "a protocol"))
		return false;
	id = fl_vocab_find(vocab, v->text);
	if (id >= 0 && id != FL_PROTOCOL_UNKNOWN) {
		*(uint16_t *)to = (uint16_t)id;
		return true;
	}
	near = c->diags->n < FL_DIAGS_MAX && id < 0 ? fl_suggest(v->text, vocab->names, vocab->n) : NULL;
	if (near && !strcmp(near, "unknown"))
		near = NULL; /* a label of flows, but nothing one could permit */
	fl_diag(c->diags, FL_SEV_ERROR, v->at, "unknown protocol \"%.60s\" in %s%s%s%s", v->text, what,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return false;
}

static bool take_operations(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			    const char *what, void *to)
{
	uint32_t set = 0;

	if (!fl_yaml_take_names(c, v, k, what, &set))
		return false;
	*(uint16_t *)to = (uint16_t)set;
	return true;
}

/* "0x88b8", "35000", either to another with a dash. */
static bool parse_ethertypes(const char *text, struct fl_yaml_range *out)
{
	unsigned long v[2] = {0};
	const char *s = text;
	char *end;
	int i, base;

	for (i = 0; i < 2; i++, s++) {
		base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
		if (!isdigit((unsigned char)s[0]) || (base == 16 && !isxdigit((unsigned char)s[2])))
			return false;
		v[i] = strtoul(s, &end, base);
		s = end;
		if (i == 0 && !*s) {
			v[1] = v[0];
			break;
		}
		if (*s != (i == 0 ? '-' : '\0'))
			return false;
	}
	*out = (struct fl_yaml_range){(uint32_t)v[0], (uint32_t)v[1]};
	return v[0] >= 0x600 && v[0] <= v[1] && v[1] <= 0xffff; /* IEEE 802.3 3.2.6: less is a length */
}

static int by_lo(const void *pa, const void *pb)
{
	const struct fl_yaml_range *a = pa, *b = pb;

	return a->lo != b->lo ? (a->lo < b->lo ? -1 : 1) : a->hi != b->hi ? (a->hi < b->hi ? -1 : 1) : 0;
}

static bool take_ethertypes(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			    const char *what, void *to)
{
	static const uint16_t opened[] = {0x0800, 0x86dd, 0x8100, 0x88a8}; /* IPv4, IPv6, VLAN tags: decode goes on behind them */
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	struct fl_yaml_range *list;
	uint32_t n = 0, i, kept = 0;
	size_t o;

	list = fl_yaml_alloc(c, (v->kind == FL_YAML_LIST ? v->n + 1u : 1) * sizeof *list);
	if (!list)
		return false;
	for (it = fl_yaml_items(v, &one); it; it = it->next, n++) {
		if (it->value->kind != FL_YAML_SCALAR || !parse_ethertypes(it->value->text, &list[n]))
			return fl_yaml_expected(c, it->value, k, what, "EtherTypes or ranges a-b from 0x0600 to 0xffff");
		for (o = 0; o < FL_ARRAY_LEN(opened); o++)
			if (list[n].lo == list[n].hi && list[n].lo == opened[o])
				return fl_yaml_expected(c, it->value, k, what, "EtherTypes of other than IP and VLAN tags, which are "
							"judged by what they carry");
	}
	if (!n)
		return fl_yaml_expected(c, v, k, what, "a list of at least one EtherType");
	qsort(list, n, sizeof *list, by_lo);
	for (i = 1; i < n; i++) {
		if (list[i].lo > list[kept].hi + 1)
			list[++kept] = list[i];
		else if (list[i].hi > list[kept].hi)
			list[kept].hi = list[i].hi;
	}
	*(struct fl_yaml_ranges *)to = (struct fl_yaml_ranges){.list = list, .n = kept + 1};
	return true;
}

static const struct fl_yaml_span span_ports = {1, 65535}, span_units = {0, 255}, span_addresses = {0, 65535};

#define WHAT_KEYS(offset, needed)                                                                            \
	{"protocol", take_protocol, (offset) + offsetof(struct fl_allow, protocol), NULL, needed},           \
	{"operations", take_operations, (offset) + offsetof(struct fl_allow, operations), &operation_names}, \
	{"ports", fl_yaml_take_ranges, (offset) + offsetof(struct fl_allow, ports), &span_ports},            \
	{"units", fl_yaml_take_ranges, (offset) + offsetof(struct fl_allow, units), &span_units},            \
	{"registers", fl_yaml_take_ranges, (offset) + offsetof(struct fl_allow, registers), &span_addresses}, \
	{"coils", fl_yaml_take_ranges, (offset) + offsetof(struct fl_allow, coils), &span_addresses},        \
	{"ethertypes", take_ethertypes, (offset) + offsetof(struct fl_allow, ethertypes)}

/* A restriction that could never be looked at would read as if it held: refused. */
static bool check_what(struct fl_loading *l, const struct fl_allow *a, struct fl_srcpos at, const char *what)
{
	const char *name = fl_vocab_name(l->vocab, a->protocol), *key;
	bool seen, ok = true;

	key = a->units.n ? "units" : a->registers.n ? "registers" : a->coils.n ? "coils" : NULL;
	if (key && strcmp(name, "modbus")) {
		fl_diag(l->diags, FL_SEV_ERROR, at, "\"%s\" in %s goes only with \"protocol: modbus\"", key, what);
		ok = false;
	}
	if (a->ports.n && (a->protocol == FL_PROTOCOL_ICMP || a->protocol == FL_PROTOCOL_ICMPV6 || fl_is_link_protocol(a->protocol))) {
		fl_diag(l->diags, FL_SEV_ERROR, at, "\"ports\" in %s: %s has none", what, name);
		ok = false;
	}
	if (a->ethertypes.n && a->protocol != FL_PROTOCOL_ETHERNET && a->protocol != FL_PROTOCOL_ANY) {
		fl_diag(l->diags, FL_SEV_ERROR, at, "\"ethertypes\" in %s goes only with \"protocol: ethernet\" or any", what);
		ok = false;
	}
	if (a->ethertypes.n && a->ports.n) {
		fl_diag(l->diags, FL_SEV_ERROR, at, "\"ethertypes\" and \"ports\" in %s exclude each other", what);
		ok = false;
	}
	seen = a->protocol == FL_PROTOCOL_ANY || a->protocol == FL_PROTOCOL_TCP || a->protocol == FL_PROTOCOL_UDP ||
	       a->protocol == FL_PROTOCOL_IP || fl_is_dissected(name);
	if (a->operations != FL_OP_ALL && !seen) {
		fl_diag(l->diags, FL_SEV_ERROR, at,
			"\"operations\" in %s: those of %s cannot be seen, only those of modbus, s7comm, s7comm_plus and enip", what,
			name);
		ok = false;
	}
	return ok;
}

static bool take_allow(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	static const struct fl_yaml_key keys[] = {WHAT_KEYS(0, true)};
	struct fl_conduit *conduit = to;
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	struct fl_allow *list;
	char name[128];
	uint32_t n = 0;
	bool ok = true;

	if (v->kind == FL_YAML_SCALAR || !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of at least one { protocol: NAME, ... }");
	list = fl_yaml_alloc(c, (v->kind == FL_YAML_LIST ? v->n : 1) * sizeof *list);
	if (!list)
		return false;
	snprintf(name, sizeof name, "an allow line of %s", what);
	for (it = fl_yaml_items(v, &one); it; it = it->next, n++) {
		list[n].at = it->value->at;
		list[n].operations = FL_OP_ALL;
		ok &= fl_yaml_map(c, it->value, name, keys, FL_ARRAY_LEN(keys), &list[n]) &&
		      check_what(fl_loading_of(c), &list[n], it->value->at, name);
	}
	conduit->allow = list;
	conduit->pub.n_allow = n;
	return ok;
}

/* ---- conduits ---- */

static bool take_log(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		     const char *what, void *to)
{
	static const char *const words[] = {"summary", "all"};
	static const struct fl_yaml_names names = {words, FL_ARRAY_LEN(words)};
	struct fl_yaml_key named = *k;
	uint8_t i = 0;

	named.arg = &names;
	if (!fl_yaml_take_name(c, v, &named, what, &i))
		return false;
	*(bool *)to = i == 1;
	return true;
}

static bool take_until(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	struct fl_conduit *conduit = to;

	conduit->until_at = v->at;
	return fl_yaml_take_day_end(c, v, k, what, &conduit->pub.valid_until_ns);
}

static bool take_review(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, void *to)
{
	struct fl_conduit *conduit = to;

	conduit->review_at = v->at;
	return fl_yaml_take_day_end(c, v, k, what, &conduit->pub.review_by_ns);
}

bool fl_load_conduit(struct fl_loading *l, const struct fl_yaml_node *v, const char *what)
{
	static const struct fl_yaml_key keys[] = {
		{"id", fl_take_id, offsetof(struct fl_conduit, pub.id), NULL, true},
		TEXT("name", struct fl_conduit, pub.name),
		{"from", fl_take_refs, offsetof(struct fl_conduit, from_refs), NULL, true},
		{"to", fl_take_refs, offsetof(struct fl_conduit, to_refs), NULL, true},
		{"allow", take_allow, 0, NULL, true},
		{"sl_target", fl_take_sl, offsetof(struct fl_conduit, pub.sl_target)},
		TEXT("owner", struct fl_conduit, pub.owner),
		TEXT("risk_assessment", struct fl_conduit, pub.risk_assessment),
		TEXT("justification", struct fl_conduit, pub.justification),
		TEXT("ticket", struct fl_conduit, pub.ticket),
		{"supplier", fl_take_ref, offsetof(struct fl_conduit, supplier_ref)},
		{"valid_from", fl_yaml_take_day, offsetof(struct fl_conduit, pub.valid_from_ns)},
		{"valid_until", take_until, 0},
		{"review_by", take_review, 0},
		{"windows", take_windows, 0},
		{"log", take_log, offsetof(struct fl_conduit, pub.log_all)},
		FL_ZCR64_KEYS(offsetof(struct fl_conduit, pub.record)),
	};
	struct fl_conduit *c = fl_list_add(l, &l->conduits, sizeof *c);
	bool ok;

	if (!c)
		return false;
	c->pub.at = v->at;
	c->index = l->conduits.n - 1;
	ok = fl_yaml_map(&l->yaml, v, what, keys, FL_ARRAY_LEN(keys), c);
	if (c->pub.valid_from_ns && c->pub.valid_until_ns && c->pub.valid_from_ns >= c->pub.valid_until_ns) {
		fl_diag(l->diags, FL_SEV_ERROR, c->until_at, "%s ends before it begins", what);
		ok = false;
	}
	return ok;
}

/* ---- exceptions ---- */

static bool take_net(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		     const char *what, void *to)
{
	struct fl_net net = {0};
	unsigned bits = 0, i;
	bool host = false;

	if (v->kind != FL_YAML_SCALAR || !fl_addr_parse(v->text, &net.addr, &bits))
		return fl_yaml_expected(c, v, k, what, "an address or a prefix");
	net.bits = (uint8_t)bits;
	for (i = bits; i < fl_addr_len(&net.addr) * 8; i++)
		host |= net.addr.b[i / 8] >> (7 - i % 8) & 1;
	if (host)
		return fl_yaml_expected(c, v, k, what, "an address or a prefix without bits beyond it");
	*(struct fl_net *)to = net;
	return true;
}

static bool take_expires(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			 const char *what, void *to)
{
	struct fl_exception *e = to;

	e->expires_at = v->at;
	return fl_yaml_take_day_end(c, v, k, what, &e->pub.expires_ns);
}

bool fl_load_exception(struct fl_loading *l, const struct fl_yaml_node *v, const char *what)
{
	static const struct fl_yaml_key keys[] = {
		{"id", fl_take_id_mixed, offsetof(struct fl_exception, pub.id), NULL, true},
		{"conduit", fl_take_ref, offsetof(struct fl_exception, conduit_ref)},
		{"from", fl_take_refs, offsetof(struct fl_exception, from_refs)},
		{"to", fl_take_refs, offsetof(struct fl_exception, to_refs)},
		WHAT_KEYS(offsetof(struct fl_exception, what), false),
		{"source", take_net, offsetof(struct fl_exception, source)},
		{"destination", take_net, offsetof(struct fl_exception, destination)},
		NEED("owner", struct fl_exception, pub.owner),
		NEED("approved_by", struct fl_exception, pub.approved_by),
		NEED("reason", struct fl_exception, pub.reason),
		NEED("compensating_control", struct fl_exception, pub.compensating_control),
		{"expires", take_expires, 0, NULL, true},
		TEXT("ticket", struct fl_exception, pub.ticket),
	};
	struct fl_exception *e = fl_list_add(l, &l->exceptions, sizeof *e);
	bool ok;

	if (!e)
		return false;
	e->pub.at = v->at;
	e->index = l->exceptions.n - 1;
	e->what = (struct fl_allow){.protocol = FL_PROTOCOL_ANY, .operations = FL_OP_ALL, .at = v->at};
	ok = fl_yaml_map(&l->yaml, v, what, keys, FL_ARRAY_LEN(keys), e);
	if (!ok) /* what it lacks may only be what was wrong */
		return false;
	if (e->conduit_ref.id ? e->from_refs.n || e->to_refs.n : !e->from_refs.n || !e->to_refs.n) {
		fl_diag(l->diags, FL_SEV_ERROR, v->at, "%s needs either \"conduit\", or \"from\" and \"to\"", what);
		ok = false;
	}
	return check_what(l, &e->what, v->at, what) && ok;
}
