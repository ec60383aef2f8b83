#!/bin/sh
# Build the busybox of a Liminix router for this machine, from Debian's
# source package: the same shell and the same applets with the same
# features left out, so that a script which runs under it runs on a device.
#
#   device-busybox.sh OUTDIR
#
# leaves OUTDIR/busybox and OUTDIR/bin/, a directory of applet symlinks to
# use as the whole PATH. Nothing is rebuilt until this script changes.
# As on the device, `busybox APPLET` is not compiled in: go through bin/.

set -eu
export LC_ALL=C
unset MAKEFLAGS MAKELEVEL MFLAGS ARCH CROSS_COMPILE KBUILD_OUTPUT \
	CFLAGS CPPFLAGS LDFLAGS

# What Liminix's busybox module asks for.
options='
ASH_ECHO=y
BASH_IS_NONE=y
SH_IS_ASH=y
ASH_BASH_COMPAT=y
FEATURE_EDITING=y
FEATURE_EDITING_HISTORY=128
FEATURE_EDITING_MAX_LEN=1024
FEATURE_TAB_COMPLETION=y
FEATURE_EDITING_WINCH=y
FEATURE_IPV6=y
'
applets='
arch ash base64 basename bc brctl bunzip2 bzcat bzip2 cal cat chattr chgrp
chmod chown chpst chroot clear cmp comm cp cpio cut date dhcprelay dd df
dirname dmesg du echo egrep env expand expr false fdisk fgrep find free
fuser grep gunzip gzip head hexdump hostname hwclock ifconfig ip ipaddr
iplink ipneigh iproute iprule kill killall killall5 less ln ls lsattr lsof
md5sum mkdir mknod mktemp mount mv nc netstat nohup od pgrep pidof ping
ping6 pkill pmap printenv printf ps pwd readlink realpath reset rm rmdir
route sed seq setsid sha1sum sha256sum sha512sum sleep sort stat strings
stty su sum swapoff swapon sync tail tee test time touch tr traceroute
traceroute6 true truncate tty udhcpc umount uname unexpand uniq unlink
unlzma unxz unzip uptime watch wc whoami xargs xxd xz xzcat yes zcat
'
# Its wlan, wwan and firewall modules add these.
applets="$applets insmod rmmod"
# A generated module adds this where a loader has parameters.
options="$options FEATURE_CMDLINE_MODULE_OPTIONS=y"
# What nixpkgs sets in every busybox, where it can be noticed.
options="$options LFS=y FEATURE_COPYBUF_KB=64 FEATURE_MOUNT_HELPERS=y"
# Not the device's: a static binary runs in any chroot; PATH has to decide
# which program runs, whatever the defaults of these two become.
options="$options STATIC=y FEATURE_PREFER_APPLETS=n FEATURE_SH_STANDALONE=n"

die() {
	echo "device-busybox: $*" >&2
	exit 1
}

