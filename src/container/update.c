/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update: other limits for a container that exists.                    Runs: host
 *
 * All or nothing: every file is read before it is written, and if one limit
 * cannot be had the others are put back. state.json changes last.
 */
#include "container/update.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "cgroup/cgroup.h"
#include "cgroup/devices.h"
#include "cgroup/resources.h"
#include "container/found.h"
#include "container/unit.h"
#include "host/host.h"

static int check_status(const struct found *f, struct err *e)
{
	enum status status;

	if (found_status(f, &status, e) < 0)
		return -1;
	return status == STATUS_STOPPED ? err_set(e, "container not running") : 0;
}

/* Intel RDT comes with a group of its own, which no container has in this version. */
static int check_rdt(const struct update_options *o, struct err *e)
{
	if (o->l3_cache_schema && *o->l3_cache_schema)
		return err_set(e, "Intel RDT/CAT: l3 cache schema is not enabled");
	if (o->mem_bw_schema && *o->mem_bw_schema)
		return err_set(e, "Intel RDT/MBA: memory bandwidth schema is not enabled");
	return 0;
}

/* ---- what cannot be updated ---- */

/* Does the document have this, and is it another than before? */
static void warn_if_new(const char *field, const struct spec_resources *old,
			const struct spec_resources *given)
{
	OWN_TEXT before = { 0 };
	OWN_TEXT after = { 0 };

	json_print(&before, &spec_resources_table, old, NULL);
	json_print(&after, &spec_resources_table, given, NULL);
	if (strcmp(text_str(&before), text_str(&after)) != 0)
		log_warning("linux.resources.%s cannot be updated: it stays as it is",
			    field);
}

static void warn_unchanged(const struct spec_resources *old,
			   const struct spec_resources *given)
{
	if (given->hugepage_limits.n)
		warn_if_new("hugepageLimits",
			    &(struct spec_resources){
				    .hugepage_limits.v = old->hugepage_limits.v,
				    .hugepage_limits.n = old->hugepage_limits.n },
			    &(struct spec_resources){
				    .hugepage_limits.v = given->hugepage_limits.v,
				    .hugepage_limits.n = given->hugepage_limits.n });
	if (given->rdma.n)
		warn_if_new("rdma",
			    &(struct spec_resources){ .rdma.v = old->rdma.v,
						      .rdma.n = old->rdma.n },
			    &(struct spec_resources){ .rdma.v = given->rdma.v,
						      .rdma.n = given->rdma.n });
	if (given->network)
		warn_if_new("network", &(struct spec_resources){ .network = old->network },
			    &(struct spec_resources){ .network = given->network });
	if (given->memory && given->memory->swappiness)
		warn_if_new("memory.swappiness",
			    &(struct spec_resources){
				    .memory =
					    &(struct spec_memory){
						    .swappiness =
							    old->memory->swappiness } },
			    &(struct spec_resources){
				    .memory = &(struct spec_memory){
					    .swappiness = given->memory->swappiness } });
	if (given->memory && given->memory->disable_oom_killer &&
	    *given->memory->disable_oom_killer !=
		    (old->memory->disable_oom_killer && *old->memory->disable_oom_killer))
		log_warning(
			"linux.resources.memory.disableOOMKiller cannot be updated: it stays as it is");
}

/* ---- the story ---- */

static int save(struct found *f, const struct spec_resources *r, struct arena *a,
		struct err *e)
{
	struct record_config *config = arena_new(a, 1, sizeof(*config));
	struct record_cgroups *cgroups = arena_new(a, 1, sizeof(*cgroups));

	*config = *f->record.config;
	if (config->cgroups)
		*cgroups = *config->cgroups;
	limits_to_record(&cgroups->limits, r, a);
	config->cgroups = cgroups;
	f->record.config = config;
	return store_save(f->dir, STATE_FILE, &f->record, e);
}

/* One update in flight. */
struct change {
	struct found *found;
	const struct context *context;
	const char *unit; /* NULL: systemd is not to be told */
	struct unit_caller caller;
	bool v2;
	struct devices_plan devices; /* v1, of a unit */
	struct resources_plan now, before;
	struct resources_journal journal;
};

static int tell_all(struct change *ch, struct unit_properties p, struct err *e)
{
	int ret = unit_set(&ch->caller, ch->unit, p, ch->context->arena, e);

	if (devices_apply(&ch->devices, ch->found->record.cgroup_paths, e) < 0)
		ret = -1;
	return ret;
}

