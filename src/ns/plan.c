/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces, and who may map the ids. Pure, but for a look at the
 * namespaces that sysctls of a joined one would go to. */
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

#include "base/own.h"
#include "kernel/compat.h"
#include "kernel/proc.h"
#include "ns/ns.h"

/* clang-format off */
const struct ns_kind ns_kinds[NS_TYPES] = {
	[NS_MOUNT]   = { CLONE_NEWNS,     "mnt",    "NEWNS" },
	[NS_PID]     = { CLONE_NEWPID,    "pid",    "NEWPID" },
	[NS_NETWORK] = { CLONE_NEWNET,    "net",    "NEWNET" },
	[NS_UTS]     = { CLONE_NEWUTS,    "uts",    "NEWUTS" },
	[NS_IPC]     = { CLONE_NEWIPC,    "ipc",    "NEWIPC" },
	[NS_USER]    = { CLONE_NEWUSER,   "user",   "NEWUSER" },
	[NS_CGROUP]  = { CLONE_NEWCGROUP, "cgroup", "NEWCGROUP" },
	[NS_TIME]    = { CLONE_NEWTIME,   "time",   "NEWTIME" },
};
/* clang-format on */

/* ---- ids ---- */

/* Without privilege the kernel lets a process map just its own id. */
static bool is_own_id_alone(struct spec_idmaps maps, uint32_t id)
{
	return maps.n == 1 && maps.v[0].size == 1 && maps.v[0].host_id == id;
}

static void plan_ids(struct ns_plan *p, const struct spec *s, const struct host *h)
{
	p->uids = s->linux->uid_mappings;
	p->gids = s->linux->gid_mappings;
	p->uid_way = host_can(h, CAP_SETUID) || is_own_id_alone(p->uids, h->euid) ?
			     IDMAP_DIRECT :
			     IDMAP_HELPER;
	p->gid_way = IDMAP_DIRECT;
	if (host_can(h, CAP_SETGID))
		return;
	/* CVE-2014-8989: groups that deny access must not be dropped by mapping one's own
	 */
	if (is_own_id_alone(p->gids, h->egid))
		p->deny_setgroups = true;
	else
		p->gid_way = IDMAP_HELPER;
}

/* ---- sysctl ---- */

enum sysctl_rule { SYSCTL_EXACT, SYSCTL_PREFIX };

/* clang-format off */
static const struct sysctl_kind {
	const char *name;
	enum sysctl_rule rule;
	enum ns_type needs;
	const char *before, *after; /* the refusal, around the key */
} sysctl_kinds[] = {
	{ "kernel.msgmax",          SYSCTL_EXACT,  NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "kernel.msgmnb",          SYSCTL_EXACT,  NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "kernel.msgmni",          SYSCTL_EXACT,  NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "kernel.sem",             SYSCTL_EXACT,  NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "kernel.shmall",          SYSCTL_EXACT,  NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "kernel.shmmax",          SYSCTL_EXACT,  NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "kernel.shmmni",          SYSCTL_EXACT,  NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "kernel.shm_rmid_forced", SYSCTL_EXACT,  NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "fs.mqueue.",             SYSCTL_PREFIX, NS_IPC, "sysctl \"", "\" is not allowed in the hosts ipc namespace" },
	{ "net.",                   SYSCTL_PREFIX, NS_NETWORK, "sysctl \"", "\" not allowed in host network namespace" },
	{ "kernel.domainname",      SYSCTL_EXACT,  NS_UTS, "sysctl \"", "\" is not in a separate kernel namespace" },
	{ "user.",                  SYSCTL_PREFIX, NS_USER, "setting ucounts without a user namespace not allowed: ", "" },
};
/* clang-format on */

/*
 * Keys come as net.ipv4.conf.eth0.x or net/ipv4/conf/eth0.100/x: whichever
 * separator comes first rules, and the other one is then part of a name.
 */
static char *sysctl_dots(const char *key, struct arena *a)
{
	char *name = arena_dup(a, key);
	size_t first = strcspn(name, "./");

	if (name[first] == '/')
		for (char *p = name; *p; p++)
			*p = *p == '/' ? '.' : *p == '.' ? '/' : *p;
	return name;
}

