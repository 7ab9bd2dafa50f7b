/* test_label.c - why a flow has no label, what its port would have meant, and that the counters of both add up. */
#include "monitor/label.h"

#include <check.h>
#include <string.h>

#include "fenceline/dissector.h"
#include "fenceline/ports.h"
#include "monitor/vocab.h"
#include "run.h"

static struct fl_vocab vocab;
static struct fl_port_names *names;

static void setup(void)
{
	ck_assert_int_eq(fl_monitor_vocab(&vocab), 0);
	names = fl_port_names_new(&vocab);
	ck_assert_ptr_nonnull(names);
}

static void teardown(void)
{
	fl_port_names_free(names);
	fl_vocab_done(&vocab);
}

/* A flow that gives no reason: what `why` says was noted while it was looked at. */
static struct fl_flow seen(unsigned noted)
{
	return (struct fl_flow){.ip_proto = 6, .payload = true, .reply = FL_REPLY_ANSWERED, .end = {{.seen = true}, {.seen = true}},
				.label = {.final = true, .why = (uint8_t)noted}};
}

/* Each reason hides those after it: with all of them set and the first ones taken away one by one, each is told in turn. */
START_TEST(the_first_reason_that_holds)
{
	struct fl_flow f = seen(FL_WHY_UNREAD);

	f.payload = false;
	f.gaps[1] = 1;
	f.midstream = true;
	f.end[1].seen = false;
	f.reply = FL_REPLY_NO_RESPONSE;
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_EMPTY);
	f.payload = true;
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_UNREAD);
	f.label.why = FL_WHY_SHORT;
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_GAPS);
	f.gaps[1] = 0;
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_MIDSTREAM);
	f.midstream = false;
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_ONE_WAY);
	f.reply = FL_REPLY_ONE_WAY; /* multicast: nothing else is due */
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_SHORT);
	f.label.why = FL_WHY_LABELLED;
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_UNKNOWN);
	f.label.why = FL_WHY_GAPS;
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_GAPS);
	f.label.how = FL_LABEL_PORT;
	ck_assert_uint_eq(fl_label_why(&f), FL_WHY_LABELLED);
}
END_TEST

START_TEST(of_several_notes_the_first_in_the_list_counts)
{
	struct fl_label l = {0};

	fl_label_note(&l, FL_WHY_SHORT);
	ck_assert_uint_eq(l.why, FL_WHY_SHORT);
	fl_label_note(&l, FL_WHY_UNREAD);
	fl_label_note(&l, FL_WHY_GAPS);
	ck_assert_uint_eq(l.why, FL_WHY_UNREAD);
	l.final = true;
	fl_label_note(&l, FL_WHY_EMPTY);
	ck_assert_uint_eq(l.why, FL_WHY_UNREAD);
}
END_TEST

