/* modbus_json.c - an ADU as JSON, for `fenceline dissect`: every field that was on the wire, none that was not.
 *
 * Flat, by the names of modbus.h; registers and bits as arrays; all other bytes as hex. What has several values
 * (sub-requests of 20 and 21, objects of 43/14) is an array, and of its first element the numbers stand at the top
 * too, where a reader who wants one value looks.
 *
 *     word_count, bit_count   the quantity, by what the function counts; of 20 and 21 the first record's, of 24 the
 *                             FIFO's count
 *     data_len, data          values that are neither registers of a reply nor bits of one: written values (5, 6, 15,
 *                             21, 23), the reply to 23 and 24, the first record of 20, and what has no published
 *                             layout. `data` shows them in hex where no other field does
 *     trailing                bytes that the body's layout has no place for
 *
 * A unit is bounded to well below 64 KiB: bytes beyond HEX_MAX are counted (data_len is exact), not shown. */
#include <stddef.h>

#include "fenceline/compiler.h"
#include "modbus.h"

#define HEX_MAX 16384u /* 32 KiB of hex; only UMAS and broken units are longer than 253 bytes */

static const struct {
	const char *key;
	size_t at;
} fields[] = {
#define X(name, member, text) {text, offsetof(struct fl_modbus_adu, member)},
	FL_MODBUS_FIELDS(X)
#undef X
};

/* Not of a cut unit: what there is of its data tells nothing of how long it was. */
static void put_length(struct fl_json *j, const struct fl_modbus_adu *a)
{
	if (!a->cut)
		fl_json_u64(j, "data_len", a->data_len);
}

static void put_data(struct fl_json *j, const struct fl_modbus_adu *a)
{
	if (!a->data_len)
		return;
	put_length(j, a);
	fl_json_hex(j, "data", a->data, a->data_len < HEX_MAX ? a->data_len : HEX_MAX);
}

static void put_registers(struct fl_json *j, const uint8_t *p, size_t n)
{
	struct fl_rd r = fl_rd_init(p, n, FL_CLOSED);

	fl_json_open_array(j, "registers");
	while (fl_rd_left(&r) >= 2)
		fl_json_u64(j, NULL, fl_rd_be16(&r));
	fl_json_close_array(j);
}

static void put_trailing(struct fl_json *j, const uint8_t *p, size_t n)
{
	if (n)
		fl_json_hex(j, "trailing", p, n < HEX_MAX ? n : HEX_MAX);
}

/* Lowest bit of the first byte first, V1.1b3 6.1; not the padding of the last byte, where the count is known. */
static void put_bits(struct fl_json *j, const uint8_t *p, size_t n, unsigned count)
{
	size_t i, bits = count && count <= n * 8 ? count : n * 8;

	fl_json_open_array(j, "bits");
	for (i = 0; i < bits; i++)
		fl_json_u64(j, NULL, p[i / 8] >> (i % 8) & 1u);
	fl_json_close_array(j);
}

static void put_files(struct fl_json *j, const struct fl_modbus_adu *a)
{
	struct fl_modbus_file f, first = {0};
	struct fl_rd it = fl_modbus_list(a);
	size_t n = 0, end = 0;

	fl_json_open_array(j, "records");
	for (; fl_modbus_next_file(a, &it, &f); end = it.off) {
		if (!n++)
			first = f;
		fl_json_open(j, NULL);
		fl_json_u64(j, "ref_type", f.type);
		if (f.has_place) {
			fl_json_u64(j, "file", f.file);
			fl_json_u64(j, "record", f.record);
		}
		fl_json_u64(j, "length", f.length);
		if (f.data)
			put_registers(j, f.data, f.data_len);
		fl_json_close(j);
	}
	fl_json_close_array(j);
	if (n) {
		fl_json_u64(j, "ref_type", first.type);
		if (first.has_place)
			fl_json_u64(j, "word_count", first.length);
		if (first.data)
			fl_json_u64(j, "data_len", first.data_len);
	}
	end += (size_t)(a->data - a->body);
	put_trailing(j, a->body + end, a->body_caplen - end); /* of the list, and behind it */
}

static void put_objects(struct fl_json *j, const struct fl_modbus_adu *a)
{
	/* V1.1b3 6.21; 0x07..0x7F reserved, 0x80.. private */
	static const char *const names[] = {"VendorName", "ProductCode", "MajorMinorRevision", "VendorUrl",
	                                    "ProductName", "ModelName", "UserApplicationName"};
	struct fl_rd it = fl_modbus_list(a);
	struct fl_modbus_object o;
	uint8_t first = 0;
	size_t n = 0, end = 0;

	fl_json_open_array(j, "objects");
	for (; n < a->object_count && fl_modbus_next_object(&it, &o); end = it.off) {
		if (!n++)
			first = o.id;
		fl_json_open(j, NULL);
		fl_json_u64(j, "id", o.id);
		if (o.id < FL_ARRAY_LEN(names))
			fl_json_str(j, "name", names[o.id]);
		fl_json_strn(j, "value", (const char *)o.text, o.len);
		fl_json_close(j);
	}
	fl_json_close_array(j);
	if (n)
		fl_json_u64(j, "object_id", first);
	put_trailing(j, a->data + end, a->data_len - end);
}

