# What Liminix adds to nixpkgs, as far as modules and services ask for it.
nixpkgs: final: prev:
let
  inherit (final) lib;
in
{
  lim = {
    parseInt = text: (builtins.fromTOML "value = ${text}").value;
    orEmpty = value: if value == null then [ ] else value;
  };

  liminix = {
    services = final.callPackage ./services.nix { };
    lib.types = rec {
      service = lib.types.package // {
        name = "service";
        description = "s6-rc service";
        check = value: lib.isDerivation value && value ? serviceType;
      };
      interface = service;
      serviceDefn = lib.types.attrs // {
        name = "service-defn";
        description = "parametrisable s6-rc service definition";
        check = value: lib.isAttrs value && value ? parameters && value ? build;
      };
    };
    # Names an output of a service to who watches it.
    outputRef =
      service: path: what:
      {
        inherit service path;
      }
      .${what};
  };

  serviceFns = final.writeText "service-functions" (builtins.readFile ./service-functions.sh);
  kmodloader = final.callPackage ./pkgs/kmodloader.nix { };
}
