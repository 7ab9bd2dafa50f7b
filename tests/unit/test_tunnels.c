/* test_tunnels.c - each tunnel that decode opens, nested ones, and what only looks like one.
 *
 * Outside are 10.0.0.1 > 10.0.0.2 and the MAC addresses of ETH; inside 192.168.1.1 > 192.168.1.2 and those of IN_ETH. */
#include "decode/decode.h"

#include <check.h>
#include <string.h>

#include "frames.h"
#include "run.h"

#define OUT "10.0.0.1>10.0.0.2"
#define GRE4(total) ETH "0800 " IP4(total, "2f")
#define VXLAN(vni) "08 000000 " vni " 00 "
#define UDP_FRAME(port) ETH "0800 " IP4("004e", "11") UDP_TO(port, "003a") /* 8 bytes of header and IN_FRAME */
#define IN_TCP0 IN_IP4("0000", "06") TCP "aabb" /* 42 bytes; the IP length is left to the network card */
#define IS_TCP0 FL_DECODE_TCP, 6, 54321, 502, 2, 0, IN_V4
#define MPLS_UNKNOWN FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x8847, NULL, NULL
#define IS_MPLS .protocol = FL_PROTOCOL_TUNNEL_MPLS

static const struct sample samples[] = {
	/* MPLS */
	{"mpls ip4", ET, ETH "8847 00064140 " IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "mpls#100 mac", .falls_back = true},
	{"mpls upstream ip6", ET, ETH "8848 00064140 " IN_UDP6, IS_UDP, 0, IN_V6, .tunnels = "mpls#100 mac", .falls_back = true},
	{"mpls, three labels", ET, ETH "8100 0007 8847 00065040 00066040 00064140 " IN_UDP4, IS_UDP, 0, IN_V4, 1, {7},
	 "mpls#100 vlans=1 mac", .falls_back = true},
	{"mpls ip4 null", ET, ETH "8847 00000140 " IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "mpls#0 mac", .falls_back = true},
	{"mpls ip6 null", ET, ETH "8847 00002140 " IN_UDP6, IS_UDP, 0, IN_V6, .tunnels = "mpls#2 mac", .falls_back = true},
	{"mpls ethernet", ET, ETH "8847 00064140 " IN_FRAME, IS_UDP, 0x800, IN_V4, .tunnels = "mpls#100 mac", .mac = MAC_INNER, .falls_back = true},
	{"mpls control word, ethernet", ET, ETH "8847 00064140 00000000 " IN_ETH "8100 0009 0800 " IN_UDP4, IS_UDP, 0x800, IN_V4, 1, {9},
	 "mpls#100 mac", .mac = MAC_INNER, .falls_back = true},
	{"mpls, MAC begins with 4", ET, ETH "8847 00064140 450000200000 0400000000bb 0800 " IN_UDP4, IS_UDP, 0x800, IN_V4,
	 .tunnels = "mpls#100 mac", .falls_back = true, .mac = MAC_OTHER},
	{"mpls, MAC begins with 6", ET, ETH "8847 00064140 600000000000 0400000000bb 86dd " IN_UDP6, IS_UDP, 0x86dd, IN_V6,
	 .tunnels = "mpls#100 mac", .falls_back = true, .mac = MAC_OTHER},
	{"mpls ip4 whose source looks like an EtherType", ET, ETH "8847 00064140 4500 001c 0002 4000 40 11 f057 88cc0001 c0a80102 " UDP("0008"), IS_UDP, 0, "136.204.0.1", "192.168.1.2",
	 .tunnels = "mpls#100 mac", .falls_back = true},
	{"mpls ethernet stp", ET, ETH "8847 00064140 " IN_ETH "0007 424203 00000000", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL,
	 .tunnels = "mpls#100 mac", .mac = MAC_INNER, .protocol = FL_PROTOCOL_LINK_STP, .falls_back = true},
	{"mpls channel", ET, ETH "8847 00064140 10000021 45", FL_DECODE_CONTROL, 0, 0, 0, 0, 0, NULL, NULL, .tunnels = "mpls#100 mac",
	 .mac = MAC_OUTER, .falls_back = true},
	{"mpls generic channel", ET, ETH "8847 00064040 0000d101 10000007 45", FL_DECODE_CONTROL, 0, 0, 0, 0, 0, NULL, NULL,
	 .tunnels = "mpls#13 mac", .mac = MAC_OUTER, .falls_back = true},
	{"mpls of nobody knows what", ET, ETH "8847 00064140 00000000 ff03c02101010004 0102030405060708090a0b0c0d0e0f", MPLS_UNKNOWN, IS_MPLS},

	/* PBB, PPPoE */
	{"pbb", ET, ETH "88a8 0064 88e7 e0001234 " IN_ETH "8100 0009 0800 " IN_UDP4, IS_UDP, 0x800, IN_V4, 2, {100, 9},
	 "pbb#4660 vlans=1 mac", .mac = MAC_INNER},
	{"pppoe ip4", ET, ETH "8864 11 00 0005 001e 0021 " IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "pppoe#5 mac"},
	{"pppoe ip6, padded", ET, ETH "8864 11 00 0005 0032 0057 " IN_UDP6 "0000", IS_UDP, 0, IN_V6, .tunnels = "pppoe#5 mac"},
	{"pppoe, ip length 0", ET, ETH "8864 11 00 0005 002c 0021 " IN_TCP0 "0000", IS_TCP0, .tunnels = "pppoe#5 mac"},
	{"pppoe lcp", ET, ETH "8864 11 00 0005 0006 c021 01010004", FL_DECODE_CONTROL, 0, 0, 0, 0, 0, NULL, NULL, .tunnels = "pppoe#5 mac"},
	{"pppoe mppe", ET, ETH "8864 11 00 0005 0006 00fd 90000102", FL_DECODE_CIPHER, 0, 0, 0, 0, 0, NULL, NULL,
	 .tunnels = "pppoe#5 mac", .protocol = FL_PROTOCOL_TUNNEL_PPPOE},
	{"pppoe discovery", ET, ETH "8863 11 09 0000 0004 01010000", FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x8863, NULL, NULL,
	 .protocol = FL_PROTOCOL_TUNNEL_PPPOE},
	{"pppoe bridging mpls", ET, ETH "8864 11 00 0005 0032 0031 0001 " IN_ETH "8847 00064140 " IN_UDP4, IS_UDP, 0, IN_V4,
	 .tunnels = "pppoe#5 mac; mpls#100 mac", .mac = MAC_INNER, .falls_back = true},

	/* GRE */
	{"gre ip4", ET, GRE4("0034") "00000800 " IN_UDP4, IS_UDP, 0x800, IN_V4, .tunnels = "gre " OUT " mac", .mac = MAC_NONE},
	{"gre ip6 with all options", ET, GRE4("0060") "f000 86dd 0000 0000 00000007 00000001 0002 00 04 0a000003 0000 00 00 " IN_UDP6 "00000000", IS_UDP, 0x86dd, IN_V6,
	 .tunnels = "gre#7 " OUT " mac", .mac = MAC_NONE},
	{"gre ethernet in a vlan", ET, ETH "8100 0007 0800 " IP4("0046", "2f") "2000 6558 00012300 " IN_ETH "0800 " IN_UDP4, IS_UDP, 0x800, IN_V4, 1, {7},
	 "gre#74496 " OUT " vlans=1 mac", .mac = MAC_INNER},
	{"gre mpls", ET, GRE4("0038") "00008847 00064140 " IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "gre " OUT " mac; mpls#100", .mac = MAC_NONE, .falls_back = true},
	{"gre wccp 1", ET, GRE4("0034") "0000883e " IN_UDP4, IS_UDP, 0x800, IN_V4, .tunnels = "gre " OUT " mac", .mac = MAC_NONE},
	{"gre wccp 2", ET, GRE4("0038") "0000883e 00010000 " IN_UDP4, IS_UDP, 0x800, IN_V4, .tunnels = "gre " OUT " mac", .mac = MAC_NONE},
	{"gre metadata", ET, GRE4("003c") "00008909 0800 010100010005 " IN_UDP4, IS_UDP, 0x800, IN_V4, .tunnels = "gre " OUT " mac", .mac = MAC_NONE},
	{"gre keepalive", ET, GRE4("0030") "00000800 " IN_IP4("0018", "2f") "00000000", FL_DECODE_IP_OTHER, 47, 0, 0, 4, 0x800, IN_V4,
	 .tunnels = "gre " OUT " mac", .mac = MAC_NONE},
	{"gre nhrp", ET, GRE4("001c") "00002001 00000000", FL_DECODE_IP_OTHER, 47, 0, 0, 8, 0x800, V4},
	{"gre version 2", ET, GRE4("001c") "00020800 00000000", FL_DECODE_IP_OTHER, 47, 0, 0, 8, 0x800, V4},
	{"pptp ip4", ET, GRE4("0046") "3081 880b 0022 0009 00000001 00000002 ff030021 " IN_UDP4 "0000", IS_UDP, 0, IN_V4,
	 .tunnels = "gre/1#9 " OUT " mac", .mac = MAC_NONE},
	{"pptp, short protocol", ET, GRE4("0041") "2001 880b 001d 0009 21 " IN_UDP4 "000000000000000000", IS_UDP, 0, IN_V4, .tunnels = "gre/1#9 " OUT " mac", .mac = MAC_NONE},
	{"pptp, ip length 0", ET, GRE4("004b") "2001 880b 002b 0009 21 " IN_TCP0 "00000000", IS_TCP0, .tunnels = "gre/1#9 " OUT " mac", .mac = MAC_NONE, .falls_back = true},
	{"pptp acknowledgment", ET, GRE4("0020") "2081 880b 0000 0009 00000001", FL_DECODE_IP_OTHER, 47, 0, 0, 12, 0x800, V4},
	{"pptp mppe", ET, GRE4("0024") "3001 880b 0004 0009 00000001 00fd9000", FL_DECODE_CIPHER, 0, 0, 0, 0, 0, NULL, NULL,
	 .tunnels = "gre/1#9 " OUT " mac", .mac = MAC_NONE, .protocol = FL_PROTOCOL_TUNNEL_PPPOE},
	{"gre in ip6", ET, ETH "86dd " IP6("0020", "2f") "00000800 " IN_UDP4, IS_UDP, 0x800, IN_V4,
	 .tunnels = "gre 2001:db8::1>2001:db8::2 mac", .mac = MAC_NONE},

	/* ERSPAN */
	{"erspan 1", ET, GRE4("0042") "000088be " IN_FRAME, IS_UDP, 0x800, IN_V4, .tunnels = "erspan/1 " OUT " mac", .mac = MAC_INNER},
	{"erspan 2, untagged port", ET, GRE4("004e") "100088be 00000001 1ffe 03ff 00000000 " IN_FRAME, IS_UDP, 0x800, IN_V4,
	 .tunnels = "erspan/2#1023 " OUT " mac", .mac = MAC_INNER},
	{"erspan 2, tag in its header", ET, ETH "8100 0007 0800 " IP4("004e", "2f") "100088be 00000001 1ffe 1005 00000000 " IN_FRAME, IS_UDP, 0x800, IN_V4, 2, {7, 4094},
	 "erspan/2#5 " OUT " vlans=1 mac", .mac = MAC_INNER},
	{"erspan 2, tag in both", ET, GRE4("0052") "100088be 00000001 1009 1005 00000000 " IN_ETH "8100 0009 0800 " IN_UDP4, IS_UDP, 0x800, IN_V4, 1, {9},
	 "erspan/2#5 " OUT " mac", .mac = MAC_INNER},
	{"erspan 2, arp", ET, GRE4("004e") "100088be 00000001 1009 0005 00000000 " IN_ETH "0806 0001 0800 06 04 0001 0400000000bb c0a80101 000000000000 c0a80102",
	 FL_DECODE_ARP, 0, 0, 0, 0, 0x806, IN_V4, .tunnels = "erspan/2#5 " OUT " mac", .mac = MAC_INNER, .protocol = FL_PROTOCOL_LINK_ARP},
	{"erspan 3", ET, GRE4("0056") "100022eb 00000001 2009 0005 00000000 0000 0000 " IN_ETH "8100 0009 0800 " IN_UDP4, IS_UDP, 0x800, IN_V4, 1, {9},
	 "erspan/3#5 " OUT " mac", .mac = MAC_INNER},
	{"erspan 3, vlan of the port", ET, GRE4("0052") "100022eb 00000001 2009 1005 00000000 0000 0000 " IN_FRAME, IS_UDP, 0x800, IN_V4,
	 .tunnels = "erspan/3#5 " OUT " mac", .mac = MAC_INNER},
	{"erspan 3, subheader", ET, GRE4("005a") "100022eb 00000001 2009 0005 00000000 0000 0001 0000000000000000 " IN_FRAME, IS_UDP, 0x800, IN_V4,
	 .tunnels = "erspan/3#5 " OUT " mac", .mac = MAC_INNER},
	{"erspan 3, ip", ET, GRE4("0044") "100022eb 00000001 2009 0005 00000000 0000 0800 " IN_UDP4, IS_UDP, 0, IN_V4,
	 .tunnels = "erspan/3#5 " OUT " mac", .mac = MAC_NONE},
	{"erspan 3, a vendor's content", ET, GRE4("002c") "100022eb 00000001 2001 1865 34760b01 0000 1e00 00000000", FL_DECODE_IP_OTHER, 47, 0, 0, 24, 0x800, V4},
	{"erspan 2, cut by the mirror", ET, GRE4("004e") "100088be 00000001 1009 0405 00000000 " IN_ETH "0800 " IN_IP4("0200", "11") UDP("01ec"), FL_DECODE_UDP, 17, 54321, 2222, 484, 0x800, IN_V4,
	 .tunnels = "erspan/2#5 " OUT " mac", .mac = MAC_INNER},

	/* in UDP */
	{"vxlan", ET, UDP_FRAME("12b5") VXLAN("000007") IN_FRAME, IS_UDP, 0x800, IN_V4, .tunnels = "vxlan#7 " OUT " 54321>4789 mac", .mac = MAC_INNER, .falls_back = true},
	{"vxlan, Linux's port", ET, UDP_FRAME("2118") VXLAN("ffffff") IN_FRAME, IS_UDP, 0x800, IN_V4, .tunnels = "vxlan#16777215 " OUT " 54321>8472 mac", .mac = MAC_INNER, .falls_back = true},
	{"vxlan group policy", ET, UDP_FRAME("12b5") "88 08 0005 000007 00 " IN_FRAME, IS_UDP, 0x800, IN_V4, .tunnels = "vxlan#7 " OUT " 54321>4789 mac", .mac = MAC_INNER, .falls_back = true},
	{"vxlan, vlan inside and outside", ET, ETH "8100 0007 0800 " IP4("0052", "11") UDP_TO("12b5", "003e") VXLAN("000007") IN_ETH "8100 0009 0800 " IN_UDP4, IS_UDP, 0x800, IN_V4, 2, {7, 9},
	 "vxlan#7 " OUT " 54321>4789 vlans=1 mac", .mac = MAC_INNER, .falls_back = true},
	{"vxlan, lldp", ET, ETH "0800 " IP4("0034", "11") UDP_TO("12b5", "0020") VXLAN("000007") IN_ETH "88cc 0207", FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x88cc, NULL, NULL,
	 .tunnels = "vxlan#7 " OUT " 54321>4789 mac", .mac = MAC_INNER, .protocol = FL_PROTOCOL_LINK_LLDP, .falls_back = true},
	{"vxlan, fragment", ET, UDP_FRAME("12b5") VXLAN("000007") IN_ETH "0800 4500001c 00022000 40 11 0000 c0a80101 c0a80102 " UDP("0100"), FL_DECODE_FRAGMENT, 17, 0, 0, 0, 0x800, IN_V4,
	 .tunnels = "vxlan#7 " OUT " 54321>4789 mac", .mac = MAC_INNER, .falls_back = true},
	{"vxlan, icmp error", ET, ETH "0800 " IP4("006a", "11") UDP_TO("12b5", "0056") VXLAN("000007") IN_ETH "0800 " IN_IP4("0038", "01") "03 01 0000 00000000 " IP4("001c", "11") UDP("0008"),
	 FL_DECODE_ICMP, 1, 0, 0, 28, 0x800, IN_V4, .tunnels = "vxlan#7 " OUT " 54321>4789 mac", .mac = MAC_INNER, .falls_back = true},
	{"gpe ip4", ET, ETH "0800 " IP4("0040", "11") UDP_TO("12b6", "002c") "0c 0000 01 000007 00 " IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "vxlan#7 " OUT " 54321>4790 mac", .mac = MAC_NONE, .falls_back = true},
	{"gpe ip6", ET, ETH "0800 " IP4("0054", "11") UDP_TO("12b6", "0040") "0c 0000 02 000007 00 " IN_UDP6, IS_UDP, 0, IN_V6, .tunnels = "vxlan#7 " OUT " 54321>4790 mac", .mac = MAC_NONE, .falls_back = true},
	{"gpe ethernet", ET, UDP_FRAME("12b6") "0c 0000 03 000007 00 " IN_FRAME, IS_UDP, 0x800, IN_V4, .tunnels = "vxlan#7 " OUT " 54321>4790 mac", .mac = MAC_INNER, .falls_back = true},
	{"geneve", ET, UDP_FRAME("17c1") "00 00 6558 000007 00 " IN_FRAME, IS_UDP, 0x800, IN_V4, .tunnels = "geneve#7 " OUT " 54321>6081 mac", .mac = MAC_INNER, .falls_back = true},
	{"geneve, options, ip4", ET, ETH "0800 " IP4("004c", "11") UDP_TO("17c1", "0038") "03 40 0800 000007 00 0102 80 01 01020304 0102 01 00 " IN_UDP4, IS_UDP, 0, IN_V4,
	 .tunnels = "geneve#7 " OUT " 54321>6081 mac", .mac = MAC_NONE, .falls_back = true},
	{"teredo", ET, ETH "0800 " IP4("004c", "11") UDP_TO("0dd8", "0038") "60000000 0008 11 40 20010000000000000000000000000a01 20010db8000000000000000000000a02 " UDP("0008"), IS_UDP, 0,
	 "2001::a01", "2001:db8::a02", .tunnels = "teredo " OUT " 54321>3544 mac", .mac = MAC_NONE, .falls_back = true},
	{"teredo, authentication and origin", ET, ETH "0800 " IP4("0063", "11") "0dd8 08ae 004f 0000 0001 01 01 aabb 0102030405060708 00 0000 2fcf f5fffffe 6000000000083b40 fe800000000000000000000000000001 fe800000000000000000000000000002 0102030405060708",
	 FL_DECODE_IP_OTHER, 59, 0, 0, 8, 0, "fe80::1", "fe80::2", .tunnels = "teredo " OUT " 3544>2222 mac", .mac = MAC_NONE, .falls_back = true},

	/* IP in IP, and in each other */
	{"ip4 in ip4", ET, ETH "0800 " IP4("0030", "04") IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "ip_in_ip " OUT " mac", .mac = MAC_NONE},
	{"ip6 in ip4", ET, ETH "0800 " IP4("0044", "29") IN_UDP6, IS_UDP, 0, IN_V6, .tunnels = "ip_in_ip " OUT " mac", .mac = MAC_NONE},
	{"ip4 in ip6", ET, ETH "86dd " IP6("001c", "04") IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "ip_in_ip 2001:db8::1>2001:db8::2 mac", .mac = MAC_NONE},
	{"ip6 in ip6, behind options", ET, ETH "86dd " IP6("0038", "3c") "29 00 010400000000 " IN_UDP6, IS_UDP, 0, IN_V6,
	 .tunnels = "ip_in_ip 2001:db8::1>2001:db8::2 mac", .mac = MAC_NONE},
	{"ip4 behind ah", ET, ETH "0800 " IP4("0048", "33") "04 04 0000 00000001 00000001 000000000000000000000000 " IN_UDP4, IS_UDP, 0, IN_V4, .tunnels = "ip_in_ip " OUT " mac", .mac = MAC_NONE},
	{"six tunnels", ET, ETH "0800 " IP4("0094", "04") IP4("0080", "04") IP4("006c", "04") IP4("0058", "04") IP4("0044", "04") IP4("0030", "04") IN_UDP4, IS_UDP, 0, IN_V4,
	 .tunnels = "ip_in_ip " OUT " mac; ip_in_ip " OUT "; ip_in_ip " OUT "; ip_in_ip " OUT "; ip_in_ip " OUT "; ip_in_ip " OUT, .mac = MAC_NONE},
	{"vxlan in mpls in erspan", ET, GRE4("0078") "000088be " ETH "8847 00064140 " IP4("004e", "11") UDP_TO("12b5", "003a") VXLAN("000007") IN_FRAME, IS_UDP, 0x800, IN_V4,
	 .tunnels = "erspan/1 " OUT " mac; mpls#100 mac; vxlan#7 " OUT " 54321>4789 mac", .mac = MAC_INNER, .falls_back = true},

	/* on a tunnel's port, and none: plain UDP */
#define PLAIN(n) FL_DECODE_UDP, 17, 54321, n, 50, 0x800, V4, .falls_back = true
	{"vxlan without I", ET, UDP_FRAME("12b5") "00 000000 000007 00 " IN_FRAME, PLAIN(4789)},
	{"vxlan, reserved flag", ET, UDP_FRAME("12b5") "18 000000 000007 00 " IN_FRAME, PLAIN(4789)},
	{"vxlan, reserved bytes", ET, UDP_FRAME("12b5") "08 000001 000007 00 " IN_FRAME, PLAIN(4789)},
	{"vxlan, reserved last byte", ET, UDP_FRAME("12b5") "08 000000 000007 01 " IN_FRAME, PLAIN(4789)},
	{"vxlan, group flags", ET, UDP_FRAME("12b5") "88 80 0000 000007 00 " IN_FRAME, PLAIN(4789)},
	{"vxlan, ip of version 5", ET, UDP_FRAME("12b5") VXLAN("000007") IN_ETH "0800 5500001c 00020000 40 11 0000 c0a80101 c0a80102 " UDP("0008"), PLAIN(4789)},
	{"vxlan, ip beyond it", ET, UDP_FRAME("12b5") VXLAN("000007") IN_ETH "0800 " IN_IP4("001d", "11") UDP("0008") "000000", PLAIN(4789)},
	{"from vxlan's port", ET, ETH "0800 " IP4("004e", "11") "12b5 d431 003a 0000 " VXLAN("000007") IN_FRAME, FL_DECODE_UDP, 17, 4789, 54321, 50, 0x800, V4},
	{"gpe version 1", ET, UDP_FRAME("12b6") "1c 0000 03 000007 00 " IN_FRAME, PLAIN(4790)},
	{"gpe, reserved bytes", ET, UDP_FRAME("12b6") "0c 0001 03 000007 00 " IN_FRAME, PLAIN(4790)},
	{"gpe nsh", ET, UDP_FRAME("12b6") "0c 0000 04 000007 00 " IN_FRAME, PLAIN(4790)},
	{"geneve version 1", ET, UDP_FRAME("17c1") "40 00 6558 000007 00 " IN_FRAME, PLAIN(6081)},
	{"geneve, reserved bits", ET, UDP_FRAME("17c1") "00 01 6558 000007 00 " IN_FRAME, PLAIN(6081)},
	{"geneve, unknown protocol", ET, UDP_FRAME("17c1") "00 00 1234 000007 00 " IN_FRAME, PLAIN(6081)},
	{"geneve, option beyond its options", ET, UDP_FRAME("17c1") "01 00 6558 000007 00 0102 01 05 " IN_ETH "0800 0102030405060708090a0b0c0d0e0f101112131415161718", PLAIN(6081)},
	{"teredo, foreign addresses", ET, ETH "0800 " IP4("004c", "11") UDP_TO("0dd8", "0038") IN_UDP6, FL_DECODE_UDP, 17, 54321, 3544, 48, 0x800, V4},
	{"teredo, too long", ET, ETH "0800 " IP4("004c", "11") UDP_TO("0dd8", "0038") "60000000 0009 11 40 20010000000000000000000000000a01 20010db8000000000000000000000a02 " UDP("0008"), FL_DECODE_UDP, 17, 54321, 3544, 48, 0x800, V4},
};

