/* contexts.h - the address spaces that a worker has seen: a policy's context, told apart by tunnel, joined by evidence.
 *
 * A context (fl_policy_context) comes from the interface and its VLAN tags, and leaves bits 62 to 48 free. What is inside a
 * tunnel is another space: those bits hold its number here, 0 for no tunnel. Of VXLAN, Geneve and PBB the space is
 * (kind, id), as any two endpoints of one VNI may talk; of GRE, IP in IP and Teredo it is (kind, both endpoints, GRE's key);
 * each within the space around it. ERSPAN is the mirror's own transport and MPLS and PPPoE are links: what they carry is in
 * the space around them.
 *
 * A mirror port may show one conversation under several contexts (before and after a router; a tag on one side only). Where
 * frames prove it, two contexts become one, for good: from then on the one seen first stands for both. Flows that began
 * under the other stay there; fl_contexts_former says where to look for them. */
#ifndef FL_SRC_FLOW_CONTEXTS_H
#define FL_SRC_FLOW_CONTEXTS_H

#include "fenceline/compiler.h"
#include "fenceline/packet.h"

struct fl_contexts;

struct fl_contexts *fl_contexts_new(void); /* NULL: no memory; bounded by FL_CONTEXTS_MAX */
void fl_contexts_free(struct fl_contexts *c);
/* fl_contexts_of - the context of p's innermost layer (layer == p->tunnels) or of the carrier of tunnel[layer], given the
 * policy's context for that layer's tags. At the bound, tunnels share one space, and a context is never joined. */
uint64_t fl_contexts_of(struct fl_contexts *c, uint64_t base, const struct fl_packet *p, unsigned layer);
/* fl_contexts_join - both are one from now on. False: they were already, or are in different tunnels or interfaces, or there
 * was no room for one of them. */
bool fl_contexts_join(struct fl_contexts *c, uint64_t a, uint64_t b);
/* fl_contexts_near - other contexts of the same interface and tunnel space, newest first, at most n: where the other side of
 * a conversation may be. Gives how many. */
unsigned fl_contexts_near(const struct fl_contexts *c, uint64_t context, uint64_t *out, unsigned n);
/* fl_contexts_former - those that have become one with this one, latest first, at most n. Gives how many. */
unsigned fl_contexts_former(const struct fl_contexts *c, uint64_t context, uint64_t *out, unsigned n);
/* fl_contexts_unheld - how often something found no room. */
uint64_t fl_contexts_unheld(const struct fl_contexts *c);
/* fl_contexts_check - stops the program at a broken invariant. For tests. */
void fl_contexts_check(const struct fl_contexts *c);

#endif
