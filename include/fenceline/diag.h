/* diag.h - a user's mistake, with the place where it stands and the cure.
 *
 *     plant.yaml:14:9: error: conduit "dmz-l3" names unknown zone "l3x"; did you mean "l3"?
 *
 * Collected, never printed by the room that finds them: all errors of a file are reported in one go. */
#ifndef FENCELINE_DIAG_H
#define FENCELINE_DIAG_H

#include <stdio.h>

#include "fenceline/compiler.h"
#include "fenceline/limits.h"

#define FL_DIAG_MAX 320

struct fl_srcpos {
	const char *file; /* as the user named it; borrowed, lives as long as what was parsed */
	unsigned line;    /* 1-based; 0 = no line */
	unsigned col;     /* 1-based, in bytes */
};

enum fl_sev { FL_SEV_ERROR, FL_SEV_WARNING, FL_SEV_NOTE };

struct fl_diag {
	enum fl_sev sev;
	char file[256]; /* own copy: a diagnostic outlives a policy that failed to load */
	unsigned line, col;
	char msg[FL_DIAG_MAX];
};

struct fl_diags {
	struct fl_diag *list; /* heap, grown up to FL_DIAGS_MAX */
	unsigned n, cap;
	unsigned errors, warnings; /* exact, also beyond FL_DIAGS_MAX */
};

void fl_diags_init(struct fl_diags *d);
void fl_diags_done(struct fl_diags *d);
void fl_diag(struct fl_diags *d, enum fl_sev sev, struct fl_srcpos at, const char *fmt, ...) FL_PRINTF(4, 5);
/* fl_diags_print - sorted by file, line, column; then a closing count if any were left out. */
void fl_diags_print(const struct fl_diags *d, FILE *f);

/* fl_suggest - the candidate nearest to word (edit distance at most a third of its length), or NULL. */
const char *fl_suggest(const char *word, const char *const *candidates, size_t n);

#endif
