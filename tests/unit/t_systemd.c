/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runc-systemd against a manager that is made up here: what it asks for, byte by byte as
 * types, and what it makes of each answer. Real ones are asked by tests/e2e/systemd.sh.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

#include "base/io.h"
#include "base/own.h"
#include "base/text.h"
#include "cgroup/unit.h"
#include "unit/given.h"
#include "unit/tap.h"

#define MANAGER "org.freedesktop.systemd1.Manager"
#define JOB "/org/freedesktop/systemd1/job/7"

/* ---- rows ---- */

/* How one call is answered. */
struct reply {
	const char *method;
	const char *error;  /* of org.freedesktop.systemd1; NULL: none */
	const char *result; /* of its job; NULL: it is no call that has one */
};

/* clang-format off */

static const struct row {
	const char *label, *order; /* ' for " */
	struct reply replies[6];   /* in this order */
	const char *calls;         /* METHOD ARGUMENTS; … */
	const char *out;           /* what it says on stdout, or the first line of stderr */
	int status;
	const char *version;       /* NULL: 257 */
	const char *state;         /* that the unit is in; NULL: inactive */
} rows[] = {
	{ .label = "start",
	  .order = "{'op':'start','user':true,'unit':'a.scope','properties':[{'name':'Delegate','value':'true'},{'name':'PIDs','value':'[uint32 7]'}]}",
	  .replies = { { "StartTransientUnit", .result = "done" } },
	  .calls = "StartTransientUnit 's:a.scope' 's:replace' [('s:Delegate' <b:1>) ('s:PIDs' <[u:7]>)] []", .out = "{}" },
	{ .label = "start: every type",
	  .order = "{'op':'start','user':true,'unit':'a.scope','properties':[{'name':'A','value':'(byte 1, int16 -2, uint16 3, -4, uint32 5, int64 -6, uint64 7, 1.5, true)'},"
		   "{'name':'B','value':'{\\'k\\': <(objectpath \\'/o\\', signature \\'as\\')>}'},{'name':'C','value':'@a(ss) [(\\'/dev/null\\', \\'rwm\\')]'},{'name':'D','value':'@as []'}]}",
	  .replies = { { "StartTransientUnit", .result = "done" } },
	  .calls = "StartTransientUnit 's:a.scope' 's:replace' [('s:A' <(y:1 n:-2 q:3 i:-4 u:5 x:-6 t:7 d:1.5 b:1)>) "
		   "('s:B' <[{'s:k' <('o:/o' 'g:as')>}]>) ('s:C' <[('s:/dev/null' 's:rwm')]>) ('s:D' <[]>)] []", .out = "{}" },
	{ .label = "start: what this systemd does not know is left out",
	  .order = "{'op':'start','user':true,'unit':'a.scope','properties':[{'name':'Old','value':'1','since':244},{'name':'New','value':'2','since':253}]}",
	  .version = "252.38-1~deb12u1", .replies = { { "StartTransientUnit", .result = "done" } },
	  .calls = "Get Version; StartTransientUnit 's:a.scope' 's:replace' [('s:Old' <i:1>)] []", .out = "{}" },
	{ .label = "start: a slice, and where it is",
	  .order = "{'op':'start','user':true,'unit':'a-b.slice'}", .replies = { { "StartTransientUnit", .result = "done" } },
	  .calls = "StartTransientUnit 's:a-b.slice' 's:replace' [] []; Get ControlGroup", .out = "{\"controlGroup\":\"/a.slice/a-b.slice\"}" },
	{ .label = "start: the name of a unit that failed",
	  .order = "{'op':'start','user':true,'unit':'a.scope'}",
	  .replies = { { "StartTransientUnit", .error = "UnitExists" }, { "ResetFailedUnit" }, { "StartTransientUnit", .result = "done" } },
	  .calls = "StartTransientUnit 's:a.scope' 's:replace' [] []; ResetFailedUnit 's:a.scope'; StartTransientUnit 's:a.scope' 's:replace' [] []", .out = "{}" },
	{ .label = "start: the name of another's",
	  .order = "{'op':'start','user':true,'unit':'a.scope'}",
	  .replies = { { "StartTransientUnit", .error = "UnitExists" }, { "ResetFailedUnit" }, { "StartTransientUnit", .error = "UnitExists" } },
	  .calls = "StartTransientUnit 's:a.scope' 's:replace' [] []; ResetFailedUnit 's:a.scope'; StartTransientUnit 's:a.scope' 's:replace' [] []",
	  .out = "container's cgroup is not empty: UnitExists said no", .status = 1 },
	{ .label = "start: refused",
	  .order = "{'op':'start','user':true,'unit':'a.scope'}", .replies = { { "StartTransientUnit", .error = "PropertyReadOnly" } },
	  .calls = "StartTransientUnit 's:a.scope' 's:replace' [] []", .out = "PropertyReadOnly said no", .status = 1 },
	{ .label = "start: a job that fails",
	  .order = "{'op':'start','user':true,'unit':'a.scope'}", .replies = { { "StartTransientUnit", .result = "failed" }, { "ResetFailedUnit" } },
	  .calls = "StartTransientUnit 's:a.scope' 's:replace' [] []; ResetFailedUnit 's:a.scope'", .out = "error creating systemd unit `a.scope`: got `failed`", .status = 1 },
	{ .label = "start: what cannot be sent",
	  .order = "{'op':'start','user':true,'unit':'a.scope','properties':[{'name':'A','value':'objectpath \\'no path\\''}]}",
	  .calls = "", .out = "property A: objectpath 'no path' cannot be sent: invalid argument", .status = 1 },
	{ .label = "start: what is no value",
	  .order = "{'op':'start','user':true,'unit':'a.scope','properties':[{'name':'A','value':'what'}]}",
	  .calls = "", .out = "property A: expected a value at character 1, not \"what\"", .status = 1 },
	{ .label = "stop", .order = "{'op':'stop','user':true,'unit':'a.scope'}", .replies = { { "StopUnit", .result = "done" }, { "ResetFailedUnit" } },
	  .calls = "StopUnit 's:a.scope' 's:replace'; ResetFailedUnit 's:a.scope'", .out = "{}" },
	{ .label = "stop: one that is gone", .order = "{'op':'stop','user':true,'unit':'a.scope'}", .replies = { { "StopUnit", .error = "NoSuchUnit" } },
	  .calls = "StopUnit 's:a.scope' 's:replace'", .out = "{}" },
	{ .label = "stop: and then it is gone", .order = "{'op':'stop','user':true,'unit':'a.scope'}",
	  .replies = { { "StopUnit", .result = "done" }, { "ResetFailedUnit", .error = "NoSuchUnit" } },
	  .calls = "StopUnit 's:a.scope' 's:replace'; ResetFailedUnit 's:a.scope'", .out = "{}" },
	{ .label = "stop: a job that fails", .order = "{'op':'stop','user':true,'unit':'a.scope'}", .replies = { { "StopUnit", .result = "canceled" }, { "ResetFailedUnit" } },
	  .calls = "StopUnit 's:a.scope' 's:replace'; ResetFailedUnit 's:a.scope'", .out = "error removing unit `a.scope`: got `canceled`", .status = 1 },
	{ .label = "sweep: one that is gone", .order = "{'op':'sweep','user':true,'unit':'a.scope'}", .replies = { { "ResetFailedUnit", .error = "NoSuchUnit" } },
	  .calls = "Get ActiveState; ResetFailedUnit 's:a.scope'", .out = "{}" },
	{ .label = "sweep: one that is not active", .order = "{'op':'sweep','user':true,'unit':'a.scope'}", .replies = { { "ResetFailedUnit" } },
	  .calls = "Get ActiveState; ResetFailedUnit 's:a.scope'", .out = "{}" },
	{ .label = "sweep: somebody is in it", .state = "active", .order = "{'op':'sweep','user':true,'unit':'a.scope'}",
	  .replies = { { "GetUnitProcesses", .result = "sleep" }, { "ResetFailedUnit" } },
	  .calls = "Get ActiveState; GetUnitProcesses 's:a.scope'; ResetFailedUnit 's:a.scope'", .out = "{}" },
	{ .label = "sweep: nobody is in it", .state = "active", .order = "{'op':'sweep','user':true,'unit':'a.scope'}",
	  .replies = { { "GetUnitProcesses" }, { "StopUnit", .result = "done" }, { "ResetFailedUnit" } },
	  .calls = "Get ActiveState; GetUnitProcesses 's:a.scope'; StopUnit 's:a.scope' 's:replace'; ResetFailedUnit 's:a.scope'", .out = "{}" },
	{ .label = "set", .order = "{'op':'set','user':true,'unit':'a.scope','properties':[{'name':'MemoryMax','value':'uint64 5'}]}", .replies = { { "SetUnitProperties" } },
	  .calls = "SetUnitProperties 's:a.scope' b:1 [('s:MemoryMax' <t:5>)]; Get Version", .out = "{}" },
	{ .label = "set: nothing that it knows", .order = "{'op':'set','user':true,'unit':'a.scope','properties':[{'name':'A','value':'1','since':300}]}",
	  .calls = "Get Version", .out = "{}" },
	{ .label = "attach", .order = "{'op':'attach','user':true,'unit':'a.scope','pids':[7,8],'subCgroup':'/init'}", .replies = { { "AttachProcessesToUnit" } },
	  .calls = "AttachProcessesToUnit 's:a.scope' 's:/init' [u:7 u:8]", .out = "{}" },
	{ .label = "attach: into the unit itself", .order = "{'op':'attach','user':true,'unit':'a.scope','pids':[7],'subCgroup':'/'}", .replies = { { "AttachProcessesToUnit" } },
	  .calls = "AttachProcessesToUnit 's:a.scope' 's:' [u:7]", .out = "{}" },
	{ .label = "attach: refused", .order = "{'op':'attach','user':true,'unit':'a.scope','pids':[7]}", .replies = { { "AttachProcessesToUnit", .error = "ScopeNotRunning" } },
	  .calls = "AttachProcessesToUnit 's:a.scope' 's:' [u:7]", .out = "ScopeNotRunning said no", .status = 1 },
	{ .label = "no order", .order = "", .calls = NULL, .out = "order: ", .status = 1 },
	{ .label = "an unknown order", .order = "{'op':'reboot','unit':'a'}", .calls = NULL, .out = "order: op: ", .status = 1 },
};

