/* summary_order.c - the order in which a summary tells its rows: always the same for the same findings. */
#include <stdlib.h>
#include <string.h>

#include "summary_data.h"

static int by_u64(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static const char *zone_id(const struct fl_zone *z) { return z ? z->id : "~"; /* unknown last */ }

static int compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct fl_summary *s = arg;
	const struct fl_summary_row *a = &s->rows[*(const uint32_t *)pa], *b = &s->rows[*(const uint32_t *)pb];
	int c;

	c = fl_verdict_is_violation(b->verdict) - fl_verdict_is_violation(a->verdict);
	if (!c)
		c = by_u64(b->verdict == FL_VERDICT_EXCEPTED, a->verdict == FL_VERDICT_EXCEPTED);
	if (!c)
		c = by_u64((uint64_t)a->first_ns, (uint64_t)b->first_ns);
	if (!c)
		c = by_u64(*(const uint32_t *)pa, *(const uint32_t *)pb);
	return c;
}

uint32_t fl_summary_order(const struct fl_summary *s, bool crossings)
{
	uint32_t i, n = 0;

	for (i = 0; i < s->n_rows; i++)
		if ((s->rows[i].relation == FL_RELATION_CROSSING) == crossings)
			s->order[n++] = i;
	/* qsort_r's argument is not const */
	qsort_r(s->order, n, sizeof *s->order, compare_rows, (void *)(uintptr_t)s);
	return n;
}

static int compare_cells(const void *pa, const void *pb, void *arg)
{
	const struct fl_summary *s = arg;
	const struct fl_summary_cell *a = &s->cells[*(const unsigned *)pa], *b = &s->cells[*(const unsigned *)pb];
	int c = strcmp(zone_id(a->from), zone_id(b->from));

	return c ? c : strcmp(zone_id(a->to), zone_id(b->to));
}

unsigned fl_summary_cell_order(const struct fl_summary *s, unsigned *out)
{
	unsigned i;

	for (i = 0; i < s->n_cells; i++)
		out[i] = i;
	qsort_r(out, s->n_cells, sizeof *out, compare_cells, (void *)(uintptr_t)s);
	return s->n_cells;
}
