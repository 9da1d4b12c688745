/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces, who maps the ids, which sysctls: decided without touching any. */
#include "ns/ns.h"

#include <sys/capability.h>

#include "unit/data.h"
#include "unit/tap.h"

/* ---- id arithmetic ---- */

static const struct spec_idmap some[] = {
	{ .container_id = 0, .host_id = 1000, .size = 1 },
	{ .container_id = 1, .host_id = 100000, .size = 65535 },
	{ .container_id = 4294967290u, .host_id = 4294967000u, .size = 5 },
};

static const struct {
	const char *label;
	uint32_t inside;
	bool ok;
	uint32_t outside;
} ids[] = {
	{ .label = "root", .inside = 0, .ok = true, .outside = 1000 },
	{ .label = "first of a range", .inside = 1, .ok = true, .outside = 100000 },
	{ .label = "last of a range", .inside = 65535, .ok = true, .outside = 165534 },
	{ .label = "one behind a range", .inside = 65536 },
	{ .label = "one before a range", .inside = 4294967289u },
	{ .label = "first of the highest",
	  .inside = 4294967290u,
	  .ok = true,
	  .outside = 4294967000u },
	{ .label = "last of the highest",
	  .inside = 4294967294u,
	  .ok = true,
	  .outside = 4294967004u },
	{ .label = "the id that is none", .inside = 4294967295u },
};

static void test_ids(void)
{
	static const struct spec_idmaps maps = { some, COUNT(some) };
	static const struct spec_idmaps none = { NULL, 0 };
	static const struct spec_idmap wide = { .host_id = 7, .size = 4294967295u };
	uint32_t outside = 77;
	OWN_TEXT lines = { 0 };
	OWN_TEXT nothing = { 0 };

	for (size_t i = 0; i < COUNT(ids); i++) {
		outside = 77;
		CHECK(ids[i].label,
		      idmap_to_host(maps, ids[i].inside, &outside) == ids[i].ok &&
			      outside == (ids[i].ok ? ids[i].outside : 77));
	}
	CHECK("no map maps nothing", !idmap_to_host(none, 0, &outside));
	CHECK("a range of all ids does not wrap to nothing",
	      idmap_to_host((struct spec_idmaps){ &wide, 1 }, 5, &outside) &&
		      outside == 12);
	idmap_print(maps, &lines);
	CHECK_SAME("lines for the kernel", text_str(&lines),
		   "0 1000 1\n1 100000 65535\n4294967290 4294967000 5\n");
	idmap_print(none, &nothing);
	CHECK_SAME("no lines", text_str(&nothing), "");
}

/* ---- plans ---- */

#define MAPS(uids, gids) "'uidMappings':[" uids "],'gidMappings':[" gids "]"
#define ID(c, h, n) "{'containerID':" c ",'hostID':" h ",'size':" n "}"
#define USERNS "'namespaces':[{'type':'user'},{'type':'mount'}],"
#define RANGES ID("0", "1000", "1") "," ID("1", "100000", "65536")

#define BIT(cap) (1ull << (cap))
#define ALL_CAPS (~0ull)

static const struct host root = { .caps = ALL_CAPS };
static const struct host nested_root = { .caps = ALL_CAPS, .in_userns = true };
static const struct host user = { .euid = 1000, .egid = 1001 };
static const struct host setuid_user = { .euid = 1000,
					 .egid = 1001,
					 .caps = BIT(CAP_SETUID) };
static const struct host setgid_user = { .euid = 1000,
					 .egid = 1001,
					 .caps = BIT(CAP_SETGID) };
static const struct host admin = { .euid = 1000, .caps = BIT(CAP_SYS_ADMIN) };

