# The part of nixpkgs' lib that the reference and generated files use, written anew. `npm run test:reference` uses the real one.
let
  inherit (builtins)
    attrNames
    concatStringsSep
    functionArgs
    intersectAttrs
    isFunction
    match
    replaceStrings
    ;
in
rec {
  inherit concatStringsSep;
  concatStrings = concatStringsSep "";
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text != null then
      text
    else
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
  escapeShellArgs = values: concatStringsSep " " (map escapeShellArg values);

  makeOverridable =
    f: args:
    let
      result = f args;
      override = more: makeOverridable f (args // (if isFunction more then more args else more));
    in
    if builtins.isAttrs result then result // { inherit override; } else result;

  callPackageWith =
    pkgs: file: args:
    let
      f = if isFunction file then file else import file;
      wanted = functionArgs f;
      missing = builtins.filter (name: !(pkgs ? ${name}) && !(args ? ${name}) && !wanted.${name}) (
        attrNames wanted
      );
    in
    if missing == [ ] then
      makeOverridable f (intersectAttrs wanted pkgs // args)
    else
      throw "callPackage: ${toString file} wants ${concatStringsSep ", " missing}";

  # As nixpkgs' strings.sanitizeDerivationName: what a store path may hold, and the last 207 characters of it.
  sanitizeDerivationName =
    name:
    let
      clean = concatStringsSep "-" (
        builtins.filter builtins.isString (builtins.split "[^[:alnum:]+._?=-]+" name)
      );
      length = builtins.stringLength clean;
    in
    if length > 207 then builtins.substring (length - 207) 207 clean else clean;
}
