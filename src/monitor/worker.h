/* worker.h - one capture worker: frames in, findings out.
 *
 * Owns everything up to the finding: its capture, its flow table, its streams, its nDPI module, its dissectors' state.
 * Shares nothing with other workers but the immutable policy. Runs in a thread of its own. */
#ifndef FL_SRC_MONITOR_WORKER_H
#define FL_SRC_MONITOR_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/compiler.h"
#include "fenceline/vocab.h"

struct fl_capture;
struct fl_policy;
struct fl_ring;
struct fl_worker;

struct fl_worker_opts {
	struct fl_capture *capture; /* borrowed; read by this worker only */
	struct fl_ring *ring;       /* borrowed; this worker is its producer */
	const struct fl_policy *policy;
	const struct fl_vocab *vocab;
	uint16_t index;
	uint16_t first_iface;       /* interface number of the capture's first */
	bool live;                  /* never wait for the writer: what finds no room is lost and counted */
	uint32_t max_flows;         /* 0: default */
};

/* Counters that another thread may look at while it runs. */
struct fl_worker_progress { uint64_t frames, bytes; };

int fl_worker_new(struct fl_worker **out, const struct fl_worker_opts *o) FL_MUST_USE;
/* fl_worker_run - until the capture ends; then ends all flows, tells the last coverage, ends the ring. 0, or the capture's
 * error (everything up to it has been told). */
int fl_worker_run(struct fl_worker *w);
void fl_worker_progress(const struct fl_worker *w, struct fl_worker_progress *out);
void fl_worker_free(struct fl_worker *w);

#endif
