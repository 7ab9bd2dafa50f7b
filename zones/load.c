/* load.c - a policy's documents: files and what they include, their top-level lists, and the take functions for what
 * zones and conduits write alike. One thread, the caller's; no state outlives a call but the policy itself.
 *
 * Each file's tree lives only while its lists are read: texts are copied into the policy's arena, so that a reload
 * holds one policy, not one policy and its source. Positions point to copies of the files' names. */
#include "zones/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "fenceline/err.h"

enum { FILES_MAX = 1000 };

/* A file on the way from the top document to the one being read, and all read before: for cycles and repeats. */
struct seen_file {
	dev_t dev;
	ino_t ino;
	const char *name;
};

struct files {
	struct fl_loading *l;
	struct fl_sha256 *sha;
	struct seen_file seen[FILES_MAX];
	unsigned n_seen;
	unsigned stack[FL_INCLUDE_DEPTH + 1], depth; /* indexes into seen: the files that are open */
	size_t bytes; /* of all files */
	bool may_include;
};

/* What the top level of a document says, apart from its lists, which go where they belong at once. */
struct document {
	bool included;
	const char *organization;
	struct fl_refs include;
	struct sensors { struct fl_addr *list; uint32_t n; } sensors;
};

static const struct list_row {
	const char *key, *one;
	fl_load_one *load;
} list_rows[] = {
	{"scopes", "scope", fl_load_scope},
	{"suppliers", "supplier", fl_load_supplier},
	{"plants", "plant", fl_load_plant},
	{"zones", "zone", fl_load_zone},
	{"conduits", "conduit", fl_load_conduit},
	{"exceptions", "exception", fl_load_exception},
};

/* ---- shared take functions ---- */

void *fl_list_add(struct fl_loading *l, struct fl_list *list, size_t size)
{
	unsigned char *at;
	void *grown;

	if (list->n == list->cap) {
		uint32_t cap = list->cap ? list->cap * 2 : 16;

		grown = realloc(list->items, cap * size);
		if (!grown) {
			l->yaml.nomem = true;
			return NULL;
		}
		list->items = grown;
		list->cap = cap;
	}
	at = (unsigned char *)list->items + list->n++ * size;
	memset(at, 0, size);
	return at;
}

static bool take_id(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		    const char *letters, const char *words, const char **to)
{
	static const char others[] = "0123456789._-";
	const char *p = v->text, *copy;

	if (!fl_yaml_scalar(c, v, k, what, "an id"))
		return false;
	while (*p && (strchr(letters, *p) || strchr(others, *p)))
		p++;
	if (!v->n || *p || strchr("._-", v->text[0]) || v->n > FL_ID_MAX)
		return fl_yaml_expected(c, v, k, what, "an id: at most %u of %s 0-9 . _ -, the first a letter or digit",
					FL_ID_MAX, words);
	copy = fl_arena_strndup(c->arena, v->text, v->n);
	if (!copy) {
		c->nomem = true;
		return false;
	}
	*to = copy;
	return true;
}

bool fl_take_id(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		void *to)
{
	return take_id(c, v, k, what, "abcdefghijklmnopqrstuvwxyz", "a-z", to);
}

bool fl_take_id_mixed(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, void *to)
{
	return take_id(c, v, k, what, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "a-z A-Z", to);
}

bool fl_take_ref(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		 void *to)
{
	struct fl_ref *ref = to;

	if (!fl_yaml_take_text(c, v, k, what, &ref->id))
		return false;
	ref->at = v->at;
	return true;
}

static int by_id(const void *pa, const void *pb)
{
	const struct fl_ref *const *a = pa, *const *b = pb;
	int c = strcmp((*a)->id, (*b)->id);

	return c ? c : *a < *b ? -1 : *a > *b;
}

/* A word twice in one list of references; told at its second place. */
static bool refs_repeat(struct fl_yaml_ctx *c, const struct fl_refs *refs, const struct fl_yaml_key *k,
			const char *what)
{
	const struct fl_ref **sorted = malloc(refs->n * sizeof *sorted);
	bool repeat = false;
	uint32_t i;

	if (!sorted) {
		c->nomem = true;
		return true;
	}
	for (i = 0; i < refs->n; i++)
		sorted[i] = &refs->list[i];
	qsort(sorted, refs->n, sizeof *sorted, by_id);
	for (i = 1; i < refs->n; i++)
		if (!strcmp(sorted[i - 1]->id, sorted[i]->id)) {
			fl_diag(c->diags, FL_SEV_ERROR, sorted[i]->at, "\"%s\" in %s names \"%.63s\" twice", k->name, what,
				sorted[i]->id);
			repeat = true;
		}
	free(sorted);
	return repeat;
}

