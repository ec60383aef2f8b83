# The examples by name: each one's Liminix module, which is the folder itself where it is one.
{ lib }:
let
  modules = lib.mapAttrs (
    name: _:
    let
      folder = ../examples + "/${name}";
    in
    if builtins.pathExists (folder + "/default.nix") then folder else folder + "/kmod/modules.nix"
  ) (builtins.readDir ../examples);
in
lib.filterAttrs (_: module: builtins.pathExists module) modules
