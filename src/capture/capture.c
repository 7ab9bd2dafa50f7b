/* capture.c - frames in time order, from files or from one interface.
 *
 * Files are merged with a binary heap over the next frame of each: the smallest time first, and of equal times
 * the file that was given first, so that the order depends on nothing else (promise 4). Within one file frames
 * keep the file's order, also where its clock steps back. libpcap reuses a handle's buffer at the next read, so
 * the source of the frame that was given out is read on only at the next call.
 *
 * Ownership: the capture owns its sources. Thread: one calls everything but fl_capture_break, which may come
 * from a signal handler or another thread until fl_capture_close begins. */
#include "capture/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "capture/live.h"
#include "capture/source.h"
#include "fenceline/err.h"

struct fl_capture {
	struct fl_stop stop;
	bool is_live;
	struct fl_live live;
	struct fl_sources sources;
	unsigned *heap;      /* indices into sources, least next frame first */
	unsigned n_heap;
	bool primed;         /* each source has been asked for its first frame */
	bool given;          /* heap[0]'s frame is with the caller */
	uint64_t frames;
	char error[FL_CAPTURE_ERR_MAX];
};

static int capture_new(struct fl_capture **out, char err[FL_CAPTURE_ERR_MAX])
{
	struct fl_capture *c = calloc(1, sizeof *c);

	*err = '\0';
	if (c) {
		c->live.fd = -1;
		atomic_init(&c->stop.set, false);
		c->stop.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (c->stop.fd >= 0) {
			*out = c;
			return FL_OK;
		}
		free(c);
	}
	return fl_capture_say(err, FL_ENOMEM, "cannot open a capture: out of memory or file descriptors");
}

int fl_capture_open_files(struct fl_capture **out, const char *const *files, unsigned n, const char *bpf,
			  char err[FL_CAPTURE_ERR_MAX])
{
	struct fl_capture *c = NULL;
	unsigned i, stdins = 0;
	int rc = capture_new(&c, err);

	if (rc)
		return rc;
	for (i = 0; i < n; i++)
		stdins += strcmp(files[i], "-") == 0;
	if (n == 0)
		rc = fl_capture_say(err, FL_EINVALID, "no capture file; give at least one, or - for standard input");
	else if (stdins > 1)
		rc = fl_capture_say(err, FL_EINVALID, "standard input (-) is given %u times; it can be read only once",
				    stdins);
	for (i = 0; i < n && !rc; i++) {
		rc = fl_sources_open(&c->sources, files[i], bpf, &c->stop, err);
		if (!rc && c->sources.n > UINT16_MAX) /* fl_frame.iface */
			rc = fl_capture_say(err, FL_ELIMIT, "more than %u capture files; merge some first (mergecap)",
					    UINT16_MAX);
	}
	if (!rc) {
		c->heap = calloc(c->sources.n, sizeof *c->heap);
		if (!c->heap)
			rc = fl_capture_say(err, FL_ENOMEM, "cannot open the captures: out of memory");
	}
	if (rc) {
		fl_capture_close(c);
		return rc;
	}
	*out = c;
	return FL_OK;
}

int fl_capture_open_live(struct fl_capture **out, const char *iface, uint16_t iface_index, const char *bpf,
			 unsigned buffer_mib, char err[FL_CAPTURE_ERR_MAX])
{
	struct fl_capture *c = NULL;
	int rc = capture_new(&c, err);

	if (rc)
		return rc;
	c->is_live = true;
	rc = fl_live_open(&c->live, iface, iface_index, bpf, buffer_mib, err);
	if (rc) {
		fl_capture_close(c);
		return rc;
	}
	*out = c;
	return FL_OK;
}

static bool is_before(const struct fl_capture *c, unsigned a, unsigned b)
{
	const int64_t ta = c->sources.list[a]->head.ts_ns, tb = c->sources.list[b]->head.ts_ns;

	return ta != tb ? ta < tb : a < b;
}

static void sift_down(struct fl_capture *c, unsigned at)
{
	unsigned least, child, moved;

	for (;;) {
		least = at;
		for (child = 2 * at + 1; child <= 2 * at + 2 && child < c->n_heap; child++)
			if (is_before(c, c->heap[child], c->heap[least]))
				least = child;
		if (least == at)
			return;
		moved = c->heap[at];
		c->heap[at] = c->heap[least];
		c->heap[least] = moved;
		at = least;
	}
}

/* The first frame of each source. Not when opening: a pipe may have none for a long time. */
static void prime(struct fl_capture *c)
{
	unsigned i;

	for (i = 0; i < c->sources.n; i++)
		if (fl_source_next(c->sources.list[i]))
			c->heap[c->n_heap++] = i;
	for (i = c->n_heap / 2; i-- > 0;)
		sift_down(c, i);
	c->primed = true;
}

int fl_capture_next(struct fl_capture *c, struct fl_frame *frame)
{
	if (c->is_live)
		return fl_live_next(&c->live, &c->stop, frame, c->error);
	if (!c->primed) {
		prime(c);
	} else if (c->given) {
		if (!fl_source_next(c->sources.list[c->heap[0]]))
			c->heap[0] = c->heap[--c->n_heap];
		sift_down(c, 0);
	}
	c->given = false;
	if (c->n_heap == 0 || atomic_load(&c->stop.set))
		return FL_CAPTURE_END;
	*frame = c->sources.list[c->heap[0]]->head;
	frame->iface = (uint16_t)c->heap[0];
	frame->number = ++c->frames;
	c->given = true;
	return FL_CAPTURE_FRAME;
}

void fl_capture_break(struct fl_capture *c)
{
	const int saved = errno;
	const uint64_t one = 1;
	unsigned i;

	atomic_store(&c->stop.set, true);
	if (c->is_live)
		pcap_breakloop(c->live.pcap);
	for (i = 0; i < c->sources.n; i++)
		pcap_breakloop(c->sources.list[i]->pcap);
	if (write(c->stop.fd, &one, sizeof one) < 0) {
		/* the counter is full, so it is readable already */
	}
	errno = saved;
}

unsigned fl_capture_ifaces(const struct fl_capture *c) { return c->is_live ? 1 : c->sources.n; }

const char *fl_capture_iface_name(const struct fl_capture *c, unsigned i)
{
	return c->is_live ? c->live.name : c->sources.list[i]->name;
}

void fl_capture_stats(struct fl_capture *c, unsigned i, struct fl_capture_stats *out)
{
	if (c->is_live) {
		fl_live_stats(&c->live, out);
		return;
	}
	*out = (struct fl_capture_stats){.received = c->sources.list[i]->frames};
	if (*c->sources.list[i]->damage)
		out->damage = c->sources.list[i]->damage;
}

void fl_capture_progress(const struct fl_capture *c, uint64_t *done, uint64_t *total)
{
	bool known = !c->is_live;
	uint64_t d = 0, t = 0;
	unsigned i;

	for (i = 0; i < c->sources.n; i++) {
		d += fl_source_pos(c->sources.list[i]);
		t += c->sources.list[i]->size;
		known = known && c->sources.list[i]->size;
	}
	*done = d;
	*total = known ? t : 0;
}

const char *fl_capture_error(const struct fl_capture *c) { return c->error; }

void fl_capture_close(struct fl_capture *c)
{
	if (!c)
		return;
	fl_sources_done(&c->sources);
	fl_live_done(&c->live);
	free(c->heap);
	close(c->stop.fd);
	free(c);
}
