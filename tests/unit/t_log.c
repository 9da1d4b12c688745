/* SPDX-License-Identifier: Apache-2.0 */
/* The log's lines, in the shapes that engines read. */
#include "base/log.h"

#include <errno.h>
#include <jansson.h>

#include "unit/data.h"
#include "unit/tap.h"

static int dir;
static char dir_name[32];

/* Opens a new log of this name, "DIR/name". */
static void open_log(const char *name, const char *format, bool debug)
{
	char path[64];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", dir_name, name);
	if (log_open(path, format, debug, &e) < 0)
		data_bail(e.text);
}

static void read_log(const char *name, struct text *out)
{
	if (io_read_at(dir, name, 1u << 20, out) < 0)
		data_bail(name);
}

/* Replaces the digits of the time in front, after checking that it is one. */
static bool hide_time(char *at)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";

	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == 'd' ? at[i] < '0' || at[i] > '9' : at[i] != shape[i])
			return false;
		at[i] = shape[i];
	}
	return true;
}

#define TIME "time=\"dddd-dd-ddTdd:dd:ddZ\" "

/* The lines of a text log, their times hidden. */
static void read_text_log(const char *name, struct text *out)
{
	read_log(name, out);
	for (char *line = out->s; *line; line = strchrnul(line, '\n') + 1)
		if (!text_starts(line, "time=\"") || !hide_time(line + 6))
			text_add(out, "(a line without a time)");
}

/* ---- text: bare, or as Go's %q ---- */

static const struct {
	const char *label, *in, *want;
} values[] = {
	{ .label = "one word", .in = "started", .want = "started" },
	{ .label = "all that may be bare", .in = "azAZ09-._/@^+", .want = "azAZ09-._/@^+" },
	{ .label = "nothing", .in = "", .want = "" },
	{ .label = "blanks",
	  .in = "container not running",
	  .want = "\"container not running\"" },
	{ .label = "a colon", .in = "a:b", .want = "\"a:b\"" },
	{ .label = "an equals sign", .in = "level=debug", .want = "\"level=debug\"" },
	{ .label = "quotes, which bats look for",
	  .in = "seccomp filter flags: 4",
	  .want = "\"seccomp filter flags: 4\"" },
	{ .label = "quotes and backslashes",
	  .in = "say \"\\\"",
	  .want = "\"say \\\"\\\\\\\"\"" },
	{ .label = "lines stay one",
	  .in = "a\nlevel=debug msg=b\r\tc",
	  .want = "\"a\\nlevel=debug msg=b\\r\\tc\"" },
	{ .label = "Go's other letters", .in = "\a\b\f\v", .want = "\"\\a\\b\\f\\v\"" },
	{ .label = "an escape sequence", .in = "\x1b[31mred", .want = "\"\\x1b[31mred\"" },
	{ .label = "first and last control character",
	  .in = "\x01\x1f\x7f",
	  .want = "\"\\x01\\x1f\\x7f\"" },
	{ .label = "control characters in two bytes",
	  .in = "\xc2\x80\xc2\x9b"
		"31m\xc2\x9f",
	  .want = "\"\\u0080\\u009b31m\\u009f\"" },
	{ .label = "other characters stay",
	  .in = "\xc3\xa9\xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80",
	  .want = "\"\xc3\xa9\xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ .label = "the first byte of two at the end", .in = "x\xc2", .want = "\"x\xc2\"" },
	{ .label = "a percent sign", .in = "100% %s", .want = "\"100% %s\"" },
};

static void test_values(void)
{
	for (size_t i = 0; i < COUNT(values); i++) {
		OWN_TEXT got = { 0 };
		OWN_TEXT want = { 0 };
		char name[16];

		snprintf(name, sizeof(name), "value%zu", i);
		open_log(name, i % 2 ? "text" : "", false);
		log_error("%s", values[i].in);
		read_text_log(name, &got);
		text_printf(&want, TIME "level=error msg=%s\n", values[i].want);
		CHECK_SAME(values[i].label, got.s, want.s);
	}
}

/* ---- levels, --debug ---- */

