#!/bin/sh
# Fetches a Debian kernel image and a static busybox of another architecture, of the release that this machine runs.
# usage: foreign.sh CACHE ARCHITECTURE METAPACKAGE; prints the folder they are unpacked in, or nothing where that
# release has no such architecture
set -eu
export LC_ALL=C

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

# Lists and packages of their own: this machine's stay as they are. Where from is said by this machine's lists of Debian's
# own packages, which `apt-get update` makes. What the release came with does: updates are not what is tested.
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
mkdir -p "$work/lists/partial" "$work/archives/partial"
: > "$work/status"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
# shellcheck disable=SC2016
# A release goes by its codename, or as stable.
apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  sort -u |
  while read -r origin uri name release component; do
    test "$origin $name $component" != "Debian $codename main" || echo "deb [signed-by=$keys] $uri $release $component"
  done > "$work/sources.list"
if ! test -s "$work/sources.list"; then
  echo "foreign.sh: there are no package lists of Debian's: apt-get update"
  exit 1
fi
# Read after this machine's own configuration, which may name a proxy; its hooks are for the real state.
cat > "$work/apt.conf" << CONF
APT::Architecture "$architecture";
#clear APT::Architectures;
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
# By -c it is read last, so that what it clears stays clear.
foreign() { # TOOL ARGUMENT...
  tool=$1
  shift
  "$tool" -c "$work/apt.conf" "$@"
}
foreign apt-get -q update
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
