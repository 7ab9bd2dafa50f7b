/* why.c - a decision in one sentence, for the engineer whose machine it is about. It asks the deciding conduit again
 * rather than carry text in every decision: a sentence is wanted once in a thousand verdicts. */
#include <string.h>

#include "zones/verdict.h"
#include "zones/words.h"

static const char *const verbs[FL_OP_CLASS_COUNT] = {
	[FL_OP_BIT_SESSION] = "keep a session with",
	[FL_OP_BIT_IDENTIFY] = "identify",
	[FL_OP_BIT_READ] = "read",
	[FL_OP_BIT_WRITE] = "write to",
	[FL_OP_BIT_CONTROL] = "control",
	[FL_OP_BIT_PROGRAM_DOWNLOAD] = "download a program to",
	[FL_OP_BIT_PROGRAM_UPLOAD] = "upload a program from",
	[FL_OP_BIT_FIRMWARE] = "change the firmware of",
	[FL_OP_BIT_CONFIGURE] = "configure",
	[FL_OP_BIT_DIAGNOSE] = "diagnose",
	[FL_OP_BIT_IO_DATA] = "exchange I/O data with",
	[FL_OP_BIT_ALARM] = "exchange alarms with",
	[FL_OP_BIT_FILE] = "use files of",
	[FL_OP_BIT_SECURITY] = "use security functions of",
	[FL_OP_BIT_OTHER] = "use other functions of",
};

static void add_verbs(struct fl_text *t, uint32_t classes)
{
	bool any = false;
	unsigned i;

	for (i = 0; i < FL_OP_CLASS_COUNT; i++)
		if (classes >> i & 1) {
			fl_text_add(t, "%s%s", any ? " and " : "", verbs[i]);
			any = true;
		}
}

/* "holding registers 210-214" */
static void add_numbers(struct fl_text *t, const char *one, const struct fl_object *o)
{
	if (o->count <= 1)
		fl_text_add(t, "%s %u", one, o->start);
	else
		fl_text_add(t, "%ss %u-%llu", one, o->start, (unsigned long long)o->start + o->count - 1);
}

/* A name from the wire: only what is surely one printable ASCII character stays. */
static void add_name(struct fl_text *t, const char *name)
{
	size_t i;

	for (i = 0; i < FL_OP_NAME_MAX && name[i]; i++)
		fl_text_add(t, "%c", name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '?');
}

static void add_object(struct fl_text *t, const struct fl_operation *op, int i)
{
	const struct fl_object *o = i >= 0 && i < (int)FL_OP_OBJECTS_MAX ? &op->object[i] : NULL;

	switch (o ? o->kind : FL_OBJECT_NONE) {
	case FL_OBJECT_COILS: add_numbers(t, "coil", o); break;
	case FL_OBJECT_DISCRETE_INPUTS: add_numbers(t, "discrete input", o); break;
	case FL_OBJECT_HOLDING_REGISTERS: add_numbers(t, "holding register", o); break;
	case FL_OBJECT_INPUT_REGISTERS: add_numbers(t, "input register", o); break;
	case FL_OBJECT_FILE_RECORD: fl_text_add(t, "file %u, record %u", o->number, o->start); break;
	case FL_OBJECT_FIFO: fl_text_add(t, "the queue at register %u", o->start); break;
	case FL_OBJECT_IDENTITY: fl_text_add(t, "the device identity"); break;
	case FL_OBJECT_DATA_BLOCK:
		fl_text_add(t, "data block or area %u from byte %u.%u, %u bits", o->number, o->start / 8, o->start % 8, o->count);
		break;
	case FL_OBJECT_TAG:
		fl_text_add(t, "tag \"");
		add_name(t, op->name);
		fl_text_add(t, "\"");
		break;
	case FL_OBJECT_CIP_OBJECT:
		fl_text_add(t, "CIP class 0x%02x instance %u attribute %u", o->number, o->start, o->count);
		break;
	default:
		if (op->has_unit)
			fl_text_add(t, "unit %u", op->unit);
		return;
	}
	if (op->has_unit)
		fl_text_add(t, " of unit %u", op->unit);
}

/* "write to holding register 210 of unit 1 in hh-cell-1" */
static void add_deed(struct fl_text *t, const struct fl_question *q, uint32_t classes, int object)
{
	size_t before;

	add_verbs(t, classes);
	fl_text_add(t, " ");
	before = t->len;
	add_object(t, q->op, object);
	fl_text_add(t, "%s%s", t->len > before ? " in " : "", q->to->zone->id);
}

