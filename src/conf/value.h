/* SPDX-License-Identifier: ISC */
/*
 * Texts of the configuration file become values.  Each function returns NULL,
 * or what would be allowed ("a duration such as 30s ..."): words for behind
 * "expected".
 */
#ifndef POSTHORN_VALUE_H
#define POSTHORN_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/account.h"

/* yes, no, true, false, on, off in any case. */
const char	*value_bool(const char *s, bool *to);
/* Decimal digits only, min to max. */
const char	*value_number(const char *s, unsigned long min,
		    unsigned long max, unsigned long *to);
/* "30s", "5m", "1h", "2d": milliseconds; at least 1s, at most 365d. */
const char	*value_duration(const char *s, int64_t *ms);
/* Octets: "1000", "64k", "25M", "1G" (powers of 1024); at least 1. */
const char	*value_size(const char *s, uint64_t *to);
/* name, name:port, [v6], [v6]:port, v4, v4:port, v6, unix:/path.  On success
 * h owns a name; port 0: none was given. */
const char	*value_host(const char *s, struct host *h);
/* A host name as people write it (U-labels too) or an address literal without
 * brackets. */
const char	*value_host_name(const char *s, bool *is_address);
/* "sha256:HEX" or "spki-sha256:HEX", 64 digits, colons between octets
 * allowed: a copy in lower case without separators. */
const char	*value_pin(const char *s, char **to);
/* An absolute path without control characters. */
const char	*value_path(const char *s);
/* One mailbox with a domain: its address in wire form and, if it has one, its
 * name; both to free, what was there is freed. */
const char	*value_mailbox(const char *s, char **name, char **address);
/* A control character in it? */
bool	value_has_control(const char *s);

#endif
