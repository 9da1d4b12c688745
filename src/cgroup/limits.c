/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE table of limits: field of linux.resources, file of v2, file of v1,
 * property of a systemd unit, and the form of the value. What is a list or
 * depends on a second field has a function. Pure.
 *
 * The field's name is looked up in the schema, so a row needs no offsets; a test
 * holds that every field of the schema has a row.
 */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/private.h"

#define CPU_PERIOD_DEFAULT_US 100000
#define QUOTA_STEP_US 10000 /* systemd keeps whole percents of a CPU */
#define CPU_MAX 65536       /* numbers of processors and memory nodes */

struct planner {
	struct resources_plan *plan;
	const struct spec_resources *r;
	const struct resources_facts *facts;
	struct arena *a;
	struct limit_write *writes;
	struct unit_property *properties;
};

/* ---- what is given ---- */

static const struct field *find_field(const struct table *t, const char *key, size_t n)
{
	for (const struct field *f = t->fields; f->key; f++)
		if (strlen(f->key) == n && memcmp(f->key, key, n) == 0)
			return f;
	return NULL;
}

/* The field's schema, and where it is; the latter NULL if its object is absent. */
static const struct field *find_at(const struct spec_resources *r, const char *path,
				   const void **at)
{
	const struct table *t = &spec_resources_table;
	const void *object = r;

	for (;;) {
		size_t n = strcspn(path, ".");
		const struct field *f = find_field(t, path, n);

		if (!f)
			return NULL;
		*at = object ? (const char *)object + f->at : NULL;
		if (!path[n])
			return f;
		object = *at ? *(const void *const *)*at : NULL;
		t = f->of;
		path += n + 1;
	}
}

/* 1 given, 0 absent. Signed and unsigned numbers share the bits; *negative tells them apart. */
static bool get_number(const struct spec_resources *r, const char *path, uint64_t *bits,
		       bool *negative)
{
	const void *at = NULL;
	const struct field *f = find_at(r, path, &at);

	if (!f || !at || (f->opt && !*(const void *const *)at))
		return false;
	if (f->opt)
		at = *(const void *const *)at;
	*negative = false;
	switch (f->kind) {
	case K_BOOL:
		*bits = *(const bool *)at;
		return true;
	case K_U16:
		*bits = *(const uint16_t *)at;
		return true;
	case K_U32:
		*bits = *(const uint32_t *)at;
		return true;
	case K_I64:
		*negative = *(const int64_t *)at < 0;
		*bits = *(const uint64_t *)at;
		return true;
	case K_U64:
		*bits = *(const uint64_t *)at;
		return true;
	case K_STR:
	case K_I32:
	case K_WORD:
	case K_OBJ:
	case K_STRS:
	case K_NUM:
	case K_U32S:
	case K_U64S:
	case K_PAIRS:
	case K_COUNTS:
	case K_LIST:
	case K_MAP:
		break;
	}
	return false;
}

static const char *get_text(const struct spec_resources *r, const char *path)
{
	const void *at = NULL;
	const struct field *f = find_at(r, path, &at);

	return f && f->kind == K_STR && at ? *(const char *const *)at : NULL;
}

/* ---- what comes out ---- */

static void *grown(struct planner *p, const void *old, size_t n, size_t size)
{
	char *v = (char *)(uintptr_t)old;

	/* full at 0, 8, 16, 32 … */
	if (n == 0 || (n >= 8 && (n & (n - 1)) == 0)) {
		v = arena_new(p->a, n ? 2 * n : 8, size);
		if (old)
			memcpy(v, old, n * size);
	}
	return v;
}

static bool needs_domain(const char *file)
{
	static const char *const controllers[] = { "memory.", "io.", "cpu.", "hugetlb." };

	for (size_t i = 0; i < COUNT(controllers); i++)
		if (text_starts(file, controllers[i]))
			return true;
	return false;
}

static void add_write(struct planner *p, struct limit_write w)
{
	p->writes = grown(p, p->writes, p->plan->writes.n, sizeof(*p->writes));
	p->writes[p->plan->writes.n++] = w;
	p->plan->writes.v = p->writes;
	if (p->facts->v2 && needs_domain(w.file))
		p->plan->needs_domain = true;
}

/* The file of the version that counts. */
static const char *file_of(const struct planner *p, const struct limit *row)
{
	return p->facts->v2 ? row->v2 : row->v1;
}

static struct limit_write plain(const struct planner *p, const struct limit *row,
				const char *value)
{
	return (struct limit_write){ .field = row->field,
				     .file = file_of(p, row),
				     .value = value };
}

