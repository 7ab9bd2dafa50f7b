/* flow_slots.h - how flows lie in a table's memory. Private to flow_table.c, flow_packet.c, flow_class.c, flow_check.c. */
#ifndef FL_SRC_FLOW_SLOTS_H
#define FL_SRC_FLOW_SLOTS_H

#include "flow/flow_key.h"
#include "flow/flow_table.h"
#include "flow/flow_tcp.h"

#define FL_SECONDS UINT64_C(1000000000)

/* X(name, silence after which the flow ends) */
#define FL_FLOW_GROUPS(X) \
	/* The usual six retries of a SYN pause 1, 2, ... 32 s (RFC 6298 5.5): an attempt is one flow. */ \
	X(TCP_OPENING, 60 * FL_SECONDS) \
	/* Plant sessions idle for hours between keep-alives, whose period is two hours unless somebody set it \
	 * (RFC 1122 4.2.3.6); RFC 5382 REQ-5 asks for two hours and four minutes for that reason. */ \
	X(TCP_ESTABLISHED, 7440 * FL_SECONDS) \
	X(TCP_CLOSING, 240 * FL_SECONDS) /* RFC 5382 REQ-5 for transitory states: 2 MSL */ \
	/* Time for a last FIN to be sent again three times (1, 2, 4 s); a new SYN need not wait for it. */ \
	X(TCP_CLOSED, 10 * FL_SECONDS) \
	X(UDP, 120 * FL_SECONDS)   /* RFC 4787 REQ-5 */ \
	/* One question, one answer; REQ-5a lets such ports have less. Stub resolvers ask from one port for 30 s at most \
	 * (three servers, two tries, 5 s each). */ \
	X(DNS, 30 * FL_SECONDS) \
	X(ICMP, 60 * FL_SECONDS)   /* RFC 5508 REQ-2 */ \
	/* SCTP heartbeats every 30 s (RFC 9260 16), IGMP queries every 125 s (RFC 3376 8.2): twice the longest. */ \
	X(OTHER, 300 * FL_SECONDS) \
	/* The slowest that speak regularly: LLDP and LACP every 30 s (IEEE 802.1AB 9.2.5.6, 802.1AX 6.4.3), CDP every 60 s and \
	 * held for 180 s. */ \
	X(LINK, 300 * FL_SECONDS) \
	/* A tunnel is as quiet as what is in it; those that ask whether the other side lives do so every minute (RFC 2637 \
	 * 3.1.4, RFC 4380 5.2.5: 30 s). */ \
	X(CARRIER, 300 * FL_SECONDS)

enum fl_flow_group {
#define X(name, ns) FL_GROUP_##name,
	FL_FLOW_GROUPS(X)
#undef X
	FL_GROUP_COUNT,
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
	uint8_t group, rank; /* enum fl_flow_group, enum fl_flow_rank: the expiry list it is in */
	uint8_t way;         /* enum fl_flow_way */
	uint8_t seen;        /* bit for each end; so that a packet need not touch the other end's memory */
	uint8_t frames;      /* of both, up to 255 */
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
	struct fl_slot_list age[FL_FLOW_RANK_COUNT][FL_GROUP_COUNT], birth;
	uint64_t secret[2];
	uint64_t touches, ids;
	int64_t now_ns, due_ns; /* due_ns: nothing is due before; may be too early, never too late */
	int64_t newest_ns;      /* stamp, since the clock was last set back; with any_packet */
	bool has_now, any_packet;
	const struct fl_contexts *contexts;
	struct fl_flow_table_opts opts;
	struct fl_flow_table_stats stats;
};

static inline bool fl_slot_is_tcp(const struct fl_slot *s)
{
	return s->flow.kind == FL_FLOW_IP && s->flow.ip_proto == 6 && s->way != FL_WAY_PIECES;
}

/* flow_class.c */
/* fl_flow_classify - sets group and rank; of a slot that is in no expiry list. */
void fl_flow_classify(struct fl_slot *s);
extern const uint64_t fl_flow_timeout_ns[FL_GROUP_COUNT];
/* fl_flow_deadline - when the flow in slot s ends, if nothing more of it is seen. */
static inline int64_t fl_flow_deadline(const struct fl_slot *s)
{
	int64_t d;

	return __builtin_add_overflow(s->touched_ns, (int64_t)fl_flow_timeout_ns[s->group], &d) ? INT64_MAX : d;
}

/* flow_table.c */
/* fl_slot_new - a zeroed slot under this key, in no expiry list yet; makes room if there is none. Never 0. */
uint32_t fl_slot_new(struct fl_flow_table *t, const struct fl_flow_key *k, uint32_t hash);
void fl_slot_end(struct fl_flow_table *t, uint32_t i, enum fl_flow_end_reason reason);
/* fl_slot_touch - a packet of it was seen now; of a new slot, for the first time. */
void fl_slot_touch(struct fl_flow_table *t, uint32_t i, bool is_new);

#endif
