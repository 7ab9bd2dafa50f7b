/* why.c - a decision in one sentence, for the engineer whose machine it is about. It asks the deciding conduit again
 * rather than carry text in every decision: a sentence is wanted once in a thousand verdicts. */
#include <string.h>

#include "zones/verdict.h"
#include "zones/words.h"

/* What is done to an object that is named ("read coils 3-5"), and to a unit or zone as a whole ("read from unit 1"). */
static const struct { const char *object, *whole; } verbs[FL_OP_CLASS_COUNT] = {
	[FL_OP_BIT_SESSION] = {"keep a session about", "keep a session with"},
	[FL_OP_BIT_IDENTIFY] = {"read", "identify"},
	[FL_OP_BIT_READ] = {"read", "read from"},
	[FL_OP_BIT_WRITE] = {"write", "write to"},
	[FL_OP_BIT_CONTROL] = {"control", "control"},
	[FL_OP_BIT_PROGRAM_DOWNLOAD] = {"download", "download a program to"},
	[FL_OP_BIT_PROGRAM_UPLOAD] = {"upload", "upload a program from"},
	[FL_OP_BIT_FIRMWARE] = {"change the firmware by", "change the firmware of"},
	[FL_OP_BIT_CONFIGURE] = {"configure", "configure"},
	[FL_OP_BIT_DIAGNOSE] = {"diagnose", "diagnose"},
	[FL_OP_BIT_IO_DATA] = {"exchange I/O data with", "exchange I/O data with"},
	[FL_OP_BIT_ALARM] = {"exchange alarms of", "exchange alarms with"},
	[FL_OP_BIT_FILE] = {"use", "use files of"},
	[FL_OP_BIT_SECURITY] = {"use security functions on", "use security functions of"},
	[FL_OP_BIT_OTHER] = {"use other functions on", "use other functions of"},
};

/* Session upkeep goes without saying beside anything else, and that a file is a file beside what is done to it. */
static uint32_t telling(uint32_t classes, bool object)
{
	uint32_t rest = classes & ~(uint32_t)(FL_OP_SESSION | (object ? FL_OP_FILE : 0));

	if (object && rest & FL_OP_READ)
		rest &= ~(uint32_t)FL_OP_IDENTIFY; /* both say "read" */
	return rest ? rest : classes;
}

