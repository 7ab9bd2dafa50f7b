/* fuzz_decode.c - any bytes as a frame of any link type.
 *
 *     | link type 2, little-endian | bytes cut off by the snap length 2, little-endian | the frame |
 *
 * Beyond not crashing: what decode hands on lies inside the frame, and CUT is only said of a frame that is cut. */
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "fenceline/rd.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fl_rd r = fl_rd_init(data, size, FL_CLOSED);
	struct fl_frame f = {.linktype = fl_rd_le16(&r)};
	const uint32_t lost = fl_rd_le16(&r);
	uint8_t was[sizeof(struct fl_packet)];
	struct fl_packet p;
	bool cut;

	if (fl_rd_err(&r))
		return 0;
	f.caplen = (uint32_t)fl_rd_left(&r);
	f.data = fl_rd_bytes(&r, f.caplen);
	f.wirelen = f.caplen + lost;
	cut = lost > 0;

	require(fl_decode(&f, &p) == p.outcome && p.outcome < FL_DECODE_OUTCOME_COUNT);
	require(p.outcome != FL_DECODE_CUT || cut);
	require(p.vlans <= FL_VLAN_MAX);
	require(!p.ip || inside(&f, p.ip, p.ip_caplen));
	require(p.ip_caplen <= p.ip_len && p.ip_len <= f.wirelen);
	require(!p.payload || inside(&f, p.payload, p.payload_caplen));
	require(p.payload_caplen <= p.payload_len && p.payload_len <= p.ip_len);
	require(cut || p.payload_caplen == p.payload_len);
	if (fl_decode_outcome_is_decoded(p.outcome) && p.outcome != FL_DECODE_ARP)
		require(p.ip && p.payload && p.src.kind != FL_ADDR_NONE && p.src.kind == p.dst.kind);

	/* the result depends on the frame alone, not on what stood in *out */
	memcpy(was, &p, sizeof p);
	memset(&p, 0xFF, sizeof p);
	fl_decode(&f, &p);
	require(memcmp(was, &p, sizeof p) == 0);
	return 0;
}
