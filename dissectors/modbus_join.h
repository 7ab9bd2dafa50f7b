/* modbus_join.h - one flow's memory: who is the client, which requests wait for an answer, what the devices are.
 *
 * Less than 8 KiB per Modbus flow (asserted in modbus.c), one piece, no pointers but to static strings. */
#ifndef FENCELINE_MODBUS_JOIN_H
#define FENCELINE_MODBUS_JOIN_H

#include "modbus.h"

/* Objects kept of a waiting request. Function 23 has two; only the file functions can have more, and what is
 * beyond is marked objects_cut. Keeping 20 (FL_OP_OBJECTS_MAX) would double the state for requests nobody sends. */
#define FL_MODBUS_OBJECTS_KEPT 8u

/* Answered and expired requests remembered, to tell a duplicate or late response from an unsolicited one. */
#define FL_MODBUS_REMEMBERED 8u

/* Responses that wait for a request that was sent before them but is handed on after them (modbus_join.c): those in the
 * time that bytes wait behind a hole that the capture has lost. At the bound the oldest ends as unsolicited. */
#define FL_MODBUS_EARLY_MAX 8u
#define FL_MODBUS_EARLY_NS FL_STREAM_OOO_NS

/* Parts of 43/14 identities that wait for their neighbour; a gateway's client asks few units at a time. */
#define FL_MODBUS_IDENTITIES 4u

#define FL_MODBUS_LEAN_MAX 8 /* votes that count: a wrong start is outvoted after at most this many units */

enum fl_modbus_slot_state {
	FL_MODBUS_FREE = 0,
	FL_MODBUS_OPEN,     /* waits */
	FL_MODBUS_ANSWERED, /* yielded; another response to it is a duplicate */
	FL_MODBUS_EXPIRED,  /* yielded without response; a response to it is late */
};

struct fl_modbus_slot {
	uint64_t frame;
	int64_t ts_ns, mono_ns;
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

/* What a response adds to the operation. */
struct fl_modbus_answer {
	int64_t ts_ns;
	uint64_t frame;
	bool error, has_code;
	uint8_t code;
	const char *code_name;
	char name[FL_OP_NAME_MAX];
};

struct fl_modbus_early {
	struct fl_modbus_slot slot; /* what the response alone tells; dir is its sender */
	struct fl_modbus_adu adu;   /* its numbers, to be compared with a request; no bytes */
	struct fl_modbus_answer answer;
};

struct fl_modbus_identity {
	bool used;
	uint8_t unit, code;   /* read device id code */
	uint8_t start;        /* first object of this part */
	uint16_t next;        /* first object of the next; 0x100 = there is none */
	char text[FL_OP_NAME_MAX];
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
	uint8_t earlies, id_oldest;
	struct fl_modbus_early early[FL_MODBUS_EARLY_MAX]; /* early[0 .. earlies - 1], oldest first */
	struct fl_modbus_identity id[FL_MODBUS_IDENTITIES];
};

/* fl_modbus_settle - modbus_role.c: decide whether the ADU is a request or a response and read it as such; updates
 * c->client. Gives true if nothing but a guess says so: then it is kept until more is known. */
bool fl_modbus_settle(struct fl_dctx *c, struct fl_modbus_adu *a);
/* fl_modbus_find - the request that this response answers, or NULL. Marks a->flaws if it answers it wrongly. */
struct fl_modbus_slot *fl_modbus_find(struct fl_modbus_state *s, uint8_t dir, struct fl_modbus_adu *a);
void fl_modbus_request(struct fl_dctx *c, const struct fl_modbus_adu *a);
void fl_modbus_response(struct fl_dctx *c, const struct fl_modbus_adu *a, struct fl_modbus_slot *q);
/* fl_modbus_lost - bytes sent in this direction are missing. */
void fl_modbus_lost(struct fl_modbus_state *s, uint8_t dir);
/* fl_modbus_expire - close requests older than FL_OP_TIMEOUT_NS; all, if the flow is over. */
void fl_modbus_expire(struct fl_dctx *c, bool all);
/* fl_modbus_name_device, _server - the text of an identity: of a 43/14 answer with what came before it, of a 17. */
void fl_modbus_name_device(struct fl_modbus_state *s, const struct fl_modbus_adu *a, const struct fl_modbus_slot *q,
                           char name[FL_OP_NAME_MAX]);
void fl_modbus_name_server(const struct fl_modbus_adu *a, char name[FL_OP_NAME_MAX]);
/* fl_modbus_state_ok - the state's invariants, for tests. */
bool fl_modbus_state_ok(const struct fl_modbus_state *s);

#endif
