/* test_dissectors.c - what every dissector of the table must keep, whatever its protocol.
 *
 * Samples are the files unit_* of tests/fuzz/corpus/<name>/: each is one whole, faultless unit as one side sends
 * it. A new dissector is tested here as soon as it stands in the table and has brought its samples. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fenceline/compiler.h"
#include "fenceline/dissector.h"
#include "run.h"

#define SAMPLES_MAX 256
#define SAMPLE_BYTES 4096

static struct sample {
	const struct fl_dissector *d;
	char name[256];
	uint8_t *bytes; /* exact-size block */
	size_t n;
} samples[SAMPLES_MAX];
static int n_samples;

static const char *root(void)
{
	const char *r = getenv("FL_SOURCE_ROOT");

	return r ? r : ".";
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sample *)a)->name, ((const struct sample *)b)->name);
}

static void load_samples(const struct fl_dissector *d)
{
	char path[4096];
	uint8_t buf[SAMPLE_BYTES];
	struct dirent *e;
	int first = n_samples;
	DIR *dir;

	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", root(), d->name);
	dir = opendir(path);
	while (dir && (e = readdir(dir)) && n_samples < SAMPLES_MAX) {
		struct sample *s = &samples[n_samples];
		FILE *f;

		if (strncmp(e->d_name, "unit_", 5) != 0)
			continue;
		snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s/%s", root(), d->name, e->d_name);
		f = fopen(path, "rb");
		if (!f)
			continue;
		s->d = d;
		snprintf(s->name, sizeof s->name, "%s", e->d_name);
		s->n = fread(buf, 1, sizeof buf, f);
		fclose(f);
		s->bytes = malloc(s->n ? s->n : 1);
		if (!s->bytes)
			abort();
		memcpy(s->bytes, buf, s->n);
		n_samples++;
	}
	if (dir)
		closedir(dir);
	qsort(samples + first, (size_t)(n_samples - first), sizeof samples[0], by_name);
}

/* ---- a flow in small: state, and what was yielded as text */

struct run {
	const struct fl_dissector *d;
	struct fl_dctx c;
	struct fl_json units;
	unsigned n_units, n_ops;
};

static void on_unit(struct fl_dctx *c, const struct fl_unit *u)
{
	struct run *r = c->user;

	fl_json_open(&r->units, NULL);
	r->d->unit_json(u, &r->units);
	fl_json_close(&r->units);
	r->n_units++;
}

static void on_operation(struct fl_dctx *c, const struct fl_operation *op)
{
	struct run *r = c->user;

	ck_assert_uint_ne(op->classes, 0);
	ck_assert_ptr_nonnull(op->function_name);
	r->n_ops++;
}

static void start(struct run *r, const struct fl_dissector *d)
{
	memset(r, 0, sizeof *r);
	r->d = d;
	r->c = (struct fl_dctx){.state = calloc(1, d->state_size ? d->state_size : 1), .on_unit = on_unit,
	                        .on_operation = on_operation, .user = r, .frame = 1, .ts_ns = 1, .mono_ns = 1};
	ck_assert_ptr_nonnull(r->c.state);
	fl_json_init(&r->units, 0);
	fl_json_open_array(&r->units, NULL);
}

static void stop(struct run *r, const struct fl_dissector *d)
{
	d->end(&r->c);
	fl_json_close_array(&r->units);
	ck_assert_ptr_nonnull(fl_json_text(&r->units, &(size_t){0}));
}

static void drop(struct run *r)
{
	fl_json_done(&r->units);
	free(r->c.state);
}

/* Feeds bytes as the core does: gives how many were taken. */
static size_t feed(struct run *r, const struct fl_dissector *d, const uint8_t *p, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);
	struct fl_rd rd;
	size_t taken = 0;

	ck_assert_ptr_nonnull(exact);
	if (n)
		memcpy(exact, p, n);
	rd = fl_rd_init(exact, n, FL_OPEN);
	while (fl_rd_left(&rd)) {
		enum fl_result got = d->unit(&r->c, &rd);

		ck_assert(got == FL_UNIT || got == FL_NEED_MORE);
		if (got != FL_UNIT)
			break;
		taken = rd.off;
	}
	free(exact);
	return taken;
}

