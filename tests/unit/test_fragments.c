/* test_fragments.c - datagrams put together: single cases by hand, then random ones against a plain reference.
 *
 * A datagram is UDP from 1000 to its number, so that the result can be told from all others. Frames are raw IP. */
#include "decode/fragments.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "decode/numbers.h"
#include "run.h"

#define SECOND INT64_C(1000000000)

enum { DATA_MAX = 65535 };

/* One frame on its way: header and data in a block of exact size. */
struct sent {
	uint8_t *bytes;
	uint32_t len, caplen;
};

struct seen { /* by on_incomplete */
	uint64_t calls, frames, bytes, context;
	int64_t mono_ns;
	struct fl_packet last; /* its frame is gone */
};

static void on_incomplete(void *user, const struct fl_packet *p, uint64_t context)
{
	struct seen *s = user;

	ck_assert_uint_eq(p->outcome, FL_DECODE_FRAGMENT);
	ck_assert_ptr_nonnull(p->frame);
	ck_assert_ptr_null(p->frame->data);
	ck_assert_ptr_null(p->ip);
	ck_assert_ptr_null(p->frag);
	ck_assert_uint_gt(p->frames, 0);
	s->calls++;
	s->frames += p->frames;
	s->bytes += p->bytes;
	s->context = context;
	s->mono_ns = p->frame->mono_ns;
	s->last = *p;
}

static void be16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* The fragment [from, to) of the data of datagram id. v6: behind a destination options header. */
static struct sent make(bool v6, uint16_t id, const uint8_t *data, uint32_t from, uint32_t to, bool more)
{
	const uint32_t head = v6 ? 40 + 8 + 8 : 24;
	struct sent s = {.len = head + to - from};
	uint8_t *b = calloc(1, s.len);

	ck_assert_ptr_nonnull(b);
	if (v6) {
		b[0] = 0x60;
		be16(b + 4, s.len - 40);
		b[6] = FL_IPPROTO_IPV6_OPTS;
		b[7] = 64;
		b[8] = b[24] = 0xFC;
		b[23] = 1;
		b[39] = 2;
		b[40] = FL_IPPROTO_IPV6_FRAG;
		b[42] = 1; /* PadN of 4 bytes */
		b[43] = 4;
		b[48] = FL_IPPROTO_UDP;
		be16(b + 50, from | more);
		be16(b + 54, id);
	} else {
		b[0] = 0x46; /* with 4 bytes of options: no operation */
		be16(b + 2, s.len);
		be16(b + 4, id);
		be16(b + 6, from / 8 | (more ? 0x2000 : 0));
		b[8] = 64;
		b[9] = FL_IPPROTO_UDP;
		b[12] = b[16] = 10;
		b[15] = 1;
		b[19] = 2;
		memset(b + 20, 1, 4);
	}
	memcpy(b + head, data + from, to - from);
	s.bytes = b;
	s.caplen = s.len;
	return s;
}

/* Data of a UDP datagram to port id, whose payload nothing repeats. */
static void fill(uint8_t *data, uint32_t len, uint16_t id, unsigned seed)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		data[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
	if (len < 8)
		return;
	be16(data, 1000);
	be16(data + 2, id);
	be16(data + 4, len);
	be16(data + 6, 0);
}

static enum fl_fragments_result send_at(struct fl_fragments *f, struct sent s, struct fl_packet *p, struct fl_frame *frame, uint64_t context,
					int64_t ns)
{
	*frame = (struct fl_frame){.data = s.bytes, .caplen = s.caplen, .wirelen = s.len, .linktype = FL_LINKTYPE_RAW, .mono_ns = ns};
	ck_assert_uint_eq(fl_decode(frame, p), FL_DECODE_FRAGMENT);
	return fl_fragments_add(f, p, context);
}

static enum fl_fragments_result send_one(struct fl_fragments *f, struct sent s, struct fl_packet *p)
{
	static struct fl_frame frame;
	const enum fl_fragments_result r = send_at(f, s, p, &frame, 1, SECOND);

