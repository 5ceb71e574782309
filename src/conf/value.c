/* SPDX-License-Identifier: ISC */
/* Texts of the configuration file become values. */
#include <arpa/inet.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "conf/value.h"
#include "mail/address.h"

#define DURATION "a duration from 1s to 365d, such as 30s, 5m, 1h or 2d"
#define SIZE "a size such as 500k, 25M or 1G"
#define HOST "name, name:port, [IPv6 address]:port or unix:/path"
#define PORT "a port from 1 to 65535"
#define MAILBOX "one address, user@domain or Name <user@domain>"
#define PIN "sha256: or spki-sha256: and 64 hexadecimal digits"

const char *
value_bool(const char *s, bool *to)
{
	static const char *const words[] = {
		"false", "true", "no", "yes", "off", "on"
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(s, words[i]) == 0) {
			*to = i % 2 == 1;
			return NULL;
		}
	return "true or false";
}

/* Leading digits up to max; the rest of s, or NULL when there are none or
 * too many. */
static const char *
value_digits(const char *s, uint64_t max, uint64_t *to)
{
	const char *p = s;

	for (*to = 0; *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (*to > (max - digit) / 10)
			return NULL;
		*to = *to * 10 + digit;
	}
	return p > s ? p : NULL;
}

const char *
value_number(const char *s, unsigned long min, unsigned long max,
    unsigned long *to)
{
	uint64_t n;
	const char *p = value_digits(s, max, &n);

	if (p == NULL || *p != '\0' || n < min)
		return "a number";
	*to = (unsigned long)n;
	return NULL;
}

const char *
value_duration(const char *s, int64_t *ms)
{
	static const struct {
		char		unit;
		uint32_t	seconds;
	} units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }
	};
	const uint64_t most = 365 * (uint64_t)86400;
	uint64_t n;
	const char *p = value_digits(s, most, &n);
	size_t i;

	if (p == NULL || n == 0 || *p == '\0' || p[1] != '\0')
		return DURATION;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == *p && n <= most / units[i].seconds) {
			*ms = (int64_t)(n * units[i].seconds * 1000);
			return NULL;
		}
	return DURATION;
}

const char *
value_size(const char *s, uint64_t *to)
{
	static const char units[] = "kMG";
	const uint64_t most = (uint64_t)1 << 50;
	uint64_t n;
	const char *p = value_digits(s, most, &n);
	const char *unit;

	if (p == NULL || n == 0 || (*p != '\0' && p[1] != '\0'))
		return SIZE;
	if (*p != '\0') {
		unit = strchr(units, *p == 'K' ? 'k' : *p);
		if (unit == NULL)
			return SIZE;
		n <<= 10 * (unit - units + 1);
	}
	if (n > most)
		return SIZE;
	*to = n;
	return NULL;
}

bool
value_has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

const char *
value_path(const char *s)
{
	return *s == '/' ? NULL : "an absolute path (write ~ as \"${HOME}\")";
}

static bool
value_is_address(const char *s)
{
	struct in6_addr a;

	return inet_pton(AF_INET, s, &a) == 1 ||
	    inet_pton(AF_INET6, s, &a) == 1;
}

const char *
value_host_name(const char *s, bool *is_address)
{
	size_t n = strlen(s), i;

	*is_address = value_is_address(s);
	if (*is_address)
		return NULL;
	if (n == 0 || n > LIMIT_DOMAIN || *s == '.' || *s == '-')
		return "a host name";
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x80 && !isalnum(c) && c != '-' && c != '_' &&
		    (c != '.' || s[i + 1] == '.'))
			return "a host name";
	}
	if (s[n - 1] == '.')
		n--;
	for (i = n; i > 0 && isdigit((unsigned char)s[i - 1]); i--)
		;
	return i == 0 || s[i - 1] == '.' ? "a host name or an address" : NULL;
}

/* The parts of [address], [address]:port, name:port, name; port is NULL
 * when there is none. */
static const char *
value_split(char *s, char **name, char **port)
{
	char *end;

	*name = s;
	*port = NULL;
	if (*s == '[') {
		*name = s + 1;
		end = strchr(s, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return HOST;
		*port = end[1] == ':' ? end + 2 : NULL;
		*end = '\0';
		return value_is_address(*name) ? NULL : HOST;
	}
	end = strchr(s, ':');
	if (end != NULL && !value_is_address(s)) {
		*end = '\0';
		*port = end + 1;
	}
	return NULL;
}

static const char *
value_tcp(char *s, struct host *h)
{
	char *name, *port;
	const char *expected = value_split(s, &name, &port);
	unsigned long n = 0;
	size_t len;

	if (expected != NULL)
		return expected;
	if (port != NULL && value_number(port, 1, 65535, &n) != NULL)
		return HOST "; " PORT;
	if (value_host_name(name, &h->is_address) != NULL)
		return HOST;
	len = strlen(name);
	if (name[len - 1] == '.')
		len--;
	h->port = (uint16_t)n;
	h->own_port = n != 0;
	h->name = mem_ndup(name, len);
	return NULL;
}

const char *
value_host(const char *s, struct host *h)
{
	const char *expected;
	char *copy;

	memset(h, 0, sizeof(*h));
	if (strncmp(s, "unix:", 5) == 0) {
		if (s[5] != '/' || strlen(s + 5) > 107)
			return "unix: and an absolute path of at most 107 "
			    "octets";
		h->is_unix = true;
		h->name = mem_dup(s + 5);
		return NULL;
	}
	copy = mem_dup(s);
	expected = value_tcp(copy, h);
	free(copy);
	return expected;
}

const char *
value_pin(const char *s, char **to)
{
	static const char *const kinds[] = { "sha256:", "spki-sha256:" };
	char hex[65];
	const char *p = NULL;
	size_t i, n = 0;
	char *pin;

	for (i = 0; i < 2 && p == NULL; i++)
		if (strncasecmp(s, kinds[i], strlen(kinds[i])) == 0)
			p = s + strlen(kinds[i]);
	if (p == NULL)
		return PIN;
	for (; *p != '\0'; p++) {
		if (*p == ':' && n > 0 && n % 2 == 0 && p[1] != '\0' &&
		    p[-1] != ':')
			continue;
		if (!isxdigit((unsigned char)*p) || n == 64)
			return PIN;
		hex[n++] = (char)tolower((unsigned char)*p);
	}
	if (n != 64)
		return PIN;
	hex[64] = '\0';
	n = strlen(kinds[i - 1]) + sizeof(hex);
	pin = mem_alloc(n);
	memcpy(pin, kinds[i - 1], n - sizeof(hex));
	memcpy(pin + n - sizeof(hex), hex, sizeof(hex));
	*to = pin;
	return NULL;
}

static void
value_take(char **to, const char *s)
{
	free(*to);
	*to = mem_dup(s);
}

const char *
value_mailbox(const char *s, char **name, char **address)
{
	const char *expected = MAILBOX;
	struct address_scan scan;
	struct address found;
	struct outcome why;
	struct buf wire;

	buf_init(&wire, LIMIT_ADDRESS);
	address_scan(&scan, s, strlen(s));
	if (address_next(&scan, &found, &why) == 1 && !found.bare &&
	    address_wire(&wire, &found, NULL, &why) == 0) {
		value_take(address, wire.data);
		if (*found.phrase != '\0')
			value_take(name, found.phrase);
		if (address_next(&scan, &found, &why) == 0)
			expected = NULL;
	}
	address_done(&scan);
	buf_free(&wire);
	return expected;
}
