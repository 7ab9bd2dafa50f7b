/* dissect_line.h - one unit as one JSON line, for `fenceline dissect`. See dissect_line.c. */
#ifndef FL_SRC_CLI_DISSECT_LINE_H
#define FL_SRC_CLI_DISSECT_LINE_H

#include "fenceline/compiler.h"
#include "fenceline/dissector.h"
#include "fenceline/flow.h"
#include "fenceline/packet.h"

/* What a flow's end was last seen to be wrapped in. */
struct fl_line_side {
	uint8_t vlans, tunnels;
	uint16_t vlan[FL_VLAN_MAX];
	struct fl_addr outer[FL_TUNNEL_MAX][2]; /* source, destination; outermost first */
};

/* Zeroed for a new flow. */
struct fl_line_flow {
	struct fl_line_side side[2]; /* by index into fl_flow.end */
};

struct fl_line;

int fl_line_new(struct fl_line **out) FL_MUST_USE; /* FL_ENOMEM */
void fl_line_free(struct fl_line *l);

/* fl_line_saw - a packet of the flow is about to be analysed: units that it completes came in its tags and tunnels. */
void fl_line_saw(struct fl_line_flow *lf, uint8_t sender, const struct fl_packet *p);

/* fl_line_write - the unit as text, n bytes, without a line end; borrowed until the next call. NULL: no memory. */
const char *fl_line_write(struct fl_line *l, const struct fl_line_flow *lf, const struct fl_flow *f,
			  const struct fl_dissector *d, const struct fl_unit *u, int64_t ts_ns, uint64_t frame, size_t *n);

#endif
