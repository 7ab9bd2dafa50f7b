/* err.c - texts of environment failures, and the end for our own defects. */
#include "fenceline/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fenceline/compiler.h"

const char *fl_strerror(int err)
{
	switch (err) {
	case FL_OK:
		return "success";
#define X(name, num, text) \
	case FL_E##name:   \
		return text;
		FL_ERRORS(X)
#undef X
	default:
		return "unknown error";
	}
}

int fl_err_from_errno(int errnum)
{
	switch (errnum) {
	case ENOMEM:
		return FL_ENOMEM;
	case ENOSPC:
	case EDQUOT:
		return FL_ENOSPACE;
	case ENOENT:
	case ENOTDIR:
		return FL_ENOTFOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return FL_EACCESS;
	case EAGAIN:
	case EBUSY:
		return FL_EBUSY;
	case EINTR:
		return FL_EINTERRUPTED;
	case ETIMEDOUT:
		return FL_ETIMEOUT;
	case EEXIST:
		return FL_EEXISTS;
	case EINVAL:
		return FL_EINVALID;
	default:
		return FL_EIO;
	}
}

_Noreturn void fl_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "fenceline: internal error at %s:%d: %s. Please report this line.\n", file, line, what);
	abort();
}
