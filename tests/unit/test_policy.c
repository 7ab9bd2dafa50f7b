/* test_policy.c - loading: each policies/x.yaml gives exactly x.expected (diagnostics, then the summary if it loads);
 * the shipped examples load; hashes, versions, contexts and what reports ask of a policy.
 *
 * FL_UPDATE_EXPECTED=1 in the environment writes the .expected files anew: read that diff. */
#include <check.h>
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/yaml.h"
#include "fenceline/err.h"
#include "zones/policy.h"
#include "run.h"

#define NOW INT64_C(1795435200000000000) /* 2026-11-23 12:00 UTC */
#define DAY (INT64_C(86400) * 1000000000)

static struct fl_vocab vocab;
static char root[FL_PATH_MAX_BYTES];
static char cases[128][80];
static int n_cases;

static int parse(struct fl_policy **p, const char *text, struct fl_diags *d)
{
	size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);
	int err;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, n);
	fl_diags_init(d);
	err = fl_policy_parse(p, "t.yaml", copy, n, &vocab, NOW, d);
	free(copy);
	return err;
}

static struct fl_policy *must_parse(const char *text)
{
	struct fl_policy *p = NULL;
	struct fl_diags d;
	int err = parse(&p, text, &d);

	if (err)
		fl_diags_print(&d, stderr);
	ck_assert_int_eq(err, FL_OK);
	fl_diags_done(&d);
	return p;
}

/* ---- config pairs ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void find_cases(const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (n > 5 && n < 70 && !strcmp(e->d_name + n - 5, ".yaml") && n_cases < (int)FL_ARRAY_LEN(cases))
			snprintf(cases[n_cases++], sizeof cases[0], "%.*s", (int)n - 5, e->d_name);
	}
	if (d)
		closedir(d);
	qsort(cases, (size_t)n_cases, sizeof cases[0], by_name);
}

/* What the load says, with the directory taken out of file names. */
static char *load_text(const char *dir, const char *path)
{
	struct fl_policy *p = NULL;
	struct fl_diags d;
	char *text = NULL, *at;
	size_t n = 0, cut = strlen(dir);
	FILE *f = open_memstream(&text, &n);
	int err;

	ck_assert_ptr_nonnull(f);
	fl_diags_init(&d);
	err = fl_policy_load(&p, path, &vocab, NOW, &d);
	ck_assert(err == (d.errors ? FL_EINVALID : FL_OK));
	fl_diags_print(&d, f);
	if (!err) {
		fprintf(f, "----\n");
		fl_policy_summary(p, &vocab, f);
	}
	fclose(f);
	fl_policy_free(p);
	fl_diags_done(&d);
	while ((at = strstr(text, dir)))
		memmove(at, at + cut, strlen(at + cut) + 1);
	return text;
}

START_TEST(test_pairs)
{
	char dir[FL_PATH_MAX_BYTES + 32], path[FL_PATH_MAX_BYTES + 160], *got, *want = NULL;
	size_t n = 0;
	FILE *f;

	snprintf(dir, sizeof dir, "%s/tests/unit/policies/", root);
	snprintf(path, sizeof path, "%s%s.yaml", dir, cases[_i]);
	got = load_text(dir, path);
	snprintf(path, sizeof path, "%s%s.expected", dir, cases[_i]);
	if (getenv("FL_UPDATE_EXPECTED")) {
		f = fopen(path, "wb");
		ck_assert_ptr_nonnull(f);
		fputs(got, f);
		fclose(f);
	}
	ck_assert_int_eq(fl_yaml_read(path, &want, &n), FL_OK);
	ck_assert_msg(!strcmp(got, want), "%s gives:\n%s", cases[_i], got);
	free(got);
	free(want);
}
END_TEST

START_TEST(test_pairs_found)
{
	ck_assert_int_gt(n_cases, 15);
}
END_TEST

