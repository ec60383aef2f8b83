mkdir kmod
echo "{ }" > kmod/default.nix
