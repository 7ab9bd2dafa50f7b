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

	if (!grown) {
		fl_cli_error("", "%s", fl_strerror(FL_ENOMEM));
		return false;
	}
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

static bool has_letter(const struct fl_cli_option *o) { return o->letter >= 'a' && o->letter <= 'z'; }

static const struct fl_cli_option *find_letter(const struct fl_cli_option *spec, char c)
{
	for (; spec->name; spec++)
		if (has_letter(spec) && spec->letter == c)
			return spec;
	return NULL;
}

static bool is_option_like(const char *a) { return a[0] == '-' && a[1]; /* "-" is standard input */ }

/* The option that an argument names, and where its value begins if it is attached; NULL if there is no such option. */
static const struct fl_cli_option *find(const struct fl_cli_option *spec, const char *a, const char **value)
{
	const char *eq;

	if (a[1] != '-') {
		*value = a[2] ? a + 2 : NULL;
		return find_letter(spec, a[1]);
	}
	eq = strchr(a, '=');
	*value = eq ? eq + 1 : NULL;
	return find_long(spec, a + 2, eq ? (size_t)(eq - a - 2) : strlen(a + 2));
}

/* How the user writes it: "-r", "--brokers". */
static const char *shown(const struct fl_cli_option *o, char buf[32])
{
	if (has_letter(o))
		snprintf(buf, 32, "-%c", o->letter);
	else
		snprintf(buf, 32, "--%s", o->name);
	return buf;
}

static void unknown_option(const char *command, const struct fl_cli_option *spec, const char *a)
{
	const char *names[64], *near = NULL;
	char name[64];
	size_t n = 0;

	snprintf(name, sizeof name, "%.*s", a[1] == '-' ? (int)strcspn(a, "=") : 2, a);
	for (; spec->name && n < FL_ARRAY_LEN(names); spec++)
		names[n++] = spec->name;
	if (a[1] == '-')
		near = fl_suggest(name + 2, names, n);
	if (near)
		fl_cli_error(command, "unknown option %s; did you mean --%s?", name, near);
	else
		fl_cli_error(command, "unknown option %s; see fenceline %s --help", name, command);
}

/* The argument after an option that wants a value. */
static bool is_value(const char *command, const struct fl_cli_option *spec, const struct fl_cli_option *o, const char *arg)
{
	const struct fl_cli_option *other;
	const char *attached;
	char self[32];

	other = arg && is_option_like(arg) ? find(spec, arg, &attached) : NULL;
	if (arg && !other)
		return true;
	if (!arg)
		fl_cli_error(command, "%s wants %s", shown(o, self), o->wants);
	else if (o->is_path)
		fl_cli_error(command, "%s wants %s; \"%s\" is an option (write ./%s for a file of that name)", shown(o, self),
			     o->wants, arg, arg);
	else
		fl_cli_error(command, "%s wants %s; \"%s\" is an option (write --%s=%s if you mean it)", shown(o, self), o->wants,
			     arg, o->name, arg);
	return false;
}

/* By hand rather than getopt_long: -r takes one file or several, and a near miss is suggested. */
bool fl_cli_options(const char *command, int argc, char **argv, const struct fl_cli_option *spec,
		    bool (*take)(void *user, char letter, const char *arg), void *user)
{
	const struct fl_cli_option *o, *many = NULL;
	const char *value = NULL;
	bool only_args = false;
	uint64_t given = 0;
	char self[32];
	int i;

	for (i = 1; i < argc; i++) {
		if (only_args || !is_option_like(argv[i])) {
			if (!take(user, many ? many->letter : '\0', argv[i]))
				return false;
			continue;
		}
		if (!strcmp(argv[i], "--")) {
			only_args = true;
			continue;
		}
		o = find(spec, argv[i], &value);
		if (!o) {
			unknown_option(command, spec, argv[i]);
			return false;
		}
		if (value && !o->wants) {
			fl_cli_error(command, "%s takes no value%s", shown(o, self),
				     argv[i][1] == '-' ? "" : "; write the options one by one");
			return false;
		}
		if (o->wants && !o->many && given >> (o - spec) & 1) {
			fl_cli_error(command, "%s is given twice; which one is meant?", shown(o, self));
			return false;
		}
		given |= UINT64_C(1) << (o - spec);
		if (o->wants && !value) {
			value = i + 1 < argc ? argv[++i] : NULL;
			if (!is_value(command, spec, o, value))
				return false;
		}
		many = o->many ? o : NULL;
		if (!take(user, o->letter, value))
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

int fl_cli_policy(struct fl_policy **out, const char *path, const struct fl_vocab *v)
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
	if (err)
		return err == FL_ENOMEM ? FL_EXIT_FAILED : FL_EXIT_USAGE;
	*out = p;
	return FL_EXIT_OK;
}

bool fl_cli_flush(const char *command)
{
	bool earlier = ferror(stdout); /* errno has been of other calls since */

	if (!fflush(stdout) && !earlier)
		return true;
	fl_cli_error(command, "standard output: %s",
		     earlier ? "not all could be written; is there room, and does somebody read it?" : strerror(errno));
	return false;
}

int fl_cli_help(const char *command, const char *text)
{
	fputs(text, stdout);
	return fl_cli_flush(command) ? FL_EXIT_OK : FL_EXIT_FAILED;
}
