/* modbus_table.h - everything about Modbus that is a list: functions, shapes, sub-functions, codes, flaws.
 *
 * One row per thing; enum, name, access classes and bounds all come from that row, so they cannot drift. Code
 * never switches on a function code where a row can say it: parsing switches on the row's shape.
 *
 * Sources: Modbus Application Protocol V1.1b3 (clauses in the rows); its Annex A for the reserved codes, whose
 * names are those that Modicon's PI-MBUS-300 and the field use. */
#ifndef FENCELINE_MODBUS_TABLE_H
#define FENCELINE_MODBUS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/operation.h"

/* How the bytes after the function code are laid out: X(name, least bytes, most bytes), one reader per row in
 * modbus_parse.c. A = 16-bit address, Q = 16-bit quantity, V = 16-bit value, N = byte count (8 bits). Any:
 * bounded by the frame alone, as servers that send more than the rules allow are to be seen, not lost. */
#define FL_MODBUS_ANY 65533u
#define FL_MODBUS_SHAPES(X)                                                                        \
	X(NONE, 0, 0)                                                                              \
	X(RANGE, 4, 4)                    /* A Q */                                                \
	X(COIL, 4, 4)                     /* A V, V is 0000 or FF00 */                             \
	X(WORD, 4, 4)                     /* A V */                                                \
	X(MASK, 6, 6)                     /* A and-mask or-mask */                                 \
	X(BITS, 1, 256)                   /* N bits */                                             \
	X(WORDS, 1, 256)                  /* N registers */                                        \
	X(WRITE_BITS, 5, 260)             /* A Q N bits */                                         \
	X(WRITE_WORDS, 5, 260)            /* A Q N registers */                                    \
	X(READ_WRITE, 9, 264)             /* A Q of the read, A Q of the write, N registers */     \
	X(STATUS, 1, 1)                   /* 8 bits; also an exception's code */                   \
	X(DIAGNOSTIC, 4, FL_MODBUS_ANY)   /* sub-function, data in words */                        \
	X(COUNTER, 4, 4)                  /* status word, event count */                           \
	X(EVENTS, 7, 256)                 /* N status word, event count, message count, events */  \
	X(BLOB, 1, 256)                   /* N bytes */                                            \
	X(FILE_ASK, 1, 256)               /* N then n * (type file record length) */               \
	X(FILE_GIVE, 1, 256)              /* N then n * (length type registers) */                 \
	X(FILE_WRITE, 1, 256)             /* N then n * (type file record length registers) */     \
	X(ADDRESS, 2, 2)                  /* A */                                                  \
	X(FIFO, 4, FL_MODBUS_ANY)         /* 16-bit byte count, fifo count, registers */           \
	X(MEI_ASK, 1, FL_MODBUS_ANY)      /* MEI type, then by type */                             \
	X(MEI_ANSWER, 1, FL_MODBUS_ANY)                                                            \
	X(UMAS_ASK, 0, FL_MODBUS_ANY)     /* session, function, then not known */                  \
	X(UMAS_ANSWER, 0, FL_MODBUS_ANY)  /* session, result, then not known */                    \
	X(OPAQUE, 0, FL_MODBUS_ANY)       /* not known, or not public */

enum fl_modbus_shape {
#define X(name, least, most) FL_MODBUS_SHAPE_##name,
	FL_MODBUS_SHAPES(X)
#undef X
};

/* V1.1b3 section 5: categories of function codes. */
#define FL_MODBUS_CATEGORIES(X) \
	X(PUBLIC, "public") X(USER, "user_defined") X(RESERVED, "reserved") X(UNASSIGNED, "unassigned") X(INVALID, "invalid")

enum fl_modbus_category {
#define X(name, text) FL_MODBUS_##name,
	FL_MODBUS_CATEGORIES(X)
#undef X
};

/* X(code, name, category, access classes, request shape, response shape, object, most per request, clause)
 *
 * Classes that want a reason:
 *   8        by sub-function, see below
 *   17       also tells the run state, but what it is asked for is who the server is
 *   22       reads, masks and writes inside the server; what the client does is write
 *   43       by MEI type, see below
 *   90       UMAS carries reads, writes, start/stop and program transfer in a format that is not published: a
 *            guess would permit what it should not, so it is always `other`, which a conduit must name, and beside
 *            that by its own function, see below
 *   9 .. 126 "program" codes: likewise
 *   125      the one reserved code whose only known use tells its class */
