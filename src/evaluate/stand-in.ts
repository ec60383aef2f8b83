/**
 * What generated files are evaluated with where there is neither nixpkgs nor Liminix: as much of either as the
 * shipped templates use. A service is its arguments; what `runCommand` makes is a real derivation, so that all
 * that its builder would get is evaluated.
 */
export const standIn = String.raw`
{ root, config }:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    concatStringsSep
    functionArgs
    getAttr
    intersectAttrs
    isFunction
    mapAttrs
    ;

  lib = rec {
    inherit (builtins)
      attrNames
      attrValues
      concatLists
      concatMap
      concatStringsSep
      elem
      filter
      head
      length
      listToAttrs
      mapAttrs
      removeAttrs
      replaceStrings
      tail
      ;
    concatStrings = concatStringsSep "";
    concatMapStrings = f: list: concatStrings (map f list);
    concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
    escapeShellArg = text: "'" + replaceStrings [ "'" ] [ "'\\''" ] (toString text) + "'";
    escapeShellArgs = list: concatMapStringsSep " " escapeShellArg list;
    filterAttrs = keep: set: removeAttrs set (filter (name: !keep name (getAttr name set)) (attrNames set));
    literalExpression = text: text;
    literalMD = text: text;
    mapAttrsToList = f: set: map (name: f name (getAttr name set)) (attrNames set);
    mkDefault = value: value;
    mkForce = value: value;
    mkIf = condition: value: if condition then value else { };
    mkMerge = values: values;
    mkOption = option: option;
    optional = condition: value: if condition then [ value ] else [ ];
    optionalAttrs = condition: set: if condition then set else { };
    optionals = condition: values: if condition then values else [ ];
    optionalString = condition: text: if condition then text else "";
    types.service = "service";
    unique = list: if list == [ ] then [ ] else [ (head list) ] ++ unique (filter (item: item != head list) (tail list));
  };

  service = kind: arguments: arguments // { inherit kind; };
  pkgs = {
    inherit lib callPackage;
    liminix = {
      services = {
        oneshot = service "oneshot";
        longrun = service "longrun";
        bundle = service "bundle";
      };
      lib.types.service = "service";
    };
    runCommand =
      name: environment: script:
      derivation (
        environment
        // {
          inherit name script;
          system = "x86_64-linux";
          builder = "/bin/sh";
        }
      );
    pkgsBuildBuild = pkgs // {
      gawk = "gawk";
      kmod = "kmod";
      xz = "xz";
      zstd = "zstd";
    };
  };
  kernel.modulesupport = "/kernel";

  callPackage =
    file: arguments:
    let
      function = import file;
    in
    function (intersectAttrs (functionArgs function) pkgs // arguments);

  set = import (root + "/default.nix");
  loaders = set (
    mapAttrs (argument: _: "the service " + argument) (removeAttrs (functionArgs set) [ "callPackage" "kernel" ])
    // {
      inherit callPackage kernel;
    }
  );

  # Each module with those it imports, once.
  modulesOf =
    file:
    let
      module = import file;
      value = if isFunction module then module arguments else module;
    in
    [ value ] ++ concatMap modulesOf (value.imports or [ ]);
  modules = modulesOf (root + "/modules.nix");
  definitions = concatMap (
    module:
    let
      value = module.config.kernel.config or { };
    in
    if builtins.isList value then value else [ value ]
  ) modules;
  kernelConfig = builtins.foldl' (all: set: all // set) { } definitions;
  arguments = {
    inherit lib pkgs;
    options = { };
    config = config // {
      kernel.config = kernelConfig;
      kmodloaders = mapAttrs (loader: _: "the loader " + loader) loaders;
      system.outputs = {
        inherit kernel;
      };
    };
  };
in
{
  loaders = mapAttrs (
    _: loader: {
      inherit (loader)
        name
        up
        down
        dependencies
        ;
    }
  ) loaders;
  modules = map (module: {
    options = module.options or { };
    config = module.config or { };
  }) modules;
}
`;
