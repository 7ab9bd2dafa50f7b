/* message.c - one sentence for a person who reads the record and nothing else.
 *
 * A violation that the reader may know in full is told by the policy itself (fl_policy_why); where an end is withheld
 * the sentence is made here, from what the view shows, as the policy's own names both zones. Texts out of a policy are
 * cut at the buffer, which is sized so that ids and addresses always fit. Pure; any thread. */
#include "event/view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "zones/policy.h"

struct text {
	char *buf;
	size_t n;
};

FL_PRINTF(2, 3) static void say(struct text *t, const char *fmt, ...)
{
	size_t left = FL_EVENT_MESSAGE_MAX - t->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->n, left, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n += (size_t)n < left ? (size_t)n : left - 1;
}

/* An address, with the port where it tells the service: at the destination. */
static void say_address(struct text *t, const struct fl_event_view *v, unsigned i)
{
	const struct fl_flow_end *e = v->end[i].end;
	char addr[FL_ADDR_TEXT_MAX];
	uint8_t proto = v->f->flow.ip_proto;
	bool ported = proto == 6 || proto == 17 || proto == 132;

	fl_addr_text(&e->addr, addr);
	if (i == 0 || !ported || (v->folded && !e->port))
		say(t, "%s", addr);
	else
		say(t, e->addr.kind == FL_ADDR_IPV6 ? "[%s]:%u" : "%s:%u", addr, e->port);
}

static void say_end(struct text *t, const struct fl_event_view *v, unsigned i)
{
	const struct fl_event_end *e = &v->end[i];
	const struct fl_zone *z = e->place->zone;

	switch (e->shown) {
	case FL_DISCLOSE_ADDRESS:
		if (z)
			say(t, "%s (", z->id);
		if (e->place->asset && e->place->asset->id)
			say(t, "%.63s, ", e->place->asset->id);
		say_address(t, v, i);
		say(t, z ? ")" : " (in no declared zone)");
		return;
	case FL_DISCLOSE_ZONE:
		if (z) {
			say(t, "%s", z->id);
			return;
		}
		break;
	case FL_DISCLOSE_PLANT:
		if (z) {
			say(t, "a host of plant %s", z->plant->id);
			return;
		}
		break;
	}
	say(t, "a host outside the scope");
}

static void say_protocol(struct text *t, const struct fl_event_view *v)
{
	const char *protocol, *application;

	fl_event_protocol(v, &protocol, &application);
	if (v->f->flow.kind == FL_FLOW_LINK && v->f->flow.protocol == FL_PROTOCOL_ETHERNET)
		say(t, "ethertype 0x%04x", v->f->flow.ethertype);
	else if (!protocol)
		say(t, "%s", v->f->flow.ip_proto == 6 ? "tcp" : v->f->flow.ip_proto == 17 ? "udp" : "traffic");
	else if (application)
		say(t, "%s.%s", protocol, application);
	else
		say(t, "%s", protocol);
}

static void say_classes(struct text *t, const struct fl_operation *op)
{
	const char *sep = "";
	unsigned i;

	for (i = 0; i < FL_OP_CLASS_COUNT; i++)
		if (op->classes >> i & 1) {
			say(t, "%s%s", sep, fl_op_class_names[i]);
			sep = ", ";
		}
}

/* "hh-dmz (10.1.2.3) to hh-cell-1 (plc-7, 10.20.1.7:502)" after what was said or asked. */
static void say_what(struct text *t, const struct fl_event_view *v)
{
	say_protocol(t, v);
	if (v->op) {
		say(t, " %s (", v->op->function_name);
		say_classes(t, v->op);
		say(t, ")");
	}
	say(t, " from ");
	say_end(t, v, 0);
	say(t, " to ");
	say_end(t, v, 1);
}

static void say_place(struct text *t, const struct fl_event_view *v)
{
	const struct fl_clause *c = &v->f->decision.clause;

	if (fl_event_shows_clause(v) && c->at.file && c->at.line)
		say(t, " [%.255s:%u]", fl_event_base_name(c->at.file), c->at.line);
}

static void say_verdict(struct text *t, const struct fl_event_view *v)
{
	const struct fl_decision *d = &v->f->decision;

	say(t, "%s", fl_verdict_name(d->verdict));
	if (fl_event_shows_clause(v) && d->clause.id)
		say(t, " by %s %s", fl_clause_kind_name(d->clause.kind), d->clause.id);
	say_place(t, v);
}

