/* SPDX-License-Identifier: Apache-2.0 */
#include "container/hooks.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/own.h"
#include "kernel/spawn.h"

/* "exit status 1", "signal: bad system call (core dumped)": as Go prints a wait status.
 */
static void describe(int status, char *out, size_t size)
{
	const char *signal = WIFSIGNALED(status) ? sigdescr_np(WTERMSIG(status)) : NULL;

	if (!WIFSIGNALED(status))
		snprintf(out, size, "exit status %d", WEXITSTATUS(status));
	else if (signal)
		snprintf(out, size, "signal: %c%s%s", tolower((unsigned char)*signal),
			 signal + 1, WCOREDUMP(status) ? " (core dumped)" : "");
	else
		snprintf(out, size, "signal: signal %d", WTERMSIG(status));
}

static int run_one(const struct spec_hook *h, const char *state, char *const *env,
		   int cancel, struct err *e)
{
	char *const no_args[] = { (char *)(uintptr_t)h->path, NULL };
	const struct spawn s = {
		.path = h->path,
		.argv = h->args.n ? h->args.v : no_args,
		.envp = h->env.v ? h->env.v : env,
		.input = state,
		.timeout_ms = h->timeout ? (int)*h->timeout * 1000 : -1,
		.cancel = cancel,
	};
	struct spawn_result r = { 0 };
	struct spawned child;
	char why[96];
	int ret = 0;

	if (spawn_start(&s, &child, e) < 0 || spawn_finish(&child, &r, e) < 0)
		return -1;
	if (r.cancelled) {
		ret = err_set(e, "interrupted by a signal");
	} else if (r.timed_out) {
		ret = err_set(e, "hook ran past specified timeout of %.1fs",
			      s.timeout_ms / 1000.0);
	} else if (r.status != 0) {
		describe(r.status, why, sizeof(why));
		ret = err_set(e, "%s, stdout: %.900s, stderr: %.900s", why,
			      text_str(&r.out), text_str(&r.err));
	}
	spawn_result_free(&r);
	return ret;
}

int hooks_run(const struct spec_hooks *hooks, enum hook_kind kind,
	      const struct oci_state *state, char *const *env, int cancel, struct err *e)
{
	const struct spec_hook_list *list = &hooks->of[kind];
	const char *word = names_word(hook_words, kind);
	OWN_TEXT text = { 0 };

	if (!list->list.n)
		return 0;
	json_print(&text, &oci_state_table, state, NULL);
	for (size_t i = 0; i < list->list.n; i++) {
		log_debug("running %s hook #%zu: %s", word, i, list->list.v[i].path);
		if (run_one(&list->list.v[i], text_str(&text), env, cancel, e) < 0)
			return err_in(e, "error running %s hook #%zu", word, i);
	}
	return 0;
}
