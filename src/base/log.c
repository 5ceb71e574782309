/* SPDX-License-Identifier: ISC */
/* What happened, for the admin; and the dialogue, for -v. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/logsocket.h"
#include "base/outcome.h"

/* The one thing here that changes: where lines go. */
static struct {
	struct log_target	target;
	bool			open;		/* a target was set */
	struct logsocket	system;
	bool			dialogue;
	int64_t			start;		/* of the dialogue */
	int			traffic;	/* the dialogue's file, or -1 */
} logging = { .target = { .fd = -1 }, .system = LOGSOCKET_INIT,
	.traffic = -1 };

/* A line under construction; `full` once something did not fit. */
struct line {
	char	text[LIMIT_LOG_LINE];
	size_t	len;
	bool	full;
	bool	json;
	bool	first;		/* no field yet */
};

#define LOG_TAG_MAX	64u
#define LINE_TAIL	4u	/* kept free for quote, brace, line feed, NUL */

void
log_open(const struct log_target *target)
{
	logging.target = *target;
	logging.open = true;
}

void
log_close(void)
{
	logsocket_close(&logging.system);
	logging.target.fd = -1;
	logging.traffic = -1;
}

int
log_file(const char *path, bool must_exist)
{
	return open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY | (must_exist ? 0 : O_CREAT), 0600);
}

/* All of the n octets or none of them. */
static void
line_put(struct line *l, const char *s, size_t n)
{
	if (l->full || l->len + n > sizeof(l->text) - LINE_TAIL) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

/* What LINE_TAIL was kept for. */
static void
line_end(struct line *l, char c)
{
	l->text[l->len++] = c;
	l->text[l->len] = '\0';
}

/* A value character by character, with its quotes and escapes. */
static void
line_value(struct line *l, const char *value, bool quote)
{
	char clean[LIMIT_LOG_LINE];
	size_t n = strnlen(value, sizeof(clean) - 1), i, k;

	memcpy(clean, value, n);
	n = outcome_clean(clean, n);
	for (i = 0; i < n && !l->full; i += k) {
		unsigned char c = (unsigned char)clean[i];

		k = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (quote && (c == '"' || c == '\\'))
			line_put(l, c == '"' ? "\\\"" : "\\\\", 2);
		else
			line_put(l, clean + i, k);
	}
}

static bool
line_needs_quotes(const char *value)
{
	return *value == '\0' || strpbrk(value, " \t\r\n\"=\\") != NULL;
}

/* One field; when even its name does not fit, nothing more is added. */
static void
line_field(struct line *l, const char *key, const char *value)
{
	bool quote = l->json || line_needs_quotes(value);
	char name[80];
	int n;

	if (l->json)
		n = snprintf(name, sizeof(name), "%s\"%.60s\":\"",
		    l->first ? "{" : ",", key);
	else
		n = snprintf(name, sizeof(name), "%s%.60s=%s",
		    l->first ? "" : " ", key, quote ? "\"" : "");
	if (l->full || l->len + (size_t)n > sizeof(l->text) - LINE_TAIL) {
		l->full = true;
		return;
	}
	line_put(l, name, (size_t)n);
	line_value(l, value, quote);
	if (quote)
		line_end(l, '"');
	l->first = false;
}

static void
line_fields(struct line *l, const struct log_field *fields, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fields[i].value != NULL)
			line_field(l, fields[i].key, fields[i].value);
	if (l->json) {
		if (l->first)
			line_put(l, "{", 1);
		line_end(l, '}');
	}
	l->text[l->len] = '\0';
}

/* As openlog and syslog understand their arguments. */
static void
log_syslog(int priority, const char *text)
{
	const struct log_target *t = &logging.target;
	char tag[LOG_TAG_MAX + 1];

	if ((priority & LOG_FACMASK) == 0)
		priority |= t->facility != 0 ? t->facility : LOG_USER;
	snprintf(tag, sizeof(tag), "%s", t->tag != NULL ? t->tag : "posthorn");
	outcome_clean(tag, strlen(tag));
	logsocket_write(&logging.system, priority, tag, text);
}

