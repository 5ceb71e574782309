/* SPDX-License-Identifier: ISC */
/* Addresses as they go on the wire: quoting, A-labels, checks. */
#include <arpa/inet.h>

#include <string.h>
#include <strings.h>

#include <gnutls/gnutls.h>

#include "base/limits.h"
#include "mail/words.h"
#include "mail/address.h"

#define LABEL_MAX	63u	/* RFC 1035 section 2.3.4 */

static int
not_a_domain(struct outcome *o, const char *domain)
{
	return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "\"%s\" cannot be a mail domain", domain);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Letters, digits, hyphens inside; underscores are in use, too. */
static bool
is_label(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (i = 0; i < n; i++)
		if (!words_atom(s[i]) ||
		    strchr("!#$%&'*+/=?^`{|}~", s[i]) != NULL)
			return false;
	return true;
}

/* Labels in lower case, one final dot left out. */
static int
add_labels(struct buf *b, const char *domain, size_t n)
{
	size_t i, from;

	if (n > 0 && domain[n - 1] == '.')
		n--;
	if (n > LIMIT_DOMAIN)
		return -1;
	for (i = from = 0; i <= n; i++) {
		if (i < n && domain[i] != '.')
			continue;
		if (!is_label(domain + from, i - from))
			return -1;
		from = i + 1;
	}
	for (i = 0; i < n; i++)
		if (buf_putc(b, lower(domain[i])) < 0)
			return -1;
	return 0;
}

static int
add_literal(struct buf *b, const char *domain, size_t n)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;
	bool six = strncasecmp(domain, "[IPv6:", 6) == 0;
	size_t head = six ? 6 : 1;

	if (n < head + 2 || domain[n - 1] != ']' ||
	    n - head - 1 >= sizeof(text))
		return -1;
	memcpy(text, domain + head, n - head - 1);
	text[n - head - 1] = '\0';
	if (inet_pton(six ? AF_INET6 : AF_INET, text, &addr) != 1)
		return -1;
	return buf_printf(b, "[%s%s]", six ? "IPv6:" : "", text);
}

/* libidn2 drops some characters without a word, such as a fullwidth '>':
 * another domain than the one written. */
static bool
vanishes(const char *s, size_t n)
{
	gnutls_datum_t out = { NULL, 0 };
	char text[8] = "x";
	bool gone;

	memcpy(text + 1, s, n);
	text[n + 1] = 'x';
	if (n == 1 || gnutls_idna_map(text, (unsigned)n + 2, &out,
	    GNUTLS_IDNA_FORCE_2008) < 0)
		return false;
	gone = out.size == 2;
	gnutls_free(out.data);
	return gone;
}

/* What IDNA makes of a domain is checked like any other. */
static int
add_alabels(struct buf *b, const char *domain, size_t n)
{
	gnutls_datum_t out = { NULL, 0 };
	size_t i, k;
	int rc;

	for (i = 0; i < n; i += k)
		if ((k = words_char(domain + i, n - i)) == 0 ||
		    n > LIMIT_DOMAIN || vanishes(domain + i, k))
			return -1;
	if (gnutls_idna_map(domain, (unsigned)n, &out,
	    GNUTLS_IDNA_FORCE_2008) < 0)
		return -1;
	rc = add_labels(b, (const char *)out.data, out.size);
	gnutls_free(out.data);
	return rc;
}

static bool
is_ascii(const char *s, size_t n)
{
	for (; n > 0; n--, s++)
		if ((unsigned char)*s > 0x7f)
			return false;
	return true;
}

int
address_domain(struct buf *b, const char *domain, struct outcome *o)
{
	size_t n = strlen(domain), mark = b->len;
	int rc;

	if (*domain == '[')
		rc = add_literal(b, domain, n);
	else if (is_ascii(domain, n))
		rc = add_labels(b, domain, n);
	else
		rc = add_alabels(b, domain, n);
	if (rc == 0)
		return 0;
	words_cut(b, mark);
	return not_a_domain(o, domain);
}

/* Is the character a C1 control, or U+2028 or U+2029?  Some libraries end a
 * line there. */
static bool
breaks_lines(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	return (n == 2 && p[0] == 0xc2 && p[1] < 0xa0) || (n == 3 &&
	    p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9));
}

/* Printable, and nothing that ends a path for a server that does not know
 * about quotes. */
static bool
is_harmless(const char *s, size_t n)
{
	size_t k;

	for (; n > 0; s += k, n -= k) {
		k = words_char(s, n);
		if (k == 0 || (unsigned char)*s < ' ' || *s == 0x7f ||
		    *s == '<' || *s == '>')
			return false;
		if (breaks_lines(s, k))
			return false;
	}
	return true;
}

static bool
is_dot_atom(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x80 && !words_atom(s[i]) &&
		    (s[i] != '.' || s[i - 1] == '.'))
			return false;
	return true;
}

static int
add_local(struct buf *b, const struct address *a)
{
	if (is_dot_atom(a->local, a->local_len))
		return buf_add(b, a->local, a->local_len);
	return words_quoted(b, a->local, a->local_len);
}

int
address_wire(struct buf *b, const struct address *a, const char *domain,
    struct outcome *o)
{
	size_t mark = b->len;
	int bad;

	if (a->bare && domain == NULL) {
		outcome_fail(o, FAULT_CONFIG, STAGE_INPUT,
		    "no domain for the bare name \"%s\"", a->local);
		return outcome_advise(o, "add \"%s: you@example.org\" to "
		    "/etc/aliases, or set `domain`", a->local);
	}
	if (!is_harmless(a->local, a->local_len))
		return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "\"%s\" cannot be an address: the local part holds what "
		    "no server may see", a->local);
	bad = add_local(b, a);
	if (bad == 0 && !(a->bare && *domain == '\0')) {
		bad = buf_putc(b, '@');
		if (bad == 0 && address_domain(b, a->bare ? domain :
		    a->domain, o) < 0) {
			words_cut(b, mark);
			return -1;
		}
	}
	if (bad == 0 && b->len - mark <= LIMIT_ADDRESS)
		return 0;
	words_cut(b, mark);
	return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "address is longer than %u octets: \"%.64s...\"", LIMIT_ADDRESS,
	    a->local);
}

/* "" and "<>", with blanks anywhere. */
static bool
is_null(const char *text)
{
	char got[3] = "";
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ' || *text == '\t')
			continue;
		if (n == 2)
			return false;
		got[n++] = *text;
	}
	return n == 0 || strcmp(got, "<>") == 0;
}

static int
one(struct address_scan *s, struct buf *b, const char *domain,
    struct outcome *o)
{
	struct address a;
	int n = address_next(s, &a, o);

	if (n < 0 || (n > 0 && address_wire(b, &a, domain, o) < 0))
		return -1;
	if (n > 0 && (n = address_next(s, &a, o)) == 0)
		return 0;
	if (n >= 0)
		outcome_fail(o, FAULT_DATA, STAGE_INPUT, n == 0 ?
		    "no address in \"%.200s\"" :
		    "more than one address in \"%.200s\"", s->in.text);
	buf_clear(b);
	return -1;
}

int
address_one(struct buf *b, const char *text, const char *domain,
    struct outcome *o)
{
	struct address_scan s;
	int rc;

	buf_clear(b);
	if (is_null(text))
		return 0;
	address_scan(&s, text, strlen(text));
	rc = one(&s, b, domain, o);
	address_done(&s);
	return rc;
}
