/* enip_table.c - look-ups in the tables of enip_table.h. Constant data; any thread. */
#include "enip_table.h"

#include <stddef.h>

#include "fenceline/compiler.h"

static const struct fl_enip_command commands[] = {
#define X(num, id, text, cls, tech, where) \
	{.name = text, .technique = tech, .clause = where, .code = num, .classes = cls},
	FL_ENIP_COMMANDS(X)
#undef X
};

const struct fl_enip_command *fl_enip_command(uint16_t code)
{
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(commands); i++)
		if (commands[i].code == code)
			return &commands[i];
	return NULL;
}

const char *fl_enip_status_name(uint32_t status)
{
	switch (status) {
#define X(num, text) \
	case num:    \
		return text;
		FL_ENIP_STATUSES(X)
#undef X
	default:
		return NULL;
	}
}

const char *fl_enip_item_name(uint16_t type)
{
	switch (type) {
#define X(num, id, text) \
	case num:        \
		return text;
		FL_ENIP_ITEMS(X)
#undef X
	default:
		return NULL;
	}
}

const char *fl_enip_flaw_name(unsigned bit)
{
	static const char *const names[] = {
#define X(name, text) text,
		FL_ENIP_FLAWS(X)
#undef X
	};

	return bit < FL_ARRAY_LEN(names) ? names[bit] : "unknown";
}

/* X(code, name): CIP Vol. 1 6-7 ff. */
#define DEVICE_TYPES(X)                                                                                          \
	X(0x00, "generic_device") X(0x02, "ac_drive") X(0x03, "motor_overload") X(0x04, "limit_switch")          \
	X(0x05, "inductive_proximity_switch") X(0x06, "photoelectric_sensor") X(0x07, "discrete_io")             \
	X(0x09, "resolver") X(0x0C, "communications_adapter") X(0x0E, "programmable_logic_controller")           \
	X(0x10, "position_controller") X(0x13, "dc_drive") X(0x15, "contactor") X(0x16, "motor_starter")         \
	X(0x17, "soft_start") X(0x18, "human_machine_interface") X(0x1A, "mass_flow_controller")                 \
	X(0x1B, "pneumatic_valve") X(0x1C, "vacuum_pressure_gauge") X(0x1D, "process_control_value")             \
	X(0x1E, "residual_gas_analyzer") X(0x1F, "dc_power_generator") X(0x20, "rf_power_generator")             \
	X(0x21, "turbomolecular_vacuum_pump") X(0x22, "encoder") X(0x23, "safety_discrete_io")                   \
	X(0x24, "fluid_flow_controller") X(0x25, "cip_motion_drive") X(0x26, "componet_repeater")                \
	X(0x27, "mass_flow_controller_enhanced") X(0x28, "cip_modbus_device") X(0x29, "cip_modbus_translator")   \
	X(0x2A, "safety_analog_io") X(0x2B, "generic_device_keyable") X(0x2C, "managed_ethernet_switch")         \
	X(0x2D, "cip_motion_safety_drive") X(0x2E, "safety_drive") X(0x2F, "cip_motion_encoder")                 \
	X(0x30, "cip_motion_converter") X(0x31, "cip_motion_io") X(0x32, "controlnet_physical_layer")            \
	X(0x33, "circuit_breaker") X(0x34, "hart_device") X(0x35, "cip_hart_translator")                         \
	X(0xC8, "embedded_component")

const char *fl_cip_device_type_name(uint16_t type)
{
	switch (type) {
#define X(num, text) \
	case num:    \
		return text;
		DEVICE_TYPES(X)
#undef X
	default:
		return NULL;
	}
}
