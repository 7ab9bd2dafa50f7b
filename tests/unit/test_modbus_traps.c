/* test_modbus_traps.c - where readers of Modbus go wrong, one test for each trap, named after it.
 *
 * The traps are those that users of other tools have reported and that their sources show: units that share a segment,
 * identifiers used again, sizes at the limit, roles that ports do not tell, text that looks like a header. */
#include "modbus_script.h"
#include "run.h"

#define OPS(script, want)                                                                     \
	do {                                                                                  \
		run_script(script);                                                           \
		ck_assert_msg(strcmp(said, want) == 0, "%s:\n got %s\nwant %s", script, said, want); \
	} while (0)

/* ---- streams */

struct flow {
	struct fl_modbus_state *state;
	struct fl_dctx c;
	struct fl_json units;
	uint8_t *held[2];
	size_t n[2];
};

static void flow_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	struct flow *f = c->user;

	fl_json_open(&f->units, NULL);
	fl_modbus_unit_json(u, &f->units);
	fl_json_close(&f->units);
	units_seen++;
}

static void flow_open(struct flow *f)
{
	memset(f, 0, sizeof *f);
	f->state = calloc(1, sizeof *f->state);
	ck_assert_ptr_nonnull(f->state);
	f->c = (struct fl_dctx){.state = f->state, .ts_ns = SECOND, .mono_ns = SECOND, .frame = 1, .on_unit = flow_unit,
	                        .on_operation = put_op, .user = f};
	fl_json_init(&f->units, 0);
	fl_json_open_array(&f->units, NULL);
	said[0] = '\0';
	units_seen = 0;
}

/* n bytes of a side: as the core, what is left over is given again with more, in a block of its exact size. */
static enum fl_result flow_bytes(struct flow *f, uint8_t dir, const uint8_t *p, size_t n)
{
	uint8_t *block = malloc(f->n[dir] + n + 1), *exact;
	enum fl_result got = FL_NEED_MORE;
	struct fl_rd r;
	size_t whole = f->n[dir] + n, taken = 0;

	ck_assert_ptr_nonnull(block);
	if (f->n[dir])
		memcpy(block, f->held[dir], f->n[dir]);
	if (n)
		memcpy(block + f->n[dir], p, n);
	free(f->held[dir]);
	exact = malloc(whole ? whole : 1);
	ck_assert_ptr_nonnull(exact);
	if (whole)
		memcpy(exact, block, whole);
	free(block);
	f->c.dir = dir;
	r = fl_rd_init(exact, whole, FL_OPEN);
	while (fl_rd_left(&r) && (got = fl_modbus_dissector.unit(&f->c, &r)) == FL_UNIT)
		taken = r.off;
	ck_assert(fl_modbus_state_ok(f->state));
	if (got == FL_MALFORMED || got == FL_NOT_MINE)
		taken = whole;
	f->n[dir] = whole - taken;
	f->held[dir] = malloc(f->n[dir] ? f->n[dir] : 1);
	ck_assert_ptr_nonnull(f->held[dir]);
	if (f->n[dir])
		memcpy(f->held[dir], exact + taken, f->n[dir]);
	free(exact);
	return got;
}

/* Ends the flow; its units as text, to be freed. */
static char *flow_close(struct flow *f)
{
	const char *text;
	char *copy;
	size_t n;

	fl_modbus_dissector.end(&f->c);
	fl_json_close_array(&f->units);
	text = fl_json_text(&f->units, &n);
	ck_assert_ptr_nonnull(text);
	copy = malloc(n + 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, n + 1);
	fl_json_done(&f->units);
	free(f->held[0]);
	free(f->held[1]);
	free(f->state);
	return copy;
}

static const char *const asked[] = {READ2, "0f0013000a02cd01", "140e0600040001000206000300090002", "2b0e0100", "5a000100", "07",
                                    "1700030006000e00010200ff", "080000a537", "10000100010203e8"};
