/* monitor.c - threads and their order of life.
 *
 *     capture(s) -> worker thread(s) =ring=> writer thread -> log -> kafka thread
 *
 * SIGINT and SIGTERM are blocked in all threads and read by the main thread from a signalfd: they stop the captures,
 * then each stage ends when the one before it has, so everything captured is told, written and synced. The main thread
 * otherwise only draws the progress line. A second signal stops waiting for a full disk (what it does not take is counted
 * as lost) and for Kafka (what is not shipped stays in the log). */
#include "monitor.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "capture/capture.h"
#include "dpi/dpi.h"
#include "fenceline/err.h"
#include "own.h"
#include "report/summary.h"
#include "ring.h"
#include "sink/kafka.h"
#include "worker.h"
#include "writer.h"
#include "zones/policy.h"

enum {
	PROGRESS_MS = 200,
	DRAIN_FILES_MS = 30000, /* a run over files ends by itself, so it may wait for a slow broker */
	DRAIN_LIVE_MS = 5000,   /* below the 10 s and more that service managers allow for a stop */
};

struct monitor;

struct lane { /* one capture and what runs it */
	struct monitor *monitor;
	struct fl_capture *capture;
	struct fl_ring *ring;
	struct fl_worker *worker;
	pthread_t thread;
	bool running;
	int err;
};

struct monitor {
	const struct fl_monitor_opts *o;
	struct lane *lanes;
	unsigned n_lanes;
	const char **iface_names;
	unsigned n_ifaces;
	struct fl_ring **rings;  /* the lanes', for the writer */
	struct fl_bell *bell;
	struct fl_writer *writer;
	struct fl_summary *summary;
	struct fl_kafka *kafka;
	pthread_t writer_thread;
	bool writer_running;
	int writer_err;
	int signal_fd, done_fd;
	sigset_t old_mask;
	bool masked, stopping, drawn;
	int64_t started_ms;
};

static void say(void *user, const char *line)
{
	struct monitor *m = user;

	fprintf(m->o->messages, "%sfenceline: %s\n", m->o->progress ? "\r\033[K" : "", line);
	fflush(m->o->messages);
}

/* --- progress --- */

static void clear_progress(struct monitor *m)
{
	if (m->drawn)
		fprintf(m->o->messages, "\r\033[K");
	m->drawn = false;
	fflush(m->o->messages);
}

static void draw_progress(struct monitor *m)
{
	struct fl_worker_progress p, sum = {0};
	double elapsed = (double)(fl_clock_ms() - m->started_ms) / 1000.0;
	uint64_t done = 0, total = 0, d, t;
	unsigned i;

	if (!m->o->progress || elapsed < 0.3) /* a short run needs none */
		return;
	for (i = 0; i < m->n_lanes; i++) {
		fl_worker_progress(m->lanes[i].worker, &p);
		sum.frames += p.frames;
		sum.bytes += p.bytes;
		fl_capture_progress(m->lanes[i].capture, &d, &t);
		done += d;
		total += t;
	}
	fprintf(m->o->messages, "\r\033[K  %" PRIu64 " packets", sum.frames);
	fprintf(m->o->messages, "  %.1f MB/s", (double)(total ? done : sum.bytes) / 1e6 / elapsed);
	if (total && done)
		fprintf(m->o->messages, "  %d %%  %.0f s left", (int)(100 * done / total),
			(double)(total - done) * elapsed / (double)done);
	fprintf(m->o->messages, "  %" PRIu64 " records", fl_writer_records(m->writer));
	fflush(m->o->messages);
	m->drawn = true;
}

/* --- threads --- */

static void *worker_main(void *arg)
{
	struct lane *l = arg;

	l->err = fl_worker_run(l->worker);
	if (l->err) /* at once: the other interfaces go on, and nobody may look for days */
		say(l->monitor, fl_capture_error(l->capture));
	return NULL;
}

