/* s7comm_json.c - an S7comm message as JSON, for `fenceline dissect`: every field that was on the wire, then its names.
 *
 *     items          one object for each address, of an ANY address all its numbers
 *     addresses      the same as a person writes them; of a list of ranges each range
 *     return_codes   of userdata the data's own first, then one for each value
 *     szl_id         of a status list in several parts only on the last, when the list is whole; on the others
 *                    part_of_szl_id
 *     ud_error       of an answer to a job: its error class and code as one number, if it is not 0
 *
 * Passwords are not shown. A message is bounded to well below 64 KiB: of lists the first ELEMENTS_MAX are shown, of bytes
 * the first BYTES_MAX. */
#include <stddef.h>

#include "fenceline/compiler.h"
#include "s7comm_join.h"

enum { ELEMENTS_MAX = 256, STRINGS_MAX = 16, BYTES_MAX = 8192 };

static const struct {
	const char *key;
	size_t at;
} fields[] = {
#define X(name, member, bytes, text) {text, offsetof(struct fl_s7_pdu, member)},
	FL_S7_FIELDS(X)
#undef X
};

static void put_fields(struct fl_json *j, const struct fl_s7_pdu *p)
{
	unsigned i;

	for (i = 0; i < FL_S7_FIELD_COUNT; i++)
		if ((p->has >> i & 1u) && fields[i].key)
			fl_json_u64(j, fields[i].key, *(const uint32_t *)(const void *)((const char *)p + fields[i].at));
	if ((p->has & FL_S7_HAS_ERROR) && p->error)
		fl_json_u64(j, "ud_error", p->error);
}

/* ---- addresses */

static void put_item(struct fl_json *j, const struct fl_s7_item *i)
{
	bool counted = i->area == FL_S7_AREA_TIMERS || i->area == FL_S7_AREA_COUNTERS;

	fl_json_open(j, NULL);
	fl_json_u64(j, "syntax", i->syntax);
	if (i->any) {
		fl_json_u64(j, "tsize", i->tsize);
		fl_json_u64(j, "length", i->length);
		fl_json_u64(j, "db", i->db);
		fl_json_u64(j, "area", i->area);
		fl_json_u64(j, "addr", i->addr);
		if (!counted) {
			fl_json_u64(j, "byte", i->addr >> 3 & 0xFFFF);
			fl_json_u64(j, "bit", i->addr & 7);
		}
	}
	fl_json_close(j);
}

static void put_ranges(struct fl_json *j, const struct fl_s7_item *i, unsigned *room)
{
	struct fl_rd it = fl_s7_ranges(i);
	struct fl_s7_range g;

	while (*room && fl_s7_next_range(&it, &g)) {
		fl_json_fmt(j, NULL, "P#DB%u.DBX%u.0 byte %u", g.db, g.start, g.length);
		--*room;
	}
}

static void put_addresses(struct fl_json *j, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->items;
	unsigned n, room = ELEMENTS_MAX;
	struct fl_s7_item i;
	char text[96];

	fl_json_open_array(j, "items");
	for (n = 0; n < p->item_count && n < ELEMENTS_MAX && fl_s7_next_item(&it, &i); n++)
		put_item(j, &i);
	fl_json_close_array(j);
	it = p->items;
	fl_json_open_array(j, "addresses");
	for (n = 0; n < p->item_count && room && fl_s7_next_item(&it, &i); n++) {
		if (i.syntax == FL_S7_SYNTAX_DB_READ) {
			put_ranges(j, &i, &room);
			continue;
		}
		fl_s7_item_text(text, sizeof text, &i);
		fl_json_str(j, NULL, text);
		room--;
	}
	fl_json_close_array(j);
}

static void put_watches(struct fl_json *j, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->items;
	struct fl_s7_watch w;
	unsigned n;

	fl_json_open_array(j, "items");
	for (n = 0; n < p->item_count && n < ELEMENTS_MAX && fl_s7_next_watch(&it, &w); n++) {
		fl_json_open(j, NULL);
		fl_json_u64(j, "vs_area", w.area);
		fl_json_u64(j, "vs_rep", w.repeat);
		fl_json_u64(j, "vs_db", w.db);
		fl_json_u64(j, "vs_addr", w.start);
		fl_json_close(j);
	}
	fl_json_close_array(j);
}

/* ---- return codes and values */

/* Alarms: time 8, function 1, how many 1, then for each an address that begins with how many values it has, and these. */
static void put_alarm_codes(struct fl_json *j, struct fl_rd it)
{
	unsigned objects, values, shown = 0;
	struct fl_s7_value v;
	uint8_t len;

	fl_rd_skip(&it, 9);
	for (objects = fl_rd_u8(&it); objects && fl_rd_left(&it); objects--) {
		fl_rd_skip(&it, 1);
		len = fl_rd_u8(&it);
		if (len < 2)
			return;
		fl_rd_skip(&it, 1);
		values = fl_rd_u8(&it);
		fl_rd_skip(&it, len - 2u);
		for (; values && shown < ELEMENTS_MAX && fl_s7_next_value(&it, &v); values--, shown++)
			fl_json_u64(j, NULL, v.code);
	}
}