static const char *const answered[] = {READ2_OK, "0f0013000a", "140c05060dfe0020050633cd0040", "2b0e01010000010003416365",
                                       "5a00fe01", "076d", "170c00*12", "080000a537", "9002"};

/* All the PDUs of one side in a row. */
static uint8_t *row_of(const char *const *pdu, size_t count, size_t *n)
{
	uint8_t *all = malloc(4096);
	size_t i, len;

	ck_assert_ptr_nonnull(all);
	for (*n = i = 0; i < count; i++) {
		uint8_t *one = adu((unsigned)i, 17, pdu[i], &len);

		ck_assert_uint_le(*n + len, 4096);
		memcpy(all + *n, one, len);
		*n += len;
		free(one);
	}
	return all;
}

START_TEST(pipelined_and_stacked)
{
	size_t count = (size_t)_i + 1, n[2], cut, i;
	uint8_t *side[2] = {row_of(asked, count, &n[0]), row_of(answered, count, &n[1])};
	char *whole, *parts, *ops;
	struct flow f;

	flow_open(&f);
	flow_bytes(&f, 0, side[0], n[0]);
	flow_bytes(&f, 1, side[1], n[1]);
	whole = flow_close(&f);
	ck_assert_uint_eq(units_seen, 2 * count);
	ck_assert_msg(!strstr(said, "unsolicited") && !strstr(said, "no_response"), "%s", said);
	ops = strdup(said);
	for (cut = 0; cut <= n[0] + n[1]; cut++) { /* every place, on either side */
		flow_open(&f);
		i = cut < n[0] ? cut : n[0];
		flow_bytes(&f, 0, side[0], i);
		flow_bytes(&f, 0, side[0] + i, n[0] - i);
		i = cut > n[0] ? cut - n[0] : 0;
		flow_bytes(&f, 1, side[1], i);
		flow_bytes(&f, 1, side[1] + i, n[1] - i);
		parts = flow_close(&f);
		ck_assert_msg(strcmp(parts, whole) == 0 && strcmp(said, ops) == 0, "cut at %zu of %zu units", cut, count);
		free(parts);
	}
	flow_open(&f); /* byte by byte */
	for (i = 0; i < n[0]; i++)
		flow_bytes(&f, 0, side[0] + i, 1);
	for (i = 0; i < n[1]; i++)
		flow_bytes(&f, 1, side[1] + i, 1);
	parts = flow_close(&f);
	ck_assert_str_eq(parts, whole);
	free(parts);
	free(whole);
	free(ops);
	free(side[0]);
	free(side[1]);
}
END_TEST

/* No flipped byte may crash, or keep what comes after it from being found once the segment after it begins a unit. */
START_TEST(any_byte_flipped)
{
	size_t count = FL_ARRAY_LEN(asked), n, len, i;
	uint8_t *side = row_of(asked, count, &n), *next = adu(99, 17, READ5, &len);
	unsigned bit, tries;
	struct flow f;

	for (i = 0; i < n; i++) {
		for (bit = 0; bit < 8; bit++) {
			side[i] ^= (uint8_t)(1u << bit);
			flow_open(&f);
			(void)flow_bytes(&f, 0, side, n);
			for (tries = 0; tries < 100 && !strstr(said, "0/16+5"); tries++) { /* the longest a false length can cover */
				(void)flow_bytes(&f, 0, next, len);
				f.c.mono_ns += 11 * SECOND;
				fl_modbus_dissector.tick(&f.c);
			}
			ck_assert_msg(strstr(said, "0/16+5") != NULL, "byte %zu bit %u: %s", i, bit, said);
			free(flow_close(&f));
			side[i] ^= (uint8_t)(1u << bit);
		}
	}
	free(side);
	free(next);
}
END_TEST

/* ---- transactions */

