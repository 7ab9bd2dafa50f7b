/* event.c - one record from its first brace to its last: the envelope, and which parts each kind has.
 *
 * Shape: nested objects, members in the order of their names (bytes), time with nine decimals, one line. The ECS values
 * of event.kind, category, type and outcome are only those that ECS 9.4.0 lists together; tests/schema holds them.
 *
 * Pure: no clock, no state, no allocation but the caller's JSON buffer. One buffer, one thread. */
#include "event/event.h"

#include <stdio.h>

#include "event/record.h"
#include "zones/policy.h"

/* What ECS wants to know of each kind. */
struct kind_row {
	const char *dataset, *kind;
	const char *category[2]; /* sorted */
};

static const struct kind_row kind_rows[] = {
	[FL_EVENT_BOUNDARY_FLOW] = {"fenceline.boundary", "event", {"network"}},
	[FL_EVENT_BOUNDARY_VIOLATION] = {"fenceline.boundary", "alert", {"intrusion_detection", "network"}},
	[FL_EVENT_OT_OPERATION] = {"fenceline.operation", "event", {"network"}},
	[FL_EVENT_ASSET_SEEN] = {"fenceline.asset", "asset", {"host", "network"}},
	[FL_EVENT_POLICY_LOADED] = {"fenceline.policy", "event", {"configuration"}},
	[FL_EVENT_SENSOR_COVERAGE] = {"fenceline.sensor", "metric", {"network"}},
	[FL_EVENT_SENSOR_GAP] = {"fenceline.sensor", "event", {"host"}},
};

static const char *const actions[] = {
#define X(name, action) action,
	FL_EVENT_KINDS(X)
#undef X
};

_Static_assert(FL_ARRAY_LEN(kind_rows) == FL_ARRAY_LEN(actions), "a kind without its row");

struct envelope {
	enum fl_event_kind kind;
	uint64_t sequence;
	const char *types[4];          /* ended by NULL, sorted */
	const char *outcome;           /* or NULL */
	unsigned severity;             /* 0: none */
	bool has_start, has_end;
	int64_t start_ns, end_ns;
};

static void put_list(struct fl_json *j, const char *key, const char *const *list, size_t max)
{
	size_t i;

	fl_json_open_array(j, key);
	for (i = 0; i < max && list[i]; i++)
		fl_json_str(j, NULL, list[i]);
	fl_json_close_array(j);
}

static void put_envelope(struct fl_json *j, const struct envelope *e)
{
	const struct kind_row *row = &kind_rows[e->kind];
	bool interval = e->has_start && e->has_end && e->end_ns >= e->start_ns;

	fl_json_open(j, "event");
	fl_json_str(j, "action", actions[e->kind]);
	put_list(j, "category", row->category, FL_ARRAY_LEN(row->category));
	fl_json_str(j, "dataset", row->dataset);
	if (interval)
		fl_json_u64(j, "duration", (uint64_t)e->end_ns - (uint64_t)e->start_ns);
	if (e->has_end)
		fl_json_time(j, "end", e->end_ns);
	fl_json_str(j, "kind", row->kind);
	fl_json_str(j, "module", "fenceline");
	fl_json_str(j, "outcome", e->outcome);
	fl_json_u64(j, "sequence", e->sequence);
	if (e->severity)
		fl_json_u64(j, "severity", e->severity);
	if (e->has_start)
		fl_json_time(j, "start", e->start_ns);
	put_list(j, "type", e->types, FL_ARRAY_LEN(e->types));
	fl_json_close(j);
}

static void put_ecs(struct fl_json *j)
{
	fl_json_open(j, "ecs");
	fl_json_str(j, "version", FL_ECS_VERSION);
	fl_json_close(j);
}

/* --- what every record says under fenceline.* --- */

static void put_log(struct fl_json *j, const struct fl_scope *reader)
{
	fl_json_str(j, "log", reader ? reader->id : FL_LOG_UNSCOPED);
}

static void put_policy(struct fl_json *j, const struct fl_event_env *env)
{
	if (!env->policy)
		return;
	fl_json_open(j, "policy");
	fl_json_hex(j, "sha256", fl_policy_sha256(env->policy), 32);
	fl_json_close(j);
}

static void put_scope(struct fl_json *j, const struct fl_event_env *env, const struct fl_scope *reader, int64_t ts_ns)
{
	if (!reader)
		return;
	fl_json_open(j, "scope");
	fl_json_str(j, "id", reader->id);
	if (env->policy)
		fl_event_text(j, "version", fl_policy_scope_version(env->policy, reader, ts_ns));
	fl_json_close(j);
}

/* --- flows and operations --- */

