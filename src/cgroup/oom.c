/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: host */
#include "cgroup/oom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "cgroup/private.h"
#include "cgroup/stats.h"

/* The kernel calls a descriptor quiet from here until the file changes again. -1 if it
 * is gone. */
static int read_again(int fd, struct text *out)
{
	return lseek(fd, 0, SEEK_SET) < 0 ? -1 : io_read_all(fd, 1u << 16, out);
}

static int read_kills(const struct oom_watch *w, uint64_t *kills)
{
	OWN_TEXT text = { 0 };

	if (read_again(w->memory, &text) < 0)
		return -1;
	return stats_find(text_str(&text), "oom_kill", kills) ? 0 : -1;
}

static int open_v2(struct oom_watch *w, const char *path, struct err *e)
{
	OWN_FD dir = cgroup_open_dir(path, e);

	if (dir < 0)
		return -1;
	w->memory = cgroup_open_at(dir, "memory.events", O_RDONLY);
	w->cgroup = cgroup_open_at(dir, "cgroup.events", O_RDONLY);
	if (w->memory < 0 || w->cgroup < 0 || read_kills(w, &w->kills) < 0)
		return err_sys(e, "watch %s/%s.events", path,
			       w->memory < 0 ? "memory" : "cgroup");
	return 0;
}

static int open_v1(struct oom_watch *w, const char *path, struct err *e)
{
	OWN_FD control = -1;
	char line[32];

	w->dir = cgroup_open_dir(path, e);
	if (w->dir < 0)
		return -1;
	control = cgroup_open_at(w->dir, "memory.oom_control", O_RDONLY);
	w->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	snprintf(line, sizeof(line), "%d %d", w->eventfd, control);
	if (control < 0 || w->eventfd < 0 ||
	    cgroup_write(w->dir, "cgroup.event_control", line) < 0)
		return err_sys(e, "watch %s/memory.oom_control", path);
	return 0;
}

int oom_open(struct oom_watch *w, struct pairs paths, struct err *e)
{
	const char *v1 = cgroup_find_path(paths, "memory");
	const char *v2 = cgroup_find_path(paths, "");
	int ret;

	*w = (struct oom_watch){ -1, -1, -1, -1, 0 };
	if (!v1 && !v2)
		return err_set(e, "the container has no memory cgroup");
	ret = v1 ? open_v1(w, v1, e) : open_v2(w, v2, e);
	if (ret < 0)
		oom_close(w);
	return ret;
}

void oom_close(struct oom_watch *w)
{
	fd_close(&w->memory);
	fd_close(&w->cgroup);
	fd_close(&w->dir);
	fd_close(&w->eventfd);
}

void oom_poll(const struct oom_watch *w, struct pollfd *p)
{
	p[0] = (struct pollfd){ .fd = w->memory, .events = POLLPRI };
	p[1] = (struct pollfd){ .fd = w->cgroup, .events = POLLPRI };
	if (w->eventfd >= 0)
		p[0] = (struct pollfd){ .fd = w->eventfd, .events = POLLIN };
}

/* Removing the cgroup is a notice too, and no oom. */
static bool take_eventfd(struct oom_watch *w)
{
	uint64_t n;

	if (read(w->eventfd, &n, sizeof(n)) != sizeof(n))
		return false;
	return n > 1 || faccessat(w->dir, "cgroup.event_control", F_OK, 0) == 0;
}

bool oom_take(struct oom_watch *w)
{
	uint64_t kills, before = w->kills;

	if (w->eventfd >= 0)
		return take_eventfd(w);
	if (w->memory < 0 || read_kills(w, &kills) < 0)
		return false;
	w->kills = kills;
	return kills > before;
}

bool oom_is_over(const struct oom_watch *w)
{
	OWN_TEXT text = { 0 };
	uint64_t populated = 0;

	if (w->cgroup < 0)
		return false;
	return read_again(w->cgroup, &text) < 0 ||
	       (stats_find(text_str(&text), "populated", &populated) && !populated);
}
