/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan in words, one choice a line. Pure.
 *
 * What the config says stands in quotes, because it may say anything, line feeds
 * too. Of the environment only the names are printed: values may be secrets.
 */
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>

#include "base/names.h"
#include "base/own.h"
#include "container/plan.h"
#include "container/plan_words.h"
#include "kernel/compat.h"

/* ---- namespaces and ids ---- */

static void print_namespaces(const struct plan *p, struct text *out)
{
	for (int i = 0; i < NS_TYPES; i++) {
		text_add(out, "namespace ");
		plan_add_word(out, ns_words, i);
		if (p->ns.join[i]) {
			text_add(out, ": joined by ");
			json_quote(out, p->ns.join[i]);
		} else if (ns_is_new(&p->ns, (enum ns_type)i)) {
			text_add(out, ": new");
		} else if (i == NS_CGROUP && p->late_cgroupns) {
			text_add(out, ": new, once the cgroup is entered");
		} else {
			text_add(out, ": the runtime's");
		}
		text_addc(out, '\n');
	}
	text_printf(out, "middle process: %s\n", plan_yes(p->ns.staged));
	text_printf(out, "in a user namespace: %s\n", plan_yes(p->ns.in_userns));
}

static void print_map(struct text *out, const char *key, struct spec_idmaps maps)
{
	for (size_t i = 0; i < maps.n; i++)
		text_printf(out, "%s: %u %u %u\n", key, maps.v[i].container_id,
			    maps.v[i].host_id, maps.v[i].size);
}

static void print_ids(const struct ns_plan *p, struct text *out)
{
	static const char *const ways[] = {
		[IDMAP_NONE] = "nobody",
		[IDMAP_DIRECT] = "the runtime",
		[IDMAP_HELPER] = "a helper",
	};

	if (!ns_is_new(p, NS_USER))
		return;
	print_map(out, "uid map", p->uids);
	print_map(out, "gid map", p->gids);
	text_printf(out, "uids mapped by: %s%s\n", ways[p->uid_way],
		    p->uid_way == IDMAP_HELPER ? ", newuidmap" : "");
	text_printf(out, "gids mapped by: %s%s\n", ways[p->gid_way],
		    p->gid_way == IDMAP_HELPER ? ", newgidmap" : "");
	text_printf(out, "setgroups denied: %s\n", plan_yes(p->deny_setgroups));
}

static void print_knobs(const struct ns_plan *p, struct text *out)
{
	for (size_t i = 0; i < p->offset_count; i++) {
		text_add(out, "clock ");
		json_quote(out, p->offsets[i].clock);
		text_printf(out, ": %jd s %u ns\n", (intmax_t)p->offsets[i].secs,
			    p->offsets[i].nanosecs);
	}
	plan_print_value(out, "hostname", p->hostname);
	plan_print_value(out, "domainname", p->domainname);
	for (size_t i = 0; i < p->sysctl.n; i++)
		plan_print_pair(out, "sysctl", p->sysctl.v[i].key, p->sysctl.v[i].value);
}

/* ---- a network of ours ---- */

static void print_device_of(const struct network_plan *p, struct text *out)
{
	static const char *const ipv6[] = {
		[IPV6_AUTO] = "if the host has a way out by it", [IPV6_NO] = "no", [IPV6_YES] = "yes"
	};
	const struct net_config *c = &p->config;

	text_printf(out, "network device: %s, %s, mtu %u, by ", c->ifname, c->mac, c->mtu);
	plan_add_word(out, net_backends, c->backend);
	text_printf(out, "\nnetwork address: %s of %s, gateway %s, names %s\n",
		    c->address, c->network, c->gateway, c->dns ? c->dns_address : "none");
	text_printf(out, "network IPv6: %s", ipv6[p->ipv6]);
	if (p->ipv6 != IPV6_NO)
		text_printf(out, ", %s%s", c->network6,
			    p->own_cidr6 ? "" : " or one that the host does not have");
	text_addc(out, '\n');
	text_printf(out, "network reaches the host's loopback: %s\n",
		    plan_yes(c->host_loopback));
	for (size_t i = 0; i < c->host_ports.n; i++) {
		text_printf(out, "network reaches the host's port: %u/",
			    c->host_ports.v[i].port);
		plan_add_word(out, net_protocols, c->host_ports.v[i].protocol);
		text_addc(out, '\n');
	}
	text_printf(out, "network restricted: %s\n", plan_yes(c->restrict_out));
	plan_print_values(out, "name server", c->dns_servers);
	plan_print_values(out, "search domain", p->dns_search);
	if (c->outbound_address)
		plan_print_value(out, "network goes out by", c->outbound_address);
	if (c->outbound_address6)
		plan_print_value(out, "network goes out by", c->outbound_address6);
}

