/* verdict.h - how far a question came in one conduit: what a verdict is made of, and what is said about it. */
#ifndef FL_ZONES_VERDICT_H
#define FL_ZONES_VERDICT_H

#include "zones/lines.h"

struct fl_trace {
	uint8_t verdict;               /* CONFORMING, or what the conduit fails on */
	const struct fl_allow *line;   /* that permits, or came nearest; NULL = none was reached */
	int object;                    /* the one that is not permitted, or -1: none in particular */
	uint16_t classes;              /* what was asked of it */
};

/* fl_conduit_ask - a question to one conduit, whose zones fit already. */
void fl_conduit_ask(const struct fl_policy *p, const struct fl_conduit *c, const struct fl_question *q, struct fl_trace *t);
/* fl_verdict_decide - fl_policy_decide(), and the zone that was decided about: the responder's, or of a flow as a whole that
 * of a unit behind its address. */
const struct fl_zone *fl_verdict_decide(const struct fl_policy *p, const struct fl_question *q, struct fl_decision *out);

#endif
