/* expect.h - flows that another flow announced: FTP's data connections, CIP's I/O.
 *
 * A control flow tells which endpoints will talk next. The announcement waits, bounded in number and time; the first flow
 * that fits takes it and carries its parent's id and relation from birth. Where several fit, the one that says most of the
 * endpoints; of two that say the same the later replaces the earlier. */
#ifndef FL_SRC_FLOW_EXPECT_H
#define FL_SRC_FLOW_EXPECT_H

#include "fenceline/compiler.h"
#include "fenceline/flow.h"

struct fl_expect;

struct fl_expectation {
	uint64_t context, parent;
	uint8_t ip_proto, relation;   /* relation: enum fl_flow_relation */
	struct fl_addr from, to;      /* who opens it, and who is dialled; kind NONE: anybody */
	uint16_t from_port, to_port;  /* 0 = any; one of them is set */
	bool lasting;                 /* stays when a flow has taken it: I/O on a fixed port may pause and begin anew */
	int64_t until_ns;             /* mono_ns: no longer from then on */
};

struct fl_expect *fl_expect_new(void); /* NULL: no memory; FL_EXPECT_MAX, the oldest gives way */
void fl_expect_free(struct fl_expect *e);
void fl_expect_add(struct fl_expect *e, const struct fl_expectation *x); /* without a port: nothing happens */
/* fl_expect_take - if the new flow f was announced, sets its parent and relation; true then. O(1). */
bool fl_expect_take(struct fl_expect *e, struct fl_flow *f, int64_t mono_ns);
/* fl_expect_forget - the parent flow has ended: what it announced and nobody took no longer counts. Optional. */
void fl_expect_forget(struct fl_expect *e, uint64_t parent);
/* fl_expect_displaced - how many gave way while they could still have been taken. */
uint64_t fl_expect_displaced(const struct fl_expect *e);
/* fl_expect_check - stops the program at a broken invariant. For tests. */
void fl_expect_check(const struct fl_expect *e);

#endif
