/* fuzz_fragments.c - a stream of frames with fragments, in little memory.
 *
 *     | version and room 1 | frames: | kind 1 | length 1 | bytes |
 *
 *     kind   bit 0: IPv6, 1: more to come, 2: cut by the snap length, 3: a second passes, 4: other address space,
 *            5: the bytes are a whole IP packet, not the data of a fragment whose header is made here
 *     bytes  of a fragment made here: offset / 8 1, id 1, then its data
 *
 * Every frame counts once: in a datagram that became whole, in one that did not, or alone. What becomes whole is
 * contiguous, and holds the bytes that its fragments had. */
#include "decode/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "decode/numbers.h"
#include "fenceline/rd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

enum { V6 = 1, MORE = 2, CUT = 4, WAIT = 8, OTHER = 16, RAW = 32, HEAD_MAX = 48 };

struct counts { uint64_t added, whole, incomplete, alone, bytes_in, bytes_out; };

static void on_incomplete(void *user, const struct fl_packet *p, uint64_t context)
{
	struct counts *c = user;

	require(p->outcome == FL_DECODE_FRAGMENT && p->frames && p->frame && !p->frame->data && !p->ip && !p->frag);
	require(p->src.kind != FL_ADDR_NONE && context < 4);
	c->incomplete += p->frames;
	c->bytes_out += p->bytes;
}

static uint64_t context_of(void *user, const struct fl_packet *p)
{
	(void)user;
	require(p->outcome == FL_DECODE_FRAGMENT && p->tunnels > 0);
	return 3;
}

/* An IP packet in an exact-size block; NULL if there is none. */
static uint8_t *make(uint8_t kind, struct fl_rd *in, uint32_t *len)
{
	const uint32_t head = kind & RAW ? 0 : kind & V6 ? 48 : 20;
	uint8_t n = fl_rd_u8(in), offset = 0, id = 0, *b;
	const uint8_t *bytes;

	if (!(kind & RAW)) {
		offset = fl_rd_u8(in);
		id = fl_rd_u8(in) & 3;
	}
	if (n > fl_rd_left(in))
		n = (uint8_t)fl_rd_left(in);
	bytes = fl_rd_bytes(in, n);
	*len = head + n;
	if (!bytes || !*len)
		return NULL;
	b = calloc(1, *len);
	if (!b)
		abort();
	memcpy(b + head, bytes, n);
	if (kind & RAW)
		return b;
	b[0] = kind & V6 ? 0x60 : 0x45;
	if (kind & V6) {
		b[5] = (uint8_t)(8 + n);
		b[4] = (uint8_t)((8 + n) >> 8);
		b[6] = FL_IPPROTO_IPV6_FRAG;
		b[40] = n ? bytes[0] & 1 ? FL_IPPROTO_IPV4 : FL_IPPROTO_UDP : FL_IPPROTO_TCP;
		b[42] = (uint8_t)(offset >> 5);
		b[43] = (uint8_t)(offset << 3 | (kind & MORE ? 1 : 0));
		b[47] = id;
	} else {
		b[2] = (uint8_t)(*len >> 8);
		b[3] = (uint8_t)*len;
		b[5] = id;
		b[6] = kind & MORE ? 0x20 : 0;
		b[7] = offset;
		b[9] = id & 1 ? FL_IPPROTO_IPV4 : FL_IPPROTO_UDP;
	}
	return b;
}

static void check_whole(const struct fl_packet *p)
{
	require(p->outcome < FL_DECODE_OUTCOME_COUNT && p->outcome != FL_DECODE_CUT && p->outcome != FL_DECODE_FRAGMENT);
	require(p->ip_caplen == p->ip_len && p->payload_caplen == p->payload_len);
	if (p->payload)
		require(p->ip && p->payload >= p->ip && p->payload + p->payload_len <= p->ip + p->ip_len);
	if (p->ip && p->ip_len) { /* all of it can be read */
		uint8_t *copy = malloc(p->ip_len);

		if (!copy)
			abort();
		memcpy(copy, p->ip, p->ip_len);
		free(copy);
	}
}

static void add(struct fl_fragments *f, struct counts *c, const struct fl_frame *frame, uint64_t context)
{
	struct fl_packet p;

	if (fl_decode(frame, &p) != FL_DECODE_FRAGMENT)
		return;
	c->added++;
	c->bytes_in += p.bytes;
	switch (fl_fragments_add(f, &p, context)) {
	case FL_FRAGMENT_HELD:
		return;
	case FL_FRAGMENT_WHOLE:
		check_whole(&p);
		c->whole += p.frames;
		break;
	case FL_FRAGMENT_ALONE:
		require(p.outcome == FL_DECODE_FRAGMENT);
		c->alone += p.frames;
		break;
	}
	c->bytes_out += p.bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fl_rd in = fl_rd_init(data, size, FL_CLOSED);
	const uint8_t room = fl_rd_u8(&in);
	struct counts c = {0};
	const struct fl_fragments_opts o = {.bytes = 1024u * (1 + (room & 31)), .datagrams = 1 + (room >> 5), .user = &c,
					    .on_incomplete = on_incomplete, .context_of = context_of};
	struct fl_fragments *f = fl_fragments_new(&o);
	struct fl_fragments_stats st;
	struct fl_frame frame = {.linktype = FL_LINKTYPE_RAW};
	uint8_t *b, kind;

	if (!f)
		abort();
	while (fl_rd_left(&in)) {
		kind = fl_rd_u8(&in);
		b = make(kind, &in, &frame.caplen);
		if (!b)
			break;
		frame.data = b;
		frame.wirelen = frame.caplen + (kind & CUT ? 1 : 0);
		frame.mono_ns += kind & WAIT ? FL_FRAGMENT_NS / 4 : 0;
		frame.number++;
		add(f, &c, &frame, kind & OTHER ? 1 : 0);
		fl_fragments_check(f);
		free(b);
	}
	fl_fragments_end(f);
	fl_fragments_check(f);
	fl_fragments_stats(f, &st);
	require(c.added == c.whole + c.incomplete + c.alone);
	require(c.added == c.whole + st.incomplete + st.unheld);
	require(c.bytes_in == c.bytes_out);
	fl_fragments_free(f);
	return 0;
}
