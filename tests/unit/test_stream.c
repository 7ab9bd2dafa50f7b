/* test_stream.c - scripts of segments with the exact sequence of hand-overs, and a property test over random ones.
 *
 * A script's hand-overs are written as text: A<abc> data of end 0, B<abc> of end 1, A<abc| data with a cut end,
 * A-3 a gap of three bytes, A-? a gap of unknown size. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "flow/stream.h"
#include "flow/stream_past.h"
#include "flow/stream_pool.h"
#include "run.h"

#define MS INT64_C(1000000)

/* ---- harness ---- */

struct log {
	char text[4096];
	size_t n;
	unsigned events;
};

static void log_add(struct log *l, const char *s, size_t n)
{
	if (n >= sizeof l->text - l->n)
		n = sizeof l->text - l->n - 1;
	memcpy(l->text + l->n, s, n);
	l->n += n;
	l->text[l->n] = '\0';
}

static void log_next(struct log *l)
{
	if (l->events++)
		log_add(l, " ", 1);
}

static void on_data(void *user, struct fl_flow *f, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end,
		    int64_t ts_ns, uint64_t frame)
{
	struct log *l = user;

	(void)f, (void)ts_ns, (void)frame;
	log_next(l);
	log_add(l, sender ? "B<" : "A<", 2);
	log_add(l, (const char *)p, n);
	log_add(l, end == FL_CUT_END ? "|" : ">", 1);
}

static void on_gap(void *user, struct fl_flow *f, uint8_t sender, uint64_t n)
{
	struct log *l = user;
	char s[32];

	(void)f;
	log_next(l);
	if (n == UINT64_MAX)
		snprintf(s, sizeof s, "%c-?", "AB"[sender]);
	else
		snprintf(s, sizeof s, "%c-%llu", "AB"[sender], (unsigned long long)n);
	log_add(l, s, strlen(s));
}

enum { S = FL_TCP_SYN, K = FL_TCP_ACK, F = FL_TCP_FIN, R = FL_TCP_RST, P = FL_TCP_PSH };

struct step {
	uint8_t who, flags;
	int64_t seq, ack; /* relative to the script's base */
	const char *data; /* NULL: none */
	int at_ms;        /* of the script */
	unsigned cut;     /* wire bytes after data that were not captured */
};

/* Feeds one packet whose payload lies in a block of exactly its size. */
static void feed(struct fl_stream_pool *pool, struct fl_flow *f, uint8_t who, uint8_t flags, uint32_t seq, uint32_t ack,
		 const void *data, uint32_t n, uint32_t cut, int64_t ts_ns, uint64_t number)
{
	struct fl_frame fr = {.ts_ns = ts_ns, .mono_ns = ts_ns, .number = number};
	struct fl_packet p = {.frame = &fr, .outcome = FL_DECODE_TCP, .ip_proto = 6, .tcp_flags = flags,
			      .tcp_seq = seq, .tcp_ack = ack, .payload_caplen = n, .payload_len = n + cut};
	uint8_t *copy = malloc(n ? n : 1);

	ck_assert_ptr_nonnull(copy);
	if (n)
		memcpy(copy, data, n);
	p.payload = n ? copy : NULL;
	fl_stream_packet(pool, f, who, &p);
	fl_stream_check(pool, f);
	fl_stream_pool_check(pool);
	free(copy);
}

/* ---- scripts ---- */

#define STEPS_MAX 12

