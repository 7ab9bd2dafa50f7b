/* s7comm.c - the S7comm and S7comm-plus dissectors: recognising them, and the steps from bytes to operations.
 *
 * Read s7comm.h first: it names the files and draws the wire format. This file only puts the steps in order:
 *
 *     bytes --TPKT--> --COTP--> DT --collect--> message --parse--> --find--> its request --yield--> unit, operation
 *                       |                          |
 *                       +--> CR CC DR ER           +--> 0x32 S7comm, 0x72 S7comm-plus, 14..17 03 TLS
 *
 * Port 102 belongs to ISO transport, not to S7: MMS and others use it, and remote desktop sends the same connection
 * request on its own port. So COTP alone is never claimed. probe() waits (MORE) until the first message shows its protocol
 * id; the flow is then named by it, s7comm or s7comm_plus, which a policy lists apart. Both are read by the same steps: a
 * flow in which the other one turns up later is read all the same, and its operations are judged.
 *
 * TLS inside COTP is what newer controllers speak after one clear message; nothing else known puts it there.
 *
 * Runs in the thread of the flow; memory is the caller's. Specs: see s7comm.h. */
#include "s7comm.h"

#include <assert.h>

#include "fenceline/compiler.h"
#include "s7comm_join.h"
#include "tpkt.h"

static_assert(sizeof(struct fl_s7_state) <= 16384, "the state of a flow");

/* The largest TPDU that can be agreed on is 8192 bytes (X.224 13.3.4 b); S7 uses 1024. */
enum { TPKT_MAX = FL_TPKT_HEADER + 8192 };

enum { TLS_RECORD_HEADER = 5, TLS_RECORD_MAX = 16384 + 2048 /* RFC 5246 6.2.3 */ };

/* RFC 8446 5.1: content types 20 to 23, a version 3.x, a length. */
static bool is_tls(const struct fl_rd *sdu)
{
	struct fl_rd r = *sdu;
	uint8_t type = fl_rd_u8(&r), major = fl_rd_u8(&r), minor = fl_rd_u8(&r);
	uint16_t len = fl_rd_be16(&r);

	return !fl_rd_err(&r) && type >= 20 && type <= 23 && major == 3 && minor <= 4 && len > 0 && len <= TLS_RECORD_MAX;
}

/* ---- probe */

/* What the first bytes of a side are of. */
struct found {
	enum fl_probe how;
	uint8_t id;         /* first byte of the message; 0: none yet */
	enum fl_role role;
};

static enum fl_role role_of_way(const struct fl_s7_pdu *p)
{
	bool turned = p->rosctr != FL_S7_USERDATA &&
	              (p->function == FL_S7_FN_DOWNLOAD_BLOCK || p->function == FL_S7_FN_DOWNLOAD_ENDED);

	if (p->way == FL_S7_REQUEST)
		return turned ? FL_ROLE_SERVER : FL_ROLE_CLIENT;
	if (p->way == FL_S7_RESPONSE)
		return turned ? FL_ROLE_CLIENT : FL_ROLE_SERVER;
	return p->way == FL_S7_PUSH ? FL_ROLE_SERVER : FL_ROLE_UNCLEAR;
}

static struct found probe_s7(struct fl_rd sdu, bool whole)
{
	struct found f = {.how = FL_PROBE_NO, .id = FL_S7_ID};
	struct fl_s7_pdu p;

	if (!whole)
		sdu.end = FL_CUT_END;
	if (!fl_s7_parse(&sdu, &p)) {
		f.how = whole ? FL_PROBE_NO : FL_PROBE_MORE;
		return f;
	}
	if (p.flaws & FL_S7_FLAW_ROSCTR)
		return f;
	f.role = role_of_way(&p);
	f.how = whole && !p.flaws ? FL_PROBE_SURE : FL_PROBE_LIKELY;
	return f;
}

static struct found probe_plus(struct fl_rd sdu, bool whole)
{
	struct found f = {.how = FL_PROBE_NO, .id = FL_S7PLUS_ID};
	struct fl_s7plus_pdu p;

