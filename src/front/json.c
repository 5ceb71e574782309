/* SPDX-License-Identifier: ISC */
/* JSON as it is written. */
#include <inttypes.h>
#include <string.h>

#include "front/json.h"
#include "mail/words.h"

static void
put_key(struct json *j, const char *key)
{
	if (j->more)
		putc(',', j->out);
	j->more = true;
	if (key != NULL)
		fprintf(j->out, "\"%s\":", key);
}

void
json_open(struct json *j, const char *key)
{
	put_key(j, key);
	putc('{', j->out);
	j->more = false;
}

void
json_close(struct json *j)
{
	putc('}', j->out);
	j->more = true;
}

void
json_list(struct json *j, const char *key)
{
	put_key(j, key);
	putc('[', j->out);
	j->more = false;
}

void
json_list_end(struct json *j)
{
	putc(']', j->out);
	j->more = true;
}

/* Octets at s that stand for themselves. */
static size_t
plain(const char *s)
{
	size_t n = 0;

	while ((unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x7f &&
	    s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

/* What does not: octets used up. */
static size_t
put_odd(FILE *out, const char *s)
{
	size_t n = words_char(s, strnlen(s, 4));

	if (*s == '"' || *s == '\\')
		fprintf(out, "\\%c", *s);
	else if ((unsigned char)*s < 0x20 || *s == 0x7f)
		fprintf(out, "\\u%04x", (unsigned)*s);
	else if (n > 0)
		fwrite(s, 1, n, out);
	else
		fputs("\\ufffd", out);
	return n > 0 ? n : 1;
}

void
json_string(struct json *j, const char *key, const char *text)
{
	size_t n;

	put_key(j, key);
	if (text == NULL) {
		fputs("null", j->out);
		return;
	}
	putc('"', j->out);
	while (*text != '\0') {
		n = plain(text);
		fwrite(text, 1, n, j->out);
		text += n;
		if (*text != '\0')
			text += put_odd(j->out, text);
	}
	putc('"', j->out);
}

void
json_number(struct json *j, const char *key, int64_t value)
{
	put_key(j, key);
	fprintf(j->out, "%" PRId64, value);
}

void
json_flag(struct json *j, const char *key, bool value)
{
	put_key(j, key);
	fputs(value ? "true" : "false", j->out);
}

void
json_time(struct json *j, const char *key, int64_t value)
{
	if (value == 0)
		json_string(j, key, NULL);
	else
		json_number(j, key, value);
}
