/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount options: THE table. A word that clears something really clears it, also
 * after a word that set it: the last one wins. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "kernel/compat.h"
#include "rootfs/private.h"

enum effect {
	SET, /* MOUNT_ATTR_ bits */
	CLEAR,
	REC_SET, /* the same on everything below */
	REC_CLEAR,
	PROPAGATION,
	SUPER, /* a flag of the file system, by offset */
	SUPER_CLEAR,
	BIND,
	RBIND,
	COPY_UP,
	IDMAP,
	RIDMAP,
	NOTHING,
};

#define ATIME MOUNT_ATTR__ATIME
#define NO_MODE MOUNT_ATTR_NOATIME /* in clear, for ATIME: a time mode was taken back */
#define IN(member) offsetof(struct mount_plan, member)

/* clang-format off */
static const struct option {
	const char *word;
	enum effect effect;
	uint64_t bits;
	bool hidden; /* supported, but not in `features`: as in the Go runc */
} option_table[] = {
	{ "async",          SUPER_CLEAR, IN(sync) },
	{ "atime",          CLEAR,       MOUNT_ATTR_NOATIME },
	{ "bind",           BIND },
	{ "defaults",       NOTHING },
	{ "dev",            CLEAR,       MOUNT_ATTR_NODEV },
	{ "diratime",       CLEAR,       MOUNT_ATTR_NODIRATIME },
	{ "dirsync",        SUPER,       IN(dirsync) },
	{ "exec",           CLEAR,       MOUNT_ATTR_NOEXEC },
	{ "idmap",          IDMAP,       .hidden = true },
	{ "iversion",       SUPER,       IN(iversion) },
	{ "lazytime",       SUPER,       IN(lazytime) },
	{ "loud",           NOTHING },
	{ "mand",           SUPER,       IN(mandlock) },
	{ "noatime",        SET,         MOUNT_ATTR_NOATIME },
	{ "nodev",          SET,         MOUNT_ATTR_NODEV },
	{ "nodiratime",     SET,         MOUNT_ATTR_NODIRATIME },
	{ "noexec",         SET,         MOUNT_ATTR_NOEXEC },
	{ "noiversion",     SUPER_CLEAR, IN(iversion) },
	{ "nolazytime",     SUPER_CLEAR, IN(lazytime) },
	{ "nomand",         SUPER_CLEAR, IN(mandlock) },
	{ "norelatime",     CLEAR,       MOUNT_ATTR_RELATIME },
	{ "nostrictatime",  CLEAR,       MOUNT_ATTR_STRICTATIME },
	{ "nosuid",         SET,         MOUNT_ATTR_NOSUID },
	{ "nosymfollow",    SET,         MOUNT_ATTR_NOSYMFOLLOW },
	{ "private",        PROPAGATION, MS_PRIVATE },
	{ "ratime",         REC_CLEAR,   MOUNT_ATTR_NOATIME },
	{ "rbind",          RBIND },
	{ "rdev",           REC_CLEAR,   MOUNT_ATTR_NODEV },
	{ "rdiratime",      REC_CLEAR,   MOUNT_ATTR_NODIRATIME },
	{ "relatime",       SET,         MOUNT_ATTR_RELATIME },
	{ "remount",        NOTHING },
	{ "rexec",          REC_CLEAR,   MOUNT_ATTR_NOEXEC },
	{ "ridmap",         RIDMAP,      .hidden = true },
	{ "rnoatime",       REC_SET,     MOUNT_ATTR_NOATIME },
	{ "rnodev",         REC_SET,     MOUNT_ATTR_NODEV },
	{ "rnodiratime",    REC_SET,     MOUNT_ATTR_NODIRATIME },
	{ "rnoexec",        REC_SET,     MOUNT_ATTR_NOEXEC },
	{ "rnorelatime",    REC_CLEAR,   MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", REC_CLEAR,   MOUNT_ATTR_STRICTATIME },
	{ "rnosuid",        REC_SET,     MOUNT_ATTR_NOSUID },
	{ "rnosymfollow",   REC_SET,     MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro",             SET,         MOUNT_ATTR_RDONLY },
	{ "rprivate",       PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rrelatime",      REC_SET,     MOUNT_ATTR_RELATIME },
	{ "rro",            REC_SET,     MOUNT_ATTR_RDONLY },
	{ "rrw",            REC_CLEAR,   MOUNT_ATTR_RDONLY },
	{ "rshared",        PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave",         PROPAGATION, MS_SLAVE | MS_REC },
	{ "rstrictatime",   REC_SET,     MOUNT_ATTR_STRICTATIME },
	{ "rsuid",          REC_CLEAR,   MOUNT_ATTR_NOSUID },
	{ "rsymfollow",     REC_CLEAR,   MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable",    PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw",             CLEAR,       MOUNT_ATTR_RDONLY },
	{ "shared",         PROPAGATION, MS_SHARED },
	{ "silent",         NOTHING },
	{ "slave",          PROPAGATION, MS_SLAVE },
	{ "strictatime",    SET,         MOUNT_ATTR_STRICTATIME },
	{ "suid",           CLEAR,       MOUNT_ATTR_NOSUID },
	{ "symfollow",      CLEAR,       MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync",           SUPER,       IN(sync) },
	{ "tmpcopyup",      COPY_UP },
	{ "unbindable",     PROPAGATION, MS_UNBINDABLE },
};
/* clang-format on */

static int by_word(const void *key, const void *row)
{
	return strcmp(key, ((const struct option *)row)->word);
}

static const struct option *find_option(const char *word)
{
	return bsearch(word, option_table, COUNT(option_table), sizeof(*option_table),
		       by_word);
}

/* The time modes are one number in two bits, not flags: setting one replaces the others.
 */
static bool is_atime(uint64_t bits)
{
	return (bits & ~(uint64_t)ATIME) == 0;
}

static void set_bits(uint64_t bits, uint64_t *set, uint64_t *clear)
{
	uint64_t mask = is_atime(bits) ? ATIME : bits;

	*set = (*set & ~mask) | bits;
	*clear = is_atime(bits) ? *clear | ATIME : *clear & ~bits;
}

/* A time mode is taken back by its own word alone: "noatime,nostrictatime" is noatime. */
static bool takes_back(uint64_t bits, uint64_t set, uint64_t clear)
{
	return (clear & ATIME) != ATIME || (set & ATIME) == bits;
}

/* A mode that is taken back is none, as mount(8) has it: what is there stays. */
static void clear_bits(uint64_t bits, uint64_t *set, uint64_t *clear)
{
	if (!is_atime(bits)) {
		*set &= ~bits;
		*clear |= bits;
	} else if (takes_back(bits, *set, *clear)) {
		*set &= ~(uint64_t)ATIME;
		*clear = (*clear & ~(uint64_t)ATIME) | NO_MODE;
	}
}

/* Below, as mount_setattr(2) has it: what is cleared is relatime. */
static void clear_bits_below(uint64_t bits, uint64_t *set, uint64_t *clear)
{
	if (is_atime(bits)) {
		if (!takes_back(bits, *set, *clear))
			return;
		bits = ATIME;
	}
	*set &= ~bits;
	*clear |= bits;
}

bool rootfs_asks_time(const struct mount_plan *m)
{
	return (m->clear & ATIME) == ATIME;
}

static void apply(struct mount_plan *m, const struct option *o, uint64_t *propagation)
{
	bool *flag = (bool *)((char *)m + o->bits);

	switch (o->effect) {
	case SET:
		set_bits(o->bits, &m->set, &m->clear);
		return;
	case CLEAR:
		clear_bits(o->bits, &m->set, &m->clear);
		return;
	case REC_SET:
		set_bits(o->bits, &m->rec_set, &m->rec_clear);
		return;
	case REC_CLEAR:
		clear_bits_below(o->bits, &m->rec_set, &m->rec_clear);
		return;
	case PROPAGATION:
		propagation[m->propagation_count++] = o->bits;
		return;
	case SUPER:
		*flag = true;
		return;
	case SUPER_CLEAR:
		*flag = false;
		return;
	case BIND:
	case RBIND:
		m->kind = MOUNT_BIND;
		m->recursive = o->effect == RBIND;
		return;
	case COPY_UP:
		m->copy_up = true;
		return;
	case IDMAP:
	case RIDMAP:
		m->idmap = IDMAPPED_CONTAINER;
		m->idmap_recursive = o->effect == RIDMAP;
		return;
	case NOTHING:
		return;
	}
}

int rootfs_parse_options(struct mount_plan *m, struct strings options, struct arena *a,
			 struct err *e)
{
	uint64_t *propagation = arena_new(a, options.n, sizeof(*propagation));
	OWN_TEXT data = { 0 };

	for (size_t i = 0; i < options.n; i++) {
		const struct option *o = find_option(options.v[i]);

		if (o)
			apply(m, o, propagation);
		else if (*options.v[i])
			text_printf(&data, "%s%s", data.len ? "," : "", options.v[i]);
	}
	m->propagation = propagation;
	/* a bind has no file system of its own that could take them: never silently
	 * dropped */
	if (m->kind == MOUNT_BIND && data.len)
		return err_set(e,
			       "bind mounts cannot have any filesystem-specific options applied: %s",
			       text_str(&data));
	if (m->kind == MOUNT_BIND &&
	    (m->sync || m->dirsync || m->mandlock || m->lazytime || m->iversion)) {
		log_warning("mount %s: sync, dirsync, mand, lazytime and iversion belong to the file system: a bind leaves them as they are",
			    m->destination ? m->destination : "");
		m->sync = m->dirsync = m->mandlock = m->lazytime = m->iversion = false;
	}
	m->data = data.len ? arena_dup(a, text_str(&data)) : NULL;
	return 0;
}

struct strings rootfs_option_words(struct arena *a)
{
	char **v = arena_new(a, COUNT(option_table) + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < COUNT(option_table); i++)
		if (!option_table[i].hidden)
			v[n++] = arena_dup(a, option_table[i].word);
	return (struct strings){ v, n };
}

static bool is_said(const struct mount_plan *m, const struct option *o)
{
	bool bind = m->kind == MOUNT_BIND || m->kind == MOUNT_INSIDE;

	switch (o->effect) {
	case SET:
		return is_atime(o->bits) ?
			       rootfs_asks_time(m) && (m->set & ATIME) == o->bits :
			       (m->set & o->bits) != 0;
	case CLEAR:
		return is_atime(o->bits) ? (m->clear & ATIME) == NO_MODE &&
						   o->bits == MOUNT_ATTR_NOATIME :
					   (m->clear & o->bits) != 0;
	case REC_SET:
		return is_atime(o->bits) ?
			       m->rec_clear & ATIME && (m->rec_set & ATIME) == o->bits :
			       (m->rec_set & o->bits) != 0;
	case REC_CLEAR:
		return !is_atime(o->bits) && m->rec_clear & o->bits;
	case SUPER:
		return *(const bool *)((const char *)m + o->bits);
	case BIND:
		return bind && !m->recursive;
	case RBIND:
		return bind && m->recursive;
	case COPY_UP:
		return m->copy_up;
	case IDMAP:
		return m->idmap != IDMAPPED_NO && !m->idmap_recursive;
	case RIDMAP:
		return m->idmap != IDMAPPED_NO && m->idmap_recursive;
	case PROPAGATION: /* their order counts */
	case SUPER_CLEAR: /* as if nothing had been said */
	case NOTHING:
		return false;
	}
	return false;
}

void rootfs_print_options(const struct mount_plan *m, struct text *out)
{
	const char *comma = "";

	for (size_t i = 0; i < COUNT(option_table); i++)
		if (is_said(m, &option_table[i])) {
			text_printf(out, "%s%s", comma, option_table[i].word);
			comma = ",";
		}
	for (size_t i = 0; i < m->propagation_count; i++) {
		text_printf(out, "%s%s", comma,
			    names_word(propagation_words, (int64_t)m->propagation[i]));
		comma = ",";
	}
}
