/* record.c - the parts of a record: ends, network, place in the model, operation, coverage.
 *
 * Members are written in the order of their names (bytes), so that equal facts are equal bytes and a reader can check
 * the order. Nothing here decides what a reader may know: that is the view's. Texts out of a policy are cut and lists
 * capped (view.h), so that no record exceeds FL_RECORD_MAX. Pure; allocates nothing but through the JSON buffer. */
#include "event/record.h"

#include <string.h>

#include "zones/policy.h"

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMPV6 = 58, PROTO_SCTP = 132 };

static bool is_icmp(uint8_t proto) { return proto == PROTO_ICMP || proto == PROTO_ICMPV6; }
static bool has_ports(uint8_t proto) { return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP; }

static void put_cut(struct fl_json *j, const char *key, const char *s, size_t max)
{
	size_t n;

	if (!s || !*s)
		return;
	n = strnlen(s, max + 1);
	if (n > max) { /* at the start of a UTF-8 sequence */
		for (n = max; n && ((unsigned char)s[n] & 0xc0) == 0x80;)
			n--;
	}
	fl_json_strn(j, key, s, n);
}

void fl_event_text(struct fl_json *j, const char *key, const char *s) { put_cut(j, key, s, FL_EVENT_TEXT_MAX); }

static void put_addr(struct fl_json *j, const char *key, const struct fl_addr *a)
{
	char text[FL_ADDR_TEXT_MAX];

	if (a->kind != FL_ADDR_NONE)
		fl_json_str(j, key, fl_addr_text(a, text));
}

static void put_mac(struct fl_json *j, const char *key, const uint8_t mac[6])
{
	struct fl_addr a = fl_addr_from(FL_ADDR_MAC, mac);

	put_addr(j, key, &a);
}

/* --- ECS --- */

/* A flow's counters are told where it goes on or ends. Folded updates count the same packets again and again; folded
 * ends are summed, and a port in which they differ is 0. */
static bool has_counts(const struct fl_event_view *v)
{
	return v->f->kind == FL_FINDING_FLOW_END || (v->f->kind == FL_FINDING_FLOW_UPDATE && !v->folded);
}

void fl_event_put_end(struct fl_json *j, const char *key, const struct fl_event_view *v, unsigned which)
{
	const struct fl_event_end *e = &v->end[which];
	bool counts = has_counts(v);
	bool ip = e->end->addr.kind == FL_ADDR_IPV4 || e->end->addr.kind == FL_ADDR_IPV6;

	if (e->shown < FL_DISCLOSE_ADDRESS)
		return;
	fl_json_open(j, key);
	if (counts)
		fl_json_u64(j, "bytes", e->end->bytes);
	if (ip)
		put_addr(j, "ip", &e->end->addr);
	if (e->end->has_mac && fl_event_owns_link(e->end))
		put_mac(j, "mac", e->end->mac);
	else if (!ip)
		put_addr(j, "mac", &e->end->addr);
	if (counts)
		fl_json_u64(j, "packets", e->end->packets);
	if (has_ports(v->f->flow.ip_proto) && !(!e->end->port && (v->folded || v->f->flow.kind == FL_FLOW_CARRIER)))
		fl_json_u64(j, "port", e->end->port);
	fl_json_close(j);
}

