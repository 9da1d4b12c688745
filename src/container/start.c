/* SPDX-License-Identifier: Apache-2.0 */
/* start: lets a created container go on.                               Runs: host */
#include <unistd.h>

#include "base/own.h"
#include "container/found.h"
#include "container/hooks.h"
#include "container/notify.h"

static int check_status(const struct found *f, struct err *e)
{
	enum status status;

	if (found_status(f, &status, e) < 0)
		return -1;
	switch (status) {
	case STATUS_CREATED:
		return 0;
	case STATUS_STOPPED:
		return err_set(e, "cannot start a container that has stopped");
	case STATUS_RUNNING:
		return err_set(e, "cannot start an already running container");
	case STATUS_PAUSED:
		break;
	}
	return err_set(e, "cannot start a container in the %s state",
		       names_word(status_words, status));
}

/* A poststart hook that fails takes the container with it (runtime-spec, lifecycle step
 * 9). */
static int poststart(const struct found *f, const struct context *c, struct err *e)
{
	const struct spec *spec = found_spec(f, c->arena, e);
	const struct oci_state state = found_state(f, "running", f->record.pid, c->arena);
	struct err ignored;

	if (spec && hooks_run(spec->hooks, HOOK_POSTSTART, &state, environ, -1, e) == 0)
		return 0;
	found_kill(f, &ignored);
	return -1;
}

static int start(const struct found *f, const struct context *c, struct err *e)
{
	OWN_FD pidfd = -1;

	if (store_lock(f->dir, STORE_EXCLUSIVE, true, e) < 0 || check_status(f, e) < 0)
		return -1;
	pidfd = found_pidfd(f, e);
	if (pidfd < 0 || notify_bind(f->dir, e) < 0 ||
	    store_release_fifo(f->dir, pidfd, e) < 0 || poststart(f, c, e) < 0)
		return -1;
	store_unlock(f->dir);
	notify_wait(f->record.pid, pidfd);
	return 0;
}

int container_start(const struct context *c, const char *id, struct err *e)
{
	struct found f;
	int ret;

	if (found_open(&f, c, id, e) < 0)
		return -1;
	ret = start(&f, c, e);
	found_close(&f);
	return ret;
}
