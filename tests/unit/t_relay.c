/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes between the caller and a container: all of them, and no busy loop. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "console/console.h"

#include "unit/given.h"
#include "unit/tap.h"

#define LARGE (3u << 20)

struct channel {
	int from_us, to_relay, from_relay,
		to_us; /* two pipes, in the order of the bytes */
	struct relay relay;
};

static size_t open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static struct channel begin(void)
{
	struct channel c;
	int in[2], out[2];
	struct err e;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		given_fail("pipe");
	c = (struct channel){ in[1], in[0], out[1], out[0] };
	relay_init(&c.relay);
	if (relay_add(&c.relay, c.to_relay, c.from_relay, &e) < 0)
		given_fail(e.text);
	return c;
}

/* As the runtime does once the relay has its own copies. */
static void close_inner(struct channel *c)
{
	fd_close(&c->to_relay);
	fd_close(&c->from_relay);
}

static void end(struct channel *c)
{
	relay_end(&c->relay);
	close_inner(c);
	fd_close(&c->from_us);
	fd_close(&c->to_us);
}

/* One round of the runtime's loop; false if nothing happened for so long. */
static bool round_of(struct relay *r, int timeout_ms)
{
	struct pollfd p[2 * RELAY_PIPES];
	size_t n = relay_poll(r, p);

	if (poll(p, n, timeout_ms) <= 0)
		return false;
	relay_move(r, p, n);
	return true;
}

static char byte_at(size_t i)
{
	return (char)(i * 2654435761u >> 13);
}

/* Writes all of it, in pieces of all sizes. */
static int write_large(int fd)
{
	static char block[LARGE];
	size_t piece = 1;

	for (size_t i = 0; i < LARGE; i++)
		block[i] = byte_at(i);
	for (size_t at = 0; at < LARGE;) {
		size_t left = LARGE - at;
		ssize_t n = write(fd, block + at, piece < left ? piece : left);

		if (n < 0)
			return 1;
		at += (size_t)n;
		piece = piece % 70000 * 3 + 1;
	}
	return 0;
}

/* 0 if exactly these bytes came, then the end. */
static int read_large(int fd, int pause_us)
{
	char buf[5000];
	size_t at = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != byte_at(at++))
				return 1;
		if (pause_us && at % 7 == 0)
			usleep((useconds_t)pause_us);
	}
	return at == LARGE && n == 0 ? 0 : 2;
}

static pid_t start(int (*work)(int fd), int fd, struct channel *c)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int ret;

		fd = fcntl(fd, F_DUPFD_CLOEXEC, 100);
		end(c);
		ret = work(fd);
		_exit(ret);
	}
	if (pid < 0)
		given_fail("fork");
	return pid;
}

static int read_slowly(int fd)
{
	return read_large(fd, 300);
}

static bool ended_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

