/* fuzz_s7.h - hostile bytes into every entry of one of the two S7 dissectors; fuzz_s7comm.c and fuzz_s7comm_plus.c say which.
 *
 * Each input is used twice: as the bytes of one side of a connection (probe, then units, whole and in two chunks), and as a
 * script of records {control, length, bytes} that drives both sides, gaps, time and the end:
 *
 *     control  bit 0 sender   bit 4 gap   bit 5 tick (bits 1..3: seconds before it * 4)   bit 6 closed   bit 7 cut
 *              neither 6 nor 7, and bits 1..3 not all zero: the bytes are the payload of a data unit, framed here
 *
 * Checked beside the sanitizers: the state's invariants after each step, a unit consumes and ends inside its input, JSON
 * can always be written and is bounded, no more operations that are neither late nor duplicate than messages, nothing waits
 * after the end, and both ways of chunking give the same units. */
#include <stdlib.h>
#include <string.h>

#include "dissectors/s7comm.h"
#include "dissectors/s7comm_join.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	struct fl_json json;
	uint64_t hash;       /* of the units, in order */
	unsigned units, closed;
	bool lost;           /* sync, at some place */
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
	DISSECTOR.unit_json(u, &t->json);
	fl_json_close(&t->json);
	text = fl_json_text(&t->json, &n);
	must(text && n <= 65535 && u->proto);
	for (i = 0; i < n; i++)
		t->hash = (t->hash ^ (uint8_t)text[i]) * UINT64_C(1099511628211);
	t->units++;
}

static void on_operation(struct fl_dctx *c, const struct fl_operation *op)
{
	struct tally *t = c->user;

	must(op->classes && op->function_name && op->objects <= FL_OP_OBJECTS_MAX);
	must(memchr(op->name, 0, sizeof op->name) != NULL);
	must(op->request_frame || op->response_frame);
	must(!(op->late && op->duplicate));
	if (!op->late && !op->duplicate)
		t->closed++;
}

/* A copy of the bytes that ends where they end, so that the sanitizer sees one byte too many. */
static void feed(struct fl_dctx *c, const uint8_t *p, size_t n, enum fl_end end, size_t *taken)
{
	uint8_t *copy = malloc(n ? n : 1);
	struct fl_rd r;
	enum fl_result got;
	size_t before;

	must(copy != NULL);
	if (n)
		memcpy(copy, p, n);
	r = fl_rd_init(copy, n, end);
	*taken = 0;
	while (fl_rd_left(&r)) {
		before = r.off;
		c->frame++;
		got = DISSECTOR.unit(c, &r);
		((struct tally *)c->user)->lost |= got == FL_MALFORMED || got == FL_NOT_MINE;
		must(got != FL_NEED_MORE || end == FL_OPEN);
		if (got != FL_UNIT)
			break;
		must(r.off > before && r.off <= n);
		*taken = r.off;
		must(fl_s7_state_ok(c->state));
	}
	must(fl_s7_state_ok(c->state));
	free(copy);
}

static uint64_t run_stream(const uint8_t *data, size_t size, size_t split, bool *lost)
{
	struct fl_s7_state *s = calloc(1, sizeof *s);
	struct tally t = {0};
	struct fl_dctx c = {.state = s, .on_unit = on_unit, .on_operation = on_operation, .user = &t};
	enum fl_role role;
	size_t taken;

	must(s != NULL);
	fl_json_init(&t.json, 65536);
	(void)DISSECTOR.probe(fl_rd_init(data, size, FL_OPEN), &role);
	(void)DISSECTOR.probe(fl_rd_init(data, size, FL_CLOSED), &role);
	(void)DISSECTOR.probe(fl_rd_init(data, size, FL_CUT_END), &role);
	if (split) {
		feed(&c, data, split, FL_OPEN, &taken);
		feed(&c, data + taken, size - taken, FL_OPEN, &taken);
	} else {
		feed(&c, data, size, FL_OPEN, &taken);
	}
	DISSECTOR.end(&c);
	must(s->open == 0 && s->earlies == 0);
	fl_json_done(&t.json);
	free(s);
	*lost = t.lost;
	return t.hash;
}

/* The bytes as the payload of one data unit, so that the fuzzer need not guess two layers of lengths each time. */
static void feed_payload(struct fl_dctx *c, const uint8_t *p, uint8_t n, bool more)
{
	uint8_t unit[7 + 255] = {3, 0, 0, 0, 2, 0xF0, 0x80};
	size_t taken;

	unit[2] = (uint8_t)((n + 7u) >> 8);
	unit[3] = (uint8_t)(n + 7u);
	unit[6] = more ? 0 : 0x80;
	if (n)
		memcpy(unit + 7, p, n);
	feed(c, unit, n + 7u, FL_OPEN, &taken);
}

static void run_script(const uint8_t *data, size_t size)
{
	struct fl_s7_state *s = calloc(1, sizeof *s);
	struct tally t = {0};
	struct fl_dctx c = {.state = s, .ts_ns = 1, .on_unit = on_unit, .on_operation = on_operation, .user = &t};
	size_t at = 0, taken;

	must(s != NULL);
	fl_json_init(&t.json, 65536);
	while (size - at >= 2) {
		uint8_t control = data[at], n = data[at + 1];

		at += 2;
		if (n > size - at)
			n = (uint8_t)(size - at);
		c.dir = control & 1;
		c.ts_ns++;
		c.mono_ns++;
		if (control & 0x10)
			DISSECTOR.gap(&c);
		if (control & 0x20) {
			c.mono_ns += (int64_t)(control >> 1 & 7) * 4000000000;
			c.ts_ns -= 1000000000; /* the capture's clock may step back; only mono_ns may tell how long */
			DISSECTOR.tick(&c);
		}
		if ((control & 0xC0) == 0 && (control & 0x0E))
			feed_payload(&c, data + at, n, (control & 0x0E) == 0x0E);
		else
			feed(&c, data + at, n, control & 0x80 ? FL_CUT_END : control & 0x40 ? FL_CLOSED : FL_OPEN, &taken);
		at += n;
	}
	DISSECTOR.end(&c);
	must(s->open == 0 && s->earlies == 0 && t.closed <= t.units);
	fl_json_done(&t.json);
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool lost, again;
	uint64_t whole = run_stream(data, size, 0, &lost);

	/* Where sync is lost the core goes on at the next segment, so only streams that keep it compare. */
	if (size > 1 && !lost)
		must(run_stream(data, size, size / 2, &again) == whole && !again);
	run_script(data, size);
	return 0;
}
