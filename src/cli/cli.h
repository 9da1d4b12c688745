/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words in, words out. Each command is one file with one const struct command;
 * its options are rows, from which the parser, --help and the tests all live.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "container/container.h"

enum opt_kind {
	OPT_FLAG, /* bool */
	OPT_TRI,  /* const bool *, NULL if not given */
	OPT_STR,  /* const char *, NULL if not given */
	OPT_STRS, /* struct strings: may be repeated; commas separate nothing */
	OPT_INT,  /* int64_t, Go's base-0 syntax */
	OPT_TIME, /* const int64_t *, nanoseconds in Go's syntax ("5s"), NULL if not given */
};

struct opt {
	const char *name;
	const char *alias; /* one letter, NULL */
	enum opt_kind kind;
	size_t at;         /* in the command's struct of options */
	const char *value; /* what stands for the value in --help */
	const char *help;
	bool hidden;
};

struct args {
	void *opts; /* the command's struct, filled */
	struct strings operands;
	const char *argv0;
};

struct command {
	const char *name, *operands, *summary;
	const struct opt *opts; /* ends with { 0 }; may be NULL */
	size_t opts_size;
	size_t min, max;   /* operands; max SIZE_MAX: no limit */
	bool raw_operands; /* flags end at the first operand: exec, ps, kill */
	bool seal; /* it meets containers: from a copy of our binary that they cannot
		      write */
	/* 0, or the process's exit status; -1 with *e */
	int (*run)(const struct context *c, const struct args *a, struct err *e);
	int failure; /* exit status if run() fails; 0 means 1 */
};

extern const struct command cmd_create, cmd_delete, cmd_events, cmd_exec, cmd_features,
	cmd_kill, cmd_list, cmd_net, cmd_pause, cmd_ps, cmd_resume, cmd_run, cmd_spec,
	cmd_start, cmd_state, cmd_update;

/* The whole program. Returns the exit status. */
int cli_main(int argc, char **argv, int inherited_fds);

/* ---- the parser: pure, but for memory ---- */

struct parsed {
	const struct command *command; /* NULL: none was named */
	const char *unknown;           /* a command that there is not */
	bool help, version;
	struct args args;
};

struct global_opts {
	bool debug, systemd_cgroup, net_annotations;
	const char *log, *log_format, *root, *rootless;
};

extern const struct opt global_opt_rows[];
extern const struct command *const commands[];

/* *out is filled as far as parsing came, also on failure, so that help can be shown. */
int opts_parse(int argc, char **argv, struct global_opts *g, struct parsed *out,
	       struct arena *a, struct err *e);

/* ---- output ---- */

void help_print(const struct command *c, struct text *out); /* NULL: the program's */

/* All of it to stdout. */
int out_write(const struct text *out, struct err *e);

/* Rows of cells in columns as Go's tabwriter(12, 1, 3) makes them. */
void out_table(const char *const *cells, size_t columns, size_t rows, struct text *out);

#endif
