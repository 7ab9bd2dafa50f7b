/* hash.h - SHA-1 and SHA-256 by libcrypto, base64 by RFC 4648 4, so that no other room includes OpenSSL for them. */
#ifndef FL_SRC_BASE_HASH_H
#define FL_SRC_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

void fl_sha1(const void *p, size_t n, uint8_t out[20]);
void fl_sha256(const void *p, size_t n, uint8_t out[32]);

/* SHA-256 over several pieces. */
struct fl_sha256;
struct fl_sha256 *fl_sha256_new(void); /* NULL: no memory */
void fl_sha256_add(struct fl_sha256 *h, const void *p, size_t n);
void fl_sha256_end(struct fl_sha256 *h, uint8_t out[32]); /* and frees h */

/* fl_base64 - padded, NUL-terminated into out; gives the length, 0 if cap is too small. */
size_t fl_base64(char *out, size_t cap, const void *p, size_t n);

#endif
