/* cip.h - CIP: paths, messages, and what the connection manager says in them. All of it pure but cip_walk.c and
 * cip_op.c.
 *
 *     request:   service (bit 7 clear)  path size (words)  path (padded EPATH)                          data
 *     response:  service (bit 7 set)    0                  general status  size (words)  additional status  data
 *
 * A message may hold others: a Multiple Service Packet holds a list of them, an Unconnected Send one and the route it
 * is to take. Responses carry no path: what they are about is known from the request alone.
 *
 * Specs: CIP Vol. 1 2-4 (messages), 3-5 (connection manager), Appendix C (paths). */
#ifndef FENCELINE_CIP_H
#define FENCELINE_CIP_H

#include "fenceline/dissector.h"
#include "cip_table.h"

/* ---- paths: cip_path.c */

enum fl_cip_segment_kind {
	FL_CIP_PORT,        /* port, and value or bytes: the link address */
	FL_CIP_CLASS, FL_CIP_INSTANCE, FL_CIP_MEMBER, FL_CIP_CONNPOINT, FL_CIP_ATTRIBUTE, /* value; as their codes */
	FL_CIP_KEY,         /* bytes: key format and the key */
	FL_CIP_SERVICE,     /* value */
	FL_CIP_EXTENDED,    /* extended logical: ext = its type, value */
	FL_CIP_NETWORK,     /* ext = its type; bytes */
	FL_CIP_SAFETY,      /* network segment 0x50; bytes */
	FL_CIP_SYMBOL,      /* 0x61.., 0x91: bytes = text */
	FL_CIP_SYMBOL_OTHER, /* 0x60: numeric (value) or of wider characters (bytes); ext = its format byte */
	FL_CIP_DATA,        /* 0x80 and other data segments; bytes */
	FL_CIP_TYPE,        /* data types, elementary or constructed; bytes */
	FL_CIP_RESERVED,
};

struct fl_cip_segment {
	uint8_t byte;  /* its type byte, as on the wire */
	uint8_t kind;  /* enum fl_cip_segment_kind */
	uint8_t ext;
	uint16_t port;
	uint16_t len;  /* of bytes */
	uint32_t value;
	const uint8_t *bytes; /* borrowed; NULL: value holds it */
};

/* fl_cip_next_segment - the next segment; false at the end, or where the path breaks its rules (then r has an error).
 * Source: Vol. 1 C-1.4. padded: as in all messages; packed paths occur as attribute values. */
bool fl_cip_next_segment(struct fl_rd *r, bool padded, struct fl_cip_segment *out);

/* What a path says as a whole: of each kind the first. */
struct fl_cip_path {
	struct fl_rd bytes;
	uint32_t class_id, instance, attribute, connpoint, member;
	const uint8_t *symbol;
	uint16_t symbol_len;
	bool there; /* a path was there, be it an empty one */
	bool has_class, has_instance, has_attribute, has_connpoint, has_member, has_symbol;
	bool routed; /* has a port segment */
	bool safety; /* has a safety segment */
	bool broken; /* not to be walked to its end */
};

/* fl_cip_path_read - walk bytes once; linear in their number, at most 510. */
void fl_cip_path_read(const struct fl_rd *bytes, bool padded, struct fl_cip_path *out);
/* fl_cip_path_tag - a symbolic path as text: "Program:Main.Motor[3].Speed"; "" if it has no symbol. Cut at n, not 0. */
void fl_cip_path_tag(const struct fl_cip_path *p, char *out, size_t n);
/* fl_cip_path_route - the hops of a path as text: "1/0", "2/192.168.1.5,1/3" (port/link address); "" if it has none. */
void fl_cip_path_route(const struct fl_cip_path *p, char *out, size_t n);

/* ---- messages: cip_parse.c */

