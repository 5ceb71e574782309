/* SPDX-License-Identifier: ISC */
/* -bs and -bS: a server of RFC 5321 on standard input and output. */
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "front/patience.h"
#include "front/server.h"
#include "front/verbs.h"

/* Who is wrong so often does not speak SMTP. */
#define ERRORS	20u

/* One line that came, of whatever kind. */
static void
server_line(struct sitting *s)
{
	char line[TALK_LINE + 1];
	enum talk_line how;
	size_t n;

	how = talk_line(&s->talk, line, &n);
	s->lf = how == TALK_LF;
	if (how == TALK_LONG) {
		s->command[0] = '\0';
		sitting_reply(s, 500, "5.5.2", "the line is longer than %u "
		    "octets", TALK_LINE);
	} else if (how != TALK_NONE)
		verbs_run(s, line, n);
	if (s->errors < ERRORS || s->batch || s->over)
		return;
	s->over = true;
	sitting_reply(s, 421, "4.7.0", "too many errors, closing");
}

/* Last words, where there is somebody to hear them. */
static void
server_bye(struct sitting *s)
{
	if (s->talk.end == TALK_IDLE)
		sitting_reply(s, 421, "4.4.2", "%s closes: nothing came for "
		    "too long", verbs_host(s));
	else if (s->talk.end == TALK_STOPPED)
		sitting_reply(s, 421, "4.3.2", "%s closes", verbs_host(s));
	talk_flush(&s->talk);
	if (s->batch && s->over)
		talk_drain(&s->talk);
}

/* Nobody was told that the message never came. */
static void
server_open_end(struct sitting *s)
{
	struct outcome why, o;

	if (!s->batch || s->over || !s->mail)
		return;
	talk_why(&s->talk, &why);
	outcome_fail(&o, FAULT_INPUT, STAGE_INPUT,
	    "%.300s before the message that MAIL announced", why.text);
	sitting_failed(s, &o);
}

int
server_speak(const struct call *c, int in, int out, int stop,
    struct outcome *o)
{
	struct sitting *s = mem_alloc(sizeof(*s));
	int r;

	sitting_open(s, c, in, out, stop, c->options->mode == MODE_BATCH);
	sitting_reply(s, 220, NULL, "%s ESMTP posthorn", verbs_host(s));
	while (!s->over && s->talk.end == TALK_GOES_ON)
		server_line(s);
	server_bye(s);
	server_open_end(s);
	if (s->talk.end == TALK_BROKEN ||
	    (s->talk.end == TALK_DEAF && !s->over)) {
		talk_why(&s->talk, o);
		sitting_failed(s, o);
	}
	*o = s->first;
	if (s->batch && o->fault != FAULT_INPUT)
		o->text[0] = o->advice[0] = '\0';
	r = o->fault == FAULT_NONE ? 0 : -1;
	sitting_close(s);
	free(s);
	return r;
}

/* Where standard error is the client's socket as well, nothing may be said
 * there. */
static void
server_silence(void)
{
	struct stat in, err;
	int null;

	if (fstat(STDIN_FILENO, &in) != 0 || fstat(STDERR_FILENO, &err) != 0 ||
	    !S_ISSOCK(in.st_mode) || in.st_dev != err.st_dev ||
	    in.st_ino != err.st_ino)
		return;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
}

int
server_run(const struct call *c, struct outcome *o)
{
	sigset_t ends;
	int stop, r;

	if (c->from->no_input) {
		errno = EBADF;
		return outcome_errno(o, FAULT_INPUT, STAGE_INPUT,
		    "cannot read standard input");
	}
	server_silence();
	patience_hold();
	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	stop = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	r = server_speak(c, STDIN_FILENO, STDOUT_FILENO, stop, o);
	if (stop >= 0)
		close(stop);
	return r;
}