static void say_all(void)
{
	log_error("e %d", 1);
	log_warning("w %d", 2);
	log_info("i %d", 3);
	log_debug("d %d", 4);
	log_line(LOG_LEVEL_DEBUG, "file.c", 77, "func", "straight");
}

static void test_levels(void)
{
	OWN_TEXT got = { 0 };
	OWN_TEXT json = { 0 };

	open_log("levels", NULL, false);
	CHECK("a file is not stderr", !log_is_stderr());
	CHECK("no --debug", !log_is_debug());
	say_all();
	read_text_log("levels", &got);
	CHECK_SAME("levels, without --debug", got.s,
		   TIME "level=error msg=\"e 1\"\n" TIME
			"level=warning msg=\"w 2\"\n" TIME "level=info msg=\"i 3\"\n");

	open_log("levels.json", "json", false);
	say_all();
	read_log("levels.json", &json);
	CHECK("levels in JSON, without --debug",
	      strstr(json.s, "{\"level\":\"error\",\"msg\":\"e 1\",\"time\":\"") ==
			      json.s &&
		      strstr(json.s, "{\"level\":\"warning\",") &&
		      strstr(json.s, "{\"level\":\"info\",") && !strstr(json.s, "debug"));
}

static void test_debug(void)
{
	OWN_TEXT got = { 0 };
	OWN_TEXT json = { 0 };
	static const char start[] =
		"{\"file\":\"src/x.c:42\",\"func\":\"run\",\"level\":\"debug\","
		"\"msg\":\"hello there\",\"time\":\"";

	open_log("debug", "text", true);
	CHECK("--debug", log_is_debug());
	log_line(LOG_LEVEL_DEBUG, "src/x.c", 42, "run", "hello %s", "there");
	log_line(LOG_LEVEL_ERROR, "a b.c", 1, "f", "x");
	read_text_log("debug", &got);
	CHECK_SAME("--debug tells where", got.s,
		   TIME
		   "level=debug msg=\"hello there\" func=run file=\"src/x.c:42\"\n" TIME
		   "level=error msg=x func=f file=\"a b.c:1\"\n");

	open_log("debug.json", "json", true);
	log_line(LOG_LEVEL_DEBUG, "src/x.c", 42, "run", "hello %s", "there");
	read_log("debug.json", &json);
	CHECK("--debug tells where, keys sorted", text_starts(json.s, start));
	CHECK("the time is the last, and one line",
	      hide_time(json.s + strlen(start)) &&
		      strcmp(json.s + strlen(start), "dddd-dd-ddTdd:dd:ddZ\"}\n") == 0);
	open_log("unused", "text", false);
	CHECK("--debug off again", !log_is_debug());
}

/* ---- JSON: one object a line, whatever is in it ---- */

static void test_json(void)
{
	static const char nasty[] = "a\n\"\\<&>\x1b\x7f \xe2\x80\xa8 \xff\xc3(";
	OWN_TEXT json = { 0 };
	json_t *line;
	char *end;

	open_log("json", "json", false);
	log_error("%s", nasty);
	read_log("json", &json);
	end = strchr(json.s, '\n');
	CHECK("one line", end && !end[1]);
	line = json_loads(json.s, 0, NULL);
	CHECK("one object", json_object_size(line) == 3);
	CHECK_SAME("all of the message", json_string_value(json_object_get(line, "msg")),
		   "a\n\"\\<&>\x1b\x7f \xe2\x80\xa8 \xef\xbf\xbd\xef\xbf\xbd(");
	CHECK("in Go's escapes", strstr(json.s, "\\u003c\\u0026\\u003e\\u001b"));
	json_decref(line);
}

/* A message as long as an error can be, with its context, is not cut. */
static void test_long(void)
{
	static char message[3 * ERR_TEXT];
	OWN_TEXT json = { 0 };
	OWN_TEXT text = { 0 };
	json_t *line;

	memset(message, 'x', ERR_TEXT - 1);
	open_log("long", "text", false);
	log_error("exec failed: %s", message);
	read_log("long", &text);
	CHECK("the longest error is whole", strstr(text.s, message));

	/* cut in the middle of a character */
	for (size_t i = 0; i + 1 < sizeof(message) - 1; i += 2)
		memcpy(message + i, "\xc3\xa9", 2);
	open_log("long.json", "json", false);
	log_error("x%s", message);
	log_error("%s", message);
	read_log("long.json", &json);
	line = json_loads(json.s, JSON_DISABLE_EOF_CHECK, NULL);
	CHECK("what is longer is cut, and still JSON",
	      json_string_length(json_object_get(line, "msg")) > ERR_TEXT);
	json_decref(line);
	line = json_loads(strchr(json.s, '\n') + 1, 0, NULL);
	CHECK("cut at another place too", line);
	json_decref(line);
}