static const struct script {
	const char *name;
	struct step steps[STEPS_MAX]; /* ends with flags 0 */
	const char *want;             /* before fl_stream_end */
	const char *want_end;         /* what fl_stream_end adds */
	unsigned conflicts;
} scripts[] = {
	{"handshake and data", {{0, S, 0, 0, NULL, 0}, {1, S | K, 100, 1, NULL, 1}, {0, K, 1, 101, NULL, 2},
		{0, K | P, 1, 101, "ask", 3}, {1, K | P, 101, 4, "tell", 4}}, "A<ask> B<tell>", "", 0},
	{"early piece is held", {{0, S, 0, 0, NULL, 0}, {0, K, 4, 0, "def", 1}, {0, K, 1, 0, "abc", 2}},
		"A<abc> A<def>", "", 0},
	{"sent again is not handed on again", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, K, 1, 0, "abc", 2},
		{0, K, 2, 0, "bcde", 3}}, "A<abc> A<de>", "", 0},
	{"SYN with data (RFC 7413)", {{0, S, 0, 0, "abc", 0}, {1, S | K, 50, 4, NULL, 1}, {0, K, 4, 51, "d", 2}},
		"A<abc> A<d>", "", 0},
	{"SYN sent again after data", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, S, 0, 0, NULL, 2},
		{0, K, 4, 0, "d", 3}}, "A<abc> A<d>", "", 0},
	{"stray SYN moves nothing", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, S, 5000, 0, NULL, 2},
		{0, K, 4, 0, "d", 3}}, "A<abc> A<d>", "", 0},
	{"stray RST moves nothing", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, R, 90, 0, "xx", 2},
		{0, K, 4, 0, "d", 3}}, "A<abc> A<d>", "", 0},
	{"origin by SYN+ACK for both", {{1, S | K, 100, 1, NULL, 0}, {0, K, 3, 101, "cd", 1}, {0, K, 1, 101, "ab", 2}},
		"A<ab> A<cd>", "", 0},
	{"midstream by data", {{0, K | P, 7, 0, "abc", 0}, {0, K | P, 10, 0, "d", 1}}, "A<abc> A<d>", "", 0},
	{"midstream by ACK, then its data", {{0, K, 7, 0, NULL, 0}, {0, K | P, 10, 0, "def", 1}, {0, K, 7, 0, "abc", 2}},
		"A<abc> A<def>", "", 0},
	{"midstream by keep-alive", {{0, K, 6, 50, NULL, 0}, {1, K, 50, 7, NULL, 1}, {0, K | P, 7, 50, "abc", 3000}},
		"A<abc>", "", 0},
	{"keep-alive with an old byte", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, K, 3, 0, "x", 2},
		{0, K, 4, 0, "d", 3}}, "A<abc> A<d>", "", 0},
	{"acknowledged hole is a gap", {{0, S, 0, 0, NULL, 0}, {0, K, 4, 0, "def", 1}, {1, K, 9, 7, NULL, 2},
		{1, K, 9, 7, NULL, 40}}, "A-3 A<def>", "", 0},
	{"acknowledgement captured before its data", {{0, S, 0, 0, NULL, 0}, {1, K, 9, 4, NULL, 1},
		{0, K, 1, 0, "abc", 900}, {1, K, 9, 4, NULL, 901}}, "A<abc>", "", 0},
	{"acknowledged two, captured in reverse", {{0, S, 0, 0, NULL, 0}, {1, K, 9, 7, NULL, 1}, {0, K, 4, 0, "def", 2},
		{0, K, 1, 0, "abc", 3}, {1, K, 9, 7, NULL, 50}}, "A<abc> A<def>", "", 0},
	{"old hole is a gap", {{0, K, 1, 0, "a", 0}, {0, K, 4, 0, "def", 10}, {0, K, 7, 0, "g", 2009},
		{0, K, 8, 0, "h", 2010}}, "A<a> A-2 A<def> A<g> A<h>", "", 0},
	{"late filler comes after two seconds", {{0, K, 1, 0, "a", 0}, {0, K, 4, 0, "def", 10}, {0, K, 2, 0, "bc", 2010}},
		"A<a> A-2 A<def>", "", 0},
	{"hole the other side asks for", {{0, K, 1, 9, "a", 0}, {1, K, 9, 2, NULL, 1}, {0, K, 4, 9, "def", 10},
		{1, K, 9, 2, NULL, 11}, {0, K, 7, 9, "g", 5000}, {0, K, 2, 9, "bc", 6000}},
		"A<a> A<bc> A<def> A<g>", "", 0},
	{"... but not for ever", {{0, K, 1, 9, "a", 0}, {1, K, 9, 2, NULL, 1}, {0, K, 4, 9, "def", 10},
		{1, K, 9, 2, NULL, 11}, {0, K, 2, 9, "bc", 30011}}, "A<a> A-2 A<def>", "", 0},
	{"what is held is handed on at the end", {{0, K, 1, 0, "a", 0}, {0, K, 4, 0, "def", 1}, {0, K, 9, 0, "i", 2}},
		"A<a>", "A-2 A<def> A-2 A<i>", 0},
	{"... of both sides as captured", {{0, K, 1, 9, "a", 0}, {1, K, 9, 2, "z", 0}, {1, K, 12, 2, "y", 1},
		{0, K, 4, 9, "d", 2}}, "A<a> B<z>", "B-2 B<y> A-2 A<d>", 0},
	{"last bytes lost, acknowledged", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {1, K, 9, 9, NULL, 2}},
		"A<abc>", "A-5", 0},
	{"... for two seconds", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {1, K, 9, 9, NULL, 2},
		{1, K, 9, 9, NULL, 2002}}, "A<abc> A-5", "", 0},
	{"... but the acknowledgement was forged", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {1, K, 9, 9, NULL, 2},
		{0, K, 4, 0, "defghijk", 2002}}, "A<abc> A-5 A<defghijk>", "", 0},
	{"last bytes lost, FIN seen", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, K | F, 6, 0, NULL, 2}},
		"A<abc>", "A-2", 0},
	{"FIN is no byte", {{0, S, 0, 0, NULL, 0}, {0, K | F, 1, 0, "abc", 1}, {1, K, 9, 5, NULL, 2},
		{1, K, 9, 5, NULL, 4000}}, "A<abc>", "", 0},
	{"FIN acknowledged before it is captured", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {1, K, 9, 5, NULL, 2},
		{0, K | F, 4, 0, NULL, 3}, {1, K, 9, 5, NULL, 4000}}, "A<abc>", "", 0},
	{"first seen bytes count, early against early", {{0, S, 0, 0, NULL, 0}, {0, K, 4, 0, "def", 1},
		{0, K, 3, 0, "cXXXg", 2}, {0, K, 1, 0, "ab", 3}}, "A<ab> A<c> A<def> A<g>", "", 1},
	{"first seen bytes count, in order against early", {{0, S, 0, 0, NULL, 0}, {0, K, 4, 0, "def", 1},
		{0, K, 1, 0, "abcXXXghi", 2}}, "A<abc> A<def> A<ghi>", "", 1},
	{"equal overlap is no conflict", {{0, S, 0, 0, NULL, 0}, {0, K, 4, 0, "def", 1}, {0, K, 3, 0, "cdefg", 2},
		{0, K, 1, 0, "abcde", 3}}, "A<ab> A<c> A<def> A<g>", "", 0},
	{"other bytes, after the first were handed on", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1},
		{0, K, 1, 0, "abX", 2}, {0, K, 1, 0, "abc", 3}, {0, K, 1, 0, "Xbc", 4}}, "A<abc>", "", 2},
	{"... with new ones behind", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, K, 1, 0, "aXcde", 2},
		{0, K, 4, 0, "def", 3}}, "A<abc> A<de> A<f>", "", 1},
	{"... of two segments in one", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, K, 4, 0, "def", 2},
		{0, K, 1, 0, "abcdef", 3}, {0, K, 1, 0, "aXcdef", 4}}, "A<abc> A<def>", "", 1},
	{"... cut differently", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abcdef", 1}, {0, K, 3, 0, "cd", 2},
		{0, K, 3, 0, "cX", 3}}, "A<abcdef>", "", 1},
	{"... behind and before a gap", {{0, K, 1, 0, "ab", 0}, {0, K, 5, 0, "ef", 10}, {0, K, 7, 0, "g", 2010},
		{0, K, 1, 0, "Xb", 2011}, {0, K, 5, 0, "eX", 2012}, {0, K, 1, 0, "abcdef", 2013}}, "A<ab> A-2 A<ef> A<g>", "", 2},
	{"a keep-alive's byte may be anything, two may not", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1},
		{0, K, 3, 0, "X", 2}, {0, K, 2, 0, "XX", 3}}, "A<abc>", "", 1},
	{"snap length cut the repeat", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abcd", 1}, {0, K, 1, 0, "ab", 2, 2},
		{0, K, 1, 0, "aX", 3, 2}}, "A<abcd>", "", 1},
	{"snap length, in order", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1, 4}, {0, K, 8, 0, "hi", 2}},
		"A<abc| A-4 A<hi>", "", 0},
	{"snap length, nothing captured", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, NULL, 1, 4}, {0, K, 5, 0, "e", 2}},
		"A-4 A<e>", "", 0},
	{"snap length, held", {{0, S, 0, 0, NULL, 0}, {0, K, 3, 0, "cd", 1, 2}, {0, K, 7, 0, "g", 2},
		{0, K, 1, 0, "ab", 3}}, "A<ab> A<cd| A-2 A<g>", "", 0},
	{"snap length, filled by a longer copy", {{0, S, 0, 0, NULL, 0}, {0, K, 3, 0, "cd", 1, 2},
		{0, K, 1, 0, "abcdefg", 2}}, "A<ab> A<cd> A<efg>", "", 0},
	{"snap length, tail known from elsewhere", {{0, S, 0, 0, NULL, 0}, {0, K, 4, 0, "d", 1},
		{0, K, 1, 0, "ab", 2, 4}}, "A<ab| A-1 A<d> A-2", "", 0},
	{"blind segment far ahead", {{0, S, 0, 0, NULL, 0}, {0, K, 1, 0, "abc", 1}, {0, K, 90000000, 0, "evil", 2},
		{0, K, 90000000, 0, "evil", 2}, {0, K, 4, 0, "d", 3}}, "A<abc> A<d>", "", 0},
	{"much lost, then on", {{0, K, 1, 0, "abc", 1}, {0, K, 90000000, 0, "x", 2}, {0, K, 90000001, 0, "y", 3},
		{0, K, 90000002, 0, "z", 4}}, "A<abc> A-? A<y> A<z>", "", 0},
	{"two megabytes lost, then on", {{0, K, 1, 0, "abc", 1}, {0, K, 2000004, 0, "x", 2}, {0, K, 2000005, 0, "y", 3}},
		"A<abc> A-2000001 A<y>", "", 0},
	{"far ahead needs the other side", {{0, K, 1, 9, "abc", 1}, {1, K, 9, 4, "r", 1}, {0, K, 90000000, 10, "x", 2},
		{0, K, 90000001, 10, "y", 3}, {1, K, 10, 90000002, NULL, 4}, {0, K, 90000002, 10, "z", 5}},
		"A<abc> B<r> A-? A<z>", "", 0},
	{"far behind", {{0, K, 90000000, 0, "abc", 1}, {0, K, 1, 0, "x", 2}, {0, K, 90000003, 0, "d", 3},
		{0, K, 2, 0, "y", 3}, {0, K, 3, 0, "z", 4}}, "A<abc> A<d> A-? A<z>", "", 0},
	{"forged acknowledgement far ahead", {{0, S, 0, 0, NULL, 0}, {1, K, 9, 90000000, NULL, 1}, {0, K, 1, 0, "a", 5000},
		{0, K, 2, 0, "b", 9000}}, "A<a> A<b>", "", 0},
	{"forged acknowledgement from nowhere", {{1, S | K, 9, 1, NULL, 0}, {0, K, 1, 10, "a", 1}, {1, K, 70000000, 900, NULL, 2},
		{0, K, 2, 10, "b", 9000}}, "A<a> A<b>", "", 0},
};

