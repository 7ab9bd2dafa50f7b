/* modbus.h - one Modbus/TCP application data unit (ADU), decoded.
 *
 *      0       2       4       6    7    8                    6 + length
 *     +-------+-------+-------+----+----+---------------------+
 *     |  tid  |   0   |length |unit| fc |  body ...           |
 *     +-------+-------+-------+----+----+---------------------+
 *      \________ MBAP ____________/ \_____ PDU _____________/
 *      length counts from unit: 2 .. 254 by the rules; more is marked `oversize`, see modbus.c
 *
 * The rooms of the house:
 *     modbus_table.h  what is a list: functions, shapes, codes            (start here)
 *     modbus_parse.c  bytes -> struct fl_modbus_adu, pure
 *     modbus_role.c   who is the client
 *     modbus_join.c   request + response -> operation
 *     modbus_identity.c  what a device says it is, over several answers
 *     modbus_json.c   an ADU as JSON, for `fenceline dissect`
 *     modbus.c        probe() and the ops struct
 *
 * Specs: Modbus Messaging on TCP/IP Implementation Guide V1.0b 3.1; Modbus Application Protocol V1.1b3. */
#ifndef FENCELINE_MODBUS_H
#define FENCELINE_MODBUS_H

#include "fenceline/dissector.h"
#include "modbus_table.h"

#define FL_MODBUS_LENGTH_MAX 254u /* MBAP length by the rules: unit + PDU of 253 bytes; the ADU is 260. V1.1b3 4.1 */

#define FL_MODBUS_HEADER 8u /* MBAP and function code */

enum fl_modbus_kind { FL_MODBUS_UNCLEAR = 0, FL_MODBUS_REQUEST = 1, FL_MODBUS_RESPONSE = 2 };

/* The numbers of a body. X(bit name, member, JSON name). `has` tells which were on the wire; the others are 0.
 * Addresses are 0-based as on the wire, not 4xxxx references. The JSON names are those that records of other tools
 * are compared by (tests/captures/oracle.py); NULL: depends on the function, see modbus_json.c. */
#define FL_MODBUS_FIELDS(X)                                     \
	X(SUBFUNCTION, subfunction, "diag")                     \
	X(MEI, mei_type, "mei")                                 \
	X(EXCEPTION_CODE, exception_code, "exception_code")     \
	X(ADDRESS, address, "ref")                              \
	X(QUANTITY, quantity, NULL)                             \
	X(READ_ADDRESS, read_address, "read_ref")               \
	X(READ_QUANTITY, read_quantity, "read_count")           \
	X(WRITE_ADDRESS, write_address, "write_ref")            \
	X(WRITE_QUANTITY, write_quantity, "write_count")        \
	X(BYTE_COUNT, byte_count, "byte_count")                 \
	X(FIFO_BYTES, fifo_bytes, "byte_count_16")              \
	X(VALUE, value, "value")                                \
	X(AND_MASK, and_mask, "and_mask")                       \
	X(OR_MASK, or_mask, "or_mask")                          \
	X(STATUS, status, "status")                             \
	X(EVENT_COUNT, event_count, "event_count")              \
	X(MESSAGE_COUNT, message_count, "message_count")        \
	X(FIFO_COUNT, fifo_count, "word_count")                 \
	X(DEVICE_ID_CODE, device_id_code, "read_device_id")     \
	X(OBJECT_ID, object_id, "object_id")                    \
	X(CONFORMITY, conformity, "conformity_level")           \
	X(MORE_FOLLOWS, more_follows, "more_follows")           \
	X(NEXT_OBJECT_ID, next_object_id, "next_object_id")     \
	X(OBJECT_COUNT, object_count, "number_of_objects")      \
	X(UMAS_SESSION, umas_session, "umas_session")           \
	X(UMAS_FUNCTION, umas_function, "umas_function")        \
	X(UMAS_RESULT, umas_result, "umas_result")

enum fl_modbus_field_bit {
#define X(name, member, text) FL_MODBUS_FIELD_BIT_##name,
	FL_MODBUS_FIELDS(X)
#undef X
	FL_MODBUS_FIELD_COUNT
};

enum fl_modbus_field {
#define X(name, member, text) FL_MODBUS_HAS_##name = 1u << FL_MODBUS_FIELD_BIT_##name,
	FL_MODBUS_FIELDS(X)
#undef X
};

