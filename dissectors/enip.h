/* enip.h - one EtherNet/IP encapsulation unit, decoded. Little-endian but for the socket addresses.
 *
 *      0      2      4             8             12                          20            24
 *     +------+------+-------------+-------------+---------------------------+-------------+----------------------+
 *     | cmd  |length| session     | status      | sender context (8 bytes)  | options (0) | command's data ...   |
 *     +------+------+-------------+-------------+---------------------------+-------------+----------------------+
 *
 *     Send RR Data, Send Unit Data:  interface (4, 0 = CIP)  timeout (2)  items
 *     List ... (responses):          items
 *     items, "common packet format": count (2)  count * { type (2)  length (2)  data }
 *         unconnected:  null address (0, empty)       + unconnected data (0xB2): a CIP message
 *         connected:    connected address (0xA1, id)  + connected data (0xB1): sequence count (2), a CIP message
 *     UDP 2222, class 0 and 1 I/O:   items alone, without the encapsulation header
 *         sequenced address (0x8002: id, sequence (4)) + connected data (0xB1): the process data
 *
 * The rooms of the house:
 *     enip_table.h   commands, statuses, items            cip_table.h  services by class, statuses
 *     enip_parse.c   bytes -> struct fl_enip_pdu, pure    cip_path.c   EPATH;  cip_parse.c  messages
 *     enip_join.c    requests and responses, roles         cip_cm.c     what the connection manager says
 *     enip_slots.c   requests that wait, their bytes       cip_walk.c   messages in messages -> records, operations
 *     enip_conn.c    connections: ids, triads, routes     cip_op.c     what was asked of which object
 *     enip_io.c      UDP 2222                              cip_identity.c  who a device says it is
 *     enip_json.c    for `fenceline dissect`               cip_json.c
 *     enip.c         probe() and the ops struct            pccc.h       PCCC inside CIP
 *
 * Specs: CIP Vol. 1 (Common Industrial Protocol) and Vol. 2 (EtherNet/IP Adaptation). */
#ifndef FENCELINE_ENIP_H
#define FENCELINE_ENIP_H

#include "fenceline/addr.h"
#include "fenceline/dissector.h"
#include "fenceline/flow.h"
#include "enip_table.h"

#define FL_ENIP_HEADER 24u
#define FL_ENIP_LENGTH_MAX 65511u /* Vol. 2 2-3.3: header and data are at most 65535 bytes */

enum fl_enip_kind { FL_ENIP_UNCLEAR = 0, FL_ENIP_REQUEST = 1, FL_ENIP_RESPONSE = 2 };

struct fl_enip_item {
	uint16_t type, length;
	struct fl_rd data; /* as much of it as was captured */
};

/* A socket address item: the one thing in network byte order, Vol. 2 2-6.3.3. */
struct fl_enip_sockaddr {
	bool there;
	uint16_t port;
	struct fl_addr addr;
};

struct fl_enip_identity {
	bool there;
	uint16_t vendor, device_type, product_code, status;
	uint8_t major, minor;
	uint32_t serial;
	const uint8_t *name; /* borrowed */
	uint8_t name_len;
	bool has_state;
	uint8_t state;
	struct fl_enip_sockaddr socket;
};

struct fl_enip_pdu {
	uint16_t command, length;
	uint32_t session, status, options;
	uint8_t context[8];
	uint16_t flaws;          /* set of enum fl_enip_flaw */
	uint8_t fits;            /* set of enum fl_enip_kind that its content allows; 0: neither */
	uint8_t kind;            /* enum fl_enip_kind: what it was taken for */
	bool cut;                /* the end of the body was not captured */
	const struct fl_enip_command *info; /* NULL: not one of the standard's */
	bool has_version;
	uint16_t version, session_options;
	bool has_interface;
	uint32_t interface;
	uint16_t timeout;
	bool has_items;
	uint16_t items;          /* as the count says */
	struct fl_rd item_list;  /* for fl_enip_next_item() */
	bool has_connection;     /* connected address */
	uint32_t connection;
	bool has_sequence;       /* of connected data */
	uint16_t sequence;
	bool has_io_sequence;    /* sequenced address */
	uint32_t io_sequence;
	bool has_message;        /* connected or unconnected data: behind the sequence count, if there is one */
	bool connected;
	uint16_t data_length;    /* of the connected data item as it says, with the count */
	struct fl_rd message;
	struct fl_enip_sockaddr socket[2]; /* O->T, T->O */
	struct fl_enip_identity identity;
};

/* fl_enip_parse - decode one encapsulation unit. r        at the first byte; left just past the unit on FL_UNIT, else
 * undefined out      written on FL_UNIT, and on FL_CUT if the header was there (else out->length and ->command are 0
 * and ->cut is false) errors   FL_NEED_MORE FL_CUT; FL_MALFORMED: a header that no device would send
 * (fl_enip_header_fits), or a body that goes
 *          beyond a closed end. What breaks rules inside a good frame is a flaw.
 *          Allocates nothing. Source: Vol. 2 2-3 */
enum fl_result fl_enip_parse(struct fl_rd *r, struct fl_enip_pdu *out);

/* fl_enip_parse_io - a datagram of class 0 or 1 data; FL_UNIT, FL_CUT, FL_MALFORMED. Source: Vol. 2 2-6.4 */
enum fl_result fl_enip_parse_io(struct fl_rd *r, struct fl_enip_pdu *out);

/* fl_enip_next_item - the next item of a list as in pdu->item_list; false at its end or where it breaks off. */
bool fl_enip_next_item(struct fl_rd *it, struct fl_enip_item *out);

/* What a Forward Open tells the I/O flows that it announces: the note of fl_announcement. */
enum fl_enip_note {
	FL_ENIP_NOTE_OT = 1u << 0, FL_ENIP_NOTE_TO = 1u << 1, /* which direction of the connection it is */
	FL_ENIP_NOTE_GROUP = 1u << 2,  /* sent to a group: the receiver is not the originator alone */
	FL_ENIP_NOTE_SAFETY = 1u << 3, /* a CIP Safety connection: its data is not plain I/O */
	FL_ENIP_NOTE_CLASS1 = 1u << 4, /* data begins with a sequence count, Vol. 1 3-4.4.3 */
};

/* What unit() yields: the layers of one unit in order, each with its own record. */
enum fl_enip_layer { FL_ENIP_LAYER_ENIP, FL_ENIP_LAYER_CIP, FL_ENIP_LAYER_IO };

struct fl_enip_unit {
	uint8_t layer;             /* enum fl_enip_layer; first, in both */
	const struct fl_enip_pdu *pdu;
	uint64_t request_frame;    /* of a response whose request was seen; else 0 */
	bool retry;                /* the request was sent before: same connection, same sequence count, same bytes */
	uint8_t note;              /* I/O: enum fl_enip_note */
};

void fl_enip_unit_json(const struct fl_unit *u, struct fl_json *j);
void fl_cip_unit_json(const struct fl_unit *u, struct fl_json *j);

/* fl_enip_identity_text - "1756-ENBT/A rev 3.4 serial 00524d8e vendor 1 type 12 code 58". */
void fl_enip_identity_text(const struct fl_enip_identity *id, char out[FL_OP_NAME_MAX]);

extern const struct fl_dissector fl_enip_dissector;

#endif
