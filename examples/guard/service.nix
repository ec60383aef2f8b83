# The service of the firewall guard. Its rules are loaded as one transaction: they are as before or as they are to be, and
# never in between. When it stops, its tables go, and no others.
{
  lib,
  liminix,
  nftables,
  svc,
  writeText,
}:
{
  zones,
  rules,
  extraRules,
}:
let
  name = "guard";
  # Of each family; it cannot be a word that nft knows.
  table = "firewall-guard";

  fail = message: throw "${name}: ${message}";
  lines = lib.concatMapStrings (line: "${line}\n");

  given = builtins.mapAttrs (_: lib.filterAttrs (_: value: value != null));
  parts = builtins.mapAttrs (
    part: fields:
    {
      kind = "chain";
      family = fail "`${part}` has no family";
      type = if fields.kind or "chain" == "chain" then "filter" else fail "`${part}` has no type";
    }
    // fields
  ) (lib.recursiveUpdate (given rules) (given extraRules));
  families = lib.unique (map (part: part.family) (builtins.attrValues parts));
  partsOf = family: lib.filterAttrs (_: part: part.family == family) parts;

  defaultPriority =
    { type, hook, ... }:
    if type != "nat" then
      "filter"
    else if hook == "prerouting" || hook == "output" then
      "dstnat"
    else
      "srcnat";
  body = {
    chain =
      part:
      lib.optional (part ? hook) (
        "type ${part.type} hook ${part.hook} "
        + "priority ${toString part.priority or (defaultPriority part)}; policy ${part.policy or "accept"};"
      )
      ++ part.rules or [ ];
    set =
      part:
      [ "type ${part.type}" ]
      ++ elements (map toString part.elements or [ ])
      ++ lib.optional (part ? extraText) part.extraText;
    map =
      part:
      [ "type ${toString (pairs part.type)}" ]
      ++ elements (pairs part.elements or { })
      ++ lib.optional (part ? extraText) part.extraText;
  };
  pairs = lib.mapAttrsToList (key: value: "${key} : ${toString value}");
  elements = list: lib.optional (list != [ ]) "elements = { ${lib.concatStringsSep ", " list} }";
  block =
    part: fields:
    [ "  ${fields.kind} ${part} {" ]
    ++ map (line: "    ${line}") (body.${fields.kind} fields)
    ++ [ "  }" ];
  zoneSets = lib.genAttrs (builtins.attrNames zones) (_: {
    kind = "set";
    type = "ifname";
  });

  # A name that is not there would make nft refuse all of the rules, on the device.
  namesIn =
    pattern: rule:
    let
      unquoted = lib.concatStrings (builtins.filter builtins.isString (builtins.split ''"[^"]*"'' rule));
    in
    map lib.last (builtins.filter builtins.isList (builtins.split pattern unquoted));
  missing =
    pattern: present: part:
    builtins.filter (name: !builtins.elem name present) (
      lib.concatMap (namesIn pattern) part.rules or [ ]
    );
  check =
    family: content:
    let
      isChain = _: part: part.kind == "chain";
      chains = builtins.attrNames (lib.filterAttrs isChain (partsOf family));
      # With a comma behind it, it is no set but a packet's header.
      headers = [
        "ih"
        "ll"
        "nh"
        "th"
      ];
      sets = builtins.attrNames (zones // removeAttrs (partsOf family) chains) ++ headers;
      report =
        what: names:
        lib.optional (names != [ ]) "there is no ${what} `${builtins.head names}` in the family ${family}";
      wrong = lib.concatMap (
        part:
        report "zone or set" (missing "@([A-Za-z_][A-Za-z0-9_.-]*)" sets part)
        ++ report "chain" (missing "(jump|goto) +([A-Za-z_][A-Za-z0-9_.-]*)" chains part)
      ) (builtins.attrValues (partsOf family));
    in
    if wrong == [ ] then content else fail (builtins.head wrong);

  # To name a table makes it, where it is not there; then it can be deleted.
  remove = family: [
    "table ${family} ${table} {"
    "}"
    "delete table ${family} ${table}"
  ];
  define =
    family:
    check family (
      [ "table ${family} ${table} {" ]
      ++ lib.concatLists (lib.mapAttrsToList block (zoneSets // partsOf family))
      ++ [ "}" ]
    );
  removal = writeText "${table}-remove.nft" (lines (lib.concatMap remove families));
  ruleset = writeText "${table}.nft" (
    lines (lib.concatMap remove families ++ lib.concatMap define families)
  );

  zoneCall = zone: services: "zone ${toString ([ zone ] ++ services)}";

  service = liminix.services.longrun {
    inherit name;
    notification-fd = 3;
    run = ''
      PATH=${nftables}/bin:$PATH
      newline='
      '

      # The interfaces of a zone are known once their services are up; the others come later.
      zone() { # NAME SERVICE...
        zone=$1
        shift
        interfaces=
        for service; do
          interface=$(output "$service" ifname 2> /dev/null) || continue
          test -z "$interface" || interfaces="$interfaces''${interfaces:+, }\"$interface\""
        done
        test -z "$interfaces" || for family in ${toString families}; do
          echo "add element $family ${table} $zone { $interfaces }"
        done
      }

      load() {
        {
          cat ${ruleset}
          ${lib.concatStringsSep "\n    " (lib.mapAttrsToList zoneCall zones)}
        } | nft -f -
      }

      present() {
        tables=$newline$(nft list tables)$newline
        for family in ${toString families}; do
          case $tables in
            *"''${newline}table $family ${table}$newline"*) ;;
            *) return 1 ;;
          esac
        done
      }

      load || exit 1
      echo >&3
      exec 3>&-

      # Another firewall may flush the whole ruleset, as Liminix's own does whenever it loads its rules: what nft tells of that
      # goes to a reader, which loads ours again. (Tables with an owner would do, but Liminix's nft cannot keep any.)
      mkdir -p /run/${table}
      cd /run/${table}
      rm -f events
      mknod events p
      exec 4<> events
      while read -r event; do
        test "$event" != stop || exit
        present || load
      done <&4 &

      trap load USR1
      # Nobody may load them again once they are removed.
      trap 'kill "$monitor"; echo stop >&4; wait; exit' HUP INT TERM
      while :; do
        nft monitor tables >&4 &
        monitor=$!
        # What was flushed before it listened, it does not tell.
        sleep 1
        present || load
        while kill -0 "$monitor" 2> /dev/null; do
          wait "$monitor"
        done
      done
    '';
    finish = "${nftables}/bin/nft -f ${removal}";
  };
in
svc.secrets.subscriber.build {
  action = "usr1";
  watch = map (interface: liminix.outputRef interface "ifname") (
    lib.concatLists (builtins.attrValues zones)
  );
  inherit service;
}
