/* s7comm_parse.c - bytes to struct fl_s7_pdu. Pure: no state, no memory, any thread.
 *
 * The header says how long parameters and data are; each is then read from a view of its own that ends there, or where the
 * message ends if the header claims more. Nothing here can see the next message's bytes.
 *
 * Invariant: a field's bit is set in `has` only if all its bytes were there. */
#include "s7comm.h"

#include "fenceline/compiler.h"

static void flaw(struct fl_s7_pdu *a, enum fl_s7_flaw f, bool broken)
{
	if (broken)
		a->flaws = (uint16_t)(a->flaws | f);
}

static void take(struct fl_rd *p, struct fl_s7_pdu *a, enum fl_s7_field f, uint32_t *member, unsigned bytes)
{
	uint32_t v = (uint32_t)fl_rd_be(p, bytes);

	if (fl_rd_err(p))
		return;
	*member = v;
	a->has |= (uint32_t)f;
}

#define TAKE(NAME, member, bytes) take(p, a, FL_S7_HAS_##NAME, &a->member, bytes)

/* The rest of p as a view of its own; of a cut one, cut too. */
static struct fl_rd rest_of(struct fl_rd *p)
{
	return fl_rd_sub_upto(p, p->end == FL_CUT_END ? SIZE_MAX : fl_rd_left(p));
}

/* ---- parameters of jobs and their answers */

static void take_setup(struct fl_rd *p, struct fl_s7_pdu *a)
{
	fl_rd_skip(p, 1);
	TAKE(AMQ_CALLING, amq_calling, 2);
	TAKE(AMQ_CALLED, amq_called, 2);
	TAKE(PDU_LENGTH, pdu_length, 2);
}

static void take_file(struct fl_rd *p, struct fl_s7_pdu *a)
{
	uint8_t n = fl_rd_u8(p);
	const uint8_t *name = fl_rd_bytes(p, n);

	if (!fl_rd_err(p)) {
		a->file = name;
		a->file_len = n;
	}
}

/* status, then what the function has: two bytes (an error in _ended and end_), the upload's id or four spare bytes, the
 * name. An answer has the status alone, of start_upload the id too; some have not even that. */
static void take_transfer(struct fl_rd *p, struct fl_s7_pdu *a)
{
	bool request = a->rosctr == FL_S7_JOB;
	bool upload = a->function >= FL_S7_FN_START_UPLOAD && a->function <= FL_S7_FN_END_UPLOAD;
	bool ended = a->function == FL_S7_FN_DOWNLOAD_ENDED || a->function == FL_S7_FN_END_UPLOAD;

	if (!request && !fl_rd_left(p))
		return;
	TAKE(FUNC_STATUS, func_status, 1);
	if (!request && a->function != FL_S7_FN_START_UPLOAD)
		return;
	if (ended)
		TAKE(TRANSFER_ERROR, transfer_error, 2);
	else
		fl_rd_skip(p, 2);
	if (upload)
		TAKE(UPLOAD_ID, upload_id, 4);
	else
		fl_rd_skip(p, 4);
	if (request && a->function != FL_S7_FN_UPLOAD && a->function != FL_S7_FN_END_UPLOAD)
		take_file(p, a);
}

static void take_service(struct fl_rd *p, struct fl_s7_pdu *a)
{
	const uint8_t *name;
	uint8_t n;

	if (a->rosctr != FL_S7_JOB) {
		if (fl_rd_left(p))
			TAKE(FUNC_STATUS, func_status, 1);
		return;
	}
	if (a->function == FL_S7_FN_PI_SERVICE) {
		fl_rd_skip(p, 7);
		a->args = fl_rd_sub_upto(p, fl_rd_be16(p));
	} else {
		fl_rd_skip(p, 5);
	}
	n = fl_rd_u8(p);
	name = fl_rd_bytes(p, n);
	if (fl_rd_err(p)) {
		a->args = (struct fl_rd){0};
		return;
	}
	a->service = name;
	a->service_len = n;
	if (a->function == FL_S7_FN_PI_SERVICE && fl_s7_pi_service(name, n))
		a->row = fl_s7_pi_service(name, n);
}

