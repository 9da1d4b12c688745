/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turning this task into the program: limits, scheduling, ids, environment, and
 * at last execve. Everything runs inside unless it says host.
 */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

struct rlimit_plan {
	int resource; /* RLIMIT_… */
	const char *name;
	struct rlimit value;
};

struct sched_plan {
	bool set;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

#define NODES_MAX 4096
#define CPUS_MAX 65536

struct process_plan {
	uid_t uid;
	gid_t gid;
	const uint32_t *groups;
	size_t group_count;
	mode_t umask;
	const char *cwd;
	char *const *args;
	struct strings env; /* without HOME if that has to be looked up inside */
	const struct rlimit_plan *rlimits;
	size_t rlimit_count;
	const int32_t *oom_score_adj;
	struct sched_plan sched;
	bool set_ioprio;
	int ioprio;
	bool set_personality;
	unsigned long personality;
	bool set_mempolicy;
	int mempolicy; /* mode | flags */
	unsigned long nodes[NODES_MAX / (8 * sizeof(long))];
	unsigned long nodes_max;                       /* bits of .nodes in use */
	const char *affinity_initial, *affinity_final; /* cpu lists, checked; NULL */
	bool no_new_privileges;
	bool terminal;
	uint16_t rows, columns;
};

/* Pure. container: linux.personality and linux.memoryPolicy come from there. */
int process_plan(struct process_plan *p, const struct spec_process *s,
		 const struct spec_linux *container, struct arena *a, struct err *e);

/* Parses "0-3,7" into a bit set; the highest bit + 1 in *max. Pure. */
int process_parse_set(const char *list, unsigned long *bits, size_t size,
		      unsigned long *max, struct err *e);

/* ---- host ---- */

/* By prlimit: the host may have the right to raise a hard limit that init has not. */
int process_set_rlimits(const struct process_plan *p, pid_t pid, struct err *e);

/*
 * Where it may not be lowered (an ordinary user, or root without
 * CAP_SYS_RESOURCE) the old value stays, with a warning.
 */
int process_set_oom_score(const struct process_plan *p, pid_t pid, struct err *e);

/* Affinity of this task; NULL resets it to all CPUs, since a caller's mask must not leak
 * into a container. */
int process_set_affinity(const char *cpus, struct err *e);

/* ---- inside ---- */

/* Scheduler, I/O priority, personality, memory policy: all before seccomp. */
int process_set_scheduling(const struct process_plan *p, struct err *e);

/* 0, 1, 2 belong to the user then, so that /dev/stdout can be opened again. */
int process_own_stdio(const struct process_plan *p, struct err *e);

/*
 * stdin, stdout, stderr that are the host's /dev/null become the container's, if that
 * really is device 1:3. root: the container's root.
 */
int process_reopen_null(int root, struct err *e);

/*
 * Groups, gid, uid, verified. may_set_groups false: the kernel denies setgroups in
 * this user namespace; groups that were asked for are then an error (F2).
 */
int process_set_user(const struct process_plan *p, bool may_set_groups, struct err *e);

/* Makes the working directory if the image lacks it. root: the container's root. */
int process_make_cwd(const struct process_plan *p, int root, struct err *e);

/* chdir; *again if it must be tried once more as the final user. */
int process_enter_cwd(const struct process_plan *p, bool *again, struct err *e);

/* Is the working directory inside our root (CVE-2024-21626)? */
int process_check_cwd(struct err *e);

/* The environment of the program: last one of a name wins, HOME by the container's
 * /etc/passwd. */
char *const *process_make_env(const struct process_plan *p, int root, struct arena *a);

/* The file that args[0] means: PATH of that environment, executable, not a directory. */
const char *process_find(const struct process_plan *p, char *const *env, struct arena *a,
			 struct err *e);

/* Default dispositions and an empty mask: ignored signals of our caller must not leak in.
 */
void process_reset_signals(void);

/*
 * Executes; the descriptors 3 … 2+preserve go along, all others must be closed by
 * now. Only returns if it failed (then *e says "exec PATH: …").
 */
int process_execute(const char *path, const struct process_plan *p, char *const *env,
		    int preserve, struct err *e);

extern const struct name rlimit_words[], sched_policies[], sched_flags[], ioprio_classes[];

/* Names for `features`. */
extern const struct name mempolicy_modes[], mempolicy_flags[];

#endif
