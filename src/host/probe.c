/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "host/host.h"
#include "kernel/compat.h"
#include "kernel/proc.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"
#define SELINUX_MOUNT "/sys/fs/selinux"
#define SELINUX_MAGIC 0xf97cff8c
#define MOUNTINFO_MAX (64u << 20) /* a node with 100,000 mounts */

static bool is_fs(const char *path, long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == (unsigned long)magic;
}

/* ---- cgroups ---- */

/* The next field up to a separator; the text is not changed. */
static const char *cut(const char **p, char end, struct arena *a)
{
	size_t n = strcspn(*p, (char[]){ end, '\n', '\0' });
	char *word = arena_ndup(a, *p, n);

	*p += n + ((*p)[n] == end);
	return word;
}

/* mountinfo escapes blanks, tabs, line feeds and backslashes as \ooo. */
static const char *unescape(const char *word)
{
	char *to = (char *)(uintptr_t)word, *start = to;

	for (const char *p = word; *p; p++) {
		if (p[0] == '\\' && p[1] && p[2] && p[3]) {
			*to++ = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 +
				       (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return start;
}

struct mount_line {
	const char *root, *mount, *type, *options;
};

/* "36 35 98:0 /root /mount rw,noatime master:1 - type source options" */
static bool parse_mount_line(const char *line, struct mount_line *m, struct arena *a)
{
	const char *dash = strstr(line, " - "), *end = strchr(line, '\n');

	if (!dash || (end && dash > end))
		return false;
	for (int i = 0; i < 3; i++)
		cut(&line, ' ', a);
	m->root = unescape(cut(&line, ' ', a));
	m->mount = unescape(cut(&line, ' ', a));
	dash += 3;
	m->type = cut(&dash, ' ', a);
	cut(&dash, ' ', a);
	m->options = unescape(cut(&dash, ' ', a));
	return *m->root == '/' && *m->mount == '/';
}

static bool has_word(const char *list, const char *word, size_t n)
{
	while (*list) {
		size_t len = strcspn(list, ",");

		if (len == n && memcmp(list, word, n) == 0)
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

/* A v1 mount shows its controllers among its options: all of the hierarchy's must be
 * there. */
static bool shows(const struct mount_line *m, const char *name)
{
	if (!*name)
		return strcmp(m->type, "cgroup2") == 0;
	if (strcmp(m->type, "cgroup") != 0)
		return false;
	while (*name) {
		size_t n = strcspn(name, ",");

		if (!has_word(m->options, name, n))
			return false;
		name += n + (name[n] == ',');
	}
	return true;
}

/* Only lines of cgroup mounts are parsed: a host may have very many others. */
static bool find_mount(const char *mountinfo, const char *name, struct mount_line *m,
		       struct arena *a)
{
	for (const char *line = mountinfo; *line;
	     line = strchrnul(line, '\n'), line += *line != 0) {
		const char *end = strchrnul(line, '\n');
		const char *dash = memmem(line, (size_t)(end - line), " - cgroup", 9);

		if (dash && parse_mount_line(line, m, a) && shows(m, name))
			return true;
	}
	return false;
}

struct host_cgroups host_parse_cgroups(const char *self_cgroup, const char *mountinfo,
				       const char *unified_mount, struct arena *a)
{
	struct host_hierarchy *v;
	struct host_cgroups c = { 0 };
	bool v1 = false, v2 = false;
	size_t lines = 0;

	for (const char *p = self_cgroup; *p; p++)
		lines += *p == '\n';
	v = arena_new(a, lines + 1, sizeof(*v));
	while (*self_cgroup) {
		struct host_hierarchy h = { .root = "/" };
		struct mount_line m;

		cut(&self_cgroup, ':', a);
		h.name = cut(&self_cgroup, ':', a);
		h.own = cut(&self_cgroup, '\n', a);
		if (*h.own != '/' || (unified_mount && *h.name))
			continue;
		if (unified_mount)
			h.mount = unified_mount;
		else if (find_mount(mountinfo, h.name, &m, a))
			h.mount = m.mount, h.root = m.root;
		else
			continue;
		*(*h.name ? &v1 : &v2) = true;
		v[c.n++] = h;
	}
	c.v = v;
	c.mode = v1 && v2 ? CGROUP_HYBRID : v1 ? CGROUP_V1 : v2 ? CGROUP_V2 : CGROUP_NONE;
	return c;
}

static int probe_cgroups(struct host *h, struct arena *a, struct err *e)
{
	bool unified = is_fs(CGROUP_MOUNT, CGROUP2_SUPER_MAGIC);
	OWN_TEXT mountinfo = { 0 };
	OWN_TEXT self = { 0 };

	if (io_read_at(AT_FDCWD, "/proc/self/cgroup", 1u << 20, &self) < 0)
		return err_sys(e, "read /proc/self/cgroup");
	/* the mount table is read only where v1 controllers can be anywhere in it */
	if (!unified &&
	    io_read_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &mountinfo) < 0)
		return err_sys(e, "read /proc/self/mountinfo");
	h->cgroups = host_parse_cgroups(text_str(&self), text_str(&mountinfo),
					unified ? CGROUP_MOUNT : NULL, a);
	return 0;
}

/* ---- the caller ---- */

static uint64_t effective_caps(void)
{
	cap_t caps = cap_get_proc();
	uint64_t bits = 0;
	cap_flag_value_t on;

	for (int i = 0; caps && i < 64; i++)
		if (cap_get_flag(caps, i, CAP_EFFECTIVE, &on) == 0 && on == CAP_SET)
			bits |= 1ull << i;
	cap_free(caps);
	return bits;
}

bool host_can(const struct host *h, int cap)
{
	return h->caps >> cap & 1;
}

int host_probe(struct host *h, struct arena *a, struct err *e)
{
	h->euid = geteuid();
	h->egid = getegid();
	h->in_userns = proc_in_userns();
	h->caps = effective_caps();
	return probe_cgroups(h, a, e);
}

enum host_systemd host_systemd(void)
{
	struct stat st;

	/* made by its first process. An owner who has no id in our user namespace is
	 * none of ours. */
	if (lstat("/run/systemd/system", &st) < 0 || !S_ISDIR(st.st_mode))
		return HOST_SYSTEMD_NONE;
	return geteuid() == 0 && st.st_uid == 0 ? HOST_SYSTEMD_OURS : HOST_SYSTEMD_OTHERS;
}

bool host_has_selinux(void)
{
	return is_fs(SELINUX_MOUNT, SELINUX_MAGIC);
}

bool host_has_apparmor(void)
{
	OWN_TEXT text = { 0 };

	return access("/sys/kernel/security/apparmor", F_OK) == 0 &&
	       io_read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16,
			  &text) == 0 &&
	       text_starts(text_str(&text), "Y");
}
