mkdir kmod
echo '{"format":1,"source":"x","files":{"../kmod.yaml":""}}' > kmod/.gen-kmod.json
