/* SPDX-License-Identifier: Apache-2.0 */
/* What survives a command: ids, roots, records, and what others may have made of them. */
#include "store/store.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "kernel/proc.h"
#include "unit/data.h"
#include "unit/tap.h"

static mode_t mode_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode & 07777;
}

static void set_mode(int dir, const char *name, mode_t mode)
{
	if (fchmodat(dir, name, mode, 0) < 0)
		data_bail(name);
}

static bool is_there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void read_file(int dir, const char *name, struct text *out)
{
	if (io_read_at(dir, name, 1u << 20, out) < 0)
		text_printf(out, "(errno %d)", errno);
	text_add(out, "");
}

/* ---- ids (I1) ---- */

static const struct {
	const char *label, *id;
	bool ok;
} ids[] = {
	{ .label = "id: letters", .id = "webServer", .ok = true },
	{ .label = "id: one letter", .id = "x", .ok = true },
	{ .label = "id: all that may be in it", .id = "aZ09_+-.", .ok = true },
	{ .label = "id: dots inside", .id = "a..b.", .ok = true },
	{ .label = "id: a number", .id = "0", .ok = true },
	{ .label = "id: begins with _", .id = "_x", .ok = true },
	{ .label = "id: begins with +", .id = "+x", .ok = true },
	{ .label = "id: begins with -", .id = "-x", .ok = true },
	{ .label = "id: nothing", .id = "" },
	{ .label = "id: the directory", .id = "." },
	{ .label = "id: its parent", .id = ".." },
	{ .label = "id: hidden", .id = ".web1" },
	{ .label = "id: three dots", .id = "..." },
	{ .label = "id: slash", .id = "a/b" },
	{ .label = "id: slash in front", .id = "/etc" },
	{ .label = "id: slash at the end", .id = "web1/" },
	{ .label = "id: climbs", .id = "../web1" },
	{ .label = "id: blank", .id = "web 1" },
	{ .label = "id: line feed", .id = "web1\n" },
	{ .label = "id: tab", .id = "\tweb1" },
	{ .label = "id: escape", .id = "web\x1b[31m" },
	{ .label = "id: colon", .id = "a:b" },
	{ .label = "id: at", .id = "a@b" },
	{ .label = "id: percent", .id = "%s%n" },
	{ .label = "id: star", .id = "*" },
	{ .label = "id: backslash", .id = "a\\b" },
	{ .label = "id: not ASCII", .id = "\xc3\xa9" },
	{ .label = "id: not UTF-8", .id = "a\xff" },
};

static void test_ids(void)
{
	char id[1026];
	struct err e;

	for (size_t i = 0; i < COUNT(ids); i++)
		CHECK(ids[i].label, (store_check_id(ids[i].id, &e) == 0) == ids[i].ok);
	store_check_id("", &e);
	CHECK_SAME("id: nothing, in words", e.text, "container id cannot be empty");
	store_check_id("..", &e);
	CHECK("id: in the words of the Go runc",
	      text_starts(e.text, "invalid container ID format"));
	memset(id, 'x', sizeof(id));
	id[1024] = '\0';
	CHECK("id: 1024 letters", store_check_id(id, &e) == 0);
	id[1024] = 'x';
	id[1025] = '\0';
	CHECK("id: 1025 letters", store_check_id(id, &e) < 0);
}

/* ---- where ROOT is ---- */

static void check_root_path(const char *label, const char *option, const char *want)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	bool is_default;
	const char *path = store_root_path(option, &a, &is_default, &e);

	CHECK_SAME(label, path ? path : e.text, want);
	CHECK(label, is_default == !option);
	arena_free(&a);
}

static void test_root_path(void)
{
	static const char slash[] = "Option --root argument should not be set to /";
	OWN_STR cwd = getcwd(NULL, 0);
	OWN_TEXT below = { 0 };
	OWN_TEXT xdg = { 0 };
	char name[32];
	OWN_FD dir = data_make_dir(name, sizeof(name));

	text_printf(&below, "%s/x", cwd);
	check_root_path("root: absolute", "/var/lib/x", "/var/lib/x");
	check_root_path("root: cleaned", "/var//lib/./y/../x/", "/var/lib/x");
	check_root_path("root: relative", "x", below.s);
	check_root_path("root: empty is here", "", cwd);
	check_root_path("root: /", "/", slash);
	check_root_path("root: / by another name", "/..//x/..", slash);

	unsetenv("XDG_RUNTIME_DIR");
	check_root_path("root: not given", NULL, "/run/runc");
	setenv("XDG_RUNTIME_DIR", "", 1);
	check_root_path("root: not given, and an empty variable", NULL, "/run/runc");
	text_printf(&xdg, "%s/%s", cwd, name);
	setenv("XDG_RUNTIME_DIR", xdg.s, 1);
	setenv("USER", "somebody", 1);
	if (geteuid() == 0 && !proc_in_userns()) {
		check_root_path("root: the real root's, whatever the variable says", NULL,
				"/run/runc");
	} else {
		text_add(&xdg, "/runc");
		check_root_path("root: a user's", NULL, xdg.s);
		CHECK("root: a user's is made, private and sticky",
		      mode_of(dir, "runc") == 01700);
	}
	data_remove_dir(AT_FDCWD, name);
}

