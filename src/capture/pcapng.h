/* pcapng.h - pcapng files that libpcap refuses: interfaces of different link types or snap lengths.
 *
 * Such a file is scanned once for the link types in it; then each becomes a stream of its own, a well-formed
 * pcapng in which only that link type occurs, and libpcap parses that. Regular files only, as a scan must be
 * able to go back. */
#ifndef FL_SRC_CAPTURE_PCAPNG_H
#define FL_SRC_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fenceline/compiler.h"

/* Link types told apart in one file. Real ones have two or three; each costs one more reading of the file. */
#define FL_NG_LINKTYPES_MAX 16u

struct fl_ng_scan {
	bool must_split; /* libpcap cannot read the file as it is */
	bool too_many;   /* more than FL_NG_LINKTYPES_MAX link types */
	unsigned linktypes;
	uint16_t linktype[FL_NG_LINKTYPES_MAX]; /* in the order of their first interface */
};

/* fl_ng_scan - walks the blocks of f from where it stands, then goes back there. A file that is no pcapng, or is
 * torn, is scanned as far as it goes: what is wrong with it is for libpcap to say.
 * errors   FL_EIO: f cannot be repositioned */
int fl_ng_scan(FILE *f, struct fl_ng_scan *out) FL_MUST_USE;

/* fl_ng_split - a read-only stream over f (taken, also on failure) that holds the packets of scan->linktype[which].
 * *pos is kept at the number of bytes of f that were read, and must live as long as the stream. NULL: memory. */
FILE *fl_ng_split(FILE *f, const struct fl_ng_scan *scan, unsigned which, _Atomic uint64_t *pos) FL_MUST_USE;

#endif
