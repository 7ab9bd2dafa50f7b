/* test_json.c - exact numbers, valid text for any bytes, limits that latch. */
#include "fenceline/json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static const struct { const char *in; size_t n; const char *want; } texts[] = {
	{"plain", 5, "\"plain\""},
	{"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
	{"\n\t\x01\x7f", 4, "\"\\n\\t\\u0001\\u007f\""},
	{"\xc3\xa9", 2, "\"\xc3\xa9\""},                         /* e acute */
	{"\xc3", 1, "\"\xef\xbf\xbd\""},                         /* cut sequence */
	{"\xff\xfe", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},         /* never valid */
	{"\xc0\xaf", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},         /* overlong */
	{"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* surrogate */
	{"\xf4\x8f\xbf\xbf", 4, "\"\xf4\x8f\xbf\xbf\""},         /* U+10FFFF */
	{"\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* beyond */
	{"a\0b", 3, "\"a\\u0000b\""},
	{"", 0, "\"\""},
};

START_TEST(any_bytes_become_valid_text)
{
	char *in = malloc(texts[_i].n ? texts[_i].n : 1);
	struct fl_json j;
	size_t n;

	memcpy(in, texts[_i].in, texts[_i].n);
	fl_json_init(&j, 0);
	fl_json_strn(&j, NULL, in, texts[_i].n);
	ck_assert_str_eq(fl_json_text(&j, &n), texts[_i].want);
	fl_json_done(&j);
	free(in);
}
END_TEST

START_TEST(numbers_and_times_are_exact)
{
	struct fl_json j;

	fl_json_init(&j, 0);
	fl_json_open(&j, NULL);
	fl_json_u64(&j, "max", UINT64_MAX);
	fl_json_u64(&j, "zero", 0);
	fl_json_i64(&j, "min", INT64_MIN);
	fl_json_time(&j, "epoch", 0);
	fl_json_time(&j, "before", -1);
	fl_json_time(&j, "now", INT64_C(1795417200123456789));
	fl_json_bool(&j, "yes", true);
	fl_json_open_array(&j, "list");
	fl_json_u64(&j, NULL, 1);
	fl_json_open(&j, NULL);
	fl_json_close(&j);
	fl_json_str(&j, NULL, "x");
	fl_json_close_array(&j);
	fl_json_str(&j, "none", NULL);
	fl_json_hex(&j, "hex", (const uint8_t *)"\x00\xff\x1a", 3);
	fl_json_fmt(&j, "fmt", "%d/%s", 7, "q\"");
	fl_json_close(&j);
	ck_assert_str_eq(fl_json_text(&j, NULL),
			 "{\"max\":18446744073709551615,\"zero\":0,\"min\":-9223372036854775808,"
			 "\"epoch\":\"1970-01-01T00:00:00.000000000Z\",\"before\":\"1969-12-31T23:59:59.999999999Z\","
			 "\"now\":\"2026-11-23T07:00:00.123456789Z\",\"yes\":true,\"list\":[1,{},\"x\"],\"hex\":\"00ff1a\","
			 "\"fmt\":\"7/q\\\"\"}");
	fl_json_done(&j);
}
END_TEST

START_TEST(limits_latch_and_reset_clears)
{
	struct fl_json j;
	char long_text[3000];
	int i;

	memset(long_text, 'a', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	fl_json_init(&j, 2000);
	fl_json_str(&j, NULL, long_text);
	ck_assert_ptr_null(fl_json_text(&j, NULL));
	fl_json_reset(&j);
	fl_json_u64(&j, NULL, 5);
	ck_assert_str_eq(fl_json_text(&j, NULL), "5");
	fl_json_reset(&j);
	for (i = 0; i < FL_JSON_DEPTH + 1; i++)
		fl_json_open_array(&j, NULL);
	ck_assert_ptr_null(fl_json_text(&j, NULL));
	fl_json_reset(&j);
	fl_json_close(&j);
	ck_assert_ptr_null(fl_json_text(&j, NULL));
	fl_json_done(&j);
	fl_json_init(&j, 0);
	fl_json_fmt(&j, NULL, "%s", long_text); /* longer than the small buffer */
	ck_assert_uint_eq(strlen(fl_json_text(&j, NULL)), sizeof long_text + 1);
	fl_json_done(&j);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("writer");

	tcase_add_loop_test(t, any_bytes_become_valid_text, 0, (int)(sizeof texts / sizeof texts[0]));
	tcase_add_test(t, numbers_and_times_are_exact);
	tcase_add_test(t, limits_latch_and_reset_clears);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
