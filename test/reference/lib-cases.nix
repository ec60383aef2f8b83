# What a lib answers, by question; `refused` where it throws. Asked of nixpkgs' lib and of the stand-in's.
lib:
let
  inherit (lib) mkOption types;
  answer =
    value:
    let
      tried = builtins.tryEval (builtins.deepSeq value value);
    in
    if tried.success then tried.value else "refused";
  evaluate = modules: (lib.evalModules { inherit modules; }).config;
  merge =
    type: values:
    answer (
      (lib.mergeDefinitions [ "it" ] type (
        map (value: {
          file = "here";
          inherit value;
        }) values
      )).mergedValue
    );
  symbols = mkOption { type = types.attrsOf types.nonEmptyStr; };
  inherit (lib)
    mkDefault
    mkForce
    mkIf
    mkMerge
    ;
  # An option's definitions after `modules`, with their files.
  definitions =
    modules:
    (lib.evalModules { modules = [ { options.it = symbols; } ] ++ modules; })
    .options.it.definitionsWithLocations;
  it = modules: answer (evaluate ([ { options.it = symbols; } ] ++ modules)).it;
  person = types.submodule {
    options = {
      name = mkOption { type = types.str; };
      age = mkOption {
        type = types.ints.unsigned;
        default = 7;
      };
    };
  };
  derivation' = {
    type = "derivation";
    name = "it";
    outPath = "/it";
  };
