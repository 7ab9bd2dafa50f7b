/* enip_script.h - EtherNet/IP units from hex, and small scripts that play a flow through the dissector; for the tests
 * of it.
 *
 * Included by each test program once; all is static. Inputs lie in exact-size heap blocks, so that an over-read of one
 * byte is seen. */
#ifndef FL_TESTS_UNIT_ENIP_SCRIPT_H
#define FL_TESTS_UNIT_ENIP_SCRIPT_H

#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/enip.h"
#include "dissectors/enip_join.h"
#include "fenceline/compiler.h"

#define SECOND INT64_C(1000000000)
#define ROOM 70000

/* ---- bytes */

struct bytes {
	size_t n;
	uint8_t b[ROOM];
};

static void le(struct bytes *o, uint64_t v, unsigned width)
{
	for (; width--; v >>= 8) {
		ck_assert_uint_lt(o->n, sizeof o->b);
		o->b[o->n++] = (uint8_t)v;
	}
}

static unsigned nibble(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* Hex; blanks and _ are skipped, "xx*n" repeats a byte n times, 'text' is text. */
static void hex(struct bytes *o, const char *s)
{
	while (*s) {
		unsigned long repeat = 1;
		unsigned b;
		char *end;

		if (*s == ' ' || *s == '_') {
			s++;
			continue;
		}
		if (*s == '\'') {
			for (s++; *s != '\''; s++)
				le(o, (uint8_t)*s, 1);
			s++;
			continue;
		}
		b = nibble(s[0]) << 4 | nibble(s[1]);
		s += 2;
		if (*s == '*') {
			repeat = strtoul(s + 1, &end, 10);
			s = end;
		}
		while (repeat--)
			le(o, b, 1);
	}
}

static void encapsulate(struct bytes *o, unsigned command, uint32_t session, uint32_t status, uint64_t context,
			const struct bytes *body)
{
	le(o, command, 2);
	le(o, body->n, 2);
	le(o, session, 4);
	le(o, status, 4);
	le(o, context, 8);
	le(o, 0, 4);
	memcpy(o->b + o->n, body->b, body->n);
	o->n += body->n;
}

static void item(struct bytes *o, unsigned type, const struct bytes *data)
{
	le(o, type, 2);
	le(o, data->n, 2);
	memcpy(o->b + o->n, data->b, data->n);
	o->n += data->n;
}

/* Send RR Data around a message, and a socket address item if port is not 0. */
static void unconnected(struct bytes *o, uint64_t context, const char *message)
{
	static struct bytes body, m;

	body.n = m.n = 0;
	hex(&m, message);
	le(&body, 0, 6);
	le(&body, 2, 2);
	le(&body, 0, 4);
	item(&body, 0xB2, &m);
	encapsulate(o, 0x6F, 1, 0, context, &body);
}

static void connected(struct bytes *o, uint32_t connection, unsigned sequence, const char *message)
{
	static struct bytes body, m, id;

	body.n = m.n = id.n = 0;
	le(&m, sequence, 2);
	hex(&m, message);
	le(&id, connection, 4);
	le(&body, 0, 6);
	le(&body, 2, 2);
	item(&body, 0xA1, &id);
	item(&body, 0xB1, &m);
	encapsulate(o, 0x70, 1, 0, 0, &body);
}

/* ---- scripts
 *
 * Words; > is sent by the initiator, < by the responder, each a frame of its own, 1 ms later:
 *
 *     R>context:message      Send RR Data           U>connection,sequence:message   Send Unit Data
 *     E>command,session,status,context:body          any other command; all numbers are hexadecimal
 *     x>bytes  raw           d>bytes  raw, a datagram    X>bytes  raw, cut by the snap length
 *     +n  n seconds go by    t  tick    g> g<  bytes lost    e  the flow ends    E!  the capture ends
 *     k  the handshake was seen    c1  the port says the responder is the client    fn  the next unit comes in frame n
 *     r  the flow was announced by a discovery    m  the responder is a group    nXX  notes say XX (hex) of any connection
 *
 * Wanted: the operations in order, see put_op(); announcements as "announce ..". */

static char said[65536];
static unsigned units_seen, flawed_seen, retries_seen;
static uint32_t notes;

static void put(const char *fmt, ...) FL_PRINTF(1, 2);
static void put(const char *fmt, ...)
{
	size_t at = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + at, sizeof said - at, fmt, ap);
	va_end(ap);
}

static void put_op(struct fl_dctx *c, const struct fl_operation *op)
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
		put(" %s", fl_object_kind_name(op->object[i].kind));
		if (op->object[i].kind != FL_OBJECT_TAG)
			put(" %u/%u/%u", op->object[i].number, op->object[i].start, op->object[i].count);
	}
	put("%s %" PRIu64 ">%" PRIu64 " %s", op->objects_cut ? " cut" : "", op->request_frame, op->response_frame,
	    fl_op_outcome_name(op->outcome));
	if (op->has_code)
		put(" 0x%x %s", op->code, op->code_name ? op->code_name : "-");
	put("%s%s%s", op->late ? " late" : "", op->duplicate ? " duplicate" : "", op->client ? " c1" : "");
	if (op->route[0])
		put(" via %s", op->route);
	if (op->name[0])
		put(" '%s'", op->name);
}

static void count_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	const struct fl_enip_unit *e = u->value;

	(void)c;
	units_seen++;
	flawed_seen += u->flawed;
	retries_seen += e->layer == FL_ENIP_LAYER_ENIP && e->retry;
}

