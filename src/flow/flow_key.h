/* flow_key.h - from a decoded packet to the flow it belongs to: key order, ICMP pairing, hash, who looks like a server.
 * Pure functions. Only flow_table.c, flow_packet.c, flow_quote.c and their tests include this. */
#ifndef FL_SRC_FLOW_FLOW_KEY_H
#define FL_SRC_FLOW_FLOW_KEY_H

#include "fenceline/flow.h"
#include "fenceline/packet.h"

/* Which packets between the two ends it takes. FROM: one direction of a one-way ICMP message; both directions are different
 * flows. PIECES: fragments whose datagram, and so the ports, nobody knows; without ports like IP_OTHER, but no such flow. */
enum fl_flow_way { FL_WAY_BOTH, FL_WAY_FROM_0, FL_WAY_FROM_1, FL_WAY_PIECES };

struct fl_flow_key {
	uint64_t context;
	struct fl_addr addr[2]; /* (addr, port) of 0 is not greater than that of 1 */
	uint16_t port[2];
	uint16_t ethertype, protocol; /* LINK; CARRIER: protocol */
	uint8_t kind;           /* enum fl_flow_kind */
	uint8_t ip_proto;
	uint8_t way;            /* enum fl_flow_way */
	bool one_port;          /* port[0] == port[1] is the port that either end is spoken to at; what they send from is left out */
	uint8_t sender;         /* not part of the key: which of the two sent this packet */
};

/* fl_flow_key - false for outcomes that make no flow (no addresses, what could not be read). */
bool fl_flow_key(const struct fl_packet *p, uint64_t context, struct fl_flow_key *out);
/* fl_flow_carrier_key - of p->tunnel[layer]; false if that is not carried between IP addresses. */
bool fl_flow_carrier_key(const struct fl_packet *p, unsigned layer, uint64_t context, struct fl_flow_key *out);
/* fl_flow_hash - SipHash-1-3 of the key. */
uint32_t fl_flow_hash(const struct fl_flow_key *k, const uint64_t secret[2]);

/* fl_flow_quoted - the packet that an ICMP or ICMPv6 message says could not be delivered, as far as it is quoted: outcome,
 * addresses, ports or ICMP type; of TCP the sequence number. False: p is no such message, or quotes too little.
 * flow_quote.c */
bool fl_flow_quoted(const struct fl_packet *p, struct fl_packet *quoted);

/* fl_icmp_pair - true if messages of this type come as request and answer; *other is the counterpart's type. */
bool fl_icmp_pair(bool v6, uint8_t type, uint8_t *other, bool *is_request);
/* fl_port_rank - how much like a server's port it is; 0 = not at all. Greater beats smaller, equal says nothing. */
unsigned fl_port_rank(uint16_t port);

#endif
