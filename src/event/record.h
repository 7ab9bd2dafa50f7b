/* record.h - the parts of a record that findings have in common. Each writes one member of the object that is open. */
#ifndef FL_SRC_EVENT_RECORD_H
#define FL_SRC_EVENT_RECORD_H

#include "event/view.h"

/* fl_event_text - a text out of a policy or a file name, cut to FL_EVENT_TEXT_MAX; NULL writes nothing. */
void fl_event_text(struct fl_json *j, const char *key, const char *s);

#define FL_EVENT_NO_IFACE (-1)

/* ECS: source, destination, network, observer, rule. */
void fl_event_put_end(struct fl_json *j, const char *key, const struct fl_event_view *v, unsigned which);
void fl_event_put_network(struct fl_json *j, const struct fl_event_view *v);
/* iface: where it was seen, or FL_EVENT_NO_IFACE; named: the reader may know its name, too. */
void fl_event_put_observer(struct fl_json *j, const struct fl_event_env *env, int iface, bool named);
void fl_event_put_rule(struct fl_json *j, const struct fl_event_view *v);

/* fenceline.*: in the order of their names. */
void fl_event_put_capture(struct fl_json *j, const struct fl_event_env *env);
void fl_event_put_clause(struct fl_json *j, const struct fl_event_view *v);
void fl_event_put_place(struct fl_json *j, const char *key, const struct fl_event_view *v, unsigned which);
void fl_event_put_flow(struct fl_json *j, const struct fl_event_view *v);
void fl_event_put_fold(struct fl_json *j, const struct fl_finding *f);
void fl_event_put_label(struct fl_json *j, const struct fl_event_view *v);
void fl_event_put_gap(struct fl_json *j, const struct fl_gap *g, const struct fl_scope *reader);
void fl_event_put_operation(struct fl_json *j, const struct fl_event_view *v);
void fl_event_put_coverage(struct fl_json *j, const struct fl_coverage *c);
void fl_event_put_asset(struct fl_json *j, const struct fl_event_view *v);

#endif
