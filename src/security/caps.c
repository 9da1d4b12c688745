/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/own.h"
#include "security/security.h"

/* libcap takes any case, and numbers: the specification has just CAP_UPPER. -1 if
 * unknown. */
static int cap_number(const char *name)
{
	cap_value_t value;

	if (!text_starts(name, "CAP_"))
		return -1;
	for (const char *p = name + 4; *p; p++)
		if (!isupper((unsigned char)*p) && *p != '_' &&
		    !isdigit((unsigned char)*p))
			return -1;
	return cap_from_name(name, &value) < 0 || value >= cap_max_bits() ? -1 : value;
}

static uint64_t set_of(struct strings names, struct text *unknown)
{
	uint64_t set = 0;

	for (size_t i = 0; i < names.n; i++) {
		int cap = cap_number(names.v[i]);

		if (cap >= 0)
			set |= 1ull << cap;
		else if (!strstr(text_str(unknown), names.v[i]))
			text_printf(unknown, "%s%s", unknown->len ? " " : "", names.v[i]);
	}
	return set;
}

void caps_plan(struct caps_plan *p, const struct spec_capabilities *s)
{
	OWN_TEXT unknown = { 0 };

	*p = (struct caps_plan){ 0 };
	if (!s)
		return;
	p->bounding = set_of(s->bounding, &unknown);
	p->effective = set_of(s->effective, &unknown);
	p->permitted = set_of(s->permitted, &unknown);
	p->inheritable = set_of(s->inheritable, &unknown);
	p->ambient = set_of(s->ambient, &unknown);
	if (unknown.len)
		log_warning("ignoring unknown or unavailable capabilities: [%s]",
			    text_str(&unknown));
}

bool caps_add(struct caps_plan *p, const char *name, bool ambient)
{
	int cap = cap_number(name);
	uint64_t bit = cap < 0 ? 0 : 1ull << cap;

	/* inheritable is never filled implicitly: CVE-2022-29162 */
	p->bounding |= bit;
	p->effective |= bit;
	p->permitted |= bit;
	p->ambient |= ambient ? bit : 0;
	return cap >= 0;
}

struct strings caps_words(struct arena *a)
{
	char **v = arena_new(a, CAP_LAST_CAP + 2, sizeof(*v));
	size_t n = 0;

	for (int i = 0; i <= CAP_LAST_CAP; i++) {
		char *name = cap_to_name(i);

		if (!name)
			continue;
		v[n] = arena_dup(a, name);
		for (char *c = v[n]; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		n++;
		cap_free(name);
	}
	return (struct strings){ v, n };
}

int caps_drop_bounding(const struct caps_plan *p, struct err *e)
{
	for (int i = 0; i < cap_max_bits(); i++)
		if (!(p->bounding >> i & 1) && cap_drop_bound(i) < 0)
			return err_sys(e,
				       "unable to apply caps: drop %d from the bounding set",
				       i);
	return 0;
}

int caps_keep(bool keep, struct err *e)
{
	return prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0) < 0 ? err_sys(e, "set keepcaps") : 0;
}

static void set_flag(cap_t caps, cap_flag_t flag, uint64_t set)
{
	for (int i = 0; i < cap_max_bits(); i++) {
		cap_value_t value = i;

		if (set >> i & 1)
			cap_set_flag(caps, flag, 1, &value, CAP_SET);
	}
}

static void raise_ambient(const struct caps_plan *p)
{
	for (int i = 0; i < cap_max_bits(); i++) {
		char *name;

		if (!(p->ambient >> i & 1) || cap_set_ambient(i, CAP_SET) == 0)
			continue;
		name = cap_to_name(i);
		for (char *c = name; c && *c; c++)
			*c = (char)toupper((unsigned char)*c);
		log_warning("can't raise ambient capability %s: %s", name ? name : "?",
			    err_word(errno));
		cap_free(name);
	}
}

int caps_apply(const struct caps_plan *p, struct err *e)
{
	cap_t caps = cap_init(), now = NULL;
	int ret = 0;

	if (!caps)
		return err_sys(e, "unable to apply caps");
	set_flag(caps, CAP_EFFECTIVE, p->effective);
	set_flag(caps, CAP_PERMITTED, p->permitted);
	set_flag(caps, CAP_INHERITABLE, p->inheritable);
	if (cap_set_proc(caps) < 0)
		ret = err_sys(e, "unable to apply caps");
	else if (cap_reset_ambient() < 0)
		ret = err_sys(e, "unable to apply caps: clear the ambient set");
	else if (!(now = cap_get_proc()) || cap_compare(caps, now) != 0)
		ret = err_set(e,
			      "unable to apply caps: the sets did not become what was asked for");
	else
		raise_ambient(p);
	cap_free(caps);
	cap_free(now);
	return ret;
}