static const char *verdict_reason(unsigned verdict)
{
	switch (verdict) {
	case FL_VERDICT_UNKNOWN_ENDPOINT:
		return "an end lies in no declared zone";
	case FL_VERDICT_NO_CONDUIT:
		return "no conduit joins the two";
	case FL_VERDICT_INITIATOR:
		return "the conduit may be opened only from the other side";
	case FL_VERDICT_CONDUIT_EXPIRED:
		return "the conduit is outside its validity";
	case FL_VERDICT_WINDOW:
		return "the conduit is outside its time windows";
	case FL_VERDICT_PROTOCOL:
		return "the conduit does not permit this protocol";
	case FL_VERDICT_OPERATION:
		return "the conduit does not permit this operation";
	case FL_VERDICT_OBJECT:
		return "the conduit does not permit this object";
	case FL_VERDICT_EXCEPTION_EXPIRED:
		return "the exception that covered it has ended";
	default:
		return fl_verdict_name(verdict);
	}
}

static void say_violation(struct text *t, const struct fl_event_view *v)
{
	const struct fl_decision *d = &v->f->decision;
	struct fl_question q;

	if (v->shown == FL_DISCLOSE_ADDRESS) {
		fl_finding_question(v->f, &q);
		fl_policy_why(v->env->policy, v->env->vocab, &q, d, t->buf, FL_EVENT_MESSAGE_MAX / 2);
		t->n = strlen(t->buf);
	} else {
		say_what(t, v);
		say(t, " is not permitted: %s", verdict_reason(d->verdict));
		if (fl_event_shows_clause(v) && d->clause.id)
			say(t, " (%s %s)", fl_clause_kind_name(d->clause.kind), d->clause.id);
	}
	say_place(t, v);
}

/* It had been judged before, and now is judged otherwise: a later label, or the answering end, told more. */
static void say_judged_again(struct text *t, const struct fl_event_view *v)
{
	const struct fl_decision *d = &v->f->decision;

	if (!v->f->withdrawn) {
		say(t, " was judged again: ");
		say_verdict(t, v);
		return;
	}
	say(t, " is %s after all", fl_verdict_name(d->verdict));
	if (fl_event_shows_clause(v) && d->clause.id)
		say(t, " (%s %s)", fl_clause_kind_name(d->clause.kind), d->clause.id);
	say_place(t, v);
	say(t, "; the earlier alert no longer holds");
}

static void say_flow(struct text *t, const struct fl_event_view *v)
{
	const struct fl_flow *flow = &v->f->flow;

	say_what(t, v);
	if (v->f->kind == FL_FINDING_FLOW_DECIDED && v->f->changed) {
		say_judged_again(t, v);
		return;
	}
	if (v->f->kind == FL_FINDING_FLOW_END)
		say(t, " ended (%s, %s)", fl_flow_end_reason_name(flow->end_reason), fl_flow_reply_name(flow->reply));
	else
		say(t, v->f->kind == FL_FINDING_FLOW_UPDATE ? " goes on" : " began");
	say(t, ": ");
	say_verdict(t, v);
}

void fl_event_message(const struct fl_event_view *v, char buf[FL_EVENT_MESSAGE_MAX])
{
	struct text t = {.buf = buf};

	buf[0] = '\0';
	if (v->kind == FL_EVENT_BOUNDARY_VIOLATION) {
		say_violation(&t, v);
	} else if (v->op) {
		say_what(&t, v);
		say(&t, ": %s; ", fl_op_outcome_name(v->op->outcome));
		say_verdict(&t, v);
	} else {
		say_flow(&t, v);
	}
	if (v->folded)
		say(&t, " (%" PRIu64 " times)", v->f->count);
}

