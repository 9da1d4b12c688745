/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One create or exec in flight, and the steps it is made of. Rooms never see it:
 * a step is a thin adapter that takes from the launch what a room needs.
 */
#ifndef CONTAINER_LAUNCH_H
#define CONTAINER_LAUNCH_H

#include "cgroup/cgroup.h"
#include "console/console.h"
#include "container/container.h"
#include "container/plan.h"
#include "container/sync.h"
#include "network/process.h"
#include "rootfs/rootfs.h"
#include "store/store.h"

/* How far init is: what it may say depends on it (container/listen.c). */
enum stage {
	AT_CLONE = 1 << 0,  /* no init yet: the middle process speaks */
	AT_SETUP = 1 << 1,  /* mounts are being made */
	AT_SEALED = 1 << 2, /* after READY: privileges are being dropped */
};

/* What only the inside needs. */
struct inside {
	int proc;         /* private procfs; -1 if no step needs it */
	int self_fds;     /* its thread-self/fd */
	char *const *env; /* of the program */
	const char *program;
	bool chdir_again;
	bool groups_denied; /* setgroups, by the user namespace */
	mode_t umask;       /* the caller's, for hooks of the host */
};

/* The network of ours, if there is one: container/net.c. */
struct net_launch {
	const char *program;      /* runc-net */
	int control;              /* the listener of net.sock, for it; -1 */
	struct net_config config; /* as it was told, with the ports that it opened */
	struct network_process process;
	const char *backend; /* NULL: it is not ready */
	pid_t pid;           /* whose end is that of the network */
};

struct launch {
	const struct context *context;
	const struct create_options *options; /* NULL for exec */
	const struct io_options *io;
	const struct plan *plan;
	const struct text *config_text; /* create: the document that the plan is of */
	struct arena *arena;

	int root, dir; /* ROOT, ROOT/ID */
	struct record record;
	struct cgroup cgroup;       /* of a create */
	struct cgroup_doors *doors; /* of this process */
	bool unit_started; /* of a create: systemd has it, or may have it yet, by our order */
	const char *unit_path;    /* v2: where systemd has put it; NULL */
	const char *attach_below; /* exec: systemd is to take it there; NULL */
	struct rootfs_work rootfs;
	int ns_fds[NS_TYPES];
	int fifo; /* -1: run, exec */

	bool is_exec;
	int target;               /* exec: pidfd of the container's init; -1 */
	int container_root;       /* exec, if the container has no mount namespace; -1 */
	uint64_t join_flags;      /* exec: CLONE_NEW… of the namespaces to join */
	struct pairs sub_cgroups; /* exec --cgroup */

	int sync, inside_end; /* the two ends of the socket pair */
	pid_t middle;         /* the middle process, 0 if there is none */
	pid_t pid;            /* init, or the process of exec */
	int pidfd;
	enum stage stage;
	unsigned int heard;    /* bits of the messages that come once */
	bool at_ready, at_end; /* READY was said; the socket was closed */

	int stdio[3]; /* what becomes 0, 1, 2 inside; -1: as they are */
	int console_sock, pidfd_sock, agent;
	int master; /* foreground terminal */
	int cancel; /* readable: the caller wants us to give up (SIGINT and its like); -1 */
	struct relay relay;

	struct net_launch net;
	struct inside in;
};

/* A row of the story. undo may be NULL; it also clears up after a run() that failed
 * half-way. */
struct step {
	const char *name;
	int (*run)(struct launch *l, struct err *e);
	void (*undo)(struct launch *l);
};

/* Runs the steps; if one fails, undoes it and those before it, last first. */
int steps_run(const struct step *steps, size_t n, struct launch *l, struct err *e);

/* Everything closed, nothing known. */
void launch_init(struct launch *l, const struct context *c, const struct io_options *io);
void launch_close(struct launch *l);

/* The state document as hooks and agents see it. */
struct oci_state launch_state(const struct launch *l, const char *status, pid_t pid);

/* ---- host: container/listen.c ---- */

/* Hears the inside until it says READY, or closes the socket. */
int listen_until_ready(struct launch *l, struct err *e);
int listen_until_end(struct launch *l, struct err *e);

/* ---- host: container/io.c ---- */

int io_check(const struct io_options *io, bool terminal, struct err *e);

/* Only descriptors that were open when we started are the caller's to pass on. */
int io_check_preserved(const struct context *c, int listen_fds, int64_t preserve_fds,
		       struct err *e);

/* Sockets, and pipes where the caller has a terminal. */
int io_open(struct launch *l, struct err *e);

/* After the clone: our copies of the container's ends, the pidfd socket. */
int io_started(struct launch *l, struct err *e);

int io_console(struct launch *l, int master, struct err *e);

/* ---- host: container/wait.c ---- */

/*
 * From here on signals come by descriptor: those that mean "give up" while we set
 * up, in the foreground all that will be forwarded.
 */
int wait_block_signals(struct launch *l, struct err *e);

/* Relays, forwards signals, reaps; the program's exit status. */
int wait_foreground(struct launch *l, int *status, struct err *e);

/* ---- inside: container/init.c, container/tail.c ---- */

_Noreturn void init_main(struct launch *l);

extern const struct step tail_steps[];
extern const size_t tail_count;

/* Runs steps; a failure goes to the host and ends the process. */
void inside_run(struct launch *l, const struct step *steps, size_t n);

/* Non-dumpable, and dead when the host dies; again after every change of ids. */
int inside_guard(struct launch *l, struct err *e);

/*
 * Nothing of the host's goes along into namespaces where others can look into us
 * (CVE-2024-21626, CVE-2016-9962): stdio becomes what the container gets (never
 * the caller's terminal), all other descriptors are closed but those the inside
 * needs, signals are as a program expects them.
 */
int inside_leave_host(struct launch *l, struct err *e);

/* In a staged clone: the host knows us by now, and what joining needed is closed. */
int inside_wait_go(struct launch *l, struct err *e);

/* The end: execve, or one line on stderr and exit 255. */
_Noreturn void inside_become_program(struct launch *l);

#endif
