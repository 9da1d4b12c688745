/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules as the v1 hierarchy has them: a default, and exceptions from it.
 *                                                                            Pure
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/own.h"
#include "cgroup/devices.h"

/* ---- reading ---- */

static bool parse_number(const char *s, size_t n, int64_t *out)
{
	char word[16];
	uint64_t value;

	if (n == 1 && *s == '*') {
		*out = DEVICE_ANY;
		return true;
	}
	if (n >= sizeof(word))
		return false;
	memcpy(word, s, n);
	word[n] = '\0';
	if (!num_dec(word, UINT32_MAX, &value))
		return false;
	*out = (int64_t)value;
	return true;
}

/* "c 1:3 rwm"; *all: it is an "a". */
static bool parse_line(const char *s, size_t n, struct device_rule *r, bool *all)
{
	const char *end = s + n, *colon = memchr(s, ':', n),
		   *blank = colon ? memchr(colon, ' ', (size_t)(end - colon)) : NULL;

	if (!blank || n < 3 || (*s != 'a' && *s != 'b' && *s != 'c') || s[1] != ' ' ||
	    !parse_number(s + 2, (size_t)(colon - s - 2), &r->major) ||
	    !parse_number(colon + 1, (size_t)(blank - colon - 1), &r->minor))
		return false;
	r->type = *s;
	r->access = 0;
	for (const char *p = blank + 1; p < end; p++)
		if (*p == 'r')
			r->access |= DEVICE_READ;
		else if (*p == 'w')
			r->access |= DEVICE_WRITE;
		else if (*p == 'm')
			r->access |= DEVICE_MAKE;
		else
			return false;
	*all = *s == 'a';
	return true;
}

int devices_parse_list(struct device_list *out, const char *text, struct arena *a,
		       struct err *e)
{
	struct device_rule *v;
	size_t lines = 0;
	bool all;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	v = arena_new(a, lines + 1, sizeof(*v));
	*out = (struct device_list){ .rules = v };
	while (*text) {
		size_t n = strcspn(text, "\n");
		struct device_rule *r = &v[out->count];

		if (!parse_line(text, n, r, &all))
			return err_set(e, "devices.list: \"%.*s\" is not a rule", (int)n,
				       text);
		r->allow = true;
		out->allow |= all;
		out->count += !all;
		text += n + (text[n] == '\n');
	}
	return 0;
}

/* ---- the plan as a list ---- */

/* Names the rule that makes a hole, and one that it is made in: both are there. */
static int cannot_punch(const struct devices_plan *p, struct err *e)
{
	OWN_TEXT hole = { 0 };
	OWN_TEXT wall = { 0 };
	size_t i = 0, k = 0;

	while (p->rules[i].allow != p->allow)
		i++;
	while (p->rules[k].allow == p->allow ||
	       !device_rules_meet(&p->rules[k], &p->rules[i]))
		k++;
	device_print(&p->rules[i], &hole);
	device_print(&p->rules[k], &wall);
	return err_set(e,
		       "requested rule [%s] not supported by devices cgroupv1 (cannot punch hole in existing wildcard rule [%s])",
		       text_str(&hole), text_str(&wall));
}

int devices_list(struct device_list *out, const struct devices_plan *p, struct err *e)
{
	if (p->mixed)
		return cannot_punch(p, e);
	*out = (struct device_list){ p->allow, p->rules, p->count };
	return 0;
}

/* ---- from one to the other ---- */

static const char *const file_of[] = { "devices.deny", "devices.allow" };

static struct pair write_of(bool allow, const struct device_rule *r, struct arena *a)
{
	OWN_TEXT text = { 0 };

	device_print(r, &text);
	return (struct pair){ file_of[allow], arena_dup(a, text_str(&text)) };
}

/* What r has and the list does not; in .access. */
static struct device_rule missing(const struct device_rule *r,
				  const struct device_list *list)
{
	struct device_rule rest = *r;

	for (size_t i = 0; i < list->count; i++)
		if (list->rules[i].type == r->type && list->rules[i].major == r->major &&
		    list->rules[i].minor == r->minor)
			rest.access &= ~list->rules[i].access;
	return rest;
}

struct pairs devices_writes(const struct device_list *from, const struct device_list *to,
			    struct arena *a)
{
	const struct device_list none = { 0 };
	struct pair *v = arena_new(a, from->count + to->count + 1, sizeof(*v));
	size_t n = 0;

	/* exceptions of an allowing default are not shown, so those of before are wiped */
	if (from->allow != to->allow || (to->allow && to->count)) {
		v[n++] = (struct pair){ file_of[to->allow], "a *:* rwm" };
		from = &none;
	}
	for (size_t i = 0; i < to->count; i++) {
		const struct device_rule more = missing(&to->rules[i], from);

		if (more.access)
			v[n++] = write_of(!to->allow, &more, a);
	}
	for (size_t i = 0; i < from->count; i++) {
		const struct device_rule less = missing(&from->rules[i], to);

		if (less.access)
			v[n++] = write_of(to->allow, &less, a);
	}
	return (struct pairs){ v, n };
}
