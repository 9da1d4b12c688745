/* SPDX-License-Identifier: Apache-2.0 */
/* Giving a cgroup to who lives in it.                        Runs: host, or inside */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "cgroup/private.h"

/* The kernel's list, one name a line; Linux 4.15. */
#define LIST_FILE "/sys/kernel/cgroup/delegate"
#define MAX_DEPTH "32"
#define MAX_DESCENDANTS "1000"
#define LIST_DEFAULT "cgroup.procs\ncgroup.threads\ncgroup.subtree_control\n"

/*
 * Who lives in it makes cgroups below it, which we walk and remove with descriptors of
 * ours: they end somewhere, unless the config says where. Older kernels than 4.14 have no
 * such file.
 */
static void bound(int dir, const char *file, const char *value)
{
	OWN_TEXT now = { 0 };

	if (cgroup_read(dir, file, &now) == 0 && text_starts(text_str(&now), "max"))
		cgroup_write(dir, file, value);
}

int cgroup_delegate(const char *path, uid_t uid, struct err *e)
{
	OWN_FD dir = cgroup_open_dir(path, e);
	OWN_TEXT list = { 0 };
	char *save, *name;

	if (dir < 0)
		return -1;
	bound(dir, "cgroup.max.depth", MAX_DEPTH);
	bound(dir, "cgroup.max.descendants", MAX_DESCENDANTS);
	if (io_read_at(AT_FDCWD, LIST_FILE, 1u << 16, &list) < 0) {
		text_cut(&list, 0);
		text_add(&list, LIST_DEFAULT);
	}
	if (fchownat(dir, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0)
		return err_sys(e, "delegate %s to user %u", path, uid);
	for (name = strtok_r(list.s, "\n", &save); name;
	     name = strtok_r(NULL, "\n", &save)) {
		/* a name, not a path; and not every controller is in every cgroup */
		if (strchr(name, '/') ||
		    (fchownat(dir, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 &&
		     errno != ENOENT))
			return err_sys(e, "delegate %s/%s to user %u", path, name, uid);
	}
	return 0;
}
