/* s7comm_objects.c - what a request names and touches: function and classes by the tables, objects from its addresses.
 *
 * Objects come from what was on the wire, never from a default: an address in a syntax that is not understood makes no
 * object but marks the list as cut, so that a policy which restricts objects cannot take it for harmless. */
#include <stdio.h>
#include <string.h>

#include "s7comm_join.h"

void fl_s7_add_text(char name[FL_OP_NAME_MAX], const char *between, const uint8_t *text, size_t n)
{
	size_t at = strlen(name), i;

	if (at && n)
		for (; *between && at < FL_OP_NAME_MAX - 1; between++)
			name[at++] = *between;
	for (i = 0; i < n && at < FL_OP_NAME_MAX - 1; i++)
		name[at++] = text[i] >= 0x20 && text[i] < 0x7F ? (char)text[i] : '.';
	name[at] = '\0';
}

static void add_block(struct fl_s7_slot *q, const uint8_t *p, size_t n)
{
	struct fl_s7_block b;
	char text[16];

	if (!fl_s7_block_of(p, n, &b)) {
		fl_s7_add_text(q->text, ", ", p, n);
		q->objects_cut = true;
		return;
	}
	snprintf(text, sizeof text, "%s%u", fl_s7_block_type_name(b.type), (unsigned)b.number);
	fl_s7_add_text(q->text, ", ", (const uint8_t *)text, strlen(text));
	fl_s7_add_object(q, FL_OBJECT_S7_BLOCK, b.type, b.number, 0);
}

void fl_s7_file_text(char *out, size_t n, const uint8_t *file, size_t len)
{
	struct fl_s7_block b;
	size_t i, at = 0;

	if (len == 9 && fl_s7_block_of(file + 1, 8, &b)) {
		snprintf(out, n, "%s%u", fl_s7_block_type_name(b.type), (unsigned)b.number);
		return;
	}
	for (i = 0; i < len && at + 1 < n; i++)
		out[at++] = file[i] >= 0x20 && file[i] < 0x7F ? (char)file[i] : '.';
	out[at] = '\0';
}

static void add_file(struct fl_s7_slot *q, const struct fl_s7_pdu *p)
{
	if (!p->file)
		return;
	if (p->file_len == 9)
		add_block(q, p->file + 1, 8);
	else
		fl_s7_add_text(q->text, ", ", p->file, p->file_len);
}

/* ---- addresses */

static void add_ranges(struct fl_s7_slot *q, const struct fl_s7_item *i)
{
	struct fl_rd it = fl_s7_ranges(i);
	struct fl_s7_range g;

	while (fl_s7_next_range(&it, &g))
		fl_s7_add_object(q, FL_OBJECT_DATA_BLOCK, g.db, g.start * 8u, g.length * 8u);
	q->objects_cut |= fl_rd_err(&it) != FL_RD_OK;
}

static void add_item(struct fl_s7_slot *q, const struct fl_s7_item *i)
{
	unsigned bits;

	if (i->syntax == FL_S7_SYNTAX_DB_READ) {
		add_ranges(q, i);
		return;
	}
	if (i->symbol && (i->area1 == 0x8A0E || i->area1 == 0)) {
		fl_s7_add_object(q, FL_OBJECT_S7_SYMBOL, i->area1 ? i->area2 : 0x10000u + i->area2, i->lid, 0);
		return;
	}
	bits = fl_s7_size_bits(i->tsize);
	if (!i->any || !bits || !fl_s7_area_name(i->area)) {
		q->objects_cut = true;
		return;
	}
	if (fl_s7_area_counts(i->area))
		fl_s7_add_object(q, FL_OBJECT_S7_AREA, i->area, i->addr, i->length);
	else if (i->area == FL_S7_AREA_DB || i->area == FL_S7_AREA_DI)
		fl_s7_add_object(q, FL_OBJECT_DATA_BLOCK, i->db, i->addr, i->length * bits);
	else
		fl_s7_add_object(q, FL_OBJECT_S7_AREA, i->area, i->addr, i->length * bits);
}

