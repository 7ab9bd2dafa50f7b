/* test_event.c - records: what a reader may see, what each kind holds, and that every record keeps its form.
 *
 * The schema (tests/schema) says what a record may look like; with FL_EVENT_SAMPLES set to a path the records made here
 * are written to it, one a line per log, for tests/schema/validate.py. */
#include <check.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "fenceline/err.h"
#include "zones/policy.h"
#include "run.h"

#define S (INT64_C(1000000000))
#define T0 (INT64_C(1780000000) * S)

static const char policy_form[] =
	"version: 1\n"
	"organization: Example Aerospace\n"
	"scopes:\n"
	"  - id: isms-a\n"
	"    standard: ISO/IEC 27001:2022\n"
	"    certificate: { number: \"IS 1\", body: \"Body\", valid_from: 2025-03-01, valid_until: 2028-02-28 }\n"
	"    statement: \"Flight hardware\"\n"
	"    soa: \"SoA v7\"\n"
	"    disclose: %s\n"
	"    versions: [{ version: \"2\", effective_from: 2025-03-01, approved_by: \"QM\" }]\n"
	"  - { id: isms-b, standard: ISO/IEC 27001:2022, disclose: none }\n"
	"plants:\n"
	"  - { id: hamburg, name: Hamburg, scope: isms-a }\n"
	"  - { id: farplant, name: Farplant }\n"
	"  - { id: bremen, name: Bremen, scope: isms-b }\n"
	"zones:\n"
	"  - id: hh-cell\n"
	"    plant: hamburg\n"
	"    kind: control\n"
	"    level: 3.5\n"
	"    sl_target: 3\n"
	"    members: [10.20.1.0/24]\n"
	"    assets: [{ id: plc-7, ip: 10.20.1.7, role: controller }]\n"
	"    data: [CUI]\n"
	"  - { id: hh-dmz, plant: hamburg, kind: dmz, level: 3, members: [10.20.9.0/24] }\n"
	"  - id: farzone\n"
	"    plant: farplant\n"
	"    kind: safety\n"
	"    level: 1\n"
	"    sl_target: [4, 3, 3, 2, 3, 2, 4]\n"
	"    members: [10.30.0.0/16]\n"
	"    assets: [{ id: farasset, ip: 10.30.0.9, role: farrole }]\n"
	"    data: [FARDATA]\n"
	"    programmes: [FARPROGRAMME]\n"
	"  - { id: br-cell, plant: bremen, kind: control, members: [10.40.0.0/16] }\n"
	"conduits:\n"
	"  - id: c-hist\n"
	"    from: hh-dmz\n"
	"    to: hh-cell\n"
	"    allow:\n"
	"      - { protocol: modbus, operations: [read] }\n"
	"    owner: \"OT\"\n"
	"    risk_assessment: RA-1\n"
	"    justification: \"j\"\n"
	"    review_by: 2099-01-01\n"
	"  - id: c-far\n"
	"    from: [hh-cell, farzone]\n"
	"    to: [hh-dmz, farzone]\n"
	"    allow:\n"
	"      - { protocol: modbus, operations: [read] }\n"
	"    owner: \"OT\"\n"
	"    risk_assessment: RA-2\n"
	"    justification: \"j\"\n"
	"    review_by: 2099-01-01\n";

static struct fl_vocab vocab;
static struct fl_policy *policy;
static struct fl_event_env env;
static struct fl_json json;
static FILE *samples;
static uint64_t sample_numbers[3]; /* isms-a, isms-b, unscoped */

static const char *const ifaces[] = {"span0", "far-span1"};

static const char *risk_name(unsigned bit) { return bit == 3 ? "clear_text_credentials" : NULL; }
static const char *category_name(unsigned c) { return c ? "iot_scada" : NULL; }
static const char *confidence_name(unsigned c) { return c == 4 ? "dpi" : NULL; }

static void load(const char *disclose)
{
	struct fl_diags diags;
	char text[sizeof policy_form + 16];
	int n = snprintf(text, sizeof text, policy_form, disclose);

	fl_policy_free(policy);
	policy = NULL;
	fl_diags_init(&diags);
	if (fl_policy_parse(&policy, "conf/plant.yaml", text, (size_t)n, &vocab, 0, &diags)) {
		fl_diags_print(&diags, stderr);
		ck_abort_msg("the policy does not load");
	}
	fl_diags_done(&diags);
	env.policy = policy;
}

static void setup(void)
{
	ck_assert_int_eq(fl_vocab_init(&vocab), FL_OK);
	ck_assert_int_gt(fl_vocab_add(&vocab, "modbus"), 0);
	ck_assert_int_gt(fl_vocab_add(&vocab, "tls"), 0);
	ck_assert_int_gt(fl_vocab_add(&vocab, "farapp"), 0);
	ck_assert_int_gt(fl_vocab_add(&vocab, "netbios"), 0);
	ck_assert_int_gt(fl_vocab_add(&vocab, "smbv23"), 0);
	env = (struct fl_event_env){.sensor = "sensor-1",
				    .vocab = &vocab,
				    .iface_names = ifaces,
				    .n_ifaces = 2,
				    .risk_name = risk_name,
				    .category_name = category_name,
				    .confidence_name = confidence_name};
	load("address");
	fl_json_init(&json, FL_RECORD_MAX);
}

static void teardown(void)
{
	fl_policy_free(policy);
	policy = NULL;
	fl_vocab_done(&vocab);
	fl_json_done(&json);
}

static const struct fl_zone *zone(const char *id)
{
	unsigned i;

	for (i = 0; id && i < fl_policy_zones(policy); i++)
		if (!strcmp(fl_policy_zone(policy, i)->id, id))
			return fl_policy_zone(policy, i);
	return NULL;
}

static const struct fl_scope *scope(const char *id)
{
	unsigned i;

	for (i = 0; id && i < fl_policy_scopes(policy); i++)
		if (!strcmp(fl_policy_scope(policy, i)->id, id))
			return fl_policy_scope(policy, i);
	return NULL;
}

static void set_end(struct fl_flow_end *e, struct fl_place *p, const char *ip, uint16_t port, uint8_t mac, uint16_t vlan)
{
	unsigned bits;

	ck_assert(fl_addr_parse(ip, &e->addr, &bits));
	e->port = port;
	e->has_mac = e->on_link = e->seen = true;
	memcpy(e->mac, (uint8_t[]){0x00, 0x1b, 0x1b, 0xfa, 0xfa, mac}, 6);
	e->vlans = 2;
	e->vlan[0] = vlan;
	e->vlan[1] = (uint16_t)(vlan + 1);
	e->packets = 10 + mac;
	e->bytes = 1000 + mac;
	p->zone = zone(!strncmp(ip, "10.20.1.", 8)   ? "hh-cell"
		       : !strncmp(ip, "10.20.9.", 8) ? "hh-dmz"
		       : !strncmp(ip, "10.30.", 6)   ? "farzone"
		       : !strncmp(ip, "10.40.", 6)   ? "br-cell"
						     : NULL);
	p->how = p->zone ? FL_PLACE_ADDRESS : FL_PLACE_UNKNOWN;
	if (p->zone && p->zone->n_assets && !fl_addr_cmp(&p->zone->assets[0].ip, &e->addr))
		p->asset = &p->zone->assets[0];
}