/* Each script runs at three places of the number space; the last two wrap inside the script. */
static const uint32_t bases[] = {1000, UINT32_MAX - 2, (uint32_t)INT32_MAX - 3};

START_TEST(test_script)
{
	const struct script *sc = &scripts[_i / (int)FL_ARRAY_LEN(bases)];
	uint32_t base = bases[_i % (int)FL_ARRAY_LEN(bases)];
	struct log l = {.n = 0};
	struct fl_stream_ops ops = {on_data, on_gap, &l};
	struct fl_stream_stats st;
	struct fl_stream_pool *pool;
	struct fl_flow f = {.id = 1};
	size_t i;

	ck_assert_int_eq(fl_stream_pool_new(&pool, 1 << 20, &ops), FL_OK);
	for (i = 0; i < STEPS_MAX && sc->steps[i].flags; i++) {
		const struct step *s = &sc->steps[i];

		feed(pool, &f, s->who, s->flags, base + (uint32_t)s->seq, base + (uint32_t)s->ack, s->data,
		     s->data ? (uint32_t)strlen(s->data) : 0, s->cut, s->at_ms * MS, i + 1);
	}
	ck_assert_msg(!strcmp(l.text, sc->want), "%s (base %u): got \"%s\", want \"%s\"", sc->name, base, l.text,
		      sc->want);
	l = (struct log){.n = 0};
	fl_stream_end(pool, &f);
	ck_assert_msg(!strcmp(l.text, sc->want_end), "%s at the end: got \"%s\", want \"%s\"", sc->name, l.text,
		      sc->want_end);
	ck_assert_ptr_null(f.stream);
	fl_stream_stats(pool, &st);
	ck_assert_msg(st.overlap_conflicts == sc->conflicts, "%s: %llu conflicts", sc->name,
		      (unsigned long long)st.overlap_conflicts);
	ck_assert_uint_eq(f.conflicts, sc->conflicts);
	ck_assert_uint_eq(fl_stream_pool_used(pool), 0);
	fl_stream_pool_check(pool);
	fl_stream_pool_free(pool);
}
END_TEST

