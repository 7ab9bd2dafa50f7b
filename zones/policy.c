/* policy.c - what other rooms may ask of a compiled policy: its lists, its hash, its texts. */
#include "zones/policy.h"

#include <stdlib.h>

#include "zones/words.h"

void fl_policy_free(struct fl_policy *p)
{
	if (!p)
		return;
	fl_arena_done(&p->arena);
	free(p);
}

const char *fl_policy_path(const struct fl_policy *p) { return p->path; }
const char *fl_policy_organization(const struct fl_policy *p) { return p->organization; }
const uint8_t *fl_policy_sha256(const struct fl_policy *p) { return p->sha256; }
unsigned fl_policy_scopes(const struct fl_policy *p) { return p->n_scopes; }
unsigned fl_policy_suppliers(const struct fl_policy *p) { return p->n_suppliers; }
unsigned fl_policy_plants(const struct fl_policy *p) { return p->n_plants; }
unsigned fl_policy_zones(const struct fl_policy *p) { return p->n_zones; }
unsigned fl_policy_conduits(const struct fl_policy *p) { return p->n_conduits; }
unsigned fl_policy_exceptions(const struct fl_policy *p) { return p->n_exceptions; }

/* Each NULL beyond the end. */
const struct fl_scope *fl_policy_scope(const struct fl_policy *p, unsigned i)
{
	return i < p->n_scopes ? &p->scopes[i].pub : NULL;
}

const struct fl_supplier *fl_policy_supplier(const struct fl_policy *p, unsigned i)
{
	return i < p->n_suppliers ? &p->suppliers[i] : NULL;
}

const struct fl_plant *fl_policy_plant(const struct fl_policy *p, unsigned i)
{
	return i < p->n_plants ? &p->plants[i].pub : NULL;
}

const struct fl_zone *fl_policy_zone(const struct fl_policy *p, unsigned i)
{
	return i < p->n_zones ? &p->zones[i].pub : NULL;
}

const struct fl_conduit *fl_policy_conduit(const struct fl_policy *p, unsigned i)
{
	return i < p->n_conduits ? &p->conduits[i] : NULL;
}

const struct fl_exception_info *fl_policy_exception(const struct fl_policy *p, unsigned i)
{
	return i < p->n_exceptions ? &p->exceptions[i].pub : NULL;
}

const struct fl_conduit_info *fl_conduit_info(const struct fl_conduit *c) { return &c->pub; }
const char *fl_conduit_id(const struct fl_conduit *c) { return c->pub.id; }

unsigned fl_scope_versions(const struct fl_policy *p, const struct fl_scope *s)
{
	return p->scopes[s->index].n_versions;
}

const struct fl_scope_version *fl_scope_version(const struct fl_policy *p, const struct fl_scope *s, unsigned i)
{
	const struct fl_scope_full *full = &p->scopes[s->index];

	return i < full->n_versions ? &full->versions[i] : NULL;
}

const char *fl_policy_scope_version(const struct fl_policy *p, const struct fl_scope *s, int64_t ts_ns)
{
	const struct fl_scope_full *full = &p->scopes[s->index];
	const char *version = NULL;
	uint32_t i;

	for (i = 0; i < full->n_versions && full->versions[i].effective_from_ns <= ts_ns; i++)
		version = full->versions[i].version;
	return version;
}

unsigned fl_zone_members(const struct fl_policy *p, const struct fl_zone *z)
{
	return fl_zone_full(p, z)->n_members;
}

const char *fl_conduit_allow_text(const struct fl_conduit *c, const struct fl_vocab *v, unsigned i, char *buf, size_t n)
{
	struct fl_text t = fl_text_init(buf, n);

	if (i < c->pub.n_allow)
		fl_text_allow(&t, v, &c->allow[i]);
	return buf;
}

const char *fl_exception_what_text(const struct fl_policy *p, unsigned i, const struct fl_vocab *v, char *buf, size_t n)
{
	struct fl_text t = fl_text_init(buf, n);
	char addr[FL_ADDR_TEXT_MAX];
	const struct fl_exception *e;

	if (i >= p->n_exceptions)
		return buf;
	e = &p->exceptions[i];
	fl_text_allow(&t, v, &e->what);
	if (e->source.addr.kind)
		fl_text_add(&t, " from %s/%u", fl_addr_text(&e->source.addr, addr), e->source.bits);
	if (e->destination.addr.kind)
		fl_text_add(&t, " to %s/%u", fl_addr_text(&e->destination.addr, addr), e->destination.bits);
	return buf;
}
