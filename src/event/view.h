/* view.h - a finding as one reader may see it.
 *
 * All of what is kept from a reader is decided when the view is made (view.c); the writers of fields (record.c) and of
 * sentences (message.c) ask the view and never the finding about an end. */
#ifndef FL_SRC_EVENT_VIEW_H
#define FL_SRC_EVENT_VIEW_H

#include "event/event.h"

/* Ceilings on texts and lists out of a policy, so that no policy can make a record that does not fit FL_RECORD_MAX:
 * at worst two ends with two lists of 24 * 63 bytes, each byte escaped to six, and a dozen texts of 512. */
#define FL_EVENT_TEXT_MAX 512u
#define FL_EVENT_TAGS_MAX 24u
#define FL_EVENT_MESSAGE_MAX 1024u
#define FL_EVENT_FILTER_MAX 4096u

struct fl_event_end {
	const struct fl_flow_end *end; /* NULL: an asset's view has no flow end */
	const struct fl_place *place;
	bool in_scope; /* of the reader's scope; false throughout in the unscoped log */
	uint8_t shown; /* enum fl_disclose: ADDRESS = everything */
};

struct fl_event_view {
	const struct fl_event_env *env;
	const struct fl_finding *f;
	const struct fl_scope *reader; /* NULL: the unscoped log */
	enum fl_event_kind kind;
	const struct fl_operation *op; /* NULL: not about an operation */
	struct fl_event_end end[2];    /* 0: source (initiator; for operations the client), 1: destination */
	uint8_t shown;                 /* the least of both ends' */
	bool folded;                   /* stands for more than one finding */
};

void fl_event_view(struct fl_event_view *v, const struct fl_event_env *env, enum fl_event_kind kind,
		   const struct fl_finding *f, const struct fl_scope *reader);

/* What of the whole may be said. */
static inline bool fl_event_shows_clause(const struct fl_event_view *v) { return v->shown >= FL_DISCLOSE_ZONE; }
static inline bool fl_event_shows_addresses(const struct fl_event_view *v) { return v->shown >= FL_DISCLOSE_ADDRESS; }
/* An interface belongs to a plant. */
static inline bool fl_event_shows_interface(const struct fl_event_view *v) { return v->shown >= FL_DISCLOSE_PLANT; }
/* Records of the sensor itself have no far end, but an interface, or a capture file, may be named after another plant. */
static inline bool fl_event_names_interfaces(const struct fl_scope *reader)
{
	return !reader || reader->disclose >= FL_DISCLOSE_PLANT;
}
/* The detail of a gap on an interface names its file as freely. */
static inline bool fl_event_shows_detail(const struct fl_gap *g, const struct fl_scope *reader)
{
	return !g->has_iface || fl_event_names_interfaces(reader);
}
/* Objects and identities are the server's. */
static inline bool fl_event_shows_objects(const struct fl_event_view *v) { return v->end[1].shown >= FL_DISCLOSE_ADDRESS; }

/* MAC and VLAN tags of an end are its own only on our link; behind a router they are the router's. */
static inline bool fl_event_owns_link(const struct fl_flow_end *e) { return e->on_link || e->addr.kind == FL_ADDR_MAC; }

/* Of coverage: was it watched at all, so that there is an interval? */
static inline bool fl_event_has_interval(const struct fl_coverage *c) { return c->from_ns || c->to_ns || c->frames; }

/* fl_event_iface_name - of an interface index; NULL: it has none. */
const char *fl_event_iface_name(const struct fl_event_env *env, unsigned iface);

/* The port of the responder, or what follows from it alone: of the far end it is part of the address. */
static inline bool fl_event_shows_port(const struct fl_event_view *v)
{
	const struct fl_flow_end *server = fl_flow_responder(&v->f->flow);

	return v->end[v->end[1].end == server].shown >= FL_DISCLOSE_ADDRESS;
}

/* What carried the protocol that fl_event_protocol tells, where it is left out there; NULL: nothing. Borrowed. */
const char *fl_event_carrier(const struct fl_event_view *v);
/* The names of a protocol label: both borrowed; NULL where there is none. */
void fl_event_protocol(const struct fl_event_view *v, const char **protocol, const char **application);

/* fl_event_base_name - the part of a path after its last slash. */
const char *fl_event_base_name(const char *path);

/* fl_event_message - one sentence for a person, at most FL_EVENT_MESSAGE_MAX bytes with NUL. */
void fl_event_message(const struct fl_event_view *v, char buf[FL_EVENT_MESSAGE_MAX]);
/* fl_event_asset_message - the same for a host that was seen. */
void fl_event_asset_message(const struct fl_event_view *v, char buf[FL_EVENT_MESSAGE_MAX]);
/* The same of the sensor itself. */
void fl_event_coverage_message(const struct fl_event_env *env, const struct fl_coverage *c, const struct fl_scope *reader,
			       char buf[FL_EVENT_MESSAGE_MAX]);
void fl_event_gap_message(const struct fl_event_env *env, const struct fl_gap *g, const struct fl_scope *reader,
			  char buf[FL_EVENT_MESSAGE_MAX]);

#endif
