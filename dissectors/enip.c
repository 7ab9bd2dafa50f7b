/* enip.c - the EtherNet/IP dissector: recognising it, and the steps from bytes to operations.
 *
 * Read enip.h first: it names the files and draws the wire format. This file only puts the steps in order:
 *
 *     bytes --parse--> unit --settle--> request or response --find--> its request --walk--> records, operations
 *     UDP 2222 --parse_io--> I/O data --> a record each, an operation per connection
 *
 * There is no magic number. What marks a unit is a command of the standard, a status of the standard, options 0, a
 * length that agrees with the command, and items and a CIP message that fill it exactly. A message in items is beyond
 * doubt; a header alone is likely; a NOP of zeroes is nothing. Nothing here looks at ports.
 *
 * Where sync is lost (gap, malformed header), the stream goes on at the next segment, which may start in the middle of
 * a unit. There, as in probe(), only a unit beyond doubt is taken.
 *
 * Runs in the thread of the flow; memory is the caller's. Specs: see enip.h. */
#include "enip.h"

#include <string.h>

#include "cip_walk.h"
#include "enip_join.h"

/* ---- recognising */

/* What can be said of a header of which n bytes are there: false if it cannot be one. */
static bool may_begin(struct fl_rd r)
{
	uint16_t command, length;
	uint32_t status;

	r.end = FL_CUT_END;
	if (fl_rd_left(&r) == 1)
		return true;
	command = fl_rd_le16(&r);
	if (fl_rd_err(&r))
		return true;
	if (!fl_enip_command(command))
		return false;
	length = fl_rd_le16(&r);
	fl_rd_skip(&r, 4);
	status = fl_rd_le32(&r);
	if (length > FL_ENIP_LENGTH_MAX)
		return false;
	return fl_rd_err(&r) || fl_enip_status_name(status);
}

/* The message in it is CIP, as far as it can be told. */
static bool holds_cip(const struct fl_enip_pdu *p)
{
	struct fl_cip_message m;

	return p->has_message && fl_cip_parse(p->message, &m) && !m.flaws;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n && !p[n - 1])
		n--;
	return n == 0;
}

/* How sure a whole unit makes us. */
static enum fl_probe judge(const struct fl_enip_pdu *p)
{
	if (p->flaws || !p->info)
		return FL_PROBE_NO;
	switch (p->command) {
	case FL_ENIP_NOP:
		return p->session || !is_zero(p->context, sizeof p->context) ? FL_PROBE_LIKELY : FL_PROBE_MORE;
	case FL_ENIP_REGISTER_SESSION:
		if (p->has_version && p->version == 1 && !p->session_options)
			return FL_PROBE_SURE;
		return FL_PROBE_LIKELY;
	case FL_ENIP_SEND_RR_DATA:
	case FL_ENIP_SEND_UNIT_DATA:
		return holds_cip(p) ? FL_PROBE_SURE : FL_PROBE_LIKELY;
	case FL_ENIP_LIST_IDENTITY:
	case FL_ENIP_LIST_SERVICES:
	case FL_ENIP_LIST_TARGETS:
		return p->has_items && p->items ? FL_PROBE_SURE : FL_PROBE_LIKELY;
	default:
		return FL_PROBE_LIKELY;
	}
}

static enum fl_role role_of(const struct fl_enip_pdu *p)
{
	if (p->command == FL_ENIP_NOP)
		return FL_ROLE_UNCLEAR;
	return p->fits == FL_ENIP_REQUEST    ? FL_ROLE_CLIENT
	       : p->fits == FL_ENIP_RESPONSE ? FL_ROLE_SERVER
					     : FL_ROLE_UNCLEAR;
}

/* What the bytes so far say: FL_CUT where fl_enip_parse would wait, with what is known already. */
static enum fl_result look(struct fl_rd *r, struct fl_enip_pdu *p)
{
	r->end = FL_CUT_END;
	return fl_enip_parse(r, p);
}

static enum fl_probe enip_probe(struct fl_rd r, enum fl_role *role)
{
	enum fl_end end = (enum fl_end)r.end;
	enum fl_role found = FL_ROLE_UNCLEAR;
	enum fl_probe said = FL_PROBE_MORE, one;
	struct fl_enip_pdu p;
	struct fl_rd io = r;
	unsigned units = 0;

	if (end == FL_CLOSED && fl_enip_parse_io(&io, &p) == FL_UNIT) {
		*role = FL_ROLE_UNCLEAR;
		return FL_PROBE_SURE;
	}
	while (units < 2 && fl_rd_left(&r)) {
		enum fl_result got;

		if (!may_begin(r))
			return FL_PROBE_NO;
		got = look(&r, &p);
		if (got == FL_MALFORMED || (got == FL_CUT && end == FL_CLOSED) || p.flaws)
			return FL_PROBE_NO;
		if (got == FL_CUT) {
			/* A whole header with the right start is as good as a unit, if no more will come. */
			if (!units && end == FL_CUT_END && p.cut && p.has_items)
				said = FL_PROBE_LIKELY;
			break;
		}
		one = judge(&p);
		if (one == FL_PROBE_NO)
			return FL_PROBE_NO;
		units++;
		if (units == 2 && said == FL_PROBE_LIKELY && one != FL_PROBE_MORE)
			one = FL_PROBE_SURE;
		if (one > said)
			said = one;
		if (found == FL_ROLE_UNCLEAR)
			found = role_of(&p);
	}
	if (said == FL_PROBE_MORE && end == FL_CLOSED)
		return FL_PROBE_NO;
	*role = found;
	return said;
}

/* ---- units */

static enum fl_result lose_sync(struct fl_dctx *c)
{
	struct fl_enip_state *s = c->state;