static const struct sample broken[] = {
	{"gre of 3 bytes", ET, GRE4("0017") "000008", FL_DECODE_BAD_TUNNEL},
	{"gre key beyond the datagram", ET, GRE4("001a") "2000 0800 0000", FL_DECODE_BAD_TUNNEL},
	{"gre route without end", ET, GRE4("0020") "4000 0800 00000000 0002 00 08", FL_DECODE_BAD_TUNNEL},
	{"pptp payload beyond the datagram", ET, GRE4("001e") "2001 880b 0003 0009 0021", FL_DECODE_BAD_TUNNEL},
	{"erspan 2 of 7 bytes", ET, GRE4("0023") "100088be 00000001 10090005 000000", FL_DECODE_BAD_TUNNEL},
	{"erspan 3 subheader missing", ET, GRE4("0028") "100022eb 00000001 2009 0005 00000000 0000 0001", FL_DECODE_BAD_TUNNEL},
	{"erspan 1 of 13 bytes", ET, GRE4("0025") "000088be " IN_ETH "08", FL_DECODE_BAD_LINK},
	{"pppoe version 2", ET, ETH "8864 21 00 0005 0006 c021 01010004", FL_DECODE_BAD_TUNNEL},
	{"pppoe beyond the frame", ET, ETH "8864 11 00 0005 0007 c021 01010004", FL_DECODE_BAD_TUNNEL},
	{"half an i-tag", ET, ETH "88e7 0000", FL_DECODE_BAD_TUNNEL},
	{"seventeen labels", ET, ETH "8847 00064040 00064040 00064040 00064040 00064040 00064040 00064040 00064040 00064040 00064040 "
	 "00064040 00064040 00064040 00064040 00064040 00064040 00064140 " IN_UDP4, FL_DECODE_TUNNEL_DEPTH},
	{"mpls ip4 null, no ip4", ET, ETH "8847 00000140 " IN_UDP6, FL_DECODE_BAD_IP},
	{"ip4 in ip4, longer than it", ET, ETH "0800 " IP4("0030", "04") IN_IP4("001d", "11") UDP("0009") "00", FL_DECODE_BAD_IP},
	{"ip6 in ip4, version 4", ET, ETH "0800 " IP4("0030", "29") IN_UDP4, FL_DECODE_BAD_IP},
	{"nothing in ip4", ET, ETH "0800 " IP4("0014", "04"), FL_DECODE_BAD_IP},
};