/* ---- the table */

START_TEST(table_is_complete)
{
	unsigned i, k;
	char path[4096];

	ck_assert_ptr_nonnull(fl_dissectors[0]);
	for (i = 0; fl_dissectors[i]; i++) {
		const struct fl_dissector *d = fl_dissectors[i];
		int have = 0, s;

		ck_assert(d->name && d->name[0] && d->spec && d->spec[0] && d->ports);
		ck_assert_uint_eq(strspn(d->name, "abcdefghijklmnopqrstuvwxyz0123456789_-"), strlen(d->name));
		ck_assert(d->tcp || d->udp);
		ck_assert(d->probe && d->unit && d->gap && d->tick && d->end && d->unit_json);
		for (k = 0; d->ports[k].port; k++)
			ck_assert(d->ports[k].ip_proto == 6 ? d->tcp : d->ports[k].ip_proto == 17 && d->udp);
		for (k = 0; k < i; k++)
			ck_assert_str_ne(d->name, fl_dissectors[k]->name);
		for (s = 0; s < n_samples; s++)
			have += samples[s].d == d;
		ck_assert_msg(have > 0, "%s: no samples unit_* in tests/fuzz/corpus/%s", d->name, d->name);
		snprintf(path, sizeof path, "%s/tests/fuzz/fuzz_%s.c", root(), d->name);
		ck_assert_msg(access(path, R_OK) == 0, "%s: no fuzz target", d->name);
	}
}
END_TEST

/* ---- sweeps over the samples */

START_TEST(every_prefix_means_what_its_end_says)
{
	static const struct {
		enum fl_end end;
		enum fl_result want;
	} ends[] = {{FL_OPEN, FL_NEED_MORE}, {FL_CUT_END, FL_CUT}, {FL_CLOSED, FL_MALFORMED}};
	const struct sample *s = &samples[_i];
	size_t n;
	unsigned e;

	for (n = 0; n <= s->n; n++) {
		for (e = 0; e < FL_ARRAY_LEN(ends); e++) {
			enum fl_result want = n == s->n ? FL_UNIT : ends[e].want, got;
			uint8_t *p = malloc(n ? n : 1);
			struct run r;
			struct fl_rd rd;

			ck_assert_ptr_nonnull(p);
			if (n)
				memcpy(p, s->bytes, n);
			rd = fl_rd_init(p, n, ends[e].end);
			start(&r, s->d);
			got = s->d->unit(&r.c, &rd);
			ck_assert_msg(got == want, "%s: %zu of %zu bytes, end %u: got %d, want %d", s->name, n, s->n, e, got,
			              want);
			if (n == s->n) {
				ck_assert_uint_eq(rd.off, n);
				ck_assert_uint_ge(r.n_units, 1);
			} else if (want != FL_CUT) {
				ck_assert_uint_eq(r.n_units, 0);
			}
			stop(&r, s->d);
			drop(&r);
			free(p);
		}
	}
}
END_TEST

/* Each byte flipped, with each kind of end: whatever it is then, it is taken or refused within its bytes. (It may tell no
 * unit: where the flip says that the message goes on in the next one.) */
