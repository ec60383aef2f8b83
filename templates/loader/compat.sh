mkdir -p base/lib/modules links config "$out"
root=$PWD/base/lib/modules/0.0
find "$tree/" -name '*.ko' -print0 | xargs -0 -r cp -s --parents --no-preserve=mode -t links
mkdir -p "links$tree"
ln -s "$PWD/links$tree" "$root"
for list in order builtin builtin.modinfo; do
  test ! -e "$tree/modules.$list" || cp -s "$tree/modules.$list" "$root/"
done
depmod -b base -C config 0.0

for target in $targets; do
  modprobe -S 0.0 -d base -C config --show-depends "$target" > shown
  if ! grep -q ^insmod shown; then
    echo "$target is builtin; kmodloader cannot build a loader for it" >&2
    exit 1
  fi
  gawk -v skip="$(printf %s "insmod $root/" | wc -c)" '/^insmod/ { print substr($0, skip + 1) }' shown
done | gawk '!seen[$0]++' > load-order

while read -r module _; do
  mkdir -p "$out/$(dirname "$module")"
  install "$root/$module" "$out/$module"
done < load-order

gawk -v out="$out" '
  { line[NR] = $0 }
  END {
    print "O=" out > out "/load.sh"
    printf "" > out "/unload.sh"
    for (i = 1; i <= NR; i++) print "insmod $O/" line[i] > out "/load.sh"
    for (i = NR; i > 0; i--) print "rmmod $O/" line[i] > out "/unload.sh"
  }
' load-order
