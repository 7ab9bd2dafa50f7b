/* replay.c - runs a fuzz target over a corpus directory (and over every prefix of each input), without libFuzzer.
 *
 * Inputs lie in exact-size heap blocks, so that address sanitizer sees an over-read of one byte. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_exact(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		abort();
	if (n)
		memcpy(copy, data, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *buf = NULL;
	size_t n = 0, cap = 0, got, cut, step;

	if (!f) {
		perror(path);
		return 1;
	}
	do {
		if (cap - n < 65536) {
			cap = cap ? cap * 2 : 131072;
			buf = realloc(buf, cap);
			if (!buf)
				abort();
		}
		got = fread(buf + n, 1, cap - n, f);
		n += got;
	} while (got);
	fclose(f);
	run_exact(buf, n);
	step = n / 256 + 1; /* at most 256 prefixes of a long input, every prefix of a short one */
	for (cut = 0; cut < n; cut += step)
		run_exact(buf, cut);
	free(buf);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned files = 0;
	struct dirent *e;
	char path[4096];
	DIR *d;
	int i, bad = 0;

	for (i = 1; i < argc; i++) {
		d = opendir(argv[i]);
		if (!d) {
			bad |= run_file(argv[i]);
			files++;
			continue;
		}
		while ((e = readdir(d))) {
			if (e->d_name[0] == '.')
				continue;
			snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
			bad |= run_file(path);
			files++;
		}
		closedir(d);
	}
	if (!files) {
		fprintf(stderr, "no input found: a replay of nothing proves nothing\n");
		return 1;
	}
	printf("replayed %u inputs\n", files);
	return bad;
}
