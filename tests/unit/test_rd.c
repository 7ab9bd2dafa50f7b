/* test_rd.c - the reader at its edges: last byte, one past, zero, maximum; what each end means. */
#include "fenceline/rd.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static const uint8_t bytes[8] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};

/* An exact-size heap block, so that address sanitizer sees one byte too many. */
static uint8_t *exact(size_t n)
{
	uint8_t *p = malloc(n ? n : 1);

	ck_assert_ptr_nonnull(p);
	memcpy(p, bytes, n);
	return p;
}

START_TEST(reads_in_wire_order)
{
	struct fl_rd r = fl_rd_init(bytes, 8, FL_CLOSED);

	ck_assert_uint_eq(fl_rd_u8(&r), 0x01);
	ck_assert_uint_eq(fl_rd_be16(&r), 0x0203);
	ck_assert_uint_eq(fl_rd_le16(&r), 0x0504);
	ck_assert_uint_eq(fl_rd_be24(&r), 0x060708);
	ck_assert_uint_eq(fl_rd_left(&r), 0);
	ck_assert_int_eq(fl_rd_err(&r), FL_RD_OK);
	r = fl_rd_init(bytes, 8, FL_CLOSED);
	ck_assert(fl_rd_be64(&r) == UINT64_C(0x0102030405060708));
	r = fl_rd_init(bytes, 8, FL_CLOSED);
	ck_assert(fl_rd_le64(&r) == UINT64_C(0x0807060504030201));
	r = fl_rd_init(bytes, 8, FL_CLOSED);
	ck_assert_uint_eq(fl_rd_be32(&r), 0x01020304);
	ck_assert_uint_eq(fl_rd_le32(&r), 0x08070605);
}
END_TEST

static const struct { enum fl_end end; enum fl_rd_err want; } ends[] = {
	{FL_CLOSED, FL_RD_OVERRUN}, {FL_OPEN, FL_RD_MORE}, {FL_CUT_END, FL_RD_CUT}};

START_TEST(running_over_means_what_the_end_says)
{
	size_t n;

	for (n = 0; n < 4; n++) {
		uint8_t *p = exact(n);
		struct fl_rd r = fl_rd_init(p, n, ends[_i].end);

		ck_assert_uint_eq(fl_rd_be32(&r), 0);
		ck_assert_int_eq(fl_rd_err(&r), ends[_i].want);
		ck_assert_uint_eq(r.missing, 4 - n);
		ck_assert_uint_eq(fl_rd_left(&r), 0);
		ck_assert_uint_eq(fl_rd_u8(&r), 0); /* sticky: no later read moves */
		ck_assert_uint_eq(r.off, 0);
		ck_assert_ptr_null(fl_rd_bytes(&r, 0));
		free(p);
	}
}
END_TEST

START_TEST(huge_lengths_do_not_wrap)
{
	struct fl_rd r = fl_rd_init(bytes, 8, FL_CLOSED), s;

	fl_rd_u8(&r);
	ck_assert_ptr_null(fl_rd_bytes(&r, SIZE_MAX));
	ck_assert_int_eq(fl_rd_err(&r), FL_RD_OVERRUN);
	r = fl_rd_init(bytes, 8, FL_CLOSED);
	fl_rd_u8(&r);
	s = fl_rd_sub(&r, SIZE_MAX - 1);
	ck_assert_uint_eq(s.len, 0);
	ck_assert_uint_eq(fl_rd_left(&s), 0);
	ck_assert_int_eq(fl_rd_err(&s), FL_RD_OVERRUN);
}
END_TEST

START_TEST(the_first_error_wins)
{
	struct fl_rd r = fl_rd_init(bytes, 2, FL_OPEN);

	fl_rd_require(&r, false);
	fl_rd_be32(&r);
	ck_assert_int_eq(fl_rd_err(&r), FL_RD_VALUE);
}
END_TEST

START_TEST(a_sub_view_must_be_used_up)
{
	struct fl_rd r = fl_rd_init(bytes, 8, FL_OPEN), s;

	fl_rd_u8(&r);
	s = fl_rd_sub(&r, 3);
	ck_assert_uint_eq(fl_rd_pos(&s), 1);
	ck_assert_uint_eq(fl_rd_be16(&s), 0x0203);
	ck_assert_uint_eq(fl_rd_pos(&r), 4);
	fl_rd_close(&r, &s);
	ck_assert_int_eq(fl_rd_err(&r), FL_RD_TRAILING);

	r = fl_rd_init(bytes, 8, FL_OPEN);
	s = fl_rd_sub(&r, 3);
	fl_rd_be32(&s); /* over the end of a sub-view: malformed, whatever the outer end is */
	fl_rd_close(&r, &s);
	ck_assert_int_eq(fl_rd_err(&r), FL_RD_OVERRUN);
}
END_TEST

START_TEST(a_cut_view_gives_what_is_there)
{
	struct fl_rd r = fl_rd_init(bytes, 5, FL_CUT_END), s;

	fl_rd_u8(&r);
	s = fl_rd_sub_upto(&r, 100);
	ck_assert_uint_eq(fl_rd_left(&s), 4);
	ck_assert_uint_eq(fl_rd_pos(&s), 1);
	ck_assert_uint_eq(fl_rd_left(&r), 0);
	fl_rd_skip(&s, 5);
	ck_assert_int_eq(fl_rd_err(&s), FL_RD_CUT);
	r = fl_rd_init(bytes, 5, FL_CLOSED);
	s = fl_rd_sub_upto(&r, 100);
	ck_assert_int_eq(fl_rd_err(&s), FL_RD_OVERRUN);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rd");
	TCase *t = tcase_create("edges");

	tcase_add_test(t, reads_in_wire_order);
	tcase_add_loop_test(t, running_over_means_what_the_end_says, 0, 3);
	tcase_add_test(t, huge_lengths_do_not_wrap);
	tcase_add_test(t, the_first_error_wins);
	tcase_add_test(t, a_sub_view_must_be_used_up);
	tcase_add_test(t, a_cut_view_gives_what_is_there);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
