/* lines.h - who may speak of a question, where there are many: the lines of one conduit, the conduits of one pair of zones,
 * the exceptions of one pair, by protocol and port, so that a decision costs what could match and not what there is.
 *
 * Only owners with FL_LINES_MANY or more are indexed; what is shorter is read through. An index only leaves out what
 * cannot match: who finds a line here must still ask it. Items come in the order of the file whichever list they are in,
 * so that the answer is the one that reading all of them would give.
 *
 *     key   63 62 61                 32 31     16 15    0
 *          +-----+---------------------+---------+-------+
 *          |kind |  owner's number     |protocol |  port |     port 0: any
 *          +-----+---------------------+---------+-------+ */
#ifndef FL_ZONES_LINES_H
#define FL_ZONES_LINES_H

#include "zones/model.h"

enum { FL_LINES_MANY = 16 };

enum fl_lines_kind { FL_LINES_OF_CONDUIT, FL_CONDUITS_OF_PAIR, FL_EXCEPTIONS_OF_PAIR };

/* A question with the protocols that a line may name for it. */
#define FL_ASKED_MAX 5u
struct fl_asked {
	const struct fl_question *q;
	uint16_t protocol[FL_ASKED_MAX];
	unsigned n;
};

void fl_ask(struct fl_asked *a, const struct fl_question *q);
/* fl_asked_line - does the line speak of it: protocol, port and EtherType? */
bool fl_asked_line(const struct fl_allow *line, const struct fl_asked *a);

/* A walk over numbers in ascending order. */
struct fl_walk {
	uint32_t next, end; /* of those that are not indexed */
	unsigned n;
	struct { const uint32_t *at, *end; } list[2 * FL_ASKED_MAX];
};

void fl_walk_all(struct fl_walk *w, uint32_t n);
void fl_walk_index(struct fl_walk *w, const struct fl_lines *lines, enum fl_lines_kind kind, uint32_t owner,
		   const struct fl_asked *a);
/* fl_walk_next - false: no more. */
bool fl_walk_next(struct fl_walk *w, uint32_t *number);

/* fl_policy_compile_lines - the index over all of the policy; after the pairs. */
struct fl_loading;
void fl_policy_compile_lines(struct fl_loading *l);

#endif
