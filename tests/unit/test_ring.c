/* test_ring.c - messages of all sizes cross whole and in order, also when the ring is far smaller than what goes through. */
#include "monitor/ring.h"

#include <check.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "run.h"

enum { MESSAGES = 200000 };

struct message { uint32_t number, size; unsigned char fill[]; };

static uint32_t size_of(uint32_t i) { return (uint32_t)sizeof(struct message) + i * 7919u % 700; }

static void *produce(void *arg)
{
	struct fl_ring *r = arg;
	struct message *m;
	uint32_t i;

	for (i = 0; i < MESSAGES; i++) {
		while (!(m = fl_ring_reserve(r, size_of(i))))
			fl_ring_wait_room(r);
		m->number = i;
		m->size = size_of(i);
		memset(m->fill, (int)(i & 255), m->size - sizeof *m);
		fl_ring_push(r);
	}
	fl_ring_end(r);
	return NULL;
}

START_TEST(crosses_threads_whole_and_in_order)
{
	struct fl_bell *bell = fl_bell_new();
	struct fl_ring *r = fl_ring_new(8192);
	const struct message *m;
	uint32_t next = 0, k;
	pthread_t thread;

	fl_ring_set_bell(r, bell);
	ck_assert_int_eq(pthread_create(&thread, NULL, produce, r), 0);
	while (!fl_ring_ended(r)) {
		m = fl_ring_peek(r);
		if (!m) {
			fl_bell_wait(bell, 1000);
			continue;
		}
		ck_assert_uint_eq(m->number, next);
		ck_assert_uint_eq(m->size, size_of(next));
		for (k = 0; k < m->size - sizeof *m; k++)
			if (m->fill[k] != (next & 255))
				ck_abort_msg("message %u is torn at byte %u", next, k);
		fl_ring_pop(r);
		next++;
	}
	pthread_join(thread, NULL);
	ck_assert_uint_eq(next, MESSAGES);
	fl_ring_free(r);
	fl_bell_free(bell);
}
END_TEST

START_TEST(full_is_said_and_room_comes_back)
{
	struct fl_ring *r = fl_ring_new(4096);
	unsigned n = 0, round;

	for (round = 0; round < 50; round++) {
		n = 0;
		while (fl_ring_reserve(r, 500)) {
			fl_ring_push(r);
			n++;
		}
		ck_assert_uint_ge(n, 6);
		ck_assert_uint_le(n, 8);
		while (fl_ring_peek(r)) {
			fl_ring_pop(r);
			n--;
		}
		ck_assert_uint_eq(n, 0);
	}
	ck_assert(!fl_ring_ended(r));
	fl_ring_end(r);
	ck_assert(fl_ring_ended(r));
	fl_ring_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ring");
	TCase *t = tcase_create("ring");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, crosses_threads_whole_and_in_order);
	tcase_add_test(t, full_is_said_and_room_comes_back);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
