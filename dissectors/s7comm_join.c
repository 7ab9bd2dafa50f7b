/* s7comm_join.c - S7comm messages to operations: who asks, what answers what, and what came of it.
 *
 * The sender of a job or a userdata request asks, on either end: controllers talk to each other. Two jobs turn that round:
 * while a program is loaded, the controller sends download_block and download_ended, and the station that asked for the
 * download answers with the data. The operation stays the station's.
 *
 * An answer in several parts (ud_last) keeps its request open: the client asks for the next part with the answer's
 * sequence number and a reference of its own. One operation comes of it, when the last part is there. Of a status list
 * that says who the module is, the parts are put together, in one buffer per flow: a second such list that begins while
 * one is open gives up the first one's text, never its operation.
 *
 * An answer with items is `ok` if any of them succeeded, with the code of the first that did not; `error` if none did. */
#include "s7comm_join.h"

#include <stdio.h>
#include <string.h>

/* ---- who asks */

static enum fl_s7_kind kind_of(const struct fl_s7_pdu *p)
{
	return p->rosctr == FL_S7_USERDATA ? FL_S7_KIND_USERDATA : FL_S7_KIND_JOB;
}

/* While loading, the controller's jobs are the station's doing; unless it is the client itself who sends them. */
static bool inverted(const struct fl_dctx *c, const struct fl_s7_pdu *p)
{
	if (p->rosctr == FL_S7_USERDATA || (p->function != FL_S7_FN_DOWNLOAD_BLOCK && p->function != FL_S7_FN_DOWNLOAD_ENDED))
		return false;
	return p->way == FL_S7_REQUEST ? !c->client_known || c->client != c->dir : !c->client_known || c->client == c->dir;
}

static uint8_t client_of(const struct fl_dctx *c, const struct fl_s7_pdu *p)
{
	bool sender = p->way == FL_S7_REQUEST;

	if (inverted(c, p))
		sender = !sender;
	return sender ? c->dir : c->dir ^ 1u;
}

/* ---- uploads: the later messages have only the id */

static struct fl_s7_upload *upload_of(struct fl_s7_state *s, uint8_t client, uint32_t id)
{
	unsigned i;

	for (i = 0; i < FL_S7_UPLOADS_MAX; i++)
		if (s->upload[i].used && s->upload[i].client == client && s->upload[i].id == id)
			return &s->upload[i];
	return NULL;
}

static void upload_started(struct fl_s7_state *s, const struct fl_s7_slot *q, uint32_t id)
{
	struct fl_s7_upload *u = upload_of(s, q->client, id);

	if (!u) {
		u = &s->upload[s->next_upload];
		s->next_upload = (uint8_t)((s->next_upload + 1) % FL_S7_UPLOADS_MAX);
	}
	*u = (struct fl_s7_upload){.used = true, .client = q->client, .id = id};
	memcpy(u->name, q->text, strnlen(q->text, sizeof u->name - 1));
}

static void name_upload(struct fl_s7_state *s, struct fl_s7_slot *q, const struct fl_s7_pdu *p)
{
	struct fl_s7_upload *u;

	if (p->rosctr != FL_S7_JOB || (p->function != FL_S7_FN_UPLOAD && p->function != FL_S7_FN_END_UPLOAD))
		return;
	u = upload_of(s, q->client, p->upload_id);
	if (!u)
		return;
	fl_s7_add_text(q->text, " ", (const uint8_t *)u->name, strlen(u->name));
	if (p->function == FL_S7_FN_END_UPLOAD)
		u->used = false;
}

/* ---- answers in parts */

/* A userdata request that asks for the next part of an answer, or the answer's next part itself. Where it is the request,
 * the answer may be whole already: its bytes waited behind a hole. */
static struct fl_s7_slot *find_part(struct fl_s7_state *s, uint8_t client, const struct fl_s7_pdu *p, bool open)
{
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_s7_slot *q = &s->slot[i];

