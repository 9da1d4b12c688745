/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules: what they come to, the program for v2 and the writes for v1, each
 * against a plain reading of the same rules. The program runs in an interpreter
 * here, and is shown to the kernel where that is allowed.
 */
#include "cgroup/devices.h"

#include <endian.h>
#include <errno.h>
#include <sys/vfs.h>

#include "kernel/bpf.h"
#include "kernel/compat.h"

#include "unit/given.h"
#include "unit/tap.h"

static const struct host root = { .caps = ~0ull };
static const struct host user = { .euid = 1000 };
static const struct host inside = { .in_userns = true, .caps = ~0ull };

/* ---- rules in words ---- */

/* "deny a *:* rwm, allow c 1:3 r": a config's rules. "-" leaves a word out. */
static struct spec *spec_of(struct arena *a, const char *words)
{
	struct spec *s = arena_new(a, 1, sizeof(*s));
	struct spec_linux *linux = arena_new(a, 1, sizeof(*linux));
	struct spec_resources *r = arena_new(a, 1, sizeof(*r));
	struct spec_device_rule *v = arena_new(a, strlen(words) + 1, sizeof(*v));

	s->linux = linux;
	linux->resources = r;
	r->devices.v = v;
	while (*words) {
		size_t n = strcspn(words, ",");
		char *line = arena_ndup(a, words, n), verb[8], type[8], major[24],
		     minor[24], access[8];
		struct spec_device_rule *out = &v[r->devices.n++];
		int64_t *numbers = arena_new(a, 2, sizeof(*numbers));

		if (sscanf(line, "%7s %7s %23[^:]:%23s %7s", verb, type, major, minor,
			   access) != 5)
			given_fail(line);
		out->allow = strcmp(verb, "allow") == 0;
		out->type = *type == '-' ? NULL : arena_dup(a, type);
		out->access = arena_dup(a, access);
		if (*major != '*') {
			numbers[0] = atoll(major);
			out->major = &numbers[0];
		}
		if (*minor != '*') {
			numbers[1] = atoll(minor);
			out->minor = &numbers[1];
		}
		words += n + (words[n] == ',');
		words += strspn(words, " ");
	}
	return s;
}

/* "deny; allow c 1:3 rwm; …": what a plan came to. */
static const char *say(const struct devices_plan *p, struct arena *a)
{
	OWN_TEXT text = { 0 };

	text_add(&text, p->allow ? "allow" : "deny");
	for (size_t i = 0; i < p->count; i++) {
		text_add(&text, p->rules[i].allow ? "; allow " : "; deny ");
		device_print(&p->rules[i], &text);
	}
	return arena_dup(a, text_str(&text));
}

#define DEFAULTS_1                                                                       \
	"allow c 1:3 rwm; allow c 1:5 rwm; allow c 1:7 rwm; allow c 1:8 rwm; allow c 1:9 rwm; "
#define DEFAULTS_2                                                                       \
	"allow c 5:0 rwm; allow c 5:2 rwm; allow c 10:200 rwm; allow c 136:* rwm; allow c *:* m"
#define DEFAULTS DEFAULTS_1 DEFAULTS_2
#define MAKE_BLOCK "; allow b *:* m"