/* A TCP flow from one address to another; the decision is the policy's own. */
static void make_flow(struct fl_finding *f, enum fl_finding_kind kind, const char *from, const char *to, uint16_t protocol)
{
	*f = (struct fl_finding){.kind = (uint8_t)kind, .ts_ns = T0 + 5 * S + 7, .frame = 99, .count = 1};
	f->flow = (struct fl_flow){.ip_proto = 6,
				   .initiator = 1,
				   .initiator_how = FL_INITIATOR_HANDSHAKE,
				   .reply = FL_REPLY_ANSWERED,
				   .end_reason = kind == FL_FINDING_FLOW_END ? FL_FLOW_END_FIN : FL_FLOW_END_NONE,
				   .first_ns = T0,
				   .last_ns = T0 + 4 * S,
				   .first_frame = 3,
				   .iface = 1};
	set_end(&f->flow.end[1], &f->initiator, from, 49999, 1, 333);
	set_end(&f->flow.end[0], &f->responder, to, 502, 2, 555);
	f->flow.label = (struct fl_label){.master = protocol, .app = protocol, .how = FL_LABEL_DISSECTOR, .category = 31,
					  .risks = UINT64_C(1) << 3 | UINT64_C(1) << 60};
}

static void decide(struct fl_finding *f)
{
	struct fl_question q;

	fl_finding_question(f, &q);
	fl_policy_decide(policy, &q, &f->decision);
}

static uint16_t modbus(void) { return (uint16_t)fl_vocab_find(&vocab, "modbus"); }

static void make_operation(struct fl_finding *f, const char *from, const char *to, bool write)
{
	make_flow(f, FL_FINDING_OPERATION, from, to, modbus());
	f->fold_from_ns = f->fold_to_ns = T0 + S;
	f->op = (struct fl_operation){.function_name = write ? "write_multiple_registers" : "read_holding_registers",
				      .classes = write ? FL_OP_WRITE : FL_OP_READ,
				      .function = write ? 16 : 3,
				      .outcome = FL_OUTCOME_OK,
				      .has_unit = true,
				      .unit = 177,
				      .request_ns = T0 + S,
				      .response_ns = T0 + S + 1500000,
				      .request_frame = 7,
				      .response_frame = 8,
				      .name = "FARIDENTITY",
				      .objects = 1};
	f->op.object[0] = (struct fl_object){FL_OBJECT_HOLDING_REGISTERS, f->op.classes, 0, 7777, 88};
}

/* Members in ascending order at every level, and nothing twice. */
static void check_order(const cJSON *v)
{
	const cJSON *c, *last = NULL;

	cJSON_ArrayForEach(c, v) {
		if (cJSON_IsObject(v)) {
			ck_assert_msg(!last || strcmp(last->string, c->string) < 0, "%s before %s",
				      last ? last->string : "", c->string);
			last = c;
		}
		check_order(c);
	}
}

/* The text in json as a tree, its form checked. */
static cJSON *finish(void)
{
	const char *text, *log;
	cJSON *root;
	size_t n, i;

	text = fl_json_text(&json, &n);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_le(n, FL_RECORD_MAX);
	ck_assert_ptr_null(memchr(text, '\n', n));
	root = cJSON_ParseWithLength(text, n);
	ck_assert_msg(root, "%s", text);
	check_order(root);
	if (samples) {
		log = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "fenceline"), "log")->valuestring;
		i = !strcmp(log, "isms-a") ? 0 : !strcmp(log, "isms-b") ? 1 : 2;
		cJSON_SetNumberValue(cJSON_GetObjectItem(cJSON_GetObjectItem(root, "event"), "sequence"),
				     (double)sample_numbers[i]++);
		text = cJSON_PrintUnformatted(root);
		fprintf(samples, "%s\n", text);
		cJSON_free((void *)(uintptr_t)text);
	}
	return root;
}

static cJSON *event_of(enum fl_event_kind kind, const struct fl_finding *f, const char *reader)
{
	fl_json_reset(&json);
	fl_event_finding(&env, kind, f, scope(reader), 41, &json);
	return finish();
}

/* "fenceline.source.zone" */
static const cJSON *at(const cJSON *v, const char *path)
{
	char key[64];
	size_t n;

	while (v && *path) {
		n = strcspn(path, ".");
		snprintf(key, sizeof key, "%.*s", (int)n, path);
		v = cJSON_GetObjectItemCaseSensitive(v, key);
		path += n + (path[n] == '.');
	}
	return v;
}

/* The member as text without quotes, "-" if it is not there. */
static const char *get(const cJSON *root, const char *path)
{
	static char text[8][2048];
	static unsigned turn;
	char *buf = text[turn++ % 8], *s;
	const cJSON *v = at(root, path);

	if (!v)
		return "-";
	if (cJSON_IsString(v))
		return v->valuestring;
	s = cJSON_PrintUnformatted(v);
	snprintf(buf, sizeof text[0], "%s", s);
	cJSON_free(s);
	return buf;
}

#define CHECK(root, path, want) ck_assert_msg(!strcmp(get(root, path), want), "%s is %s, not %s", path, get(root, path), want)

/* --- who reads what --- */

START_TEST(readers)
{
	static const struct { const char *from, *to; uint64_t readers; } rows[] = {
		{"10.20.1.7", "10.20.9.1", 1}, {"10.20.1.7", "10.30.0.9", 1}, {"10.30.0.9", "10.20.1.7", 1},
		{"10.30.0.9", "10.30.0.8", 0}, {"10.40.0.1", "10.20.1.7", 3}, {"10.40.0.1", "8.8.8.8", 2},
		{"8.8.8.8", "8.8.4.4", 0},
	};
	struct fl_finding f;
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(rows); i++) {
		make_flow(&f, FL_FINDING_FLOW_END, rows[i].from, rows[i].to, modbus());
		ck_assert_uint_eq(fl_event_readers(&f), rows[i].readers);
	}
	make_flow(&f, FL_FINDING_ASSET, "10.30.0.9", "10.20.1.7", modbus());
	ck_assert_uint_eq(fl_event_readers(&f), 0); /* by its host, whoever it speaks with */
	f.kind = FL_FINDING_COVERAGE;
	ck_assert_uint_eq(fl_event_readers(&f), UINT64_MAX);
	f.kind = FL_FINDING_GAP;
	ck_assert_uint_eq(fl_event_readers(&f), UINT64_MAX);
}
END_TEST

