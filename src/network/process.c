/* SPDX-License-Identifier: Apache-2.0 */
#include "network/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/own.h"
#include "kernel/pidfd.h"
#include "kernel/sock.h"
#include "kernel/spawn.h"

#define PATIENCE_MS 5000
#define ANSWER_MAX 65536
#define NOBODYS_IDS 0xff000000u /* above what distributions and id services give away */

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void network_process_init(struct network_process *p)
{
	*p = (struct network_process){ .pidfd = -1, .sock = -1 };
}

void network_process_close(struct network_process *p)
{
	fd_close(&p->sock);
	fd_close(&p->pidfd);
}

void network_process_kill(struct network_process *p)
{
	int status;

	fd_close(&p->sock);
	if (p->pid > 0 && p->pidfd >= 0) {
		pidfd_signal(p->pidfd, SIGKILL);
		pidfd_reap(p->pidfd, &status);
	}
	p->pid = 0;
	fd_close(&p->pidfd);
}

/* ---- start ---- */

static int send_config(int sock, const struct net_config *c,
		       const struct network_fds *fds, struct err *e)
{
	int v[SOCK_FDS_MAX], n = NET_FD_USERNS;
	OWN_TEXT text = { 0 };

	v[NET_FD_NETNS] = fds->netns;
	v[NET_FD_INIT] = fds->init;
	v[NET_FD_CONTROL] = fds->control;
	if (c->userns)
		v[n++] = fds->userns;
	for (size_t i = 0; i < c->ports.n && n < SOCK_FDS_MAX; i++)
		if (c->ports.v[i].listener)
			v[n++] = fds->inherited[i];
	json_print(&text, &net_config_table, c, NULL);
	if (text.len > NET_CONFIG_MAX)
		return err_set(e,
			       "net: too many published ports: their list has %zu bytes",
			       text.len);
	sock_reserve(sock, text.len);
	/* one that ended at once says why by how it ended: network_process_wait() */
	if (sock_send(sock, text_str(&text), text.len, v, (size_t)n) < 0 && errno != EPIPE)
		return err_sys(e, "net: send the config to " NETWORK_HELPER);
	return 0;
}

int network_process_start(struct network_process *p, const char *path,
			  const struct net_config *c, const struct network_fds *fds,
			  struct err *e)
{
	/* the id is for who lists processes */
	char *const argv[] = { (char *)(uintptr_t)NETWORK_HELPER,
			       (char *)(uintptr_t)c->id, NULL };
	char *const envp[] = { NULL };
	struct spawn_service s = { .path = path, .argv = argv, .envp = envp };
	OWN_FD theirs = -1;
	int pair[2];

	if (sock_pair(pair) < 0)
		return err_sys(e, "net: make a socket pair");
	p->sock = pair[0];
	theirs = pair[1];
	s.fd = theirs;
	/* never a pipe, whose reader would wait for its end */
	s.own_stderr = log_is_debug() && isatty(STDERR_FILENO);
	if (spawn_service(&s, &p->pid, &p->pidfd, e) < 0)
		return err_in(e, "net");
	p->end_ms = now_ms() + PATIENCE_MS;
	/* or its end would not be the end of the socket */
	fd_close(&theirs);
	return send_config(p->sock, c, fds, e);
}

/* ---- until it is ready ---- */

static void log_answer(const struct net_answer *answer)
{
	static const struct name levels[] = {
		{ "error", LOG_LEVEL_ERROR },
		{ "warning", LOG_LEVEL_WARNING },
		{ "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
		{ 0 },
	};
	int64_t level = LOG_LEVEL_WARNING;

	names_find(levels, answer->level ? answer->level : "", &level);
	/* who only looks on hears of what is wrong, and nothing else */
	if (level <= LOG_LEVEL_WARNING || log_is_debug() ||
	    (level == LOG_LEVEL_INFO && !log_is_stderr()))
		log_line((enum log_level)level, NETWORK_HELPER, 0, NETWORK_HELPER,
			 "net: %s", answer->text ? answer->text : "");
}

/* It closed the socket without a last word. */
static int died(struct network_process *p, struct err *e)
{
	int status = 0;

	if (pidfd_signal(p->pidfd, SIGKILL) < 0 && errno != ESRCH)
		return err_sys(e, "net: end " NETWORK_HELPER);
	if (pidfd_reap(p->pidfd, &status) < 0)
		return err_sys(e, "net: wait for " NETWORK_HELPER);
	p->pid = 0;
	/* what the dynamic loader exits with, if it does not find one of the libraries */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, "net: " NETWORK_HELPER
				  " cannot load libslirp.so.0 (need 4.7 or newer)");
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return err_set(e, "net: " NETWORK_HELPER " ended by signal %d (SIG%s)",
			       WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
	return err_set(e, "net: " NETWORK_HELPER " ended before it was ready (status %d)",
		       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* 1 something was said, -1 time is up or we are to give up. */
static int wait_for_word(struct network_process *p, int cancel, struct err *e)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = p->sock, .events = POLLIN },
					{ .fd = cancel, .events = POLLIN } };
		long long left = p->end_ms - now_ms();

		if (left <= 0)
			return err_set(e,
				       "net: " NETWORK_HELPER " is not ready after %d s",
				       PATIENCE_MS / 1000);
		if (poll(fds, COUNT(fds), (int)left) <= 0)
			continue;
		if (fds[1].revents)
			return err_set(e, "interrupted by a signal");
		return 1;
	}
}

