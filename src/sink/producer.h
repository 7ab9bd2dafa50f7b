/* producer.h - a librdkafka producer as shipping needs it: made, told a record, unmade. Private to src/sink. */
#ifndef FL_SRC_SINK_PRODUCER_H
#define FL_SRC_SINK_PRODUCER_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/compiler.h"

#define FL_PRODUCER_QUEUE 4096u /* messages: at 1 KiB each, 80 MB/s at 50 ms round trip */

/* Called from rd_kafka_poll only, librdkafka's own lines included. */
struct fl_producer_calls {
	void (*report)(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque); /* number of m: fl_producer_number */
	void (*error)(rd_kafka_t *rk, int err, const char *reason, void *opaque);
	void (*log)(const rd_kafka_t *rk, int level, const char *facility, const char *text);
};

/* fl_producer_check - would a producer take these brokers? FL_EINVALID: err says why not. */
int fl_producer_check(const char *brokers, char err[512]) FL_MUST_USE;
/* fl_producer_new - NULL: err says why. wake_fd: an eventfd, written when rd_kafka_poll has something to serve. */
rd_kafka_t *fl_producer_new(const char *brokers, const struct fl_producer_calls *calls, void *opaque, int wake_fd,
			    char err[512]);
/* fl_producer_free - waits for librdkafka's threads; with a resolver that does not answer, that can be seconds. */
void fl_producer_free(rd_kafka_t *rk);
/* fl_producer_send - copy one record into the queue; RD_KAFKA_RESP_ERR__QUEUE_FULL: no room for now. */
rd_kafka_resp_err_t fl_producer_send(rd_kafka_t *rk, const char *topic, const char *key, const char *text, size_t n,
				     uint64_t number);
/* fl_producer_topic_error - what the cluster says of the topic; NO_ERROR also if nobody answers within wait_ms. Blocks. */
rd_kafka_resp_err_t fl_producer_topic_error(rd_kafka_t *rk, const char *topic, int wait_ms);
static inline uint64_t fl_producer_number(const rd_kafka_message_t *m) { return (uint64_t)(uintptr_t)m->_private; }

#endif
