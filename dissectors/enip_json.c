/* enip_json.c - an encapsulation unit or I/O datagram as JSON, for `fenceline dissect`: what was on the wire, and
 * names.
 *
 * Names stand beside the objects and lists of numbers, not in them: those hold what other readers of the protocol
 * print, and compare equal to it. A unit stays well below 64 KiB: of items beyond ITEMS_MAX only the count is told. */
#include "enip.h"

#define ITEMS_MAX 64u

static void put_items(struct fl_json *j, const struct fl_enip_pdu *p)
{
	struct fl_rd it = p->item_list;
	struct fl_enip_item item;
	unsigned n;

	fl_json_open_array(j, "cpf");
	for (n = 0; n < p->items && n < ITEMS_MAX && fl_enip_next_item(&it, &item); n++) {
		fl_json_open(j, NULL);
		fl_json_u64(j, "type", item.type);
		fl_json_u64(j, "len", item.length);
		if (item.type == FL_ENIP_ITEM_CONNECTED_ADDRESS && item.data.len >= 4)
			fl_json_u64(j, "connid", fl_rd_le32(&item.data));
		else if (item.type == FL_ENIP_ITEM_CONNECTED_DATA && p->has_interface && item.data.len >= 2)
			fl_json_u64(j, "seq", fl_rd_le16(&item.data));
		else if (item.type == FL_ENIP_ITEM_SEQUENCED_ADDRESS && item.data.len >= 8) {
			fl_json_u64(j, "sai_connid", fl_rd_le32(&item.data));
			fl_json_u64(j, "sai_seq", fl_rd_le32(&item.data));
		}
		fl_json_close(j);
	}
	fl_json_close_array(j);
	if (n == ITEMS_MAX && p->items > n)
		fl_json_u64(j, "cpf_count", p->items);
	it = p->item_list;
	fl_json_open_array(j, "cpf_names");
	for (n = 0; n < p->items && n < ITEMS_MAX && fl_enip_next_item(&it, &item); n++)
		fl_json_str(j, NULL, fl_enip_item_name(item.type) ? fl_enip_item_name(item.type) : "unknown");
	fl_json_close_array(j);
}

static void put_socket(struct fl_json *j, const char *key, const struct fl_enip_sockaddr *s)
{
	char text[FL_ADDR_TEXT_MAX];

	if (!s->there)
		return;
	fl_json_open(j, key);
	fl_json_str(j, "ip", fl_addr_text(&s->addr, text));
	fl_json_u64(j, "port", s->port);
	fl_json_close(j);
}

/* Vol. 2 2-4.2: state of the device, as the Identity object's attribute 8 */
static const char *state_name(uint8_t state)
{
	static const char *const names[] = {"nonexistent", "device_self_testing", "standby", "operational",
					    "major_recoverable_fault", "major_unrecoverable_fault"};

	return state < sizeof names / sizeof names[0] ? names[state] : state == 255 ? "default" : NULL;
}

static void put_identity(struct fl_json *j, const struct fl_enip_identity *id)
{
	char text[FL_OP_NAME_MAX];

	fl_json_open(j, "identity");
	fl_json_u64(j, "vendor", id->vendor);
	fl_json_u64(j, "devtype", id->device_type);
	fl_json_u64(j, "prodcode", id->product_code);
	fl_json_fmt(j, "rev", "%u", id->major << 8 | id->minor);
	fl_json_u64(j, "serial", id->serial);
	fl_json_strn(j, "name", (const char *)id->name, id->name_len);
	if (id->has_state)
		fl_json_u64(j, "state", id->state);
	fl_json_close(j);
	fl_enip_identity_text(id, text);
	fl_json_str(j, "identity_text", text);
	fl_json_str(j, "device_type_name", fl_cip_device_type_name(id->device_type));
	if (id->has_state)
		fl_json_str(j, "device_state_name", state_name(id->state));
	put_socket(j, "identity_socket", &id->socket);
}

static void put_flaws(struct fl_json *j, const struct fl_enip_pdu *p)
{
	unsigned i;

	if (p->cut)
		fl_json_bool(j, "cut", true);
	if (!p->flaws)
		return;
	fl_json_open_array(j, "flaws");
	for (i = 0; i < FL_ENIP_FLAW_COUNT; i++)
		if (p->flaws >> i & 1u)
			fl_json_str(j, NULL, fl_enip_flaw_name(i));
	fl_json_close_array(j);
}

static void put_io(struct fl_json *j, const struct fl_enip_unit *u)
{
	const struct fl_enip_pdu *p = u->pdu;

	fl_json_u64(j, "connid", p->connection);
	if (p->has_io_sequence)
		fl_json_u64(j, "encap_seq", p->io_sequence);
	if (p->has_message)
		fl_json_u64(j, "data_len", p->data_length);
	put_items(j, p);
	if (u->note) {
		fl_json_str(j, "direction", u->note & FL_ENIP_NOTE_TO ? "t_o" : "o_t");
		fl_json_bool(j, "safety", (u->note & FL_ENIP_NOTE_SAFETY) != 0);
	}
	if (u->note & FL_ENIP_NOTE_CLASS1 && p->message.len >= 2) {
		struct fl_rd r = p->message;

		fl_json_u64(j, "seq", fl_rd_le16(&r));
	}
	put_flaws(j, p);
}

void fl_enip_unit_json(const struct fl_unit *unit, struct fl_json *j)
{
	static const char *const kinds[] = {"unclear", "request", "response"};
	const struct fl_enip_unit *u = unit->value;
	const struct fl_enip_pdu *p = u->pdu;
	bool delay = p->command == FL_ENIP_LIST_IDENTITY && p->kind == FL_ENIP_REQUEST;

	if (u->layer == FL_ENIP_LAYER_IO) {
		put_io(j, u);
		return;
	}
	fl_json_u64(j, "cmd", p->command);
	fl_json_str(j, "cmd_name", p->info ? p->info->name : NULL);
	fl_json_u64(j, "len", p->length);
	fl_json_u64(j, "session", p->session);
	fl_json_u64(j, "status", p->status);
	fl_json_str(j, "status_name", fl_enip_status_name(p->status));
	/* Vol. 2 2-4.2.2: in a List Identity request the first two bytes are the longest wait before an answer */
	fl_json_hex(j, "context", p->context + 2 * delay, sizeof p->context - 2u * delay);
	if (delay)
		fl_json_u64(j, "max_response_delay", (uint64_t)(p->context[0] | p->context[1] << 8));
	fl_json_u64(j, "options", p->options);
	fl_json_str(j, "dir", kinds[p->kind]);
	if (p->has_version) {
		fl_json_u64(j, "protocol_version", p->version);
		fl_json_u64(j, "session_options", p->session_options);
	}
	if (p->has_interface) {
		fl_json_u64(j, "interface", p->interface);
		fl_json_u64(j, "timeout", p->timeout);
	}
	if (p->has_items && p->items)
		put_items(j, p);
	put_socket(j, "sockaddr_o_t", &p->socket[0]);
	put_socket(j, "sockaddr_t_o", &p->socket[1]);
	if (p->identity.there)
		put_identity(j, &p->identity);
	if (u->request_frame)
		fl_json_u64(j, "req_frame", u->request_frame);
	if (u->retry)
		fl_json_bool(j, "retry", true);
	put_flaws(j, p);
}