static const struct row {
	uint8_t ip_proto;
	uint16_t port;
	const char *master, *app;
	uint8_t how;
	const char *says; /* "unknown": agrees, or nothing is known */
} rows[] = {
	{6, 502, NULL, "modbus", FL_LABEL_DISSECTOR, "unknown"},
	{17, 502, NULL, "modbus", FL_LABEL_DISSECTOR, "unknown"},
	{6, 502, NULL, "tls", FL_LABEL_DPI, "modbus"},            /* a dissector's port */
	{6, 443, NULL, "modbus", FL_LABEL_DISSECTOR, "tls"},
	{6, 802, NULL, "tls", FL_LABEL_DPI, "unknown"},           /* mbap-s */
	{6, 802, NULL, "http", FL_LABEL_DPI, "modbus"},
	{6, 443, "tls", "google", FL_LABEL_DPI, "unknown"},       /* the carrier agrees */
	{6, 443, NULL, "http", FL_LABEL_DPI, "tls"},
	{17, 443, "quic", "google", FL_LABEL_DPI, "unknown"},
	{6, 8080, NULL, "http", FL_LABEL_DPI, "unknown"},
	{6, 8080, NULL, "http_proxy", FL_LABEL_DPI, "unknown"},
	{6, 8080, NULL, "ssh", FL_LABEL_DPI, "http"},
	{6, 993, NULL, "tls", FL_LABEL_DPI, "unknown"},
	{6, 445, "netbios", "smbv1", FL_LABEL_DPI, "unknown"},
	{6, 3389, NULL, "tls", FL_LABEL_DPI, "unknown"},
	{6, 3389, NULL, "ssh", FL_LABEL_DPI, "rdp"},
	{17, 2222, "skype_teams", "skypecall", FL_LABEL_DPI, "enip"}, /* what nDPI 4.2 makes of implicit I/O */
	{17, 53, "dns", "google", FL_LABEL_DPI, "unknown"},
	{17, 80, NULL, "dns", FL_LABEL_DPI, "unknown"},           /* registered for TCP alone */
	{6, 4711, NULL, "ssh", FL_LABEL_DPI, "unknown"},
	{6, 1502, NULL, "http", FL_LABEL_DPI, "unknown"},         /* a plant's port by use: registered for nothing of ours */
	{6, 502, NULL, "ssh", FL_LABEL_PORT, "unknown"},          /* a guess cannot disagree */
	{1, 502, NULL, "tls", FL_LABEL_DPI, "unknown"},           /* a "port" that is an ICMP type */
};

START_TEST(what_the_port_would_have_meant)
{
	const struct row *r = &rows[_i];
	struct fl_flow f = seen(FL_WHY_LABELLED);
	int app = fl_vocab_find(&vocab, r->app), master = r->master ? fl_vocab_find(&vocab, r->master) : FL_PROTOCOL_UNKNOWN;
	const char *says;

	ck_assert_int_gt(app, 0);
	ck_assert_int_ge(master, 0);
	f.ip_proto = r->ip_proto;
	f.initiator = (uint8_t)(_i % 2);
	f.end[f.initiator].port = 40000;
	f.end[!f.initiator].port = r->port;
	f.label = (struct fl_label){.app = (uint16_t)app, .master = (uint16_t)master, .how = r->how, .final = true};
	says = fl_vocab_name(&vocab, fl_port_names_differ(names, &f));
	ck_assert_msg(!strcmp(says, r->says), "%s on %u: %s", r->app, r->port, says);
	f.initiator = !f.initiator; /* from the other end, 40000 is the server's port: it says nothing */
	ck_assert_uint_eq(fl_port_names_differ(names, &f), FL_PROTOCOL_UNKNOWN);
	f.initiator = !f.initiator;
	f.payload = false;
	ck_assert_uint_eq(fl_port_names_differ(names, &f), FL_PROTOCOL_UNKNOWN);
}
END_TEST

/* The first dissector, in the order they are asked, that hints at a port. */
static const char *first_on(const struct fl_port_hint *port)
{
	const struct fl_port_hint *h;
	unsigned i;

	for (i = 0; fl_dissectors[i]; i++)
		for (h = fl_dissectors[i]->ports; h && h->port; h++)
			if (h->ip_proto == port->ip_proto && h->port == port->port)
				return fl_dissectors[i]->name;
	return NULL;
}

/* The port of each dissector means that dissector, whatever else the table has for it; of several the first, if none of
 * them is spoken. */
START_TEST(dissectors_agree_with_their_ports)
{
	struct fl_flow f = seen(FL_WHY_LABELLED);
	const struct fl_port_hint *h;
	unsigned i;

	f.end[0].port = 40000;
	f.label.how = FL_LABEL_DISSECTOR;
	for (i = 0; fl_dissectors[i]; i++)
		for (h = fl_dissectors[i]->ports; h && h->port; h++) {
			f.ip_proto = h->ip_proto;
			f.end[1].port = h->port;
			f.label.app = f.label.master = (uint16_t)fl_vocab_find(&vocab, fl_dissectors[i]->name);
			ck_assert_uint_eq(fl_port_names_differ(names, &f), FL_PROTOCOL_UNKNOWN);
			f.label.app = f.label.master = (uint16_t)fl_vocab_find(&vocab, "ssh");
			ck_assert_str_eq(fl_vocab_name(&vocab, fl_port_names_differ(names, &f)), first_on(h));
		}
	ck_assert_uint_gt(i, 0);
}
END_TEST

