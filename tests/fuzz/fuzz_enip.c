/* fuzz_enip.c - hostile bytes into every entry of the EtherNet/IP dissector.
 *
 * Each input is used twice: as the bytes of one side of a connection (probe, then units, whole and in two chunks), and
 * as a script of records {control, length, bytes} that drives both sides, gaps, time and the end:
 *
 *     control  bit 0 sender   bit 4 gap   bit 5 tick (bits 1..3: seconds before it * 4)   bit 6 datagram   bit 7 cut
 *
 * Checked beside the sanitizers: the state's invariants after each step, a unit consumes and ends inside its input,
 * JSON can always be written, what is announced has a port, nothing waits after the end, and both ways of chunking give
 * the same units. */
#include <stdlib.h>
#include <string.h>

#include "dissectors/enip.h"
#include "dissectors/enip_join.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	struct fl_json json;
	uint64_t hash; /* of the units, in order */
	unsigned units;
	bool lost;     /* sync, at some place */
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void on_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	struct tally *t = c->user;
	const char *text;
	size_t n, i;

	fl_json_reset(&t->json);
	fl_json_open(&t->json, NULL);
	fl_enip_dissector.unit_json(u, &t->json);
	fl_json_close(&t->json);
	text = fl_json_text(&t->json, &n);
	must(text && n <= 65535);
	for (i = 0; i < n; i++)
		t->hash = (t->hash ^ (uint8_t)text[i]) * UINT64_C(1099511628211);
	t->units++;
}

static void on_operation(struct fl_dctx *c, const struct fl_operation *op)
{
	(void)c;
	must(op->classes && op->function_name && op->objects <= FL_OP_OBJECTS_MAX);
	must(memchr(op->name, 0, sizeof op->name) && memchr(op->route, 0, sizeof op->route));
	must(op->request_frame || op->response_frame);
	must(!(op->late && op->duplicate));
}

static void on_announce(struct fl_dctx *c, const struct fl_announcement *a)
{
	(void)c;
	must((a->from_port || a->to_port) && a->for_ns > 0 && a->relation && a->from <= FL_ANNOUNCED_ANYBODY &&
	     a->to <= FL_ANNOUNCED_ANYBODY);
}

static uint32_t announced(struct fl_dctx *c, uint32_t key)
{
	(void)c;
	return key & 0x1F;
}

static struct fl_dctx context(struct fl_enip_state *s, struct tally *t)
{
	must(s != NULL);
	fl_json_init(&t->json, 65536);
	return (struct fl_dctx){.state = s, .ts_ns = 1, .mono_ns = 1, .on_unit = on_unit, .on_operation = on_operation,
				.on_announce = on_announce, .announced = announced, .user = t};
}

/* A copy of the bytes that ends where they end, so that the sanitizer sees one byte too many. */
static void feed(struct fl_dctx *c, const uint8_t *p, size_t n, enum fl_end end, size_t *taken)
{
	struct tally *t = c->user;
	uint8_t *copy = malloc(n ? n : 1);
	struct fl_rd r;
	size_t before;

	must(copy != NULL);
	if (n)
		memcpy(copy, p, n);
	r = fl_rd_init(copy, n, end);
	*taken = 0;
	while (fl_rd_left(&r)) {
		enum fl_result got;

		before = r.off;
		c->frame++;
		got = fl_enip_dissector.unit(c, &r);
		must(fl_enip_state_ok(c->state));
		if (got != FL_UNIT) {
			t->lost |= got != FL_NEED_MORE;
			break;
		}
		must(r.off > before && r.off <= n);
		*taken = r.off;
	}
	free(copy);
}

static void finish(struct fl_dctx *c)
{
	const struct fl_enip_state *s = c->state;
	struct tally *t = c->user;

	fl_enip_dissector.end(c);
	must(!s->open && !s->early && !c->waiting && fl_enip_state_ok(s));
	fl_json_done(&t->json);
}

static uint64_t run_stream(const uint8_t *data, size_t size, size_t split, bool *lost)
{
	struct fl_enip_state *s = calloc(1, sizeof *s);
	struct tally t = {0};
	struct fl_dctx c = context(s, &t);
	enum fl_role role;
	size_t taken;

	(void)fl_enip_dissector.probe(fl_rd_init(data, size, FL_OPEN), &role);
	(void)fl_enip_dissector.probe(fl_rd_init(data, size, FL_CLOSED), &role);
	(void)fl_enip_dissector.probe(fl_rd_init(data, size, FL_CUT_END), &role);
	if (split) {
		feed(&c, data, split, FL_OPEN, &taken);
		if (!t.lost)
			feed(&c, data + taken, size - taken, FL_OPEN, &taken);
	} else {
		feed(&c, data, size, FL_OPEN, &taken);
	}
	finish(&c);
	*lost = t.lost;
	free(s);
	return t.hash;
}

static void run_script(const uint8_t *data, size_t size)
{
	struct fl_enip_state *s = calloc(1, sizeof *s);
	struct tally t = {0};
	struct fl_dctx c = context(s, &t);
	size_t at = 0, taken;

	while (size - at >= 2) {
		uint8_t control = data[at], n = data[at + 1];

		at += 2;
		if (n > size - at)
			n = (uint8_t)(size - at);
		c.dir = control & 1;
		c.datagram = (control & 0x40) != 0;
		c.to_group = c.datagram && (control & 0x02);
		c.ts_ns++;
		c.mono_ns++;
		if (control & 0x10)
			fl_enip_dissector.gap(&c);
		if (control & 0x20) {
			c.mono_ns += (int64_t)(control >> 1 & 7) * 4000000000;
			fl_enip_dissector.tick(&c);
		}
		feed(&c, data + at, n, control & 0x80 ? FL_CUT_END : control & 0x40 ? FL_CLOSED : FL_OPEN, &taken);
		at += n;
	}
	finish(&c);
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool lost, lost_too;
	uint64_t whole = run_stream(data, size, 0, &lost);

	/* Where sync is lost the core goes on at the next segment, so only streams that stay in sync compare. */
	if (size > 1 && !lost)
		must(run_stream(data, size, size / 2, &lost_too) == whole && !lost_too);
	run_script(data, size);
	return 0;
}
