/* SPDX-License-Identifier: Apache-2.0 */
/* Which mounts and devices, of which kind: rootfs_plan(). */
#include "kernel/compat.h"
#include "rootfs/rootfs.h"

#include "unit/given.h"
#include "unit/tap.h"

static const struct spec_idmap one_id[] = { { 0, 1000, 1 } };
static const struct spec_idmap many_ids[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };

static const struct rootfs_facts plain = { .bundle = "/b", .rootfs = "/b/rootfs" };
static const struct rootfs_facts joined_userns = { .bundle = "/b",
						   .rootfs = "/b/rootfs",
						   .userns = true };
static const struct rootfs_facts one_gid = { .bundle = "/b",
					     .rootfs = "/b/rootfs",
					     .userns = true,
					     .new_userns = true,
					     .gids = { one_id, 1 } };
static const struct rootfs_facts many_gids = { .bundle = "/b",
					       .rootfs = "/b/rootfs",
					       .userns = true,
					       .new_userns = true,
					       .gids = { many_ids, 2 } };
static const struct rootfs_facts no_pivot = { .bundle = "/b",
					      .rootfs = "/b/rootfs",
					      .no_pivot = true };

/* clang-format off */

/* facts NULL: plain */
static const struct {
	const char *label, *mount;
	const struct rootfs_facts *facts;
	const char *want;
} mounts[] = {
	{ .label = "proc",
	  .mount = "'destination':'/proc','type':'proc','source':'proc'",
	  .want = "new proc from proc" },
	{ .label = "an absolute bind",
	  .mount = "'destination':'/data','type':'none','source':'/srv/data','options':['rbind']",
	  .want = "bind /srv/data recursive" },
	{ .label = "type bind says as much as the option",
	  .mount = "'destination':'/data','type':'bind','source':'/srv/data'",
	  .want = "bind /srv/data" },
	{ .label = "the option, whatever the type says",
	  .mount = "'destination':'/data','type':'tmpfs','source':'/srv/data','options':['bind']",
	  .want = "bind /srv/data" },
	{ .label = "a relative source is the bundle's",
	  .mount = "'destination':'/data','source':'vol/a','options':['bind']",
	  .want = "bind /b/vol/a" },
	{ .label = "dots in it are gone",
	  .mount = "'destination':'/data','source':'./vol/../../c//d/','options':['bind']",
	  .want = "bind /c/d" },
	{ .label = "dots of an absolute source are the kernel's to read",
	  .mount = "'destination':'/data','source':'/srv/link/../c','options':['bind']",
	  .want = "bind /srv/link/../c" },
	{ .label = "but not through the rootfs",
	  .mount = "'destination':'/data','source':'/b/./rootfs/link/../../c','options':['bind']",
	  .want = "bind /b/c" },
	{ .label = "into the rootfs they are read by their words",
	  .mount = "'destination':'/data','source':'/srv/../b/rootfs/x','options':['bind']",
	  .want = "inside /b/rootfs/x" },
	{ .label = "a name that begins with two dots is none",
	  .mount = "'destination':'/data','source':'/b/rootfs/..x','options':['bind']",
	  .want = "inside /b/rootfs/..x" },
	{ .label = "no source is the bundle itself",
	  .mount = "'destination':'/data','options':['bind']",
	  .want = "bind /b" },
	{ .label = "a source below the rootfs is found inside",
	  .mount = "'destination':'/data','source':'/b/rootfs/x','options':['bind']",
	  .want = "inside /b/rootfs/x" },
	{ .label = "also by a relative path, and recursive",
	  .mount = "'destination':'/data','source':'rootfs/x','options':['rbind','ro']",
	  .want = "inside /b/rootfs/x recursive ro" },
	{ .label = "the rootfs itself too",
	  .mount = "'destination':'/data','source':'rootfs','options':['bind']",
	  .want = "inside /b/rootfs" },
	{ .label = "a longer name is not below it",
	  .mount = "'destination':'/data','source':'/b/rootfs2','options':['bind']",
	  .want = "bind /b/rootfs2" },
	{ .label = "nor is what only passes through it",
	  .mount = "'destination':'/data','source':'/b/rootfs/../etc','options':['bind']",
	  .want = "bind /b/etc" },
	{ .label = "an idmapped source below it stays the host's: it is cloned before",
	  .mount = "'destination':'/data','source':'rootfs/x','options':['bind','idmap']",
	  .want = "bind /b/rootfs/x idmap" },
	{ .label = "idmap of its own",
	  .mount = "'destination':'/data','source':'/x','options':['bind'],"
		   "'uidMappings':[{'containerID':0,'hostID':5,'size':1}],"
		   "'gidMappings':[{'containerID':0,'hostID':6,'size':1}]",
	  .want = "bind /x own-idmap 0:5:1 0:6:1" },
	{ .label = "ridmap with maps of its own",
	  .mount = "'destination':'/data','source':'/x','options':['rbind','ridmap'],"
		   "'uidMappings':[{'containerID':0,'hostID':5,'size':1}],"
		   "'gidMappings':[{'containerID':0,'hostID':6,'size':1}]",
	  .want = "bind /x recursive own-idmap-recursive 0:5:1 0:6:1" },
	{ .label = "cgroup",
	  .mount = "'destination':'/sys/fs/cgroup','type':'cgroup','source':'cgroup','options':['ro']",
	  .want = "cgroup ro" },
	{ .label = "cgroup2 is another word for it",
	  .mount = "'destination':'/sys/fs/cgroup','type':'cgroup2','source':'cgroup'",
	  .want = "cgroup" },
	{ .label = "a bind of the host's cgroups is a bind",
	  .mount = "'destination':'/sys/fs/cgroup','type':'cgroup','source':'/sys/fs/cgroup','options':['rbind']",
	  .want = "bind /sys/fs/cgroup recursive" },

	{ .label = "a read-only tmpfs is so last",
	  .mount = "'destination':'/t','type':'tmpfs','source':'t','options':['ro','nosuid']",
	  .want = "new tmpfs from t late" },
	{ .label = "a writable one never",
	  .mount = "'destination':'/t','type':'tmpfs','source':'t','options':['ro','rw']",
	  .want = "new tmpfs from t" },
	{ .label = "any other read-only one is so at once",
	  .mount = "'destination':'/sys','type':'sysfs','source':'s','options':['ro']",
	  .want = "new sysfs from s ro" },
	{ .label = "a read-only /dev is so last, of any type",
	  .mount = "'destination':'/dev','type':'devtmpfs','source':'d','options':['ro']",
	  .want = "new devtmpfs from d late" },
	{ .label = "however it is spelled",
	  .mount = "'destination':'//dev/./','type':'devtmpfs','source':'d','options':['ro']",
	  .want = "new devtmpfs from d late" },
	{ .label = "a bind on it at once",
	  .mount = "'destination':'/dev','type':'tmpfs','source':'/dev','options':['rbind','ro']",
	  .want = "bind /dev recursive ro" },
	{ .label = "tmpfs with a mode",
	  .mount = "'destination':'/t','type':'tmpfs','source':'t','options':['size=1k','mode=755']",
	  .want = "new tmpfs from t data=size=1k,mode=755 mode" },
	{ .label = "tmpfs without one, and a word that only looks like it",
	  .mount = "'destination':'/t','type':'tmpfs','source':'t','options':['xmode=755','modex']",
	  .want = "new tmpfs from t data=xmode=755,modex" },
	{ .label = "tmpcopyup",
	  .mount = "'destination':'/t','type':'tmpfs','source':'t','options':['tmpcopyup']",
	  .want = "new tmpfs from t copy-up" },

	{ .label = "devpts: gid=5 stays without a user namespace",
	  .mount = "'destination':'/dev/pts','type':'devpts','source':'d','options':['mode=0620','gid=5']",
	  .want = "new devpts from d data=mode=0620,gid=5" },
	{ .label = "devpts: goes where it is not mapped", .facts = &one_gid,
	  .mount = "'destination':'/dev/pts','type':'devpts','source':'d','options':['gid=5','mode=0620']",
	  .want = "new devpts from d data=mode=0620" },
	{ .label = "devpts: alone, it leaves nothing", .facts = &one_gid,
	  .mount = "'destination':'/dev/pts','type':'devpts','source':'d','options':['gid=5']",
	  .want = "new devpts from d" },
	{ .label = "devpts: stays where it is mapped", .facts = &many_gids,
	  .mount = "'destination':'/dev/pts','type':'devpts','source':'d','options':['gid=5','mode=0620']",
	  .want = "new devpts from d data=gid=5,mode=0620" },
	{ .label = "devpts: the last id of a map", .facts = &many_gids,
	  .mount = "'destination':'/dev/pts','type':'devpts','source':'d','options':['gid=65536']",
	  .want = "new devpts from d data=gid=65536" },
	{ .label = "devpts: one beyond it", .facts = &many_gids,
	  .mount = "'destination':'/dev/pts','type':'devpts','source':'d','options':['gid=65537']",
	  .want = "new devpts from d" },
	{ .label = "devpts: in one we join the maps are not ours to judge", .facts = &joined_userns,
	  .mount = "'destination':'/dev/pts','type':'devpts','source':'d','options':['gid=5']",
	  .want = "new devpts from d data=gid=5" },
	{ .label = "devpts: what is no number is the kernel's to refuse", .facts = &one_gid,
	  .mount = "'destination':'/dev/pts','type':'devpts','source':'d','options':['gid=5x','gid=','gidx=5']",
	  .want = "new devpts from d data=gid=5x,gid=,gidx=5" },
	{ .label = "a gid of another file system is not ours to drop", .facts = &one_gid,
	  .mount = "'destination':'/t','type':'tmpfs','source':'t','options':['gid=5']",
	  .want = "new tmpfs from t data=gid=5" },

	{ .label = "proc in a new user namespace has a substitute", .facts = &one_gid,
	  .mount = "'destination':'/proc','type':'proc','source':'proc'",
	  .want = "new proc from proc else /proc" },
	{ .label = "sysfs", .facts = &one_gid,
	  .mount = "'destination':'/sys','type':'sysfs','source':'s'",
	  .want = "new sysfs from s else /sys" },
	{ .label = "mqueue, in a joined one too", .facts = &joined_userns,
	  .mount = "'destination':'/dev/mqueue','type':'mqueue','source':'m'",
	  .want = "new mqueue from m else /dev/mqueue" },
	{ .label = "tmpfs needs none", .facts = &one_gid,
	  .mount = "'destination':'/t','type':'tmpfs','source':'t'",
	  .want = "new tmpfs from t" },
};