	fl_fragments_check(f);
	free(s.bytes);
	return r;
}

static struct fl_fragments *start(struct seen *seen, size_t bytes, uint32_t datagrams)
{
	const struct fl_fragments_opts o = {.bytes = bytes, .datagrams = datagrams, .on_incomplete = on_incomplete, .user = seen};
	struct fl_fragments *f = fl_fragments_new(&o);

	ck_assert_ptr_nonnull(f);
	*seen = (struct seen){0};
	return f;
}

static void check_whole(const struct fl_packet *p, bool v6, uint16_t id, const uint8_t *data, uint32_t len, uint32_t frames)
{
	const uint32_t head = v6 ? 48 : 24;
	struct fl_frame raw = {.data = p->ip, .caplen = p->ip_caplen, .wirelen = p->ip_caplen, .linktype = FL_LINKTYPE_RAW};
	struct fl_packet again;
	uint32_t sum = 0, i;

	ck_assert_uint_eq(p->outcome, FL_DECODE_UDP);
	ck_assert_uint_eq(p->dst_port, id);
	ck_assert_uint_eq(p->frames, frames);
	ck_assert_uint_eq(p->ip_len, head + len);
	ck_assert_uint_eq(p->ip_caplen, head + len);
	ck_assert_uint_eq(p->payload_caplen, len - 8);
	ck_assert_ptr_eq(p->payload, p->ip + head + 8);
	ck_assert_mem_eq(p->ip + head, data, len);
	ck_assert_ptr_null(p->frag);
	for (i = 0; !v6 && i < head; i += 2)
		sum += (uint32_t)(p->ip[i] << 8 | p->ip[i + 1]);
	ck_assert(v6 || (sum & 0xFFFF) + (sum >> 16) == 0xFFFF);
	/* what a reader of p->ip alone makes of it */
	ck_assert_uint_eq(fl_decode(&raw, &again), FL_DECODE_UDP);
	ck_assert_uint_eq(again.payload_len, len - 8);
}

/* Order: each of the 6 of three fragments, in both IP versions. */
START_TEST(any_order)
{
	static const uint8_t order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	const bool v6 = _i >= 6;
	uint8_t data[100];
	struct sent part[3];
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 0);
	struct fl_fragments_stats st;
	struct fl_packet p;
	unsigned i;

	fill(data, sizeof data, 77, 1);
	part[0] = make(v6, 77, data, 0, 16, true);
	part[1] = make(v6, 77, data, 16, 64, true);
	part[2] = make(v6, 77, data, 64, 100, false);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(send_one(f, part[order[_i % 6][i]], &p), i < 2 ? FL_FRAGMENT_HELD : FL_FRAGMENT_WHOLE);
	check_whole(&p, v6, 77, data, sizeof data, 3);
	ck_assert_uint_eq(p.bytes, 100 + 3 * (v6 ? 56 : 24));
	fl_fragments_stats(f, &st);
	ck_assert(st.joined == 1 && !st.incomplete && !st.unheld && !st.conflicting);
	fl_fragments_end(f);
	ck_assert_uint_eq(seen.calls, 0);
	fl_fragments_free(f);
}
END_TEST

/* The longest datagram in the smallest fragments, in order and in reverse: one run all the time. */
START_TEST(tiny_fragments)
{
	const uint32_t len = 65504;
	uint8_t *data = malloc(len);
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 0);
	struct fl_packet p;
	enum fl_fragments_result r = FL_FRAGMENT_ALONE;
	uint32_t i, at;

	ck_assert_ptr_nonnull(data);
	fill(data, len, 5, 2);
	for (i = 0; i < len / 8; i++) {
		at = (_i ? len / 8 - 1 - i : i) * 8;
		r = send_one(f, make(false, 5, data, at, at + 8, at + 8 < len), &p);
		ck_assert_int_eq(r, i + 1 < len / 8 ? FL_FRAGMENT_HELD : FL_FRAGMENT_WHOLE);
	}
	check_whole(&p, false, 5, data, len, len / 8);
	fl_fragments_free(f);
	free(data);
}
END_TEST

