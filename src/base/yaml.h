/* yaml.h - the one YAML loader: text -> tree with positions -> typed members of structs, by tables of keys.
 *
 * Reading. libyaml's events become a tree of scalars, lists and maps in an arena of its own. Scalars keep their text:
 * whether `22:00`, `no`, `2026-01-01` or `00:1b:1b` is a number, a truth value or a date is asked by the member that
 * takes it, never guessed from its looks (YAML 1.1 would make 79200 of the first). Everything a document could use to
 * blow up is bounded while it is read: an alias may only name what is finished, so there are no cycles; the tree with
 * all aliases written out has at most FL_YAML_NODES_MAX nodes, so whoever walks it walks no further than that.
 *
 * Taking. A table of struct fl_yaml_key says for each key of a mapping which function takes its value and where it
 * goes. Unknown, repeated and missing keys and wrong values are told with line and column, all in one go:
 *
 *     plant.yaml:14:5: error: unknown key "memebers" in zone "cell"; did you mean "members"?
 *
 * No globals; a tree is read-only once made. The tree and the file name given must outlive positions taken from it. */
#ifndef FL_SRC_BASE_YAML_H
#define FL_SRC_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/arena.h"
#include "fenceline/compiler.h"
#include "fenceline/diag.h"

#define FL_YAML_NODES_MAX 4000000u /* aliases written out; 100,000 conduits with owners, dates and reasons have 3,000,000 */
#define FL_YAML_DEPTH_MAX 32u      /* our deepest document has 6 */
#define FL_YAML_ANCHORS_MAX 256u   /* looked through one by one */

enum fl_yaml_kind { FL_YAML_SCALAR, FL_YAML_LIST, FL_YAML_MAP };

struct fl_yaml_node {
	struct fl_srcpos at;
	const char *text;                /* scalar: UTF-8, NUL-terminated, no control characters but \n and \t */
	const struct fl_yaml_item *first; /* list, map */
	uint32_t n;                      /* items; bytes of a scalar */
	uint32_t weight;                 /* nodes below and itself, aliases written out */
	uint8_t kind;                    /* enum fl_yaml_kind */
	bool plain;                      /* scalar without quotes */
};

struct fl_yaml_item {
	const struct fl_yaml_item *next;
	const struct fl_yaml_node *key;  /* NULL in a list */
	const struct fl_yaml_node *value;
};

struct fl_yaml {
	struct fl_arena arena;
	const struct fl_yaml_node *root;
};

/* fl_yaml_read - a whole file ("-": standard input) into *text, malloc'd, for free(). FL_ELIMIT beyond
 * FL_POLICY_FILE_BYTES, else what the system says. */
int fl_yaml_read(const char *path, char **text, size_t *n) FL_MUST_USE;
/* fl_yaml_parse - one document. name stands in positions and is borrowed; text is not needed afterwards.
 * FL_EINVALID with one diagnostic, FL_ENOMEM. fl_yaml_done() also after failure, and on a zeroed struct. */
int fl_yaml_parse(struct fl_yaml *y, const char *name, const char *text, size_t n, struct fl_diags *diags) FL_MUST_USE;
void fl_yaml_done(struct fl_yaml *y);

/* What a walk over a tree shares. */
struct fl_yaml_ctx {
	struct fl_diags *diags;
	struct fl_arena *arena; /* texts and lists that are taken are copied into it */
	bool nomem;             /* it ran out; what was taken is incomplete */
	void *user;             /* of whoever wrote the table */
};

struct fl_yaml_key;
/* A take function: v is the value, k its row, what the mapping it stands in (`zone "cell"`), to = object + k->offset. It has told
 * why if it gives false, and then has not touched *to. */
typedef bool fl_yaml_take(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
			  const char *what, void *to);

struct fl_yaml_key {
	const char *name;
	fl_yaml_take *take;
	size_t offset;   /* into the object */
	const void *arg; /* as the take function says */
	bool required;
};

