let
  xs = builtins.genList (i: "item ${toString i} of the list") 700000;
  s = builtins.concatStringsSep "," xs;
in
builtins.stringLength (builtins.replaceStrings [ "item" "list" ] [ "ITEM" "LIST" ] s)
