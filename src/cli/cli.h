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
bool fl_strings_add(struct fl_strings *s, const char *text); /* false: no memory */
void fl_strings_done(struct fl_strings *s);

/* fl_cli_options - getopt_long over argv with `spec`; every option is told to take(); arguments after -r or -i that are
 * no options go to the same option (so `-r a b c` works); others are told with opt 0. False: usage error, already said. */
struct fl_cli_option { const char *name; char letter; bool has_arg; bool many; };
bool fl_cli_options(const char *command, int argc, char **argv, const struct fl_cli_option *spec,
		    bool (*take)(void *user, char letter, const char *arg), void *user);

/* fl_cli_error - "fenceline run: ..." on standard error; gives FL_EXIT_USAGE. */
int fl_cli_error(const char *command, const char *fmt, ...) FL_PRINTF(2, 3);

/* fl_cli_policy - load and say all diagnostics on standard error; NULL if there was an error. */
struct fl_policy *fl_cli_policy(const char *path, const struct fl_vocab *v);

/* fl_cli_flush - whether all of standard output could be written (a full disk, a closed pipe). */
bool fl_cli_flush(const char *command);

#endif
