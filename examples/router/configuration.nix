# The system of router, as Liminix reads it; `modulesPath` is its folder of modules.
{ config, modulesPath, ... }:
let
  inherit (config.hardware) networkInterfaces;
  inherit (config.system.service) network;
in
{
  imports = [
    ./kmod/modules.nix
    "${modulesPath}/network"
    # On some devices the interfaces are ports of a switch.
    "${modulesPath}/vlan"
  ];

  hostname = "router";

  services.int = network.address.build {
    # The first that the device has.
    interface = networkInterfaces.lan or networkInterfaces.lan1 or networkInterfaces.eth1;
    family = "inet";
    address = "192.168.8.1";
    prefixLength = 24;
  };
  services.forwarding = network.forward.build { };

  # For trying an image over TFTP, from the device's boot loader.
  boot.tftp = {
    serverip = "192.168.8.2";
    ipaddr = "192.168.8.1";
  };
}
