/* modbus_parse.c - bytes to struct fl_modbus_adu. Pure: no state, no memory, any thread.
 *
 * The frame is read first and on its own (MBAP, V1.0b 3.1.3); the body is then read from a sub-view that ends
 * where the frame says, so nothing here can see the next ADU's bytes. Whether an ADU is a request or a response
 * is not on the wire: the body is read in both shapes, and the one that uses it up exactly wins. Where both do
 * (the echoes 5, 6, 8, 15 in part, 22), the caller's hint decides.
 *
 * Invariant: a field's bit is set in `has` only if all its bytes were there. */
#include "modbus.h"

/* ---- fields */

static void take(struct fl_rd *p, struct fl_modbus_adu *a, enum fl_modbus_field f, uint16_t *member, unsigned bytes)
{
	uint16_t v = (uint16_t)fl_rd_be(p, bytes);

	if (fl_rd_err(p))
		return;
	*member = v;
	a->has |= (uint32_t)f;
}

#define TAKE8(NAME, member) take(p, a, FL_MODBUS_HAS_##NAME, &a->member, 1)
#define TAKE16(NAME, member) take(p, a, FL_MODBUS_HAS_##NAME, &a->member, 2)

/* The next n bytes as data; of a cut body, those that are there. */
static void take_data(struct fl_rd *p, struct fl_modbus_adu *a, size_t n)
{
	struct fl_rd s = fl_rd_sub_upto(p, n);

	if (fl_rd_err(p))
		return;
	a->data = s.base;
	a->data_len = (uint32_t)s.len;
	if (s.len < n)
		fl_rd_fail(p, FL_RD_CUT);
}

static void flaw(struct fl_modbus_adu *a, enum fl_modbus_flaw f, bool broken)
{
	if (broken)
		a->flaws = (uint16_t)(a->flaws | f);
}

/* A range of objects: how many at most, and that they end within the address space. */
static void check_range(struct fl_modbus_adu *a, uint16_t start, uint16_t n, unsigned most)
{
	flaw(a, FL_MODBUS_FLAW_QUANTITY, n == 0 || n > most);
	flaw(a, FL_MODBUS_FLAW_RANGE, start + n > 0x10000);
}

/* ---- lists */

struct fl_rd fl_modbus_list(const struct fl_modbus_adu *a)
{
	return fl_rd_init(a->data, a->data_len, a->cut ? FL_CUT_END : FL_CLOSED);
}

static bool is_file(const struct fl_modbus_adu *a)
{
	return a->shape == FL_MODBUS_SHAPE_FILE_ASK || a->shape == FL_MODBUS_SHAPE_FILE_GIVE ||
	       a->shape == FL_MODBUS_SHAPE_FILE_WRITE;
}

bool fl_modbus_is_list(const struct fl_modbus_adu *a)
{
	return (is_file(a) && a->byte_count + 1u <= a->body_len) || (a->has & FL_MODBUS_HAS_OBJECT_COUNT);
}

bool fl_modbus_next_file(const struct fl_modbus_adu *a, struct fl_rd *it, struct fl_modbus_file *f)
{
	struct fl_modbus_file v = {0};
	unsigned len;

	if (fl_rd_left(it) == 0)
		return false;
	if (a->shape == FL_MODBUS_SHAPE_FILE_GIVE) {
		len = fl_rd_u8(it); /* of type and registers, V1.1b3 6.14 */
		v.type = fl_rd_u8(it);
		fl_rd_require(it, len >= 1 && len % 2 == 1);
		v.data_len = (uint16_t)(len - (len > 0));
		v.length = v.data_len / 2;
		v.data = fl_rd_bytes(it, v.data_len);
	} else {
		v.type = fl_rd_u8(it);
		v.file = fl_rd_be16(it);
		v.record = fl_rd_be16(it);
		v.length = fl_rd_be16(it);
		v.has_place = true;
		if (a->shape == FL_MODBUS_SHAPE_FILE_WRITE) {
			fl_rd_require(it, v.length <= 125); /* more would not fit a PDU; keeps data_len in range */
			v.data_len = (uint16_t)(v.length * 2);
			v.data = fl_rd_bytes(it, v.data_len);
		}
	}
	if (fl_rd_err(it))
		return false;
	*f = v;
	return true;
}

