/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of a cgroup standing still, or running on.                       Runs: host
 *
 * What counts is what the cgroup itself was told: below a frozen one all is frozen
 * too, but that is not this container's to undo.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "base/text.h"
#include "cgroup/private.h"

#define V2_TIMEOUT_MS 10000
#define V1_TURNS 1000
#define V1_THAW_EVERY 50

static int open_freezer(struct pairs paths, bool *v2, struct err *e)
{
	const char *path = cgroup_find_path(paths, "freezer");

	*v2 = !path;
	if (!path)
		path = cgroup_find_path(paths, "");
	if (!path)
		return err_set(e,
			       "cannot toggle freezer: cgroups not configured for container");
	return cgroup_open_dir(path, e);
}

bool cgroup_is_frozen(struct pairs paths)
{
	OWN_TEXT text = { 0 };
	struct err ignored;
	bool v2;
	OWN_FD dir = open_freezer(paths, &v2, &ignored);

	return dir >= 0 &&
	       cgroup_read(dir, v2 ? "cgroup.freeze" : "freezer.self_freezing", &text) ==
		       0 &&
	       text_starts(text_str(&text), "1");
}

/* ---- v2: the kernel tells ---- */

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Reads cgroup.events from the start, after which poll() waits for the next change. */
static int read_frozen(int events, long long *frozen, struct err *e)
{
	char buf[256];
	ssize_t n = pread(events, buf, sizeof(buf) - 1, 0);

	if (n < 0)
		return err_sys(e, "read cgroup.events");
	buf[n] = '\0';
	return cgroup_find_key(buf, "frozen", frozen) ?
		       0 :
		       err_set(e, "cgroup.events: it does not tell of freezing");
}

static int wait_frozen(int dir, struct err *e)
{
	OWN_FD events = cgroup_open_at(dir, "cgroup.events", O_RDONLY);
	const long long end = now_ms() + V2_TIMEOUT_MS;

	if (events < 0)
		return err_sys(e, "open cgroup.events");
	for (;;) {
		struct pollfd change = { .fd = events, .events = POLLPRI };
		long long frozen = 0, left;

		if (read_frozen(events, &frozen, e) < 0)
			return -1;
		if (frozen)
			return 0;
		left = end - now_ms();
		if (left <= 0)
			return err_set(e,
				       "unable to freeze: not all processes stood still within %d s",
				       V2_TIMEOUT_MS / 1000);
		if (poll(&change, 1, (int)left) < 0 && errno != EINTR)
			return err_sys(e, "wait for cgroup.events");
	}
}

static int freeze_v2(int dir, struct err *e)
{
	if (cgroup_write(dir, "cgroup.freeze", "1") < 0)
		return err_sys(e, "write cgroup.freeze");
	return wait_frozen(dir, e);
}

/* ---- v1: it has to be asked, and asked again ---- */

/*
 * A process that is just being made is not frozen with the rest, and the kernel
 * looks again only if it is told again. Now and then a moment of running lets the
 * ones go on that the frozen ones wait for.
 */
static int freeze_v1(int dir, struct err *e)
{
	for (int turn = 1; turn <= V1_TURNS; turn++) {
		const struct timespec pause = { .tv_nsec = turn < 10 ? 10000L << turn :
								       2000000 };
		OWN_TEXT state = { 0 };

		if (cgroup_write(dir, "freezer.state", "FROZEN") < 0)
			return err_sys(e, "write freezer.state");
		if (cgroup_read(dir, "freezer.state", &state) < 0)
			return err_sys(e, "read freezer.state");
		if (text_starts(text_str(&state), "FROZEN"))
			return 0;
		if (turn % V1_THAW_EVERY == 0)
			cgroup_write(dir, "freezer.state", "THAWED");
		nanosleep(&pause, NULL);
	}
	return err_set(e, "unable to freeze");
}

/* ---- both ---- */

static int thaw(int dir, bool v2, struct err *e)
{
	const char *file = v2 ? "cgroup.freeze" : "freezer.state";

	return cgroup_write(dir, file, v2 ? "0" : "THAWED") < 0 ?
		       err_sys(e, "write %s", file) :
		       0;
}

int cgroup_set_frozen(struct pairs paths, bool frozen, struct err *e)
{
	struct err ignored;
	bool v2;
	OWN_FD dir = open_freezer(paths, &v2, e);

	if (dir < 0)
		return -1;
	if (!frozen)
		return thaw(dir, v2, e);
	if ((v2 ? freeze_v2(dir, e) : freeze_v1(dir, e)) == 0)
		return 0;
	/* half a container that stands still is worse than none */
	thaw(dir, v2, &ignored);
	return -1;
}

void cgroup_thaw(struct pairs paths)
{
	struct err ignored;

	cgroup_set_frozen(paths, false, &ignored);
}