START_TEST(sample_is_decoded) { sample_decodes(&samples[_i]); }
END_TEST

START_TEST(prefix_is_cut_or_malformed) { prefixes_decode(&samples[_i]); }
END_TEST

START_TEST(broken_frame_is_named) { broken_is_named(&broken[_i]); }
END_TEST

/* A tunnel that turned out to be none leaves nothing behind. */
START_TEST(fallback_leaves_no_trace)
{
	struct fl_packet plain, p;
	struct fl_frame f, g;
	uint8_t *a, *b;
	size_t n;

	a = bytes_of(UDP_FRAME("12b5") VXLAN("000007") IN_ETH "8100 0009 0800 " IN_IP4("001d", "11"), &n);
	b = bytes_of(UDP_FRAME("12b5") "00 000000 000007 00 " IN_ETH "8100 0009 0800 " IN_IP4("001d", "11"), &n);
	a[17] = b[17] = 0x44; /* 40 bytes of payload: what there is */
	a[39] = b[39] = 0x30;
	run("fallback", ET, a, n, n, &f, &p);
	run("plain", ET, b, n, n, &g, &plain);
	ck_assert_uint_eq(p.outcome, FL_DECODE_UDP);
	ck_assert_uint_eq(p.tunnels, 0);
	ck_assert_uint_eq(p.vlans, 0);
	ck_assert_ptr_eq(p.payload, a + 42);
	p.frame = plain.frame;
	p.ip = plain.ip;
	p.payload = plain.payload;
	ck_assert_mem_eq(&p, &plain, offsetof(struct fl_packet, tunnel));
	free(a);
	free(b);
}
END_TEST

