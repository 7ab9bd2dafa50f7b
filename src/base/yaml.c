/* yaml.c - libyaml events into a tree, and the tree into structs. See yaml.h for the contract.
 *
 * Events rather than libyaml's document API: that one keeps every anchor in a list it searches for each node and lets
 * an alias name a node that is still open; here both are refused as they come, before anything walks the tree.
 *
 * libyaml counts columns in characters; diagnostics count bytes, as compilers and editors' "go to" do. A cursor walks
 * the text once, in step with the events, whose marks never go back.
 *
 * Text is checked before libyaml sees it: UTF-8 without overlong forms, no control characters, no %-directives (libyaml
 * looks through all %TAG lines for each new one). Source: YAML 1.1 5.1, 5.2; RFC 3629. */
#include "yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "fenceline/err.h"

/* ---- files ---- */

int fl_yaml_read(const char *path, char **text, size_t *n)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	size_t len = 0, cap = 65536, got;
	char *buf = NULL, *grown;
	int err = FL_OK;

	if (!f)
		return fl_err_from_errno(errno);
	for (;;) {
		grown = realloc(buf, cap + 1);
		if (!grown) {
			err = FL_ENOMEM;
			goto out;
		}
		buf = grown;
		got = fread(buf + len, 1, cap - len, f);
		len += got;
		if (len < cap)
			break;
		if (cap >= FL_POLICY_FILE_BYTES) {
			err = FL_ELIMIT;
			goto out;
		}
		cap *= 2;
	}
	if (ferror(f)) {
		err = fl_err_from_errno(errno);
		goto out;
	}
	buf[len] = '\0';
	*text = buf;
	*n = len;
	buf = NULL;
out:
	free(buf);
	if (f != stdin)
		fclose(f);
	return err;
}

/* ---- the text ---- */

/* Length of the character at s, 0 if it is not UTF-8 (RFC 3629 4). */
static size_t utf8_char(const unsigned char *s, size_t left, uint32_t *out)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	uint32_t c = n == 1 ? s[0] : n ? s[0] & (0x7fu >> n) : 0;
	size_t i;

	if (!n || n > left)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return n;
}

static bool is_control(uint32_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0) || (c & 0xfffe) == 0xfffe || c == 0xfeff;
}

/* libyaml's five line breaks; CR LF ends with the LF. */
static bool ends_line(uint32_t c, const unsigned char *next, size_t left)
{
	return c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029 || (c == '\r' && !(left && *next == '\n'));
}

static bool check_text(const char *name, const char *text, size_t n, struct fl_diags *diags)
{
	const unsigned char *s = (const unsigned char *)text;
	struct fl_srcpos at = {.file = name, .line = 1, .col = 1};
	size_t i, len;
	uint32_t c = 0;

	for (i = 0; i < n; i += len, at.col += (unsigned)len) {
		if (s[i] == '%' && at.col == 1) {
			fl_diag(diags, FL_SEV_ERROR, at, "a line begins with %%: YAML directives are not used here");
			return false;
		}
		len = utf8_char(s + i, n - i, &c);
		if (!len) {
			fl_diag(diags, FL_SEV_ERROR, at, "byte 0x%02x is not UTF-8; save the file as UTF-8", s[i]);
			return false;
		}
		if (is_control(c) && c != '\r' && c != 0x85) {
			fl_diag(diags, FL_SEV_ERROR, at, "control character U+%04X; remove it", (unsigned)c);
			return false;
		}
		if (ends_line(c, s + i + len, n - i - len)) {
			at.line++;
			at.col = 1 - (unsigned)len;
		}
	}
	return true;
}

/* Where a libyaml mark lies, in bytes. */
struct cursor {
	const unsigned char *s;
	size_t n, off, line_off;
	size_t index; /* characters before off, as libyaml counts them */
};

static unsigned cursor_col(struct cursor *c, const yaml_mark_t *m)
{
	uint32_t ch = 0;
	size_t len;

	if (m->index < c->index)
		return (unsigned)m->column + 1;
	while (c->index < m->index && c->off < c->n) {
		len = utf8_char(c->s + c->off, c->n - c->off, &ch);
		c->off += len ? len : 1;
		c->index++;
		if (ends_line(ch, c->s + c->off, c->n - c->off))
			c->line_off = c->off;
	}
	return (unsigned)(c->off - c->line_off) + 1;
}

