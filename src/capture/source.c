/* source.c - opens capture files and reads frames from them.
 *
 * A regular file is read by libpcap itself, unless it is a pcapng that must be split by link type (pcapng.h).
 * Anything else (a pipe, standard input) is read through a stream that also waits for fl_capture_break, as a
 * read from a silent pipe would otherwise hold up the end of the program.
 *
 * A file that cannot be opened is the user's to mend: a sentence. A file that is torn or breaks its format after
 * that is evidence all the same: the frames before it count, and the place is told in damage.
 *
 * Ownership: a source owns its pcap_t, which owns its stream. Thread: the one that reads. */
#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/linktype.h"
#include "capture/pcapng.h"
#include "fenceline/err.h"

int fl_capture_say(char err[FL_CAPTURE_ERR_MAX], int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, FL_CAPTURE_ERR_MAX, fmt, ap);
	va_end(ap);
	return code;
}

/* --- what is no regular file --- */

struct wait_stream {
	int fd;
	struct fl_source *source;
};

static ssize_t wait_read(void *cookie, char *out, size_t size)
{
	struct wait_stream *w = cookie;
	struct fl_source *s = w->source;
	struct pollfd fds[2] = {{.fd = w->fd, .events = POLLIN}, {.fd = s->stop->fd, .events = POLLIN}};
	ssize_t n;

	for (;;) {
		if (atomic_load(&s->stop->set))
			return 0;
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue; /* the flag says whether this was a break */
			return -1;
		}
		if (!fds[0].revents)
			continue;
		n = read(w->fd, out, size);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n > 0)
			atomic_fetch_add_explicit(&s->pos, (uint64_t)n, memory_order_relaxed);
		return n;
	}
}

static int wait_close(void *cookie)
{
	struct wait_stream *w = cookie;

	close(w->fd);
	free(w);
	return 0;
}

/* fd is taken, also on failure. */
static FILE *wait_stream(int fd, struct fl_source *s)
{
	struct wait_stream *w = malloc(sizeof *w);
	FILE *f = NULL;

	if (w) {
		*w = (struct wait_stream){.fd = fd, .source = s};
		f = fopencookie(w, "r", (cookie_io_functions_t){.read = wait_read, .close = wait_close});
	}
	if (!f) {
		close(fd);
		free(w);
	}
	return f;
}

/* --- opening --- */

/* What the first bytes tell about a file that libpcap does not know. */
static const char *format_hint(FILE *f)
{
	static const struct {
		const char *magic;
		unsigned n;
		const char *hint;
	} known[] = {
		{"\x1f\x8b", 2, "it is compressed with gzip: unpack it first (gunzip)"},
		{"\x28\xb5\x2f\xfd", 4, "it is compressed with zstd: unpack it first (unzstd)"},
		{"\xfd" "7zXZ", 5, "it is compressed with xz: unpack it first (unxz)"},
		{"BZh", 3, "it is compressed with bzip2: unpack it first (bunzip2)"},
		{"PK\x03\x04", 4, "it is a zip archive: unpack it first (unzip)"},
		{"snoop", 5, "it is a snoop capture: convert it first (editcap -F pcap)"},
		{"GMBU", 4, "it is a Network Monitor capture: convert it first (editcap -F pcap)"},
	};
	char start[8] = {0};
	size_t i, n = 0;

	if (fseeko(f, 0, SEEK_SET) == 0)
		n = fread(start, 1, sizeof start, f);
	for (i = 0; i < FL_ARRAY_LEN(known); i++)
		if (n >= known[i].n && memcmp(start, known[i].magic, known[i].n) == 0)
			return known[i].hint;
	return "give a capture in pcap or pcapng format";
}

