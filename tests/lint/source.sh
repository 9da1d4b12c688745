#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules of the house that one can see in the text of src/. Each says why. A rule is proven
# twice: a planted line must break it, and a file it excepts must still need that.
. "${srcdir:-.}/tests/lint/lib.sh"

words() { (cd "$1" && sources_of_tree | xargs awk -f "$words_awk"); }
sources_of_tree() { find src helpers -name '*.[ch]' 2>/dev/null | sort; }
words_awk=$(cd "$here" && pwd)/words.awk

words "$srcdir" >"$tmp/words"
grep -q ':call ' "$tmp/words" || { echo "Bail out! no sources below $srcdir/src"; exit 99; }

# find_bad WORDS STREAM BAD GOOD: lines of this stream that match BAD and, unless it is "-", not GOOD.
find_bad() {
	grep -E "^[^:]*:[0-9]*:$2 " "$1" | grep -E -- "^[^:]*:[0-9]*:$2 ($3)" |
		if [ "$4" = - ]; then cat; else grep -vE -- "$4"; fi
}

# rule WHY STREAM BAD GOOD EXCEPT PLANTED
#   STREAM   call, string, code or if: what words.awk makes of C
#   BAD      where it begins; GOOD, unless "-", is what makes it right
#   EXCEPT   files that may, each with its reason behind the rule's rows below
rule() {
	local why=$1 stream=$2 bad=$3 good=$4 except=$5 planted=$6 file
	find_bad "$tmp/words" "$stream" "$bad" "$good" >"$tmp/hits"
	cp "$tmp/hits" "$tmp/out"
	for file in $except; do
		grep -q "^$file:" "$tmp/hits" || echo "$file: is excepted and need not be" >>"$tmp/out"
		grep -v "^$file:" "$tmp/out" >"$tmp/rest"
		mv "$tmp/rest" "$tmp/out"
		grep -q "^$file:" "$tmp/hits" || echo "stale exception: $file" >>"$tmp/out"
	done
	check "$why" "$tmp/out"
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/src/room"
	printf '%s\n' "$planted" >"$tmp/tree/src/room/planted.c"
	words "$tmp/tree" >"$tmp/planted"
	find_bad "$tmp/planted" "$stream" "$bad" "$good" >"$tmp/out"
	check_found "seen: $(printf '%s' "$planted" | tr '\n#' ' .')" "$tmp/out"
}

# ---- descriptors ----

# main.c: fills a hole among 0, 1 and 2, which are there to be inherited
rule "a descriptor is close-on-exec from birth: open" \
	call '(open|openat)\(' 'O_CLOEXEC' 'src/main.c' \
	'int fd = open(path,
	       O_RDONLY | O_NOFOLLOW);'
rule "a descriptor is close-on-exec from birth: sockets" \
	call '(socket|socketpair)\(' 'SOCK_CLOEXEC' '' 'fd = socket(AF_UNIX, SOCK_STREAM, 0);'
rule "a descriptor is close-on-exec from birth: received ones" \
	call 'recvmsg\(' 'MSG_CMSG_CLOEXEC' '' 'n = recvmsg(sock, &msg, 0);'
rule "a descriptor is close-on-exec from birth: the others" \
	call '(pipe2|memfd_create|accept4|dup3|open_tree|fsopen|fsmount|fspick|eventfd|signalfd|timerfd_create|inotify_init1|epoll_create1)\(' \
	'_CLOEXEC' '' 'int fd = memfd_create("x", MFD_ALLOW_SEALING);'
rule "calls that cannot make a descriptor close-on-exec are not used" \
	call '(pipe|accept|dup|epoll_create|inotify_init|creat)\(' - '' 'fd = dup(0);'
rule "copies of descriptors are close-on-exec" \
	call 'fcntl\(.*F_DUPFD' 'F_DUPFD_CLOEXEC' '' 'fd = fcntl(0, F_DUPFD, 3);'
# those who make the container's stdio
rule "dup2 is for 0, 1 and 2, and they are made in three places" \
	call 'dup2\(' - 'src/process/user.c src/container/tail.c src/console/pty.c' 'dup2(fd, 0);'
