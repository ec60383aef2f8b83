printf 'version: 1 # \351\n' > kmod.yaml
