/* SPDX-License-Identifier: Apache-2.0 */
#include "container/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "host/host.h"
#include "kernel/helper.h"

#define RUNTIME_DIR "XDG_RUNTIME_DIR"

/* ---- where the bus is ---- */

static bool is_own_dir(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/*
 * Where the caller's manager listens. su and cron do not say it, but where logind puts
 * it is known; whose it is, its owner says. NULL: nowhere.
 */
static const char *runtime_dir(struct arena *a)
{
	const char *dir = getenv(RUNTIME_DIR);

	if (dir && *dir)
		return dir;
	dir = arena_printf(a, "/run/user/%u", geteuid());
	return is_own_dir(dir) ? dir : NULL;
}

static void pass_on(char **env, size_t *n, const char *name, struct arena *a)
{
	const char *value = getenv(name);

	if (value && *value)
		env[(*n)++] = arena_printf(a, "%s=%s", name, value);
}

/* Nothing else of the caller's environment is the helper's business. */
static char *const *make_env(bool user, struct arena *a)
{
	char **env = arena_new(a, 3, sizeof(*env));
	const char *dir = user ? runtime_dir(a) : NULL;
	size_t n = 0;

	pass_on(env, &n, user ? "DBUS_SESSION_BUS_ADDRESS" : "DBUS_SYSTEM_BUS_ADDRESS", a);
	if (dir)
		env[n++] = arena_printf(a, RUNTIME_DIR "=%s", dir);
	return env;
}

bool unit_has_user_manager(void)
{
	struct arena a = { 0 };
	const char *dir = runtime_dir(&a);
	struct stat st;
	bool there = dir &&
		     lstat(arena_printf(&a, "%s/systemd/private", dir), &st) == 0 &&
		     S_ISSOCK(st.st_mode) && st.st_uid == geteuid();

	arena_free(&a);
	return there;
}

int unit_caller(struct unit_caller *out, const struct context *c, bool user, struct err *e)
{
	struct err why;

	*out = (struct unit_caller){ .user = user, .cancel = -1 };
	out->helper = helper_find(UNIT_HELPER, c->cwd, c->arena, &why);
	if (!out->helper)
		return err_set(e,
			       "systemd cannot be asked: %.1000s (it belongs to runc where that was built with libsystemd)",
			       why.text);
	out->env = make_env(user, c->arena);
	return 0;
}

/* ---- of a container ---- */

const char *unit_of_record(const struct record *r, struct arena *a)
{
	const struct record_cgroups *c = r->config->cgroups;

	if (!c || !c->systemd || !c->name)
		return NULL;
	return cgroup_unit_name(c->scope_prefix ? c->scope_prefix : "", c->name, a);
}

int unit_caller_of_record(struct unit_caller *out, const struct context *c, struct err *e)
{
	/* who it was made by is who asks now: the state's directory is nobody else's */
	return unit_caller(out, c, host_systemd() != HOST_SYSTEMD_OURS, e);
}

void unit_forget_lost(struct record *r)
{
	uint64_t now = r->cgroup_inode ? cgroup_inode(r->cgroup_paths) : 0;

	if (now && now != r->cgroup_inode)
		r->cgroup_paths = (struct pairs){ 0 };
}

/*
 * Who has its name now is not the container if its cgroup is gone. A slice's may be taken
 * away while it is active, but it is not another's then.
 */
static bool is_over(const struct record *r, const char *unit)
{
	if (r->cgroup_inode && !r->cgroup_paths.n)
		return true;
	return !text_ends(unit, ".slice") && !cgroup_inode(r->cgroup_paths);
}

static void end_by(int (*how)(const struct unit_caller *c, const char *unit,
			      struct arena *a, struct err *e),
		   const char *unit, const struct context *c)
{
	struct unit_caller caller;
	struct err e;

	if (unit_caller_of_record(&caller, c, &e) < 0 ||
	    how(&caller, unit, c->arena, &e) < 0)
		log_warning("%s", e.text);
}

void unit_end(const struct record *r, const struct context *c)
{
	const char *unit = unit_of_record(r, c->arena);

	if (unit)
		end_by(is_over(r, unit) ? unit_sweep : unit_stop, unit, c);
}

void unit_end_claimed(const struct record *r, const struct context *c, bool empty)
{
	const char *unit = unit_of_record(r, c->arena);

	if (unit && !text_ends(unit, ".slice"))
		end_by(unit_sweep, unit, c);
	else if (unit && empty)
		unit_end(r, c);
}
