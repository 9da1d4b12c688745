/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story: what happens to a container, in which order and on which side. One
 * function a command; cli/ turns words into calls and errors into lines.
 */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "network/control.h"
#include "store/store.h"

struct spec_resources;

enum rootless_option { ROOTLESS_AUTO, ROOTLESS_YES, ROOTLESS_NO };

/* What holds for the whole command. */
struct context {
	const char *root_path;
	bool root_is_default;
	bool systemd_cgroup;
	bool net_annotations; /* those of org.runc.net are obeyed */
	const char *rootless; /* --rootless as given; NULL or "" is auto */
	const char *cwd;      /* the caller's working directory, absolute */
	struct arena *arena;
	int inherited_fds; /* descriptors 3 … that the caller left open, without a gap */
};

struct io_options {
	const char *console_socket, *pidfd_socket,
		*pid_file; /* NULL: none; paths are the caller's */
	bool detach;
	int64_t preserve_fds;
};

struct create_options {
	const char *id, *bundle; /* bundle NULL: the working directory */
	struct io_options io;
	bool no_pivot, no_new_keyring;
	bool run;                /* create and start at once */
	bool keep, no_subreaper; /* run */
	const char *network;     /* "slirp:…" or "none"; NULL: as the annotations say */
	struct strings publish;
};

/*
 * create, and run with .run. *status is the program's exit status if run is in
 * the foreground, else 0. On failure nothing is left behind (unless .keep).
 */
int container_create(const struct context *c, const struct create_options *o, int *status,
		     struct err *e);

int container_start(const struct context *c, const char *id, struct err *e);

struct exec_options {
	const char *id;
	struct io_options io;
	const char *process; /* a process document; then all below is ignored */
	const char *cwd, *user, *process_label, *apparmor;
	struct strings args, env, caps, additional_gids, cgroups;
	bool tty, ignore_paused;
	const bool *no_new_privs;
};

int container_exec(const struct context *c, const struct exec_options *o, int *status,
		   struct err *e);

/* signal as typed: a number, or a name with or without SIG. all: not running is no error.
 */
int container_kill(const struct context *c, const char *id, const char *signal, bool all,
		   struct err *e);

int container_delete(const struct context *c, const char *id, bool force, struct err *e);

int container_pause(const struct context *c, const char *id, struct err *e);
int container_resume(const struct context *c, const char *id, struct err *e);
struct update_options {
	const char *id;
	const struct spec_resources *given;
	const char *l3_cache_schema, *mem_bw_schema; /* Intel RDT; NULL: none */
};

/* Other limits for a container that has not ended: all of them, or none is changed. */
int container_update(const struct context *c, const struct update_options *o,
		     struct err *e);

/* Pids as seen here, of all processes in the container. The caller frees. */
int container_pids(const struct context *c, const char *id, pid_t **pids, size_t *n,
		   struct err *e);

struct events_options {
	const char *id;
	bool stats;          /* once, and no more */
	int64_t interval_ns; /* between two stats */
	int (*say)(const struct text *line, struct err *e);
};

/* Says a JSON object a line until the container has ended. */
int container_events(const struct context *c, const struct events_options *o,
		     struct err *e);

/* ---- the network of ours: runc net ---- */

/* Ports, asked of runc-net. */
int container_net_list(const struct context *c, const char *id,
		       struct control_entries *out, struct err *e);

/* All of the specs or none; says which ids they have got. */
int container_net_add(const struct context *c, const char *id, struct strings specs,
		      struct control_entries *out, struct err *e);

/* By the number that the list shows, or as it was published. */
int container_net_remove(const struct context *c, const char *id, struct strings which,
			 struct err *e);
int container_net_stats(const struct context *c, const char *id,
			struct control_stats *out, struct err *e);

/* A new runc-net, for one that ended or does not do as it should. */
int container_net_restart(const struct context *c, const char *id, struct err *e);

/* ---- looking ---- */

/* Of a network of ours. */
struct container_net {
	const char *mode, *backend;
	const char *status; /* "running", "dead", "stopped" with its container */
	int32_t pid;        /* of runc-net; 0 */
	const char *address;
	struct strings ports; /* as one would publish them */
};

/* A line of `list`, and what `state` prints. */
struct container_state {
	const char *oci_version, *id;
	int32_t pid; /* 0 when stopped */
	const char *status, *bundle, *rootfs, *created;
	struct pairs annotations;
	const char *owner;               /* list: user name or #uid of ROOT/ID; else "" */
	const struct container_net *net; /* NULL: none of ours */
};

extern const struct table container_state_table;

int container_state(const struct context *c, const char *id, struct container_state *s,
		    struct err *e);

/* All that can be loaded; each that cannot is told to complain(). */
int container_list(const struct context *c, struct container_state **v, size_t *n,
		   void (*complain)(const char *line), struct err *e);

/* What `features` prints. */
void container_print_features(struct arena *a, struct text *out);

/* "runc-VERSION" parts that version and features share. */
const char *container_version(void);
const char *container_commit(void);
const char *container_libseccomp(struct arena *a);

#endif
