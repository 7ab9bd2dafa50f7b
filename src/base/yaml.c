/* yaml.c - libyaml events into a tree. See yaml.h for the contract; yaml_take.c makes structs of the tree.
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