static const struct row {
	const char *label;
	const struct host *host;
	const char *linux; /* members of "linux" */
	const char *rest;  /* other members */
	const char *want;  /* see describe(); or the error */
} rows[] = {
	{ .label = "root, nothing of its own",
	  .host = &root,
	  .want = "make: join: direct:" },
	{ .label = "root, all new",
	  .host = &root,
	  .linux = "'namespaces':[{'type':'time'},{'type':'cgroup'},{'type':'ipc'},{'type':'uts'},{'type':'network'},{'type':'pid'},{'type':'mount'}]",
	  .want = "make: mount pid network uts ipc cgroup time join: direct:" },
	{ .label = "an empty path is a new one",
	  .host = &root,
	  .linux = "'namespaces':[{'type':'pid','path':''}]",
	  .want = "make: pid join: direct:" },
	{ .label = "root in a user namespace",
	  .host = &nested_root,
	  .linux = "'namespaces':[{'type':'mount'}]",
	  .want = "make: mount join: direct: userns" },
	{ .label = "names",
	  .host = &root,
	  .linux = "'namespaces':[{'type':'uts'}]",
	  .rest = "'hostname':'h','domainname':'d'",
	  .want = "make: uts join: direct: hostname=h domainname=d" },
	{ .label = "empty names stay as they are",
	  .host = &root,
	  .rest = "'hostname':'','domainname':''",
	  .want = "make: join: direct:" },

	/* a middle process */
	{ .label = "joining takes a middle process",
	  .host = &root,
	  .linux = "'namespaces':[{'type':'network','path':'/n'},{'type':'pid'},{'type':'ipc','path':'/i'}]",
	  .want = "make: pid join: network=/n ipc=/i staged:" },
	{ .label = "clock offsets take a middle process",
	  .host = &root,
	  .linux = "'namespaces':[{'type':'time'}],'timeOffsets':{'boottime':{'secs':1},'monotonic':{'secs':2}}",
	  .want = "make: time join: staged: offsets=2" },
	{ .label = "a time namespace alone does not",
	  .host = &root,
	  .linux = "'namespaces':[{'type':'time'}],'timeOffsets':{}",
	  .want = "make: time join: direct:" },

	/* who maps the ids */
	{ .label = "ids: root maps all by itself",
	  .host = &root,
	  .linux = USERNS MAPS(RANGES, RANGES),
	  .want = "make: mount user join: direct: userns uids=direct gids=direct" },
	{ .label = "ids: a user maps just itself, and gives up setgroups",
	  .host = &user,
	  .linux = USERNS MAPS(ID("0", "1000", "1"), ID("0", "1001", "1")),
	  .want = "make: mount user join: direct: userns uids=direct gids=direct deny_setgroups" },
	{ .label = "ids: itself as somebody else",
	  .host = &user,
	  .linux = USERNS MAPS(ID("5", "1000", "1"), ID("6", "1001", "1")),
	  .want = "make: mount user join: direct: userns uids=direct gids=direct deny_setgroups" },
	{ .label = "ids: ranges take the helpers",
	  .host = &user,
	  .linux = USERNS MAPS(RANGES, RANGES),
	  .want = "make: mount user join: direct: userns uids=helper gids=helper" },
	{ .label = "ids: two from one's own on",
	  .host = &user,
	  .linux = USERNS MAPS(ID("0", "1000", "2"), ID("0", "1001", "2")),
	  .want = "make: mount user join: direct: userns uids=helper gids=helper" },
	{ .label = "ids: somebody else's",
	  .host = &user,
	  .linux = USERNS MAPS(ID("0", "1001", "1"), ID("0", "1000", "1")),
	  .want = "make: mount user join: direct: userns uids=helper gids=helper" },
	{ .label = "ids: uids by the helper, one's own gid",
	  .host = &user,
	  .linux = USERNS MAPS(RANGES, ID("0", "1001", "1")),
	  .want = "make: mount user join: direct: userns uids=helper gids=direct deny_setgroups" },
	{ .label = "ids: one's own uid, gids by the helper",
	  .host = &user,
	  .linux = USERNS MAPS(ID("0", "1000", "1"), RANGES),
	  .want = "make: mount user join: direct: userns uids=direct gids=helper" },
	{ .label = "ids: with CAP_SETUID alone",
	  .host = &setuid_user,
	  .linux = USERNS MAPS(RANGES, RANGES),
	  .want = "make: mount user join: direct: userns uids=direct gids=helper" },
	{ .label = "ids: with CAP_SETGID alone, which keeps setgroups",
	  .host = &setgid_user,
	  .linux = USERNS MAPS(RANGES, ID("0", "1001", "1")),
	  .want = "make: mount user join: direct: userns uids=helper gids=direct" },
	{ .label = "ids: a joined user namespace has them",
	  .host = &user,
	  .linux = "'namespaces':[{'type':'user','path':'/u'}]," MAPS(RANGES, RANGES),
	  .want = "make: join: user=/u staged: userns" },

	/* without privilege */
	{ .label = "a user without a user namespace",
	  .host = &user,
	  .linux = "'namespaces':[{'type':'mount'}]",
	  .want = "error: rootless container requires user namespaces: add {\"type\": \"user\"} to linux.namespaces, with linux.uidMappings and linux.gidMappings (runc spec --rootless writes both)" },
	{ .label = "a user without any namespace",
	  .host = &user,
	  .want = "error: rootless container requires user namespaces: add {\"type\": \"user\"} to linux.namespaces, with linux.uidMappings and linux.gidMappings (runc spec --rootless writes both)" },
	{ .label = "a user who may administrate needs none",
	  .host = &admin,
	  .linux = "'namespaces':[{'type':'mount'}]",
	  .want = "make: mount join: direct:" },
	{ .label = "a user cannot move network devices",
	  .host = &user,
	  .linux =
		  "'namespaces':[{'type':'user'},{'type':'network'}],'netDevices':{'eth0':{}}," MAPS(
			  ID("0", "1000", "1"), ID("0", "1001", "1")),
	  .want = "error: network devices are not supported for rootless containers" },
	{ .label = "root can",
	  .host = &root,
	  .linux = "'namespaces':[{'type':'network'}],'netDevices':{'eth0':{}}",
	  .want = "make: network join: direct:" },
};

