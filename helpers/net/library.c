/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/own.h"

#define LIBRARY "libslirp.so.0"

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
	{ "slirp_new", offsetof(struct library, new) },
	{ "slirp_input", offsetof(struct library, input) },
	{ "slirp_pollfds_fill", offsetof(struct library, fill) },
	{ "slirp_pollfds_poll", offsetof(struct library, poll) },
	{ "slirp_add_hostxfwd", offsetof(struct library, add_forward) },
	{ "slirp_remove_hostxfwd", offsetof(struct library, remove_forward) },
	{ "slirp_version_string", offsetof(struct library, version) },
};

static void say_nothing(const char *domain, int level, const char *text, void *data)
{
	(void)domain, (void)level, (void)text, (void)data;
}

/*
 * A container can make libslirp complain, and GLib's own way to print that reads files
 * and asks about terminals: calls that the filter would answer with the end.
 */
static void silence(void *handle)
{
	void *(*set_handler)(void (*)(const char *, int, const char *, void *), void *);
	void *found = dlsym(handle, "g_log_set_default_handler");

	memcpy(&set_handler, &found, sizeof(set_handler));
	if (found)
		set_handler(say_nothing, NULL);
}

/* The first 4.7 knows version 4 of the configuration. */
static bool is_recent(const struct library *lib)
{
	const char *version = lib->version();
	bool four = version[0] == '4' && version[1] == '.';

	return four && (version[2] >= '7' ||
			(version[2] >= '1' && version[3] >= '0' && version[3] <= '9'));
}

int library_load(struct library *lib, struct err *e)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; handle && i < COUNT(symbols); i++) {
		void *found = dlsym(handle, symbols[i].name);

		memcpy((char *)lib + symbols[i].at, &found, sizeof(found));
		if (!found)
			handle = NULL;
	}
	if (!handle || !is_recent(lib))
		return err_set(e, "runc-net cannot load " LIBRARY " (need 4.7 or newer)");
	silence(handle);
	return 0;
}
