# Generated loaders without a module around them, for Nix that wires them itself.
{ lib, packages }:
rec {
  # The derivation that runs gen-kmod on a list: a kmod.yaml, or its contents as a set. In it are kmod.yaml and kmod/, as they
  # would be committed.
  generate =
    {
      pkgs,
      list,
      flags ? [ ],
    }:
    let
      inherit (pkgs.stdenv.buildPlatform) system;
      file = if builtins.isAttrs list then builtins.toFile "kmod.yaml" (builtins.toJSON list) else list;
    in
    pkgs.pkgsBuildBuild.runCommand "kmod" { nativeBuildInputs = [ packages.${system}.gen-kmod ]; } ''
      cp ${file} kmod.yaml
      gen-kmod --targets kmod.yaml ${lib.escapeShellArgs flags}
      mkdir "$out"
      cp -r kmod.yaml kmod "$out"
    '';

  # The set of loaders by name: of a committed `folder`, or of a `list`, which is generated while this is evaluated. `pkgs` is a
  # Liminix system's; `arguments` are what else the folder's default.nix asks for.
  loaders =
    {
      pkgs,
      folder ? null,
      list ? null,
      kernel ? null,
      arguments ? { },
    }:
    if (folder == null) == (list == null) then
      throw "loaders: give either a folder or a list"
    else
      import (if folder != null then folder else "${generate { inherit pkgs list; }}/kmod") (
        {
          inherit (pkgs) callPackage;
          inherit kernel;
        }
        // arguments
      );
}
