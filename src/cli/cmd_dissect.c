/* cmd_dissect.c - fenceline dissect -r FILE: every protocol unit as one JSON line. No policy, no nDPI.
 *
 * The capture context is the interface only, not the VLAN: a person who dissects wants requests and responses joined
 * also where a mirror port shows the two directions under their own VLAN tags. */
#include <inttypes.h>

#include "capture/capture.h"
#include "cli.h"
#include "decode/decode.h"
#include "fenceline/err.h"
#include "flow/flow_table.h"
#include "monitor/analyzer.h"
#include "monitor/vocab.h"

static const char help[] =
	"usage: fenceline dissect -r FILE... [-f BPF]\n\n"
	"One JSON line on standard output for each unit (request or response) of an industrial protocol, in the\n"
	"order in which they were completed. Protocols are found by structure, on any port.\n\n"
	"  -r, --read FILE...   capture files (pcap, pcapng; - is standard input), merged in time order\n"
	"  -f, --filter BPF     only what this capture filter lets through\n"
	"  -h, --help           this text\n";

struct dissect {
	struct fl_strings files;
	const char *bpf;
	bool help;
	struct fl_json json;
	struct fl_analyzer *analyzer;
	uint64_t lines;
	bool failed;
};

static bool take(void *user, char letter, const char *arg)
{
	struct dissect *d = user;

	switch (letter) {
	case 'r':
	case '\0':
		return fl_strings_add(&d->files, arg);
	case 'f':
		d->bpf = arg;
		return true;
	case 'h':
		d->help = true;
		return true;
	}
	return false;
}

static void write_end(struct fl_json *j, const char *key, const struct fl_flow_end *e)
{
	char text[FL_ADDR_TEXT_MAX];

	fl_json_open(j, key);
	fl_json_str(j, "ip", fl_addr_text(&e->addr, text));
	fl_json_u64(j, "port", e->port);
	fl_json_close(j);
}

static void on_unit(void *user, struct fl_flow *f, const struct fl_dissector *dis, const struct fl_unit *u, int64_t ts_ns,
		    uint64_t frame)
{
	struct dissect *d = user;
	uint8_t sender = u->dir ? !f->initiator : f->initiator;
	const char *text;
	size_t n;

	fl_json_reset(&d->json);
	fl_json_open(&d->json, NULL);
	fl_json_str(&d->json, "protocol", dis->name);
	fl_json_time(&d->json, "time", ts_ns);
	fl_json_u64(&d->json, "frame", frame);
	fl_json_u64(&d->json, "flow", f->id);
	write_end(&d->json, "sender", &f->end[sender]);
	write_end(&d->json, "receiver", &f->end[!sender]);
	fl_json_open(&d->json, dis->name);
	dis->unit_json(u, &d->json);
	fl_json_close(&d->json);
	fl_json_close(&d->json);
	text = fl_json_text(&d->json, &n);
	if (!text)
		fl_cli_error("dissect", "frame %" PRIu64 ": a unit that cannot be told: %s", frame, fl_strerror(FL_ENOMEM));
	if (!text || fwrite(text, 1, n, stdout) != n || putchar('\n') == EOF)
		d->failed = true;
	d->lines++;
}

static void on_end(void *user, struct fl_flow *f)
{
	struct dissect *d = user;

	fl_analyzer_close(d->analyzer, f, f->last_ns);
	fl_analyzer_end(d->analyzer, f);
}

static int dissect_all(struct dissect *d, struct fl_capture *cap, struct fl_flow_table *flows)
{
	struct fl_frame frame;
	struct fl_packet p;
	struct fl_flow *f;
	uint8_t sender;
	bool is_new;
	int got;

	while (!d->failed && (got = fl_capture_next(cap, &frame)) == FL_CAPTURE_FRAME) {
		fl_decode(&frame, &p);
		f = fl_flow_table_packet(flows, &p, frame.iface, &sender, &is_new);
		if (!f || (is_new && fl_analyzer_begin(d->analyzer, f)))
			continue;
		fl_analyzer_packet(d->analyzer, f, sender, &p);
	}
	fl_flow_table_end_all(flows, FL_FLOW_END_CAPTURE_END);
	if (!d->failed && got < 0) {
		fl_cli_error("dissect", "%s", fl_capture_error(cap));
		return FL_EXIT_FAILED;
	}
	return d->failed ? FL_EXIT_FAILED : FL_EXIT_OK;
}

static int run(struct dissect *d)
{
	struct fl_flow_table_opts fo = {.on_end = on_end, .user = d};
	struct fl_analyzer_ops ao = {.on_unit = on_unit, .user = d, .without_dpi = true};
	struct fl_flow_table *flows = NULL;
	struct fl_capture *cap = NULL;
	struct fl_capture_stats st;
	char err[FL_CAPTURE_ERR_MAX];
	struct fl_vocab v;
	int status = FL_EXIT_FAILED, res;
	unsigned i;

	if (fl_monitor_vocab(&v)) {
		fl_cli_error("dissect", "%s", fl_strerror(FL_ENOMEM));
		return FL_EXIT_FAILED;
	}
	fl_json_init(&d->json, 4u << 20);
	res = fl_capture_open_files(&cap, d->files.list, d->files.n, d->bpf, err);
	if (res) {
		fl_cli_error("dissect", "%s", err);
		status = res == FL_ENOMEM ? FL_EXIT_FAILED : FL_EXIT_USAGE;
	} else if (fl_flow_table_new(&flows, &fo) || fl_analyzer_new(&d->analyzer, &v, &ao)) {
		fl_cli_error("dissect", "%s", fl_strerror(FL_ENOMEM));
	} else {
		status = dissect_all(d, cap, flows);
		for (i = 0; i < fl_capture_ifaces(cap); i++) {
			fl_capture_stats(cap, i, &st);
			if (st.damage)
				fl_cli_error("dissect", "%s: %s", fl_capture_iface_name(cap, i), st.damage);
		}
		if (!fl_cli_flush("dissect"))
			status = FL_EXIT_FAILED;
	}
	fl_flow_table_free(flows);
	fl_analyzer_free(d->analyzer);
	fl_capture_close(cap);
	fl_json_done(&d->json);
	fl_vocab_done(&v);
	return status;
}

int fl_cmd_dissect(int argc, char **argv)
{
	static const struct fl_cli_option spec[] = {
		{"read", 'r', "a file", true, true}, {"filter", 'f', "a capture filter"}, {"help", 'h'}, {0}};
	struct dissect d = {0};
	int status;

	if (!fl_cli_options("dissect", argc, argv, spec, take, &d))
		status = FL_EXIT_USAGE;
	else if (d.help)
		status = fl_cli_help("dissect", help);
	else if (!d.files.n)
		status = fl_cli_error("dissect", "which capture? usage: fenceline dissect -r FILE...");
	else
		status = run(&d);
	fl_strings_done(&d.files);
	return status;
}