static void *writer_main(void *arg)
{
	struct monitor *m = arg;
	uint64_t one = 1;

	m->writer_err = fl_writer_run(m->writer);
	if (write(m->done_fd, &one, sizeof one) != sizeof one)
		FL_BUG("an eventfd that was just made cannot be written");
	return NULL;
}

static void stop_captures(struct monitor *m)
{
	unsigned i;

	m->stopping = true;
	for (i = 0; i < m->n_lanes; i++)
		fl_capture_break(m->lanes[i].capture);
}

/* True if a signal came. */
static bool take_signal(struct monitor *m)
{
	struct signalfd_siginfo info;
	bool any = false;

	while (read(m->signal_fd, &info, sizeof info) == sizeof info)
		any = true;
	return any;
}

static void wait_for_writer(struct monitor *m)
{
	struct pollfd fds[2] = {{.fd = m->signal_fd, .events = POLLIN}, {.fd = m->done_fd, .events = POLLIN}};

	for (;;) {
		poll(fds, 2, m->o->progress ? PROGRESS_MS : -1);
		if (fds[0].revents & POLLIN && take_signal(m)) {
			if (m->stopping) /* once more: do not wait for a full disk either */
				fl_writer_stop(m->writer);
			stop_captures(m);
		}
		if (fds[1].revents & POLLIN)
			break;
		draw_progress(m);
	}
	clear_progress(m);
}

/* --- life --- */

/* A live sensor is a host among those it watches. */
static int bind_own_addresses(struct fl_policy *p)
{
	struct fl_addr own[FL_OWN_ADDRS_MAX];

	return fl_policy_bind_sensor(p, own, fl_own_addrs(own, FL_OWN_ADDRS_MAX));
}

static int open_captures(struct monitor *m)
{
	const struct fl_monitor_opts *o = m->o;
	char err[FL_CAPTURE_ERR_MAX] = "";
	unsigned i, k;
	int res;

	m->n_lanes = o->n_files ? 1 : o->n_ifaces;
	m->lanes = calloc(m->n_lanes, sizeof *m->lanes);
	if (!m->lanes)
		return FL_ENOMEM;
	for (i = 0; i < m->n_lanes; i++) {
		m->lanes[i].monitor = m;
		if (o->n_files)
			res = fl_capture_open_files(&m->lanes[i].capture, o->files, o->n_files, o->bpf, err);
		else
			res = fl_capture_open_live(&m->lanes[i].capture, o->ifaces[i], (uint16_t)i, o->bpf, o->buffer_mib, err);
		if (res || err[0]) /* a warning: it captures, but not quite as asked */
			say(m, err);
		if (res)
			return FL_EINVALID;
		m->n_ifaces += fl_capture_ifaces(m->lanes[i].capture);
	}
	m->iface_names = calloc(m->n_ifaces, sizeof *m->iface_names);
	if (!m->iface_names)
		return FL_ENOMEM;
	m->n_ifaces = 0;
	for (i = 0; i < m->n_lanes; i++)
		for (k = 0; k < fl_capture_ifaces(m->lanes[i].capture); k++)
			m->iface_names[m->n_ifaces++] = fl_capture_iface_name(m->lanes[i].capture, k);
	res = fl_policy_bind_ifaces(o->policy, m->iface_names, m->n_ifaces);
	return res || o->n_files ? res : bind_own_addresses(o->policy);
}

