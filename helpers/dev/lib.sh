# SPDX-License-Identifier: Apache-2.0
# Shared by try and test: installing packages, building. Sourced with $top set.

say() { printf '\n==> %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# packages WHAT…: their names, one on a line, those that are not installed
missing_packages() {
	for what in "$@"; do
		sed -n "s/^$what: //p" "$top/helpers/dev/packages"
	done | tr ' ' '\n' | while read -r package; do
		case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
		ii*) ;;
		*) echo "$package" ;;
		esac
	done
}

# Only names that this release of Debian has.
available_packages() {
	while read -r package; do
		if apt-cache show "$package" >/dev/null 2>&1; then
			echo "$package"
		else
			echo "(this Debian has no package $package)" >&2
		fi
	done
}

install_packages() {
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null || die "these packages are missing, and there is no apt-get to install them: $(echo $missing)"
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || die "as root, first: apt-get install $(echo $missing)"
		as_root=sudo
	fi
	say "Installing $(echo $missing)"
	$as_root apt-get update -qq || die "apt-get update failed"
	missing=$(echo "$missing" | available_packages)
	# no service is to start on this machine for our sake
	DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
		die "apt-get install failed"
}

# build DIRECTORY CONFIGURE-OPTIONS…
build() {
	dir=$1
	shift
	[ -x "$top/configure" ] && [ "$top/configure" -nt "$top/configure.ac" ] || (cd "$top" && ./autogen.sh >/dev/null) ||
		die "autogen.sh failed"
	mkdir -p "$dir"
	[ -e "$dir/Makefile" ] || (cd "$dir" && "$top/configure" "$@" >configure.out 2>&1) ||
		{ tail -20 "$dir/configure.out"; die "configure failed"; }
	make -C "$dir" -j"$(nproc)" >"$dir/make.out" 2>&1 || { tail -30 "$dir/make.out"; die "make failed"; }
}
