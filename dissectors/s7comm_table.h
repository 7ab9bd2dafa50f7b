/* s7comm_table.h - everything about S7comm (protocol id 0x32) that is a list: functions, services, areas, sizes, codes.
 *
 * One row per thing; enum, name, access classes and ATT&CK technique all come from that row, so they cannot drift. The
 * technique is what a row looks like to an analyst (ATT&CK for ICS 18.1); NULL where none fits a single operation.
 *
 * Sources: Siemens has published no specification. The codes below agree in what controllers send (the captures that the
 * tests are measured with), in libnodave's nodave.h and Snap7's s7_types.h, and in what Wireshark 4.0 names. The meanings
 * of SZL ids and error codes are public: Siemens, System Software for S7-300/400, Reference Manual, A5E02790054, chapters
 * "System status lists" and "Error codes" (the function error numbers of the programming device). */
#ifndef FENCELINE_S7COMM_TABLE_H
#define FENCELINE_S7COMM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/operation.h"

/* X(code, id, text): message classes (ROSCTR). A job that a controller sends is still a request. */
#define FL_S7_ROSCTRS(X)             \
	X(1, JOB, "job")             \
	X(2, ACK, "ack")             \
	X(3, ACK_DATA, "ack_data")   \
	X(7, USERDATA, "userdata")

enum fl_s7_rosctr {
#define X(num, name, text) FL_S7_##name = num,
	FL_S7_ROSCTRS(X)
#undef X
};

/* X(code, id, name, access classes, technique): functions of jobs and their answers.
 *
 * Classes that want a reason:
 *   0x00         carries services that are not documented: `other`, which a conduit must name
 *   0x1B, 0x1C   sent as jobs by the controller while a program is being loaded into it: the operation is the engineering
 *                station's, which asked for the download (0x1A)
 *   0x28         by the service's name, see below; this row is for a name that is not known
 *   0xF0         agrees on sizes and does nothing yet */
#define FL_S7_FUNCTIONS(X)                                                               \
	X(0x00, CPU_SERVICES, "cpu_services", FL_OP_OTHER, NULL)                         \
	X(0x04, READ_VAR, "read_var", FL_OP_READ, "T0801")                               \
	X(0x05, WRITE_VAR, "write_var", FL_OP_WRITE, "T0836")                            \
	X(0x1A, REQUEST_DOWNLOAD, "request_download", FL_OP_PROGRAM_DOWNLOAD, "T0843")   \
	X(0x1B, DOWNLOAD_BLOCK, "download_block", FL_OP_PROGRAM_DOWNLOAD, "T0843")       \
	X(0x1C, DOWNLOAD_ENDED, "download_ended", FL_OP_PROGRAM_DOWNLOAD, "T0843")       \
	X(0x1D, START_UPLOAD, "start_upload", FL_OP_PROGRAM_UPLOAD, "T0845")             \
	X(0x1E, UPLOAD, "upload", FL_OP_PROGRAM_UPLOAD, "T0845")                         \
	X(0x1F, END_UPLOAD, "end_upload", FL_OP_PROGRAM_UPLOAD, "T0845")                 \
	X(0x28, PI_SERVICE, "pi_service", FL_OP_CONTROL | FL_OP_OTHER, NULL)             \
	X(0x29, PLC_STOP, "plc_stop", FL_OP_CONTROL, "T0858")                            \
	X(0xF0, SETUP, "setup_communication", FL_OP_SESSION, NULL)

enum fl_s7_function_code {
#define X(num, id, name, cls, tech) FL_S7_FN_##id = num,
	FL_S7_FUNCTIONS(X)
#undef X
};

/* How a program invocation service takes its arguments: a list of blocks, a text, or length-prefixed texts (NC). Secret:
 * one of them is a password, so none is shown. */
enum fl_s7_pi_args { FL_S7_PI_TEXT, FL_S7_PI_BLOCKS, FL_S7_PI_STRINGS, FL_S7_PI_SECRET };

