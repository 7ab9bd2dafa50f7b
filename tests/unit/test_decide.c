/* test_decide.c - fl_policy_decide() against a plain reading of the README, verdict, clause and line, over random policies of
 * a few and of hundreds of conduits; flows to gateways; link-layer flows; the scope in force at packet time. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fenceline/err.h"
#include "zones/policy.h"
#include "run.h"

#define NS INT64_C(1000000000)
#define DAY (86400 * NS)

static struct fl_vocab vocab;

static struct fl_policy *load(const char *text)
{
	struct fl_policy *p = NULL;
	struct fl_diags d;
	int err;

	fl_diags_init(&d);
	err = fl_policy_parse(&p, "t.yaml", text, strlen(text), &vocab, 0, &d);
	if (err)
		fl_diags_print(&d, stderr);
	ck_assert_int_eq(err, FL_OK);
	fl_diags_done(&d);
	return p;
}

static struct fl_addr addr(const char *text)
{
	struct fl_addr a = {0};

	ck_assert_msg(fl_addr_parse(text, &a, NULL), "%s", text);
	return a;
}

static uint16_t protocol(const char *name)
{
	int id = name ? fl_vocab_find(&vocab, name) : FL_PROTOCOL_UNKNOWN;

	ck_assert_int_ge(id, 0);
	return (uint16_t)id;
}

/* ---- property ---- */

/* z0 to z4 are prefixes, z5 and z6 units behind an address in z4. */
enum { RZ = 7, GATEWAY = 4, RC = 400, RL = 40, RE = 60 };

struct ref_line { unsigned proto, ops; int ports[3], units[2], regs[2], coils[2], types[2]; }; /* -1: not said */
struct ref_conduit { unsigned from[2], to, n; int since, until; struct ref_line line[RL]; };
struct ref_exception { unsigned from, to; int until; struct ref_line line; };
struct ref_policy { unsigned conduits, exceptions; struct ref_conduit c[RC]; struct ref_exception e[RE]; };

/* What is decided; line -1: by the conduit as a whole, -2: by whichever line is nearest. */
struct ref_answer { unsigned verdict; int conduit, line, exception; };

static uint32_t seed;