START_TEST(one_id_for_ever_and_ids_that_wrap)
{
	struct flow f;
	unsigned i, constant;
	size_t n;

	for (constant = 0; constant < 2; constant++) {
		flow_open(&f);
		f.c.on_unit = NULL;
		for (i = 0; i < 3000; i++) { /* three in flight; the id wraps on the way */
			uint8_t *ask = adu(constant ? 0 : (64000 + i) & 0xFFFF, 17, READ2, &n);

			(void)flow_bytes(&f, 0, ask, n);
			free(ask);
			if (i >= 3) {
				ask = adu(constant ? 0 : (64000 + i - 3) & 0xFFFF, 17, READ2_OK, &n);
				(void)flow_bytes(&f, 1, ask, n);
				free(ask);
				ck_assert_msg(strstr(said, "0/0+2 1>1 ok") != NULL && !strstr(said, ";"), "%u: %s", i, said);
			}
			said[0] = '\0';
		}
		ck_assert_uint_le(f.state->used, FL_MODBUS_REMEMBERED + 4);
		free(flow_close(&f));
	}
}
END_TEST

#define R2 "read_holding_registers read holding_registers 0/0+2 "
#define R5 "read_holding_registers read holding_registers 0/16+5 "

START_TEST(a_late_response_does_not_shift_those_that_follow)
{
	OPS(">1/17/" READ2 " +10 t >2/17/" READ2 " <1/17/" READ2_OK " <2/17/" READ2_OK,
	    R2 "1>0 no_response; " R2 "1>3 ok late; " R2 "2>4 ok");
	/* with one id for all, what was asked tells them apart */
	OPS(">0/17/" READ2 " +10 t >0/17/" READ5 " <0/17/" READ2_OK " <0/17/" READ5_OK,
	    R2 "1>0 no_response; " R2 "1>3 ok late; " R5 "2>4 ok");
}
END_TEST

START_TEST(a_duplicate_response_is_a_state)
{
	OPS(">1/17/" READ2 " <1/17/" READ2_OK " <1/17/" READ2_OK " <1/17/8302",
	    R2 "1>2 ok; " R2 "1>3 ok duplicate; " R2 "1>4 error 2 duplicate");
}
END_TEST

START_TEST(more_wait_than_can_be_kept)
{
	unsigned i, n = 3 * FL_MODBUS_PENDING_MAX, ends = 0;
	const char *p;
	struct flow f;
	size_t len;

	flow_open(&f);
	for (i = 0; i < n; i++) {
		uint8_t *ask = adu(i, 17, READ2, &len);

		(void)flow_bytes(&f, 0, ask, len);
		free(ask);
	}
	ck_assert_uint_eq(f.state->open, FL_MODBUS_PENDING_MAX);
	free(flow_close(&f));
	for (p = said; (p = strstr(p, "0/0+2")) != NULL; p++)
		ends++;
	ck_assert_uint_eq(ends, n); /* each ends once, the oldest without a verdict on the server */
	ck_assert_uint_eq(f.c.dropped, n - FL_MODBUS_PENDING_MAX);
}
END_TEST

/* The stamps of a capture may step back; how long something has waited is told by mono_ns alone. */
START_TEST(unanswered_by_a_clock_that_does_not_run_back)
{
	OPS(">1/17/" READ2 " -1000 +9 t <1/17/" READ2_OK, R2 "1>2 ok");
	OPS("+2000 >1/17/" READ2 " -1000 +9 t +1 t", R2 "1>0 no_response");
}
END_TEST

START_TEST(a_response_handed_on_before_its_request)
{
	OPS("f9 <1/17/" READ2_OK " f8 >1/17/" READ2 " e", R2 "8>9 ok");
	OPS("f9 <1/17/8302 f8 >1/17/" READ2 " e", R2 "8>9 error 2");
	/* not the answer to another question, nor to one that was asked later: one id for all, capture begun between */
	OPS("f9 <0/17/" READ5_OK " f8 >0/17/" READ2 " e", "read_holding_registers read 0>9 unsolicited; " R2 "8>0 no_response");
	OPS("<0/17/" READ2_OK " >0/17/" READ2 " <0/17/" READ2_OK, "read_holding_registers read 0>1 unsolicited; " R2 "2>3 ok");
	OPS("<0/17/" READ2_OK " +1 t", "");
	OPS("<0/17/" READ2_OK " +2 t", "read_holding_registers read 0>1 unsolicited");
}
END_TEST

