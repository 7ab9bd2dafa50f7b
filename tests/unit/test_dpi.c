/* test_dpi.c - nDPI behind its door: what is fed, when a label becomes final, what is named how, and that nothing leaks
 * (the whole test runs under ASan and LSan in CI). Packets are built here, byte by byte, as raw IPv4. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "src/decode/decode.h"
#include "src/dpi/dpi.h"
#include "src/dpi/names.h"
#include "run.h"

#define LINKTYPE_RAW 101
#define S 1000000000

static struct fl_vocab vocab;
static struct fl_dpi *dpi;
static int modbus_id;

static void setup(void)
{
	ck_assert_int_eq(fl_vocab_init(&vocab), FL_OK);
	modbus_id = fl_vocab_add(&vocab, "modbus"); /* our dissectors come first */
	ck_assert_int_ge(modbus_id, 0);
	ck_assert_int_ge(fl_vocab_add(&vocab, "s7comm"), 0);
	ck_assert_int_ge(fl_vocab_add(&vocab, "enip"), 0);
	ck_assert_int_eq(fl_dpi_vocab(&vocab), FL_OK);
	ck_assert_int_eq(fl_dpi_new(&dpi, &vocab), FL_OK);
}

static void teardown(void)
{
	fl_dpi_free(dpi);
	fl_vocab_done(&vocab);
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* One side of a conversation that is being made up. */
struct talk {
	struct fl_flow flow;
	uint8_t proto;
	uint16_t cport, sport;
	uint32_t seq[2];
	uint64_t frames;
	uint32_t snap;      /* 0: all */
};

static struct talk talk_new(uint8_t proto, uint16_t cport, uint16_t sport)
{
	struct talk t = {.proto = proto, .cport = cport, .sport = sport, .seq = {1000, 5000}};

	t.flow.ip_proto = proto;
	return t;
}

/* say - `from` (0 client, 1 server) sends n bytes; decoded and fed from a block of exactly its size. */
static void say(struct talk *t, uint8_t from, uint8_t flags, const void *data, size_t n)
{
	size_t l4 = t->proto == 6 ? 20 : 8, len = 20 + l4 + n, cap = t->snap && t->snap < len ? t->snap : len;
	uint8_t *whole = calloc(1, len), *m = malloc(cap);
	struct fl_frame frame = {.caplen = (uint32_t)cap, .wirelen = (uint32_t)len, .linktype = LINKTYPE_RAW};
	struct fl_packet p;

	ck_assert(whole && m);
	whole[0] = 0x45;
	put16(whole + 2, len);
	whole[8] = 64;
	whole[9] = t->proto;
	memcpy(whole + 12, from ? "\x0a\x01\x02\x03" : "\x0a\x01\x00\x07", 4);
	memcpy(whole + 16, from ? "\x0a\x01\x00\x07" : "\x0a\x01\x02\x03", 4);
	put16(whole + 20, from ? t->sport : t->cport);
	put16(whole + 22, from ? t->cport : t->sport);
	if (t->proto == 6) {
		put16(whole + 24, t->seq[from] >> 16);
		put16(whole + 26, t->seq[from]);
		put16(whole + 28, t->seq[!from] >> 16);
		put16(whole + 30, t->seq[!from]);
		whole[32] = 0x50;
		whole[33] = flags;
		put16(whole + 34, 8192);
		t->seq[from] += (uint32_t)n + !!(flags & FL_TCP_SYN);
	} else {
		put16(whole + 24, 8 + n);
	}
	if (n)
		memcpy(whole + 20 + l4, data, n);
	memcpy(m, whole, cap);
	frame.data = m;
	frame.number = ++t->frames;
	frame.ts_ns = INT64_C(1700000000) * S + (int64_t)t->frames * 1000000;
	ck_assert_int_eq(fl_decode(&frame, &p), t->proto == 6 ? FL_DECODE_TCP : FL_DECODE_UDP);
	fl_dpi_packet(dpi, &t->flow, from, &p);
	free(m);
	free(whole);
}

static void handshake(struct talk *t)
{
	say(t, 0, FL_TCP_SYN, NULL, 0);
	say(t, 1, FL_TCP_SYN | FL_TCP_ACK, NULL, 0);
	say(t, 0, FL_TCP_ACK, NULL, 0);
}

static const char *app(const struct talk *t) { return fl_vocab_name(&vocab, t->flow.label.app); }

static uint32_t open_states(void)
{
	struct fl_dpi_stats s;

	fl_dpi_stats(dpi, &s);
	return s.open;
}

#define SSH_C "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
#define SSH_S "SSH-2.0-OpenSSH_8.4p1 Debian-5\r\n"
#define HTTP_C "GET /index.html HTTP/1.1\r\nHost: plc.example.net\r\nUser-Agent: test\r\n\r\n"
#define HTTP_S "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"
#define DNS_Q "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04host\x07" "example\x03net\x00\x00\x01\x00\x01"
#define DNS_A "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x04host\x07" "example\x03net\x00\x00\x01\x00\x01" \
	"\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x00\x00\x04\x0a\x01\x00\x09"
#define MODBUS_Q "\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x0a"
#define NTP "\x23\x00\x06\xec\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xd2\xb4\x8b\x5c\x00\x00\x00\x00"
#define B(s) s, sizeof(s) - 1

/* What a conversation is called. Both sides speak in turn, client first. */
static const struct row {
	const char *name;
	uint8_t proto;
	uint16_t port;
	const char *say[2];
	size_t n[2];
	const char *app;
	uint8_t how;
} rows[] = {
	{"ssh", 6, 22, {SSH_C, SSH_S}, {sizeof SSH_C - 1, sizeof SSH_S - 1}, "ssh", FL_LABEL_DPI},
	{"ssh on another port", 6, 4711, {SSH_C, SSH_S}, {sizeof SSH_C - 1, sizeof SSH_S - 1}, "ssh", FL_LABEL_DPI},
	{"http", 6, 80, {HTTP_C, HTTP_S}, {sizeof HTTP_C - 1, sizeof HTTP_S - 1}, "http", FL_LABEL_DPI},
	{"dns", 17, 53, {DNS_Q, DNS_A}, {sizeof DNS_Q - 1, sizeof DNS_A - 1}, "dns", FL_LABEL_DPI},
	{"ntp", 17, 123, {NTP, NULL}, {sizeof NTP - 1, 0}, "ntp", FL_LABEL_DPI},
	{"modbus has one name", 6, 502, {MODBUS_Q, NULL}, {sizeof MODBUS_Q - 1, 0}, "modbus", FL_LABEL_DPI},
	{"by port: ssh", 6, 22, {NULL, NULL}, {0, 0}, "ssh", FL_LABEL_PORT},
	{"by port: enip", 6, 44818, {NULL, NULL}, {0, 0}, "enip", FL_LABEL_PORT},
	{"nothing", 6, 4711, {NULL, NULL}, {0, 0}, "unknown", FL_LABEL_NONE},
};

START_TEST(label)
{
	const struct row *r = &rows[_i];
	struct talk t = talk_new(r->proto, 40000, r->port);
	uint8_t side;

	if (r->proto == 6)
		handshake(&t);
	for (side = 0; side < 2; side++)
		if (r->n[side])
			say(&t, side, FL_TCP_ACK | FL_TCP_PSH, r->say[side], r->n[side]);
	fl_dpi_end(dpi, &t.flow);
	ck_assert_msg(!strcmp(app(&t), r->app), "%s: %s", r->name, app(&t));
	ck_assert_msg(t.flow.label.how == r->how, "%s: how %u", r->name, t.flow.label.how);
	ck_assert(t.flow.label.final);
	ck_assert_uint_eq(t.flow.label.master, FL_PROTOCOL_UNKNOWN);
	if (r->how == FL_LABEL_NONE)
		ck_assert_ptr_null(fl_dpi_confidence_name(t.flow.label.confidence));
	else
		ck_assert_str_eq(fl_dpi_confidence_name(t.flow.label.confidence),
				 r->how == FL_LABEL_PORT ? "match_by_port" : "dpi");
	ck_assert_ptr_null(t.flow.dpi);
	ck_assert_uint_eq(open_states(), 0);
}
END_TEST

START_TEST(final_stays)
{
	struct talk t = talk_new(17, 40000, 53);
	struct fl_label was;

	say(&t, 0, 0, B(DNS_Q));
	say(&t, 1, 0, B(DNS_A));
	ck_assert(t.flow.label.final);
	ck_assert_ptr_null(t.flow.dpi);
	was = t.flow.label;
	say(&t, 0, 0, B(NTP));
	fl_dpi_end(dpi, &t.flow);
	ck_assert_mem_eq(&was, &t.flow.label, sizeof was);
}
END_TEST

/* What no release of nDPI takes for anything. */
static void make_noise(uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 151 + 77);
}

