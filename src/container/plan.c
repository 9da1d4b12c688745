/* SPDX-License-Identifier: Apache-2.0 */
/* spec + host → plan, by asking each room for its part. Pure. */
#include "container/plan.h"

#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "cgroup/systemd.h"

/* ---- what the command line and the environment add to the config ---- */

static const struct spec_mount notify_mount = {
	.destination = "/run/notify",
	.type = "bind",
	.options = { (char *const[]){
			     (char *)(uintptr_t) "bind", (char *)(uintptr_t) "nosuid",
			     (char *)(uintptr_t) "noexec", (char *)(uintptr_t) "nodev",
			     (char *)(uintptr_t) "ro", NULL },
		     5 },
};

static struct spec *copy_spec(const struct spec *in, struct arena *a)
{
	struct spec *s = arena_new(a, 1, sizeof(*s));
	struct spec_process *p = arena_new(a, 1, sizeof(*p));

	*s = *in;
	*p = *in->process;
	s->process = p;
	return s;
}

static struct strings add_env(struct strings env, const char *more, struct arena *a)
{
	char **v = arena_new(a, env.n + 2, sizeof(*v));

	if (env.n)
		memcpy(v, env.v, env.n * sizeof(*v));
	v[env.n] = arena_dup(a, more);
	return (struct strings){ v, env.n + 1 };
}

static const struct spec *add_facts(const struct spec *in, const struct plan_facts *f,
				    struct arena *a)
{
	struct spec *s = copy_spec(in, a);
	struct spec_process *p = arena_new(a, 1, sizeof(*p));

	*p = *in->process;
	s->process = p;
	if (f->listen_fds > 0) {
		p->env = add_env(p->env, arena_printf(a, "LISTEN_FDS=%d", f->listen_fds),
				 a);
		/* the program is the first of its pid namespace; the Go runc says so
		 * always */
		p->env = add_env(p->env, "LISTEN_PID=1", a);
	}
	if (f->notify_dir) {
		struct spec_mount *v = arena_new(a, in->mounts.n + 1, sizeof(*v));

		if (in->mounts.n)
			memcpy(v, in->mounts.v, in->mounts.n * sizeof(*v));
		v[in->mounts.n] = notify_mount;
		v[in->mounts.n].source = f->notify_dir;
		s->mounts.v = v;
		s->mounts.n++;
		p->env = add_env(p->env, "NOTIFY_SOCKET=/run/notify/notify.sock", a);
	}
	return s;
}

/* ---- rules between rooms ---- */

static int check_idmapped(const struct plan *p, const struct host *h, struct err *e)
{
	for (size_t i = 0; i < p->rootfs.mount_count; i++) {
		const struct mount_plan *m = &p->rootfs.mounts[i];

		if (m->idmap == IDMAPPED_NO)
			continue;
		if (!host_can(h, CAP_SYS_ADMIN))
			return err_set(e,
				       "mounts[%zu]: id-mapped mounts are not supported for rootless containers",
				       i);
		if (m->idmap == IDMAPPED_CONTAINER && !ns_is_own(&p->ns, NS_USER))
			return err_set(e,
				       "mounts[%zu]: idmap without uidMappings and gidMappings needs a user namespace",
				       i);
	}
	return 0;
}

static int check_mapped(const struct plan *p, struct err *e)
{
	uint32_t ignored;

	if (!ns_is_new(&p->ns, NS_USER))
		return 0;
	if (!idmap_to_host(p->ns.uids, p->process.uid, &ignored))
		return err_set(e,
			       "process.user.uid: cannot setuid to unmapped uid %u in user namespace",
			       p->process.uid);
	if (!idmap_to_host(p->ns.gids, p->process.gid, &ignored))
		return err_set(e,
			       "process.user.gid: cannot setgid to unmapped gid %u in user namespace",
			       p->process.gid);
	for (size_t i = 0; i < p->process.group_count; i++)
		if (!idmap_to_host(p->ns.gids, p->process.groups[i], &ignored))
			return err_set(e,
				       "process.user.additionalGids[%zu]: gid %u is not mapped in the user namespace",
				       i, p->process.groups[i]);
	return 0;
}

/*
 * The file system's own device is opened by mount(2), as init: rules that hold from
 * the first would forbid it. Binds and file systems without a device need none.
 */
static bool mounts_a_device(const struct rootfs_plan *p)
{
	for (size_t i = 0; i < p->mount_count; i++)
		if (p->mounts[i].kind == MOUNT_NEW && *p->mounts[i].source == '/')
			return true;
	return false;
}

/* ---- the cgroup ---- */