START_TEST(a_full_table_of_early_responses)
{
	unsigned i;
	struct flow f;
	size_t n;

	flow_open(&f);
	for (i = 0; i < FL_MODBUS_EARLY_MAX + 2; i++) {
		uint8_t *p = adu(i, 17, READ2_OK, &n);

		(void)flow_bytes(&f, 1, p, n);
		free(p);
	}
	ck_assert_uint_eq(f.state->earlies, FL_MODBUS_EARLY_MAX);
	ck_assert_str_eq(said, "read_holding_registers read 0>1 unsolicited; read_holding_registers read 0>1 unsolicited");
	free(flow_close(&f));
}
END_TEST

/* ---- sizes */

START_TEST(a_unit_of_260_bytes)
{
	OPS(">1/17/030000007d <1/17/03fa00*250", "read_holding_registers read holding_registers 0/0+125 1>2 ok");
	OPS("k >1/17/08000011*250 <1/17/08000011*250", "return_query_data diagnose 1>2 ok"); /* 260 in all */
	ck_assert_uint_eq(units_seen, 2);
}
END_TEST

START_TEST(umas_longer_than_260_bytes)
{
	struct flow f;
	size_t n, m;
	uint8_t *umas = adu(1, 0, "5a 12 22 00*1020", &n), *after = adu(2, 0, READ2, &m);
	char *text;

	flow_open(&f);
	ck_assert_int_eq(flow_bytes(&f, 0, umas, 500), FL_NEED_MORE);
	(void)flow_bytes(&f, 0, umas + 500, n - 500);
	(void)flow_bytes(&f, 0, after, m);
	text = flow_close(&f);
	ck_assert_uint_eq(units_seen, 2); /* in step */
	ck_assert_ptr_nonnull(strstr(text, "\"umas_session\":18,\"umas_function\":34,\"data_len\":1022"));
	ck_assert_ptr_nonnull(strstr(text, "\"subfunction_name\":\"umas_read_variables\""));
	ck_assert_ptr_nonnull(strstr(text, "\"oversize\":true"));
	free(text);
	free(umas);
	free(after);
	OPS("k >1/0/5a124100 <1/0/5a12fe >2/0/5a124100 <2/0/5a12fd80 >3/0/5a1277 <3/0/5a12fe",
	    "umas_stop_plc control other 1>2 ok; umas_stop_plc control other 3>4 error 253; umas other 5>6 ok");
}
END_TEST

/* A server that goes by the function, not by the MBAP length, acts on what comes behind a false one. */
START_TEST(nothing_hides_behind_a_false_length)
{
	struct flow f;
	size_t n, m;
	uint8_t *bad = from_hex("0001 0000 ffff 11 03 0000 0001", 64, &n), *good = adu(2, 17, READ5, &m);

	/* too long to be true: told at once, and the next segment is looked at */
	flow_open(&f);
	ck_assert_int_eq(flow_bytes(&f, 0, bad, n), FL_MALFORMED);
	ck_assert_int_eq(flow_bytes(&f, 0, good, m), FL_UNIT);
	ck_assert_uint_eq(units_seen, 2);
	free(flow_close(&f));
	ck_assert_str_eq(said, "read_holding_registers read 1>0 no_response; " R5 "1>0 no_response");
	free(bad);
	free(good);
	/* within the limit: a whole unit where the function's own layout ends */
	OPS("x>0001000000121103000000020002000000061103001000" "05 e", R2 "1>0 no_response; " R5 "1>0 no_response");
	OPS("x>00010000001511100000000102000700020000000611030010" "0005 e",
	    "write_multiple_registers write holding_registers 0/0+1w 1>0 no_response; " R5 "1>0 no_response");
	/* what stands there is none */
	OPS("x>000100000012110300000002000200010006110300100005 e", R2 "1>0 no_response");
}
END_TEST

