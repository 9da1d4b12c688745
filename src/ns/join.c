/* SPDX-License-Identifier: Apache-2.0 */
/* Entering namespaces that exist.                     Runs: host (open), middle process
 * (join) */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/compat.h"
#include "kernel/proc.h"
#include "ns/ns.h"

int ns_open(const struct ns_plan *p, int *fds, struct err *e)
{
	for (int i = 0; i < NS_TYPES; i++)
		fds[i] = -1;
	for (int i = 0; i < NS_TYPES; i++) {
		const char *word = names_word(ns_words, i);
		int type;

		if (!p->join[i])
			continue;
		fds[i] = open(p->join[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fds[i] < 0)
			return err_sys(e, "linux.namespaces: %s: open %s", word,
				       p->join[i]);
		/* setns would say EINVAL, much later and about nothing in particular */
		type = ioctl(fds[i], NS_GET_NSTYPE);
		if (type < 0 || (uint64_t)type != ns_kinds[i].flag)
			return err_set(e, "linux.namespaces: %s is not a %s namespace",
				       p->join[i], word);
	}
	return 0;
}

static bool join_one(const int *fds, int type, struct err *e)
{
	if (setns(fds[type], (int)ns_kinds[type].flag) == 0)
		return true;
	err_sys(e, "join the %s namespace", names_word(ns_words, type));
	return false;
}

/* The mount namespace last: after it, paths mean something else. */
static const int join_order[] = { NS_IPC,    NS_UTS,  NS_NETWORK, NS_PID,
				  NS_CGROUP, NS_TIME, NS_MOUNT };

int ns_join(const int *fds, struct err *e)
{
	bool later[NS_TYPES] = { false };

	for (size_t i = 0; i < COUNT(join_order); i++) {
		int type = join_order[i];

		if (fds[type] < 0 || join_one(fds, type, e))
			continue;
		if (e->sys != EPERM || fds[NS_USER] < 0)
			return -1;
		later[type] = true;
	}
	if (fds[NS_USER] >= 0 && !join_one(fds, NS_USER, e))
		return -1;
	for (size_t i = 0; i < COUNT(join_order); i++)
		if (later[join_order[i]] && !join_one(fds, join_order[i], e))
			return -1;
	return 0;
}

int ns_join_process(int pidfd, uint64_t flags, struct err *e)
{
	if (flags && setns(pidfd, (int)flags) < 0)
		return err_sys(e, "join the container's namespaces");
	return 0;
}

int ns_make_time(const struct ns_plan *p, struct err *e)
{
	OWN_FD proc = -1;

	if (unshare(CLONE_NEWTIME) < 0)
		return err_sys(e, "unshare the time namespace");
	proc = proc_open_pid(getpid(), e);
	if (proc < 0)
		return -1;
	/* before anybody is in it: the kernel freezes the offsets then */
	for (size_t i = 0; i < p->offset_count; i++) {
		const struct spec_time_offset *t = &p->offsets[i];
		char line[96];

		snprintf(line, sizeof(line), "%s %jd %u", t->clock, (intmax_t)t->secs,
			 t->nanosecs);
		if (proc_write(proc, "timens_offsets", line) < 0)
			return err_sys(e, "linux.timeOffsets.%s: write timens_offsets",
				       t->clock);
	}
	return 0;
}