/* ---- property: random captures of a known stream ---- */

struct truth {
	uint8_t *bytes;
	bool *captured;
	uint32_t len, at; /* at: position of the next hand-over */
	uint64_t gap_bytes, gaps;
	int64_t last_ts;
};

static void truth_data(void *user, struct fl_flow *f, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end,
		       int64_t ts_ns, uint64_t frame)
{
	struct truth *t = user;
	size_t i;

	(void)f, (void)end, (void)ts_ns, (void)frame;
	ck_assert_uint_eq(sender, 0);
	ck_assert_uint_le(n, t->len - t->at);
	for (i = 0; i < n; i++) {
		ck_assert_msg(t->captured[t->at + i], "byte %u was never captured", t->at + (unsigned)i);
		ck_assert_uint_eq(p[i], t->bytes[t->at + i]);
	}
	t->at += (uint32_t)n;
}

static void truth_gap(void *user, struct fl_flow *f, uint8_t sender, uint64_t n)
{
	struct truth *t = user;
	uint64_t i;

	(void)f;
	ck_assert_uint_eq(sender, 0);
	ck_assert_uint_le(n, t->len - t->at);
	for (i = 0; i < n; i++)
		ck_assert_msg(!t->captured[t->at + i], "byte %u was captured, but given up", t->at + (unsigned)i);
	t->at += (uint32_t)n;
	t->gap_bytes += n;
	t->gaps++;
}

static uint64_t rng_state;
static uint32_t rnd(uint32_t below)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (uint32_t)((rng_state >> 16) % below);
}

#define ROUNDS 150
#define SEGS_MAX 400
#define MOVE_MAX 20u /* places a segment may be displaced: fewer than FL_STREAM_OOO_SEGS, so that none is given up */

struct sent { uint32_t from, n; unsigned place; };

