/* err.h - environment failures (memory, disk, broker) as negative int; 0 is success.
 *
 * Hostile traffic is never one of these (it is data: a counter and an event), and a user's mistake is a
 * diagnostic with a position (diag.h). Passed up; main alone exits. */
#ifndef FENCELINE_ERR_H
#define FENCELINE_ERR_H

#define FL_ERRORS(X)                                             \
	X(NOMEM, 1, "out of memory")                             \
	X(IO, 2, "input or output error")                        \
	X(NOSPACE, 3, "no space left on device")                 \
	X(NOTFOUND, 4, "not found")                              \
	X(ACCESS, 5, "permission denied")                        \
	X(FORMAT, 6, "not in the expected format")               \
	X(LIMIT, 7, "a configured limit was reached")            \
	X(BUSY, 8, "in use by another process")                  \
	X(UNSUPPORTED, 9, "not supported here")                  \
	X(INTERRUPTED, 10, "interrupted")                        \
	X(TIMEOUT, 11, "timed out")                              \
	X(INVALID, 12, "invalid argument or configuration")      \
	X(EXISTS, 13, "already there")

enum fl_err {
	FL_OK = 0,
#define X(name, num, text) FL_E##name = -(num),
	FL_ERRORS(X)
#undef X
};

/* fl_strerror - static text for an fl_err value; "unknown error" for others. Never NULL. */
const char *fl_strerror(int err);
/* fl_err_from_errno - the fl_err that stands for an errno value; FL_EIO for one that says nothing (0 too): never FL_OK. */
int fl_err_from_errno(int errnum);

#endif