/* X(service as on the wire, name, access classes, technique, arguments): program invocation services of 0x28.
 *
 *   _INSE, _INS2  link a loaded block into the running program: the second half of a download
 *   _DELE         takes blocks out of the program: a change of the program like one of its code
 *   _MODU         makes the program permanent (RAM to ROM)
 *   _GARB         moves blocks in memory and alters nothing that runs
 *   P_PROGRAM     starts; with argument "C " cold. Its stop is the job 0x29
 *   _N_...        Sinumerik: tool and file services of the numerical control. Those on files and on the selected program
 *                 count as program transfer or control; tool data is configuration. SINUMERIK 840D, Programming Package */
#define FL_S7_PI_SERVICES(X)                                                                  \
	X("P_PROGRAM", "program_start", FL_OP_CONTROL, "T0858", TEXT)                         \
	X("_INSE", "insert_block", FL_OP_PROGRAM_DOWNLOAD, "T0889", BLOCKS)                   \
	X("_INS2", "insert_block_2", FL_OP_PROGRAM_DOWNLOAD, "T0889", BLOCKS)                 \
	X("_DELE", "delete_block", FL_OP_PROGRAM_DOWNLOAD, "T0889", BLOCKS)                   \
	X("_MODU", "copy_ram_to_rom", FL_OP_PROGRAM_DOWNLOAD, "T0889", TEXT)                  \
	X("_GARB", "compress_memory", FL_OP_CONFIGURE, NULL, TEXT)                            \
	X("_N_LOGIN_", "nc_login", FL_OP_SECURITY, NULL, SECRET)                              \
	X("_N_LOGOUT", "nc_logout", FL_OP_SECURITY, NULL, STRINGS)                            \
	X("_N_NEWPWD", "nc_new_password", FL_OP_SECURITY, "T0892", SECRET)                    \
	X("_N_CANCEL", "nc_cancel_alarm", FL_OP_ALARM, "T0878", STRINGS)                      \
	X("_N_DASAVE", "nc_save_data", FL_OP_CONFIGURE, NULL, STRINGS)                        \
	X("_N_DIGIOF", "nc_digitizing_off", FL_OP_CONTROL, NULL, STRINGS)                     \
	X("_N_DIGION", "nc_digitizing_on", FL_OP_CONTROL, NULL, STRINGS)                      \
	X("_N_DZERO_", "nc_zero_tool_edges", FL_OP_CONFIGURE, "T0836", STRINGS)               \
	X("_N_ENDEXT", "nc_end_external", FL_OP_CONTROL, NULL, STRINGS)                       \
	X("_N_F_OPER", "nc_file_open_read", FL_OP_FILE | FL_OP_READ, NULL, STRINGS)           \
	X("_N_OST_OF", "nc_overstore_off", FL_OP_CONTROL, NULL, STRINGS)                      \
	X("_N_OST_ON", "nc_overstore_on", FL_OP_CONTROL, NULL, STRINGS)                       \
	X("_N_SCALE_", "nc_set_units", FL_OP_CONFIGURE, "T0836", STRINGS)                     \
	X("_N_SETUFR", "nc_activate_frame", FL_OP_CONFIGURE, "T0836", STRINGS)                \
	X("_N_STRTLK", "nc_start_lock", FL_OP_CONTROL, "T0858", STRINGS)                      \
	X("_N_STRTUL", "nc_start_unlock", FL_OP_CONTROL, "T0858", STRINGS)                    \
	X("_N_TMRASS", "nc_tool_reset_active", FL_OP_CONFIGURE, "T0836", STRINGS)             \
	X("_N_F_DELE", "nc_file_delete", FL_OP_FILE | FL_OP_WRITE, "T0809", STRINGS)          \
	X("_N_F_DELR", "nc_file_delete_2", FL_OP_FILE | FL_OP_WRITE, "T0809", STRINGS)        \
	X("_N_EXTERN", "nc_select_external", FL_OP_CONTROL, "T0889", STRINGS)                 \
	X("_N_EXTMOD", "nc_external_mode", FL_OP_CONTROL, NULL, STRINGS)                      \
	X("_N_F_XFER", "nc_file_transfer", FL_OP_FILE | FL_OP_READ | FL_OP_WRITE, NULL, STRINGS) \
	X("_N_LOCKE_", "nc_lock", FL_OP_CONTROL, NULL, STRINGS)                               \
	X("_N_SELECT", "nc_select_program", FL_OP_CONTROL, "T0889", STRINGS)                  \
	X("_N_SRTEXT", "nc_mark_file", FL_OP_FILE | FL_OP_WRITE, NULL, STRINGS)               \
	X("_N_F_CLOS", "nc_file_close", FL_OP_FILE, NULL, STRINGS)                            \
	X("_N_F_OPEN", "nc_file_open", FL_OP_FILE | FL_OP_READ | FL_OP_WRITE, NULL, STRINGS)  \
	X("_N_F_SEEK", "nc_file_seek", FL_OP_FILE | FL_OP_READ, NULL, STRINGS)                \
	X("_N_ASUP__", "nc_assign_interrupt", FL_OP_CONTROL, "T0889", STRINGS)                \
	X("_N_CHEKDM", "nc_check_tool_numbers", FL_OP_DIAGNOSE, NULL, STRINGS)                \
	X("_N_CHKDNO", "nc_check_d_numbers", FL_OP_DIAGNOSE, NULL, STRINGS)                   \
	X("_N_CONFIG", "nc_configure", FL_OP_CONFIGURE, "T0836", STRINGS)                     \
	X("_N_CRCEDN", "nc_create_edge", FL_OP_CONFIGURE, "T0836", STRINGS)                   \
	X("_N_CREACE", "nc_create_edge_2", FL_OP_CONFIGURE, "T0836", STRINGS)                 \
	X("_N_CRTOCE", "nc_create_edge_of_tool", FL_OP_CONFIGURE, "T0836", STRINGS)           \
	X("_N_DELECE", "nc_delete_edge", FL_OP_CONFIGURE, "T0836", STRINGS)                   \
	X("_N_CREATO", "nc_create_tool", FL_OP_CONFIGURE, "T0836", STRINGS)                   \
	X("_N_DELETO", "nc_delete_tool", FL_OP_CONFIGURE, "T0836", STRINGS)                   \
	X("_N_DELVAR", "nc_delete_variable", FL_OP_WRITE, "T0836", STRINGS)                   \
	X("_N_F_COPY", "nc_file_copy", FL_OP_FILE | FL_OP_WRITE, NULL, STRINGS)               \
	X("_N_F_DMDA", "nc_delete_mda_memory", FL_OP_FILE | FL_OP_WRITE, "T0809", STRINGS)    \
	X("_N_F_PROT", "nc_file_protect", FL_OP_FILE | FL_OP_SECURITY, NULL, STRINGS)         \
	X("_N_F_RENA", "nc_file_rename", FL_OP_FILE | FL_OP_WRITE, NULL, STRINGS)             \
	X("_N_FINDBL", "nc_block_search", FL_OP_CONTROL, NULL, STRINGS)                       \
	X("_N_IBN_SS", "nc_set_commissioning_switch", FL_OP_CONFIGURE | FL_OP_CONTROL, "T0858", STRINGS) \
	X("_N_MMCSEM", "nc_semaphore", FL_OP_OTHER, NULL, STRINGS)                            \
	X("_N_NCKMOD", "nc_mode", FL_OP_CONTROL, "T0858", STRINGS)                            \
	X("_N_SEL_BL", "nc_select_block", FL_OP_CONTROL, NULL, STRINGS)                       \
	X("_N_SETTST", "nc_set_tool_state", FL_OP_CONFIGURE, "T0836", STRINGS)                \
	X("_N_TMAWCO", "nc_activate_wear_group", FL_OP_CONFIGURE, "T0836", STRINGS)           \
	X("_N_TMCRTC", "nc_create_tool_on_card", FL_OP_CONFIGURE, "T0836", STRINGS)           \
	X("_N_TMCRTO", "nc_create_tool_by_name", FL_OP_CONFIGURE, "T0836", STRINGS)           \
	X("_N_TMFDPL", "nc_find_place_to_load", FL_OP_DIAGNOSE, NULL, STRINGS)                \
	X("_N_TMFPBP", "nc_find_empty_place", FL_OP_DIAGNOSE, NULL, STRINGS)                  \
	X("_N_TMGETT", "nc_tool_number_of_name", FL_OP_READ, NULL, STRINGS)                   \
	X("_N_TMMVTL", "nc_move_tool", FL_OP_CONTROL, "T0836", STRINGS)                       \
	X("_N_TMPCIT", "nc_set_piece_counter", FL_OP_CONFIGURE, "T0836", STRINGS)             \
	X("_N_TMPOSM", "nc_position_magazine", FL_OP_CONTROL, "T0836", STRINGS)               \
	X("_N_TRESMO", "nc_reset_tool_monitoring", FL_OP_CONFIGURE, "T0836", STRINGS)         \
	X("_N_TSEARC", "nc_search_tool", FL_OP_READ, NULL, STRINGS)