START_TEST(test_examples_load)
{
	static const char *const names[] = {"minimal.yaml", "catch-all.yaml"};
	char path[FL_PATH_MAX_BYTES + 64];
	struct fl_policy *p = NULL;
	struct fl_diags d;

	fl_diags_init(&d);
	snprintf(path, sizeof path, "%s/zones/examples/%s", root, names[_i]);
	ck_assert_int_eq(fl_policy_load(&p, path, &vocab, NOW, &d), FL_OK);
	ck_assert_uint_eq(d.warnings, 0);
	ck_assert_str_eq(fl_policy_path(p), path);
	fl_policy_free(p);
	fl_diags_done(&d);
}
END_TEST

/* ---- what is not in a file ---- */

START_TEST(test_include_needs_file)
{
	struct fl_policy *p = NULL;
	struct fl_diags d;

	ck_assert_int_eq(parse(&p, "version: 1\norganization: x\ninclude: [a.yaml]\n", &d), FL_EINVALID);
	ck_assert_ptr_null(p);
	ck_assert_str_eq(d.list[0].msg, "include works only in a policy that is read from a file");
	ck_assert_uint_eq(d.list[0].line, 3);
	ck_assert_uint_eq(d.list[0].col, 11);
	fl_diags_done(&d);
}
END_TEST

START_TEST(test_missing_file)
{
	struct fl_policy *p = NULL;
	struct fl_diags d;

	fl_diags_init(&d);
	ck_assert_int_eq(fl_policy_load(&p, "/nonexistent/policy.yaml", &vocab, NOW, &d), FL_EINVALID);
	ck_assert_str_eq(d.list[0].msg, "cannot read \"/nonexistent/policy.yaml\": not found");
	fl_diags_done(&d);
}
END_TEST

START_TEST(test_no_dates_without_now)
{
	char path[FL_PATH_MAX_BYTES + 64];
	struct fl_policy *p = NULL;
	struct fl_diags d;
	unsigned i;

	snprintf(path, sizeof path, "%s/tests/unit/policies/warnings.yaml", root);
	fl_diags_init(&d);
	ck_assert_int_eq(fl_policy_load(&p, path, &vocab, 0, &d), FL_OK);
	for (i = 0; i < d.n; i++)
		ck_assert_msg(!strstr(d.list[i].msg, "expire") && !strstr(d.list[i].msg, "due"), "%s", d.list[i].msg);
	ck_assert_uint_gt(d.warnings, 0);
	fl_policy_free(p);
	fl_diags_done(&d);
}
END_TEST

START_TEST(test_sha256)
{
	char path[FL_PATH_MAX_BYTES + 64];
	struct fl_policy *p = NULL;
	struct fl_diags d;
	uint8_t want[32];
	char *all = NULL, *text;
	size_t n = 0, len;
	FILE *f = open_memstream(&all, &n);
	static const char *const files[] = {"include.yaml", "inc/plants.yaml", "inc/zones.yaml", "inc/deep/more.yaml"};
	size_t i;

	ck_assert_ptr_nonnull(f);
	for (i = 0; i < FL_ARRAY_LEN(files); i++) { /* in the order read */
		snprintf(path, sizeof path, "%s/tests/unit/policies/%s", root, files[i]);
		ck_assert_int_eq(fl_yaml_read(path, &text, &len), FL_OK);
		fwrite(text, 1, len, f);
		free(text);
	}
	fclose(f);
	fl_sha256(all, n, want);
	free(all);
	snprintf(path, sizeof path, "%s/tests/unit/policies/include.yaml", root);
	fl_diags_init(&d);
	ck_assert_int_eq(fl_policy_load(&p, path, &vocab, NOW, &d), FL_OK);
	ck_assert_mem_eq(fl_policy_sha256(p), want, 32);
	ck_assert_uint_eq(fl_policy_zones(p), 2);
	ck_assert_uint_eq(fl_policy_zone(p, 1)->at.line, 1);
	ck_assert_ptr_nonnull(strstr(fl_policy_zone(p, 1)->at.file, "inc/deep/more.yaml"));
	fl_policy_free(p);
	fl_diags_done(&d);
}
END_TEST

