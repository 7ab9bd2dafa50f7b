/* cip_table.h - everything about CIP that is a list: services by class, classes, statuses.
 *
 * A service code means something only together with the class it is sent to: 0x4C reads a tag, reads a template, starts
 * the download of a file, or opens a connection. So a service is looked up by (class, code); then, below 0x32, among
 * the common services, which mean the same for every class; and what is in neither is `other`, which a conduit must
 * name.
 *
 * What a common service is depends on the class too: to get an attribute of the Identity object is to identify, to set
 * one of an Assembly is to write process data. FL_CIP_CLASSES says so for each class; what it says for services of the
 * class's own holds for those without a row. Classes of vendors (0x64..0xC7, 0x300..0x4FF) are not published: to get is
 * to read, but what a change of theirs changes is not known, hence `other` beside configure.
 *
 * Sources: CIP Vol. 1 (clauses in the rows) and its Appendix A (common services), Vol. 8 (security), Rockwell
 * 1756-PM020 (tags), ACID (cisagov, indicators for Logix), and captures of the vendor's own tools where a row says so.
 * */
#ifndef FENCELINE_CIP_TABLE_H
#define FENCELINE_CIP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/operation.h"

/* Classes that are asked for by name, and two that are none: a path by symbol alone, and a response without its
 * request. */
enum fl_cip_class_code {
	FL_CIP_CLASS_IDENTITY = 0x01, FL_CIP_CLASS_ROUTER = 0x02, FL_CIP_CLASS_MANAGER = 0x06, FL_CIP_CLASS_PCCC = 0x67,
	FL_CIP_CLASS_SYMBOL = 0x6B,
};
#define FL_CIP_CLASS_TAG UINT32_C(0xFFFF0001)     /* not codes of the wire: those end in 32 bits elsewhere */
#define FL_CIP_CLASS_UNKNOWN UINT32_C(0xFFFF0002)

enum fl_cip_service_code {
	FL_CIP_SVC_GET_ALL = 0x01, FL_CIP_SVC_GET_LIST = 0x03, FL_CIP_SVC_RESET = 0x05, FL_CIP_SVC_MULTIPLE = 0x0A,
	FL_CIP_SVC_GET_SINGLE = 0x0E, FL_CIP_SVC_EXECUTE_PCCC = 0x4B, FL_CIP_SVC_FORWARD_CLOSE = 0x4E,
	FL_CIP_SVC_UNCONNECTED_SEND = 0x52, FL_CIP_SVC_FORWARD_OPEN = 0x54, FL_CIP_SVC_GET_CONNECTION_DATA = 0x56,
	FL_CIP_SVC_SEARCH_CONNECTION_DATA = 0x57,
	FL_CIP_SVC_GET_CONNECTION_OWNER = 0x5A, FL_CIP_SVC_LARGE_FORWARD_OPEN = 0x5B,
};

/* X(code, name, how, ATT&CK technique): Vol. 1 A-3. how: GET and SET as the class says; else access classes of its own.
 *
 *   start, stop    of most objects; for a controller, its mode
 *   apply          makes what was set before take effect
 *   no_operation   tells that somebody is there
 *   multiple       counts as what is in it; the class here is for a packet with nothing in it */
#define FL_CIP_COMMON(X)                                                                \
	X(0x01, "get_attributes_all", GET, "T0888")                                     \
	X(0x02, "set_attributes_all", SET, "T0836")                                     \
	X(0x03, "get_attribute_list", GET, "T0888")                                     \
	X(0x04, "set_attribute_list", SET, "T0836")                                     \
	X(0x05, "reset", FL_OP_CONTROL, "T0816")                                        \
	X(0x06, "start", FL_OP_CONTROL, "T0858")                                        \
	X(0x07, "stop", FL_OP_CONTROL, "T0858")                                         \
	X(0x08, "create", SET, NULL)                                                    \
	X(0x09, "delete", SET, NULL)                                                    \
	X(0x0A, "multiple_service_packet", FL_OP_OTHER, NULL)                           \
	X(0x0D, "apply_attributes", SET, "T0836")                                       \
	X(0x0E, "get_attribute_single", GET, "T0888")                                   \
	X(0x10, "set_attribute_single", SET, "T0836")                                   \
	X(0x11, "find_next_object_instance", GET, "T0888")                              \
	X(0x14, "error_response", FL_OP_OTHER, NULL)                                    \
	X(0x15, "restore", SET, "T0836")                                                \
	X(0x16, "save", SET, NULL)                                                      \
	X(0x17, "no_operation", FL_OP_SESSION, NULL)                                    \
	X(0x18, "get_member", GET, "T0888")                                             \
	X(0x19, "set_member", SET, "T0836")                                             \
	X(0x1A, "insert_member", SET, "T0836")                                          \
	X(0x1B, "remove_member", SET, "T0836")                                          \
	X(0x1C, "group_sync", FL_OP_OTHER, NULL)                                        \
	X(0x1D, "get_connection_point_member_list", GET, "T0888")

