/* s7comm_table.c - look-ups in the lists of s7comm_table.h. Pure; any thread. */
#include "s7comm_table.h"

#include <string.h>

#include "fenceline/compiler.h"

const struct fl_s7_row *fl_s7_function(uint8_t code)
{
	static const struct fl_s7_row rows[256] = {
#define X(num, id, text, cls, tech) [num] = {.name = text, .technique = tech, .classes = cls},
		FL_S7_FUNCTIONS(X)
#undef X
	};

	return rows[code].name ? &rows[code] : NULL;
}

const struct fl_s7_row *fl_s7_pi_service(const uint8_t *name, size_t len)
{
	static const struct {
		const char *wire;
		struct fl_s7_row row;
	} rows[] = {
#define X(text, id, cls, tech, how) {text, {.name = id, .technique = tech, .classes = cls, .args = FL_S7_PI_##how}},
		FL_S7_PI_SERVICES(X)
#undef X
	};
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(rows); i++)
		if (strlen(rows[i].wire) == len && memcmp(rows[i].wire, name, len) == 0)
			return &rows[i].row;
	return NULL;
}

const struct fl_s7_row *fl_s7_userdata(uint8_t group, uint8_t subfunction, bool *listed)
{
	static const struct {
		uint8_t group, sub;
		struct fl_s7_row row;
	} rows[] = {
#define X(grp, num, text, cls, tech) {grp, num, {.name = text, .technique = tech, .classes = cls}},
		FL_S7_USERDATA(X)
#undef X
	};
	static const struct {
		uint8_t group;
		struct fl_s7_row row;
	} defaults[] = {
#define X(grp, text, cls) {grp, {.name = text, .classes = cls}},
		FL_S7_GROUP_DEFAULTS(X)
#undef X
	};
	static const struct fl_s7_row unknown = {.name = "userdata", .classes = FL_OP_OTHER};
	size_t i;

	*listed = true;
	for (i = 0; i < FL_ARRAY_LEN(rows); i++)
		if (rows[i].group == group && rows[i].sub == subfunction)
			return &rows[i].row;
	for (i = 0; i < FL_ARRAY_LEN(defaults); i++)
		if (defaults[i].group == group)
			return &defaults[i].row;
	*listed = false;
	return &unknown;
}

const struct fl_s7_row *fl_s7_szl(uint16_t id)
{
	static const struct fl_s7_row rows[256] = {
#define X(num, text, cls, tech) [num] = {.name = text, .technique = tech, .classes = cls},
		FL_S7_SZLS(X)
#undef X
	};
	const struct fl_s7_row *row = &rows[id & 0xFF];

	return row->name ? row : NULL;
}

/* Names by an 8-bit code, straight from their rows. */
#define NAMES(function, rows)                   \
	const char *function(uint8_t code)      \
	{                                       \
		switch (code) {                 \
			rows(X)                 \
		default:                        \
			return NULL;            \
		}                               \
	}

#define X(num, text) \
	case num:    \
		return text;
NAMES(fl_s7_mode_name, FL_S7_MODES)
NAMES(fl_s7_return_code_name, FL_S7_RETURN_CODES)
NAMES(fl_s7_error_class_name, FL_S7_ERROR_CLASSES)
NAMES(fl_s7_block_type_name, FL_S7_BLOCK_TYPES)
#undef X
#define X(num, id, text) \
	case num:        \
		return text;
NAMES(fl_s7_rosctr_name, FL_S7_ROSCTRS)
NAMES(fl_s7_group_name, FL_S7_GROUPS)
NAMES(fl_s7_syntax_name, FL_S7_SYNTAXES)
#undef X
#define X(num, id, text, counted) \
	case num:                 \
		return text;
NAMES(fl_s7_area_name, FL_S7_AREAS)
#undef X
#define X(num, text, more) \
	case num:          \
		return text;
NAMES(fl_s7_size_name, FL_S7_SIZES)
NAMES(fl_s7_data_size_name, FL_S7_DATA_SIZES)
#undef X

bool fl_s7_area_counts(uint8_t code)
{
	switch (code) {
#define X(num, id, text, counted) \
	case num:                 \
		return counted;
		FL_S7_AREAS(X)
#undef X
	default:
		return false;
	}
}

unsigned fl_s7_size_bits(uint8_t code)
{
	switch (code) {
#define X(num, text, bits) \
	case num:          \
		return bits;
		FL_S7_SIZES(X)
#undef X
	default:
		return 0;
	}
}

bool fl_s7_data_size_in_bits(uint8_t code)
{
	switch (code) {
#define X(num, text, bits) \
	case num:          \
		return bits;
		FL_S7_DATA_SIZES(X)
#undef X
	default:
		return false;
	}
}

const char *fl_s7_flaw_name(unsigned bit)
{
#define X(name, text) text,
	static const char *const names[] = {FL_S7_FLAWS(X)};
#undef X

	return bit < FL_ARRAY_LEN(names) ? names[bit] : "unknown";
}
