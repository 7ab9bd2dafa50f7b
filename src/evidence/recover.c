/* recover.c - where does a log end? Reads the newest segment once, parses its last line, mends its tail.
 *
 * The number of the next record follows twice: from the segment's name plus its lines, and from event.sequence of the
 * last line. Both must agree. A crash can leave behind, and does no harm:
 *
 *     an empty newest segment         made, nothing written: kept if the segment before ends where it begins
 *     a last line without newline     cut off
 *     a last line that is no record   cut off (a page of it never reached the disk)
 *
 * Only one line is ever cut, and only the last: it was not acknowledged, as acknowledging waits for the disk. Anything
 * else is damage; then nothing is changed and the message says where. Earlier lines are not parsed here (that is
 * `verify`'s work): opening takes time proportional to the newest segment, plus the one before if that is empty.
 *
 * Reads by pread and never by mmap: a file that shrinks under us gives an error and not a signal. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/log_internal.h"
#include "fenceline/err.h"

enum { CHUNK = 65536 };

bool fl_log_record_number(const char *text, size_t n, uint64_t *number)
{
	const cJSON *event, *sequence;
	const char *end = NULL;
	cJSON *root;
	bool ok = false;

	if (!n || n > FL_RECORD_MAX || text[0] != '{')
		return false;
	root = cJSON_ParseWithLengthOpts(text, n, &end, 0);
	if (root && end == text + n) {
		event = cJSON_GetObjectItemCaseSensitive(root, "event");
		sequence = cJSON_GetObjectItemCaseSensitive(event, "sequence");
		if (cJSON_IsNumber(sequence) && sequence->valuedouble >= 0 && sequence->valuedouble < (double)FL_LOG_NUMBER_MAX &&
		    (double)(uint64_t)sequence->valuedouble == sequence->valuedouble) {
			*number = (uint64_t)sequence->valuedouble;
			ok = true;
		}
	}
	cJSON_Delete(root);
	return ok;
}

/* A segment's shape. Lines are counted from 1; the tail is what follows the last newline. */
struct shape {
	uint64_t size;
	uint64_t lines;
	uint64_t last;   /* offset of the last whole line */
	uint64_t before; /* of the one before it */
	uint64_t tail;   /* offset just past the last newline */
};