static int open_writer(struct monitor *m)
{
	const struct fl_monitor_opts *o = m->o;
	struct fl_summary_opts so = {.policy = o->policy, .vocab = o->vocab, .iface_names = m->iface_names, .n_ifaces = m->n_ifaces,
				     .filter = o->bpf};
	struct fl_writer_opts wo = {
		.env = {.sensor = o->sensor, .policy = o->policy, .vocab = o->vocab, .iface_names = m->iface_names,
			.n_ifaces = m->n_ifaces, .risk_name = fl_dpi_risk_name, .category_name = fl_dpi_category_name,
			.confidence_name = fl_dpi_confidence_name,
			.filter = o->bpf},
		.dir = o->dir, .n_rings = m->n_lanes, .say = say, .user = m,
		.live = !o->n_files, .start_ns = o->n_files ? 0 : fl_clock_ns(),
	};
	char err[512];
	unsigned i;
	int res;

	m->bell = fl_bell_new();
	m->rings = calloc(m->n_lanes, sizeof(struct fl_ring *));
	if (!m->bell || !m->rings)
		return FL_ENOMEM;
	wo.bell = m->bell;
	wo.rings = m->rings;
	for (i = 0; i < m->n_lanes; i++) {
		m->rings[i] = m->lanes[i].ring = fl_ring_new(FL_RING_BYTES);
		if (!m->rings[i])
			return FL_ENOMEM;
		fl_ring_set_bell(m->rings[i], m->bell);
	}
	res = fl_summary_new(&m->summary, &so);
	wo.summary = m->summary;
	if (!res) {
		res = fl_writer_new(&m->writer, &wo, err);
		if (res)
			say(m, err);
	}
	return res;
}

static int open_kafka(struct monitor *m)
{
	struct fl_kafka_opts ko = {.brokers = m->o->brokers, .say = say, .user = m};
	char err[512];
	unsigned i;
	int res;

	if (!m->o->brokers)
		return FL_OK;
	res = fl_kafka_new(&m->kafka, &ko, err);
	if (res) {
		say(m, err);
		return res;
	}
	for (i = 0; i < fl_writer_logs(m->writer) && !res; i++)
		res = fl_kafka_add(m->kafka, fl_writer_log(m->writer, i), m->o->dir);
	if (!res)
		res = fl_kafka_start(m->kafka);
	if (!res)
		fl_writer_set_kafka(m->writer, m->kafka);
	return res;
}

static int open_workers(struct monitor *m)
{
	uint16_t first = 0;
	unsigned i;
	int res;

	for (i = 0; i < m->n_lanes; i++) {
		struct fl_worker_opts wo = {
			.capture = m->lanes[i].capture, .ring = m->lanes[i].ring, .policy = m->o->policy, .vocab = m->o->vocab,
			.index = (uint16_t)i, .first_iface = first, .live = !m->o->n_files,
		};

		res = fl_worker_new(&m->lanes[i].worker, &wo);
		if (res)
			return res;
		first = (uint16_t)(first + fl_capture_ifaces(m->lanes[i].capture));
	}
	return FL_OK;
}

static int start_threads(struct monitor *m)
{
	char line[256];
	unsigned i;

	m->started_ms = fl_clock_ms();
	if (pthread_create(&m->writer_thread, NULL, writer_main, m))
		return FL_ENOMEM;
	m->writer_running = true;
	for (i = 0; i < m->n_lanes; i++) {
		if (pthread_create(&m->lanes[i].thread, NULL, worker_main, &m->lanes[i]))
			break;
		m->lanes[i].running = true;
	}
	if (i == m->n_lanes) {
		for (i = 0; i < m->o->n_ifaces; i++) {
			snprintf(line, sizeof line, "listening on %s%s", m->o->ifaces[i], i ? "" : "; Ctrl-C stops");
			say(m, line);
		}
		return FL_OK;
	}
	stop_captures(m);
	for (; i < m->n_lanes; i++)
		fl_ring_end(m->lanes[i].ring); /* nobody else will, and the writer waits for it */
	return FL_ENOMEM;
}

static void join_threads(struct monitor *m)
{
	unsigned i;

	for (i = 0; i < m->n_lanes; i++) {
		if (m->lanes[i].running)
			pthread_join(m->lanes[i].thread, NULL);
		m->lanes[i].running = false;
	}
	if (m->writer_running)
		pthread_join(m->writer_thread, NULL);
	m->writer_running = false;
}

