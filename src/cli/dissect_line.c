/* dissect_line.c - one unit as one JSON line: where it came from, then the fields of its dissector, all in one object.
 *
 *     proto frame idx ts l4 src sport dst dport stream vlan encap   here, for every protocol
 *     ...                                                           by the dissector's unit_json()
 *
 * frame is the one that completed the unit, idx its place among the units of that frame, from 0. Units come in the order
 * of their stream, not of their frames, as bytes that arrived too early or before a protocol was recognised are held. So
 * idx is counted in a table over the last IDX_FRAMES frame numbers: bounded, and right as long as no frame is taken up
 * again that many frames later, which the limits of what is held (limits.h: FL_STREAM_OOO_NS, FL_PROBE_HOLD) make rare.
 *
 * vlan and encap are those of the sender's last packet: the one that completed the unit, unless its bytes were held. */
#include "dissect_line.h"

#include <stdlib.h>

#include "fenceline/err.h"
#include "fenceline/json.h"

enum { IDX_FRAMES = 65536 };

struct fl_line {
	struct fl_json json;
	struct {
		uint64_t frame;
		uint64_t n;
	} idx[IDX_FRAMES];
};

int fl_line_new(struct fl_line **out)
{
	struct fl_line *l = calloc(1, sizeof *l);

	if (!l)
		return FL_ENOMEM;
	fl_json_init(&l->json, 4u << 20);
	*out = l;
	return FL_OK;
}

void fl_line_free(struct fl_line *l)
{
	if (!l)
		return;
	fl_json_done(&l->json);
	free(l);
}

void fl_line_saw(struct fl_line_flow *lf, uint8_t sender, const struct fl_packet *p)
{
	struct fl_line_side *s = &lf->side[sender];
	unsigned i;

	s->vlans = p->vlans;
	for (i = 0; i < p->vlans; i++)
		s->vlan[i] = p->vlan[i];
	s->tunnels = 0;
	for (i = 0; i < p->tunnels; i++) {
		if (p->tunnel[i].src.kind == FL_ADDR_NONE)
			continue;
		s->outer[s->tunnels][0] = p->tunnel[i].src;
		s->outer[s->tunnels++][1] = p->tunnel[i].dst;
	}
}

static uint64_t next_idx(struct fl_line *l, uint64_t frame)
{
	unsigned at = frame % IDX_FRAMES;

	if (l->idx[at].frame != frame) {
		l->idx[at].frame = frame;
		l->idx[at].n = 0;
	}
	return l->idx[at].n++;
}

static void put_wrapping(struct fl_json *j, const struct fl_line_side *s)
{
	char from[FL_ADDR_TEXT_MAX], to[FL_ADDR_TEXT_MAX];
	unsigned i;

	if (s->vlans) {
		fl_json_open_array(j, "vlan");
		for (i = 0; i < s->vlans; i++)
			fl_json_u64(j, NULL, s->vlan[i]);
		fl_json_close_array(j);
	}
	if (s->tunnels) {
		fl_json_open_array(j, "encap");
		for (i = 0; i < s->tunnels; i++)
			fl_json_fmt(j, NULL, "%s>%s", fl_addr_text(&s->outer[i][0], from),
				    fl_addr_text(&s->outer[i][1], to));
		fl_json_close_array(j);
	}
}

/* Seconds since 1970 with nine decimals; rounded down, so that the decimals always count up. */
static void put_ts(struct fl_json *j, int64_t ts_ns)
{
	int64_t sec = ts_ns / 1000000000, ns = ts_ns % 1000000000;

	if (ns < 0) {
		sec--;
		ns += 1000000000;
	}
	fl_json_fmt(j, "ts", "%lld.%09lld", (long long)sec, (long long)ns);
}

const char *fl_line_write(struct fl_line *l, const struct fl_line_flow *lf, const struct fl_flow *f,
			  const struct fl_dissector *d, const struct fl_unit *u, int64_t ts_ns, uint64_t frame, size_t *n)
{
	uint8_t sender = u->dir ? !f->initiator : f->initiator;
	const struct fl_flow_end *from = &f->end[sender], *to = &f->end[!sender];
	char text[FL_ADDR_TEXT_MAX];
	struct fl_json *j = &l->json;

	fl_json_reset(j);
	fl_json_open(j, NULL);
	fl_json_str(j, "proto", u->proto ? u->proto : d->name);
	fl_json_u64(j, "frame", frame);
	fl_json_u64(j, "idx", next_idx(l, frame));
	put_ts(j, ts_ns);
	fl_json_str(j, "l4", fl_transport_name(f->ip_proto));
	fl_json_str(j, "src", fl_addr_text(&from->addr, text));
	fl_json_u64(j, "sport", from->port);
	fl_json_str(j, "dst", fl_addr_text(&to->addr, text));
	fl_json_u64(j, "dport", to->port);
	fl_json_u64(j, "stream", f->id);
	put_wrapping(j, &lf->side[sender]);
	d->unit_json(u, j);
	fl_json_close(j);
	return fl_json_text(j, n);
}
