/* cip_json.c - a CIP message as JSON, for `fenceline dissect`. See enip_json.c for where names stand. */
#include "cip_walk.h"

static const char *const container_names[] = {
#define X(name, text) text,
	FL_CIP_CONTAINERS(X)
#undef X
};

static void put_link(struct fl_json *j, const struct fl_cip_segment *s)
{
	fl_json_u64(j, "port", s->port);
	if (s->bytes)
		fl_json_strn(j, "link", (const char *)s->bytes, s->len);
	else
		fl_json_u64(j, "link", s->value);
}

static void put_segment(struct fl_json *j, const struct fl_cip_segment *s)
{
	static const char *const keys[] = {[FL_CIP_CLASS] = "class", [FL_CIP_INSTANCE] = "instance",
					   [FL_CIP_MEMBER] = "member", [FL_CIP_CONNPOINT] = "connpoint",
					   [FL_CIP_ATTRIBUTE] = "attribute", [FL_CIP_SERVICE] = "service",
					   [FL_CIP_EXTENDED] = "extended"};

	fl_json_open(j, NULL);
	fl_json_u64(j, "seg", s->byte);
	switch (s->kind) {
	case FL_CIP_PORT:
		put_link(j, s);
		break;
	case FL_CIP_CLASS:
	case FL_CIP_INSTANCE:
	case FL_CIP_MEMBER:
	case FL_CIP_CONNPOINT:
	case FL_CIP_ATTRIBUTE:
	case FL_CIP_SERVICE:
	case FL_CIP_EXTENDED:
		fl_json_u64(j, keys[s->kind], s->value);
		break;
	case FL_CIP_SYMBOL:
		fl_json_strn(j, "symbol", (const char *)s->bytes, s->len);
		break;
	default:
		break;
	}
	fl_json_close(j);
}

static void put_path(struct fl_json *j, const char *key, const struct fl_cip_path *p)
{
	struct fl_rd it = p->bytes;
	struct fl_cip_segment s;

	fl_json_open_array(j, key);
	while (fl_cip_next_segment(&it, true, &s))
		put_segment(j, &s);
	fl_json_close_array(j);
}

static void put_request_path(struct fl_json *j, const struct fl_cip_unit *u)
{
	const struct fl_cip_path *p = u->path;
	char text[FL_OP_NAME_MAX];

	if (p->bytes.len)
		put_path(j, "path", p);
	if (p->has_class)
		fl_json_u64(j, "class", p->class_id);
	if (p->has_class)
		fl_json_str(j, "class_name", fl_cip_class_name(p->class_id));
	if (p->has_instance)
		fl_json_u64(j, "instance", p->instance);
	if (p->has_attribute)
		fl_json_u64(j, "attribute", p->attribute);
	if (p->has_connpoint)
		fl_json_u64(j, "connpoint", p->connpoint);
	if (p->has_symbol) {
		fl_json_strn(j, "symbol", (const char *)p->symbol, p->symbol_len);
		fl_cip_path_tag(p, text, sizeof text);
		fl_json_str(j, "tag", text);
	}
	if (u->path_from_request && p->bytes.len)
		fl_json_bool(j, "path_from_request", true);
}

static void put_cm(struct fl_json *j, const struct fl_cip_unit *u)
{
	static const struct fl_cip_cm none;
	const struct fl_cip_cm *cm = u->cm ? u->cm : &none;
	bool response = u->m->response;

	fl_json_open(j, "cm");
	if (cm->has_ids) {
		fl_json_u64(j, "ot_connid", cm->ot_id);
		fl_json_u64(j, "to_connid", cm->to_id);
	}
	if (cm->has_triad) {
		fl_json_u64(j, "conn_serial", cm->triad.serial);
		fl_json_u64(j, "orig_vendor", cm->triad.vendor);
		fl_json_u64(j, "orig_serial", cm->triad.originator);
	}
	if (cm->has_rpi && !response) {
		fl_json_u64(j, "ot_rpi", cm->ot_rpi);
		fl_json_u64(j, "to_rpi", cm->to_rpi);
	}
	if (cm->has_transport) {
		fl_json_u64(j, "transport", cm->transport);
		fl_json_u64(j, "timeout_mult", cm->timeout_multiplier);
	}
	if (cm->has_message)
		fl_json_u64(j, "msg_req_size", cm->message_size);
	if (cm->path.there && cm->path.bytes.len)
		put_path(j, "conn_path", &cm->path);
	if (cm->route.there && cm->route.bytes.len)
		put_path(j, "route_path", &cm->route);
	if (u->route && u->route->bytes.len)
		put_path(j, "route_path", u->route);
	fl_json_close(j);
}