START_TEST(test_accessors)
{
	struct fl_policy *p = must_parse(
		"version: 1\norganization: Org\n"
		"scopes: [{ id: s, disclose: plant, certificate: { valid_from: 2025-03-01, valid_until: 2028-02-28 },\n"
		"  versions: [{ version: two, effective_from: 2026-04-01 }, { version: one, effective_from: 2025-03-01 }] }, { id: t }]\n"
		"suppliers: [{ id: acme, name: Acme }]\n"
		"plants: [{ id: p, scope: s }, { id: q }]\n"
		"zones:\n"
		"  - { id: a, plant: p, level: 3.5, members: [10.0.0.0/24, \"00:1B:1b:00:00:00/24\", { vlan: [5, 7-9] }, \"2001:DB8::1\"] }\n"
		"  - { id: b, plant: q, sl_target: 2, members: [10.0.1.0/24], safety: true, assumptions: [x, y] }\n"
		"  - { id: c, plant: q, scope: t, members: [10.0.2.0/24] }\n"
		"  - { id: d, plant: p, in_scope: false, justification: j, members: [10.0.3.0/24] }\n"
		"conduits: [{ id: k, from: a, to: [b, c], supplier: acme, valid_until: 2026-12-31, log: all,\n"
		"  allow: [{ protocol: modbus, operations: [write, read], units: 1, registers: [0-5, 9] }, { protocol: any, ports: [1-9] }] }]\n"
		"exceptions: [{ id: X, conduit: k, protocol: tls, source: 10.0.0.5, owner: o, approved_by: a, reason: r,\n"
		"  compensating_control: c, expires: 1970-01-01 }]\n");
	const struct fl_scope *s = fl_policy_scope(p, 0);
	const struct fl_conduit *k = fl_policy_conduit(p, 0);
	static const char *const members[] = {"10.0.0.0/24", "00:1b:1b:00:00:00/24", "VLAN 5", "VLAN 7-9", "2001:db8::1"};
	int64_t apr = INT64_C(1775001600) * 1000000000;
	char buf[200];
	unsigned i;

	ck_assert_str_eq(fl_policy_organization(p), "Org");
	ck_assert_uint_eq(fl_policy_scopes(p), 2);
	ck_assert_ptr_null(fl_policy_scope(p, 2));
	ck_assert_uint_eq(s->disclose, FL_DISCLOSE_PLANT);
	ck_assert_uint_eq(fl_policy_scope(p, 1)->disclose, FL_DISCLOSE_ADDRESS);
	ck_assert_int_eq(s->certificate_until_ns - s->certificate_from_ns, 1095 * DAY); /* until is inclusive */
	ck_assert_ptr_null(fl_policy_scope_version(p, s, INT64_C(1740787200) * 1000000000 - 1));
	ck_assert_str_eq(fl_policy_scope_version(p, s, INT64_C(1740787200) * 1000000000), "one");
	ck_assert_str_eq(fl_policy_scope_version(p, s, apr - 1), "one");
	ck_assert_str_eq(fl_policy_scope_version(p, s, apr), "two");
	ck_assert_uint_eq(fl_scope_versions(p, s), 2);
	ck_assert_str_eq(fl_scope_version(p, s, 0)->version, "one");
	ck_assert_ptr_null(fl_scope_version(p, s, 2));
	ck_assert_str_eq(fl_policy_supplier(p, 0)->name, "Acme");
	ck_assert_uint_eq(fl_policy_plant(p, 1)->state, FL_PLANT_NON_CERTIFIED);
	ck_assert_ptr_eq(fl_policy_zone(p, 0)->scope, s);
	ck_assert_uint_eq(fl_policy_zone(p, 0)->level_x10, 35);
	ck_assert_ptr_null(fl_policy_zone(p, 1)->scope);
	ck_assert_uint_eq(fl_policy_zone(p, 1)->sl_target.fr[6], 2);
	ck_assert(fl_policy_zone(p, 1)->record.safety);
	ck_assert_str_eq(fl_policy_zone(p, 1)->record.assumptions[1], "y");
	ck_assert_ptr_eq(fl_policy_zone(p, 2)->scope, fl_policy_scope(p, 1));
	ck_assert_ptr_null(fl_policy_zone(p, 3)->scope);
	ck_assert_uint_eq(fl_zone_members(p, fl_policy_zone(p, 0)), FL_ARRAY_LEN(members));
	for (i = 0; i < FL_ARRAY_LEN(members); i++)
		ck_assert_str_eq(fl_zone_member_text(p, fl_policy_zone(p, 0), i, buf, sizeof buf), members[i]);
	ck_assert_str_eq(fl_conduit_id(k), "k");
	ck_assert_uint_eq(fl_conduit_info(k)->n_to, 2);
	ck_assert(fl_conduit_info(k)->log_all && fl_conduit_info(k)->crosses);
	ck_assert_str_eq(fl_conduit_info(k)->supplier->id, "acme");
	ck_assert_str_eq(fl_conduit_allow_text(k, &vocab, 0, buf, sizeof buf), "modbus read, write of registers 0-5, 9 of unit 1");
	ck_assert_str_eq(fl_conduit_allow_text(k, &vocab, 1, buf, sizeof buf), "any protocol to ports 1-9");
	ck_assert_str_eq(fl_conduit_allow_text(k, &vocab, 0, buf, 10), "modbus re");
	ck_assert_str_eq(fl_conduit_allow_text(k, &vocab, 2, buf, sizeof buf), "");
	ck_assert_ptr_eq(fl_policy_exception(p, 0)->conduit, k);
	ck_assert_int_eq(fl_policy_exception(p, 0)->expires_ns, DAY);
	ck_assert_str_eq(fl_exception_what_text(p, 0, &vocab, buf, sizeof buf), "tls from 10.0.0.5/32");
	fl_policy_free(p);
}
END_TEST

