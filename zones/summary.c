/* summary.c - the policy as a person reviews it: what is certified, who lies where, what crosses the boundary. Plain
 * text for 80 columns; the order is the order of the file, so that two summaries can be compared. */
#include <string.h>

#include "zones/words.h"

enum { COLUMNS = 79 };

/* A paragraph: words flow to the right margin; later lines are indented. */
struct flow_text {
	FILE *f;
	unsigned col, indent;
};

/* Columns that UTF-8 text takes, near enough: one for each character. */
static unsigned width(const char *s, size_t n)
{
	unsigned w = 0;
	size_t i;

	for (i = 0; i < n; i++)
		w += ((unsigned char)s[i] & 0xc0) != 0x80;
	return w;
}

static void flow_words(struct flow_text *o, const char *s)
{
	size_t n;

	for (; *s; s += n) {
		if (*s == ' ' || *s == '\n' || *s == '\t') {
			n = 1;
			continue;
		}
		n = strcspn(s, " \n\t");
		if (o->col > o->indent && o->col + 1 + width(s, n) > COLUMNS) {
			fprintf(o->f, "\n%*s", (int)o->indent, "");
			o->col = o->indent;
		} else if (o->col > o->indent) {
			fputc(' ', o->f);
			o->col++;
		}
		fwrite(s, 1, n, o->f);
		o->col += width(s, n);
	}
}

static struct flow_text flow_begin(FILE *f, unsigned at, unsigned indent)
{
	fprintf(f, "%*s", (int)at, "");
	return (struct flow_text){.f = f, .col = at, .indent = indent};
}

static void flow_end(struct flow_text *o)
{
	fputc('\n', o->f);
}

/* Punctuation right behind the last word. */
static void flow_mark(struct flow_text *o, char mark)
{
	fputc(mark, o->f);
	o->col++;
}

static void count(FILE *f, uint32_t n, const char *one, const char *after)
{
	fprintf(f, "%u %s%s%s", n, one, n == 1 ? "" : "s", after);
}

static void sl_words(struct flow_text *o, const struct fl_sl *sl)
{
	char buf[48];

	if (!sl->set)
		return;
	if (sl->vector)
		snprintf(buf, sizeof buf, "SL-T %u/%u/%u/%u/%u/%u/%u", sl->fr[0], sl->fr[1], sl->fr[2], sl->fr[3], sl->fr[4],
			 sl->fr[5], sl->fr[6]);
	else
		snprintf(buf, sizeof buf, "SL-T %u", sl->fr[0]);
	flow_words(o, buf);
}

static void zone_line(const struct fl_policy *p, const struct fl_zone *z, FILE *f)
{
	struct flow_text o = flow_begin(f, 4, 8);
	uint32_t i, n = fl_zone_members(p, z);
	char buf[320];

	fprintf(f, "%-18s", z->id);
	o.col = 4 + (unsigned)(strlen(z->id) > 18 ? strlen(z->id) : 18);
	flow_words(&o, fl_zone_kind_name(z->kind));
	if (z->has_level) {
		snprintf(buf, sizeof buf, z->level_x10 % 10 ? "L%u.%u" : "L%u", z->level_x10 / 10u, z->level_x10 % 10u);
		flow_words(&o, buf);
	}
	sl_words(&o, &z->sl_target);
	for (i = 0; i < n && i < 6; i++) {
		fl_zone_member_text(p, z, i, buf, sizeof buf - 2);
		if (i + 1 < n)
			memcpy(buf + strlen(buf), ",", 2);
		flow_words(&o, buf);
	}
	if (i < n) {
		snprintf(buf, sizeof buf, "and %u more", n - i);
		flow_words(&o, buf);
	}
	if (z->n_assets) {
		snprintf(buf, sizeof buf, "(%u asset%s)", z->n_assets, z->n_assets == 1 ? "" : "s");
		flow_words(&o, buf);
	}
	if (z->plant->scope && !z->scope) {
		snprintf(buf, sizeof buf, "out of scope: %.280s", z->justification);
		flow_words(&o, buf);
	}
	flow_end(&o);
}

/* The plant's heading, once, before its first zone that is shown. */
static void plant_line(const struct fl_plant *plant, FILE *f)
{
	struct flow_text o = flow_begin(f, 2, 6);

	o.col = o.indent;
	flow_words(&o, "plant");
	flow_words(&o, plant->id);
	if (plant->name) {
		flow_words(&o, "-");
		flow_words(&o, plant->name);
	}
	if (plant->state == FL_PLANT_NON_CERTIFIED)
		flow_words(&o, "(not certified)");
	else if (plant->state != FL_PLANT_CERTIFIED)
		flow_words(&o, plant->state == FL_PLANT_EXCLUDED ? "(excluded)" : "(transitional)");
	if (plant->reason) {
		flow_words(&o, "because");
		flow_words(&o, plant->reason);
	}
	flow_end(&o);
}

