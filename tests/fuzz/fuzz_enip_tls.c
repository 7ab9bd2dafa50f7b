/* fuzz_enip_tls.c - hostile bytes into every entry of the dissector of EtherNet/IP over TLS, whole and in two chunks.
 *
 * Checked beside the sanitizers: a unit consumes and ends inside its input, at most one operation, both ways of chunking
 * give the same number of units. */
#include <stdlib.h>
#include <string.h>

#include "dissectors/enip_tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally { unsigned units, operations; bool lost; };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void on_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	struct fl_json j;
	size_t n;

	fl_json_init(&j, 65536);
	fl_json_open(&j, NULL);
	fl_enip_tls_dissector.unit_json(u, &j);
	fl_json_close(&j);
	must(fl_json_text(&j, &n) != NULL);
	fl_json_done(&j);
	((struct tally *)c->user)->units++;
}

static void on_operation(struct fl_dctx *c, const struct fl_operation *op)
{
	must(op->classes == FL_OP_OTHER && op->function_name);
	((struct tally *)c->user)->operations++;
}

static size_t feed(struct fl_dctx *c, const uint8_t *p, size_t n, enum fl_end end)
{
	uint8_t *copy = malloc(n ? n : 1);
	struct fl_rd r;
	size_t taken = 0;

	must(copy != NULL);
	if (n)
		memcpy(copy, p, n);
	r = fl_rd_init(copy, n, end);
	while (fl_rd_left(&r)) {
		enum fl_result got = fl_enip_tls_dissector.unit(c, &r);

		if (got != FL_UNIT) {
			((struct tally *)c->user)->lost |= got != FL_NEED_MORE;
			break;
		}
		must(r.off > taken && r.off <= n);
		taken = r.off;
	}
	free(copy);
	return taken;
}

static struct tally run(const uint8_t *data, size_t size, size_t split, enum fl_end end)
{
	struct fl_enip_tls_state s = {0};
	struct tally t = {0};
	struct fl_dctx c = {.state = &s, .on_unit = on_unit, .on_operation = on_operation, .user = &t, .frame = 1};
	enum fl_role role;
	size_t taken = 0;

	(void)fl_enip_tls_dissector.probe(fl_rd_init(data, size, end), &role);
	if (split)
		taken = feed(&c, data, split, end);
	if (!t.lost)
		(void)feed(&c, data + taken, size - taken, end);
	fl_enip_tls_dissector.gap(&c);
	fl_enip_tls_dissector.tick(&c);
	fl_enip_tls_dissector.end(&c);
	must(t.operations <= 1);
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally whole = run(data, size, 0, FL_OPEN), parts;

	(void)run(data, size, 0, FL_CUT_END);
	(void)run(data, size, 0, FL_CLOSED);
	if (size > 1 && !whole.lost) {
		parts = run(data, size, size / 2, FL_OPEN);
		must(parts.units == whole.units && parts.operations == whole.operations && !parts.lost);
	}
	return 0;
}
