/* pcapng.c - walks the blocks of a pcapng file (draft-ietf-opsawg-pcapng) and splits it by link type.
 *
 *     block      | type 4 | total length 4 | body | total length 4 |           total a multiple of 4, >= 12
 *     SHB  3.1   | 0A0D0D0A | total | byte-order magic 4 | version 2+2 | section length 8 | options
 *     IDB  4.2   | 1 | total | link type 2 | reserved 2 | snap length 4 | options
 *     EPB  4.3   | 6 | total | interface 4 | time 4+4 | captured 4 | original 4 | data | options
 *     SPB  4.4   | 3 | total | original 4 | data |                             always of interface 0
 *     PB   B     | 2 | total | interface 2 | drops 2 | time 4+4 | captured 4 | original 4 | data | options
 *
 * libpcap wants one link type and one snap length in a file, and compares a further interface's LINKTYPE_ with
 * the first one's DLT_, so that it even refuses two raw IP interfaces. So in a stream of the split
 *   - every interface stays where it is (numbers in packet blocks need no change), but is rewritten to this
 *     stream's link type and one large snap length;
 *   - packets of interfaces of another link type are left out;
 *   - a simple packet, whose captured length is given by the snap length, becomes an enhanced one;
 *   - blocks that libpcap does not read (names, statistics) are left out.
 * What is torn or malformed is passed on as it stands, so that libpcap says what is wrong: in each stream where
 * it cannot be known whose packet it was; a packet of an interface that nobody described in the first alone.
 *
 * Memory: one block, at most BLOCK_MAX, and one record for each interface of the section. Thread: the reader's. */
#include "capture/pcapng.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "capture/linktype.h"
#include "fenceline/err.h"

enum {
	BLOCK_SHB = 0x0A0D0D0A, /* reads the same in both byte orders */
	BLOCK_IDB = 1,
	BLOCK_PB = 2,
	BLOCK_SPB = 3,
	BLOCK_EPB = 6,
	BYTE_ORDER_MAGIC = 0x1A2B3C4D,

	HEADER = 8, TRAILER = 4, BLOCK_MIN = HEADER + TRAILER,
	SHB_MIN = 28, IDB_MIN = 20, SPB_MIN = 16, EPB_FIXED = 28,
	PEEK = 16,                /* the bytes that tell what a block is: all fields above up to the snap length */
	BLOCK_MAX = 16 << 20,     /* libpcap's own bound for link types that have no larger packets */
	IFACES_MAX = 65536,       /* in a section; the interface number of a PB has 16 bits */
	SNAPLEN = 1 << 27,        /* the largest that libpcap knows (MAXIMUM_SNAPLEN of D-Bus): refuses no packet */
};

