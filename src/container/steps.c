/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <unistd.h>

#include "base/own.h"
#include "container/launch.h"

int steps_run(const struct step *steps, size_t n, struct launch *l, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		log_debug("step: %s", steps[i].name);
		if (steps[i].run(l, e) == 0)
			continue;
		for (size_t k = i + 1; k-- > 0;)
			if (steps[k].undo) {
				log_debug("undo: %s", steps[k].name);
				steps[k].undo(l);
			}
		return -1;
	}
	return 0;
}

void launch_init(struct launch *l, const struct context *c, const struct io_options *io)
{
	*l = (struct launch){
		.context = c,
		.io = io,
		.arena = c->arena,
		.root = -1,
		.dir = -1,
		.cgroup.doors.v2 = -1,
		.fifo = -1,
		.target = -1,
		.sync = -1,
		.inside_end = -1,
		.pidfd = -1,
		.stage = AT_CLONE,
		.stdio = { -1, -1, -1 },
		.console_sock = -1,
		.pidfd_sock = -1,
		.agent = -1,
		.master = -1,
		.cancel = -1,
		.container_root = -1,
		.net = { .control = -1 },
		.in = { .proc = -1, .self_fds = -1 },
	};
	network_process_init(&l->net.process);
	l->doors = &l->cgroup.doors;
	for (int i = 0; i < NS_TYPES; i++)
		l->ns_fds[i] = -1;
	relay_init(&l->relay);
}

void launch_close(struct launch *l)
{
	int *const fds[] = {
		&l->root,        &l->dir,        &l->fifo,         &l->target,
		&l->sync,        &l->inside_end, &l->pidfd,        &l->stdio[0],
		&l->stdio[1],    &l->stdio[2],   &l->console_sock, &l->pidfd_sock,
		&l->agent,       &l->master,     &l->cancel,       &l->container_root,
		&l->net.control,
	};

	relay_end(&l->relay);
	network_process_close(&l->net.process);
	rootfs_close(&l->rootfs);
	cgroup_close(l->doors);
	for (size_t i = 0; i < COUNT(fds); i++)
		fd_close(fds[i]);
	for (int i = 0; i < NS_TYPES; i++)
		fd_close(&l->ns_fds[i]);
}

struct oci_state launch_state(const struct launch *l, const char *status, pid_t pid)
{
	return (struct oci_state){
		.oci_version = SPEC_VERSION,
		.id = l->plan->id,
		.status = status,
		.pid = pid,
		.bundle = l->plan->bundle,
		.annotations = l->plan->spec->annotations,
	};
}
