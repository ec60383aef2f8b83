# The part of nixpkgs' lib that the reference, generated files, the flake and Liminix-like modules use, written anew and for
# the plain cases only. `npm run test:reference` compares it with the real one, and uses that.
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    functionArgs
    head
    intersectAttrs
    isAttrs
    isFunction
    isList
    isString
    length
    listToAttrs
    mapAttrs
    match
    replaceStrings
    split
    stringLength
    substring
    tail
    ;

  lists = rec {
    inherit
      concatLists
      concatMap
      elem
      elemAt
      filter
      foldl'
      head
      length
      tail
      ;
    inherit (builtins)
      all
      any
      genList
      groupBy
      isList
      map
      partition
      sort
      ;
    flatten = value: if isList value then concatMap flatten value else [ value ];
    imap0 = f: list: builtins.genList (n: f n (elemAt list n)) (length list);
    last = list: elemAt list (length list - 1);
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    range =
      first: final: if first > final then [ ] else builtins.genList (n: first + n) (final - first + 1);
    reverseList =
      list:
      let
        count = length list;
      in
      builtins.genList (n: elemAt list (count - n - 1)) count;
    singleton = value: [ value ];
    toList = value: if isList value then value else [ value ];
    unique = foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ];
  };

  attrsets = rec {
    inherit
      attrNames
      attrValues
      isAttrs
      listToAttrs
      mapAttrs
      ;
    inherit (builtins)
      catAttrs
      getAttr
      hasAttr
      removeAttrs
      ;
    attrByPath =
      path: default: set:
      if path == [ ] then
        set
      else if isAttrs set && set ? ${head path} then
        attrByPath (tail path) default set.${head path}
      else
        default;
    attrsToList = mapAttrsToList nameValuePair;
    collect =
      found: value:
      if found value then
        [ value ]
      else if isAttrs value then
        concatMap (collect found) (attrValues value)
      else
        [ ];
    concatMapAttrs = f: set: foldl' (all: one: all // one) { } (mapAttrsToList f set);
    filterAttrs = keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));
    filterAttrsRecursive =
      keep: set:
      mapAttrs (_: value: if isAttrs value then filterAttrsRecursive keep value else value) (
        filterAttrs keep set
      );
    foldlAttrs =
      f: start: set:
      foldl' (all: name: f all name set.${name}) start (attrNames set);
    genAttrs = names: f: genAttrs' names (name: nameValuePair name (f name));
    genAttrs' = names: f: listToAttrs (map f names);
    getAttrFromPath = path: set: foldl' (inner: name: inner.${name}) set path;
    hasAttrByPath =
      path: set:
      path == [ ] || isAttrs set && set ? ${head path} && hasAttrByPath (tail path) set.${head path};
    isDerivation = value: value.type or null == "derivation";
    mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
    mapAttrsRecursive =
      f:
      let
        at =
          path:
          mapAttrs (
            name: value: if isAttrs value then at (path ++ [ name ]) value else f (path ++ [ name ]) value
          );
      in
      at [ ];
    mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
    nameValuePair = name: value: { inherit name value; };
    optionalAttrs = condition: set: if condition then set else { };
    recursiveUpdate =
      left: right:
      left
      // mapAttrs (
        name: value:
        if isAttrs value && isAttrs (left.${name} or null) then
          recursiveUpdate left.${name} value
        else
          value
      ) right;
    setAttrByPath =
      path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
    zipAttrsWith = builtins.zipAttrsWith;
  };

  strings = rec {
    inherit
      concatStringsSep
      isString
      replaceStrings
      stringLength
      substring
      ;
    concatLines = concatMapStrings (line: line + "\n");
    concatMapAttrsStringSep =
      separator: f: set:
      concatStringsSep separator (attrsets.mapAttrsToList f set);
    concatMapStrings = concatMapStringsSep "";
    concatMapStringsSep =
      separator: f: values:
      concatStringsSep separator (map f values);
    concatStrings = concatStringsSep "";
    escape = characters: replaceStrings characters (map (one: "\\" + one) characters);
    escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
    escapeShellArg =
      value:
      let
        text = toString value;
      in
      if match "[[:alnum:],._+:@%/-]+" text != null then
        text
      else
        "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
    escapeShellArgs = concatMapStringsSep " " escapeShellArg;
    getName = package: package.pname or (builtins.parseDrvName package.name or package).name;
    hasInfix = infix: text: builtins.length (splitString infix text) > 1;
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        start = stringLength text - stringLength suffix;
      in
      start >= 0 && substring start (-1) text == suffix;
    makeBinPath = concatMapStringsSep ":" (package: "${package}/bin");
    optionalString = condition: text: if condition then text else "";
    removePrefix =
      prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
    removeSuffix =
      suffix: text:
      if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
    # As nixpkgs' strings.sanitizeDerivationName: what a store path may hold, and the last 207 characters of it.
    sanitizeDerivationName =
      name:
      let
        clean = concatStringsSep "-" (filter isString (split "[^[:alnum:]+._?=-]+" name));
        count = stringLength clean;
      in
      if count > 207 then substring (count - 207) 207 clean else clean;
    splitString = separator: text: filter isString (split (escapeRegex separator) text);
    stringToCharacters = text: builtins.genList (n: substring n 1 text) (stringLength text);
    toUpper =
      let
        lower = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
        upper = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
      in
      replaceStrings lower upper;
    trim = text: builtins.head (match "[[:space:]]*(|.*[^[:space:]])[[:space:]]*" text);
    versionAtLeast = one: other: builtins.compareVersions one other >= 0;
    versionOlder = one: other: builtins.compareVersions one other < 0;
  };

  customisation = rec {
    makeOverridable =
      f: args:
      let
        result = f args;
        override = more: makeOverridable f (args // (if isFunction more then more args else more));
      in
      if isAttrs result then
        result
        // {
          inherit override;
          ${if result ? overrideAttrs then "overrideAttrs" else null} =
            change: makeOverridable (args: (f args).overrideAttrs change) args;
        }
      else
        result;

    callPackageWith =
      pkgs: file: args:
      let
        f = if isFunction file then file else import file;
        wanted = functionArgs f;
        missing = filter (name: !(pkgs ? ${name}) && !(args ? ${name}) && !wanted.${name}) (
          attrNames wanted
        );
      in
      if missing == [ ] then
        makeOverridable f (intersectAttrs wanted pkgs // args)
      else
        throw "callPackage: ${toString file} wants ${concatStringsSep ", " missing}";

    getExe = package: "${package}/bin/${package.meta.mainProgram or (strings.getName package)}";
    getExe' = package: name: "${package}/bin/${name}";
  };

  trivial = rec {
    inherit functionArgs isFunction;
    inherit (builtins)
      deepSeq
      fromJSON
      isBool
      isInt
      isPath
      pathExists
      readFile
      seq
      throw
      toJSON
      trace
      ;
    assertMsg = condition: message: condition || throw message;
    const = value: _: value;
    fix =
      f:
      let
        self = f self;
      in
      self;
    id = value: value;
    min = one: other: if one < other then one else other;
    max = one: other: if one < other then other else one;
    importJSON = file: builtins.fromJSON (builtins.readFile file);
    throwIf = condition: message: if condition then throw message else id;
    throwIfNot = condition: throwIf (!condition);
    warn = message: builtins.trace "warning: ${message}";
    warnIf = condition: if condition then warn else (_: id);
  };

  plain = lists // attrsets // strings // customisation // trivial;
  modules = import ./lib/modules.nix lib;
  options = import ./lib/options.nix lib;
  types = import ./lib/types.nix lib;
  lib =
    plain
    // modules
    // options
    // {
      inherit
        attrsets
        customisation
        lists
        modules
        options
        strings
        trivial
        types
        ;
      licenses.mit.spdxId = "MIT";
      platforms.unix = [
        "aarch64-darwin"
        "aarch64-linux"
        "x86_64-darwin"
        "x86_64-linux"
      ];
    };
in
lib
