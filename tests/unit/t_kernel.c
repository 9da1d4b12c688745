/* SPDX-License-Identifier: Apache-2.0 */
/* Thin wrappers: /proc, pidfds, sockets with descriptors, when to seal ourselves. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "kernel/pidfd.h"
#include "kernel/proc.h"
#include "kernel/seal.h"
#include "kernel/sock.h"

#include "unit/given.h"
#include "unit/tap.h"

static size_t open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* ---- /proc ---- */

/* clang-format off */

#define REST " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " /* fields 4 to 21 */

static const struct {
	const char *label, *in;
	char state; /* 0: refused */
	uint64_t start;
} stats[] = {
	{ .label = "stat: plain",              .in = "7 (sh) S" REST "4711 23 24\n", .state = 'S', .start = 4711 },
	{ .label = "stat: blanks in the name", .in = "7 (a b c) R" REST "1 2\n",     .state = 'R', .start = 1 },
	{ .label = "stat: a name that looks like the rest", .in = "7 (x) Z" REST "99 (y) S" REST "5 6\n", .state = 'S', .start = 5 },
	{ .label = "stat: brackets in it",     .in = "7 (((()) D" REST "6 7\n",      .state = 'D', .start = 6 },
	{ .label = "stat: a line feed in it",  .in = "7 (a\nb) R 1\n) I" REST "8 9\n", .state = 'I', .start = 8 },
	{ .label = "stat: no name",            .in = "7 () X" REST "9 1\n",          .state = 'X', .start = 9 },
	{ .label = "stat: the start is last",  .in = "7 (sh) S" REST "10\n",         .state = 'S', .start = 10 },
	{ .label = "stat: not even a line feed", .in = "7 (sh) S" REST "11",         .state = 'S', .start = 11 },
	{ .label = "stat: the largest start",  .in = "7 (sh) S" REST "18446744073709551615 1\n", .state = 'S', .start = UINT64_MAX },
	{ .label = "stat: one more",           .in = "7 (sh) S" REST "18446744073709551616 1\n" },
	{ .label = "stat: a very long number", .in = "7 (sh) S" REST "111111111111111111111111111111111111 1\n" },
	{ .label = "stat: negative start",     .in = "7 (sh) S" REST "-1 1\n" },
	{ .label = "stat: no start",           .in = "7 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n" },
	{ .label = "stat: an empty start",     .in = "7 (sh) S" REST " 1\n" },
	{ .label = "stat: cut at the state",   .in = "7 (sh) S" },
	{ .label = "stat: cut before it",      .in = "7 (sh) " },
	{ .label = "stat: cut at the name",    .in = "7 (sh)" },
	{ .label = "stat: cut in the name",    .in = "7 (sh" },
	{ .label = "stat: a word for a state", .in = "7 (sh) SS" REST "1 2\n" },
	{ .label = "stat: nothing",            .in = "" },
};

static const struct {
	const char *label;
	bool root;
	uid_t owner;
	mode_t mode;
	bool read_only, want;
} seals[] = {
	{ .label = "seal: root, root's file",       .root = true,  .owner = 0,    .mode = 0755, .want = true },
	{ .label = "seal: root, read-only mount",   .root = true,  .owner = 0,    .mode = 0755, .read_only = true },
	{ .label = "seal: root, unwritable file: root does not mind", .root = true, .owner = 0, .mode = 0555, .want = true },
	{ .label = "seal: user, root's file",       .root = false, .owner = 0,    .mode = 0755 },
	{ .label = "seal: user, set-uid bits too",  .root = false, .owner = 0,    .mode = 06755 },
	{ .label = "seal: user, group may write",   .root = false, .owner = 0,    .mode = 0775, .want = true },
	{ .label = "seal: user, others may write",  .root = false, .owner = 0,    .mode = 0757, .want = true },
	{ .label = "seal: user, a user's file",     .root = false, .owner = 1000, .mode = 0555, .want = true },
	{ .label = "seal: user, a user's file on a read-only mount", .root = false, .owner = 1000, .mode = 0777, .read_only = true },
};

