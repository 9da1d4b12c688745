/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runc-systemd: one order of runc's, done by systemd; src/cgroup/unit.h says how they
 * talk. The only program of ours that is linked with libsystemd. Its caller may be any
 * user: it has no privilege but the caller's own, and systemd decides what that may do.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/io.h"
#include "base/own.h"
#include "base/text.h"
#include "helpers/systemd/bus.h"

#define ORDER_MAX (16u << 20)

#define STATUS_FAILED 1
#define STATUS_UNSURE 2 /* systemd may go on with it */

/* One order in flight. */
struct work {
	struct bus bus;
	struct unit_order order;
	struct unit_answer answer;
	struct arena arena;
	bool unsure;
};

/* ---- start ---- */

static int fill_start(struct work *w, sd_bus_message *m, struct err *e)
{
	size_t n;

	if (sd_bus_message_append(m, "ss", w->order.unit, "replace") < 0)
		return err_set(e, "%s is not a name that can be sent", w->order.unit);
	if (bus_append_properties(m, w->order.properties, w->bus.version, &n, e) < 0)
		return -1;
	/* no units beside it */
	if (sd_bus_message_append(m, "a(sa(sv))", 0) < 0)
		return err_set(e, "cannot send properties");
	return 0;
}

/* *reply has the job. */
static int ask_to_start(struct work *w, sd_bus_message **reply, struct err *e)
{
	sd_bus_message *m = NULL;
	int ret = bus_new_call(&w->bus, "StartTransientUnit", &m, e);

	if (ret == 0)
		ret = fill_start(w, m, e);
	if (ret == 0)
		ret = bus_call(&w->bus, m, reply, e);
	sd_bus_message_unref(m);
	return ret;
}

/* A unit that failed keeps its name until somebody says that he has seen it. */
static int ask_again(struct work *w, sd_bus_message **reply, struct err *e)
{
	struct err ignored;
	int ret = ask_to_start(w, reply, e);

	if (ret == 0 || !bus_failed_by(&w->bus, "UnitExists"))
		return ret;
	bus_call_unit(&w->bus, "ResetFailedUnit", w->order.unit, &ignored);
	ret = ask_to_start(w, reply, e);
	if (ret < 0 && bus_failed_by(&w->bus, "UnitExists"))
		err_in(e, "container's cgroup is not empty");
	return ret;
}

static int read_job(sd_bus_message *reply, struct bus_job *job, struct err *e)
{
	return sd_bus_message_read(reply, "o", &job->path) < 0 ?
		       err_set(e, "systemd did not name a job") :
		       0;
}

static void give_up(struct work *w)
{
	struct err ignored;

	/* its processes are the caller's to end; without any it goes */
	w->unsure = bus_call_unit(&w->bus, "ResetFailedUnit", w->order.unit, &ignored) < 0;
}

static int wait_started(struct work *w, struct bus_job *job, struct err *e)
{
	int ret = bus_wait_job(&w->bus, job, UNIT_JOB_SECONDS, e);

	if (ret > 0 && strcmp(job->result, "done") == 0)
		return 0;
	if (ret == 0)
		err_set(e, "Timeout waiting for systemd to create %s", w->order.unit);
	if (ret > 0)
		err_set(e, "error creating systemd unit `%s`: got `%s`", w->order.unit,
			job->result);
	give_up(w);
	w->unsure |= ret <= 0;
	return -1;
}

/* Of the unit; lives as long as the work does. NULL: bus.error, or no answer. */
static const char *property(struct work *w, const char *interface, const char *name)
{
	char *path = NULL, *value = NULL;
	const char *copy = NULL;

	sd_bus_error_free(&w->bus.error);
	if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", w->order.unit, &path) >=
		    0 &&
	    sd_bus_get_property_string(w->bus.bus, "org.freedesktop.systemd1", path,
				       interface, name, &w->bus.error, &value) >= 0)
		copy = arena_dup(&w->arena, value);
	free(value);
	free(path);
	return copy;
}

/* Of a slice; of a scope its process tells. */
static int find_cgroup(struct work *w, struct err *e)
{
	w->answer.control_group =
		property(w, "org.freedesktop.systemd1.Slice", "ControlGroup");
	if (!w->answer.control_group)
		return err_set(e, "where is the cgroup of %s: %s", w->order.unit,
			       w->bus.error.message ? w->bus.error.message : "no answer");
	return 0;
}