/* Every other fragment: too many holes to keep. It is given up, and what comes later counts alone. */
START_TEST(too_many_holes)
{
	uint8_t data[8192] = {0};
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 0);
	struct fl_fragments_stats st;
	struct fl_packet p;
	uint32_t i;

	for (i = 0; i < FL_FRAGMENT_PIECES; i++)
		ck_assert_int_eq(send_one(f, make(false, 9, data, i * 16, i * 16 + 8, true), &p), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_one(f, make(false, 9, data, 8, 16, true), &p), FL_FRAGMENT_HELD); /* closes one */
	ck_assert_int_eq(send_one(f, make(false, 9, data, 4096, 4104, true), &p), FL_FRAGMENT_HELD);
	ck_assert_uint_eq(seen.calls, 0);
	ck_assert_int_eq(send_one(f, make(false, 9, data, 4128, 4136, true), &p), FL_FRAGMENT_ALONE);
	ck_assert_uint_eq(seen.frames, FL_FRAGMENT_PIECES + 2);
	ck_assert_int_eq(send_one(f, make(false, 9, data, 24, 32, true), &p), FL_FRAGMENT_ALONE);
	fl_fragments_stats(f, &st);
	ck_assert_uint_eq(st.unheld, FL_FRAGMENT_PIECES + 4);
	fl_fragments_end(f);
	ck_assert_uint_eq(seen.calls, 1);
	fl_fragments_free(f);
}
END_TEST

/* Repeats, overlaps and contradictions: {[from, to), more, other bytes, the result, conflicts so far} one after the
 * other. */
struct step {
	uint16_t from, to;
	bool more, other;
	uint8_t result;
	uint8_t conflicts;
};