static const struct {
	const char *label, *mounts, *devices;
	const struct rootfs_facts *facts;
	const char *want;
} devices[] = {
	{ .label = "the default nodes",
	  .want = "/dev/null c 1:3 666 0:0\n/dev/random c 1:8 666 0:0\n/dev/full c 1:7 666 0:0\n"
		  "/dev/tty c 5:0 666 0:0\n/dev/zero c 1:5 666 0:0\n/dev/urandom c 1:9 666 0:0\n" },
	{ .label = "in a user namespace they are the host's", .facts = &one_gid,
	  .want = "/dev/null c 1:3 666 0:0 host\n/dev/random c 1:8 666 0:0 host\n/dev/full c 1:7 666 0:0 host\n"
		  "/dev/tty c 5:0 666 0:0 host\n/dev/zero c 1:5 666 0:0 host\n/dev/urandom c 1:9 666 0:0 host\n" },
	{ .label = "one of the config's comes behind them; absent mode and owner have defaults",
	  .devices = "{'path':'/dev/fuse','type':'c','major':10,'minor':229}",
	  .want = "/dev/null c 1:3 666 0:0\n/dev/random c 1:8 666 0:0\n/dev/full c 1:7 666 0:0\n"
		  "/dev/tty c 5:0 666 0:0\n/dev/zero c 1:5 666 0:0\n/dev/urandom c 1:9 666 0:0\n"
		  "/dev/fuse c 10:229 666 0:0\n" },
	{ .label = "of st_mode only the permissions",
	  .devices = "{'path':'/dev/fuse','type':'c','major':10,'minor':229,'fileMode':8600}",
	  .want = "/dev/null c 1:3 666 0:0\n/dev/random c 1:8 666 0:0\n/dev/full c 1:7 666 0:0\n"
		  "/dev/tty c 5:0 666 0:0\n/dev/zero c 1:5 666 0:0\n/dev/urandom c 1:9 666 0:0\n"
		  "/dev/fuse c 10:229 630 0:0\n" },
	{ .label = "every type, and a FIFO is never the host's", .facts = &many_gids,
	  .devices = "{'path':'/dev/a','type':'b','major':8,'minor':1,'fileMode':432,'uid':1,'gid':2},"
		     "{'path':'/dev/b','type':'u','major':10,'minor':1,'fileMode':0},"
		     "{'path':'/run/p','type':'p','fileMode':384}",
	  .want = "/dev/null c 1:3 666 0:0 host\n/dev/random c 1:8 666 0:0 host\n/dev/full c 1:7 666 0:0 host\n"
		  "/dev/tty c 5:0 666 0:0 host\n/dev/zero c 1:5 666 0:0 host\n/dev/urandom c 1:9 666 0:0 host\n"
		  "/dev/a b 8:1 660 1:2 host\n/dev/b c 10:1 0 0:0 host\n/run/p p 0:0 600 0:0\n" },
	{ .label = "one of the config's replaces a default of its path, in its place; the last of two holds",
	  .devices = "{'path':'/dev/tty','type':'c','major':5,'minor':0,'fileMode':384},"
		     "{'path':'/dev/x','type':'c','major':1,'minor':1},"
		     "{'path':'/dev/x','type':'c','major':2,'minor':2},"
		     "{'path':'/dev//null','type':'c','major':1,'minor':3,'fileMode':438,'uid':7}",
	  .want = "/dev/null c 1:3 666 7:0\n/dev/random c 1:8 666 0:0\n/dev/full c 1:7 666 0:0\n"
		  "/dev/tty c 5:0 600 0:0\n/dev/zero c 1:5 666 0:0\n/dev/urandom c 1:9 666 0:0\n"
		  "/dev/x c 2:2 666 0:0\n" },
	{ .label = "/dev/ptmx is the container's own, always",
	  .devices = "{'path':'/dev/ptmx','type':'c','major':5,'minor':2},"
		     "{'path':'/dev/./ptmx','type':'c','major':5,'minor':2}",
	  .want = "/dev/null c 1:3 666 0:0\n/dev/random c 1:8 666 0:0\n/dev/full c 1:7 666 0:0\n"
		  "/dev/tty c 5:0 666 0:0\n/dev/zero c 1:5 666 0:0\n/dev/urandom c 1:9 666 0:0\n" },
	{ .label = "a bind on /dev: nothing is made in it",
	  .mounts = "{'destination':'/dev','source':'/dev','options':['rbind']}",
	  .devices = "{'path':'/dev/fuse','type':'c','major':10,'minor':229}",
	  .want = "" },
	{ .label = "also if the destination is spelled oddly",
	  .mounts = "{'destination':'/dev/','source':'/dev','options':['rbind']}",
	  .want = "" },
	{ .label = "or is relative, which means below /",
	  .mounts = "{'destination':'dev','source':'/dev','options':['rbind']}",
	  .want = "" },
	{ .label = "or if the source is below the rootfs",
	  .mounts = "{'destination':'/dev','source':'rootfs/dev2','options':['bind']}",
	  .want = "" },
	{ .label = "a bind below /dev changes nothing",
	  .mounts = "{'destination':'/dev','type':'tmpfs','source':'t'},"
		    "{'destination':'/dev/log','source':'/x','options':['bind']}",
	  .want = "/dev/null c 1:3 666 0:0\n/dev/random c 1:8 666 0:0\n/dev/full c 1:7 666 0:0\n"
		  "/dev/tty c 5:0 666 0:0\n/dev/zero c 1:5 666 0:0\n/dev/urandom c 1:9 666 0:0\n" },
	{ .label = "a bind that covers a tmpfs on /dev counts",
	  .mounts = "{'destination':'/dev','type':'tmpfs','source':'t'},"
		    "{'destination':'/dev','source':'/dev','options':['bind']}",
	  .want = "" },
};

