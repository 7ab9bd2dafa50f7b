/* flow.h - a bidirectional flow, from its first to its last frame.
 *
 * Owned by a worker's flow table; other rooms see it as const or fill the members that are theirs. Long
 * references hold the id, not a pointer. */
#ifndef FENCELINE_FLOW_H
#define FENCELINE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/addr.h"
#include "fenceline/limits.h"

/* How the initiator (who opened the connection) was found; best first. */
#define FL_INITIATOR_HOWS(X)                                                                  \
	X(HANDSHAKE, "handshake")       /* a SYN, or a SYN-ACK from the other side */         \
	X(CONTENT, "content")           /* the protocol says who asks: a request, an ICMP echo, a DNS query */ \
	X(PORT, "port")                 /* one side has a registered server port */           \
	X(FIRST_PACKET, "first_packet") /* who was seen first */

enum fl_initiator_how {
#define X(name, text) FL_INITIATOR_##name,
	FL_INITIATOR_HOWS(X)
#undef X
};

#define FL_FLOW_ENDS(X)                                                               \
	X(NONE, "open")                                                               \
	X(FIN, "fin") X(RST, "reset") X(IDLE, "idle_timeout")                         \
	X(EVICTED, "evicted")  /* the table was full */                               \
	X(REUSED, "reused")    /* a new handshake on the same 5-tuple */              \
	X(CAPTURE_END, "capture_end")

enum fl_flow_end_reason {
#define X(name, text) FL_FLOW_END_##name,
	FL_FLOW_ENDS(X)
#undef X
};

/* What became of the attempt to talk, as far as it could be seen. */
#define FL_FLOW_REPLIES(X)                                                            \
	X(ANSWERED, "answered")         /* both sides sent; for TCP: the handshake was answered or data went both ways */ \
	X(REFUSED, "refused")           /* a RST to the SYN, or an ICMP unreachable */ \
	X(NO_RESPONSE, "no_response")   /* only the initiator was seen */              \
	X(ONE_WAY, "one_way")           /* no reply is due: multicast, ARP, one-way ICMP */

enum fl_flow_reply {
#define X(name, text) FL_REPLY_##name,
	FL_FLOW_REPLIES(X)
#undef X
};

struct fl_flow_end {
	struct fl_addr addr;
	uint16_t port;          /* ICMP: type at the sender of the first packet, paired type or code at the other */
	uint8_t mac[6];
	bool has_mac;
	bool on_link;           /* its frames came with an undecremented TTL (32, 64, 128, 255): mac and vlan are its own */
	bool seen;              /* it sent at least one frame */
	uint8_t vlans;          /* of its first frame, outermost first */
	uint16_t vlan[FL_VLAN_MAX];
	uint64_t packets, bytes; /* sent by this end; bytes of whole frames on the wire; without copies */
	uint64_t copies, copy_bytes; /* the same frames seen once more: both ports mirrored, before and after routing */
	uint8_t tcp_flags;      /* union of flags it sent */
};

/* Protocol label. The ids are of the vocabulary (vocab.h). */
#define FL_LABEL_HOWS(X)                                                              \
	X(NONE, "none") X(DISSECTOR, "dissector") X(DPI, "dpi") X(PORT, "port")       \
	X(TRANSPORT, "transport") /* ICMP, ARP and the like say it themselves */

enum fl_label_how {
#define X(name, text) FL_LABEL_##name,
	FL_LABEL_HOWS(X)
#undef X
};

struct fl_label {
	uint16_t master, app;   /* FL_PROTOCOL_UNKNOWN where there is none; app is the more telling one */
	uint8_t how;            /* enum fl_label_how */
	uint8_t category;       /* nDPI's category number; 0 = unspecified */
	uint8_t confidence;     /* nDPI's confidence number, of its own labels: fl_dpi_confidence_name(); 0 = none */
	bool final;             /* will not change any more */
	uint64_t risks;         /* nDPI's risk bits */
	uint16_t port_says;     /* what the responder's port is registered for (ports.h), where the content (dissector, DPI)
				 * is another protocol; else FL_PROTOCOL_UNKNOWN */
	uint8_t why;            /* enum fl_label_why: with how NONE, once final; until then what stood in the way so far */
};