static void put_community_id(struct fl_json *j, const struct fl_event_view *v)
{
	const struct fl_flow *f = &v->f->flow;
	const struct fl_flow_end *a = &f->end[0], *b = &f->end[1];
	uint16_t a_port = a->port, b_port = b->port;
	char id[FL_COMMUNITY_ID_MAX];

	/* It is a hash of both addresses, which can be found by trying. */
	if (!fl_event_shows_addresses(v))
		return;
	/* Of a tunnel over UDP the source port is an entropy field: the carrier is many flows to others. */
	if (f->kind == FL_FLOW_CARRIER && has_ports(f->ip_proto))
		return;
	/* Folded flows have one only if they are all of one pair of ports; the types of folded ICMP are not kept. */
	if (v->folded && (is_icmp(f->ip_proto) || (has_ports(f->ip_proto) && (!a_port || !b_port))))
		return;
	if (is_icmp(f->ip_proto)) {
		a = &f->end[f->first]; /* whose "port" is the first frame's type */
		b = &f->end[!f->first];
		a_port = f->icmp_type;
		b_port = f->icmp_code;
	}
	if (fl_community_id(&a->addr, &b->addr, f->ip_proto, a_port, b_port, v->env->community_seed, id))
		fl_json_str(j, "community_id", id);
}

static const char *direction(const struct fl_event_view *v)
{
	bool from = v->end[0].in_scope, to = v->end[1].in_scope;

	return from ? to ? "internal" : "outbound" : to ? "inbound" : "external";
}

static const struct fl_flow_end *vlan_end(const struct fl_event_view *v)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (v->end[i].shown == FL_DISCLOSE_ADDRESS && v->end[i].end->vlans && fl_event_owns_link(v->end[i].end))
			return v->end[i].end;
	return NULL;
}

void fl_event_put_network(struct fl_json *j, const struct fl_event_view *v)
{
	const struct fl_flow *f = &v->f->flow;
	bool counts = has_counts(v);
	const struct fl_flow_end *tagged = vlan_end(v);
	const char *protocol, *application, *name = fl_transport_name(f->ip_proto);

	fl_event_protocol(v, &protocol, &application);
	fl_json_open(j, "network");
	put_cut(j, "application", application, FL_EVENT_TEXT_MAX);
	if (counts)
		fl_json_u64(j, "bytes", v->folded ? v->f->fold_bytes : f->end[0].bytes + f->end[1].bytes);
	put_community_id(j, v);
	fl_json_str(j, "direction", direction(v));
	if (!name && f->kind != FL_FLOW_LINK)
		fl_json_fmt(j, "iana_number", "%u", f->ip_proto);
	if (tagged && tagged->vlans > 1) {
		fl_json_open(j, "inner");
		fl_json_open(j, "vlan");
		fl_json_fmt(j, "id", "%u", tagged->vlan[1]);
		fl_json_close(j);
		fl_json_close(j);
	}
	if (counts)
		fl_json_u64(j, "packets", v->folded ? v->f->fold_packets : f->end[0].packets + f->end[1].packets);
	put_cut(j, "protocol", protocol, FL_EVENT_TEXT_MAX);
	if (f->kind != FL_FLOW_LINK)
		fl_json_str(j, "transport", name);
	if (f->end[0].addr.kind == FL_ADDR_IPV4 || f->end[0].addr.kind == FL_ADDR_IPV6)
		fl_json_str(j, "type", f->end[0].addr.kind == FL_ADDR_IPV4 ? "ipv4" : "ipv6");
	if (tagged) {
		fl_json_open(j, "vlan");
		fl_json_fmt(j, "id", "%u", tagged->vlan[0]);
		fl_json_close(j);
	}
	fl_json_close(j);
}

void fl_event_put_observer(struct fl_json *j, const struct fl_event_env *env, int iface, bool named)
{
	fl_json_open(j, "observer");
	if (iface >= 0) {
		fl_json_open(j, "ingress");
		fl_json_open(j, "interface");
		fl_json_fmt(j, "id", "%d", iface);
		if (named)
			fl_event_text(j, "name", fl_event_iface_name(env, (unsigned)iface));
		fl_json_close(j);
		fl_json_close(j);
	}
	fl_event_text(j, "name", env->sensor);
	fl_json_str(j, "product", "fenceline");
	fl_json_str(j, "type", "sensor");
	fl_json_str(j, "vendor", "fenceline");
	fl_json_str(j, "version", FL_VERSION);
	fl_json_close(j);
}

