/* test_timeline.c - the time to wait by, under clocks that are late, set back, set forward, or absurd. */
#include <check.h>
#include <stdint.h>

#include "fenceline/compiler.h"
#include "flow/timeline.h"
#include "run.h"

#define SEC INT64_C(1000000000)
#define STEPS_MAX 6

static const struct row {
	const char *name;
	struct { int64_t ts_ns, mono_ns, back_ns; bool clock; } step[STEPS_MAX]; /* ends with ts 0, but as the first */
} rows[] = {
	{"it advances", {{5 * SEC, 5 * SEC, 0, 0}, {6 * SEC, 6 * SEC, 0, 0}, {9 * SEC, 9 * SEC, 0, 1}}},
	{"a late frame", {{100 * SEC, 100 * SEC, 0, 0}, {40 * SEC, 100 * SEC, 0, 0}, {101 * SEC, 101 * SEC, 0, 0}}},
	{"set back", {{100 * SEC, 100 * SEC, 0, 0}, {40 * SEC - 1, 100 * SEC, 60 * SEC + 1, 0}, {41 * SEC - 1, 101 * SEC, 0, 0},
		{45 * SEC - 1, 105 * SEC, 0, 1}}},
	{"set back a day, and forward again", {{86500 * SEC, 86500 * SEC, 0, 0}, {100 * SEC, 86500 * SEC, 86400 * SEC, 0},
		{110 * SEC, 86510 * SEC, 0, 0}, {86520 * SEC, 172920 * SEC, 0, 0}}},
	{"a clock behind the frames says nothing", {{100 * SEC, 100 * SEC, 0, 0}, {10 * SEC, 100 * SEC, 0, 1},
		{101 * SEC, 101 * SEC, 0, 0}}},
	{"the ends of what a file can claim", {{INT64_MAX, INT64_MAX, 0, 0}, {INT64_MIN + 1, INT64_MAX, INT64_MAX, 0},
		{7, INT64_MAX, 0, 0}}},
	{"from the far past", {{INT64_MIN, INT64_MIN, 0, 0}, {INT64_MAX, INT64_MAX, 0, 0}}},
	{"from 1970 on", {{0, 0, 0, 0}, {1, 1, 0, 0}}},
};

START_TEST(test_row)
{
	struct fl_timeline t = {.started = false};
	const struct row *w = &rows[_i];
	int64_t before = INT64_MIN, back;
	unsigned i;

	for (i = 0; i < STEPS_MAX && (!i || w->step[i].ts_ns); i++) {
		struct fl_frame f = {.ts_ns = w->step[i].ts_ns};

		if (w->step[i].clock) {
			f.mono_ns = fl_timeline_advance(&t, w->step[i].ts_ns);
		} else {
			back = fl_timeline_frame(&t, &f);
			ck_assert_msg(back == w->step[i].back_ns, "%s, step %u: back", w->name, i);
		}
		ck_assert_msg(f.mono_ns == w->step[i].mono_ns, "%s, step %u: %lld", w->name, i, (long long)f.mono_ns);
		ck_assert_int_ge(f.mono_ns, before);
		before = f.mono_ns;
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("timeline");
	TCase *tc = tcase_create("timeline");

	tcase_add_loop_test(tc, test_row, 0, (int)FL_ARRAY_LEN(rows));
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
