/* fold.h - repeats become counts: the first of its kind is told at once, the rest of the interval in one record.
 *
 * What is the same: event kind, clause, verdict (and whether it is a new one), zones, both addresses, protocol, how the
 * flow was answered, began and ended, and for operations the function, outcome and objects. Not the ports: a scan of a
 * host's ports is one record with a count. Every finding is counted in exactly one record; counters are summed, risks
 * united, and what else differs (a frame, the time of a request) is the first one's. Intervals are in packet time. At
 * FL_FOLD_MAX open folds the oldest is told early. */
#ifndef FL_SRC_MONITOR_FOLD_H
#define FL_SRC_MONITOR_FOLD_H

#include "event/event.h"
#include "fenceline/compiler.h"
#include "fenceline/finding.h"

struct fl_fold;

typedef void (*fl_fold_emit)(void *user, enum fl_event_kind kind, const struct fl_finding *f);

int fl_fold_new(struct fl_fold **out, int64_t interval_ns, uint32_t max, fl_fold_emit emit, void *user) FL_MUST_USE;
void fl_fold_free(struct fl_fold *fold);
/* fl_fold_add - FL_ENOMEM: the finding was told unfolded, so it is not lost. */
int fl_fold_add(struct fl_fold *fold, enum fl_event_kind kind, const struct fl_finding *f);
/* fl_fold_advance - packet time has come to now: tell the counts of intervals that are over, oldest first. */
void fl_fold_advance(struct fl_fold *fold, int64_t now_ns);
void fl_fold_flush(struct fl_fold *fold); /* tell all that is open */

#endif
