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

/* Ends of every kind against each other, placed and asked about as a flow and as each unit behind it. */
static void ask_ends(struct fl_policy *p, const struct fl_vocab *v)
{
	static const struct fl_addr addrs[] = {
		{.b = {10, 20, 1, 5}, .kind = FL_ADDR_IPV4}, {.b = {255, 255, 255, 255}, .kind = FL_ADDR_IPV4}, {.kind = FL_ADDR_IPV6},
		{.b = {0xfe, 0x80, [15] = 1}, .kind = FL_ADDR_IPV6}, {.b = {0, 0x1b, 0x1b, 0, 0, 1}, .kind = FL_ADDR_MAC},
		{.b = {1, 0, 0x5e, 0, 0, 1}, .kind = FL_ADDR_MAC}, {.b = {192, 168, 0, 10}, .kind = FL_ADDR_IPV4},
	};
	static const uint16_t vlan[] = {100};
	struct fl_flow_end e[2] = {{.has_mac = true, .mac = {0, 0x1b, 0x1b, 0, 0, 2}, .on_link = true, .vlans = 1, .vlan = {100}}};
	struct fl_operation op = {.function_name = "f", .classes = FL_OP_READ, .has_unit = true};
	struct fl_place place[2], unit;
	struct fl_decision d;
	struct fl_question q = {.ts_ns = INT64_C(1790000000000000000), .from = &place[0], .to_port = 502};
	char why[400];
	size_t i, j;

	if (fl_policy_bind_sensor(p, &addrs[6], 1))
		return;
	for (i = 0; i < FL_ARRAY_LEN(addrs); i++)
		for (j = 0; j < FL_ARRAY_LEN(addrs); j++) {
			e[0].addr = addrs[i];
			e[1].addr = addrs[j];
			fl_policy_place(p, fl_policy_context(p, (uint16_t)(i & 1), vlan, j & 1), &e[0], &e[1], &place[0], &place[1]);
			q.kind = addrs[i].kind == FL_ADDR_MAC ? FL_FLOW_LINK : i & 1 ? FL_FLOW_CARRIER : FL_FLOW_IP;
			q.ip_proto = q.kind == FL_FLOW_LINK ? 0 : 6;
			q.ethertype = q.kind == FL_FLOW_LINK ? 0x88b8 : 0;
			q.app = q.kind == FL_FLOW_LINK ? FL_PROTOCOL_LINK_GOOSE : (uint16_t)fl_vocab_find(v, "modbus");
			q.from_addr = &addrs[i];
			q.to_addr = &addrs[j];
			q.op = NULL;
			q.to = &place[1];
			fl_policy_decide(p, &q, &d);
			fl_policy_why(p, v, &q, &d, why, sizeof why);
			for (op.unit = 0; op.unit < 12; op.unit++) {
				if (!fl_policy_place_unit(p, 0, &e[1], op.unit, &unit))
					continue;
				if (!unit.zone || unit.how != FL_PLACE_UNIT)
					abort();
				q.op = &op;
				q.to = &unit;
				fl_policy_decide(p, &q, &d);
				fl_policy_why(p, v, &q, &d, why, sizeof why);
			}
			if (!why[0] || d.verdict >= FL_VERDICT_COUNT)
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
		ask_ends(p, &v);
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
