/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/path.h"
#include "kernel/proc.h"
#include "kernel/seal.h"

#define OVERFLOW_UID 65534 /* whose id is not mapped */

/*
 * In a user namespace the root that installed us may have no id: rootless podman runs
 * us so. Then it is whoever owns runc itself, too, that one has to trust.
 */
static bool is_trusted(uid_t owner)
{
	return owner == 0 || owner == geteuid() ||
	       (owner == OVERFLOW_UID && proc_in_userns());
}

/* With umask 002, as Debian's su sets it, a user's own group may write what the user makes. */
static bool is_safe(const struct stat *st)
{
	return is_trusted(st->st_uid) && !(st->st_mode & S_IWOTH) &&
	       (!(st->st_mode & S_IWGRP) || st->st_gid == getegid());
}

static int check(const char *dir, const char *name, struct err *e)
{
	OWN_FD fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat at, st;

	if (fd < 0 || fstat(fd, &at) < 0 ||
	    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot run %s/%s", dir, name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, "cannot run %s/%s: it is not a regular file", dir, name);
	if (!is_safe(&at) || !is_safe(&st))
		return err_set(e,
			       "cannot run %s/%s: it may be changed by others than root and the caller (see the owner and mode of it and of its directory)",
			       dir, name);
	return 0;
}

static const char *own_directory(const char *cwd, struct arena *a)
{
	const char *word = program_invocation_name;
	const char *path = path_absolute(word, cwd, a);
	OWN_STR real = NULL;

	if (!strchr(word, '/'))
		return NULL;
	real = realpath(path, NULL);
	if (!real || !seal_is_of(real))
		return NULL;
	return arena_ndup(a, real, (size_t)(strrchr(real, '/') - real));
}

const char *helper_find(const char *name, const char *cwd, struct arena *a, struct err *e)
{
	const char *beside = own_directory(cwd, a), *dir = HELPERDIR;

	if (beside && (check(beside, name, e) == 0 || e->sys != ENOENT))
		dir = beside;
	return check(dir, name, e) < 0 ? NULL : arena_printf(a, "%s/%s", dir, name);
}
