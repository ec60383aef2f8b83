"$NODE" "$COMMAND" --quiet --targets nft_ct --name firewall