static void put_clause_reference(struct fl_json *j, const char *key, const struct fl_clause *c)
{
	if (c->at.file && c->at.line)
		fl_json_fmt(j, key, "%.255s:%u", fl_event_base_name(c->at.file), c->at.line);
}

void fl_event_put_rule(struct fl_json *j, const struct fl_event_view *v)
{
	const struct fl_decision *d = &v->f->decision;
	const struct fl_clause *c = &d->clause;
	bool named = fl_event_shows_clause(v) && c->id;

	fl_json_open(j, "rule");
	fl_json_str(j, "category", fl_verdict_name(d->verdict));
	fl_json_str(j, "id", named ? c->id : fl_clause_kind_name(c->kind));
	if (named) {
		fl_json_fmt(j, "name", "%s %s", fl_clause_kind_name(c->kind), c->id);
		put_clause_reference(j, "reference", c);
	}
	fl_json_close(j);
}

/* --- fenceline.* --- */

/* Not cut as other texts are: a filter says what was never looked at, and half of it says something else. */
void fl_event_put_capture(struct fl_json *j, const struct fl_event_env *env)
{
	if (!env->filter || !*env->filter)
		return;
	fl_json_open(j, "capture");
	put_cut(j, "filter", env->filter, FL_EVENT_FILTER_MAX);
	fl_json_close(j);
}

void fl_event_put_clause(struct fl_json *j, const struct fl_event_view *v)
{
	const struct fl_clause *c = &v->f->decision.clause;
	bool shown = fl_event_shows_clause(v);

	fl_json_open(j, "clause");
	if (shown && c->at.file && c->at.line) {
		fl_json_u64(j, "column", c->at.col);
		fl_event_text(j, "file", fl_event_base_name(c->at.file));
	}
	if (shown)
		fl_event_text(j, "id", c->id);
	fl_json_str(j, "kind", fl_clause_kind_name(c->kind));
	if (shown && c->at.file && c->at.line)
		fl_json_u64(j, "line", c->at.line);
	fl_json_close(j);
}

static unsigned put_tags(struct fl_json *j, const char *key, const char *const *list)
{
	unsigned i;

	if (!list || !list[0])
		return 0;
	fl_json_open_array(j, key);
	for (i = 0; list[i] && i < FL_EVENT_TAGS_MAX; i++)
		put_cut(j, NULL, list[i], FL_ID_MAX);
	fl_json_close_array(j);
	for (; list[i]; i++)
		;
	return i > FL_EVENT_TAGS_MAX ? i - FL_EVENT_TAGS_MAX : 0;
}

static void put_level(struct fl_json *j, const struct fl_zone *z)
{
	if (!z->has_level)
		return;
	if (z->level_x10 % 10)
		fl_json_fmt(j, "level", "%u.%u", z->level_x10 / 10u, z->level_x10 % 10u);
	else
		fl_json_fmt(j, "level", "%u", z->level_x10 / 10u);
}

static void put_sl_target(struct fl_json *j, const struct fl_sl *sl)
{
	unsigned i;

	if (!sl->set)
		return;
	if (!sl->vector) {
		fl_json_u64(j, "sl_target", sl->fr[0]);
		return;
	}
	fl_json_open_array(j, "sl_target");
	for (i = 0; i < FL_ARRAY_LEN(sl->fr); i++)
		fl_json_u64(j, NULL, sl->fr[i]);
	fl_json_close_array(j);
}

static void put_vlans(struct fl_json *j, unsigned vlans, const uint16_t *vlan)
{
	unsigned i;

	if (!vlans)
		return;
	fl_json_open_array(j, "vlan");
	for (i = 0; i < vlans && i < FL_VLAN_MAX; i++)
		fl_json_fmt(j, NULL, "%u", vlan[i]);
	fl_json_close_array(j);
}