static int read_at(int fd, void *p, size_t n, uint64_t at, size_t *got)
{
	ssize_t r;

	*got = 0;
	while (*got < n) {
		r = pread(fd, (char *)p + *got, n - *got, (off_t)(at + *got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return fl_err_from_errno(errno);
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return FL_OK;
}

static int measure(int fd, struct shape *out)
{
	struct shape s = {0};
	const char *p, *end, *nl;
	char *buf = malloc(CHUNK);
	size_t got;
	int err;

	if (!buf)
		return FL_ENOMEM;
	while (!(err = read_at(fd, buf, CHUNK, s.size, &got)) && got) {
		for (p = buf, end = buf + got; (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1) {
			s.before = s.last;
			s.last = s.tail;
			s.tail = s.size + (uint64_t)(nl + 1 - buf);
			s.lines++;
		}
		s.size += got;
	}
	free(buf);
	if (!err)
		*out = s;
	return err;
}

/* The record in bytes from..to of fd (to: past its newline). *ok false: it is none. */
static int number_at(int fd, uint64_t from, uint64_t to, uint64_t *number, bool *ok)
{
	size_t n = to - from > FL_RECORD_MAX + 1 ? 0 : (size_t)(to - from), got;
	char *buf;
	int err;

	*ok = false;
	if (n < 2)
		return FL_OK;
	buf = malloc(n);
	if (!buf)
		return FL_ENOMEM;
	err = read_at(fd, buf, n, from, &got);
	if (!err)
		*ok = got == n && fl_log_record_number(buf, n - 1, number);
	free(buf);
	return err;
}

FL_PRINTF(4, 5) static int damaged(const struct fl_log *l, char err[512], uint64_t segment, const char *fmt, ...)
{
	char name[FL_SEGMENT_NAME_MAX];
	va_list ap;
	int n;

	fl_segment_name(name, segment);
	n = snprintf(err, 512, "%s/%s", l->name, name);
	va_start(ap, fmt);
	vsnprintf(err + n, 512 - (size_t)n, fmt, ap);
	va_end(ap);
	return FL_EFORMAT;
}

/* The last line of a segment must be the record that the name and the lines say. */
static int agree(const struct fl_log *l, int fd, uint64_t first, const struct shape *s, char err[512])
{
	uint64_t number = 0;
	bool ok;
	int rc;

	if (!s->lines)
		return FL_OK;
	rc = number_at(fd, s->last, s->tail, &number, &ok);
	if (rc) {
		snprintf(err, 512, "cannot read the last record: %s", fl_strerror(rc));
		return rc;
	}
	if (!ok)
		return damaged(l, err, first, ":%" PRIu64 ": not a record, and not the last line", s->lines);
	if (number != first + s->lines - 1)
		return damaged(l, err, first, ":%" PRIu64 ": holds record %" PRIu64 " where %" PRIu64 " belongs", s->lines, number,
			       first + s->lines - 1);
	return FL_OK;
}

static int open_segment(struct fl_log *l, uint64_t first, int flags, int *fd, char err[512])
{
	char name[FL_SEGMENT_NAME_MAX];
	struct stat st;
	int rc;

	fl_segment_name(name, first);
	*fd = openat(l->dirfd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd < 0 || fstat(*fd, &st)) {
		rc = fl_err_from_errno(errno);
		snprintf(err, 512, "cannot open %s: %s", name, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		rc = damaged(l, err, first, ": not a regular file");
	} else {
		return FL_OK;
	}
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return rc;
}

/* An empty segment `first` is right only if the one before it ends there. */
static int check_before(struct fl_log *l, uint64_t first, char err[512])
{
	struct fl_segment_near near;
	struct shape s;
	int fd, rc;

	if (!first)
		return FL_OK;
	rc = fl_segment_find(l->dirfd, first - 1, &near);
	if (rc) {
		snprintf(err, 512, "cannot list the log: %s", fl_strerror(rc));
		return rc;
	}
	if (!near.has_below)
		return FL_OK; /* expired: the name alone says where to go on */
	rc = open_segment(l, near.below, O_RDONLY, &fd, err);
	if (rc)
		return rc;
	rc = measure(fd, &s);
	if (rc)
		snprintf(err, 512, "cannot read the segment before %" PRIu64 ": %s", first, fl_strerror(rc));
	else if (s.tail != s.size)
		rc = damaged(l, err, near.below, ":%" PRIu64 ": the last line is cut off, but a newer segment exists", s.lines + 1);
	else if (near.below + s.lines != first)
		rc = damaged(l, err, near.below, ": ends with record %" PRIu64 ", but the next segment begins at %" PRIu64,
			     near.below + s.lines - 1, first);
	else
		rc = agree(l, fd, near.below, &s, err);
	close(fd);
	return rc;
}

/* The tail: bytes without a newline, or a last line that is no record. What is left must end with a record. */
static int mend(struct fl_log *l, int fd, uint64_t first, struct shape *s, struct fl_log_repair *repair, char err[512])
{
	uint64_t number, keep = s->tail;
	bool ok = true;
	int rc;

	if (s->tail == s->size && s->lines) {
		rc = number_at(fd, s->last, s->tail, &number, &ok);
		if (rc) {
			snprintf(err, 512, "cannot read the last record: %s", fl_strerror(rc));
			return rc;
		}
		if (!ok) {
			keep = s->last;
			s->lines--;
			s->tail = s->last;
			s->last = s->before;
		}
	}
	rc = agree(l, fd, first, s, err);
	if (rc || keep == s->size)
		return rc;
	if (l->io->truncate(l->io->ctx, fd, (off_t)keep)) {
		rc = fl_err_from_errno(errno);
		snprintf(err, 512, "cannot cut off the torn last line: %s", strerror(errno));
		return rc;
	}
	repair->torn = true;
	repair->torn_bytes = s->size - keep;
	s->size = keep;
	return FL_OK;
}

int fl_log_recover(struct fl_log *l, struct fl_log_repair *repair, char err[512])
{
	struct fl_segment_near near;
	struct shape s;
	int fd, rc;

	rc = fl_segment_find(l->dirfd, UINT64_MAX, &near);
	if (rc) {
		snprintf(err, 512, "cannot list the log: %s", fl_strerror(rc));
		return rc;
	}
	if (!near.has_below)
		return FL_OK;
	if (near.below >= FL_LOG_NUMBER_MAX)
		return damaged(l, err, near.below, ": no log has that many records");
	rc = open_segment(l, near.below, O_RDWR, &fd, err);
	if (rc)
		return rc;
	rc = measure(fd, &s);
	if (rc)
		snprintf(err, 512, "cannot read the newest segment: %s", fl_strerror(rc));
	else
		rc = mend(l, fd, near.below, &s, repair, err);
	if (!rc && !s.lines)
		rc = check_before(l, near.below, err);
	/* What a killed writer wrote may lie in memory only. */
	if (!rc && (l->io->datasync(l->io->ctx, fd) || l->io->sync(l->io->ctx, l->dirfd))) {
		rc = fl_err_from_errno(errno);
		snprintf(err, 512, "cannot sync the newest segment: %s", strerror(errno));
	}
	if (rc) {
		close(fd);
		return rc;
	}
	l->fd = fd;
	l->seg_size = s.size;
	l->durable = l->next = near.below + s.lines;
	repair->resumed = l->next > 0;
	return FL_OK;
}
