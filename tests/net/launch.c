/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runc does for a network, and nothing else: a process in new namespaces, a launch
 * message for runc-net with descriptors, its answers.
 *
 *     launch MAP DOCUMENT DIR HELPER CMD ARG…
 *
 * MAP is none (no user namespace), one (the caller's id is root) or range (so, and the
 * caller's subordinate ids after it). DOCUMENT is a file. In DIR there will be init.pid,
 * helper.pid, answers (a line each), net.sock and ready_us; descriptors from 50 on that
 * are open go along as listeners. BEFORE in the environment is a command that finds the
 * container's network as it is before. CMD is executed once the network is ready; our
 * status is its, or 100 if the network failed. SIGTERM ends all of it.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/own.h"
#include "kernel/pidfd.h"
#include "kernel/sock.h"
#include "network/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>

#define LISTENERS_FROM 50
#define FAILED 100

static int dir;
static pid_t init_pid, helper_pid;

static void die(const char *what)
{
	fprintf(stderr, "launch: %s: %s\n", what, err_word(errno));
	if (init_pid > 0)
		kill(init_pid, SIGKILL);
	if (helper_pid > 0)
		kill(helper_pid, SIGKILL);
	exit(FAILED);
}

static void on_term(int signal)
{
	(void)signal;
	if (init_pid > 0)
		kill(init_pid, SIGKILL);
	_exit(FAILED);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void save(const char *name, long value)
{
	OWN_STR text = mem_printf("%ld\n", value);
	OWN_STR temp = mem_printf("%s.new", name);
	OWN_FD fd = openat(dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || io_write_all(fd, text, strlen(text)) < 0 ||
	    renameat(dir, temp, dir, name) < 0)
		die(name);
}

/* ---- the container ---- */

static void run(char *const *argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		die(argv[0]);
}

static void map_with(char *program, char *pid, char *own, const char *file)
{
	OWN_TEXT table = { 0 };
	OWN_FD fd = open(file, O_RDONLY | O_CLOEXEC);
	OWN_STR key = mem_printf("%s:", getenv("USER") ? getenv("USER") : "root");
	char *line, *save_p, *first, *count;

	if (fd < 0 || io_read_all(fd, 1 << 20, &table) < 0)
		die(file);
	for (line = strtok_r(table.s, "\n", &save_p); line;
	     line = strtok_r(NULL, "\n", &save_p))
		if (text_starts(line, key))
			break;
	if (!line)
		die("no subordinate ids");
	first = line + strlen(key);
	count = strchr(first, ':');
	*count++ = '\0';
	run((char *const[]){ program, pid, "0", own, "1", "1", first, count, NULL });
}

static void write_file(pid_t pid, const char *name, const char *text)
{
	OWN_STR path = mem_printf("/proc/%d/%s", pid, name);
	OWN_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
}

static void map_ids(const char *map, pid_t pid)
{
	OWN_STR number = mem_printf("%d", pid);
	OWN_STR uid = mem_printf("%u", getuid());
	OWN_STR gid = mem_printf("%u", getgid());
	OWN_STR one_uid = mem_printf("0 %u 1\n", getuid());
	OWN_STR one_gid = mem_printf("0 %u 1\n", getgid());

	if (strcmp(map, "range") == 0 && getuid() == 0) {
		write_file(pid, "uid_map", "0 0 1\n1 500000 65535\n");
		write_file(pid, "gid_map", "0 0 1\n1 500000 65535\n");
	} else if (strcmp(map, "range") == 0) {
		map_with("newuidmap", number, uid, "/etc/subuid");
		map_with("newgidmap", number, gid, "/etc/subgid");
	} else {
		if (getuid() != 0)
			write_file(pid, "setgroups", "deny");
		write_file(pid, "uid_map", one_uid);
		write_file(pid, "gid_map", one_gid);
	}
}

/* Says when it is in its namespaces, waits for GO, and is the container's program. */
static void do_before(const char *command)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(FAILED);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		die("BEFORE");
}

static void be_init(int sock, bool userns, char *const *argv)
{
	char byte;

	if (unshare(CLONE_NEWNET | (userns ? CLONE_NEWUSER : 0)) < 0)
		die("unshare");
	if (write(sock, "n", 1) != 1 || read(sock, &byte, 1) != 1 ||
	    (userns && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)))
		_exit(FAILED);
	if (getenv("BEFORE"))
		do_before(getenv("BEFORE"));
	/* the network is made while it waits once more */
	if (write(sock, "i", 1) != 1 || read(sock, &byte, 1) != 1)
		_exit(FAILED);
	execvp(argv[0], argv);
	die(argv[0]);
}

