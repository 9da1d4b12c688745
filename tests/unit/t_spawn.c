/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other programs: hooks behave as badly as they like. The programs here are this
 * one, started again with a word that says what to do.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/mem.h"
#include "base/num.h"
#include "kernel/pidfd.h"
#include "kernel/proc.h"
#include "kernel/spawn.h"

#include "unit/given.h"
#include "unit/tap.h"

#define LARGE (1u << 20)

/* ---- the programs ---- */

static void say(int fd, const char *text)
{
	if (!text || write(fd, text, strlen(text)) < 0)
		_exit(120);
}

static void copy(void)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(0, buf, sizeof(buf))) > 0)
		if (write(1, buf, (size_t)n) != n)
			_exit(121);
}

/* By several at once, so that who reads never finds it empty. */
static void flood(int fd)
{
	static char block[65536];

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			break;
	while (write(fd, block, sizeof(block)) > 0)
		;
}

static void write_large(void)
{
	static char block[LARGE];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)('a' + i % 23);
	for (int fd = 1; fd <= 2; fd++)
		for (size_t at = 0; at < sizeof(block);) {
			ssize_t n = write(fd, block + at, sizeof(block) - at);

			if (n < 0)
				_exit(122);
			at += (size_t)n;
		}
}

/* So that the last piece lies across the limit of what is kept. */
static void write_uneven(void)
{
	static char block[65535];

	memset(block, 'x', sizeof(block));
	if (write(1, block, sizeof(block)) < 0)
		_exit(123);
	usleep(100000);
	if (write(1, block, 4096) < 0)
		_exit(123);
}

/* Prints the pid of a child that goes on. */
static void leave_child(bool own_session, void (*work)(void))
{
	char text[16];
	pid_t pid = fork();

	if (pid == 0) {
		if (own_session)
			setsid();
		work();
		_exit(0);
	}
	snprintf(text, sizeof(text), "%d", pid);
	say(1, text);
}

static void rest(void)
{
	sleep(120);
}

static void flood_stdout(void)
{
	flood(1);
}

static void list_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;
	char text[300];

	while ((d = readdir(dir)))
		if (*d->d_name != '.' && atoi(d->d_name) != dirfd(dir)) {
			snprintf(text, sizeof(text), "%s ", d->d_name);
			say(1, text);
		}
	closedir(dir);
}

static void list_signals(void)
{
	char text[16];
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int i = 1; i < NSIG; i++) {
		struct sigaction how;

		if (i == SIGCHLD || sigaction(i, NULL, &how) < 0)
			continue;
		/* a sanitizer has handlers of its own; what must not come through is
		 * "ignored" */
		if (how.sa_handler == SIG_IGN || sigismember(&mask, i)) {
			snprintf(text, sizeof(text), "%d ", i);
			say(1, text);
		}
	}
}

/* What a service has: what it is asked for by way of its descriptor 3. */
static void serve(void)
{
	OWN_TEXT text = { 0 };
	struct stat st, null;
	char cwd[64];

	text_add(&text, "fds");
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			text_printf(&text, " %d", fd);
	if (stat("/dev/null", &null) < 0 || !getcwd(cwd, sizeof(cwd)))
		_exit(124);
	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) < 0 || st.st_rdev != null.st_rdev)
			text_printf(&text, ", %d is not null", fd);
	text_printf(&text, ", cwd %s, %s, env %s", cwd,
		    getsid(0) == getpid() ? "a session" : "no session",
		    environ && *environ ? *environ : "none");
	say(3, text_str(&text));
	pause();
}

static int child(char **argv)
{
	const char *word = argv[1];

	if (strcmp(word, "copy") == 0)
		copy();
	else if (strcmp(word, "both") == 0)
		say(1, "to stdout"), say(2, "to stderr");
	else if (strcmp(word, "fail") == 0)
		return 42;
	else if (strcmp(word, "die") == 0)
		raise(SIGKILL);
	else if (strcmp(word, "rest") == 0)
		rest();
	else if (strcmp(word, "stray") == 0)
		setpgid(0, getpgid(getppid())), rest();
	else if (strcmp(word, "family") == 0)
		leave_child(false, rest), rest();
	else if (strcmp(word, "daemon") == 0)
		leave_child(true, rest);
	else if (strcmp(word, "noisy-daemon") == 0)
		leave_child(true, flood_stdout);
	else if (strcmp(word, "flood") == 0)
		flood(1);
	else if (strcmp(word, "flood-stderr") == 0)
		flood(2);
	else if (strcmp(word, "large") == 0)
		write_large();
	else if (strcmp(word, "uneven") == 0)
		write_uneven();
	else if (strcmp(word, "deaf") == 0)
		close(0), usleep(50000);
	else if (strcmp(word, "fds") == 0)
		list_fds();
	else if (strcmp(word, "signals") == 0)
		list_signals();
	else if (strcmp(word, "serve") == 0)
		serve();
	else if (strcmp(word, "leader") == 0)
		say(1, getpgrp() == getpid() ? "yes" : "no");
	else if (strcmp(word, "words") == 0)
		for (char **v = argv + 2; *v || v == argv + 2; v++)
			say(1, *v), say(1, ";");
	else if (strcmp(word, "env") == 0)
		for (char **v = environ; *v; v++)
			say(1, *v), say(1, ";");
	else if (strcmp(word, "quiet") == 0)
		say(1, "# this line is a program's own\n");
	return 0;
}