/* root: what the new "/" gets at last */
static const struct {
	const char *label, *word;
	const struct rootfs_facts *facts;
	bool refused;
	uint64_t work, root;
} propagations[] = {
	{ .label = "absent",           .word = NULL,          .work = MS_SLAVE | MS_REC },
	{ .label = "empty",            .word = "",            .work = MS_SLAVE | MS_REC },
	{ .label = "private",          .word = "private",     .work = MS_PRIVATE },
	{ .label = "rprivate",         .word = "rprivate",    .work = MS_PRIVATE | MS_REC },
	{ .label = "slave",            .word = "slave",       .work = MS_SLAVE },
	{ .label = "rslave",           .word = "rslave",      .work = MS_SLAVE | MS_REC },
	{ .label = "shared",           .word = "shared",      .work = MS_SHARED, .root = MS_SHARED },
	{ .label = "rshared",          .word = "rshared",     .work = MS_SHARED | MS_REC, .root = MS_SHARED | MS_REC },
	{ .label = "unbindable",       .word = "unbindable",  .work = MS_SLAVE | MS_REC, .root = MS_UNBINDABLE },
	{ .label = "runbindable",      .word = "runbindable", .work = MS_SLAVE | MS_REC, .root = MS_UNBINDABLE | MS_REC },
	{ .label = "another word",     .word = "Private",     .refused = true },
	{ .label = "chroot, absent",   .word = NULL,          .facts = &no_pivot, .work = MS_SLAVE | MS_REC },
	{ .label = "chroot, shared",   .word = "rshared",     .facts = &no_pivot, .work = MS_SHARED | MS_REC, .root = MS_SHARED | MS_REC },
	{ .label = "chroot, private",  .word = "private",     .facts = &no_pivot, .refused = true },
	{ .label = "chroot, rprivate", .word = "rprivate",    .facts = &no_pivot, .refused = true },
};