/* The last one of a name counts: unified is planned last, and wins. */
static void add_property(struct planner *p, const char *name, const char *value,
			 uint32_t since)
{
	const struct unit_property u = { name, value, since };
	size_t n = p->plan->properties.n;

	if (!p->facts->systemd || !name)
		return;
	for (size_t i = 0; p->properties && i < n; i++)
		if (strcmp(p->properties[i].name, name) == 0) {
			p->properties[i] = u;
			return;
		}
	p->properties = grown(p, p->properties, n, sizeof(*p->properties));
	p->properties[n] = u;
	p->plan->properties.v = p->properties;
	p->plan->properties.n++;
}

static const char *unit_of(const struct planner *p, const struct limit *row)
{
	return p->facts->v2 ? row->unit : row->unit_v1;
}

/* UINT64_MAX is what systemd calls infinity. */
static const char *as_u64(struct planner *p, uint64_t number)
{
	return arena_printf(p->a, "uint64 %ju", (uintmax_t)number);
}

static void add_number(struct planner *p, const struct limit *row, uint64_t number)
{
	add_property(p, unit_of(p, row), as_u64(p, number), row->since);
}

static const char *print(struct planner *p, uint64_t bits, bool negative)
{
	return negative ? arena_printf(p->a, "%jd", (intmax_t)(int64_t)bits) :
			  arena_printf(p->a, "%ju", (uintmax_t)bits);
}

static int bad(const struct limit *row, const char *value, const char *want, struct err *e)
{
	return err_set(e, "linux.resources.%s: %s is not %s", row->field, value, want);
}

/* ---- forms of one value ---- */

/* A size, or -1 for none. 0 asks for nothing, as engines write it where there is no limit. */
static int as_size(struct planner *p, const struct limit *row, struct err *e)
{
	uint64_t bits = 0;
	bool negative;

	if (!get_number(p->r, row->field, &bits, &negative) || bits == 0)
		return 0;
	if (negative && (int64_t)bits != -1) {
		if (strcmp(row->field, "memory.limit") == 0)
			return err_set(e,
				       "linux.resources.memory.limit: invalid memory value: %jd",
				       (intmax_t)(int64_t)bits);
		return bad(row, print(p, bits, true), "a size, or -1 for no limit", e);
	}
	add_write(p, plain(p, row,
			   negative && p->facts->v2 ? "max" : print(p, bits, negative)));
	add_number(p, row, negative ? UINT64_MAX : bits);
	return 0;
}

/* A number of processes: there is always one, so 0 means 1. */
static int as_count(struct planner *p, const struct limit *row, struct err *e)
{
	uint64_t bits = 0;
	bool negative;

	(void)e;
	if (!get_number(p->r, row->field, &bits, &negative))
		return 0;
	if (bits == 0)
		bits = 1;
	add_write(p, plain(p, row, negative ? "max" : print(p, bits, false)));
	add_number(p, row, negative ? UINT64_MAX : bits);
	return 0;
}

/* As it is; 0 counts. */
static int as_number(struct planner *p, const struct limit *row, struct err *e)
{
	uint64_t bits = 0;
	bool negative;
	struct limit_write w;

	(void)e;
	if (!get_number(p->r, row->field, &bits, &negative))
		return 0;
	w = plain(p, row, print(p, bits, negative));
	w.patient = true;
	add_write(p, w);
	return 0;
}

/* As it is; 0 asks for nothing. */
static int as_nonzero(struct planner *p, const struct limit *row, struct err *e)
{
	uint64_t bits = 0;
	bool negative;

	return get_number(p->r, row->field, &bits, &negative) && bits ?
		       as_number(p, row, e) :
		       0;
}

static int as_percent(struct planner *p, const struct limit *row, struct err *e)
{
	uint64_t bits = 0;
	bool negative;

	if (!get_number(p->r, row->field, &bits, &negative))
		return 0;
	if (bits > 100)
		return err_set(e,
			       "linux.resources.%s: invalid memory swappiness value: %ju (valid range is 0-100)",
			       row->field, (uintmax_t)bits);
	add_write(p, plain(p, row, print(p, bits, false)));
	return 0;
}

/* Only its "true" is anything. */
static int as_switch(struct planner *p, const struct limit *row, struct err *e)
{
	uint64_t bits = 0;
	bool negative;

	(void)e;
	if (get_number(p->r, row->field, &bits, &negative) && bits)
		add_write(p, plain(p, row, "1"));
	return 0;
}

