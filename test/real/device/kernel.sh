#!/bin/sh
# The kernel of a device, as insmod, rmmod, uname and dmesg show it: by links of their names. Its modules are in
# /sys/module; a module's refcnt counts users other than modules, which are its holders. It obeys files of $MODEL:
#   depends/M          the modules that M needs
#   fail/M             insmod refuses M with this status and message
#   reading/M          insmod takes so many seconds before M appears; `forever`: until the file is gone
#   coming/M, going/M  M takes so many seconds to come or to go
#   quicker/M          something else inserts M while insmod is about to
#   release, dmesg     what uname and dmesg print
# Each call of insmod and rmmod is a line of $MODEL/calls, a refused one also of $MODEL/refused.

modules=/sys/module
program=${0##*/}

refuse() { # STATUS MESSAGE
  echo "$program $module: $2" >> "$MODEL/refused"
  echo "$program: can't $program '$subject': $2" >&2
  exit "$1"
}

# Sets $text. Fails where there is no such file. A builtin does it, since this runs often.
tell() { # KIND
  { read -r text < "$MODEL/$1/$module"; } 2> /dev/null
}

linger() { # reading|coming|going
  tell "$1" || return 0
  if test "$text" != forever; then
    sleep "$text"
    return
  fi
  for _ in $(seq 100); do
    tell "$1" || return 0
    sleep 1
  done
}

become() { # STATE
  echo "$1" > "$modules/$module/initstate"
}

appear() {
  mkdir "$modules/$module" 2> /dev/null || refuse 17 'File exists'
  become coming
  echo 0 > "$modules/$module/refcnt"
  mkdir "$modules/$module/holders"
  for other in $needed; do
    mkdir "$modules/$other/holders/$module" 2> /dev/null || builtin "$other" || {
      vanish
      refuse 2 'unknown symbol in module, or unknown parameter'
    }
  done
}

builtin() { # MODULE
  test -d "$modules/$1" && test ! -e "$modules/$1/initstate"
}

vanish() {
  for other in $needed; do
    rmdir "$modules/$other/holders/$module" 2> /dev/null
  done
  rm -r "${modules:?}/$module"
}

insert() {
  test -s "$subject" || refuse 2 'No such file or directory'
  linger reading
  if tell quicker; then
    rm "$MODEL/quicker/$module"
    appear
    become live
  fi
  if tell fail; then
    refuse "${text%% *}" "${text#* }"
  fi
  appear
  linger coming
  become live
}

remove() {
  { read -r state < "$modules/$module/initstate"; } 2> /dev/null || refuse 1 'No such file or directory'
  case $state in
    live) ;;
    *) refuse 1 'Device or resource busy' ;;
  esac
  read -r users < "$modules/$module/refcnt"
  for holder in "$modules/$module/holders"/*; do
    case $users$holder in
      "0$modules/$module/holders/*") ;;
      *) refuse 1 'Resource temporarily unavailable' ;;
    esac
  done
  become going
  linger going
  vanish
}

case $program in
  uname)
    test "$*" = -r && cat "$MODEL/release"
    exit
    ;;
  dmesg)
    cat "$MODEL/dmesg"
    exit
    ;;
esac
subject=$1
module=${1##*/}
module=${module%.ko}
case $module in
  *-*) module=$(echo "$module" | tr - _) ;;
esac
shift
echo "$program $module${*:+ }$*" >> "$MODEL/calls"
needed=
! tell depends || needed=$text
case $program in
  insmod) insert ;;
  rmmod) remove ;;
esac
