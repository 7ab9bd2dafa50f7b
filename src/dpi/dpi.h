/* dpi.h - nDPI behind a narrow door: the only room that knows ndpi_api.h. One module per worker, no locks. */
#ifndef FL_SRC_DPI_H
#define FL_SRC_DPI_H

#include "fenceline/compiler.h"
#include "fenceline/flow.h"
#include "fenceline/packet.h"
#include "fenceline/vocab.h"

struct fl_dpi;

struct fl_dpi_stats { uint64_t flows, decided, gave_up, packets; uint32_t open; };

/* fl_dpi_vocab - every protocol name of nDPI into v, lower case; names of ours win where both know a protocol
 * ("ethernetip" and "ethernet/ip" are "enip"). Call before v is shared. */
int fl_dpi_vocab(struct fl_vocab *v) FL_MUST_USE;
int fl_dpi_new(struct fl_dpi **out, const struct fl_vocab *v) FL_MUST_USE;
void fl_dpi_free(struct fl_dpi *d); /* every flow was ended or dropped before */
/* fl_dpi_packet - feed one IP packet of a flow that has no final label. Updates f->label; when decided (or the packet
 * limit is reached) the label is final and f->dpi is freed and NULL. A packet cut by the snap length is fed as far
 * as it goes. */
void fl_dpi_packet(struct fl_dpi *d, struct fl_flow *f, uint8_t sender, const struct fl_packet *p);
/* fl_dpi_end - the flow ends undecided: nDPI's last word (a guess by port or address is FL_LABEL_PORT), label final,
 * state freed. What stood in the way of a label (no memory, bytes missing, too few packets) is noted: fl_label_note(). */
void fl_dpi_end(struct fl_dpi *d, struct fl_flow *f);
/* fl_dpi_drop - a dissector took the flow: free the state, keep the risks seen so far. */
void fl_dpi_drop(struct fl_dpi *d, struct fl_flow *f);
void fl_dpi_stats(const struct fl_dpi *d, struct fl_dpi_stats *out);
const char *fl_dpi_risk_name(unsigned bit);         /* NULL if nDPI has no such risk; stable snake_case; "other": newer than our table */
const char *fl_dpi_category_name(unsigned category); /* NULL for unspecified */
/* fl_dpi_confidence_name - how nDPI came by a label; NULL for none; stable snake_case: the number is the release's own. */
const char *fl_dpi_confidence_name(unsigned confidence);
unsigned fl_dpi_category_industrial(void); /* of what our own dissectors recognise */
const char *fl_dpi_version(void);

#endif
