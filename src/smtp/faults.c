/* SPDX-License-Identifier: ISC */
/* What a refusal means: is it for good, and whose fault is it? */
#include <string.h>

#include "smtp/faults.h"

#define ANY	0u
#define AT(s)	(1u << (s))
#define AT_ALL	(~0u)
/* The stages at which a 5yz can be for good: the transaction's own. */
#define AT_MAIL_ON (AT(STAGE_MAIL) | AT(STAGE_RCPT) | AT(STAGE_DATA) | \
	AT(STAGE_MESSAGE))

/*
 * The fault table.  The first row that fits a reply counts.  code: a range of
 * reply codes; subject and detail: of the enhanced code (ANY: not asked).
 */
static const struct row {
	unsigned	from, to;	/* reply codes */
	unsigned	stages;
	unsigned	subject, detail;
	enum fault	fault;
	enum scope	scope;
} rows[] = {
	/* The connection is over, whatever was asked. */
	{ 421, 421, AT_ALL, ANY, ANY, FAULT_DELAY, SCOPE_HOST },
	/* A login is demanded or refused (RFC 4954 section 6). */
	{ 530, 530, AT_ALL, ANY, ANY, FAULT_LOGIN, SCOPE_ACCOUNT },
	{ 534, 535, AT_ALL, ANY, ANY, FAULT_LOGIN, SCOPE_ACCOUNT },
	{ 538, 538, AT_ALL, ANY, ANY, FAULT_LOGIN, SCOPE_ACCOUNT },
	{ 400, 599, AT_ALL, 7, 8, FAULT_LOGIN, SCOPE_ACCOUNT },
	{ 400, 599, AT_ALL, 7, 9, FAULT_LOGIN, SCOPE_ACCOUNT },
	{ 400, 599, AT_ALL, 7, 11, FAULT_LOGIN, SCOPE_ACCOUNT },
	{ 500, 599, AT(STAGE_AUTH), ANY, ANY, FAULT_LOGIN, SCOPE_ACCOUNT },
	{ 400, 499, AT(STAGE_AUTH), ANY, ANY, FAULT_DELAY, SCOPE_ACCOUNT },
	/* STARTTLS is required, so its refusal is the host's affair. */
	{ 400, 599, AT(STAGE_STARTTLS), ANY, ANY, FAULT_STARTTLS, SCOPE_HOST },
	/* A mailbox over its quota, too many recipients, as RCPT answers. */
	{ 552, 552, AT(STAGE_RCPT), ANY, ANY, FAULT_NOUSER, SCOPE_RECIPIENT },
	{ 452, 452, AT(STAGE_RCPT), ANY, ANY, FAULT_DELAY, SCOPE_RECIPIENT },
	/* A quarrel about the protocol is not about this message. */
	{ 500, 504, AT_MAIL_ON, ANY, ANY, FAULT_DELAY, SCOPE_HOST },
	{ 500, 599, AT_MAIL_ON, 5, ANY, FAULT_DELAY, SCOPE_HOST },
	/* This host takes no mail (RFC 7504), is shut (5.3.2), the account's
	 * quota is used up (5.4.5), it may not send (5.7.3), its way to log in
	 * is no longer taken (5.7.30). */
	{ 521, 521, AT_MAIL_ON, ANY, ANY, FAULT_DELAY, SCOPE_HOST },
	{ 500, 599, AT_MAIL_ON, 3, 2, FAULT_DELAY, SCOPE_HOST },
	{ 500, 599, AT_MAIL_ON, 4, 5, FAULT_DELAY, SCOPE_ACCOUNT },
	{ 500, 599, AT_MAIL_ON, 7, 3, FAULT_DELAY, SCOPE_ACCOUNT },
	{ 500, 599, AT(STAGE_MAIL), 7, 30, FAULT_DELAY, SCOPE_ACCOUNT },
	/* The rest of 5yz is for good. */
	{ 500, 599, AT(STAGE_RCPT), ANY, ANY, FAULT_NOUSER, SCOPE_RECIPIENT },
	{ 500, 599, AT_MAIL_ON, ANY, ANY, FAULT_REFUSED, SCOPE_MESSAGE },
	/* And 4yz is not. */
	{ 400, 499, AT(STAGE_RCPT), ANY, ANY, FAULT_DELAY, SCOPE_RECIPIENT },
	{ 400, 499, AT_MAIL_ON, ANY, ANY, FAULT_DELAY, SCOPE_MESSAGE },
	/* Greeting, EHLO and the like. */
	{ 400, 599, AT_ALL, ANY, ANY, FAULT_DELAY, SCOPE_HOST },
	/* A 2yz or 3yz nobody asked for. */
	{ 0, 999, AT_ALL, ANY, ANY, FAULT_PROTOCOL, SCOPE_HOST },
};

static const struct row *
row_find(const struct reply *r, enum stage stage)
{
	const struct row *w = rows;

	for (;; w++) {
		if (r->code < w->from || r->code > w->to ||
		    (w->stages & AT(stage)) == 0)
			continue;
		if (w->subject != ANY && (r->enhanced[0] == 0 ||
		    r->enhanced[1] != w->subject))
			continue;
		if (w->detail != ANY && r->enhanced[2] != w->detail)
			continue;
		return w;
	}
}

int
faults_judge(const struct reply *r, enum stage stage, const char *what,
    struct outcome *o)
{
	const struct row *w = row_find(r, stage);
	char words[LIMIT_WORDS];

	reply_words(r, words, sizeof(words));
	outcome_fail(o, w->fault, stage, "%s: %u %s", what, r->code,
	    words[0] != '\0' ? words : "(no words)");
	outcome_codes(o, r->code, r->enhanced);
	o->scope = w->scope;
	return -1;
}

bool
faults_too_many(const struct reply *r)
{
	return r->code == 452 || r->code == 552 ||
	    (r->code >= 400 && r->enhanced[1] == 5 && r->enhanced[2] == 3);
}

bool
faults_mechanism(const struct reply *r)
{
	return (r->code >= 500 && r->code <= 504) || r->code == 534 ||
	    r->code == 538;
}
