/* pccc_table.h - everything about PCCC that is a list: commands and functions, statuses, data file types.
 *
 * Source: Rockwell 1770-6.5.16 (DF1 Protocol and Command Set): 7 (commands), 8 (statuses); file types from 1747
 * manuals. */
#ifndef FENCELINE_PCCC_TABLE_H
#define FENCELINE_PCCC_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/operation.h"

#define FL_PCCC_NONE 0x100 /* in the tables: a command without functions */

/* How the address after the function is laid out. */
enum fl_pccc_address {
	FL_PCCC_NO_ADDRESS,
	FL_PCCC_TYPED2,  /* size, file, type, element */
	FL_PCCC_TYPED3,  /* ... and sub-element */
	FL_PCCC_SYSTEM,  /* packet offset, total transaction, then a PLC-5 system address or a symbol as text */
	FL_PCCC_MODE,    /* the mode, one byte */
};

/* X(command, function, name, access classes, ATT&CK technique, address)
 *
 *   physical ...       reads and writes of memory whatever is in it: the program too, so both classes count
 *   protected typed    of a program file (type 0x22, ladder) it is a part of an upload or download: pccc.c
 *   initialize_memory  erases the program
 *   execute_multiple   carries other commands in a list that is not published: other */
#define FL_PCCC_FUNCTIONS(X)                                                                                        \
	X(0x00, FL_PCCC_NONE, "protected_write", FL_OP_WRITE, "T0836", NO_ADDRESS)                                  \
	X(0x01, FL_PCCC_NONE, "unprotected_read", FL_OP_READ, "T0801", NO_ADDRESS)                                  \
	X(0x02, FL_PCCC_NONE, "protected_bit_write", FL_OP_WRITE, "T0836", NO_ADDRESS)                              \
	X(0x05, FL_PCCC_NONE, "unprotected_bit_write", FL_OP_WRITE, "T0836", NO_ADDRESS)                            \
	X(0x08, FL_PCCC_NONE, "unprotected_write", FL_OP_WRITE, "T0836", NO_ADDRESS)                                \
	X(0x06, 0x00, "echo", FL_OP_DIAGNOSE, NULL, NO_ADDRESS)                                                     \
	X(0x06, 0x01, "read_diagnostic_counters", FL_OP_DIAGNOSE, "T0888", NO_ADDRESS)                              \
	X(0x06, 0x02, "set_variables", FL_OP_CONFIGURE, "T0836", NO_ADDRESS)                                        \
	X(0x06, 0x03, "diagnostic_status", FL_OP_DIAGNOSE, "T0888", NO_ADDRESS)                                     \
	X(0x06, 0x04, "set_timeout", FL_OP_CONFIGURE, NULL, NO_ADDRESS)                                             \
	X(0x06, 0x05, "set_naks", FL_OP_CONFIGURE, NULL, NO_ADDRESS)                                                \
	X(0x06, 0x06, "set_enqs", FL_OP_CONFIGURE, NULL, NO_ADDRESS)                                                \
	X(0x06, 0x07, "reset_diagnostic_counters", FL_OP_DIAGNOSE | FL_OP_CONTROL, NULL, NO_ADDRESS)                \
	X(0x06, 0x08, "set_data_table_size", FL_OP_CONFIGURE, "T0836", NO_ADDRESS)                                  \
	X(0x06, 0x09, "read_link_parameters", FL_OP_DIAGNOSE, "T0888", NO_ADDRESS)                                  \
	X(0x06, 0x0A, "set_link_parameters", FL_OP_CONFIGURE, "T0836", NO_ADDRESS)                                  \
	X(0x07, 0x00, "disable_outputs", FL_OP_CONTROL, "T0835", NO_ADDRESS)                                        \
	X(0x07, 0x01, "enable_outputs", FL_OP_CONTROL, "T0835", NO_ADDRESS)                                         \
	X(0x07, 0x03, "enable_plc_scanning", FL_OP_CONTROL, "T0858", NO_ADDRESS)                                    \
	X(0x07, 0x04, "enter_download_mode", FL_OP_PROGRAM_DOWNLOAD, "T0843", NO_ADDRESS)                           \
	X(0x07, 0x05, "exit_download_upload_mode", FL_OP_PROGRAM_DOWNLOAD | FL_OP_PROGRAM_UPLOAD, NULL, NO_ADDRESS) \
	X(0x07, 0x06, "enter_upload_mode", FL_OP_PROGRAM_UPLOAD, "T0845", NO_ADDRESS)                               \
	X(0x0F, 0x00, "word_range_write", FL_OP_WRITE, "T0836", SYSTEM)                                             \
	X(0x0F, 0x01, "word_range_read", FL_OP_READ, "T0801", SYSTEM)                                               \
	X(0x0F, 0x02, "bit_write", FL_OP_WRITE, "T0836", NO_ADDRESS)                                                \
	X(0x0F, 0x03, "file_write", FL_OP_WRITE, "T0836", SYSTEM)                                                   \
	X(0x0F, 0x04, "file_read", FL_OP_READ, "T0801", SYSTEM)                                                     \
	X(0x0F, 0x05, "download_request", FL_OP_PROGRAM_DOWNLOAD, "T0843", NO_ADDRESS)                              \
	X(0x0F, 0x06, "upload", FL_OP_PROGRAM_UPLOAD, "T0845", NO_ADDRESS)                                          \
	X(0x0F, 0x07, "shutdown", FL_OP_CONTROL, "T0816", NO_ADDRESS)                                               \
	X(0x0F, 0x08, "physical_write", FL_OP_WRITE | FL_OP_PROGRAM_DOWNLOAD, "T0843", NO_ADDRESS)                  \
	X(0x0F, 0x09, "physical_read", FL_OP_READ | FL_OP_PROGRAM_UPLOAD, "T0845", NO_ADDRESS)                      \
	X(0x0F, 0x0A, "restart_request", FL_OP_CONTROL, "T0816", NO_ADDRESS)                                        \
	X(0x0F, 0x11, "get_edit_resource", FL_OP_PROGRAM_DOWNLOAD, "T0889", NO_ADDRESS)                             \
	X(0x0F, 0x12, "return_edit_resource", FL_OP_PROGRAM_DOWNLOAD, "T0889", NO_ADDRESS)                          \
	X(0x0F, 0x17, "read_bytes_physical", FL_OP_READ | FL_OP_PROGRAM_UPLOAD, "T0845", NO_ADDRESS)                \
	X(0x0F, 0x18, "write_bytes_physical", FL_OP_WRITE | FL_OP_PROGRAM_DOWNLOAD, "T0843", NO_ADDRESS)            \
	X(0x0F, 0x26, "read_modify_write", FL_OP_WRITE, "T0836", NO_ADDRESS)                                        \
	X(0x0F, 0x29, "read_section_size", FL_OP_READ, "T0888", NO_ADDRESS)                                         \
	X(0x0F, 0x3A, "set_cpu_mode", FL_OP_CONTROL, "T0858", MODE)                                                 \
	X(0x0F, 0x41, "disable_forces", FL_OP_CONTROL, "T0835", NO_ADDRESS)                                         \
	X(0x0F, 0x50, "download_all_request", FL_OP_PROGRAM_DOWNLOAD, "T0843", NO_ADDRESS)                          \
	X(0x0F, 0x52, "download_completed", FL_OP_PROGRAM_DOWNLOAD, "T0843", NO_ADDRESS)                            \
	X(0x0F, 0x53, "upload_all_request", FL_OP_PROGRAM_UPLOAD, "T0845", NO_ADDRESS)                              \
	X(0x0F, 0x55, "upload_completed", FL_OP_PROGRAM_UPLOAD, "T0845", NO_ADDRESS)                                \
	X(0x0F, 0x57, "initialize_memory", FL_OP_CONTROL | FL_OP_PROGRAM_DOWNLOAD, "T0809", NO_ADDRESS)             \
	X(0x0F, 0x5E, "modify_plc2_compatibility_file", FL_OP_CONFIGURE, "T0836", NO_ADDRESS)                       \
	X(0x0F, 0x67, "typed_write", FL_OP_WRITE, "T0836", SYSTEM)                                                  \
	X(0x0F, 0x68, "typed_read", FL_OP_READ, "T0801", SYSTEM)                                                    \
	X(0x0F, 0x79, "read_modify_write_n", FL_OP_WRITE, "T0836", NO_ADDRESS)                                      \
	X(0x0F, 0x80, "change_mode", FL_OP_CONTROL, "T0858", MODE)                                                  \
	X(0x0F, 0x81, "open_file", FL_OP_FILE, NULL, NO_ADDRESS)                                                    \
	X(0x0F, 0x82, "close_file", FL_OP_FILE, NULL, NO_ADDRESS)                                                   \
	X(0x0F, 0x88, "execute_multiple_commands", FL_OP_OTHER, NULL, NO_ADDRESS)                                   \
	X(0x0F, 0x8F, "apply_port_configuration", FL_OP_CONFIGURE, "T0836", NO_ADDRESS)                             \
	X(0x0F, 0xA1, "protected_typed_logical_read_2", FL_OP_READ, "T0801", TYPED2)                                \
	X(0x0F, 0xA2, "protected_typed_logical_read_3", FL_OP_READ, "T0801", TYPED3)                                \
	X(0x0F, 0xA7, "protected_typed_file_read", FL_OP_FILE | FL_OP_READ, "T0893", NO_ADDRESS)                    \
	X(0x0F, 0xA9, "protected_typed_logical_write_2", FL_OP_WRITE, "T0836", TYPED2)                              \
	X(0x0F, 0xAA, "protected_typed_logical_write_3", FL_OP_WRITE, "T0836", TYPED3)                              \
	X(0x0F, 0xAB, "protected_typed_logical_masked_write_3", FL_OP_WRITE, "T0836", TYPED3)                       \
	X(0x0F, 0xAF, "protected_typed_file_write", FL_OP_FILE | FL_OP_WRITE, "T0867", NO_ADDRESS)