/* Nothing to write: another row reads it, or it is about something else. */
static int as_nothing(struct planner *p, const struct limit *row, struct err *e)
{
	(void)p, (void)row, (void)e;
	return 0;
}

static const char *print_bytes(const uint8_t *bytes, size_t n, struct arena *a)
{
	OWN_TEXT out = { 0 };

	text_add(&out, "@ay [");
	for (size_t i = 0; i < n; i++)
		text_printf(&out, "%s0x%02x", i ? "," : "", bytes[i]);
	text_addc(&out, ']');
	return arena_dup(a, text_str(&out));
}

/* "0-3,8" as the bits that systemd wants: byte array, lowest number first. NULL: it is none. */
static const char *parse_set(struct planner *p, const char *list)
{
	uint8_t *bits = arena_new(p->a, CPU_MAX / 8, 1);
	size_t top = 0;

	while (*list) {
		size_t n = strcspn(list, ",\n");
		const char *part = arena_ndup(p->a, list, n), *dash = strchr(part, '-');
		uint64_t from, to;

		list += n + (list[n] != '\0');
		if (!*part)
			continue;
		if (!num_dec(dash ? arena_ndup(p->a, part, (size_t)(dash - part)) : part,
			     CPU_MAX - 1, &from) ||
		    !num_dec(dash ? dash + 1 : part, CPU_MAX - 1, &to) || from > to)
			return NULL;
		for (uint64_t i = from; i <= to; i++)
			bits[i / 8] |= (uint8_t)(1u << i % 8);
		top = to / 8 + 1 > top ? to / 8 + 1 : top;
	}
	return top ? print_bytes(bits, top, p->a) : NULL;
}

static int add_set(struct planner *p, const struct limit *row, const char *list,
		   struct err *e)
{
	const char *name = unit_of(p, row), *value;

	if (!p->facts->systemd || !name)
		return 0;
	value = parse_set(p, list);
	if (!value)
		return bad(row, list, "a list of numbers like 0-3,8", e);
	add_property(p, name, value, row->since);
	return 0;
}

static int as_set(struct planner *p, const struct limit *row, struct err *e)
{
	const char *list = get_text(p->r, row->field);

	if (!list || !*list)
		return 0;
	add_write(p, plain(p, row, list));
	return add_set(p, row, list, e);
}

/* ---- memory and swap ---- */

/* v1 counts memory and swap together, v2 swap alone. */
static int as_swap(struct planner *p, const struct limit *row, struct err *e)
{
	const struct spec_memory *m = p->r->memory;
	int64_t limit = m && m->limit ? *m->limit : 0, both = m && m->swap ? *m->swap : 0;
	struct limit_write w = plain(p, row, "max");
	uint64_t number = UINT64_MAX;

	/* no limit for memory is none for both, unless it says otherwise */
	if (limit == -1 && both == 0)
		both = -1;
	if (both == 0)
		return 0;
	if (both < -1)
		return bad(row, print(p, (uint64_t)both, true),
			   "a size, or -1 for no limit", e);
	if (both > 0 && limit > 0 && both < limit)
		return err_set(e, "memory+swap limit should be >= memory limit");
	if (both > 0 && limit <= 0 && p->facts->v2)
		return err_set(e, "unable to set swap limit without memory limit");
	if (both > 0)
		number = (uint64_t)(both - limit);
	/* a kernel without swap has no file for it: then there is none to allow or to forbid */
	w.optional = both == -1 || (p->facts->v2 && number == 0);
	w.patient = true;
	if (!p->facts->v2)
		w.value = print(p, (uint64_t)both, both < 0);
	else if (both > 0)
		w.value = print(p, number, false);
	add_write(p, w);
	add_number(p, row, number);
	return 0;
}

static int as_memory(struct planner *p, const struct limit *row, struct err *e)
{
	const struct spec_memory *m = p->r->memory;
	size_t before = p->plan->writes.n;

	if (as_size(p, row, e) < 0)
		return -1;
	if (p->plan->writes.n > before)
		p->writes[before].patient = true;
	if (m && m->check_before_update && p->facts->v2) {
		p->plan->check_limit = m->limit ? *m->limit : 0;
		p->plan->check_memsw = m->swap ? *m->swap : 0;
	}
	return 0;
}

/* ---- cpu ---- */

