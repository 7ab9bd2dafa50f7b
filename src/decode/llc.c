/* llc.c - IEEE 802.2 LLC and SNAP.
 *
 *     LLC                       | DSAP 1 | SSAP 1 | control 1 or 2 |
 *     SNAP (IEEE 802 9.2)       | AA | AA | 03 | OUI 3 | protocol 2 |
 *
 * SNAP with the OUI of RFC 1042, or that of the bridge tunnel of IEEE 802.1H, carries an EtherType: what follows is the
 * same as behind an Ethernet header. The rest has a name by SAP or SNAP id (FL_LLC_PROTOCOLS). */
#include "decode/layers.h"

#include "fenceline/vocab.h"

static uint16_t sap_protocol(uint8_t dsap)
{
	switch (dsap) {
#define X(sap, name) \
	case sap:    \
		return FL_PROTOCOL_LINK_##name;
		FL_LLC_SAPS(X)
#undef X
	default:
		return FL_PROTOCOL_LINK_LLC;
	}
}

static uint16_t snap_protocol(uint32_t oui, uint16_t id)
{
#define X(snap_oui, snap_id, name)               \
	if (oui == (snap_oui) && id == (snap_id)) \
		return FL_PROTOCOL_LINK_##name;
	FL_SNAP_IDS(X)
#undef X
	return FL_PROTOCOL_LINK_LLC;
}

static enum fl_decode_outcome decode_snap(struct fl_walk *w)
{
	const uint32_t oui = fl_rd_be24(&w->r);
	const uint16_t id = fl_rd_be16(&w->r);

	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if ((oui != FL_OUI_RFC1042 && oui != FL_OUI_BRIDGE_TUNNEL) || id < FL_ETHERTYPE_MIN)
		return fl_decode_named(w, FL_DECODE_LLC, snap_protocol(oui, id));
	if (!fl_walk_tag(w))
		return FL_DECODE_VLAN_DEPTH;
	return fl_decode_ethertype(w, id);
}

enum fl_decode_outcome fl_decode_llc(struct fl_walk *w)
{
	uint8_t dsap, ssap, control;

	w->p->ethertype = 0;
	dsap = fl_rd_u8(&w->r);
	ssap = fl_rd_u8(&w->r);
	control = fl_rd_u8(&w->r);
	if (fl_rd_err(&w->r))
		return fl_decode_failed(w, FL_DECODE_BAD_LINK);
	if (dsap == FL_SAP_SNAP && ssap == FL_SAP_SNAP && control == FL_LLC_UI)
		return decode_snap(w);
	if (dsap == FL_SAP_IP && ssap == FL_SAP_IP && control == FL_LLC_UI)
		return fl_decode_ip4(w); /* RFC 948; RFC 1042 made SNAP of it */
	return fl_decode_named(w, FL_DECODE_LLC, sap_protocol(dsap));
}

enum fl_decode_outcome fl_decode_8023(struct fl_walk *w, uint16_t length)
{
	if (length > FL_ETHERNET_LENGTH_MAX || length > fl_walk_wire_left(w))
		return FL_DECODE_BAD_LINK;
	fl_walk_bound(w, length);
	return fl_decode_llc(w);
}
