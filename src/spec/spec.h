/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OCI documents (runtime-spec 1.3.0) as plain structs. Members carry the
 * specification's own names in this language's spelling; numbers that may be
 * absent are pointers. A loaded spec is const everywhere and lives in an arena.
 *
 * Knows nothing of the kernel: what a word means there is decided in the rooms.
 */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define SPEC_VERSION "1.3.0"
#define SPEC_VERSION_MIN "1.0.0"

struct spec_box {
	uint64_t height, width;
};

struct spec_user {
	uint32_t uid, gid;
	const uint32_t *umask;
	LIST(uint32_t) additional_gids;
	const char *username;
};

struct spec_capabilities {
	struct strings bounding, effective, permitted, inheritable, ambient;
};

struct spec_rlimit {
	const char *type;
	uint64_t hard, soft;
};

struct spec_scheduler {
	const char *policy;
	int32_t nice, priority;
	struct strings flags;
	uint64_t runtime, deadline, period;
};

struct spec_io_priority {
	const char *class;
	int32_t priority;
};

struct spec_affinity {
	const char *initial, *final;
};

struct spec_process {
	bool terminal;
	const struct spec_box *console_size;
	const struct spec_user *user; /* never NULL after loading */
	struct strings args, env;
	const char *command_line; /* Windows */
	const char *cwd;
	const struct spec_capabilities *capabilities;
	LIST(struct spec_rlimit) rlimits;
	const bool *no_new_privileges;
	const char *apparmor_profile;
	const int32_t *oom_score_adj;
	const struct spec_scheduler *scheduler;
	const char *selinux_label;
	const struct spec_io_priority *io_priority;
	const struct spec_affinity *exec_cpu_affinity;
};

struct spec_root {
	const char *path;
	bool readonly;
};

struct spec_idmap {
	uint32_t container_id, host_id, size;
};

struct spec_idmaps {
	const struct spec_idmap *v;
	size_t n;
};

struct spec_mount {
	const char *destination, *type, *source;
	struct strings options;
	struct spec_idmaps uid_mappings, gid_mappings;
};

struct spec_hook {
	const char *path;
	struct strings args, env;
	const int64_t *timeout; /* seconds */
};

/* Order of the specification: also the order of a container's life. */
enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_KINDS,
};

struct spec_hook_list {
	LIST(struct spec_hook) list;
};

struct spec_hooks {
	struct spec_hook_list of[HOOK_KINDS];
};

struct spec_namespace {
	int type; /* enum ns_type */
	const char *path;
};

enum ns_type {
	NS_MOUNT,
	NS_PID,
	NS_NETWORK,
	NS_UTS,
	NS_IPC,
	NS_USER,
	NS_CGROUP,
	NS_TIME,
	NS_TYPES,
};

struct spec_time_offset {
	const char *clock;
	int64_t secs;
	uint32_t nanosecs;
};

struct spec_device {
	const char *path, *type;
	int64_t major, minor;
	const uint32_t *file_mode, *uid, *gid;
};

struct spec_net_device {
	const char *key;  /* its name on the host */
	const char *name; /* in the container; NULL or "" keeps it */
};

struct spec_device_rule {
	bool allow;
	const char *type;
	const int64_t *major, *minor;
	const char *access;
};

struct spec_memory {
	const int64_t *limit, *reservation, *swap, *kernel, *kernel_tcp;
	const uint64_t *swappiness;
	const bool *disable_oom_killer;
	bool use_hierarchy, check_before_update;
};

struct spec_cpu {
	const uint64_t *shares, *period, *burst, *realtime_period;
	const int64_t *quota, *realtime_runtime, *idle;
	const char *cpus, *mems;
};

struct spec_pids {
	const int64_t *limit;
};

struct spec_weight_device {
	int64_t major, minor;
	const uint16_t *weight, *leaf_weight;
};

struct spec_throttle_device {
	int64_t major, minor;
	uint64_t rate;
};

struct spec_block_io {
	const uint16_t *weight, *leaf_weight;
	LIST(struct spec_weight_device) weight_device;
	LIST(struct spec_throttle_device)
	throttle_read_bps_device, throttle_write_bps_device, throttle_read_iops_device,
		throttle_write_iops_device;
};

struct spec_hugepage_limit {
	const char *page_size;
	uint64_t limit;
};

struct spec_net_priority {
	const char *name;
	uint32_t priority;
};

struct spec_network {
	const uint32_t *class_id;
	LIST(struct spec_net_priority) priorities;
};

struct spec_rdma {
	const char *key;
	const uint32_t *hca_handles, *hca_objects;
};

