/* segment.c - see segment.h. Other files in the directory (origin, lock, cursors of sinks) are passed over. */
#include "evidence/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fenceline/err.h"

enum { DIGITS = 20 };

void fl_segment_name(char buf[FL_SEGMENT_NAME_MAX], uint64_t first)
{
	snprintf(buf, FL_SEGMENT_NAME_MAX, "%020" PRIu64 ".ndjson", first);
}

bool fl_segment_parse(const char *name, uint64_t *first)
{
	uint64_t v = 0;
	unsigned i, digit;

	for (i = 0; i < DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		digit = (unsigned)(name[i] - '0');
		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (strcmp(name + DIGITS, ".ndjson") != 0)
		return false;
	*first = v;
	return true;
}

int fl_segment_find(int dirfd, uint64_t at, struct fl_segment_near *out)
{
	struct fl_segment_near near = {0};
	struct dirent *e;
	uint64_t first;
	int fd, err = FL_OK;
	DIR *d;

	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* its own position in the directory */
	if (fd < 0)
		return fl_err_from_errno(errno);
	d = fdopendir(fd);
	if (!d) {
		err = fl_err_from_errno(errno);
		close(fd);
		return err;
	}
	for (;;) {
		errno = 0;
		e = readdir(d);
		if (!e) {
			err = errno ? fl_err_from_errno(errno) : FL_OK;
			break;
		}
		if (!fl_segment_parse(e->d_name, &first))
			continue;
		if (first <= at && (!near.has_below || first > near.below)) {
			near.has_below = true;
			near.below = first;
		} else if (first > at && (!near.has_above || first < near.above)) {
			near.has_above = true;
			near.above = first;
		}
	}
	closedir(d);
	if (!err)
		*out = near;
	return err;
}