static void print_network(const struct plan *p, struct text *out)
{
	const struct network_plan *net = &p->network;

	if (net->config.mode == NET_NONE)
		return;
	text_add(out, "network: ");
	plan_add_word(out, net_modes, net->config.mode);
	text_printf(out, ", by %s\n", net->asked);
	if (net->config.mode == NET_SLIRP)
		print_device_of(net, out);
	for (size_t i = 0; i < net->config.ports.n; i++) {
		text_add(out, "publish ");
		publish_print_port(&net->config.ports.v[i], net->fds[i], out);
		text_addc(out, '\n');
	}
	for (size_t i = 0; i < p->network_sysctl.n; i++)
		plan_print_pair(out, "sysctl, if possible", p->network_sysctl.v[i].key,
				p->network_sysctl.v[i].value);
}

/* ---- the root file system ---- */

static void add_maps(struct text *out, const char *key, struct spec_idmaps maps)
{
	text_printf(out, ", %s", key);
	for (size_t i = 0; i < maps.n; i++)
		text_printf(out, " %u:%u:%u", maps.v[i].container_id, maps.v[i].host_id,
			    maps.v[i].size);
}

static void add_idmap(const struct mount_plan *m, struct text *out)
{
	switch (m->idmap) {
	case IDMAPPED_NO:
		return;
	case IDMAPPED_CONTAINER:
		text_add(out, ", ids by the container's user namespace");
		return;
	case IDMAPPED_OWN:
		add_maps(out, "uids", m->uids);
		add_maps(out, "gids", m->gids);
		return;
	}
}

static void add_kind(const struct mount_plan *m, struct text *out)
{
	static const char *const kinds[] = {
		[MOUNT_NEW] = "new ",
		[MOUNT_BIND] = "bind of ",
		[MOUNT_INSIDE] = "bind inside of ",
		[MOUNT_CGROUP] = "cgroups",
	};

	text_add(out, kinds[m->kind]);
	if (m->kind == MOUNT_CGROUP)
		return;
	if (m->kind == MOUNT_NEW) {
		json_quote(out, m->type);
		text_add(out, " from ");
	}
	json_quote(out, m->source);
}

static void print_mount(const struct mount_plan *m, size_t i, struct text *out)
{
	OWN_TEXT options = { 0 };

	text_printf(out, "mount %zu at ", i);
	json_quote(out, m->destination);
	text_add(out, ": ");
	add_kind(m, out);
	rootfs_print_options(m, &options);
	if (options.len)
		text_printf(out, ", options %s", text_str(&options));
	if (m->data) {
		text_add(out, ", data ");
		json_quote(out, m->data);
	}
	if (m->kind == MOUNT_NEW && strcmp(m->type, "tmpfs") == 0 && !m->has_mode)
		text_add(out, ", mode of what it covers");
	if (m->read_only_late)
		text_add(out, ", read-only at last");
	add_idmap(m, out);
	if (m->if_possible)
		text_add(out, ", if possible");
	if (m->substitute)
		text_printf(out, ", or bind of %s read-only", m->substitute);
	text_addc(out, '\n');
}

static void print_device(const struct device_plan *d, struct text *out)
{
	text_add(out, "device ");
	json_quote(out, d->path);
	text_add(out, d->from_host ? ": the host's" : ":");
	if (d->type == S_IFIFO)
		text_add(out, " FIFO");
	else
		text_printf(out, " %s %u:%u", d->type == S_IFBLK ? "block" : "character",
			    d->major, d->minor);
	/* a bind shows the mode and the owner that the host's has */
	if (!d->from_host)
		text_printf(out, ", mode %04o, owner %u:%u", d->mode, d->uid, d->gid);
	text_addc(out, '\n');
}

