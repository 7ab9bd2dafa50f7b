/* decode.h - frame -> link -> VLAN -> network -> transport. Pure functions over bytes. */
#ifndef FL_SRC_DECODE_H
#define FL_SRC_DECODE_H

#include "fenceline/packet.h"

/* fl_decode - *out is filled as far as the frame could be read; its outcome is also the result. */
enum fl_decode_outcome fl_decode(const struct fl_frame *frame, struct fl_packet *out);

const char *fl_decode_outcome_key(unsigned outcome);  /* counter name: "tcp", "fragment" */
const char *fl_decode_outcome_text(unsigned outcome); /* for a person */
bool fl_decode_outcome_is_decoded(unsigned outcome);

#endif