static void add_verbs(struct fl_text *t, uint32_t classes, bool object)
{
	bool any = false;
	unsigned i;

	classes = telling(classes, object);
	for (i = 0; i < FL_OP_CLASS_COUNT; i++)
		if (classes >> i & 1) {
			fl_text_add(t, "%s%s", any ? " and " : "", object ? verbs[i].object : verbs[i].whole);
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

/* "area 0x83 from byte 4.0, 16 bits"; 0x1C to 0x1F are counters and timers, which are counted. */
static void add_area(struct fl_text *t, const struct fl_object *o)
{
	if (o->number >= 0x1C && o->number <= 0x1F)
		fl_text_add(t, "area 0x%02x from number %u, %u of them", o->number, o->start, o->count);
	else
		fl_text_add(t, "area 0x%02x from byte %u.%u, %u bits", o->number, o->start / 8, o->start % 8, o->count);
}

/* A name from the wire: only what is surely one printable ASCII character stays. */
static void add_name(struct fl_text *t, const char *name)
{
	size_t i;

	for (i = 0; i < FL_OP_NAME_MAX && name[i]; i++)
		fl_text_add(t, "%c", name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '?');
}

/* The object, its unit, or nothing. */
static void add_object(struct fl_text *t, const struct fl_operation *op, const struct fl_object *o)
{
	switch (o ? o->kind : FL_OBJECT_NONE) {
	case FL_OBJECT_COILS: add_numbers(t, "coil", o); break;
	case FL_OBJECT_DISCRETE_INPUTS: add_numbers(t, "discrete input", o); break;
	case FL_OBJECT_HOLDING_REGISTERS: add_numbers(t, "holding register", o); break;
	case FL_OBJECT_INPUT_REGISTERS: add_numbers(t, "input register", o); break;
	case FL_OBJECT_FILE_RECORD: fl_text_add(t, "file %u, record %u", o->number, o->start); break;
	case FL_OBJECT_FIFO: fl_text_add(t, "the queue at register %u", o->start); break;
	case FL_OBJECT_IDENTITY: fl_text_add(t, "the device identity"); break;
	case FL_OBJECT_DATA_BLOCK:
		fl_text_add(t, "data block %u from byte %u.%u, %u bits", o->number, o->start / 8, o->start % 8, o->count);
		break;
	case FL_OBJECT_S7_AREA: add_area(t, o); break;
	case FL_OBJECT_S7_SYMBOL:
		fl_text_add(t, "symbol %u of %s %u", o->start, o->number > 0xFFFF ? "area" : "data block", o->number & 0xFFFF);
		break;
	case FL_OBJECT_S7_BLOCK: fl_text_add(t, "block %u of type 0x%02x", o->start, o->number); break;
	case FL_OBJECT_S7_SZL: fl_text_add(t, "system status list 0x%04x index 0x%04x", o->number, o->start); break;
	case FL_OBJECT_S7_OBJECT: fl_text_add(t, "object %u attribute %u", o->number, o->start); break;
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

/* "write holding register 210 of unit 1 in hh-cell-1" */
static void add_deed(struct fl_text *t, const struct fl_question *q, uint32_t classes, int object)
{
	const struct fl_object *o = object >= 0 && object < (int)FL_OP_OBJECTS_MAX ? &q->op->object[object] : NULL;
	size_t before;

	add_verbs(t, classes, o && o->kind != FL_OBJECT_NONE);
	fl_text_add(t, " ");
	before = t->len;
	add_object(t, q->op, o);
	fl_text_add(t, "%s%s", t->len > before ? " in " : "", q->to->zone->id);
}

static uint16_t label(const struct fl_question *q)
{
	return q->app != FL_PROTOCOL_UNKNOWN ? q->app : q->master;
}

/* "goose", "EtherType 0x3030" */
static void add_link_protocol(struct fl_text *t, const struct fl_vocab *v, const struct fl_question *q)
{
	uint16_t name = label(q);

	if (name != FL_PROTOCOL_UNKNOWN && name != FL_PROTOCOL_ETHERNET)
		fl_text_add(t, "%s", fl_vocab_name(v, name));
	else if (q->ethertype)
		fl_text_add(t, "EtherType 0x%04x", q->ethertype);
	else
		fl_text_add(t, "a link-layer protocol");
}

/* "ssh to port 22", "tcp port 8443 (protocol not recognised)"; without its port where that is beside the point. */
static void add_protocol(struct fl_text *t, const struct fl_vocab *v, const struct fl_question *q, bool port)
{
	const char *transport = q->ip_proto == 6 ? "tcp" : q->ip_proto == 17 ? "udp" : q->ip_proto == 1 ? "icmp"
			      : q->ip_proto == 58 ? "icmpv6" : q->ip_proto == 132 ? "sctp" : NULL;
	bool ported = q->ip_proto == 6 || q->ip_proto == 17 || q->ip_proto == 132;
	uint16_t name = label(q);

	if (q->kind == FL_FLOW_LINK) {
		add_link_protocol(t, v, q);
		return;
	}
	if (name != FL_PROTOCOL_UNKNOWN && name != FL_PROTOCOL_TCP && name != FL_PROTOCOL_UDP && name != FL_PROTOCOL_SCTP &&
	    name != FL_PROTOCOL_IP) {
		fl_text_add(t, "%s", fl_vocab_name(v, name));
		if (port && ported && q->to_port)
			fl_text_add(t, " to port %u", q->to_port);
	} else if (ported && q->to_port) {
		fl_text_add(t, "%s port %u (protocol not recognised)", transport, q->to_port);
	} else if (transport) {
		fl_text_add(t, ported ? "%s (protocol not recognised)" : "%s", transport);
	} else {
		fl_text_add(t, "IP protocol %u", q->ip_proto);
	}
}

/* "write holding register 150 of unit 1 in hh-cell-1 over modbus", "talk tls to hh-dmz" */
static void add_conduct(struct fl_text *t, const struct fl_vocab *v, const struct fl_question *q)
{
	if (q->op) {
		add_deed(t, q, q->op->classes, q->op->objects == 1 ? 0 : -1);
		fl_text_add(t, " over ");
		add_protocol(t, v, q, false);
	} else {
		fl_text_add(t, "talk ");
		add_protocol(t, v, q, false);
		fl_text_add(t, " to %s", q->to->zone->id);
	}
}

static const char *end_text(const struct fl_addr *addr, char buf[FL_ADDR_TEXT_MAX], const char *otherwise)
{
	return addr && addr->kind ? fl_addr_text(addr, buf) : otherwise;
}

/* " (a private address)": whoever nobody declared may be the Internet, or a machine of one's own that was forgotten. */
static const char *nature_text(const struct fl_addr *addr, char buf[48])
{
	buf[0] = '\0';
	if (addr && addr->kind)
		snprintf(buf, 48, " (%s)", fl_addr_nature(addr));
	return buf;
}

static void why_unknown(struct fl_text *t, const struct fl_question *q)
{
	char a[FL_ADDR_TEXT_MAX], b[FL_ADDR_TEXT_MAX], na[48], nb[48];
	const char *from = end_text(q->from_addr, a, "the initiator"), *to = end_text(q->to_addr, b, "the responder");

	nature_text(q->from_addr, na);
	nature_text(q->to_addr, nb);
	if (q->from->zone)
		fl_text_add(t, "%s%s lies in no declared zone and is addressed by %s in %s", to, nb, from, q->from->zone->id);
	else if (q->to->zone)
		fl_text_add(t, "%s%s lies in no declared zone and talks to %s in %s", from, na, to, q->to->zone->id);
	else
		fl_text_add(t, "%s%s talks to %s%s, and neither lies in a declared zone", from, na, to, nb);
}

static void why_expired(struct fl_text *t, const struct fl_conduit_info *c, const struct fl_question *q)
{
	char day[FL_DAY_TEXT_MAX];

	if (c->valid_until_ns && q->ts_ns >= c->valid_until_ns)
		fl_text_add(t, "conduit %s from %s to %s ended on %s", c->id, q->from->zone->id, q->to->zone->id,
			    fl_day_text(c->valid_until_ns - 1, day));
	else
		fl_text_add(t, "conduit %s from %s to %s begins only on %s", c->id, q->from->zone->id, q->to->zone->id,
			    fl_day_text(c->valid_from_ns, day));
}

static void why_window(struct fl_text *t, const struct fl_conduit *c, const struct fl_question *q)
{
	uint32_t i;

	fl_text_add(t, "conduit %s from %s to %s was closed at that time; it is open ", c->pub.id, q->from->zone->id, q->to->zone->id);
	for (i = 0; i < c->n_windows && i < 3; i++) {
		fl_text_add(t, "%s", i ? ", " : "");
		fl_text_window(t, &c->windows[i]);
	}
	if (i < c->n_windows)
		fl_text_add(t, " and %u more times", c->n_windows - i);
}

/* The line without its ports or EtherTypes: would it be this protocol elsewhere? */
static bool on_other_port(const struct fl_allow *a, const struct fl_question *q)
{
	struct fl_allow any_port = *a;
	struct fl_asked asked;

	fl_ask(&asked, q);
	any_port.ports.n = 0;
	if (q->kind == FL_FLOW_LINK)
		any_port.ethertypes.n = 0;
	return fl_asked_line(&any_port, &asked);
}

static bool same_ranges(const struct fl_yaml_ranges *a, const struct fl_yaml_ranges *b)
{
	uint32_t i;

	for (i = 0; a->n == b->n && i < a->n; i++)
		if (a->list[i].lo != b->list[i].lo || a->list[i].hi != b->list[i].hi)
			return false;
	return a->n == b->n;
}

/* Did a line before it tell the same protocol and ports, or the protocol on all? */
static bool told_before(const struct fl_conduit *c, uint32_t i)
{
	uint32_t j;

	for (j = 0; j < i; j++)
		if (c->allow[j].protocol == c->allow[i].protocol &&
		    (!c->allow[j].ports.n || same_ranges(&c->allow[j].ports, &c->allow[i].ports)) &&
		    (!c->allow[j].ethertypes.n || same_ranges(&c->allow[j].ethertypes, &c->allow[i].ethertypes)))
			return true;
	return false;
}

enum { LINES_READ = 200 }; /* of a conduit, for a sentence that has room for four */

/* The ports on which the conduit permits this protocol if there are any, else the protocols it permits. */
static void why_protocol(struct fl_text *t, const struct fl_vocab *v, const struct fl_conduit *c,
			 const struct fl_question *q)
{
	bool other_port = false;
	uint32_t i, told = 0;

	for (i = 0; i < c->pub.n_allow; i++)
		other_port |= on_other_port(&c->allow[i], q);
	fl_text_add(t, "conduit %s from %s to %s does not permit ", c->pub.id, q->from->zone->id, q->to->zone->id);
	add_protocol(t, v, q, true);
	fl_text_add(t, "; it permits ");
	for (i = 0; i < c->pub.n_allow; i++) {
		if (i == LINES_READ) {
			fl_text_add(t, " and more");
			break;
		}
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

/* "(modbus write_single_register)": for whoever looks it up in the device's manual. */
static void add_function(struct fl_text *t, const struct fl_vocab *v, const struct fl_question *q)
{
	fl_text_add(t, " (");
	add_protocol(t, v, q, false);
	fl_text_add(t, "%s%s)", q->op->function_name ? " " : "", q->op->function_name ? q->op->function_name : "");
}

static void why_operation(struct fl_text *t, const struct fl_vocab *v, const struct fl_conduit *c,
			  const struct fl_question *q, const struct fl_trace *trace)
{
	uint32_t i, all = 0, missing;
	struct fl_asked asked;

	fl_ask(&asked, q);
	for (i = 0; i < c->pub.n_allow; i++)
		if (fl_asked_line(&c->allow[i], &asked))
			all |= c->allow[i].operations;
	missing = trace->classes & ~all;
	fl_text_add(t, "%s may not ", q->from->zone->id);
	add_deed(t, q, missing ? missing : trace->classes, trace->object);
	add_function(t, v, q);
	if (missing) {
		fl_text_add(t, ": conduit %s permits only ", c->pub.id);
		fl_text_classes(t, all, ", ");
	} else { /* each is permitted somewhere, together nowhere */
		fl_text_add(t, ": no line of conduit %s permits ", c->pub.id);
		fl_text_classes(t, trace->classes, " and ");
		fl_text_add(t, " together");
	}
}

static void why_object(struct fl_text *t, const struct fl_conduit *c, const struct fl_question *q,
		       const struct fl_trace *trace)
{
	fl_text_add(t, "%s may not ", q->from->zone->id);
	if (q->op->objects_cut && trace->object < 0) {
		add_verbs(t, trace->classes, true);
		fl_text_add(t, " so many objects in %s at once that not all can be checked", q->to->zone->id);
	} else {
		add_deed(t, q, trace->classes, trace->object);
	}
	fl_text_add(t, ": conduit %s permits ", c->pub.id);
	fl_text_objects(t, trace->line);
}

/* What one conduit of the pair says to the question. */
static void why_conduit(struct fl_text *t, const struct fl_policy *p, const struct fl_vocab *v, const struct fl_conduit *c,
			const struct fl_question *q)
{
	struct fl_trace trace;

	fl_conduit_ask(p, c, q, &trace);
	switch (trace.verdict) {
	case FL_VERDICT_CONFORMING:
		fl_text_add(t, "conduit %s lets %s ", c->pub.id, q->from->zone->id);
		add_conduct(t, v, q);
		break;
	case FL_VERDICT_CONDUIT_EXPIRED: why_expired(t, &c->pub, q); break;
	case FL_VERDICT_WINDOW: why_window(t, c, q); break;
	case FL_VERDICT_PROTOCOL: why_protocol(t, v, c, q); break;
	case FL_VERDICT_OPERATION: why_operation(t, v, c, q, &trace); break;
	default: why_object(t, c, q, &trace); break;
	}
}

/* The decision without exceptions; it knows the nearest conduit. */
static void why_pair(struct fl_text *t, const struct fl_policy *p, const struct fl_vocab *v, const struct fl_question *q,
		     const struct fl_decision *d)
{
	const struct fl_zone *from = q->from->zone, *to = q->to->zone;
	uint32_t n = 0;

	if (!d->conduit) {
		fl_text_add(t, "no conduit joins %s and %s", from->id, to->id);
		return;
	}
	fl_pairs_find(&p->conduit_pairs, from->index, to->index, &n);
	if (n)
		why_conduit(t, p, v, d->conduit, q);
	else
		fl_text_add(t, "%s opened a connection to %s, but conduit %s lets only %s open them", from->id, to->id,
			    d->conduit->pub.id, to->id);
}

/* What the exception permits or permitted; why nothing else does is in the policy. */
static void why_exception(struct fl_text *t, const struct fl_vocab *v, const struct fl_question *q,
			  const struct fl_exception *e, bool ended)
{
	char day[FL_DAY_TEXT_MAX];

	fl_day_text(e->pub.expires_ns - 1, day);
	if (ended)
		fl_text_add(t, "exception %s ended on %s; until then it let %s ", e->pub.id, day, q->from->zone->id);
	else
		fl_text_add(t, "exception %s, until %s, lets %s ", e->pub.id, day, q->from->zone->id);
	add_conduct(t, v, q);
}

static const struct fl_exception *exception_of(const struct fl_policy *p, const struct fl_question *q, const struct fl_clause *clause)
{
	const uint32_t *list;
	uint32_t n = 0, i;

	list = fl_pairs_find(&p->exception_pairs, q->from->zone->index, q->to->zone->index, &n);
	for (i = 0; i < n; i++)
		if (p->exceptions[list[i]].pub.id == clause->id)
			return &p->exceptions[list[i]];
	return NULL;
}

/* A certificate that nobody renewed: the scope counts all the same, and whoever reads this should know. */
static void add_lapsed(struct fl_text *t, const struct fl_question *q, const struct fl_decision *d)
{
	char day[FL_DAY_TEXT_MAX];
	int i;

	for (i = 0; i < 2 && d->scope_lapsed; i++) {
		const struct fl_scope *s = d->scope[i];

		if (!s || !s->certificate_until_ns || q->ts_ns < s->certificate_until_ns || (i && s == d->scope[0]))
			continue;
		fl_text_add(t, "; the certificate of scope %s ended on %s", s->id, fl_day_text(s->certificate_until_ns - 1, day));
	}
}

static void why(struct fl_text *t, const struct fl_policy *p, const struct fl_vocab *v, const struct fl_question *q,
		const struct fl_decision *d)
{
	const struct fl_exception *e = NULL;

	if (d->verdict == FL_VERDICT_EXCEPTED || d->verdict == FL_VERDICT_EXCEPTION_EXPIRED)
		e = exception_of(p, q, &d->clause);
	if (d->verdict == FL_VERDICT_WITHIN_ZONE)
		fl_text_add(t, "both ends lie in zone %s", q->to->zone->id);
	else if (d->verdict == FL_VERDICT_UNKNOWN_ENDPOINT)
		why_unknown(t, q);
	else if (e)
		why_exception(t, v, q, e, d->verdict == FL_VERDICT_EXCEPTION_EXPIRED);
	else
		why_pair(t, p, v, q, d);
}

void fl_policy_why(const struct fl_policy *p, const struct fl_vocab *v, const struct fl_question *q,
		   const struct fl_decision *d, char *buf, size_t n)
{
	struct fl_text t = fl_text_init(buf, n);
	struct fl_question about = *q;
	struct fl_decision again;
	struct fl_place unit;

	if (!q->op && q->to->units) { /* it may have been decided by a unit behind the address */
		unit = *q->to;
		unit.zone = fl_verdict_decide(p, q, &again);
		if (again.verdict == d->verdict && again.clause.id == d->clause.id)
			about.to = &unit;
	}
	why(&t, p, v, &about, d);
	add_lapsed(&t, q, d);
}
