/* enip_join.h - one flow's memory: who is the client, which requests wait, which connections there are. See
 * enip_join.c. */
#ifndef FENCELINE_ENIP_JOIN_H
#define FENCELINE_ENIP_JOIN_H

#include "cip.h"
#include "enip.h"

/* Answered and expired requests remembered, to tell a retry, a duplicate or a late response. */
#define FL_ENIP_REMEMBERED 8u

/* Responses that wait for a request which a hole in its stream may hold back, and how long: streams do not wait longer.
 * */
#define FL_ENIP_EARLY_MAX 8u
#define FL_ENIP_EARLY_NS FL_STREAM_OOO_NS

enum fl_enip_slot_state {
	FL_ENIP_FREE = 0,
	FL_ENIP_OPEN,     /* waits */
	FL_ENIP_ANSWERED, /* yielded; another response to it is a duplicate */
	FL_ENIP_EXPIRED,  /* yielded without response; a response to it is late */
	FL_ENIP_EARLY,    /* a response whose request may yet come */
};

struct fl_enip_slot {
	uint64_t frame;
	int64_t ts_ns, mono_ns;
	uint64_t at;          /* where its message is kept, counted from the first byte that this flow kept */
	uint64_t hash;        /* of its message, to know a retry */
	uint32_t serial;      /* order of arrival */
	uint32_t session;
	uint32_t connection;
	uint16_t kept;        /* bytes of its message; 0 = it has none */
	uint16_t command, sequence;
	uint16_t to_port;     /* where the originator wants T->O data; 0 = not said */
	uint8_t context[8];
	uint8_t state;        /* enum fl_enip_slot_state */
	uint8_t dir;          /* who sent it */
	uint8_t service;      /* of its message */
	bool connected;
	bool cut;             /* less is kept of it than there was */
	bool loss;            /* its response may lie in lost bytes */
	bool retried;         /* sent again: one more response to it says nothing new */
	bool told;            /* too long to be kept: its operations were yielded at once */
};

struct fl_enip_connection {
	uint32_t ot_id, to_id;
	struct fl_cip_triad triad;
	uint32_t serial;      /* when last used */
	uint8_t dir;          /* the originator */
	bool used, has_to, has_triad;
	bool opaque;          /* what it carries is not CIP messages */
	char route[FL_OP_ROUTE_MAX];
};

/* A connection of class 0 or 1 and who sends on it. */
struct fl_enip_io_connection {
	int64_t mono_ns;      /* last seen */
	uint32_t id;
	uint8_t dir;
	bool used;
};

struct fl_enip_state {
	struct fl_enip_slot slot[FL_ENIP_PENDING_MAX];
	struct fl_enip_connection connection[FL_ENIP_CONNECTIONS_MAX];
	struct fl_enip_io_connection io[FL_ENIP_IO_MAX];
	uint8_t bytes[FL_ENIP_KEPT_BYTES]; /* a ring: byte n of the flow is bytes[n % FL_ENIP_KEPT_BYTES] */
	uint64_t end;         /* bytes kept so far */
	int64_t crowded_ns;   /* when an operation was last yielded for I/O connections beyond the table */
	uint32_t serial;
	uint8_t used;         /* slots in use are slot[0 .. used - 1] */
	uint8_t open;         /* of these, requests that wait */
	uint8_t early;        /* and responses */
	int8_t lean;          /* > 0: direction 0 is the client's, as the content tells; < 0: direction 1 */
	bool crowded;         /* crowded_ns is set */
	bool seen;            /* a unit was taken: no longer FL_NOT_MINE */
	bool resync[2];       /* after loss: take only what is beyond doubt */
};

/* fl_enip_settle - decide whether the unit is a request or a response (p->kind); updates c->client. */
void fl_enip_settle(struct fl_dctx *c, struct fl_enip_pdu *p);
/* fl_enip_find - the request that this response answers, or NULL. */
struct fl_enip_slot *fl_enip_find(struct fl_enip_state *s, uint8_t dir, const struct fl_enip_pdu *p);
/* fl_enip_retried - the request that this one repeats, or NULL. */
struct fl_enip_slot *fl_enip_retried(struct fl_enip_state *s, uint8_t dir, const struct fl_enip_pdu *p);
/* fl_enip_request, fl_enip_response - the unit's records below its own, and its operations when they are over. */
void fl_enip_request(struct fl_dctx *c, const struct fl_enip_pdu *p, struct fl_enip_slot *again);
void fl_enip_response(struct fl_dctx *c, const struct fl_enip_pdu *p, struct fl_enip_slot *q);
void fl_enip_lost(struct fl_enip_state *s, uint8_t dir);
void fl_enip_expire(struct fl_dctx *c, bool all);
bool fl_enip_state_ok(const struct fl_enip_state *s);

