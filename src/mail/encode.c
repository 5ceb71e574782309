/* SPDX-License-Identifier: ISC */
/* Quoted-printable and base64, made and mended. */
#include <string.h>

#include "mail/encode.h"

#define WIDTH	76u
#define HARD	998u

static const char digits[] = "0123456789ABCDEF";
static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
encode_begin(struct encode *e, enum encode_how how)
{
	memset(e, 0, sizeof(*e));
	e->how = how;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
	    (c >= 'a' && c <= 'f');
}

/* Octets quoted-printable cannot show; blanks and line ends are not. */
static bool
is_escaped(char c)
{
	return (unsigned char)c > 0x7e || c == '=' ||
	    ((unsigned char)c < ' ' && c != '\t' && c != '\r' && c != '\n');
}

size_t
encode_escapes(const char *p, size_t n)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		k += is_escaped(p[i]);
	return k;
}

static void
put(struct encode *e, const char *s, size_t n)
{
	memcpy(e->to, s, n);
	e->to += n;
	e->column += n;
}

static void
put_line_end(struct encode *e)
{
	put(e, "\r\n", 2);
	e->column = 0;
	e->soft = false;
}

/* Room for three octets and the '=' of a soft break behind them. */
static void
quoted_room(struct encode *e)
{
	if (e->column + 3 < WIDTH)
		return;
	put(e, "=\r\n", 3);
	e->column = 0;
	e->soft = true;
}

static void
quoted_escape(struct encode *e, char c)
{
	unsigned char u = (unsigned char)c;
	char s[3] = { '=', digits[u >> 4], digits[u & 15] };

	quoted_room(e);
	put(e, s, sizeof(s));
}

static void
quoted_plain(struct encode *e, char c)
{
	quoted_room(e);
	put(e, &c, 1);
}

/* Does what begins at p, up to end, look at the start of a line like what
 * software on the way would change or understand?  What is cut off does. */
static bool
quoted_risky(const struct encode *e, const char *p, const char *end)
{
	static const char *const risks[] = { "From ", ".\r", "--" };
	size_t i, n = (size_t)(end - p), len;

	if (e->column > 0)
		return false;
	for (i = 0; i < sizeof(risks) / sizeof(risks[0]); i++) {
		len = strlen(risks[i]);
		if (memcmp(p, risks[i], n < len ? n : len) == 0)
			return true;
	}
	return e->soft && *p == '-';
}

/* What was held turns out to be text. */
static void
quoted_release(struct encode *e)
{
	size_t i;

	for (i = 0; i < e->n_held; i++)
		if (e->held[i] == '=')
			quoted_escape(e, '=');
		else
			quoted_plain(e, e->held[i]);
	e->n_held = 0;
}

static void
hold(struct encode *e, char c)
{
	e->held[e->n_held++] = c;
}

static void
quoted_text(struct encode *e, const char *p, const char *end, bool escape)
{
	quoted_room(e);
	if (escape || quoted_risky(e, p, end))
		quoted_escape(e, *p);
	else
		quoted_plain(e, *p);
}

/* A blank at the end of a line would be taken for padding: each one waits
 * for what follows. */
static void
quoted_run(struct encode *e, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '\r') {
			if (e->n_held > 0)
				quoted_escape(e, e->held[0]);
			e->n_held = 0;
			continue;
		}
		if (*p == '\n') {
			put_line_end(e);
			continue;
		}
		quoted_release(e);
		if (is_blank(*p))
			hold(e, *p);
		else
			quoted_text(e, p, end, is_escaped(*p));
	}
}

/* Does c go on with the '=' that is held?  Two digits, or blanks and the end
 * of the line, may follow; anything else makes it an ordinary octet. */
static bool
requoted_more(struct encode *e, char c)
{
	if (e->n_held == 1 && (is_hex(c) || is_blank(c)))
		hold(e, c);
	else if (e->n_held == 2 && is_hex(e->held[1]) && is_hex(c)) {
		hold(e, c);
		quoted_room(e);
		put(e, e->held, 3);
		e->n_held = 0;
	} else if (e->n_held > 1 && is_blank(e->held[1]) && is_blank(c) &&
	    e->n_held < sizeof(e->held))
		hold(e, c);
	else {
		if (c == '\r' && (e->n_held == 1 || is_blank(e->held[1]))) {
			put(e, "=", 1);
			e->n_held = 0;
		}
		quoted_release(e);
		return false;
	}
	return true;
}

static void
requoted_run(struct encode *e, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (e->n_held > 0 && requoted_more(e, *p))
			continue;
		if (*p == '\n')
			put_line_end(e);
		else if (*p == '=')
			hold(e, *p);
		else if (*p != '\r')
			quoted_text(e, p, end, (unsigned char)*p > 0x7f);
	}
}

static void
base64_put(struct encode *e, char c)
{
	if (e->column == WIDTH)
		put_line_end(e);
	put(e, &c, 1);
}

/* The octets held, 1 to 3 of them. */
static void
base64_group(struct encode *e)
{
	unsigned long v = 0;
	size_t i;

	for (i = 0; i < 3; i++)
		v = v << 8 | (i < e->n_held ? (unsigned char)e->held[i] : 0);
	for (i = 0; i < 4; i++)
		base64_put(e, i > e->n_held ? '=' :
		    base64[v >> (18 - 6 * i) & 63]);
	e->n_held = 0;
}

static void
base64_run(struct encode *e, const char *p, const char *end)
{
	for (; p < end; p++) {
		hold(e, *p);
		if (e->n_held == 3)
			base64_group(e);
	}
}

static void
rewrapped_run(struct encode *e, const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p != '\0' && (*p == '=' || strchr(base64, *p) != NULL))
			base64_put(e, *p);
}

static void
rough_run(struct encode *e, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '\r')
			continue;
		if (*p == '\n') {
			put_line_end(e);
			continue;
		}
		if (e->lines && e->column == HARD) {
			put_line_end(e);
			put(e, " ", 1);
		}
		put(e, e->seven && (unsigned char)*p > 0x7f ? "?" : p, 1);
	}
}

size_t
encode_run(struct encode *e, const char *p, size_t n, char *out)
{
	static void (*const runs[])(struct encode *, const char *,
	    const char *) = {
		[ENCODE_QUOTED] = quoted_run, [ENCODE_BASE64] = base64_run,
		[ENCODE_REQUOTED] = requoted_run,
		[ENCODE_REWRAPPED] = rewrapped_run,
		[ENCODE_ROUGH] = rough_run
	};

	e->to = out;
	runs[e->how](e, p, p + n);
	return (size_t)(e->to - out);
}

/* A '=' with nothing but blanks behind it ends the last line softly. */
static void
requoted_end(struct encode *e)
{
	if (e->n_held == 1 || (e->n_held > 1 && is_blank(e->held[1])))
		put(e, "=", 1);
	else
		quoted_release(e);
}

size_t
encode_end(struct encode *e, bool line, char *out)
{
	e->to = out;
	if (e->how == ENCODE_QUOTED && e->n_held > 0)
		quoted_escape(e, e->held[0]);
	else if (e->how == ENCODE_REQUOTED && e->n_held > 0)
		requoted_end(e);
	else if (e->how == ENCODE_BASE64 && e->n_held > 0)
		base64_group(e);
	e->n_held = 0;
	if (line && e->column > 0)
		put_line_end(e);
	return (size_t)(e->to - out);
}
