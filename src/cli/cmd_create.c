/* SPDX-License-Identifier: Apache-2.0 */
/* create and run: one group of options. */
#include "cli/cli.h"

#define AT(m) offsetof(struct create_options, m)

/* clang-format off */
#define CREATE_OPTS \
	{ "bundle",         "b",  OPT_STR,  AT(bundle),            "DIR",  "the bundle (default: the working directory)" }, \
	{ "console-socket", NULL, OPT_STR,  AT(io.console_socket), "PATH", "AF_UNIX socket that gets the master of the terminal" }, \
	{ "pidfd-socket",   NULL, OPT_STR,  AT(io.pidfd_socket),   "PATH", "AF_UNIX socket that gets a pidfd of the container's init" }, \
	{ "pid-file",       NULL, OPT_STR,  AT(io.pid_file),       "FILE", "write the pid of the container's init to FILE" }, \
	{ "no-pivot",       NULL, OPT_FLAG, AT(no_pivot),          NULL,   "move the root instead of pivot_root: for a root on initramfs" }, \
	{ "no-new-keyring", NULL, OPT_FLAG, AT(no_new_keyring),    NULL,   "keep the caller's session keyring" }, \
	{ "preserve-fds",   NULL, OPT_INT,  AT(io.preserve_fds),   "N",    "pass on N descriptors from 3 (after those of LISTEN_FDS)" }, \
	{ "network",        NULL, OPT_STR,  AT(network),           "NET",  "a network without privileges: slirp[:KEY=VALUE,...] or none" }, \
	{ "publish",        "p",  OPT_STRS, AT(publish),           "SPEC", "open a port of the host: [ADDRESS:]HOST:CONTAINER[/udp]" }

static const struct opt create_opts[] = {
	CREATE_OPTS,
	{ 0 },
};

static const struct opt run_opts[] = {
	CREATE_OPTS,
	{ "detach",       "d",  OPT_FLAG, AT(io.detach),    NULL, "return when the container runs" },
	{ "keep",         NULL, OPT_FLAG, AT(keep),         NULL, "keep the container after its end, for `runc delete`" },
	{ "no-subreaper", NULL, OPT_FLAG, AT(no_subreaper), NULL, "do not adopt the container's orphans" },
	{ 0 },
};
/* clang-format on */

static int create(const struct context *c, const struct args *a, bool run, struct err *e)
{
	struct create_options *o = a->opts;
	int status;

	o->id = a->operands.v[0];
	o->run = run;
	if (o->io.preserve_fds < 0)
		return err_set(e, "preserve-fds must not be negative");
	if (container_create(c, o, &status, e) < 0)
		return err_in(e, run ? "runc run failed" : "runc create failed");
	return status;
}

static int create_run(const struct context *c, const struct args *a, struct err *e)
{
	return create(c, a, false, e);
}

static int run_run(const struct context *c, const struct args *a, struct err *e)
{
	return create(c, a, true, e);
}

const struct command cmd_create = {
	.name = "create",
	.operands = "<container-id>",
	.summary = "make a container, ready to be started",
	.opts = create_opts,
	.opts_size = sizeof(struct create_options),
	.min = 1,
	.max = 1,
	.seal = true,
	.run = create_run,
};

const struct command cmd_run = {
	.name = "run",
	.operands = "<container-id>",
	.summary = "make a container and run it",
	.opts = run_opts,
	.opts_size = sizeof(struct create_options),
	.min = 1,
	.max = 1,
	.seal = true,
	.run = run_run,
};
