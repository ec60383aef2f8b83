{
  description = "Kernel modules for Liminix routers: a list of them becomes the Nix that loads them";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    liminix = {
      url = "github:telent/liminix";
      flake = false;
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      liminix,
    }:
    let
      inherit (nixpkgs) lib;
      forEachSystem =
        f:
        lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
          "x86_64-darwin"
          "aarch64-darwin"
        ] (system: f nixpkgs.legacyPackages.${system} self.packages.${system}.gen-kmod);

      examples = import ./nix/examples.nix { inherit lib; };
      system = import ./nix/liminix-system.nix { inherit lib liminix nixpkgs; };
      loaders = import ./nix/loaders.nix {
        inherit lib;
        inherit (self) packages;
      };
    in
    {
      packages = forEachSystem (
        pkgs: gen-kmod: {
          gen-kmod = pkgs.callPackage ./nix/package.nix { };
          default = gen-kmod;
        }
      );
      overlays.default = final: _: { gen-kmod = final.callPackage ./nix/package.nix { }; };

      apps = forEachSystem (
        _: gen-kmod:
        lib.genAttrs [ "default" "gen-kmod" ] (_: {
          type = "app";
          program = "${gen-kmod}/bin/gen-kmod";
        })
      );

      # liminixSystem, devices, loaders, generate
      lib = system // loaders;

      liminixModules = examples // {
        base-config = ./nix/base-config.nix;
        kernel-source = ./nix/kernel-source.nix;
      };

      templates = import ./nix/templates.nix;

      checks = forEachSystem (
        pkgs: gen-kmod:
        import ./nix/checks.nix {
          inherit
            examples
            gen-kmod
            lib
            pkgs
            ;
          inherit (self.lib) liminixSystem;
        }
      );

      # A Hydra, or `nix build` with remote builders, takes these: every device with the router on it, and every check.
      hydraJobs = import ./nix/hydra-jobs.nix {
        inherit lib;
        inherit (self) checks;
        inherit (self.lib) devices liminixSystem;
      };

      devShells = forEachSystem (
        pkgs: _: {
          default = pkgs.mkShell {
            packages = [
              pkgs.nixfmt
              pkgs.nodejs_22
            ];
          };
        }
      );
      formatter = forEachSystem (pkgs: _: pkgs.nixfmt);
    };
}
