/* test_announce.c - a Forward Open on TCP and the I/O flows that it announces: they know their parent, and whether they are
 * CIP Safety; answers to a broadcast know what they answer. Also the table of notes alone.
 *
 * Packets are made as decode would leave them and go through a real flow table, real streams, the real dissector and the
 * real table of expected flows. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/expect.h"
#include "flow/flow_table.h"
#include "monitor/analyzer.h"
#include "monitor/notes.h"
#include "monitor/relate.h"
#include "monitor/vocab.h"
#include "enip_script.h"
#include "run.h"

struct wire {
	struct fl_vocab vocab;
	struct fl_flow_table *flows;
	struct fl_analyzer *analyzer;
	struct fl_expect *expect;
	uint64_t frame;
	uint32_t seq[2];
	char story[2048]; /* "2:cip_io<1" a flow of frame 2 announced by that of frame 1; operations by name and who asks */
};

static const struct fl_addr client = {.kind = FL_ADDR_IPV4, .b = {10, 0, 0, 1}};
static const struct fl_addr target = {.kind = FL_ADDR_IPV4, .b = {10, 0, 0, 2}};
static const struct fl_addr other = {.kind = FL_ADDR_IPV4, .b = {10, 0, 0, 3}};
static const struct fl_addr group = {.kind = FL_ADDR_IPV4, .b = {239, 192, 1, 2}};
static const struct fl_addr everybody = {.kind = FL_ADDR_IPV4, .b = {255, 255, 255, 255}};

static void tell(struct wire *w, const char *text)
{
	size_t at = strlen(w->story);

	snprintf(w->story + at, sizeof w->story - at, "%s%s", at ? " " : "", text);
}

static void on_operation(void *user, struct fl_flow *f, const struct fl_operation *op, int64_t ts_ns, uint64_t frame)
{
	char text[96];

	(void)ts_ns;
	(void)frame;
	snprintf(text, sizeof text, "%s:%s:%u", op->function_name, fl_op_outcome_name(op->outcome),
		 f->end[op->client ? !f->initiator : f->initiator].addr.b[3]);
	tell(user, text);
}

static void on_announce(void *user, const struct fl_flow *f, const struct fl_announcement *a, int64_t mono_ns)
{
	struct wire *w = user;

	fl_relate_announcement(w->expect, f, a, mono_ns);
}

static void on_end(void *user, struct fl_flow *f)
{
	struct wire *w = user;

	fl_analyzer_close(w->analyzer, f, (int64_t)w->frame * SECOND);
	fl_analyzer_end(w->analyzer, f);
}

static void begin(struct wire *w)
{
	struct fl_flow_table_opts fo = {.max_flows = 16, .on_end = on_end, .user = w};
	struct fl_analyzer_ops ao = {.on_operation = on_operation, .on_announce = on_announce, .user = w, .without_dpi = true};

	memset(w, 0, sizeof *w);
	w->expect = fl_expect_new();
	ck_assert_ptr_nonnull(w->expect);
	ck_assert_int_eq(fl_monitor_vocab(&w->vocab), 0);
	ck_assert_int_eq(fl_flow_table_new(&w->flows, &fo), 0);
	ck_assert_int_eq(fl_analyzer_new(&w->analyzer, &w->vocab, &ao), 0);
}

static void done(struct wire *w)
{
	fl_flow_table_end_all(w->flows, FL_FLOW_END_IDLE);
	fl_flow_table_free(w->flows);
	fl_analyzer_free(w->analyzer);
	fl_expect_free(w->expect);
	fl_vocab_done(&w->vocab);
}

