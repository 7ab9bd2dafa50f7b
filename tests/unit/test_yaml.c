/* test_yaml.c - trees with positions, what is refused while reading, and each take function at its edges. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"
#include "fenceline/err.h"
#include "run.h"

/* Parse from an exact-size block. */
static int parse(struct fl_yaml *y, const char *text, size_t n, struct fl_diags *d)
{
	char *copy = malloc(n ? n : 1);
	int err;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, n);
	fl_diags_init(d);
	err = fl_yaml_parse(y, "t.yaml", copy, n, d);
	free(copy);
	return err;
}

/* ---- refused ---- */

#define X10(s) s "," s "," s "," s "," s "," s "," s "," s "," s "," s

static const struct {
	const char *name, *text;
	unsigned line, col;
	const char *says;
} refused[] = {
	{"empty", "", 1, 1, "the file is empty"},
	{"comment only", "# nothing\n", 1, 1, "the file is empty"},
	{"tab", "a: 1\n\tb: 2\n", 2, 1, "tabs"},
	{"tab before a key", "a:\n\tb: 2\n", 2, 1, "indent with spaces, not tabs"},
	{"two documents", "a: 1\n---\nb: 2\n", 2, 1, "second document"},
	{"not UTF-8", "a: \"x\xff\"\n", 1, 6, "0xff is not UTF-8"},
	{"overlong", "a: \xc0\xaf\n", 1, 4, "not UTF-8"},
	{"surrogate", "a: \xed\xa0\x80\n", 1, 4, "not UTF-8"},
	{"beyond Unicode", "a: \xf4\x90\x80\x80\n", 1, 4, "not UTF-8"},
	{"cut character", "a: \xe2\x82", 1, 4, "not UTF-8"},
	{"control character", "a: x\033[31m\n", 1, 5, "U+001B"},
	{"escaped control", "a: \"\\e[31m\"\n", 1, 4, "control character"},
	{"escaped NUL", "a: \"x\\0y\"\n", 1, 4, "control character"},
	{"directive", "%YAML 1.1\n---\na: 1\n", 1, 1, "directives"},
	{"directive after CR", "# x\r%TAG ! x\n---\na: 1\n", 2, 1, "directives"},
	{"tag", "a: !!int 3\n", 1, 4, "tags"},
	{"cycle", "a: &x [1, *x]\n", 1, 11, "never end"},
	{"unknown alias", "a: *x\n", 1, 4, "names no anchor"},
	{"alias bomb",
	 "a: &a [" X10("x") "]\nb: &b [" X10("*a") "]\nc: &c [" X10("*b") "]\nd: &d [" X10("*c") "]\ne: &e [" X10("*d")
	 "]\nf: &f [" X10("*e") "]\ng: [" X10("*f") "]\n",
	 7, 11, "too large"},
	{"deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 1, 33, "nested too deeply"},
	{"list as key", "? [a, b]\n: 1\n", 1, 3, "a key must be one word"},
	{"column in bytes", "\xc3\xa4: \"\xc3\xa4\xc3\xb6\" ]\n", 1, 12, "not YAML"},
	{"unclosed", "a: [1, 2\n", 2, 1, "not YAML"},
};

START_TEST(test_refused)
{
	struct fl_yaml y;
	struct fl_diags d;

	ck_assert_int_eq(parse(&y, refused[_i].text, strlen(refused[_i].text), &d), FL_EINVALID);
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_msg(strstr(d.list[0].msg, refused[_i].says), "%s: %s", refused[_i].name, d.list[0].msg);
	ck_assert_msg(d.list[0].line == refused[_i].line && d.list[0].col == refused[_i].col, "%s: at %u:%u", refused[_i].name,
		      d.list[0].line, d.list[0].col);
	ck_assert_str_eq(d.list[0].file, "t.yaml");
	fl_yaml_done(&y);
	fl_diags_done(&d);
}
END_TEST

START_TEST(test_anchors_bounded)
{
	char text[8192];
	size_t n = 0;
	struct fl_yaml y;
	struct fl_diags d;
	int i;

	for (i = 0; i <= (int)FL_YAML_ANCHORS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "- &a%d x\n", i);
	ck_assert_int_eq(parse(&y, text, n, &d), FL_EINVALID);
	ck_assert_uint_eq(d.list[0].line, FL_YAML_ANCHORS_MAX + 1);
	fl_yaml_done(&y);
	fl_diags_done(&d);
}
END_TEST

/* ---- tree ---- */

START_TEST(test_tree)
{
	static const char text[] = "\xef\xbb\xbfg\xc3\xbcter: &x [22:00, no, \"\"]\r\n"
				   "mac: 00:1b:1b:00:00:00/24\r\n"
				   "copy: *x\r\n"
				   "none:\r\n";
	const struct fl_yaml_item *it;
	struct fl_yaml y;
	struct fl_diags d;

	ck_assert_int_eq(parse(&y, text, sizeof text - 1, &d), FL_OK);
	ck_assert_uint_eq(y.root->kind, FL_YAML_MAP);
	ck_assert_uint_eq(y.root->n, 4);
	ck_assert_uint_eq(y.root->weight, 1 + 4 + 4 + 1 + 4 + 1); /* root, keys, list twice, two scalars */
	it = y.root->first;
	ck_assert_str_eq(it->key->text, "g\xc3\xbcter");
	ck_assert_uint_eq(it->value->at.col, 9); /* bytes: ü is two */
	ck_assert_uint_eq(it->value->n, 3);
	ck_assert_str_eq(it->value->first->value->text, "22:00");
	ck_assert_uint_eq(it->value->first->value->at.col, 13);
	ck_assert_str_eq(it->value->first->next->value->text, "no");
	ck_assert(!fl_yaml_nothing(it->value->first->next->next->value)); /* "" is a text */
	ck_assert_str_eq(it->next->value->text, "00:1b:1b:00:00:00/24");
	ck_assert_uint_eq(it->next->key->at.line, 2);
	ck_assert_ptr_eq(it->next->next->value, it->value);
	ck_assert(fl_yaml_nothing(it->next->next->next->value));
	ck_assert_str_eq(fl_yaml_peek(y.root, "mac"), "00:1b:1b:00:00:00/24");
	ck_assert_ptr_null(fl_yaml_peek(y.root, "copy"));
	ck_assert_ptr_null(fl_yaml_peek(y.root, "nothing"));
	fl_yaml_done(&y);
	fl_yaml_done(&y);
	fl_yaml_done(NULL);
	fl_diags_done(&d);
}
END_TEST

/* ---- take ---- */

static const char *const colours[] = {"red", "green", "blue"};
static const struct fl_yaml_names colour_names = {colours, 3};
static const struct fl_yaml_span span_20 = {5, 20}, span_64k = {1, 65536};

struct object {
	const char *text;
	const char *const *texts;
	bool flag;
	uint32_t number, set, clock;
	uint8_t name;
	int64_t day, day_end, duration;
	uint64_t size;
	struct fl_yaml_ranges ranges;
};

static const struct fl_yaml_key keys[] = {
	{"text", fl_yaml_take_text, offsetof(struct object, text)},
	{"texts", fl_yaml_take_texts, offsetof(struct object, texts)},
	{"flag", fl_yaml_take_bool, offsetof(struct object, flag)},
	{"number", fl_yaml_take_u32, offsetof(struct object, number), &span_20},
	{"name", fl_yaml_take_name, offsetof(struct object, name), &colour_names},
	{"set", fl_yaml_take_names, offsetof(struct object, set), &colour_names},
	{"clock", fl_yaml_take_clock, offsetof(struct object, clock)},
	{"day", fl_yaml_take_day, offsetof(struct object, day)},
	{"day_end", fl_yaml_take_day_end, offsetof(struct object, day_end)},
	{"duration", fl_yaml_take_duration, offsetof(struct object, duration)},
	{"size", fl_yaml_take_size, offsetof(struct object, size), &span_64k},
	{"ranges", fl_yaml_take_ranges, offsetof(struct object, ranges), &span_20},
};

static bool take(const char *text, struct object *o, struct fl_diags *d, struct fl_arena *arena)
{
	struct fl_yaml_ctx c = {.diags = d, .arena = arena};
	struct fl_yaml y;
	bool ok;

	fl_arena_init(arena, 0);
	memset(o, 0, sizeof *o);
	ck_assert_int_eq(parse(&y, text, strlen(text), d), FL_OK);
	ok = fl_yaml_map(&c, y.root, "thing \"t\"", keys, FL_ARRAY_LEN(keys), o);
	ck_assert(ok == !d->errors);
	ck_assert(!c.nomem);
	fl_yaml_done(&y); /* what was taken must not need the tree */
	return ok;
}

START_TEST(test_take)
{
	static const char text[] = "text: no\ntexts: [a, b]\nflag: on\nnumber: 20\nname: Green\nset: [blue, red]\nclock: 24:00\n"
				   "day: 2024-02-29\nday_end: 1970-01-01\nduration: 90d\nsize: 64K\nranges: [7, 5-6, 9-10, 10-20]\n";
	struct fl_arena arena;
	struct fl_diags d;
	struct object o;

	ck_assert(take(text, &o, &d, &arena));
	ck_assert_str_eq(o.text, "no");
	ck_assert_str_eq(o.texts[1], "b");
	ck_assert_ptr_null(o.texts[2]);
	ck_assert(o.flag);
	ck_assert_uint_eq(o.number, 20);
	ck_assert_uint_eq(o.name, 1);
	ck_assert_uint_eq(o.set, 5);
	ck_assert_uint_eq(o.clock, 1440);
	ck_assert_int_eq(o.day, INT64_C(1709164800) * 1000000000);
	ck_assert_int_eq(o.day_end, INT64_C(86400) * 1000000000);
	ck_assert_int_eq(o.duration, INT64_C(90) * 86400 * 1000000000);
	ck_assert_uint_eq(o.size, 65536);
	ck_assert_uint_eq(o.ranges.n, 2); /* 5-7 and 9-20: neighbours are joined */
	ck_assert_uint_eq(o.ranges.list[0].lo, 5);
	ck_assert_uint_eq(o.ranges.list[0].hi, 7);
	ck_assert_uint_eq(o.ranges.list[1].hi, 20);
	fl_arena_done(&arena);
	fl_diags_done(&d);
	ck_assert(take("texts: one\nset: red\nranges: 5\nduration: 500ms\nflag: off\n", &o, &d, &arena));
	ck_assert_str_eq(o.texts[0], "one");
	ck_assert_uint_eq(o.ranges.n, 1);
	ck_assert_int_eq(o.duration, 500000000);
	fl_arena_done(&arena);
	fl_diags_done(&d);
}
END_TEST

static const struct {
	const char *text, *says;
} wrong[] = {
	{"text:\n", "1:6: \"text\" in thing \"t\" must be a text, not nothing"},
	{"text: ~\n", "1:7: \"text\" in thing \"t\" must be a text, not nothing"},
	{"text: \"\"\n", "1:7: \"text\" in thing \"t\" must be a text, not \"\""},
	{"text: [a]\n", "1:7: \"text\" in thing \"t\" must be a text, not a list"},
	{"texts: [a, {b: c}]\n", "1:12: \"texts\" in thing \"t\" must be a text, not a mapping"},
	{"flag: maybe\n", "1:7: \"flag\" in thing \"t\" must be true or false, not \"maybe\""},
	{"number: 21\n", "1:9: \"number\" in thing \"t\" must be a number from 5 to 20, not \"21\""},
	{"number: -7\n", "1:9: \"number\" in thing \"t\" must be a number from 5 to 20, not \"-7\""},
	{"number: 0x10\n", "1:9: \"number\" in thing \"t\" must be a number from 5 to 20, not \"0x10\""},
	{"number: 99999999999999999999999\n",
	 "1:9: \"number\" in thing \"t\" must be a number from 5 to 20, not \"99999999999999999999999\""},
	{"name: gren\n", "1:7: \"name\" in thing \"t\" cannot be \"gren\"; did you mean \"green\"?"},
	{"name: 7\n", "1:7: \"name\" in thing \"t\" must be one of red, green, blue, not \"7\""},
	{"set: []\n", "1:6: \"set\" in thing \"t\" must be a list of at least one word, not a list"},
	{"clock: 24:01\n", "1:8: \"clock\" in thing \"t\" must be a time of day HH:MM up to 24:00, not \"24:01\""},
	{"clock: 22:0\n", "1:8: \"clock\" in thing \"t\" must be a time of day HH:MM up to 24:00, not \"22:0\""},
	{"clock: 22:60\n", "1:8: \"clock\" in thing \"t\" must be a time of day HH:MM up to 24:00, not \"22:60\""},
	{"clock: 2200\n", "1:8: \"clock\" in thing \"t\" must be a time of day HH:MM up to 24:00, not \"2200\""},
	{"day: 2026-02-29\n", "1:6: \"day\" in thing \"t\" must be a date YYYY-MM-DD, not \"2026-02-29\""},
	{"day: 2100-02-29\n", "1:6: \"day\" in thing \"t\" must be a date YYYY-MM-DD, not \"2100-02-29\""},
	{"day: 26-02-20\n", "1:6: \"day\" in thing \"t\" must be a date YYYY-MM-DD, not \"26-02-20\""},
	{"day: 2300-01-01\n", "1:6: \"day\" in thing \"t\" must be a date YYYY-MM-DD, not \"2300-01-01\""},
	{"duration: 5\n", "1:11: \"duration\" in thing \"t\" must be a duration such as 500ms, 30s, 5m, 12h or 90d, not \"5\""},
	{"duration: 0s\n", "1:11: \"duration\" in thing \"t\" must be a duration such as 500ms, 30s, 5m, 12h or 90d, not \"0s\""},
	{"size: 65K\n",
	 "1:7: \"size\" in thing \"t\" must be a size such as 4096, 64K, 64M or 2G, from 1 to 65536 bytes, not \"65K\""},
	{"ranges: [5-7, 4]\n", "1:15: \"ranges\" in thing \"t\" must be numbers or ranges a-b from 5 to 20, not \"4\""},
	{"ranges: 9-7\n", "1:9: \"ranges\" in thing \"t\" must be numbers or ranges a-b from 5 to 20, not \"9-7\""},
	{"ranges: 5-\n", "1:9: \"ranges\" in thing \"t\" must be numbers or ranges a-b from 5 to 20, not \"5-\""},
	{"ranges: []\n", "1:9: \"ranges\" in thing \"t\" must be a list of at least one number or range a-b, not a list"},
	{"txet: a\n", "1:1: unknown key \"txet\" in thing \"t\"; did you mean \"text\"?"},
	{"<<: {a: b}\n", "1:1: merge keys (<<) are not used here; write the keys out"},
	{"text: a\ntext: b\n", "2:1: \"text\" is given twice in thing \"t\", first in line 1"},
	{"[a]\n", "1:1: thing \"t\" must be a mapping (key: value), not a list"},
	{"text: [\"a\\nb\"]\n", "1:7: \"text\" in thing \"t\" must be a text, not a list"},
	{"flag: \"a\\nb\"\n", "1:7: \"flag\" in thing \"t\" must be true or false, not \"a b\""},
};

START_TEST(test_wrong)
{
	struct fl_arena arena;
	struct fl_diags d;
	struct object o;
	char said[FL_DIAG_MAX + 32];

	ck_assert(!take(wrong[_i].text, &o, &d, &arena));
	ck_assert_uint_eq(d.errors, 1);
	snprintf(said, sizeof said, "%u:%u: %s", d.list[0].line, d.list[0].col, d.list[0].msg);
	ck_assert_str_eq(said, wrong[_i].says);
	fl_arena_done(&arena);
	fl_diags_done(&d);
}
END_TEST

START_TEST(test_required)
{
	static const struct fl_yaml_key need[] = {{"id", fl_yaml_take_text, 0, NULL, true}, {"x", fl_yaml_take_text, 0, NULL, true}};
	struct fl_arena arena;
	struct fl_diags d;
	struct fl_yaml_ctx c = {.diags = &d, .arena = &arena};
	struct fl_yaml y;
	const char *text = NULL;

	fl_arena_init(&arena, 0);
	ck_assert_int_eq(parse(&y, "{}", 2, &d), FL_OK);
	ck_assert(!fl_yaml_map(&c, y.root, "", need, 2, &text));
	ck_assert_uint_eq(d.errors, 2);
	ck_assert_str_eq(d.list[0].msg, "\"id\" is missing in the document");
	fl_yaml_done(&y);
	fl_arena_done(&arena);
	fl_diags_done(&d);
}
END_TEST

START_TEST(test_show)
{
	static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";
	char show[FL_YAML_SHOW_MAX];
	struct fl_yaml y;
	struct fl_diags d;

	ck_assert_int_eq(parse(&y, text, sizeof text - 1, &d), FL_OK);
	fl_yaml_show(y.root, show);
	ck_assert_str_eq(show, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\"");
	fl_yaml_done(&y);
	fl_diags_done(&d);
}
END_TEST

START_TEST(test_read)
{
	char path[] = "/tmp/fl_test_yaml.XXXXXX", *text = NULL;
	size_t n = 0;
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "wb");

	ck_assert_ptr_nonnull(f);
	fputs("a: 1\n", f);
	fclose(f);
	ck_assert_int_eq(fl_yaml_read(path, &text, &n), FL_OK);
	ck_assert_uint_eq(n, 5);
	ck_assert_str_eq(text, "a: 1\n");
	free(text);
	remove(path);
	ck_assert_int_eq(fl_yaml_read(path, &text, &n), FL_ENOTFOUND);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("yaml");
	TCase *t = tcase_create("yaml");

	tcase_add_loop_test(t, test_refused, 0, (int)FL_ARRAY_LEN(refused));
	tcase_add_test(t, test_anchors_bounded);
	tcase_add_test(t, test_tree);
	tcase_add_test(t, test_take);
	tcase_add_loop_test(t, test_wrong, 0, (int)FL_ARRAY_LEN(wrong));
	tcase_add_test(t, test_required);
	tcase_add_test(t, test_show);
	tcase_add_test(t, test_read);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
