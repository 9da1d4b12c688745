/* SPDX-License-Identifier: Apache-2.0 */
/* pause, resume: the container's cgroup stands still, or runs on.      Runs: host
 *
 * Without the container's lock: an exec into a paused container holds it until
 * somebody resumes.
 */
#include <errno.h>

#include "base/log.h"
#include "cgroup/cgroup.h"
#include "container/found.h"

static int set_frozen(const struct found *f, bool frozen, struct err *e)
{
	if (cgroup_set_frozen(f->record.cgroup_paths, frozen, e) == 0)
		return 0;
	if (e->sys == EPERM || e->sys == EACCES || !f->record.cgroup_paths.n)
		log_warning("runc %s failure might be caused by lack of full access to cgroups",
			    frozen ? "pause" : "resume");
	return -1;
}

static int pause_found(const struct found *f, struct err *e)
{
	enum status status;

	if (found_status(f, &status, e) < 0)
		return -1;
	if (status != STATUS_RUNNING && status != STATUS_CREATED)
		return err_set(e, "container not running");
	return set_frozen(f, true, e);
}

static int resume_found(const struct found *f, struct err *e)
{
	enum status status;

	if (found_status(f, &status, e) < 0)
		return -1;
	if (status != STATUS_PAUSED)
		return err_set(e, "container not paused");
	return set_frozen(f, false, e);
}

int container_pause(const struct context *c, const char *id, struct err *e)
{
	struct found f;
	int ret;

	if (found_open(&f, c, id, e) < 0)
		return -1;
	ret = pause_found(&f, e);
	found_close(&f);
	return ret;
}

int container_resume(const struct context *c, const char *id, struct err *e)
{
	struct found f;
	int ret;

	if (found_open(&f, c, id, e) < 0)
		return -1;
	ret = resume_found(&f, e);
	found_close(&f);
	return ret;
}
