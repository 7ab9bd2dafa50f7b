/* json.h - a streaming JSON writer: exact 64-bit integers, no allocation per value, same bytes every time.
 *
 * Events are written in one pass in the hot path of the writer thread; a tree of doubles (cJSON) can hold
 * neither a 64-bit counter nor a nanosecond time exactly. cJSON is used where JSON is read.
 *
 * Text that is not UTF-8 is written with U+FFFD for each bad byte, so that a record is always valid JSON. The
 * buffer grows up to limit; beyond it the writer latches an error and json_text gives NULL. */
#ifndef FENCELINE_JSON_H
#define FENCELINE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/compiler.h"

#define FL_JSON_DEPTH 32

struct fl_json {
	char *buf;
	size_t len, cap, limit;
	unsigned depth;
	bool comma[FL_JSON_DEPTH + 1];
	bool failed; /* memory, limit or depth */
};

void fl_json_init(struct fl_json *j, size_t limit);
void fl_json_done(struct fl_json *j);
void fl_json_reset(struct fl_json *j); /* empty again, memory kept */

/* In an object key names the member; in an array or at the top key is NULL. */
void fl_json_open(struct fl_json *j, const char *key);      /* { */
void fl_json_close(struct fl_json *j);                      /* } */
void fl_json_open_array(struct fl_json *j, const char *key);
void fl_json_close_array(struct fl_json *j);
void fl_json_str(struct fl_json *j, const char *key, const char *s); /* NULL s writes nothing */
void fl_json_strn(struct fl_json *j, const char *key, const char *s, size_t n);
void fl_json_fmt(struct fl_json *j, const char *key, const char *fmt, ...) FL_PRINTF(3, 4);
void fl_json_u64(struct fl_json *j, const char *key, uint64_t v);
void fl_json_i64(struct fl_json *j, const char *key, int64_t v);
void fl_json_bool(struct fl_json *j, const char *key, bool v);
void fl_json_hex(struct fl_json *j, const char *key, const uint8_t *p, size_t n);
/* fl_json_time - RFC 3339 in UTC with nine decimals: "2026-11-23T07:00:00.123456789Z". */
void fl_json_time(struct fl_json *j, const char *key, int64_t ts_ns);
/* fl_json_text - the text so far, NUL-terminated, *n bytes long; NULL if anything failed. Borrowed. */
const char *fl_json_text(struct fl_json *j, size_t *n);

/* fl_time_format - the same form into buf of at least FL_TIME_MAX bytes. */
#define FL_TIME_MAX 40
void fl_time_format(char *buf, int64_t ts_ns);

#endif