static const struct overlap {
	const char *name;
	bool v6;
	uint8_t incomplete; /* at the end */
	struct step step[6];
} overlaps[] = {
	{"ip4 exact repeat", false, 0, {{0, 16, 1, 0, FL_FRAGMENT_HELD, 0}, {0, 16, 1, 0, FL_FRAGMENT_HELD, 0}, {16, 40, 0, 0, FL_FRAGMENT_WHOLE, 0}}},
	{"ip6 exact repeat", true, 0, {{0, 16, 1, 0, FL_FRAGMENT_HELD, 0}, {0, 16, 1, 0, FL_FRAGMENT_HELD, 0}, {16, 40, 0, 0, FL_FRAGMENT_WHOLE, 0}}},
	{"ip6 repeat of two in one", true, 0, {{0, 16, 1, 0, FL_FRAGMENT_HELD, 0}, {16, 32, 1, 0, FL_FRAGMENT_HELD, 0}, {8, 32, 1, 0, FL_FRAGMENT_HELD, 0}, {32, 40, 0, 0, FL_FRAGMENT_WHOLE, 0}}},
	{"ip4 overlap, same bytes", false, 0, {{0, 24, 1, 0, FL_FRAGMENT_HELD, 0}, {16, 40, 0, 0, FL_FRAGMENT_WHOLE, 0}}},
	{"ip4 overlap, first bytes win", false, 0, {{0, 24, 1, 0, FL_FRAGMENT_HELD, 0}, {8, 24, 1, 1, FL_FRAGMENT_HELD, 1}, {24, 40, 0, 0, FL_FRAGMENT_WHOLE, 1}}},
	{"ip4 overlap over two holes", false, 0, {{0, 8, 1, 0, FL_FRAGMENT_HELD, 0}, {16, 24, 1, 0, FL_FRAGMENT_HELD, 0}, {0, 32, 1, 0, FL_FRAGMENT_HELD, 0}, {32, 40, 0, 0, FL_FRAGMENT_WHOLE, 0}}},
	{"ip6 overlap, same bytes", true, 3, {{0, 24, 1, 0, FL_FRAGMENT_HELD, 0}, {16, 40, 0, 0, FL_FRAGMENT_ALONE, 1}, {24, 40, 0, 0, FL_FRAGMENT_ALONE, 1}}},
	{"ip6 repeat, other bytes", true, 3, {{0, 24, 1, 0, FL_FRAGMENT_HELD, 0}, {0, 24, 1, 1, FL_FRAGMENT_ALONE, 1}, {24, 40, 0, 0, FL_FRAGMENT_ALONE, 1}}},
	{"ip4 two ends", false, 1, {{16, 40, 0, 0, FL_FRAGMENT_HELD, 0}, {16, 32, 0, 0, FL_FRAGMENT_ALONE, 1}, {0, 16, 1, 0, FL_FRAGMENT_WHOLE, 1}}},
	{"ip4 beyond the end", false, 1, {{16, 40, 0, 0, FL_FRAGMENT_HELD, 0}, {40, 48, 1, 0, FL_FRAGMENT_ALONE, 1}, {0, 16, 1, 0, FL_FRAGMENT_WHOLE, 1}}},
	{"ip4 end before what is there", false, 3, {{32, 48, 1, 0, FL_FRAGMENT_HELD, 0}, {16, 40, 0, 0, FL_FRAGMENT_ALONE, 1}, {0, 16, 1, 0, FL_FRAGMENT_HELD, 1}}},
	{"ip6 two ends", true, 3, {{16, 40, 0, 0, FL_FRAGMENT_HELD, 0}, {16, 32, 0, 0, FL_FRAGMENT_ALONE, 1}, {0, 16, 1, 0, FL_FRAGMENT_ALONE, 1}}},
	{"ip4 more to come, up to the end", false, 0, {{16, 40, 0, 0, FL_FRAGMENT_HELD, 0}, {0, 40, 1, 0, FL_FRAGMENT_WHOLE, 0}}},
};

START_TEST(overlap)
{
	const struct overlap *o = &overlaps[_i];
	uint8_t data[48], other[48];
	struct fl_fragments_stats st;
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 0);
	const struct step *s;
	struct fl_packet p;
	uint32_t frames = 0, left_alone = 0, len = 40;
	unsigned i;
	int r;

	fill(data, sizeof data, 3, 3);
	be16(data + 4, len);
	memset(other, 0xEE, sizeof other);
	for (i = 0; i < FL_ARRAY_LEN(o->step) && o->step[i].to; i++, frames++) {
		s = &o->step[i];
		r = send_one(f, make(o->v6, 3, s->other ? other : data, s->from, s->to, s->more), &p);
		ck_assert_msg(r == s->result, "%s: step %u gives %d", o->name, i, r);
		left_alone += r == FL_FRAGMENT_ALONE;
		fl_fragments_stats(f, &st);
		ck_assert_msg(st.conflicting == s->conflicts, "%s: step %u, %u conflicts", o->name, i, (unsigned)st.conflicting);
		if (r == FL_FRAGMENT_WHOLE)
			check_whole(&p, o->v6, 3, data, len, frames + 1 - left_alone);
	}
	fl_fragments_end(f);
	fl_fragments_stats(f, &st);
	ck_assert_msg(st.incomplete == o->incomplete, "%s: %u incomplete", o->name, (unsigned)st.incomplete);
	fl_fragments_free(f);
}
END_TEST

