{
  liminix,
  lib,
  nftables,
  writeText,
  svc,
}:
{
  zones,
  rules,
  extraRules,
}:
let
  chains = lib.recursiveUpdate rules extraRules;
  ruleset = writeText "firewall.nft" (
    "flush ruleset\n" + lib.concatStrings (lib.mapAttrsToList chain chains)
  );
  chain = name: { family, rules, ... }: ''
    table ${family} table-${family} {
      chain ${name} {
        ${lib.concatStringsSep "\n    " rules}
      }
    }
  '';
in
svc.secrets.subscriber.build {
  action = "usr1";
  watch = lib.concatLists (
    lib.mapAttrsToList (_: map (service: liminix.outputRef service "ifname")) zones
  );
  service = liminix.services.longrun {
    name = "firewall";
    run = "${nftables}/bin/nft -f ${ruleset} && exec sleep 86400";
    finish = "${nftables}/bin/nft flush ruleset";
  };
}
