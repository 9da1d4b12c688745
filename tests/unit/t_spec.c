/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json: the specification's own examples, a document that sets every
 * field of the Linux part of runtime-spec 1.3.0, and files that are none.
 */
#include "spec/spec.h"

#include <jansson.h>
#include <stdint.h>

#include "unit/data.h"
#include "unit/tap.h"

#define EVERY "tests/data/config-every-field.json"

static const struct spec *parse(const char *text, size_t n, struct arena *a, struct err *e)
{
	e->text[0] = '\0';
	return spec_parse("config.json", text, n, a, e);
}

/* ---- the specification's examples ---- */

static const struct {
	const char *label, *file;
	const char *error; /* NULL: it is a good one */
	bool checks;       /* it obeys the rules of a container to be run too */
} examples[] = {
	{ .label = "good: minimal", .file = "good/minimal.json" },
	{ .label = "good: minimal for start",
	  .file = "good/minimal-for-start.json",
	  .checks = true },
	{ .label = "good: the whole example",
	  .file = "good/spec-example.json",
	  .checks = true },
	{ .label = "good: network devices", .file = "good/linux-netdevice.json" },
	{ .label = "good: rdma", .file = "good/linux-rdma.json" },
	{ .label = "bad: not JSON",
	  .file = "bad/invalid-json.json",
	  .error = "config.json: line 1, column 2: invalid JSON" },
	{ .label = "bad: huge pages",
	  .file = "bad/linux-hugepage.json",
	  .error = "linux.resources.hugepageLimits[0].pageSize" },
	{ .label = "bad: network devices",
	  .file = "bad/linux-netdevice.json",
	  .error = "config.json: linux.netDevices.eth0.name: expected a string" },
	{ .label = "bad: rdma",
	  .file = "bad/linux-rdma.json",
	  .error =
		  "config.json: linux.resources.rdma.mlx5_1.hcaHandles: expected an unsigned integer" },
};

static void test_examples(void)
{
	for (size_t i = 0; i < COUNT(examples); i++) {
		struct arena a = { 0 };
		OWN_TEXT path = { 0 };
		OWN_TEXT doc = { 0 };
		const struct spec *s;
		struct err e;

		text_printf(&path, "tests/data/oci/config/%s", examples[i].file);
		data_read(path.s, &doc);
		s = parse(doc.s, doc.len, &a, &e);
		if (examples[i].error)
			CHECK(examples[i].label, !s && strstr(e.text, examples[i].error));
		else
			CHECK_SAME(examples[i].label, s ? "parsed" : e.text, "parsed");
		if (s)
			CHECK(examples[i].label,
			      (spec_check(s, &e) == 0) == examples[i].checks);
		arena_free(&a);
	}
}

/* ---- every field arrives ---- */