/* The readers of a record are a set in 64 bits. */
START_TEST(test_many_scopes)
{
	struct fl_policy *p = NULL;
	struct fl_diags d;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int i, err;

	ck_assert_ptr_nonnull(f);
	fputs("version: 1\norganization: x\nplants: [{ id: p }]\nzones: [{ id: z, plant: p, members: [10.0.0.0/8] }]\nscopes:\n", f);
	for (i = 0; i < 64 + _i; i++)
		fprintf(f, "  - { id: s%d }\n", i);
	fclose(f);
	err = parse(&p, text, &d);
	free(text);
	ck_assert_int_eq(err, _i ? FL_EINVALID : FL_OK);
	if (_i) {
		ck_assert_str_eq(d.list[0].msg, "more than 64 scopes");
		ck_assert_uint_eq(d.list[0].line, 6 + 64);
	}
	fl_policy_free(p);
	fl_diags_done(&d);
}
END_TEST

static bool sees(const char *protocol, void *user)
{
	return user && !strcmp(protocol, user);
}

START_TEST(test_unenforced)
{
	static char modbus[] = "modbus";
	struct fl_policy *p = must_parse(
		"version: 1\norganization: x\nplants: [{ id: p }]\n"
		"zones: [{ id: a, plant: p, members: [10.0.0.0/24] }, { id: b, plant: p, members: [10.0.1.0/24] }]\n"
		"conduits:\n"
		"  - { id: c, from: a, to: b, allow: [\n"
		"      { protocol: s7comm, operations: [read] }, { protocol: enip },\n"
		"      { protocol: modbus, operations: [read] }, { protocol: tcp, operations: [read], ports: 9 }] }\n"
		"exceptions:\n"
		"  - { id: EX, from: b, to: a, protocol: enip, operations: [read], owner: o, approved_by: a, reason: r,\n"
		"      compensating_control: c, expires: 2030-01-01 }\n");
	struct fl_diags d;

	fl_diags_init(&d);
	ck_assert_uint_eq(fl_policy_unenforced(p, &vocab, sees, modbus, &d), 2); /* nothing of tcp, nor of all operations */
	ck_assert_uint_eq(d.warnings, 2);
	ck_assert_uint_eq(d.errors, 0);
	ck_assert_uint_eq(d.list[0].line, 7);
	ck_assert_uint_eq(d.list[0].col, 7);
	ck_assert_str_eq(d.list[0].msg, "the \"operations\" of this line of conduit \"c\" are not enforced: this build does not see those "
					"of s7comm, only the protocol");
	ck_assert_uint_eq(d.list[1].line, 10);
	ck_assert_str_eq(d.list[1].msg, "the \"operations\" of exception \"EX\" are not enforced: this build does not see those of enip, "
					"only the protocol");
	fl_diags_done(&d);
	fl_diags_init(&d);
	ck_assert_uint_eq(fl_policy_unenforced(p, &vocab, sees, NULL, &d), 3);
	fl_diags_done(&d);
	fl_policy_free(p);
}
END_TEST