/* What the numbers of a connection mean. */
static void put_connection(struct fl_json *j, const struct fl_cip_cm *cm, bool response)
{
	static const char *const types[] = {"null", "multicast", "point_to_point", "reserved"};
	static const char *const triggers[] = {"cyclic", "change_of_state", "application"};

	fl_json_open(j, "connection");
	if (cm->has_params) {
		fl_json_bool(j, "null", fl_cip_is_null(cm));
		fl_json_str(j, "ot_type", types[fl_cip_connection_type(cm->ot_params, cm->large)]);
		fl_json_u64(j, "ot_size", fl_cip_connection_size(cm->ot_params, cm->large));
		fl_json_str(j, "to_type", types[fl_cip_connection_type(cm->to_params, cm->large)]);
		fl_json_u64(j, "to_size", fl_cip_connection_size(cm->to_params, cm->large));
		fl_json_u64(j, "transport_class", cm->transport & 0x0F);
		if ((cm->transport >> 4 & 7) < 3)
			fl_json_str(j, "trigger", triggers[cm->transport >> 4 & 7]);
		fl_json_bool(j, "server", cm->transport >> 7);
		fl_json_bool(j, "safety", cm->path.safety);
	}
	if (cm->has_rpi && response) {
		fl_json_u64(j, "ot_api", cm->ot_rpi);
		fl_json_u64(j, "to_api", cm->to_rpi);
	}
	if (cm->has_remaining)
		fl_json_u64(j, "remaining_path", cm->remaining);
	if (cm->has_number)
		fl_json_u64(j, "number", cm->number);
	fl_json_close(j);
}

static void put_pccc(struct fl_json *j, const struct fl_pccc *p)
{
	fl_json_open(j, "pccc");
	if (p->reply)
		fl_json_u64(j, "resp", p->command | 0x40u);
	else
		fl_json_u64(j, "cmd", p->command);
	if (p->function != FL_PCCC_NONE)
		fl_json_u64(j, "fnc", p->function);
	fl_json_u64(j, "status", p->status);
	fl_json_u64(j, "tns", p->tns);
	fl_json_close(j);
	if (!p->reply)
		fl_json_str(j, "pccc_name", p->row.name);
	if (p->status == 0xF0)
		fl_json_u64(j, "pccc_ext_status", p->extended);
	fl_json_str(j, "pccc_status_name", fl_pccc_status_name(p->status, p->extended));
	if (p->name[0])
		fl_json_str(j, "pccc_address", p->name);
	if (!p->reply)
		fl_json_str(j, "attack", p->row.technique);
}

static void put_status(struct fl_json *j, const struct fl_cip_message *m)
{
	unsigned i;

	fl_json_u64(j, "status", m->status);
	fl_json_str(j, "status_name", fl_cip_status_name(m->status));
	if (!m->added)
		return;
	fl_json_open_array(j, "add_status");
	for (i = 0; i < m->added; i++)
		fl_json_u64(j, NULL, fl_cip_added(m, i));
	fl_json_close_array(j);
	if (m->status == FL_CIP_STATUS_CONNECTION)
		fl_json_str(j, "add_status_name", fl_cip_cm_status_name(fl_cip_added(m, 0)));
}

static void put_flaws(struct fl_json *j, unsigned flaws)
{
	static const char *const names[] = {
#define X(name, text) text,
		FL_CIP_FLAWS(X)
#undef X
	};
	unsigned i;

	if (!flaws)
		return;
	fl_json_open_array(j, "flaws");
	for (i = 0; i < FL_CIP_FLAW_COUNT; i++)
		if (flaws >> i & 1u)
			fl_json_str(j, NULL, names[i]);
	fl_json_close_array(j);
}

static bool says_of_connections(const struct fl_cip_cm *cm)
{
	return cm->has_params || (cm->has_rpi && !cm->has_params) || cm->has_remaining || cm->has_number;
}

static bool has_cm(const struct fl_cip_unit *u)
{
	const struct fl_cip_cm *cm = u->cm;

	return (u->route && u->route->bytes.len) ||
	       (cm && (cm->has_ids || cm->has_triad || cm->has_message || cm->path.there || cm->route.there));
}

void fl_cip_unit_json(const struct fl_unit *unit, struct fl_json *j)
{
	const struct fl_cip_unit *u = unit->value;
	const struct fl_cip_message *m = u->m;
	char text[FL_OP_ROUTE_MAX];

	fl_json_u64(j, "level", u->level);
	if (u->container != FL_CIP_IN_NONE) {
		fl_json_str(j, "container", container_names[u->container]);
		fl_json_u64(j, "index", u->index);
	}
	fl_json_u64(j, "svc", m->service);
	fl_json_str(j, "svc_name", u->row.name);
	fl_json_bool(j, "resp", m->response);
	if (m->response && !(u->flaws & FL_CIP_FLAW_HEADER))
		put_status(j, m);
	if (u->via_send)
		fl_json_str(j, "via", "unconnected_send");
	if (u->path)
		put_request_path(j, u);
	if (has_cm(u))
		put_cm(j, u);
	if (u->cm && says_of_connections(u->cm))
		put_connection(j, u->cm, m->response);
	if (u->route && u->route->routed) {
		fl_cip_path_route(u->route, text, sizeof text);
		fl_json_str(j, "route", text);
	} else if (u->cm && u->cm->route.there && u->cm->route.routed) {
		fl_cip_path_route(&u->cm->route, text, sizeof text);
		fl_json_str(j, "route", text);
	}
	if (u->pccc)
		put_pccc(j, u->pccc);
	else if (!m->response)
		fl_json_str(j, "attack", u->row.technique);
	if (u->identity) {
		char name[FL_OP_NAME_MAX];

		fl_enip_identity_text(u->identity, name);
		fl_json_str(j, "identity_text", name);
	}
	put_flaws(j, u->flaws);
}
