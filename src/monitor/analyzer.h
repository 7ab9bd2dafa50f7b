/* analyzer.h - flow packets in, protocol labels and operations out: joins streams, dissectors and nDPI.
 *
 * Our dissectors decide first, by structure, on any port; nDPI is fed until one of them or nDPI itself is sure.
 * One per worker, no locks. Used by `run` (operations) and by `dissect` (units). */
#ifndef FL_SRC_MONITOR_ANALYZER_H
#define FL_SRC_MONITOR_ANALYZER_H

#include "fenceline/compiler.h"
#include "fenceline/dissector.h"
#include "fenceline/flow.h"
#include "fenceline/packet.h"
#include "fenceline/vocab.h"

struct fl_analyzer;

struct fl_analyzer_ops {
	/* All optional. ts_ns and frame: of the frame that completed it (0: the flow's end or a timeout). */
	void (*on_operation)(void *user, struct fl_flow *f, const struct fl_operation *op, int64_t ts_ns, uint64_t frame);
	void (*on_unit)(void *user, struct fl_flow *f, const struct fl_dissector *d, const struct fl_unit *u,
			int64_t ts_ns, uint64_t frame);
	/* f->label is final; again if the dissector gives the flow back, or its content tells another initiator. */
	void (*on_label)(void *user, struct fl_flow *f);
	/* A flow that this one says will come: a->from and ->to are ends of f (FL_ANNOUNCED_DIR0 = end[0]), not directions. */
	void (*on_announce)(void *user, const struct fl_flow *f, const struct fl_announcement *a, int64_t mono_ns);
	void *user;
	size_t flow_extra; /* zeroed bytes per flow for the caller: fl_analyzer_extra() */
	bool without_dpi;  /* labels by our dissectors and transports only */
};

struct fl_analyzer_stats {
	uint64_t units, units_malformed, units_cut, unparsed_bytes, transactions_dropped;
	uint64_t stream_gaps, stream_gap_bytes, stream_pool_full, stream_conflicts;
};

int fl_analyzer_new(struct fl_analyzer **out, const struct fl_vocab *vocab, const struct fl_analyzer_ops *ops) FL_MUST_USE;
void fl_analyzer_free(struct fl_analyzer *a);
/* fl_analyzer_begin - a flow is born: FL_ENOMEM leaves it without analysis (it still counts and is judged). */
int fl_analyzer_begin(struct fl_analyzer *a, struct fl_flow *f) FL_MUST_USE;
void fl_analyzer_packet(struct fl_analyzer *a, struct fl_flow *f, uint8_t sender, const struct fl_packet *p);
/* fl_analyzer_tick - packet time has come to now_ns, time to wait by to mono_ns: requests that waited too long end. Call
 * about once a second of it. */
void fl_analyzer_tick(struct fl_analyzer *a, int64_t now_ns, int64_t mono_ns);
/* fl_analyzer_settle - the caller will not wait for nDPI any longer: its last word counts. A dissector may still take it. */
void fl_analyzer_settle(struct fl_analyzer *a, struct fl_flow *f);
/* fl_analyzer_close - the flow's bytes are over: yields what is open and makes its label final. The extra bytes stay. */
void fl_analyzer_close(struct fl_analyzer *a, struct fl_flow *f, int64_t now_ns);
/* fl_analyzer_end - gives f->analysis back. */
void fl_analyzer_end(struct fl_analyzer *a, struct fl_flow *f);
void *fl_analyzer_extra(const struct fl_flow *f); /* NULL if begin failed */
void fl_analyzer_stats(const struct fl_analyzer *a, struct fl_analyzer_stats *out);

#endif