/* clang-format off */
static const struct {
	const char *label, *rules, *want;
} reduced[] = {
	{ .label = "no rules: the default ones", .rules = "", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "as `runc spec` has it", .rules = "deny - *:* rwm", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "letters in any order, and twice", .rules = "deny a *:* mmwr", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "-1 is any number", .rules = "deny a -1:-1 rwm", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "all allowed", .rules = "allow a *:* rwm", .want = "allow" },
	{ .label = "whatever is before \"all\" is gone", .rules = "allow c 9:9 rwm, deny b 9:9 r, allow a *:* rwm", .want = "allow" },
	{ .label = "the last \"all\" counts", .rules = "allow a *:* rwm, deny - *:* rwm", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "all by its two types", .rules = "deny a *:* rwm, allow b *:* rwm, allow c *:* rwm", .want = "allow" },
	{ .label = "all by its two types, but one device", .rules = "allow b *:* rwm, allow c *:* rwm, deny b 8:0 w",
	  .want = "allow; deny b 8:0 w" },
	{ .label = "one more device", .rules = "deny - *:* rwm, allow c 1:11 rw",
	  .want = "deny; " DEFAULTS_1 "allow c 1:11 rwm; " DEFAULTS_2 MAKE_BLOCK },
	{ .label = "a block device", .rules = "allow b 8:* r", .want = "deny; " DEFAULTS "; allow b 8:* rm; allow b *:* m" },
	{ .label = "what a default rule says again", .rules = "allow c 1:3 rwm, allow c *:* m", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "a default rule in three", .rules = "allow c 1:3 r, allow c 1:3 w, allow c 1:3 m", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "a default rule cannot be denied", .rules = "deny c 1:3 rwm", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "a denial of what nobody allowed", .rules = "deny b 8:0 rw", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "allowed, then denied", .rules = "allow b 8:0 rw, deny b 8:0 rw", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "allowed, then denied in part", .rules = "allow b 8:0 rw, deny b 8:0 w", .want = "deny; " DEFAULTS "; allow b 8:0 rm; allow b *:* m" },
	{ .label = "allowed, then denied with others", .rules = "allow b 8:0 rw, deny b 8:* rw", .want = "deny; " DEFAULTS MAKE_BLOCK },
	{ .label = "denied, then allowed", .rules = "deny b 8:0 rw, allow b 8:0 rw", .want = "deny; " DEFAULTS "; allow b 8:0 rwm; allow b *:* m" },
	{ .label = "within a wider one", .rules = "allow b 8:* rw, allow b 8:0 r", .want = "deny; " DEFAULTS "; allow b 8:* rwm; allow b *:* m" },
	{ .label = "a wider one after it", .rules = "allow b 8:0 r, allow b 8:* rw", .want = "deny; " DEFAULTS "; allow b 8:* rwm; allow b *:* m" },
	{ .label = "what a wider one lacks", .rules = "allow b 8:* r, allow b 8:0 w",
	  .want = "deny; " DEFAULTS "; allow b 8:0 rwm; allow b 8:* rm; allow b *:* m" },
	{ .label = "a hole", .rules = "allow b 8:* rw, deny b 8:1 w",
	  .want = "deny; allow b 8:* rw; deny b 8:1 w; allow c *:* m; allow b *:* m; allow c 1:3 rwm; allow c 1:8 rwm; "
		  "allow c 1:7 rwm; allow c 5:0 rwm; allow c 1:5 rwm; allow c 1:9 rwm; allow c 136:* rwm; allow c 5:2 rwm; allow c 10:200 rwm" },
	{ .label = "a hole that is filled again", .rules = "allow b 8:* rw, deny b 8:1 w, allow b 8:* w",
	  .want = "deny; " DEFAULTS "; allow b 8:* rwm; allow b *:* m" },
	{ .label = "all but one", .rules = "allow a *:* rwm, deny c 1:11 rwm", .want = "allow; deny c 1:11 rwm" },
	{ .label = "all but one, which a default rule names too", .rules = "allow a *:* rwm, deny c 1:3 rwm", .want = "allow" },
	{ .label = "all but one that a wide default rule has", .rules = "allow a *:* rwm, deny c 136:5 rw", .want = "allow; deny c 136:5 rw" },
	{ .label = "all but making nodes", .rules = "allow a *:* rwm, deny b *:* m", .want = "allow" },
	{ .label = "all but one, and that again", .rules = "allow a *:* rwm, deny b 8:0 rwm, allow b 8:* r", .want = "allow; deny b 8:0 wm" },
	{ .label = "\"a\" with less than all is both types", .rules = "allow a 7:1 r",
	  .want = "deny; " DEFAULTS_1 "allow c 5:0 rwm; allow c 5:2 rwm; allow c 7:1 rm; allow c 10:200 rwm; allow c 136:* rwm; allow c *:* m; "
		  "allow b 7:1 rm; allow b *:* m" },
	{ .label = "\"a\" denied in part", .rules = "allow a *:* rwm, deny a *:* w",
	  .want = "allow; deny c *:* w; deny b *:* w" },
	{ .label = "the largest numbers", .rules = "allow b 4294967295:4294967295 r",
	  .want = "deny; " DEFAULTS "; allow b 4294967295:4294967295 rm; allow b *:* m" },
};

static const struct {
	const char *label, *rules, *want;
} refused[] = {
	{ .label = "a negative major", .rules = "allow c -2:0 r", .want = "linux.resources.devices[0].major: invalid major -2" },
	{ .label = "a negative minor", .rules = "deny a *:* rwm, allow c 1:-7 r", .want = "linux.resources.devices[1].minor: invalid minor -7" },
	{ .label = "a major beyond 32 bits", .rules = "allow c 4294967296:0 r", .want = "linux.resources.devices[0].major: invalid major 4294967296" },
	{ .label = "a minor beyond 32 bits", .rules = "allow c 0:4294967296 r", .want = "linux.resources.devices[0].minor: invalid minor 4294967296" },
};
/* clang-format on */

static void check_reduced(struct arena *a)
{
	struct devices_plan p;
	struct err e;

	for (size_t i = 0; i < COUNT(reduced); i++) {
		int ret = devices_plan(&p, spec_of(a, reduced[i].rules), &root, false, a,
				       &e);

		CHECK_SAME(reduced[i].label, ret < 0 ? e.text : say(&p, a),
			   reduced[i].want);
	}
	for (size_t i = 0; i < COUNT(refused); i++) {
		int ret = devices_plan(&p, spec_of(a, refused[i].rules), &root, false, a,
				       &e);

		CHECK_SAME(refused[i].label, ret < 0 ? e.text : "a plan", refused[i].want);
	}
}

