/* capture.h - frames from capture files or live interfaces, in time order. The only room that knows pcap.h. */
#ifndef FL_SRC_CAPTURE_H
#define FL_SRC_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fenceline/compiler.h"
#include "fenceline/packet.h"

#define FL_CAPTURE_ERR_MAX 512

struct fl_capture;

enum fl_capture_result { FL_CAPTURE_FRAME = 1, FL_CAPTURE_IDLE = 0, FL_CAPTURE_END = 2 /* negative: fl_err */ };

struct fl_capture_stats { /* of one interface, since it was opened */
	uint64_t received; /* frames given to the caller */
	uint64_t kernel_dropped, interface_dropped;
	bool kernel; /* the two drop counters are real (live only) */
	const char *damage; /* a file that ends in the middle of a packet or breaks its format: how and where; NULL = whole */
};

/* fl_capture_open_files - n capture files ("-": standard input, once), merged by time stamp; equal stamps in the
 * order given. Each is one interface, named by its base name (a pcapng file with several link types: one for each).
 * bpf: filter expression or NULL. A pipe is waited for until it has told its file header, and nothing can break that
 * wait yet: call this while SIGINT still ends the process. On failure err holds a sentence naming the file and the cure. */
int fl_capture_open_files(struct fl_capture **out, const char *const *files, unsigned n, const char *bpf,
			  char err[FL_CAPTURE_ERR_MAX]) FL_MUST_USE;
/* fl_capture_open_live - one interface, promiscuous, receive only, nanosecond stamps where the kernel gives them.
 * iface_index goes into each frame. On success err is "" or holds a warning: it captures, but not quite as asked. */
int fl_capture_open_live(struct fl_capture **out, const char *iface, uint16_t iface_index, const char *bpf,
			 unsigned buffer_mib, char err[FL_CAPTURE_ERR_MAX]) FL_MUST_USE;
/* fl_capture_next - the next frame; it and its bytes are valid until the next call.
 * FRAME, IDLE (live: nothing within 100 ms), END (files are read, or fl_capture_break), or a negative fl_err. */
int fl_capture_next(struct fl_capture *c, struct fl_frame *frame) FL_MUST_USE;
/* fl_capture_break - makes fl_capture_next give END soon: from files at once; live after the frames that the kernel had
 * received by then. Safe in a signal handler and from any thread. */
void fl_capture_break(struct fl_capture *c);
unsigned fl_capture_ifaces(const struct fl_capture *c);
const char *fl_capture_iface_name(const struct fl_capture *c, unsigned i);
void fl_capture_stats(struct fl_capture *c, unsigned i, struct fl_capture_stats *out);
/* fl_capture_progress - bytes of the files read so far and in all; total 0 where it is not known (a pipe, live). */
void fl_capture_progress(const struct fl_capture *c, uint64_t *done, uint64_t *total);
const char *fl_capture_error(const struct fl_capture *c); /* sentence for the last negative result */
void fl_capture_close(struct fl_capture *c);              /* NULL is fine */

#endif
