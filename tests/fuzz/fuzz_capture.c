/* fuzz_capture.c - any bytes as a capture file: opened, split where it has several link types, read to its end.
 *
 * Invariants: frames are numbered from 1, name an interface that exists, and hold no more than was on the wire. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	volatile uint8_t sum = 0;
	char path[64], err[FL_CAPTURE_ERR_MAX];
	const char *files[1] = {path};
	struct fl_capture *c = NULL;
	struct fl_frame f;
	uint64_t n = 0;
	uint32_t i;
	int got;

	if (fd < 0)
		fd = memfd_create("capture", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fl_capture_open_files(&c, files, 1, NULL, err))
		return 0;
	while ((got = fl_capture_next(c, &f)) == FL_CAPTURE_FRAME) {
		n++;
		if (f.iface >= fl_capture_ifaces(c) || f.caplen > f.wirelen || f.number != n || f.ts_ns < 0)
			abort();
		for (i = 0; i < f.caplen; i++)
			sum = (uint8_t)(sum ^ f.data[i]);
	}
	if (got != FL_CAPTURE_END)
		abort();
	fl_capture_close(c);
	return 0;
}
