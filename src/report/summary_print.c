/* summary_print.c - the summary for a person on a terminal of 80 columns or more. */
#include <inttypes.h>
#include <string.h>

#include "decode/decode.h"
#include "fenceline/json.h"
#include "summary_data.h"

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define BOLD "\033[1m"
#define RESET "\033[0m"

enum { IFACES_SHOWN = 16 };

struct out { FILE *f; bool colour; };

static const char *paint(const struct out *o, const char *code) { return o->colour ? code : ""; }

/* 1234567 -> "1,234,567"; buf of 32. */
static const char *grouped(uint64_t v, char buf[32])
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%" PRIu64, v), i, j = 0;

	for (i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			buf[j++] = ',';
		buf[j++] = digits[i];
	}
	buf[j] = '\0';
	return buf;
}

static const char *size_text(uint64_t bytes, char buf[32])
{
	static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
	double v = (double)bytes;
	unsigned u = 0;

	while (v >= 1000 && u < 4) {
		v /= 1000;
		u++;
	}
	snprintf(buf, 32, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return buf;
}

static const char *duration_text(int64_t ns, char buf[32])
{
	int64_t s = ns / 1000000000;

	if (s < 60)
		snprintf(buf, 32, "%.1f s", (double)ns / 1e9);
	else if (s < 3600)
		snprintf(buf, 32, "%d min %d s", (int)(s / 60), (int)(s % 60));
	else
		snprintf(buf, 32, "%" PRId64 " h %d min", s / 3600, (int)(s % 3600 / 60));
	return buf;
}

static const char *zone_name(const struct fl_zone *z) { return z ? z->id : "(no zone)"; }

static void heading(const struct out *o, const char *text)
{
	fprintf(o->f, "\n%s%s%s\n", paint(o, BOLD), text, paint(o, RESET));
}

/* Each interface in a line, where there are several; those that nothing was told of have no times. */
static void print_ifaces(const struct out *o, const struct fl_summary *s)
{
	char from[FL_TIME_MAX], to[FL_TIME_MAX], a[32];
	unsigned i, shown = s->o.n_ifaces < IFACES_SHOWN ? s->o.n_ifaces : IFACES_SHOWN;

	if (s->o.n_ifaces < 2)
		return;
	for (i = 0; i < shown; i++) {
		const struct fl_summary_iface *on = &s->ifaces[i];

		fprintf(o->f, "  on       %s: %s frames", s->o.iface_names[i], grouped(on->frames, a));
		if (on->watched) {
			fl_time_format(from, on->from_ns);
			fl_time_format(to, on->to_ns);
			fprintf(o->f, ", %.19sZ to %.19sZ", from, to);
		}
		fputc('\n', o->f);
	}
	if (s->o.n_ifaces > shown)
		fprintf(o->f, "  ... and %u more; --json has each\n", s->o.n_ifaces - shown);
}

static void print_gaps(const struct out *o, const struct fl_summary *s)
{
	char at[FL_TIME_MAX], a[32];
	unsigned i;

	for (i = 0; i < s->n_gaps; i++) {
		const struct fl_gap *g = &s->gaps[i].gap;

		if (g->reason == FL_GAP_CAPTURE_DAMAGED && s->n_damage) /* told just before, with its file */
			continue;
		fl_time_format(at, s->gaps[i].ts_ns);
		fprintf(o->f, "  %sgap      %s%s at %.19sZ", paint(o, YELLOW), paint(o, RESET), fl_gap_reason_name(g->reason), at);
		if (g->has_iface && g->iface < s->o.n_ifaces)
			fprintf(o->f, " on %s", s->o.iface_names[g->iface]);
		fprintf(o->f, "%s%s\n", g->detail[0] ? ": " : "", g->detail);
	}
	if (s->gaps_left_out)
		fprintf(o->f, "  %sgap      %s... and %s more\n", paint(o, YELLOW), paint(o, RESET), grouped(s->gaps_left_out, a));
}

/* Counters that only say how much there was. */
static bool is_plain_count(const char *key)
{
	return !strcmp(key, "frames") || !strcmp(key, "bytes") || !strcmp(key, "flows_started");
}

/* Worth a line, but nothing was left unseen by it. */
static bool is_no_loss(const char *key)
{
	static const char *const keys[] = {"tunnelled", "copies", "copies_routed", "copies_retagged", "datagrams_joined",
					   "contexts_joined", "flows_not_judged", "flows_tags_differ", "flows_port_disagrees"};
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void print_coverage(const struct out *o, const struct fl_summary *s)
{
	const struct fl_coverage *c = &s->coverage;
	uint64_t decoded = 0, lost;
	char a[32], b[32];
	unsigned i;

	for (i = 0; i < FL_DECODE_OUTCOME_COUNT; i++)
		if (fl_decode_outcome_is_decoded(i))
			decoded += c->outcome[i];
	heading(o, "What was seen, and what could not be");
	fprintf(o->f, "  decoded  %s of %s frames", grouped(decoded, a), grouped(c->frames, b));
	if (c->frames)
		fprintf(o->f, " (%.2f %%)", 100.0 * (double)decoded / (double)c->frames);
	fputc('\n', o->f);
	for (i = 0; i < FL_DECODE_OUTCOME_COUNT; i++)
		if (!fl_decode_outcome_is_decoded(i) && c->outcome[i])
			fprintf(o->f, "  %snot seen %s%s frames: %s\n", paint(o, YELLOW), paint(o, RESET),
				grouped(c->outcome[i], a), fl_decode_outcome_text(i));
	lost = 0;
#define X(member, key, text)                                                                                             \
	if (!is_plain_count(key) && c->member) {                                                                         \
		fprintf(o->f, "  %snote     %s%s %s\n", paint(o, YELLOW), paint(o, RESET), grouped(c->member, a), text); \
		lost += !is_no_loss(key) ? c->member : 0;                                                                \
	}
	FL_COVERAGE_COUNTERS(X)
#undef X
	for (i = 0; i < s->n_damage; i++)
		fprintf(o->f, "  %sdamaged  %s%s\n", paint(o, RED), paint(o, RESET), s->damage[i]);
	if (s->damage_left_out)
		fprintf(o->f, "  %sdamaged  %s... and %s more\n", paint(o, RED), paint(o, RESET), grouped(s->damage_left_out, a));
	print_gaps(o, s);
	if (s->o.filter)
		fprintf(o->f, "  %sfilter   %sonly frames that pass the filter \"%s\" were looked at%s\n", paint(o, YELLOW),
			paint(o, RESET), s->o.filter,
			c->frames || strstr(s->o.filter, "vlan") ? "" : "; frames with a VLAN tag need \"vlan and ...\"");
	print_ifaces(o, s);
	if (c->frames && !lost && decoded == c->frames && !s->n_damage && !fl_summary_gaps(s) && !s->o.filter)
		fprintf(o->f, "  nothing was dropped, cut or left undecoded\n");
}

static uint64_t violations_of(const uint64_t counts[FL_VERDICT_COUNT])
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < FL_VERDICT_COUNT; i++)
		if (fl_verdict_is_violation(i))
			n += counts[i];
	return n;
}

