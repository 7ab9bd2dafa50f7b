/* relate.h - flows that announce others: FTP's control connection, and what dissectors read (CIP I/O, discovery). */
#ifndef FL_SRC_MONITOR_RELATE_H
#define FL_SRC_MONITOR_RELATE_H

#include "fenceline/dissector.h"
#include "fenceline/flow.h"
#include "fenceline/packet.h"

struct fl_expect;

/* fl_relate_packet - a TCP segment with payload of f: what it announces goes into expect. ftp_control: that protocol's
 * number; the port alone makes it FTP as well, since the announcement may come before the label. */
void fl_relate_packet(struct fl_expect *expect, uint16_t ftp_control, const struct fl_flow *f, uint8_t sender,
		      const struct fl_packet *p);

/* fl_relate_announcement - what the dissector of f has read, as the analyzer tells it: goes into expect. */
void fl_relate_announcement(struct fl_expect *expect, const struct fl_flow *f, const struct fl_announcement *a, int64_t mono_ns);

#endif