START_TEST(inner_vlans)
{
	struct fl_packet p;
	struct fl_frame f;
	const uint16_t *v;
	uint8_t *b;
	unsigned n;
	size_t len;

	b = bytes_of(ETH "88a8 0064 88e7 00001234 " IN_ETH "8100 0009 0800 " IN_UDP4, &len);
	run("inner vlans", ET, b, len, len, &f, &p);
	v = fl_packet_inner_vlans(&p, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(v[0], 9);
	ck_assert_mem_eq(p.tunnel[0].src_mac, "\x02\x11\x22\x33\x44\x55", 6);
	ck_assert_mem_eq(p.tunnel[0].dst_mac, "\x02\xaa\xbb\xcc\xdd\xee", 6);
	free(b);
}
END_TEST

/* Every kind of tunnel has a sample. */
START_TEST(kinds_are_covered)
{
	size_t i, k;
	bool seen;

	for (k = 0; k < FL_TUNNEL_KIND_COUNT; k++) {
		seen = false;
		for (i = 0; i < FL_ARRAY_LEN(samples); i++)
			seen = seen || (samples[i].tunnels && !strncmp(samples[i].tunnels, fl_tunnel_name((unsigned)k), strlen(fl_tunnel_name((unsigned)k))));
		ck_assert_msg(seen, "no sample for %s", fl_tunnel_name((unsigned)k));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tunnels");
	TCase *tc = tcase_create("tunnels");

	tcase_add_loop_test(tc, sample_is_decoded, 0, (int)FL_ARRAY_LEN(samples));
	tcase_add_loop_test(tc, prefix_is_cut_or_malformed, 0, (int)FL_ARRAY_LEN(samples));
	tcase_add_loop_test(tc, broken_frame_is_named, 0, (int)FL_ARRAY_LEN(broken));
	tcase_add_test(tc, fallback_leaves_no_trace);
	tcase_add_test(tc, inner_vlans);
	tcase_add_test(tc, kinds_are_covered);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