/* Every number of the document is another, so that no two fields can be confused. */
static void test_values(const struct spec *s)
{
	const struct spec_process *p = s->process;
	const struct spec_linux *l = s->linux;
	const struct spec_resources *r = l->resources;
	const struct spec_block_io *io = r->block_io;
	const struct spec_seccomp *sec = l->seccomp;

#define NUM(member, value) CHECK(#member, member == (value))
#define STR(member, value) CHECK_SAME(#member, member, value)
#define ONE(list, value)                                                                 \
	CHECK(#list, list.n == 1 && strcmp(list.v[0], value) == 0 && !list.v[1])
#define MAP(list, c, h, many)                                                            \
	CHECK(#list, list.n == 1 && list.v[0].container_id == (c) &&                     \
			     list.v[0].host_id == (h) && list.v[0].size == (many))
#define THROTTLE(list, major_, minor_, rate_)                                            \
	CHECK(#list, list.n == 1 && list.v[0].major == (major_) &&                       \
			     list.v[0].minor == (minor_) && list.v[0].rate == (rate_))

	STR(s->oci_version, "1.3.0");
	STR(s->hostname, "host-name");
	STR(s->domainname, "domain-name");
	STR(s->root->path, "rootfs");
	NUM(s->root->readonly, true);

	NUM(p->terminal, true);
	NUM(p->console_size->height, 101);
	NUM(p->console_size->width, 102);
	NUM(p->user->uid, 103);
	NUM(p->user->gid, 104);
	NUM(*p->user->umask, 105);
	NUM(p->user->additional_gids.n, 2);
	NUM(p->user->additional_gids.v[0], 106);
	NUM(p->user->additional_gids.v[1], 107);
	STR(p->user->username, "user-name");
	NUM(p->args.n, 2);
	STR(p->args.v[0], "arg0");
	STR(p->args.v[1], "arg1");
	STR(p->args.v[2], NULL);
	ONE(p->env, "ENV=process");
	STR(p->command_line, "command line");
	STR(p->cwd, "/cwd");
	ONE(p->capabilities->bounding, "CAP_BOUNDING");
	ONE(p->capabilities->effective, "CAP_EFFECTIVE");
	ONE(p->capabilities->inheritable, "CAP_INHERITABLE");
	ONE(p->capabilities->permitted, "CAP_PERMITTED");
	ONE(p->capabilities->ambient, "CAP_AMBIENT");
	NUM(p->rlimits.n, 2);
	STR(p->rlimits.v[0].type, "RLIMIT_CORE");
	NUM(p->rlimits.v[0].hard, 301);
	NUM(p->rlimits.v[0].soft, 108);
	STR(p->rlimits.v[1].type, "RLIMIT_NOFILE");
	NUM(p->rlimits.v[1].hard, 109);
	NUM(p->rlimits.v[1].soft, 110);
	NUM(*p->no_new_privileges, true);
	STR(p->apparmor_profile, "apparmor-profile");
	NUM(*p->oom_score_adj, -111);
	STR(p->scheduler->policy, "SCHED_DEADLINE");
	NUM(p->scheduler->nice, -112);
	NUM(p->scheduler->priority, 113);
	ONE(p->scheduler->flags, "SCHED_FLAG_RESET_ON_FORK");
	NUM(p->scheduler->runtime, 114);
	NUM(p->scheduler->deadline, 115);
	NUM(p->scheduler->period, 116);
	STR(p->selinux_label, "selinux-label");
	STR(p->io_priority->class, "IOPRIO_CLASS_BE");
	NUM(p->io_priority->priority, 117);
	STR(p->exec_cpu_affinity->initial, "0-1");
	STR(p->exec_cpu_affinity->final, "2-3");

	NUM(s->mounts.n, 1);
	STR(s->mounts.v[0].destination, "/mnt");
	STR(s->mounts.v[0].type, "bind");
	STR(s->mounts.v[0].source, "/src");
	NUM(s->mounts.v[0].options.n, 2);
	STR(s->mounts.v[0].options.v[1], "ro");
	MAP(s->mounts.v[0].uid_mappings, 118, 119, 120);
	MAP(s->mounts.v[0].gid_mappings, 121, 122, 123);

	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		const struct spec_hook *h = s->hooks->of[kind].list.v;
		const char *word = names_word(hook_words, kind);

		CHECK(word, s->hooks->of[kind].list.n == 1 &&
				    strcmp(strrchr(h->path, '/') + 1, word) == 0 &&
				    h->args.n == 2 && strcmp(h->args.v[0], word) == 0 &&
				    h->env.n == 1 && *h->timeout == 124 + kind);
	}
	NUM(s->annotations.n, 2);
	STR(spec_annotation(s, "org.example.a"), "annotation a");
	STR(spec_annotation(s, "org.example.b"), "annotation b");
	STR(spec_annotation(s, "org.example"), NULL);

	MAP(l->uid_mappings, 0, 130000, 65536);
	MAP(l->gid_mappings, 0, 131000, 65537);
	NUM(l->sysctl.n, 2);
	STR(l->sysctl.v[0].key, "kernel.msgmax");
	STR(l->sysctl.v[0].value, "8192");
	STR(l->sysctl.v[1].key, "net.ipv4.ip_forward");
	STR(l->cgroups_path, "/cgroups/path");
	STR(l->rootfs_propagation, "slave");
	ONE(l->masked_paths, "/proc/kcore");
	ONE(l->readonly_paths, "/proc/sys");
	STR(l->mount_label, "mount-label");

	NUM(l->namespaces.n, 8);
	for (int type = 0; type < NS_TYPES; type++)
		CHECK(names_word(ns_words, type),
		      spec_namespace(s, type) && spec_namespace(s, type)->type == type);
	STR(spec_namespace(s, NS_NETWORK)->path, "/proc/1/ns/net");
	STR(spec_namespace(s, NS_PID)->path, NULL);

	NUM(l->devices.n, 1);
	STR(l->devices.v[0].path, "/dev/fuse");
	STR(l->devices.v[0].type, "c");
	NUM(l->devices.v[0].major, 171);
	NUM(l->devices.v[0].minor, 172);
	NUM(*l->devices.v[0].file_mode, 173);
	NUM(*l->devices.v[0].uid, 174);
	NUM(*l->devices.v[0].gid, 175);
	NUM(l->net_devices.n, 1);
	STR(l->net_devices.v[0].key, "eth1");
	STR(l->net_devices.v[0].name, "ctr1");
	NUM(l->time_offsets.n, 2);
	STR(l->time_offsets.v[0].clock, "boottime");
	NUM(l->time_offsets.v[0].secs, 178);
	NUM(l->time_offsets.v[0].nanosecs, 179);
	STR(l->time_offsets.v[1].clock, "monotonic");
	NUM(l->time_offsets.v[1].secs, -180);
	NUM(l->time_offsets.v[1].nanosecs, 181);

	NUM(r->unified.n, 2);
	STR(r->unified.v[0].key, "memory.high");
	STR(r->unified.v[1].value, "2000");
	NUM(r->devices.n, 1);
	NUM(r->devices.v[0].allow, true);
	STR(r->devices.v[0].type, "c");
	NUM(*r->devices.v[0].major, 132);
	NUM(*r->devices.v[0].minor, 133);
	STR(r->devices.v[0].access, "rwm");
	NUM(*r->memory->limit, 134);
	NUM(*r->memory->reservation, 135);
	NUM(*r->memory->swap, 136);
	NUM(*r->memory->kernel, 137);
	NUM(*r->memory->kernel_tcp, 138);
	NUM(*r->memory->swappiness, 139);
	NUM(*r->memory->disable_oom_killer, true);
	NUM(r->memory->use_hierarchy, true);
	NUM(r->memory->check_before_update, true);
	NUM(*r->cpu->shares, 140);
	NUM(*r->cpu->quota, -141);
	NUM(*r->cpu->burst, 142);
	NUM(*r->cpu->period, 143);
	NUM(*r->cpu->realtime_runtime, 144);
	NUM(*r->cpu->realtime_period, 145);
	STR(r->cpu->cpus, "0-3");
	STR(r->cpu->mems, "4-7");
	NUM(*r->cpu->idle, 146);
	NUM(*r->pids->limit, 147);
	NUM(*io->weight, 148);
	NUM(*io->leaf_weight, 149);
	NUM(io->weight_device.n, 1);
	NUM(io->weight_device.v[0].major, 150);
	NUM(io->weight_device.v[0].minor, 151);
	NUM(*io->weight_device.v[0].weight, 152);
	NUM(*io->weight_device.v[0].leaf_weight, 153);
	THROTTLE(io->throttle_read_bps_device, 154, 155, 156);
	THROTTLE(io->throttle_write_bps_device, 157, 158, 159);
	THROTTLE(io->throttle_read_iops_device, 160, 161, 162);
	THROTTLE(io->throttle_write_iops_device, 163, 164, 165);
	NUM(r->hugepage_limits.n, 1);
	STR(r->hugepage_limits.v[0].page_size, "2MB");
	NUM(r->hugepage_limits.v[0].limit, 166);
	NUM(*r->network->class_id, 167);
	NUM(r->network->priorities.n, 1);
	STR(r->network->priorities.v[0].name, "eth0");
	NUM(r->network->priorities.v[0].priority, 168);
	NUM(r->rdma.n, 1);
	STR(r->rdma.v[0].key, "mlx5_1");
	NUM(*r->rdma.v[0].hca_handles, 169);
	NUM(*r->rdma.v[0].hca_objects, 170);

	STR(sec->default_action, "SCMP_ACT_ERRNO");
	NUM(*sec->default_errno_ret, 176);
	ONE(sec->architectures, "SCMP_ARCH_X86_64");
	ONE(sec->flags, "SECCOMP_FILTER_FLAG_LOG");
	STR(sec->listener_path, "/run/listener");
	STR(sec->listener_metadata, "metadata");
	NUM(sec->syscalls.n, 1);
	NUM(sec->syscalls.v[0].names.n, 2);
	STR(sec->syscalls.v[0].names.v[1], "clone3");
	STR(sec->syscalls.v[0].action, "SCMP_ACT_ALLOW");
	NUM(*sec->syscalls.v[0].errno_ret, 177);
	NUM(sec->syscalls.v[0].args.n, 1);
	NUM(sec->syscalls.v[0].args.v[0].index, 1);
	NUM(sec->syscalls.v[0].args.v[0].value, 302);
	NUM(sec->syscalls.v[0].args.v[0].value_two, 303);
	STR(sec->syscalls.v[0].args.v[0].op, "SCMP_CMP_MASKED_EQ");

	STR(l->intel_rdt->clos_id, "clos");
	ONE(l->intel_rdt->schemata, "L3:0=f");
	STR(l->intel_rdt->l3_cache_schema, "L3:1=f");
	STR(l->intel_rdt->mem_bw_schema, "MB:0=50");
	NUM(l->intel_rdt->enable_monitoring, true);
	STR(l->memory_policy->mode, "MPOL_BIND");
	STR(l->memory_policy->nodes, "0-1");
	ONE(l->memory_policy->flags, "MPOL_F_STATIC_NODES");
	STR(l->personality->domain, "LINUX32");
	ONE(l->personality->flags, "ADDR_NO_RANDOMIZE");
}

