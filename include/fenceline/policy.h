/* policy.h - what other rooms may know of a compiled policy: ids, scopes, places, decisions.
 *
 * A compiled policy is immutable and shared by all threads; pointers into it live as long as it does. The
 * loader, the lookup and the verdict are in zones/. */
#ifndef FENCELINE_POLICY_H
#define FENCELINE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "fenceline/addr.h"
#include "fenceline/diag.h"
#include "fenceline/flow.h"
#include "fenceline/operation.h"

#define FL_VERDICTS(X)                                       \
	X(WITHIN_ZONE, "within_zone", 0)                     \
	X(CONFORMING, "conforming", 0)                       \
	X(EXCEPTED, "excepted", 0)                           \
	X(UNKNOWN_ENDPOINT, "unknown_endpoint", 1)           \
	X(NO_CONDUIT, "no_conduit", 1)                       \
	X(INITIATOR, "initiator", 1)                         \
	X(CONDUIT_EXPIRED, "conduit_expired", 1)             \
	X(WINDOW, "window", 1)                               \
	X(PROTOCOL, "protocol", 1)                           \
	X(OPERATION, "operation", 1)                         \
	X(OBJECT, "object", 1)                               \
	X(EXCEPTION_EXPIRED, "exception_expired", 1)

/* In the order of how far a question came; a later violation names the clause more exactly. */
enum fl_verdict {
#define X(name, text, violation) FL_VERDICT_##name,
	FL_VERDICTS(X)
#undef X
	FL_VERDICT_COUNT
};

#define FL_SCOPE_RELATIONS(X) \
	X(INSIDE, "inside") X(CROSSING, "crossing") X(INTER_SCOPE, "inter_scope") X(OUTSIDE, "outside") X(EXTERNAL, "external")

enum fl_scope_relation {
#define X(name, text) FL_RELATION_##name,
	FL_SCOPE_RELATIONS(X)
#undef X
	FL_RELATION_COUNT
};

#define FL_PLANT_STATES(X) \
	X(CERTIFIED, "certified") X(NON_CERTIFIED, "non-certified") X(TRANSITIONAL, "transitional") X(EXCLUDED, "excluded")

enum fl_plant_state {
#define X(name, text) FL_PLANT_##name,
	FL_PLANT_STATES(X)
#undef X
};

#define FL_ZONE_KINDS(X)                                                                       \
	X(CONTROL, "control") X(SAFETY, "safety") X(DMZ, "dmz") X(ENTERPRISE, "enterprise")    \
	X(SHARED_SERVICE, "shared-service") X(REMOTE_ACCESS, "remote-access") X(CLOUD, "cloud") \
	X(WIRELESS, "wireless") X(TEMPORARY, "temporary")

enum fl_zone_kind {
#define X(name, text) FL_ZONE_##name,
	FL_ZONE_KINDS(X)
#undef X
	FL_ZONE_KIND_COUNT
};

#define FL_LOG_UNSCOPED "unscoped" /* each scope's log bears its id; this one is what lies in none */

enum fl_disclose { FL_DISCLOSE_NONE, FL_DISCLOSE_PLANT, FL_DISCLOSE_ZONE, FL_DISCLOSE_ADDRESS };

/* Security level target: IEC 62443-3-3 Annex A order IAC UC SI DC RDF TRE RA. A single number fills all seven. */
struct fl_sl {
	bool set, vector;
	uint8_t fr[7]; /* 0..4 */
};

struct fl_scope {
	const char *id;
	const char *standard, *statement, *soa;                 /* or NULL */
	const char *certificate_number, *certificate_body;
	int64_t certificate_from_ns, certificate_until_ns;      /* 0 = not given; until is the first instant after */
	uint8_t disclose;                                       /* enum fl_disclose */
	uint16_t index;                                         /* 0.. in the policy */
	struct fl_srcpos at;
};

struct fl_plant {
	const char *id, *name;
	uint8_t state;                 /* enum fl_plant_state */
	const struct fl_scope *scope;  /* NULL unless certified */
	const char *reason, *location;
	uint16_t index;
	struct fl_srcpos at;
};

struct fl_asset {
	const char *id, *role, *vendor, *model, *firmware, *criticality, *name;
	struct fl_addr ip;             /* kind NONE = not given */
	struct fl_addr mac;
	struct fl_srcpos at;
};

