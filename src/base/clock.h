/* clock.h - the two clocks: what time it is, and how much of it has passed. Packet time is neither. */
#ifndef FL_SRC_BASE_CLOCK_H
#define FL_SRC_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* fl_clock_ns - nanoseconds since 1970 UTC: the clock that stamps live frames. May step. */
static inline int64_t fl_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* fl_clock_ms - milliseconds since some start, never back: for waiting and rates. */
static inline int64_t fl_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
