/* SPDX-License-Identifier: Apache-2.0 */
/* kill: a signal for init, or SIGKILL for all that would outlive it.   Runs: host */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/cgroup.h"
#include "container/found.h"
#include "kernel/pidfd.h"

/* Names beside those that libc knows, as the Go runc has them. */
static const struct name other_names[] = {
	{ "CLD", SIGCHLD },
	{ "IOT", SIGABRT },
	{ "POLL", SIGIO },
	{ "UNUSED", SIGSYS },
	{ 0 },
};

static bool find_name(const char *name, int64_t *number)
{
	int64_t above;

	for (int i = 1; i < SIGRTMIN; i++) {
		const char *abbreviation = sigabbrev_np(i);

		if (abbreviation && strcmp(abbreviation, name) == 0) {
			*number = i;
			return true;
		}
	}
	if (text_starts(name, "RTMIN+") &&
	    num_int(name + 6, 0, SIGRTMAX - SIGRTMIN, &above)) {
		*number = SIGRTMIN + above;
		return true;
	}
	return names_find(other_names, name, number);
}

static int parse_signal(const char *word, int64_t *number, struct err *e)
{
	char name[32];
	size_t n = 0;

	if (!*word)
		word = "TERM";
	if (num_int(word, INT32_MIN, INT32_MAX, number))
		return 0;
	for (const char *p = word; *p && n < sizeof(name) - 1; p++)
		name[n++] = (char)toupper((unsigned char)*p);
	name[n] = '\0';
	if (!find_name(text_starts(name, "SIG") ? name + 3 : name, number))
		return err_set(e, "unknown signal \"%s\"", word);
	return 0;
}

static int not_running(struct err *e)
{
	return err_set(e, "container not running");
}

/* Who shares a pid namespace survives init: only the cgroup knows them all. */
static int kill_all(const struct found *f, struct err *e)
{
	if (!f->record.cgroup_paths.n)
		return 0;
	if (cgroup_kill(f->record.cgroup_paths, e) == 0)
		return 0;
	if (e->sys == ENOENT)
		return not_running(e);
	if (!f->record.config->rootless_cgroups)
		return err_in(e, "unable to kill all processes");
	log_warning("failed to kill all processes, possibly due to lack of cgroup (Hint: enable cgroup v2 delegation): %s",
		    e->text);
	return 0;
}

static int send(const struct found *f, int signal, struct err *e)
{
	OWN_FD pidfd = found_pidfd(f, e);

	if (pidfd < 0)
		return e->sys == ESRCH ? not_running(e) : -1;
	if (pidfd_signal(pidfd, signal) < 0) {
		/* containerd and Docker match these words of Go's */
		if (errno == ESRCH)
			return err_set(e,
				       "unable to signal init: os: process already finished");
		return err_sys(e, "unable to signal init");
	}
	if (signal == SIGKILL && cgroup_is_frozen(f->record.cgroup_paths))
		cgroup_thaw(f->record.cgroup_paths);
	return 0;
}

static int kill_found(const struct found *f, int signal, struct err *e)
{
	if (signal == SIGKILL && !found_made_ns(f, NS_PID) && f->record.cgroup_paths.n)
		return kill_all(f, e) < 0 ? -1 : (send(f, signal, e), 0);
	return send(f, signal, e);
}

int container_kill(const struct context *c, const char *id, const char *signal, bool all,
		   struct err *e)
{
	struct found f;
	int64_t number;
	int ret;

	if (parse_signal(signal, &number, e) < 0 || found_open(&f, c, id, e) < 0)
		return -1;
	ret = kill_found(&f, (int)number, e);
	found_close(&f);
	if (ret < 0 && all && strcmp(e->text, "container not running") == 0)
		return 0;
	return ret;
}
