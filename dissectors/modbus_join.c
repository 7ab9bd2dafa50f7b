/* modbus_join.c - who asks whom, and which response belongs to which request.
 *
 * Each request takes a slot and waits. What happens to it:
 *
 *              response                    response again
 *      OPEN ------------------> ANSWERED ------------------> ANSWERED    yields: ok | error   then: duplicate
 *        |
 *        | FL_OP_TIMEOUT_NS, end    late response
 *        +----------------------> EXPIRED ------------------> ANSWERED   yields: no_response  then: late
 *        |                                                                       (or unknown, no_reply_expected)
 *        | table full
 *        +----------------------> FREE                                   yields: unknown
 *
 * Invariants: a request yields exactly one operation that is neither late nor duplicate; later responses to it
 * add one each, so marked. A waiting request is never overwritten: with equal keys (some clients always send
 * transaction id 0) the oldest is answered first; V1.0b 3.1.3 only asks the server to copy the id. A response with
 * no request is `unsolicited`, once each, and leaves nothing behind.
 *
 * The client is the end that sends requests. Neither the port nor who opened the connection settles that (a
 * server may dial out through a firewall; a capture may start in the middle), so unambiguous units vote, and
 * the votes outweigh both. One odd unit does not turn roles that are established.
 *
 * State is one fixed struct of the flow, zeroed at first; no heap, no clock but c->ts_ns. */
#include "modbus_join.h"

#include <string.h>

#include "fenceline/compiler.h"

#define LEAN_MAX 8   /* votes that count: a wrong start is outvoted after at most this many units */
#define LEAN_FIRM 2  /* from here on a single contrary unit is a flawed one, not a change of roles */

/* ---- roles */

/* How sure the content makes us that dir is the client's: > 0 client, < 0 server, 0 not at all. */
static int evidence(const struct fl_modbus_state *s, uint8_t dir)
{
	return dir == 0 ? s->lean : -s->lean;
}

static void vote(struct fl_dctx *c, bool sender_is_client)
{
	struct fl_modbus_state *s = c->state;
	int lean = s->lean + ((c->dir == 0) == sender_is_client ? 1 : -1);

	s->lean = (int8_t)(lean > LEAN_MAX ? LEAN_MAX : lean < -LEAN_MAX ? -LEAN_MAX : lean);
	if (s->lean) {
		c->client = s->lean > 0 ? 0 : 1;
		c->client_known = true;
	}
}

bool fl_modbus_settle(struct fl_dctx *c, struct fl_modbus_adu *a)
{
	struct fl_modbus_state *s = c->state;
	int sure = evidence(s, c->dir);
	bool client = sure > 0 || (sure == 0 && c->client == c->dir);

	if (a->exception) {
		/* Its shape says server. If the sender is known to be the client, it breaks V1.1b3 4.1 instead. */
		if (sure >= LEAN_FIRM || (sure >= 0 && c->client_known && c->client == c->dir)) {
			a->kind = FL_MODBUS_REQUEST;
			a->flaws |= FL_MODBUS_FLAW_CLIENT_EXCEPTION;
			return false;
		}
		vote(c, false);
		return false;
	}
	if (a->fits == FL_MODBUS_REQUEST || a->fits == FL_MODBUS_RESPONSE) {
		bool asks = a->fits == FL_MODBUS_REQUEST;
		bool firm = sure >= LEAN_FIRM || sure <= -LEAN_FIRM;

		vote(c, asks);
		fl_modbus_read_as(a, (firm ? client : asks) ? FL_MODBUS_REQUEST : FL_MODBUS_RESPONSE);
		return false;
	}
	if (sure == 0 && a->fits) {
		/* It can be either. If it echoes what the other end has sent, it is the answer, and that is evidence. */
		struct fl_modbus_adu other = *a;

		fl_modbus_read_as(&other, FL_MODBUS_RESPONSE);
		if (fl_modbus_find(s, c->dir, &other) && !(other.flaws & FL_MODBUS_FLAW_MISMATCH)) {
			*a = other;
			vote(c, false);
			return false;
		}
	}
	fl_modbus_read_as(a, client ? FL_MODBUS_REQUEST : FL_MODBUS_RESPONSE);
	return sure == 0 && !c->client_known;
}