static void check_when(struct arena *a)
{
	static const struct {
		const char *label;
		const struct host *host;
		bool tolerant;
		enum devices_when want;
	} rows[] = {
		{ .label = "root", .host = &root, .want = DEVICES_ALWAYS },
		{ .label = "root that may fail",
		  .host = &root,
		  .tolerant = true,
		  .want = DEVICES_IF_POSSIBLE },
		{ .label = "an ordinary user",
		  .host = &user,
		  .tolerant = true,
		  .want = DEVICES_NEVER },
		{ .label = "an ordinary user who insists",
		  .host = &user,
		  .want = DEVICES_ALWAYS },
		{ .label = "root in a user namespace",
		  .host = &inside,
		  .tolerant = true,
		  .want = DEVICES_NEVER },
		{ .label = "root in a user namespace who insists",
		  .host = &inside,
		  .want = DEVICES_NEVER },
	};
	const struct spec no_resources = { .linux = arena_new(a, 1,
							      sizeof(struct spec_linux)) };
	struct devices_plan p;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(rows[i].label, devices_plan(&p, spec_of(a, ""), rows[i].host,
						  rows[i].tolerant, a, &e) == 0 &&
					     p.when == rows[i].want);
	CHECK("without resources nothing was asked",
	      devices_plan(&p, &no_resources, &root, false, a, &e) == 0 && !p.asked &&
		      p.count == 11);
	CHECK("rules are asked for",
	      devices_plan(&p, spec_of(a, "deny a *:* rwm"), &root, false, a, &e) == 0 &&
		      p.asked);
}

/* ---- a plain reading of the rules ---- */

struct request {
	char type;
	uint32_t major, minor;
	unsigned int access;
};

static bool says(const int64_t *number, uint32_t value)
{
	return !number || *number == -1 || *number == (int64_t)value;
}

static unsigned int bits(const char *access)
{
	return (strchr(access, 'r') ? DEVICE_READ : 0) |
	       (strchr(access, 'w') ? DEVICE_WRITE : 0) |
	       (strchr(access, 'm') ? DEVICE_MAKE : 0);
}

static bool is_all(const struct spec_device_rule *r)
{
	return (!r->type || *r->type == 'a') && (!r->major || *r->major == -1) &&
	       (!r->minor || *r->minor == -1) && bits(r->access) == DEVICE_ALL;
}

static const struct {
	char type;
	int64_t major, minor;
	const char *access;
} everybodys[] = {
	{ 'c', -1, -1, "m" },    { 'b', -1, -1, "m" },    { 'c', 1, 3, "rwm" },
	{ 'c', 1, 5, "rwm" },    { 'c', 1, 7, "rwm" },    { 'c', 1, 8, "rwm" },
	{ 'c', 1, 9, "rwm" },    { 'c', 5, 0, "rwm" },    { 'c', 5, 2, "rwm" },
	{ 'c', 10, 200, "rwm" }, { 'c', 136, -1, "rwm" },
};

/* Is one kind of access allowed? Rule after rule, and the last one that speaks of it wins. */
static bool one_allowed(const struct spec *s, const struct request *q, unsigned int bit)
{
	const struct spec_resources *r = s->linux->resources;
	bool yes = false, by_default = false;
	size_t since = 0;

	for (size_t i = 0; i < r->devices.n; i++) {
		const struct spec_device_rule *d = &r->devices.v[i];

		if ((!d->type || *d->type == 'a' || *d->type == q->type) &&
		    says(d->major, q->major) && says(d->minor, q->minor) &&
		    bits(d->access) & bit)
			yes = d->allow;
		if (is_all(d)) {
			by_default = d->allow;
			since = i + 1;
		}
	}
	for (size_t i = 0; i < COUNT(everybodys); i++) {
		bool counts = !by_default;

		/* in an allowing config only against a denial of just this */
		for (size_t k = since; k < r->devices.n; k++) {
			const struct spec_device_rule *d = &r->devices.v[k];

			counts |= !d->allow &&
				  (!d->type || *d->type == 'a' ||
				   *d->type == everybodys[i].type) &&
				  (d->major ? *d->major : -1) == everybodys[i].major &&
				  (d->minor ? *d->minor : -1) == everybodys[i].minor;
		}
		if (counts && everybodys[i].type == q->type &&
		    says(&everybodys[i].major, q->major) &&
		    says(&everybodys[i].minor, q->minor) &&
		    bits(everybodys[i].access) & bit)
			yes = true;
	}
	return yes;
}

static bool allowed(const struct spec *s, const struct request *q)
{
	for (unsigned int bit = 1; bit <= DEVICE_ALL; bit <<= 1)
		if (q->access & bit && !one_allowed(s, q, bit))
			return false;
	return true;
}

/* Every request that could tell two sets of our rules apart. */
static bool next_request(struct request *q, size_t *i)
{
	static const uint32_t majors[] = { 0, 1, 2, 5, 8, 10, 136, 4294967295u },
			      minors[] = { 0, 1, 2, 3, 5, 9, 200, 4294967295u };
	size_t n = *i;

	if (n >= 2 * COUNT(majors) * COUNT(minors) * DEVICE_ALL)
		return false;
	q->access = (unsigned int)(n % DEVICE_ALL) + 1;
	n /= DEVICE_ALL;
	q->minor = minors[n % COUNT(minors)];
	n /= COUNT(minors);
	q->major = majors[n % COUNT(majors)];
	q->type = n / COUNT(majors) ? 'b' : 'c';
	++*i;
	return true;
}

