/* policy.h (zones) - load, compile, look up, decide. See zones/README.md for the language. */
#ifndef FL_ZONES_POLICY_H
#define FL_ZONES_POLICY_H

#include <stdio.h>

#include "fenceline/compiler.h"
#include "fenceline/diag.h"
#include "fenceline/packet.h"
#include "fenceline/policy.h"
#include "fenceline/vocab.h"

struct fl_policy; /* immutable once loaded; free of locks; shared by all threads */

/* What reports may know of the rest; pointers live as long as the policy. Times: 0 = not given; an until or expires is
 * the first instant after the day that was named. Texts: NULL = not given. */
struct fl_scope_version {
	const char *version, *statement, *soa, *approved_by;
	int64_t effective_from_ns;
	struct fl_srcpos at;
};

struct fl_supplier {
	const char *id, *name, *agreement, *contact;
	int64_t expires_ns;
	struct fl_srcpos at;
};

struct fl_conduit_info {
	const char *id, *name;
	const struct fl_zone *const *from, *const *to;
	uint32_t n_from, n_to, n_allow;
	struct fl_sl sl_target;
	const char *owner, *risk_assessment, *justification, *ticket;
	const struct fl_supplier *supplier; /* NULL = none */
	int64_t valid_from_ns, valid_until_ns, review_by_ns;
	bool log_all;
	bool crosses; /* some pair of its zones lies in two scopes, or in one and in none */
	struct fl_zcr64 record;
	struct fl_srcpos at;
};

struct fl_exception_info {
	const char *id;
	const struct fl_conduit *conduit; /* NULL: from and to instead */
	const struct fl_zone *const *from, *const *to;
	uint32_t n_from, n_to;
	const char *owner, *approved_by, *reason, *compensating_control, *ticket;
	int64_t expires_ns;
	bool crosses;
	struct fl_srcpos at;
};

/* fl_policy_load - read, check and compile. All errors and warnings go to diags; with any error the result is
 * FL_EINVALID and *out is untouched. now_ns: the time against which expired certificates and overdue reviews are
 * warned about (0: no such warnings); it decides nothing. */
int fl_policy_load(struct fl_policy **out, const char *path, const struct fl_vocab *vocab, int64_t now_ns,
		   struct fl_diags *diags) FL_MUST_USE;
/* fl_policy_parse - the same from memory (tests, fuzzing); include is then an error. */
int fl_policy_parse(struct fl_policy **out, const char *name, const char *text, size_t n, const struct fl_vocab *vocab,
		    int64_t now_ns, struct fl_diags *diags) FL_MUST_USE;
void fl_policy_free(struct fl_policy *p);
/* fl_policy_unenforced - warn of each allow line and exception that is narrowed to operations of a protocol whose operations
 * this build does not see: for it only protocol and port are enforced. can_see is asked with the protocol's name. Gives
 * how many there are. After fl_policy_load; a policy does not know which dissectors it will run with. */
unsigned fl_policy_unenforced(const struct fl_policy *p, const struct fl_vocab *v,
			      bool (*can_see)(const char *protocol, void *user), void *user, struct fl_diags *diags);

const char *fl_policy_path(const struct fl_policy *p);
const char *fl_policy_organization(const struct fl_policy *p);
const uint8_t *fl_policy_sha256(const struct fl_policy *p); /* over all files' bytes in the order read; 32 bytes */
unsigned fl_policy_scopes(const struct fl_policy *p);
const struct fl_scope *fl_policy_scope(const struct fl_policy *p, unsigned i);
unsigned fl_policy_plants(const struct fl_policy *p);
const struct fl_plant *fl_policy_plant(const struct fl_policy *p, unsigned i);
unsigned fl_policy_zones(const struct fl_policy *p);
const struct fl_zone *fl_policy_zone(const struct fl_policy *p, unsigned i);
unsigned fl_policy_conduits(const struct fl_policy *p);
unsigned fl_policy_exceptions(const struct fl_policy *p);
/* fl_policy_scope_version - the version of the scope that is in force at ts_ns, or NULL. */
const char *fl_policy_scope_version(const struct fl_policy *p, const struct fl_scope *s, int64_t ts_ns);
const char *fl_conduit_id(const struct fl_conduit *c);
const struct fl_conduit *fl_policy_conduit(const struct fl_policy *p, unsigned i);
const struct fl_conduit_info *fl_conduit_info(const struct fl_conduit *c);
const struct fl_exception_info *fl_policy_exception(const struct fl_policy *p, unsigned i);
unsigned fl_policy_suppliers(const struct fl_policy *p);
const struct fl_supplier *fl_policy_supplier(const struct fl_policy *p, unsigned i);
unsigned fl_scope_versions(const struct fl_policy *p, const struct fl_scope *s);
const struct fl_scope_version *fl_scope_version(const struct fl_policy *p, const struct fl_scope *s, unsigned i);
/* Members as they are written: "10.20.1.0/24", "00:1b:1b:00:00:00/24", "VLAN 120", "units 1-4 behind 10.20.1.5". Gives buf. */
unsigned fl_zone_members(const struct fl_policy *p, const struct fl_zone *z);
const char *fl_zone_member_text(const struct fl_policy *p, const struct fl_zone *z, unsigned i, char *buf, size_t n);
/* One allow line in words: "modbus read; units 1-4; registers 0-199". Gives buf. */
const char *fl_conduit_allow_text(const struct fl_conduit *c, const struct fl_vocab *v, unsigned i, char *buf, size_t n);
/* What an exception is narrowed to, in the same words. */
const char *fl_exception_what_text(const struct fl_policy *p, unsigned i, const struct fl_vocab *v, char *buf, size_t n);

