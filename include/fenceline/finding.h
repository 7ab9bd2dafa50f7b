/* finding.h - what a capture worker tells the writer; crosses a ring as bytes.
 *
 * Self-contained but for pointers into the immutable policy and to static strings. Only the part of the
 * payload that is filled crosses: size says how much. */
#ifndef FENCELINE_FINDING_H
#define FENCELINE_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "fenceline/coverage.h"
#include "fenceline/flow.h"
#include "fenceline/operation.h"
#include "fenceline/policy.h"

enum fl_finding_kind {
	FL_FINDING_FLOW_DECIDED, /* the flow's verdict is known, or has changed */
	FL_FINDING_FLOW_UPDATE,  /* it goes on; counters since its start */
	FL_FINDING_FLOW_END,
	FL_FINDING_OPERATION,
	FL_FINDING_ASSET,
	FL_FINDING_COVERAGE,
	FL_FINDING_GAP,          /* the sensor could not watch, or could not keep what it saw */
};

/* A host seen sending for the first time, or with another MAC address, or an identity it told. */
struct fl_asset_seen {
	struct fl_addr addr;
	uint8_t mac[6];
	bool has_mac;          /* its own: it is on the link */
	bool mac_changed;
	uint8_t old_mac[6];
	uint8_t vlans;
	uint16_t vlan[FL_VLAN_MAX];
	uint16_t protocol;     /* with an identity or role: where it was seen; else FL_PROTOCOL_UNKNOWN */
	bool is_server;        /* with protocol: it answered, else it asked */
	char identity[FL_IDENTITY_MAX]; /* text of a device identity, behind its route if it has one; or "" */
};

#define FL_GAP_REASONS(X)                                                                                \
	X(TORN_LINE, "torn_line")               /* the log's last line was not whole: bytes cut off */    \
	X(RESTART, "restart")                   /* the log goes on after an earlier run */                \
	X(LOG_NOT_WRITTEN, "log_not_written")   /* records that found no room on disk nor in memory */    \
	X(CAPTURE_STOPPED, "capture_stopped")   /* a live interface failed */                             \
	X(CAPTURE_DAMAGED, "capture_damaged")   /* a file that ends inside a packet or breaks its format */ \
	X(CLOCK_STEP, "clock_step")             /* packet time jumped back; duration_ns says how far */ \
	X(CLOCK_FORWARD, "clock_forward")       /* the sensor's clock was set forward; likewise */        \
	X(SUSPENDED, "suspended")               /* the sensor's machine slept, and watched nothing */

enum fl_gap_reason {
#define X(name, text) FL_GAP_##name,
	FL_GAP_REASONS(X)
#undef X
};

#define FL_GAP_DETAIL_MAX 192
struct fl_gap {
	uint8_t reason;        /* enum fl_gap_reason */
	bool has_iface;
	uint16_t iface;
	uint64_t bytes, records; /* 0 = does not apply */
	int64_t duration_ns;   /* 0 = does not apply */
	char detail[FL_GAP_DETAIL_MAX]; /* a sentence, or "" */
};

struct fl_finding {
	uint32_t size;     /* bytes of this finding that are filled, header included */
	uint8_t kind;      /* enum fl_finding_kind */
	bool of_flow;      /* OPERATION: judged as its flow was, by the same clause: the flow's violation covers it */
	bool changed;      /* FLOW_DECIDED: it had been judged otherwise before */
	bool withdrawn;    /* FLOW_DECIDED: ... as a violation, which it is not */
	uint16_t worker;
	int64_t ts_ns;     /* packet time at which it was known */
	uint64_t frame;    /* the frame that made it known */
	uint32_t ordinal;  /* order among the findings of one frame */
	uint64_t count;    /* after folding: how many it stands for; 1 from a worker */
	int64_t fold_from_ns, fold_to_ns; /* packet times of the first and last of them */
	uint64_t fold_packets, fold_bytes; /* FLOW_END: summed over the flows it stands for */
	struct fl_flow flow;              /* snapshot; pointers NULL; all zero for COVERAGE */
	struct fl_place initiator, responder; /* ASSET: initiator is the host */
	struct fl_decision decision;
	union {
		struct fl_operation op;
		struct fl_asset_seen asset;
		struct fl_coverage coverage;
		struct fl_gap gap;
	};
};

const char *fl_gap_reason_name(unsigned reason); /* src/base/names.c */

/* fl_flow_question - what the policy is asked of a flow (op NULL) or of an operation on it; end `from` asks. Borrows. */
static inline void fl_flow_question(const struct fl_flow *flow, uint8_t from, const struct fl_place *from_place,
				    const struct fl_place *to_place, int64_t ts_ns, const struct fl_operation *op,
				    struct fl_question *q)
{
	bool ported = flow->ip_proto == 6 || flow->ip_proto == 17 || flow->ip_proto == 132; /* TCP, UDP, SCTP */

	*q = (struct fl_question){
		.ts_ns = ts_ns, .from = from_place, .to = to_place,
		.from_addr = &flow->end[from].addr, .to_addr = &flow->end[!from].addr,
		.kind = flow->kind, .ip_proto = flow->ip_proto, .ethertype = flow->ethertype,
		.to_port = ported ? flow->end[!flow->initiator].port : 0, /* the responder's, whoever asks */
		.master = flow->label.master, .app = flow->label.app, .op = op,
	};
}

/* fl_finding_question - the same, after the fact, of a finding about a flow or an operation. Borrows from f. */
static inline void fl_finding_question(const struct fl_finding *f, struct fl_question *q)
{
	bool is_op = f->kind == FL_FINDING_OPERATION, swapped = is_op && f->op.client;

	fl_flow_question(&f->flow, swapped ? !f->flow.initiator : f->flow.initiator, swapped ? &f->responder : &f->initiator,
			 swapped ? &f->initiator : &f->responder, is_op ? f->fold_from_ns : f->flow.first_ns,
			 is_op ? &f->op : NULL, q);
}

#endif
