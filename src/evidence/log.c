/* log.c - the writer: append into memory, commit to disk, then publish.
 *
 *     append -> held[] --commit: pwrite, fdatasync--> segment --> committed (readers may see it)
 *
 * A commit writes at the offset where the durable bytes end, not at the file's end: a failed or short write and a failed
 * sync are mended by writing the same bytes to the same place again. That matters after fdatasync has failed, when the
 * kernel may have dropped the pages and would report success for the next sync alone. Nothing leaves held[] before its
 * sync has succeeded, so a full disk loses nothing until held[] is full, and then append says so.
 *
 * A record goes into the newest segment unless that would make it longer than segment_bytes: where segments end depends
 * on the records alone, not on when commits came. A segment's directory entry is synced before bytes are acknowledged
 * in it.
 *
 * One writer thread; `committed` may be read by any. The lock is flock's: it is gone when the process is. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/log_internal.h"
#include "fenceline/err.h"

static ssize_t disk_pwrite(void *ctx, int fd, const void *p, size_t n, off_t at)
{
	(void)ctx;
	return pwrite(fd, p, n, at);
}

static int disk_datasync(void *ctx, int fd)
{
	(void)ctx;
	return fdatasync(fd);
}

static int disk_sync(void *ctx, int fd)
{
	(void)ctx;
	return fsync(fd);
}

static int disk_create(void *ctx, int dirfd, const char *name)
{
	(void)ctx;
	return openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
}

static int disk_truncate(void *ctx, int fd, off_t size)
{
	(void)ctx;
	return ftruncate(fd, size);
}

const struct fl_log_io fl_log_disk = {
	.pwrite = disk_pwrite, .datasync = disk_datasync, .sync = disk_sync, .create = disk_create, .truncate = disk_truncate,
};

/* --- open --- */

/* One path component and one word of an origin line. */
static bool good_name(const char *s, size_t max)
{
	size_t i;

	if (!s || !s[0] || s[0] == '.')
		return false;
	for (i = 0; s[i]; i++)
		if (i >= max || !((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '0' && s[i] <= '9') ||
				  s[i] == '.' || s[i] == '_' || s[i] == '-'))
			return false;
	return true;
}

static int failed(char err[512], const char *what, const char *name)
{
	int e = errno;

	snprintf(err, 512, "cannot %s %s: %s", what, name, strerror(e));
	return fl_err_from_errno(e);
}