in
{
  merging = {
    str = [
      (merge types.str [ "a" ])
      (merge types.str [
        "a"
        "a"
      ])
      (merge types.str [
        "a"
        "b"
      ])
      (merge types.str [ 1 ])
      (merge types.str [ ])
      (merge types.str [
        (mkDefault "a")
        "b"
        (mkForce "c")
      ])
      (merge types.str [
        (mkIf false "a")
        (mkIf true (mkDefault "b"))
      ])
      (merge types.str [
        (mkDefault "a")
        (mkDefault "b")
      ])
    ];
    nonEmptyStr = map (value: merge types.nonEmptyStr [ value ]) [
      "m"
      ""
      " "
    ];
    lines = merge types.lines [
      "a"
      "b"
    ];
    bool = [
      (merge types.bool [
        true
        true
      ])
      (merge types.bool [
        true
        false
      ])
      (merge types.bool [ "y" ])
    ];
    int = [
      (merge types.int [ (-1) ])
      (merge types.ints.unsigned [ (-1) ])
      (merge (types.ints.between 0 128) [ 129 ])
      (merge (types.ints.between 0 128) [ 128 ])
    ];
    path = map (value: merge types.path [ value ]) [
      "/a"
      "a"
      1
    ];
    package = [
      (merge types.package [ derivation' ])
      (merge types.package [
        derivation'
        derivation'
      ])
      (merge types.package [ "it" ])
    ];
    anything = [
      (merge types.anything [
        {
          a.b = 1;
          type = "d";
        }
        {
          a.c = 2;
          type = "d";
        }
      ])
      (merge types.anything [
        { a = 1; }
        { a = 2; }
      ])
      (merge types.anything [
        [ 1 ]
        [ 2 ]
      ])
    ];
    attrs = [
      (merge types.attrs [
        { a = 1; }
        { b = 2; }
      ])
      (merge types.attrs [ [ ] ])
    ];
    enum = map (value: merge (types.enum [ "a" ]) [ value ]) [
      "a"
      "b"
    ];
    nullOr = [
      (merge (types.nullOr types.str) [
        null
        null
      ])
      (merge (types.nullOr types.str) [ "a" ])
      (merge (types.nullOr types.str) [
        null
        "a"
      ])
      (merge (types.nullOr types.str) [ 1 ])
    ];
    either = [
      (merge (types.either types.str types.int) [ 1 ])
      (merge (types.either types.str types.int) [ "a" ])
      (merge (types.either types.str types.int) [ [ ] ])
    ];
    listOf = [
      (merge (types.listOf types.int) [
        [ 1 ]
        [
          2
          (mkIf false 3)
        ]
      ])
      (merge (types.listOf types.int) [ [ "a" ] ])
      (merge (types.listOf types.int) [ 1 ])
    ];
    attrsOf = [
      (merge (types.attrsOf types.str) [
        {
          a = mkDefault "m";
          b = "y";
        }
        { a = "n"; }
      ])
      (merge (types.attrsOf types.str) [
        { a = "m"; }
        { a = "y"; }
      ])
      (merge (types.attrsOf types.str) [ { a = mkIf false "m"; } ])
      (merge (types.attrsOf (types.attrsOf types.str)) [
        { a.b = "c"; }
        { a.d = "e"; }
      ])
    ];
    functionTo = [
      (answer (
        (lib.mergeDefinitions [ ] (types.functionTo types.int) [
          {
            file = "here";
            value = n: n + 1;
          }
        ]).mergedValue
          2
      ))
      (merge (types.functionTo types.int) [ 1 ])
    ];
    submodule = [
      (merge person [ { name = "a"; } ])
      (merge person [
        { name = "a"; }
        { age = 8; }
      ])
      (merge person [ { age = 8; } ])
      (merge person [
        {
          name = "a";
          nmae = "b";
        }
      ])
      (merge person [
        {
          name = "a";
          age = -1;
        }
      ])
      (merge (types.attrsOf person) [ { one.name = "a"; } ])
    ];
  };

  modules = {
    merged = it [
      { it.A = "y"; }
      { it.A = "y"; }
      { config.it.B = mkDefault "m"; }
      { it = mkIf false { A = "n"; }; }
      {
        it = mkMerge [
          { C = "m"; }
          (mkIf true { D = mkForce "n"; })
        ];
      }
      { it.D = "y"; }
    ];
    conflict = it [
      { it.A = "y"; }
      { it.A = "m"; }
    ];
    force = it [
      { it.A = "y"; }
      { it = mkForce { B = "m"; }; }
    ];
    undeclared = answer (evaluate [ { nothing = 1; } ]);
    undeclaredDeeper = answer (evaluate [
      { options.a.b = symbols; }
      { a.c = 1; }
    ]);
    undeclaredButNot = answer (evaluate [ { nothing = mkIf false 1; } ]);
    unset = answer (evaluate [ { options.a = mkOption { type = types.str; }; } ]).a;
    unsetSet = answer (evaluate [ { options.a = symbols; } ]).a;
    unsupported = answer (evaluate [
      {
        options = { };
        a = 1;
      }
    ]);
    arguments =
      answer
        (lib.evalModules {
          specialArgs.places = [ { options.it = symbols; } ];
          modules = [
            (
              {
                config,
                places,
                given,
                options,
                ...
              }:
              {
                imports = places;
                it = {
                  A = given;
                  B = config.other;
                  C = toString (options.it ? type);
                };
              }
            )
            {
              options.other = mkOption { type = types.str; };
              config.other = "m";
            }
            { _module.args.given = "y"; }
          ];
        }).config.it;
    # Lists show in which order modules are read.
    order =
      (evaluate [
        {
          options.it = mkOption { type = types.listOf types.int; };
          imports = [
            {
              imports = [ { it = [ 1 ]; } ];
              it = [ 2 ];
            }
            { it = [ 3 ]; }
          ];
          config.it = [ 4 ];
        }
        { it = [ 5 ]; }
      ]).it;
    locations = definitions [
      {
        _file = "one";
        it.A = mkDefault "m";
      }
      {
        _file = "two";
        it = mkMerge [
          { B = "y"; }
          (mkIf false { C = "y"; })
        ];
      }
    ];
    forcedLocations = definitions [
      {
        _file = "one";
        it.A = "m";
      }
      {
        _file = "two";
        it = mkForce { B = "y"; };
      }
    ];
    default =
      (lib.evalModules {
        modules = [
          {
            options.a = mkOption {
              type = types.int;
              default = 1;
            };
          }
        ];
      }).options.a.default;
    apply =
      (evaluate [
        {
          options.a = mkOption {
            type = types.int;
            default = 1;
            apply = n: n + 1;
          };
        }
      ]).a;
  };

  functions = {
    recursiveUpdate =
      lib.recursiveUpdate
        {
          a.b = 1;
          c = 1;
        }
        {
          a.d = 2;
          c.e = 3;
        };
    filterAttrs = lib.filterAttrs (name: value: name != "a" && value > 1) {
      a = 3;
      b = 2;
      c = 1;
    };
    filterAttrsRecursive = lib.filterAttrsRecursive (name: _: name != "a") {
      a = 1;
      b.a = 1;
      b.c = 1;
    };
    mapAttrs' = lib.mapAttrs' (name: value: lib.nameValuePair "${name}-it" value) { a = 1; };
    foldlAttrs =
      lib.foldlAttrs
        (
          all: name: value:
          "${all}${name}${value}"
        )
        ""
        {
          b = "2";
          a = "1";
        };
    genAttrs = lib.genAttrs [ "a" ] (name: "${name}b");
    collect = lib.collect builtins.isString {
      a = "1";
      b.c = "2";
      d = 3;
    };
    mapAttrsRecursive = lib.mapAttrsRecursive (path: value: toString path + value) { a.b = "c"; };
    concatMapAttrs = lib.concatMapAttrs (name: value: { "${name}1" = value; }) { a = 1; };
    attrByPath = lib.attrByPath [
      "a"
      "b"
    ] 0 { a.c = 1; };
    getAttrFromPath = lib.getAttrFromPath [
      "a"
      "b"
    ] { a.b = 1; };
    setAttrByPath = lib.setAttrByPath [
      "a"
      "b"
    ] 1;
    hasAttrByPath = lib.hasAttrByPath [
      "a"
      "b"
    ] { a.b = 1; };
    attrsToList = lib.attrsToList { a = 1; };
    groupBy = lib.groupBy (n: if n > 1 then "many" else "one") [
      1
      2
      3
    ];
    flatten = lib.flatten [
      1
      [
        2
        [ 3 ]
      ]
    ];
    unique = lib.unique [
      1
      2
      1
    ];
    range = lib.range 2 4;
    optionals = lib.optionals true [ 1 ] ++ lib.optional false 2;
    splitString = map (separator: lib.splitString separator "a.b.*c") [
      "."
      ".*"
    ];
    prefixes = [
      (lib.hasPrefix "a" "ab")
      (lib.hasPrefix "b" "ab")
      (lib.hasSuffix "b" "ab")
      (lib.hasSuffix "abc" "bc")
      (lib.hasInfix "." "ab")
      (lib.removePrefix "a" "ab")
      (lib.removeSuffix "b" "ab")
    ];
    escape = lib.escape [ "(" ] "a(b";
    escapeShellArg = map lib.escapeShellArg [
      "a"
      "a b"
      "it's"
      ""
    ];
    getName = [
      (lib.getName "it-1.2")
      (lib.getName { pname = "it"; })
    ];
    isDerivation = map lib.isDerivation [
      derivation'
      { }
      1
    ];
    trim = map lib.trim [
      " a b\n"
      ""
    ];
    versions = [
      (lib.versionOlder "5.15" "6.1")
      (lib.versionAtLeast "6.1" "6.1")
    ];
    toUpper = lib.toUpper "ab1";
    sanitized = map lib.strings.sanitizeDerivationName [
      "a/b c"
      (lib.concatStrings (lib.genList (n: toString n) 200))
    ];
    getExe = lib.getExe (derivation' // { meta.mainProgram = "that"; });
    concatMapAttrsStringSep = lib.concatMapAttrsStringSep "," (name: value: name + value) {
      a = "1";
      b = "2";
    };
    override =
      let
        made = lib.callPackageWith { a = 1; } (
          {
            a,
            b ? 2,
          }:
          {
            inherit a b;
          }
        ) { };
        overridden = made.override (before: {
          b = before.a + 5;
        });
      in
      [
        made.a
        overridden.b
        (overridden.override { a = 9; }).b
      ];
  };
}
