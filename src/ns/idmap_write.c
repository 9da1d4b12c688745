/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving a waiting process its ids.                                   Runs: host
 *
 * Everything goes through one descriptor of /proc/PID, so the number cannot
 * come to mean another process in between. setgroups is closed before the gid
 * map is written, as the kernel demands of the unprivileged (CVE-2014-8989).
 * A mapping that is refused is an error: nothing is tried with fewer ids.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "kernel/clone.h"
#include "kernel/compat.h"
#include "kernel/pidfd.h"
#include "kernel/proc.h"
#include "kernel/spawn.h"
#include "ns/ns.h"

/* One of the two helpers, and what a person must know when it fails. */
struct helper {
	const char *tool, *file;
	struct spec_idmaps maps;
	char *path, **argv;
	struct spawned child;
	bool running;
};

static char **helper_argv(const struct helper *h, pid_t pid)
{
	char **argv = mem_new(h->maps.n * 3 + 3, sizeof(*argv));
	size_t n = 0;

	argv[n++] = mem_dup(h->tool);
	argv[n++] = mem_printf("%d", pid);
	for (size_t i = 0; i < h->maps.n; i++) {
		argv[n++] = mem_printf("%u", h->maps.v[i].container_id);
		argv[n++] = mem_printf("%u", h->maps.v[i].host_id);
		argv[n++] = mem_printf("%u", h->maps.v[i].size);
	}
	return argv;
}

static void helper_free(struct helper *h)
{
	for (char **arg = h->argv; arg && *arg; arg++)
		free(*arg);
	free(h->argv);
	free(h->path);
}

static int helper_start(struct helper *h, pid_t pid, struct err *e)
{
	static char *const no_env[] = { NULL };
	struct spawn s = { .envp = no_env, .timeout_ms = 60000 };

	h->path = spawn_find(h->tool, getenv("PATH"));
	if (!h->path)
		h->path = spawn_find(h->tool, "/usr/bin:/bin");
	if (!h->path)
		return err_set(e,
			       "%s is needed to map more than the caller's own id and was not found: install the package uidmap (shadow-utils), or map one id only",
			       h->tool);
	h->argv = helper_argv(h, pid);
	s.path = h->path;
	s.argv = h->argv;
	if (spawn_start(&s, &h->child, e) < 0)
		return -1;
	h->running = true;
	return 0;
}

/* The first line of what the helper wrote, without its own name in front. */
static void first_words(const struct helper *h, const struct text *said, char *out,
			size_t size)
{
	const char *p = text_str(said);

	if (text_starts(p, h->tool) && p[strlen(h->tool)] == ':')
		p += strlen(h->tool) + 1;
	p += strspn(p, " ");
	snprintf(out, size, "%.*s", (int)strcspn(p, "\n"), p);
}

static int helper_remedy(const struct helper *h, const char *said, struct err *e)
{
	OWN_TEXT wants = { 0 };
	struct id_range ranges[16];
	struct arena a = { 0 };
	uid_t uid = getuid();
	const char *name = host_user_name(uid, &a);
	size_t n = host_subids(h->file, name, uid, ranges, COUNT(ranges));

	for (size_t i = 0; i < h->maps.n; i++)
		text_printf(&wants, "%s%u+%u", i ? ", " : "", h->maps.v[i].host_id,
			    h->maps.v[i].size);
	if (n == 0)
		err_set(e,
			"%s: %s (wanted %s): user %s has no range in %s: an administrator can add one with `usermod --add-sub%s 100000-165535 %s`",
			h->tool, said, text_str(&wants), name ? name : "?", h->file,
			strstr(h->tool, "uid") ? "uids" : "gids", name ? name : "USER");
	else
		err_set(e, "%s: %s (wanted %s): %s grants user %s %u+%u%s", h->tool, said,
			text_str(&wants), h->file, name ? name : "?", ranges[0].first,
			ranges[0].count, n > 1 ? " and more" : "");
	arena_free(&a);
	return -1;
}

