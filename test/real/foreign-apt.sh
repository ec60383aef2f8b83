#!/bin/sh
# For scripts to read with `.`: an apt for another architecture, with lists and packages of its own. This machine's stay as
# they are.

# usage: foreign_apt FOLDER ARCHITECTURE CODENAME…; sets up FOLDER and fetches the lists
# Where from is said by this machine's lists of Debian's own packages, which `apt-get update` makes.
foreign_apt() {
  foreign_folder=$1
  foreign_architecture=$2
  shift 2
  mkdir -p "$foreign_folder/lists/partial" "$foreign_folder/archives/partial"
  : > "$foreign_folder/status"
  foreign_keys=/usr/share/keyrings/debian-archive-keyring.gpg
  # shellcheck disable=SC2016
  # A release goes by its codename, or as stable.
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    sort -u |
    while read -r origin uri name release component; do
      for codename; do
        test "$origin $name $component" != "Debian $codename main" || echo "deb [signed-by=$foreign_keys] $uri $release $component"
      done
    done > "$foreign_folder/sources.list"
  if ! test -s "$foreign_folder/sources.list"; then
    echo "foreign-apt.sh: there are no package lists of Debian's: apt-get update"
    return 1
  fi
  # Read after this machine's own configuration, which may name a proxy; its hooks are for the real state.
  cat > "$foreign_folder/apt.conf" << CONF
APT::Architecture "$foreign_architecture";
#clear APT::Architectures;
APT::Architectures { "$foreign_architecture"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Dir::Etc::SourceList "$foreign_folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$foreign_folder/lists";
Dir::State::Status "$foreign_folder/status";
Dir::Cache "$foreign_folder";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
  foreign apt-get -q update
}

# usage: foreign TOOL ARGUMENT…
foreign() {
  foreign_tool=$1
  shift
  # By -c it is read last, so that what it clears stays clear.
  "$foreign_tool" -c "$foreign_folder/apt.conf" "$@"
}
