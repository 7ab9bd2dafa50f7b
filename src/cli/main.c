/* main.c - finds the subcommand. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "fenceline/diag.h"

static const struct command {
	const char *name, *line;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"run", "monitor: capture files or live interfaces against a policy", fl_cmd_run},
	{"check", "validate a policy and print what a person should review", fl_cmd_check},
	{"dissect", "print every industrial protocol unit of a capture as one JSON line", fl_cmd_dissect},
};

static void usage(FILE *f)
{
	size_t i;

	fputs("fenceline - what crosses our zone boundaries, is it allowed, and can we prove it?\n\n"
	      "usage: fenceline COMMAND [OPTION...]\n\n",
	      f);
	for (i = 0; i < FL_ARRAY_LEN(commands); i++)
		fprintf(f, "  %-9s %s\n", commands[i].name, commands[i].line);
	fputs("\n  fenceline COMMAND --help tells a command's options; fenceline --version the version.\n"
	      "exit status: 0 done, 1 failed while running, 2 usage or input error\n",
	      f);
}

int main(int argc, char **argv)
{
	const char *names[FL_ARRAY_LEN(commands)], *near;
	size_t i;

	if (argc < 2) {
		usage(stderr);
		return FL_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return fl_cli_flush("") ? FL_EXIT_OK : FL_EXIT_FAILED;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return fl_cli_help("", "fenceline " FL_VERSION "\n");
	for (i = 0; i < FL_ARRAY_LEN(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
		names[i] = commands[i].name;
	}
	near = fl_suggest(argv[1], names, FL_ARRAY_LEN(names));
	if (near)
		return fl_cli_error("", "unknown command \"%s\"; did you mean \"%s\"?", argv[1], near);
	fl_cli_error("", "unknown command \"%s\"", argv[1]);
	usage(stderr);
	return FL_EXIT_USAGE;
}