static void print_propagation(struct text *out, const char *key, uint64_t bits)
{
	text_printf(out, "%s: ", key);
	plan_add_word(out, propagation_words, (int64_t)bits);
	text_addc(out, '\n');
}

static void print_rootfs(const struct rootfs_plan *p, struct text *out)
{
	plan_print_value(out, "root", p->path);
	text_printf(out, "root read-only: %s\n", plan_yes(p->read_only));
	text_printf(out, "root entered by: %s\n",
		    !p->mount_namespace ? "chroot alone" :
		    p->no_pivot         ? "a move and chroot" :
					  "pivot_root");
	print_propagation(out, "propagation", p->propagation);
	if (p->root_propagation)
		print_propagation(out, "propagation of the new root", p->root_propagation);
	plan_print_value(out, "mount label", p->mount_label);
	for (size_t i = 0; i < p->mount_count; i++)
		print_mount(&p->mounts[i], i, out);
	text_printf(out, "nodes and links in /dev: %s\n", plan_yes(p->make_dev));
	for (size_t i = 0; i < p->device_count; i++)
		print_device(&p->devices[i], out);
	plan_print_values(out, "masked", p->masked);
	plan_print_values(out, "read-only", p->read_only_paths);
}

/* ---- cgroups ---- */

static void print_unit(const struct cgroup_unit *u, struct text *out)
{
	plan_print_value(out, u->user ? "unit of the user's systemd" : "unit of systemd",
			 u->name);
	plan_print_value(out, "unit at", u->path);
	for (size_t i = 0; i < u->properties.n; i++) {
		const struct unit_property *p = &u->properties.v[i];

		text_printf(out, "unit property %s: %s", p->name, p->value);
		if (p->since)
			text_printf(out, ", since %u", p->since);
		text_addc(out, '\n');
	}
}

static void print_cgroup(const struct cgroup_plan *p, struct text *out)
{
	static const char *const modes[] = {
		[CGROUP_NONE] = "none",
		[CGROUP_V2] = "v2",
		[CGROUP_HYBRID] = "hybrid",
		[CGROUP_V1] = "v1",
	};

	text_printf(out, "cgroup mode: %s\n", modes[p->mode]);
	text_printf(out, "cgroup required: %s\n", plan_yes(p->required));
	text_printf(out, "cgroup tolerant: %s\n", plan_yes(p->tolerant));
	for (size_t i = 0; i < p->dir_count; i++) {
		text_printf(out, "cgroup %s%sat ", p->dirs[i].name,
			    *p->dirs[i].name ? " " : "");
		json_quote(out, p->dirs[i].mount);
		text_add(out, ": ");
		json_quote(out, p->dirs[i].path);
		text_addc(out, '\n');
	}
	if (p->leaf)
		text_add(out, "cgroup of the namespace's root emptied: if need be\n");
	if (p->unit)
		print_unit(p->unit, out);
}

static void print_delegate(const struct delegate_plan *d, struct text *out)
{
	if (d->wanted)
		text_printf(out, "cgroup delegated to: %u, %s\n", d->uid,
			    d->inside ? "inside" : "on the host");
}

static void print_devices(const struct plan *p, struct text *out)
{
	static const char *const whens[] = {
		[DEVICES_NEVER] = "never",
		[DEVICES_IF_POSSIBLE] = "if possible",
		[DEVICES_ALWAYS] = "always",
	};
	static const char *const words[] = { "deny", "allow" };
	const struct devices_plan *d = &p->devices;

	text_printf(out, "device rules apply: %s%s\n", whens[d->when],
		    d->when != DEVICES_NEVER && p->late_devices ? ", once all is mounted" :
								  "");
	if (d->when == DEVICES_NEVER)
		return;
	text_printf(out, "device rule: %s all\n", words[d->allow]);
	for (size_t i = 0; i < d->count; i++) {
		text_printf(out, "device rule: %s ", words[d->rules[i].allow]);
		device_print(&d->rules[i], out);
		text_addc(out, '\n');
	}
}

