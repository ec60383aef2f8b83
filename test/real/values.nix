# What generated folders evaluate to: every value that came from a target list, as Nix understands it.
folders:
let
  lib = import ./standin/lib.nix // {
    mkOption = option: option;
    literalMD = text: text;
    # Priorities are the module system's; here there is one definition of each.
    mkDefault = value: value;
    mkMerge = builtins.foldl' (all: set: all // set) { };
  };
  callPackage =
    file: args:
    let
      loader = import file;
      all = {
        inherit lib;
        runCommand = name: env: script: {
          inherit name env;
          outPath = "/loader";
        };
        pkgsBuildBuild = {
          gawk = null;
          kmod = null;
          zstd = null;
        };
        liminix.services.oneshot = service: service // { asked = builtins.functionArgs loader; };
      };
      service = loader (builtins.intersectAttrs (builtins.functionArgs loader) all // args);
    in
    service // { inherit file; };

  describe =
    folder:
    let
      set = import (folder + "/default.nix");
      services = builtins.removeAttrs (builtins.functionArgs set) [
        "callPackage"
        "kernel"
      ];
      loaders = set (
        builtins.mapAttrs (name: _: "argument ${name}") services // { inherit callPackage; }
      );
      environment = name: (probe (folder + "/${name}/default.nix")).environment;
      # The environment that the build of a loader gets, without building it.
      probe =
        file:
        (import file) (
          builtins.intersectAttrs (builtins.functionArgs (import file)) {
            inherit lib;
            kernel.modulesupport = "/tree";
            runCommand = name: env: script: {
              outPath = builtins.toJSON {
                inherit (env) targets;
                parameters = env.parameters or "";
              };
            };
            pkgsBuildBuild = {
              gawk = null;
              kmod = null;
              zstd = null;
            };
            liminix.services.oneshot = service: { environment = service.up; };
          }
        );
      module =
        name:
        let
          evaluated = import (folder + "/${name}/module.nix") {
            inherit lib;
            pkgs = {
              liminix.lib.types.service = "service";
              callPackage = file: args: "loader";
            };
            config = {
              kmodloaders = builtins.mapAttrs (other: _: "loader ${other}") loaders;
            };
          };
          option = evaluated.options.kmodloaders.${name};
        in
        {
          options = builtins.attrNames evaluated.options.kmodloaders;
          inherit (option) description defaultText;
          imports = map toString (evaluated.imports or [ ]);
          kernelConfig = evaluated.config.kernel.config or { };
          services = evaluated.config.services or { };
        };
    in
    {
      imports = map toString (import (folder + "/modules.nix")).imports;
      arguments = builtins.attrNames services;
      loaders = builtins.mapAttrs (name: loader: {
        inherit (loader) name;
        environment = environment name;
        dependencies = map (
          service: if builtins.isAttrs service then "loader ${service.name}" else service
        ) loader.dependencies;
        module = module name;
      }) loaders;
    };
in
map describe folders
