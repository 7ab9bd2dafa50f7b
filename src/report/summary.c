/* summary.c - gathers; summary_print.c and summary_json.c say it. */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "summary_data.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static struct fl_summary_cell *cell(struct fl_summary *s, const struct fl_zone *from, const struct fl_zone *to)
{
	uint64_t h = mix((uintptr_t)from ^ mix((uintptr_t)to));
	uint32_t i;

	for (i = h & (SUMMARY_CELLS_TABLE - 1); s->cell_at[i]; i = (i + 1) & (SUMMARY_CELLS_TABLE - 1)) {
		struct fl_summary_cell *c = &s->cells[s->cell_at[i] - 1];

		if (c->from == from && c->to == to)
			return c;
	}
	if (s->n_cells == SUMMARY_CELLS_MAX) {
		s->cells_left_out++;
		return NULL;
	}
	s->cells[s->n_cells] = (struct fl_summary_cell){.from = from, .to = to};
	s->cell_at[i] = (uint16_t)(s->n_cells + 1);
	return &s->cells[s->n_cells++];
}

static bool same_row(const struct fl_summary_row *r, const struct fl_summary_row *k)
{
	return r->verdict == k->verdict && r->relation == k->relation && r->clause.kind == k->clause.kind &&
	       r->clause.at.line == k->clause.at.line && r->clause.at.file == k->clause.at.file && r->from == k->from &&
	       r->to == k->to && !fl_addr_cmp(&r->from_addr, &k->from_addr) && !fl_addr_cmp(&r->to_addr, &k->to_addr) &&
	       r->protocol == k->protocol && r->ethertype == k->ethertype && r->ip_proto == k->ip_proto && r->function_name == k->function_name && r->is_operation == k->is_operation;
}

static uint64_t row_hash(const struct fl_summary_row *k)
{
	uint64_t a, b;

	memcpy(&a, k->from_addr.b, 8);
	memcpy(&b, k->to_addr.b, 8);
	a = mix(a ^ (uintptr_t)k->from) ^ mix(b ^ (uintptr_t)k->to);
	memcpy(&b, k->to_addr.b + 8, 8);
	return mix(a ^ b ^ (uintptr_t)k->function_name ^ (uint64_t)k->verdict << 32 ^ (uint64_t)k->protocol << 16 ^
		   k->clause.at.line);
}

static void add_row(struct fl_summary *s, const struct fl_finding *f, const struct fl_question *q, bool is_operation)
{
	struct fl_summary_row k = {
		.verdict = f->decision.verdict, .relation = f->decision.relation, .clause = f->decision.clause,
		.from = q->from->zone, .to = q->to->zone, .from_addr = *q->from_addr, .to_addr = *q->to_addr,
		.protocol = q->app != FL_PROTOCOL_UNKNOWN ? q->app : q->master,
		.ethertype = q->ethertype, .ip_proto = q->ip_proto, .port = q->to_port, .is_operation = is_operation, .function_name = is_operation ? f->op.function_name : NULL,
	};
	uint64_t h = row_hash(&k);
	uint32_t i;

	for (i = h & (SUMMARY_ROWS_TABLE - 1); s->row_at[i]; i = (i + 1) & (SUMMARY_ROWS_TABLE - 1)) {
		struct fl_summary_row *r = &s->rows[s->row_at[i] - 1];

		if (!same_row(r, &k))
			continue;
		r->count++;
		/* flows end in another order than they began in, and workers are not in step */
		if (q->ts_ns < r->first_ns)
			r->first_ns = q->ts_ns;
		if (f->ts_ns > r->last_ns)
			r->last_ns = f->ts_ns;
		if (r->port != k.port)
			r->port = 0;
		return;
	}
	if (s->n_rows == SUMMARY_ROWS_MAX) {
		s->rows_left_out++;
		return;
	}
	k.count = 1;
	k.first_ns = q->ts_ns;
	k.last_ns = f->ts_ns;
	fl_policy_why(s->o.policy, s->o.vocab, q, &f->decision, k.why, sizeof k.why);
	s->rows[s->n_rows++] = k;
	s->row_at[i] = s->n_rows;
}