/* X(group, id, text): function groups of userdata, the low six bits of the byte whose high two tell the type. */
#define FL_S7_GROUPS(X)                            \
	X(0x00, MODE, "mode_transition")           \
	X(0x01, PROGRAMMER, "programmer_commands") \
	X(0x02, CYCLIC, "cyclic_services")         \
	X(0x03, BLOCK, "block_functions")          \
	X(0x04, CPU, "cpu_functions")              \
	X(0x05, SECURITY, "security")              \
	X(0x06, PBC, "pbc_bsend")                  \
	X(0x07, TIME, "time_functions")            \
	X(0x20, RECORD, "data_record_routing")     \
	X(0x3F, NC, "nc_programming")

enum fl_s7_group {
#define X(num, id, text) FL_S7_GROUP_##id = num,
	FL_S7_GROUPS(X)
#undef X
};

/* X(group, subfunction, name, access classes, technique): what userdata asks.
 *
 *   programmer   variable status reads like a watch table; modify and force write; memory reset, breakpoints and leaving
 *                HOLD act on what runs; the jobs they set up are managed by disable .. replace, where `replace` brings
 *                new values. Force selection is not documented
 *   cyclic       sets up, alters or ends pushes of values: reading all the same
 *   block        tells what program there is, not what it says: diagnose
 *   cpu          read_szl is identify where the list says who the module is, see FL_S7_SZLS
 *   security     sending a password; its wording is never shown
 *   pbc          data pushed to a partner program (BSEND to BRECV): write */
