/* datagram.h - the bytes of one IP datagram whose fragments come in any order.
 *
 *     data   0 ......[from to)..........[from to)...... total
 *     run              0                  1                      disjoint, ascending, with a hole between any two
 *
 * Data lie where they belong in one buffer; the runs say which bytes of it are there. So fragments in order, or in
 * reverse, make one run however small they are, and only holes count against the limit. The memory belongs to
 * fragments.c, which counts it. */
#ifndef FL_SRC_DECODE_DATAGRAM_H
#define FL_SRC_DECODE_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/limits.h"

#define FL_DATAGRAM_MAX 65535u /* bytes: RFC 791 3.1; of IPv6 behind its fixed header, RFC 8200 3 */

struct fl_datagram {
	uint8_t *data;      /* data_cap bytes, NULL for none */
	uint8_t *head;      /* what stood before the data of the first fragment, from the IP header on; NULL: not seen yet */
	uint32_t data_cap, head_len;
	uint32_t total;     /* length of the data, where the last fragment was seen; else 0 */
	uint16_t runs;
	struct { uint16_t from, to; } run[FL_FRAGMENT_PIECES];
};

enum fl_datagram_put {
	FL_PUT_NEW,
	FL_PUT_REPEAT,   /* all of it was there, with the same bytes */
	FL_PUT_OVERLAP,  /* part of it was, with the same bytes */
	FL_PUT_CONFLICT, /* bytes that were there are others; those stay */
	FL_PUT_FULL,     /* too many holes: nothing has changed */
};

/* fl_datagram_put - data[from, to), to <= data_cap and from < to. Linear in it and the runs. */
enum fl_datagram_put fl_datagram_put(struct fl_datagram *d, uint32_t from, uint32_t to, const uint8_t *bytes);
uint32_t fl_datagram_end(const struct fl_datagram *d); /* behind the last byte that is there */
bool fl_datagram_is_whole(const struct fl_datagram *d);
/* fl_datagram_build - the whole datagram, without a trace of the fragmentation, into out, which has room for the
 * longest (FL_DATAGRAM_MAX and an IPv6 header). Gives its length; 0: longer than a datagram can be. */
#define FL_DATAGRAM_BUILT_MAX (FL_DATAGRAM_MAX + 40u)
uint32_t fl_datagram_build(const struct fl_datagram *d, uint8_t *out);

#endif
