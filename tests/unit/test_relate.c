/* test_relate.c - what an FTP control connection announces, and what it does not. */
#include <check.h>
#include <string.h>

#include "fenceline/vocab.h"
#include "flow/expect.h"
#include "monitor/relate.h"
#include "run.h"

enum { FTP_LABEL = 300 };

static const struct fl_addr client = {.kind = FL_ADDR_IPV4, .b = {10, 0, 0, 5}};
static const struct fl_addr server = {.kind = FL_ADDR_IPV4, .b = {10, 0, 0, 1}};
static const struct fl_addr other = {.kind = FL_ADDR_IPV4, .b = {10, 0, 0, 9}};

/* who sends the line: 0 the client, 1 the server; port 0: nothing is announced */
static const struct {
	const char *name, *line;
	uint8_t sender;
	uint16_t port;
} rows[] = {
	{"passive", "227 Entering Passive Mode (10,0,0,1,7,138).\r\n", 1, 1930},
	{"passive behind address translation: the server is dialled all the same", "227 ok (203,0,113,7,7,138)\r\n", 1, 1930},
	{"passive, lower case and text before", "227 entering =passive (10,0,0,1,195,80)\r\n", 1, 50000},
	{"extended passive", "229 Entering Extended Passive Mode (|||6446|)\r\n", 1, 6446},
	{"extended passive, another delimiter", "229 x (!!!6446!)\r\n", 1, 6446},
	{"active", "PORT 10,0,0,5,7,138\r\n", 0, 1930},
	{"active, lower case", "port 10,0,0,5,0,21\r\n", 0, 21},
	{"extended active", "EPRT |1|10.0.0.5|6275|\r\n", 0, 6275},
	{"extended active, IPv6", "EPRT |2|2001:db8::5|6275|\r\n", 0, 6275},
	{"port 0", "PORT 10,0,0,5,0,0\r\n", 0, 0},
	{"a byte over 255", "PORT 10,0,0,5,256,1\r\n", 0, 0},
	{"too few numbers", "PORT 10,0,0,5,7\r\n", 0, 0},
	{"cut in a number", "PORT 10,0,0,5,7,", 0, 0},
	{"no bracket", "227 Entering Passive Mode\r\n", 1, 0},
	{"bracket at the end", "227 (", 1, 0},
	{"more than 65535", "229 (|||65536|)\r\n", 1, 0},
	{"a number without end", "229 (|||99999999999999999999|)\r\n", 1, 0},
	{"another reply", "226 Transfer complete (10,0,0,1,7,138)\r\n", 1, 0},
	{"too short", "22", 1, 0},
	{"empty", "", 1, 0},
};

static struct fl_flow control(uint16_t server_port, uint16_t label)
{
	struct fl_flow f = {.ip_proto = 6, .context = 7, .first_frame = 42, .label = {.app = label}};

	f.end[0].addr = client;
	f.end[0].port = 40000;
	f.end[1].addr = server;
	f.end[1].port = server_port;
	return f;
}

static void say(struct fl_expect *e, const struct fl_flow *f, uint8_t sender, const char *line, int64_t now_ns)
{
	struct fl_frame frame = {.mono_ns = now_ns};
	struct fl_packet p = {.frame = &frame, .payload = (const uint8_t *)line, .payload_caplen = (uint32_t)strlen(line),
			      .payload_len = (uint32_t)strlen(line)};

	fl_relate_packet(e, FTP_LABEL, f, sender, &p);
}

static struct fl_flow data(const struct fl_addr *from, const struct fl_addr *to, uint16_t port)
{
	struct fl_flow f = {.ip_proto = 6, .context = 7};

	f.end[0].addr = *from;
	f.end[0].port = 41000;
	f.end[1].addr = *to;
	f.end[1].port = port;
	return f;
}

START_TEST(announcements)
{
	struct fl_expect *e = fl_expect_new();
	struct fl_flow f = control(21, FL_PROTOCOL_UNKNOWN);
	struct fl_flow d = rows[_i].sender ? data(&client, &server, rows[_i].port) : data(&server, &client, rows[_i].port);
	struct fl_flow stranger = rows[_i].sender ? data(&other, &server, rows[_i].port) : data(&other, &client, rows[_i].port);

	ck_assert_ptr_nonnull(e);
	say(e, &f, rows[_i].sender, rows[_i].line, 1000);
	ck_assert_msg(!fl_expect_take(e, &stranger, 2000), "%s: taken by a stranger", rows[_i].name);
	ck_assert_msg(fl_expect_take(e, &d, 2000) == (rows[_i].port != 0), "%s", rows[_i].name);
	ck_assert_uint_eq(d.parent, rows[_i].port ? 42 : 0);
	ck_assert_uint_eq(d.relation, rows[_i].port ? FL_RELATED_FTP_DATA : FL_RELATED_NONE);
	fl_expect_free(e);
}
END_TEST

START_TEST(only_ftp_announces)
{
	struct fl_expect *e = fl_expect_new();
	struct fl_flow http = control(80, FL_PROTOCOL_UNKNOWN), odd = control(2121, FTP_LABEL);
	struct fl_flow d = data(&client, &server, 1930);

	say(e, &http, 1, "227 ok (10,0,0,1,7,138)\r\n", 1000);
	ck_assert(!fl_expect_take(e, &d, 2000));
	say(e, &odd, 1, "227 ok (10,0,0,1,7,138)\r\n", 3000); /* on another port, by its label */
	ck_assert(fl_expect_take(e, &d, 4000));
	fl_expect_free(e);
}
END_TEST

START_TEST(an_announcement_is_taken_once_and_not_for_ever)
{
	struct fl_expect *e = fl_expect_new();
	struct fl_flow f = control(21, FL_PROTOCOL_UNKNOWN), d = data(&client, &server, 1930), again = d;

	say(e, &f, 1, "227 ok (10,0,0,1,7,138)\r\n", 1000);
	ck_assert(fl_expect_take(e, &d, 2000));
	ck_assert(!fl_expect_take(e, &again, 3000));
	say(e, &f, 1, "227 ok (10,0,0,1,7,138)\r\n", 1000);
	ck_assert(!fl_expect_take(e, &again, 1000 + INT64_C(1000000000) * 3600));
	fl_expect_free(e);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("relate");
	TCase *t = tcase_create("relate");

	tcase_add_loop_test(t, announcements, 0, (int)FL_ARRAY_LEN(rows));
	tcase_add_test(t, only_ftp_announces);
	tcase_add_test(t, an_announcement_is_taken_once_and_not_for_ever);
	suite_add_tcase(s, t);
	return fl_run_suite(s);
}