/* ---- functions */

START_TEST(exceptions_once_and_by_name)
{
	static const struct { unsigned code; const char *name; } codes[] = {
#define X(num, text) {num, text},
		FL_MODBUS_EXCEPTIONS(X)
#undef X
	};
	char script[128], want[128];
	unsigned i, fc;

	for (i = 0; i < FL_ARRAY_LEN(codes); i++) {
		ck_assert_str_eq(fl_modbus_exception_name((uint8_t)codes[i].code), codes[i].name);
		snprintf(script, sizeof script, ">1/17/%s <1/17/83%02x e", READ2, codes[i].code);
		snprintf(want, sizeof want, R2 "1>2 error %u", codes[i].code);
		OPS(script, want);
	}
	for (fc = 1; fc < 128; fc++) { /* whatever was asked: one operation, with the request's name */
		snprintf(script, sizeof script, "k >1/17/%02x <1/17/%02x01 e", fc, fc | 0x80);
		run_script(script);
		ck_assert_msg(strstr(said, "1>2 error 1") && !strchr(said, ';') &&
		                      strncmp(said, fl_modbus_function((uint8_t)fc)->name,
		                              strlen(fl_modbus_function((uint8_t)fc)->name)) == 0, "%u: %s", fc, said);
	}
	OPS("k >1/17/8302", "exception_from_client other 1>0 unknown");
	OPS("k >1/17/83 <2/17/83 e", "exception_from_client other 1>0 unknown; read_holding_registers read 0>2 unsolicited");
}
END_TEST

START_TEST(diagnostics_by_sub_function)
{
	static const struct { unsigned code; const char *name; } subs[] = {
#define X(num, text, cls, ask, answer) {num, text},
		FL_MODBUS_DIAGNOSTICS(X)
#undef X
	};
	char script[128], want[128];
	unsigned i;

	for (i = 0; i < FL_ARRAY_LEN(subs); i++) {
		snprintf(script, sizeof script, "k >1/17/08%04x0000 <1/17/08%04x0000", subs[i].code, subs[i].code);
		run_script(script);
		snprintf(want, sizeof want, "%s ", subs[i].name);
		ck_assert_msg(strncmp(said, want, strlen(want)) == 0 && strstr(said, "1>2 ok"), "%s: %s", script, said);
	}
	OPS("k >1/17/0800040000 +11 t e", "force_listen_only_mode control 1>0 no_reply_expected");
	/* it listens only: nothing that follows is answered either, and that is its fault no more than the network's */
	OPS("k >1/17/0800010000 <1/17/0800020000", "restart_communications_option control 1>2 ok"); /* wrong sub: told once */
}
END_TEST

START_TEST(file_records_truncated_overlong_several)
{
	OPS(">1/17/140e0600040001000206000300090002 e",
	    "read_file_record read file file_record 4/1+2 file_record 3/9+2 1>0 no_response");
	/* the second breaks off, or says more than there is: nothing is invented, all is shown, the request is on record */
	OPS("k >1/17/140d06000400010002060003000900 e", "read_file_record read file 1>0 no_response");
	OPS("k >1/17/15100600040007000103e806000400080009 e", "write_file_record write file 1>0 no_response");
	OPS("k >1/17/14ff06000400010002 e", "read_file_record read file 1>0 no_response"); /* count beyond the end */
	OPS("k >1/17/1400 <1/17/1400", "read_file_record read file 1>2 ok");
}
END_TEST

START_TEST(mask_write_and_read_write_are_writes)
{
	OPS("k >1/17/16000400f20025 <1/17/16000400f20025",
	    "mask_write_register write holding_registers 0/4+1w 1>2 ok");
	OPS(">1/17/1700030006000e00010200ff <1/17/170c00*12",
	    "read_write_multiple_registers read write holding_registers 0/3+6 holding_registers 0/14+1w 1>2 ok");
	ck_assert(fl_modbus_function(22)->classes & FL_OP_CHANGING);
	ck_assert(fl_modbus_function(23)->classes & FL_OP_CHANGING);
}
END_TEST