	if (!s->seen && !s->resync[c->dir])
		return FL_NOT_MINE;
	fl_enip_lost(s, c->dir); /* an answer may lie in what could not be read */
	return FL_MALFORMED;
}

static void take_io(struct fl_dctx *c, const struct fl_enip_pdu *p)
{
	struct fl_enip_state *s = c->state;
	uint32_t note = c->announced ? c->announced(c, p->connection) : 0;
	struct fl_enip_unit u = {.layer = FL_ENIP_LAYER_IO, .pdu = p, .note = (uint8_t)note};

	s->seen = true;
	if (c->on_unit)
		c->on_unit(c, &(struct fl_unit){.value = &u, .proto = "cipio", .dir = c->dir, .flawed = p->flaws != 0});
	fl_enip_io(c, p, note);
}

static bool doubtful_after_loss(struct fl_rd r)
{
	struct fl_enip_pdu p;
	enum fl_result got;

	if (!may_begin(r))
		return true;
	got = look(&r, &p);
	if (got == FL_CUT && !p.info)
		return false; /* not even a header: wait for more */
	return got == FL_MALFORMED || p.flaws || judge(&p) < FL_PROBE_LIKELY;
}

static void take_pdu(struct fl_dctx *c, struct fl_enip_pdu *p)
{
	struct fl_enip_state *s = c->state;
	struct fl_enip_slot *q = NULL;
	struct fl_enip_unit u = {.layer = FL_ENIP_LAYER_ENIP, .pdu = p};
	struct fl_cip_message m;

	/* Before the join, so that what is late does not depend on when the core last called tick(). */
	fl_enip_expire(c, false);
	fl_enip_settle(c, p);
	if (p->kind == FL_ENIP_RESPONSE)
		q = fl_enip_find(s, c->dir, p);
	else
		q = fl_enip_retried(s, c->dir, p);
	if (p->kind == FL_ENIP_RESPONSE && q)
		u.request_frame = q->frame;
	u.retry = p->kind == FL_ENIP_REQUEST && q;
	if (p->has_message && !fl_cip_parse(p->message, &m) && p->message.end != FL_CUT_END)
		p->flaws |= FL_ENIP_FLAW_MESSAGE;
	if (c->on_unit)
		c->on_unit(c, &(struct fl_unit){.value = &u, .proto = "enip", .dir = c->dir, .flawed = p->flaws != 0});
	if (p->kind == FL_ENIP_RESPONSE)
		fl_enip_response(c, p, q);
	else
		fl_enip_request(c, p, q);
}

/* I/O data is told from the encapsulation by its first bytes: two items are no command of it. */
static bool begins_io(struct fl_rd r)
{
	r.end = FL_CUT_END;
	fl_rd_skip(&r, 2);
	return fl_rd_le16(&r) == FL_ENIP_ITEM_SEQUENCED_ADDRESS && !fl_rd_err(&r);
}

static enum fl_result take_unit(struct fl_dctx *c, struct fl_rd *r)
{
	struct fl_enip_state *s = c->state;
	struct fl_enip_pdu p;
	enum fl_result got;

	if (c->datagram && begins_io(*r)) {
		got = fl_enip_parse_io(r, &p);
		if (got == FL_MALFORMED)
			return lose_sync(c);
		if (p.has_connection)
			take_io(c, &p);
		return got;
	}
	if (s->resync[c->dir] && !c->datagram && doubtful_after_loss(*r))
		return lose_sync(c);
	got = fl_enip_parse(r, &p);
	if (got == FL_NEED_MORE)
		return got;
	if (got == FL_MALFORMED)
		return fl_rd_err(r) == FL_RD_VALUE || s->seen ? lose_sync(c) : FL_MALFORMED;
	if (got == FL_CUT && !p.cut) {
		fl_enip_lost(s, c->dir);
		return got;
	}
	s->seen = true;
	s->resync[c->dir] = false;
	take_pdu(c, &p);
	return got;
}

static void tell_waiting(struct fl_dctx *c)
{
	const struct fl_enip_state *s = c->state;

	c->waiting = s->open || s->early;
}

static enum fl_result enip_unit(struct fl_dctx *c, struct fl_rd *r)
{
	enum fl_result got = take_unit(c, r);

	tell_waiting(c);
	return got;
}

static void enip_gap(struct fl_dctx *c)
{
	fl_enip_lost(c->state, c->dir);
	tell_waiting(c);
}

static void enip_tick(struct fl_dctx *c)
{
	fl_enip_expire(c, false);
	tell_waiting(c);
}

static void enip_end(struct fl_dctx *c)
{
	bool cut_short = c->cut_short;

	c->cut_short = false; /* what had timed out by now did so whatever came after */
	fl_enip_expire(c, false);
	c->cut_short = cut_short;
	fl_enip_expire(c, true);
	tell_waiting(c);
}

static void enip_unit_json(const struct fl_unit *u, struct fl_json *j)
{
	const uint8_t *layer = u->value; /* the first member of both */

	if (*layer == FL_ENIP_LAYER_CIP)
		fl_cip_unit_json(u, j);
	else
		fl_enip_unit_json(u, j);
}

static const struct fl_port_hint ports[] = {{6, FL_ENIP_PORT}, {17, FL_ENIP_PORT}, {17, FL_ENIP_IO_PORT}, {0, 0}};

const struct fl_dissector fl_enip_dissector = {
	.name = "enip",
	.spec = "CIP Volume 1 (Common Industrial Protocol), Volume 2 (EtherNet/IP Adaptation of CIP)",
	.ports = ports,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct fl_enip_state),
	.probe = enip_probe,
	.unit = enip_unit,
	.gap = enip_gap,
	.tick = enip_tick,
	.end = enip_end,
	.unit_json = enip_unit_json,
};
