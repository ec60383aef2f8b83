"$NODE" "$COMMAND" --templates mine --out made > setup.log
