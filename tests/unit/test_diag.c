/* test_diag.c - every error told once, in order of place; near misses suggested, far ones not. */
#include "fenceline/diag.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static char *printed(const struct fl_diags *d)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	fl_diags_print(d, f);
	fclose(f);
	return text;
}

START_TEST(sorted_by_place)
{
	struct fl_diags d;
	char *text;

	fl_diags_init(&d);
	fl_diag(&d, FL_SEV_ERROR, (struct fl_srcpos){"b.yaml", 2, 1}, "second file");
	fl_diag(&d, FL_SEV_WARNING, (struct fl_srcpos){"a.yaml", 10, 3}, "later %s", "line");
	fl_diag(&d, FL_SEV_ERROR, (struct fl_srcpos){"a.yaml", 9, 30}, "earlier line");
	fl_diag(&d, FL_SEV_ERROR, (struct fl_srcpos){"c.yaml", 0, 0}, "whole file");
	text = printed(&d);
	ck_assert_str_eq(text, "a.yaml:9:30: error: earlier line\na.yaml:10:3: warning: later line\n"
			       "b.yaml:2:1: error: second file\nc.yaml: error: whole file\n");
	ck_assert_uint_eq(d.errors, 3);
	ck_assert_uint_eq(d.warnings, 1);
	free(text);
	fl_diags_done(&d);
}
END_TEST

START_TEST(counts_beyond_the_limit)
{
	struct fl_diags d;
	char *text;
	unsigned i;

	fl_diags_init(&d);
	for (i = 0; i < FL_DIAGS_MAX + 7; i++)
		fl_diag(&d, FL_SEV_ERROR, (struct fl_srcpos){"a.yaml", i + 1, 1}, "wrong");
	text = printed(&d);
	ck_assert_uint_eq(d.errors, FL_DIAGS_MAX + 7);
	ck_assert_ptr_nonnull(strstr(text, "... and 7 more\n"));
	free(text);
	fl_diags_done(&d);
}
END_TEST

static const char *const words[] = {"members", "modbus", "s7comm", "hh-cell-1", "hh-cell-2", "to"};
static const struct { const char *word, *want; } misses[] = {
	{"memebers", "members"}, {"modbsu", "modbus"}, {"Modbus", "modbus"}, {"s7com", "s7comm"}, {"hh-cell1", "hh-cell-1"},
	{"mdobus", "modbus"}, {"profinet", NULL}, {"x", NULL}, {"", NULL}};

START_TEST(suggests)
{
	const char *got = fl_suggest(misses[_i].word, words, FL_ARRAY_LEN(words));

	if (misses[_i].want)
		ck_assert_str_eq(got ? got : "(none)", misses[_i].want);
	else
		ck_assert_msg(!got, "suggested %s for %s", got, misses[_i].word);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("diag");
	TCase *t = tcase_create("diag");

	tcase_add_test(t, sorted_by_place);
	tcase_add_test(t, counts_beyond_the_limit);
	tcase_add_loop_test(t, suggests, 0, (int)FL_ARRAY_LEN(misses));
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
