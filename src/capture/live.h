/* live.h - one network interface, listened to. */
#ifndef FL_SRC_CAPTURE_LIVE_H
#define FL_SRC_CAPTURE_LIVE_H

#include "capture/source.h"

struct fl_live {
	pcap_t *pcap;
	char *name;
	int fd;             /* polls readable when frames wait; -1 = the device has none */
	bool nano;
	uint16_t linktype, index;
	uint64_t frames;
	struct pcap_stat last; /* as libpcap gave it, 32 bits wide */
	uint64_t dropped, if_dropped;
	bool counted;       /* pcap_stats has worked */
	bool stopping, drained; /* after a break: giving what came before it; the last wait is over */
	int64_t stop_ns;
};

/* fl_live_open - on failure, or to warn, err holds a sentence; else it is "". */
int fl_live_open(struct fl_live *l, const char *iface, uint16_t index, const char *bpf, unsigned buffer_mib,
		 char err[FL_CAPTURE_ERR_MAX]) FL_MUST_USE;
void fl_live_done(struct fl_live *l);
/* fl_live_next - an fl_capture_result, or a negative fl_err with a sentence in err. */
int fl_live_next(struct fl_live *l, struct fl_stop *stop, struct fl_frame *frame,
		 char err[FL_CAPTURE_ERR_MAX]) FL_MUST_USE;
void fl_live_stats(struct fl_live *l, struct fl_capture_stats *out);

#endif
