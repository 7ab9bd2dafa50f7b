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

#include "fenceline/err.h"

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

static bool is_protocol(uint16_t want, const struct fl_question *q)
{
	switch (want) {
	case FL_PROTOCOL_ANY: return true;
	case FL_PROTOCOL_TCP: return q->ip_proto == 6;
	case FL_PROTOCOL_UDP: return q->ip_proto == 17;
	case FL_PROTOCOL_ICMP: return q->ip_proto == 1;
	case FL_PROTOCOL_ICMPV6: return q->ip_proto == 58;
	case FL_PROTOCOL_SCTP: return q->ip_proto == 132;
	}
	return want != FL_PROTOCOL_UNKNOWN && (want == q->master || want == q->app);
}

bool fl_allow_protocol(const struct fl_allow *a, const struct fl_question *q)
{
	bool icmp = q->ip_proto == 1 || q->ip_proto == 58; /* its "ports" in a flow are types and codes */

	return is_protocol(a->protocol, q) && (!a->ports.n || (!icmp && fl_ranges_hold(&a->ports, q->to_port, q->to_port)));
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

/* Is there a line for these classes, of this unit, on this object (NULL: none in particular; `all`: on whatever it is)?
 * *line: that line, or the nearest of those that have the classes. */
static enum answer ask_lines(const struct fl_conduit *c, const struct fl_question *q, uint16_t classes,
			     const struct fl_object *object, bool all, const struct fl_allow **line)
{
	uint64_t best = 0, near;
	uint32_t i;

	for (i = 0; i < c->pub.n_allow; i++) {
		const struct fl_allow *a = &c->allow[i];

		if (!fl_allow_protocol(a, q) || classes & ~(unsigned)a->operations)
			continue;
		if (has_unit(a, q->op) && (!object || has_object(a, object)) && !(all && (a->registers.n || a->coils.n))) {
			*line = a;
			return PERMITTED;
		}
		near = nearness(a, q->op, object);
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

static void ask_operation(const struct fl_conduit *c, const struct fl_question *q, struct fl_trace *t)
{
	const struct fl_operation *op = q->op;
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
		answer = ask_lines(c, q, classes, &op->object[i], false, &line);
		note(t, answer, i, classes, answer != NO_CLASSES ? line : first);
		if (answer == PERMITTED && !permits)
			permits = line;
	}
	if (rest || op->objects_cut) { /* what is done to no object, or to some that were not kept */
		classes = op->objects_cut ? wanted : rest;
		answer = ask_lines(c, q, classes, NULL, op->objects_cut, &line);
		note(t, answer, -1, classes, answer != NO_CLASSES ? line : first);
		if (answer == PERMITTED && !permits)
			permits = line;
	}
	if (t->verdict == FL_VERDICT_CONFORMING && permits)
		t->line = permits;
}

void fl_conduit_ask(const struct fl_conduit *c, const struct fl_question *q, struct fl_trace *t)
{
	uint32_t i;

	*t = (struct fl_trace){.verdict = FL_VERDICT_CONDUIT_EXPIRED, .object = -1};
	if ((c->pub.valid_from_ns && q->ts_ns < c->pub.valid_from_ns) || (c->pub.valid_until_ns && q->ts_ns >= c->pub.valid_until_ns))
		return;
	t->verdict = FL_VERDICT_WINDOW;
	for (i = 0; i < c->n_windows && !fl_window_open(&c->windows[i], q->ts_ns); i++)
		;
	if (c->n_windows && i == c->n_windows)
		return;
	t->verdict = FL_VERDICT_PROTOCOL;
	for (i = 0; i < c->pub.n_allow && !fl_allow_protocol(&c->allow[i], q); i++)
		;
	if (i == c->pub.n_allow)
		return;
	t->line = &c->allow[i];
	if (q->op)
		ask_operation(c, q, t);
	else
		t->verdict = FL_VERDICT_CONFORMING;
}

static bool in_net(const struct fl_net *net, const struct fl_addr *addr)
{
	unsigned i;

	if (!net->addr.kind)
		return true;
	if (!addr || addr->kind != net->addr.kind)
		return false;
	for (i = 0; i < net->bits / 8u; i++)
		if (net->addr.b[i] != addr->b[i])
			return false;
	return net->bits % 8 == 0 || (net->addr.b[i] ^ addr->b[i]) >> (8 - net->bits % 8) == 0;
}

/* Does the exception speak of the question? An exception is one line: all of the operation must lie in it. */
static bool excepts(const struct fl_exception *e, const struct fl_question *q)
{
	const struct fl_allow *a = &e->what;
	const struct fl_operation *op = q->op;
	uint16_t wanted;
	int i;

	if (!in_net(&e->source, q->from_addr) || !in_net(&e->destination, q->to_addr) || !fl_allow_protocol(a, q))
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

/* The first exception in force, else the first that has ended; NULL if none speaks of it. */
static const struct fl_exception *find_exception(const struct fl_policy *p, const struct fl_question *q, bool *ended)
{
	const struct fl_exception *e, *old = NULL;
	const uint32_t *list;
	uint32_t n = 0, i;

	list = fl_pairs_find(&p->exception_pairs, q->from->zone->index, q->to->zone->index, &n);
	for (i = 0; i < n; i++) {
		e = &p->exceptions[list[i]];
		if (!excepts(e, q))
			continue;
		if (q->ts_ns < e->pub.expires_ns) {
			*ended = false;
			return e;
		}
		if (!old)
			old = e;
	}
	*ended = old != NULL;
	return old;
}

static uint8_t relation(const struct fl_zone *a, const struct fl_zone *b)
{
	if (!a || !b)
		return FL_RELATION_EXTERNAL;
	if (a->scope == b->scope)
		return a->scope ? FL_RELATION_INSIDE : FL_RELATION_OUTSIDE;
	return a->scope && b->scope ? FL_RELATION_INTER_SCOPE : FL_RELATION_CROSSING;
}

static struct fl_clause clause(enum fl_clause_kind kind, const char *id, struct fl_srcpos at)
{
	return (struct fl_clause){.kind = (uint8_t)kind, .id = id, .at = at};
}

/* All conduits of the pair; the one that permits or came furthest into *out. False if there is none. */
static bool ask_conduits(const struct fl_policy *p, const struct fl_question *q, struct fl_decision *out)
{
	const struct fl_conduit *c;
	const uint32_t *list;
	struct fl_trace t;
	uint32_t n = 0, i;

	list = fl_pairs_find(&p->conduit_pairs, q->from->zone->index, q->to->zone->index, &n);
	for (i = 0; i < n; i++) {
		c = &p->conduits[list[i]];
		fl_conduit_ask(c, q, &t);
		if (i && t.verdict != FL_VERDICT_CONFORMING && t.verdict <= out->verdict)
			continue;
		out->verdict = t.verdict;
		out->conduit = c;
		out->log_all = c->pub.log_all;
		out->clause = clause(FL_CLAUSE_CONDUIT, c->pub.id, t.line ? t.line->at : c->pub.at);
		if (t.verdict == FL_VERDICT_CONFORMING)
			break;
	}
	return n > 0;
}

void fl_policy_decide(const struct fl_policy *p, const struct fl_question *q, struct fl_decision *out)
{
	const struct fl_zone *from = q->from->zone, *to = q->to->zone;
	const struct fl_exception *e;
	const uint32_t *list;
	uint32_t n = 0;
	bool ended = false;

	*out = (struct fl_decision){.verdict = FL_VERDICT_UNKNOWN_ENDPOINT, .relation = relation(from, to)};
	if (!from || !to)
		return;
	if (from == to) {
		out->verdict = FL_VERDICT_WITHIN_ZONE;
		out->clause = clause(FL_CLAUSE_ZONE, from->id, from->at);
		return;
	}
	if (!ask_conduits(p, q, out)) {
		list = fl_pairs_find(&p->conduit_pairs, to->index, from->index, &n);
		out->verdict = n ? FL_VERDICT_INITIATOR : FL_VERDICT_NO_CONDUIT;
		if (n) {
			out->conduit = &p->conduits[list[0]];
			out->clause = clause(FL_CLAUSE_CONDUIT, out->conduit->pub.id, out->conduit->pub.at);
		}
	}
	if (!fl_verdict_is_violation(out->verdict))
		return;
	out->log_all = false;
	e = find_exception(p, q, &ended);
	if (e) {
		out->verdict = ended ? FL_VERDICT_EXCEPTION_EXPIRED : FL_VERDICT_EXCEPTED;
		out->clause = clause(FL_CLAUSE_EXCEPTION, e->pub.id, e->pub.at);
	}
}
