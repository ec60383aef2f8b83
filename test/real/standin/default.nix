# A stand-in for nixpkgs with Liminix's overlay: what loaders are called with, and no more. Host tools build, unsandboxed,
# under the shell options of nixpkgs' current stdenv. `lib` can be the real one.
{
  lib ? import ./lib.nix,
  path ? "/usr/sbin:/usr/bin:/sbin:/bin",
}:
let
  setup = builtins.toFile "setup" ''
    set -eu
    set -o pipefail
    shopt -s inherit_errexit
    export PATH=${path}
    export SOURCE_DATE_EPOCH=1
  '';
  run =
    name: env: script:
    derivation (
      removeAttrs env [ "nativeBuildInputs" ]
      // {
        name = (lib.strings or lib).sanitizeDerivationName name;
        system = builtins.currentSystem;
        builder = "/bin/bash";
        args = [
          "-c"
          "source ${setup}\n${script}"
        ];
      }
    );
  pkgs = {
    inherit lib;
    runCommand = run;
    # Their programs come from PATH.
    pkgsBuildBuild = {
      kmod = null;
      cpio = null;
      gawk = null;
      zstd = null;
    };
    liminix.services.oneshot =
      {
        name,
        up,
        down ? "",
        dependencies ? [ ],
        timeout-up ? 30000,
      }:
      run name
        {
          inherit up down;
          dependencies = map (service: "${service}") dependencies;
        }
        ''
          # As Liminix does, by the derivation's name, which nixpkgs may have shortened.
          mkdir -p "$out/$name/dependencies.d"
          printf '#!/bin/sh\nexec 2>&1\n%s\n' "$up" > "$out/$name/up"
          # What Liminix appends to every `down`; an `exit` in ours would skip it.
          printf '#!/bin/sh\nexec 2>&1\n%s\necho "cleaned up"\n' "$down" > "$out/$name/down"
          for service in $dependencies; do
            touch "$out/$name/dependencies.d/$(cd "$service" && echo *)"
          done
        '';
    callPackage = lib.callPackageWith pkgs;
  };
in
pkgs