bool fl_modbus_next_object(struct fl_rd *it, struct fl_modbus_object *o)
{
	struct fl_modbus_object v;

	if (fl_rd_left(it) == 0)
		return false;
	v.id = fl_rd_u8(it);
	v.len = fl_rd_u8(it);
	v.text = fl_rd_bytes(it, v.len);
	if (fl_rd_err(it))
		return false;
	*o = v;
	return true;
}

/* The list must end with its last element; its error is the body's. */
static void check_files(struct fl_rd *p, struct fl_modbus_adu *a, unsigned least, unsigned most)
{
	struct fl_rd it = fl_modbus_list(a);
	struct fl_modbus_file f;

	while (fl_modbus_next_file(a, &it, &f))
		flaw(a, FL_MODBUS_FLAW_VALUE, f.type != 6 || (f.has_place && (f.file == 0 || f.record > 0x270F)));
	if (fl_rd_err(&it))
		fl_rd_fail(p, fl_rd_err(&it));
	flaw(a, FL_MODBUS_FLAW_BYTE_COUNT, a->byte_count < least || a->byte_count > most);
}

/* ---- bodies */

static void read_mei(struct fl_rd *p, struct fl_modbus_adu *a, bool answer)
{
	struct fl_modbus_object o;
	struct fl_rd it;
	unsigned n = 0;

	TAKE8(MEI, mei_type);
	if (fl_rd_err(p))
		return;
	if (a->mei_type != FL_MODBUS_MEI_DEVICE_ID) { /* CANopen (CiA 309-2) and what is not assigned */
		take_data(p, a, a->body_len - 1);
		return;
	}
	TAKE8(DEVICE_ID_CODE, device_id_code);
	if (!fl_rd_err(p))
		flaw(a, FL_MODBUS_FLAW_VALUE, a->device_id_code < 1 || a->device_id_code > 4);
	if (!answer) {
		TAKE8(OBJECT_ID, object_id);
		return;
	}
	TAKE8(CONFORMITY, conformity);
	TAKE8(MORE_FOLLOWS, more_follows);
	TAKE8(NEXT_OBJECT_ID, next_object_id);
	TAKE8(OBJECT_COUNT, object_count);
	if (fl_rd_err(p))
		return;
	flaw(a, FL_MODBUS_FLAW_VALUE, a->more_follows != 0 && a->more_follows != 0xFF);
	take_data(p, a, a->body_len - 6);
	it = fl_modbus_list(a);
	while (fl_modbus_next_object(&it, &o))
		n++;
	if (fl_rd_err(&it))
		fl_rd_fail(p, fl_rd_err(&it));
	fl_rd_require(p, n == a->object_count);
}

/* The two bytes of UMAS that are known; all of it stays data. */
static void read_umas(struct fl_rd *r, struct fl_modbus_adu *a)
{
	struct fl_rd peek = *r, *p = &peek;

	if (a->body_len > 0)
		TAKE8(UMAS_SESSION, umas_session);
	if (a->body_len > 1 && a->shape == FL_MODBUS_SHAPE_UMAS_ASK)
		TAKE8(UMAS_FUNCTION, umas_function);
	else if (a->body_len > 1)
		TAKE8(UMAS_RESULT, umas_result);
	take_data(r, a, a->body_len);
}

uint32_t fl_modbus_layout_end(const struct fl_modbus_adu *a)
{
	switch ((enum fl_modbus_shape)a->shape) {
	case FL_MODBUS_SHAPE_RANGE:
	case FL_MODBUS_SHAPE_COIL:
	case FL_MODBUS_SHAPE_WORD:
		return 4;
	case FL_MODBUS_SHAPE_MASK:
		return 6;
	case FL_MODBUS_SHAPE_ADDRESS:
		return 2;
	case FL_MODBUS_SHAPE_STATUS:
		return 1;
	case FL_MODBUS_SHAPE_BITS:
	case FL_MODBUS_SHAPE_WORDS:
	case FL_MODBUS_SHAPE_FILE_ASK:
	case FL_MODBUS_SHAPE_FILE_GIVE:
	case FL_MODBUS_SHAPE_FILE_WRITE:
		return a->has & FL_MODBUS_HAS_BYTE_COUNT ? 1u + a->byte_count : 0;
	case FL_MODBUS_SHAPE_WRITE_BITS:
	case FL_MODBUS_SHAPE_WRITE_WORDS:
		return a->has & FL_MODBUS_HAS_BYTE_COUNT ? 5u + a->byte_count : 0;
	case FL_MODBUS_SHAPE_READ_WRITE:
		return a->has & FL_MODBUS_HAS_BYTE_COUNT ? 9u + a->byte_count : 0;
	default:
		return 0;
	}
}

