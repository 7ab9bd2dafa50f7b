/* s7comm_join.h - one flow's memory: messages half put together, requests that wait, transfers under way. */
#ifndef FENCELINE_S7COMM_JOIN_H
#define FENCELINE_S7COMM_JOIN_H

#include "s7comm.h"

/* Answered and expired requests remembered, to tell a duplicate or late response from an unsolicited one. */
#define FL_S7_REMEMBERED 4u

/* Answers whose request may still come, as its bytes wait behind a hole in the stream; and for how long they may. */
#define FL_S7_EARLY_MAX 24u
#define FL_S7_EARLY_NS (2 * FL_STREAM_OOO_NS) /* a hole is given up after the one; the other for the next segment to come */

#define FL_S7_UPLOAD_NAME 24u

enum fl_s7_slot_state {
	FL_S7_FREE = 0,
	FL_S7_OPEN,     /* waits */
	FL_S7_ANSWERED, /* yielded; another response to it is a duplicate */
	FL_S7_EXPIRED,  /* yielded without response; a response to it is late */
};

/* What a request is known by: its reference means something only among its kind. */
enum fl_s7_kind { FL_S7_KIND_JOB, FL_S7_KIND_USERDATA, FL_S7_KIND_CONNECT, FL_S7_KIND_PLUS };

struct fl_s7_object {
	uint32_t number, start;
	uint32_t count : 24;    /* at most 65535 elements of 64 bits */
	uint32_t kind : 8;      /* enum fl_object_kind */
};

struct fl_s7_slot {
	uint64_t frame;         /* of the request; 0: not seen, and an answer in parts is */
	int64_t ts_ns;
	int64_t active_ns;      /* mono_ns of its latest part, request or answer: the timeout counts from here */
	uint64_t part_frame;    /* of an answer in several parts: the latest; 0 = none yet */
	int64_t part_ns;
	uint32_t serial;        /* order of arrival */
	const char *name;       /* static */
	uint16_t ref;           /* reference; S7comm-plus: sequence number; connection: source reference */
	uint16_t first_ref;     /* ... of the request itself, where later parts were asked for by others */
	uint16_t function, sub;
	uint16_t classes;
	uint16_t szl_id, szl_index;
	uint8_t state;          /* enum fl_s7_slot_state */
	uint8_t kind;           /* enum fl_s7_kind */
	uint8_t dir;            /* who sent the request */
	uint8_t client;         /* who asks: dir, but for the jobs of a download */
	uint8_t code;           /* function or subfunction as an answer repeats it */
	uint8_t group;
	uint8_t seq;            /* of an answer in several parts */
	bool has_sub;
	bool loss;              /* its response may lie in lost bytes */
	bool objects_cut;
	uint8_t objects;
	char text[FL_OP_NAME_MAX];
	struct fl_s7_object object[FL_OP_OBJECTS_MAX];
};

/* An answer whose request has not come (yet). */
struct fl_s7_early {
	uint64_t frame;
	int64_t ts_ns, mono_ns;
	const char *name, *result_name;
	uint32_t result;
	uint16_t ref, function, sub, classes;
	uint8_t kind, dir;      /* dir: whose request it would be */
	uint8_t client, code, group;
	uint8_t seq;            /* it came in parts, the later ones by this sequence number */
	uint8_t outcome;        /* if its request comes */
	bool parts, has_sub, has_result;
	bool named;             /* early_name is its text */
	bool any_code;          /* it does not tell which function it is of */
};

struct fl_s7_upload {
	uint32_t id;
	bool used;
	uint8_t client;
	char name[FL_S7_UPLOAD_NAME];
};

struct fl_s7_state {
	struct fl_cotp_side side[2];
	struct fl_s7_slot slot[FL_S7_PENDING_MAX];
	struct fl_s7_early early[FL_S7_EARLY_MAX]; /* early[0 .. earlies - 1], oldest first */
	char early_name[FL_OP_NAME_MAX]; /* identity, of one of them */
	struct fl_s7_upload upload[FL_S7_UPLOADS_MAX];
	uint32_t serial;
	uint8_t used;           /* slots in use are slot[0 .. used - 1] */
	uint8_t open;           /* of these requests that wait */
	uint8_t earlies;
	uint8_t next_upload;    /* the oldest, to be overwritten next */
	bool seen;              /* a unit was taken: no longer FL_NOT_MINE */
	bool encrypted;         /* TLS inside COTP has begun; told once */
	bool begun[2];          /* a message of this direction was recognised: what follows is not the tail of another */
	bool fragments[2];      /* S7comm-plus: the message goes on in the next unit */
	/* the identity list that is being put together, of the slot with that serial */
	bool szl_used;
	uint32_t szl_serial;
	uint16_t szl_n;
	uint8_t szl_bytes[FL_S7_SZL_BYTES];
};

/* ---- s7comm_slots.c */

