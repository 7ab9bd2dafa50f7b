/* tpkt.h - TPKT, the frame that carries ISO transport units over TCP (RFC 1006 6).
 *
 *      0      1      2        4                    length
 *     +------+------+--------+---------------------+
 *     |  3   |  0   | length |  TPDU ...           |
 *     +------+------+--------+---------------------+
 *      length counts from the first byte: 7 .. 65535
 *
 * Shared by all that runs on port 102 and elsewhere over ISO transport: S7comm now, MMS if it is added. */
#ifndef FENCELINE_TPKT_H
#define FENCELINE_TPKT_H

#include "fenceline/dissector.h"

#define FL_TPKT_HEADER 4u
#define FL_TPKT_LENGTH_MIN 7u /* a header and the shortest TPDU of three bytes, RFC 1006 6 */

struct fl_tpkt {
	uint16_t length;
	uint8_t reserved;  /* 0 by the rules; receivers do not look at it */
	bool cut;          /* the end was not captured */
	struct fl_rd body; /* the TPDU: CLOSED, or CUT where it was cut; borrows from r */
};

/* fl_tpkt_take - one TPKT.
 * r        at its first byte; left just past it on FL_UNIT and at the end on FL_CUT, else undefined
 * most     longest one that the protocol above can have: a false length must not make the caller wait for 64 KiB
 * out      written on FL_UNIT and FL_CUT; body.base is NULL if not even the header was captured
 * errors   FL_NEED_MORE FL_CUT; FL_MALFORMED: version not 3, length below 7 or above most, or beyond a closed end. Allocates nothing
 * source   RFC 1006 6 */
enum fl_result fl_tpkt_take(struct fl_rd *r, uint16_t most, struct fl_tpkt *out);

#endif
