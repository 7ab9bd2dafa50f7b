/* test_cotp.c - TPKT, COTP, and messages put together from data units. */
#include "dissectors/cotp.h"
#include "dissectors/tpkt.h"
#include "run.h"
#include "s7_script.h"

/* ---- TPKT */

static const struct frame {
	const char *name, *hex;
	enum fl_end end;
	uint16_t most;
	enum fl_result want;
	size_t body;
} frames[] = {
	{"shortest", "03000007 02f080", FL_CLOSED, 65535, FL_UNIT, 3},
	{"longest", "0300ffff 00*65531", FL_CLOSED, 65535, FL_UNIT, 65531},
	{"as long as allowed", "03000008 00*4", FL_OPEN, 8, FL_UNIT, 4},
	{"longer than allowed", "03000009 00*5", FL_OPEN, 8, FL_MALFORMED, 0},
	{"longer than allowed, before it is there", "03000009", FL_OPEN, 8, FL_MALFORMED, 0},
	{"below the least", "03000006 01f0", FL_OPEN, 65535, FL_MALFORMED, 0},
	{"length 0", "03000000", FL_OPEN, 65535, FL_MALFORMED, 0},
	{"version 2", "02", FL_OPEN, 65535, FL_MALFORMED, 0},
	{"version 4, the rest to come", "04", FL_OPEN, 65535, FL_MALFORMED, 0},
	{"reserved byte set: taken", "03ff0007 02f080", FL_OPEN, 65535, FL_UNIT, 3},
	{"one byte", "03", FL_OPEN, 65535, FL_NEED_MORE, 0},
	{"header", "03000007", FL_OPEN, 65535, FL_NEED_MORE, 0},
	{"one byte short", "03000007 02f0", FL_OPEN, 65535, FL_NEED_MORE, 0},
	{"one byte short of a closed end", "03000007 02f0", FL_CLOSED, 65535, FL_MALFORMED, 0},
	{"one byte cut", "03000007 02f0", FL_CUT_END, 65535, FL_CUT, 2},
	{"header cut", "0300", FL_CUT_END, 65535, FL_CUT, 0},
	{"another one behind", "03000007 02f080 03000007", FL_OPEN, 65535, FL_UNIT, 3},
};

START_TEST(frames_are_taken)
{
	const struct frame *row = &frames[_i];
	struct fl_tpkt t = {0};
	struct fl_rd r;
	size_t n;
	uint8_t *p = from_hex(row->hex, 70000, &n);
	enum fl_result got;

	r = fl_rd_init(p, n, row->end);
	got = fl_tpkt_take(&r, row->most, &t);
	ck_assert_msg(got == row->want, "%s: got %d, want %d", row->name, got, row->want);
	if (got == FL_UNIT || got == FL_CUT) {
		ck_assert_uint_eq(t.body.len, row->body);
		ck_assert(t.cut == (got == FL_CUT));
	}
	if (got == FL_UNIT)
		ck_assert_uint_eq(r.off, row->body + 4);
	free(p);
}
END_TEST

/* ---- COTP */

