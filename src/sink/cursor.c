/* cursor.c - read and replace kafka.cursor. No state; the sink's thread, and fl_kafka_add before there is one. */
#include "src/sink/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fenceline/err.h"
#include "fenceline/limits.h"

#define CURSOR_BYTES_MAX 512 /* topic name, a 20-digit number, and 22 bytes of JSON around them */

bool fl_topic_ok(const char *topic)
{
	size_t n = strlen(topic);

	return n > 0 && n <= FL_TOPIC_MAX && strcmp(topic, ".") && strcmp(topic, "..") &&
	       strspn(topic, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static bool path_in(char path[FL_PATH_MAX_BYTES], const char *dir, const char *name)
{
	int n = snprintf(path, FL_PATH_MAX_BYTES, "%s/%s", dir, name);

	return n > 0 && n < (int)FL_PATH_MAX_BYTES;
}

/* read_all - the whole file, at most max bytes; its length, or a negative fl_err. */
static int read_all(const char *path, char *buf, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return fl_err_from_errno(errno);
	while (n < max) {
		got = read(fd, buf + n, max - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err = fl_err_from_errno(errno);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	return err ? err : (int)n;
}

/* take - *p stands on literal: move past it. */
static bool take(const char **p, const char *literal)
{
	size_t n = strlen(literal);

	if (strncmp(*p, literal, n) != 0)
		return false;
	*p += n;
	return true;
}

/* parse - exactly what fl_cursor_write writes; a cursor that someone edited into another shape is not guessed at. */
static bool parse(const char *p, char topic[FL_TOPIC_MAX + 1], uint64_t *next)
{
	size_t n;
	unsigned digit;

	if (!take(&p, "{\"topic\":\""))
		return false;
	n = strcspn(p, "\"");
	if (n > FL_TOPIC_MAX)
		return false;
	memcpy(topic, p, n);
	topic[n] = '\0';
	p += n;
	if (!fl_topic_ok(topic) || !take(&p, "\",\"next\":") || *p < '0' || *p > '9')
		return false;
	for (*next = 0; *p >= '0' && *p <= '9'; p++) {
		digit = (unsigned)(*p - '0');
		if (*next > (UINT64_MAX - digit) / 10)
			return false;
		*next = *next * 10 + digit;
	}
	return !strcmp(p, "}\n") || !strcmp(p, "}");
}

int fl_cursor_read(const char *log_dir, const char *topic, uint64_t *next, char err[512])
{
	char path[FL_PATH_MAX_BYTES], buf[CURSOR_BYTES_MAX + 1], was[FL_TOPIC_MAX + 1];
	uint64_t number;
	int n;

	if (!path_in(path, log_dir, FL_CURSOR_FILE)) {
		snprintf(err, 512, "%.300s: the path is too long", log_dir);
		return FL_EINVALID;
	}
	n = read_all(path, buf, CURSOR_BYTES_MAX);
	if (n == FL_ENOTFOUND) {
		*next = 0;
		return FL_OK;
	}
	if (n < 0) {
		snprintf(err, 512, "%.300s: %s", path, fl_strerror(n));
		return n;
	}
	buf[n] = '\0';
	if (strlen(buf) != (size_t)n || !parse(buf, was, &number)) {
		snprintf(err, 512,
			 "%.300s is not a cursor; delete it to ship the log again from its first record "
			 "(what Kafka has already is repeated)", path);
		return FL_EFORMAT;
	}
	if (strcmp(was, topic) != 0) {
		snprintf(err, 512, "%.200s is of topic %.100s; delete it to ship the whole log to %.100s", path, was, topic);
		return FL_EFORMAT;
	}
	*next = number;
	return FL_OK;
}

static int write_all(int fd, const char *p, size_t n)
{
	ssize_t put;

	while (n) {
		put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fl_err_from_errno(errno);
		p += put;
		n -= (size_t)put;
	}
	return fsync(fd) ? fl_err_from_errno(errno) : FL_OK;
}

int fl_cursor_write(const char *log_dir, const char *topic, uint64_t next)
{
	char path[FL_PATH_MAX_BYTES], temp[FL_PATH_MAX_BYTES], line[CURSOR_BYTES_MAX];
	int fd, n, err;

	if (!path_in(path, log_dir, FL_CURSOR_FILE) || !path_in(temp, log_dir, FL_CURSOR_FILE ".new"))
		return FL_EINVALID;
	n = snprintf(line, sizeof line, "{\"topic\":\"%s\",\"next\":%" PRIu64 "}\n", topic, next);
	if (n <= 0 || n >= (int)sizeof line)
		return FL_EINVALID;
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return fl_err_from_errno(errno);
	err = write_all(fd, line, (size_t)n);
	if (close(fd) && !err)
		err = fl_err_from_errno(errno);
	if (!err && rename(temp, path))
		err = fl_err_from_errno(errno);
	if (err) {
		unlink(temp);
		return err;
	}
	/* the rename itself must reach the disk too; without it an older cursor may come back: repeats, no loss */
	fd = open(log_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fl_err_from_errno(errno);
	if (fsync(fd))
		err = fl_err_from_errno(errno);
	close(fd);
	return err;
}