static void test_every_field(const struct text *doc)
{
	struct arena a = { 0 };
	struct err e;
	const struct spec *s = parse(doc->s, doc->len, &a, &e);
	OWN_TEXT out = { 0 };
	json_t *before, *after;

	if (!CHECK("the document with every field", s)) {
		printf("# %s\n", e.text);
		return;
	}
	CHECK("it obeys all rules too", spec_check(s, &e) == 0);
	test_values(s);

	json_print(&out, &spec_table, s, "\t");
	before = json_loadb(doc->s, doc->len, 0, NULL);
	after = json_loadb(out.s, out.len, 0, NULL);
	CHECK("printed again, not one field is lost", json_equal(before, after));
	json_decref(before);
	json_decref(after);
	arena_free(&a);
}

/* ---- every field, with a value of the wrong kind ---- */

enum wrong {
	WRONG_STRING,
	WRONG_NUMBER,
	WRONG_REAL,
	WRONG_BOOL,
	WRONG_ARRAY,
	WRONG_OBJECT,
	WRONG_KINDS
};

static json_t *wrong_value(enum wrong kind)
{
	switch (kind) {
	case WRONG_STRING:
		return json_string("17");
	case WRONG_NUMBER:
		return json_integer(17);
	case WRONG_REAL:
		return json_real(1.5);
	case WRONG_BOOL:
		return json_true();
	case WRONG_ARRAY:
		return json_array();
	case WRONG_OBJECT:
	case WRONG_KINDS:
		break;
	}
	return json_object();
}

