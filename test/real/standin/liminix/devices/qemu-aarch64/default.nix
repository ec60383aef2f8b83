{
  system.crossSystem.config = "aarch64-unknown-linux-musl";
  description = "an emulated arm board of 64 bits";
  module =
    { modulesPath, config, ... }:
    {
      imports = [ "${modulesPath}/network" ];
      kernel.config = {
        ARCH_VIRT = "y";
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