static void add_watch(struct fl_s7_slot *q, const struct fl_s7_watch *w)
{
	unsigned bits;
	uint8_t area = fl_s7_watch_area(w->area, &bits);

	if (!area || !bits)
		q->objects_cut = true;
	else if (area == FL_S7_AREA_DB)
		fl_s7_add_object(q, FL_OBJECT_DATA_BLOCK, w->db, w->start * 8u, w->repeat * bits);
	else if (fl_s7_area_counts(area))
		fl_s7_add_object(q, FL_OBJECT_S7_AREA, area, w->start, w->repeat);
	else
		fl_s7_add_object(q, FL_OBJECT_S7_AREA, area, w->start * 8u, w->repeat * bits);
}

static void add_items(struct fl_s7_slot *q, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->items;
	struct fl_s7_item i;
	struct fl_s7_watch w;
	uint32_t n = 0;

	if (p->list == FL_S7_LIST_ADDRESSES)
		for (; n < p->item_count && fl_s7_next_item(&it, &i); n++)
			add_item(q, &i);
	else if (p->list == FL_S7_LIST_WATCH)
		for (; n < p->item_count && fl_s7_next_watch(&it, &w); n++)
			add_watch(q, &w);
	q->objects_cut |= p->list && (n < p->item_count || p->cut);
}

void fl_s7_item_text(char *out, size_t n, const struct fl_s7_item *i)
{
	static const struct {
		uint8_t area;
		const char *letter;
	} letters[] = {{FL_S7_AREA_PERIPHERY, "P"}, {FL_S7_AREA_INPUTS, "I"}, {FL_S7_AREA_OUTPUTS, "Q"},
	               {FL_S7_AREA_FLAGS, "M"}, {FL_S7_AREA_LOCAL, "L"}, {FL_S7_AREA_PREVIOUS_LOCAL, "V"}};
	const char *size = fl_s7_size_name(i->tsize), *letter = fl_s7_area_name(i->area);
	char place[32];
	size_t k;

	for (k = 0; k < sizeof letters / sizeof letters[0]; k++)
		if (letters[k].area == i->area)
			letter = letters[k].letter;
	if (i->symbol && i->area1 == 0x8A0E)
		snprintf(out, n, "DB%u.LID %u", i->area2, (unsigned)i->lid);
	else if (i->symbol)
		snprintf(out, n, "area 0x%02x.LID %u", i->area2, (unsigned)i->lid);
	else if (!i->any)
		snprintf(out, n, "%s", fl_s7_syntax_name(i->syntax) ? fl_s7_syntax_name(i->syntax) : "syntax not known");
	else if (i->area == FL_S7_AREA_TIMERS || i->area == FL_S7_AREA_COUNTERS)
		snprintf(out, n, "%s%u %u", i->area == FL_S7_AREA_TIMERS ? "T" : "C", (unsigned)i->addr, i->length);
	else {
		snprintf(place, sizeof place, "%u.%u", (unsigned)(i->addr >> 3), (unsigned)(i->addr & 7));
		if (i->area == FL_S7_AREA_DB || i->area == FL_S7_AREA_DI)
			snprintf(out, n, "P#%s%u.DBX%s %s %u", i->area == FL_S7_AREA_DB ? "DB" : "DI", i->db, place,
			         size ? size : "?", i->length);
		else
			snprintf(out, n, "P#%s %s %s %u", letter ? letter : "?", place, size ? size : "?", i->length);
	}
}

/* ---- services */

