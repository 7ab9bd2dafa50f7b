/* s7comm.h - one S7comm message (protocol id 0x32), decoded; what a flow of S7comm or S7comm-plus yields.
 *
 *      0    1      2      4     6       8       10   11                    end of the TSDU
 *     +----+------+------+-----+-------+-------+----+----+-------------+------------+
 *     | 32 |rosctr|red id| ref |par len|dat len|(err class|(code)| parameters  |  data      |
 *     +----+------+------+-----+-------+-------+----+----+-------------+------------+
 *      error class and code only in ack (2) and ack-data (3)
 *      job, ack-data: parameters begin with the function      userdata: 00 01 12, length, method, type and group, ..
 *
 * It lies in COTP (cotp.h) in TPKT (tpkt.h); a message may span several units of each layer.
 *
 * The rooms of the house:
 *     tpkt, cotp_*           the layers below, shared
 *     s7comm_table.h         what is a list: functions, services, areas, codes        (start here)
 *     s7comm_parse.c         bytes -> struct fl_s7_pdu, pure
 *     s7comm_items.c         the lists inside it: addresses, values, watch lists, arguments
 *     s7comm_objects.c       a request's objects and names
 *     s7comm_szl.c           identities out of system status lists
 *     s7comm_join.c, _slots  one flow's memory: request + response -> operation
 *     s7comm_json.c          a message as JSON
 *     s7plus.h ...           the same for S7comm-plus (protocol id 0x72)
 *     s7comm.c               probe(), unit(), the two ops structs
 *
 * Sources: see s7comm_table.h; there is no published specification. */
#ifndef FENCELINE_S7COMM_H
#define FENCELINE_S7COMM_H

#include "cotp.h"
#include "fenceline/dissector.h"
#include "s7comm_table.h"
#include "s7plus.h"

#define FL_S7_ID 0x32u

/* The numbers of a message. X(bit name, member, bytes on the wire, JSON name). `has` tells which were there; the others
 * are 0. JSON names are those that other tools' records are compared by; NULL: printed by its own rule. */
#define FL_S7_FIELDS(X)                                         \
	X(ERROR, error, 2, NULL)                                \
	X(FUNCTION, function, 1, "func")                        \
	X(UD_TYPE, ud_type, 1, "ud_type")                       \
	X(UD_GROUP, ud_group, 1, "ud_group")                    \
	X(UD_SUB, ud_sub, 1, "ud_subfunc")                      \
	X(UD_SEQ, ud_seq, 1, "ud_seq")                          \
	X(UD_UNITREF, ud_unitref, 1, "ud_unitref")              \
	X(UD_LAST, ud_last, 1, "ud_last")                       \
	X(UD_ERROR, ud_error, 2, "ud_error")                    \
	X(ITEM_COUNT, item_count, 1, "item_count")              \
	X(AMQ_CALLING, amq_calling, 2, "amq_calling")           \
	X(AMQ_CALLED, amq_called, 2, "amq_called")              \
	X(PDU_LENGTH, pdu_length, 2, "pdu_length")              \
	X(FUNC_STATUS, func_status, 1, "func_status")           \
	X(TRANSFER_ERROR, transfer_error, 2, "transfer_error")  \
	X(UPLOAD_ID, upload_id, 4, "upload_id")                 \
	X(BLOCK_LENGTH, block_length, 2, "block_data_len")      \
	X(MODE, mode, 1, "mode")                                \
	X(SZL_ID, szl_id, 2, NULL)                              \
	X(SZL_INDEX, szl_index, 2, NULL)                        \
	X(SZL_RECORD, szl_record, 2, "szl_record_len")          \
	X(SZL_COUNT, szl_count, 2, "szl_record_count")          \
	X(TIMEBASE, timebase, 1, "cycle_timebase")              \
	X(CYCLE, cycle, 1, "cycle_factor")                      \
	X(R_ID, r_id, 4, "r_id")

enum fl_s7_field_bit {
#define X(name, member, bytes, text) FL_S7_FIELD_BIT_##name,
	FL_S7_FIELDS(X)
#undef X
	FL_S7_FIELD_COUNT
};

enum fl_s7_field {
#define X(name, member, bytes, text) FL_S7_HAS_##name = 1u << FL_S7_FIELD_BIT_##name,
	FL_S7_FIELDS(X)
#undef X
};

/* What `items` is a list of. */
enum fl_s7_list { FL_S7_LIST_NONE, FL_S7_LIST_ADDRESSES, FL_S7_LIST_WATCH };

enum fl_s7_way { FL_S7_UNCLEAR, FL_S7_REQUEST, FL_S7_RESPONSE, FL_S7_PUSH };

