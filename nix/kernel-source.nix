# A Liminix module: `system.outputs.kmod-kernel-source` is the tree that a system's kernel is built from, patched as it will be,
# for a target list's `kernel.source`. The kernel is not built for it.
{ config, lib, ... }:
{
  options.system.outputs.kmod-kernel-source = lib.mkOption {
    type = lib.types.package;
    description = "The kernel's source after all patches.";
  };
  config.system.outputs.kmod-kernel-source = config.system.outputs.kernel.overrideAttrs (_: {
    name = "kernel-source";
    outputs = [ "out" ];
    phases = [
      "unpackPhase"
      "extraPatchPhase"
      "patchPhase"
      "installPhase"
    ];
    installPhase = ''
      cp -r . "$out"
    '';
  });
}