/* Fields a to n of IEC 62443-3-2 ZCR 6.4 that a zone or conduit says in words; lists end with NULL. */
struct fl_zcr64 {
	const char *organization, *logical_boundary, *physical_boundary;
	bool safety;
	const char *const *logical_access_points, *const *physical_access_points, *const *data_flows;
	const char *const *security_requirements, *const *security_policies, *const *assumptions;
};

struct fl_zone {
	const char *id, *name;
	const struct fl_plant *plant;
	const struct fl_scope *scope;  /* the scope it lies in, or NULL: plant, in_scope and scope taken together */
	uint16_t index;
	uint8_t kind;                  /* enum fl_zone_kind; control where the policy says nothing */
	bool has_level;
	uint8_t level_x10;             /* Purdue level times ten: 35 = level 3.5 */
	struct fl_sl sl_target;
	const char *const *data, *const *programmes; /* end with NULL; NULL = none */
	const char *justification, *agreement;
	const struct fl_asset *assets;
	uint32_t n_assets;
	struct fl_zcr64 record;
	struct fl_srcpos at;
};

#define FL_CLAUSE_KINDS(X) X(DEFAULT, "default") X(ZONE, "zone") X(CONDUIT, "conduit") X(EXCEPTION, "exception")

enum fl_clause_kind {
#define X(name, text) FL_CLAUSE_##name,
	FL_CLAUSE_KINDS(X)
#undef X
};

/* The line of the policy that decided. DEFAULT is "anything that is not permitted is not permitted": no line. */
struct fl_clause {
	uint8_t kind;
	const char *id;       /* zone, conduit or exception id; NULL with DEFAULT */
	struct fl_srcpos at;  /* of the allow line where one decided, else of the clause */
};

/* How an end was placed. */
#define FL_PLACE_HOWS(X)                                                                       \
	X(UNKNOWN, "unknown") X(ADDRESS, "address") X(MAC, "mac") X(VLAN, "vlan")              \
	X(UNIT, "unit")             /* a unit behind a gateway's address, by an operation on it */ \
	X(SENSOR, "sensor")         /* this sensor's own address, in no declared zone: the other end's zone */ \
	X(GROUP, "group")           /* multicast or broadcast: the other end's zone */         \
	X(LINK_LOCAL, "link_local") /* link-local or unspecified: the other end's zone */

enum fl_place_how {
#define X(name, text) FL_PLACE_##name,
	FL_PLACE_HOWS(X)
#undef X
};

struct fl_units; /* zones/: who claims units behind an address */

struct fl_place {
	const struct fl_zone *zone;   /* NULL = in no declared zone */
	const struct fl_asset *asset; /* NULL = none declared at this address */
	const struct fl_units *units; /* zones claim units behind this address; NULL = none does, or it is a unit itself */
	uint8_t how;                  /* enum fl_place_how */
};

/* What is asked: may `from` do this to `to` at that time? from is the initiator (for operations: the client). */
struct fl_question {
	int64_t ts_ns;
	const struct fl_place *from, *to;
	const struct fl_addr *from_addr, *to_addr; /* for exceptions' source and destination */
	uint8_t kind;                    /* enum fl_flow_kind */
	uint8_t ip_proto;                /* 0 of LINK flows */
	uint16_t ethertype;              /* of LINK flows; 0 with LLC */
	uint16_t to_port;                /* the responder's port; 0 = none */
	uint16_t master, app;            /* protocol ids; FL_PROTOCOL_UNKNOWN if not known */
	const struct fl_operation *op;   /* NULL: the flow as a whole, operations not looked at */
};

struct fl_decision {
	uint8_t verdict;   /* enum fl_verdict */
	uint8_t relation;  /* enum fl_scope_relation */
	bool log_all;      /* the conduit wants each conforming operation on record */
	bool scope_lapsed; /* the certificate of a scope below had ended at that time: it counts all the same */
	const struct fl_scope *scope[2]; /* of from and to, in force at that time; NULL = none */
	struct fl_clause clause;
	const struct fl_conduit *conduit; /* the one looked at last; NULL = none */
};

static inline bool fl_verdict_is_violation(unsigned v) { return v >= FL_VERDICT_UNKNOWN_ENDPOINT; }

const char *fl_verdict_name(unsigned v); /* src/base/names.c */
const char *fl_scope_relation_name(unsigned r);
const char *fl_plant_state_name(unsigned s);
const char *fl_zone_kind_name(unsigned k);
const char *fl_clause_kind_name(unsigned k);
const char *fl_place_how_name(unsigned h);

#endif
