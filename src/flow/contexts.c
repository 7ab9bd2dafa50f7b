/* contexts.c - see contexts.h.
 *
 *     group (interface, space) -> newest standing context -> ... -> oldest      what fl_contexts_near walks
 *     standing context         -> latest of its former ones -> ...              what fl_contexts_former walks
 *
 * A context that has lost to another points straight at the one that stands for it, so that the look-up that every packet
 * makes is one step: a join changes all that stood behind the loser, at most FL_CONTEXTS_MAX, and there are at most that many
 * joins in all. The one seen first wins, so that whatever is said of a context in a record stays so.
 *
 * Names are indexes from 1; 0 = none. Keyed hash (siphash.h): an opponent chooses tags and VNIs. Nothing is ever removed:
 * what comes first keeps its place, and what finds none is counted. Thread: the worker that owns it. */
#include "flow/contexts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "flow/siphash.h"

#define BUCKETS FL_CONTEXTS_MAX
#define SPACE_SHIFT 48
#define SPACE_FULL 0x7FFFu /* the space that tunnels share which found no room */

static_assert(FL_CONTEXTS_MAX < SPACE_FULL && (BUCKETS & (BUCKETS - 1)) == 0, "spaces are 15 bits, buckets a power of two");

struct node {
	uint64_t value;
	uint32_t chain;
	uint32_t standing;      /* who stands for it; itself */
	uint32_t newer, older;  /* of the standing ones in its group */
	uint32_t former;        /* of a standing one: the latest that became one with it; of another: the one before */
	uint32_t last_former;   /* of a standing one: the end of that list */
	uint32_t group;
};

/* A tunnel's address space. */
struct space {
	uint64_t outer_kind_id; /* space around it 15 bits, kind 8, has id 1, id 32 */
	struct fl_addr end[2];  /* ordered; zero where the id alone tells */
	uint32_t chain;
};

struct group {
	uint32_t chain, newest;
	uint16_t iface, space;
};

struct fl_contexts {
	struct node node[FL_CONTEXTS_MAX + 1];
	struct space space[FL_CONTEXTS_MAX + 1];
	struct group group[FL_CONTEXTS_MAX + 1];
	uint32_t nodes, spaces, groups; /* of each, in use */
	uint32_t node_bucket[BUCKETS], space_bucket[BUCKETS], group_bucket[BUCKETS];
	uint64_t secret[2];
	uint64_t unheld;
	uint64_t last_value, last_standing; /* the look-up before, which most frames repeat */
	bool has_last;
};

struct fl_contexts *fl_contexts_new(void)
{
	struct fl_contexts *c = calloc(1, sizeof *c);

	if (c && getrandom(c->secret, sizeof c->secret, 0) != (ssize_t)sizeof c->secret) {
		free(c);
		return NULL;
	}
	return c;
}

void fl_contexts_free(struct fl_contexts *c) { free(c); }

uint64_t fl_contexts_unheld(const struct fl_contexts *c) { return c->unheld; }

static uint32_t bucket_of(const struct fl_contexts *c, const uint64_t *m, unsigned n)
{
	return fl_siphash(m, n, c->secret) & (BUCKETS - 1);
}

/* ---- tunnels ---- */

/* How far a tunnel's addresses reach. LINK: no farther than what is around it. */
enum reach { REACH_LINK, REACH_ID, REACH_ENDS };

static enum reach reach_of(unsigned kind)
{
	switch (kind) {
	case FL_TUNNEL_PBB:
	case FL_TUNNEL_VXLAN:
	case FL_TUNNEL_GENEVE:
		return REACH_ID;
	case FL_TUNNEL_GRE:
	case FL_TUNNEL_IP_IN_IP:
	case FL_TUNNEL_TEREDO:
		return REACH_ENDS;
	default: /* MPLS, PPPOE, ERSPAN */
		return REACH_LINK;
	}
}

static uint32_t find_space(struct fl_contexts *c, const struct space *key)
{
	uint64_t m[6] = {key->outer_kind_id, (uint64_t)key->end[0].kind};
	uint32_t *at, i;

	memcpy(&m[2], key->end[0].b, 16);
	memcpy(&m[4], key->end[1].b, 16);
	at = &c->space_bucket[bucket_of(c, m, 6)];
	for (i = *at; i; i = c->space[i].chain) {
		if (c->space[i].outer_kind_id == key->outer_kind_id && !fl_addr_cmp(&c->space[i].end[0], &key->end[0]) &&
		    !fl_addr_cmp(&c->space[i].end[1], &key->end[1]))
			return i;
	}
	if (c->spaces == FL_CONTEXTS_MAX) {
		c->unheld++;
		return SPACE_FULL;
	}
	i = ++c->spaces;
	c->space[i] = *key;
	c->space[i].chain = *at;
	*at = i;
	return i;
}

static uint32_t space_of(struct fl_contexts *c, const struct fl_packet *p, unsigned layer)
{
	uint32_t space = 0;
	unsigned i;

	for (i = 0; i < layer && space != SPACE_FULL; i++) {
		const struct fl_tunnel *t = &p->tunnel[i];
		enum reach reach = reach_of(t->kind);
		struct space key = {.outer_kind_id = (uint64_t)space << 48 | (uint64_t)t->kind << 40 |
						     (uint64_t)t->has_id << 32 | (t->has_id ? t->id : 0)};
		bool swap = fl_addr_cmp(&t->src, &t->dst) > 0;

		if (reach == REACH_LINK)
			continue;
		if (reach == REACH_ENDS) {
			key.end[0] = swap ? t->dst : t->src;
			key.end[1] = swap ? t->src : t->dst;
		}
		space = find_space(c, &key);
	}
	return space;
}