/* The data word of function 8, under its own name where it has one. */
static void put_diagnostic(struct fl_json *j, const struct fl_modbus_adu *a)
{
	const struct fl_modbus_sub *sub = fl_modbus_sub(8, a->subfunction);
	const char *key = !sub ? NULL : a->kind == FL_MODBUS_RESPONSE ? sub->answered : sub->asked;
	struct fl_rd r = fl_rd_init(a->data, a->data_len, FL_CLOSED);

	if (!key)
		put_data(j, a);
	else if (a->subfunction == 0 || a->data_len != 2)
		fl_json_hex(j, key, a->data, a->data_len < HEX_MAX ? a->data_len : HEX_MAX);
	else
		fl_json_u64(j, key, fl_rd_be16(&r));
}

/* What is behind the numbers, in a layout that is known. */
static void put_body(struct fl_json *j, const struct fl_modbus_unit *u)
{
	const struct fl_modbus_adu *a = &u->adu;

	switch ((enum fl_modbus_shape)a->shape) {
	case FL_MODBUS_SHAPE_WORDS:
		if (a->function == 23)
			put_length(j, a);
		put_registers(j, a->data, a->data_len);
		break;
	case FL_MODBUS_SHAPE_READ_WRITE:
	case FL_MODBUS_SHAPE_FIFO:
		put_length(j, a);
		put_registers(j, a->data, a->data_len);
		break;
	case FL_MODBUS_SHAPE_WRITE_WORDS:
		put_registers(j, a->data, a->data_len);
		break;
	case FL_MODBUS_SHAPE_BITS:
		put_bits(j, a->data, a->data_len, u->request_quantity);
		break;
	case FL_MODBUS_SHAPE_WRITE_BITS:
		put_length(j, a);
		put_bits(j, a->data, a->data_len, a->quantity);
		break;
	case FL_MODBUS_SHAPE_DIAGNOSTIC:
		put_diagnostic(j, a);
		break;
	case FL_MODBUS_SHAPE_EVENTS:
		fl_json_hex(j, "events", a->data, a->data_len);
		break;
	case FL_MODBUS_SHAPE_FILE_ASK:
	case FL_MODBUS_SHAPE_FILE_GIVE:
	case FL_MODBUS_SHAPE_FILE_WRITE:
		put_files(j, a);
		break;
	default:
		if (a->has & FL_MODBUS_HAS_OBJECT_COUNT)
			put_objects(j, a);
		else
			put_data(j, a);
	}
}

static void put_numbers(struct fl_json *j, const struct fl_modbus_adu *a)
{
	bool bits = a->info->object == FL_OBJECT_COILS || a->info->object == FL_OBJECT_DISCRETE_INPUTS;
	unsigned i;

	for (i = 0; i < FL_MODBUS_FIELD_COUNT; i++)
		if ((a->has >> i & 1u) && fields[i].key)
			fl_json_u64(j, fields[i].key, *(const uint16_t *)(const void *)((const char *)a + fields[i].at));
	if (a->has & FL_MODBUS_HAS_QUANTITY)
		fl_json_u64(j, bits ? "bit_count" : "word_count", a->quantity);
	if (a->has & FL_MODBUS_HAS_VALUE)
		fl_json_u64(j, "data_len", 2);
	else if ((a->has & FL_MODBUS_HAS_STATUS) && a->function == 7)
		fl_json_u64(j, "data_len", 1);
}

static void put_names(struct fl_json *j, const struct fl_modbus_adu *a)
{
	const struct fl_modbus_sub *sub = NULL;
	uint16_t code;

	fl_json_str(j, "function_name", a->info->name);
	fl_json_str(j, "category", fl_modbus_category_name(a->info->category));
	if (fl_modbus_sub_of(a, &code, &sub) && sub)
		fl_json_str(j, "subfunction_name", sub->name);
	if (a->has & FL_MODBUS_HAS_EXCEPTION_CODE)
		fl_json_str(j, "exception_name", fl_modbus_exception_name((uint8_t)a->exception_code));
	if (a->info->object != FL_OBJECT_NONE && !a->exception)
		fl_json_str(j, "table", fl_object_kind_name(a->info->object));
}

void fl_modbus_unit_json(const struct fl_unit *unit, struct fl_json *j)
{
	static const char *const kinds[] = {"unknown", "request", "response"};
	const struct fl_modbus_unit *u = unit->value;
	const struct fl_modbus_adu *a = &u->adu;
	unsigned i;

	fl_json_u64(j, "tid", a->tid);
	fl_json_u64(j, "protid", 0); /* anything else is no unit */
	fl_json_u64(j, "len", a->length);
	fl_json_u64(j, "unit", a->unit);
	fl_json_str(j, "dir", kinds[a->kind]);
	fl_json_u64(j, "fc", a->function);
	fl_json_bool(j, "exception", a->exception);
	put_numbers(j, a);
	if (a->data && (!(a->flaws & FL_MODBUS_FLAW_LENGTH) || fl_modbus_is_list(a)))
		put_body(j, u);
	else if (a->trailing)
		put_trailing(j, a->data, a->data_len);
	else
		put_data(j, a);
	put_names(j, a);
	if (u->request_frame)
		fl_json_u64(j, "req_frame", u->request_frame);
	if (a->oversize)
		fl_json_bool(j, "oversize", true);
	if (a->cut)
		fl_json_bool(j, "cut", true);
	if (a->flaws) {
		fl_json_open_array(j, "flaws");
		for (i = 0; i < FL_MODBUS_FLAW_COUNT; i++)
			if (a->flaws >> i & 1u)
				fl_json_str(j, NULL, fl_modbus_flaw_name(i));
		fl_json_close_array(j);
	}
}