/* Wait until all is shipped, the time is up, or a signal says not to wait. */
static int drain_kafka(struct monitor *m)
{
	int64_t until = fl_clock_ms() + (m->o->n_files ? DRAIN_FILES_MS : DRAIN_LIVE_MS);
	struct pollfd fd = {.fd = m->signal_fd, .events = POLLIN};
	struct fl_kafka_status st;
	char line[512];
	int res;

	if (!m->kafka)
		return FL_OK;
	fl_kafka_wake(m->kafka);
	for (;;) {
		fl_kafka_status(m->kafka, &st);
		if (!st.behind || fl_clock_ms() >= until)
			break;
		if (poll(&fd, 1, 50) > 0 && take_signal(m))
			break;
	}
	res = fl_kafka_stop(m->kafka, st.behind ? 0 : 5000);
	fl_kafka_status(m->kafka, &st);
	if (res || st.behind) {
		snprintf(line, sizeof line,
			 "kafka: %" PRIu64 " records are not shipped yet%s%s; they stay in %s and go out with the next run", st.behind,
			 st.last_error[0] ? ": " : "", st.last_error, m->o->dir);
		say(m, line);
		return res ? res : FL_ETIMEOUT;
	}
	return FL_OK;
}

static int after_run(struct monitor *m)
{
	struct fl_capture_stats st;
	char line[640];
	int res = FL_OK;
	unsigned i, k;

	for (i = 0; i < m->n_lanes; i++) {
		if (m->lanes[i].err)
			res = m->lanes[i].err;
		for (k = 0; k < fl_capture_ifaces(m->lanes[i].capture); k++) {
			fl_capture_stats(m->lanes[i].capture, k, &st);
			if (!st.damage)
				continue;
			snprintf(line, sizeof line, "%s: %s", fl_capture_iface_name(m->lanes[i].capture, k), st.damage);
			fl_summary_damage(m->summary, line);
		}
	}
	if (m->writer_err) /* the writer has said how many */
		res = m->writer_err;
	return res;
}

static void monitor_done(struct monitor *m)
{
	unsigned i;

	fl_kafka_free(m->kafka);
	fl_writer_free(m->writer);
	fl_summary_free(m->summary);
	for (i = 0; m->lanes && i < m->n_lanes; i++) {
		fl_worker_free(m->lanes[i].worker);
		fl_ring_free(m->lanes[i].ring);
		fl_capture_close(m->lanes[i].capture);
	}
	fl_bell_free(m->bell);
	free(m->lanes);
	free(m->rings);
	free(m->iface_names);
	if (m->signal_fd >= 0)
		close(m->signal_fd);
	if (m->done_fd >= 0)
		close(m->done_fd);
	if (m->masked)
		pthread_sigmask(SIG_SETMASK, &m->old_mask, NULL);
}

static int open_signals(struct monitor *m)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (pthread_sigmask(SIG_BLOCK, &set, &m->old_mask))
		return FL_EIO;
	m->masked = true;
	m->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	m->done_fd = eventfd(0, EFD_CLOEXEC);
	return m->signal_fd < 0 || m->done_fd < 0 ? fl_err_from_errno(errno) : FL_OK;
}

int fl_monitor_run(const struct fl_monitor_opts *o)
{
	struct monitor m = {.o = o, .signal_fd = -1, .done_fd = -1};
	int res, late;

	res = open_captures(&m); /* before signals are held back: a pipe may keep us waiting, and nothing is begun yet */
	if (!res)
		res = open_signals(&m);
	if (!res)
		res = open_writer(&m);
	if (!res)
		res = open_kafka(&m);
	if (!res)
		res = open_workers(&m);
	if (res) {
		if (res == FL_ENOMEM)
			say(&m, fl_strerror(res));
		monitor_done(&m);
		return res;
	}
	res = start_threads(&m);
	if (m.writer_running)
		wait_for_writer(&m);
	join_threads(&m);
	late = after_run(&m);
	if (!res)
		res = late;
	late = drain_kafka(&m);
	if (!res)
		res = late;
	late = o->report(o->user, m.summary);
	if (!res)
		res = late;
	monitor_done(&m);
	return res;
}
