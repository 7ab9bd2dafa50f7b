/* linktype.c - the few link types whose number in a capture file is not their number in libpcap's interface.
 *
 * libpcap translates when it reads a file and does not export its table. Only the old DLT_ values, given out by
 * each system for itself before 2000, differ; all others are equal by definition (pcap/dlt.h). */
#include "capture/linktype.h"

#include <pcap/pcap.h>

#include "fenceline/compiler.h"

static const struct {
	int dlt;
	uint16_t linktype;
} differing[] = {
	{DLT_ATM_RFC1483, 100}, {DLT_RAW, 101}, {DLT_SLIP_BSDOS, 102}, {DLT_PPP_BSDOS, 103},
	{DLT_ATM_CLIP, 106},    {DLT_LOOP, 108}, {DLT_PFSYNC, 246},    {DLT_PKTAP, 258},
};

uint16_t fl_linktype_from_dlt(int dlt)
{
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(differing); i++)
		if (differing[i].dlt == dlt)
			return differing[i].linktype;
	return (uint16_t)dlt;
}

int fl_linktype_to_dlt(uint16_t linktype)
{
	size_t i;

	for (i = 0; i < FL_ARRAY_LEN(differing); i++)
		if (differing[i].linktype == linktype)
			return differing[i].dlt;
	return linktype;
}