/* ---- slots */

/* Does the response's body agree with what the request asked? Fields that were not captured agree. */
static bool answers(const struct fl_modbus_slot *q, const struct fl_modbus_adu *a)
{
	if (a->exception)
		return true;
	switch ((enum fl_modbus_shape)a->shape) {
	case FL_MODBUS_SHAPE_BITS:
		return !(a->has & FL_MODBUS_HAS_BYTE_COUNT) || a->byte_count == (q->quantity + 7u) / 8u;
	case FL_MODBUS_SHAPE_WORDS:
		return !(a->has & FL_MODBUS_HAS_BYTE_COUNT) || a->byte_count == q->quantity * 2u;
	case FL_MODBUS_SHAPE_COIL:
	case FL_MODBUS_SHAPE_WORD:
		return (!(a->has & FL_MODBUS_HAS_ADDRESS) || a->address == q->address) &&
		       (!(a->has & FL_MODBUS_HAS_VALUE) || a->value == q->value);
	case FL_MODBUS_SHAPE_RANGE:
		return (!(a->has & FL_MODBUS_HAS_ADDRESS) || a->address == q->address) &&
		       (!(a->has & FL_MODBUS_HAS_QUANTITY) || a->quantity == q->quantity);
	case FL_MODBUS_SHAPE_MASK:
		return (!(a->has & FL_MODBUS_HAS_ADDRESS) || a->address == q->address) &&
		       (!(a->has & FL_MODBUS_HAS_OR_MASK) ||
		        ((uint32_t)a->and_mask << 16 | a->or_mask) == q->value);
	case FL_MODBUS_SHAPE_DIAGNOSTIC:
		return !(a->has & FL_MODBUS_HAS_SUBFUNCTION) || a->subfunction == q->sub;
	case FL_MODBUS_SHAPE_MEI_ANSWER:
		return !(a->has & FL_MODBUS_HAS_MEI) || a->mei_type == q->sub;
	default:
		return true;
	}
}

static bool same_key(const struct fl_modbus_slot *q, uint8_t dir, const struct fl_modbus_adu *a)
{
	return q->dir != dir && q->tid == a->tid && q->unit == a->unit && q->function == a->function;
}

/* The best slot: one that waits and agrees, before one that expired and agrees, before one that was answered
 * and agrees, before one that waits and does not agree. Of several the oldest waiting, the newest other. */
struct fl_modbus_slot *fl_modbus_find(struct fl_modbus_state *s, uint8_t dir, struct fl_modbus_adu *a)
{
	struct fl_modbus_slot *best = NULL;
	unsigned i, rank, best_rank = 0;

	for (i = 0; i < s->used; i++) {
		struct fl_modbus_slot *q = &s->slot[i];

		if (q->state == FL_MODBUS_FREE || !same_key(q, dir, a))
			continue;
		if (answers(q, a))
			rank = q->state == FL_MODBUS_OPEN ? 4 : q->state == FL_MODBUS_EXPIRED ? 3 : 2;
		else
			rank = q->state == FL_MODBUS_OPEN ? 1 : 0;
		if (rank == 0 || rank < best_rank)
			continue;
		if (rank == best_rank &&
		    (q->state == FL_MODBUS_OPEN) != ((int32_t)(q->serial - best->serial) < 0))
			continue;
		best = q;
		best_rank = rank;
	}
	if (best_rank == 1)
		a->flaws |= FL_MODBUS_FLAW_MISMATCH;
	return best;
}

static struct fl_modbus_slot *oldest(struct fl_modbus_state *s, bool open)
{
	struct fl_modbus_slot *best = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_modbus_slot *q = &s->slot[i];

		if (q->state != FL_MODBUS_FREE && (q->state == FL_MODBUS_OPEN) == open &&
		    (!best || (int32_t)(q->serial - best->serial) < 0))
			best = q;
	}
	return best;
}

/* ---- operations */