bool fl_take_refs(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		  void *to)
{
	struct fl_refs refs = {.n = v->kind == FL_YAML_LIST ? v->n : 1};
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	struct fl_ref *list;
	uint32_t i = 0;
	bool ok = true;

	if (!refs.n)
		return fl_yaml_expected(c, v, k, what, "one name or a list of at least one");
	list = fl_yaml_alloc(c, refs.n * sizeof *list);
	if (!list)
		return false;
	for (it = fl_yaml_items(v, &one); it; it = it->next)
		ok &= fl_take_ref(c, it->value, k, what, &list[i++]);
	refs.list = list;
	if (!ok || refs_repeat(c, &refs, k, what))
		return false;
	*(struct fl_refs *)to = refs;
	return true;
}

bool fl_take_sl(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		void *to)
{
	static const char expected[] = "a security level 0 to 4, or a list of seven for FR 1 to 7";
	struct fl_sl sl = {.set = true, .vector = v->kind == FL_YAML_LIST};
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	unsigned i = 0;

	if (sl.vector && v->n != 7)
		return fl_yaml_expected(c, v, k, what, "%s", expected);
	for (it = fl_yaml_items(v, &one); it; it = it->next) {
		const struct fl_yaml_node *e = it->value;

		if (e->kind != FL_YAML_SCALAR || e->n != 1 || e->text[0] < '0' || e->text[0] > '4')
			return fl_yaml_expected(c, e, k, what, "%s", expected);
		sl.fr[i++] = (uint8_t)(e->text[0] - '0');
	}
	if (!sl.vector)
		memset(sl.fr, sl.fr[0], sizeof sl.fr);
	*(struct fl_sl *)to = sl;
	return true;
}

bool fl_take_vlan(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		  void *to)
{
	static const struct fl_yaml_span span = {1, 4094};
	struct fl_yaml_key narrowed = *k;

	narrowed.arg = &span;
	return fl_yaml_take_ranges(c, v, &narrowed, what, to);
}

/* ---- one document ---- */

static bool take_version(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			 const char *what, void *to)
{
	(void)to;
	if (v->kind == FL_YAML_SCALAR && !strcmp(v->text, "1"))
		return true;
	return fl_yaml_expected(c, v, k, what, "1, the version of this language");
}

static bool take_sensors(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			 const char *what, void *to)
{
	struct sensors sensors = {.n = 0};
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;

	sensors.list = fl_yaml_alloc(c, (v->kind == FL_YAML_LIST ? v->n + 1u : 1) * sizeof *sensors.list);
	if (!sensors.list)
		return false;
	for (it = fl_yaml_items(v, &one); it; it = it->next)
		if (it->value->kind != FL_YAML_SCALAR || strchr(it->value->text, '/') ||
		    !fl_addr_parse(it->value->text, &sensors.list[sensors.n++], NULL))
			return fl_yaml_expected(c, it->value, k, what, "addresses (IPv4, IPv6 or MAC) of fenceline's own sensors");
	*(struct sensors *)to = sensors;
	return true;
}

static bool take_misplaced(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			   const char *what, void *to)
{
	(void)what;
	(void)to;
	fl_diag(c->diags, FL_SEV_ERROR, v->at, "\"%s\" belongs into the top document: an included file holds only lists",
		k->name);
	return false;
}

static bool take_list(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, void *to)
{
	const struct list_row *row = k->arg;
	const struct fl_yaml_item *it;
	char name[128];
	const char *id;
	bool ok = true;

	(void)to;
	if (v->kind != FL_YAML_LIST)
		return fl_yaml_expected(c, v, k, what, "a list (one \"- id: ...\" for each %s)", row->one);
	for (it = v->first; it; it = it->next) {
		id = fl_yaml_peek(it->value, "id");
		snprintf(name, sizeof name, id ? "%s \"%.*s\"" : "a %s", row->one, (int)FL_ID_MAX, id ? id : "");
		ok &= row->load(fl_loading_of(c), it->value, name);
	}
	return ok;
}

