/* cip_walk.h - a CIP message and the messages in it: a record and an operation for each. See cip_walk.c. */
#ifndef FENCELINE_CIP_WALK_H
#define FENCELINE_CIP_WALK_H

#include "cip.h"
#include "enip.h"
#include "pccc.h"

#define FL_CIP_CONTAINERS(X) X(NONE, NULL) X(MULTI, "multi") X(SEND, "unconnected_send")

enum fl_cip_container {
#define X(name, text) FL_CIP_IN_##name,
	FL_CIP_CONTAINERS(X)
#undef X
};

/* What unit() yields for each message. */
struct fl_cip_unit {
	uint8_t layer;             /* FL_ENIP_LAYER_CIP */
	uint8_t level;             /* messages that it is within */
	uint8_t container;         /* enum fl_cip_container: what it is in */
	uint16_t index;            /* its place therein */
	uint16_t flaws;            /* enum fl_cip_flaw */
	const struct fl_cip_message *m;
	const struct fl_cip_path *path; /* its own, or its request's; NULL: not known */
	bool path_from_request, via_send;
	struct fl_cip_row row;
	const struct fl_cip_cm *cm;     /* NULL: none */
	const struct fl_cip_path *route; /* of a response: the route or connection path of its request; NULL */
	const struct fl_pccc *pccc;     /* NULL: none */
	const struct fl_enip_identity *identity; /* NULL: none */
};

struct fl_cip_walk {
	struct fl_dctx *c;
	bool units, operations;    /* what to yield */
	struct fl_operation base;  /* times, frames, client, outcome where no response says it */
	const struct fl_enip_pdu *pdu; /* what the response came in; NULL: there is none */
	uint16_t to_port;          /* see struct fl_enip_opening */
	unsigned budget;           /* messages yet to follow; 0 at the start: FL_CIP_SERVICES_MAX */
};

/* fl_cip_walk - yields the records of the response, or, without one, of the request; and the operations of both.
 * request, response: NULL where there is none. Linear in their bytes; at most FL_CIP_SERVICES_MAX messages. */
void fl_cip_walk(struct fl_cip_walk *w, const struct fl_rd *request, const struct fl_rd *response);

/* ---- cip_op.c */

/* fl_cip_class_of - what to look a service up by: FL_CIP_CLASS_TAG for a path by symbol, _UNKNOWN without a path. */
uint32_t fl_cip_class_of(const struct fl_cip_path *p);
/* fl_cip_describe - what was asked: name, classes, function, objects. q: the request; NULL: s is a response without. */
void fl_cip_describe(const struct fl_cip_message *q, const struct fl_cip_message *s, const struct fl_cip_cm *cm,
		     struct fl_operation *op);
/* fl_cip_outcome - what the response said of it. pccc: of its request, or NULL. */
void fl_cip_outcome(const struct fl_cip_message *s, uint32_t class_id, bool pccc, struct fl_operation *op);
/* fl_cip_add_route - appends hops to a route. */
void fl_cip_add_route(char route[FL_OP_ROUTE_MAX], const struct fl_cip_path *path);

/* ---- cip_identity.c: what a response of the Identity object says; false: nothing. Source: Vol. 1 5A-2 */
bool fl_cip_identity(const struct fl_cip_message *q, const struct fl_cip_message *s, struct fl_enip_identity *out);

#endif