void fl_event_asset_message(const struct fl_event_view *v, char buf[FL_EVENT_MESSAGE_MAX])
{
	const struct fl_asset_seen *a = &v->f->asset;
	const struct fl_zone *z = v->end[0].place->zone;
	struct text t = {.buf = buf};
	struct fl_addr mac;
	char addr[FL_ADDR_TEXT_MAX], text[FL_ADDR_TEXT_MAX];

	buf[0] = '\0';
	if (v->shown < FL_DISCLOSE_ADDRESS) {
		say(&t, "a host outside the scope was seen");
		return;
	}
	say(&t, "%s ", fl_addr_text(&a->addr, addr));
	say(&t, z ? "(zone %s) " : "(in no declared zone) ", z ? z->id : "");
	if (a->mac_changed && a->has_mac) {
		mac = fl_addr_from(FL_ADDR_MAC, a->mac);
		say(&t, "changed its MAC address to %s", fl_addr_text(&mac, text));
		mac = fl_addr_from(FL_ADDR_MAC, a->old_mac);
		say(&t, " from %s", fl_addr_text(&mac, text));
	} else if (a->identity[0]) {
		say(&t, "says it is %.*s", (int)strnlen(a->identity, sizeof a->identity), a->identity);
	} else if (a->protocol != FL_PROTOCOL_UNKNOWN) {
		say(&t, "was seen as a %s of %s", a->is_server ? "server" : "client",
		    fl_vocab_name(v->env->vocab, a->protocol));
	} else {
		say(&t, "was seen for the first time");
	}
}

/* --- the sensor itself --- */

static void say_iface(struct text *t, const struct fl_event_env *env, unsigned iface, const struct fl_scope *reader)
{
	const char *name = fl_event_names_interfaces(reader) ? fl_event_iface_name(env, iface) : NULL;

	if (name)
		say(t, "%.255s", name);
	else
		say(t, "interface %u", iface);
}

void fl_event_coverage_message(const struct fl_event_env *env, const struct fl_coverage *c, const struct fl_scope *reader,
			       char buf[FL_EVENT_MESSAGE_MAX])
{
	struct text t = {.buf = buf};

	if (fl_event_has_interval(c))
		say(&t, "%" PRIu64 " frames were seen on ", c->frames);
	else
		say(&t, "not one frame was seen on ");
	say_iface(&t, env, c->iface, reader);
	say(&t, fl_event_has_interval(c) ? "" : " in all of the run");
	say(&t, "; %" PRIu64 " were dropped before they could be", c->kernel_dropped + c->interface_dropped);
	if (env->filter && *env->filter)
		say(&t, " (filter: %.255s)", env->filter);
}

static void say_seconds(struct text *t, int64_t ns)
{
	say(t, "%" PRId64 ".%03u s", ns / 1000000000, (unsigned)(ns / 1000000 % 1000));
}

void fl_event_gap_message(const struct fl_event_env *env, const struct fl_gap *g, const struct fl_scope *reader,
			  char buf[FL_EVENT_MESSAGE_MAX])
{
	struct text t = {.buf = buf};

	buf[0] = '\0';
	switch (g->reason) {
	case FL_GAP_TORN_LINE:
		say(&t, "the log ended in an unfinished record; %" PRIu64 " bytes of it were cut off", g->bytes);
		break;
	case FL_GAP_RESTART:
		say(&t, "the log goes on after an earlier run; of the time between the two it says nothing");
		break;
	case FL_GAP_LOG_NOT_WRITTEN:
		say(&t, "%" PRIu64 " records are missing here: they could not be written", g->records);
		if (g->duration_ns > 0) {
			say(&t, " for ");
			say_seconds(&t, g->duration_ns);
		}
		break;
	case FL_GAP_CAPTURE_STOPPED:
		say(&t, "capturing stopped");
		break;
	case FL_GAP_CAPTURE_DAMAGED:
		say(&t, "the capture is damaged");
		break;
	case FL_GAP_CLOCK_STEP:
		say(&t, "packet time jumped back by ");
		say_seconds(&t, g->duration_ns);
		break;
	case FL_GAP_CLOCK_FORWARD:
		say(&t, "the sensor's clock was set forward by ");
		say_seconds(&t, g->duration_ns);
		break;
	case FL_GAP_SUSPENDED:
		say(&t, "the sensor's machine slept for ");
		say_seconds(&t, g->duration_ns);
		say(&t, " and watched nothing");
		break;
	default:
		say(&t, "%s", fl_gap_reason_name(g->reason));
	}
	if (g->has_iface) {
		say(&t, " on ");
		say_iface(&t, env, g->iface, reader);
	}
	if (g->detail[0] && fl_event_shows_detail(g, reader))
		say(&t, ": %.*s", (int)strnlen(g->detail, sizeof g->detail), g->detail);
}