static bool is_same_kind(const json_t *a, const json_t *b)
{
	return json_typeof(a) == json_typeof(b) ||
	       (json_is_boolean(a) && json_is_boolean(b));
}

/* The place of a value in the document. */
struct place {
	json_t *root, *parent;
	const char *key; /* NULL: in an array, at index */
	size_t index;
	const char *path;
};

static void put(const struct place *at, json_t *value)
{
	if (!value && at->key)
		json_object_del(at->parent, at->key);
	else if (at->key)
		json_object_set_new(at->parent, at->key, value);
	else
		json_array_set_new(at->parent, at->index, value);
}

/* The whole document as it is now: 0, or -1 and the reason. */
static int parse_now(const json_t *root, const char *literal, struct err *e)
{
	struct arena a = { 0 };
	OWN_STR dumped = json_dumps(root, JSON_COMPACT);
	OWN_TEXT doc = { 0 };
	const char *mark = literal ? strstr(dumped, "\"@@\"") : NULL;
	bool ok;

	/* what jansson's numbers cannot hold is put in as text */
	text_addn(&doc, dumped, mark ? (size_t)(mark - dumped) : strlen(dumped));
	if (mark) {
		text_add(&doc, literal);
		text_add(&doc, mark + 4);
	}
	ok = parse(doc.s, doc.len, &a, e);
	arena_free(&a);
	return ok ? 0 : -1;
}