/* ---- opening (I6) ---- */

static void test_open(void)
{
	char path[64];
	OWN_TEXT got = { 0 };
	struct stat st;
	struct err e;

	CHECK("an unknown format", log_open(NULL, "xml", false, &e) < 0 &&
					   strcmp(e.text, "invalid log-format: xml") == 0);
	CHECK("case matters", log_open(NULL, "JSON", false, &e) < 0);

	data_write(dir, "old", "first\n", 6);
	open_log("old", "json", false);
	log_error("second");
	read_log("old", &got);
	CHECK("a log goes on where it was",
	      text_starts(got.s, "first\n{\"level\":\"error\",\"msg\":\"second\""));

	umask(0);
	open_log("new", "text", false);
	umask(022);
	CHECK("nobody else may write it",
	      fstatat(dir, "new", &st, 0) == 0 && (st.st_mode & 07777) == 0644);

	snprintf(path, sizeof(path), "%s/link", dir_name);
	CHECK("linked", symlinkat("old", dir, "link") == 0);
	CHECK("a link is not followed",
	      log_open(path, "text", false, &e) < 0 && e.sys == ELOOP);
	snprintf(path, sizeof(path), "%s/x/log", dir_name);
	CHECK("no such directory",
	      log_open(path, "text", false, &e) < 0 && e.sys == ENOENT);
	CHECK("with its name", text_starts(e.text, "open test-"));
}

/* ---- diverted: what init does ---- */

static char caught[128];

static void keep_line(enum log_level level, const char *text)
{
	snprintf(caught, sizeof(caught), "%d:%s", level, text);
	errno = EXDEV;
}

static void test_divert(void)
{
	OWN_TEXT got = { 0 };

	open_log("divert", "text", false);
	log_divert(keep_line);
	errno = EBUSY;
	log_warning("to %s", "host");
	CHECK_SAME("a line is handed over as it is", caught, "1:to host");
	CHECK("errno is kept", errno == EBUSY);
	caught[0] = '\0';
	log_debug("not asked for");
	log_line(LOG_LEVEL_DEBUG, "f", 1, "f", "not asked for");
	CHECK_SAME("debug lines only with --debug", caught, "");
	log_divert(NULL);
	errno = EBUSY;
	log_error("back");
	CHECK("errno is kept by a log in a file", errno == EBUSY);
	read_text_log("divert", &got);
	CHECK_SAME("and brought back", got.s, TIME "level=error msg=back\n");
}

/* ---- a person's terminal (P3) ---- */

static void test_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char got[256] = "";
	const char *slave;
	struct err e;
	ssize_t n;

	slave = master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 ?
			ptsname(master) :
			NULL;
	if (!slave || log_open(slave, "text", false, &e) < 0) {
		tap_skip("a line on a terminal", "no pseudo terminal here");
		return;
	}
	log_warning("image said \x1b[2J\x7f\xc2\x9b"
		    "2J \xc3\xa9");
	n = read(master, got, sizeof(got) - 1);
	got[n > 0 ? n : 0] = '\0';
	CHECK_SAME("a line on a terminal", got,
		   "\x1b[33mWARN\x1b[0m[0000] image said \\x1b[2J\\x7f\\u009b2J \xc3\xa9\r\n");
	close(master);
}

int main(void)
{
	CHECK("stderr, until another is opened", log_is_stderr());
	umask(022);
	dir = data_make_dir(dir_name, sizeof(dir_name));
	test_values();
	test_levels();
	test_debug();
	test_json();
	test_long();
	test_open();
	test_divert();
	test_terminal();
	close(dir);
	data_remove_dir(AT_FDCWD, dir_name);
	return tap_done();
}
