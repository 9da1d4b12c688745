/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runc in a container.                                                 Runs: host
 *
 * A v2 cgroup with processes gives no controllers to those below it. Whoever is in a
 * container is in the root of its cgroup namespace, with whom else is there, and has no
 * place above it: so if a limit needs a controller, all of them go to a leaf, as those
 * who build such containers have their entry points do. All stay below the same limits.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "cgroup/private.h"

#define LEAF "@init" /* no container's: no id has that character */
#define TURNS 20     /* who forks meanwhile leaves somebody behind */
#define ROOT_INO 1

/* Not the true root, which needs no leaf and whose processes are the machine's. */
static bool may_manage(int dir)
{
	struct stat st;

	return fstat(dir, &st) == 0 && st.st_ino != ROOT_INO &&
	       faccessat(dir, "cgroup.subtree_control", W_OK, AT_EACCESS) == 0 &&
	       faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

/* How many were there; -1 with errno if one does not go. */
static int move_once(int from, int to)
{
	OWN_TEXT procs = { 0 };
	char *save, *pid;
	int n = 0;

	if (cgroup_read(from, "cgroup.procs", &procs) < 0)
		return -1;
	for (pid = strtok_r(procs.s, "\n", &save); pid;
	     pid = strtok_r(NULL, "\n", &save)) {
		/* 0 is one whom our pid namespace does not know */
		if (strcmp(pid, "0") == 0) {
			errno = EPERM;
			return -1;
		}
		if (cgroup_write(to, "cgroup.procs", pid) < 0 && errno != ESRCH)
			return -1;
		n++;
	}
	return n;
}

bool cgroup_move_to_leaf(int dir)
{
	OWN_FD leaf = -1;
	int n = 1;

	if (!may_manage(dir) || (mkdirat(dir, LEAF, 0755) < 0 && errno != EEXIST))
		return false;
	leaf = cgroup_open_at(dir, LEAF, O_RDONLY | O_DIRECTORY);
	for (int turn = 0; leaf >= 0 && n > 0 && turn < TURNS; turn++)
		n = move_once(dir, leaf);
	if (leaf < 0 || n < 0)
		log_debug("cannot move the processes of the namespace's root cgroup to " LEAF
			  ": %s",
			  err_word(errno));
	return leaf >= 0 && n == 0;
}