START_TEST(fifo_counts_in_bytes_and_registers)
{
	OPS(">1/17/1804de <1/17/18000601b801b81284", "read_fifo_queue read fifo 0/1246+0 1>2 ok");
	OPS(">1/17/1804de <1/17/1800020000 >2/17/1804de <2/17/1800" "42001f00*62",
	    "read_fifo_queue read fifo 0/1246+0 1>2 ok; read_fifo_queue read fifo 0/1246+0 3>4 ok");
}
END_TEST

#define ID_OK(from) "read_device_identification identify identity 1/" from " "

START_TEST(identity_over_several_answers)
{
	/* in order, with other requests between, and of another unit too */
	OPS(">1/1/2b0e0100 <1/1/2b0e0101ff0202000341636501025631 >2/1/" READ2 " <2/1/" READ2_OK
	    " >3/2/2b0e0100 <3/2/2b0e0101ff010100034f6464 >4/1/2b0e0102 <4/1/2b0e01010000010203312e30"
	    " >5/2/2b0e0101 <5/2/2b0e01010000010101" "58",
	    ID_OK("0+0") "1>2 ok 'Ace V1'; " R2 "3>4 ok; " ID_OK("0+0") "5>6 ok 'Odd'; " ID_OK("2+0") "7>8 ok 'Ace V1 1.0'; "
	    ID_OK("1+0") "9>10 ok 'Odd X'");
	/* asked ahead and answered out of order: the last bears the whole */
	OPS(">1/1/2b0e0100 >2/1/2b0e0102 >3/1/2b0e0103 <3/1/2b0e0101000001030131 <2/1/2b0e0101ff0301020132"
	    " <1/1/2b0e0101ff020200034163650102" "5631",
	    ID_OK("3+0") "3>4 ok '1'; " ID_OK("2+0") "2>5 ok '2 1'; " ID_OK("0+0") "1>6 ok 'Ace V1 2 1'");
	/* twice: the second time is not joined to the first */
	OPS(">1/1/2b0e0100 <1/1/2b0e0101ff010100034f6464 >2/1/2b0e0101 <2/1/2b0e0101000001010158"
	    " >3/1/2b0e0100 <3/1/2b0e0101ff010100034f6464 >4/1/2b0e0101 <4/1/2b0e0101000001010158",
	    ID_OK("0+0") "1>2 ok 'Odd'; " ID_OK("1+0") "3>4 ok 'Odd X'; " ID_OK("0+0") "5>6 ok 'Odd'; "
	    ID_OK("1+0") "7>8 ok 'Odd X'");
	/* one object alone is a part of nothing */
	OPS(">1/1/2b0e0100 <1/1/2b0e0101ff010100034f6464 >2/1/2b0e0401 <2/1/2b0e0481000001010158",
	    ID_OK("0+0") "1>2 ok 'Odd'; read_device_identification identify identity 4/1+0 3>4 ok 'X'");
	/* more units than are kept */
	OPS(">1/1/2b0e0100 <1/1/2b0e0101ff010100034f6464 >1/2/2b0e0100 <1/2/2b0e0101ff010100034f6464"
	    " >1/3/2b0e0100 <1/3/2b0e0101ff010100034f6464 >1/4/2b0e0100 <1/4/2b0e0101ff010100034f6464"
	    " >1/5/2b0e0100 <1/5/2b0e0101ff010100034f6464 >2/1/2b0e0101 <2/1/2b0e0101000001010158"
	    " >2/5/2b0e0101 <2/5/2b0e0101000001010158",
	    ID_OK("0+0") "1>2 ok 'Odd'; " ID_OK("0+0") "3>4 ok 'Odd'; " ID_OK("0+0") "5>6 ok 'Odd'; " ID_OK("0+0")
	    "7>8 ok 'Odd'; " ID_OK("0+0") "9>10 ok 'Odd'; " ID_OK("1+0") "11>12 ok 'X'; " ID_OK("1+0") "13>14 ok 'Odd X'");
}
END_TEST

