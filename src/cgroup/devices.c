/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules: the config's and the default ones, reduced to what they come to. Pure. */
#include "cgroup/devices.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

/* For so many the kernel takes up to a second to check the program; soon after it gives
 * up. */
#define RULES_MAX 1024

/* ---- what everybody may have ---- */

/*
 * Every container may make any node and use those below: they cannot be turned
 * off. The Go runc takes back the rule for a node of which linux.devices has one of
 * the same path, so that /dev/null with another mode can no longer be opened: here
 * it stays.
 */
/* clang-format off */
static const struct device_rule defaults[] = {
	{ true, 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_MAKE },
	{ true, 'b', DEVICE_ANY, DEVICE_ANY, DEVICE_MAKE },
	{ true, 'c', 1, 3, DEVICE_ALL },            /* /dev/null */
	{ true, 'c', 1, 8, DEVICE_ALL },            /* /dev/random */
	{ true, 'c', 1, 7, DEVICE_ALL },            /* /dev/full */
	{ true, 'c', 5, 0, DEVICE_ALL },            /* /dev/tty */
	{ true, 'c', 1, 5, DEVICE_ALL },            /* /dev/zero */
	{ true, 'c', 1, 9, DEVICE_ALL },            /* /dev/urandom */
	{ true, 'c', 136, DEVICE_ANY, DEVICE_ALL }, /* /dev/pts/N */
	{ true, 'c', 5, 2, DEVICE_ALL },            /* /dev/ptmx */
	{ true, 'c', 10, 200, DEVICE_ALL },         /* /dev/net/tun */
};
/* clang-format on */

/* ---- rules and what they are about ---- */

static bool same_devices(const struct device_rule *x, const struct device_rule *y)
{
	return x->type == y->type && x->major == y->major && x->minor == y->minor;
}

static bool number_covers(int64_t x, int64_t y)
{
	return x == DEVICE_ANY || x == y;
}

/* Is x about all devices that y is about? */
static bool covers(const struct device_rule *x, const struct device_rule *y)
{
	return x->type == y->type && number_covers(x->major, y->major) &&
	       number_covers(x->minor, y->minor);
}

static bool overlap(const struct device_rule *x, const struct device_rule *y)
{
	return x->type == y->type &&
	       (number_covers(x->major, y->major) || y->major == DEVICE_ANY) &&
	       (number_covers(x->minor, y->minor) || y->minor == DEVICE_ANY);
}

bool device_rules_meet(const struct device_rule *x, const struct device_rule *y)
{
	return overlap(x, y) && x->access & y->access;
}

void device_print(const struct device_rule *r, struct text *out)
{
	text_printf(out, "%c ", r->type);
	if (r->major == DEVICE_ANY)
		text_add(out, "*:");
	else
		text_printf(out, "%jd:", (intmax_t)r->major);
	if (r->minor == DEVICE_ANY)
		text_add(out, "* ");
	else
		text_printf(out, "%jd ", (intmax_t)r->minor);
	text_printf(out, "%s%s%s", r->access & DEVICE_READ ? "r" : "",
		    r->access & DEVICE_WRITE ? "w" : "",
		    r->access & DEVICE_MAKE ? "m" : "");
}

/* ---- collecting ---- */

struct rules {
	struct device_rule *v;
	size_t n;
	bool allow; /* by default */
};

static void add(struct rules *list, struct device_rule r)
{
	list->v[list->n++] = r;
}

static unsigned int parse_access(const char *word)
{
	unsigned int access = 0;

	for (; *word; word++)
		access |= *word == 'r' ? DEVICE_READ :
			  *word == 'w' ? DEVICE_WRITE :
					 DEVICE_MAKE;
	return access;
}

/* An absent number is "*"; so is -1, which engines write. */
static int parse_number(const int64_t *in, int64_t *out, const char *what, size_t i,
			struct err *e)
{
	*out = in ? *in : DEVICE_ANY;
	if (*out < DEVICE_ANY || *out > UINT32_MAX)
		return err_set(e, "linux.resources.devices[%zu].%s: invalid %s %jd", i,
			       what, what, (intmax_t)*out);
	return 0;
}