/* The arguments of a service as text; of one that takes blocks, the blocks. A password is not shown. */
static void add_arguments(struct fl_s7_slot *q, const struct fl_s7_pdu *p)
{
	struct fl_rd it = fl_s7_arg_blocks(p);
	const uint8_t *text;
	uint8_t n;

	if (!p->row || !p->args.len)
		return;
	switch ((enum fl_s7_pi_args)p->row->args) {
	case FL_S7_PI_BLOCKS:
		while (fl_s7_next_arg_block(&it, &text))
			add_block(q, text, 8);
		q->objects_cut |= fl_rd_err(&it) != FL_RD_OK;
		break;
	case FL_S7_PI_STRINGS:
		it = p->args;
		while (fl_s7_next_arg_string(&it, &text, &n))
			fl_s7_add_text(q->text, " ", text, n);
		break;
	case FL_S7_PI_TEXT:
		fl_s7_add_text(q->text, " ", p->args.base, p->args.len);
		break;
	case FL_S7_PI_SECRET:
		break;
	}
}

/* Block functions: "0A" or "0A" "00001" "B" behind the head. */
static void add_block_question(struct fl_s7_slot *q, const struct fl_s7_pdu *p)
{
	static const uint8_t zeros[6] = {'0', '0', '0', '0', '0', 'A'};
	uint8_t name[8];
	struct fl_s7_block b;
	const char *type;

	if (p->payload.len == 8) {
		add_block(q, p->payload.base, 8);
	} else if (p->payload.len == 2) {
		memcpy(name, p->payload.base, 2);
		memcpy(name + 2, zeros, sizeof zeros);
		type = fl_s7_block_of(name, 8, &b) ? fl_s7_block_type_name(b.type) : NULL;
		if (type)
			fl_s7_add_text(q->text, ", ", (const uint8_t *)type, strlen(type));
	}
}

static void describe_userdata(struct fl_s7_slot *q, const struct fl_s7_pdu *p)
{
	const struct fl_s7_row *szl;
	const char *mode;

	q->function = (uint16_t)(FL_S7_USERDATA << 8 | p->ud_group);
	q->group = (uint8_t)p->ud_group;
	q->code = (uint8_t)p->ud_sub;
	q->has_sub = (p->has & (FL_S7_HAS_UD_SUB | FL_S7_HAS_MODE)) != 0;
	q->sub = (uint16_t)(p->has & FL_S7_HAS_MODE ? p->mode : p->ud_sub);
	mode = p->has & FL_S7_HAS_MODE ? fl_s7_mode_name((uint8_t)p->mode) : NULL;
	if (mode)
		fl_s7_add_text(q->text, "", (const uint8_t *)mode, strlen(mode));
	if (p->way == FL_S7_RESPONSE)
		return; /* what it is about was said in the request */
	if (p->has & FL_S7_HAS_SZL_ID) {
		q->szl_id = (uint16_t)p->szl_id;
		q->szl_index = (uint16_t)p->szl_index;
		szl = fl_s7_szl(q->szl_id);
		if (szl)
			q->classes = szl->classes;
		fl_s7_add_object(q, FL_OBJECT_S7_SZL, p->szl_id, p->szl_index, 0);
	}
	if (p->way == FL_S7_REQUEST && p->ud_group == FL_S7_GROUP_BLOCK)
		add_block_question(q, p);
}

void fl_s7_describe(struct fl_s7_slot *q, const struct fl_s7_pdu *p)
{
	q->name = p->row ? p->row->name : "unknown_function";
	q->classes = p->row ? p->row->classes : FL_OP_OTHER;
	q->text[0] = '\0';
	if (p->rosctr == FL_S7_USERDATA) {
		describe_userdata(q, p);
	} else {
		q->function = (uint16_t)p->function;
		q->code = (uint8_t)p->function;
		if (!(p->has & FL_S7_HAS_FUNCTION) && p->rosctr == FL_S7_ACK)
			q->name = "acknowledgement";
	}
	if (p->way == FL_S7_RESPONSE)
		return;
	add_file(q, p);
	add_arguments(q, p);
	add_items(q, p);
	if (p->function == FL_S7_FN_PI_SERVICE && p->service && p->row == fl_s7_function(FL_S7_FN_PI_SERVICE))
		fl_s7_add_text(q->text, " ", p->service, p->service_len); /* not listed: at least its name */
}