START_TEST(limit_tcp)
{
	struct talk t = talk_new(6, 40000, 4711);
	uint8_t noise[200];
	unsigned i;

	make_noise(noise, sizeof noise);
	handshake(&t);
	for (i = 0; i < FL_DPI_PACKETS_TCP - 1; i++)
		say(&t, 1, FL_TCP_ACK, noise, sizeof noise - i);
	ck_assert(!t.flow.label.final);
	say(&t, 1, FL_TCP_ACK, noise, 50);
	ck_assert(t.flow.label.final);
	ck_assert_uint_eq(t.flow.label.how, FL_LABEL_NONE);
	ck_assert_uint_eq(open_states(), 0);
}
END_TEST

/* What stood in the way of a label is noted when it becomes final: nothing, if all that was allowed has been fed. */
START_TEST(notes)
{
	uint8_t noise[200];
	struct talk full = talk_new(6, 40000, 4711), few = talk_new(6, 40000, 4711), cut = talk_new(6, 40000, 4711);
	unsigned i;

	make_noise(noise, sizeof noise);
	handshake(&full);
	for (i = 0; i < FL_DPI_PACKETS_TCP; i++)
		say(&full, 1, FL_TCP_ACK, noise, sizeof noise);
	ck_assert(full.flow.label.final);
	ck_assert_uint_eq(full.flow.label.how, FL_LABEL_NONE);
	ck_assert_uint_eq(full.flow.label.why, FL_WHY_LABELLED);

	handshake(&few);
	for (i = 0; i < FL_DPI_PACKETS_TCP - 1; i++)
		say(&few, 1, FL_TCP_ACK, noise, sizeof noise);
	ck_assert_uint_eq(few.flow.label.why, FL_WHY_LABELLED);
	fl_dpi_end(dpi, &few.flow);
	ck_assert_uint_eq(few.flow.label.why, FL_WHY_SHORT);

	handshake(&cut);
	cut.snap = 40; /* not a byte of payload is left: nothing to feed, but something was missed */
	say(&cut, 0, FL_TCP_ACK, noise, sizeof noise);
	fl_dpi_end(dpi, &cut.flow);
	ck_assert_uint_eq(cut.flow.label.why, FL_WHY_GAPS);
	ck_assert_uint_eq(open_states(), 0);
}
END_TEST

