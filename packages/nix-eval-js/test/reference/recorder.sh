#!/bin/sh
# Stands in for nix-instantiate while a test script runs: asks the real Nix, and ours if RECORDER_OURS names it,
# and writes down what was asked and what both answered, one folder a call below RECORDER_LOG.
#
# The real one has a store below RECORDER_STORE, in which it finds what it stored, as ours finds it in itself. A
# script that looks for itself is given the answer of a store that is where it says: RECORDER_OPEN.
call=$(mktemp -d "$RECORDER_LOG/$(date +%s%N)-XXXXXX")
for argument; do
	printf '%s\0' "$argument" >>"$call/arguments"
done
pwd >"$call/folder"
printf '%s' "${NIX_PATH-}" >"$call/nix-path"

answer() { # NAME COMMAND…
	into=$call/$1
	shift
	mkdir "$into"
	status=0
	"$@" >"$into/out" 2>"$into/err" </dev/null || status=$?
	echo "$status" >"$into/status"
}

answer theirs "$RECORDER_NIX" --store "local?root=$RECORDER_STORE" "$@"
if [ -n "${RECORDER_OURS-}" ]; then
	answer ours "$RECORDER_OURS" "$@"
fi
given=theirs
if [ -n "${RECORDER_OPEN-}" ]; then
	export NIX_STORE_DIR="$RECORDER_OPEN/store" NIX_STATE_DIR="$RECORDER_OPEN/state" NIX_LOG_DIR="$RECORDER_OPEN/log"
	answer open "$RECORDER_NIX" "$@"
	given=open
fi
cat "$call/$given/out"
cat "$call/$given/err" >&2
exit "$(cat "$call/$given/status")"
