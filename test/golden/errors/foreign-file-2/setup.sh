mkdir -p kmod/default.nix
