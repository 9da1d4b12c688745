/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces and ids: which are made, joined or kept; how ids map; what is set
 * inside them (names, sysctls, clocks).
 */
#ifndef NS_NS_H
#define NS_NS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "host/host.h"
#include "spec/spec.h"

/* One kind of namespace, by enum ns_type. */
struct ns_kind {
	uint64_t flag;      /* CLONE_NEW… */
	const char *file;   /* its name in /proc/PID/ns */
	const char *record; /* its key in state.json: "NEWNS" */
};

extern const struct ns_kind ns_kinds[NS_TYPES];

enum idmap_way {
	IDMAP_NONE,
	IDMAP_DIRECT, /* one write by us */
	IDMAP_HELPER, /* newuidmap, newgidmap */
};

struct ns_plan {
	uint64_t make;              /* CLONE_NEW… of all that are new */
	const char *join[NS_TYPES]; /* paths of those that are joined, NULL for the others */
	bool joins;
	bool staged; /* a middle process is needed: joins, or clock offsets */
	struct spec_idmaps uids, gids; /* of a new user namespace */
	enum idmap_way uid_way, gid_way;
	bool deny_setgroups; /* the kernel's price for mapping a gid without privilege */
	const struct spec_time_offset *offsets;
	size_t offset_count;
	const char *hostname, *domainname; /* NULL: keep */
	struct pairs sysctl;               /* names in file form: net/ipv4/ip_forward */
	bool in_userns; /* the container is in a user namespace, new, joined or ours */
};

/* Pure. The plan points into the spec and the arena. */
int ns_plan(struct ns_plan *p, const struct spec *s, const struct host *h,
	    struct arena *a, struct err *e);

static inline bool ns_is_new(const struct ns_plan *p, enum ns_type type)
{
	return (p->make & ns_kinds[type].flag) != 0;
}

static inline bool ns_is_own(const struct ns_plan *p, enum ns_type type)
{
	return ns_is_new(p, type) || p->join[type];
}

/* ---- id arithmetic: pure ---- */

/* The host's id for one inside; false if it is not mapped. */
bool idmap_to_host(struct spec_idmaps maps, uint32_t inside, uint32_t *outside);

/* The lines that /proc/PID/uid_map takes. */
void idmap_print(struct spec_idmaps maps, struct text *out);

/* ---- host ---- */

/*
 * Opens the files of all namespaces to be joined, so that nothing is looked up
 * after the first setns. fds has NS_TYPES places, -1 where there is none.
 */
int ns_open(const struct ns_plan *p, int *fds, struct err *e);

/*
 * Gives process pid, which waits in a new user namespace, its ids. Where both
 * helpers are needed they run at the same time.
 */
int ns_write_idmaps(const struct ns_plan *p, pid_t pid, struct err *e);

/* A descriptor of a new user namespace with these maps that nobody lives in, for idmapped
 * mounts. */
int ns_make_userns(struct spec_idmaps uids, struct spec_idmaps gids, struct err *e);

/* ---- in the middle process ---- */

/*
 * Joins in an order that works for root (others first, with the privilege over
 * them that the user namespace would take away) and for an ordinary user (user
 * namespace first, for the privilege that it gives).
 */
int ns_join(const int *fds, struct err *e);

/* Joins the namespaces of a process, all at once: flags exactly those that it does not
 * share with us. */
int ns_join_process(int pidfd, uint64_t flags, struct err *e);

/* Makes the time namespace of our children and sets its clocks. */
int ns_make_time(const struct ns_plan *p, struct err *e);

/* ---- inside ---- */

/* Ids 0:0 in a user namespace, so that what is made belongs to the container's root. */
int ns_become_root(const struct ns_plan *p, struct err *e);
int ns_set_names(const struct ns_plan *p, struct err *e);

/* proc: a private procfs handle. */
int ns_write_sysctl(const struct ns_plan *p, int proc, struct err *e);

#endif