/* 1 heard, 0 it is gone, -1. */
static int hear(struct network_process *p, int cancel, struct net_answer *answer,
		struct arena *a, struct err *e)
{
	char *text = arena_new(a, ANSWER_MAX, 1);
	int fds[SOCK_FDS_MAX];
	size_t count = 0;
	ssize_t n;

	if (wait_for_word(p, cancel, e) < 0)
		return -1;
	n = sock_receive(p->sock, text, ANSWER_MAX, fds, &count);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return 0;
	if (n < 0)
		return err_sys(e, "net: hear " NETWORK_HELPER);
	*answer = (struct net_answer){ 0 };
	return json_load(NETWORK_HELPER, text, (size_t)n, &net_answer_table, answer, a,
			 e) < 0 ?
		       err_in(e, "net") :
		       1;
}

static int take_ready(const struct network_process *p, const struct net_config *c,
		      const struct net_answer *answer, struct network_ready *ready,
		      struct err *e)
{
	if (answer->host_ports.n != c->ports.n)
		return err_set(e, "net: " NETWORK_HELPER " opened %zu ports, not %zu",
			       answer->host_ports.n, c->ports.n);
	for (size_t i = 0; i < c->ports.n; i++)
		if (answer->host_ports.v[i] > UINT16_MAX)
			return err_set(e, "net: " NETWORK_HELPER " opened port %u",
				       answer->host_ports.v[i]);
	*ready = (struct network_ready){
		.pid = p->pid,
		.backend = answer->backend ? answer->backend : "none",
		.host_ports = answer->host_ports.v,
	};
	return 0;
}

int network_process_wait(struct network_process *p, const struct net_config *c,
			 int cancel, struct network_ready *ready, int *port,
			 struct arena *a, struct err *e)
{
	struct net_answer answer;
	int ret;

	*port = -1;
	while ((ret = hear(p, cancel, &answer, a, e)) > 0) {
		switch ((enum net_answer_kind)answer.kind) {
		case NET_LOG:
			log_answer(&answer);
			break;
		case NET_READY:
			fd_close(&p->sock);
			return take_ready(p, c, &answer, ready, e);
		case NET_FAILED:
			*port = answer.port;
			err_set(e, "net: %s", answer.text ? answer.text : "failed");
			e->sys = answer.sys;
			return -1;
		}
	}
	return ret < 0 ? -1 : died(p, e);
}

/* ---- ids ---- */

/* "inside outside count" of one line; false if it is none. */
static bool parse_map(const char *line, uint64_t v[3])
{
	for (int i = 0; i < 3; i++) {
		char word[24];
		size_t n;

		line += strspn(line, " \t");
		n = strspn(line, "0123456789");
		if (n == 0 || n >= sizeof(word))
			return false;
		memcpy(word, line, n);
		word[n] = '\0';
		if (!num_dec(word, UINT32_MAX, &v[i]))
			return false;
		line += n;
	}
	return true;
}

uint32_t network_sandbox_id(const char *map, pid_t pid)
{
	uint64_t last = 0, v[3];

	for (const char *line = map; *line;) {
		if (parse_map(line, v) && v[2] > 0 && v[0] + v[2] - 1 > last)
			last = v[0] + v[2] - 1;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	/* 4294967295 is no id, so this is all there are */
	return last >= UINT32_MAX - 1 ? NOBODYS_IDS + (uint32_t)pid : (uint32_t)last;
}
