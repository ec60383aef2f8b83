{
  description = "The system of a router";

  # gen-kmod has no public address yet: `nix registry add gen-kmod PATH` says where it is.
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
        ];
      };
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      packages.${system} = {
        # What to put on the device, and what else there is of it.
        inherit (outputs) default kernel;
        # For `kernel.config` in kmod.yaml: what the rest of the system sets.
        inherit (outputs) kmod-base-config;
      };

      # kmod/ is what kmod.yaml says.
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