struct fl_yaml_span { uint64_t min, max; };             /* arg of numbers and ranges; inclusive */
struct fl_yaml_names { const char *const *names; size_t n; }; /* arg of take_name and take_names */
struct fl_yaml_range { uint32_t lo, hi; };              /* inclusive */
struct fl_yaml_ranges { const struct fl_yaml_range *list; uint32_t n; }; /* sorted, apart; n = 0: key not given */

/* fl_yaml_map - take every key of a mapping by the table (at most 64 rows). what: "zone \"cell\"", "" for the top of
 * the document. False if anything was wrong; the rest is taken all the same, so that all errors are told. */
bool fl_yaml_map(struct fl_yaml_ctx *c, const struct fl_yaml_node *map, const char *what,
		 const struct fl_yaml_key *keys, size_t n, void *object);
/* fl_yaml_peek - the text of a key's scalar value, or NULL: for naming a mapping before it is read. */
const char *fl_yaml_peek(const struct fl_yaml_node *map, const char *key);
/* fl_yaml_items - the items of a list; anything else stands for a list of itself alone, made in *one. */
const struct fl_yaml_item *fl_yaml_items(const struct fl_yaml_node *v, struct fl_yaml_item *one);
/* fl_yaml_nothing - is it `key:` with no value (or null, ~)? */
bool fl_yaml_nothing(const struct fl_yaml_node *v);
/* fl_yaml_show - a node in a message: "text" (shortened), a list, a mapping, nothing. Gives buf. */
#define FL_YAML_SHOW_MAX 72
const char *fl_yaml_show(const struct fl_yaml_node *v, char buf[FL_YAML_SHOW_MAX]);
/* fl_yaml_expected - `"key" in zone "cell" must be <fmt...>, not "x"`; gives false. */
bool fl_yaml_expected(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k,
		      const char *what, const char *fmt, ...) FL_PRINTF(5, 6);
/* fl_yaml_scalar - is it one value? else an error that says what was expected. */
bool fl_yaml_scalar(struct fl_yaml_ctx *c, const struct fl_yaml_node *v, const struct fl_yaml_key *k, const char *what,
		    const char *expected);
/* fl_yaml_alloc - from c->arena, zeroed; NULL sets c->nomem. */
void *fl_yaml_alloc(struct fl_yaml_ctx *c, size_t n) FL_MUST_USE;

fl_yaml_take fl_yaml_take_text;    /* const char *: not empty */
fl_yaml_take fl_yaml_take_texts;   /* const char *const *: one or a list, ended by NULL */
fl_yaml_take fl_yaml_take_bool;    /* bool: true false yes no on off */
fl_yaml_take fl_yaml_take_u32;     /* uint32_t; arg: span */
fl_yaml_take fl_yaml_take_u64;     /* uint64_t; arg: span */
fl_yaml_take fl_yaml_take_name;    /* uint8_t: index into arg's names (lower case) */
fl_yaml_take fl_yaml_take_names;   /* uint32_t: set of bits by index into arg's names (at most 32); one or a list */
fl_yaml_take fl_yaml_take_day;     /* int64_t: ns since 1970 of the day's first instant in UTC; 2026-01-31 */
fl_yaml_take fl_yaml_take_day_end; /* int64_t: ... of the first instant after the day */
fl_yaml_take fl_yaml_take_clock;   /* uint32_t: minutes since midnight; 22:00, at most 24:00 */
fl_yaml_take fl_yaml_take_ranges;  /* struct fl_yaml_ranges: numbers and a-b, one or a list; arg: span */
fl_yaml_take fl_yaml_take_duration; /* int64_t: ns, more than 0; 500ms 30s 5m 12h 90d */
fl_yaml_take fl_yaml_take_size;    /* uint64_t: bytes; 4096, 64K, 64M, 2G (also KiB, MiB, GiB); arg: span */

/* fl_yaml_parse_range - the text of one number or a-b; false if it is neither. */
bool fl_yaml_parse_range(const char *text, struct fl_yaml_range *out);

#endif
