/* verdict.c - decide: one question, one policy, one answer. Pure, no allocation; any thread.
 *
 *     zones known? -> same zone? -> for each conduit from -> to:
 *         valid that day? -> a window open? -> a line for the protocol and port? -> for the operation? -> for each object?
 *     nothing permits it -> an exception that has not ended? -> one that has? -> the verdict of the conduit that came
 *     furthest, the first of the file where several came as far
 *
 * Each object of an operation must be permitted whole, with all that is done to it, by one line; two objects may be
 * permitted by two lines. So a write of registers 190-210 is not permitted by two lines that permit 0-199 and 200-299:
 * whoever reads the policy need look at one line at a time. */
#include "zones/verdict.h"

#include "fenceline/vocab.h"
#include "zones/words.h"

bool fl_ranges_hold(const struct fl_yaml_ranges *r, uint64_t lo, uint64_t hi)
{
	uint32_t first = 0, last = r->n, mid;

	while (first < last) { /* the last range that begins at or before lo */
		mid = first + (last - first) / 2;
		if (r->list[mid].lo <= lo)
			first = mid + 1;
		else
			last = mid;
	}
	return first && r->list[first - 1].hi >= hi;
}

static bool has_unit(const struct fl_allow *a, const struct fl_operation *op)
{
	return !a->units.n || (op->has_unit && fl_ranges_hold(&a->units, op->unit, op->unit));
}

/* Registers and coils restrict what holds data. A count of 0 asks for nothing, yet names an address: that one. What runs
 * over 65535 lies in no range. */
static bool has_object(const struct fl_allow *a, const struct fl_object *o)
{
	uint64_t lo = o->start, hi = lo + (o->count ? o->count : 1u) - 1u;

	if (!a->registers.n && !a->coils.n)
		return true;
	switch (o->kind) {
	case FL_OBJECT_HOLDING_REGISTERS:
	case FL_OBJECT_INPUT_REGISTERS:
		return fl_ranges_hold(&a->registers, lo, hi);
	case FL_OBJECT_FIFO: /* the register that counts the queue; what is in it has no address of its own */
		return fl_ranges_hold(&a->registers, lo, lo);
	case FL_OBJECT_COILS:
	case FL_OBJECT_DISCRETE_INPUTS:
		return fl_ranges_hold(&a->coils, lo, hi);
	case FL_OBJECT_NONE:
	case FL_OBJECT_IDENTITY:
		return true;
	}
	return false;
}

/* How far numbers lo..hi lie from the nearest range that does not hold them; 0 where they meet one. */
static uint64_t gap(const struct fl_yaml_ranges *r, uint64_t lo, uint64_t hi)
{
	uint64_t below = UINT32_MAX, above = UINT32_MAX;
	uint32_t first = 0, last = r->n, mid;

	while (first < last) { /* the first range that begins beyond hi */
		mid = first + (last - first) / 2;
		if (r->list[mid].lo <= hi)
			first = mid + 1;
		else
			last = mid;
	}
	if (first)
		below = r->list[first - 1].hi < lo ? lo - r->list[first - 1].hi : 0;
	if (first < r->n)
		above = r->list[first].lo - hi;
	return below < above ? below : above;
}

/* How near a line that does not permit an object comes to it: one that speaks of its kind before one that does not, then
 * one that has the unit, then by distance. Never 0. */
static uint64_t nearness(const struct fl_allow *a, const struct fl_operation *op, const struct fl_object *o)
{
	const struct fl_yaml_ranges *r = NULL;
	uint64_t lo = o ? o->start : 0, hi = o && o->count ? lo + o->count - 1 : lo, far = 0;
	bool kind = true;

	if (o && (o->kind == FL_OBJECT_COILS || o->kind == FL_OBJECT_DISCRETE_INPUTS))
		r = &a->coils;
	else if (o && (o->kind == FL_OBJECT_HOLDING_REGISTERS || o->kind == FL_OBJECT_INPUT_REGISTERS || o->kind == FL_OBJECT_FIFO))
		r = &a->registers;
	if (r && (a->registers.n || a->coils.n)) {
		kind = r->n > 0;
		far = kind ? gap(r, lo, hi) : 0;
	} else if (o && !r) {
		kind = has_object(a, o);
	}
	return (uint64_t)kind << 33 | (uint64_t)has_unit(a, op) << 32 | (UINT32_MAX - (far < UINT32_MAX ? far : UINT32_MAX - 1));
}

