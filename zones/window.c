/* window.c - is an instant inside of a weekly window of local time?
 *
 * A window belongs to the day on which it opens: [sat] 22:00 to 04:00 goes on into Sunday. It is judged by what the
 * clock on the wall shows, so an hour that is skipped or doubled when summer time turns is as short or as long as it
 * is for the people there. */
#include "zones/model.h"

bool fl_window_open(const struct fl_window *w, int64_t ts_ns)
{
	int64_t at_s = ts_ns / 1000000000 - (ts_ns % 1000000000 < 0);
	int64_t local = at_s + fl_tz_offset(w->tz, at_s);
	int64_t day = local / 86400 - (local % 86400 < 0);
	uint32_t minute = (uint32_t)((local - day * 86400) / 60);
	unsigned today = (unsigned)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday; 0 = Monday */
	unsigned yesterday = (today + 6) % 7;

	if (w->from < w->to)
		return w->days >> today & 1 && minute >= w->from && minute < w->to;
	return (w->days >> today & 1 && minute >= w->from) || (w->days >> yesterday & 1 && minute < w->to);
}