static int by_place(const void *a, const void *b)
{
	const struct sent *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

START_TEST(test_property)
{
	struct sent segs[SEGS_MAX * 3];
	struct fl_stream_stats st;
	struct truth t = {.len = 0};
	struct fl_stream_ops ops = {truth_data, truth_gap, &t};
	struct fl_stream_pool *pool;
	struct fl_flow f = {.id = 1};
	uint32_t base, pos, n = 0, i, j, most, missing = 0, holes = 0, acked;
	bool with_acks, lossy;
	int64_t ts = 0;
	size_t order;

	rng_state = 0x9e3779b97f4a7c15u * (unsigned)(_i + 1);
	most = 1 + rnd(_i % 3 ? 900 : 12);
	t.len = 1 + rnd(most * 200);
	t.bytes = malloc(t.len);
	t.captured = calloc(t.len, sizeof *t.captured);
	ck_assert(t.bytes && t.captured);
	for (i = 0; i < t.len; i++)
		t.bytes[i] = (uint8_t)rnd(256);
	base = _i % 2 ? 0u - rnd(t.len + 1) : rnd(UINT32_MAX);
	with_acks = rnd(2);
	lossy = rnd(3) > 0;

	for (pos = 0, order = 0; pos < t.len && n + 3 < SEGS_MAX * 3 && order < SEGS_MAX; order++) {
		uint32_t len = 1 + rnd(most), back = pos ? rnd(4) ? 0 : rnd(pos < most ? pos + 1 : most) : 0;

		if (len > t.len - pos)
			len = t.len - pos;
		if (!(lossy && !rnd(12))) { /* else lost, unless an overlapping one brings it */
			segs[n++] = (struct sent){pos - back, len + back, (unsigned)order + rnd(MOVE_MAX)};
			if (!rnd(8)) /* captured twice */
				segs[n++] = (struct sent){pos, len, (unsigned)order + rnd(MOVE_MAX)};
			if (!rnd(8) && len > 2) /* sent again in part */
				segs[n++] = (struct sent){pos + len / 3, len - len / 3, (unsigned)order + rnd(MOVE_MAX)};
		}
		pos += len;
	}
	t.len = pos; /* what was sent in all; a FIN says so */
	for (i = 0; i < n; i++) {
		for (j = 0; j < segs[i].n; j++)
			t.captured[segs[i].from + j] = true;
	}
	for (i = 0; i < t.len; i++) {
		missing += !t.captured[i];
		holes += !t.captured[i] && (!i || t.captured[i - 1]);
	}
	qsort(segs, n, sizeof *segs, by_place);

	ck_assert_int_eq(fl_stream_pool_new(&pool, 1 << 20, &ops), FL_OK);
	feed(pool, &f, 0, S, base - 1, 0, NULL, 0, 0, ts, 1);
	feed(pool, &f, 1, S | K, 77, base, NULL, 0, 0, ts, 2);
	for (i = 0; i < n; i++) {
		ts += rnd(4) * MS / 2;
		feed(pool, &f, 0, K, base + segs[i].from, 78, t.bytes + segs[i].from, segs[i].n, 0, ts, i + 3);
		if (with_acks && !rnd(3)) {
			/* Everything before what may still come out of order has been received. */
			acked = t.len;
			for (j = i + 1; j < n; j++)
				acked = segs[j].from < acked ? segs[j].from : acked;
			feed(pool, &f, 1, K, 78, base + acked, NULL, 0, 0, ts, i + 3);
		}
		if (!rnd(16))
			fl_stream_advance(pool, ts);
		ck_assert_uint_le(fl_stream_pool_used(pool), (FL_STREAM_OOO_SEGS + 1) * FL_BLOCK_BYTES);
	}
	feed(pool, &f, 0, F | K, base + t.len, 78, NULL, 0, 0, ts, n + 3);
	fl_stream_end(pool, &f);
	ck_assert_uint_eq(t.at, t.len);
	ck_assert_uint_eq(t.gap_bytes, missing);
	ck_assert_uint_ge(t.gaps, holes); /* one hole may be given up in two parts */
	ck_assert_uint_eq(f.gap_bytes[0], missing);
	ck_assert_uint_eq(f.gaps[0], t.gaps);
	fl_stream_stats(pool, &st);
	ck_assert(st.gaps == t.gaps && st.gap_bytes == missing && !st.pool_full && !st.overlap_conflicts);
	ck_assert_uint_eq(fl_stream_pool_used(pool), 0);
	fl_stream_pool_free(pool);
	free(t.bytes);
	free(t.captured);
}
END_TEST

/* ---- property: repeats that say the same, and repeats that do not ---- */

static void drop_data(void *user, struct fl_flow *f, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end,
		      int64_t ts_ns, uint64_t frame)
{
	(void)user, (void)f, (void)sender, (void)p, (void)n, (void)end, (void)ts_ns, (void)frame;
}

/* A stream in order, from which now and then some of the latest segments, or something near the end, come again: with the same
 * bytes, or with one of them changed. Each changed one is a conflict, and nothing else is. */
START_TEST(test_conflicts)
{
	struct fl_stream_ops ops = {drop_data, on_gap, NULL};
	static uint8_t bytes[40000], again[8 * 300 + 8];
	uint32_t from[FL_PAST_SEGMENTS + 1] = {0}; /* where the latest segments begin, the last: where the next one will */
	struct fl_stream_pool *pool;
	struct fl_stream_stats st;
	struct fl_flow f = {.id = 7};
	uint32_t base, at, len, end = 0, n_segs = 0, i;
	unsigned changed = 0;

	rng_state = 0xd1342543de82ef95u * (unsigned)(_i + 1);
	base = _i % 2 ? 0u - 9000u : rnd(UINT32_MAX);
	for (i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)rnd(256);
	ck_assert_int_eq(fl_stream_pool_new(&pool, 1 << 20, &ops), FL_OK);
	feed(pool, &f, 0, S, base - 1, 0, NULL, 0, 0, 0, 1);
	while (end + 300 < sizeof bytes) {
		len = 1 + rnd(300);
		feed(pool, &f, 0, K, base + end, 0, bytes + end, len, 0, 0, 1);
		end += len;
		memmove(from, from + 1, sizeof from - sizeof from[0]);
		from[FL_PAST_SEGMENTS] = end;
		n_segs += n_segs < FL_PAST_SEGMENTS;
		if (rnd(3))
			continue;
		if (rnd(2)) { /* whole segments */
			i = rnd(n_segs);
			at = from[FL_PAST_SEGMENTS - n_segs + i];
			len = from[FL_PAST_SEGMENTS - n_segs + i + 1 + rnd(n_segs - i)] - at;
		} else { /* some of the last bytes */
			at = end - 1 - rnd(end < FL_PAST_BYTES ? end : FL_PAST_BYTES);
			len = 1 + rnd(end - at);
		}
		if (at + len == end && len == 1)
			continue; /* could be a keep-alive */
		memcpy(again, bytes + at, len);
		if (rnd(2)) {
			again[rnd(len)] ^= (uint8_t)(1 + rnd(255));
			changed++;
		}
		feed(pool, &f, 0, K, base + at, 0, again, len, 0, 0, 1);
		ck_assert_uint_eq(f.conflicts, changed);
	}
	fl_stream_end(pool, &f);
	fl_stream_stats(pool, &st);
	ck_assert_uint_eq(st.overlap_conflicts, changed);
	ck_assert_uint_gt(changed, 5);
	ck_assert_uint_eq(st.gaps, 0);
	fl_stream_pool_free(pool);
}
END_TEST

/* Flows that share a place of that memory displace one another, and are never compared. */
START_TEST(test_conflicts_displaced)
{
	struct fl_stream_ops ops = {drop_data, on_gap, NULL};
	struct fl_flow a = {.id = 1}, b = {.id = 1 + FL_STREAM_PAST / 2};
	struct fl_stream_pool *pool;

	ck_assert_int_eq(fl_stream_pool_new(&pool, 0, &ops), FL_OK);
	feed(pool, &a, 0, K, 1, 0, "abc", 3, 0, 0, 1);
	feed(pool, &b, 0, K, 1, 0, "xyz", 3, 0, 0, 1);
	feed(pool, &a, 0, K, 1, 0, "xyz", 3, 0, 0, 1);
	feed(pool, &b, 0, K, 1, 0, "xyZ", 3, 0, 0, 1);
	ck_assert(a.conflicts == 0 && b.conflicts == 1);
	feed(pool, &a, 1, K, 1, 0, "qrs", 3, 0, 0, 1); /* the other direction has a place of its own */
	feed(pool, &a, 1, K, 1, 0, "qrS", 3, 0, 0, 1);
	feed(pool, &b, 0, K, 1, 0, "xyZ", 3, 0, 0, 1);
	ck_assert(a.conflicts == 1 && b.conflicts == 2);
	fl_stream_end(pool, &a);
	fl_stream_end(pool, &b);
	fl_stream_pool_free(pool);
}
END_TEST

/* ---- bounds ---- */

START_TEST(test_bounds_per_direction)
{
	struct log l = {.n = 0};
	struct fl_stream_ops ops = {on_data, on_gap, &l};
	struct fl_stream_pool *pool;
	struct fl_flow f = {.id = 1};
	static uint8_t big[60000];
	uint32_t i;

	/* one piece more than may be held, each behind a hole of its own */
	ck_assert_int_eq(fl_stream_pool_new(&pool, 1 << 20, &ops), FL_OK);
	feed(pool, &f, 0, S, 0, 0, NULL, 0, 0, 0, 1);
	for (i = 0; i < FL_STREAM_OOO_SEGS; i++)
		feed(pool, &f, 0, K, 2 + 2 * i, 0, "x", 1, 0, 0, i);
	ck_assert_uint_eq(l.events, 0);
	feed(pool, &f, 0, K, 2 + 2 * i, 0, "x", 1, 0, 0, i);
	ck_assert_str_eq(l.text, "A-1 A<x>");
	fl_stream_end(pool, &f);
	ck_assert_uint_eq(f.gap_bytes[0], FL_STREAM_OOO_SEGS + 1);
	ck_assert_uint_eq(f.gaps[0], FL_STREAM_OOO_SEGS + 1);

	/* more bytes than may be held */
	f = (struct fl_flow){.id = 2};
	feed(pool, &f, 0, S, 0, 0, NULL, 0, 0, 0, 1);
	feed(pool, &f, 0, K, 2, 0, big, sizeof big, 0, 0, 2);
	ck_assert_uint_eq(f.gaps[0], 0);
	feed(pool, &f, 0, K, 2 + sizeof big, 0, big, 6000, 0, 0, 3);
	ck_assert_uint_eq(f.gaps[0], 1);
	ck_assert_uint_eq(f.gap_bytes[0], 1);
	fl_stream_end(pool, &f);
	ck_assert_uint_eq(f.gap_bytes[0], 1);
	ck_assert_uint_eq(fl_stream_pool_used(pool), 0);
	fl_stream_pool_free(pool);
}
END_TEST

START_TEST(test_pool_full)
{
	struct log l = {.n = 0};
	struct fl_stream_ops ops = {on_data, on_gap, &l};
	struct fl_stream_pool *pool;
	struct fl_stream_stats st;
	struct fl_flow a = {.id = 1}, b = {.id = 2}, many[40];
	unsigned i, n;

	/* two blocks: one is the page of states, one holds a piece; the next piece has no room */
	ck_assert_int_eq(fl_stream_pool_new(&pool, 2 * FL_BLOCK_BYTES, &ops), FL_OK);
	feed(pool, &a, 0, S, 0, 0, NULL, 0, 0, 0, 1);
	feed(pool, &a, 0, K, 4, 0, "def", 3, 0, 0, 2);
	feed(pool, &a, 0, K, 9, 0, "ij", 2, 0, 0, 3);
	ck_assert_str_eq(l.text, "A-3 A<def>");
	fl_stream_stats(pool, &st);
	ck_assert_uint_eq(st.pool_full, 1);
	/* another flow takes what is left of the room: nothing can be held for it, not even one piece */
	feed(pool, &b, 0, S, 0, 0, NULL, 0, 0, 0, 4);
	feed(pool, &b, 0, K, 3, 0, "cd", 2, 0, 0, 5);
	ck_assert_str_eq(l.text, "A-3 A<def> A-2 A<cd>");
	fl_stream_end(pool, &a);
	fl_stream_end(pool, &b);
	ck_assert_uint_eq(fl_stream_pool_used(pool), 0);

	/* states until nothing is left: from then on flows are not followed, which each direction says once */
	memset(many, 0, sizeof many);
	for (i = 0, n = 0; i < FL_ARRAY_LEN(many); i++) {
		feed(pool, &many[i], 0, S, 0, 0, NULL, 0, 0, 0, 1);
		feed(pool, &many[i], 0, K, 1, 0, "a", 1, 0, 0, 1);
		feed(pool, &many[i], 0, K, 2, 0, "b", 1, 0, 0, 1);
		feed(pool, &many[i], 1, K, 1, 0, "r", 1, 0, 0, 1);
		ck_assert(many[i].gaps[0] == many[i].gaps[1] && many[i].gaps[0] <= 1);
		n += many[i].gaps[0];
	}
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, FL_ARRAY_LEN(many));
	fl_stream_stats(pool, &st);
	ck_assert_uint_eq(st.pool_full, 2 + n);
	for (i = 0; i < FL_ARRAY_LEN(many); i++)
		fl_stream_end(pool, &many[i]);
	ck_assert_uint_eq(fl_stream_pool_used(pool), 0);
	fl_stream_pool_check(pool);
	fl_stream_pool_free(pool);
}
END_TEST