enum answer { NO_CLASSES, NOT_THERE, PERMITTED }; /* no line has the classes; none that has them the unit and object */

/* The lines of a conduit that may speak of the question. */
static void walk_lines(struct fl_walk *w, const struct fl_policy *p, uint32_t conduit, const struct fl_asked *a)
{
	const struct fl_rule *r = &p->rules[conduit];

	if (r->indexed)
		fl_walk_index(w, &p->lines, FL_LINES_OF_CONDUIT, conduit, a);
	else
		fl_walk_all(w, r->n_allow);
}

/* Who asks what of which conduit. */
struct asking {
	const struct fl_rule *rule;
	const struct fl_asked *asked;
	struct fl_walk lines; /* at the first */
};

/* Is there a line for these classes, of this unit, on this object (NULL: none in particular; `all`: on whatever it is)?
 * *line: that line, or the nearest of those that have the classes. */
static enum answer ask_lines(const struct asking *k, uint16_t classes, const struct fl_object *object, bool all,
			     const struct fl_allow **line)
{
	const struct fl_operation *op = k->asked->q->op;
	struct fl_walk w = k->lines;
	uint64_t best = 0, near;
	uint32_t i;

	while (fl_walk_next(&w, &i)) {
		const struct fl_allow *a = &k->rule->allow[i];

		if (!fl_asked_line(a, k->asked) || classes & ~(unsigned)a->operations)
			continue;
		if (has_unit(a, op) && (!object || has_object(a, object)) && !(all && (a->registers.n || a->coils.n))) {
			*line = a;
			return PERMITTED;
		}
		near = nearness(a, op, object);
		if (near > best) {
			best = near;
			*line = a;
		}
	}
	return best ? NOT_THERE : NO_CLASSES;
}

/* Note an object's answer; the first that lacks its operation, else the first that is not permitted, is what is told. */
static void note(struct fl_trace *t, enum answer answer, int object, uint16_t classes, const struct fl_allow *line)
{
	uint8_t verdict = answer == NOT_THERE ? FL_VERDICT_OBJECT : FL_VERDICT_OPERATION;

	if (answer == PERMITTED || t->verdict == FL_VERDICT_OPERATION ||
	    (t->verdict == FL_VERDICT_OBJECT && verdict != FL_VERDICT_OPERATION))
		return;
	t->verdict = verdict;
	t->object = object;
	t->classes = classes;
	t->line = line;
}

static void ask_operation(const struct asking *k, struct fl_trace *t)
{
	const struct fl_operation *op = k->asked->q->op;
	uint16_t wanted = op->classes & (uint16_t)~FL_OP_SESSION, rest = wanted, classes;
	const struct fl_allow *const first = t->line, *line = NULL, *permits = NULL;
	enum answer answer;
	int i;

	t->verdict = FL_VERDICT_CONFORMING;
	if (!wanted)
		return; /* session upkeep: the protocol is permitted, that is enough */
	for (i = 0; i < op->objects && i < (int)FL_OP_OBJECTS_MAX; i++) {
		classes = op->object[i].access & (uint16_t)~FL_OP_SESSION;
		if (!classes)
			classes = wanted;
		rest &= (uint16_t)~classes;
		answer = ask_lines(k, classes, &op->object[i], false, &line);
		note(t, answer, i, classes, answer != NO_CLASSES ? line : first);
		if (answer == PERMITTED && !permits)
			permits = line;
	}
	if (rest || op->objects_cut) { /* what is done to no object, or to some that were not kept */
		classes = op->objects_cut ? wanted : rest;
		answer = ask_lines(k, classes, NULL, op->objects_cut, &line);
		note(t, answer, -1, classes, answer != NO_CLASSES ? line : first);
		if (answer == PERMITTED && !permits)
			permits = line;
	}
	if (t->verdict == FL_VERDICT_CONFORMING && permits)
		t->line = permits;
}

