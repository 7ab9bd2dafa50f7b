/* s7_script.h - S7 messages from short words, and small scripts that play a flow through the dissectors; for their tests.
 *
 * Included by each test program once; all is static. Inputs lie in exact-size heap blocks, so that an over-read of one
 * byte is seen.
 *
 * A message, numbers and bytes in hex:
 *     j:REF:PAR[:DATA]           job              a:REF:PAR[:DATA[:ERROR]]   ack-data          n:REF:ERROR   ack
 *     q:REF:KKSSQQ[:DATA]        userdata: type and group, subfunction, sequence number
 *     r:REF:KKSSQQ:UULLEEEE[:DATA]  the same with data unit reference, last data unit, error
 *                                DATA of userdata gets its head: FF 09 length, or 0A 00 00 00 if there is none
 *     p:VV:BODY                  S7comm-plus unit of that version, with trailer (not FE, FF); P without; d:VV:BODY with a digest
 *     m:HEX                      a message as it is
 *     M:HEX                      part of one: a data unit without its end
 *     c:HEX                      a transport unit (CR, CC, ..)
 *     x:HEX                      bytes as they are
 *
 * A script: >message sent by the initiator, <message by the responder (each a frame of its own, 1 ms later), +n n seconds
 * go by, t tick, g> g< bytes lost, e the flow ends, E the capture ends, k the handshake was seen, fn the next message comes
 * with frame n. Wanted: the operations in order, see put_op(). */
#ifndef FL_TESTS_UNIT_S7_SCRIPT_H
#define FL_TESTS_UNIT_S7_SCRIPT_H

#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/s7comm.h"
#include "dissectors/s7comm_join.h"
#include "fenceline/compiler.h"
#include "hex.h"

#define SECOND INT64_C(1000000000)
enum { MESSAGE_MAX = 70000 };

/* ---- messages */

struct bytes {
	uint8_t *p;
	size_t n, room;
};

