/* summary.h - what a run saw, for a person or as JSON: coverage, zone matrix, crossings, violations.
 *
 * Fed by the writer with every finding before folding, so counts are exact. Bounded: rows beyond SUMMARY_ROWS_MAX are
 * counted and said to be left out (the evidence log has them); so are pairs of zones, gaps and
 * damaged files beyond what is listed. */
#ifndef FL_SRC_REPORT_SUMMARY_H
#define FL_SRC_REPORT_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "fenceline/compiler.h"
#include "fenceline/finding.h"
#include "fenceline/vocab.h"

struct fl_policy;
struct fl_summary;

struct fl_summary_opts {
	const struct fl_policy *policy;
	const struct fl_vocab *vocab;
	const char *const *iface_names;
	unsigned n_ifaces;
	const char *filter; /* the capture filter in use; NULL: everything was looked at */
};

int fl_summary_new(struct fl_summary **out, const struct fl_summary_opts *o) FL_MUST_USE;
void fl_summary_free(struct fl_summary *s);
void fl_summary_add(struct fl_summary *s, const struct fl_finding *f);
/* fl_summary_damage - a capture file that ended early: said beside coverage. */
void fl_summary_damage(struct fl_summary *s, const char *text);
/* fl_summary_print - for a person; colour: with terminal colours. */
void fl_summary_print(const struct fl_summary *s, FILE *f, bool colour);
/* fl_summary_json - the same as one JSON object and a newline; FL_ENOMEM. */
int fl_summary_json(const struct fl_summary *s, FILE *f) FL_MUST_USE;
/* fl_summary_violations - flows that were violations, and operations that were on flows that were not. */
uint64_t fl_summary_violations(const struct fl_summary *s);

#endif
