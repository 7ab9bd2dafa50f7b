/* pccc.h - PCCC, the commands of PLC-5, SLC 500 and MicroLogix, as CIP carries them to class 0x67.
 *
 *     requestor: length (its own bytes, 7)  vendor (2)  serial (4)
 *     command (bit 6: reply)  STS  TNS (2)  [EXT STS, if STS is 0xF0]  [function, of requests 06, 07, 0F]  data
 *
 * Pure. Source: Rockwell 1770-6.5.16; 1756-PM020 (Execute PCCC). */
#ifndef FENCELINE_PCCC_H
#define FENCELINE_PCCC_H

#include <stddef.h>

#include "fenceline/rd.h"
#include "pccc_table.h"

#define FL_PCCC_NAME_MAX 32

struct fl_pccc {
	uint8_t command;       /* without the reply bit */
	bool reply;
	uint8_t status, extended;
	uint16_t tns;
	unsigned function;     /* FL_PCCC_NONE: there is none, or not on the wire */
	struct fl_pccc_row row;
	uint16_t vendor;
	uint32_t serial;
	bool has_address;
	uint8_t size, file_type;
	char name[FL_PCCC_NAME_MAX]; /* "N7:12", "T4:0.2", "$TAG", "program"; "" = none */
};

/* fl_pccc_parse - false: it ends before the transaction number does. */
bool fl_pccc_parse(struct fl_rd r, struct fl_pccc *out);

#endif