START_TEST(any_byte_flipped)
{
	static const enum fl_end ends[] = {FL_OPEN, FL_CUT_END, FL_CLOSED};
	const struct sample *s = &samples[_i];
	enum fl_role role;
	unsigned bit, e;
	size_t i;

	for (i = 0; i < s->n; i++) {
		for (bit = 0; bit < 8; bit++) {
			for (e = 0; e < FL_ARRAY_LEN(ends); e++) {
				uint8_t *p = malloc(s->n);
				enum fl_result got;
				struct run r;
				struct fl_rd rd;

				ck_assert_ptr_nonnull(p);
				memcpy(p, s->bytes, s->n);
				p[i] ^= (uint8_t)(1u << bit);
				rd = fl_rd_init(p, s->n, ends[e]);
				(void)s->d->probe(rd, &role);
				start(&r, s->d);
				got = s->d->unit(&r.c, &rd);
				ck_assert(got != FL_UNIT || (rd.off > 0 && rd.off <= s->n));
				ck_assert(got != FL_NEED_MORE || ends[e] == FL_OPEN);
				ck_assert(got != FL_CUT || ends[e] == FL_CUT_END);
				stop(&r, s->d);
				ck_assert_uint_le(r.n_ops, r.n_units);
				drop(&r);
				free(p);
			}
		}
	}
}
END_TEST

/* No prefix of a unit may be refused: the core would give the flow up before the rest arrives. */
START_TEST(probe_waits_for_the_whole)
{
	const struct sample *s = &samples[_i];
	enum fl_role role = FL_ROLE_UNCLEAR;
	size_t n;

	for (n = 0; n <= s->n; n++) {
		uint8_t *p = malloc(n ? n : 1);
		enum fl_probe got;

		ck_assert_ptr_nonnull(p);
		if (n)
			memcpy(p, s->bytes, n);
		got = s->d->probe(fl_rd_init(p, n, FL_OPEN), &role);
		ck_assert_msg(n == s->n ? got >= FL_PROBE_LIKELY : got != FL_PROBE_NO, "%s: %zu of %zu bytes: %d", s->name,
		              n, s->n, got);
		free(p);
	}
}
END_TEST

/* All samples of a dissector as one stream, cut in two at each place: the same units as in one piece. */
START_TEST(chunks_do_not_matter)
{
	const struct fl_dissector *d = fl_dissectors[_i];
	uint8_t *stream = malloc((size_t)SAMPLES_MAX * SAMPLE_BYTES);
	size_t n = 0, cut, taken, whole_len, cut_len;
	struct run whole, parts;
	unsigned count = 0;
	int s;

	ck_assert_ptr_nonnull(stream);
	for (s = 0; s < n_samples; s++) {
		if (samples[s].d != d)
			continue;
		memcpy(stream + n, samples[s].bytes, samples[s].n);
		n += samples[s].n;
		count++;
	}
	start(&whole, d);
	ck_assert_uint_eq(feed(&whole, d, stream, n), n);
	stop(&whole, d);
	ck_assert_uint_ge(whole.n_units, count); /* one record for each layer of a unit */
	for (cut = 0; cut <= n; cut++) {
		start(&parts, d);
		taken = feed(&parts, d, stream, cut);
		taken += feed(&parts, d, stream + taken, n - taken);
		stop(&parts, d);
		ck_assert_uint_eq(taken, n);
		ck_assert_uint_eq(parts.n_ops, whole.n_ops);
		ck_assert_msg(strcmp(fl_json_text(&parts.units, &cut_len), fl_json_text(&whole.units, &whole_len)) == 0,
		              "%s: cut at %zu", d->name, cut);
		drop(&parts);
	}
	drop(&whole);
	free(stream);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dissectors");
	TCase *t = tcase_create("dissectors");
	int failed, i;

	for (i = 0; fl_dissectors[i]; i++)
		load_samples(fl_dissectors[i]);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, table_is_complete);
	tcase_add_loop_test(t, every_prefix_means_what_its_end_says, 0, n_samples);
	tcase_add_loop_test(t, any_byte_flipped, 0, n_samples);
	tcase_add_loop_test(t, probe_waits_for_the_whole, 0, n_samples);
	tcase_add_loop_test(t, chunks_do_not_matter, 0, i);
	suite_add_tcase(s, t);
	failed = fl_run_suite(s);
	for (i = 0; i < n_samples; i++)
		free(samples[i].bytes);
	return failed ? 1 : 0;
}
