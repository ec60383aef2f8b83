#!/bin/sh
# Fetches what a Debian kernel image says about itself into CACHE: its configuration and the paths of its modules.
# usage: image.sh CACHE ARCHITECTURE METAPACKAGE; prints the folder, with `config`, `modules` (under `kernel/`, without what
# they are compressed by) and `version`, that of the package; nothing where there is no such package for the architecture
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/real/foreign-apt.sh
. "$here/../foreign-apt.sh"

cache=$1
architecture=$2
metapackage=$3
folder=$cache/images/$architecture-$metapackage
mkdir -p "$folder"
cd "$folder"

# One at a time: test files may start together.
exec 9> lock
flock 9
if test -e version; then
  echo "$folder"
  exit
fi

work=$(mktemp -d)
finish() {
  status=$?
  test "$status" = 0 || tail -n 20 "$folder/log" >&4
  rm -rf "$work"
}
trap finish EXIT
exec 3>&1 4>&2 > log 2>&1

if test "$architecture" = "$(dpkg --print-architecture)"; then
  apt() { "$@"; }
else
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  # Another architecture's security lists are not always whole on a mirror.
  foreign_apt "$work" "$architecture" "$codename" "$codename-security" || foreign_apt "$work" "$architecture" "$codename"
  apt() { foreign "$@"; }
fi
kernel=$(apt apt-cache depends "$metapackage" 2> /dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
if test -z "$kernel"; then
  echo "no $metapackage for $architecture"
  exit
fi
cd "$work"
apt apt-get -q download "$kernel"
dpkg-deb --fsys-tarfile linux-image-*.deb > files.tar
tar -t -f files.tar | sed -n 's#^\./.*lib/modules/[^/]*/kernel/\(.*\)\.ko\(\.[a-z]*\)\{0,1\}$#\1.ko#p' | sort > "$folder/modules"
test -s "$folder/modules"
tar -x -O -f files.tar --wildcards './boot/config-*' > "$folder/config"
dpkg-deb -f linux-image-*.deb Version > "$folder/version"
echo "$folder" >&3