		if ((open ? q->state == FL_S7_OPEN : q->state == FL_S7_ANSWERED) && q->kind == FL_S7_KIND_USERDATA && q->part_frame && q->dir == client &&
		    q->group == p->ud_group && q->code == p->ud_sub && q->seq == p->ud_seq)
			return q;
	}
	return NULL;
}

static bool asks_for_part(const struct fl_s7_pdu *p)
{
	return p->rosctr == FL_S7_USERDATA && p->way == FL_S7_REQUEST && (p->has & FL_S7_HAS_UD_LAST) && p->ud_seq &&
	       p->payload.len == 0;
}

static bool more_follows(const struct fl_s7_pdu *p)
{
	return p->rosctr == FL_S7_USERDATA && p->way == FL_S7_RESPONSE && p->ud_last && !p->ud_error;
}

static bool identifies(const struct fl_s7_slot *q)
{
	return q->group == FL_S7_GROUP_CPU && (q->classes & FL_OP_IDENTIFY);
}

/* A part of an identity list joins what is held. */
static void hold_szl(struct fl_s7_state *s, const struct fl_s7_slot *q, const struct fl_s7_pdu *p, bool first)
{
	size_t room, n;

	if (!identifies(q))
		return;
	if (first) {
		s->szl_used = true;
		s->szl_serial = q->serial;
		s->szl_n = 0;
	} else if (!s->szl_used || s->szl_serial != q->serial) {
		return;
	}
	room = sizeof s->szl_bytes - s->szl_n;
	n = p->payload.len < room ? p->payload.len : room;
	if (n)
		memcpy(s->szl_bytes + s->szl_n, p->payload.base, n);
	s->szl_n = (uint16_t)(s->szl_n + n);
}

/* The request of an answer in parts that was adopted without it, see adopt(). */
static struct fl_s7_slot *find_adopted(struct fl_dctx *c, const struct fl_s7_pdu *p)
{
	struct fl_s7_state *s = c->state;
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_s7_slot *q = &s->slot[i];

		if (q->state == FL_S7_OPEN && !q->frame && q->kind == FL_S7_KIND_USERDATA && q->dir == c->dir &&
		    q->first_ref == p->ref && q->group == p->ud_group && q->code == p->ud_sub && c->frame < q->part_frame)
			return q;
	}
	return NULL;
}

struct fl_s7_slot *fl_s7_prepare(struct fl_dctx *c, struct fl_s7_pdu *p, struct fl_s7_unit *u)
{
	struct fl_s7_state *s = c->state;
	struct fl_s7_slot *q = NULL;
	bool userdata = p->rosctr == FL_S7_USERDATA;

	if (p->way == FL_S7_REQUEST && asks_for_part(p)) {
		q = find_part(s, c->dir, p, true);
		return q ? q : find_part(s, c->dir, p, false);
	}
	if (p->way == FL_S7_REQUEST)
		return userdata ? find_adopted(c, p) : NULL;
	if (p->way != FL_S7_RESPONSE)
		return NULL;
	if (userdata)
		q = fl_s7_slot_find(s, FL_S7_KIND_USERDATA, c->dir, p->ref, (int)p->ud_sub, (int)p->ud_group);
	else
		q = fl_s7_slot_find(s, FL_S7_KIND_JOB, c->dir, p->ref, p->has & FL_S7_HAS_FUNCTION ? (int)p->function : -1, -1);
	if (!q && userdata && p->ud_unitref) /* the next part, sent without being asked for */
		q = find_part(s, c->dir ^ 1u, p, true);
	if (!q)
		return NULL;
	u->request_frame = q->frame;
	if (q->code != (userdata ? p->ud_sub : p->function) && (userdata || (p->has & FL_S7_HAS_FUNCTION)))
		p->flaws |= FL_S7_FLAW_MISMATCH;
	if (userdata && p->ud_group == FL_S7_GROUP_CPU && p->ud_sub == 1 && p->ud_unitref) {
		u->part = more_follows(p);
		u->joined = !u->part && q->part_frame && !p->ud_error;
		u->szl_id = q->szl_id;
		u->szl_index = q->szl_index;
	}
	return q;
}

/* ---- outcomes */

