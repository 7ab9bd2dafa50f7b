/* enip_io.c - UDP 2222: class 0 and 1 data, of which thousands of datagrams a second say the same.
 *
 * One operation per connection id and sender when it is first heard, and again when it is heard after FL_OP_TIMEOUT_NS
 * of silence: so a conduit is judged for each connection, and its coming and going is on record. Sequence numbers may
 * start anywhere and are not judged: they say how much was lost, and that is nobody's fault.
 *
 * What the data is, only the Forward Open says, in another flow: its note tells whether it is CIP Safety, and who the
 * originator is. Without it, neither is claimed, and the data is not read.
 *
 * The table is bounded: with all of it in use, one operation per FL_OP_TIMEOUT_NS stands for all further connections.
 * */
#include "enip_join.h"

#include <stdio.h>

static void yield(struct fl_dctx *c, uint32_t id, uint32_t note, bool crowded)
{
	struct fl_operation op = {.function_name = note & FL_ENIP_NOTE_SAFETY ? "safety_io_data" : "io_data",
				  .classes = FL_OP_IO_DATA, .client = c->client,
				  .outcome = FL_OUTCOME_NO_REPLY_EXPECTED,
				  .request_ns = c->ts_ns, .request_frame = c->frame};

	if (!c->on_operation)
		return;
	if (crowded)
		snprintf(op.name, sizeof op.name, "further connections");
	else
		snprintf(op.name, sizeof op.name, "connection 0x%08lx", (unsigned long)id);
	c->on_operation(c, &op);
}

/* The originator is the client: it asked for the data in both directions. Of data to a group it is not an end. */
static void learn_client(struct fl_dctx *c, uint32_t note)
{
	if (!note || note & FL_ENIP_NOTE_GROUP)
		return;
	c->client = note & FL_ENIP_NOTE_TO ? c->dir ^ 1u : c->dir;
	c->client_known = true;
}

void fl_enip_io(struct fl_dctx *c, const struct fl_enip_pdu *p, uint32_t note)
{
	struct fl_enip_state *s = c->state;
	struct fl_enip_io_connection *k = NULL, *room = NULL;
	unsigned i;

	learn_client(c, note);
	for (i = 0; i < FL_ENIP_IO_MAX && !k; i++) {
		struct fl_enip_io_connection *e = &s->io[i];

		if (e->used && e->id == p->connection && e->dir == c->dir)
			k = e;
		else if (!room && (!e->used || c->mono_ns - e->mono_ns >= FL_OP_TIMEOUT_NS))
			room = e;
	}
	if (k && c->mono_ns - k->mono_ns < FL_OP_TIMEOUT_NS) {
		k->mono_ns = c->mono_ns;
		return;
	}
	if (!k)
		k = room;
	if (k) {
		*k = (struct fl_enip_io_connection){.used = true, .id = p->connection, .dir = c->dir,
						    .mono_ns = c->mono_ns};
		yield(c, p->connection, note, false);
		return;
	}
	if (s->crowded && c->mono_ns - s->crowded_ns < FL_OP_TIMEOUT_NS)
		return;
	s->crowded = true;
	s->crowded_ns = c->mono_ns;
	c->dropped++;
	yield(c, p->connection, note, true);
}
