/* modbus_table.c - look-ups in the tables of modbus_table.h. Constant data; any thread. */
#include "modbus_table.h"

#include <stddef.h>

#include "fenceline/compiler.h"

static const struct fl_modbus_function functions[128] = {
#define X(code, text, cat, cls, req, rsp, obj, most, where)                                                       \
	[code] = {.name = text, .clause = where, .classes = cls, .max = most, .category = FL_MODBUS_##cat,        \
	          .request = FL_MODBUS_SHAPE_##req, .response = FL_MODBUS_SHAPE_##rsp, .object = FL_OBJECT_##obj},
	FL_MODBUS_FUNCTIONS(X)
#undef X
};

/* Codes without a row of their own. User-defined are 65..72 and 100..110, V1.1b3 5. */
static const struct fl_modbus_function user_defined = {
	.name = "user_defined", .clause = "V1.1b3 5", .classes = FL_OP_OTHER, .category = FL_MODBUS_USER,
	.request = FL_MODBUS_SHAPE_OPAQUE, .response = FL_MODBUS_SHAPE_OPAQUE};
static const struct fl_modbus_function unassigned = {
	.name = "unassigned", .clause = "V1.1b3 5", .classes = FL_OP_OTHER, .category = FL_MODBUS_UNASSIGNED,
	.request = FL_MODBUS_SHAPE_OPAQUE, .response = FL_MODBUS_SHAPE_OPAQUE};
static const struct fl_modbus_function invalid = {
	.name = "invalid", .clause = "V1.1b3 4.1", .classes = FL_OP_OTHER, .category = FL_MODBUS_INVALID,
	.request = FL_MODBUS_SHAPE_OPAQUE, .response = FL_MODBUS_SHAPE_OPAQUE};

static const struct fl_modbus_sub diagnostics[] = {
#define X(num, text, cls, ask, answer) {.code = num, .classes = cls, .name = text, .asked = ask, .answered = answer},
	FL_MODBUS_DIAGNOSTICS(X)
#undef X
};
static const struct fl_modbus_sub mei_types[] = {
#define X(num, text, cls) {.code = num, .classes = cls, .name = text},
	FL_MODBUS_MEI_TYPES(X)
#undef X
};
static const struct fl_modbus_sub umas[] = {
#define X(num, text, cls) {.code = num, .classes = FL_OP_OTHER | (cls), .name = text},
	FL_MODBUS_UMAS_FUNCTIONS(X)
#undef X
};

const struct fl_modbus_function *fl_modbus_function(uint8_t code)
{
	if (code == 0 || code > 127)
		return &invalid;
	if (functions[code].name)
		return &functions[code];
	if ((code >= 65 && code <= 72) || (code >= 100 && code <= 110))
		return &user_defined;
	return &unassigned;
}

static const struct {
	uint8_t function;
	const struct fl_modbus_sub *list;
	size_t n;
} subs[] = {
	{8, diagnostics, FL_ARRAY_LEN(diagnostics)},
	{43, mei_types, FL_ARRAY_LEN(mei_types)},
	{FL_MODBUS_UMAS, umas, FL_ARRAY_LEN(umas)},
};

const struct fl_modbus_sub *fl_modbus_sub(uint8_t function, uint16_t code)
{
	size_t i, k;

	for (k = 0; k < FL_ARRAY_LEN(subs); k++)
		for (i = 0; subs[k].function == function && i < subs[k].n; i++)
			if (subs[k].list[i].code == code)
				return &subs[k].list[i];
	return NULL;
}

const char *fl_modbus_exception_name(uint8_t code)
{
	switch (code) {
#define X(num, text) \
	case num:    \
		return text;
		FL_MODBUS_EXCEPTIONS(X)
#undef X
	default:
		return NULL;
	}
}

const char *fl_modbus_category_name(unsigned category)
{
	static const char *const names[] = {
#define X(name, text) text,
		FL_MODBUS_CATEGORIES(X)
	};

	return category < FL_ARRAY_LEN(names) ? names[category] : "invalid";
}

const char *fl_modbus_flaw_name(unsigned bit)
{
	static const char *const names[] = {FL_MODBUS_FLAWS(X)};
#undef X

	return bit < FL_ARRAY_LEN(names) ? names[bit] : "unknown";
}