/* log2 of n in 64-bit fixed point, 48 bits of fraction; n is not 0. */
static uint64_t log2_fixed(uint64_t n)
{
	unsigned int whole = 63 - (unsigned int)__builtin_clzll(n);
	uint64_t m = n << (63 - whole), result = whole; /* m: 1.0 … 2.0, as 1.63 bits */

	/* squaring doubles the logarithm: each time it passes 2, the next bit is a one */
	for (int i = 0; i < 48; i++) {
		unsigned __int128 square = (unsigned __int128)m * m;
		bool one = square >> 127;

		m = (uint64_t)(square >> (one ? 64 : 63));
		result = result << 1 | one;
	}
	return result;
}

/*
 * ceil(10 ^ ((l^2 + 125 l) / 612 - 7/34)), l = log2(shares): 2 is 1, 1024 is
 * 100, 262144 is 10000. Floating point would round 100 up to 101 on some
 * machines; so the smallest weight is looked for with
 * 612 log10(weight) >= l^2 + 125 l - 126.
 */
uint64_t resources_weight(uint64_t shares)
{
	/* more than the error of the fixed point, and less than any distance that matters */
	const uint64_t slack = 1u << 20;
	uint64_t low = 1, high = 10000, l, want;

	if (shares <= 2)
		return shares ? 1 : 0;
	if (shares >= 262144)
		return high;
	l = log2_fixed(shares);
	want = (uint64_t)((unsigned __int128)l * l >> 48) + 125 * l - (126ull << 48);
	want = (uint64_t)((unsigned __int128)want * log2_fixed(10) >> 48);
	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (612 * log2_fixed(middle) + slack >= want)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool is_idle(const struct planner *p)
{
	return p->r->cpu && p->r->cpu->idle && *p->r->cpu->idle == 1;
}

static int as_shares(struct planner *p, const struct limit *row, struct err *e)
{
	uint64_t shares = 0;
	bool negative;
	struct limit_write w;

	(void)e;
	if (!get_number(p->r, row->field, &shares, &negative) || shares == 0)
		return 0;
	if (is_idle(p)) {
		/* the kernel refuses a weight for what only runs when nobody else does */
		if (!p->facts->quiet)
			log_warning(
				"unable to apply both CPUWeight and CpuIdle, ignoring CPUWeight (linux.resources.cpu.shares)");
		return 0;
	}
	w = plain(p, row,
		  print(p, p->facts->v2 ? resources_weight(shares) : shares, false));
	w.patient = true;
	w.read_back = !p->facts->v2;
	add_write(p, w);
	add_number(p, row, p->facts->v2 ? resources_weight(shares) : shares);
	return 0;
}

static int as_idle(struct planner *p, const struct limit *row, struct err *e)
{
	if (as_number(p, row, e) < 0)
		return -1;
	if (is_idle(p))
		add_number(p, row, 0);
	return 0;
}

/*
 * systemd keeps whole percents: what it rounds up is rounded up here too, or its
 * next daemon-reload would change the container's quota.
 */
static int add_quota(struct planner *p, const struct limit *row, int64_t *quota,
		     uint64_t period, struct err *e)
{
	unsigned __int128 per_sec;
	uint64_t number = UINT64_MAX;

	if (!p->facts->systemd)
		return 0;
	if (period)
		add_property(p, "CPUQuotaPeriodUSec", as_u64(p, period), 242);
	period = period ? period : CPU_PERIOD_DEFAULT_US;
	if (*quota > 0) {
		per_sec = (unsigned __int128)*quota * 1000000 / period;
		if (per_sec % QUOTA_STEP_US) {
			per_sec = (per_sec / QUOTA_STEP_US + 1) * QUOTA_STEP_US;
			*quota = (int64_t)(per_sec * period / 1000000);
		}
		if (per_sec >= UINT64_MAX)
			return bad(row, print(p, (uint64_t)*quota, false),
				   "a quota that systemd could keep", e);
		number = (uint64_t)per_sec;
	}
	add_property(p, row->unit, as_u64(p, number), 0);
	return 0;
}

static int as_quota(struct planner *p, const struct limit *row, struct err *e)
{
	const struct spec_cpu *c = p->r->cpu;
	int64_t quota = c && c->quota ? *c->quota : 0;
	uint64_t period = c && c->period ? *c->period : 0;
	struct limit_write w = plain(p, row, NULL);

	if (quota == 0 && period == 0)
		return 0;
	if (add_quota(p, row, &quota, period, e) < 0)
		return -1;
	w.patient = true;
	if (p->facts->v2) {
		w.value =
			arena_printf(p->a, "%s %ju",
				     quota > 0 ? print(p, (uint64_t)quota, false) : "max",
				     (uintmax_t)(period ? period : CPU_PERIOD_DEFAULT_US));
		add_write(p, w);
		return 0;
	}
	if (period)
		add_write(p, (struct limit_write){ .field = "cpu.period",
						   .file = "cpu.cfs_period_us",
						   .value = print(p, period, false),
						   .patient = true });
	w.value = quota > 0 ? print(p, (uint64_t)quota, false) : "-1";
	if (quota)
		add_write(p, w);
	return 0;
}

/* ---- block devices ---- */

/* 10 … 1000 of v1 as 1 … 10000 of v2. */
static const char *io_weight(struct planner *p, uint16_t weight)
{
	return arena_printf(p->a, "%u", 1 + (weight - 10u) * 9999u / 990u);
}

static int check_weight(const struct limit *row, uint16_t weight, struct err *e)
{
	if (weight >= 10 && weight <= 1000)
		return 0;
	return err_set(e, "linux.resources.%s: weight %u is not from 10 to 1000",
		       row->field, weight);
}

static int as_weight(struct planner *p, const struct limit *row, struct err *e)
{
	struct limit_write w = plain(p, row, NULL);
	uint64_t weight = 0;
	bool negative;

	if (!get_number(p->r, row->field, &weight, &negative) || weight == 0)
		return 0;
	if (check_weight(row, (uint16_t)weight, e) < 0)
		return -1;
	w.value = print(p, weight, false);
	/* the scheduler that is there decides: BFQ has a file of its own */
	w.or_file = p->facts->v2 ? "io.weight" : "blkio.weight";
	w.or_value = p->facts->v2 ? io_weight(p, (uint16_t)weight) : w.value;
	add_write(p, w);
	add_number(p, row, weight);
	return 0;
}

static int as_leaf_weight(struct planner *p, const struct limit *row, struct err *e)
{
	uint64_t weight = 0;
	bool negative;

	if (!get_number(p->r, row->field, &weight, &negative) || weight == 0)
		return 0;
	if (check_weight(row, (uint16_t)weight, e) < 0)
		return -1;
	return as_number(p, row, e);
}

/* A limit that v2 does not know, and the Go runc passes over: not without a word. */
static void tell_unknown(const struct planner *p, const char *field)
{
	if (!p->facts->quiet)
		log_warning("linux.resources.%s is not applied: cgroup v2 has no such limit",
			    field);
}

static void add_device_weight(struct planner *p, const struct limit *row,
			      const char *device, uint16_t weight)
{
	struct limit_write w = plain(p, row, arena_printf(p->a, "%s %u", device, weight));

	w.key = device;
	w.unset = arena_printf(p->a, p->facts->v2 ? "%s default" : "%s 0", device);
	w.or_file = p->facts->v2 ? "io.weight" : "blkio.weight_device";
	w.or_value = p->facts->v2 ?
			     arena_printf(p->a, "%s %s", device, io_weight(p, weight)) :
			     w.value;
	add_write(p, w);
}

static int as_weights(struct planner *p, const struct limit *row, struct err *e)
{
	const struct spec_block_io *b = p->r->block_io;

	for (size_t i = 0; b && i < b->weight_device.n; i++) {
		const struct spec_weight_device *d = &b->weight_device.v[i];
		const char *device = arena_printf(p->a, "%jd:%jd", (intmax_t)d->major,
						  (intmax_t)d->minor);
		uint16_t weight = d->weight ? *d->weight : 0,
			 leaf = d->leaf_weight ? *d->leaf_weight : 0;

		if ((weight && check_weight(row, weight, e) < 0) ||
		    (leaf && check_weight(row, leaf, e) < 0))
			return -1;
		if (weight)
			add_device_weight(p, row, device, weight);
		if (leaf && p->facts->v2)
			tell_unknown(p, "blockIO.weightDevice[].leafWeight");
		else if (leaf)
			add_write(p,
				  (struct limit_write){
					  .field = row->field,
					  .file = "blkio.leaf_weight_device",
					  .value = arena_printf(p->a, "%s %u", device,
								leaf),
					  .key = device,
					  .unset = arena_printf(p->a, "%s 0", device) });
	}
	return 0;
}

static int as_throttle(struct planner *p, const struct limit *row, struct err *e)
{
	const struct spec_block_io *b = p->r->block_io;
	/* all four lists are of the same kind */
	__typeof__(&b->throttle_read_bps_device) list = NULL;
	const void *at = NULL;

	(void)e;
	if (!b || !find_at(p->r, row->field, &at) || !at)
		return 0;
	list = at;
	for (size_t i = 0; i < list->n; i++) {
		const struct spec_throttle_device *d = &list->v[i];
		struct limit_write w = plain(p, row, NULL);

		w.key = arena_printf(p->a, "%jd:%jd", (intmax_t)d->major,
				     (intmax_t)d->minor);
		if (!p->facts->v2) {
			w.value = arena_printf(p->a, "%s %ju", w.key, (uintmax_t)d->rate);
			w.unset = arena_printf(p->a, "%s 0", w.key);
		} else {
			/* 0 is no limit, as in v1 */
			w.value = arena_printf(p->a, "%s %s=%s", w.key, row->word,
					       d->rate ? print(p, d->rate, false) : "max");
			w.unset = arena_printf(p->a, "%s %s=max", w.key, row->word);
		}
		add_write(p, w);
	}
	return 0;
}

/* ---- lists of other kinds ---- */

/* A name that becomes part of a line, or of a file's name. */
static bool is_word(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s == '/' || *s == 0x7f)
			return false;
	return true;
}

