/* lookup.c - what a place and a decision cost in a small and in a large policy.
 *
 * usage: lookup [PREFIXES [QUESTIONS]]
 *
 * Both policies are text that goes through the loader: 10 prefixes and conduits, then PREFIXES (100,000) of each. Both are
 * asked QUESTIONS (400,000) times with one mix: of the ends, three in four lie in a prefix; of the questions, three in four
 * between zones that a conduit joins, one in four of these with a protocol that it does not permit. Prints nanoseconds for
 * each (median of five rounds) and the ratio large to small. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fenceline/err.h"
#include "zones/policy.h"

enum { ROUNDS = 5, SMALL = 10 };

static struct fl_vocab vocab;
static uint64_t state = 20261123;

static uint32_t rnd(uint32_t n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((state >> 33) % n);
}

static double now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- the policy ---- */

struct sizes { uint32_t zones, prefixes, conduits; };

/* The i-th prefix: 10.0.0.0/8 in steps of 32 addresses, some of them IPv6; spread over the range, none in another. */
static struct fl_addr prefix(uint32_t i, unsigned *bits, uint32_t host)
{
	uint8_t b[16] = {10, (uint8_t)(i >> 11), (uint8_t)(i >> 3), (uint8_t)(i << 5)};

	if (i % 5) {
		*bits = 27 + i % 6;
		b[3] |= (uint8_t)(host & (*bits < 32 ? (1u << (32 - *bits)) - 1 : 0));
		return fl_addr_from(FL_ADDR_IPV4, b);
	}
	*bits = 56 + i % 2 * 8;
	memcpy(b, (const uint8_t[]){0x20, 0x01, 0x0d, 0xb8, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 0}, 8);
	b[15] = (uint8_t)host;
	return fl_addr_from(FL_ADDR_IPV6, b);
}

/* The i-th conduit joins these; no pair twice while i < zones * (zones - 1). */
static void pair(const struct sizes *s, uint32_t i, uint32_t *from, uint32_t *to)
{
	*from = i % s->zones;
	*to = (*from + 1 + i / s->zones % (s->zones - 1)) % s->zones;
}

static char *write_policy(const struct sizes *s, size_t *n)
{
	static const char *const protocols[] = {"modbus", "tls", "tcp"};
	char addr[FL_ADDR_TEXT_MAX], *text = NULL;
	struct fl_addr a;
	FILE *f = open_memstream(&text, n);
	uint32_t z, i, from, to;
	unsigned bits;

	if (!f)
		exit(1);
	fputs("version: 1\norganization: x\nplants: [{ id: p }]\nzones:\n", f);
	for (z = 0; z < s->zones; z++) {
		fprintf(f, "- id: z%u\n  plant: p\n  members:\n", z);
		for (i = z; i < s->prefixes; i += s->zones) {
			a = prefix(i, &bits, 0);
			fprintf(f, "  - %s/%u\n", fl_addr_text(&a, addr), bits);
		}
	}
	fputs("conduits:\n", f);
	for (i = 0; i < s->conduits; i++) {
		pair(s, i, &from, &to);
		fprintf(f, "- { id: c%u, from: z%u, to: z%u, allow: [{ protocol: %s }] }\n", i, from, to, protocols[i % 3]);
	}
	fclose(f);
	return text;
}

/* ---- the questions ---- */

struct ask { struct fl_addr a, b; uint16_t from, to, app; };

static struct fl_addr some_end(const struct sizes *s)
{
	const uint8_t nowhere[4] = {11, (uint8_t)rnd(256), (uint8_t)rnd(256), (uint8_t)rnd(256)};
	unsigned bits;

	return rnd(4) ? prefix(rnd(s->prefixes), &bits, rnd(256)) : fl_addr_from(FL_ADDR_IPV4, nowhere);
}

static struct ask *write_questions(const struct sizes *s, uint32_t n)
{
	const uint16_t modbus = (uint16_t)fl_vocab_find(&vocab, "modbus"), tls = (uint16_t)fl_vocab_find(&vocab, "tls"),
		       ssh = (uint16_t)fl_vocab_find(&vocab, "ssh");
	struct ask *list = calloc(n, sizeof *list);
	uint32_t i, c, from, to;