static unsigned rnd(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static const char *const ref_protocols[] = {"modbus", "tls", "any", "tcp", "ip", "ethernet", "goose", "ssh"};
enum { MODBUS, TLS, ANY, TCP, IP, ETHERNET, GOOSE, SSH, PROTOCOLS };
static uint16_t ref_ids[PROTOCOLS];

static void random_line(struct ref_line *l, bool rare)
{
	unsigned i;

	*l = (struct ref_line){.proto = rnd(rare ? 40 : 1) ? SSH : rnd(PROTOCOLS), .ops = FL_OP_ALL, .ports = {-1, -1, -1}, .units = {-1},
			       .regs = {-1}, .coils = {-1}, .types = {-1}};
	if (l->proto <= IP || l->proto == SSH)
		for (i = 0; i < 3 && !rnd(3); i++)
			l->ports[i] = 500 + (int)rnd(rare ? 40 : 3) * 2;
	if (l->proto == ETHERNET || (l->proto == ANY && l->ports[0] < 0 && !rnd(3))) {
		l->types[0] = 0x8000 + (int)rnd(4);
		l->types[1] = l->types[0] + (int)rnd(3);
	}
	if (l->proto == MODBUS) {
		if (rnd(3))
			l->ops = (rnd(2) ? FL_OP_READ : 0) | (rnd(2) ? FL_OP_WRITE : 0) | (unsigned)FL_OP_DIAGNOSE;
		if (!rnd(3))
			l->units[0] = l->units[1] = (int)rnd(3);
		if (rnd(2)) {
			l->regs[0] = (int)rnd(10);
			l->regs[1] = l->regs[0] + (int)rnd(10);
		}
		if (!rnd(3)) {
			l->coils[0] = (int)rnd(10);
			l->coils[1] = l->coils[0] + (int)rnd(10);
		}
	}
}

static void print_line(FILE *f, const struct ref_line *l)
{
	static const char *const sep = ", ";
	unsigned i, any = 0;

	fprintf(f, "protocol: %s", ref_protocols[l->proto]);
	if (l->ops != FL_OP_ALL) {
		fprintf(f, "%soperations: [", sep);
		for (i = 0; i < FL_OP_CLASS_COUNT; i++)
			if (l->ops >> i & 1)
				fprintf(f, "%s%s", any++ ? sep : "", fl_op_class_names[i]);
		fputc(']', f);
	}
	if (l->ports[0] >= 0) {
		fprintf(f, ", ports: [%d", l->ports[0]);
		for (i = 1; i < 3 && l->ports[i] >= 0; i++)
			fprintf(f, ", %d-%d", l->ports[i], l->ports[i]);
		fputc(']', f);
	}
	if (l->types[0] >= 0)
		fprintf(f, rnd(2) ? ", ethertypes: 0x%x-0x%X" : ", ethertypes: %d-%d", l->types[0], l->types[1]);
	if (l->units[0] >= 0)
		fprintf(f, ", units: %d", l->units[0]);
	if (l->regs[0] >= 0)
		fprintf(f, ", registers: %d-%d", l->regs[0], l->regs[1]);
	if (l->coils[0] >= 0)
		fprintf(f, ", coils: %d-%d", l->coils[0], l->coils[1]);
}

static void print_conduit(FILE *f, struct ref_conduit *c, unsigned id, bool rare)
{
	unsigned j;

	fprintf(f, "  - id: c%u\n    from: [z%u", id, c->from[0]);
	if (c->from[1] != c->from[0])
		fprintf(f, ", z%u", c->from[1]);
	fprintf(f, "]\n    to: z%u\n", c->to);
	if (c->since)
		fprintf(f, "    valid_from: 2026-01-%02d\n", c->since);
	if (c->until)
		fprintf(f, "    valid_until: 2026-01-%02d\n", c->until);
	fprintf(f, "    allow:\n");
	for (j = 0; j < c->n; j++) {
		random_line(&c->line[j], rare);
		fputs("      - { ", f); /* the line of the file tells which it is */
		print_line(f, &c->line[j]);
		fputs(" }\n", f);
	}
}

/* many: pairs with many conduits, conduits with many lines; what is asked for is rare among them. */
static struct fl_policy *random_policy(struct ref_policy *ref, bool many)
{
	struct fl_policy *p;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	bool dated = many && rnd(2); /* all of a pair may have ended */
	unsigned i;

	ck_assert_ptr_nonnull(f);
	ref->conduits = many ? 100 + rnd(RC - 100) : rnd(7);
	ref->exceptions = many ? rnd(RE) : rnd(4);
	fputs("version: 1\norganization: x\nplants: [{ id: p }]\nzones:\n", f);
	for (i = 0; i < 5; i++)
		fprintf(f, "  - { id: z%u, plant: p, members: [10.0.%u.0/24] }\n", i, i);
	fputs("  - { id: z5, plant: p, members: [{ ip: 10.0.4.9, units: 1 }] }\n", f);
	fputs("  - { id: z6, plant: p, members: [{ ip: 10.0.4.0/28, units: [1-2] }] }\n", f);
	fputs(ref->conduits ? "conduits:\n" : "conduits: []\n", f);
	for (i = 0; i < ref->conduits; i++) {
		struct ref_conduit *c = &ref->c[i];
		unsigned from = rnd(RZ), to = rnd(many ? 2 : RZ);

		*c = (struct ref_conduit){.from = {from, rnd(4) ? from : rnd(RZ)}, .to = to, .n = 1 + rnd(many && !rnd(4) ? RL : 3),
					  .since = rnd(4) ? 0 : 9 + (int)rnd(4), .until = dated ? 12 + (int)rnd(5) : rnd(3) ? 0 : 13 + (int)rnd(8)};
		print_conduit(f, c, i, many);
	}
	fputs(ref->exceptions ? "exceptions:\n" : "exceptions: []\n", f);
	for (i = 0; i < ref->exceptions; i++) {
		struct ref_exception *e = &ref->e[i];

		*e = (struct ref_exception){.from = rnd(many ? 2 : RZ), .to = rnd(many ? 2 : RZ), .until = 10 + (int)rnd(10)};
		random_line(&e->line, many);
		fprintf(f, "  - { id: e%u, from: z%u, to: z%u, expires: 2026-01-%02d, owner: o, approved_by: a, reason: r, "
			   "compensating_control: c, ", i, e->from, e->to, e->until);
		print_line(f, &e->line);
		fputs(" }\n", f);
	}
	fclose(f);
	p = load(text);
	free(text);
	return p;
}

static bool ref_speaks(const struct ref_line *l, const struct fl_question *q)
{
	bool link = q->kind == FL_FLOW_LINK, is;
	unsigned i;

	switch (l->proto) {
	case ANY: is = true; break;
	case TCP: is = !link && q->ip_proto == 6; break;
	case IP: is = !link; break;
	case ETHERNET: is = link; break;
	default: is = ref_ids[l->proto] == q->app || ref_ids[l->proto] == q->master;
	}
	if (l->types[0] >= 0)
		is &= link && q->ethertype >= l->types[0] && q->ethertype <= l->types[1];
	if (l->ports[0] < 0)
		return is;
	for (i = 0; i < 3; i++)
		if (!link && l->ports[i] == q->to_port)
			return is;
	return false;
}

static bool ref_object(const struct ref_line *l, const struct fl_object *o)
{
	const int *r = o->kind == FL_OBJECT_COILS ? l->coils : l->regs;
	unsigned i;

	if (l->regs[0] < 0 && l->coils[0] < 0)
		return true;
	if (r[0] < 0)
		return false;
	for (i = o->start; i < o->start + (o->count ? o->count : 1); i++)
		if ((int)i < r[0] || (int)i > r[1])
			return false;
	return true;
}

static bool ref_has_unit(const struct ref_line *l, const struct fl_operation *op)
{
	return l->units[0] < 0 || (op->has_unit && op->unit == l->units[0]);
}

/* What one conduit says; *line as in struct ref_answer. */
static unsigned ref_conduit(const struct ref_conduit *c, const struct fl_question *q, int day, int *line)
{
	unsigned j, verdict = FL_VERDICT_CONFORMING;
	int i, first = -1, permits = -1, n = (int)c->n;

	*line = -1;
	if ((c->until && day > c->until) || (c->since && day < c->since))
		return FL_VERDICT_CONDUIT_EXPIRED;
	for (i = n - 1; i >= 0; i--)
		if (ref_speaks(&c->line[i], q))
			first = i;
	if (first < 0)
		return FL_VERDICT_PROTOCOL;
	*line = first;
	for (j = 0; q->op && j < (q->op->objects ? q->op->objects : 1u); j++) {
		const struct fl_object *o = q->op->objects ? &q->op->object[j] : NULL;
		unsigned need = (o ? o->access : q->op->classes) & ~(unsigned)FL_OP_SESSION, has_op = 0;
		int has_all = -1;

		if (!need)
			continue;
		for (i = n - 1; i >= 0; i--) {
			if (!ref_speaks(&c->line[i], q) || need & ~c->line[i].ops)
				continue;
			has_op = 1;
			if (ref_has_unit(&c->line[i], q->op) && (!o || ref_object(&c->line[i], o)))
				has_all = i;
		}
		if (!has_op) {
			*line = first;
			return FL_VERDICT_OPERATION;
		}
		if (has_all < 0)
			verdict = FL_VERDICT_OBJECT;
		else if (permits < 0)
			permits = has_all;
	}
	if (verdict == FL_VERDICT_OBJECT)
		*line = -2;
	else if (permits >= 0)
		*line = permits;
	return verdict;
}

static bool ref_excepts(const struct ref_exception *e, const struct fl_question *q)
{
	unsigned need = q->op ? q->op->classes & ~(unsigned)FL_OP_SESSION : 0, j;
	bool ok = ref_speaks(&e->line, q);

	if (need)
		ok &= !(need & ~e->line.ops) && ref_has_unit(&e->line, q->op);
	for (j = 0; need && j < q->op->objects; j++)
		ok &= ref_object(&e->line, &q->op->object[j]);
	return ok;
}

static bool joins(const struct ref_conduit *c, unsigned from, unsigned to)
{
	return c->to == to && (c->from[0] == from || c->from[1] == from);
}

static struct ref_answer ref_zone(const struct ref_policy *r, const struct fl_question *q, unsigned from, unsigned to, int day)
{
	struct ref_answer a = {.verdict = 0, .conduit = -1, .line = -1, .exception = -1};
	int i, back = -1, line, old = -1;
	unsigned v;

	if (from == to)
		return (struct ref_answer){.verdict = FL_VERDICT_WITHIN_ZONE, .conduit = -1, .line = -1, .exception = -1};
	for (i = 0; i < (int)r->conduits; i++) {
		if (joins(&r->c[i], to, from) && back < 0)
			back = i;
		if (!joins(&r->c[i], from, to))
			continue;
		v = ref_conduit(&r->c[i], q, day, &line);
		if (v == FL_VERDICT_CONFORMING || v > a.verdict)
			a = (struct ref_answer){.verdict = v, .conduit = i, .line = line, .exception = -1};
		if (v == FL_VERDICT_CONFORMING)
			return a;
	}
	if (!a.verdict)
		a = (struct ref_answer){.verdict = back < 0 ? FL_VERDICT_NO_CONDUIT : FL_VERDICT_INITIATOR, .conduit = back, .line = -1,
					.exception = -1};
	for (i = 0; i < (int)r->exceptions; i++) {
		const struct ref_exception *e = &r->e[i];

		if (e->from != from || e->to != to || !ref_excepts(e, q))
			continue;
		if (day <= e->until) {
			a.verdict = FL_VERDICT_EXCEPTED;
			a.exception = i;
			return a;
		}
		old = old < 0 ? i : old;
	}
	if (old >= 0) {
		a.verdict = FL_VERDICT_EXCEPTION_EXPIRED;
		a.exception = old;
	}
	return a;
}

/* units: a flow to an address with the units of z5 and z6 behind it. */
static struct ref_answer ref_decide(const struct ref_policy *r, const struct fl_question *q, bool units, int day)
{
	unsigned from = q->from->zone->index, z;
	struct ref_answer a = ref_zone(r, q, from, q->to->zone->index, day), u;
	bool may = q->kind != FL_FLOW_LINK && (q->app == ref_ids[MODBUS] || q->master == ref_ids[MODBUS] ||
					       (q->app == FL_PROTOCOL_UNKNOWN && q->master == FL_PROTOCOL_UNKNOWN));

	for (z = 5; z <= 6 && units && !q->op && may && a.verdict > FL_VERDICT_CONFORMING; z++) {
		u = ref_zone(r, q, from, z, day);
		if (u.verdict <= FL_VERDICT_EXCEPTED && u.verdict < a.verdict)
			a = u;
	}
	return a;
}

/* The line of the file on which the n-th conduit and its lines stand, as random_policy wrote it. */
static unsigned file_line(const struct ref_policy *r, int conduit, int line)
{
	unsigned at = 13;
	int i;

	for (i = 0; i <= conduit; i++) {
		unsigned head = 4u + (r->c[i].since != 0) + (r->c[i].until != 0);

		if (i == conduit)
			return line < 0 ? at : at + head + (unsigned)line;
		at += head + r->c[i].n;
	}
	return 0;
}

static void check_answer(const struct ref_policy *r, const struct fl_decision *d, const struct ref_answer *want, const char *which)
{
	char id[16] = "-";

	ck_assert_msg(d->verdict == want->verdict, "%s: %s, not %s", which, fl_verdict_name(d->verdict), fl_verdict_name(want->verdict));
	if (want->exception >= 0)
		snprintf(id, sizeof id, "e%d", want->exception);
	else if (want->conduit >= 0)
		snprintf(id, sizeof id, "c%d", want->conduit);
	else if (want->verdict == FL_VERDICT_WITHIN_ZONE)
		return;
	ck_assert_msg(!strcmp(d->clause.id ? d->clause.id : "-", id), "%s (%s): clause %s, not %s", which, fl_verdict_name(d->verdict),
		      d->clause.id ? d->clause.id : "-", id);
	if (want->exception < 0 && want->conduit >= 0 && want->line != -2)
		ck_assert_msg(d->clause.at.line == file_line(r, want->conduit, want->line), "%s (%s of %s): line %u, not %u", which,
			      fl_verdict_name(d->verdict), id, d->clause.at.line, file_line(r, want->conduit, want->line));
	if (want->exception < 0 && want->line == -2) /* some line of that conduit */
		ck_assert_msg(d->clause.at.line >= file_line(r, want->conduit, 0) &&
			      d->clause.at.line < file_line(r, want->conduit, 0) + r->c[want->conduit].n, "%s: a line of another", which);
}

static void random_question(struct fl_question *q, struct fl_operation *op)
{
	static const unsigned labels[] = {MODBUS, MODBUS, TLS, SSH};
	unsigned k;

	op->has_unit = rnd(4) > 0;
	op->unit = (uint16_t)rnd(3);
	op->objects = (uint8_t)rnd(3);
	op->classes = 0;
	for (k = 0; k < op->objects; k++) {
		op->object[k] = (struct fl_object){.kind = rnd(2) ? FL_OBJECT_COILS : FL_OBJECT_HOLDING_REGISTERS,
						   .access = (uint16_t)(1u << (rnd(2) ? FL_OP_BIT_READ : FL_OP_BIT_WRITE)),
						   .start = rnd(16), .count = rnd(6)};
		op->classes |= op->object[k].access;
	}
	if (!op->objects)
		op->classes = (uint16_t)(1u << rnd(4)) | (rnd(2) ? FL_OP_SESSION : FL_OP_DIAGNOSE);
	if (!rnd(5)) {
		q->kind = FL_FLOW_LINK;
		q->ethertype = rnd(4) ? (uint16_t)(0x8000 + rnd(7)) : 0;
		q->app = ref_ids[rnd(2) ? GOOSE : ETHERNET];
		return;
	}
	q->kind = rnd(6) ? FL_FLOW_IP : FL_FLOW_CARRIER;
	q->ip_proto = rnd(2) ? 6 : 17;
	q->to_port = (uint16_t)(500 + rnd(8));
	q->app = rnd(4) ? ref_ids[labels[rnd(4)]] : FL_PROTOCOL_UNKNOWN;
	q->master = rnd(4) ? FL_PROTOCOL_UNKNOWN : ref_ids[TLS];
	q->op = rnd(3) ? op : NULL;
}

START_TEST(test_property)
{
	static struct ref_policy ref;
	static const uint8_t gateway[4] = {10, 0, 4, 9}, plain[4] = {10, 0, 4, 200};
	struct fl_flow_end gate = {.addr = fl_addr_from(FL_ADDR_IPV4, gateway)}, host = {.addr = fl_addr_from(FL_ADDR_IPV4, plain)};
	unsigned counts[FL_VERDICT_COUNT] = {0}, i, j;
	bool many = _i >= 4;

	seed = 20261123u + (unsigned)_i;
	for (i = 0; i < (many ? 8 : 80); i++) {
		struct fl_policy *p = random_policy(&ref, many);

		for (j = 0; j < (many ? 1500 : 300); j++) {
			int day = 8 + (int)rnd(14);
			struct fl_operation op = {.function_name = "f"};
			struct fl_place from = {.zone = fl_policy_zone(p, rnd(many ? 4 : RZ))}, to = {.zone = fl_policy_zone(p, rnd(many ? 2 : RZ))}, x, y;
			struct fl_question q = {.ts_ns = (INT64_C(1767225600) + (day - 1) * 86400 + (int)rnd(86400)) * NS, .from = &from, .to = &to};
			bool units = !rnd(3);
			struct ref_answer want;
			struct fl_decision d;
			char why[400], which[48];

			if (units)
				fl_policy_place(p, 0, &gate, &host, &to, &y);
			else if (to.zone->index == GATEWAY)
				fl_policy_place(p, 0, &host, &gate, &to, &x);
			random_question(&q, &op);
			fl_policy_decide(p, &q, &d);
			want = ref_decide(&ref, &q, units, day);
			counts[d.verdict]++;
			snprintf(which, sizeof which, "policy %u question %u", i, j);
			check_answer(&ref, &d, &want, which);
			fl_policy_why(p, &vocab, &q, &d, why, sizeof why);
			ck_assert_uint_gt(strlen(why), 10);
		}
		fl_policy_free(p);
	}
	/* The questions must reach every answer they can, or they prove little; among many conduits one nearly always permits. */
	for (i = 0; i < FL_VERDICT_COUNT; i++)
		ck_assert_msg(counts[i] || i == FL_VERDICT_UNKNOWN_ENDPOINT || i == FL_VERDICT_WINDOW || (many && i > FL_VERDICT_WINDOW &&
			      i != FL_VERDICT_PROTOCOL), "never %s", fl_verdict_name(i));
}
END_TEST

/* ---- gateways ---- */

static const char gateways[] =
	"version: 1\norganization: x\nplants: [{ id: p }]\nzones:\n"
	"  - { id: hmi, plant: p, members: [10.1.0.0/24] }\n"
	"  - { id: net, plant: p, members: [10.2.0.0/24] }\n"
	"  - { id: drives, plant: p, members: [{ ip: 10.2.0.5, units: 1-4 }] }\n"
	"  - { id: pumps, plant: p, members: [{ ip: 10.2.0.5, units: 7 }] }\n"
	"  - { id: scada, plant: p, members: [10.3.0.0/24] }\n"
	"conduits:\n"
	"  - { id: c-drives, from: hmi, to: drives, allow: [{ protocol: modbus, operations: [read] }], log: all }\n" /* line 11 */
	"  - { id: c-any, from: scada, to: pumps, allow: [{ protocol: tcp }] }\n"
	"  - { id: c-net, from: net, to: hmi, allow: [{ protocol: tls }] }\n"
	"exceptions:\n"
	"  - { id: EX, from: scada, to: net, protocol: ssh, owner: o, approved_by: a, reason: r, compensating_control: c, expires: 2030-01-01 }\n";

static const struct gateway_row {
	const char *from, *to, *app;
	int unit; /* -1: the flow as a whole */
	uint16_t classes;
	const char *verdict, *clause, *why;
} gateway_rows[] = {
	{"10.1.0.1", "10.2.0.5", "modbus", -1, 0, "conforming", "c-drives", "conduit c-drives lets hmi talk modbus to drives"},
	{"10.1.0.1", "10.2.0.5", "modbus", 1, FL_OP_READ, "conforming", "c-drives", "conduit c-drives lets hmi read from unit 1 in drives over modbus"},
	{"10.1.0.1", "10.2.0.5", "modbus", 1, FL_OP_WRITE, "operation", "c-drives",
	 "hmi may not write to unit 1 in drives (modbus f): conduit c-drives permits only read"},
	{"10.1.0.1", "10.2.0.5", "modbus", 7, FL_OP_READ, "no_conduit", NULL, "no conduit joins hmi and pumps"},
	{"10.1.0.1", "10.2.0.5", "modbus", 9, FL_OP_READ, "initiator", "c-net", NULL}, /* nobody's unit: where the address lies */
	{"10.1.0.1", "10.2.0.5", "ssh", -1, 0, "initiator", "c-net", NULL},            /* ssh carries no units */
	{"10.1.0.1", "10.2.0.5", NULL, -1, 0, "initiator", "c-net", NULL},             /* modbus it must be first */
	{"10.1.0.1", "10.2.0.6", "modbus", -1, 0, "initiator", "c-net", NULL},         /* no gateway */
	{"10.3.0.1", "10.2.0.5", NULL, -1, 0, "conforming", "c-any", "conduit c-any lets scada talk tcp port 502 (protocol not recognised) to pumps"},
	{"10.3.0.1", "10.2.0.5", "modbus", -1, 0, "conforming", "c-any", NULL},
	{"10.3.0.1", "10.2.0.5", "tls", -1, 0, "no_conduit", NULL, "no conduit joins scada and net"},
	{"10.3.0.1", "10.2.0.5", "ssh", -1, 0, "excepted", "EX", "exception EX, until 2030-01-01, lets scada talk ssh to net"},
	{"10.2.0.9", "10.2.0.5", "modbus", -1, 0, "within_zone", "net", "both ends lie in zone net"},
	{"10.2.0.9", "10.2.0.5", "modbus", 1, FL_OP_READ, "no_conduit", NULL, "no conduit joins net and drives"},
};

START_TEST(test_gateways)
{
	const struct gateway_row *r = &gateway_rows[_i];
	struct fl_policy *p = load(gateways);
	struct fl_flow_end a = {.addr = addr(r->from)}, b = {.addr = addr(r->to)};
	struct fl_operation op = {.function_name = "f", .classes = r->classes, .has_unit = true, .unit = (uint16_t)r->unit};
	struct fl_place pa, pb;
	struct fl_question q = {.ts_ns = DAY, .from = &pa, .to = &pb, .from_addr = &a.addr, .to_addr = &b.addr, .ip_proto = 6,
				.to_port = 502, .app = protocol(r->app), .op = r->unit >= 0 ? &op : NULL};
	struct fl_decision d;
	char why[400];

	fl_policy_place(p, 0, &a, &b, &pa, &pb);
	if (r->unit >= 0)
		fl_policy_place_unit(p, 0, &b, op.unit, &pb);
	fl_policy_decide(p, &q, &d);
	fl_policy_why(p, &vocab, &q, &d, why, sizeof why);
	ck_assert_msg(!strcmp(fl_verdict_name(d.verdict), r->verdict), "%d: %s (%s)", _i, fl_verdict_name(d.verdict), why);
	ck_assert_str_eq(d.clause.id ? d.clause.id : "", r->clause ? r->clause : "");
	ck_assert(d.log_all == (d.verdict == FL_VERDICT_CONFORMING && !strcmp(d.clause.id, "c-drives")));
	if (r->why)
		ck_assert_str_eq(why, r->why);
	fl_policy_free(p);
}
END_TEST

/* ---- link-layer flows and carriers ---- */

static const char links[] =
	"version: 1\norganization: x\nplants: [{ id: p }]\nzones:\n"
	"  - { id: ied, plant: p, members: [\"00:1b:1b:00:00:00/24\", 10.1.0.0/24] }\n"
	"  - { id: hmi, plant: p, members: [\"00:1b:1c:00:00:00/24\", 10.2.0.0/24] }\n"
	"  - { id: lab, plant: p, members: [\"00:1b:1d:00:00:00/24\", 10.3.0.0/24] }\n"
	"conduits:\n"
	"  - { id: c-named, from: ied, to: hmi, allow: [{ protocol: goose }, { protocol: vxlan }] }\n"
	"  - { id: c-types, from: hmi, to: ied, allow: [{ protocol: ethernet, ethertypes: [0x88b9, 12336] }, { protocol: ip, ports: 80 }] }\n"
	"  - { id: c-any, from: hmi, to: lab, allow: [{ protocol: any }] }\n"
	"  - { id: c-ip, from: lab, to: hmi, allow: [{ protocol: ip }] }\n"
	"  - { id: c-eth, from: lab, to: ied, allow: [{ protocol: ethernet }, { protocol: any, ethertypes: 0x88b8-0x88ba }] }\n";

static const struct link_row {
	const char *from, *to, *app;
	uint8_t kind, ip_proto;
	uint16_t ethertype, port;
	const char *verdict, *clause, *why;
} link_rows[] = {
	{"00:1b:1b:00:00:01", "00:1b:1c:00:00:01", "goose", FL_FLOW_LINK, 0, 0x88b8, 0, "conforming", "c-named", "conduit c-named lets ied talk goose to hmi"},
	{"00:1b:1b:00:00:01", "00:1b:1c:00:00:01", "ethercat", FL_FLOW_LINK, 0, 0x88a4, 0, "protocol", "c-named",
	 "conduit c-named from ied to hmi does not permit ethercat; it permits goose, vxlan"},
	{"00:1b:1c:00:00:01", "00:1b:1b:00:00:01", "ethernet", FL_FLOW_LINK, 0, 0x3030, 0, "conforming", "c-types",
	 "conduit c-types lets hmi talk EtherType 0x3030 to ied"},
	{"00:1b:1c:00:00:01", "00:1b:1b:00:00:01", "gse_management", FL_FLOW_LINK, 0, 0x88b9, 0, "conforming", "c-types", NULL},
	{"00:1b:1c:00:00:01", "00:1b:1b:00:00:01", "ethernet", FL_FLOW_LINK, 0, 0x3031, 0, "protocol", "c-types",
	 "conduit c-types from hmi to ied does not permit EtherType 0x3031; it permits ethernet of EtherTypes 0x3030, 0x88b9"},
	{"00:1b:1c:00:00:01", "00:1b:1b:00:00:01", "netbeui", FL_FLOW_LINK, 0, 0, 0, "protocol", "c-types", NULL}, /* LLC has no EtherType */
	{"10.2.0.1", "10.1.0.1", NULL, FL_FLOW_IP, 6, 0, 80, "conforming", "c-types", NULL},
	{"10.2.0.1", "10.1.0.1", NULL, FL_FLOW_IP, 6, 0, 81, "protocol", "c-types", NULL},
	{"00:1b:1c:00:00:01", "00:1b:1d:00:00:01", "ethercat", FL_FLOW_LINK, 0, 0x88a4, 0, "conforming", "c-any", NULL},
	{"10.2.0.1", "10.3.0.1", "tls", FL_FLOW_IP, 6, 0, 443, "conforming", "c-any", NULL},
	{"00:1b:1d:00:00:01", "00:1b:1c:00:00:01", "ethercat", FL_FLOW_LINK, 0, 0x88a4, 0, "protocol", "c-ip",
	 "conduit c-ip from lab to hmi does not permit ethercat; it permits ip"},
	{"10.3.0.1", "10.2.0.1", "ip", FL_FLOW_IP, 89, 0, 0, "conforming", "c-ip", NULL},
	{"10.3.0.1", "10.2.0.1", "gre", FL_FLOW_CARRIER, 47, 0, 0, "conforming", "c-ip", NULL},
	{"00:1b:1d:00:00:01", "00:1b:1b:00:00:01", "netbeui", FL_FLOW_LINK, 0, 0, 0, "conforming", "c-eth", NULL},
	{"10.3.0.1", "10.1.0.1", "tls", FL_FLOW_IP, 6, 0, 443, "protocol", "c-eth",
	 "conduit c-eth from lab to ied does not permit tls to port 443; it permits ethernet, any protocol of EtherTypes 0x88b8-0x88ba"},
	{"10.1.0.1", "10.2.0.1", "vxlan", FL_FLOW_CARRIER, 17, 0, 4789, "conforming", "c-named", NULL},
	{"10.1.0.1", "10.2.0.1", "geneve", FL_FLOW_CARRIER, 17, 0, 6081, "protocol", "c-named", NULL},
	{"00:1b:1b:00:00:01", "01:0c:cd:01:00:01", "goose", FL_FLOW_LINK, 0, 0x88b8, 0, "within_zone", "ied", NULL},
	{"00:1b:1f:00:00:01", "00:1b:1b:00:00:01", "goose", FL_FLOW_LINK, 0, 0x88b8, 0, "unknown_endpoint", NULL,
	 "00-1B-1F-00-00-01 (a MAC address) lies in no declared zone and talks to 00-1B-1B-00-00-01 in ied"},
};

START_TEST(test_links)
{
	const struct link_row *r = &link_rows[_i];
	struct fl_policy *p = load(links);
	struct fl_flow_end a = {.addr = addr(r->from)}, b = {.addr = addr(r->to)};
	struct fl_place pa, pb;
	struct fl_question q = {.ts_ns = DAY, .from = &pa, .to = &pb, .from_addr = &a.addr, .to_addr = &b.addr, .kind = r->kind,
				.ip_proto = r->ip_proto, .ethertype = r->ethertype, .to_port = r->port, .app = protocol(r->app)};
	struct fl_decision d;
	char why[400];

	fl_policy_place(p, 0, &a, &b, &pa, &pb);
	fl_policy_decide(p, &q, &d);
	fl_policy_why(p, &vocab, &q, &d, why, sizeof why);
	ck_assert_msg(!strcmp(fl_verdict_name(d.verdict), r->verdict), "%d: %s (%s)", _i, fl_verdict_name(d.verdict), why);
	ck_assert_str_eq(d.clause.id ? d.clause.id : "", r->clause ? r->clause : "");
	if (r->why)
		ck_assert_str_eq(why, r->why);
	fl_policy_free(p);
}
END_TEST

/* What an undeclared address is, in words. */
static const struct { const char *addr, *nature; } natures[] = {
	{"8.8.8.8", "an Internet address"}, {"10.1.2.3", "a private address"}, {"172.16.0.0", "a private address"},
	{"172.15.255.255", "an Internet address"}, {"172.32.0.0", "an Internet address"}, {"192.168.255.1", "a private address"},
	{"192.169.0.1", "an Internet address"}, {"100.64.0.1", "a provider's shared address"}, {"100.128.0.1", "an Internet address"},
	{"127.0.0.1", "a loopback address"}, {"169.254.1.1", "a link-local address"}, {"224.0.0.1", "a group"}, {"0.0.0.0", "no address yet"},
	{"0.1.2.3", "a reserved address"}, {"250.0.0.1", "a reserved address"}, {"fd00::1", "a private address"},
	{"2a00:1450::1", "an Internet address"}, {"::1", "a loopback address"}, {"::2", "a reserved address"}, {"fe80::1", "a link-local address"},
	{"64:ff9b::808:808", "an Internet address"}, {"02:00:00:00:00:01", "a MAC address"}, {"01:00:5e:00:00:01", "a group"},
};

START_TEST(test_natures)
{
	struct fl_policy *p = load(links);
	struct fl_addr from = addr(natures[_i].addr), to = addr("10.1.0.1");
	struct fl_place pa = {.zone = NULL}, pb = {.zone = fl_policy_zone(p, 0)};
	struct fl_question q = {.from = &pa, .to = &pb, .from_addr = &from, .to_addr = &to, .ip_proto = 6};
	struct fl_decision d;
	char why[400], part[80];

	fl_policy_decide(p, &q, &d);
	ck_assert_uint_eq(d.relation, FL_RELATION_EXTERNAL);
	fl_policy_why(p, &vocab, &q, &d, why, sizeof why);
	snprintf(part, sizeof part, " (%s) lies in no declared zone and ", natures[_i].nature);
	ck_assert_msg(strstr(why, part) != NULL, "%s: %s", natures[_i].addr, why);
	fl_policy_free(p);
}
END_TEST

/* ---- the scope in force ---- */

static const char scopes[] =
	"version: 1\norganization: x\nscopes:\n"
	"  - { id: s, certificate: { valid_from: 2025-01-01, valid_until: 2027-12-31 }, versions: [\n"
	"      { version: two, effective_from: 2026-04-01 }, { version: one, effective_from: 2025-03-01 }] }\n"
	"  - { id: t, certificate: { valid_from: 2026-01-01, valid_until: 2026-12-31 } }\n"
	"plants: [{ id: p, scope: s }, { id: q, scope: t }, { id: r }]\nzones:\n"
	"  - { id: p1, plant: p, members: [10.1.0.0/24] }\n"
	"  - { id: p2, plant: p, members: [10.2.0.0/24] }\n"
	"  - { id: q1, plant: q, members: [10.3.0.0/24] }\n"
	"  - { id: r1, plant: r, members: [10.4.0.0/24] }\n"
	"conduits: [{ id: c, from: [p1, q1], to: [p2, q1, r1], allow: [{ protocol: any }] }]\n";

static const struct scope_row {
	unsigned from, to;
	const char *when;
	int64_t before_ns; /* that much earlier */
	const char *relation, *from_scope, *to_scope;
	const char *tail; /* of the sentence; NULL: nothing has lapsed */
} scope_rows[] = {
	/* before its first version the scope is not in force: neither end is certified */
	{0, 1, "2025-03-01", 1, "outside", NULL, NULL, NULL},
	{0, 1, "2025-03-01", 0, "inside", "s", "s", NULL},
	{0, 3, "2025-03-01", 1, "outside", NULL, NULL, NULL},
	{0, 3, "2025-03-01", 0, "crossing", "s", NULL, NULL},
	{0, 1, "2026-04-01", 1, "inside", "s", "s", NULL},
	{0, 1, "2026-04-01", 0, "inside", "s", "s", NULL},
	/* without versions its certificate says from when */
	{0, 2, "2026-01-01", 1, "crossing", "s", NULL, NULL},
	{0, 2, "2026-01-01", 0, "inter_scope", "s", "t", NULL},
	{2, 3, "2026-01-01", 1, "outside", NULL, NULL, NULL},
	{2, 3, "2026-01-01", 0, "crossing", "t", NULL, NULL},
	/* a certificate that has ended counts on, and is told */
	{2, 3, "2027-01-01", 1, "crossing", "t", NULL, NULL},
	{2, 3, "2027-01-01", 0, "crossing", "t", NULL, "; the certificate of scope t ended on 2026-12-31"},
	{0, 2, "2027-01-01", 0, "inter_scope", "s", "t", "; the certificate of scope t ended on 2026-12-31"},
	{0, 1, "2028-01-01", 1, "inside", "s", "s", NULL},
	{0, 1, "2028-01-01", 0, "inside", "s", "s", "lets p1 talk tcp (protocol not recognised) to p2; the certificate of scope s ended on 2027-12-31"},
	{0, 2, "2028-01-01", 0, "inter_scope", "s", "t",
	 "; the certificate of scope s ended on 2027-12-31; the certificate of scope t ended on 2026-12-31"},
	{0, 3, "1970-01-01", 0, "outside", NULL, NULL, NULL},
};

START_TEST(test_scope_in_force)
{
	const struct scope_row *r = &scope_rows[_i];
	struct fl_policy *p = load(scopes);
	struct fl_place a = {.zone = fl_policy_zone(p, r->from)}, b = {.zone = fl_policy_zone(p, r->to)};
	struct fl_question q = {.from = &a, .to = &b, .ip_proto = 6};
	struct fl_decision d;
	struct tm tm = {0};
	char why[400];
	size_t n;

	ck_assert_ptr_nonnull(strptime(r->when, "%Y-%m-%d", &tm));
	q.ts_ns = (int64_t)timegm(&tm) * NS - r->before_ns;
	fl_policy_decide(p, &q, &d);
	ck_assert_str_eq(fl_scope_relation_name(d.relation), r->relation);
	ck_assert_str_eq(d.scope[0] ? d.scope[0]->id : "", r->from_scope ? r->from_scope : "");
	ck_assert_str_eq(d.scope[1] ? d.scope[1]->id : "", r->to_scope ? r->to_scope : "");
	ck_assert(d.scope_lapsed == (r->tail != NULL));
	ck_assert_ptr_eq(fl_policy_zone(p, 0)->scope, fl_policy_scope(p, 0)); /* which log is told stays as the policy says */
	fl_policy_why(p, &vocab, &q, &d, why, sizeof why);
	n = strlen(why);
	if (r->tail)
		ck_assert_msg(n > strlen(r->tail) && !strcmp(why + n - strlen(r->tail), r->tail), "%s", why);
	else
		ck_assert_msg(!strstr(why, "certificate"), "%s", why);
	fl_policy_free(p);
}
END_TEST

int main(void)
{
	static const char *const names[] = {"modbus", "s7comm", "enip", "tls", "ssh", "http"};
	Suite *s = suite_create("decide");
	TCase *t = tcase_create("decide");
	int failed;
	size_t i;

	if (fl_vocab_init(&vocab))
		return 1;
	for (i = 0; i < FL_ARRAY_LEN(names); i++)
		if (fl_vocab_add(&vocab, names[i]) < 0)
			return 1;
	for (i = 0; i < PROTOCOLS; i++)
		ref_ids[i] = (uint16_t)fl_vocab_find(&vocab, ref_protocols[i]);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_property, 0, 8);
	tcase_add_loop_test(t, test_gateways, 0, (int)FL_ARRAY_LEN(gateway_rows));
	tcase_add_loop_test(t, test_links, 0, (int)FL_ARRAY_LEN(link_rows));
	tcase_add_loop_test(t, test_natures, 0, (int)FL_ARRAY_LEN(natures));
	tcase_add_loop_test(t, test_scope_in_force, 0, (int)FL_ARRAY_LEN(scope_rows));
	suite_add_tcase(s, t);
	failed = fl_run_suite(s);
	fl_vocab_done(&vocab);
	return failed ? 1 : 0;
}
