builtins.length (
  builtins.genericClosure {
    startSet = [ { key = 0; } ];
    operator =
      { key }:
      if key > 200000 then
        [ ]
      else
        [
          { key = key + 1; }
          { key = key + 2; }
        ];
  }
)
