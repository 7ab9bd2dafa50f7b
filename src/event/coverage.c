/* coverage.c - the counters of sensor.coverage, from the same rows as struct fl_coverage.
 *
 * The rows stand in the order of a frame's way; the record's members stand in the order of their names. A table of two
 * dozen is walked once per member rather than sorted anew or kept sorted by hand. Pure; any thread. */
#include "event/record.h"

#include <string.h>

struct counter {
	const char *name;
	uint64_t value;
	bool always; /* written when zero, too: "no loss" must be said, not left out */
};

static bool always(const char *name)
{
	static const char *const names[] = {"bytes", "findings_lost", "frames", "interface_dropped", "kernel_dropped"};
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void put_counters(struct fl_json *j, const char *key, const struct counter *c, size_t n)
{
	const struct counter *next, *last = NULL;
	size_t i;

	fl_json_open(j, key);
	for (;;) {
		next = NULL;
		for (i = 0; i < n; i++)
			if ((!last || strcmp(c[i].name, last->name) > 0) && (!next || strcmp(c[i].name, next->name) < 0))
				next = &c[i];
		if (!next)
			break;
		if (next->value || next->always)
			fl_json_u64(j, next->name, next->value);
		last = next;
	}
	fl_json_close(j);
}

void fl_event_put_coverage(struct fl_json *j, const struct fl_coverage *c)
{
	const struct counter counters[] = {
#define X(member, key, text) {key, c->member, always(key)},
		FL_COVERAGE_COUNTERS(X)
#undef X
	};
	const struct counter outcomes[] = {
#define X(name, key, ok, text) {key, c->outcome[FL_DECODE_##name], false},
		FL_DECODE_OUTCOMES(X)
#undef X
	};
	uint64_t decoded = 0;

#define X(name, key, ok, text) decoded += ok ? c->outcome[FL_DECODE_##name] : 0;
	FL_DECODE_OUTCOMES(X)
#undef X
	fl_json_open(j, "coverage");
	put_counters(j, "counters", counters, FL_ARRAY_LEN(counters));
	if (c->frames) /* a 128-bit product, as a counter may use all 64 */
		fl_json_u64(j, "decoded_ppm", (uint64_t)((__extension__(unsigned __int128)decoded) * 1000000u / c->frames));
	fl_json_bool(j, "final", c->final);
	put_counters(j, "outcomes", outcomes, FL_ARRAY_LEN(outcomes));
	fl_json_close(j);
}
