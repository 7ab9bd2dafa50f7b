/* cli.h - what the subcommands share. One file per subcommand: parses arguments, calls a room, prints.
 * Exit status: 0 done, 1 failed while running, 2 usage or input error. */
#ifndef FL_SRC_CLI_CLI_H
#define FL_SRC_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "fenceline/compiler.h"
#include "fenceline/vocab.h"

enum { FL_EXIT_OK = 0, FL_EXIT_FAILED = 1, FL_EXIT_USAGE = 2 };

struct fl_policy;

int fl_cmd_run(int argc, char **argv);
int fl_cmd_check(int argc, char **argv);
int fl_cmd_dissect(int argc, char **argv);

/* A growing list of borrowed strings: -r a b -r c. */
struct fl_strings { const char **list; unsigned n; };
bool fl_strings_add(struct fl_strings *s, const char *text); /* false: no memory, already said */
void fl_strings_done(struct fl_strings *s);

/* An option of a command; the list ends with name NULL. Letters A-Z stand for options that have none of their own: they
 * are told to take() and cannot be typed. */
struct fl_cli_option {
	const char *name;
	char letter;
	const char *wants; /* "a file"; NULL = takes no value */
	bool is_path;      /* ... which may be written ./-x */
	bool many;         /* may be given again, and takes what follows; others once */
};

/* fl_cli_options - getopt_long over argv with `spec` (at most 64); every option is told to take(); arguments after -r or -i
 * that are no options go to the same option (so `-r a b c` works); others are told with letter 0. An option where a value
 * belongs is an error: `-r -c policy` has lost a file, and would run for long without a policy's name. False: usage error,
 * already said. */
bool fl_cli_options(const char *command, int argc, char **argv, const struct fl_cli_option *spec,
		    bool (*take)(void *user, char letter, const char *arg), void *user);

/* fl_cli_error - "fenceline run: ..." on standard error; gives FL_EXIT_USAGE. */
int fl_cli_error(const char *command, const char *fmt, ...) FL_PRINTF(2, 3);

/* fl_cli_policy - load and say all diagnostics on standard error. Gives an exit status; *out is set with FL_EXIT_OK. */
int fl_cli_policy(struct fl_policy **out, const char *path, const struct fl_vocab *v);

/* fl_cli_flush - whether all of standard output could be written (a full disk, a closed pipe). */
bool fl_cli_flush(const char *command);
/* fl_cli_help - prints a text on standard output; gives an exit status. */
int fl_cli_help(const char *command, const char *text);

#endif