/* Each mark of the far end, and the least disclosure with which it may be in a record. */
enum level { NONE, PLANT, ZONE, ADDRESS, LEVELS };

static const char *const level_names[LEVELS] = {"none", "plant", "zone", "address"};

static const struct { const char *mark; enum level from; } marks[] = {
	{"farplant", PLANT},  {"non-certified", PLANT}, {"far-span1", PLANT},   {"farzone", ZONE},  {"\"safety\"", ZONE},
	{"[4,3,3,2,3,2,4]", ZONE}, {"c-far", ZONE},     {"plant.yaml", ZONE},   {"10.30.0.9", ADDRESS},
	{"community_id", ADDRESS}, {"farasset", ADDRESS}, {"farrole", ADDRESS}, {"FARDATA", ADDRESS},
	{"FARPROGRAMME", ADDRESS},
};

/* What stands at the far end of this flow: its address, port, MAC and VLANs differ by which side it is. */
START_TEST(a_far_end_shows_no_more_than_disclosed)
{
	static const enum fl_event_kind kinds[] = {FL_EVENT_BOUNDARY_FLOW, FL_EVENT_BOUNDARY_VIOLATION, FL_EVENT_OT_OPERATION};
	bool far_is_source = _i & 1;
	enum level level = (enum level)(_i / 2);
	const char *from = far_is_source ? "10.30.0.9" : "10.20.1.7", *to = far_is_source ? "10.20.1.7" : "10.30.0.9";
	struct fl_finding f;
	const char *text;
	unsigned k, client;
	cJSON *root;
	size_t i;

	load(level_names[level]);
	for (k = 0; k < 3 * 2; k++) {
		if (kinds[k % 3] == FL_EVENT_OT_OPERATION || k == 4) {
			client = k > 3;
			make_operation(&f, client ? to : from, client ? from : to, true);
			f.op.client = (uint8_t)client;
		} else {
			client = 0;
			make_flow(&f, k < 3 ? FL_FINDING_FLOW_END : FL_FINDING_FLOW_DECIDED, from, to, modbus());
		}
		decide(&f);
		if (kinds[k % 3] == FL_EVENT_BOUNDARY_VIOLATION && !fl_verdict_is_violation(f.decision.verdict))
			f.decision.verdict = FL_VERDICT_PROTOCOL;
		root = event_of(kinds[k % 3], &f, "isms-a");
		text = fl_json_text(&json, NULL);
		for (i = 0; i < FL_ARRAY_LEN(marks); i++) {
			if (level < marks[i].from)
				ck_assert_msg(!strstr(text, marks[i].mark), "%s with disclose %s: %s", marks[i].mark,
					      level_names[level], text);
			else if (strcmp(marks[i].mark, "c-far") && strcmp(marks[i].mark, "plant.yaml"))
				ck_assert_msg(strstr(text, marks[i].mark) != NULL, "no %s with disclose %s: %s", marks[i].mark,
					      level_names[level], text);
		}
		CHECK(root, far_is_source ? "fenceline.source.in_scope" : "fenceline.destination.in_scope", "false");
		CHECK(root, far_is_source ? "fenceline.destination.in_scope" : "fenceline.source.in_scope", "true");
		CHECK(root, "network.direction", far_is_source ? "inbound" : "outbound");
		CHECK(root, "fenceline.scope_relation", "crossing");
		/* the near end is always whole */
		CHECK(root, far_is_source ? "destination.ip" : "source.ip", "10.20.1.7");
		CHECK(root, far_is_source ? "fenceline.destination.asset" : "fenceline.source.asset", "plc-7");
		if (level < ADDRESS) {
			CHECK(root, far_is_source ? "source" : "destination", "-");
			/* port, MAC and VLANs of the far end, and what it holds */
			ck_assert_ptr_null(strstr(text, far_is_source != (client == 1) ? "49999" : ":502"));
			ck_assert_ptr_null(strstr(text, far_is_source != (client == 1) ? "FA-FA-01" : "FA-FA-02"));
			ck_assert_ptr_null(strstr(text, far_is_source != (client == 1) ? "\"333\"" : "\"555\""));
			if (!far_is_source) {
				ck_assert_ptr_null(strstr(text, "FARIDENTITY"));
				ck_assert_ptr_null(strstr(text, "7777"));
				ck_assert_ptr_null(strstr(text, "177"));
			}
		}
		if (level == NONE)
			CHECK(root, far_is_source ? "fenceline.source" : "fenceline.destination", "{\"in_scope\":false}");
		cJSON_Delete(root);
	}
}
END_TEST

START_TEST(an_undeclared_end_has_an_address_only_if_disclosed)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_DECIDED, "203.0.113.5", "10.20.1.7", modbus());
	decide(&f);
	ck_assert_int_eq(f.decision.verdict, FL_VERDICT_UNKNOWN_ENDPOINT);
	root = event_of(FL_EVENT_BOUNDARY_VIOLATION, &f, "isms-a");
	CHECK(root, "source.ip", "203.0.113.5");
	CHECK(root, "fenceline.source.placed_by", "unknown");
	CHECK(root, "fenceline.scope_relation", "external");
	cJSON_Delete(root);
	load("zone");
	make_flow(&f, FL_FINDING_FLOW_DECIDED, "203.0.113.5", "10.20.1.7", modbus());
	decide(&f);
	root = event_of(FL_EVENT_BOUNDARY_VIOLATION, &f, "isms-a");
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "203.0.113.5"));
	CHECK(root, "fenceline.source", "{\"in_scope\":false,\"placed_by\":\"unknown\"}");
	cJSON_Delete(root);
}
END_TEST

START_TEST(two_scopes_each_see_their_own)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.1.7", "10.40.0.1", modbus());
	decide(&f);
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-b"); /* discloses nothing */
	CHECK(root, "fenceline.source", "{\"in_scope\":false}");
	CHECK(root, "fenceline.destination.zone", "br-cell");
	CHECK(root, "fenceline.log", "isms-b");
	CHECK(root, "network.direction", "inbound");
	CHECK(root, "fenceline.scope_relation", "inter_scope");
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "isms-a"));
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "hamburg"));
	cJSON_Delete(root);
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "fenceline.destination.scope", "isms-b");
	CHECK(root, "network.direction", "outbound");
	cJSON_Delete(root);
	/* an end that lies in a scope does not belong in the unscoped log; were it sent there, nothing of it is shown */
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, NULL);
	CHECK(root, "fenceline.source", "{}");
	CHECK(root, "source", "-");
	CHECK(root, "destination", "-");
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "hh-cell"));
	cJSON_Delete(root);
}
END_TEST

