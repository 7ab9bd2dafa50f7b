/* vocab.c - protocol names and their numbers. Linear look-up: it is used when a policy is loaded, never per packet. */
#include "fenceline/vocab.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fenceline/err.h"

int fl_vocab_init(struct fl_vocab *v)
{
	static const char *const fixed[] = {
#define X(name, text) text,
		FL_PROTOCOLS_FIXED(X)
#undef X
#define X(number, name, text, upkeep, source) text,
		FL_ETHERTYPES(X)
#undef X
#define X(name, text, upkeep, source) text,
		FL_LLC_PROTOCOLS(X)
#undef X
#define X(name, text, ip, source) text,
		FL_TUNNELS(X)
#undef X
	};
	size_t i;
	int id;

	*v = (struct fl_vocab){0};
	for (i = 0; i < FL_ARRAY_LEN(fixed); i++) {
		id = fl_vocab_add(v, fixed[i]);
		if (id < 0) {
			fl_vocab_done(v);
			return id;
		}
	}
	return FL_OK;
}

void fl_vocab_done(struct fl_vocab *v)
{
	uint16_t i;
	union {
		const char *in;
		char *out;
	} name;

	if (!v)
		return;
	for (i = 0; i < v->n; i++) {
		name.in = v->names[i];
		free(name.out);
	}
	*v = (struct fl_vocab){0};
}

int fl_vocab_find(const struct fl_vocab *v, const char *name)
{
	uint16_t i;

	for (i = 0; i < v->n; i++)
		if (!strcasecmp(v->names[i], name))
			return i;
	return FL_ENOTFOUND;
}

int fl_vocab_add(struct fl_vocab *v, const char *name)
{
	int id = fl_vocab_find(v, name);
	char *copy, *p;

	if (id >= 0)
		return id;
	if (v->n == FL_VOCAB_MAX)
		return FL_ELIMIT;
	copy = strdup(name);
	if (!copy)
		return FL_ENOMEM;
	for (p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	v->names[v->n] = copy;
	return v->n++;
}

const char *fl_vocab_name(const struct fl_vocab *v, uint16_t id)
{
	return id < v->n ? v->names[id] : "?";
}
