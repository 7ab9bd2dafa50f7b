/* dissector.h - the contract of a protocol dissector.
 *
 * bytes in -> protocol units -> joined transactions -> operations out. A dissector knows nothing of files,
 * threads, clocks, zones or the heap: all state it needs lies in `state`, fixed in size, zeroed by the core
 * when a flow is recognised and given back in one piece. The caller (src/monitor/analyzer.c) owns streams,
 * holds partial units, and decides which dissector a flow belongs to.
 *
 * For each flow:
 *     probe()  on the first bytes of each direction, until one dissector is sure or all have said no
 *     unit()   again and again while it gives FL_UNIT; the core keeps what FL_NEED_MORE left over
 *     tick()   when packet time has passed: closes requests that have waited too long
 *     end()    the flow ended: what is still open is yielded
 */
#ifndef FENCELINE_DISSECTOR_H
#define FENCELINE_DISSECTOR_H

#include "fenceline/addr.h"
#include "fenceline/json.h"
#include "fenceline/operation.h"
#include "fenceline/rd.h"

enum fl_probe {
	FL_PROBE_NO,       /* these bytes cannot be this protocol */
	FL_PROBE_MORE,     /* too few bytes to say */
	FL_PROBE_LIKELY,   /* one whole unit fits by structure; sure once the other side fits too, or the port hints */
	FL_PROBE_SURE,     /* cannot reasonably be anything else */
};

enum fl_role { FL_ROLE_UNCLEAR, FL_ROLE_CLIENT, FL_ROLE_SERVER };

enum fl_result {
	FL_UNIT,       /* one unit was taken; r stands just past it */
	FL_NEED_MORE,  /* the unit goes on beyond an OPEN end; r is undefined, give the same bytes and more again */
	FL_CUT,        /* beyond a CUT end: cannot tell; header fields may have been yielded */
	FL_MALFORMED,  /* breaks its own rules; the core looks for the next unit at the next segment */
	FL_NOT_MINE,   /* not this protocol after all */
};

/* A decoded unit, for `fenceline dissect`: private to its dissector, printed by its unit_json(). */
struct fl_unit {
	const void *value;
	const char *proto; /* static: which layer's record this is, where a flow yields several; NULL = the dissector's name */
	uint8_t dir; /* 0: sent by the initiator, 1: by the responder */
	bool flawed; /* framed well, but its body breaks the protocol's rules: counted as malformed */
};

/* Flows that this one says will come: the core tells them their parent, and hands `note` to whoever dissects them. */
enum fl_announced_end { FL_ANNOUNCED_DIR0, FL_ANNOUNCED_DIR1, FL_ANNOUNCED_ADDR, FL_ANNOUNCED_ANYBODY };

struct fl_announcement {
	uint8_t ip_proto;        /* 6 TCP, 17 UDP */
	uint8_t relation;        /* enum fl_flow_relation */
	uint8_t from, to;        /* enum fl_announced_end: who opens it, who is dialled; the ends of this flow by dir */
	struct fl_addr addr;     /* where one of them is FL_ANNOUNCED_ADDR */
	uint16_t from_port, to_port; /* 0 = any; one of them is set */
	bool lasting;            /* may end and begin anew */
	int64_t for_ns;          /* counts so long from now on */
	uint32_t key, note;      /* note, not 0: handed to announced(key) of a flow on which `from` sends; 0 = nothing */
};

/* What the core hands to each call. */
struct fl_dctx {
	void *state;      /* state_size bytes of this flow */
	uint8_t dir;      /* sender of these bytes: 0 initiator, 1 responder */
	uint8_t client;   /* which end is the client as far as is known: 0 or 1 */
	bool client_known; /* by handshake or content; false: a guess by port or by who spoke first */
	bool datagram;    /* UDP: each call holds a whole datagram */
	bool to_group;    /* the responder is a multicast or broadcast address: nobody answers in this flow */
	uint8_t relation; /* enum fl_flow_relation: the flow was announced by another */
	bool cut_short;   /* end(): the capture ended or the flow was evicted; answers may have come after */
	uint32_t dropped; /* the dissector adds: open requests closed early because its table was full */
	bool waiting;     /* the dissector sets, in every call: requests are open, so tick() must come */
	int64_t ts_ns;    /* of the frame that completed these bytes: told in units and operations */
	int64_t mono_ns;  /* then, or now in tick() and end(): every wait is a difference of these, which never run back */
	uint64_t frame;
	/* yields: both may be NULL. The operation and the unit are borrowed during the call. */
	void (*on_unit)(struct fl_dctx *c, const struct fl_unit *u);
	void (*on_operation)(struct fl_dctx *c, const struct fl_operation *op);
	/* optional, both: a flow to come; and the note of one that came, by its key and the sender of these bytes, 0 =
	 * none */
	void (*on_announce)(struct fl_dctx *c, const struct fl_announcement *a);
	uint32_t (*announced)(struct fl_dctx *c, uint32_t key);
	void *user;       /* of whoever set the callbacks */
};

struct fl_port_hint {
	uint8_t ip_proto; /* 6 TCP, 17 UDP */
	uint16_t port;
};

struct fl_dissector {
	const char *name;  /* lower case, stable, seen in policies and events */
	const char *spec;  /* the normative reference */
	const struct fl_port_hint *ports; /* ends with port 0; hints only, probe() decides */
	bool tcp, udp;
	bool port_bound; /* only asked on its ports: its bytes are another protocol's, and the port alone makes them its own */
	size_t state_size;
	/* probe - pure: looks at the first bytes one side sent (OPEN for a stream, CLOSED for a datagram).
	 * *role is set unless the result is NO or MORE. */
	enum fl_probe (*probe)(struct fl_rd r, enum fl_role *role);
	/* unit - take one protocol unit from r, join it with what is in c->state, yield.
	 * Sets c->client and c->client_known when the content tells, and c->waiting. */
	enum fl_result (*unit)(struct fl_dctx *c, struct fl_rd *r);
	/* gap - bytes of direction c->dir were lost; answers that lay in them must not be called missing. */
	void (*gap)(struct fl_dctx *c);
	/* tick - while requests are open, at least every 2 * FL_OP_TIMEOUT_NS of mono_ns. */
	void (*tick)(struct fl_dctx *c);
	void (*end)(struct fl_dctx *c);
	/* unit_json - the fields of a unit into the object that is open in j. */
	void (*unit_json)(const struct fl_unit *u, struct fl_json *j);
};

/* All dissectors, ended by NULL, in the order they are asked: dissectors/table.c. */
extern const struct fl_dissector *const fl_dissectors[];

#endif
