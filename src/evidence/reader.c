/* reader.c - records of a log in order, from any number on.
 *
 * The segment that holds the number is found by its name; only that segment's lines are skipped. At a segment's end the
 * next must begin exactly where this one ended: a missing segment is FL_EFORMAT, never passed over.
 *
 * Of a log that is open here, only what is committed is given: bytes beyond may be in the file, but not on disk. Of a
 * directory, whole lines are given. A line that is not whole yet is never kept between calls: if its writer died, the
 * next writer cuts it off and writes another in its place.
 *
 * Reads by pread into one fixed buffer; lines longer than a record are FL_EFORMAT. Each reader belongs to one thread at
 * a time; a reader of an open log must be closed before the log. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/log_internal.h"
#include "fenceline/err.h"

enum { BUFFER = 2 * (FL_RECORD_MAX + 1) };

struct fl_log_reader {
	const struct fl_log *log; /* NULL: by path */
	int dirfd;
	int fd;             /* segment; -1: none yet */
	uint64_t first;     /* number of its first record */
	uint64_t at;        /* number of the next line of it */
	uint64_t next;      /* number of the record to give next */
	uint64_t offset;    /* in the file, of buf[end] */
	size_t start, end;  /* bytes read and not given */
	char buf[BUFFER];
};

int fl_log_reader_open(struct fl_log_reader **out, const struct fl_log *l, const char *path, uint64_t from)
{
	struct fl_log_reader *r = malloc(sizeof *r);
	int rc;

	if (!r)
		return FL_ENOMEM;
	r->log = l;
	r->fd = -1;
	r->next = from;
	r->first = r->at = r->offset = 0;
	r->start = r->end = 0;
	if (l)
		r->dirfd = openat(l->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else
		r->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dirfd < 0) {
		rc = fl_err_from_errno(errno);
		free(r);
		return rc;
	}
	*out = r;
	return FL_OK;
}

void fl_log_reader_close(struct fl_log_reader *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	close(r->dirfd);
	free(r);
}

static int enter_segment(struct fl_log_reader *r, uint64_t first)
{
	char name[FL_SEGMENT_NAME_MAX];
	struct stat st;
	int fd, rc;

	if (first >= FL_LOG_NUMBER_MAX)
		return FL_EFORMAT;
	fl_segment_name(name, first);
	fd = openat(r->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return fl_err_from_errno(errno);
	if (fstat(fd, &st)) {
		rc = fl_err_from_errno(errno);
		close(fd);
		return rc;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return FL_EFORMAT;
	}
	if (r->fd >= 0)
		close(r->fd);
	r->fd = fd;
	r->first = r->at = first;
	r->offset = 0;
	r->start = r->end = 0;
	return FL_OK;
}

/* 1: in the segment where `next` is or will be; 0: there is none yet. */
static int seek(struct fl_log_reader *r)
{
	struct fl_segment_near near;
	int rc = fl_segment_find(r->dirfd, r->next, &near);

	if (rc)
		return rc;
	if (!near.has_below)
		return near.has_above ? FL_ENOTFOUND : 0; /* ENOTFOUND: expired */
	rc = enter_segment(r, near.below);
	return rc ? rc : 1;
}

/* 1: a whole line, without its newline; 0: none is there now. */
static int whole_line(struct fl_log_reader *r, const char **text, size_t *n, bool *partial)
{
	size_t scanned = 0;
	const char *nl;
	ssize_t got;

	for (;;) {
		nl = memchr(r->buf + r->start + scanned, '\n', r->end - r->start - scanned);
		if (nl)
			break;
		scanned = r->end - r->start;
		if (scanned > FL_RECORD_MAX)
			return FL_EFORMAT;
		memmove(r->buf, r->buf + r->start, scanned);
		r->start = 0;
		r->end = scanned;
		do
			got = pread(r->fd, r->buf + r->end, sizeof r->buf - r->end, (off_t)r->offset);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return fl_err_from_errno(errno);
		if (got == 0) {
			*partial = r->end > 0;
			r->offset -= r->end; /* see the file's head: not kept */
			r->end = 0;
			return 0;
		}
		r->end += (size_t)got;
		r->offset += (uint64_t)got;
	}
	*text = r->buf + r->start;
	*n = (size_t)(nl - *text);
	if (!*n || *n > FL_RECORD_MAX)
		return FL_EFORMAT;
	r->start += *n + 1;
	return 1;
}

/* The segment has no more lines. 1: now in the next one, or more lines have come; 0: that is all for now. */
static int segment_end(struct fl_log_reader *r)
{
	struct fl_segment_near near = {.above = r->at};
	char name[FL_SEGMENT_NAME_MAX];
	bool partial = false;
	const char *text;
	size_t n;
	int rc;

	/* The next one's name is known; the directory is looked through only where it is not there. */
	fl_segment_name(name, r->at);
	if (r->at == r->first || faccessat(r->dirfd, name, F_OK, 0)) {
		rc = fl_segment_find(r->dirfd, r->first, &near);
		if (rc)
			return rc;
		if (!near.has_above)
			return r->log ? FL_EFORMAT : 0; /* a committed record must be somewhere */
	}
	/* Another process may have gone on here and then begun the next one, both since we looked. */
	rc = whole_line(r, &text, &n, &partial);
	if (rc < 0)
		return rc;
	if (rc) {
		r->start = (size_t)(text - r->buf);
		return 1;
	}
	if (partial || near.above != r->at)
		return FL_EFORMAT;
	rc = enter_segment(r, near.above);
	return rc ? rc : 1;
}

int fl_log_reader_next(struct fl_log_reader *r, const char **text, size_t *n, uint64_t *number)
{
	bool partial;
	int rc;

	if (r->log && r->next >= fl_log_committed(r->log))
		return 0;
	if (r->fd < 0) {
		rc = seek(r);
		if (rc <= 0)
			return rc || !r->log ? rc : FL_EFORMAT;
	}
	for (;;) {
		rc = whole_line(r, text, n, &partial);
		if (!rc) {
			rc = segment_end(r);
			if (rc <= 0)
				return rc;
			continue;
		}
		if (rc < 0)
			return rc;
		if (r->at++ < r->next)
			continue;
		*number = r->next++;
		return 1;
	}
}
