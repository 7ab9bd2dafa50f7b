/* test_log.c - the evidence log: what it keeps through crashes, full disks and damage, and what it refuses. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evidence/log_internal.h"
#include "fenceline/err.h"
#include "run.h"

static char dir[256]; /* evidence directory of the running test */
static char err[512];

static void path_of(char *buf, size_t n, const char *file) { snprintf(buf, n, "%s/scope-a/%s", dir, file); }

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");

	if (!tmp) /* a thousand syncs are quicker in memory, and no test here depends on a real disk */
		tmp = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	snprintf(dir, sizeof dir, "%s/fl_log_XXXXXX", tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	char cmd[300];

	snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static struct fl_log_opts opts(uint64_t segment_bytes)
{
	return (struct fl_log_opts){.dir = dir, .name = "scope-a", .sensor = "sensor-1", .segment_bytes = segment_bytes};
}

static struct fl_log *must_open(uint64_t segment_bytes, struct fl_log_repair *repair)
{
	struct fl_log_opts o = opts(segment_bytes);
	struct fl_log *l = NULL;

	ck_assert_msg(fl_log_open(&l, &o, repair, err) == FL_OK, "%s", err);
	return l;
}

/* Record `number`, its length a function of the number. */
static size_t record(char *buf, size_t cap, uint64_t number)
{
	int pad = (int)(number * 37 % 211);

	return (size_t)snprintf(buf, cap, "{\"event\":{\"sequence\":%" PRIu64 "},\"pad\":\"%0*d\"}", number, pad, 0);
}

static int append(struct fl_log *l)
{
	char buf[512];
	size_t n = record(buf, sizeof buf, fl_log_next(l));

	return fl_log_append(l, buf, n);
}

static void must_append(struct fl_log *l, unsigned records)
{
	while (records--)
		ck_assert_int_eq(append(l), FL_OK);
}

/* Every record from `from` on is there, in order, and what was written. Gives the number after the last. */
static uint64_t verify(const struct fl_log *l, uint64_t from)
{
	struct fl_log_reader *r;
	char path[300], want[512];
	const char *text;
	uint64_t number, expected = from;
	size_t n, len;
	int rc;

	path_of(path, sizeof path, "");
	ck_assert_int_eq(fl_log_reader_open(&r, l, path, from), FL_OK);
	while ((rc = fl_log_reader_next(r, &text, &n, &number)) == 1) {
		ck_assert_uint_eq(number, expected);
		len = record(want, sizeof want, number);
		ck_assert_uint_eq(n, len);
		ck_assert_mem_eq(text, want, n);
		expected++;
	}
	ck_assert_int_eq(rc, 0);
	fl_log_reader_close(r);
	return expected;
}

START_TEST(new_log_has_its_files)
{
	struct fl_log_repair repair = {.torn = true};
	struct fl_log *l = must_open(0, &repair);
	char path[300], buf[64] = "";
	struct stat st;
	FILE *f;

	ck_assert(!repair.torn && !repair.resumed);
	ck_assert_uint_eq(fl_log_next(l), 0);
	ck_assert_str_eq(fl_log_origin(l), "sensor-1/scope-a");
	ck_assert_str_eq(fl_log_name(l), "scope-a");
	path_of(path, sizeof path, "origin");
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(buf, sizeof buf, f));
	ck_assert_str_eq(buf, "sensor-1/scope-a\n");
	fclose(f);
	must_append(l, 1);
	ck_assert_uint_eq(fl_log_committed(l), 0);
	ck_assert_uint_eq(verify(l, 0), 0); /* not committed: not visible */
	ck_assert_int_eq(fl_log_commit(l), FL_OK);
	ck_assert_uint_eq(fl_log_committed(l), 1);
	ck_assert_uint_eq(verify(l, 0), 1);
	path_of(path, sizeof path, "00000000000000000000.ndjson");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777 & ~0640u, 0);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

