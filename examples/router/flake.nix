# `gen-kmod new router router` wrote this folder once; it is yours to edit.
#
#   configuration.nix   the system
#   kmod.yaml           its kernel modules, and the symbols that build them; `gen-kmod` makes kmod/ of it
#
#   nix build                          what to put on the device
#   nix build .#kmod-base-config       what the rest of the system sets in its kernel's configuration
#   nix build .#kmod-kernel-source     the source of its kernel, patched
#   nix flake check                    whether kmod/ is what kmod.yaml says
{
  description = "The router router";

  # gen-kmod has no public address: `nix registry add gen-kmod PATH` says where it is.
  inputs = {
    gen-kmod.url = "gen-kmod";
    nixpkgs.follows = "gen-kmod/nixpkgs";
  };

  outputs =
    { gen-kmod, nixpkgs, ... }:
    let
      device = "qemu";
      # The machine that builds.
      system = "x86_64-linux";

      outputs = gen-kmod.lib.liminixSystem {
        inherit device system;
        modules = [
          ./configuration.nix
          gen-kmod.liminixModules.base-config
          gen-kmod.liminixModules.kernel-source
        ];
      };
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      packages.${system} = {
        inherit (outputs)
          default
          kernel
          kmod-base-config
          kmod-kernel-source
          ;
      };

      checks.${system}.kmod =
        pkgs.runCommand "kmod-is-up-to-date"
          { nativeBuildInputs = [ gen-kmod.packages.${system}.default ]; }
          ''
            cp -r ${./.} router
            gen-kmod --targets router/kmod.yaml --check
            touch "$out"
          '';
    };
}
