/* yaml_take.c - trees of yaml.c into structs, by tables of keys. See yaml.h for the contract.
 *
 * What a scalar means is asked here, by the member that takes it, and nowhere else. Every take function tells what it
 * expected and what stands there instead, and leaves its target alone then. Dates are days of the proleptic Gregorian
 * calendar in UTC (ISO 8601 without times); no function looks at the clock, the locale or the environment. */
#include "yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void *fl_yaml_alloc(struct fl_yaml_ctx *c, size_t n)
{
	void *p = fl_arena_alloc(c->arena, n);

	if (!p)
		c->nomem = true;
	return p;
}

bool fl_yaml_nothing(const struct fl_yaml_node *v)
{
	return v->kind == FL_YAML_SCALAR && v->plain &&
	       (!v->n || !strcmp(v->text, "~") || !strcasecmp(v->text, "null"));
}

const char *fl_yaml_show(const struct fl_yaml_node *v, char buf[FL_YAML_SHOW_MAX])
{
	size_t n, i;

	if (v->kind != FL_YAML_SCALAR) {
		snprintf(buf, FL_YAML_SHOW_MAX, "%s", v->kind == FL_YAML_LIST ? "a list" : "a mapping");
		return buf;
	}
	if (fl_yaml_nothing(v)) {
		snprintf(buf, FL_YAML_SHOW_MAX, "nothing");
		return buf;
	}
	n = v->n;
	if (n > FL_YAML_SHOW_MAX - 6) {
		n = FL_YAML_SHOW_MAX - 6;
		while (n && ((unsigned char)v->text[n] & 0xc0) == 0x80)
			n--; /* not through a character */
	}
	snprintf(buf, FL_YAML_SHOW_MAX, "\"%.*s%s\"", (int)n, v->text, n < v->n ? "..." : "");
	for (i = 0; buf[i]; i++)
		if (buf[i] == '\n' || buf[i] == '\t')
			buf[i] = ' ';
	return buf;
}

