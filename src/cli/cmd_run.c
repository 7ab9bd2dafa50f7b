/* cmd_run.c - fenceline run: the main job. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "fenceline/err.h"
#include "monitor/monitor.h"
#include "monitor/vocab.h"
#include "report/summary.h"
#include "zones/policy.h"

static const char help[] =
	"usage: fenceline run -r FILE... | -i INTERFACE... -c POLICY [OPTION...]\n\n"
	"Places every flow between the zones of the policy, decides whether a conduit permits it, and keeps\n"
	"the evidence. Ends when the files are read, or on Ctrl-C with everything flushed.\n\n"
	"  -r, --read FILE...       capture files (pcap, pcapng; - is standard input), merged in time order\n"
	"  -i, --interface IF...    live interfaces (needs root or CAP_NET_RAW; listens only, sends nothing)\n"
	"  -c, --policy POLICY      the policy; see fenceline check\n"
	"  -f, --filter BPF         only what this capture filter lets through (tcpdump's syntax; frames\n"
	"                           with a VLAN tag need 'vlan and ...')\n"
	"  -o, --output DIR         keep evidence here: one log per certified scope, and \"unscoped\"\n"
	"      --brokers HOST:PORT,...  ship the logs to Kafka, topics fenceline.evidence.<log>; needs -o\n"
	"      --sensor NAME        this sensor's name in every record (default: the host's name with -i,\n"
	"                           \"offline\" with -r, so that the same capture gives the same bytes)\n"
	"      --buffer MIB         kernel buffer per interface (default 64)\n"
	"      --json               the summary as JSON\n"
	"  -q, --quiet              no progress line\n"
	"  -h, --help               this text\n\n"
	"exit status: 0 done (violations found are no failure), 1 something could not be read, written or\n"
	"shipped, 2 usage or input error\n";

struct args {
	struct fl_strings files, ifaces;
	const char *policy, *bpf, *dir, *brokers, *sensor;
	unsigned buffer_mib;
	bool json, quiet, help;
};

static bool take(void *user, char letter, const char *arg)
{
	struct args *a = user;
	char *end;
	long v;

	switch (letter) {
	case 'r':
		return fl_strings_add(&a->files, arg);
	case 'i':
		return fl_strings_add(&a->ifaces, arg);
	case 'c':
		a->policy = arg;
		return true;
	case 'f':
		a->bpf = arg;
		return true;
	case 'o':
		a->dir = arg;
		return true;
	case 'B':
		a->brokers = arg;
		return true;
	case 'S':
		a->sensor = arg;
		return true;
	case 'M':
		v = strtol(arg, &end, 10);
		if (*end || v < 1 || v > 2047) {
			fl_cli_error("run", "--buffer wants MiB from 1 to 2047, not \"%s\"", arg);
			return false;
		}
		a->buffer_mib = (unsigned)v;
		return true;
	case 'J':
		a->json = true;
		return true;
	case 'q':
		a->quiet = true;
		return true;
	case 'h':
		a->help = true;
		return true;
	}
	fl_cli_error("run", "\"%s\": files follow -r, interfaces follow -i", arg);
	return false;
}

static const char *complaint(const struct args *a)
{
	const char *p;

	if (!a->files.n && !a->ifaces.n)
		return "what shall be monitored? give -r FILE or -i INTERFACE";
	if (a->files.n && a->ifaces.n)
		return "-r and -i do not go together: run twice";
	if (!a->policy)
		return "which policy? give -c POLICY";
	if (a->ifaces.n > 64)
		return "at most 64 interfaces";
	if (a->dir && !*a->dir)
		return "-o wants a directory, and what is given is empty";
	if (a->buffer_mib && !a->ifaces.n)
		return "--buffer is the kernel's for a live interface: it goes with -i";
	if (a->brokers && !a->dir)
		return "--brokers needs -o DIR: what is shipped is the evidence log";
	if (a->sensor) {
		for (p = a->sensor; (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
				    *p == '.' || *p == '-' || *p == '_';
		     p++)
			;
		if (*p || p == a->sensor || p - a->sensor > (long)FL_ID_MAX)
			return "--sensor wants letters, digits, . - _ (at most 63)";
	}
	return NULL;
}

/* The directory itself is made by the log, its parent is not: a mistyped path would grow a tree. True if all is well. */
static bool can_hold_logs(const char *dir)
{
	size_t n = strlen(dir);
	char *parent;
	struct stat st;
	bool ok = true;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	while (n && dir[n - 1] != '/')
		n--;
	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (!n) /* in the working directory */
		return true;
	parent = strndup(dir, n);
	if (parent && (stat(parent, &st) ? errno == ENOENT || errno == ENOTDIR : !S_ISDIR(st.st_mode))) {
		fl_cli_error("run", "-o %s: there is no directory %s; make it first", dir, parent);
		ok = false;
	}
	free(parent);
	return ok;
}

