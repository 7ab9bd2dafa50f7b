/* run.h - runs a Check suite with TAP on standard output, which is what meson counts. Gives the number of failures. */
#ifndef FL_TESTS_UNIT_RUN_H
#define FL_TESTS_UNIT_RUN_H

#include <check.h>

static inline int fl_run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_set_tap(r, "-");
	srunner_run_all(r, CK_SILENT);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}

#endif
