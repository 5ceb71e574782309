/* SPDX-License-Identifier: ISC */
/*
 * What happened, for the admin: syslog, a file, or stderr; one line an event,
 * text or JSON; and the dialogue, for -v.  Fixed buffers only.  Logging never
 * fails anything: what cannot be written is dropped.
 */
#ifndef POSTHORN_LOG_H
#define POSTHORN_LOG_H

#include <stdbool.h>
#include <stddef.h>

struct log_target {
	bool		 syslog;
	int		 facility;	/* LOG_MAIL ... of syslog.h */
	const char	*tag;		/* NULL: "posthorn" */
	int		 fd;		/* append here as well, -1: no */
	bool		 json;		/* lines are JSON objects */
};

/* One key and its value; a NULL value is left out. */
struct log_field {
	const char	*key;
	const char	*value;
};

/* Sets where lines go; strings and descriptor stay the caller's and must
 * outlive all logging.  Before the first call nothing is logged.  Whoever
 * reads syslog is never waited for: 100 ms in all, then lines are dropped. */
void	log_open(const struct log_target *target);
/* For a process that closes descriptors by the number: closes the connection
 * to syslog (the next line makes one) and forgets the files, until log_open. */
void	log_close(void);
/* Opens the log file for appending (0600 if it is new, O_NOFOLLOW,
 * O_CLOEXEC); -1 if that cannot be. */
int	log_file(const char *path, bool must_exist);
/* A sentence for the admin; priority is a LOG_* of syslog.h.  Becomes one
 * printable line, cut at LIMIT_LOG_LINE. */
void	log_note(int priority, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* One event as key=value pairs (values with spaces, quotes or '=' in double
 * quotes) or one JSON object, with "time" in front in files. */
void	log_event(int priority, const struct log_field *fields, size_t n);

/* Turns the dialogue on stderr on or off. */
void	log_dialogue(bool on);
/* Appends the dialogue to this descriptor as well, with time and process in
 * front of each line, until log_close. */
void	log_traffic(int fd);
/* Does anybody see it? */
bool	log_dialogue_on(void);
/* One line of the dialogue: mark is '>' (sent), '<' (received) or '*' (a
 * remark).  text holds no secret, and is cleaned here. */
void	log_said(char mark, const char *text, size_t n);
void	log_remark(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
