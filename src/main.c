/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold before anything else: descriptors 0 to 2 exist, and we have no
 * more privilege than our caller.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/cli.h"
#include "kernel/seal.h"

/* Else a file of ours could become the container's stdout: D1. */
static int fill_stdio(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	return 0;
}

/*
 * How many descriptors from 3 on the caller left open, without a gap. Counted
 * before we open any: no number among them will ever be one of ours, and none
 * beyond them is the caller's to pass on (CVE-2024-21626).
 */
static int count_inherited(void)
{
	int n = 0;

	while (fcntl(3 + n, F_GETFD) >= 0)
		n++;
	return n;
}

int main(int argc, char **argv)
{
	if (fill_stdio() < 0) {
		dprintf(STDERR_FILENO, "runc: open /dev/null: %s\n", err_word(errno));
		return 1;
	}
	if (seal_is_elevated()) {
		dprintf(STDERR_FILENO,
			"runc: must not be set-uid, set-gid or have file capabilities\n");
		return 1;
	}
	/* a reader that went away is an error of that write, not our end; children get
	 * the default back */
	signal(SIGPIPE, SIG_IGN);
	return cli_main(argc, argv, count_inherited());
}