static void fail(struct fl_operation *op, uint32_t code, const char *name)
{
	if (op->outcome != FL_OUTCOME_UNSOLICITED)
		op->outcome = FL_OUTCOME_ERROR;
	op->has_code = true;
	op->code = code;
	op->code_name = name;
}

static void judge_items(struct fl_operation *op, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->values;
	struct fl_s7_value v;
	unsigned n, good = 0;
	int bad = -1;

	for (n = 0; n < p->value_count; n++) {
		if (p->bare_codes) {
			v.code = fl_rd_u8(&it);
			if (fl_rd_err(&it))
				break;
		} else if (!fl_s7_next_value(&it, &v)) {
			break;
		}
		good += v.code == FL_S7_SUCCESS;
		if (v.code != FL_S7_SUCCESS && bad < 0)
			bad = v.code;
	}
	if (bad < 0)
		return;
	fail(op, (uint32_t)bad, fl_s7_return_code_name((uint8_t)bad));
	if (good && op->outcome == FL_OUTCOME_ERROR)
		op->outcome = FL_OUTCOME_OK;
}

/* An error of the whole answer: its name, or at least its class's. */
static void fail_whole(struct fl_operation *op, uint16_t error)
{
	const char *name = fl_s7_error_name(error);

	fail(op, error, name ? name : fl_s7_error_class_name((uint8_t)(error >> 8)));
}

static void judge(struct fl_operation *op, const struct fl_s7_pdu *p)
{
	if (op->outcome != FL_OUTCOME_UNSOLICITED)
		op->outcome = FL_OUTCOME_OK;
	if ((p->has & FL_S7_HAS_ERROR) && p->error)
		fail_whole(op, (uint16_t)p->error);
	else if ((p->has & FL_S7_HAS_UD_ERROR) && p->ud_error)
		fail_whole(op, (uint16_t)p->ud_error);
	else if (p->rosctr != FL_S7_USERDATA)
		judge_items(op, p);
}

/* ---- the steps */

static void request(struct fl_dctx *c, const struct fl_s7_pdu *p, struct fl_s7_slot *part)
{
	struct fl_s7_slot *q;

	fl_s7_client_is(c, client_of(c, p));
	if (part && !part->frame && !asks_for_part(p)) { /* it comes after its answer has begun */
		part->frame = c->frame;
		part->ts_ns = c->ts_ns;
		part->objects = 0;
		fl_s7_describe(part, p);
		return;
	}
	if (part) {
		if (part->state == FL_S7_OPEN)
			part->ref = p->ref;
		part->active_ns = c->mono_ns;
		return;
	}
	q = fl_s7_slot_open(c, kind_of(p), p->ref);
	q->client = client_of(c, p);
	fl_s7_describe(q, p);
	name_upload(c->state, q, p);
	fl_s7_take_early(c, q);
}

/* The first part of an answer whose request was not seen: a slot for it, so that its parts still make one operation. Of a
 * status list only if it reads like the start of one: the capture may begin in the middle. */
static struct fl_s7_slot *adopt(struct fl_dctx *c, const struct fl_s7_pdu *p)
{
	struct fl_rd it = p->payload;
	uint16_t id = fl_rd_be16(&it), index = fl_rd_be16(&it), record = fl_rd_be16(&it), count = fl_rd_be16(&it);
	struct fl_s7_slot *q;
	bool list = p->ud_group == FL_S7_GROUP_CPU && p->ud_sub == 1;

	if (list && (fl_rd_err(&it) || !fl_s7_szl(id) || fl_rd_left(&it) > (size_t)record * count))
		return NULL;
	q = fl_s7_slot_open(c, kind_of(p), p->ref);
	fl_s7_describe(q, p);
	q->dir = q->client = client_of(c, p);
	q->frame = 0;
	q->ts_ns = 0;
	if (list) {
		q->szl_id = id;
		q->szl_index = index;
		q->classes = fl_s7_szl(id)->classes;
		fl_s7_add_object(q, FL_OBJECT_S7_SZL, id, index, 0);
	}
	return q;
}

