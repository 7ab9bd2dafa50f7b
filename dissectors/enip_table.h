/* enip_table.h - everything about the EtherNet/IP encapsulation that is a list: commands, statuses, item types, flaws.
 *
 * One row per thing; enum, name and access classes come from that row. Sources: CIP Vol. 2 (EtherNet/IP Adaptation of
 * CIP) 2-3 (commands, statuses) and 2-6 (common packet format); IANA ethernet-ip-1, -2, -s. */
#ifndef FENCELINE_ENIP_TABLE_H
#define FENCELINE_ENIP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/operation.h"

enum { FL_ENIP_PORT = 44818, FL_ENIP_IO_PORT = 2222, FL_ENIP_TLS_PORT = 2221 };

/* X(code, id, name, access classes, ATT&CK technique, clause)
 *
 *   1      from before the standard; RSLinx still asks it beside List Interfaces, and devices answer with their address
 *   4..100 tell who and what is there, and nothing else
 *   111, 112  carry CIP messages, whose own rows count; the class here is for content that is none
 *   114, 115  were withdrawn from the standard; what they did is not published: other */
#define FL_ENIP_COMMANDS(X)                                                                                    \
	X(0x0000, NOP, "nop", FL_OP_SESSION, NULL, "Vol 2 2-4.1")                                              \
	X(0x0001, LIST_TARGETS, "list_targets", FL_OP_IDENTIFY, "T0846", "withdrawn")                          \
	X(0x0004, LIST_SERVICES, "list_services", FL_OP_IDENTIFY, "T0846", "Vol 2 2-4.6")                      \
	X(0x0063, LIST_IDENTITY, "list_identity", FL_OP_IDENTIFY, "T0846", "Vol 2 2-4.2")                      \
	X(0x0064, LIST_INTERFACES, "list_interfaces", FL_OP_IDENTIFY, "T0846", "Vol 2 2-4.3")                  \
	X(0x0065, REGISTER_SESSION, "register_session", FL_OP_SESSION, NULL, "Vol 2 2-4.4")                    \
	X(0x0066, UNREGISTER_SESSION, "unregister_session", FL_OP_SESSION, NULL, "Vol 2 2-4.5")                \
	X(0x006F, SEND_RR_DATA, "send_rr_data", FL_OP_OTHER, NULL, "Vol 2 2-4.7")                              \
	X(0x0070, SEND_UNIT_DATA, "send_unit_data", FL_OP_OTHER, NULL, "Vol 2 2-4.8")                          \
	X(0x0072, INDICATE_STATUS, "indicate_status", FL_OP_OTHER, NULL, "withdrawn")                          \
	X(0x0073, CANCEL, "cancel", FL_OP_OTHER, NULL, "withdrawn")                                            \
	X(0x00C8, START_DTLS, "start_dtls", FL_OP_SECURITY, NULL, "Vol 2 2-4.9; Vol 8 3")

enum fl_enip_command_code {
#define X(code, id, name, classes, technique, clause) FL_ENIP_##id = code,
	FL_ENIP_COMMANDS(X)
#undef X
};

/* X(code, name): Vol. 2 2-3.5 */
#define FL_ENIP_STATUSES(X)                             \
	X(0x0000, "success")                            \
	X(0x0001, "invalid_command")                    \
	X(0x0002, "insufficient_memory")                \
	X(0x0003, "incorrect_data")                     \
	X(0x0064, "invalid_session_handle")             \
	X(0x0065, "invalid_length")                     \
	X(0x0069, "unsupported_protocol_revision")      \
	X(0x006A, "encapsulated_service_not_allowed")

/* X(code, id, name): Vol. 2 2-6 */
#define FL_ENIP_ITEMS(X)                                        \
	X(0x0000, NULL_ADDRESS, "null_address")                 \
	X(0x000C, IDENTITY, "list_identity")                    \
	X(0x0086, SECURITY, "cip_security")                     \
	X(0x0087, CAPABILITY, "ethernet_ip_capability")         \
	X(0x0088, USAGE, "ethernet_ip_usage")                   \
	X(0x00A1, CONNECTED_ADDRESS, "connected_address")       \
	X(0x00B1, CONNECTED_DATA, "connected_data")             \
	X(0x00B2, UNCONNECTED_DATA, "unconnected_data")         \
	X(0x0100, SERVICES, "list_services")                    \
	X(0x8000, SOCKADDR_OT, "sockaddr_o_t")                  \
	X(0x8001, SOCKADDR_TO, "sockaddr_t_o")                  \
	X(0x8002, SEQUENCED_ADDRESS, "sequenced_address")       \
	X(0x8003, UNCONNECTED_DTLS, "unconnected_data_dtls")

enum fl_enip_item_type {
#define X(code, id, name) FL_ENIP_ITEM_##id = code,
	FL_ENIP_ITEMS(X)
#undef X
};

/* X(bit name, JSON text): a unit whose frame is whole but whose content breaks a rule; sync is kept. */
#define FL_ENIP_FLAWS(X)                                                                      \
	X(COMMAND, "command")       /* not one of the standard's */                           \
	X(OPTIONS, "options")       /* not 0: a receiver shall discard it, Vol. 2 2-3.7 */    \
	X(STATUS, "status")         /* not one of the standard's, or an error in a request */ \
	X(LENGTH, "length")         /* too short or too long for its command */               \
	X(INTERFACE, "interface")   /* not 0, which is CIP's: a device may read on all the same */ \
	X(ITEMS, "items")           /* the items do not fill the body */                      \
	X(MESSAGE, "message")       /* the message in it is no CIP message */                 \
	X(MISMATCH, "mismatch")     /* answers another service than was asked */

enum fl_enip_flaw_bit {
#define X(name, text) FL_ENIP_FLAW_BIT_##name,
	FL_ENIP_FLAWS(X)
#undef X
	FL_ENIP_FLAW_COUNT
};

enum fl_enip_flaw {
#define X(name, text) FL_ENIP_FLAW_##name = 1u << FL_ENIP_FLAW_BIT_##name,
	FL_ENIP_FLAWS(X)
#undef X
};

struct fl_enip_command {
	const char *name, *technique, *clause;
	uint16_t code, classes;
};

const struct fl_enip_command *fl_enip_command(uint16_t code); /* NULL: not one of the standard's */
const char *fl_enip_status_name(uint32_t status);             /* these give NULL for what is not listed */
const char *fl_enip_item_name(uint16_t type);
const char *fl_enip_flaw_name(unsigned bit);
const char *fl_cip_device_type_name(uint16_t type);           /* CIP Vol. 1 6-1: device profiles */

#endif
