/* SPDX-License-Identifier: Apache-2.0 */
/* Limits that the host sets on init, and scheduling that init sets on itself. */
#include <errno.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/num.h"
#include "base/own.h"
#include "kernel/compat.h"
#include "kernel/proc.h"
#include "process/process.h"

static void print_limit(struct text *out, rlim_t value)
{
	if (value == RLIM_INFINITY)
		text_add(out, "unlimited");
	else
		text_printf(out, "%ju", (uintmax_t)value);
}

/* EPERM has one cause that a person can do something about: say so with the numbers. */
static int explain(const struct rlimit_plan *r, pid_t pid, struct err *e)
{
	struct rlimit now;
	OWN_TEXT why = { 0 };

	if (e->sys != EPERM ||
	    prlimit(pid, (enum __rlimit_resource)r->resource, NULL, &now) < 0 ||
	    r->value.rlim_max <= now.rlim_max)
		return -1;
	text_printf(&why,
		    "error setting rlimits for ready process: error setting rlimit type %d: %s: raising the hard limit from ",
		    r->resource, r->name);
	print_limit(&why, now.rlim_max);
	text_add(&why, " to ");
	print_limit(&why, r->value.rlim_max);
	text_add(&why, " needs CAP_SYS_RESOURCE: operation not permitted");
	err_set(e, "%s", text_str(&why));
	e->sys = EPERM;
	return -1;
}

int process_set_rlimits(const struct process_plan *p, pid_t pid, struct err *e)
{
	for (size_t i = 0; i < p->rlimit_count; i++) {
		const struct rlimit_plan *r = &p->rlimits[i];

		if (prlimit(pid, (enum __rlimit_resource)r->resource, &r->value, NULL) <
		    0) {
			err_sys(e,
				"error setting rlimits for ready process: error setting rlimit type %d: %s",
				r->resource, r->name);
			return explain(r, pid, e);
		}
	}
	return 0;
}

int process_set_oom_score(const struct process_plan *p, pid_t pid, struct err *e)
{
	OWN_FD proc = -1;
	char value[16];

	if (!p->oom_score_adj)
		return 0;
	proc = proc_open_pid(pid, e);
	if (proc < 0)
		return -1;
	snprintf(value, sizeof(value), "%d", *p->oom_score_adj);
	if (proc_write(proc, "oom_score_adj", value) == 0)
		return 0;
	if (errno != EACCES && errno != EPERM)
		return err_sys(e, "failed to update oom_score_adj");
	log_warning("process.oomScoreAdj: lowering it to %s needs CAP_SYS_RESOURCE: it stays as it is",
		    value);
	return 0;
}

int process_set_affinity(const char *cpus, struct err *e)
{
	unsigned long bits[CPUS_MAX / (8 * sizeof(long))] = { 0 }, max = CPUS_MAX;

	if (!cpus)
		memset(bits, 0xff, sizeof(bits));
	else if (process_parse_set(cpus, bits, sizeof(bits), &max, e) < 0)
		return -1;
	/* the kernel cuts the set to what the cpuset allows */
	if (syscall(SYS_sched_setaffinity, 0, sizeof(bits), bits) < 0) {
		if (!cpus) {
			log_warning("resetting CPU affinity: %s", err_word(errno));
			return 0;
		}
		return err_sys(e, "set CPU affinity %s", cpus);
	}
	if (cpus)
		log_debug("nsexec[%d]: affinity: 0x%lx", getpid(), bits[0]);
	return 0;
}

static int set_scheduler(const struct sched_plan *s, struct err *e)
{
	struct kernel_sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = s->policy,
		.sched_flags = s->flags,
		.sched_nice = s->nice,
		.sched_priority = s->priority,
		.sched_runtime = s->runtime,
		.sched_deadline = s->deadline,
		.sched_period = s->period,
	};

	if (!s->set || syscall(SYS_sched_setattr, 0, &attr, 0) == 0)
		return 0;
	err_sys(e, "error setting scheduler");
	if (e->sys == EPERM && s->policy == 6)
		err_in(e, "process scheduler can't be used together with AllowedCPUs");
	return -1;
}

int process_set_scheduling(const struct process_plan *p, struct err *e)
{
	if (set_scheduler(&p->sched, e) < 0)
		return -1;
	/* the whole group: it is our session's, so init alone and what it will start */
	if (p->set_ioprio && syscall(SYS_ioprio_set, IOPRIO_WHO_PGRP, 0, p->ioprio) < 0)
		return err_sys(e, "failed to set io priority");
	if (p->set_personality && personality(p->personality) < 0)
		return err_sys(e, "set personality");
	/* +1: the kernel takes one bit less than it is told */
	if (p->set_mempolicy &&
	    syscall(SYS_set_mempolicy, p->mempolicy, p->nodes_max ? p->nodes : NULL,
		    p->nodes_max ? p->nodes_max + 1 : 0) < 0)
		return err_sys(e,
			       "linux.memoryPolicy: invalid memory policy node or mode");
	return 0;
}
