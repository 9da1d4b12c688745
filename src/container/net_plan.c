/* SPDX-License-Identifier: Apache-2.0 */
#include "container/net_plan.h"

#include <string.h>

#include "base/log.h"
#include "base/own.h"

int net_plan(struct network_plan *p, struct plan_facts *facts, const struct spec *s,
	     struct arena *a, struct err *e)
{
	const struct network_request r = { facts->id, facts->network, facts->publish,
					   facts->net_annotations };

	if (network_plan(p, s, &r, a, e) < 0)
		return -1;
	if (p->ignored)
		log_warning("net: annotation %s is ignored: without --net-annotations it may be an image's",
			    p->ignored);
	if (!p->listeners)
		return 0;
	if (facts->preserve_fds > facts->listen_fds)
		return err_set(e,
			       "net: publish fd:N and --preserve-fds exclude each other");
	facts->preserve_fds = facts->listen_fds = 0;
	return 0;
}

const struct spec *net_add_namespace(const struct network_plan *p, const struct spec *s,
				     struct arena *a)
{
	struct spec *out = arena_new(a, 1, sizeof(*out));
	struct spec_linux *linux = arena_new(a, 1, sizeof(*linux));
	struct spec_namespace *v;

	if (!p->make_namespace)
		return s;
	*out = *s;
	*linux = *s->linux;
	v = arena_new(a, linux->namespaces.n + 1, sizeof(*v));
	if (linux->namespaces.n)
		memcpy(v, linux->namespaces.v, linux->namespaces.n * sizeof(*v));
	v[linux->namespaces.n++].type = NS_NETWORK;
	linux->namespaces.v = v;
	out->linux = linux;
	return out;
}

/* ---- sysctls ---- */

#define LOW_PORTS "net/ipv4/ip_unprivileged_port_start"
#define PING_GROUPS "net/ipv4/ping_group_range"
#define GID_MAX 2147483647u /* of that file */

static bool same_key(const char *file, const char *key)
{
	for (; *file && *key; file++, key++)
		if (*file != *key && !(*file == '/' && *key == '.'))
			return false;
	return !*file && !*key;
}

static bool config_sets(const struct spec *s, const char *file)
{
	for (size_t i = 0; i < s->linux->sysctl.n; i++)
		if (same_key(file, s->linux->sysctl.v[i].key))
			return true;
	return false;
}

/* From group 0 on, as far as there is no gap: the kernel refuses a range with one. */
static uint32_t last_mapped(struct spec_idmaps maps)
{
	uint64_t end = 0;

	for (size_t i = 0; i <= maps.n; i++)
		for (size_t k = 0; k < maps.n; k++)
			if (maps.v[k].container_id <= end &&
			    (uint64_t)maps.v[k].container_id + maps.v[k].size > end)
				end = (uint64_t)maps.v[k].container_id + maps.v[k].size;
	return end == 0 ? 0 : end - 1 > GID_MAX ? GID_MAX : (uint32_t)end - 1;
}

static uint32_t last_group(const struct spec *s, const struct host *h)
{
	const struct spec_namespace *user = spec_namespace(s, NS_USER);

	if (!user)
		return h->in_userns ? 0 : GID_MAX;
	/* of one that is joined we do not know the map; group 0 is there, we become it */
	return user->path && *user->path ? 0 : last_mapped(s->linux->gid_mappings);
}

struct pairs net_plan_sysctl(const struct network_plan *p, const struct spec *s,
			     const struct host *h, struct arena *a)
{
	struct pair *v = arena_new(a, 2, sizeof(*v));
	size_t n = 0;

	if (p->config.mode == NET_NONE)
		return (struct pairs){ 0 };
	if (!config_sets(s, LOW_PORTS))
		v[n++] = (struct pair){ LOW_PORTS, "0" };
	if (p->config.mode == NET_SLIRP && !config_sets(s, PING_GROUPS))
		v[n++] = (struct pair){ PING_GROUPS,
					arena_printf(a, "0 %u", last_group(s, h)) };
	return (struct pairs){ v, n };
}

/* ---- files ---- */

size_t net_plan_files(const struct network_plan *p, const char *dir,
		      const struct rootfs_file **files, struct arena *a)
{
	struct rootfs_file *v = arena_new(a, 2, sizeof(*v));
	size_t n = 0;

	*files = v;
	if (p->config.mode != NET_SLIRP)
		return 0;
	if (p->config.dns)
		v[n++] = (struct rootfs_file){ "/etc/resolv.conf",
					       arena_printf(a, "%s/resolv.conf", dir) };
	v[n++] = (struct rootfs_file){ "/etc/hosts", arena_printf(a, "%s/hosts", dir) };
	return n;
}
