/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd is told of a container's unit. Pure. */
#include <ctype.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "cgroup/systemd.h"
#include "cgroup/variant.h"

#define ANNOTATION "org.systemd.property."
#define MICROSECONDS 1000000

struct list {
	struct unit_property *v;
	size_t n;
	struct arena *a;
};

/* Room for more after those that are there. */
static void make_room(struct list *list, size_t more)
{
	struct unit_property *v = arena_new(list->a, list->n + more, sizeof(*v));

	if (list->n)
		memcpy(v, list->v, list->n * sizeof(*v));
	list->v = v;
}

static void add(struct list *list, const char *name, const char *value, uint32_t since)
{
	list->v[list->n++] = (struct unit_property){ name, value, since };
}

static const char *quoted(const char *s, struct arena *a)
{
	OWN_TEXT out = { 0 };

	variant_quote(&out, s);
	return arena_dup(a, text_str(&out));
}

/* ---- what every unit has ---- */

static void add_common(struct list *list, const struct cgroup_unit *u, bool v2)
{
	static const char *const accounts[] = { "MemoryAccounting", "CPUAccounting",
						"TasksAccounting" };
	const char *title = arena_printf(list->a, "libcontainer container %s", u->last);

	make_room(list, 8);
	add(list, "Description", quoted(title, list->a), 0);
	if (u->is_slice) {
		add(list, "Wants",
		    arena_printf(list->a, "[%s]", quoted(u->slice, list->a)), 0);
	} else {
		add(list, "Slice", quoted(u->slice, list->a), 0);
		/* the container's cgroups below it are nobody else's business */
		add(list, "Delegate", "true", 0);
	}
	for (size_t i = 0; i < COUNT(accounts); i++)
		add(list, accounts[i], "true", 0);
	add(list, v2 ? "IOAccounting" : "BlockIOAccounting", "true", 0);
	/* it is to end by delete, not with the machine's other units */
	add(list, "DefaultDependencies", "false", 0);
}

/* ---- limits ---- */

static void add_all(struct list *list, struct unit_properties more)
{
	make_room(list, more.n);
	for (size_t i = 0; i < more.n; i++)
		list->v[list->n++] = more.v[i];
}

/* systemd writes memory.oom.group by its own policy, and again at every reload. */
static void add_oom_policy(struct list *list, const struct spec_resources *r)
{
	make_room(list, 1);
	for (size_t i = 0; r && i < r->unified.n; i++) {
		const struct pair *u = &r->unified.v[i];

		if (strcmp(u->key, "memory.oom.group") != 0)
			continue;
		if (strcmp(u->value, "0") == 0)
			add(list, "OOMPolicy", "'continue'", 253);
		if (strcmp(u->value, "1") == 0)
			add(list, "OOMPolicy", "'kill'", 253);
	}
}

/* ---- devices ---- */

static void warn_of_reload(const struct devices_plan *p, const char *policy, bool v2)
{
	/* v2: our own filter stays whatever systemd does */
	if (!v2 && strcmp(policy, "auto") == 0 && !devices_all_allowed(p))
		log_warning(
			"systemd cannot keep these rules of linux.resources.devices: on cgroup v1 its next daemon-reload allows all devices");
}

struct unit_properties unit_device_properties(const struct devices_plan *p,
					      struct arena *a)
{
	const struct devices_unit unit = devices_unit(p, a);
	struct list list = { .a = a };
	OWN_TEXT allow = { 0 };

	make_room(&list, 2);
	add(&list, "DevicePolicy", quoted(unit.policy, a), 0);
	text_add(&allow, "@a(ss) [");
	for (size_t i = 0; i < unit.allow.n; i++)
		text_printf(&allow, "%s(%s, %s)", i ? ", " : "",
			    quoted(unit.allow.v[i].key, a),
			    quoted(unit.allow.v[i].value, a));
	text_addc(&allow, ']');
	if (unit.allow.n)
		add(&list, "DeviceAllow", arena_dup(a, text_str(&allow)), 0);
	return (struct unit_properties){ list.v, list.n };
}

