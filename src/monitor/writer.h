/* writer.h - the one thread that turns findings into numbered records: fold, write, sync, then let the sinks see.
 *
 * A log whose disk refuses holds 64 MiB in memory. Then, offline, the writer waits until there is room again (and the
 * workers wait for it); live it goes on, counts what it could not keep, and puts the number on record (sensor.gap
 * log_not_written) as soon as the log takes records again. Nothing is lost that is not counted and said.
 *
 * Owns the logs. Also feeds the summary, so that what a person reads and what is on record come from one place. */
#ifndef FL_SRC_MONITOR_WRITER_H
#define FL_SRC_MONITOR_WRITER_H

#include <stdint.h>

#include "event/event.h"
#include "fenceline/compiler.h"

struct fl_bell;
struct fl_kafka;
struct fl_log;
struct fl_ring;
struct fl_summary;
struct fl_writer;

struct fl_writer_opts {
	struct fl_event_env env;
	const char *dir;            /* evidence directory; NULL: nothing is kept */
	struct fl_ring *const *rings;
	unsigned n_rings;
	struct fl_bell *bell;       /* rung by the rings' producers */
	struct fl_summary *summary; /* borrowed; the writer's until run is over */
	bool live;                  /* never wait for the disk; time goes on while nothing comes */
	int64_t start_ns;           /* live: the clock; 0: packet time of the first finding */
	void (*say)(void *user, const char *line); /* for the operator */
	void *user;
};

int fl_writer_new(struct fl_writer **out, const struct fl_writer_opts *o, char err[512]) FL_MUST_USE;
/* The logs, for sinks; valid until free. */
unsigned fl_writer_logs(const struct fl_writer *w);
struct fl_log *fl_writer_log(const struct fl_writer *w, unsigned i);
void fl_writer_set_kafka(struct fl_writer *w, struct fl_kafka *k); /* before run */
/* fl_writer_run - until all rings have ended. 0, or the error that lost records or left them unwritten; say() has told
 * how many. */
int fl_writer_run(struct fl_writer *w);
/* fl_writer_stop - do not wait for the disk any more: count as lost what it does not take. From any thread. */
void fl_writer_stop(struct fl_writer *w);
uint64_t fl_writer_records(const struct fl_writer *w); /* from any thread */
void fl_writer_free(struct fl_writer *w);

#endif