static bool names_path(const struct err *e, const char *path)
{
	OWN_TEXT want = { 0 };

	text_printf(&want, "config.json: %s: expected ", path);
	return text_starts(e->text, want.s);
}

static void check_wrong_kinds(const struct place *at, const json_t *right)
{
	bool ok = true;
	struct err e;

	for (enum wrong kind = 0; kind < WRONG_KINDS; kind++) {
		json_t *value = wrong_value(kind);

		if (is_same_kind(value, right)) {
			json_decref(value);
			continue;
		}
		put(at, value);
		if (parse_now(at->root, NULL, &e) == 0 || !names_path(&e, at->path)) {
			printf("# kind %d: %s\n", kind, e.text);
			ok = false;
		}
	}
	CHECK(at->path, ok);
}

/* null is as good, or as bad, as nothing. */
static void check_null(const struct place *at)
{
	struct err without, with;
	int absent;

	if (!at->key)
		return;
	put(at, NULL);
	absent = parse_now(at->root, NULL, &without);
	put(at, json_null());
	/* an entry of a map is not a field: there null is a wrong kind */
	if (parse_now(at->root, NULL, &with) == absent)
		CHECK(at->path, absent == 0 || strcmp(without.text, with.text) == 0);
	else
		CHECK(at->path, names_path(&with, at->path));
}

enum width { U16, U32, U64, I32, I64 };

static const struct {
	const char *first, *last, *below, *above;
} limits[] = {
	[U16] = { "0", "65535", "-1", "65536" },
	[U32] = { "0", "4294967295", "-1", "4294967296" },
	[U64] = { "0", "18446744073709551615", "-1", "18446744073709551616" },
	[I32] = { "-2147483648", "2147483647", "-2147483649", "2147483648" },
	[I64] = { "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
		  "9223372036854775808" },
};

