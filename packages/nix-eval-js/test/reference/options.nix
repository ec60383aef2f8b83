# A module system with some hundred options: every kind of type, definitions of every kind, and what it says of its options.
lib:
let
  inherit (lib)
    mkAfter
    mkBefore
    mkDefault
    mkForce
    mkIf
    mkMerge
    mkOption
    mkOrder
    mkOverride
    types
    ;

  # Types and their values.
  kinds = i: {
    int = {
      type = types.int;
      values = [
        1
        (mkForce (2 * i))
        (mkDefault 3)
      ];
    };
    between = {
      type = types.ints.between 0 255;
      values = [
        7
        7
      ];
    };
    port = {
      type = types.port;
      values = [ (mkIf true 8080) ];
    };
    number = {
      type = types.numbers.nonnegative;
      values = [ 1.5 ];
    };
    str = {
      type = types.str;
      values = [
        (mkDefault "a")
        (mkOverride 900 "b${toString i}")
      ];
    };
    matching = {
      type = types.strMatching "[a-z]+-[0-9]*";
      values = [ "ab-${toString i}" ];
    };
    lines = {
      type = types.lines;
      values = [
        (mkAfter "last")
        "middle"
        (mkBefore "first")
        (mkOrder 700 "second")
      ];
    };
    commas = {
      type = types.commas;
      values = [
        "a"
        "b"
      ];
    };
    bool = {
      type = types.bool;
      values = [
        true
        (mkIf false false)
      ];
    };
    nullable = {
      type = types.nullOr types.int;
      values = [ null ];
    };
    choice = {
      type = types.enum [
        "small"
        "large"
        3
      ];
      values = [
        (mkMerge [
          (mkDefault "small")
          "large"
        ])
      ];
    };
    either = {
      type = types.either types.int (types.listOf types.str);
      values = [
        [ "x" ]
        (mkBefore [ "w" ])
      ];
    };
    oneOf = {
      type = types.oneOf [
        types.bool
        types.int
        (types.attrsOf types.str)
      ];
      values = [
        { a = "1"; }
        { b = mkForce "2"; }
        { b = "3"; }
      ];
    };
    list = {
      type = types.listOf types.int;
      values = [
        [ i ]
        (mkAfter [
          5
          6
        ])
        (mkIf true [ 2 ])
        (mkOrder 10 [ 0 ])
      ];
    };
    submodules = {
      type = types.attrsOf (
        types.submodule (
          { name, config, ... }:
          {
            options = {
              label = mkOption {
                type = types.str;
                default = "label of ${name}";
              };
              size = mkOption {
                type = types.int;
                default = lib.stringLength config.label;
              };
            };
          }
        )
      );
      values = [
        { one = { }; }
        {
          two.label = "zwei";
          one.size = mkForce i;
        }
      ];
    };
    deferred = {
      type = types.lazyAttrsOf (types.listOf types.str);
      values = [
        { x = [ "a" ]; }
        { x = mkBefore [ "b" ]; }
        { y = mkIf false [ "c" ]; }
      ];
    };
    function = {
      type = types.functionTo types.lines;
      values = [
        (x: "first ${toString x}")
        (x: "second ${toString (x + 1)}")
      ];
    };
    coerced = {
      type = types.coercedTo types.int toString types.str;
      values = [ 12 ];
    };
    path = {
      type = types.path;
      values = [ "/etc/passwd" ];
    };
    anything = {
      type = types.anything;
      values = [
        {
          a.b = 1;
          l = [ 1 ];
        }
        {
          a.c = mkDefault 2;
          f = true;
        }
      ];
    };
    unique = {
      type = types.uniq types.str;
      values = [ "only" ];
    };
    tagged = {
      type = types.attrTag {
        number = mkOption { type = types.int; };
        text = mkOption { type = types.str; };
      };
      values = [ { text = "t"; } ];
    };
  };
  kindNames = lib.attrNames (kinds 0);
  copies = 18;
  each =
    f:
    lib.listToAttrs (
      lib.concatMap (
        i:
        map (kind: {
          name = "${kind}${toString i}";
          value = f kind (kinds i).${kind} i;
        }) kindNames
      ) (lib.range 1 copies)
    );

  declarations = {
    options = each (
      kind:
      { type, ... }:
      i:
      mkOption {
        inherit type;
        description = "Number ${toString i} of ${kind}.";
        example = lib.literalExpression "1 + ${toString i}";
      }
    );
  };
  # One module for each place in the lists of values.
  definitions = map (at: {
    _file = "definitions-${toString at}.nix";
    config = lib.filterAttrs (_: value: value != null) (
      each (_: { values, ... }: _: if at < lib.length values then lib.elemAt values at else null)
    );
  }) (lib.range 0 3);

  assertions =
    { config, ... }:
    {
      options.assertions = mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
      };
      options.failed = mkOption { type = types.listOf types.str; };
      config.assertions = [
        {
          assertion = config.int1 == 2;
          message = "int1 is 2";
        }
        {
          assertion = config.free.made-up == "x";
          message = "made-up is x";
        }
      ];
      config.failed = map (one: one.message) (lib.filter (one: !one.assertion) config.assertions);
    };
  free = {
    options.free = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.either types.int types.str);
        options.declared = mkOption {
          type = types.int;
          default = 4;
          apply = x: x * 10;
        };
      };
      default = { };
    };
    config.free.anything = 5;
  };
  more = {
    imports = [
      free
      assertions
      (
        { config, ... }:
        {
          config.free.made-up = mkIf (config.int2 == 4) "y";
        }
      )
      (lib.mkRenamedOptionModule [ "old" "name" ] [ "free" "declared" ])
      { old.name = 6; }
    ];
  };
  system = lib.evalModules {
    modules = [
      declarations
      more
    ]
    ++ definitions;
    specialArgs.extra = 1;
  };
  called = lib.mapAttrs (
    name: value: if lib.hasPrefix "function" name then value 5 else value
  ) system.config;

  single =
    type: defs:
    (lib.evalModules {
      modules = [
        { options.it = mkOption { inherit type; }; }
      ]
      ++ map (it: { inherit it; }) defs;
    }).config.it;
