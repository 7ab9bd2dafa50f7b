/* names.c - the texts of the enums in include/fenceline, from the same X-macro rows, so that they cannot drift. */
#include "fenceline/compiler.h"
#include "fenceline/finding.h"
#include "fenceline/flow.h"
#include "fenceline/operation.h"
#include "fenceline/policy.h"
#include "fenceline/tunnel.h"

const char *const fl_op_class_names[FL_OP_CLASS_COUNT] = {
#define X(name, text) text,
	FL_OP_CLASSES(X)
#undef X
};

#define X(name, text) text,
#define NAMES(function, rows)                                             \
	const char *function(unsigned v)                                  \
	{                                                                 \
		static const char *const names[] = {rows(X)};             \
		return v < FL_ARRAY_LEN(names) ? names[v] : "?";          \
	}

NAMES(fl_op_outcome_name, FL_OP_OUTCOMES)
NAMES(fl_object_kind_name, FL_OBJECT_KINDS)
NAMES(fl_initiator_how_name, FL_INITIATOR_HOWS)
NAMES(fl_flow_end_reason_name, FL_FLOW_ENDS)
NAMES(fl_flow_reply_name, FL_FLOW_REPLIES)
NAMES(fl_label_how_name, FL_LABEL_HOWS)
NAMES(fl_label_why_name, FL_LABEL_WHYS)
NAMES(fl_flow_kind_name, FL_FLOW_KINDS)
NAMES(fl_flow_relation_name, FL_RELATIONS)
NAMES(fl_scope_relation_name, FL_SCOPE_RELATIONS)
NAMES(fl_plant_state_name, FL_PLANT_STATES)
NAMES(fl_zone_kind_name, FL_ZONE_KINDS)
NAMES(fl_clause_kind_name, FL_CLAUSE_KINDS)
NAMES(fl_place_how_name, FL_PLACE_HOWS)
NAMES(fl_gap_reason_name, FL_GAP_REASONS)
#undef X

#define X(name, text, ip, source) text,
NAMES(fl_tunnel_name, FL_TUNNELS)
#undef X

#define X(name, text, violation) text,
NAMES(fl_verdict_name, FL_VERDICTS)
#undef X

/* As IANA writes them (protocol-numbers), in lower case; NULL for the rest, which have their number. */
const char *fl_transport_name(unsigned ip_proto)
{
	switch (ip_proto) {
	case 1:
		return "icmp";
	case 2:
		return "igmp";
	case 6:
		return "tcp";
	case 17:
		return "udp";
	case 46:
		return "rsvp";
	case 47:
		return "gre";
	case 50:
		return "esp";
	case 51:
		return "ah";
	case 58:
		return "ipv6-icmp";
	case 88:
		return "eigrp";
	case 89:
		return "ospfigp";
	case 103:
		return "pim";
	case 112:
		return "vrrp";
	case 132:
		return "sctp";
	default:
		return NULL;
	}
}
