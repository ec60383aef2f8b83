let
  base = builtins.listToAttrs (
    builtins.genList (i: {
      name = "n${toString i}";
      value = i;
    }) 100
  );
  f =
    i:
    (
      base
      // {
        a = i;
        b = i + 1;
        n5 = i;
      }
    ).n5;
in
builtins.foldl' (s: i: s + f i) 0 (builtins.genList (x: x) 150000)
