/* datagram.c - see datagram.h. Pure: no allocation, no state but the datagram's.
 *
 * The header of a datagram put together is that of its first fragment (RFC 791 3.2, RFC 8200 4.5): IPv4 with the length
 * of the whole, no fragment offset, and a checksum that is right; IPv6 with the length of the whole and without the
 * fragment header, whose next header moves to the header before it. */
#include "decode/datagram.h"

#include <string.h>

#include "decode/numbers.h"
#include "fenceline/rd.h"

enum { IP6_HEADER = 40, IP6_FRAGMENT_HEADER = 8, IP4_CHECKSUM_AT = 10 };

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Runs first to before last become one, which is [from, to) and them. None of them: it is a new one. */
static void join_runs(struct fl_datagram *d, unsigned first, unsigned last, uint32_t from, uint32_t to)
{
	if (last > first) {
		from = least(from, d->run[first].from);
		to = most(to, d->run[last - 1].to);
	}
	memmove(&d->run[first + 1], &d->run[last], (d->runs - last) * sizeof d->run[0]);
	d->runs = (uint16_t)(d->runs + 1 + first - last);
	d->run[first].from = (uint16_t)from;
	d->run[first].to = (uint16_t)to;
}

enum fl_datagram_put fl_datagram_put(struct fl_datagram *d, uint32_t from, uint32_t to, const uint8_t *bytes)
{
	bool overlaps = false, differs = false, contained = false;
	uint32_t at = from, low, high;
	unsigned first = 0, last;

	while (first < d->runs && d->run[first].to < from)
		first++;
	if (d->runs == FL_FRAGMENT_PIECES && (first == d->runs || d->run[first].from > to))
		return FL_PUT_FULL;
	for (last = first; last < d->runs && d->run[last].from <= to; last++) {
		low = most(from, d->run[last].from);
		high = least(to, d->run[last].to);
		if (at < low)
			memcpy(d->data + at, bytes + (at - from), low - at);
		if (low < high) {
			overlaps = true;
			contained = low == from && high == to;
			differs = differs || memcmp(d->data + low, bytes + (low - from), high - low) != 0;
		}
		at = high;
	}
	if (at < to)
		memcpy(d->data + at, bytes + (at - from), to - at);
	join_runs(d, first, last, from, to);
	return differs ? FL_PUT_CONFLICT : contained ? FL_PUT_REPEAT : overlaps ? FL_PUT_OVERLAP : FL_PUT_NEW;
}

uint32_t fl_datagram_end(const struct fl_datagram *d)
{
	return d->runs ? d->run[d->runs - 1].to : 0;
}

bool fl_datagram_is_whole(const struct fl_datagram *d)
{
	return d->head && d->total && d->runs == 1 && d->run[0].from == 0 && d->run[0].to == d->total;
}

static void put_be16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static uint32_t build_ip4(const struct fl_datagram *d, uint8_t *out)
{
	const uint32_t len = d->head_len + d->total;
	struct fl_rd r = fl_rd_init(out, d->head_len, FL_CLOSED);
	uint32_t sum = 0;

	if (len > FL_DATAGRAM_MAX)
		return 0;
	memcpy(out, d->head, d->head_len);
	memcpy(out + d->head_len, d->data, d->total);
	put_be16(out + 2, len);
	out[6] &= 0x40; /* of flags and offset, "don't fragment" stays */
	out[7] = 0;
	put_be16(out + IP4_CHECKSUM_AT, 0);
	while (fl_rd_left(&r))
		sum += fl_rd_be16(&r);
	sum = (sum & 0xFFFF) + (sum >> 16);
	put_be16(out + IP4_CHECKSUM_AT, ~(sum + (sum >> 16)));
	return len;
}

/* Where in the head the number of the fragment header stands: decode has walked there, so it is found. */
static size_t next_header_at(const struct fl_datagram *d)
{
	struct fl_rd r = fl_rd_init(d->head, d->head_len, FL_CLOSED);
	size_t at = 6;
	uint8_t proto = d->head[at], next, len;

	fl_rd_skip(&r, IP6_HEADER);
	while (proto != FL_IPPROTO_IPV6_FRAG && fl_rd_left(&r)) {
		at = fl_rd_pos(&r);
		next = fl_rd_u8(&r);
		len = fl_rd_u8(&r);
		fl_rd_skip(&r, proto == FL_IPPROTO_AH ? (len + 2u) * 4 - 2 : (len + 1u) * 8 - 2);
		proto = next;
	}
	return at;
}

static uint32_t build_ip6(const struct fl_datagram *d, uint8_t *out)
{
	const uint32_t kept = d->head_len - IP6_FRAGMENT_HEADER, len = kept - IP6_HEADER + d->total;

	if (len > FL_DATAGRAM_MAX)
		return 0;
	memcpy(out, d->head, kept);
	memcpy(out + kept, d->data, d->total);
	put_be16(out + 4, len);
	out[next_header_at(d)] = d->head[kept];
	return kept + d->total;
}

uint32_t fl_datagram_build(const struct fl_datagram *d, uint8_t *out)
{
	return d->head[0] >> 4 == 6 ? build_ip6(d, out) : build_ip4(d, out);
}
