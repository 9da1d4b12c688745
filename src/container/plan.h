/* SPDX-License-Identifier: Apache-2.0 */
/* All choices of one create, made before anything is done. */
#ifndef CONTAINER_PLAN_H
#define CONTAINER_PLAN_H

#include "cgroup/cgroup.h"
#include "cgroup/devices.h"
#include "cgroup/resources.h"
#include "host/host.h"
#include "network/plan.h"
#include "ns/ns.h"
#include "process/process.h"
#include "rootfs/rootfs.h"
#include "security/security.h"
#include "spec/spec.h"

/* Who makes the container's cgroup. */
enum driver {
	DRIVER_FILES,
	DRIVER_SYSTEMD,
	DRIVER_SYSTEMD_FOR_LIMITS, /* the caller may make none, but has a manager: asked
				      only if there is a limit to keep */
};

/* The container's user manages its cgroup and those below it. */
struct delegate_plan {
	bool wanted;
	bool inside; /* the container's root may do it, the caller may not */
	uid_t uid;   /* as whoever does it sees it */
};

struct plan_facts {
	const char *id, *bundle;
	const char *rootfs; /* resolved */
	bool no_pivot, no_new_keyring;
	bool rootless_cgroups;
	enum driver driver;
	bool user_manager; /* the systemd that is asked is the caller's own manager */
	const char *notify_dir; /* ROOT/ID/notify if NOTIFY_SOCKET is to be relayed; NULL */
	int listen_fds;         /* passed on by socket activation */
	int preserve_fds;       /* all descriptors above 2 that stay open */
	const char *network;    /* --network; NULL */
	struct strings publish;  /* --publish */
	bool net_annotations;    /* those of org.runc.net are obeyed */
	const char *network_dir; /* ROOT/ID/net, where files of a network of ours are */
};

struct plan {
	const char *id, *bundle;
	const struct spec *spec;
	struct ns_plan ns;
	struct rootfs_plan rootfs;
	struct cgroup_plan cgroup;
	struct devices_plan devices;
	bool late_devices; /* a mount may need a block device that the rules deny later */
	struct resources_plan resources;
	struct network_plan network;
	struct pairs network_sysctl; /* names in file form; set if possible */
	struct process_plan process;
	struct caps_plan caps;
	struct label_plan label; /* with .seccomp: by plan_probe() */
	struct filter_plan seccomp;
	bool new_keyring;
	bool late_unit;     /* systemd makes the cgroup around init, which waits for it */
	bool late_cgroupns; /* the cgroup is entered after the clone: its namespace comes
			       later still */
	struct delegate_plan delegate;
	int preserve_fds;
	bool rootless_euid, rootless_cgroups;
};

/* Pure. The plan points into the spec and the arena. */
int plan_build(struct plan *p, const struct spec *in, const struct host *h,
	       const struct plan_facts *f, struct arena *a, struct err *e);

/* What needs a look at the machine: labels and seccomp. Runs: host. */
int plan_probe(struct plan *p, struct arena *a, struct err *e);

/* The plan in words: golden tests, --debug. Pure. */
void plan_print(const struct plan *p, struct text *out);

/* One warning for each field of the config that this version accepts and does not apply.
 */
void plan_warn_unapplied(const struct spec *s);

#endif