START_TEST(canopen_is_kept_and_not_guessed)
{
	OPS("k >1/1/2b0d01020304 <1/1/2b0d0102", "canopen_general_reference other 1>2 ok");
	OPS("k >1/1/2b0d <1/1/2b0d", "canopen_general_reference other 1>2 ok");
	OPS("k >1/1/2b63 <1/1/ab01", "encapsulated_interface_transport other 1>2 error 1");
}
END_TEST

/* ---- ends */

START_TEST(units_behind_a_gateway)
{
	OPS(">1/1/" READ2 " >1/2/" READ2 " >1/247/" READ2 " <1/2/830b <1/1/" READ2_OK " <1/247/830a",
	    R2 "2>4 error 11; " R2 "1>5 ok; " R2 "3>6 error 10");
	OPS("k >1/0/" WRITE " +11 t", "write_single_register write holding_registers 0/7+1w 1>0 no_reply_expected");
}
END_TEST

START_TEST(roles_by_content)
{
	/* the server dials out, and its port says nothing */
	OPS("k <1/17/" READ2 " >1/17/" READ2_OK, R2 "1>2 ok c1");
	/* begun in the middle, at an answer; a SYN seen reversed; the client on the server's port */
	OPS("<1/17/" READ2_OK " >2/17/" READ5 " <2/17/" READ5_OK,
	    "read_holding_registers read 0>1 unsolicited; " R5 "2>3 ok");
	OPS("k >1/17/" READ2_OK " <2/17/" READ5 " >2/17/" READ5_OK " e",
	    "read_holding_registers read 0>1 unsolicited c1; " R5 "2>3 ok c1");
	OPS("c1 >1/17/" READ2 " <1/17/" READ2_OK, R2 "1>2 ok");
}
END_TEST

START_TEST(addresses_count_from_0)
{
	OPS(">1/17/0300000001 <1/17/03020007", "read_holding_registers read holding_registers 0/0+1 1>2 ok");
	OPS(">1/17/01ffff0001 <1/17/010101", "read_coils read coils 0/65535+1 1>2 ok");
}
END_TEST

/* ---- what is not Modbus */

static uint32_t chance(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	return *x ^= *x << 5;
}

START_TEST(nothing_by_chance)
{
	uint32_t x = 0x2545F491u;
	uint8_t *p = malloc(64);
	enum fl_role role;
	unsigned i, k, n, found = 0;

	ck_assert_ptr_nonnull(p);
	for (i = 0; i < 300000; i++) {
		n = 8 + chance(&x) % 56;
		for (k = 0; k < n; k += 4) {
			uint32_t v = chance(&x);

			memcpy(p + k, &v, 4);
		}
		found += fl_modbus_dissector.probe(fl_rd_init(p, n, FL_OPEN), &role) > FL_PROBE_MORE;
		found += fl_modbus_dissector.probe(fl_rd_init(p, n, FL_CLOSED), &role) > FL_PROBE_MORE;
	}
	ck_assert_uint_eq(found, 0);
	free(p);
}
END_TEST