/* ---- the program, run here ---- */

struct machine {
	uint64_t reg[11];
	struct bpf_cgroup_dev_ctx context;
};

static uint64_t loaded(const struct machine *m, const struct bpf_insn *in)
{
	const char *at = (const char *)&m->context + in->off;
	uint32_t word;
	uint16_t half;

	if (BPF_SIZE(in->code) == BPF_H) {
		memcpy(&half, at, sizeof(half));
		return half;
	}
	memcpy(&word, at, sizeof(word));
	return word;
}

/* 1, 0, or -1 for what a program of ours must not do. */
static int run(const struct device_program *p, const struct request *q)
{
	struct machine m = { .context = { .access_type = q->access << 16 |
							 (q->type == 'b' ? 1 : 2),
					  .major = q->major,
					  .minor = q->minor } };

	for (size_t pc = 0, steps = 0; pc < p->count && steps < 100000; pc++, steps++) {
		const struct bpf_insn *in = &p->insns[pc];
		uint32_t value = (uint32_t)m.reg[in->dst_reg];
		bool jump = false;

		switch (in->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
		case BPF_LDX | BPF_MEM | BPF_H:
			if (in->src_reg != 1)
				return -1;
			m.reg[in->dst_reg] = loaded(&m, in);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			m.reg[in->dst_reg] = value & (uint32_t)in->imm;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			m.reg[in->dst_reg] = (uint64_t)(int64_t)in->imm;
			break;
		case BPF_JMP | BPF_JA:
			jump = true;
			break;
		case BPF_JMP32 | BPF_JEQ | BPF_K:
			jump = value == (uint32_t)in->imm;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			jump = value != (uint32_t)in->imm;
			break;
		case BPF_JMP32 | BPF_JSET | BPF_K:
			jump = value & (uint32_t)in->imm;
			break;
		case BPF_JMP | BPF_EXIT:
			return m.reg[0] > 1 ? -1 : (int)m.reg[0];
		default:
			return -1;
		}
		if (jump && in->off < 0)
			return -1;
		pc += jump ? (size_t)in->off : 0;
	}
	return -1;
}

/* ---- v1, as the kernel does it ---- */

struct v1 {
	bool allow;
	struct device_rule v[256];
	size_t n;
};

static bool matches(const struct device_rule *r, const struct request *q)
{
	return r->type == q->type && (r->major == DEVICE_ANY || r->major == q->major) &&
	       (r->minor == DEVICE_ANY || r->minor == q->minor);
}

static bool v1_allowed(const struct v1 *c, const struct request *q)
{
	for (size_t i = 0; i < c->n; i++) {
		unsigned int common = c->v[i].access & q->access;

		if (!matches(&c->v[i], q))
			continue;
		if (c->allow ? common != 0 : common == q->access)
			return !c->allow;
	}
	return c->allow;
}

static void v1_write(struct v1 *c, const struct pair *w, struct arena *a)
{
	bool allow = strcmp(w->key, "devices.allow") == 0;
	struct device_list line;
	struct err e;
	size_t i = 0;

	if (devices_parse_list(&line, arena_printf(a, "%s\n", w->value), a, &e) < 0)
		given_fail(e.text);
	if (line.allow) {
		c->allow = allow;
		c->n = 0;
		return;
	}
	while (i < c->n && (c->v[i].type != line.rules[0].type ||
			    c->v[i].major != line.rules[0].major ||
			    c->v[i].minor != line.rules[0].minor))
		i++;
	if (allow == c->allow) {
		if (i < c->n && !(c->v[i].access &= ~line.rules[0].access))
			c->v[i] = c->v[--c->n];
	} else if (i < c->n) {
		c->v[i].access |= line.rules[0].access;
	} else {
		c->v[c->n++] = line.rules[0];
	}
}

static void v1_go_to(struct v1 *c, const struct device_list *to, struct arena *a)
{
	/* what the kernel would show */
	const struct device_list from = { c->allow, c->v, c->allow ? 0 : c->n };
	struct pairs writes = devices_writes(&from, to, a);

	for (size_t i = 0; i < writes.n; i++)
		v1_write(c, &writes.v[i], a);
}

/*
 * The v1 kernel looks for one exception that has all of a request. Where "any major,
 * this minor" and "this major, any minor" cross, reading may come from one and writing
 * from the other: there, and only there, v1 is stricter than the rules.
 */
static bool v1_agrees(const struct v1 *c, const struct devices_plan *p,
		      const struct request *q, bool want)
{
	bool across = false, down = false;

	if (v1_allowed(c, q) == want)
		return true;
	for (size_t i = 0; i < p->count; i++) {
		const struct device_rule *r = &p->rules[i];

		if (!matches(r, q) || !(r->access & q->access))
			continue;
		across |= r->major == DEVICE_ANY && r->minor != DEVICE_ANY;
		down |= r->major != DEVICE_ANY && r->minor == DEVICE_ANY;
	}
	return want && !p->allow && across && down;
}

/* ---- all three against each other ---- */

static bool agree(const struct spec *s, const char *label, struct v1 *v1,
		  struct device_program *keep, struct arena *a)
{
	struct device_program program;
	struct device_list list;
	struct devices_plan p;
	struct request q;
	struct err e;
	bool ok = true, on_v1;

