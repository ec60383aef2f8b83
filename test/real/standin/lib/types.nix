# Types: `check` says whether a definition can be one, `merge` makes one value of several.
lib:
let
  inherit (builtins)
    all
    concatLists
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isString
    mapAttrs
    ;
  inherit (lib) mergeDefinitions showFiles showOption;
  values = map ({ value, ... }: value);

  one =
    loc: definitions:
    if builtins.length definitions == 1 then
      (lib.head definitions).value
    else
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique: in ${
        showFiles (map ({ file, ... }: file) definitions)
      }.";
  equal =
    loc: definitions:
    let
      first = lib.head definitions;
    in
    if all ({ value, ... }: value == first.value) definitions then
      first.value
    else
      throw "The option `${showOption loc}' has conflicting definition values: in ${
        showFiles (map ({ file, ... }: file) definitions)
      }.";

  mkType =
    {
      name,
      description ? name,
      check ? (_: true),
      merge ? equal,
      ...
    }@type:
    type
    // {
      _type = "option-type";
      inherit description check merge;
    };

  attrsOfWith =
    name: isLazy: inner:
    mkType {
      inherit name;
      description = "attribute set of ${inner.description}";
      check = isAttrs;
      emptyValue = { };
      nestedTypes.elemType = inner;
      merge =
        loc: definitions:
        let
          byName = builtins.zipAttrsWith (_: found: found) (
            map ({ file, value }: mapAttrs (_: value: { inherit file value; }) value) definitions
          );
          merged = mapAttrs (name: mergeDefinitions (loc ++ [ name ]) inner) byName;
          present = if isLazy then merged else lib.filterAttrs (_: value: value.isDefined) merged;
        in
        mapAttrs (_: value: value.mergedValue) present;
    };

  types = rec {
    raw = mkType {
      name = "raw";
      description = "raw value";
      merge = one;
    };
    unspecified = mkType { name = "unspecified"; };
    anything = mkType {
      name = "anything";
      merge =
        loc: definitions:
        let
          found = values definitions;
        in
        if all (value: isAttrs value && !(value ? outPath || value ? __toString)) found then
          (attrsOf anything).merge loc definitions
        else if all isAttrs found then
          one loc definitions
        else if all isFunction found then
          argument: anything.merge (loc ++ [ "<function body>" ]) (map (applied argument) definitions)
        else
          equal loc definitions;
    };
    bool = mkType {
      name = "bool";
      description = "boolean";
      check = isBool;
    };
    int = mkType {
      name = "int";
      description = "signed integer";
      check = isInt;
    };
    ints = {
      unsigned = mkType {
        name = "unsignedInt";
        description = "unsigned integer, meaning >=0";
        check = value: isInt value && value >= 0;
      };
      positive = mkType {
        name = "positiveInt";
        description = "positive integer, meaning >0";
        check = value: isInt value && value > 0;
      };
      between =
        low: high:
        mkType {
          name = "intBetween";
          description = "integer between ${toString low} and ${toString high} (both inclusive)";
          check = value: isInt value && low <= value && value <= high;
        };
    };
    port = ints.between 0 65535;
    str = mkType {
      name = "str";
      description = "string";
      check = isString;
    };
    nonEmptyStr = mkType {
      name = "nonEmptyStr";
      description = "non-empty string";
      check = value: isString value && builtins.match "[ \t\n]*" value == null;
    };
    strMatching =
      pattern:
      mkType {
        name = "strMatching";
        description = "string matching the pattern ${pattern}";
        check = value: isString value && builtins.match pattern value != null;
      };
    lines = mkType {
      name = "lines";
      description = "strings concatenated with \"\\n\"";
      check = isString;
      merge = _: definitions: lib.concatStringsSep "\n" (values definitions);
    };
    path = mkType {
      name = "path";
      description = "absolute path";
      check =
        value:
        (isString value || builtins.isPath value || value ? outPath)
        && lib.hasPrefix "/" (builtins.unsafeDiscardStringContext (toString value));
    };
    package = mkType {
      name = "package";
      check = value: lib.isDerivation value || builtins.isPath value;
      merge = one;
    };
    attrs = mkType {
      name = "attrs";
      description = "attribute set";
      check = isAttrs;
      emptyValue = { };
      merge = _: definitions: builtins.foldl' (all: value: all // value) { } (values definitions);
    };
    enum =
      choices:
      mkType {
        name = "enum";
        description = "one of ${lib.concatMapStringsSep ", " builtins.toJSON choices}";
        check = value: builtins.elem value choices;
      };
    nullOr =
      inner:
      mkType {
        name = "nullOr";
        description = "null or ${inner.description}";
        check = value: value == null || inner.check value;
        emptyValue = null;
        merge =
          loc: definitions:
          if all (value: value == null) (values definitions) then
            null
          else if all (value: value != null) (values definitions) then
            inner.merge loc definitions
          else
            throw "The option `${showOption loc}' is defined both null and not null.";
      };
    either =
      left: right:
      mkType {
        name = "either";
        description = "${left.description} or ${right.description}";
        check = value: left.check value || right.check value;
        merge =
          loc: definitions:
          if all left.check (values definitions) then
            left.merge loc definitions
          else if all right.check (values definitions) then
            right.merge loc definitions
          else
            equal loc definitions;
      };
    oneOf = choices: builtins.foldl' either (lib.head choices) (lib.tail choices);
    listOf =
      inner:
      mkType {
        name = "listOf";
        description = "list of ${inner.description}";
        check = isList;
        emptyValue = [ ];
        merge =
          loc: definitions:
          let
            element =
              n:
              { file, ... }:
              m: value:
              mergeDefinitions (loc ++ [ "[definition ${toString (n + 1)}-entry ${toString (m + 1)}]" ]) inner [
                { inherit file value; }
              ];
            merged = concatLists (
              lib.imap0 (n: definition: lib.imap0 (element n definition) definition.value) definitions
            );
          in
          map (value: value.mergedValue) (builtins.filter (value: value.isDefined) merged);
      };
    attrsOf = attrsOfWith "attrsOf" false;
    lazyAttrsOf = attrsOfWith "lazyAttrsOf" true;
    functionTo =
      inner:
      mkType {
        name = "functionTo";
        description = "function that evaluates to a(n) ${inner.description}";
        check = isFunction;
        merge =
          loc: definitions: argument:
          (mergeDefinitions (loc ++ [ "<function body>" ]) inner (map (applied argument) definitions))
          .mergedValue;
      };
    submodule =
      written:
      mkType {
        name = "submodule";
        check = value: isAttrs value || isFunction value || builtins.isPath value;
        merge =
          loc: definitions:
          (lib.evalModules {
            prefix = loc;
            modules =
              lib.toList written
              ++ map (
                { file, value }:
                if isAttrs value then
                  {
                    _file = file;
                    config = value;
                  }
                else
                  value
              ) definitions;
          }).config;
      };
  };
  applied =
    argument:
    { file, value }:
    {
      inherit file;
      value = value argument;
    };
in
types
