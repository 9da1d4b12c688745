/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What survives a command: ROOT/ID with state.json, the saved config.json and
 * exec.fifo. All below descriptors of ROOT and ROOT/ID. Runs: host.
 *
 * A container exists when its state.json does. A create writes claim.json first
 * (the same record, before there is a process), so that whatever step it is
 * killed at, `delete --force` finds what is to be taken away.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"

#define STATE_FILE "state.json"
#define CLAIM_FILE "claim.json" /* a create is under way; its cgroups are planned */
#define OWNED_FILE "owned.json" /* the same, once the cgroups are its own */
#define CONFIG_FILE "config.json"
#define FIFO_FILE "exec.fifo"
#define NET_DIR "net" /* files for, and of, a network of ours */
#define NET_SOCKET "net.sock"

struct record_namespace {
	const char *type, *path; /* "NEWPID"; "" if it was made */
};

struct record_hugepage {
	const char *page_size;
	uint64_t limit;
};

struct record_priority {
	const char *interface;
	int64_t priority;
};

struct record_rdma {
	const char *key;
	const uint32_t *hca_handles, *hca_objects;
};

struct record_weight {
	int64_t major, minor;
	const uint16_t *weight, *leaf_weight;
};

struct record_throttle {
	int64_t major, minor;
	uint64_t rate;
};

/* Limits, in the Go runc's names and with its "0 is unset"; it spreads them over "cgroups". */
struct record_limits {
	int64_t memory, memory_reservation, memory_swap;
	uint64_t cpu_shares, cpu_weight, cpu_period, cpu_rt_period;
	int64_t cpu_quota, cpu_rt_quota;
	const uint64_t *cpu_burst;
	const int64_t *cpu_idle;
	const char *cpus, *mems;
	const int64_t *pids_limit; /* 0 from a Go runc that had no pointer here: unset */
	const uint16_t *blkio_weight, *blkio_leaf_weight;
	LIST(struct record_weight) blkio_weight_device;
	LIST(struct record_throttle)
	blkio_read_bps, blkio_write_bps, blkio_read_iops, blkio_write_iops;
	LIST(struct record_hugepage) hugetlb;
	bool oom_kill_disable, check_before_update;
	const uint64_t *swappiness;
	LIST(struct record_priority) priorities;
	const uint32_t *class_id;
	LIST(struct record_rdma) rdma;
	struct pairs unified;
};

struct record_cgroups {
	const char *path;
	const char *name, *parent, *scope_prefix; /* of a unit of systemd; NULL */
	bool systemd, rootless;
	struct record_limits limits;
};

/* Whose end is that of the network; what it was told is in NET_DIR. */
struct record_net {
	int32_t pid;
	uint64_t start;
	const char *mode, *backend;
};

/* The part of the Go runc's "config" that others read, or we do. */
struct record_config {
	bool no_pivot_root;
	const char *rootfs;
	bool readonlyfs;
	LIST(struct record_namespace) namespaces;
	const struct record_cgroups *cgroups;
	const char *version;   /* ociVersion of the runtime that made it */
	struct strings labels; /* annotations as "key=value", and "bundle=DIR" */
	bool no_new_keyring;
	bool rootless_euid, rootless_cgroups;
};

struct record {
	const char *id;
	int32_t pid;
	uint64_t start;      /* clock ticks since boot */
	const char *created; /* RFC 3339, UTC */
	const struct record_config *config;
	bool rootless;
	struct pairs cgroup_paths;    /* controller ("" for v2) → directory */
	struct pairs namespace_paths; /* "NEWPID" → /proc/PID/ns/pid */
	struct strings external_descriptors;
	/* ours */
	uint64_t mount_before; /* rootfs is mounted on the host, over the mount of this
				  id; 0: it is not */
	uint64_t cgroup_inode; /* of the unit's cgroup: cgroup_inode(); 0: not known */
	const char *keyring; /* name of the session keyring; NULL: the caller's was kept,
				or "_ses.ID" */
	struct pairs annotations;     /* exactly; the labels cannot say all of them */
	const struct record_net *net; /* NULL: it has no network of ours */
};

extern const struct table record_table;

/* The value of a label; NULL. */
const char *record_label(const struct record *r, const char *key);

/* Its annotations: all labels but the bundle. */
struct pairs record_annotations(const struct record *r, struct arena *a);

/* ---- ROOT ---- */

/*
 * --root, or where the Go runc keeps things by default: /run/runc, or
 * $XDG_RUNTIME_DIR/runc for all but the real root. *is_default says which.
 */
const char *store_root_path(const char *option, struct arena *a, bool *is_default,
			    struct err *e);

/* Opens ROOT; make: creates it with 0700. It must be the caller's and nobody else's to
 * write. */
int store_open_root(const char *path, bool make, struct err *e);

/* Names of the directories in it, sorted. */
int store_list(int root, struct strings *names, struct arena *a, struct err *e);

/* [A-Za-z0-9_+-.] without a dot in front, at most 1024. Pure. */
int store_check_id(const char *id, struct err *e);

/* ---- ROOT/ID ---- */

/* Makes ROOT/ID, exclusively, and locks it. Returns its descriptor. */
int store_claim(int root, const char *id, struct err *e);

/* Opens ROOT/ID. e->sys is ENOENT if there is none. */
int store_open(int root, const char *id, struct err *e);

enum store_lock { STORE_SHARED, STORE_EXCLUSIVE };

/* One start, delete or exec at a time; 0 locked, -1 failed or (without wait) EWOULDBLOCK.
 */
int store_lock(int dir, enum store_lock how, bool wait, struct err *e);

/* One try that a signal ends: -1 with errno. */
int store_lock_once(int dir, enum store_lock how);

void store_unlock(int dir);

/* Is ROOT/ID still the directory that dir is open on? It may have been deleted, and made
 * anew by another. */
bool store_is_current(int root, const char *id, int dir);

/*
 * Removes ROOT/ID, that dir is open on, with the files we know: never follows a link,
 * never goes deeper than notify/ and net/. Does nothing if ROOT/ID is another directory
 * by now.
 */
int store_remove(int root, const char *id, int dir, struct err *e);

int store_save(int dir, const char *file, const struct record *r, struct err *e);

/* 1 loaded, 0 there is none, -1 it cannot be read or makes no sense. */
int store_load(int dir, const char *file, struct record *r, struct arena *a,
	       struct err *e);

/* ---- exec.fifo ---- */

/* Makes it for the container's root, whose host ids these are; returns an O_PATH
 * descriptor. */
int store_make_fifo(int dir, uid_t uid, gid_t gid, struct err *e);
bool store_has_fifo(int dir);

/* Runs: inside. Waits until somebody starts the container; fds: proc_open_self_fds(). */
int store_wait_fifo(int fifo, int fds, struct err *e);

/* Lets init go on: reads its byte, removes the FIFO. pidfd tells if init dies meanwhile.
 */
int store_release_fifo(int dir, int pidfd, struct err *e);

/* ---- files for the caller ---- */

/* Writes a pid to PATH by a fresh file and rename, mode 0644 & ~umask. */
int store_write_pid_file(const char *path, pid_t pid, struct err *e);

#endif