static const struct {
	const char *label;
	int status, want;
} codes[] = {
	{ .label = "status: 0",       .status = 0,        .want = 0 },
	{ .label = "status: 1",       .status = 1 << 8,   .want = 1 },
	{ .label = "status: 255",     .status = 255 << 8, .want = 255 },
	{ .label = "status: SIGHUP",  .status = 1,        .want = 129 },
	{ .label = "status: SIGKILL", .status = 9,        .want = 137 },
	{ .label = "status: SIGABRT with a core", .status = 6 | 0x80, .want = 134 },
	{ .label = "status: the last real-time signal", .status = 64, .want = 192 },
};

/* clang-format on */

static void check_tables(void)
{
	for (size_t i = 0; i < COUNT(stats); i++) {
		struct proc_stat got = { 0 };
		bool ok = proc_stat_parse(stats[i].in, &got);

		CHECK(stats[i].label, ok == (stats[i].state != 0) &&
					      (!ok || (got.state == stats[i].state &&
						       got.start == stats[i].start)));
	}
	for (size_t i = 0; i < COUNT(seals); i++)
		CHECK(seals[i].label,
		      seal_needed(seals[i].root, seals[i].owner, seals[i].mode,
				  seals[i].read_only) == seals[i].want);
	for (size_t i = 0; i < COUNT(codes); i++)
		CHECK(codes[i].label, wait_status_code(codes[i].status) == codes[i].want);
}

static void check_proc(void)
{
	struct err e;
	OWN_FD proc = proc_open_host(&e);
	OWN_FD self = proc_open_self(proc);
	OWN_FD fds = proc_open_self_fds(proc);
	struct proc_stat stat;
	OWN_FD fd = -1;

	CHECK("proc: the caller's is one", proc >= 0);
	CHECK("proc: our own directory in it", self >= 0 && fds >= 0);
	fd = proc_open_file(self, "stat", O_RDONLY);
	CHECK("proc: a file of it", fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	fd_close(&fd);
	CHECK("proc: no link, not even self",
	      proc_open_file(proc, "self/stat", O_RDONLY) < 0 && errno == ELOOP);
	CHECK("proc: no magic link",
	      proc_open_file(self, "exe", O_RDONLY) < 0 && errno == ELOOP);
	CHECK("proc: none on the way either",
	      proc_open_file(self, "root/etc/passwd", O_RDONLY) < 0 && errno == ELOOP);
	CHECK("proc: not above it",
	      proc_open_file(proc, "../etc/passwd", O_RDONLY) < 0 && errno == EXDEV);
	CHECK("proc: not from the root",
	      proc_open_file(proc, "/etc/passwd", O_RDONLY) < 0 && errno == EXDEV);
	CHECK("proc: a write says why not",
	      proc_write(self, "nosuch", "x") < 0 && errno == ENOENT);
	CHECK("proc: a write of a few bytes", proc_write(self, "comm", "t_name") == 0);
	fd = proc_reopen(fds, proc, O_RDONLY | O_DIRECTORY);
	CHECK("proc: a descriptor opened again",
	      fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC &&
		      !(fcntl(fd, F_GETFL) & O_PATH));
	CHECK("proc: our own stat",
	      proc_stat(getpid(), &stat, &e) == 1 && stat.state == 'R' && stat.start > 0);
	fd_close(&fd);
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CHECK("proc: our own network namespace",
	      proc_is_own_ns(fd, "net") && !proc_is_own_ns(fd, "user") &&
		      !proc_is_own_ns(self, "net") && !proc_is_own_ns(-1, "net"));
	CHECK("proc: nobody's", proc_stat(INT32_MAX, &stat, &e) == 0);
}

/* ---- processes ---- */

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	if (pid < 0)
		given_fail("fork");
	return pid;
}