/* clang-format on */

static const char kinds[][8] = {
	[MOUNT_NEW] = "new",
	[MOUNT_BIND] = "bind",
	[MOUNT_INSIDE] = "inside",
	[MOUNT_CGROUP] = "cgroup",
};

static void describe_maps(const struct mount_plan *m, struct text *out)
{
	text_printf(out, " %s%s", m->idmap == IDMAPPED_OWN ? "own-idmap" : "idmap",
		    m->idmap_recursive ? "-recursive" : "");
	if (m->idmap == IDMAPPED_OWN)
		text_printf(out, " %u:%u:%u %u:%u:%u", m->uids.v[0].container_id,
			    m->uids.v[0].host_id, m->uids.v[0].size,
			    m->gids.v[0].container_id, m->gids.v[0].host_id,
			    m->gids.v[0].size);
}

static void describe(const struct mount_plan *m, struct text *out)
{
	text_add(out, kinds[m->kind]);
	if (m->kind == MOUNT_NEW)
		text_printf(out, " %s from %s", m->type, m->source);
	else if (m->kind != MOUNT_CGROUP)
		text_printf(out, " %s", m->source);
	if (m->recursive)
		text_add(out, " recursive");
	if (m->data)
		text_printf(out, " data=%s", m->data);
	if (m->has_mode)
		text_add(out, " mode");
	if (m->copy_up)
		text_add(out, " copy-up");
	if (m->set & MOUNT_ATTR_RDONLY)
		text_add(out, " ro");
	if (m->read_only_late)
		text_add(out, " late");
	if (m->idmap != IDMAPPED_NO)
		describe_maps(m, out);
	if (m->substitute)
		text_printf(out, " else %s", m->substitute);
}

