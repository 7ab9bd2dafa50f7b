/* model.h - the compiled policy from inside. Only zones/ includes it.
 *
 * Life: load*.c fills lists of these in one arena (ids of other objects still words); check.c resolves the words and
 * tells what is wrong; compile.c builds the look-ups; from then on nothing changes, and any thread may read.
 * All memory is the policy's arena but for what loading needs for a while. */
#ifndef FL_ZONES_MODEL_H
#define FL_ZONES_MODEL_H

#include "base/yaml.h"
#include "fenceline/arena.h"
#include "zones/lpm.h"
#include "zones/policy.h"
#include "zones/table.h"
#include "zones/tz.h"

#define FL_DAY_NS (86400 * INT64_C(1000000000))
#define FL_NO_VLAN 4096u /* index of "no tag" beside VLAN ids 0 to 4095 */

/* A word of the file that names another object, with its place. */
struct fl_ref {
	const char *id;
	struct fl_srcpos at;
};

struct fl_refs {
	const struct fl_ref *list;
	uint32_t n;
};

enum fl_member_kind { FL_MEMBER_PREFIX, FL_MEMBER_MAC, FL_MEMBER_VLAN, FL_MEMBER_UNITS };

struct fl_member {
	uint8_t kind;     /* enum fl_member_kind */
	uint8_t bits;     /* PREFIX, MAC, UNITS */
	uint16_t lo, hi;  /* VLAN ids; unit ids behind addr */
	struct fl_addr addr;
	struct fl_srcpos at;
};

struct fl_scope_full {
	struct fl_scope pub; /* first: a public scope is found again by its index */
	const struct fl_scope_version *versions; /* by effective_from_ns */
	uint32_t n_versions;
	int64_t from_ns; /* it is in force from then on: its first version, else its certificate; 0 = always */
	struct fl_srcpos certificate_at;
};

/* `capture: { interface: eth2, vlan: [7, 9] }` */
struct fl_capture {
	const char *interface;       /* NULL = any */
	struct fl_yaml_ranges vlan;  /* n = 0: every VLAN and none */
	struct fl_srcpos at;
};

/* Which plant captures the frames of an interface: plant index + 1 by VLAN id or FL_NO_VLAN; 0 = none. */
struct fl_capture_row {
	const char *interface;
	uint16_t plant[FL_NO_VLAN + 1];
};

struct fl_plant_full {
	struct fl_plant pub;
	struct fl_ref scope_ref; /* id NULL = none */
	bool state_set;
	const struct fl_capture *capture;
	uint32_t n_capture;
	const struct fl_zone *const *zones; /* its zones in the order of the file */
	uint32_t n_zones;
	const struct fl_claim *shares, *with; /* its first claim that is another plant's too, and that one; NULL = none is. With
						 one, the plant has an address space of its own ... */
	struct fl_place_index *places;        /* ... in which its own zones come first; else NULL */
};

struct fl_zone_full {
	struct fl_zone pub;
	struct fl_ref plant_ref, scope_ref;
	struct fl_refs consumers;
	const struct fl_zone *const *consumer_zones;
	const struct fl_member *members;
	uint32_t n_members;
	bool by_link;    /* it places routable addresses by MAC or VLAN: it has a MAC prefix, or a VLAN and no IP prefix */
	bool has_prefix; /* some member is an IP prefix: a VLAN member then places no routable address */
	uint8_t in_scope; /* 0 false, 1 true, 2 not said */
	struct fl_srcpos in_scope_at;
};

struct fl_window {
	uint32_t days;         /* bit 0 = Monday */
	uint32_t from, to;     /* minutes of the local day; to <= from: ends the day after */
	const struct fl_tz *tz;
};

/* One `allow` line; also the narrowing of an exception. n = 0 or zero set: not narrowed. */
struct fl_allow {
	uint16_t protocol;   /* id in the vocabulary */
	uint16_t operations; /* set of classes, FL_OP_ALL if not said */
	struct fl_srcpos at;
	struct fl_yaml_ranges ports;
	struct fl_yaml_ranges ethertypes; /* of link-layer flows */
	struct fl_yaml_ranges units, registers, coils;
};