/* fl_s7_slot_open - a new slot for a request of the sender; it waits. */
struct fl_s7_slot *fl_s7_slot_open(struct fl_dctx *c, enum fl_s7_kind kind, uint16_t ref);
/* fl_s7_slot_init - the same outside the table, for what is yielded at once. */
void fl_s7_slot_init(const struct fl_dctx *c, struct fl_s7_slot *q, enum fl_s7_kind kind, uint16_t ref);
/* fl_s7_slot_find - the request that an answer of this direction answers; code < 0: any function. NULL if none. */
struct fl_s7_slot *fl_s7_slot_find(struct fl_s7_state *s, enum fl_s7_kind kind, uint8_t dir, uint16_t ref, int code, int group);
/* fl_s7_op - an operation about the slot's request, without outcome. */
void fl_s7_op(struct fl_operation *op, const struct fl_s7_slot *q);
/* fl_s7_answer - the slot, or with NULL an unsolicited answer described by `alone`, ends in *op, with frame and time of
 * the message at hand; outcome is set for an unsolicited one only. */
void fl_s7_answer(struct fl_dctx *c, struct fl_s7_slot *q, const struct fl_s7_slot *alone, struct fl_operation *op);
void fl_s7_yield(struct fl_dctx *c, const struct fl_operation *op);
/* fl_s7_keep_early - an answer without request waits for it: `alone` describes it, *op has its outcome and name. */
void fl_s7_keep_early(struct fl_dctx *c, const struct fl_s7_slot *alone, const struct fl_operation *op, bool any_code);
/* fl_s7_take_early - the request in q, just opened, may have been answered already: yields, and q is answered. */
void fl_s7_take_early(struct fl_dctx *c, struct fl_s7_slot *q);
/* fl_s7_expire - close requests older than FL_OP_TIMEOUT_NS; all, if the flow is over. Before each unit. */
void fl_s7_expire(struct fl_dctx *c, bool all);
/* fl_s7_expire_early - the same for answers that have waited FL_S7_EARLY_NS. After each unit: where frames are rare, what
 * was held is handed on with the next one, be it minutes later, and this unit may be what they wait for. */
void fl_s7_expire_early(struct fl_dctx *c, bool all);
/* fl_s7_lost - bytes sent in this direction are missing. */
void fl_s7_lost(struct fl_s7_state *s, uint8_t dir);
/* fl_s7_client_is - the content tells who asks; the first word stands, as both ends may ask on one connection. */
void fl_s7_client_is(struct fl_dctx *c, uint8_t client);
void fl_s7_add_object(struct fl_s7_slot *q, uint8_t kind, uint32_t number, uint32_t start, uint32_t count);
bool fl_s7_state_ok(const struct fl_s7_state *s);

/* ---- s7comm_objects.c: what a request names and touches, into its slot */
void fl_s7_describe(struct fl_s7_slot *q, const struct fl_s7_pdu *p);
/* fl_s7_add_text - appends printable text, `between` before it unless it is the first; cut at the end of name. */
void fl_s7_add_text(char name[FL_OP_NAME_MAX], const char *between, const uint8_t *text, size_t n);
/* fl_s7_file_text - "DB1" of the name of a block in a transfer; or the name as it is. */
void fl_s7_file_text(char *out, size_t n, const uint8_t *file, size_t len);
/* fl_s7_item_text - an address as a person writes it: "P#DB1.DBX0.0 WORD 3". */
void fl_s7_item_text(char *out, size_t n, const struct fl_s7_item *i);

/* ---- s7comm_szl.c */
/* fl_s7_szl_identity - who the module is, out of the records of list `id`, whole or as far as they go; "" if they do not
 * tell. */
void fl_s7_szl_identity(char name[FL_OP_NAME_MAX], uint16_t id, const uint8_t *list, size_t n);

/* ---- s7comm_join.c */
/* fl_s7_prepare - before a message is yielded as a unit: its request, and what only the flow's memory knows of it. */
struct fl_s7_slot *fl_s7_prepare(struct fl_dctx *c, struct fl_s7_pdu *p, struct fl_s7_unit *u);
void fl_s7_join(struct fl_dctx *c, const struct fl_s7_pdu *p, struct fl_s7_slot *q);
void fl_s7_join_connect(struct fl_dctx *c, const struct fl_cotp *t);
/* fl_s7_join_foreign - a message that is neither S7comm nor S7comm-plus nor TLS; an operation, unless it may be the tail of
 * one whose start was lost or not captured. */
void fl_s7_join_foreign(struct fl_dctx *c);
void fl_s7_join_tls(struct fl_dctx *c);

/* ---- s7plus_join.c */
struct fl_s7_slot *fl_s7plus_find(struct fl_dctx *c, const struct fl_s7plus_pdu *p);
void fl_s7plus_join(struct fl_dctx *c, const struct fl_s7plus_pdu *p, struct fl_s7_slot *q);

#endif
