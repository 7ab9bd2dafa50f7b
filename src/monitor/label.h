/* label.h - what a flow's final label says beside the protocol: why there is none, and what the port would have meant. */
#ifndef FL_SRC_MONITOR_LABEL_H
#define FL_SRC_MONITOR_LABEL_H

#include "fenceline/coverage.h"
#include "fenceline/flow.h"
#include "fenceline/vocab.h"

/* fl_label_why - of a flow whose label is final: LABELLED, or the first reason that holds. label.why says what was noted
 * on the way. Pure. */
enum fl_label_why fl_label_why(const struct fl_flow *f);

struct fl_port_names; /* ports.h and the dissectors' ports in the words of one vocabulary; read-only once made */

struct fl_port_names *fl_port_names_new(const struct fl_vocab *v); /* NULL: no memory */
void fl_port_names_free(struct fl_port_names *n);
/* fl_port_names_differ - what the responder's port is registered for, if the content of the flow is known and is not
 * that; else FL_PROTOCOL_UNKNOWN. */
uint16_t fl_port_names_differ(const struct fl_port_names *n, const struct fl_flow *f);

/* fl_label_count - an ended flow into the counters of labels. The unclassified_* add up to flows_unclassified. */
void fl_label_count(struct fl_coverage *c, const struct fl_flow *f);

#endif