static bool is_missing(pid_t pid, uint64_t start)
{
	struct err e = { 0 };
	OWN_FD fd = pidfd_find(pid, start, &e);

	return fd < 0 && e.sys == ESRCH;
}

static void check_pidfd(void)
{
	pid_t pid = start_child();
	struct proc_stat stat;
	struct err e;
	OWN_FD fd = -1;
	int status = 0;

	if (proc_stat(pid, &stat, &e) != 1)
		given_fail("no stat of a child");
	fd = pidfd_find(pid, stat.start, &e);
	CHECK("pidfd: by number and start", fd >= 0);
	CHECK("pidfd: another start is another process",
	      is_missing(pid, stat.start + 1) && is_missing(pid, 0));
	CHECK("pidfd: no process has 0", is_missing(0, stat.start));
	CHECK("pidfd: nor a negative number: those are groups, and everybody",
	      is_missing(-1, stat.start) && is_missing(-pid, stat.start));
	CHECK("pidfd: it runs", pidfd_wait(fd, 0) == 0 && pidfd_signal(fd, 0) == 0);
	CHECK("pidfd: it gets a signal", pidfd_signal(fd, SIGTERM) == 0);
	CHECK("pidfd: it ends", pidfd_wait(fd, 30000) == 1);
	CHECK("pidfd: a zombie is gone", is_missing(pid, stat.start));
	CHECK("pidfd: its status", pidfd_reap(fd, &status) == 0 && WIFSIGNALED(status) &&
					   wait_status_code(status) == 128 + SIGTERM);
	CHECK("pidfd: no signal reaches it any more",
	      pidfd_signal(fd, SIGTERM) < 0 && errno == ESRCH);
	CHECK("pidfd: of a process that is reaped the kernel tells its end, or nothing",
	      !pidfd_status(fd, &status) ||
		      (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
	CHECK("pidfd: reaped once", pidfd_reap(fd, &status) < 0 && errno == ECHILD);
}

/* ---- sockets ---- */

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* More than sock_send() would: somebody else's message. */
static bool send_raw(int sock, const int *fds, size_t n)
{
	char room[CMSG_SPACE(sizeof(int) * 253)] __attribute__((aligned(16)));
	struct iovec iov = { .iov_base = room, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = room,
			      .msg_controllen = CMSG_SPACE(sizeof(int) * n) };
	struct cmsghdr *c;

	memset(room, 0, sizeof(room));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	return sendmsg(sock, &msg, MSG_NOSIGNAL) == 1;
}

static void check_messages(int from, int to, const int *fds)
{
	for (size_t n = 0; n <= SOCK_FDS_MAX; n++) {
		int got[SOCK_FDS_MAX];
		size_t count = 77;
		char text[8];
		bool ok = sock_send(from, "hello", 5, fds, n) == 0 &&
			  sock_receive(to, text, sizeof(text), got, &count) == 5 &&
			  memcmp(text, "hello", 5) == 0 && count == n;

		for (size_t i = 0; ok && i < n; i++) {
			ok = same_file(got[i], fds[i]) &&
			     fcntl(got[i], F_GETFD) == FD_CLOEXEC;
			close(got[i]);
		}
		CHECK("sock: a message and its descriptors", ok);
	}
}

static void check_too_much(int from, int to, const int *fds)
{
	static const size_t counts[] = { SOCK_FDS_MAX + 1, SOCK_FDS_MAX + 2, 100, 253 };
	int got[SOCK_FDS_MAX];
	size_t before = open_fds(), count = 77;
	char text[8];

	CHECK("sock: we do not send more",
	      sock_send(from, "x", 1, fds, SOCK_FDS_MAX + 1) < 0 && errno == EINVAL);
	for (size_t i = 0; i < COUNT(counts); i++)
		CHECK("sock: more than allowed is refused",
		      send_raw(from, fds, counts[i]) &&
			      sock_receive(to, text, sizeof(text), got, &count) < 0 &&
			      errno == EMSGSIZE && count == 0);
	CHECK("sock: nothing of it stays open", open_fds() == before);
	CHECK("sock: a message that is too long is refused",
	      sock_send(from, "123456789", 9, fds, 3) == 0 &&
		      sock_receive(to, text, sizeof(text), got, &count) < 0 &&
		      errno == EMSGSIZE && count == 0 && open_fds() == before);
	CHECK("sock: the next one is whole again",
	      sock_send(from, "12345678", 8, NULL, 0) == 0 &&
		      sock_receive(to, text, sizeof(text), got, &count) == 8);
}

static void check_pair(void)
{
	size_t before = open_fds(), count;
	int pair[2], fds[253], got[SOCK_FDS_MAX];
	char text[8];

	if (sock_pair(pair) < 0)
		given_fail("socketpair");
	CHECK("sock: a pair is closed on exec",
	      fcntl(pair[0], F_GETFD) == FD_CLOEXEC &&
		      fcntl(pair[1], F_GETFD) == FD_CLOEXEC);
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = (int)(i % 3);
	check_messages(pair[0], pair[1], fds);
	check_too_much(pair[0], pair[1], fds);
	fd_close(&pair[0]);
	CHECK("sock: the end",
	      sock_receive(pair[1], text, sizeof(text), got, &count) == 0 && count == 0);
	CHECK("sock: nobody hears it, and we live on",
	      sock_send(pair[1], "x", 1, NULL, 0) < 0 && errno == EPIPE);
	fd_close(&pair[1]);
	CHECK("sock: nothing stays open", open_fds() == before);
}

/* A path below top of exactly this length, and a socket that listens there. */
static const char *listen_at(const char *top, size_t length, int *sock, struct arena *a)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	OWN_TEXT path = { 0 };
	size_t last;

	text_add(&path, top);
	while (path.len + 60 < length) {
		text_printf(&path, "/%s", "a-directory-with-a-name-of-38-characters");
		mkdir(text_str(&path), 0700);
	}
	if (chdir(text_str(&path)) < 0)
		given_fail(text_str(&path));
	last = path.len + 1;
	text_addc(&path, '/');
	while (path.len < length)
		text_addc(&path, 's');
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", text_str(&path) + last);
	*sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(*sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(*sock, 1) < 0 || chdir("/") < 0)
		given_fail(addr.sun_path);
	return arena_dup(a, text_str(&path));
}

static void check_connect(const char *top, struct arena *a)
{
	static const size_t lengths[] = { 106, 107, 108, 109, 200, 1000, 3000 };
	size_t before = open_fds();
	const char *path;
	struct err e;
	int sock;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		OWN_FD fd = -1;
		OWN_FD peer = -1;

		path = listen_at(top, lengths[i], &sock, a);
		fd = sock_connect(path, &e);
		peer = fd < 0 ? -1 : accept4(sock, NULL, NULL, SOCK_CLOEXEC);
		CHECK(arena_printf(a, "connect: a path of %zu characters", strlen(path)),
		      strlen(path) == lengths[i] && fd >= 0 && peer >= 0 &&
			      fcntl(fd, F_GETFD) == FD_CLOEXEC);
		close(sock);
	}
	path = arena_printf(a, "%s/nosuch", top);
	CHECK("connect: nobody there", sock_connect(path, &e) < 0);
	CHECK_SAME("connect: and says so", e.text,
		   arena_printf(a, "dial unix %s: connect: no such file or directory",
				path));
	path = listen_at(top, 1001, &sock, a);
	close(sock);
	CHECK("connect: nobody listens any more", sock_connect(path, &e) < 0);
	CHECK_SAME("connect: and says so", e.text,
		   arena_printf(a, "dial unix %s: connect: connection refused", path));
	{
		char name[201];

		memset(name, 'n', 200);
		name[200] = '\0';
		path = arena_printf(a, "%s/%s", top, name);
		CHECK("connect: a name that no address holds is not cut",
		      sock_connect(path, &e) < 0 && e.sys == ENAMETOOLONG);
	}
	CHECK("connect: nothing stays open", open_fds() == before);
}