/* Why a flow has no label. X(NAME, "name"): the first that holds. */
#define FL_LABEL_WHYS(X)                                                              \
	X(LABELLED, "labelled")                                                       \
	X(EMPTY, "empty")           /* no payload: a handshake, a scan */             \
	X(UNREAD, "unread")         /* no memory to look */                           \
	X(GAPS, "gaps")             /* bytes were lost or cut */                      \
	X(MIDSTREAM, "midstream")   /* its start was not seen */                      \
	X(ONE_WAY, "one_way")       /* only one direction was seen */                 \
	X(SHORT, "short")           /* it ended, or had to be judged, before anything could be sure */ \
	X(UNKNOWN, "unknown")       /* fully seen, and no protocol that is known here */

enum fl_label_why {
#define X(name, text) FL_WHY_##name,
	FL_LABEL_WHYS(X)
#undef X
	FL_WHY_COUNT
};

/* fl_label_note - something stands in the way of a label that is not final yet; of several the first in the list counts. */
static inline void fl_label_note(struct fl_label *l, enum fl_label_why why)
{
	if (!l->final && (l->why == FL_WHY_LABELLED || why < l->why))
		l->why = (uint8_t)why;
}

/* What a flow was announced by. */
#define FL_RELATIONS(X) \
	X(NONE, "none") X(FTP_DATA, "ftp_data") X(CIP_IO, "cip_io") X(DISCOVERY, "discovery") /* an answer to a broadcast */

enum fl_flow_relation {
#define X(name, text) FL_RELATED_##name,
	FL_RELATIONS(X)
#undef X
};

/* IP: between IP addresses. LINK: between MAC addresses. CARRIER: a tunnel between IP addresses, beside the flows that
 * it carries; a frame in it counts in both. */
#define FL_FLOW_KINDS(X) X(IP, "ip") X(LINK, "link") X(CARRIER, "carrier")

enum fl_flow_kind {
#define X(name, text) FL_FLOW_##name,
	FL_FLOW_KINDS(X)
#undef X
};

struct fl_flow {
	uint64_t id;             /* serial number within the worker, from 1 */
	uint64_t context;        /* capture context: an address space; see zones/ fl_policy_context() */
	uint16_t iface;          /* where it was first seen */
	uint8_t kind;            /* enum fl_flow_kind */
	uint8_t ip_proto;        /* 0 of LINK flows */
	uint16_t ethertype;      /* of LINK flows; 0 with LLC */
	uint16_t protocol;       /* LINK, CARRIER: vocabulary id of what it is, FL_PROTOCOL_LINK_*, FL_PROTOCOL_TUNNEL_* */
	uint8_t relation;        /* enum fl_flow_relation: by what it was announced */
	uint64_t parent;         /* first frame of the flow that announced it; 0 = none */
	uint8_t first;           /* index into end[]: who sent the first frame */
	uint8_t initiator;       /* index into end[]: 0 or 1 */
	uint8_t initiator_how;   /* enum fl_initiator_how */
	uint8_t reply;           /* enum fl_flow_reply, as far as known now */
	uint8_t end_reason;      /* enum fl_flow_end_reason */
	bool midstream;          /* TCP without its handshake */
	bool payload;            /* some end has sent bytes above the transport */
	struct fl_flow_end end[2]; /* in key order (lower address and port first), NOT initiator first */
	int64_t first_ns, last_ns;
	uint64_t first_frame;
	uint64_t gap_bytes[2];   /* stream bytes each end sent that were never seen */
	uint32_t gaps[2];
	uint32_t conflicts;      /* TCP segments that repeated bytes with other content */
	struct fl_label label;
	uint8_t icmp_type, icmp_code; /* of the first packet */

	/* What other rooms hang on a flow. The table frees nothing of it: it calls its on_end hook first. */
	void *stream;            /* src/flow: TCP ordering */
	void *dpi;               /* src/dpi: detection state, NULL once decided */
	void *analysis;          /* src/monitor: dissector state, partial units, decision */
};

static inline const struct fl_flow_end *fl_flow_initiator(const struct fl_flow *f) { return &f->end[f->initiator]; }
static inline const struct fl_flow_end *fl_flow_responder(const struct fl_flow *f) { return &f->end[!f->initiator]; }

const char *fl_initiator_how_name(unsigned how); /* src/base/names.c */
const char *fl_flow_end_reason_name(unsigned reason);
const char *fl_flow_reply_name(unsigned reply);
const char *fl_label_how_name(unsigned how);
const char *fl_label_why_name(unsigned why);
const char *fl_flow_kind_name(unsigned kind);
const char *fl_flow_relation_name(unsigned relation);
const char *fl_transport_name(unsigned ip_proto); /* "tcp", "ipv6-icmp", ...: IANA's names; NULL for rare ones */

#endif
