/* community_id.c - Community ID v1: the hash by which other tools' records of the same flow are found.
 *
 *     1:base64(SHA-1(seed16 | source | destination | proto8 | 0 | source port16 | destination port16)), big-endian
 *
 * The end with the smaller (address, port) comes first, so that both directions give one value. Of the protocols only
 * TCP, UDP, SCTP, ICMP and ICMPv6 have ports in the hash. An ICMP type stands as the source port; a type that has a
 * counterpart takes the counterpart's type as the destination port and is ordered like a port; one that has none takes
 * its code, and its ends are never swapped, as nothing comes back.
 *
 * Pure; any thread. Source: corelight/community-id-spec, version 1, and its baseline. */
#include "event/event.h"

#include <string.h>

#include "base/hash.h"

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMPV6 = 58, PROTO_SCTP = 132 };

/* Types that ask and answer each other (RFC 792, 950, 1256; RFC 4443, 4861, 2710, 4620, 6275). */
struct icmp_pair { uint8_t proto, a, b; };

static const struct icmp_pair icmp_pairs[] = {
	{PROTO_ICMP, 8, 0},       {PROTO_ICMP, 13, 14},     {PROTO_ICMP, 15, 16},     {PROTO_ICMP, 17, 18},
	{PROTO_ICMP, 10, 9},      {PROTO_ICMPV6, 128, 129}, {PROTO_ICMPV6, 133, 134}, {PROTO_ICMPV6, 135, 136},
	{PROTO_ICMPV6, 130, 131}, {PROTO_ICMPV6, 139, 140}, {PROTO_ICMPV6, 144, 145},
};

/* The type that answers `type`, or -1. */
static int icmp_counterpart(uint8_t proto, uint16_t type)
{
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(icmp_pairs); i++) {
		if (icmp_pairs[i].proto != proto)
			continue;
		if (icmp_pairs[i].a == type)
			return icmp_pairs[i].b;
		if (icmp_pairs[i].b == type)
			return icmp_pairs[i].a;
	}
	return -1;
}

static size_t put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

bool fl_community_id(const struct fl_addr *src, const struct fl_addr *dst, uint8_t ip_proto, uint16_t src_port,
		     uint16_t dst_port, uint16_t seed, char out[FL_COMMUNITY_ID_MAX])
{
	uint8_t in[2 + 16 + 16 + 2 + 4], hash[20];
	bool ports = true, one_way = false;
	const struct fl_addr *t;
	size_t n = 0, len;
	uint16_t port;
	int pair, order;

	if (src->kind != dst->kind || (src->kind != FL_ADDR_IPV4 && src->kind != FL_ADDR_IPV6))
		return false;
	switch (ip_proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_SCTP:
		break;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		pair = icmp_counterpart(ip_proto, src_port);
		if (pair >= 0)
			dst_port = (uint16_t)pair;
		else
			one_way = true;
		break;
	default:
		ports = false;
		src_port = dst_port = 0;
	}
	order = fl_addr_cmp(src, dst);
	if (!one_way && (order > 0 || (order == 0 && src_port > dst_port))) {
		t = src;
		src = dst;
		dst = t;
		port = src_port;
		src_port = dst_port;
		dst_port = port;
	}
	len = fl_addr_len(src);
	n += put16(in, seed);
	memcpy(in + n, src->b, len);
	n += len;
	memcpy(in + n, dst->b, len);
	n += len;
	in[n++] = ip_proto;
	in[n++] = 0;
	if (ports) {
		n += put16(in + n, src_port);
		n += put16(in + n, dst_port);
	}
	fl_sha1(in, n, hash);
	memcpy(out, "1:", 2);
	return fl_base64(out + 2, FL_COMMUNITY_ID_MAX - 2, hash, sizeof hash) > 0;
}