static int as_hugepages(struct planner *p, const struct limit *row, struct err *e)
{
	const char *file = p->facts->v2 ? "max" : "limit_in_bytes";

	for (size_t i = 0; i < p->r->hugepage_limits.n; i++) {
		const struct spec_hugepage_limit *h = &p->r->hugepage_limits.v[i];
		struct limit_write w = { .field = row->field,
					 .value = print(p, h->limit, false) };

		if (!is_word(h->page_size))
			return bad(row, h->page_size, "like 64KB, 2MB or 1GB", e);
		w.file = arena_printf(p->a, "hugetlb.%s.%s", h->page_size, file);
		add_write(p, w);
		/* reservations are counted since 5.7 */
		w.file = arena_printf(p->a, "hugetlb.%s.rsvd.%s", h->page_size, file);
		w.optional = true;
		add_write(p, w);
	}
	return 0;
}

static int as_rdma(struct planner *p, const struct limit *row, struct err *e)
{
	for (size_t i = 0; i < p->r->rdma.n; i++) {
		const struct spec_rdma *d = &p->r->rdma.v[i];
		struct limit_write w = plain(p, row, NULL);
		OWN_TEXT value = { 0 };
		OWN_TEXT unset = { 0 };

		if (!is_word(d->key))
			return bad(row, d->key, "the name of a device", e);
		text_add(&value, d->key);
		text_add(&unset, d->key);
		if (d->hca_handles) {
			text_printf(&value, " hca_handle=%u", *d->hca_handles);
			text_add(&unset, " hca_handle=max");
		}
		if (d->hca_objects) {
			text_printf(&value, " hca_object=%u", *d->hca_objects);
			text_add(&unset, " hca_object=max");
		}
		if (!d->hca_handles && !d->hca_objects)
			continue;
		w.value = arena_dup(p->a, text_str(&value));
		w.key = d->key;
		w.unset = arena_dup(p->a, text_str(&unset));
		add_write(p, w);
	}
	return 0;
}

