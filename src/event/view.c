/* view.c - who is source and who destination, and what a reader may know of each.
 *
 * Evidence of a plant outside a scope never appears in that scope's log (promise 3): an end that does not lie in the
 * reader's scope is far, and shown only as far as the scope's `disclose` says. In the unscoped log no end lies in a
 * scope; if one did, nothing of it would be shown. Pure; any thread. */
#include "event/view.h"

#include <string.h>

static const struct fl_scope *scope_of(const struct fl_place *p)
{
	return p->zone ? p->zone->scope : NULL;
}

static struct fl_event_end end_for(const struct fl_flow_end *end, const struct fl_place *place, const struct fl_scope *reader)
{
	struct fl_event_end e = {.end = end, .place = place, .shown = FL_DISCLOSE_ADDRESS};
	const struct fl_scope *s = scope_of(place);

	e.in_scope = reader && s == reader;
	if (reader && !e.in_scope)
		e.shown = reader->disclose;
	else if (!reader && s)
		e.shown = FL_DISCLOSE_NONE;
	return e;
}

void fl_event_view(struct fl_event_view *v, const struct fl_event_env *env, enum fl_event_kind kind,
		   const struct fl_finding *f, const struct fl_scope *reader)
{
	const struct fl_flow *flow = &f->flow;
	bool swap;

	*v = (struct fl_event_view){.env = env, .f = f, .reader = reader, .kind = kind, .folded = f->count > 1};
	if (f->kind == FL_FINDING_ASSET) {
		v->end[0] = end_for(NULL, &f->initiator, reader);
		v->end[1] = v->end[0];
		v->shown = v->end[0].shown;
		return;
	}
	if (f->kind == FL_FINDING_OPERATION)
		v->op = &f->op;
	swap = v->op && v->op->client == 1;
	v->end[swap] = end_for(fl_flow_initiator(flow), &f->initiator, reader);
	v->end[!swap] = end_for(fl_flow_responder(flow), &f->responder, reader);
	v->shown = v->end[0].shown < v->end[1].shown ? v->end[0].shown : v->end[1].shown;
}

const char *fl_event_iface_name(const struct fl_event_env *env, unsigned iface)
{
	return iface < env->n_ifaces ? env->iface_names[iface] : NULL;
}

/* Mere envelopes of what runs in them: nobody looks for SMB under the name of its session service. Names of the
 * vocabulary; all others that nDPI nests (tls, http, dns, quic, ..) are protocols, and what is in them an application. */
const char *fl_event_carrier(const struct fl_event_view *v)
{
	static const char *const carriers[] = {"netbios", "dce_rpc", "rpc"};
	const struct fl_label *l = &v->f->flow.label;
	const char *name;
	size_t i;

	if (l->master == FL_PROTOCOL_UNKNOWN || l->app == FL_PROTOCOL_UNKNOWN || l->master == l->app)
		return NULL;
	name = fl_vocab_name(v->env->vocab, l->master);
	for (i = 0; i < FL_ARRAY_LEN(carriers); i++)
		if (!strcmp(name, carriers[i]))
			return name;
	return NULL;
}

void fl_event_protocol(const struct fl_event_view *v, const char **protocol, const char **application)
{
	const struct fl_label *l = &v->f->flow.label;
	uint16_t master = l->master, app = l->app;

	*protocol = *application = NULL;
	if (master == FL_PROTOCOL_UNKNOWN || fl_event_carrier(v)) {
		master = app;
		app = FL_PROTOCOL_UNKNOWN;
	}
	if (master == FL_PROTOCOL_UNKNOWN)
		return;
	*protocol = fl_vocab_name(v->env->vocab, master);
	if (app != FL_PROTOCOL_UNKNOWN && app != master)
		*application = fl_vocab_name(v->env->vocab, app);
}

const char *fl_event_base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

uint64_t fl_event_readers(const struct fl_finding *f)
{
	const struct fl_scope *s[2] = {scope_of(&f->initiator), NULL};
	uint64_t readers = 0;
	unsigned i;

	if (f->kind == FL_FINDING_COVERAGE || f->kind == FL_FINDING_GAP)
		return UINT64_MAX;
	if (f->kind != FL_FINDING_ASSET)
		s[1] = scope_of(&f->responder);
	for (i = 0; i < 2; i++) {
		if (!s[i])
			continue;
		if (s[i]->index >= 64)
			FL_BUG("a policy with more than 64 scopes was loaded");
		readers |= UINT64_C(1) << s[i]->index;
	}
	return readers;
}
