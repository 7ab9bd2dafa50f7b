/* words.h - parts of a policy as people read them; used by why.c, summary.c, lint.c. */
#ifndef FL_ZONES_WORDS_H
#define FL_ZONES_WORDS_H

#include "zones/model.h"

/* A text that grows in a caller's buffer; what does not fit is cut between characters. */
struct fl_text {
	char *buf;
	size_t size, len;
};

struct fl_text fl_text_init(char *buf, size_t size);
void fl_text_add(struct fl_text *t, const char *fmt, ...) FL_PRINTF(2, 3);

#define FL_DAY_TEXT_MAX 48
/* fl_day_text - the UTC day of an instant: "2026-12-31". Of an until: the last day, so give the instant - 1. */
const char *fl_day_text(int64_t ns, char buf[FL_DAY_TEXT_MAX]);

void fl_text_ranges(struct fl_text *t, const struct fl_yaml_ranges *r);       /* "0-199, 300" */
void fl_text_classes(struct fl_text *t, uint32_t classes, const char *between); /* "read, write" */
void fl_text_objects(struct fl_text *t, const struct fl_allow *a);           /* "registers 0-199 and coils 3 of units 1-4" */
void fl_text_protocol(struct fl_text *t, const struct fl_vocab *v, const struct fl_allow *a); /* "tls to port 443" */
void fl_text_allow(struct fl_text *t, const struct fl_vocab *v, const struct fl_allow *a);
void fl_text_window(struct fl_text *t, const struct fl_window *w);           /* "sat 22:00-04:00 Europe/Berlin" */

/* fl_is_link_protocol - is that id one of flows between MAC addresses? */
bool fl_is_link_protocol(uint16_t protocol);
/* fl_addr_in - does the prefix hold the address? */
bool fl_addr_in(const struct fl_addr *a, const struct fl_addr *net, unsigned bits);
/* fl_addr_nature - what sort of address it is: "a private address". */
const char *fl_addr_nature(const struct fl_addr *a);
/* fl_is_dissected - does a dissector of ours read the operations of that protocol? */
bool fl_is_dissected(const char *protocol);

#endif