START_TEST(confidences)
{
	unsigned i, n = 0;

	ck_assert_ptr_null(fl_dpi_confidence_name(0));
	for (i = 1; i < 256; i++)
		n += strcmp(fl_dpi_confidence_name(i), "other") != 0;
	ck_assert_uint_ge(n, 4); /* 4.2 has four beside "unknown" */
	ck_assert_str_eq(fl_dpi_category_name(fl_dpi_category_industrial()), "iot_scada");
}
END_TEST

/* What tells nothing is not fed: bare acknowledgements, endless SYNs, what is no TCP or UDP. */
START_TEST(not_fed)
{
	struct talk t = talk_new(6, 40000, 22);
	struct fl_packet p = {.outcome = FL_DECODE_ICMP, .ip = (const uint8_t *)"", .payload_caplen = 8};
	struct fl_dpi_stats s;
	unsigned i;

	say(&t, 0, FL_TCP_ACK, NULL, 0);
	ck_assert_ptr_null(t.flow.dpi);
	fl_dpi_packet(dpi, &t.flow, 0, &p);
	ck_assert_ptr_null(t.flow.dpi);
	for (i = 0; i < 100; i++)
		say(&t, 0, FL_TCP_SYN, NULL, 0);
	fl_dpi_stats(dpi, &s);
	ck_assert_uint_eq(s.packets, 8);
	fl_dpi_end(dpi, &t.flow);
	fl_dpi_stats(dpi, &s);
	ck_assert_uint_eq(s.open, 0);
	ck_assert_uint_eq(s.flows, 1);
	ck_assert_uint_eq(s.gave_up, 1);
}
END_TEST

