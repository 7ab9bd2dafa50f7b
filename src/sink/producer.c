/* producer.c - how librdkafka is set, and why.
 *
 *   message.timeout.ms = 0          For ever. A local time-out would drop a record and go on with the next: a gap. The
 *                                   log on disk keeps what waits, and the queue's bound stops our reading on.
 *   enable.idempotence              What is sent again is stored once, in order, within one producer's life; brings
 *                                   acks=all.
 *   enable.gapless.guarantee        Where the broker refuses a batch for good, librdkafka would renumber and send the
 *                                   rest. This makes it a fatal error of the producer instead.
 *   partitioner = murmur2_random    As the Java client: one key, one partition, whoever computes it.
 *   log.queue                       Its lines come through rd_kafka_poll, never to standard error.
 *
 * Stateless; rd_kafka_t is the state. */
#include "src/sink/producer.h"

#include <assert.h>
#include <string.h>

#include "fenceline/err.h"

static_assert(sizeof(void *) >= sizeof(uint64_t), "a record's number travels as a message's opaque pointer");
static_assert(FL_PRODUCER_QUEUE == 4096, "as queue.buffering.max.messages below");

static rd_kafka_conf_t *conf_new(const char *brokers, char err[512])
{
	static const char *const fixed[][2] = {
		{"client.id", "fenceline"}, {"enable.idempotence", "true"}, {"enable.gapless.guarantee", "true"},
		{"message.timeout.ms", "0"}, {"compression.codec", "lz4"}, {"linger.ms", "5"},
		{"queue.buffering.max.messages", "4096"}, {"queue.buffering.max.kbytes", "16384"},
		{"partitioner", "murmur2_random"}, {"reconnect.backoff.max.ms", "2000"},
		{"socket.keepalive.enable", "true"}, {"log.queue", "true"},
	};
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(fixed); i++)
		if (rd_kafka_conf_set(c, fixed[i][0], fixed[i][1], err, 512) != RD_KAFKA_CONF_OK)
			goto bad;
	if (rd_kafka_conf_set(c, "bootstrap.servers", brokers, err, 512) != RD_KAFKA_CONF_OK)
		goto bad;
	return c;
bad:
	rd_kafka_conf_destroy(c);
	return NULL;
}

int fl_producer_check(const char *brokers, char err[512])
{
	rd_kafka_conf_t *c = conf_new(brokers, err);

	if (!c)
		return FL_EINVALID;
	rd_kafka_conf_destroy(c);
	return FL_OK;
}

rd_kafka_t *fl_producer_new(const char *brokers, const struct fl_producer_calls *calls, void *opaque, int wake_fd,
			    char err[512])
{
	static const uint64_t one = 1; /* what an eventfd takes */
	rd_kafka_conf_t *c = conf_new(brokers, err);
	rd_kafka_queue_t *events;
	rd_kafka_t *rk;

	if (!c)
		return NULL;
	rd_kafka_conf_set_dr_msg_cb(c, calls->report);
	rd_kafka_conf_set_error_cb(c, calls->error);
	rd_kafka_conf_set_log_cb(c, calls->log);
	rd_kafka_conf_set_opaque(c, opaque);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, c, err, 512);
	if (!rk) {
		rd_kafka_conf_destroy(c); /* taken only on success */
		return NULL;
	}
	rd_kafka_set_log_queue(rk, NULL);
	events = rd_kafka_queue_get_main(rk);
	rd_kafka_queue_io_event_enable(events, wake_fd, &one, sizeof one);
	rd_kafka_queue_destroy(events); /* our reference */
	return rk;
}

void fl_producer_free(rd_kafka_t *rk)
{
	rd_kafka_queue_t *events = rd_kafka_queue_get_main(rk);

	rd_kafka_queue_io_event_enable(events, -1, NULL, 0);
	rd_kafka_queue_destroy(events);
	rd_kafka_destroy(rk);
}

/* borrowed - librdkafka's types have no const; it copies. */
static void *borrowed(const void *p)
{
	union {
		const void *in;
		void *out;
	} u = {p};

	return u.out;
}

rd_kafka_resp_err_t fl_producer_send(rd_kafka_t *rk, const char *topic, const char *key, const char *text, size_t n,
				     uint64_t number)
{
	const rd_kafka_vu_t record[] = {
		{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {borrowed(key), strlen(key)}},
		{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {borrowed(text), n}},
		{.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"content-type", "application/json", -1}},
		{.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)number},
	};
	rd_kafka_error_t *error = rd_kafka_produceva(rk, record, FL_ARRAY_LEN(record));
	rd_kafka_resp_err_t err;

	if (!error)
		return RD_KAFKA_RESP_ERR_NO_ERROR;
	err = rd_kafka_error_code(error);
	rd_kafka_error_destroy(error);
	return err;
}

rd_kafka_resp_err_t fl_producer_topic_error(rd_kafka_t *rk, const char *topic, int wait_ms)
{
	const struct rd_kafka_metadata *m;
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
	int i;

	if (rd_kafka_metadata(rk, 0, NULL, &m, wait_ms)) /* of the topics this producer knows */
		return err;
	for (i = 0; i < m->topic_cnt; i++)
		if (!strcmp(m->topics[i].topic, topic))
			err = m->topics[i].err;
	rd_kafka_metadata_destroy(m);
	return err;
}
