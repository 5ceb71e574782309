/* SPDX-License-Identifier: ISC */
/* Whose certificate it is: the names it bears against the name we want. */
#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "net/names.h"

/* One subjectAltName of a certificate. */
struct altname {
	int		type;		/* GNUTLS_SAN_* */
	size_t		size;
	unsigned char	value[1024];	/* terminated */
};

/* Sets *a to the i-th name: 1; 0 for one too long to be ours; -1 at the end
 * or if the rest cannot be read. */
static int
names_get(gnutls_x509_crt_t crt, unsigned i, struct altname *a)
{
	a->size = sizeof(a->value) - 1;
	a->type = gnutls_x509_crt_get_subject_alt_name(crt, i, a->value,
	    &a->size, NULL);
	if (a->type == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return 0;
	if (a->type < 0)
		return -1;
	a->value[a->size] = '\0';
	return 1;
}

/* The octets of an address literal, 4 or 16; 0: it is none. */
static unsigned
names_octets(const char *name, unsigned char octets[16])
{
	char bare[INET6_ADDRSTRLEN];
	size_t n = strcspn(name, "%");	/* a zone is no part of it */

	if (n >= sizeof(bare))
		return 0;
	memcpy(bare, name, n);
	bare[n] = '\0';
	if (inet_pton(AF_INET, name, octets) == 1)
		return 4;
	return inet_pton(AF_INET6, bare, octets) == 1 ? 16 : 0;
}

bool
names_address(const char *name)
{
	unsigned char octets[16];

	return names_octets(name, octets) != 0;
}

/* Does a dNSName fit the host name? */
static bool
names_match(const char *pattern, const char *host)
{
	const char *rest;

	if (strncmp(pattern, "*.", 2) != 0)
		return strcasecmp(pattern, host) == 0;
	rest = strchr(host, '.');
	return rest != NULL && rest != host && strchr(rest + 1, '.') != NULL &&
	    strcasecmp(pattern + 1, rest) == 0;
}

/* The host name as certificates spell it, to be freed. */
static char *
names_wire(const char *name)
{
	size_t n = strlen(name);
	gnutls_datum_t mapped;
	char *wire;

	if (gnutls_idna_map(name, (unsigned)n, &mapped, 0) < 0)
		wire = mem_dup(name);
	else {
		wire = mem_ndup(mapped.data, mapped.size);
		gnutls_free(mapped.data);
	}
	n = strlen(wire);
	if (n > 1 && wire[n - 1] == '.')
		wire[n - 1] = '\0';
	return wire;
}

bool
names_fit(gnutls_x509_crt_t crt, const char *name, bool is_address)
{
	unsigned char octets[16];
	unsigned i, n = names_octets(name, octets);
	struct altname a;
	bool fits = false;
	char *host;
	int rc;

	if (n > 0)
		return gnutls_x509_crt_check_ip(crt, octets, n, 0) != 0;
	if (is_address)
		return false;
	host = names_wire(name);
	for (i = 0; !fits && (rc = names_get(crt, i, &a)) >= 0; i++)
		fits = rc == 1 && a.type == GNUTLS_SAN_DNSNAME &&
		    strlen((char *)a.value) == a.size &&
		    names_match((char *)a.value, host);
	free(host);
	return fits;
}

const char *
names_list(gnutls_x509_crt_t crt, char *text, size_t size)
{
	size_t at = 0, n;
	struct altname a;
	char address[INET6_ADDRSTRLEN];
	const char *s;
	unsigned i;
	int rc;

	for (i = 0; (rc = names_get(crt, i, &a)) >= 0; i++) {
		s = (char *)a.value;
		if (a.type == GNUTLS_SAN_IPADDRESS)
			s = inet_ntop(a.size == 4 ? AF_INET : AF_INET6, a.value,
			    address, sizeof(address));
		else if (a.type != GNUTLS_SAN_DNSNAME)
			s = NULL;
		n = s == NULL || rc == 0 ? 0 : strlen(s);
		if (n == 0 || at + n + sizeof(", ...") >= size)
			continue;
		if (at > 0)
			at += (size_t)snprintf(text + at, size - at, ", ");
		at += (size_t)snprintf(text + at, size - at, "%s", s);
	}
	if (at == 0)
		snprintf(text, size, "no name");
	return text;
}

/* One attribute of the subject's or the issuer's name: was there one? */
static bool
names_attribute(gnutls_x509_crt_t crt, const char *oid, bool issuer,
    char *text, size_t size)
{
	size_t n = size;
	int rc = issuer ?
	    gnutls_x509_crt_get_issuer_dn_by_oid(crt, oid, 0, 0, text, &n) :
	    gnutls_x509_crt_get_dn_by_oid(crt, oid, 0, 0, text, &n);

	return rc == 0 && n > 0 && text[0] != '\0';
}

const char *
names_subject(gnutls_x509_crt_t crt, char *text, size_t size)
{
	if (!names_attribute(crt, GNUTLS_OID_X520_COMMON_NAME, false, text,
	    size) && !names_attribute(crt, GNUTLS_OID_X520_ORGANIZATION_NAME,
	    false, text, size))
		names_list(crt, text, size);
	return text;
}

const char *
names_issuer(gnutls_x509_crt_t crt, char *text, size_t size)
{
	size_t n = size;

	if (!names_attribute(crt, GNUTLS_OID_X520_COMMON_NAME, true, text,
	    size) && !names_attribute(crt, GNUTLS_OID_X520_ORGANIZATION_NAME,
	    true, text, size) &&
	    gnutls_x509_crt_get_issuer_dn(crt, text, &n) < 0)
		snprintf(text, size, "no name");
	return text;
}