/* success: a positive reply. failure: a refusal, an error, or none where one was due. unknown: it could not be seen. */
static const char *flow_outcome(const struct fl_finding *f)
{
	const struct fl_flow *flow = &f->flow;

	switch (flow->reply) {
	case FL_REPLY_ANSWERED:
		return "success";
	case FL_REPLY_REFUSED:
		return "failure";
	case FL_REPLY_NO_RESPONSE:
		/* Due only to an opened connection or an ICMP query, and missing only once the flow has ended. */
		return f->kind == FL_FINDING_FLOW_END && !flow->midstream && flow->ip_proto != 17 ? "failure" : "unknown";
	default:
		return "unknown";
	}
}

static const char *operation_outcome(const struct fl_operation *op)
{
	switch (op->outcome) {
	case FL_OUTCOME_OK:
		return "success";
	case FL_OUTCOME_ERROR:
	case FL_OUTCOME_NO_RESPONSE:
		return "failure";
	default:
		return "unknown";
	}
}

/* 47 medium, 73 high, 99 critical (the numbers Elastic's rules use): one step up where the boundary of a scope is
 * touched, one where the operation changes something or the destination is a safety zone. */
static unsigned severity(const struct fl_event_view *v)
{
	static const unsigned steps[] = {47, 73, 99};
	unsigned relation = v->f->decision.relation, step = 0;
	const struct fl_zone *to = v->end[1].place->zone;

	if (relation == FL_RELATION_CROSSING || relation == FL_RELATION_INTER_SCOPE || relation == FL_RELATION_EXTERNAL)
		step++;
	if ((v->op && v->op->classes & FL_OP_CHANGING) ||
	    (to && to->kind == FL_ZONE_SAFETY && v->end[1].shown >= FL_DISCLOSE_ZONE))
		step++;
	return steps[step];
}

static void flow_envelope(const struct fl_event_view *v, struct envelope *e)
{
	const struct fl_finding *f = v->f;
	bool violation = v->kind == FL_EVENT_BOUNDARY_VIOLATION;
	unsigned n = 0;

	if (v->op) {
		e->types[n++] = "info";
		e->types[n++] = "protocol";
		e->outcome = operation_outcome(v->op);
		e->start_ns = v->op->request_ns ? v->op->request_ns : v->op->response_ns;
		e->end_ns = v->op->response_ns;
		e->has_start = e->start_ns != 0;
		e->has_end = e->end_ns != 0;
	} else {
		e->types[n++] = "connection";
		if (f->flow.reply == FL_REPLY_REFUSED)
			e->types[n++] = "denied";
		if (!violation && f->kind == FL_FINDING_FLOW_END)
			e->types[n++] = "end";
		else if (violation || f->kind == FL_FINDING_FLOW_UPDATE || f->changed) /* judged again: it began before */
			e->types[n++] = "info";
		else
			e->types[n++] = "start";
		e->outcome = flow_outcome(f);
		e->start_ns = f->flow.first_ns;
		e->end_ns = f->flow.last_ns;
		e->has_start = e->has_end = true;
	}
	if (v->folded) {
		e->start_ns = f->fold_from_ns;
		e->end_ns = f->fold_to_ns;
		e->has_start = e->has_end = true;
	}
	if (violation)
		e->severity = severity(v);
}

static void put_flow_record(const struct fl_event_view *v, uint64_t sequence, struct fl_json *j)
{
	const struct fl_finding *f = v->f;
	struct envelope e = {.kind = v->kind, .sequence = sequence};
	char message[FL_EVENT_MESSAGE_MAX];

	flow_envelope(v, &e);
	fl_json_time(j, "@timestamp", f->ts_ns);
	fl_event_put_end(j, "destination", v, 1);
	put_ecs(j);
	put_envelope(j, &e);
	fl_json_open(j, "fenceline");
	fl_event_put_clause(j, v);
	if (f->decision.conduit && fl_event_shows_clause(v))
		fl_event_text(j, "conduit", fl_conduit_id(f->decision.conduit));
	fl_event_put_place(j, "destination", v, 1);
	fl_event_put_flow(j, v);
	fl_event_put_fold(j, f);
	fl_event_put_label(j, v);
	put_log(j, v->reader);
	if (v->op)
		fl_event_put_operation(j, v);
	put_policy(j, v->env);
	fl_json_str(j, "schema_version", FL_EVENT_SCHEMA_VERSION);
	put_scope(j, v->env, v->reader, f->ts_ns);
	if (f->decision.scope_lapsed)
		fl_json_bool(j, "scope_lapsed", true);
	fl_json_str(j, "scope_relation", fl_scope_relation_name(f->decision.relation));
	fl_event_put_place(j, "source", v, 0);
	fl_json_str(j, "verdict", fl_verdict_name(f->decision.verdict));
	fl_json_close(j);
	fl_event_message(v, message);
	fl_json_str(j, "message", message);
	fl_event_put_network(j, v);
	fl_event_put_observer(j, v->env, fl_event_shows_interface(v) ? f->flow.iface : FL_EVENT_NO_IFACE, true);
	fl_event_put_rule(j, v);
	fl_event_put_end(j, "source", v, 0);
}

