/* fuzz_decode.c - any bytes as a frame of any link type.
 *
 *     | link type 2, little-endian | bytes cut off by the snap length 2, little-endian | the frame |
 *
 * Beyond not crashing: what decode hands on lies inside the frame, CUT is only said of a frame that is cut (by the snap
 * length, or by a mirror that sent it in ERSPAN), and what is told of the link and the tunnels holds together. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "fenceline/rd.h"
#include "fenceline/vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static bool inside(const struct fl_frame *f, const uint8_t *p, uint32_t n)
{
	return p >= f->data && p <= f->data + f->caplen && n <= (size_t)(f->data + f->caplen - p);
}

static bool may_be_cut(const struct fl_frame *f, const struct fl_packet *p)
{
	unsigned i;

	for (i = 0; i < p->tunnels; i++)
		if (fl_tunnel_is_mirror(&p->tunnel[i]))
			return true;
	return f->wirelen > f->caplen;
}

static void check_tunnels(const struct fl_packet *p)
{
	const struct fl_tunnel *t;
	unsigned i;

	require(p->tunnels <= FL_TUNNEL_MAX);
	for (i = 0; i < p->tunnels; i++) {
		t = &p->tunnel[i];
		require(t->kind < FL_TUNNEL_KIND_COUNT && t->src.kind == t->dst.kind);
		require(t->vlans <= p->vlans && (!i || t->vlans >= p->tunnel[i - 1].vlans));
		require(t->src.kind == FL_ADDR_NONE ? !t->ip_proto && !t->src_port && !t->dst_port : t->ip_proto != 0);
	}
}

/* What a reader of the outcome may count on. */
static void check_outcome(const struct fl_packet *p)
{
	require(p->outcome < FL_DECODE_OUTCOME_COUNT);
	require((p->outcome == FL_DECODE_FRAGMENT) == (p->frag != NULL));
	switch (p->outcome) {
	case FL_DECODE_TCP:
	case FL_DECODE_UDP:
	case FL_DECODE_ICMP:
	case FL_DECODE_ICMPV6:
	case FL_DECODE_SCTP:
	case FL_DECODE_IP_OTHER:
		require(p->ip && p->payload && p->src.kind != FL_ADDR_NONE && p->src.kind == p->dst.kind);
		break;
	case FL_DECODE_FRAGMENT:
		require(p->ip && p->frag > p->ip && p->src.kind != FL_ADDR_NONE && p->src.kind == p->dst.kind);
		require(p->frag_caplen <= p->frag_len && (size_t)(p->frag - p->ip) + p->frag_len <= p->ip_len);
		require(p->more_fragments || p->frag_offset);
		break;
	case FL_DECODE_ETHERTYPE:
	case FL_DECODE_LLC:
	case FL_DECODE_ARP:
		require(p->has_mac && p->link_protocol != FL_PROTOCOL_UNKNOWN);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fl_rd r = fl_rd_init(data, size, FL_CLOSED);
	struct fl_frame f = {.linktype = fl_rd_le16(&r)};
	const uint32_t lost = fl_rd_le16(&r);
	uint8_t was[sizeof(struct fl_packet)];
	struct fl_packet p;
	size_t filled;
	bool cut;

	if (fl_rd_err(&r))
		return 0;
	f.caplen = (uint32_t)fl_rd_left(&r);
	f.data = fl_rd_bytes(&r, f.caplen);
	f.wirelen = f.caplen + lost;
	require(fl_decode(&f, &p) == p.outcome);
	cut = may_be_cut(&f, &p);
	require(p.frames == 1 && p.bytes == f.wirelen);
	require(p.outcome != FL_DECODE_CUT || cut);
	require(p.vlans <= FL_VLAN_MAX);
	require(!p.ip || inside(&f, p.ip, p.ip_caplen));
	require(p.ip_caplen <= p.ip_len && (p.ip_len <= f.wirelen || cut));
	require(!p.payload || inside(&f, p.payload, p.payload_caplen));
	require(!p.frag || inside(&f, p.frag, p.frag_caplen));
	require(p.payload_caplen <= p.payload_len && p.payload_len <= p.ip_len);
	require(cut || p.payload_caplen == p.payload_len);
	check_tunnels(&p);
	check_outcome(&p);

	/* the result depends on the frame alone, not on what stood in *out */
	filled = offsetof(struct fl_packet, tunnel) + p.tunnels * sizeof p.tunnel[0];
	memcpy(was, &p, filled);
	memset(&p, 0xFF, sizeof p);
	fl_decode(&f, &p);
	require(memcmp(was, &p, filled) == 0);
	return 0;
}