/* Who would end us meanwhile waits, or the container would stand still for ever. */
static int tell_frozen(struct change *ch, struct unit_properties p, struct err *e)
{
	struct pairs paths = ch->found->record.cgroup_paths;
	sigset_t ends, before;
	int ret;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGQUIT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, &before);
	ret = cgroup_set_frozen(paths, true, e);
	if (ret == 0) {
		ret = tell_all(ch, p, e);
		cgroup_thaw(paths);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

/*
 * v1: with whatever systemd is told it writes all device rules anew, first that
 * everything is denied. Nobody is to see that; and ours, which may say more, follow.
 */
static int tell_and_keep_devices(struct change *ch, struct unit_properties p,
				 struct err *e)
{
	return cgroup_is_frozen(ch->found->record.cgroup_paths) ? tell_all(ch, p, e) :
								  tell_frozen(ch, p, e);
}

static int tell_systemd(struct change *ch, struct unit_properties p, struct err *e)
{
	if (!ch->unit || !p.n)
		return 0;
	return ch->v2 ? unit_set(&ch->caller, ch->unit, p, ch->context->arena, e) :
			tell_and_keep_devices(ch, p, e);
}

static void put_back(struct change *ch)
{
	struct err e;
	int ret = resources_undo(&ch->journal, &e);

	/* last: what the files had when the journal was written was systemd's new already */
	if (tell_systemd(ch,
			 unit_old_properties(ch->now.properties, ch->before.properties,
					     ch->context->arena),
			 &e) < 0)
		ret = -1;
	if (ret < 0)
		log_warning("Setting back cgroup configs failed due to error: %s, your state.json and actual configs might be inconsistent.",
			    e.text);
}

/* systemd first, or its next reload would undo what the files say. */
static int apply(struct change *ch, const struct spec_resources *r, struct err *e)
{
	struct found *f = ch->found;
	struct arena *a = ch->context->arena;
	const struct resources_place at = {
		.paths = f->record.cgroup_paths,
		.tolerant = f->record.config->rootless_cgroups,
	};

	if ((ch->unit && resources_check(&ch->now, &at, e) < 0) ||
	    tell_systemd(ch, ch->now.properties, e) < 0)
		return -1;
	if (resources_apply(&ch->now, &at, &ch->journal, a, e) == 0 &&
	    save(f, r, a, e) == 0)
		return 0;
	put_back(ch);
	return -1;
}

static int plan_devices(struct change *ch, const struct host *h, struct err *e)
{
	const struct found *f = ch->found;
	struct arena *a = ch->context->arena;
	const struct spec *s = found_spec(f, a, e);

	if (!s)
		return -1;
	return devices_plan(&ch->devices, s, h, f->record.config->rootless_cgroups, a, e);
}

/* What both sides of the change come to. */
static int plan_change(struct change *ch, const struct spec_resources *old,
		       const struct spec_resources *merged, struct err *e)
{
	struct arena *a = ch->context->arena;
	struct resources_facts facts = { .systemd = ch->unit };
	struct host host;

	if (host_probe(&host, a, e) < 0)
		return -1;
	ch->v2 = facts.v2 = host.cgroups.mode == CGROUP_V2;
	if (resources_plan(&ch->now, merged, &facts, a, e) < 0)
		return -1;
	if (!ch->unit)
		return 0;
	facts.quiet = true;
	if (resources_plan(&ch->before, old, &facts, a, e) < 0 ||
	    (!ch->v2 && plan_devices(ch, &host, e) < 0))
		return -1;
	return unit_caller_of_record(&ch->caller, ch->context, e);
}

static const struct spec_resources *recorded(const struct found *f, struct arena *a)
{
	static const struct record_limits none;
	const struct record_cgroups *c = f->record.config->cgroups;

	return limits_from_record(c ? &c->limits : &none, a);
}

static int update(struct found *f, const struct context *c,
		  const struct update_options *o, struct err *e)
{
	struct change ch = { .found = f, .context = c };
	const struct spec_resources *old, *merged;

	/* another update may have been faster: what it left is what this one changes */
	if (store_lock(f->dir, STORE_EXCLUSIVE, true, e) < 0)
		return -1;
	if (!store_is_current(f->root, o->id, f->dir) ||
	    store_load(f->dir, STATE_FILE, &f->record, c->arena, e) <= 0)
		return err_set(e, "container does not exist");
	if (check_status(f, e) < 0)
		return -1;
	ch.unit = unit_of_record(&f->record, c->arena);
	old = recorded(f, c->arena);
	merged = limits_merge(old, o->given, c->arena);
	if (plan_change(&ch, old, merged, e) < 0)
		return -1;
	warn_unchanged(old, o->given);
	return apply(&ch, merged, e);
}

int container_update(const struct context *c, const struct update_options *o,
		     struct err *e)
{
	struct found f;
	int ret;

	if (found_open(&f, c, o->id, e) < 0)
		return -1;
	ret = check_status(&f, e) < 0 || check_rdt(o, e) < 0 ? -1 : update(&f, c, o, e);
	found_close(&f);
	return ret;
}