/* Plants and their zones that lie in this scope (NULL: in none), without shared services. A plant with no zone at all
 * is shown where it belongs. */
static void zones_of(const struct fl_policy *p, const struct fl_scope *scope, FILE *f)
{
	uint32_t i, j;
	bool told;

	for (i = 0; i < p->n_plants; i++) {
		const struct fl_plant_full *plant = &p->plants[i];

		told = false;
		for (j = 0; j < plant->n_zones; j++) {
			if (plant->zones[j]->scope != scope || plant->zones[j]->kind == FL_ZONE_SHARED_SERVICE)
				continue;
			if (!told)
				plant_line(&plant->pub, f);
			told = true;
			zone_line(p, plant->zones[j], f);
		}
		if (!plant->n_zones && plant->pub.scope == scope)
			plant_line(&plant->pub, f);
	}
}

static void scope_part(const struct fl_policy *p, const struct fl_scope_full *s, FILE *f)
{
	struct flow_text o = flow_begin(f, 0, 2);
	char buf[FL_DAY_TEXT_MAX + 32], day[FL_DAY_TEXT_MAX];

	o.col = o.indent;
	flow_words(&o, "Scope");
	flow_words(&o, s->pub.id);
	if (s->pub.standard)
		flow_words(&o, s->pub.standard);
	if (s->pub.certificate_number || s->pub.certificate_until_ns)
		flow_words(&o, "certificate");
	if (s->pub.certificate_number)
		flow_words(&o, s->pub.certificate_number);
	if (s->pub.certificate_body) {
		flow_words(&o, "by");
		flow_words(&o, s->pub.certificate_body);
	}
	if (s->pub.certificate_until_ns) {
		snprintf(buf, sizeof buf, "until %s", fl_day_text(s->pub.certificate_until_ns - 1, day));
		flow_words(&o, buf);
	}
	flow_end(&o);
	if (s->pub.statement) {
		o = flow_begin(f, 2, 2);
		flow_words(&o, s->pub.statement);
		flow_end(&o);
	}
	zones_of(p, &s->pub, f);
	fputc('\n', f);
}

static void shared_part(const struct fl_policy *p, FILE *f)
{
	const struct fl_zone_full *z;
	struct flow_text o;
	bool any = false;
	char buf[160];
	uint32_t i, j;

	for (i = 0; i < p->n_zones; i++) {
		z = &p->zones[i];
		if (z->pub.kind != FL_ZONE_SHARED_SERVICE)
			continue;
		if (!any)
			fprintf(f, "Shared services\n");
		any = true;
		zone_line(p, &z->pub, f);
		o = flow_begin(f, 8, 10);
		o.col = o.indent;
		snprintf(buf, sizeof buf, "plant %s, %s%s", z->pub.plant->id, z->pub.scope ? "in scope " : "in no scope",
			 z->pub.scope ? z->pub.scope->id : "");
		flow_words(&o, buf);
		if (z->pub.agreement) {
			flow_mark(&o, ',');
			flow_words(&o, "agreement");
			flow_words(&o, z->pub.agreement);
		}
		for (j = 0; j < z->consumers.n; j++) {
			flow_mark(&o, j ? ',' : ';');
			flow_words(&o, j ? "" : "for");
			flow_words(&o, z->consumer_zones[j]->id);
		}
		flow_end(&o);
	}
	if (any)
		fputc('\n', f);
}

static void zone_list(struct flow_text *o, const struct fl_zone *const *list, uint32_t n, const char *end)
{
	char buf[FL_ID_MAX + 8];
	uint32_t i;

	for (i = 0; i < n; i++) {
		snprintf(buf, sizeof buf, "%s%s", list[i]->id, i + 1 < n ? "," : end);
		flow_words(o, buf);
	}
}

static void named(struct flow_text *o, bool *any, const char *name, const char *value)
{
	if (!value)
		return;
	if (*any)
		flow_mark(o, ';');
	*any = true;
	if (*name)
		flow_words(o, name);
	flow_words(o, value);
}

static void term_line(const char *name, const char *value, FILE *f)
{
	struct flow_text o = flow_begin(f, 6, 8);

	o.col = o.indent;
	flow_words(&o, name);
	flow_words(&o, value);
	flow_end(&o);
}

