/* fuzz_policy.c - any text as a policy: it loads or says why not; what loads answers questions and prints itself.
 * Bytes after the first NUL, which no policy may hold, are read as a time zone file. */
#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"
#include "zones/policy.h"
#include "zones/tz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct fl_policy *p, const struct fl_vocab *v)
{
	static const uint8_t a4[4] = {10, 20, 1, 7}, b4[4] = {10, 1, 0, 10};
	static const uint16_t vlan[2] = {120, 7};
	struct fl_flow_end a = {.addr = fl_addr_from(FL_ADDR_IPV4, a4), .has_mac = true, .on_link = true, .vlans = 1, .vlan = {120}};
	struct fl_flow_end b = {.addr = fl_addr_from(FL_ADDR_IPV4, b4)};
	struct fl_operation op = {.function_name = "f", .classes = FL_OP_READ | FL_OP_WRITE, .has_unit = true, .unit = 1,
				  .objects = 1,
				  .object = {{.kind = FL_OBJECT_HOLDING_REGISTERS, .access = FL_OP_READ, .start = 5, .count = 3}}};
	static const uint8_t kinds[] = {FL_OBJECT_HOLDING_REGISTERS, FL_OBJECT_COILS, FL_OBJECT_FIFO, FL_OBJECT_FILE_RECORD};
	struct fl_question q = {.ts_ns = INT64_C(1790000000000000000), .ip_proto = 6, .to_port = 502, .from_addr = &a.addr,
				.to_addr = &b.addr};
	struct fl_place from, to;
	struct fl_decision d;
	char why[400];
	int i;

	fl_policy_place(p, fl_policy_context(p, 0, vlan, 2), &a, &b, &from, &to);
	q.from = &from;
	q.to = &to;
	for (i = 0; i < 16; i++) {
		q.app = (uint16_t)(fl_vocab_find(v, i & 1 ? "modbus" : "tls"));
		q.op = i & 2 ? &op : NULL;
		op.object[0].kind = kinds[i >> 2];
		op.object[0].count = i & 4 ? UINT32_MAX : 3;
		q.from = i & 4 ? &to : &from;
		q.to = i & 4 ? &from : &to;
		q.ts_ns += i & 8 ? INT64_C(-86400000000000) * 200 : 0;
		fl_policy_decide(p, &q, &d);
		fl_policy_why(p, v, &q, &d, why, sizeof why);
		if (!why[0] || strlen(why) >= sizeof why)
			abort();
	}
}

static bool sees_modbus(const char *protocol, void *user)
{
	(void)user;
	return !strcmp(protocol, "modbus");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t n = nul ? (size_t)(nul - data) : size;
	struct fl_policy *p = NULL;
	struct fl_arena arena;
	struct fl_diags diags;
	struct fl_vocab v;
	struct fl_tz tz;
	int64_t t;
	FILE *f;

	if (fl_vocab_init(&v) || fl_vocab_add(&v, "modbus") < 0 || fl_vocab_add(&v, "s7comm") < 0 || fl_vocab_add(&v, "tls") < 0)
		abort();
	fl_diags_init(&diags);
	if (fl_policy_parse(&p, "fuzz", (const char *)data, n, &v, INT64_C(1790000000000000000), &diags) == FL_OK) {
		ask(p, &v);
		if (fl_policy_unenforced(p, &v, sees_modbus, NULL, &diags) && !diags.warnings)
			abort();
		f = fopen("/dev/null", "w");
		if (f) {
			fl_policy_summary(p, &v, f);
			fclose(f);
		}
		fl_policy_free(p);
	} else if (!diags.errors) {
		abort(); /* refused without a word */
	}
	fl_diags_done(&diags);
	fl_vocab_done(&v);
	if (nul) {
		fl_arena_init(&arena, 0);
		if (fl_tz_parse(&tz, "fuzz", nul + 1, size - n - 1, &arena) == FL_OK)
			for (t = -4000000000; t < 9000000000; t += 77777777)
				if (abs(fl_tz_offset(&tz, t)) > 200 * 3600)
					abort();
		fl_arena_done(&arena);
	}
	return 0;
}
