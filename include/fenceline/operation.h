/* operation.h - one vocabulary for what one host asks another to do, over all industrial protocols.
 *
 * A dissector joins request and response and yields one operation for each transaction. Policies, rules and
 * reports speak the classes below; the protocol's own terms (function, object) ride along. Values only, no
 * pointers but to static strings, so that an operation can cross threads as bytes. */
#ifndef FENCELINE_OPERATION_H
#define FENCELINE_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/limits.h"

#define FL_OP_CLASSES(X)                         \
	X(SESSION, "session")                    \
	X(IDENTIFY, "identify")                  \
	X(READ, "read")                          \
	X(WRITE, "write")                        \
	X(CONTROL, "control")                    \
	X(PROGRAM_DOWNLOAD, "program_download")  \
	X(PROGRAM_UPLOAD, "program_upload")      \
	X(FIRMWARE, "firmware")                  \
	X(CONFIGURE, "configure")                \
	X(DIAGNOSE, "diagnose")                  \
	X(IO_DATA, "io_data")                    \
	X(ALARM, "alarm")                        \
	X(FILE, "file")                          \
	X(SECURITY, "security")                  \
	X(OTHER, "other")

enum fl_op_class_bit {
#define X(name, text) FL_OP_BIT_##name,
	FL_OP_CLASSES(X)
#undef X
	FL_OP_CLASS_COUNT
};

/* A set, as Modbus function 23 both reads and writes; a conduit must permit every member. */
enum fl_op_class {
#define X(name, text) FL_OP_##name = 1u << FL_OP_BIT_##name,
	FL_OP_CLASSES(X)
#undef X
	/* what changes the process, the controller or its access, rather than looking at it */
	FL_OP_CHANGING = FL_OP_WRITE | FL_OP_CONTROL | FL_OP_PROGRAM_DOWNLOAD | FL_OP_FIRMWARE | FL_OP_CONFIGURE | FL_OP_SECURITY,
	FL_OP_ALL = (1u << FL_OP_CLASS_COUNT) - 1,
};

#define FL_OP_OUTCOMES(X)                                                                   \
	X(OK, "ok")               /* positive response */                                   \
	X(ERROR, "error")         /* the responder answered with an error; see code */      \
	X(NO_RESPONSE, "no_response") /* timed out, or the flow ended */                    \
	X(NO_REPLY_EXPECTED, "no_reply_expected") /* broadcast, or a function that has none */ \
	X(UNSOLICITED, "unsolicited") /* a response whose request was not seen */           \
	X(UNKNOWN, "unknown")     /* loss or a mid-stream end: cannot tell */

enum fl_op_outcome {
#define X(name, text) FL_OUTCOME_##name,
	FL_OP_OUTCOMES(X)
#undef X
};

/* What an object is; `unit`, `number`, `start` and `count` mean what the row says. */
#define FL_OBJECT_KINDS(X)                                                                         \
	X(NONE, "none")                                                                            \
	X(COILS, "coils")                         /* Modbus: start, count in bits, 0-based */      \
	X(DISCRETE_INPUTS, "discrete_inputs")                                                      \
	X(HOLDING_REGISTERS, "holding_registers") /* Modbus: start, count in 16-bit words */       \
	X(INPUT_REGISTERS, "input_registers")                                                      \
	X(FILE_RECORD, "file_record")             /* Modbus: number = file, start = record */      \
	X(FIFO, "fifo")                           /* Modbus: start = FIFO pointer address */       \
	X(IDENTITY, "identity")                   /* Modbus: number = read device id code, start = object id */ \
	X(DATA_BLOCK, "data_block")               /* S7: number = DB, start in bits, count in bits */ \
	X(S7_AREA, "s7_area")                     /* S7: number = area code as on the wire (0x83 = M), start and count in
						   * bits; of timers and counters in timers and counters */ \
	X(S7_SYMBOL, "s7_symbol")                 /* S7 symbolic: number = DB, or 65536 + area; start = local id (LID) */ \
	X(S7_BLOCK, "s7_block")                   /* S7: number = block type as on the wire (0x0A = DB), start = its number */ \
	X(S7_SZL, "s7_szl")                       /* S7: number = SZL id, start = SZL index */ \
	X(S7_OBJECT, "s7_object")                 /* S7comm-plus: number = object (RID), start = attribute, where one is named */ \
	X(TAG, "tag")                             /* CIP: by name */                               \
	X(CIP_OBJECT, "cip_object")               /* CIP: number = class, start = instance, count = attribute */

enum fl_object_kind {
#define X(name, text) FL_OBJECT_##name,
	FL_OBJECT_KINDS(X)
#undef X
};

struct fl_object {
	uint8_t kind;      /* enum fl_object_kind */
	uint16_t access;   /* enum fl_op_class bits that touch this object */
	uint32_t number;
	uint32_t start;
	uint32_t count;
};

struct fl_operation {
	const char *function_name; /* static: "read_holding_registers" */
	uint16_t classes;     /* set of enum fl_op_class; never 0 */
	uint16_t function;    /* the protocol's own code */
	uint16_t subfunction; /* or 0 */
	bool has_subfunction;
	uint8_t outcome;      /* enum fl_op_outcome */
	bool has_code;
	uint32_t code;        /* the protocol's error code, with ERROR */
	const char *code_name; /* static, or NULL */
	bool has_unit;
	uint16_t unit;        /* Modbus unit id */
	uint8_t client;       /* which end of the flow asks: 0 initiator, 1 responder */
	bool late;            /* the response came after FL_OP_TIMEOUT_NS */
	bool duplicate;       /* a second response to one request */
	int64_t request_ns, response_ns; /* packet times; 0 = not seen */
	uint64_t request_frame, response_frame; /* 0 = not seen */
	char name[FL_OP_NAME_MAX]; /* name of the object or text of an identity; "" = none. UTF-8 not assured */
	char route[FL_OP_ROUTE_MAX]; /* hops from the server on to the device that is meant, "port/link address,..": a hidden
				      * conduit; "" = it is the server itself. CIP Vol. 1 C-1.4.1 */
	uint8_t objects;      /* filled below */
	bool objects_cut;     /* there were more than FL_OP_OBJECTS_MAX */
	struct fl_object object[FL_OP_OBJECTS_MAX]; /* last: only the filled part crosses threads */
};

#define FL_OPERATION_SIZE(op) (offsetof(struct fl_operation, object) + (op)->objects * sizeof(struct fl_object))

extern const char *const fl_op_class_names[FL_OP_CLASS_COUNT]; /* src/base/names.c */
const char *fl_op_outcome_name(unsigned outcome);
const char *fl_object_kind_name(unsigned kind);

#endif