static void describe_devices(const struct rootfs_plan *p, struct text *out)
{
	for (size_t i = 0; i < p->device_count; i++) {
		const struct device_plan *d = &p->devices[i];

		text_printf(out, "%s %c %u:%u %o %u:%u%s\n", d->path,
			    d->type == S_IFBLK ? 'b' :
			    d->type == S_IFIFO ? 'p' :
			    d->type == S_IFCHR ? 'c' :
						 '?',
			    d->major, d->minor, d->mode, d->uid, d->gid,
			    d->from_host ? " host" : "");
	}
}

static const struct rootfs_facts *facts_or(const struct rootfs_facts *facts)
{
	return facts ? facts : &plain;
}

static void check_mounts(struct arena *a)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		const struct spec *s =
			given_spec(a, "{'root':{'path':'rootfs'},'mounts':[{%s}]}",
				   mounts[i].mount);
		struct rootfs_plan p = { 0 };
		OWN_TEXT got = { 0 };
		struct err e;

		if (rootfs_plan(&p, s, facts_or(mounts[i].facts), a, &e) < 0)
			text_add(&got, e.text);
		else
			describe(&p.mounts[0], &got);
		CHECK_SAME(mounts[i].label, text_str(&got), mounts[i].want);
	}
}

static void check_devices(struct arena *a)
{
	for (size_t i = 0; i < COUNT(devices); i++) {
		const struct spec *s =
			given_spec(a,
				   "{'root':{'path':'rootfs'},'mounts':[%s],'linux':{'devices':[%s]}}",
				   devices[i].mounts ? devices[i].mounts : "",
				   devices[i].devices ? devices[i].devices : "");
		struct rootfs_plan p = { 0 };
		OWN_TEXT got = { 0 };
		struct err e;

		if (rootfs_plan(&p, s, facts_or(devices[i].facts), a, &e) < 0)
			text_add(&got, e.text);
		else
			describe_devices(&p, &got);
		CHECK_SAME(devices[i].label, text_str(&got), devices[i].want);
		CHECK(devices[i].label, p.make_dev == (*devices[i].want != '\0'));
	}
}

