/* fold.c - a chained hash table of open folds, also linked in the order they were opened, which is the order they end. */
#include "fold.h"

#include <stdlib.h>
#include <string.h>

#include "fenceline/err.h"

/* What must be equal; written as bytes without padding. Objects make it variable. */
enum { KEY_MAX = 256 + FL_OP_NAME_MAX + FL_OP_ROUTE_MAX + sizeof(struct fl_object) * FL_OP_OBJECTS_MAX };

struct key { size_t n; unsigned char b[KEY_MAX]; };

struct entry {
	struct entry *chain;
	struct entry *younger;
	uint64_t hash;
	int64_t until_ns;
	uint8_t kind;          /* enum fl_event_kind */
	size_t key_len;
	unsigned char *key;    /* behind the finding, in the same block */
	struct fl_finding sum; /* of the repeats; count 0 = none so far. Only `size` bytes of it are there: keep last */
};

struct fl_fold {
	struct entry **table;
	size_t mask;
	struct entry *oldest, *youngest;
	uint32_t n, max;
	int64_t interval_ns;
	fl_fold_emit emit;
	void *user;
};

static void add(struct key *k, const void *p, size_t n)
{
	if (n > sizeof k->b - k->n)
		FL_BUG("a fold key longer than KEY_MAX");
	memcpy(k->b + k->n, p, n);
	k->n += n;
}

#define ADD(k, value) add(k, &(value), sizeof(value))

static void add_addr(struct key *k, const struct fl_addr *a)
{
	ADD(k, a->kind);
	add(k, a->b, fl_addr_len(a));
}

static void add_operation(struct key *k, const struct fl_operation *op)
{
	unsigned i;

	ADD(k, op->classes); /* of one function, they may go by what is in the request */
	ADD(k, op->function);
	ADD(k, op->subfunction);
	ADD(k, op->outcome);
	ADD(k, op->code);
	ADD(k, op->unit);
	ADD(k, op->client);
	ADD(k, op->objects); /* else the bytes of one more object could pass for those of a name */
	for (i = 0; i < op->objects; i++) {
		ADD(k, op->object[i].kind);
		ADD(k, op->object[i].access);
		ADD(k, op->object[i].number);
		ADD(k, op->object[i].start);
		ADD(k, op->object[i].count);
	}
	add(k, op->route, strnlen(op->route, sizeof op->route) + 1);
	add(k, op->name, strnlen(op->name, sizeof op->name));
}

static void make_key(struct key *k, enum fl_event_kind kind, const struct fl_finding *f)
{
	uint8_t event = (uint8_t)kind;

	k->n = 0;
	ADD(k, event);
	ADD(k, f->kind);
	ADD(k, f->size); /* what is joined is of one size: count() copies over it */
	if (f->kind == FL_FINDING_ASSET) {
		add_addr(k, &f->asset.addr);
		add(k, f->asset.mac, sizeof f->asset.mac);
		ADD(k, f->asset.mac_changed);
		add(k, f->asset.old_mac, sizeof f->asset.old_mac);
		ADD(k, f->initiator.zone);
		ADD(k, f->flow.context);
		add(k, f->asset.identity, strnlen(f->asset.identity, sizeof f->asset.identity));
		return;
	}
	ADD(k, f->changed);
	ADD(k, f->withdrawn);
	ADD(k, f->of_flow);
	ADD(k, f->decision.verdict);
	ADD(k, f->decision.clause.at.file);
	ADD(k, f->decision.clause.at.line);
	ADD(k, f->decision.clause.id);
	ADD(k, f->initiator.zone);
	ADD(k, f->responder.zone);
	ADD(k, f->flow.context);
	ADD(k, f->flow.kind);
	ADD(k, f->flow.ip_proto);
	ADD(k, f->flow.ethertype);
	ADD(k, f->flow.label.master);
	ADD(k, f->flow.label.app);
	ADD(k, f->flow.label.how);
	ADD(k, f->flow.label.why);
	ADD(k, f->flow.label.port_says);
	add_addr(k, &fl_flow_initiator(&f->flow)->addr);
	add_addr(k, &fl_flow_responder(&f->flow)->addr);
	ADD(k, f->flow.reply);
	ADD(k, f->flow.end_reason);
	ADD(k, f->flow.midstream);
	if (f->kind == FL_FINDING_OPERATION)
		add_operation(k, &f->op);
}

