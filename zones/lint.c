/* lint.c - what is not wrong but should not stay so: warnings about a policy that loads. Dates are held against now_ns
 * (0: not at all); they change no verdict, which is taken at packet time. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/ethertypes.h"
#include "zones/load.h"
#include "zones/words.h"

enum {
	CERTIFICATE_NOTICE_DAYS = 90, /* a recertification audit takes about a quarter to arrange */
	SHADOW_LINES_MAX = 256,       /* lines of one conduit compared pair by pair */
};

static void warn(struct fl_loading *l, struct fl_srcpos at, const char *fmt, ...) FL_PRINTF(3, 4);

static void warn(struct fl_loading *l, struct fl_srcpos at, const char *fmt, ...)
{
	char msg[FL_DIAG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	fl_diag(l->diags, FL_SEV_WARNING, at, "%s", msg);
}

static bool past(const struct fl_loading *l, int64_t until_ns)
{
	return l->now_ns && until_ns && l->now_ns >= until_ns;
}

static void lint_scopes(struct fl_loading *l)
{
	struct fl_policy *p = l->p;
	char day[FL_DAY_TEXT_MAX];
	uint32_t i;

	for (i = 0; i < p->n_scopes; i++) {
		const struct fl_scope_full *s = &p->scopes[i];
		int64_t until = s->pub.certificate_until_ns;

		if (past(l, until))
			warn(l, s->certificate_at, "the certificate of scope \"%s\" expired on %s", s->pub.id,
			     fl_day_text(until - 1, day));
		else if (l->now_ns && until && until - l->now_ns <= CERTIFICATE_NOTICE_DAYS * FL_DAY_NS)
			warn(l, s->certificate_at, "the certificate of scope \"%s\" expires on %s", s->pub.id,
			     fl_day_text(until - 1, day));
	}
	for (i = 0; i < p->n_suppliers; i++)
		if (past(l, p->suppliers[i].expires_ns))
			warn(l, p->suppliers[i].at, "the agreement with supplier \"%s\" expired on %s", p->suppliers[i].id,
			     fl_day_text(p->suppliers[i].expires_ns - 1, day));
}

static bool ranges_cover(const struct fl_yaml_ranges *wide, const struct fl_yaml_ranges *narrow)
{
	uint32_t i;

	if (!wide->n)
		return true;
	if (!narrow->n)
		return false;
	for (i = 0; i < narrow->n; i++)
		if (!fl_ranges_hold(wide, narrow->list[i].lo, narrow->list[i].hi))
			return false;
	return true;
}

/* Registers and coils together: a line that names only the one permits nothing of the other. */
static bool objects_cover(const struct fl_allow *wide, const struct fl_allow *narrow)
{
	if (!wide->registers.n && !wide->coils.n)
		return true;
	if (!narrow->registers.n && !narrow->coils.n)
		return false;
	return (!narrow->registers.n || (wide->registers.n && ranges_cover(&wide->registers, &narrow->registers))) &&
	       (!narrow->coils.n || (wide->coils.n && ranges_cover(&wide->coils, &narrow->coils)));
}

static bool protocol_covers(const struct fl_allow *wide, const struct fl_allow *narrow)
{
	bool link = fl_is_link_protocol(narrow->protocol) || narrow->ethertypes.n;

	if (wide->protocol == FL_PROTOCOL_ETHERNET)
		return link;
	if (wide->protocol == FL_PROTOCOL_IP)
		return !link && narrow->protocol != FL_PROTOCOL_ANY;
	return wide->protocol == narrow->protocol || wide->protocol == FL_PROTOCOL_ANY;
}

static bool covers(const struct fl_allow *wide, const struct fl_allow *narrow)
{
	return protocol_covers(wide, narrow) && ranges_cover(&wide->ethertypes, &narrow->ethertypes) && !(narrow->operations & ~(unsigned)wide->operations) && ranges_cover(&wide->ports, &narrow->ports) &&
	       ranges_cover(&wide->units, &narrow->units) && objects_cover(wide, narrow);
}

static void lint_lines(struct fl_loading *l, const struct fl_conduit *c)
{
	uint32_t i, j;

	for (i = 0; i < c->pub.n_allow && c->pub.n_allow <= SHADOW_LINES_MAX; i++)
		for (j = 0; j < c->pub.n_allow; j++) {
			if (i == j || !covers(&c->allow[j], &c->allow[i]) || (j > i && covers(&c->allow[i], &c->allow[j])))
				continue; /* of two that say the same, the later one is too much */
			warn(l, c->allow[i].at, "this line of conduit \"%s\" adds nothing: line %u permits all of it", c->pub.id,
			     c->allow[j].at.line);
			break;
		}
}

/* A line that can never decide anything: what it names is not judged, or is no flow of its own. */
static void lint_unjudged(struct fl_loading *l, const struct fl_allow *a, const char *kind, const char *id)
{
	const char *name = fl_vocab_name(l->vocab, a->protocol);
	static const char *const opened[] = {"mpls", "pppoe", "pbb"}; /* tunnels that are not between IP addresses */
	size_t i;

	if (fl_link_is_upkeep(a->protocol))
		warn(l, a->at, "%s \"%s\" names %s, which is link upkeep and needs no permission", kind, id, name);
	for (i = 0; i < FL_ARRAY_LEN(opened); i++)
		if (!strcmp(name, opened[i]))
			warn(l, a->at, "%s \"%s\" names %s, which is no flow of its own; what it carries is judged", kind, id, name);
}

static void lint_conduit(struct fl_loading *l, const struct fl_conduit *c, uint32_t *mark)
{
	const struct fl_conduit_info *i = &c->pub;
	char day[FL_DAY_TEXT_MAX];
	uint32_t n;

	for (n = 0; n < i->n_from; n++)
		mark[i->from[n]->index] = c->index + 1;
	for (n = 0; n < i->n_to; n++)
		if (mark[i->to[n]->index] == c->index + 1)
			warn(l, i->at, "conduit \"%s\" joins zone \"%s\" to itself, which needs no conduit", i->id, i->to[n]->id);
	if (past(l, i->valid_until_ns))
		warn(l, c->until_at, "conduit \"%s\" expired on %s", i->id, fl_day_text(i->valid_until_ns - 1, day));
	if (past(l, i->review_by_ns))
		warn(l, c->review_at, "the review of conduit \"%s\" was due on %s", i->id, fl_day_text(i->review_by_ns - 1, day));
	if (i->crosses && (!i->risk_assessment || !i->justification || !i->owner))
		warn(l, i->at, "conduit \"%s\" crosses the boundary of a certified scope; add%s%s%s%s%s", i->id,
		     i->owner ? "" : " \"owner\"", !i->owner && !i->risk_assessment ? "," : "",
		     i->risk_assessment ? "" : " \"risk_assessment\"",
		     (!i->owner || !i->risk_assessment) && !i->justification ? "," : "",
		     i->justification ? "" : " \"justification\"");
	for (n = 0; n < i->n_allow; n++)
		lint_unjudged(l, &c->allow[n], "conduit", i->id);
	lint_lines(l, c);
}

static int by_value(const void *pa, const void *pb)
{
	const uint32_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

/* A conduit to a zone with `consumers` from a zone that these do not name; told once for each pair of zones. */
static void lint_consumed(struct fl_loading *l, const struct fl_conduit *c, const uint32_t *consumed, size_t n)
{
	const struct fl_policy *p = l->p;
	uint32_t i, j, key, found = 0;

	for (i = 0; i < c->pub.n_from; i++)
		for (j = 0; j < c->pub.n_to; j++) {
			const struct fl_zone *from = c->pub.from[i], *to = c->pub.to[j];
			const uint32_t *of_pair = fl_pairs_find(&p->conduit_pairs, from->index, to->index, &found);

			key = (uint32_t)from->index << 16 | to->index;
			if (!found || of_pair[0] != c->index || !fl_zone_full(p, to)->consumers.n ||
			    bsearch(&key, consumed, n, sizeof key, by_value))
				continue;
			warn(l, c->pub.at, "conduit \"%s\" leads to zone \"%s\", whose \"consumers\" do not name \"%s\"", c->pub.id,
			     to->id, from->id);
		}
}

/* `consumers` says who may use a shared service, conduits say how: the two must tell the same story. */
static void lint_consumers(struct fl_loading *l)
{
	struct fl_policy *p = l->p;
	uint32_t *consumed, i, j, found = 0;
	size_t total = 0, n = 0;

	for (i = 0; i < p->n_zones; i++)
		total += p->zones[i].consumers.n;
	if (!total)
		return;
	consumed = calloc(total, sizeof *consumed); /* from << 16 | to */
	if (!consumed) {
		l->yaml.nomem = true;
		return;
	}
	for (i = 0; i < p->n_zones; i++)
		for (j = 0; j < p->zones[i].consumers.n; j++) {
			const struct fl_zone *from = p->zones[i].consumer_zones[j];

			consumed[n++] = (uint32_t)from->index << 16 | i;
			if (!fl_pairs_find(&p->conduit_pairs, from->index, i, &found))
				warn(l, p->zones[i].consumers.list[j].at, "zone \"%s\" names consumer \"%s\", but no conduit leads there from it",
				     p->zones[i].pub.id, from->id);
		}
	qsort(consumed, n, sizeof *consumed, by_value);
	for (i = 0; i < p->n_conduits; i++)
		lint_consumed(l, &p->conduits[i], consumed, n);
	free(consumed);
}

/* Which plants' frames some interface shows beside those of another plant. */
static void mark_mixed(const struct fl_policy *p, bool *mixed)
{
	uint32_t r, v, first;
	bool others;

	for (r = 0; r < p->n_rows; r++) {
		const uint16_t *plant = p->rows[r].plant;

		first = 0;
		others = false;
		for (v = 0; v <= FL_NO_VLAN; v++) {
			others |= plant[v] && first && plant[v] != first;
			first = first ? first : plant[v];
		}
		for (v = 0; v <= FL_NO_VLAN && others; v++)
			if (plant[v])
				mixed[plant[v] - 1] = true;
	}
}

/* What it costs that a prefix is in two plants. */
static void lint_spaces(struct fl_loading *l)
{
	const struct fl_policy *p = l->p;
	bool *mixed = calloc((size_t)p->n_plants + 1, sizeof *mixed);
	char text[64];
	uint32_t i;

	if (!mixed) {
		l->yaml.nomem = true;
		return;
	}
	mark_mixed(p, mixed);
	for (i = 0; i < p->n_plants && l->diags->n < FL_DIAGS_MAX; i++) {
		const struct fl_claim *own = p->plants[i].shares, *with = p->plants[i].with;
		const struct fl_member *m, *theirs;

		if (!own || !mixed[i])
			continue;
		m = &fl_zone_full(p, own->zone)->members[own->member];
		theirs = &fl_zone_full(p, with->zone)->members[with->member];
		if (m->kind == FL_MEMBER_VLAN) /* ranges need not be equal */
			snprintf(text, sizeof text, "VLAN %u", m->lo > theirs->lo ? m->lo : theirs->lo);
		else
			fl_zone_member_text(p, own->zone, own->member, text, sizeof text);
		warn(l, m->at,
		     "plant \"%s\" has an address space of its own, as it shares %s with plant \"%s\": "
		     "traffic between it and others through one capture is seen as two one-way flows",
		     p->plants[i].pub.id, text, with->zone->plant->id);
	}
	free(mixed);
}

/* Units behind an address that is itself nobody's: every connection to it is from or to an unknown endpoint. */
static void lint_gateways(struct fl_loading *l, const struct fl_zone_full *z)
{
	const struct fl_plant_full *plant = &l->p->plants[z->pub.plant->index];
	char text[64];
	unsigned bits;
	uint32_t i;

	for (i = 0; i < z->n_members; i++)
		if (z->members[i].kind == FL_MEMBER_UNITS && !fl_claim_find(l->p, plant, &z->members[i].addr, &bits))
			warn(l, z->members[i].at, "zone \"%s\" has %s, which lies in no zone itself; add that address to the members of one",
			     z->pub.id, fl_zone_member_text(l->p, &z->pub, i, text, sizeof text));
}

static bool is_unseen(const struct fl_vocab *v, const struct fl_allow *a, bool (*can_see)(const char *protocol, void *user),
		      void *user)
{
	const char *name = fl_vocab_name(v, a->protocol);

	return a->operations != FL_OP_ALL && fl_is_dissected(name) && !can_see(name, user);
}

unsigned fl_policy_unenforced(const struct fl_policy *p, const struct fl_vocab *v,
			      bool (*can_see)(const char *protocol, void *user), void *user, struct fl_diags *diags)
{
	uint32_t i, j;
	unsigned n = 0;

	for (i = 0; i < p->n_conduits; i++)
		for (j = 0; j < p->conduits[i].pub.n_allow; j++) {
			const struct fl_allow *a = &p->conduits[i].allow[j];

			if (!is_unseen(v, a, can_see, user))
				continue;
			n++;
			fl_diag(diags, FL_SEV_WARNING, a->at,
				"the \"operations\" of this line of conduit \"%s\" are not enforced: this build does not see those of %s, "
				"only the protocol", p->conduits[i].pub.id, fl_vocab_name(v, a->protocol));
		}
	for (i = 0; i < p->n_exceptions; i++) {
		if (!is_unseen(v, &p->exceptions[i].what, can_see, user))
			continue;
		n++;
		fl_diag(diags, FL_SEV_WARNING, p->exceptions[i].pub.at,
			"the \"operations\" of exception \"%s\" are not enforced: this build does not see those of %s, only the protocol",
			p->exceptions[i].pub.id, fl_vocab_name(v, p->exceptions[i].what.protocol));
	}
	return n;
}

void fl_policy_lint(struct fl_loading *l)
{
	struct fl_policy *p = l->p;
	uint32_t *mark = calloc((size_t)p->n_zones + 1, sizeof *mark), i, n;
	char day[FL_DAY_TEXT_MAX];

	if (!mark) {
		l->yaml.nomem = true;
		return;
	}
	if (!p->n_zones)
		warn(l, (struct fl_srcpos){.file = p->path}, "no zone is declared: every end of every flow is unknown");
	lint_scopes(l);
	lint_spaces(l);
	for (i = 0; i < p->n_conduits; i++)
		lint_conduit(l, &p->conduits[i], mark);
	memset(mark, 0, ((size_t)p->n_zones + 1) * sizeof *mark);
	for (i = 0; i < p->n_conduits; i++) {
		for (n = 0; n < p->conduits[i].pub.n_from; n++)
			mark[p->conduits[i].pub.from[n]->index] = 1;
		for (n = 0; n < p->conduits[i].pub.n_to; n++)
			mark[p->conduits[i].pub.to[n]->index] = 1;
	}
	for (i = 0; i < p->n_zones && p->n_conduits; i++)
		if (!mark[i])
			warn(l, p->zones[i].pub.at, "zone \"%s\" is used by no conduit", p->zones[i].pub.id);
	lint_consumers(l);
	for (i = 0; i < p->n_zones; i++)
		lint_gateways(l, &p->zones[i]);
	for (i = 0; i < p->n_exceptions; i++)
		lint_unjudged(l, &p->exceptions[i].what, "exception", p->exceptions[i].pub.id);
	for (i = 0; i < p->n_exceptions; i++)
		if (past(l, p->exceptions[i].pub.expires_ns))
			warn(l, p->exceptions[i].expires_at, "exception \"%s\" expired on %s", p->exceptions[i].pub.id,
			     fl_day_text(p->exceptions[i].pub.expires_ns - 1, day));
	free(mark);
}