#define FL_CIP_FLAWS(X)                                                                               \
	X(HEADER, "header")     /* ends before its path or its additional status does */              \
	X(PATH, "path")         /* breaks the rules of paths */                                       \
	X(BODY, "body")         /* of a layout known here, and not in it */                           \
	X(OFFSETS, "offsets")   /* Multiple Service Packet: not ascending, or outside of the packet */ \
	X(NESTING, "nesting")   /* more in each other or beside each other than is followed */        \
	X(MISMATCH, "mismatch") /* answers another service than was asked */

enum fl_cip_flaw_bit {
#define X(name, text) FL_CIP_FLAW_BIT_##name,
	FL_CIP_FLAWS(X)
#undef X
	FL_CIP_FLAW_COUNT
};

enum fl_cip_flaw {
#define X(name, text) FL_CIP_FLAW_##name = 1u << FL_CIP_FLAW_BIT_##name,
	FL_CIP_FLAWS(X)
#undef X
};

struct fl_cip_message {
	uint8_t service;   /* without the response bit */
	bool response;
	uint8_t status;    /* general status */
	uint8_t added;     /* words of additional status */
	uint16_t flaws;    /* set of enum fl_cip_flaw */
	const uint8_t *add; /* them, little-endian */
	struct fl_cip_path path; /* of a request */
	struct fl_rd data;
};

/* fl_cip_parse - one message that fills r. False: not even its head is there (out->flaws says FL_CIP_FLAW_HEADER). */
bool fl_cip_parse(struct fl_rd r, struct fl_cip_message *out);
/* fl_cip_added - word i of the additional status. */
uint16_t fl_cip_added(const struct fl_cip_message *m, unsigned i);

/* Multiple Service Packet, Vol. 1: count, offsets from the count on, messages. */
struct fl_cip_list {
	struct fl_rd all;   /* from the count on */
	uint16_t n;         /* offsets that are there */
	bool broken;        /* fewer than the count says */
};

bool fl_cip_list_open(const struct fl_rd *data, struct fl_cip_list *out);
/* fl_cip_list_at - the i-th message; up to the next offset, or to the end where offsets do not ascend (*disordered). */
struct fl_rd fl_cip_list_at(const struct fl_cip_list *l, unsigned i, bool *disordered);

/* ---- connection manager: cip_cm.c */

/* A connection is known by these three, whatever its ids. Vol. 1 3-5.5.1.6 */
struct fl_cip_triad {
	uint16_t serial, vendor;
	uint32_t originator;
};

struct fl_cip_cm {
	bool has_ids, has_triad, has_rpi, has_params, has_transport, has_remaining, has_number, large;
	uint32_t ot_id, to_id;
	uint32_t ot_rpi, to_rpi;   /* in microseconds; of a response, the actual ones */
	uint32_t ot_params, to_params;
	struct fl_cip_triad triad;
	uint8_t timeout_multiplier, transport;
	uint8_t remaining;         /* words of the path that were left when it failed */
	uint16_t number;           /* Get Connection Data */
	bool has_message;          /* Unconnected Send */
	uint16_t message_size;
	struct fl_rd message;
	struct fl_cip_path route, path; /* there: of Unconnected Send; of the others */
};

enum fl_cip_connection_type { FL_CIP_NULL = 0, FL_CIP_MULTICAST = 1, FL_CIP_POINT_TO_POINT = 2 }; /* Vol. 1 3-5.5.1.1 */

/* fl_cip_cm_parse - the data of a connection manager service, given as asked (a response's m->service may be another's,
 * so the service is told apart). False: the layout of that service is not known here; *broken: known, but not kept. */
bool fl_cip_cm_parse(uint8_t service, const struct fl_cip_message *m, struct fl_cip_cm *out, bool *broken);
enum fl_cip_connection_type fl_cip_connection_type(uint32_t params, bool large);
unsigned fl_cip_connection_size(uint32_t params, bool large);
bool fl_cip_opens(uint8_t service);  /* Forward Open, Large Forward Open */
/* fl_cip_is_null - a Forward Open that opens no connection: both directions are null, Vol. 1 3-5.5.2. */
bool fl_cip_is_null(const struct fl_cip_cm *cm);

#endif