static void add(struct bytes *b, const void *p, size_t n)
{
	ck_assert_uint_le(b->n + n, b->room);
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void add_be(struct bytes *b, uint64_t v, unsigned n)
{
	uint8_t c;

	while (n--) {
		c = (uint8_t)(v >> (8 * n));
		add(b, &c, 1);
	}
}

static void add_hex(struct bytes *b, const char *hex)
{
	size_t n;
	uint8_t *p = from_hex(hex, MESSAGE_MAX, &n);

	add(b, p, n);
	free(p);
}

static size_t hex_bytes(const char *hex)
{
	size_t n;

	free(from_hex(hex, MESSAGE_MAX, &n));
	return n;
}

/* "a:b:c" to its fields; missing ones are "". */
static char *fields(const char *word, const char *field[6])
{
	char *copy = strdup(word), *p = copy;
	unsigned i;

	ck_assert_ptr_nonnull(copy);
	for (i = 0; i < 6; i++) {
		field[i] = p ? p : "";
		p = p ? strchr(p, ':') : NULL;
		if (p)
			*p++ = '\0';
	}
	return copy;
}

static void add_header(struct bytes *b, unsigned rosctr, const char *ref, size_t par, size_t dat)
{
	add_be(b, 0x32, 1);
	add_be(b, rosctr, 1);
	add_be(b, 0, 2);
	add_be(b, strtoul(ref, NULL, 16), 2);
	add_be(b, par, 2);
	add_be(b, dat, 2);
}

static void add_userdata(struct bytes *b, const char *ref, const char *kind, const char *parts, const char *data)
{
	bool with = *parts != '\0';

	add_header(b, 7, ref, with ? 12 : 8, 4 + hex_bytes(data));
	add_be(b, 0x000112, 3);
	add_be(b, with ? 0x0812 : 0x0411, 2);
	add_hex(b, kind);
	add_hex(b, parts);
	add_be(b, *data ? 0xFF09 : 0x0A00, 2);
	add_be(b, hex_bytes(data), 2);
	add_hex(b, data);
}

static void add_plus(struct bytes *b, const char *version, const char *body, char kind)
{
	unsigned v = (unsigned)strtoul(version, NULL, 16);
	size_t n = hex_bytes(body), i;

	add_be(b, 0x72, 1);
	add_be(b, v, 1);
	add_be(b, n + (kind == 'd' ? 33 : 0), 2);
	if (kind == 'd') {
		add_be(b, 32, 1);
		for (i = 0; i < 32; i++)
			add_be(b, 0x5A, 1);
	}
	add_hex(b, body);
	if (kind != 'P' && v < 0xFE)
		add_be(b, 0x72000000u | v << 16, 4);
}

/* What a word stands for, framed, in a block of exactly its size. */
static uint8_t *message(const char *word, size_t *n)
{
	struct bytes b = {.p = malloc(MESSAGE_MAX), .room = MESSAGE_MAX};
	const char *f[6];
	char *copy = fields(word, f);
	uint8_t *exact;

	ck_assert_ptr_nonnull(b.p);
	if (*word != 'x')
		add_be(&b, 0x03000000, 4);
	if (*word != 'x' && *word != 'c')
		add_be(&b, *word == 'M' ? 0x02F000 : 0x02F080, 3);
	switch (*word) {
	case 'j':
		add_header(&b, 1, f[1], hex_bytes(f[2]), hex_bytes(f[3]));
		add_hex(&b, f[2]);
		add_hex(&b, f[3]);
		break;
	case 'a':
		add_header(&b, 3, f[1], hex_bytes(f[2]), hex_bytes(f[3]));
		add_be(&b, strtoul(f[4], NULL, 16), 2);
		add_hex(&b, f[2]);
		add_hex(&b, f[3]);
		break;
	case 'n':
		add_header(&b, 2, f[1], 0, 0);
		add_be(&b, strtoul(f[2], NULL, 16), 2);
		break;
	case 'q':
		add_userdata(&b, f[1], f[2], "", f[3]);
		break;
	case 'r':
		add_userdata(&b, f[1], f[2], f[3], f[4]);
		break;
	case 'p':
	case 'P':
	case 'd':
		add_plus(&b, f[1], f[2], *word);
		break;
	default:
		add_hex(&b, f[1]);
	}
	if (*word != 'x') {
		b.p[2] = (uint8_t)(b.n >> 8);
		b.p[3] = (uint8_t)b.n;
	}
	exact = malloc(b.n ? b.n : 1);
	ck_assert_ptr_nonnull(exact);
	if (b.n)
		memcpy(exact, b.p, b.n);
	*n = b.n;
	free(b.p);
	free(copy);
	return exact;
}

/* ---- scripts */

static char said[16384];
static unsigned units_seen, flawed_seen;

static void put(const char *fmt, ...) FL_PRINTF(1, 2);
static void put(const char *fmt, ...)
{
	size_t at = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + at, sizeof said - at, fmt, ap);
	va_end(ap);
}

static inline void put_op(struct fl_dctx *c, const struct fl_operation *op)
{
	unsigned i;

	(void)c;
	ck_assert_uint_ne(op->classes, 0);
	ck_assert((op->request_frame == 0) == (op->request_ns == 0));
	ck_assert((op->response_frame == 0) == (op->response_ns == 0));
	put("%s%s", said[0] ? "; " : "", op->function_name);
	for (i = 0; i < FL_OP_CLASS_COUNT; i++)
		if (op->classes >> i & 1u)
			put(" %s", fl_op_class_names[i]);
	for (i = 0; i < op->objects; i++) {
		ck_assert_uint_eq(op->object[i].access, op->classes);
		put(" %s %u/%u+%u", fl_object_kind_name(op->object[i].kind), op->object[i].number, op->object[i].start,
		    op->object[i].count);
	}
	put("%s %" PRIu64 ">%" PRIu64 " %s", op->objects_cut ? " cut" : "", op->request_frame, op->response_frame,
	    fl_op_outcome_name(op->outcome));
	if (op->has_code)
		put(" %x %s", op->code, op->code_name ? op->code_name : "?");
	put("%s%s%s", op->late ? " late" : "", op->duplicate ? " duplicate" : "", op->client ? " c1" : "");
	if (op->name[0])
		put(" '%s'", op->name);
}

