/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/systemd/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/num.h"

#define NAME "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"

#define CONNECT_TURNS 7
#define CONNECT_PAUSE_MS 100 /* doubled each time */
#define CALL_TIMEOUT_US (25 * 1000000ull)

/* The library's negative errno. */
static int no(struct err *e, int ret, const char *what)
{
	errno = -ret;
	return err_sys(e, "%s", what);
}

/* ---- connecting ---- */

static int open_address(sd_bus **bus, const char *address)
{
	sd_bus *b = NULL;
	int ret = sd_bus_new(&b);

	if (ret >= 0)
		ret = sd_bus_set_address(b, address);
	if (ret >= 0)
		ret = sd_bus_start(b);
	if (ret < 0)
		sd_bus_unref(b);
	else
		*bus = b;
	return ret;
}

/* The manager's own socket: root's, or below the caller's $XDG_RUNTIME_DIR. */
static int open_direct(sd_bus **bus, bool user)
{
	const char *dir = user ? getenv("XDG_RUNTIME_DIR") : "/run";
	struct arena a = { 0 };
	int ret = -ENOENT;

	/* who names a bus of the system means that one */
	if (dir && (user || (geteuid() == 0 && !getenv("DBUS_SYSTEM_BUS_ADDRESS"))))
		ret = open_address(bus,
				   arena_printf(&a, "unix:path=%s/systemd/private", dir));
	arena_free(&a);
	return ret;
}

static int open_bus(sd_bus **bus, bool user)
{
	return user ? sd_bus_open_user(bus) : sd_bus_open_system(bus);
}

/* Whose queue is full says EAGAIN, and has nothing that one could wait for. */
static int open_patiently(sd_bus **bus, bool user, int (*way)(sd_bus **, bool))
{
	int ret = way(bus, user);

	for (int turn = 0; ret == -EAGAIN && turn < CONNECT_TURNS; turn++) {
		poll(NULL, 0, CONNECT_PAUSE_MS << turn);
		ret = way(bus, user);
	}
	return ret;
}

/* "257.13-1", "v252": the number in front. */
static unsigned int parse_version(const char *text)
{
	struct arena a = { 0 };
	uint64_t version = 0;

	text += *text == 'v';
	num_dec(arena_ndup(&a, text, strspn(text, "0123456789")), UINT16_MAX, &version);
	arena_free(&a);
	return (unsigned int)version;
}

int bus_open(struct bus *b, bool user, struct err *e)
{
	int ret;

	*b = (struct bus){ .error = SD_BUS_ERROR_NULL, .direct = true };
	ret = open_patiently(&b->bus, user, open_direct);
	if (ret < 0) {
		b->direct = false;
		ret = open_patiently(&b->bus, user, open_bus);
	}
	if (ret >= 0) {
		sd_bus_set_method_call_timeout(b->bus, CALL_TIMEOUT_US);
		return 0;
	}
	return err_set(e, "failed to connect to dbus%s: %s",
		       user ? " (hint: for rootless containers, maybe you need to install dbus-user-session package, or to log in so that XDG_RUNTIME_DIR is set)" :
			      "",
		       err_word(-ret));
}

int bus_ask_version(struct bus *b, struct err *e)
{
	char *text = NULL;
	int ret;

	sd_bus_error_free(&b->error);
	ret = sd_bus_get_property_string(b->bus, NAME, PATH, MANAGER, "Version",
					 &b->error, &text);
	if (ret < 0) {
		no(e, ret, "ask systemd for its version");
		return b->error.message ? err_set(e, "%s", b->error.message) : -1;
	}
	b->version = parse_version(text);
	free(text);
	return 0;
}

void bus_close(struct bus *b)
{
	sd_bus_error_free(&b->error);
	b->bus = sd_bus_flush_close_unref(b->bus);
}

/* ---- calls ---- */

int bus_new_call(struct bus *b, const char *method, sd_bus_message **m, struct err *e)
{
	int ret = sd_bus_message_new_method_call(b->bus, m, NAME, PATH, MANAGER, method);

	return ret < 0 ? no(e, ret, method) : 0;
}

int bus_call(struct bus *b, sd_bus_message *m, sd_bus_message **reply, struct err *e)
{
	int ret;

	sd_bus_error_free(&b->error);
	ret = sd_bus_call(b->bus, m, 0, &b->error, reply);
	if (ret >= 0)
		return 0;
	no(e, ret, sd_bus_message_get_member(m));
	return b->error.message ? err_set(e, "%s", b->error.message) : -1;
}

bool bus_failed_by(const struct bus *b, const char *name)
{
	return b->error.name && strncmp(b->error.name, NAME ".", strlen(NAME) + 1) == 0 &&
	       strcmp(b->error.name + strlen(NAME) + 1, name) == 0;
}

int bus_call_unit(struct bus *b, const char *method, const char *unit, struct err *e)
{
	sd_bus_message *m = NULL;
	int ret = bus_new_call(b, method, &m, e);

	if (ret == 0 && sd_bus_message_append(m, "s", unit) < 0)
		ret = err_set(e, "%s: %s is not a name that can be sent", method, unit);
	if (ret == 0)
		ret = bus_call(b, m, NULL, e);
	sd_bus_message_unref(m);
	return ret;
}

/* ---- jobs ---- */

static int on_job(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *path, *unit, *result;
	struct bus_job *job = data;
	uint32_t id;

	(void)error;
	if (job->path && sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 &&
	    strcmp(path, job->path) == 0)
		snprintf(job->result, sizeof(job->result), "%s", result);
	return 0;
}

int bus_watch_jobs(struct bus *b, struct bus_job *job, struct err *e)
{
	int ret;

	*job = (struct bus_job){ 0 };
	/* without a bus in between, the sender has no name */
	ret = sd_bus_match_signal_async(b->bus, &job->slot, b->direct ? NULL : NAME, PATH,
					MANAGER, "JobRemoved", on_job, NULL, job);
	return ret < 0 ? no(e, ret, "ask for signals of jobs") : 0;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

int bus_wait_job(struct bus *b, struct bus_job *job, int seconds, struct err *e)
{
	const int64_t end = now_us() + seconds * INT64_C(1000000);

	for (;;) {
		int ret = sd_bus_process(b->bus, NULL);
		int64_t left = end - now_us();

		if (ret < 0)
			return no(e, ret, "wait for a job of systemd's");
		if (*job->result)
			return 1;
		if (left <= 0)
			return 0;
		if (ret == 0 && (ret = sd_bus_wait(b->bus, (uint64_t)left)) < 0 &&
		    ret != -EINTR)
			return no(e, ret, "wait for a job of systemd's");
	}
}