static void name_identity(struct fl_s7_state *s, struct fl_operation *op, const struct fl_s7_slot *q, const struct fl_s7_pdu *p)
{
	if (!identifies(q) || op->outcome != FL_OUTCOME_OK)
		return;
	op->name[0] = '\0';
	if (!q->part_frame)
		fl_s7_szl_identity(op->name, q->szl_id, p->payload.base, p->payload.len);
	else if (s->szl_used && s->szl_serial == q->serial)
		fl_s7_szl_identity(op->name, q->szl_id, s->szl_bytes, s->szl_n);
}

/* A part of an answer that is not its last. */
static void hold_part(struct fl_dctx *c, const struct fl_s7_pdu *p, struct fl_s7_slot *q)
{
	hold_szl(c->state, q, p, !q->part_frame);
	q->part_frame = c->frame;
	q->part_ns = c->ts_ns;
	q->active_ns = c->mono_ns;
	q->seq = (uint8_t)p->ud_seq;
}

/* No request is known: it may be one whose bytes still wait, see s7comm_slots.c. */
static void early(struct fl_dctx *c, const struct fl_s7_pdu *p)
{
	struct fl_s7_slot alone;
	struct fl_operation op;

	fl_s7_slot_init(c, &alone, kind_of(p), p->ref);
	alone.client = client_of(c, p);
	fl_s7_describe(&alone, p);
	fl_s7_op(&op, &alone);
	judge(&op, p);
	fl_s7_keep_early(c, &alone, &op, p->rosctr != FL_S7_USERDATA && !(p->has & FL_S7_HAS_FUNCTION));
}

/* The last part of an answer whose request is not known (yet). */
static void early_whole(struct fl_dctx *c, const struct fl_s7_pdu *p, struct fl_s7_slot *q)
{
	struct fl_s7_state *s = c->state;
	struct fl_operation op;

	fl_s7_op(&op, q);
	judge(&op, p);
	name_identity(s, &op, q, p);
	q->state = FL_S7_FREE;
	s->open--;
	fl_s7_keep_early(c, q, &op, false);
}

static void response(struct fl_dctx *c, const struct fl_s7_pdu *p, struct fl_s7_slot *q)
{
	struct fl_s7_state *s = c->state;
	struct fl_operation op;

	fl_s7_client_is(c, client_of(c, p));
	if (!q && more_follows(p))
		q = adopt(c, p);
	if (!q) {
		early(c, p);
		return;
	}
	if (more_follows(p) && q->state == FL_S7_OPEN) {
		hold_part(c, p, q);
		return;
	}
	if (q->part_frame)
		hold_szl(s, q, p, false);
	if (!q->frame) {
		early_whole(c, p, q);
		return;
	}
	fl_s7_answer(c, q, NULL, &op);
	judge(&op, p);
	name_identity(s, &op, q, p);
	if (p->function == FL_S7_FN_START_UPLOAD && (p->has & FL_S7_HAS_UPLOAD_ID))
		upload_started(s, q, p->upload_id);
	if (s->szl_used && s->szl_serial == q->serial)
		s->szl_used = false;
	fl_s7_yield(c, &op);
}

/* What a controller sends unasked: the operation is that of whoever receives it. */
static void push(struct fl_dctx *c, const struct fl_s7_pdu *p)
{
	struct fl_s7_slot alone;
	struct fl_operation op;

	fl_s7_client_is(c, c->dir ^ 1u);
	fl_s7_slot_init(c, &alone, FL_S7_KIND_USERDATA, p->ref);
	alone.client = c->dir ^ 1u;
	fl_s7_describe(&alone, p);
	fl_s7_op(&op, &alone);
	op.outcome = FL_OUTCOME_OK;
	op.response_ns = c->ts_ns;
	op.response_frame = c->frame;
	fl_s7_yield(c, &op);
}

void fl_s7_join(struct fl_dctx *c, const struct fl_s7_pdu *p, struct fl_s7_slot *q)
{
	switch ((enum fl_s7_way)p->way) {
	case FL_S7_REQUEST:
		request(c, p, q);
		break;
	case FL_S7_RESPONSE:
		response(c, p, q);
		break;
	case FL_S7_PUSH:
		push(c, p);
		break;
	case FL_S7_UNCLEAR:
		fl_s7_join_foreign(c);
		break;
	}
}