/* "12" or "12+340": flows, and operations where there were any. */
static const char *pair(uint64_t flows, uint64_t operations, char buf[48])
{
	if (!flows && !operations)
		return "-";
	if (operations)
		snprintf(buf, 48, "%" PRIu64 "+%" PRIu64, flows, operations);
	else
		snprintf(buf, 48, "%" PRIu64, flows);
	return buf;
}

static void print_matrix(const struct out *o, const struct fl_summary *s)
{
	unsigned order[SUMMARY_CELLS_MAX], n = fl_summary_cell_order(s, order), i;
	int from_width = 10, to_width = 10;
	char a[48], b[48], c[48], d[48], e[32];

	heading(o, "Zones that talked (flows+operations)");
	if (!n) {
		fprintf(o->f, "  none seen\n");
		return;
	}
	for (i = 0; i < n; i++) {
		const struct fl_summary_cell *k = &s->cells[i];
		int w = (int)strlen(zone_name(k->from)), v = (int)strlen(zone_name(k->to));

		if (w > from_width)
			from_width = w;
		if (v > to_width)
			to_width = v;
	}
	fprintf(o->f, "  %-*s %-*s %-11s %9s %10s %8s %10s\n", from_width, "from", to_width, "to", "scope", "in zone",
		"conforming", "excepted", "violations");
	for (i = 0; i < n; i++) {
		const struct fl_summary_cell *k = &s->cells[order[i]];
		uint64_t vf = violations_of(k->flows), vo = violations_of(k->operations);

		fprintf(o->f, "  %-*s %-*s %-11s %9s %10s %8s %s%10s%s\n", from_width, zone_name(k->from), to_width,
			zone_name(k->to), fl_scope_relation_name(k->relation),
			pair(k->flows[FL_VERDICT_WITHIN_ZONE], k->operations[FL_VERDICT_WITHIN_ZONE], a),
			pair(k->flows[FL_VERDICT_CONFORMING], k->operations[FL_VERDICT_CONFORMING], b),
			pair(k->flows[FL_VERDICT_EXCEPTED], k->operations[FL_VERDICT_EXCEPTED], c), vf + vo ? paint(o, RED) : "",
			pair(vf, vo, d), vf + vo ? paint(o, RESET) : "");
	}
	if (s->cells_left_out)
		fprintf(o->f, "  ... and %s flows and operations between further pairs of zones\n", grouped(s->cells_left_out, e));
}