/* ---- ROOT (I2) ---- */

static void check_open_root(const char *label, const char *path, bool make,
			    const char *want)
{
	struct err e = { 0 };
	OWN_FD fd = store_open_root(path, make, &e);

	CHECK(label, want ? fd < 0 && strstr(e.text, want) : fd >= 0);
	if (want && fd < 0 && !strstr(e.text, want))
		printf("# got: %s\n", e.text);
}

static void test_root(void)
{
	char name[32], path[128];
	OWN_FD dir = data_make_dir(name, sizeof(name));
	struct err e = { 0 };

#define AT(rest) (snprintf(path, sizeof(path), "%s/%s", name, rest), path)
	umask(0);
	check_open_root("ROOT: not there, not made", AT("a/b"), false,
			"no such file or directory");
	CHECK("ROOT: not there has its errno",
	      store_open_root(path, false, &e) < 0 && e.sys == ENOENT);
	check_open_root("ROOT: made, with all above", AT("a/b/c"), true, NULL);
	CHECK("ROOT: made for its owner alone, whatever the umask",
	      mode_of(dir, "a") == 0700 && mode_of(dir, "a/b/c") == 0700);
	check_open_root("ROOT: there already", AT("a/b/c"), true, NULL);

	set_mode(dir, "a", 0755);
	check_open_root("ROOT: others may look", AT("a"), false, NULL);
	set_mode(dir, "a", 0770);
	check_open_root("ROOT: the owner's own group may write (umask 002)", AT("a"),
			true, NULL);
	set_mode(dir, "a", 0702);
	check_open_root("ROOT: everybody may write", AT("a"), true,
			"may be written by others than its owner");
	set_mode(dir, "a", 01777);
	check_open_root("ROOT: everybody may write, sticky", AT("a"), true,
			"may be written by others than its owner");
	set_mode(dir, "a", 0700);

	if (symlinkat("a", dir, "link") == 0)
		check_open_root("ROOT: a link", AT("link"), true, "open ");
	if (symlinkat("nowhere", dir, "dangling") == 0) {
		check_open_root("ROOT: a dangling link", AT("dangling"), true, "open ");
		CHECK("ROOT: nothing was made behind it", !is_there(dir, "nowhere"));
	}
	data_write(dir, "file", "", 0);
	check_open_root("ROOT: a file", AT("file"), true, "not a directory");
	if (geteuid() != 0)
		check_open_root("ROOT: somebody else's", "/", false, "belongs to user 0");
	else if (fchownat(dir, "a", 12345, (gid_t)-1, 0) == 0)
		check_open_root("ROOT: somebody else's", AT("a"), true,
				"belongs to user 12345");
	else
		tap_skip("ROOT: somebody else's", "no second user here");
	umask(022);
	data_remove_dir(AT_FDCWD, name);
}

static void test_list(void)
{
	char name[32];
	OWN_FD root = data_make_dir(name, sizeof(name));
	struct arena a = { 0 };
	struct strings names;
	struct err e;
	bool sorted = true;

	CHECK("list: nothing", store_list(root, &names, &a, &e) == 0 && names.n == 0);
	data_write(root, "file", "", 0);
	mkdirat(root, ".hidden", 0700);
	CHECK("list: linked", symlinkat(".hidden", root, "link") == 0);
	for (int i = 199; i >= 0; i--) {
		char id[16];

		snprintf(id, sizeof(id), "ct%03d", i);
		mkdirat(root, id, 0700);
	}
	CHECK("list: directories alone",
	      store_list(root, &names, &a, &e) == 0 && names.n == 200 && !names.v[200]);
	for (size_t i = 1; i < names.n; i++)
		sorted = sorted && strcmp(names.v[i - 1], names.v[i]) < 0;
	CHECK("list: sorted", sorted && strcmp(names.v[0], "ct000") == 0);
	CHECK("list: twice", store_list(root, &names, &a, &e) == 0 && names.n == 200);
	arena_free(&a);
	data_remove_dir(AT_FDCWD, name);
}

