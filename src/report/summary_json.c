/* summary_json.c - the summary as one JSON object, the same facts as for a person. */
#include "decode/decode.h"
#include "fenceline/err.h"
#include "fenceline/json.h"
#include "summary_data.h"

static void zone(struct fl_json *j, const char *key, const struct fl_zone *z)
{
	fl_json_open(j, key);
	if (z) {
		fl_json_str(j, "plant", z->plant->id);
		if (z->scope)
			fl_json_str(j, "scope", z->scope->id);
		fl_json_str(j, "zone", z->id);
	}
	fl_json_close(j);
}

static void interfaces(struct fl_json *j, const struct fl_summary *s)
{
	unsigned i;

	fl_json_open_array(j, "interfaces");
	for (i = 0; i < s->o.n_ifaces; i++) {
		const struct fl_summary_iface *on = &s->ifaces[i];

		fl_json_open(j, NULL);
		fl_json_str(j, "name", s->o.iface_names[i]);
		fl_json_u64(j, "frames", on->frames);
		if (on->watched) {
			fl_json_time(j, "from", on->from_ns);
			fl_json_time(j, "to", on->to_ns);
		}
		fl_json_close(j);
	}
	fl_json_close_array(j);
}

static void gaps(struct fl_json *j, const struct fl_summary *s)
{
	unsigned i;

	fl_json_open(j, "gap_counts");
	for (i = 0; i < SUMMARY_GAP_REASONS; i++)
		if (s->gap_count[i])
			fl_json_u64(j, fl_gap_reason_name(i), s->gap_count[i]);
	fl_json_close(j);
	fl_json_open_array(j, "gaps");
	for (i = 0; i < s->n_gaps; i++) {
		const struct fl_gap *g = &s->gaps[i].gap;

		fl_json_open(j, NULL);
		fl_json_str(j, "reason", fl_gap_reason_name(g->reason));
		fl_json_time(j, "time", s->gaps[i].ts_ns);
		if (g->has_iface && g->iface < s->o.n_ifaces)
			fl_json_str(j, "interface", s->o.iface_names[g->iface]);
		if (g->bytes)
			fl_json_u64(j, "bytes", g->bytes);
		if (g->records)
			fl_json_u64(j, "records", g->records);
		if (g->duration_ns)
			fl_json_i64(j, "duration_ns", g->duration_ns);
		if (g->detail[0])
			fl_json_str(j, "detail", g->detail);
		fl_json_close(j);
	}
	fl_json_close_array(j);
	fl_json_u64(j, "gaps_left_out", s->gaps_left_out);
}

static void coverage(struct fl_json *j, const struct fl_summary *s)
{
	const struct fl_coverage *c = &s->coverage;
	unsigned i;

	fl_json_open(j, "coverage");
	fl_json_str(j, "filter", s->o.filter);
	if (c->frames) {
		fl_json_time(j, "from", c->from_ns);
		fl_json_time(j, "to", c->to_ns);
	}
#define X(member, key, text) fl_json_u64(j, key, c->member);
	FL_COVERAGE_COUNTERS(X)
#undef X
	fl_json_open(j, "outcomes");
	for (i = 0; i < FL_DECODE_OUTCOME_COUNT; i++)
		if (c->outcome[i])
			fl_json_u64(j, fl_decode_outcome_key(i), c->outcome[i]);
	fl_json_close(j);
	fl_json_open_array(j, "damaged");
	for (i = 0; i < s->n_damage; i++)
		fl_json_str(j, NULL, s->damage[i]);
	fl_json_close_array(j);
	fl_json_u64(j, "damage_left_out", s->damage_left_out);
	interfaces(j, s);
	gaps(j, s);
	fl_json_close(j);
}

static void counts(struct fl_json *j, const char *key, const uint64_t n[FL_VERDICT_COUNT])
{
	unsigned i;

	fl_json_open(j, key);
	for (i = 0; i < FL_VERDICT_COUNT; i++)
		if (n[i])
			fl_json_u64(j, fl_verdict_name(i), n[i]);
	fl_json_close(j);
}

static void matrix(struct fl_json *j, const struct fl_summary *s)
{
	unsigned order[SUMMARY_CELLS_MAX], n = fl_summary_cell_order(s, order), i;

	fl_json_open_array(j, "matrix");
	for (i = 0; i < n; i++) {
		const struct fl_summary_cell *c = &s->cells[order[i]];

		fl_json_open(j, NULL);
		zone(j, "from", c->from);
		zone(j, "to", c->to);
		fl_json_str(j, "scope_relation", fl_scope_relation_name(c->relation));
		counts(j, "flows", c->flows);
		counts(j, "operations", c->operations);
		fl_json_close(j);
	}
	fl_json_close_array(j);
}

static void row(struct fl_json *j, const struct fl_summary *s, const struct fl_summary_row *r)
{
	char text[FL_ADDR_TEXT_MAX];

	fl_json_open(j, NULL);
	fl_json_str(j, "verdict", fl_verdict_name(r->verdict));
	fl_json_str(j, "scope_relation", fl_scope_relation_name(r->relation));
	fl_json_str(j, "subject", r->is_operation ? "operation" : "flow");
	zone(j, "from", r->from);
	fl_json_str(j, "from_address", fl_addr_text(&r->from_addr, text));
	zone(j, "to", r->to);
	fl_json_str(j, "to_address", fl_addr_text(&r->to_addr, text));
	fl_json_str(j, "protocol", fl_vocab_name(s->o.vocab, r->protocol));
	fl_json_str(j, "transport", fl_transport_name(r->ip_proto));
	if (r->port)
		fl_json_u64(j, "port", r->port);
	fl_json_str(j, "function", r->function_name);
	fl_json_u64(j, "count", r->count);
	fl_json_time(j, "first", r->first_ns);
	fl_json_time(j, "last", r->last_ns);
	fl_json_open(j, "clause");
	fl_json_str(j, "kind", fl_clause_kind_name(r->clause.kind));
	fl_json_str(j, "id", r->clause.id);
	if (r->clause.at.line) {
		fl_json_str(j, "file", r->clause.at.file);
		fl_json_u64(j, "line", r->clause.at.line);
	}
	fl_json_close(j);
	fl_json_str(j, "why", r->why);
	fl_json_close(j);
}

static void rows(struct fl_json *j, const struct fl_summary *s, const char *key, bool crossings)
{
	uint32_t n = fl_summary_order(s, crossings), i;

	fl_json_open_array(j, key);
	for (i = 0; i < n; i++)
		row(j, s, &s->rows[s->order[i]]);
	fl_json_close_array(j);
}

int fl_summary_json(const struct fl_summary *s, FILE *f)
{
	struct fl_json j;
	const char *text;
	size_t n;

	fl_json_init(&j, 0);
	fl_json_open(&j, NULL);
	fl_json_u64(&j, "flows", s->flows);
	fl_json_u64(&j, "operations", s->operations);
	fl_json_u64(&j, "violations", s->violations);
	coverage(&j, s);
	matrix(&j, s);
	fl_json_u64(&j, "cells_left_out", s->cells_left_out);
	rows(&j, s, "crossings", true);
	rows(&j, s, "others", false);
	fl_json_u64(&j, "rows_left_out", s->rows_left_out);
	fl_json_close(&j);
	text = fl_json_text(&j, &n);
	if (text)
		fprintf(f, "%s\n", text);
	fl_json_done(&j);
	return text ? FL_OK : FL_ENOMEM;
}