START_TEST(timeout_and_end)
{
	uint8_t data[64];
	struct fl_fragments_stats st;
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 0);
	struct fl_frame frame;
	struct fl_packet p;
	struct sent a, b, c;

	fill(data, sizeof data, 1, 1);
	a = make(false, 1, data, 0, 32, true);
	b = make(false, 1, data, 32, 64, false);
	c = make(false, 2, data, 32, 64, false);
	ck_assert_int_eq(send_at(f, a, &p, &frame, 7, 0), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_at(f, a, &p, &frame, 7, FL_FRAGMENT_NS - 1), FL_FRAGMENT_HELD); /* does not set the clock anew */
	fl_fragments_advance(f, FL_FRAGMENT_NS - 1);
	ck_assert_uint_eq(seen.calls, 0);
	/* too late by a nanosecond: the datagram begins anew */
	ck_assert_int_eq(send_at(f, b, &p, &frame, 7, FL_FRAGMENT_NS), FL_FRAGMENT_HELD);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_uint_eq(seen.frames, 2);
	ck_assert_uint_eq(seen.bytes, 2 * a.len);
	ck_assert_uint_eq(seen.context, 7);
	ck_assert_uint_eq(seen.last.ip_proto, FL_IPPROTO_UDP);
	ck_assert_uint_eq(seen.last.src.kind, FL_ADDR_IPV4);
	ck_assert_int_eq(seen.mono_ns, FL_FRAGMENT_NS - 1);
	ck_assert_int_eq(send_at(f, a, &p, &frame, 7, FL_FRAGMENT_NS), FL_FRAGMENT_WHOLE);
	/* the same id in another address space is another datagram, so is another id */
	ck_assert_int_eq(send_at(f, a, &p, &frame, 7, FL_FRAGMENT_NS), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_at(f, b, &p, &frame, 8, FL_FRAGMENT_NS), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_at(f, c, &p, &frame, 7, FL_FRAGMENT_NS), FL_FRAGMENT_HELD);
	fl_fragments_end(f);
	ck_assert_uint_eq(seen.calls, 4);
	fl_fragments_stats(f, &st);
	ck_assert(st.joined == 1 && st.incomplete == 5 && st.unheld == 0);
	fl_fragments_free(f);
	free(a.bytes);
	free(b.bytes);
	free(c.bytes);
}
END_TEST

/* The snap length cut one: it is never put together, and counts with the others. */
START_TEST(cut_fragment)
{
	uint8_t data[64];
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 0);
	struct fl_packet p;
	struct sent a, b;

	fill(data, sizeof data, 1, 1);
	a = make(false, 1, data, 0, 32, true);
	b = make(false, 1, data, 32, 64, false);
	if (_i)
		a.caplen -= 1;
	else
		b.caplen -= 1;
	ck_assert_int_eq(send_one(f, a, &p), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_one(f, b, &p), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_one(f, make(false, 1, data, 0, 32, true), &p), FL_FRAGMENT_HELD);
	fl_fragments_end(f);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_uint_eq(seen.frames, 3);
	fl_fragments_free(f);
}
END_TEST

/* Room for few: the oldest gives way, in slots and in bytes. */
START_TEST(memory)
{
	uint8_t data[6000];
	struct fl_fragments_stats st;
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 2);
	struct fl_packet p;

	fill(data, sizeof data, 1, 1);
	send_one(f, make(false, 1, data, 0, 32, true), &p);
	send_one(f, make(false, 2, data, 0, 32, true), &p);
	ck_assert_int_eq(send_one(f, make(false, 3, data, 0, 32, true), &p), FL_FRAGMENT_HELD);
	ck_assert_uint_eq(seen.last.frag_id, 1);
	ck_assert_uint_eq(seen.calls, 1);
	fl_fragments_stats(f, &st);
	ck_assert(st.unheld == 1 && st.incomplete == 0);
	fl_fragments_free(f);

	f = start(&seen, 8192, 0);
	send_one(f, make(false, 1, data, 0, 32, true), &p);
	send_one(f, make(false, 2, data, 0, 32, true), &p);
	ck_assert_int_eq(send_one(f, make(false, 2, data, 4096, 4104, true), &p), FL_FRAGMENT_ALONE); /* 8192 and its header */
	ck_assert_uint_eq(seen.calls, 2);
	fl_fragments_stats(f, &st);
	ck_assert_uint_eq(st.unheld, 3);
	ck_assert_int_eq(send_one(f, make(false, 3, data, 0, 4096, true), &p), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_one(f, make(false, 3, data, 4096, 4104, false), &p), FL_FRAGMENT_ALONE);
	fl_fragments_free(f);
}
END_TEST

