/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about this machine and this caller, gathered once per command and const
 * from then on. What only some configurations need is asked for by function.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum cgroup_mode {
	CGROUP_NONE,   /* nothing mounted that we know */
	CGROUP_V2,     /* one unified hierarchy at /sys/fs/cgroup */
	CGROUP_HYBRID, /* v1 controllers, and a v2 hierarchy beside them */
	CGROUP_V1,
};

/* One cgroup hierarchy. */
struct host_hierarchy {
	const char *name;  /* "cpu,cpuacct", "name=systemd", "" for v2 */
	const char *mount; /* where it is mounted: /sys/fs/cgroup/cpu,cpuacct */
	const char *root;  /* the part of it that is visible there: "/" unless in a
			      container */
	const char *own;   /* the caller's own cgroup in it: "/user.slice/…" */
};

struct host_cgroups {
	enum cgroup_mode mode;
	const struct host_hierarchy *v;
	size_t n;
};

struct host {
	uid_t euid;
	gid_t egid;
	bool in_userns; /* the caller is in a user namespace of its own */
	uint64_t caps;  /* effective, in that user namespace: 1 << CAP_… */
	struct host_cgroups cgroups;
};

bool host_can(const struct host *h, int cap);

/* The result points into the arena. */
int host_probe(struct host *h, struct arena *a, struct err *e);

/*
 * Hierarchies from the texts of /proc/self/cgroup and /proc/self/mountinfo. Pure.
 * unified_mount: where cgroup2 is mounted if the mode is already known to be v2
 * (mountinfo is then not needed and may be NULL), else NULL.
 */
struct host_cgroups host_parse_cgroups(const char *self_cgroup, const char *mountinfo,
				       const char *unified_mount, struct arena *a);

/* Whose systemd manages this machine? One that is another's (the host's, seen from a user
 * namespace) still has a manager for each user. */
enum host_systemd {
	HOST_SYSTEMD_NONE,
	HOST_SYSTEMD_OURS, /* the caller is the root that it runs as */
	HOST_SYSTEMD_OTHERS,
};
enum host_systemd host_systemd(void);

bool host_has_selinux(void);
bool host_has_apparmor(void);

/* The login name of a uid by /etc/passwd alone (no NSS: it would cost a library load);
 * NULL if unknown. */
const char *host_user_name(uid_t uid, struct arena *a);

struct id_range {
	uint32_t first, count;
};

/* The ranges that a file like /etc/subuid grants to a user, by name or number. Pure. */
size_t host_parse_subids(const char *text, const char *name, uid_t uid,
			 struct id_range *out, size_t max);

/* The same from the file itself; 0 if there is none. */
size_t host_subids(const char *file, const char *name, uid_t uid, struct id_range *out,
		   size_t max);

#endif