/* "a" with anything narrower than all is about both types; the v1 files would take it for
 * all. */
static int add_configured(struct rules *list, const struct spec_device_rule *in, size_t i,
			  struct err *e)
{
	struct device_rule r = { .allow = in->allow, .access = parse_access(in->access) };
	char type = in->type && *in->type ? *in->type : 'a';

	if (parse_number(in->major, &r.major, "major", i, e) < 0 ||
	    parse_number(in->minor, &r.minor, "minor", i, e) < 0)
		return -1;
	if (type == 'a' && r.major == DEVICE_ANY && r.minor == DEVICE_ANY &&
	    r.access == DEVICE_ALL) {
		list->n = 0; /* whatever was before */
		list->allow = r.allow;
		return 0;
	}
	r.type = type == 'b' ? 'b' : 'c';
	add(list, r);
	if (type == 'a') {
		r.type = 'b';
		add(list, r);
	}
	return 0;
}

static bool is_denied_just_so(const struct rules *list, const struct device_rule *r)
{
	for (size_t i = 0; i < list->n; i++)
		if (!list->v[i].allow && same_devices(&list->v[i], r))
			return true;
	return false;
}

/*
 * Where all is allowed by default, a denial of one device must not be undone by a
 * default rule for many; only one for just that device does it.
 */
static void add_defaults(struct rules *list)
{
	for (size_t i = 0; i < COUNT(defaults); i++)
		if (!list->allow || is_denied_just_so(list, &defaults[i]))
			add(list, defaults[i]);
}

/* ---- reducing ---- */

static void drop_empty(struct rules *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].access)
			list->v[n++] = list->v[i];
	list->n = n;
}

/* What later rules decide anyway. */
static void drop_beaten(struct rules *list)
{
	struct device_rule *v = list->v;

	for (size_t i = list->n; i-- > 0;) {
		unsigned int decided = 0;

		for (size_t k = i + 1; k < list->n; k++) {
			if (!covers(&v[k], &v[i]))
				continue;
			decided |= v[k].access;
			if (v[k].allow != v[i].allow)
				v[i].access &= ~v[k].access;
		}
		if (!(v[i].access & ~decided))
			v[i].access = 0;
	}
	drop_empty(list);
}

/* What would be so without the rule: it decides as the default does, and nothing before
 * it did otherwise. */
static void drop_idle(struct rules *list)
{
	for (size_t i = 0; i < list->n; i++) {
		unsigned int needed = 0;

		if (list->v[i].allow != list->allow)
			continue;
		for (size_t k = 0; k < i; k++)
			if (list->v[k].allow != list->allow &&
			    overlap(&list->v[k], &list->v[i]))
				needed |= list->v[k].access;
		list->v[i].access &= needed;
	}
	drop_empty(list);
}

/* What an earlier rule has decided alike, with none between them that speaks against it.
 */
static void drop_repeated(struct rules *list)
{
	struct device_rule *v = list->v;

	for (size_t i = 0; i < list->n; i++) {
		unsigned int open = DEVICE_ALL, decided = 0;

		for (size_t k = i; open && k-- > 0;)
			if (v[k].allow != v[i].allow && overlap(&v[k], &v[i]))
				open &= ~v[k].access;
			else if (v[k].allow == v[i].allow && covers(&v[k], &v[i]))
				decided |= v[k].access & open;
		if (!(v[i].access & ~decided))
			v[i].access = 0;
	}
	drop_empty(list);
}

/* All characters and all blocks: that is the default turned round. */
static void turn_default(struct rules *list)
{
	struct device_rule *whole[2] = { NULL, NULL };

	for (size_t i = 0; i < list->n; i++) {
		struct device_rule *r = &list->v[i];

		/* the first of its type: it beats all before it */
		if (r->allow != list->allow && r->major == DEVICE_ANY &&
		    r->minor == DEVICE_ANY && r->access == DEVICE_ALL)
			whole[r->type == 'b'] = r;
	}
	if (!whole[0] || !whole[1])
		return;
	whole[0]->access = whole[1]->access = 0;
	list->allow = !list->allow;
	drop_empty(list);
	drop_idle(list);
}

static bool is_mixed(const struct rules *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].allow == list->allow)
			return true;
	return false;
}

