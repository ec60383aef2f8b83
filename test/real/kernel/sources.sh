#!/bin/sh
# Fetches what describes a Debian kernel's configuration and build into CACHE: Kconfig files, makefiles, scripts and
# headers, without the code.
# usage: sources.sh CACHE SERIES [VERSION]; prints the folder, beside which FOLDER.version has the package's version
# SERIES is as in linux-source-SERIES; VERSION a version of that package, by default the one that apt would install.
set -eu
export LC_ALL=C

cache=$1
series=$2
version=${3-}
folder=$cache/linux-${version:-$series}
mkdir -p "$cache"

# One at a time: test files may start together.
exec 9> "$cache/linux-${version:-$series}.lock"
flock 9
if test -e "$folder/Makefile" -a -e "$folder.version"; then
  echo "$folder"
  exit
fi

work=$(mktemp -d "$cache/sources.XXXXXX")
finish() {
  status=$?
  test "$status" = 0 || tail -n 20 "$work/log" >&2
  rm -rf "$work"
}
trap finish EXIT
cd "$work"
apt-get download -q "linux-source-$series${version:+=$version}" > log 2>&1
dpkg-deb -x ./*.deb . 2>> log
mkdir tree
# Kbuild.platforms and Makefile.um too; mips has files named Platform.
# A star stands for slashes too.
tar -x -J -f usr/src/linux-source-*.tar.xz -C tree --strip-components=1 --wildcards \
  'linux-source-*/Kconfig*' 'linux-source-*/Makefile*' 'linux-source-*/Kbuild*' \
  'linux-source-*/Platform' 'linux-source-*/Build' \
  "linux-source-$series/scripts/*" "linux-source-$series/include/*" 'linux-source-*/configs/*' 2>> log
rm -rf "$folder"
mv tree "$folder"
dpkg-deb -f ./*.deb Version > "$folder.version"
echo "$folder"