/* clang-format on */

/* ---- the manager ---- */

struct manager {
	const struct row *row;
	size_t next; /* of the replies */
	struct text calls;
	sd_bus *bus;
};

static void print_value(sd_bus_message *m, struct text *out);

static void print_container(sd_bus_message *m, char kind, const char *contents,
			    struct text *out)
{
	const char *brackets = kind == 'a' ? "[]" :
			       kind == 'v' ? "<>" :
			       kind == 'e' ? "{}" :
					     "()";
	bool first = true;

	sd_bus_message_enter_container(m, kind, contents);
	text_addc(out, brackets[0]);
	while (sd_bus_message_at_end(m, 0) == 0) {
		if (!first)
			text_addc(out, ' ');
		first = false;
		print_value(m, out);
	}
	text_addc(out, brackets[1]);
	sd_bus_message_exit_container(m);
}

static void print_basic(sd_bus_message *m, char type, struct text *out)
{
	union {
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
		const char *s;
	} v;

	sd_bus_message_read_basic(m, type, &v);
	if (strchr("sog", type))
		text_printf(out, "'%c:%s'", type, v.s);
	else if (type == 'd')
		text_printf(out, "d:%g", v.d);
	else
		text_printf(out, "%c:%jd", type,
			    type == 'y' ? (intmax_t)v.y :
			    type == 'n' ? (intmax_t)v.n :
			    type == 'q' ? (intmax_t)v.q :
			    type == 'u' ? (intmax_t)v.u :
			    type == 'x' ? (intmax_t)v.x :
			    type == 't' ? (intmax_t)v.t :
					  (intmax_t)v.i);
}

