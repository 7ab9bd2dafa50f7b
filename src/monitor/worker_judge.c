/* worker_judge.c - the verdict of each flow and each operation.
 *
 * A flow's verdict is decided when its protocol is known; at the latest UNDECIDED_NS after its first frame if no protocol
 * could make it permitted, or after its first payload if that is not recognised; or when it ends. It is told again if a
 * label, the initiator or the place of an end changes it. Operations are decided one by one as their transactions close.
 * Flows that only keep a link going (fl_policy_is_judged) are counted and told nobody. */
#include <stdio.h>
#include <string.h>

#include "label.h"
#include "ring.h"
#include "worker_data.h"

static void undecided_remove(struct fl_worker *w, struct fl_track *t)
{
	if (!t->undecided)
		return;
	*(t->older ? &t->older->younger : &w->oldest) = t->younger;
	*(t->younger ? &t->younger->older : &w->youngest) = t->older;
	t->older = t->younger = NULL;
	t->undecided = false;
}

void fl_worker_undecided_add(struct fl_worker *w, struct fl_track *t)
{
	t->older = w->youngest;
	*(w->youngest ? &w->youngest->younger : &w->oldest) = t;
	w->youngest = t;
	t->undecided = true;
}

void fl_worker_place(struct fl_worker *w, const struct fl_flow *f, struct fl_track *t)
{
	fl_policy_place(w->o.policy, f->context, &f->end[0], &f->end[1], &t->place[0], &t->place[1]);
}

static bool same_decision(const struct fl_decision *a, const struct fl_decision *b)
{
	return a->verdict == b->verdict && a->relation == b->relation && a->clause.kind == b->clause.kind &&
	       a->clause.at.line == b->clause.at.line && a->clause.at.file == b->clause.at.file;
}

/* As long as nothing was said of it: what was once judged stays so. */
static bool is_judged(const struct fl_flow *f, const struct fl_track *t)
{
	return t->decided || fl_policy_is_judged(f);
}

static void judge_flow(const struct fl_worker *w, const struct fl_flow *f, const struct fl_track *t, struct fl_decision *d)
{
	struct fl_question q;

	fl_flow_question(f, f->initiator, &t->place[f->initiator], &t->place[!f->initiator], f->first_ns, NULL, &q);
	fl_policy_decide(w->o.policy, &q, d);
}

/* False: the ring is full (live only), and nobody was told. */
static bool tell_decision(struct fl_worker *w, const struct fl_flow *f, const struct fl_track *t, bool changed, bool withdrawn)
{
	struct fl_finding *n = fl_worker_begin(w, FL_FINDING_FLOW_DECIDED, offsetof(struct fl_finding, op));

	if (!n)
		return false;
	fl_worker_about_flow(n, f, t);
	fl_worker_count_flow(n, f);
	n->changed = changed;
	n->withdrawn = withdrawn;
	fl_ring_push(w->o.ring);
	return true;
}

void fl_worker_decide(struct fl_worker *w, struct fl_flow *f, struct fl_track *t)
{
	bool again = t->decided, was_violation = again && fl_verdict_is_violation(t->decision.verdict);
	struct fl_decision d, before = t->decision;

	undecided_remove(w, t);
	if (!is_judged(f, t))
		return;
	judge_flow(w, f, t, &d);
	if (again && same_decision(&d, &t->decision))
		return;
	t->decision = d;
	t->decided = true;
	if (tell_decision(w, f, t, again, was_violation && !fl_verdict_is_violation(d.verdict)))
		return;
	if (f->end_reason != FL_FLOW_END_NONE) {
		fl_cover_of(w, f->iface)->now.findings_lost++;
		return;
	}
	t->decision = before; /* a verdict must not be lost while its flow lives: it is told when there is room again */
	t->decided = again;
	t->born_ns = w->mono_ns;
	fl_worker_undecided_add(w, t);
}

/* The time is up. What no protocol could make right is told now; what hangs on a protocol that nobody has spoken yet
 * waits for the first payload, and if that is not recognised, once more as long. */
void fl_worker_decide_late(struct fl_worker *w, struct fl_flow *f, struct fl_track *t)
{
	struct fl_decision d;

	fl_analyzer_settle(w->analyzer, f);
	if (!t->undecided) /* its label has just decided it */
		return;
	judge_flow(w, f, t, &d);
	if (d.verdict == FL_VERDICT_PROTOCOL && !f->payload)
		undecided_remove(w, t);
	else
		fl_worker_decide(w, f, t);
}

/* Better told a moment later than told wrong: an end that is placed by its MAC or VLAN can be once it has answered, and
 * who opened a connection that began before the capture may show in its first requests. */
