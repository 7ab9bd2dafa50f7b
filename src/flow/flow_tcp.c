/* flow_tcp.c - the life of a TCP connection as a bystander can know it.
 *
 *      SYN, SYN+ACK       anything after them             FIN              both FIN acknowledged
 *   -> OPENING ------------> ESTABLISHED -----------> CLOSING ------------------> CLOSED -> (linger, end)
 *         \________ RST ________|__________ RST _________|____________ RST __________/
 *
 * The phase is computed from facts (fl_tcp_phase), never stepped: a capture may start, lose or repeat anything, and
 * facts can be taken back when the connection goes on - data past a FIN cancels it, data past a RST from the end that
 * sent the RST shows that the RST was not its own (blind injection, RFC 5961). So a stray or forged segment costs a
 * flow nothing but a moment in the wrong phase.
 *
 * A new connection on the same 5-tuple is believed when the old one is over, never answered, or long idle. While the
 * old one lives, a SYN alone proves nothing - anyone can forge one, and with it who "opened" the connection - so it
 * waits until the other end takes it up with a SYN+ACK of exactly that number, which a living connection answers
 * with a mere ACK (RFC 5961 4).
 *
 * Pure functions over the track and the flow; no allocation. Spec: RFC 9293 3.5, 3.6, 3.10. */
#include "flow/flow_tcp.h"

#include "flow/flow_table.h"

#define WINDOW 65536u         /* unscaled */
#define SYN_SLACK WINDOW      /* a SYN seen after data of its own connection: that data is within one window */
#define NUMBER_SLACK 1048576u /* a RST's number may be off by what the capture lost since the last frame */
/* Two minutes: twice the longest pause of a live peer's SYN retries, and past any TIME-WAIT in use. */
#define REUSE_IDLE_NS (UINT64_C(120) * 1000000000u)

static bool is_closed(const struct fl_tcp_track *t)
{
	return t->rst || (t->fin_acked[0] && t->fin_acked[1]);
}

/* One-sided captures never see an answer; a client that sends more than its SYN has had one. */
static bool is_established(const struct fl_tcp_track *t, const struct fl_flow *f)
{
	return f->reply == FL_REPLY_ANSWERED || t->carried[0] || t->carried[1] || (t->has_isn[0] && t->talked[0]) ||
	       (t->has_isn[1] && t->talked[1]);
}

enum fl_tcp_phase fl_tcp_phase(const struct fl_tcp_track *t, const struct fl_flow *f)
{
	if (is_closed(t))
		return FL_TCP_CLOSED;
	if (t->fin[0] || t->fin[1])
		return FL_TCP_CLOSING;
	/* A SYN+ACK alone is what a server says to any SYN, also to one with a forged sender. */
	if (!t->talked[0] && !t->talked[1])
		return FL_TCP_OPENING;
	return is_established(t, f) ? FL_TCP_ESTABLISHED : FL_TCP_OPENING;
}

enum fl_flow_end_reason fl_tcp_end_reason(const struct fl_tcp_track *t, enum fl_flow_end_reason otherwise)
{
	if (t->rst)
		return FL_FLOW_END_RST;
	return t->fin[0] && t->fin[1] ? FL_FLOW_END_FIN : otherwise;
}

/* Whether a SYN (with or without ACK) of end `who` can be the handshake of the connection we know. */
static bool syn_fits(const struct fl_tcp_track *t, const struct fl_flow *f, uint8_t who, const struct fl_packet *p)
{
	if (t->has_isn[who])
		return t->isn[who] == p->tcp_seq;
	if (t->has_next[who]) /* the capture swapped it with what followed */
		return t->next[who] - p->tcp_seq - 1 < SYN_SLACK;
	if ((p->tcp_flags & FL_TCP_ACK) && t->has_next[!who])
		return t->next[!who] - p->tcp_ack < SYN_SLACK;
	return !is_established(t, f) || (p->tcp_flags & FL_TCP_ACK);
}

bool fl_tcp_reused(const struct fl_tcp_track *t, const struct fl_flow *f, uint8_t who, const struct fl_packet *p,
		   uint64_t idle_ns)
{
	bool over = is_closed(t);

	if (!(p->tcp_flags & FL_TCP_SYN) || (p->tcp_flags & FL_TCP_RST))
		return false;
	if (t->has_isn[who] && t->isn[who] == p->tcp_seq)
		return false; /* sent again, or captured twice */
	if (p->tcp_flags & FL_TCP_ACK) {
		if (t->stray && t->stray_by != who && p->tcp_ack == t->stray_isn + 1)
			return true;
		return over && !(t->has_isn[!who] && p->tcp_ack == t->isn[!who] + 1);
	}
	if (over || idle_ns >= REUSE_IDLE_NS)
		return true;
	if (syn_fits(t, f, who, p))
		return false;
	/* An end that has said FIN may start anew; an unanswered attempt may be followed by another one; and where the
	 * other end is never seen no SYN+ACK will come to confirm it. */
	return t->fin[who] || !is_established(t, f) || !f->end[!who].seen;
}

