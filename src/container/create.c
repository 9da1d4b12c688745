/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create, and run: the host's side of the story.                      Runs: host
 *
 * To see or change the order, read create_steps[]. Whatever step fails, the
 * steps before it are undone, last first; whatever step we are killed at, what
 * claim.json says is enough for `delete --force`.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/num.h"
#include "base/own.h"
#include "base/path.h"
#include "container/cgroups.h"
#include "container/create.h"
#include "container/found.h"
#include "container/hooks.h"
#include "container/launch.h"
#include "container/listen.h"
#include "container/middle.h"
#include "container/notify.h"
#include "kernel/pidfd.h"
#include "kernel/proc.h"
#include "spec/spec.h"

/* ---- steps ---- */

static int claim(struct launch *l, struct err *e)
{
	l->dir = store_claim(l->root, l->plan->id, e);
	return l->dir < 0 ? -1 : 0;
}

static void unclaim(struct launch *l)
{
	struct err e;

	if (l->dir >= 0 && store_remove(l->root, l->plan->id, l->dir, &e) < 0)
		log_warning("%s", e.text);
}

static int record_claim(struct launch *l, struct err *e)
{
	claim_record(l);
	if (rootfs_mounts_on_host(&l->plan->rootfs) &&
	    rootfs_mount_id(l->plan->rootfs.path, &l->record.mount_before) < 0)
		return err_sys(e, "stat %s", l->plan->rootfs.path);
	return store_save(l->dir, CLAIM_FILE, &l->record, e);
}

static int make_notify_dir(struct launch *l, struct err *e)
{
	return notify_socket() ? notify_make_dir(l->dir, e) : 0;
}

static int save_config(struct launch *l, struct err *e)
{
	const struct text *config = l->config_text;

	/* start, exec and delete go by this copy: the bundle may change meanwhile (I7) */
	return io_replace_at(l->dir, CONFIG_FILE, 0600, text_str(config), config->len, e);
}

static int promise_poststop(struct launch *l, struct err *e)
{
	(void)l, (void)e;
	return 0;
}

static void run_poststop(struct launch *l)
{
	const struct oci_state state = launch_state(l, "stopped", 0);
	struct err e;

	if (hooks_run(l->plan->spec->hooks, HOOK_POSTSTOP, &state, environ, -1, &e) < 0)
		log_warning("%s", e.text);
}

static int open_sockets(struct launch *l, struct err *e)
{
	if (wait_block_signals(l, e) < 0)
		return -1;
	return io_open(l, e);
}

static int open_fifo(struct launch *l, struct err *e)
{
	uint32_t uid = geteuid(), gid = getegid();

	if (l->options->run)
		return 0;
	if (ns_is_new(&l->plan->ns, NS_USER)) {
		idmap_to_host(l->plan->ns.uids, 0, &uid);
		idmap_to_host(l->plan->ns.gids, 0, &gid);
	}
	l->fifo = store_make_fifo(l->dir, uid, gid, e);
	return l->fifo < 0 ? -1 : 0;
}

static int open_host_files(struct launch *l, struct err *e)
{
	if (ns_open(&l->plan->ns, l->ns_fds, e) < 0 ||
	    rootfs_open_host(&l->rootfs, &l->plan->rootfs, e) < 0)
		return -1;
	return listen_idmap_early(l, e);
}

static int clone_init(struct launch *l, struct err *e)
{
	return middle_clone(l, init_main, e);
}

static void kill_init(struct launch *l)
{
	struct pairs paths =
		l->cgroup.plan ? cgroup_paths(&l->cgroup, l->arena) : (struct pairs){ 0 };
	struct err ignored;

	middle_kill(l);
	if (!ns_is_new(&l->plan->ns, NS_PID) && paths.n)
		cgroup_kill(paths, &ignored);
	if (l->record.mount_before)
		rootfs_unmount_host(l->plan->rootfs.path, l->record.mount_before,
				    &ignored);
}

static int set_oom_score(struct launch *l, struct err *e)
{
	return process_set_oom_score(&l->plan->process, l->middle ? l->middle : l->pid, e);
}

/* A process that a middle one is yet to make comes later, with its number. */
static int enter_unit(struct launch *l, struct err *e)
{
	return l->middle ? 0 : cgroups_enter_unit(l, l->pid, e);
}

static int write_ids(struct launch *l, struct err *e)
{
	bool maps = ns_is_new(&l->plan->ns, NS_USER);

	if (l->middle)
		return 0; /* it will ask */
	if (maps && listen_map_ids(l, l->pid, e) < 0)
		return -1;
	return maps || l->plan->late_unit ? listen_say_go(l, e) : 0;
}

static int hear_until_ready(struct launch *l, struct err *e)
{
	return listen_until_ready(l, e);
}

static int set_rlimits(struct launch *l, struct err *e)
{
	return process_set_rlimits(&l->plan->process, l->pid, e);
}

static int save_record(struct launch *l, struct err *e)
{
	struct proc_stat stat;
	int found = proc_stat(l->pid, &stat, e);

	if (found <= 0)
		return found < 0 ? -1 : err_set(e, "container init died");
	ready_record(l, stat.start);
	if (store_save(l->dir, STATE_FILE, &l->record, e) < 0)
		return -1;
	unlinkat(l->dir, OWNED_FILE, 0);
	return 0;
}

