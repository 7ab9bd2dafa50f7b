/* s7plus.h - one S7comm-plus unit (protocol id 0x72), decoded as far as it is plain.
 *
 *      0    1        2       4                          4 + length
 *     +----+--------+-------+--------------------------+----+-------+------+
 *     | 72 |version | length|  body ...                | 72 |version| 0000 |   trailer: this is the last of a message
 *     +----+--------+-------+--------------------------+----+-------+------+
 *      version  1, 2: body is the message   3: body begins with a length (32) and a digest over the message, the integrity
 *               part   0xFE: system event   0xFF: keep-alive: these two without trailer
 *      message  opcode 1, reserved 2, function 2, reserved 2, sequence number 2; in a request then session 4, flags 1 and
 *               the object that is meant 4; in a response then flags 1 and the return value; in a notification the
 *               subscription 4
 *
 * A message larger than the transport takes is spread over several units, each with a header of its own, in a TSDU of its
 * own; only the last has the trailer, only the first the fields of the message.
 *
 * Controllers from firmware 4.5 (S7-1200) and 2.9 (S7-1500) on answer one request in clear (init_tls) and then speak TLS
 * inside COTP: what follows cannot be read, and is said so.
 *
 * Source: not published; the layout and numbers agree in the captures that the tests are measured with and in the public
 * driver S7CommPlusDriver (T. Wiens): functions, object ids, the 64-bit return value. */
#ifndef FENCELINE_S7PLUS_H
#define FENCELINE_S7PLUS_H

#include "fenceline/dissector.h"

#define FL_S7PLUS_ID 0x72u
#define FL_S7PLUS_SYSTEM_EVENT 0xFEu
#define FL_S7PLUS_KEEPALIVE 0xFFu

/* X(code, id, name as in the records) */
#define FL_S7PLUS_OPCODES(X)               \
	X(0x31, REQUEST, "request")        \
	X(0x32, RESPONSE, "response")      \
	X(0x33, NOTIFICATION, "notification") \
	X(0x02, RESPONSE2, "response2")

enum fl_s7plus_opcode {
#define X(num, id, text) FL_S7PLUS_##id = num,
	FL_S7PLUS_OPCODES(X)
#undef X
};

/* X(code, id, name, access classes, technique): functions. Where the object decides, FL_S7PLUS_RULES has a row that goes
 * before these.
 *
 *   create, delete   of an object that is neither session nor subscription: how programs and configuration get into and
 *                    out of these controllers
 *   begin, end       frame a download
 *   explore          tells what there is; of the program it tells the blocks, with their code where the attributes say so
 *   invoke           calls a method of an object: which is not published */
#define FL_S7PLUS_FUNCTIONS(X)                                                              \
	X(0x04B1, ERROR, "error", FL_OP_DIAGNOSE, NULL)                                     \
	X(0x04BB, EXPLORE, "explore", FL_OP_READ, "T0888")                                  \
	X(0x04CA, CREATE, "create_object", FL_OP_PROGRAM_DOWNLOAD, "T0843")                 \
	X(0x04D4, DELETE, "delete_object", FL_OP_PROGRAM_DOWNLOAD, "T0889")                 \
	X(0x04F2, SET_VARIABLE, "set_variable", FL_OP_WRITE, "T0836")                       \
	X(0x04FC, GET_VARIABLE, "get_variable", FL_OP_READ, "T0801")                        \
	X(0x0506, ADD_LINK, "add_link", FL_OP_CONFIGURE, NULL)                              \
	X(0x051A, REMOVE_LINK, "remove_link", FL_OP_CONFIGURE, NULL)                        \
	X(0x0524, GET_LINK, "get_link", FL_OP_READ, NULL)                                   \
	X(0x0542, SET_MULTI, "set_multi_variables", FL_OP_WRITE, "T0836")                   \
	X(0x054C, GET_MULTI, "get_multi_variables", FL_OP_READ, "T0801")                    \
	X(0x0556, BEGIN, "begin_sequence", FL_OP_PROGRAM_DOWNLOAD, "T0843")                 \
	X(0x0560, END, "end_sequence", FL_OP_PROGRAM_DOWNLOAD, "T0843")                     \
	X(0x056B, INVOKE, "invoke", FL_OP_OTHER, NULL)                                      \
	X(0x057C, SET_STREAMED, "set_variable_streamed", FL_OP_WRITE, "T0836")              \
	X(0x0586, GET_STREAMED, "get_variable_streamed", FL_OP_READ, "T0801")               \
	X(0x0590, GET_ADDRESS, "get_variables_address", FL_OP_READ, NULL)                   \
	X(0x059A, ABORT, "abort", FL_OP_OTHER, NULL)                                        \
	X(0x05A9, ERROR2, "error_2", FL_OP_DIAGNOSE, NULL)                                  \
	X(0x05B3, INIT_TLS, "init_tls", FL_OP_SESSION, NULL)

