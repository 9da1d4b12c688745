/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AppArmor and SELinux labels. Fail closed: what cannot be applied is an error,
 * and files are written in a procfs that nothing can be mounted over
 * (CVE-2019-16884, CVE-2025-52881).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/own.h"
#include "host/host.h"
#include "kernel/proc.h"
#include "security/security.h"

static const char *or_null(const char *s)
{
	return s && *s ? s : NULL;
}

int label_plan(struct label_plan *p, const struct spec_process *s,
	       const char *mount_label, struct err *e)
{
	p->apparmor = or_null(s->apparmor_profile);
	p->selinux = or_null(s->selinux_label);
	if (p->selinux && !host_has_selinux())
		return err_set(e,
			       "selinux label is specified in config, but selinux is disabled or not supported");
	if (mount_label && !host_has_selinux())
		return err_set(e,
			       "linux.mountLabel is specified in config, but selinux is disabled or not supported");
	if (p->apparmor && strcmp(p->apparmor, "unconfined") == 0 && !host_has_apparmor())
		p->apparmor = NULL;
	if (p->apparmor && !host_has_apparmor())
		return err_set(e,
			       "apparmor profile %s is specified in config, but apparmor is not enabled on this host",
			       p->apparmor);
	return 0;
}

static int write_attr(int proc, const char *file, const char *value, struct err *e)
{
	OWN_FD self = proc_open_self(proc);

	if (self < 0)
		return err_sys(e, "open /proc/thread-self");
	return proc_write(self, file, value) < 0 ? err_sys(e, "write %s", file) : 0;
}

int label_apparmor(const struct label_plan *p, int proc, struct err *e)
{
	OWN_TEXT value = { 0 };

	if (!p->apparmor)
		return 0;
	text_printf(&value, "exec %s", p->apparmor);
	if (write_attr(proc, "attr/apparmor/exec", text_str(&value), e) < 0 &&
	    (e->sys != ENOENT || write_attr(proc, "attr/exec", text_str(&value), e) < 0))
		return err_in(e, "unable to apply apparmor profile %s", p->apparmor);
	return 0;
}

int label_selinux(const struct label_plan *p, int proc, struct err *e)
{
	if (p->selinux && write_attr(proc, "attr/exec", p->selinux, e) < 0)
		return err_in(e, "can't set process label %s", p->selinux);
	return 0;
}
