/* cmd_dissect.c - fenceline dissect -r FILE: every protocol unit, or every flow, as one JSON line. No policy, no nDPI.
 *
 * The capture context is the interface only, not the VLAN: a person who dissects wants requests and responses joined
 * also where a mirror port shows the two directions under their own VLAN tags. */
#include <inttypes.h>

#include "capture/capture.h"
#include "cli.h"
#include "decode/decode.h"
#include "dissect_flows.h"
#include "dissect_line.h"
#include "fenceline/err.h"
#include "flow/flow_table.h"
#include "monitor/analyzer.h"
#include "monitor/front.h"
#include "monitor/vocab.h"

static const char help[] =
	"usage: fenceline dissect -r FILE... [-f BPF] [--flows]\n\n"
	"One JSON line on standard output for each unit (request or response) of an industrial protocol, in the\n"
	"order in which they were completed. Protocols are found by structure, on any port.\n\n"
	"  -r, --read FILE...   capture files (pcap, pcapng; - is standard input), merged in time order\n"
	"  -f, --filter BPF     only what this capture filter lets through\n"
	"      --flows          instead, one line for each flow when it ends: its ends, packets and bytes;\n"
	"                       then what belongs to no flow, and why\n"
	"  -h, --help           this text\n";

struct dissect {
	struct fl_strings files;
	const char *bpf;
	bool help, flows_only;
	struct fl_line *line;
	struct fl_json json; /* of flows */
	struct { uint64_t packets, bytes; } no_flow[FL_DECODE_OUTCOME_COUNT + 1]; /* by outcome; last: copies */
	struct fl_analyzer *analyzer;
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
	case 'F':
		d->flows_only = true;
		return true;
	case 'h':
		d->help = true;
		return true;
	}
	return false;
}

/* NULL text: no memory to tell what. */
static void write_line(struct dissect *d, const char *text, size_t n, uint64_t frame)
{
	if (!text)
		fl_cli_error("dissect", "frame %" PRIu64 ": what it holds cannot be told: %s", frame, fl_strerror(FL_ENOMEM));
	if (!text || fwrite(text, 1, n, stdout) != n || putchar('\n') == EOF)
		d->failed = true;
}

static void on_unit(void *user, struct fl_flow *f, const struct fl_dissector *dis, const struct fl_unit *u, int64_t ts_ns,
		    uint64_t frame)
{
	struct dissect *d = user;
	const char *text;
	size_t n = 0;

	text = fl_line_write(d->line, fl_analyzer_extra(f), f, dis, u, ts_ns, frame, &n);
	write_line(d, text, n, frame);
}

static void on_end(void *user, struct fl_flow *f)
{
	struct dissect *d = user;
	const char *text;
	size_t n = 0;

	if (d->flows_only) {
		fl_json_reset(&d->json);
		fl_dissect_flow_json(&d->json, f);
		text = fl_json_text(&d->json, &n);
		write_line(d, text, n, f->first_frame);
		return;
	}
	fl_analyzer_close(d->analyzer, f, f->last_ns);
	fl_analyzer_end(d->analyzer, f);
}

static void on_packet(void *user, const struct fl_packet *p, struct fl_flow *f, uint8_t sender, bool is_new)
{
	struct dissect *d = user;

	if (d->flows_only || f->kind != FL_FLOW_IP || (is_new && fl_analyzer_begin(d->analyzer, f)))
		return;
	if (fl_analyzer_extra(f))
		fl_line_saw(fl_analyzer_extra(f), sender, p);
	fl_analyzer_packet(d->analyzer, f, sender, p);
}

static void on_no_flow(void *user, const struct fl_packet *p, bool copy)
{
	struct dissect *d = user;
	unsigned why = copy ? FL_DECODE_OUTCOME_COUNT : p->outcome;

	d->no_flow[why].packets += p->frames;
	d->no_flow[why].bytes += p->bytes;
}

