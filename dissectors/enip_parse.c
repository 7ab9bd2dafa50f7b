/* enip_parse.c - bytes to struct fl_enip_pdu. Pure: no state, no memory, any thread.
 *
 * The header is read first and on its own; the body is then read from a sub-view that ends where the header says, each
 * item from a view that ends where its length says. Whether a unit is a request or a response is not in the header: it
 * is the top bit of the CIP service, or what only one of the two can hold.
 *
 * The header's length is the only framing of the stream, and four of its six fields may hold any value. So a header
 * that no device would send is refused, not followed: a wrong length would swallow what comes after it. */
#include "enip.h"

#include <string.h>

static void flaw(struct fl_enip_pdu *p, enum fl_enip_flaw f, bool broken)
{
	if (broken)
		p->flaws = (uint16_t)(p->flaws | f);
}

/* ---- items */

bool fl_enip_next_item(struct fl_rd *it, struct fl_enip_item *out)
{
	struct fl_enip_item v;

	if (!fl_rd_left(it))
		return false;
	v.type = fl_rd_le16(it);
	v.length = fl_rd_le16(it);
	v.data = fl_rd_sub_upto(it, v.length);
	if (fl_rd_err(it))
		return false;
	*out = v;
	return true;
}

/* sin_family, sin_port, sin_addr, eight zeroes: network byte order. */
static void take_sockaddr(struct fl_rd *r, struct fl_enip_sockaddr *out)
{
	struct fl_enip_sockaddr v = {.there = true};
	const uint8_t *b;

	fl_rd_skip(r, 2);
	v.port = fl_rd_be16(r);
	b = fl_rd_bytes(r, 4);
	fl_rd_skip(r, 8);
	if (fl_rd_err(r))
		return;
	v.addr = fl_addr_from(FL_ADDR_IPV4, b);
	*out = v;
}

/* Vol. 2 2-4.2.3 */
static void take_identity(struct fl_rd *r, struct fl_enip_identity *id)
{
	struct fl_enip_identity v = {.there = true};

	fl_rd_skip(r, 2); /* version of the encapsulation protocol */
	take_sockaddr(r, &v.socket);
	v.vendor = fl_rd_le16(r);
	v.device_type = fl_rd_le16(r);
	v.product_code = fl_rd_le16(r);
	v.major = fl_rd_u8(r);
	v.minor = fl_rd_u8(r);
	v.status = fl_rd_le16(r);
	v.serial = fl_rd_le32(r);
	v.name_len = fl_rd_u8(r);
	v.name = fl_rd_bytes(r, v.name_len);
	if (fl_rd_err(r))
		return;
	v.has_state = fl_rd_left(r) > 0;
	v.state = v.has_state ? fl_rd_u8(r) : 0;
	*id = v;
}

static void take_data(struct fl_enip_item *item, struct fl_enip_pdu *p, bool connected, bool counted)
{
	if (p->has_message)
		return;
	p->connected = connected;
	p->data_length = item->length;
	if (counted) {
		p->sequence = fl_rd_le16(&item->data);
		p->has_sequence = !fl_rd_err(&item->data);
	}
	if (fl_rd_err(&item->data))
		return;
	p->has_message = true;
	p->message = item->data;
	p->message.base += item->data.off;
	p->message.len -= item->data.off;
	p->message.origin += item->data.off;
	p->message.off = 0;
}

static void take_item(struct fl_enip_item *item, struct fl_enip_pdu *p, bool io)
{
	switch (item->type) {
	case FL_ENIP_ITEM_CONNECTED_ADDRESS:
		p->connection = fl_rd_le32(&item->data);
		p->has_connection = !fl_rd_err(&item->data);
		break;
	case FL_ENIP_ITEM_SEQUENCED_ADDRESS:
		p->connection = fl_rd_le32(&item->data);
		p->io_sequence = fl_rd_le32(&item->data);
		p->has_connection = p->has_io_sequence = !fl_rd_err(&item->data);
		break;
	case FL_ENIP_ITEM_CONNECTED_DATA:
		take_data(item, p, true, !io);
		break;
	case FL_ENIP_ITEM_UNCONNECTED_DATA:
		take_data(item, p, false, false);
		break;
	case FL_ENIP_ITEM_SOCKADDR_OT:
	case FL_ENIP_ITEM_SOCKADDR_TO:
		take_sockaddr(&item->data, &p->socket[item->type == FL_ENIP_ITEM_SOCKADDR_TO]);
		break;
	case FL_ENIP_ITEM_IDENTITY:
		take_identity(&item->data, &p->identity);
		break;
	default:
		return;
	}
	flaw(p, FL_ENIP_FLAW_ITEMS, fl_rd_err(&item->data) == FL_RD_OVERRUN);
}

static void take_items(struct fl_rd *b, struct fl_enip_pdu *p, bool io)
{
	struct fl_enip_item item;
	unsigned n;

	p->items = fl_rd_le16(b);
	if (fl_rd_err(b))
		return;
	p->has_items = true;
	p->item_list = *b;
	for (n = 0; n < p->items && fl_enip_next_item(b, &item); n++)
		take_item(&item, p, io);
	flaw(p, FL_ENIP_FLAW_ITEMS, n < p->items && b->end != FL_CUT_END);
	p->item_list.len = b->off; /* not what may lie behind the last one */
	if (fl_rd_err(b) == FL_RD_OVERRUN)
		b->err = FL_RD_OK; /* it is a flaw of the items, told already */
}

/* ---- bodies */

