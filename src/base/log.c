/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/text.h"

static struct {
	int fd;
	bool json, debug, to_file;
	void (*send)(enum log_level, const char *);
} sink = { .fd = STDERR_FILENO };

static const struct {
	const char *word, *tag;
	int colour;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "ERRO", 31 },
	[LOG_LEVEL_WARNING] = { "warning", "WARN", 33 },
	[LOG_LEVEL_INFO] = { "info", "INFO", 36 },
	[LOG_LEVEL_DEBUG] = { "debug", "DEBU", 37 },
};

int log_open(const char *path, const char *format, bool debug, struct err *e)
{
	sink.debug = debug;
	if (format && *format && strcmp(format, "text") != 0 &&
	    strcmp(format, "json") != 0)
		return err_set(e, "invalid log-format: %s", format);
	sink.json = format && strcmp(format, "json") == 0;
	if (!path || !*path)
		return 0;
	/* another user could have planted a link or a FIFO where the log goes (I6):
	 * neither is followed or waited for */
	sink.fd = open(path,
		       O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
			       O_NONBLOCK,
		       0644);
	if (sink.fd < 0) {
		sink.fd = STDERR_FILENO;
		return err_sys(e, "open %s", path);
	}
	sink.to_file = true;
	return 0;
}

bool log_is_stderr(void)
{
	return !sink.to_file;
}

bool log_is_debug(void)
{
	return sink.debug;
}

void log_divert(void (*send)(enum log_level, const char *))
{
	sink.send = send;
}

/*
 * A control character as Go's %q writes it, also of the second set, which takes
 * two bytes in UTF-8: 0 if there is none at s, else its length. Those of an
 * image must not reach a person's terminal: P3.
 */
static size_t add_control(struct text *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
		text_printf(out, "\\u%04x", p[1]);
		return 2;
	}
	if (p[0] >= 0x20 && p[0] != 0x7f)
		return 0;
	if (p[0] >= '\a' && p[0] <= '\r')
		text_printf(out, "\\%c", "abtnvfr"[p[0] - '\a']);
	else
		text_printf(out, "\\x%02x", p[0]);
	return 1;
}

/* Bare if made only of letters, digits and -._/@^+, else as Go's %q. */
static void add_value(struct text *out, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._/@^+";

	if (s[strspn(s, plain)] == '\0') {
		text_add(out, s);
		return;
	}
	text_addc(out, '"');
	while (*s) {
		size_t n = add_control(out, s);

		if (n == 0 && (*s == '"' || *s == '\\'))
			text_addc(out, '\\');
		if (n == 0)
			text_addc(out, *s);
		s += n ? n : 1;
	}
	text_addc(out, '"');
}

static void add_time(struct text *out)
{
	clock_print_utc(time(NULL), out);
	text_addc(out, 'Z');
}

void log_add_visible(struct text *out, const char *s)
{
	while (*s) {
		size_t n = *s == '\n' || *s == '\t' ? 0 : add_control(out, s);

		if (n == 0)
			text_addc(out, *s);
		s += n ? n : 1;
	}
}

static void print_json(struct text *out, enum log_level level, const char *where,
		       const char *func, const char *text)
{
	text_addc(out, '{');
	if (sink.debug) {
		text_add(out, "\"file\":");
		json_quote(out, where);
		text_add(out, ",\"func\":");
		json_quote(out, func);
		text_addc(out, ',');
	}
	text_printf(out, "\"level\":\"%s\",\"msg\":", levels[level].word);
	json_quote(out, text);
	text_add(out, ",\"time\":\"");
	add_time(out);
	text_add(out, "\"}\n");
}

static void print_text(struct text *out, enum log_level level, const char *where,
		       const char *func, const char *text)
{
	text_add(out, "time=\"");
	add_time(out);
	text_printf(out, "\" level=%s msg=", levels[level].word);
	add_value(out, text);
	if (sink.debug) {
		text_add(out, " func=");
		add_value(out, func);
		text_add(out, " file=");
		add_value(out, where);
	}
	text_addc(out, '\n');
}

static void print_tty(struct text *out, enum log_level level, const char *text)
{
	text_printf(out, "\x1b[%dm%s\x1b[0m[0000] ", levels[level].colour,
		    levels[level].tag);
	log_add_visible(out, text);
	text_addc(out, '\n');
}

void log_line(enum log_level level, const char *file, int line, const char *func,
	      const char *fmt, ...)
{
	OWN_TEXT out = { 0 };
	char where[128], message[ERR_TEXT + 256];
	int saved = errno;
	va_list ap;

	if (level == LOG_LEVEL_DEBUG && !sink.debug)
		return;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (sink.send) {
		sink.send(level, message);
		errno = saved;
		return;
	}
	snprintf(where, sizeof(where), "%s:%d", file, line);
	if (sink.json)
		print_json(&out, level, where, func, message);
	else if (isatty(sink.fd))
		print_tty(&out, level, message);
	else
		print_text(&out, level, where, func, message);
	/* nobody is left to tell if the log itself cannot be written */
	if (io_write_all(sink.fd, text_str(&out), out.len) < 0)
		sink.to_file = false;
	errno = saved;
}