static void put_announcement(struct fl_dctx *c, const struct fl_announcement *a)
{
	static const char *const ends[] = {"0", "1", "addr", "any"};
	char text[FL_ADDR_TEXT_MAX];

	(void)c;
	put("%sannounce %s", said[0] ? "; " : "", ends[a->from]);
	if (a->from_port)
		put(":%u", a->from_port);
	put(">%s", a->to == FL_ANNOUNCED_ADDR ? fl_addr_text(&a->addr, text) : ends[a->to]);
	if (a->to_port)
		put(":%u", a->to_port);
	put(" %us", (unsigned)(a->for_ns / SECOND));
	if (a->note)
		put(" key %x note %x", a->key, a->note);
}

static uint32_t note_of(struct fl_dctx *c, uint32_t key)
{
	(void)c;
	(void)key;
	return notes;
}

static void feed_unit(struct fl_dctx *c, const struct bytes *o, enum fl_end end)
{
	uint8_t *exact = malloc(o->n ? o->n : 1);
	struct fl_rd r;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, o->b, o->n);
	r = fl_rd_init(exact, o->n, end);
	c->frame++;
	c->mono_ns += SECOND / 1000;
	c->ts_ns = c->mono_ns;
	while (fl_rd_left(&r) && fl_enip_dissector.unit(c, &r) == FL_UNIT)
		;
	free(exact);
}

static void number_of(char **p, uint64_t *v)
{
	*v = strtoull(*p, p, 16);
	if (**p == ',' || **p == ':')
		(*p)++;
}

static void play(struct fl_dctx *c, char *word)
{
	static struct bytes o, body;
	uint64_t v[4] = {0};
	char *p = word + 2;

	o.n = body.n = 0;
	c->dir = word[1] == '<';
	c->datagram = word[0] == 'd';
	switch (word[0]) {
	case 'R':
		number_of(&p, &v[0]);
		unconnected(&o, v[0], p);
		break;
	case 'U':
		number_of(&p, &v[0]);
		number_of(&p, &v[1]);
		connected(&o, (uint32_t)v[0], (unsigned)v[1], p);
		break;
	case 'E':
		number_of(&p, &v[0]);
		number_of(&p, &v[1]);
		number_of(&p, &v[2]);
		number_of(&p, &v[3]);
		hex(&body, p);
		encapsulate(&o, (unsigned)v[0], (uint32_t)v[1], (uint32_t)v[2], v[3], &body);
		break;
	default:
		hex(&o, p);
	}
	feed_unit(c, &o, word[0] == 'd' ? FL_CLOSED : word[0] == 'X' ? FL_CUT_END : FL_OPEN);
}

static void run_script(const char *script)
{
	struct fl_enip_state *state = calloc(1, fl_enip_dissector.state_size);
	struct fl_dctx c = {.state = state, .ts_ns = SECOND, .mono_ns = SECOND, .on_unit = count_unit, .on_operation = put_op,
			    .on_announce = put_announcement, .announced = note_of};
	static char word[20000];
	int len;

	ck_assert_ptr_nonnull(state);
	said[0] = '\0';
	units_seen = flawed_seen = retries_seen = 0;
	notes = 0;
	for (; sscanf(script, " %19999s%n", word, &len) == 1; script += len) {
		if (word[1] == '>' || word[1] == '<') {
			if (word[0] != 'g') {
				play(&c, word);
			} else {
				c.dir = word[1] == '<';
				fl_enip_dissector.gap(&c);
			}
		} else if (word[0] == '+') {
			c.mono_ns += (int64_t)strtoul(word + 1, NULL, 10) * SECOND;
			c.ts_ns = c.mono_ns;
		} else if (word[0] == 'f') {
			c.frame = strtoul(word + 1, NULL, 10) - 1;
		} else if (word[0] == 't') {
			fl_enip_dissector.tick(&c);
		} else if (word[0] == 'e' || (word[0] == 'E' && word[1] == '!')) {
			c.cut_short = word[0] == 'E';
			fl_enip_dissector.end(&c);
			ck_assert(!c.waiting);
		} else if (word[0] == 'k') {
			c.client_known = true;
		} else if (word[0] == 'c') {
			c.client = 1;
		} else if (word[0] == 'r') {
			c.relation = FL_RELATED_DISCOVERY;
		} else if (word[0] == 'm') {
			c.to_group = true;
		} else if (word[0] == 'n') {
			notes = (uint32_t)strtoul(word + 1, NULL, 16);
		} else {
			ck_abort_msg("script: %s", word);
		}
		ck_assert(fl_enip_state_ok(state));
	}
	free(state);
}

/* Messages. */
#define GET_ID "010220012401"
#define GET_ID_OK "81000000"
#define READ_A "4c02910141000100"
#define READ_A_OK "cc000000c40001000000"
#define WRITE_A "4d0291014100c400010005000000"
#define WRITE_A_OK "cd000000"
#define STOP "0702208e2401"
#define STOP_OK "87000000"
#define TRIAD "34124d00efbeadde"
/* forward open of the message router: class 3, RPI 2 s, multiplier 3 */
#define OPEN_ROUTER "5402200624010a0e0000000001000080" TRIAD "0300000080841e00f44380841e00f443a30220022401"
#define OPEN_OK "d40000000100ff0001000080" TRIAD "80841e0080841e000000"
#define CLOSE "4e02200624010a0e" TRIAD "020020022401"
#define CLOSE_OK "ce000000" TRIAD "0000"

#endif