/* 100,000 prefixes: all found again, in little time. */
START_TEST(test_many_prefixes)
{
	enum { ZONES = 10, EACH = 10000 };
	struct fl_place a, b;
	struct fl_policy *p = NULL;
	struct fl_diags d;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	unsigned z, i, n = 0;

	ck_assert_ptr_nonnull(f);
	fputs("version: 1\norganization: x\nplants: [{ id: p }]\nzones:\n", f);
	for (z = 0; z < ZONES; z++) {
		fprintf(f, "  - id: z%u\n    plant: p\n    members:\n", z);
		for (i = 0; i < EACH; i++, n++)
			fprintf(f, "      - 10.%u.%u.%u/30\n", n >> 14 & 255, n >> 6 & 255, (n & 63) << 2);
	}
	fclose(f);
	fl_diags_init(&d);
	ck_assert_int_eq(fl_policy_parse(&p, "t", text, len, &vocab, 0, &d), FL_OK);
	free(text);
	for (n = 0; n < ZONES * EACH; n += 7) {
		const uint8_t bytes[4] = {10, (uint8_t)(n >> 14), (uint8_t)(n >> 6), (uint8_t)((n & 63) << 2 | 3)};
		struct fl_flow_end e = {.addr = fl_addr_from(FL_ADDR_IPV4, bytes)}, far = e;

		far.addr.b[0] = 11;
		fl_policy_place(p, 0, &e, &far, &a, &b);
		ck_assert_ptr_nonnull(a.zone);
		ck_assert_uint_eq(a.zone->index, n / EACH);
		ck_assert_ptr_null(b.zone);
	}
	fl_policy_free(p);
	fl_diags_done(&d);
}
END_TEST

/* The zone that no index has room for is told where it stands; up to there all is well. */
START_TEST(test_many_zones)
{
	enum { MOST = 65535 };
	struct fl_policy *p = NULL;
	struct fl_diags d;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	unsigned z;
	int err;

	ck_assert_ptr_nonnull(f);
	fputs("version: 1\norganization: x\nplants: [{ id: p }]\nzones:\n", f);
	for (z = 0; z < MOST + (unsigned)_i; z++)
		fprintf(f, "- { id: z%u, plant: p, members: [10.%u.%u.1] }\n", z, z >> 8, z & 255);
	fclose(f);
	fl_diags_init(&d);
	err = fl_policy_parse(&p, "t", text, len, &vocab, 0, &d);
	free(text);
	ck_assert_int_eq(err, _i ? FL_EINVALID : FL_OK);
	if (_i) {
		ck_assert_uint_eq(d.errors, 1);
		ck_assert_str_eq(d.list[0].msg, "more than 65535 zones");
		ck_assert_uint_eq(d.list[0].line, 5 + MOST);
	} else {
		const uint8_t last[4] = {10, 255, 254, 1};
		struct fl_flow_end e = {.addr = fl_addr_from(FL_ADDR_IPV4, last)}, far = {.addr = {.kind = FL_ADDR_IPV4}};
		struct fl_place a, b;

		fl_policy_place(p, 0, &e, &far, &a, &b);
		ck_assert_uint_eq(a.zone->index, MOST - 1);
	}
	fl_policy_free(p);
	fl_diags_done(&d);
}
END_TEST