/* ---- sysctls ---- */

#define IPC "'namespaces':[{'type':'ipc'}],"
#define NET "'namespaces':[{'type':'network'}],"
#define UTS "'namespaces':[{'type':'uts'}],"
#define NO_IPC(key) "error: sysctl \"" key "\" is not allowed in the hosts ipc namespace"
#define NO_NET(key) "error: sysctl \"" key "\" not allowed in host network namespace"
#define NO_KERNEL(key) "error: sysctl \"" key "\" is not in a separate kernel namespace"
#define NO_NAME(key) "error: sysctl \"" key "\" is not a name"

static const struct {
	const char *label;
	const char *linux; /* members of "linux" */
	const char *key;   /* of a sysctl, its value is 1 */
	const char *want;  /* the file below /proc/sys, or the error */
} sysctls[] = {
	/* with the namespace, and without */
	{ .label = "ipc: msgmax",
	  .linux = IPC,
	  .key = "kernel.msgmax",
	  .want = "kernel/msgmax" },
	{ .label = "ipc: msgmnb",
	  .linux = IPC,
	  .key = "kernel.msgmnb",
	  .want = "kernel/msgmnb" },
	{ .label = "ipc: msgmni",
	  .linux = IPC,
	  .key = "kernel.msgmni",
	  .want = "kernel/msgmni" },
	{ .label = "ipc: sem", .linux = IPC, .key = "kernel.sem", .want = "kernel/sem" },
	{ .label = "ipc: shmall",
	  .linux = IPC,
	  .key = "kernel.shmall",
	  .want = "kernel/shmall" },
	{ .label = "ipc: shmmax",
	  .linux = IPC,
	  .key = "kernel.shmmax",
	  .want = "kernel/shmmax" },
	{ .label = "ipc: shmmni",
	  .linux = IPC,
	  .key = "kernel.shmmni",
	  .want = "kernel/shmmni" },
	{ .label = "ipc: shm_rmid_forced",
	  .linux = IPC,
	  .key = "kernel.shm_rmid_forced",
	  .want = "kernel/shm_rmid_forced" },
	{ .label = "ipc: mqueue",
	  .linux = IPC,
	  .key = "fs.mqueue.msg_max",
	  .want = "fs/mqueue/msg_max" },
	{ .label = "no ipc: msgmax",
	  .key = "kernel.msgmax",
	  .want = NO_IPC("kernel.msgmax") },
	{ .label = "no ipc: msgmnb",
	  .key = "kernel.msgmnb",
	  .want = NO_IPC("kernel.msgmnb") },
	{ .label = "no ipc: msgmni",
	  .key = "kernel.msgmni",
	  .want = NO_IPC("kernel.msgmni") },
	{ .label = "no ipc: sem", .key = "kernel.sem", .want = NO_IPC("kernel.sem") },
	{ .label = "no ipc: shmall",
	  .key = "kernel.shmall",
	  .want = NO_IPC("kernel.shmall") },
	{ .label = "no ipc: shmmax",
	  .key = "kernel.shmmax",
	  .want = NO_IPC("kernel.shmmax") },
	{ .label = "no ipc: shmmni",
	  .key = "kernel.shmmni",
	  .want = NO_IPC("kernel.shmmni") },
	{ .label = "no ipc: shm_rmid_forced",
	  .key = "kernel.shm_rmid_forced",
	  .want = NO_IPC("kernel.shm_rmid_forced") },
	{ .label = "no ipc: mqueue",
	  .linux = NET,
	  .key = "fs.mqueue.msg_max",
	  .want = NO_IPC("fs.mqueue.msg_max") },
	{ .label = "net",
	  .linux = NET,
	  .key = "net.ipv4.ip_forward",
	  .want = "net/ipv4/ip_forward" },
	{ .label = "no net",
	  .linux = IPC,
	  .key = "net.ipv4.ip_forward",
	  .want = NO_NET("net.ipv4.ip_forward") },
	{ .label = "user",
	  .linux = "'namespaces':[{'type':'user'}]," MAPS(RANGES, RANGES) ",",
	  .key = "user.max_user_namespaces",
	  .want = "user/max_user_namespaces" },
	{ .label = "no user",
	  .linux = NET,
	  .key = "user.max_user_namespaces",
	  .want = "error: setting ucounts without a user namespace not allowed: user.max_user_namespaces" },
	{ .label = "hostname has its own field",
	  .linux = UTS,
	  .key = "kernel.hostname",
	  .want = "error: sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field" },
	{ .label = "the host's hostname",
	  .key = "kernel.hostname",
	  .want = NO_KERNEL("kernel.hostname") },
	{ .label = "domain name",
	  .linux = UTS,
	  .key = "kernel.domainname",
	  .want = "kernel/domainname" },
	{ .label = "the host's domain name",
	  .key = "kernel.domainname",
	  .want = NO_KERNEL("kernel.domainname") },

	/* a joined namespace is one's own, unless it is the host's by another name */
	{ .label = "a joined network namespace",
	  .linux = "'namespaces':[{'type':'network','path':'/nowhere'}],",
	  .key = "net.core.somaxconn",
	  .want = "net/core/somaxconn" },
	{ .label = "the runtime's own network namespace, joined",
	  .linux = "'namespaces':[{'type':'network','path':'/proc/self/ns/net'}],",
	  .key = "net.core.somaxconn",
	  .want = NO_NET("net.core.somaxconn") },
	{ .label = "the same by number",
	  .linux = "'namespaces':[{'type':'network','path':'/proc/thread-self/ns/net'}],",
	  .key = "net.core.somaxconn",
	  .want = NO_NET("net.core.somaxconn") },
	{ .label = "the runtime's own ipc namespace, joined",
	  .linux = "'namespaces':[{'type':'ipc','path':'/proc/self/ns/ipc'}],",
	  .key = "kernel.shmmax",
	  .want = NO_IPC("kernel.shmmax") },
	{ .label = "the runtime's own uts namespace, joined",
	  .linux = "'namespaces':[{'type':'uts','path':'/proc/self/ns/uts'}],",
	  .key = "kernel.domainname",
	  .want = NO_KERNEL("kernel.domainname") },
	{ .label = "the runtime's own user namespace, joined",
	  .linux = "'namespaces':[{'type':'user','path':'/proc/self/ns/user'}],",
	  .key = "user.max_net_namespaces",
	  .want = "error: setting ucounts without a user namespace not allowed: user.max_net_namespaces" },
	{ .label = "hostname of a joined namespace",
	  .linux = "'namespaces':[{'type':'uts','path':'/nowhere'}],",
	  .key = "kernel.hostname",
	  .want = "error: sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field" },

	/* what belongs to no namespace */
	{ .label = "core_pattern",
	  .linux = IPC,
	  .key = "kernel.core_pattern",
	  .want = NO_KERNEL("kernel.core_pattern") },
	{ .label = "a longer name than an allowed one",
	  .linux = IPC,
	  .key = "kernel.msgmaxx",
	  .want = NO_KERNEL("kernel.msgmaxx") },
	{ .label = "below an allowed one",
	  .linux = IPC,
	  .key = "kernel.sem.x",
	  .want = NO_KERNEL("kernel.sem.x") },
	{ .label = "an allowed folder's name alone",
	  .linux = NET,
	  .key = "net",
	  .want = NO_KERNEL("net") },
	{ .label = "a name that begins like an allowed folder",
	  .linux = NET,
	  .key = "network.x",
	  .want = NO_KERNEL("network.x") },
	{ .label = "case matters",
	  .linux = NET,
	  .key = "Net.core.somaxconn",
	  .want = NO_KERNEL("Net.core.somaxconn") },
	{ .label = "vm",
	  .linux = NET,
	  .key = "vm.overcommit_memory",
	  .want = NO_KERNEL("vm.overcommit_memory") },
	{ .label = "no dots", .linux = NET, .key = "x", .want = NO_KERNEL("x") },

	/* slashes */
	{ .label = "slashes",
	  .linux = NET,
	  .key = "net/ipv4/ip_forward",
	  .want = "net/ipv4/ip_forward" },
	{ .label = "slashes: a dot is then part of a name",
	  .linux = NET,
	  .key = "net/ipv4/conf/eno2.100/forwarding",
	  .want = "net/ipv4/conf/eno2.100/forwarding" },
	{ .label = "dots: a slash is then a dot of a name",
	  .linux = NET,
	  .key = "net.ipv4.conf.eno2/100.forwarding",
	  .want = "net/ipv4/conf/eno2.100/forwarding" },
	{ .label = "slashes: the rules are the same",
	  .key = "net/ipv4/ip_forward",
	  .want = NO_NET("net/ipv4/ip_forward") },
	{ .label = "slashes: ipc",
	  .linux = IPC,
	  .key = "kernel/shm_rmid_forced",
	  .want = "kernel/shm_rmid_forced" },
	{ .label = "slashes: hostname",
	  .linux = UTS,
	  .key = "kernel/hostname",
	  .want = "error: sysctl \"kernel/hostname\" is not allowed as it conflicts with the OCI \"hostname\" field" },
	{ .label = "slashes: core_pattern",
	  .linux = IPC,
	  .key = "kernel/core_pattern",
	  .want = NO_KERNEL("kernel/core_pattern") },

	/* names that lead elsewhere */
	{ .label = "nothing", .linux = NET, .key = "", .want = NO_NAME("") },
	{ .label = "a dot", .linux = NET, .key = ".", .want = NO_NAME(".") },
	{ .label = "a slash", .linux = NET, .key = "/", .want = NO_NAME("/") },
	{ .label = "a slash in front",
	  .linux = NET,
	  .key = "/net/core/somaxconn",
	  .want = NO_NAME("/net/core/somaxconn") },
	{ .label = "a dot in front",
	  .linux = NET,
	  .key = ".net.core.somaxconn",
	  .want = NO_NAME(".net.core.somaxconn") },
	{ .label = "a dot at the end",
	  .linux = NET,
	  .key = "net.core.",
	  .want = NO_NAME("net.core.") },
	{ .label = "a slash at the end",
	  .linux = NET,
	  .key = "net/core/",
	  .want = NO_NAME("net/core/") },
	{ .label = "two dots in a row",
	  .linux = NET,
	  .key = "net..core",
	  .want = NO_NAME("net..core") },
	{ .label = "two slashes in a row",
	  .linux = NET,
	  .key = "net//core",
	  .want = NO_NAME("net//core") },
	{ .label = "the parent directory",
	  .linux = NET,
	  .key = "net/../kernel/core_pattern",
	  .want = NO_NAME("net/../kernel/core_pattern") },
	{ .label = "its parent",
	  .linux = NET,
	  .key = "net/../../sysrq-trigger",
	  .want = NO_NAME("net/../../sysrq-trigger") },
	{ .label = "the parent directory, spelled with dots",
	  .linux = NET,
	  .key = "net.//.kernel.core_pattern",
	  .want = NO_NAME("net.//.kernel.core_pattern") },
	{ .label = "the parent directory at the end",
	  .linux = NET,
	  .key = "net/core/..",
	  .want = NO_NAME("net/core/..") },
	{ .label = "the directory itself",
	  .linux = NET,
	  .key = "net/./core/somaxconn",
	  .want = NO_NAME("net/./core/somaxconn") },
	{ .label = "the directory itself, spelled with dots",
	  .linux = NET,
	  .key = "net./.core",
	  .want = NO_NAME("net./.core") },
	{ .label = "a dot first, then slashes",
	  .linux = NET,
	  .key = "net.ipv4/../../kernel/core_pattern",
	  .want = NO_NAME("net.ipv4/../../kernel/core_pattern") },
	{ .label = "three dots are an interface's name",
	  .linux = NET,
	  .key = "net/ipv4/conf/.../x",
	  .want = "net/ipv4/conf/.../x" },
};

