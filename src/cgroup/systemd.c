/* SPDX-License-Identifier: Apache-2.0 */
/* Telling systemd, by runc-systemd.                                   Runs: host */
#include "cgroup/systemd.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/own.h"
#include "kernel/spawn.h"

/* Longer than it gives systemd: then it has a word to say. */
#define HELPER_TIMEOUT_MS ((UNIT_JOB_SECONDS + 15) * 1000)

#define STATUS_UNSURE 2
#define STATUS_NO_LIBRARY 127 /* of ld.so */

/* Its last line without the end: one line of reason is what we pass on. */
static const char *reason(const struct spawn_result *r, struct arena *a)
{
	const char *text = text_str(&r->err);

	return *text ? arena_ndup(a, text, strcspn(text, "\n")) : "it did not say why";
}

static int failed(const struct unit_caller *c, const struct spawn_result *r,
		  struct arena *a, struct err *e)
{
	if (r->cancelled)
		return err_set(e, "interrupted by a signal");
	if (r->timed_out)
		return err_set(e, "%s did not end within %d s", c->helper,
			       HELPER_TIMEOUT_MS / 1000);
	if (WIFSIGNALED(r->status))
		return err_set(e, "%s was killed by signal %d", c->helper,
			       WTERMSIG(r->status));
	if (WEXITSTATUS(r->status) == STATUS_NO_LIBRARY)
		return err_set(e, "%s (install libsystemd; Debian: libsystemd0)",
			       reason(r, a));
	return err_set(e, "%s", reason(r, a));
}

static bool may_be_done(const struct spawn_result *r)
{
	return !WIFEXITED(r->status) || WEXITSTATUS(r->status) == 0 ||
	       WEXITSTATUS(r->status) == STATUS_UNSURE;
}

/* *doubt: what was asked for may have been done, or be done yet. */
static int call(const struct unit_caller *c, struct unit_order *order,
		struct unit_answer *answer, enum unit_doubt *doubt, struct arena *a,
		struct err *e)
{
	static char name[] = UNIT_HELPER;
	char *const argv[] = { name, NULL };
	OWN_TEXT input = { 0 };
	const struct spawn s = { .path = c->helper,
				 .argv = argv,
				 .envp = c->env,
				 .timeout_ms = HELPER_TIMEOUT_MS,
				 .cancel = c->cancel };
	struct spawn with_input = s;
	struct spawn_result r = { 0 };
	struct spawned child;
	size_t skip;
	int ret = 0;

	*doubt = UNIT_SURE;
	order->user = c->user;
	json_print(&input, &unit_order_table, order, NULL);
	with_input.input = text_str(&input);
	log_debug("%s: %s", UNIT_HELPER, text_str(&input));
	if (spawn_start(&with_input, &child, e) < 0 || spawn_finish(&child, &r, e) < 0)
		return -1;
	skip = text_starts(text_str(&r.out), UNIT_ACCEPTED) ? strlen(UNIT_ACCEPTED) : 0;
	if (r.status != 0 || r.cancelled || r.timed_out)
		ret = failed(c, &r, a, e);
	else
		ret = json_load(UNIT_HELPER, text_str(&r.out) + skip, r.out.len - skip,
				&unit_answer_table, answer, a, e);
	if (ret < 0 && may_be_done(&r))
		*doubt = skip ? UNIT_OURS : UNIT_UNSURE;
	spawn_result_free(&r);
	return ret;
}

int unit_start(const struct unit_caller *c, const struct cgroup_unit *u, pid_t pid,
	       const char **control_group, enum unit_doubt *doubt, struct arena *a,
	       struct err *e)
{
	struct unit_property *v = arena_new(a, u->properties.n + 1, sizeof(*v));
	struct unit_order order = { .op = UNIT_START, .unit = u->name };
	struct unit_answer answer = { 0 };

	if (u->properties.n)
		memcpy(v, u->properties.v, u->properties.n * sizeof(*v));
	order.properties = (struct unit_properties){ v, u->properties.n };
	if (pid > 0)
		v[order.properties.n++] =
			(struct unit_property){ "PIDs",
						arena_printf(a, "[uint32 %d]", pid), 0 };
	if (call(c, &order, &answer, doubt, a, e) < 0)
		return err_in(e, "unable to start unit \"%s\"", u->name);
	*control_group = answer.control_group;
	return 0;
}

static int end(const struct unit_caller *c, enum unit_op op, const char *unit,
	       struct arena *a, struct err *e)
{
	struct unit_order order = { .op = (int)op, .unit = unit };
	struct unit_answer answer = { 0 };
	enum unit_doubt ignored;

	if (call(c, &order, &answer, &ignored, a, e) < 0)
		return err_in(e, "unable to stop unit \"%s\"", unit);
	return 0;
}

int unit_stop(const struct unit_caller *c, const char *unit, struct arena *a,
	      struct err *e)
{
	return end(c, UNIT_STOP, unit, a, e);
}

int unit_sweep(const struct unit_caller *c, const char *unit, struct arena *a,
	       struct err *e)
{
	return end(c, UNIT_SWEEP, unit, a, e);
}

int unit_set(const struct unit_caller *c, const char *unit, struct unit_properties p,
	     struct arena *a, struct err *e)
{
	struct unit_order order = { .op = UNIT_SET, .unit = unit, .properties = p };
	struct unit_answer answer = { 0 };
	enum unit_doubt ignored;

	if (!p.n)
		return 0;
	if (call(c, &order, &answer, &ignored, a, e) < 0)
		return err_in(e, "unable to set properties of unit \"%s\"", unit);
	return 0;
}

int unit_attach(const struct unit_caller *c, const char *unit, const char *below,
		pid_t pid, struct arena *a, struct err *e)
{
	const uint32_t number = (uint32_t)pid;
	struct unit_order order = { .op = UNIT_ATTACH,
				    .unit = unit,
				    .pids.v = &number,
				    .pids.n = 1,
				    .sub_cgroup = below };
	struct unit_answer answer = { 0 };
	enum unit_doubt ignored;

	if (call(c, &order, &answer, &ignored, a, e) < 0)
		return err_in(e, "unable to attach process %d to unit \"%s\"", pid, unit);
	return 0;
}
