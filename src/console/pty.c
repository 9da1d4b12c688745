/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/own.h"
#include "console/console.h"
#include "kernel/beneath.h"
#include "kernel/compat.h"
#include "kernel/sock.h"

static bool is_device_of_devpts(int fd, unsigned int low, unsigned int high)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC &&
	       fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) >= low &&
	       major(st.st_rdev) <= high;
}

static bool is_ptmx(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2);
}

/* The container's own ptmx, in its own devpts and not through a link; or the host's. */
static int open_ptmx(int root, bool or_hosts, struct err *e)
{
	OWN_FD path = beneath_open_nolink(root, "dev/pts/ptmx", O_PATH);
	OWN_FD fd = -1;

	if (path >= 0 && is_device_of_devpts(path, 5, 5)) {
		fd = beneath_open_nolink(root, "dev/pts/ptmx", O_RDWR | O_NOCTTY);
		if (fd >= 0 && !is_device_of_devpts(fd, 5, 5))
			return err_set(e,
				       "/dev/pts/ptmx is not the multiplexor of a devpts");
	} else if (or_hosts) {
		/* outside of a devpts it still makes ptys of the one beside it */
		fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	} else {
		return err_set(e,
			       "a terminal needs a devpts mounted at /dev/pts of the container");
	}
	if (fd < 0)
		return err_sys(e, "open /dev/pts/ptmx");
	return is_ptmx(fd) ? fd_take(&fd) : err_set(e, "/dev/ptmx is not device 5:2");
}

int pty_open(int root, bool or_hosts, struct pty *p, struct err *e)
{
	OWN_FD master = open_ptmx(root, or_hosts, e);
	OWN_FD slave = -1;
	int unlocked = 0;
	unsigned int number;

	if (master < 0)
		return -1;
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
	    ioctl(master, TIOCGPTN, &number) < 0)
		return err_sys(e, "unlock the terminal");
	/* by the master itself: /dev/pts/N could be anything by now */
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(e, "open the terminal");
	if (!is_device_of_devpts(slave, 136, 143))
		return err_set(e, "the terminal is not a device of devpts");
	snprintf(p->name, sizeof(p->name), "/dev/pts/%u", number);
	p->master = fd_take(&master);
	p->slave = fd_take(&slave);
	return 0;
}

int pty_set_size(int fd, uint16_t rows, uint16_t columns)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };

	return rows && columns ? ioctl(fd, TIOCSWINSZ, &size) : 0;
}

int pty_become(int slave, struct err *e)
{
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_sys(e, "make it the controlling terminal");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			return err_sys(e, "dup2 terminal");
	return 0;
}

int console_send(int sock, int master, const char *name, struct err *e)
{
	if (sock_send(sock, name, strlen(name), &master, 1) < 0)
		return err_sys(e, "send the terminal to the console socket");
	return 0;
}