/* "modbus read_coils", "tls", "tcp port 8443, not recognised" */
static void print_subject(const struct out *o, const struct fl_summary *s, const struct fl_summary_row *r)
{
	const char *transport = fl_transport_name(r->ip_proto);

	if (r->protocol == FL_PROTOCOL_ETHERNET)
		fprintf(o->f, "ethertype 0x%04x", r->ethertype);
	else if (r->protocol == FL_PROTOCOL_UNKNOWN && transport && r->port)
		fprintf(o->f, "%s port %u, not recognised", transport, r->port);
	else if (r->protocol == FL_PROTOCOL_UNKNOWN && transport)
		fprintf(o->f, "%s, not recognised", transport);
	else
		fputs(fl_vocab_name(s->o.vocab, r->protocol), o->f);
	if (r->function_name)
		fprintf(o->f, " %s", r->function_name);
}

static void print_row(const struct out *o, const struct fl_summary *s, const struct fl_summary_row *r, const char *said)
{
	char from[FL_ADDR_TEXT_MAX], to[FL_ADDR_TEXT_MAX], count[32];
	bool bad = fl_verdict_is_violation(r->verdict);

	fprintf(o->f, "  %s%s%s  %s %s -> %s %s  ", bad ? paint(o, RED) : paint(o, BOLD), fl_verdict_name(r->verdict),
		paint(o, RESET), zone_name(r->from), fl_addr_text(&r->from_addr, from), zone_name(r->to),
		fl_addr_text(&r->to_addr, to));
	print_subject(o, s, r);
	fprintf(o->f, "  x%s\n", grouped(r->count, count));
	if (!strcmp(said, r->why)) /* an operation on a flow that was told just before, for the same reason */
		return;
	fprintf(o->f, "      %s", r->why);
	if (r->clause.at.line)
		fprintf(o->f, " [%s:%u]", r->clause.at.file, r->clause.at.line);
	fputc('\n', o->f);
}

static void print_rows(const struct out *o, const struct fl_summary *s, const char *title, bool crossings, const char *none)
{
	uint32_t n = fl_summary_order(s, crossings), i;
	const char *said = "";

	heading(o, title);
	if (!n)
		fprintf(o->f, "  %s\n", none);
	for (i = 0; i < n; i++) {
		print_row(o, s, &s->rows[s->order[i]], said);
		said = s->rows[s->order[i]].why;
	}
}

void fl_summary_print(const struct fl_summary *s, FILE *f, bool colour)
{
	struct out o = {f, colour};
	char a[32], b[32], c[32], from[FL_TIME_MAX] = "", to[FL_TIME_MAX] = "";

	if (s->coverage.frames) {
		fl_time_format(from, s->coverage.from_ns);
		fl_time_format(to, s->coverage.to_ns);
		fprintf(f, "%s packets, %s, %.19sZ to %.19sZ (%s)\n", grouped(s->coverage.frames, a),
			size_text(s->coverage.bytes, b), from, to, duration_text(s->coverage.to_ns - s->coverage.from_ns, c));
	} else {
		fprintf(f, "no packets\n");
	}
	fprintf(f, "%s flows, %s industrial operations, ", grouped(s->flows, a), grouped(s->operations, b));
	fprintf(f, "%s%s violations%s\n", s->violations ? paint(&o, RED) : "", grouped(s->violations, c),
		s->violations ? paint(&o, RESET) : "");
	print_coverage(&o, s);
	print_matrix(&o, s);
	print_rows(&o, s, "Crossings of the certified boundary", true, "none seen");
	print_rows(&o, s, "Other violations and exceptions in use", false, "none seen");
	if (s->rows_left_out)
		fprintf(f, "  ... and %s more of other kinds; the evidence log has each\n", grouped(s->rows_left_out, a));
}