/* ---- ROOT/ID ---- */

static void test_claim(void)
{
	char name[32], longest[300];
	OWN_FD root = data_make_dir(name, sizeof(name));
	OWN_FD dir = -1;
	OWN_FD again = -1;
	OWN_FD other = -1;
	struct err e;

	umask(077);
	dir = store_claim(root, "web1", &e);
	umask(022);
	CHECK("claim: a new one", dir >= 0);
	CHECK("claim: its mode, whatever the umask", mode_of(root, "web1") == 0711);
	CHECK("claim: a second time", store_claim(root, "web1", &e) < 0);
	CHECK_SAME("claim: in the words of the Go runc", e.text,
		   "container with given ID already exists");
	again = store_open(root, "web1", &e);
	CHECK("claim: others can look", again >= 0);
	CHECK("claim: but it is locked",
	      store_lock(again, STORE_SHARED, false, &e) < 0 && e.sys == EWOULDBLOCK);
	store_unlock(dir);
	CHECK("lock: free again", store_lock(again, STORE_EXCLUSIVE, false, &e) == 0 &&
					  store_lock(dir, STORE_SHARED, false, &e) < 0);
	store_unlock(again);
	CHECK("lock: shared twice", store_lock(again, STORE_SHARED, false, &e) == 0 &&
					    store_lock(dir, STORE_SHARED, true, &e) == 0);

	CHECK("claim: linked", symlinkat("/tmp", root, "link") == 0);
	CHECK("claim: a link is there already",
	      store_claim(root, "link", &e) < 0 &&
		      strcmp(e.text, "container with given ID already exists") == 0);
	CHECK("open: a link", store_open(root, "link", &e) < 0);
	CHECK("open: not there", store_open(root, "x", &e) < 0 && e.sys == ENOENT);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK("claim: longer than a file's name",
	      store_claim(root, longest, &e) < 0 && e.sys == ENAMETOOLONG);

	CHECK("current: as opened", store_is_current(root, "web1", dir));
	renameat(root, "web1", root, "old");
	CHECK("current: gone", !store_is_current(root, "web1", dir));
	other = store_claim(root, "web1", &e);
	CHECK("current: another of the same name",
	      other >= 0 && !store_is_current(root, "web1", dir) &&
		      store_is_current(root, "web1", other));
	data_remove_dir(AT_FDCWD, name);
}

/* As delete does it: what the name means is opened first, without following a link. */
static int remove_by_name(int root, const char *id, struct err *e)
{
	OWN_FD dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return store_remove(root, id, dir, e);
}