static void take_function(struct fl_rd *p, struct fl_s7_pdu *a)
{
	TAKE(FUNCTION, function, 1);
	if (!(a->has & FL_S7_HAS_FUNCTION))
		return;
	a->row = fl_s7_function((uint8_t)a->function);
	flaw(a, FL_S7_FLAW_FUNCTION, !a->row);
	switch (a->function) {
	case FL_S7_FN_SETUP:
		take_setup(p, a);
		break;
	case FL_S7_FN_READ_VAR:
	case FL_S7_FN_WRITE_VAR:
		if (a->rosctr == FL_S7_JOB || fl_rd_left(p)) /* an answer in error may have the function alone */
			TAKE(ITEM_COUNT, item_count, 1);
		if (a->rosctr == FL_S7_JOB) {
			a->items = rest_of(p);
			a->list = FL_S7_LIST_ADDRESSES;
		}
		break;
	case FL_S7_FN_REQUEST_DOWNLOAD:
	case FL_S7_FN_DOWNLOAD_BLOCK:
	case FL_S7_FN_DOWNLOAD_ENDED:
	case FL_S7_FN_START_UPLOAD:
	case FL_S7_FN_UPLOAD:
	case FL_S7_FN_END_UPLOAD:
		take_transfer(p, a);
		break;
	case FL_S7_FN_PI_SERVICE:
	case FL_S7_FN_PLC_STOP:
		take_service(p, a);
		break;
	default:
		break;
	}
	flaw(a, FL_S7_FLAW_LENGTH, fl_rd_err(p) == FL_RD_OVERRUN);
}

static void take_function_data(struct fl_rd *d, struct fl_s7_pdu *a)
{
	struct fl_rd *p = d;

	if (a->function == FL_S7_FN_READ_VAR || a->function == FL_S7_FN_WRITE_VAR) {
		a->values = rest_of(d);
		a->value_count = (uint16_t)a->item_count;
		a->bare_codes = a->function == FL_S7_FN_WRITE_VAR && a->rosctr != FL_S7_JOB;
	} else if (a->rosctr == FL_S7_ACK_DATA &&
	           (a->function == FL_S7_FN_DOWNLOAD_BLOCK || a->function == FL_S7_FN_UPLOAD) && fl_rd_left(d)) {
		TAKE(BLOCK_LENGTH, block_length, 2);
		fl_rd_skip(d, 2);
		a->payload = rest_of(d);
		flaw(a, FL_S7_FLAW_LENGTH, fl_rd_err(d) == FL_RD_OVERRUN ||
		     (!fl_rd_err(d) && a->payload.end == FL_CLOSED && a->block_length != a->payload.len));
	}
}

/* ---- userdata */

/* 00 01 12, length of what follows, method (11 request, 12 response), type and group, subfunction, sequence number; with
 * method 12 also data unit reference, last data unit, error. A mode transition has another head and no rule. */
static void take_userdata(struct fl_rd *p, struct fl_s7_pdu *a)
{
	static const uint8_t ways[4] = {FL_S7_PUSH, FL_S7_REQUEST, FL_S7_RESPONSE, FL_S7_UNCLEAR};
	bool listed;
	uint8_t kind;

	fl_rd_skip(p, 5);
	kind = fl_rd_u8(p);
	if (fl_rd_err(p)) {
		flaw(a, FL_S7_FLAW_LENGTH, fl_rd_err(p) == FL_RD_OVERRUN);
		return;
	}
	a->ud_type = kind >> 4 & 0xCu;
	a->ud_group = kind & 0x3Fu;
	a->has |= FL_S7_HAS_UD_TYPE | FL_S7_HAS_UD_GROUP;
	a->way = ways[kind >> 6];
	if (a->ud_group == FL_S7_GROUP_MODE)
		TAKE(MODE, mode, 1);
	else
		TAKE(UD_SUB, ud_sub, 1);
	TAKE(UD_SEQ, ud_seq, 1);
	if (fl_rd_left(p) >= 4 || p->end == FL_CUT_END) {
		TAKE(UD_UNITREF, ud_unitref, 1);
		TAKE(UD_LAST, ud_last, 1);
		TAKE(UD_ERROR, ud_error, 2);
	}
	a->row = fl_s7_userdata((uint8_t)a->ud_group, (uint8_t)a->ud_sub, &listed);
	flaw(a, FL_S7_FLAW_FUNCTION, !listed || a->way == FL_S7_UNCLEAR);
	flaw(a, FL_S7_FLAW_LENGTH, fl_rd_err(p) == FL_RD_OVERRUN);
}