/* Holes of one flow must not keep another from being followed. */
START_TEST(test_pool_reclaim)
{
	struct log l = {.n = 0};
	struct fl_stream_ops ops = {on_data, on_gap, &l};
	struct fl_stream_pool *pool;
	struct fl_flow hoarder = {.id = 1}, f[40];
	unsigned i;

	memset(f, 0, sizeof f);
	ck_assert_int_eq(fl_stream_pool_new(&pool, 8 * FL_BLOCK_BYTES, &ops), FL_OK);
	feed(pool, &hoarder, 0, S, 0, 0, NULL, 0, 0, 0, 1);
	for (i = 0; i < 7; i++)
		feed(pool, &hoarder, 0, K, 2 + 2 * i, 0, "x", 1, 0, 0, 2);
	ck_assert_uint_eq(fl_stream_pool_used(pool), 8 * FL_BLOCK_BYTES);
	for (i = 0; i < FL_ARRAY_LEN(f); i++) {
		feed(pool, &f[i], 0, S, 0, 0, NULL, 0, 0, 0, 3);
		feed(pool, &f[i], 0, K, 1, 0, "a", 1, 0, 0, 3);
		ck_assert_uint_eq(f[i].gaps[0], 0);
	}
	ck_assert_uint_gt(hoarder.gaps[0], 0);
	for (i = 0; i < FL_ARRAY_LEN(f); i++)
		fl_stream_end(pool, &f[i]);
	fl_stream_end(pool, &hoarder);
	ck_assert_uint_eq(hoarder.gap_bytes[0], 7);
	ck_assert_uint_eq(fl_stream_pool_used(pool), 0);
	fl_stream_pool_free(pool);
}
END_TEST