/* A datagram must not end beyond what its header can say. */
START_TEST(too_long)
{
	uint8_t *data = calloc(1, DATA_MAX + 16);
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 0);
	struct fl_packet p;
	struct sent s;

	ck_assert_ptr_nonnull(data);
	fill(data, 65512, 1, 1);
	/* 24 bytes of header and 65512 of data: one too many, seen when the last comes */
	ck_assert_int_eq(send_one(f, make(false, 1, data, 0, 32768, true), &p), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_one(f, make(false, 1, data, 32768, 65512, false), &p), FL_FRAGMENT_HELD);
	ck_assert_uint_eq(seen.frames, 2);
	ck_assert_int_eq(send_one(f, make(false, 1, data, 0, 8, true), &p), FL_FRAGMENT_ALONE);
	/* ping of death: beyond any datagram */
	ck_assert_int_eq(send_one(f, make(false, 2, data, 65528, 65536, true), &p), FL_FRAGMENT_ALONE);
	ck_assert_int_eq(send_one(f, make(true, 2, data, 65528, 65536, true), &p), FL_FRAGMENT_ALONE);
	/* nothing in it */
	ck_assert_int_eq(send_one(f, make(false, 3, data, 8, 8, true), &p), FL_FRAGMENT_ALONE);
	/* a length that is no multiple of 8 is cut down to one: what is beyond is not looked at */
	fill(data, 64, 4, 1);
	s = make(false, 4, data, 0, 37, true);
	memset(s.bytes + 24 + 32, 0xEE, 5);
	ck_assert_int_eq(send_one(f, s, &p), FL_FRAGMENT_HELD);
	ck_assert_int_eq(send_one(f, make(false, 4, data, 32, 64, false), &p), FL_FRAGMENT_WHOLE);
	check_whole(&p, false, 4, data, 64, 2);
	fl_fragments_end(f);
	fl_fragments_free(f);
	free(data);
}
END_TEST

/* Each part of the key makes another datagram, also where two share a bucket: there are more datagrams than buckets could
 * keep apart. In IPv6 the protocol is no part of it. */
START_TEST(keys)
{
	static const struct { const char *name; uint8_t v6, at, together; } part[] = {
		{"id", 0, 5, 0}, {"protocol", 0, 9, 0}, {"source", 0, 15, 0}, {"destination", 0, 19, 0},
		{"id", 1, 55, 0}, {"protocol", 1, 48, 1}, {"source", 1, 23, 0}, {"destination", 1, 39, 0}, {"context", 0, 0, 0},
	};
	uint8_t data[64] = {0};
	struct seen seen;
	struct fl_fragments *f = start(&seen, 4u << 20, 256);
	struct fl_frame frame;
	struct fl_packet p;
	struct sent s;
	unsigned i;

	for (i = 0; i < 200; i++) {
		s = make(part[_i].v6, 1, data, 0, 64, true);
		if (part[_i].at)
			s.bytes[part[_i].at] = (uint8_t)(i + 1);
		ck_assert_int_eq(send_at(f, s, &p, &frame, part[_i].at ? 0 : i, SECOND), FL_FRAGMENT_HELD);
		free(s.bytes);
	}
	fl_fragments_end(f);
	ck_assert_msg(seen.calls == (part[_i].together ? 1 : 200), "%s: %u datagrams", part[_i].name, (unsigned)seen.calls);
	fl_fragments_free(f);
}
END_TEST

static uint64_t inner_context(void *user, const struct fl_packet *p)
{
	(void)user;
	ck_assert_uint_eq(p->tunnels, 1);
	return 99;
}

