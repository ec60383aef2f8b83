{ liminix }:
{ ifname, devpath }:
liminix.services.oneshot {
  name = "${ifname}.link";
  up = ''
    # ${if devpath == null then "by its name" else devpath}
    ip link set up dev ${ifname}
    (in_outputs ${ifname}.link; echo ${ifname} > ifname)
  '';
  down = "ip link set down dev ${ifname}";
}
