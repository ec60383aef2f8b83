mkdir -p kmod/.gen-kmod.journal-99999999-1