static int compare_numbers(int64_t x, int64_t y)
{
	/* "*" last: as the largest number */
	return (uint64_t)x < (uint64_t)y ? -1 : (uint64_t)x > (uint64_t)y;
}

/* Characters before blocks: they are asked for more. */
static int compare_rules(const void *x, const void *y)
{
	const struct device_rule *p = x, *q = y;

	if (p->type != q->type)
		return p->type == 'c' ? -1 : 1;
	return p->major != q->major ? compare_numbers(p->major, q->major) :
				      compare_numbers(p->minor, q->minor);
}

/*
 * Rules that all decide alike may stand in any order. Each gets what wider ones say
 * of its devices: a program need not look at the access then, and the v1 kernel
 * wants all that is asked for in one rule.
 */
static void tidy(struct rules *list)
{
	struct device_rule *v = list->v;
	size_t n = 0;

	if (!list->n)
		return;
	qsort(v, list->n, sizeof(*v), compare_rules);
	for (size_t i = 1; i < list->n; i++)
		if (same_devices(&v[n], &v[i]))
			v[n].access |= v[i].access;
		else
			v[++n] = v[i];
	list->n = n + 1;
	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < list->n; k++)
			if (covers(&v[k], &v[i]))
				v[i].access |= v[k].access;
}

/* ---- the plan ---- */

static enum devices_when when(const struct host *h, bool tolerant)
{
	if (h->in_userns || (tolerant && !host_can(h, CAP_SYS_ADMIN)))
		return DEVICES_NEVER;
	return tolerant ? DEVICES_IF_POSSIBLE : DEVICES_ALWAYS;
}

int devices_plan(struct devices_plan *p, const struct spec *s, const struct host *h,
		 bool tolerant, struct arena *a, struct err *e)
{
	const struct spec_resources *r = s->linux->resources;
	size_t n = r ? r->devices.n : 0;
	struct rules list = { 0 };

	if (n > RULES_MAX)
		return err_set(e, "linux.resources.devices: %zu rules, more than %d", n,
			       RULES_MAX);
	list.v = arena_new(a, 2 * n + COUNT(defaults), sizeof(*list.v));
	for (size_t i = 0; i < n; i++)
		if (add_configured(&list, &r->devices.v[i], i, e) < 0)
			return -1;
	add_defaults(&list);
	drop_beaten(&list);
	drop_idle(&list);
	drop_repeated(&list);
	turn_default(&list);
	*p = (struct devices_plan){
		.when = when(h, tolerant),
		.asked = n > 0,
		.allow = list.allow,
		.mixed = is_mixed(&list),
	};
	if (!p->mixed)
		tidy(&list);
	p->rules = list.v;
	p->count = list.n;
	return 0;
}

/* ---- systemd ---- */

static const char *unit_path(const struct device_rule *r, struct arena *a)
{
	const char *kind = r->type == 'c' ? "char" : "block";

	if (r->major == DEVICE_ANY)
		return r->minor == DEVICE_ANY ? arena_printf(a, "%s-*", kind) : NULL;
	if (r->minor == DEVICE_ANY)
		return arena_printf(a, "%s-%jd", kind, (intmax_t)r->major);
	return arena_printf(a, "/dev/%s/%jd:%jd", kind, (intmax_t)r->major,
			    (intmax_t)r->minor);
}

struct devices_unit devices_unit(const struct devices_plan *p, struct arena *a)
{
	const struct devices_unit all = { .policy = "auto" };
	struct pair *v = arena_new(a, p->count, sizeof(*v));
	size_t n = 0;

	if (p->allow || p->when == DEVICES_NEVER)
		return all;
	for (size_t i = 0; i < p->count; i++) {
		const struct device_rule *r = &p->rules[i];
		const char *path = unit_path(r, a);

		if (!r->allow)
			continue;
		if (!path)
			return all;
		v[n++] = (struct pair){
			path, arena_printf(a, "%s%s%s", r->access & DEVICE_READ ? "r" : "",
					   r->access & DEVICE_WRITE ? "w" : "",
					   r->access & DEVICE_MAKE ? "m" : "")
		};
	}
	return (struct devices_unit){ "strict", { v, n } };
}
