/* SPDX-License-Identifier: ISC */
/*
 * What is known of the messages in the queue, from pass to pass, so that a
 * long-lived runner opens only what is new, changed or due: 32 octets each.
 */
#ifndef POSTHORN_BACKLOG_H
#define POSTHORN_BACKLOG_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "conf/settings.h"
#include "queue/select.h"
#include "queue/store.h"

enum backlog_kind {
	BACKLOG_UNREAD,		/* not looked into: its hint says not yet */
	BACKLOG_OURS,
	BACKLOG_FORCED,		/* the same, and due whatever its time, until
				 * it was tried */
	BACKLOG_OTHER,		/* of another configuration or version, or
				 * not meant */
	BACKLOG_ERROR,		/* its file cannot be read: perhaps ours */
	BACKLOG_DONE		/* gone meanwhile */
};

struct backlog_row {
	char		 id[ENTRY_ID - 1];	/* no NUL: backlog_id */
	int64_t		 next;		/* no attempt before */
	uint32_t	 hint;		/* of the file, when it was read */
	uint16_t	 account;	/* its index; accounts_n: gone */
	uint8_t		 kind;
	bool		 rests;		/* until `next`, whatever the hint
					 * says */
};

/* What is looked for. */
struct backlog_want {
	const struct store	*store;
	const struct settings	*settings;
	bool			 all;		/* every uid's, or */
	uid_t			 uid;		/* this one's */
	bool			 force;		/* what is read now, due or
						 * not */
	const struct selector	*selectors;
	size_t			 selectors_n;
};

struct backlog {
	struct backlog_row	*rows;		/* oldest first */
	size_t			 n;
	char			 why[LIMIT_WORDS];	/* ... the last file
						 * could not be read */
};

void	backlog_init(struct backlog *b);
void	backlog_free(struct backlog *b);
/* Lists the queue and looks into what may be due, or has to fit selectors;
 * what is damaged is set aside.  What is known from the last time is used
 * again where the file did not change and is not due.  What cannot be read is
 * logged, and rests for a minute. */
int	backlog_read(struct backlog *b, const struct backlog_want *w,
	    time_t now, struct outcome *o);
/* Moves what fits from hold/ into the queue. */
void	backlog_unhold(const struct backlog_want *w);
/* Ours, and due as far as it is known? */
bool	backlog_due(const struct backlog_row *r, const struct backlog_want *w,
	    time_t now);
void	backlog_id(const struct backlog_row *r, char id[ENTRY_ID]);
/* The row of that id; where there is none (any more) one is added, done. */
size_t	backlog_find(struct backlog *b, const char *id);
/* It is not to be touched before `next`. */
void	backlog_rest(struct backlog_row *r, time_t next);
/* The journal says that it waits until `next`, and the file's hint too. */
void	backlog_waits(struct backlog_row *r, time_t next);
/* It could not be read, and rests until `next`. */
void	backlog_error(struct backlog *b, struct backlog_row *r, time_t next,
	    const char *why);
/* Does it wait, as far as we know, and is it for us to see to? */
bool	backlog_counts(const struct backlog_row *r);
/* It is done with. */
void	backlog_done(struct backlog_row *r);

#endif
