/* log_internal.h - what the files of this room share: the log's insides, its I/O, and what recovery finds. */
#ifndef FL_SRC_EVIDENCE_LOG_INTERNAL_H
#define FL_SRC_EVIDENCE_LOG_INTERNAL_H

#include <stdatomic.h>
#include <sys/types.h>

#include "evidence/log.h"
#include "evidence/segment.h"
#include "fenceline/limits.h"

#define FL_LOG_SEGMENT_BYTES (UINT64_C(64) << 20)
/* Records held in memory. Above COMMIT an append commits by itself; above HELD, which is reached only while the disk
 * refuses, an append is refused with FL_ELIMIT and the caller has to stop reading or to count what it loses. */
#define FL_LOG_COMMIT_BYTES (1u << 20)
#define FL_LOG_HELD_BYTES (64u << 20)

/* Every call that changes the disk goes through here, so that tests can make the n-th one fail. */
struct fl_log_io {
	ssize_t (*pwrite)(void *ctx, int fd, const void *p, size_t n, off_t at);
	int (*datasync)(void *ctx, int fd);         /* a file's bytes and its size */
	int (*sync)(void *ctx, int fd);             /* a directory's entries */
	int (*create)(void *ctx, int dirfd, const char *name);  /* a new, empty file for writing; gives the descriptor */
	int (*truncate)(void *ctx, int fd, off_t size);
	void *ctx;
};

/* event.sequence is read through a double (cJSON): exact up to 2^53, which no log reaches. */
#define FL_LOG_NUMBER_MAX (UINT64_C(1) << 53)

extern const struct fl_log_io fl_log_disk; /* the real one */

struct fl_log {
	const struct fl_log_io *io;
	char name[FL_ID_MAX + 1];
	char origin[FL_ID_MAX + 256 + 2];
	int dirfd, lockfd;
	int fd;                  /* newest segment; -1: there is none yet */
	uint64_t segment_bytes;
	uint64_t seg_size;       /* durable bytes of it */
	uint64_t durable;        /* records on disk: those numbered below it */
	uint64_t next;           /* number of the next appended record */
	char *held;              /* records not durable yet, each with its newline */
	size_t n_held, cap_held;
	int last_err;            /* of the last commit; not FL_OK: append does not try by itself */
	bool new_segment;        /* the newest segment's directory entry is not durable yet */
	_Atomic uint64_t committed;
};

/* fl_log_open_io - fl_log_open over another I/O; io must outlive the log. */
int fl_log_open_io(struct fl_log **out, const struct fl_log_opts *o, struct fl_log_repair *repair, char err[512],
		   const struct fl_log_io *io) FL_MUST_USE;
/* fl_log_abandon - close without committing, as a crash would. NULL is fine. */
void fl_log_abandon(struct fl_log *l);

/* fl_log_recover - find where the log of an open directory ends, and cut off a torn last line. Sets fd, seg_size,
 * durable, next of l. On failure nothing on disk was changed but for a cut that is legitimate by itself. */
int fl_log_recover(struct fl_log *l, struct fl_log_repair *repair, char err[512]) FL_MUST_USE;

/* fl_log_record_number - the value of event.sequence in a record; false if it is not a record. */
bool fl_log_record_number(const char *text, size_t n, uint64_t *number);

#endif