static void put_nested_codes(struct fl_json *j, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->payload;
	uint8_t code;

	if (p->ud_group != FL_S7_GROUP_CPU)
		return;
	switch (p->ud_sub) {
	case 0x05:
	case 0x06:
	case 0x11:
	case 0x12:
	case 0x16:
		put_alarm_codes(j, it);
		break;
	case 0x13: /* alarm query: function, how many, then a head of its own */
		fl_rd_skip(&it, 2);
		code = fl_rd_u8(&it);
		if (p->way == FL_S7_RESPONSE && !fl_rd_err(&it))
			fl_json_u64(j, NULL, code);
		break;
	default:
		break;
	}
}

static void put_return_codes(struct fl_json *j, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->values;
	struct fl_s7_value v;
	unsigned n;

	if (!p->has_head && !p->values.len)
		return;
	fl_json_open_array(j, "return_codes");
	if (p->has_head)
		fl_json_u64(j, NULL, p->head_code);
	for (n = 0; n < p->value_count && n < ELEMENTS_MAX && fl_rd_left(&it); n++) {
		if (p->bare_codes)
			v.code = fl_rd_u8(&it);
		else if (!fl_s7_next_value(&it, &v))
			break;
		fl_json_u64(j, NULL, v.code);
	}
	if (p->has_head)
		put_nested_codes(j, p);
	fl_json_close_array(j);
}

/* The first code that is neither success nor the spare 0 of a request. */
static void put_code_name(struct fl_json *j, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->values;
	struct fl_s7_value v = {.code = FL_S7_SUCCESS};
	unsigned n;

	if (p->has_head && p->payload.len) /* 0A before no data says just that */
		v.code = p->head_code;
	for (n = 0; (v.code == FL_S7_SUCCESS || !v.code) && n < p->value_count && fl_rd_left(&it); n++) {
		if (p->bare_codes)
			v.code = fl_rd_u8(&it);
		else if (!fl_s7_next_value(&it, &v))
			break;
	}
	if (v.code && v.code != FL_S7_SUCCESS)
		fl_json_str(j, "return_code_name", fl_s7_return_code_name(v.code));
}

static void put_values(struct fl_json *j, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->values;
	uint32_t room = BYTES_MAX;
	struct fl_s7_value v;
	unsigned n;

	if (p->values.len && !p->bare_codes) {
		fl_json_open_array(j, "values");
		for (n = 0; n < p->value_count && n < ELEMENTS_MAX && fl_s7_next_value(&it, &v); n++) {
			fl_json_hex(j, NULL, v.data, v.bytes < room ? v.bytes : room);
			room -= v.bytes < room ? v.bytes : room;
		}
		fl_json_close_array(j);
	} else if (p->payload.len && p->ud_group != FL_S7_GROUP_SECURITY) {
		fl_json_u64(j, "data_len", p->payload.len);
		fl_json_hex(j, "data", p->payload.base, p->payload.len < BYTES_MAX ? p->payload.len : BYTES_MAX);
	}
}

/* ---- names of things */

static void put_block(struct fl_json *j, const uint8_t *p, size_t n)
{
	struct fl_s7_block b;

	fl_json_strn(j, "block_type", (const char *)p, 2);
	fl_json_strn(j, "block_num", (const char *)p + 2, 5);
	fl_json_strn(j, "dest_fs", (const char *)p + 7, 1);
	if (fl_s7_block_of(p, n, &b))
		fl_json_fmt(j, "block", "%s%u", fl_s7_block_type_name(b.type), (unsigned)b.number);
}

static void put_arguments(struct fl_json *j, const struct fl_s7_pdu *p)
{
	struct fl_rd it = fl_s7_arg_blocks(p);
	const uint8_t *text;
	unsigned n;
	uint8_t len;

	if (!p->row || p->function != FL_S7_FN_PI_SERVICE || !p->args.len)
		return;
	switch ((enum fl_s7_pi_args)p->row->args) {
	case FL_S7_PI_BLOCKS:
		if (fl_s7_next_arg_block(&it, &text)) {
			fl_json_strn(j, "filename", (const char *)text, 8);
			put_block(j, text, 8);
		}
		it = fl_s7_arg_blocks(p);
		fl_json_open_array(j, "pi_blocks");
		for (n = 0; n < ELEMENTS_MAX && fl_s7_next_arg_block(&it, &text); n++)
			fl_json_strn(j, NULL, (const char *)text, 8);
		fl_json_close_array(j);
		break;
	case FL_S7_PI_STRINGS:
		it = p->args;
		fl_json_open_array(j, "pi_arguments");
		for (n = 0; n < STRINGS_MAX && fl_s7_next_arg_string(&it, &text, &len); n++)
			fl_json_strn(j, NULL, (const char *)text, len);
		fl_json_close_array(j);
		break;
	case FL_S7_PI_TEXT:
		fl_json_strn(j, "pi_argument", (const char *)p->args.base, p->args.len < 255 ? p->args.len : 255);
		break;
	case FL_S7_PI_SECRET:
		break;
	}
}

