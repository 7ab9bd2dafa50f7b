/* kafka.h - ships evidence logs to Kafka: a topic per log, in order, each record at least once. The only room that
 * knows rdkafka.h.
 *
 * Reads the logs, never memory. A durable cursor per log (DIR/<name>/kafka.cursor: the number of the next record to
 * ship, written by rename) moves only on delivery reports, contiguously. One thread; back-pressure by not reading on.
 * Never blocks the writer; starts and stops cleanly with no broker there. */
#ifndef FL_SRC_SINK_KAFKA_H
#define FL_SRC_SINK_KAFKA_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/compiler.h"

struct fl_log;
struct fl_kafka;

struct fl_kafka_opts {
	const char *brokers;      /* host:port,... */
	const char *topic_prefix; /* NULL: "fenceline.evidence." ; the log's name follows */
	/* say - a line for the operator, rate-limited by the sink; from the sink's thread, or of fl_kafka_add's caller. */
	void (*say)(void *user, const char *line);
	void *user;
};

struct fl_kafka_status { uint64_t shipped, failed, behind; bool connected; char last_error[256]; };

int fl_kafka_new(struct fl_kafka **out, const struct fl_kafka_opts *o, char err[512]) FL_MUST_USE;
/* fl_kafka_add - before start. dir: the evidence directory. */
int fl_kafka_add(struct fl_kafka *k, const struct fl_log *l, const char *dir) FL_MUST_USE;
int fl_kafka_start(struct fl_kafka *k) FL_MUST_USE;
void fl_kafka_wake(struct fl_kafka *k); /* records were committed; from any thread, cheap */
void fl_kafka_status(struct fl_kafka *k, struct fl_kafka_status *out);
/* fl_kafka_stop - ship what is committed, wait for delivery reports at most drain_ms, stop the thread.
 * 0: all shipped; FL_EFORMAT: a log's cursor cannot be used, which fl_kafka_add has said; FL_ETIMEOUT: the rest stays in the log for the next run; then and otherwise the cursor is exact. */
int fl_kafka_stop(struct fl_kafka *k, int drain_ms);
void fl_kafka_free(struct fl_kafka *k);

#endif
