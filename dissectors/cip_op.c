/* cip_op.c - a CIP service as an operation: its name, its access classes, its object, how it ended. Pure. */
#include <stdio.h>
#include <string.h>

#include "cip_walk.h"

uint32_t fl_cip_class_of(const struct fl_cip_path *p)
{
	if (!p->there)
		return FL_CIP_CLASS_UNKNOWN;
	return p->has_class ? p->class_id : p->has_symbol ? FL_CIP_CLASS_TAG : FL_CIP_CLASS_UNKNOWN;
}

void fl_cip_add_route(char route[FL_OP_ROUTE_MAX], const struct fl_cip_path *path)
{
	size_t at = strlen(route);

	if (!path->routed)
		return;
	if (at && at + 1 < FL_OP_ROUTE_MAX)
		route[at++] = ',';
	route[at] = '\0';
	fl_cip_path_route(path, route + at, FL_OP_ROUTE_MAX - at);
}

static void add_object(struct fl_operation *op, uint8_t kind, uint32_t number, uint32_t start, uint32_t count)
{
	if (op->objects == FL_OP_OBJECTS_MAX) {
		op->objects_cut = true;
		return;
	}
	op->object[op->objects++] = (struct fl_object){.kind = kind, .access = op->classes, .number = number,
						       .start = start, .count = count};
}

static void add_path(struct fl_operation *op, const struct fl_cip_path *p)
{
	if (p->has_symbol)
		add_object(op, FL_OBJECT_TAG, 0, 0, 0);
	if (p->has_class)
		add_object(op, FL_OBJECT_CIP_OBJECT, p->class_id, p->instance,
			   p->has_attribute ? p->attribute : p->connpoint);
}

/* ---- services that say more than their row */

static void describe_pccc(const struct fl_cip_message *q, struct fl_operation *op)
{
	struct fl_pccc p;

	if (!fl_pccc_parse(q->data, &p))
		return;
	op->function_name = p.row.name;
	op->classes = p.row.classes;
	op->has_subfunction = true;
	op->subfunction = (uint16_t)(p.command << 8 | (p.function & 0xFF));
	memcpy(op->name, p.name, sizeof p.name);
	op->objects = 0;
	add_object(op, p.has_address ? FL_OBJECT_TAG : FL_OBJECT_CIP_OBJECT, p.has_address ? 0 : FL_CIP_CLASS_PCCC,
		   q->path.instance, 0);
}

/* A connection path: every object that it names. Configuration data may ride in it. */
static void describe_connection(const struct fl_cip_path *path, struct fl_operation *op)
{
	struct fl_rd it = path->bytes;
	struct fl_cip_segment s;
	uint32_t class_id = 0, instance = 0;
	bool data = false;

	op->objects = 0;
	while (fl_cip_next_segment(&it, true, &s)) {
		data |= s.kind == FL_CIP_DATA;
		if (s.kind == FL_CIP_CLASS) {
			class_id = s.value;
			instance = 0;
		} else if (s.kind == FL_CIP_INSTANCE) {
			instance = s.value;
			add_object(op, FL_OBJECT_CIP_OBJECT, class_id, instance, 0);
		} else if (s.kind == FL_CIP_CONNPOINT) {
			add_object(op, FL_OBJECT_CIP_OBJECT, class_id, instance, s.value);
		}
	}
	if (data)
		op->classes |= FL_OP_CONFIGURE;
	if (path->safety)
		snprintf(op->name, sizeof op->name, "safety");
	else if (path->has_symbol)
		fl_cip_path_tag(path, op->name, sizeof op->name);
}

static void describe_open(const struct fl_cip_cm *cm, struct fl_operation *op)
{
	if (fl_cip_is_null(cm))
		op->function_name = "null_forward_open";
	else if (cm->has_transport && (cm->transport & 0x0F) < 2) /* Vol. 1 3-4.4.3: 0, 1: I/O; 2, 3: messages */
		op->classes |= FL_OP_IO_DATA;
	if (cm->path.there)
		describe_connection(&cm->path, op);
}

/* Vol. 1 5A-2.3.1: type 0 restarts; 1 and 2 bring back what it left the factory with. */
static void describe_reset(const struct fl_cip_message *q, struct fl_operation *op)
{
	if (q->data.len == 0 || !q->data.base)
		return;
	op->has_subfunction = true;
	op->subfunction = q->data.base[0];
	if (op->subfunction)
		op->classes |= FL_OP_CONFIGURE;
}

void fl_cip_describe(const struct fl_cip_message *q, const struct fl_cip_message *s, const struct fl_cip_cm *cm,
		     struct fl_operation *op)
{
	uint32_t class_id = q ? fl_cip_class_of(&q->path) : FL_CIP_CLASS_UNKNOWN;
	uint8_t service = q ? q->service : s->service;
	struct fl_cip_row row = fl_cip_row(class_id, service);

	op->function_name = row.name;
	op->classes = row.classes;
	op->function = service;
	if (!q)
		return;
	add_path(op, &q->path);
	if (q->path.has_symbol)
		fl_cip_path_tag(&q->path, op->name, sizeof op->name);
	if (class_id == FL_CIP_CLASS_PCCC && service == FL_CIP_SVC_EXECUTE_PCCC)
		describe_pccc(q, op);
	else if (cm && fl_cip_opens(service))
		describe_open(cm, op);
	else if (class_id == FL_CIP_CLASS_IDENTITY && service == FL_CIP_SVC_RESET)
		describe_reset(q, op);
}

/* ---- outcome */

static void pccc_outcome(const struct fl_cip_message *s, struct fl_operation *op)
{
	struct fl_pccc p;

	if (!fl_pccc_parse(s->data, &p) || !p.status)
		return;
	op->outcome = FL_OUTCOME_ERROR;
	op->has_code = true;
	op->code = p.status == 0xF0 ? (uint32_t)p.status << 8 | p.extended : p.status;
	op->code_name = fl_pccc_status_name(p.status, p.extended);
}

/* The code is the general status; with additional status, that shifted by 16 and its first word. */
void fl_cip_outcome(const struct fl_cip_message *s, uint32_t class_id, bool pccc, struct fl_operation *op)
{
	op->outcome = FL_OUTCOME_OK;
	if (s->status == FL_CIP_STATUS_OK || s->status == FL_CIP_STATUS_PARTIAL) { /* partial: and more is to be had */
		if (pccc)
			pccc_outcome(s, op);
		return;
	}
	op->outcome = FL_OUTCOME_ERROR;
	op->has_code = true;
	op->code = s->added ? (uint32_t)s->status << 16 | fl_cip_added(s, 0) : s->status;
	op->code_name = fl_cip_status_name(s->status);
	if (s->added && (class_id == FL_CIP_CLASS_MANAGER || s->status == FL_CIP_STATUS_CONNECTION) &&
	    fl_cip_cm_status_name(fl_cip_added(s, 0)))
		op->code_name = fl_cip_cm_status_name(fl_cip_added(s, 0));
}
