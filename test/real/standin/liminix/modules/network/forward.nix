{ liminix }:
{ }:
liminix.services.oneshot {
  name = "packet_forwarding";
  up = "echo 1 > /proc/sys/net/ipv4/ip_forward";
  down = "echo 0 > /proc/sys/net/ipv4/ip_forward";
}
