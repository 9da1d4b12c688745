/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: from names to sets. What the kernel makes of them needs a container. */
#include <linux/capability.h>

#include "base/log.h"
#include "security/security.h"

#include "unit/given.h"
#include "unit/tap.h"

#define BIT(cap) (1ull << (cap))

/* clang-format off */

/* One name in the bounding set. known: it is in the plan, and nobody is warned. */
static const struct {
	const char *label, *name;
	uint64_t bit;
} names[] = {
	{ .label = "the first",            .name = "CAP_CHOWN",          .bit = BIT(CAP_CHOWN) },
	{ .label = "one with underscores", .name = "CAP_NET_BIND_SERVICE", .bit = BIT(CAP_NET_BIND_SERVICE) },
	{ .label = "one beyond 32 bits",   .name = "CAP_AUDIT_READ",     .bit = BIT(CAP_AUDIT_READ) },
	{ .label = "unknown",              .name = "CAP_UNKNOWN" },
	{ .label = "lower case",           .name = "cap_chown" },
	{ .label = "mixed case",           .name = "CAP_Chown" },
	{ .label = "without CAP_",         .name = "CHOWN" },
	{ .label = "a number",             .name = "0" },
	{ .label = "a number behind CAP_", .name = "CAP_0" },
	{ .label = "CAP_ alone",           .name = "CAP_" },
	{ .label = "a known one and more", .name = "CAP_CHOWN_ALL" },
	{ .label = "the start of one",     .name = "CAP_CHOW" },
	{ .label = "blank in front",       .name = " CAP_CHOWN" },
	{ .label = "blank behind",         .name = "CAP_CHOWN " },
	{ .label = "line feed behind",     .name = "CAP_CHOWN\n" },
	{ .label = "two in one",           .name = "CAP_CHOWN,CAP_KILL" },
	{ .label = "text of a whole set",  .name = "CAP_CHOWN=EP" },
	{ .label = "no ASCII",             .name = "CAP_CHÖWN" },
};

static const char in_number_order[] =
	"CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID "
	"CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW "
	"CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT "
	"CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD "
	"CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG "
	"CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE";

/* clang-format on */

static int warnings;
static char warned[256];

static void hear_warning(enum log_level level, const char *text)
{
	warnings += level == LOG_LEVEL_WARNING;
	snprintf(warned, sizeof(warned), "%s", text);
}

static bool is(const struct caps_plan *p, uint64_t bounding, uint64_t effective,
	       uint64_t permitted, uint64_t inheritable, uint64_t ambient)
{
	return p->bounding == bounding && p->effective == effective &&
	       p->permitted == permitted && p->inheritable == inheritable &&
	       p->ambient == ambient;
}

static void check_names(void)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		char *const v[] = { (char *)(uintptr_t)names[i].name, NULL };
		const struct spec_capabilities s = { .bounding = { v, 1 } };
		struct caps_plan p, added = { .bounding = BIT(CAP_KILL) };

		warnings = 0;
		caps_plan(&p, &s);
		CHECK(names[i].label, is(&p, names[i].bit, 0, 0, 0, 0) &&
					      warnings == (names[i].bit ? 0 : 1));
		/* exec --cap: the same words, but there it is the caller's error */
		CHECK(names[i].label,
		      caps_add(&added, names[i].name, true) == (names[i].bit != 0) &&
			      is(&added, BIT(CAP_KILL) | names[i].bit, names[i].bit,
				 names[i].bit, 0, names[i].bit));
	}
}

static void check_sets(struct arena *a)
{
	const struct spec *s =
		given_spec(a,
			   "{'process':{'args':['sh'],'cwd':'/','capabilities':{"
			   "'bounding':['CAP_CHOWN','CAP_FOO','CAP_CHOWN','CAP_KILL'],"
			   "'effective':['CAP_KILL','CAP_FOO'],'permitted':['CAP_SETUID','cap_kill'],"
			   "'inheritable':['CAP_SETGID'],'ambient':['CAP_FOWNER']}}}");
	struct caps_plan p = { .bounding = 1, .ambient = 1 };

	caps_plan(&p, NULL);
	CHECK("no capabilities object is no capability at all", is(&p, 0, 0, 0, 0, 0));
	caps_plan(&p, &(const struct spec_capabilities){ 0 });
	CHECK("neither is an empty one", is(&p, 0, 0, 0, 0, 0));
	warnings = 0;
	caps_plan(&p, s->process->capabilities);
	CHECK("each set for itself, without the unknown",
	      is(&p, BIT(CAP_CHOWN) | BIT(CAP_KILL), BIT(CAP_KILL), BIT(CAP_SETUID),
		 BIT(CAP_SETGID), BIT(CAP_FOWNER)));
	CHECK("one warning", warnings == 1);
	CHECK_SAME("with each unknown name once", warned,
		   "ignoring unknown or unavailable capabilities: [CAP_FOO cap_kill]");
}

static void check_add(void)
{
	struct caps_plan p = { .bounding = BIT(CAP_KILL), .inheritable = BIT(CAP_KILL) };

	CHECK("exec --cap: bounding, effective, permitted; inheritable never",
	      caps_add(&p, "CAP_CHOWN", false) &&
		      is(&p, BIT(CAP_KILL) | BIT(CAP_CHOWN), BIT(CAP_CHOWN),
			 BIT(CAP_CHOWN), BIT(CAP_KILL), 0));
}

static void check_words(struct arena *a)
{
	struct strings got = caps_words(a), want = given_words(a, in_number_order);
	bool rest = true;

	CHECK("all words there were in Linux 5.9", got.n >= want.n);
	for (size_t i = 0; i < want.n && i < got.n; i++)
		CHECK_SAME(want.v[i], got.v[i], want.v[i]);
	for (size_t i = want.n; i < got.n; i++)
		rest = rest && text_starts(got.v[i], "CAP_");
	CHECK("newer ones look alike", rest);
}

int main(void)
{
	struct arena a = { 0 };

	log_divert(hear_warning);
	check_names();
	check_sets(&a);
	check_add();
	check_words(&a);
	arena_free(&a);
	return tap_done();
}