static void packet(struct wire *w, struct fl_packet *p, const struct bytes *o)
{
	struct fl_frame frame = {.number = ++w->frame, .caplen = 60, .wirelen = 60};
	uint8_t *copy = malloc(o->n ? o->n : 1);
	struct fl_flow *f;
	uint8_t sender;
	bool is_new;
	char text[64];

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, o->b, o->n);
	frame.ts_ns = frame.mono_ns = (int64_t)w->frame * SECOND / 1000;
	p->frame = &frame;
	p->ttl = 64;
	p->payload = copy;
	p->payload_caplen = p->payload_len = (uint32_t)o->n;
	f = fl_flow_table_packet(w->flows, p, 0, &sender, &is_new);
	ck_assert_ptr_nonnull(f);
	if (is_new && fl_expect_take(w->expect, f, frame.mono_ns)) {
		snprintf(text, sizeof text, "%u:%s<%u", (unsigned)w->frame, fl_flow_relation_name(f->relation), (unsigned)f->parent);
		tell(w, text);
	}
	if (is_new)
		ck_assert_int_eq(fl_analyzer_begin(w->analyzer, f), 0);
	fl_analyzer_packet(w->analyzer, f, sender, p);
	free(copy);
}

static void tcp(struct wire *w, unsigned from_target, const struct bytes *o)
{
	struct fl_packet p = {.outcome = FL_DECODE_TCP, .ip_proto = 6, .tcp_flags = FL_TCP_ACK,
			      .src = from_target ? target : client, .dst = from_target ? client : target,
			      .src_port = from_target ? 44818 : 50000, .dst_port = from_target ? 50000 : 44818,
			      .tcp_seq = w->seq[from_target], .tcp_ack = w->seq[!from_target]};

	w->seq[from_target] += (uint32_t)o->n;
	packet(w, &p, o);
}

static void udp(struct wire *w, const struct fl_addr *from, uint16_t from_port, const struct fl_addr *to, uint16_t to_port,
		const char *text)
{
	static struct bytes o;
	struct fl_packet p = {.outcome = FL_DECODE_UDP, .ip_proto = 17, .src = *from, .dst = *to, .src_port = from_port,
			      .dst_port = to_port};

	o.n = 0;
	hex(&o, text);
	packet(w, &p, &o);
}

#define IO_DATA(id) "020002800800" id "00000000b10004000100aabb"

/* T->O multicast, class 1; the target names the group, and, with safety, the path has a safety segment. */
static void open_io(struct wire *w, bool safety)
{
	static struct bytes o, body, reply;

	o.n = 0;
	unconnected(&o, 1, safety ? "5402200624010a0e0000000001000080" TRIAD "00000000102700000a4810270000062881"
				    "055002aabbccdd20042c65"
				  : "5402200624010a0e0000000001000080" TRIAD "00000000102700000a4810270000062881"
				    "0420042c652c662c67");
	tcp(w, 0, &o);
	o.n = body.n = reply.n = 0;
	hex(&body, "000000000000 0300 00000000 b2001e00" OPEN_OK "0180 1000 0002 08ae efc00102 00*8");
	encapsulate(&reply, 0x6F, 1, 0, 1, &body);
	tcp(w, 1, &reply);
}

START_TEST(io_knows_its_parent)
{
	struct wire w;

	begin(&w);
	open_io(&w, false);
	udp(&w, &target, 2222, &group, 2222, IO_DATA("01000080"));
	udp(&w, &client, 2222, &target, 2222, IO_DATA("0100ff00"));
	udp(&w, &other, 2222, &target, 2222, IO_DATA("0200ff00")); /* announced by nobody */
	ck_assert_str_eq(w.story, "forward_open:ok:1 3:cip_io<1 io_data:no_reply_expected:2 4:cip_io<1 "
				  "io_data:no_reply_expected:1 io_data:no_reply_expected:3");
	done(&w);
}
END_TEST

START_TEST(safety_is_known_from_the_forward_open)
{
	struct wire w;

	begin(&w);
	open_io(&w, true);
	udp(&w, &target, 2222, &group, 2222, IO_DATA("01000080"));
	udp(&w, &other, 2222, &group, 2222, IO_DATA("01000080")); /* the same id, of another device */
	ck_assert_str_eq(w.story, "forward_open:ok:1 3:cip_io<1 safety_io_data:no_reply_expected:2 "
				  "io_data:no_reply_expected:3");
	done(&w);
}
END_TEST

