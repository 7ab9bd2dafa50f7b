/* dissect_flows.h - `fenceline dissect --flows`: each conversation as one JSON line. */
#ifndef FL_SRC_CLI_DISSECT_FLOWS_H
#define FL_SRC_CLI_DISSECT_FLOWS_H

#include "fenceline/flow.h"
#include "fenceline/json.h"

/* fl_dissect_flow_json - an ended flow as an object; seconds as text with nine decimals, as capture tools write them. */
void fl_dissect_flow_json(struct fl_json *j, const struct fl_flow *f);

/* fl_dissect_no_flow_json - frames that belong to no flow, and why: an outcome of decode, or that they were copies. */
void fl_dissect_no_flow_json(struct fl_json *j, const char *why, uint64_t packets, uint64_t bytes);

#endif