/* X(code, name): STS, remote errors in the high nibble, local ones in the low */
#define FL_PCCC_STATUSES(X)                                                                                     \
	X(0x00, "success")                                                                                      \
	X(0x01, "destination_out_of_buffer_space") X(0x02, "no_acknowledgement") X(0x03, "duplicate_token_holder") \
	X(0x04, "local_port_disconnected") X(0x05, "no_application_response") X(0x06, "duplicate_node")         \
	X(0x07, "station_offline") X(0x08, "hardware_fault")                                                    \
	X(0x10, "illegal_command_or_format") X(0x20, "host_will_not_communicate") X(0x30, "remote_host_missing") \
	X(0x40, "host_hardware_fault") X(0x50, "addressing_problem_or_memory_protect")                          \
	X(0x60, "command_protection") X(0x70, "processor_in_program_mode") X(0x80, "compatibility_file_missing") \
	X(0x90, "remote_cannot_buffer_command") X(0xA0, "wait_ack") X(0xB0, "remote_problem_due_to_download")   \
	X(0xC0, "wait_ack") X(0xF0, "extended_status")

/* X(code, name): EXT STS, with STS 0xF0 */
#define FL_PCCC_EXTENDED(X)                                                                                     \
	X(0x01, "illegal_field_value") X(0x02, "too_few_address_levels") X(0x03, "too_many_address_levels")     \
	X(0x04, "symbol_not_found") X(0x05, "symbol_improper_format") X(0x06, "address_not_usable")             \
	X(0x07, "file_wrong_size") X(0x08, "situation_has_changed") X(0x09, "data_or_file_too_large")           \
	X(0x0A, "transaction_too_large") X(0x0B, "access_denied") X(0x0C, "resource_not_available")             \
	X(0x0D, "resource_already_available") X(0x0E, "command_cannot_be_executed") X(0x0F, "histogram_overflow") \
	X(0x10, "no_access") X(0x11, "illegal_data_type") X(0x12, "invalid_parameter_or_data")                  \
	X(0x13, "address_reference_to_deleted_area") X(0x14, "unknown_failure") X(0x15, "data_conversion_error") \
	X(0x16, "scanner_cannot_reach_rack_adapter") X(0x17, "type_mismatch") X(0x18, "module_response_not_valid") \
	X(0x19, "duplicated_label") X(0x1A, "file_open_by_another_node") X(0x1B, "another_node_owns_program")   \
	X(0x1E, "data_table_protection_violation") X(0x1F, "temporary_internal_problem")                        \
	X(0x22, "remote_rack_fault") X(0x23, "timeout") X(0x24, "unknown_error")

enum { FL_PCCC_LADDER = 0x22, FL_PCCC_OUTPUT_FORCE = 0xA1, FL_PCCC_INPUT_FORCE = 0xA2 }; /* file types */

/* X(code, letters): data file types as addresses name them */
#define FL_PCCC_FILES(X)                                                                        \
	X(0x82, "O") X(0x83, "I") X(0x84, "S") X(0x85, "B") X(0x86, "T") X(0x87, "C") X(0x88, "R") \
	X(0x89, "N") X(0x8A, "F") X(0x8D, "ST") X(0x8E, "A") X(0x91, "L") X(0x92, "MG") X(0x93, "PD") \
	X(0xA1, "OF") X(0xA2, "IF")

struct fl_pccc_row {
	const char *name, *technique;
	uint16_t classes;
	uint8_t address; /* enum fl_pccc_address */
};

/* fl_pccc_row - the row of a command and its function (FL_PCCC_NONE: not there). Always names something; other if
 * unknown. */
struct fl_pccc_row fl_pccc_row(uint8_t command, unsigned function);
const char *fl_pccc_status_name(uint8_t status, uint8_t extended);
const char *fl_pccc_file_letters(uint8_t type); /* NULL: not listed */

#endif