static void write_no_flow(struct dissect *d)
{
	const char *text;
	size_t n = 0;
	unsigned i;

	for (i = 0; d->flows_only && i <= FL_DECODE_OUTCOME_COUNT; i++) {
		if (!d->no_flow[i].packets)
			continue;
		fl_json_reset(&d->json);
		fl_dissect_no_flow_json(&d->json, i < FL_DECODE_OUTCOME_COUNT ? fl_decode_outcome_key(i) : "copy",
					d->no_flow[i].packets, d->no_flow[i].bytes);
		text = fl_json_text(&d->json, &n);
		write_line(d, text, n, 0);
	}
}

static uint64_t context_of(void *user, uint16_t iface, const uint16_t *vlan, unsigned vlans)
{
	(void)user;
	(void)vlan;
	(void)vlans;
	return iface;
}

static int dissect_all(struct dissect *d, struct fl_capture *cap, struct fl_front *front, struct fl_flow_table *flows)
{
	struct fl_frame frame;
	int64_t back_ns;
	int got = FL_CAPTURE_END;

	while (!d->failed && (got = fl_capture_next(cap, &frame)) == FL_CAPTURE_FRAME) {
		fl_front_time(front, &frame, &back_ns);
		(void)fl_front_frame(front, &frame);
	}
	fl_front_end(front);
	fl_flow_table_end_all(flows, FL_FLOW_END_CAPTURE_END);
	write_no_flow(d);
	if (!d->failed && got < 0) {
		fl_cli_error("dissect", "%s", fl_capture_error(cap));
		return FL_EXIT_FAILED;
	}
	return d->failed ? FL_EXIT_FAILED : FL_EXIT_OK;
}

static int open_front(struct fl_front **out, struct fl_front_opts *o, struct fl_flow_table *flows)
{
	o->flows = flows;
	return fl_front_new(out, o);
}

static int run(struct dissect *d)
{
	struct fl_flow_table_opts fo = {.on_end = on_end, .user = d};
	struct fl_analyzer_ops ao = {.on_unit = on_unit, .user = d, .without_dpi = true,
				     .flow_extra = sizeof(struct fl_line_flow)};
	struct fl_front_opts fro = {.context = context_of, .on_packet = on_packet, .on_no_flow = on_no_flow, .user = d};
	struct fl_flow_table *flows = NULL;
	struct fl_front *front = NULL;
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
	fl_json_init(&d->json, 1u << 16);
	res = fl_capture_open_files(&cap, d->files.list, d->files.n, d->bpf, err);
	if (res) {
		fl_cli_error("dissect", "%s", err);
		status = res == FL_ENOMEM ? FL_EXIT_FAILED : FL_EXIT_USAGE;
	} else if (fl_line_new(&d->line) || fl_flow_table_new(&flows, &fo) || fl_analyzer_new(&d->analyzer, &v, &ao) ||
		   open_front(&front, &fro, flows)) {
		fl_cli_error("dissect", "%s", fl_strerror(FL_ENOMEM));
	} else {
		status = dissect_all(d, cap, front, flows);
		for (i = 0; i < fl_capture_ifaces(cap); i++) {
			fl_capture_stats(cap, i, &st);
			if (st.damage)
				fl_cli_error("dissect", "%s: %s", fl_capture_iface_name(cap, i), st.damage);
		}
		if (!fl_cli_flush("dissect"))
			status = FL_EXIT_FAILED;
	}
	fl_front_free(front);
	fl_flow_table_free(flows);
	fl_json_done(&d->json);
	fl_analyzer_free(d->analyzer);
	fl_capture_close(cap);
	fl_line_free(d->line);
	fl_vocab_done(&v);
	return status;
}

int fl_cmd_dissect(int argc, char **argv)
{
	static const struct fl_cli_option spec[] = {
		{"read", 'r', "a file", true, true}, {"filter", 'f', "a capture filter"}, {"flows", 'F'},
		{"help", 'h'}, {0}};
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