static void read_document(struct files *files, const struct fl_yaml_node *root, struct document *doc)
{
	struct fl_loading *l = files->l;
	struct fl_yaml_key keys[4 + FL_ARRAY_LEN(list_rows)];
	size_t n = 0, i;

	for (i = 0; i < FL_ARRAY_LEN(list_rows); i++)
		keys[n++] = (struct fl_yaml_key){list_rows[i].key, take_list, 0, &list_rows[i], false};
	keys[n++] = (struct fl_yaml_key){"include", fl_take_refs, offsetof(struct document, include), NULL, false};
	if (!doc->included) {
		keys[n++] = (struct fl_yaml_key){"version", take_version, 0, NULL, true};
		keys[n++] = (struct fl_yaml_key){"organization", fl_yaml_take_text,
						 offsetof(struct document, organization), NULL, true};
		keys[n++] = (struct fl_yaml_key){"sensors", take_sensors, offsetof(struct document, sensors), NULL, false};
	} else {
		keys[n++] = (struct fl_yaml_key){"version", take_misplaced, 0, NULL, false};
		keys[n++] = (struct fl_yaml_key){"organization", take_misplaced, 0, NULL, false};
		keys[n++] = (struct fl_yaml_key){"sensors", take_misplaced, 0, NULL, false};
	}
	fl_yaml_map(&l->yaml, root, doc->included ? "an included file" : "", keys, n, doc);
}

/* ---- files ---- */

static void load_file(struct files *files, const char *name, struct fl_srcpos from);

static void load_text(struct files *files, const char *name, const char *text, size_t n)
{
	struct fl_loading *l = files->l;
	struct document doc = {.included = files->depth > 1};
	struct fl_yaml yaml = {0};
	const char *slash = strrchr(name, '/');
	size_t dir = slash ? (size_t)(slash - name) + 1 : 0, len;
	uint32_t i;
	char *path;
	int err;

	fl_sha256_add(files->sha, text, n);
	err = fl_yaml_parse(&yaml, name, text, n, l->diags);
	if (!err)
		read_document(files, yaml.root, &doc);
	fl_yaml_done(&yaml);
	if (err == FL_ENOMEM)
		l->yaml.nomem = true;
	if (doc.organization)
		l->p->organization = doc.organization;
	if (doc.sensors.n && fl_policy_bind_sensor(l->p, doc.sensors.list, doc.sensors.n))
		l->yaml.nomem = true;
	for (i = 0; i < doc.include.n && !l->yaml.nomem; i++) {
		const struct fl_ref *ref = &doc.include.list[i];

		if (!files->may_include) {
			fl_diag(l->diags, FL_SEV_ERROR, ref->at, "include works only in a policy that is read from a file");
			continue;
		}
		len = strlen(ref->id);
		path = fl_yaml_alloc(&l->yaml, dir + len + 1);
		if (!path)
			return;
		if (ref->id[0] != '/')
			memcpy(path, name, dir);
		memcpy(path + (ref->id[0] != '/' ? dir : 0), ref->id, len);
		load_file(files, path, ref->at);
	}
}

