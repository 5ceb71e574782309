/* SPDX-License-Identifier: ISC */
/* Our secret in a server's mouth: some repeat what they did not understand. */
#include <gnutls/gnutls.h>

#include <string.h>

#include "base/mem.h"
#include "smtp/mask.h"

/* Fewer characters of base64 say too little. */
#define LEAST	4

/* The secret in base64 with `shift` octets in front of it: the characters
 * that depend on the secret alone are looked for. */
static bool
mask_encoded(const struct mask *m, size_t shift, const char *text, size_t n)
{
	size_t first = (shift * 8 + 5) / 6, end = (shift + m->len) * 8 / 6;
	char *plain = mem_alloc(shift + m->len);
	gnutls_datum_t in = { (unsigned char *)plain,
	    (unsigned)(shift + m->len) }, out;
	bool found = false;

	memcpy(plain + shift, m->secret, m->len);
	if (end - first >= LEAST && gnutls_base64_encode2(&in, &out) >= 0) {
		found = memmem(text, n, out.data + first, end - first) != NULL;
		gnutls_memset(out.data, 0, out.size);
		gnutls_free(out.data);
	}
	mem_wipe(plain, shift + m->len);
	return found;
}

bool
mask_finds(const struct mask *m, const char *text, size_t n)
{
	size_t shift;

	if (m == NULL || m->len == 0)
		return false;
	if (memmem(text, n, m->secret, m->len) != NULL)
		return true;
	for (shift = 0; shift < 3; shift++)
		if (mask_encoded(m, shift, text, n))
			return true;
	return false;
}