	if (devices_plan(&p, s, &root, false, a, &e) < 0 ||
	    devices_program(&program, &p, &e) < 0)
		given_fail(e.text);
	on_v1 = devices_list(&list, &p, &e) == 0;
	if (on_v1)
		v1_go_to(v1, &list, a);
	for (size_t i = 0; ok && next_request(&q, &i);) {
		bool want = allowed(s, &q);

		ok = run(&program, &q) == want && (!on_v1 || v1_agrees(v1, &p, &q, want));
		if (!ok)
			printf("# %s: %c %u:%u %u: should be %d, program %d, v1 %d; plan %s\n",
			       label, q.type, q.major, q.minor, q.access, want,
			       run(&program, &q), on_v1 ? v1_allowed(v1, &q) : -1,
			       say(&p, a));
	}
	ok = ok && on_v1 == !p.mixed;
	if (keep)
		*keep = program;
	else
		free(program.insns);
	return ok;
}

static void check_tables(struct arena *a)
{
	for (size_t i = 0; i < COUNT(reduced); i++) {
		struct v1 v1 = { .allow = true };

		CHECK(arena_printf(a, "it holds: %s", reduced[i].label),
		      agree(spec_of(a, reduced[i].rules), reduced[i].label, &v1, NULL, a));
	}
}

static uint32_t seed = 20261124;

static uint32_t below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static const char *pick(const char *const *words, uint32_t n)
{
	return words[below(n)];
}

/* Few numbers, so that rules meet. */
static const char *random_rules(struct arena *a)
{
	static const char *const verbs[] = { "allow", "deny" };
	static const char *const types[] = { "c", "c", "c", "b", "b", "a" };
	static const char *const majors[] = { "*", "*", "1", "1", "2", "136", "8" };
	static const char *const minors[] = { "*", "*", "1", "2", "3" };
	static const char *const accesses[] = { "rwm", "rwm", "r",  "w",
						"m",   "rw",  "rm", "wm" };
	OWN_TEXT text = { 0 };

	for (uint32_t n = below(9); n; n--)
		text_printf(&text, "%s %s %s:%s %s%s", pick(verbs, 2), pick(types, 6),
			    pick(majors, 7), pick(minors, 5), pick(accesses, 8),
			    n > 1 ? ", " : "");
	return arena_dup(a, text_str(&text));
}

static void check_random(void)
{
	struct v1 v1 = { .allow = true };
	unsigned int wrong = 0;

	/* the v1 cgroup goes from one set to the next, as after an update */
	for (int i = 0; i < 3000; i++) {
		struct arena a = { 0 };
		const char *rules = random_rules(&a);

		wrong += !agree(spec_of(&a, rules), rules, &v1, NULL, &a);
		arena_free(&a);
	}
	CHECK("3000 random sets of rules", wrong == 0);
}

/* ---- lengths, and what the kernel thinks ---- */