	if (!whole)
		sdu.end = FL_CUT_END;
	if (!fl_s7plus_parse(&sdu, false, &p)) {
		f.how = whole ? FL_PROBE_NO : FL_PROBE_MORE;
		return f;
	}
	if (p.flaws & FL_S7PLUS_FLAW_VERSION)
		return f;
	if (p.opcode == FL_S7PLUS_REQUEST)
		f.role = FL_ROLE_CLIENT;
	else if (p.has & FL_S7PLUS_HAS_OPCODE && !(p.flaws & FL_S7PLUS_FLAW_OPCODE))
		f.role = FL_ROLE_SERVER;
	f.how = whole && !p.flaws && (p.has & FL_S7PLUS_HAS_OPCODE) && !fl_rd_left(&sdu) ? FL_PROBE_SURE : FL_PROBE_LIKELY;
	return f;
}

static struct found probe_message(struct fl_rd sdu, bool whole)
{
	struct found f = {.how = FL_PROBE_NO};

	if (sdu.base[0] == FL_S7_ID)
		return probe_s7(sdu, whole);
	if (sdu.base[0] == FL_S7PLUS_ID)
		return probe_plus(sdu, whole);
	if (is_tls(&sdu)) {
		f.how = FL_PROBE_LIKELY;
		f.id = sdu.base[0];
	} else if (!whole && sdu.len < TLS_RECORD_HEADER && sdu.base[0] >= 20 && sdu.base[0] <= 23) {
		f.how = FL_PROBE_MORE;
	}
	return f;
}

/* Walks over what says nothing yet (connection set-up, empty data units) to the first message. */
static struct found look(struct fl_rd r)
{
	struct found f = {.how = FL_PROBE_MORE};
	enum fl_end end = (enum fl_end)r.end;
	struct fl_tpkt t;
	struct fl_cotp u;

	r.end = FL_CUT_END;
	while (fl_rd_left(&r)) {
		enum fl_result got = fl_tpkt_take(&r, TPKT_MAX, &t);

		if (got == FL_MALFORMED || (got == FL_CUT && end == FL_CLOSED) || t.reserved)
			return (struct found){.how = FL_PROBE_NO};
		if (!t.body.base || !t.body.len)
			return f;
		if (fl_cotp_parse(&t.body, &u) == FL_MALFORMED)
			return (struct found){.how = FL_PROBE_NO};
		if (!u.type)
			return u.cut && !u.li ? f : (struct found){.how = FL_PROBE_NO};
		if (u.flaws & ~(unsigned)FL_COTP_FLAW_PARAMETER)
			return (struct found){.how = FL_PROBE_NO};
		if (u.code == FL_COTP_DT && u.data.len) {
			enum fl_role role = f.role;

			f = probe_message(u.data, u.eot && !t.cut);
			if (f.role == FL_ROLE_UNCLEAR)
				f.role = role;
			/* OPEN: the rest of the message is still to come */
			if (t.cut && end == FL_OPEN && f.how > FL_PROBE_MORE)
				f.how = FL_PROBE_MORE;
			return f;
		}
		if (u.code == FL_COTP_CR || u.code == FL_COTP_CC)
			f.role = u.code == FL_COTP_CR ? FL_ROLE_CLIENT : FL_ROLE_SERVER;
	}
	return f;
}

static enum fl_probe probe(struct fl_rd r, enum fl_role *role, bool plus)
{
	struct found f = look(r);

	if (f.id && (f.id != FL_S7_ID) != plus)
		return FL_PROBE_NO;
	if (f.how > FL_PROBE_MORE)
		*role = f.role;
	return f.how;
}

static enum fl_probe probe_s7comm(struct fl_rd r, enum fl_role *role)
{
	return probe(r, role, false);
}

static enum fl_probe probe_s7comm_plus(struct fl_rd r, enum fl_role *role)
{
	return probe(r, role, true);
}

/* ---- messages */

static void yield(struct fl_dctx *c, const char *proto, const struct fl_s7_unit *u, bool flawed)
{
	if (c->on_unit)
		c->on_unit(c, &(struct fl_unit){.value = u, .proto = proto, .dir = c->dir, .flawed = flawed});
}

