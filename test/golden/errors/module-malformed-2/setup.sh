file=linux/lib/modules/6.12.85/kernel/net/nft_ct.ko
head -c 900 "$file" > short
mv short "$file"
