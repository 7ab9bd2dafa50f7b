/* fuzz_stream.c - bytes become a script of TCP segments into up to three flows that share a small pool.
 *
 *   byte 0       pool size in blocks (low 6 bits, 1..64), bit 6: contents may conflict, bit 7: numbers near the wrap
 *   then, a segment each:
 *     0          flow (2 bits, 3: time only), end (bit 2), big step of time (bit 3), kind of number (bits 4..5)
 *     1          TCP flags
 *     2..3       sequence number, signed, by kind: from next, from next times 64, times 65536, from the start
 *     4..5       captured length (11 bits) and, in bits 11..15, cut bytes times 8
 *     6..7       acknowledgement, signed, from what the other end is at
 *     8          time step (5 ms, or 500 ms)
 *
 * The byte at sequence number n is a function of n, so every hand-over can be checked: the right bytes, at the right
 * number, none twice, the pool within its size and whole at the end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/stream.h"
#include "flow/stream_pool.h"

#define FLOWS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(x)                                                                            \
	do {                                                                                  \
		if (!(x)) {                                                                   \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #x);     \
			abort();                                                              \
		}                                                                             \
	} while (0)

struct seen {
	uint32_t end; /* one past the last byte handed on */
	bool any;
};

static struct fl_flow flows[FLOWS];
static struct seen seen[FLOWS][2];
static bool conflicting;
static uint64_t gaps;

static uint8_t byte_at(uint32_t seq) { return (uint8_t)((seq * 2654435761u) >> 24); }

static void on_data(void *user, struct fl_flow *f, uint8_t sender, const uint8_t *p, size_t n, enum fl_end end,
		    int64_t ts_ns, uint64_t frame)
{
	struct seen *s = &seen[f - flows][sender];
	const struct fl_stream *st = f->stream;
	uint32_t at = st->dir[sender].next;
	size_t i;

	(void)user, (void)ts_ns, (void)frame;
	REQUIRE(n > 0 && (end == FL_OPEN || end == FL_CUT_END));
	REQUIRE(!s->any || (int32_t)(at - s->end) >= 0);
	for (i = 0; i < n; i++)
		REQUIRE(conflicting ? (p[i] | 1) == (byte_at(at + (uint32_t)i) | 1) : p[i] == byte_at(at + (uint32_t)i));
	s->any = true;
	s->end = at + (uint32_t)n;
}

static void on_gap(void *user, struct fl_flow *f, uint8_t sender, uint64_t n)
{
	(void)user;
	REQUIRE(n > 0);
	if (n == UINT64_MAX)
		seen[f - flows][sender].any = false; /* the numbers begin anew */
	gaps++;
}

static uint32_t far(unsigned kind, uint32_t next, int16_t off)
{
	switch (kind) {
	case 0: return next + (uint32_t)(int32_t)off;
	case 1: return next + (uint32_t)(off * 64);
	case 2: return next + (uint32_t)off * 65536u;
	default: return (uint32_t)(int32_t)off;
	}
}

static void segment(struct fl_stream_pool *pool, const uint8_t *b, uint32_t base, int64_t ts_ns, uint64_t number)
{
	struct fl_flow *f = &flows[b[0] & 3];
	uint8_t who = b[0] >> 2 & 1;
	bool followed = f->stream && fl_stream_is_followed(f);
	const struct fl_stream *st = followed ? f->stream : NULL;
	uint32_t n = (b[4] | (uint32_t)b[5] << 8) & 0x7ff, i, seq;
	struct fl_frame fr = {.ts_ns = ts_ns, .mono_ns = ts_ns, .number = number};
	struct fl_packet p = {.frame = &fr, .outcome = FL_DECODE_TCP, .ip_proto = 6, .tcp_flags = b[1] & 0x3f};
	uint8_t *payload = malloc(n ? n : 1);

	REQUIRE(payload);
	seq = far(b[0] >> 4 & 3, st ? st->dir[who].next : base, (int16_t)(b[2] | b[3] << 8));
	p.tcp_seq = seq - ((p.tcp_flags & FL_TCP_SYN) != 0);
	p.tcp_ack = far(0, st ? st->dir[!who].next : base, (int16_t)(b[6] | b[7] << 8));
	for (i = 0; i < n; i++)
		payload[i] = byte_at(seq + i) ^ (conflicting && (number & 1));
	p.payload = n ? payload : NULL;
	p.payload_caplen = n;
	p.payload_len = n + (b[5] >> 3) * 8u;
	fl_stream_packet(pool, f, who, &p);
	fl_stream_check(pool, f);
	free(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fl_stream_ops ops = {on_data, on_gap, NULL};
	struct fl_stream_pool *pool;
	struct fl_stream_stats st;
	uint64_t number = 0, told = 0, conflicts = 0;
	size_t bytes, i;
	int64_t ts_ns = 0;
	uint32_t base;

	if (size < 1)
		return 0;
	bytes = ((data[0] & 63) + 1u) * FL_BLOCK_BYTES;
	conflicting = data[0] & 64;
	base = data[0] & 128 ? UINT32_MAX - 3000 : 1000;
	gaps = 0;
	for (i = 0; i < FLOWS; i++) {
		flows[i] = (struct fl_flow){.id = i + 1};
		seen[i][0] = seen[i][1] = (struct seen){.any = false};
	}
	REQUIRE(fl_stream_pool_new(&pool, bytes, &ops) == 0);
	for (i = 1; i + 9 <= size; i += 9) {
		const uint8_t *b = data + i;

		ts_ns += b[8] * INT64_C(1000000) * (b[0] & 8 ? 500 : 5);
		if ((b[0] & 3) == 3)
			fl_stream_advance(pool, ts_ns);
		else
			segment(pool, b, base, ts_ns, ++number);
		fl_stream_pool_check(pool);
		REQUIRE(fl_stream_pool_used(pool) <= bytes);
	}
	for (i = 0; i < FLOWS; i++) {
		fl_stream_end(pool, &flows[i]);
		REQUIRE(!flows[i].stream);
		told += flows[i].gaps[0] + flows[i].gaps[1];
		conflicts += flows[i].conflicts;
	}
	fl_stream_stats(pool, &st);
	REQUIRE(st.gaps == gaps && told == gaps);
	REQUIRE(st.overlap_conflicts == conflicts);
	REQUIRE(conflicting || !conflicts);
	REQUIRE(fl_stream_pool_used(pool) == 0);
	fl_stream_pool_check(pool);
	fl_stream_pool_free(pool);
	return 0;
}
