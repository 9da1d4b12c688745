/* SPDX-License-Identifier: Apache-2.0 */
/* What is set inside new namespaces.                                  Runs: inside */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/proc.h"
#include "ns/ns.h"

int ns_become_root(const struct ns_plan *p, struct err *e)
{
	if (!ns_is_own(p, NS_USER))
		return 0;
	/* gid before uid: the other way round the right to change it is gone */
	if (setresgid(0, 0, 0) < 0)
		return err_sys(e, "become group 0 of the user namespace");
	if (setresuid(0, 0, 0) < 0)
		return err_sys(e, "become user 0 of the user namespace");
	return 0;
}

int ns_set_names(const struct ns_plan *p, struct err *e)
{
	if (p->hostname && sethostname(p->hostname, strlen(p->hostname)) < 0)
		return err_sys(e, "sethostname");
	if (p->domainname && setdomainname(p->domainname, strlen(p->domainname)) < 0)
		return err_sys(e, "setdomainname");
	return 0;
}

int ns_write_sysctl(const struct ns_plan *p, int proc, struct err *e)
{
	for (size_t i = 0; i < p->sysctl.n; i++) {
		OWN_TEXT path = { 0 };

		text_printf(&path, "sys/%s", p->sysctl.v[i].key);
		if (proc_write(proc, text_str(&path), p->sysctl.v[i].value) < 0)
			return err_sys(e, "open sysctl %s file", p->sysctl.v[i].key);
	}
	return 0;
}
