/* analyzer_data.h - what the analyzer keeps per flow; private to analyzer.c, analyzer_probe.c, analyzer_feed.c. */
#ifndef FL_SRC_MONITOR_ANALYZER_DATA_H
#define FL_SRC_MONITOR_ANALYZER_DATA_H

#include <stddef.h>

#include "analyzer.h"
#include "dpi/dpi.h"
#include "flow/stream.h"
#include "label.h"
#include "notes.h"

enum { FL_PROTO_ICMP = 1, FL_PROTO_TCP = 6, FL_PROTO_UDP = 17, FL_PROTO_ICMPV6 = 58, FL_PROTO_SCTP = 132 }; /* IANA */
enum { FL_HOLD_CHUNKS = 32, FL_DISSECTORS_MAX = 8 };

enum fl_analysis_phase { FL_PROBING, FL_TAKEN, FL_NOT_OURS };

struct fl_hold_chunk { int64_t ts_ns, mono_ns; uint64_t frame; uint32_t len; uint8_t sender, end; };

/* First bytes of a flow whose protocol is not known yet: each side's own in a row, and the order they came in. */
struct fl_hold {
	uint8_t bytes[2][FL_PROBE_HOLD];
	uint32_t n[2];
	struct fl_hold_chunk chunk[FL_HOLD_CHUNKS];
	uint32_t chunks;
};

/* How a dissector stands to a flow while it is being asked. */
struct fl_candidate {
	bool alive;          /* may still be it */
	bool likely[2];      /* finds this side likely */
	uint8_t misses[2];   /* segments of this side at which nothing of it began */
	uint32_t from[2];    /* where in the side's held bytes it is asked from */
};

struct fl_side {
	uint8_t *partial;    /* a unit that is not whole yet; NULL = none was ever needed */
	uint32_t n, cap;
	bool out_of_step;    /* after loss or a broken unit: look for a start at each segment */
	uint32_t unparsed;   /* bytes in which none was found, since the last unit or loss */
};

struct fl_analysis {
	struct fl_analysis *next, *prev; /* of the flows that wait for answers, for tick; next also links the free list */
	int64_t due_ns;      /* waiting: when tick looks at it next */
	bool waiting;        /* in that list */
	struct fl_flow *flow;
	const struct fl_dissector *d;
	void *state;
	struct fl_hold *hold;
	struct fl_candidate candidate[FL_DISSECTORS_MAX];
	struct fl_side side[2];
	uint8_t phase;       /* enum fl_analysis_phase */
	uint8_t orient;      /* the end that dir 0 means to the dissector: fixed when it takes the flow */
	uint8_t client;      /* dir of the client, as the dissector last said */
	bool client_known;
	bool labelled;
	bool long_asked;     /* dissectors have been asked for a while: nDPI's label counts meanwhile */
	max_align_t extra[]; /* the caller's */
};

struct fl_analyzer {
	struct fl_analyzer_ops ops;
	struct fl_dpi *dpi;
	struct fl_stream_pool *streams;
	struct fl_port_names *ports;
	struct fl_notes *notes; /* NULL until the first: most flows announce nothing */
	struct fl_analysis *free_list, *waiting, *waiting_last;
	uint16_t ip_id[256];  /* by IP protocol number: its name in the vocabulary; FL_PROTOCOL_IP where it has none */
	uint16_t dissector_id[FL_DISSECTORS_MAX];
	unsigned n_dissectors;
	size_t held; /* bytes of hold and partial buffers now */
	/* the packet in hand; frame 0 between packets */
	uint64_t frame;
	int64_t ts_ns, mono_ns;
	bool lost;   /* it made the streams give up a hole */
	struct fl_analyzer_stats stats;
};

/* What a dissector's callbacks need to find their way back. */
struct fl_call {
	struct fl_analyzer *a;
	struct fl_analysis *an;
	int64_t ts_ns;
	int64_t mono_ns;
	uint64_t frame;
};

static inline struct fl_analysis *fl_analysis_of(const struct fl_flow *f) { return f->analysis; }

/* analyzer.c */
void *fl_analyzer_take_bytes(struct fl_analyzer *a, size_t n); /* NULL: bound or memory, counted */
void fl_analyzer_give_bytes(struct fl_analyzer *a, void *p, size_t n);
void fl_analyzer_label_done(struct fl_analyzer *a, struct fl_analysis *an);

/* analyzer_probe.c: bytes of a flow that no dissector has taken */
void fl_analyzer_probe(struct fl_call *call, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end);
void fl_analyzer_look_again(struct fl_call *call, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end);
void fl_analyzer_probe_gap(struct fl_analyzer *a, struct fl_analysis *an);
bool fl_analyzer_may_ask(const struct fl_dissector *d, const struct fl_flow *f); /* may it be that one's at all? */
void fl_analyzer_give_up(struct fl_analyzer *a, struct fl_analysis *an);

/* analyzer_feed.c: bytes of a flow that its dissector has taken */
void fl_analyzer_feed(struct fl_call *call, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end);
void fl_analyzer_feed_gap(struct fl_call *call, uint8_t sender);
void fl_analyzer_feed_end(struct fl_call *call);
void fl_analyzer_feed_tick(struct fl_call *call);

#endif
