fail() {
  printf '%s: %s\n' "$service" "$1" >&2
  exit 1
}

# Links are enough, as depmod and modprobe only read; and the build host's own settings do not count.
mkdir -p base/lib/modules config "$out"
root=$PWD/base/lib/modules/0.0
find "$tree/" '(' -name '*.ko' -o -name '*.ko.[gx]z' -o -name '*.ko.zst' ')' -print0 \
  -o -type l -xtype d ! -name build ! -name source -fprint detours > found
test -s found || fail "there are no modules in $tree"
for kind in gz:ZLIB xz:XZ zst:ZSTD; do
  if grep -qz "[.]ko[.]${kind%:*}\$" found && depmod -V | grep -q -e "-${kind#*:}"; then
    fail "in $tree are modules compressed as .ko.${kind%:*}, which this kmod cannot read"
  fi
done
if test -s detours; then
  # depmod would follow links from folder to folder: it is shown the modules alone.
  mkdir links
  xargs -0 cp -s --parents --no-preserve=mode -t links < found
  ln -s "$PWD/links$tree" "$root"
else
  mkdir "$root"
  for entry in "$tree"/*; do
    case ${entry##*/} in
      build | source | modules.*) ;;
      *) printf '%s\0' "$entry" ;;
    esac
  done | xargs -0 ln -s -t "$root"
fi
for list in order builtin builtin.modinfo; do
  test ! -e "$tree/modules.$list" || cp -s "$tree/modules.$list" "$root/"
done
test -e "$root/modules.builtin" || touch "$root/modules.builtin"
depmod -b base -C config 0.0

ask() {
  modprobe -S 0.0 -d base -C config "$@" 2> /dev/null
}
: > resolved
: > shown
if test -n "$targets" && ! { ask -a -R $targets > resolved && ask -a --show-depends $targets > shown; }; then
  for target in $targets; do
    ask --show-depends "$target" > /dev/null || echo "missing $target"
  done > shown
fi

# Prints MODULE, FILE and load or prefer in load order; prefer is for what only softdeps ask for:
# modules.dep, which has no softdeps, does not lead there from a target.
gawk '
  function name(file) {
    sub(/.*\//, "", file)
    sub(/\.ko(\.[a-z]+)?$/, "", file)
    gsub(/-/, "_", file)
    return file
  }

  function need(file,  depends, n) {
    needed[file]
    n = split(dependencies[file], depends)
    while (n) needed[depends[n--]]
  }

  # Letters to insert, delete or change to make a from b.
  function distance(a, b,  i, j, above, left, corner, row) {
    for (j = 0; j <= length(b); j++) row[j] = j
    for (i = 1; i <= length(a); i++) {
      corner = row[0]
      row[0] = i
      for (j = 1; j <= length(b); j++) {
        above = row[j]
        corner += substr(a, i, 1) != substr(b, j, 1)
        left = row[j - 1] < above ? row[j - 1] : above
        row[j] = corner < left + 1 ? corner : left + 1
        corner = above
      }
    }
    return row[length(b)]
  }

  function near(wrong,  other, d, i, found) {
    for (other in known) {
      d = distance(wrong, other)
      if (d <= 1 + length(wrong) / 4) found[other] = d
    }
    PROCINFO["sorted_in"] = "@val_num_asc"
    for (other in found) if (i++ < 3) wrong = (i == 1 ? "" : wrong ", ") other
    return i ? "; near it: " wrong : ""
  }

  FILENAME ~ /modules\.dep$/ {
    sub(/:$/, "", $1)
    file = $1
    $1 = ""
    dependencies[file] = $0
    known[name(file)]
    next
  }
  FILENAME ~ /modules\.builtin$/ { known[name($0)]; next }
  FILENAME == "resolved" { wanted[name($0)]; next }
  $1 == "missing" {
    print service ": there is no module " $2 " in " tree near(name($2)) > "/dev/stderr"
    failed = 1
  }
  $1 == "builtin" { print service ": " $2 " is builtin: nothing to load" > "/dev/stderr" }
  $1 == "insmod" {
    file = substr($2, length(root) + 2)
    if (!(file in place)) order[place[file] = ++count] = file
    if (name(file) in wanted) need(file)
  }
  END {
    for (i = 1; i <= count; i++) print name(order[i]), order[i], order[i] in needed ? "load" : "prefer"
    exit failed
  }
' root="$root" tree="$tree" service="$service" "$root/modules.dep" "$root/modules.builtin" resolved shown > load-order

declare -A arguments
while read -r module settings; do
  test -z "$module" || arguments[${module//-/_}]=$settings
done <<< "$parameters"
for module in "${!arguments[@]}"; do
  grep -q "^$module " load-order || fail "parameters for $module, which is no loadable module here"
done

gawk '{ print $2 }' load-order | (cd "$root" && xargs -r cp -L --parents --no-preserve=mode -t "$out")
while read -r module file how; do
  case $file in
    *.gz) gzip -d "$out/$file" ;;
    *.xz) xz -d "$out/$file" ;;
    *.zst) zstd -qd --rm "$out/$file" ;;
  esac
  echo "$how $module ${file%.ko*}.ko${arguments[$module]+ ${arguments[$module]}}"
done < load-order > loads

# What modules say of themselves: the kernel's release, and what they depend on, which depmod leaves out in silence
# where the tree lacks it.
release=
if test -s loads; then
  gawk -v out="$out" '{ print out "/" $3 }' loads | xargs modinfo > facts
  release=$(gawk '$1 == "vermagic:" { print $2; exit }' facts)
  gawk '
    FILENAME ~ /builtin$/ {
      sub(/.*\//, "")
      sub(/\.ko$/, "")
      gsub(/-/, "_")
      there[$0]
      next
    }
    FILENAME == "loads" { there[$2]; next }
    $1 == "filename:" { module = $2; sub(/.*\//, "", module) }
    $1 == "depends:" {
      count = split($2, names, ",")
      for (i = 1; i <= count; i++) {
        gsub(/-/, "_", names[i])
        if (names[i] in there) continue
        print service ": " module " depends on " names[i] ", which is not in " tree > "/dev/stderr"
        failed = 1
      }
    }
    END { exit failed }
  ' tree="$tree" service="$service" "$root/modules.builtin" loads facts
fi

printf '%s' "$functions" > "$out/functions.sh"
printf 'service=%q\nrelease=%q\nmodules=%q\n' "$service" "$release" "$out" > common
{
  cat common
  echo '. "$modules/functions.sh"'
  echo begin
  cat loads
  echo unlock
} > "$out/load.sh"
{
  cat common
  echo '. "$modules/functions.sh"'
  echo end
} > "$out/unload.sh"
