/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delete: of a stopped container, of a running one with --force, and of what any
 * prefix of a create left behind.                                      Runs: host
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "cgroup/cgroup.h"
#include "container/found.h"
#include "container/unit.h"
#include "rootfs/rootfs.h"

#define LOCK_SECONDS 10

static void on_alarm(int signal)
{
	(void)signal;
}

/* Whoever holds it may be waiting for a container that never answers: not for ever. */
static int lock_for_a_while(int dir, struct err *e)
{
	const struct sigaction act = { .sa_handler = on_alarm };
	int ret;

	if (store_lock(dir, STORE_EXCLUSIVE, false, e) == 0)
		return 0;
	if (e->sys != EWOULDBLOCK)
		return -1;
	sigaction(SIGALRM, &act, NULL);
	alarm(LOCK_SECONDS);
	ret = store_lock_once(dir, STORE_EXCLUSIVE);
	alarm(0);
	return ret < 0 ? err_sys(e, "lock the container") : 0;
}

static int in_use(const char *id, struct err *e)
{
	return err_set(e,
		       "container %.64s is in use by another runc (create, start, exec or delete): try again when that has ended",
		       id);
}

/* No state.json: a create that was killed, or is still at it, or a stray directory. */
static int remove_remains(const struct context *c, int root, const char *id, bool force,
			  struct err *e)
{
	OWN_FD dir = store_open(root, id, e);
	struct record r;

	if (dir < 0)
		return e->sys == ENOENT ? 0 : -1;
	if ((force ? lock_for_a_while(dir, e) :
		     store_lock(dir, STORE_EXCLUSIVE, false, e)) < 0)
		return in_use(id, e);
	if (!store_is_current(root, id, dir))
		return 0;
	if (store_load(dir, OWNED_FILE, &r, c->arena, e) > 0) {
		unit_forget_lost(&r);
		/* init died with its parent; what it left runs in a cgroup of its own */
		if (cgroup_kill(r.cgroup_paths, e) < 0)
			log_debug("%s", e->text);
		if (r.mount_before &&
		    rootfs_unmount_host(r.config->rootfs, r.mount_before, e) < 0)
			return -1;
		unit_end(&r, c);
		if (cgroup_remove(r.cgroup_paths, e) < 0)
			return -1;
	} else if (store_load(dir, CLAIM_FILE, &r, c->arena, e) > 0) {
		/* perhaps another container's: taken away only if nobody is in it */
		bool empty = cgroup_remove_empty(r.cgroup_paths) && r.cgroup_paths.n;

		unit_end_claimed(&r, c, empty);
	}
	return store_remove(root, id, dir, e);
}

static int delete_unknown(const struct context *c, const char *id, bool force,
			  struct err *e)
{
	OWN_FD root = store_open_root(c->root_path, false, e);

	if (root < 0)
		return e->sys != ENOENT ? -1 :
		       force            ? 0 :
					  err_set(e, "container does not exist");
	if (remove_remains(c, root, id, force, e) < 0)
		return -1;
	return force ? 0 : err_set(e, "container does not exist");
}

static int end_init(const struct found *f, const char *id, bool force, struct err *e)
{
	enum status status;

	if (found_status(f, &status, e) < 0)
		return -1;
	if (!force && (status == STATUS_RUNNING || status == STATUS_PAUSED))
		return err_set(e, "cannot delete container %s that is not stopped: %s",
			       id, names_word(status_words, status));
	return found_kill(f, e);
}

int container_delete(const struct context *c, const char *id, bool force, struct err *e)
{
	struct found f;
	int ret;

	if (store_check_id(id, e) < 0)
		return -1;
	if (found_open(&f, c, id, e) < 0) {
		if (strcmp(e->text, "container does not exist") != 0)
			return -1;
		return delete_unknown(c, id, force, e);
	}
	/* an exec may hold the lock for as long as the container keeps it waiting: its
	 * end is the end of that */
	if (force && store_lock(f.dir, STORE_EXCLUSIVE, false, e) < 0)
		found_kill(&f, e);
	ret = lock_for_a_while(f.dir, e) < 0 ? in_use(id, e) : 0;
	if (ret == 0)
		ret = end_init(&f, id, force, e);
	if (ret == 0)
		ret = found_destroy(&f, c, e);
	found_close(&f);
	return ret;
}
