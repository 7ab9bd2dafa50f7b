/* test_enip_tls.c - EtherNet/IP over TLS: what is taken for it, on which port, and what is told of it. */
#include <check.h>
#include <string.h>

#include "dissectors/enip_tls.h"
#include "enip_script.h"
#include "flow/flow_table.h"
#include "monitor/analyzer.h"
#include "monitor/vocab.h"
#include "run.h"

#define HELLO "16 0301 0026 01000022 0303 00*32"
#define ANSWER "16 0303 0026 02000022 0303 00*32"
#define DATA "17 0303 0010 aa*16"

static const struct {
	const char *name, *hex;
	enum fl_end end;
	enum fl_probe said;
	enum fl_role role;
} probes[] = {
	{"client hello", HELLO, FL_OPEN, FL_PROBE_LIKELY, FL_ROLE_CLIENT},
	{"server hello", ANSWER, FL_OPEN, FL_PROBE_LIKELY, FL_ROLE_SERVER},
	{"begun in the middle", DATA, FL_OPEN, FL_PROBE_LIKELY, FL_ROLE_UNCLEAR},
	{"so far", "16 0301 0200 0100", FL_OPEN, FL_PROBE_MORE, FL_ROLE_UNCLEAR},
	{"DTLS", "16 feff 0000 000000000000 0004 01000000", FL_CLOSED, FL_PROBE_LIKELY, FL_ROLE_CLIENT},
	{"DTLS that ends in its header", "16 feff 0000 0000", FL_CLOSED, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"another version", "16 0401 0026", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"another type", "19 0301 0026", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"longer than a record", "17 0303 4801", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"as long as a record", "17 0303 4800", FL_OPEN, FL_PROBE_MORE, FL_ROLE_UNCLEAR},
	{"plain EtherNet/IP", "65000400 00000000 00*16 01000000", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
	{"HTTP", "'GET / HTTP/1.1'", FL_OPEN, FL_PROBE_NO, FL_ROLE_UNCLEAR},
};

START_TEST(probe_row)
{
	static struct bytes in;
	enum fl_role role = FL_ROLE_UNCLEAR;
	enum fl_probe got;

	in.n = 0;
	hex(&in, probes[_i].hex);
	got = fl_enip_tls_dissector.probe(fl_rd_init(in.b, in.n, probes[_i].end), &role);
	ck_assert_msg(got == probes[_i].said, "%s: got %d", probes[_i].name, got);
	ck_assert_int_eq(role, probes[_i].role);
}
END_TEST

static void play_tls(struct fl_dctx *c, uint8_t dir, const char *text)
{
	static struct bytes in;
	struct fl_rd r;

	in.n = 0;
	hex(&in, text);
	r = fl_rd_init(in.b, in.n, FL_OPEN);
	c->dir = dir;
	c->frame++;
	c->ts_ns++;
	while (fl_rd_left(&r) && fl_enip_tls_dissector.unit(c, &r) == FL_UNIT)
		;
}

START_TEST(one_operation)
{
	struct fl_enip_tls_state s = {0};
	struct fl_dctx c = {.state = &s, .client = 1, .on_operation = put_op};

	said[0] = '\0';
	play_tls(&c, 0, HELLO);
	play_tls(&c, 1, ANSWER "14 0303 0001 01");
	ck_assert_str_eq(said, ""); /* a handshake has said nothing yet */
	play_tls(&c, 0, DATA DATA);
	play_tls(&c, 1, DATA);
	ck_assert_str_eq(said, "encrypted other 3>0 unknown");
	ck_assert(c.client_known && c.client == 0);
}
END_TEST

START_TEST(gone_on_as_something_else)
{
	struct fl_enip_tls_state s = {0};
	struct fl_dctx c = {.state = &s};
	struct fl_rd r = fl_rd_init((const uint8_t *)"GET / HTTP/1.1", 14, FL_OPEN);

	ck_assert_int_eq(fl_enip_tls_dissector.unit(&c, &r), FL_NOT_MINE);
	play_tls(&c, 0, HELLO);
	r = fl_rd_init((const uint8_t *)"GET / HTTP/1.1", 14, FL_OPEN);
	ck_assert_int_eq(fl_enip_tls_dissector.unit(&c, &r), FL_MALFORMED);
}
END_TEST

/* ---- on its port, and on no other */

static void on_end(void *user, struct fl_flow *f)
{
	fl_analyzer_close(user, f, 0);
	fl_analyzer_end(user, f);
}

/* A connection from its middle on, so that a dissector is asked more than once. */
static bool labelled_on(uint16_t port)
{
	static struct bytes in;
	struct fl_flow_table_opts fo = {.max_flows = 16, .on_end = on_end};
	struct fl_analyzer_ops ao = {.without_dpi = true};
	struct fl_frame frame = {.number = 1, .caplen = 100, .wirelen = 100};
	struct fl_packet p = {.frame = &frame, .outcome = FL_DECODE_TCP, .ip_proto = 6, .tcp_flags = FL_TCP_ACK, .ttl =
	 64,
			      .src = {.kind = FL_ADDR_IPV4, .b = {10, 0, 0, 1}}, .dst = {.kind = FL_ADDR_IPV4, .b = {10,
			 0, 0, 2}},
			      .src_port = 50000, .dst_port = port};
	struct fl_flow_table *flows;
	struct fl_analyzer *a;
	struct fl_vocab v;
	struct fl_flow *f;
	uint8_t sender;
	uint32_t seq[2] = {1, 1};
	bool is_new, ours;
	unsigned i;

	ck_assert_int_eq(fl_monitor_vocab(&v), 0);
	ck_assert_int_eq(fl_analyzer_new(&a, &v, &ao), 0);
	fo.user = a;
	ck_assert_int_eq(fl_flow_table_new(&flows, &fo), 0);
	for (i = 0; i < 20; i++) { /* until all that may be something else have given up, and on */
		struct fl_packet q = p;

		if (i % 2) {
			q.src = p.dst;
			q.dst = p.src;
			q.src_port = p.dst_port;
			q.dst_port = p.src_port;
		}
		in.n = 0;
		hex(&in, i == 0 ? HELLO : i == 1 ? ANSWER : DATA);
		q.payload = in.b;
		q.payload_caplen = q.payload_len = (uint32_t)in.n;
		q.tcp_seq = seq[i % 2];
		seq[i % 2] += q.payload_len;
		frame.number = i + 1;
		f = fl_flow_table_packet(flows, &q, 0, &sender, &is_new);
		ck_assert_ptr_nonnull(f);
		if (is_new)
			ck_assert_int_eq(fl_analyzer_begin(a, f), 0);
		fl_analyzer_packet(a, f, sender, &q);
	}
	ours = f->label.app == (uint16_t)fl_vocab_find(&v, "enip_tls");
	fl_flow_table_end_all(flows, FL_FLOW_END_IDLE);
	fl_flow_table_free(flows);
	fl_analyzer_free(a);
	fl_vocab_done(&v);
	return ours;
}

START_TEST(on_its_port_alone)
{
	ck_assert(labelled_on(2221));
	ck_assert(!labelled_on(443));
	ck_assert(!labelled_on(44818));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("enip_tls");
	TCase *t = tcase_create("enip_tls");

	(void)run_script; /* of enip_script.h; played by test_enip.c */
	tcase_add_loop_test(t, probe_row, 0, FL_ARRAY_LEN(probes));
	tcase_add_test(t, one_operation);
	tcase_add_test(t, gone_on_as_something_else);
	tcase_add_test(t, on_its_port_alone);
	suite_add_tcase(s, t);
	return fl_run_suite(s) ? 1 : 0;
}
