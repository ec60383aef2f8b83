#!/guest/busybox sh
# shellcheck shell=dash
# The first process of a guest: runs every step, and prints what it did and what is there behind it, one fact a line.
# Nothing is judged here.
export PATH=/guest/bin
/guest/busybox mkdir -p /guest/bin
/guest/busybox --install -s /guest/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /guest/out
# As a device's, whose root is a squashfs.
mount -o remount,ro /
# The kernel would write into our lines; what it has to say when it dies still comes.
dmesg -n 1
ip link set lo up

facts() {
  awk '{ print "module|" $0 }' /proc/modules
  find /run/gen-kmod -type f 2> /dev/null | while read -r file; do
    awk -v file="${file#/run/gen-kmod/}" '{ print "kept|" file "|" $0 }' "$file"
    test -s "$file" || echo "kept|$file|"
  done
}

now() {
  cut -d ' ' -f 1 /proc/uptime
}

echo
echo '=== begin'
facts
for step in /guest/steps/*; do
  echo "=== step ${step##*/}"
  echo "from|$(now)"
  env -i PATH=/usr/sbin:/bin /bin/sh "$step" > /guest/out/output 2>&1 < /dev/null
  echo "status|$?"
  echo "to|$(now)"
  awk '{ print "output|" $0 }' /guest/out/output
  facts
done
echo '=== end'
# qemu is told not to start again.
reboot -f