static int as_priorities(struct planner *p, const struct limit *row, struct err *e)
{
	const struct spec_network *n = p->r->network;

	for (size_t i = 0; n && i < n->priorities.n; i++) {
		const struct spec_net_priority *d = &n->priorities.v[i];
		struct limit_write w = plain(p, row, NULL);

		if (!is_word(d->name))
			return bad(row, d->name, "the name of an interface", e);
		w.value = arena_printf(p->a, "%s %u", d->name, d->priority);
		w.key = d->name;
		w.unset = arena_printf(p->a, "%s 0", d->name);
		add_write(p, w);
	}
	return 0;
}

/* ---- the table ---- */

/* clang-format off */
const struct limit limits[] = {
	/* first those that nothing depends on */
	{ "pids.limit",                as_count,   "pids.max",       "pids.max",                   "TasksMax",       "TasksMax" },
	/* v1: memory before memory and swap, which may not be less; apply.c turns it round if need be */
	{ "memory.limit",              as_memory,  "memory.max",     "memory.limit_in_bytes",      "MemoryMax",      "MemoryLimit" },
	{ "memory.swap",               as_swap,    "memory.swap.max", "memory.memsw.limit_in_bytes", "MemorySwapMax" },
	{ "memory.reservation",        as_size,    "memory.low",     "memory.soft_limit_in_bytes", "MemoryLow" },
	{ "memory.swappiness",         as_percent, NULL,             "memory.swappiness" },
	{ "memory.disableOOMKiller",   as_switch,  NULL,             "memory.oom_control" },
	{ "memory.kernel",             as_nothing },	/* spec/check.c tells that it is ignored */
	{ "memory.kernelTCP",          as_nothing },
	{ "memory.useHierarchy",       as_nothing },	/* kernels know nothing else since 5.11 */
	{ "memory.checkBeforeUpdate",  as_nothing },	/* read with memory.limit */
	{ "cpu.shares",                as_shares,  "cpu.weight",     "cpu.shares",                 "CPUWeight",      "CPUShares" },
	{ "cpu.quota",                 as_quota,   "cpu.max",        "cpu.cfs_quota_us",           "CPUQuotaPerSecUSec", "CPUQuotaPerSecUSec" },
	{ "cpu.period",                as_nothing },	/* read with cpu.quota */
	{ "cpu.burst",                 as_number,  "cpu.max.burst",  "cpu.cfs_burst_us" },
	{ "cpu.idle",                  as_idle,    "cpu.idle",       "cpu.idle",                   "CPUWeight",      .since = 252 },
	{ "cpu.realtimePeriod",        as_nonzero, NULL,             "cpu.rt_period_us" },
	{ "cpu.realtimeRuntime",       as_nonzero, NULL,             "cpu.rt_runtime_us" },
	{ "cpu.cpus",                  as_set,     "cpuset.cpus",    "cpuset.cpus",                "AllowedCPUs",    "AllowedCPUs",        .since = 244 },
	{ "cpu.mems",                  as_set,     "cpuset.mems",    "cpuset.mems",                "AllowedMemoryNodes", "AllowedMemoryNodes", .since = 244 },
	{ "blockIO.weight",            as_weight,  "io.bfq.weight",  "blkio.bfq.weight",           NULL,             "BlockIOWeight" },
	{ "blockIO.leafWeight",        as_leaf_weight, NULL,         "blkio.leaf_weight" },
	{ "blockIO.weightDevice",      as_weights, "io.bfq.weight",  "blkio.bfq.weight_device" },
	{ "blockIO.throttleReadBpsDevice",   as_throttle, "io.max",  "blkio.throttle.read_bps_device",   .word = "rbps" },
	{ "blockIO.throttleWriteBpsDevice",  as_throttle, "io.max",  "blkio.throttle.write_bps_device",  .word = "wbps" },
	{ "blockIO.throttleReadIOPSDevice",  as_throttle, "io.max",  "blkio.throttle.read_iops_device",  .word = "riops" },
	{ "blockIO.throttleWriteIOPSDevice", as_throttle, "io.max",  "blkio.throttle.write_iops_device", .word = "wiops" },
	{ "hugepageLimits",            as_hugepages, "hugetlb.SIZE.max", "hugetlb.SIZE.limit_in_bytes" },
	{ "rdma",                      as_rdma,    "rdma.max",       "rdma.max" },
	{ "network.classID",           as_number,  NULL,             "net_cls.classid" },
	{ "network.priorities",        as_priorities, NULL,          "net_prio.ifpriomap" },
	/* those that only unified can ask for, and systemd knows */
	{ NULL,                        as_size,    "memory.min",     NULL,                         "MemoryMin" },
	{ NULL,                        as_size,    "memory.high",    NULL,                         "MemoryHigh" },
	{ 0 },
};
/* clang-format on */

