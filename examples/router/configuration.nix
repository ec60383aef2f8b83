# The router's system, as Liminix reads it; `modulesPath` is its folder of modules.
{ config, modulesPath, ... }:
let
  inherit (config.system.service) network;
  # Devices name the port of the home network differently.
  interfaces = config.hardware.networkInterfaces;
  lan = interfaces.lan or interfaces.lan1 or interfaces.eth1;
in
{
  imports = [
    ./kmod/modules.nix
    "${modulesPath}/network"
    # On some devices the interfaces are ports of a switch.
    "${modulesPath}/vlan"
  ];

  hostname = "router";

  services.lan = network.address.build {
    interface = lan;
    family = "inet";
    address = "192.168.8.1";
    prefixLength = 24;
  };
  services.forwarding = network.forward.build { };

  # Only for trying an image over TFTP, from the device's boot loader.
  boot.tftp = {
    serverip = "192.168.8.2";
    ipaddr = "192.168.8.1";
  };
}
