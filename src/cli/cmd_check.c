/* cmd_check.c - fenceline check POLICY: every error at once, else a summary to review. */
#include <string.h>

#include "cli.h"
#include "monitor/vocab.h"
#include "fenceline/err.h"
#include "zones/policy.h"

static const char help[] =
	"usage: fenceline check POLICY\n\n"
	"Reads a policy, tells every error and warning with file, line and column, and prints what a person\n"
	"should review: scopes, zones, conduits, crossings of the certified boundary, exceptions.\n\n"
	"  -q, --quiet   no summary; only errors and warnings\n"
	"  -h, --help    this text\n\n"
	"exit status: 0 the policy is good (there may be warnings), 1 something else failed, 2 it is not\n";

struct args { const char *path; bool quiet, help; };

static bool take(void *user, char letter, const char *arg)
{
	struct args *a = user;

	switch (letter) {
	case 'q':
		a->quiet = true;
		return true;
	case 'h':
		a->help = true;
		return true;
	}
	if (a->path) {
		fl_cli_error("check", "one policy at a time; \"%s\" is a second (policies are joined by include)", arg);
		return false;
	}
	a->path = arg;
	return true;
}

int fl_cmd_check(int argc, char **argv)
{
	static const struct fl_cli_option spec[] = {{"quiet", 'q'}, {"help", 'h'}, {0}};
	struct args a = {0};
	struct fl_policy *p = NULL;
	struct fl_vocab v;
	int err, status;

	if (!fl_cli_options("check", argc, argv, spec, take, &a))
		return FL_EXIT_USAGE;
	if (a.help)
		return fl_cli_help("check", help);
	if (!a.path)
		return fl_cli_error("check", "which policy? usage: fenceline check POLICY");
	err = fl_monitor_vocab(&v);
	if (err) {
		fl_cli_error("check", "%s", fl_strerror(err));
		return FL_EXIT_FAILED;
	}
	status = fl_cli_policy(&p, a.path, &v);
	if (p && !a.quiet)
		fl_policy_summary(p, &v, stdout);
	if (p && !fl_cli_flush("check"))
		status = FL_EXIT_FAILED;
	fl_policy_free(p);
	fl_vocab_done(&v);
	return status;
}
