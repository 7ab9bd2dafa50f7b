/* modbus_script.h - Modbus units from hex, and small scripts that play a flow through the dissector; for the tests of it.
 *
 * Included by each test program once; all is static. Inputs lie in exact-size heap blocks, so that an over-read of one
 * byte is seen. */
#ifndef FL_TESTS_UNIT_MODBUS_SCRIPT_H
#define FL_TESTS_UNIT_MODBUS_SCRIPT_H

#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/modbus.h"
#include "dissectors/modbus_join.h"
#include "fenceline/compiler.h"
#include "hex.h"

#define SECOND INT64_C(1000000000)

/* ---- bytes */

/* An ADU around a PDU in hex. */
static uint8_t *adu(unsigned tid, unsigned unit, const char *pdu, size_t *n)
{
	size_t len;
	uint8_t *p = from_hex(pdu, 70000, &len), *a = malloc(len + 7);

	ck_assert_ptr_nonnull(a);
	a[0] = (uint8_t)(tid >> 8);
	a[1] = (uint8_t)tid;
	a[2] = a[3] = 0;
	a[4] = (uint8_t)((len + 1) >> 8);
	a[5] = (uint8_t)(len + 1);
	a[6] = (uint8_t)unit;
	memcpy(a + 7, p, len);
	free(p);
	*n = len + 7;
	return a;
}

/* ---- scripts
 *
 * A script: >tid/unit/pdu sent by the initiator, <... by the responder (each a frame of its own, 1 ms later),
 * +n n seconds go by, t tick, g> g< bytes lost, e the flow ends, k the handshake was seen, c1 the port says the
 * responder is the client, x>hex x<hex raw bytes, fn the next unit completes in frame n, -n the capture's clock
 * steps back n seconds. Wanted: the operations in order, see put_op(). */

static char said[8192];
static unsigned units_seen;

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
	ck_assert(op->has_unit);
	ck_assert((op->request_frame == 0) == (op->request_ns == 0));
	ck_assert((op->response_frame == 0) == (op->response_ns == 0));
	put("%s%s", said[0] ? "; " : "", op->function_name);
	for (i = 0; i < FL_OP_CLASS_COUNT; i++)
		if (op->classes >> i & 1u)
			put(" %s", fl_op_class_names[i]);
	for (i = 0; i < op->objects; i++)
		put(" %s %u/%u+%u%s", fl_object_kind_name(op->object[i].kind), op->object[i].number, op->object[i].start,
		    op->object[i].count, op->object[i].access == FL_OP_WRITE ? "w" : "");
	put("%s %" PRIu64 ">%" PRIu64 " %s", op->objects_cut ? " cut" : "", op->request_frame, op->response_frame,
	    fl_op_outcome_name(op->outcome));
	if (op->has_code)
		put(" %u", op->code);
	put("%s%s%s", op->late ? " late" : "", op->duplicate ? " duplicate" : "", op->client ? " c1" : "");
	if (op->name[0])
		put(" '%s'", op->name);
}

static void count_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	(void)c;
	(void)u;
	units_seen++;
}

static void run_script(const char *script)
{
	struct fl_modbus_state *state = calloc(1, fl_modbus_dissector.state_size);
	struct fl_dctx c = {.state = state, .ts_ns = SECOND, .mono_ns = SECOND, .on_unit = count_unit, .on_operation = put_op};
	int64_t back = 0;
	char word[2048];
	int len;

	ck_assert_ptr_nonnull(state);
	said[0] = '\0';
	units_seen = 0;
	for (; sscanf(script, " %2047s%n", word, &len) == 1; script += len) {
		char *rest;
		uint8_t *p = NULL;
		size_t n = 0;

		if (word[0] == '>' || word[0] == '<') {
			unsigned long tid = strtoul(word + 1, &rest, 10), unit = strtoul(rest + 1, &rest, 10);

			c.dir = word[0] == '<';
			p = adu((unsigned)tid, (unsigned)unit, rest + 1, &n);
		} else if (word[0] == 'x') {
			c.dir = word[1] == '<';
			p = from_hex(word + 2, 4096, &n);
		} else if (word[0] == '+') {
			c.mono_ns += (int64_t)strtoul(word + 1, NULL, 10) * SECOND;
			c.ts_ns = c.mono_ns - back;
		} else if (word[0] == '-') {
			back += (int64_t)strtoul(word + 1, NULL, 10) * SECOND;
		} else if (word[0] == 'f') {
			c.frame = strtoul(word + 1, NULL, 10) - 1;
		} else if (word[0] == 'g') {
			c.dir = word[1] == '<';
			fl_modbus_dissector.gap(&c);
		} else if (word[0] == 't') {
			fl_modbus_dissector.tick(&c);
		} else if (word[0] == 'e') {
			fl_modbus_dissector.end(&c);
		} else if (word[0] == 'k') {
			c.client_known = true;
		} else if (word[0] == 'c') {
			c.client = 1;
		} else {
			ck_abort_msg("script: %s", word);
		}
		if (p) {
			struct fl_rd r = fl_rd_init(p, n, FL_OPEN);

			c.frame++;
			c.mono_ns += SECOND / 1000;
			c.ts_ns = c.mono_ns - back;
			while (fl_rd_left(&r) && fl_modbus_dissector.unit(&c, &r) == FL_UNIT)
				;
			free(p);
		}
		ck_assert(fl_modbus_state_ok(state));
	}
	free(state);
}

#define READ2 "0300000002"         /* read 2 holding registers from 0 */
#define READ2_OK "030400010002"
#define READ5 "0300100005"
#define READ5_OK "030a00*10"
#define WRITE "0600070001"

#endif