START_TEST(append_refuses_what_would_spoil_the_log)
{
	struct fl_log *l = must_open(0, NULL);
	char *big = malloc(FL_RECORD_MAX + 1);
	int n = snprintf(big, 64, "{\"event\":{\"sequence\":0},\"pad\":\"");

	memset(big + n, 'x', FL_RECORD_MAX + 1 - (size_t)n);
	memcpy(big + FL_RECORD_MAX - 2, "\"}", 2);
	ck_assert_int_eq(fl_log_append(l, "", 0), FL_EINVALID);
	ck_assert_int_eq(fl_log_append(l, "{\"event\":{\"sequence\":1}}", 24), FL_EINVALID);
	ck_assert_int_eq(fl_log_append(l, "{\"event\":{\"sequence\":00}}", 25), FL_EINVALID);
	ck_assert_int_eq(fl_log_append(l, "{\"event\":\n{\"sequence\":0}}", 25), FL_EINVALID);
	ck_assert_int_eq(fl_log_append(l, big, FL_RECORD_MAX + 1), FL_EINVALID);
	ck_assert_uint_eq(fl_log_next(l), 0);
	ck_assert_int_eq(fl_log_append(l, big, FL_RECORD_MAX), FL_OK); /* the longest there may be */
	ck_assert_int_eq(fl_log_append(l, "{\"event\": {\"sequence\": 1}}", 26), FL_OK);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	l = must_open(0, NULL);
	ck_assert_uint_eq(fl_log_next(l), 2);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	free(big);
}
END_TEST

START_TEST(one_writer)
{
	struct fl_log *l = must_open(0, NULL), *second = NULL;
	struct fl_log_opts o = opts(0);

	ck_assert_int_eq(fl_log_open(&second, &o, NULL, err), FL_EBUSY);
	ck_assert_ptr_null(second);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	l = must_open(0, NULL);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	ck_assert_int_eq(fl_log_close(NULL), FL_OK);
}
END_TEST

START_TEST(names_and_origin_are_checked)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "a b", "a\n", "\xc3\xa4"};
	struct fl_log_opts o = opts(0);
	struct fl_log *l = NULL;
	char path[300];
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(bad); i++) {
		o = opts(0);
		o.name = bad[i];
		ck_assert_int_eq(fl_log_open(&l, &o, NULL, err), FL_EINVALID);
		o = opts(0);
		o.sensor = bad[i];
		ck_assert_int_eq(fl_log_open(&l, &o, NULL, err), FL_EINVALID);
	}
	l = must_open(0, NULL);
	must_append(l, 1);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	o = opts(0);
	o.sensor = "sensor-2";
	ck_assert_int_eq(fl_log_open(&l, &o, NULL, err), FL_EINVALID);
	ck_assert_ptr_nonnull(strstr(err, "sensor-1/scope-a"));
	path_of(path, sizeof path, "origin");
	ck_assert_int_eq(unlink(path), 0);
	o = opts(0);
	ck_assert_int_eq(fl_log_open(&l, &o, NULL, err), FL_EFORMAT);
}
END_TEST

/* Where segments end must not depend on when commits came, nor on restarts. */
START_TEST(segments_roll_at_the_same_records)
{
	static const unsigned every[] = {1, 7, 1000};
	char first[8192] = "", names[8192], cmd[400];
	struct fl_log *l;
	unsigned i, k;
	FILE *p;
	size_t n;

	l = must_open(1000, NULL);
	for (i = 0; i < 500; i++) {
		must_append(l, 1);
		if (i % every[_i] == 0)
			ck_assert_int_eq(fl_log_commit(l), FL_OK);
		if (i % 97 == 96) {
			ck_assert_int_eq(fl_log_close(l), FL_OK);
			l = must_open(1000, NULL);
			ck_assert_uint_eq(fl_log_next(l), i + 1);
		}
	}
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	ck_assert_uint_eq(verify(NULL, 0), 500);
	for (k = 0; k < 500; k += 61)
		ck_assert_uint_eq(verify(NULL, k), 500);
	snprintf(cmd, sizeof cmd, "cd '%s/scope-a' && for f in *.ndjson; do echo $f $(wc -c <$f); done", dir);
	p = popen(cmd, "r");
	ck_assert_ptr_nonnull(p);
	n = fread(names, 1, sizeof names - 1, p);
	names[n] = '\0';
	pclose(p);
	/* worked out here, by the rule that the header states */
	{
		uint64_t at = 0, size = 0, number, len;
		char buf[512];

		for (number = 0; number < 500; number++) {
			len = record(buf, sizeof buf, number) + 1;
			if (size && size + len > 1000) {
				snprintf(first + strlen(first), sizeof first - strlen(first),
					 "%020" PRIu64 ".ndjson %" PRIu64 "\n", at, size);
				at = number;
				size = 0;
			}
			size += len;
		}
		snprintf(first + strlen(first), sizeof first - strlen(first), "%020" PRIu64 ".ndjson %" PRIu64 "\n", at, size);
	}
	ck_assert_msg(!strcmp(names, first), "segments differ"); /* the lists are longer than Check can print */
}
END_TEST

