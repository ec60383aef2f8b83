# Everything that a build farm can build: the router of examples/ on every device, and what the flake checks.
{
  lib,
  checks,
  devices,
  liminixSystem,
}:
{
  devices = lib.genAttrs devices (
    device:
    (liminixSystem {
      inherit device;
      modules = [ ../examples/router/configuration.nix ];
    }).default
  );
  checks = lib.filterAttrs (system: _: lib.hasSuffix "-linux" system) checks;
}