/* More conduits than 16 bits number, some of many zones; each is found by its pair. */
START_TEST(test_many_conduits)
{
	enum { ZONES = 300, CONDUITS = 70000 };
	struct fl_policy *p = NULL;
	struct fl_decision d;
	struct fl_diags diags;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	unsigned i;

	ck_assert_ptr_nonnull(f);
	fputs("version: 1\norganization: x\nplants: [{ id: p }]\nzones:\n", f);
	for (i = 0; i < ZONES; i++)
		fprintf(f, "- { id: z%u, plant: p, members: [10.%u.%u.1] }\n", i, i >> 8, i & 255);
	fputs("conduits:\n", f);
	for (i = 0; i < CONDUITS; i++)
		fprintf(f, "- { id: c%u, from: z%u, to: z%u, allow: { protocol: %s } }\n", i, i % ZONES, (i + 1 + i / ZONES) % ZONES,
			i & 1 ? "tls" : "ssh");
	fclose(f);
	fl_diags_init(&diags);
	ck_assert_int_eq(fl_policy_parse(&p, "t", text, len, &vocab, 0, &diags), FL_OK);
	free(text);
	for (i = 0; i < CONDUITS; i += 11) {
		struct fl_place from = {.zone = fl_policy_zone(p, i % ZONES)}, to = {.zone = fl_policy_zone(p, (i + 1 + i / ZONES) % ZONES)};
		struct fl_question q = {.ts_ns = DAY, .from = &from, .to = &to, .ip_proto = 6,
					.app = (uint16_t)fl_vocab_find(&vocab, i & 1 ? "tls" : "ssh")};
		char id[16];

		fl_policy_decide(p, &q, &d);
		snprintf(id, sizeof id, "c%u", i);
		ck_assert_msg(d.verdict == FL_VERDICT_CONFORMING && !strcmp(d.clause.id, id), "%s: %s by %s", id,
			      fl_verdict_name(d.verdict), d.clause.id);
		ck_assert_uint_eq(d.clause.at.line, 6 + ZONES + i);
	}
	fl_policy_free(p);
	fl_diags_done(&diags);
}
END_TEST

static void *load_again(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 20; i++) {
		char path[FL_PATH_MAX_BYTES + 64];
		struct fl_policy *p = NULL;
		struct fl_diags d;

		snprintf(path, sizeof path, "%s/tests/unit/policies/rich.yaml", root);
		fl_diags_init(&d);
		if (fl_policy_load(&p, path, &vocab, NOW, &d))
			return arg;
		fl_policy_free(p);
		fl_diags_done(&d);
	}
	return NULL;
}

START_TEST(test_parallel)
{
	pthread_t t[4];
	void *bad;
	int i;

	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, load_again, root), 0);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &bad);
		ck_assert_ptr_null(bad);
	}
}
END_TEST

int main(void)
{
	static const char *const names[] = {"modbus", "s7comm", "enip", "tls", "ssh", "dns", "http"};
	const char *source = getenv("FL_SOURCE_ROOT");
	char dir[FL_PATH_MAX_BYTES + 32];
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("policy");
	int failed;
	size_t i;

	snprintf(root, sizeof root, "%s", source ? source : ".");
	snprintf(dir, sizeof dir, "%s/tests/unit/policies", root);
	find_cases(dir);
	if (fl_vocab_init(&vocab))
		return 1;
	for (i = 0; i < FL_ARRAY_LEN(names); i++)
		if (fl_vocab_add(&vocab, names[i]) < 0)
			return 1;
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_pairs_found);
	tcase_add_loop_test(t, test_pairs, 0, n_cases);
	tcase_add_loop_test(t, test_examples_load, 0, 2);
	tcase_add_test(t, test_include_needs_file);
	tcase_add_test(t, test_missing_file);
	tcase_add_test(t, test_no_dates_without_now);
	tcase_add_test(t, test_sha256);
	tcase_add_test(t, test_accessors);
	tcase_add_loop_test(t, test_many_scopes, 0, 2);
	tcase_add_test(t, test_unenforced);
	tcase_add_test(t, test_many_prefixes);
	tcase_add_loop_test(t, test_many_zones, 0, 2);
	tcase_add_test(t, test_many_conduits);
	tcase_add_test(t, test_parallel);
	suite_add_tcase(s, t);
	failed = fl_run_suite(s);
	fl_vocab_done(&vocab);
	return failed ? 1 : 0;
}