/* False if the file cannot be taken in (again), which has been told. Else it is on the stack. */
static bool enter_file(struct files *files, const char *name, struct fl_srcpos from)
{
	struct fl_diags *d = files->l->diags;
	struct stat st = {0};
	unsigned i, j;

	if (files->depth > FL_INCLUDE_DEPTH) {
		fl_diag(d, FL_SEV_ERROR, from, "includes are nested more than %u deep", FL_INCLUDE_DEPTH);
		return false;
	}
	if (files->n_seen == FILES_MAX) {
		fl_diag(d, FL_SEV_ERROR, from, "more than %u files", FILES_MAX);
		return false;
	}
	if (stat(name, &st) && files->depth) {
		fl_diag(d, FL_SEV_ERROR, from, "cannot read \"%.160s\": %s", name, fl_strerror(fl_err_from_errno(errno)));
		return false;
	}
	if (S_ISDIR(st.st_mode) || (files->depth && !S_ISREG(st.st_mode))) { /* a pipe would wait for ever */
		fl_diag(d, FL_SEV_ERROR, from, "cannot read \"%.160s\": it is %s", name,
			S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
		return false;
	}
	for (i = 0; i < files->n_seen && files->depth; i++) {
		if (files->seen[i].dev != st.st_dev || files->seen[i].ino != st.st_ino)
			continue;
		for (j = 0; j < files->depth && files->stack[j] != i; j++)
			;
		fl_diag(d, FL_SEV_ERROR, from,
			j < files->depth ? "\"%.160s\" includes itself" : "\"%.160s\" is included twice", name);
		return false;
	}
	files->seen[files->n_seen] = (struct seen_file){.dev = st.st_dev, .ino = st.st_ino, .name = name};
	files->stack[files->depth++] = files->n_seen++;
	return true;
}

static void load_file(struct files *files, const char *name, struct fl_srcpos from)
{
	struct fl_diags *d = files->l->diags;
	char *text = NULL;
	size_t n = 0;
	int err;

	if (!enter_file(files, name, from))
		return;
	err = fl_yaml_read(name, &text, &n);
	if (err == FL_ENOMEM) {
		files->l->yaml.nomem = true;
	} else if (err == FL_ELIMIT || (!err && n > FL_POLICY_FILE_BYTES - files->bytes)) {
		fl_diag(d, FL_SEV_ERROR, from, "\"%.160s\" makes the policy larger than %u MiB", name,
			FL_POLICY_FILE_BYTES >> 20);
	} else if (err) {
		fl_diag(d, FL_SEV_ERROR, from, "cannot read \"%.160s\": %s", name, fl_strerror(err));
	} else {
		files->bytes += n;
		load_text(files, !strcmp(name, "-") ? "<stdin>" : name, text, n);
	}
	free(text);
	files->depth--;
}

/* ---- the whole ---- */

static bool move_list(struct fl_loading *l, struct fl_list *list, size_t size, void *to_items, uint32_t *to_n)
{
	void *items = NULL;

	if (list->n) {
		items = fl_yaml_alloc(&l->yaml, list->n * size);
		if (!items)
			return false;
		memcpy(items, list->items, list->n * size);
	}
	memcpy(to_items, &items, sizeof items); /* a pointer to some object; its type is the caller's */
	*to_n = list->n;
	return true;
}

static bool move_lists(struct fl_loading *l)
{
	struct fl_policy *p = l->p;

	return move_list(l, &l->scopes, sizeof *p->scopes, &p->scopes, &p->n_scopes) &&
	       move_list(l, &l->suppliers, sizeof *p->suppliers, &p->suppliers, &p->n_suppliers) &&
	       move_list(l, &l->plants, sizeof *p->plants, &p->plants, &p->n_plants) &&
	       move_list(l, &l->zones, sizeof *p->zones, &p->zones, &p->n_zones) &&
	       move_list(l, &l->conduits, sizeof *p->conduits, &p->conduits, &p->n_conduits) &&
	       move_list(l, &l->exceptions, sizeof *p->exceptions, &p->exceptions, &p->n_exceptions);
}

/* text NULL: from the file of that name. */
static int load(struct fl_policy **out, const char *name, const char *text, size_t n, const struct fl_vocab *vocab,
		int64_t now_ns, struct fl_diags *diags)
{
	struct fl_policy *p = calloc(1, sizeof *p);
	struct files *files = calloc(1, sizeof *files);
	struct fl_loading l = {.p = p, .vocab = vocab, .now_ns = now_ns, .diags = diags};
	unsigned before = diags->errors;
	int err = FL_ENOMEM, id;

	if (!p || !files)
		goto out;
	fl_arena_init(&p->arena, 0);
	l.yaml = (struct fl_yaml_ctx){.diags = diags, .arena = &p->arena, .user = &l};
	id = fl_vocab_find(vocab, "modbus");
	p->modbus = id < 0 ? FL_PROTOCOL_UNKNOWN : (uint16_t)id;
	files->l = &l;
	files->may_include = !text;
	files->sha = fl_sha256_new();
	p->path = fl_arena_strndup(&p->arena, name, strlen(name));
	if (!p->path || !files->sha)
		goto out;
	if (text) {
		files->depth = 1;
		load_text(files, p->path, text, n);
	} else {
		load_file(files, p->path, (struct fl_srcpos){.file = p->path});
	}
	fl_sha256_end(files->sha, p->sha256);
	files->sha = NULL;
	if (!l.yaml.nomem && move_lists(&l)) {
		fl_policy_check(&l);
		fl_policy_compile_places(&l);
	}
	if (!l.yaml.nomem && diags->errors == before) {
		fl_policy_compile_pairs(&l);
		fl_policy_lint(&l);
	}
	if (l.yaml.nomem)
		goto out;
	err = diags->errors == before ? FL_OK : FL_EINVALID;
	if (!err) {
		*out = p;
		p = NULL;
	}
out:
	free(l.scopes.items);
	free(l.suppliers.items);
	free(l.plants.items);
	free(l.zones.items);
	free(l.conduits.items);
	free(l.exceptions.items);
	free(l.tzs.items);
	if (files && files->sha) {
		uint8_t unused[32];

		fl_sha256_end(files->sha, unused);
	}
	free(files);
	fl_policy_free(p);
	return err;
}

int fl_policy_load(struct fl_policy **out, const char *path, const struct fl_vocab *vocab, int64_t now_ns,
		   struct fl_diags *diags)
{
	return load(out, path, NULL, 0, vocab, now_ns, diags);
}

int fl_policy_parse(struct fl_policy **out, const char *name, const char *text, size_t n, const struct fl_vocab *vocab,
		    int64_t now_ns, struct fl_diags *diags)
{
	return load(out, name, text ? text : "", n, vocab, now_ns, diags);
}