bool fl_tcp_has_sent(const struct fl_tcp_track *t, uint8_t who, uint32_t seq)
{
	return t->has_next[who] && t->next[who] - seq <= NUMBER_SLACK;
}

bool fl_tcp_is_other_side(const struct fl_tcp_track *t, uint8_t who, const struct fl_packet *p)
{
	if (p->tcp_flags & FL_TCP_SYN)
		return t->has_isn[!who] && p->tcp_ack == t->isn[!who] + 1;
	/* It may acknowledge bytes that were lost or come later to us, and send bytes that were acknowledged long ago: two
	 * unscaled windows around each. */
	return t->has_next[!who] && t->next[!who] - p->tcp_ack + WINDOW < 2 * WINDOW &&
	       t->has_acked[!who] && p->tcp_seq - t->acked[!who] + WINDOW < 2 * WINDOW;
}

static void on_rst(struct fl_tcp_track *t, struct fl_flow *f, uint8_t who, const struct fl_packet *p)
{
	if (t->has_next[who]) {
		if (p->tcp_seq - t->next[who] + NUMBER_SLACK > 2 * NUMBER_SLACK)
			return; /* nowhere near: a blind guess */
	} else if ((p->tcp_flags & FL_TCP_ACK) && t->has_next[!who]) {
		if (p->tcp_ack - t->next[!who] + NUMBER_SLACK > 2 * NUMBER_SLACK)
			return;
	}
	t->rst = true;
	t->rst_by = who;
	t->rst_seq = p->tcp_seq;
	if (f->reply == FL_REPLY_NO_RESPONSE && f->initiator != who && t->has_isn[!who])
		f->reply = FL_REPLY_REFUSED;
}

/* False if this SYN is not of our connection: then nothing else of the segment counts either. */
static bool on_syn(struct fl_tcp_track *t, struct fl_flow *f, uint8_t who, const struct fl_packet *p)
{
	if (!syn_fits(t, f, who, p)) {
		if (!(p->tcp_flags & FL_TCP_ACK)) {
			t->stray = true;
			t->stray_by = who;
			t->stray_isn = p->tcp_seq;
		}
		return false;
	}
	t->isn[who] = p->tcp_seq;
	t->has_isn[who] = true;
	if (p->tcp_flags & FL_TCP_ACK) {
		if (!t->has_isn[!who]) {
			t->isn[!who] = p->tcp_ack - 1;
			t->has_isn[!who] = true;
		}
		f->reply = FL_REPLY_ANSWERED;
		fl_flow_set_initiator(f, !who, FL_INITIATOR_HANDSHAKE);
	} else {
		fl_flow_set_initiator(f, who, FL_INITIATOR_HANDSHAKE);
	}
	f->midstream = false;
	return true;
}

void fl_tcp_update(struct fl_tcp_track *t, struct fl_flow *f, uint8_t who, const struct fl_packet *p)
{
	bool syn = p->tcp_flags & FL_TCP_SYN, fin = p->tcp_flags & FL_TCP_FIN;
	uint32_t end = p->tcp_seq + p->payload_len + syn + fin;

	if (p->tcp_flags & FL_TCP_RST) {
		on_rst(t, f, who, p);
		return;
	}
	if (syn && !on_syn(t, f, who, p))
		return;
	/* The highest number seen; but a far jump is followed at once, so that one forged number does not stay. */
	if (!t->has_next[who] || end - t->next[who] < UINT32_MAX - NUMBER_SLACK)
		t->next[who] = end;
	t->has_next[who] = true;
	if (p->tcp_flags & FL_TCP_ACK) {
		t->acked[who] = p->tcp_ack;
		t->has_acked[who] = true;
	}
	if (!syn)
		t->talked[who] = true;
	if (p->payload_len)
		t->carried[who] = true;
	if (t->talked[0] && t->talked[1])
		f->reply = FL_REPLY_ANSWERED;

	if (fin && !(t->fin[who] && t->fin_end[who] == end)) {
		t->fin[who] = true;
		t->fin_acked[who] = false;
		t->fin_end[who] = end;
	} else if (t->fin[who] && end - t->fin_end[who] - 1 < UINT32_MAX / 2) {
		t->fin[who] = t->fin_acked[who] = false; /* it goes on: that was not its FIN */
	}
	if ((p->tcp_flags & FL_TCP_ACK) && t->fin[!who] && p->tcp_ack - t->fin_end[!who] < UINT32_MAX / 2)
		t->fin_acked[!who] = true;
	if (t->rst && t->rst_by == who && (syn || end - t->rst_seq - 1 < UINT32_MAX / 2))
		t->rst = false; /* it goes on: that was not its RST */
}
