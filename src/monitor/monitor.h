/* monitor.h - the main job: captures in, verdicts and records out. Wires the rooms and runs the threads. */
#ifndef FL_SRC_MONITOR_MONITOR_H
#define FL_SRC_MONITOR_MONITOR_H

#include <stdbool.h>
#include <stdio.h>

#include "fenceline/compiler.h"
#include "fenceline/vocab.h"

struct fl_policy;
struct fl_summary;

struct fl_monitor_opts {
	const char *const *files;   /* either these ... */
	unsigned n_files;
	const char *const *ifaces;  /* ... or these */
	unsigned n_ifaces;
	const char *bpf;            /* NULL: everything */
	unsigned buffer_mib;        /* kernel buffer per live interface */
	struct fl_policy *policy;   /* loaded; its interfaces are bound here */
	const struct fl_vocab *vocab;
	const char *dir;            /* evidence directory; NULL: keep none */
	const char *sensor;         /* observer.name */
	const char *brokers;        /* Kafka; NULL: none. Needs dir */
	bool progress;              /* a line on messages that is redrawn: only for a terminal */
	FILE *messages;             /* for the operator */
	/* report - called once at the end with what was seen, before anything is freed. */
	int (*report)(void *user, const struct fl_summary *s);
	void *user;
};

/* fl_monitor_run - until the files are read or SIGINT or SIGTERM comes. Every failure has been said on messages.
 * 0; FL_EINVALID: nothing was started (bad file, interface, filter, directory); other negative: ran, but not all could
 * be read, written or shipped. */
int fl_monitor_run(const struct fl_monitor_opts *o) FL_MUST_USE;

#endif