/* --- hosts --- */

static void put_asset_record(const struct fl_event_view *v, uint64_t sequence, struct fl_json *j)
{
	const struct fl_finding *f = v->f;
	const struct fl_asset_seen *a = &f->asset;
	struct envelope e = {.kind = v->kind, .sequence = sequence, .types = {"info"}};
	bool shown = fl_event_shows_addresses(v);
	struct fl_addr mac = fl_addr_from(FL_ADDR_MAC, a->mac);
	char text[FL_ADDR_TEXT_MAX], message[FL_EVENT_MESSAGE_MAX];

	fl_json_time(j, "@timestamp", f->ts_ns);
	put_ecs(j);
	put_envelope(j, &e);
	fl_json_open(j, "fenceline");
	if (shown)
		fl_event_put_asset(j, v);
	fl_event_put_fold(j, f);
	fl_event_put_place(j, "host", v, 0);
	put_log(j, v->reader);
	put_policy(j, v->env);
	fl_json_str(j, "schema_version", FL_EVENT_SCHEMA_VERSION);
	put_scope(j, v->env, v->reader, f->ts_ns);
	fl_json_close(j);
	if (shown) {
		fl_json_open(j, "host");
		if (a->addr.kind == FL_ADDR_IPV4 || a->addr.kind == FL_ADDR_IPV6) {
			fl_json_open_array(j, "ip");
			fl_json_str(j, NULL, fl_addr_text(&a->addr, text));
			fl_json_close_array(j);
		} else if (a->addr.kind == FL_ADDR_MAC && !a->has_mac) {
			mac = a->addr;
		}
		if (a->has_mac || a->addr.kind == FL_ADDR_MAC) {
			fl_json_open_array(j, "mac");
			fl_json_str(j, NULL, fl_addr_text(&mac, text));
			fl_json_close_array(j);
		}
		fl_json_close(j);
	}
	fl_event_asset_message(v, message);
	fl_json_str(j, "message", message);
	fl_event_put_observer(j, v->env, fl_event_shows_interface(v) ? f->flow.iface : FL_EVENT_NO_IFACE, true);
}

/* --- the sensor itself --- */

/* The head and the fenceline members of a record about the sensor have this in common. */
static void put_sensor_head(struct fl_json *j, int64_t ts_ns, const struct envelope *e)
{
	fl_json_time(j, "@timestamp", ts_ns);
	put_ecs(j);
	put_envelope(j, e);
	fl_json_open(j, "fenceline");
}

static void put_sensor_tail(struct fl_json *j, const struct fl_event_env *env, const struct fl_scope *reader, int64_t ts_ns)
{
	put_log(j, reader);
	put_policy(j, env);
	fl_json_str(j, "schema_version", FL_EVENT_SCHEMA_VERSION);
	put_scope(j, env, reader, ts_ns);
	fl_json_close(j);
}

static void put_coverage_record(const struct fl_event_env *env, const struct fl_finding *f, const struct fl_scope *reader,
				uint64_t sequence, struct fl_json *j)
{
	const struct fl_coverage *c = &f->coverage;
	bool interval = fl_event_has_interval(c);
	struct envelope e = {.kind = FL_EVENT_SENSOR_COVERAGE,
			     .sequence = sequence,
			     .types = {"info"},
			     .has_start = interval,
			     .has_end = interval,
			     .start_ns = c->from_ns,
			     .end_ns = c->to_ns};
	char message[FL_EVENT_MESSAGE_MAX];

	put_sensor_head(j, f->ts_ns, &e);
	fl_event_put_capture(j, env);
	fl_event_put_coverage(j, c);
	put_sensor_tail(j, env, reader, f->ts_ns);
	fl_event_coverage_message(env, c, reader, message);
	fl_json_str(j, "message", message);
	fl_event_put_observer(j, env, c->iface, fl_event_names_interfaces(reader));
}

static void put_gap_record(const struct fl_event_env *env, int64_t ts_ns, const struct fl_scope *reader, uint64_t sequence,
			   const struct fl_gap *gap, struct fl_json *j)
{
	struct envelope e = {.kind = FL_EVENT_SENSOR_GAP, .sequence = sequence, .types = {"info"}};
	char message[FL_EVENT_MESSAGE_MAX];

	put_sensor_head(j, ts_ns, &e);
	fl_event_put_gap(j, gap, reader);
	put_sensor_tail(j, env, reader, ts_ns);
	fl_event_gap_message(env, gap, reader, message);
	fl_json_str(j, "message", message);
	fl_event_put_observer(j, env, gap->has_iface ? gap->iface : FL_EVENT_NO_IFACE, fl_event_names_interfaces(reader));
}

