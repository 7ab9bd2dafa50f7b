/* cotp_collect.c - DT units to the messages they carry (X.224 6.3, segmenting and reassembling).
 *
 * Nearly every message fits one unit and is handed on where it lies. Only of one in several units are bytes held, at most
 * FL_COTP_TSDU_MAX; of a longer one the first so many are handed on as CUT, so that what it is can still be told.
 *
 *      closed --DT without end, with bytes--> open --DT with end--> message, closed
 *         |                                     |
 *         +--DT with end--> message             +--loss--> closed, `lost` until the next end
 *
 * Invariants: n <= FL_COTP_TSDU_MAX; open or n == 0. The bytes of a message are the caller's until the next call. */
#include "cotp.h"

#include <string.h>

static void hold(struct fl_cotp_side *s, const struct fl_rd *data)
{
	size_t room = sizeof s->bytes - s->n, n = data->len < room ? data->len : room;

	if (n)
		memcpy(s->bytes + s->n, data->base, n);
	s->n = (uint16_t)(s->n + n);
	s->too_long |= n < data->len;
}

bool fl_cotp_collect(struct fl_cotp_side *s, const struct fl_cotp *dt, struct fl_rd *sdu)
{
	bool cut = dt->cut;

	if (!s->open && (dt->eot || cut)) {
		s->too_long = false;
		*sdu = dt->data;
		sdu->end = cut ? FL_CUT_END : FL_CLOSED;
		return sdu->len > 0;
	}
	if (!s->open) {
		s->too_long = false;
		s->open = dt->data.len > 0;
	}
	hold(s, &dt->data);
	if (!dt->eot && !cut)
		return false;
	*sdu = fl_rd_init(s->bytes, s->n, cut || s->too_long ? FL_CUT_END : FL_CLOSED);
	s->open = false;
	s->n = 0;
	return true;
}

void fl_cotp_lose(struct fl_cotp_side *s)
{
	s->open = false;
	s->n = 0;
	s->lost = true;
}