START_TEST(reader_follows_the_writer)
{
	struct fl_log *l = must_open(700, NULL);
	struct fl_log_reader *inside, *outside, *later;
	const char *text;
	char path[300];
	uint64_t number, seen = 0, seen_outside = 0;
	size_t n;
	unsigned i;

	path_of(path, sizeof path, "");
	ck_assert_int_eq(fl_log_reader_open(&inside, l, NULL, 0), FL_OK);
	ck_assert_int_eq(fl_log_reader_open(&outside, NULL, path, 0), FL_OK);
	ck_assert_int_eq(fl_log_reader_open(&later, l, NULL, 150), FL_OK);
	for (i = 0; i < 200; i++) {
		must_append(l, 1);
		ck_assert_int_eq(fl_log_reader_next(inside, &text, &n, &number), 0);
		ck_assert_int_eq(fl_log_commit(l), FL_OK);
		ck_assert_int_eq(fl_log_reader_next(inside, &text, &n, &number), 1);
		ck_assert_uint_eq(number, seen++);
		if (i % 3 == 0)
			while (fl_log_reader_next(outside, &text, &n, &number) == 1)
				ck_assert_uint_eq(number, seen_outside++);
		ck_assert_int_eq(fl_log_reader_next(later, &text, &n, &number), i >= 150);
	}
	while (fl_log_reader_next(outside, &text, &n, &number) == 1)
		ck_assert_uint_eq(number, seen_outside++);
	ck_assert_uint_eq(seen_outside, 200);
	fl_log_reader_close(inside);
	fl_log_reader_close(outside);
	fl_log_reader_close(later);
	fl_log_reader_close(NULL);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	ck_assert_int_eq(fl_log_reader_open(&inside, NULL, "/nonexistent/log", 0), FL_ENOTFOUND);
}
END_TEST

/* --- what opening finds --- */

#define R(n) "{\"event\":{\"sequence\":" #n "}}"

struct found {
	const char *name;
	struct { uint64_t first; const char *text; size_t n; } seg[3]; /* text NULL: no such; n 0: strlen */
	int rc;
	uint64_t next, torn_bytes;
	const char *says;  /* part of the message, where it fails */
};