#define FL_S7_USERDATA(X)                                                                \
	X(0x01, 0x01, "block_status", FL_OP_DIAGNOSE, NULL)                              \
	X(0x01, 0x02, "variable_status", FL_OP_READ, "T0801")                            \
	X(0x01, 0x03, "read_istack", FL_OP_DIAGNOSE, NULL)                               \
	X(0x01, 0x04, "read_bstack", FL_OP_DIAGNOSE, NULL)                               \
	X(0x01, 0x05, "read_lstack", FL_OP_DIAGNOSE, NULL)                               \
	X(0x01, 0x06, "time_measurement", FL_OP_DIAGNOSE, NULL)                          \
	X(0x01, 0x07, "force_selection", FL_OP_OTHER, NULL)                              \
	X(0x01, 0x08, "modify_variable", FL_OP_WRITE, "T0835")                           \
	X(0x01, 0x09, "force", FL_OP_WRITE | FL_OP_CONTROL, "T0835")                     \
	X(0x01, 0x0A, "breakpoint", FL_OP_CONTROL, "T0858")                              \
	X(0x01, 0x0B, "exit_hold", FL_OP_CONTROL, "T0858")                               \
	X(0x01, 0x0C, "memory_reset", FL_OP_CONTROL, "T0809")                            \
	X(0x01, 0x0D, "disable_job", FL_OP_DIAGNOSE, NULL)                               \
	X(0x01, 0x0E, "enable_job", FL_OP_DIAGNOSE, NULL)                                \
	X(0x01, 0x0F, "delete_job", FL_OP_DIAGNOSE, NULL)                                \
	X(0x01, 0x10, "read_job_list", FL_OP_DIAGNOSE, NULL)                             \
	X(0x01, 0x11, "read_job", FL_OP_DIAGNOSE, NULL)                                  \
	X(0x01, 0x12, "replace_job", FL_OP_DIAGNOSE | FL_OP_WRITE, "T0835")              \
	X(0x01, 0x13, "block_status_2", FL_OP_DIAGNOSE, NULL)                            \
	X(0x01, 0x16, "flash_led", FL_OP_DIAGNOSE, NULL)                                 \
	X(0x02, 0x01, "cyclic_transfer", FL_OP_READ, "T0801")                            \
	X(0x02, 0x04, "cyclic_unsubscribe", FL_OP_READ, NULL)                            \
	X(0x02, 0x05, "change_driven_transfer", FL_OP_READ, "T0801")                     \
	X(0x02, 0x07, "change_driven_transfer_modify", FL_OP_READ, "T0801")              \
	X(0x02, 0x08, "cyclic_read_record", FL_OP_READ, NULL)                            \
	X(0x03, 0x01, "list_blocks", FL_OP_DIAGNOSE, "T0888")                            \
	X(0x03, 0x02, "list_blocks_of_type", FL_OP_DIAGNOSE, "T0888")                    \
	X(0x03, 0x03, "get_block_info", FL_OP_DIAGNOSE, "T0888")                         \
	X(0x04, 0x01, "read_szl", FL_OP_DIAGNOSE, NULL)                                  \
	X(0x04, 0x02, "message_service", FL_OP_ALARM, NULL)                              \
	X(0x04, 0x03, "diagnostic_message", FL_OP_DIAGNOSE, NULL)                        \
	X(0x04, 0x05, "alarm_8_indication", FL_OP_ALARM, NULL)                           \
	X(0x04, 0x06, "notify_indication", FL_OP_ALARM, NULL)                            \
	X(0x04, 0x07, "alarm_8_lock", FL_OP_ALARM | FL_OP_CONFIGURE, "T0878")            \
	X(0x04, 0x08, "alarm_8_unlock", FL_OP_ALARM | FL_OP_CONFIGURE, "T0878")          \
	X(0x04, 0x09, "scan_indication", FL_OP_ALARM, NULL)                              \
	X(0x04, 0x0B, "alarm_acknowledge", FL_OP_ALARM, "T0838")                         \
	X(0x04, 0x0C, "alarm_acknowledge_indication", FL_OP_ALARM, NULL)                 \
	X(0x04, 0x0D, "alarm_lock_indication", FL_OP_ALARM, NULL)                        \
	X(0x04, 0x0E, "alarm_unlock_indication", FL_OP_ALARM, NULL)                      \
	X(0x04, 0x10, "ar_send_indication", FL_OP_ALARM, NULL)                           \
	X(0x04, 0x11, "alarm_sq_indication", FL_OP_ALARM, NULL)                          \
	X(0x04, 0x12, "alarm_s_indication", FL_OP_ALARM, NULL)                           \
	X(0x04, 0x13, "alarm_query", FL_OP_ALARM, NULL)                                  \
	X(0x04, 0x16, "notify_8_indication", FL_OP_ALARM, NULL)                          \
	X(0x05, 0x01, "set_session_password", FL_OP_SECURITY, NULL)                      \
	X(0x05, 0x02, "clear_session_password", FL_OP_SECURITY, NULL)                    \
	X(0x07, 0x01, "read_clock", FL_OP_DIAGNOSE, NULL)                                \
	X(0x07, 0x02, "set_clock", FL_OP_CONFIGURE, NULL)                                \
	X(0x07, 0x03, "read_clock_following", FL_OP_DIAGNOSE, NULL)                      \
	X(0x07, 0x04, "set_clock_following", FL_OP_CONFIGURE, NULL)                      \
	X(0x20, 0x01, "record_routing_init", FL_OP_OTHER, NULL)                          \
	X(0x20, 0x02, "record_routing_finish", FL_OP_OTHER, NULL)                        \
	X(0x20, 0x03, "record_routing_data", FL_OP_OTHER, NULL)                          \
	X(0x3F, 0x01, "nc_request_download", FL_OP_PROGRAM_DOWNLOAD, "T0843")            \
	X(0x3F, 0x02, "nc_download_block", FL_OP_PROGRAM_DOWNLOAD, "T0843")              \
	X(0x3F, 0x03, "nc_continue_download", FL_OP_PROGRAM_DOWNLOAD, "T0843")           \
	X(0x3F, 0x04, "nc_download_ended", FL_OP_PROGRAM_DOWNLOAD, "T0843")              \
	X(0x3F, 0x06, "nc_start_upload", FL_OP_PROGRAM_UPLOAD, "T0845")                  \
	X(0x3F, 0x07, "nc_upload", FL_OP_PROGRAM_UPLOAD, "T0845")                        \
	X(0x3F, 0x08, "nc_continue_upload", FL_OP_PROGRAM_UPLOAD, "T0845")

