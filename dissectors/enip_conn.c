/* enip_conn.c - connections of one flow: what their ids are in each direction, where they lead, what they announce.
 *
 * A connection has an id for each direction: the receiver's choice. Requests carry O->T, responses T->O. Both are known
 * from the response to its Forward Open; if that came before the capture began, they are paired by the first response
 * whose sequence count answers a request. What a connection is, whatever its ids, is the triad of serial number, vendor
 * and originator: by it Forward Close finds it again, and a Forward Open with the same triad replaces it.
 *
 * The table is bounded: the one used longest ago gives way, and is then known as one from before the capture. */
#include "enip_join.h"

#include <string.h>

static struct fl_enip_connection *by_ot(struct fl_enip_state *s, uint8_t dir, uint32_t id)
{
	unsigned i;

	for (i = 0; i < FL_ENIP_CONNECTIONS_MAX; i++)
		if (s->connection[i].used && s->connection[i].ot_id == id && s->connection[i].dir == dir)
			return &s->connection[i];
	return NULL;
}

static struct fl_enip_connection *by_to(struct fl_enip_state *s, uint8_t dir, uint32_t id)
{
	unsigned i;

	for (i = 0; i < FL_ENIP_CONNECTIONS_MAX; i++)
		if (s->connection[i].used && s->connection[i].has_to && s->connection[i].to_id == id &&
		    s->connection[i].dir == dir)
			return &s->connection[i];
	return NULL;
}

static struct fl_enip_connection *by_triad(struct fl_enip_state *s, uint8_t dir, const struct fl_cip_triad *t)
{
	unsigned i;

	for (i = 0; i < FL_ENIP_CONNECTIONS_MAX; i++) {
		struct fl_enip_connection *k = &s->connection[i];

		if (k->used && k->has_triad && k->dir == dir && k->triad.serial == t->serial &&
		    k->triad.vendor == t->vendor && k->triad.originator == t->originator)
			return k;
	}
	return NULL;
}

static struct fl_enip_connection *new_one(struct fl_enip_state *s)
{
	struct fl_enip_connection *k = &s->connection[0];
	unsigned i;

	for (i = 0; i < FL_ENIP_CONNECTIONS_MAX; i++) {
		if (!s->connection[i].used)
			return &s->connection[i];
		if ((int32_t)(s->connection[i].serial - k->serial) < 0)
			k = &s->connection[i];
	}
	return k;
}

struct fl_enip_connection *fl_enip_used(struct fl_enip_state *s, uint8_t dir, uint32_t ot_id)
{
	struct fl_enip_connection *k = by_ot(s, dir, ot_id);

	if (!k) {
		k = new_one(s);
		*k = (struct fl_enip_connection){.used = true, .ot_id = ot_id, .dir = dir};
	}
	k->serial = s->serial;
	return k;
}

bool fl_enip_speaks_cip(struct fl_enip_state *s, uint8_t dir, const struct fl_enip_pdu *p, bool response)
{
	const struct fl_enip_connection *k;

	if (!p->connected || !p->has_connection)
		return true;
	k = response ? by_to(s, dir ^ 1u, p->connection) : by_ot(s, dir, p->connection);
	return !k || !k->opaque;
}

enum fl_enip_pair fl_enip_pairs(const struct fl_enip_state *s, uint8_t dir, uint32_t ot_id, uint32_t to_id)
{
	enum fl_enip_pair may = FL_ENIP_MAY_PAIR;
	unsigned i;

	for (i = 0; i < FL_ENIP_CONNECTIONS_MAX; i++) {
		const struct fl_enip_connection *k = &s->connection[i];

		if (!k->used || k->dir != dir)
			continue;
		if (k->has_to && k->to_id == to_id)
			return k->ot_id == ot_id ? FL_ENIP_PAIR : FL_ENIP_NO_PAIR; /* it belongs to another */
		if (k->ot_id == ot_id && k->has_triad)
			may = FL_ENIP_NO_PAIR; /* its own is known from its Forward Open */
	}
	return may;
}

void fl_enip_answered(struct fl_enip_state *s, uint8_t dir, uint32_t ot_id, uint32_t to_id)
{
	struct fl_enip_connection *k = by_ot(s, dir, ot_id);

	if (!k || k->has_triad)
		return;
	k->to_id = to_id;
	k->has_to = true;
}

const char *fl_enip_route_of(const struct fl_enip_state *s, uint8_t dir, uint32_t ot_id)
{
	static const char none[FL_OP_ROUTE_MAX];
	unsigned i;

	for (i = 0; i < FL_ENIP_CONNECTIONS_MAX; i++)
		if (s->connection[i].used && s->connection[i].ot_id == ot_id && s->connection[i].dir == dir)
			return s->connection[i].route;
	return none;
}

/* ---- I/O: the flows that a Forward Open announces */

