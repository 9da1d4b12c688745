/* SPDX-License-Identifier: Apache-2.0 */
/* From the config's words to the kernel's numbers. Pure. */
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>

#include "base/log.h"
#include "base/num.h"
#include "base/own.h"
#include "kernel/compat.h"
#include "process/process.h"

/* clang-format off */

const struct name rlimit_words[] = {
	{ "RLIMIT_CPU",        RLIMIT_CPU },
	{ "RLIMIT_FSIZE",      RLIMIT_FSIZE },
	{ "RLIMIT_DATA",       RLIMIT_DATA },
	{ "RLIMIT_STACK",      RLIMIT_STACK },
	{ "RLIMIT_CORE",       RLIMIT_CORE },
	{ "RLIMIT_RSS",        RLIMIT_RSS },
	{ "RLIMIT_NPROC",      RLIMIT_NPROC },
	{ "RLIMIT_NOFILE",     RLIMIT_NOFILE },
	{ "RLIMIT_MEMLOCK",    RLIMIT_MEMLOCK },
	{ "RLIMIT_AS",         RLIMIT_AS },
	{ "RLIMIT_LOCKS",      RLIMIT_LOCKS },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_MSGQUEUE",   RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE",       RLIMIT_NICE },
	{ "RLIMIT_RTPRIO",     RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME",     RLIMIT_RTTIME },
	{ 0 },
};

const struct name sched_policies[] = {
	{ "SCHED_OTHER",    0 },
	{ "SCHED_FIFO",     1 },
	{ "SCHED_RR",       2 },
	{ "SCHED_BATCH",    3 },
	{ "SCHED_ISO",      4 },
	{ "SCHED_IDLE",     5 },
	{ "SCHED_DEADLINE", 6 },
	{ 0 },
};

const struct name sched_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK",  SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM",        SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN",     SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY",    SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS",    SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	{ 0 },
};

