/* SPDX-License-Identifier: ISC */
/*
 * One queued message: what its journal says.  The journal's records (each a
 * jot), their fields, in the order they can come:
 *
 *	envelope  the first: arrival, submitter, next time, configuration,
 *		  account, reverse-path, RET, ENVID (words and xtext of RFC
 *		  3461, or empty), 8BITMIME, facts of the body (length, 8-bit,
 *		  8-bit header, UTF-8, longest line), number of recipients; for
 *		  each its address, NOTIFY, ORCPT (or empty; NOTIFY of a
 *		  report of ours is REPORT); then, or nothing of it,
 *		  SMTPUTF8 and REQUIRETLS asked for, longest line of the
 *		  header
 *	doubt	  an attempt is about to send the last octets: time
 *	attempt	  how one ended: time, attempts, seconds answered, warned,
 *		  next time, doubtful; then, for each stretch of recipients
 *		  with the same outcome, the first, how many, verdict, scope,
 *		  fault, stage, in doubt, code, enhanced code (three), text,
 *		  advice; verdict never: and the sender knows
 *	notice	  a delay notice was sent: time
 *
 * A record that is not known is passed over, and so are fields behind those of
 * envelope, doubt and notice.
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
#include "queue/jot.h"
#include "queue/retry.h"

#define ENTRY_ID	17	/* 16 of [0-9a-z], and NUL */

#define ENTRY_BRIEF	256u	/* octets of a brief record's head, its end */
#define ENTRY_BRIEF_EACH 56u	/* and of one stretch */

struct entry {
	char		 id[ENTRY_ID];
	char		*config;	/* its file, absolute; owned */
	char		*account;	/* its name; owned */
	struct envelope	 envelope;	/* settled, as read: those that need
					 * nothing more (delivered, or never
					 * and told) */
	struct message	 message;	/* fd is the queue file's */
	struct retry_state retry;
	time_t		 next;		/* no attempt before */
	bool		 doubtful;	/* an attempt may have delivered it:
					 * set by a doubt that no attempt
					 * followed; who sets it as well when
					 * an attempt ends in doubt, or
					 * clears it, writes that with the
					 * attempt */
	uid_t		 uid;		/* of the submitter: st_uid */
	uint64_t	 journal_end;	/* offset behind the last good record */
};

void	entry_init(struct entry *e);
/* Frees; the descriptor stays open (store_release closes it). */
void	entry_free(struct entry *e);
/* A new random id. */
void	entry_id(char id[ENTRY_ID]);
/* The first record, of e as it stands.  0, -1 past b's ceiling. */
int	entry_record_envelope(const struct entry *e, struct buf *b);
/* "doubt" at `now`. */
int	entry_record_doubt(const struct entry *e, time_t now, struct buf *b);
/* "attempt" at e->retry.last: the retry state (attempts, answered, held,
 * warned), next, doubtful, and each recipient that is settled or has words.
 * One whose verdict is later may still be settled here; read back it is not.
 * Never is written only of those that are told; of others, later, with the
 * same words, so that after a crash they are tried again, and judged again,
 * rather than forgotten. */
int	entry_record_attempt(const struct entry *e, struct buf *b);
/* The same, without words: of n recipients at most ENTRY_BRIEF + n *
 * ENTRY_BRIEF_EACH octets. */
int	entry_record_brief(const struct entry *e, struct buf *b);
int	entry_record_notice(const struct entry *e, time_t now, struct buf *b);
/* Lets one record change e; who is never in it, is told.  -1: it is malformed
 * beyond its checksum and e is as it was (then reading stops there, as at a
 * bad checksum).  An envelope counts from e->message.start and length, which
 * must be set before. */
int	entry_apply(struct entry *e, struct jot *j);
/* Recipients that still need an attempt. */
size_t	entry_waiting(const struct entry *e);

#endif