struct fl_s7_pdu {
	uint8_t rosctr;
	uint8_t way;          /* enum fl_s7_way */
	bool cut;             /* the end was not captured or not put together */
	uint16_t flaws;       /* set of enum fl_s7_flaw */
	uint16_t red_id, ref, par_len, dat_len;
	const struct fl_s7_row *row; /* function, service or userdata; NULL: an ack, or a function that is not listed */
	uint32_t has;         /* set of enum fl_s7_field */
#define X(name, member, bytes, text) uint32_t member;
	FL_S7_FIELDS(X)
#undef X
	/* all of these borrow; NULL if they were not there */
	const uint8_t *service;  /* of 0x28 and 0x29 */
	uint8_t service_len;
	const uint8_t *file;     /* of up- and download: name of the block, usually 9 bytes: _ type 2, number 5, file system 1 */
	uint8_t file_len;
	struct fl_rd args;       /* of 0x28: the parameter block */
	struct fl_rd items;      /* addresses or watch entries, item_count of them */
	uint8_t list;            /* enum fl_s7_list */
	struct fl_rd values;     /* return codes with values; of an answered write: a code each */
	uint16_t value_count;
	bool bare_codes;         /* values are codes alone */
	uint8_t head_code;       /* userdata: return code of the data as a whole */
	bool has_head;
	struct fl_rd payload;    /* userdata: the data behind its four byte head; up- and download: the block's bytes */
};

/* fl_s7_parse - decode one message.
 * r        the TSDU, from its first byte to its end (CLOSED), or CUT
 * out      written on true; borrows from r
 * result   false: the header is not all there. What is wrong inside a message is a flaw; every inner length is clamped by
 *          what lies around it. Allocates nothing */
bool fl_s7_parse(struct fl_rd *r, struct fl_s7_pdu *out);

/* ---- lists (s7comm_items.c): walk with a copy of the view; false at its end or where it breaks off (then its error says)

 *     struct fl_rd it = p->items;
 *     while (fl_s7_next_item(&it, &i)) ... */
struct fl_s7_item { /* an address */
	uint8_t syntax;       /* enum fl_s7_syntax_id */
	const uint8_t *spec;  /* all behind the syntax id */
	uint8_t spec_len;
	/* ANY of ten bytes: */
	bool any;
	uint8_t tsize, area;
	uint16_t length, db;
	uint32_t addr;        /* 24 bits: byte and bit; of timers and counters a number */
	/* SYMBOL: */
	bool symbol;
	uint16_t area1, area2; /* 0x8A0E and DB number, or 0 and 0x50 I, 0x51 Q, 0x52 M, 0x53 C, 0x54 T */
	uint32_t crc, lid;     /* lid: the first of the path */
};
bool fl_s7_next_item(struct fl_rd *it, struct fl_s7_item *i);

struct fl_s7_range { /* one of a DB_READ item */
	uint8_t length;       /* bytes */
	uint16_t db, start;   /* byte */
};
struct fl_rd fl_s7_ranges(const struct fl_s7_item *i); /* empty if it is none */
bool fl_s7_next_range(struct fl_rd *it, struct fl_s7_range *g);

struct fl_s7_value {
	uint8_t code, tsize;
	uint16_t length;      /* as on the wire: bits or bytes, by tsize */
	const uint8_t *data;
	uint32_t bytes;
};
/* fl_s7_next_value - values are padded to an even length, but for the last. */
bool fl_s7_next_value(struct fl_rd *it, struct fl_s7_value *v);

struct fl_s7_watch { /* an entry of a watch list: variable status, modify variable */
	uint8_t area, repeat;
	uint16_t db, start;
};
bool fl_s7_next_watch(struct fl_rd *it, struct fl_s7_watch *w);

/* fl_s7_watch_area - the item area of a watch area and the bits of its unit; 0 bits: single bits, whose place is not
 * documented. */
uint8_t fl_s7_watch_area(uint8_t area, unsigned *bits);

struct fl_s7_block { /* "0A" "00001" "P" */
	uint8_t type;         /* 0x0A */
	uint32_t number;
	char fs;              /* P passive, A active, B both */
};
/* fl_s7_block_of - a block's name of eight bytes (type, number, file system); false if it is none. */
bool fl_s7_block_of(const uint8_t *p, size_t n, struct fl_s7_block *b);
struct fl_rd fl_s7_arg_blocks(const struct fl_s7_pdu *p); /* of a service with FL_S7_PI_BLOCKS; else empty */
bool fl_s7_next_arg_block(struct fl_rd *it, const uint8_t **name);
bool fl_s7_next_arg_string(struct fl_rd *it, const uint8_t **text, uint8_t *len);

/* ---- what a flow yields */

enum fl_s7_what { FL_S7_UNIT_COTP, FL_S7_UNIT_TLS, FL_S7_UNIT_S7, FL_S7_UNIT_PLUS };

struct fl_s7_unit {
	enum fl_s7_what what;
	union {
		const struct fl_cotp *cotp;
		const struct fl_s7_pdu *s7;
		const struct fl_s7plus_pdu *plus;
		const struct fl_rd *tls;
	};
	uint64_t request_frame;      /* of a response whose request was seen; else 0 */
	/* of a status list in several parts: */
	bool part;                   /* not the last: the list's id stands under another name */
	bool joined;                 /* the last: the ids below are those of its first part */
	uint16_t szl_id, szl_index;
};

void fl_s7_json(const struct fl_s7_unit *u, struct fl_json *j);
void fl_s7_unit_json(const struct fl_unit *u, struct fl_json *j);

extern const struct fl_dissector fl_s7comm_dissector, fl_s7plus_dissector;

#endif