static const struct reading {
	const char *name, *word, *want;
} readings[] = {
	{"connection request",
	 "c:11e00000000800c0010ac1020100c2020102",
	 "cotp{type:CR,li:17,src_ref:8,dst_ref:0,cls:0,tpdu_size:1024,src_tsap:0100,src_tsap_text:0100 (pg, rack 0, slot "
	 "0),dst_tsap:0102,dst_tsap_text:0102 (pg, rack 0, slot 2)}"},
	{"connection confirm",
	 "c:11d00008000300c0010ac1020100c2020102",
	 "cotp{type:CC,li:17,src_ref:3,dst_ref:8,cls:0,tpdu_size:1024,src_tsap:0100,src_tsap_text:0100 (pg, rack 0, slot "
	 "0),dst_tsap:0102,dst_tsap_text:0102 (pg, rack 0, slot 2)}"},
	{"TSAP of text",
	 "c:1fe00000000900c0010ac1020600c21053494d415449432d524f4f542d484d49",
	 "cotp{type:CR,li:31,src_ref:9,dst_ref:0,cls:0,tpdu_size:1024,src_tsap:0600,"
	 "dst_tsap:53494d415449432d524f4f542d484d49,dst_tsap_text:SIMATIC-ROOT-HMI}"},
	{"TSAP of nothing, and of one byte",
	 "c:0be00000000900c100c20141",
	 "cotp{type:CR,li:11,src_ref:9,dst_ref:0,cls:0,src_tsap:,dst_tsap:41,dst_tsap_text:A}"},
	{"TSAP of 200 bytes",
	 "c:d0e00000000900c2c841*200",
	 "cotp{type:CR,li:208,src_ref:9,dst_ref:0,cls:0,"
	 "dst_tsap:4141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414"
	 "1414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414"
	 "1414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414"
	 "1414141414141414141414141414141414141414141414141414141414141414141414141,"
	 "dst_tsap_text:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA}"},
	{"no parameters",
	 "c:06e00000000900",
	 "cotp{type:CR,li:6,src_ref:9,dst_ref:0,cls:0}"},
	{"class 2",
	 "c:06e00000000920",
	 "cotp{type:CR,li:6,src_ref:9,dst_ref:0,cls:2}"},
	{"TPDU size 128",
	 "c:09e00000000900c00107",
	 "cotp{type:CR,li:9,src_ref:9,dst_ref:0,cls:0,tpdu_size:128}"},
	{"TPDU size 8192",
	 "c:09e00000000900c0010d",
	 "cotp{type:CR,li:9,src_ref:9,dst_ref:0,cls:0,tpdu_size:8192}"},
	{"TPDU size 64, not allowed",
	 "c:09e00000000900c00106",
	 "cotp{type:CR,li:9,src_ref:9,dst_ref:0,cls:0,tpdu_size:64,flaws:[parameter]}"},
	{"TPDU size 16384, not allowed",
	 "c:09e00000000900c0010e",
	 "cotp{type:CR,li:9,src_ref:9,dst_ref:0,cls:0,tpdu_size:16384,flaws:[parameter]}"},
	{"TPDU size of two bytes",
	 "c:0ae00000000900c0020a0a",
	 "cotp{type:CR,li:10,src_ref:9,dst_ref:0,cls:0,flaws:[parameter]}"},
	{"parameter that runs over",
	 "c:0ae00000000900c2050102",
	 "cotp{type:CR,li:10,src_ref:9,dst_ref:0,cls:0,flaws:[parameter]}"},
	{"remote desktop",
	 "c:1ae00000000000436f6f6b69653a206d737473686173683d610d0a",
	 "cotp{type:CR,li:26,src_ref:0,dst_ref:0,cls:0,flaws:[parameter]}"},
	{"disconnect",
	 "c:06800008000380",
	 "cotp{type:DR,li:6,src_ref:3,dst_ref:8,cause:128,cause_name:normal}"},
	{"disconnect, refused",
	 "c:06800008000088",
	 "cotp{type:DR,li:6,src_ref:0,dst_ref:8,cause:136,cause_name:refused_on_this_network_connection}"},
	{"disconnect, reason not listed",
	 "c:06800008000363",
	 "cotp{type:DR,li:6,src_ref:3,dst_ref:8,cause:99}"},
	{"disconnect confirm",
	 "c:05c000080003",
	 "cotp{type:DC,li:5,src_ref:3,dst_ref:8,flaws:[type]}"},
	{"error",
	 "c:0470000801",
	 "cotp{type:ER,li:4,dst_ref:8,cause:1,cause_name:parameter_code}"},
	{"error, parameter value",
	 "c:0470000803",
	 "cotp{type:ER,li:4,dst_ref:8,cause:3,cause_name:parameter_value}"},
	{"acknowledgement of another class",
	 "c:0461000801",
	 "cotp{type:AK,li:4,flaws:[type]}"},
	{"too short",
	 "c:04e0000000",
	 "cotp{type:CR,li:4,dst_ref:0,flaws:[length]}"},
	{"a code nobody knows",
	 "c:02b000",
	 "cotp{type:0xb,li:2,flaws:[type]}"},
	{"data where there is none",
	 "c:05c00008000399",
	 "cotp{type:DC,li:5,src_ref:3,dst_ref:8,flaws:[type]}"},
	{"data without its end byte",
	 "c:01f000",
	 "cotp{type:DT,li:1,eot:false,data_len:1,flaws:[length]}"},
	{"a message of another protocol",
	 "m:a0030201",
	 "cotp{type:DT,li:2,eot:true,data_len:4,flaws:[payload]}"},
};