/* X(class, code, name, access classes, technique, source)
 *
 *   0x06 0x52, 0x0A  count as what is in them
 *   0x06 0x54, 0x5B  a session; for class 0 and 1 also io_data, with configuration data also configure (cip_op.c)
 *   0x64 0x07        what is known to stop a controller through the program name object
 *   0x68, 0x69       forces of I/O: set and removed */
#define FL_CIP_SERVICES(X)                                                                              \
	X(0x06, 0x4E, "forward_close", FL_OP_SESSION, NULL, "Vol 1 3-5.5.3")                            \
	X(0x06, 0x50, "concurrent_forward_open", FL_OP_SESSION | FL_OP_IO_DATA, NULL, "Vol 1 3-5.5")    \
	X(0x06, 0x51, "concurrent_forward_close", FL_OP_SESSION, NULL, "Vol 1 3-5.5")                   \
	X(0x06, 0x52, "unconnected_send", FL_OP_OTHER, NULL, "Vol 1 3-5.5.4")                           \
	X(0x06, 0x54, "forward_open", FL_OP_SESSION, NULL, "Vol 1 3-5.5.2")                             \
	X(0x06, 0x56, "get_connection_data", FL_OP_DIAGNOSE, "T0888", "Vol 1 3-5.5.5")                  \
	X(0x06, 0x57, "search_connection_data", FL_OP_DIAGNOSE, "T0888", "Vol 1 3-5.5.6")               \
	X(0x06, 0x5A, "get_connection_owner", FL_OP_DIAGNOSE, "T0888", "Vol 1 3-5.5.7")                 \
	X(0x06, 0x5B, "large_forward_open", FL_OP_SESSION, NULL, "Vol 1 3-5.5.2")                       \
	X(0x04, 0x01, "get_attributes_all", FL_OP_READ, "T0801", "Vol 1 5A-5")                          \
	X(0x04, 0x0E, "get_attribute_single", FL_OP_READ, "T0801", "Vol 1 5A-5")                        \
	X(0x0F, 0x4B, "get_enum_string", FL_OP_READ, "T0888", "Vol 1 5A-14")                            \
	X(0x37, 0x4B, "initiate_upload", FL_OP_FILE | FL_OP_READ, "T0893", "Vol 1 5A-42")               \
	X(0x37, 0x4C, "initiate_download", FL_OP_FILE | FL_OP_WRITE, "T0867", "Vol 1 5A-42")            \
	X(0x37, 0x4D, "initiate_partial_read", FL_OP_FILE | FL_OP_READ, "T0893", "Vol 1 5A-42")         \
	X(0x37, 0x4E, "initiate_partial_write", FL_OP_FILE | FL_OP_WRITE, "T0867", "Vol 1 5A-42")       \
	X(0x37, 0x4F, "upload_transfer", FL_OP_FILE | FL_OP_READ, "T0893", "Vol 1 5A-42")               \
	X(0x37, 0x50, "download_transfer", FL_OP_FILE | FL_OP_WRITE, "T0867", "Vol 1 5A-42")            \
	X(0x37, 0x51, "clear_file", FL_OP_FILE | FL_OP_WRITE, "T0809", "Vol 1 5A-42")                   \
	X(0x44, 0x4B, "read_discrete_inputs", FL_OP_READ, "T0801", "Vol 7 2")                           \
	X(0x44, 0x4C, "read_coils", FL_OP_READ, "T0801", "Vol 7 2")                                     \
	X(0x44, 0x4D, "read_input_registers", FL_OP_READ, "T0801", "Vol 7 2")                           \
	X(0x44, 0x4E, "read_holding_registers", FL_OP_READ, "T0801", "Vol 7 2")                         \
	X(0x44, 0x4F, "write_coils", FL_OP_WRITE, "T0836", "Vol 7 2")                                   \
	X(0x44, 0x50, "write_holding_registers", FL_OP_WRITE, "T0836", "Vol 7 2")                       \
	X(0x44, 0x51, "modbus_passthrough", FL_OP_OTHER, NULL, "Vol 7 2")                               \
	X(0x47, 0x4B, "verify_fault_location", FL_OP_DIAGNOSE | FL_OP_CONTROL, NULL, "Vol 2 5-5")       \
	X(0x47, 0x4C, "clear_rapid_faults", FL_OP_DIAGNOSE | FL_OP_CONTROL, NULL, "Vol 2 5-5")          \
	X(0x47, 0x4D, "restart_sign_on", FL_OP_DIAGNOSE | FL_OP_CONTROL, NULL, "Vol 2 5-5")             \
	X(0x47, 0x4E, "clear_gateway_partial_fault", FL_OP_DIAGNOSE | FL_OP_CONTROL, NULL, "Vol 2 5-5") \
	X(0x5D, 0x4B, "begin_config", FL_OP_SECURITY, NULL, "Vol 8 5")                                  \
	X(0x5D, 0x4C, "kick_timer", FL_OP_SECURITY, NULL, "Vol 8 5")                                    \
	X(0x5D, 0x4D, "end_config", FL_OP_SECURITY, NULL, "Vol 8 5")                                    \
	X(0x5D, 0x4E, "object_cleanup", FL_OP_SECURITY, NULL, "Vol 8 5")                                \
	X(0x5F, 0x4B, "create_csr", FL_OP_SECURITY, NULL, "Vol 8 5")                                    \
	X(0x5F, 0x4C, "verify_certificate", FL_OP_SECURITY, NULL, "Vol 8 5")                            \
	X(0x67, 0x4B, "execute_pccc", FL_OP_OTHER, NULL, "Rockwell 1756-PM020; pccc_table.h")           \
	X(0x68, 0x4D, "force_io", FL_OP_CONTROL | FL_OP_WRITE, "T0835", "ACID")                         \
	X(0x68, 0x4E, "force_io", FL_OP_CONTROL | FL_OP_WRITE, "T0835", "ACID")                         \
	X(0x69, 0x4D, "force_io", FL_OP_CONTROL | FL_OP_WRITE, "T0835", "ACID")                         \
	X(0x69, 0x4E, "force_io", FL_OP_CONTROL | FL_OP_WRITE, "T0835", "ACID")                         \
	X(0x6A, 0x51, "modify_parameter", FL_OP_WRITE, "T0836", "ACID")                                 \
	X(0x6B, 0x4C, "read_tag", FL_OP_READ, "T0801", "1756-PM020")                                    \
	X(0x6B, 0x4D, "write_tag", FL_OP_WRITE, "T0836", "1756-PM020")                                  \
	X(0x6B, 0x4E, "read_modify_write_tag", FL_OP_WRITE, "T0836", "1756-PM020")                      \
	X(0x6B, 0x52, "read_tag_fragmented", FL_OP_READ, "T0801", "1756-PM020")                         \
	X(0x6B, 0x53, "write_tag_fragmented", FL_OP_WRITE, "T0836", "1756-PM020")                       \
	X(0x6B, 0x55, "get_instance_attribute_list", FL_OP_READ, "T0861", "1756-PM020")                 \
	X(0x6C, 0x03, "get_attribute_list", FL_OP_READ, "T0861", "1756-PM020")                          \
	X(0x6C, 0x4C, "read_template", FL_OP_READ, "T0861", "1756-PM020")                               \
	X(0x8E, 0x5C, "logix_handshake", FL_OP_OTHER, NULL, "ACID")                                     \
	X(0xA1, 0x4B, "firmware_update", FL_OP_FIRMWARE, "T0857", "captures of ControlFLASH")           \
	X(0xA1, 0x4D, "firmware_transfer", FL_OP_FIRMWARE, "T0857", "captures of ControlFLASH")         \
	X(0xAC, 0x08, "create", FL_OP_PROGRAM_DOWNLOAD, "T0843", "ACID")                                \
	X(0xF3, 0x4B, "kick_timer", FL_OP_CONFIGURE, NULL, "Vol 1 5A-37")                               \
	X(0xF3, 0x4C, "open_connection", FL_OP_CONTROL, NULL, "Vol 1 5A-37")                            \
	X(0xF3, 0x4D, "close_connection", FL_OP_CONTROL, NULL, "Vol 1 5A-37")                           \
	X(0xF3, 0x4E, "stop_connection", FL_OP_CONTROL, NULL, "Vol 1 5A-37")                            \
	X(0xF3, 0x4F, "change_start", FL_OP_CONFIGURE, "T0836", "Vol 1 5A-37")                          \
	X(0xF3, 0x50, "get_status", FL_OP_READ, "T0888", "Vol 1 5A-37")                                 \
	X(0xF3, 0x51, "change_complete", FL_OP_CONFIGURE, "T0836", "Vol 1 5A-37")                       \
	X(0xF3, 0x52, "audit_changes", FL_OP_READ, "T0888", "Vol 1 5A-37")                              \
	X(0xF6, 0x4C, "get_and_clear", FL_OP_DIAGNOSE | FL_OP_CONTROL, NULL, "Vol 2 5-4")               \
	X(FL_CIP_CLASS_TAG, 0x4C, "read_tag", FL_OP_READ, "T0801", "1756-PM020")                        \
	X(FL_CIP_CLASS_TAG, 0x4D, "write_tag", FL_OP_WRITE, "T0836", "1756-PM020")                      \
	X(FL_CIP_CLASS_TAG, 0x4E, "read_modify_write_tag", FL_OP_WRITE, "T0836", "1756-PM020")          \
	X(FL_CIP_CLASS_TAG, 0x52, "read_tag_fragmented", FL_OP_READ, "T0801", "1756-PM020")             \
	X(FL_CIP_CLASS_TAG, 0x53, "write_tag_fragmented", FL_OP_WRITE, "T0836", "1756-PM020")           \
	X(FL_CIP_CLASS_TAG, 0x55, "get_instance_attribute_list", FL_OP_READ, "T0861", "1756-PM020")