struct fl_conduit {
	struct fl_conduit_info pub;
	struct fl_refs from_refs, to_refs;
	struct fl_ref supplier_ref;
	const struct fl_allow *allow;
	const struct fl_window *windows;
	uint32_t n_windows;
	uint32_t index; /* in file order */
	struct fl_srcpos until_at, review_at;
};

struct fl_net {
	struct fl_addr addr; /* kind NONE = any */
	uint8_t bits;
};

struct fl_exception {
	struct fl_exception_info pub;
	struct fl_ref conduit_ref;
	struct fl_refs from_refs, to_refs;
	struct fl_allow what;
	struct fl_net source, destination;
	uint32_t index;
	struct fl_srcpos expires_at;
};

/* What a decision asks of a conduit, apart from the rest, which only people read: one line of the cache. */
struct fl_rule {
	int64_t from_ns, until_ns;      /* 0 = not given */
	const struct fl_allow *allow;
	const struct fl_window *windows;
	uint32_t n_allow;
	uint16_t n_windows;             /* more are refused */
	bool log_all;
	bool indexed;                   /* its lines are in the index of lines */
	const char *id;
	struct fl_srcpos at;
};

/* (from zone, to zone) -> conduits or exceptions in file order; a slot of an open-addressed table (see table.h). */
struct fl_pair {
	uint32_t zones;       /* from << 16 | to, by index */
	uint32_t first, n;    /* into items; n = 0: a free slot; n = 1: the item itself */
	uint32_t line;        /* conduits: the first line of the first, so that rule and line are fetched at one time */
};

struct fl_pairs {
	const struct fl_pair *slot;
	uint32_t mask;
	uint32_t n;            /* pairs */
	const uint32_t *items; /* indexes of conduits or exceptions */
};

/* Who speaks of a protocol, where many are to choose from: lists of conduits of a pair, of lines of a conduit, of
 * exceptions of a pair, by protocol and port. See lines.h. */
struct fl_lines_slot {
	uint64_t key;
	uint32_t first, n; /* into items; n = 0: a free slot */
};

struct fl_lines {
	const struct fl_lines_slot *slot; /* NULL: nothing is indexed */
	uint32_t mask;
	const uint32_t *items;
};

/* Who claims units behind an address: by unit id, sixteen to a row; rows that nobody claims a unit of are NULL. What a
 * longer prefix leaves unclaimed is here the shorter one's. */
struct fl_units {
	struct fl_claim **row[16];
	const struct fl_zone *const *zones; /* the zones that these units lie in, in the order of the file */
	uint32_t n_zones;
};

/* What an address, MAC address, VLAN or unit means in one plant, or anywhere. */
struct fl_place_index {
	struct fl_lpm addrs;     /* values: indexes of zones */
	struct fl_lpm units;     /* values: indexes into sets */
	struct fl_units **sets;
	struct fl_claim **vlans; /* by VLAN id; NULL if none is claimed */
};

/* Which zone claims a prefix, VLAN or unit. Only in the index over all plants may several do, at most one zone of each
 * plant, where each of these has its own captures: nobody can say who is meant by a frame that none of them captured. */
struct fl_claim {
	const struct fl_zone *zone;
	struct fl_claim *other; /* of another plant; NULL = nobody else */
	uint32_t member;        /* of the zone, by index */
};

/* Declared assets, found by their zone and address (IP or MAC; the first of the file where several of a zone bear one
 * MAC address), and which zone an asset's MAC address speaks for. */
struct fl_asset_entry {
	const struct fl_asset *asset;
	uint32_t zone;
	bool by_mac;
	bool alone; /* by MAC: one that bears it has no IP address */
};