/* What the schema says of every integer. */
/* clang-format off */
static const struct { const char *path; enum width width; } widths[] = {
	{ "process.consoleSize.height",                   U64 },
	{ "process.consoleSize.width",                    U64 },
	{ "process.user.uid",                             U32 },
	{ "process.user.gid",                             U32 },
	{ "process.user.umask",                           U32 },
	{ "process.user.additionalGids[0]",               U32 },
	{ "process.user.additionalGids[1]",               U32 },
	{ "process.rlimits[0].hard",                      U64 },
	{ "process.rlimits[0].soft",                      U64 },
	{ "process.rlimits[1].hard",                      U64 },
	{ "process.rlimits[1].soft",                      U64 },
	{ "process.oomScoreAdj",                          I32 },
	{ "process.scheduler.nice",                       I32 },
	{ "process.scheduler.priority",                   I32 },
	{ "process.scheduler.runtime",                    U64 },
	{ "process.scheduler.deadline",                   U64 },
	{ "process.scheduler.period",                     U64 },
	{ "process.ioPriority.priority",                  I32 },
	{ "mounts[0].uidMappings[0].containerID",         U32 },
	{ "mounts[0].uidMappings[0].hostID",              U32 },
	{ "mounts[0].uidMappings[0].size",                U32 },
	{ "mounts[0].gidMappings[0].containerID",         U32 },
	{ "mounts[0].gidMappings[0].hostID",              U32 },
	{ "mounts[0].gidMappings[0].size",                U32 },
	{ "hooks.prestart[0].timeout",                    I64 },
	{ "hooks.createRuntime[0].timeout",               I64 },
	{ "hooks.createContainer[0].timeout",             I64 },
	{ "hooks.startContainer[0].timeout",              I64 },
	{ "hooks.poststart[0].timeout",                   I64 },
	{ "hooks.poststop[0].timeout",                    I64 },
	{ "linux.uidMappings[0].containerID",             U32 },
	{ "linux.uidMappings[0].hostID",                  U32 },
	{ "linux.uidMappings[0].size",                    U32 },
	{ "linux.gidMappings[0].containerID",             U32 },
	{ "linux.gidMappings[0].hostID",                  U32 },
	{ "linux.gidMappings[0].size",                    U32 },
	{ "linux.resources.devices[0].major",             I64 },
	{ "linux.resources.devices[0].minor",             I64 },
	{ "linux.resources.memory.limit",                 I64 },
	{ "linux.resources.memory.reservation",           I64 },
	{ "linux.resources.memory.swap",                  I64 },
	{ "linux.resources.memory.kernel",                I64 },
	{ "linux.resources.memory.kernelTCP",             I64 },
	{ "linux.resources.memory.swappiness",            U64 },
	{ "linux.resources.cpu.shares",                   U64 },
	{ "linux.resources.cpu.quota",                    I64 },
	{ "linux.resources.cpu.burst",                    U64 },
	{ "linux.resources.cpu.period",                   U64 },
	{ "linux.resources.cpu.realtimeRuntime",          I64 },
	{ "linux.resources.cpu.realtimePeriod",           U64 },
	{ "linux.resources.cpu.idle",                     I64 },
	{ "linux.resources.pids.limit",                   I64 },
	{ "linux.resources.blockIO.weight",               U16 },
	{ "linux.resources.blockIO.leafWeight",           U16 },
	{ "linux.resources.blockIO.weightDevice[0].major",      I64 },
	{ "linux.resources.blockIO.weightDevice[0].minor",      I64 },
	{ "linux.resources.blockIO.weightDevice[0].weight",     U16 },
	{ "linux.resources.blockIO.weightDevice[0].leafWeight", U16 },
	{ "linux.resources.blockIO.throttleReadBpsDevice[0].major",   I64 },
	{ "linux.resources.blockIO.throttleReadBpsDevice[0].minor",   I64 },
	{ "linux.resources.blockIO.throttleReadBpsDevice[0].rate",    U64 },
	{ "linux.resources.blockIO.throttleWriteBpsDevice[0].major",  I64 },
	{ "linux.resources.blockIO.throttleWriteBpsDevice[0].minor",  I64 },
	{ "linux.resources.blockIO.throttleWriteBpsDevice[0].rate",   U64 },
	{ "linux.resources.blockIO.throttleReadIOPSDevice[0].major",  I64 },
	{ "linux.resources.blockIO.throttleReadIOPSDevice[0].minor",  I64 },
	{ "linux.resources.blockIO.throttleReadIOPSDevice[0].rate",   U64 },
	{ "linux.resources.blockIO.throttleWriteIOPSDevice[0].major", I64 },
	{ "linux.resources.blockIO.throttleWriteIOPSDevice[0].minor", I64 },
	{ "linux.resources.blockIO.throttleWriteIOPSDevice[0].rate",  U64 },
	{ "linux.resources.hugepageLimits[0].limit",      U64 },
	{ "linux.resources.network.classID",              U32 },
	{ "linux.resources.network.priorities[0].priority", U32 },
	{ "linux.resources.rdma.mlx5_1.hcaHandles",       U32 },
	{ "linux.resources.rdma.mlx5_1.hcaObjects",       U32 },
	{ "linux.devices[0].major",                       I64 },
	{ "linux.devices[0].minor",                       I64 },
	{ "linux.devices[0].fileMode",                    U32 },
	{ "linux.devices[0].uid",                         U32 },
	{ "linux.devices[0].gid",                         U32 },
	{ "linux.seccomp.defaultErrnoRet",                U32 },
	{ "linux.seccomp.syscalls[0].errnoRet",           U32 },
	{ "linux.seccomp.syscalls[0].args[0].index",      U32 },
	{ "linux.seccomp.syscalls[0].args[0].value",      U64 },
	{ "linux.seccomp.syscalls[0].args[0].valueTwo",   U64 },
	{ "linux.timeOffsets.boottime.secs",              I64 },
	{ "linux.timeOffsets.boottime.nanosecs",          U32 },
	{ "linux.timeOffsets.monotonic.secs",             I64 },
	{ "linux.timeOffsets.monotonic.nanosecs",         U32 },
};
/* clang-format on */

static size_t widths_seen;

static void check_width(const struct place *at)
{
	struct err e;

	for (size_t i = 0; i < COUNT(widths); i++) {
		const char *path = widths[i].path;
		enum width w = widths[i].width;

		if (strcmp(path, at->path) != 0)
			continue;
		put(at, json_string("@@"));
		CHECK(path, parse_now(at->root, limits[w].first, &e) == 0 &&
				    parse_now(at->root, limits[w].last, &e) == 0 &&
				    parse_now(at->root, limits[w].below, &e) < 0 &&
				    names_path(&e, path) &&
				    parse_now(at->root, limits[w].above, &e) < 0 &&
				    names_path(&e, path));
		widths_seen++;
		return;
	}
	CHECK("an integer without a row", false);
	printf("# %s\n", at->path);
}