/* ---- what is around the messages */

/* A connection: asked for by CR, granted by CC, refused by DR. "0100 (pg, rack 0, slot 0) > 0102 (pg, rack 0, slot 2)" */
static void connect(struct fl_dctx *c, const struct fl_cotp *t)
{
	struct fl_s7_slot *q = fl_s7_slot_open(c, FL_S7_KIND_CONNECT, t->src_ref);
	char text[FL_OP_NAME_MAX];

	fl_s7_client_is(c, c->dir);
	q->name = "cotp_connect";
	q->classes = FL_OP_SESSION;
	q->function = FL_COTP_CR << 4;
	q->text[0] = '\0';
	if (t->has & FL_COTP_HAS_CALLED) {
		fl_cotp_tsap_text(text, sizeof text, t->called, t->called_len);
		fl_s7_add_text(q->text, "", (const uint8_t *)text, strlen(text));
	}
}

void fl_s7_join_connect(struct fl_dctx *c, const struct fl_cotp *t)
{
	struct fl_s7_slot *q, alone;
	struct fl_operation op;

	switch (t->code) {
	case FL_COTP_CR:
		connect(c, t);
		return;
	case FL_COTP_CC:
	case FL_COTP_DR:
	case FL_COTP_ER:
		break;
	default:
		return; /* DC answers a DR; the others are not of class 0, and their units say so */
	}
	q = fl_s7_slot_find(c->state, FL_S7_KIND_CONNECT, c->dir, t->dst_ref, -1, -1);
	if (t->code != FL_COTP_CC && (!q || q->state != FL_S7_OPEN))
		q = NULL; /* the end of a connection that was granted */
	fl_s7_slot_init(c, &alone, FL_S7_KIND_CONNECT, t->dst_ref);
	alone.name = t->code == FL_COTP_CC ? "cotp_connect" : t->code == FL_COTP_DR ? "cotp_disconnect" : "cotp_error";
	alone.classes = FL_OP_SESSION;
	alone.function = (uint16_t)(t->code << 4);
	alone.client = t->code == FL_COTP_CC ? c->dir ^ 1u : c->client;
	if (t->code == FL_COTP_CC)
		fl_s7_client_is(c, alone.client);
	fl_s7_answer(c, q, &alone, &op);
	if (q)
		op.outcome = FL_OUTCOME_OK;
	if (t->code != FL_COTP_CC) {
		fail(&op, t->cause, fl_cotp_cause_name(t));
		if (!q)
			op.outcome = FL_OUTCOME_NO_REPLY_EXPECTED;
	}
	fl_s7_yield(c, &op);
}

static void note(struct fl_dctx *c, const char *name, uint16_t classes)
{
	struct fl_s7_slot alone;
	struct fl_operation op;

	fl_s7_slot_init(c, &alone, FL_S7_KIND_JOB, 0);
	alone.name = name;
	alone.classes = classes;
	alone.client = c->client;
	fl_s7_op(&op, &alone);
	op.outcome = FL_OUTCOME_UNKNOWN;
	if (c->dir == c->client) {
		op.request_ns = c->ts_ns;
		op.request_frame = c->frame;
	} else {
		op.response_ns = c->ts_ns;
		op.response_frame = c->frame;
	}
	fl_s7_yield(c, &op);
}

void fl_s7_join_foreign(struct fl_dctx *c)
{
	const struct fl_s7_state *s = c->state;

	if (s->begun[c->dir] && !s->side[c->dir].lost)
		note(c, "unknown_message", FL_OP_OTHER);
}

/* Once per flow: what is inside cannot be seen, and may be anything the protocol can do. */
void fl_s7_join_tls(struct fl_dctx *c)
{
	struct fl_s7_state *s = c->state;

	if (s->encrypted)
		return;
	s->encrypted = true;
	note(c, "encrypted_session", FL_OP_SESSION | FL_OP_OTHER);
}