/* B15: by descriptors, one level, through no link. */
static void test_remove(void)
{
	char name[32];
	OWN_FD top = data_make_dir(name, sizeof(name));
	OWN_FD root = -1;
	OWN_FD dir = -1;
	struct err e;

	mkdirat(top, "root", 0700);
	mkdirat(top, "precious", 0700);
	data_write(top, "precious/file", "x", 1);
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK("remove: not there", store_remove(root, "web1", root, &e) == 0);
	mkdirat(root, "web1", 0711);
	data_write(root, "web1/state.json", "{}", 2);
	data_write(root, "web1/other", "", 0);
	mkfifoat(root, "web1/exec.fifo", 0622);
	mkdirat(root, "web1/notify", 0755);
	data_write(root, "web1/notify/notify.sock", "", 0);
	mkdirat(root, "web1/net", 0700);
	data_write(root, "web1/net/config.json", "", 0);
	CHECK("remove: linked",
	      symlinkat("../../precious", root, "web1/link") == 0 &&
		      symlinkat("../../../precious/file", root, "web1/notify/l") == 0);
	CHECK("remove: files, FIFOs, links, notify/, net/",
	      remove_by_name(root, "web1", &e) == 0 && !is_there(root, "web1"));
	CHECK("remove: what links lead to stays", is_there(top, "precious/file"));

	mkdirat(root, "web2", 0711);
	mkdirat(root, "web2/deep", 0755);
	data_write(root, "web2/deep/file", "", 0);
	data_write(root, "web2/state.json", "{}", 2);
	CHECK("remove: what is not ours stays, with an error",
	      remove_by_name(root, "web2", &e) < 0 && is_there(root, "web2/deep/file"));
	CHECK("remove: the error names it",
	      text_starts(e.text, "unable to remove container state dir: web2"));

	CHECK("remove: linked", symlinkat("../precious", root, "web3") == 0);
	CHECK("remove: a link instead of the directory",
	      remove_by_name(root, "web3", &e) == 0 && is_there(top, "precious/file") &&
		      is_there(root, "web3"));

	mkdirat(root, "web4", 0711);
	dir = openat(root, "web4", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unlinkat(root, "web4", AT_REMOVEDIR);
	mkdirat(root, "web4", 0711);
	CHECK("remove: another container of that name by now",
	      store_remove(root, "web4", dir, &e) == 0 && is_there(root, "web4"));
	data_remove_dir(AT_FDCWD, name);
}

/* ---- records ---- */

static char *const labels[] = {
	(char *)(uintptr_t) "org.example.a=x=y",
	(char *)(uintptr_t) "bundle=/srv/web1",
	(char *)(uintptr_t) "no value",
	(char *)(uintptr_t) "bundles=2",
	(char *)(uintptr_t) "=z",
	NULL,
};
static char *const descriptors[] = { (char *)(uintptr_t) "/dev/null",
				     (char *)(uintptr_t) "pipe:[1]",
				     (char *)(uintptr_t) "", NULL };
static const struct record_namespace namespaces[] = { { "NEWPID", "" },
						      { "NEWNET", "/run/netns/x" } };
static const struct record_config config = {
	.no_pivot_root = true,
	.rootfs = "/srv/web1/rootfs",
	.readonlyfs = true,
	.namespaces = { namespaces, COUNT(namespaces) },
	.cgroups = &(const struct record_cgroups){ .path = "/p", .rootless = true },
	.version = "1.3.0",
	.labels = { labels, 5 },
	.no_new_keyring = true,
	.rootless_euid = true,
	.rootless_cgroups = true,
};
static const struct pair cgroup_paths[] = {
	{ "", "/sys/fs/cgroup/web1" }, { "cpu", "/sys/fs/cgroup/cpu/a..b/..c/web1" }
};
static const struct pair ns_paths[] = { { "NEWPID", "/proc/7/ns/pid" } };
static const struct record record = {
	.id = "web1",
	.pid = INT32_MAX,
	.start = UINT64_MAX,
	.created = "2026-08-19T10:00:00.5Z",
	.config = &config,
	.rootless = true,
	.cgroup_paths = { cgroup_paths, COUNT(cgroup_paths) },
	.namespace_paths = { ns_paths, COUNT(ns_paths) },
	.external_descriptors = { descriptors, 3 },
	.mount_before = 77,
	.keyring = "_ses.web1-0123",
};

static const char saved[] =
	"{\"id\":\"web1\",\"init_process_pid\":2147483647,\"init_process_start\":18446744073709551615,"
	"\"created\":\"2026-08-19T10:00:00.5Z\",\"config\":{\"no_pivot_root\":true,\"rootfs\":\"/srv/web1/rootfs\","
	"\"readonlyfs\":true,\"namespaces\":[{\"type\":\"NEWPID\",\"path\":\"\"},{\"type\":\"NEWNET\",\"path\":\"/run/netns/x\"}],"
	"\"cgroups\":{\"path\":\"/p\",\"Systemd\":false,\"Rootless\":true},\"version\":\"1.3.0\","
	"\"labels\":[\"org.example.a=x=y\",\"bundle=/srv/web1\",\"no value\",\"bundles=2\",\"=z\"],\"no_new_keyring\":true,"
	"\"rootless_euid\":true,\"rootless_cgroups\":true},\"rootless\":true,"
	"\"cgroup_paths\":{\"\":\"/sys/fs/cgroup/web1\",\"cpu\":\"/sys/fs/cgroup/cpu/a..b/..c/web1\"},"
	"\"namespace_paths\":{\"NEWPID\":\"/proc/7/ns/pid\"},\"external_descriptors\":[\"/dev/null\",\"pipe:[1]\",\"\"],"
	"\"org.runc.mountBefore\":77,\"org.runc.keyring\":\"_ses.web1-0123\"}";

static void test_round_trip(int dir)
{
	static const struct record_config bare_config;
	static const struct record bare = { .id = "x",
					    .created = "",
					    .config = &bare_config };
	struct arena a = { 0 };
	OWN_TEXT text = { 0 };
	OWN_TEXT again = { 0 };
	OWN_TEXT small = { 0 };
	struct record r;
	struct err e = { 0 };

	umask(0);
	CHECK("record: saved", store_save(dir, STATE_FILE, &record, &e) == 0);
	umask(077);
	CHECK("record: saved over the old one",
	      store_save(dir, STATE_FILE, &record, &e) == 0);
	umask(022);
	CHECK("record: nobody else's to read, whatever the umask",
	      mode_of(dir, STATE_FILE) == 0600);
	read_file(dir, STATE_FILE, &text);
	CHECK_SAME("record: keys of the Go runc", text.s, saved);
	CHECK("record: loaded", store_load(dir, STATE_FILE, &r, &a, &e) == 1);
	json_print(&again, &record_table, &r, NULL);
	CHECK_SAME("record: nothing lost", again.s, saved);

	CHECK("record: the smallest",
	      store_save(dir, CLAIM_FILE, &bare, &e) == 0 &&
		      store_load(dir, CLAIM_FILE, &r, &a, &e) == 1);
	json_print(&small, &record_table, &r, NULL);
	CHECK_SAME("record: what others expect is always there", small.s,
		   "{\"id\":\"x\",\"init_process_pid\":0,\"init_process_start\":0,\"created\":\"\","
		   "\"config\":{\"no_pivot_root\":false,\"rootfs\":\"\",\"readonlyfs\":false,\"namespaces\":[],"
		   "\"version\":\"\",\"labels\":[],\"no_new_keyring\":false},\"cgroup_paths\":{},\"namespace_paths\":{}}");
	CHECK("record: not there", store_load(dir, "x.json", &r, &a, &e) == 0);
	arena_free(&a);
}

static void test_labels(void)
{
	struct arena a = { 0 };
	struct pairs p = record_annotations(&record, &a);

	CHECK_SAME("label: the bundle", record_label(&record, "bundle"), "/srv/web1");
	CHECK_SAME("label: = in its value", record_label(&record, "org.example.a"), "x=y");
	CHECK_SAME("label: a longer one", record_label(&record, "bundles"), "2");
	CHECK_SAME("label: a shorter one", record_label(&record, "bundl"), NULL);
	CHECK_SAME("label: none", record_label(&record, "x"), NULL);
	CHECK_SAME("label: without a value", record_label(&record, "no value"), NULL);
	CHECK("annotations: all but the bundle", p.n == 3);
	CHECK("annotations: key and value", strcmp(p.v[0].key, "org.example.a") == 0 &&
						    strcmp(p.v[0].value, "x=y") == 0 &&
						    strcmp(p.v[1].key, "bundles") == 0 &&
						    !*p.v[2].key);
	arena_free(&a);
}

/* What the Go runc left behind after an upgrade in place. */
static void test_go_state(int dir)
{
	struct arena a = { 0 };
	OWN_TEXT text = { 0 };
	struct record r = { 0 };
	struct pairs p;
	struct err e = { 0 };

	data_read("tests/data/state-go.json", &text);
	data_write(dir, STATE_FILE, text.s, text.len);
	if (!CHECK("Go's: loaded", store_load(dir, STATE_FILE, &r, &a, &e) == 1)) {
		printf("# %s\n", e.text);
		return;
	}
	CHECK_SAME("Go's: id", r.id, "web1");
	CHECK("Go's: init", r.pid == 4711 && r.start == 867195);
	CHECK_SAME("Go's: created", r.created, "2026-08-19T10:00:00.540919949Z");
	CHECK_SAME("Go's: rootfs", r.config->rootfs, "/srv/bundles/web1/rootfs");
	CHECK_SAME("Go's: version", r.config->version, "1.3.0");
	CHECK_SAME("Go's: bundle", record_label(&r, "bundle"), "/srv/bundles/web1");
	CHECK("Go's: flags", !r.config->no_pivot_root && r.config->readonlyfs &&
				     !r.rootless && !r.mount_before && !r.keyring &&
				     !r.config->cgroups->systemd);
	CHECK("Go's: namespaces",
	      r.config->namespaces.n == 5 &&
		      strcmp(r.config->namespaces.v[4].type, "NEWNS") == 0);
	CHECK("Go's: cgroups", r.cgroup_paths.n == 10 && !*r.cgroup_paths.v[0].key &&
				       strcmp(r.cgroup_paths.v[0].value,
					      "/sys/fs/cgroup/unified/web1") == 0);
	CHECK("Go's: namespace paths", r.namespace_paths.n == 8);
	CHECK("Go's: descriptors",
	      r.external_descriptors.n == 3 &&
		      strcmp(r.external_descriptors.v[1], "pipe:[77]") == 0);
	p = record_annotations(&r, &a);
	CHECK("Go's: annotations", p.n == 1 && strcmp(p.v[0].value, "x=y <b>") == 0);
	arena_free(&a);
}

/* ---- records that somebody else wrote (I5, J3) ---- */

static const char honest[] =
	"{'id':'web1','init_process_pid':7,'init_process_start':8,'created':'2026-08-19T10:00:00Z',"
	"'config':{'rootfs':'/r','namespaces':[{'type':'NEWPID','path':''}],'labels':['bundle=/b']},"
	"'cgroup_paths':{'':'/sys/fs/cgroup/web1'},'namespace_paths':{'NEWPID':'/proc/7/ns/pid'}}";

static const struct {
	const char *label, *from, *to; /* what is changed in the honest one */
	const char *want;              /* NULL: it is still loaded */
} records[] = {
	{ .label = "honest", .from = "web1", .to = "web1" },
	{ .label = "keys nobody knows", .from = "{'id'", .to = "{'later':[1],'id'" },
	{ .label = "null where Go has nil", .from = "['bundle=/b']", .to = "null" },
	{ .label = "before there is a process", .from = "pid':7", .to = "pid':0" },

	{ .label = "id: missing",
	  .from = "'id'",
	  .to = "'ID'",
	  .want = "state.json: id: missing" },
	{ .label = "id: a number",
	  .from = "'web1','init",
	  .to = "1,'init",
	  .want = "state.json: id: expected a string" },
	{ .label = "id: nothing",
	  .from = "'web1','init",
	  .to = "'','init",
	  .want = "state.json: container id cannot be empty" },
	{ .label = "id: climbs",
	  .from = "'web1','init",
	  .to = "'../web1','init",
	  .want = "state.json: invalid container ID format" },
	{ .label = "pid: missing",
	  .from = "init_process_pid",
	  .to = "pid",
	  .want = "state.json: init_process_pid: missing" },
	{ .label = "pid: a string",
	  .from = "pid':7",
	  .to = "pid':'7'",
	  .want = "state.json: init_process_pid: expected an integer, not a string" },
	{ .label = "pid: everybody",
	  .from = "pid':7",
	  .to = "pid':-1",
	  .want = "state.json: init_process_pid: -1 is not a pid" },
	{ .label = "pid: a process group",
	  .from = "pid':7",
	  .to = "pid':-7",
	  .want = "state.json: init_process_pid: -7 is not a pid" },
	{ .label = "pid: would wrap to 7",
	  .from = "pid':7",
	  .to = "pid':4294967303",
	  .want = "state.json: init_process_pid: expected an integer from -2147483648 to 2147483647" },
	{ .label = "pid: a real number",
	  .from = "pid':7",
	  .to = "pid':7.0",
	  .want = "state.json: init_process_pid: expected an integer, not a real number" },
	{ .label = "start: missing",
	  .from = "'init_process_start':8,",
	  .to = "",
	  .want = "state.json: init_process_start: missing" },
	{ .label = "start: negative",
	  .from = "start':8",
	  .to = "start':-8",
	  .want = "state.json: init_process_start: expected an unsigned integer" },
	{ .label = "created: a number",
	  .from = "'2026-08-19T10:00:00Z'",
	  .to = "1",
	  .want = "state.json: created: expected a string" },
	{ .label = "config: missing",
	  .from = "'config'",
	  .to = "'Config'",
	  .want = "state.json: config: missing" },
	{ .label = "config: null",
	  .from = "'config':{",
	  .to = "'config':null,'x':{",
	  .want = "state.json: config: missing" },
	{ .label = "config: an array",
	  .from = "'config':{",
	  .to = "'config':[],'x':{",
	  .want = "state.json: config: expected an object" },
	{ .label = "rootfs: an array",
	  .from = "'/r'",
	  .to = "['/r']",
	  .want = "state.json: config.rootfs: expected a string" },
	{ .label = "namespaces: an object",
	  .from = "[{'type':'NEWPID','path':''}]",
	  .to = "{}",
	  .want = "state.json: config.namespaces: expected an array" },
	{ .label = "namespaces: a number in it",
	  .from = "'path':''",
	  .to = "'path':0",
	  .want = "state.json: config.namespaces[0].path: expected a string" },
	{ .label = "labels: a string",
	  .from = "['bundle=/b']",
	  .to = "'bundle=/b'",
	  .want = "state.json: config.labels: expected an array" },
	{ .label = "labels: a NUL",
	  .from = "bundle=/b",
	  .to = "bundle=/b\\u0000",
	  .want = "state.json: line 1: NUL character in a string" },
	{ .label = "cgroups: an array",
	  .from = "{'':'/sys/fs/cgroup/web1'}",
	  .to = "[]",
	  .want = "state.json: cgroup_paths: expected an object" },
	{ .label = "cgroups: null in it",
	  .from = "'/sys/fs/cgroup/web1'",
	  .to = "null",
	  .want = "state.json: cgroup_paths.: expected a string, not null" },
	{ .label = "cgroups: a relative path",
	  .from = "'/sys/fs",
	  .to = "'sys/fs",
	  .want = "state.json: cgroup_paths: sys/fs/cgroup/web1 is not a cgroup" },
	{ .label = "cgroups: no path",
	  .from = "'/sys/fs/cgroup/web1'",
	  .to = "''",
	  .want = "state.json: cgroup_paths:  is not a cgroup" },
	{ .label = "cgroups: climbs",
	  .from = "cgroup/web1",
	  .to = "cgroup/../../home",
	  .want = "state.json: cgroup_paths: /sys/fs/cgroup/../../home is not a cgroup" },
	{ .label = "cgroups: climbs at the end",
	  .from = "cgroup/web1",
	  .to = "cgroup/web1/..",
	  .want = "state.json: cgroup_paths: /sys/fs/cgroup/web1/.. is not a cgroup" },
	{ .label = "cgroups: climbs at once",
	  .from = "'/sys/fs/cgroup/web1'",
	  .to = "'/..'",
	  .want = "state.json: cgroup_paths: /.. is not a cgroup" },
	{ .label = "cgroups: a second one climbs",
	  .from = "cgroup/web1'",
	  .to = "cgroup/web1','cpu':'/a/../b'",
	  .want = "state.json: cgroup_paths: /a/../b is not a cgroup" },
	{ .label = "namespace paths: a number in it",
	  .from = "'/proc/7/ns/pid'",
	  .to = "7",
	  .want = "state.json: namespace_paths.NEWPID: expected a string" },
	{ .label = "a value twice",
	  .from = "{'id'",
	  .to = "{'id':'x','id'",
	  .want = "state.json: line 1, column 14: invalid JSON: duplicate object key" },
	{ .label = "cut off", .from = "}}", .to = "}", .want = "state.json: line 1" },
	{ .label = "something behind",
	  .from = "ns/pid'}}",
	  .to = "ns/pid'}}}",
	  .want = "state.json: line 1" },
};

static void test_hostile(int dir)
{
	for (size_t i = 0; i < COUNT(records); i++) {
		const char *at = strstr(honest, records[i].from);
		struct arena a = { 0 };
		OWN_TEXT quoted = { 0 };
		OWN_TEXT text = { 0 };
		struct record r;
		struct err e = { 0 };
		int ret;

		if (strcmp(records[i].from, "}}") == 0)
			at = honest + strlen(honest) - 2;
		text_addn(&quoted, honest, (size_t)(at - honest));
		text_add(&quoted, records[i].to);
		text_add(&quoted, at + strlen(records[i].from));
		data_json(&text, quoted.s);
		data_write(dir, STATE_FILE, text.s, text.len);
		ret = store_load(dir, STATE_FILE, &r, &a, &e);
		if (!CHECK(records[i].label,
			   records[i].want ?
				   ret < 0 && text_starts(e.text, records[i].want) :
				   ret == 1))
			printf("# %d %s\n", ret, e.text);
		arena_free(&a);
	}
}

/* Files that are none. */
static void test_files(int dir, const char *name)
{
	struct arena a = { 0 };
	struct record r;
	struct err e = { 0 };
	char path[64];

	data_write(dir, "real.json", "{}", 2);
	CHECK("file: linked", symlinkat("real.json", dir, "link.json") == 0 &&
				      mkfifoat(dir, "fifo.json", 0600) == 0 &&
				      mkdirat(dir, "dir.json", 0700) == 0);
	CHECK("file: a link", store_load(dir, "link.json", &r, &a, &e) < 0);
	CHECK("file: a FIFO does not make us wait",
	      store_load(dir, "fifo.json", &r, &a, &e) < 0);
	CHECK("file: a directory", store_load(dir, "dir.json", &r, &a, &e) < 0);
	snprintf(path, sizeof(path), "%s/real.json", name);
	CHECK("file: truncated", truncate(path, (16 << 20) + 5000) == 0);
	CHECK("file: more than any record",
	      store_load(dir, "real.json", &r, &a, &e) < 0 && e.sys == EFBIG);
	arena_free(&a);
}

static void test_records(void)
{
	char name[32];
	OWN_FD dir = data_make_dir(name, sizeof(name));
	size_t left = 0;
	DIR *list;

	test_round_trip(dir);
	test_labels();
	test_go_state(dir);
	test_hostile(dir);
	test_files(dir, name);
	list = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (const struct dirent *entry; (entry = readdir(list));)
		left += text_starts(entry->d_name, ".state") ||
			text_starts(entry->d_name, ".claim");
	closedir(list);
	CHECK("record: nothing half-written is left", left == 0);
	data_remove_dir(AT_FDCWD, name);
}

/* ---- pid files (I6) ---- */

static void test_pid_file(void)
{
	char name[32], path[64];
	OWN_FD dir = data_make_dir(name, sizeof(name));
	OWN_FD back = open(".", O_PATH | O_CLOEXEC);
	OWN_TEXT first = { 0 };
	OWN_TEXT second = { 0 };
	OWN_TEXT third = { 0 };
	OWN_TEXT target = { 0 };
	struct err e;

	umask(027);
	CHECK("pid file: written", store_write_pid_file(AT("pid"), 4711, &e) == 0);
	read_file(dir, "pid", &first);
	CHECK_SAME("pid file: the number alone", first.s, "4711");
	CHECK("pid file: the umask counts", mode_of(dir, "pid") == 0640);
	umask(0);
	CHECK("pid file: replaced", store_write_pid_file(AT("pid"), 12, &e) == 0);
	read_file(dir, "pid", &second);
	CHECK_SAME("pid file: nothing of the old one", second.s, "12");
	CHECK("pid file: 0644 at most", mode_of(dir, "pid") == 0644);
	umask(022);

	data_write(dir, "target", "old", 3);
	CHECK("pid file: linked", symlinkat("target", dir, "link") == 0);
	CHECK("pid file: over a link", store_write_pid_file(AT("link"), 13, &e) == 0);
	read_file(dir, "target", &target);
	CHECK_SAME("pid file: what the link led to stays", target.s, "old");
	read_file(dir, "link", &third);
	CHECK_SAME("pid file: instead of the link", third.s, "13");

	CHECK("pid file: no such directory",
	      store_write_pid_file(AT("x/pid"), 1, &e) < 0 && e.sys == ENOENT);
	CHECK("pid file: no name", store_write_pid_file(AT(""), 1, &e) < 0);
	CHECK("pid file: a directory",
	      mkdirat(dir, "d", 0700) == 0 && store_write_pid_file(AT("d"), 1, &e) < 0);
	CHECK("pid file: in the working directory",
	      fchdir(dir) == 0 && store_write_pid_file("here", 1, &e) == 0 &&
		      is_there(dir, "here") && fchdir(back) == 0);
	for (const char *const *gone =
		     (const char *const[]){ "pid", "link", "target", "here", NULL };
	     *gone; gone++)
		unlinkat(dir, *gone, 0);
	unlinkat(dir, "d", AT_REMOVEDIR);
	CHECK("pid file: nothing else is left",
	      unlinkat(AT_FDCWD, name, AT_REMOVEDIR) == 0);
}

/* ---- exec.fifo ---- */

/* A process that writes its byte, or dies without: what release says, and whether it is
 * gone. */
static int release(int dir, bool write_byte, struct err *e)
{
	OWN_FD pidfd = -1;
	pid_t pid;
	int ret;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int fd = write_byte ? openat(dir, FIFO_FILE, O_WRONLY | O_CLOEXEC) : -1;

		_exit(fd >= 0 && write(fd, "0", 1) == 1 ? 0 : 1);
	}
	pidfd = pidfd_open(pid, 0);
	ret = pidfd < 0 ? -1 : store_release_fifo(dir, pidfd, e);
	waitpid(pid, NULL, 0);
	return ret;
}