static void walk(json_t *root, json_t *node, const char *path);

static void visit(const struct place *at, json_t *value)
{
	json_incref(value);
	check_wrong_kinds(at, value);
	check_null(at);
	if (json_is_integer(value))
		check_width(at);
	put(at, value);
	walk(at->root, value, at->path);
}

static void walk(json_t *root, json_t *node, const char *path)
{
	json_t *keys = json_array(), *value;
	OWN_TEXT below = { 0 };
	const char *key;

	for (size_t i = 0; i < json_array_size(node); i++) {
		text_cut(&below, 0);
		text_printf(&below, "%s[%zu]", path, i);
		visit(&(const struct place){ root, node, NULL, i, below.s },
		      json_array_get(node, i));
	}
	/* members come and go while they are tried: the names are taken down first */
	json_object_foreach(node, key, value)
		json_array_append_new(keys, json_string(key));
	for (size_t i = 0; i < json_array_size(keys); i++) {
		key = json_string_value(json_array_get(keys, i));
		text_cut(&below, 0);
		text_printf(&below, "%s%s%s", path, *path ? "." : "", key);
		visit(&(const struct place){ root, node, key, 0, below.s },
		      json_object_get(node, key));
	}
	json_decref(keys);
}

static void test_wrong(const struct text *doc)
{
	json_t *root = json_loadb(doc->s, doc->len, 0, NULL);
	json_t *again = json_loadb(doc->s, doc->len, 0, NULL);

	walk(root, root, "");
	CHECK("every integer of the schema was there", widths_seen == COUNT(widths));
	CHECK("the walk left the document as it was", json_equal(root, again));
	json_decref(root);
	json_decref(again);
}

/* ---- documents that are none ---- */

static const struct {
	const char *label, *in;
	size_t n; /* 0: all of it */
	const char *want;
} none[] = {
	{ .label = "null", .in = "null", .want = "config cannot be null" },
	{ .label = "null among blanks",
	  .in = " \t\r\nnull\n ",
	  .want = "config cannot be null" },
	{ .label = "null and something else",
	  .in = "null x",
	  .want = "config.json: line 1, column 6: invalid JSON" },
	{ .label = "null, and a NUL byte",
	  .in = "null\0{}",
	  .n = 7,
	  .want = "config.json: line 1: NUL byte" },
	{ .label = "null cut off",
	  .in = "null",
	  .n = 3,
	  .want = "config.json: line 1, column 3: invalid JSON" },
	{ .label = "blanks", .in = "  ", .want = "config.json: line 1" },
	{ .label = "an array", .in = "[]", .want = "config.json: expected an object" },
};

static void test_none(const struct text *every)
{
	size_t survived = 0, n = every->len;

	for (size_t i = 0; i < COUNT(none); i++) {
		struct arena a = { 0 };
		size_t len = none[i].n ? none[i].n : strlen(none[i].in);
		char *exact = malloc(len);
		const struct spec *s;
		struct err e;

		memcpy(exact, none[i].in, len);
		s = parse(exact, len, &a, &e);
		e.text[strlen(none[i].want)] = '\0';
		CHECK(none[i].label, !s);
		CHECK_SAME(none[i].label, e.text, none[i].want);
		free(exact);
		arena_free(&a);
	}
	while (every->s[n - 1] == '\n')
		n--;
	for (size_t i = 0; i < n; i++) {
		struct arena a = { 0 };
		char *exact = malloc(i ? i : 1);
		struct err e;

		memcpy(exact, every->s, i);
		survived += parse(exact, i, &a, &e) || !*e.text;
		free(exact);
		arena_free(&a);
	}
	CHECK("no beginning of the document with every field is one", survived == 0);
}

static void test_completed(void)
{
	struct arena a = { 0 };
	struct err e;
	const struct spec *s = parse("{}", 2, &a, &e);

	CHECK("an empty document is read", s && !s->process && !s->root);
	CHECK("and has the parts that everybody looks into",
	      s && s->hooks && s->linux && !s->hooks->of[0].list.n);
	CHECK("no namespace", !spec_namespace(s, NS_MOUNT));
	CHECK_SAME("no annotation", spec_annotation(s, "x"), NULL);
	s = parse("{\"process\":{\"args\":[\"x\"]}}", 26, &a, &e);
	CHECK("a process without a user is root's", s && s->process->user &&
							    s->process->user->uid == 0 &&
							    s->process->args.n == 1);
	arena_free(&a);
}

