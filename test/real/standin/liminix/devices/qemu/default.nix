{
  system.crossSystem.config = "mips-unknown-linux-musl";
  description = "an emulated Malta board";
  module =
    { modulesPath, config, ... }:
    {
      imports = [ "${modulesPath}/network" ];
      kernel.config = {
        MIPS_MALTA = "y";
        PCI = "y";
        VIRTIO_PCI = "y";
        VIRTIO_NET = "y";
      };
      hardware = {
        defaultOutput = "vmroot";
        rootDevice = "/dev/mtdblock0";
        networkInterfaces = {
          wan = config.system.service.network.link.build { ifname = "wan"; };
          lan = config.system.service.network.link.build { ifname = "lan"; };
        };
      };
    };
}