static bool may_learn_more(const struct fl_worker *w, const struct fl_flow *f, const struct fl_track *t)
{
	struct fl_decision d;

	if (t->decided || !t->undecided)
		return false;
	if (!t->place[!f->initiator].zone && !f->end[!f->initiator].seen)
		return true;
	if (f->initiator_how <= FL_INITIATOR_CONTENT)
		return false;
	judge_flow(w, f, t, &d);
	return d.verdict == FL_VERDICT_INITIATOR;
}

void fl_worker_on_label(void *user, struct fl_flow *f)
{
	struct fl_worker *w = user;
	struct fl_track *t = fl_track_of(f);

	if (t && !may_learn_more(w, f, t))
		fl_worker_decide(w, f, t);
}

/* What lies behind the host, reached through it, is told as such. */
static void put_identity(char out[FL_IDENTITY_MAX], const struct fl_operation *op)
{
	snprintf(out, FL_IDENTITY_MAX, "%.*s%s%.*s", FL_OP_ROUTE_MAX - 1, op->route, op->route[0] ? ": " : "",
		 FL_OP_NAME_MAX - 1, op->name);
}

static void tell_identity(struct fl_worker *w, const struct fl_flow *f, const struct fl_operation *op)
{
	uint8_t server = op->client ? f->initiator : !f->initiator;
	const struct fl_flow_end *e = &f->end[server];
	struct fl_finding *n = fl_worker_begin_flow(w, FL_FINDING_ASSET, offsetof(struct fl_finding, asset) + sizeof n->asset, f);

	if (!n)
		return;
	n->initiator = fl_track_of(f)->place[server];
	n->asset.addr = e->addr;
	n->asset.has_mac = e->has_mac && e->on_link;
	if (n->asset.has_mac)
		memcpy(n->asset.mac, e->mac, 6);
	n->asset.vlans = e->vlans;
	memcpy(n->asset.vlan, e->vlan, sizeof e->vlan);
	n->asset.protocol = f->label.app;
	n->asset.is_server = true;
	put_identity(n->asset.identity, op);
	fl_ring_push(w->o.ring);
}

void fl_worker_on_operation(void *user, struct fl_flow *f, const struct fl_operation *op, int64_t ts_ns, uint64_t frame)
{
	struct fl_worker *w = user;
	struct fl_track *t = fl_track_of(f);
	uint8_t client = op->client ? !f->initiator : f->initiator;
	struct fl_place unit;
	struct fl_question q;
	struct fl_finding *n;

	(void)ts_ns;
	(void)frame;
	fl_flow_question(f, client, &t->place[client], &t->place[!client], op->request_ns ? op->request_ns : op->response_ns,
			 op, &q);
	if (op->has_unit && fl_policy_place_unit(w->o.policy, f->context, &f->end[!client], op->unit, &unit))
		q.to = &unit;
	n = fl_worker_begin_flow(w, FL_FINDING_OPERATION, offsetof(struct fl_finding, op) + FL_OPERATION_SIZE(op), f);
	if (!n)
		return;
	*(f->initiator == client ? &n->responder : &n->initiator) = *q.to;
	fl_policy_decide(w->o.policy, &q, &n->decision);
	n->of_flow = t->decided && same_decision(&n->decision, &t->decision);
	memcpy(&n->op, op, FL_OPERATION_SIZE(op));
	n->fold_from_ns = n->fold_to_ns = q.ts_ns;
	fl_ring_push(w->o.ring);
	if (op->name[0] && (op->classes & FL_OP_IDENTIFY) && op->outcome == FL_OUTCOME_OK)
		tell_identity(w, f, op);
}

/* What the mirror showed of it. One direction of TCP: an end that has acknowledged what was never seen. */
static void count_seen(const struct fl_flow *f, struct fl_coverage *c)
{
	const struct fl_flow_end *a = &f->end[0], *b = &f->end[1];

	c->flows_midstream += f->midstream;
	if (f->ip_proto == 6 && f->kind == FL_FLOW_IP && a->seen != b->seen)
		c->flows_one_way += ((a->seen ? a : b)->tcp_flags & FL_TCP_ACK) != 0;
	if (a->seen && b->seen && (a->vlans != b->vlans || memcmp(a->vlan, b->vlan, a->vlans * sizeof a->vlan[0])))
		c->flows_tags_differ++;
}

void fl_worker_on_flow_end(void *user, struct fl_flow *f)
{
	struct fl_worker *w = user;
	struct fl_track *t = fl_track_of(f);

	fl_analyzer_close(w->analyzer, f, w->now_ns); /* tells open operations, makes the label final: on_label */
	fl_label_count(&fl_cover_of(w, f->iface)->now, f);
	if (!t)
		return;
	if (!t->decided)
		fl_worker_decide(w, f, t);
	undecided_remove(w, t);
	count_seen(f, &fl_cover_of(w, f->iface)->now);
	if (t->decided)
		fl_worker_tell_flow(w, FL_FINDING_FLOW_END, f);
	else
		fl_cover_of(w, f->iface)->now.flows_not_judged++;
	fl_analyzer_end(w->analyzer, f);
}