static void take_body(struct fl_rd *b, struct fl_enip_pdu *p)
{
	switch (p->command) {
	case FL_ENIP_REGISTER_SESSION:
		p->version = fl_rd_le16(b);
		p->session_options = fl_rd_le16(b);
		p->has_version = !fl_rd_err(b);
		break;
	case FL_ENIP_SEND_RR_DATA:
	case FL_ENIP_SEND_UNIT_DATA:
		p->interface = fl_rd_le32(b);
		p->timeout = fl_rd_le16(b);
		p->has_interface = !fl_rd_err(b);
		flaw(p, FL_ENIP_FLAW_INTERFACE, p->interface != 0);
		if (p->has_interface)
			take_items(b, p, false);
		break;
	case FL_ENIP_LIST_TARGETS:
	case FL_ENIP_LIST_SERVICES:
	case FL_ENIP_LIST_IDENTITY:
	case FL_ENIP_LIST_INTERFACES:
		if (p->length)
			take_items(b, p, false);
		break;
	case FL_ENIP_UNREGISTER_SESSION:
		break;
	default:
		b->off = b->len;
	}
	/* A refusal brings no data: the status says why. */
	if (p->status && !p->length)
		b->err = FL_RD_OK;
	flaw(p, FL_ENIP_FLAW_LENGTH, fl_rd_err(b) == FL_RD_OVERRUN || fl_rd_left(b));
}

/* What the content allows. */
static uint8_t fits(const struct fl_enip_pdu *p)
{
	switch (p->command) {
	case FL_ENIP_NOP:
	case FL_ENIP_UNREGISTER_SESSION:
		return FL_ENIP_REQUEST;
	case FL_ENIP_REGISTER_SESSION:
		return p->session || p->status ? FL_ENIP_RESPONSE : FL_ENIP_REQUEST;
	case FL_ENIP_LIST_TARGETS:
	case FL_ENIP_LIST_SERVICES:
	case FL_ENIP_LIST_IDENTITY:
	case FL_ENIP_LIST_INTERFACES:
		return p->length || p->status ? FL_ENIP_RESPONSE : FL_ENIP_REQUEST;
	case FL_ENIP_SEND_RR_DATA:
	case FL_ENIP_SEND_UNIT_DATA:
		if (p->has_message && p->message.len)
			return p->message.base[0] & 0x80 ? FL_ENIP_RESPONSE : FL_ENIP_REQUEST;
		return p->status ? FL_ENIP_RESPONSE : FL_ENIP_REQUEST | FL_ENIP_RESPONSE;
	default:
		return FL_ENIP_REQUEST | FL_ENIP_RESPONSE;
	}
}

/* A header that a device would send. An unknown command is one only if everything else is right: the receiver must
 * answer it with status 1, so a scanner may well send one. A NOP has no field of its own; sixteen zero bits are common.
 * */
static bool header_fits(const struct fl_enip_pdu *p)
{
	if (p->length > FL_ENIP_LENGTH_MAX)
		return false;
	if (!p->info || p->command == FL_ENIP_NOP)
		return !p->options && (p->info ? !p->status : fl_enip_status_name(p->status) != NULL);
	return !p->options || fl_enip_status_name(p->status);
}

static void take_header(struct fl_rd *r, struct fl_enip_pdu *p)
{
	const uint8_t *context;

	p->command = fl_rd_le16(r);
	p->length = fl_rd_le16(r);
	p->session = fl_rd_le32(r);
	p->status = fl_rd_le32(r);
	context = fl_rd_bytes(r, sizeof p->context);
	p->options = fl_rd_le32(r);
	if (fl_rd_err(r)) {
		p->command = p->length = 0;
		return;
	}
	memcpy(p->context, context, sizeof p->context);
	p->info = fl_enip_command(p->command);
}

static enum fl_result result_of(const struct fl_rd *r)
{
	return fl_rd_err(r) == FL_RD_MORE ? FL_NEED_MORE : fl_rd_err(r) == FL_RD_CUT ? FL_CUT : FL_MALFORMED;
}

enum fl_result fl_enip_parse(struct fl_rd *r, struct fl_enip_pdu *out)
{
	struct fl_rd body;

	*out = (struct fl_enip_pdu){0};
	take_header(r, out);
	if (fl_rd_err(r))
		return result_of(r);
	if (!header_fits(out)) {
		fl_rd_fail(r, FL_RD_VALUE);
		return FL_MALFORMED;
	}
	body = fl_rd_sub_upto(r, out->length);
	if (fl_rd_err(r))
		return result_of(r);
	out->cut = body.end == FL_CUT_END && body.len < out->length;
	flaw(out, FL_ENIP_FLAW_COMMAND, !out->info);
	flaw(out, FL_ENIP_FLAW_OPTIONS, out->options != 0);
	flaw(out, FL_ENIP_FLAW_STATUS, !fl_enip_status_name(out->status));
	take_body(&body, out);
	out->fits = fits(out);
	out->kind = out->fits == (FL_ENIP_REQUEST | FL_ENIP_RESPONSE) ? FL_ENIP_UNCLEAR : out->fits;
	flaw(out, FL_ENIP_FLAW_STATUS, out->kind == FL_ENIP_REQUEST && out->status);
	return out->cut ? FL_CUT : FL_UNIT;
}

enum fl_result fl_enip_parse_io(struct fl_rd *r, struct fl_enip_pdu *out)
{
	struct fl_rd body = *r;

	*out = (struct fl_enip_pdu){0};
	take_items(&body, out, true);
	if (fl_rd_err(&body) == FL_RD_CUT) {
		*r = body;
		out->cut = true;
		return FL_CUT;
	}
	/* Exactly the two items, whole, and nothing more: that is all there is to know the protocol by. */
	if (fl_rd_err(&body) || out->flaws || fl_rd_left(&body) || !out->has_io_sequence || !out->has_message ||
	    !out->connected) {
		fl_rd_fail(r, FL_RD_VALUE);
		return FL_MALFORMED;
	}
	r->off = r->len;
	return FL_UNIT;
}
