/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "kernel/compat.h"

#define FSCONFIG_VALUE_MAX 255 /* fs/fsopen.c: strndup_user(_value, 256) */

int mount_clone(int dirfd, const char *path, bool recursive)
{
	return open_tree(dirfd, path,
			 (unsigned int)(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
					AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
					(recursive ? AT_RECURSIVE : 0)));
}

/* The kernel's own explanation of a failed fsconfig, if it left one: "e tmpfs: Bad value
 * for 'size'". */
static int fs_failed(int fs, const struct fs_request *req, const char *what, struct err *e)
{
	char log[256];
	int sys = errno;
	ssize_t n = read(fs, log, sizeof(log) - 1);

	errno = sys;
	if (n <= 2)
		return err_sys(e, "%s", what);
	log[n] = '\0';
	log[strcspn(log, "\n")] = '\0';
	err_set(e, "%s (%s)", log + 2, err_word(sys));
	/* some file systems prefix their name, some do not */
	if (!strstr(log, req->type))
		err_in(e, "%s", req->type);
	e->sys = sys;
	return -1;
}

static int set_option(int fs, const struct fs_request *req, char *option, struct err *e)
{
	char *value = strchr(option, '=');
	int ret;

	if (!*option)
		return 0;
	if (value)
		*value++ = '\0';
	if (strlen(option) > FSCONFIG_VALUE_MAX ||
	    (value && strlen(value) > FSCONFIG_VALUE_MAX)) {
		errno = EMSGSIZE;
		return err_sys(e, "option %.40s", option);
	}
	ret = value ? fsconfig(fs, FSCONFIG_SET_STRING, option, value, 0) :
		      fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0);
	return ret < 0 ? fs_failed(fs, req, option, e) : 0;
}

/* Commas separate options, except inside the double quotes of an SELinux context. */
static int set_data(int fs, const struct fs_request *req, struct err *e)
{
	OWN_STR data = mem_dup(req->data ? req->data : "");
	char *p = data;

	while (*p) {
		char *start = p, *to = p;
		bool quoted = false;

		for (; *p && (*p != ',' || quoted); p++) {
			if (*p == '"')
				quoted = !quoted;
			else
				*to++ = *p;
		}
		if (*p)
			p++;
		*to = '\0';
		if (set_option(fs, req, start, e) < 0)
			return -1;
	}
	return 0;
}

static int set_flags(int fs, const struct fs_request *req, struct err *e)
{
	const struct {
		bool on;
		const char *word;
	} flags[] = {
		{ req->sync, "sync" },         { req->dirsync, "dirsync" },
		{ req->mandlock, "mand" },     { req->lazytime, "lazytime" },
		{ req->iversion, "iversion" },
	};

	for (size_t i = 0; i < COUNT(flags); i++)
		if (flags[i].on &&
		    fsconfig(fs, FSCONFIG_SET_FLAG, flags[i].word, NULL, 0) < 0)
			return fs_failed(fs, req, flags[i].word, e);
	return 0;
}

int mount_fs(const struct fs_request *req, struct err *e)
{
	OWN_FD fs = fsopen(req->type, FSOPEN_CLOEXEC);
	const char *source = req->source ? req->source : req->type;
	int fd;

	if (fs < 0)
		return err_sys(e, "file system type %s", req->type);
	if (strlen(source) > FSCONFIG_VALUE_MAX) {
		errno = EMSGSIZE;
		return err_sys(e, "source");
	}
	if (*source && fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return fs_failed(fs, req, "source", e);
	if (set_data(fs, req, e) < 0 || set_flags(fs, req, e) < 0)
		return -1;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_failed(fs, req, req->type, e);
	fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned int)req->attrs);
	return fd < 0 ? err_sys(e, "mount %s", req->type) : fd;
}

int mount_overlay(int lower, int upper, int work, uint64_t attrs, struct err *e)
{
	char data[128];
	const struct fs_request req = { .type = "overlay", .data = data, .attrs = attrs };

	/* in a user namespace the kernel wants its notes in user.*: Linux 5.11 */
	snprintf(data, sizeof(data),
		 "userxattr,lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d",
		 lower, upper, work);
	return mount_fs(&req, e);
}

int mount_legacy(const struct fs_request *req, unsigned long flags, int target,
		 struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", target);
	if (mount(req->source, path, req->type, flags, req->data) < 0)
		return err_sys(e, "mount %s", req->type);
	return 0;
}

int mount_attach(int tree, int target)
{
	return move_mount(tree, "", target, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* By the working directory: umount2 takes paths, and "." is one that no link is part of. */
int mount_detach(int mount)
{
	OWN_FD back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (back < 0 || fchdir(mount) < 0)
		return -1;
	ret = umount2(".", MNT_DETACH | UMOUNT_NOFOLLOW);
	return fchdir(back) < 0 ? -1 : ret;
}

static int set_attr(int fd, const char *path, bool recursive, struct mount_attr *attr)
{
	return mount_setattr(fd, path,
			     (unsigned int)(AT_EMPTY_PATH |
					    (recursive ? AT_RECURSIVE : 0)),
			     attr, sizeof(*attr));
}

int mount_set(int fd, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation)
{
	struct mount_attr attr = { .attr_set = set,
				   .attr_clr = clear,
				   .propagation = propagation };

	return set_attr(fd, "", recursive, &attr);
}

int mount_idmap(int fd, bool recursive, int userns_fd)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = (uint64_t)userns_fd };

	return set_attr(fd, "", recursive, &attr);
}

int mount_propagation(const char *path, bool recursive, uint64_t propagation)
{
	struct mount_attr attr = { .propagation = propagation };

	return set_attr(AT_FDCWD, path, recursive, &attr);
}

int mount_pivot_here(struct err *e)
{
	OWN_FD old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0)
		return err_sys(e, "open /");
	/* pivot_root(".", ".") stacks the old root on the new one, so no put_old
	 * directory is needed */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_sys(e, "pivot_root");
	if (fchdir(old) < 0)
		return err_sys(e, "enter the old root");
	/* it may have been kept shared on purpose: unmounting it here must not unmount
	 * the host's */
	if (mount_propagation(".", true, MS_SLAVE) < 0)
		return err_sys(e, "make the old root a slave");
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(e, "unmount the old root");
	if (chdir("/") < 0)
		return err_sys(e, "chdir /");
	return 0;
}
