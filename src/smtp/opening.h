/* SPDX-License-Identifier: ISC */
/* A line to a smarthost, opened: connection, greeting, EHLO, STARTTLS, EHLO. */
#ifndef POSTHORN_OPENING_H
#define POSTHORN_OPENING_H

#include "base/outcome.h"
#include "conf/account.h"
#include "net/tls.h"
#include "smtp/dialogue.h"
#include "smtp/ehlo.h"

struct line {
	struct dialogue		 d;
	struct tls		*tls;		/* owned by the stream */
	struct capabilities	 caps;
	char			 ehlo[256];	/* name or literal we gave */
	char			 peer[64];	/* address, or path */
};

/*
 * From the host's name to the EHLO reply that counts, as the account's `tls`
 * wants it.  ehlo_name (NULL: the account's, else an address literal) is our
 * full name.  A stream that is connected to the host already (NULL: none) is
 * used and owned.  0; or -1, the line then being good for opening_drop only.
 */
int	opening_run(struct line *l, const struct account *a,
	    const struct host *h, const char *ehlo_name,
	    struct stream *connected, struct outcome *o);
/* Closes the connection without a word; twice is fine. */
void	opening_drop(struct line *l);

#endif
