/* SPDX-License-Identifier: ISC */
/*
 * One queued message: what its journal says.  The journal's records, in the
 * order they can come:
 *
 *	envelope  the first: arrival, submitter, configuration, account,
 *		  reverse-path, DSN words, facts of the body, recipients
 *	doubt	  an attempt is about to send the last octets
 *	attempt	  how one ended: time, next time, recipients that changed
 *	notice	  a delay notice was sent
 *
 * A record that is not known is passed over.
 */
#ifndef POSTHORN_ENTRY_H
#define POSTHORN_ENTRY_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "queue/record.h"
#include "queue/retry.h"

#define ENTRY_ID	17	/* 16 of [0-9a-z], and NUL */

struct entry {
	char		 id[ENTRY_ID];
	char		*config;	/* configuration file, absolute; owned */
	char		*account;	/* its name; owned */
	struct envelope	 envelope;	/* settled: those that need nothing
					 * more (delivered, or never) */
	struct message	 message;	/* fd is the queue file's */
	struct retry_state retry;
	time_t		 next;		/* no attempt before */
	bool		 doubtful;	/* an attempt may have delivered it */
	uid_t		 uid;		/* of the submitter: st_uid */
	uint64_t	 journal_end;	/* offset behind the last good record */
};

void	entry_init(struct entry *e);
void	entry_free(struct entry *e);
/* A new random id. */
void	entry_id(char id[ENTRY_ID]);
/* The first record, of e as it stands.  0, -1 past b's ceiling. */
int	entry_record_envelope(const struct entry *e, struct buf *b);
/* "doubt" at `now`. */
int	entry_record_doubt(const struct entry *e, time_t now, struct buf *b);
/* "attempt" at e->retry.last: the retry state, next, and each recipient that
 * is settled or has words. */
int	entry_record_attempt(const struct entry *e, struct buf *b);
int	entry_record_notice(const struct entry *e, time_t now, struct buf *b);
/* Lets one record change e.  -1: it is malformed beyond its checksum (then
 * reading stops there, as at a bad checksum). */
int	entry_apply(struct entry *e, struct record *r);
/* Recipients that still need an attempt. */
size_t	entry_waiting(const struct entry *e);

#endif