/* The target sends first, from its own port to the originator's: the originator is the client all the same. */
START_TEST(the_originator_is_the_client)
{
	static struct bytes o;
	struct wire w;

	begin(&w);
	o.n = 0;
	unconnected(&o, 1, "5402200624010a0e0000000001000080" TRIAD "00000000102700000a4810270000064881" "0420042c652c662c67");
	tcp(&w, 0, &o);
	o.n = 0;
	unconnected(&o, 1, OPEN_OK);
	tcp(&w, 1, &o);
	udp(&w, &target, 2222, &client, 2222, IO_DATA("01000080"));
	udp(&w, &client, 2222, &target, 2222, IO_DATA("0100ff00"));
	ck_assert_str_eq(w.story, "forward_open:ok:1 3:cip_io<1 io_data:no_reply_expected:1 io_data:no_reply_expected:1");
	done(&w);
}
END_TEST

/* One question, an answer from each device, in a flow of its own. */
START_TEST(answers_to_a_broadcast)
{
	struct wire w;

	begin(&w);
	udp(&w, &client, 50000, &everybody, 44818, "6300000000000000 00*16");
	udp(&w, &target, 44818, &client, 50000, "6300020000000000 00*16_0000");
	udp(&w, &other, 44818, &client, 50000, "6300020000000000 00*16_0000");
	udp(&w, &other, 44818, &target, 50000, "6300020000000000 00*16_0000"); /* whom nobody asked */
	ck_assert_str_eq(w.story, "list_identity:no_reply_expected:1 2:discovery<1 list_identity:ok:1 3:discovery<1 "
				  "list_identity:ok:1 list_identity:unsolicited:2");
	done(&w);
}
END_TEST

/* ---- notes alone */

START_TEST(notes_are_kept_while_used)
{
	struct fl_notes *n = fl_notes_new();
	struct fl_note_key k = {.context = 1, .from = client, .key = 7}, stranger = {.context = 1, .from = target, .key = 7};

	ck_assert_ptr_nonnull(n);
	ck_assert_uint_eq(fl_notes_find(n, &k, 0), 0);
	fl_notes_add(n, &k, 5, 0, 10);
	ck_assert_uint_eq(fl_notes_find(n, &stranger, 1), 0);
	ck_assert_uint_eq(fl_notes_find(n, &k, 9), 5);
	ck_assert_uint_eq(fl_notes_find(n, &k, 18), 5); /* asked for again before 10 had passed */
	ck_assert_uint_eq(fl_notes_find(n, &k, 28), 0);
	fl_notes_add(n, &k, 6, 30, 10);
	fl_notes_add(n, &k, 9, 31, 10);
	ck_assert_uint_eq(fl_notes_find(n, &k, 32), 9);
	fl_notes_free(n);
}
END_TEST

/* However many come: the newest is there, and the table does not grow. */
START_TEST(notes_are_bounded)
{
	struct fl_notes *n = fl_notes_new();
	unsigned i, found = 0;

	ck_assert_ptr_nonnull(n);
	for (i = 0; i < 4 * FL_EXPECT_MAX; i++) {
		struct fl_note_key k = {.context = 1, .from = client, .key = i};

		fl_notes_add(n, &k, 1, i, INT64_C(1) << 40);
		ck_assert_uint_eq(fl_notes_find(n, &k, i), 1);
	}
	for (i = 0; i < 4 * FL_EXPECT_MAX; i++) {
		struct fl_note_key k = {.context = 1, .from = client, .key = i};

		found += fl_notes_find(n, &k, 4 * FL_EXPECT_MAX) != 0;
	}
	ck_assert_uint_eq(found, FL_EXPECT_MAX);
	fl_notes_free(n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("announce");
	TCase *t = tcase_create("announce");

	(void)run_script; /* of enip_script.h; played by test_enip.c */
	(void)connected;
	tcase_add_test(t, io_knows_its_parent);
	tcase_add_test(t, safety_is_known_from_the_forward_open);
	tcase_add_test(t, the_originator_is_the_client);
	tcase_add_test(t, answers_to_a_broadcast);
	tcase_add_test(t, notes_are_kept_while_used);
	tcase_add_test(t, notes_are_bounded);
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
