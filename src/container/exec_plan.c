/* SPDX-License-Identifier: Apache-2.0 */
/* Which process exec adds: the config it was created with, then the options.  Runs: host
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/cgroup.h"
#include "container/exec.h"
#include "kernel/proc.h"

/* ---- the process: config, then options ---- */

static int parse_user(const char *text, struct spec_user *user, struct err *e)
{
	const char *colon = strchr(text, ':');
	char uid[16];
	uint64_t value;

	snprintf(uid, sizeof(uid), "%.*s", (int)strcspn(text, ":"), text);
	if (strcspn(text, ":") >= sizeof(uid) || !num_dec(uid, UINT32_MAX - 1, &value))
		return err_set(e, "bad uid: \"%s\" is not a number from 0 to %u", text,
			       UINT32_MAX - 1);
	user->uid = (uint32_t)value;
	if (!colon)
		return 0;
	if (!num_dec(colon + 1, UINT32_MAX - 1, &value))
		return err_set(e, "bad gid: \"%s\" is not a number from 0 to %u",
			       colon + 1, UINT32_MAX - 1);
	user->gid = (uint32_t)value;
	return 0;
}

static int parse_gids(struct strings words, struct spec_user *user, struct arena *a,
		      struct err *e)
{
	size_t had = user->additional_gids.n;
	uint32_t *v = arena_new(a, had + words.n, sizeof(*v));

	if (had)
		memcpy(v, user->additional_gids.v, had * sizeof(*v));
	for (size_t i = 0; i < words.n; i++) {
		int64_t value;

		if (!num_go(words.v[i], INT64_MIN, INT64_MAX, &value))
			return err_set(e,
				       "invalid value \"%s\" for flag -additional-gids: not a number",
				       words.v[i]);
		if (value < 0 || value > UINT32_MAX - 1)
			return err_set(e, "additional-gids must be a positive number");
		v[had + i] = (uint32_t)value;
	}
	user->additional_gids.v = v;
	user->additional_gids.n = had + words.n;
	return 0;
}

static struct strings join_strings(struct strings a, struct strings b, struct arena *arena)
{
	char **v = arena_new(arena, a.n + b.n + 1, sizeof(*v));

	if (a.n)
		memcpy(v, a.v, a.n * sizeof(*v));
	if (b.n)
		memcpy(v + a.n, b.v, b.n * sizeof(*v));
	return (struct strings){ v, a.n + b.n };
}

/* --cap widens bounding, effective and permitted; ambient only where the config has an
 * inheritable set. */
static const struct spec_capabilities *add_caps(const struct spec_capabilities *in,
						struct strings caps, struct arena *a)
{
	struct spec_capabilities *c = arena_new(a, 1, sizeof(*c));

	if (in)
		*c = *in;
	c->bounding = join_strings(c->bounding, caps, a);
	c->effective = join_strings(c->effective, caps, a);
	c->permitted = join_strings(c->permitted, caps, a);
	if (c->inheritable.v)
		c->ambient = join_strings(c->ambient, caps, a);
	return c;
}

static const struct spec_process *process_from_options(const struct spec *s,
						       const struct exec_options *o,
						       struct arena *a, struct err *e)
{
	struct spec_process *p = arena_new(a, 1, sizeof(*p));
	struct spec_user *user = arena_new(a, 1, sizeof(*user));

	*p = *s->process;
	*user = *s->process->user;
	p->user = user;
	p->args = o->args;
	p->terminal = o->tty;
	p->env = join_strings(p->env, o->env, a);
	if (o->cwd && *o->cwd)
		p->cwd = o->cwd;
	if (o->apparmor && *o->apparmor)
		p->apparmor_profile = o->apparmor;
	if (o->process_label && *o->process_label)
		p->selinux_label = o->process_label;
	if (o->no_new_privs)
		p->no_new_privileges = o->no_new_privs;
	if (o->caps.n)
		p->capabilities = add_caps(p->capabilities, o->caps, a);
	if (o->user && *o->user && parse_user(o->user, user, e) < 0)
		return NULL;
	if (parse_gids(o->additional_gids, user, a, e) < 0 || spec_check_process(p, e) < 0)
		return NULL;
	return p;
}