static void print_write(const struct limit_write *w, struct text *out)
{
	plan_print_pair(out, "cgroup limit", w->file, w->value);
	if (w->or_file)
		plan_print_pair(out, "cgroup limit, or", w->or_file, w->or_value);
}

static void print_resources(const struct resources_plan *p, struct text *out)
{
	for (size_t i = 0; i < p->writes.n; i++)
		print_write(&p->writes.v[i], out);
}

/* ---- the process ---- */

static void print_env(struct strings env, struct text *out)
{
	for (size_t i = 0; i < env.n; i++) {
		OWN_TEXT name = { 0 };

		text_addn(&name, env.v[i], strcspn(env.v[i], "="));
		plan_print_value(out, "env", text_str(&name));
	}
}

static void print_user(const struct process_plan *p, struct text *out)
{
	text_printf(out, "user: %u:%u\n", p->uid, p->gid);
	text_add(out, "groups:");
	if (p->group_count == 0)
		text_add(out, " none");
	for (size_t i = 0; i < p->group_count; i++)
		text_printf(out, " %u", p->groups[i]);
	text_printf(out, "\numask: %04o\n", p->umask);
}

static void add_limit(struct text *out, rlim_t value)
{
	if (value == RLIM_INFINITY)
		text_add(out, "unlimited");
	else
		text_printf(out, "%ju", (uintmax_t)value);
}

static void print_limits(const struct process_plan *p, struct text *out)
{
	for (size_t i = 0; i < p->rlimit_count; i++) {
		text_printf(out, "limit %s: ", p->rlimits[i].name);
		add_limit(out, p->rlimits[i].value.rlim_cur);
		text_add(out, " up to ");
		add_limit(out, p->rlimits[i].value.rlim_max);
		text_addc(out, '\n');
	}
	if (p->oom_score_adj)
		text_printf(out, "oom score: %d\n", *p->oom_score_adj);
}

static void print_scheduler(const struct sched_plan *s, struct text *out)
{
	if (!s->set)
		return;
	text_add(out, "scheduler: ");
	plan_add_word(out, sched_policies, s->policy);
	text_printf(out, ", nice %d, priority %u, runtime %ju of %ju by %ju, flags ",
		    s->nice, s->priority, (uintmax_t)s->runtime, (uintmax_t)s->period,
		    (uintmax_t)s->deadline);
	plan_add_flags(out, sched_flags, s->flags, "|");
	text_addc(out, '\n');
}

static void print_ioprio(const struct process_plan *p, struct text *out)
{
	if (!p->set_ioprio)
		return;
	text_add(out, "io priority: ");
	plan_add_word(out, ioprio_classes, p->ioprio >> IOPRIO_CLASS_SHIFT);
	text_printf(out, " %d\n", p->ioprio & ((1 << IOPRIO_CLASS_SHIFT) - 1));
}

static void print_mempolicy(const struct process_plan *p, struct text *out)
{
	const int flags =
		MPOL_F_NUMA_BALANCING | MPOL_F_RELATIVE_NODES | MPOL_F_STATIC_NODES;
	const char *before = ", nodes ";

	if (!p->set_mempolicy)
		return;
	text_add(out, "memory policy: ");
	plan_add_word(out, mempolicy_modes, p->mempolicy & ~flags);
	text_add(out, ", flags ");
	plan_add_flags(out, mempolicy_flags, (uint64_t)(p->mempolicy & flags), "|");
	for (unsigned long i = 0; i < p->nodes_max; i++)
		if (p->nodes[i / (8 * sizeof(long))] >> (i % (8 * sizeof(long))) & 1) {
			text_printf(out, "%s%lu", before, i);
			before = ",";
		}
	text_addc(out, '\n');
}

