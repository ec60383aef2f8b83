{
  lib,
  pkgs,
  config,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  options = {
    services = mkOption {
      type = types.attrsOf pkgs.liminix.lib.types.service;
    };
    system.callService = mkOption {
      type = types.functionTo (types.functionTo types.anything);
    };
    hostname = mkOption {
      type = types.nonEmptyStr;
      default = "liminix";
    };
    hosts = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
    };
    defaultProfile.packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
    };
    filesystem = mkOption {
      type = types.anything;
      default = { };
    };
    rootfsType = mkOption {
      type = types.enum [
        "btrfs"
        "ext4"
        "jffs2"
        "squashfs"
        "ubifs"
      ];
      default = "squashfs";
    };
    users = mkOption {
      type = types.attrsOf types.anything;
      default = { };
    };
    logging.persistent.enable = lib.mkEnableOption "logs that outlive a reboot";

    boot = {
      commandLine = mkOption {
        type = types.listOf types.nonEmptyStr;
        default = [ ];
      };
      imageType = mkOption {
        type = types.enum [
          "primary"
          "secondary"
        ];
        default = "primary";
      };
      tftp = {
        loadAddress = mkOption { type = types.ints.unsigned; };
        ipaddr = mkOption { type = types.str; };
        serverip = mkOption { type = types.str; };
      };
    };

    hardware = {
      defaultOutput = mkOption { type = types.nonEmptyStr; };
      rootDevice = mkOption { type = types.str; };
      radios = mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
      networkInterfaces = mkOption { type = types.attrsOf types.anything; };
    };
  };

  config = {
    boot.commandLine = [ "init=/bin/init" ];
    services.hostname = pkgs.liminix.services.oneshot {
      name = "hostname";
      up = "echo ${config.hostname} > /proc/sys/kernel/hostname";
    };

    # A service's file and the types of its parameters → its definition: `build` checks parameters against the types.
    system.callService =
      file: parameters:
      let
        service = lib.callPackageWith (pkgs // { svc = config.system.service; }) file { };
        check =
          value:
          (lib.mergeDefinitions [ ] (types.submodule { options = parameters; }) [
            {
              file = toString file;
              inherit value;
            }
          ]).mergedValue;
      in
      {
        inherit parameters;
        build =
          {
            dependencies ? [ ],
            ...
          }@args:
          (service (check (removeAttrs args [ "dependencies" ]))).overrideAttrs (before: {
            dependencies = dependencies ++ before.dependencies;
            buildInputs = dependencies ++ before.buildInputs;
          });
      };
  };
}