static void add_protocol(struct fl_text *t, const struct fl_vocab *v, const struct fl_question *q, bool port)
{
	const char *transport = q->ip_proto == 6 ? "tcp" : q->ip_proto == 17 ? "udp" : q->ip_proto == 1 ? "icmp"
			      : q->ip_proto == 58 ? "icmpv6" : q->ip_proto == 132 ? "sctp" : NULL;

	if (q->app != FL_PROTOCOL_UNKNOWN || q->master != FL_PROTOCOL_UNKNOWN)
		fl_text_add(t, "%s", fl_vocab_name(v, q->app != FL_PROTOCOL_UNKNOWN ? q->app : q->master));
	else if (transport)
		fl_text_add(t, "%s that was not recognised", transport);
	else
		fl_text_add(t, "IP protocol %u", q->ip_proto);
	if (port && q->to_port && (q->ip_proto == 6 || q->ip_proto == 17 || q->ip_proto == 132))
		fl_text_add(t, " to port %u", q->to_port);
}

static const char *end_text(const struct fl_addr *addr, char buf[FL_ADDR_TEXT_MAX], const char *otherwise)
{
	return addr && addr->kind ? fl_addr_text(addr, buf) : otherwise;
}

static void why_unknown(struct fl_text *t, const struct fl_question *q)
{
	char a[FL_ADDR_TEXT_MAX], b[FL_ADDR_TEXT_MAX];
	const char *from = end_text(q->from_addr, a, "the initiator"), *to = end_text(q->to_addr, b, "the responder");

	if (q->from->zone)
		fl_text_add(t, "%s, asked from zone %s, lies in no declared zone", to, q->from->zone->id);
	else if (q->to->zone)
		fl_text_add(t, "%s, which talks to zone %s, lies in no declared zone", from, q->to->zone->id);
	else
		fl_text_add(t, "neither %s nor %s lies in a declared zone", from, to);
}

static void why_expired(struct fl_text *t, const struct fl_conduit_info *c, const struct fl_question *q)
{
	char day[FL_DAY_TEXT_MAX];

	if (c->valid_until_ns && q->ts_ns >= c->valid_until_ns)
		fl_text_add(t, "conduit %s from %s to %s ended on %s", c->id, q->from->zone->id, q->to->zone->id,
			    fl_day_text(c->valid_until_ns - 1, day));
	else
		fl_text_add(t, "conduit %s from %s to %s does not begin before %s", c->id, q->from->zone->id, q->to->zone->id,
			    fl_day_text(c->valid_from_ns, day));
}

static void why_window(struct fl_text *t, const struct fl_conduit *c, const struct fl_question *q)
{
	uint32_t i;

	fl_text_add(t, "conduit %s from %s to %s was closed; it is open ", c->pub.id, q->from->zone->id, q->to->zone->id);
	for (i = 0; i < c->n_windows && i < 3; i++) {
		fl_text_add(t, "%s", i ? ", " : "");
		fl_text_window(t, &c->windows[i]);
	}
	if (i < c->n_windows)
		fl_text_add(t, " and %u more times", c->n_windows - i);
}

/* The line without its ports: would it be this protocol elsewhere? */
static bool on_other_port(const struct fl_allow *a, const struct fl_question *q)
{
	struct fl_allow any_port = *a;

	any_port.ports.n = 0;
	return fl_allow_protocol(&any_port, q);
}

/* Was a line's protocol told by one before it? */
static bool told_before(const struct fl_conduit *c, uint32_t i)
{
	uint32_t j;

	for (j = 0; j < i; j++)
		if (c->allow[j].protocol == c->allow[i].protocol && !c->allow[j].ports.n)
			return true;
	return false;
}

/* The ports on which the conduit permits this protocol if there are any, else the protocols it permits. */
static void why_protocol(struct fl_text *t, const struct fl_vocab *v, const struct fl_conduit *c,
			 const struct fl_question *q)
{
	bool other_port = false;
	uint32_t i, told = 0;

	for (i = 0; i < c->pub.n_allow; i++)
		other_port |= on_other_port(&c->allow[i], q);
	fl_text_add(t, "conduit %s does not permit ", c->pub.id);
	add_protocol(t, v, q, true);
	fl_text_add(t, " from %s to %s; it permits ", q->from->zone->id, q->to->zone->id);
	for (i = 0; i < c->pub.n_allow; i++) {
		if ((other_port && !on_other_port(&c->allow[i], q)) || told_before(c, i))
			continue;
		if (told++ == 4) {
			fl_text_add(t, " and more");
			break;
		}
		fl_text_add(t, "%s", told > 1 ? ", " : "");
		fl_text_protocol(t, v, &c->allow[i]); /* what may be done by it is beside the point */
	}
}

