/* numbers.h - the assigned numbers that decode knows, each list with the registry it is taken from. */
#ifndef FL_SRC_DECODE_NUMBERS_H
#define FL_SRC_DECODE_NUMBERS_H

/* Link types as they stand in capture files: https://www.tcpdump.org/linktypes.html. The two OLD_RAW values are
 * not assigned there: they are DLT_RAW of most systems (12) and of OpenBSD (14), which some writers put into
 * files as they are. */
enum fl_linktype {
	FL_LINKTYPE_NULL = 0,       /* BSD loopback: address family in the byte order of the machine that captured */
	FL_LINKTYPE_ETHERNET = 1,
	FL_LINKTYPE_OLD_RAW = 12,
	FL_LINKTYPE_OLD_RAW_OPENBSD = 14,
	FL_LINKTYPE_RAW = 101,      /* begins with an IPv4 or IPv6 header */
	FL_LINKTYPE_LOOP = 108,     /* OpenBSD loopback: address family, big-endian */
	FL_LINKTYPE_LINUX_SLL = 113,
	FL_LINKTYPE_IPV4 = 228,
	FL_LINKTYPE_IPV6 = 229,
	FL_LINKTYPE_LINUX_SLL2 = 276,
};

/* EtherTypes: IEEE Registration Authority, EtherType public listing. Values below 1536 are lengths (IEEE 802.3
 * 3.2.6): up to 1500 an LLC frame of that length, 1501 to 1535 undefined. */
enum fl_ethertype {
	FL_ETHERTYPE_IPV4 = 0x0800,
	FL_ETHERTYPE_ARP = 0x0806,
	FL_ETHERTYPE_8021Q = 0x8100,  /* customer tag, IEEE 802.1Q 9.6 */
	FL_ETHERTYPE_IPV6 = 0x86DD,
	FL_ETHERTYPE_8021AD = 0x88A8, /* service tag, IEEE 802.1Q 9.6 */
	FL_ETHERTYPE_QINQ_OLD = 0x9100, /* outer tag of equipment that is older than 802.1ad; assigned to nobody */
	FL_ETHERTYPE_MIN = 1536,
	FL_ETHERNET_LENGTH_MAX = 1500,
};

/* Internet protocol numbers: IANA, "Assigned Internet Protocol Numbers" and "IPv6 Extension Header Types". */
enum fl_ip_proto {
	FL_IPPROTO_HOPOPT = 0,
	FL_IPPROTO_ICMP = 1,
	FL_IPPROTO_TCP = 6,
	FL_IPPROTO_UDP = 17,
	FL_IPPROTO_IPV6_ROUTE = 43,
	FL_IPPROTO_IPV6_FRAG = 44,
	FL_IPPROTO_ESP = 50,
	FL_IPPROTO_AH = 51,
	FL_IPPROTO_ICMPV6 = 58,
	FL_IPPROTO_IPV6_NONXT = 59,
	FL_IPPROTO_IPV6_OPTS = 60,
	FL_IPPROTO_SCTP = 132,
	FL_IPPROTO_MOBILITY = 135,
};

/* Address families in the BSD loopback header: each system's sys/socket.h, as linktypes.html lists them. */
enum fl_bsd_af {
	FL_BSD_AF_INET = 2,
	FL_BSD_AF_INET6_NETBSD = 24, /* also OpenBSD and BSD/OS */
	FL_BSD_AF_INET6_FREEBSD = 28,
	FL_BSD_AF_INET6_DARWIN = 30,
};

/* ARP hardware types: IANA, "Address Resolution Protocol (ARP) Parameters". */
enum fl_arp_hardware {
	FL_ARP_ETHERNET = 1,
	FL_ARP_IEEE802 = 6,
	FL_ARP_ATM = 19, /* its packets have a layout of their own, RFC 2225 8.3 */
};

#endif