/* ---- unified: any file of v2, and it wins ---- */

static const struct limit *find_by_file(const char *file)
{
	for (const struct limit *row = limits; row->form; row++)
		if (row->v2 && row->unit && strcmp(row->v2, file) == 0)
			return row;
	return NULL;
}

static int bad_unified(const struct pair *u, struct err *e)
{
	return err_set(e,
		       "unified resource \"%s\" value conversion error: \"%s\" is not like what systemd can keep",
		       u->key, u->value);
}

/* "max", or a size with the kernel's suffixes. */
static bool parse_max(const char *s, uint64_t *number)
{
	int64_t size;

	if (strcmp(s, "max") == 0) {
		*number = UINT64_MAX;
		return true;
	}
	if (!num_bytes(s, &size))
		return false;
	*number = (uint64_t)size;
	return true;
}

/* "QUOTA PERIOD", "QUOTA"; QUOTA may be max. */
static int unify_quota(struct planner *p, const struct limit *row, const struct pair *u,
		       struct err *e)
{
	size_t n = strcspn(u->value, " ");
	const char *quota = arena_ndup(p->a, u->value, n);
	uint64_t value, period = 0;
	int64_t us;

	if (!parse_max(quota, &value) || value == 0 ||
	    (u->value[n] && !num_dec(u->value + n + 1, INT64_MAX, &period)))
		return bad_unified(u, e);
	us = value == UINT64_MAX ? -1 : (int64_t)value;
	return add_quota(p, row, &us, period, e);
}