static int start_init(const char *map, char *const *argv)
{
	int pair[2];
	char byte;
	bool userns = strcmp(map, "none") != 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	init_pid = fork();
	if (init_pid == 0) {
		close(pair[0]);
		be_init(pair[1], userns, argv);
	}
	close(pair[1]);
	if (init_pid < 0 || read(pair[0], &byte, 1) != 1)
		die("start init");
	if (userns)
		map_ids(map, init_pid);
	if (write(pair[0], "m", 1) != 1 || read(pair[0], &byte, 1) != 1)
		die("start init");
	save("init.pid", init_pid);
	return pair[0];
}

/* ---- the helper ---- */

static int bind_control(void)
{
	OWN_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t was = umask(0077);

	unlinkat(dir, "net.sock", 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/net.sock", dir);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, 16) < 0)
		die("net.sock");
	umask(was);
	return fd_take(&fd);
}

static int open_ns(const char *kind)
{
	OWN_STR path = mem_printf("/proc/%d/ns/%s", init_pid, kind);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

static int start_helper(const char *path)
{
	int pair[2], room = 1 << 20;

	if (sock_pair(pair) < 0)
		die("socketpair");
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	helper_pid = fork();
	if (helper_pid == 0) {
		int null = open("/dev/null", O_RDWR);

		/* stderr stays: what sanitizers and the filter of calls say */
		dup2(null, 0);
		dup2(null, 1);
		dup2(pair[1], NET_CONFIG_FD);
		setsid();
		execle(path, "runc-net", "test", NULL,
		       (char *[]){ "PATH=/usr/bin:/bin", NULL });
		_exit(127);
	}
	close(pair[1]);
	save("helper.pid", helper_pid);
	return pair[0];
}

static void send_document(int sock, const char *file, bool userns)
{
	OWN_FD fd = open(file, O_RDONLY | O_CLOEXEC);
	OWN_TEXT text = { 0 };
	int fds[SOCK_FDS_MAX];
	size_t n = 0;

	if (fd < 0 || io_read_all(fd, NET_CONFIG_MAX, &text) < 0)
		die(file);
	fds[n++] = open_ns("net");
	fds[n++] = pidfd_open(init_pid, 0);
	fds[n++] = bind_control();
	if (userns)
		fds[n++] = open_ns("user");
	for (int i = LISTENERS_FROM; fcntl(i, F_GETFD) >= 0 && n < SOCK_FDS_MAX; i++)
		fds[n++] = i;
	if (sock_send(sock, text.s, text.len, fds, n) < 0)
		die("launch message");
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Every answer becomes a line. 1 ready, 0 failed. */
static int hear_answers(int sock)
{
	OWN_FD log =
		openat(dir, "answers", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int fds[SOCK_FDS_MAX];
	char text[NET_CONFIG_MAX + 2];
	size_t count;
	ssize_t n;

	while ((n = sock_receive(sock, text, NET_CONFIG_MAX, fds, &count)) > 0) {
		text[n] = '\n';
		text[n + 1] = '\0';
		if (log < 0 || io_write_all(log, text, (size_t)n + 1) < 0)
			die("answers");
		if (strstr(text, "\"kind\":\"ready\""))
			return 1;
		if (strstr(text, "\"kind\":\"failed\""))
			return 0;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int sync, sock, status;
	pid_t ended;
	int64_t began;

	if (argc < 6) {
		fprintf(stderr, "launch MAP DOCUMENT DIR HELPER CMD ARG…\n");
		return FAILED;
	}
	dir = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		die(argv[3]);
	signal(SIGTERM, on_term);
	signal(SIGPIPE, SIG_IGN);
	sync = start_init(argv[1], argv + 5);
	began = now_us();
	sock = start_helper(argv[4]);
	send_document(sock, argv[2], strcmp(argv[1], "none") != 0);
	if (!hear_answers(sock)) {
		kill(init_pid, SIGKILL);
		waitpid(helper_pid, &status, 0);
		save("helper.status", status);
		return FAILED;
	}
	save("ready_us", (long)(now_us() - began));
	close(sock);
	signal(SIGPIPE, SIG_DFL);
	if (write(sync, "g", 1) != 1)
		die("go");
	save("up", 1);
	/* the helper's end too, if it comes first: a zombie would look alive */
	while ((ended = waitpid(-1, &status, 0)) != init_pid)
		if (ended < 0)
			die("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
