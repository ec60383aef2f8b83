# A module system for what Liminix-like modules do: imports, nested options, mkIf, mkMerge and priorities, and an error where
# an option does not exist. Not here: mkOrder, freeform types, disabledModules, one option declared twice.
#
# First the modules are collected through their imports and made { file, options, config }; then options and definitions are
# walked together, from the root to each option, where its type merges what was defined.
lib:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatMap
    filter
    foldl'
    functionArgs
    isAttrs
    isFunction
    isPath
    isString
    mapAttrs
    ;
  inherit (lib)
    isOption
    mkIf
    mkOptionDefault
    mkOverride
    showFiles
    showOption
    ;

  # Every name of any of the sets, with the values it has in them.
  gather = builtins.zipAttrsWith (_: values: values);

  # A definition of a set → definitions of its values, with the conditions and priorities that stood around the set.
  pushDown =
    value:
    let
      around = wrap: map (mapAttrs (_: wrap));
    in
    if value._type or null == "merge" then
      concatMap pushDown value.contents
    else if value._type or null == "if" then
      around (mkIf value.condition) (pushDown value.content)
    else if value._type or null == "override" then
      around (mkOverride value.priority) (pushDown value.content)
    else
      [ value ];

  # A definition → those that hold of what mkIf and mkMerge have in them.
  discharge =
    value:
    if value._type or null == "merge" then
      concatMap discharge value.contents
    else if value._type or null == "if" then
      if value.condition then discharge value.content else [ ]
    else
      [ value ];

  priorityOf = { value, ... }: if value._type or null == "override" then value.priority else 100;
  filterOverrides =
    definitions:
    let
      strongest = foldl' lib.min 9999 (map priorityOf definitions);
    in
    map (
      { value, ... }@definition:
      definition // { value = if value._type or null == "override" then value.content else value; }
    ) (filter (definition: priorityOf definition == strongest) definitions);

  mergeDefinitions = loc: type: definitions: rec {
    defsFinal = filterOverrides (
      concatMap (
        definition: map (value: definition // { inherit value; }) (discharge definition.value)
      ) definitions
    );
    isDefined = defsFinal != [ ];
    mergedValue =
      let
        wrong = filter ({ value, ... }: !type.check value) defsFinal;
      in
      if !isDefined && type ? emptyValue then
        type.emptyValue
      else if !isDefined then
        throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option."
      else if wrong != [ ] then
        throw "A definition for option `${showOption loc}' is not of type `${type.description}'. It is in ${
          showFiles (map ({ file, ... }: file) wrong)
        }."
      else
        type.merge loc defsFinal;
    optionalValue = if isDefined then { value = mergedValue; } else { };
  };

  # A module as it is written, a path, a function or a set → { file, key, imports, options, config }.
  load =
    args: key: file: written:
    let
      module = if isPath written || isString written then import written else written;
      named =
        name: _:
        addErrorContext "while evaluating the module argument `${name}' in \"${file}\":" (
          args.${name} or args.config._module.args.${name}
        );
      set = if isFunction module then module (args // mapAttrs named (functionArgs module)) else module;
      structured = set ? config || set ? options;
      unknown = removeAttrs set [
        "_file"
        "config"
        "imports"
        "key"
        "options"
      ];
    in
    if structured && unknown != { } then
      throw "Module `${file}' has an unsupported attribute `${lib.head (attrNames unknown)}'."
    else
      {
        key = set.key or key;
        file = set._file or file;
        imports = set.imports or [ ];
        options = set.options or { };
        config = if structured then set.config or { } else unknown;
      };

  collect =
    args: modules:
    let
      loadAll =
        parent: parentKey:
        lib.imap0 (
          n: written:
          if isPath written || isString written then
            load args (toString written) (toString written) written
          else
            load args "${parentKey}:anon-${toString n}" parent written
        );
    in
    # Imported modules come before those that import them.
    lib.reverseList (
      map ({ module, ... }: module) (
        builtins.genericClosure {
          startSet = keyed (loadAll "<unknown-file>" "" modules);
          operator = { module, ... }: keyed (loadAll module.file module.key module.imports);
        }
      )
    );
  keyed = map (module: {
    inherit (module) key;
    inherit module;
  });

  evaluateOption =
    loc: declared: definitions:
    let
      type = declared.type or lib.types.unspecified;
      default = {
        file = "<default>";
        value = mkOptionDefault declared.default;
      };
      merged = mergeDefinitions loc type (lib.optional (declared ? default) default ++ definitions);
      value = merged.mergedValue;
    in
    declared
    // {
      inherit loc type;
      inherit (merged) isDefined;
      value = addErrorContext "while evaluating the option `${showOption loc}':" (
        if declared ? apply then declared.apply value else value
      );
      definitions = map ({ value, ... }: value) merged.defsFinal;
      definitionsWithLocations = merged.defsFinal;
      files = map ({ file, ... }: file) merged.defsFinal;
    };

  # Sets of options, and definitions for them → what options and config have at this place, by name, and what is defined
  # without being declared.
  walk =
    loc: declarations: definitions:
    let
      declared = gather declarations;
      defined = gather (
        concatMap (
          { file, value }: map (mapAttrs (_: value: { inherit file value; })) (pushDown value)
        ) definitions
      );
      at =
        name: found:
        let
          place = loc ++ [ name ];
          here = defined.${name} or [ ];
          known = filter isOption found;
        in
        if known == [ ] then
          walk place found here
        else if builtins.length found > 1 then
          throw "The option `${showOption place}' is declared more than once."
        else
          rec {
            options = evaluateOption place (lib.head found) here;
            config = options.value;
            stray = [ ];
          };
      inner = mapAttrs at declared;
      stray = mapAttrs (name: defs: {
        loc = loc ++ [ name ];
        files = map ({ file, ... }: file) defs;
      }) (removeAttrs defined (attrNames declared));
    in
    {
      options = mapAttrs (_: one: one.options) inner;
      config = mapAttrs (_: one: one.config) inner;
      stray = lib.attrValues stray ++ concatMap (one: one.stray) (lib.attrValues inner);
    };

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    let
      own = {
        options._module.args = lib.mkOption {
          type = lib.types.lazyAttrsOf lib.types.raw;
          default = { };
        };
      };
      # Functions get the unchecked config: what they return is still to be known when names are checked.
      args = specialArgs // {
        inherit lib options specialArgs;
        inherit (walked) config;
      };
      collected = collect args ([ own ] ++ modules);
      walked = walk prefix (map (module: module.options) collected) (
        map (module: {
          inherit (module) file;
          value = module.config;
        }) collected
      );
      inherit (walked) options;
    in
    {
      _type = "configuration";
      inherit options;
      config =
        if walked.stray == [ ] then
          removeAttrs walked.config [ "_module" ]
        else
          let
            inherit (lib.head walked.stray) files loc;
          in
          throw "The option `${showOption loc}' does not exist. It is defined in ${showFiles files}.";
    };
in
{
  inherit evalModules mergeDefinitions;
}
