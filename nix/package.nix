# gen-kmod: the production dependencies as npm installs them, then the bundle, by the script that `npm run build` runs.
{
  lib,
  stdenvNoCC,
  cacert,
  esbuild,
  nodejs_22,
}:
let
  inherit (lib.importJSON ../package.json) version;

  source =
    names:
    builtins.path {
      name = "gen-kmod-source";
      path = ../.;
      filter =
        file: _:
        lib.any (
          name:
          let
            path = "${toString ../.}/${name}";
          in
          # The folders on the way to it, too.
          file == path || lib.hasPrefix "${path}/" file || lib.hasPrefix "${file}/" path
        ) names;
    };

  # The lockfile says what, by hash, and not from where, so that npm itself has to fetch it. Nothing in here depends on the
  # platform; test/packaging.test.ts sees to that, and test/real/packaging.test.ts to the hash.
  dependencies = stdenvNoCC.mkDerivation {
    name = "gen-kmod-dependencies-${version}";
    src = source [
      "package.json"
      "package-lock.json"
    ];
    nativeBuildInputs = [ nodejs_22 ];
    # What says how to reach the registry.
    impureEnvVars =
      let
        ofNpm = [
          "cafile"
          "https_proxy"
          "noproxy"
          "proxy"
          "registry"
        ];
      in
      map (name: "npm_config_${name}") ofNpm
      ++ map (name: "NPM_CONFIG_${lib.toUpper name}") ofNpm
      ++ [
        "NODE_EXTRA_CA_CERTS"
        "http_proxy"
        "https_proxy"
        "no_proxy"
        "HTTP_PROXY"
        "HTTPS_PROXY"
        "NO_PROXY"
      ];
    buildPhase = ''
      export HOME=$PWD/home NODE_EXTRA_CA_CERTS=''${NODE_EXTRA_CA_CERTS:-${cacert}/etc/ssl/certs/ca-bundle.crt}
      npm ci --omit=dev --omit=optional --workspaces=false --ignore-scripts --no-update-notifier --no-audit --no-fund
      # Says where it came from.
      rm node_modules/.package-lock.json
    '';
    installPhase = ''
      cp -r node_modules "$out"
    '';
    dontFixup = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
    outputHash = "sha256-+3bUJ5HLMY2IILZrtxltJzwLEhYwU2hH5O5dKd79Qic=";
  };
in
stdenvNoCC.mkDerivation {
  pname = "gen-kmod";
  inherit version;
  src = source [
    "data"
    "docs/errors.md"
    "package.json"
    "packages/nix-eval-js/src"
    "scripts"
    "src"
    "templates"
    # esbuild reads it too.
    "tsconfig.json"
  ];
  nativeBuildInputs = [ nodejs_22 ];

  buildPhase = ''
    # A link would have esbuild look for what packages depend on behind it.
    cp -r ${dependencies} node_modules
    ESBUILD=${esbuild}/bin/esbuild node scripts/build.mjs
  '';
  # Node knows the kind of a module by the package.json above it, and looks behind links for that.
  installPhase = ''
    mkdir -p "$out/bin" "$out/lib/gen-kmod/dist"
    echo '{ "type": "module" }' > "$out/lib/gen-kmod/package.json"
    cp -r data "$out/lib/gen-kmod/data"
    # `gen-kmod explain CODE` reads it.
    install -Dm644 docs/errors.md "$out/lib/gen-kmod/docs/errors.md"
    cp -r dist/chunks "$out/lib/gen-kmod/dist/chunks"
    sed '1s,.*,#!${nodejs_22}/bin/node,' dist/gen-kmod.js > "$out/lib/gen-kmod/dist/gen-kmod.js"
    chmod +x "$out/lib/gen-kmod/dist/gen-kmod.js"
    ln -s ../lib/gen-kmod/dist/gen-kmod.js "$out/bin/gen-kmod"

    mkdir -p "$out/share/bash-completion/completions" "$out/share/zsh/site-functions"
    SHELL=/bin/bash "$out/bin/gen-kmod" completion > "$out/share/bash-completion/completions/gen-kmod"
    SHELL=/bin/zsh "$out/bin/gen-kmod" completion > "$out/share/zsh/site-functions/_gen-kmod"
  '';

  passthru = { inherit dependencies; };
  meta = {
    description = "Generates the Nix that loads and unloads kernel modules on Liminix routers";
    license = lib.licenses.mit;
    mainProgram = "gen-kmod";
    platforms = lib.platforms.unix;
  };
}