[ $# -eq 1 ] || die 'usage: device-busybox.sh OUTDIR'

self=$(sha256sum <"$0")
mkdir -p -- "$1"
out=$(CDPATH='' cd -- "$1" && pwd)
stamp=$out/.device-busybox
log=$out/build.log

exec 9>>"$out/.lock"
flock 9

if [ -x "$out/busybox" ] && [ -e "$out/bin/sh" ] &&
	[ "$(cat "$stamp" 2>/dev/null)" = "$self" ]; then
	exit 0
fi
# OUTDIR/bin gets replaced, so it had better be ours.
if [ -e "$out/bin" ] && ! [ -e "$stamp" ]; then
	die "$out/bin exists and was not made by this script"
fi

missing=
need() {
	case " $missing " in
	*" $2 "*) ;;
	*) command -v "$1" >/dev/null || missing="$missing $2" ;;
	esac
}
need apt-get apt
need gcc gcc
need make make
need dpkg-source dpkg-dev
need bzip2 bzip2
need xz xz-utils
need patch patch
if command -v gcc >/dev/null; then
	# gcc answers with the bare name when it has no such file.
	case $(gcc -print-file-name=libc.a) in
	/*) ;;
	*) missing="$missing libc6-dev" ;;
	esac
fi
[ -z "$missing" ] || die "missing Debian package(s):$missing"

: >"$stamp"
: >"$log"
exec 8>&2
work=$(mktemp -d)
finish() {
	status=$?
	rm -rf -- "$work"
	if [ "$status" -ne 0 ]; then
		echo "device-busybox: failed; the end of $log:" >&8
		tail -n 25 -- "$log" >&8
	fi
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
	echo "device-busybox: $*" >>"$log"
}

# Turn the machine's own Debian sources into deb-src ones. They are told from
# other vendors' by their suites, named after the release, and component main.
find_sources() {
	# shellcheck source=/dev/null
	rel=$(. /etc/os-release && echo "${VERSION_CODENAME:?}")
	mkdir "$work/sources.d"
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -e "$f" ] || continue
		awk -v rel="$rel" '
			function flush() {
				if (ours && main && !off)
					printf "Types: deb-src\n%s\n", text
				text = ""; ours = main = off = 0
			}
			/^#/ { next }
			/^[ \t]*$/ { flush(); next }
			/^[^ \t]/ { field = tolower($1) }
			field == "types:" { next }
			field == "enabled:" { off = tolower($2) ~ /^(no|false|off|0|without|disable)$/; next }
			{
				for (i = 1; i <= NF; i++) {
					if (field == "suites:" && ($i == rel || index($i, rel "-") == 1)) ours = 1
					if (field == "components:" && $i == "main") main = 1
				}
				text = text $0 "\n"
			}
			END { flush() }
		' "$f"
	done >"$work/sources.d/device-busybox.sources"
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -e "$f" ] || continue
		sed -nE "/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]+)?[^[:space:]]+[[:space:]]+$rel(-[^[:space:]]+)?[[:space:]](.*[[:space:]])?main([[:space:]]|\$)/s/deb/deb-src/p" "$f"
	done >"$work/sources.d/device-busybox.list"
	cat "$work/sources.d/"* | grep -q . || {
		say "no source of Debian $rel main in /etc/apt"
		return 1
	}
}

fetch() {
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
	# Read after the machine's own configuration, which may name a proxy;
	# its hooks are for the real apt state. The sandbox user could not
	# reach a private temporary directory.
	cat >"$work/apt.conf" <<-CONF
		Dir::Etc::SourceList "/dev/null";
		Dir::Etc::SourceParts "$work/sources.d";
		Dir::State::Lists "$work/lists";
		Dir::Cache "$work/cache";
		APT::Sandbox::User "root";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	CONF
	apt-get -c "$work/apt.conf" -q update
	mkdir "$work/src"
	cd "$work/src"
	apt-get -c "$work/apt.conf" -q --only-source source busybox
	cd busybox-*/
}

# set_config NAME VALUE
set_config() {
	if ! grep -q "^\(# \)\{0,1\}CONFIG_$1[ =]" .config; then
		say "ignored, unknown to this busybox: $1"
		return
	fi
	sed -i "/^\(# \)\{0,1\}CONFIG_$1[ =]/d" .config
	case $2 in
	n) echo "# CONFIG_$1 is not set" ;;
	*) echo "CONFIG_$1=$2" ;;
	esac >>.config
	echo "$1=$2" >>"$work/wanted"
}

configure() {
	export KCONFIG_NOTIMESTAMP=1
	make allnoconfig
	for option in $options; do
		set_config "${option%%=*}" "${option#*=}"
	done
	for applet in $applets; do
		set_config "$(echo "$applet" | tr '[:lower:]' '[:upper:]')" y
	done
	yes '' | make oldconfig
	while IFS='=' read -r name value; do
		case $value in
		n) ! grep -q "^CONFIG_$name=" .config ;;
		*) grep -qx "CONFIG_$name=$value" .config ;;
		esac || say "not kept by oldconfig: $name=$value"
	done <"$work/wanted"
	grep -qx 'CONFIG_STATIC=y' .config
}

install_to_out() {
	rm -rf -- "${out:?}/bin"
	mkdir -- "$out/bin"
	while read -r link; do
		ln -s ../busybox "$out/bin/${link##*/}"
	done <busybox.links
	ln -sf ../busybox "$out/bin/sh"
	cp .config "$out/busybox.config"
	# Renamed into place: a shell from an earlier build may still be running.
	cp busybox "$out/busybox.new"
	mv -f -- "$out/busybox.new" "$out/busybox"
	for applet in $applets; do
		[ -e "$out/bin/$applet" ] || say "no such applet was built: $applet"
	done
}

# Not in an `if` or `&&`, which would turn off set -e inside the functions.
exec >>"$log" 2>&1 </dev/null
find_sources
fetch
say "building in $PWD"
configure
make -j2 busybox busybox.links
install_to_out
echo "$self" >"$stamp"