static void check_datagram(const char *top)
{
	OWN_FD dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	struct err e;
	OWN_FD sock = sock_bind_datagram(dir, "notify.sock", 0777, &e);
	OWN_FD again = sock_bind_datagram(dir, "notify.sock", 0777, &e);

	CHECK("datagram: bound with this mode, whatever the umask",
	      sock >= 0 && fstatat(dir, "notify.sock", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		      S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == 0777);
	CHECK("datagram: bound once", again < 0 && e.sys == EADDRINUSE);
}

/* Nobody waits: a listener that is full refuses the second who asks. */
static bool is_full(int dir, int listener, struct err *e)
{
	OWN_FD first = -1;
	OWN_FD second = -1;

	if (listen(listener, 0) < 0)
		return false;
	first = sock_connect_at(dir, "net.sock", e);
	second = sock_connect_at(dir, "net.sock", e);
	return first >= 0 && !(fcntl(first, F_GETFL) & O_NONBLOCK) && second < 0 &&
	       e->sys == EAGAIN;
}

static void check_listener(const char *top)
{
	OWN_FD dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char longer[105] = { 0 };
	struct stat st;
	struct err e;
	OWN_FD sock = sock_listen_at(dir, "net.sock", 0600, &e);
	OWN_FD client = sock_connect_at(dir, "net.sock", &e);
	OWN_FD peer = sock < 0 ? -1 : accept4(sock, NULL, NULL, SOCK_CLOEXEC);
	OWN_FD again = sock_listen_at(dir, "net.sock", 0600, &e);

	CHECK("listener: nobody else's",
	      sock >= 0 && fstatat(dir, "net.sock", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		      S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == 0600 &&
		      fcntl(sock, F_GETFD) == FD_CLOEXEC);
	CHECK("listener: one connects",
	      client >= 0 && peer >= 0 && fcntl(client, F_GETFD) == FD_CLOEXEC);
	CHECK("listener: bound once", again < 0 && e.sys == EADDRINUSE);
	CHECK("listener: one that does not accept holds nobody up",
	      is_full(dir, sock, &e));
	fd_close(&sock);
	CHECK("listener: gone",
	      sock_connect_at(dir, "net.sock", &e) < 0 && e.sys == ECONNREFUSED);
	memset(longer, 'x', sizeof(longer) - 1);
	CHECK("listener: a name is not cut short",
	      sock_listen_at(dir, longer, SOCK_ANY_MODE, &e) < 0 &&
		      e.sys == ENAMETOOLONG && sock_connect_at(dir, longer, &e) < 0 &&
		      e.sys == ENAMETOOLONG);
	CHECK("listener: not there",
	      sock_connect_at(dir, "nosuch", &e) < 0 && e.sys == ENOENT);
}

/* More than a socket takes by default, for which room is made. */
static void check_large(void)
{
	static char large[256 << 10], got[256 << 10];
	int pair[2], fds[SOCK_FDS_MAX];
	size_t count;

	if (sock_pair(pair) < 0)
		given_fail("socketpair");
	memset(large, 'x', sizeof(large));
	sock_reserve(pair[0], sizeof(large));
	CHECK("sock: a large message",
	      sock_send(pair[0], large, sizeof(large), NULL, 0) == 0 &&
		      sock_receive(pair[1], got, sizeof(got), fds, &count) == sizeof(got) &&
		      memcmp(large, got, sizeof(got)) == 0);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	struct arena a = { 0 };
	char *top = scratch_begin();
	size_t before = open_fds();

	alarm(120);
	umask(077);
	check_tables();
	check_proc();
	check_pidfd();
	check_pair();
	check_connect(top, &a);
	check_datagram(top);
	check_listener(top);
	check_large();
	CHECK("nothing stays open", open_fds() == before);
	scratch_end(top);
	arena_free(&a);
	return tap_done();
}
