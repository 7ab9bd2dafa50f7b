/* label.c - see label.h.
 *
 * A port is read by two tables: the ports our dissectors hint at, then include/fenceline/ports.h. The flow agrees with
 * its port if master or app is any name that either has for it: a port is registered for a service, and that service
 * has a cleartext and a TLS form, and nDPI more than one name for it. A guess by port cannot disagree with the port, and
 * a flow without payload has no content.
 *
 * Memory: the names as ids, a few kilobytes, made once for each analyzer. */
#include "label.h"

#include <stdlib.h>
#include <string.h>

#include "fenceline/dissector.h"
#include "fenceline/ports.h"

enum { NAMES_MAX = 8, NAME_MAX_BYTES = 32 };
enum { PROTO_TCP = 6, PROTO_UDP = 17 }; /* IANA */

static const struct port_row { uint8_t transport; uint16_t port; const char *names; } rows[] = {
#define X(transport, port, plant, names) {FL_PORT_##transport, port, names},
	FL_PORTS(X)
#undef X
};

struct fl_port_names {
	uint16_t id[FL_ARRAY_LEN(rows)][NAMES_MAX]; /* known names first to last, then UNKNOWN */
	const struct fl_vocab *vocab;
};

enum fl_label_why fl_label_why(const struct fl_flow *f)
{
	const struct fl_label *l = &f->label;

	if (l->how != FL_LABEL_NONE)
		return FL_WHY_LABELLED;
	if (!f->payload)
		return FL_WHY_EMPTY;
	if (l->why == FL_WHY_UNREAD)
		return FL_WHY_UNREAD;
	if (l->why == FL_WHY_GAPS || f->gaps[0] || f->gaps[1])
		return FL_WHY_GAPS;
	if (f->midstream)
		return FL_WHY_MIDSTREAM;
	if ((!f->end[0].seen || !f->end[1].seen) && f->reply != FL_REPLY_ONE_WAY)
		return FL_WHY_ONE_WAY;
	return l->why == FL_WHY_SHORT ? FL_WHY_SHORT : FL_WHY_UNKNOWN;
}

static void resolve(const struct fl_vocab *v, const char *names, uint16_t id[NAMES_MAX])
{
	char word[NAME_MAX_BYTES];
	unsigned n = 0;
	size_t len;
	int found;

	for (; *names; names += len + (names[len] == ' ')) {
		len = strcspn(names, " ");
		if (len >= sizeof word || n == NAMES_MAX)
			FL_BUG("a row of ports.h has too many names, or too long a one");
		memcpy(word, names, len);
		word[len] = '\0';
		found = fl_vocab_find(v, word);
		if (found > 0)
			id[n++] = (uint16_t)found;
	}
}

struct fl_port_names *fl_port_names_new(const struct fl_vocab *v)
{
	struct fl_port_names *n = calloc(1, sizeof *n);
	size_t i;

	_Static_assert(FL_PROTOCOL_UNKNOWN == 0, "calloc leaves ids UNKNOWN");
	if (!n)
		return NULL;
	n->vocab = v;
	for (i = 0; i < FL_ARRAY_LEN(rows); i++)
		resolve(v, rows[i].names, n->id[i]);
	return n;
}

void fl_port_names_free(struct fl_port_names *n)
{
	free(n);
}

static bool speaks(const struct fl_flow *f, uint16_t id)
{
	return id == f->label.app || id == f->label.master;
}

/* Of those that hint at the port the one that the flow speaks, else the first. */
static uint16_t dissector_of(const struct fl_port_names *n, const struct fl_flow *f, uint16_t port)
{
	const struct fl_port_hint *h;
	uint16_t first = FL_PROTOCOL_UNKNOWN;
	unsigned i;
	int id;

	for (i = 0; fl_dissectors[i]; i++)
		for (h = fl_dissectors[i]->ports; h && h->port; h++) {
			if (h->ip_proto != f->ip_proto || h->port != port)
				continue;
			id = fl_vocab_find(n->vocab, fl_dissectors[i]->name);
			if (id > 0 && speaks(f, (uint16_t)id))
				return (uint16_t)id;
			if (id > 0 && first == FL_PROTOCOL_UNKNOWN)
				first = (uint16_t)id;
		}
	return first;
}

uint16_t fl_port_names_differ(const struct fl_port_names *n, const struct fl_flow *f)
{
	uint8_t transport = f->ip_proto == PROTO_TCP ? FL_PORT_TCP : f->ip_proto == PROTO_UDP ? FL_PORT_UDP : 0;
	uint16_t port = fl_flow_responder(f)->port, says;
	size_t i;
	unsigned k;

	if (!transport || !f->payload || (f->label.how != FL_LABEL_DISSECTOR && f->label.how != FL_LABEL_DPI))
		return FL_PROTOCOL_UNKNOWN;
	says = dissector_of(n, f, port);
	if (says != FL_PROTOCOL_UNKNOWN && speaks(f, says))
		return FL_PROTOCOL_UNKNOWN;
	for (i = 0; i < FL_ARRAY_LEN(rows) && rows[i].port <= port; i++) {
		if (rows[i].port != port || !(rows[i].transport & transport))
			continue;
		for (k = 0; k < NAMES_MAX && n->id[i][k] != FL_PROTOCOL_UNKNOWN; k++) {
			if (speaks(f, n->id[i][k]))
				return FL_PROTOCOL_UNKNOWN;
			if (says == FL_PROTOCOL_UNKNOWN)
				says = n->id[i][k];
		}
	}
	return says;
}

static uint64_t *reason(struct fl_coverage *c, unsigned why)
{
	switch (why) {
	case FL_WHY_EMPTY:
		return &c->unclassified_empty;
	case FL_WHY_UNREAD:
		return &c->unclassified_unread;
	case FL_WHY_GAPS:
		return &c->unclassified_gaps;
	case FL_WHY_MIDSTREAM:
		return &c->unclassified_midstream;
	case FL_WHY_ONE_WAY:
		return &c->unclassified_one_way;
	case FL_WHY_SHORT:
		return &c->unclassified_short;
	default:
		return &c->unclassified_unknown;
	}
}

void fl_label_count(struct fl_coverage *c, const struct fl_flow *f)
{
	if (f->label.how == FL_LABEL_PORT)
		c->flows_labelled_by_port++;
	if (f->label.how == FL_LABEL_NONE) {
		c->flows_unclassified++;
		(*reason(c, f->label.why))++;
	}
	if (f->label.port_says != FL_PROTOCOL_UNKNOWN)
		c->flows_port_disagrees++;
}
