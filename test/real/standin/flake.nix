# The stand-in as the flake input `nixpkgs`.
{
  description = "A stand-in for nixpkgs";
  outputs =
    { self }:
    let
      lib = (import ./. { system = "x86_64-linux"; }).lib;
    in
    {
      inherit lib;
      legacyPackages =
        lib.genAttrs
          [
            "x86_64-linux"
            "aarch64-linux"
            "x86_64-darwin"
            "aarch64-darwin"
          ]
          (
            system:
            import ./. {
              inherit system;
              overlays = [ ];
            }
          );
    };
}
