#!/usr/bin/env bash
# Runs a test's postprocess script, which changes the files of its output in place, on standard input.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/test.err"
: > "$folder/test.out"
bash "$1" "$folder/test"
cat "$folder/test.err"