static bool unified_is_idle(const struct planner *p)
{
	for (size_t i = 0; i < p->r->unified.n; i++)
		if (strcmp(p->r->unified.v[i].key, "cpu.idle") == 0 &&
		    strcmp(p->r->unified.v[i].value, "1") == 0)
			return true;
	return false;
}

static int unify_property(struct planner *p, const struct pair *u, struct err *e)
{
	const struct limit *row = find_by_file(u->key);
	uint64_t number;

	if (!row)
		return 0;
	if (row->form == as_quota)
		return unify_quota(p, row, u, e);
	if (row->form == as_set)
		return add_set(p, row, u->value, e);
	if (row->form == as_idle) {
		if (strcmp(u->value, "1") == 0)
			add_number(p, row, 0);
		return 0;
	}
	if (!parse_max(u->value, &number))
		return bad_unified(u, e);
	add_number(p, row, number);
	return 0;
}

/* What moves, kills or freezes processes is no limit, whoever asks. */
static bool is_command(const char *key)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.threads",
					     "cgroup.kill", "cgroup.freeze",
					     "cgroup.type" };

	for (size_t i = 0; i < COUNT(files); i++)
		if (strcmp(files[i], key) == 0)
			return true;
	return false;
}

static int check_unified(const struct pair *u, struct err *e)
{
	const char *dot = strchr(u->key, '.');

	if (strchr(u->key, '/'))
		return err_set(e,
			       "unified resource \"%s\" must be a file name (no slashes)",
			       u->key);
	if (!dot || dot == u->key || !dot[1] || !is_word(u->key))
		return err_set(e,
			       "unified resource \"%s\" must be in the form CONTROLLER.PARAMETER",
			       u->key);
	if (is_command(u->key))
		return err_set(e, "unified resource \"%s\" is not a limit", u->key);
	return 0;
}

/* A file of many lines takes one a write; the first word says which it is. */
static void add_lines(struct planner *p, const struct pair *u)
{
	const char *line = u->value;

	do {
		size_t n = strcspn(line, "\n");
		size_t word = strcspn(line, " \n");

		if (n || !line[n])
			add_write(p, (struct limit_write){
					     .field = arena_printf(p->a, "unified.%s",
								   u->key),
					     .file = u->key,
					     .value = arena_ndup(p->a, line, n),
					     .key = memchr(line, ':', word) && word < n ?
							    arena_ndup(p->a, line, word) :
							    NULL,
					     .patient = true });
		line += n + (line[n] == '\n');
	} while (*line);
}

static int plan_unified(struct planner *p, struct err *e)
{
	struct pairs all = p->r->unified;

	if (all.n && !p->facts->v2)
		return err_set(e,
			       "invalid configuration: cannot use unified on cgroup v1");
	for (size_t i = 0; i < all.n; i++) {
		const struct pair *u = &all.v[i];

		if (check_unified(u, e) < 0)
			return -1;
		if (strcmp(u->key, "cpu.weight") == 0 && unified_is_idle(p)) {
			if (!p->facts->quiet)
				log_warning(
					"unable to apply both cpu.weight and cpu.idle, ignoring cpu.weight (linux.resources.unified)");
			continue;
		}
		add_lines(p, u);
		if (p->facts->systemd && unify_property(p, u, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- */

/* v2 does without: is it there at all, and does it ask for anything? */
static bool asks(const struct planner *p, const struct limit *row)
{
	uint64_t bits = 0;
	bool negative;

	if (strcmp(row->field, "network.priorities") == 0)
		return p->r->network && p->r->network->priorities.n;
	return get_number(p->r, row->field, &bits, &negative) && bits;
}

int resources_plan(struct resources_plan *plan, const struct spec_resources *r,
		   const struct resources_facts *facts, struct arena *a, struct err *e)
{
	struct planner p = { .plan = plan, .r = r, .facts = facts, .a = a };

	*plan = (struct resources_plan){ .v2 = facts->v2 };
	if (!r)
		return 0;
	for (const struct limit *row = limits; row->form; row++) {
		if (!row->field)
			continue;
		if (facts->v2 && !row->v2 && row->v1) {
			if (asks(&p, row))
				tell_unknown(&p, row->field);
			continue;
		}
		if (row->form(&p, row, e) < 0)
			return -1;
	}
	return plan_unified(&p, e);
}
