# The firewall guard: rules in nftables tables of its own, so that it lives beside other firewalls, Liminix's among them.
# `gen-kmod new firewall guard` wrote this folder once; it is yours to edit.
#
#   default-rules.nix   the rules, where a configuration gives no others
#   service.nix         what runs on the device
#   kmod.yaml           the modules, and the kernel symbols that build them; `gen-kmod` makes kmod/ of it
#
# In a configuration:
#
#   imports = [ ./guard ];
#   services.guard = config.system.service.guard.build {
#     zones = {
#       lan = [ config.services.int ];
#       wan = [ config.services.wan ];
#     };
#   };
{
  lib,
  pkgs,
  config,
  options,
  modulesPath,
  ...
}:
let
  name = "guard";

  inherit (lib) mkOption types;
  inherit (pkgs) liminix;

  # A loader of Liminix's own fails where it finds its last module loaded: where there is one, it is up before ours.
  stock = config.system.service.firewall.build { };
  stockLoaders = builtins.filter (service: service.serviceType == "oneshot") stock.dependencies;

  kinds = [
    "chain"
    "set"
    "map"
  ];
  families = [
    "inet"
    "ip"
    "ip6"
    "arp"
    "bridge"
  ];
  policies = [
    "accept"
    "drop"
  ];

  # What is left out is null, so that `extraRules` can change a single field of what `rules` has.
  field =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  ruleset = types.attrsOf (
    types.submodule {
      options = {
        kind = field (types.enum kinds) "chain, set or map; a chain unless it says so.";
        family = field (types.enum families) "The family of the table it is in.";
        type = field (types.either types.str types.attrs) "Of a base chain: filter, nat or route. Of a set: that of its elements. Of a map: { key = value; }.";
        hook = field types.str "Where a base chain sees packets, as in input or forward; other chains are jumped to.";
        priority = field (types.either types.str types.int) "The order of base chains at one hook.";
        policy = field (types.enum policies) "What a base chain does with packets that no rule decides on; accept if left out.";
        rules = field (types.listOf types.str) "The rules of a chain, each as nft takes it.";
        elements = field (types.either (types.listOf (types.either types.str types.int)) types.attrs) "What is in a set; of a map, { key = value; }.";
        extraText = field types.lines "More lines of a set or map, as in flags or timeout.";
      };
    }
  );

  definition = config.system.callService ./service.nix {
    zones = mkOption {
      type = types.attrsOf (types.listOf liminix.lib.types.service);
      default = {
        lan = [ ];
        wan = [ ];
      };
      description = "Interfaces by zone, as the services that bring them up. A rule names a zone as a set: iifname @lan.";
      example = lib.literalExpression ''
        {
          lan = [ config.services.int ];
          wan = [ config.services.wan ];
        }
      '';
    };
    rules = mkOption {
      type = ruleset;
      default = import ./default-rules.nix;
      defaultText = lib.literalExpression "import ./default-rules.nix";
      description = "Chains, sets and maps by name.";
    };
    extraRules = mkOption {
      type = ruleset;
      default = { };
      description = "More of them. One that `rules` has keeps the fields that are not given here.";
      example = lib.literalExpression ''
        {
          input-wan.rules = [ "tcp dport 22 accept" ];
        }
      '';
    };
  };
in
{
  imports = [
    ./kmod/modules.nix
    # Its subscriber has the rules loaded again when an interface comes, goes or is renamed.
    "${modulesPath}/secrets"
  ];

  options.system.service.${name} = mkOption {
    type = liminix.lib.types.serviceDefn;
    description = "The firewall ${name}.";
  };

  config = {
    system.service.${name} = definition // {
      build =
        args:
        definition.build (
          args
          // {
            dependencies = args.dependencies or [ ] ++ [ config.kmodloaders.${name} ];
          }
        );
    };
    kmodloaders.${name} = options.kmodloaders.${name}.default.override (given: {
      dependencies =
        given.dependencies or [ ] ++ lib.optionals (config.system.service ? firewall) stockLoaders;
    });

    # What service.nix calls.
    programs.busybox.applets = [
      "cat"
      "kill"
      "mkdir"
      "mknod"
      "rm"
      "sleep"
    ];
    # What is no module of its own; the modules' symbols are in kmod.yaml.
    kernel.config = {
      NETFILTER = "y";
      NETFILTER_ADVANCED = "y";
      NF_TABLES_INET = "y";
      NF_TABLES_IPV4 = "y";
      NF_TABLES_IPV6 = "y";
    };
  };
}