int fl_source_filter(pcap_t *pcap, const char *bpf, const char *what, char err[FL_CAPTURE_ERR_MAX])
{
	struct bpf_program prog;
	int rc;

	if (pcap_compile(pcap, &prog, bpf, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return fl_capture_say(err, FL_EINVALID, "the filter \"%s\" does not work on %s: %s; see pcap-filter(7)", bpf, what,
				      pcap_geterr(pcap));
	rc = pcap_setfilter(pcap, &prog);
	pcap_freecode(&prog);
	if (rc != 0)
		return fl_capture_say(err, FL_EIO, "the filter \"%s\" cannot be set on %s: %s", bpf, what, pcap_geterr(pcap));
	return FL_OK;
}

/* Where a user's path is shown, and the name of its interface. */
static const char *shown_path(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static char *iface_name(const char *path, unsigned part)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char *name = NULL;

	if (strcmp(path, "-") == 0)
		base = "stdin";
	if (part ? asprintf(&name, "%s:%u", base, part) < 0 : asprintf(&name, "%s", base) < 0)
		return NULL;
	return name;
}

static void source_free(struct fl_source *s)
{
	if (!s)
		return;
	if (s->pcap)
		pcap_close(s->pcap); /* and its stream */
	free(s->name);
	free(s);
}

/* An empty source at the end of the list, or NULL. */
static struct fl_source *add_source(struct fl_sources *list, const char *path, unsigned part, struct fl_stop *stop)
{
	struct fl_source **grown = realloc(list->list, (list->n + 1) * sizeof *grown), *s = NULL;

	if (grown) {
		list->list = grown;
		s = calloc(1, sizeof *s);
	}
	if (!s)
		return NULL;
	s->name = iface_name(path, part);
	s->stop = stop;
	if (!s->name) {
		free(s);
		return NULL;
	}
	list->list[list->n++] = s;
	return s;
}

/* Gives a stream to libpcap. f is taken. */
static int start_source(struct fl_source *s, FILE *f, const char *path, const char *bpf, char err[FL_CAPTURE_ERR_MAX])
{
	char why[PCAP_ERRBUF_SIZE] = "";
	const char *shown = shown_path(path);
	int rc = FL_EFORMAT;

	s->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!s->pcap) {
		if (f == s->plain && s->size == 0)
			fl_capture_say(err, rc, "%s is empty; give a capture in pcap or pcapng format", shown);
		else
			fl_capture_say(err, rc, "%s cannot be read as a capture (%s); %s", shown, why, format_hint(f));
		fclose(f);
		s->plain = NULL;
		return rc;
	}
	s->linktype = fl_linktype_from_dlt(pcap_datalink(s->pcap));
	s->pcapng = pcap_major_version(s->pcap) == 1;
	return bpf ? fl_source_filter(s->pcap, bpf, shown, err) : FL_OK;
}

static int no_memory(const char *path, char err[FL_CAPTURE_ERR_MAX])
{
	return fl_capture_say(err, FL_ENOMEM, "out of memory while opening %s", shown_path(path));
}

static int cannot_open(const char *path, int errnum, char err[FL_CAPTURE_ERR_MAX])
{
	const char *cure = errnum == ENOENT   ? "check the path"
			   : errnum == EACCES ? "run as a user who may read it"
			   : errnum == EMFILE ? "give fewer files, or raise the limit with ulimit -n"
			   : errnum == EISDIR ? "give a capture file"
					      : "check the file";

	return fl_capture_say(err, fl_err_from_errno(errnum), "%s cannot be opened: %s; %s", shown_path(path),
			      strerror(errnum), cure);
}

/* One source for each link type of a pcapng. f is the scanned file and stays the caller's. */
static int open_split(struct fl_sources *list, const struct fl_ng_scan *scan, FILE *f, uint64_t size,
		      const char *path, const char *bpf, struct fl_stop *stop, char err[FL_CAPTURE_ERR_MAX])
{
	char again[64];
	struct fl_source *s;
	unsigned i;
	FILE *part;
	int rc = FL_OK;

	if (scan->too_many)
		return fl_capture_say(err, FL_ELIMIT, "%s has more than %u link types; split it by interface first (tshark -Y "
				      "frame.interface_id==0 -w)", shown_path(path), FL_NG_LINKTYPES_MAX);
	/* each part reads at its own position, so it opens the same file anew; also where it has no name any more */
	snprintf(again, sizeof again, "/proc/self/fd/%d", fileno(f));
	for (i = 0; i < scan->linktypes && !rc; i++) {
		s = add_source(list, path, scan->linktypes > 1 ? i + 1 : 0, stop);
		if (!s)
			return no_memory(path, err);
		s->size = size;
		part = fopen(again, "rbe");
		if (!part)
			return cannot_open(path, errno, err);
		part = fl_ng_split(part, scan, i, &s->pos);
		if (!part)
			return no_memory(path, err);
		rc = start_source(s, part, path, bpf, err);
	}
	return rc;
}

static int open_regular(struct fl_sources *list, int fd, uint64_t size, const char *path, const char *bpf,
			struct fl_stop *stop, char err[FL_CAPTURE_ERR_MAX])
{
	struct fl_ng_scan scan;
	struct fl_source *s;
	FILE *f = fdopen(fd, "rb");
	int rc;

	if (!f) {
		close(fd);
		return no_memory(path, err);
	}
	rc = fl_ng_scan(f, &scan);
	if (rc || scan.must_split) {
		rc = rc ? fl_capture_say(err, rc, "%s cannot be read; check the file", shown_path(path))
			: open_split(list, &scan, f, size, path, bpf, stop, err);
		fclose(f);
		return rc;
	}
	s = add_source(list, path, 0, stop);
	if (!s) {
		fclose(f);
		return no_memory(path, err);
	}
	s->plain = f;
	s->size = size;
	return start_source(s, f, path, bpf, err);
}

int fl_sources_open(struct fl_sources *list, const char *path, const char *bpf, struct fl_stop *stop,
		    char err[FL_CAPTURE_ERR_MAX])
{
	const int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
	struct fl_source *s;
	struct stat st;
	FILE *f;

	if (fd < 0)
		return cannot_open(path, errno, err);
	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		close(fd);
		return cannot_open(path, EISDIR, err);
	}
	if (S_ISREG(st.st_mode))
		return open_regular(list, fd, (uint64_t)st.st_size, path, bpf, stop, err);
	s = add_source(list, path, 0, stop);
	if (!s) {
		close(fd);
		return no_memory(path, err);
	}
	f = wait_stream(fd, s);
	return f ? start_source(s, f, path, bpf, err) : no_memory(path, err);
}

