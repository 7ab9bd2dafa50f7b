/* dissect_flows.c - see dissect_flows.h. Pure: a flow in, JSON out.
 *
 * Side a sent the first frame. Packets and bytes are whole frames on the wire, each counted once; what the mirror showed a
 * second time stands beside it as copies. A tunnel is a line of its own (kind carrier) beside the flows that it carries. */
#include "dissect_flows.h"

#include <inttypes.h>

#include "fenceline/vocab.h"

/* The short names that packet tools use; "ip" for what has none. */
static const char *ip_name(uint8_t proto)
{
	switch (proto) {
	case 1: return "icmp";
	case 2: return "igmp";
	case 6: return "tcp";
	case 17: return "udp";
	case 33: return "dccp";
	case 47: return "gre";
	case 50: return "esp";
	case 51: return "ah";
	case 58: return "icmpv6";
	case 89: return "ospf";
	case 103: return "pim";
	case 112: return "vrrp";
	case 115: return "l2tp";
	case 132: return "sctp";
	case 136: return "udplite";
	default: return "ip";
	}
}

static bool has_ports(const struct fl_flow *f)
{
	return f->kind == FL_FLOW_IP && (f->ip_proto == 6 || f->ip_proto == 17 || f->ip_proto == 132) &&
	       (f->end[0].port || f->end[1].port);
}

static void put_address(struct fl_json *j, const char *key, const struct fl_addr *a)
{
	char text[FL_ADDR_TEXT_MAX];
	unsigned i;

	fl_addr_text(a, text);
	for (i = 0; a->kind == FL_ADDR_MAC && text[i]; i++) /* 00:1b:1b:..., as packet tools write it */
		text[i] = (char)(text[i] == '-' ? ':' : text[i] >= 'A' && text[i] <= 'F' ? text[i] + 32 : text[i]);
	fl_json_str(j, key, text);
}

static void put_seconds(struct fl_json *j, const char *key, int64_t ns)
{
	fl_json_fmt(j, key, "%" PRId64 ".%09" PRId64, ns / 1000000000, ns % 1000000000);
}

static void put_vlans(struct fl_json *j, const struct fl_flow *f)
{
	const struct fl_flow_end *e = &f->end[f->first];
	unsigned i;

	if (!e->vlans)
		return;
	fl_json_open_array(j, "vlans");
	for (i = 0; i < e->vlans && i < FL_VLAN_MAX; i++)
		fl_json_u64(j, NULL, e->vlan[i]);
	fl_json_close_array(j);
}

void fl_dissect_flow_json(struct fl_json *j, const struct fl_flow *f)
{
	const struct fl_flow_end *a = &f->end[f->first], *b = &f->end[!f->first];

	fl_json_open(j, NULL);
	if (f->kind == FL_FLOW_LINK && f->ethertype)
		fl_json_fmt(j, "proto", "eth:0x%04x", f->ethertype);
	else
		fl_json_str(j, "proto", f->kind == FL_FLOW_LINK ? "eth:802.3" : ip_name(f->ip_proto));
	fl_json_str(j, "kind", fl_flow_kind_name(f->kind));
	put_address(j, "a", &a->addr);
	if (has_ports(f))
		fl_json_u64(j, "a_port", a->port);
	put_address(j, "b", &b->addr);
	if (has_ports(f))
		fl_json_u64(j, "b_port", b->port);
	fl_json_u64(j, "pkts_ab", a->packets);
	fl_json_u64(j, "bytes_ab", a->bytes);
	fl_json_u64(j, "pkts_ba", b->packets);
	fl_json_u64(j, "bytes_ba", b->bytes);
	if (a->copies || b->copies) {
		fl_json_u64(j, "copies_ab", a->copies);
		fl_json_u64(j, "copy_bytes_ab", a->copy_bytes);
		fl_json_u64(j, "copies_ba", b->copies);
		fl_json_u64(j, "copy_bytes_ba", b->copy_bytes);
	}
	put_seconds(j, "first", f->first_ns);
	put_seconds(j, "last", f->last_ns);
	put_vlans(j, f);
	fl_json_u64(j, "first_frame", f->first_frame);
	fl_json_str(j, "initiator", f->initiator == f->first ? "a" : "b");
	fl_json_str(j, "reply", fl_flow_reply_name(f->reply));
	fl_json_str(j, "end_reason", fl_flow_end_reason_name(f->end_reason));
	fl_json_close(j);
}

void fl_dissect_no_flow_json(struct fl_json *j, const char *why, uint64_t packets, uint64_t bytes)
{
	fl_json_open(j, NULL);
	fl_json_str(j, "kind", "no_flow");
	fl_json_str(j, "why", why);
	fl_json_u64(j, "pkts", packets);
	fl_json_u64(j, "bytes", bytes);
	fl_json_close(j);
}
