/* cip_cm.c - the data of the connection manager's services. Pure. Source: CIP Vol. 1 3-5.5. */
#include "cip.h"

bool fl_cip_opens(uint8_t service)
{
	return service == FL_CIP_SVC_FORWARD_OPEN || service == FL_CIP_SVC_LARGE_FORWARD_OPEN;
}

/* 3-5.5.1.1: bits 14..13 of 16, or 30..29 of 32. */
enum fl_cip_connection_type fl_cip_connection_type(uint32_t params, bool large)
{
	return (enum fl_cip_connection_type)(params >> (large ? 29 : 13) & 3);
}

unsigned fl_cip_connection_size(uint32_t params, bool large)
{
	return large ? params & 0xFFFF : params & 0x1FF;
}

bool fl_cip_is_null(const struct fl_cip_cm *cm)
{
	return cm->has_params && fl_cip_connection_type(cm->ot_params, cm->large) == FL_CIP_NULL &&
	       fl_cip_connection_type(cm->to_params, cm->large) == FL_CIP_NULL;
}

static void take_triad(struct fl_rd *r, struct fl_cip_cm *cm)
{
	cm->triad.serial = fl_rd_le16(r);
	cm->triad.vendor = fl_rd_le16(r);
	cm->triad.originator = fl_rd_le32(r);
	cm->has_triad = !fl_rd_err(r);
}

static void take_path(struct fl_rd *r, bool reserved, struct fl_cip_path *out)
{
	size_t n = (size_t)fl_rd_u8(r) * 2;
	struct fl_rd path;

	if (reserved)
		fl_rd_skip(r, 1);
	path = fl_rd_sub(r, n);
	if (fl_rd_err(r))
		return;
	fl_cip_path_read(&path, true, out);
}

/* 3-5.5.2, large: 3-5.5.3. */
static void take_open(struct fl_rd *r, struct fl_cip_cm *cm)
{
	unsigned width = cm->large ? 4 : 2;

	fl_rd_skip(r, 2); /* priority and time tick, timeout */
	cm->ot_id = fl_rd_le32(r);
	cm->to_id = fl_rd_le32(r);
	cm->has_ids = !fl_rd_err(r);
	take_triad(r, cm);
	cm->timeout_multiplier = fl_rd_u8(r);
	fl_rd_skip(r, 3);
	cm->ot_rpi = fl_rd_le32(r);
	cm->ot_params = (uint32_t)fl_rd_le(r, width);
	cm->to_rpi = fl_rd_le32(r);
	cm->to_params = (uint32_t)fl_rd_le(r, width);
	cm->transport = fl_rd_u8(r);
	cm->has_rpi = cm->has_params = cm->has_transport = !fl_rd_err(r);
	take_path(r, false, &cm->path);
}

static void take_opened(struct fl_rd *r, struct fl_cip_cm *cm)
{
	cm->ot_id = fl_rd_le32(r);
	cm->to_id = fl_rd_le32(r);
	cm->has_ids = !fl_rd_err(r);
	take_triad(r, cm);
	cm->ot_rpi = fl_rd_le32(r);
	cm->to_rpi = fl_rd_le32(r);
	cm->has_rpi = !fl_rd_err(r);
	fl_rd_skip(r, 2 + (size_t)(fl_rd_left(r) ? r->base[r->off] : 0) * 2); /* application reply */
}

/* What Forward Open and Close say when they fail: the triad, and how far the path was followed. */
static void take_failed(struct fl_rd *r, struct fl_cip_cm *cm)
{
	if (!fl_rd_left(r))
		return; /* refused before it got to the connection manager */
	take_triad(r, cm);
	if (!fl_rd_left(r))
		return;
	cm->remaining = fl_rd_u8(r);
	cm->has_remaining = !fl_rd_err(r);
	fl_rd_skip(r, 1);
}

/* 3-5.5.4: priority, timeout, size, message, pad, route. */
static void take_unconnected_send(struct fl_rd *r, struct fl_cip_cm *cm)
{
	fl_rd_skip(r, 2);
	cm->message_size = fl_rd_le16(r);
	cm->message = fl_rd_sub_upto(r, cm->message_size);
	cm->has_message = !fl_rd_err(r);
	fl_rd_skip(r, cm->message_size % 2);
	take_path(r, true, &cm->route);
}

static bool take_request(uint8_t service, struct fl_rd *r, struct fl_cip_cm *cm)
{
	switch (service) {
	case FL_CIP_SVC_LARGE_FORWARD_OPEN:
	case FL_CIP_SVC_FORWARD_OPEN:
		take_open(r, cm);
		return true;
	case FL_CIP_SVC_FORWARD_CLOSE:
		fl_rd_skip(r, 2);
		take_triad(r, cm);
		take_path(r, true, &cm->path);
		return true;
	case FL_CIP_SVC_UNCONNECTED_SEND:
		take_unconnected_send(r, cm);
		return true;
	case FL_CIP_SVC_GET_CONNECTION_DATA:
		cm->number = fl_rd_le16(r);
		cm->has_number = !fl_rd_err(r);
		return true;
	case FL_CIP_SVC_SEARCH_CONNECTION_DATA:
		take_triad(r, cm);
		return true;
	case FL_CIP_SVC_GET_CONNECTION_OWNER:
		fl_rd_skip(r, 1);
		take_path(r, false, &cm->path);
		return true;
	default:
		return false;
	}
}

bool fl_cip_cm_parse(uint8_t service, const struct fl_cip_message *m, struct fl_cip_cm *out, bool *broken)
{
	struct fl_rd r = m->data;
	bool known = true;

	*broken = false;
	*out = (struct fl_cip_cm){.large = service == FL_CIP_SVC_LARGE_FORWARD_OPEN};
	if (!m->response) {
		known = take_request(service, &r, out);
	} else if (!fl_cip_opens(service) && service != FL_CIP_SVC_FORWARD_CLOSE) {
		return false;
	} else if (m->status) {
		take_failed(&r, out);
	} else if (service == FL_CIP_SVC_FORWARD_CLOSE) {
		take_triad(&r, out);
		fl_rd_skip(&r, 2 + (size_t)(fl_rd_left(&r) ? r.base[r.off] : 0) * 2);
	} else {
		take_opened(&r, out);
	}
	*broken = fl_rd_err(&r) == FL_RD_OVERRUN || out->path.broken || out->route.broken;
	return known;
}
