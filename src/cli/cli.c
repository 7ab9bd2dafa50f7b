/* cli.c - see cli.h. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fenceline/diag.h"
#include "fenceline/dissector.h"
#include "fenceline/err.h"
#include "zones/policy.h"

bool fl_strings_add(struct fl_strings *s, const char *text)
{
	const char **grown = realloc(s->list, (s->n + 1) * sizeof *grown);

	if (!grown)
		return false;
	s->list = grown;
	s->list[s->n++] = text;
	return true;
}

void fl_strings_done(struct fl_strings *s)
{
	free(s->list);
	*s = (struct fl_strings){0};
}

int fl_cli_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "fenceline%s%s: ", command[0] ? " " : "", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return FL_EXIT_USAGE;
}

static const struct fl_cli_option *find_long(const struct fl_cli_option *spec, const char *name, size_t n)
{
	for (; spec->name; spec++)
		if (strlen(spec->name) == n && !memcmp(spec->name, name, n))
			return spec;
	return NULL;
}

static const struct fl_cli_option *find_letter(const struct fl_cli_option *spec, char c)
{
	for (; spec->name; spec++)
		if (spec->letter == c)
			return spec;
	return NULL;
}

static void unknown_option(const char *command, const struct fl_cli_option *spec, const char *name)
{
	const char *names[64], *near;
	size_t n = 0;

	for (; spec->name && n < FL_ARRAY_LEN(names); spec++)
		names[n++] = spec->name;
	near = fl_suggest(name, names, n);
	if (near)
		fl_cli_error(command, "unknown option --%s; did you mean --%s?", name, near);
	else
		fl_cli_error(command, "unknown option --%s; see fenceline %s --help", name, command);
}

/* By hand rather than getopt_long: -r takes one file or several, and a near miss is suggested. */
bool fl_cli_options(const char *command, int argc, char **argv, const struct fl_cli_option *spec,
		    bool (*take)(void *user, char letter, const char *arg), void *user)
{
	const struct fl_cli_option *o, *many = NULL;
	const char *a, *eq, *arg;
	bool only_args = false;
	int i;

	for (i = 1; i < argc; i++) {
		a = argv[i];
		arg = NULL;
		if (only_args || a[0] != '-' || !a[1]) { /* "-" is standard input */
			if (!take(user, many ? many->letter : '\0', a))
				return false;
			continue;
		}
		if (!strcmp(a, "--")) {
			only_args = true;
			continue;
		}
		if (a[1] == '-') {
			eq = strchr(a, '=');
			o = find_long(spec, a + 2, eq ? (size_t)(eq - a - 2) : strlen(a + 2));
			if (!o) {
				unknown_option(command, spec, a + 2);
				return false;
			}
			if (eq && !o->has_arg) {
				fl_cli_error(command, "--%s takes no value", o->name);
				return false;
			}
			arg = eq ? eq + 1 : NULL;
		} else {
			o = find_letter(spec, a[1]);
			if (!o) {
				fl_cli_error(command, "unknown option -%c; see fenceline %s --help", a[1], command);
				return false;
			}
			if (a[2] && !o->has_arg) {
				fl_cli_error(command, "-%c takes no value; write the options one by one", a[1]);
				return false;
			}
			arg = a[2] ? a + 2 : NULL;
		}
		if (o->has_arg && !arg) {
			if (i + 1 == argc) {
				fl_cli_error(command, "--%s wants a value", o->name);
				return false;
			}
			arg = argv[++i];
		}
		many = o->many ? o : NULL;
		if (!take(user, o->letter, arg))
			return false;
	}
	return true;
}

/* Whether a dissector tells a protocol's operations; of other protocols only the connection is judged. */
static bool sees_operations(const char *protocol, void *user)
{
	size_t i;

	(void)user;
	for (i = 0; fl_dissectors[i]; i++)
		if (!strcmp(fl_dissectors[i]->name, protocol))
			return true;
	return false;
}

struct fl_policy *fl_cli_policy(const char *path, const struct fl_vocab *v)
{
	struct fl_policy *p = NULL;
	struct fl_diags diags;
	int err;

	fl_diags_init(&diags);
	err = fl_policy_load(&p, path, v, fl_clock_ns(), &diags);
	if (!err)
		fl_policy_unenforced(p, v, sees_operations, NULL, &diags);
	fl_diags_print(&diags, stderr);
	if (err && !diags.errors)
		fl_cli_error("", "%s: %s", path, fl_strerror(err));
	else if (err)
		fprintf(stderr, "%s: %u error%s; the policy is not used\n", path, diags.errors, diags.errors == 1 ? "" : "s");
	fl_diags_done(&diags);
	return err ? NULL : p;
}

bool fl_cli_flush(const char *command)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	fl_cli_error(command, "standard output: %s", strerror(errno));
	return false;
}
