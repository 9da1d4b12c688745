/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runc-net, from its start until it is ready; config.h is what the two say to each
 * other.                                                               Runs: host
 */
#ifndef NETWORK_PROCESS_H
#define NETWORK_PROCESS_H

#include <sys/types.h>

#include "network/config.h"

#define NETWORK_HELPER "runc-net"

struct network_process {
	pid_t pid;        /* 0: not started; our child */
	int pidfd, sock;  /* -1 */
	long long end_ms; /* when our patience ends, by the monotonic clock */
};

struct network_fds {
	int netns, init, control;
	int userns;           /* -1: the same as ours */
	const int *inherited; /* for each port of the config that has .listener its socket */
};

struct network_ready {
	pid_t pid; /* whose end is that of the network: what we started, whatever it says */
	const char *backend;
	const uint32_t *host_ports; /* of each port: which one it is */
};

/* All descriptors -1, no process. */
void network_process_init(struct network_process *p);

/* Starts it and tells it the config; goes on while it works. path: of the program. */
int network_process_start(struct network_process *p, const char *path,
			  const struct net_config *c, const struct network_fds *fds,
			  struct err *e);

/*
 * Waits until it is ready, at most five seconds after its start. Its warnings are
 * logged; what it failed of is the error, and *port the index of the one that it is
 * about, or -1. cancel: a descriptor that becomes readable if we are to give up; -1.
 */
int network_process_wait(struct network_process *p, const struct net_config *c,
			 int cancel, struct network_ready *ready, int *port,
			 struct arena *a, struct err *e);

/* Ends it, whatever it does, and reaps it. */
void network_process_kill(struct network_process *p);

/* Forgets it: it goes on without us. */
void network_process_close(struct network_process *p);

/*
 * Ids for its sandbox, from the text of a uid_map or gid_map: the last that is mapped,
 * because neither the container's programs nor the caller use it; with one id only that
 * one. Where all ids are there, one that nothing owns, different for each pid. Pure.
 */
uint32_t network_sandbox_id(const char *map, pid_t pid);

#endif