void fl_sources_done(struct fl_sources *list)
{
	unsigned i;

	for (i = 0; i < list->n; i++)
		source_free(list->list[i]);
	free(list->list);
	*list = (struct fl_sources){0};
}

/* --- reading --- */

struct fl_frame fl_source_frame(const struct pcap_pkthdr *h, const u_char *data, uint16_t linktype, bool nano,
				bool unsigned_32)
{
	struct fl_frame f = {.data = data, .caplen = h->caplen, .linktype = linktype};
	int64_t sec = h->ts.tv_sec, part = h->ts.tv_usec, ns;

	/* a frame that claims fewer bytes on the wire than there are was at least as long as these */
	f.wirelen = h->len > h->caplen ? h->len : h->caplen;
	if (unsigned_32 && sec < 0)
		sec += INT64_C(1) << 32; /* draft-ietf-opsawg-pcap 5: unsigned; libpcap reads them as signed */
	if (__builtin_mul_overflow(sec, INT64_C(1000000000), &ns) ||
	    __builtin_add_overflow(ns, nano ? part : part * 1000, &ns))
		ns = sec < 0 ? 0 : INT64_MAX;
	f.ts_ns = ns < 0 ? 0 : ns; /* before 1970 is a clock that was never set, or a file made up */
	return f;
}

uint64_t fl_source_pos(const struct fl_source *s)
{
	const off_t at = s->plain ? ftello(s->plain) : -1;

	return at >= 0 ? (uint64_t)at : atomic_load_explicit(&s->pos, memory_order_relaxed);
}

static void note_damage(struct fl_source *s)
{
	const char *why = pcap_geterr(s->pcap);

	snprintf(s->damage, sizeof s->damage, "after frame %" PRIu64 ", at byte %" PRIu64 ": %s%s", s->frames,
		 fl_source_pos(s), why,
		 !s->size && strstr(why, "different from the")
			 ? "; a pipe cannot be split by interface: save it as a file and read that"
			 : "");
}

bool fl_source_next(struct fl_source *s)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	int rc;

	do
		rc = pcap_next_ex(s->pcap, &h, &data);
	while (rc == 0);
	if (rc == 1) {
		s->head = fl_source_frame(h, data, s->linktype, true, !s->pcapng);
		s->frames++;
		return true;
	}
	if (rc == PCAP_ERROR && !atomic_load(&s->stop->set))
		note_damage(s);
	return false;
}
