/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema of runtime-spec 1.3.0: one table per object, rows in the order in
 * which the Go encoder prints them. A field is added here and nowhere else.
 */
#include "spec/spec.h"

/* clang-format off */

#define TABLE(name, type) const struct table name = { sizeof(struct type), (const struct field[])
#define END { 0 } }

const struct name ns_words[] = {
	{ "mount",   NS_MOUNT },
	{ "pid",     NS_PID },
	{ "network", NS_NETWORK },
	{ "uts",     NS_UTS },
	{ "ipc",     NS_IPC },
	{ "user",    NS_USER },
	{ "cgroup",  NS_CGROUP },
	{ "time",    NS_TIME },
	{ 0 },
};

const struct name hook_words[] = {
	{ "prestart",        HOOK_PRESTART },
	{ "createRuntime",   HOOK_CREATE_RUNTIME },
	{ "createContainer", HOOK_CREATE_CONTAINER },
	{ "startContainer",  HOOK_START_CONTAINER },
	{ "poststart",       HOOK_POSTSTART },
	{ "poststop",        HOOK_POSTSTOP },
	{ 0 },
};

/* ---- process ---- */

static TABLE(box, spec_box) {
	{ "height", F_U64(spec_box, height), .need = true },
	{ "width",  F_U64(spec_box, width),  .need = true },
	END };

static TABLE(user, spec_user) {
	{ "uid",            F_U32(spec_user, uid), .show = true },
	{ "gid",            F_U32(spec_user, gid), .show = true },
	{ "umask",          F_OPT_U32(spec_user, umask) },
	{ "additionalGids", F_U32S(spec_user, additional_gids) },
	{ "username",       F_STR(spec_user, username) },
	END };

static TABLE(capabilities, spec_capabilities) {
	{ "bounding",    F_STRS(spec_capabilities, bounding) },
	{ "effective",   F_STRS(spec_capabilities, effective) },
	{ "inheritable", F_STRS(spec_capabilities, inheritable) },
	{ "permitted",   F_STRS(spec_capabilities, permitted) },
	{ "ambient",     F_STRS(spec_capabilities, ambient) },
	END };

static TABLE(rlimit, spec_rlimit) {
	{ "type", F_STR(spec_rlimit, type), .need = true },
	{ "hard", F_U64(spec_rlimit, hard), .need = true },
	{ "soft", F_U64(spec_rlimit, soft), .need = true },
	END };

static TABLE(scheduler, spec_scheduler) {
	{ "policy",   F_STR(spec_scheduler, policy), .need = true },
	{ "nice",     F_I32(spec_scheduler, nice) },
	{ "priority", F_I32(spec_scheduler, priority) },
	{ "flags",    F_STRS(spec_scheduler, flags) },
	{ "runtime",  F_U64(spec_scheduler, runtime) },
	{ "deadline", F_U64(spec_scheduler, deadline) },
	{ "period",   F_U64(spec_scheduler, period) },
	END };

static TABLE(io_priority, spec_io_priority) {
	{ "class",    F_STR(spec_io_priority, class), .need = true },
	{ "priority", F_I32(spec_io_priority, priority), .show = true },
	END };

static TABLE(affinity, spec_affinity) {
	{ "initial", F_STR(spec_affinity, initial) },
	{ "final",   F_STR(spec_affinity, final) },
	END };

TABLE(spec_process_table, spec_process) {
	{ "terminal",        F_BOOL(spec_process, terminal) },
	{ "consoleSize",     F_OBJ(spec_process, console_size, spec_box, &box) },
	{ "user",            F_OBJ(spec_process, user, spec_user, &user) },
	{ "args",            F_STRS(spec_process, args) },
	{ "commandLine",     F_STR(spec_process, command_line) },
	{ "env",             F_STRS(spec_process, env) },
	{ "cwd",             F_STR(spec_process, cwd), .show = true },
	{ "capabilities",    F_OBJ(spec_process, capabilities, spec_capabilities, &capabilities) },
	{ "rlimits",         F_LIST(spec_process, rlimits, spec_rlimit, &rlimit) },
	{ "noNewPrivileges", F_OPT_BOOL(spec_process, no_new_privileges) },
	{ "apparmorProfile", F_STR(spec_process, apparmor_profile) },
	{ "oomScoreAdj",     F_OPT_I32(spec_process, oom_score_adj) },
	{ "scheduler",       F_OBJ(spec_process, scheduler, spec_scheduler, &scheduler) },
	{ "selinuxLabel",    F_STR(spec_process, selinux_label) },
	{ "ioPriority",      F_OBJ(spec_process, io_priority, spec_io_priority, &io_priority) },
	{ "execCPUAffinity", F_OBJ(spec_process, exec_cpu_affinity, spec_affinity, &affinity) },
	END };

