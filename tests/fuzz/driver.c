/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small driver for the fuzz targets where there is no libFuzzer: every file of the
 * corpus as it is, then mutations of them for FUZZ_SECONDS (2), or FUZZ_RUNS of them.
 * The same FUZZ_SEED makes the same inputs. What crashes is kept in NAME.crash.
 *
 *     fuzz_NAME             the corpus in tests/fuzz/corpus/NAME, and mutations
 *     fuzz_NAME FILE…       these inputs alone
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"

#include "fuzz/fuzz.h"

#define INPUT_MAX 65536
#define INPUTS_MAX 512
#define INPUT_SECONDS 20

struct input {
	uint8_t *bytes;
	size_t n;
};

static struct input corpus[INPUTS_MAX];
static size_t corpus_count;
static uint8_t current[INPUT_MAX];
static size_t current_size;
static char crash_file[256];

/* ---- what is left behind by a crash: only what a handler may call ---- */

static void keep_current(void)
{
	int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	if (write(fd, current, current_size) < 0 ||
	    write(STDOUT_FILENO, "not ok - see ", 13) < 0 ||
	    write(STDOUT_FILENO, crash_file, strlen(crash_file)) < 0 ||
	    write(STDOUT_FILENO, "\n", 1) < 0)
		_exit(2);
	close(fd);
}

static void on_signal(int number)
{
	keep_current();
	signal(number, SIG_DFL);
	raise(number);
}

/* There only if a sanitizer is: its reports end the process without a signal. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void on_crash_keep(void)
{
	static const int numbers[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM };

	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(keep_current);
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!__sanitizer_set_death_callback || numbers[i] == SIGABRT ||
		    numbers[i] == SIGALRM)
			signal(numbers[i], on_signal);
}

/* ---- inputs ---- */

static uint64_t random_state;

static size_t below(size_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return n ? (size_t)(random_state >> 11) % n : 0;
}

static void read_input(int dir, const char *name)
{
	OWN_FD fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	OWN_TEXT text = { 0 };

	if (fd < 0 || io_read_all(fd, INPUT_MAX, &text) < 0) {
		printf("Bail out! cannot read %s\n", name);
		exit(99);
	}
	if (corpus_count == INPUTS_MAX)
		return;
	corpus[corpus_count].bytes = mem_new(text.len + 1, 1);
	memcpy(corpus[corpus_count].bytes, text_str(&text), text.len);
	corpus[corpus_count++].n = text.len;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_corpus(const char *name)
{
	const char *srcdir = getenv("srcdir");
	OWN_STR path = mem_printf("%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name);
	OWN_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries = NULL;
	int n = dir < 0 ? -1 : scandir(path, &entries, NULL, by_name);

	if (n < 0) {
		printf("Bail out! no corpus in %s\n", path);
		exit(99);
	}
	for (int i = 0; i < n; i++) {
		if (*entries[i]->d_name != '.')
			read_input(dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void replace(size_t at, size_t gone, const uint8_t *with, size_t n)
{
	uint8_t copy[256];

	/* with may be part of what moves */
	n = n > sizeof(copy) ? sizeof(copy) : n;
	memcpy(copy, with, n);
	if (current_size - gone + n > INPUT_MAX)
		return;
	memmove(current + at + n, current + at + gone, current_size - at - gone);
	memcpy(current + at, copy, n);
	current_size += n - gone;
}

static void insert_known(size_t at)
{
	static const char *const known[] = {
		"0",
		"-1",
		"4294967295",
		"4294967296",
		"18446744073709551615",
		"2147483648",
		"9223372036854775807",
		"\"",
		"\\",
		"{",
		"[",
		"}",
		"]",
		",",
		":",
		"=",
		"/",
		"..",
		"\n",
		"%n%s",
		"null",
		"\\u0000",
		"\xc3\xa9",
		"\xff",
		" ",
	};
	const char *word = known[below(COUNT(known))];

	replace(at, 0, (const uint8_t *)word, strlen(word));
}

static void mutate_once(void)
{
	size_t at = below(current_size + 1), left = current_size - at;
	const struct input *other = &corpus[below(corpus_count)];
	size_t from = below(other->n + 1);
	uint8_t byte = (uint8_t)below(256);

	switch (below(7)) {
	case 0:
		if (left)
			current[at] ^= (uint8_t)(1u << below(8));
		return;
	case 1:
		replace(at, left ? 1 : 0, &byte, 1);
		return;
	case 2:
		replace(at, below(left > 32 ? 33 : left + 1), &byte, 0);
		return;
	case 3:
		insert_known(at);
		return;
	case 4: /* a piece of another */
		replace(at, below(left > 16 ? 17 : left + 1), other->bytes + from,
			below(other->n - from + 1));
		return;
	case 5: /* a piece of itself, again */
		replace(below(current_size + 1), 0, current + at,
			below(left > 64 ? 65 : left + 1));
		return;
	default:
		current_size -= below(20) ? 0 : below(current_size + 1);
	}
}

static void run_current(void)
{
	/* exactly as long as it is, so that a sanitizer sees a byte too far */
	uint8_t *exact = mem_new(current_size, 1);

	memcpy(exact, current, current_size);
	alarm(INPUT_SECONDS);
	LLVMFuzzerTestOneInput(exact, current_size);
	alarm(0);
	free(exact);
}

static void take_from_corpus(size_t i)
{
	current_size = corpus[i].n;
	memcpy(current, corpus[i].bytes, current_size);
}

/* ---- runs ---- */

static uint64_t wish(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);
	uint64_t value = otherwise;

	if (s && *s && !num_dec(s, UINT32_MAX, &value)) {
		printf("Bail out! %s=%s is not a number\n", name, s);
		exit(99);
	}
	return value;
}

static size_t run_mutations(uint64_t seconds, uint64_t most)
{
	struct timespec now, start;
	size_t n = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		take_from_corpus(below(corpus_count));
		for (size_t i = 1 + below(8); i > 0; i--)
			mutate_once();
		run_current();
		n++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (most ? n < most : (uint64_t)(now.tv_sec - start.tv_sec) < seconds);
	return n;
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	const char *name = strstr(base, "fuzz_") ? strstr(base, "fuzz_") + 5 : base;
	uint64_t seconds = wish("FUZZ_SECONDS", 2), runs = wish("FUZZ_RUNS", 0);
	uint64_t seed = wish("FUZZ_SEED", 1);
	size_t done;

	setvbuf(stdout, NULL, _IONBF, 0);
	snprintf(crash_file, sizeof(crash_file), "%s.crash", argv[0]);
	for (int i = 1; i < argc; i++)
		read_input(AT_FDCWD, argv[i]);
	if (argc == 1)
		read_corpus(name);
	on_crash_keep();
	for (size_t i = 0; i < corpus_count; i++) {
		take_from_corpus(i);
		run_current();
	}
	printf("%sok 1 - %s: %zu inputs of the corpus\n", corpus_count ? "" : "not ",
	       name, corpus_count);
	if (argc > 1 || !corpus_count) {
		printf("1..1\n");
		return corpus_count ? 0 : 1;
	}
	random_state = seed * 0x9e3779b97f4a7c15u + 1;
	done = run_mutations(seconds, runs);
	printf("ok 2 - %s: mutations\n# %zu, FUZZ_SEED=%llu\n1..2\n", name, done,
	       (unsigned long long)seed);
	for (size_t i = 0; i < corpus_count; i++)
		free(corpus[i].bytes);
	return 0;
}