START_TEST(test_advance)
{
	struct log l = {.n = 0};
	struct fl_stream_ops ops = {on_data, on_gap, &l};
	struct fl_stream_pool *pool;
	struct fl_flow f = {.id = 1}, g = {.id = 2};

	ck_assert_int_eq(fl_stream_pool_new(&pool, 0, &ops), FL_OK);
	feed(pool, &f, 0, K, 1, 0, "a", 1, 0, 0, 1);
	feed(pool, &f, 0, K, 4, 0, "d", 1, 0, 100 * MS, 2);
	feed(pool, &g, 1, K, 1, 0, "a", 1, 0, 200 * MS, 3);
	feed(pool, &g, 1, K, 3, 0, "c", 1, 0, 300 * MS, 4);
	fl_stream_advance(pool, 2100 * MS - 1);
	ck_assert_str_eq(l.text, "A<a> B<a>");
	fl_stream_advance(pool, 2100 * MS);
	ck_assert_str_eq(l.text, "A<a> B<a> A-2 A<d>");
	fl_stream_advance(pool, 9000 * MS);
	ck_assert_str_eq(l.text, "A<a> B<a> A-2 A<d> B-1 B<c>");
	fl_stream_pool_check(pool);
	fl_stream_end(pool, &f);
	fl_stream_end(pool, &g);
	fl_stream_pool_free(pool);
}
END_TEST