/* ---- contexts ---- */

static uint32_t find_node(const struct fl_contexts *c, uint64_t value)
{
	uint32_t i;

	for (i = c->node_bucket[bucket_of(c, &value, 1)]; i && c->node[i].value != value; i = c->node[i].chain)
		;
	return i;
}

static uint32_t group_of(struct fl_contexts *c, uint16_t iface, uint32_t space)
{
	uint64_t key = (uint64_t)space << 16 | iface;
	uint32_t *at = &c->group_bucket[bucket_of(c, &key, 1)], i;

	for (i = *at; i; i = c->group[i].chain) {
		if (c->group[i].iface == iface && c->group[i].space == space)
			return i;
	}
	i = ++c->groups; /* never more than nodes */
	c->group[i] = (struct group){.chain = *at, .iface = iface, .space = (uint16_t)space};
	*at = i;
	return i;
}

static uint32_t new_node(struct fl_contexts *c, uint64_t value, uint16_t iface, uint32_t space)
{
	uint32_t *at = &c->node_bucket[bucket_of(c, &value, 1)], i;
	struct group *g;

	if (c->nodes == FL_CONTEXTS_MAX) {
		c->unheld++;
		return 0;
	}
	i = ++c->nodes;
	c->node[i] = (struct node){.value = value, .chain = *at, .standing = i, .group = group_of(c, iface, space)};
	*at = i;
	g = &c->group[c->node[i].group];
	c->node[i].older = g->newest;
	if (g->newest)
		c->node[g->newest].newer = i;
	g->newest = i;
	return i;
}

uint64_t fl_contexts_of(struct fl_contexts *c, uint64_t base, const struct fl_packet *p, unsigned layer)
{
	uint32_t space = layer ? space_of(c, p, layer) : 0, i;
	uint64_t value = base | (uint64_t)space << SPACE_SHIFT;

	if (c->has_last && c->last_value == value)
		return c->last_standing;
	i = find_node(c, value);
	if (!i)
		i = new_node(c, value, p->frame->iface, space);
	c->has_last = true;
	c->last_value = value;
	c->last_standing = i ? c->node[c->node[i].standing].value : value;
	return c->last_standing;
}

bool fl_contexts_join(struct fl_contexts *c, uint64_t a, uint64_t b)
{
	uint32_t i = find_node(c, a), j = find_node(c, b), win, lose, at;
	struct node *w, *l;

	win = c->node[i].standing;
	lose = c->node[j].standing;
	if (!i || !j || win == lose || c->node[i].group != c->node[j].group)
		return false;
	if (lose < win) { /* indexes are in order of birth */
		at = win;
		win = lose;
		lose = at;
	}
	w = &c->node[win];
	l = &c->node[lose];
	if (l->newer)
		c->node[l->newer].older = l->older;
	else
		c->group[l->group].newest = l->older;
	if (l->older)
		c->node[l->older].newer = l->newer;
	for (at = lose; at; at = c->node[at].former)
		c->node[at].standing = win;
	/* the loser, those behind it, then those behind the winner */
	at = l->last_former ? l->last_former : lose;
	c->node[at].former = w->former;
	if (!w->former)
		w->last_former = at;
	w->former = lose;
	c->has_last = false;
	return true;
}

unsigned fl_contexts_near(const struct fl_contexts *c, uint64_t context, uint64_t *out, unsigned n)
{
	uint32_t own = find_node(c, context), i;
	unsigned got = 0;

	own = c->node[own].standing;
	for (i = own ? c->group[c->node[own].group].newest : 0; i && got < n; i = c->node[i].older) {
		if (i != own)
			out[got++] = c->node[i].value;
	}
	return got;
}

unsigned fl_contexts_former(const struct fl_contexts *c, uint64_t context, uint64_t *out, unsigned n)
{
	uint32_t i = find_node(c, context);
	unsigned got = 0;

	if (c->node[i].standing != i)
		return 0;
	for (i = c->node[i].former; i && got < n; i = c->node[i].former)
		out[got++] = c->node[i].value;
	return got;
}

/* ---- check ---- */

static void require(bool ok, const char *what)
{
	if (!ok)
		FL_BUG(what);
}

void fl_contexts_check(const struct fl_contexts *c)
{
	uint32_t g, i, prev, at, standing = 0, former = 0;

	require(c->nodes <= FL_CONTEXTS_MAX && c->spaces <= FL_CONTEXTS_MAX && c->groups <= c->nodes, "contexts: too many");
	for (g = 1; g <= c->groups; g++) {
		for (i = c->group[g].newest, prev = 0; i; prev = i, i = c->node[i].older) {
			require(c->node[i].newer == prev && c->node[i].group == g && c->node[i].standing == i &&
				(!prev || i < prev), "contexts: a group's list");
			standing++;
			for (at = c->node[i].former; at; at = c->node[at].former) {
				require(c->node[at].standing == i && at > i && c->node[at].group == g,
					"contexts: one that was joined");
				require(c->node[at].former || c->node[i].last_former == at, "contexts: end of a list");
				former++;
			}
		}
	}
	require(standing + former == c->nodes, "contexts: they do not add up");
	for (i = 1; i <= c->nodes; i++)
		require(find_node(c, c->node[i].value) == i, "contexts: one cannot be found");
}
