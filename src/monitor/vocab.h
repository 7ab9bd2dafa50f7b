/* vocab.h - the protocol names of this build: transports, our dissectors', nDPI's. */
#ifndef FL_SRC_MONITOR_VOCAB_H
#define FL_SRC_MONITOR_VOCAB_H

#include "fenceline/compiler.h"
#include "fenceline/vocab.h"

int fl_monitor_vocab(struct fl_vocab *v) FL_MUST_USE; /* inits *v; on failure it is empty */

#endif