START_TEST(reads_as_told)
{
	const struct reading *row = &readings[_i];

	read_message(row->word);
	ck_assert_msg(strcmp(said, row->want) == 0, "%s:\n got %s\nwant %s", row->name, said, row->want);
}
END_TEST

static const struct refused {
	const char *name, *hex;
	enum fl_end end;
	enum fl_result want;
} refusals[] = {
	{"length indicator 0", "00f080", FL_CLOSED, FL_MALFORMED},
	{"length indicator 255", "fff080 00*300", FL_CLOSED, FL_MALFORMED},
	{"length indicator 254", "fef080 00*252", FL_CLOSED, FL_UNIT},
	{"beyond the unit", "04f080", FL_CLOSED, FL_MALFORMED},
	{"nothing", "", FL_CLOSED, FL_MALFORMED},
	{"header cut", "06e00000", FL_CUT_END, FL_CUT},
	{"code cut", "06", FL_CUT_END, FL_CUT},
	{"data cut", "02f08032", FL_CUT_END, FL_CUT},
};

START_TEST(headers_are_refused)
{
	const struct refused *row = &refusals[_i];
	struct fl_cotp t;
	struct fl_rd r;
	size_t n;
	uint8_t *p = from_hex(row->hex, 4096, &n);
	enum fl_result got;

	r = fl_rd_init(p, n, row->end);
	got = fl_cotp_parse(&r, &t);
	ck_assert_msg(got == row->want, "%s: got %d, want %d", row->name, got, row->want);
	if (got == FL_CUT)
		ck_assert(t.cut);
	free(p);
}
END_TEST

START_TEST(tsap_texts)
{
	static const struct {
		const char *hex, *want;
		size_t room;
	} rows[] = {
		{"0102", "0102 (pg, rack 0, slot 2)", 64},
		{"0263", "0263 (op, rack 3, slot 3)", 64},
		{"03ff", "03ff (s7_basic, rack 7, slot 31)", 64},
		{"1000", "1000", 64},
		{"4d44", "MD", 64},
		{"", "", 64},
		{"0001 02*100", "0001", 5},
		{"41*100", "AAAA", 5},
	};
	char text[64];
	uint8_t *p;
	size_t i, n;

	for (i = 0; i < FL_ARRAY_LEN(rows); i++) {
		p = from_hex(rows[i].hex, 256, &n);
		fl_cotp_tsap_text(text, rows[i].room, p, n);
		ck_assert_str_eq(text, rows[i].want);
		free(p);
	}
}
END_TEST

/* ---- messages in several units */

static struct fl_cotp_side side;

/* A data unit of n bytes that count up from `from`; true if it ends a message. */
static bool piece(size_t n, uint8_t from, bool eot, struct fl_rd *sdu)
{
	static uint8_t *bytes;
	struct fl_cotp t;
	struct fl_rd r;
	size_t i;

	free(bytes);
	bytes = malloc(n + 3);
	ck_assert_ptr_nonnull(bytes);
	bytes[0] = 2;
	bytes[1] = 0xF0;
	bytes[2] = eot ? 0x80 : 0;
	for (i = 0; i < n; i++)
		bytes[3 + i] = (uint8_t)(from + i);
	r = fl_rd_init(bytes, n + 3, FL_CLOSED);
	ck_assert_int_eq(fl_cotp_parse(&r, &t), FL_UNIT);
	return fl_cotp_collect(&side, &t, sdu);
}

