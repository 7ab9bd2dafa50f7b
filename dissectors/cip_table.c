/* cip_table.c - look-ups in the tables of cip_table.h. Constant data; any thread. Each look-up is a switch over
 * constants. */
#include "cip_table.h"

#include <stddef.h>

struct class_row {
	const char *name;
	uint16_t gets, sets, others;
};

static struct class_row class_of(uint32_t class_id)
{
	switch (class_id) {
#define X(code, text, get, set, other) \
	case code:                     \
		return (struct class_row){text, get, set, other};
		FL_CIP_CLASSES(X)
#undef X
	default:
		break;
	}
	if ((class_id >= 0x64 && class_id <= 0xC7) || (class_id >= 0x300 && class_id <= 0x4FF) ||
	    class_id == FL_CIP_CLASS_UNKNOWN)
		return (struct class_row){NULL, FL_OP_READ, FL_OP_CONFIGURE | FL_OP_OTHER, FL_OP_OTHER};
	return (struct class_row){NULL, FL_OP_READ, FL_OP_CONFIGURE, FL_OP_OTHER};
}

#define GET (c.gets)
#define SET (c.sets)

static bool common(uint32_t class_id, uint8_t service, struct fl_cip_row *out)
{
	struct class_row c = class_of(class_id);

	switch (service) {
#define X(code, text, how, tech)                                                \
	case code:                                                              \
		*out = (struct fl_cip_row){text, tech, "Vol 1 A-3", (uint16_t)(how)}; \
		return true;
		FL_CIP_COMMON(X)
#undef X
	default:
		return false;
	}
}

static bool own(uint32_t class_id, uint8_t service, struct fl_cip_row *out)
{
	switch ((uint64_t)class_id << 8 | service) {
#define X(cls, code, text, how, tech, where)                              \
	case (uint64_t)(cls) << 8 | (code):                               \
		*out = (struct fl_cip_row){text, tech, where, (uint16_t)(how)}; \
		return true;
		FL_CIP_SERVICES(X)
#undef X
	default:
		return false;
	}
}

struct fl_cip_row fl_cip_row(uint32_t class_id, uint8_t service)
{
	struct fl_cip_row row;

	if (own(class_id, service, &row) || common(class_id, service, &row))
		return row;
	
	row = (struct fl_cip_row){"reserved_service", NULL, "Vol 1 A-2", class_of(class_id).others};
	if (service >= 0x32 && service <= 0x4A)
		row.name = "vendor_service";
	else if (service >= 0x4B && service <= 0x63)
		row.name = "class_service";
	return row;
}

const char *fl_cip_class_name(uint32_t class_id)
{
	return class_of(class_id).name;
}

const char *fl_cip_status_name(uint8_t status)
{
	switch (status) {
#define X(num, text) \
	case num:    \
		return text;
		FL_CIP_STATUSES(X)
#undef X
	default:
		return NULL;
	}
}

const char *fl_cip_cm_status_name(uint16_t word)
{
	switch (word) {
#define X(num, text) \
	case num:    \
		return text;
		FL_CIP_CM_STATUSES(X)
#undef X
	default:
		return NULL;
	}
}
