# A stand-in for nixpkgs: what the reference, generated files, the flake and Liminix-like checkouts call, and no more. Host
# tools build, unsandboxed, under the shell options of nixpkgs' current stdenv. `lib` can be the real one.
#
# It is called in three ways: `import ./. { }`, with Liminix's own packages in it; as Liminix calls nixpkgs, with `system`,
# `crossSystem`, `overlays` and `config`; and as a flake. What it takes from the host is said in host.nix.
{
  host ? import ./host.nix,
  lib ? if host.lib == null then import ./lib.nix else import host.lib,
  path ? host.path,
  system ? builtins.currentSystem,
  crossSystem ? null,
  overlays ? [ (import ./liminix/overlay.nix ./.) ],
  # nixpkgs' own settings: nothing here depends on them.
  config ? { },
}:
let
  setup = builtins.toFile "setup" ''
    set -eu
    set -o pipefail
    shopt -s inherit_errexit
    export PATH=${path}
    export SOURCE_DATE_EPOCH=1
  '';

  # Where a builder of its own looks for the setup. As in nixpkgs, unset variables are no error behind it.
  stdenv = derivation {
    name = "stdenv";
    inherit path setup system;
    builder = "/bin/bash";
    args = [
      "-c"
      "PATH=$path; mkdir $out; echo . $setup > $out/setup; echo set +u >> $out/setup; exit"
    ];
  };

  # As stdenvNoCC's: from a set of attributes, or a function from itself to one. They become the environment of the build,
  # and can be seen on what it returns.
  mkDerivation =
    written:
    let
      attrs = if builtins.isFunction written then lib.fix written else written;
      tools = builtins.filter lib.isDerivation (attrs.nativeBuildInputs or [ ]);
      environment =
        removeAttrs attrs [
          "meta"
          "nativeBuildInputs"
          "passthru"
        ]
        // {
          inherit stdenv;
          # Where a null tool stands, its programs come from the host.
          ${if tools == [ ] then null else "nativeBuildInputs"} = tools;
          __ignoreNulls = true;
          name = lib.strings.sanitizeDerivationName (attrs.name or "${attrs.pname}-${attrs.version}");
          inherit system;
          builder = "/bin/bash";
          # bash would become the script's last command, and Nix kills a builder once it has closed its output, which
          # coreutils do before they exit: so the last one is `exit`.
          args = [
            "-c"
            "source ${setup}\n${
              lib.optionalString (tools != [ ]) ''
                PATH=${lib.makeBinPath tools}:$PATH
              ''
            }${attrs.buildCommand or "source ${attrs.builder or ./phases.sh}"}\nexit"
          ];
        };
    in
    derivation (removeAttrs environment [ "buildCommand" ])
    // attrs.passthru or { }
    // {
      meta = attrs.meta or { };
      overrideAttrs =
        change:
        mkDerivation (
          attrs
          // (
            if !builtins.isFunction change then
              change
            else
              let
                changed = change attrs;
              in
              if builtins.isFunction changed then changed attrs else changed
          )
        );
    };

  runCommand =
    name: attrs: buildCommand:
    mkDerivation (attrs // { inherit name buildCommand; });

  writeTextWith =
    after: name: text:
    runCommand name { inherit text; } ''
      printf '%s' "$text" > "$out"
      ${after}
    '';

  # A package that is one program of the host.
  hostProgram =
    pname: version: programs:
    runCommand "${pname}-${version}"
      {
        inherit pname version;
        meta.mainProgram = pname;
      }
      ''
        mkdir -p "$out/bin"
        ${lib.concatMapStringsSep "\n" (program: ''
          printf '#!/bin/sh\nexec %s "$@"\n' ${lib.escapeShellArg program} > "$out/bin/${baseNameOf program}"
          chmod +x "$out/bin/${baseNameOf program}"
        '') programs}
      '';

  base = pkgs: {
    inherit lib runCommand config;
    stdenvNoCC = {
      inherit mkDerivation;
      buildPlatform = { inherit system; };
      hostPlatform = { inherit system crossSystem; };
    };
    stdenv = pkgs.stdenvNoCC;
    mkShell =
      { ... }@attrs: mkDerivation ({ name = "shell"; } // attrs // { buildCommand = "true > $out"; });
    writeText = writeTextWith "";
    writeScript = writeTextWith ''chmod +x "$out"'';
    writeShellScript =
      name: text:
      pkgs.writeScript name ''
        #!/bin/bash
        ${text}
      '';
    callPackage = lib.callPackageWith pkgs;
    newScope = more: lib.callPackageWith (pkgs // more);
    buildPackages = pkgs;
    # Their programs come from PATH.
    pkgsBuildBuild = {
      inherit (pkgs) runCommand;
      kmod = null;
      cpio = null;
      gawk = null;
      zstd = null;
    };

    cacert = runCommand "cacert" { } ''
      mkdir -p "$out/etc/ssl/certs"
      ln -s ${host.certificates} "$out/etc/ssl/certs/ca-bundle.crt"
    '';
    esbuild = hostProgram "esbuild" "0" [ host.esbuild ];
    nftables = hostProgram "nftables" "0" [ "/usr/sbin/nft" ];
    nixfmt = hostProgram "nixfmt" "0" [ "/usr/bin/nixfmt" ];

    # A kernel with the host's modules, in place of one that is built.
    hostKernel =
      runCommand "kernel"
        {
          outputs = [
            "out"
            "modulesupport"
          ];
          inherit (host) modules;
        }
        ''
          mkdir "$out"
          if test -n "''${modules:-}"; then
            ln -s "$modules" "$modulesupport"
          else
            mkdir "$modulesupport"
          fi
        '';
    nodejs_22 = hostProgram "nodejs" "22" [
      host.node
      host.npm
    ];
  };
in
lib.fix (
  pkgs:
  lib.foldl' (before: overlay: before // overlay pkgs before) (base pkgs) (
    lib.optional host.packages (import ./packages.nix { inherit crossSystem system; }) ++ overlays
  )
)
