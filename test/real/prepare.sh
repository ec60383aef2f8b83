#!/bin/sh
# Fetches what the real tests run on into CACHE: a Debian kernel image, unpacked and not installed.
# usage: prepare.sh CACHE; prints the module tree
set -eu

cache=$1
mkdir -p "$cache"
cd "$cache"

for tool in nix-build nix-instantiate depmod modprobe modinfo gawk cpio zstd xz busybox unshare dpkg-deb; do
  command -v "$tool" > /dev/null || {
    echo "prepare.sh: $tool is missing: apt-get install nix-bin nix-setup-systemd kmod gawk cpio zstd xz-utils busybox-static util-linux" >&2
    exit 1
  }
done

# One at a time: test files may start together.
exec 9> lock
flock 9
if ! test -e kernel/unpacked; then
  rm -rf kernel
  mkdir kernel
  cd kernel
  package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  apt-get download -q "$package" > download.log 2>&1 || {
    tail -n 20 download.log >&2
    exit 1
  }
  dpkg-deb -x ./*.deb .
  rm ./*.deb
  touch unpacked
  cd ..
fi
echo "$cache"/kernel/lib/modules/*