struct fl_mac_owner {
	struct fl_addr mac;
	uint32_t plant;             /* index + 1; 0 = all */
	const struct fl_zone *zone; /* NULL: assets of several zones bear it */
};

struct fl_assets {
	struct fl_table table, owners_table;
	const struct fl_asset_entry *list;
	const struct fl_mac_owner *owners;
};

struct fl_policy {
	struct fl_arena arena;
	const char *path, *organization;
	uint8_t sha256[32];

	struct fl_scope_full *scopes;
	struct fl_supplier *suppliers;
	struct fl_plant_full *plants;
	struct fl_zone_full *zones;
	struct fl_conduit *conduits;
	struct fl_exception *exceptions;
	uint32_t n_scopes, n_suppliers, n_plants, n_zones, n_conduits, n_exceptions;

	struct fl_place_index places; /* over all zones */
	struct fl_assets assets;
	const struct fl_rule *rules; /* by index of the conduit */
	const struct fl_allow *allow_lines; /* of all conduits, in order */
	struct fl_pairs conduit_pairs, exception_pairs;
	struct fl_lines lines;
	uint16_t modbus; /* its id in the vocabulary; FL_PROTOCOL_UNKNOWN if it has none */

	struct fl_addr *sensors; /* sorted: `sensors`, and what fl_policy_bind_sensor told */
	uint32_t n_sensors;

	const struct fl_capture_row *rows; /* [0]: interfaces that no plant names */
	uint32_t n_rows;
	const struct fl_capture_row **iface_rows; /* by interface index; set by fl_policy_bind_ifaces */
	uint32_t n_ifaces;
};

/* A growing list of one kind of object while loading. */
struct fl_list {
	void *items;
	uint32_t n, cap;
};

static inline const struct fl_zone_full *fl_zone_full(const struct fl_policy *p, const struct fl_zone *z)
{
	return &p->zones[z->index];
}

/* fl_pair_of - what joins a pair of zones, or NULL; fl_pair_items - their numbers, pair->n of them. */
const struct fl_pair *fl_pair_of(const struct fl_pairs *pairs, unsigned from, unsigned to);
const uint32_t *fl_pair_items(const struct fl_pairs *pairs, const struct fl_pair *pair);
/* fl_pairs_find - those of a pair of zones; *n of them, NULL if none. */
const uint32_t *fl_pairs_find(const struct fl_pairs *pairs, unsigned from, unsigned to, uint32_t *n);
/* fl_ranges_hold - do the ranges hold every number lo..hi in one piece? */
bool fl_ranges_hold(const struct fl_yaml_ranges *r, uint64_t lo, uint64_t hi);
/* fl_claim_find - who claims an address (or MAC) in the plant, then anywhere; *bits of the prefix. NULL: nobody, or
 * nobody can say. plant may be NULL. */
const struct fl_zone *fl_claim_find(const struct fl_policy *p, const struct fl_plant_full *plant,
				    const struct fl_addr *addr, unsigned *bits);
/* fl_units_find - who claims units behind an address: the plant's zones, else anybody's. NULL: nobody. */
const struct fl_units *fl_units_find(const struct fl_policy *p, const struct fl_plant_full *plant, const struct fl_addr *addr);
/* fl_asset_find - the asset of that zone with that address, or NULL. fl_asset_owner - the only zone (of the plant; NULL: of
 * all) in which an asset is declared with that MAC address, or NULL. */
const struct fl_asset *fl_asset_find(const struct fl_policy *p, const struct fl_zone *z, const struct fl_addr *addr);
const struct fl_zone *fl_asset_owner(const struct fl_policy *p, const struct fl_plant *plant, const struct fl_addr *mac);
/* fl_scope_at - the scope a zone lies in at that instant, or NULL. */
const struct fl_scope *fl_scope_at(const struct fl_policy *p, const struct fl_zone *z, int64_t ts_ns);
/* fl_window_open - is the instant in the window? */
bool fl_window_open(const struct fl_window *w, int64_t ts_ns);

#endif