/* The stamp does not matter: a clock set back a day neither stops a hole from closing nor closes it early. */
START_TEST(test_clock_steps)
{
	static const int64_t day = INT64_C(86400) * 1000 * MS;
	struct log l = {.n = 0};
	struct fl_stream_ops ops = {on_data, on_gap, &l};
	struct fl_frame fr = {.ts_ns = 2 * day, .mono_ns = 2 * day, .number = 1};
	struct fl_packet p = {.frame = &fr, .outcome = FL_DECODE_TCP, .ip_proto = 6, .tcp_flags = K, .tcp_seq = 1,
			      .payload = (const uint8_t *)"ab", .payload_caplen = 1, .payload_len = 1};
	struct fl_stream_pool *pool;
	struct fl_flow f = {.id = 1};

	ck_assert_int_eq(fl_stream_pool_new(&pool, 1 << 20, &ops), FL_OK);
	fl_stream_packet(pool, &f, 0, &p);
	p.tcp_seq = 4;
	fl_stream_packet(pool, &f, 0, &p); /* behind a hole */
	fr.ts_ns -= day;
	fr.mono_ns += 1999 * MS;
	p.tcp_seq = 5;
	fl_stream_packet(pool, &f, 0, &p);
	ck_assert_str_eq(l.text, "A<a>");
	fr.mono_ns += MS;
	p.tcp_seq = 6;
	fl_stream_packet(pool, &f, 0, &p);
	ck_assert_str_eq(l.text, "A<a> A-2 A<a> A<a> A<a>");
	fr.ts_ns += day; /* and forward again, which is no wait */
	p.tcp_seq = 9;
	fl_stream_packet(pool, &f, 0, &p);
	p.tcp_seq = 10;
	fl_stream_packet(pool, &f, 0, &p);
	ck_assert_str_eq(l.text, "A<a> A-2 A<a> A<a> A<a>");
	fl_stream_advance(pool, fr.mono_ns + 2000 * MS);
	ck_assert_str_eq(l.text, "A<a> A-2 A<a> A<a> A<a> A-2 A<a> A<a>");
	fl_stream_end(pool, &f);
	fl_stream_pool_free(pool);
}
END_TEST

/* fl_stream_advance may be called at any time or never: each direction is handed the same. */
struct two_logs { struct log dir[2]; };

static void two_data(void *user, struct fl_flow *f, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end,
		     int64_t ts_ns, uint64_t frame)
{
	struct two_logs *t = user;

	on_data(&t->dir[sender], f, sender, p, n, end, ts_ns, frame);
}

static void two_gap(void *user, struct fl_flow *f, uint8_t sender, uint64_t n)
{
	struct two_logs *t = user;

	on_gap(&t->dir[sender], f, sender, n);
}

START_TEST(test_advance_changes_nothing)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";
	struct two_logs logs[2] = {0};
	unsigned run, i;

	for (run = 0; run < 2; run++) {
		struct fl_stream_ops ops = {two_data, two_gap, &logs[run]};
		struct fl_stream_pool *pool;
		struct fl_flow f = {.id = 1};
		int64_t ts = 0;

		rng_state = 0xda942042e4dd58b5u * (unsigned)(_i + 1);
		ck_assert_int_eq(fl_stream_pool_new(&pool, 1 << 20, &ops), FL_OK);
		for (i = 0; i < 60; i++) {
			uint32_t from = i + rnd(40), ack = i + rnd(50);
			uint8_t who = (uint8_t)rnd(2), flags = rnd(3) ? K : 0;

			ts += rnd(4) ? rnd(20) * MS : rnd(4000) * MS;
			if (run)
				fl_stream_advance(pool, ts);
			feed(pool, &f, who, flags | P, from, ack, text + from % 20, rnd(7), 0, ts, i);
		}
		fl_stream_end(pool, &f);
		fl_stream_pool_free(pool);
	}
	ck_assert_str_eq(logs[0].dir[0].text, logs[1].dir[0].text);
	ck_assert_str_eq(logs[0].dir[1].text, logs[1].dir[1].text);
	ck_assert_uint_gt(logs[0].dir[0].events, 0);
}
END_TEST

START_TEST(test_limits_of_new)
{
	struct fl_stream_ops ops = {on_data, on_gap, NULL};
	struct fl_stream_pool *pool = NULL;

	ck_assert_int_eq(fl_stream_pool_new(&pool, FL_BLOCK_BYTES - 1, &ops), FL_EINVALID);
	ck_assert_ptr_null(pool);
	fl_stream_pool_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("stream");
	TCase *tc = tcase_create("stream");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_script, 0, (int)(FL_ARRAY_LEN(scripts) * FL_ARRAY_LEN(bases)));
	tcase_add_loop_test(tc, test_property, 0, ROUNDS);
	tcase_add_loop_test(tc, test_conflicts, 0, 60);
	tcase_add_test(tc, test_conflicts_displaced);
	tcase_add_test(tc, test_bounds_per_direction);
	tcase_add_test(tc, test_pool_full);
	tcase_add_test(tc, test_pool_reclaim);
	tcase_add_test(tc, test_advance);
	tcase_add_test(tc, test_clock_steps);
	tcase_add_loop_test(tc, test_advance_changes_nothing, 0, 200);
	tcase_add_test(tc, test_limits_of_new);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