/* ---- running them ---- */

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static size_t open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* The programs are in this one's own process: coverage and sanitizers need no
 * environment. */
static char *const no_env[] = { NULL };

static struct spawn_result run_as(struct spawn s, const char *word)
{
	char *const argv[] = { (char *)(uintptr_t) "t_spawn", (char *)(uintptr_t)word,
			       NULL };
	struct spawned started;
	struct spawn_result r = { 0 };
	struct err e;

	s.path = "/proc/self/exe";
	s.argv = s.argv ? s.argv : argv;
	s.envp = s.envp ? s.envp : no_env;
	if (spawn_start(&s, &started, &e) < 0 || spawn_finish(&started, &r, &e) < 0)
		given_fail(e.text);
	return r;
}

static struct spawn_result run(const char *word, const char *input, int timeout_ms)
{
	return run_as((struct spawn){ .input = input, .timeout_ms = timeout_ms }, word);
}

static bool exited(const struct spawn_result *r, int status)
{
	return WIFEXITED(r->status) && WEXITSTATUS(r->status) == status && !r->timed_out;
}

static pid_t pid_in(const struct spawn_result *r)
{
	uint64_t pid = 0;

	if (!num_dec(text_str(&r->out), INT32_MAX, &pid) || pid == 0)
		given_fail("a program did not say its child's pid");
	return (pid_t)pid;
}

static bool is_gone(pid_t pid)
{
	struct proc_stat stat;
	struct err e;

	for (int i = 0; i < 200; i++) {
		int found = proc_stat(pid, &stat, &e);

		if (found == 0 || (found > 0 && (stat.state == 'Z' || stat.state == 'X')))
			return true;
		usleep(10000);
	}
	return false;
}

/* ---- what must hold ---- */

static void check_output(void)
{
	struct spawn_result r = run("both", NULL, -1);

	CHECK("it ends well", exited(&r, 0));
	CHECK_SAME("its stdout", text_str(&r.out), "to stdout");
	CHECK_SAME("its stderr, apart", text_str(&r.err), "to stderr");
	spawn_result_free(&r);

	r = run("copy", "some input", -1);
	CHECK_SAME("its stdin is ours", text_str(&r.out), "some input");
	spawn_result_free(&r);
	r = run("copy", NULL, -1);
	CHECK("no input is an empty one, not the caller's",
	      exited(&r, 0) && r.out.len == 0);
	spawn_result_free(&r);

	r = run_as((struct spawn){ .timeout_ms = -1, .own_stdout = true }, "quiet");
	CHECK("its stdout may be ours", exited(&r, 0) && r.out.len == 0);
	spawn_result_free(&r);
}

static void check_ends(void)
{
	struct spawn_result r = run("fail", NULL, -1);

	CHECK("an exit status", exited(&r, 42));
	spawn_result_free(&r);
	r = run("die", NULL, -1);
	CHECK("a signal",
	      WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL && !r.timed_out);
	spawn_result_free(&r);
}

static void check_timeouts(void)
{
	static const char *const words[] = { "rest", "stray", "flood", "flood-stderr" };

	for (size_t i = 0; i < COUNT(words); i++) {
		long long start = now_ms();
		struct spawn_result r = run(words[i], NULL, 200);

		CHECK(words[i], r.timed_out && WIFSIGNALED(r.status) &&
					WTERMSIG(r.status) == SIGKILL &&
					now_ms() - start < 10000);
		spawn_result_free(&r);
	}
	{
		struct spawn_result r = run("family", NULL, 2000);

		CHECK("a timeout ends its children too",
		      r.timed_out && is_gone(pid_in(&r)));
		spawn_result_free(&r);
	}
	{
		struct spawn_result r = run("fail", NULL, 60000);

		CHECK("who is in time is not ended", exited(&r, 42));
		spawn_result_free(&r);
	}
}

