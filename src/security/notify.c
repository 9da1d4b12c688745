/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp agent: who handles SCMP_ACT_NOTIFY.                      Runs: host */
#include <stdint.h>

#include "base/own.h"
#include "kernel/sock.h"
#include "security/security.h"

int filter_connect(const struct filter_plan *p, struct err *e)
{
	int fd = sock_connect(p->listener_path, e);

	return fd < 0 ?
		       err_in(e,
			      "failed to connect with seccomp agent specified in the seccomp profile") :
		       fd;
}

struct agent_message {
	const char *oci_version;
	struct strings fds;
	int32_t pid;
	const char *metadata;
	const struct oci_state *state;
};

/* clang-format off */
static const struct table agent_table = { sizeof(struct agent_message), (const struct field[]) {
	{ "ociVersion", F_STR(agent_message, oci_version), .show = true },
	{ "fds",        F_STRS(agent_message, fds),        .show = true },
	{ "pid",        F_I32(agent_message, pid),         .show = true },
	{ "metadata",   F_STR(agent_message, metadata) },
	{ "state",      F_OBJ(agent_message, state, oci_state, &oci_state_table), .show = true },
	{ 0 } } };
/* clang-format on */

int filter_hand_over(int agent, int listener, pid_t pid, const char *metadata,
		     const struct oci_state *state, struct err *e)
{
	char *const fds[] = { (char *)(uintptr_t) "seccompFd", NULL };
	const struct agent_message m = {
		.oci_version = SPEC_VERSION,
		.fds = { fds, 1 },
		.pid = pid,
		.metadata = metadata,
		.state = state,
	};
	OWN_TEXT text = { 0 };

	json_print(&text, &agent_table, &m, NULL);
	if (sock_send(agent, text_str(&text), text.len, &listener, 1) < 0)
		return err_sys(e, "cannot send seccomp fd to the agent");
	return 0;
}