enum fl_s7plus_function_code {
#define X(num, id, text, cls, tech) FL_S7PLUS_FN_##id = num,
	FL_S7PLUS_FUNCTIONS(X)
#undef X
};

/* Whose object a rule is about: one id, the session's own, or those that the controller makes while it runs
 * (subscriptions, jobs of a watch table), from 0x70000000 on. */
enum fl_s7plus_whose { FL_S7PLUS_OBJECT, FL_S7PLUS_OWN_SESSION, FL_S7PLUS_DYNAMIC };

/* X(function, whose, object id, first attribute, last attribute, name, access classes, technique), first match wins.
 * Attributes 0, UINT32_MAX: any, or none. 52 is the CPU's execution unit, 2167 its requested operating state; 3 the
 * program; 285 the container of sessions; 1002 to 1054 the attributes of a subscription; 303, 304 and 1846 the answer to
 * the controller's challenge. */
#define FL_S7PLUS_ANY 0, UINT32_MAX
#define FL_S7PLUS_RULES(X)                                                                                        \
	X(SET_VARIABLE, OBJECT, 52, 2167, 2167, "set_operating_state", FL_OP_CONTROL, "T0858")                    \
	X(SET_VARIABLE, OBJECT, 3, FL_S7PLUS_ANY, "set_program_attribute", FL_OP_PROGRAM_DOWNLOAD, "T0889")       \
	X(SET_VARIABLE, OWN_SESSION, 0, 303, 304, "legitimate", FL_OP_SECURITY, NULL)                             \
	X(SET_VARIABLE, OWN_SESSION, 0, 1846, 1846, "legitimate", FL_OP_SECURITY, NULL)                           \
	X(SET_VARIABLE, OWN_SESSION, 0, FL_S7PLUS_ANY, "set_session_attribute", FL_OP_SESSION, NULL)              \
	X(SET_VARIABLE, DYNAMIC, 0, 1002, 1054, "set_subscription", FL_OP_READ, NULL)                             \
	X(SET_MULTI, OWN_SESSION, 0, FL_S7PLUS_ANY, "set_session_attributes", FL_OP_SESSION, NULL)                \
	X(SET_MULTI, DYNAMIC, 0, 1002, 1054, "set_subscription", FL_OP_READ, NULL)                                \
	X(SET_STREAMED, OWN_SESSION, 0, 303, 304, "legitimate", FL_OP_SECURITY, NULL)                             \
	X(SET_STREAMED, OWN_SESSION, 0, 1846, 1846, "legitimate", FL_OP_SECURITY, NULL)                           \
	X(GET_STREAMED, OWN_SESSION, 0, FL_S7PLUS_ANY, "get_session_attribute", FL_OP_SESSION, NULL)              \
	X(CREATE, OBJECT, 285, FL_S7PLUS_ANY, "create_session", FL_OP_SESSION, NULL)                              \
	X(CREATE, OWN_SESSION, 0, FL_S7PLUS_ANY, "create_session_object", FL_OP_DIAGNOSE, NULL)                   \
	X(DELETE, OWN_SESSION, 0, FL_S7PLUS_ANY, "delete_session", FL_OP_SESSION, NULL)                           \
	X(DELETE, DYNAMIC, 0, FL_S7PLUS_ANY, "delete_session_object", FL_OP_READ, NULL)                           \
	X(EXPLORE, OBJECT, 3, FL_S7PLUS_ANY, "explore_program", FL_OP_READ | FL_OP_PROGRAM_UPLOAD, "T0845")