const struct name ioprio_classes[] = {
	{ "IOPRIO_CLASS_RT",   IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE",   IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ 0 },
};

/* sorted by word: `features` lists them so */
const struct name mempolicy_modes[] = {
	{ "MPOL_BIND",                MPOL_BIND },
	{ "MPOL_DEFAULT",             MPOL_DEFAULT },
	{ "MPOL_INTERLEAVE",          MPOL_INTERLEAVE },
	{ "MPOL_LOCAL",               MPOL_LOCAL },
	{ "MPOL_PREFERRED",           MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY",      MPOL_PREFERRED_MANY },
	{ "MPOL_WEIGHTED_INTERLEAVE", MPOL_WEIGHTED_INTERLEAVE },
	{ 0 },
};

const struct name mempolicy_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES",   MPOL_F_STATIC_NODES },
	{ 0 },
};

/* clang-format on */

static int plan_rlimits(struct process_plan *p, const struct spec_process *s,
			struct arena *a, struct err *e)
{
	struct rlimit_plan *v = arena_new(a, s->rlimits.n, sizeof(*v));

	for (size_t i = 0; i < s->rlimits.n; i++) {
		const struct spec_rlimit *in = &s->rlimits.v[i];
		int64_t resource;

		if (!names_find(rlimit_words, in->type, &resource))
			return err_set(e,
				       "process.rlimits[%zu].type: wrong rlimit value: %s",
				       i, in->type);
		if (in->soft > in->hard)
			return err_set(e,
				       "process.rlimits[%zu]: soft limit %ju is above the hard limit %ju",
				       i, (uintmax_t)in->soft, (uintmax_t)in->hard);
		v[i] = (struct rlimit_plan){ (int)resource,
					     in->type,
					     { in->soft, in->hard } };
	}
	p->rlimits = v;
	p->rlimit_count = s->rlimits.n;
	return 0;
}

enum {
	POLICY_OTHER = 0,
	POLICY_FIFO = 1,
	POLICY_RR = 2,
	POLICY_BATCH = 3,
	POLICY_DEADLINE = 6
};

static int plan_scheduler(struct process_plan *p, const struct spec_process *s,
			  struct err *e)
{
	const struct spec_scheduler *in = s->scheduler;
	int64_t number;

	if (!in)
		return 0;
	if (!*in->policy)
		return err_set(e, "scheduler policy is required");
	if (!names_find(sched_policies, in->policy, &number))
		return err_set(e, "process.scheduler.policy: invalid scheduler policy: %s",
			       in->policy);
	p->sched.policy = (uint32_t)number;
	if ((number == POLICY_OTHER || number == POLICY_BATCH) &&
	    (in->nice < -20 || in->nice > 19))
		return err_set(e, "invalid scheduler.nice: %d when scheduler.policy is %s",
			       in->nice, in->policy);
	if (in->priority != 0 && number != POLICY_FIFO && number != POLICY_RR)
		return err_set(e,
			       "scheduler.priority can only be specified for SchedFIFO or SchedRR policy");
	if ((in->runtime || in->deadline || in->period) && number != POLICY_DEADLINE)
		return err_set(e,
			       "scheduler runtime/deadline/period can only be specified for SchedDeadline policy");
	for (size_t i = 0; i < in->flags.n; i++) {
		if (!names_find(sched_flags, in->flags.v[i], &number))
			return err_set(e,
				       "process.scheduler.flags[%zu]: invalid scheduler flag: %s",
				       i, in->flags.v[i]);
		p->sched.flags |= (uint64_t)number;
	}
	p->sched.set = true;
	p->sched.nice = in->nice;
	p->sched.priority = (uint32_t)in->priority;
	p->sched.runtime = in->runtime;
	p->sched.deadline = in->deadline;
	p->sched.period = in->period;
	return 0;
}

static int plan_ioprio(struct process_plan *p, const struct spec_process *s, struct err *e)
{
	int64_t class;

	if (!s->io_priority)
		return 0;
	if (s->io_priority->priority < 0 || s->io_priority->priority > 7)
		return err_set(e, "invalid ioPriority.Priority: %d",
			       s->io_priority->priority);
	if (!names_find(ioprio_classes, s->io_priority->class, &class))
		return err_set(e, "invalid ioPriority.Class: \"%s\"",
			       s->io_priority->class);
	p->set_ioprio = true;
	p->ioprio = (int)class << IOPRIO_CLASS_SHIFT | s->io_priority->priority;
	return 0;
}

static int plan_personality(struct process_plan *p, const struct spec_linux *l,
			    struct err *e)
{
	if (!l->personality)
		return 0;
	if (!l->personality->domain || (strcmp(l->personality->domain, "LINUX") != 0 &&
					strcmp(l->personality->domain, "LINUX32") != 0))
		return err_set(e,
			       "linux.personality.domain: invalid personality domain %s",
			       l->personality->domain ? l->personality->domain : "");
	if (l->personality->flags.n)
		log_warning("ignoring unsupported personality flags: %s",
			    l->personality->flags.v[0]);
	p->set_personality = true;
	p->personality =
		strcmp(l->personality->domain, "LINUX32") == 0 ? PER_LINUX32 : PER_LINUX;
	return 0;
}

#define BLANKS " \t\r\n"

/* The element at *list, without blanks around it; false if no number is that long. */
static bool next_element(const char **list, char *word, size_t size)
{
	const char *start = *list + strspn(*list, BLANKS);
	const char *end = *list + strcspn(*list, ",");
	size_t n;

	*list = end + (*end == ',');
	while (end > start && strchr(BLANKS, end[-1]))
		end--;
	n = (size_t)(end - start);
	if (n >= size)
		return false;
	memcpy(word, start, n);
	word[n] = '\0';
	return true;
}

int process_parse_set(const char *list, unsigned long *bits, size_t size,
		      unsigned long *max, struct err *e)
{
	size_t members = 0;
	const char *p = list;

	*max = 0;
	while (*p) {
		uint64_t first, last;
		char word[32];
		size_t dash;

		if (!next_element(&p, word, sizeof(word)))
			return err_set(e, "\"%s\" is not a list like 0-3,7", list);
		dash = strcspn(word, "-");
		if (!*word)
			continue;
		if (word[dash]) {
			word[dash] = '\0';
			if (!num_dec(word, UINT32_MAX, &first) ||
			    !num_dec(word + dash + 1, UINT32_MAX, &last))
				return err_set(e, "\"%s\" is not a list like 0-3,7", list);
			if (first > last)
				return err_set(e, "invalid range: %s-%s", word,
					       word + dash + 1);
		} else if (num_dec(word, UINT32_MAX, &first)) {
			last = first;
		} else {
			return err_set(e, "\"%s\" is not a list like 0-3,7", list);
		}
		if (last >= size * 8)
			return err_set(e, "values larger than %zu are not supported",
				       size * 8 - 1);
		for (uint64_t i = first; i <= last; i++)
			bits[i / (8 * sizeof(long))] |= 1ul << (i % (8 * sizeof(long)));
		if (last + 1 > *max)
			*max = last + 1;
		members++;
	}
	if (members == 0)
		return err_set(e, "no members found in set \"%s\"", list);
	return 0;
}

static size_t count_bits(const unsigned long *bits, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size / sizeof(long); i++)
		n += (size_t)__builtin_popcountl(bits[i]);
	return n;
}

