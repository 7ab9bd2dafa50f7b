/* test_decode.c - hand-made frames for each link type and each outcome, and every prefix of each of them.
 *
 * Frames are written in hex, header by header; each run gets its bytes in a block of exact size, so that
 * address sanitizer sees an over-read of one byte. */
#include "decode/decode.h"

#include <check.h>
#include <string.h>

#include "frames.h"
#include "run.h"

#define TCP_OPT "d431 01f6 00000001 00000002 80 12 2000 0000 0000 020405b4 01010402 01030307 "
#define SCTP "d431 0b59 00000001 00000000 "
#define ARP_ETH "0001 0800 06 04 0001 021122334455 0a000001 000000000000 0a000002 "
#define ARP_NAME .protocol = FL_PROTOCOL_LINK_ARP

static const struct sample samples[] = {
	/* transports over Ethernet */
	{"tcp", ET, ETH "0800 " IP4("002b", "06") TCP "aabbcc", FL_DECODE_TCP, 6, 54321, 502, 3, 0x800, V4},
	{"tcp options", ET, ETH "0800 " IP4("0036", "06") TCP_OPT "aabb", FL_DECODE_TCP, 6, 54321, 502, 2, 0x800, V4},
	{"tcp padded", ET, ETH "0800 " IP4("0028", "06") TCP "000000000000", FL_DECODE_TCP, 6, 54321, 502, 0, 0x800, V4},
	{"ip options", ET, ETH "0800 46000030 00010000 40 06 0000 0a000001 0a000002 94040000 " TCP "01020304",
	 FL_DECODE_TCP, 6, 54321, 502, 4, 0x800, V4},
	{"ip4 length 0 (offload)", ET, ETH "0800 " IP4("0000", "06") TCP "aabbcc", FL_DECODE_TCP, 6, 54321, 502, 3, 0x800, V4},
	{"udp", ET, ETH "0800 " IP4("0020", "11") UDP("000c") "01020304", FL_DECODE_UDP, 17, 54321, 2222, 4, 0x800, V4},
	{"udp shorter than ip", ET, ETH "0800 " IP4("0020", "11") UDP("000a") "01020304", FL_DECODE_UDP, 17, 54321, 2222, 2, 0x800, V4},
	{"icmp", ET, ETH "0800 " IP4("001f", "01") ICMP "010203", FL_DECODE_ICMP, 1, 0, 0, 3, 0x800, V4},
	{"icmpv6", ET, ETH "86dd " IP6("000b", "3a") "80 00 0000 00010002 010203", FL_DECODE_ICMPV6, 58, 0, 0, 3, 0x86dd, V6},
	{"sctp", ET, ETH "0800 " IP4("0024", "84") SCTP "01020304", FL_DECODE_SCTP, 132, 54321, 2905, 4, 0x800, V4},
	{"icmp inside ipv6", ET, ETH "86dd " IP6("0008", "01") ICMP, FL_DECODE_IP_OTHER, 1, 0, 0, 8, 0x86dd, V6},
	{"icmpv6 inside ipv4", ET, ETH "0800 " IP4("001c", "3a") ICMP, FL_DECODE_IP_OTHER, 58, 0, 0, 8, 0x800, V4},
	{"arp", ET, ETH "0806 " ARP_ETH, FL_DECODE_ARP, 0, 0, 0, 0, 0x806, V4, ARP_NAME},
	{"arp ieee802", ET, ETH "0806 0006 0800 06 04 0002 021122334455 0a000001 000000000000 0a000002", FL_DECODE_ARP, 0, 0, 0, 0, 0x806, V4, ARP_NAME},
	{"arp firewire", ET, ETH "0806 0018 0800 08 04 0001 0102030405060708 0a000001 0000000000000000 0a000002", FL_DECODE_ARP, 0, 0, 0, 0, 0x806, V4, ARP_NAME},
	{"arp atm", ET, ETH "0806 0013 0800 00 00 0001", FL_DECODE_ARP, 0, 0, 0, 0, 0x806, NULL, NULL, ARP_NAME},
	{"arp chaos", ET, ETH "0806 0001 0804 06 02 0001 021122334455 0001 000000000000 0002", FL_DECODE_ARP, 0, 0, 0, 0, 0x806, NULL, NULL, ARP_NAME},

	/* fragments: what is in them is not looked at, the first one too */
	{"ip4 first fragment", ET, ETH "0800 " IP4_FRAG("0020", "11", "2000") UDP("0100") "01020304", FL_DECODE_FRAGMENT, 17, 0, 0, 0, 0x800, V4},
	{"ip4 later fragment", ET, ETH "0800 " IP4_FRAG("001c", "06", "2001") "0102030405060708", FL_DECODE_FRAGMENT, 6, 0, 0, 0, 0x800, V4},
	{"ip4 last fragment", ET, ETH "0800 " IP4_FRAG("001c", "11", "0001") "0102030405060708", FL_DECODE_FRAGMENT, 17, 0, 0, 0, 0x800, V4},
	{"ip4 fragment without data", ET, ETH "0800 " IP4_FRAG("0014", "11", "2000"), FL_DECODE_FRAGMENT, 17, 0, 0, 0, 0x800, V4},
	{"ip4 don't fragment", ET, ETH "0800 " IP4_FRAG("001c", "11", "4000") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x800, V4},
	{"ip6 first fragment", ET, ETH "86dd " IP6("0018", "2c") "11 00 0001 00000001 " UDP("0100") "0102030405060708", FL_DECODE_FRAGMENT, 17, 0, 0, 0, 0x86dd, V6},
	{"ip6 atomic fragment", ET, ETH "86dd " IP6("0014", "2c") "11 00 0000 00000001 " UDP("000c") "01020304", FL_DECODE_UDP, 17, 54321, 2222, 4, 0x86dd, V6},
	{"ip6 later fragment", ET, ETH "86dd " IP6("0010", "2c") "06 00 0009 00000001 0102030405060708", FL_DECODE_FRAGMENT, 6, 0, 0, 0, 0x86dd, V6},
	{"ip6 last fragment", ET, ETH "86dd " IP6("000b", "2c") "06 00 0008 00000001 010203", FL_DECODE_FRAGMENT, 6, 0, 0, 0, 0x86dd, V6},
	{"ip6 fragment behind options", ET, ETH "86dd " IP6("0018", "3c") "2c 00 010400000000 06 00 0009 00000001 0102030405060708", FL_DECODE_FRAGMENT, 6, 0, 0, 0, 0x86dd, V6},

	/* IPv6 extension headers */
	{"ip6 tcp", ET, ETH "86dd " IP6("0016", "06") TCP "0102", FL_DECODE_TCP, 6, 54321, 502, 2, 0x86dd, V6},
	{"ip6 hop-by-hop", ET, ETH "86dd " IP6("0010", "00") "3a 00 05 02 0000 01 00 " "8f 00 0000 00000001", FL_DECODE_ICMPV6, 58, 0, 0, 0, 0x86dd, V6},
	{"ip6 routing, options, mobility", ET,
	 ETH "86dd " IP6("0028", "2b") "3c 00 04 00 00000000 87 01 01040000 0000 010400000000 0000 11 00 00 00 00000000 "
	 UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x86dd, V6},
	{"ip6 ah", ET, ETH "86dd " IP6("0018", "33") "11 02 0000 00000001 00000001 00000000 " UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x86dd, V6},
	{"ip4 ah", ET, ETH "0800 " IP4("0034", "33") "11 04 0000 00000001 00000001 000000000000000000000000 " UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x800, V4},
	{"ip6 esp", ET, ETH "86dd " IP6("0008", "32") "0000000100000002", FL_DECODE_IP_OTHER, 50, 0, 0, 8, 0x86dd, V6},
	{"ip6 no next header", ET, ETH "86dd " IP6("0000", "3b"), FL_DECODE_IP_OTHER, 59, 0, 0, 0, 0x86dd, V6},
	{"ip6 udp length 0", ET, ETH "86dd " IP6("000c", "11") UDP("0000") "01020304", FL_DECODE_UDP, 17, 54321, 2222, 4, 0x86dd, V6},
	{"ip6 length 0 (offload)", ET, ETH "86dd " IP6("0000", "06") TCP "0102", FL_DECODE_TCP, 6, 54321, 502, 2, 0x86dd, V6},

	/* VLAN tags */
	{"vlan", ET, ETH "8100 7078 0800 " IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x800, V4, 1, {120}},
	{"qinq", ET, ETH "88a8 0064 8100 0078 0800 " IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x800, V4, 2, {100, 120}},
	{"old qinq, four tags", ET, ETH "9100 0001 9100 0002 8100 0003 8100 0004 0806 " ARP_ETH, FL_DECODE_ARP, 0, 0, 0, 0, 0x806, V4, 4, {1, 2, 3, 4}, ARP_NAME},
	{"all old tags", ET, ETH "88a8 0001 9200 0002 9300 0003 0806 " ARP_ETH, FL_DECODE_ARP, 0, 0, 0, 0, 0x806, V4, 3, {1, 2, 3}, ARP_NAME},
	{"eight tags", ET, ETH "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 8100 0006 8100 0007 8100 0008 0806 " ARP_ETH, FL_DECODE_ARP, 0, 0, 0, 0, 0x806, V4, 8, {1, 2, 3, 4, 5, 6, 7, 8}, ARP_NAME},
	{"nine tags", ET, ETH "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 8100 0006 8100 0007 8100 0008 8100 0009 0800 ",
	 FL_DECODE_VLAN_DEPTH, 0, 0, 0, 0, 0, NULL, NULL, 8, {1, 2, 3, 4, 5, 6, 7, 8}},
	{"vlan, llc", ET, ETH "8100 0001 0003 424203", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, 1, {1}, .protocol = FL_PROTOCOL_LINK_STP},
	{"vlan, profinet", ET, ETH "8100 c000 8892 8000", FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x8892, NULL, NULL, 1, {0}, .protocol = FL_PROTOCOL_LINK_PROFINET},

	/* other tags */
	{"e-tag", ET, ETH "893f 000000000000 8100 0007 0800 " IP4("001c", "11") UDP("0008"), IS_UDP, 0x800, V4, 1, {7}},
	{"vn-tag", ET, ETH "8926 00000000 0800 " IP4("001c", "11") UDP("0008"), IS_UDP, 0x800, V4},
	{"cisco metadata", ET, ETH "8100 0007 8909 01 01 0001 0005 0800 " IP4("001c", "11") UDP("0008"), IS_UDP, 0x800, V4, 1, {7}},
	{"r-tag", ET, ETH "8100 0007 f1c1 00000005 0800 " IP4("001c", "11") UDP("0008"), IS_UDP, 0x800, V4, 1, {7}},
	{"hsr", ET, ETH "892f 00220001 0800 " IP4("001c", "11") UDP("0008"), IS_UDP, 0x800, V4},
	{"hsr, goose", ET, ETH "892f 000a0001 88b8 0001", FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x88b8, NULL, NULL, .protocol = FL_PROTOCOL_LINK_GOOSE},
	{"arista, 8 bytes", ET, ETH "d28b 0001 0110 0000000100000002 8100 0007 0800 " IP4("001c", "11") UDP("0008"), IS_UDP, 0x800, V4, 1, {7}, .falls_back = true},
	{"arista, 6 bytes", ET, ETH "d28b 0001 0021 000100000002 0800 " IP4("001c", "11") UDP("0008"), IS_UDP, 0x800, V4, .falls_back = true},
	{"arista, unknown", ET, ETH "d28b 0001 0030 000100000002 0800 " IP4("001c", "11") UDP("0008"), FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0xd28b, NULL, NULL, .protocol = FL_PROTOCOL_ETHERNET},
	{"arista, unknown hardware", ET, ETH "d28b 0001 0012 0000000100000002 0800 " IP4("001c", "11") UDP("0008"), FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0xd28b, NULL, NULL, .protocol = FL_PROTOCOL_ETHERNET},
	{"fabricpath", ET, ETH "8903 0040 " IN_FRAME, IS_UDP, 0x800, IN_V4, .mac = MAC_INNER},
	{"isl", ET, "01000c000002 021122334455 0036 aaaa03 00000c 000f 0001 0000 " IN_FRAME "00000000", IS_UDP, 0x800, IN_V4, 1, {7}, .mac = MAC_INNER, .falls_back = true},
	{"seventeen tags", ET, ETH "8926 00000000 8926 00000000 8926 00000000 8926 00000000 8926 00000000 8926 00000000 8926 00000000 "
	 "8926 00000000 8926 00000000 8926 00000000 8926 00000000 8926 00000000 8926 00000000 8926 00000000 8926 00000000 "
	 "8926 00000000 8926 00000000 0800 ", FL_DECODE_VLAN_DEPTH},

	/* MACsec: encrypted, then in the clear with a short length, then with the default check value */
	{"macsec", ET, ETH "88e5 2c 00 00000001 0211223344550001 a1b2c3d4", FL_DECODE_CIPHER, 0, 0, 0, 0, 0x88e5, NULL, NULL, .protocol = FL_PROTOCOL_LINK_MACSEC},
	{"macsec short", ET, ETH "88e5 20 1e 00000001 0211223344550001 0800 " IP4("001c", "11") UDP("0008") "0102030405060708090a0b0c", IS_UDP, 0x800, V4, .falls_back = true},
	{"macsec, no sci", ET, ETH "88e5 00 00 00000001 8100 0007 0800 " IP4("001c", "11") UDP("0008") "0102030405060708090a0b0c0d0e0f10", IS_UDP, 0x800, V4, 1, {7}},

	{"macsec, ip length 0", ET, ETH "88e5 00 00 00000001 0800 " IP4("0000", "06") TCP "aabb" "0102030405060708090a0b0c0d0e0f10", FL_DECODE_TCP, 6, 54321, 502, 2, 0x800, V4, .falls_back = true},

	/* not IP */
	{"lldp", ET, ETH "88cc 0207", FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x88cc, NULL, NULL, .protocol = FL_PROTOCOL_LINK_LLDP},
	{"unknown ethertype", ET, ETH "9998 00", FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x9998, NULL, NULL, .protocol = FL_PROTOCOL_ETHERNET},
	{"stp", ET, ETH "0007 424203 00000000 0000", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_STP},
	{"is-is", ET, ETH "0004 fefe03 83", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_ISIS},
	{"netbeui", ET, ETH "0004 f0f07f 2c", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_NETBEUI},
	{"ipx", ET, ETH "0004 e0e003 ff", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_IPX_LLC},
	{"ipx without llc", ET, ETH "0004 ffff0022", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_IPX_LLC},
	{"bacnet llc", ET, ETH "0004 828203 01", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_LLC},
	{"llc ip", ET, ETH "001f 060603 " IP4("001c", "11") UDP("0008"), IS_UDP, 0, V4},
	{"snap cdp", ET, ETH "000a aaaa03 00000c 2000 02b4", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_CDP},
	{"snap pvst", ET, ETH "000a aaaa03 00000c 010b 0000", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_STP},
	{"snap udld", ET, ETH "000a aaaa03 00000c 0111 0000", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_CISCO},
	{"snap edp", ET, ETH "000a aaaa03 00e02b 00bb 0000", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_EDP},
	{"snap bridged bpdu", ET, ETH "0008 aaaa03 0080c2 000e", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_LLC},
	{"snap appletalk", ET, ETH "0008 aaaa03 000000 809b 00", FL_DECODE_ETHERTYPE, 0, 0, 0, 0, 0x809b, NULL, NULL, .protocol = FL_PROTOCOL_LINK_APPLETALK},
	{"snap ip", ET, ETH "0028 aaaa03 000000 0800 " IP4("0020", "11") UDP("000c") "01020304", FL_DECODE_UDP, 17, 54321, 2222, 4, 0x800, V4},
	{"snap ip, padded", ET, ETH "0024 aaaa03 0000f8 0800 " IP4("001c", "11") UDP("0008") "ffffffff", IS_UDP, 0x800, V4},

	/* other links */
	{"raw ip4", FL_LINKTYPE_RAW, IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V4},
	{"raw ip6", FL_LINKTYPE_RAW, IP6("0008", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V6},
	{"raw 12", FL_LINKTYPE_OLD_RAW, IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V4},
	{"raw 14", FL_LINKTYPE_OLD_RAW_OPENBSD, IP6("0008", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V6},
	{"link ipv4", FL_LINKTYPE_IPV4, IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V4},
	{"link ipv6", FL_LINKTYPE_IPV6, IP6("0008", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V6},
	{"null big-endian", FL_LINKTYPE_NULL, "00000002 " IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V4},
	{"null little-endian", FL_LINKTYPE_NULL, "02000000 " IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V4},
	{"null darwin ip6", FL_LINKTYPE_NULL, "1e000000 " IP6("0008", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V6},
	{"null freebsd ip6", FL_LINKTYPE_NULL, "1c000000 " IP6("0008", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V6},
	{"null osi", FL_LINKTYPE_NULL, "07000000 00", FL_DECODE_CONTROL, 0, 0, 0, 0, 0, NULL, NULL},
	{"loop", FL_LINKTYPE_LOOP, "00000018 " IP6("0008", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0, V6},
	{"loop is big-endian", FL_LINKTYPE_LOOP, "02000000 " IP4("001c", "11") UDP("0008"), FL_DECODE_CONTROL, 0, 0, 0, 0, 0, NULL, NULL},
	{"sll", FL_LINKTYPE_LINUX_SLL, "0000 0001 0006 021122334455 0000 0800 " IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x800, V4},
	{"sll vlan", FL_LINKTYPE_LINUX_SLL, "0000 0001 0006 021122334455 0000 8100 0007 0800 " IP4("001c", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x800, V4, 1, {7}},
	{"sll llc", FL_LINKTYPE_LINUX_SLL, "0000 0001 0006 021122334455 0000 0004 424203", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_STP},
	{"sll raw 802.3", FL_LINKTYPE_LINUX_SLL, "0000 0001 0006 021122334455 0000 0001 ffff", FL_DECODE_LLC, 0, 0, 0, 0, 0, NULL, NULL, .protocol = FL_PROTOCOL_LINK_IPX_LLC},
	{"sll can", FL_LINKTYPE_LINUX_SLL, "0000 0118 0000 0000000000000000 000c 00", FL_DECODE_CONTROL, 0, 0, 0, 0, 0, NULL, NULL},
	{"sll2", FL_LINKTYPE_LINUX_SLL2, "86dd 0000 00000002 0001 04 06 021122334455 0000 " IP6("0008", "11") UDP("0008"), FL_DECODE_UDP, 17, 54321, 2222, 0, 0x86dd, V6},
	{"sll2 arp", FL_LINKTYPE_LINUX_SLL2, "0806 0000 00000002 0001 01 06 021122334455 0000 " ARP_ETH, FL_DECODE_ARP, 0, 0, 0, 0, 0x806, V4, ARP_NAME},
	{"sll netlink", FL_LINKTYPE_LINUX_SLL, "0004 0338 0000 0000000000000000 0800 00", FL_DECODE_CONTROL},
	{"802.15.4", 195, "88 41 2c00", FL_DECODE_LINKTYPE},
};

/* Whole frames that break a rule. */
static const struct sample broken[] = {
	{"empty", ET, "", FL_DECODE_BAD_LINK},
	{"ethernet of 13 bytes", ET, ETH "08", FL_DECODE_BAD_LINK},
	{"802.3 length beyond the frame", ET, ETH "0005 42420300", FL_DECODE_BAD_LINK},
	{"802.3 length undefined", ET, ETH "05dd 42420300", FL_DECODE_BAD_LINK},
	{"802.3 length 2", ET, ETH "0002 4242 03", FL_DECODE_BAD_LINK},
	{"snap without protocol", ET, ETH "0006 aaaa03 000000 0800", FL_DECODE_BAD_LINK},
	{"half a tag", ET, ETH "8100 0001", FL_DECODE_BAD_LINK},
	{"null of 3 bytes", FL_LINKTYPE_NULL, "000000", FL_DECODE_BAD_LINK},
	{"arp ethernet with hlen 8", ET, ETH "0806 0001 0800 08 04 0001 0102030405060708 0a000001 0000000000000000 0a000002", FL_DECODE_BAD_ARP},
	{"arp ip with plen 16", ET, ETH "0806 0001 0800 06 10 0001 021122334455", FL_DECODE_BAD_ARP},
	{"arp too short", ET, ETH "0806 0001 0800 06 04 0001 021122334455 0a000001 000000000000 0a0000", FL_DECODE_BAD_ARP},
	{"version 5", FL_LINKTYPE_RAW, "5500 0000 0000 0000 0000 0000 00000000 00000000", FL_DECODE_BAD_IP},
	{"ethertype ip4, version 6", ET, ETH "0800 " IP6("0008", "11") UDP("0008"), FL_DECODE_BAD_IP},
	{"ethertype ip6, version 4", ET, ETH "86dd " IP4("0030", "11") UDP("001c") "0000000000000000000000000000000000000000", FL_DECODE_BAD_IP},
	{"ihl 4", ET, ETH "0800 4400001c 00010000 40 11 0000 0a000001 0a000002 " UDP("0008"), FL_DECODE_BAD_IP},
	{"total length below header", ET, ETH "0800 " IP4("0013", "11") UDP("0008"), FL_DECODE_BAD_IP},
	{"total length beyond the frame", ET, ETH "0800 " IP4("001d", "11") UDP("0008"), FL_DECODE_BAD_IP},
	{"ip6 length beyond the frame", ET, ETH "86dd " IP6("0009", "11") UDP("0008"), FL_DECODE_BAD_IP},
	{"ip6 extension beyond the datagram", ET, ETH "86dd " IP6("0008", "3c") "11 01 010400000000", FL_DECODE_BAD_IP6_EXT},
	{"ip6 hop-by-hop twice", ET, ETH "86dd " IP6("0010", "00") "00 00 010400000000 3b 00 010400000000", FL_DECODE_BAD_IP6_EXT},
	{"ip6 nine extensions", ET, ETH "86dd " IP6("0048", "3c")
	 "3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 "
	 "3c00010400000000 3c00010400000000 3b00010400000000", FL_DECODE_BAD_IP6_EXT},
	{"ip6 jumbo too small", ET, ETH "86dd " IP6("0000", "00") "3b 00 c2 04 0000ffff", FL_DECODE_BAD_IP6_EXT},
	{"ip6 jumbo option of 3", ET, ETH "86dd " IP6("0000", "00") "3b 00 c2 03 00010000", FL_DECODE_BAD_IP6_EXT},
	{"ip6 jumbo beyond the frame", ET, ETH "86dd " IP6("0000", "00") "3b 00 c2 04 00010000", FL_DECODE_BAD_IP},
	{"ip6 option beyond its header", ET, ETH "86dd " IP6("0000", "00") "3b 00 01 05 00000000", FL_DECODE_BAD_IP6_EXT},
	{"ip6 fragment of 4 bytes, more to come", ET, ETH "86dd " IP6("000c", "2c") "11 00 0001 00000001 01020304", FL_DECODE_BAD_IP6_EXT},
	{"ip4 ah beyond the datagram", ET, ETH "0800 " IP4("0024", "33") "11 04 0000 00000001 00000001 00000000", FL_DECODE_BAD_TRANSPORT},
	{"macsec version 1", ET, ETH "88e5 80 00 00000001 0800", FL_DECODE_BAD_LINK},
	{"macsec short length beyond the frame", ET, ETH "88e5 00 20 00000001 0800", FL_DECODE_BAD_LINK},
	{"macsec without room for its check value", ET, ETH "88e5 00 00 00000001 0800 0102030405060708090a0b0c0d", FL_DECODE_BAD_LINK},
	{"half an e-tag", ET, ETH "893f 0000 0000", FL_DECODE_BAD_LINK},
	{"label without end", ET, ETH "8847 00064040 00064040", FL_DECODE_BAD_TUNNEL},
	{"seven tunnels", ET, ETH "0800 " IP4("008c", "04") IP4("0078", "04") IP4("0064", "04") IP4("0050", "04") IP4("003c", "04")
	 IP4("0028", "04") IP4("0014", "04"), FL_DECODE_TUNNEL_DEPTH},
	{"tcp offset 4", ET, ETH "0800 " IP4("0028", "06") "d431 01f6 00000001 00000002 40 18 2000 0000 0000", FL_DECODE_BAD_TRANSPORT},
	{"tcp offset beyond the datagram", ET, ETH "0800 " IP4("0028", "06") "d431 01f6 00000001 00000002 60 18 2000 0000 0000 00000000", FL_DECODE_BAD_TRANSPORT},
	{"tcp of 19 bytes", ET, ETH "0800 " IP4("0027", "06") TCP, FL_DECODE_BAD_TRANSPORT},
	{"udp length 7", ET, ETH "0800 " IP4("001c", "11") UDP("0007"), FL_DECODE_BAD_TRANSPORT},
	{"udp length 0 in ip4", ET, ETH "0800 " IP4("001c", "11") UDP("0000"), FL_DECODE_BAD_TRANSPORT},
	{"udp length beyond the datagram", ET, ETH "0800 " IP4("001c", "11") UDP("0009") "00", FL_DECODE_BAD_TRANSPORT},
	{"icmp of 7 bytes", ET, ETH "0800 " IP4("001b", "01") "08000000000100", FL_DECODE_BAD_TRANSPORT},
	{"sctp of 11 bytes", ET, ETH "0800 " IP4("001f", "84") SCTP, FL_DECODE_BAD_TRANSPORT},
};

START_TEST(sample_is_decoded) { sample_decodes(&samples[_i]); }
END_TEST

START_TEST(prefix_is_cut_or_malformed) { prefixes_decode(&samples[_i]); }
END_TEST

START_TEST(broken_frame_is_named) { broken_is_named(&broken[_i]); }
END_TEST

START_TEST(details)
{
	struct fl_packet p;
	struct fl_frame f;
	uint8_t *b;
	size_t n;

	b = bytes_of(ETH "0800 " IP4("0036", "06") TCP_OPT "aabb", &n);
	run("tcp", ET, b, n, n, &f, &p);
	ck_assert_uint_eq(p.tcp_flags, FL_TCP_SYN | FL_TCP_ACK);
	ck_assert_uint_eq(p.tcp_seq, 1);
	ck_assert_uint_eq(p.tcp_ack, 2);
	ck_assert_ptr_eq(p.ip, b + 14);
	ck_assert_uint_eq(p.ip_len, 54);
	ck_assert_ptr_eq(p.payload, b + 14 + 20 + 32);
	/* options cut off: still TCP, as where they end is known */
	run("tcp", ET, b, 14 + 20 + 20, n, &f, &p);
	ck_assert_uint_eq(p.outcome, FL_DECODE_TCP);
	ck_assert_uint_eq(p.payload_caplen, 0);
	ck_assert_uint_eq(p.payload_len, 2);
	ck_assert_uint_eq(p.ip_caplen, 40);
	/* a datagram longer than its frame was on the wire is malformed, cut or not */
	run("tcp", ET, b, 60, n - 1, &f, &p);
	ck_assert_uint_eq(p.outcome, FL_DECODE_BAD_IP);
	/* addresses stay when the transport is cut */
	run("tcp", ET, b, 14 + 20 + 3, n, &f, &p);
	ck_assert_uint_eq(p.outcome, FL_DECODE_CUT);
	ck_assert_uint_eq(p.dst.kind, FL_ADDR_IPV4);
	ck_assert_uint_eq(p.src_port, 54321);
	free(b);

	b = bytes_of(ETH "0800 " IP4("001c", "01") "03 01 0000 00000000", &n);
	run("icmp", ET, b, n, n, &f, &p);
	ck_assert_uint_eq(p.icmp_type, 3);
	ck_assert_uint_eq(p.icmp_code, 1);
	free(b);

	b = bytes_of(ETH "0800 " IP4_FRAG("001c", "11", "2003") "0102030405060708" "0000", &n);
	run("fragment", ET, b, n, n, &f, &p);
	ck_assert(p.more_fragments);
	ck_assert_uint_eq(p.frag_proto, 17);
	ck_assert_uint_eq(p.frag_id, 1);
	ck_assert_uint_eq(p.frag_offset, 24);
	ck_assert_ptr_eq(p.frag, b + 34);
	ck_assert_uint_eq(p.frag_len, 8);
	ck_assert_uint_eq(p.frag_caplen, 8);
	run("fragment, cut", ET, b, 38, n, &f, &p);
	ck_assert_uint_eq(p.outcome, FL_DECODE_FRAGMENT);
	ck_assert_uint_eq(p.frag_len, 8);
	ck_assert_uint_eq(p.frag_caplen, 4);
	free(b);

	/* a header quoted in an ICMP error is payload */
	b = bytes_of(ETH "0800 " IP4("004e", "01") "03 01 0000 00000000 " IN_IP4("0038", "11") UDP_TO("12b5", "0024") "0800000000000700 " IN_ETH "0800", &n);
	run("quoted", ET, b, n, n, &f, &p);
	ck_assert_uint_eq(p.outcome, FL_DECODE_ICMP);
	ck_assert_uint_eq(p.tunnels, 0);
	ck_assert_ptr_eq(p.payload, b + 14 + 28);
	check_addr("quoted", &p.src, "10.0.0.1");
	free(b);

	b = bytes_of(ETH "0800 " IP4("001c", "11") UDP("0008") "0000000000000000", &n);
	run("padding", ET, b, n, n, &f, &p);
	ck_assert_uint_eq(p.ip_caplen, 28);
	/* only padding is cut: the datagram is whole */
	run("padding", ET, b, n, n + 4, &f, &p);
	ck_assert_uint_eq(p.ip_caplen, 28);
	ck_assert_uint_eq(p.outcome, FL_DECODE_UDP);
	free(b);

	b = bytes_of(ETH "0806 " ARP_ETH, &n);
	run("arp", ET, b, n, n, &f, &p);
	ck_assert_uint_eq(p.arp_op, 1);
	ck_assert_mem_eq(p.arp_sender_mac, "\x02\x11\x22\x33\x44\x55", 6);
	free(b);

	b = bytes_of("0000 0001 0006 021122334455 0000 0800 " IP4("001c", "11") UDP("0008"), &n);
	run("sll", FL_LINKTYPE_LINUX_SLL, b, n, n, &f, &p);
	ck_assert(p.has_mac);
	ck_assert_mem_eq(p.src_mac, "\x02\x11\x22\x33\x44\x55", 6);
	b[5] = 8; /* an address of another length is no MAC */
	run("sll", FL_LINKTYPE_LINUX_SLL, b, n, n, &f, &p);
	ck_assert(!p.has_mac);
	free(b);
}
END_TEST

START_TEST(jumbogram)
{
	const size_t ip = 14, payload = 40 + 8 + 8 + 70000;
	uint8_t *head, *b;
	struct fl_packet p;
	struct fl_frame f;
	size_t n;

	/* hop-by-hop with the jumbo option, then UDP of length 0: 70016 bytes behind the IPv6 header */
	head = bytes_of(ETH "86dd " IP6("0000", "00") "11 00 c2 04 00011180 " UDP("0000"), &n);
	b = calloc(1, ip + payload);
	ck_assert_ptr_nonnull(b);
	memcpy(b, head, n);
	run("jumbo", ET, b, ip + payload, ip + payload, &f, &p);
	ck_assert_uint_eq(p.outcome, FL_DECODE_UDP);
	ck_assert_uint_eq(p.payload_len, 70000);
	ck_assert_uint_eq(p.ip_len, payload);
	run("jumbo, cut", ET, b, n, ip + payload, &f, &p);
	ck_assert_uint_eq(p.outcome, FL_DECODE_UDP);
	ck_assert_uint_eq(p.payload_caplen, 0);
	ck_assert_uint_eq(p.payload_len, 70000);
	free(head);
	free(b);
}
END_TEST

START_TEST(outcome_names)
{
	unsigned i, k;

	for (i = 0; i < FL_DECODE_OUTCOME_COUNT; i++) {
		ck_assert_ptr_nonnull(fl_decode_outcome_text(i));
		for (k = 0; k < i; k++)
			ck_assert_str_ne(fl_decode_outcome_key(i), fl_decode_outcome_key(k));
	}
	ck_assert_str_eq(fl_decode_outcome_key(FL_DECODE_BAD_IP6_EXT), "bad_ip6_ext");
	ck_assert_str_eq(fl_decode_outcome_key(FL_DECODE_OUTCOME_COUNT), "unknown");
	ck_assert(fl_decode_outcome_is_decoded(FL_DECODE_ARP));
	ck_assert(fl_decode_outcome_is_decoded(FL_DECODE_FRAGMENT));
	ck_assert(!fl_decode_outcome_is_decoded(FL_DECODE_CIPHER));
	ck_assert(!fl_decode_outcome_is_decoded(FL_DECODE_OUTCOME_COUNT));
}
END_TEST

/* Every outcome has a sample: a new row in the table without one fails here. CUT comes from the prefixes. */
START_TEST(outcomes_are_covered)
{
	bool seen[FL_DECODE_OUTCOME_COUNT] = {[FL_DECODE_CUT] = true};
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(samples); i++)
		seen[samples[i].outcome] = true;
	for (i = 0; i < FL_ARRAY_LEN(broken); i++)
		seen[broken[i].outcome] = true;
	for (i = 0; i < FL_DECODE_OUTCOME_COUNT; i++)
		ck_assert_msg(seen[i], "no sample for %s", fl_decode_outcome_key((unsigned)i));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("decode");
	TCase *tc = tcase_create("decode");

	tcase_add_loop_test(tc, sample_is_decoded, 0, (int)FL_ARRAY_LEN(samples));
	tcase_add_loop_test(tc, prefix_is_cut_or_malformed, 0, (int)FL_ARRAY_LEN(samples));
	tcase_add_loop_test(tc, broken_frame_is_named, 0, (int)FL_ARRAY_LEN(broken));
	tcase_add_test(tc, details);
	tcase_add_test(tc, jumbogram);
	tcase_add_test(tc, outcome_names);
	tcase_add_test(tc, outcomes_are_covered);
	suite_add_tcase(s, tc);
	return fl_run_suite(s) != 0;
}
