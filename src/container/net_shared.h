/* SPDX-License-Identifier: Apache-2.0 */
/* What create and `runc net` both need of a network of ours. Runs: host. */
#ifndef CONTAINER_NET_SHARED_H
#define CONTAINER_NET_SHARED_H

#include "container/container.h"
#include "network/config.h"

/* fd:N. Only what was open when we began is the caller's: now it may be one of ours. */
int net_check_listener(const struct context *c, int fd, int protocol, struct err *e);

/*
 * unix:/path, for a runc-net that runs and sees no files. One that is there and that
 * nobody listens on is replaced. The caller owns the descriptor.
 */
int net_open_socket(const char *path, struct arena *a, struct err *e);
/* Removes such a socket: of a runc-net that ended. */
void net_remove_socket(const char *path, struct arena *a);

/* The path of runc-net. asked: what one could leave out instead of installing it; NULL. */
const char *net_find_helper(const struct context *c, const char *asked, struct err *e);

/* The user namespace that a network belongs to: the caller's descriptor, or -1 in *userns
 * if it is ours. */
int net_owner(int netns, int *userns, struct err *e);

/* c->uid and c->gid, from the maps of init. */
int net_sandbox_ids(struct net_config *c, pid_t init, struct err *e);

/* The ports that were opened, in place of those that the kernel was to choose. */
void net_take_ports(struct net_config *c, const uint32_t *chosen, struct arena *a);

/* ROOT/ID/net/config.json: what runc-net was told. dir: ROOT/ID. */
int net_save_config(int dir, const struct net_config *c, struct err *e);
int net_load_config(int dir, struct net_config *c, struct arena *a, struct err *e);

/* r->net, from a process that runs. */
int net_record_process(struct record *r, const struct net_config *c, pid_t pid,
		       const char *backend, struct arena *a, struct err *e);

/* A port was in use: adds whose it is, if that is a container of this root. */
bool net_blame_port(int root, const char *own_id, const struct net_port *port,
		    struct arena *a, struct err *e);
/* The same for one of a config; port: its index, or -1. */
void net_blame(int root, const char *own_id, const struct net_config *c, int port,
	       struct arena *a, struct err *e);

#endif
