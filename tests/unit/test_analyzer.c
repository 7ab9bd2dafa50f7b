/* test_analyzer.c - which flows become Modbus, and that each unit is seen once, in order, with the frame that carried it.
 *
 * Packets are made as decode would leave them and go through a real flow table, real streams and the real dissector. */
#include "monitor/analyzer.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow_table.h"
#include "monitor/vocab.h"
#include "run.h"

#define SECOND INT64_C(1000000000)

struct wire { /* one flow, as it comes over the wire */
	struct fl_vocab vocab;
	struct fl_flow_table *flows;
	struct fl_analyzer *analyzer;
	uint16_t server_port;
	bool udp;
	uint32_t seq[2]; /* of client, of server */
	uint64_t frame;
	int64_t now;
	char story[512]; /* what was told: "u3" a unit completed by frame 3, "o5=ok" an operation, "l=modbus" the label */
};

static void tell(struct wire *w, const char *what, unsigned long n, const char *text)
{
	size_t at = strlen(w->story);

	snprintf(w->story + at, sizeof w->story - at, "%s%s%lu%s%s", at ? " " : "", what, n, text ? "=" : "", text ? text : "");
}

static void on_unit(void *user, struct fl_flow *f, const struct fl_dissector *d, const struct fl_unit *u, int64_t ts_ns,
		    uint64_t frame)
{
	struct wire *w = user;

	ck_assert_str_eq(d->name, "modbus");
	ck_assert_uint_eq(f->end[u->dir ? !f->initiator : f->initiator].port == w->server_port, u->dir);
	ck_assert(ts_ns == (int64_t)frame * SECOND / 1000);
	tell(w, "u", (unsigned long)frame, NULL);
}

static void on_operation(void *user, struct fl_flow *f, const struct fl_operation *op, int64_t ts_ns, uint64_t frame)
{
	(void)f;
	(void)ts_ns;
	ck_assert_uint_eq(op->client, 0);
	tell(user, "o", (unsigned long)frame, fl_op_outcome_name(op->outcome));
}

static void on_label(void *user, struct fl_flow *f)
{
	struct wire *w = user;

	tell(w, "l", 0, fl_vocab_name(&w->vocab, f->label.app));
}

static void on_end(void *user, struct fl_flow *f)
{
	struct wire *w = user;

	fl_analyzer_close(w->analyzer, f, w->now);
	fl_analyzer_end(w->analyzer, f);
}

static void wire_init(struct wire *w, uint16_t server_port)
{
	struct fl_flow_table_opts fo = {.max_flows = 16, .on_end = on_end, .user = w};
	struct fl_analyzer_ops ao = {.on_unit = on_unit, .on_operation = on_operation, .on_label = on_label, .user = w,
				     .without_dpi = true};

	memset(w, 0, sizeof *w);
	w->server_port = server_port;
	w->seq[0] = 1000;
	w->seq[1] = 0xfffffff0u; /* wraps on the way */
	ck_assert_int_eq(fl_monitor_vocab(&w->vocab), 0);
	ck_assert_int_eq(fl_flow_table_new(&w->flows, &fo), 0);
	ck_assert_int_eq(fl_analyzer_new(&w->analyzer, &w->vocab, &ao), 0);
}

static void wire_done(struct wire *w)
{
	fl_flow_table_free(w->flows);
	fl_analyzer_free(w->analyzer);
	fl_vocab_done(&w->vocab);
}