/* The row that names the operation and its classes: the sub-function's where there is one. */
static void name_it(const struct fl_modbus_adu *a, const char **name, uint16_t *classes, bool *has_sub, uint16_t *sub)
{
	const struct fl_modbus_sub *row = NULL;

	*name = a->info->name;
	*classes = a->info->classes;
	*has_sub = (a->has & (FL_MODBUS_HAS_SUBFUNCTION | FL_MODBUS_HAS_MEI)) != 0;
	*sub = a->has & FL_MODBUS_HAS_MEI ? a->mei_type : a->subfunction;
	if (*has_sub)
		row = fl_modbus_sub(a->function, *sub);
	if (row) {
		*name = row->name;
		*classes = row->classes;
	}
}

static void add_object(struct fl_modbus_slot *q, uint16_t access, uint16_t number, uint16_t start, uint16_t count,
                       uint8_t kind)
{
	if (q->objects == FL_MODBUS_OBJECTS_KEPT) {
		q->objects_cut = true;
		return;
	}
	q->object[q->objects].kind = kind;
	q->object[q->objects].access = access;
	q->object[q->objects].number = number;
	q->object[q->objects].start = start;
	q->object[q->objects].count = count;
	q->objects++;
}

/* What the ADU touches, as far as it tells: a request all, an echo likewise, a read response nothing, as its
 * address is only in the request. Never invented: a field that was not there makes no object. */
static void add_objects(struct fl_modbus_slot *q, const struct fl_modbus_adu *a)
{
	uint8_t kind = a->info->object;
	struct fl_modbus_file f;
	struct fl_rd it;

	if (a->exception)
		return;
	if (a->has & FL_MODBUS_HAS_READ_QUANTITY)
		add_object(q, FL_OP_READ, 0, a->read_address, a->read_quantity, kind);
	if (a->has & FL_MODBUS_HAS_WRITE_QUANTITY)
		add_object(q, FL_OP_WRITE, 0, a->write_address, a->write_quantity, kind);
	if (a->has & FL_MODBUS_HAS_QUANTITY)
		add_object(q, a->info->classes, 0, a->address, a->quantity, kind);
	else if ((a->has & FL_MODBUS_HAS_ADDRESS) && a->info->max <= 1) /* one coil or register, or a FIFO */
		add_object(q, a->info->classes, 0, a->address, a->info->max, kind);
	if (a->has & FL_MODBUS_HAS_OBJECT_ID)
		add_object(q, FL_OP_IDENTIFY, a->device_id_code, a->object_id, 0, FL_OBJECT_IDENTITY);
	if (kind == FL_OBJECT_FILE_RECORD && !(a->flaws & FL_MODBUS_FLAW_LENGTH)) {
		it = fl_modbus_list(a);
		while (fl_modbus_next_file(a, &it, &f))
			if (f.has_place)
				add_object(q, a->info->classes, f.file, f.record, f.length, kind);
	}
	if (a->cut && kind == FL_OBJECT_FILE_RECORD)
		q->objects_cut = true;
}

static void fill_slot(const struct fl_dctx *c, const struct fl_modbus_adu *a, struct fl_modbus_slot *q)
{
	*q = (struct fl_modbus_slot){.frame = c->frame, .ts_ns = c->ts_ns, .tid = a->tid, .unit = a->unit,
	                             .function = a->function, .dir = c->dir, .address = a->address, .value = a->value};
	q->quantity = a->has & FL_MODBUS_HAS_READ_QUANTITY ? a->read_quantity : a->quantity;
	if (a->has & FL_MODBUS_HAS_OR_MASK)
		q->value = (uint32_t)a->and_mask << 16 | a->or_mask;
	name_it(a, &q->name, &q->classes, &q->has_sub, &q->sub);
	add_objects(q, a);
}

static void start_op(struct fl_operation *op, const struct fl_modbus_slot *q, uint8_t client)
{
	unsigned i;

	memset(op, 0, offsetof(struct fl_operation, object));
	op->function_name = q->name;
	op->classes = q->classes;
	op->function = q->function;
	op->has_subfunction = q->has_sub;
	op->subfunction = q->sub;
	op->has_unit = true;
	op->unit = q->unit;
	op->client = client;
	op->objects = q->objects;
	op->objects_cut = q->objects_cut;
	for (i = 0; i < q->objects; i++)
		op->object[i] = (struct fl_object){.kind = q->object[i].kind, .access = q->object[i].access,
		                                   .number = q->object[i].number, .start = q->object[i].start,
		                                   .count = q->object[i].count};
}