/* FNV-1a, 64 bits: keys hold addresses that traffic chooses, but a chain is only as long as the bound on folds. */
static uint64_t hash(const struct key *k)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < k->n; i++)
		h = (h ^ k->b[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

static void tell(struct fl_fold *fold, struct entry *e)
{
	struct fl_finding *s = &e->sum;

	if (!s->count)
		return;
	fold->emit(fold->user, (enum fl_event_kind)e->kind, s);
}

static void drop_oldest(struct fl_fold *fold)
{
	struct entry *e = fold->oldest, **at = &fold->table[e->hash & fold->mask];

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	fold->oldest = e->younger;
	if (!fold->oldest)
		fold->youngest = NULL;
	fold->n--;
	tell(fold, e);
	free(e);
}

/* One more of what e stands for. Ports that differ are no longer anybody's: 0. What belongs to one flow or request alone,
 * as first_frame, request_frame and the id, stays the first's: a place to begin looking. */
static void count(struct entry *e, const struct fl_finding *f)
{
	struct fl_finding *s = &e->sum;
	unsigned i, flip;

	if (f->size != s->size)
		FL_BUG("findings of one fold differ in size");
	if (!s->count) {
		memcpy(s, f, f->size);
		return;
	}
	s->count += f->count;
	s->fold_packets += f->fold_packets;
	s->fold_bytes += f->fold_bytes;
	if (f->fold_from_ns < s->fold_from_ns)
		s->fold_from_ns = f->fold_from_ns;
	if (f->fold_to_ns > s->fold_to_ns)
		s->fold_to_ns = f->fold_to_ns;
	s->ts_ns = f->ts_ns;
	s->frame = f->frame;
	s->flow.label.risks |= f->flow.label.risks;
	s->flow.conflicts += f->flow.conflicts;
	flip = fl_addr_cmp(&s->flow.end[0].addr, &f->flow.end[0].addr) != 0;
	for (i = 0; i < 2; i++) {
		s->flow.end[i].packets += f->flow.end[i ^ flip].packets;
		s->flow.end[i].bytes += f->flow.end[i ^ flip].bytes;
		s->flow.end[i].copies += f->flow.end[i ^ flip].copies;
		s->flow.end[i].copy_bytes += f->flow.end[i ^ flip].copy_bytes;
		s->flow.end[i].tcp_flags |= f->flow.end[i ^ flip].tcp_flags;
		s->flow.gaps[i] += f->flow.gaps[i ^ flip];
		s->flow.gap_bytes[i] += f->flow.gap_bytes[i ^ flip];
		if (s->flow.end[i].port != f->flow.end[i ^ flip].port)
			s->flow.end[i].port = 0;
	}
}

int fl_fold_add(struct fl_fold *fold, enum fl_event_kind kind, const struct fl_finding *f)
{
	struct entry *e, **bucket;
	struct key k;
	uint64_t h;

	make_key(&k, kind, f);
	h = hash(&k);
	bucket = &fold->table[h & fold->mask];
	for (e = *bucket; e; e = e->chain) {
		if (e->hash == h && e->key_len == k.n && !memcmp(e->key, k.b, k.n)) {
			count(e, f);
			return FL_OK;
		}
	}
	fold->emit(fold->user, kind, f);
	if (fold->n == fold->max)
		drop_oldest(fold);
	e = calloc(1, offsetof(struct entry, sum) + f->size + k.n);
	if (!e)
		return FL_ENOMEM;
	e->sum.size = f->size;
	e->key = (unsigned char *)&e->sum + f->size;
	memcpy(e->key, k.b, k.n);
	e->key_len = k.n;
	e->hash = h;
	e->kind = (uint8_t)kind;
	e->until_ns = f->ts_ns + fold->interval_ns;
	e->chain = *bucket;
	*bucket = e;
	*(fold->youngest ? &fold->youngest->younger : &fold->oldest) = e;
	fold->youngest = e;
	fold->n++;
	return FL_OK;
}

void fl_fold_advance(struct fl_fold *fold, int64_t now_ns)
{
	while (fold->oldest && fold->oldest->until_ns <= now_ns)
		drop_oldest(fold);
}

void fl_fold_flush(struct fl_fold *fold)
{
	while (fold->oldest)
		drop_oldest(fold);
}

int fl_fold_new(struct fl_fold **out, int64_t interval_ns, uint32_t max, fl_fold_emit emit, void *user)
{
	struct fl_fold *fold = calloc(1, sizeof *fold);
	size_t size = 64;

	if (!fold)
		return FL_ENOMEM;
	while (size < max)
		size *= 2;
	fold->table = calloc(size, sizeof(struct entry *));
	if (!fold->table) {
		free(fold);
		return FL_ENOMEM;
	}
	fold->mask = size - 1;
	fold->max = max;
	fold->interval_ns = interval_ns;
	fold->emit = emit;
	fold->user = user;
	*out = fold;
	return FL_OK;
}

void fl_fold_free(struct fl_fold *fold)
{
	struct entry *e, *next;

	if (!fold)
		return;
	for (e = fold->oldest; e; e = next) {
		next = e->younger;
		free(e);
	}
	free(fold->table);
	free(fold);
}