in
{
  count = lib.length (lib.attrNames system.options);
  config = removeAttrs called [
    "_module"
    "old"
    "assertions"
  ];
  options =
    lib.mapAttrs
      (_: option: {
        inherit (option)
          loc
          files
          isDefined
          highestPrio
          ;
        type = option.type.description;
        declared = option.declarations;
        definitions = lib.length option.definitions;
      })
      (
        removeAttrs system.options [
          "_module"
          "free"
          "old"
        ]
      );
  docs = map (doc: removeAttrs doc [ "declarations" ]) (
    lib.filter (doc: doc.visible or true) (
      lib.optionAttrSetToDocList (removeAttrs system.options [ "_module" ])
    )
  );
  # Each of these is an error.
  failures = {
    undeclared = (lib.evalModules { modules = [ { nothing = 1; } ]; }).config;
    conflict = single types.int [
      1
      2
    ];
    wrong = single types.int [ "a" ];
    undefined = single types.int [ ];
    notInEnum = single (types.enum [ "a" ]) [ "b" ];
    twice = single (types.uniq types.str) [
      "a"
      "b"
    ];
    readOnly =
      (lib.evalModules {
        modules = [
          {
            options.it = mkOption {
              type = types.int;
              readOnly = true;
            };
          }
          { it = 1; }
          { it = 2; }
        ];
      }).config.it;
    declaredTwice =
      (lib.evalModules {
        modules = [
          { options.it = mkOption { type = types.int; }; }
          { options.it = mkOption { type = types.str; }; }
        ];
      }).config.it;
    recursion =
      (lib.evalModules {
        modules = [
          (
            { config, ... }:
            {
              options.it = mkOption { type = types.int; };
              config = mkIf (config.it == 1) { it = 1; };
            }
          )
        ];
      }).config.it;
    nested = single (types.attrsOf (types.submodule { options.x = mkOption { type = types.int; }; })) [
      { a.x = "no"; }
    ];
    unknownInSubmodule = single (types.submodule { options.x = mkOption { type = types.int; }; }) [
      { y = 1; }
    ];
    elements = single (types.listOf types.int) [
      [
        1
        "a"
      ]
    ];
    argument = (lib.evalModules { modules = [ ({ missing, ... }: { options.a = missing; }) ]; }).config;
    wrongMatch = single (types.strMatching "[a-z]+") [ "A" ];
    noModule = (lib.evalModules { modules = [ 5 ]; }).config;
    function = single (types.functionTo types.int) [ (_: "a") ] 1;
  };
}