/* --- what the kinds hold --- */

START_TEST(flow_record_is_exact)
{
	static const char want_head[] =
		"{\"@timestamp\":\"2026-05-28T20:26:45.000000007Z\","
		"\"destination\":{\"bytes\":1002,\"ip\":\"10.20.1.7\",\"mac\":\"00-1B-1B-FA-FA-02\",\"packets\":12,\"port\":502},"
		"\"ecs\":{\"version\":\"9.4.0\"},"
		"\"event\":{\"action\":\"boundary.flow\",\"category\":[\"network\"],\"dataset\":\"fenceline.boundary\","
		"\"duration\":4000000000,\"end\":\"2026-05-28T20:26:44.000000000Z\",\"kind\":\"event\",\"module\":\"fenceline\","
		"\"outcome\":\"success\",\"sequence\":18446744073709551615,\"start\":\"2026-05-28T20:26:40.000000000Z\","
		"\"type\":[\"connection\",\"end\"]},"
		"\"fenceline\":{\"clause\":{";
	static const char want_tail[] =
		"\"source\":{\"bytes\":1001,\"ip\":\"10.20.9.1\",\"mac\":\"00-1B-1B-FA-FA-01\",\"packets\":11,\"port\":49999}}";
	struct fl_finding f;
	const char *text;
	cJSON *root;
	size_t n;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "10.20.1.7", modbus());
	decide(&f);
	fl_json_reset(&json);
	fl_event_finding(&env, FL_EVENT_BOUNDARY_FLOW, &f, scope("isms-a"), UINT64_MAX, &json);
	text = fl_json_text(&json, &n);
	ck_assert_msg(!strncmp(text, want_head, sizeof want_head - 1), "%s", text);
	ck_assert_str_eq(text + n - (sizeof want_tail - 1), want_tail);
	root = finish();
	CHECK(root, "fenceline.verdict", "conforming");
	CHECK(root, "fenceline.conduit", "c-hist");
	CHECK(root, "fenceline.clause.file", "plant.yaml");
	CHECK(root, "fenceline.clause.kind", "conduit");
	CHECK(root, "fenceline.clause.id", "c-hist");
	ck_assert_int_gt(at(root, "fenceline.clause.line")->valueint, 40);
	CHECK(root, "fenceline.destination.level", "3.5");
	CHECK(root, "fenceline.destination.sl_target", "3");
	CHECK(root, "fenceline.destination.role", "controller");
	CHECK(root, "fenceline.destination.vlan", "[\"555\",\"556\"]");
	CHECK(root, "fenceline.destination.data", "[\"CUI\"]");
	CHECK(root, "fenceline.source.scope", "isms-a");
	CHECK(root, "fenceline.scope", "{\"id\":\"isms-a\",\"version\":\"2\"}");
	CHECK(root, "fenceline.fold", "{\"count\":1}");
	CHECK(root, "fenceline.label.risks", "[\"clear_text_credentials\",\"risk_60\"]");
	CHECK(root, "fenceline.flow.end_reason", "fin");
	CHECK(root, "fenceline.flow.phase", "end");
	CHECK(root, "network.bytes", "2003");
	CHECK(root, "network.packets", "23");
	CHECK(root, "network.protocol", "modbus");
	CHECK(root, "network.application", "-");
	CHECK(root, "network.transport", "tcp");
	CHECK(root, "network.type", "ipv4");
	CHECK(root, "network.direction", "internal");
	CHECK(root, "network.vlan.id", "333");
	CHECK(root, "network.inner.vlan.id", "334");
	CHECK(root, "observer.ingress.interface", "{\"id\":\"1\",\"name\":\"far-span1\"}");
	CHECK(root, "observer.version", FL_VERSION);
	cJSON_Delete(root);
}
END_TEST

START_TEST(violation_says_why_and_where)
{
	struct fl_finding f;
	char place[64];
	cJSON *root;

	make_operation(&f, "10.20.9.1", "10.20.1.7", true);
	decide(&f);
	ck_assert_int_eq(f.decision.verdict, FL_VERDICT_OPERATION);
	root = event_of(FL_EVENT_BOUNDARY_VIOLATION, &f, "isms-a");
	CHECK(root, "event.kind", "alert");
	CHECK(root, "event.category", "[\"intrusion_detection\",\"network\"]");
	CHECK(root, "event.type", "[\"info\",\"protocol\"]");
	CHECK(root, "event.severity", "73"); /* inside the scope, but it writes */
	CHECK(root, "rule.category", "operation");
	CHECK(root, "rule.id", "c-hist");
	CHECK(root, "rule.name", "conduit c-hist");
	snprintf(place, sizeof place, "plant.yaml:%s", get(root, "fenceline.clause.line"));
	CHECK(root, "rule.reference", place);
	ck_assert_ptr_nonnull(strstr(get(root, "message"), place));
	CHECK(root, "fenceline.operation.class", "[\"write\"]");
	CHECK(root, "fenceline.operation.unit", "177");
	CHECK(root, "fenceline.operation.objects",
	      "[{\"access\":[\"write\"],\"count\":88,\"kind\":\"holding_registers\",\"start\":7777}]");
	CHECK(root, "event.duration", "1500000");
	CHECK(root, "source.bytes", "-"); /* a flow's counters have no place in one operation's record */
	cJSON_Delete(root);
}
END_TEST

START_TEST(outcomes_and_denied)
{
	static const struct {
		uint8_t kind, reply, proto;
		bool midstream;
		const char *outcome, *types;
	} rows[] = {
		{FL_FINDING_FLOW_END, FL_REPLY_ANSWERED, 6, false, "success", "[\"connection\",\"end\"]"},
		{FL_FINDING_FLOW_END, FL_REPLY_REFUSED, 6, false, "failure", "[\"connection\",\"denied\",\"end\"]"},
		{FL_FINDING_FLOW_DECIDED, FL_REPLY_REFUSED, 6, false, "failure", "[\"connection\",\"denied\",\"start\"]"},
		{FL_FINDING_FLOW_END, FL_REPLY_NO_RESPONSE, 6, false, "failure", "[\"connection\",\"end\"]"},
		{FL_FINDING_FLOW_END, FL_REPLY_NO_RESPONSE, 6, true, "unknown", "[\"connection\",\"end\"]"},
		{FL_FINDING_FLOW_END, FL_REPLY_NO_RESPONSE, 17, false, "unknown", "[\"connection\",\"end\"]"},
		{FL_FINDING_FLOW_DECIDED, FL_REPLY_NO_RESPONSE, 6, false, "unknown", "[\"connection\",\"start\"]"},
		{FL_FINDING_FLOW_UPDATE, FL_REPLY_ONE_WAY, 17, false, "unknown", "[\"connection\",\"info\"]"},
	};
	struct fl_finding f;
	cJSON *root;
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(rows); i++) {
		make_flow(&f, (enum fl_finding_kind)rows[i].kind, "10.20.9.1", "10.20.1.7", modbus());
		f.flow.reply = rows[i].reply;
		f.flow.ip_proto = rows[i].proto;
		f.flow.midstream = rows[i].midstream;
		decide(&f);
		root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
		CHECK(root, "event.outcome", rows[i].outcome);
		CHECK(root, "event.type", rows[i].types);
		cJSON_Delete(root);
	}
}
END_TEST

