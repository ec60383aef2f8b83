{
  lib,
  pkgs,
  config,
  ...
}:
let
  inherit (lib) mkOption types;
  loader = pkgs.kmodloader.override {
    inherit (config.system.outputs) kernel;
    targets = [
      "nf_tables"
      "nft_ct"
      "nft_masq"
    ];
  };
  definition = config.system.callService ./service.nix {
    zones = mkOption {
      type = types.attrsOf (types.listOf pkgs.liminix.lib.types.service);
      default = { };
    };
    rules = mkOption {
      type = types.attrsOf types.attrs;
      default = {
        forward-ip = {
          type = "filter";
          family = "ip";
          hook = "forward";
          policy = "drop";
          rules = [ "ct state established,related accept" ];
        };
      };
    };
    extraRules = mkOption {
      type = types.attrsOf types.attrs;
      default = { };
    };
  };
in
{
  imports = [ ../secrets ];
  options.system.service.firewall = mkOption { type = pkgs.liminix.lib.types.serviceDefn; };
  config = {
    system.service.firewall = definition // {
      build = args: definition.build (args // { dependencies = args.dependencies or [ ] ++ [ loader ]; });
    };
    programs.busybox.applets = [
      "insmod"
      "rmmod"
    ];
    kernel.config = {
      NETFILTER = "y";
      NF_TABLES = "m";
      NFT_CT = "m";
      NFT_MASQ = "m";
    };
  };
}