static bool take_s7(struct fl_dctx *c, struct fl_rd *sdu, bool too_long, bool reserved)
{
	struct fl_s7_state *s = c->state;
	struct fl_s7_unit u = {.what = FL_S7_UNIT_S7};
	struct fl_s7_slot *q;
	struct fl_s7_pdu p;

	if (!fl_s7_parse(sdu, &p))
		return false;
	if (too_long)
		p.flaws |= FL_S7_FLAW_TOO_LONG;
	if (reserved)
		p.flaws |= FL_S7_FLAW_RESERVED;
	s->begun[c->dir] = true;
	q = fl_s7_prepare(c, &p, &u);
	u.s7 = &p;
	yield(c, "s7comm", &u, p.flaws != 0);
	fl_s7_join(c, &p, q);
	return true;
}

/* The units in a message: one, as a rule. */
static bool take_plus(struct fl_dctx *c, struct fl_rd *sdu, bool too_long)
{
	struct fl_s7_state *s = c->state;
	struct fl_s7plus_pdu p;
	unsigned n = 0;

	while (fl_rd_left(sdu) && fl_s7plus_parse(sdu, s->fragments[c->dir], &p)) {
		struct fl_s7_unit u = {.what = FL_S7_UNIT_PLUS};
		struct fl_s7_slot *q;

		n++;
		if (too_long)
			p.flaws |= FL_S7PLUS_FLAW_TOO_LONG;
		if (fl_rd_left(sdu) && (((p.has & FL_S7PLUS_HAS_TRAILER) && !p.last) || sdu->base[sdu->off] != FL_S7PLUS_ID))
			p.flaws |= FL_S7PLUS_FLAW_TRAILING;
		q = fl_s7plus_find(c, &p);
		u.plus = &p;
		u.request_frame = q ? q->frame : 0;
		yield(c, "s7plus", &u, p.flaws != 0);
		fl_s7plus_join(c, &p, q);
		if (p.has & FL_S7PLUS_HAS_TRAILER)
			s->fragments[c->dir] = !p.last && !p.cut;
		s->begun[c->dir] |= !p.flaws;
		if (p.flaws & FL_S7PLUS_FLAW_TRAILING)
			break;
	}
	return n > 0;
}

/* Of a protocol that is none of ours, or the tail of a message whose start was lost. */
static void take_foreign(struct fl_dctx *c, const struct fl_cotp *t)
{
	struct fl_cotp shown = *t;
	struct fl_s7_unit u = {.what = FL_S7_UNIT_COTP, .cotp = &shown};

	shown.flaws |= FL_COTP_FLAW_PAYLOAD;
	yield(c, "cotp", &u, true);
	fl_s7_join_foreign(c);
}

static void take_message(struct fl_dctx *c, struct fl_rd *sdu, const struct fl_cotp *t, bool reserved)
{
	struct fl_s7_state *s = c->state;
	bool too_long = s->side[c->dir].too_long;
	struct fl_s7_unit u = {.what = FL_S7_UNIT_TLS, .tls = sdu};
	struct fl_rd at = *sdu;
	bool taken = false;

	if (sdu->base[0] == FL_S7_ID)
		taken = take_s7(c, &at, too_long, reserved);
	else if (sdu->base[0] == FL_S7PLUS_ID)
		taken = take_plus(c, &at, too_long);
	else if (is_tls(sdu) || s->encrypted) {
		yield(c, "cotp-tls", &u, false);
		fl_s7_join_tls(c);
		taken = true;
	}
	if (!taken && !t->cut)
		take_foreign(c, t);
}

/* ---- units */

static void take_tpdu(struct fl_dctx *c, const struct fl_cotp *t, bool reserved)
{
	struct fl_s7_state *s = c->state;
	struct fl_s7_unit u = {.what = FL_S7_UNIT_COTP, .cotp = t};
	struct fl_rd sdu;

	if (t->code == FL_COTP_DT && t->type && !(t->flaws & FL_COTP_FLAW_LENGTH)) {
		if (fl_cotp_collect(&s->side[c->dir], t, &sdu))
			take_message(c, &sdu, t, reserved);
		if (t->eot)
			s->side[c->dir].lost = false;
		return;
	}
	yield(c, "cotp", &u, t->flaws != 0);
	if (t->type && !(t->flaws & FL_COTP_FLAW_LENGTH)) {
		s->begun[c->dir] |= t->code == FL_COTP_CR || t->code == FL_COTP_CC;
		fl_s7_join_connect(c, t);
	}
}

