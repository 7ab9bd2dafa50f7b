/* packet.h - a captured frame, and what decode makes of it.
 *
 * Every frame ends in exactly one fl_decode_outcome. All pointers borrow from the frame and are valid until
 * capture releases it. Decode is a pure function: no state, no allocation. */
#ifndef FENCELINE_PACKET_H
#define FENCELINE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/addr.h"
#include "fenceline/limits.h"
#include "fenceline/tunnel.h"

/* A frame as it came from libpcap. */
struct fl_frame {
	const uint8_t *data;
	uint32_t caplen;   /* bytes captured */
	uint32_t wirelen;  /* bytes on the wire, >= caplen */
	int64_t ts_ns;     /* nanoseconds since 1970 UTC */
	int64_t mono_ns;   /* time to wait by: never runs back within a run; see flow/timeline.h */
	uint64_t number;   /* 1-based over the whole run, in time order */
	uint16_t iface;    /* index of the source's interface (live) or file */
	uint16_t linktype; /* LINKTYPE_ value as in capture files (tcpdump.org/linktypes.html) */
};

/* X(name, counter name in sensor.coverage, is the frame decoded?, text for a person) */
#define FL_DECODE_OUTCOMES(X)                                                                          \
	X(TCP, "tcp", 1, "TCP")                                                                        \
	X(UDP, "udp", 1, "UDP")                                                                        \
	X(ICMP, "icmp", 1, "ICMP")                                                                     \
	X(ICMPV6, "icmpv6", 1, "ICMPv6")                                                               \
	X(SCTP, "sctp", 1, "SCTP")                                                                     \
	X(IP_OTHER, "ip_other", 1, "another IP protocol, seen without ports")                          \
	X(ARP, "arp", 1, "ARP")                                                                        \
	X(FRAGMENT, "fragment", 1, "IP fragments before the last of their datagram")                   \
	X(ETHERTYPE, "ethertype", 1, "not IP, by EtherType")                                           \
	X(LLC, "llc", 1, "IEEE 802.3 with LLC, not IP")                                                \
	X(CONTROL, "control", 1, "control of a link without addresses (PPP, HDLC, Wi-Fi management)")  \
	X(CIPHER, "cipher", 0, "encrypted at the link layer")                                          \
	X(LINKTYPE, "linktype", 0, "link type not supported")                                          \
	X(VLAN_DEPTH, "vlan_depth", 0, "more VLAN tags than supported")                                \
	X(TUNNEL_DEPTH, "tunnel_depth", 0, "more tunnels within each other than supported")            \
	X(CUT, "cut", 0, "snap length cut off a header")                                               \
	X(BAD_LINK, "bad_link", 0, "malformed link header")                                            \
	X(BAD_ARP, "bad_arp", 0, "malformed ARP")                                                      \
	X(BAD_TUNNEL, "bad_tunnel", 0, "malformed tunnel header")                                      \
	X(BAD_IP, "bad_ip", 0, "malformed IPv4 or IPv6 header")                                        \
	X(BAD_IP6_EXT, "bad_ip6_ext", 0, "malformed or too many IPv6 extension headers")               \
	X(BAD_TRANSPORT, "bad_transport", 0, "malformed transport header")

enum fl_decode_outcome {
#define X(name, key, ok, text) FL_DECODE_##name,
	FL_DECODE_OUTCOMES(X)
#undef X
	FL_DECODE_OUTCOME_COUNT
};

enum fl_tcp_flag {
	FL_TCP_FIN = 1u << 0, FL_TCP_SYN = 1u << 1, FL_TCP_RST = 1u << 2,
	FL_TCP_PSH = 1u << 3, FL_TCP_ACK = 1u << 4, FL_TCP_URG = 1u << 5,
};

struct fl_packet {
	const struct fl_frame *frame;
	uint8_t outcome; /* enum fl_decode_outcome */
	/* What the flow table counts: 1 and frame->wirelen; of a datagram put together from fragments, all its frames. */
	uint32_t frames;
	uint64_t bytes;

	/* link: the innermost Ethernet header that carries the network layer, unless an IP tunnel without one lies between */
	bool has_mac;
	uint8_t src_mac[6], dst_mac[6];
	uint8_t vlans;                /* tags present over all layers, outermost first */
	uint16_t vlan[FL_VLAN_MAX];   /* 12-bit VLAN ids; an I-SID is no VLAN */
	uint16_t ethertype;           /* of the innermost payload; 0 where the link has none, or LLC */
	uint16_t link_protocol;       /* ETHERTYPE, LLC, ARP, CIPHER: vocabulary id, FL_PROTOCOL_LINK_* or FL_PROTOCOL_ETHERNET */
	uint8_t tunnels;              /* of tunnel[] at the end, outermost first */

	/* network; for ARP: sender and target protocol address */
	struct fl_addr src, dst;
	uint8_t ip_proto;  /* of the transport, after IPv6 extension headers */
	uint8_t ttl;       /* or hop limit */
	/* FRAGMENT: what src/decode/fragments.h needs to put the datagram together */
	bool more_fragments;
	uint8_t frag_proto;  /* of the data: IPv4's protocol, the fragment header's next header */
	uint32_t frag_id;
	uint32_t frag_offset; /* bytes */
	const uint8_t *frag;  /* data; what stands before it from ip on is the header */
	uint32_t frag_caplen, frag_len;
	const uint8_t *ip; /* the IP header, for nDPI */
	uint32_t ip_caplen; /* captured bytes from ip, link padding cut off */
	uint32_t ip_len;   /* bytes on the wire from ip (total length) */

	/* transport */
	uint16_t src_port, dst_port; /* TCP, UDP, SCTP */
	uint8_t icmp_type, icmp_code;
	uint8_t tcp_flags;
	uint32_t tcp_seq, tcp_ack;
	const uint8_t *payload;    /* ICMP, ICMPv6: behind 8 bytes of header */
	uint32_t payload_caplen; /* captured */
	uint32_t payload_len;    /* on the wire; > payload_caplen when the snap length cut it */

	/* ARP */
	uint16_t arp_op;          /* 1 request, 2 reply */
	uint8_t arp_sender_mac[6];

	struct fl_tunnel tunnel[FL_TUNNEL_MAX]; /* last, and only the first `tunnels` are filled */
};

/* fl_packet_inner_vlans - the tags of the innermost frame alone: *n of them. */
static inline const uint16_t *fl_packet_inner_vlans(const struct fl_packet *p, unsigned *n)
{
	unsigned outside = p->tunnels ? p->tunnel[p->tunnels - 1].vlans : 0;

	*n = p->vlans - outside;
	return p->vlan + outside;
}

/* fl_packet_on_link - its sender is on this link, no router between: the TTL is one that hosts start with (RFC 1700's 64,
 * and 32, 128, 255 of widely used stacks), so MAC and VLAN are the sender's own. */
static inline bool fl_packet_on_link(const struct fl_packet *p)
{
	return p->ttl == 64 || p->ttl == 128 || p->ttl == 255 || p->ttl == 32;
}

#endif