/* X(code, name, to get, to set, its own services): ODVA's class codes, and those of Logix controllers that are known by
 * name. */
#define FL_CIP_CLASSES(X) \
	X(0x01, "identity", FL_OP_IDENTIFY, FL_OP_CONFIGURE, FL_OP_OTHER)                                       \
	X(0x02, "message_router", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                     \
	X(0x03, "devicenet", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                          \
	X(0x04, "assembly", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                               \
	X(0x05, "connection", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                         \
	X(0x06, "connection_manager", FL_OP_DIAGNOSE, FL_OP_CONFIGURE, FL_OP_OTHER)                             \
	X(0x07, "register", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                           \
	X(0x08, "discrete_input_point", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                   \
	X(0x09, "discrete_output_point", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                  \
	X(0x0A, "analog_input_point", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                     \
	X(0x0B, "analog_output_point", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                    \
	X(0x0E, "presence_sensing", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0x0F, "parameter", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                          \
	X(0x10, "parameter_group", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                    \
	X(0x12, "group", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                              \
	X(0x1D, "discrete_input_group", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                   \
	X(0x1E, "discrete_output_group", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                  \
	X(0x1F, "discrete_group", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                         \
	X(0x20, "analog_input_group", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                     \
	X(0x21, "analog_output_group", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                    \
	X(0x22, "analog_group", FL_OP_READ, FL_OP_WRITE, FL_OP_OTHER)                                           \
	X(0x23, "position_sensor", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                    \
	X(0x24, "position_controller_supervisor", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                     \
	X(0x25, "position_controller", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                \
	X(0x26, "block_sequencer", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                    \
	X(0x27, "command_block", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                      \
	X(0x28, "motor_data", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                         \
	X(0x29, "control_supervisor", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                 \
	X(0x2A, "ac_dc_drive", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                        \
	X(0x2B, "acknowledge_handler", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                \
	X(0x2C, "overload", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                           \
	X(0x2D, "softstart", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                          \
	X(0x2E, "selection", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                          \
	X(0x30, "s_device_supervisor", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                \
	X(0x31, "s_analog_sensor", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                    \
	X(0x32, "s_analog_actuator", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0x33, "s_single_stage_controller", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                          \
	X(0x34, "s_gas_calibration", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0x35, "trip_point", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                         \
	X(0x37, "file", FL_OP_FILE | FL_OP_READ, FL_OP_FILE | FL_OP_WRITE, FL_OP_FILE | FL_OP_OTHER)            \
	X(0x38, "s_partial_pressure", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                 \
	X(0x39, "safety_supervisor", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0x3A, "safety_validator", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0x3B, "safety_discrete_output_point", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                       \
	X(0x3C, "safety_discrete_output_group", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                       \
	X(0x3D, "safety_discrete_input_point", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                        \
	X(0x3E, "safety_discrete_input_group", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                        \
	X(0x3F, "safety_dual_channel_output", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                         \
	X(0x40, "s_sensor_calibration", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                               \
	X(0x41, "event_log", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                          \
	X(0x42, "motion_device_axis", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                 \
	X(0x43, "time_sync", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                          \
	X(0x44, "modbus", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                             \
	X(0x45, "originator_connection_list", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                         \
	X(0x46, "modbus_serial_link", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                 \
	X(0x47, "device_level_ring", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0x48, "qos", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                                \
	X(0x49, "safety_analog_input_point", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                          \
	X(0x4A, "safety_analog_input_group", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                          \
	X(0x4B, "safety_dual_channel_analog_input", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                   \
	X(0x4C, "sercos_iii_link", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                    \
	X(0x4D, "target_connection_list", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                             \
	X(0x4E, "base_energy", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                        \
	X(0x4F, "electrical_energy", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0x50, "non_electrical_energy", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                              \
	X(0x51, "base_switch", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                        \
	X(0x52, "snmp", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                               \
	X(0x53, "power_management", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0x54, "rstp_bridge", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                        \
	X(0x55, "rstp_port", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                          \
	X(0x56, "prp_hsr_protocol", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0x57, "prp_hsr_nodes_table", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                \
	X(0x58, "safety_feedback", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                    \
	X(0x59, "safety_dual_channel_feedback", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                       \
	X(0x5A, "safety_stop_functions", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                              \
	X(0x5B, "safety_limit_functions", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                             \
	X(0x5C, "power_curtailment", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0x5D, "cip_security", FL_OP_SECURITY, FL_OP_SECURITY, FL_OP_SECURITY)                                 \
	X(0x5E, "ethernet_ip_security", FL_OP_SECURITY, FL_OP_SECURITY, FL_OP_SECURITY)                         \
	X(0x5F, "certificate_management", FL_OP_SECURITY, FL_OP_SECURITY, FL_OP_SECURITY)                       \
	X(0x60, "authority", FL_OP_SECURITY, FL_OP_SECURITY, FL_OP_SECURITY)                                    \
	X(0x61, "password_authenticator", FL_OP_SECURITY, FL_OP_SECURITY, FL_OP_SECURITY)                       \
	X(0x62, "certificate_authenticator", FL_OP_SECURITY, FL_OP_SECURITY, FL_OP_SECURITY)                    \
	X(0x64, "logix_program_name", FL_OP_READ, FL_OP_CONFIGURE | FL_OP_OTHER, FL_OP_OTHER)                   \
	X(0x67, "pccc", FL_OP_READ, FL_OP_CONFIGURE | FL_OP_OTHER, FL_OP_OTHER)                                 \
	X(0x6B, "logix_symbol", FL_OP_READ, FL_OP_CONFIGURE | FL_OP_OTHER, FL_OP_OTHER)                         \
	X(0x6C, "logix_template", FL_OP_READ, FL_OP_CONFIGURE | FL_OP_OTHER, FL_OP_OTHER)                       \
	X(0x8B, "wall_clock_time", FL_OP_READ, FL_OP_CONFIGURE | FL_OP_OTHER, FL_OP_OTHER)                      \
	X(0xA1, "non_volatile_storage", FL_OP_READ, FL_OP_FIRMWARE, FL_OP_FIRMWARE)                             \
	X(0xF0, "controlnet", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                         \
	X(0xF1, "controlnet_keeper", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0xF2, "controlnet_scheduling", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                              \
	X(0xF3, "connection_configuration", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                           \
	X(0xF4, "port", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                               \
	X(0xF5, "tcp_ip_interface", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0xF6, "ethernet_link", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                      \
	X(0xF7, "componet", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                           \
	X(0xF8, "componet_repeater", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0xF9, "hart_master_port", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0xFA, "io_aggregation", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                     \
	X(0x100, "protection_trip", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0x101, "protection_alarm", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0x102, "circuit_breaker_supervisor", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                        \
	X(0x103, "circuit_breaker_statistics", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                        \
	X(0x104, "electrical_demand", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                 \
	X(0x105, "electrical_statistics", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                             \
	X(0x106, "machine_base_data", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                 \
	X(0x107, "hart_process_device", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                               \
	X(0x108, "process_device_diagnostics", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                        \
	X(0x109, "lldp_management", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0x10A, "lldp_data_table", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                   \
	X(0x10B, "io_link_service_parameter", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                         \
	X(0x10C, "io_link_master_phy", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                \
	X(0x10D, "io_link_device_phy", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                \
	X(0x10E, "pilot_light_supervisor", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                            \
	X(0x10F, "select_line_link", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                                  \
	X(0x110, "in_cabinet_actual_topology", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)                        \
	X(0x111, "in_cabinet_commissioning", FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER)

/* X(code, name): general status, Vol. 1 B-1 */
#define FL_CIP_STATUSES(X) \
	X(0x00, "success") X(0x01, "connection_failure") X(0x02, "resource_unavailable")			\
	X(0x03, "invalid_parameter_value") X(0x04, "path_segment_error") X(0x05, "path_destination_unknown")	\
	X(0x06, "partial_transfer") X(0x07, "connection_lost") X(0x08, "service_not_supported")			\
	X(0x09, "invalid_attribute_value") X(0x0A, "attribute_list_error")					\
	X(0x0B, "already_in_requested_mode_state") X(0x0C, "object_state_conflict")				\
	X(0x0D, "object_already_exists") X(0x0E, "attribute_not_settable") X(0x0F, "privilege_violation")	\
	X(0x10, "device_state_conflict") X(0x11, "reply_data_too_large")					\
	X(0x12, "fragmentation_of_a_primitive_value") X(0x13, "not_enough_data")				\
	X(0x14, "attribute_not_supported") X(0x15, "too_much_data") X(0x16, "object_does_not_exist")		\
	X(0x17, "service_fragmentation_sequence_not_in_progress") X(0x18, "no_stored_attribute_data")		\
	X(0x19, "store_operation_failure") X(0x1A, "routing_failure_request_packet_too_large")			\
	X(0x1B, "routing_failure_response_packet_too_large") X(0x1C, "missing_attribute_list_entry_data")	\
	X(0x1D, "invalid_attribute_value_list") X(0x1E, "embedded_service_error")				\
	X(0x1F, "vendor_specific_error") X(0x20, "invalid_parameter")						\
	X(0x21, "write_once_value_or_medium_already_written") X(0x22, "invalid_reply_received")			\
	X(0x23, "buffer_overflow") X(0x24, "invalid_message_format") X(0x25, "key_failure_in_path")		\
	X(0x26, "path_size_invalid") X(0x27, "unexpected_attribute_in_list") X(0x28, "invalid_member_id")	\
	X(0x29, "member_not_settable") X(0x2A, "group_2_only_server_general_failure")				\
	X(0x2B, "unknown_modbus_error") X(0x2C, "attribute_not_gettable") X(0xFF, "still_processing")

/* X(code, name): first word of additional status of the connection manager, Vol. 1 3-5.6 */
#define FL_CIP_CM_STATUSES(X) \
	X(0x0100, "connection_in_use_or_duplicate_forward_open")						\
	X(0x0103, "transport_class_and_trigger_combination_not_supported") X(0x0106, "ownership_conflict")	\
	X(0x0107, "target_connection_not_found") X(0x0108, "invalid_network_connection_parameter")		\
	X(0x0109, "invalid_connection_size") X(0x0110, "target_for_connection_not_configured")			\
	X(0x0111, "rpi_not_supported") X(0x0112, "rpi_value_not_acceptable") X(0x0113, "out_of_connections")	\
	X(0x0114, "vendor_id_or_product_code_mismatch") X(0x0115, "device_type_mismatch")			\
	X(0x0116, "revision_mismatch") X(0x0117, "invalid_produced_or_consumed_application_path")		\
	X(0x0118, "invalid_or_inconsistent_configuration_application_path")					\
	X(0x0119, "non_listen_only_connection_not_opened") X(0x011A, "target_object_out_of_connections")	\
	X(0x011B, "rpi_is_smaller_than_the_production_inhibit_time") X(0x011C, "transport_class_not_supported")	\
	X(0x011D, "production_trigger_not_supported") X(0x011E, "direction_not_supported")			\
	X(0x011F, "invalid_o_t_fixed_variable") X(0x0120, "invalid_t_o_fixed_variable")				\
	X(0x0121, "invalid_o_t_priority") X(0x0122, "invalid_t_o_priority")					\
	X(0x0123, "invalid_o_t_connection_type") X(0x0124, "invalid_t_o_connection_type")			\
	X(0x0125, "invalid_o_t_redundant_owner") X(0x0126, "invalid_configuration_size")			\
	X(0x0127, "invalid_o_t_size") X(0x0128, "invalid_t_o_size")						\
	X(0x0129, "invalid_configuration_application_path") X(0x012A, "invalid_consuming_application_path")	\
	X(0x012B, "invalid_producing_application_path") X(0x012C, "configuration_symbol_does_not_exist")	\
	X(0x012D, "consuming_symbol_does_not_exist") X(0x012E, "producing_symbol_does_not_exist")		\
	X(0x012F, "inconsistent_application_path_combination") X(0x0130, "inconsistent_consume_data_format")	\
	X(0x0131, "inconsistent_produce_data_format") X(0x0132, "null_forward_open_not_supported")		\
	X(0x0203, "connection_timed_out") X(0x0204, "unconnected_request_timed_out")				\
	X(0x0205, "parameter_error_in_unconnected_request") X(0x0206, "message_too_large_for_unconnected_send")	\
	X(0x0207, "unconnected_acknowledged_without_reply") X(0x0301, "no_buffer_memory_available")		\
	X(0x0302, "network_bandwidth_not_available_for_data")							\
	X(0x0303, "no_consumed_connection_id_filter_available")							\
	X(0x0304, "not_configured_to_send_scheduled_priority_data") X(0x0305, "schedule_signature_mismatch")	\
	X(0x0306, "schedule_signature_validation_not_possible") X(0x0311, "port_not_available")			\
	X(0x0312, "link_address_not_valid") X(0x0315, "invalid_segment_in_connection_path")			\
	X(0x0316, "forward_close_connection_path_mismatch") X(0x0317, "scheduling_not_specified")		\
	X(0x0318, "link_address_to_self_invalid") X(0x0319, "secondary_resources_unavailable")			\
	X(0x031A, "rack_connection_already_established") X(0x031B, "module_connection_already_established")	\
	X(0x031C, "miscellaneous") X(0x031D, "redundant_connection_mismatch")					\
	X(0x031E, "no_more_user_configurable_link_consumer_resources_available_in_the_producing_module")	\
	X(0x031F, "no_more_user_configurable_link_consumer_resources_configured_in_the_producing_module")	\
	X(0x0800, "network_link_offline") X(0x0801, "incompatible_multicast_rpi")				\
	X(0x0802, "invalid_safety_connection_size") X(0x0803, "invalid_safety_connection_format")		\
	X(0x0804, "invalid_time_correction_connection_parameters")						\
	X(0x0805, "invalid_ping_interval_epi_multiplier") X(0x0806, "time_coordination_msg_min_multiplier")	\
	X(0x0807, "network_time_expectation_multiplier") X(0x0808, "timeout_multiplier")			\
	X(0x0809, "invalid_max_consumer_number") X(0x080A, "invalid_cpcrc")					\
	X(0x080B, "time_correction_connection_id_invalid") X(0x080C, "scid_mismatch")				\
	X(0x080D, "tunid_not_set") X(0x080E, "tunid_mismatch") X(0x080F, "configuration_operation_not_allowed")	\
	X(0x0810, "no_target_application_data_available") X(0x0811, "no_originator_application_data_available")	\
	X(0x0812, "node_address_has_changed_since_the_network_was_scheduled")					\
	X(0x0813, "not_configured_for_off_subnet_multicast") X(0x0814, "invalid_produce_consume_data_format")

enum { FL_CIP_STATUS_OK = 0x00, FL_CIP_STATUS_CONNECTION = 0x01, FL_CIP_STATUS_PARTIAL = 0x06 };

struct fl_cip_row {
	const char *name;      /* as in events; NULL: none */
	const char *technique; /* ATT&CK for ICS; NULL where none fits a single operation */
	const char *source;
	uint16_t classes;      /* enum fl_op_class; never 0 */
};

/* fl_cip_row - what a service (0..127) means to a class, or to FL_CIP_CLASS_TAG, _UNKNOWN. Always names something. */
struct fl_cip_row fl_cip_row(uint32_t class_id, uint8_t service);
const char *fl_cip_class_name(uint32_t class_id); /* these give NULL for what is not listed */
const char *fl_cip_status_name(uint8_t status);
const char *fl_cip_cm_status_name(uint16_t word);

#endif