/* X(group, name, access classes): of a subfunction without a row. Mode transition has none: its byte is the mode.
 * BSEND numbers its subfunctions by connection, so its row is the group's. */
#define FL_S7_GROUP_DEFAULTS(X)                             \
	X(0x00, "mode_transition", FL_OP_DIAGNOSE)          \
	X(0x06, "bsend", FL_OP_WRITE)

/* X(code, name): operating modes in mode transitions */
#define FL_S7_MODES(X)                                                                                   \
	X(0, "stop") X(1, "warm_restart") X(2, "run") X(3, "hot_restart") X(4, "hold") X(6, "cold_restart") \
	X(9, "run_redundant") X(11, "link_up") X(12, "update")

/* X(code, id, name, is counted: its addresses and lengths are numbers of things, not bits): memory areas of an item */
#define FL_S7_AREAS(X)                                    \
	X(0x01, RECORD, "data_record", false)             \
	X(0x03, SYSTEM_INFO, "system_info_200", false)    \
	X(0x05, SYSTEM_FLAGS, "system_flags_200", false)  \
	X(0x06, ANALOG_IN, "analog_inputs_200", false)    \
	X(0x07, ANALOG_OUT, "analog_outputs_200", false)  \
	X(0x1C, COUNTERS, "counters", true)               \
	X(0x1D, TIMERS, "timers", true)                   \
	X(0x1E, IEC_COUNTERS, "iec_counters_200", true)   \
	X(0x1F, IEC_TIMERS, "iec_timers_200", true)       \
	X(0x80, PERIPHERY, "peripherals", false)          \
	X(0x81, INPUTS, "inputs", false)                  \
	X(0x82, OUTPUTS, "outputs", false)                \
	X(0x83, FLAGS, "flags", false)                    \
	X(0x84, DB, "data_blocks", false)                 \
	X(0x85, DI, "instance_data_blocks", false)        \
	X(0x86, LOCAL, "local_data", false)               \
	X(0x87, PREVIOUS_LOCAL, "previous_local_data", false)

