/* linktype.h - between libpcap's DLT_ values, which differ between systems, and the LINKTYPE_ values of files. */
#ifndef FL_SRC_CAPTURE_LINKTYPE_H
#define FL_SRC_CAPTURE_LINKTYPE_H

#include <stdint.h>

/* fl_linktype_from_dlt - the LINKTYPE_ value (tcpdump.org/linktypes.html) of what pcap_datalink gives. */
uint16_t fl_linktype_from_dlt(int dlt);
/* fl_linktype_to_dlt - the DLT_ value of this system. */
int fl_linktype_to_dlt(uint16_t linktype);

#endif