/* One TCP segment; its bytes lie in a block of their exact size. */
static void segment(struct wire *w, int from_server, uint8_t flags, const void *bytes, size_t n)
{
	static const uint8_t a[4] = {10, 0, 0, 1}, b[4] = {10, 0, 0, 2};
	uint8_t *copy = malloc(n ? n : 1);
	struct fl_frame frame = {.number = ++w->frame, .caplen = 60, .wirelen = 60};
	struct fl_packet p = {.frame = &frame, .outcome = FL_DECODE_TCP, .ip_proto = 6, .ttl = 64, .tcp_flags = flags};
	struct fl_flow *f;
	uint8_t sender;
	bool is_new;

	if (n)
		memcpy(copy, bytes, n);
	frame.ts_ns = w->now = (int64_t)w->frame * SECOND / 1000;
	if (w->udp) {
		p.outcome = FL_DECODE_UDP;
		p.ip_proto = 17;
	}
	p.src = fl_addr_from(FL_ADDR_IPV4, from_server ? b : a);
	p.dst = fl_addr_from(FL_ADDR_IPV4, from_server ? a : b);
	p.src_port = from_server ? w->server_port : 50000;
	p.dst_port = from_server ? 50000 : w->server_port;
	p.tcp_seq = w->seq[from_server];
	p.tcp_ack = flags & FL_TCP_ACK ? w->seq[!from_server] : 0;
	p.payload = copy;
	p.payload_caplen = p.payload_len = (uint32_t)n;
	w->seq[from_server] += (uint32_t)n + (flags & FL_TCP_SYN ? 1 : 0);
	f = fl_flow_table_packet(w->flows, &p, 0, &sender, &is_new);
	ck_assert_ptr_nonnull(f);
	if (is_new)
		ck_assert_int_eq(fl_analyzer_begin(w->analyzer, f), 0);
	fl_analyzer_packet(w->analyzer, f, sender, &p);
	free(copy);
}

static void handshake(struct wire *w)
{
	segment(w, 0, FL_TCP_SYN, NULL, 0);
	segment(w, 1, FL_TCP_SYN | FL_TCP_ACK, NULL, 0);
	segment(w, 0, FL_TCP_ACK, NULL, 0);
}

static const uint8_t request[12] = {0, 1, 0, 0, 0, 6, 1, 3, 0, 10, 0, 1};      /* read holding register 10 */
static const uint8_t response[11] = {0, 1, 0, 0, 0, 5, 1, 3, 2, 0x12, 0x34};

static void ask(struct wire *w) { segment(w, 0, FL_TCP_ACK, request, sizeof request); }
static void answer(struct wire *w) { segment(w, 1, FL_TCP_ACK, response, sizeof response); }

START_TEST(on_its_port_at_once)
{
	struct wire w;

	wire_init(&w, 502);
	handshake(&w);
	ask(&w);
	ck_assert_str_eq(w.story, "l0=modbus u4");
	answer(&w);
	ck_assert_str_eq(w.story, "l0=modbus u4 u5 o5=ok");
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	wire_done(&w);
}
END_TEST

START_TEST(on_another_port_once_both_sides_fit)
{
	struct wire w;

	wire_init(&w, 20503);
	handshake(&w);
	ask(&w);
	ck_assert_str_eq(w.story, ""); /* one side alone could be chance */
	answer(&w);
	ck_assert_str_eq(w.story, "l0=modbus u4 u5 o5=ok"); /* the request with the frame that carried it */
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	wire_done(&w);
}
END_TEST

/* Ports decide nothing: the same on each, for either transport. */
static const uint16_t any_port[] = {1, 80, 102, 443, 502, 802, 20000, 44818, 65535};