/* The snap length cuts the answer at every byte: no over-read, and the protocol is still known from what is there. */
START_TEST(cut)
{
	size_t whole = 28 + sizeof DNS_A - 1;
	uint32_t snap;

	for (snap = 28; snap <= whole; snap++) {
		struct talk t = talk_new(17, 40000, 53);

		say(&t, 0, 0, B(DNS_Q));
		t.snap = snap;
		say(&t, 1, 0, B(DNS_A));
		fl_dpi_end(dpi, &t.flow);
		ck_assert_msg(!strcmp(app(&t), "dns"), "cut at %u: %s", snap, app(&t));
	}
	for (snap = 40; snap < 28 + sizeof NTP - 1; snap++) {
		struct talk t = talk_new(17, 123, 123);

		t.snap = snap;
		say(&t, 0, 0, B(NTP));
		fl_dpi_end(dpi, &t.flow);
		ck_assert_uint_eq(t.flow.label.how, FL_LABEL_DPI); /* refused by nDPI if the lengths still claimed 48 */
		ck_assert_str_eq(app(&t), "ntp");
	}
	ck_assert_uint_eq(open_states(), 0);
}
END_TEST

START_TEST(drop)
{
	struct talk t = talk_new(6, 40000, 4711);

	handshake(&t);
	say(&t, 0, FL_TCP_ACK, B(SSH_C));
	ck_assert_ptr_nonnull(t.flow.dpi);
	ck_assert_uint_eq(open_states(), 1);
	fl_dpi_drop(dpi, &t.flow);
	ck_assert_ptr_null(t.flow.dpi);
	ck_assert_uint_eq(open_states(), 0);
	fl_dpi_drop(dpi, &t.flow);
	ck_assert(!t.flow.label.final);
}
END_TEST

START_TEST(risks)
{
	struct talk t = talk_new(6, 40000, 4711);
	unsigned i;
	bool found = false;

	handshake(&t);
	say(&t, 0, FL_TCP_ACK, B(SSH_C));
	say(&t, 1, FL_TCP_ACK, B(SSH_S));
	fl_dpi_end(dpi, &t.flow);
	for (i = 0; i < 64; i++)
		if (t.flow.label.risks >> i & 1)
			found |= !strcmp(fl_dpi_risk_name(i), "known_protocol_on_non_standard_port");
	ck_assert(found);
	ck_assert_str_eq(fl_dpi_category_name(t.flow.label.category), "remote_access");
}
END_TEST

