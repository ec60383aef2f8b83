# Services with the attributes and the folders that Liminix's have. Scripts carry the functions they use, so that nothing else
# is in a service's closure; Liminix's refer to files of theirs.
{ lib, stdenvNoCC }:
let
  functions = builtins.readFile ./service-functions.sh;
  script = text: "#!/bin/sh\nexec 2>&1\n${functions}${text}\n";

  service =
    {
      name,
      serviceType,
      run ? null,
      up ? null,
      down ? null,
      finish ? null,
      notification-fd ? null,
      producer-for ? null,
      consumer-for ? null,
      pipeline-name ? null,
      timeout-up ? 30000,
      timeout-down ? 0,
      dependencies ? [ ],
      contents ? [ ],
      buildInputs ? [ ],
      restart-on-upgrade ? false,
      controller ? null,
      properties ? { },
    }:
    stdenvNoCC.mkDerivation {
      inherit
        name
        serviceType
        run
        up
        down
        finish
        notification-fd
        producer-for
        consumer-for
        pipeline-name
        timeout-up
        timeout-down
        restart-on-upgrade
        controller
        dependencies
        contents
        ;
      buildInputs =
        buildInputs ++ dependencies ++ contents ++ lib.optional (controller != null) controller;
      propertiesText = lib.collect builtins.isString (
        lib.mapAttrsRecursive (
          path: value:
          "property ${lib.escapeShellArg (lib.concatStringsSep "/" path)} ${lib.escapeShellArg value}\n"
        ) properties
      );
      # By the derivation's name, which nixpkgs may have shortened.
      buildCommand = ''
        mkdir -p "$out/$name/dependencies.d"
        for field in serviceType:type up run down finish notification-fd producer-for consumer-for pipeline-name \
          timeout-up timeout-down; do
          text=$(printenv "''${field%:*}") || continue
          printf '%s\n' "$text" > "$out/$name/''${field#*:}"
        done
        for file in up run down finish; do
          test ! -e "$out/$name/$file" || chmod +x "$out/$name/$file"
        done
        links() { # FOLDER SERVICE...
          folder=$out/$name/$1
          shift
          for other; do
            mkdir -p "$folder"
            type=$(echo "$other"/*/type)
            other=''${type%/type}
            touch "$folder/''${other##*/}"
          done
        }
        links dependencies.d $dependencies
        links contents.d $contents
        test -z "$buildInputs" || echo "$buildInputs" > "$out/buildInputs"
        property() { # PATH VALUE
          mkdir -p "$out/.properties/$(dirname "$1")"
          echo "$2" > "$out/.properties/$1"
        }
        eval "$propertiesText"
        ln -s "/run/services/outputs/$name" "$out/.outputs"
      '';
    };
in
rec {
  output = service: name: "/run/services/outputs/${service.name}/${name}";
  oneshot =
    {
      name,
      up,
      down ? "",
      ...
    }@args:
    service (
      args
      // {
        serviceType = "oneshot";
        up = script up;
        # Liminix cleans up behind every `down`; an `exit` in ours would skip it.
        down = script "${down}\necho \"cleaned up\"";
      }
    );
  longrun = lib.makeOverridable (
    {
      name,
      run,
      finish ? "",
      ...
    }@args:
    service (
      args
      // {
        serviceType = "longrun";
        run = script run;
        finish = "#!/bin/sh\n${finish}\nrm -rf /run/services/outputs/${name}\n";
      }
    )
  );
  bundle = args: service (args // { serviceType = "bundle"; });
  target = bundle;
}
