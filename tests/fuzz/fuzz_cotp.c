/* fuzz_cotp.c - hostile bytes into TPKT and COTP.
 *
 * Each input is a stream of TPKTs, read with each kind of end, and again as data units that are put together: what comes
 * out must be what a plain copy of the pieces gives, as far as its bound goes. */
#include <stdlib.h>
#include <string.h>

#include "dissectors/cotp.h"
#include "dissectors/tpkt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void show(const struct fl_cotp *t, struct fl_json *j)
{
	char text[64];
	size_t n;

	fl_json_reset(j);
	fl_json_open(j, NULL);
	fl_cotp_json(t, j);
	fl_json_close(j);
	must(fl_json_text(j, &n) && n < 8192);
	fl_cotp_tsap_text(text, sizeof text, t->calling, t->calling_len);
	must(memchr(text, 0, sizeof text) != NULL);
	fl_cotp_tsap_text(text, 3, t->called, t->called_len);
	must(memchr(text, 0, 3) != NULL);
}

/* What the pieces of the message come to without any cleverness. */
struct plain {
	uint8_t *bytes;
	size_t n;
};

static void check_message(const struct plain *want, const struct fl_rd *sdu, bool too_long)
{
	must(sdu->len > 0 && sdu->len <= want->n);
	must(memcmp(sdu->base, want->bytes, sdu->len) == 0);
	must(sdu->len == want->n || (too_long && sdu->len == FL_COTP_TSDU_MAX && sdu->end == FL_CUT_END));
}

static void run(const uint8_t *data, size_t size, enum fl_end end)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct fl_cotp_side *side = calloc(1, sizeof *side);
	struct plain want = {.bytes = malloc(size ? size : 1)};
	struct fl_rd r, sdu;
	struct fl_json j;
	struct fl_tpkt t;
	struct fl_cotp u;
	enum fl_result got;
	size_t before;

	must(copy && side && want.bytes);
	if (size)
		memcpy(copy, data, size);
	r = fl_rd_init(copy, size, end);
	fl_json_init(&j, 65536);
	while (fl_rd_left(&r)) {
		before = r.off;
		got = fl_tpkt_take(&r, UINT16_MAX, &t);
		must(got != FL_NEED_MORE || end == FL_OPEN);
		if ((got != FL_UNIT && got != FL_CUT) || !t.body.base)
			break;
		must(r.off > before && r.off <= size && t.body.base + t.body.len <= copy + size);
		if (fl_cotp_parse(&t.body, &u) == FL_MALFORMED)
			continue;
		show(&u, &j);
		if (u.code != FL_COTP_DT || !u.type)
			continue;
		memcpy(want.bytes + want.n, u.data.base, u.data.len);
		want.n += u.data.len;
		if (fl_cotp_collect(side, &u, &sdu))
			check_message(&want, &sdu, side->too_long);
		if (u.eot || u.cut)
			want.n = 0;
		must(side->n <= sizeof side->bytes && (side->open || !side->n));
	}
	fl_json_done(&j);
	free(want.bytes);
	free(side);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run(data, size, FL_OPEN);
	run(data, size, FL_CLOSED);
	run(data, size, FL_CUT_END);
	return 0;
}