static void check_amounts(void)
{
	struct spawn_result r = run("large", NULL, -1);
	char *input = mem_new(LARGE + 1, 1);

	CHECK("much output is read to its end", exited(&r, 0));
	CHECK("of which the start is kept",
	      r.out.len == 65536 && r.err.len == 65536 &&
		      memcmp(text_str(&r.out), "abcdefghijklmnopqrstuvwabc", 26) == 0);
	spawn_result_free(&r);
	r = run("uneven", NULL, -1);
	CHECK("and not a byte more", exited(&r, 0) && r.out.len == 65536);
	spawn_result_free(&r);

	memset(input, 'i', LARGE);
	r = run("copy", input, -1);
	CHECK("much input and output at the same time",
	      exited(&r, 0) && r.out.len == 65536);
	spawn_result_free(&r);
	r = run("fail", input, -1);
	CHECK("who does not read its input may do so", exited(&r, 42));
	spawn_result_free(&r);
	r = run("deaf", input, -1);
	CHECK("or may close it", exited(&r, 0));
	spawn_result_free(&r);
	free(input);
}

static void check_daemons(void)
{
	static const char *const words[] = { "daemon", "noisy-daemon" };

	for (size_t i = 0; i < COUNT(words); i++) {
		long long start = now_ms();
		struct spawn_result r = run(words[i], NULL, -1);
		uint64_t pid = 0;
		char number[16];

		CHECK(words[i], exited(&r, 0) && now_ms() - start < 10000);
		/* what it floods comes behind the number */
		snprintf(number, sizeof(number), "%.*s",
			 (int)strspn(text_str(&r.out), "0123456789"), text_str(&r.out));
		if (num_dec(number, INT32_MAX, &pid) && pid > 1)
			kill((pid_t)pid, SIGKILL);
		spawn_result_free(&r);
	}
}

static void check_inheritance(void)
{
	char *const words[] = {
		(char *)(uintptr_t) "t_spawn", (char *)(uintptr_t) "words",
		(char *)(uintptr_t) "a b",     (char *)(uintptr_t) "",
		(char *)(uintptr_t) "$c",      NULL
	};
	char *const env[] = { (char *)(uintptr_t) "A=1", (char *)(uintptr_t) "B=", NULL };
	int leaked = dup(0), high = fcntl(0, F_DUPFD, 700); /* without close-on-exec */
	struct spawn_result r = run("fds", NULL, -1);
	sigset_t some;

	CHECK_SAME("descriptors 0, 1, 2 and no other", text_str(&r.out), "0 1 2 ");
	spawn_result_free(&r);
	fd_close(&leaked);
	fd_close(&high);

	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	sigaddset(&some, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &some, NULL);
	signal(SIGUSR1, SIG_IGN);
	r = run("signals", NULL, -1);
	CHECK_SAME("no signal is ignored or blocked", text_str(&r.out), "");
	spawn_result_free(&r);
	sigprocmask(SIG_UNBLOCK, &some, NULL);
	signal(SIGUSR1, SIG_DFL);

	r = run("leader", NULL, -1);
	CHECK_SAME("a process group of its own", text_str(&r.out), "yes");
	spawn_result_free(&r);
	r = run_as((struct spawn){ .argv = words, .timeout_ms = -1 }, NULL);
	CHECK_SAME("the arguments as they are", text_str(&r.out), "a b;;$c;");
	spawn_result_free(&r);
	{
		char *const argv[] = { words[0], (char *)(uintptr_t) "env", NULL };

		r = run_as((struct spawn){ .argv = argv, .envp = env, .timeout_ms = -1 },
			   NULL);
	}
	CHECK_SAME("this environment and no other", text_str(&r.out), "A=1;B=;");
	spawn_result_free(&r);
}

