# What `nix flake init --template` starts from.
let
  router = {
    path = ../examples/router;
    description = "A router: its flake, its system, and its list of kernel modules";
  };
  firewall = {
    path = ../examples/guard;
    description = "A firewall with its kernel modules, to import into a Liminix system";
  };
in
{
  default = router;
  inherit router;
}
// (if builtins.pathExists firewall.path then { inherit firewall; } else { })