rule "only the kernel's answer to openat2 is trusted with a path of an image" \
	call 'syscall\(SYS_openat2' - \
	'src/kernel/beneath.c src/kernel/proc.c src/cgroup/fs.c src/rootfs/source.c' \
	'syscall(SYS_openat2, root, path, &how, sizeof(how));'

# ---- files ----

# log.c: --log appends to a file that may be there, never through a link
rule "a file is made exclusively, and never through a link" \
	call '(open|openat)\(.*O_CREAT' 'O_EXCL.*O_NOFOLLOW' 'src/base/log.c' \
	'fd = open(path, O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);'
rule "no file is cut to nothing: it may be another by now" \
	code '.*\<O_TRUNC\>' - '' 'int flags = O_WRONLY | O_TRUNC;'
rule "no streams: they follow links, and buffers are copied by a fork" \
	call '(fopen|freopen|fdopen|popen|tmpfile|fwrite|fread|fgets|getline)\(' - '' 'f = fopen(path, "w");'
# store/root.c: the way to ROOT, which is the operator's; cgroup: paths of our own record
rule "what changes the file system goes by a directory's descriptor" \
	call '(mkdir|rmdir|unlink|remove|rename|chmod|chown|lchown|mknod|mkfifo|symlink|link|truncate|utime|utimes)\(' - \
	'src/store/root.c src/cgroup/tree.c src/cgroup/fs.c' 'unlink(path);'
rule "no temporary names that others can guess or make" \
	call '(mktemp|mkstemp|mkostemp|mkdtemp|tmpnam|tempnam)\(' - '' 'char *p = tmpnam(NULL);'
# kernel/spawn.c, process/exec.c: the search along PATH, as a shell does it; root.c: EROFS on
# a way that is there; probe.c: is a directory of the system there?
rule "no asking before doing: it may be another file by then" \
	call '(access|euidaccess|faccessat)\(' 'faccessat\([a-z>-]+,' \
	'src/kernel/spawn.c src/store/root.c src/host/probe.c src/process/exec.c' \
	'if (access(path, W_OK) == 0) go();'

# ---- /proc ----

# ns/plan.c       our own namespaces, on the host
# rootfs/dev.c    targets of links in the image
# rootfs/plan.c, spec/sample.c, spec/check.c   words of a config
# rootfs/pivot.c  our own mounts, before the root changes
# host/probe.c    our own cgroup and mounts, on the host
# kernel/…        mount: the target of the old mount(2); seal: ourselves; sock: long names
# container/look.c   processes of the host, for `ps`
# container/record.c a path for state.json
# console/relay.c    the caller's own stdio, opened anew
rule "/proc is opened by kernel/proc alone: an image may have mounted over it" \
	string '"/proc' - \
	'src/kernel/proc.c src/ns/plan.c src/rootfs/dev.c src/rootfs/plan.c src/rootfs/pivot.c src/spec/sample.c src/host/probe.c src/kernel/mount.c src/kernel/seal.c src/kernel/sock.c src/container/look.c src/container/record.c src/console/relay.c' \
	'fd = open("/proc/self/attr/exec", O_WRONLY | O_CLOEXEC);'

# ---- mounts ----

rule "mount(2) takes a path: kernel/mount has the one call" \
	call 'mount\(' - 'src/kernel/mount.c' 'mount("a", "/b", NULL, MS_BIND, NULL);'
rule "mounts are attached by kernel/mount alone" \
	call '(move_mount|mount_setattr|open_tree|fsopen|fsconfig|fsmount|pivot_root)\(' - \
	'src/kernel/mount.c' 'move_mount(fd, "", AT_FDCWD, "/x", 0);'
# mount.c: "." after pivot_root, which is a mount and no link
rule "unmounting follows no link" \
	call '(umount|umount2)\(' 'umount2.*UMOUNT_NOFOLLOW' 'src/kernel/mount.c' \
	'umount2(path, MNT_DETACH);'

# ---- processes ----

# spawn.c, middle.c: children of ours that nobody has reaped yet
rule "a pid may be another process by now: signals go by pidfd" \
	call '(kill|killpg|tkill|tgkill|raise|sigqueue)\(' - \
	'src/kernel/spawn.c src/container/middle.c' 'kill(pid, SIGTERM);'