/* Whoever asked may end us at any time, and is to know then what he has to stop. */
static int say_accepted(struct err *e)
{
	return io_write_all(STDOUT_FILENO, UNIT_ACCEPTED, strlen(UNIT_ACCEPTED)) < 0 ?
		       err_sys(e, "say that the unit is accepted") :
		       0;
}

static int start(struct work *w, struct err *e)
{
	sd_bus_message *reply = NULL;
	struct bus_job job;
	int ret = bus_watch_jobs(&w->bus, &job, e);

	if (ret == 0 && (ret = ask_again(w, &reply, e)) == 0 &&
	    (ret = say_accepted(e)) == 0 && (ret = read_job(reply, &job, e)) == 0)
		ret = wait_started(w, &job, e);
	sd_bus_slot_unref(job.slot);
	sd_bus_message_unref(reply);
	if (ret == 0 && text_ends(w->order.unit, ".slice") && find_cgroup(w, e) < 0) {
		w->unsure = true;
		ret = -1;
	}
	return ret;
}

/* ---- stop ---- */

static int ask_to_stop(struct work *w, sd_bus_message **reply, struct err *e)
{
	sd_bus_message *m = NULL;
	int ret = bus_new_call(&w->bus, "StopUnit", &m, e);

	if (ret == 0 && sd_bus_message_append(m, "ss", w->order.unit, "replace") < 0)
		ret = err_set(e, "%s is not a name that can be sent", w->order.unit);
	if (ret == 0)
		ret = bus_call(&w->bus, m, reply, e);
	sd_bus_message_unref(m);
	return ret;
}

static int wait_stopped(struct work *w, struct bus_job *job, struct err *e)
{
	int ret = bus_wait_job(&w->bus, job, UNIT_JOB_SECONDS, e);

	if (ret > 0 && strcmp(job->result, "done") == 0)
		return 0;
	if (ret == 0)
		return err_set(e, "Timed out while waiting for systemd to remove %s",
			       w->order.unit);
	return ret < 0 ? -1 :
			 err_set(e, "error removing unit `%s`: got `%s`", w->order.unit,
				 job->result);
}

static int stop(struct work *w, struct err *e)
{
	sd_bus_message *reply = NULL;
	struct err ignored;
	struct bus_job job;
	int ret = bus_watch_jobs(&w->bus, &job, e);
	bool gone = false;

	if (ret == 0) {
		ret = ask_to_stop(w, &reply, e);
		/* it went with its last process */
		gone = ret < 0 && bus_failed_by(&w->bus, "NoSuchUnit");
	}
	if (ret == 0 && (ret = read_job(reply, &job, e)) == 0)
		ret = wait_stopped(w, &job, e);
	sd_bus_slot_unref(job.slot);
	sd_bus_message_unref(reply);
	if (gone)
		return 0;
	/* it may be gone by now, which is as good */
	bus_call_unit(&w->bus, "ResetFailedUnit", w->order.unit, &ignored);
	return ret;
}

/* A unit that has not failed is not there, or another's: nothing of its is changed. */
static int forget(struct work *w, struct err *e)
{
	int ret = bus_call_unit(&w->bus, "ResetFailedUnit", w->order.unit, e);

	return ret < 0 && bus_failed_by(&w->bus, "NoSuchUnit") ? 0 : ret;
}

/* The answer of the manager: each is a cgroup, a pid and a command line. */
static bool has_no_processes(struct work *w)
{
	sd_bus_message *m = NULL, *reply = NULL;
	struct err ignored;
	bool none = bus_new_call(&w->bus, "GetUnitProcesses", &m, &ignored) == 0 &&
		    sd_bus_message_append(m, "s", w->order.unit) >= 0 &&
		    bus_call(&w->bus, m, &reply, &ignored) == 0 &&
		    sd_bus_message_enter_container(reply, 'a', "(sus)") > 0 &&
		    sd_bus_message_at_end(reply, 0) > 0;

	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	return none;
}

