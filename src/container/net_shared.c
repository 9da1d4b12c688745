/* SPDX-License-Identifier: Apache-2.0 */
#include "container/net_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "kernel/helper.h"
#include "kernel/pidfd.h"
#include "kernel/proc.h"
#include "kernel/sock.h"
#include "network/process.h"
#include "network/publish.h"

#define MAP_MAX 65536

/* ---- what runc-net needs ---- */

static int socket_option(int fd, int option)
{
	int value = 0;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &n) < 0 ? -1 : value;
}

int net_check_listener(const struct context *c, int fd, int protocol, struct err *e)
{
	bool tcp = protocol == NET_TCP;

	if (fd - 3 >= c->inherited_fds)
		return err_set(e,
			       "net: publish fd:%d: descriptor %d was not open when runc started",
			       fd, fd);
	if (socket_option(fd, SO_TYPE) != (tcp ? SOCK_STREAM : SOCK_DGRAM) ||
	    (tcp && socket_option(fd, SO_ACCEPTCONN) != 1))
		return err_set(e, "net: publish fd:%d: descriptor %d is not a %s", fd, fd,
			       tcp ? "stream socket that listens" : "datagram socket");
	return 0;
}

/* ---- sockets with a name ---- */

static int open_parent(const char *path, const char **name, struct arena *a)
{
	const char *slash = strrchr(path, '/');

	*name = slash + 1;
	return open(arena_ndup(a, path, (size_t)(slash - path) + 1),
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void remove_stale(int dir, const char *name)
{
	OWN_FD sock = -1;
	struct stat st;
	struct err e = { 0 };

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISSOCK(st.st_mode))
		return;
	sock = sock_connect_at(dir, name, &e);
	/* somebody else's, if it answers */
	if (sock < 0 && e.sys == ECONNREFUSED && unlinkat(dir, name, 0) < 0)
		log_debug("net: remove %s: %s", name, err_word(errno));
}

void net_remove_socket(const char *path, struct arena *a)
{
	const char *name;
	OWN_FD dir = open_parent(path, &name, a);

	if (dir >= 0)
		remove_stale(dir, name);
}

int net_open_socket(const char *path, struct arena *a, struct err *e)
{
	const char *name;
	OWN_FD dir = open_parent(path, &name, a);
	int sock = -1;

	if (dir < 0)
		return err_sys(e, "net: publish unix:%s", path);
	remove_stale(dir, name);
	sock = sock_listen_at(dir, name, SOCK_ANY_MODE, e);
	if (sock < 0) {
		errno = e->sys;
		return err_sys(e, "net: publish unix:%s", path);
	}
	return sock;
}

const char *net_find_helper(const struct context *c, const char *asked, struct err *e)
{
	const char *path = helper_find(NETWORK_HELPER, c->cwd, c->arena, e);
	struct err cause;

	if (path)
		return path;
	cause = *e;
	if (e->sys != ENOENT) {
		err_in(e, "net");
		return NULL;
	}
	err_set(e, "net: %.512s; install the program " NETWORK_HELPER "%s%s", cause.text,
		asked ? " or remove " : "", asked ? asked : "");
	return NULL;
}

int net_owner(int netns, int *userns, struct err *e)
{
	OWN_FD owner = ioctl(netns, NS_GET_USERNS);

	*userns = -1;
	if (owner < 0)
		return err_sys(e, "find the user namespace of the container's network");
	if (!proc_is_own_ns(owner, "user"))
		*userns = fd_take(&owner);
	return 0;
}

int net_sandbox_ids(struct net_config *c, pid_t init, struct err *e)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	uint32_t *const ids[] = { &c->uid, &c->gid };
	OWN_FD proc = proc_open_pid(init, e);

	if (proc < 0)
		return -1;
	for (size_t i = 0; i < COUNT(files); i++) {
		OWN_FD fd = proc_open_file(proc, files[i], O_RDONLY);
		OWN_TEXT map = { 0 };

		if (fd < 0 || io_read_all(fd, MAP_MAX, &map) < 0)
			return err_sys(e, "read the %s of the container", files[i]);
		*ids[i] = network_sandbox_id(text_str(&map), init);
	}
	return 0;
}