static void check(const struct fl_rd *sdu, size_t n, uint8_t from, enum fl_end end)
{
	size_t i;

	ck_assert_uint_eq(sdu->len, n);
	ck_assert_int_eq(sdu->end, end);
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(sdu->base[i], (uint8_t)(from + i));
}

START_TEST(messages_are_put_together)
{
	struct fl_rd sdu;

	memset(&side, 0, sizeof side);
	ck_assert(piece(5, 1, true, &sdu)); /* whole: where it lies */
	check(&sdu, 5, 1, FL_CLOSED);
	ck_assert(sdu.base != side.bytes);
	ck_assert(!piece(0, 0, false, &sdu)); /* acknowledgements add nothing and open nothing */
	ck_assert(piece(3, 9, true, &sdu));
	check(&sdu, 3, 9, FL_CLOSED);
	ck_assert(!piece(2, 1, false, &sdu));
	ck_assert(!piece(0, 0, false, &sdu));
	ck_assert(!piece(3, 3, false, &sdu));
	ck_assert(piece(1, 6, true, &sdu));
	check(&sdu, 6, 1, FL_CLOSED);
	ck_assert(!piece(2, 1, false, &sdu));
	ck_assert(piece(0, 0, true, &sdu)); /* an end with nothing in it ends what is held */
	check(&sdu, 2, 1, FL_CLOSED);
	ck_assert(!piece(0, 0, true, &sdu)); /* and alone is no message */
}
END_TEST

START_TEST(long_messages_are_bounded)
{
	struct fl_rd sdu;

	memset(&side, 0, sizeof side);
	ck_assert(!piece(FL_COTP_TSDU_MAX - 1, 0, false, &sdu));
	ck_assert(piece(1, (uint8_t)(FL_COTP_TSDU_MAX - 1), true, &sdu));
	check(&sdu, FL_COTP_TSDU_MAX, 0, FL_CLOSED);
	ck_assert(!side.too_long);
	ck_assert(!piece(FL_COTP_TSDU_MAX, 0, false, &sdu));
	ck_assert(piece(1, 77, true, &sdu));
	check(&sdu, FL_COTP_TSDU_MAX, 0, FL_CUT_END); /* one byte had no room */
	ck_assert(side.too_long);
	ck_assert(piece(4000, 5, true, &sdu)); /* in one unit there is no bound, and the last one's is forgotten */
	check(&sdu, 4000, 5, FL_CLOSED);
	ck_assert(!side.too_long);
}
END_TEST

START_TEST(loss_gives_up_what_is_held)
{
	struct fl_rd sdu;

	memset(&side, 0, sizeof side);
	ck_assert(!piece(4, 1, false, &sdu));
	fl_cotp_lose(&side);
	ck_assert(side.lost);
	ck_assert(piece(2, 50, true, &sdu)); /* may be a tail: the caller looks at `lost` */
	check(&sdu, 2, 50, FL_CLOSED);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cotp");
	TCase *t = tcase_create("cotp");

	tcase_add_loop_test(t, frames_are_taken, 0, FL_ARRAY_LEN(frames));
	tcase_add_loop_test(t, reads_as_told, 0, FL_ARRAY_LEN(readings));
	tcase_add_loop_test(t, headers_are_refused, 0, FL_ARRAY_LEN(refusals));
	tcase_add_test(t, tsap_texts);
	tcase_add_test(t, messages_are_put_together);
	tcase_add_test(t, long_messages_are_bounded);
	tcase_add_test(t, loss_gives_up_what_is_held);
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