/* ---- the tree ---- */

struct open_node {
	struct fl_yaml_node *node;
	const struct fl_yaml_item **tail;
	const struct fl_yaml_node *key; /* of a map: waits for its value */
};

struct anchor {
	const char *name;
	const struct fl_yaml_node *node;
	bool done;
};

struct builder {
	struct fl_yaml *y;
	struct fl_diags *diags;
	const char *name;
	struct cursor cursor;
	struct open_node stack[FL_YAML_DEPTH_MAX];
	unsigned depth;
	struct anchor anchors[FL_YAML_ANCHORS_MAX];
	unsigned n_anchors;
	uint32_t total; /* weight of the whole tree so far */
};

static struct fl_srcpos pos_of(struct builder *b, const yaml_mark_t *m)
{
	return (struct fl_srcpos){.file = b->name, .line = (unsigned)m->line + 1, .col = cursor_col(&b->cursor, m)};
}

static int refuse(struct builder *b, struct fl_srcpos at, const char *problem)
{
	fl_diag(b->diags, FL_SEV_ERROR, at, "%s", problem);
	return FL_EINVALID;
}

/* Hang a node, new or named by an alias, where the document stands. */
static int attach(struct builder *b, struct fl_srcpos at, const struct fl_yaml_node *node)
{
	struct open_node *top;
	struct fl_yaml_item *item;

	if (node->weight > FL_YAML_NODES_MAX - b->total)
		return refuse(b, at, "the document is too large: more than 2000000 values, aliases written out");
	b->total += node->weight;
	if (!b->depth) {
		b->y->root = node;
		return FL_OK;
	}
	top = &b->stack[b->depth - 1];
	if (top->node->kind == FL_YAML_MAP && !top->key) {
		if (node->kind != FL_YAML_SCALAR)
			return refuse(b, at, "a key must be one word, not a list or a mapping");
		top->key = node;
		return FL_OK;
	}
	item = fl_arena_alloc(&b->y->arena, sizeof *item);
	if (!item)
		return FL_ENOMEM;
	item->key = top->key;
	item->value = node;
	*top->tail = item;
	top->tail = &item->next;
	top->key = NULL;
	top->node->n++;
	return FL_OK;
}

static int new_node(struct builder *b, const yaml_event_t *e, uint8_t kind, const yaml_char_t *anchor,
		    const yaml_char_t *tag, struct fl_yaml_node **out)
{
	struct fl_srcpos at = pos_of(b, &e->start_mark);
	struct fl_yaml_node *node = fl_arena_alloc(&b->y->arena, sizeof *node);
	struct anchor *a;

	if (!node)
		return FL_ENOMEM;
	if (tag)
		return refuse(b, at, "YAML tags (!...) are not used here");
	node->at = at;
	node->kind = kind;
	node->weight = 1;
	if (anchor) {
		if (b->n_anchors == FL_YAML_ANCHORS_MAX)
			return refuse(b, at, "more than 256 anchors (&...) in one document");
		a = &b->anchors[b->n_anchors++];
		a->name = fl_arena_strndup(&b->y->arena, (const char *)anchor, strlen((const char *)anchor));
		if (!a->name)
			return FL_ENOMEM;
		a->node = node;
		a->done = kind == FL_YAML_SCALAR;
	}
	*out = node;
	return FL_OK;
}

static int on_scalar(struct builder *b, const yaml_event_t *e)
{
	const char *s = (const char *)e->data.scalar.value;
	size_t n = e->data.scalar.length, i, len;
	struct fl_yaml_node *node = NULL;
	uint32_t c = 0;
	int err;

	/* The tag "!" only says "not plain", which the quotes say too. */
	err = new_node(b, e, FL_YAML_SCALAR, e->data.scalar.anchor, e->data.scalar.tag, &node);
	if (err)
		return err;
	for (i = 0; i < n; i += len) { /* escapes in quotes can make what check_text refuses */
		len = utf8_char((const unsigned char *)s + i, n - i, &c);
		if (!len || is_control(c))
			return refuse(b, node->at, "a control character in a text; remove it");
	}
	node->text = fl_arena_strndup(&b->y->arena, s, n);
	if (!node->text)
		return FL_ENOMEM;
	node->n = (uint32_t)n;
	node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return attach(b, node->at, node);
}

