#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libfuzzer.sh NAME…: the fuzz targets by clang's libFuzzer, FUZZ_SECONDS (60) each. What it
# finds out stays in the build tree, BUILD/fuzz/NAME: corpus, log, and inputs that fail.
set -eu

srcdir=$(cd "${srcdir:-.}" && pwd)
mkdir -p "${builddir:-.}/fuzz"
build=$(cd "${builddir:-.}" && pwd)
work=$build/fuzz
seconds=${FUZZ_SECONDS:-60}

[ -n "${CLANG:-}" ] || { echo "make fuzz needs clang and its libFuzzer (packages clang, libclang-rt-14-dev)" >&2; exit 1; }

flags="-std=gnu11 -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
	-D_GNU_SOURCE -Ulinux -DHELPERDIR=\"/usr/libexec/runc\" -iquote $srcdir/src -iquote $srcdir/tests -iquote $build ${CFLAGS:-}"
compile() { # SOURCE: anew if anything of ours is newer
	local object=$work/objects/${1//\//_}.o
	[ -e "$object" ] && [ -z "$(find "$srcdir/src" "$srcdir/tests/fuzz" -name '*.[ch]' -newer "$object" -print -quit)" ] ||
		$CLANG $flags -fsanitize=fuzzer-no-link -c -o "$object" "$srcdir/$1"
}
export -f compile
export CLANG flags srcdir work

mkdir -p "$work/objects"
(cd "$srcdir" && find src -name '*.c' ! -name main.c && ls tests/fuzz/fuzz_*.c) |
	xargs -P2 -n1 bash -c 'set -e; compile "$1"' compile

status=0
for name in "$@"; do
	dir=$work/$name
	mkdir -p "$dir/corpus"
	rm -f "$work/objects/librooms.a"
	(cd "$work/objects" && ar rcs librooms.a src_*.o)
	# shellcheck disable=SC2086
	$CLANG $flags -fsanitize=fuzzer -o "$dir/fuzz_$name" "$work/objects/tests_fuzz_fuzz_$name.c.o" \
		"$work/objects/librooms.a" ${LIBS:-}
	# words of the corpus: without them nobody would find a key of config.json
	grep -aohE '"[A-Za-z0-9_./-]{2,60}"|^[a-z-]{2,30}$' "$srcdir/tests/fuzz/corpus/$name"/* | tr -d '"' | sort -u |
		sed 's/.*/"&"/' >"$dir/dict" || :
	[ -s "$dir/dict" ] || echo '"\xff"' >"$dir/dict" # it must not be empty
	printf '%-10s ' "$name"
	if (cd "$dir" && "./fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
		-print_final_stats=1 -artifact_prefix="$dir/" -dict="$dir/dict" corpus "$srcdir/tests/fuzz/corpus/$name") >"$dir/log" 2>&1; then
		awk '/^stat::number_of_executed_units/ { n = $2 } / cov: / { cov = $0; sub(/.* cov: /, "", cov); sub(/ .*/, "", cov) }
			END { print n, "executions,", cov, "edges" }' "$dir/log"
	else
		echo "FAILED: see $dir/log"
		grep -m3 -E 'ERROR|does not hold|Test unit written' "$dir/log" || :
		status=1
	fi
done
exit $status
