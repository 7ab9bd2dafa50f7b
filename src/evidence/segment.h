/* segment.h - names of segment files, and the ones a directory holds.
 *
 *     00000000000000004711.ndjson     20 decimal digits: the number of the segment's first record */
#ifndef FL_SRC_EVIDENCE_SEGMENT_H
#define FL_SRC_EVIDENCE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/compiler.h"

#define FL_SEGMENT_NAME_MAX 32

void fl_segment_name(char buf[FL_SEGMENT_NAME_MAX], uint64_t first);
bool fl_segment_parse(const char *name, uint64_t *first);

/* fl_segment_find - of the segments in dirfd: the last that begins at or below `at` (*below), and the first that begins
 * above it (*above). Either may be missing. One pass over the directory, no list kept. */
struct fl_segment_near {
	bool has_below, has_above;
	uint64_t below, above;
};

int fl_segment_find(int dirfd, uint64_t at, struct fl_segment_near *out) FL_MUST_USE;

#endif
