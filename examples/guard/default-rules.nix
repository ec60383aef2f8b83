# The rules of the firewall guard, as nft takes them (nft(8)). The zones are sets of interfaces: @lan, @wan.
# Where there is another firewall, a packet has to pass both.
{
  # What is for the router itself.
  input = {
    family = "inet";
    hook = "input";
    policy = "drop";
    rules = [
      "iifname lo accept"
      "ct state established,related accept"
      "ct state invalid drop"
      "icmp type echo-request limit rate 20/second accept"
      "icmpv6 type echo-request limit rate 20/second accept"
      "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert } accept"
      "icmpv6 type { mld-listener-query, mld-listener-report, mld2-listener-report } accept"
      "iifname @lan jump input-lan"
      "iifname @wan jump input-wan"
      ''limit rate 5/second log prefix "guard input: "''
    ];
  };
  input-lan = {
    family = "inet";
    rules = [
      "tcp dport { 22, 53 } accept" # ssh, dns
      "udp dport { 53, 67, 547 } accept" # dns, dhcp
    ];
  };
  input-wan = {
    family = "inet";
    rules = [
      "udp dport { 68, 546 } accept" # what dhcp servers answer
    ];
  };

  # What passes through.
  forward = {
    family = "inet";
    hook = "forward";
    policy = "drop";
    rules = [
      "ct state established,related accept"
      "ct state invalid drop"
      "iifname @lan accept"
      "iifname @wan oifname @lan jump forward-wan"
      ''limit rate 5/second log prefix "guard forward: "''
    ];
  };
  # What may come in from outside, such as "ip6 daddr 2001:db8::10 tcp dport 443 accept".
  forward-wan = {
    family = "inet";
    rules = [ ];
  };

  # From outside nothing comes whose answer would leave by another interface. Before dhcp there is no way to answer.
  spoofing = {
    family = "inet";
    hook = "prerouting";
    rules = [
      "udp dport { 68, 546 } accept"
      "iifname @wan fib saddr . iif oif missing drop"
    ];
  };

  # Hosts inside share the address of the interface outside.
  nat-out = {
    family = "ip";
    type = "nat";
    hook = "postrouting";
    rules = [ "oifname @wan masquerade" ];
  };
}