struct spec_resources {
	struct pairs unified;
	LIST(struct spec_device_rule) devices;
	const struct spec_memory *memory;
	const struct spec_cpu *cpu;
	const struct spec_pids *pids;
	const struct spec_block_io *block_io;
	LIST(struct spec_hugepage_limit) hugepage_limits;
	const struct spec_network *network;
	LIST(struct spec_rdma) rdma;
};

struct spec_syscall_arg {
	uint32_t index;
	uint64_t value, value_two;
	const char *op;
};

struct spec_syscall {
	struct strings names;
	const char *action;
	const uint32_t *errno_ret;
	LIST(struct spec_syscall_arg) args;
};

struct spec_seccomp {
	const char *default_action;
	const uint32_t *default_errno_ret;
	struct strings architectures;
	struct strings flags; /* v NULL: the runtime's choice */
	const char *listener_path, *listener_metadata;
	LIST(struct spec_syscall) syscalls;
};

struct spec_intel_rdt {
	const char *clos_id;
	struct strings schemata;
	const char *l3_cache_schema, *mem_bw_schema;
	bool enable_monitoring;
};

struct spec_memory_policy {
	const char *mode, *nodes;
	struct strings flags;
};

struct spec_personality {
	const char *domain;
	struct strings flags;
};

struct spec_linux {
	struct spec_idmaps uid_mappings, gid_mappings;
	struct pairs sysctl;
	const struct spec_resources *resources;
	const char *cgroups_path;
	LIST(struct spec_namespace) namespaces;
	LIST(struct spec_device) devices;
	LIST(struct spec_net_device) net_devices;
	const struct spec_seccomp *seccomp;
	const char *rootfs_propagation;
	struct strings masked_paths, readonly_paths;
	const char *mount_label;
	const struct spec_intel_rdt *intel_rdt;
	const struct spec_memory_policy *memory_policy;
	const struct spec_personality *personality;
	LIST(struct spec_time_offset) time_offsets;
};

struct spec {
	const char *oci_version;
	const struct spec_process *process;
	const struct spec_root *root;
	const char *hostname, *domainname;
	LIST(struct spec_mount) mounts;
	const struct spec_hooks *hooks; /* never NULL after loading */
	struct pairs annotations;
	const struct spec_linux *linux; /* never NULL after loading */
};

#define SPEC_TEXT_MAX (16u << 20) /* a config.json of more than 16 MiB is refused */

/*
 * Reads dirfd/name ("config.json"), which must be a regular file, and checks
 * all that a document can be checked for without knowing the machine. *text,
 * if not NULL, gets the document itself (the caller frees). NULL on failure.
 */
const struct spec *spec_load(int dirfd, const char *name, struct arena *a,
			     struct text *text, struct err *e);

/* The same from memory. Pure. */
const struct spec *spec_parse(const char *name, const char *text, size_t n,
			      struct arena *a, struct err *e);

/* A process document alone, for exec --process; may be a pipe. */
const struct spec_process *spec_load_process(const char *path, struct arena *a,
					     struct err *e);

/* A linux.resources document alone, for update: a file, may be a pipe; "-" is stdin. */
const struct spec_resources *spec_load_resources(const char *path, struct arena *a,
						 struct err *e);

/* Rules for a process (contract of `exec` too): cwd absolute, args there, environment
 * well-formed. */
int spec_check_process(const struct spec_process *p, struct err *e);

/* What the schema says by patterns; part of spec_parse(). Pure. */
int spec_check_patterns(const struct spec *s, struct err *e);

/* The same for linux.resources alone. Pure. */
int spec_check_resources(const struct spec_resources *r, struct err *e);

/* Rules across fields. Pure. */
int spec_check(const struct spec *s, struct err *e);

/* The first namespace entry of a type, NULL if the container keeps the runtime's. */
const struct spec_namespace *spec_namespace(const struct spec *s, enum ns_type type);

/* The value of an annotation, NULL if absent. */
const char *spec_annotation(const struct spec *s, const char *key);

extern const struct name ns_words[];   /* "mount" … by enum ns_type */
extern const struct name hook_words[]; /* "prestart" … by enum hook_kind */

/* Tables for those who print and for state files. */
extern const struct table spec_table, spec_process_table, spec_resources_table,
	spec_hook_table;

struct spec_sample {
	bool rootless;
	uint32_t uid, gid; /* the caller's, for the maps of rootless */
	bool cgroup_v2;
	struct spec_idmaps uid_mappings,
		gid_mappings; /* NULL: just the caller's own id */
};

/* What `runc spec` writes. Pure. */
void spec_print_sample(const struct spec_sample *sample, struct arena *a,
		       struct text *out);

/* The OCI state document: on the stdin of hooks, to a seccomp agent. */
struct oci_state {
	const char *oci_version, *id, *status;
	int32_t pid; /* 0 is left out */
	const char *bundle;
	struct pairs annotations;
};

extern const struct table oci_state_table;

#endif