static void print_value(sd_bus_message *m, struct text *out)
{
	const char *contents;
	char type;

	if (sd_bus_message_peek_type(m, &type, &contents) <= 0)
		given_fail("a message that cannot be read");
	if (strchr("avre", type))
		print_container(m, type, contents, out);
	else
		print_basic(m, type, out);
}

static int answer_property(struct manager *made, sd_bus_message *m)
{
	const char *interface, *name;

	sd_bus_message_read(m, "ss", &interface, &name);
	text_printf(&made->calls, " %s", name);
	if (strcmp(name, "ActiveState") == 0)
		return sd_bus_reply_method_return(m, "v", "s",
						  made->row->state ? made->row->state :
								     "inactive");
	if (strcmp(name, "Version") == 0)
		return sd_bus_reply_method_return(m, "v", "s",
						  made->row->version ? made->row->version :
								       "257");
	return sd_bus_reply_method_return(m, "v", "s", "/a.slice/a-b.slice");
}

static int answer_call(struct manager *made, sd_bus_message *m)
{
	const struct reply *r = &made->row->replies[made->next];

	while (sd_bus_message_at_end(m, 1) == 0) {
		text_addc(&made->calls, ' ');
		print_value(m, &made->calls);
	}
	if (!r->method || strcmp(r->method, sd_bus_message_get_member(m)) != 0)
		return sd_bus_reply_method_errorf(m, "org.example.Unexpected",
						  "not expected here");
	made->next++;
	if (r->error) {
		char name[128];

		snprintf(name, sizeof(name), "org.freedesktop.systemd1.%s", r->error);
		return sd_bus_reply_method_errorf(m, name, "%s said no", r->error);
	}
	if (strcmp(r->method, "GetUnitProcesses") == 0)
		return r->result ? sd_bus_reply_method_return(m, "a(sus)", 1, "/a.scope",
							      7, r->result) :
				   sd_bus_reply_method_return(m, "a(sus)", 0);
	if (!r->result)
		return sd_bus_reply_method_return(m, NULL);
	/* another's job first, and its own before the answer to the call: both happen */
	sd_bus_emit_signal(made->bus, "/org/freedesktop/systemd1", MANAGER, "JobRemoved",
			   "uoss", 6, "/org/freedesktop/systemd1/job/6", "b.scope",
			   "failed");
	sd_bus_emit_signal(made->bus, "/org/freedesktop/systemd1", MANAGER, "JobRemoved",
			   "uoss", 7, JOB, "a.scope", r->result);
	return sd_bus_reply_method_return(m, "o", JOB);
}