enum fl_s7_area_code {
#define X(num, id, name, counted) FL_S7_AREA_##id = num,
	FL_S7_AREAS(X)
#undef X
};

/* X(code, name, bits of one element): transport sizes in an address */
#define FL_S7_SIZES(X)                                                                                 \
	X(1, "bit", 1) X(2, "byte", 8) X(3, "char", 8) X(4, "word", 16) X(5, "int", 16) X(6, "dword", 32) \
	X(7, "dint", 32) X(8, "real", 32) X(9, "date", 16) X(10, "time_of_day", 32) X(11, "time", 32)    \
	X(12, "s5time", 16) X(15, "date_and_time", 64) X(28, "counter", 16) X(29, "timer", 16)           \
	X(30, "iec_timer", 16) X(31, "iec_counter", 16) X(32, "hs_counter", 32)

/* X(code, name, length is in bits): transport sizes in data */
#define FL_S7_DATA_SIZES(X)                                                                       \
	X(0, "null", false) X(3, "bit", true) X(4, "byte_word_dword", true) X(5, "integer", true)   \
	X(6, "dinteger", false) X(7, "real", false) X(9, "octet_string", false)                     \
	X(17, "nck_address_1", false) X(18, "nck_address_2", false)

/* X(code, id, name): how an item is addressed */
#define FL_S7_SYNTAXES(X)                     \
	X(0x10, ANY, "any")                   \
	X(0x13, R_ID, "pbc_r_id")             \
	X(0x15, ALARM_LOCK, "alarm_lock_free") \
	X(0x16, ALARM_IND, "alarm_indication") \
	X(0x19, ALARM_ACK, "alarm_acknowledge") \
	X(0x1A, ALARM_QUERY, "alarm_query")   \
	X(0x1C, NOTIFY_IND, "notify_indication") \
	X(0x82, NCK, "nck")                   \
	X(0x83, NCK_METRIC, "nck_metric")     \
	X(0x84, NCK_INCH, "nck_inch")         \
	X(0xA2, DRIVE, "drive_es_any")        \
	X(0xB0, DB_READ, "db_read")           \
	X(0xB2, SYMBOL, "symbolic_1200")

