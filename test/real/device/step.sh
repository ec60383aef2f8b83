#!/bin/sh
# Any command, by a link of its name: a step of the script $SCRIPT, and a line of $MODEL/steps, as `7:mkdir -p /run`.
# $MODEL/stop has a pattern for such a line, a signal for the script, and whether the command still runs: before the
# signal, or never. The first line to match is the only one.
PATH=$STANDINS:$APPLETS
me=${0##*/}
program=$APPLETS/$me
test ! -e "$STANDINS/$me" || program=$STANDINS/$me

# The number is that of a line which only this process wrote: those of a pipe run at once.
echo "$$" >> "$MODEL/order"
step=$(sed -n "/^$$\$/=" "$MODEL/order" | tail -n 1):$me${*:+ }$*
echo "$step" >> "$MODEL/steps"

{ read -r pattern signal runs < "$MODEL/stop"; } 2> /dev/null || exec "$program" "$@"
# shellcheck disable=SC2254 # It is a pattern.
case $step in
  $pattern) ;;
  *) exec "$program" "$@" ;;
esac
rm "$MODEL/stop"
if test "$runs" = yes; then
  "$program" "$@"
  status=$?
fi
kill "-$signal" "$SCRIPT"
exit "${status:-1}"