/* A directory below parent (or AT_FDCWD), made if absent, its entry durable. */
static int open_dir(struct fl_log *l, int parent, const char *name, int *out, char err[512])
{
	bool made = !mkdirat(parent, name, 0750);
	int fd, up;

	if (!made && errno != EEXIST)
		return failed(err, "make", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return failed(err, "open", name);
	if (made) {
		up = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (up < 0 || l->io->sync(l->io->ctx, up)) {
			failed(err, "sync the parent of", name);
			if (up >= 0)
				close(up);
			close(fd);
			return FL_EIO;
		}
		close(up);
	}
	*out = fd;
	return FL_OK;
}

static int lock(struct fl_log *l, char err[512])
{
	l->lockfd = openat(l->dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (l->lockfd < 0)
		return failed(err, "open the lock of", l->name);
	if (!flock(l->lockfd, LOCK_EX | LOCK_NB))
		return FL_OK;
	if (errno == EWOULDBLOCK) {
		snprintf(err, 512, "log %s is being written by another fenceline; stop it, or name another -o directory", l->name);
		return FL_EBUSY;
	}
	return failed(err, "lock", l->name);
}

static int write_all(struct fl_log *l, int fd, const char *p, size_t n, uint64_t at)
{
	size_t done = 0;
	ssize_t r;

	while (done < n) {
		r = l->io->pwrite(l->io->ctx, fd, p + done, n - done, (off_t)(at + done));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return fl_err_from_errno(errno);
		if (r == 0)
			return FL_EIO;
		done += (size_t)r;
	}
	return FL_OK;
}

/* The origin is written whole or not at all: under another name, synced, renamed. */
static int make_origin(struct fl_log *l, char err[512])
{
	int fd, rc = FL_OK;

	unlinkat(l->dirfd, "origin.new", 0);
	fd = l->io->create(l->io->ctx, l->dirfd, "origin.new");
	if (fd < 0)
		return failed(err, "make the origin of", l->name);
	rc = write_all(l, fd, l->origin, strlen(l->origin), 0);
	if (!rc)
		rc = write_all(l, fd, "\n", 1, strlen(l->origin));
	if (!rc && (l->io->datasync(l->io->ctx, fd) || renameat(l->dirfd, "origin.new", l->dirfd, "origin") ||
		    l->io->sync(l->io->ctx, l->dirfd)))
		rc = fl_err_from_errno(errno);
	if (rc)
		snprintf(err, 512, "cannot write the origin of %s: %s", l->name, fl_strerror(rc));
	close(fd);
	return rc;
}

static int check_origin(struct fl_log *l, char err[512])
{
	struct fl_segment_near near;
	char buf[sizeof l->origin + 1];
	ssize_t n;
	int fd, rc;

	fd = openat(l->dirfd, "origin", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		rc = fl_segment_find(l->dirfd, UINT64_MAX, &near);
		if (!rc && near.has_below) {
			snprintf(err, 512, "log %s has records but no origin: whose it is cannot be told", l->name);
			return FL_EFORMAT;
		}
		if (rc)
			snprintf(err, 512, "cannot list log %s: %s", l->name, fl_strerror(rc));
		return rc ? rc : make_origin(l, err);
	}
	if (fd < 0)
		return failed(err, "open the origin of", l->name);
	n = read(fd, buf, sizeof buf - 1);
	if (n < 0) {
		rc = failed(err, "read the origin of", l->name);
		close(fd);
		return rc;
	}
	close(fd);
	buf[n] = '\0';
	if ((size_t)n == strlen(l->origin) + 1 && buf[n - 1] == '\n' && !memcmp(buf, l->origin, (size_t)n - 1))
		return FL_OK;
	buf[strcspn(buf, "\n")] = '\0';
	snprintf(err, 512, "log %s was begun as \"%.150s\" and this run is \"%.150s\"; name the same --sensor to go on with it, or another "
		 "-o directory", l->name, buf, l->origin);
	return FL_EINVALID;
}

int fl_log_open_io(struct fl_log **out, const struct fl_log_opts *o, struct fl_log_repair *repair, char err[512],
		   const struct fl_log_io *io)
{
	struct fl_log_repair found = {0};
	struct fl_log *l;
	int parent = -1, rc;

	err[0] = '\0';
	if (!good_name(o->name, FL_ID_MAX) || !good_name(o->sensor, 255)) {
		snprintf(err, 512, "a log's name and its sensor's consist of letters, digits, '.', '_' and '-'");
		return FL_EINVALID;
	}
	l = calloc(1, sizeof *l);
	if (!l) {
		snprintf(err, 512, "out of memory");
		return FL_ENOMEM;
	}
	l->io = io;
	l->dirfd = l->lockfd = l->fd = -1;
	l->segment_bytes = o->segment_bytes ? o->segment_bytes : FL_LOG_SEGMENT_BYTES;
	snprintf(l->name, sizeof l->name, "%s", o->name);
	snprintf(l->origin, sizeof l->origin, "%s/%s", o->sensor, o->name);
	rc = open_dir(l, AT_FDCWD, o->dir, &parent, err);
	if (!rc)
		rc = open_dir(l, parent, o->name, &l->dirfd, err);
	if (!rc)
		rc = lock(l, err);
	if (!rc)
		rc = check_origin(l, err);
	if (!rc)
		rc = fl_log_recover(l, &found, err);
	if (parent >= 0)
		close(parent);
	if (rc) {
		fl_log_abandon(l);
		return rc;
	}
	atomic_store(&l->committed, l->durable);
	if (repair)
		*repair = found;
	*out = l;
	return FL_OK;
}

int fl_log_open(struct fl_log **out, const struct fl_log_opts *o, struct fl_log_repair *repair, char err[512])
{
	return fl_log_open_io(out, o, repair, err, &fl_log_disk);
}

void fl_log_abandon(struct fl_log *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	if (l->lockfd >= 0)
		close(l->lockfd);
	if (l->dirfd >= 0)
		close(l->dirfd);
	free(l->held);
	free(l);
}

/* --- append --- */

/* A record under a wrong number would make the log unreadable at the next start. The scan is a cheap guard against our
 * own mistakes, not a parser: some "sequence" in the text must have the right value. */
static bool carries_number(const char *text, size_t n, uint64_t number)
{
	static const char key[] = "\"sequence\"";
	const char *p = text, *end = text + n;
	char want[24];
	size_t len = (size_t)snprintf(want, sizeof want, "%" PRIu64, number);

	while ((p = memmem(p, (size_t)(end - p), key, sizeof key - 1))) {
		p += sizeof key - 1;
		while (p < end && (*p == ' ' || *p == ':'))
			p++;
		if ((size_t)(end - p) > len && !memcmp(p, want, len) && !(p[len] >= '0' && p[len] <= '9'))
			return true;
	}
	return false;
}

static int make_room(struct fl_log *l, size_t n)
{
	size_t cap = l->cap_held ? l->cap_held : 65536;
	char *grown;

	if (n > FL_LOG_HELD_BYTES - l->n_held)
		return FL_ELIMIT;
	while (cap < l->n_held + n)
		cap *= 2;
	if (cap == l->cap_held)
		return FL_OK;
	grown = realloc(l->held, cap);
	if (!grown)
		return FL_ENOMEM;
	l->held = grown;
	l->cap_held = cap;
	return FL_OK;
}

int fl_log_append(struct fl_log *l, const char *text, size_t n)
{
	int rc;

	if (!n || n > FL_RECORD_MAX || memchr(text, '\n', n) || !carries_number(text, n, l->next))
		return FL_EINVALID;
	rc = make_room(l, n + 1);
	if (rc)
		return rc;
	memcpy(l->held + l->n_held, text, n);
	l->held[l->n_held + n] = '\n';
	l->n_held += n + 1;
	l->next++;
	/* A failure is the next commit's to report: the record is held. */
	if (l->n_held >= FL_LOG_COMMIT_BYTES && !l->last_err)
		l->last_err = fl_log_commit(l);
	return FL_OK;
}

/* --- commit --- */

static int next_segment(struct fl_log *l)
{
	char name[FL_SEGMENT_NAME_MAX];
	int fd;

	fl_segment_name(name, l->durable);
	fd = l->io->create(l->io->ctx, l->dirfd, name);
	if (fd < 0)
		return fl_err_from_errno(errno);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	l->seg_size = 0;
	l->new_segment = true;
	return FL_OK;
}

/* How much of held[from..] still goes into the newest segment, and how many records that is. */
static size_t fitting(const struct fl_log *l, size_t from, uint64_t *records)
{
	uint64_t size = l->seg_size;
	size_t n = from, len;
	const char *nl;

	*records = 0;
	while (n < l->n_held) {
		nl = memchr(l->held + n, '\n', l->n_held - n);
		len = (size_t)(nl + 1 - (l->held + n));
		if (size && size + len > l->segment_bytes)
			break;
		size += len;
		n += len;
		(*records)++;
	}
	return n - from;
}

/* held[from..] into one segment, durably; *done bytes of it are then on disk. */
static int commit_segment(struct fl_log *l, size_t from, size_t *done)
{
	uint64_t records = 0;
	size_t n = l->fd >= 0 ? fitting(l, from, &records) : 0;
	int rc;

	if (!n) {
		rc = next_segment(l);
		if (rc)
			return rc;
		n = fitting(l, from, &records);
	}
	if (l->new_segment) {
		if (l->io->sync(l->io->ctx, l->dirfd))
			return fl_err_from_errno(errno);
		l->new_segment = false;
	}
	rc = write_all(l, l->fd, l->held + from, n, l->seg_size);
	if (rc)
		return rc;
	if (l->io->datasync(l->io->ctx, l->fd))
		return fl_err_from_errno(errno);
	l->seg_size += n;
	l->durable += records;
	*done = n;
	return FL_OK;
}

int fl_log_commit(struct fl_log *l)
{
	size_t from = 0, done = 0;
	int rc = FL_OK;

	while (from < l->n_held) {
		rc = commit_segment(l, from, &done);
		if (rc)
			break;
		from += done;
	}
	if (from) {
		memmove(l->held, l->held + from, l->n_held - from);
		l->n_held -= from;
	}
	l->last_err = rc;
	if (!rc)
		atomic_store_explicit(&l->committed, l->durable, memory_order_release);
	return rc;
}

int fl_log_close(struct fl_log *l)
{
	int rc;

	if (!l)
		return FL_OK;
	rc = fl_log_commit(l);
	fl_log_abandon(l);
	return rc;
}

const char *fl_log_name(const struct fl_log *l) { return l->name; }
const char *fl_log_origin(const struct fl_log *l) { return l->origin; }
uint64_t fl_log_next(const struct fl_log *l) { return l->next; }

uint64_t fl_log_committed(const struct fl_log *l)
{
	return atomic_load_explicit(&l->committed, memory_order_acquire);
}
