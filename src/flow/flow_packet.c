/* flow_packet.c - what a packet does to the flow it belongs to: found or begun, counted, its ends and its initiator.
 *
 * All kinds of flow go one way: a key (flow_key.c), a look-up, and facts about the frame. A carrier is looked at as the packet
 * it is from outside: the tunnel's addresses and link instead of the innermost ones. */
#include <stddef.h>

#include "fenceline/vocab.h"
#include "flow/contexts.h"
#include "flow/flow_slots.h"
#include "flow/timeline.h"

enum { FORMER_MAX = 16 }; /* contexts asked for a flow that began before they were joined; older ones are split */

/* ---- look-up ---- */

static bool ports_are(const struct fl_flow *f, const struct fl_flow_key *k)
{
	if (k->one_port)
		return (f->end[0].port | f->end[1].port) == k->port[0]; /* the other is 0 */
	return f->end[0].port == k->port[0] && f->end[1].port == k->port[1];
}

/* Not fl_addr_cmp: two words tell whether they are equal, for every packet, without a call. */
static bool is_addr(const struct fl_addr *a, const struct fl_addr *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a->b, sizeof x);
	memcpy(y, b->b, sizeof y);
	return a->kind == b->kind && !((x[0] ^ y[0]) | (x[1] ^ y[1]));
}

static bool slot_is(const struct fl_slot *s, const struct fl_flow_key *k)
{
	const struct fl_flow *f = &s->flow;

	return f->context == k->context && f->ip_proto == k->ip_proto && s->way == k->way && f->kind == k->kind &&
	       f->ethertype == k->ethertype && f->protocol == k->protocol && ports_are(f, k) &&
	       is_addr(&f->end[0].addr, &k->addr[0]) && is_addr(&f->end[1].addr, &k->addr[1]);
}

static uint32_t find_here(const struct fl_flow_table *t, const struct fl_flow_key *k, uint32_t hash)
{
	uint32_t i;

	for (i = t->buckets[hash & t->mask]; i; i = t->nodes[i].chain) {
		if (t->nodes[i].hash == hash && slot_is(&t->slots[i], k))
			return i;
	}
	return 0;
}

static uint32_t find_former(const struct fl_flow_table *t, const struct fl_flow_key *k)
{
	uint64_t former[FORMER_MAX];
	struct fl_flow_key old = *k;
	unsigned n, j;
	uint32_t i = 0;

	n = fl_contexts_former(t->contexts, k->context, former, FORMER_MAX);
	for (j = 0; j < n && !i; j++) {
		old.context = former[j];
		i = find_here(t, &old, fl_flow_hash(&old, t->secret));
	}
	return i;
}

/* Under the key's context, else under those that have become one with it. */
static uint32_t find(const struct fl_flow_table *t, const struct fl_flow_key *k, uint32_t hash)
{
	uint32_t i = find_here(t, k, hash);

	return i || !t->contexts ? i : find_former(t, k);
}

static uint32_t find_packet(const struct fl_flow_table *t, const struct fl_packet *p, uint64_t context, struct fl_flow_key *k)
{
	return fl_flow_key(p, context, k) ? find(t, k, fl_flow_hash(k, t->secret)) : 0;
}

/* ---- birth ---- */

void fl_flow_set_initiator(struct fl_flow *f, uint8_t who, enum fl_initiator_how how)
{
	if ((uint8_t)how >= f->initiator_how)
		return;
	f->initiator = who;
	f->initiator_how = (uint8_t)how;
}

static bool to_group(const struct fl_packet *p)
{
	/* The group bit of the MAC finds directed broadcasts (10.1.255.255), whose mask we do not know. */
	return fl_addr_is_multicast(&p->dst) || (p->has_mac && (p->dst_mac[0] & 1));
}

/* No answer is due: to a group, a message without counterpart, or ARP, whose answers are another flow where the question
 * went to everybody. */
static bool is_one_way(const struct fl_slot *s, const struct fl_packet *p)
{
	if (fl_slot_is_tcp(s))
		return false;
	return to_group(p) || s->way == FL_WAY_FROM_0 || s->way == FL_WAY_FROM_1 ||
	       (s->flow.kind == FL_FLOW_LINK && s->flow.protocol == FL_PROTOCOL_LINK_ARP);
}

