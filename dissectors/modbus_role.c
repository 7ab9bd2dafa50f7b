/* modbus_role.c - who is the client of a flow?
 *
 * The client is the end that sends requests. Neither the port nor who opened the connection settles that (a
 * server may dial out through a firewall; a capture may start in the middle), so unambiguous units vote, and
 * the votes outweigh both. One odd unit does not turn roles that are established. */
#include "modbus_join.h"

enum { LEAN_FIRM = 2 }; /* from here on a single contrary unit is a flawed one, not a change of roles */

/* How sure the content makes us that dir is the client's: > 0 client, < 0 server, 0 not at all. */
static int evidence(const struct fl_modbus_state *s, uint8_t dir)
{
	return dir == 0 ? s->lean : -s->lean;
}

static void vote(struct fl_dctx *c, bool sender_is_client)
{
	struct fl_modbus_state *s = c->state;
	int lean = s->lean + ((c->dir == 0) == sender_is_client ? 1 : -1);

	if (lean <= FL_MODBUS_LEAN_MAX && lean >= -FL_MODBUS_LEAN_MAX)
		s->lean = (int8_t)lean;
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