/* A status list: its id; in an answer then the length and count of its records. Of one in several parts only the first
 * has that, and which is the first only the flow's memory tells (s7comm_join.c): there it is left alone. */
static void take_szl(struct fl_rd *p, struct fl_s7_pdu *a)
{
	if (a->way == FL_S7_RESPONSE && a->ud_unitref)
		return;
	TAKE(SZL_ID, szl_id, 2);
	TAKE(SZL_INDEX, szl_index, 2);
	if (a->way != FL_S7_RESPONSE || fl_rd_err(p))
		return;
	TAKE(SZL_RECORD, szl_record, 2);
	TAKE(SZL_COUNT, szl_count, 2);
}

/* Request: how many addresses, how often (timebase, factor), the addresses. Answer and push: how many, the values. */
static void take_cyclic(struct fl_rd *p, struct fl_s7_pdu *a)
{
	if (a->ud_sub == 4)
		return;
	fl_rd_skip(p, 1);
	TAKE(ITEM_COUNT, item_count, 1);
	if (a->way == FL_S7_REQUEST) {
		TAKE(TIMEBASE, timebase, 1);
		TAKE(CYCLE, cycle, 1);
		a->items = rest_of(p);
		a->list = FL_S7_LIST_ADDRESSES;
	} else {
		a->values = rest_of(p);
		a->value_count = (uint16_t)a->item_count;
	}
}

/* A watch table: length of the job's parameters and of its data; both; the data is a count, then entries in a request
 * (with values behind them where it modifies) and values in a push. */
static void take_watch(struct fl_rd *p, struct fl_s7_pdu *a)
{
	bool modify = a->ud_sub == 8;
	uint16_t parameters, count, i;
	struct fl_s7_watch w;
	struct fl_rd at;

	if (a->ud_sub != 2 && !modify)
		return;
	parameters = fl_rd_be16(p);
	fl_rd_skip(p, 2);
	fl_rd_skip(p, parameters);
	if (!fl_rd_left(p))
		return;
	count = fl_rd_be16(p);
	if (a->way != FL_S7_REQUEST) {
		a->values = rest_of(p);
		a->value_count = count;
		return;
	}
	at = *p;
	for (i = 0; i < count && fl_s7_next_watch(&at, &w); i++)
		;
	a->list = FL_S7_LIST_WATCH;
	a->item_count = count; /* not in `has`: not one byte as in the other lists */
	flaw(a, FL_S7_FLAW_ITEM, i < count && fl_rd_err(&at) != FL_RD_CUT);
	a->items = fl_rd_sub(p, at.err ? fl_rd_left(p) : at.off - p->off);
	if (modify) {
		a->values = rest_of(p);
		a->value_count = count;
	}
}

/* BSEND: an R_ID in an address of its own (12, 6, 13, spare, R_ID), then the length of the data and the data. */
static void take_bsend(struct fl_rd *p, struct fl_s7_pdu *a)
{
	fl_rd_skip(p, 2);
	if (fl_rd_u8(p) != FL_S7_SYNTAX_R_ID)
		return;
	fl_rd_skip(p, 1);
	TAKE(R_ID, r_id, 4);
}

static void take_userdata_data(struct fl_rd *d, struct fl_s7_pdu *a)
{
	struct fl_rd r, *p = &r;
	uint16_t len;

	if (fl_rd_left(d) < 4) {
		flaw(a, FL_S7_FLAW_LENGTH, fl_rd_left(d) > 0 && d->end == FL_CLOSED);
		return;
	}
	a->head_code = fl_rd_u8(d);
	a->has_head = true;
	fl_rd_skip(d, 1);
	len = fl_rd_be16(d);
	flaw(a, FL_S7_FLAW_LENGTH, len > fl_rd_left(d) && d->end == FL_CLOSED);
	a->payload = len < fl_rd_left(d) ? fl_rd_sub(d, len) : rest_of(d);
	r = a->payload;
	if (!r.len || !(a->has & FL_S7_HAS_UD_SUB))
		return;
	if (a->ud_group == FL_S7_GROUP_CPU && a->ud_sub == 1)
		take_szl(p, a);
	else if (a->ud_group == FL_S7_GROUP_CYCLIC)
		take_cyclic(p, a);
	else if (a->ud_group == FL_S7_GROUP_PROGRAMMER)
		take_watch(p, a);
	else if (a->ud_group == FL_S7_GROUP_PBC)
		take_bsend(p, a);
	flaw(a, FL_S7_FLAW_LENGTH, fl_rd_err(p) == FL_RD_OVERRUN);
}