/* ---- root, mounts, hooks ---- */

static TABLE(root, spec_root) {
	{ "path",     F_STR(spec_root, path), .need = true },
	{ "readonly", F_BOOL(spec_root, readonly) },
	END };

static TABLE(idmap, spec_idmap) {
	{ "containerID", F_U32(spec_idmap, container_id), .need = true },
	{ "hostID",      F_U32(spec_idmap, host_id),      .need = true },
	{ "size",        F_U32(spec_idmap, size),         .need = true },
	END };

static TABLE(mount, spec_mount) {
	{ "destination", F_STR(spec_mount, destination), .need = true },
	{ "type",        F_STR(spec_mount, type) },
	{ "source",      F_STR(spec_mount, source) },
	{ "options",     F_STRS(spec_mount, options) },
	{ "uidMappings", F_LIST(spec_mount, uid_mappings, spec_idmap, &idmap) },
	{ "gidMappings", F_LIST(spec_mount, gid_mappings, spec_idmap, &idmap) },
	END };

TABLE(spec_hook_table, spec_hook) {
	{ "path",    F_STR(spec_hook, path), .need = true },
	{ "args",    F_STRS(spec_hook, args) },
	{ "env",     F_STRS(spec_hook, env) },
	{ "timeout", F_OPT_I64(spec_hook, timeout) },
	END };

#define HOOK(i) F_LIST(spec_hooks, of[i].list, spec_hook, &spec_hook_table)
static TABLE(hooks, spec_hooks) {
	{ "prestart",        HOOK(HOOK_PRESTART) },
	{ "createRuntime",   HOOK(HOOK_CREATE_RUNTIME) },
	{ "createContainer", HOOK(HOOK_CREATE_CONTAINER) },
	{ "startContainer",  HOOK(HOOK_START_CONTAINER) },
	{ "poststart",       HOOK(HOOK_POSTSTART) },
	{ "poststop",        HOOK(HOOK_POSTSTOP) },
	END };

/* ---- resources ---- */

static TABLE(device_rule, spec_device_rule) {
	{ "allow",  F_BOOL(spec_device_rule, allow), .need = true },
	{ "type",   F_STR(spec_device_rule, type) },
	{ "major",  F_OPT_I64(spec_device_rule, major) },
	{ "minor",  F_OPT_I64(spec_device_rule, minor) },
	{ "access", F_STR(spec_device_rule, access) },
	END };

static TABLE(memory, spec_memory) {
	{ "limit",             F_OPT_I64(spec_memory, limit) },
	{ "reservation",       F_OPT_I64(spec_memory, reservation) },
	{ "swap",              F_OPT_I64(spec_memory, swap) },
	{ "kernel",            F_OPT_I64(spec_memory, kernel) },
	{ "kernelTCP",         F_OPT_I64(spec_memory, kernel_tcp) },
	{ "swappiness",        F_OPT_U64(spec_memory, swappiness) },
	{ "disableOOMKiller",  F_OPT_BOOL(spec_memory, disable_oom_killer) },
	{ "useHierarchy",      F_BOOL(spec_memory, use_hierarchy) },
	{ "checkBeforeUpdate", F_BOOL(spec_memory, check_before_update) },
	END };

static TABLE(cpu, spec_cpu) {
	{ "shares",          F_OPT_U64(spec_cpu, shares) },
	{ "quota",           F_OPT_I64(spec_cpu, quota) },
	{ "burst",           F_OPT_U64(spec_cpu, burst) },
	{ "period",          F_OPT_U64(spec_cpu, period) },
	{ "realtimeRuntime", F_OPT_I64(spec_cpu, realtime_runtime) },
	{ "realtimePeriod",  F_OPT_U64(spec_cpu, realtime_period) },
	{ "cpus",            F_STR(spec_cpu, cpus) },
	{ "mems",            F_STR(spec_cpu, mems) },
	{ "idle",            F_OPT_I64(spec_cpu, idle) },
	END };

static TABLE(pids, spec_pids) {
	{ "limit", F_OPT_I64(spec_pids, limit), .need = true },
	END };

static TABLE(weight_device, spec_weight_device) {
	{ "major",      F_I64(spec_weight_device, major), .need = true },
	{ "minor",      F_I64(spec_weight_device, minor), .need = true },
	{ "weight",     F_OPT_U16(spec_weight_device, weight) },
	{ "leafWeight", F_OPT_U16(spec_weight_device, leaf_weight) },
	END };