void fl_event_put_place(struct fl_json *j, const char *key, const struct fl_event_view *v, unsigned which)
{
	const struct fl_event_end *e = &v->end[which];
	const struct fl_zone *z = e->place->zone;
	const struct fl_asset *asset = e->place->asset;
	bool all = e->shown >= FL_DISCLOSE_ADDRESS;
	bool zone = z && e->shown >= FL_DISCLOSE_ZONE, plant = z && e->shown >= FL_DISCLOSE_PLANT;
	unsigned omitted = 0;

	fl_json_open(j, key);
	if (all && asset)
		put_cut(j, "asset", asset->id, FL_ID_MAX);
	if (all && z)
		omitted += put_tags(j, "data", z->data);
	if (v->reader)
		fl_json_bool(j, "in_scope", e->in_scope);
	if (zone)
		put_level(j, z);
	if (all && e->end && e->end->has_mac)
		fl_json_bool(j, "on_link", e->end->on_link);
	if (e->shown >= FL_DISCLOSE_ZONE)
		fl_json_str(j, "placed_by", fl_place_how_name(e->place->how));
	if (plant) {
		put_cut(j, "plant", z->plant->id, FL_ID_MAX);
		fl_json_str(j, "plant_state", fl_plant_state_name(z->plant->state));
	}
	if (all && z)
		omitted += put_tags(j, "programmes", z->programmes);
	if (all && asset)
		put_cut(j, "role", asset->role, FL_ID_MAX);
	if (plant && z->scope)
		put_cut(j, "scope", z->scope->id, FL_ID_MAX);
	if (zone)
		put_sl_target(j, &z->sl_target);
	if (omitted)
		fl_json_u64(j, "tags_omitted", omitted);
	if (all && v->f->kind == FL_FINDING_ASSET && v->f->asset.has_mac)
		put_vlans(j, v->f->asset.vlans, v->f->asset.vlan);
	else if (all && e->end && fl_event_owns_link(e->end))
		put_vlans(j, e->end->vlans, e->end->vlan);
	if (zone) {
		put_cut(j, "zone", z->id, FL_ID_MAX);
		fl_json_str(j, "zone_kind", fl_zone_kind_name(z->kind));
	}
	fl_json_close(j);
}

static const char *phase(const struct fl_event_view *v)
{
	if (v->op)
		return "operation";
	if (v->f->kind == FL_FINDING_FLOW_END)
		return "end";
	if (v->f->kind == FL_FINDING_FLOW_UPDATE)
		return "update";
	return v->f->changed ? "judged_again" : "start";
}

void fl_event_put_flow(struct fl_json *j, const struct fl_event_view *v)
{
	const struct fl_flow *f = &v->f->flow;
	uint32_t gaps = f->gaps[0] + f->gaps[1];
	bool countable = v->f->kind == FL_FINDING_FLOW_END || !v->folded; /* else the same holes are in it again and again */
	bool ended = v->f->kind == FL_FINDING_FLOW_END;

	fl_json_open(j, "flow");
	if (f->conflicts && countable)
		fl_json_u64(j, "conflicts", f->conflicts);
	if ((f->end[0].copies || f->end[1].copies) && has_counts(v))
		fl_json_u64(j, "copies", f->end[0].copies + f->end[1].copies);
	if (ended)
		fl_json_str(j, "end_reason", fl_flow_end_reason_name(f->end_reason));
	if (f->kind == FL_FLOW_LINK && f->ethertype)
		fl_json_fmt(j, "ethertype", "0x%04x", f->ethertype);
	fl_json_u64(j, "first_frame", f->first_frame);
	if (gaps && countable) {
		fl_json_u64(j, "gap_bytes", f->gap_bytes[0] + f->gap_bytes[1]);
		fl_json_u64(j, "gaps", gaps);
	}
	if (is_icmp(f->ip_proto) && !v->folded) {
		fl_json_u64(j, "icmp_code", f->icmp_code);
		fl_json_u64(j, "icmp_type", f->icmp_type);
	}
	fl_json_str(j, "initiator_found_by", fl_initiator_how_name(f->initiator_how));
	fl_json_str(j, "kind", fl_flow_kind_name(f->kind));
	fl_json_bool(j, "midstream", f->midstream);
	if (f->relation && !v->folded) {
		fl_json_u64(j, "parent_frame", f->parent);
		fl_json_str(j, "parent_relation", fl_flow_relation_name(f->relation));
	}
	fl_json_str(j, "phase", phase(v));
	fl_json_str(j, "reply", fl_flow_reply_name(f->reply));
	fl_json_close(j);
}