/* CONDUIT_EXPIRED, WINDOW, or PROTOCOL: it is open, and the next question is which protocol. */
static uint8_t rule_open(const struct fl_rule *r, int64_t ts_ns)
{
	unsigned i;

	if ((r->from_ns && ts_ns < r->from_ns) || (r->until_ns && ts_ns >= r->until_ns))
		return FL_VERDICT_CONDUIT_EXPIRED;
	for (i = 0; i < r->n_windows && !fl_window_open(&r->windows[i], ts_ns); i++)
		;
	return r->n_windows && i == r->n_windows ? FL_VERDICT_WINDOW : FL_VERDICT_PROTOCOL;
}

static void ask_rule(const struct fl_policy *p, uint32_t conduit, const struct fl_asked *a, struct fl_trace *t)
{
	struct asking k = {.rule = &p->rules[conduit], .asked = a};
	struct fl_walk w;
	uint32_t i;

	*t = (struct fl_trace){.verdict = rule_open(k.rule, a->q->ts_ns), .object = -1};
	if (t->verdict != FL_VERDICT_PROTOCOL)
		return;
	walk_lines(&k.lines, p, conduit, a);
	w = k.lines;
	while (fl_walk_next(&w, &i))
		if (fl_asked_line(&k.rule->allow[i], a)) {
			t->line = &k.rule->allow[i];
			break;
		}
	if (!t->line)
		return;
	if (a->q->op)
		ask_operation(&k, t);
	else
		t->verdict = FL_VERDICT_CONFORMING;
}

void fl_conduit_ask(const struct fl_policy *p, const struct fl_conduit *c, const struct fl_question *q, struct fl_trace *t)
{
	struct fl_asked a;

	fl_ask(&a, q);
	ask_rule(p, c->index, &a, t);
}

static bool in_net(const struct fl_net *net, const struct fl_addr *addr)
{
	return !net->addr.kind || (addr && fl_addr_in(addr, &net->addr, net->bits));
}

/* Does the exception speak of the question? An exception is one line: all of the operation must lie in it. */
static bool excepts(const struct fl_exception *e, const struct fl_asked *asked)
{
	const struct fl_question *q = asked->q;
	const struct fl_allow *a = &e->what;
	const struct fl_operation *op = q->op;
	uint16_t wanted;
	int i;

	if (!in_net(&e->source, q->from_addr) || !in_net(&e->destination, q->to_addr) || !fl_asked_line(a, asked))
		return false;
	wanted = op ? op->classes & (uint16_t)~FL_OP_SESSION : 0;
	if (!wanted)
		return true;
	if (wanted & ~(unsigned)a->operations || !has_unit(a, op) || (op->objects_cut && (a->registers.n || a->coils.n)))
		return false;
	for (i = 0; i < op->objects && i < (int)FL_OP_OBJECTS_MAX; i++)
		if (!has_object(a, &op->object[i]))
			return false;
	return true;
}

/* Those of a pair of zones that may speak of the question, as numbers in its list (*list NULL: numbers themselves). */
static void walk_pair(struct fl_walk *w, const struct fl_policy *p, const struct fl_pairs *pairs, enum fl_lines_kind kind,
		      const struct fl_pair *pair, const struct fl_asked *a, const uint32_t **list)
{
	*list = NULL;
	if (pair->n < FL_LINES_MANY) {
		*list = fl_pair_items(pairs, pair);
		fl_walk_all(w, pair->n);
	} else {
		fl_walk_index(w, &p->lines, kind, pair->first, a);
	}
}