static void
log_append(int fd, struct line *l)
{
	ssize_t n;

	line_end(l, '\n');
	do
		n = write(fd, l->text, l->len);
	while (n < 0 && errno == EINTR);
}

static void
log_time(char text[40])
{
	time_t now = clock_now();
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(text, 40, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		text[0] = '\0';
}

/* One line for the file: the time in front. */
static void
log_to_file(const struct log_field *fields, size_t n)
{
	struct line l = { .json = logging.target.json, .first = true };
	char text[40];

	log_time(text);
	line_field(&l, "time", text);
	line_fields(&l, fields, n);
	log_append(logging.target.fd, &l);
}

void
log_event(int priority, const struct log_field *fields, size_t n)
{
	struct line l = { .json = logging.target.json, .first = true };
	int why = errno;

	if (logging.open && logging.target.syslog) {
		line_fields(&l, fields, n);
		log_syslog(priority, l.text);
	}
	if (logging.open && logging.target.fd >= 0)
		log_to_file(fields, n);
	errno = why;
}

void
log_note(int priority, const char *fmt, ...)
{
	static const char *const levels[] = {
		"emerg", "alert", "crit", "err", "warning", "notice", "info",
		"debug"
	};
	char text[LIMIT_LOG_LINE - 256];
	struct log_field fields[2] = {
		{ "level", levels[LOG_PRI(priority)] }, { "text", text }
	};
	int why = errno;
	va_list ap;

	if (!logging.open)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	outcome_clean(text, strlen(text));
	if (logging.target.syslog && !logging.target.json)
		log_syslog(priority, text);
	else if (logging.target.syslog) {
		struct line l = { .json = true, .first = true };

		line_fields(&l, fields, 2);
		log_syslog(priority, l.text);
	}
	if (logging.target.fd >= 0)
		log_to_file(fields, 2);
	errno = why;
}

void
log_dialogue(bool on)
{
	if (on && !logging.dialogue)
		logging.start = clock_ms();
	logging.dialogue = on;
}

void
log_traffic(int fd)
{
	logging.traffic = fd;
}

bool
log_dialogue_on(void)
{
	return logging.dialogue || logging.traffic >= 0;
}

/* A line of the dialogue behind its head, which is there. */
static void
log_line(int fd, struct line *l, const char *text, size_t n)
{
	if (n > sizeof(l->text) - LINE_TAIL - l->len)
		n = sizeof(l->text) - LINE_TAIL - l->len;
	memcpy(l->text + l->len, text, n);
	n = outcome_clean(l->text + l->len, n);
	l->len = n > 0 ? l->len + n : l->len - 1;
	log_append(fd, l);
}

void
log_said(char mark, const char *text, size_t n)
{
	struct line l = { .first = true };
	int64_t ms = clock_ms() - logging.start;
	char now[40];
	int why = errno;

	if (logging.dialogue) {
		l.len = (size_t)snprintf(l.text, sizeof(l.text),
		    "[%lld.%03d] %c%c%c ", (long long)(ms / 1000),
		    (int)(ms % 1000), mark, mark, mark);
		log_line(STDERR_FILENO, &l, text, n);
	}
	if (logging.traffic >= 0) {
		log_time(now);
		l.len = (size_t)snprintf(l.text, sizeof(l.text),
		    "%s %ld %c%c%c ", now, (long)getpid(), mark, mark, mark);
		log_line(logging.traffic, &l, text, n);
	}
	errno = why;
}

void
log_remark(const char *fmt, ...)
{
	char text[LIMIT_LOG_LINE];
	va_list ap;
	int n;

	if (!log_dialogue_on())
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= 0)
		log_said('*', text, strlen(text));
}