/* Fields of one kind side by side that the document above cannot tell apart. */
static void test_twins(void)
{
	static const char doc[] =
		"{\"linux\":{\"resources\":{\"memory\":{\"useHierarchy\":true}}}}";
	struct arena a = { 0 };
	struct err e;
	const struct spec *s = parse(doc, strlen(doc), &a, &e);

	CHECK("useHierarchy is not checkBeforeUpdate",
	      s && s->linux->resources->memory->use_hierarchy &&
		      !s->linux->resources->memory->check_before_update);
	arena_free(&a);
}

/* ---- files ---- */

static const char minimal[] =
	"{\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]},\"root\":{\"path\":\"rootfs\"}}";
static const char relative[] = "{\"cwd\":\"x\",\"args\":[\"sh\"]}";
static const char process[] = "{\"cwd\":\"/\",\"args\":[\"sh\"],\"env\":[\"A=b\"]}";

static void check_load(const char *label, int dir, const char *name, const char *want)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	const struct spec *s = spec_load(dir, name, &a, NULL, &e);

	CHECK_SAME(label, s ? "loaded" : e.text, want);
	arena_free(&a);
}

static void check_process(const char *label, const char *path, const char *want)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	const struct spec_process *p = spec_load_process(path, &a, &e);

	CHECK_SAME(label, p ? "loaded" : e.text, want);
	CHECK(label, !p || p->user);
	arena_free(&a);
}

static void test_files(void)
{
	char name[32], path[64];
	OWN_FD dir = data_make_dir(name, sizeof(name));
	struct arena a = { 0 };
	OWN_TEXT text = { 0 };
	struct err e;
	int fds[2];

	data_write(dir, "config.json", minimal, strlen(minimal));
	check_load("a file", dir, "config.json", "loaded");
	CHECK("with its text", spec_load(dir, "config.json", &a, &text, &e) &&
				       strcmp(text_str(&text), minimal) == 0);
	check_load("no file", dir, "x.json", "JSON specification file x.json not found");
	data_write(dir, "bad.json", "{}", 2);
	check_load("rules are checked too", dir, "bad.json",
		   "process property must not be empty");
	data_write(dir, "empty.json", "", 0);
	check_load("an empty file", dir, "empty.json", "empty.json: empty file");
	if (mkfifoat(dir, "fifo.json", 0600) == 0)
		check_load("a FIFO does not make us wait", dir, "fifo.json",
			   "fifo.json: not a regular file");
	if (mkdirat(dir, "dir.json", 0700) == 0)
		check_load("a directory", dir, "dir.json", "dir.json: not a regular file");
	if (symlinkat("/dev/zero", dir, "zero.json") == 0)
		check_load("a device without an end", dir, "zero.json",
			   "zero.json: not a regular file");
	data_write(dir, "large.json", "{}", 2);
	snprintf(path, sizeof(path), "%s/large.json", name);
	if (truncate(path, (off_t)SPEC_TEXT_MAX + 4097) == 0)
		check_load("more than anybody needs", dir, "large.json",
			   "large.json: larger than 16 MiB");

	snprintf(path, sizeof(path), "%s/process.json", name);
	data_write(dir, "process.json", process, strlen(process));
	check_process("a process document", path, "loaded");
	data_write(dir, "process.json", relative, strlen(relative));
	check_process("rules for a process are checked", path,
		      "Cwd must be an absolute path");
	if (pipe(fds) == 0) {
		CHECK("pipe filled", io_write_all(fds[1], process, strlen(process)) == 0);
		close(fds[1]);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
		check_process("a process document from a pipe", path, "loaded");
		close(fds[0]);
	}
	arena_free(&a);
	data_remove_dir(AT_FDCWD, name);
}

int main(void)
{
	OWN_TEXT every = { 0 };

	data_read(EVERY, &every);
	test_examples();
	test_every_field(&every);
	test_twins();
	test_wrong(&every);
	test_none(&every);
	test_completed();
	test_files();
	return tap_done();
}
