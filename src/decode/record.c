/* record.c - records of capture programs and devices that wrap a frame of some link type: PPI, ERF, netANALYZER, PFLOG.
 *
 *     PPI (linktypes.html)  | 0 | flags 1 | length 2 | DLT 4 | fields: type 2, length 2, value | the frame |, little-endian
 *     ERF (Endace)          | time 8 | type 1 | flags 1 | record length 2 | loss or colour 2 | wire length 2 |
 *                           | 8 for each extension, the top bit of whose first byte says that one more follows | the frame |
 *     netANALYZER (Hilscher)| errors 8 bits, GPIO 1, transparent 1, version 4, port 2, length 12, content 4, little-endian |
 *                           | preamble and delimiter if transparent | an Ethernet frame | FCS 4 |
 *     PFLOG (OpenBSD)       | length 1, padded to a multiple of 4 | family 1 | action, reason, interface, ... | IP |
 *
 * Where the recorder says that the frame was damaged on the wire, no station took it: BAD_LINK. */
#include "decode/layers.h"


enum { FCS = 4 };
enum { PPI_80211_COMMON = 2, PPI_FLAG_FCS = 1u << 0, PPI_FLAG_BAD_FCS = 1u << 2, PPI_ALIGNED = 1u << 0 };
enum { ERF_MORE = 0x80, ERF_RX_ERROR = 0x10 };
enum { NETANA_DAMAGED = 0x17 /* RX_ER, alignment, FCS, delimiter */, NETANA_GPIO = 0x100, NETANA_VERSION = 0x3C00,
       NETANA_VERSION_2 = 0x0800, NETANA_CONTENT_SHIFT = 28 };
enum { PREAMBLE = 0x55, DELIMITER = 0xD5 };

static void cut_off_fcs(struct fl_walk *w)
{
	if (fl_walk_wire_left(w) >= FCS)
		fl_walk_bound(w, fl_walk_wire_left(w) - FCS);
}

/* The flags of the field that a wireless capture has. */
static uint16_t ppi_flags(struct fl_rd fields, bool aligned)
{
	struct fl_rd value;
	uint16_t type, len;

	while (fl_rd_left(&fields)) {
		type = fl_rd_le16(&fields);
		len = fl_rd_le16(&fields);
		value = fl_rd_sub(&fields, len);
		if (type == PPI_80211_COMMON) {
			fl_rd_skip(&value, 8); /* time */
			return fl_rd_le16(&value);
		}
		if (aligned)
			fl_rd_skip(&fields, -(size_t)len & 3);
	}
	return 0;
}

enum fl_decode_outcome fl_decode_ppi(struct fl_walk *w)
{
	struct fl_rd fields;
	uint32_t linktype;
	uint16_t len, wireless;
	uint8_t flags;

	fl_rd_require(&w->r, fl_rd_u8(&w->r) == 0);
	flags = fl_rd_u8(&w->r);
	len = fl_rd_le16(&w->r);
	linktype = fl_rd_le32(&w->r);
	fl_rd_require(&w->r, len >= 8);
	fields = fl_rd_sub(&w->r, len - 8u);
	if (fl_rd_err(&w->r) || fl_rd_err(&fields))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if (linktype == FL_LINKTYPE_PPI)
		return FL_DECODE_LINKTYPE;
	wireless = ppi_flags(fields, flags & PPI_ALIGNED);
	if (wireless & PPI_FLAG_BAD_FCS)
		return FL_DECODE_BAD_LINK;
	if (linktype == FL_LINKTYPE_80211 && wireless & PPI_FLAG_FCS)
		cut_off_fcs(w);
	return fl_walk_tag(w) ? fl_decode_linktype(w, linktype) : FL_DECODE_LINKTYPE;
}

enum erf_content { ERF_UNKNOWN, ERF_HDLC, ERF_ETHERNET, ERF_IPV4, ERF_IPV6 };

static enum erf_content erf_content(uint8_t type)
{
	switch (type & ~ERF_MORE) {
#define X(number, content) \
	case number:       \
		return ERF_##content;
		FL_ERF_TYPES(X)
#undef X
	default:
		return ERF_UNKNOWN;
	}
}

enum fl_decode_outcome fl_decode_erf(struct fl_walk *w)
{
	enum erf_content content;
	uint8_t type, flags, more;
	uint16_t wire;

	fl_rd_skip(&w->r, 8);
	type = more = fl_rd_u8(&w->r);
	flags = fl_rd_u8(&w->r);
	fl_rd_skip(&w->r, 4);
	wire = fl_rd_be16(&w->r);
	while (more & ERF_MORE && !fl_rd_err(&w->r)) {
		more = fl_rd_u8(&w->r);
		fl_rd_skip(&w->r, 7);
	}
	content = erf_content(type);
	if (content == ERF_ETHERNET)
		fl_rd_skip(&w->r, 2); /* offset and padding, so that the IP header is aligned */
	if (fl_rd_err(&w->r) || flags & ERF_RX_ERROR)
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if (wire < fl_walk_wire_left(w))
		fl_walk_bound(w, wire);
	switch (content) {
	case ERF_HDLC:
		return fl_decode_hdlc(w);
	case ERF_ETHERNET:
		return fl_decode_ethernet(w);
	case ERF_IPV4:
		return fl_decode_ip4(w);
	case ERF_IPV6:
		return fl_decode_ip6(w);
	default:
		return FL_DECODE_LINKTYPE;
	}
}

/* Seven bytes of preamble, fewer or more where the line was at fault, then the delimiter. */
static void pass_preamble(struct fl_rd *r)
{
	uint8_t b;

	do
		b = fl_rd_u8(r);
	while (b == PREAMBLE && !fl_rd_err(r));
	fl_rd_require(r, b == DELIMITER);
}

enum fl_decode_outcome fl_decode_netanalyzer(struct fl_walk *w, bool transparent)
{
	const uint32_t header = fl_rd_le32(&w->r);

	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if (header & NETANA_GPIO) /* an edge on an input of the device */
		return FL_DECODE_CONTROL;
	if ((header & NETANA_VERSION) == NETANA_VERSION_2 && header >> NETANA_CONTENT_SHIFT)
		return FL_DECODE_LINKTYPE; /* PROFIBUS, buffer states */
	if (header & NETANA_DAMAGED)
		return FL_DECODE_BAD_LINK;
	if (transparent)
		pass_preamble(&w->r);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	cut_off_fcs(w);
	return fl_decode_ethernet(w);
}

enum fl_decode_outcome fl_decode_pflog(struct fl_walk *w)
{
	const uint8_t len = fl_rd_u8(&w->r), family = fl_rd_u8(&w->r);

	fl_rd_require(&w->r, len >= 2);
	fl_rd_skip(&w->r, (len + 3u) / 4 * 4 - 2);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	return fl_decode_family(w, family);
}
