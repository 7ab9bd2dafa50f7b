/* tz.h - offsets of a time zone from UTC, for the windows of conduits.
 *
 * The C library knows one zone per process (TZ, tzset) and guards it with a lock; a verdict is pure and runs in many
 * threads over captures of any age. So the zone's own file is read when the policy is loaded, and a look-up is a
 * bisection over its transitions. What comes after the last transition follows the rule in the file's footer. */
#ifndef FL_ZONES_TZ_H
#define FL_ZONES_TZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/arena.h"
#include "fenceline/compiler.h"

#define FL_TZ_DIR "/usr/share/zoneinfo" /* where every Linux has it; TZDIR is the process's, and not asked */

/* One end of summer time: POSIX "Mm.w.d/time", "Jn/time" or "n/time". */
struct fl_tz_turn {
	char form;            /* 'M', 'J' (1..365, 29 February never counted) or 'N' (0..365) */
	uint16_t day;         /* J, N; M: 0 Sunday .. 6 */
	uint8_t month, week;  /* M: 1..12; 1..5, 5 = last */
	int32_t time_s;       /* after local midnight; -167 h .. 167 h */
};

struct fl_tz {
	const char *name;
	const int64_t *at;      /* UTC seconds, ascending */
	const int32_t *offset;  /* n + 1: before at[0], then from each at[i] on */
	uint32_t n;
	bool has_rule;          /* from at[n - 1] on: the members below */
	bool has_dst;
	int32_t std_s, dst_s;   /* seconds east of UTC */
	struct fl_tz_turn start, end; /* of summer time */
};

/* fl_tz_load - the zone of that IANA name into *out, tables in arena. "UTC" always works. FL_ENOTFOUND (no such name),
 * FL_EFORMAT (its file is broken), FL_ENOMEM, or what the system says. */
int fl_tz_load(struct fl_tz *out, const char *name, struct fl_arena *arena) FL_MUST_USE;
/* fl_tz_parse - the same from a TZif file's bytes (RFC 8536, versions 2 to 4). */
int fl_tz_parse(struct fl_tz *out, const char *name, const void *bytes, size_t n, struct fl_arena *arena) FL_MUST_USE;
/* fl_tz_offset - seconds east of UTC at that instant (seconds since 1970). */
int32_t fl_tz_offset(const struct fl_tz *tz, int64_t at_s);
/* fl_tz_suggest - the known name nearest to a wrong one, into buf; false if none is near. */
bool fl_tz_suggest(const char *name, char *buf, size_t n);

#endif