void fl_event_gap(const struct fl_event_env *env, int64_t ts_ns, const struct fl_scope *reader, uint64_t sequence,
		  const struct fl_gap *gap, struct fl_json *j)
{
	fl_json_open(j, NULL);
	put_gap_record(env, ts_ns, reader, sequence, gap, j);
	fl_json_close(j);
}

void fl_event_finding(const struct fl_event_env *env, enum fl_event_kind kind, const struct fl_finding *f,
		      const struct fl_scope *reader, uint64_t sequence, struct fl_json *out)
{
	struct fl_event_view v;

	fl_json_open(out, NULL);
	if (f->kind == FL_FINDING_COVERAGE) {
		put_coverage_record(env, f, reader, sequence, out);
	} else if (f->kind == FL_FINDING_GAP) {
		put_gap_record(env, f->ts_ns, reader, sequence, &f->gap, out);
	} else {
		fl_event_view(&v, env, kind, f, reader);
		if (f->kind == FL_FINDING_ASSET)
			put_asset_record(&v, sequence, out);
		else
			put_flow_record(&v, sequence, out);
	}
	fl_json_close(out);
}

/* What of the policy concerns this log. */
static void count_parts(const struct fl_policy *p, const struct fl_scope *reader, unsigned *plants, unsigned *zones)
{
	unsigned i;

	*plants = *zones = 0;
	for (i = 0; i < fl_policy_plants(p); i++)
		*plants += fl_policy_plant(p, i)->scope == reader;
	for (i = 0; i < fl_policy_zones(p); i++)
		*zones += fl_policy_zone(p, i)->scope == reader;
}

static void put_certificate(struct fl_json *j, const struct fl_scope *s)
{
	if (!s->certificate_number && !s->certificate_body && !s->certificate_from_ns && !s->certificate_until_ns)
		return;
	fl_json_open(j, "certificate");
	fl_event_text(j, "body", s->certificate_body);
	fl_event_text(j, "number", s->certificate_number);
	if (s->certificate_from_ns)
		fl_json_time(j, "valid_from", s->certificate_from_ns);
	if (s->certificate_until_ns)
		fl_json_time(j, "valid_until", s->certificate_until_ns);
	fl_json_close(j);
}

void fl_event_policy_loaded(const struct fl_event_env *env, int64_t ts_ns, const struct fl_scope *reader, uint64_t sequence,
			    struct fl_json *j)
{
	struct envelope e = {.kind = FL_EVENT_POLICY_LOADED, .sequence = sequence, .types = {"change"}, .outcome = "success"};
	const struct fl_policy *p = env->policy;
	const char *file = fl_event_base_name(fl_policy_path(p));
	unsigned plants, zones;

	count_parts(p, reader, &plants, &zones);
	fl_json_open(j, NULL);
	fl_json_time(j, "@timestamp", ts_ns);
	put_ecs(j);
	put_envelope(j, &e);
	fl_json_open(j, "fenceline");
	fl_event_put_capture(j, env);
	put_log(j, reader);
	fl_json_open(j, "policy");
	fl_event_text(j, "file", file);
	fl_json_u64(j, "plants", plants);
	fl_json_hex(j, "sha256", fl_policy_sha256(p), 32);
	fl_json_u64(j, "zones", zones);
	fl_json_close(j);
	fl_json_str(j, "schema_version", FL_EVENT_SCHEMA_VERSION);
	if (reader) {
		fl_json_open(j, "scope");
		put_certificate(j, reader);
		fl_json_str(j, "id", reader->id);
		fl_event_text(j, "soa", reader->soa);
		fl_event_text(j, "standard", reader->standard);
		fl_event_text(j, "statement", reader->statement);
		fl_event_text(j, "version", fl_policy_scope_version(p, reader, ts_ns));
		fl_json_close(j);
	}
	fl_json_close(j);
	if (reader)
		fl_json_fmt(j, "message", "policy %.255s is in force for scope %s: %u plants, %u zones", file ? file : "",
			    reader->id, plants, zones);
	else
		fl_json_fmt(j, "message", "policy %.255s is in force for what lies in no scope: %u plants, %u zones",
			    file ? file : "", plants, zones);
	fl_event_put_observer(j, env, FL_EVENT_NO_IFACE, false);
	if (fl_policy_organization(p)) {
		fl_json_open(j, "organization");
		fl_event_text(j, "name", fl_policy_organization(p));
		fl_json_close(j);
	}
	fl_json_close(j);
}