struct fl_modbus_adu {
	uint16_t tid, length;
	uint8_t unit;
	uint8_t function;   /* without the exception bit */
	bool exception;
	bool oversize;      /* length > FL_MODBUS_LENGTH_MAX */
	bool cut;           /* the end of the body was not captured */
	uint8_t fits;       /* set of enum fl_modbus_kind whose shape the body has; 0 = neither, 3 = either */
	uint8_t kind;       /* enum fl_modbus_kind: what it was read as */
	uint16_t flaws;     /* set of enum fl_modbus_flaw */
	uint8_t shape;      /* enum fl_modbus_shape it was read with */
	const struct fl_modbus_function *info;
	uint32_t has;       /* set of enum fl_modbus_field */
#define X(name, member, text) uint16_t member;
	FL_MODBUS_FIELDS(X)
#undef X
	const uint8_t *body; /* all after the function code; borrowed */
	uint32_t body_len;   /* as the MBAP length says */
	uint32_t body_caplen; /* of these captured */
	const uint8_t *data; /* what is no number: bits, registers, records, objects, opaque; or NULL. With the flaw
	                      * `length`: what is left behind the fields that could be read */
	uint32_t data_len;
	bool trailing;       /* ... and the shape has no place for it */
};

/* fl_modbus_parse - decode one Modbus/TCP ADU.
 * r        at the first MBAP byte; left just past the ADU on FL_UNIT, else undefined
 * hint     who sent it as far as is known; decides only where the body's shape does not
 * out      written on FL_UNIT, and on FL_CUT if the function code was there (out->cut, else info is NULL);
 *          body and data borrow from r until the packet is released
 * shapes   7-byte MBAP + PDU; registers big-endian 16 bits
 * units    lengths in bytes; addresses 0-based as on the wire
 * errors   FL_NEED_MORE FL_CUT; FL_MALFORMED: protocol id not 0, length < 2, or beyond a closed end. A body that
 *          breaks its rules is no error but a flaw, as the next ADU's place is still known. Allocates nothing
 * source   Messaging V1.0b 3.1.3; V1.1b3 4.1, 6, 7 */
enum fl_result fl_modbus_parse(struct fl_rd *r, enum fl_role hint, struct fl_modbus_adu *out);

/* fl_modbus_layout_end - how long the body is by its own fields, whatever the MBAP length says; 0: they do not tell. */
uint32_t fl_modbus_layout_end(const struct fl_modbus_adu *a);

/* fl_modbus_sub_of - the sub-function, MEI type or UMAS function of an ADU. True if it has one; *row NULL if unknown. */
bool fl_modbus_sub_of(const struct fl_modbus_adu *a, uint16_t *code, const struct fl_modbus_sub **row);

/* fl_modbus_read_as - read the body of an ADU again, as the other kind; for a caller who knows better. */
void fl_modbus_read_as(struct fl_modbus_adu *a, enum fl_modbus_kind kind);

/* A sub-request of functions 20 and 21. */
struct fl_modbus_file {
	uint8_t type;          /* 6 by the rules */
	bool has_place;        /* not in a response to 20 */
	uint16_t file, record;
	uint16_t length;       /* registers */
	const uint8_t *data;   /* or NULL */
	uint16_t data_len;
};

/* An object of a 43/14 response: 0 VendorName, 1 ProductCode, 2 MajorMinorRevision, .. */
struct fl_modbus_object {
	uint8_t id, len;
	const uint8_t *text;
};

/* fl_modbus_list, _next_file, _next_object - walk the list in a->data; false at its end or where it breaks off.
 *     struct fl_rd it = fl_modbus_list(a);
 *     while (fl_modbus_next_file(a, &it, &f)) ... */
struct fl_rd fl_modbus_list(const struct fl_modbus_adu *a);
/* fl_modbus_is_list - a->data is such a list, as long as the byte count says, even if it breaks off. */
bool fl_modbus_is_list(const struct fl_modbus_adu *a);
bool fl_modbus_next_file(const struct fl_modbus_adu *a, struct fl_rd *it, struct fl_modbus_file *f);
bool fl_modbus_next_object(struct fl_rd *it, struct fl_modbus_object *o);

/* What unit() yields. */
struct fl_modbus_unit {
	struct fl_modbus_adu adu;
	uint64_t request_frame;    /* of a response whose request was seen; else 0 */
	uint16_t request_quantity; /* ... and how many it asked for: the last byte of bits is padded */
};

void fl_modbus_unit_json(const struct fl_unit *u, struct fl_json *j);

extern const struct fl_dissector fl_modbus_dissector;

#endif