rule "a shell, or libc's search, runs nothing for us; programs are started by kernel/spawn" \
	call '(system|popen|execl|execlp|execle|execv|execvp|execvpe|posix_spawn|posix_spawnp|wordexp)\(' - \
	'src/kernel/spawn.c' \
	'system("true");'
rule "programs are executed in two places, besides kernel/spawn" \
	call '(execve|execveat|fexecve)\(' - 'src/process/exec.c src/kernel/seal.c' \
	'execve(path, argv, environ);'
rule "processes are made by clone3, in kernel/clone" \
	call '(fork|vfork|clone|syscall\(SYS_clone3?)\>' - 'src/kernel/clone.c' 'pid_t pid = fork();'
rule "a child must not run the parent's exit handlers" \
	call 'exit\(' - '' 'exit(1);'
# ns: joining is what it is for; network: to give devices back; middle, init: one namespace
# that clone3 cannot make in time
rule "namespaces are entered where it is looked for" \
	call '(setns|unshare)\(' - \
	'src/ns/join.c src/network/link.c src/container/middle.c src/container/init.c' 'setns(fd, 0);'
rule "only kernel/seal and main decide about our own binary" \
	string '"/proc/self/exe' - 'src/kernel/seal.c' 'char *self = "/proc/self/exe";'

# ---- libc that is dangerous near an image ----

rule "nothing of libc that loads libraries or reads the system's databases: they may be the image's" \
	call '(dlopen|dlmopen|getpw[a-z_]*|getgr[a-z_]*|getspnam|initgroups|getgrouplist|getaddrinfo|gethostby[a-z]*|getservby[a-z]*|iconv_open|setlocale|gettext|syslog|openlog)\(' - '' \
	'struct passwd *p = getpwnam(name);'
# setgroups is declared in grp.h
rule "the headers of those are not included" \
	if '#include <(pwd|grp|shadow|dlfcn|netdb|iconv|locale|syslog|wordexp)\.h>' - 'src/process/user.c src/ns/inside.c' \
	'#include <pwd.h>'
rule "no writing without a bound" \
	call '(sprintf|vsprintf|strcpy|stpncpy|strncpy|strcat|strncat|gets|alloca|scanf|fscanf|realpath\(.*, [^N])\>' - '' \
	'strcpy(to, from);'
# path.c: into an arena's room that was counted for it
rule "stpcpy, where the room was counted" \
	call 'stpcpy\(' - 'src/base/path.c' 'stpcpy(to, from);'
# mountinfo's fifth word and a key's permissions: widths are given
rule "sscanf knows no overflow" \
	call 'sscanf\(' - 'src/rootfs/pivot.c src/security/keyring.c' 'sscanf(s, "%d", &i);'
rule "numbers are parsed by base/num alone: the whole word, in range, or refused" \
	call '(atoi|atol|atoll|atof|strto[a-z]+)\(' '^[^:]*:[0-9]*:call strtok_r' '' 'int i = atoi(s);'
rule "strtok has one state for all" \
	call 'strtok\(' - '' 'strtok(s, " ");'
rule "memory is always there: base/mem" \
	call '(malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf|vasprintf)\(' - 'src/base/mem.c' \
	'char *p = malloc(4);'
rule "the text of an errno is Go's: err_word()" \
	call '(strerror|strerror_r|strerror_l|strerrordesc_np|strerrorname_np|perror|psignal)\(' - 'src/base/err.c' 'perror("x");'
rule "%m is libc's text" string '.*%m' - '' 'err_set(e, "open: %m");'

# ---- environment, time, output ----

rule "the caller's environment is read where it is part of the contract" \
	call '(getenv|secure_getenv)\(' - \
	'src/ns/idmap_write.c src/cli/cmd_ps.c src/store/root.c src/container/create_plan.c src/container/notify.c src/container/unit.c helpers/systemd/bus.c' \
	'char *s = getenv("LD_PRELOAD");'
rule "our own environment is never changed: a container's must not reach us" \
	call '(setenv|putenv|unsetenv|clearenv)\(' - '' 'setenv("A", "b", 1);'
