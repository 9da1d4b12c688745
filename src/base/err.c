/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *err_word(int sys)
{
	static char word[96];
	const char *text = strerrordesc_np(sys);

	if (!text) {
		snprintf(word, sizeof(word), "errno %d", sys);
		return word;
	}
	snprintf(word, sizeof(word), "%s", text);
	/* "RPC struct is bad" keeps its acronym */
	if (isupper((unsigned char)word[0]) && !isupper((unsigned char)word[1]))
		word[0] = (char)tolower((unsigned char)word[0]);
	return word;
}

int err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;

	e->sys = 0;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -1;
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int sys = errno;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	snprintf(e->text + len, sizeof(e->text) - len, ": %s", err_word(sys));
	e->sys = sys;
	errno = sys;
	return -1;
}

int err_in(struct err *e, const char *fmt, ...)
{
	char inner[ERR_TEXT];
	size_t len;
	va_list ap;

	memcpy(inner, e->text, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	snprintf(e->text + len, sizeof(e->text) - len, ": %s", inner);
	return -1;
}
