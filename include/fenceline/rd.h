/* rd.h - the one cursor through which all packet bytes are read.
 *
 * State is base, length, offset with off <= len; the only bounds test is n <= len - off, which cannot wrap
 * and never forms a stray pointer. The first error wins and stays, with its offset; later reads give 0 and
 * do not move, so a body reads in wire order and asks once at the end.
 *
 * A view knows its end:
 *   FL_CLOSED  datagram, or cut out by a length field: running over is malformed       -> FL_RD_OVERRUN
 *   FL_OPEN    TCP bytes so far: more may come                                          -> FL_RD_MORE
 *   FL_CUT     snap length or capture loss: what follows cannot be known, and that is
 *              never held against the peer                                              -> FL_RD_CUT
 *
 * The bytes are borrowed: valid until the packet they came from is released. Inline, as each call is a
 * compare and a load in the hot path. Models: Knot wire_ctx.h, OpenBGPD ibuf_get_ibuf(). */
#ifndef FENCELINE_RD_H
#define FENCELINE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fl_end { FL_CLOSED, FL_OPEN, FL_CUT_END };

enum fl_rd_err {
	FL_RD_OK = 0,
	FL_RD_MORE,     /* ran over an OPEN end */
	FL_RD_CUT,      /* ran over a CUT end */
	FL_RD_OVERRUN,  /* ran over a CLOSED end */
	FL_RD_VALUE,    /* fl_rd_require() failed */
	FL_RD_TRAILING, /* fl_rd_close() found bytes left */
};

struct fl_rd {
	const uint8_t *base;
	size_t len;     /* bytes readable from base */
	size_t off;     /* next byte; off <= len */
	size_t origin;  /* absolute position of base[0], for messages */
	size_t missing; /* after MORE: bytes wanted beyond len */
	uint8_t end;    /* enum fl_end */
	uint8_t err;    /* enum fl_rd_err, sticky */
};

static inline struct fl_rd fl_rd_init(const void *p, size_t n, enum fl_end end)
{
	return (struct fl_rd){.base = p, .len = n, .end = (uint8_t)end};
}

static inline enum fl_rd_err fl_rd_err(const struct fl_rd *r) { return (enum fl_rd_err)r->err; }
static inline size_t fl_rd_left(const struct fl_rd *r) { return r->err ? 0 : r->len - r->off; }
static inline size_t fl_rd_pos(const struct fl_rd *r) { return r->origin + r->off; }

static inline void fl_rd_fail(struct fl_rd *r, enum fl_rd_err e)
{
	if (!r->err)
		r->err = (uint8_t)e;
}

/* fl_rd_need - true if n more bytes can be read; else latches what the end means. */
static inline bool fl_rd_need(struct fl_rd *r, size_t n)
{
	if (r->err)
		return false;
	if (n <= r->len - r->off)
		return true;
	r->missing = n - (r->len - r->off);
	r->err = r->end == FL_CLOSED ? FL_RD_OVERRUN : r->end == FL_OPEN ? FL_RD_MORE : FL_RD_CUT;
	return false;
}

static inline const uint8_t *fl_rd_bytes(struct fl_rd *r, size_t n)
{
	const uint8_t *p;

	if (!fl_rd_need(r, n))
		return NULL;
	p = r->base + r->off;
	r->off += n;
	return p;
}

static inline void fl_rd_skip(struct fl_rd *r, size_t n)
{
	if (fl_rd_need(r, n))
		r->off += n;
}

static inline uint8_t fl_rd_u8(struct fl_rd *r)
{
	return fl_rd_need(r, 1) ? r->base[r->off++] : 0;
}

static inline uint64_t fl_rd_be(struct fl_rd *r, unsigned n)
{
	uint64_t v = 0;
	unsigned i;

	if (!fl_rd_need(r, n))
		return 0;
	for (i = 0; i < n; i++)
		v = v << 8 | r->base[r->off + i];
	r->off += n;
	return v;
}

static inline uint64_t fl_rd_le(struct fl_rd *r, unsigned n)
{
	uint64_t v = 0;
	unsigned i;

	if (!fl_rd_need(r, n))
		return 0;
	for (i = n; i-- > 0;)
		v = v << 8 | r->base[r->off + i];
	r->off += n;
	return v;
}

static inline uint16_t fl_rd_be16(struct fl_rd *r) { return (uint16_t)fl_rd_be(r, 2); }
static inline uint32_t fl_rd_be24(struct fl_rd *r) { return (uint32_t)fl_rd_be(r, 3); }
static inline uint32_t fl_rd_be32(struct fl_rd *r) { return (uint32_t)fl_rd_be(r, 4); }
static inline uint64_t fl_rd_be64(struct fl_rd *r) { return fl_rd_be(r, 8); }
static inline uint16_t fl_rd_le16(struct fl_rd *r) { return (uint16_t)fl_rd_le(r, 2); }
static inline uint32_t fl_rd_le32(struct fl_rd *r) { return (uint32_t)fl_rd_le(r, 4); }
static inline uint64_t fl_rd_le64(struct fl_rd *r) { return fl_rd_le(r, 8); }

/* fl_rd_require - latch VALUE unless ok. */
static inline void fl_rd_require(struct fl_rd *r, bool ok)
{
	if (!ok)
		fl_rd_fail(r, FL_RD_VALUE);
}

/* fl_rd_sub - a CLOSED view of exactly n bytes; r moves past them. Empty and in error if they are not there. */
static inline struct fl_rd fl_rd_sub(struct fl_rd *r, size_t n)
{
	struct fl_rd s = {.origin = fl_rd_pos(r), .end = FL_CLOSED};

	if (fl_rd_need(r, n)) {
		s.base = r->base + r->off;
		s.len = n;
		r->off += n;
	} else {
		s.err = r->err;
	}
	return s;
}

/* fl_rd_sub_upto - as fl_rd_sub; but of a CUT view, what is there of n, as a CUT view. */
static inline struct fl_rd fl_rd_sub_upto(struct fl_rd *r, size_t n)
{
	struct fl_rd s;

	if (r->err || r->end != FL_CUT_END || n <= r->len - r->off)
		return fl_rd_sub(r, n);
	s = *r;
	s.base = r->base + r->off;
	s.origin = fl_rd_pos(r);
	s.len = r->len - r->off;
	s.off = 0;
	r->off = r->len;
	return s;
}

/* fl_rd_close - a sub-view must be used up: its error goes to r, leftovers are TRAILING. */
static inline void fl_rd_close(struct fl_rd *r, const struct fl_rd *sub)
{
	if (sub->err)
		fl_rd_fail(r, (enum fl_rd_err)sub->err);
	else if (sub->off != sub->len)
		fl_rd_fail(r, FL_RD_TRAILING);
}

#endif
