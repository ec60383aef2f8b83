let
  n = 150000;
  xs = builtins.genList (
    i:
    let
      a = i * 7919;
    in
    a - (a / 100003) * 100003
  ) n;
  s = builtins.sort (a: b: a < b) xs;
in
builtins.elemAt s 500
