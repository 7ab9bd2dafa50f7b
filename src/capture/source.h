/* source.h - one stream of frames that libpcap reads from a file, with what is told about it. */
#ifndef FL_SRC_CAPTURE_SOURCE_H
#define FL_SRC_CAPTURE_SOURCE_H

#include <pcap/pcap.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "capture/capture.h"

/* What stops a reader that waits: a flag, and a descriptor that polls readable once it is set. */
struct fl_stop {
	atomic_bool set;
	int fd; /* eventfd */
};

struct fl_source {
	pcap_t *pcap;
	char *name;          /* of the interface; owned */
	uint16_t linktype;
	bool pcapng;
	uint64_t frames;     /* delivered */
	uint64_t size;       /* bytes in the file; 0 = not known */
	_Atomic uint64_t pos; /* bytes of it read, kept by our own streams; fl_capture_progress may ask from another thread */
	FILE *plain;         /* a regular file that libpcap reads as it is; owned by pcap; NULL: one of our streams */
	struct fl_stop *stop;
	char damage[FL_CAPTURE_ERR_MAX]; /* "" = none */
	struct fl_frame head; /* the next frame; bytes borrowed from libpcap */
};

struct fl_sources {
	struct fl_source **list; /* pointers, as streams point back at their source */
	unsigned n;
};

/* fl_capture_say - writes a sentence for a person into err and gives code. */
int fl_capture_say(char err[FL_CAPTURE_ERR_MAX], int code, const char *fmt, ...) FL_PRINTF(3, 4);

/* fl_sources_open - appends the source or sources of one file ("-" is standard input).
 * errors   a sentence in err and an fl_err; sources already in the list stay */
int fl_sources_open(struct fl_sources *s, const char *path, const char *bpf, struct fl_stop *stop,
		    char err[FL_CAPTURE_ERR_MAX]) FL_MUST_USE;
void fl_sources_done(struct fl_sources *s);
/* fl_source_next - the next frame to s->head; false at the end, or where the file is damaged or was stopped. */
bool fl_source_next(struct fl_source *s);
uint64_t fl_source_pos(const struct fl_source *s);

/* fl_source_filter - compiles and sets a filter; what names the file or interface for the sentence. */
int fl_source_filter(pcap_t *pcap, const char *bpf, const char *what, char err[FL_CAPTURE_ERR_MAX]) FL_MUST_USE;
/* fl_source_frame - a libpcap header with its bytes as a frame; nano: tv_usec holds nanoseconds. Iface and number
 * are the caller's. unsigned_32: seconds are of a pcap file, where they are unsigned and libpcap makes them signed. */
struct fl_frame fl_source_frame(const struct pcap_pkthdr *h, const u_char *data, uint16_t linktype, bool nano,
				bool unsigned_32);

#endif
