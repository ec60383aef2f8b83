"$NODE" "$COMMAND" --quiet
sed -i s/nft_masq/nft_nat/ kmod.yaml
echo "# mine" >> kmod/firewall/default.nix
