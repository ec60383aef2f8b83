let
  step = acc: i: acc // { "k${toString i}" = i; };
  r = builtins.foldl' step { } (builtins.genList (x: x) 6000);
in
builtins.length (builtins.attrNames r)