static int on_open(struct builder *b, const yaml_event_t *e, uint8_t kind, const yaml_char_t *anchor,
		   const yaml_char_t *tag)
{
	struct fl_yaml_node *node = NULL;
	struct open_node *o;
	int err = new_node(b, e, kind, anchor, tag, &node);

	if (!err)
		err = attach(b, node->at, node);
	if (err)
		return err;
	if (b->depth == FL_YAML_DEPTH_MAX)
		return refuse(b, node->at, "nested too deeply: more than 32 levels");
	o = &b->stack[b->depth++];
	*o = (struct open_node){.node = node};
	o->tail = &node->first;
	return FL_OK;
}

static void on_close(struct builder *b)
{
	struct fl_yaml_node *node = b->stack[--b->depth].node;
	unsigned i;

	/* Added up only now: nothing can name an open node. b->total bounds each weight. */
	for (const struct fl_yaml_item *it = node->first; it; it = it->next)
		node->weight += it->value->weight + (it->key ? it->key->weight : 0);
	for (i = b->n_anchors; i-- > 0;)
		if (b->anchors[i].node == node) {
			b->anchors[i].done = true;
			break;
		}
}

static int on_alias(struct builder *b, const yaml_event_t *e)
{
	struct fl_srcpos at = pos_of(b, &e->start_mark);
	const char *name = (const char *)e->data.alias.anchor;
	unsigned i;

	for (i = b->n_anchors; i-- > 0;) {
		if (strcmp(b->anchors[i].name, name))
			continue;
		if (!b->anchors[i].done)
			return refuse(b, at, "an alias (*...) inside of what it names would never end");
		return attach(b, at, b->anchors[i].node);
	}
	return refuse(b, at, "an alias (*...) names no anchor (&...) above it");
}

static int on_event(struct builder *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->y->root)
			return refuse(b, pos_of(b, &e->start_mark), "a second document (---); one file holds one");
		return FL_OK;
	case YAML_SCALAR_EVENT:
		return on_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(b, e, FL_YAML_LIST, e->data.sequence_start.anchor, e->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return on_open(b, e, FL_YAML_MAP, e->data.mapping_start.anchor, e->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_close(b);
		return FL_OK;
	case YAML_ALIAS_EVENT:
		return on_alias(b, e);
	default:
		return FL_OK;
	}
}

static int parser_error(struct builder *b, const yaml_parser_t *p)
{
	struct fl_srcpos at;
	const char *hint = "";
	unsigned col;

	if (p->error == YAML_MEMORY_ERROR)
		return FL_ENOMEM;
	col = cursor_col(&b->cursor, &p->problem_mark);
	at = (struct fl_srcpos){.file = b->name, .line = (unsigned)p->problem_mark.line + 1, .col = col};
	if (b->cursor.off < b->cursor.n && b->cursor.s[b->cursor.off] == '\t')
		hint = "; indent with spaces, not tabs";
	fl_diag(b->diags, FL_SEV_ERROR, at, "not YAML: %s%s%s%s", p->context ? p->context : "", p->context ? ", " : "",
		p->problem ? p->problem : "unreadable", hint);
	return FL_EINVALID;
}

