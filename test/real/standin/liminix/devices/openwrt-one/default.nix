{
  system.crossSystem.config = "aarch64-unknown-linux-musl";
  description = "a router with room";
  module =
    { modulesPath, config, ... }:
    {
      imports = [ "${modulesPath}/network" ];
      kernel.config = {
        ARCH_MEDIATEK = "y";
        NET_MEDIATEK_SOC = "y";
      };
      hardware = {
        defaultOutput = "rootfs";
        rootDevice = "/dev/mtdblock0";
        networkInterfaces = {
          eth0 = config.system.service.network.link.build { ifname = "eth0"; };
          eth1 = config.system.service.network.link.build { ifname = "eth1"; };
        };
      };
    };
}