# tree.c, freeze.c: v1 has no descriptor that says when a cgroup is empty, or frozen
rule "nobody sleeps in the hope that something has happened by then" \
	call '(sleep|usleep|nanosleep|clock_nanosleep|thrd_sleep)\(' - 'src/cgroup/tree.c src/cgroup/freeze.c' 'usleep(1000);'
rule "only cli says things, and main before there is one" \
	call '(printf|fprintf|vprintf|vfprintf|dprintf|vdprintf|puts|fputs|putchar|fputc)\(' - \
	'src/main.c src/cli/cli.c src/cli/cmd_look.c' 'dprintf(2, "hello");'
# main.c: SIGPIPE is ignored; delete.c: an alarm ends the wait for a lock, which no poll can
rule "signals come by descriptor, not by handler" \
	call '(signal|sigaction|bsd_signal|sigset)\(' - 'src/main.c src/container/delete.c' 'signal(SIGINT, stop);'

# ---- shape ----

rule "one way out of a function: no goto" code '.*\<goto\>' - '' 'goto out;'
rule "no jumps across functions" call '(setjmp|sigsetjmp|longjmp|siglongjmp)\(' - '' 'longjmp(env, 1);'
rule "no typedefs, no _t of ours" code 'typedef\>' - '' 'typedef int thing_t;'
rule "no assert: what cannot be honoured is an error in words" call 'assert\(' - '' 'assert(p);'
# seccomp.c: architectures that an older libseccomp does not name
rule "#ifdef is for kernel/compat.h, and where a library differs" \
	if '#[ ]*(if|ifdef|ifndef|elif)\>' '#ifndef [A-Z0-9_]+_H$' \
	'src/kernel/compat.h src/security/seccomp.c' '#ifdef __linux__'
# notify.c: sends to the service manager's, which may be one
rule "a socket has a name in the file system, or none: never an abstract one" \
	code '.*sun_path\[0\]' - 'src/container/notify.c' 'addr.sun_path[0] = 0;'

# ---- files as a whole ----

# files that do not begin with the licence
licensed() {
	(cd "$1" && find . -path "./build*" -prune -o -path "./_*" -prune -o -path ./.autotools -prune -o -path ./autom4te.cache -prune -o \
		-type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.awk' -o -name '*.am' -o -name configure.ac -o -path '*/man/*' \) -print | sort |
		while read -r f; do head -3 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$f: no licence"; done)
}
licensed "$srcdir" >"$tmp/out"
check "every file names its licence" "$tmp/out"
licensed "$tmp/tree" >"$tmp/out"
check_found "seen: a file without" "$tmp/out"

unfinished() { (cd "$1" && grep -nE 'TODO|FIXME|XXX[^X]|HACK' $(sources_of_tree)); }
unfinished "$srcdir" >"$tmp/out"
check "nothing is left for later in a comment" "$tmp/out"
echo '/* TODO: later */' >"$tmp/tree/src/room/planted.c"
(cd "$tmp/tree" && grep -nE 'TODO' src/room/*.c /dev/null) >"$tmp/out"
unfinished "$tmp/tree" >"$tmp/out"
check_found "seen: a note to do it later" "$tmp/out"

# A header that make does not know is in no release.
unlisted() {
	(cd "$1" && for f in $(sources_of_tree); do
		grep -qwF -- "$f" src/Makemodule.am helpers/*/Makemodule.am 2>/dev/null || echo "$f: no Makemodule.am has it"
	done)
}
unlisted "$srcdir" >"$tmp/out"
check "make knows every source" "$tmp/out"
echo 'src/room/other.c' >"$tmp/tree/src/Makemodule.am"
unlisted "$tmp/tree" >"$tmp/out"
check_found "seen: a source that make does not know" "$tmp/out"

guards() {
	(cd "$1" && for f in $(sources_of_tree | grep '\.h$'); do
		want=$(echo "${f#*/}" | tr 'a-z/.-' 'A-Z___')
		grep -qx "#ifndef $want" "$f" || echo "$f: no guard $want"
	done)
}
guards "$srcdir" >"$tmp/out"
check "a header's guard is its name" "$tmp/out"
echo '#ifndef OTHER_H' >"$tmp/tree/src/room/planted.h"
guards "$tmp/tree" >"$tmp/out"
check_found "seen: a guard of another name" "$tmp/out"
finish
