# NixOS' builder of file systems, which Liminix's takes from here.
{ runCommand, ... }: runCommand "squashfs" { } ''mkdir "$out"''
