# What the stand-in takes from the machine it runs on. A flake cannot ask the environment: who makes the stand-in an input
# copies its folder and writes this file.
{
  path = "/usr/sbin:/usr/bin:/sbin:/bin";
  node = "/usr/bin/node";
  npm = "/usr/bin/npm";
  esbuild = toString ../../../node_modules/.bin/esbuild;
  certificates = "/etc/ssl/certs/ca-certificates.crt";
  # The folder of nixpkgs' own lib, or null for lib.nix.
  lib = null;
  # Whether there are stubs in the places of packages, for a real Liminix checkout.
  packages = false;
  # What a system's kernel has for modules: a folder as lib/modules/VERSION, or null for one that has none.
  modules = null;
}