/* A fragment in a tunnel in fragments: each outer datagram carries one inner fragment. */
START_TEST(fragments_in_fragments)
{
	uint8_t data[64], outer[2][80];
	struct sent in[2];
	struct seen seen = {0};
	const struct fl_fragments_opts o = {.on_incomplete = on_incomplete, .context_of = inner_context, .user = &seen};
	struct fl_fragments *f = fl_fragments_new(&o);
	struct fl_fragments_stats st;
	struct fl_packet p;
	struct fl_frame frame;
	struct sent s;
	unsigned i;

	fill(data, sizeof data, 6, 1);
	in[0] = make(false, 60, data, 0, 32, true);
	in[1] = make(false, 60, data, 32, 64, false);
	for (i = 0; i < 2; i++) {
		memcpy(outer[i], in[i].bytes, in[i].len);
		free(in[i].bytes);
	}
	for (i = 0; i < 2; i++) {
		s = make(false, (uint16_t)(10 + i), outer[i], 0, 24, true);
		s.bytes[9] = FL_IPPROTO_IPV4;
		ck_assert_int_eq(send_one(f, s, &p), FL_FRAGMENT_HELD);
		s = make(false, (uint16_t)(10 + i), outer[i], 24, in[i].len, false);
		s.bytes[9] = FL_IPPROTO_IPV4;
		ck_assert_int_eq(send_one(f, s, &p), i ? FL_FRAGMENT_WHOLE : FL_FRAGMENT_HELD);
	}
	check_whole(&p, false, 6, data, sizeof data, 4);
	ck_assert_uint_eq(p.tunnels, 1);
	ck_assert_uint_eq(p.tunnel[0].kind, FL_TUNNEL_IP_IN_IP);
	fl_fragments_stats(f, &st);
	ck_assert(st.joined == 3 && !st.incomplete && !st.unheld);

	/* one inner fragment in an outer datagram of two, the other in the open under the inner address space */
	for (i = 0; i < 2; i++) {
		s = make(false, 20, outer[0], i ? 24 : 0, i ? 56 : 24, !i);
		s.bytes[9] = FL_IPPROTO_IPV4;
		ck_assert_int_eq(send_one(f, s, &p), FL_FRAGMENT_HELD);
	}
	s = make(false, 60, data, 32, 64, false);
	ck_assert_int_eq(send_at(f, s, &p, &frame, 99, SECOND), FL_FRAGMENT_WHOLE);
	check_whole(&p, false, 6, data, sizeof data, 3);
	free(s.bytes);
	fl_fragments_free(f);
}
END_TEST

/* Random traffic against a reference that keeps whole byte arrays: datagrams cut at random, shuffled over each other,
 * some fragments repeated, lost or overlapping (IPv4, same bytes or others). */
enum { DATAGRAMS = 12, LEN_MAX = 3000, FRAGS = 600 };

struct model {
	bool v6;
	uint32_t len, frames;
	uint8_t data[LEN_MAX];    /* as sent */
	uint8_t got[LEN_MAX];     /* first bytes that came */
	uint8_t there[LEN_MAX];
	bool last;
};

static uint32_t rnd(uint64_t *s, uint32_t n)
{
	*s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*s >> 33) % n;
}

struct planned { uint8_t d; uint16_t from, to; bool more, other; };

