/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hog SIZE N: takes N huge pages of SIZE KiB and writes to each; says how many it got,
 * and what the kernel said to the next.
 *
 * Linked statically, so that it runs in any root file system.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	size_t size = argc == 3 ? strtoul(argv[1], NULL, 10) * 1024 : 0;
	int want = argc == 3 ? atoi(argv[2]) : 0, got = 0;

	if (!size || want <= 0) {
		fprintf(stderr, "usage: hog SIZE N\n");
		return 2;
	}
	for (; got < want; got++) {
		int which = __builtin_ctzl(size) << MAP_HUGE_SHIFT;
		char *page =
			mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | which, -1, 0);

		if (page == MAP_FAILED)
			break;
		*page = 1;
	}
	printf("%d%s%s\n", got, got < want ? ": " : "", got < want ? strerror(errno) : "");
	return 0;
}