/* What a process document does not say is as the container has it (security: E4); env and
 * cwd are its own. */
static const struct spec_process *process_from_file(const struct spec *s, const char *path,
						    struct arena *a, struct err *e)
{
	const struct spec_process *in = spec_load_process(path, a, e);
	const struct spec_process *init = s->process;
	struct spec_process *p;

	if (!in)
		return NULL;
	p = arena_new(a, 1, sizeof(*p));
	*p = *in;
	if (!p->capabilities)
		p->capabilities = init->capabilities;
	if (!p->selinux_label)
		p->selinux_label = init->selinux_label;
	if (!p->apparmor_profile)
		p->apparmor_profile = init->apparmor_profile;
	if (!p->no_new_privileges)
		p->no_new_privileges = init->no_new_privileges;
	if (!p->rlimits.v)
		p->rlimits = init->rlimits;
	if (!p->scheduler)
		p->scheduler = init->scheduler;
	if (!p->io_priority)
		p->io_priority = init->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = init->exec_cpu_affinity;
	if (!p->oom_score_adj)
		p->oom_score_adj = init->oom_score_adj;
	return p;
}

/* ---- the plan ---- */

int exec_plan(struct plan *p, const struct found *f, const struct exec_options *o,
	      struct arena *a, struct err *e)
{
	const struct spec *created = found_spec(f, a, e);
	struct spec *s = arena_new(a, 1, sizeof(*s));

	if (!created)
		return -1;
	*s = *created;
	s->process = o->process ? process_from_file(created, o->process, a, e) :
				  process_from_options(created, o, a, e);
	if (!s->process)
		return -1;
	*p = (struct plan){
		.id = f->record.id,
		.bundle = record_label(&f->record, "bundle"),
		.spec = s,
		.new_keyring = !f->record.config->no_new_keyring,
		.preserve_fds = (int)o->io.preserve_fds,
		.rootless_euid = geteuid() != 0,
		.rootless_cgroups = f->record.config->rootless_cgroups,
	};
	p->ns.in_userns = found_has_ns(f, NS_USER) || proc_in_userns();
	if (process_plan(&p->process, s->process, s->linux, a, e) < 0)
		return -1;
	/* of the container, not of whoever is in it now */
	p->process.umask =
		created->process->user->umask ? *created->process->user->umask : 022;
	caps_plan(&p->caps, s->process->capabilities);
	return plan_probe(p, a, e);
}

/* ---- --cgroup ---- */

/* "cpu,cpuacct:path" or "path", as often as there are hierarchies. */
int exec_parse_cgroups(struct strings words, struct pairs *out, struct arena *a,
		       struct err *e)
{
	struct pair *v = arena_new(a, words.n * CGROUP_HIERARCHIES, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.v[i], *colon = strchr(word, ':');
		const char *names = word;

		if (colon == word)
			return err_set(e,
				       "invalid --cgroup argument: %s (empty <controller> prefix)",
				       word);
		if (!colon && words.n > 1)
			return err_set(e,
				       "invalid --cgroup argument: %s (missing <controller>: prefix)",
				       word);
		if (!colon) {
			v[n++] = (struct pair){ "", word };
			continue;
		}
		while (names < colon && n < words.n * CGROUP_HIERARCHIES) {
			size_t len = strcspn(names, ",:");
			const char *name = arena_ndup(a, names, len);

			for (size_t k = 0; k < n; k++)
				if (strcmp(v[k].key, name) == 0)
					return err_set(e,
						       "invalid --cgroup argument(s): controller %s specified multiple times",
						       name);
			v[n++] = (struct pair){ name, colon + 1 };
			names += len + 1;
		}
	}
	*out = (struct pairs){ v, n };
	return 0;
}