static void add_judged(struct fl_summary *s, const struct fl_finding *f)
{
	bool is_operation = f->kind == FL_FINDING_OPERATION;
	struct fl_summary_cell *c;
	struct fl_question q;

	fl_finding_question(f, &q);
	c = cell(s, q.from->zone, q.to->zone);
	if (c) {
		(is_operation ? c->operations : c->flows)[f->decision.verdict]++;
		c->relation = f->decision.relation;
	}
	if (fl_verdict_is_violation(f->decision.verdict) && !(is_operation && f->of_flow))
		s->violations++;
	if (fl_verdict_is_violation(f->decision.verdict) || f->decision.relation == FL_RELATION_CROSSING ||
	    f->decision.verdict == FL_VERDICT_EXCEPTED)
		add_row(s, f, &q, is_operation);
}

static void widen(int64_t *from_ns, int64_t *to_ns, const struct fl_coverage *c, bool first)
{
	if (first || c->from_ns < *from_ns)
		*from_ns = c->from_ns;
	if (first || c->to_ns > *to_ns)
		*to_ns = c->to_ns;
}

static void add_coverage(struct fl_summary *s, const struct fl_coverage *c)
{
	unsigned i;

	if (c->iface < s->o.n_ifaces && (c->frames || c->from_ns || c->to_ns)) {
		struct fl_summary_iface *on = &s->ifaces[c->iface];

		widen(&on->from_ns, &on->to_ns, c, !on->watched);
		on->watched = true;
		on->frames += c->frames;
	}
	if (c->frames)
		widen(&s->coverage.from_ns, &s->coverage.to_ns, c, !s->coverage.frames);
	for (i = 0; i < FL_DECODE_OUTCOME_COUNT; i++)
		s->coverage.outcome[i] += c->outcome[i];
#define X(member, key, text) s->coverage.member += c->member;
	FL_COVERAGE_COUNTERS(X)
#undef X
}

static void add_gap(struct fl_summary *s, const struct fl_finding *f)
{
	if (f->gap.reason < SUMMARY_GAP_REASONS)
		s->gap_count[f->gap.reason]++;
	if (s->n_gaps < SUMMARY_GAPS_MAX)
		s->gaps[s->n_gaps++] = (struct fl_summary_gap){f->ts_ns, f->gap};
	else
		s->gaps_left_out++;
}

uint64_t fl_summary_gaps(const struct fl_summary *s) { return s->n_gaps + s->gaps_left_out; }

void fl_summary_add(struct fl_summary *s, const struct fl_finding *f)
{
	switch (f->kind) {
	case FL_FINDING_OPERATION:
		s->operations++;
		add_judged(s, f);
		break;
	case FL_FINDING_FLOW_END:
		s->flows++;
		add_judged(s, f);
		break;
	case FL_FINDING_COVERAGE:
		add_coverage(s, &f->coverage);
		break;
	case FL_FINDING_GAP:
		add_gap(s, f);
		break;
	default:
		break;
	}
}

void fl_summary_damage(struct fl_summary *s, const char *text)
{
	if (s->n_damage < SUMMARY_DAMAGE_MAX)
		snprintf(s->damage[s->n_damage++], sizeof s->damage[0], "%s", text);
	else
		s->damage_left_out++;
}

uint64_t fl_summary_violations(const struct fl_summary *s) { return s->violations; }

int fl_summary_new(struct fl_summary **out, const struct fl_summary_opts *o)
{
	struct fl_summary *s = calloc(1, sizeof *s);

	if (!s)
		return FL_ENOMEM;
	s->o = *o;
	s->rows = malloc(SUMMARY_ROWS_MAX * sizeof *s->rows);
	s->row_at = calloc(SUMMARY_ROWS_TABLE, sizeof *s->row_at);
	s->order = malloc(SUMMARY_ROWS_MAX * sizeof *s->order);
	s->cells = malloc(SUMMARY_CELLS_MAX * sizeof *s->cells);
	s->cell_at = calloc(SUMMARY_CELLS_TABLE, sizeof *s->cell_at);
	s->ifaces = calloc((size_t)o->n_ifaces + 1, sizeof *s->ifaces);
	if (!s->rows || !s->row_at || !s->order || !s->cells || !s->cell_at || !s->ifaces) {
		fl_summary_free(s);
		return FL_ENOMEM;
	}
	*out = s;
	return FL_OK;
}

void fl_summary_free(struct fl_summary *s)
{
	if (!s)
		return;
	free(s->rows);
	free(s->row_at);
	free(s->order);
	free(s->cells);
	free(s->cell_at);
	free(s->ifaces);
	free(s);
}
