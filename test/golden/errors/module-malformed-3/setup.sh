# Where it says its section headers are, there is nothing.
file=linux/lib/modules/6.12.85/kernel/net/nft_ct.ko
printf '\377\377\377\377\377\377\037' | dd of="$file" bs=1 seek=40 conv=notrunc 2> dd.log
rm dd.log