bool fl_modbus_sub_of(const struct fl_modbus_adu *a, uint16_t *code, const struct fl_modbus_sub **row)
{
	*code = 0;
	if (a->has & FL_MODBUS_HAS_SUBFUNCTION)
		*code = a->subfunction;
	else if (a->has & FL_MODBUS_HAS_MEI)
		*code = a->mei_type;
	else if (a->has & FL_MODBUS_HAS_UMAS_FUNCTION)
		*code = a->umas_function;
	else
		return false;
	*row = fl_modbus_sub(a->function, *code);
	return true;
}

/* One body in one shape, in wire order. p ends with the body; its error says how well it fits. */
static void read_body(struct fl_rd *p, struct fl_modbus_adu *a)
{
	uint32_t n = a->body_len;

	switch ((enum fl_modbus_shape)a->shape) {
	case FL_MODBUS_SHAPE_NONE:
		break;
	case FL_MODBUS_SHAPE_RANGE:
		TAKE16(ADDRESS, address);
		TAKE16(QUANTITY, quantity);
		if (!fl_rd_err(p))
			check_range(a, a->address, a->quantity, a->info->max);
		break;
	case FL_MODBUS_SHAPE_COIL:
	case FL_MODBUS_SHAPE_WORD:
		TAKE16(ADDRESS, address);
		TAKE16(VALUE, value);
		if (a->shape == FL_MODBUS_SHAPE_COIL && !fl_rd_err(p))
			flaw(a, FL_MODBUS_FLAW_VALUE, a->value != 0 && a->value != 0xFF00);
		break;
	case FL_MODBUS_SHAPE_MASK:
		TAKE16(ADDRESS, address);
		TAKE16(AND_MASK, and_mask);
		TAKE16(OR_MASK, or_mask);
		break;
	case FL_MODBUS_SHAPE_BITS:
	case FL_MODBUS_SHAPE_WORDS:
		TAKE8(BYTE_COUNT, byte_count);
		fl_rd_require(p, a->byte_count + 1u == n);
		fl_rd_require(p, a->shape == FL_MODBUS_SHAPE_BITS || a->byte_count % 2 == 0);
		take_data(p, a, a->byte_count);
		if (!fl_rd_err(p))
			flaw(a, FL_MODBUS_FLAW_BYTE_COUNT, a->byte_count == 0 || a->byte_count > 250);
		break;
	case FL_MODBUS_SHAPE_WRITE_BITS:
	case FL_MODBUS_SHAPE_WRITE_WORDS:
		TAKE16(ADDRESS, address);
		TAKE16(QUANTITY, quantity);
		if (!fl_rd_err(p))
			check_range(a, a->address, a->quantity, a->info->max);
		TAKE8(BYTE_COUNT, byte_count);
		if (!fl_rd_err(p))
			flaw(a, FL_MODBUS_FLAW_BYTE_COUNT,
			     a->byte_count != (a->shape == FL_MODBUS_SHAPE_WRITE_BITS ? (a->quantity + 7u) / 8u
			                                                              : a->quantity * 2u));
		fl_rd_require(p, a->byte_count + 5u == n);
		take_data(p, a, a->byte_count);
		break;
	case FL_MODBUS_SHAPE_READ_WRITE:
		TAKE16(READ_ADDRESS, read_address);
		TAKE16(READ_QUANTITY, read_quantity);
		TAKE16(WRITE_ADDRESS, write_address);
		TAKE16(WRITE_QUANTITY, write_quantity);
		TAKE8(BYTE_COUNT, byte_count);
		if (!fl_rd_err(p)) {
			check_range(a, a->read_address, a->read_quantity, a->info->max);
			check_range(a, a->write_address, a->write_quantity, 121); /* V1.1b3 6.17 */
			flaw(a, FL_MODBUS_FLAW_BYTE_COUNT, a->byte_count != a->write_quantity * 2u);
		}
		fl_rd_require(p, a->byte_count + 9u == n);
		take_data(p, a, a->byte_count);
		break;
	case FL_MODBUS_SHAPE_STATUS:
		TAKE8(STATUS, status);
		break;
	case FL_MODBUS_SHAPE_DIAGNOSTIC:
		TAKE16(SUBFUNCTION, subfunction);
		/* N x 2 bytes for 0 (loopback) and the reserved ones, one word for the others: V1.1b3 6.8 */
		fl_rd_require(p, n >= 4 && n % 2 == 0);
		fl_rd_require(p, n == 4 || a->subfunction == 0 || !fl_modbus_sub(8, a->subfunction));
		take_data(p, a, n - 2);
		break;
	case FL_MODBUS_SHAPE_COUNTER:
		TAKE16(STATUS, status);
		TAKE16(EVENT_COUNT, event_count);
		break;
	case FL_MODBUS_SHAPE_EVENTS:
		TAKE8(BYTE_COUNT, byte_count);
		fl_rd_require(p, a->byte_count + 1u == n && n >= 7);
		TAKE16(STATUS, status);
		TAKE16(EVENT_COUNT, event_count);
		TAKE16(MESSAGE_COUNT, message_count);
		take_data(p, a, n - 7);
		if (!fl_rd_err(p))
			flaw(a, FL_MODBUS_FLAW_BYTE_COUNT, n - 7 > 64); /* 64 events, V1.1b3 6.10 */
		break;
	case FL_MODBUS_SHAPE_BLOB:
		TAKE8(BYTE_COUNT, byte_count);
		fl_rd_require(p, a->byte_count + 1u == n);
		take_data(p, a, a->byte_count);
		break;
	case FL_MODBUS_SHAPE_FILE_ASK:
	case FL_MODBUS_SHAPE_FILE_GIVE:
	case FL_MODBUS_SHAPE_FILE_WRITE:
		TAKE8(BYTE_COUNT, byte_count);
		take_data(p, a, a->byte_count);
		fl_rd_require(p, a->byte_count + 1u == n);
		if (fl_rd_err(p))
			break;
		/* Bounds of V1.1b3 6.14 and 6.15; but 6.14 names 7 as the least for an answer too, which one that
		 * holds a single register (4 bytes) cannot keep. */
		if (a->shape == FL_MODBUS_SHAPE_FILE_WRITE)
			check_files(p, a, 9, 0xFB);
		else
			check_files(p, a, a->shape == FL_MODBUS_SHAPE_FILE_ASK ? 7 : 4, 0xF5);
		break;
	case FL_MODBUS_SHAPE_ADDRESS:
		TAKE16(ADDRESS, address);
		break;
	case FL_MODBUS_SHAPE_FIFO:
		TAKE16(FIFO_BYTES, fifo_bytes);
		TAKE16(FIFO_COUNT, fifo_count);
		fl_rd_require(p, n >= 4 && a->fifo_bytes + 2u == n);
		take_data(p, a, n - 4);
		if (!fl_rd_err(p)) /* 31 registers at most, V1.1b3 6.18 */
			flaw(a, FL_MODBUS_FLAW_BYTE_COUNT, a->fifo_count > 31 || a->fifo_count * 2u != n - 4);
		break;
	case FL_MODBUS_SHAPE_MEI_ASK:
	case FL_MODBUS_SHAPE_MEI_ANSWER:
		read_mei(p, a, a->shape == FL_MODBUS_SHAPE_MEI_ANSWER);
		break;
	case FL_MODBUS_SHAPE_UMAS_ASK:
	case FL_MODBUS_SHAPE_UMAS_ANSWER:
		read_umas(p, a);
		break;
	case FL_MODBUS_SHAPE_OPAQUE:
		take_data(p, a, n);
		break;
	}
}