static void check_lengths(struct arena *a)
{
	static const struct {
		const char *label, *rules;
		size_t most;
	} rows[] = {
		{ .label = "length: the default rules", .rules = "", .most = 26 },
		{ .label = "length: one more device",
		  .rules = "deny a *:* rwm, allow c 10:229 rwm",
		  .most = 27 },
		{ .label = "length: one more device, without making it",
		  .rules = "deny a *:* rwm, allow c 10:229 rw",
		  .most = 27 },
		{ .label = "length: all", .rules = "allow a *:* rwm", .most = 2 },
		{ .label = "length: all but one",
		  .rules = "allow a *:* rwm, deny b 8:0 rwm",
		  .most = 10 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct v1 v1 = { .allow = true };
		struct device_program p;

		if (!agree(spec_of(a, rows[i].rules), rows[i].label, &v1, &p, a) ||
		    p.count > rows[i].most)
			printf("# %zu instructions\n", p.count);
		CHECK(rows[i].label, p.count <= rows[i].most);
		free(p.insns);
	}
}

static void check_too_many(void)
{
	struct arena a = { 0 };
	struct spec *s = spec_of(&a, "");
	struct spec_resources *r = arena_new(&a, 1, sizeof(*r));
	struct spec_device_rule *v = arena_new(&a, 2000, sizeof(*v));
	struct device_program program;
	struct devices_plan p;
	struct err e;

	for (size_t i = 0; i < 2000; i++) {
		int64_t *numbers = arena_new(&a, 2, sizeof(*numbers));

		numbers[0] = (int64_t)(i * 7919 % 4096);
		numbers[1] = (int64_t)i;
		v[i] = (struct spec_device_rule){ i % 3 != 0, "b", &numbers[0],
						  i % 5 ? &numbers[1] : NULL, "r" };
	}
	r->devices.v = v;
	((struct spec_linux *)(uintptr_t)s->linux)->resources = r;
	r->devices.n = 1024;
	CHECK("1024 rules, in any order: a program",
	      devices_plan(&p, s, &root, false, &a, &e) == 0 &&
		      devices_program(&program, &p, &e) == 0);
	free(program.insns);
	r->devices.n = 1025;
	CHECK_SAME("one more",
		   devices_plan(&p, s, &root, false, &a, &e) < 0 ? e.text : NULL,
		   "linux.resources.devices: 1025 rules, more than 1024");
	arena_free(&a);
}

/* The verifier refuses what is never reached, and much else. */
static bool kernel_takes(const char *rules, struct err *e)
{
	struct v1 v1 = { .allow = true };
	struct device_program program;
	struct arena a = { 0 };
	OWN_FD fd = -1;

	if (!agree(spec_of(&a, rules), rules, &v1, &program, &a))
		err_set(e, "it does not hold");
	else
		fd = bpf_load_device_filter(program.insns, program.count, "runc_test", e);
	free(program.insns);
	arena_free(&a);
	return fd >= 0;
}

static void check_kernel(void)
{
	unsigned int wrong = 0;
	struct err e;

	if (!kernel_takes("", &e) && (e.sys == EPERM || e.sys == ENOSYS)) {
		tap_skip("the kernel takes the programs", e.text);
		return;
	}
	for (size_t i = 0; i < COUNT(reduced); i++)
		if (!CHECK(reduced[i].label, kernel_takes(reduced[i].rules, &e)))
			printf("# %s\n", e.text);
	for (int i = 0; i < 300; i++) {
		struct arena a = { 0 };
		const char *rules = random_rules(&a);

		if (!kernel_takes(rules, &e) && wrong++ == 0)
			printf("# %s: %s\n", rules, e.text);
		arena_free(&a);
	}
	CHECK("the kernel takes 300 random ones", wrong == 0);
}

/* ---- v1: lists and writes ---- */

static const struct {
	const char *label, *text, *want; /* want: as say(), or the error */
} lists[] = {
	{ .label = "list: all", .text = "a *:* rwm\n", .want = "allow" },
	{ .label = "list: none", .text = "", .want = "deny" },
	{ .label = "list: some",
	  .text = "c 1:3 rwm\nb *:* m\nc 136:* rw\n",
	  .want = "deny; allow c 1:3 rwm; allow b *:* m; allow c 136:* rw" },
	{ .label = "list: no line feed at the end",
	  .text = "c 1:3 r",
	  .want = "deny; allow c 1:3 r" },
	{ .label = "list: an unknown type",
	  .text = "u 1:3 r\n",
	  .want = "devices.list: \"u 1:3 r\" is not a rule" },
	{ .label = "list: an unknown access",
	  .text = "c 1:3 x\n",
	  .want = "devices.list: \"c 1:3 x\" is not a rule" },
	{ .label = "list: no access",
	  .text = "c 1:3\n",
	  .want = "devices.list: \"c 1:3\" is not a rule" },
	{ .label = "list: no number",
	  .text = "c :3 r\n",
	  .want = "devices.list: \"c :3 r\" is not a rule" },
	{ .label = "list: no minor",
	  .text = "c 1 r\n",
	  .want = "devices.list: \"c 1 r\" is not a rule" },
	{ .label = "list: a number too long",
	  .text = "c 12345678901234567890:1 r\n",
	  .want = "devices.list: \"c 12345678901234567890:1 r\" is not a rule" },
	{ .label = "list: an empty line",
	  .text = "\n",
	  .want = "devices.list: \"\" is not a rule" },
	{ .label = "list: a letter alone",
	  .text = "c",
	  .want = "devices.list: \"c\" is not a rule" },
};

static void check_lists(struct arena *a)
{
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct devices_plan p = { 0 };
		struct device_list l;
		struct err e;
		int ret = devices_parse_list(&l, lists[i].text, a, &e);

		p.allow = l.allow;
		p.rules = l.rules;
		p.count = ret < 0 ? 0 : l.count;
		CHECK_SAME(lists[i].label, ret < 0 ? e.text : say(&p, a), lists[i].want);
	}
}

static const struct {
	const char *label, *from, *to,
		*want; /* devices.list before and after; the writes */
} moves[] = {
	{ .label = "write: nothing", .from = "c 1:3 r\n", .to = "c 1:3 r\n", .want = "" },
	{ .label = "write: all stays all",
	  .from = "a *:* rwm\n",
	  .to = "a *:* rwm\n",
	  .want = "" },
	{ .label = "write: from all to some",
	  .from = "a *:* rwm\n",
	  .to = "c 1:3 rw\nb *:* m\n",
	  .want = "deny a *:* rwm, allow c 1:3 rw, allow b *:* m, " },
	{ .label = "write: from some to all",
	  .from = "c 1:3 rw\n",
	  .to = "a *:* rwm\n",
	  .want = "allow a *:* rwm, " },
	{ .label = "write: what stays is not touched, what comes comes before what goes",
	  .from = "c 1:3 rwm\nc 1:5 rw\nc 1:7 r\n",
	  .to = "c 1:3 rwm\nc 1:7 rw\nb 8:0 r\n",
	  .want = "allow c 1:7 w, allow b 8:0 r, deny c 1:5 rw, " },
	{ .label = "write: part of a rule goes",
	  .from = "c 1:3 rwm\n",
	  .to = "c 1:3 r\n",
	  .want = "deny c 1:3 wm, " },
};