static void check_propagations(struct arena *a)
{
	for (size_t i = 0; i < COUNT(propagations); i++) {
		const char *word = propagations[i].word;
		const struct spec *s =
			given_spec(a, "{'root':{'path':'rootfs'},'linux':{%s%s%s}}",
				   word ? "'rootfsPropagation':'" : "", word ? word : "",
				   word ? "'" : "");
		struct rootfs_plan p = { 0 };
		struct err e;
		int ret = rootfs_plan(&p, s, facts_or(propagations[i].facts), a, &e);

		if (propagations[i].refused)
			CHECK_SAME(propagations[i].label, ret < 0 ? e.text : "accepted",
				   propagations[i].facts ?
					   "rootfsPropagation of [r]private is not safe without pivot_root" :
					   arena_printf(a,
							"rootfsPropagation=%s is not supported",
							word));
		else
			CHECK(propagations[i].label,
			      ret == 0 && p.propagation == propagations[i].work &&
				      p.root_propagation == propagations[i].root);
	}
}

static void check_rest(struct arena *a)
{
	const struct spec *s =
		given_spec(a,
			   "{'root':{'path':'rootfs','readonly':true},'linux':{"
			   "'namespaces':[{'type':'mount'}],'maskedPaths':['/proc/kcore'],"
			   "'readonlyPaths':['/proc/sys','/proc/bus'],'mountLabel':''}}");
	struct rootfs_plan p = { 0 };
	struct err e;

	CHECK("a whole plan", rootfs_plan(&p, s, &plain, a, &e) == 0 &&
				      p.mount_namespace && p.read_only && !p.no_pivot &&
				      p.masked.n == 1 && p.read_only_paths.n == 2 &&
				      strcmp(p.path, "/b/rootfs") == 0);
	CHECK("an empty mount label is none", !p.mount_label);
	s = given_spec(a, "{'root':{'path':'rootfs'},'linux':{'mountLabel':'a:b:c'}}");
	p = (struct rootfs_plan){ 0 };
	CHECK("no namespace, a label",
	      rootfs_plan(&p, s, &no_pivot, a, &e) == 0 && !p.mount_namespace &&
		      !p.read_only && p.no_pivot && strcmp(p.mount_label, "a:b:c") == 0);
	s = given_spec(a, "{'root':{'path':'rootfs'},'mounts':[{'destination':'/data',"
			  "'source':'/x','options':['bind','size=1k','foo']}]}");
	p = (struct rootfs_plan){ 0 };
	CHECK("data on a bind is an error", rootfs_plan(&p, s, &plain, a, &e) < 0);
	CHECK_SAME("that names the mount and the words", e.text,
		   "invalid mount /data: bind mounts cannot have any filesystem-specific options applied: size=1k,foo");
}

int main(void)
{
	struct arena a = { 0 };

	check_mounts(&a);
	check_devices(&a);
	check_propagations(&a);
	check_rest(&a);
	arena_free(&a);
	return tap_done();
}