static void yield(struct fl_dctx *c, const struct fl_operation *op)
{
	if (c->on_operation)
		c->on_operation(c, op);
}

/* A request ends without a response. */
static void close_slot(struct fl_dctx *c, struct fl_modbus_slot *q, enum fl_op_outcome outcome)
{
	struct fl_modbus_state *s = c->state;
	struct fl_operation op;

	start_op(&op, q, c->client);
	op.outcome = (uint8_t)outcome;
	if (q->dir != c->client) {
		/* Taken for a request when nobody could know; by now its sender has turned out to be the server. */
		op.outcome = FL_OUTCOME_UNSOLICITED;
		op.response_ns = q->ts_ns;
		op.response_frame = q->frame;
		q->state = FL_MODBUS_FREE;
	} else {
		op.request_ns = q->ts_ns;
		op.request_frame = q->frame;
		q->state = outcome == FL_OUTCOME_UNKNOWN && !q->loss ? FL_MODBUS_FREE : FL_MODBUS_EXPIRED;
	}
	s->open--;
	yield(c, &op);
}

/* Why there was no response. */
static enum fl_op_outcome missing_outcome(const struct fl_dctx *c, const struct fl_modbus_slot *q)
{
	const struct fl_modbus_state *s = c->state;

	if (q->function == 8 && q->has_sub && q->sub == FL_MODBUS_DIAG_LISTEN_ONLY)
		return FL_OUTCOME_NO_REPLY_EXPECTED; /* V1.1b3 6.8.1: "no response is returned" */
	/* Unit 0 is a broadcast behind a serial gateway, where only writes make sense (Modbus over Serial Line V1.02
	 * 2.1); a server on TCP itself may be addressed by it and answers (V1.0b 4.4). */
	if (q->unit == 0 && !s->unit0_answers && q->classes == FL_OP_WRITE)
		return FL_OUTCOME_NO_REPLY_EXPECTED;
	return q->loss || c->cut_short ? FL_OUTCOME_UNKNOWN : FL_OUTCOME_NO_RESPONSE;
}

void fl_modbus_expire(struct fl_dctx *c, bool all)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_slot *q;

	while (s->open && (q = oldest(s, true)) != NULL) {
		if (!all && c->ts_ns - q->ts_ns < FL_OP_TIMEOUT_NS)
			break;
		close_slot(c, q, missing_outcome(c, q));
	}
}

/* A slot for a new request: one never used, or the oldest that no longer waits, or, with all waiting, the
 * oldest of them, which then ends as unknown. */
static struct fl_modbus_slot *new_slot(struct fl_dctx *c)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_slot *q = NULL;
	unsigned i;

	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_MODBUS_FREE)
			return &s->slot[i];
	if (s->used - s->open >= (int)FL_MODBUS_REMEMBERED || s->used == FL_MODBUS_PENDING_MAX)
		q = oldest(s, false);
	if (q)
		return q;
	if (s->used < FL_MODBUS_PENDING_MAX)
		return &s->slot[s->used++];
	q = oldest(s, true);
	c->dropped++;
	close_slot(c, q, FL_OUTCOME_UNKNOWN);
	return q;
}

void fl_modbus_request(struct fl_dctx *c, const struct fl_modbus_adu *a)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_slot *q, one;
	struct fl_operation op;

	if (a->flaws & FL_MODBUS_FLAW_CLIENT_EXCEPTION) {
		/* Nothing can answer it and it answers nothing: on record at once, under the code that was sent. */
		fill_slot(c, a, &one);
		one.name = "exception_from_client";
		one.classes = FL_OP_OTHER;
		start_op(&op, &one, c->dir);
		op.function = a->function | 0x80u;
		op.outcome = FL_OUTCOME_UNKNOWN;
		op.request_ns = c->ts_ns;
		op.request_frame = c->frame;
		yield(c, &op);
		return;
	}
	q = new_slot(c);
	fill_slot(c, a, q);
	q->state = FL_MODBUS_OPEN;
	q->serial = s->serial++;
	s->open++;
}