/* What the first packet says of who asks and whether an answer is due; a TCP handshake is read by fl_tcp_update. */
static void first_impression(struct fl_slot *s, const struct fl_packet *p, uint8_t sender)
{
	struct fl_flow *f = &s->flow;
	unsigned mine, theirs;
	bool is_request;
	uint8_t other;

	f->initiator = f->first = sender;
	f->initiator_how = FL_INITIATOR_FIRST_PACKET;
	f->reply = is_one_way(s, p) ? FL_REPLY_ONE_WAY : FL_REPLY_NO_RESPONSE;
	if (f->reply == FL_REPLY_ONE_WAY || f->kind != FL_FLOW_IP)
		return; /* a group never opens anything, whatever its port */
	switch (p->outcome) {
	case FL_DECODE_ICMP:
	case FL_DECODE_ICMPV6:
		if (fl_icmp_pair(p->outcome == FL_DECODE_ICMPV6, p->icmp_type, &other, &is_request))
			fl_flow_set_initiator(f, is_request ? sender : !sender, FL_INITIATOR_CONTENT);
		break;
	case FL_DECODE_TCP:
	case FL_DECODE_UDP:
	case FL_DECODE_SCTP:
		mine = fl_port_rank(p->src_port);
		theirs = fl_port_rank(p->dst_port);
		if (mine != theirs)
			fl_flow_set_initiator(f, mine < theirs ? sender : !sender, FL_INITIATOR_PORT);
		break;
	default:
		break;
	}
}

static uint32_t begin_flow(struct fl_flow_table *t, const struct fl_packet *p, const struct fl_flow_key *k, uint32_t hash)
{
	uint32_t i = fl_slot_new(t, k, hash);
	struct fl_slot *s = &t->slots[i];
	struct fl_flow *f = &s->flow;
	unsigned e;

	f->context = k->context;
	f->iface = p->frame->iface;
	f->kind = k->kind;
	f->ip_proto = k->ip_proto;
	f->ethertype = k->ethertype;
	f->protocol = k->protocol;
	for (e = 0; e < 2; e++) {
		f->end[e].addr = k->addr[e];
		f->end[e].port = k->one_port && e == k->sender ? 0 : k->port[e];
	}
	f->first_ns = f->last_ns = p->frame->ts_ns;
	f->first_frame = p->frame->number;
	f->icmp_type = p->icmp_type;
	f->icmp_code = p->icmp_code;
	if (f->kind == FL_FLOW_IP && p->has_mac && (p->dst_mac[0] & 1)) { /* all that a group address ever tells of itself */
		memcpy(f->end[!k->sender].mac, p->dst_mac, sizeof f->end[0].mac);
		f->end[!k->sender].has_mac = true;
	}
	first_impression(s, p, k->sender);
	if (fl_slot_is_tcp(s) && (!(p->tcp_flags & FL_TCP_SYN) || (p->tcp_flags & FL_TCP_RST))) {
		f->midstream = true;
		t->stats.midstream++;
	}
	return i;
}

/* ---- packets ---- */

static void update_end(struct fl_flow_end *e, const struct fl_packet *p, bool is_link)
{
	if (!e->seen) {
		e->seen = true;
		e->has_mac = p->has_mac;
		if (p->has_mac)
			memcpy(e->mac, p->src_mac, sizeof e->mac);
		e->vlans = p->vlans;
		memcpy(e->vlan, p->vlan, sizeof e->vlan);
		/* The initial values in use; a router in between would have taken one off. A bridge takes nothing. */
		e->on_link = is_link || fl_packet_on_link(p);
	}
	e->packets += p->frames;
	e->bytes += p->bytes;
	if (p->outcome == FL_DECODE_TCP)
		e->tcp_flags |= p->tcp_flags;
}

static uint64_t how_much_later(int64_t a, int64_t b) { return a <= b ? 0 : (uint64_t)a - (uint64_t)b; }

static void update_stamps(struct fl_flow_table *t, struct fl_flow *f, int64_t ts_ns)
{
	bool stepped = how_much_later(t->newest_ns, ts_ns) > FL_CLOCK_STEP_NS;

	if (!t->any_packet || ts_ns >= t->newest_ns || stepped) {
		t->stats.time_steps_back += t->any_packet && stepped;
		t->newest_ns = ts_ns;
		t->any_packet = true;
	} else {
		t->stats.time_steps_back++;
	}
	if (ts_ns > f->last_ns || how_much_later(f->last_ns, ts_ns) > FL_CLOCK_STEP_NS)
		f->last_ns = ts_ns;
}

static bool brings_payload(const struct fl_flow *f, const struct fl_packet *p)
{
	return f->kind != FL_FLOW_IP || p->payload_len || p->frag_len;
}