/* ---- the whole */

/* As many items and values as were announced, none running over. */
static void check_lists(struct fl_s7_pdu *a)
{
	struct fl_rd it = a->items;
	struct fl_s7_item item;
	struct fl_s7_value v;
	unsigned n = 0;

	if (a->list == FL_S7_LIST_ADDRESSES) {
		while (n < a->item_count && fl_s7_next_item(&it, &item))
			n++;
		flaw(a, FL_S7_FLAW_ITEM, (n < a->item_count || fl_rd_left(&it)) && fl_rd_err(&it) != FL_RD_CUT &&
		     it.end == FL_CLOSED);
	}
	/* An answer in error may have no values at all. */
	if (!a->values.len || a->bare_codes) {
		flaw(a, FL_S7_FLAW_ITEM, a->bare_codes && a->values.end == FL_CLOSED && a->values.len &&
		     a->values.len != a->value_count);
		return;
	}
	it = a->values;
	for (n = 0; n < a->value_count && fl_s7_next_value(&it, &v);)
		n++;
	flaw(a, FL_S7_FLAW_ITEM, n < a->value_count && fl_rd_err(&it) != FL_RD_CUT && it.end == FL_CLOSED);
}

/* A part of the message: as long as the header says, or as what is left. */
static struct fl_rd part(struct fl_rd *r, struct fl_s7_pdu *a, uint16_t len)
{
	size_t left = fl_rd_left(r);

	flaw(a, FL_S7_FLAW_LENGTH, len > left && r->end == FL_CLOSED);
	a->cut |= len > left && r->end != FL_CLOSED;
	return fl_rd_sub_upto(r, len > left && r->end == FL_CLOSED ? left : len);
}

bool fl_s7_parse(struct fl_rd *r, struct fl_s7_pdu *out)
{
	static const uint8_t ways[] = {[FL_S7_JOB] = FL_S7_REQUEST, [FL_S7_ACK] = FL_S7_RESPONSE,
	                               [FL_S7_ACK_DATA] = FL_S7_RESPONSE};
	struct fl_s7_pdu v = {0}, *a = &v;
	struct fl_rd par, dat, *p = r;

	fl_rd_require(r, fl_rd_u8(r) == FL_S7_ID || fl_rd_err(r));
	a->rosctr = fl_rd_u8(r);
	a->red_id = fl_rd_be16(r);
	a->ref = fl_rd_be16(r);
	a->par_len = fl_rd_be16(r);
	a->dat_len = fl_rd_be16(r);
	if (a->rosctr == FL_S7_ACK || a->rosctr == FL_S7_ACK_DATA)
		TAKE(ERROR, error, 2);
	if (fl_rd_err(r))
		return false;
	if (a->rosctr < FL_ARRAY_LEN(ways))
		a->way = ways[a->rosctr];
	flaw(a, FL_S7_FLAW_ROSCTR, !fl_s7_rosctr_name(a->rosctr));
	par = part(r, a, a->par_len);
	dat = part(r, a, a->dat_len);
	flaw(a, FL_S7_FLAW_TRAILING, fl_rd_left(r) > 0);
	if (a->rosctr == FL_S7_USERDATA) {
		take_userdata(&par, a);
		take_userdata_data(&dat, a);
	} else if (a->rosctr == FL_S7_JOB || (fl_s7_rosctr_name(a->rosctr) && a->par_len)) {
		take_function(&par, a);
		take_function_data(&dat, a);
	}
	check_lists(a);
	*out = v;
	return true;
}
