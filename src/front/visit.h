/* SPDX-License-Identifier: ISC */
/*
 * Going through the queue's folders as far as the caller may: in a queue that
 * several users share everybody sees and touches their own messages, root and
 * the queue's owner all of them.
 */
#ifndef POSTHORN_VISIT_H
#define POSTHORN_VISIT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "front/identity.h"
#include "queue/store.h"

struct visit {
	const struct store	*store;
	bool			 all;		/* every user's messages */
	uid_t			 uid;		/* else only these */
	uid_t			 owner;		/* whose runner takes all; 0:
						 * nobody's but root's */
	enum store_folder	 where;
	struct store_name	*names;
	size_t			 n, at;
	bool			 known;		/* uid and next are there */
	size_t			 others;	/* passed over so far, all
						 * folders: of other users */
};

void	visit_init(struct visit *v, const struct store *store,
	    const struct identity *me);
bool	visit_may(const struct visit *v, uid_t uid);
/* Lists a folder (the one before is forgotten), oldest next try first; with
 * more than VISIT_SORTED messages in it as the directory has them, since asking
 * for each one's times would cost as much as reading them. */
#define VISIT_SORTED	10000u
int	visit_folder(struct visit *v, enum store_folder where,
	    struct outcome *o);
/* The next message the caller may see, or NULL; uid and next are 0 where they
 * are not known. */
const struct store_name	*visit_next(struct visit *v);
/* One message by its id, which makes v->where its folder; false: it is not
 * there, or not the caller's. */
bool	visit_find(struct visit *v, enum store_folder where, const char *id,
	    struct store_name *name);
void	visit_end(struct visit *v);

#endif
