/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes between the caller and a container in the foreground.          Runs: host
 *
 * One buffer a direction; read only when it is empty, write only when the other
 * side has room, never block on either: signals must get through while nobody
 * reads, and a blocked pipe must not cost a busy loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "console/console.h"

void relay_init(struct relay *r)
{
	*r = (struct relay){ .tty = -1, .master = -1 };
}

/*
 * Our own open file description, where the kernel gives one: O_NONBLOCK on a
 * duplicate would change the descriptor of whoever shares it, the shell's too.
 * Never of a pty's master: opening that again makes another pty.
 */
static int private_copy(int fd, int mode)
{
	char path[32];
	struct stat st;
	int copy = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || (isatty(fd) && st.st_rdev != makedev(5, 2))))
		copy = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return copy >= 0 ? copy : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

int relay_add(struct relay *r, int from, int to, struct err *e)
{
	struct relay_pipe *p = &r->pipes[r->count];

	*p = (struct relay_pipe){ .from = -1, .to = -1, .room = mem_new(RELAY_ROOM, 1) };
	r->count++;
	p->from = private_copy(from, O_RDONLY);
	if (p->from >= 0)
		p->to = private_copy(to, O_WRONLY);
	return p->to < 0 ? err_sys(e, "duplicate a descriptor") : 0;
}

static int find_terminal(void)
{
	static const int fds[] = { STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO };

	for (size_t i = 0; i < COUNT(fds); i++)
		if (isatty(fds[i]))
			return fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

/* Line feeds go to the caller's terminal as they are: it is raw, but still adds its own
 * returns to none. */
static void clear_onlcr(int master)
{
	struct termios t;

	if (tcgetattr(master, &t) == 0) {
		t.c_oflag &= ~(tcflag_t)ONLCR;
		tcsetattr(master, TCSANOW, &t);
	}
}

int relay_tty(struct relay *r, int master, struct err *e)
{
	struct termios raw;

	r->tty = find_terminal();
	if (r->tty < 0)
		return err_sys(e, "open /dev/tty");
	r->master = master;
	fcntl(master, F_SETFL,
	      O_NONBLOCK); /* nobody shares it: init has closed its own */
	clear_onlcr(master);
	if (tcgetattr(r->tty, &r->saved) < 0)
		return err_sys(e, "read the terminal's settings");
	raw = r->saved;
	cfmakeraw(&raw);
	if (tcsetattr(r->tty, TCSANOW, &raw) < 0)
		return err_sys(e, "make the terminal raw");
	relay_resize(r);
	if (relay_add(r, STDIN_FILENO, master, e) < 0)
		return -1;
	return relay_add(r, master, STDOUT_FILENO, e);
}

void relay_resize(struct relay *r)
{
	struct winsize size;

	if (r->tty >= 0 && r->master >= 0 && ioctl(r->tty, TIOCGWINSZ, &size) == 0)
		ioctl(r->master, TIOCSWINSZ, &size);
}

size_t relay_poll(const struct relay *r, struct pollfd *out)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct relay_pipe *p = &r->pipes[i];

		out[n++] =
			(struct pollfd){ .fd = p->len ? -1 : p->from, .events = POLLIN };
		out[n++] = (struct pollfd){ .fd = p->len ? p->to : -1, .events = POLLOUT };
	}
	return n;
}

static bool is_later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void pull(struct relay_pipe *p)
{
	ssize_t n = read(p->from, p->room, RELAY_ROOM);

	if (n > 0) {
		p->start = 0;
		p->len = (size_t)n;
	} else if (n == 0 || !is_later()) {
		/* EIO: the last user of the terminal is gone */
		fd_close(&p->from);
		fd_close(&p->to);
	}
}

static void push(struct relay_pipe *p)
{
	/* what a pipe that has room takes without blocking, also where it is not our own
	 * copy */
	ssize_t n = write(p->to, p->room + p->start, p->len > 4096 ? 4096 : p->len);

	if (n >= 0) {
		p->start += (size_t)n;
		p->len -= (size_t)n;
	} else if (!is_later()) {
		/* EPIPE: nobody wants it any more; the program learns of it by its own
		 * EPIPE */
		p->len = 0;
		fd_close(&p->from);
		fd_close(&p->to);
	}
}

void relay_move(struct relay *r, const struct pollfd *polled, size_t n)
{
	for (size_t i = 0; i < r->count && 2 * i + 1 < n; i++) {
		if (polled[2 * i].revents)
			pull(&r->pipes[i]);
		if (polled[2 * i + 1].revents)
			push(&r->pipes[i]);
	}
}

/* Is there more, now? The program has ended, so nothing is added but by its orphans. */
static bool has_input(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&p, 1, 0) > 0 && p.revents & (POLLIN | POLLHUP);
}

void relay_drain(struct relay *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct relay_pipe *p = &r->pipes[i];
		bool to_container = p->to >= 0 && r->master >= 0 && i == 0;

		while (!to_container && p->to >= 0 && (p->len || has_input(p->from))) {
			struct pollfd out = { .fd = p->to, .events = POLLOUT };

			if (!p->len)
				pull(p);
			else if (poll(&out, 1, -1) > 0)
				push(p);
		}
	}
}

void relay_end(struct relay *r)
{
	if (r->tty >= 0 && r->master >= 0)
		tcsetattr(r->tty, TCSANOW, &r->saved);
	for (size_t i = 0; i < r->count; i++) {
		fd_close(&r->pipes[i].from);
		fd_close(&r->pipes[i].to);
		free(r->pipes[i].room);
	}
	fd_close(&r->tty);
	relay_init(r);
}
