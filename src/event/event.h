/* event.h - findings as JSON records: ECS 9.4 names first, ours under fenceline.*; see tests/schema/event.schema.json.
 *
 * A record is written for one reader: the log of a scope, or of what lies in none. What that reader may know of a far
 * end outside the scope is decided here and nowhere else (the scope's `disclose`). Pure: findings in, text out. */
#ifndef FL_SRC_EVENT_H
#define FL_SRC_EVENT_H

#include "fenceline/finding.h"
#include "fenceline/json.h"
#include "fenceline/vocab.h"

#define FL_EVENT_SCHEMA_VERSION "1.0.0"
#define FL_ECS_VERSION "9.4.0"

struct fl_policy;

/* What all events of a run share. */
struct fl_event_env {
	const char *sensor;            /* observer.name */
	const struct fl_policy *policy;
	const struct fl_vocab *vocab;
	const char *const *iface_names; /* by interface index */
	unsigned n_ifaces;
	const char *(*risk_name)(unsigned bit);     /* of the dpi room; NULL: none */
	const char *(*category_name)(unsigned cat);
	const char *(*confidence_name)(unsigned confidence);
	uint16_t community_seed;
	const char *filter;            /* the capture filter in use; NULL: everything is looked at */
};

/* X(name, event.action) */
#define FL_EVENT_KINDS(X)                               \
	X(BOUNDARY_FLOW, "boundary.flow")               \
	X(BOUNDARY_VIOLATION, "boundary.violation")     \
	X(OT_OPERATION, "ot.operation")                 \
	X(ASSET_SEEN, "asset.seen")                     \
	X(POLICY_LOADED, "policy.loaded")               \
	X(SENSOR_COVERAGE, "sensor.coverage")           \
	X(SENSOR_GAP, "sensor.gap")

enum fl_event_kind {
#define X(name, action) FL_EVENT_##name,
	FL_EVENT_KINDS(X)
#undef X
};

/* fl_event_readers - the scopes whose logs a finding belongs in, as a bit set over scope indexes (at most 64 scopes);
 * 0: it lies in none, and goes to the log "unscoped". COVERAGE and GAP belong in all: UINT64_MAX. */
uint64_t fl_event_readers(const struct fl_finding *f);

/* fl_event_finding - one record of `kind` for `reader` (NULL: the unscoped log) with the given sequence number. */
void fl_event_finding(const struct fl_event_env *env, enum fl_event_kind kind, const struct fl_finding *f,
		      const struct fl_scope *reader, uint64_t sequence, struct fl_json *out);
void fl_event_policy_loaded(const struct fl_event_env *env, int64_t ts_ns, const struct fl_scope *reader,
			    uint64_t sequence, struct fl_json *out);
/* fl_event_gap - the log itself, or the sensor, was interrupted. A finding of kind GAP becomes the same record. */
void fl_event_gap(const struct fl_event_env *env, int64_t ts_ns, const struct fl_scope *reader, uint64_t sequence,
		  const struct fl_gap *gap, struct fl_json *out);

/* fl_community_id - Community ID v1 into out ("1:" + base64). False where the flow has none (no IP). */
#define FL_COMMUNITY_ID_MAX 32
bool fl_community_id(const struct fl_addr *src, const struct fl_addr *dst, uint8_t ip_proto, uint16_t src_port,
		     uint16_t dst_port, uint16_t seed, char out[FL_COMMUNITY_ID_MAX]);

#endif
