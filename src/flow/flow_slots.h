/* flow_slots.h - how flows lie in a table's memory. Private to flow_table.c and flow_check.c. */
#ifndef FL_SRC_FLOW_SLOTS_H
#define FL_SRC_FLOW_SLOTS_H

#include "flow/flow_table.h"
#include "flow/flow_tcp.h"

#define FL_SECONDS UINT64_C(1000000000)

/* X(name, silence after which the flow ends) */
#define FL_FLOW_CLASSES(X) \
	/* The usual six retries of a SYN pause 1, 2, ... 32 s (RFC 6298 5.5): an attempt is one flow. */ \
	X(TCP_OPENING, 60 * FL_SECONDS) \
	/* Plant sessions idle for hours between keep-alives, whose period is two hours unless somebody set it \
	 * (RFC 1122 4.2.3.6); RFC 5382 REQ-5 asks for two hours and four minutes for that reason. */ \
	X(TCP_ESTABLISHED, 7440 * FL_SECONDS) \
	X(TCP_CLOSING, 240 * FL_SECONDS) /* RFC 5382 REQ-5 for transitory states: 2 MSL */ \
	/* Time for a last FIN to be sent again three times (1, 2, 4 s); a new SYN need not wait for it. */ \
	X(TCP_CLOSED, 10 * FL_SECONDS) \
	X(UDP, 120 * FL_SECONDS)   /* RFC 4787 REQ-5 */ \
	X(ICMP, 60 * FL_SECONDS)   /* RFC 5508 REQ-2 */ \
	/* SCTP heartbeats every 30 s (RFC 9260 16), IGMP queries every 125 s (RFC 3376 8.2): twice the longest. */ \
	X(OTHER, 300 * FL_SECONDS)

enum fl_flow_class {
#define X(name, ns) FL_CLASS_##name,
	FL_FLOW_CLASSES(X)
#undef X
	FL_CLASS_COUNT,
};

/* Doubly linked by slot index; 0 = none. */
struct fl_slot_link { uint32_t prev, next; };
struct fl_slot_list { uint32_t head, tail; };

struct fl_slot {
	struct fl_flow flow; /* first: a flow pointer is a slot pointer */
	struct fl_tcp_track tcp;
	uint64_t touch;      /* serial of its last packet: orders the heads of the lists */
	int64_t touched_ns;  /* the table's time then */
	struct fl_slot_link birth;
	uint8_t class, way;  /* enum fl_flow_class, enum fl_flow_way */
};

/* Of the slot with the same index: the hash chain, or the next spare slot; and its place in the expiry list. */
struct fl_slot_node {
	uint32_t hash, chain;
	struct fl_slot_link age;
};

struct fl_flow_table {
	struct fl_slot *slots;   /* [0] is not used, here and in nodes */
	struct fl_slot_node *nodes;
	uint32_t *buckets;
	uint32_t max, mask, fresh /* first never used */, spare /* head of freed slots, by chain */;
	struct fl_slot_list age[FL_CLASS_COUNT], birth;
	uint64_t secret[2];
	uint64_t touches, ids;
	int64_t now_ns, due_ns; /* due_ns: nothing is due before; may be too early, never too late */
	bool has_now;
	struct fl_flow_table_opts opts;
	struct fl_flow_table_stats stats;
};

/* fl_flow_deadline (flow_table.c) - when the flow in slot s ends, if nothing more of it is seen. */
int64_t fl_flow_deadline(const struct fl_slot *s);

#endif