static void why_operation(struct fl_text *t, const struct fl_vocab *v, const struct fl_conduit *c,
			  const struct fl_question *q, const struct fl_trace *trace)
{
	uint32_t i, all = 0;

	for (i = 0; i < c->pub.n_allow; i++)
		if (fl_allow_protocol(&c->allow[i], q))
			all |= c->allow[i].operations;
	fl_text_add(t, "%s may not ", q->from->zone->id);
	add_deed(t, q, trace->classes, trace->object);
	fl_text_add(t, ": conduit %s permits ", c->pub.id);
	if (trace->classes & ~all) {
		fl_text_classes(t, all, ", ");
	} else { /* each is permitted somewhere, together nowhere */
		fl_text_add(t, "no line with ");
		fl_text_classes(t, trace->classes, " and ");
		fl_text_add(t, " together");
	}
	fl_text_add(t, " by ");
	add_protocol(t, v, q, false);
	if (q->op->function_name)
		fl_text_add(t, " (this was %s)", q->op->function_name);
}

static void why_object(struct fl_text *t, const struct fl_conduit *c, const struct fl_question *q,
		       const struct fl_trace *trace)
{
	const struct fl_allow *a = trace->line;
	bool only_read = !(a->operations & ~(unsigned)(FL_OP_READ | FL_OP_IDENTIFY | FL_OP_SESSION | FL_OP_DIAGNOSE));

	fl_text_add(t, "%s may not ", q->from->zone->id);
	if (q->op->objects_cut && trace->object < 0) {
		add_verbs(t, trace->classes);
		fl_text_add(t, " so many objects at once that not all can be checked, in %s", q->to->zone->id);
	} else {
		add_deed(t, q, trace->classes, trace->object);
	}
	fl_text_add(t, ": conduit %s permits ", c->pub.id);
	fl_text_objects(t, a);
	if (only_read)
		fl_text_add(t, ", read only");
}

static void why_conduit(struct fl_text *t, const struct fl_vocab *v, const struct fl_conduit *c,
			const struct fl_question *q)
{
	struct fl_trace trace;

	fl_conduit_ask(c, q, &trace);
	switch (trace.verdict) {
	case FL_VERDICT_CONFORMING:
		fl_text_add(t, "conduit %s lets %s ", c->pub.id, q->from->zone->id);
		if (q->op) {
			add_deed(t, q, q->op->classes, q->op->objects == 1 ? 0 : -1);
			fl_text_add(t, " by ");
			add_protocol(t, v, q, false);
		} else {
			fl_text_add(t, "use ");
			add_protocol(t, v, q, false);
			fl_text_add(t, " to %s", q->to->zone->id);
		}
		break;
	case FL_VERDICT_CONDUIT_EXPIRED: why_expired(t, &c->pub, q); break;
	case FL_VERDICT_WINDOW: why_window(t, c, q); break;
	case FL_VERDICT_PROTOCOL: why_protocol(t, v, c, q); break;
	case FL_VERDICT_OPERATION: why_operation(t, v, c, q, &trace); break;
	default: why_object(t, c, q, &trace); break;
	}
}

/* What would have been said without exceptions: nothing permits it, and the decision knows the nearest conduit. */
static void why_violation(struct fl_text *t, const struct fl_policy *p, const struct fl_vocab *v,
			  const struct fl_question *q, const struct fl_decision *d)
{
	const struct fl_zone *from = q->from->zone, *to = q->to->zone;
	uint32_t n = 0;

	if (!d->conduit) {
		fl_text_add(t, "no conduit joins %s and %s", from->id, to->id);
		return;
	}
	fl_pairs_find(&p->conduit_pairs, from->index, to->index, &n);
	if (n)
		why_conduit(t, v, d->conduit, q);
	else
		fl_text_add(t, "conduit %s is opened from %s only; here %s opened it", d->conduit->pub.id, to->id, from->id);
}

static const struct fl_exception *exception_of(const struct fl_policy *p, const struct fl_clause *clause)
{
	uint32_t i;

	for (i = 0; i < p->n_exceptions; i++)
		if (clause->id && !strcmp(p->exceptions[i].pub.id, clause->id))
			return &p->exceptions[i];
	return NULL;
}

void fl_policy_why(const struct fl_policy *p, const struct fl_vocab *v, const struct fl_question *q,
		   const struct fl_decision *d, char *buf, size_t n)
{
	struct fl_text t = fl_text_init(buf, n);
	const struct fl_exception *e;
	char day[FL_DAY_TEXT_MAX];

	switch (d->verdict) {
	case FL_VERDICT_WITHIN_ZONE:
		fl_text_add(&t, "both ends lie in zone %s", q->from->zone->id);
		break;
	case FL_VERDICT_UNKNOWN_ENDPOINT:
		why_unknown(&t, q);
		break;
	case FL_VERDICT_EXCEPTED:
	case FL_VERDICT_EXCEPTION_EXPIRED:
		e = exception_of(p, &d->clause);
		if (e)
			fl_text_add(&t, d->verdict == FL_VERDICT_EXCEPTED ? "exception %s, until %s, covers it: "
									  : "exception %s covered it until %s: ",
				    e->pub.id, fl_day_text(e->pub.expires_ns - 1, day));
		why_violation(&t, p, v, q, d);
		break;
	default:
		why_violation(&t, p, v, q, d);
		break;
	}
}