#define FL_S7PLUS_CLASS_SUBSCRIPTION 1001u

/* X(bit name, JSON text) */
#define FL_S7PLUS_FLAWS(X)                                                                      \
	X(LENGTH, "length")     /* the body is longer than its message, or too short for its kind */ \
	X(VERSION, "version")   /* none that is known */                                        \
	X(OPCODE, "opcode")     /* none that is known, or its reserved bytes are not 0 */       \
	X(FUNCTION, "function") /* none that is known */                                        \
	X(TRAILING, "trailing") /* bytes behind the last unit of a message */                   \
	X(TOO_LONG, "too_long") /* in several COTP units, and longer than is put together */

enum fl_s7plus_flaw_bit {
#define X(name, text) FL_S7PLUS_FLAW_BIT_##name,
	FL_S7PLUS_FLAWS(X)
#undef X
	FL_S7PLUS_FLAW_COUNT
};

enum fl_s7plus_flaw {
#define X(name, text) FL_S7PLUS_FLAW_##name = 1u << FL_S7PLUS_FLAW_BIT_##name,
	FL_S7PLUS_FLAWS(X)
#undef X
};

enum fl_s7plus_has {
	FL_S7PLUS_HAS_OPCODE = 1u << 0,
	FL_S7PLUS_HAS_FUNCTION = 1u << 1,
	FL_S7PLUS_HAS_SEQ = 1u << 2,
	FL_S7PLUS_HAS_SESSION = 1u << 3,
	FL_S7PLUS_HAS_OBJECT = 1u << 4,
	FL_S7PLUS_HAS_ATTRIBUTE = 1u << 5,
	FL_S7PLUS_HAS_CLASS = 1u << 6,
	FL_S7PLUS_HAS_STATE = 1u << 7,
	FL_S7PLUS_HAS_RETURN = 1u << 8,
	FL_S7PLUS_HAS_DIGEST = 1u << 9,
	FL_S7PLUS_HAS_TRAILER = 1u << 10, /* this kind of unit has one or not: `last` says */
};

struct fl_s7plus_row {
	const char *name;
	const char *technique;
	uint16_t classes;
};

struct fl_s7plus_pdu {
	uint8_t version;
	uint16_t len;          /* of the body */
	bool last;             /* has the trailer */
	bool fragment;         /* goes on a message */
	bool cut;
	uint8_t flaws;
	uint16_t has;
	uint8_t digest_len;
	uint8_t opcode;
	uint16_t function, seq;
	uint32_t session;
	uint32_t object;       /* the object that is meant, or the parent of a new one; of a notification the subscription */
	uint32_t attribute;    /* the first one named */
	uint32_t cls;          /* of a new object */
	uint32_t state;        /* set_operating_state: what is asked for */
	uint64_t return_value; /* negative if its top bit is set: an error */
	const struct fl_s7plus_row *row; /* by function and object; NULL if not listed or no request or response */
};

/* fl_s7plus_parse - decode the unit at r, one of a TSDU.
 * r        at its first byte; left behind the unit and its trailer on true
 * fragment the direction's last unit had no trailer: this one goes on its message
 * out      written on true
 * result   false: not even the header is there, or its id is another. What is wrong inside is a flaw */
bool fl_s7plus_parse(struct fl_rd *r, bool fragment, struct fl_s7plus_pdu *out);

const struct fl_s7plus_row *fl_s7plus_function(uint16_t code); /* NULL if not listed */
const char *fl_s7plus_kind_name(const struct fl_s7plus_pdu *p);
const char *fl_s7plus_flaw_name(unsigned bit);
void fl_s7plus_json(const struct fl_s7plus_pdu *p, struct fl_json *j);

#endif
