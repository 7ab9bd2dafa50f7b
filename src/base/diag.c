/* diag.c - diagnostics collected, sorted and printed; near misses found by edit distance. */
#include "fenceline/diag.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void fl_diags_init(struct fl_diags *d)
{
	*d = (struct fl_diags){0};
}

void fl_diags_done(struct fl_diags *d)
{
	if (!d)
		return;
	free(d->list);
	*d = (struct fl_diags){0};
}

void fl_diag(struct fl_diags *d, enum fl_sev sev, struct fl_srcpos at, const char *fmt, ...)
{
	struct fl_diag *e, *grown;
	unsigned cap;
	va_list ap;

	if (sev == FL_SEV_ERROR)
		d->errors++;
	else if (sev == FL_SEV_WARNING)
		d->warnings++;
	if (d->n >= FL_DIAGS_MAX)
		return;
	if (d->n == d->cap) {
		cap = d->cap ? d->cap * 2 : 16;
		grown = realloc(d->list, cap * sizeof *grown);
		if (!grown)
			return; /* counted above, so the load still fails */
		d->list = grown;
		d->cap = cap;
	}
	e = &d->list[d->n++];
	e->sev = sev;
	e->line = at.line;
	e->col = at.col;
	snprintf(e->file, sizeof e->file, "%s", at.file ? at.file : "");
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
}

/* By place; qsort is not stable, so equal places are ordered by text to print the same each time. */
static int by_place(const void *pa, const void *pb)
{
	const struct fl_diag *a = pa, *b = pb;
	int c = strcmp(a->file, b->file);

	if (c)
		return c;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->col != b->col)
		return a->col < b->col ? -1 : 1;
	return strcmp(a->msg, b->msg);
}

void fl_diags_print(const struct fl_diags *d, FILE *f)
{
	static const char *const names[] = {"error", "warning", "note"};
	struct fl_diag *sorted;
	unsigned i, told = 0;

	if (d->n) {
		sorted = malloc(d->n * sizeof *sorted);
		if (sorted) {
			memcpy(sorted, d->list, d->n * sizeof *sorted);
			qsort(sorted, d->n, sizeof *sorted, by_place);
		}
		for (i = 0; i < d->n; i++) {
			const struct fl_diag *e = sorted ? &sorted[i] : &d->list[i];

			if (e->line)
				fprintf(f, "%s:%u:%u: %s: %s\n", e->file, e->line, e->col, names[e->sev], e->msg);
			else
				fprintf(f, "%s%s%s: %s\n", e->file, e->file[0] ? ": " : "", names[e->sev], e->msg);
			told += e->sev != FL_SEV_NOTE;
		}
		free(sorted);
	}
	if (d->errors + d->warnings > told)
		fprintf(f, "... and %u more\n", d->errors + d->warnings - told);
}

/* Levenshtein with adjacent swaps counted as one, over at most 64 bytes: ids are no longer. */
static unsigned distance(const char *a, const char *b)
{
	enum { MAX = 64 };
	unsigned rows[3][MAX + 1], *before = rows[0], *prev = rows[1], *cur = rows[2], *t;
	size_t la = strlen(a), lb = strlen(b), i, j;
	unsigned best, cost;

	if (la > MAX || lb > MAX)
		return MAX;
	for (j = 0; j <= lb; j++)
		prev[j] = (unsigned)j;
	for (i = 1; i <= la; i++) {
		cur[0] = (unsigned)i;
		for (j = 1; j <= lb; j++) {
			cost = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
			best = prev[j - 1] + cost;
			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			cur[j] = best;
		}
		t = before;
		before = prev;
		prev = cur;
		cur = t;
	}
	return prev[lb];
}

const char *fl_suggest(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	unsigned least, d;
	size_t i;

	least = (unsigned)(strlen(word) / 3 + 1);
	for (i = 0; i < n; i++) {
		if (!candidates[i])
			continue;
		d = distance(word, candidates[i]);
		if (d < least || (d == least && !best && d <= strlen(word) / 3)) {
			best = candidates[i];
			least = d;
		}
	}
	return best;
}