static int plan_cgroup(struct plan *p, const struct spec *s, const struct host *h,
		       const struct plan_facts *f, struct arena *a, struct err *e)
{
	const struct resources_facts resources = { .v2 = h->cgroups.mode == CGROUP_V2,
						   .systemd = f->driver != DRIVER_FILES };
	struct cgroup_facts cgroup = { .id = f->id,
				       .rootless = f->rootless_cgroups,
				       .user = f->user_manager };

	p->late_devices = mounts_a_device(&p->rootfs);
	if (devices_plan(&p->devices, s, h, f->rootless_cgroups, a, e) < 0 ||
	    resources_plan(&p->resources, s->linux->resources, &resources, a, e) < 0)
		return -1;
	cgroup.limited = p->resources.writes.n > 0;
	cgroup.systemd = f->driver == DRIVER_SYSTEMD ||
			 (f->driver == DRIVER_SYSTEMD_FOR_LIMITS && cgroup.limited);
	return cgroup_plan(&p->cgroup, s, h, &cgroup, a, e);
}

static int plan_unit(struct plan *p, const struct spec *s, struct arena *a, struct err *e)
{
	const struct unit_facts facts = { .v2 = p->cgroup.mode == CGROUP_V2,
					  .late_devices = p->late_devices,
					  .devices = &p->devices,
					  .resources = &p->resources };
	struct cgroup_unit *u;

	if (!p->cgroup.unit)
		return 0;
	u = arena_new(a, 1, sizeof(*u));
	*u = *p->cgroup.unit;
	p->cgroup.unit = u;
	/* a slice is entered by what we open; a scope begins with a process */
	p->late_unit = !u->is_slice;
	return unit_plan(&u->properties, u, s, &facts, a, e);
}

static void plan_late_cgroupns(struct plan *p)
{
	p->late_cgroupns = ns_is_new(&p->ns, NS_CGROUP) &&
			   (p->cgroup.mode != CGROUP_V2 || p->late_unit);
	if (p->late_cgroupns)
		p->ns.make &= ~ns_kinds[NS_CGROUP].flag;
}

static bool shows_cgroups_writable(const struct rootfs_plan *p)
{
	for (size_t i = 0; i < p->mount_count; i++)
		if (p->mounts[i].kind == MOUNT_CGROUP &&
		    strcmp(p->mounts[i].destination, "/sys/fs/cgroup") == 0)
			return !(p->mounts[i].set & MOUNT_ATTR_RDONLY);
	return false;
}

/* Without a user namespace root's cgroup would become another's; with it, somebody's who
 * has no rights outside (G4). */
static void plan_delegate(struct plan *p, const struct host *h)
{
	uint32_t uid;

	if (p->cgroup.mode != CGROUP_V2 || !ns_is_new(&p->ns, NS_CGROUP) ||
	    !ns_is_new(&p->ns, NS_USER) || !shows_cgroups_writable(&p->rootfs) ||
	    !idmap_to_host(p->ns.uids, p->process.uid, &uid))
		return;
	/* whoever makes it owns it */
	p->delegate.wanted = uid != h->euid;
	p->delegate.inside = !host_can(h, CAP_CHOWN);
	p->delegate.uid = p->delegate.inside ? p->process.uid : uid;
}

int plan_build(struct plan *p, const struct spec *in, const struct host *h,
	       const struct plan_facts *f, struct arena *a, struct err *e)
{
	const struct spec *s = add_facts(in, f, a);
	struct rootfs_facts rootfs = { .bundle = f->bundle,
				       .rootfs = f->rootfs,
				       .no_pivot = f->no_pivot };

	*p = (struct plan){
		.id = f->id,
		.bundle = f->bundle,
		.spec = s,
		.new_keyring = !f->no_new_keyring,
		.preserve_fds = f->preserve_fds,
		.rootless_euid = h->euid != 0,
		.rootless_cgroups = f->rootless_cgroups,
	};
	if (ns_plan(&p->ns, s, h, a, e) < 0)
		return -1;
	rootfs.userns = p->ns.in_userns;
	rootfs.new_userns = ns_is_new(&p->ns, NS_USER);
	rootfs.gids = p->ns.gids;
	if (rootfs_plan(&p->rootfs, s, &rootfs, a, e) < 0 ||
	    plan_cgroup(p, s, h, f, a, e) < 0 || plan_unit(p, s, a, e) < 0 ||
	    process_plan(&p->process, s->process, s->linux, a, e) < 0)
		return -1;
	caps_plan(&p->caps, s->process->capabilities);
	plan_delegate(p, h);
	plan_late_cgroupns(p);
	if (check_idmapped(p, h, e) < 0)
		return -1;
	return check_mapped(p, e);
}

int plan_probe(struct plan *p, struct arena *a, struct err *e)
{
	if (label_plan(&p->label, p->spec->process, p->rootfs.mount_label, e) < 0)
		return -1;
	return filter_plan(&p->seccomp, p->spec->linux->seccomp, a, e);
}

/* ---- accepted, not yet applied ---- */

static void unapplied(const char *field)
{
	log_warning("%s is not applied by this version of runc", field);
}

void plan_warn_unapplied(const struct spec *s)
{
	if (s->linux->intel_rdt)
		unapplied("linux.intelRdt");
}