/* One that is being started has nobody in it yet. */
static bool is_active(struct work *w)
{
	const char *state = property(w, "org.freedesktop.systemd1.Unit", "ActiveState");

	return state && strcmp(state, "active") == 0;
}

static int sweep(struct work *w, struct err *e)
{
	return is_active(w) && has_no_processes(w) ? stop(w, e) : forget(w, e);
}

/* ---- set, attach ---- */

static int set(struct work *w, struct err *e)
{
	sd_bus_message *m = NULL;
	size_t n = 0;
	int ret = bus_new_call(&w->bus, "SetUnitProperties", &m, e);

	if (ret == 0 && sd_bus_message_append(m, "sb", w->order.unit, 1) < 0)
		ret = err_set(e, "%s is not a name that can be sent", w->order.unit);
	if (ret == 0)
		ret = bus_append_properties(m, w->order.properties, w->bus.version, &n, e);
	/* it answers, then changes the cgroup, then takes the next call: whoever writes
	 * to the files after us must not be overwritten */
	if (ret == 0 && n)
		ret = bus_call(&w->bus, m, NULL, e) < 0 ? -1 : bus_ask_version(&w->bus, e);
	sd_bus_message_unref(m);
	return ret;
}

static int attach(struct work *w, struct err *e)
{
	const struct unit_order *o = &w->order;
	/* the unit's own has no name */
	const char *below =
		o->sub_cgroup && strcmp(o->sub_cgroup, "/") != 0 ? o->sub_cgroup : "";
	sd_bus_message *m = NULL;
	int ret = bus_new_call(&w->bus, "AttachProcessesToUnit", &m, e);

	if (ret == 0 && (sd_bus_message_append(m, "ss", o->unit, below) < 0 ||
			 sd_bus_message_append_array(m, 'u', o->pids.v,
						     o->pids.n * sizeof(*o->pids.v)) < 0))
		ret = err_set(e, "%s is not a name that can be sent", o->unit);
	if (ret == 0)
		ret = bus_call(&w->bus, m, NULL, e);
	sd_bus_message_unref(m);
	return ret;
}

/* ---- one order ---- */

static int read_order(struct work *w, struct err *e)
{
	OWN_TEXT text = { 0 };

	if (io_read_all(STDIN_FILENO, ORDER_MAX, &text) < 0)
		return err_sys(e, "read the order");
	return json_load("order", text_str(&text), text.len, &unit_order_table, &w->order,
			 &w->arena, e);
}

static bool needs_version(const struct unit_order *o)
{
	for (size_t i = 0; i < o->properties.n; i++)
		if (o->properties.v[i].since)
			return true;
	return false;
}

static int obey(struct work *w, struct err *e)
{
	if (needs_version(&w->order) && bus_ask_version(&w->bus, e) < 0)
		return -1;
	switch ((enum unit_op)w->order.op) {
	case UNIT_START:
		return start(w, e);
	case UNIT_STOP:
		return stop(w, e);
	case UNIT_SWEEP:
		return sweep(w, e);
	case UNIT_SET:
		return set(w, e);
	case UNIT_ATTACH:
		return attach(w, e);
	}
	return err_set(e, "unknown order");
}

static int say_answer(const struct work *w, struct err *e)
{
	OWN_TEXT out = { 0 };

	json_print(&out, &unit_answer_table, &w->answer, NULL);
	text_addc(&out, '\n');
	return io_write_all(STDOUT_FILENO, text_str(&out), out.len) < 0 ?
		       err_sys(e, "say the answer") :
		       0;
}

static int work(struct work *w, struct err *e)
{
	int ret;

	/* whoever asked is not there to hear the answer */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (read_order(w, e) < 0 || bus_open(&w->bus, w->order.user, e) < 0)
		return -1;
	ret = obey(w, e);
	bus_close(&w->bus);
	return ret < 0 ? -1 : say_answer(w, e);
}

int main(void)
{
	struct work w = { 0 };
	OWN_TEXT line = { 0 };
	struct err e = { 0 };
	int ret = work(&w, &e);

	if (ret < 0) {
		text_printf(&line, "%s\n", e.text);
		io_write_all(STDERR_FILENO, line.s, line.len);
	}
	arena_free(&w.arena);
	return ret == 0 ? 0 : w.unsure ? STATUS_UNSURE : STATUS_FAILED;
}
