/* cursor.h - the durable place of a log's shipping: DIR/<name>/kafka.cursor, one line
 *
 *     {"topic":"fenceline.evidence.isms-aero","next":1234}
 *
 * next is the number of the first record that is not known to be in Kafka. Replaced whole, by rename, so that it is
 * always one state or the next. Private to src/sink. */
#ifndef FL_SRC_SINK_CURSOR_H
#define FL_SRC_SINK_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/compiler.h"

#define FL_CURSOR_FILE "kafka.cursor"
#define FL_TOPIC_MAX 249 /* bytes in a Kafka topic name */

/* fl_topic_ok - a legal Kafka topic name: letters, digits, . _ - ; not "." or ".."; at most FL_TOPIC_MAX bytes. */
bool fl_topic_ok(const char *topic);
/* fl_cursor_read - *next of the cursor in log_dir; 0 if there is none. FL_EFORMAT: not a cursor, or of another topic
 * (err says what it is and what to do); else an error of the file system. */
int fl_cursor_read(const char *log_dir, const char *topic, uint64_t *next, char err[512]) FL_MUST_USE;
/* fl_cursor_write - durable when it returns FL_OK; else the old one still stands. */
int fl_cursor_write(const char *log_dir, const char *topic, uint64_t next) FL_MUST_USE;

#endif
