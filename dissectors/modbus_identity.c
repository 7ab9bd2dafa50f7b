/* modbus_identity.c - what a device says it is, put together over its answers.
 *
 * 43/14 gives the objects of a device in parts where they do not fit one answer: "more follows", from object `next` on,
 * which the client asks for next (V1.1b3 6.21). A part is joined to the one that ends where it starts and to the one
 * that starts where it ends, whichever came first and whatever was asked in between; so the answer that comes last bears
 * the whole. What waits for its neighbour is kept in FL_MODBUS_IDENTITIES places; at the bound the oldest is forgotten.
 * A single object (code 4) is no part of anything. */
#include <string.h>

#include "modbus_join.h"

enum { WHOLE = 0x100, SINGLE_OBJECT = 4 };

/* Appends text to name with a space between, what is not printable ASCII as '.'; cut at the end of name. */
static void add_text(char name[FL_OP_NAME_MAX], const uint8_t *text, size_t n)
{
	size_t at = strlen(name), i;

	if (at && n && at < FL_OP_NAME_MAX - 1)
		name[at++] = ' ';
	for (i = 0; i < n && at < FL_OP_NAME_MAX - 1; i++)
		name[at++] = text[i] >= 0x20 && text[i] < 0x7F ? (char)text[i] : '.';
	name[at] = '\0';
}

static struct fl_modbus_identity *part_of(struct fl_modbus_state *s, const struct fl_modbus_identity *p)
{
	unsigned i;

	for (i = 0; i < FL_MODBUS_IDENTITIES; i++)
		if (s->id[i].used && s->id[i].unit == p->unit && s->id[i].code == p->code && s->id[i].start == p->start)
			return &s->id[i];
	return NULL;
}

/* The part that ends where p starts. */
static struct fl_modbus_identity *before(struct fl_modbus_state *s, const struct fl_modbus_identity *p)
{
	unsigned i;

	for (i = 0; i < FL_MODBUS_IDENTITIES; i++)
		if (s->id[i].used && s->id[i].unit == p->unit && s->id[i].code == p->code && s->id[i].next == p->start)
			return &s->id[i];
	return NULL;
}

static void keep(struct fl_modbus_state *s, const struct fl_modbus_identity *p)
{
	struct fl_modbus_identity *to = part_of(s, p);
	unsigned i;

	for (i = 0; !to && i < FL_MODBUS_IDENTITIES; i++)
		if (!s->id[i].used)
			to = &s->id[i];
	if (!to)
		to = &s->id[s->id_oldest++ % FL_MODBUS_IDENTITIES];
	*to = *p;
}

void fl_modbus_name_device(struct fl_modbus_state *s, const struct fl_modbus_adu *a, const struct fl_modbus_slot *q,
                           char name[FL_OP_NAME_MAX])
{
	struct fl_modbus_identity p = {.used = true, .unit = a->unit, .code = (uint8_t)a->device_id_code}, *other;
	struct fl_rd it = fl_modbus_list(a);
	struct fl_modbus_object o;
	bool first = true;

	while (fl_modbus_next_object(&it, &o)) {
		if (first)
			p.start = o.id;
		first = false;
		add_text(p.text, o.text, o.len);
	}
	memcpy(name, p.text, FL_OP_NAME_MAX);
	if (a->device_id_code == SINGLE_OBJECT || (first && !q))
		return;
	if (q && q->objects)
		p.start = (uint8_t)q->object[0].start;
	p.next = a->more_follows == 0xFF ? a->next_object_id : WHOLE;

	other = before(s, &p);
	if (other) {
		memcpy(name, other->text, FL_OP_NAME_MAX);
		add_text(name, (const uint8_t *)p.text, strlen(p.text));
		memcpy(p.text, name, FL_OP_NAME_MAX);
		p.start = other->start;
		other->used = false;
	}
	other = p.next == WHOLE ? NULL : part_of(s, &(struct fl_modbus_identity){.unit = p.unit, .code = p.code,
	                                                                          .start = (uint8_t)p.next});
	if (other && other->start != p.start) {
		add_text(p.text, (const uint8_t *)other->text, strlen(other->text));
		memcpy(name, p.text, FL_OP_NAME_MAX);
		p.next = other->next;
		other->used = false;
	}
	other = part_of(s, &p);
	if (p.start || p.next != WHOLE)
		keep(s, &p);
	else if (other)
		other->used = false; /* told anew, and whole */
}

/* 17: how long the server id is and what follows is up to the device, V1.1b3 6.13; its texts are what a person
 * would pick out, runs of at least four printable characters. */
void fl_modbus_name_server(const struct fl_modbus_adu *a, char name[FL_OP_NAME_MAX])
{
	uint32_t i, from = 0;

	for (i = 0; i <= a->data_len; i++) {
		if (i < a->data_len && a->data[i] >= 0x20 && a->data[i] < 0x7F)
			continue;
		if (i - from >= 4)
			add_text(name, a->data + from, i - from);
		from = i + 1;
	}
}
