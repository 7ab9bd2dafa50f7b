/* modbus_join.h - one flow's memory: who is the client, and which requests wait for an answer. See modbus_join.c. */
#ifndef FENCELINE_MODBUS_JOIN_H
#define FENCELINE_MODBUS_JOIN_H

#include "modbus.h"

/* Objects kept of a waiting request. Function 23 has two; only the file functions can have more, and what is
 * beyond is marked objects_cut. Keeping 20 (FL_OP_OBJECTS_MAX) would double the state for requests nobody sends. */
#define FL_MODBUS_OBJECTS_KEPT 8u

/* Answered and expired requests remembered, to tell a duplicate or late response from an unsolicited one. */
#define FL_MODBUS_REMEMBERED 8u

enum fl_modbus_slot_state {
	FL_MODBUS_FREE = 0,
	FL_MODBUS_OPEN,     /* waits */
	FL_MODBUS_ANSWERED, /* yielded; another response to it is a duplicate */
	FL_MODBUS_EXPIRED,  /* yielded without response; a response to it is late */
};

struct fl_modbus_slot {
	uint64_t frame;
	int64_t ts_ns;
	uint32_t serial;      /* order of arrival */
	uint16_t tid;
	uint8_t unit, function;
	uint8_t state;        /* enum fl_modbus_slot_state */
	uint8_t dir;          /* who sent it */
	bool loss;            /* its response may lie in lost bytes */
	bool has_sub;
	uint16_t sub;
	uint16_t classes;
	uint16_t quantity;    /* asked for: registers or bits */
	uint16_t address;
	uint32_t value;       /* written: value, or and-mask and or-mask */
	const char *name;
	uint8_t objects;
	bool objects_cut;
	struct {
		uint8_t kind;
		uint16_t access, number, start, count;
	} object[FL_MODBUS_OBJECTS_KEPT];
};

struct fl_modbus_state {
	struct fl_modbus_slot slot[FL_MODBUS_PENDING_MAX];
	uint32_t serial;
	uint8_t used;          /* slots in use are slot[0 .. used - 1] */
	uint8_t open;          /* of these waiting */
	int8_t lean;           /* > 0: direction 0 is the client's, as the content tells; < 0: direction 1 */
	bool seen;             /* a unit was taken: no longer FL_NOT_MINE */
	bool resync[2];        /* after loss: take only what is beyond doubt */
	bool unit0_answers;    /* unit 0 is a server here, not a gateway's broadcast */
	/* identity text of a 43/14 answer that said "more follows" */
	bool id_more;
	uint8_t id_unit, id_next;
	char id_text[FL_OP_NAME_MAX];
};

/* fl_modbus_settle - decide whether the ADU is a request or a response and read it as such; updates c->client.
 * Gives true if nothing but a guess says so: then it is kept until more is known. */
bool fl_modbus_settle(struct fl_dctx *c, struct fl_modbus_adu *a);
/* fl_modbus_find - the request that this response answers, or NULL. Marks a->flaws if it answers it wrongly. */
struct fl_modbus_slot *fl_modbus_find(struct fl_modbus_state *s, uint8_t dir, struct fl_modbus_adu *a);
void fl_modbus_request(struct fl_dctx *c, const struct fl_modbus_adu *a);
void fl_modbus_response(struct fl_dctx *c, const struct fl_modbus_adu *a, struct fl_modbus_slot *q);
/* fl_modbus_lost - bytes sent in this direction are missing. */
void fl_modbus_lost(struct fl_modbus_state *s, uint8_t dir);
/* fl_modbus_expire - close requests older than FL_OP_TIMEOUT_NS; all, if the flow is over. */
void fl_modbus_expire(struct fl_dctx *c, bool all);
/* fl_modbus_state_ok - the state's invariants, for tests. */
bool fl_modbus_state_ok(const struct fl_modbus_state *s);

#endif
