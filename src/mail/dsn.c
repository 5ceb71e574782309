/* SPDX-License-Identifier: ISC */
/* What a sender wants to be told, and how SMTP says so (RFC 3461). */
#include <string.h>
#include <strings.h>

#include "mail/dsn.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* In the order of their bits. */
static const char *const notify_words[] = { "NEVER", "SUCCESS", "FAILURE",
	"DELAY", "REPORT" };
static const char *const ret_words[] = {
	[DSN_RET_UNSAID] = "", [DSN_RET_FULL] = "FULL",
	[DSN_RET_HDRS] = "HDRS",
};

void
dsn_words(unsigned notify, char words[DSN_WORDS])
{
	size_t i;

	words[0] = '\0';
	for (i = 0; i < COUNT(notify_words); i++) {
		if ((notify & 1u << i) == 0)
			continue;
		if (words[0] != '\0')
			strcat(words, ",");
		strcat(words, notify_words[i]);
	}
}

int
dsn_notify(const char *words)
{
	unsigned set = 0, i;
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == ',')) {
		n = strcspn(words, ",");
		for (i = 0; i < COUNT(notify_words); i++)
			if (strlen(notify_words[i]) == n &&
			    strncasecmp(notify_words[i], words, n) == 0)
				break;
		if (i == COUNT(notify_words) || (words[n] == ',' &&
		    words[n + 1] == '\0'))
			return -1;
		set |= 1u << i;
	}
	if ((set & (DSN_NEVER | DSN_REPORT)) != 0 && (set & (set - 1)) != 0)
		return -1;
	return (int)set;
}

const char *
dsn_ret_word(enum dsn_ret ret)
{
	return ret_words[ret];
}

int
dsn_ret(const char *word)
{
	size_t i;

	for (i = 0; i < COUNT(ret_words); i++)
		if (strcasecmp(ret_words[i], word) == 0)
			return (int)i;
	return -1;
}

bool
dsn_wants_failure(unsigned notify)
{
	return notify == 0 || (notify & (DSN_FAILURE | DSN_REPORT)) != 0;
}

bool
dsn_wants_delay(unsigned notify)
{
	return notify == 0 || (notify & (DSN_DELAY | DSN_REPORT)) != 0;
}

/* Of a digit as xtext has it; -1: it is none. */
static int
hex_value(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

bool
dsn_is_xtext(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s < '!' || *s > '~' || *s == '=')
			return false;
		if (*s == '+' && (hex_value(s[1]) < 0 || hex_value(s[2]) < 0))
			return false;
	}
	return true;
}

void
dsn_decode(struct buf *b, const char *xtext)
{
	int high, low;

	for (; *xtext != '\0'; xtext++) {
		high = *xtext == '+' ? hex_value(xtext[1]) : -1;
		low = high >= 0 ? hex_value(xtext[2]) : -1;
		if (low < 0) {
			buf_putc(b, *xtext);
			continue;
		}
		buf_putc(b, (char)(high * 16 + low));
		xtext += 2;
	}
}

static bool
is_ascii(const char *s)
{
	while (*s != '\0' && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0';
}

void
dsn_orcpt(struct buf *b, const char *address)
{
	const bool ascii = is_ascii(address);
	const char *p;

	if (strrchr(address, '@') == NULL)
		return;
	buf_puts(b, ascii ? "rfc822;" : "utf-8;");
	for (p = address; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c > 0x20 && c != 0x7f && strchr("+=", c) == NULL &&
		    (ascii || c != '\\'))
			buf_putc(b, *p);
		else
			buf_printf(b, ascii ? "+%02X" : "\\x{%02X}",
			    (unsigned)c);
	}
}
