/* gre.c - GRE (RFC 2784, RFC 2890; routing of RFC 1701; version 1 of RFC 2637) and ERSPAN in it.
 *
 *     GRE        | C R K S s, recursion 3, flags 5, version 3 | protocol 2 | checksum 2, offset 2 if C or R | key 4 if K |
 *                | sequence 4 if S | routes if R |
 *     version 1  | as above, A for one flag | 880B | payload length 2, call id 2 | sequence 4 if S | acknowledgment 4 if A |
 *     ERSPAN I   | the frame |, no sequence number in GRE
 *     ERSPAN II  | version 4 bits = 1, VLAN 12 | COS 3, En 2, T 1, session 10 | reserved 12, index 20 | the frame |
 *     ERSPAN III | version 4 bits = 2, VLAN 12 | COS 3, BSO 2, T 1, session 10 | time 4 | security group 2 |
 *                | P 1, frame type 5, hardware 6, D 1, granularity 2, O 1 | 8 more if O | the frame |
 *
 * A protocol that is not opened (NHRP, a keepalive of protocol 0, MikroTik's EoIP) leaves the packet as it is: GRE
 * between two addresses. ERSPAN is a row of its own in place of GRE's. En tells whether the mirrored frame had a tag
 * that the mirror took off and put into VLAN; without it, VLAN is the port's own and no tag. T: the mirror cut the
 * frame, so that how long it was is what is in it can tell. */
#include "decode/layers.h"

enum {
	GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000, GRE_ACK = 0x0080,
	GRE_VERSION = 0x0007,
};
enum { ERSPAN_II = 1, ERSPAN_III = 2 /* as they stand in the header */ };
enum { ERSPAN_EN_SHIFT = 11, ERSPAN_EN_ISL = 1, ERSPAN_EN_8021Q = 2, ERSPAN_T = 0x0400, ERSPAN_SESSION = 0x03FF };
enum { ERSPAN_TYPE_SHIFT = 10, ERSPAN_TYPE_ETHERNET = 0, ERSPAN_TYPE_IP = 2, ERSPAN_O = 0x0001 };

struct gre {
	uint16_t flags, protocol;
	uint32_t key;
};

static bool opens(uint16_t protocol)
{
	switch (protocol) {
	case FL_ETHERTYPE_IPV4:
	case FL_ETHERTYPE_IPV6:
	case FL_ETHERTYPE_BRIDGED:
	case FL_ETHERTYPE_MPLS:
	case FL_ETHERTYPE_MPLS_UPSTREAM:
	case FL_ETHERTYPE_WCCP:
	case FL_ETHERTYPE_PPP:
	case FL_ETHERTYPE_METADATA:
		return true;
	default:
		return false;
	}
}

/* Source routes until the one that is empty: | family 2 | offset 1 | length 1 | route | */
static void skip_routes(struct fl_rd *r)
{
	uint16_t family;
	uint8_t len;

	do {
		family = fl_rd_be16(r);
		fl_rd_skip(r, 1);
		len = fl_rd_u8(r);
		fl_rd_skip(r, len);
	} while ((family || len) && !fl_rd_err(r));
}

static enum fl_decode_outcome decode_wccp(struct fl_walk *w)
{
	struct fl_rd peek = w->r;

	if (fl_rd_u8(&peek) >> 4 != 4)
		fl_rd_skip(&w->r, 4); /* redirect header of version 2 */
	w->p->ethertype = FL_ETHERTYPE_IPV4;
	return fl_decode_ip4(w);
}

/* Cisco MetaData, which in GRE stands behind the type of what follows, not before it. */
static enum fl_decode_outcome decode_metadata(struct fl_walk *w)
{
	const uint16_t ethertype = fl_rd_be16(&w->r);

	fl_rd_skip(&w->r, 6);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_TUNNEL);
	return ethertype < FL_ETHERTYPE_MIN ? FL_DECODE_CONTROL : fl_decode_ethertype(w, ethertype);
}

static enum fl_decode_outcome decode_content(struct fl_walk *w, const struct gre *g, uint8_t version)
{
	struct fl_tunnel *t = fl_decode_open(w, FL_TUNNEL_GRE);

	if (!t)
		return FL_DECODE_TUNNEL_DEPTH;
	t->version = version;
	t->has_id = (g->flags & GRE_KEY) != 0;
	t->id = version ? g->key & 0xFFFF : g->key; /* version 1: the call, behind the payload's length */
	switch (g->protocol) {
	case FL_ETHERTYPE_BRIDGED:
		return fl_decode_ethernet(w);
	case FL_ETHERTYPE_PPP:
		return fl_decode_ppp(w);
	case FL_ETHERTYPE_WCCP:
		return decode_wccp(w);
	case FL_ETHERTYPE_METADATA:
		return decode_metadata(w);
	default:
		return fl_decode_ethertype(w, g->protocol);
	}
}