static int on_message(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct manager *made = data;
	uint8_t type;

	(void)error;
	if (sd_bus_message_get_type(m, &type) < 0 || type != SD_BUS_MESSAGE_METHOD_CALL)
		return 0;
	if (made->calls.len)
		text_add(&made->calls, "; ");
	text_add(&made->calls, sd_bus_message_get_member(m));
	if (strcmp(sd_bus_message_get_member(m), "Get") == 0)
		answer_property(made, m);
	else
		answer_call(made, m);
	return 1;
}

static void serve(struct manager *made, int fd)
{
	static const sd_id128_t id =
		SD_ID128_MAKE(1, 2, 3, 4, 5, 6, 7, 8, 9, a, b, c, d, e, f, 0);

	if (sd_bus_new(&made->bus) < 0 || sd_bus_set_fd(made->bus, fd, fd) < 0 ||
	    sd_bus_set_server(made->bus, 1, id) < 0 || sd_bus_start(made->bus) < 0 ||
	    sd_bus_add_filter(made->bus, NULL, on_message, made) < 0)
		given_fail("cannot be a manager");
	for (;;) {
		int ret = sd_bus_process(made->bus, NULL);

		if (ret < 0 || (ret == 0 && sd_bus_wait(made->bus, 20000000) <= 0))
			break;
	}
	made->bus = sd_bus_flush_close_unref(made->bus);
}