static void conduit_terms(const struct fl_conduit *c, FILE *f)
{
	struct flow_text o = flow_begin(f, 6, 8);
	char buf[160], day[FL_DAY_TEXT_MAX];
	struct fl_text t;
	bool any = false;
	uint32_t i;

	o.col = o.indent;
	named(&o, &any, "owner", c->pub.owner ? c->pub.owner : c->pub.crosses ? "MISSING" : NULL);
	named(&o, &any, "risk", c->pub.risk_assessment ? c->pub.risk_assessment : c->pub.crosses ? "MISSING" : NULL);
	named(&o, &any, "ticket", c->pub.ticket);
	named(&o, &any, "supplier", c->pub.supplier ? c->pub.supplier->id : NULL);
	if (c->pub.valid_from_ns)
		named(&o, &any, "from", fl_day_text(c->pub.valid_from_ns, day));
	if (c->pub.valid_until_ns)
		named(&o, &any, "until", fl_day_text(c->pub.valid_until_ns - 1, day));
	if (c->pub.review_by_ns)
		named(&o, &any, "review by", fl_day_text(c->pub.review_by_ns - 1, day));
	for (i = 0; i < c->n_windows; i++) {
		t = fl_text_init(buf, sizeof buf);
		fl_text_window(&t, &c->windows[i]);
		named(&o, &any, i ? "" : "only", buf);
	}
	if (c->pub.sl_target.set) {
		if (any)
			flow_mark(&o, ';');
		any = true;
		sl_words(&o, &c->pub.sl_target);
	}
	if (c->pub.log_all)
		named(&o, &any, "", "every operation on record");
	flow_words(&o, any ? "" : "no owner, no dates");
	flow_end(&o);
	if (c->pub.justification || c->pub.crosses)
		term_line("because", c->pub.justification ? c->pub.justification : "MISSING", f);
}

static void conduit_part(const struct fl_policy *p, const struct fl_vocab *v, bool crossing, FILE *f)
{
	const struct fl_conduit *c;
	struct flow_text o;
	bool any = false;
	char buf[400];
	uint32_t i, j;

	for (i = 0; i < p->n_conduits; i++) {
		c = &p->conduits[i];
		if (c->pub.crosses != crossing)
			continue;
		if (!any)
			fprintf(f, crossing ? "Conduits across the boundary of a certified scope\n" : "Other conduits\n");
		any = true;
		o = flow_begin(f, 2, 6);
		o.col = o.indent;
		snprintf(buf, sizeof buf, "%s:", c->pub.id);
		flow_words(&o, buf);
		zone_list(&o, c->pub.from, c->pub.n_from, " ->");
		zone_list(&o, c->pub.to, c->pub.n_to, "");
		flow_end(&o);
		for (j = 0; j < c->pub.n_allow; j++) {
			o = flow_begin(f, 6, 10);
			o.col = o.indent;
			flow_words(&o, fl_conduit_allow_text(c, v, j, buf, sizeof buf));
			flow_end(&o);
		}
		conduit_terms(c, f);
	}
	if (any)
		fputc('\n', f);
}

static void exception_part(const struct fl_policy *p, const struct fl_vocab *v, FILE *f)
{
	char buf[400], day[FL_DAY_TEXT_MAX];
	struct flow_text o;
	bool any;
	uint32_t i;

	if (p->n_exceptions)
		fprintf(f, "Exceptions\n");
	for (i = 0; i < p->n_exceptions; i++) {
		const struct fl_exception_info *e = &p->exceptions[i].pub;

		o = flow_begin(f, 2, 6);
		o.col = o.indent;
		snprintf(buf, sizeof buf, "%s: until %s,%s", e->id, fl_day_text(e->expires_ns - 1, day),
			 e->crosses ? " across a certified boundary," : "");
		flow_words(&o, buf);
		if (e->conduit) {
			flow_words(&o, "conduit");
			flow_words(&o, e->conduit->pub.id);
		} else {
			zone_list(&o, e->from, e->n_from, " ->");
			zone_list(&o, e->to, e->n_to, "");
		}
		flow_end(&o);
		o = flow_begin(f, 6, 10);
		o.col = o.indent;
		flow_words(&o, fl_exception_what_text(p, i, v, buf, sizeof buf));
		flow_end(&o);
		term_line("because", e->reason, f);
		term_line("instead", e->compensating_control, f);
		o = flow_begin(f, 6, 8);
		o.col = o.indent;
		any = false;
		named(&o, &any, "owner", e->owner);
		named(&o, &any, "approved by", e->approved_by);
		named(&o, &any, "ticket", e->ticket);
		flow_end(&o);
	}
}

void fl_policy_summary(const struct fl_policy *p, const struct fl_vocab *v, FILE *f)
{
	bool outside = false;
	uint32_t i;

	fprintf(f, "%s: ", p->organization);
	count(f, p->n_scopes, "scope", ", ");
	count(f, p->n_plants, "plant", ", ");
	count(f, p->n_zones, "zone", ", ");
	count(f, p->n_conduits, "conduit", ", ");
	count(f, p->n_exceptions, "exception", "\n\n");
	for (i = 0; i < p->n_scopes; i++)
		scope_part(p, &p->scopes[i], f);
	for (i = 0; i < p->n_zones; i++)
		outside |= !p->zones[i].pub.scope && p->zones[i].pub.kind != FL_ZONE_SHARED_SERVICE;
	if (outside) {
		fprintf(f, "In no scope\n");
		zones_of(p, NULL, f);
		fputc('\n', f);
	}
	shared_part(p, f);
	conduit_part(p, v, true, f);
	conduit_part(p, v, false, f);
	exception_part(p, v, f);
}
