/* enip_tls.h - EtherNet/IP over TLS or DTLS, TCP and UDP port 2221: recognised, not read. See enip_tls.c. */
#ifndef FENCELINE_ENIP_TLS_H
#define FENCELINE_ENIP_TLS_H

#include "fenceline/dissector.h"

struct fl_enip_tls_state {
	bool seen;      /* a record was taken: no longer FL_NOT_MINE */
	bool resync[2]; /* after loss: a record may begin at the next segment, or not */
	bool told;      /* its operation was yielded */
};

extern const struct fl_dissector fl_enip_tls_dissector;

#endif