/* ---- identities */

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

/* 43/14: the objects in order. An answer that says more follows is carried on in the next one from that unit, if
 * that starts where this one said. */
static void name_device(struct fl_modbus_state *s, const struct fl_modbus_adu *a, const struct fl_modbus_slot *q,
                        char name[FL_OP_NAME_MAX])
{
	struct fl_rd it = fl_modbus_list(a);
	struct fl_modbus_object o;

	if (s->id_more && s->id_unit == a->unit && q && q->objects && q->object[0].start == s->id_next)
		memcpy(name, s->id_text, FL_OP_NAME_MAX);
	while (fl_modbus_next_object(&it, &o))
		add_text(name, o.text, o.len);
	s->id_more = a->more_follows == 0xFF;
	s->id_unit = a->unit;
	s->id_next = (uint8_t)a->next_object_id;
	memcpy(s->id_text, name, FL_OP_NAME_MAX);
}

/* 17: how long the server id is and what follows is up to the device, V1.1b3 6.13; its texts are what a person
 * would pick out, runs of at least four printable characters. */
static void name_server(const struct fl_modbus_adu *a, char name[FL_OP_NAME_MAX])
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

void fl_modbus_response(struct fl_dctx *c, const struct fl_modbus_adu *a, struct fl_modbus_slot *q)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_slot alone;
	struct fl_operation op;

	if (q) {
		start_op(&op, q, q->dir);
		op.request_ns = q->ts_ns;
		op.request_frame = q->frame;
		op.late = q->state == FL_MODBUS_EXPIRED;
		op.duplicate = q->state == FL_MODBUS_ANSWERED;
		op.outcome = a->exception ? FL_OUTCOME_ERROR : FL_OUTCOME_OK;
		if (q->state == FL_MODBUS_OPEN)
			s->open--;
		q->state = FL_MODBUS_ANSWERED;
	} else {
		fill_slot(c, a, &alone);
		start_op(&op, &alone, c->dir ^ 1u);
		op.outcome = FL_OUTCOME_UNSOLICITED;
	}
	op.response_ns = c->ts_ns;
	op.response_frame = c->frame;
	if (a->has & FL_MODBUS_HAS_EXCEPTION_CODE) {
		op.has_code = true;
		op.code = a->exception_code;
		op.code_name = fl_modbus_exception_name((uint8_t)a->exception_code);
	}
	if (a->unit == 0)
		s->unit0_answers = true;
	if (!(a->flaws & FL_MODBUS_FLAW_LENGTH)) {
		if (a->has & FL_MODBUS_HAS_OBJECT_COUNT)
			name_device(s, a, q, op.name);
		else if (a->shape == FL_MODBUS_SHAPE_BLOB)
			name_server(a, op.name);
	}
	yield(c, &op);
}

void fl_modbus_lost(struct fl_modbus_state *s, uint8_t dir)
{
	unsigned i;

	s->resync[dir] = true;
	for (i = 0; i < s->used; i++)
		if (s->slot[i].state == FL_MODBUS_OPEN && s->slot[i].dir != dir)
			s->slot[i].loss = true;
}

bool fl_modbus_state_ok(const struct fl_modbus_state *s)
{
	unsigned i, open = 0;

	if (s->used > FL_MODBUS_PENDING_MAX || s->lean > LEAN_MAX || s->lean < -LEAN_MAX)
		return false;
	for (i = 0; i < s->used; i++) {
		open += s->slot[i].state == FL_MODBUS_OPEN;
		if (s->slot[i].state != FL_MODBUS_FREE && (!s->slot[i].name || !s->slot[i].classes))
			return false;
	}
	for (; i < FL_MODBUS_PENDING_MAX; i++)
		if (s->slot[i].state != FL_MODBUS_FREE)
			return false;
	return open == s->open && memchr(s->id_text, 0, sizeof s->id_text);
}