/* ---- running the rows ---- */

static void describe(const struct ns_plan *p, struct text *out)
{
	static const char *const ways[] = { "none", "direct", "helper" };

	text_add(out, "make:");
	for (enum ns_type t = 0; t < NS_TYPES; t++)
		if (ns_is_new(p, t))
			text_printf(out, " %s", names_word(ns_words, t));
	text_add(out, " join:");
	for (enum ns_type t = 0; t < NS_TYPES; t++)
		if (p->join[t])
			text_printf(out, " %s=%s", names_word(ns_words, t), p->join[t]);
	text_printf(out, " %s:", p->staged ? "staged" : "direct");
	text_add(out, p->in_userns ? " userns" : "");
	if (ns_is_new(p, NS_USER))
		text_printf(out, " uids=%s gids=%s%s", ways[p->uid_way], ways[p->gid_way],
			    p->deny_setgroups ? " deny_setgroups" : "");
	if (p->offset_count)
		text_printf(out, " offsets=%zu", p->offset_count);
	if (p->hostname)
		text_printf(out, " hostname=%s", p->hostname);
	if (p->domainname)
		text_printf(out, " domainname=%s", p->domainname);
}

static int plan(const char *linux, const char *rest, const struct host *host,
		struct ns_plan *p, struct arena *a, struct err *e)
{
	OWN_TEXT quoted = { 0 };
	OWN_TEXT doc = { 0 };
	const struct spec *s;

