"$NODE" "$COMMAND" --quiet
sed -i s/nft_masq/nft_nat/ kmod.yaml
echo "  wifi: { targets: [ath9k] }" >> kmod.yaml
