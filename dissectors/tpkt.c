/* tpkt.c - one TPKT off a stream. Pure; any thread. See tpkt.h. */
#include "tpkt.h"

enum fl_result fl_tpkt_take(struct fl_rd *r, uint16_t most, struct fl_tpkt *out)
{
	struct fl_tpkt t = {0};

	fl_rd_require(r, fl_rd_u8(r) == 3 || fl_rd_err(r)); /* first, so that one wrong byte tells at once */
	t.reserved = fl_rd_u8(r);
	t.length = fl_rd_be16(r);
	fl_rd_require(r, t.length >= FL_TPKT_LENGTH_MIN && t.length <= most);
	if (fl_rd_err(r) == FL_RD_OK)
		t.body = fl_rd_sub_upto(r, t.length - FL_TPKT_HEADER);
	switch (fl_rd_err(r)) {
	case FL_RD_OK:
		t.cut = t.body.len < t.length - FL_TPKT_HEADER;
		break;
	case FL_RD_MORE:
		return FL_NEED_MORE;
	case FL_RD_CUT:
		t = (struct fl_tpkt){.cut = true};
		break;
	default:
		return FL_MALFORMED;
	}
	*out = t;
	return t.cut ? FL_CUT : FL_UNIT;
}
