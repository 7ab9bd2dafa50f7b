/* ethertypes.h - link-layer protocols by their EtherType: one row for the number, its name in policies and events, and
 * whether it is link upkeep.
 *
 * Numbers: IEEE Registration Authority, EtherType public listing; the protocol's own standard in the last column. Those
 * that carry IP, a tag or a tunnel are in src/decode/numbers.h: they are opened, not named.
 *
 * Link upkeep serves the link itself (who is my neighbour, which port is blocked, what time is it): a bridge consumes
 * it, or every conversation on the link needs it. Its flows are kept and counted but not judged by conduits. */
#ifndef FENCELINE_ETHERTYPES_H
#define FENCELINE_ETHERTYPES_H

#include <stdbool.h>
#include <stdint.h>

/* X(number, NAME, "name", upkeep, "source") */
#define FL_ETHERTYPES(X)                                                                     \
	X(0x0806, ARP, "arp", 1, "RFC 826")                                                  \
	X(0x0842, WAKE_ON_LAN, "wake_on_lan", 0, "AMD magic packet")                         \
	X(0x22EA, SRP, "srp", 1, "IEEE 802.1Q 35")                                           \
	X(0x22F0, AVTP, "avtp", 0, "IEEE 1722")                                              \
	X(0x22F3, TRILL, "trill", 1, "RFC 6325")                                             \
	X(0x8035, RARP, "rarp", 1, "RFC 903")                                                \
	X(0x809B, APPLETALK, "appletalk", 0, "Apple")                                        \
	X(0x80E1, DLR, "dlr", 1, "CIP Vol. 2, 9-5: device level ring")                       \
	X(0x80F3, AARP, "aarp", 1, "Apple")                                                  \
	X(0x8137, IPX, "ipx", 0, "Novell")                                                   \
	X(0x8808, FLOW_CONTROL, "ethernet_flow_control", 1, "IEEE 802.3 31")                 \
	X(0x8809, SLOW, "slow_protocols", 1, "IEEE 802.3 57A: LACP, OAM")                    \
	X(0x886D, INTEL_ANS, "intel_ans", 1, "Intel adapter teaming probes")                 \
	X(0x887B, HOMEPLUG, "homeplug", 1, "HomePlug 1.0")                                   \
	X(0x888E, EAPOL, "eapol", 1, "IEEE 802.1X 11")                                       \
	X(0x8892, PROFINET, "profinet", 0, "IEC 61158-6-10: RT, DCP, MRRT")                  \
	X(0x8899, RRCP, "realtek_rrcp", 1, "Realtek: remote control, loop detection")        \
	X(0x88A2, AOE, "ata_over_ethernet", 0, "Coraid AoE r11")                             \
	X(0x88A4, ETHERCAT, "ethercat", 0, "IEC 61158-4-12")                                 \
	X(0x88AB, POWERLINK, "powerlink", 0, "EPSG DS 301")                                  \
	X(0x88B8, GOOSE, "goose", 0, "IEC 61850-8-1")                                        \
	X(0x88B9, GSE, "gse_management", 0, "IEC 61850-8-1")                                 \
	X(0x88BA, SV, "sampled_values", 0, "IEC 61850-9-2")                                  \
	X(0x88C7, PREAUTH, "rsn_preauthentication", 1, "IEEE 802.11 12.6.10.2")              \
	X(0x88CC, LLDP, "lldp", 1, "IEEE 802.1AB")                                           \
	X(0x88CD, SERCOS, "sercos", 0, "IEC 61158-4-19")                                     \
	X(0x88DC, WSMP, "wsmp", 0, "IEEE 1609.3")                                            \
	X(0x88E1, HOMEPLUG_AV, "homeplug_av", 1, "IEEE 1901")                                \
	X(0x88E3, MRP, "mrp", 1, "IEC 62439-2")                                              \
	X(0x88E5, MACSEC, "macsec", 0, "IEEE 802.1AE")                                       \
	X(0x88F5, MVRP, "mvrp", 1, "IEEE 802.1Q 11")                                         \
	X(0x88F6, MMRP, "mmrp", 1, "IEEE 802.1Q 10")                                         \
	X(0x88F7, PTP, "ptp", 1, "IEEE 1588 Annex E")                                        \
	X(0x88F8, NCSI, "ncsi", 1, "DMTF DSP0222")                                           \
	X(0x88FB, PRP, "prp_supervision", 1, "IEC 62439-3")                                  \
	X(0x8902, CFM, "cfm", 1, "IEEE 802.1Q 20")                                           \
	X(0x8906, FCOE, "fcoe", 0, "INCITS FC-BB-5")                                         \
	X(0x890F, CC_LINK_IE, "cc_link_ie", 0, "CLPA CC-Link IE Field")                      \
	X(0x8914, FIP, "fip", 1, "INCITS FC-BB-5")                                           \
	X(0x8915, ROCE, "roce", 0, "InfiniBand Annex A16")                                   \
	X(0x891D, TTE, "tte_control", 1, "SAE AS6802")                                       \
	X(0x9000, LOOPBACK, "ethernet_loopback", 1, "Ethernet V2 8: configuration testing")

/* What has an LLC header (IEEE 802.2) in the place of an EtherType, by destination SAP or SNAP id. */
/* X(NAME, "name", upkeep, "source") */
#define FL_LLC_PROTOCOLS(X)                                                                  \
	X(STP, "stp", 1, "IEEE 802.1D: SAP 42; Cisco PVST+: SNAP 00000C 010B")               \
	X(CDP, "cdp", 1, "Cisco: SNAP 00000C 2000")                                          \
	X(CISCO, "cisco_link", 1, "Cisco: SNAP 00000C 2003 VTP, 2004 DTP, 0111 UDLD, 0104 PAgP") \
	X(ISIS, "osi", 1, "ISO/IEC TR 9577: SAP FE (IS-IS, ES-IS, CLNP)")                    \
	X(NETBEUI, "netbeui", 0, "IBM: SAP F0")                                              \
	X(IPX_LLC, "ipx_llc", 0, "Novell: SAP E0, raw 802.3")                                \
	X(EDP, "extreme_discovery", 1, "Extreme: SNAP 00E02B 00BB")                          \
	X(LLC, "llc", 0, "any other SAP")

/* fl_link_is_upkeep - see above; those without a row are not. src/base/link.c */
bool fl_link_is_upkeep(uint16_t protocol); /* by vocabulary id */
/* fl_link_protocol - the vocabulary id (vocab.h) of an EtherType; FL_PROTOCOL_ETHERNET where it has no row. */
uint16_t fl_link_protocol(uint16_t ethertype);

#endif