static void check_service(void)
{
	char *const argv[] = { (char *)(uintptr_t) "t_spawn", (char *)(uintptr_t) "serve",
			       NULL };
	struct spawn_service s = { .path = "/proc/self/exe", .argv = argv, .envp = no_env };
	int leaked = dup(0), high = fcntl(0, F_DUPFD, 700), pair[2], pidfd = -1;
	char said[2048] = "";
	struct err e;
	int status = 0;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		given_fail("pipe");
	s.fd = pair[1];
	if (spawn_service(&s, &pid, &pidfd, &e) < 0)
		given_fail(e.text);
	close(pair[1]);
	if (read(pair[0], said, sizeof(said) - 1) < 0)
		given_fail("read");
	CHECK_SAME("a service has null, its descriptor, and nothing of ours", said,
		   "fds 0 1 2 3, cwd /, a session, env none");
	CHECK("it is a child, by its pidfd", pidfd_signal(pidfd, SIGKILL) == 0 &&
						     pidfd_reap(pidfd, &status) == 0 &&
						     WIFSIGNALED(status));
	close(pidfd);
	s.path = "/nosuch/program";
	s.fd = pair[0];
	CHECK("one that is not there", spawn_service(&s, &pid, &pidfd, &e) < 0);
	CHECK_SAME("and says so", e.text,
		   "cannot run /nosuch/program: no such file or directory");
	close(pair[0]);
	fd_close(&leaked);
	fd_close(&high);
}

static void check_errors(void)
{
	static const struct {
		const char *label, *path, *want;
	} rows[] = {
		{ .label = "not there",
		  .path = "/nosuch",
		  .want = "fork/exec /nosuch: no such file or directory" },
		{ .label = "a directory",
		  .path = "/",
		  .want = "fork/exec /: permission denied" },
		{ .label = "no path at all",
		  .path = "",
		  .want = "fork/exec : no such file or directory" },
	};
	size_t before = open_fds();

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *const argv[] = { (char *)(uintptr_t) "x", NULL };
		const struct spawn s = { .path = rows[i].path,
					 .argv = argv,
					 .envp = no_env };
		struct spawned started;
		struct err e;
		int ret = spawn_start(&s, &started, &e);

		CHECK_SAME(rows[i].label, ret < 0 ? e.text : "started", rows[i].want);
	}
	CHECK("failing leaves nothing open", open_fds() == before);
}

static void check_find(const char *top, struct arena *a)
{
	const char *bin = arena_printf(a, "%s/bin", top),
		   *other = arena_printf(a, "%s/other", top);
	const struct {
		const char *label, *name, *path, *want;
	} rows[] = {
		{ .label = "in the first directory",
		  .name = "tool",
		  .path = arena_printf(a, "%s:%s", bin, other),
		  .want = arena_printf(a, "%s/tool", bin) },
		{ .label = "in the second",
		  .name = "plain",
		  .path = arena_printf(a, "%s:%s", bin, other),
		  .want = arena_printf(a, "%s/plain", other) },
		{ .label = "what may not be executed is none",
		  .name = "plain",
		  .path = bin },
		{ .label = "a directory is none", .name = "dir", .path = bin },
		{ .label = "nowhere", .name = "nosuch", .path = bin },
		{ .label = "never here: empty elements",
		  .name = "tool",
		  .path = arena_printf(a, "::%s/nosuch:", top) },
		{ .label = "an empty PATH", .name = "tool", .path = "" },
		{ .label = "no PATH", .name = "tool", .path = NULL },
	};

	if (mkdir(bin, 0700) < 0 || mkdir(other, 0700) < 0 ||
	    mkdir(arena_printf(a, "%s/dir", bin), 0700) < 0 || chdir(bin) < 0)
		given_fail(top);
	close(open("tool", O_CREAT | O_CLOEXEC, 0700));
	close(open("plain", O_CREAT | O_CLOEXEC, 0600));
	close(open("../other/plain", O_CREAT | O_CLOEXEC, 0700));
	for (size_t i = 0; i < COUNT(rows); i++) {
		OWN_STR got = spawn_find(rows[i].name, rows[i].path);

		CHECK_SAME(rows[i].label, got, rows[i].want);
	}
	if (chdir("/") < 0)
		given_fail("/");
}

int main(int argc, char **argv)
{
	struct arena a = { 0 };
	char *top;
	size_t before;

	if (argc > 1)
		return child(argv);
	alarm(120);
	signal(SIGPIPE, SIG_IGN); /* as the runtime does: see main.c */
	top = scratch_begin();
	before = open_fds();
	check_output();
	check_ends();
	check_timeouts();
	check_amounts();
	check_daemons();
	check_inheritance();
	check_service();
	check_errors();
	check_find(top, &a);
	CHECK("nothing stays open", open_fds() == before);
	CHECK("nobody stays unreaped", waitpid(-1, NULL, WNOHANG) < 0);
	scratch_end(top);
	arena_free(&a);
	return tap_done();
}
