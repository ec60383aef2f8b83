#!/bin/sh
# Prepare the real Nix that the tests compare with: Debian trixie's nix-bin
# (2.26) with its libraries, downloaded with an apt state of its own, unpacked
# below CACHE, and run in place through trixie's own dynamic linker. Nothing is
# installed and the machine's own packages do not matter.
#
#   oracle.sh CACHE
#
# prints the path of a wrapper that behaves as nix-instantiate. Beside it are
# nix-store, nix-hash and nix. Prepared once, under a lock.

set -eu
export LC_ALL=C

die() {
	echo "oracle: $*" >&2
	exit 1
}

[ $# -eq 1 ] || die 'usage: oracle.sh CACHE'
suite=trixie
package=nix-bin

mkdir -p -- "$1"
out=$(CDPATH='' cd -- "$1" && pwd)/nix-oracle
mkdir -p -- "$out"
self=$(sha256sum <"$0")

for tool in apt-get apt-config dpkg flock awk; do
	command -v "$tool" >/dev/null || die "$tool is missing"
done

exec 9>>"$out/lock"
flock 9
if [ "$(cat "$out/stamp" 2>/dev/null)" = "$self" ]; then
	printf '%s\n' "$out/bin/nix-instantiate"
	exit 0
fi

log=$out/log
: >"$log"
work=$(mktemp -d)
finish() {
	status=$?
	rm -rf -- "$work"
	if [ "$status" -ne 0 ]; then
		echo "oracle: failed; the end of $log:" >&2
		tail -n 25 -- "$log" >&2
	fi
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The mirror is the one that the machine's own Debian packages come from, told
# from other vendors' by its suite, the release's name.
find_mirror() {
	# shellcheck source=/dev/null
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:?}")
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -e "$f" ] || continue
		awk -v release="$release" '
			function flush() {
				if (ours && main && uri != "")
					print "deb [" (key == "" ? "" : "signed-by=" key) "] " uri
				uri = key = ""; ours = main = 0
			}
			/^#/ { next }
			/^[ \t]*$/ { flush(); next }
			{ field = tolower($1); start = 1 }
			field == "uris:" { uri = $2 }
			field == "signed-by:" { key = $2 }
			field == "suites:" { for (i = 2; i <= NF; i++) if ($i == release) ours = 1 }
			field == "components:" { for (i = 2; i <= NF; i++) if ($i == "main") main = 1 }
			END { flush() }
		' "$f"
	done
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -e "$f" ] || continue
		sed -nE "s/^[[:space:]]*(deb[[:space:]]+(\[[^]]*\][[:space:]]+)?[^[:space:]]+)[[:space:]]+${release}[[:space:]](.*[[:space:]])?main([[:space:]].*)?\$/\1/p" "$f"
	done
}

prepare() {
	mirror=$(find_mirror | head -n 1 | sed 's/ \[\] / /')
	[ -n "$mirror" ] || {
		echo "no source of this release's main component in /etc/apt"
		return 1
	}
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts"
	echo "$mirror $suite main" >"$work/sources.list"
	# As if nothing were installed: the whole closure is to be downloaded.
	: >"$work/status"
	# Read after the machine's own configuration, which may name a proxy; its
	# hooks are for the real apt state. The sandbox user could not reach a
	# private temporary directory.
	cat >"$work/apt.conf" <<-CONF
		Dir::Etc::SourceList "$work/sources.list";
		Dir::Etc::SourceParts "$work/parts";
		Dir::State "$work";
		Dir::State::Lists "$work/lists";
		Dir::State::Status "$work/status";
		Dir::Cache "$work/cache";
		APT::Sandbox::User "root";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Pre-Install-Pkgs;
	CONF
	apt-get -c "$work/apt.conf" -q update
	apt-get -c "$work/apt.conf" -q -y --no-install-recommends --download-only install "$package"
	rm -rf "${out:?}/root" "${out:?}/bin"
	mkdir -p "$out/root" "$out/bin" "$out/etc"
	for deb in "$work"/cache/archives/*.deb; do
		dpkg -x "$deb" "$out/root"
	done
	rm -rf "$out/root/usr/share"
	: >"$out/etc/nix.conf"
	for command in nix nix-instantiate nix-store nix-hash; do
		cat >"$out/bin/$command" <<-WRAPPER
			#!/bin/sh
			here=\$(CDPATH='' cd -- "\$(dirname -- "\$0")/.." && pwd)
			for linker in "\$here"/root/lib64/ld-linux-*.so.* "\$here"/root/usr/lib64/ld-linux-*.so.* "\$here"/root/lib/ld-linux-*.so.* "\$here"/root/usr/lib/ld-linux-*.so.*; do
				[ -f "\$linker" ] && break
			done
			libraries=
			for folder in "\$here"/root/usr/lib/*-linux-gnu "\$here"/root/lib/*-linux-gnu; do
				[ -d "\$folder" ] && libraries=\$libraries\${libraries:+:}\$folder
			done
			NIX_CONF_DIR=\${NIX_CONF_DIR:-\$here/etc}
			export NIX_CONF_DIR
			exec "\$linker" --library-path "\$libraries" --argv0 $command "\$here/root/usr/bin/nix" "\$@"
		WRAPPER
		chmod +x "$out/bin/$command"
	done
	"$out/bin/nix-instantiate" --version
}

# Not in a condition: set -e has to hold inside.
prepare >>"$log" 2>&1
printf '%s\n' "$self" >"$out/stamp"
printf '%s\n' "$out/bin/nix-instantiate"