int fl_yaml_parse(struct fl_yaml *y, const char *name, const char *text, size_t n, struct fl_diags *diags)
{
	struct builder *b;
	yaml_parser_t parser;
	yaml_event_t event;
	bool end = false;
	int err = FL_OK;

	*y = (struct fl_yaml){0};
	fl_arena_init(&y->arena, 0);
	if (n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		n -= 3;
	}
	if (n > FL_POLICY_FILE_BYTES) {
		fl_diag(diags, FL_SEV_ERROR, (struct fl_srcpos){.file = name}, "larger than %u MiB", FL_POLICY_FILE_BYTES >> 20);
		return FL_EINVALID;
	}
	if (!check_text(name, text, n, diags))
		return FL_EINVALID;
	b = calloc(1, sizeof *b);
	if (!b)
		return FL_ENOMEM;
	if (!yaml_parser_initialize(&parser)) {
		free(b);
		return FL_ENOMEM;
	}
	b->y = y;
	b->diags = diags;
	b->name = name;
	b->cursor = (struct cursor){.s = (const unsigned char *)text, .n = n};
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
	while (!err && !end) {
		if (!yaml_parser_parse(&parser, &event)) {
			err = parser_error(b, &parser);
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		err = on_event(b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	free(b);
	if (!err && !y->root) {
		fl_diag(diags, FL_SEV_ERROR, (struct fl_srcpos){.file = name, .line = 1, .col = 1}, "the file is empty");
		err = FL_EINVALID;
	}
	return err;
}

void fl_yaml_done(struct fl_yaml *y)
{
	if (!y)
		return;
	fl_arena_done(&y->arena);
	y->root = NULL;
}

/* ---- taking ---- */

void *fl_yaml_alloc(struct fl_yaml_ctx *c, size_t n)
{
	void *p = fl_arena_alloc(c->arena, n);

	if (!p)
		c->nomem = true;
	return p;
}

bool fl_yaml_nothing(const struct fl_yaml_node *v)
{
	return v->kind == FL_YAML_SCALAR && v->plain &&
	       (!v->n || !strcmp(v->text, "~") || !strcasecmp(v->text, "null"));
}

const char *fl_yaml_show(const struct fl_yaml_node *v, char buf[FL_YAML_SHOW_MAX])
{
	size_t n, i;

	if (v->kind != FL_YAML_SCALAR) {
		snprintf(buf, FL_YAML_SHOW_MAX, "%s", v->kind == FL_YAML_LIST ? "a list" : "a mapping");
		return buf;
	}
	if (fl_yaml_nothing(v)) {
		snprintf(buf, FL_YAML_SHOW_MAX, "nothing");
		return buf;
	}
	n = v->n;
	if (n > FL_YAML_SHOW_MAX - 6) {
		n = FL_YAML_SHOW_MAX - 6;
		while (n && ((unsigned char)v->text[n] & 0xc0) == 0x80)
			n--; /* not through a character */
	}
	snprintf(buf, FL_YAML_SHOW_MAX, "\"%.*s%s\"", (int)n, v->text, n < v->n ? "..." : "");
	for (i = 0; buf[i]; i++)
		if (buf[i] == '\n' || buf[i] == '\t')
			buf[i] = ' ';
	return buf;
}

bool fl_yaml_expected(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, const char *fmt, ...)
{
	char show[FL_YAML_SHOW_MAX], expected[192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(expected, sizeof expected, fmt, ap);
	va_end(ap);
	fl_diag(c->diags, FL_SEV_ERROR, v->at, "\"%s\"%s%s must be %s, not %s", k->name, *what ? " in " : "", what,
		expected, fl_yaml_show(v, show));
	return false;
}

bool fl_yaml_scalar(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		    const char *expected)
{
	if (v->kind == FL_YAML_SCALAR && !fl_yaml_nothing(v))
		return true;
	return fl_yaml_expected(c, v, k, what, "%s", expected);
}

const char *fl_yaml_peek(const struct fl_yaml_node *map, const char *key)
{
	const struct fl_yaml_item *it;

	if (map->kind != FL_YAML_MAP)
		return NULL;
	for (it = map->first; it; it = it->next)
		if (!strcmp(it->key->text, key))
			return it->value->kind == FL_YAML_SCALAR ? it->value->text : NULL;
	return NULL;
}

const struct fl_yaml_item *fl_yaml_items(const struct fl_yaml_node *v, struct fl_yaml_item *one)
{
	if (v->kind == FL_YAML_LIST)
		return v->first;
	*one = (struct fl_yaml_item){.value = v};
	return one;
}

static void unknown_key(struct fl_yaml_ctx *c, const struct fl_yaml_node *key, const char *what,
			const struct fl_yaml_key *keys, size_t n)
{
	const char *names[64], *near = NULL;
	char show[FL_YAML_SHOW_MAX];
	size_t i;

	if (c->diags->n < FL_DIAGS_MAX) { /* beyond, the text is not kept: no need to search */
		for (i = 0; i < n; i++)
			names[i] = keys[i].name;
		near = fl_suggest(key->text, names, n);
	}
	if (!strcmp(key->text, "<<"))
		fl_diag(c->diags, FL_SEV_ERROR, key->at, "merge keys (<<) are not used here; write the keys out");
	else
		fl_diag(c->diags, FL_SEV_ERROR, key->at, "unknown key %s%s%s%s%s%s", fl_yaml_show(key, show),
			*what ? " in " : "", what, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

bool fl_yaml_map(struct fl_yaml_ctx *c, const struct fl_yaml_node *map, const char *what,
		 const struct fl_yaml_key *keys, size_t n, void *object)
{
	const char *thing = *what ? what : "the document";
	const struct fl_yaml_node *seen[64] = {0};
	const struct fl_yaml_item *it;
	char show[FL_YAML_SHOW_MAX];
	bool ok = true;
	size_t i;

	if (n > FL_ARRAY_LEN(seen))
		FL_BUG("a table of keys has more than 64 rows");
	if (map->kind != FL_YAML_MAP) {
		fl_diag(c->diags, FL_SEV_ERROR, map->at, "%s must be a mapping (key: value), not %s", thing,
			fl_yaml_show(map, show));
		return false;
	}
	for (it = map->first; it; it = it->next) {
		for (i = 0; i < n && strcmp(keys[i].name, it->key->text); i++)
			;
		if (i == n) {
			unknown_key(c, it->key, what, keys, n);
			ok = false;
		} else if (seen[i]) {
			fl_diag(c->diags, FL_SEV_ERROR, it->key->at, "\"%s\" is given twice in %s, first in line %u",
				keys[i].name, thing, seen[i]->at.line);
			ok = false;
		} else {
			seen[i] = it->key;
			ok &= keys[i].take(c, it->value, &keys[i], what, (char *)object + keys[i].offset);
		}
	}
	for (i = 0; i < n; i++)
		if (keys[i].required && !seen[i]) {
			fl_diag(c->diags, FL_SEV_ERROR, map->at, "\"%s\" is missing in %s", keys[i].name, thing);
			ok = false;
		}
	return ok;
}

bool fl_yaml_take_text(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	const char *copy;

	if (!fl_yaml_scalar(c, v, k, what, "a text"))
		return false;
	if (!v->n)
		return fl_yaml_expected(c, v, k, what, "a text");
	copy = fl_arena_strndup(c->arena, v->text, v->n);
	if (!copy) {
		c->nomem = true;
		return false;
	}
	*(const char **)to = copy;
	return true;
}

bool fl_yaml_take_texts(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, void *to)
{
	size_t n = v->kind == FL_YAML_LIST ? v->n : 1, i = 0;
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	const char **list;
	bool ok = true;

	list = fl_yaml_alloc(c, (n + 1) * sizeof *list);
	if (!list)
		return false;
	for (it = fl_yaml_items(v, &one); it; it = it->next)
		ok &= fl_yaml_take_text(c, it->value, k, what, &list[i++]);
	if (ok)
		*(const char *const **)to = list;
	return ok;
}

bool fl_yaml_take_bool(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
	size_t i;

	if (!fl_yaml_scalar(c, v, k, what, "true or false"))
		return false;
	for (i = 0; i < FL_ARRAY_LEN(words) && strcasecmp(v->text, words[i]); i++)
		;
	if (i == FL_ARRAY_LEN(words))
		return fl_yaml_expected(c, v, k, what, "true or false");
	*(bool *)to = i & 1;
	return true;
}

/* Decimal digits only, up to end; false if there is none or more than fits. */
static bool parse_u64(const char *s, const char **end, uint64_t *out)
{
	uint64_t v = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > (UINT64_MAX - (uint64_t)(*s - '0')) / 10)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	*end = s;
	*out = v;
	return true;
}

bool fl_yaml_take_u64(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, void *to)
{
	const struct fl_yaml_span *span = k->arg;
	const char *end = "";
	uint64_t u = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_u64(v->text, &end, &u) || *end || u < span->min || u > span->max)
		return fl_yaml_expected(c, v, k, what, "a number from %llu to %llu", (unsigned long long)span->min,
					(unsigned long long)span->max);
	*(uint64_t *)to = u;
	return true;
}

bool fl_yaml_take_u32(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, void *to)
{
	uint64_t u = 0;

	if (!fl_yaml_take_u64(c, v, k, what, &u))
		return false;
	*(uint32_t *)to = (uint32_t)u;
	return true;
}

/* Index of a word among the names; tells which there are, the nearest, if it is none. */
static bool take_word(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, size_t *out)
{
	const struct fl_yaml_names *names = k->arg;
	char show[FL_YAML_SHOW_MAX], all[192] = "";
	const char *near;
	size_t i, len = 0;

	if (v->kind == FL_YAML_SCALAR)
		for (i = 0; i < names->n; i++)
			if (!strcasecmp(names->names[i], v->text)) {
				*out = i;
				return true;
			}
	near = v->kind == FL_YAML_SCALAR ? fl_suggest(v->text, names->names, names->n) : NULL;
	if (near) {
		fl_diag(c->diags, FL_SEV_ERROR, v->at, "\"%s\"%s%s cannot be %s; did you mean \"%s\"?", k->name,
			*what ? " in " : "", what, fl_yaml_show(v, show), near);
		return false;
	}
	for (i = 0; i < names->n && len < sizeof all; i++)
		len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", i ? ", " : "", names->names[i]);
	return fl_yaml_expected(c, v, k, what, "one of %s", all);
}

bool fl_yaml_take_name(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	size_t i = 0;

	if (!take_word(c, v, k, what, &i))
		return false;
	*(uint8_t *)to = (uint8_t)i;
	return true;
}

bool fl_yaml_take_names(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, void *to)
{
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	uint32_t set = 0;
	bool ok = true;
	size_t i = 0;

	if (v->kind == FL_YAML_LIST && !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of at least one word");
	for (it = fl_yaml_items(v, &one); it; it = it->next) {
		if (take_word(c, it->value, k, what, &i))
			set |= 1u << i;
		else
			ok = false;
	}
	if (ok)
		*(uint32_t *)to = set;
	return ok;
}

/* Days since 1970 of a Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned yoe, doy;

	y -= m <= 2;
	era = y / 400; /* years are positive here */
	yoe = (unsigned)(y - era * 400);
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

static bool parse_day(const char *s, int64_t *days)
{
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned y, m, d, i;
	bool leap;

	for (i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? s[i] != '-' : s[i] < '0' || s[i] > '9')
			return false;
	if (s[10])
		return false;
	y = (unsigned)((s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 + (s[3] - '0'));
	m = (unsigned)((s[5] - '0') * 10 + (s[6] - '0'));
	d = (unsigned)((s[8] - '0') * 10 + (s[9] - '0'));
	leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	/* Nanoseconds since 1970 in 64 bits end in 2262. */
	if (y < 1970 || y > 2261 || m < 1 || m > 12 || d < 1 || d > lengths[m - 1] + (unsigned)(leap && m == 2))
		return false;
	*days = days_from_civil(y, m, d);
	return true;
}

bool fl_yaml_take_day(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, void *to)
{
	int64_t days = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_day(v->text, &days))
		return fl_yaml_expected(c, v, k, what, "a date YYYY-MM-DD");
	*(int64_t *)to = days * 86400 * INT64_C(1000000000);
	return true;
}

bool fl_yaml_take_day_end(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			  const char *what, void *to)
{
	int64_t start = 0;

	if (!fl_yaml_take_day(c, v, k, what, &start))
		return false;
	*(int64_t *)to = start + 86400 * INT64_C(1000000000);
	return true;
}

bool fl_yaml_take_clock(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			const char *what, void *to)
{
	const char *s = v->text, *end = "";
	uint64_t h = 0, m = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_u64(s, &end, &h) || end > s + 2 || *end != ':' ||
	    !parse_u64(end + 1, &s, &m) || s != end + 3 || *s || m > 59 || h * 60 + m > 24 * 60)
		return fl_yaml_expected(c, v, k, what, "a time of day HH:MM up to 24:00");
	*(uint32_t *)to = (uint32_t)(h * 60 + m);
	return true;
}

bool fl_yaml_parse_range(const char *text, struct fl_yaml_range *out)
{
	const char *end = text;
	uint64_t lo = 0, hi;

	if (!parse_u64(text, &end, &lo))
		return false;
	hi = lo;
	if (*end == '-' && !parse_u64(end + 1, &end, &hi))
		return false;
	if (*end || lo > hi || hi > UINT32_MAX)
		return false;
	*out = (struct fl_yaml_range){(uint32_t)lo, (uint32_t)hi};
	return true;
}

static int by_lo(const void *pa, const void *pb)
{
	const struct fl_yaml_range *a = pa, *b = pb;

	return a->lo != b->lo ? (a->lo < b->lo ? -1 : 1) : a->hi != b->hi ? (a->hi < b->hi ? -1 : 1) : 0;
}

bool fl_yaml_take_ranges(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			 const char *what, void *to)
{
	const struct fl_yaml_span *span = k->arg;
	const struct fl_yaml_item *it;
	struct fl_yaml_item one;
	struct fl_yaml_range *r, *list;
	uint32_t n = 0, kept = 0, i;
	bool ok = true;

	if (v->kind == FL_YAML_LIST && !v->n)
		return fl_yaml_expected(c, v, k, what, "a list of at least one number or range a-b");
	r = fl_yaml_alloc(c, (v->kind == FL_YAML_LIST ? v->n : 1) * sizeof *r);
	if (!r)
		return false;
	list = r;
	for (it = fl_yaml_items(v, &one); it; it = it->next) {
		if (it->value->kind != FL_YAML_SCALAR || !fl_yaml_parse_range(it->value->text, &r[n]) ||
		    r[n].lo < span->min || r[n].hi > span->max)
			ok = fl_yaml_expected(c, it->value, k, what, "numbers or ranges a-b from %llu to %llu",
					      (unsigned long long)span->min, (unsigned long long)span->max);
		else
			n++;
	}
	if (!ok)
		return false;
	qsort(list, n, sizeof *list, by_lo);
	for (i = 1; i < n; i++) {
		if (list[i].lo > (uint64_t)list[kept].hi + 1)
			list[++kept] = list[i];
		else if (list[i].hi > list[kept].hi)
			list[kept].hi = list[i].hi;
	}
	*(struct fl_yaml_ranges *)to = (struct fl_yaml_ranges){.list = list, .n = kept + 1};
	return true;
}

struct suffix { const char *text; uint64_t factor; };

/* digits and one of the suffixes; false if it does not fit */
static bool parse_scaled(const char *s, const struct suffix *suffixes, size_t n, uint64_t max, uint64_t *out)
{
	const char *end = s;
	uint64_t v = 0;
	size_t i;

	if (!parse_u64(s, &end, &v))
		return false;
	for (i = 0; i < n && strcasecmp(end, suffixes[i].text); i++)
		;
	if (i == n || v > max / suffixes[i].factor)
		return false;
	*out = v * suffixes[i].factor;
	return true;
}

bool fl_yaml_take_duration(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			   const char *what, void *to)
{
	static const struct suffix suffixes[] = {
		{"ms", UINT64_C(1000000)}, {"s", UINT64_C(1000000000)}, {"m", UINT64_C(60000000000)},
		{"h", UINT64_C(3600000000000)}, {"d", UINT64_C(86400000000000)},
	};
	uint64_t ns = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_scaled(v->text, suffixes, FL_ARRAY_LEN(suffixes), INT64_MAX, &ns) || !ns)
		return fl_yaml_expected(c, v, k, what, "a duration such as 500ms, 30s, 5m, 12h or 90d");
	*(int64_t *)to = (int64_t)ns;
	return true;
}

bool fl_yaml_take_size(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		       const char *what, void *to)
{
	static const struct suffix suffixes[] = {
		{"", 1}, {"K", 1 << 10}, {"KiB", 1 << 10}, {"M", 1 << 20}, {"MiB", 1 << 20}, {"G", 1 << 30}, {"GiB", 1 << 30},
	};
	const struct fl_yaml_span *span = k->arg;
	uint64_t u = 0;

	if (v->kind != FL_YAML_SCALAR || !parse_scaled(v->text, suffixes, FL_ARRAY_LEN(suffixes), UINT64_MAX, &u) ||
	    u < span->min || u > span->max)
		return fl_yaml_expected(c, v, k, what, "a size such as 4096, 64K, 64M or 2G, from %llu to %llu bytes",
					(unsigned long long)span->min, (unsigned long long)span->max);
	*(uint64_t *)to = u;
	return true;
}