/* Many flows at once, ended in another order than begun. */
START_TEST(many)
{
	enum { N = 2000 };
	struct talk *t = calloc(N, sizeof *t);
	unsigned i;

	ck_assert_ptr_nonnull(t);
	for (i = 0; i < N; i++) {
		t[i] = talk_new(6, (uint16_t)(20000 + i), i % 2 ? 80 : 22);
		handshake(&t[i]);
		if (i % 2)
			say(&t[i], 0, FL_TCP_ACK, B(HTTP_C));
	}
	ck_assert_uint_eq(open_states(), N);
	for (i = N; i-- > 0;) {
		fl_dpi_end(dpi, &t[i].flow);
		ck_assert_str_eq(app(&t[i]), i % 2 ? "http" : "ssh");
	}
	ck_assert_uint_eq(open_states(), 0);
	free(t);
}
END_TEST

START_TEST(names)
{
	const char *want[] = {"tls", "ssh", "dns", "http", "ntp", "smbv23", "rdp", "dnp3", "snmp"};
	const char *none[] = {"ethernetip", "free_64", "free", ""};
	char word[FL_DPI_NAME_MAX];
	size_t i;
	uint16_t k;
	const char *p;

	for (i = 0; i < FL_ARRAY_LEN(want); i++)
		ck_assert_msg(fl_vocab_find(&vocab, want[i]) > 0, "%s", want[i]);
	for (i = 0; i < FL_ARRAY_LEN(none); i++)
		ck_assert_msg(fl_vocab_find(&vocab, none[i]) < 0, "%s", none[i]);
	ck_assert(fl_dpi_name("Sina(Weibo)", word));
	ck_assert_str_eq(word, "sina_weibo");
	ck_assert(fl_dpi_name("S7CommPlus", word)); /* nDPI 4.6 and later; ours has another spelling */
	ck_assert_str_eq(word, "s7comm_plus");
	for (k = 0; k < vocab.n; k++)
		for (p = fl_vocab_name(&vocab, k); *p; p++)
			ck_assert_msg((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || strchr("._-", *p), "%s",
				      fl_vocab_name(&vocab, k));
}
END_TEST

START_TEST(names_of_numbers)
{
	unsigned i, n = 0;
	const char *s;

	ck_assert_ptr_null(fl_dpi_risk_name(0));
	ck_assert_ptr_null(fl_dpi_risk_name(64));
	for (i = 1; i < 64; i++) {
		s = fl_dpi_risk_name(i);
		if (!s)
			break;
		ck_assert_msg(strcmp(s, "other"), "risk %u of nDPI %s has no row in names.c", i, fl_dpi_version());
		n++;
	}
	ck_assert_uint_ge(n, 41);
	for (; i < 64; i++)
		ck_assert_ptr_null(fl_dpi_risk_name(i));
	ck_assert_ptr_null(fl_dpi_category_name(0));
	for (i = 1; i <= 32; i++)
		ck_assert_str_ne(fl_dpi_category_name(i), "other");
	ck_assert_str_eq(fl_dpi_category_name(31), "iot_scada");
	ck_assert_str_eq(fl_dpi_category_name(100), "malware");
	ck_assert_str_eq(fl_dpi_category_name(98), "other");
}
END_TEST

START_TEST(wrong_vocab)
{
	struct fl_vocab bare;
	struct fl_dpi *d = NULL;

	ck_assert_int_eq(fl_vocab_init(&bare), FL_OK);
	ck_assert_int_eq(fl_dpi_new(&d, &bare), FL_EINVALID);
	ck_assert_ptr_null(d);
	fl_vocab_done(&bare);
	fl_dpi_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dpi");
	TCase *t = tcase_create("dpi");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, label, 0, (int)FL_ARRAY_LEN(rows));
	tcase_add_test(t, final_stays);
	tcase_add_test(t, limit_tcp);
	tcase_add_test(t, notes);
	tcase_add_test(t, confidences);
	tcase_add_test(t, not_fed);
	tcase_add_test(t, cut);
	tcase_add_test(t, drop);
	tcase_add_test(t, risks);
	tcase_add_test(t, many);
	tcase_add_test(t, names);
	tcase_add_test(t, names_of_numbers);
	tcase_add_test(t, wrong_vocab);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