static int helper_finish(struct helper *h, struct err *e)
{
	struct spawn_result r = { 0 };
	char said[256] = "failed";
	int ret = 0;

	if (spawn_finish(&h->child, &r, e) < 0)
		ret = -1;
	else if (r.timed_out)
		ret = err_set(e, "%s: no answer within 60 s", h->tool);
	else if (r.status != 0) {
		if (r.err.len)
			first_words(h, &r.err, said, sizeof(said));
		ret = helper_remedy(h, said, e);
	}
	spawn_result_free(&r);
	return ret;
}

/* Both at once: each costs a program start. */
static int run_helpers(const struct ns_plan *p, pid_t pid, struct err *e)
{
	struct helper helpers[] = {
		{ .tool = "newuidmap", .file = "/etc/subuid", .maps = p->uids },
		{ .tool = "newgidmap", .file = "/etc/subgid", .maps = p->gids },
	};
	bool wanted[] = { p->uid_way == IDMAP_HELPER, p->gid_way == IDMAP_HELPER };
	struct err other;
	int ret = 0;

	for (size_t i = 0; i < COUNT(helpers) && ret == 0; i++)
		if (wanted[i])
			ret = helper_start(&helpers[i], pid, e);
	for (size_t i = 0; i < COUNT(helpers); i++) {
		/* one error is enough to report, but both must be reaped */
		if (helpers[i].running &&
		    helper_finish(&helpers[i], ret < 0 ? &other : e) < 0)
			ret = -1;
		helper_free(&helpers[i]);
	}
	return ret;
}

static int write_map(int proc, const char *file, struct spec_idmaps maps, struct err *e)
{
	OWN_TEXT lines = { 0 };

	idmap_print(maps, &lines);
	if (proc_write(proc, file, text_str(&lines)) == 0)
		return 0;
	err_sys(e, "write %s", file);
	if (e->sys == EPERM)
		err_in(e,
		       "the kernel refuses these ids to this caller (the parent namespace's id 0 may only be mapped by who has CAP_SETFCAP there: Linux 5.12)");
	return -1;
}

int ns_write_idmaps(const struct ns_plan *p, pid_t pid, struct err *e)
{
	OWN_FD proc = proc_open_pid(pid, e);

	if (proc < 0)
		return -1;
	if ((p->uid_way == IDMAP_HELPER || p->gid_way == IDMAP_HELPER) &&
	    run_helpers(p, pid, e) < 0)
		return -1;
	if (p->deny_setgroups && proc_write(proc, "setgroups", "deny") < 0)
		return err_sys(e, "write setgroups");
	if (p->gid_way == IDMAP_DIRECT && write_map(proc, "gid_map", p->gids, e) < 0)
		return -1;
	if (p->uid_way == IDMAP_DIRECT && write_map(proc, "uid_map", p->uids, e) < 0)
		return -1;
	return 0;
}

int ns_make_userns(struct spec_idmaps uids, struct spec_idmaps gids, struct err *e)
{
	const struct ns_plan plan = { .uids = uids,
				      .gids = gids,
				      .uid_way = IDMAP_DIRECT,
				      .gid_way = IDMAP_DIRECT };
	OWN_FD pidfd = -1;
	OWN_FD proc = -1;
	OWN_FD userns = -1;
	int status, ret;
	pid_t pid = kernel_clone(CLONE_NEWUSER, -1, &pidfd);

	if (pid < 0)
		return err_sys(e, "clone a user namespace");
	if (pid == 0) {
		/* holds nothing of ours, and goes when we go */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		close_range(0, ~0u, 0);
		for (;;)
			pause();
	}
	ret = ns_write_idmaps(&plan, pid, e);
	proc = ret < 0 ? -1 : proc_open_pid(pid, e);
	if (proc >= 0) {
		userns = openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
		if (userns < 0)
			err_sys(e, "open the user namespace");
	}
	pidfd_signal(pidfd, SIGKILL);
	pidfd_reap(pidfd, &status);
	return fd_take(&userns);
}