void net_take_ports(struct net_config *c, const uint32_t *chosen, struct arena *a)
{
	struct net_port *v = arena_new(a, c->ports.n, sizeof(*v));

	for (size_t i = 0; i < c->ports.n; i++) {
		v[i] = c->ports.v[i];
		v[i].host_port = (uint16_t)chosen[i];
	}
	c->ports.v = v;
}

/* ---- what is kept ---- */

int net_save_config(int dir, const struct net_config *c, struct err *e)
{
	OWN_FD net = openat(dir, NET_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	OWN_TEXT text = { 0 };

	if (net < 0)
		return err_sys(e, "open the directory " NET_DIR);
	json_print(&text, &net_config_table, c, NULL);
	return io_replace_at(net, CONFIG_FILE, 0600, text_str(&text), text.len, e);
}

/* What is "" is not printed. */
static void fill_ports(struct net_config *c, struct arena *a)
{
	struct net_port *v = arena_new(a, c->ports.n, sizeof(*v));

	for (size_t i = 0; i < c->ports.n; i++) {
		v[i] = c->ports.v[i];
		v[i].host = v[i].host ? v[i].host : "";
		v[i].guest = v[i].guest ? v[i].guest : "";
	}
	c->ports.v = v;
}

int net_load_config(int dir, struct net_config *c, struct arena *a, struct err *e)
{
	OWN_FD net = openat(dir, NET_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	OWN_TEXT text = { 0 };

	*c = (struct net_config){ 0 };
	if (net < 0 || io_read_at(net, CONFIG_FILE, NET_CONFIG_MAX, &text) < 0)
		return err_sys(e, "read " NET_DIR "/" CONFIG_FILE);
	if (json_load(NET_DIR "/" CONFIG_FILE, text_str(&text), text.len,
		      &net_config_table, c, a, e) < 0)
		return -1;
	fill_ports(c, a);
	return 0;
}

int net_record_process(struct record *r, const struct net_config *c, pid_t pid,
		       const char *backend, struct arena *a, struct err *e)
{
	struct record_net *net = arena_new(a, 1, sizeof(*net));
	struct proc_stat stat;
	int found = proc_stat(pid, &stat, e);

	if (found <= 0)
		return found < 0 ? -1 : err_set(e, "net: " NETWORK_HELPER " ended");
	*net = (struct record_net){
		.pid = pid,
		.start = stat.start,
		.mode = names_word(net_modes, c->mode),
		.backend = backend,
	};
	r->net = net;
	return 0;
}

/* ---- whose port it is ---- */

/* A container that stopped has none any more. */
static bool has_port(int root, const char *id, const struct net_port *port,
		     struct arena *a)
{
	struct net_config c;
	struct record r;
	struct err ignored;
	OWN_FD dir = store_open(root, id, &ignored);
	OWN_FD pidfd = -1;

	if (dir < 0 || store_load(dir, STATE_FILE, &r, a, &ignored) <= 0 || !r.net ||
	    net_load_config(dir, &c, a, &ignored) < 0)
		return false;
	pidfd = pidfd_find(r.net->pid, r.net->start, &ignored);
	if (pidfd < 0)
		return false;
	for (size_t i = 0; i < c.ports.n; i++)
		if (publish_clashes(&c.ports.v[i], port))
			return true;
	return false;
}

bool net_blame_port(int root, const char *own_id, const struct net_port *port,
		    struct arena *a, struct err *e)
{
	struct strings names;
	struct err ignored;
	size_t len = strlen(e->text);

	if (e->sys != EADDRINUSE || store_list(root, &names, a, &ignored) < 0)
		return false;
	for (size_t i = 0; i < names.n; i++) {
		if (strcmp(names.v[i], own_id) == 0 ||
		    !has_port(root, names.v[i], port, a))
			continue;
		snprintf(e->text + len, sizeof(e->text) - len,
			 " (by container \"%.64s\")", names.v[i]);
		return true;
	}
	return false;
}

void net_blame(int root, const char *own_id, const struct net_config *c, int port,
	       struct arena *a, struct err *e)
{
	if (port >= 0 && (size_t)port < c->ports.n)
		net_blame_port(root, own_id, &c->ports.v[port], a, e);
}