/* Is the mirrored frame without a tag of its own? Where that is cut off, so is all that could tell a flow. */
static bool is_untagged(struct fl_rd r)
{
	uint16_t ethertype;

	fl_rd_skip(&r, 12);
	ethertype = fl_rd_be16(&r);
	return !fl_rd_err(&r) && !fl_decode_is_vlan_tag(ethertype);
}

/* vlan, word: the first two words of its header. */
static enum fl_decode_outcome decode_mirrored(struct fl_walk *w, unsigned version, unsigned frame_type, uint16_t vlan,
					      uint16_t word)
{
	struct fl_tunnel *t = fl_decode_open(w, FL_TUNNEL_ERSPAN);
	const unsigned en = word >> ERSPAN_EN_SHIFT & 3;
	const bool tagged = version == 2 && (en == ERSPAN_EN_ISL || en == ERSPAN_EN_8021Q);

	if (!t)
		return FL_DECODE_TUNNEL_DEPTH;
	t->version = (uint8_t)version;
	t->has_id = version > 1;
	t->id = word & ERSPAN_SESSION;
	if (word & ERSPAN_T) {
		fl_walk_open_end(w);
	}
	if (tagged && is_untagged(w->r) && !fl_walk_vlan(w, vlan))
		return FL_DECODE_VLAN_DEPTH;
	return frame_type == ERSPAN_TYPE_IP ? fl_decode_ip(w) : fl_decode_ethernet(w);
}

static enum fl_decode_outcome decode_erspan(struct fl_walk *w, const struct gre *g)
{
	uint16_t first, word, last = 0;
	bool readable;

	if (g->protocol == FL_ETHERTYPE_ERSPAN && !(g->flags & GRE_SEQUENCE))
		return decode_mirrored(w, 1, ERSPAN_TYPE_ETHERNET, 0, 0);
	first = fl_rd_be16(&w->r);
	word = fl_rd_be16(&w->r);
	fl_rd_skip(&w->r, 4);
	if (first >> 12 == ERSPAN_III) {
		fl_rd_skip(&w->r, 2);
		last = fl_rd_be16(&w->r);
		fl_rd_skip(&w->r, last & ERSPAN_O ? 8 : 0);
	}
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_TUNNEL);
	last = last >> ERSPAN_TYPE_SHIFT & 0x1F;
	readable = last == ERSPAN_TYPE_ETHERNET || last == ERSPAN_TYPE_IP;
	if (first >> 12 == ERSPAN_II || (first >> 12 == ERSPAN_III && readable))
		return decode_mirrored(w, (first >> 12) + 1u, last, first, word);
	return FL_DECODE_IP_OTHER;
}

static enum fl_decode_outcome decode_version_1(struct fl_walk *w, struct gre *g)
{
	if (g->protocol != FL_ETHERTYPE_PPP || !(g->flags & GRE_KEY))
		return FL_DECODE_IP_OTHER;
	g->key = fl_rd_be32(&w->r);
	fl_rd_skip(&w->r, g->flags & GRE_SEQUENCE ? 4 : 0);
	fl_rd_skip(&w->r, g->flags & GRE_ACK ? 4 : 0);
	if (fl_rd_err(&w->r) || g->key >> 16 > fl_walk_wire_left(w))
		return fl_decode_failed(w, FL_DECODE_BAD_TUNNEL);
	if (g->key >> 16 == 0) /* acknowledges, carries nothing */
		return FL_DECODE_IP_OTHER;
	fl_walk_bound(w, g->key >> 16);
	return decode_content(w, g, 1);
}

enum fl_decode_outcome fl_decode_gre(struct fl_walk *w)
{
	struct gre g = {0};

	g.flags = fl_rd_be16(&w->r);
	g.protocol = fl_rd_be16(&w->r);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_TUNNEL);
	if ((g.flags & GRE_VERSION) == 1)
		return decode_version_1(w, &g);
	if (g.flags & GRE_VERSION)
		return FL_DECODE_IP_OTHER;
	fl_rd_skip(&w->r, g.flags & (GRE_CHECKSUM | GRE_ROUTING) ? 4 : 0);
	if (g.flags & GRE_KEY)
		g.key = fl_rd_be32(&w->r);
	fl_rd_skip(&w->r, g.flags & GRE_SEQUENCE ? 4 : 0);
	if (g.flags & GRE_ROUTING)
		skip_routes(&w->r);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_TUNNEL);
	if (g.protocol == FL_ETHERTYPE_ERSPAN || g.protocol == FL_ETHERTYPE_ERSPAN_III)
		return decode_erspan(w, &g);
	return opens(g.protocol) ? decode_content(w, &g, 0) : FL_DECODE_IP_OTHER;
}
