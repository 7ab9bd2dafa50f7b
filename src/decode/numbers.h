/* numbers.h - the assigned numbers that decode knows, each list with the registry it is taken from. EtherTypes that are
 * named and not opened are in include/fenceline/ethertypes.h. */
#ifndef FL_SRC_DECODE_NUMBERS_H
#define FL_SRC_DECODE_NUMBERS_H

/* Link types as they stand in capture files: https://www.tcpdump.org/linktypes.html. The two OLD_RAW values are
 * not assigned there: they are DLT_RAW of most systems (12) and of OpenBSD (14), which some writers put into
 * files as they are. */
enum fl_linktype {
	FL_LINKTYPE_NULL = 0,       /* BSD loopback: address family in the byte order of the machine that captured */
	FL_LINKTYPE_ETHERNET = 1,
	FL_LINKTYPE_PPP = 9,        /* with or without HDLC-like framing */
	FL_LINKTYPE_OLD_RAW = 12,
	FL_LINKTYPE_OLD_RAW_OPENBSD = 14,
	FL_LINKTYPE_PPP_HDLC = 50,  /* HDLC-like framing, or Cisco's */
	FL_LINKTYPE_PPP_ETHER = 51, /* begins with a PPPoE header */
	FL_LINKTYPE_RAW = 101,      /* begins with an IPv4 or IPv6 header */
	FL_LINKTYPE_C_HDLC = 104,
	FL_LINKTYPE_80211 = 105,
	FL_LINKTYPE_LOOP = 108,     /* OpenBSD loopback: address family, big-endian */
	FL_LINKTYPE_LINUX_SLL = 113,
	FL_LINKTYPE_PFLOG = 117,
	FL_LINKTYPE_80211_PRISM = 119,
	FL_LINKTYPE_80211_RADIOTAP = 127,
	FL_LINKTYPE_80211_AVS = 163,
	FL_LINKTYPE_PPP_PPPD = 166, /* HDLC-like framing, a direction in the place of the address byte */
	FL_LINKTYPE_PPI = 192,
	FL_LINKTYPE_ERF = 197,
	FL_LINKTYPE_PPP_WITH_DIR = 204,    /* a direction byte, then as PPP */
	FL_LINKTYPE_C_HDLC_WITH_DIR = 205, /* a direction byte, then as C_HDLC */
	FL_LINKTYPE_MPLS = 219,
	FL_LINKTYPE_IPV4 = 228,
	FL_LINKTYPE_IPV6 = 229,
	FL_LINKTYPE_NETANALYZER = 240,
	FL_LINKTYPE_NETANALYZER_TRANSPARENT = 241,
	FL_LINKTYPE_LINUX_SLL2 = 276,
	FL_LINKTYPE_DSA_TAG_BRCM = 281,         /* Broadcom's switch tag behind the MAC addresses */
	FL_LINKTYPE_DSA_TAG_BRCM_PREPEND = 282, /* before them */
	FL_LINKTYPE_DSA_TAG_DSA = 284,          /* Marvell's, behind them */
	FL_LINKTYPE_DSA_TAG_EDSA = 285,         /* ... with an EtherType of its own */
};

/* EtherTypes: IEEE Registration Authority, EtherType public listing. Values below 1536 are lengths (IEEE 802.3
 * 3.2.6): up to 1500 an LLC frame of that length, 1501 to 1535 undefined. */
enum fl_ethertype {
	FL_ETHERTYPE_MIN = 1536,
	FL_ETHERNET_LENGTH_MAX = 1500,
	FL_ETHERTYPE_IPV4 = 0x0800,
	FL_ETHERTYPE_ARP = 0x0806,
	FL_ETHERTYPE_ERSPAN_III = 0x22EB, /* in GRE */
	FL_ETHERTYPE_BRIDGED = 0x6558,    /* in GRE and Geneve: an Ethernet frame, RFC 1701 */
	FL_ETHERTYPE_IPV6 = 0x86DD,
	FL_ETHERTYPE_PPP = 0x880B,        /* in GRE, RFC 2637 4.1 */
	FL_ETHERTYPE_WCCP = 0x883E,       /* in GRE: packets that a router redirects, draft-wilson-wrec-wccp-v2 */
	FL_ETHERTYPE_MPLS = 0x8847,       /* RFC 5332 3 */
	FL_ETHERTYPE_MPLS_UPSTREAM = 0x8848,
	FL_ETHERTYPE_PPPOE_DISCOVERY = 0x8863, /* RFC 2516 4 */
	FL_ETHERTYPE_PPPOE_SESSION = 0x8864,
	FL_ETHERTYPE_ERSPAN = 0x88BE,     /* in GRE */
	FL_ETHERTYPE_MACSEC = 0x88E5,     /* IEEE 802.1AE 9.8 */
	FL_ETHERTYPE_PBB = 0x88E7,        /* I-TAG, IEEE 802.1Q 9.7 */
	FL_ETHERTYPE_METADATA = 0x8909,   /* Cisco: in GRE; a fixed tag elsewhere */
	FL_ETHERTYPE_FABRICPATH = 0x8903, /* Cisco: 2 bytes, then a whole Ethernet frame */
	FL_ETHERTYPE_ARISTA = 0xD28B,     /* Arista: time stamp; its length depends on its version */
};