START_TEST(on_any_port)
{
	struct wire w;

	wire_init(&w, any_port[_i]);
	handshake(&w);
	ask(&w);
	answer(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_str_eq(w.story, "l0=modbus u4 u5 o5=ok");
	wire_done(&w);
}
END_TEST

START_TEST(over_udp_on_any_port)
{
	struct wire w;

	wire_init(&w, any_port[_i]);
	w.udp = true;
	ask(&w);
	answer(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_str_eq(w.story, "l0=modbus u1 u2 o2=ok");
	wire_done(&w);
}
END_TEST

START_TEST(something_else_on_its_port)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: plc\r\n\r\n", ok[] = "HTTP/1.1 200 OK\r\n\r\n";
	struct wire w;
	int i;

	wire_init(&w, 502);
	handshake(&w);
	for (i = 0; i < 40; i++) {
		segment(&w, 0, FL_TCP_ACK, get, sizeof get - 1);
		segment(&w, 1, FL_TCP_ACK, ok, sizeof ok - 1);
	}
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_str_eq(w.story, "l0=unknown");
	wire_done(&w);
}
END_TEST

/* The label as it stood when the flow ended. */
static struct fl_label ended;

static void on_end_keep(void *user, struct fl_flow *f)
{
	on_end(user, f);
	ended = f->label;
}

static void wire_init_keeping(struct wire *w, uint16_t server_port)
{
	struct fl_flow_table_opts fo = {.max_flows = 16, .on_end = on_end_keep, .user = w};

	wire_init(w, server_port);
	fl_flow_table_free(w->flows);
	ck_assert_int_eq(fl_flow_table_new(&w->flows, &fo), 0);
}

START_TEST(what_a_label_says_at_the_end)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: plc\r\n\r\n";
	struct wire w;

	wire_init_keeping(&w, 502);
	handshake(&w);
	ask(&w);
	answer(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_uint_eq(ended.how, FL_LABEL_DISSECTOR);
	ck_assert_uint_eq(ended.why, FL_WHY_LABELLED);
	ck_assert_uint_eq(ended.port_says, FL_PROTOCOL_UNKNOWN);
	ck_assert_uint_eq(ended.category, 31); /* nDPI's IoT-Scada, whatever nDPI itself made of the flow */
	wire_done(&w);

	wire_init_keeping(&w, 443);
	handshake(&w);
	ask(&w);
	answer(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_str_eq(fl_vocab_name(&w.vocab, ended.port_says), "tls"); /* modbus where a browser is expected */
	wire_done(&w);

	wire_init_keeping(&w, 502);
	handshake(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_uint_eq(ended.why, FL_WHY_EMPTY);
	wire_done(&w);

	wire_init_keeping(&w, 502);
	handshake(&w);
	segment(&w, 0, FL_TCP_ACK, get, sizeof get - 1);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_uint_eq(ended.why, FL_WHY_UNKNOWN);
	wire_done(&w);

	wire_init_keeping(&w, 502);
	segment(&w, 0, FL_TCP_ACK, get, sizeof get - 1);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_uint_eq(ended.why, FL_WHY_MIDSTREAM);
	wire_done(&w);
}
END_TEST

START_TEST(a_flow_that_could_not_be_looked_at)
{
	struct fl_flow f = {.ip_proto = 6, .payload = true, .end = {{.seen = true}, {.seen = true}}};
	struct wire w;

	wire_init(&w, 502);
	fl_analyzer_close(w.analyzer, &f, 0); /* as if fl_analyzer_begin had had no memory */
	ck_assert(f.label.final);
	ck_assert_uint_eq(f.label.why, FL_WHY_UNREAD);
	wire_done(&w);
}
END_TEST

START_TEST(begun_well_and_gone_on_as_something_else)
{
	struct fl_analyzer_stats st;
	char tunnel[1200];
	struct wire w;
	int i;

	memset(tunnel, 0x5a, sizeof tunnel);
	wire_init(&w, 502);
	handshake(&w);
	ask(&w);
	answer(&w);
	for (i = 0; i < 10; i++)
		segment(&w, 0, FL_TCP_ACK, tunnel, sizeof tunnel);
	ck_assert_str_eq(w.story, "l0=modbus u4 u5 o5=ok l0=unknown"); /* so it is judged again, as what it now is */
	fl_analyzer_stats(w.analyzer, &st);
	ck_assert_uint_ge(st.unparsed_bytes, 8192);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	wire_done(&w);
}
END_TEST

/* Whoever sends something else first, or cuts and stacks segments as no client does, must not hide what follows. */
START_TEST(nothing_first_hides_what_follows)
{
	static const uint8_t odd[16] = {0, 9, 0, 0, 0, 2, 1, 0x41, 0, 9, 0, 0, 0, 2, 1, 0x41}; /* nothing that is known */
	uint8_t large[2400];
	struct wire w;
	unsigned i, cut;

	for (i = 0; i < sizeof large / 12; i++) {
		memcpy(large + 12 * i, request, 12);
		large[12 * i + 1] = (uint8_t)i;
	}
	for (cut = 1; cut < 12; cut += 5) { /* a crumb, then more than can be held */
		wire_init(&w, 502);
		handshake(&w);
		segment(&w, 0, FL_TCP_ACK, large, cut);
		segment(&w, 0, FL_TCP_ACK, large + cut, sizeof large - cut);
		ck_assert_msg(strstr(w.story, "l0=modbus") == w.story, "cut %u: %s", cut, w.story);
		fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
		wire_done(&w);
	}
	wire_init(&w, 502);
	handshake(&w);
	for (i = 0; i < 300; i++)
		segment(&w, 0, FL_TCP_ACK, odd, sizeof odd);
	ask(&w);
	answer(&w);
	ck_assert_msg(strstr(w.story, "=ok") != NULL, "%s", w.story);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	wire_done(&w);
}
END_TEST

/* ... and on no port: text, then megabytes of it, then something that begins like a unit and is none. */
START_TEST(nothing_first_hides_what_follows_on_any_port)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: plc\r\n\r\n", ok[] = "HTTP/1.1 200 OK\r\n\r\n";
	static const uint8_t like[12] = {0, 1, 0, 0, 0, 6, 1, 0x30, 0, 0, 0, 1}, not_even[3] = {0, 1, 0};
	char large[1400];
	struct wire w;
	int i;

	memset(large, 'x', sizeof large);
	wire_init(&w, 20503);
	handshake(&w);
	segment(&w, 0, FL_TCP_ACK, get, sizeof get - 1);
	segment(&w, 1, FL_TCP_ACK, ok, sizeof ok - 1);
	for (i = 0; i < 300; i++)
		segment(&w, i & 1, FL_TCP_ACK, large, sizeof large);
	segment(&w, 0, FL_TCP_ACK, like, sizeof like); /* likely, alone; what follows it is not */
	segment(&w, 0, FL_TCP_ACK, large, sizeof large);
	segment(&w, 0, FL_TCP_ACK, large, sizeof large);
	segment(&w, 0, FL_TCP_ACK, not_even, sizeof not_even);
	segment(&w, 0, FL_TCP_ACK, large, sizeof large);
	ck_assert_str_eq(w.story, "");
	ask(&w);
	answer(&w);
	ck_assert_str_eq(w.story, "l0=modbus u311 u312 o312=ok");
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	wire_done(&w);
}
END_TEST

/* A capture of one direction: units that follow on one another are enough, as they are in one segment. */
START_TEST(two_units_in_a_row_from_one_side)
{
	struct wire w;

	wire_init(&w, 20503);
	handshake(&w);
	ask(&w);
	ask(&w);
	ck_assert_str_eq(w.story, "l0=modbus u4 u5");
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	wire_done(&w);
}
END_TEST

/* The second half is seen first: the unit is complete with the frame that brought the first. A unit of its own behind
 * the hole could be acted on only then, too. */
START_TEST(the_frame_that_fills_the_hole_completes_the_unit)
{
	uint8_t two[24];
	struct wire w;

	memcpy(two, request, 12);
	memcpy(two + 12, request, 12);
	wire_init(&w, 502);
	handshake(&w);
	ask(&w);
	w.seq[0] += 5;
	segment(&w, 0, FL_TCP_ACK, two + 5, 19);
	ck_assert_str_eq(w.story, "l0=modbus u4");
	w.seq[0] -= 24;
	segment(&w, 0, FL_TCP_ACK, two, 5);
	ck_assert_str_eq(w.story, "l0=modbus u4 u6 u6");
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	wire_done(&w);
}
END_TEST

/* A request that waits behind a hole (the capture lost what was before it) is told after its response. */
START_TEST(a_request_behind_a_hole_is_joined)
{
	struct wire w;

	wire_init(&w, 502);
	handshake(&w);
	ask(&w);
	w.seq[0] += 12;
	ask(&w);
	w.seq[1] += 11;
	answer(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_msg(strstr(w.story, "=ok") != NULL && !strstr(w.story, "unsolicited"), "%s", w.story);
	wire_done(&w);
}
END_TEST

START_TEST(begun_inside_a_unit)
{
	struct wire w;

	wire_init(&w, 502);
	segment(&w, 1, FL_TCP_ACK, response + 4, sizeof response - 4); /* the capture began in the middle of it */
	ask(&w);
	answer(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_str_eq(w.story, "l0=modbus u2 u3 o3=ok");
	wire_done(&w);
}
END_TEST

START_TEST(cut_at_any_byte_is_the_same)
{
	struct wire w;
	size_t cut = (size_t)_i;

	wire_init(&w, 502);
	handshake(&w);
	segment(&w, 0, FL_TCP_ACK, request, cut);
	segment(&w, 0, FL_TCP_ACK, request + cut, sizeof request - cut);
	answer(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_str_eq(w.story, "l0=modbus u5 u6 o6=ok");
	wire_done(&w);
}
END_TEST

START_TEST(stacked_in_one_segment)
{
	uint8_t three[36];
	struct wire w;
	int i;

	for (i = 0; i < 3; i++) {
		memcpy(three + 12 * i, request, 12);
		three[12 * i + 1] = (uint8_t)(i + 1);
	}
	wire_init(&w, 502);
	handshake(&w);
	segment(&w, 0, FL_TCP_ACK, three, sizeof three);
	answer(&w);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_str_eq(w.story, "l0=modbus u4 u4 u4 u5 o5=ok o0=no_response o0=no_response");
	wire_done(&w);
}
END_TEST

START_TEST(loss_is_not_held_against_the_server)
{
	struct wire w;

	wire_init(&w, 502);
	handshake(&w);
	ask(&w);
	w.seq[1] += sizeof response; /* the answer is lost to the capture; the client acknowledges it */
	segment(&w, 0, FL_TCP_ACK, NULL, 0);
	ask(&w);
	answer(&w);
	w.now += 20 * SECOND;
	fl_analyzer_tick(w.analyzer, w.now, w.now);
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	ck_assert_ptr_nonnull(strstr(w.story, "=ok"));
	ck_assert_ptr_null(strstr(w.story, "no_response"));
	wire_done(&w);
}
END_TEST

START_TEST(what_the_end_means_for_open_requests)
{
	static const struct { enum fl_flow_end_reason reason; const char *story; } ends[] = {
		{FL_FLOW_END_IDLE, "l0=modbus u4 o0=no_response"},
		{FL_FLOW_END_CAPTURE_END, "l0=modbus u4 o0=unknown"}, /* the answer may have come a moment later */
		{FL_FLOW_END_EVICTED, "l0=modbus u4 o0=unknown"}};
	struct wire w;

	wire_init(&w, 502);
	handshake(&w);
	ask(&w);
	fl_flow_table_end_all(w.flows, ends[_i].reason);
	ck_assert_str_eq(w.story, ends[_i].story);
	wire_done(&w);
}
END_TEST

START_TEST(a_request_waits_so_long_and_no_longer)
{
	struct wire w;

	wire_init(&w, 502);
	handshake(&w);
	ask(&w);
	fl_analyzer_tick(w.analyzer, w.now + FL_OP_TIMEOUT_NS - 1, w.now + FL_OP_TIMEOUT_NS - 1);
	ck_assert_str_eq(w.story, "l0=modbus u4");
	fl_analyzer_tick(w.analyzer, w.now + FL_OP_TIMEOUT_NS, w.now + FL_OP_TIMEOUT_NS);
	ck_assert_str_eq(w.story, "l0=modbus u4 o0=no_response");
	fl_flow_table_end_all(w.flows, FL_FLOW_END_IDLE);
	wire_done(&w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("analyzer");
	TCase *t = tcase_create("analyzer");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, on_its_port_at_once);
	tcase_add_test(t, on_another_port_once_both_sides_fit);
	tcase_add_loop_test(t, on_any_port, 0, sizeof any_port / sizeof any_port[0]);
	tcase_add_loop_test(t, over_udp_on_any_port, 0, sizeof any_port / sizeof any_port[0]);
	tcase_add_test(t, something_else_on_its_port);
	tcase_add_test(t, what_a_label_says_at_the_end);
	tcase_add_test(t, a_flow_that_could_not_be_looked_at);
	tcase_add_test(t, begun_well_and_gone_on_as_something_else);
	tcase_add_test(t, nothing_first_hides_what_follows);
	tcase_add_test(t, nothing_first_hides_what_follows_on_any_port);
	tcase_add_test(t, two_units_in_a_row_from_one_side);
	tcase_add_test(t, the_frame_that_fills_the_hole_completes_the_unit);
	tcase_add_test(t, a_request_behind_a_hole_is_joined);
	tcase_add_test(t, begun_inside_a_unit);
	tcase_add_loop_test(t, cut_at_any_byte_is_the_same, 1, sizeof request);
	tcase_add_test(t, stacked_in_one_segment);
	tcase_add_test(t, loss_is_not_held_against_the_server);
	tcase_add_loop_test(t, what_the_end_means_for_open_requests, 0, 3);
	tcase_add_test(t, a_request_waits_so_long_and_no_longer);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
