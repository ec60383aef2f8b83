# Options, and the values that say how a definition is to be merged.
lib: rec {
  isType = kind: value: value._type or null == kind;
  isOption = isType "option";
  mkOption = attrs: attrs // { _type = "option"; };
  mkEnableOption =
    what:
    mkOption {
      default = false;
      description = "Whether to enable ${what}.";
      type = lib.types.bool;
    };
  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };
  literalMD = text: {
    _type = "literalMD";
    inherit text;
  };
  showOption = lib.concatStringsSep ".";
  showFiles = lib.concatMapStringsSep " and " (file: "`${file}'");

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
}