enum fl_s7_syntax_id {
#define X(num, id, name) FL_S7_SYNTAX_##id = num,
	FL_S7_SYNTAXES(X)
#undef X
};

/* X(code, name): per-item return codes */
#define FL_S7_RETURN_CODES(X)                                                                         \
	X(0x00, "reserved") X(0x01, "hardware_error") X(0x03, "access_not_allowed") X(0x05, "invalid_address") \
	X(0x06, "data_type_not_supported") X(0x07, "data_type_inconsistent") X(0x0A, "object_does_not_exist") \
	X(0xFF, "success")

#define FL_S7_SUCCESS 0xFFu

/* X(code, name): error classes in the header of an answer */
#define FL_S7_ERROR_CLASSES(X)                                                                          \
	X(0x00, "no_error") X(0x81, "application_relationship") X(0x82, "object_definition")              \
	X(0x83, "no_resources") X(0x84, "service_processing") X(0x85, "supplies") X(0x87, "access")       \
	X(0xD0, "programmer_command") X(0xD2, "block_function") X(0xD4, "information_function")           \
	X(0xD6, "legitimization") X(0xD8, "cyclic_service") X(0xDC, "time_function") X(0xE1, "redundancy") \
	X(0xEF, "protocol")

/* X(type as on the wire, name): kinds of blocks, as a number and as its two hex digits */
#define FL_S7_BLOCK_TYPES(X) \
	X(0x08, "OB") X(0x09, "CMOD") X(0x0A, "DB") X(0x0B, "SDB") X(0x0C, "FC") X(0x0D, "SFC") X(0x0E, "FB") X(0x0F, "SFB")

/* X(partial list, name, access classes, technique): the low byte of an SZL id. What is not listed is diagnose. */
#define FL_S7_SZLS(X)                                                             \
	X(0x00, "szl_ids", FL_OP_DIAGNOSE, NULL)                                  \
	X(0x11, "module_identification", FL_OP_IDENTIFY, "T0888")                 \
	X(0x12, "cpu_characteristics", FL_OP_DIAGNOSE, "T0888")                   \
	X(0x13, "memory_areas", FL_OP_DIAGNOSE, NULL)                             \
	X(0x14, "system_areas", FL_OP_DIAGNOSE, NULL)                             \
	X(0x15, "block_types", FL_OP_DIAGNOSE, NULL)                              \
	X(0x16, "priority_classes", FL_OP_DIAGNOSE, NULL)                         \
	X(0x17, "permitted_sdbs", FL_OP_DIAGNOSE, NULL)                           \
	X(0x18, "io_configuration_limits", FL_OP_DIAGNOSE, NULL)                  \
	X(0x19, "led_status", FL_OP_DIAGNOSE, "T0868")                            \
	X(0x1C, "component_identification", FL_OP_IDENTIFY, "T0888")              \
	X(0x21, "interrupt_assignment", FL_OP_DIAGNOSE, NULL)                     \
	X(0x22, "interrupt_status", FL_OP_DIAGNOSE, NULL)                         \
	X(0x23, "priority_class_status", FL_OP_DIAGNOSE, NULL)                    \
	X(0x24, "operating_modes", FL_OP_DIAGNOSE, "T0868")                       \
	X(0x25, "process_image_assignment", FL_OP_DIAGNOSE, NULL)                 \
	X(0x31, "communication_capability", FL_OP_DIAGNOSE, "T0888")              \
	X(0x32, "communication_status", FL_OP_DIAGNOSE, NULL)                     \
	X(0x33, "diagnostics_logons", FL_OP_DIAGNOSE, NULL)                       \
	X(0x37, "ethernet_details", FL_OP_DIAGNOSE, "T0888")                      \
	X(0x71, "redundancy_group", FL_OP_DIAGNOSE, NULL)                         \
	X(0x74, "led_status_2", FL_OP_DIAGNOSE, "T0868")                          \
	X(0x75, "switched_dp_slaves", FL_OP_DIAGNOSE, NULL)                       \
	X(0x81, "start_information", FL_OP_DIAGNOSE, NULL)                        \
	X(0x82, "start_events", FL_OP_DIAGNOSE, NULL)                             \
	X(0x90, "dp_master_systems", FL_OP_DIAGNOSE, NULL)                        \
	X(0x91, "module_status", FL_OP_DIAGNOSE, "T0888")                         \
	X(0x92, "rack_status", FL_OP_DIAGNOSE, NULL)                              \
	X(0x94, "station_status", FL_OP_DIAGNOSE, NULL)                           \
	X(0x95, "dp_master_system_extended", FL_OP_DIAGNOSE, NULL)                \
	X(0x96, "module_status_io", FL_OP_DIAGNOSE, "T0888")                      \
	X(0xA0, "diagnostic_buffer", FL_OP_DIAGNOSE, NULL)                        \
	X(0xB1, "module_diagnostics_0", FL_OP_DIAGNOSE, NULL)                     \
	X(0xB2, "module_diagnostics_1_by_slot", FL_OP_DIAGNOSE, NULL)             \
	X(0xB3, "module_diagnostics_1_by_address", FL_OP_DIAGNOSE, NULL)          \
	X(0xB4, "dp_slave_diagnostics", FL_OP_DIAGNOSE, NULL)

