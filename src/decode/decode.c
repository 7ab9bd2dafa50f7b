/* decode.c - the entry of decode, and the names of its outcomes.
 *
 * A frame is read once, outside in, each header in wire order through one walk; nothing is allocated and no
 * state is kept, so every worker calls it without locks, and the fuzz target needs nothing else. What could be
 * read before a failure stays in *out: a frame whose transport is cut still has its addresses.
 *
 * Checksums are not verified: a sensor on the sending host, or behind a mirror session of one, sees frames before
 * the network card has filled them in, and would call good traffic broken. */
#include "decode/decode.h"

#include <stddef.h>
#include <string.h>

#include "decode/layers.h"
#include "fenceline/compiler.h"

/* All but tunnel[], which is filled before it is counted. In pieces, which become a few plain stores: as one it becomes
 * a string instruction, whose start costs as much as all the rest of decode. */
static inline void clear(struct fl_packet *p)
{
	uint8_t *b = memset(p, 0, offsetof(struct fl_packet, src));

	memset(b + offsetof(struct fl_packet, src), 0, offsetof(struct fl_packet, ip) - offsetof(struct fl_packet, src));
	memset(b + offsetof(struct fl_packet, ip), 0, offsetof(struct fl_packet, tunnel) - offsetof(struct fl_packet, ip));
}

enum fl_decode_outcome fl_decode(const struct fl_frame *frame, struct fl_packet *out)
{
	const bool cut = frame->wirelen > frame->caplen;
	struct fl_walk w = {
		.p = out,
		.r = {.base = frame->data, .len = frame->caplen, .end = cut ? FL_CUT_END : FL_CLOSED},
		.wire_end = cut ? frame->wirelen : frame->caplen,
	};
	enum fl_decode_outcome outcome;

	clear(out);
	out->frame = frame;
	out->frames = 1;
	out->bytes = frame->wirelen;
	outcome = FL_LIKELY(frame->linktype == FL_LINKTYPE_ETHERNET) ? fl_decode_ethernet(&w)
								     : fl_decode_linktype(&w, frame->linktype);
	out->outcome = (uint8_t)outcome;
	return outcome;
}

enum fl_decode_outcome fl_decode_datagram(struct fl_packet *p, const uint8_t *ip, uint32_t len)
{
	struct fl_walk w = {.p = p, .r = fl_rd_init(ip, len, FL_CLOSED), .wire_end = len};
	enum fl_decode_outcome outcome;

	memset((uint8_t *)p + offsetof(struct fl_packet, src), 0,
	       offsetof(struct fl_packet, tunnel) - offsetof(struct fl_packet, src));
	outcome = fl_decode_ip(&w);
	p->outcome = (uint8_t)outcome;
	return outcome;
}

static const struct {
	const char *key, *text;
	bool decoded;
} outcomes[FL_DECODE_OUTCOME_COUNT] = {
#define X(name, key, ok, text) {key, text, ok},
	FL_DECODE_OUTCOMES(X)
#undef X
};

const char *fl_decode_outcome_key(unsigned outcome)
{
	return outcome < FL_DECODE_OUTCOME_COUNT ? outcomes[outcome].key : "unknown";
}

const char *fl_decode_outcome_text(unsigned outcome)
{
	return outcome < FL_DECODE_OUTCOME_COUNT ? outcomes[outcome].text : "unknown";
}

bool fl_decode_outcome_is_decoded(unsigned outcome)
{
	return outcome < FL_DECODE_OUTCOME_COUNT && outcomes[outcome].decoded;
}
