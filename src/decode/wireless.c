/* wireless.c - IEEE 802.11 and the headers that capture programs put before it.
 *
 *     802.11 (IEEE 802.11 9.3.2.1)  | version 2 bits, type 2, subtype 4 | flags 1 | duration 2 | A1 6 | A2 6 | A3 6 |
 *                                   | fragment 4 bits, sequence 12 | A4 6 if to and from DS | QoS 2 | HT 4 | LLC |
 *     A-MSDU subframe (9.3.2.2.2)   | dst 6 | src 6 | length 2 | LLC, length bytes | to a multiple of 4 |
 *     mesh (9.2.4.7.3)              | flags 1 | TTL 1 | sequence 4 | 6 or 12 bytes of addresses |
 *     radiotap (radiotap.org)       | 0 | 0 | length 2 | present 4, again while bit 31 | fields |, all little-endian
 *     Prism (linktypes.html)        | code 4 | length 4 | ... |, in the byte order of the machine that captured
 *     AVS                           | 8021100x | length 4 | ... |, big-endian
 *
 * Which address is whose, by the DS flags (Table 9-30):
 *
 *     to from   dst  src      to from   dst  src
 *     0  0      A1   A2       1  0      A3   A2
 *     0  1      A1   A3       1  1      A3   A4
 *
 * Management and control frames are CONTROL, and so is a data frame without data. What is encrypted is CIPHER, with its
 * addresses. A frame whose check sequence the receiver found wrong was received by nobody. Of an A-MSDU the first
 * subframe is decoded: a frame is one packet here. A fragment of an 802.11 frame (not of IP) has a part of its content
 * and is not read. */
#include "decode/layers.h"

#include "fenceline/vocab.h"

enum { WIFI_DATA = 2, SUBTYPE_NO_DATA = 4, SUBTYPE_QOS = 8 };
enum { FLAG_TO_DS = 0x01, FLAG_FROM_DS = 0x02, FLAG_MORE_FRAGMENTS = 0x04, FLAG_PROTECTED = 0x40, FLAG_HT_CONTROL = 0x80 };
enum { QOS_AMSDU = 0x0080, QOS_MESH = 0x0100, MESH_EXTENSION = 3 };
#define RADIOTAP_MORE (UINT32_C(1) << 31)
enum { RADIOTAP_START = 4 /* bytes before the present words */, RADIOTAP_TSFT = 1u << 0, RADIOTAP_FLAGS = 1u << 1 };
enum { RADIOTAP_FCS = 0x10, RADIOTAP_PADDED = 0x20, RADIOTAP_BAD_FCS = 0x40 };
#define AVS_MAGIC UINT32_C(0x80211000)
enum { FCS = 4, PRISM_HEADER = 144 };

static void set_addresses(struct fl_walk *w, uint8_t flags, const uint8_t *a1, const uint8_t *a2, const uint8_t *a3,
			  const uint8_t *a4)
{
	const bool to = flags & FLAG_TO_DS, from = flags & FLAG_FROM_DS;

	fl_walk_macs(w, to ? a3 : a1, !from ? a2 : to ? a4 : a3);
}

/* A mesh station's control field; other four-address links use that bit of the QoS field for something else, and their
 * frames go on with SNAP. */
static void pass_mesh(struct fl_walk *w)
{
	struct fl_rd peek = w->r;
	uint8_t flags;

	if (fl_rd_be16(&peek) == (FL_SAP_SNAP << 8 | FL_SAP_SNAP))
		return;
	flags = fl_rd_u8(&w->r) & MESH_EXTENSION;
	fl_rd_skip(&w->r, 5u + (flags == 1 ? 6 : flags == 2 ? 12 : 0));
}

static enum fl_decode_outcome decode_amsdu(struct fl_walk *w)
{
	const uint8_t *dst = fl_rd_bytes(&w->r, 6), *src = fl_rd_bytes(&w->r, 6);
	const uint16_t len = fl_rd_be16(&w->r);

	if (fl_rd_err(&w->r) || len > fl_walk_wire_left(w))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	fl_walk_macs(w, dst, src);
	fl_walk_bound(w, len);
	return fl_decode_llc(w);
}