START_TEST(client_is_source)
{
	struct fl_finding f;
	cJSON *root;

	make_operation(&f, "10.20.1.7", "10.20.9.1", false); /* the server opened the connection */
	f.op.client = 1;
	decide(&f);
	ck_assert_int_eq(f.decision.verdict, FL_VERDICT_CONFORMING);
	root = event_of(FL_EVENT_OT_OPERATION, &f, "isms-a");
	CHECK(root, "source.ip", "10.20.9.1");
	CHECK(root, "destination.ip", "10.20.1.7");
	CHECK(root, "fenceline.source.zone", "hh-dmz");
	CHECK(root, "fenceline.operation.client", "responder");
	CHECK(root, "event.type", "[\"info\",\"protocol\"]");
	cJSON_Delete(root);
	f.op.request_ns = 0;
	f.op.outcome = FL_OUTCOME_UNSOLICITED;
	root = event_of(FL_EVENT_OT_OPERATION, &f, "isms-a");
	CHECK(root, "event.outcome", "unknown");
	CHECK(root, "event.duration", "0");
	cJSON_Delete(root);
	f.op.request_ns = T0;
	f.op.response_ns = 0;
	f.op.outcome = FL_OUTCOME_NO_RESPONSE;
	f.op.has_code = true;
	f.op.code = 0xffffffff;
	f.op.code_name = "x";
	f.op.has_subfunction = f.op.late = f.op.duplicate = f.op.objects_cut = true;
	root = event_of(FL_EVENT_OT_OPERATION, &f, "isms-a");
	CHECK(root, "event.outcome", "failure");
	CHECK(root, "event.end", "-");
	CHECK(root, "fenceline.operation.error_code", "4294967295");
	cJSON_Delete(root);
}
END_TEST

START_TEST(folded_records_hold_sums)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "10.20.1.7", modbus());
	decide(&f);
	f.count = 37;
	f.fold_from_ns = T0 - S;
	f.fold_to_ns = T0 + 9 * S;
	f.fold_packets = 370;
	f.fold_bytes = UINT64_C(9007199254740993);
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "fenceline.fold.count", "37");
	CHECK(root, "fenceline.fold.last", "2026-05-28T20:26:49.000000000Z");
	CHECK(root, "event.duration", "10000000000");
	CHECK(root, "network.packets", "370");
	ck_assert_ptr_nonnull(strstr(fl_json_text(&json, NULL), "\"bytes\":9007199254740993,"));
	CHECK(root, "source.bytes", "1001"); /* the fold has summed them */
	CHECK(root, "source.port", "49999");
	ck_assert_str_ne(get(root, "network.community_id"), "-");
	ck_assert_ptr_nonnull(strstr(get(root, "message"), "(37 times)"));
	cJSON_Delete(root);
	f.flow.end[1].port = 0; /* they came from many ports */
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "source.port", "-");
	CHECK(root, "destination.port", "502");
	CHECK(root, "network.community_id", "-");
	cJSON_Delete(root);
	f.kind = FL_FINDING_FLOW_UPDATE; /* whose counters run on: their sum would count packets twice */
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "network.bytes", "-");
	CHECK(root, "source.bytes", "-");
	cJSON_Delete(root);
}
END_TEST

START_TEST(icmp_has_types_and_no_ports)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "10.20.1.7", FL_PROTOCOL_ICMP);
	f.flow.ip_proto = 1;
	f.flow.icmp_type = 8;
	f.flow.end[1].port = 8;
	f.flow.end[0].port = 0;
	f.flow.first = f.flow.initiator;
	decide(&f);
	root = event_of(FL_EVENT_BOUNDARY_VIOLATION, &f, "isms-a");
	CHECK(root, "source.port", "-");
	CHECK(root, "fenceline.flow.icmp_type", "8");
	CHECK(root, "network.transport", "icmp");
	/* of 10.20.9.1 -> 10.20.1.7 type 8 code 0, as the reference implementation gives it */
	CHECK(root, "network.community_id", "1:Bmq+QyonFUN+iYbCvdHW7xLyXKc=");
	cJSON_Delete(root);
	f.flow.ip_proto = 200; /* no name: its number */
	root = event_of(FL_EVENT_BOUNDARY_VIOLATION, &f, "isms-a");
	CHECK(root, "network.transport", "-");
	CHECK(root, "network.iana_number", "200");
	cJSON_Delete(root);
}
END_TEST

START_TEST(application_rides_along)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "10.20.1.7", (uint16_t)fl_vocab_find(&vocab, "tls"));
	f.flow.label.app = (uint16_t)fl_vocab_find(&vocab, "farapp");
	decide(&f);
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "network.protocol", "tls");
	CHECK(root, "network.application", "farapp");
	cJSON_Delete(root);
	f.flow.label.master = FL_PROTOCOL_UNKNOWN;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "network.protocol", "farapp");
	CHECK(root, "network.application", "-");
	cJSON_Delete(root);
}
END_TEST

/* A rule on network.protocol must find SMB under its own name. */
START_TEST(an_envelope_is_no_protocol)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "10.20.1.7", (uint16_t)fl_vocab_find(&vocab, "netbios"));
	f.flow.label.app = (uint16_t)fl_vocab_find(&vocab, "smbv23");
	decide(&f);
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "network.protocol", "smbv23");
	CHECK(root, "network.application", "-");
	CHECK(root, "fenceline.label.carrier", "netbios");
	cJSON_Delete(root);
	f.flow.label.app = f.flow.label.master; /* a name query: there it is the protocol itself */
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "network.protocol", "netbios");
	CHECK(root, "fenceline.label.carrier", "-");
	cJSON_Delete(root);
}
END_TEST

