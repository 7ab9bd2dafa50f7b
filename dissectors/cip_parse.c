/* cip_parse.c - one CIP message, and the list in a Multiple Service Packet. Pure: no state, no memory, any thread.
 *
 * The view a message is read from ends where the layer around it says; nothing here can see beyond. A message whose end
 * was not captured keeps what is there: a path that is cut is no path. */
#include "cip.h"

static void flaw(struct fl_cip_message *m, enum fl_cip_flaw f, bool broken)
{
	if (broken)
		m->flaws = (uint16_t)(m->flaws | f);
}

static struct fl_rd rest(const struct fl_rd *r)
{
	struct fl_rd v = *r;

	v.base += r->off;
	v.origin += r->off;
	v.len -= r->off;
	v.off = 0;
	return v;
}

static void take_request(struct fl_rd *r, struct fl_cip_message *m)
{
	struct fl_rd path = fl_rd_sub(r, (size_t)fl_rd_u8(r) * 2);

	if (fl_rd_err(r))
		return;
	fl_cip_path_read(&path, true, &m->path);
	flaw(m, FL_CIP_FLAW_PATH, m->path.broken);
	m->data = rest(r);
}

static void take_response(struct fl_rd *r, struct fl_cip_message *m)
{
	uint8_t words;

	fl_rd_skip(r, 1);
	m->status = fl_rd_u8(r);
	words = fl_rd_u8(r);
	m->add = fl_rd_bytes(r, (size_t)words * 2); /* counted in words, Vol. 1 2-4.2 */
	if (fl_rd_err(r))
		return;
	m->added = words;
	m->data = rest(r);
}

bool fl_cip_parse(struct fl_rd r, struct fl_cip_message *out)
{
	uint8_t first = fl_rd_u8(&r);

	*out = (struct fl_cip_message){.service = first & 0x7F, .response = first >> 7};
	if (!fl_rd_err(&r) && out->response)
		take_response(&r, out);
	else if (!fl_rd_err(&r))
		take_request(&r, out);
	flaw(out, FL_CIP_FLAW_HEADER, fl_rd_err(&r) == FL_RD_OVERRUN);
	return !fl_rd_err(&r);
}

uint16_t fl_cip_added(const struct fl_cip_message *m, unsigned i)
{
	return (uint16_t)(m->add[2 * i] | m->add[2 * i + 1] << 8);
}

/* ---- Multiple Service Packet */

bool fl_cip_list_open(const struct fl_rd *data, struct fl_cip_list *out)
{
	struct fl_rd r = *data;
	size_t room;

	*out = (struct fl_cip_list){.all = *data};
	out->n = fl_rd_le16(&r);
	if (fl_rd_err(&r)) {
		out->n = 0;
		out->broken = fl_rd_err(&r) == FL_RD_OVERRUN;
		return false;
	}
	room = fl_rd_left(&r) / 2;
	if (out->n > room) {
		out->n = (uint16_t)room;
		out->broken = data->end == FL_CLOSED;
	}
	return true;
}

static size_t offset(const struct fl_cip_list *l, unsigned i)
{
	return (size_t)(l->all.base[2 + 2 * i] | l->all.base[3 + 2 * i] << 8);
}

struct fl_rd fl_cip_list_at(const struct fl_cip_list *l, unsigned i, bool *disordered)
{
	size_t from = offset(l, i), to = i + 1u < l->n ? offset(l, i + 1) : l->all.len;
	struct fl_rd v = l->all;
	bool ends_here = i + 1u < l->n && to <= l->all.len;

	*disordered = from < 2u + 2u * l->n || to < from || (from > l->all.len && l->all.end == FL_CLOSED);
	if (to < from || to > l->all.len) {
		to = l->all.len;
		ends_here = false;
	}
	if (from > to)
		from = to;
	v.base += from;
	v.origin += from;
	v.len = to - from;
	v.off = 0;
	if (ends_here)
		v.end = FL_CLOSED; /* of a packet whose end was not captured, this one is whole */
	return v;
}