/* ---- one row ---- */

static int listen_at(const char *dir)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/systemd", dir);
	if (mkdir(addr.sun_path, 0700) < 0)
		given_fail("mkdir");
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/systemd/private", dir);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, 4) < 0)
		given_fail("listen");
	return fd;
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!f)
		given_fail("write");
	for (; *text; text++) {
		bool own = text[0] == '\\' && text[1] == '\'';

		text += own;
		fputc(*text == '\'' && !own ? '"' : *text, f);
	}
	fclose(f);
}

/* -1: it ended without a word to us. */
static int accept_from(int listener, pid_t pid)
{
	struct sockaddr_un from;
	socklen_t size = sizeof(from);
	int pidfd = pidfd_open(pid, 0);
	struct pollfd p[] = { { .fd = listener, .events = POLLIN },
			      { .fd = pidfd, .events = POLLIN } };

	while (poll(p, COUNT(p), -1) < 0 && errno == EINTR)
		;
	close(pidfd);
	return p[0].revents ?
		       accept4(listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC) :
		       -1;
}

static pid_t start_helper(const char *dir)
{
	char env[512], in[512], out[512], err[512], name[] = "runc-systemd";
	char *const argv[] = { name, NULL }, *const envp[] = { env, NULL };
	posix_spawn_file_actions_t files;
	pid_t pid;

	snprintf(env, sizeof(env), "XDG_RUNTIME_DIR=%s", dir);
	snprintf(in, sizeof(in), "%s/in", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(err, sizeof(err), "%s/err", dir);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, in, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, out, O_WRONLY | O_CREAT, 0600);
	posix_spawn_file_actions_addopen(&files, 2, err, O_WRONLY | O_CREAT, 0600);
	if (posix_spawn(&pid, "./runc-systemd", &files, NULL, argv, envp) != 0)
		given_fail("start ./runc-systemd");
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

static void read_said(const char *dir, const char *name, struct text *out)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (io_read_at(AT_FDCWD, path, 65536, out) < 0)
		given_fail("read what it said");
}

/* Says so, and only so, if the manager has taken the unit; *skip: so long. */
static void check_accepted(const struct row *row, const char *dir, size_t *skip)
{
	bool is_accepted = false;
	OWN_TEXT out = { 0 };

	for (size_t i = 0; i < COUNT(row->replies) && row->replies[i].method; i++)
		is_accepted |= row->replies[i].result &&
			       strcmp(row->replies[i].method, "StartTransientUnit") == 0;
	read_said(dir, "out", &out);
	*skip = text_starts(text_str(&out), UNIT_ACCEPTED) ? strlen(UNIT_ACCEPTED) : 0;
	CHECK(row->label, (*skip > 0) == is_accepted);
}

static void check_row(const struct row *row)
{
	char *dir = scratch_begin();
	struct manager made = { .row = row };
	int listener = listen_at(dir), status = 0, fd;
	OWN_TEXT out = { 0 };
	const char *line;
	size_t skip;
	pid_t pid;

	put(dir, "in", row->order);
	pid = start_helper(dir);
	fd = accept_from(listener, pid);
	if (fd >= 0)
		serve(&made, fd);
	waitpid(pid, &status, 0);
	check_accepted(row, dir, &skip);
	read_said(dir, row->status ? "err" : "out", &out);
	line = text_str(&out) + (row->status ? 0 : skip);
	text_cut(&out, (size_t)(line - text_str(&out)) + strcspn(line, "\n"));
	if (!row->calls)
		/* the rest of it is the reader's, and tested there */
		text_cut(&out, strlen(row->out) < out.len ? strlen(row->out) : out.len);
	CHECK_SAME("  what it said", line, row->out);
	if (row->calls)
		CHECK_SAME("  what it asked for", text_str(&made.calls), row->calls);
	CHECK("  its status", WIFEXITED(status) && WEXITSTATUS(status) == row->status);
	text_free(&made.calls);
	close(listener);
	scratch_end(dir);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
	return tap_done();
}