static enum fl_result lose_sync(struct fl_dctx *c)
{
	struct fl_s7_state *s = c->state;

	if (!s->seen)
		return FL_NOT_MINE;
	fl_s7_lost(s, c->dir); /* an answer may lie in what could not be read */
	return FL_MALFORMED;
}

static enum fl_result take_unit(struct fl_dctx *c, struct fl_rd *r)
{
	struct fl_s7_state *s = c->state;
	enum fl_result got, in;
	struct fl_tpkt t;
	struct fl_cotp u;

	got = fl_tpkt_take(r, TPKT_MAX, &t);
	if (got == FL_NEED_MORE)
		return got;
	if (got == FL_MALFORMED)
		return fl_rd_err(r) == FL_RD_VALUE || s->seen ? lose_sync(c) : FL_MALFORMED;
	fl_s7_expire(c, false); /* before the join, so that what is late does not depend on when the core last called tick() */
	in = t.body.base && t.body.len ? fl_cotp_parse(&t.body, &u) : FL_CUT;
	if (in == FL_MALFORMED && !s->seen)
		return FL_NOT_MINE;
	if (in == FL_MALFORMED) {
		/* The TPKT says where the next one starts: what lies in it is lost, not the stream. */
		u = (struct fl_cotp){.flaws = FL_COTP_FLAW_LENGTH};
		in = FL_UNIT;
	} else if (!t.body.base || !t.body.len || (in == FL_CUT && !u.type && !u.li)) {
		fl_s7_lost(s, c->dir);
		return FL_CUT;
	}
	s->seen = true;
	take_tpdu(c, &u, t.reserved != 0);
	if (got == FL_CUT)
		fl_s7_lost(s, c->dir);
	return got;
}

static void tell_waiting(struct fl_dctx *c)
{
	const struct fl_s7_state *s = c->state;

	c->waiting = s->open > 0 || s->earlies > 0;
}

static enum fl_result s7_unit(struct fl_dctx *c, struct fl_rd *r)
{
	enum fl_result got = take_unit(c, r);

	fl_s7_expire_early(c, false);
	tell_waiting(c);
	return got;
}

static void s7_gap(struct fl_dctx *c)
{
	fl_s7_lost(c->state, c->dir);
	tell_waiting(c);
}

static void s7_tick(struct fl_dctx *c)
{
	fl_s7_expire(c, false);
	fl_s7_expire_early(c, false);
	tell_waiting(c);
}

static void s7_end(struct fl_dctx *c)
{
	bool cut_short = c->cut_short;

	c->cut_short = false; /* what had timed out by now did so whatever came after */
	fl_s7_expire(c, false);
	c->cut_short = cut_short;
	fl_s7_expire(c, true);
	fl_s7_expire_early(c, true);
}

static const struct fl_port_hint ports[] = {{6, 102}, {0, 0}}; /* IANA: iso-tsap */

const struct fl_dissector fl_s7comm_dissector = {
	.name = "s7comm",
	.spec = "RFC 1006; ITU-T X.224 (11/95) class 0; S7 communication is not published, see s7comm_table.h",
	.ports = ports,
	.tcp = true,
	.state_size = sizeof(struct fl_s7_state),
	.probe = probe_s7comm,
	.unit = s7_unit,
	.gap = s7_gap,
	.tick = s7_tick,
	.end = s7_end,
	.unit_json = fl_s7_unit_json,
};

const struct fl_dissector fl_s7plus_dissector = {
	.name = "s7comm_plus",
	.spec = "RFC 1006; ITU-T X.224 (11/95) class 0; S7comm-plus is not published, see s7plus.h",
	.ports = ports,
	.tcp = true,
	.state_size = sizeof(struct fl_s7_state),
	.probe = probe_s7comm_plus,
	.unit = s7_unit,
	.gap = s7_gap,
	.tick = s7_tick,
	.end = s7_end,
	.unit_json = fl_s7_unit_json,
};
