/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that starting a container can cost.                A development tool
 *
 *     floor ROOTFS PROGRAM [ARG…]
 *
 * The namespaces, mounts, nodes, masks and pivot of the default bundle by bare system
 * calls: no config, no state, no cgroup of its own, no security. The child shares our
 * memory until its exec, so not one page is copied. As an ordinary user: with a user
 * namespace of one id, the host's device nodes and the host's /sys, like
 * "spec --rootless". A runtime is measured by how near it comes.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool user;
static uid_t uid;
static gid_t gid;
static char **words;

static const struct {
	const char *name;
	unsigned minor;
} nodes[] = {
	{ "dev/null", 3 },   { "dev/zero", 5 },    { "dev/full", 7 },
	{ "dev/random", 8 }, { "dev/urandom", 9 }, { "dev/tty", 0 /* 5:0 */ },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "dev/fd" },       { "/proc/self/fd/0", "dev/stdin" },
	{ "/proc/self/fd/1", "dev/stdout" }, { "/proc/self/fd/2", "dev/stderr" },
	{ "pts/ptmx", "dev/ptmx" },
};

static const char *const masked[] = {
	"proc/acpi",          "proc/asound",     "proc/kcore",       "proc/keys",
	"proc/latency_stats", "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
	"sys/firmware",       "proc/scsi",
};

static const char *const readonly[] = {
	"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger",
};

static void must(const char *what, int result)
{
	if (result < 0)
		err(125, "%s", what);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(path, fd);
	must(path, (int)write(fd, text, strlen(text)));
	close(fd);
}

static void map_one_id(void)
{
	char line[64];

	write_file("/proc/self/setgroups", "deny");
	snprintf(line, sizeof(line), "0 %u 1", uid);
	write_file("/proc/self/uid_map", line);
	snprintf(line, sizeof(line), "0 %u 1", gid);
	write_file("/proc/self/gid_map", line);
}

static int clone_of(const char *path, unsigned flags)
{
	int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);

	must(path, fd);
	return fd;
}

static void attach(int tree, const char *path)
{
	must(path, move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
	close(tree);
}

static void make_nodes(void)
{
	for (size_t i = 0; i < COUNT(nodes); i++) {
		if (!user) {
			unsigned major = nodes[i].minor ? 1 : 5;

			must(nodes[i].name, mknod(nodes[i].name, S_IFCHR | 0666,
						  makedev(major, nodes[i].minor)));
			continue;
		}
		char source[32];

		snprintf(source, sizeof(source), "/%s", nodes[i].name);
		must(nodes[i].name, mknod(nodes[i].name, S_IFREG | 0666, 0));
		attach(clone_of(source, 0), nodes[i].name);
	}
	for (size_t i = 0; i < COUNT(links); i++)
		must(links[i][1], symlink(links[i][0], links[i][1]));
}

static void make_mounts(void)
{
	must("proc", mount("proc", "proc", "proc", 0, NULL));
	must("dev", mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME,
			  "mode=755,size=65536k"));
	must("dev/pts", mkdir("dev/pts", 0755));
	must("dev/shm", mkdir("dev/shm", 0755));
	must("dev/mqueue", mkdir("dev/mqueue", 0755));
	must("dev/pts", mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
			      "newinstance,ptmxmode=0666,mode=0620"));
	must("dev/shm", mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV,
			      "mode=1777,size=65536k"));
	must("dev/mqueue", mount("mqueue", "dev/mqueue", "mqueue",
				 MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL));
	if (user) {
		attach(clone_of("/sys", AT_RECURSIVE), "sys");
		return;
	}
	must("sys", mount("sysfs", "sys", "sysfs",
			  MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL));
	must("sys/fs/cgroup", mount("cgroup", "sys/fs/cgroup", "cgroup2",
				    MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL));
}

static void hide(void)
{
	int dir = fsopen("tmpfs", FSOPEN_CLOEXEC);
	struct stat st;

	must("tmpfs", dir);
	must("tmpfs", fsconfig(dir, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	int empty = fsmount(dir, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);

	must("tmpfs", empty);
	close(dir);
	for (size_t i = 0; i < COUNT(masked); i++) {
		if (stat(masked[i], &st) < 0)
			continue;
		int tree = S_ISDIR(st.st_mode) ?
				   open_tree(empty, "",
					     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
						     AT_EMPTY_PATH) :
				   clone_of("dev/null", 0);
		must(masked[i], tree);
		attach(tree, masked[i]);
	}
	close(empty);
	for (size_t i = 0; i < COUNT(readonly); i++) {
		struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

		if (stat(readonly[i], &st) < 0)
			continue;
		int tree = clone_of(readonly[i], AT_RECURSIVE);

		must(readonly[i], mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE,
						&attr, sizeof(attr)));
		attach(tree, readonly[i]);
	}
}

static int inside(void *rootfs)
{
	if (user)
		map_one_id();
	must("propagation", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	attach(clone_of(rootfs, AT_RECURSIVE), rootfs);
	must(rootfs, chdir(rootfs));
	make_mounts();
	make_nodes();
	hide();
	must("pivot_root", (int)syscall(SYS_pivot_root, ".", "."));
	must("umount", umount2(".", MNT_DETACH));
	must("chdir", chdir("/"));
	must("hostname", sethostname("floor", 5));
	execv(words[0], words);
	err(125, "%s", words[0]);
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(16)));
	int flags = CLONE_VM | CLONE_VFORK | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS |
		    CLONE_NEWIPC | CLONE_NEWCGROUP | SIGCHLD;
	int status;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: floor ROOTFS PROGRAM [ARG...]");
	uid = geteuid();
	gid = getegid();
	user = uid != 0;
	words = argv + 2;
	umask(0);
	/* "spec --rootless" has no network namespace */
	flags |= user ? CLONE_NEWUSER : CLONE_NEWNET;
	pid = clone(inside, stack + sizeof(stack), flags, argv[1]);
	must("clone", pid);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			err(125, "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
