{
  system.crossSystem.config = "mips-unknown-linux-musl";
  description = "a travel router";
  module =
    { modulesPath, config, ... }:
    {
      imports = [ "${modulesPath}/network" ];
      kernel.config = {
        ATH79 = "y";
        PCI = "y";
        AG71XX_LEGACY = "y";
      };
      kernel.conditionalConfig.WLAN = {
        ATH9K = "m";
        ATH10K = "m";
      };
      hardware = {
        defaultOutput = "mtdimage";
        rootDevice = "/dev/mtdblock0";
        networkInterfaces = {
          wan = config.system.service.network.link.build { ifname = "wan"; };
          lan = config.system.service.network.link.build { ifname = "lan"; };
        };
      };
    };
}
