/* SPDX-License-Identifier: ISC */
/* A small mail server in a child process, on a unix: socket, for tests of
 * what needs a connection. */
#ifndef POSTHORN_MAILHOST_H
#define POSTHORN_MAILHOST_H

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "unit.h"

/* What is said instead of the default: to the verb ("HI" for the connection,
 * "." for a message, "*" for what is no command), on the conn-th connection
 * and the nth time there (0: any).  say NULL: hangs up; "$ COMMAND": runs it,
 * logs the first line of its output, and says the default.  The verb "WAIT" is
 * none: behind each message (dot or chunk) it then waits up to `say` ms for
 * more to come, and logs ".+" if it does, else ".-". */
struct rule {
	const char	*verb;
	unsigned	 conn, nth;
	const char	*say;
};

#define MAILHOST_LOG	16384

struct mailhost {
	char		 path[64];
	pid_t		 pid;
	char		*log;		/* shared: every line that came, with
					 * "N " in front, N the connection */
	const struct rule *rules;	/* ended by a NULL verb */
	unsigned	 conn, nth[8];
	size_t		 accepted;
};

static const char *const mailhost_verbs[] = { "HI", "EHLO", "HELO", "AUTH",
	"MAIL", "RCPT", "DATA", "BDAT", "." };

static inline void
mailhost_log(struct mailhost *h, const char *line)
{
	size_t at = strlen(h->log);

	snprintf(h->log + at, MAILHOST_LOG - at, "%u %.*s\n", h->conn,
	    (int)strcspn(line, "\r\n"), line);
}

static inline void
mailhost_run(struct mailhost *h, const char *command)
{
	char line[256] = "";
	FILE *p = popen(command, "r");

	if (p == NULL || fgets(line, sizeof(line), p) == NULL)
		line[0] = '\0';
	if (p != NULL)
		pclose(p);
	mailhost_log(h, line);
}

/* The answer to a verb; NULL: hang up. */
static inline const char *
mailhost_answer(struct mailhost *h, const char *verb, const char *usual)
{
	const struct rule *r;
	unsigned nth = 1;
	size_t i;

	for (i = 0; i < 8; i++)
		if (strcmp(mailhost_verbs[i + 1], verb) == 0)
			nth = ++h->nth[i];
	for (r = h->rules; r != NULL && r->verb != NULL; r++)
		if (strcmp(r->verb, verb) == 0 &&
		    (r->conn == 0 || r->conn == h->conn) &&
		    (r->nth == 0 || r->nth == nth)) {
			if (r->say == NULL || strncmp(r->say, "$ ", 2) != 0)
				return r->say;
			mailhost_run(h, r->say + 2);
			return usual;
		}
	return usual;
}

static inline bool
mailhost_say(FILE *f, const char *text)
{
	if (text == NULL)
		return false;
	fprintf(f, "%s\r\n", text);
	fflush(f);
	return true;
}

/* Does something come behind a message, before it is answered? */
static inline void
mailhost_wait(struct mailhost *h, FILE *f)
{
	struct pollfd p = { .fd = fileno(f), .events = POLLIN };
	const struct rule *r;

	for (r = h->rules; r != NULL && r->verb != NULL; r++)
		if (strcmp(r->verb, "WAIT") == 0)
			mailhost_log(h, poll(&p, 1, atoi(r->say)) == 1 ? ".+" :
			    ".-");
}

/* A message behind a 354, or n octets of a chunk. */
static inline bool
mailhost_body(struct mailhost *h, FILE *f, long n)
{
	char line[2048];
	bool dotted = n == -1;

	for (; n > 0; n--)
		if (getc(f) == EOF)
			return false;
	while (dotted) {
		if (fgets(line, sizeof(line), f) == NULL)
			return false;
		if (strcmp(line, ".\r\n") == 0)
			break;
	}
	mailhost_wait(h, f);
	return mailhost_say(f, mailhost_answer(h, dotted ? "." : "BDAT",
	    "250 taken"));
}

static inline bool
mailhost_line(struct mailhost *h, FILE *f, const char *line)
{
	static const struct { const char *verb, *usual; } table[] = {
		{ "EHLO", "250-host\r\n250 PIPELINING" },
		{ "HELO", "250 host" }, { "AUTH", "235 in" },
		{ "MAIL", "250 from" }, { "RCPT", "250 to" },
		{ "RSET", "250 again" }, { NULL, NULL },
	};
	const char *say;
	size_t i;

	if (strncasecmp(line, "BDAT", 4) == 0)
		return mailhost_body(h, f, strtol(line + 4, NULL, 10));
	if (strncasecmp(line, "DATA", 4) == 0) {
		say = mailhost_answer(h, "DATA",
		    h->accepted > 0 ? "354 go" : "503 whom?");
		return mailhost_say(f, say) && (strncmp(say, "354", 3) != 0 ||
		    mailhost_body(h, f, -1));
	}
	for (i = 0; table[i].verb != NULL; i++)
		if (strncasecmp(line, table[i].verb, 4) == 0)
			break;
	say = table[i].verb == NULL ? mailhost_answer(h, "*", "221 bye") :
	    mailhost_answer(h, table[i].verb, table[i].usual);
	if (i == 3)
		h->accepted = 0;
	h->accepted += i == 4 && say != NULL && say[0] == '2';
	return mailhost_say(f, say) && strncasecmp(line, "QUIT", 4) != 0;
}

static inline void
mailhost_talk(struct mailhost *h, int fd)
{
	FILE *f = fdopen(fd, "r+");
	char line[8192];

	setvbuf(f, NULL, _IONBF, 0);
	memset(h->nth, 0, sizeof(h->nth));
	h->accepted = 0;
	if (mailhost_say(f, mailhost_answer(h, "HI", "220 host")))
		while (fgets(line, sizeof(line), f) != NULL) {
			mailhost_log(h, line);
			if (!mailhost_line(h, f, line))
				break;
		}
	fclose(f);
}

static inline void
mailhost_start(struct mailhost *h, const struct rule *rules)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	static unsigned count;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), c;

	memset(h, 0, sizeof(*h));
	h->rules = rules;
	snprintf(h->path, sizeof(h->path), "/tmp/mailhost.%d.%u",
	    (int)getpid(), count++);
	strcpy(sun.sun_path, h->path);
	unlink(h->path);
	h->log = mmap(NULL, MAILHOST_LOG, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(h->log != MAP_FAILED);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	h->pid = fork();
	ck_assert_int_ge(h->pid, 0);
	if (h->pid > 0) {
		close(fd);
		return;
	}
	alarm(20);
	signal(SIGPIPE, SIG_IGN);
	while ((c = accept(fd, NULL, NULL)) >= 0) {
		h->conn++;
		mailhost_talk(h, c);
	}
	_exit(0);
}

static inline void
mailhost_stop(struct mailhost *h)
{
	kill(h->pid, SIGKILL);
	waitpid(h->pid, NULL, 0);
	unlink(h->path);
	munmap(h->log, MAILHOST_LOG);
}

#endif