static uint32_t get32(const uint8_t *p, bool be)
{
	return be ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
		  : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint16_t get16(const uint8_t *p, bool be)
{
	return (uint16_t)(be ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static void put32(uint8_t *p, uint32_t v, bool be)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * (be ? 3 - i : i));
}

static void put16(uint8_t *p, unsigned v, bool be)
{
	p[be ? 0 : 1] = (uint8_t)(v >> 8);
	p[be ? 1 : 0] = (uint8_t)v;
}

/* The start of a block. */
struct block {
	uint32_t type, total;
	uint8_t peek[PEEK];
	size_t peeked; /* bytes of the block that were read: min(PEEK, total) */
	bool ok;       /* all of these were there and the lengths are possible */
};

/* Reads a block's first bytes; *be is the section's byte order, which an SHB sets. */
static struct block read_start(FILE *f, bool *be)
{
	struct block b = {0};
	size_t want;

	b.peeked = fread(b.peek, 1, BLOCK_MIN, f);
	if (b.peeked < BLOCK_MIN)
		return b;
	b.type = get32(b.peek, *be);
	if (b.type == BLOCK_SHB) {
		*be = get32(b.peek + 8, true) == BYTE_ORDER_MAGIC;
		if (get32(b.peek + 8, *be) != BYTE_ORDER_MAGIC)
			return b;
	}
	b.total = get32(b.peek + 4, *be);
	if (b.total < (b.type == BLOCK_SHB ? SHB_MIN : BLOCK_MIN) || b.total % 4)
		return b;
	want = b.total < PEEK ? b.total : PEEK;
	b.peeked += fread(b.peek + b.peeked, 1, want - b.peeked, f);
	b.ok = b.peeked == want;
	return b;
}

static bool skip_rest(FILE *f, const struct block *b)
{
	return fseeko(f, (off_t)(b->total - b->peeked), SEEK_CUR) == 0;
}

int fl_ng_scan(FILE *f, struct fl_ng_scan *out)
{
	const off_t start = ftello(f);
	unsigned ifaces = 0, i;
	bool be = false, first = true;
	uint32_t snaplen = 0;
	struct block b;

	memset(out, 0, sizeof *out);
	if (start < 0)
		return FL_EIO;
	for (;;) {
		b = read_start(f, &be);
		if (!b.ok || (first && b.type != BLOCK_SHB))
			break;
		first = false;
		if (b.type == BLOCK_IDB && b.total >= IDB_MIN) {
			const uint16_t linktype = get16(b.peek + 8, be);

			if (ifaces && (get32(b.peek + 12, be) != snaplen || linktype != fl_linktype_to_dlt(linktype)))
				out->must_split = true;
			snaplen = get32(b.peek + 12, be);
			ifaces = 1;
			for (i = 0; i < out->linktypes && out->linktype[i] != linktype; i++)
				;
			if (i == FL_NG_LINKTYPES_MAX)
				out->too_many = true;
			else if (i == out->linktypes)
				out->linktype[out->linktypes++] = linktype;
		}
		if (!skip_rest(f, &b))
			break;
	}
	if (out->linktypes > 1)
		out->must_split = true;
	clearerr(f);
	return fseeko(f, start, SEEK_SET) == 0 ? FL_OK : FL_EIO;
}

struct iface {
	uint16_t linktype;
	uint32_t snaplen;
};

struct split {
	FILE *f;
	uint16_t linktype;
	bool first;          /* carries what belongs to no interface */
	bool be;
	bool over;           /* nothing can follow what is in buf */
	struct iface *ifaces; /* of the section */
	size_t n_ifaces, cap_ifaces;
	uint8_t *buf;        /* the block on its way to libpcap */
	size_t off, len, cap;
	_Atomic uint64_t *pos;
};

static bool reserve(struct split *s, size_t n)
{
	uint8_t *grown;

	if (n <= s->cap)
		return true;
	n = n < 65536 ? 65536 : n;
	grown = realloc(s->buf, n);
	if (!grown)
		return false;
	s->buf = grown;
	s->cap = n;
	return true;
}

/* Remembers an interface; beyond the limit its packets count as of an unknown one. */
static bool add_iface(struct split *s, uint16_t linktype, uint32_t snaplen)
{
	struct iface *grown;
	size_t cap;

	if (s->n_ifaces == IFACES_MAX)
		return true;
	if (s->n_ifaces == s->cap_ifaces) {
		cap = s->cap_ifaces ? s->cap_ifaces * 2 : 8;
		grown = realloc(s->ifaces, cap * sizeof *grown);
		if (!grown)
			return false;
		s->ifaces = grown;
		s->cap_ifaces = cap;
	}
	s->ifaces[s->n_ifaces++] = (struct iface){linktype, snaplen};
	return true;
}

static bool is_wanted(const struct split *s, const struct block *b)
{
	uint32_t iface;

	switch (b->type) {
	case BLOCK_SHB:
	case BLOCK_IDB:
		return true;
	case BLOCK_SPB:
		iface = 0;
		break;
	case BLOCK_EPB:
		iface = get32(b->peek + 8, s->be);
		break;
	case BLOCK_PB:
		iface = get16(b->peek + 8, s->be);
		break;
	default:
		return false;
	}
	return iface < s->n_ifaces ? s->ifaces[iface].linktype == s->linktype : s->first;
}

/* Makes the SPB in buf an EPB of interface 0 without a time. */
static bool enhance(struct split *s, uint32_t total)
{
	const uint32_t data = total - SPB_MIN, snaplen = s->ifaces[0].snaplen;
	const uint32_t original = get32(s->buf + 8, s->be), grown = total + EPB_FIXED - (SPB_MIN - TRAILER);
	uint32_t captured = original < data ? original : data;

	if (snaplen && captured > snaplen)
		captured = snaplen;
	if (!reserve(s, grown))
		return false;
	memmove(s->buf + EPB_FIXED, s->buf + SPB_MIN - TRAILER, data);
	put32(s->buf, BLOCK_EPB, s->be);
	put32(s->buf + 4, grown, s->be);
	memset(s->buf + 8, 0, 12); /* interface, time */
	put32(s->buf + 20, captured, s->be);
	put32(s->buf + 24, original, s->be);
	put32(s->buf + grown - TRAILER, grown, s->be);
	s->len = grown;
	return true;
}

/* Fits the whole block in buf for libpcap. */
static bool fit(struct split *s, const struct block *b)
{
	if (b->type == BLOCK_SHB)
		s->n_ifaces = 0;
	if (b->type == BLOCK_IDB && b->total >= IDB_MIN) {
		if (!add_iface(s, get16(s->buf + 8, s->be), get32(s->buf + 12, s->be)))
			return false;
		put16(s->buf + 8, (unsigned)fl_linktype_to_dlt(s->linktype), s->be);
		put32(s->buf + 12, SNAPLEN, s->be);
	}
	if (b->type == BLOCK_SPB && b->total >= SPB_MIN && s->n_ifaces)
		return enhance(s, b->total);
	return true;
}

/* Fills buf with the next block for libpcap; leaves it empty at the end. False: memory. */
static bool next_block(struct split *s)
{
	struct block b;

	s->off = s->len = 0;
	while (!s->over) {
		b = read_start(s->f, &s->be);
		if (b.ok && !is_wanted(s, &b)) {
			if (!skip_rest(s->f, &b))
				s->over = true;
			continue;
		}
		if (!reserve(s, b.ok && b.total <= BLOCK_MAX ? b.total : PEEK))
			return false;
		memcpy(s->buf, b.peek, b.peeked);
		s->len = b.peeked;
		if (!b.ok || b.total > BLOCK_MAX) {
			s->over = true; /* the end, or a length that libpcap will refuse */
			break;
		}
		s->len += fread(s->buf + s->len, 1, b.total - s->len, s->f);
		if (s->len == b.total)
			return fit(s, &b);
		s->over = true;
	}
	return true;
}

static ssize_t split_read(void *cookie, char *out, size_t size)
{
	struct split *s = cookie;
	size_t n;

	if (s->off == s->len) {
		if (!next_block(s))
			return -1;
		atomic_store_explicit(s->pos, (uint64_t)ftello(s->f), memory_order_relaxed);
	}
	n = s->len - s->off < size ? s->len - s->off : size;
	if (n)
		memcpy(out, s->buf + s->off, n);
	s->off += n;
	return (ssize_t)n;
}

static int split_close(void *cookie)
{
	struct split *s = cookie;

	fclose(s->f);
	free(s->ifaces);
	free(s->buf);
	free(s);
	return 0;
}

FILE *fl_ng_split(FILE *f, const struct fl_ng_scan *scan, unsigned which, _Atomic uint64_t *pos)
{
	struct split *s = calloc(1, sizeof *s);
	FILE *stream = NULL;

	if (s) {
		*s = (struct split){.f = f, .linktype = scan->linktype[which], .first = which == 0, .pos = pos};
		stream = fopencookie(s, "r", (cookie_io_functions_t){.read = split_read, .close = split_close});
	}
	if (!stream) {
		fclose(f);
		free(s);
	}
	return stream;
}