/* VLAN tags. X(EtherType, "source") */
#define FL_VLAN_TAGS(X)                                                       \
	X(0x8100, "IEEE 802.1Q 9.6: customer tag")                            \
	X(0x88A8, "IEEE 802.1Q 9.6: service tag")                             \
	X(0x9100, "outer tag of equipment older than 802.1ad, not assigned")  \
	X(0x9200, "the same, Juniper and others")                             \
	X(0x9300, "the same")

/* Tags that stand before another EtherType and say nothing of the frame's content. X(EtherType, bytes behind it,
 * "source") */
#define FL_FIXED_TAGS(X)                                                      \
	X(0x8909, 6, "Cisco MetaData: security group tag")                    \
	X(0x8926, 4, "Cisco VN-Tag")                                          \
	X(0x892F, 4, "IEC 62439-3 5.6: HSR")                                  \
	X(0x893F, 6, "IEEE 802.1BR 9.2: E-tag")                               \
	X(0xF1C1, 4, "IEEE 802.1CB 7.8: R-tag")

/* IEEE 802.2 LLC by destination SAP: ISO/IEC 8802-2 and IEEE's public listing. X(SAP, row of FL_LLC_PROTOCOLS) */
#define FL_LLC_SAPS(X) X(0x42, STP) X(0xE0, IPX_LLC) X(0xF0, NETBEUI) X(0xFE, ISIS) X(0xFF, IPX_LLC)
enum fl_llc_sap { FL_SAP_IP = 0x06, FL_SAP_STP = 0x42, FL_SAP_SNAP = 0xAA, FL_SAP_OSI = 0xFE, FL_LLC_UI = 0x03 };

/* SNAP (IEEE 802 9.2) by OUI and protocol id. X(OUI, id, row of FL_LLC_PROTOCOLS) */
#define FL_SNAP_IDS(X)                                                        \
	X(0x00000C, 0x0104, CISCO) X(0x00000C, 0x010B, STP) X(0x00000C, 0x0111, CISCO) \
	X(0x00000C, 0x2000, CDP) X(0x00000C, 0x2003, CISCO) X(0x00000C, 0x2004, CISCO) \
	X(0x00E02B, 0x00BB, EDP)
enum fl_snap_oui { FL_OUI_RFC1042 = 0x000000, FL_OUI_BRIDGE_TUNNEL = 0x0000F8 /* IEEE 802.1H */ };

/* PPP DLL protocol numbers: IANA, "Point-to-Point (PPP) Protocol Field Assignments". */
enum fl_ppp_protocol {
	FL_PPP_IPV4 = 0x0021,
	FL_PPP_BRIDGING = 0x0031,  /* RFC 3518 */
	FL_PPP_CIPHER = 0x0053,    /* RFC 1968 */
	FL_PPP_CIPHER_LINK = 0x0055,
	FL_PPP_IPV6 = 0x0057,
	FL_PPP_COMPRESSED = 0x00FD, /* RFC 1962; MPPE's cipher text too, RFC 3078 */
	FL_PPP_MPLS = 0x0281,       /* RFC 3032 4.1 */
	FL_PPP_MPLS_UPSTREAM = 0x0283,
};

/* Special labels: IANA, "Special-Purpose MPLS Label Values". */
enum fl_mpls_label { FL_MPLS_IPV4_NULL = 0, FL_MPLS_IPV6_NULL = 2, FL_MPLS_GAL = 13 };

/* Internet protocol numbers: IANA, "Assigned Internet Protocol Numbers" and "IPv6 Extension Header Types". */
enum fl_ip_proto {
	FL_IPPROTO_HOPOPT = 0,
	FL_IPPROTO_ICMP = 1,
	FL_IPPROTO_IPV4 = 4,
	FL_IPPROTO_TCP = 6,
	FL_IPPROTO_UDP = 17,
	FL_IPPROTO_IPV6 = 41,
	FL_IPPROTO_IPV6_ROUTE = 43,
	FL_IPPROTO_IPV6_FRAG = 44,
	FL_IPPROTO_GRE = 47,
	FL_IPPROTO_ESP = 50,
	FL_IPPROTO_AH = 51,
	FL_IPPROTO_ICMPV6 = 58,
	FL_IPPROTO_IPV6_NONXT = 59,
	FL_IPPROTO_IPV6_OPTS = 60,
	FL_IPPROTO_SCTP = 132,
	FL_IPPROTO_MOBILITY = 135,
};

/* UDP ports: IANA, "Service Name and Transport Protocol Port Number Registry"; 8472 is what Linux took before 4789. */
enum fl_udp_port {
	FL_UDP_TEREDO = 3544,
	FL_UDP_VXLAN = 4789,
	FL_UDP_VXLAN_GPE = 4790,
	FL_UDP_GENEVE = 6081,
	FL_UDP_VXLAN_OLD = 8472,
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

/* ERF record types that hold a frame we can read: Endace, "ERF types"; the top bit of the byte says that extension
 * headers follow. X(type, content) */
#define FL_ERF_TYPES(X)                                                       \
	X(1, HDLC) X(2, ETHERNET) X(10, HDLC) X(11, ETHERNET) X(15, HDLC) X(16, ETHERNET) X(19, HDLC) X(20, ETHERNET) \
	X(22, IPV4) X(23, IPV6)

#endif
