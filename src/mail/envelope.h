/* SPDX-License-Identifier: ISC */
/* The envelope: reverse-path and recipients, each with its own outcome. */
#ifndef POSTHORN_ENVELOPE_H
#define POSTHORN_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "mail/dsn.h"

/* At most 128 octets beside the address and, once refused, its words. */
struct recipient {
	char		*address;	/* wire form, owned */
	char		*text;		/* the words of its outcome, or NULL */
	bool		 settled;	/* an outcome is recorded */
	bool		 in_doubt;
	bool		 told : 1;	/* never, and the sender knows (by a
					 * bounce, or by our exit status), or
					 * does not want to */
	bool		 orcpt : 1;	/* one stands behind the address */
	uint8_t		 notify;	/* enum dsn_notify, or'ed */
	uint8_t		 verdict;	/* enum verdict ... */
	uint8_t		 scope;
	uint8_t		 fault;
	uint8_t		 stage;
	uint16_t	 code;
	uint16_t	 enhanced[3];
};

struct envelope {
	char			*sender;	/* wire form; "" is <>; owned */
	char			*envid;		/* ENVID, xtext; NULL: none;
						 * owned */
	uint8_t			 ret;		/* enum dsn_ret */
	struct recipient	*rcpt;
	size_t			 n, cap;
	uint32_t		*slots;		/* hash of addresses */
	size_t			 slots_n;
	uint64_t		 key[2];	/* of the hash, random */
	size_t			 first;		/* all before it are settled */
	size_t			 ended[3];	/* settled ones, by verdict */
	bool			 utf8;		/* an address is not ASCII */
	bool			 body_8bit;	/* the caller said 8BITMIME */
	bool			 utf8_asked;	/* ... and SMTPUTF8 */
	bool			 require_tls;	/* ... and REQUIRETLS */
	/* Of an alias with an owner- of its own: who is behind it gets the
	 * message from that owner (others.h).  Owned; NULL: nobody. */
	struct envelope		*others;
	size_t			 wished;	/* others_wish came so far */
};

void	envelope_init(struct envelope *e);
void	envelope_free(struct envelope *e);
/* Sets the reverse-path (wire form, "" for <>). */
void	envelope_sender(struct envelope *e, const char *address);
/* Sets RET and ENVID (valid xtext, or NULL), and NOTIFY of the recipients
 * from `first` on. */
void	envelope_dsn(struct envelope *e, enum dsn_ret ret, const char *envid);
void	envelope_notify(struct envelope *e, size_t first, unsigned notify);
/* Sets the ORCPT ("type;xtext") of recipient i, which need be kept only where
 * it is not what dsn_orcpt makes of the address; that one's, or NULL. */
void	envelope_orcpt(struct envelope *e, size_t i, const char *orcpt);
const char	*envelope_orcpt_of(const struct recipient *r);
/* Adds a recipient (wire form) unless it is there already (local parts are
 * compared exactly, domains are lower case by address_wire).  0, or -1
 * (FAULT_DATA) beyond LIMIT_RECIPIENTS. */
int	envelope_add(struct envelope *e, const char *address,
	    struct outcome *o);
bool	envelope_has(const struct envelope *e, const char *address);
/* Records the outcome of recipient i; the last one stands.  The words (and
 * the advice, behind the NUL of `text`) are kept unless it was delivered. */
void	envelope_settle(struct envelope *e, size_t i, const struct outcome *o);
/* The same for every recipient that has none yet. */
void	envelope_settle_rest(struct envelope *e, const struct outcome *o);
/* Takes an outcome back: the recipient is to be tried again.  What was
 * recorded stays to be read, and envelope_keep makes it stand again. */
void	envelope_reopen(struct envelope *e, size_t i);
void	envelope_keep(struct envelope *e, size_t i);
/* The first recipient without an outcome from i on, or n. */
size_t	envelope_next(struct envelope *e, size_t i);
/* Recipients without an outcome. */
size_t	envelope_open(const struct envelope *e);
/* Recipients with that verdict (settled ones only). */
size_t	envelope_count(const struct envelope *e, enum verdict v);
/* Fills o from recipient i's record. */
void	envelope_outcome(const struct envelope *e, size_t i,
	    struct outcome *o);

#endif
