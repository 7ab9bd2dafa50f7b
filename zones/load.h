/* load.h - from YAML trees to the lists of struct fl_policy. Only the loader's own files include it.
 *
 * load.c           documents: files, includes, the top-level lists, what zones and conduits share
 * load_zones.c     scopes, suppliers, plants, zones; load_members.c what lies in a zone
 * load_conduits.c  conduits, exceptions, windows, allow lines
 * check.c          references, rules between objects
 * compile.c        look-ups by address, ambiguities
 * assets.c         declared assets
 * pairs.c          conduits and exceptions by pair of zones; lines.c by protocol where there are many
 * lint.c           warnings */
#ifndef FL_ZONES_LOAD_H
#define FL_ZONES_LOAD_H

#include "zones/model.h"

struct fl_loading {
	struct fl_policy *p;
	const struct fl_vocab *vocab;
	int64_t now_ns;
	struct fl_diags *diags;
	struct fl_yaml_ctx yaml; /* .user points back here */
	struct fl_list scopes, suppliers, plants, zones, conduits, exceptions; /* heap; moved into the arena by load */
	struct fl_list tzs;      /* const struct fl_tz *: each zone's file is read once */
};

/* One row per top-level list: its key, the word for one of them, and what reads one. */
typedef bool fl_load_one(struct fl_loading *l, const struct fl_yaml_node *v, const char *what);

fl_load_one fl_load_scope, fl_load_supplier, fl_load_plant, fl_load_zone, fl_load_conduit, fl_load_exception;

/* fl_list_add - room for one more object of that size, zeroed; NULL sets yaml.nomem. Moves those before. */
void *fl_list_add(struct fl_loading *l, struct fl_list *list, size_t size) FL_MUST_USE;

static inline struct fl_loading *fl_loading_of(const struct fl_yaml_ctx *c) { return c->user; }

/* Take functions for what is written alike in several places. */
fl_yaml_take fl_take_id;        /* const char *: a-z 0-9 . _ - */
fl_yaml_take fl_take_id_mixed;  /* ... and A-Z: exceptions and assets carry the names of other systems */
fl_yaml_take fl_take_ref;       /* struct fl_ref */
fl_yaml_take fl_take_refs;      /* struct fl_refs; one or a list, none twice */
fl_yaml_take fl_take_sl;        /* struct fl_sl */
fl_yaml_take fl_take_members;   /* into a struct fl_zone_full */
fl_yaml_take fl_take_vlan;      /* struct fl_yaml_ranges */

/* The ZCR 6.4 fields of zones and conduits: rows for a table of keys, for a member `record` at that offset. */
#define FL_ZCR64_KEYS(offset)                                                                                   \
	{"organization", fl_yaml_take_text, (offset) + offsetof(struct fl_zcr64, organization)},                \
	{"logical_boundary", fl_yaml_take_text, (offset) + offsetof(struct fl_zcr64, logical_boundary)},        \
	{"physical_boundary", fl_yaml_take_text, (offset) + offsetof(struct fl_zcr64, physical_boundary)},      \
	{"safety", fl_yaml_take_bool, (offset) + offsetof(struct fl_zcr64, safety)},                            \
	{"logical_access_points", fl_yaml_take_texts, (offset) + offsetof(struct fl_zcr64, logical_access_points)}, \
	{"physical_access_points", fl_yaml_take_texts, (offset) + offsetof(struct fl_zcr64, physical_access_points)}, \
	{"data_flows", fl_yaml_take_texts, (offset) + offsetof(struct fl_zcr64, data_flows)},                   \
	{"security_requirements", fl_yaml_take_texts, (offset) + offsetof(struct fl_zcr64, security_requirements)}, \
	{"security_policies", fl_yaml_take_texts, (offset) + offsetof(struct fl_zcr64, security_policies)},     \
	{"assumptions", fl_yaml_take_texts, (offset) + offsetof(struct fl_zcr64, assumptions)}

/* fl_policy_check - resolve references, apply the rules between objects. */
void fl_policy_check(struct fl_loading *l);
/* fl_policy_compile_places - captures, prefixes, assets; what is ambiguous is an error. Also after errors: zones without
 * a plant are left out. */
void fl_policy_compile_places(struct fl_loading *l);
/* fl_policy_compile_assets - by zone and address; part of it. */
void fl_policy_compile_assets(struct fl_loading *l);
/* fl_policy_compile_pairs - conduits and exceptions by pair of zones. Only without errors before. */
void fl_policy_compile_pairs(struct fl_loading *l);
/* fl_policy_lint - warnings about a policy that has no errors. */
void fl_policy_lint(struct fl_loading *l);


#endif
