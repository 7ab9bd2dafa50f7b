/* json.c - the streaming JSON writer. One growing buffer; integers by hand, as printf is most of the cost. */
#include "fenceline/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void fl_json_init(struct fl_json *j, size_t limit)
{
	*j = (struct fl_json){.limit = limit};
}

void fl_json_done(struct fl_json *j)
{
	if (!j)
		return;
	free(j->buf);
	*j = (struct fl_json){.limit = j->limit};
}

void fl_json_reset(struct fl_json *j)
{
	j->len = 0;
	j->depth = 0;
	j->failed = false;
	memset(j->comma, 0, sizeof j->comma);
}

/* Room for n more bytes and the NUL. */
static bool room(struct fl_json *j, size_t n)
{
	size_t cap;
	char *grown;

	if (j->failed)
		return false;
	if (FL_LIKELY(j->len + n < j->cap))
		return true;
	if (j->limit && j->len + n > j->limit) {
		j->failed = true;
		return false;
	}
	cap = j->cap ? j->cap : 1024;
	while (cap <= j->len + n)
		cap *= 2;
	grown = realloc(j->buf, cap);
	if (!grown) {
		j->failed = true;
		return false;
	}
	j->buf = grown;
	j->cap = cap;
	return true;
}

static void put(struct fl_json *j, const char *s, size_t n)
{
	if (room(j, n)) {
		memcpy(j->buf + j->len, s, n);
		j->len += n;
	}
}

static void put_char(struct fl_json *j, char c)
{
	put(j, &c, 1);
}

/* Length of the well-formed UTF-8 sequence at s (Unicode 15, table 3-7), or 0. */
static size_t utf8_len(const unsigned char *s, size_t n)
{
	unsigned lo = 0x80, hi = 0xbf;
	size_t len, i;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (len > n)
		return 0;
	if (s[0] == 0xe0)
		lo = 0xa0; /* shorter forms exist */
	else if (s[0] == 0xed)
		hi = 0x9f; /* surrogates */
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f; /* beyond U+10FFFF */
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

static void put_quoted(struct fl_json *j, const char *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, start = 0, len;
	char esc[6] = {'\\', 'u', '0', '0', 0, 0};

	put_char(j, '"');
	while (i < n) {
		if (FL_LIKELY(s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')) {
			i++;
			continue;
		}
		if (s[i] >= 0x80 && (len = utf8_len(s + i, n - i))) {
			i += len;
			continue;
		}
		put(j, text + start, i - start);
		if (s[i] == '"' || s[i] == '\\') {
			put_char(j, '\\');
			put_char(j, (char)s[i]);
		} else if (s[i] == '\n') {
			put(j, "\\n", 2);
		} else if (s[i] == '\t') {
			put(j, "\\t", 2);
		} else if (s[i] < 0x80) { /* other controls and DEL */
			esc[4] = hex[s[i] >> 4];
			esc[5] = hex[s[i] & 15];
			put(j, esc, 6);
		} else {
			put(j, "\xef\xbf\xbd", 3); /* U+FFFD for a byte that is not UTF-8 */
		}
		start = ++i;
	}
	put(j, text + start, n - start);
	put_char(j, '"');
}

static void begin(struct fl_json *j, const char *key)
{
	if (j->comma[j->depth])
		put_char(j, ',');
	j->comma[j->depth] = true;
	if (key) {
		put_quoted(j, key, strlen(key));
		put_char(j, ':');
	}
}

static void open_level(struct fl_json *j, const char *key, char c)
{
	begin(j, key);
	put_char(j, c);
	if (j->depth == FL_JSON_DEPTH) {
		j->failed = true;
		return;
	}
	j->comma[++j->depth] = false;
}

static void close_level(struct fl_json *j, char c)
{
	if (!j->depth) {
		j->failed = true;
		return;
	}
	j->depth--;
	put_char(j, c);
}

void fl_json_open(struct fl_json *j, const char *key) { open_level(j, key, '{'); }
void fl_json_close(struct fl_json *j) { close_level(j, '}'); }
void fl_json_open_array(struct fl_json *j, const char *key) { open_level(j, key, '['); }
void fl_json_close_array(struct fl_json *j) { close_level(j, ']'); }

void fl_json_strn(struct fl_json *j, const char *key, const char *s, size_t n)
{
	begin(j, key);
	put_quoted(j, s, n);
}

void fl_json_str(struct fl_json *j, const char *key, const char *s)
{
	if (s)
		fl_json_strn(j, key, s, strlen(s));
}

void fl_json_fmt(struct fl_json *j, const char *key, const char *fmt, ...)
{
	char small[512], *text = small;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	if (n < 0) {
		j->failed = true;
		return;
	}
	if ((size_t)n >= sizeof small) {
		text = malloc((size_t)n + 1);
		if (!text) {
			j->failed = true;
			return;
		}
		va_start(ap, fmt);
		vsnprintf(text, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	fl_json_strn(j, key, text, (size_t)n);
	if (text != small)
		free(text);
}

void fl_json_u64(struct fl_json *j, const char *key, uint64_t v)
{
	char digits[20];
	size_t i = sizeof digits;

	begin(j, key);
	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put(j, digits + i, sizeof digits - i);
}

void fl_json_i64(struct fl_json *j, const char *key, int64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%lld", (long long)v);

	begin(j, key);
	put(j, text, (size_t)n);
}

void fl_json_bool(struct fl_json *j, const char *key, bool v)
{
	begin(j, key);
	put(j, v ? "true" : "false", v ? 4 : 5);
}

void fl_json_hex(struct fl_json *j, const char *key, const uint8_t *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	begin(j, key);
	put_char(j, '"');
	if (room(j, 2 * n)) {
		for (i = 0; i < n; i++) {
			j->buf[j->len++] = hex[p[i] >> 4];
			j->buf[j->len++] = hex[p[i] & 15];
		}
	}
	put_char(j, '"');
}

void fl_time_format(char *buf, int64_t ts_ns)
{
	int64_t s = ts_ns / 1000000000, ns = ts_ns % 1000000000;
	time_t t;
	struct tm tm;

	if (ns < 0) {
		ns += 1000000000;
		s--;
	}
	t = (time_t)s;
	if (!gmtime_r(&t, &tm))
		memset(&tm, 0, sizeof tm);
	snprintf(buf, FL_TIME_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		 tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ns);
}

void fl_json_time(struct fl_json *j, const char *key, int64_t ts_ns)
{
	char buf[FL_TIME_MAX];

	fl_time_format(buf, ts_ns);
	fl_json_str(j, key, buf);
}

const char *fl_json_text(struct fl_json *j, size_t *n)
{
	if (!room(j, 1))
		return NULL;
	j->buf[j->len] = '\0';
	if (n)
		*n = j->len;
	return j->buf;
}
