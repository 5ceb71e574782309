/* SPDX-License-Identifier: ISC */
/*
 * JSON (RFC 8259) as it is written, member after member.  Text that is no
 * UTF-8 gets U+FFFD for each octet that does not belong.
 */
#ifndef POSTHORN_JSON_H
#define POSTHORN_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE	*out;
	bool	 more;		/* a comma comes first */
};

/* Keys are constants and need no escapes.  key NULL: an item of a list. */
void	json_open(struct json *j, const char *key);
void	json_close(struct json *j);
void	json_list(struct json *j, const char *key);
void	json_list_end(struct json *j);
/* text NULL: null. */
void	json_string(struct json *j, const char *key, const char *text);
void	json_number(struct json *j, const char *key, int64_t value);
void	json_flag(struct json *j, const char *key, bool value);
/* Seconds since the epoch; 0: null. */
void	json_time(struct json *j, const char *key, int64_t value);

#endif