static const struct found founds[] = {
	{"one record", {{0, R(0) "\n"}}, FL_OK, 1, 0, NULL},
	{"empty first segment", {{0, ""}}, FL_OK, 0, 0, NULL},
	{"no newline", {{0, R(0) "\n" R(1)}}, FL_OK, 1, 24, NULL},
	{"half a record", {{0, R(0) "\n{\"ev"}}, FL_OK, 1, 4, NULL},
	{"only half a record", {{0, "{"}}, FL_OK, 0, 1, NULL},
	{"a newline alone", {{0, R(0) "\n\n"}}, FL_OK, 1, 1, NULL},
	{"last line is no JSON", {{0, R(0) "\nxyz\n"}}, FL_OK, 1, 4, NULL},
	{"last line has no number", {{0, R(0) "\n{\"event\":{}}\n"}}, FL_OK, 1, 13, NULL},
	{"a page of zeros", {{0, R(0) "\n\0\0\0\0\0\0", 31}}, FL_OK, 1, 6, NULL},
	{"zeros within the last line", {{0, R(0) "\n{\"event\":\0\0\"sequence\":1}}\n", 51}}, FL_OK, 1, 26, NULL},
	{"resumes in the middle", {{41, R(41) "\n" R(42) "\n"}}, FL_OK, 43, 0, NULL},
	{"two segments", {{0, R(0) "\n" R(1) "\n"}, {2, R(2) "\n"}}, FL_OK, 3, 0, NULL},
	{"newest is empty", {{0, R(0) "\n" R(1) "\n"}, {2, ""}}, FL_OK, 2, 0, NULL},
	{"newest is torn to nothing", {{0, R(0) "\n" R(1) "\n"}, {2, "{\"e"}}, FL_OK, 2, 3, NULL},
	{"only an empty later segment", {{9, ""}}, FL_OK, 9, 0, NULL},
	{"exotic but whole", {{0, "{ \"event\" : { \"sequence\" : 0e0 } }\n"}}, FL_OK, 1, 0, NULL},
	{"wrong number", {{0, R(0) "\n" R(2) "\n"}}, FL_EFORMAT, 0, 0, "00000000000000000000.ndjson:2"},
	{"name and number disagree", {{5, R(4) "\n"}}, FL_EFORMAT, 0, 0, "00000000000000000005.ndjson:1"},
	{"a line is missing", {{0, R(0) "\n" R(2) "\n" R(3) "\n"}}, FL_EFORMAT, 0, 0, ":3"},
	{"damage before the last line", {{0, R(0) "\nxyz\nuvw\n"}}, FL_EFORMAT, 0, 0, ":2"},
	{"damage, then half a line", {{0, R(0) "\nxyz\n{"}}, FL_EFORMAT, 0, 0, ":2"},
	{"empty newest does not follow", {{0, R(0) "\n"}, {2, ""}}, FL_EFORMAT, 0, 0, "next segment begins at 2"},
	{"empty newest after a torn one", {{0, R(0) "\n{"}, {1, ""}}, FL_EFORMAT, 0, 0, "00000000000000000000.ndjson:2"},
	{"a fraction", {{0, R(0) "\n{\"event\":{\"sequence\":1.5}}\n"}}, FL_OK, 1, 27, NULL},
	{"too many records", {{UINT64_C(1) << 60, ""}}, FL_EFORMAT, 0, 0, "no log"},
};