/* First segments of other protocols whose bytes 2 and 3 are zero, or whose text is as long as it says. */
static const struct { const char *name, *hex; enum fl_end end; } others[] = {
	{"a chat line", "48656c6c6f20776f726c640a", FL_OPEN},
	{"FTP", "323230207265616479 0d0a", FL_OPEN},
	{"SMTP", "45484c4f20706c630d0a", FL_OPEN},
	{"HTTP answer", "485454502f312e3120323030204f4b0d0a", FL_OPEN},
	{"RPC over TCP, record mark", "80000028 0000 0001 0000 0000 0000 0002", FL_OPEN},
	{"LDAP bind", "300c020101600702010304008000", FL_OPEN},
	{"BGP", "ff*16 0013 04", FL_OPEN},
	{"RTP", "8000 0001 00000000 00000001 7f*20", FL_CLOSED},
	{"a game: counter, zeros, length that does not fit", "0001 0000 0014 01 03 00*4", FL_CLOSED},
	{"a game: counter, zeros, type", "0100 0000 0000 0005 6c6f67696e", FL_CLOSED},
	{"SMB over TCP", "00 000055 ff534d42 72 00*20", FL_OPEN},
	{"a length of 32 bits, then text", "0000 0000 0000 0005 68656c6c6f", FL_OPEN},
	{"STUN", "0001 0000 2112a442 00*12", FL_CLOSED},
	{"STUN over TCP", "0001 0000 2112a442 00*12", FL_OPEN},
	{"CoAP", "4001 0000 b4746573 74", FL_CLOSED},
	{"TFTP", "0001 6100 6f6374657400", FL_CLOSED},
	{"PPTP", "009c 0001 1a2b3c4d 0001 0000 0100 0000", FL_OPEN},
	{"X11", "6c00 0b00 0000 0000 0000 0000", FL_OPEN},
	{"DNP3", "0564 05c9 0100 0004 e921", FL_OPEN},
	{"OPC UA hello", "48454c46 20000000 00000000", FL_OPEN},
	{"MQTT", "100c00044d5154540402003c0000", FL_OPEN},
	{"EtherNet/IP list services", "0400 0000 00000000 00000000 00*12", FL_OPEN},
	{"two zero bytes, a length, then nothing like a function", "0000 0000 0009 00 00 00000000000000 0000 0000 0001", FL_OPEN},
};

START_TEST(text_that_looks_like_a_header)
{
	enum fl_role role;
	size_t n;
	uint8_t *p = from_hex(others[_i].hex, 4096, &n);
	enum fl_probe got = fl_modbus_dissector.probe(fl_rd_init(p, n, others[_i].end), &role);

	ck_assert_msg(got == FL_PROBE_NO, "%s: %d", others[_i].name, got);
	free(p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("modbus_traps");
	TCase *t = tcase_create("modbus_traps");

	tcase_set_timeout(t, 100);
	tcase_add_loop_test(t, pipelined_and_stacked, 0, (int)FL_ARRAY_LEN(asked));
	tcase_add_test(t, any_byte_flipped);
	tcase_add_test(t, one_id_for_ever_and_ids_that_wrap);
	tcase_add_test(t, a_late_response_does_not_shift_those_that_follow);
	tcase_add_test(t, a_duplicate_response_is_a_state);
	tcase_add_test(t, more_wait_than_can_be_kept);
	tcase_add_test(t, unanswered_by_a_clock_that_does_not_run_back);
	tcase_add_test(t, a_response_handed_on_before_its_request);
	tcase_add_test(t, a_full_table_of_early_responses);
	tcase_add_test(t, a_unit_of_260_bytes);
	tcase_add_test(t, umas_longer_than_260_bytes);
	tcase_add_test(t, nothing_hides_behind_a_false_length);
	tcase_add_test(t, exceptions_once_and_by_name);
	tcase_add_test(t, diagnostics_by_sub_function);
	tcase_add_test(t, file_records_truncated_overlong_several);
	tcase_add_test(t, mask_write_and_read_write_are_writes);
	tcase_add_test(t, fifo_counts_in_bytes_and_registers);
	tcase_add_test(t, identity_over_several_answers);
	tcase_add_test(t, canopen_is_kept_and_not_guessed);
	tcase_add_test(t, units_behind_a_gateway);
	tcase_add_test(t, roles_by_content);
	tcase_add_test(t, addresses_count_from_0);
	tcase_add_test(t, nothing_by_chance);
	tcase_add_loop_test(t, text_that_looks_like_a_header, 0, (int)FL_ARRAY_LEN(others));
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