/* The first exception in force, else the first that has ended; NULL if none speaks of it. */
static const struct fl_exception *find_exception(const struct fl_policy *p, const struct fl_asked *a, const struct fl_zone *to,
						 bool *ended)
{
	const struct fl_pair *pair = fl_pair_of(&p->exception_pairs, a->q->from->zone->index, to->index);
	const struct fl_exception *e, *old = NULL;
	const uint32_t *list;
	struct fl_walk w;
	uint32_t i;

	if (!pair)
		return NULL;
	walk_pair(&w, p, &p->exception_pairs, FL_EXCEPTIONS_OF_PAIR, pair, a, &list);
	while (fl_walk_next(&w, &i)) {
		e = &p->exceptions[list ? list[i] : i];
		if (!excepts(e, a))
			continue;
		if (a->q->ts_ns < e->pub.expires_ns) {
			*ended = false;
			return e;
		}
		if (!old)
			old = e;
	}
	*ended = old != NULL;
	return old;
}

static struct fl_clause clause(enum fl_clause_kind kind, const char *id, struct fl_srcpos at)
{
	return (struct fl_clause){.kind = (uint8_t)kind, .id = id, .at = at};
}

static void by_conduit(const struct fl_policy *p, struct fl_decision *out, uint32_t conduit, uint8_t verdict,
		       const struct fl_allow *line)
{
	const struct fl_rule *r = &p->rules[conduit];

	out->verdict = verdict;
	out->conduit = &p->conduits[conduit];
	out->log_all = r->log_all;
	out->clause = clause(FL_CLAUSE_CONDUIT, r->id, line ? line->at : r->at);
}

/* No line of any of the pair's conduits speaks of the question: the first that is open names it, else the first that is
 * only outside its windows, else the first. Read through in order: in practice the first is open. */
static void no_line(const struct fl_policy *p, const struct fl_question *q, const uint32_t *list, uint32_t n,
		    struct fl_decision *out)
{
	uint32_t i, best = 0;
	uint8_t verdict = 0, open;

	for (i = 0; i < n && verdict != FL_VERDICT_PROTOCOL; i++) {
		open = rule_open(&p->rules[list[i]], q->ts_ns);
		if (open > verdict) {
			verdict = open;
			best = list[i];
		}
	}
	by_conduit(p, out, best, verdict, NULL);
}

/* All conduits of the pair; the one that permits or came furthest into *out. False if there is none. */
static bool ask_conduits(const struct fl_policy *p, const struct fl_asked *a, const struct fl_zone *to, struct fl_decision *out)
{
	const struct fl_pair *pair = fl_pair_of(&p->conduit_pairs, a->q->from->zone->index, to->index);
	const uint32_t *list;
	struct fl_trace t;
	struct fl_walk w;
	uint32_t i, conduit;
	uint8_t best = 0;

	if (!pair)
		return false;
	if (pair->n == 1) {
		__builtin_prefetch(&p->rules[pair->first]);
		__builtin_prefetch(&p->allow_lines[pair->line]);
	}
	walk_pair(&w, p, &p->conduit_pairs, FL_CONDUITS_OF_PAIR, pair, a, &list);
	while (fl_walk_next(&w, &i)) {
		conduit = list ? list[i] : i;
		ask_rule(p, conduit, a, &t);
		if (best && t.verdict != FL_VERDICT_CONFORMING && t.verdict <= best)
			continue;
		best = t.verdict;
		by_conduit(p, out, conduit, t.verdict, t.line);
		if (t.verdict == FL_VERDICT_CONFORMING)
			break;
	}
	if (!list && best != FL_VERDICT_CONFORMING && best <= FL_VERDICT_PROTOCOL)
		no_line(p, a->q, fl_pair_items(&p->conduit_pairs, pair), pair->n, out); /* also of those left out */
	return true;
}

/* ---- scopes ---- */

const struct fl_scope *fl_scope_at(const struct fl_policy *p, const struct fl_zone *z, int64_t ts_ns)
{
	if (!z || !z->scope || (p->scopes[z->scope->index].from_ns && ts_ns < p->scopes[z->scope->index].from_ns))
		return NULL;
	return z->scope;
}

static bool lapsed(const struct fl_scope *s, int64_t ts_ns)
{
	return s && s->certificate_until_ns && ts_ns >= s->certificate_until_ns;
}

