/* timeline.h - the two times of a run: what the frames are stamped with, and what waits are measured by.
 *
 * Stamps step back when a clock is set back, and a merged or hostile file may jump anywhere. What happened is told by the
 * stamp (flow.first_ns, request_ns); how long something has waited is told by mono_ns, which only grows: by the stamp's
 * advance while it advances, not at all while it is behind, and from the new stamp on after a step. So after a clock was set
 * back timeouts go on as if nothing had happened, instead of standing still until the old time comes again. */
#ifndef FL_SRC_FLOW_TIMELINE_H
#define FL_SRC_FLOW_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/packet.h"

/* A frame this much older than the newest is no late frame of another queue: the clock was set back. */
#define FL_CLOCK_STEP_NS (60 * INT64_C(1000000000))

struct fl_timeline {
	bool started;
	int64_t now_ns;  /* newest stamp since the last step back */
	int64_t mono_ns; /* begins at the first stamp, so that the two are equal until a step */
};

/* fl_timeline_frame - sets frame->mono_ns. Gives by how much the clock has stepped back, 0 if it has not. */
int64_t fl_timeline_frame(struct fl_timeline *t, struct fl_frame *frame);
/* fl_timeline_advance - a quiet live wire: the clock has come to now_ns. Never steps back. Gives mono_ns. */
int64_t fl_timeline_advance(struct fl_timeline *t, int64_t now_ns);

#endif
