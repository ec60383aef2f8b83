"$NODE" "$COMMAND" --quiet