/* A connection ends when nothing came for RPI * 4 << multiplier, Vol. 1 3-5.5.1.4; the first must come sooner. */
static int64_t waits_ns(const struct fl_cip_cm *asked)
{
	int64_t rpi = asked->ot_rpi > asked->to_rpi ? asked->ot_rpi : asked->to_rpi;
	int64_t ns = rpi * 1000 * (INT64_C(4) << (asked->timeout_multiplier & 7)) + FL_OP_TIMEOUT_NS;
	const int64_t hour = INT64_C(3600) * 1000000000;

	return ns < hour ? ns : hour;
}

/* Data in one direction: sent by `from` to `to`, or to the group that the socket address item names. */
static void announce(struct fl_dctx *c, const struct fl_enip_opening *o, bool to_originator, uint32_t params,
		     uint32_t id, uint32_t note)
{
	const struct fl_enip_sockaddr *socket = &o->pdu->socket[to_originator];
	uint8_t target = o->dir ^ 1u;
	bool group = fl_cip_connection_type(params, o->asked->large) == FL_CIP_MULTICAST;
	struct fl_announcement a = {.ip_proto = 17, .relation = FL_RELATED_CIP_IO,
				    .from = to_originator ? target : o->dir, .to = to_originator ? o->dir : target,
				    .to_port = FL_ENIP_IO_PORT, .lasting = true,
				    .for_ns = waits_ns(o->asked), .key = id,
				    .note = note | (to_originator ? FL_ENIP_NOTE_TO : FL_ENIP_NOTE_OT)};

	if (fl_cip_connection_type(params, o->asked->large) == FL_CIP_NULL)
		return;
	if (socket->there && socket->port && (group || !to_originator))
		a.to_port = socket->port;
	if (to_originator && !group && o->to_port)
		a.to_port = o->to_port;
	if (group) {
		a.note |= FL_ENIP_NOTE_GROUP;
		a.to = FL_ANNOUNCED_ANYBODY;
		if (socket->there && fl_addr_is_multicast(&socket->addr)) {
			a.to = FL_ANNOUNCED_ADDR;
			a.addr = socket->addr;
		}
	}
	c->on_announce(c, &a);
}

static void announce_io(struct fl_dctx *c, const struct fl_enip_opening *o)
{
	uint32_t note = 0;

	if (!c->on_announce || !o->pdu || (o->asked->transport & 0x0F) > 1)
		return;
	if (o->asked->path.safety)
		note |= FL_ENIP_NOTE_SAFETY;
	if ((o->asked->transport & 0x0F) == 1)
		note |= FL_ENIP_NOTE_CLASS1;
	announce(c, o, false, o->asked->ot_params, o->answer->ot_id, note);
	announce(c, o, true, o->asked->to_params, o->answer->to_id, note);
}

/* A connection to an object that is not the message router carries that object's own data. Where the path names none (a
 * chassis slot alone), the router of the last hop is meant. */
static bool carries_messages(const struct fl_cip_path *path)
{
	struct fl_rd it = path->bytes;
	struct fl_cip_segment s;
	uint32_t class_id = FL_CIP_CLASS_ROUTER;

	while (path->there && fl_cip_next_segment(&it, true, &s))
		if (s.kind == FL_CIP_CLASS)
			class_id = s.value;
	return class_id == FL_CIP_CLASS_ROUTER;
}

/* Ids may be used again: what was sent under them before is no retry of what comes now. */
static void forget_requests(struct fl_enip_state *s, uint8_t dir, uint32_t ot_id)
{
	unsigned i;

	for (i = 0; i < s->used; i++) {
		struct fl_enip_slot *q = &s->slot[i];

		if (FL_ENIP_ARE_PAST >> q->state & 1u && q->connected && q->dir == dir && q->connection == ot_id)
			q->state = FL_ENIP_FREE;
	}
}

void fl_enip_opened(struct fl_dctx *c, const struct fl_enip_opening *o)
{
	struct fl_enip_state *s = c->state;
	struct fl_enip_connection *k;

	announce_io(c, o);
	if ((o->asked->transport & 0x0F) < 2)
		return; /* its data takes other ways */
	k = by_triad(s, o->dir, &o->asked->triad);
	if (!k)
		k = by_ot(s, o->dir, o->answer->ot_id);
	if (!k)
		k = new_one(s);
	*k = (struct fl_enip_connection){.used = true, .has_to = true, .has_triad = true, .ot_id = o->answer->ot_id,
					 .to_id = o->answer->to_id, .triad = o->asked->triad, .dir = o->dir,
					 .serial = s->serial, .opaque = !carries_messages(&o->asked->path)};
	memcpy(k->route, o->route, sizeof k->route);
	forget_requests(s, o->dir, o->answer->ot_id);
}

void fl_enip_closed(struct fl_enip_state *s, uint8_t dir, const struct fl_cip_triad *t)
{
	struct fl_enip_connection *k = by_triad(s, dir, t);

	if (k)
		k->used = false;
}
