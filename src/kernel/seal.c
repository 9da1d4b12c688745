/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "kernel/compat.h"
#include "kernel/mount.h"

#define SELF "/proc/self/exe"
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

bool seal_needed(bool caller_is_root, uid_t owner, mode_t mode, bool read_only_mount)
{
	if (read_only_mount)
		return false;
	return caller_is_root || owner != 0 || (mode & (S_IWGRP | S_IWOTH)) != 0;
}

bool seal_is_elevated(void)
{
	/* AT_SECURE alone is not enough: an SELinux domain transition sets it too */
	return getauxval(AT_SECURE) &&
	       (getuid() != geteuid() || getgid() != getegid() ||
		getxattr(SELF, "security.capability", NULL, 0) > 0);
}

/*
 * A clone that is attached nowhere: once exec has closed its descriptor it
 * belongs to no mount namespace, so nobody can make it writable or clone it again.
 */
static int read_only_clone(void)
{
	OWN_FD tree = mount_clone(AT_FDCWD, SELF, false);

	if (tree < 0 ||
	    mount_set(tree, false,
		      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0, 0) < 0)
		return -1;
	return fd_take(&tree);
}

static int copy_to_memfd(int exe, off_t size)
{
	/* the name is one of those that scripts allow in a container's descriptors */
	static const char name[] = "runc_cloned:/proc/self/exe";
	OWN_FD fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	off_t left = size;

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	while (left > 0) {
		ssize_t n = sendfile(fd, exe, NULL, (size_t)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		left -= n;
	}
	if (fchmod(fd, 0511) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -1;
	fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC); /* Linux 6.3; best effort */
	return fd_take(&fd);
}

static bool is_sealed(int exe)
{
	int seals = fcntl(exe, F_GET_SEALS); /* -1: not a memfd */

	return seals >= 0 && (seals & SEALS) == SEALS;
}

bool seal_is_of(const char *path)
{
	OWN_FD exe = open(SELF, O_RDONLY | O_CLOEXEC);
	struct stat st, self;

	if (exe < 0 || stat(path, &st) < 0 || fstat(exe, &self) < 0)
		return false;
	return is_sealed(exe) || (st.st_dev == self.st_dev && st.st_ino == self.st_ino);
}

int seal_self(char *const *argv, struct err *e)
{
	OWN_FD exe = open(SELF, O_RDONLY | O_CLOEXEC);
	struct statvfs fs;
	struct stat st;
	OWN_FD copy = -1;

	if (exe < 0 || fstat(exe, &st) < 0 || fstatvfs(exe, &fs) < 0)
		return err_sys(e, "open %s", SELF);
	if (is_sealed(exe) ||
	    !seal_needed(geteuid() == 0, st.st_uid, st.st_mode, fs.f_flag & ST_RDONLY))
		return 0;
	copy = read_only_clone();
	if (copy < 0)
		copy = copy_to_memfd(exe, st.st_size);
	if (copy < 0)
		return err_sys(e, "make a read-only copy of our own program");
	log_debug("runc exeseal: using /proc/self/exe clone");
	execveat(copy, "", argv, environ, AT_EMPTY_PATH);
	return err_sys(e, "execute a read-only copy of our own program");
}
