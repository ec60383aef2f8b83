{ liminix }:
{
  interface,
  family,
  address,
  prefixLength,
}:
liminix.services.oneshot rec {
  name = "${interface.name}.${family}";
  up = ''
    ifname=$(output ${interface} ifname)
    ip address add ${address}/${toString prefixLength} dev "$ifname"
    (in_outputs ${name}; echo "$ifname" > ifname)
  '';
  dependencies = [ interface ];
}
