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
          wan = config.system.service.network.link.build { ifname = "wan"; };
          lan = config.system.service.network.link.build { ifname = "lan"; };
        };
      };
    };
}
