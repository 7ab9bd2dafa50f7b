/* kafka.c - the sink's thread: every log has its turn, then one wait for whatever comes next.
 *
 *     commit (fl_kafka_wake) --+
 *     delivery reports --------+--> eventfd --> poll() --> a turn for each log --> poll() ...
 *     stop --------------------+        (or a timer: cursor due, back-off over)
 *
 * The eventfd is read before the turns, so that what comes during them is not missed. All signals are blocked in this
 * thread, and so in librdkafka's, which inherit the mask: a connection that breaks under TLS gives EPIPE, not SIGPIPE.
 * Producers are made and thrown away here (ship.c); the rest of the program meets only atomics and the eventfd. */
#include "src/sink/kafka.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "fenceline/err.h"
#include "src/sink/cursor.h"
#include "src/sink/producer.h"
#include "src/sink/ship.h"

#define DEFAULT_PREFIX "fenceline.evidence."
#define LAST_MS 500 /* of the drain time: kept to take the last reports and write the cursors */

struct fl_kafka {
	struct fl_ship_env env;
	struct fl_ship **ships;
	unsigned n;
	pthread_t thread;
	bool running;
	_Atomic int64_t deadline_ms;
};

void fl_ship_say(struct fl_ship_env *env, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (!env->say)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	env->say(env->user, line);
}

void fl_ship_error(struct fl_ship_env *env, const char *text)
{
	pthread_mutex_lock(&env->lock);
	snprintf(env->last_error, sizeof env->last_error, "%s", text);
	pthread_mutex_unlock(&env->lock);
}

int fl_kafka_new(struct fl_kafka **out, const struct fl_kafka_opts *o, char err[512])
{
	const char *prefix = o->topic_prefix ? o->topic_prefix : DEFAULT_PREFIX;
	struct fl_kafka *k;
	int rc;

	if (!o->brokers || !*o->brokers) {
		snprintf(err, 512, "no Kafka broker given; say host:port, or several joined by commas");
		return FL_EINVALID;
	}
	if (!fl_topic_ok(prefix)) {
		snprintf(err, 512, "topic prefix \"%.200s\": Kafka takes letters, digits and . _ - only", prefix);
		return FL_EINVALID;
	}
	rc = fl_producer_check(o->brokers, err);
	if (rc)
		return rc;
	k = calloc(1, sizeof *k);
	if (!k)
		goto nomem;
	k->env.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (k->env.wake_fd < 0) {
		rc = fl_err_from_errno(errno);
		snprintf(err, 512, "eventfd: %s", strerror(errno));
		free(k);
		return rc;
	}
	pthread_mutex_init(&k->env.lock, NULL);
	k->env.say = o->say;
	k->env.user = o->user;
	k->env.brokers = strdup(o->brokers);
	k->env.topic_prefix = strdup(prefix);
	if (!k->env.brokers || !k->env.topic_prefix) {
		fl_kafka_free(k);
		goto nomem;
	}
	*out = k;
	return FL_OK;
nomem:
	snprintf(err, 512, "%s", fl_strerror(FL_ENOMEM));
	return FL_ENOMEM;
}

int fl_kafka_add(struct fl_kafka *k, const struct fl_log *l, const char *dir)
{
	struct fl_ship **ships = realloc(k->ships, (k->n + 1) * sizeof(struct fl_ship *));
	int err;

	if (!ships)
		return FL_ENOMEM;
	k->ships = ships;
	err = fl_ship_new(&k->ships[k->n], &k->env, l, dir);
	if (err)
		return err;
	k->n++;
	return FL_OK;
}

void fl_kafka_wake(struct fl_kafka *k)
{
	static const uint64_t one = 1;
	ssize_t put = write(k->env.wake_fd, &one, sizeof one);

	(void)put; /* EAGAIN: 2^64 - 2 wakes are waiting to be read; one is enough */
}

static bool all_done(const struct fl_kafka *k)
{
	unsigned i;

	for (i = 0; i < k->n; i++)
		if (!fl_ship_barred(k->ships[i]) && !fl_ship_done(k->ships[i]))
			return false;
	return true;
}

static void *run(void *arg)
{
	struct fl_kafka *k = arg;
	struct pollfd pfd = {.fd = k->env.wake_fd, .events = POLLIN};
	int64_t now, wait, deadline, due;
	uint64_t events;
	unsigned i;
	ssize_t got;
	bool more;

	for (;;) {
		got = read(k->env.wake_fd, &events, sizeof events);
		(void)got;
		more = false;
		wait = 1000;
		for (i = 0; i < k->n; i++) {
			now = fl_clock_ms();
			more |= fl_ship_turn(k->ships[i], now);
			due = fl_ship_wait_ms(k->ships[i], now);
			wait = due < wait ? due : wait;
		}
		now = fl_clock_ms();
		if (atomic_load(&k->env.stop)) {
			deadline = atomic_load(&k->deadline_ms);
			if (all_done(k) || now >= deadline)
				break;
			wait = deadline - now < wait ? deadline - now : wait;
		}
		if (!more)
			poll(&pfd, 1, (int)wait);
	}
	return NULL;
}

int fl_kafka_start(struct fl_kafka *k)
{
	sigset_t all, was;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	rc = pthread_create(&k->thread, NULL, run, k);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (rc)
		return fl_err_from_errno(rc);
	k->running = true;
	return FL_OK;
}

void fl_kafka_status(struct fl_kafka *k, struct fl_kafka_status *out)
{
	unsigned i;

	*out = (struct fl_kafka_status){
		.shipped = atomic_load(&k->env.shipped),
		.failed = atomic_load(&k->env.failed),
		.connected = atomic_load(&k->env.connected),
	};
	for (i = 0; i < k->n; i++)
		out->behind += fl_ship_behind(k->ships[i]);
	pthread_mutex_lock(&k->env.lock);
	memcpy(out->last_error, k->env.last_error, sizeof out->last_error);
	pthread_mutex_unlock(&k->env.lock);
}

int fl_kafka_stop(struct fl_kafka *k, int drain_ms)
{
	int64_t last = drain_ms / 4 < LAST_MS ? drain_ms / 4 : LAST_MS;
	int rc = FL_OK;
	unsigned i;

	if (k->running) {
		atomic_store(&k->deadline_ms, fl_clock_ms() + drain_ms - last);
		atomic_store(&k->env.stop, true);
		fl_kafka_wake(k);
		pthread_join(k->thread, NULL);
		k->running = false;
	}
	/* Nothing in flight is worth waiting for beyond the deadline: purged records are reported at once, so that the
	 * logs need their share of the wait only where a report is really on its way. */
	for (i = 0; i < k->n; i++)
		fl_ship_stop(k->ships[i], last / k->n);
	for (i = 0; i < k->n; i++) {
		if (fl_ship_barred(k->ships[i]))
			rc = FL_EFORMAT;
		else if (!fl_ship_done(k->ships[i]) && !rc)
			rc = FL_ETIMEOUT;
	}
	return rc;
}

void fl_kafka_free(struct fl_kafka *k)
{
	unsigned i;

	if (!k)
		return;
	if (k->running)
		(void)fl_kafka_stop(k, 0);
	for (i = 0; i < k->n; i++)
		fl_ship_free(k->ships[i]);
	free(k->ships);
	free(k->env.brokers);
	free(k->env.topic_prefix);
	pthread_mutex_destroy(&k->env.lock);
	close(k->env.wake_fd);
	free(k);
}
