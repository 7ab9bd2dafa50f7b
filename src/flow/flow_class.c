/* flow_class.c - how long a flow may be silent, and how much would be lost with it.
 *
 * Two answers that are read off the flow's own facts after each packet: the group decides the timeout (flow_slots.h), the rank
 * who goes first when the table is full (flow_table.h). The rank goes by what a stranger cannot make alone: a frame costs him
 * nothing, an answer needs the other end, a connection with payload needs it to take part. So a flood of SYNs, of spoofed
 * datagrams or of invented addresses fills the table with flows that give way to one another.
 *
 * Pure functions over a slot. */
#include "flow/flow_slots.h"

#include "fenceline/ethertypes.h"

/* So many frames of one end are still an attempt: a question is asked up to three times (RFC 1035 4.2.1, ARP, NetBIOS). One
 * way with more is a stream that nobody answers: multicast I/O, syslog, GOOSE. */
#define ATTEMPT_FRAMES 3

const uint64_t fl_flow_timeout_ns[FL_GROUP_COUNT] = {
#define X(name, ns) ns,
	FL_FLOW_GROUPS(X)
#undef X
};

static enum fl_flow_group group_of(const struct fl_slot *s)
{
	const struct fl_flow *f = &s->flow;

	if (f->kind == FL_FLOW_LINK)
		return FL_GROUP_LINK;
	if (f->kind == FL_FLOW_CARRIER)
		return FL_GROUP_CARRIER;
	if (s->way == FL_WAY_PIECES)
		return FL_GROUP_OTHER;
	switch (f->ip_proto) {
	case 17: return f->end[0].port == 53 || f->end[1].port == 53 ? FL_GROUP_DNS : FL_GROUP_UDP;
	case 1:
	case 58: return FL_GROUP_ICMP;
	default: return FL_GROUP_OTHER;
	}
}

static enum fl_flow_rank rank_of(const struct fl_flow *f, enum fl_flow_rank answered)
{
	return f->payload ? answered : FL_RANK_EMPTY;
}

/* As if both ends had been seen. */
static void classify_tcp(struct fl_slot *s)
{
	switch (fl_tcp_phase(&s->tcp, &s->flow)) {
	case FL_TCP_OPENING:
		s->group = FL_GROUP_TCP_OPENING;
		s->rank = FL_RANK_ATTEMPT;
		break;
	case FL_TCP_ESTABLISHED:
		s->group = FL_GROUP_TCP_ESTABLISHED;
		s->rank = (uint8_t)rank_of(&s->flow, FL_RANK_ESTABLISHED);
		break;
	case FL_TCP_CLOSING:
		s->group = FL_GROUP_TCP_CLOSING;
		s->rank = (uint8_t)rank_of(&s->flow, FL_RANK_ANSWERED);
		break;
	case FL_TCP_CLOSED:
		s->group = FL_GROUP_TCP_CLOSED;
		s->rank = FL_RANK_CLOSED;
		break;
	}
}

void fl_flow_classify(struct fl_slot *s)
{
	const struct fl_flow *f = &s->flow;

	if (fl_slot_is_tcp(s)) {
		classify_tcp(s);
	} else {
		s->group = (uint8_t)group_of(s);
		s->rank = (uint8_t)rank_of(f, FL_RANK_ANSWERED);
		if (f->kind == FL_FLOW_LINK && fl_link_is_upkeep(f->protocol)) {
			s->rank = FL_RANK_UPKEEP;
			return;
		}
	}
	if (s->rank > FL_RANK_ATTEMPT && s->seen != 3)
		s->rank = s->frames > ATTEMPT_FRAMES ? FL_RANK_ONE_WAY : FL_RANK_ATTEMPT;
}
