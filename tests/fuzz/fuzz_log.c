/* fuzz_log.c - arbitrary bytes as the segments of a log: opening and reading must not crash and must end, and what a
 * successful open leaves behind must open again where it ended.
 *
 * Input: the bytes of segment 0; after a form feed those of a second segment, named by the first one's lines. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evidence/log_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[128], log_dir[160];

static int no_sync(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
	return 0;
}

static void clean_up(void)
{
	char cmd[200];

	snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
	if (system(cmd))
		perror(dir);
}

static void must(int ok)
{
	if (!ok)
		abort();
}

static void set_up(void)
{
	const char *tmp = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	if (dir[0])
		return;
	snprintf(dir, sizeof dir, "%s/fl_fuzz_log_XXXXXX", tmp);
	must(mkdtemp(dir) != NULL);
	snprintf(log_dir, sizeof log_dir, "%s/log", dir);
	atexit(clean_up);
}

static void put_segment(uint64_t first, const uint8_t *p, size_t n)
{
	char name[FL_SEGMENT_NAME_MAX], path[256];
	int fd;

	fl_segment_name(name, first);
	snprintf(path, sizeof path, "%s/%s", log_dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	must(fd >= 0 && (!n || write(fd, p, n) == (ssize_t)n));
	close(fd);
}

static void remove_segments(void)
{
	struct fl_segment_near near;
	char name[FL_SEGMENT_NAME_MAX];
	int fd = open(log_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(fd >= 0);
	for (;;) {
		must(!fl_segment_find(fd, UINT64_MAX, &near));
		if (!near.has_below)
			break;
		fl_segment_name(name, near.below);
		must(!unlinkat(fd, name, 0));
	}
	close(fd);
}

/* Records come in order and one after the other, whatever the bytes are. */
static void read_all(const struct fl_log *l, uint64_t from)
{
	struct fl_log_reader *r;
	const char *text;
	uint64_t number, expected = from;
	size_t n;

	must(!fl_log_reader_open(&r, l, log_dir, from));
	while (fl_log_reader_next(r, &text, &n, &number) == 1) {
		must(number == expected++);
		must(n > 0 && n <= FL_RECORD_MAX && !memchr(text, '\n', n));
	}
	fl_log_reader_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fl_log_opts o = {.dir = dir, .name = "log", .sensor = "fuzz", .segment_bytes = 4096};
	struct fl_log_io io = fl_log_disk;
	struct fl_log_repair repair;
	struct fl_log *l;
	const uint8_t *ff = size ? memchr(data, '\f', size) : NULL;
	size_t first = ff ? (size_t)(ff - data) : size, i;
	uint64_t lines = 0, next;
	char err[512], text[64];
	int n;

	set_up();
	io.datasync = io.sync = no_sync;
	must(!fl_log_open_io(&l, &o, &repair, err, &io));
	fl_log_abandon(l);
	for (i = 0; i < first; i++)
		lines += data[i] == '\n';
	put_segment(0, data, first);
	if (ff && lines)
		put_segment(lines, ff + 1, size - first - 1);
	read_all(NULL, 0);
	read_all(NULL, lines / 2);
	if (!fl_log_open_io(&l, &o, &repair, err, &io)) {
		read_all(l, 0);
		next = fl_log_next(l);
		n = snprintf(text, sizeof text, "{\"event\":{\"sequence\":%" PRIu64 "}}", next);
		must(!fl_log_append(l, text, (size_t)n) && !fl_log_commit(l));
		fl_log_abandon(l);
		must(!fl_log_open_io(&l, &o, &repair, err, &io));
		must(!repair.torn && fl_log_next(l) == next + 1);
		fl_log_abandon(l);
	} else {
		must(err[0] != '\0');
	}
	remove_segments();
	return 0;
}