static void check_moves(struct arena *a)
{
	for (size_t i = 0; i < COUNT(moves); i++) {
		struct device_list from, to;
		OWN_TEXT got = { 0 };
		struct pairs w;
		struct err e;

		if (devices_parse_list(&from, moves[i].from, a, &e) < 0 ||
		    devices_parse_list(&to, moves[i].to, a, &e) < 0)
			given_fail(e.text);
		w = devices_writes(&from, &to, a);
		for (size_t k = 0; k < w.n; k++)
			text_printf(&got, "%s %s, ", w.v[k].key + strlen("devices."),
				    w.v[k].value);
		CHECK_SAME(moves[i].label, text_str(&got), moves[i].want);
	}
}

static void check_hole(struct arena *a)
{
	struct device_list list;
	struct devices_plan p;
	struct err e;

	if (devices_plan(&p, spec_of(a, "allow b 8:* rw, deny b 8:1 w"), &root, false, a,
			 &e) < 0)
		given_fail(e.text);
	CHECK_SAME("v1 has no holes", devices_list(&list, &p, &e) < 0 ? e.text : "a list",
		   "requested rule [b 8:1 w] not supported by devices cgroupv1 (cannot punch hole in existing wildcard rule [b 8:* rw])");
}

/* ---- systemd ---- */

static void check_unit(struct arena *a)
{
	static const struct {
		const char *label, *rules, *want;
	} rows[] = {
		{ .label = "unit: the default rules",
		  .rules = "deny a *:* rwm",
		  .want = "strict /dev/char/1:3=rwm /dev/char/1:5=rwm /dev/char/1:7=rwm /dev/char/1:8=rwm /dev/char/1:9=rwm "
			  "/dev/char/5:0=rwm /dev/char/5:2=rwm /dev/char/10:200=rwm char-136=rwm char-*=m block-*=m" },
		{ .label = "unit: all", .rules = "allow a *:* rwm", .want = "auto" },
		{ .label = "unit: all but one cannot be said",
		  .rules = "allow a *:* rwm, deny b 8:0 r",
		  .want = "auto" },
		{ .label = "unit: any major and one minor cannot be said",
		  .rules = "allow c *:7 r",
		  .want = "auto" },
	};
	static const char hole[] = "allow b 8:* rw, deny b 8:1 w";
	struct devices_unit u;
	struct devices_plan p;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		OWN_TEXT got = { 0 };

		if (devices_plan(&p, spec_of(a, rows[i].rules), &root, false, a, &e) < 0)
			given_fail(e.text);
		u = devices_unit(&p, a);
		text_add(&got, u.policy);
		for (size_t k = 0; k < u.allow.n; k++)
			text_printf(&got, " %s=%s", u.allow.v[k].key, u.allow.v[k].value);
		CHECK_SAME(rows[i].label, text_str(&got), rows[i].want);
	}
	devices_plan(&p, spec_of(a, hole), &root, false, a, &e);
	u = devices_unit(&p, a);
	CHECK("unit: a hole is left to the program",
	      strcmp(u.policy, "strict") == 0 && u.allow.n == 12 &&
		      strcmp(u.allow.v[0].key, "block-8") == 0 &&
		      strcmp(u.allow.v[0].value, "rw") == 0);
	devices_plan(&p, spec_of(a, hole), &user, true, a, &e);
	u = devices_unit(&p, a);
	CHECK("unit: of an ordinary user", strcmp(u.policy, "auto") == 0 && !u.allow.n);
}

/* ---- a real cgroup ---- */

