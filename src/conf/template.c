/* SPDX-License-Identifier: ISC */
/* A sender that is somebody else's for each caller. */
#include <ctype.h>
#include <string.h>

#include "conf/template.h"

bool
template_is(const char *text)
{
	return strchr(text, '%') != NULL;
}

static bool
template_atom(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || *s == '.' || s[n - 1] == '.' || strstr(s, "..") != NULL)
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) &&
		    strchr("!#$%&'*+-/=?^_`{|}~.", *s) == NULL)
			return false;
	return true;
}

static int
template_user(struct buf *b, const char *user)
{
	if (template_atom(user))
		return buf_puts(b, user);
	if (buf_putc(b, '"') < 0)
		return -1;
	for (; *user != '\0'; user++)
		if ((strchr("\"\\", *user) != NULL && buf_putc(b, '\\') < 0) ||
		    buf_putc(b, *user) < 0)
			return -1;
	return buf_putc(b, '"');
}

const char *
template_expand(struct buf *b, const char *text,
    const struct template_facts *facts)
{
	int rc = 0;

	for (; *text != '\0' && rc == 0; text++) {
		if (*text != '%') {
			rc = buf_putc(b, *text);
			continue;
		}
		switch (*++text) {
		case 'U':
			rc = template_user(b, facts->user);
			break;
		case 'H':
			rc = buf_puts(b, facts->host);
			break;
		case 'M':
			rc = buf_puts(b, facts->domain);
			break;
		case '%':
			rc = buf_putc(b, '%');
			break;
		default:
			return "%U (the user), %H (this host's full name), "
			    "%M (the mail domain) or %% behind a %";
		}
	}
	return rc == 0 ? NULL : "something shorter";
}