	if (!list)
		exit(1);
	for (i = 0; i < n; i++) {
		c = rnd(s->conduits);
		pair(s, c, &from, &to);
		if (!rnd(4))
			to = rnd(s->zones);
		list[i] = (struct ask){.a = some_end(s), .b = some_end(s), .from = (uint16_t)from, .to = (uint16_t)to,
				       .app = !rnd(4) ? ssh : c % 3 == 0 ? modbus : tls};
	}
	return list;
}

static int by_value(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

struct cost { double place, decide, load_s; uint64_t sum; };

static void time_places(const struct fl_policy *p, const struct ask *list, uint32_t n, struct cost *c)
{
	struct fl_flow_end a = {.on_link = true}, b = {.on_link = true};
	double rounds[ROUNDS], start;
	struct fl_place pa, pb;
	uint32_t i;
	int r;

	for (r = 0; r < ROUNDS; r++) {
		start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
		for (i = 0; i < n; i++) {
			a.addr = list[i].a;
			b.addr = list[i].b;
			fl_policy_place(p, 0, &a, &b, &pa, &pb);
			c->sum += (pa.zone != NULL) + (pb.zone != NULL);
		}
		rounds[r] = (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / n / 2; /* each places two ends */
	}
	qsort(rounds, ROUNDS, sizeof *rounds, by_value);
	c->place = rounds[ROUNDS / 2];
}

static void time_decisions(const struct fl_policy *p, const struct ask *list, uint32_t n, struct cost *c)
{
	double rounds[ROUNDS], start;
	struct fl_place from = {.how = FL_PLACE_ADDRESS}, to = {.how = FL_PLACE_ADDRESS};
	struct fl_question q = {.from = &from, .to = &to, .ip_proto = 17, .to_port = 443};
	struct fl_decision d;
	uint32_t i;
	int r;

	for (r = 0; r < ROUNDS; r++) {
		start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
		for (i = 0; i < n; i++) {
			from.zone = fl_policy_zone(p, list[i].from);
			to.zone = fl_policy_zone(p, list[i].to);
			q.app = list[i].app;
			fl_policy_decide(p, &q, &d);
			c->sum += d.verdict;
		}
		rounds[r] = (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / n;
	}
	qsort(rounds, ROUNDS, sizeof *rounds, by_value);
	c->decide = rounds[ROUNDS / 2];
}

static struct cost measure(const struct sizes *s, uint32_t n)
{
	struct fl_policy *p = NULL;
	struct cost c = {0};
	struct fl_diags d;
	struct ask *list;
	double start;
	size_t len = 0;
	char *text = write_policy(s, &len);

	fl_diags_init(&d);
	start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	if (fl_policy_parse(&p, "bench", text, len, &vocab, 0, &d)) {
		fl_diags_print(&d, stderr);
		exit(1);
	}
	c.load_s = (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / 1e9;
	fl_diags_done(&d);
	free(text);
	list = write_questions(s, n);
	time_places(p, list, n, &c);
	time_decisions(p, list, n, &c);
	printf("%7u prefixes, %7u conduits, %5u zones: loaded in %.3f s; place %.1f ns, decide %.1f ns (sum %llu)\n", s->prefixes,
	       s->conduits, s->zones, c.load_s, c.place, c.decide, (unsigned long long)c.sum);
	free(list);
	fl_policy_free(p);
	return c;
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"modbus", "tls", "ssh"};
	uint32_t large = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
	uint32_t n = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 400000;
	struct cost few, many;
	size_t i;

	if (large < SMALL || large > 500000 || !n) {
		fputs("usage: lookup [PREFIXES (10 to 500000) [QUESTIONS]]\n", stderr);
		return 2;
	}
	if (fl_vocab_init(&vocab))
		return 1;
	for (i = 0; i < FL_ARRAY_LEN(names); i++)
		if (fl_vocab_add(&vocab, names[i]) < 0)
			return 1;
	few = measure(&(struct sizes){.zones = 5, .prefixes = SMALL, .conduits = SMALL}, n);
	many = measure(&(struct sizes){.zones = large / 100 < 5 ? 5 : large / 100, .prefixes = large, .conduits = large}, n);
	printf("ratio: place %.2f, decide %.2f\n", many.place / few.place, many.decide / few.decide);
	fl_vocab_done(&vocab);
	return 0;
}
