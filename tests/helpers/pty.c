/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command on a new terminal and talks to it:
 *
 *     pty [-e TEXT | -s TEXT | -z ROWSxCOLUMNS | -k SIGNAL | -c]… -- COMMAND [ARG…]
 *
 * -e waits until TEXT was printed (10 s; else exit 99), -s types TEXT (\n, \r,
 * \xHH), -z changes the window's size, -k sends the command a signal, -c closes
 * the terminal. Then waits for the command, prints all it wrote, and exits as it did.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 10000

static char *seen;
static size_t seen_len, searched;
static int master = -1;

static void take(void)
{
	char buf[4096];
	ssize_t n = read(master, buf, sizeof(buf));

	if (n <= 0) {
		close(master);
		master = -1;
		return;
	}
	seen = realloc(seen, seen_len + (size_t)n + 1);
	if (!seen)
		exit(98);
	memcpy(seen + seen_len, buf, (size_t)n);
	seen_len += (size_t)n;
	seen[seen_len] = '\0';
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void give_up(pid_t pid, const char *what)
{
	kill(pid, SIGKILL);
	printf("%s\npty: waited in vain for: %s\n", seen ? seen : "", what);
	exit(99);
}

static void expect(pid_t pid, const char *text)
{
	long long end = now_ms() + WAIT_MS;

	for (;;) {
		struct pollfd p = { .fd = master, .events = POLLIN };
		char *at = seen ? strstr(seen + searched, text) : NULL;

		if (at) {
			searched = (size_t)(at - seen) + strlen(text);
			return;
		}
		if (master < 0 || now_ms() > end)
			give_up(pid, text);
		if (poll(&p, 1, 100) > 0)
			take();
	}
}

static void type(const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '\\' && text[1] == 'x') {
			char hex[3] = { text[2], text[3], 0 };

			c = (char)strtol(hex, NULL, 16);
			text += 3;
		} else if (c == '\\' && text[1]) {
			text++;
			c = *text == 'n' ? '\n' : *text == 'r' ? '\r' : *text;
		}
		if (write(master, &c, 1) != 1)
			return;
	}
}

static void resize(const char *text)
{
	struct winsize size = { 0 };
	unsigned int rows, columns;

	if (sscanf(text, "%ux%u", &rows, &columns) != 2)
		exit(98);
	size.ws_row = (unsigned short)rows;
	size.ws_col = (unsigned short)columns;
	ioctl(master, TIOCSWINSZ, &size);
}

static pid_t start(char **command)
{
	pid_t pid;
	int slave;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		exit(98);
	resize("24x80");
	pid = fork();
	if (pid)
		return pid;
	setsid();
	slave = open(ptsname(master), O_RDWR);
	ioctl(slave, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	if (slave > 2)
		close(slave);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	int status, i = 1, end = 1;
	pid_t pid;

	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	if (end + 1 >= argc)
		return 98;
	pid = start(argv + end + 1);
	for (; i < end; i++) {
		if (strcmp(argv[i], "-e") == 0)
			expect(pid, argv[++i]);
		else if (strcmp(argv[i], "-s") == 0)
			type(argv[++i]);
		else if (strcmp(argv[i], "-z") == 0)
			resize(argv[++i]);
		else if (strcmp(argv[i], "-k") == 0)
			kill(pid, atoi(argv[++i]));
		else if (strcmp(argv[i], "-c") == 0) {
			close(master);
			master = -1;
		}
	}
	for (long long stop = now_ms() + WAIT_MS; waitpid(pid, &status, WNOHANG) == 0;) {
		struct pollfd p = { .fd = master, .events = POLLIN };

		if (now_ms() > stop)
			give_up(pid, "its end");
		if (poll(&p, 1, 20) > 0)
			take();
	}
	while (master >= 0) {
		struct pollfd p = { .fd = master, .events = POLLIN };

		if (poll(&p, 1, 50) <= 0)
			break;
		take();
	}
	fputs(seen ? seen : "", stdout);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