/* X(bit name, JSON text): a unit whose frame is whole but whose content breaks a rule */
#define FL_S7_FLAWS(X)                                                                                     \
	X(LENGTH, "length")       /* header, parameters and data do not add up to the message, or a part is short */ \
	X(TRAILING, "trailing")   /* bytes behind the data */                                              \
	X(ROSCTR, "rosctr")       /* no such message class */                                              \
	X(FUNCTION, "function")   /* no such function, group or subfunction */                             \
	X(ITEM, "item")           /* an item runs over, or there are not as many as announced */           \
	X(VALUE, "value")         /* a field with listed values has another */                             \
	X(MISMATCH, "mismatch")   /* an answer of another function than its request */                     \
	X(TOO_LONG, "too_long")   /* in several units, and longer than is put together */                  \
	X(RESERVED, "reserved")   /* the TPKT's reserved byte is not 0 */

enum fl_s7_flaw_bit {
#define X(name, text) FL_S7_FLAW_BIT_##name,
	FL_S7_FLAWS(X)
#undef X
	FL_S7_FLAW_COUNT
};

enum fl_s7_flaw {
#define X(name, text) FL_S7_FLAW_##name = 1u << FL_S7_FLAW_BIT_##name,
	FL_S7_FLAWS(X)
#undef X
};

struct fl_s7_row { /* of a function, a service, a group's subfunction or an SZL */
	const char *name;
	const char *technique; /* ATT&CK for ICS, or NULL */
	uint16_t classes;      /* enum fl_op_class */
	uint8_t args;          /* of a service: enum fl_s7_pi_args */
};

/* All give NULL for what is not listed, but fl_s7_userdata, which gives the default of the group. */
const struct fl_s7_row *fl_s7_function(uint8_t code);
const struct fl_s7_row *fl_s7_pi_service(const uint8_t *name, size_t len);
const struct fl_s7_row *fl_s7_userdata(uint8_t group, uint8_t subfunction, bool *listed); /* never NULL */
const struct fl_s7_row *fl_s7_szl(uint16_t id); /* by its partial list; NULL if not listed */

const char *fl_s7_rosctr_name(uint8_t code);
const char *fl_s7_group_name(uint8_t group);
const char *fl_s7_mode_name(uint8_t mode);
const char *fl_s7_area_name(uint8_t code);
bool fl_s7_area_counts(uint8_t code);
const char *fl_s7_size_name(uint8_t code);
unsigned fl_s7_size_bits(uint8_t code); /* 0 if not listed */
const char *fl_s7_data_size_name(uint8_t code);
bool fl_s7_data_size_in_bits(uint8_t code);
const char *fl_s7_syntax_name(uint8_t code);
const char *fl_s7_return_code_name(uint8_t code);
const char *fl_s7_error_class_name(uint8_t code);
const char *fl_s7_error_name(uint16_t code); /* class << 8 | code: s7comm_errors.c */
const char *fl_s7_block_type_name(uint8_t type);
const char *fl_s7_flaw_name(unsigned bit);

#endif
