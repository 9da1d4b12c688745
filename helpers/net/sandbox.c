/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "kernel/beneath.h"
#include "kernel/compat.h"
#include "kernel/mount.h"

/* a connection of libslirp takes two mappings, of which a process may have 65530; and
 * more would let a container fill the host's memory */
#define FILES_MAX 30000

static int limit(__rlimit_resource_t what, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(what, &r) < 0)
		return -1;
	r.rlim_cur = r.rlim_max < most ? r.rlim_max : most;
	return setrlimit(what, &r);
}

int sandbox_begin(struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "prctl");
	if (limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_NOFILE, FILES_MAX) < 0)
		return err_sys(e, "set resource limits");
	return 0;
}

/* ---- files ---- */

/* The descriptor of an empty etc/resolv.conf. */
static int make_resolv(int writable)
{
	OWN_FD etc = -1;

	if (writable < 0 || mkdirat(writable, "etc", 0755) < 0)
		return -1;
	etc = openat(writable, "etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return etc < 0 ? -1 :
			 openat(etc, "resolv.conf",
				O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
}

int sandbox_root(int *writable, struct err *e)
{
	const struct fs_request tmpfs = { .type = "tmpfs",
					  .data = "size=16k,nr_inodes=8,mode=0555",
					  .attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
						   MOUNT_ATTR_NOEXEC };
	OWN_FD file = -1;
	OWN_FD slash = -1;
	OWN_FD tree = -1;

	if (unshare(CLONE_NEWNS) < 0 || mount_propagation("/", true, MS_PRIVATE) < 0)
		return err_sys(e, "new mount namespace");
	tree = mount_fs(&tmpfs, e);
	if (tree < 0)
		return -1;
	slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (slash < 0 || mount_attach(tree, slash) < 0 || fchdir(tree) < 0)
		return err_sys(e, "attach an empty root");
	if (mount_pivot_here(e) < 0)
		return -1;
	if (writable) {
		*writable = mount_clone(tree, "", false);
		file = make_resolv(*writable);
		if (file < 0)
			return err_sys(e, "make /etc/resolv.conf");
	}
	if (mount_set(tree, false, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return err_sys(e, "make the root read-only");
	return writable ? fd_take(&file) : 0;
}

int sandbox_share_root(int mntns, struct err *e)
{
	return setns(mntns, CLONE_NEWNS) < 0 ? err_sys(e, "join the mount namespace") : 0;
}

static int add_rule(int ruleset, int root, const char *path)
{
	OWN_FD at = beneath_open(root, path, O_PATH);
	struct landlock_path_beneath_attr rule = { .allowed_access =
							   LANDLOCK_ACCESS_FS_READ_FILE,
						   .parent_fd = at };

	/* what is not there need not be read */
	return at < 0 ? 0 :
			(int)syscall(SYS_landlock_add_rule, ruleset,
				     LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

int sandbox_read_only(int root, struct err *e)
{
	/* where resolv.conf is, where managers of networks keep the real one, and the
	 * file itself, wherever it is */
	static const char *const paths[] = { "etc", "run", "etc/resolv.conf" };
	const struct landlock_ruleset_attr all = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1
	};
	OWN_FD ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);

	if (ruleset < 0) /* Linux before 5.13, or switched off */
		return 0;
	for (size_t i = 0; i < COUNT(paths); i++)
		if (add_rule(ruleset, root, paths[i]) < 0)
			return err_sys(e, "landlock: /%s", paths[i]);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return err_sys(e, "landlock");
	return 0;
}

/* ---- rights ---- */

int sandbox_ids(uint32_t uid, uint32_t gid, struct err *e)
{
	/* leaving id 0 takes no capabilities: those are still needed */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0)
		return err_sys(e, "set secure bits");
	/* where an ordinary user mapped one id, groups can be neither changed nor dropped */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_sys(e, "drop groups");
	if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_sys(e, "become %u:%u", uid, gid);
	return 0;
}

int sandbox_caps(uint64_t caps, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	for (size_t i = 0; i < 2; i++) {
		data[i].permitted = (uint32_t)(caps >> 32 * i);
		data[i].effective = data[i].permitted;
	}
	return syscall(SYS_capset, &head, data) < 0 ? err_sys(e, "drop capabilities") : 0;
}

static int forget_object(struct dl_phdr_info *object, size_t size, void *data)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size, (void)data;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &object->dlpi_phdr[i];
		uintptr_t from = object->dlpi_addr + h->p_vaddr;
		uintptr_t to = from + h->p_memsz;

		/* never what was written to: that is nowhere else */
		if (h->p_type != PT_LOAD || (h->p_flags & PF_W))
			continue;
		from &= ~(page - 1);
		if (madvise((void *)from, to - from, MADV_DONTNEED) < 0)
			continue;
	}
	return 0;
}

void sandbox_forget_code(void)
{
	dl_iterate_phdr(forget_object, NULL);
}

int sandbox_die_with_parent(struct err *e)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? err_sys(e, "prctl") : 0;
}
