/* SPDX-License-Identifier: Apache-2.0 */
/* What the host believes of the middle process: only a child of ours is init. */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "container/launch.h"
#include "kernel/sock.h"

#include "unit/given.h"
#include "unit/tap.h"

static const struct spec_linux no_linux;
static const struct spec_hooks no_hooks;
static const struct spec no_spec = { .linux = &no_linux, .hooks = &no_hooks };
static const struct plan no_plan = { .id = "web1", .bundle = "/b", .spec = &no_spec };
static const struct context nobody;
static const struct io_options no_io;

static pid_t child_that_exits(int status)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(status);
	if (pid < 0)
		given_fail("fork");
	return pid;
}

/* Hears "init is process pid", then the end; *l is left as it is then. */
static int hear_pid(struct launch *l, pid_t pid, struct err *e)
{
	int pair[2], ret;

	if (sock_pair(pair) < 0)
		given_fail("socketpair");
	launch_init(l, &nobody, &no_io);
	l->plan = &no_plan;
	l->sync = pair[0];
	l->middle = child_that_exits(0);
	if (sync_say(pair[1], MSG_PID, pid, -1, e) < 0)
		given_fail(e->text);
	shutdown(pair[1], SHUT_WR);
	ret = listen_until_ready(l, e);
	close(pair[1]);
	return ret;
}

static void test_not_ours(void)
{
	const struct {
		const char *label;
		pid_t pid;
	} cases[] = {
		{ .label = "pid -1: everybody", .pid = -1 },
		{ .label = "pid 0: our group", .pid = 0 },
		{ .label = "pid 1", .pid = 1 },
		{ .label = "our parent", .pid = getppid() },
		{ .label = "ourselves", .pid = getpid() },
		{ .label = "nobody", .pid = INT32_MAX },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e = { 0 };
		struct launch l;

		CHECK(cases[i].label, hear_pid(&l, cases[i].pid, &e) < 0 &&
					      strstr(e.text, "is not a child"));
		CHECK("it is not kept, so it will not be killed",
		      l.pid == 0 && l.pidfd < 0 && l.middle == 0);
		launch_close(&l);
	}
}

static void test_ours(void)
{
	struct err e = { 0 };
	struct launch l;

	CHECK("a child is heard until its end", hear_pid(&l, child_that_exits(7), &e) < 0);
	CHECK_SAME("what became of it", e.text, "container init exited with status 7");
	CHECK("it was taken", l.pidfd >= 0);
	launch_close(&l);
}

/* A signal came before we heard that the program runs (what is said last), or after. */
static void test_cancel(void)
{
	for (int closed = 0; closed <= 1; closed++) {
		struct err e = { 0 };
		struct launch l;
		int pair[2], cancel[2], ret;

		if (sock_pair(pair) < 0 || pipe2(cancel, O_CLOEXEC) < 0)
			given_fail("socketpair, pipe");
		launch_init(&l, &nobody, &no_io);
		l.plan = &no_plan;
		l.sync = pair[0];
		l.cancel = cancel[0];
		l.stage = AT_SEALED;
		if (sync_say(pair[1], MSG_WAITING, 0, -1, &e) < 0 ||
		    write(cancel[1], "x", 1) != 1)
			given_fail("say");
		if (closed)
			close(pair[1]);
		ret = listen_until_end(&l, &e);
		if (closed)
			CHECK("it runs: the signal is the program's",
			      ret == 0 && l.at_end && l.heard == 1u << MSG_WAITING);
		else
			CHECK("not yet: the signal is for us",
			      ret < 0 && strcmp(e.text, "interrupted by a signal") == 0);
		if (!closed)
			close(pair[1]);
		close(cancel[1]);
		launch_close(&l);
	}
}

/* What may be told of a network namespace, and when. */
static void test_netns(void)
{
	static const struct plan networked = { .id = "web1",
					       .bundle = "/b",
					       .spec = &no_spec,
					       .network.config.mode = NET_PUBLISH };
	static const struct {
		const char *label, *file, *want;
		const struct plan *plan;
		enum msg_kind kind;
	} cases[] = {
		/* clang-format off */
		{ .label = "nobody asked", .file = "/proc/self/ns/net", .plan = &no_plan, .kind = MSG_NETNS,
		  .want = "init told a network namespace that nobody asked for" },
		{ .label = "nothing came", .plan = &networked, .kind = MSG_NETNS,
		  .want = "init told no network namespace of its own" },
		{ .label = "a file", .file = "/dev/null", .plan = &networked, .kind = MSG_NETNS,
		  .want = "init told no network namespace of its own" },
		{ .label = "another kind of namespace", .file = "/proc/self/ns/uts", .plan = &networked, .kind = MSG_NETNS,
		  .want = "init told no network namespace of its own" },
		{ .label = "the host's", .file = "/proc/self/ns/net", .plan = &networked, .kind = MSG_NETNS,
		  .want = "init told no network namespace of its own" },
		{ .label = "it goes on without", .plan = &networked, .kind = MSG_READY,
		  .want = "init told no network namespace" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		OWN_FD fd = cases[i].file ? open(cases[i].file, O_RDONLY | O_CLOEXEC) : -1;
		struct err e = { 0 };
		struct launch l;
		int pair[2];

		if (sock_pair(pair) < 0)
			given_fail("socketpair");
		launch_init(&l, &nobody, &no_io);
		l.plan = cases[i].plan;
		l.sync = pair[0];
		l.stage = AT_SETUP;
		if (sync_say(pair[1], cases[i].kind, 0, fd, &e) < 0)
			given_fail(e.text);
		CHECK(cases[i].label, listen_until_ready(&l, &e) < 0);
		CHECK_SAME(cases[i].label, e.text, cases[i].want);
		close(pair[1]);
		launch_close(&l);
	}
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_not_ours();
	test_ours();
	test_cancel();
	test_netns();
	return tap_done();
}
