/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/hello.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "kernel/sock.h"

static const char *const levels[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* ---- in ---- */

static int take_fds(struct hello *h, const int *fds, size_t n, struct err *e)
{
	int *const places[NET_FD_COUNT] = {
		[NET_FD_NETNS] = &h->netns,
		[NET_FD_INIT] = &h->init,
		[NET_FD_CONTROL] = &h->control,
		[NET_FD_USERNS] = &h->userns,
	};
	size_t fixed = h->settings.userns ? NET_FD_COUNT : NET_FD_COUNT - 1, wanted = 0;

	for (size_t i = 0; i < h->settings.port_count; i++)
		wanted += h->settings.ports[i].listener;
	if (n != fixed + wanted)
		return err_set(e, "launch message: %zu descriptors, not %zu", n,
			       fixed + wanted);
	for (size_t i = 0; i < fixed; i++)
		*places[i] = fds[i];
	h->listeners = mem_new(wanted + 1, sizeof(int));
	h->listener_count = wanted;
	for (size_t i = 0; i < wanted; i++)
		h->listeners[i] = fds[fixed + i];
	return 0;
}

int hello_receive(struct hello *h, struct err *e)
{
	OWN_STR text = mem_new(NET_CONFIG_MAX + 1, 1);
	int fds[SOCK_FDS_MAX];
	size_t fd_count;
	ssize_t n;

	*h = (struct hello){
		.runc = NET_CONFIG_FD, .netns = -1, .init = -1, .control = -1, .userns = -1
	};
	n = sock_receive(h->runc, text, NET_CONFIG_MAX, fds, &fd_count);
	if (n < 0)
		return err_sys(e, "launch message");
	if (n == 0)
		return err_set(e, "launch message: there is none");
	if (settings_read(text, (size_t)n, &h->settings, &h->arena, e) < 0)
		return -1;
	return take_fds(h, fds, fd_count, e);
}

/* ---- out ---- */

static int answer(struct hello *h, const struct net_answer *a)
{
	OWN_TEXT text = { 0 };

	if (h->runc < 0)
		return 0;
	json_print(&text, &net_answer_table, a, NULL);
	return sock_send(h->runc, text_str(&text), text.len, NULL, 0);
}

void hello_log(struct hello *h, enum log_level level, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	answer(h, &(struct net_answer){ .kind = NET_LOG,
					.level = levels[level],
					.text = text,
					.port = -1 });
}

void hello_failed(struct hello *h, const struct err *e, int port)
{
	answer(h,
	       &(struct net_answer){
		       .kind = NET_FAILED, .text = e->text, .sys = e->sys, .port = port });
	fd_close(&h->runc);
}

int hello_ready(struct hello *h, const char *backend, const uint32_t *host_ports)
{
	struct net_answer a = { .kind = NET_READY,
				.port = -1,
				.backend = backend,
				.host_ports = { host_ports, h->settings.port_count } };
	int ret = answer(h, &a);

	fd_close(&h->runc);
	return ret;
}