bool fl_yaml_expected(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, const char *fmt, ...)
{
	char show[FL_YAML_SHOW_MAX], expected[192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(expected, sizeof expected, fmt, ap);
	va_end(ap);
	fl_diag(c->diags, FL_SEV_ERROR, v->at, "\"%s\"%s%s must be %s, not %s", k->name, *what ? " in " : "", what,
		expected, fl_yaml_show(v, show));
	return false;
}

bool fl_yaml_scalar(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		    const char *expected)
{
	if (v->kind == FL_YAML_SCALAR && !fl_yaml_nothing(v))
		return true;
	return fl_yaml_expected(c, v, k, what, "%s", expected);
}

const char *fl_yaml_peek(const struct fl_yaml_node *map, const char *key)
{
	const struct fl_yaml_item *it;

	if (map->kind != FL_YAML_MAP)
		return NULL;
	for (it = map->first; it; it = it->next)
		if (!strcmp(it->key->text, key))
			return it->value->kind == FL_YAML_SCALAR ? it->value->text : NULL;
	return NULL;
}

const struct fl_yaml_item *fl_yaml_items(const struct fl_yaml_node *v, struct fl_yaml_item *one)
{
	if (v->kind == FL_YAML_LIST)
		return v->first;
	*one = (struct fl_yaml_item){.value = v};
	return one;
}

static void unknown_key(struct fl_yaml_ctx *c, const struct fl_yaml_node *key, const char *what,
			const struct fl_yaml_key *keys, size_t n)
{
	const char *names[64], *near = NULL;
	char show[FL_YAML_SHOW_MAX];
	size_t i;

	if (c->diags->n < FL_DIAGS_MAX) { /* beyond, the text is not kept: no need to search */
		for (i = 0; i < n; i++)
			names[i] = keys[i].name;
		near = fl_suggest(key->text, names, n);
	}
	if (!strcmp(key->text, "<<"))
		fl_diag(c->diags, FL_SEV_ERROR, key->at, "merge keys (<<) are not used here; write the keys out");
	else
		fl_diag(c->diags, FL_SEV_ERROR, key->at, "unknown key %s%s%s%s%s%s", fl_yaml_show(key, show),
			*what ? " in " : "", what, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

bool fl_yaml_map(struct fl_yaml_ctx *c, const struct fl_yaml_node *map, const char *what,
		 const struct fl_yaml_key *keys, size_t n, void *object)
{
	const char *thing = *what ? what : "the document";
	const struct fl_yaml_node *seen[64] = {0};
	const struct fl_yaml_item *it;
	char show[FL_YAML_SHOW_MAX];
	bool ok = true;
	size_t i;

	if (n > FL_ARRAY_LEN(seen))
		FL_BUG("a table of keys has more than 64 rows");
	if (map->kind != FL_YAML_MAP) {
		fl_diag(c->diags, FL_SEV_ERROR, map->at, "%s must be a mapping (key: value), not %s", thing,
			fl_yaml_show(map, show));
		return false;
	}
	for (it = map->first; it; it = it->next) {
		for (i = 0; i < n && strcmp(keys[i].name, it->key->text); i++)
			;
		if (i == n) {
			unknown_key(c, it->key, what, keys, n);
			ok = false;
		} else if (seen[i]) {
			fl_diag(c->diags, FL_SEV_ERROR, it->key->at, "\"%s\" is given twice in %s, first in line %u",
				keys[i].name, thing, seen[i]->at.line);
			ok = false;
		} else {
			seen[i] = it->key;
			ok &= keys[i].take(c, it->value, &keys[i], what, (char *)object + keys[i].offset);
		}
	}
	for (i = 0; i < n; i++)
		if (keys[i].required && !seen[i]) {
			fl_diag(c->diags, FL_SEV_ERROR, map->at, "\"%s\" is missing in %s", keys[i].name, thing);
			ok = false;
		}
	return ok;
}

bool fl_yaml_take_text(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	const char *copy;

	if (!fl_yaml_scalar(c, v, k, what, "a text"))
		return false;
	if (!v->n)
		return fl_yaml_expected(c, v, k, what, "a text");
	copy = fl_arena_strndup(c->arena, v->text, v->n);
	if (!copy) {
		c->nomem = true;
		return false;
	}
	*(const char **)to = copy;
	return true;
}

bool fl_yaml_take_texts(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, void *to)
{
	size_t n = v->kind == FL_YAML_LIST ? v->n : 1, i = 0;
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	const char **list;
	bool ok = true;

	list = fl_yaml_alloc(c, (n + 1) * sizeof *list);
	if (!list)
		return false;
	for (it = fl_yaml_items(v, &one); it; it = it->next)
		ok &= fl_yaml_take_text(c, it->value, k, what, &list[i++]);
	if (ok)
		*(const char *const **)to = list;
	return ok;
}

bool fl_yaml_take_bool(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
	size_t i;

	if (!fl_yaml_scalar(c, v, k, what, "true or false"))
		return false;
	for (i = 0; i < FL_ARRAY_LEN(words) && strcasecmp(v->text, words[i]); i++)
		;
	if (i == FL_ARRAY_LEN(words))
		return fl_yaml_expected(c, v, k, what, "true or false");
	*(bool *)to = i & 1;
	return true;
}

/* Decimal digits only, up to end; false if there is none or more than fits. */
static bool parse_u64(const char *s, const char **end, uint64_t *out)
{
	uint64_t v = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > (UINT64_MAX - (uint64_t)(*s - '0')) / 10)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	*end = s;
	*out = v;
	return true;
}

bool fl_yaml_take_u64(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, void *to)
{
	const struct fl_yaml_span *span = k->arg;
	const char *end = "";
	uint64_t u = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_u64(v->text, &end, &u) || *end || u < span->min || u > span->max)
		return fl_yaml_expected(c, v, k, what, "a number from %llu to %llu", (unsigned long long)span->min,
					(unsigned long long)span->max);
	*(uint64_t *)to = u;
	return true;
}

bool fl_yaml_take_u32(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, void *to)
{
	uint64_t u = 0;

	if (!fl_yaml_take_u64(c, v, k, what, &u))
		return false;
	*(uint32_t *)to = (uint32_t)u;
	return true;
}

/* Index of a word among the names; tells which there are, the nearest, if it is none. */
static bool take_word(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, size_t *out)
{
	const struct fl_yaml_names *names = k->arg;
	char show[FL_YAML_SHOW_MAX], all[192] = "";
	const char *near;
	size_t i, len = 0;

	if (v->kind == FL_YAML_SCALAR)
		for (i = 0; i < names->n; i++)
			if (!strcasecmp(names->names[i], v->text)) {
				*out = i;
				return true;
			}
	near = v->kind == FL_YAML_SCALAR ? fl_suggest(v->text, names->names, names->n) : NULL;
	if (near) {
		fl_diag(c->diags, FL_SEV_ERROR, v->at, "\"%s\"%s%s cannot be %s; did you mean \"%s\"?", k->name,
			*what ? " in " : "", what, fl_yaml_show(v, show), near);
		return false;
	}
	for (i = 0; i < names->n && len < sizeof all; i++)
		len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", i ? ", " : "", names->names[i]);
	return fl_yaml_expected(c, v, k, what, "one of %s", all);
}

bool fl_yaml_take_name(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	size_t i = 0;

	if (!take_word(c, v, k, what, &i))
		return false;
	*(uint8_t *)to = (uint8_t)i;
	return true;
}

bool fl_yaml_take_names(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, void *to)
{
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	uint32_t set = 0;
	bool ok = true;
	size_t i = 0;

	if (v->kind == FL_YAML_LIST && !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of at least one word");
	for (it = fl_yaml_items(v, &one); it; it = it->next) {
		if (take_word(c, it->value, k, what, &i))
			set |= 1u << i;
		else
			ok = false;
	}
	if (ok)
		*(uint32_t *)to = set;
	return ok;
}

/* Days since 1970 of a Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned yoe, doy;

	y -= m <= 2;
	era = y / 400; /* years are positive here */
	yoe = (unsigned)(y - era * 400);
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

static bool parse_day(const char *s, int64_t *days)
{
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned y, m, d, i;
	bool leap;

	for (i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? s[i] != '-' : s[i] < '0' || s[i] > '9')
			return false;
	if (s[10])
		return false;
	y = (unsigned)((s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 + (s[3] - '0'));
	m = (unsigned)((s[5] - '0') * 10 + (s[6] - '0'));
	d = (unsigned)((s[8] - '0') * 10 + (s[9] - '0'));
	leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	/* Nanoseconds since 1970 in 64 bits end in 2262. */
	if (y < 1970 || y > 2261 || m < 1 || m > 12 || d < 1 || d > lengths[m - 1] + (unsigned)(leap && m == 2))
		return false;
	*days = days_from_civil(y, m, d);
	return true;
}

bool fl_yaml_take_day(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, void *to)
{
	int64_t days = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_day(v->text, &days))
		return fl_yaml_expected(c, v, k, what, "a date YYYY-MM-DD");
	*(int64_t *)to = days * 86400 * INT64_C(1000000000);
	return true;
}

bool fl_yaml_take_day_end(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			  const char *what, void *to)
{
	int64_t start = 0;

	if (!fl_yaml_take_day(c, v, k, what, &start))
		return false;
	*(int64_t *)to = start + 86400 * INT64_C(1000000000);
	return true;
}

bool fl_yaml_take_clock(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, void *to)
{
	const char *s = v->text, *end = "";
	uint64_t h = 0, m = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_u64(s, &end, &h) || end > s + 2 || *end != ':' ||
	    !parse_u64(end + 1, &s, &m) || s != end + 3 || *s || m > 59 || h * 60 + m > 24 * 60)
		return fl_yaml_expected(c, v, k, what, "a time of day HH:MM up to 24:00");
	*(uint32_t *)to = (uint32_t)(h * 60 + m);
	return true;
}

bool fl_yaml_parse_range(const char *text, struct fl_yaml_range *out)
{
	const char *end = text;
	uint64_t lo = 0, hi;

	if (!parse_u64(text, &end, &lo))
		return false;
	hi = lo;
	if (*end == '-' && !parse_u64(end + 1, &end, &hi))
		return false;
	if (*end || lo > hi || hi > UINT32_MAX)
		return false;
	*out = (struct fl_yaml_range){(uint32_t)lo, (uint32_t)hi};
	return true;
}

static int by_lo(const void *pa, const void *pb)
{
	const struct fl_yaml_range *a = pa, *b = pb;

	return a->lo != b->lo ? (a->lo < b->lo ? -1 : 1) : a->hi != b->hi ? (a->hi < b->hi ? -1 : 1) : 0;
}

bool fl_yaml_take_ranges(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			 const char *what, void *to)
{
	const struct fl_yaml_span *span = k->arg;
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	struct fl_yaml_range *r, *list;
	uint32_t n = 0, kept = 0, i;
	bool ok = true;

	if (v->kind == FL_YAML_LIST && !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of at least one number or range a-b");
	r = fl_yaml_alloc(c, (v->kind == FL_YAML_LIST ? v->n : 1) * sizeof *r);
	if (!r)
		return false;
	list = r;
	for (it = fl_yaml_items(v, &one); it; it = it->next) {
		if (it->value->kind != FL_YAML_SCALAR || !fl_yaml_parse_range(it->value->text, &r[n]) ||
		    r[n].lo < span->min || r[n].hi > span->max)
			ok = fl_yaml_expected(c, it->value, k, what, "numbers or ranges a-b from %llu to %llu",
					      (unsigned long long)span->min, (unsigned long long)span->max);
		else
			n++;
	}
	if (!ok)
		return false;
	qsort(list, n, sizeof *list, by_lo);
	for (i = 1; i < n; i++) {
		if (list[i].lo > (uint64_t)list[kept].hi + 1)
			list[++kept] = list[i];
		else if (list[i].hi > list[kept].hi)
			list[kept].hi = list[i].hi;
	}
	*(struct fl_yaml_ranges *)to = (struct fl_yaml_ranges){.list = list, .n = kept + 1};
	return true;
}

struct suffix { const char *text; uint64_t factor; };

/* digits and one of the suffixes; false if it does not fit */
static bool parse_scaled(const char *s, const struct suffix *suffixes, size_t n, uint64_t max, uint64_t *out)
{
	const char *end = s;
	uint64_t v = 0;
	size_t i;

	if (!parse_u64(s, &end, &v))
		return false;
	for (i = 0; i < n && strcasecmp(end, suffixes[i].text); i++)
		;
	if (i == n || v > max / suffixes[i].factor)
		return false;
	*out = v * suffixes[i].factor;
	return true;
}

bool fl_yaml_take_duration(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			   const char *what, void *to)
{
	static const struct suffix suffixes[] = {
		{"ms", UINT64_C(1000000)}, {"s", UINT64_C(1000000000)}, {"m", UINT64_C(60000000000)},
		{"h", UINT64_C(3600000000000)}, {"d", UINT64_C(86400000000000)},
	};
	uint64_t ns = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_scaled(v->text, suffixes, FL_ARRAY_LEN(suffixes), INT64_MAX, &ns) || !ns)
		return fl_yaml_expected(c, v, k, what, "a duration such as 500ms, 30s, 5m, 12h or 90d");
	*(int64_t *)to = (int64_t)ns;
	return true;
}

bool fl_yaml_take_size(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	static const struct suffix suffixes[] = {
		{"", 1}, {"K", 1 << 10}, {"KiB", 1 << 10}, {"M", 1 << 20}, {"MiB", 1 << 20}, {"G", 1 << 30}, {"GiB", 1 << 30},
	};
	const struct fl_yaml_span *span = k->arg;
	uint64_t u = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_scaled(v->text, suffixes, FL_ARRAY_LEN(suffixes), UINT64_MAX, &u) ||
	    u < span->min || u > span->max)
		return fl_yaml_expected(c, v, k, what, "a size such as 4096, 64K, 64M or 2G, from %llu to %llu bytes",
					(unsigned long long)span->min, (unsigned long long)span->max);
	*(uint64_t *)to = u;
	return true;
}