static void write_file(const char *name, const char *text, size_t n)
{
	char path[400];
	FILE *f;

	path_of(path, sizeof path, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(opening_finds)
{
	const struct found *t = &founds[_i];
	struct fl_log_repair repair = {0};
	struct fl_log_opts o = opts(0);
	struct fl_log *l = must_open(0, NULL);
	char name[FL_SEGMENT_NAME_MAX], path[300], buf[64];
	uint64_t total = 0;
	struct stat st;
	unsigned i;
	int rc;

	ck_assert_int_eq(fl_log_close(l), FL_OK);
	for (i = 0; i < 3 && t->seg[i].text; i++) {
		fl_segment_name(name, t->seg[i].first);
		total = t->seg[i].n ? t->seg[i].n : strlen(t->seg[i].text);
		write_file(name, t->seg[i].text, total);
	}
	rc = fl_log_open(&l, &o, &repair, err);
	ck_assert_msg(rc == t->rc, "%s: %d %s", t->name, rc, err);
	if (rc) { /* and nothing on disk was changed */
		ck_assert_msg(strstr(err, t->says), "%s: says \"%s\"", t->name, err);
		path_of(path, sizeof path, name);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_uint_eq((uint64_t)st.st_size, total);
		return;
	}
	ck_assert_msg(fl_log_next(l) == t->next, "%s: next %" PRIu64, t->name, fl_log_next(l));
	ck_assert_uint_eq(fl_log_committed(l), t->next);
	ck_assert_uint_eq(repair.torn, t->torn_bytes != 0);
	ck_assert_uint_eq(repair.torn_bytes, t->torn_bytes);
	ck_assert_uint_eq(repair.resumed, t->next != 0);
	snprintf(buf, sizeof buf, "{\"event\":{\"sequence\":%" PRIu64 "}}", t->next);
	ck_assert_int_eq(fl_log_append(l, buf, strlen(buf)), FL_OK);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	l = must_open(0, &repair);
	ck_assert_uint_eq(fl_log_next(l), t->next + 1);
	ck_assert(!repair.torn);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

START_TEST(reader_reports_a_missing_segment)
{
	struct fl_log *l = must_open(300, NULL);
	struct fl_log_reader *r;
	char path[300], name[FL_SEGMENT_NAME_MAX];
	struct fl_segment_near near;
	const char *text;
	uint64_t number;
	size_t n;
	int rc;

	must_append(l, 50);
	ck_assert_int_eq(fl_log_commit(l), FL_OK);
	ck_assert_int_eq(fl_segment_find(l->dirfd, 25, &near), FL_OK);
	fl_segment_name(name, near.below);
	ck_assert_int_eq(unlinkat(l->dirfd, name, 0), 0);
	path_of(path, sizeof path, "");
	ck_assert_int_eq(fl_log_reader_open(&r, NULL, path, 0), FL_OK);
	while ((rc = fl_log_reader_next(r, &text, &n, &number)) == 1)
		;
	ck_assert_int_eq(rc, FL_EFORMAT);
	fl_log_reader_close(r);
	fl_segment_name(name, 0);
	ck_assert_int_eq(unlinkat(l->dirfd, name, 0), 0);
	ck_assert_int_eq(fl_log_reader_open(&r, l, NULL, 0), FL_OK);
	ck_assert_int_eq(fl_log_reader_next(r, &text, &n, &number), FL_ENOTFOUND); /* expired, not silently skipped */
	fl_log_reader_close(r);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
}
END_TEST

/* A reader by path has seen half a line; its writer dies, and the next writer puts another record there. */
START_TEST(reader_keeps_nothing_of_half_a_line)
{
	struct fl_log *l = must_open(0, NULL);
	struct fl_log_reader *r;
	const char *text;
	char path[300];
	uint64_t number;
	size_t n;
	FILE *f;

	must_append(l, 1);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	path_of(path, sizeof path, "00000000000000000000.ndjson");
	f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	fputs("{\"event\":{\"sequence\":1},\"lost\":", f);
	fclose(f);
	path_of(path, sizeof path, "");
	ck_assert_int_eq(fl_log_reader_open(&r, NULL, path, 0), FL_OK);
	ck_assert_int_eq(fl_log_reader_next(r, &text, &n, &number), 1);
	ck_assert_int_eq(fl_log_reader_next(r, &text, &n, &number), 0);
	l = must_open(0, NULL);
	must_append(l, 1);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	ck_assert_int_eq(fl_log_reader_next(r, &text, &n, &number), 1);
	ck_assert_uint_eq(number, 1);
	ck_assert_ptr_null(memmem(text, n, "lost", 4));
	fl_log_reader_close(r);
}
END_TEST

/* --- failing disks --- */

enum fault { FAULT_NOSPACE, FAULT_IO, FAULT_SHORT, FAULT_CRASH, FAULTS };

struct faulty {
	enum fault fault;
	unsigned at;     /* the n-th call, from 1, goes wrong; 0: none */
	bool lasting;    /* and every one after it */
	unsigned calls;
};

static bool goes_wrong(struct faulty *f)
{
	f->calls++;
	return f->at && (f->calls == f->at || (f->lasting && f->calls > f->at));
}

static int refuse(const struct faulty *f)
{
	errno = f->fault == FAULT_NOSPACE ? ENOSPC : EIO;
	return -1;
}

static ssize_t faulty_pwrite(void *ctx, int fd, const void *p, size_t n, off_t at)
{
	struct faulty *f = ctx;

	if (!goes_wrong(f))
		return pwrite(fd, p, n, at);
	if (f->fault == FAULT_SHORT)
		return pwrite(fd, p, n > 1 ? n / 2 : n, at);
	if (n > 1 && pwrite(fd, p, n / 2, at) < 0) /* some of it gets there all the same */
		return -1;
	return refuse(f);
}

static int faulty_datasync(void *ctx, int fd)
{
	return goes_wrong(ctx) && ((struct faulty *)ctx)->fault != FAULT_SHORT ? refuse(ctx) : fdatasync(fd);
}

static int faulty_sync(void *ctx, int fd)
{
	return goes_wrong(ctx) && ((struct faulty *)ctx)->fault != FAULT_SHORT ? refuse(ctx) : fsync(fd);
}

static int faulty_create(void *ctx, int dirfd, const char *name)
{
	return goes_wrong(ctx) && ((struct faulty *)ctx)->fault != FAULT_SHORT ? refuse(ctx)
									       : fl_log_disk.create(NULL, dirfd, name);
}

static int faulty_truncate(void *ctx, int fd, off_t size)
{
	return goes_wrong(ctx) && ((struct faulty *)ctx)->fault != FAULT_SHORT ? refuse(ctx) : ftruncate(fd, size);
}

static struct fl_log_io io_over(struct faulty *f)
{
	return (struct fl_log_io){.pwrite = faulty_pwrite,
				  .datasync = faulty_datasync,
				  .sync = faulty_sync,
				  .create = faulty_create,
				  .truncate = faulty_truncate,
				  .ctx = f};
}

/* Open, and 40 records in commits of 4 over small segments; stops at the first failure when the fault is a crash.
 * Gives the number of records acknowledged. */
static uint64_t scenario(struct faulty *f, bool *opened)
{
	struct fl_log_io io = io_over(f);
	struct fl_log_opts o = opts(500);
	struct fl_log *l = NULL;
	uint64_t acknowledged, visible;
	unsigned i;
	int rc;

	*opened = false;
	rc = fl_log_open_io(&l, &o, NULL, err, &io);
	if (rc) {
		ck_assert(rc < 0 && err[0] && !l);
		return 0;
	}
	*opened = true;
	acknowledged = fl_log_committed(l);
	for (i = 0; i < 10; i++) {
		must_append(l, 4);
		visible = fl_log_committed(l);
		rc = fl_log_commit(l);
		if (!rc) {
			acknowledged = fl_log_next(l);
			ck_assert_uint_eq(fl_log_committed(l), acknowledged);
			continue;
		}
		ck_assert_int_eq(rc, f->fault == FAULT_NOSPACE ? FL_ENOSPACE : FL_EIO);
		ck_assert_uint_eq(fl_log_committed(l), visible);
		ck_assert_uint_eq(verify(l, 0), visible); /* nothing more than before is seen */
		if (f->fault == FAULT_CRASH)
			break;
	}
	if (f->fault != FAULT_CRASH && !f->lasting) {
		ck_assert_int_eq(fl_log_commit(l), FL_OK); /* the disk is back: nothing is lost */
		ck_assert_uint_eq(verify(l, 0), fl_log_next(l));
		acknowledged = fl_log_next(l);
	}
	fl_log_abandon(l);
	return acknowledged;
}

START_TEST(the_nth_call_fails)
{
	struct faulty none = {0}, f;
	struct fl_log_repair repair;
	struct fl_log *l;
	uint64_t acknowledged;
	unsigned at, calls;
	bool opened;

	ck_assert_uint_eq(scenario(&none, &opened), 40);
	calls = none.calls;
	ck_assert_uint_gt(calls, 30);
	for (at = 1; at <= calls; at++) {
		teardown();
		setup();
		f = (struct faulty){.fault = (enum fault)(_i % FAULTS), .at = at, .lasting = _i >= FAULTS};
		acknowledged = scenario(&f, &opened);
		if (f.fault == FAULT_SHORT)
			ck_assert(opened && acknowledged == 40);
		l = must_open(500, &repair);
		ck_assert_uint_ge(fl_log_next(l), acknowledged);
		ck_assert_uint_eq(verify(l, 0), fl_log_next(l));
		must_append(l, 3);
		ck_assert_int_eq(fl_log_commit(l), FL_OK);
		ck_assert_uint_eq(verify(l, 0), fl_log_next(l));
		ck_assert_int_eq(fl_log_close(l), FL_OK);
		l = must_open(500, NULL);
		ck_assert_uint_eq(verify(NULL, 0), fl_log_next(l));
		ck_assert_int_eq(fl_log_close(l), FL_OK);
	}
}
END_TEST

START_TEST(a_full_disk_is_bounded)
{
	struct faulty f = {.fault = FAULT_NOSPACE};
	struct fl_log_io io = io_over(&f);
	struct fl_log_opts o = opts(0);
	struct fl_log *l;
	char *text = malloc(60000);
	uint64_t held;
	int n, rc = FL_OK;

	ck_assert_int_eq(fl_log_open_io(&l, &o, NULL, err, &io), FL_OK);
	f.at = f.calls + 1;
	f.lasting = true;
	while (!rc) {
		n = snprintf(text, 64, "{\"event\":{\"sequence\":%" PRIu64 "},\"pad\":\"", fl_log_next(l));
		memset(text + n, 'x', 60000 - (size_t)n);
		memcpy(text + 60000 - 2, "\"}", 2);
		rc = fl_log_append(l, text, 60000);
	}
	ck_assert_int_eq(rc, FL_ELIMIT);
	held = fl_log_next(l);
	ck_assert_uint_gt(held, 1000); /* 64 MiB of them */
	ck_assert_uint_lt(f.calls, 100); /* and it did not hammer the disk at each */
	ck_assert_int_eq(fl_log_commit(l), FL_ENOSPACE);
	ck_assert_uint_eq(fl_log_committed(l), 0);
	f.at = 0;
	ck_assert_int_eq(fl_log_commit(l), FL_OK);
	ck_assert_uint_eq(fl_log_committed(l), held);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	l = must_open(0, NULL);
	ck_assert_uint_eq(fl_log_next(l), held);
	ck_assert_int_eq(fl_log_close(l), FL_OK);
	free(text);
}
END_TEST

/* --- killed --- */

_Noreturn static void child(int pipe_fd, unsigned every)
{
	struct fl_log_opts o = opts(40000);
	struct fl_log *l;
	uint64_t acknowledged;
	unsigned i;

	if (fl_log_open(&l, &o, NULL, err))
		_exit(2);
	for (;;) {
		for (i = 0; i < every; i++)
			if (append(l))
				_exit(3);
		if (fl_log_commit(l))
			_exit(4);
		acknowledged = fl_log_committed(l);
		if (write(pipe_fd, &acknowledged, sizeof acknowledged) != sizeof acknowledged)
			_exit(5);
		usleep(100); /* syncs cost nothing in memory: without this the log grows by millions */
	}
}

START_TEST(killed_at_any_point)
{
	unsigned long state = 12345, round;
	uint64_t acknowledged = 0, a, before;
	struct fl_log *l;
	int fd[2], status;
	pid_t pid;

	for (round = 0; round < 25; round++) {
		before = acknowledged;
		ck_assert_int_eq(pipe(fd), 0);
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (!pid) {
			close(fd[0]);
			child(fd[1], (unsigned)(1 + round * 7 % 60));
		}
		close(fd[1]);
		state = state * 6364136223846793005ul + 1442695040888963407ul;
		usleep((useconds_t)(1000 + (state >> 33) % 30000));
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		while (read(fd[0], &a, sizeof a) == sizeof a)
			acknowledged = a;
		close(fd[0]);
		ck_assert_uint_ge(acknowledged, before);
		l = must_open(40000, NULL);
		ck_assert_uint_ge(fl_log_next(l), acknowledged);
		ck_assert_uint_eq(verify(l, before), fl_log_next(l));
		acknowledged = fl_log_next(l);
		ck_assert_int_eq(fl_log_close(l), FL_OK);
	}
	ck_assert_uint_gt(acknowledged, 100);
	ck_assert_uint_eq(verify(NULL, 0), acknowledged);
}
END_TEST

/* Power fails: of the bytes that were not synced any number may be gone. */
struct power {
	uint64_t synced; /* bytes of the newest segment */
	uint64_t size;
};

static ssize_t power_pwrite(void *ctx, int fd, const void *p, size_t n, off_t at)
{
	struct power *w = ctx;
	ssize_t r = pwrite(fd, p, n, at);

	if (r > 0 && (uint64_t)at + (uint64_t)r > w->size)
		w->size = (uint64_t)at + (uint64_t)r;
	return r;
}

static int power_datasync(void *ctx, int fd)
{
	(void)fd;
	((struct power *)ctx)->synced = ((struct power *)ctx)->size;
	return 0;
}

static int power_datasync_fails(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
	errno = EIO;
	return -1;
}

START_TEST(power_fails)
{
	struct power w = {0};
	struct fl_log_io io = {.pwrite = power_pwrite,
			       .sync = fl_log_disk.sync,
			       .create = fl_log_disk.create,
			       .truncate = fl_log_disk.truncate,
			       .ctx = &w};
	struct fl_log_opts o = opts(0);
	struct fl_log_repair repair;
	struct fl_log *l;
	uint64_t acknowledged, cut;

	for (cut = 0;; cut += 13) {
		teardown();
		setup();
		w = (struct power){0};
		io.datasync = power_datasync;
		ck_assert_int_eq(fl_log_open_io(&l, &o, NULL, err, &io), FL_OK);
		w = (struct power){0}; /* the origin's bytes were counted */
		must_append(l, 5);
		ck_assert_int_eq(fl_log_commit(l), FL_OK);
		acknowledged = fl_log_committed(l);
		io.datasync = power_datasync_fails; /* written, not acknowledged */
		must_append(l, 6);
		ck_assert_int_eq(fl_log_commit(l), FL_EIO);
		ck_assert_uint_gt(w.size, w.synced);
		if (w.synced + cut > w.size) {
			fl_log_abandon(l);
			return;
		}
		ck_assert_int_eq(ftruncate(l->fd, (off_t)(w.synced + cut)), 0);
		fl_log_abandon(l);
		l = must_open(0, &repair);
		ck_assert_uint_ge(fl_log_next(l), acknowledged);
		ck_assert_uint_eq(verify(l, 0), fl_log_next(l));
		ck_assert_int_eq(fl_log_close(l), FL_OK);
	}
}
END_TEST

START_TEST(record_numbers)
{
	uint64_t n = 77;

	ck_assert(fl_log_record_number("{\"event\":{\"sequence\":9007199254740991}}", 39, &n));
	ck_assert_uint_eq(n, UINT64_C(9007199254740991));
	n = 77;
	ck_assert(!fl_log_record_number("{\"event\":{\"sequence\":9007199254740992}}", 39, &n));
	ck_assert(!fl_log_record_number("{\"event\":{\"sequence\":-1}}", 25, &n));
	ck_assert(!fl_log_record_number("{\"event\":{\"sequence\":\"1\"}}", 26, &n));
	ck_assert(!fl_log_record_number("{\"event\":{\"sequence\":1}}x", 25, &n));
	ck_assert(!fl_log_record_number("{\"event\":[1]}", 13, &n));
	ck_assert(!fl_log_record_number("{\"sequence\":1}", 14, &n));
	ck_assert(!fl_log_record_number("{\"Event\":{\"sequence\":1}}", 24, &n));
	ck_assert_uint_eq(n, 77);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("log");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, new_log_has_its_files);
	tcase_add_test(tc, append_refuses_what_would_spoil_the_log);
	tcase_add_test(tc, one_writer);
	tcase_add_test(tc, names_and_origin_are_checked);
	tcase_add_loop_test(tc, segments_roll_at_the_same_records, 0, 3);
	tcase_add_test(tc, reader_follows_the_writer);
	tcase_add_loop_test(tc, opening_finds, 0, (int)FL_ARRAY_LEN(founds));
	tcase_add_test(tc, reader_reports_a_missing_segment);
	tcase_add_test(tc, reader_keeps_nothing_of_half_a_line);
	tcase_add_loop_test(tc, the_nth_call_fails, 0, 2 * FAULTS);
	tcase_add_test(tc, a_full_disk_is_bounded);
	tcase_add_test(tc, killed_at_any_point);
	tcase_add_test(tc, power_fails);
	tcase_add_test(tc, record_numbers);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
