/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/names.h"
#include "security/security.h"

/* Search rights let a later exec of the same container join the keyring by its name. */
#define USER_SEARCH 0x00080000u
#define OTHER_SEARCH 0x00000008u

/* "keyring;0;0;3f1b0000;_ses.web1": the fourth field is hexadecimal. */
static bool parse_permission(const char *text, unsigned int *perm)
{
	for (int i = 0; i < 3; i++) {
		text = strchr(text, ';');
		if (!text)
			return false;
		text++;
	}
	/* eight digits cannot overflow */
	return sscanf(text, "%8x;", perm) == 1; /* NOLINT(cert-err34-c) */
}

int keyring_join(const char *name, bool userns, struct err *e)
{
	char text[1300] = "";
	unsigned int perm;
	long ring, n;

	ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
	if (ring < 0 && errno == ENOSYS) {
		log_warning(
			"this kernel has no keyrings: the container has no session keyring of its own");
		return 0;
	}
	if (ring < 0) {
		err_sys(e, "unable to join session keyring: unable to create session key");
		if (e->sys == EDQUOT)
			err_in(e,
			       "the user has too many keys: raise kernel.keys.maxkeys, or use --no-new-keyring");
		return -1;
	}
	n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, ring, text, sizeof(text) - 1);
	if (n < 0 || !parse_permission(text, &perm))
		return err_sys(e, "unable to describe the session keyring");
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring,
		    perm | (userns ? OTHER_SEARCH : USER_SEARCH)) < 0)
		return err_sys(e, "unable to set the permissions of the session keyring");
	return 0;
}