/* ---- between enip_join.c and enip_slots.c */

enum fl_enip_slot_states {
	FL_ENIP_ARE_OPEN = 1u << FL_ENIP_OPEN,
	FL_ENIP_ARE_EARLY = 1u << FL_ENIP_EARLY,
	FL_ENIP_ARE_PAST = 1u << FL_ENIP_ANSWERED | 1u << FL_ENIP_EXPIRED,
};

#define FL_ENIP_LEAN_MAX 8 /* votes that count: a wrong start is outvoted after at most this many units */

bool fl_enip_kept(const struct fl_enip_state *s, const struct fl_enip_slot *q); /* its bytes are there */
struct fl_rd fl_enip_message(const struct fl_enip_state *s, const struct fl_enip_slot *q);
struct fl_enip_slot *fl_enip_oldest(struct fl_enip_state *s, unsigned states); /* NULL: none in these states */
/* fl_enip_new_slot - one that is free, or remembers something, or, with all waiting, the oldest of them, which is
 * ended. */
struct fl_enip_slot *fl_enip_new_slot(struct fl_dctx *c);
void fl_enip_store(struct fl_dctx *c, struct fl_enip_slot *q, const struct fl_rd *message, size_t n);
void fl_enip_keep(struct fl_dctx *c, struct fl_enip_slot *q, const struct fl_enip_pdu *p);
uint64_t fl_enip_hash(const struct fl_rd *r);
void fl_enip_end_early(struct fl_dctx *c, struct fl_enip_slot *e); /* no request came for it in time */
struct fl_enip_slot *fl_enip_find_early(struct fl_enip_state *s, const struct fl_enip_slot *q);
struct fl_operation fl_enip_base(const struct fl_enip_state *s, const struct fl_enip_slot *q);
void fl_enip_yield_command(struct fl_dctx *c, struct fl_operation *op, uint16_t command, const struct fl_enip_pdu *p);
void fl_enip_yield_request(struct fl_dctx *c, const struct fl_enip_slot *q, const struct fl_operation *op);

/* ---- connections: enip_conn.c */

/* fl_enip_speaks_cip - the unit's message is a CIP message: not what a connection to some other object carries. */
bool fl_enip_speaks_cip(struct fl_enip_state *s, uint8_t dir, const struct fl_enip_pdu *p, bool response);
/* fl_enip_used - a request on a connection: its entry, made if it was opened before the capture began. */
struct fl_enip_connection *fl_enip_used(struct fl_enip_state *s, uint8_t dir, uint32_t ot_id);
/* fl_enip_answered - a response came under this id to a request under that one: they belong together. */
void fl_enip_answered(struct fl_enip_state *s, uint8_t dir, uint32_t ot_id, uint32_t to_id);
/* fl_enip_pairs - does a response under to_id answer requests under ot_id? It may where no Forward Open told: an id that was
 * learned from one response may have been wrong. */
enum fl_enip_pair { FL_ENIP_NO_PAIR, FL_ENIP_MAY_PAIR, FL_ENIP_PAIR };
enum fl_enip_pair fl_enip_pairs(const struct fl_enip_state *s, uint8_t dir, uint32_t ot_id, uint32_t to_id);
/* fl_enip_route_of - where it leads: FL_OP_ROUTE_MAX bytes; borrowed until the table changes. */
const char *fl_enip_route_of(const struct fl_enip_state *s, uint8_t dir, uint32_t ot_id);

/* A Forward Open that was answered. */
struct fl_enip_opening {
	const struct fl_cip_cm *asked, *answer;
	const struct fl_enip_pdu *pdu; /* the response */
	const char *route;             /* the whole: of what it came in, and its own */
	uint16_t to_port;
	uint8_t dir;                   /* the originator */
};

void fl_enip_opened(struct fl_dctx *c, const struct fl_enip_opening *o);
void fl_enip_closed(struct fl_enip_state *s, uint8_t dir, const struct fl_cip_triad *t);

/* ---- UDP 2222: enip_io.c */

/* fl_enip_io - a datagram of I/O data: one operation for each connection and sender when it is first heard, and when it
 * is heard again after FL_OP_TIMEOUT_NS of silence. How often it came in between is what the flow's counters say. */
void fl_enip_io(struct fl_dctx *c, const struct fl_enip_pdu *p, uint32_t note);

#endif