static void print_process(const struct process_plan *p, struct text *out)
{
	print_user(p, out);
	plan_print_value(out, "cwd", p->cwd);
	for (char *const *arg = p->args; *arg; arg++)
		plan_print_value(out, "arg", *arg);
	print_env(p->env, out);
	text_printf(out, "terminal: %s", plan_yes(p->terminal));
	if (p->rows && p->columns)
		text_printf(out, ", %u rows, %u columns", p->rows, p->columns);
	text_addc(out, '\n');
	print_limits(p, out);
	print_scheduler(&p->sched, out);
	print_ioprio(p, out);
	if (p->set_personality)
		text_printf(out, "personality: %s\n",
			    p->personality == PER_LINUX32 ? "LINUX32" : "LINUX");
	print_mempolicy(p, out);
	if (p->affinity_initial)
		plan_print_value(out, "affinity at first", p->affinity_initial);
	if (p->affinity_final)
		plan_print_value(out, "affinity at last", p->affinity_final);
}

/* ---- security ---- */

static void print_caps(const char *set, uint64_t caps, struct strings words,
		       struct text *out)
{
	text_printf(out, "capabilities, %s:%s", set, caps ? "" : " none");
	for (size_t i = 0; i < 64; i++) {
		if (!(caps >> i & 1))
			continue;
		if (i < words.n)
			text_printf(out, " %s", words.v[i]);
		else
			text_printf(out, " %zu", i);
	}
	text_addc(out, '\n');
}

static void print_seccomp(const struct filter_plan *p, struct text *out)
{
	uint64_t flags = p->flags & ~(uint64_t)SECCOMP_FILTER_FLAG_NEW_LISTENER;

	if (p->program.len == 0) {
		text_add(out, "seccomp: none\n");
		return;
	}
	text_printf(out, "seccomp: %u instructions, flags ", p->program.len);
	plan_add_flags(out, filter_flags, flags, "|");
	text_addc(out, '\n');
	if (!p->notify)
		return;
	plan_print_value(out, "seccomp agent", p->listener_path);
	plan_print_value(out, "seccomp agent's metadata", p->metadata);
}

static void print_security(const struct plan *p, struct text *out)
{
	struct arena a = { 0 };
	struct strings words = caps_words(&a);

	print_caps("bounding", p->caps.bounding, words, out);
	print_caps("effective", p->caps.effective, words, out);
	print_caps("permitted", p->caps.permitted, words, out);
	print_caps("inheritable", p->caps.inheritable, words, out);
	print_caps("ambient", p->caps.ambient, words, out);
	arena_free(&a);
	text_printf(out, "no_new_privs: %s\n", plan_yes(p->process.no_new_privileges));
	text_printf(out, "session keyring: %s\n", p->new_keyring ? "new" : "the caller's");
	plan_print_value(out, "apparmor profile", p->label.apparmor);
	plan_print_value(out, "selinux label", p->label.selinux);
	print_seccomp(&p->seccomp, out);
}

/* ---- what is done by the config itself ---- */

static void print_from_spec(const struct spec *s, struct text *out)
{
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < s->hooks->of[kind].list.n; i++) {
			text_add(out, "hook ");
			plan_print_value(out, names_word(hook_words, kind),
					 s->hooks->of[kind].list.v[i].path);
		}
	for (size_t i = 0; i < s->linux->net_devices.n; i++) {
		const struct spec_net_device *d = &s->linux->net_devices.v[i];

		plan_print_pair(out, "network device", d->key,
				d->name && *d->name ? d->name : d->key);
	}
}

void plan_print(const struct plan *p, struct text *out)
{
	plan_print_value(out, "id", p->id);
	plan_print_value(out, "bundle", p->bundle);
	text_printf(out, "rootless: %s\n", plan_yes(p->rootless_euid));
	text_printf(out, "rootless cgroups: %s\n", plan_yes(p->rootless_cgroups));
	text_printf(out, "preserved descriptors: %d\n", p->preserve_fds);
	print_namespaces(p, out);
	print_ids(&p->ns, out);
	print_knobs(&p->ns, out);
	print_network(p, out);
	print_rootfs(&p->rootfs, out);
	print_cgroup(&p->cgroup, out);
	print_delegate(&p->delegate, out);
	print_devices(p, out);
	print_resources(&p->resources, out);
	print_process(&p->process, out);
	print_security(p, out);
	print_from_spec(p->spec, out);
}
