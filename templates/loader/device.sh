# Shared by load.sh and unload.sh, which set $service, $release and $modules. Under $run, a tmpfs:
#   lock/PID.START.SERVICE  the loader whose turn it is, and behind `:` killed ones whose work it undoes
#   claims/SERVICE          the modules SERVICE wants, one a line
#   inserted                the modules any loader inserted, oldest first
run=/run/gen-kmod
newline='
'

say() {
  echo "$service: $*"
}

# Sets $now, in seconds since boot: the clock may jump.
clock() {
  read -r now rest < /proc/uptime
  now=${now%%.*}
}

within() { # SECONDS
  clock
  deadline=$(expr "$now" + "$1")
}

expired() {
  clock
  test "$now" -ge "$deadline"
}

# Sets $start, which tells a process from a later one with its number. Fails for a dead one.
process() { # PID
  { read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 1
  stat=${stat##*) }
  case $stat in
    [ZX]*) return 1 ;;
  esac
  set -- $stat
  shift 19
  start=$1
}

alone() {
  test "$(ls "$run/lock" 2> /dev/null)" = "$self" || ! rmdir "$run/lock/$self" 2> /dev/null
}

# Takes the lock. A dead holder's is taken over by renaming its entry, which only one waiter
# can do, and what it had begun is undone.
lock() {
  mkdir -p "$run/claims" || return 1
  process $$
  self=$$.$start.$service
  vacant=
  while :; do
    if mkdir "$run/lock" 2> /dev/null && mkdir "$run/lock/$self" 2> /dev/null && alone; then
      return
    fi
    holder=$(ls "$run/lock" 2> /dev/null | head -n 1)
    entry=${holder#*.}
    if test -z "$holder"; then
      # Just released; or, if so twice, its holder died before it could sign.
      test -z "$vacant" || rmdir "$run/lock" 2> /dev/null
      vacant=yes
    elif process "${holder%%.*}" && test "$start" = "${entry%%.*}"; then
      vacant=
    elif mv "$run/lock/$holder" "$run/lock/$self:${entry#*.}" 2> /dev/null; then
      # The entry goes on naming the dead, in case this one is killed as well.
      self=$self:${entry#*.}
      for dead in $(echo "${entry#*.}" | tr : ' '); do
        say "$dead was killed at work; what it had begun is undone"
        drop "$dead" killed
      done
      return
    fi
    if expired; then
      if test -n "$holder"; then
        entry=${entry#*.}
        say "gave up waiting for ${entry%%:*}, which is still at work"
      else
        say "gave up: $run/lock cannot be made"
      fi
      return 1
    fi
    sleep 1
  done
}

# A signal now comes too late. Another loader may just have signed, and be about to see that it is not alone.
unlock() {
  trap '' HUP INT TERM
  rmdir "$run/lock/$self"
  rmdir "$run/lock" 2> /dev/null || true
}

# Sets $state: live, coming, going, builtin or absent.
state() { # MODULE
  { read -r state < "/sys/module/$1/initstate"; } 2> /dev/null && return
  state=absent
  # Builtin modules have no holders; others have them before and after they have a state.
  if test -d "/sys/module/$1/holders"; then
    state=coming
  elif test -d "/sys/module/$1"; then
    state=builtin
  fi
}

# The state once nobody is at work on the module.
settle() { # MODULE
  state "$1"
  while test "$state" = coming || test "$state" = going; do
    ! expired || return
    sleep 1
    state "$1"
  done
}

# Replaces the record, or leaves it where /run is full, which `echo` notices and `printf` does not.
record() { # LINES
  if test -z "$1"; then
    rm -f "$run/inserted"
  else
    echo "$1" > "$run/inserted.new" && mv "$run/inserted.new" "$run/inserted"
  fi
}

# Removes, newest first, what was inserted and is not claimed. An insmod of a killed loader may
# still be at work: after that, what is absent stays on record until the next time.
sweep() { # [killed]
  test -s "$run/inserted" || return 0
  claimed=$newline$(cat "$run/claims/"* 2> /dev/null)$newline
  kept=
  for module in $(sed '1!G;h;$!d' "$run/inserted"); do
    state "$module"
    test "$state" != absent || test $# = 1 || continue
    case $state$claimed in
      absent* | *"$newline$module$newline"*) ;;
      *)
        ! rmmod "$module" || continue
        users=$(ls "/sys/module/$module/holders" | tr '\n' ' ')
        say "$module is in use and stays loaded${users:+; its users: $users}"
        ;;
    esac
    kept="$module$newline$kept"
  done
  record "${kept%"$newline"}"
}

drop() { # SERVICE [killed]
  rm -f "$run/claims/$1"
  shift
  sweep "$@"
}

abandon() {
  trap '' HUP INT TERM
  drop "$service"
  unlock
  exit 1
}

begin() {
  within 25 # of the 30 s that s6-rc gives a oneshot by default
  lock || exit 1
  trap 'say "stopped"; abandon' HUP INT TERM
  true > "$run/claims/$service" || abandon # with `:` the shell would exit
}

forget() { # MODULE
  record "$(grep -vxF "$1" "$run/inserted")"
}

explain() { # MODULE
  running=$(uname -r)
  if test "$running" = "$release"; then
    dmesg | grep -wF "$1" | tail -n 3
    say "cannot load $1"
  else
    say "cannot load $1: it was built for Linux $release, and $running is running; reboot into that"
  fi
}

# The record comes first, so that what is inserted is known even when this shell is killed.
insert() { # MODULE FILE [PARAMETER=VALUE...]
  module=$1
  file=$2
  shift 2
  settle "$module"
  if test "$state" = live || test "$state" = builtin; then
    test $# = 0 || say "$module is loaded already; not set: $*"
  else
    echo "$module" >> "$run/inserted" || return
    if ! insmod "$modules/$file" "$@"; then
      forget "$module"
      settle "$module"
      test "$state" = live || {
        explain "$module"
        return 1
      }
    fi
  fi
  echo "$module" >> "$run/claims/$service"
}

# A target, or what one depends on.
load() { # MODULE FILE [PARAMETER=VALUE...]
  insert "$@" || abandon
}

# What only a softdep asks for.
prefer() { # MODULE FILE [PARAMETER=VALUE...]
  insert "$@" || say "going on without $1, which only a softdep asks for"
}

# Always succeeds: a failing `down` would keep the services below it from stopping.
end() {
  within 60
  if lock; then
    drop "$service"
    unlock
  else
    rm -f "$run/claims/$service"
    say "the modules stay loaded until another loader stops"
  fi
  true
}