static inline void count_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	(void)c;
	units_seen++;
	flawed_seen += u->flawed;
}

static inline void play_word(struct fl_dctx *c, const char *word)
{
	const char *rest = word + 1;
	struct fl_rd r;
	uint8_t *p;
	size_t n;

	switch (*word) {
	case '+':
		c->ts_ns += atoll(rest) * SECOND;
		c->mono_ns += atoll(rest) * SECOND;
		return;
	case 't': {
		uint64_t frame = c->frame;

		c->frame = 0;
		fl_s7comm_dissector.tick(c);
		c->frame = frame;
		return;
	}
	case 'f':
		c->frame = strtoull(rest, NULL, 10) - 1;
		return;
	case 'g':
		c->dir = *rest == '<';
		fl_s7comm_dissector.gap(c);
		return;
	case 'e':
	case 'E':
		c->cut_short = *word == 'E';
		fl_s7comm_dissector.end(c);
		return;
	case 'k':
		c->client_known = true;
		return;
	}
	c->dir = *word == '<';
	c->frame++;
	c->ts_ns += SECOND / 1000;
	c->mono_ns += SECOND / 1000;
	p = message(rest, &n);
	r = fl_rd_init(p, n, FL_OPEN);
	while (fl_rd_left(&r))
		if (fl_s7comm_dissector.unit(c, &r) != FL_UNIT)
			break;
	free(p);
}

static inline void run_script(const char *script)
{
	struct fl_s7_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .ts_ns = SECOND, .mono_ns = SECOND, .on_unit = count_unit, .on_operation = put_op};
	char word[4096];
	int len;

	ck_assert_ptr_nonnull(state);
	said[0] = '\0';
	units_seen = flawed_seen = 0;
	for (; sscanf(script, " %4095s%n", word, &len) == 1; script += len) {
		play_word(&c, word);
		ck_assert(fl_s7_state_ok(state));
		ck_assert(c.waiting == (state->open + state->earlies > 0) || strchr("+kfeE", *word));
	}
	free(state);
}

/* ---- readings */

static size_t longest_told;
static unsigned units_told;

/* The units of a message as JSON without quotes, "proto{...}"; of a long one its beginning. */
static inline void show_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	struct fl_json j;
	const char *text;
	size_t n, i;

	(void)c;
	fl_json_init(&j, 65536);
	fl_json_open(&j, NULL);
	fl_s7comm_dissector.unit_json(u, &j);
	fl_json_close(&j);
	text = fl_json_text(&j, &n);
	ck_assert_ptr_nonnull(text);
	units_told++;
	longest_told = n > longest_told ? n : longest_told;
	put("%s", u->proto);
	for (i = 0; i < n && i < 12000; i++)
		if (text[i] != '"')
			put("%c", text[i]);
	fl_json_done(&j);
}

static inline void read_message(const char *word)
{
	struct fl_s7_state *state = calloc(1, sizeof *state);
	struct fl_dctx c = {.state = state, .on_unit = show_unit, .frame = 1};
	struct fl_rd r;
	uint8_t *p;
	size_t n;

	ck_assert_ptr_nonnull(state);
	said[0] = '\0';
	longest_told = units_told = 0;
	p = message(word, &n);
	r = fl_rd_init(p, n, FL_OPEN);
	ck_assert_int_eq(fl_s7comm_dissector.unit(&c, &r), FL_UNIT);
	ck_assert_uint_eq(r.off, n);
	free(p);
	free(state);
}

#endif