static TABLE(throttle, spec_throttle_device) {
	{ "major", F_I64(spec_throttle_device, major), .need = true },
	{ "minor", F_I64(spec_throttle_device, minor), .need = true },
	{ "rate",  F_U64(spec_throttle_device, rate),  .show = true },
	END };

#define THROTTLE(m) F_LIST(spec_block_io, m, spec_throttle_device, &throttle)
static TABLE(block_io, spec_block_io) {
	{ "weight",                  F_OPT_U16(spec_block_io, weight) },
	{ "leafWeight",              F_OPT_U16(spec_block_io, leaf_weight) },
	{ "weightDevice",            F_LIST(spec_block_io, weight_device, spec_weight_device, &weight_device) },
	{ "throttleReadBpsDevice",   THROTTLE(throttle_read_bps_device) },
	{ "throttleWriteBpsDevice",  THROTTLE(throttle_write_bps_device) },
	{ "throttleReadIOPSDevice",  THROTTLE(throttle_read_iops_device) },
	{ "throttleWriteIOPSDevice", THROTTLE(throttle_write_iops_device) },
	END };

static TABLE(hugepage, spec_hugepage_limit) {
	{ "pageSize", F_STR(spec_hugepage_limit, page_size), .need = true },
	{ "limit",    F_U64(spec_hugepage_limit, limit),     .need = true },
	END };

static TABLE(net_priority, spec_net_priority) {
	{ "name",     F_STR(spec_net_priority, name),     .need = true },
	{ "priority", F_U32(spec_net_priority, priority), .need = true },
	END };

static TABLE(network, spec_network) {
	{ "classID",    F_OPT_U32(spec_network, class_id) },
	{ "priorities", F_LIST(spec_network, priorities, spec_net_priority, &net_priority) },
	END };

static TABLE(rdma, spec_rdma) {
	{ "hcaHandles", F_OPT_U32(spec_rdma, hca_handles) },
	{ "hcaObjects", F_OPT_U32(spec_rdma, hca_objects) },
	END };

TABLE(spec_resources_table, spec_resources) {
	{ "devices",        F_LIST(spec_resources, devices, spec_device_rule, &device_rule) },
	{ "memory",         F_OBJ(spec_resources, memory, spec_memory, &memory) },
	{ "cpu",            F_OBJ(spec_resources, cpu, spec_cpu, &cpu) },
	{ "pids",           F_OBJ(spec_resources, pids, spec_pids, &pids) },
	{ "blockIO",        F_OBJ(spec_resources, block_io, spec_block_io, &block_io) },
	{ "hugepageLimits", F_LIST(spec_resources, hugepage_limits, spec_hugepage_limit, &hugepage) },
	{ "network",        F_OBJ(spec_resources, network, spec_network, &network) },
	{ "rdma",           F_MAP(spec_resources, rdma, spec_rdma, &rdma) },
	{ "unified",        F_PAIRS(spec_resources, unified) },
	END };

/* ---- seccomp ---- */

static TABLE(syscall_arg, spec_syscall_arg) {
	{ "index",    F_U32(spec_syscall_arg, index), .need = true },
	{ "value",    F_U64(spec_syscall_arg, value), .need = true },
	{ "valueTwo", F_U64(spec_syscall_arg, value_two) },
	{ "op",       F_STR(spec_syscall_arg, op),    .need = true },
	END };

static TABLE(syscall, spec_syscall) {
	{ "names",    F_STRS(spec_syscall, names), .need = true },
	{ "action",   F_STR(spec_syscall, action), .need = true },
	{ "errnoRet", F_OPT_U32(spec_syscall, errno_ret) },
	{ "args",     F_LIST(spec_syscall, args, spec_syscall_arg, &syscall_arg) },
	END };

static TABLE(seccomp, spec_seccomp) {
	{ "defaultAction",    F_STR(spec_seccomp, default_action) },
	{ "defaultErrnoRet",  F_OPT_U32(spec_seccomp, default_errno_ret) },
	{ "architectures",    F_STRS(spec_seccomp, architectures) },
	{ "flags",            F_STRS(spec_seccomp, flags) },
	{ "listenerPath",     F_STR(spec_seccomp, listener_path) },
	{ "listenerMetadata", F_STR(spec_seccomp, listener_metadata) },
	{ "syscalls",         F_LIST(spec_seccomp, syscalls, spec_syscall, &syscall) },
	END };

/* ---- linux ---- */

static TABLE(namespace, spec_namespace) {
	{ "type", F_WORD(spec_namespace, type, ns_words), .need = true },
	{ "path", F_STR(spec_namespace, path) },
	END };

