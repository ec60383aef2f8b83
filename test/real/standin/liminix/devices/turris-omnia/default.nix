{
  system.crossSystem.config = "armv7l-unknown-linux-musl";
  description = "a router with more room";
  module =
    { modulesPath, config, ... }:
    {
      imports = [ "${modulesPath}/network" ];
      kernel.config = {
        ARCH_MVEBU = "y";
        MVNETA = "y";
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