/* The bounds of a shape hold for the declared length, so they tell even where the body was cut. */
static bool size_fits(enum fl_modbus_shape shape, uint32_t n)
{
	static const struct {
		uint32_t least, most;
	} size[] = {
#define X(name, lo, hi) {lo, hi},
		FL_MODBUS_SHAPES(X)
#undef X
	};

	return n >= size[shape].least && n <= size[shape].most;
}

/* Reads the body as kind; true if it has that shape, as far as it was captured. */
static bool read_as(struct fl_modbus_adu *a, enum fl_modbus_kind kind)
{
	struct fl_rd r = fl_rd_init(a->body, a->body_caplen, a->cut ? FL_CUT_END : FL_CLOSED), *p = &r;

	a->kind = (uint8_t)kind;
	a->shape = a->exception                ? FL_MODBUS_SHAPE_STATUS
	           : kind == FL_MODBUS_REQUEST ? a->info->request
	                                       : a->info->response;
	a->flaws = a->function == 0 && !a->exception ? FL_MODBUS_FLAW_FUNCTION : 0;
	a->has = 0;
	a->data = NULL;
	a->data_len = 0;
	a->trailing = false;
#define X(name, member, text) a->member = 0;
	FL_MODBUS_FIELDS(X)
#undef X
	if (a->exception)
		TAKE8(EXCEPTION_CODE, exception_code);
	else
		read_body(p, a);
	if (size_fits((enum fl_modbus_shape)a->shape, a->body_len) &&
	    ((!fl_rd_err(p) && p->off == a->body_len) ||
	     (fl_rd_err(p) == FL_RD_CUT && p->len + p->missing <= a->body_len)))
		return true;
	flaw(a, FL_MODBUS_FLAW_LENGTH, true);
	if (!a->data) {
		a->data = p->base + p->off;
		a->data_len = (uint32_t)(p->len - p->off);
	}
	a->trailing = p->off > 0 && (!fl_rd_err(p) || a->shape == FL_MODBUS_SHAPE_EVENTS || is_file(a));
	return false;
}

