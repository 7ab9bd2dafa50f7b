/* modbus.c - the Modbus/TCP dissector: recognising it, and the steps from bytes to operations.
 *
 * Read modbus.h first: it names the files and draws the wire format. This file only puts the steps in order:
 *
 *     bytes --parse--> ADU --settle--> request or response --find--> its request --yield--> unit, operation
 *
 * Modbus has no magic number. What marks it is two zero bytes (protocol id), a length that agrees with the
 * function's shape, and that the next unit starts exactly where this one ends. probe() says LIKELY for one such
 * unit and SURE for two; nothing here looks at ports.
 *
 * Where sync is lost (gap, malformed frame), the stream goes on at the next segment, which may start in the
 * middle of an ADU. There, as in probe(), a unit is taken if it is beyond doubt or if it fills the bytes exactly:
 * sixteen zero bits are common in register values, and a wrong length would swallow what follows.
 *
 * Runs in the thread of the flow; memory is the caller's. Specs: see modbus.h. */
#include "modbus.h"

#include <assert.h>

#include "modbus_join.h"

static_assert(sizeof(struct fl_modbus_state) <= 8192, "the state of a flow is stated in modbus_join.h and README.md");

/* UMAS negotiates frames beyond the 260 bytes of Modbus; controllers are known to offer about 1 KiB. */
#define UMAS_LENGTH_MAX 1030u

/* What the bytes so far say: as fl_modbus_parse, but FL_CUT where it would wait, with what is known already. */
static enum fl_result look(struct fl_rd *r, struct fl_modbus_adu *a)
{
	r->end = FL_CUT_END;
	return fl_modbus_parse(r, FL_ROLE_UNCLEAR, a);
}

/* A unit whose function is published (or UMAS) and whose body keeps all its rules. */
static bool beyond_doubt(const struct fl_modbus_adu *a)
{
	if (a->function == FL_MODBUS_UMAS)
		return a->length <= UMAS_LENGTH_MAX;
	return a->info->category == FL_MODBUS_PUBLIC && a->fits && !a->flaws && !a->oversize;
}

/* A strange function or a broken body, but the bytes hold this one unit and no more: how an odd request looks
 * when it is sent alone, and what chance seldom makes. */
static bool stands_alone(const struct fl_modbus_adu *a, const struct fl_rd *after)
{
	return !a->oversize && !a->cut && fl_rd_left(after) == 0;
}

/* No unit can be this long: a public function's layout ends before FL_MODBUS_LENGTH_MAX, and nobody is known to send
 * longer ones than UMAS. Waiting for the end would hide from us what a server that does not wait goes on to do. */
static bool length_is_false(const struct fl_modbus_adu *a)
{
	return a->info->category == FL_MODBUS_PUBLIC ? a->oversize : a->length > UMAS_LENGTH_MAX;
}

static enum fl_role role_of(const struct fl_modbus_adu *a)
{
	return a->fits == FL_MODBUS_REQUEST    ? FL_ROLE_CLIENT
	       : a->fits == FL_MODBUS_RESPONSE ? FL_ROLE_SERVER
	                                       : FL_ROLE_UNCLEAR;
}

static enum fl_probe modbus_probe(struct fl_rd r, enum fl_role *role)
{
	enum fl_end end = (enum fl_end)r.end;
	enum fl_role found = FL_ROLE_UNCLEAR;
	struct fl_rd peek = r;
	struct fl_modbus_adu a;
	unsigned units = 0;

	fl_rd_skip(&peek, 2);
	if (fl_rd_be16(&peek) != 0) /* asked at every segment of every flow: most end here */
		return FL_PROBE_NO;
	for (;;) {
		enum fl_result got = look(&r, &a);

		if (got == FL_MALFORMED || (got == FL_CUT && end == FL_CLOSED))
			return FL_PROBE_NO;
		if (got == FL_CUT) {
			if (a.info && !beyond_doubt(&a) && (units || a.oversize))
				return FL_PROBE_NO;
			if (!units && (end == FL_OPEN || !a.info || !beyond_doubt(&a)))
				return FL_PROBE_MORE;
			if (!units)
				found = role_of(&a);
			break;
		}
		if (!beyond_doubt(&a)) {
			if (units || !stands_alone(&a, &r))
				return FL_PROBE_NO;
			*role = role_of(&a);
			return FL_PROBE_LIKELY;
		}
		if (found == FL_ROLE_UNCLEAR)
			found = role_of(&a);
		units++;
		if (!fl_rd_left(&r) || units == 2)
			break;
	}
	*role = found;
	return units >= 2 ? FL_PROBE_SURE : FL_PROBE_LIKELY;
}

static enum fl_result lose_sync(struct fl_dctx *c)
{
	struct fl_modbus_state *s = c->state;

	if (!s->seen && !s->resync[c->dir])
		return FL_NOT_MINE;
	fl_modbus_lost(s, c->dir); /* an answer may lie in what could not be read */
	return FL_MALFORMED;
}