#define FL_MODBUS_FUNCTIONS(X)                                                                                             \
	X(1, "read_coils", PUBLIC, FL_OP_READ, RANGE, BITS, COILS, 2000, "V1.1b3 6.1")                                     \
	X(2, "read_discrete_inputs", PUBLIC, FL_OP_READ, RANGE, BITS, DISCRETE_INPUTS, 2000, "V1.1b3 6.2")                 \
	X(3, "read_holding_registers", PUBLIC, FL_OP_READ, RANGE, WORDS, HOLDING_REGISTERS, 125, "V1.1b3 6.3")             \
	X(4, "read_input_registers", PUBLIC, FL_OP_READ, RANGE, WORDS, INPUT_REGISTERS, 125, "V1.1b3 6.4")                 \
	X(5, "write_single_coil", PUBLIC, FL_OP_WRITE, COIL, COIL, COILS, 1, "V1.1b3 6.5")                                 \
	X(6, "write_single_register", PUBLIC, FL_OP_WRITE, WORD, WORD, HOLDING_REGISTERS, 1, "V1.1b3 6.6")                 \
	X(7, "read_exception_status", PUBLIC, FL_OP_DIAGNOSE, NONE, STATUS, NONE, 0, "V1.1b3 6.7")                         \
	X(8, "diagnostics", PUBLIC, FL_OP_DIAGNOSE | FL_OP_OTHER, DIAGNOSTIC, DIAGNOSTIC, NONE, 0, "V1.1b3 6.8")           \
	X(9, "program_484", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                              \
	X(10, "poll_484", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                                \
	X(11, "get_comm_event_counter", PUBLIC, FL_OP_DIAGNOSE, NONE, COUNTER, NONE, 0, "V1.1b3 6.9")                      \
	X(12, "get_comm_event_log", PUBLIC, FL_OP_DIAGNOSE, NONE, EVENTS, NONE, 0, "V1.1b3 6.10")                          \
	X(13, "program_controller", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                      \
	X(14, "poll_controller", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                         \
	X(15, "write_multiple_coils", PUBLIC, FL_OP_WRITE, WRITE_BITS, RANGE, COILS, 1968, "V1.1b3 6.11")                  \
	X(16, "write_multiple_registers", PUBLIC, FL_OP_WRITE, WRITE_WORDS, RANGE, HOLDING_REGISTERS, 123, "V1.1b3 6.12")  \
	X(17, "report_server_id", PUBLIC, FL_OP_IDENTIFY, NONE, BLOB, NONE, 0, "V1.1b3 6.13")                              \
	X(20, "read_file_record", PUBLIC, FL_OP_FILE | FL_OP_READ, FILE_ASK, FILE_GIVE, FILE_RECORD, 0, "V1.1b3 6.14")     \
	X(21, "write_file_record", PUBLIC, FL_OP_FILE | FL_OP_WRITE, FILE_WRITE, FILE_WRITE, FILE_RECORD, 0, "V1.1b3 6.15") \
	X(22, "mask_write_register", PUBLIC, FL_OP_WRITE, MASK, MASK, HOLDING_REGISTERS, 1, "V1.1b3 6.16")                 \
	X(23, "read_write_multiple_registers", PUBLIC, FL_OP_READ | FL_OP_WRITE, READ_WRITE, WORDS, HOLDING_REGISTERS,     \
	  125, "V1.1b3 6.17")                                                                                              \
	X(24, "read_fifo_queue", PUBLIC, FL_OP_READ, ADDRESS, FIFO, FIFO, 0, "V1.1b3 6.18")                                \
	X(40, "program_concept", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "none published")                         \
	X(41, "reserved", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                                \
	X(42, "reserved", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                                \
	X(43, "encapsulated_interface_transport", PUBLIC, FL_OP_OTHER, MEI_ASK, MEI_ANSWER, NONE, 0, "V1.1b3 6.19")        \
	X(90, "umas", RESERVED, FL_OP_OTHER, UMAS_ASK, UMAS_ANSWER, NONE, 0, "V1.1b3 Annex A; UMAS is not published")       \
	X(91, "reserved", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                                \
	X(125, "firmware_replacement", RESERVED, FL_OP_FIRMWARE, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                \
	X(126, "program_584_984", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")                        \
	X(127, "report_local_address", RESERVED, FL_OP_OTHER, OPAQUE, OPAQUE, NONE, 0, "V1.1b3 Annex A")

#define FL_MODBUS_UMAS 90
#define FL_MODBUS_UMAS_OK 0xFE    /* in an answer, where the request had its function */
#define FL_MODBUS_UMAS_ERROR 0xFD

/* X(code, name, access classes beside `other`): UMAS functions. Schneider Electric has not published them; these are
 * the ones that the public analyses agree on (L. M. Liras, "The Unity (UMAS) protocol", 2017; Kaspersky ICS CERT, "The
 * secrets of Schneider Electric's UMAS protocol", 2022). On which way "upload" and "download" go they do not agree, so
 * both are named as both. */
#define FL_MODBUS_UMAS_FUNCTIONS(X)                                                                       \
	X(0x01, "umas_init_comm", FL_OP_SESSION)                                                          \
	X(0x02, "umas_read_id", FL_OP_IDENTIFY)                                                           \
	X(0x03, "umas_read_project_info", FL_OP_IDENTIFY)                                                 \
	X(0x04, "umas_read_plc_info", FL_OP_IDENTIFY)                                                     \
	X(0x06, "umas_read_card_info", FL_OP_IDENTIFY)                                                    \
	X(0x0A, "umas_repeat", FL_OP_DIAGNOSE)                                                            \
	X(0x10, "umas_take_plc_reservation", FL_OP_SESSION)                                               \
	X(0x11, "umas_release_plc_reservation", FL_OP_SESSION)                                            \
	X(0x12, "umas_keep_alive", FL_OP_SESSION)                                                         \
	X(0x20, "umas_read_memory_block", FL_OP_READ)                                                     \
	X(0x22, "umas_read_variables", FL_OP_READ)                                                        \
	X(0x23, "umas_write_variables", FL_OP_WRITE)                                                      \
	X(0x24, "umas_read_coils_registers", FL_OP_READ)                                                  \
	X(0x25, "umas_write_coils_registers", FL_OP_WRITE)                                                \
	X(0x30, "umas_initialize_upload", FL_OP_PROGRAM_DOWNLOAD | FL_OP_PROGRAM_UPLOAD)                  \
	X(0x31, "umas_upload_block", FL_OP_PROGRAM_DOWNLOAD | FL_OP_PROGRAM_UPLOAD)                       \
	X(0x32, "umas_end_strategy_upload", FL_OP_PROGRAM_DOWNLOAD | FL_OP_PROGRAM_UPLOAD)                \
	X(0x33, "umas_initialize_download", FL_OP_PROGRAM_DOWNLOAD | FL_OP_PROGRAM_UPLOAD)                \
	X(0x34, "umas_download_block", FL_OP_PROGRAM_DOWNLOAD | FL_OP_PROGRAM_UPLOAD)                     \
	X(0x35, "umas_end_strategy_download", FL_OP_PROGRAM_DOWNLOAD | FL_OP_PROGRAM_UPLOAD)              \
	X(0x39, "umas_read_eth_master_data", FL_OP_READ)                                                  \
	X(0x40, "umas_start_plc", FL_OP_CONTROL)                                                          \
	X(0x41, "umas_stop_plc", FL_OP_CONTROL)                                                           \
	X(0x50, "umas_monitor_plc", FL_OP_READ)                                                           \
	X(0x58, "umas_check_plc", FL_OP_DIAGNOSE)                                                         \
	X(0x70, "umas_read_io_object", FL_OP_READ)                                                        \
	X(0x71, "umas_write_io_object", FL_OP_WRITE)                                                      \
	X(0x73, "umas_get_status_module", FL_OP_DIAGNOSE)

/* X(code, name, access classes, JSON name of the data word in a request, in a response): sub-functions of 8,
 * V1.1b3 6.8.1. NULL: the word is data without a meaning of its own.
 *
 *    1  restarts the port and leaves listen-only mode; with data FF00 it clears the event log too
 *    3  alters a setting of the serial line
 *    4  silences the server until it is restarted
 *   10, 20  change nothing of the process, but erase what a later diagnosis would read: a conduit that lets
 *           somebody look must not let him wipe, hence control beside diagnose
 *   those not listed are reserved; what they do is not known, hence `other` beside diagnose (row 8 above) */
#define FL_MODBUS_DIAGNOSTICS(X)                                                                               \
	X(0, "return_query_data", FL_OP_DIAGNOSE, "query_data", "query_data")                                  \
	X(1, "restart_communications_option", FL_OP_CONTROL, "option", "option")                               \
	X(2, "return_diagnostic_register", FL_OP_DIAGNOSE, NULL, "diagnostic_register")                        \
	X(3, "change_ascii_input_delimiter", FL_OP_CONFIGURE, "delimiter", "delimiter")                        \
	X(4, "force_listen_only_mode", FL_OP_CONTROL, NULL, NULL)                                              \
	X(10, "clear_counters_and_diagnostic_register", FL_OP_DIAGNOSE | FL_OP_CONTROL, NULL, "echo")          \
	X(11, "return_bus_message_count", FL_OP_DIAGNOSE, NULL, "counter")                                     \
	X(12, "return_bus_communication_error_count", FL_OP_DIAGNOSE, NULL, "counter")                         \
	X(13, "return_bus_exception_error_count", FL_OP_DIAGNOSE, NULL, "counter")                             \
	X(14, "return_server_message_count", FL_OP_DIAGNOSE, NULL, "counter")                                  \
	X(15, "return_server_no_response_count", FL_OP_DIAGNOSE, NULL, "counter")                              \
	X(16, "return_server_nak_count", FL_OP_DIAGNOSE, NULL, "counter")                                      \
	X(17, "return_server_busy_count", FL_OP_DIAGNOSE, NULL, "counter")                                     \
	X(18, "return_bus_character_overrun_count", FL_OP_DIAGNOSE, NULL, "counter")                           \
	X(20, "clear_overrun_counter_and_flag", FL_OP_DIAGNOSE | FL_OP_CONTROL, NULL, NULL)

#define FL_MODBUS_DIAG_LISTEN_ONLY 4

/* X(type, name, access classes): MEI types of 43, V1.1b3 6.20 and 6.21. CANopen carries anything: other. */
#define FL_MODBUS_MEI_TYPES(X)                                  \
	X(13, "canopen_general_reference", FL_OP_OTHER)         \
	X(14, "read_device_identification", FL_OP_IDENTIFY)

#define FL_MODBUS_MEI_DEVICE_ID 14

/* X(code, name): V1.1b3 section 7; 7 was withdrawn after V1.0 but old servers send it */
#define FL_MODBUS_EXCEPTIONS(X)                                 \
	X(1, "illegal_function")                                \
	X(2, "illegal_data_address")                            \
	X(3, "illegal_data_value")                              \
	X(4, "server_device_failure")                           \
	X(5, "acknowledge")                                     \
	X(6, "server_device_busy")                              \
	X(7, "negative_acknowledge")                            \
	X(8, "memory_parity_error")                             \
	X(10, "gateway_path_unavailable")                       \
	X(11, "gateway_target_device_failed_to_respond")

/* X(bit name, JSON text): a unit whose frame is whole but whose content breaks a rule. Sync is kept: the MBAP
 * length says where the next unit starts, whatever is wrong inside this one. */
#define FL_MODBUS_FLAWS(X)                                                                               \
	X(LENGTH, "length")             /* the body is shorter or longer than its function's shape */    \
	X(FUNCTION, "function")         /* code 0, V1.1b3 4.1 */                                         \
	X(QUANTITY, "quantity")         /* 0, or more than the function allows */                        \
	X(RANGE, "range")               /* address + quantity runs past 65536 */                         \
	X(BYTE_COUNT, "byte_count")     /* does not agree with the quantity, or out of bounds */         \
	X(VALUE, "value")               /* a field with listed values has another */                     \
	X(CLIENT_EXCEPTION, "client_exception") /* only a server may send one, V1.1b3 4.1 */             \
	X(MISMATCH, "mismatch")         /* a response that does not answer what its request asked */

enum fl_modbus_flaw_bit {
#define X(name, text) FL_MODBUS_FLAW_BIT_##name,
	FL_MODBUS_FLAWS(X)
#undef X
	FL_MODBUS_FLAW_COUNT
};

enum fl_modbus_flaw {
#define X(name, text) FL_MODBUS_FLAW_##name = 1u << FL_MODBUS_FLAW_BIT_##name,
	FL_MODBUS_FLAWS(X)
#undef X
};

struct fl_modbus_function {
	const char *name;     /* as in events */
	const char *clause;
	uint16_t classes;     /* enum fl_op_class; of 8 and 43 when the sub-function is not known */
	uint16_t max;         /* most coils or registers in one request; 0 = has no quantity */
	uint8_t category;     /* enum fl_modbus_category */
	uint8_t request, response; /* enum fl_modbus_shape */
	uint8_t object;       /* enum fl_object_kind */
};

struct fl_modbus_sub {
	uint16_t code;
	uint16_t classes;
	const char *name;
	const char *asked, *answered; /* of 8: JSON name of the data word, or NULL */
};

/* fl_modbus_function - the row of a code (0..127); codes without one give their range's. Never NULL. */
const struct fl_modbus_function *fl_modbus_function(uint8_t code);
/* fl_modbus_sub - the row of a sub-function of 8, a MEI type of 43 or a UMAS function of 90; NULL if there is none. */
const struct fl_modbus_sub *fl_modbus_sub(uint8_t function, uint16_t code);
const char *fl_modbus_exception_name(uint8_t code); /* NULL if not listed */
const char *fl_modbus_category_name(unsigned category);
const char *fl_modbus_flaw_name(unsigned bit);

#endif