/* What init wrote last is still in the pipe, and in the relay, when its end is known. */
static void check_all_arrives(void)
{
	struct channel c = begin();
	pid_t reader = start(read_slowly, c.to_us, &c);
	pid_t writer = start(write_large, c.from_us, &c);
	siginfo_t info = { 0 };

	close_inner(&c);
	fd_close(&c.from_us);
	fd_close(&c.to_us);
	while (info.si_pid != writer) {
		round_of(&c.relay, 10);
		if (waitid(P_PID, (id_t)writer, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			given_fail("waitid");
	}
	relay_drain(&c.relay);
	end(&c);
	CHECK("the writer wrote all", ended_well(writer));
	CHECK("all of it arrived, and its end, with a slow reader", ended_well(reader));
}

static void check_order_of_end(void)
{
	struct channel c = begin();
	char buf[64];

	close_inner(&c);
	if (write(c.from_us, "last words", 10) != 10)
		given_fail("write");
	fd_close(&c.from_us);
	while (round_of(&c.relay, 100))
		;
	CHECK("the end comes after the last words",
	      read(c.to_us, buf, sizeof(buf)) == 10 &&
		      read(c.to_us, buf, sizeof(buf)) == 0);
	end(&c);
}

static size_t fill(int fd)
{
	size_t total = 0;
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((n = write(fd, "0123456789abcdef", 16)) > 0)
		total += (size_t)n;
	return total;
}

/* Nobody reads, and there is more to come: the loop must sleep. */
static void check_blocked_reader(void)
{
	struct channel c = begin();
	size_t rounds = 0, busy = 0, sent = 0, got = 0, more;
	char buf[4096];
	ssize_t n;

	close_inner(&c);
	fcntl(c.to_us, F_SETFL, O_NONBLOCK);
	do {
		more = fill(c.from_us);
		sent += more;
		while (round_of(&c.relay, 20))
			rounds++;
	} while (more > 0 && rounds < 100000);
	for (int i = 0; i < 10; i++)
		busy += round_of(&c.relay, 20);
	CHECK("a blocked reader costs no rounds", busy == 0);
	CHECK("until then there are a few for each piece", rounds < 200);
	fd_close(&c.from_us);
	busy = 0;
	for (int i = 0; i < 10; i++)
		busy += round_of(&c.relay, 20);
	CHECK("nor does the end of the writer", busy == 0);
	do {
		while ((n = read(c.to_us, buf, sizeof(buf))) > 0)
			got += (size_t)n;
	} while (round_of(&c.relay, 100));
	while ((n = read(c.to_us, buf, sizeof(buf))) > 0)
		got += (size_t)n;
	CHECK("then all of it arrives", got == sent && n == 0);
	end(&c);
}

static void check_lost_reader(void)
{
	struct channel c = begin();
	size_t busy = 0;

	close_inner(&c);
	if (write(c.from_us, "x", 1) != 1)
		given_fail("write");
	fd_close(&c.to_us);
	while (round_of(&c.relay, 50))
		;
	CHECK("EPIPE: the writer learns of it by its own",
	      write(c.from_us, "x", 1) < 0 && errno == EPIPE);
	for (int i = 0; i < 5; i++)
		busy += round_of(&c.relay, 10);
	CHECK("and no round is lost on it", busy == 0);
	relay_drain(&c.relay);
	end(&c);

	c = begin();
	close_inner(&c);
	fill(c.from_us);
	round_of(&c.relay, 50);
	fd_close(&c.to_us);
	relay_drain(&c.relay);
	CHECK("draining to nobody ends", true);
	end(&c);
}

/* A child of the program may keep its end open: what is there is delivered, no more is
 * waited for. */
static void check_orphans(void)
{
	struct channel c = begin();
	char buf[64];

	close_inner(&c);
	if (write(c.from_us, "still here", 10) != 10)
		given_fail("write");
	relay_drain(&c.relay);
	CHECK("drained, though it is open",
	      poll(&(struct pollfd){ .fd = c.to_us, .events = POLLIN }, 1, 0) == 1 &&
		      read(c.to_us, buf, sizeof(buf)) == 10);
	relay_drain(&c.relay);
	CHECK("and there is no more",
	      poll(&(struct pollfd){ .fd = c.to_us, .events = POLLIN }, 1, 0) == 0);
	end(&c);
}

/* Others share the caller's descriptors: the shell would find its own non-blocking. */
static void check_flags(void)
{
	struct channel c = begin();

	CHECK("the caller's descriptors stay blocking",
	      !(fcntl(c.to_relay, F_GETFL) & O_NONBLOCK) &&
		      !(fcntl(c.from_relay, F_GETFL) & O_NONBLOCK));
	end(&c);
}

static void check_sockets(void)
{
	int in[2], out[2];
	struct relay r;
	struct err e;
	char buf[64];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) < 0)
		given_fail("socketpair");
	relay_init(&r);
	CHECK("sockets too", relay_add(&r, in[0], out[0], &e) == 0 &&
				     write(in[1], "abc", 3) == 3 && round_of(&r, 100) &&
				     round_of(&r, 100) &&
				     read(out[1], buf, sizeof(buf)) == 3);
	relay_end(&r);
	for (int i = 0; i < 2; i++)
		close(in[i]), close(out[i]);
}

static void check_three(void)
{
	struct channel c = begin(), d = begin(), f = begin();
	struct relay r;
	struct err e;
	char buf[8];

	relay_init(&r);
	if (relay_add(&r, c.to_relay, c.from_relay, &e) < 0 ||
	    relay_add(&r, d.to_relay, d.from_relay, &e) < 0 ||
	    relay_add(&r, f.to_relay, f.from_relay, &e) < 0)
		given_fail(e.text);
	if (write(c.from_us, "c", 1) != 1 || write(d.from_us, "d", 1) != 1 ||
	    write(f.from_us, "f", 1) != 1)
		given_fail("write");
	while (round_of(&r, 50))
		;
	CHECK("three pipes, each its own",
	      read(c.to_us, buf, 8) == 1 && *buf == 'c' && read(d.to_us, buf, 8) == 1 &&
		      *buf == 'd' && read(f.to_us, buf, 8) == 1 && *buf == 'f');
	relay_end(&r);
	end(&c);
	end(&d);
	end(&f);
}

static void check_bad_descriptor(void)
{
	OWN_FD null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct relay r;
	struct err e;

	relay_init(&r);
	CHECK("a descriptor that is not open is an error",
	      relay_add(&r, 999, null, &e) < 0 && e.sys == EBADF);
	CHECK("on either side", relay_add(&r, null, 999, &e) < 0 && e.sys == EBADF);
	relay_end(&r);
}

int main(void)
{
	size_t before = open_fds();

	alarm(120);
	signal(SIGPIPE, SIG_IGN); /* as the runtime does: see main.c */
	check_all_arrives();
	check_order_of_end();
	check_blocked_reader();
	check_lost_reader();
	check_orphans();
	check_flags();
	check_sockets();
	check_three();
	check_bad_descriptor();
	CHECK("nothing stays open", open_fds() == before);
	return tap_done();
}
