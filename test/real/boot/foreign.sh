#!/bin/sh
# Fetches a Debian kernel image and a static busybox of another architecture, of the release that this machine runs.
# usage: foreign.sh CACHE ARCHITECTURE METAPACKAGE; prints the folder they are unpacked in, or nothing where that
# release has no such architecture
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/real/foreign-apt.sh
. "$here/../foreign-apt.sh"

cache=$1
architecture=$2
metapackage=$3
folder=$cache/boot/$architecture
mkdir -p "$folder"
cd "$folder"

# One at a time: test files may start together.
exec 9> lock
flock 9
if test -e unpacked; then
  echo "$folder/root"
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

# What the release came with does: updates are not what is tested.
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
foreign_apt "$work" "$architecture" "$codename"
kernel=$(foreign apt-cache depends "$metapackage" 2> /dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
if test -z "$kernel"; then
  echo "no $metapackage for $architecture"
  exit
fi
cd "$work"
foreign apt-get -q download "$kernel" busybox-static
rm -rf "$folder/root"
mkdir "$folder/root"
for package in ./*.deb; do
  dpkg-deb -x "$package" "$folder/root"
done
cd "$folder"
touch unpacked
echo "$folder/root" >&3
