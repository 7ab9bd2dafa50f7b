/* enip_tls.c - EtherNet/IP over TLS: what is said cannot be read, and that is what is told.
 *
 * CIP Security (CIP Vol. 8) puts the encapsulation into TLS on TCP 2221 and into DTLS on UDP 2221. Nothing in a handshake says
 * that it is for EtherNet/IP, so this is the one dissector that goes by its port beside the structure (port_bound): on
 * another port TLS is just TLS.
 *
 * Each record is a unit. The first one with application data yields the flow's one operation, `encrypted`, of class other:
 * a conduit that permits only some operations does not permit one that nobody can tell. A flow of a mere handshake yields none.
 *
 *     TLS    type (20..24)  3  minor (0..4)  length (2)  ...            RFC 8446 5.1, RFC 5246 6.2
 *     DTLS   type           254  minor (253..255)  epoch (2)  sequence (6)  length (2)  ...        RFC 6347 4.1
 *     a handshake record begins with its message type: 1 client hello, 2 server hello */
#include "enip_tls.h"

#include "enip_table.h"

#define LENGTH_MAX 18432u /* 2^14 + 2048: RFC 5246 6.2.3 */

enum { CHANGE_CIPHER = 20, HANDSHAKE = 22, APPLICATION = 23, HEARTBEAT = 24, CLIENT_HELLO = 1, SERVER_HELLO = 2 };

struct record {
	uint8_t type, major, minor, handshake; /* handshake: its first byte, or 0 */
	uint16_t length;
	bool cut;
};

static enum fl_result result_of(const struct fl_rd *r)
{
	return fl_rd_err(r) == FL_RD_MORE ? FL_NEED_MORE : fl_rd_err(r) == FL_RD_CUT ? FL_CUT : FL_MALFORMED;
}

/* What is there of a header may be one: the same for a prefix as for the whole. */
static bool header_fits(const struct record *k, size_t bytes)
{
	if (bytes > 0 && (k->type < CHANGE_CIPHER || k->type > HEARTBEAT))
		return false;
	if (bytes > 1 && k->major != 3 && k->major != 254)
		return false;
	if (bytes > 2 && (k->major == 3 ? k->minor > 4 : k->minor < 253))
		return false;
	return k->length <= LENGTH_MAX;
}

static enum fl_result take(struct fl_rd *r, struct record *k)
{
	size_t left = fl_rd_left(r);
	struct fl_rd ahead = *r, body;

	*k = (struct record){0};
	ahead.end = FL_CUT_END;
	k->type = fl_rd_u8(&ahead);
	k->major = fl_rd_u8(&ahead);
	k->minor = fl_rd_u8(&ahead);
	fl_rd_skip(&ahead, k->major == 254 ? 8 : 0);
	k->length = fl_rd_be16(&ahead);
	if (!header_fits(k, left)) {
		fl_rd_fail(r, FL_RD_VALUE);
		return FL_MALFORMED;
	}
	fl_rd_skip(r, k->major == 254 ? 13 : 5);
	body = fl_rd_sub_upto(r, k->length);
	if (fl_rd_err(r))
		return result_of(r);
	k->cut = body.len < k->length;
	if (k->type == HANDSHAKE && body.len)
		k->handshake = body.base[0];
	return k->cut ? FL_CUT : FL_UNIT;
}

static bool hello(const struct record *k)
{
	return k->handshake == CLIENT_HELLO || k->handshake == SERVER_HELLO;
}

static enum fl_probe tls_probe(struct fl_rd r, enum fl_role *role)
{
	enum fl_end end = (enum fl_end)r.end;
	struct record k;
	enum fl_result got = take(&r, &k);

	if (got == FL_NEED_MORE)
		return FL_PROBE_MORE;
	if (got == FL_CUT)
		return end == FL_CUT_END && k.cut ? FL_PROBE_LIKELY : FL_PROBE_MORE;
	if (got != FL_UNIT || !k.length)
		return FL_PROBE_NO;
	*role = k.handshake == CLIENT_HELLO   ? FL_ROLE_CLIENT
		: k.handshake == SERVER_HELLO ? FL_ROLE_SERVER
					      : FL_ROLE_UNCLEAR;
	return FL_PROBE_LIKELY;
}

static void encrypted(struct fl_dctx *c)
{
	struct fl_operation op = {.function_name = "encrypted", .classes = FL_OP_OTHER, .outcome = FL_OUTCOME_UNKNOWN,
				  .client = c->client, .request_ns = c->ts_ns, .request_frame = c->frame};

	if (c->on_operation)
		c->on_operation(c, &op);
}

static enum fl_result lose_sync(struct fl_dctx *c)
{
	struct fl_enip_tls_state *s = c->state;

	if (!s->seen && !s->resync[c->dir])
		return FL_NOT_MINE;
	s->resync[c->dir] = true;
	return FL_MALFORMED;
}

static enum fl_result tls_unit(struct fl_dctx *c, struct fl_rd *r)
{
	struct fl_enip_tls_state *s = c->state;
	struct record k;
	enum fl_result got = take(r, &k);

	if (got == FL_NEED_MORE || (got == FL_CUT && !k.cut))
		return got;
	if (got == FL_MALFORMED)
		return fl_rd_err(r) == FL_RD_VALUE || s->seen ? lose_sync(c) : FL_MALFORMED;
	s->seen = true;
	s->resync[c->dir] = false;
	if (hello(&k)) {
		c->client = k.handshake == CLIENT_HELLO ? c->dir : c->dir ^ 1u;
		c->client_known = true;
	}
	if (c->on_unit)
		c->on_unit(c, &(struct fl_unit){.value = &k, .dir = c->dir});
	if (k.type == APPLICATION && !s->told) {
		s->told = true;
		encrypted(c);
	}
	return got;
}

static void tls_gap(struct fl_dctx *c)
{
	struct fl_enip_tls_state *s = c->state;

	s->resync[c->dir] = true;
}

static void tls_nothing(struct fl_dctx *c)
{
	(void)c; /* nothing waits */
}

static void tls_json(const struct fl_unit *u, struct fl_json *j)
{
	static const char *const types[] = {"change_cipher_spec", "alert", "handshake", "application_data", "heartbeat"};
	const struct record *k = u->value;

	fl_json_str(j, "type", types[k->type - CHANGE_CIPHER]);
	fl_json_u64(j, "version", (uint64_t)(k->major << 8 | k->minor));
	fl_json_u64(j, "len", k->length);
	if (hello(k))
		fl_json_str(j, "handshake", k->handshake == CLIENT_HELLO ? "client_hello" : "server_hello");
	if (k->cut)
		fl_json_bool(j, "cut", true);
}

static const struct fl_port_hint ports[] = {{6, FL_ENIP_TLS_PORT}, {17, FL_ENIP_TLS_PORT}, {0, 0}};

const struct fl_dissector fl_enip_tls_dissector = {
	.name = "enip_tls",
	.spec = "CIP Volume 8 (CIP Security); RFC 8446, RFC 5246, RFC 6347",
	.ports = ports,
	.tcp = true,
	.udp = true,
	.port_bound = true,
	.state_size = sizeof(struct fl_enip_tls_state),
	.probe = tls_probe,
	.unit = tls_unit,
	.gap = tls_gap,
	.tick = tls_nothing,
	.end = tls_nothing,
	.unit_json = tls_json,
};
