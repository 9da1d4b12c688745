/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <string.h>

static bool last_is_dotdot(const char *out, size_t len)
{
	return len >= 2 && strcmp(out + len - 2, "..") == 0 &&
	       (len == 2 || out[len - 3] == '/');
}

char *path_clean(const char *path, struct arena *a)
{
	char *out = arena_new(a, strlen(path) + 2, 1);
	bool absolute = *path == '/';
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && memcmp(path, "..", 2) == 0) {
			if (len > 0 && !last_is_dotdot(out, len)) {
				char *slash = strrchr(out, '/');

				len = slash ? (size_t)(slash - out) : 0;
				out[len] = '\0';
			} else if (!absolute) {
				len += (size_t)(stpcpy(out + len, len ? "/.." : "..") -
						(out + len));
			}
		} else if (n > 0 && !(n == 1 && *path == '.')) {
			if (len > 0 || absolute)
				out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
			out[len] = '\0';
		}
		path += n + (path[n] == '/');
	}
	if (len == 0)
		out[0] = absolute ? '/' : '.', out[1] = '\0';
	return out;
}

char *path_absolute(const char *path, const char *base, struct arena *a)
{
	return path_clean(*path == '/' ? path : arena_printf(a, "%s/%s", base, path), a);
}

bool path_is_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	if (strcmp(root, "/") == 0)
		return *path == '/';
	return strncmp(path, root, n) == 0 && (path[n] == '/' || !path[n]);
}
