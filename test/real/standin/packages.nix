# Stubs in the places of packages, for a real Liminix checkout to evaluate with; its lib must be the real one. A stub builds
# to an empty folder.
#
# A name must not stand here that is a defaulted argument somewhere (`targets`, `dependencies`): callPackage would fill it in.
{ system, crossSystem }:
final: prev:
let
  inherit (prev) lib;
  hostPlatform = lib.systems.elaborate (
    if crossSystem == null then { inherit system; } else crossSystem
  );
  withPlatform =
    stdenv:
    stdenv
    // {
      inherit hostPlatform;
      inherit (hostPlatform) isAarch32 isAarch64 isMips;
      targetPlatform = hostPlatform;
      buildPlatform = lib.systems.elaborate system;
      cc = stub "cc" // {
        targetPrefix = "${hostPlatform.config}-";
        bintools.targetPrefix = "${hostPlatform.config}-";
      };
    };

  stub =
    name:
    let
      made = final.runCommand name {
        pname = name;
        version = "0";
        buildInputs = [ ];
        configureFlags = [ ];
        makeFlags = [ ];
        nativeBuildInputs = [ ];
        patches = [ ];
        postInstall = "";
        passthru = {
          override = _: made;
          pkgs = luaPackages;
          luaversion = "5.3";
        }
        // lib.genAttrs [ "all" "bin" "dev" "lib" "src" ] (_: made);
      } ''mkdir "$out"'';
    in
    made;
  # Whatever a builder or a fetcher is called with.
  stubOf = args: stub (args.name or args.pname or "source");

  luaPackages = lib.genAttrs [ "cqueues" "luafilesystem" "luaossl" "luaposix" "readline" ] stub // {
    buildLuaPackage = stubOf;
  };
in
lib.genAttrs (import ./package-names.nix) stub
// lib.genAttrs [
  "buildGoModule"
  "fetchFromGitHub"
  "fetchFromGitLab"
  "fetchFromGitea"
  "fetchFromSourcehut"
  "fetchgit"
  "fetchpatch"
  "fetchurl"
  "fetchzip"
] (_: stubOf)
// {
  stdenv = withPlatform prev.stdenv;
  stdenvNoCC = withPlatform prev.stdenvNoCC;
  gcc13Stdenv = final.stdenv;
  pkgs = final;
  pkgsBuildBuild = final // prev.pkgsBuildBuild;
  # What an image is made of goes through this.
  closureInfo =
    { rootPaths }: final.runCommand "closure-info" { inherit rootPaths; } ''mkdir "$out"'';
  buildUBoot = args: stub args.defconfig;
  skawarePackages = { };
  lua5_3 = stub "lua";
  runCommandCC = final.runCommand;
  runtimeShell = "/bin/sh";
  writeScriptBin = name: _: stub name;
  writeShellApplication = stubOf;
}
