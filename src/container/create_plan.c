/* SPDX-License-Identifier: Apache-2.0 */
/* From the command line, the environment and the bundle to a plan.     Runs: host */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/own.h"
#include "base/path.h"
#include "container/create.h"
#include "container/net.h"
#include "container/notify.h"
#include "container/unit.h"

static bool parse_rootless(const struct context *c, const struct host *h, bool *rootless,
			   struct err *e)
{
	bool forced;

	if (!c->rootless || !*c->rootless || strcasecmp(c->rootless, "auto") == 0) {
		/* the root of a container has the right over what systemd makes for it,
		 * if that systemd is its own */
		*rootless = h->euid != 0 ||
			    (h->in_userns &&
			     !(c->systemd_cgroup && host_systemd() == HOST_SYSTEMD_OURS));
		return true;
	}
	if (!num_bool(c->rootless, &forced)) {
		err_set(e, "strconv.ParseBool: parsing \"%s\": invalid syntax",
			c->rootless);
		return false;
	}
	*rootless = forced;
	return true;
}

/* Descriptors that systemd's socket activation left for us, and that we pass on. */
static int listen_fds(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint64_t n, value;

	if (!fds || !pid || !num_dec(pid, INT32_MAX, &value) ||
	    value != (uint64_t)getpid() || !num_dec(fds, 1024, &n))
		return 0;
	return (int)n;
}

static const char *bundle_path(const struct context *c, const char *bundle, struct err *e)
{
	const char *path =
		path_absolute(bundle && *bundle ? bundle : ".", c->cwd, c->arena);
	OWN_STR real = NULL;

	if (chdir(path) < 0) {
		err_sys(e, "chdir %s", path);
		return NULL;
	}
	/* the kernel's view, links resolved: what is joined to it must not walk through
	 * them again */
	real = getcwd(NULL, 0);
	if (!real) {
		err_sys(e, "getcwd");
		return NULL;
	}
	return arena_dup(c->arena, real);
}

/*
 * Without root, without the option and without a right to a cgroup beside our own, a
 * limit can still be had: the caller's manager is asked for a unit. Nobody is asked
 * here, and systemd not at all if no limit wants it.
 */
static bool may_fall_back(const struct spec *s, const struct host *h)
{
	const char *path = s->linux->cgroups_path;

	return s->linux->resources && (!path || !*path) && h->cgroups.mode == CGROUP_V2 &&
	       host_systemd() != HOST_SYSTEMD_NONE && !cgroup_may_make(h) &&
	       unit_has_user_manager();
}

static int choose_driver(struct plan_facts *f, const struct context *c,
			 const struct spec *s, const struct host *h, struct err *e)
{
	enum host_systemd systemd;

	if (!c->systemd_cgroup) {
		if (f->rootless_cgroups && may_fall_back(s, h)) {
			f->driver = DRIVER_SYSTEMD_FOR_LIMITS;
			f->user_manager = true;
		}
		return 0;
	}
	systemd = host_systemd();
	if (systemd == HOST_SYSTEMD_NONE)
		return err_set(e,
			       "systemd not running on this host, cannot use systemd cgroups manager");
	f->driver = DRIVER_SYSTEMD;
	f->user_manager = systemd != HOST_SYSTEMD_OURS;
	return 0;
}

int create_plan(struct launch *l, struct plan *p, struct text *config, struct err *e)
{
	const struct context *c = l->context;
	struct host *host = arena_new(l->arena, 1, sizeof(*host));
	struct plan_facts f = {
		.id = l->options->id,
		.no_pivot = l->options->no_pivot,
		.no_new_keyring = l->options->no_new_keyring,
		.listen_fds = listen_fds(),
		.network = l->options->network,
		.publish = l->options->publish,
		.net_annotations = c->net_annotations,
		.network_dir = arena_printf(c->arena, "%s/%s/" NET_DIR, c->root_path,
					    l->options->id),
	};
	const struct spec *s;

	if (io_check_preserved(c, f.listen_fds, l->io->preserve_fds, e) < 0)
		return -1;
	f.preserve_fds = f.listen_fds + (int)l->io->preserve_fds;
	f.bundle = bundle_path(c, l->options->bundle, e);
	if (!f.bundle || !(s = spec_load(AT_FDCWD, CONFIG_FILE, l->arena, config, e)))
		return -1;
	if (store_check_id(f.id, e) < 0 || host_probe(host, l->arena, e) < 0 ||
	    !parse_rootless(c, host, &f.rootless_cgroups, e) ||
	    choose_driver(&f, c, s, host, e) < 0)
		return -1;
	if (notify_socket())
		f.notify_dir = arena_printf(l->arena, "%s/%s/notify", c->root_path, f.id);
	f.rootfs = rootfs_resolve(s->root->path, f.bundle, l->arena, e);
	if (!f.rootfs || plan_build(p, s, host, &f, l->arena, e) < 0 ||
	    plan_probe(p, l->arena, e) < 0 || net_check(l, p, e) < 0)
		return -1;
	plan_warn_unapplied(p->spec);
	return io_check(l->io, p->process.terminal, e);
}