START_TEST(a_label_tells_how_sure_it_is)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "10.20.1.7", (uint16_t)fl_vocab_find(&vocab, "tls"));
	f.flow.label.how = FL_LABEL_DPI;
	f.flow.label.confidence = 4;
	f.flow.label.final = true;
	f.flow.label.port_says = modbus();
	decide(&f);
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "fenceline.label.confidence", "dpi");
	CHECK(root, "fenceline.label.port_says", "modbus");
	CHECK(root, "fenceline.label.why", "-");
	cJSON_Delete(root);
	f.flow.label = (struct fl_label){.why = FL_WHY_GAPS};
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a"); /* not final: only noted so far */
	CHECK(root, "fenceline.label", "{\"found_by\":\"none\"}");
	cJSON_Delete(root);
	f.flow.label.final = true;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "fenceline.label", "{\"found_by\":\"none\",\"why\":\"gaps\"}");
	cJSON_Delete(root);
}
END_TEST

/* What a port is registered for tells the port: shown where the responder's address is, and there always. */
START_TEST(the_port_of_a_far_responder_is_part_of_its_address)
{
	struct fl_finding f;
	cJSON *root;

	load("zone");
	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "192.0.2.7", (uint16_t)fl_vocab_find(&vocab, "tls"));
	f.flow.label.port_says = modbus();
	decide(&f);
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "destination.port", "-");
	CHECK(root, "fenceline.label.port_says", "-");
	cJSON_Delete(root);
	make_flow(&f, FL_FINDING_FLOW_END, "192.0.2.7", "10.20.1.7", (uint16_t)fl_vocab_find(&vocab, "tls"));
	f.flow.label.port_says = modbus();
	decide(&f);
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "destination.port", "502");
	CHECK(root, "fenceline.label.port_says", "modbus");
	cJSON_Delete(root);
}
END_TEST

START_TEST(asset_record)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_ASSET, "10.20.1.7", "10.20.9.1", modbus());
	f.asset = (struct fl_asset_seen){.addr = f.flow.end[1].addr, .has_mac = true, .mac = {0, 0x1b, 0x1b, 1, 2, 3},
					 .mac_changed = true, .old_mac = {0, 0x1b, 0x1b, 1, 2, 4}, .vlans = 1, .vlan = {120},
					 .protocol = modbus(), .is_server = true, .identity = "bad \xff utf-8"};
	root = event_of(FL_EVENT_ASSET_SEEN, &f, "isms-a");
	CHECK(root, "event.kind", "asset");
	CHECK(root, "host.ip", "[\"10.20.1.7\"]");
	CHECK(root, "host.mac", "[\"00-1B-1B-01-02-03\"]");
	CHECK(root, "fenceline.host.zone", "hh-cell");
	CHECK(root, "fenceline.host.vlan", "[\"120\"]");
	CHECK(root, "fenceline.asset.old_mac", "00-1B-1B-01-02-04");
	CHECK(root, "fenceline.asset.role", "server");
	cJSON_Delete(root);
	load("none");
	make_flow(&f, FL_FINDING_ASSET, "10.30.0.9", "10.20.9.1", modbus()); /* sent to the wrong log: nothing of it */
	f.asset = (struct fl_asset_seen){.addr = f.flow.end[1].addr, .identity = "FARIDENTITY"};
	root = event_of(FL_EVENT_ASSET_SEEN, &f, "isms-a");
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "FARIDENTITY"));
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "10.30"));
	cJSON_Delete(root);
	root = event_of(FL_EVENT_ASSET_SEEN, &f, NULL); /* its own log */
	CHECK(root, "host.ip", "[\"10.30.0.9\"]");
	CHECK(root, "fenceline.host.programmes", "[\"FARPROGRAMME\"]");
	CHECK(root, "fenceline.host.in_scope", "-");
	cJSON_Delete(root);
}
END_TEST

START_TEST(sensor_records)
{
	struct fl_finding f = {.kind = FL_FINDING_COVERAGE, .ts_ns = T0};
	cJSON *root;

	f.coverage = (struct fl_coverage){.from_ns = T0, .to_ns = T0 + 60 * S, .iface = 0, .frames = 3, .bytes = 300, .final = true};
	f.coverage.outcome[FL_DECODE_TCP] = 2;
	f.coverage.outcome[FL_DECODE_CUT] = 1;
	root = event_of(FL_EVENT_SENSOR_COVERAGE, &f, "isms-b");
	CHECK(root, "event.kind", "metric");
	CHECK(root, "event.duration", "60000000000");
	CHECK(root, "fenceline.coverage.counters",
	      "{\"bytes\":300,\"findings_lost\":0,\"frames\":3,\"interface_dropped\":0,\"kernel_dropped\":0}");
	CHECK(root, "fenceline.coverage.outcomes", "{\"cut\":1,\"tcp\":2}");
	CHECK(root, "fenceline.coverage.decoded_ppm", "666666");
	CHECK(root, "observer.ingress.interface", "{\"id\":\"0\"}"); /* isms-b discloses nothing */
	CHECK(root, "message", "3 frames were seen on interface 0; 0 were dropped before they could be");
	CHECK(root, "fenceline.capture", "-");
	cJSON_Delete(root);
	env.filter = "not host 10.0.0.1";
	root = event_of(FL_EVENT_SENSOR_COVERAGE, &f, "isms-a");
	CHECK(root, "observer.ingress.interface", "{\"id\":\"0\",\"name\":\"span0\"}");
	CHECK(root, "fenceline.capture.filter", "not host 10.0.0.1");
	CHECK(root, "message", "3 frames were seen on span0; 0 were dropped before they could be (filter: not host 10.0.0.1)");
	cJSON_Delete(root);
	fl_json_reset(&json);
	fl_event_policy_loaded(&env, T0, scope("isms-a"), 0, &json);
	root = finish();
	CHECK(root, "fenceline.capture.filter", "not host 10.0.0.1");
	cJSON_Delete(root);
	env.filter = NULL;
	/* every counter has its row, also when all are at their end */
	memset(&f.coverage.outcome, 0xff, sizeof f.coverage.outcome);
#define X(member, key, text) f.coverage.member = UINT64_MAX;
	FL_COVERAGE_COUNTERS(X)
#undef X
	root = event_of(FL_EVENT_SENSOR_COVERAGE, &f, NULL);
#define X(member, key, text) ck_assert_ptr_nonnull(at(root, "fenceline.coverage.counters." key));
	FL_COVERAGE_COUNTERS(X)
#undef X
#define X(name, key, ok, text) ck_assert_ptr_nonnull(at(root, "fenceline.coverage.outcomes." key));
	FL_DECODE_OUTCOMES(X)
#undef X
	cJSON_Delete(root);

	fl_json_reset(&json);
	fl_event_policy_loaded(&env, T0, scope("isms-a"), 0, &json);
	root = finish();
	CHECK(root, "organization.name", "Example Aerospace");
	CHECK(root, "fenceline.policy.plants", "1");
	CHECK(root, "fenceline.policy.zones", "2");
	CHECK(root, "fenceline.policy.file", "plant.yaml");
	CHECK(root, "fenceline.scope.certificate.number", "IS 1");
	CHECK(root, "fenceline.scope.version", "2");
	ck_assert_uint_eq(strlen(get(root, "fenceline.policy.sha256")), 64);
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "farplant"));
	cJSON_Delete(root);
	fl_json_reset(&json);
	fl_event_policy_loaded(&env, T0, NULL, 0, &json);
	root = finish();
	CHECK(root, "fenceline.policy.zones", "1");
	CHECK(root, "fenceline.scope", "-");
	cJSON_Delete(root);
}
END_TEST

