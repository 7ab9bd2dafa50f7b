/* flow_table.c - the flows of one worker.
 *
 * Shape: a slab of slots, chained from a power-of-two array of buckets by 32-bit index (0 = none), so that the whole
 * table is three blocks of memory taken at birth and an index fits in half a pointer. The slab is used from the front
 * and freed slots are taken again first: a table that is never full touches only the memory it needed. What a packet
 * changes or reads of other flows (chain, expiry neighbours) lies apart from the flows in nodes of 16 bytes: those of
 * 100000 flows fit in a second-level cache, the flows do not.
 *
 * Order: every flow is in one expiry list, that of its class. A list is in order of last packet because a packet moves
 * its flow to the tail and stamps it with the table's time, which never runs back. So what is due stands at the heads,
 * expiry is O(1) a flow, and the least recently seen of all is the least of the heads. A second list keeps the order of
 * birth for walkers. Nothing that a caller can see depends on the order of the hash chains.
 *
 * That is why the hash may have a secret key drawn at birth: output stays the same from run to run, and nobody can work
 * out in advance which 5-tuples fall into one chain. A key fixed in public source would invite that, and one chain of
 * 262144 flows would break the promise of linear time.
 *
 * Thread: the worker that owns it. Memory: all owned here; flows are lent until on_end returns.
 * The timeouts, with their reasons, are in flow_slots.h. */
#include "flow/flow_table.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "fenceline/err.h"
#include "flow/flow_key.h"
#include "flow/flow_slots.h"

static const uint64_t timeout_ns[FL_CLASS_COUNT] = {
#define X(name, ns) ns,
	FL_FLOW_CLASSES(X)
#undef X
};

/* ---- lists ---- */

#define LIST_OPS(which, array) \
	static void which##_append(struct fl_flow_table *t, struct fl_slot_list *l, uint32_t i) \
	{ \
		t->array[i].which = (struct fl_slot_link){.prev = l->tail}; \
		if (l->tail) \
			t->array[l->tail].which.next = i; \
		else \
			l->head = i; \
		l->tail = i; \
	} \
	static void which##_remove(struct fl_flow_table *t, struct fl_slot_list *l, uint32_t i) \
	{ \
		struct fl_slot_link k = t->array[i].which; \
 \
		if (k.prev) \
			t->array[k.prev].which.next = k.next; \
		else \
			l->head = k.next; \
		if (k.next) \
			t->array[k.next].which.prev = k.prev; \
		else \
			l->tail = k.prev; \
	}
LIST_OPS(age, nodes)
LIST_OPS(birth, slots)
#undef LIST_OPS

/* ---- life of the table ---- */

int fl_flow_table_new(struct fl_flow_table **out, const struct fl_flow_table_opts *opts)
{
	struct fl_flow_table *t = calloc(1, sizeof *t);
	uint32_t buckets = 16;
	int err = FL_ENOMEM;

	if (!t)
		return FL_ENOMEM;
	t->opts = *opts;
	t->max = opts->max_flows ? opts->max_flows : FL_FLOWS_DEFAULT;
	t->fresh = 1;
	t->due_ns = INT64_MAX;
	if (t->max > FL_FLOWS_MAX) {
		err = FL_EINVALID;
		goto fail;
	}
	while (buckets < t->max)
		buckets *= 2;
	t->mask = buckets - 1;
	t->buckets = calloc(buckets, sizeof *t->buckets);
	t->slots = calloc((size_t)t->max + 1, sizeof *t->slots);
	t->nodes = calloc((size_t)t->max + 1, sizeof *t->nodes);
	if (!t->buckets || !t->slots || !t->nodes)
		goto fail;
	if (getrandom(t->secret, sizeof t->secret, 0) != (ssize_t)sizeof t->secret) {
		err = fl_err_from_errno(errno);
		goto fail;
	}
	*out = t;
	return FL_OK;
fail:
	fl_flow_table_free(t);
	return err;
}

void fl_flow_table_free(struct fl_flow_table *t)
{
	if (!t)
		return;
	free(t->buckets);
	free(t->slots);
	free(t->nodes);
	free(t);
}

size_t fl_flow_table_memory(const struct fl_flow_table *t)
{
	return sizeof *t + ((size_t)t->max + 1) * (sizeof *t->slots + sizeof *t->nodes) +
	       ((size_t)t->mask + 1) * sizeof *t->buckets;
}

void fl_flow_table_stats(const struct fl_flow_table *t, struct fl_flow_table_stats *out) { *out = t->stats; }

/* ---- end of flows ---- */

static void end_flow(struct fl_flow_table *t, uint32_t i, enum fl_flow_end_reason reason)
{
	struct fl_slot *s = &t->slots[i];
	uint32_t *at = &t->buckets[t->nodes[i].hash & t->mask];

	while (*at != i)
		at = &t->nodes[*at].chain;
	*at = t->nodes[i].chain;
	age_remove(t, &t->age[s->class], i);
	birth_remove(t, &t->birth, i);
	t->stats.open--;
	s->flow.end_reason = (uint8_t)reason;
	if (t->opts.on_end)
		t->opts.on_end(t->opts.user, &s->flow);
	t->nodes[i].chain = t->spare;
	t->spare = i;
}

