/* flow_tcp.h - what a TCP connection's flags and numbers say of its life: open, refused, closed, begun anew.
 * Only the flow table's files include this. */
#ifndef FL_SRC_FLOW_TCP_H
#define FL_SRC_FLOW_TCP_H

#include "fenceline/flow.h"
#include "fenceline/packet.h"

/* Zero at birth. Sequence numbers are of end[i]. */
struct fl_tcp_track {
	uint32_t isn[2];     /* initial sequence number */
	uint32_t next[2];    /* one past the highest seen */
	uint32_t fin_end[2]; /* one past its FIN */
	uint32_t rst_seq;
	uint32_t stray_isn;  /* of a SYN that does not fit this connection */
	uint32_t acked[2];   /* what it last acknowledged of the other end */
	bool has_isn[2], has_next[2], has_acked[2];
	bool fin[2], fin_acked[2];
	bool talked[2];      /* sent a segment with neither SYN nor RST */
	bool carried[2];     /* ... with payload */
	bool rst, stray;
	uint8_t rst_by, stray_by;
};

enum fl_tcp_phase { FL_TCP_OPENING, FL_TCP_ESTABLISHED, FL_TCP_CLOSING, FL_TCP_CLOSED };

/* fl_tcp_reused - true if p, sent by end `who` after idle_ns of silence, begins another connection on the same
 * 5-tuple. Asked before fl_tcp_update. */
bool fl_tcp_reused(const struct fl_tcp_track *t, const struct fl_flow *f, uint8_t who, const struct fl_packet *p,
		   uint64_t idle_ns);
/* fl_tcp_update - brings t and f's initiator, reply and midstream up to date. */
void fl_tcp_update(struct fl_tcp_track *t, struct fl_flow *f, uint8_t who, const struct fl_packet *p);
/* fl_tcp_is_other_side - p, whose sender `who` was never seen, belongs to this connection, by its numbers. */
bool fl_tcp_is_other_side(const struct fl_tcp_track *t, uint8_t who, const struct fl_packet *p);
/* fl_tcp_has_sent - seq is a number that end `who` may have sent not long ago. */
bool fl_tcp_has_sent(const struct fl_tcp_track *t, uint8_t who, uint32_t seq);
enum fl_tcp_phase fl_tcp_phase(const struct fl_tcp_track *t, const struct fl_flow *f);
/* fl_tcp_end_reason - FIN or RST if the connection ended by itself, else `otherwise`. */
enum fl_flow_end_reason fl_tcp_end_reason(const struct fl_tcp_track *t, enum fl_flow_end_reason otherwise);

#endif