static int report(void *user, const struct fl_summary *s)
{
	const struct args *a = user;
	const char *no_colour = getenv("NO_COLOR"); /* no-color.org: when present and not empty */
	int err;

	if (a->json) {
		err = fl_summary_json(s, stdout);
		if (err)
			fl_cli_error("run", "the summary: %s", fl_strerror(err));
		return err;
	}
	fl_summary_print(s, stdout, isatty(STDOUT_FILENO) && !(no_colour && *no_colour));
	return FL_OK;
}

static int run(const struct args *a)
{
	struct fl_monitor_opts o = {
		.files = a->files.list, .n_files = a->files.n, .ifaces = a->ifaces.list, .n_ifaces = a->ifaces.n, .bpf = a->bpf,
		.buffer_mib = a->buffer_mib ? a->buffer_mib : 64, .dir = a->dir, .brokers = a->brokers,
		.progress = !a->quiet && isatty(STDERR_FILENO), .messages = stderr, .report = report,
	};
	char host[256] = "sensor";
	struct fl_policy *p = NULL;
	struct fl_vocab v;
	int err, status;

	err = fl_monitor_vocab(&v);
	if (err) {
		fl_cli_error("run", "%s", fl_strerror(err));
		return FL_EXIT_FAILED;
	}
	status = fl_cli_policy(&p, a->policy, &v);
	if (status) {
		fl_vocab_done(&v);
		return status;
	}
	if (gethostname(host, sizeof host))
		host[0] = '\0';
	host[sizeof host - 1] = '\0';
	o.sensor = a->sensor ? a->sensor : a->files.n ? "offline" : host[0] ? host : "sensor";
	o.policy = p;
	o.vocab = &v;
	o.user = (void *)(uintptr_t)a;
	if (!a->dir && a->ifaces.n)
		fprintf(stderr, "fenceline: no evidence is kept: give -o DIR to keep it\n");
	err = fl_monitor_run(&o);
	fl_policy_free(p);
	fl_vocab_done(&v);
	if (err == FL_EINVALID)
		return FL_EXIT_USAGE;
	if (!fl_cli_flush("run"))
		return FL_EXIT_FAILED;
	return err ? FL_EXIT_FAILED : FL_EXIT_OK;
}

int fl_cmd_run(int argc, char **argv)
{
	static const struct fl_cli_option spec[] = {
		{"read", 'r', "a file", true, true}, {"interface", 'i', "an interface", false, true},
		{"policy", 'c', "a policy", true}, {"filter", 'f', "a capture filter"}, {"output", 'o', "a directory", true},
		{"brokers", 'B', "HOST:PORT"}, {"sensor", 'S', "a name"}, {"buffer", 'M', "a number of MiB"},
		{"json", 'J'}, {"quiet", 'q'}, {"help", 'h'}, {0},
	};
	struct args a = {0};
	const char *wrong;
	int status;

	if (!fl_cli_options("run", argc, argv, spec, take, &a))
		status = FL_EXIT_USAGE;
	else if (a.help)
		status = fl_cli_help("run", help);
	else if ((wrong = complaint(&a)))
		status = fl_cli_error("run", "%s", wrong);
	else if (a.dir && !can_hold_logs(a.dir))
		status = FL_EXIT_USAGE;
	else
		status = run(&a);
	fl_strings_done(&a.files);
	fl_strings_done(&a.ifaces);
	return status;
}