void fl_event_put_fold(struct fl_json *j, const struct fl_finding *f)
{
	fl_json_open(j, "fold");
	fl_json_u64(j, "count", f->count ? f->count : 1);
	if (f->count > 1) {
		fl_json_time(j, "first", f->fold_from_ns);
		fl_json_time(j, "last", f->fold_to_ns);
	}
	fl_json_close(j);
}

void fl_event_put_gap(struct fl_json *j, const struct fl_gap *g, const struct fl_scope *reader)
{
	fl_json_open(j, "gap");
	if (g->bytes)
		fl_json_u64(j, "bytes", g->bytes);
	if (g->detail[0] && fl_event_shows_detail(g, reader))
		fl_json_strn(j, "detail", g->detail, strnlen(g->detail, sizeof g->detail));
	if (g->duration_ns > 0)
		fl_json_u64(j, "duration", (uint64_t)g->duration_ns);
	fl_json_str(j, "reason", fl_gap_reason_name(g->reason));
	if (g->records)
		fl_json_u64(j, "records", g->records);
	fl_json_close(j);
}

void fl_event_put_label(struct fl_json *j, const struct fl_event_view *v)
{
	const struct fl_label *l = &v->f->flow.label;
	const char *name;
	unsigned bit;

	fl_json_open(j, "label");
	fl_event_text(j, "carrier", fl_event_carrier(v));
	if (v->env->category_name && l->category)
		fl_event_text(j, "category", v->env->category_name(l->category));
	if (v->env->confidence_name && l->confidence)
		fl_event_text(j, "confidence", v->env->confidence_name(l->confidence));
	fl_json_str(j, "found_by", fl_label_how_name(l->how));
	if (l->port_says != FL_PROTOCOL_UNKNOWN && fl_event_shows_port(v))
		fl_event_text(j, "port_says", fl_vocab_name(v->env->vocab, l->port_says));
	if (l->risks) {
		fl_json_open_array(j, "risks");
		for (bit = 0; bit < 64; bit++) {
			if (!(l->risks >> bit & 1))
				continue;
			name = v->env->risk_name ? v->env->risk_name(bit) : NULL;
			if (name)
				put_cut(j, NULL, name, FL_ID_MAX);
			else
				fl_json_fmt(j, NULL, "risk_%u", bit);
		}
		fl_json_close_array(j);
	}
	if (l->final && l->how == FL_LABEL_NONE && l->why != FL_WHY_LABELLED)
		fl_json_str(j, "why", fl_label_why_name(l->why));
	fl_json_close(j);
}

void fl_event_put_asset(struct fl_json *j, const struct fl_event_view *v)
{
	const struct fl_asset_seen *a = &v->f->asset;

	fl_json_open(j, "asset");
	if (a->identity[0])
		fl_json_strn(j, "identity", a->identity, strnlen(a->identity, sizeof a->identity));
	fl_json_bool(j, "mac_changed", a->mac_changed);
	if (a->mac_changed)
		put_mac(j, "old_mac", a->old_mac);
	if (a->protocol != FL_PROTOCOL_UNKNOWN) {
		fl_event_text(j, "protocol", fl_vocab_name(v->env->vocab, a->protocol));
		fl_json_str(j, "role", a->is_server ? "server" : "client");
	}
	fl_json_close(j);
}