/* fl_policy_bind_ifaces - tell which interface index has which name, before the first lookup (once per run). */
int fl_policy_bind_ifaces(struct fl_policy *p, const char *const *names, unsigned n) FL_MUST_USE;
/* fl_policy_context - the address space a frame belongs to: a number for the flow key. What plants capture on one
 * interface is one, but for plants that claim the same addresses: each of these has its own. A VLAN that no plant names
 * is its own. At most FL_VLAN_MAX tags; the first two count. Tags with VLAN id 0 only carry a priority (IEEE 802.1Q 9.6;
 * PROFINET sends them) and count as no tag.
 *
 *      63 62      48 47        32 31 30 29 28 27      16 15       0
 *     +--+----------+------------+-----+-----+----------+----------+
 *     | 1|     0    |     0      |         0            |   iface  |   plants capture it, and share it
 *     +--+----------+------------+-----+-----+----------+----------+
 *     | 1|     0    | plant + 1  |         0            |   iface  |   a plant captures it that has its own
 *     +--+----------+------------+-----+-----+----------+----------+
 *     | 0|     0    | inner VLAN |  0  | tags| outer    |   iface  |   nobody does; tags 0, 1 or 2
 *     +--+----------+------------+-----+-----+----------+----------+ */
uint64_t fl_policy_context(const struct fl_policy *p, uint16_t iface, const uint16_t *vlan, unsigned vlans);

/* fl_policy_place - both ends of a flow into zones: the context's plant first where it has a space of its own, then all;
 * longest prefix; then MAC, then VLAN (own link only: end->on_link; a routable address only in a zone that lists no
 * prefix); groups, link-local and the sensor's own take the other end's zone. An IPv4 end that has not sent and whose mac
 * is a group's (has_mac set, from the frames to it) is a directed broadcast. Linear in address bits, not in the number of
 * prefixes. a and b are written. */
void fl_policy_place(const struct fl_policy *p, uint64_t context, const struct fl_flow_end *a, const struct fl_flow_end *b,
		     struct fl_place *place_a, struct fl_place *place_b);
/* fl_policy_place_unit - where one unit behind a gateway's address lies: zones may claim an address and units. True and
 * *place is written if a zone claims this unit there; else it lies where its address does. Whoever asks about an operation on
 * a unit asks with this place; about the flow, with that of fl_policy_place(), which knows of the units. */
bool fl_policy_place_unit(const struct fl_policy *p, uint64_t context, const struct fl_flow_end *e, uint16_t unit,
			  struct fl_place *place);
/* fl_policy_bind_sensor - this sensor's own addresses, known when it listens on its interfaces, besides those that the
 * policy names; before the first lookup. */
int fl_policy_bind_sensor(struct fl_policy *p, const struct fl_addr *addrs, unsigned n) FL_MUST_USE;
/* fl_policy_is_judged - false for link upkeep, whose flows are kept and counted but not decided: of the link layer by
 * ethertypes.h; IGMP, MLD, neighbour and router discovery; DHCP of a client without an address. By kind, protocol, addresses,
 * ports and ICMP type of a new flow; it does not change afterwards. */
bool fl_policy_is_judged(const struct fl_flow *f);
/* fl_policy_context_is_free - no plant has claimed this context as its own address space: it may be found to be one with
 * another (src/flow/contexts.h). */
bool fl_policy_context_is_free(uint64_t context);
/* fl_policy_decide - pure; the same answer for the same question. */
void fl_policy_decide(const struct fl_policy *p, const struct fl_question *q, struct fl_decision *out);
/* fl_policy_why - one sentence for a person: "hh-dmz may not write holding register 5 of unit 1 in hh-cell-1
 * (modbus write_single_register): conduit c-historian permits only read". */
void fl_policy_why(const struct fl_policy *p, const struct fl_vocab *v, const struct fl_question *q,
		   const struct fl_decision *d, char *buf, size_t n);
/* fl_policy_summary - what a person reviews after `fenceline check`: scopes with plants and zones, shared services,
 * each conduit in a line, crossings of the certified boundary first, exceptions with their ends. */
void fl_policy_summary(const struct fl_policy *p, const struct fl_vocab *v, FILE *f);

#endif
