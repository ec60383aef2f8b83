/** Names that a Liminix system has already, as of August 2026. */

/** Attributes of `system.service`, each a service definition or a set of them. */
const definitions = [
  ...[
    'bridge',
    'dhcp4c',
    'dhcp6c',
    'dnsmasq',
    'firewall',
    'health-check',
    'hostapd',
    'ifwait',
    'ipv6',
    'l2tp',
  ],
  ...['mount', 'network', 'ntp', 'pppoe', 'round-robin', 'secrets', 'ssh', 'tls-certificate', 'uevent-rule'],
  ...['vlan', 'watchdog', 'wwan'],
];

/** Services that s6-rc goes by: two of one name do not compile. */
const services = [
  ...['coldplug', 'controlled', 'default', 'devout', 'hostname', 'klogd', 'log-shipper', 'loopback', 'mdevd'],
  ...['modem-atz', 'modem-modeswitch', 'resolvconf', 'rootfs', 'sshd', 'zyxel-boot-configure'],
];

/** What a new service cannot be called. */
export const takenNames: ReadonlySet<string> = new Set([...definitions, ...services]);

/** The folders of Liminix's devices/ that are devices. */
export const deviceNames: readonly string[] = [
  ...['belkin-rt3200', 'gl-ar750', 'gl-mt300a', 'gl-mt300n-v2', 'openwrt-one', 'qemu', 'qemu-aarch64'],
  ...['qemu-armv7l', 'tp-archer-ax23', 'turris-omnia', 'zyxel-nwa50ax'],
];