START_TEST(an_interface_without_a_frame_has_no_interval)
{
	struct fl_finding f = {.kind = FL_FINDING_COVERAGE, .ts_ns = T0};
	cJSON *root;

	f.coverage = (struct fl_coverage){.iface = 1, .final = true, .interface_dropped = 4};
	root = event_of(FL_EVENT_SENSOR_COVERAGE, &f, "isms-a");
	CHECK(root, "event.start", "-");
	CHECK(root, "event.end", "-");
	CHECK(root, "event.duration", "-");
	CHECK(root, "fenceline.coverage.decoded_ppm", "-");
	CHECK(root, "message", "not one frame was seen on far-span1 in all of the run; 4 were dropped before they could be");
	cJSON_Delete(root);
	f.coverage.from_ns = T0; /* watched, and quiet */
	f.coverage.to_ns = T0 + S;
	root = event_of(FL_EVENT_SENSOR_COVERAGE, &f, "isms-a");
	CHECK(root, "event.duration", "1000000000");
	cJSON_Delete(root);
}
END_TEST

static const struct { struct fl_gap gap; const char *members, *message, *hidden; } gaps[] = {
	{{.reason = FL_GAP_TORN_LINE, .bytes = 123}, "{\"bytes\":123,\"reason\":\"torn_line\"}",
	 "the log ended in an unfinished record; 123 bytes of it were cut off", NULL},
	{{.reason = FL_GAP_RESTART}, "{\"reason\":\"restart\"}",
	 "the log goes on after an earlier run; of the time between the two it says nothing", NULL},
	{{.reason = FL_GAP_LOG_NOT_WRITTEN, .records = 7, .duration_ns = 3 * S + 50000000, .detail = "no space"},
	 "{\"detail\":\"no space\",\"duration\":3050000000,\"reason\":\"log_not_written\",\"records\":7}",
	 "7 records are missing here: they could not be written for 3.050 s: no space", NULL},
	{{.reason = FL_GAP_CAPTURE_STOPPED, .has_iface = true, .iface = 1, .detail = "far is down"},
	 "{\"detail\":\"far is down\",\"reason\":\"capture_stopped\"}", "capturing stopped on far-span1: far is down",
	 "capturing stopped on interface 1"},
	{{.reason = FL_GAP_CAPTURE_DAMAGED, .has_iface = true, .iface = 1, .bytes = 9, .detail = "far-1.pcap ends early"},
	 "{\"bytes\":9,\"detail\":\"far-1.pcap ends early\",\"reason\":\"capture_damaged\"}",
	 "the capture is damaged on far-span1: far-1.pcap ends early", "the capture is damaged on interface 1"},
	{{.reason = FL_GAP_CLOCK_STEP, .has_iface = true, .iface = 0, .duration_ns = 3600 * S},
	 "{\"duration\":3600000000000,\"reason\":\"clock_step\"}", "packet time jumped back by 3600.000 s on span0",
	 "packet time jumped back by 3600.000 s on interface 0"},
};

START_TEST(gap_records)
{
	struct fl_finding f = {.kind = FL_FINDING_GAP, .ts_ns = T0, .gap = gaps[_i].gap};
	cJSON *root;

	fl_json_reset(&json);
	fl_event_gap(&env, T0, scope("isms-a"), 5, &gaps[_i].gap, &json);
	root = finish();
	CHECK(root, "event.action", "sensor.gap");
	CHECK(root, "fenceline.gap", gaps[_i].members);
	CHECK(root, "message", gaps[_i].message);
	CHECK(root, "observer.ingress.interface.name", gaps[_i].gap.has_iface ? ifaces[gaps[_i].gap.iface] : "-");
	cJSON_Delete(root);
	root = event_of(FL_EVENT_SENSOR_GAP, &f, "isms-b"); /* discloses nothing */
	CHECK(root, "message", gaps[_i].hidden ? gaps[_i].hidden : gaps[_i].message);
	if (gaps[_i].hidden)
		ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "far"));
	cJSON_Delete(root);
	memset(f.gap.detail, 'x', sizeof f.gap.detail); /* not ended */
	root = event_of(FL_EVENT_SENSOR_GAP, &f, NULL);
	ck_assert_uint_eq(strlen(get(root, "fenceline.gap.detail")), FL_GAP_DETAIL_MAX);
	cJSON_Delete(root);
}
END_TEST

/* A later label, or the answering end, may change the verdict. */
START_TEST(judged_again)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_DECIDED, "10.20.9.1", "10.20.1.7", modbus());
	decide(&f);
	f.changed = f.withdrawn = true;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "event.type", "[\"connection\",\"info\"]");
	CHECK(root, "fenceline.flow.phase", "judged_again");
	ck_assert_ptr_nonnull(strstr(get(root, "message"), "is conforming after all (conduit c-hist) [plant.yaml:"));
	ck_assert_ptr_nonnull(strstr(get(root, "message"), "; the earlier alert no longer holds"));
	cJSON_Delete(root);
	f.withdrawn = false;
	f.decision.verdict = FL_VERDICT_PROTOCOL;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	ck_assert_ptr_nonnull(strstr(get(root, "message"), " was judged again: protocol by conduit c-hist"));
	cJSON_Delete(root);
	root = event_of(FL_EVENT_BOUNDARY_VIOLATION, &f, "isms-a");
	CHECK(root, "fenceline.flow.phase", "judged_again");
	cJSON_Delete(root);
	/* a far end is no better known for it */
	load("none");
	make_flow(&f, FL_FINDING_FLOW_DECIDED, "10.30.0.9", "10.20.1.7", modbus());
	decide(&f);
	f.changed = f.withdrawn = true;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "far"));
	ck_assert_ptr_nonnull(strstr(get(root, "message"), " after all; the earlier alert no longer holds"));
	cJSON_Delete(root);
}
END_TEST

