#!/bin/sh
# Makes the indexes in data/ again, of the kernel sources that Debian serves.
# usage: kernel-indexes.sh [OUT [SERIES...]]   by default data 6.1 6.12; needs apt, dpkg-deb and a built gen-kmod
set -eu
cd "$(dirname "$0")/.."
out=${1:-data}
test $# -gt 0 && shift
test $# -gt 0 || set -- 6.1 6.12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for series; do
  package=linux-source-$series
  (cd "$work" && apt-get download -q "$package")
  version=$(dpkg-deb -f "$work/$package"_*.deb Version)
  dpkg-deb -x "$work/$package"_*.deb "$work/$series"
  mkdir "$work/$package"
  tar -xJf "$work/$series/usr/src/$package.tar.xz" -C "$work/$package" --strip-components=1
  node dist/gen-kmod.js index --kernel "$work/$package" --source "Debian's $package $version" --out "$out/linux-$series.kindex"
  rm -r "${work:?}/$package" "${work:?}/$series" "$work/$package"_*.deb
done