static unsigned plan(uint64_t *seed, struct model *m, struct planned *out)
{
	unsigned n = 0, i, k, d;
	uint32_t at, to;
	struct planned t;

	for (d = 0; d < DATAGRAMS; d++) {
		m[d] = (struct model){.v6 = rnd(seed, 2), .len = 16 + rnd(seed, LEN_MAX - 16)};
		fill(m[d].data, m[d].len, (uint16_t)(d + 1), d);
		for (at = 0; at < m[d].len; at = to) {
			to = at + 8 * (1 + rnd(seed, 60));
			if (to >= m[d].len)
				to = at ? m[d].len : 8; /* one of all would be none */
			t = (struct planned){.d = (uint8_t)d, .from = (uint16_t)at, .to = (uint16_t)to, .more = to < m[d].len};
			if (rnd(seed, 100) != 0 && n < FRAGS)
				out[n++] = t;
			if (rnd(seed, 10) == 0 && n < FRAGS)
				out[n++] = t;
			if (!m[d].v6 && t.more && at >= 8 && rnd(seed, 10) == 0 && n < FRAGS) {
				t.from = (uint16_t)(at - 8);
				t.other = rnd(seed, 2);
				out[n++] = t;
			}
		}
	}
	for (i = n; i > 1; i--) {
		k = rnd(seed, i);
		t = out[i - 1];
		out[i - 1] = out[k];
		out[k] = t;
	}
	return n;
}

/* The reference: true if the datagram is whole now. */
static bool model_add(struct model *m, const struct planned *t, const uint8_t *bytes)
{
	uint32_t i;

	m->frames++;
	for (i = t->from; i < t->to; i++) {
		if (!m->there[i])
			m->got[i] = bytes[i];
		m->there[i] = 1;
	}
	m->last = m->last || !t->more;
	for (i = 0; i < m->len; i++)
		if (!m->there[i])
			return false;
	return m->last;
}

START_TEST(random_against_reference)
{
	static struct model m[DATAGRAMS];
	static struct planned t[FRAGS];
	static uint8_t other[LEN_MAX];
	uint64_t seed = (uint64_t)_i + 1, whole_frames = 0, frames;
	struct fl_fragments_stats st;
	struct seen seen;
	struct fl_fragments *f = start(&seen, 0, 0);
	struct fl_packet p;
	const uint8_t *bytes;
	unsigned n = plan(&seed, m, t), i;
	int r;

	memset(other, 0xA5, sizeof other);
	for (i = 0; i < n; i++) {
		struct model *d = &m[t[i].d];

		bytes = t[i].other ? other : d->data;
		r = send_one(f, make(d->v6, (uint16_t)(t[i].d + 1), bytes, t[i].from, t[i].to, t[i].more), &p);
		if (model_add(d, &t[i], bytes)) {
			ck_assert_msg(r == FL_FRAGMENT_WHOLE, "seed %d: %u is whole", _i, t[i].d);
			ck_assert_mem_eq(p.ip + (d->v6 ? 48 : 24), d->got, d->len);
			ck_assert_uint_eq(p.frames, d->frames);
			whole_frames += d->frames;
			/* what comes now begins another with the same id */
			memset(d->there, 0, sizeof d->there);
			d->frames = 0;
			d->last = false;
		} else {
			ck_assert_msg(r == FL_FRAGMENT_HELD, "seed %d: %u of %u gives %d", _i, i, t[i].d, r);
		}
	}
	fl_fragments_end(f);
	fl_fragments_stats(f, &st);
	for (frames = 0, i = 0; i < DATAGRAMS; i++)
		frames += m[i].frames;
	ck_assert_uint_eq(seen.frames, frames);
	ck_assert_uint_eq(st.incomplete, frames);
	ck_assert_uint_eq(whole_frames + frames, n);
	fl_fragments_check(f);
	fl_fragments_free(f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fragments");
	TCase *tc = tcase_create("fragments");

	tcase_add_loop_test(tc, any_order, 0, 12);
	tcase_add_loop_test(tc, tiny_fragments, 0, 2);
	tcase_add_test(tc, too_many_holes);
	tcase_add_loop_test(tc, overlap, 0, (int)FL_ARRAY_LEN(overlaps));
	tcase_add_test(tc, timeout_and_end);
	tcase_add_loop_test(tc, cut_fragment, 0, 2);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, too_long);
	tcase_add_loop_test(tc, keys, 0, 9);
	tcase_add_test(tc, fragments_in_fragments);
	tcase_add_loop_test(tc, random_against_reference, 0, 300);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