	text_printf(&quoted, "{%s%s'linux':{%s}}", rest ? rest : "", rest ? "," : "",
		    linux ? linux : "");
	data_json(&doc, quoted.s);
	s = spec_parse("config.json", doc.s, doc.len, a, e);
	if (!s)
		data_bail(e->text);
	*p = (struct ns_plan){ 0 };
	return ns_plan(p, s, host, a, e);
}

static void test_plans(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct arena a = { 0 };
		OWN_TEXT got = { 0 };
		struct ns_plan p;
		struct err e;

		if (plan(row->linux, row->rest, row->host, &p, &a, &e) < 0)
			text_printf(&got, "error: %s", e.text);
		else
			describe(&p, &got);
		CHECK_SAME(row->label, got.s, row->want);
		arena_free(&a);
	}
}

static void test_sysctls(void)
{
	for (size_t i = 0; i < COUNT(sysctls); i++) {
		struct arena a = { 0 };
		OWN_TEXT members = { 0 };
		OWN_TEXT got = { 0 };
		struct ns_plan p;
		struct err e;

		text_printf(&members, "%s'sysctl':{'%s':'1'}",
			    sysctls[i].linux ? sysctls[i].linux : "", sysctls[i].key);
		if (plan(members.s, NULL, &root, &p, &a, &e) < 0)
			text_printf(&got, "error: %s", e.text);
		else
			text_add(&got, p.sysctl.n == 1 ? p.sysctl.v[0].key : "?");
		CHECK_SAME(sysctls[i].label, got.s, sysctls[i].want);
		arena_free(&a);
	}
}

