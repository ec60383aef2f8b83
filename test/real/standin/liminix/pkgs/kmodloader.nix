# Where Liminix's loader stands: its arguments, and its name. It loads nothing.
{
  liminix,
  lib,
  targets ? [ ],
  kernel ? null,
  dependencies ? [ ],
  runCommand,
}:
let
  loader = runCommand "modules" { } ''
    mkdir "$out"
    echo "# insmod ${toString targets} of ${kernel.modulesupport}" | tee "$out/load.sh" > "$out/unload.sh"
  '';
in
liminix.services.oneshot {
  name = "kmodloader-${lib.concatStringsSep "-" targets}";
  up = "sh ${loader}/load.sh";
  down = "sh ${loader}/unload.sh";
  inherit dependencies;
}