static char *sysctl_file(const char *dots, struct arena *a)
{
	char *path = arena_dup(a, dots);

	for (char *p = path; *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return path;
}

/* A namespace that is "joined" by a path to our own is the host's. */
static bool is_private(const struct ns_plan *p, enum ns_type type)
{
	uint64_t dev, ino, own_dev, own_ino;
	char own[32];

	if (!p->join[type])
		return ns_is_new(p, type);
	snprintf(own, sizeof(own), "/proc/self/ns/%s", ns_kinds[type].file);
	if (proc_ns_id(p->join[type], &dev, &ino) < 0 ||
	    proc_ns_id(own, &own_dev, &own_ino) < 0)
		return true;
	return dev != own_dev || ino != own_ino;
}

/* net/../kernel/core_pattern begins like a name of the network namespace's. */
static bool is_name(const char *file)
{
	for (;;) {
		size_t n = strcspn(file, "/");

		if (n == 0 || (n <= 2 && strspn(file, ".") >= n))
			return false;
		if (!file[n])
			return true;
		file += n + 1;
	}
}

static int check_sysctl(const struct ns_plan *p, const char *key, const char *dots,
			struct err *e)
{
	if (strcmp(dots, "kernel.hostname") == 0 && ns_is_own(p, NS_UTS))
		return err_set(e,
			       "sysctl \"%s\" is not allowed as it conflicts with the OCI \"hostname\" field",
			       key);
	for (size_t i = 0; i < COUNT(sysctl_kinds); i++) {
		const struct sysctl_kind *k = &sysctl_kinds[i];

		if (k->rule == SYSCTL_EXACT ? strcmp(dots, k->name) != 0 :
					      !text_starts(dots, k->name))
			continue;
		if (!is_private(p, k->needs))
			return err_set(e, "%s%s%s", k->before, key, k->after);
		return 0;
	}
	return err_set(e, "sysctl \"%s\" is not in a separate kernel namespace", key);
}

static int plan_sysctl(struct ns_plan *p, const struct spec *s, struct arena *a,
		       struct err *e)
{
	struct pair *v = arena_new(a, s->linux->sysctl.n, sizeof(*v));

	for (size_t i = 0; i < s->linux->sysctl.n; i++) {
		const struct pair *in = &s->linux->sysctl.v[i];
		const char *dots = sysctl_dots(in->key, a);
		const char *file = sysctl_file(dots, a);

		if (!is_name(file))
			return err_set(e, "sysctl \"%s\" is not a name", in->key);
		if (check_sysctl(p, in->key, dots, e) < 0)
			return -1;
		v[i] = (struct pair){ file, in->value };
	}
	p->sysctl = (struct pairs){ v, s->linux->sysctl.n };
	return 0;
}

int ns_plan(struct ns_plan *p, const struct spec *s, const struct host *h,
	    struct arena *a, struct err *e)
{
	for (size_t i = 0; i < s->linux->namespaces.n; i++) {
		const struct spec_namespace *ns = &s->linux->namespaces.v[i];

		if (ns->path && *ns->path)
			p->join[ns->type] = ns->path, p->joins = true;
		else
			p->make |= ns_kinds[ns->type].flag;
	}
	if (!host_can(h, CAP_SYS_ADMIN) && !ns_is_own(p, NS_USER))
		return err_set(e,
			       "rootless container requires user namespaces: add {\"type\": \"user\"} to linux.namespaces, with linux.uidMappings and linux.gidMappings (runc spec --rootless writes both)");
	if (s->linux->net_devices.n && !host_can(h, CAP_NET_ADMIN))
		return err_set(e,
			       "network devices are not supported for rootless containers");
	if (ns_is_new(p, NS_USER))
		plan_ids(p, s, h);
	p->in_userns = h->in_userns || ns_is_own(p, NS_USER);
	p->offsets = s->linux->time_offsets.v;
	p->offset_count = s->linux->time_offsets.n;
	p->staged = p->joins || p->offset_count > 0;
	p->hostname = s->hostname && *s->hostname ? s->hostname : NULL;
	p->domainname = s->domainname && *s->domainname ? s->domainname : NULL;
	return plan_sysctl(p, s, a, e);
}
