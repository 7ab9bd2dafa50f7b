/* compiler.h - the few attributes and macros that every room uses. */
#ifndef FENCELINE_COMPILER_H
#define FENCELINE_COMPILER_H

#define FL_MUST_USE __attribute__((warn_unused_result))
#define FL_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define FL_UNUSED __attribute__((unused))
#define FL_LIKELY(x) __builtin_expect(!!(x), 1)
#define FL_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define FL_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* FL_BUG - our own defect, never input: prints where and aborts, also in release builds. */
#define FL_BUG(what) fl_bug(__FILE__, __LINE__, what)
_Noreturn void fl_bug(const char *file, int line, const char *what);

#endif
