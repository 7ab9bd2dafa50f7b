/* timeline.c - see timeline.h. Pure but for its struct; differences are taken so that no stamp can overflow them. */
#include "flow/timeline.h"

static int64_t later(int64_t from_ns, uint64_t by_ns)
{
	int64_t sum;

	return by_ns > INT64_MAX || __builtin_add_overflow(from_ns, (int64_t)by_ns, &sum) ? INT64_MAX : sum;
}

int64_t fl_timeline_advance(struct fl_timeline *t, int64_t now_ns)
{
	if (!t->started) {
		t->started = true;
		t->now_ns = t->mono_ns = now_ns;
	} else if (now_ns > t->now_ns) {
		t->mono_ns = later(t->mono_ns, (uint64_t)now_ns - (uint64_t)t->now_ns);
		t->now_ns = now_ns;
	}
	return t->mono_ns;
}

int64_t fl_timeline_frame(struct fl_timeline *t, struct fl_frame *frame)
{
	int64_t step = 0;

	if (t->started && frame->ts_ns < t->now_ns && (uint64_t)t->now_ns - (uint64_t)frame->ts_ns > FL_CLOCK_STEP_NS) {
		if (__builtin_sub_overflow(t->now_ns, frame->ts_ns, &step))
			step = INT64_MAX;
		t->now_ns = frame->ts_ns;
	}
	frame->mono_ns = fl_timeline_advance(t, frame->ts_ns);
	return step;
}