static int plan_mempolicy(struct process_plan *p, const struct spec_linux *l,
			  struct err *e)
{
	const struct spec_memory_policy *in = l->memory_policy;
	int64_t mode, flag;
	size_t nodes = 0;

	if (!in)
		return 0;
	if (!in->mode || !names_find(mempolicy_modes, in->mode, &mode))
		return err_set(e, "linux.memoryPolicy: invalid memory policy mode \"%s\"",
			       in->mode ? in->mode : "");
	for (size_t i = 0; i < in->flags.n; i++) {
		if (!names_find(mempolicy_flags, in->flags.v[i], &flag))
			return err_set(e,
				       "linux.memoryPolicy: invalid memory policy flag \"%s\"",
				       in->flags.v[i]);
		mode |= flag;
	}
	if (in->nodes && *in->nodes) {
		if (process_parse_set(in->nodes, p->nodes, sizeof(p->nodes),
				      &p->nodes_max, e) < 0)
			return err_in(e,
				      "linux.memoryPolicy: invalid memory policy nodes \"%s\"",
				      in->nodes);
		nodes = count_bits(p->nodes, sizeof(p->nodes));
	}
	p->set_mempolicy = true;
	p->mempolicy = (int)mode;
	mode &= ~(int64_t)(MPOL_F_NUMA_BALANCING | MPOL_F_RELATIVE_NODES |
			   MPOL_F_STATIC_NODES);
	if ((mode == MPOL_DEFAULT || mode == MPOL_LOCAL) && nodes)
		return err_set(e, "memory policy mode requires 0 nodes but got %zu",
			       nodes);
	if (mode != MPOL_DEFAULT && mode != MPOL_LOCAL && mode != MPOL_PREFERRED && !nodes)
		return err_set(e,
			       "memory policy mode requires at least one node but got 0");
	return 0;
}

static int plan_affinity(struct process_plan *p, const struct spec_process *s,
			 struct err *e)
{
	unsigned long bits[CPUS_MAX / (8 * sizeof(long))] = { 0 }, max;

	if (!s->exec_cpu_affinity)
		return 0;
	p->affinity_initial = s->exec_cpu_affinity->initial;
	p->affinity_final = s->exec_cpu_affinity->final;
	if (p->affinity_initial && !*p->affinity_initial)
		p->affinity_initial = NULL;
	if (p->affinity_final && !*p->affinity_final)
		p->affinity_final = NULL;
	if (p->affinity_initial &&
	    process_parse_set(p->affinity_initial, bits, sizeof(bits), &max, e) < 0)
		return err_in(e, "bad CPUAffinity.Initial");
	if (p->affinity_final &&
	    process_parse_set(p->affinity_final, bits, sizeof(bits), &max, e) < 0)
		return err_in(e, "bad CPUAffinity.Final");
	return 0;
}

int process_plan(struct process_plan *p, const struct spec_process *s,
		 const struct spec_linux *container, struct arena *a, struct err *e)
{
	p->uid = s->user->uid;
	p->gid = s->user->gid;
	p->groups = s->user->additional_gids.v;
	p->group_count = s->user->additional_gids.n;
	p->umask = s->user->umask ? *s->user->umask : 022;
	p->cwd = s->cwd;
	p->args = s->args.v;
	p->env = s->env;
	p->oom_score_adj = s->oom_score_adj;
	p->no_new_privileges = s->no_new_privileges && *s->no_new_privileges;
	p->terminal = s->terminal;
	p->rows = s->console_size ? (uint16_t)s->console_size->height : 0;
	p->columns = s->console_size ? (uint16_t)s->console_size->width : 0;
	if (plan_rlimits(p, s, a, e) < 0 || plan_scheduler(p, s, e) < 0 ||
	    plan_ioprio(p, s, e) < 0 || plan_personality(p, container, e) < 0 ||
	    plan_mempolicy(p, container, e) < 0)
		return -1;
	return plan_affinity(p, s, e);
}
