/* SPDX-License-Identifier: Apache-2.0 */
/* events: what a container uses, every now and then, and that its memory ran out.
 *                                                                      Runs: host */
#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "cgroup/oom.h"
#include "cgroup/stats.h"
#include "container/net_found.h"
#include "kernel/pidfd.h"

#define SECOND_NS 1000000000

struct net_event {
	const char *status; /* "dead" */
	int32_t pid;
	const char *text;
};

struct event {
	const char *type, *id;
	const struct stats *data;
	const struct net_event *net; /* "data" too: one of the two is NULL */
};

/* clang-format off */
static const struct table net_event_table = { sizeof(struct net_event), (const struct field[]) {
	{ "status", F_STR(net_event, status), .show = true },
	{ "pid",    F_I32(net_event, pid),    .show = true },
	{ "text",   F_STR(net_event, text),   .show = true },
	{ 0 } } };

static const struct table event_table = { sizeof(struct event), (const struct field[]) {
	{ "type", F_STR(event, type), .show = true },
	{ "id",   F_STR(event, id),   .show = true },
	{ "data", F_OBJ(event, data, stats, &stats_table) },
	{ "data", F_OBJ(event, net, net_event, &net_event_table) },
	{ 0 } } };
/* clang-format on */

struct watcher {
	const struct found *found;
	const struct events_options *options;
	struct stats_dirs dirs;
	struct oom_watch oom;
	int pidfd, timer;
	int net; /* runc-net; -1: there is none, or its end was told */
};

static int say(const struct watcher *w, const struct event *event, struct err *e)
{
	OWN_TEXT line = { 0 };

	json_print(&line, &event_table, event, NULL);
	text_add(&line, "\n");
	return w->options->say(&line, e);
}

static int say_oom(const struct watcher *w, struct err *e)
{
	return say(w, &(struct event){ .type = "oom", .id = w->found->record.id }, e);
}

/* -1: it could not be read, or (*said) not be said. */
static int say_stats(const struct watcher *w, bool *said, struct err *e)
{
	const struct record *r = &w->found->record;
	struct arena arena = { 0 };
	struct stats stats;
	int ret = stats_read(&w->dirs, r->config->rootless_cgroups, &stats, &arena, e);

	*said = ret == 0;
	if (ret == 0)
		ret = say(w,
			  &(struct event){ .type = "stats", .id = r->id, .data = &stats },
			  e);
	arena_free(&arena);
	return ret;
}

static int take_tick(const struct watcher *w, struct err *e)
{
	uint64_t times;
	bool said;

	/* a late reader gets one, not all that it missed */
	if (read(w->timer, &times, sizeof(times)) != sizeof(times) ||
	    say_stats(w, &said, e) == 0)
		return 0;
	if (said)
		return -1;
	log_error("%s", e->text);
	return 0;
}

/* It ends with init, so its end alone is that of the network. */
static int say_net(struct watcher *w, struct err *e)
{
	const struct record *r = &w->found->record;
	struct net_event data = { .status = "dead", .pid = r->net->pid };
	OWN_TEXT text = { 0 };
	int status = -1, ret = 0;

	if (!pidfd_wait(w->pidfd, 0)) {
		if (w->net >= 0 && !pidfd_status(w->net, &status))
			status = -1;
		net_print_death(r->id, status, &text);
		data.text = text_str(&text);
		ret = say(w, &(struct event){ .type = "net", .id = r->id, .net = &data },
			  e);
	}
	fd_close(&w->net);
	return ret;
}

static int watch(struct watcher *w, struct err *e)
{
	for (;;) {
		struct pollfd p[3 + OOM_FDS] = {
			{ .fd = w->pidfd, .events = POLLIN },
			{ .fd = w->timer, .events = POLLIN },
			{ .fd = w->net, .events = POLLIN },
		};

		oom_poll(&w->oom, p + 3);
		if (poll(p, COUNT(p), -1) < 0) {
			if (errno != EINTR)
				return err_sys(e, "wait for events");
			continue;
		}
		/* in this order: what killed init is told before the end */
		if (oom_take(&w->oom) && say_oom(w, e) < 0)
			return -1;
		if (p[0].revents || oom_is_over(&w->oom))
			return 0;
		if (p[2].revents && say_net(w, e) < 0)
			return -1;
		if (p[1].revents && take_tick(w, e) < 0)
			return -1;
	}
}

static int open_timer(struct watcher *w, struct err *e)
{
	const struct timespec every = { .tv_sec = w->options->interval_ns / SECOND_NS,
					.tv_nsec = w->options->interval_ns % SECOND_NS };

	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->timer < 0 ||
	    timerfd_settime(w->timer, 0, &(struct itimerspec){ every, every }, NULL) < 0)
		return err_sys(e, "start a timer");
	return 0;
}

/* Without its notices the stats are still worth having. */
static void open_oom(struct watcher *w)
{
	const struct record *r = &w->found->record;
	struct err why;

	if (r->config->rootless_cgroups)
		log_warning(
			"getting OOM notifications may fail if you don't have the full access to cgroups");
	if (oom_open(&w->oom, r->cgroup_paths, &why) < 0)
		log_warning("no OOM notices: %s", why.text);
}

/* If it ended before we looked, that is told now. */
static int open_net(struct watcher *w, struct err *e)
{
	if (!w->found->record.net)
		return 0;
	w->net = net_pidfd(w->found, e);
	if (w->net >= 0)
		return 0;
	return e->sys == ESRCH ? say_net(w, e) : -1;
}

static int watch_found(struct watcher *w, struct err *e)
{
	bool said, counted = stats_open(&w->dirs, w->found->record.cgroup_paths, e) == 0;

	/* without a cgroup there is still a network to be told of */
	if (!counted && (w->options->stats || !w->found->record.net))
		return -1;
	if (w->options->stats)
		return say_stats(w, &said, e);
	if (!counted)
		log_warning("no stats: %s", e->text);
	else
		open_oom(w);
	if ((counted && open_timer(w, e) < 0) || open_net(w, e) < 0)
		return -1;
	return watch(w, e);
}

static int open_running(struct watcher *w, struct err *e)
{
	enum status status;

	if (found_status(w->found, &status, e) < 0)
		return -1;
	if (status != STATUS_STOPPED)
		w->pidfd = found_pidfd(w->found, e);
	if (w->pidfd >= 0)
		return 0;
	return status == STATUS_STOPPED || e->sys == ESRCH ?
		       err_set(e, "container with id %s is not running",
			       w->found->record.id) :
		       -1;
}

int container_events(const struct context *c, const struct events_options *o,
		     struct err *e)
{
	struct found f;
	struct watcher w = {
		.found = &f, .options = o, .pidfd = -1, .timer = -1, .net = -1
	};
	int ret;

	w.oom = (struct oom_watch){ -1, -1, -1, -1, 0 };
	if (found_open(&f, c, o->id, e) < 0)
		return -1;
	if (o->interval_ns <= 0)
		ret = err_set(e, "duration interval must be greater than 0");
	else
		ret = open_running(&w, e);
	found_close(&f); /* nobody's delete waits for us */
	if (ret == 0) {
		ret = watch_found(&w, e);
		stats_close(&w.dirs);
	}
	oom_close(&w.oom);
	fd_close(&w.timer);
	fd_close(&w.net);
	fd_close(&w.pidfd);
	return ret;
}
