/* hash.c - thin over libcrypto's EVP interface. A digest that cannot be computed is our own defect: the algorithms are
 * built in, and a wrong hash in evidence would be worse than an end. */
#include "base/hash.h"

#include <openssl/evp.h>

#include "fenceline/compiler.h"

static void digest(const EVP_MD *md, const void *p, size_t n, uint8_t *out)
{
	if (EVP_Digest(p, n, out, NULL, md, NULL) != 1)
		FL_BUG("libcrypto cannot compute a digest");
}

void fl_sha1(const void *p, size_t n, uint8_t out[20]) { digest(EVP_sha1(), p, n, out); }
void fl_sha256(const void *p, size_t n, uint8_t out[32]) { digest(EVP_sha256(), p, n, out); }

/* The public name is a distinct type so that openssl/evp.h stays in this file. */
static EVP_MD_CTX *ctx(struct fl_sha256 *h) { return (EVP_MD_CTX *)(void *)h; }

struct fl_sha256 *fl_sha256_new(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1) { /* SHA-256 is built in: this is want of memory */
		EVP_MD_CTX_free(c);
		c = NULL;
	}
	return (struct fl_sha256 *)(void *)c;
}

void fl_sha256_add(struct fl_sha256 *h, const void *p, size_t n)
{
	if (EVP_DigestUpdate(ctx(h), p, n) != 1)
		FL_BUG("libcrypto cannot compute a digest");
}

void fl_sha256_end(struct fl_sha256 *h, uint8_t out[32])
{
	if (EVP_DigestFinal_ex(ctx(h), out, NULL) != 1)
		FL_BUG("libcrypto cannot compute a digest");
	EVP_MD_CTX_free(ctx(h));
}

size_t fl_base64(char *out, size_t cap, const void *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *s = p;
	size_t i, len = 0;
	uint32_t v;

	if (n > SIZE_MAX / 4 * 3 - 3 || (n + 2) / 3 * 4 + 1 > cap)
		return 0;
	for (i = 0; i + 2 < n; i += 3) {
		v = (uint32_t)s[i] << 16 | (uint32_t)s[i + 1] << 8 | s[i + 2];
		out[len++] = digits[v >> 18];
		out[len++] = digits[v >> 12 & 63];
		out[len++] = digits[v >> 6 & 63];
		out[len++] = digits[v & 63];
	}
	if (i < n) {
		v = (uint32_t)s[i] << 16 | (i + 1 < n ? (uint32_t)s[i + 1] << 8 : 0);
		out[len++] = digits[v >> 18];
		out[len++] = digits[v >> 12 & 63];
		out[len++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		out[len++] = '=';
	}
	out[len] = '\0';
	return len;
}