static void test_fifo(void)
{
	char name[32];
	OWN_FD dir = data_make_dir(name, sizeof(name));
	OWN_FD fifo = -1;
	struct err e;

	CHECK("fifo: none yet", !store_has_fifo(dir));
	CHECK("fifo: nothing to release", release(dir, false, &e) < 0);
	umask(077);
	fifo = store_make_fifo(dir, geteuid(), getegid(), &e);
	umask(022);
	CHECK("fifo: made", fifo >= 0 && store_has_fifo(dir));
	CHECK("fifo: the container's root may write, whatever the umask",
	      mode_of(dir, FIFO_FILE) == 0622);
	CHECK("fifo: a second time", store_make_fifo(dir, geteuid(), getegid(), &e) < 0);
	CHECK("fifo: init died", release(dir, false, &e) < 0);
	CHECK("fifo: in the words of the Go runc",
	      text_starts(e.text, "exec fifo is empty: container init did not signal"));
	CHECK("fifo: it stays then", store_has_fifo(dir));
	CHECK("fifo: init goes on", release(dir, true, &e) == 0 && !store_has_fifo(dir));
	data_write(dir, FIFO_FILE, "0", 1);
	CHECK("fifo: a file instead", release(dir, false, &e) < 0);
	data_remove_dir(AT_FDCWD, name);
}

int main(void)
{
	umask(022);
	test_ids();
	test_root_path();
	test_root();
	test_list();
	test_claim();
	test_remove();
	test_records();
	test_pid_file();
	test_fifo();
	return tap_done();
}
