head -c 5000 "$(dirname "$COMMAND")/../data/linux-6.12.kindex" > linux.kindex