/* Joins and yields a unit. */
static void use_unit(struct fl_dctx *c, struct fl_modbus_unit *u, bool flawed)
{
	struct fl_modbus_state *s = c->state;
	struct fl_modbus_slot *q = NULL;
	bool guessed;

	s->seen = true;
	s->resync[c->dir] = false;
	/* Before the join, so that what is late does not depend on when the core last called tick(). */
	fl_modbus_expire(c, false);
	guessed = fl_modbus_settle(c, &u->adu);
	if (!guessed && u->adu.kind == FL_MODBUS_RESPONSE)
		q = fl_modbus_find(s, c->dir, &u->adu);
	if (q) {
		u->request_frame = q->frame;
		u->request_quantity = q->quantity;
	}
	if (c->on_unit)
		c->on_unit(c, &(struct fl_unit){.value = u, .dir = c->dir, .flawed = flawed && u->adu.flaws});
	if (guessed || u->adu.kind == FL_MODBUS_REQUEST)
		fl_modbus_request(c, &u->adu);
	else
		fl_modbus_response(c, &u->adu, q);
}

/* A unit whose length is false was sent all the same: its header is told, and the next one looked for. */
static enum fl_result use_header(struct fl_dctx *c, struct fl_rd at, struct fl_modbus_unit *u)
{
	struct fl_rd header = fl_rd_sub(&at, FL_MODBUS_HEADER);

	header.end = FL_CUT_END;
	(void)fl_modbus_parse(&header, FL_ROLE_UNCLEAR, &u->adu);
	u->adu.flaws |= FL_MODBUS_FLAW_LENGTH;
	u->adu.cut = false;
	use_unit(c, u, false);
	fl_modbus_lost(c->state, c->dir);
	return FL_MALFORMED;
}

/* A body that goes on behind its layout: where a server that goes by the function, not by the MBAP length, would look for
 * the next unit. If one stands there, it is not to be hidden by the length. */
static void look_behind(struct fl_rd *r, struct fl_modbus_adu *a)
{
	uint32_t end = fl_modbus_layout_end(a);
	struct fl_modbus_adu next;
	struct fl_rd behind;

	if (!(a->flaws & FL_MODBUS_FLAW_LENGTH) || !end || end >= a->body_caplen || a->cut)
		return;
	behind = fl_rd_init(a->body + end, a->body_caplen - end, FL_CLOSED);
	if (fl_modbus_parse(&behind, FL_ROLE_UNCLEAR, &next) == FL_UNIT && beyond_doubt(&next))
		r->off -= a->body_len - end;
}

static enum fl_result take_unit(struct fl_dctx *c, struct fl_rd *r)
{
	struct fl_modbus_state *s = c->state;
	enum fl_role hint = c->client == c->dir ? FL_ROLE_CLIENT : FL_ROLE_SERVER;
	struct fl_rd start = *r, ahead = *r;
	struct fl_modbus_unit u = {0};
	enum fl_result got;

	if (s->resync[c->dir] && !c->datagram) {
		got = look(&ahead, &u.adu);
		if (got == FL_MALFORMED || (u.adu.info && !beyond_doubt(&u.adu) && !stands_alone(&u.adu, &ahead)))
			return lose_sync(c);
	}
	got = fl_modbus_parse(r, hint, &u.adu);
	if (got == FL_MALFORMED)
		return fl_rd_err(r) == FL_RD_VALUE || s->seen ? lose_sync(c) : FL_MALFORMED;
	if (got == FL_CUT && !u.adu.info) {
		fl_modbus_lost(s, c->dir);
		return got;
	}
	if (got == FL_NEED_MORE) {
		ahead = start;
		(void)look(&ahead, &u.adu);
		if (!u.adu.info || !length_is_false(&u.adu))
			return got;
	}
	if (length_is_false(&u.adu))
		return use_header(c, start, &u);
	if (got == FL_UNIT)
		look_behind(r, &u.adu);
	use_unit(c, &u, true);
	return got;
}

static void tell_waiting(struct fl_dctx *c)
{
	const struct fl_modbus_state *s = c->state;

	c->waiting = s->open > 0 || s->earlies > 0;
}

static enum fl_result modbus_unit(struct fl_dctx *c, struct fl_rd *r)
{
	enum fl_result got = take_unit(c, r);

	tell_waiting(c);
	return got;
}

static void modbus_gap(struct fl_dctx *c)
{
	fl_modbus_lost(c->state, c->dir);
	tell_waiting(c);
}

static void modbus_tick(struct fl_dctx *c)
{
	fl_modbus_expire(c, false);
	tell_waiting(c);
}

static void modbus_end(struct fl_dctx *c)
{
	bool cut_short = c->cut_short;

	c->cut_short = false; /* what had timed out by now did so whatever came after */
	fl_modbus_expire(c, false);
	c->cut_short = cut_short;
	fl_modbus_expire(c, true);
}

static const struct fl_port_hint ports[] = {{6, 502}, {17, 502}, {0, 0}};

const struct fl_dissector fl_modbus_dissector = {
	.name = "modbus",
	.spec = "Modbus Messaging on TCP/IP Implementation Guide V1.0b; Modbus Application Protocol V1.1b3",
	.ports = ports,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct fl_modbus_state),
	.probe = modbus_probe,
	.unit = modbus_unit,
	.gap = modbus_gap,
	.tick = modbus_tick,
	.end = modbus_end,
	.unit_json = fl_modbus_unit_json,
};