/* How a flow that nothing cuts short ends: as its connection did, else `otherwise`. */
static enum fl_flow_end_reason own_reason(const struct fl_slot *s, enum fl_flow_end_reason otherwise)
{
	return s->flow.ip_proto == 6 ? fl_tcp_end_reason(&s->tcp, otherwise) : otherwise;
}

int64_t fl_flow_deadline(const struct fl_slot *s)
{
	int64_t d;

	return __builtin_add_overflow(s->touched_ns, (int64_t)timeout_ns[s->class], &d) ? INT64_MAX : d;
}

static void expire(struct fl_flow_table *t)
{
	if (t->now_ns < t->due_ns)
		return;
	for (;;) {
		uint32_t first = 0;
		int64_t due = INT64_MAX, d;
		unsigned c;

		for (c = 0; c < FL_CLASS_COUNT; c++) {
			if (!t->age[c].head)
				continue;
			d = fl_flow_deadline(&t->slots[t->age[c].head]);
			if (!first || d < due) {
				due = d;
				first = t->age[c].head;
			}
		}
		t->due_ns = due;
		if (!first || due > t->now_ns)
			return;
		end_flow(t, first, own_reason(&t->slots[first], FL_FLOW_END_IDLE));
	}
}

static uint32_t least_recently_seen(const struct fl_flow_table *t)
{
	uint32_t best = 0;
	unsigned c;

	for (c = 0; c < FL_CLASS_COUNT; c++) {
		uint32_t i = t->age[c].head;

		if (i && (!best || t->slots[i].touch < t->slots[best].touch))
			best = i;
	}
	return best;
}

/* A connection that is over loses nothing when it ends a few seconds early: it goes first and is no eviction. */
static void make_room(struct fl_flow_table *t)
{
	uint32_t i = t->age[FL_CLASS_TCP_CLOSED].head;

	if (i) {
		end_flow(t, i, own_reason(&t->slots[i], FL_FLOW_END_IDLE));
		return;
	}
	t->stats.evicted++;
	end_flow(t, least_recently_seen(t), FL_FLOW_END_EVICTED);
}

static void move_time(struct fl_flow_table *t, int64_t ts_ns, bool is_packet)
{
	if (t->has_now && ts_ns < t->now_ns) {
		t->stats.time_steps_back += is_packet;
		return;
	}
	t->has_now = true;
	t->now_ns = ts_ns;
	expire(t);
}

void fl_flow_table_advance(struct fl_flow_table *t, int64_t now_ns) { move_time(t, now_ns, false); }