/* w is behind the header; qos 0 if there is none. */
static enum fl_decode_outcome decode_body(struct fl_walk *w, uint8_t flags, uint16_t qos, bool fragment)
{
	if (flags & FLAG_PROTECTED)
		return fl_decode_named(w, FL_DECODE_CIPHER, FL_PROTOCOL_ETHERNET);
	if (fragment)
		return FL_DECODE_LINKTYPE;
	if (qos & QOS_MESH && flags & FLAG_TO_DS && flags & FLAG_FROM_DS)
		pass_mesh(w);
	return qos & QOS_AMSDU ? decode_amsdu(w) : fl_decode_llc(w);
}

enum fl_decode_outcome fl_decode_80211(struct fl_walk *w, bool padded)
{
	const size_t start = fl_rd_pos(&w->r);
	const uint8_t *a1, *a2, *a3, *a4 = NULL;
	uint8_t kind, flags;
	uint16_t sequence, qos = 0;

	kind = fl_rd_u8(&w->r);
	flags = fl_rd_u8(&w->r);
	fl_rd_require(&w->r, (kind & 3) == 0);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if ((kind >> 2 & 3) != WIFI_DATA)
		return FL_DECODE_CONTROL;
	kind >>= 4;
	fl_rd_skip(&w->r, 2); /* duration */
	a1 = fl_rd_bytes(&w->r, 6);
	a2 = fl_rd_bytes(&w->r, 6);
	a3 = fl_rd_bytes(&w->r, 6);
	sequence = fl_rd_le16(&w->r);
	if (flags & FLAG_TO_DS && flags & FLAG_FROM_DS)
		a4 = fl_rd_bytes(&w->r, 6);
	if (kind & SUBTYPE_QOS)
		qos = fl_rd_le16(&w->r);
	if (kind & SUBTYPE_QOS && flags & FLAG_HT_CONTROL)
		fl_rd_skip(&w->r, 4);
	if (padded)
		fl_rd_skip(&w->r, -(fl_rd_pos(&w->r) - start) & 3);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	set_addresses(w, flags, a1, a2, a3, a4);
	if (kind & SUBTYPE_NO_DATA)
		return FL_DECODE_CONTROL;
	return decode_body(w, flags, qos, (sequence & 15) != 0 || flags & FLAG_MORE_FRAGMENTS);
}

/* h is behind the first present word. Of the fields only the flags matter, and only the time stamp can stand before
 * them, aligned to 8 bytes from the start of the header. */
static uint8_t radiotap_flags(struct fl_rd h, uint32_t present)
{
	uint32_t more = present;

	while (more & RADIOTAP_MORE && !fl_rd_err(&h))
		more = fl_rd_le32(&h);
	if (!(present & RADIOTAP_FLAGS))
		return 0;
	if (present & RADIOTAP_TSFT)
		fl_rd_skip(&h, (-(h.off + RADIOTAP_START) & 7) + 8);
	return fl_rd_u8(&h);
}

enum fl_decode_outcome fl_decode_radiotap(struct fl_walk *w)
{
	struct fl_rd header;
	uint32_t present;
	uint16_t len;
	uint8_t flags;

	fl_rd_require(&w->r, fl_rd_u8(&w->r) == 0);
	fl_rd_skip(&w->r, 1);
	len = fl_rd_le16(&w->r);
	fl_rd_require(&w->r, len >= RADIOTAP_START + 4);
	header = fl_rd_sub(&w->r, (size_t)len - RADIOTAP_START);
	present = fl_rd_le32(&header);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	flags = radiotap_flags(header, present);
	if (flags & RADIOTAP_BAD_FCS)
		return FL_DECODE_BAD_LINK;
	if (flags & RADIOTAP_FCS && fl_walk_wire_left(w) >= FCS)
		fl_walk_bound(w, fl_walk_wire_left(w) - FCS);
	return fl_decode_80211(w, (flags & RADIOTAP_PADDED) != 0);
}

enum fl_decode_outcome fl_decode_prism(struct fl_walk *w)
{
	struct fl_rd peek = w->r;
	const uint32_t code = fl_rd_be32(&peek);
	uint32_t len = fl_rd_be32(&peek);

	if ((code & ~0xFu) != AVS_MAGIC)
		len = len > 0xFFFF ? __builtin_bswap32(len) : len;
	if (fl_rd_err(&peek) || len < 8)
		len = PRISM_HEADER;
	fl_rd_skip(&w->r, len);
	return fl_decode_80211(w, false);
}
