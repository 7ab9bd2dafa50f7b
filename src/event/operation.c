/* operation.c - fenceline.operation: what was asked, of which objects, and how it ended.
 *
 * Objects, unit and identity are the server's and told only where the reader may know all of it. Pure; any thread. */
#include "event/record.h"

#include <string.h>

static void put_class_names(struct fl_json *j, const char *key, unsigned set)
{
	unsigned i;

	if (!set)
		return;
	fl_json_open_array(j, key);
	for (i = 0; i < FL_OP_CLASS_COUNT; i++)
		if (set >> i & 1)
			fl_json_str(j, NULL, fl_op_class_names[i]);
	fl_json_close_array(j);
}

/* Which of an object's numbers mean something: operation.h, FL_OBJECT_KINDS. */
enum { COUNT = 1u << 0, NUMBER = 1u << 1, START = 1u << 2 };

static unsigned object_numbers(unsigned kind)
{
	switch (kind) {
	case FL_OBJECT_COILS:
	case FL_OBJECT_DISCRETE_INPUTS:
	case FL_OBJECT_HOLDING_REGISTERS:
	case FL_OBJECT_INPUT_REGISTERS:
		return START | COUNT;
	case FL_OBJECT_FILE_RECORD:
	case FL_OBJECT_DATA_BLOCK:
	case FL_OBJECT_S7_AREA:
	case FL_OBJECT_CIP_OBJECT:
		return NUMBER | START | COUNT;
	case FL_OBJECT_FIFO:
		return START;
	case FL_OBJECT_IDENTITY:
	case FL_OBJECT_S7_SYMBOL:
	case FL_OBJECT_S7_BLOCK:
	case FL_OBJECT_S7_SZL:
	case FL_OBJECT_S7_OBJECT:
		return NUMBER | START;
	default:
		return 0;
	}
}

static void put_object(struct fl_json *j, const struct fl_object *o)
{
	unsigned numbers = object_numbers(o->kind);

	fl_json_open(j, NULL);
	put_class_names(j, "access", o->access);
	if (numbers & COUNT)
		fl_json_u64(j, "count", o->count);
	fl_json_str(j, "kind", fl_object_kind_name(o->kind));
	if (numbers & NUMBER)
		fl_json_u64(j, "number", o->number);
	if (numbers & START)
		fl_json_u64(j, "start", o->start);
	fl_json_close(j);
}

void fl_event_put_operation(struct fl_json *j, const struct fl_event_view *v)
{
	const struct fl_operation *op = v->op;
	bool objects = fl_event_shows_objects(v);
	unsigned i;

	fl_json_open(j, "operation");
	put_class_names(j, "class", op->classes);
	fl_json_str(j, "client", op->client ? "responder" : "initiator");
	if (op->duplicate)
		fl_json_bool(j, "duplicate", true);
	if (op->has_code) {
		fl_json_u64(j, "error_code", op->code);
		fl_json_str(j, "error_name", op->code_name);
	}
	fl_json_u64(j, "function", op->function);
	fl_json_str(j, "function_name", op->function_name);
	if (op->late)
		fl_json_bool(j, "late", true);
	if (objects && op->name[0])
		fl_json_strn(j, "name", op->name, strnlen(op->name, sizeof op->name));
	if (objects && op->objects) {
		fl_json_open_array(j, "objects");
		for (i = 0; i < op->objects && i < FL_OP_OBJECTS_MAX; i++)
			put_object(j, &op->object[i]);
		fl_json_close_array(j);
		if (op->objects_cut)
			fl_json_bool(j, "objects_cut", true);
	}
	fl_json_str(j, "outcome", fl_op_outcome_name(op->outcome));
	if (op->request_frame)
		fl_json_u64(j, "request_frame", op->request_frame);
	if (op->response_frame)
		fl_json_u64(j, "response_frame", op->response_frame);
	if (objects && op->route[0])
		fl_json_strn(j, "route", op->route, strnlen(op->route, sizeof op->route));
	if (op->has_subfunction)
		fl_json_u64(j, "subfunction", op->subfunction);
	if (objects && op->has_unit)
		fl_json_u64(j, "unit", op->unit);
	fl_json_close(j);
}