void fl_flow_table_end_all(struct fl_flow_table *t, enum fl_flow_end_reason reason)
{
	uint32_t i;

	while ((i = least_recently_seen(t)))
		end_flow(t, i, own_reason(&t->slots[i], reason));
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

/* What the first packet says of who asks and whether an answer is due; a TCP handshake is read by fl_tcp_update. */
static void first_impression(struct fl_slot *s, const struct fl_packet *p, uint8_t sender)
{
	struct fl_flow *f = &s->flow;
	unsigned mine, theirs;
	bool is_request;
	uint8_t other;

	f->initiator = sender;
	f->initiator_how = FL_INITIATOR_FIRST_PACKET;
	f->reply = FL_REPLY_NO_RESPONSE;
	if (p->outcome != FL_DECODE_TCP && (to_group(p) || s->way != FL_WAY_BOTH)) {
		f->reply = FL_REPLY_ONE_WAY; /* and a group never opens anything, whatever its port */
		return;
	}
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

static uint32_t begin_flow(struct fl_flow_table *t, const struct fl_packet *p, const struct fl_flow_key *k,
			   uint32_t hash)
{
	struct fl_slot *s;
	uint32_t i;
	unsigned e;

	if (t->stats.open == t->max)
		make_room(t);
	i = t->spare;
	if (i)
		t->spare = t->nodes[i].chain;
	else
		i = t->fresh++;
	s = &t->slots[i];
	*s = (struct fl_slot){.way = k->way};
	t->nodes[i] = (struct fl_slot_node){.hash = hash, .chain = t->buckets[hash & t->mask]};
	t->buckets[hash & t->mask] = i;
	s->flow.id = ++t->ids;
	s->flow.context = k->context;
	s->flow.iface = p->frame->iface;
	s->flow.ip_proto = k->ip_proto;
	for (e = 0; e < 2; e++) {
		s->flow.end[e].addr = k->addr[e];
		s->flow.end[e].port = k->port[e];
	}
	s->flow.first_ns = s->flow.last_ns = p->frame->ts_ns;
	s->flow.first_frame = p->frame->number;
	s->flow.icmp_type = p->icmp_type;
	s->flow.icmp_code = p->icmp_code;
	first_impression(s, p, k->sender);
	if (p->outcome == FL_DECODE_TCP && (!(p->tcp_flags & FL_TCP_SYN) || (p->tcp_flags & FL_TCP_RST))) {
		s->flow.midstream = true;
		t->stats.midstream++;
	}
	s->class = FL_CLASS_OTHER;
	age_append(t, &t->age[s->class], i);
	birth_append(t, &t->birth, i);
	t->stats.started++;
	t->stats.open++;
	return i;
}

/* ---- packets ---- */

static bool slot_is(const struct fl_slot *s, const struct fl_flow_key *k)
{
	const struct fl_flow *f = &s->flow;

	return f->context == k->context && f->ip_proto == k->ip_proto && s->way == k->way &&
	       f->end[0].port == k->port[0] && f->end[1].port == k->port[1] &&
	       !fl_addr_cmp(&f->end[0].addr, &k->addr[0]) && !fl_addr_cmp(&f->end[1].addr, &k->addr[1]);
}

static uint32_t find(const struct fl_flow_table *t, const struct fl_flow_key *k, uint32_t hash)
{
	uint32_t i;

	for (i = t->buckets[hash & t->mask]; i; i = t->nodes[i].chain) {
		if (t->nodes[i].hash == hash && slot_is(&t->slots[i], k))
			return i;
	}
	return 0;
}

static void update_end(struct fl_flow_end *e, const struct fl_packet *p)
{
	if (!e->seen) {
		e->seen = true;
		e->has_mac = p->has_mac;
		if (p->has_mac)
			memcpy(e->mac, p->src_mac, sizeof e->mac);
		e->vlans = p->vlans;
		memcpy(e->vlan, p->vlan, sizeof e->vlan);
		/* The initial values in use; a router in between would have taken one off. */
		e->on_link = fl_packet_on_link(p);
	}
	e->packets++;
	e->bytes += p->frame->wirelen;
	if (p->outcome == FL_DECODE_TCP)
		e->tcp_flags |= p->tcp_flags;
}

static enum fl_flow_class class_of(const struct fl_slot *s, const struct fl_packet *p)
{
	switch (p->outcome) {
	case FL_DECODE_TCP:
		switch (fl_tcp_phase(&s->tcp, &s->flow)) {
		case FL_TCP_OPENING: return FL_CLASS_TCP_OPENING;
		case FL_TCP_ESTABLISHED: return FL_CLASS_TCP_ESTABLISHED;
		case FL_TCP_CLOSING: return FL_CLASS_TCP_CLOSING;
		case FL_TCP_CLOSED: break;
		}
		return FL_CLASS_TCP_CLOSED;
	case FL_DECODE_UDP: return FL_CLASS_UDP;
	case FL_DECODE_ICMP:
	case FL_DECODE_ICMPV6: return FL_CLASS_ICMP;
	default: return FL_CLASS_OTHER;
	}
}

static void touch(struct fl_flow_table *t, uint32_t i, const struct fl_packet *p)
{
	struct fl_slot *s = &t->slots[i];
	int64_t due;

	age_remove(t, &t->age[s->class], i);
	s->class = (uint8_t)class_of(s, p);
	s->touch = ++t->touches;
	s->touched_ns = t->now_ns;
	age_append(t, &t->age[s->class], i);
	due = fl_flow_deadline(s);
	if (due < t->due_ns)
		t->due_ns = due;
}

struct fl_flow *fl_flow_table_packet(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context,
				     uint8_t *sender, bool *is_new)
{
	struct fl_flow_key k;
	struct fl_slot *s;
	uint32_t hash, i;

	if (!fl_flow_key(p, context, &k))
		return NULL;
	move_time(t, p->frame->ts_ns, true);
	hash = fl_flow_hash(&k, t->secret);
	i = find(t, &k, hash);
	if (i && p->outcome == FL_DECODE_TCP &&
	    fl_tcp_reused(&t->slots[i].tcp, &t->slots[i].flow, k.sender, p,
			  (uint64_t)t->now_ns - (uint64_t)t->slots[i].touched_ns)) {
		end_flow(t, i, FL_FLOW_END_REUSED);
		i = 0;
	}
	*is_new = !i;
	if (!i)
		i = begin_flow(t, p, &k, hash);
	s = &t->slots[i];
	*sender = k.sender;
	update_end(&s->flow.end[k.sender], p);
	s->flow.payload |= p->payload_len > 0;
	if (p->frame->ts_ns > s->flow.last_ns)
		s->flow.last_ns = p->frame->ts_ns;
	if (p->outcome == FL_DECODE_TCP)
		fl_tcp_update(&s->tcp, &s->flow, k.sender, p);
	else if (s->flow.end[0].seen && s->flow.end[1].seen)
		s->flow.reply = FL_REPLY_ANSWERED;
	touch(t, i, p);
	return &s->flow;
}

struct fl_flow *fl_flow_table_next(const struct fl_flow_table *t, const struct fl_flow *f)
{
	uint32_t i = f ? ((const struct fl_slot *)(const void *)f)->birth.next : t->birth.head;

	return i ? &t->slots[i].flow : NULL;
}