/* A new one that nobody is in; the caller removes it. NULL: not here, or not for us. */
static const char *make_cgroup(struct arena *a)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < COUNT(mounts); i++) {
		const char *path = arena_printf(a, "%s/runc-test-%d", mounts[i], getpid());
		struct statfs fs;

		if (statfs(mounts[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC &&
		    mkdir(path, 0755) == 0)
			return path;
	}
	return NULL;
}

/* Attaches one more program that allows all. */
static void attach(int cgroup, const char *name)
{
	struct devices_plan none = { .allow = true };
	struct device_program p;
	struct err e;
	OWN_FD fd = -1;

	if (devices_program(&p, &none, &e) < 0 ||
	    (fd = bpf_load_device_filter(p.insns, p.count, name, &e)) < 0 ||
	    bpf_attach_device_filter(cgroup, fd, BPF_F_ALLOW_MULTI, -1, &e) < 0)
		given_fail(e.text);
	free(p.insns);
}

/* The names of what is attached, in the kernel's order. */
static const char *attached(int cgroup, struct arena *a)
{
	struct bpf_attached now;
	OWN_TEXT text = { 0 };
	struct err e;

	if (bpf_query_device_filters(cgroup, &now, &e) < 0)
		return arena_dup(a, e.text);
	for (uint32_t i = 0; i < now.count; i++) {
		char name[BPF_OBJ_NAME_LEN];
		OWN_FD fd = bpf_open_program(now.ids[i], name);

		text_printf(&text, "%s%s", i ? " " : "", fd < 0 ? "?" : name);
	}
	return arena_dup(a, text_str(&text));
}

static uint32_t last_id(int cgroup)
{
	struct bpf_attached now = { 0 };
	struct err e;

	return bpf_query_device_filters(cgroup, &now, &e) == 0 && now.count ?
		       now.ids[now.count - 1] :
		       0;
}

static void apply_to(const char *path, const char *rules, struct arena *a)
{
	const struct pair one = { "", path };
	struct devices_plan p;
	struct err e;

	if (devices_plan(&p, spec_of(a, rules), &root, false, a, &e) < 0 ||
	    devices_apply(&p, (struct pairs){ &one, 1 }, &e) < 0)
		CHECK_SAME(rules, e.text, NULL);
}

static void check_attach(const char *path, struct arena *a)
{
	OWN_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint32_t id;

	apply_to(path, "allow a *:* rwm", a);
	CHECK_SAME("attach: nothing to forbid, no filter", attached(dir, a), "");
	apply_to(path, "deny a *:* rwm", a);
	CHECK_SAME("attach: a filter", attached(dir, a), "runc_devices");
	id = last_id(dir);
	apply_to(path, "deny a *:* rwm, allow c 10:229 rw", a);
	CHECK_SAME("attach: instead of the earlier one", attached(dir, a), "runc_devices");
	CHECK("attach: it is another one", last_id(dir) != id);
	attach(dir, "sd_devices");
	apply_to(path, "deny a *:* rwm", a);
	CHECK_SAME("attach: systemd's stays", attached(dir, a), "runc_devices sd_devices");
	attach(dir, "other");
	attach(dir, "");
	apply_to(path, "deny a *:* rwm", a);
	CHECK_SAME("attach: instead of several", attached(dir, a),
		   "sd_devices runc_devices");
	apply_to(path, "allow a *:* rwm", a);
	CHECK_SAME("attach: nothing to forbid any more", attached(dir, a), "sd_devices");
}

/* Attached so that there is but one, it is replaced as it was attached. */
static void check_single(const char *path, uint32_t flags, const char *label,
			 struct arena *a)
{
	OWN_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct devices_plan none = { .allow = true };
	struct device_program p;
	struct err e;
	OWN_FD fd = -1;

	if (devices_program(&p, &none, &e) < 0 ||
	    (fd = bpf_load_device_filter(p.insns, p.count, "other", &e)) < 0 ||
	    bpf_attach_device_filter(dir, fd, flags, -1, &e) < 0)
		given_fail(e.text);
	free(p.insns);
	apply_to(path, "deny a *:* rwm", a);
	CHECK_SAME(label, attached(dir, a), "runc_devices");
}

static void with_cgroup(void (*check)(const char *path, struct arena *a), struct arena *a)
{
	const char *path = make_cgroup(a);

	if (!path) {
		tap_skip("attach", "no cgroup v2 that is ours to write");
		return;
	}
	check(path, a);
	if (rmdir(path) < 0)
		given_fail(path);
}

static void check_override(const char *path, struct arena *a)
{
	check_single(path, BPF_F_ALLOW_OVERRIDE, "attach: one that may be overridden", a);
}

static void check_exclusive(const char *path, struct arena *a)
{
	check_single(path, 0, "attach: one that allows no others", a);
}

static void check_no_cgroup(struct arena *a)
{
	struct devices_plan p;
	struct err e;

	devices_plan(&p, spec_of(a, "deny a *:* rwm"), &root, false, a, &e);
	CHECK_SAME("apply: rules, and no cgroup for them",
		   devices_apply(&p, (struct pairs){ 0 }, &e) < 0 ? e.text : NULL,
		   "linux.resources.devices cannot be enforced: the container has no cgroup for it");
	devices_plan(&p, spec_of(a, "deny a *:* rwm"), &root, true, a, &e);
	CHECK("apply: no cgroup, and that is tolerated",
	      devices_apply(&p, (struct pairs){ 0 }, &e) == 0);
	devices_plan(&p, spec_of(a, "allow a *:* rwm"), &root, false, a, &e);
	CHECK("apply: no cgroup, and nothing to forbid",
	      devices_apply(&p, (struct pairs){ 0 }, &e) == 0);
	devices_plan(&p, spec_of(a, ""), &root, false, a, &e);
	CHECK("apply: no cgroup, and nobody asked",
	      devices_apply(&p, (struct pairs){ 0 }, &e) == 0);
}

static void check_real(struct arena *a)
{
	struct err e;

	check_no_cgroup(a);
	if (!kernel_takes("", &e) && (e.sys == EPERM || e.sys == ENOSYS)) {
		tap_skip("attach", e.text);
		return;
	}
	with_cgroup(check_attach, a);
	with_cgroup(check_override, a);
	with_cgroup(check_exclusive, a);
}

int main(void)
{
	struct arena a = { 0 };

	check_reduced(&a);
	check_when(&a);
	check_tables(&a);
	check_random();
	check_lengths(&a);
	check_too_many();
	check_lists(&a);
	check_moves(&a);
	check_hole(&a);
	check_unit(&a);
	check_kernel();
	check_real(&a);
	arena_free(&a);
	return tap_done();
}