static struct fl_flow *take(struct fl_flow_table *t, const struct fl_packet *p, const struct fl_flow_key *k, uint8_t *sender,
			    bool *is_new)
{
	uint32_t hash, i;
	struct fl_slot *s;
	struct fl_flow *f;

	fl_flow_table_advance(t, p->frame->mono_ns);
	hash = fl_flow_hash(k, t->secret);
	i = find(t, k, hash);
	if (i && fl_slot_is_tcp(&t->slots[i]) &&
	    fl_tcp_reused(&t->slots[i].tcp, &t->slots[i].flow, k->sender, p,
			  (uint64_t)t->now_ns - (uint64_t)t->slots[i].touched_ns)) {
		fl_slot_end(t, i, FL_FLOW_END_REUSED);
		i = 0;
	}
	*is_new = !i;
	if (!i)
		i = begin_flow(t, p, k, hash);
	s = &t->slots[i];
	f = &s->flow;
	*sender = k->sender;
	update_end(&f->end[k->sender], p, f->kind == FL_FLOW_LINK);
	s->seen |= (uint8_t)(1u << k->sender);
	s->frames = p->frames < 255u - s->frames ? (uint8_t)(s->frames + p->frames) : 255;
	f->payload |= brings_payload(f, p);
	update_stamps(t, f, p->frame->ts_ns);
	if (fl_slot_is_tcp(s))
		fl_tcp_update(&s->tcp, f, k->sender, p);
	else if (s->seen == 3)
		f->reply = FL_REPLY_ANSWERED;
	fl_slot_touch(t, i, *is_new);
	return f;
}

struct fl_flow *fl_flow_table_packet(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context,
				     uint8_t *sender, bool *is_new)
{
	struct fl_flow_key k;

	return fl_flow_key(p, context, &k) ? take(t, p, &k, sender, is_new) : NULL;
}

struct fl_flow *fl_flow_table_carrier(struct fl_flow_table *t, const struct fl_packet *p, unsigned layer, uint64_t context,
				      uint8_t *sender, bool *is_new)
{
	const struct fl_tunnel *c = &p->tunnel[layer];
	struct fl_packet outside;
	struct fl_flow_key k;

	if (!fl_flow_carrier_key(p, layer, context, &k))
		return NULL;
	memset(&outside, 0, offsetof(struct fl_packet, tunnel)); /* its tunnels are not read */
	outside.frame = p->frame;
	outside.outcome = FL_DECODE_IP_OTHER;
	outside.frames = p->frames;
	outside.bytes = p->bytes;
	outside.dst = c->dst;
	outside.ttl = c->ttl;
	outside.has_mac = c->has_mac;
	memcpy(outside.src_mac, c->src_mac, sizeof c->src_mac);
	memcpy(outside.dst_mac, c->dst_mac, sizeof c->dst_mac);
	outside.vlans = c->vlans;
	memcpy(outside.vlan, p->vlan, c->vlans * sizeof p->vlan[0]);
	return take(t, &outside, &k, sender, is_new);
}

/* ---- what is no packet of its own ---- */

static bool count_copy(struct fl_flow_table *t, const struct fl_packet *p, const struct fl_flow_key *k)
{
	uint32_t i = find(t, k, fl_flow_hash(k, t->secret));

	if (!i)
		return false;
	t->slots[i].flow.end[k->sender].copies += p->frames;
	t->slots[i].flow.end[k->sender].copy_bytes += p->bytes;
	return true;
}

bool fl_flow_table_copy(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context)
{
	struct fl_flow_key k;

	return fl_flow_key(p, context, &k) && count_copy(t, p, &k);
}

bool fl_flow_table_carrier_copy(struct fl_flow_table *t, const struct fl_packet *p, unsigned layer, uint64_t context)
{
	struct fl_flow_key k;

	return fl_flow_carrier_key(p, layer, context, &k) && count_copy(t, p, &k);
}

bool fl_flow_table_unreachable(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context)
{
	struct fl_packet quoted;
	struct fl_flow_key k;
	struct fl_slot *s;
	uint32_t i;

	if (!fl_flow_quoted(p, &quoted) || fl_addr_cmp(&p->dst, &quoted.src))
		return false;
	i = find_packet(t, &quoted, context, &k);
	s = &t->slots[i];
	if (!i || s->flow.reply != FL_REPLY_NO_RESPONSE || !s->flow.end[k.sender].seen)
		return false;
	if (fl_slot_is_tcp(s) && !fl_tcp_has_sent(&s->tcp, k.sender, quoted.tcp_seq))
		return false;
	s->flow.reply = FL_REPLY_REFUSED;
	return true;
}

bool fl_flow_table_has(const struct fl_flow_table *t, const struct fl_packet *p, uint64_t context)
{
	struct fl_flow_key k;

	return find_packet(t, p, context, &k);
}

bool fl_flow_table_other_side(const struct fl_flow_table *t, const struct fl_packet *p, const uint64_t *contexts, unsigned n,
			      uint64_t *found)
{
	const struct fl_slot *s;
	struct fl_flow_key k;
	unsigned j;
	uint32_t i;

	if (p->outcome != FL_DECODE_TCP || !(p->tcp_flags & FL_TCP_ACK))
		return false;
	for (j = 0; j < n; j++) {
		i = find_packet(t, p, contexts[j], &k);
		s = &t->slots[i];
		if (!i || s->flow.end[k.sender].seen || !fl_tcp_is_other_side(&s->tcp, k.sender, p))
			continue;
		*found = s->flow.context;
		return true;
	}
	return false;
}
