/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of the command: --log, --log-format, --debug, in the shape of the Go
 * runc (containerd reads the last JSON line, podman exactly one). Inside a
 * container lines travel to the host as messages: see log_divert().
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* path NULL or "" is stderr; format "text", "json" or "". */
int log_open(const char *path, const char *format, bool debug, struct err *e);

/* Is stderr the log? If not, the last error must also be printed there. */
bool log_is_stderr(void);
bool log_is_debug(void);

/*
 * From here on, in this process, lines go to the function instead: init has no
 * business with host files. NULL brings them back.
 */
void log_divert(void (*send)(enum log_level level, const char *text));

/* Appends s with control characters escaped: an image's must not reach a terminal (P3). */
void log_add_visible(struct text *out, const char *s);

void log_line(enum log_level level, const char *file, int line, const char *func,
	      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#define log_error(...)                                                                   \
	log_line(LOG_LEVEL_ERROR, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define log_warning(...)                                                                 \
	log_line(LOG_LEVEL_WARNING, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define log_debug(...)                                                                   \
	do {                                                                             \
		if (log_is_debug())                                                      \
			log_line(LOG_LEVEL_DEBUG, __FILE__, __LINE__, __func__,          \
				 __VA_ARGS__);                                           \
	} while (0)

#endif
