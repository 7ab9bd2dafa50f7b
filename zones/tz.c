/* tz.c - reads TZif (RFC 8536) and its POSIX footer (3.3; POSIX 1003.1 8.3 as widened by TZif version 3). */
#include "zones/tz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/diag.h"
#include "fenceline/err.h"
#include "fenceline/rd.h"

enum {
	FILE_MAX = 1 << 18,  /* the largest of tzdata 2025 has 4 KiB, "fat" ones of old some 10 */
	NAMES_MAX = 1024,    /* zone.tab has about 420 */
};

/* ---- footer ---- */

/* <name> in angle brackets, or letters; at least three. */
static bool skip_abbreviation(const char **s)
{
	const char *p = *s;
	size_t n = 0;

	if (*p == '<') {
		for (p++; *p && *p != '>'; p++)
			n++;
		if (*p++ != '>')
			return false;
	} else {
		for (; (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'); p++)
			n++;
	}
	*s = p;
	return n >= 3;
}

static bool number(const char **s, unsigned max, unsigned *out)
{
	const char *p = *s;
	unsigned v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (unsigned)(*p - '0');
		if (v > max)
			return false;
	}
	*s = p;
	*out = v;
	return true;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool clock_s(const char **s, int32_t *out)
{
	unsigned part[3] = {0};
	int sign = 1;

	if (**s == '-' || **s == '+')
		sign = *(*s)++ == '-' ? -1 : 1;
	if (!number(s, 167, &part[0]))
		return false;
	if (**s == ':') {
		++*s;
		if (!number(s, 59, &part[1]))
			return false;
	}
	if (**s == ':') {
		++*s;
		if (!number(s, 59, &part[2]))
			return false;
	}
	*out = sign * (int32_t)(part[0] * 3600 + part[1] * 60 + part[2]);
	return true;
}

static bool turn(const char **s, struct fl_tz_turn *t)
{
	unsigned m = 0, w = 0, d = 0;

	*t = (struct fl_tz_turn){.time_s = 7200};
	if (*(*s)++ != ',')
		return false;
	if (**s == 'M') {
		++*s;
		if (!number(s, 12, &m) || !m || *(*s)++ != '.' || !number(s, 5, &w) || !w || *(*s)++ != '.' ||
		    !number(s, 6, &d))
			return false;
		t->form = 'M';
	} else if (**s == 'J') {
		++*s;
		if (!number(s, 365, &d) || !d)
			return false;
		t->form = 'J';
	} else {
		if (!number(s, 365, &d))
			return false;
		t->form = 'N';
	}
	t->month = (uint8_t)m;
	t->week = (uint8_t)w;
	t->day = (uint16_t)d;
	if (**s == '/') {
		++*s;
		return clock_s(s, &t->time_s);
	}
	return true;
}

static bool parse_footer(struct fl_tz *tz, const char *s)
{
	int32_t west = 0;

	if (!skip_abbreviation(&s) || !clock_s(&s, &west))
		return false;
	tz->std_s = -west;
	tz->has_rule = true;
	if (!*s)
		return true;
	if (!skip_abbreviation(&s))
		return false;
	tz->dst_s = tz->std_s + 3600;
	if (*s != ',') {
		if (!clock_s(&s, &west))
			return false;
		tz->dst_s = -west;
	}
	tz->has_dst = true;
	return turn(&s, &tz->start) && turn(&s, &tz->end) && !*s;
}

/* ---- days ---- */

static bool is_leap(int64_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

/* Days since 1970 of 1 January; years 1 and later. */
static int64_t year_start(int64_t y)
{
	y--;
	return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

static int64_t year_of(int64_t day)
{
	int64_t y = 1970 + day / 366 - (day < 0); /* never too late; early by at most a year in 700 or so */

	while (year_start(y + 1) <= day)
		y++;
	while (year_start(y) > day)
		y--;
	return y;
}

static int64_t turn_day(const struct fl_tz_turn *t, int64_t year)
{
	static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
	int64_t first;
	unsigned weekday, day, length;
	bool leap = is_leap(year);

	if (t->form == 'N')
		return year_start(year) + t->day;
	if (t->form == 'J')
		return year_start(year) + t->day - 1 + (leap && t->day >= 60);
	first = year_start(year) + before[t->month - 1] + (leap && t->month > 2);
	length = (unsigned)(before[t->month] - before[t->month - 1]) + (leap && t->month == 2);
	weekday = (unsigned)(((first + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday; 0 = Sunday */
	day = (t->day + 7 - weekday) % 7 + 7 * (t->week - 1u);
	if (day >= length)
		day -= 7;
	return first + day;
}

static int32_t rule_offset(const struct fl_tz *tz, int64_t at_s)
{
	int64_t local = at_s + tz->std_s, year, start, end;
	bool dst;

	if (!tz->has_dst)
		return tz->std_s;
	year = year_of(local / 86400 - (local % 86400 < 0));
	start = turn_day(&tz->start, year) * 86400 + tz->start.time_s - tz->std_s;
	end = turn_day(&tz->end, year) * 86400 + tz->end.time_s - tz->dst_s;
	dst = start < end ? at_s >= start && at_s < end : !(at_s >= end && at_s < start);
	return dst ? tz->dst_s : tz->std_s;
}

int32_t fl_tz_offset(const struct fl_tz *tz, int64_t at_s)
{
	uint32_t lo = 0, hi = tz->n, mid;

	while (lo < hi) { /* how many transitions are not after at_s */
		mid = lo + (hi - lo) / 2;
		if (tz->at[mid] <= at_s)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == tz->n && tz->has_rule)
		return rule_offset(tz, at_s);
	return tz->n || tz->offset ? tz->offset[lo] : 0;
}

/* ---- TZif ---- */

struct counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static bool header(struct fl_rd *r, struct counts *c, uint8_t *version)
{
	const uint8_t *magic = fl_rd_bytes(r, 4);

	fl_rd_require(r, magic && !memcmp(magic, "TZif", 4));
	*version = fl_rd_u8(r);
	fl_rd_skip(r, 15);
	c->isut = fl_rd_be32(r);
	c->isstd = fl_rd_be32(r);
	c->leap = fl_rd_be32(r);
	c->time = fl_rd_be32(r);
	c->type = fl_rd_be32(r);
	c->chars = fl_rd_be32(r);
	fl_rd_require(r, c->isut <= FILE_MAX && c->isstd <= FILE_MAX && c->leap <= FILE_MAX && c->time <= FILE_MAX &&
				 c->type && c->type <= 256 && c->chars <= FILE_MAX);
	return fl_rd_err(r) == FL_RD_OK;
}

static int parse_block(struct fl_tz *tz, struct fl_rd *r, const struct counts *c, struct fl_arena *arena)
{
	struct fl_rd times = fl_rd_sub(r, (size_t)c->time * 8), kinds = fl_rd_sub(r, c->time);
	struct fl_rd types = fl_rd_sub(r, (size_t)c->type * 6);
	int32_t utoff[256] = {0};
	int64_t *at;
	int32_t *offset;
	uint32_t i;
	uint8_t kind;

	if (fl_rd_err(r))
		return FL_EFORMAT;
	at = fl_arena_alloc(arena, (size_t)c->time * sizeof *at + 1);
	offset = fl_arena_alloc(arena, ((size_t)c->time + 1) * sizeof *offset);
	if (!at || !offset)
		return FL_ENOMEM;
	for (i = 0; i < c->type; i++) {
		utoff[i] = (int32_t)fl_rd_be32(&types);
		fl_rd_skip(&types, 2);
		if (utoff[i] < -26 * 3600 || utoff[i] > 26 * 3600) /* 3.2: should be more than -25 and less than 26 hours */
			return FL_EFORMAT;
	}
	offset[0] = utoff[0];
	for (i = 0; i < c->time; i++) {
		at[i] = (int64_t)fl_rd_be64(&times);
		kind = fl_rd_u8(&kinds);
		if (kind >= c->type || (i && at[i] <= at[i - 1]))
			return FL_EFORMAT;
		offset[i + 1] = utoff[kind];
	}
	tz->at = at;
	tz->offset = offset;
	tz->n = c->time;
	return FL_OK;
}

int fl_tz_parse(struct fl_tz *out, const char *name, const void *bytes, size_t n, struct fl_arena *arena)
{
	struct fl_rd r = fl_rd_init(bytes, n, FL_CLOSED);
	struct fl_tz tz = {.name = name};
	struct counts c = {0};
	const uint8_t *p;
	char footer[128];
	uint8_t version;
	size_t len;
	int err;

	if (!header(&r, &c, &version) || version < '2')
		return FL_EFORMAT; /* version 1 ends in 2038 and has no footer; nobody ships it any more */
	fl_rd_skip(&r, (size_t)c.time * 5 + (size_t)c.type * 6 + c.chars + (size_t)c.leap * 8 + c.isstd + c.isut);
	if (!header(&r, &c, &version) || c.leap)
		return FL_EFORMAT; /* leap seconds: the "right" zones count other seconds than packets do */
	err = parse_block(&tz, &r, &c, arena);
	if (err)
		return err;
	fl_rd_skip(&r, (size_t)c.chars + c.isstd + c.isut);
	fl_rd_require(&r, fl_rd_u8(&r) == '\n');
	len = fl_rd_left(&r);
	p = fl_rd_bytes(&r, len);
	if (!p || !len || len > sizeof footer || p[len - 1] != '\n' || memchr(p, 0, len))
		return FL_EFORMAT;
	memcpy(footer, p, len - 1);
	footer[len - 1] = '\0';
	if (footer[0] && !parse_footer(&tz, footer))
		return FL_EFORMAT;
	*out = tz;
	return FL_OK;
}

/* A name is a path below FL_TZ_DIR: words and slashes only, so that it cannot leave it. */
static bool is_name(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/", name[i]) || i > 60)
			return false;
	return i && name[0] != '/';
}

int fl_tz_load(struct fl_tz *out, const char *name, struct fl_arena *arena)
{
	char path[sizeof FL_TZ_DIR + 64];
	unsigned char *buf;
	size_t n;
	FILE *f;
	int err;

	if (!strcmp(name, "UTC")) {
		*out = (struct fl_tz){.name = "UTC", .has_rule = true};
		return FL_OK;
	}
	if (!is_name(name))
		return FL_ENOTFOUND;
	snprintf(path, sizeof path, "%s/%s", FL_TZ_DIR, name);
	f = fopen(path, "rb");
	if (!f)
		return errno == ENOENT || errno == ENOTDIR ? FL_ENOTFOUND : fl_err_from_errno(errno);
	buf = malloc(FILE_MAX);
	if (!buf) {
		fclose(f);
		return FL_ENOMEM;
	}
	n = fread(buf, 1, FILE_MAX, f);
	err = !ferror(f) ? FL_OK : errno == EISDIR ? FL_ENOTFOUND : FL_EIO;
	fclose(f);
	if (!err)
		err = fl_tz_parse(out, name, buf, n, arena);
	free(buf);
	return err;
}

/* zone.tab: country, coordinates, name[, comment], separated by tabs. */
bool fl_tz_suggest(const char *name, char *buf, size_t n)
{
	const char *names[NAMES_MAX], *near;
	char line[512], *tab, *end;
	size_t count = 0, i;
	FILE *f = fopen(FL_TZ_DIR "/zone.tab", "r");

	names[count++] = "UTC";
	while (f && count < NAMES_MAX && fgets(line, sizeof line, f)) {
		tab = line[0] == '#' ? NULL : strchr(line, '\t');
		tab = tab ? strchr(tab + 1, '\t') : NULL;
		if (!tab)
			continue;
		end = tab + 1 + strcspn(tab + 1, "\t\n");
		*end = '\0';
		names[count] = strdup(tab + 1);
		if (!names[count])
			break;
		count++;
	}
	if (f)
		fclose(f);
	near = fl_suggest(name, names, count);
	if (near)
		snprintf(buf, n, "%s", near);
	for (i = 1; i < count; i++) {
		union {
			const char *in;
			char *out;
		} u = {names[i]};

		free(u.out);
	}
	return near != NULL;
}
