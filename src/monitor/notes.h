/* notes.h - what one flow says of another that it announced, for the dissector of that one: see fl_announcement. */
#ifndef FL_SRC_MONITOR_NOTES_H
#define FL_SRC_MONITOR_NOTES_H

#include <stdint.h>

#include "fenceline/addr.h"

struct fl_notes;

/* A note is known by the address space, who sends in the announced flow, and a number that is in its data. */
struct fl_note_key {
	uint64_t context;
	struct fl_addr from;
	uint32_t key;
};

struct fl_notes *fl_notes_new(void); /* NULL: no memory. FL_EXPECT_MAX at once; the one used longest ago gives way */
void fl_notes_free(struct fl_notes *n);
/* fl_notes_add - note, not 0, holds until for_ns have passed in which nobody asked for it. Replaces one with the same
 * key. */
void fl_notes_add(struct fl_notes *n, const struct fl_note_key *key, uint32_t note, int64_t now_ns, int64_t for_ns);
/* fl_notes_find - 0: none. O(1). now_ns: monotonic. */
uint32_t fl_notes_find(struct fl_notes *n, const struct fl_note_key *key, int64_t now_ns);

#endif