/* Behind a router MAC and VLAN are the router's. */
START_TEST(mac_and_vlan_are_told_only_of_who_owns_them)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "10.20.1.7", modbus());
	decide(&f);
	f.flow.end[1].on_link = false;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "source.ip", "10.20.9.1");
	CHECK(root, "source.mac", "-");
	CHECK(root, "fenceline.source.vlan", "-");
	CHECK(root, "fenceline.source.on_link", "false");
	CHECK(root, "destination.mac", "00-1B-1B-FA-FA-02");
	CHECK(root, "fenceline.destination.vlan", "[\"555\",\"556\"]");
	CHECK(root, "network.vlan.id", "555"); /* of the end that is on the link */
	cJSON_Delete(root);
	f.flow.end[0].on_link = false;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "network.vlan", "-");
	CHECK(root, "network.inner", "-");
	CHECK(root, "destination.mac", "-");
	ck_assert_ptr_null(strstr(fl_json_text(&json, NULL), "FA-FA"));
	cJSON_Delete(root);
	make_flow(&f, FL_FINDING_ASSET, "10.20.1.7", "10.20.9.1", modbus());
	f.asset = (struct fl_asset_seen){.addr = f.flow.end[1].addr, .vlans = 1, .vlan = {120}, .protocol = FL_PROTOCOL_UNKNOWN};
	root = event_of(FL_EVENT_ASSET_SEEN, &f, "isms-a");
	CHECK(root, "host.mac", "-");
	CHECK(root, "fenceline.host.vlan", "-");
	cJSON_Delete(root);
	f.asset.addr = fl_addr_from(FL_ADDR_MAC, (const uint8_t[]){2, 0, 0, 0, 0, 9}); /* a MAC is on its link */
	f.asset.has_mac = true;
	memcpy(f.asset.mac, f.asset.addr.b, 6);
	root = event_of(FL_EVENT_ASSET_SEEN, &f, "isms-a");
	CHECK(root, "host.mac", "[\"02-00-00-00-00-09\"]");
	CHECK(root, "fenceline.host.vlan", "[\"120\"]");
	cJSON_Delete(root);
}
END_TEST

START_TEST(holes_of_folded_flows_are_told_once)
{
	struct fl_finding f;
	cJSON *root;

	make_flow(&f, FL_FINDING_FLOW_END, "10.20.9.1", "10.20.1.7", modbus());
	decide(&f);
	f.flow.gaps[0] = 2;
	f.flow.gap_bytes[1] = 77;
	f.count = 5;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "fenceline.flow.gaps", "2");
	CHECK(root, "fenceline.flow.gap_bytes", "77");
	cJSON_Delete(root);
	f.kind = FL_FINDING_FLOW_UPDATE;
	root = event_of(FL_EVENT_BOUNDARY_FLOW, &f, "isms-a");
	CHECK(root, "fenceline.flow.gaps", "-");
	cJSON_Delete(root);
}
END_TEST

/* No policy and no packet can make a record that the log would refuse. */
START_TEST(the_largest_record_fits)
{
	const char *tags[201];
	char tag[401], id[FL_ID_MAX + 1];
	struct fl_zone big[2];
	struct fl_asset asset = {0};
	struct fl_finding f;
	unsigned i;
	cJSON *root;

	memset(tag, 1, sizeof tag - 1); /* six bytes each in JSON */
	tag[sizeof tag - 1] = '\0';
	memset(id, 'z', FL_ID_MAX);
	id[FL_ID_MAX] = '\0';
	for (i = 0; i < 200; i++)
		tags[i] = tag;
	tags[200] = NULL;
	make_operation(&f, "10.20.9.1", "10.20.1.7", true);
	decide(&f);
	asset.id = asset.role = tag;
	for (i = 0; i < 2; i++) {
		big[i] = *zone("hh-cell");
		big[i].data = big[i].programmes = tags;
		big[i].id = id;
	}
	f.initiator = (struct fl_place){.zone = &big[0], .asset = &asset, .how = FL_PLACE_ADDRESS};
	f.responder = (struct fl_place){.zone = &big[1], .asset = &asset, .how = FL_PLACE_ADDRESS};
	f.flow.label.risks = UINT64_MAX;
	memset(f.op.name, 1, sizeof f.op.name);
	f.op.objects = FL_OP_OBJECTS_MAX;
	f.op.classes = FL_OP_ALL;
	for (i = 0; i < FL_OP_OBJECTS_MAX; i++)
		f.op.object[i] = (struct fl_object){FL_OBJECT_CIP_OBJECT, FL_OP_ALL, UINT32_MAX, UINT32_MAX, UINT32_MAX};
	f.decision.clause.id = id;
	env.sensor = tag;
	root = event_of(FL_EVENT_OT_OPERATION, &f, "isms-a");
	CHECK(root, "fenceline.source.tags_omitted", "352");
	cJSON_Delete(root);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("event");
	TCase *tc = tcase_create("event");
	const char *path = getenv("FL_EVENT_SAMPLES");
	int bad;

	if (path)
		samples = fopen(path, "w");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, readers);
	tcase_add_loop_test(tc, a_far_end_shows_no_more_than_disclosed, 0, 2 * LEVELS);
	tcase_add_test(tc, an_undeclared_end_has_an_address_only_if_disclosed);
	tcase_add_test(tc, two_scopes_each_see_their_own);
	tcase_add_test(tc, flow_record_is_exact);
	tcase_add_test(tc, violation_says_why_and_where);
	tcase_add_test(tc, outcomes_and_denied);
	tcase_add_test(tc, client_is_source);
	tcase_add_test(tc, folded_records_hold_sums);
	tcase_add_test(tc, icmp_has_types_and_no_ports);
	tcase_add_test(tc, application_rides_along);
	tcase_add_test(tc, an_envelope_is_no_protocol);
	tcase_add_test(tc, a_label_tells_how_sure_it_is);
	tcase_add_test(tc, the_port_of_a_far_responder_is_part_of_its_address);
	tcase_add_test(tc, asset_record);
	tcase_add_test(tc, sensor_records);
	tcase_add_test(tc, an_interface_without_a_frame_has_no_interval);
	tcase_add_loop_test(tc, gap_records, 0, (int)FL_ARRAY_LEN(gaps));
	tcase_add_test(tc, judged_again);
	tcase_add_test(tc, mac_and_vlan_are_told_only_of_who_owns_them);
	tcase_add_test(tc, holes_of_folded_flows_are_told_once);
	tcase_add_test(tc, the_largest_record_fits);
	suite_add_tcase(s, tc);
	bad = fl_run_suite(s);
	if (samples)
		fclose(samples);
	return bad != 0;
}