static void add_devices(struct list *list, const struct unit_facts *facts)
{
	const struct devices_plan *p = facts->devices;

	if (p->when == DEVICES_NEVER)
		return;
	warn_of_reload(p, devices_unit(p, list->a).policy, facts->v2);
	if (!facts->late_devices)
		add_all(list, unit_device_properties(p, list->a));
}

/* ---- annotations ---- */

static const char *bad_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isascii(*p) || !isalpha((unsigned char)*p))
			return "contains non-alphabetic character";
	return strlen(name) < 3 ? "too short" : NULL;
}

static bool is_in_seconds(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && strcmp(name + n - 3, "Sec") == 0 &&
	       islower((unsigned char)name[n - 4]);
}

/* As the Go runc has it: the config says seconds, systemd wants microseconds. */
static const char *microseconds(const struct variant *v, struct arena *a, struct err *e)
{
	uint64_t usec;

	if (*v->type == 'd' && v->real >= 0 &&
	    v->real < (double)(UINT64_MAX / MICROSECONDS))
		usec = (uint64_t)(v->real * MICROSECONDS);
	else if (!strchr("ynqiuxt", *v->type)) {
		err_set(e, "not a number");
		return NULL;
	} else if ((strchr("nix", *v->type) && (int64_t)v->number < 0) ||
		   __builtin_mul_overflow(v->number, MICROSECONDS, &usec)) {
		err_set(e, "out of range");
		return NULL;
	}
	return arena_printf(a, "uint64 %ju", (uintmax_t)usec);
}

static int add_annotation(struct list *list, const struct pair *in, struct err *e)
{
	const char *name = in->key + strlen(ANNOTATION), *why = bad_name(name);
	const char *value = in->value;
	const struct variant *v;

	if (why)
		return err_set(e, "annotation %s name incorrect: %s", in->key, why);
	v = variant_parse(value, list->a, e);
	if (v && is_in_seconds(name)) {
		name = arena_printf(list->a, "%.*sUSec", (int)strlen(name) - 3, name);
		value = microseconds(v, list->a, e);
	}
	if (!v || !value)
		return err_in(e, "annotation %s=%s value parse error", in->key, in->value);
	add(list, name, value, 0);
	return 0;
}

static int add_annotations(struct list *list, struct pairs all, struct err *e)
{
	make_room(list, all.n);
	for (size_t i = 0; i < all.n; i++)
		if (text_starts(all.v[i].key, ANNOTATION) &&
		    add_annotation(list, &all.v[i], e) < 0)
			return -1;
	return 0;
}

/* ---- the unit ---- */

int unit_plan(struct unit_properties *out, const struct cgroup_unit *unit,
	      const struct spec *s, const struct unit_facts *facts, struct arena *a,
	      struct err *e)
{
	struct list list = { .a = a };

	add_common(&list, unit, facts->v2);
	add_all(&list, facts->resources->properties);
	add_oom_policy(&list, s->linux->resources);
	add_devices(&list, facts);
	/* last: they win over ours */
	if (add_annotations(&list, s->annotations, e) < 0)
		return -1;
	*out = (struct unit_properties){ list.v, list.n };
	return 0;
}

/* ---- taking back ---- */

static const char *default_of(const char *name)
{
	if (strcmp(name, "MemoryLow") == 0 || strcmp(name, "MemoryMin") == 0)
		return "uint64 0";
	if (text_starts(name, "Allowed"))
		return "@ay []";
	return "uint64 18446744073709551615"; /* infinity, or "not set" */
}

struct unit_properties unit_old_properties(struct unit_properties now,
					   struct unit_properties before, struct arena *a)
{
	struct list list = { .a = a };

	make_room(&list, now.n);
	for (size_t i = 0; i < now.n; i++) {
		const char *value = default_of(now.v[i].name);

		for (size_t k = 0; k < before.n; k++)
			if (strcmp(before.v[k].name, now.v[i].name) == 0)
				value = before.v[k].value;
		add(&list, now.v[i].name, value, now.v[i].since);
	}
	return (struct unit_properties){ list.v, list.n };
}