static int say_run(struct launch *l, struct err *e)
{
	if (l->options->run && notify_bind(l->dir, e) < 0)
		return -1;
	return sync_say(l->sync, MSG_RUN, 0, -1, e);
}

static int hear_the_end(struct launch *l, struct err *e)
{
	if (listen_until_end(l, e) < 0)
		return -1;
	fd_close(&l->sync);
	if (!l->options->run && !(l->heard & 1u << MSG_WAITING))
		return err_set(e,
			       "container init died before it could be started (does the seccomp profile forbid write, openat or close?)");
	return 0;
}

static int poststart(struct launch *l, struct err *e)
{
	const struct oci_state state = launch_state(l, "running", l->pid);

	if (!l->options->run)
		return 0;
	return hooks_run(l->plan->spec->hooks, HOOK_POSTSTART, &state, environ, -1, e);
}

static int write_pid(struct launch *l, struct err *e)
{
	return l->io->pid_file ? store_write_pid_file(l->io->pid_file, l->pid, e) : 0;
}

/* clang-format off */
static const struct step create_steps[] = {
	{ "claim the id",              claim,            unclaim },
	{ "record the claim",          record_claim },
	{ "save the config",           save_config },
	{ "make the notify directory", make_notify_dir },
	{ "make the cgroup",           cgroups_make,     cgroups_remove },
	{ "limits, device rules",      cgroups_limit },
	{ "promise poststop hooks",    promise_poststop, run_poststop },
	{ "open sockets",              open_sockets },
	{ "make the FIFO",             open_fifo },
	{ "open mount sources",        open_host_files },
	{ "clone",                     clone_init,       kill_init },
	{ "systemd's unit around it",  enter_unit },
	{ "set the oom score",         set_oom_score },
	{ "write the id maps, say GO", write_ids },
	{ "hear init until READY",     hear_until_ready },
	{ "device rules, late",        cgroups_limit_devices },
	{ "started: sockets",          io_started },
	{ "set resource limits",       set_rlimits },
	{ "record \"created\"",        save_record },
	{ "say RUN",                   say_run },
	{ "hear init until the end",   hear_the_end },
	{ "poststart hooks",           poststart },
	{ "pid file",                  write_pid },
};
/* clang-format on */

/* ---- the story ---- */

static const char *caller_path(const struct context *c, const char *path)
{
	return path && *path ? path_absolute(path, c->cwd, c->arena) : NULL;
}

static int prepare(struct launch *l, struct err *e)
{
	l->root = store_open_root(l->context->root_path, true, e);
	if (l->root < 0)
		return -1;
	if (!l->options->no_subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_sys(e, "become a subreaper");
	return 0;
}

/* The container ended in the foreground: what is left of it goes, unless --keep. */
static int finish_foreground(struct launch *l, int *status, struct err *e)
{
	struct found f = { .root = l->root, .dir = l->dir, .record = l->record };

	if (wait_foreground(l, status, e) < 0 ||
	    store_lock(l->dir, STORE_EXCLUSIVE, true, e) < 0)
		return -1;
	return l->options->keep ? 0 : found_destroy(&f, l->context, e);
}

static int launch_create(struct launch *l, struct err *e)
{
	if (prepare(l, e) < 0)
		return -1;
	if (steps_run(create_steps, COUNT(create_steps), l, e) == 0) {
		store_unlock(l->dir);
		return 0;
	}
	/* what the Go runc says before init has started has no such prefix */
	return l->heard || l->sync >= 0 || l->stage != AT_CLONE ?
		       err_in(e, "unable to start container process") :
		       -1;
}

static void log_plan(const struct plan *p)
{
	OWN_TEXT text = { 0 };

	if (!log_is_debug())
		return;
	plan_print(p, &text);
	for (const char *line = text_str(&text); *line;) {
		size_t n = strcspn(line, "\n");

		log_debug("plan: %.*s", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

int container_create(const struct context *c, const struct create_options *o, int *status,
		     struct err *e)
{
	struct io_options io = o->io;
	struct plan *plan = arena_new(c->arena, 1, sizeof(*plan));
	OWN_TEXT config = { 0 };
	struct launch l;
	int ret;

	*status = 0;
	io.detach = o->io.detach || !o->run;
	io.pid_file = caller_path(c, o->io.pid_file);
	io.console_socket = caller_path(c, o->io.console_socket);
	io.pidfd_socket = caller_path(c, o->io.pidfd_socket);
	launch_init(&l, c, &io);
	l.options = o;
	l.plan = plan;
	l.config_text = &config;
	ret = create_plan(&l, plan, &config, e);
	if (ret == 0) {
		log_plan(plan);
		ret = launch_create(&l, e);
	}
	if (ret == 0 && !io.detach)
		ret = finish_foreground(&l, status, e);
	else if (ret == 0 && o->run)
		notify_wait(l.pid, l.pidfd);
	launch_close(&l);
	return ret;
}