static TABLE(device, spec_device) {
	{ "path",     F_STR(spec_device, path), .need = true },
	{ "type",     F_STR(spec_device, type), .need = true },
	{ "major",    F_I64(spec_device, major), .show = true },
	{ "minor",    F_I64(spec_device, minor), .show = true },
	{ "fileMode", F_OPT_U32(spec_device, file_mode) },
	{ "uid",      F_OPT_U32(spec_device, uid) },
	{ "gid",      F_OPT_U32(spec_device, gid) },
	END };

static TABLE(net_device, spec_net_device) {
	{ "name", F_STR(spec_net_device, name) },
	END };

static TABLE(intel_rdt, spec_intel_rdt) {
	{ "closID",           F_STR(spec_intel_rdt, clos_id) },
	{ "schemata",         F_STRS(spec_intel_rdt, schemata) },
	{ "l3CacheSchema",    F_STR(spec_intel_rdt, l3_cache_schema) },
	{ "memBwSchema",      F_STR(spec_intel_rdt, mem_bw_schema) },
	{ "enableMonitoring", F_BOOL(spec_intel_rdt, enable_monitoring) },
	END };

static TABLE(memory_policy, spec_memory_policy) {
	{ "mode",  F_STR(spec_memory_policy, mode) },
	{ "nodes", F_STR(spec_memory_policy, nodes) },
	{ "flags", F_STRS(spec_memory_policy, flags) },
	END };

static TABLE(personality, spec_personality) {
	{ "domain", F_STR(spec_personality, domain) },
	{ "flags",  F_STRS(spec_personality, flags) },
	END };

static TABLE(time_offset, spec_time_offset) {
	{ "secs",     F_I64(spec_time_offset, secs) },
	{ "nanosecs", F_U32(spec_time_offset, nanosecs) },
	END };

static TABLE(linux_, spec_linux) {
	{ "uidMappings",       F_LIST(spec_linux, uid_mappings, spec_idmap, &idmap) },
	{ "gidMappings",       F_LIST(spec_linux, gid_mappings, spec_idmap, &idmap) },
	{ "sysctl",            F_PAIRS(spec_linux, sysctl) },
	{ "resources",         F_OBJ(spec_linux, resources, spec_resources, &spec_resources_table) },
	{ "cgroupsPath",       F_STR(spec_linux, cgroups_path) },
	{ "namespaces",        F_LIST(spec_linux, namespaces, spec_namespace, &namespace) },
	{ "devices",           F_LIST(spec_linux, devices, spec_device, &device) },
	{ "netDevices",        F_MAP(spec_linux, net_devices, spec_net_device, &net_device) },
	{ "seccomp",           F_OBJ(spec_linux, seccomp, spec_seccomp, &seccomp) },
	{ "rootfsPropagation", F_STR(spec_linux, rootfs_propagation) },
	{ "maskedPaths",       F_STRS(spec_linux, masked_paths) },
	{ "readonlyPaths",     F_STRS(spec_linux, readonly_paths) },
	{ "mountLabel",        F_STR(spec_linux, mount_label) },
	{ "intelRdt",          F_OBJ(spec_linux, intel_rdt, spec_intel_rdt, &intel_rdt) },
	{ "memoryPolicy",      F_OBJ(spec_linux, memory_policy, spec_memory_policy, &memory_policy) },
	{ "personality",       F_OBJ(spec_linux, personality, spec_personality, &personality) },
	{ "timeOffsets",       F_MAP(spec_linux, time_offsets, spec_time_offset, &time_offset) },
	END };

TABLE(spec_table, spec) {
	{ "ociVersion",  F_STR(spec, oci_version) },
	{ "process",     F_OBJ(spec, process, spec_process, &spec_process_table) },
	{ "root",        F_OBJ(spec, root, spec_root, &root) },
	{ "hostname",    F_STR(spec, hostname) },
	{ "domainname",  F_STR(spec, domainname) },
	{ "mounts",      F_LIST(spec, mounts, spec_mount, &mount) },
	{ "hooks",       F_OBJ(spec, hooks, spec_hooks, &hooks) },
	{ "annotations", F_PAIRS(spec, annotations) },
	{ "linux",       F_OBJ(spec, linux, spec_linux, &linux_) },
	END };

TABLE(oci_state_table, oci_state) {
	{ "ociVersion",  F_STR(oci_state, oci_version), .show = true },
	{ "id",          F_STR(oci_state, id),          .show = true },
	{ "status",      F_STR(oci_state, status),      .show = true },
	{ "pid",         F_I32(oci_state, pid) },
	{ "bundle",      F_STR(oci_state, bundle),      .show = true },
	{ "annotations", F_PAIRS(oci_state, annotations) },
	END };

/* clang-format on */