static void put_texts(struct fl_json *j, const struct fl_s7_pdu *p)
{
	if (p->service)
		fl_json_strn(j, "pi_service", (const char *)p->service, p->service_len);
	if (p->file) {
		fl_json_strn(j, "filename", (const char *)p->file, p->file_len);
		if (p->file_len == 9)
			put_block(j, p->file + 1, 8);
	}
	put_arguments(j, p);
}

static void put_szl(struct fl_json *j, const struct fl_s7_unit *u)
{
	const struct fl_s7_pdu *p = u->s7;
	uint16_t id = (uint16_t)p->szl_id, index = (uint16_t)p->szl_index;

	if (u->part || u->joined) {
		id = u->szl_id;
		index = u->szl_index;
	} else if (!(p->has & FL_S7_HAS_SZL_ID)) {
		return;
	}
	fl_json_u64(j, u->part ? "part_of_szl_id" : "szl_id", id);
	if (u->joined || u->part || (p->has & FL_S7_HAS_SZL_INDEX))
		fl_json_u64(j, u->part ? "part_of_szl_index" : "szl_index", index);
	if (fl_s7_szl(id))
		fl_json_str(j, "szl_name", fl_s7_szl(id)->name);
}

static void put_names(struct fl_json *j, const struct fl_s7_pdu *p)
{
	static const char *const ways[] = {"unknown", "request", "response", "push"};
	const struct fl_s7_row *szl = p->has & FL_S7_HAS_SZL_ID ? fl_s7_szl((uint16_t)p->szl_id) : NULL;
	uint16_t error = (uint16_t)(p->error ? p->error : p->ud_error);

	fl_json_str(j, "dir", ways[p->way]);
	fl_json_str(j, "rosctr_name", fl_s7_rosctr_name(p->rosctr));
	if (p->row)
		fl_json_str(j, "func_name", p->row->name);
	if (p->way == FL_S7_REQUEST)
		fl_json_str(j, "attack", szl ? szl->technique : p->row ? p->row->technique : NULL);
	if (p->has & FL_S7_HAS_UD_GROUP)
		fl_json_str(j, "ud_group_name", fl_s7_group_name((uint8_t)p->ud_group));
	if (p->has & FL_S7_HAS_MODE)
		fl_json_str(j, "mode_name", fl_s7_mode_name((uint8_t)p->mode));
	if (error) {
		fl_json_str(j, "err_class_name", fl_s7_error_class_name((uint8_t)(error >> 8)));
		fl_json_str(j, "err_name", fl_s7_error_name(error));
	}
	put_code_name(j, p);
}

static void put_message(struct fl_json *j, const struct fl_s7_unit *u)
{
	const struct fl_s7_pdu *p = u->s7;
	unsigned i;

	fl_json_u64(j, "rosctr", p->rosctr);
	fl_json_u64(j, "pdu_ref", p->ref);
	fl_json_u64(j, "red_id", p->red_id);
	fl_json_u64(j, "par_len", p->par_len);
	fl_json_u64(j, "dat_len", p->dat_len);
	if (p->has & FL_S7_HAS_ERROR) {
		fl_json_u64(j, "err_class", p->error >> 8);
		fl_json_u64(j, "err_code", p->error & 0xFF);
	}
	put_fields(j, p);
	put_szl(j, u);
	put_texts(j, p);
	if (p->list == FL_S7_LIST_ADDRESSES)
		put_addresses(j, p);
	else if (p->list == FL_S7_LIST_WATCH)
		put_watches(j, p);
	put_return_codes(j, p);
	put_values(j, p);
	put_names(j, p);
	if (p->cut)
		fl_json_bool(j, "cut", true);
	if (p->flaws) {
		fl_json_open_array(j, "flaws");
		for (i = 0; i < FL_S7_FLAW_COUNT; i++)
			if (p->flaws >> i & 1u)
				fl_json_str(j, NULL, fl_s7_flaw_name(i));
		fl_json_close_array(j);
	}
}

void fl_s7_json(const struct fl_s7_unit *u, struct fl_json *j)
{
	switch (u->what) {
	case FL_S7_UNIT_COTP:
		fl_cotp_json(u->cotp, j);
		break;
	case FL_S7_UNIT_TLS:
		fl_json_u64(j, "content_type", u->tls->base[0]);
		fl_json_u64(j, "data_len", u->tls->len);
		fl_json_bool(j, "encrypted", true);
		break;
	case FL_S7_UNIT_S7:
		put_message(j, u);
		break;
	case FL_S7_UNIT_PLUS:
		fl_s7plus_json(u->plus, j);
		break;
	}
	if (u->request_frame)
		fl_json_u64(j, "req_frame", u->request_frame);
}

void fl_s7_unit_json(const struct fl_unit *u, struct fl_json *j)
{
	fl_s7_json(u->value, j);
}