void fl_modbus_read_as(struct fl_modbus_adu *a, enum fl_modbus_kind kind)
{
	if (a->kind != (uint8_t)kind)
		(void)read_as(a, kind);
}

/* The kinds whose shape the body has. Where it has both, one that breaks no rule goes before one that does: four
 * bytes may be address and quantity of 1 and 2, or three bytes of bits, but seldom a quantity that is allowed. */
static uint8_t which_fit(struct fl_modbus_adu *a)
{
	/* The size alone refuses most: a cheap look before the reading. */
	bool request = size_fits((enum fl_modbus_shape)a->info->request, a->body_len) && read_as(a, FL_MODBUS_REQUEST);
	uint16_t request_flaws = a->flaws;
	bool response = size_fits((enum fl_modbus_shape)a->info->response, a->body_len) && read_as(a, FL_MODBUS_RESPONSE);

	if (request && response && !request_flaws != !a->flaws) {
		request = !request_flaws;
		response = !request;
	}
	return (uint8_t)((request ? FL_MODBUS_REQUEST : 0) | (response ? FL_MODBUS_RESPONSE : 0));
}

enum fl_result fl_modbus_parse(struct fl_rd *r, enum fl_role hint, struct fl_modbus_adu *out)
{
	struct fl_modbus_adu a = {0};
	struct fl_rd p;
	uint8_t fc;
	enum fl_modbus_kind kind;

	a.tid = fl_rd_be16(r);
	fl_rd_require(r, fl_rd_be16(r) == 0); /* protocol id */
	a.length = fl_rd_be16(r);
	fl_rd_require(r, a.length >= 2); /* unit and function code */
	p = fl_rd_sub_upto(r, a.length);
	a.unit = fl_rd_u8(&p);
	fc = fl_rd_u8(&p);
	if (fl_rd_err(r) == FL_RD_MORE)
		return FL_NEED_MORE;
	if (fl_rd_err(r) == FL_RD_OVERRUN || fl_rd_err(r) == FL_RD_VALUE)
		return FL_MALFORMED;
	if (fl_rd_err(r) || fl_rd_err(&p)) {
		*out = (struct fl_modbus_adu){.cut = true};
		return FL_CUT;
	}

	a.function = fc & 0x7F;
	a.exception = (fc & 0x80) != 0;
	a.info = fl_modbus_function(a.function);
	a.oversize = a.length > FL_MODBUS_LENGTH_MAX;
	a.body = p.base + p.off;
	a.body_len = a.length - 2u;
	a.body_caplen = (uint32_t)fl_rd_left(&p);
	a.cut = a.body_caplen < a.body_len;

	if (a.exception) {
		a.fits = FL_MODBUS_RESPONSE; /* only a server may send one, whatever else is wrong with it */
		kind = FL_MODBUS_RESPONSE;
	} else {
		a.fits = which_fit(&a);
		kind = a.fits == FL_MODBUS_REQUEST || a.fits == FL_MODBUS_RESPONSE ? (enum fl_modbus_kind)a.fits
		       : hint == FL_ROLE_CLIENT                                    ? FL_MODBUS_REQUEST
		       : hint == FL_ROLE_SERVER                                    ? FL_MODBUS_RESPONSE
		                                                                   : FL_MODBUS_UNCLEAR;
	}
	/* Unclear: the echoes read alike both ways; the request's reading stands, the kind says nothing. */
	fl_modbus_read_as(&a, kind == FL_MODBUS_UNCLEAR ? FL_MODBUS_REQUEST : kind);
	a.kind = (uint8_t)kind;
	*out = a;
	return a.cut ? FL_CUT : FL_UNIT;
}
