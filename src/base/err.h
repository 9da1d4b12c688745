/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error value: what failed, in words. It holds no pointers, so init can
 * send it to the host byte for byte over the sync socket.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_TEXT 2040

struct err {
	int sys; /* errno of the failing call, 0 if a rule of ours was broken */
	char text[ERR_TEXT];
};

/* Each fills or prefixes e and returns -1, so that "return err_…(…)" reads as one line.
 */

/* A rule of ours was broken. */
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The kernel said no: appends ": " and the text of errno; keeps errno. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts context in front of what e already says. */
int err_in(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * The text of an errno value as the Go runtime spells it: lower case, because
 * engines match "no such process" and its like (never NULL, never freed).
 */
const char *err_word(int sys);

#endif