static void relate(const struct fl_policy *p, const struct fl_question *q, struct fl_decision *out)
{
	const struct fl_scope *a = fl_scope_at(p, q->from->zone, q->ts_ns), *b = fl_scope_at(p, q->to->zone, q->ts_ns);

	out->scope[0] = a;
	out->scope[1] = b;
	out->scope_lapsed = lapsed(a, q->ts_ns) || lapsed(b, q->ts_ns);
	if (!q->from->zone || !q->to->zone)
		out->relation = FL_RELATION_EXTERNAL;
	else if (a == b)
		out->relation = a ? FL_RELATION_INSIDE : FL_RELATION_OUTSIDE;
	else
		out->relation = a && b ? FL_RELATION_INTER_SCOPE : FL_RELATION_CROSSING;
}

/* ---- the decision ---- */

/* May the initiator's zone do this to this zone? */
static void decide_zone(const struct fl_policy *p, const struct fl_asked *a, const struct fl_zone *to, struct fl_decision *out)
{
	const struct fl_zone *from = a->q->from->zone;
	const struct fl_exception *e;
	const uint32_t *list;
	bool ended = false;
	uint32_t n = 0;

	if (from == to) {
		out->verdict = FL_VERDICT_WITHIN_ZONE;
		out->clause = clause(FL_CLAUSE_ZONE, from->id, from->at);
		return;
	}
	if (!ask_conduits(p, a, to, out)) {
		list = fl_pairs_find(&p->conduit_pairs, to->index, from->index, &n);
		out->verdict = n ? FL_VERDICT_INITIATOR : FL_VERDICT_NO_CONDUIT;
		if (n)
			by_conduit(p, out, list[0], FL_VERDICT_INITIATOR, NULL);
	}
	if (!fl_verdict_is_violation(out->verdict))
		return;
	out->log_all = false;
	e = find_exception(p, a, to, &ended);
	if (e) {
		out->verdict = ended ? FL_VERDICT_EXCEPTION_EXPIRED : FL_VERDICT_EXCEPTED;
		out->clause = clause(FL_CLAUSE_EXCEPTION, e->pub.id, e->pub.at);
	}
}

/* Whoever may speak to a unit must be able to open a connection to the gateway before it. So a flow that may carry
 * operations on units conforms if it would to the zone of any of them; each operation is decided by its own unit. Of what
 * is not permitted the gateway's own zone tells. */
static void decide_units(const struct fl_policy *p, const struct fl_asked *a, const struct fl_units *units,
			 struct fl_decision *out, const struct fl_zone **to)
{
	const struct fl_question *q = a->q;
	uint16_t known = q->app != FL_PROTOCOL_UNKNOWN ? q->app : q->master;
	struct fl_decision d;
	uint32_t i;

	if ((q->ip_proto != 6 && q->ip_proto != 17) || (known != FL_PROTOCOL_UNKNOWN && known != p->modbus && q->master != p->modbus))
		return;
	for (i = 0; i < units->n_zones && out->verdict > FL_VERDICT_CONFORMING; i++) {
		d = (struct fl_decision){.verdict = 0};
		decide_zone(p, a, units->zones[i], &d);
		if (fl_verdict_is_violation(d.verdict) || d.verdict >= out->verdict)
			continue;
		out->verdict = d.verdict;
		out->log_all = d.log_all;
		out->clause = d.clause;
		out->conduit = d.conduit;
		*to = units->zones[i];
	}
}

const struct fl_zone *fl_verdict_decide(const struct fl_policy *p, const struct fl_question *q, struct fl_decision *out)
{
	const struct fl_zone *to = q->to->zone;
	struct fl_asked a;

	*out = (struct fl_decision){.verdict = FL_VERDICT_UNKNOWN_ENDPOINT};
	relate(p, q, out);
	if (!q->from->zone || !to)
		return to;
	fl_ask(&a, q);
	decide_zone(p, &a, to, out);
	if (!q->op && q->to->units && out->verdict > FL_VERDICT_CONFORMING)
		decide_units(p, &a, q->to->units, out, &to);
	return to;
}

void fl_policy_decide(const struct fl_policy *p, const struct fl_question *q, struct fl_decision *out)
{
	fl_verdict_decide(p, q, out);
}
