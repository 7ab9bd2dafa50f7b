/* log.h - one append-only NDJSON log on disk: numbered without gaps, durable before anyone sees a record.
 *
 *     DIR/<name>/origin                   "<sensor>/<name>\n": identity of the log, key of its records in Kafka
 *     DIR/<name>/lock                     held (flock) by the one writer
 *     DIR/<name>/00000000000000000000.ndjson   segment, named by the number of its first record
 *
 * A record is one line; its number is the value of event.sequence in it. Step 4 of the design (Merkle tree over the
 * exact bytes of each line, signed checkpoints, sealed segments) attaches at commit and at segment end. */
#ifndef FL_SRC_EVIDENCE_LOG_H
#define FL_SRC_EVIDENCE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/compiler.h"

struct fl_log;

struct fl_log_opts {
	const char *dir;    /* evidence directory; made if absent (mode 0750) */
	const char *name;   /* scope id, or "unscoped" */
	const char *sensor; /* for the origin */
	uint64_t segment_bytes; /* 0: 64 MiB */
};

struct fl_log_repair { /* what opening found and mended; to be put on record as sensor.gap */
	bool torn;            /* the last line was incomplete or not a record: cut off */
	uint64_t torn_bytes;
	bool resumed;         /* the log held records before */
};

/* fl_log_open - open or make; resumes the numbering. FL_EBUSY: another process writes it. FL_EFORMAT: damaged beyond
 * the tail (err says what and where; nothing is changed). Time proportional to the last segment at most. */
int fl_log_open(struct fl_log **out, const struct fl_log_opts *o, struct fl_log_repair *repair, char err[512]) FL_MUST_USE;
const char *fl_log_name(const struct fl_log *l);
const char *fl_log_origin(const struct fl_log *l);
/* fl_log_next - the number the next appended record must carry as event.sequence. */
uint64_t fl_log_next(const struct fl_log *l);
/* fl_log_append - one record without its newline, at most FL_RECORD_MAX bytes, that carries fl_log_next() as its
 * event.sequence; buffered. Commits by itself at 1 MiB. FL_EINVALID: not such a record. FL_ELIMIT: 64 MiB are held
 * because commits fail; the record was not taken, its number is not used. */
int fl_log_append(struct fl_log *l, const char *text, size_t n) FL_MUST_USE;
/* fl_log_commit - write, sync to disk, then make visible to readers. On failure (FL_ENOSPACE, FL_EIO) nothing more is
 * visible than before, what was not durable is still held, and the next commit tries again. */
int fl_log_commit(struct fl_log *l) FL_MUST_USE;
/* fl_log_committed - records visible: those numbered below it. From any thread. */
uint64_t fl_log_committed(const struct fl_log *l);
int fl_log_close(struct fl_log *l); /* commits; NULL is fine; close its readers first */

/* Reader: any number, any thread, any process (a log that nobody writes: up to its last whole line). */
struct fl_log_reader;
/* fl_log_reader_open - of a log that is open for writing here (l), or of the directory DIR/<name> (path). */
int fl_log_reader_open(struct fl_log_reader **out, const struct fl_log *l, const char *path, uint64_t from) FL_MUST_USE;
/* fl_log_reader_next - 1 and the record (without newline, borrowed until the next call) with its number; 0: no more for
 * now; negative: fl_err. FL_ENOTFOUND: the number is older than the oldest segment; FL_EFORMAT: a line or a segment is
 * missing or damaged. Neither is passed over. */
int fl_log_reader_next(struct fl_log_reader *r, const char **text, size_t *n, uint64_t *number) FL_MUST_USE;
void fl_log_reader_close(struct fl_log_reader *r);

#endif
