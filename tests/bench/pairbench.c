/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times several commands side by side.                         A development tool
 *
 *     pairbench [-n ROUNDS] [-w WARMUP] [-o FILE] [-v] 'LABEL=STEP; STEP; …' …
 *
 * Each round runs every command once, and the next round begins with another one:
 * whatever a busy neighbour does, it does to all of them. So rounds can be paired,
 * and the difference to the first command is the median of differences, not the
 * difference of medians.
 *
 * A step is words between blanks; %d in it becomes a number used by one round of one
 * command only. The step "reap" is not timed: it waits until everything that the
 * steps before it left behind (a detached container) has ended. A step that begins
 * with "~" is not timed either.
 *
 * Linked static, and small on purpose: the kernel counts what a child had resident
 * before its exec, which after a vfork is what we have.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_WORDS = 64 };

struct command {
	const char *label, *steps;
	double *wall_ms, *cpu_ms; /* of each round */
	long rss_kib;
	int failed, first_status;
};

static bool verbose;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double cpu_ms(const struct rusage *u)
{
	return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1e3 +
	       (u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e3;
}

static void *need(void *p)
{
	if (!p)
		err(2, "memory");
	return p;
}

/* A copy of the text in which each %d is the number. */
static char *numbered(const char *text, int number)
{
	char *s = NULL;
	size_t size;
	FILE *out = need(open_memstream(&s, &size));

	for (const char *at; (at = strstr(text, "%d")); text = at + 2)
		fprintf(out, "%.*s%d", (int)(at - text), text, number);
	fputs(text, out);
	if (fclose(out))
		err(2, "memory");
	return s;
}

/* Runs one step to its end. Returns its wait status; the caller gets its cost. */
static int run_step(const char *step, int number, double *wall, struct rusage *usage)
{
	posix_spawn_file_actions_t actions;
	char *args[MAX_WORDS + 1], *save, *line = numbered(step, number);
	int n = 0, status, fault;
	double begun;
	pid_t pid;

	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (n == MAX_WORDS)
			errx(2, "more than %d words in a step", MAX_WORDS);
		args[n++] = w;
	}
	if (n == 0)
		errx(2, "an empty step");
	args[n] = NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (!verbose)
		posix_spawn_file_actions_adddup2(&actions, 1, 2);
	begun = now_ms();
	fault = posix_spawnp(&pid, args[0], &actions, NULL, args, environ);
	if (fault)
		errx(2, "%s: %s", args[0], strerror(fault));
	while (wait4(pid, &status, 0, usage) < 0)
		if (errno != EINTR)
			err(2, "wait");
	*wall = now_ms() - begun;
	posix_spawn_file_actions_destroy(&actions);
	free(line);
	return status;
}

/* Everything that came to us because we are its subreaper. */
static void reap(void)
{
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

static void run_round(struct command *c, int number, int round)
{
	char *steps = need(strdup(c->steps)), *save;
	double wall = 0, cpu = 0;

	for (char *s = strtok_r(steps, ";", &save); s; s = strtok_r(NULL, ";", &save)) {
		struct rusage usage;
		double took;
		bool timed;
		int status;

		s += strspn(s, " ");
		if (strncmp(s, "reap", 4) == 0 && s[4 + strspn(s + 4, " ")] == '\0') {
			reap();
			continue;
		}
		timed = *s != '~';
		status = run_step(s + !timed, number, &took, &usage);
		if (status != 0 && c->failed++ == 0)
			c->first_status = status;
		if (!timed)
			continue;
		wall += took;
		cpu += cpu_ms(&usage);
		if (usage.ru_maxrss > c->rss_kib)
			c->rss_kib = usage.ru_maxrss;
	}
	free(steps);
	if (round >= 0) {
		c->wall_ms[round] = wall;
		c->cpu_ms[round] = cpu;
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which this share of them lies; sorts a copy. */
static double quantile(const double *values, int n, double share)
{
	double *sorted = need(malloc(n * sizeof(*sorted))), at = share * (n - 1), q;
	int below = (int)at;

	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_size);
	q = sorted[below];
	if (below + 1 < n)
		q += (at - below) * (sorted[below + 1] - sorted[below]);
	free(sorted);
	return q;
}

static double paired(const struct command *c, const struct command *base, int n)
{
	double *d = need(malloc(n * sizeof(*d))), median;

	for (int i = 0; i < n; i++)
		d[i] = c->wall_ms[i] - base->wall_ms[i];
	median = quantile(d, n, 0.5);
	free(d);
	return median;
}

static void print(const struct command *c, int count, int n, FILE *rows)
{
	double base = quantile(c[0].wall_ms, n, 0.5);

	printf("  %-14s %9s %9s %9s %9s %9s %7s %8s\n", "", "median ms", "p10", "p90",
	       "cpu ms", "diff ms", "ratio", "rss KiB");
	for (const struct command *end = c + count, *base_c = c; c < end; c++) {
		double median = quantile(c->wall_ms, n, 0.5);

		printf("  %-14s %9.2f %9.2f %9.2f %9.2f %+9.2f %7.2f %8ld", c->label,
		       median, quantile(c->wall_ms, n, 0.1), quantile(c->wall_ms, n, 0.9),
		       quantile(c->cpu_ms, n, 0.5), paired(c, base_c, n), median / base,
		       c->rss_kib);
		if (c->failed)
			printf("  FAILED %d times, at first with %s %d", c->failed,
			       WIFSIGNALED(c->first_status) ? "signal" : "status",
			       WIFSIGNALED(c->first_status) ?
				       WTERMSIG(c->first_status) :
				       WEXITSTATUS(c->first_status));
		putchar('\n');
		if (rows)
			fprintf(rows, "%s\t%.4f\t%ld\t%d\n", c->label, median, c->rss_kib,
				c->failed);
	}
}

static int number_of(const char *word, int least)
{
	char *end;
	long n = strtol(word, &end, 10);

	if (*word == '\0' || *end != '\0' || n < least || n > 100000)
		errx(2, "\"%s\" is not a number of rounds", word);
	return (int)n;
}

int main(int argc, char **argv)
{
	static struct command commands[MAX_COMMANDS];
	int rounds = 40, warmup = 3, count, opt, failed = 0, number = 0;
	FILE *rows = NULL;

	while ((opt = getopt(argc, argv, "n:w:o:v")) != -1) {
		switch (opt) {
		case 'n':
			rounds = number_of(optarg, 1);
			break;
		case 'w':
			warmup = number_of(optarg, 0);
			break;
		case 'o':
			rows = fopen(optarg, "we");
			if (!rows)
				err(2, "%s", optarg);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			return 2;
		}
	}
	count = argc - optind;
	if (count < 1 || count > MAX_COMMANDS)
		errx(2, "from 1 to %d commands, please", MAX_COMMANDS);
	for (int i = 0; i < count; i++) {
		char *word = argv[optind + i], *equals = strchr(word, '=');

		if (!equals)
			errx(2, "no label= before: %s", word);
		*equals = '\0';
		commands[i].label = word;
		commands[i].steps = equals + 1;
		commands[i].wall_ms = need(calloc(rounds, sizeof(double)));
		commands[i].cpu_ms = need(calloc(rounds, sizeof(double)));
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		err(2, "become a subreaper");
	for (int round = -warmup; round < rounds; round++)
		for (int i = 0; i < count; i++)
			run_round(&commands[(i + round + warmup) % count], number++,
				  round);
	print(commands, count, rounds, rows);
	for (int i = 0; i < count; i++)
		failed += commands[i].failed;
	if (rows && fclose(rows) != 0)
		err(2, "write the rows");
	return failed != 0;
}
