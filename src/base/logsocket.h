/* SPDX-License-Identifier: ISC */
/*
 * Lines for the system's log, written to its socket without ever waiting for
 * a reader that does not read, which syslog(3) does.  What cannot be written
 * is dropped; nothing here fails.
 */
#ifndef POSTHORN_LOGSOCKET_H
#define POSTHORN_LOGSOCKET_H

#include <sys/types.h>

#include <stdbool.h>

#define LOGSOCKET_PATH	"/dev/log"
#define LOGSOCKET_WAIT	100	/* ms, the default of `wait` */

/* Not open yet; tests put another path in. */
#define LOGSOCKET_INIT	{ .path = LOGSOCKET_PATH, .fd = -1, \
	.wait = LOGSOCKET_WAIT }

struct logsocket {
	const char	*path;
	int		 fd;		/* -1: none */
	bool		 stream;	/* else datagrams */
	int		 wait;		/* ms to wait for the reader, ever */
	dev_t		 dev;		/* what fd was when it was opened */
	ino_t		 ino;
};

/*
 * One record, RFC 3164 as readers of /dev/log expect it: "<PRI>Mmm dd
 * hh:mm:ss tag[pid]: text" in local time; on a stream a NUL ends it.
 * priority holds level and facility; tag and text are printable, and cut at
 * LIMIT_LOG_LINE together with what stands in front.  Connects if need be;
 * connects anew, once a record, where the reader has gone.  Never writes to a
 * descriptor that meanwhile is somebody else's, nor closes it.
 */
void	logsocket_write(struct logsocket *s, int priority, const char *tag,
	    const char *text);
/* The next record connects again.  For a copy inherited by fork as well. */
void	logsocket_close(struct logsocket *s);

#endif
