mkdir kmod elsewhere
ln -s ../elsewhere kmod/firewall