static void test_several_sysctls(void)
{
	struct arena a = { 0 };
	struct ns_plan p;
	struct err e;

	CHECK("several sysctls", plan(NET "'sysctl':{'net.b':'2 3\\t4','net/a':''}", NULL,
				      &root, &p, &a, &e) == 0 &&
					 p.sysctl.n == 2);
	CHECK_SAME("values are left alone", p.sysctl.v[0].value, "2 3\t4");
	CHECK_SAME("empty ones too", p.sysctl.v[1].value, "");
	CHECK("one bad one is enough",
	      plan(NET "'sysctl':{'net.a':'1','vm.b':'1'}", NULL, &root, &p, &a, &e) < 0);
	CHECK("none",
	      plan(NET "'sysctl':{}", NULL, &root, &p, &a, &e) == 0 && p.sysctl.n == 0);
	arena_free(&a);
}

static void test_kinds(void)
{
	uint64_t all = 0;

	for (enum ns_type t = 0; t < NS_TYPES; t++) {
		const struct ns_kind *k = &ns_kinds[t];

		CHECK(names_word(ns_words, t), k->flag && !(all & k->flag) && k->file &&
						       text_starts(k->record, "NEW"));
		all |= k->flag;
	}
}

int main(void)
{
	test_ids();
	test_kinds();
	test_plans();
	test_sysctls();
	test_several_sysctls();
	return tap_done();
}
