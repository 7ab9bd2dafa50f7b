/* cotp.h - ISO transport protocol (X.224, ISO 8073) class 0, as it is carried in TPKT.
 *
 *      0    1      1 + li                       end of the TPKT
 *     +----+-------+---------------------------+
 *     | li | header|  user data (DT only)      |
 *     +----+-------+---------------------------+
 *      header: code in the high bits of its first byte, then by code:
 *          CR CC   destination reference 2, source reference 2, class and options 1, parameters
 *          DR      destination reference 2, source reference 2, reason 1, parameters
 *          DC      destination reference 2, source reference 2, parameters
 *          ER      destination reference 2, cause 1, parameters
 *          DT      end of TSDU 1 bit, TPDU number 7 bits (class 0: no references)
 *      parameter: code 1, length 1, value
 *
 * A message of the layer above (a TSDU) may lie in several DT units; the last has the end bit. S7 controllers also send
 * empty DT units without it, as a sort of acknowledgement: they add nothing and end nothing.
 *
 * The files: cotp_parse.c bytes -> struct fl_cotp; cotp_collect.c DT units -> TSDU; cotp_json.c. Nothing here knows S7.
 * Specs: ITU-T X.224 (11/95) 13; RFC 1006 for class 0 over TCP. */
#ifndef FENCELINE_COTP_H
#define FENCELINE_COTP_H

#include "fenceline/dissector.h"

/* X(code: the high nibble, name, how the header goes on, clause). Without class: these are not part of class 0. */
#define FL_COTP_TYPES(X)                                                       \
	X(0xE, CR, "CR", CONNECT, true, "X.224 13.3")                          \
	X(0xD, CC, "CC", CONNECT, true, "X.224 13.4")                          \
	X(0x8, DR, "DR", DISCONNECT, true, "X.224 13.5")                       \
	X(0xC, DC, "DC", REFERENCES, false, "X.224 13.6")                      \
	X(0xF, DT, "DT", DATA, true, "X.224 13.7")                             \
	X(0x1, ED, "ED", OPAQUE, false, "X.224 13.8")                          \
	X(0x6, AK, "AK", OPAQUE, false, "X.224 13.9")                          \
	X(0x2, EA, "EA", OPAQUE, false, "X.224 13.10")                         \
	X(0x5, RJ, "RJ", OPAQUE, false, "X.224 13.11")                         \
	X(0x7, ER, "ER", ERROR, true, "X.224 13.12")

enum fl_cotp_code {
#define X(num, name, text, shape, class0, clause) FL_COTP_##name = num,
	FL_COTP_TYPES(X)
#undef X
};

enum fl_cotp_shape {
	FL_COTP_SHAPE_CONNECT, FL_COTP_SHAPE_DISCONNECT, FL_COTP_SHAPE_REFERENCES, FL_COTP_SHAPE_DATA, FL_COTP_SHAPE_ERROR,
	FL_COTP_SHAPE_OPAQUE,
};

struct fl_cotp_type {
	const char *name;
	const char *clause;
	uint8_t code;    /* enum fl_cotp_code */
	uint8_t shape;   /* enum fl_cotp_shape */
	bool class0;
};

enum fl_cotp_has {
	FL_COTP_HAS_DST_REF = 1u << 0,
	FL_COTP_HAS_SRC_REF = 1u << 1,
	FL_COTP_HAS_CLASS = 1u << 2,
	FL_COTP_HAS_CAUSE = 1u << 3,
	FL_COTP_HAS_SIZE = 1u << 4,
	FL_COTP_HAS_CALLING = 1u << 5,
	FL_COTP_HAS_CALLED = 1u << 6,
};

/* X(bit name, JSON text): a unit in a good frame that breaks a rule of its own */
#define FL_COTP_FLAWS(X)                                                                                 \
	X(TYPE, "type")             /* no such code, or one that class 0 does not have */                \
	X(LENGTH, "length")         /* the header is shorter than its code needs */                      \
	X(PARAMETER, "parameter")   /* a parameter runs over the header, or has an impossible length */  \
	X(TRAILING, "trailing")     /* user data where class 0 has none */                               \
	X(TOO_LONG, "too_long")     /* a message of more than FL_COTP_TSDU_MAX bytes in several units */ \
	X(PAYLOAD, "payload")       /* a message that is not of the protocol of this flow */

enum fl_cotp_flaw_bit {
#define X(name, text) FL_COTP_FLAW_BIT_##name,
	FL_COTP_FLAWS(X)
#undef X
	FL_COTP_FLAW_COUNT
};

enum fl_cotp_flaw {
#define X(name, text) FL_COTP_FLAW_##name = 1u << FL_COTP_FLAW_BIT_##name,
	FL_COTP_FLAWS(X)
#undef X
};

struct fl_cotp {
	const struct fl_cotp_type *type; /* NULL: no such code */
	uint8_t code;        /* high nibble of the code byte */
	uint8_t li;
	uint8_t has;         /* set of enum fl_cotp_has */
	uint8_t flaws;       /* set of enum fl_cotp_flaw */
	bool cut;            /* header or data were not captured to their end */
	bool eot;            /* DT */
	uint8_t number;      /* DT: always 0 in class 0 */
	uint16_t dst_ref, src_ref;
	uint8_t cls;         /* CR, CC: transport class */
	uint8_t cause;       /* DR: reason; ER: cause */
	uint32_t tpdu_size;  /* bytes */
	const uint8_t *calling, *called; /* TSAP ids, borrowed */
	uint8_t calling_len, called_len;
	struct fl_rd data;   /* DT: user data; CLOSED or CUT */
};

/* fl_cotp_parse - decode the TPDU that fills body.
 * out      written on FL_UNIT and on FL_CUT (out->type is NULL if not even the code was there); borrows from body
 * errors   FL_CUT; FL_MALFORMED: a length indicator of 0, 255 or beyond the body, so that nothing else can be trusted
 * source   X.224 13 */
enum fl_result fl_cotp_parse(struct fl_rd *body, struct fl_cotp *out);

const char *fl_cotp_cause_name(const struct fl_cotp *t); /* of DR and ER; NULL if not listed */
const char *fl_cotp_flaw_name(unsigned bit);

/* One direction's message that is not whole yet; valid when zeroed. */
struct fl_cotp_side {
	uint16_t n;
	bool open;     /* bytes of a message are held */
	bool too_long; /* some had no room */
	bool lost;     /* bytes of the stream were lost since the last end of a message: the next end may be a tail */
	uint8_t bytes[FL_COTP_TSDU_MAX];
};

/* fl_cotp_collect - a DT unit joins what is held. True when it ends a message that has bytes: then *sdu is that message
 * (CUT where its end is not known), in the unit's own bytes or in the side's, until the next call. */
bool fl_cotp_collect(struct fl_cotp_side *s, const struct fl_cotp *dt, struct fl_rd *sdu);
/* fl_cotp_lose - bytes of this direction were lost: what is held can never be whole. */
void fl_cotp_lose(struct fl_cotp_side *s);

/* fl_cotp_json - the fields of a unit into the object that is open in j. */
void fl_cotp_json(const struct fl_cotp *t, struct fl_json *j);

/* fl_cotp_tsap_text - a TSAP as a person reads it: its text, or hex; with the meaning S7 gives two bytes, "0102 (pg, rack
 * 0, slot 2)". Cut at n - 1 bytes. */
void fl_cotp_tsap_text(char *out, size_t n, const uint8_t *tsap, size_t len);

#endif
