/* fuzz_cip.c - hostile bytes into the pure readers below the encapsulation: paths, messages, lists, connections, PCCC.
 *
 * Each input is read as a message and as a path, padded and packed, with each kind of end. Checked beside the
 * sanitizers: a segment takes at least a byte, what is borrowed lies inside of the input, texts end, a walk of a
 * message yields within its bounds, and a message that was cut never breaks rules that the whole one keeps. */
#include <stdlib.h>
#include <string.h>

#include "dissectors/cip_walk.h"
#include "dissectors/enip_join.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	struct fl_json json;
	unsigned units, operations;
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void inside(const uint8_t *p, size_t n, const struct fl_rd *r)
{
	must(!n || (p >= r->base && p + n <= r->base + r->len));
}

static void read_path(const uint8_t *data, size_t size, enum fl_end end, bool padded)
{
	struct fl_rd r = fl_rd_init(data, size, end), it = r;
	struct fl_cip_segment s;
	struct fl_cip_path p;
	char text[FL_OP_NAME_MAX];
	size_t before = it.off;

	while (fl_cip_next_segment(&it, padded, &s)) {
		must(it.off > before);
		before = it.off;
		if (s.bytes)
			inside(s.bytes, s.len, &r);
	}
	fl_cip_path_read(&r, padded, &p);
	must(!p.broken || fl_rd_err(&it));
	if (p.has_symbol)
		inside(p.symbol, p.symbol_len, &r);
	fl_cip_path_tag(&p, text, sizeof text);
	must(memchr(text, 0, sizeof text) != NULL);
	fl_cip_path_route(&p, text, FL_OP_ROUTE_MAX);
	must(memchr(text, 0, FL_OP_ROUTE_MAX) != NULL && (text[0] == '\0' || p.routed));
}

static void on_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	struct tally *t = c->user;
	size_t n;

	fl_json_reset(&t->json);
	fl_json_open(&t->json, NULL);
	fl_enip_dissector.unit_json(u, &t->json);
	fl_json_close(&t->json);
	must(fl_json_text(&t->json, &n) && n <= 65535);
	t->units++;
}

static void on_operation(struct fl_dctx *c, const struct fl_operation *op)
{
	struct tally *t = c->user;

	must(op->classes && op->function_name && op->objects <= FL_OP_OBJECTS_MAX);
	must(memchr(op->name, 0, sizeof op->name) && memchr(op->route, 0, sizeof op->route));
	t->operations++;
}

static void walk(const struct fl_rd *request, const struct fl_rd *response)
{
	struct fl_enip_state *s = calloc(1, sizeof *s);
	struct tally t = {0};
	struct fl_dctx c = {.state = s, .on_unit = on_unit, .on_operation = on_operation, .user = &t};
	struct fl_enip_pdu pdu = {0};
	struct fl_cip_walk w = {.c = &c, .units = true, .operations = true, .pdu = &pdu};

	must(s != NULL);
	fl_json_init(&t.json, 65536);
	fl_cip_walk(&w, request, response);
	/* one record each; a list that is not followed to its end has one operation more, and so has each nested one */
	must(t.units <= 2 * FL_CIP_SERVICES_MAX && t.operations <= 3 * FL_CIP_SERVICES_MAX && t.operations);
	must(fl_enip_state_ok(s));
	fl_json_done(&t.json);
	free(s);
}

static void read_message(const uint8_t *data, size_t size, enum fl_end end)
{
	struct fl_rd r = fl_rd_init(data, size, end);
	struct fl_cip_message m;
	struct fl_cip_cm cm;
	struct fl_cip_list l;
	struct fl_pccc p;
	struct fl_enip_identity id;
	unsigned i, service;
	bool broken;

	if (!fl_cip_parse(r, &m))
		return;
	inside(m.data.base, m.data.len, &r);
	if (m.added)
		inside(m.add, 2u * m.added, &r);
	for (service = 0x4E; service <= 0x5B; service++)
		(void)fl_cip_cm_parse((uint8_t)service, &m, &cm, &broken);
	if (fl_cip_list_open(&m.data, &l))
		for (i = 0; i < l.n; i++) {
			struct fl_rd one = fl_cip_list_at(&l, i, &broken);

			inside(one.base, one.len, &r);
		}
	if (fl_pccc_parse(m.data, &p))
		must(p.row.name && p.row.classes && memchr(p.name, 0, sizeof p.name));
	if (!m.response && fl_cip_identity(&m, &m, &id) && id.name)
		inside(id.name, id.name_len, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum fl_end ends[] = {FL_CLOSED, FL_CUT_END};
	struct fl_rd a, b;
	unsigned e;
	uint8_t *copy;

	if (size > 4096)
		return 0;
	copy = malloc(size ? size : 1); /* ends where the input ends, so that one byte too many is seen */
	must(copy != NULL);
	if (size)
		memcpy(copy, data, size);
	for (e = 0; e < 2; e++) {
		read_path(copy, size, ends[e], true);
		read_path(copy, size, ends[e], false);
		read_message(copy, size, ends[e]);
		a = fl_rd_init(copy, size, ends[e]);
		walk(&a, NULL);
		walk(NULL, &a);
		a = fl_rd_init(copy, size / 2, FL_CLOSED); /* one half beside the other */
		b = fl_rd_init(copy + size / 2, size - size / 2, ends[e]);
		walk(&a, &b);
	}
	free(copy);
	return 0;
}
