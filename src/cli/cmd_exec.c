/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#define AT(m) offsetof(struct exec_options, m)

/* clang-format off */
static const struct opt opts[] = {
	{ "console-socket",  NULL, OPT_STR,  AT(io.console_socket), "PATH",      "AF_UNIX socket that gets the master of the terminal" },
	{ "pidfd-socket",    NULL, OPT_STR,  AT(io.pidfd_socket),   "PATH",      "AF_UNIX socket that gets a pidfd of the process" },
	{ "cwd",             NULL, OPT_STR,  AT(cwd),               "DIR",       "working directory in the container" },
	{ "env",             "e",  OPT_STRS, AT(env),               "KEY=VALUE", "add to the environment (may be repeated)" },
	{ "tty",             "t",  OPT_FLAG, AT(tty),               NULL,        "give it a terminal" },
	{ "user",            "u",  OPT_STR,  AT(user),              "UID[:GID]", "run as this user, in numbers" },
	{ "additional-gids", "g",  OPT_STRS, AT(additional_gids),   "GID",       "a further group (may be repeated)" },
	{ "process",         "p",  OPT_STR,  AT(process),           "FILE",      "read the process from a JSON document; options that shape it are then ignored" },
	{ "detach",          "d",  OPT_FLAG, AT(io.detach),         NULL,        "return when the process runs" },
	{ "pid-file",        NULL, OPT_STR,  AT(io.pid_file),       "FILE",      "write the pid of the process to FILE" },
	{ "process-label",   NULL, OPT_STR,  AT(process_label),     "LABEL",     "SELinux label" },
	{ "apparmor",        NULL, OPT_STR,  AT(apparmor),          "PROFILE",   "AppArmor profile" },
	{ "no-new-privs",    NULL, OPT_TRI,  AT(no_new_privs),      NULL,        "set no_new_privs, or with =false do not" },
	{ "cap",             "c",  OPT_STRS, AT(caps),              "CAP",       "add a capability (may be repeated)" },
	{ "preserve-fds",    NULL, OPT_INT,  AT(io.preserve_fds),   "N",         "pass on N descriptors from 3" },
	{ "cgroup",          NULL, OPT_STRS, AT(cgroups),           "[CTRL,…:]PATH", "run in a cgroup below the container's (may be repeated)" },
	{ "ignore-paused",   NULL, OPT_FLAG, AT(ignore_paused),     NULL,        "allow it in a paused container" },
	{ 0 },
};
/* clang-format on */

static int run(const struct context *c, const struct args *a, struct err *e)
{
	struct exec_options *o = a->opts;
	int status;

	o->id = a->operands.v[0];
	o->args = (struct strings){ a->operands.v + 1, a->operands.n - 1 };
	if (o->io.preserve_fds < 0)
		return err_set(e, "exec failed: preserve-fds must not be negative");
	if (container_exec(c, o, &status, e) < 0)
		return err_in(e, "exec failed");
	return status;
}

const struct command cmd_exec = {
	.name = "exec",
	.operands = "<container-id> <command> [arguments...]",
	.summary = "run one more process in a container",
	.opts = opts,
	.opts_size = sizeof(struct exec_options),
	.min = 1,
	.max = SIZE_MAX,
	.raw_operands = true,
	.seal = true,
	.run = run,
	.failure = 255,
};