/* The table itself: ascending, no row twice for one transport, and most rows known in the vocabulary of any nDPI. */
START_TEST(the_table_of_ports)
{
	static const struct { uint8_t transport; uint16_t port; const char *names; } table[] = {
#define X(transport, port, plant, names) {FL_PORT_##transport, port, names},
		FL_PORTS(X)
#undef X
	};
	struct fl_flow f = seen(FL_WHY_LABELLED);
	unsigned known = 0, named = 0;
	size_t i;

	f.end[0].port = 40000;
	f.label.how = FL_LABEL_DPI;
	f.label.app = FL_PROTOCOL_ANY; /* speaks nothing that any port is for */
	for (i = 0; i < FL_ARRAY_LEN(table); i++) {
		if (i) {
			ck_assert_uint_ge(table[i].port, table[i - 1].port);
			ck_assert(table[i].port != table[i - 1].port || !(table[i].transport & table[i - 1].transport));
		}
		f.ip_proto = table[i].transport & FL_PORT_TCP ? 6 : 17;
		f.end[1].port = table[i].port;
		named += table[i].names[0] != '\0';
		known += fl_port_names_differ(names, &f) != FL_PROTOCOL_UNKNOWN;
	}
	ck_assert_uint_le(known, named);
	ck_assert_uint_ge(known * 100, named * 85); /* 4.2 has no OPC UA, BACnet, HART-IP; of PROFINET the link's name */
}
END_TEST

START_TEST(reasons_add_up)
{
	struct fl_coverage c = {0};
	struct fl_flow f = seen(FL_WHY_LABELLED);
	unsigned how, why, flows = 0;

	for (how = 0; how <= FL_LABEL_TRANSPORT; how++)
		for (why = 0; why < FL_WHY_COUNT; why++) {
			f.label.how = (uint8_t)how;
			f.label.why = (uint8_t)why;
			f.label.port_says = why % 2 ? FL_PROTOCOL_UNKNOWN : FL_PROTOCOL_TCP;
			fl_label_count(&c, &f);
			flows += how == FL_LABEL_NONE;
		}
	ck_assert_uint_eq(c.flows_unclassified, flows);
	ck_assert_uint_eq(c.unclassified_empty, 1);
	ck_assert_uint_eq(c.unclassified_unread, 1);
	ck_assert_uint_eq(c.unclassified_gaps, 1);
	ck_assert_uint_eq(c.unclassified_midstream, 1);
	ck_assert_uint_eq(c.unclassified_one_way, 1);
	ck_assert_uint_eq(c.unclassified_short, 1);
	ck_assert_uint_eq(c.unclassified_empty + c.unclassified_unread + c.unclassified_gaps + c.unclassified_midstream +
				  c.unclassified_one_way + c.unclassified_short + c.unclassified_unknown,
			  c.flows_unclassified);
	ck_assert_uint_eq(c.flows_labelled_by_port, FL_WHY_COUNT);
	ck_assert_uint_eq(c.flows_port_disagrees, (FL_LABEL_TRANSPORT + 1) * ((FL_WHY_COUNT + 1) / 2));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("label");
	TCase *t = tcase_create("label");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_first_reason_that_holds);
	tcase_add_test(t, of_several_notes_the_first_in_the_list_counts);
	tcase_add_loop_test(t, what_the_port_would_have_meant, 0, (int)FL_ARRAY_LEN(rows));
	tcase_add_test(t, dissectors_agree_with_their_ports);
	tcase_add_test(t, the_table_of_ports);
	tcase_add_test(t, reasons_add_up);
	suite_add_tcase(s, t);
	return fl_run_suite(s) != 0;
}
