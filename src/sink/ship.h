/* ship.h - the shipping of one log: its reader, its producer, its window of records in flight.
 *
 *                  open ok              record refused, producer failed, log unreadable
 *     HALTED  ------------------>  RUNNING  ------------------>  HALTED (back-off 1 s .. 60 s)
 *     BARRED: the cursor cannot be used; nothing is shipped until the operator mends it
 *
 * A producer of its own for each log: what stops one log (a topic that does not exist, a record that the broker
 * refuses) must not disturb the others, and librdkafka can stop, purge or fail only a whole producer.
 *
 * All functions run in the sink's thread, but fl_ship_new and fl_ship_free before and after it. Private to src/sink. */
#ifndef FL_SRC_SINK_SHIP_H
#define FL_SRC_SINK_SHIP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "fenceline/compiler.h"

struct fl_log;
struct fl_ship;

/* What the logs of one sink share. */
struct fl_ship_env {
	char *brokers;
	char *topic_prefix;
	int wake_fd;       /* eventfd: delivery reports and commits write to it */
	void (*say)(void *user, const char *line);
	void *user;
	bool down_said;    /* "no broker reachable" was said and nothing was heard since */
	int64_t muted_until_ms; /* lines of librdkafka: one per interval */
	unsigned muted;
	_Atomic uint64_t shipped, failed;
	_Atomic bool connected;
	_Atomic bool stop; /* the drain has begun: nothing that may wait long */
	pthread_mutex_t lock; /* for last_error */
	char last_error[256];
};

void fl_ship_say(struct fl_ship_env *env, const char *fmt, ...) FL_PRINTF(2, 3);
/* fl_ship_error - remember what went wrong last, for status; says nothing. */
void fl_ship_error(struct fl_ship_env *env, const char *text);

/* fl_ship_new - FL_EINVALID: the log's name makes no legal topic. A bad cursor is said, and bars the log. */
int fl_ship_new(struct fl_ship **out, struct fl_ship_env *env, const struct fl_log *l, const char *dir) FL_MUST_USE;
void fl_ship_free(struct fl_ship *s);
/* fl_ship_turn - serve delivery reports, then read and produce a bounded number of records. True: call again soon. */
bool fl_ship_turn(struct fl_ship *s, int64_t now_ms);
/* fl_ship_wait_ms - how long nothing is due, if no event comes. */
int64_t fl_ship_wait_ms(const struct fl_ship *s, int64_t now_ms);
bool fl_ship_done(const struct fl_ship *s);   /* all that is committed is delivered */
bool fl_ship_barred(const struct fl_ship *s);
uint64_t fl_ship_behind(const struct fl_ship *s); /* from any thread */
/* fl_ship_stop - drop what is in flight, take the last reports (at most wait_ms), write the cursor. */
void fl_ship_stop(struct fl_ship *s, int64_t wait_ms);

#endif
